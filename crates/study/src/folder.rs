//! The folder of a run.
//!
//! | file | holds |
//! |---|---|
//! | `scenario.toml` | the scenario as it was given |
//! | `resolved.json` | the scenario as it was run: every number in internal units, with its source |
//! | `run.json` | [`RunRecord`]: program, choices, hashes, status, timings, digests |
//! | `log.txt` | messages with their times |
//! | `results.json`, `report.html` | what was found |
//! | `bench.csv` | what an experiment would need to see the predicted effect, where one is predicted |
//! | `series.parquet`, `cells.parquet`, `fields/<arm>-r<k>.zarr` | recordings |
//! | `vesicles.parquet` | places of single vesicles, where they are followed one by one |
//! | `outcomes/`, `checkpoints/` | what `report` and `resume` go on from |
//!
//! All but the log are written complete or not at all.

use crate::clock::Moment;
use crate::error::StudyError;
use crate::job::Outcome;
use crate::progress::Progress;
use crate::results::Timings;
use crate::tables;
use exoderm_model::scenario::Scenario;
use exoderm_record::digest::digest_table;
use exoderm_record::{Error, FieldsReader, FieldsWriter, write_atomic, write_parquet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Version of [`RunRecord`]'s form.
pub const RUN_FORMAT: u32 = 1;

/// All that a run writes; what else is in a folder is never touched.
const OURS: &[&str] = &[
    "scenario.toml",
    "resolved.json",
    "run.json",
    "log.txt",
    "results.json",
    "report.html",
    "bench.csv",
    "series.parquet",
    "cells.parquet",
    "vesicles.parquet",
    "fields",
    "outcomes",
    "checkpoints",
    ".lock",
];

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Begun and not ended: running, or killed.
    Running,
    /// Stopped before its end.
    Stopped,
    /// All jobs have ended.
    Done,
}

/// What was chosen on the command line, as given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Seed, if not the scenario's.
    pub seed: Option<u64>,
    /// Replicates, if not the scenario's.
    pub replicates: Option<u32>,
    /// Parameter draws.
    pub draws: u32,
    /// Arms, if not all.
    pub arms: Vec<String>,
    /// End of the run ("14 d"), if not the scenario's.
    pub until: Option<String>,
    /// `path=value` settings, in order.
    pub set: Vec<String>,
    /// `path=a,b,c` sweeps, at most two.
    #[serde(default)]
    pub sweep: Vec<String>,
    /// Sweep dose and release of the dressing instead, and nothing beside the arms.
    #[serde(default)]
    pub design_map: bool,
}

/// What a result rests on, each as a digest or version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashes {
    /// Version and, if known, commit.
    pub code: String,
    /// Digest of the program's file.
    pub build: String,
    /// The resolved scenario.
    pub scenario: String,
    /// The ledger.
    pub ledger: String,
    /// The fitted values.
    pub calibration: String,
}

/// Digests by which two runs are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// Final state of each run, by job.
    pub states: BTreeMap<String, String>,
    /// Columns of `series.parquet`, rows in the order of job and time.
    pub series: BTreeMap<String, String>,
    /// Columns of `cells.parquet`, rows in the order of arm, replicate, time and cell.
    pub cells: BTreeMap<String, String>,
    /// Fields by run and name.
    pub fields: BTreeMap<String, BTreeMap<String, String>>,
}

/// What `run.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`RUN_FORMAT`].
    pub format: u32,
    /// Where the run stands.
    pub status: Status,
    /// Scenario's short name.
    pub scenario: String,
    /// Name or path of the scenario as given.
    pub file: String,
    /// Files of the user's own that it extends: path and text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<(String, String)>,
    /// Files of networks that it names: path and text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<(String, String)>,
    /// Choices as given.
    pub choices: Choices,
    /// Seed used.
    pub seed: u64,
    /// Replicates run.
    pub replicates: u32,
    /// Arms run.
    pub arms: Vec<String>,
    /// What the result rests on.
    pub hashes: Hashes,
    /// Begin (UTC).
    pub started: String,
    /// End of the last part (UTC).
    pub ended: Option<String>,
    /// Wall times, summed over the parts of an interrupted run.
    pub timings: Timings,
    /// Digests of what was found, once something was.
    pub digests: Digests,
}

/// A run's folder, held against other programs as long as this lives.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: Option<File>,
}

fn refused(path: &Path, action: &'static str) -> impl FnOnce(std::io::Error) -> StudyError {
    let path = path.to_path_buf();
    move |source| Error::Io { path, action, source }.into()
}

impl RunFolder {
    /// Makes the folder of a new run. With `force` a former run there is replaced; other files stay.
    ///
    /// # Errors
    /// If the folder holds something, can't be made or can't be written to.
    pub fn create(path: &Path, force: bool) -> Result<Self, StudyError> {
        let shown = path.display();
        if path.exists() && !path.is_dir() {
            return Err(StudyError::input(
                format!("`{shown}` is a file, not a folder"),
                "choose another place with --out",
            ));
        }
        let occupied = path.is_dir() && fs::read_dir(path).map_err(refused(path, "list"))?.next().is_some();
        if occupied {
            let former = read_record(path);
            match (&former, force) {
                (Ok(_), true) => {}
                (Ok(record), false) if record.status != Status::Done => {
                    return Err(StudyError::input(
                        format!("`{shown}` holds a run that has not ended"),
                        format!(
                            "go on with it by `exoderm resume {shown}`, replace it with --force, or choose another \
                             place with --out"
                        ),
                    ));
                }
                (Ok(_), false) => {
                    return Err(StudyError::input(
                        format!("`{shown}` holds a run already"),
                        "replace it with --force, or choose another place with --out",
                    ));
                }
                (Err(_), _) => {
                    return Err(StudyError::input(
                        format!("`{shown}` is not empty and holds no run"),
                        "choose another place with --out; --force only replaces a former run",
                    ));
                }
            }
        }
        fs::create_dir_all(path).map_err(refused(path, "create the folder"))?;
        let folder = Self::held(path)?;
        if occupied {
            for name in OURS.iter().filter(|n| **n != ".lock") {
                let old = path.join(name);
                let removed = if old.is_dir() { fs::remove_dir_all(&old) } else { fs::remove_file(&old) };
                match removed {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(refused(&old, "remove")(e));
                    }
                    _ => {}
                }
            }
        }
        Ok(folder)
    }

    /// Opens the folder of a run with its record.
    ///
    /// # Errors
    /// If there is no run, or another program works on it.
    pub fn open(path: &Path) -> Result<(Self, RunRecord), StudyError> {
        let record = read_record(path)?;
        Ok((Self::held(path)?, record))
    }

    fn held(path: &Path) -> Result<Self, StudyError> {
        let file = path.join(".lock");
        let lock = File::create(&file).map_err(refused(path, "write to the folder"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_path_buf(), _lock: Some(lock) }),
            Err(TryLockError::WouldBlock) => Err(StudyError::input(
                format!("another exoderm works on `{}`", path.display()),
                "wait until it has ended, or stop it with Ctrl-C",
            )),
            // Some file systems know no locks.
            Err(TryLockError::Error(_)) => Ok(Self { path: path.to_path_buf(), _lock: None }),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder up before anything was run: what was written so far is removed, as far as possible.
    pub fn discard(self) {
        for name in OURS {
            let path = self.path.join(name);
            // The error that led here is the one to tell.
            let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        }
        // Only succeeds if it is empty.
        let _ = fs::remove_dir(&self.path);
    }

    /// Writes one of the folder's files.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StudyError> {
        Ok(write_atomic(self.path.join(name), bytes)?)
    }

    /// Reads one of the folder's texts.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&self, name: &str) -> Result<String, StudyError> {
        let path = self.path.join(name);
        fs::read_to_string(&path).map_err(refused(&path, "read"))
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn save_record(&self, record: &RunRecord) -> Result<(), StudyError> {
        self.write("run.json", &json(record)?)
    }

    /// Writes the tables and fields of what has been run, and gives their digests.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn write_recordings(
        &self,
        scenario: &Scenario,
        outcomes: &[Outcome],
        metadata: &[(String, String)],
    ) -> Result<Digests, StudyError> {
        let series = tables::series(scenario, outcomes);
        write_parquet(self.path.join("series.parquet"), &series, metadata)?;
        let cells = tables::cells(scenario, outcomes);
        write_parquet(self.path.join("cells.parquet"), &cells, metadata)?;
        if outcomes.iter().any(|o| o.snapshots.iter().any(|s| !s.particles.is_empty())) {
            let vesicles = tables::vesicles(scenario, outcomes);
            write_parquet(self.path.join("vesicles.parquet"), &vesicles, metadata)?;
        }
        let mut digests = Digests {
            states: outcomes.iter().map(|o| (o.id.clone(), o.digest.clone())).collect(),
            series: digest_table(&series, &["job", "time_min"])?.into_iter().collect(),
            cells: digest_table(&cells, &["arm", "replicate", "time_min", "id"])?.into_iter().collect(),
            fields: BTreeMap::new(),
        };
        let fields = self.path.join("fields");
        fs::create_dir_all(&fields).map_err(refused(&fields, "create the folder"))?;
        for run in tables::main(outcomes) {
            if let Some(found) = write_fields(&fields, scenario, run)? {
                digests.fields.insert(run.id.clone(), found);
            }
        }
        Ok(digests)
    }
}

/// Writes one run's fields: to a hidden folder first, which then takes the name.
fn write_fields(
    folder: &Path,
    scenario: &Scenario,
    run: &Outcome,
) -> Result<Option<BTreeMap<String, String>>, StudyError> {
    let Some(spec) = tables::fields_spec(scenario, run) else { return Ok(None) };
    let name = format!("{}-r{}.zarr", run.arm_name, run.replicate);
    let (last, hidden) = (folder.join(&name), folder.join(format!(".{name}.tmp")));
    let clear = |path: &Path| match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(refused(path, "remove")(e)),
        _ => Ok(()),
    };
    clear(&hidden)?;
    let mut writer = FieldsWriter::create(&hidden, spec)?;
    for shot in &run.snapshots {
        let arrays = tables::field_arrays(shot);
        let slices: Vec<&[f32]> = arrays.iter().map(Vec::as_slice).collect();
        writer.append(shot.time, shot.n[0], &slices)?;
    }
    drop(writer);
    let digests = FieldsReader::open(&hidden)?.digests()?.into_iter().collect();
    clear(&last)?;
    fs::rename(&hidden, &last).map_err(refused(&last, "rename the finished folder to"))?;
    Ok(Some(digests))
}

/// Reads the record of a run.
///
/// # Errors
/// If there is none, or none that this program reads.
pub fn read_record(path: &Path) -> Result<RunRecord, StudyError> {
    let file = path.join("run.json");
    let help = "give the folder of a run, as `exoderm run` names it at its end";
    if !path.is_dir() {
        return Err(StudyError::input(format!("there is no folder `{}`", path.display()), help));
    }
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(StudyError::input(format!("`{}` holds no run", path.display()), help));
        }
        Err(e) => return Err(refused(&file, "read")(e)),
    };
    let record: RunRecord = serde_json::from_str(&text)
        .map_err(|e| StudyError::input(format!("`{}` is damaged: {e}", file.display()), help))?;
    if record.format == RUN_FORMAT {
        Ok(record)
    } else {
        Err(StudyError::input(
            format!("`{}` has format {}, this program reads {RUN_FORMAT}", file.display(), record.format),
            "use the version of the program that wrote it",
        ))
    }
}

/// A document as indented JSON with a line break at its end.
///
/// # Errors
/// If a value has no JSON form.
pub fn json<T: Serialize>(value: &T) -> Result<Vec<u8>, StudyError> {
    let mut bytes = serde_json::to_vec_pretty(value)
        .map_err(|e| StudyError::Fault(format!("a document could not be written: {e}")))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Adds messages, with their times, to `log.txt`, and passes everything on.
pub struct Logged<'a> {
    inner: &'a dyn Progress,
    file: Mutex<Option<File>>,
}

impl<'a> Logged<'a> {
    /// A log in a run's folder. A log that can't be written is no reason to stop.
    pub fn new(folder: &RunFolder, inner: &'a dyn Progress) -> Self {
        let file = fs::OpenOptions::new().create(true).append(true).open(folder.path.join("log.txt"));
        Self { inner, file: Mutex::new(file.ok()) }
    }

    /// Adds a line to the log only.
    pub fn note(&self, text: &str) {
        if let Some(file) = &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = writeln!(file, "{} {}", Moment::now().iso(), text.replace('\n', "\n  "));
        }
    }
}

impl Progress for Logged<'_> {
    fn started(&self, what: &str, jobs: usize) {
        self.note(&crate::progress::begins(what, jobs));
        self.inner.started(what, jobs);
    }

    fn advanced(&self, job: &str, fraction: f64, overall: f64) {
        self.inner.advanced(job, fraction, overall);
    }

    fn message(&self, text: &str) {
        self.note(text);
        self.inner.message(text);
    }

    fn finished(&self) {
        self.inner.finished();
    }
}
