//! From a request to a finished run folder, and back into one that was interrupted.
//!
//! [`execute`], [`resume`] and [`rebuild`] are the three ways: a new run, one that goes on, and the report of a folder
//! as it stands. All three end in the same writing of recordings, results and report, so that `rebuild` gives the same
//! bytes when nothing has changed.

use crate::analyse;
use crate::burn_in::BurnIns;
use crate::clock::{self, Moment};
use crate::design;
use crate::error::StudyError;
use crate::folder::{self, Choices, Hashes, Logged, RunFolder, RunRecord, Status};
use crate::job::{Job, Outcome, Purpose};
use crate::library::{self, ScenarioText};
use crate::program;
use crate::progress::{Progress, Silent};
use crate::results::{Reproduce, Results, Timings};
use crate::runner::{self, CHECKPOINT_WALL, RunSettings};
use crate::store::Store;
use crate::variants;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, Scenario};
use exoderm_model::{CheckSummary, check_summary};
use exoderm_tissue::Healthy;
use exoderm_units::{Quantity, Unit, nearest};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Part of the free memory that a study may ask for.
const MEMORY_SHARE: f64 = 0.8;

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

/// The scenario as it will be run: compiled, with the choices applied.
///
/// # Errors
/// All mistakes of the text and of the choices.
pub fn resolve(text: &ScenarioText, choices: &Choices) -> Result<Scenario, StudyError> {
    let mut s = library::compile(text, &choices.set)?;
    if let Some(until) = &choices.until {
        s.horizon = minutes(until)?;
        s.recording.snapshots.retain(|t| *t <= s.horizon);
    }
    if !choices.arms.is_empty() {
        s.arms = chosen(&s.arms, &choices.arms)?;
    }
    if choices.replicates == Some(0) {
        return Err(StudyError::input("no replicates: nothing would be run", "give --replicates 1 or more"));
    }
    s.replicates = choices.replicates.unwrap_or(s.replicates);
    s.seed = choices.seed.unwrap_or(s.seed);
    Ok(s)
}

/// A time above 0 in minutes.
fn minutes(text: &str) -> Result<f64, StudyError> {
    let help = "as in --until \"14 d\"";
    let bad = |e: &dyn std::fmt::Display| StudyError::input(format!("--until {text}: {e}"), help);
    let unit = Unit::parse("min").map_err(|e| bad(&e))?;
    let time = Quantity::parse(text).and_then(|q| q.in_unit(&unit)).map_err(|e| bad(&e))?;
    if time > 0.0 && time.is_finite() { Ok(time) } else { Err(bad(&"expected a time above 0")) }
}

/// The arms asked for, in the scenario's order.
fn chosen(arms: &[Arm], names: &[String]) -> Result<Vec<Arm>, StudyError> {
    for name in names {
        if !arms.iter().any(|a| a.name == *name) {
            let known = arms.iter().map(|a| a.name.as_str());
            let near =
                nearest(name, known.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            return Err(StudyError::input(
                format!("the scenario has no arm `{name}`{near}"),
                format!("its arms are: {}", known.collect::<Vec<_>>().join(", ")),
            ));
        }
    }
    Ok(arms.iter().filter(|a| names.contains(&a.name)).cloned().collect())
}

/// The runs of a study: every arm of every replicate, replicate by replicate, so that a study that is stopped has
/// whole replicates to compare.
pub fn jobs(scenario: &Arc<Scenario>) -> Vec<Job> {
    let of_replicate = |replicate| {
        scenario.arms.iter().map(move |arm| Job {
            id: format!("{}-r{replicate}", arm.name),
            purpose: Purpose::Main,
            scenario: Arc::clone(scenario),
            arm: arm.kind,
            arm_name: arm.name.clone(),
            replicate,
        })
    };
    (0..scenario.replicates).flat_map(of_replicate).collect()
}

/// What would run, without running it.
///
/// # Errors
/// All mistakes of the text and of the choices.
pub fn check(text: &ScenarioText, choices: &Choices) -> Result<(Scenario, CheckSummary), StudyError> {
    let scenario = resolve(text, choices)?;
    let summary = check_summary(&scenario);
    Ok((scenario, summary))
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
    let study = Study { folder: &folder, scenario, text: request.scenario.clone(), machine, progress };
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
    let study = Study { folder: &folder, scenario, text, machine, progress };
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
    let study = Study { folder: &folder, scenario, text, machine, progress };
    let mut settings = study.settings(&record)?;
    settings.healthy = study.healthy(&record, &settings)?;
    let mut outcomes = runner::stored(&study.main_jobs(), &settings, progress)?;
    let inputs = variants::inputs(&study.scenario)?;
    outcomes.extend(runner::stored(&study.variant_jobs(&record, &inputs), &settings, progress)?);
    let cases = study.case_jobs(&record, &inputs, &outcomes);
    outcomes.extend(runner::stored(&cases, &settings, progress)?);
    let results = study.write_results(&record, &outcomes)?;
    Ok(Finished { folder: path.to_path_buf(), results, stopped: record.status != Status::Done })
}

/// The scenario's text in a folder.
fn text_of(folder: &RunFolder, record: &RunRecord) -> Result<ScenarioText, StudyError> {
    Ok(ScenarioText { file: record.file.clone(), text: folder.read("scenario.toml")? })
}

/// The scenario of a folder, resolved as it was.
fn resolved_again(folder: &RunFolder, record: &RunRecord) -> Result<Arc<Scenario>, StudyError> {
    resolve(&text_of(folder, record)?, &record.choices).map(Arc::new)
}

fn hashes(scenario: &Scenario) -> Hashes {
    Hashes {
        code: program::version().to_owned(),
        build: program::build().to_owned(),
        scenario: exoderm_model::scenario_hash(scenario),
        ledger: Ledger::builtin().hash(),
        calibration: library::calibration_hash(),
    }
}

/// Refuses a study that would not fit into memory.
fn check_memory(scenario: &Scenario, machine: &Machine<'_>) -> Result<(), StudyError> {
    let runs = scenario.arms.len().saturating_mul(scenario.replicates as usize).max(1);
    let needed = check_summary(scenario).memory * machine.threads().min(runs) as f64;
    match clock::available_memory() {
        Some(free) if needed > MEMORY_SHARE * free => Err(StudyError::input(
            format!("this study needs about {:.1} GB, of which {:.1} GB are free", needed / 1e9, free / 1e9),
            "use fewer --threads, larger voxels or a smaller tissue",
        )),
        _ => Ok(()),
    }
}

/// A study at work in its folder.
struct Study<'a> {
    folder: &'a RunFolder,
    scenario: Arc<Scenario>,
    text: ScenarioText,
    machine: &'a Machine<'a>,
    progress: &'a dyn Progress,
}

impl Study<'_> {
    fn settings(&self, record: &RunRecord) -> Result<RunSettings, StudyError> {
        Ok(RunSettings {
            seed: record.seed,
            threads: self.machine.threads(),
            stop: Arc::clone(&self.machine.stop),
            store: Some(Store::open(self.folder.path())?),
            burn_ins: Arc::new(BurnIns::new(self.machine.cache.clone())),
            healthy: None,
            base: Some(Arc::clone(&self.scenario)),
            checkpoint_wall: self.machine.checkpoint_wall,
        })
    }

    /// Runs what is left and writes everything.
    fn run(&self, mut record: RunRecord) -> Result<Finished, StudyError> {
        let begin = Instant::now();
        let log = Logged::new(self.folder, self.progress);
        log.note(&format!("exoderm {}, {} threads", program::version(), self.machine.threads()));
        let mut settings = self.settings(&record)?;
        let mut jobs = Vec::new();
        let mut outcomes = Vec::new();
        let phases = self.phases(&record, &mut settings, &log, &mut jobs, &mut outcomes);
        if let Err(error) = phases {
            log.note(&error.to_string());
            record.status = Status::Stopped;
            record.ended = Some(Moment::now().iso());
            // The error that stopped the study is the one to tell, not that the record can't be written either.
            let _ = self.folder.save_record(&record);
            return Err(error);
        }
        let stopped = outcomes.len() < jobs.len() || !all_ended(&jobs, &outcomes);
        add_times(&mut record.timings, &outcomes, begin.elapsed());
        // A stopped study also counts runs that an earlier part began and this one did not get to.
        let outcomes = if stopped { runner::stored(&jobs, &settings, &Silent)? } else { outcomes };
        let metadata: Vec<(String, String)> = [
            ("scenario", record.scenario.clone()),
            ("program", program::version().to_owned()),
            ("seed", record.seed.to_string()),
            ("scenario_hash", record.hashes.scenario.clone()),
        ]
        .map(|(k, v)| (format!("exoderm.{k}"), v))
        .into();
        record.digests = self.folder.write_recordings(&self.scenario, &outcomes, &metadata)?;
        record.status = if stopped { Status::Stopped } else { Status::Done };
        record.ended = Some(Moment::now().iso());
        let results = self.write_results(&record, &outcomes)?;
        self.folder.save_record(&record)?;
        log.note(if stopped { "stopped; what is done is kept" } else { "done" });
        if self.machine.stop.load(Ordering::Relaxed) && !stopped {
            log.note("the stop came after the last step");
        }
        Ok(Finished { folder: self.folder.path().to_path_buf(), results, stopped })
    }

    /// Runs the study's parts one after the other: the healthy counterpart, the arms, the variants, the cases. Stops
    /// after the part in which it was asked to; `jobs` then has what was begun.
    fn phases(
        &self,
        record: &RunRecord,
        settings: &mut RunSettings,
        log: &Logged<'_>,
        jobs: &mut Vec<Job>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), StudyError> {
        let mut part = |name: &str, list: Vec<Job>, settings: &RunSettings| -> Result<bool, StudyError> {
            if list.is_empty() {
                return Ok(true);
            }
            log.started(name, list.len());
            let run = runner::run(&list, settings, log);
            log.finished();
            let found = run?;
            let whole = found.len() == list.len() && all_ended(&list, &found);
            jobs.extend(list);
            outcomes.extend(found);
            Ok(whole)
        };
        if let Some(job) = variants::counterpart(&self.text, &record.choices, &self.scenario)? {
            if !part("healthy counterpart", vec![job], settings)? {
                return Ok(());
            }
            settings.healthy = self.healthy(record, settings)?;
        }
        if !part("arms", self.main_jobs(), settings)? {
            return Ok(());
        }
        let inputs = variants::inputs(&self.scenario)?;
        if !part("what swings the answer", self.variant_jobs(record, &inputs), settings)? {
            return Ok(());
        }
        let so_far = {
            let mut all = runner::stored(&self.main_jobs(), settings, &Silent)?;
            all.extend(runner::stored(&self.variant_jobs(record, &inputs), settings, &Silent)?);
            all
        };
        part("best and worst case", self.case_jobs(record, &inputs, &so_far), settings)?;
        Ok(())
    }

    /// The need gates' reference, from the counterpart's stored series.
    fn healthy(
        &self,
        record: &RunRecord,
        settings: &RunSettings,
    ) -> Result<Option<Arc<Healthy>>, StudyError> {
        let Some(job) = variants::counterpart(&self.text, &record.choices, &self.scenario)? else {
            return Ok(None);
        };
        let open = RunSettings { healthy: None, ..settings.clone() };
        let (interval, rules) = (self.scenario.recording.series, self.scenario.rules.len());
        let stored = runner::stored(&[job], &open, &Silent)?;
        Ok(stored.first().map(|o| Arc::new(Healthy::from_series(&o.series, interval, rules))))
    }

    fn main_jobs(&self) -> Vec<Job> {
        jobs(&self.scenario)
    }

    /// Swings and draws.
    fn variant_jobs(&self, record: &RunRecord, inputs: &[design::Input]) -> Vec<Job> {
        let list = design::variants(&self.scenario, inputs, record.choices.draws, record.seed);
        variants::jobs(&self.text, &record.choices, &self.scenario, &list, &mut |m| self.progress.message(&m))
    }

    /// Best and worst case, once the swings have told which end of each input is which.
    fn case_jobs(&self, record: &RunRecord, inputs: &[design::Input], outcomes: &[Outcome]) -> Vec<Job> {
        let ends = analyse::favourable(&self.study(record, inputs, outcomes));
        if ends.is_empty() {
            return Vec::new();
        }
        let list = design::cases(inputs, &ends);
        variants::jobs(&self.text, &record.choices, &self.scenario, &list, &mut |m| self.progress.message(&m))
    }

    fn study<'b>(
        &'b self,
        record: &RunRecord,
        inputs: &'b [design::Input],
        outcomes: &'b [Outcome],
    ) -> analyse::Study<'b> {
        let c = &record.choices;
        let mut command = format!("exoderm run {}", record.scenario);
        if !record.file.starts_with("scenarios/") {
            command = format!("exoderm run {}", record.file);
        }
        command.push_str(&format!(" --seed {} --replicates {}", record.seed, record.replicates));
        if c.draws > 0 {
            command.push_str(&format!(" --draws {}", c.draws));
        }
        if !c.arms.is_empty() {
            command.push_str(&format!(" --arms {}", c.arms.join(",")));
        }
        if let Some(until) = &c.until {
            command.push_str(&format!(" --until \"{until}\""));
        }
        for set in &c.set {
            command.push_str(&format!(" --set '{set}'"));
        }
        analyse::Study {
            scenario: &self.scenario,
            ledger: Ledger::builtin(),
            outcomes,
            inputs,
            arms: c.arms.clone(),
            replicates: record.replicates,
            draws: c.draws,
            reproduce: Reproduce {
                command,
                version: record.hashes.code.clone(),
                seed: record.seed,
                hashes: vec![
                    ("scenario".into(), record.hashes.scenario.clone()),
                    ("ledger".into(), record.hashes.ledger.clone()),
                    ("fitted values".into(), record.hashes.calibration.clone()),
                ],
            },
            timings: record.timings.clone(),
            warnings: check_summary(&self.scenario).warnings,
        }
    }

    fn analyse(&self, record: &RunRecord, outcomes: &[Outcome]) -> Result<Results, StudyError> {
        let inputs = variants::inputs(&self.scenario)?;
        Ok(analyse::results(&self.study(record, &inputs, outcomes)))
    }

    /// Writes `results.json` and `report.html`.
    fn write_results(&self, record: &RunRecord, outcomes: &[Outcome]) -> Result<Results, StudyError> {
        let results = self.analyse(record, outcomes)?;
        self.folder.write("results.json", &folder::json(&results)?)?;
        self.folder.write("report.html", (self.machine.render)(&results).as_bytes())?;
        Ok(results)
    }
}

/// Whether every job ran to its own horizon.
fn all_ended(jobs: &[Job], outcomes: &[Outcome]) -> bool {
    jobs.iter().all(|j| {
        let end = j.scenario.horizon - 0.5 * j.scenario.steps.phenotype;
        outcomes.iter().any(|o| o.id == j.id && o.reached >= end)
    })
}

/// Adds the times of a part of a study.
fn add_times(timings: &mut Timings, outcomes: &[Outcome], wall: Duration) {
    timings.wall_seconds += wall.as_secs_f64();
    type Part = (&'static str, fn(&Outcome) -> Duration);
    let parts: [Part; 5] = [
        ("phenotype", |o| o.clock.phenotype),
        ("mechanics", |o| o.clock.mechanics),
        ("dissolved factors", |o| o.clock.soluble),
        ("vesicles", |o| o.clock.vesicles),
        ("matrix, recruitment, records", |o| o.clock.other),
    ];
    for (name, of) in parts {
        let seconds: f64 = outcomes.iter().map(|o| of(o).as_secs_f64()).sum();
        match timings.parts.iter_mut().find(|(n, _)| n == name) {
            Some((_, sum)) => *sum += seconds,
            None => timings.parts.push((name.to_owned(), seconds)),
        }
    }
    let peak = clock::peak_memory().map(|bytes| bytes / 1e6);
    timings.peak_memory_mb = match (timings.peak_memory_mb, peak) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
}
