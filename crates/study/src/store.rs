//! Where a study keeps what is done: `outcomes/` for finished jobs, `checkpoints/` for running ones.
//!
//! Each file is a checksummed container of `exoderm-record`, written complete or not at all. What does not belong to
//! the present study (another scenario, seed or build) is passed over with a warning, never taken.

use crate::error::StudyError;
use crate::job::Outcome;
use crate::program;
use exoderm_record::checkpoint::latest_valid;
use exoderm_record::{Checkpoint, CheckpointWriter, Error};
use exoderm_tissue::State;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the section that says what a file belongs to. A change of [`Stamp`] gives it a new number.
pub(crate) const STAMP: &str = "stamp/1";
/// Name of an outcome's section. A change of [`Outcome`] gives it a new number.
const OUTCOME: &str = "outcome/2";
/// Name of a state's section. States are only read by the build that wrote them.
pub(crate) const STATE: &str = "state";

/// What a stored file belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// The job.
    id: String,
    /// Digest of all that decides about its bits, apart from the program.
    fingerprint: String,
    /// [`program::build`].
    build: String,
}

/// What was looked for, and what the user should know about the search.
#[derive(Debug)]
pub struct Found<T> {
    /// The value, if there is a sound one.
    pub value: Option<T>,
    /// Files that were damaged or of another study.
    pub warning: Option<String>,
}

impl<T> Found<T> {
    fn nothing() -> Self {
        Self { value: None, warning: None }
    }

    fn passed_over(warning: String) -> Self {
        Self { value: None, warning: Some(warning) }
    }
}

/// The folders of a study's outcomes and checkpoints.
#[derive(Clone, Debug)]
pub struct Store {
    outcomes: PathBuf,
    checkpoints: PathBuf,
}

impl Store {
    /// The store in a run's folder, which must exist; its two folders are made where they are missing.
    ///
    /// # Errors
    /// If a folder can't be made.
    pub fn open(run: &Path) -> Result<Self, StudyError> {
        let store = Self { outcomes: run.join("outcomes"), checkpoints: run.join("checkpoints") };
        for folder in [&store.outcomes, &store.checkpoints] {
            fs::create_dir_all(folder).map_err(|source| Error::Io {
                path: folder.clone(),
                action: "create",
                source,
            })?;
        }
        Ok(store)
    }

    /// The file of a job's outcome.
    pub fn outcome_path(&self, id: &str) -> PathBuf {
        self.outcomes.join(format!("{id}.bin"))
    }

    /// Keeps a finished job's outcome and drops its checkpoints.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save_outcome(&self, fingerprint: &str, outcome: &Outcome) -> Result<(), StudyError> {
        CheckpointWriter::new()
            .section(STAMP, &stamp(&outcome.id, fingerprint))?
            .section(OUTCOME, outcome)?
            .write_atomic(self.outcome_path(&outcome.id))?;
        self.drop_checkpoints(&outcome.id)
    }

    /// The outcome of a job, if it has ended. Outcomes of other builds are taken: they are results, not states.
    ///
    /// # Errors
    /// If a file that is there can't be read at all. A damaged one is none, with a warning.
    pub fn outcome(&self, id: &str, fingerprint: &str) -> Result<Found<Outcome>, StudyError> {
        let path = self.outcome_path(id);
        if !path.exists() {
            return Ok(Found::nothing());
        }
        let read = || -> Result<(Stamp, Outcome), Error> {
            let file = Checkpoint::open(&path)?;
            Ok((file.section(STAMP)?, file.section(OUTCOME)?))
        };
        match read() {
            Ok((stamp, outcome)) if stamp.id == id && stamp.fingerprint == fingerprint => {
                Ok(Found { value: Some(outcome), warning: None })
            }
            Ok(_) => {
                Ok(Found::passed_over(format!("`{}` belongs to another scenario or seed", path.display())))
            }
            Err(error @ Error::Io { .. }) => Err(error.into()),
            Err(error) => Ok(Found::passed_over(error.to_string())),
        }
    }

    /// Keeps a running job's state.
    ///
    /// # Errors
    /// If the file can't be written; earlier checkpoints are then untouched.
    pub fn save_checkpoint(&self, id: &str, fingerprint: &str, state: &State) -> Result<(), StudyError> {
        CheckpointWriter::new()
            .section(STAMP, &stamp(id, fingerprint))?
            .section(STATE, state)?
            .write_next(&self.checkpoints, id)?;
        Ok(())
    }

    /// The newest sound state of a job.
    ///
    /// # Errors
    /// If the folder can't be read. Damaged checkpoints are passed over with a warning.
    pub fn checkpoint(&self, id: &str, fingerprint: &str) -> Result<Found<State>, StudyError> {
        let latest = match latest_valid(&self.checkpoints, id) {
            Ok(None) => return Ok(Found::nothing()),
            Ok(Some(latest)) => latest,
            Err(error @ Error::Io { .. }) => return Err(error.into()),
            Err(error) => {
                return Ok(Found::passed_over(format!(
                    "{error}; no sound checkpoint of `{id}` is left, it starts again after its burn-in"
                )));
            }
        };
        let taken = read_state(&latest.checkpoint, &stamp(id, fingerprint));
        Ok(match taken {
            Ok(state) => Found { value: Some(state), warning: latest.warning },
            Err(reason) => Found::passed_over(format!(
                "`{}` {reason}: `{id}` starts again after its burn-in",
                latest.path.display()
            )),
        })
    }

    /// True if there is a file of a checkpoint of this job, sound or not.
    pub fn has_checkpoint(&self, id: &str) -> bool {
        self.checkpoint_files(id).is_ok_and(|files| !files.is_empty())
    }

    /// Removes the checkpoints of a job.
    ///
    /// # Errors
    /// If a file can't be removed.
    pub fn drop_checkpoints(&self, id: &str) -> Result<(), StudyError> {
        for path in self.checkpoint_files(id)? {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Io { path, action: "remove", source }.into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn checkpoint_files(&self, id: &str) -> Result<Vec<PathBuf>, StudyError> {
        let refused = |source| Error::Io { path: self.checkpoints.clone(), action: "list", source };
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.checkpoints).map_err(refused)? {
            let path = entry.map_err(refused)?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
            let number = name.strip_prefix(id).and_then(|n| n.strip_prefix('.'));
            let number = number.and_then(|n| n.strip_suffix(".checkpoint"));
            if number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
                files.push(path);
            }
        }
        Ok(files)
    }
}

pub(crate) fn stamp(id: &str, fingerprint: &str) -> Stamp {
    Stamp { id: id.to_owned(), fingerprint: fingerprint.to_owned(), build: program::build().to_owned() }
}

/// The state in a container, or why it can't be taken.
pub(crate) fn read_state<S: DeserializeOwned>(file: &Checkpoint, wanted: &Stamp) -> Result<S, String> {
    let found: Stamp = file.section(STAMP).map_err(|_| "is not a state of this program".to_owned())?;
    if found.build != wanted.build {
        return Err("was written by another build of the program".to_owned());
    }
    if found != *wanted {
        return Err("belongs to another scenario or seed".to_owned());
    }
    file.section(STATE).map_err(|e| format!("can't be decoded ({e})"))
}

/// Writes a state as a file of its own (the cache of burn-ins).
pub(crate) fn write_state(path: &Path, key: &str, state: &State) -> Result<(), StudyError> {
    CheckpointWriter::new()
        .section(STAMP, &stamp("burn-in", key))?
        .section(STATE, state)?
        .write_atomic(path)?;
    Ok(())
}

/// Reads what [`write_state`] wrote.
pub(crate) fn load_state(path: &Path, key: &str) -> Found<State> {
    if !path.exists() {
        return Found::nothing();
    }
    let read = Checkpoint::open(path).map_err(|e| e.to_string()).and_then(|file| {
        read_state(&file, &stamp("burn-in", key)).map_err(|reason| format!("`{}` {reason}", path.display()))
    });
    match read {
        Ok(state) => Found { value: Some(state), warning: None },
        Err(reason) => Found::passed_over(format!("{reason}; the burn-in is made again")),
    }
}
