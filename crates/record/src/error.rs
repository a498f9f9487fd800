//! What can go wrong, with the file it went wrong in.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// An error of writing or reading a recording. The text is for people, the fields are for programs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("could not {action} `{}`: {source}{}", path.display(), advice(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried: "write", "read", "rename" …
        action: &'static str,
        /// The system's own error.
        source: io::Error,
    },
    /// The file ends before it should.
    #[error("`{}` is cut short: {expected} bytes expected, {found} found", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The length it should have, at least.
        expected: u64,
        /// The length it has.
        found: u64,
    },
    /// The file's bytes are not those that were written.
    #[error("`{}` is damaged in `{section}`: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The damaged part: a checkpoint's section, `header`, a table's column, a field's time point.
        section: String,
        /// How the damage shows.
        reason: String,
    },
    /// The file is of a format version that this program does not read.
    #[error(
        "`{}` has format version {found}, this program reads version {supported}: \
         use the program version that wrote it", path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The version that can be read.
        supported: u32,
    },
    /// A checkpoint has no section of this name.
    #[error("`{}` has no section `{section}`; it has {}", path.display(), present.join(", "))]
    MissingSection {
        /// The file.
        path: PathBuf,
        /// The section asked for.
        section: String,
        /// The sections there are.
        present: Vec<String>,
    },
    /// The file is sound, but not something this crate can read as what was asked for.
    #[error("`{}` can't be read: {reason}", path.display())]
    Format {
        /// The file or folder.
        path: PathBuf,
        /// What was expected and what was found.
        reason: String,
    },
    /// What was handed in to be written does not fit together.
    #[error("can't be recorded: {0}")]
    Invalid(String),
}

impl Error {
    /// The file or folder concerned.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. }
            | Self::Truncated { path, .. }
            | Self::Corrupt { path, .. }
            | Self::Version { path, .. }
            | Self::MissingSection { path, .. }
            | Self::Format { path, .. } => Some(path),
            Self::Invalid(_) => None,
        }
    }

    /// Whether the disk (or the user's quota on it) is full.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. } if is_full(source.kind()))
    }

    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        Self::Io { path: path.to_path_buf(), action, source }
    }

    pub(crate) fn corrupt(path: &Path, section: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.to_path_buf(), section: section.into(), reason: reason.into() }
    }

    pub(crate) fn format(path: &Path, reason: impl Into<String>) -> Self {
        Self::Format { path: path.to_path_buf(), reason: reason.into() }
    }
}

fn is_full(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The line of help for the cases a user can do something about.
fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        kind if is_full(kind) => "; free some space or choose another folder",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder you may write to, or change its permissions"
        }
        io::ErrorKind::AlreadyExists => "; choose another folder or remove it first",
        _ => "",
    }
}

/// The system's error inside a library's error, if there is one: libraries wrap a full disk in their own types.
pub(crate) fn find_io(error: &(dyn std::error::Error + 'static)) -> Option<io::Error> {
    let mut next = Some(error);
    while let Some(e) = next {
        if let Some(io) = e.downcast_ref::<io::Error>() {
            return Some(match io.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(io.kind(), io.to_string()),
            });
        }
        next = e.source();
    }
    None
}
