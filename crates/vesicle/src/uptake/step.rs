//! One step of a cell's vesicles: exact probabilities, whole vesicles drawn by them, cargo that goes along.

use super::{Arrivals, CargoDecay, CellVesicles, Fates, Moves, UptakeParameters};
use crate::cargo::MAX_CARGO;
use crate::divided::path;
use crate::error::{Error, positive};
use exoderm_numeric::math;
use exoderm_numeric::random::{Stream, Trial};
use exoderm_numeric::split::Shares;

/// Probabilities of a vesicle's whereabouts at the end of a step, by where it was at its start.
///
/// Most vesicles stay where they are (those that arrive: on the surface). How many move is drawn first, then where those
/// few go, by falling chance where the cell type does as most do: inside, off the surface, the lysosome, recycling, escape.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Odds {
    moves: Trial,
    ways: Shares<5>,
}

impl Odds {
    /// Chances of ending inside, unbound, in the lysosome, recycled, escaped.
    fn new(ways: [f64; 5]) -> Self {
        Self { moves: Trial::new(ways.iter().sum()), ways: Shares::new(&ways) }
    }
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
pub(super) const GROUPS: usize = 3;
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
        // What stays inside counts as a move only of what was not there.
        let odds = |unbound: f64, inside: f64, left: f64| {
            Odds::new([inside, unbinding * unbound, p.lysosome * left, p.recycling * left, p.escape * left])
        };
        // Time-weighted paths; `left` is per unit rate of leaving.
        let (su, si, sl) = (path([s, 0.0], dt), path([s, i], dt), path([s, i, 0.0], dt));
        let il = path([i, 0.0], dt);
        let (as_, au) = (path([0.0, s], dt), path([0.0, s, 0.0], dt));
        let (ai, al) = (path([0.0, s, i], dt), path([0.0, s, i, 0.0], dt));
        let mut step = Self {
            odds: [
                odds(su, int * si, int * sl),
                odds(0.0, 0.0, il),
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
pub(super) struct Split {
    pub(super) surface: u64,
    pub(super) unbound: u64,
    pub(super) inside: u64,
    pub(super) recycled: u64,
    pub(super) degraded: u64,
    pub(super) escaped: u64,
}

impl Split {
    /// A multinomial draw: those that move, and of these where to; the others stay where their group is.
    fn draw(count: u64, odds: &Odds, from_inside: bool, stream: &mut Stream) -> Self {
        let moving = stream.binomial_of(count, &odds.moves);
        let [into, unbound, degraded, recycled, escaped] = stream.shared(moving, &odds.ways);
        let stay = count - moving;
        let (surface, inside) = if from_inside { (0, stay) } else { (stay, into) };
        Self { surface, unbound, inside, recycled, degraded, escaped }
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
