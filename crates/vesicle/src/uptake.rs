//! Vesicles on and in a cell: binding, internalisation, recycling, escape, lysosome.
//!
//! ```text
//! dS/dt = k_b C (S_max − S) − (k_off + k_int) S
//! dI/dt = k_int S − (k_esc + k_lys + k_rec) I
//! dX/dt = k_esc I_x − k_x X              cargo x in the cytosol; I_x decays in the vesicle besides
//! ```
//!
//! The first line's gain is drawn by the caller, who owns C: [`SurfaceExchange`] gives its rate, [`Arrivals`] is
//! what it drew. [`UptakeStep`] holds the exact probabilities of what one vesicle does within a step, and
//! [`UptakeStep::advance`] draws it for whole vesicles. A vesicle that arrives during the step is taken to arrive at a time spread
//! evenly over it, so that with a steady inflow the means equal the equations' for a step of any length.
//!
//! Cargo moves with its vesicles in equal parts, ages in them at one rate on the surface and inside, and once
//! escaped decays in the cytosol; the factors are those of the mean over the times at which vesicles move.

use crate::cargo::{Loading, MAX_CARGO};
use crate::divided::path;
use crate::error::{Error, check, not_negative, positive, share};
use exoderm_numeric::{math, random::Stream};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

mod marked;

pub use marked::{Marked, Moves};

/// Resistance of a block of k³ voxels of a cubic mesh to a steady sink spread evenly over it, times D·h, for k = 1 to 10:
/// the mean of the lattice's Green function over all pairs of the block's voxels. The first is Watson's integral for the
/// simple cubic lattice, half of 0.505 462 0197; all are ½ ∫ A_k(t)³ dt with A_k the mean of e^(−t) I_|i−j|(t) over
/// i, j < k.
const BLOCK_RESISTANCE: [f64; 10] = [
    0.252_731_010,
    0.090_009_587,
    0.054_678_908,
    0.039_506_890,
    0.031_028_461,
    0.025_590_209,
    0.021_794_675,
    0.018_990_221,
    0.016_831_049,
    0.015_116_151,
];
/// The same for a large block, times k: the mean of 1/(4πr) over all pairs of points of a unit cube, and what the lattice
/// adds, times k³.
const CUBE_RESISTANCE: [f64; 2] = [0.149_789_7, 0.137_4];

fn block_resistance(block: usize) -> f64 {
    match block {
        0 => BLOCK_RESISTANCE[0],
        k if k <= BLOCK_RESISTANCE.len() => BLOCK_RESISTANCE[k - 1],
        k => (CUBE_RESISTANCE[0] + CUBE_RESISTANCE[1] / (k * k) as f64) / k as f64,
    }
}

/// Voxels along an edge of the block that a cell's exchange is spread over: the smallest that resists no more than the
/// cell's own sphere does. A voxel of 3.18 radii or more is a block by itself.
pub fn exchange_block(radius: f64, voxel: f64) -> usize {
    let sphere = voxel / (4.0 * PI * radius);
    if sphere.is_nan() || sphere <= 0.0 {
        return 1;
    }
    let mut block = 1;
    // A block of edge 2 R resists about as much as the sphere, so that this ends soon after it.
    while block_resistance(block) > sphere && (block as f64) < 4.0 * radius / voxel + 2.0 {
        block += 1;
    }
    block
}

/// What a scenario says of a cell type's uptake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UptakeSpec {
    /// Clearance at low load (um³/min per cell).
    pub clearance: f64,
    /// Surface sites (vesicles per cell).
    pub capacity: f64,
    /// Internalisation (1/min).
    pub internalisation: f64,
    /// Unbinding from the surface (1/min).
    pub unbinding: f64,
    /// Lysosomal degradation (1/min).
    pub lysosome: f64,
    /// Share of internalised vesicles that is recycled.
    pub recycled: f64,
    /// Share of internalised vesicles whose cargo escapes.
    pub escape: f64,
}

/// Rates of uptake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UptakeParameters {
    /// Clearance at low load (um³/min).
    pub clearance: f64,
    /// Surface sites S_max.
    pub capacity: f64,
    /// Binding to one site k_b (um³/min).
    pub binding: f64,
    /// Unbinding k_off (1/min).
    pub unbinding: f64,
    /// Internalisation k_int (1/min).
    pub internalisation: f64,
    /// Escape of cargo into the cytosol k_esc (1/min).
    pub escape: f64,
    /// Lysosome k_lys (1/min).
    pub lysosome: f64,
    /// Recycling to the outside k_rec (1/min).
    pub recycling: f64,
}

impl UptakeParameters {
    /// The rates that give the clearance and shares of `spec`.
    ///
    /// # Errors
    /// When a rate is negative, internalisation or sites are lacking although something is cleared, or recycled and
    /// escaped shares leave nothing for the lysosome.
    pub fn new(spec: impl Into<UptakeSpec>) -> Result<Self, Error> {
        let s = spec.into();
        not_negative("clearance", s.clearance)?;
        not_negative("capacity", s.capacity)?;
        not_negative("internalisation", s.internalisation)?;
        not_negative("unbinding", s.unbinding)?;
        not_negative("lysosome", s.lysosome)?;
        share("recycled", s.recycled)?;
        share("escape", s.escape)?;
        let open = s.capacity > 0.0 && s.internalisation > 0.0;
        check(
            "clearance",
            s.clearance,
            s.clearance == 0.0 || open,
            "0 where nothing is bound or internalised",
        )?;
        let left = 1.0 - s.recycled - s.escape;
        // A share of the lysosome below rounding is none.
        if left < 1e-9 {
            let sum = s.recycled + s.escape;
            return Err(Error::Shares { names: "recycled and escape", sum, expected: "less than 1" });
        }
        let leaving = s.lysosome / left;
        Ok(Self {
            clearance: s.clearance,
            capacity: s.capacity,
            binding: if s.clearance > 0.0 {
                s.clearance * (s.internalisation + s.unbinding) / (s.capacity * s.internalisation)
            } else {
                0.0
            },
            unbinding: s.unbinding,
            internalisation: s.internalisation,
            escape: s.escape * leaving,
            lysosome: s.lysosome,
            recycling: s.recycled * leaving,
        })
    }

    /// With `factor` (0 or above) times the binding, hence the clearance at low load, at the same number of sites.
    pub fn with_binding(self, factor: f64) -> Self {
        let factor = factor.max(0.0);
        Self { clearance: factor * self.clearance, binding: factor * self.binding, ..self }
    }

    /// Share of the surface sites that `surface` vesicles occupy, 0–1.
    pub fn occupancy(&self, surface: f64) -> f64 {
        if self.capacity > 0.0 { (surface / self.capacity).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Mean of the free sites over a step at a steady concentration (vesicles/um³): `surface` relaxes
    /// exponentially, so a step that fills the cell is no reason to overfill it. `others` are sites taken by
    /// vesicles of other populations.
    pub fn mean_free_sites(&self, surface: f64, others: f64, concentration: f64, dt: f64) -> f64 {
        let open = (self.capacity - others).max(0.0);
        let gain = self.binding * concentration;
        let rate = gain + self.unbinding + self.internalisation;
        if rate * dt <= 0.0 {
            return (open - surface).max(0.0);
        }
        let settled = gain * open / rate;
        let mean = settled + (surface - settled) * -math::exp_m1(-rate * dt) / (rate * dt);
        (open - mean).max(0.0)
    }
}

/// Diffusive resistance (min/um³) around a cell that the mesh does not show: that of a sphere, 1/(4πDR), less that
/// of the block of voxels that holds the sink; not below 0.
///
/// `diffusion` is the hindered one (um²/min), `radius` the cell's and `voxel` the edge of the mesh (um), `block` the voxels
/// along an edge of the block, as [`exchange_block`] gives it. A single voxel smaller than 3.18 R resists more than the
/// sphere does: its sink takes up too little, and nothing is added here.
pub fn unresolved_resistance(diffusion: f64, radius: f64, voxel: f64, block: usize) -> f64 {
    if diffusion <= 0.0 || radius <= 0.0 {
        return f64::INFINITY;
    }
    (1.0 / (4.0 * PI * radius) - block_resistance(block) / voxel).max(0.0) / diffusion
}

/// Clearance (um³/min) of a cell from its voxel when diffusion to it stands in series with its own clearance.
pub fn effective_clearance(clearance: f64, diffusion: f64, radius: f64, voxel: f64) -> f64 {
    if clearance <= 0.0 {
        return 0.0;
    }
    1.0 / (1.0 / clearance + unresolved_resistance(diffusion, radius, voxel, 1))
}

/// Exchange between a voxel's free vesicles and a cell's surface, diffusion in series.
///
/// At the surface, binding k_b (S_max − S) and unbinding balance diffusion through a resistance ρ; eliminating the
/// concentration there divides *both* by 1 + ρ k_b (S_max − S): what unbinds may bind again before it is away. With both,
/// the net clearance at low load is CL in series with ρ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurfaceExchange {
    /// Clearance of free vesicles onto the surface (um³/min).
    pub binding: f64,
    /// Unbinding to the voxel (1/min).
    pub unbinding: f64,
}

impl SurfaceExchange {
    /// With `free_sites` free, through `resistance` (min/um³, see [`unresolved_resistance`]).
    pub fn new(parameters: &UptakeParameters, free_sites: f64, resistance: f64) -> Self {
        let bare = parameters.binding * free_sites.max(0.0);
        if bare <= 0.0 {
            return Self { binding: 0.0, unbinding: parameters.unbinding };
        }
        let rebinding = 1.0 + resistance * bare;
        Self { binding: bare / rebinding, unbinding: parameters.unbinding / rebinding }
    }
}

/// Clearance of free vesicles onto a cell's surface (um³/min) with `surface` sites occupied by this population and
/// `sites_taken_by_others` by others.
pub fn binding_rate(p: &UptakeParameters, surface: f64, sites_taken_by_others: f64, resistance: f64) -> f64 {
    SurfaceExchange::new(p, p.capacity - surface - sites_taken_by_others, resistance).binding
}

/// Vesicles of one population on and in one cell. Vesicles are whole, cargo is in copies and may be a mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellVesicles {
    /// Bound to the surface.
    pub surface: f64,
    /// Internalised.
    pub inside: f64,
    /// Cargo in the vesicles on the surface.
    pub cargo_surface: [f64; MAX_CARGO],
    /// Cargo in the vesicles inside.
    pub cargo_inside: [f64; MAX_CARGO],
    /// Cargo in the cytosol.
    pub cytosol: [f64; MAX_CARGO],
}

impl CellVesicles {
    /// Splits off the daughter's share at a division: each vesicle goes to either cell with probability one half,
    /// cargo goes with its vesicles, the cytosol is halved.
    pub fn divide(&mut self, stream: &mut Stream) -> Self {
        let mut daughter = Self::default();
        let surface = stream.binomial(self.surface as u64, 0.5) as f64;
        let inside = stream.binomial(self.inside as u64, 0.5) as f64;
        for m in 0..MAX_CARGO {
            daughter.cargo_surface[m] = portion(self.cargo_surface[m], surface, self.surface);
            daughter.cargo_inside[m] = portion(self.cargo_inside[m], inside, self.inside);
            daughter.cytosol[m] = 0.5 * self.cytosol[m];
            self.cargo_surface[m] -= daughter.cargo_surface[m];
            self.cargo_inside[m] -= daughter.cargo_inside[m];
            self.cytosol[m] -= daughter.cytosol[m];
        }
        daughter.surface = surface;
        daughter.inside = inside;
        self.surface -= surface;
        self.inside -= inside;
        daughter
    }
}

/// The share of `cargo` that goes with `some` of `all` vesicles.
fn portion(cargo: f64, some: f64, all: f64) -> f64 {
    if all > 0.0 { cargo * (some / all) } else { 0.0 }
}

/// Vesicles that bound to a cell during a step, with their cargo as they arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// How many.
    pub count: u64,
    /// Copies of each cargo in all of them.
    pub cargo: [f64; MAX_CARGO],
}

impl Arrivals {
    /// Draws the cargo of `bound` vesicles, (count, size node), by the loadings of their population; `ageing` is the
    /// share of each cargo that has survived until now. Cargo beyond [`MAX_CARGO`] is not looked at.
    pub fn draw(
        bound: &[(u64, usize)],
        cargo: &[Loading],
        ageing: &[f64; MAX_CARGO],
        stream: &mut Stream,
    ) -> Self {
        let mut arrivals = Self::default();
        for &(count, node) in bound {
            arrivals.count += count;
            for (m, loading) in cargo.iter().take(MAX_CARGO).enumerate() {
                arrivals.cargo[m] += loading.draw(count, node, ageing[m], stream) as f64;
            }
        }
        arrivals
    }
}

/// How cargo is lost (1/min).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CargoDecay {
    /// In a vesicle, on the surface or inside the cell.
    pub vesicle: f64,
    /// In the cytosol.
    pub cytosol: f64,
}

/// Where the vesicles went that left during a step, and the cargo with them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fates {
    /// Unbound from the surface, back to the voxel.
    pub unbound: u64,
    /// Recycled from inside, back to the voxel.
    pub recycled: u64,
    /// Degraded in lysosomes.
    pub degraded: u64,
    /// Consumed by escape of their cargo.
    pub escaped: u64,
    /// Copies that left with unbound and recycled vesicles.
    pub cargo_returned: [f64; MAX_CARGO],
    /// Copies degraded in lysosomes.
    pub cargo_degraded: [f64; MAX_CARGO],
    /// Copies that reached the cytosol, before their decay there.
    pub cargo_delivered: [f64; MAX_CARGO],
    /// Copies that decayed in vesicles on or in the cell.
    pub cargo_decayed: [f64; MAX_CARGO],
}

/// Probabilities of a vesicle's whereabouts at the end of a step, by where it was at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Odds {
    unbound: f64,
    inside: f64,
    recycled: f64,
    degraded: f64,
    escaped: f64,
}

/// Share of a cargo that survives until its vesicle's move, by where the vesicle went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Survival {
    surface: f64,
    unbound: f64,
    inside: f64,
    /// Until it leaves the inside, by whatever way.
    left: f64,
    /// Until it escapes, and then in the cytosol until the step's end.
    cytosol: f64,
}

/// Groups of vesicles: on the surface and inside at the start, and arriving during the step.
const GROUPS: usize = 3;
const SURFACE: usize = 0;
const INSIDE: usize = 1;
const ARRIVING: usize = 2;

/// The exact probabilities of one step of one cell type, ready for all of its cells that share the unbinding rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UptakeStep {
    odds: [Odds; GROUPS],
    survival: [[Survival; MAX_CARGO]; GROUPS],
    cytosol_kept: [f64; MAX_CARGO],
    species: usize,
}

impl UptakeStep {
    /// For a step of `dt` min. `unbinding` is that of [`SurfaceExchange`] (or the parameters' own), `decay` that of
    /// each cargo the population carries.
    ///
    /// # Errors
    /// When the step is not positive or there are more than [`MAX_CARGO`] cargo species.
    pub fn new(p: &UptakeParameters, unbinding: f64, decay: &[CargoDecay], dt: f64) -> Result<Self, Error> {
        positive("step", dt)?;
        if decay.len() > MAX_CARGO {
            return Err(Error::TooMany { what: "cargo species", count: decay.len(), limit: MAX_CARGO });
        }
        let int = p.internalisation;
        let (s, i) = (unbinding + int, p.escape + p.lysosome + p.recycling);
        let odds = |unbound: f64, inside: f64, left: f64| Odds {
            unbound: unbinding * unbound,
            inside,
            recycled: p.recycling * left,
            degraded: p.lysosome * left,
            escaped: p.escape * left,
        };
        // Time-weighted paths; `left` is per unit rate of leaving.
        let (su, si, sl) = (path([s, 0.0], dt), path([s, i], dt), path([s, i, 0.0], dt));
        let il = path([i, 0.0], dt);
        let (as_, au) = (path([0.0, s], dt), path([0.0, s, 0.0], dt));
        let (ai, al) = (path([0.0, s, i], dt), path([0.0, s, i, 0.0], dt));
        let mut step = Self {
            odds: [
                odds(su, int * si, int * sl),
                odds(0.0, path([i], dt), il),
                odds(au / dt, int * ai / dt, int * al / dt),
            ],
            survival: [[Survival::default(); MAX_CARGO]; GROUPS],
            cytosol_kept: [1.0; MAX_CARGO],
            species: decay.len(),
        };
        for (m, d) in decay.iter().enumerate() {
            let (v, x) = (d.vesicle, d.cytosol);
            let (sv, iv) = (s + v, i + v);
            let kept = math::exp(-v * dt);
            step.cytosol_kept[m] = math::exp(-x * dt);
            step.survival[SURFACE][m] = Survival {
                surface: kept,
                unbound: ratio(path([sv, 0.0], dt), su),
                inside: kept,
                left: ratio(path([sv, iv, 0.0], dt), sl),
                cytosol: ratio(path([sv, iv, x], dt), sl),
            };
            step.survival[INSIDE][m] = Survival {
                surface: 1.0,
                unbound: 1.0,
                inside: kept,
                left: ratio(path([iv, 0.0], dt), il),
                cytosol: ratio(path([iv, x], dt), il),
            };
            step.survival[ARRIVING][m] = Survival {
                surface: ratio(path([0.0, sv], dt), as_),
                unbound: ratio(path([0.0, sv, 0.0], dt), au),
                inside: ratio(path([0.0, sv, iv], dt), ai),
                left: ratio(path([0.0, sv, iv, 0.0], dt), al),
                cytosol: ratio(path([0.0, sv, iv, x], dt), al),
            };
        }
        Ok(step)
    }

    /// Advances one cell: what was there and what arrived moves, each vesicle for itself.
    ///
    /// Vesicles are conserved exactly: arrivals = Δsurface + Δinside + unbound + recycled + degraded + escaped.
    pub fn advance(&self, state: &mut CellVesicles, arrivals: &Arrivals, stream: &mut Stream) -> Fates {
        self.advance_watched(state, arrivals, stream).0
    }

    /// As [`UptakeStep::advance`], with the moves that were drawn.
    pub fn advance_watched(
        &self,
        state: &mut CellVesicles,
        arrivals: &Arrivals,
        stream: &mut Stream,
    ) -> (Fates, Moves) {
        let mut fates = Fates::default();
        let mut moves = Moves::default();
        let mut next = CellVesicles::default();
        for m in 0..MAX_CARGO {
            next.cytosol[m] = state.cytosol[m] * self.cytosol_kept[m];
        }
        let groups = [
            (state.surface as u64, &state.cargo_surface, SURFACE),
            (state.inside as u64, &state.cargo_inside, INSIDE),
            (arrivals.count, &arrivals.cargo, ARRIVING),
        ];
        for (count, cargo, group) in groups {
            if count == 0 {
                continue;
            }
            let split = Split::draw(count, &self.odds[group], group == INSIDE, stream);
            split.count(&mut next, &mut fates);
            moves.note(group, count, split);
            for (m, copies) in cargo.iter().enumerate().take(self.species) {
                split.carry(copies / count as f64, &self.survival[group][m], m, &mut next, &mut fates);
            }
        }
        *state = next;
        (fates, moves)
    }
}

fn ratio(a: f64, b: f64) -> f64 {
    // Both are 0 only where no vesicle goes that way within the reach of a double.
    if b > 0.0 { a / b } else { 1.0 }
}

/// What became of a group of vesicles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Split {
    surface: u64,
    unbound: u64,
    inside: u64,
    recycled: u64,
    degraded: u64,
    escaped: u64,
}

impl Split {
    /// A multinomial draw, as a chain of binomials; `from_inside` vesicles cannot be on the surface.
    fn draw(count: u64, odds: &Odds, from_inside: bool, stream: &mut Stream) -> Self {
        let (mut n, mut rest) = (count, 1.0);
        let mut take = |p: f64| {
            // Fewer than no vesicles are left, or the rest is all: binomial() clamps what rounding leaves of p.
            let k = stream.binomial(n, p / rest);
            n -= k;
            rest -= p;
            k
        };
        let escaped = take(odds.escaped);
        let recycled = take(odds.recycled);
        let degraded = take(odds.degraded);
        if from_inside {
            return Self { surface: 0, unbound: 0, inside: n, recycled, degraded, escaped };
        }
        let unbound = take(odds.unbound);
        let inside = take(odds.inside);
        Self { surface: n, unbound, inside, recycled, degraded, escaped }
    }

    fn count(&self, next: &mut CellVesicles, fates: &mut Fates) {
        next.surface += self.surface as f64;
        next.inside += self.inside as f64;
        fates.unbound += self.unbound;
        fates.recycled += self.recycled;
        fates.degraded += self.degraded;
        fates.escaped += self.escaped;
    }

    /// Moves cargo `m`, of which each vesicle carries `each`.
    fn carry(&self, each: f64, s: &Survival, m: usize, next: &mut CellVesicles, fates: &mut Fates) {
        if each <= 0.0 {
            return;
        }
        let part = |vesicles: u64, survival: f64| each * vesicles as f64 * survival;
        let surface = part(self.surface, s.surface);
        let inside = part(self.inside, s.inside);
        let returned = part(self.unbound, s.unbound) + part(self.recycled, s.left);
        let degraded = part(self.degraded, s.left);
        let delivered = part(self.escaped, s.left);
        next.cargo_surface[m] += surface;
        next.cargo_inside[m] += inside;
        next.cytosol[m] += part(self.escaped, s.cytosol);
        fates.cargo_returned[m] += returned;
        fates.cargo_degraded[m] += degraded;
        fates.cargo_delivered[m] += delivered;
        let all = self.surface + self.inside + self.unbound + self.recycled + self.degraded + self.escaped;
        fates.cargo_decayed[m] += each * all as f64 - surface - inside - returned - degraded - delivered;
    }
}
