//! What can be wrong with parameters.

/// A parameter that the equations cannot take.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// A number outside the interval in which the equations hold.
    #[error("{name} is {value}, expected {expected}")]
    OutOfRange {
        /// Name of the parameter, as in the scenario.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The interval, in words.
        expected: &'static str,
    },
    /// Shares that must add up to something.
    #[error("{names} add up to {sum}, expected {expected}")]
    Shares {
        /// Names of the parameters.
        names: &'static str,
        /// Their sum.
        sum: f64,
        /// The sum that is allowed, in words.
        expected: &'static str,
    },
    /// Too many of something that has a fixed place in memory.
    #[error("{count} {what}, at most {limit} are possible")]
    TooMany {
        /// What was counted.
        what: &'static str,
        /// How many were given.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// An index beyond what there is.
    #[error("{what} {index}, but there are {of}")]
    NoSuch {
        /// What was named.
        what: &'static str,
        /// The index, or the number given.
        index: u32,
        /// How many there are.
        of: usize,
    },
}

/// Passes a finite value that satisfies `holds`.
pub(crate) fn check(
    name: &'static str,
    value: f64,
    holds: bool,
    expected: &'static str,
) -> Result<f64, Error> {
    if value.is_finite() && holds { Ok(value) } else { Err(Error::OutOfRange { name, value, expected }) }
}

/// Passes a positive value.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, Error> {
    check(name, value, value > 0.0, "a number above 0")
}

/// Passes a value that is 0 or more.
pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<f64, Error> {
    check(name, value, value >= 0.0, "0 or more")
}

/// Passes a share.
pub(crate) fn share(name: &'static str, value: f64) -> Result<f64, Error> {
    check(name, value, (0.0..=1.0).contains(&value), "a share from 0 to 1")
}
