//! From a request to a finished run folder, and back into one that was interrupted.
//!
//! [`execute`], [`resume`] and [`rebuild`] are the three ways: a new run, one that goes on, and the report of a folder
//! as it stands. All three end in the same writing of recordings, results and report, so that `rebuild` gives the same
//! bytes when nothing has changed.

mod resolve;
mod study;

pub use resolve::{arms_of_map, check, jobs, resolve};

pub use exoderm_model::OFF_LABEL;

use crate::clock::Moment;
use crate::error::StudyError;
use crate::folder::{self, Choices, RunFolder, RunRecord, Status};
use crate::job::{Job, Outcome};
use crate::library::ScenarioText;
use crate::program;
use crate::progress::Progress;
use crate::results::{Results, Timings};
use crate::runner::{self, CHECKPOINT_WALL};
use crate::sweep;
use exoderm_model::check_summary;
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
    // Before anything is simulated.
    for flag in check_summary(&scenario).warnings.iter().filter(|w| w.starts_with(OFF_LABEL)) {
        progress.message(flag);
    }
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
        bases: request.scenario.bases.clone(),
        networks: request.scenario.networks.clone(),
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

/// What a folder holds of a study, part by part.
struct Stored<'a> {
    settings: &'a runner::RunSettings,
    record: &'a RunRecord,
    outcomes: Vec<Outcome>,
    /// The first part that is not whole.
    unfinished: Option<&'static str>,
}

impl Stored<'_> {
    /// Takes the outcomes of a part. A report must not quietly say less than the one it replaces: a damaged outcome is
    /// refused, and in a study that is done a missing one too (of runs beside the arms only where this program made the
    /// study, since another may have run others).
    fn take(&mut self, part: &'static str, jobs: &[Job], arms: bool) -> Result<(), StudyError> {
        let mut damaged = Vec::new();
        let found = runner::stored(jobs, self.settings, &mut |what| damaged.push(what))?;
        let help = "report.html is as it was; put the file back, or run the scenario anew";
        if let Some(what) = damaged.first() {
            return Err(StudyError::input(what.clone(), help));
        }
        let lacks = jobs.iter().find(|j| !study::all_ended(std::slice::from_ref(j), &found));
        if let Some(job) = lacks {
            if self.record.status == Status::Done && (arms || self.record.hashes.build == program::build()) {
                let file =
                    self.settings.store.as_ref().map(|s| s.outcome_path(&job.id).display().to_string());
                let file = file.unwrap_or_default();
                return Err(StudyError::input(format!("`{file}` is missing, though this run is done"), help));
            }
            if self.record.status != Status::Done {
                self.unfinished.get_or_insert(part);
            }
        }
        self.outcomes.extend(found);
        Ok(())
    }
}

/// Writes results and report again from what the folder holds; nothing is run.
///
/// # Errors
/// If the folder holds no run or can't be written to, or an outcome is damaged or missing: the report is then left as it is.
pub fn rebuild(path: &Path, machine: &Machine<'_>, progress: &dyn Progress) -> Result<Finished, StudyError> {
    let (folder, record) = RunFolder::open(path)?;
    let scenario = resolved_again(&folder, &record)?;
    if hashes(&scenario).scenario != record.hashes.scenario {
        return Err(StudyError::input(
            format!(
                "this program reads the scenario of `{}` otherwise than the one that ran it ({})",
                path.display(),
                record.hashes.code
            ),
            "report.html is as it was; use the program that ran it, or run the scenario anew",
        ));
    }
    let text = text_of(&folder, &record)?;
    let sweep = sweep::plan(&text, &record.choices, &scenario)?;
    let study = Study { folder: &folder, scenario, text, sweep, machine, progress };
    let mut settings = study.settings(&record)?;
    settings.healthy = study.healthy(&record, &settings)?;
    let mut parts = Stored { settings: &settings, record: &record, outcomes: Vec::new(), unfinished: None };
    parts.take("arms", &study.main_jobs(), true)?;
    parts.take("sweep", &study.sweep_jobs(), true)?;
    let inputs = study.inputs(&record)?;
    let variants = study.variant_jobs(&record, &inputs)?;
    parts.take("what swings the answer", &variants.jobs, false)?;
    let mut own_vehicle = variants.own_vehicle;
    for round in 0..study.rounds() {
        let later = study.later_jobs(&record, &inputs, &parts.outcomes, &own_vehicle, round);
        own_vehicle.extend(later.own_vehicle);
        let name = if round == 0 { "best and worst case" } else { "what would have to be true" };
        parts.take(name, &later.jobs, false)?;
    }
    let Stored { outcomes, unfinished, .. } = parts;
    let results = study.write_results(&record, &outcomes, &own_vehicle, unfinished)?;
    Ok(Finished { folder: path.to_path_buf(), results, stopped: record.status != Status::Done })
}
