//! The vesicles: structure of arrays, 37 bytes each, whatever their motion.

use crate::class::{Class, Motion};
use crate::error::{Error, check};
use crate::motion::SHORTEST;
use crate::scene::{Scene, Touched};
use crate::step::{CHUNK, Columns, Happened, Prepared, Shared, run};
use crate::tether;
use exoderm_numeric::random::Seed;
use rayon::prelude::*;

/// What happened to a vesicle in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Its number.
    pub vesicle: u32,
    /// Its class.
    pub class: u8,
    /// When, min since the cloud was made.
    pub time: f64,
    /// What.
    pub fate: Fate,
}

/// How a vesicle's motion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A surface took it; it is gone.
    Captured(Touched),
    /// First-order loss; it is gone.
    Lost,
    /// It came to the end of its path and has changed its class; it is still there.
    Arrived,
}

/// Vesicles in motion.
///
/// Positions are three f64, the number a u32, the class a byte, and eight bytes hold what some motions remember
/// (when a trap opens, how far along a path, where the anchor is).
/// Removal puts the last vesicle in the gap: the order of columns is no order of vesicles, their numbers are.
#[derive(Clone, Debug)]
pub struct Cloud {
    seed: Seed,
    classes: Vec<Class>,
    pub(crate) position: [Vec<f64>; 3],
    pub(crate) id: Vec<u32>,
    pub(crate) class: Vec<u8>,
    pub(crate) memory: Vec<u64>,
    pub(crate) next: u32,
    pub(crate) tick: u32,
    pub(crate) time: f64,
    pub(crate) newborn: usize,
    pub(crate) begin: Vec<f64>,
    prepared: Vec<Prepared>,
    happened: Vec<Vec<Happened>>,
    events: Vec<Event>,
    gone: Vec<u32>,
}

impl Cloud {
    /// No vesicles yet.
    ///
    /// # Errors
    /// A class with numbers that make no sense; no class, or more than 256.
    pub fn new(seed: Seed, classes: &[Class]) -> Result<Self, Error> {
        if classes.is_empty() || classes.len() > 256 {
            let count = classes.len() as u64;
            return Err(Error::TooMany { what: "classes (and at least 1 is needed)", count, limit: 256 });
        }
        for class in classes {
            class.check(classes.len())?;
        }
        Ok(Self {
            seed,
            classes: classes.to_vec(),
            position: Default::default(),
            id: Vec::new(),
            class: Vec::new(),
            memory: Vec::new(),
            next: 0,
            tick: 0,
            time: 0.0,
            newborn: 0,
            begin: Vec::new(),
            prepared: Vec::new(),
            happened: Vec::new(),
            events: Vec::new(),
            gone: Vec::new(),
        })
    }

    /// Puts in a vesicle that moves from the start of the next step on, and returns its number.
    ///
    /// # Errors
    /// As [`Cloud::insert_at`].
    pub fn insert(&mut self, scene: &Scene, class: u8, position: [f64; 3]) -> Result<u32, Error> {
        self.insert_at(scene, class, position, 0.0)
    }

    /// Puts in a vesicle that begins to move `begin` min after the start of the next step.
    ///
    /// # Errors
    /// A class that does not exist, a vesicle larger than what it must fit into, a place inside an obstacle, outside
    /// the box or not finite, a negative `begin`.
    pub fn insert_at(
        &mut self,
        scene: &Scene,
        class: u8,
        position: [f64; 3],
        begin: f64,
    ) -> Result<u32, Error> {
        check("start of a vesicle within the step", begin, begin >= 0.0, "0 or more min")?;
        let known = self.classes.get(usize::from(class));
        let Some(known) = known else {
            return Err(Error::UnknownClass { class: usize::from(class), classes: self.classes.len() });
        };
        let (mut memory, mut position) = (0, position);
        if let Motion::Directed(path) = &known.motion {
            position = path.at(0.0);
        } else {
            scene.fits(known.radius)?;
            position = scene.admit(position, known.radius)?;
        }
        if self.next == u32::MAX {
            let limit = u64::from(u32::MAX);
            return Err(Error::TooMany { what: "vesicles in one cloud", count: limit + 1, limit });
        }
        if let Motion::Tethered { .. } = known.motion {
            memory = tether::pack(position, tether::spacing(known));
        }
        for (column, x) in self.position.iter_mut().zip(position) {
            column.push(x);
        }
        self.id.push(self.next);
        self.class.push(class);
        self.memory.push(memory);
        self.begin.push(begin);
        self.next += 1;
        Ok(self.next - 1)
    }

    /// Moves all vesicles by `dt` min and tells what happened to them, in a fixed order.
    ///
    /// # Errors
    /// A step that is no positive time, a class that does not fit into the scene, a vesicle whose start lies beyond
    /// the step, more than 2³² steps.
    pub fn step(&mut self, scene: &Scene, dt: f64) -> Result<&[Event], Error> {
        check("step", dt, dt > 0.0, "a time above 0 min")?;
        for class in &self.classes {
            scene.fits(class.radius)?;
            scene.suits(class.diffusion, dt, SHORTEST)?;
        }
        if let Some(&late) = self.begin.iter().find(|b| **b > dt) {
            return Err(Error::OutOfRange {
                what: "start of a vesicle within the step",
                value: late,
                expected: "at most the step",
            });
        }
        if self.tick == u32::MAX {
            let limit = u64::from(u32::MAX);
            return Err(Error::TooMany { what: "steps of one cloud", count: limit + 1, limit });
        }
        self.prepared.clear();
        self.prepared.extend(self.classes.iter().map(|c| Prepared::new(c, scene, dt)));
        let shared = Shared {
            scene,
            classes: &self.classes,
            prepared: &self.prepared,
            seed: self.seed,
            tick: self.tick,
            time: self.time,
            dt,
            newborn: self.newborn,
            begin: &self.begin,
        };
        self.happened.resize_with(self.id.len().div_ceil(CHUNK), Vec::new);
        let [x, y, z] = &mut self.position;
        x.par_chunks_mut(CHUNK)
            .zip(y.par_chunks_mut(CHUNK))
            .zip(z.par_chunks_mut(CHUNK))
            .zip(self.id.par_chunks(CHUNK))
            .zip(self.class.par_chunks_mut(CHUNK))
            .zip(self.memory.par_chunks_mut(CHUNK))
            .zip(self.happened.par_iter_mut())
            .enumerate()
            .for_each(|(k, ((((((x, y), z), id), class), memory), happened))| {
                happened.clear();
                let mut columns = Columns { first: k * CHUNK, position: [x, y, z], id, class, memory };
                run(&shared, &mut columns, happened);
            });
        self.collect();
        self.tick += 1;
        self.time += dt;
        self.newborn = self.id.len();
        self.begin.clear();
        Ok(&self.events)
    }

    /// Gathers the events and removes the vesicles that are gone.
    fn collect(&mut self) {
        self.events.clear();
        self.gone.clear();
        for (index, event) in self.happened.iter().flatten() {
            self.events.push(*event);
            if event.fate != Fate::Arrived {
                self.gone.push(*index);
            }
        }
        // Indices rise from chunk to chunk and within one, so that from the back each is still where it was.
        for &index in self.gone.iter().rev() {
            let i = index as usize;
            for column in &mut self.position {
                column.swap_remove(i);
            }
            self.id.swap_remove(i);
            self.class.swap_remove(i);
            self.memory.swap_remove(i);
        }
    }

    /// Number of vesicles.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Time since the cloud was made, min.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Numbers of the vesicles, in the order of the columns.
    pub fn ids(&self) -> &[u32] {
        &self.id
    }

    /// Classes, in the order of the columns.
    pub fn classes(&self) -> &[u8] {
        &self.class
    }

    /// Coordinates along axis 0, 1 or 2 (um), in the order of the columns.
    pub fn coordinates(&self, axis: usize) -> &[f64] {
        &self.position[axis]
    }

    /// Place of the `i`-th vesicle, um.
    pub fn place(&self, i: usize) -> [f64; 3] {
        [self.position[0][i], self.position[1][i], self.position[2][i]]
    }

    /// Bytes of all columns, as far as they are filled: what vesicles keep from one step to the next.
    pub fn column_bytes(&self) -> usize {
        let places: usize = self.position.iter().map(|x| size_of_val(&x[..])).sum();
        places
            + size_of_val(&self.id[..])
            + size_of_val(&self.class[..])
            + size_of_val(&self.memory[..])
            + size_of_val(&self.begin[..])
    }

    /// Bytes that a vesicle takes in the columns.
    pub const BYTES: usize = 3 * 8 + 4 + 1 + 8;
}
