//! A melanoma spheroid in vitro: the individual-based model of Klowss et al. 2022 (doi 10.1098/rsif.2021.0903, "4DFUCCI"),
//! with its published rules and rates, on this program's colony, cycle, rules and quasi-steady fields. Nothing is fitted.
//!
//! # Rules
//!
//! Cells are points; there is no volume exclusion, so that pair forces are not used. With c the nutrient at a cell and
//! H(c; K, n) = cⁿ/(Kⁿ + cⁿ), a living cell
//!
//! * goes from G1 (red) to early S (yellow) at 0.047 H(c; 0.4, 5) per h, on to S/G2/M (green) at 0.4898 per h, and divides from
//!   there at 0.062 per h; daughters are in G1, 12 um apart along a direction drawn evenly, their middle where the mother was;
//! * steps 12 um in an even direction at 0.06 + (0.12 − 0.06) H(c; 0.5, 5) per h;
//! * dies at 0.0005 + (2 − 0.0005)(1 − H(c; 0.1, 15)) per h. A dead cell takes up nothing and never moves.
//!
//! Nutrient diffuses fast and living cells take it up in proportion to it: 0 = ∇²c − α v c, v the living cells per um³ (counted by
//! voxel) and α = κ/D the volume that a cell clears per time over the diffusion coefficient, hence a length: 0.15 um. It is 1
//! on the faces of a cube of 4 mm. c at a cell is interpolated trilinearly; it is solved anew every hour (the authors' interval) on
//! voxels of 20 um (those of their published results; their program's own default is 40).
//!
//! At the start 30,000 cells are spread evenly in a ball of 245 um. Where c > 0.4 their phase is drawn by the mean time spent in
//! each; between 0.263 and 0.4 a share 0.16 is yellow or green, by the time spent in those two; below, all are in G1 (the paper's
//! supplement, section 7).
//!
//! Here events happen in steps of 0.1 h with exact chances for rates that stand still over the step, instead of one by one.
//!
//! # Radii
//!
//! By two definitions. The published ones are measured on pictures: [`image`] measures runs in the same way, as the authors do,
//! and by it runs are judged. The other was chosen before the first run, and is told beside it (its outer radius is judged too).
//! Distances are from the centroid of the living cells; densities are by shells of 20 um:
//!
//! * *outer*: the radius that holds 95 % of the living cells;
//! * *arrest*: inwards from the shell in which S/G2/M cells are densest, where their density falls to 20 % of that maximum,
//!   linearly between the middles of shells (the share at which the authors' image analysis puts the arrested region);
//! * *necrotic*: the same for all living cells at 10 %. The authors take the hole in a drawn slice instead; at 50 % the radius is
//!   larger, and is told beside it.
//!
//! A radius is 0 where the density never falls so low. Published: 293, 226 and 118 um ten days after formation, means over eight
//! spheroids of WM793B cells; the rates were fitted to such data by their authors, so that agreement is no prediction.

mod image;

use super::{Case, Length, Row, Rows, Run};
use exoderm_cell::CellError;
use exoderm_cell::colony::{Colony, Founder, mark};
use exoderm_cell::phenotype::division::Placement;
use exoderm_cell::phenotype::{Chance, Clock, Cycle, Phase};
use exoderm_cell::rules::{Line, Rules};
use exoderm_cell::vector::{Vec3, add, norm, random_direction, scale, sub};
use exoderm_field::{Boundary, Face, FieldError, Mesh, Operator, SteadyConfig, SteadySolver, Weights};
use exoderm_ledger::Ledger;
use exoderm_numeric::random::Seed;

type Error = Box<dyn std::error::Error + Send + Sync>;

const SOURCE: &str = "Klowss et al. 2022, doi 10.1098/rsif.2021.0903; radii of WM793B spheroids at day 10";

pub(super) const CASES: &[Case] = &[Case {
    name: "melanoma-spheroid",
    group: "cells",
    title: "melanoma spheroid: outer, arrest and necrotic radius after ten days",
    source: SOURCE,
    length: Length::Long,
    run: Run::Alone(ten_days),
}];

/// Published radii, outer, arrest and necrotic (um), and by how much of them a run may differ.
pub const PUBLISHED_RADII: [[f64; 2]; 3] = [[293.0, 0.05], [226.0, 0.12], [118.0, 0.15]];

/// Shells of densities (um).
const SHELL: f64 = 20.0;
/// Hill powers of entry, steps and death.
const POWERS: [f64; 3] = [5.0, 5.0, 15.0];
/// Below this much under the half-maximum of entry all cells begin in G1, above it this share does not.
const ARREST_BELOW: f64 = 0.137;
const ARREST_CYCLING: f64 = 0.16;
/// Phases.
const G1: u8 = 0;
const GREEN: u8 = 2;
/// What streams are for.
const PLACE: u16 = 1;
const PHASE: u16 = 2;
const LIVE: u16 = 3;

/// A spheroid to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    /// Cells at the start, and the radius of their ball (um).
    pub cells: u32,
    /// um.
    pub radius: f64,
    /// Edge of the cube (um).
    pub side: f64,
    /// Voxels along it.
    pub voxels: usize,
    /// Steps of cells in an hour.
    pub steps: u32,
    /// Uptake over diffusion (um), if not the ledger's.
    pub alpha: Option<f64>,
    /// Replicate.
    pub seed: u64,
}

impl Setup {
    /// The published experiment.
    pub const PUBLISHED: Self =
        Self { cells: 30_000, radius: 245.0, side: 4000.0, voxels: 200, steps: 10, alpha: None, seed: 1 };
}

/// Radii at a time (um).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Radii {
    /// Hours since the start.
    pub hours: u32,
    /// Living cells.
    pub living: usize,
    /// See the module's text.
    pub outer: f64,
    /// See the module's text.
    pub arrest: f64,
    /// At 10 %.
    pub necrotic: f64,
    /// At 50 %.
    pub necrotic_half: f64,
    /// Outer, arrest and necrotic radius as the authors measure them.
    pub as_published: [f64; 3],
}

/// What lies at a distance from the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shell {
    /// Middle of the shell (um).
    pub radius: f64,
    /// Living cells per nL.
    pub living: f64,
    /// Those in S/G2/M.
    pub green: f64,
    /// Mean nutrient at living cells; not a number without any.
    pub nutrient: f64,
}

/// A spheroid in motion.
#[derive(Clone, Debug)]
pub struct Spheroid {
    setup: Setup,
    colony: Colony,
    /// Where cells died.
    dead: Vec<Vec3>,
    cycle: Cycle,
    rules: Rules,
    /// Rates out of early S and S/G2/M (1/h), length of a step (um), uptake over diffusion (um).
    yellow: f64,
    green: f64,
    step: f64,
    alpha: f64,
    operator: Operator,
    solver: SteadySolver,
    nutrient: Vec<f64>,
    uptake: Vec<f64>,
    hours: u32,
    tick: u32,
    /// Divisions and deaths so far.
    pub events: [u64; 2],
}

fn ledger(key: &str) -> Result<f64, Error> {
    let number = Ledger::builtin().get(key).and_then(exoderm_ledger::Parameter::number);
    number.ok_or_else(|| format!("the ledger has no number `{key}`").into())
}

impl Spheroid {
    /// A spheroid at time 0.
    ///
    /// # Errors
    /// A mesh that can't be solved, a row that the ledger lacks.
    pub fn new(setup: Setup) -> Result<Self, Error> {
        let entry = ledger("skin_fuc_Rr")?;
        let (slow, fast) = (ledger("skin_fuc_mmin")?, ledger("skin_fuc_mmax")?);
        let (least, most) = (ledger("skin_fuc_dmin")?, ledger("skin_fuc_dmax")?);
        let half = [ledger("skin_fuc_ca")?, ledger("skin_fuc_cm")?, ledger("skin_fuc_cd")?];
        let line = |behaviour: u16, increases, response| {
            let (half_max, power) = (half[usize::from(behaviour)], POWERS[usize::from(behaviour)]);
            Line {
                kind: 0,
                signal: 0,
                increases,
                behaviour,
                response,
                half_max,
                power,
                dead: false,
                memory: 0.0,
            }
        };
        let base = [0.0, slow, most];
        let lines = [line(0, true, entry), line(1, true, fast), line(2, false, least)];
        let rules = Rules::compile(&lines, 1, |_, behaviour| base[usize::from(behaviour)])?;
        let cycle = Cycle {
            code: 0,
            name: "FUCCI".to_owned(),
            phases: vec![
                Phase::new(0, "G1", 1),
                Phase::new(1, "early S", 2),
                Phase { divides: true, ..Phase::new(2, "S/G2/M", 0) },
            ],
        };
        let n = setup.voxels;
        let mesh = Mesh::new(n, n, n, [setup.side / n as f64; 3])?;
        let mut operator = Operator::new(&mesh);
        operator.set_uniform_diffusivity(1.0)?;
        for face in Face::ALL {
            operator.set_boundary(face, Boundary::Value(1.0))?;
        }
        let config = SteadyConfig { tolerance: 1e-6, ..SteadyConfig::default() };
        let mut spheroid = Self {
            setup,
            colony: Colony::new(0, 0),
            dead: Vec::new(),
            cycle,
            rules,
            yellow: ledger("skin_fuc_Ry")?,
            green: ledger("skin_fuc_Rg")?,
            step: ledger("skin_fuc_step")?,
            alpha: setup.alpha.map_or_else(|| ledger("skin_fuc_alpha"), Ok)?,
            solver: SteadySolver::new(&mesh, config)?,
            operator,
            nutrient: vec![1.0; mesh.len()],
            uptake: vec![0.0; mesh.len()],
            hours: 0,
            tick: 0,
            events: [0; 2],
        };
        spheroid.seed_cells()?;
        spheroid.feed()?;
        spheroid.draw_phases(entry, half[0])?;
        Ok(spheroid)
    }

    fn middle(&self) -> Vec3 {
        [0.5 * self.setup.side; 3]
    }

    fn seed_cells(&mut self) -> Result<(), CellError> {
        let seed = Seed::new(self.setup.seed, 0);
        for k in 0..self.setup.cells {
            let mut draws = seed.stream(u64::from(k), 0, PLACE);
            let position = loop {
                let at: Vec3 = std::array::from_fn(|_| draws.range(-1.0, 1.0));
                if norm(at) <= 1.0 {
                    break add(self.middle(), scale(at, self.setup.radius));
                }
            };
            // Points: the volume means nothing and never changes.
            let founder = Founder {
                kind: 0,
                position,
                volume: 1.0,
                nucleus: 0.5,
                fluid_fraction: 0.5,
                relative_rupture: 2.0,
            };
            self.colony.add(founder)?;
        }
        Ok(())
    }

    fn draw_phases(&mut self, entry: f64, half: f64) -> Result<(), FieldError> {
        let seed = Seed::new(self.setup.seed, 0);
        let [red, yellow, green] = [1.0 / entry, 1.0 / self.yellow, 1.0 / self.green];
        for i in 0..self.colony.len() {
            let c = self.at(i);
            let cycling = if c > half {
                (yellow + green) / (red + yellow + green)
            } else if c > half - ARREST_BELOW {
                ARREST_CYCLING
            } else {
                0.0
            };
            let mut draws = seed.stream(self.colony.id[i], 0, PHASE);
            self.colony.phase[i] = match (draws.chance(cycling), draws.chance(yellow / (yellow + green))) {
                (false, _) => G1,
                (true, true) => 1,
                (true, false) => GREEN,
            };
        }
        Ok(())
    }

    /// Nutrient at cell `i`.
    fn at(&self, i: usize) -> f64 {
        Weights::at(self.operator.mesh(), self.colony.at(i)).value(&self.nutrient)
    }

    /// Solves for the nutrient around the cells where they are.
    fn feed(&mut self) -> Result<(), FieldError> {
        let mesh = self.operator.mesh();
        self.uptake.fill(0.0);
        let each = self.alpha / mesh.volume();
        for i in 0..self.colony.len() {
            if let Some(voxel) = mesh.voxel_of(self.colony.at(i)) {
                self.uptake[voxel] += each;
            }
        }
        self.operator.set_decay(&self.uptake)?;
        self.solver.solve(&self.operator, &mut self.nutrient)?;
        Ok(())
    }

    /// Goes on for so many hours.
    ///
    /// # Errors
    /// Fields that can't be solved.
    pub fn advance(&mut self, hours: u32) -> Result<(), Error> {
        let (mut sensed, mut dead, mut rates, mut due) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let h = 1.0 / f64::from(self.setup.steps);
        let seed = Seed::new(self.setup.seed, 0);
        for _ in 0..hours {
            self.feed()?;
            for _ in 0..self.setup.steps {
                self.tick += 1;
                let n = self.colony.len();
                sensed.clear();
                sensed.extend((0..n).map(|i| self.at(i)));
                dead.clear();
                dead.resize(n, false);
                rates.clear();
                rates.resize(3 * n, 0.0);
                self.rules.evaluate(0, |_| &sensed[..], &dead, &mut rates)?;
                due.clear();
                for i in 0..n {
                    let [entry, steps, death] = [rates[i], rates[n + i], rates[2 * n + i]];
                    let mut draws = seed.stream(self.colony.id[i], self.tick, LIVE);
                    if draws.chance(Chance::Exact.of(death, h)) {
                        self.dead.push(self.colony.at(i));
                        self.colony.remove(i);
                        self.events[1] += 1;
                        continue;
                    }
                    let exit = [entry, self.yellow, self.green][usize::from(self.colony.phase[i])];
                    let clock = Clock { elapsed: 0.0, h, chance: Chance::Exact };
                    let phase = self.colony.phase[i];
                    let passage = self.cycle.advance(phase, clock, |_| exit, |_| false, || draws.uniform());
                    for _ in 0..draws.poisson(steps * h) {
                        let to = add(self.colony.at(i), scale(random_direction(&mut draws), self.step));
                        self.colony.position.iter_mut().zip(to).for_each(|(x, to)| x[i] = to);
                    }
                    let Some(passage) = passage else { continue };
                    self.colony.phase[i] = passage.to;
                    if passage.divides {
                        due.push((self.colony.id[i], i, random_direction(&mut draws)));
                    }
                }
                due.sort_unstable_by_key(|d| d.0);
                for &(_, i, along) in &due {
                    self.divide(i, along);
                }
                self.colony.sweep();
            }
            self.hours += 1;
        }
        Ok(())
    }

    fn divide(&mut self, i: usize, along: Vec3) {
        let apart = 0.5 * self.step / self.colony.radius[i];
        let daughter = self.colony.divide(i, along, Placement { daughter: apart, mother: apart });
        for k in [i, daughter] {
            self.colony.volumes.scale(k, 2.0);
            self.colony.radius[k] = exoderm_cell::store::radius_of(self.colony.volumes.total(k));
        }
        self.events[0] += 1;
    }

    /// Living cells.
    pub fn living(&self) -> usize {
        self.colony.flags.iter().filter(|f| *f & mark::REMOVED == 0).count()
    }

    /// Nutrient at the voxel in the middle of the cube.
    pub fn nutrient_in_the_middle(&self) -> f64 {
        Weights::at(self.operator.mesh(), self.middle()).value(&self.nutrient)
    }

    /// Distances from the centroid (um), ascending, with the phase and the nutrient of each cell.
    fn distances(&self) -> Vec<(f64, u8, f64)> {
        let n = self.colony.len();
        let centroid = self.colony.position.each_ref().map(|x| x.iter().sum::<f64>() / n as f64);
        let mut out: Vec<(f64, u8, f64)> = (0..n)
            .map(|i| (norm(sub(self.colony.at(i), centroid)), self.colony.phase[i], self.at(i)))
            .collect();
        out.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        out
    }

    /// What lies at which distance.
    pub fn shells(&self) -> Vec<Shell> {
        let cells = self.distances();
        let count = cells.last().map_or(0, |c| (c.0 / SHELL) as usize + 1);
        let mut sums = vec![[0.0; 3]; count];
        for (r, phase, c) in cells {
            let sum = &mut sums[(r / SHELL) as usize];
            sum[0] += 1.0;
            sum[1] += f64::from(u8::from(phase == GREEN));
            sum[2] += c;
        }
        let of = |(k, [living, green, nutrient]): (usize, [f64; 3])| {
            let (a, b) = (k as f64 * SHELL, (k + 1) as f64 * SHELL);
            // 1 nL is 1e6 um³.
            let volume = 4e-6 / 3.0 * std::f64::consts::PI * (b * b * b - a * a * a);
            Shell {
                radius: 0.5 * (a + b),
                living: living / volume,
                green: green / volume,
                nutrient: nutrient / living,
            }
        };
        sums.into_iter().enumerate().map(of).collect()
    }

    /// The radii now.
    pub fn radii(&self) -> Radii {
        let cells = self.distances();
        let shells = self.shells();
        let inwards = |of: fn(&Shell) -> f64, share: f64| falls_to(&shells, of, share);
        // The smallest number of cells that is 95 % of them or more.
        let held = (cells.len() * 95).div_ceil(100);
        Radii {
            hours: self.hours,
            living: cells.len(),
            outer: held.checked_sub(1).and_then(|k| cells.get(k)).map_or(0.0, |c| c.0),
            arrest: inwards(|s| s.green, 0.2),
            necrotic: inwards(|s| s.living, 0.1),
            necrotic_half: inwards(|s| s.living, 0.5),
            as_published: self.radii_as_published(),
        }
    }

    fn radii_as_published(&self) -> [f64; 3] {
        let living: Vec<Vec3> = (0..self.colony.len()).map(|i| self.colony.at(i)).collect();
        let [outer, necrotic] = image::slice_radii(&living, &self.dead, self.middle());
        let all = living.iter().chain(&self.dead).fold([0.0; 3], |sum, x| add(sum, *x));
        let centroid = scale(all, 1.0 / (living.len() + self.dead.len()).max(1) as f64);
        let in_green = living.iter().zip(&self.colony.phase).filter(|c| *c.1 == GREEN);
        let green: Vec<Vec3> = in_green.map(|c| *c.0).collect();
        [outer, image::arrest_radius(&green, centroid, outer), necrotic]
    }
}

/// Radius at which a density falls to `share` of its maximum, inwards from there; 0 if it never does.
fn falls_to(shells: &[Shell], of: impl Fn(&Shell) -> f64, share: f64) -> f64 {
    let Some(top) = (0..shells.len()).max_by(|&a, &b| of(&shells[a]).total_cmp(&of(&shells[b]))) else {
        return 0.0;
    };
    let level = share * of(&shells[top]);
    for k in (0..top).rev() {
        let (inner, outer) = (&shells[k], &shells[k + 1]);
        if of(inner) < level {
            let t = (level - of(inner)) / (of(outer) - of(inner));
            return inner.radius + t * (outer.radius - inner.radius);
        }
    }
    0.0
}

fn ten_days() -> Rows {
    let mut rows = Vec::new();
    for seed in [1, 2] {
        let mut spheroid = Spheroid::new(Setup { seed, ..Setup::PUBLISHED })?;
        spheroid.advance(240)?;
        let r = spheroid.radii();
        let names = ["outer", "arrest", "necrotic"];
        for ((name, got), [published, tolerance]) in names.iter().zip(r.as_published).zip(PUBLISHED_RADII) {
            let what = format!("seed {seed}: {name} radius as its authors measure it, um");
            rows.push(Row::relative(what, published, got, tolerance));
        }
        let [outer, arrest, necrotic] = PUBLISHED_RADII;
        let what = |text: &str| format!("seed {seed}: {text}, um");
        rows.push(Row::relative(what("outer radius, 95 % of living cells"), outer[0], r.outer, outer[1]));
        let text = what("arrest radius, S/G2/M at 20 % of densest");
        rows.push(Row::relative(text, arrest[0], r.arrest, arrest[1]).told());
        let text = what("necrotic radius, living at 10 % of densest");
        rows.push(Row::relative(text, necrotic[0], r.necrotic, necrotic[1]).told());
    }
    Ok(rows)
}

#[cfg(test)]
#[path = "spheroid/tests.rs"]
mod tests;
