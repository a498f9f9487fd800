//! A cloud between two steps, to keep.

use crate::class::Class;
use crate::cloud::Cloud;
use crate::error::Error;
use exoderm_numeric::random::Seed;
use serde::{Deserialize, Serialize};

/// All of a cloud that its next step depends on, beside its seed and classes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    position: [Vec<f64>; 3],
    id: Vec<u32>,
    class: Vec<u8>,
    memory: Vec<u64>,
    next: u32,
    tick: u32,
    time: f64,
    newborn: usize,
    begin: Vec<f64>,
}

impl Cloud {
    /// What goes into a checkpoint.
    pub fn store(&self) -> Stored {
        Stored {
            position: self.position.clone(),
            id: self.id.clone(),
            class: self.class.clone(),
            memory: self.memory.clone(),
            next: self.next,
            tick: self.tick,
            time: self.time,
            newborn: self.newborn,
            begin: self.begin.clone(),
        }
    }

    /// A cloud that goes on where a stored one stopped, to the bit if seed and classes are the same.
    ///
    /// # Errors
    /// As [`Cloud::new`]; columns of different lengths or vesicles of a class that does not exist.
    pub fn restored(seed: Seed, classes: &[Class], stored: Stored) -> Result<Self, Error> {
        let mut cloud = Self::new(seed, classes)?;
        let n = stored.id.len();
        let fits = stored.position.iter().all(|x| x.len() == n)
            && stored.class.len() == n
            && stored.memory.len() == n
            && stored.newborn + stored.begin.len() == n;
        if !fits {
            let expected = "columns of one length";
            return Err(Error::OutOfRange { what: "a stored cloud", value: n as f64, expected });
        }
        if let Some(&class) = stored.class.iter().find(|c| usize::from(**c) >= classes.len()) {
            return Err(Error::UnknownClass { class: usize::from(class), classes: classes.len() });
        }
        cloud.position = stored.position;
        cloud.id = stored.id;
        cloud.class = stored.class;
        cloud.memory = stored.memory;
        cloud.next = stored.next;
        cloud.tick = stored.tick;
        cloud.time = stored.time;
        cloud.newborn = stored.newborn;
        cloud.begin = stored.begin;
        Ok(cloud)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use crate::scene::Scene;
    use crate::surface::{Sphere, Wall};

    /// A run cut in two by a checkpoint has the bits of one that was not.
    #[test]
    fn goes_on_to_the_bit() {
        let scene =
            Scene::new(Domain::unbounded(), &[Sphere::new([0.0; 3], 5.0, Wall::Partial(3.0))], &[], 30.0)
                .unwrap();
        let classes = [Class { loss: 0.05, ..Class::brownian(100.0) }];
        let mut whole = Cloud::new(Seed::new(3, 0), &classes).unwrap();
        for k in 0..500 {
            whole.insert_at(&scene, 0, [6.0 + 0.01 * f64::from(k), 0.0, 0.0], 0.01).unwrap();
        }
        whole.step(&scene, 0.05).unwrap();
        let mut again = Cloud::restored(Seed::new(3, 0), &classes, whole.store()).unwrap();
        for _ in 0..3 {
            assert_eq!(whole.step(&scene, 0.05).unwrap(), again.step(&scene, 0.05).unwrap());
        }
        assert_eq!(whole.store(), again.store());
        assert!(whole.len() < 500);
    }
}
