//! Taking an interval in as few substeps as error, displacement and stability allow.

use super::chebyshev::{MAX_STAGES, Stage, reach_of, run, stages_for};
use super::{Mechanics, Which, constraint, loose, sleep};
use crate::error::{CellError, not_negative};
use crate::store::{Cells, get, set};
use crate::vector::{Vec3, add, dot, norm, scale, sub};

/// The rate bound is raised by this much, for contacts that stiffen within a substep.
const STABILITY_MARGIN: f64 = 1.1;

/// What an interval took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepReport {
    /// Substeps accepted.
    pub substeps: u32,
    /// Substeps repeated with a shorter time.
    pub rejected: u32,
    /// Substeps taken at the shortest time with more error than allowed.
    pub forced: u32,
    /// Evaluations of the velocities of all awake cells.
    pub evaluations: u32,
    /// Cells awake at the end.
    pub awake: usize,
    /// Largest error estimate of an accepted substep (um).
    pub error: f64,
    /// Largest speed at the end (um/min).
    pub max_speed: f64,
}

/// What a trial substep came to.
struct Trial {
    error: f64,
    /// Farthest move over what is allowed.
    overshoot: f64,
    /// Bound on the rates at the end.
    rate: f64,
}

impl Mechanics {
    /// Moves the cells through `dt` minutes.
    ///
    /// Active velocities and radii are constant over the interval. Positions are wrapped into periodic axes.
    ///
    /// # Errors
    /// If `dt` is negative or not finite, a cell's kind has no parameters, or a cell's position, radius or active
    /// velocity is not a number that can be; then no cell has moved.
    pub fn advance(&mut self, cells: &mut Cells, dt: f64) -> Result<StepReport, CellError> {
        not_negative("interval", dt)?;
        self.prepare(cells)?;
        sleep::begin(&self.parameters, &self.list, cells, &mut self.work);
        let mut report = StepReport::default();
        self.work.begin.copy_from_slice(&self.work.position);
        self.take_pairs(cells);
        for k in 0..self.work.loose.len() {
            self.walk(cells, self.work.loose[k] as usize, dt);
        }
        for k in 0..self.work.awake.len() {
            let i = self.work.awake[k] as usize;
            self.work.position[i] = self.held(cells, i, self.work.position[i]);
        }
        self.take(cells, dt, &mut report);
        // `first` now has the velocities at the end.
        for &i in self.work.awake.iter().chain(&self.work.loose) {
            let i = i as usize;
            set(&mut cells.position, i, self.work.position[i]);
            set(&mut cells.velocity, i, self.work.first[i]);
            report.max_speed = report.max_speed.max(norm(self.work.first[i]));
        }
        if dt > 0.0 {
            sleep::end(&self.parameters, &self.list, cells, &mut self.work, dt);
        }
        report.awake = (0..cells.len()).filter(|&i| !cells.is_asleep(i)).count();
        Ok(report)
    }

    fn take(&mut self, cells: &mut Cells, dt: f64, report: &mut StepReport) {
        if self.work.awake.is_empty() {
            return;
        }
        let numerics = self.parameters.numerics;
        let mut rate = self.first_velocities(cells, report);
        let mut left = dt;
        // A substep that the interval's end cut short says nothing against a longer one next time.
        let mut wish = self.next_substep.unwrap_or(numerics.max_substep).min(numerics.max_substep);
        while left > 0.0 {
            let limit =
                (reach_of(numerics.max_stages) / (STABILITY_MARGIN * rate)).min(self.speed_limit(cells));
            let mut h = wish.min(limit).max(numerics.min_substep);
            // Equal shares of what is left, so that no sliver remains.
            h = left / (left / h).ceil().max(1.0);
            let trial = loop {
                let trial = self.try_substep(cells, h, rate, report);
                let good = trial.error <= numerics.tolerance && trial.overshoot <= 1.25;
                if good || h <= numerics.min_substep {
                    report.forced += u32::from(!good);
                    break trial;
                }
                report.rejected += 1;
                // NaN counts as the worst.
                let by_error = 0.8 * cube_root_of_ratio(numerics.tolerance, trial.error);
                let by_move = 0.9 / trial.overshoot.max(0.9);
                let factor = by_error.min(by_move);
                h = (h * if factor.is_nan() { 0.1 } else { factor.clamp(0.1, 0.8) })
                    .max(numerics.min_substep);
                wish = h;
            };
            self.accept();
            report.substeps += 1;
            report.error = report.error.max(trial.error);
            left = if h >= left * (1.0 - 1e-12) { 0.0 } else { left - h };
            let factor = (0.8 * cube_root_of_ratio(numerics.tolerance, trial.error)).clamp(0.2, 5.0);
            let proposal = (h * factor).clamp(numerics.min_substep, numerics.max_substep);
            wish = if factor >= 1.0 { wish.max(proposal) } else { proposal };
            rate = trial.rate;
            if sleep::stir(&self.parameters, &self.list, cells, &mut self.work) {
                for k in 0..self.work.awake.len() {
                    let i = self.work.awake[k] as usize;
                    self.work.position[i] = self.held(cells, i, self.work.position[i]);
                }
                self.take_pairs(cells);
                rate = self.first_velocities(cells, report);
            }
        }
        if wish.is_finite() {
            self.next_substep = Some(wish);
        }
    }

    /// Lists the pairs that the present set of awake cells needs.
    fn take_pairs(&mut self, cells: &Cells) {
        let w = &mut self.work;
        w.forces.take_pairs(&self.parameters, &self.list, cells, &w.position, false);
    }

    /// Moves a loose cell through `dt`, its velocity then into `first`.
    pub(super) fn walk(&mut self, cells: &Cells, i: usize, dt: f64) {
        let w = &mut self.work;
        let rule = self.parameters.kinds[usize::from(cells.kind[i].0)].surface;
        let start = (w.position[i], cells.radius[i]);
        let active = get(&cells.active, i);
        (w.position[i], w.first[i]) = loose::walk(&self.parameters, &w.floor, rule, start, active, dt);
    }

    /// Velocities at the start of a substep, into `first`.
    fn first_velocities(&mut self, cells: &Cells, report: &mut StepReport) -> f64 {
        self.keep_list(cells);
        report.evaluations += 1;
        self.velocities_at::<true>(cells, Which::First)
    }

    /// Time in which the cell that is fastest for its size moves as far as allowed.
    fn speed_limit(&self, cells: &Cells) -> f64 {
        let share = self.parameters.numerics.max_move;
        self.work.awake.iter().fold(f64::INFINITY, |limit, &i| {
            let i = i as usize;
            limit.min(share * cells.radius[i] / norm(self.work.first[i]))
        })
    }

    /// One substep of `h` from `position`, which it leaves in `origin`; the result is in `position`, with its
    /// velocities in `last`.
    fn try_substep(&mut self, cells: &Cells, h: f64, rate: f64, report: &mut StepReport) -> Trial {
        let stages = stages_for(STABILITY_MARGIN * rate * h).min(self.parameters.numerics.max_stages);
        for &i in &self.work.awake {
            let i = i as usize;
            self.work.origin[i] = self.work.position[i];
            self.work.before[i] = self.work.position[i];
        }
        let mut program = [Stage::default(); MAX_STAGES];
        let (mut mu_first, mut count) = (0.0, 0);
        run(
            stages,
            |mu| mu_first = mu,
            |stage| {
                program[count] = stage;
                count += 1;
            },
        );
        for k in 0..self.work.awake.len() {
            let i = self.work.awake[k] as usize;
            let p = add(self.work.origin[i], scale(self.work.first[i], mu_first * h));
            self.work.position[i] = self.held(cells, i, p);
        }
        for c in &program[..count] {
            self.keep_list(cells);
            report.evaluations += 1;
            self.velocities_at::<false>(cells, Which::Stage);
            for k in 0..self.work.awake.len() {
                let i = self.work.awake[k] as usize;
                let w = &self.work;
                let p = std::array::from_fn(|axis| {
                    (1.0 - c.mu - c.nu) * w.origin[i][axis]
                        + c.mu * w.position[i][axis]
                        + c.nu * w.before[i][axis]
                        + h * (c.mu_tilde * w.stage[i][axis] + c.gamma_tilde * w.first[i][axis])
                });
                self.work.before[i] = self.work.position[i];
                self.work.position[i] = self.held(cells, i, p);
            }
        }
        self.finish_substep(cells, h, report)
    }

    /// Velocities at the end, the error estimate, and moves cut to what the shortest substep may do.
    fn finish_substep(&mut self, cells: &Cells, h: f64, report: &mut StepReport) -> Trial {
        let numerics = self.parameters.numerics;
        let mut overshoot: f64 = 0.0;
        for &i in &self.work.awake {
            let i = i as usize;
            let step = sub(self.work.position[i], self.work.origin[i]);
            let excess = norm(step) / (numerics.max_move * cells.radius[i]);
            // `max` would drop a NaN.
            overshoot = if excess.is_nan() { f64::INFINITY } else { overshoot.max(excess) };
            if h <= numerics.min_substep && (excess.is_nan() || excess > 1.25) {
                let cut = if excess.is_finite() { scale(step, 1.0 / excess) } else { [0.0; 3] };
                self.work.position[i] = add(self.work.origin[i], cut);
            }
        }
        if overshoot > 1.25 && h > numerics.min_substep {
            self.restore();
            return Trial { error: 0.0, overshoot, rate: 0.0 };
        }
        self.keep_list(cells);
        report.evaluations += 1;
        let rate = self.velocities_at::<true>(cells, Which::Last);
        let w = &self.work;
        let mut worst: f64 = 0.0;
        for &i in &w.awake {
            let i = i as usize;
            let change = sub(w.position[i], w.origin[i]);
            let mut e = add(scale(change, -0.8), scale(add(w.first[i], w.last[i]), 0.4 * h));
            // A limit decides the position along its normal exactly.
            for (e, wall) in e.iter_mut().zip(w.contact.walls[i]) {
                *e = if wall == 0 { *e } else { 0.0 };
            }
            e = sub(e, scale(w.contact.normal[i], dot(e, w.contact.normal[i])));
            let e = norm(e);
            worst = if e.is_nan() { f64::INFINITY } else { worst.max(e) };
        }
        if worst > numerics.tolerance && h > numerics.min_substep {
            self.restore();
        }
        Trial { error: worst, overshoot, rate }
    }

    fn restore(&mut self) {
        for &i in &self.work.awake {
            self.work.position[i as usize] = self.work.origin[i as usize];
        }
    }

    fn accept(&mut self) {
        let w = &mut self.work;
        for &i in &w.awake {
            let i = i as usize;
            w.first[i] = w.last[i];
            w.position[i] = self.parameters.domain.wrap(w.position[i]);
        }
    }

    /// Lists moving cells anew that have left their share of the skin.
    fn keep_list(&mut self, cells: &Cells) {
        let Self { parameters, list, work, .. } = self;
        if list.follow(parameters, cells, &work.position, &work.awake) {
            self.take_pairs(cells);
        }
    }

    fn held(&self, cells: &Cells, i: usize, p: Vec3) -> Vec3 {
        let rule = self.parameters.kinds[usize::from(cells.kind[i].0)].surface;
        constraint::hold_position(&self.parameters, &self.work.floor, rule, p, cells.radius[i])
    }
}

fn cube_root_of_ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { exoderm_numeric::math::cbrt(a / b) } else { f64::INFINITY }
}
