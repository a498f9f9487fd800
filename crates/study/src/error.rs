//! What can go wrong in a study, and whose turn it then is.

use exoderm_model::Diagnostics;
use exoderm_tissue::TissueError;
use std::path::PathBuf;

/// Whose turn it is after an error; the program's exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The input or the place for the output is wrong: the user changes it.
    Input,
    /// The work had to stop; what is done is kept and `resume` goes on.
    Resumable,
    /// The program is at fault.
    Fault,
}

/// An error of a study.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// Mistakes in a scenario.
    #[error("{0}")]
    Scenario(Diagnostics),
    /// A wrong argument or a folder that can't be used: what is wrong, and what to do about it.
    #[error("{message}{}", help_line(help))]
    Input {
        /// What is wrong.
        message: String,
        /// One line of help; may be empty.
        help: String,
    },
    /// A recording could not be written or read.
    #[error(transparent)]
    Record(#[from] exoderm_record::Error),
    /// A running study had to stop.
    #[error("the study had to stop: {reason}\n  help: what is done is kept; go on with `exoderm resume {}`", folder.display())]
    Interrupted {
        /// The run's folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// A tissue met an impossible state.
    #[error("job `{job}`: {source}{}", help_line(help_of(source)))]
    Tissue {
        /// The job.
        job: String,
        /// What happened.
        source: TissueError,
    },
    /// A fault of the program.
    #[error("{0}")]
    Fault(String),
}

fn help_line(help: &str) -> String {
    if help.is_empty() { String::new() } else { format!("\n  help: {help}") }
}

/// What a user can do about a tissue that stopped.
fn help_of(source: &TissueError) -> &'static str {
    match source {
        TissueError::Network(_) => {
            "look at the rates where its inputs are small or zero; `exoderm network FILE` runs the model alone"
        }
        _ => "",
    }
}

impl StudyError {
    /// A wrong input with a line of help.
    pub fn input(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Input { message: message.into(), help: help.into() }
    }

    /// Whose turn it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Scenario(_) | Self::Input { .. } | Self::Record(_) => Class::Input,
            Self::Interrupted { .. } => Class::Resumable,
            Self::Tissue { source: TissueError::Network(_), .. } => Class::Input,
            Self::Tissue { .. } | Self::Fault(_) => Class::Fault,
        }
    }

    /// The same error of a study whose folder is set up: what concerns the disk is then no longer a mistake of the
    /// input, and what is done can be gone on with.
    pub(crate) fn while_running(self, folder: &std::path::Path) -> Self {
        match self {
            Self::Record(error) => {
                Self::Interrupted { folder: folder.to_path_buf(), reason: error.to_string() }
            }
            other => other,
        }
    }
}

impl From<Diagnostics> for StudyError {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Scenario(diagnostics)
    }
}
