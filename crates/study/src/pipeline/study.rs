//! A study at work in its folder: its phases, and what it writes.

use super::{Finished, Machine, resolve};
use crate::analyse;
use crate::burn_in::BurnIns;
use crate::clock::{self, Moment};
use crate::design;
use crate::error::StudyError;
use crate::folder::{self, Logged, RunFolder, RunRecord, Status};
use crate::job::{Job, Outcome, Purpose};
use crate::library::ScenarioText;
use crate::program;
use crate::progress::{Parts, Progress};
use crate::results::{Reproduce, Results, Timings};
use crate::runner::{self, RunSettings};
use crate::store::Store;
use crate::sweep;
use crate::variants::{self, Planned};
use exoderm_ledger::Ledger;
use exoderm_model::check_summary;
use exoderm_model::scenario::Scenario;
use exoderm_tissue::Healthy;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Replicates from which a study is no preview.
const FULL_STUDY: u32 = 10;
/// Values of an input tried at once in the search for the smallest sufficient one: as many as keep two cores busy.
const STEPS: u32 = 2;

/// A study at work in its folder.
pub(super) struct Study<'a> {
    pub(super) folder: &'a RunFolder,
    pub(super) scenario: Arc<Scenario>,
    pub(super) text: ScenarioText,
    pub(super) sweep: sweep::Plan,
    pub(super) machine: &'a Machine<'a>,
    pub(super) progress: &'a dyn Progress,
}

impl Study<'_> {
    pub(super) fn settings(&self, record: &RunRecord) -> Result<RunSettings, StudyError> {
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
    pub(super) fn run(&self, mut record: RunRecord) -> Result<Finished, StudyError> {
        let begin = Instant::now();
        let work = resolve::work(&self.text, &record.choices, &self.scenario, &self.sweep)?;
        let whole = Parts::new(self.progress, work.iter().map(|w| w.2).sum());
        let log = Logged::new(self.folder, &whole);
        log.note(&format!("exoderm {}, {} threads", program::version(), self.machine.threads()));
        let mut settings = self.settings(&record)?;
        let mut jobs = Vec::new();
        let mut outcomes = Vec::new();
        let mut own_vehicle = Vec::new();
        let tell = (&log, &whole);
        let phases = self.phases(&record, &mut settings, tell, &mut jobs, &mut outcomes, &mut own_vehicle);
        whole.end();
        let unfinished = match phases {
            Ok(unfinished) => unfinished,
            Err(error) => {
                log.note(&error.to_string());
                record.status = Status::Stopped;
                record.ended = Some(Moment::now().iso());
                // The error that stopped the study is the one to tell, not that the record can't be written either.
                let _ = self.folder.save_record(&record);
                return Err(error);
            }
        };
        let stopped = unfinished.is_some();
        add_times(&mut record.timings, &outcomes, begin.elapsed());
        // A stopped study also counts runs that an earlier part began and this one did not get to.
        let outcomes = if stopped { runner::stored(&jobs, &settings, &mut |_| {})? } else { outcomes };
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
        let results = self.write_results(&record, &outcomes, &own_vehicle, unfinished.as_deref())?;
        self.folder.save_record(&record)?;
        log.note(if stopped { "stopped; what is done is kept" } else { "done" });
        if self.machine.stop.load(Ordering::Relaxed) && !stopped {
            log.note("the stop came after the last step");
        }
        Ok(Finished { folder: self.folder.path().to_path_buf(), results, stopped })
    }

    /// Runs the study's parts one after the other: the healthy counterpart, the arms, the variants, the cases. Stops
    /// after the part in which it was asked to, and names it; `jobs` then has what was begun.
    fn phases(
        &self,
        record: &RunRecord,
        settings: &mut RunSettings,
        (log, whole): (&Logged<'_>, &Parts<'_>),
        jobs: &mut Vec<Job>,
        outcomes: &mut Vec<Outcome>,
        own_vehicle: &mut Vec<Purpose>,
    ) -> Result<Option<String>, StudyError> {
        let mut part = |lists: Vec<(&str, Vec<Job>)>, settings: &RunSettings| {
            self.part(lists, settings, (log, whole), jobs, outcomes)
        };
        if let Some(job) = variants::counterpart(&self.text, &record.choices, &self.scenario)? {
            if let Some(name) = part(vec![("healthy counterpart", vec![job])], settings)? {
                return Ok(Some(name));
            }
            settings.healthy = self.healthy(record, settings)?;
        }
        let inputs = self.inputs(record)?;
        let planned = self.variant_jobs(record, &inputs)?;
        own_vehicle.extend(planned.own_vehicle);
        let mut so_far = self.main_jobs();
        so_far.extend(planned.jobs.iter().cloned());
        // Together, so that no thread waits for the last run of one of them.
        let lists = vec![
            ("arms", self.main_jobs()),
            ("sweep", self.sweep_jobs()),
            ("what swings the answer", planned.jobs),
        ];
        if let Some(name) = part(lists, settings)? {
            return Ok(Some(name));
        }
        let mut name = "best and worst case";
        for round in 0..self.rounds() {
            let found = runner::stored(&so_far, settings, &mut |_| {})?;
            let planned = self.later_jobs(record, &inputs, &found, own_vehicle, round);
            own_vehicle.extend(planned.own_vehicle);
            so_far.extend(planned.jobs.iter().cloned());
            if let Some(name) = part(vec![(name, planned.jobs)], settings)? {
                return Ok(Some(name));
            }
            name = "what would have to be true";
        }
        Ok(None)
    }

    /// Runs lists of jobs side by side, those of the first list first, and returns the name of the first list that did not
    /// come to its end.
    fn part(
        &self,
        lists: Vec<(&str, Vec<Job>)>,
        settings: &RunSettings,
        (log, whole): (&Logged<'_>, &Parts<'_>),
        jobs: &mut Vec<Job>,
        outcomes: &mut Vec<Outcome>,
    ) -> Result<Option<String>, StudyError> {
        let lists: Vec<_> = lists.into_iter().filter(|(_, list)| !list.is_empty()).collect();
        let all: Vec<Job> = lists.iter().flat_map(|(_, list)| list.iter().cloned()).collect();
        if all.is_empty() {
            return Ok(None);
        }
        whole.next(resolve::seconds(&all));
        let names: Vec<&str> = lists.iter().map(|(name, _)| *name).collect();
        log.started(&names.join(", "), all.len());
        let run = runner::run(&all, settings, log);
        log.finished();
        let found = run?;
        let short =
            lists.iter().find(|(_, list)| !all_ended(list, &found)).map(|(name, _)| (*name).to_owned());
        jobs.extend(all);
        outcomes.extend(found);
        Ok(short)
    }

    /// The need gates' reference, from the counterpart's stored series.
    pub(super) fn healthy(
        &self,
        record: &RunRecord,
        settings: &RunSettings,
    ) -> Result<Option<Arc<Healthy>>, StudyError> {
        let Some(job) = variants::counterpart(&self.text, &record.choices, &self.scenario)? else {
            return Ok(None);
        };
        let open = RunSettings { healthy: None, ..settings.clone() };
        let (interval, rules) = (self.scenario.recording.series, self.scenario.rules.len());
        let stored = runner::stored(&[job], &open, &mut |_| {})?;
        Ok(stored.first().map(|o| Arc::new(Healthy::from_series(&o.series, interval, rules))))
    }

    pub(super) fn main_jobs(&self) -> Vec<Job> {
        resolve::jobs(&self.scenario)
    }

    pub(super) fn sweep_jobs(&self) -> Vec<Job> {
        sweep::jobs(&self.sweep, &self.scenario)
    }

    /// The inputs that are varied: none beside a design map.
    pub(super) fn inputs(&self, record: &RunRecord) -> Result<Vec<design::Input>, StudyError> {
        if record.choices.design_map { Ok(Vec::new()) } else { variants::inputs(&self.scenario) }
    }

    /// Swings and draws.
    pub(super) fn variant_jobs(
        &self,
        record: &RunRecord,
        inputs: &[design::Input],
    ) -> Result<Planned, StudyError> {
        if record.choices.design_map {
            return Ok(Planned::default());
        }
        let drawn = variants::all_inputs(&self.scenario, inputs)?;
        let list = design::variants(&self.scenario, inputs, &drawn, record.choices.draws, record.seed);
        let mut tell = |m: String| self.progress.message(&m);
        Ok(variants::jobs(&self.text, &record.choices, &self.scenario, &list, &mut tell))
    }

    /// Rounds of [`Self::later_jobs`]: a preview is kept short.
    pub(super) fn rounds(&self) -> u32 {
        if self.scenario.replicates < FULL_STUDY { 1 } else { 3 }
    }

    /// What is known to be wanted once earlier runs have told: in the first round the best and worst case; in each, values on
    /// the way to what would have to be true. A preview leaves that bracket at what the swings and the first step gave.
    pub(super) fn later_jobs(
        &self,
        record: &RunRecord,
        inputs: &[design::Input],
        outcomes: &[Outcome],
        own_vehicle: &[Purpose],
        round: u32,
    ) -> Planned {
        let study = self.study(record, inputs, &[], outcomes, own_vehicle);
        let mut list = Vec::new();
        if round == 0 {
            let ends = analyse::favourable(&study);
            if !ends.is_empty() {
                list = design::cases(inputs, &ends);
            }
        }
        let full = self.scenario.replicates >= FULL_STUDY;
        if let Some(potency) = inputs.iter().find(|i| full && i.name == design::POTENCY) {
            let next = analyse::next_potencies(&study, STEPS);
            list.extend(next.into_iter().map(|x| design::at(potency, x)));
        }
        variants::jobs(&self.text, &record.choices, &self.scenario, &list, &mut |m| self.progress.message(&m))
    }

    fn study<'b>(
        &'b self,
        record: &RunRecord,
        inputs: &'b [design::Input],
        drawn: &'b [design::Input],
        outcomes: &'b [Outcome],
        own_vehicle: &'b [Purpose],
    ) -> analyse::Study<'b> {
        let c = &record.choices;
        let verb = if c.design_map { "map" } else { "run" };
        let built_in = record.file.starts_with("scenarios/");
        let mut command =
            format!("exoderm {verb} {}", if built_in { &record.scenario } else { &record.file });
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
        for sweep in &c.sweep {
            command.push_str(&format!(" --sweep '{sweep}'"));
        }
        analyse::Study {
            scenario: &self.scenario,
            ledger: Ledger::builtin(),
            outcomes,
            inputs,
            own_vehicle,
            sweep: &self.sweep,
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
            drawn,
            unfinished: None,
        }
    }

    fn analyse(
        &self,
        record: &RunRecord,
        outcomes: &[Outcome],
        own_vehicle: &[Purpose],
        unfinished: Option<&str>,
    ) -> Result<Results, StudyError> {
        let inputs = self.inputs(record)?;
        let drawn = variants::all_inputs(&self.scenario, &inputs)?;
        let study = self.study(record, &inputs, &drawn, outcomes, own_vehicle);
        Ok(analyse::results(&analyse::Study { unfinished: unfinished.map(str::to_owned), ..study }))
    }

    /// Writes `results.json` and `report.html`.
    pub(super) fn write_results(
        &self,
        record: &RunRecord,
        outcomes: &[Outcome],
        own_vehicle: &[Purpose],
        unfinished: Option<&str>,
    ) -> Result<Results, StudyError> {
        let results = self.analyse(record, outcomes, own_vehicle, unfinished)?;
        self.folder.write("results.json", &folder::json(&results)?)?;
        if let Some(bench) = &results.bench {
            self.folder.write("bench.csv", crate::bench::csv(bench, &results.scenario).as_bytes())?;
        }
        self.folder.write("report.html", (self.machine.render)(&results).as_bytes())?;
        Ok(results)
    }
}

/// Whether every job ran to its own horizon.
pub(super) fn all_ended(jobs: &[Job], outcomes: &[Outcome]) -> bool {
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
