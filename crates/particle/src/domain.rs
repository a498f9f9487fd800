//! The box that vesicles move in.

use crate::error::Error;
use crate::surface::Wall;

/// What a face of the box does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Face {
    /// Nothing: space goes on, vesicles beyond are still followed.
    Open,
    /// It is glued to the face across.
    Periodic,
    /// It is a wall; an absorbing one lets vesicles leave for good.
    Wall(Wall),
}

/// A box, um.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Domain {
    /// Lowest corner.
    pub low: [f64; 3],
    /// Highest corner.
    pub high: [f64; 3],
    /// Low x, high x, low y, high y, low z, high z.
    pub faces: [Face; 6],
}

impl Domain {
    /// All of space.
    pub fn unbounded() -> Self {
        Self { low: [f64::NEG_INFINITY; 3], high: [f64::INFINITY; 3], faces: [Face::Open; 6] }
    }

    /// A box from the origin to `high` with the same `face` on all sides.
    pub fn cuboid(high: [f64; 3], face: Face) -> Self {
        Self { low: [0.0; 3], high, faces: [face; 6] }
    }

    /// Checks the box; its periods along the axes, 0 where it has none.
    pub(crate) fn periods(&self) -> Result<[f64; 3], Error> {
        let mut period = [0.0; 3];
        for axis in 0..3 {
            let bad = |reason| Err(Error::Faces { axis, reason });
            let (low, high) = (self.low[axis], self.high[axis]);
            let faces = [self.faces[2 * axis], self.faces[2 * axis + 1]];
            if low.is_nan() || high.is_nan() || low >= high {
                return bad("the lower face must lie below the upper one");
            }
            for (face, at) in faces.iter().zip([low, high]) {
                if *face != Face::Open && !at.is_finite() {
                    return bad("only an open face can lie at infinity");
                }
                if let Face::Wall(wall) = face
                    && !wall.is_valid()
                {
                    return bad("kappa must be 0 or more");
                }
            }
            match faces {
                [Face::Periodic, Face::Periodic] => period[axis] = high - low,
                [Face::Periodic, _] | [_, Face::Periodic] => return bad("both or neither must be periodic"),
                _ => {}
            }
        }
        Ok(period)
    }
}
