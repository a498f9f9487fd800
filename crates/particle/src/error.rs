//! What can be wrong with a scene, a vesicle or a step.

/// Errors of this crate. Everything is checked before anything is changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A number outside the interval in which it makes sense.
    #[error("{what} is {value}, expected {expected}")]
    OutOfRange {
        /// What was given.
        what: &'static str,
        /// The value.
        value: f64,
        /// The interval, in words.
        expected: &'static str,
    },
    /// A sphere or plane with a number that makes no sense.
    #[error("{kind} {index}: {what} is {value}, expected {expected}")]
    Surface {
        /// "sphere" or "plane".
        kind: &'static str,
        /// Position in the slice that was given.
        index: usize,
        /// Which of its numbers.
        what: &'static str,
        /// The value.
        value: f64,
        /// What is allowed.
        expected: &'static str,
    },
    /// A face of the box contradicts the face across or the box itself.
    #[error("faces along axis {axis}: {reason}")]
    Faces {
        /// 0, 1, 2 for x, y, z.
        axis: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A vesicle that does not fit into or beside what surrounds it.
    #[error("a vesicle of radius {radius} um is larger than {than} ({size} um)")]
    TooLarge {
        /// Radius of the vesicle, um.
        radius: f64,
        /// What it was compared with.
        than: &'static str,
        /// Size of that, um.
        size: f64,
    },
    /// A step in which vesicles go much further than the scene's surfaces are listed.
    #[error("a step of {dt} min is too long for a horizon of {horizon} um: take one of at least {needed} um")]
    Horizon {
        /// The step, min.
        dt: f64,
        /// The scene's horizon, um.
        horizon: f64,
        /// The shortest horizon for that step, um.
        needed: f64,
    },
    /// A vesicle put where none can be.
    #[error("a vesicle at ({}, {}, {}) um lies {relation}", at[0], at[1], at[2])]
    Misplaced {
        /// Where.
        at: [f64; 3],
        /// What is wrong with that, in words.
        relation: &'static str,
    },
    /// A class that was not declared.
    #[error("class {class} of {classes}")]
    UnknownClass {
        /// The number given.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// More of something than numbers can be given to.
    #[error("{count} {what}, at most {limit} are possible")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many.
        count: u64,
        /// The limit.
        limit: u64,
    },
}

/// Passes a finite value that satisfies `holds`.
pub(crate) fn check(
    what: &'static str,
    value: f64,
    holds: bool,
    expected: &'static str,
) -> Result<f64, Error> {
    if value.is_finite() && holds { Ok(value) } else { Err(Error::OutOfRange { what, value, expected }) }
}
