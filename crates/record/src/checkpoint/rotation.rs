//! Two checkpoints of a run, so that one may be lost.
//!
//! A run's checkpoints are `<stem>.<number>.checkpoint`, with a number that only grows: which one is the newest
//! does not rest on the clock of a file server. A new one is written completely before an older one is removed.

use std::path::{Path, PathBuf};

use super::{Checkpoint, CheckpointWriter};
use crate::atomic::{names_in, remove_file, sweep};
use crate::error::{Error, Result};

const SUFFIX: &str = ".checkpoint";

/// The newest sound checkpoint of a run.
#[derive(Debug)]
pub struct Latest {
    /// Its file.
    pub path: PathBuf,
    /// Its content.
    pub checkpoint: Checkpoint,
    /// Set if a newer one had to be passed over: which, and why. For the user to read.
    pub warning: Option<String>,
}

impl CheckpointWriter {
    /// Writes the next checkpoint of the run called `stem` in `folder`, then removes older ones except for the
    /// newest that is sound. The folder must exist.
    ///
    /// # Errors
    /// [`Error::Io`] with the path: the checkpoints there were are then untouched. [`Error::Invalid`] for a stem
    /// that is not a plain file name.
    pub fn write_next(&self, folder: impl AsRef<Path>, stem: &str) -> Result<PathBuf> {
        let folder = folder.as_ref();
        let older = numbered(folder, stem)?;
        sweep(folder, &format!("{stem}."))?;
        let number = older.first().map_or(Some(1), |(n, _)| n.checked_add(1));
        let number = number.ok_or_else(|| Error::Invalid("checkpoint numbers are used up".to_owned()))?;
        let path = folder.join(format!("{stem}.{number:06}{SUFFIX}"));
        self.write_atomic(&path)?;
        let mut spare_found = false;
        for (_, old) in older {
            if spare_found {
                remove_file(&old)?;
                continue;
            }
            match Checkpoint::open(&old) {
                Ok(_) => spare_found = true,
                // No use as the second one.
                Err(Error::Corrupt { .. } | Error::Truncated { .. }) => remove_file(&old)?,
                // Another program version's, or unreadable just now: not ours to judge.
                Err(_) => {}
            }
        }
        Ok(path)
    }
}

/// The newest checkpoint of the run called `stem` in `folder` that is sound; `None` if there is none at all.
///
/// # Errors
/// If there are checkpoints but none is sound, the newest one's error: starting afresh instead is for the
/// user to decide. [`Error::Io`] if the folder can't be listed.
pub fn latest_valid(folder: impl AsRef<Path>, stem: &str) -> Result<Option<Latest>> {
    let mut first_error = None;
    let mut passed_over = Vec::new();
    for (_, path) in numbered(folder.as_ref(), stem)? {
        match Checkpoint::open(&path) {
            Ok(checkpoint) => {
                let warning = (!passed_over.is_empty()).then(|| {
                    format!("{}; going on from the older `{}`", passed_over.join("; "), path.display())
                });
                return Ok(Some(Latest { path, checkpoint, warning }));
            }
            Err(error) => {
                passed_over.push(error.to_string());
                first_error.get_or_insert(error);
            }
        }
    }
    first_error.map_or(Ok(None), Err)
}

/// The checkpoints of a run, newest first.
fn numbered(folder: &Path, stem: &str) -> Result<Vec<(u64, PathBuf)>> {
    if stem.is_empty() || Path::new(stem).file_name() != Some(std::ffi::OsStr::new(stem)) {
        return Err(Error::Invalid(format!("`{stem}` is not a plain file name")));
    }
    let number = |name: &str| -> Option<u64> {
        let digits = name.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(SUFFIX)?;
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    };
    let mut found: Vec<_> =
        names_in(folder)?.iter().filter_map(|n| Some((number(n)?, folder.join(n)))).collect();
    found.sort_by(|a, b| b.cmp(a));
    Ok(found)
}
