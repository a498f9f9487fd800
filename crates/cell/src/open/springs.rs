//! Spring links between cells: attachments that hold whatever lies between.

use crate::error::CellError;

/// A link of two cells by index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spring {
    /// One cell.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Velocity per length (1/min): stiffness over drag.
    pub rate: f64,
    /// Length at rest (um); 0 pulls centres together.
    pub rest: f64,
}

/// Adds the velocities of all springs, in their order: sort them by id, and neither threads nor memory matter.
///
/// # Errors
/// If a spring names a cell that does not exist; then nothing is added.
pub fn pull(springs: &[Spring], position: [&[f64]; 3], velocity: [&mut [f64]; 3]) -> Result<(), CellError> {
    let n = position[0].len();
    if let Some(s) = springs.iter().find(|s| s.a.max(s.b) as usize >= n) {
        return Err(CellError::Length { name: "springs", found: n, expected: s.a.max(s.b) as usize + 1 });
    }
    for s in springs {
        let (a, b) = (s.a as usize, s.b as usize);
        let d: [f64; 3] = std::array::from_fn(|k| position[k][b] - position[k][a]);
        let length = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
        let rate = if s.rest == 0.0 {
            s.rate
        } else if length > 0.0 {
            s.rate * (1.0 - s.rest / length)
        } else {
            0.0
        };
        for k in 0..3 {
            velocity[k][a] += rate * d[k];
            velocity[k][b] -= rate * d[k];
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spring_pulls_both_ends_to_its_rest_length() {
        let (x, zero) = ([0.0, 30.0], [0.0; 2]);
        for (rest, expected) in [(0.0, 3.0), (20.0, 1.0), (40.0, -1.0)] {
            let (mut u, mut v, mut w) = ([0.5; 2], [0.0; 2], [0.0; 2]);
            pull(&[Spring { a: 0, b: 1, rate: 0.1, rest }], [&x, &zero, &zero], [&mut u, &mut v, &mut w])
                .unwrap();
            assert!((u[0] - 0.5 - expected).abs() < 1e-14 && (u[1] - 0.5 + expected).abs() < 1e-14);
        }
    }

    #[test]
    fn a_spring_to_nowhere_is_refused() {
        let x = [0.0];
        let mut v = [[0.0]; 3];
        let [a, b, c] = &mut v;
        assert!(pull(&[Spring { a: 0, b: 1, rate: 1.0, rest: 0.0 }], [&x, &x, &x], [a, b, c]).is_err());
    }
}
