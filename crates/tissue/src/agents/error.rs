//! What can go wrong with a culture.

use exoderm_cell::CellError;
use exoderm_field::FieldError;

/// An error of a culture.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AgentError {
    /// A number that cells can't live with.
    #[error("cells: {0}")]
    Cell(#[from] CellError),
    /// A number that a substrate can't have.
    #[error("substrate `{name}`: {error}")]
    Field {
        /// The substrate.
        name: String,
        /// What it is.
        error: FieldError,
    },
    /// A network that could not go on.
    #[error("{0}")]
    Network(#[from] Box<crate::networks::Stopped>),
    /// A start that can't be.
    #[error("{0}")]
    Start(String),
}
