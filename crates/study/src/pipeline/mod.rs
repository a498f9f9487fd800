//! From a request to a finished run folder, and back into one that was interrupted.
//!
//! [`execute`], [`resume`] and [`rebuild`] are the three ways: a new run, one that goes on, and the report of a folder
//! as it stands. All three end in the same writing of recordings, results and report, so that `rebuild` gives the same
//! bytes when nothing has changed.

mod resolve;
mod study;

pub use resolve::{arms_of_map, check, jobs, resolve};

use crate::clock::Moment;
use crate::error::StudyError;
use crate::folder::{self, Choices, RunFolder, RunRecord, Status};
use crate::library::ScenarioText;
use crate::progress::Progress;
use crate::results::{Results, Timings};
use crate::runner::{self, CHECKPOINT_WALL};
use crate::sweep;
use resolve::{check_memory, hashes, resolved_again, text_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use study::Study;

/// What is needed of the machine and the caller, the same for a new run and one that goes on.
#[derive(Clone)]
pub struct Machine<'a> {
    /// Runs at once; all cores if not given.
    pub threads: Option<usize>,
    /// Set to true to stop.
    pub stop: Arc<AtomicBool>,
    /// Cache of burn-ins; none for no cache.
    pub cache: Option<PathBuf>,
    /// Wall time between checkpoints.
    pub checkpoint_wall: Duration,
    /// Makes the report of the results.
    pub render: &'a (dyn Fn(&Results) -> String + Sync),
}

impl<'a> Machine<'a> {
    /// All cores, no cache.
    pub fn new(render: &'a (dyn Fn(&Results) -> String + Sync)) -> Self {
        Self { threads: None, stop: Arc::default(), cache: None, checkpoint_wall: CHECKPOINT_WALL, render }
    }

    fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        self.threads.unwrap_or_else(cores).max(1)
    }
}

/// A new run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The scenario.
    pub scenario: ScenarioText,
    /// Choices of this run.
    pub choices: Choices,
    /// Folder; `runs/<scenario>-<date>` if not given.
    pub out: Option<PathBuf>,
    /// Replace a former run in the folder.
    pub force: bool,
}

/// A run that has ended or was stopped.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its folder.
    pub folder: PathBuf,
    /// What was found.
    pub results: Results,
    /// It was stopped: `resume` goes on.
    pub stopped: bool,
}

/// Runs a study into a new folder.
///
/// # Errors
/// See [`StudyError::class`]: a wrong input before anything is written, a run that had to stop, or a fault.
pub fn execute(
    request: &Request,
    machine: &Machine<'_>,
    progress: &dyn Progress,
) -> Result<Finished, StudyError> {
    let scenario = Arc::new(resolve(&request.scenario, &request.choices)?);
    check_memory(&scenario, machine)?;
    let sweep = sweep::plan(&request.scenario, &request.choices, &scenario)?;
    for point in &sweep.points {
        check_memory(&point.scenario, machine)?;
    }
    let path = request
        .out
        .clone()
        .unwrap_or_else(|| Path::new("runs").join(format!("{}-{}", scenario.name, Moment::now().compact())));
    let folder = RunFolder::create(&path, request.force)?;
    let record = RunRecord {
        format: folder::RUN_FORMAT,
        status: Status::Running,
        scenario: scenario.name.clone(),
        file: request.scenario.file.clone(),
        choices: request.choices.clone(),
        seed: scenario.seed,
        replicates: scenario.replicates,
        arms: scenario.arms.iter().map(|a| a.name.clone()).collect(),
        hashes: hashes(&scenario),
        started: Moment::now().iso(),
        ended: None,
        timings: Timings {
            wall_seconds: 0.0,
            parts: Vec::new(),
            peak_memory_mb: None,
            threads: machine.threads(),
        },
        digests: folder::Digests::default(),
    };
    let resolved = exoderm_model::resolved_json(&scenario).map_err(|e| StudyError::Fault(e.to_string()))?;
    let begun = folder
        .write("scenario.toml", request.scenario.text.as_bytes())
        .and_then(|()| folder.write("resolved.json", resolved.as_bytes()))
        .and_then(|()| folder.save_record(&record));
    if let Err(error) = begun {
        folder.discard();
        return Err(error);
    }
    let study = Study { folder: &folder, scenario, text: request.scenario.clone(), sweep, machine, progress };
    study.run(record).map_err(|e| e.while_running(folder.path()))
}

/// Goes on with a run that was stopped, killed or cut off.
///
/// # Errors
/// As [`execute`]; also if the folder holds no run, or one of another scenario, ledger or build.
pub fn resume(path: &Path, machine: &Machine<'_>, progress: &dyn Progress) -> Result<Finished, StudyError> {
    let (folder, mut record) = RunFolder::open(path)?;
    let scenario = resolved_again(&folder, &record)?;
    let now = hashes(&scenario);
    for (what, then, now) in [
        ("scenario", &record.hashes.scenario, &now.scenario),
        ("ledger", &record.hashes.ledger, &now.ledger),
        ("fitted values", &record.hashes.calibration, &now.calibration),
        ("program", &record.hashes.build, &now.build),
    ] {
        if then != now {
            return Err(StudyError::input(
                format!(
                    "`{}` was begun with another {what} (program {}): going on would mix two studies",
                    path.display(),
                    record.hashes.code
                ),
                "go on with the program that began it, or run the scenario anew",
            ));
        }
    }
    check_memory(&scenario, machine)?;
    record.status = Status::Running;
    record.ended = None;
    record.timings.threads = machine.threads();
    folder.save_record(&record)?;
    let text = text_of(&folder, &record)?;
    let sweep = sweep::plan(&text, &record.choices, &scenario)?;
    let study = Study { folder: &folder, scenario, text, sweep, machine, progress };
    study.run(record).map_err(|e| e.while_running(folder.path()))
}

/// Writes results and report again from what the folder holds; nothing is run.
///
/// # Errors
/// If the folder holds no run or can't be written to.
pub fn rebuild(path: &Path, machine: &Machine<'_>, progress: &dyn Progress) -> Result<Finished, StudyError> {
    let (folder, record) = RunFolder::open(path)?;
    let scenario = resolved_again(&folder, &record)?;
    if hashes(&scenario).scenario != record.hashes.scenario {
        progress.message(
            "this program reads the scenario otherwise than the one that ran it: runs that don't fit are left out",
        );
    }
    let text = text_of(&folder, &record)?;
    let sweep = sweep::plan(&text, &record.choices, &scenario)?;
    let study = Study { folder: &folder, scenario, text, sweep, machine, progress };
    let mut settings = study.settings(&record)?;
    settings.healthy = study.healthy(&record, &settings)?;
    let mut outcomes = runner::stored(&study.main_jobs(), &settings, progress)?;
    outcomes.extend(runner::stored(&study.sweep_jobs(), &settings, progress)?);
    let inputs = study.inputs(&record)?;
    let variants = study.variant_jobs(&record, &inputs);
    outcomes.extend(runner::stored(&variants.jobs, &settings, progress)?);
    let mut own_vehicle = variants.own_vehicle;
    let cases = study.case_jobs(&record, &inputs, &outcomes, &own_vehicle);
    outcomes.extend(runner::stored(&cases.jobs, &settings, progress)?);
    own_vehicle.extend(cases.own_vehicle);
    let results = study.write_results(&record, &outcomes, &own_vehicle)?;
    Ok(Finished { folder: path.to_path_buf(), results, stopped: record.status != Status::Done })
}
