//! A tissue: state, plan and clock.
//!
//! | loop | interval | work |
//! |---|---|---|
//! | phenotype | `steps.phenotype` (6 min) | signals → rules → rates; motility, division, death, changes of type; mechanics |
//! | transport | `steps.transport` (30 min) | recruitment, matrix, dissolved factors (quasi-steady), vesicles, contraction |
//! | record | the scenario's | a row of the series; snapshots |
//!
//! Ticks are whole phenotype steps since the start of the burn-in; day 0 is the tick at which the burn-in ends.
//! Everything a tissue does is a function of its state, its plan and `(seed, replicate)`.

use crate::balance::{self, Sheet};
use crate::cover::Cover;
use crate::mechanics::mechanics_of;
use crate::plan::{Plan, Region};
use crate::soluble::SolverWork;
use crate::state::{Blueprint, Columns, Settling, State, register};
use crate::work::Work;
use crate::{boxed, dissolved, matrix, networks, observe, phenotype, recruit, soluble, vesicles, wound};
use exoderm_cell::store::SortBuffers;
use exoderm_cell::{CellError, Cells, Kind, Mechanics, NewCell};
use exoderm_field::FieldError;
use exoderm_model::scenario::{CellTypeId, Event, SubstrateId};
use exoderm_numeric::random::Seed;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What can go wrong in a tissue.
#[derive(Debug, thiserror::Error)]
pub enum TissueError {
    /// Cells.
    #[error("cells: {0}")]
    Cells(#[from] CellError),
    /// Fields.
    #[error("fields: {0}")]
    Fields(#[from] FieldError),
    /// Vesicles.
    #[error("vesicles: {0}")]
    Vesicles(#[from] exoderm_vesicle::Error),
    /// Single vesicles.
    #[error("vesicles as particles: {0}")]
    Particles(#[from] exoderm_particle::Error),
    /// A network could not go on.
    #[error("{0}")]
    Network(#[from] Box<networks::Stopped>),
    /// The state does not fit the plan.
    #[error("the stored state does not belong to this scenario: {0}")]
    Mismatch(String),
}

/// Wall time by part.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Phenotype.
    pub phenotype: Duration,
    /// Mechanics.
    pub mechanics: Duration,
    /// Dissolved factors.
    pub soluble: Duration,
    /// Vesicles.
    pub vesicles: Duration,
    /// Matrix, recruitment, contraction, records.
    pub other: Duration,
    /// Work of the solvers of dissolved factors.
    pub solver: SolverWork,
    /// Substeps of mechanics.
    pub substeps: u64,
    /// Evaluations of velocities in mechanics.
    pub evaluations: u64,
    /// Sum over steps of the cells awake.
    pub awake: u64,
    /// Cell-steps of the phenotype loop.
    pub cell_steps: u64,
    /// Voxel-substrate-steps of the transport loop.
    pub voxel_steps: u64,
}

/// A tissue.
pub struct Tissue {
    plan: Arc<Plan>,
    state: State,
    seed: Seed,
    work: Work,
    cover: Cover,
    sort: SortBuffers,
    clock: Clock,
}

/// Phenotype steps after which cells are sorted in memory by place.
const SORT_EVERY: u32 = 120;

impl Tissue {
    /// Builds a tissue from a blueprint, at the start of its burn-in.
    ///
    /// # Errors
    /// If cells or mesh are impossible.
    pub fn new(plan: Arc<Plan>, blueprint: Blueprint, seed: Seed) -> Result<Self, TissueError> {
        let scenario = Arc::clone(&plan.scenario);
        let mut cells = Cells::default();
        let columns: Columns = register(&mut cells, &scenario, plan.acting_cargo.len(), plan.memory_columns)?;
        for &(kind, position, radius) in &blueprint.cells {
            cells.add(NewCell::sphere(Kind(kind.0 as u8), position, radius))?;
        }
        let n = blueprint.grid.len();
        let fields = crate::senders::fields(&plan);
        let m = &scenario.matrix;
        let by_region = |stroma: f64| {
            blueprint
                .region
                .iter()
                .map(|r| if *r == Region::Stroma { stroma } else { 0.0 })
                .collect::<Vec<f64>>()
        };
        let mechanics = Mechanics::new(mechanics_of(&plan, &blueprint)?)?;
        let basement = blueprint.surface.as_ref().map_or_else(Vec::new, |surface| {
            (0..blueprint.grid.n[0])
                .map(|ix| surface.height((ix as f64 + 0.5) * blueprint.grid.h[0]))
                .collect()
        });
        let mut state = State {
            rest: Vec::new(),
            resting_density: crate::rest::density(&scenario, &blueprint),
            settling: Settling::default(),
            tick: 0,
            cells,
            columns,
            mechanics,
            grid: blueprint.grid,
            collagen1: by_region(m.collagen1),
            collagen3: by_region(m.collagen3),
            fibrin: by_region(m.fibrin),
            debris: vec![0.0; n],
            region: blueprint.region,
            basement,
            thickness: blueprint.thickness,
            perfused: blueprint.perfused,
            substrates: (0..scenario.substrates.len())
                .map(|k| vec![soluble::resting(&plan, SubstrateId(k)); n])
                .collect(),
            free: vec![vec![0.0; n]; fields],
            bound: vec![vec![0.0; n]; fields],
            wound: None,
            dressing: None,
            dissolved: Vec::new(),
            flows: vec![balance::Flows::default(); plan.populations.len()],
            exchange: crate::senders::Exchange::new(&plan),
            sorted: crate::sorted::SortedState::new(&plan),
            caught: vec![0.0; plan.populations.len() * boxed::spheres(&scenario).len()],
            beyond: vec![0.0; plan.populations.len()],
            discrete: boxed::Discrete::None,
            series: Vec::new(),
            snapshots: Vec::new(),
            solvers: Vec::new(),
        };
        let score = state.columns.score;
        for i in 0..state.cells.len() {
            let kind = usize::from(state.cells.kind[i].0);
            state.cells.extra_mut(score)[i] = scenario.cells[kind].polarisation_resident;
            networks::begin(&plan, &mut state, i);
            vesicles::rest_chain(&plan, &mut state, i);
        }
        Self::from_state(plan, state, seed)
    }

    /// Goes on from a stored state (a checkpoint, or the burn-in shared by the arms).
    ///
    /// # Errors
    /// If the state does not belong to the plan.
    pub fn from_state(plan: Arc<Plan>, mut state: State, seed: Seed) -> Result<Self, TissueError> {
        if state.substrates.len() != plan.scenario.substrates.len()
            || state.flows.len() != plan.populations.len()
            || !(state.dissolved.is_empty() || state.dissolved.len() == plan.dissolved.len())
            || state.columns.memory.len() != plan.memory_columns
            || !networks::fit(&plan, &state)
            || state.region.len() != state.grid.len()
            || state.free.len() != crate::senders::fields(&plan)
            || state.columns.sorting.len() != plan.sorted.as_ref().map_or(0, |x| x.species.len())
        {
            return Err(TissueError::Mismatch("other substrates, vesicles, rules, networks or mesh".into()));
        }
        state.cells.check()?;
        let mut cover = Cover::default();
        update_cover(&plan, &state, &mut cover);
        let mut work = Work::new(&plan, &state)?;
        work.update_cover(&state, &cover);
        work.soluble.restore(&state.solvers)?;
        work.vesicle.boxed = boxed::BoxWork::new(&plan, &state, seed)?;
        Ok(Self { plan, state, seed, work, cover, sort: SortBuffers::default(), clock: Clock::default() })
    }

    /// The state, to store.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The state with what the solvers carry along: going on from it gives the bits of going on without a stop.
    pub fn checkpoint(&self) -> State {
        let discrete = self.work.vesicle.boxed.store();
        State { solvers: self.work.soluble.states(), discrete, ..self.state.clone() }
    }

    /// The state, giving the tissue up.
    pub fn into_state(mut self) -> State {
        self.state.solvers = self.work.soluble.states();
        self.state.discrete = self.work.vesicle.boxed.store();
        self.state
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Wall time by part so far.
    pub fn clock(&self) -> Clock {
        Clock { solver: self.work.soluble.report, ..self.clock }
    }

    /// Ticks of the burn-in.
    pub fn burn_in_ticks(&self) -> u32 {
        ticks(self.plan.scenario.burn_in, self.plan.scenario.steps.phenotype)
    }

    /// Time after day 0 (min), negative in the burn-in.
    pub fn time(&self) -> f64 {
        (f64::from(self.state.tick) - f64::from(self.burn_in_ticks())) * self.plan.scenario.steps.phenotype
    }

    /// Runs until `time` (min after day 0), or until `stop` says so between two phenotype steps. Returns true if the
    /// time was reached.
    ///
    /// # Errors
    /// If a step meets an impossible state (a fault of the program).
    pub fn run_until(&mut self, time: f64, mut stop: impl FnMut(&Self) -> bool) -> Result<bool, TissueError> {
        let dt = self.plan.scenario.steps.phenotype;
        let target = self.burn_in_ticks().saturating_add_signed((time / dt).round() as i32);
        if target >= self.burn_in_ticks() {
            self.begin_if_due()?;
        }
        while self.state.tick < target {
            self.step()?;
            if target > self.burn_in_ticks() {
                self.begin_if_due()?;
            }
            if self.state.tick < target && stop(self) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Runs the burn-in to its end, day 0, without the events of day 0: the state that arms share.
    ///
    /// # Errors
    /// As [`Tissue::run_until`].
    pub fn run_burn_in(&mut self, mut stop: impl FnMut(&Self) -> bool) -> Result<bool, TissueError> {
        while self.state.tick < self.burn_in_ticks() {
            self.step()?;
            if stop(self) {
                return Ok(self.state.tick >= self.burn_in_ticks());
            }
        }
        Ok(true)
    }

    /// Events and records of day 0, once.
    fn begin_if_due(&mut self) -> Result<(), TissueError> {
        if self.state.tick == self.burn_in_ticks() && self.state.series.is_empty() {
            self.events()?;
            self.record();
        }
        Ok(())
    }

    /// Events due at the present tick.
    fn events(&mut self) -> Result<(), TissueError> {
        let plan = Arc::clone(&self.plan);
        let now = self.time();
        let half = 0.5 * plan.scenario.steps.phenotype;
        for (index, event) in plan.scenario.events.iter().enumerate() {
            match event {
                Event::Wound(w) if (w.time - now).abs() < half && self.state.wound.is_none() => {
                    wound::cut(&plan, &mut self.state);
                    crate::senders::cut(&plan, &mut self.state);
                    vesicles::book_removed(&plan, &mut self.state);
                    self.state.cells.sweep();
                    wound::refresh_mechanics(&mut self.state)?;
                    self.refresh_cover();
                    wound::update_regions(&mut self.state, &self.cover);
                    self.work.stale = true;
                }
                Event::Release(r) if (r.time - now).abs() < half => {
                    boxed::release(&plan, &mut self.state, &mut self.work.vesicle, self.seed, index, r)?;
                    crate::senders::injected(&plan, &mut self.state);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn refresh_cover(&mut self) {
        update_cover(&self.plan, &self.state, &mut self.cover);
        self.work.update_cover(&self.state, &self.cover);
    }

    /// One phenotype step.
    fn step(&mut self) -> Result<(), TissueError> {
        let plan = Arc::clone(&self.plan);
        let steps = plan.scenario.steps;
        let dt = steps.phenotype;
        let per_transport = (steps.transport / dt).round().max(1.0) as u32;
        let now = self.time();
        if self.state.tick.is_multiple_of(per_transport) {
            self.transport(now, steps.transport)?;
        }
        let transported = Instant::now();
        self.clock.cell_steps += self.state.cells.len() as u64;
        phenotype::step(&plan, &mut self.state, &self.cover, &mut self.work.phenotype, self.seed, now, dt)?;
        vesicles::book_removed(&plan, &mut self.state);
        self.state.cells.sweep();
        let behaved = Instant::now();
        if self.state.tick.is_multiple_of(SORT_EVERY) {
            self.state.cells.sort_spatial(24.0, &mut self.sort)?;
        }
        let report = self.state.mechanics.advance(&mut self.state.cells, dt)?;
        self.clock.substeps += u64::from(report.substeps);
        self.clock.evaluations += u64::from(report.evaluations);
        self.clock.awake += report.awake as u64;
        self.state.mechanics.observe(&mut self.state.cells)?;
        let moved = Instant::now();
        self.clock.phenotype += behaved - transported;
        self.clock.mechanics += moved - behaved;
        self.state.tick += 1;
        self.refresh_cover();
        if self.state.tick.is_multiple_of(per_transport) {
            observe::note_front(&plan, &mut self.state, &self.cover);
        }
        let burn_in = self.burn_in_ticks();
        if self.state.tick <= burn_in {
            for (k, mark) in [burn_in - burn_in / 3, burn_in].into_iter().enumerate() {
                if self.state.tick == mark {
                    let row = observe::row(&plan, &self.state, &self.cover, self.time());
                    self.state.settling.thickness[k] = row.epidermal_thickness;
                    self.state.settling.cells[k] = row.cells.iter().map(|&n| f64::from(n)).sum();
                }
            }
        }
        if self.state.tick > self.burn_in_ticks() {
            self.events()?;
            self.record();
        }
        self.clock.other += moved.elapsed();
        Ok(())
    }

    /// One transport step.
    fn transport(&mut self, now: f64, dt: f64) -> Result<(), TissueError> {
        let plan = Arc::clone(&self.plan);
        let begin = Instant::now();
        let vessel = soluble::vessel_type(&plan).map(CellTypeId);
        recruit::step(&plan, &mut self.state, self.seed, dt, vessel)?;
        if wound::update_regions(&mut self.state, &self.cover) {
            self.work.stale = true;
        }
        if wound::contract(&plan, &mut self.state, dt)? {
            self.work.resize(&plan, &self.state)?;
            self.refresh_cover();
        }
        if self.work.stale {
            self.work.set_operators(&plan, &self.state);
            self.work.soluble.stale = true;
        }
        matrix::step(&plan, &mut self.state, now, dt);
        let prepared = Instant::now();
        soluble::step(
            &plan,
            &mut self.state,
            &mut self.work.soluble,
            &self.cover,
            &self.work.covered,
            now,
            dt,
        )?;
        let solved = Instant::now();
        vesicles::step(
            &plan,
            &mut self.state,
            &mut self.work.vesicle,
            &self.work.covered,
            self.seed,
            now,
            dt,
        )?;
        self.clock.vesicles += solved.elapsed();
        self.clock.soluble += solved - prepared;
        self.clock.other += prepared - begin;
        self.clock.voxel_steps +=
            (self.state.grid.len() * (plan.scenario.substrates.len() + self.state.free.len())) as u64;
        Ok(())
    }

    /// Rows and snapshots due at the present tick.
    fn record(&mut self) {
        let now = self.time();
        let half = 0.5 * self.plan.scenario.steps.phenotype;
        let r = &self.plan.scenario.recording;
        let phase = now / r.series;
        if (phase - phase.round()).abs() * r.series < half {
            self.state.series.push(observe::row(&self.plan, &self.state, &self.cover, now));
        }
        if r.snapshots.iter().any(|t| (t - now).abs() < half) {
            let mut shot = observe::snapshot(&self.plan, &self.state, &self.cover, now);
            shot.particles = self.work.vesicle.boxed.places();
            self.state.snapshots.push(shot);
        }
    }

    /// The balance sheet of each population.
    pub fn balance(&self) -> Vec<Sheet> {
        balance_of(&self.plan, &self.state)
    }
}

/// Who sent how many vesicles to whom, if the scenario asks for it.
pub fn exchange_of(plan: &Plan, state: &State) -> Option<crate::senders::Exchange> {
    crate::senders::exchange(plan, state)
}

/// The balance sheet of each population of a state, of free species (soluble arm) and of cargo that cells sort.
pub fn balance_of(plan: &Plan, state: &State) -> Vec<Sheet> {
    (0..plan.populations.len())
        .map(|p| balance::close(plan.population_name(p), &state.flows[p], &vesicles::stock(plan, state, p)))
        .chain(dissolved::sheets(plan, state))
        .chain(crate::sorted::sheets(plan, state))
        .collect()
}

/// Whole steps in a time.
fn ticks(time: f64, step: f64) -> u32 {
    (time / step).round().max(0.0) as u32
}

pub(crate) fn update_cover(plan: &Plan, s: &State, cover: &mut Cover) {
    let width = s.grid.n[0] as f64 * s.grid.h[0];
    if s.wound.is_none() {
        cover.update(std::iter::empty(), 0.0, 0.0);
        return;
    }
    let cells = (0..s.cells.len()).filter_map(|i| {
        let t = &plan.types[usize::from(s.cells.kind[i].0)];
        (t.crawls && !s.cells.is_doomed(i)).then(|| (s.cells.position[0][i], s.cells.radius[i]))
    });
    cover.update(cells, width, s.wound.as_ref().map_or(0.0, |w| w.edge));
}
