//! Errors as exit codes and messages.

use crate::terminal;
use exoderm_study::error::{Class, StudyError};
use exoderm_study::program;
use std::process::ExitCode;

/// The input is wrong.
const WRONG: u8 = 2;
/// Stopped and resumable.
pub(crate) const RESUMABLE: u8 = 3;
/// A fault of ours.
const FAULT: u8 = 1;

/// An error that ends the program.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    text: String,
    /// The text says "error" itself.
    complete: bool,
}

impl Failure {
    /// The user's input is wrong.
    pub(crate) fn wrong(message: impl Into<String>, help: impl AsRef<str>) -> Self {
        let mut text = message.into();
        if !help.as_ref().is_empty() {
            text.push_str("\n  help: ");
            text.push_str(help.as_ref());
        }
        Self { code: WRONG, text, complete: false }
    }

    /// The program is at fault.
    pub(crate) fn fault(message: impl Into<String>) -> Self {
        Self { code: FAULT, text: format!("{}\n  {}", message.into(), please_report()), complete: false }
    }

    /// Writes the message to standard error and gives the exit code.
    pub(crate) fn tell(self) -> ExitCode {
        if self.complete {
            terminal::error(self.text.trim_end());
        } else {
            terminal::error(&format!("{} {}", terminal::paint(terminal::RED, "error:"), self.text));
        }
        ExitCode::from(self.code)
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        let code = match error.class() {
            Class::Input => WRONG,
            Class::Resumable => RESUMABLE,
            Class::Fault => return Self::fault(error.to_string()),
        };
        match error {
            StudyError::Scenario(mistakes) => {
                Self { code, text: mistakes.render(terminal::colour_on_stderr()), complete: true }
            }
            other => Self { code, text: other.to_string(), complete: false },
        }
    }
}

fn please_report() -> String {
    format!(
        "This is a fault of exoderm, not of your scenario: please report it with the command, the scenario and this \
         text ({}; version {}).",
        env!("CARGO_PKG_REPOSITORY"),
        program::version()
    )
}

/// A panic says sorry in a few lines instead of a trace; the exit code is that of a fault.
pub(crate) fn set_panic_hook() {
    std::panic::set_hook(Box::new(|info| {
        let what = info.payload_as_str().unwrap_or("no text");
        let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
        terminal::error(&format!(
            "{} sorry, the program met a state it did not expect: {what}{place}\n  {}\n  What was done is kept: a run \
             can be gone on with by `exoderm resume DIR`.",
            terminal::paint(terminal::RED, "error:"),
            please_report()
        ));
    }));
}
