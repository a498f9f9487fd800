//! Checkpoints of a run of agents: the culture, and how far its recording had got.

use super::record::{Asked, Level, Row};
use crate::error::StudyError;
use crate::store::{STAMP, STATE, read_state, stamp};
use exoderm_record::CheckpointWriter;
use exoderm_record::checkpoint::latest_valid;
use exoderm_tissue::agents::{Culture, Saved};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name of the files.
const ID: &str = "culture";
/// Name of the section of the recording.
const RECORDED: &str = "recorded/2";

/// How far a recording had got.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Recorded {
    /// Recorded time that comes next, counted from 0.
    pub(super) next: u32,
    /// Rows of cells, none before the first, and of links.
    pub(super) cells: Option<u64>,
    pub(super) links: u64,
    /// Recorded times of substrates.
    pub(super) fields: usize,
    pub(super) series: Vec<Row>,
    pub(super) levels: Vec<Level>,
    pub(super) asked: Asked,
    pub(super) notes: Vec<String>,
}

/// The folder of checkpoints in a run's.
pub(super) fn folder(run: &Path) -> PathBuf {
    run.join("checkpoints")
}

/// Keeps a culture and its recording; earlier checkpoints are untouched if it can't be written.
pub(super) fn save(run: &Path, key: &str, culture: &Culture, recorded: &Recorded) -> Result<(), StudyError> {
    CheckpointWriter::new()
        .section(STAMP, &stamp(ID, key))?
        .section(RECORDED, recorded)?
        .section(STATE, &culture.saved())?
        .write_next(folder(run), ID)?;
    Ok(())
}

/// The newest sound checkpoint, and what to tell of others.
pub(super) fn load(run: &Path, key: &str) -> Result<(Recorded, Saved, Option<String>), StudyError> {
    let help = "run the model anew with --force";
    let none =
        |why: String| StudyError::input(format!("`{}` can't be gone on with: {why}", run.display()), help);
    let latest = match latest_valid(folder(run), ID) {
        Ok(Some(latest)) => latest,
        Ok(None) => return Err(none("it has no checkpoint".to_owned())),
        Err(error) => return Err(none(error.to_string())),
    };
    let state: Saved = read_state(&latest.checkpoint, &stamp(ID, key))
        .map_err(|why| none(format!("its checkpoint {why}")))?;
    Ok((latest.checkpoint.section(RECORDED)?, state, latest.warning))
}
