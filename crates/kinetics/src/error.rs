//! What can be wrong with a network or with its simulation.

use thiserror::Error;

/// An error of this crate.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Error {
    /// A name is used twice.
    #[error("`{0}` is declared twice")]
    Twice(String),
    /// A number is not what it must be.
    #[error("{what} is {value}: {needed}")]
    Number {
        /// What it is.
        what: String,
        /// Its value.
        value: f64,
        /// What it must be.
        needed: &'static str,
    },
    /// A reaction or rule changes a state that does not exist, or a term reads an input that does not.
    #[error("{0} refers to something that is not in the network")]
    Dangling(String),
    /// Amounts that don't change by whole numbers can't be simulated event by event.
    #[error(
        "reaction `{reaction}` changes `{state}` by {change}: event by event only whole numbers are possible"
    )]
    NotWhole {
        /// Reaction.
        reaction: String,
        /// State.
        state: String,
        /// Change.
        change: f64,
    },
    /// A network with rates of change besides its reactions can't be simulated event by event.
    #[error("`{0}` changes by a rate rule: event by event only reactions are possible")]
    Continuous(String),
    /// A rate depends on time, which the event methods take as constant between events.
    #[error("the rate of `{0}` depends on time: event by event rates may depend on amounts only")]
    TimeDependent(String),
    /// A propensity was negative or not a number.
    #[error("the rate of `{reaction}` is {value} at time {time}")]
    BadPropensity {
        /// Reaction.
        reaction: String,
        /// Its rate.
        value: f64,
        /// Time.
        time: f64,
    },
    /// The steps became too small, or too many.
    #[error("stopped at time {time}: {why}")]
    Stuck {
        /// Time reached.
        time: f64,
        /// Why.
        why: &'static str,
    },
}
