//! Runs jobs: each one tissue on one thread, several side by side.
//!
//! Threads take work from one schedule, burn-ins first; what a job computes depends on nothing but the job, so that the
//! number of threads and their luck never show in a result. Outcomes come back in the order of the jobs.
//!
//! Between two phenotype steps a running job looks at the stop flag and at the clock: every so often, and when it is
//! stopped, it leaves a checkpoint in the [`Store`]. A job with a stored outcome is not run again; one with a
//! checkpoint goes on from there, to the same bits.

use crate::burn_in::{self, BurnIns, Watch};
use crate::digest;
use crate::error::StudyError;
use crate::job::{Job, Outcome, Purpose};
use crate::progress::{Progress, Tally};
use crate::schedule::{Schedule, Task};
use crate::store::{Found, Store};
use exoderm_model::scenario::Scenario;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Clock, Healthy, Plan, State, Tissue, balance_of, exchange_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wall time between two checkpoints of a job unless set otherwise: at most this much work is lost to a power cut.
pub const CHECKPOINT_WALL: Duration = Duration::from_secs(30);
/// Wall time between two calls of the progress by one job.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// How jobs are run.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// Seed of the study.
    pub seed: u64,
    /// Jobs run at once.
    pub threads: usize,
    /// Set to true to stop between two phenotype steps.
    pub stop: Arc<AtomicBool>,
    /// Where outcomes and checkpoints are kept; without one nothing is.
    pub store: Option<Store>,
    /// Burn-ins, shared by all calls of a study.
    pub burn_ins: Arc<BurnIns>,
    /// Need gates' reference, once the healthy counterpart has been run; without it gates are open.
    pub healthy: Option<Arc<Healthy>>,
    /// Start jobs other than [`Purpose::Main`], [`Purpose::Draw`] and [`Purpose::Counterpart`] from this scenario's burn-in where its form
    /// allows ([`burn_in::compatible`]), instead of their own.
    pub base: Option<Arc<Scenario>>,
    /// Wall time between checkpoints.
    pub checkpoint_wall: Duration,
}

impl RunSettings {
    /// Settings that keep nothing on disk.
    pub fn new(seed: u64, threads: usize) -> Self {
        Self {
            seed,
            threads,
            stop: Arc::default(),
            store: None,
            burn_ins: Arc::default(),
            healthy: None,
            base: None,
            checkpoint_wall: CHECKPOINT_WALL,
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The scenario whose burn-in a job starts from.
    fn burn_in_scenario<'a>(&'a self, job: &'a Job) -> &'a Arc<Scenario> {
        match (&self.base, &job.purpose) {
            (
                Some(base),
                Purpose::Swing(..)
                | Purpose::Case(_)
                | Purpose::NeedOff
                | Purpose::At(..)
                | Purpose::Sweep(_),
            ) if burn_in::compatible(base, &job.scenario) => base,
            _ => &job.scenario,
        }
    }
}

/// Runs the jobs. Returns the outcomes of those that were finished or begun, in the order of the jobs; after a stop some
/// have `reached` less than their horizon and some are missing.
///
/// # Errors
/// If a tissue can't be laid out or meets an impossible state, or the store can't be written; the other jobs then stop
/// and keep their checkpoints.
pub fn run(
    jobs: &[Job],
    settings: &RunSettings,
    progress: &dyn Progress,
) -> Result<Vec<Outcome>, StudyError> {
    let plan = prepare(jobs, settings, progress)?;
    let total = plan.iter().map(|p| p.steps).sum::<u64>();
    let schedule = Schedule::new(plan.iter().map(|p| p.burn_in.clone()), settings.threads);
    let burn_in_steps: u64 = schedule
        .burn_ins()
        .iter()
        .map(|b| burn_in_steps(settings.burn_in_scenario(&jobs[b.first_job])))
        .sum();
    let shared = Shared {
        jobs,
        settings,
        progress,
        tally: Tally::new(progress, total + burn_in_steps),
        fingerprints: plan.iter().map(|p| p.fingerprint.clone()).collect(),
        outcomes: Mutex::new(Vec::new()),
        error: Mutex::new(None),
        failed: AtomicBool::new(false),
    };
    {
        let mut outcomes = shared.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, part) in plan.into_iter().enumerate() {
            if let Some(outcome) = part.done {
                shared.tally.advance(&outcome.id, 0, part.steps, part.steps);
                schedule.set_done(index);
                outcomes.push((index, outcome));
            }
        }
    }
    let threads = settings.threads.clamp(1, jobs.len().max(1));
    // Threads that no job asks for help those that have one: a large tissue goes in parts.
    let each = (settings.threads / threads).max(1);
    let pools = (0..threads).map(|_| rayon::ThreadPoolBuilder::new().num_threads(each).build());
    let pools: Vec<_> = pools
        .collect::<Result<_, _>>()
        .map_err(|e| StudyError::Fault(format!("no threads to run on: {e}")))?;
    std::thread::scope(|scope| {
        for pool in &pools {
            scope.spawn(|| pool.install(|| work(&shared, &schedule)));
        }
    });
    if let Some(error) = shared.error.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut outcomes = shared.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// The outcomes that a store holds of these jobs, finished or as far as their last checkpoint, in the order of the
/// jobs. Nothing is run; `damaged` is told of each file that can't be used.
///
/// # Errors
/// If the store can't be read.
pub fn stored(
    jobs: &[Job],
    settings: &RunSettings,
    damaged: &mut dyn FnMut(String),
) -> Result<Vec<Outcome>, StudyError> {
    let mut outcomes = Vec::new();
    let Some(store) = &settings.store else { return Ok(outcomes) };
    for job in jobs {
        let fingerprint = fingerprint(job, settings);
        let Found { value, warning } = store.outcome(&job.id, &fingerprint)?;
        warning.into_iter().for_each(&mut *damaged);
        if let Some(outcome) = value {
            outcomes.push(outcome);
        } else if store.has_checkpoint(&job.id) {
            let Found { value, warning } = store.checkpoint(&job.id, &fingerprint)?;
            warning.into_iter().for_each(&mut *damaged);
            if let Some(state) = value {
                outcomes.push(outcome_of(job, &plan_of(job, settings)?, state, Clock::default()));
            }
        }
    }
    Ok(outcomes)
}

/// What is known of a job before it is run.
struct Prepared {
    fingerprint: String,
    done: Option<Outcome>,
    /// Key of the burn-in it has to wait for, if it has to.
    burn_in: Option<String>,
    steps: u64,
}

fn prepare(
    jobs: &[Job],
    settings: &RunSettings,
    progress: &dyn Progress,
) -> Result<Vec<Prepared>, StudyError> {
    let mut ids: Vec<&str> = jobs.iter().map(|j| j.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(pair) = ids.windows(2).find(|p| p[0] == p[1]) {
        return Err(StudyError::Fault(format!("two jobs are called `{}`", pair[0])));
    }
    let mut keys: Vec<(*const Scenario, u32, String)> = Vec::new();
    jobs.iter()
        .map(|job| {
            let fingerprint = fingerprint(job, settings);
            let (mut done, mut resumable) = (None, false);
            if let Some(store) = &settings.store {
                let Found { value, warning } = store.outcome(&job.id, &fingerprint)?;
                warning.iter().for_each(|w| progress.message(&format!("{w}; the job is run again")));
                resumable = store.has_checkpoint(&job.id);
                done = value;
            }
            let burn_in = (done.is_none() && !resumable).then(|| {
                let scenario = settings.burn_in_scenario(job);
                let at = Arc::as_ptr(scenario);
                match keys.iter().find(|(s, r, _)| *s == at && *r == job.replicate) {
                    Some((_, _, key)) => key.clone(),
                    None => {
                        let key = burn_in::key(scenario, settings.seed, job.replicate);
                        keys.push((at, job.replicate, key.clone()));
                        key
                    }
                }
            });
            Ok(Prepared { fingerprint, done, burn_in, steps: steps(job.scenario.horizon, job) })
        })
        .collect()
}

/// Phenotype steps in a time (min).
fn steps(time: f64, job: &Job) -> u64 {
    (time / job.scenario.steps.phenotype).round().max(0.0) as u64
}

/// Phenotype steps of a burn-in.
fn burn_in_steps(scenario: &Scenario) -> u64 {
    (scenario.burn_in / scenario.steps.burn_in).round().max(0.0) as u64
}

/// Digest of all that decides about a job's bits, apart from the program.
fn fingerprint(job: &Job, settings: &RunSettings) -> String {
    let mut scenario = (*job.scenario).clone();
    // Where a number was read does not change what is run.
    scenario.provenance.clear();
    let day_0 = Arc::as_ptr(settings.burn_in_scenario(job)) != Arc::as_ptr(&job.scenario);
    let base = day_0.then(|| burn_in::key_without_program(settings.burn_in_scenario(job)));
    digest::of(&(scenario, job.arm, job.replicate, settings.seed, settings.healthy.as_deref(), base))
}

/// What the threads share.
struct Shared<'a> {
    jobs: &'a [Job],
    settings: &'a RunSettings,
    progress: &'a dyn Progress,
    tally: Tally<'a>,
    fingerprints: Vec<String>,
    outcomes: Mutex<Vec<(usize, Outcome)>>,
    /// The first error; the other threads then stop.
    error: Mutex<Option<StudyError>>,
    failed: AtomicBool,
}

impl Shared<'_> {
    fn halted(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.settings.stopped()
    }

    fn fail(&self, error: StudyError) {
        self.failed.store(true, Ordering::Relaxed);
        self.error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// One thread.
fn work(shared: &Shared<'_>, schedule: &Schedule) {
    while let Some(task) = schedule.take(|| shared.halted()) {
        // A panic in one tissue must not leave the others running for nothing, nor their states unsaved.
        let result = catch_unwind(AssertUnwindSafe(|| match task {
            Task::BurnIn(index) => {
                let job = &shared.jobs[schedule.burn_ins()[index].first_job];
                day_zero(shared, job).map(|state| schedule.set_ready(index, state))
            }
            Task::Job { index, ref start } => run_job(shared, index, start.clone()).map(|outcome| {
                schedule.set_done(index);
                if let Some(outcome) = outcome {
                    shared.outcomes.lock().unwrap_or_else(PoisonError::into_inner).push((index, outcome));
                }
            }),
        }));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => shared.fail(error),
            Err(_) => shared.fail(StudyError::Fault(
                "a tissue met a state that the program did not expect; the others were stopped".into(),
            )),
        }
        if shared.halted() {
            schedule.wake();
        }
    }
}

/// The state a job starts from; `None` if stopped.
fn day_zero(shared: &Shared<'_>, job: &Job) -> Result<Option<Arc<State>>, StudyError> {
    let settings = shared.settings;
    let scenario = settings.burn_in_scenario(job);
    let request = burn_in::Request {
        scenario,
        seed: settings.seed,
        replicate: job.replicate,
        store: settings.store.as_ref(),
        progress: shared.progress,
    };
    let name = format!("burn-in r{}", job.replicate);
    let total = burn_in_steps(scenario);
    let mut watch = Watcher { shared, pace: Pace::new(shared, &name, 0, total) };
    let state = settings.burn_ins.state(&request, &mut watch)?;
    if state.is_some() {
        watch.pace.at(total);
    }
    Ok(state)
}

/// Runs a job to its horizon; `None` if it was stopped before it began.
fn run_job(
    shared: &Shared<'_>,
    index: usize,
    start: Option<Arc<State>>,
) -> Result<Option<Outcome>, StudyError> {
    let (job, settings) = (&shared.jobs[index], shared.settings);
    let fingerprint = &shared.fingerprints[index];
    let plan = Arc::new(plan_of(job, settings)?);
    let kept = match &settings.store {
        Some(store) if start.is_none() => {
            let Found { value, warning } = store.checkpoint(&job.id, fingerprint)?;
            warning.iter().for_each(|w| shared.progress.message(w));
            value
        }
        _ => None,
    };
    let state = match (kept, start) {
        (Some(state), _) => state,
        (None, Some(start)) => (*start).clone(),
        // Its checkpoints were all damaged.
        (None, None) => match day_zero(shared, job)? {
            Some(state) => (*state).clone(),
            None => return Ok(None),
        },
    };
    let failed = |source| StudyError::Tissue { job: job.id.clone(), source };
    let mut tissue = Tissue::from_state(Arc::clone(&plan), state, Seed::new(settings.seed, job.replicate))
        .map_err(failed)?;
    let burn_in = u64::from(tissue.burn_in_ticks());
    let done = |t: &Tissue| u64::from(t.state().tick).saturating_sub(burn_in);
    let mut pace = Pace::new(shared, &job.id, 0, steps(job.scenario.horizon, job));
    pace.at(done(&tissue));
    let mut error = None;
    let reached = tissue
        .run_until(job.scenario.horizon, |t| {
            pace.now(done(t));
            if let Some(store) = settings.store.as_ref()
                && pace.checkpoint_due()
                && let Err(e) = store.save_checkpoint(&job.id, fingerprint, &t.checkpoint())
            {
                error = Some(e);
            }
            error.is_some() || shared.halted()
        })
        .map_err(failed)?;
    if let Some(error) = error {
        return Err(error);
    }
    pace.at(done(&tissue));
    if !reached && let Some(store) = &settings.store {
        store.save_checkpoint(&job.id, fingerprint, &tissue.checkpoint())?;
    }
    let clock = tissue.clock();
    let outcome = outcome_of(job, &plan, tissue.into_state(), clock);
    if reached && let Some(store) = &settings.store {
        store.save_outcome(fingerprint, &outcome)?;
    }
    Ok(Some(outcome))
}

fn plan_of(job: &Job, settings: &RunSettings) -> Result<Plan, StudyError> {
    Plan::new(Arc::clone(&job.scenario), job.arm, settings.healthy.clone())
        .map_err(|e| StudyError::input(format!("job `{}`: {e}", job.id), ""))
}

/// What a state says about its job.
fn outcome_of(job: &Job, plan: &Plan, state: State, clock: Clock) -> Outcome {
    let s = &job.scenario;
    let day_0 = (s.burn_in / s.steps.phenotype).round().max(0.0);
    Outcome {
        id: job.id.clone(),
        purpose: job.purpose.clone(),
        arm_name: job.arm_name.clone(),
        replicate: job.replicate,
        reached: (f64::from(state.tick) - day_0) * s.steps.phenotype,
        sheets: balance_of(plan, &state),
        settling: state.settling,
        exchange: exchange_of(plan, &state),
        digest: digest::state(&state),
        series: state.series,
        snapshots: if job.purpose == Purpose::Main { state.snapshots } else { Vec::new() },
        clock,
    }
}

/// When a job tells of itself and keeps a checkpoint.
struct Pace<'a> {
    shared: &'a Shared<'a>,
    name: &'a str,
    told: u64,
    total: u64,
    told_at: Instant,
    kept_at: Instant,
}

impl<'a> Pace<'a> {
    fn new(shared: &'a Shared<'a>, name: &'a str, told: u64, total: u64) -> Self {
        let now = Instant::now();
        Self { shared, name, told, total, told_at: now, kept_at: now }
    }

    /// Tells that it is at `step`.
    fn at(&mut self, step: u64) {
        self.shared.tally.advance(self.name, self.told, step, self.total);
        self.told = self.told.max(step);
        self.told_at = Instant::now();
    }

    /// The same, if it has not told for a while.
    fn now(&mut self, step: u64) {
        if self.told_at.elapsed() >= TELL_EVERY {
            self.at(step);
        }
    }

    fn checkpoint_due(&mut self) -> bool {
        let due = self.kept_at.elapsed() >= self.shared.settings.checkpoint_wall;
        if due {
            self.kept_at = Instant::now();
        }
        due
    }
}

/// Watches a burn-in.
struct Watcher<'a> {
    shared: &'a Shared<'a>,
    pace: Pace<'a>,
}

impl Watch for Watcher<'_> {
    fn stop(&mut self, tissue: &Tissue) -> bool {
        self.pace.now(u64::from(tissue.state().tick));
        self.shared.halted()
    }

    fn checkpoint(&mut self) -> bool {
        self.pace.checkpoint_due()
    }
}
