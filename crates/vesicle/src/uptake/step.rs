//! One step of a cell's vesicles: exact probabilities, whole vesicles drawn by them, cargo that goes along.

use super::{Arrivals, CargoDecay, CellVesicles, Fates, Moves, UptakeParameters};
use crate::cargo::MAX_CARGO;
use crate::divided::path;
use crate::error::{Error, positive};
use exoderm_numeric::binomial::{Tabled, Trial};
use exoderm_numeric::random::Stream;
use exoderm_numeric::spare::Spare;
use exoderm_numeric::split::Shares;

/// Probabilities of a vesicle's whereabouts at the end of a step, by where it was at its start.
///
/// Most vesicles stay where they are (those that arrive: on the surface). How many move is drawn first, then where those
/// few go, by falling chance where the cell type does as most do: inside, off the surface, the lysosome, recycling, escape.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Odds {
    moves: Tabled,
    ways: Shares<5>,
}

impl Odds {
    /// Chances of ending inside, unbound, in the lysosome, recycled, escaped.
    fn new(ways: [f64; 5]) -> Self {
        Self { moves: Tabled::new(Trial::new(ways.iter().sum())), ways: Shares::new(&ways) }
    }
}

/// Share of each cargo that survives until its vesicle's move, by where the vesicle went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Survival {
    surface: [f64; MAX_CARGO],
    unbound: [f64; MAX_CARGO],
    inside: [f64; MAX_CARGO],
    /// Until it leaves the inside, by whatever way.
    left: [f64; MAX_CARGO],
    /// Until it escapes, and then in the cytosol until the step's end.
    cytosol: [f64; MAX_CARGO],
}

impl Survival {
    fn set(&mut self, m: usize, [surface, unbound, inside, left, cytosol]: [f64; 5]) {
        self.surface[m] = surface;
        self.unbound[m] = unbound;
        self.inside[m] = inside;
        self.left[m] = left;
        self.cytosol[m] = cytosol;
    }
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
    survival: [Survival; GROUPS],
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
            survival: [Survival::default(); GROUPS],
            cytosol_kept: [1.0; MAX_CARGO],
            species: decay.len(),
        };
        for (m, d) in decay.iter().enumerate() {
            let (v, x) = (d.vesicle, d.cytosol);
            let (sv, iv) = (s + v, i + v);
            let [kept, cytosol_kept] = d.kept(dt);
            step.cytosol_kept[m] = cytosol_kept;
            let left = ratio(path([sv, iv, 0.0], dt), sl);
            let cytosol = ratio(path([sv, iv, x], dt), sl);
            step.survival[SURFACE].set(m, [kept, ratio(path([sv, 0.0], dt), su), kept, left, cytosol]);
            let (left, cytosol) = (ratio(path([iv, 0.0], dt), il), ratio(path([iv, x], dt), il));
            step.survival[INSIDE].set(m, [1.0, 1.0, kept, left, cytosol]);
            let surface = ratio(path([0.0, sv], dt), as_);
            let unbound = ratio(path([0.0, sv, 0.0], dt), au);
            let inside = ratio(path([0.0, sv, iv], dt), ai);
            let left = ratio(path([0.0, sv, iv, 0.0], dt), al);
            let cytosol = ratio(path([0.0, sv, iv, x], dt), al);
            step.survival[ARRIVING].set(m, [surface, unbound, inside, left, cytosol]);
        }
        Ok(step)
    }

    /// Advances one cell: what was there and what arrived moves, each vesicle for itself.
    ///
    /// Vesicles are conserved exactly: arrivals = Δsurface + Δinside + unbound + recycled + degraded + escaped.
    pub fn advance(&self, state: &mut CellVesicles, arrivals: &Arrivals, stream: &mut Stream) -> Fates {
        let before = *state;
        let moves = self.advance_watched(state, arrivals, stream);
        self.fates(&before, arrivals, &moves)
    }

    /// What became of vesicles and cargo in moves that were drawn for a cell that was `before`.
    pub fn fates(&self, before: &CellVesicles, arrivals: &Arrivals, moves: &Moves) -> Fates {
        let mut fates = Fates::default();
        let cargo = [&before.cargo_surface, &before.cargo_inside, &arrivals.cargo];
        for ((count, split), (cargo, survival)) in moves.groups().iter().zip(cargo.iter().zip(&self.survival))
        {
            fates.unbound += split.unbound;
            fates.recycled += split.recycled;
            fates.degraded += split.degraded;
            fates.escaped += split.escaped;
            for m in 0..self.species {
                if *count > 0 && cargo[m] > 0.0 {
                    split.spend(cargo[m] / *count as f64, survival, m, &mut fates);
                }
            }
        }
        fates
    }

    /// As [`UptakeStep::advance`], but what it gives is the moves that were drawn.
    pub fn advance_watched(
        &self,
        state: &mut CellVesicles,
        arrivals: &Arrivals,
        stream: &mut Stream,
    ) -> Moves {
        let counts = [state.surface as u64, state.inside as u64, arrivals.count];
        let moves = self.draw(counts, &mut Spare::default(), stream);
        [state.surface, state.inside] = moves.held().map(|n| n as f64);
        if self.species > 0 {
            self.carry(state, &arrivals.cargo, &moves);
        }
        moves
    }

    /// The moves of these numbers of vesicles on the surface, inside and arriving, without regard to what they carry.
    #[inline]
    pub fn draw(&self, counts: [u64; GROUPS], spare: &mut Spare, stream: &mut Stream) -> Moves {
        let mut moves = Moves::default();
        for (group, count) in counts.into_iter().enumerate() {
            if count > 0 {
                let odds = &self.odds[group];
                let moving = spare.binomial(count, &odds.moves, stream);
                moves.note(group, count, Split::draw((count, moving), odds, group == INSIDE, stream));
            }
        }
        moves
    }

    /// Moves what the vesicles carried together with those that stayed in the cell. Each of a group carried the same.
    ///
    /// Where [`Moves::all_stay`] and nothing arrives it multiplies what vesicles carry and what is in the cytosol by
    /// [`CargoDecay::kept`].
    pub fn carry(&self, state: &mut CellVesicles, arriving: &[f64; MAX_CARGO], moves: &Moves) {
        self.rest(&mut state.cytosol);
        let (mut surface, mut inside) = ([0.0; MAX_CARGO], [0.0; MAX_CARGO]);
        let cargo = [&state.cargo_surface, &state.cargo_inside, arriving];
        for ((&(count, split), cargo), survival) in moves.groups().iter().zip(cargo).zip(&self.survival) {
            let add = |to: &mut [f64; MAX_CARGO], vesicles: u64, survival: &[f64; MAX_CARGO]| {
                // Most ways are not taken by any, and most often all stay.
                if vesicles > 0 {
                    let share = if vesicles == count { 1.0 } else { vesicles as f64 / count as f64 };
                    for m in 0..MAX_CARGO {
                        to[m] += cargo[m] * share * survival[m];
                    }
                }
            };
            add(&mut surface, split.surface, &survival.surface);
            add(&mut inside, split.inside, &survival.inside);
            add(&mut state.cytosol, split.escaped, &survival.cytosol);
        }
        state.cargo_surface = surface;
        state.cargo_inside = inside;
    }

    /// What is in the cytosol decays.
    fn rest(&self, cytosol: &mut [f64; MAX_CARGO]) {
        for (copies, kept) in cytosol.iter_mut().zip(&self.cytosol_kept) {
            *copies *= kept;
        }
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
    /// Where those go that move of so many; the others stay where their group is.
    #[inline]
    fn draw((count, moving): (u64, u64), odds: &Odds, from_inside: bool, stream: &mut Stream) -> Self {
        let stay = count - moving;
        let mut split = Self::default();
        if moving > 0 {
            let [into, unbound, degraded, recycled, escaped] = stream.shared(moving, &odds.ways);
            split = Self { surface: 0, unbound, inside: into, recycled, degraded, escaped };
        }
        if from_inside {
            split.inside = stay;
        } else {
            split.surface = stay;
        }
        split
    }

    /// Books what became of cargo `m`, of which each vesicle carried `each`.
    fn spend(&self, each: f64, s: &Survival, m: usize, fates: &mut Fates) {
        let part = |vesicles: u64, survival: f64| each * vesicles as f64 * survival;
        let surface = part(self.surface, s.surface[m]);
        let inside = part(self.inside, s.inside[m]);
        let returned = part(self.unbound, s.unbound[m]) + part(self.recycled, s.left[m]);
        let degraded = part(self.degraded, s.left[m]);
        let delivered = part(self.escaped, s.left[m]);
        fates.cargo_returned[m] += returned;
        fates.cargo_degraded[m] += degraded;
        fates.cargo_delivered[m] += delivered;
        let all = self.surface + self.inside + self.unbound + self.recycled + self.degraded + self.escaped;
        fates.cargo_decayed[m] += each * all as f64 - surface - inside - returned - degraded - delivered;
    }
}
