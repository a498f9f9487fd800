//! A payload that rides on vesicles, is let go on the way or in cells, and then goes its own way.
//!
//! Three copies of the same compartments: the vesicles, the payload in them, and the payload set free, which has kinetics of
//! its own. What rides moves as its vesicles do (saturation by vesicles included) and is lost with them where lysosomes degrade
//! them; a first-order release moves it to the free copy of the compartment it is in, or, in cells that captured the vesicle, to
//! a pool that stays in these cells. Amounts of payload are per vesicle loaded with 1; since the equations are linear in the
//! payload, a mode or a load only multiplies them ([`Mode`]).

use crate::compartments::{CENTRAL, COMPARTMENTS, GONE, Kinetics, MACROPHAGES, OTHER_CELLS, Route, dose};
use crate::network::{Link, Network, Rate, run};
use crate::organs::{self, Shares};

/// Where riding and free payload begin.
const RIDING: usize = COMPARTMENTS;
const FREE: usize = 2 * COMPARTMENTS;
/// Let go in cells that captured the vesicle: macrophages, others.
const LET_GO: usize = 3 * COMPARTMENTS;
/// All compartments together.
const ALL: usize = LET_GO + 2;

/// What the vesicles are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They carry a payload and do nothing themselves.
    Carrier,
    /// They act themselves and carry nothing.
    Active,
    /// Both.
    Combined,
}

impl Mode {
    /// Payload in a vesicle, of what it was loaded with.
    pub fn payload(self, loaded: f64) -> f64 {
        match self {
            Self::Carrier | Self::Combined => loaded,
            Self::Active => 0.0,
        }
    }

    /// The vesicles' own surface acts.
    pub fn acts(self) -> bool {
        self != Self::Carrier
    }
}

/// Where vesicles and payload are at the end, and their areas under the curve, for one compartment each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carried {
    /// Vesicles.
    pub vesicles: [f64; COMPARTMENTS],
    /// Payload riding on them.
    pub riding: [f64; COMPARTMENTS],
    /// Payload set free.
    pub free: [f64; COMPARTMENTS],
    /// Payload let go in macrophages and in other cells that captured its vesicle.
    pub let_go: [f64; 2],
    /// Area under the curve of the vesicles (amount · min).
    pub vesicles_area: [f64; COMPARTMENTS],
    /// Of the riding payload.
    pub riding_area: [f64; COMPARTMENTS],
    /// Of the free payload.
    pub free_area: [f64; COMPARTMENTS],
    /// Of the payload let go in cells.
    pub let_go_area: [f64; 2],
    /// Payload that went in.
    pub loaded: f64,
}

impl Carried {
    /// |payload in − payload everywhere| / payload in.
    pub fn imbalance(&self) -> f64 {
        let there: f64 = self.riding.iter().chain(&self.free).chain(&self.let_go).sum();
        if self.loaded > 0.0 { (self.loaded - there).abs() / self.loaded } else { there.abs() }
    }
}

/// A bolus of loaded vesicles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bolus {
    /// Vesicles.
    pub amount: f64,
    /// Payload on each.
    pub per_vesicle: f64,
    /// Release of payload from a vesicle (1/min).
    pub release: f64,
    /// Time followed (min).
    pub horizon: f64,
    /// Tolerance of the solver.
    pub relative: f64,
}

/// Runs a bolus.
pub fn bolus(vesicle: &Kinetics, drug: &Kinetics, given: &Bolus) -> Carried {
    let Bolus { amount, per_vesicle, release, horizon, relative } = *given;
    let moved = |links: Vec<Link>, by: usize, driven_by: usize| {
        links.into_iter().map(move |l| Link {
            from: l.from + by,
            to: l.to + by,
            rate: match l.rate {
                Rate::Saturable { most, half, driver } => {
                    Rate::Saturable { most, half, driver: driver + driven_by }
                }
                rate @ Rate::Linear(_) => rate,
            },
        })
    };
    let mut links = vesicle.links();
    links.extend(moved(vesicle.links(), RIDING, 0));
    links.extend(moved(drug.links(), FREE, FREE));
    for c in (0..COMPARTMENTS).filter(|c| *c != GONE) {
        let to = match c {
            MACROPHAGES => LET_GO,
            OTHER_CELLS => LET_GO + 1,
            _ => FREE + c,
        };
        links.push(Link::linear(RIDING + c, to, release));
    }
    links.extend([0, 1].map(|i| Link::linear(LET_GO + i, FREE + GONE, drug.degradation)));
    let mut start = [0.0; ALL];
    start[CENTRAL] = amount;
    start[RIDING + CENTRAL] = amount;
    let network = Network { links, inflow: [0.0; ALL] };
    let course = run(&network, start, &[(horizon, [0.0; ALL])], relative);
    let (last, areas) = (course.last(), course.areas());
    Carried {
        vesicles: part(&last, 0, 1.0),
        riding: part(&last, RIDING, per_vesicle),
        free: part(&last, FREE, per_vesicle),
        let_go: part(&last, LET_GO, per_vesicle),
        vesicles_area: part(&areas, 0, 1.0),
        riding_area: part(&areas, RIDING, per_vesicle),
        free_area: part(&areas, FREE, per_vesicle),
        let_go_area: part(&areas, LET_GO, per_vesicle),
        loaded: amount * per_vesicle,
    }
}

fn part<const N: usize>(all: &[f64; ALL], begin: usize, times: f64) -> [f64; N] {
    std::array::from_fn(|i| all[begin + i] * times)
}

/// What a carrier is compared on: a target organ and all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Index {
    /// Area under the curve of the payload in the target over that in all other organs, given on the carrier.
    pub carried: f64,
    /// The same of the drug given by itself.
    pub free: f64,
}

impl Index {
    /// Therapeutic index of the carrier relative to the free drug: 1 where the carrier changes nothing.
    pub fn ratio(&self) -> f64 {
        self.carried / self.free
    }
}

/// Kinetics of a substance and the organs' shares of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Substance {
    /// Kinetics.
    pub kinetics: Kinetics,
    /// Shares, in the order of the organs.
    pub organs: Vec<Shares>,
}

/// Areas under the curve in target and in all other organs, for a payload on vesicles and for the drug alone. Payload counts
/// whether it rides or is free. `factor` is the ligand's.
pub fn index(vesicle: &Substance, drug: &Substance, target: usize, factor: f64, given: &Bolus) -> Index {
    let (kinetics, shares) = organs::targeted(&vesicle.kinetics, &vesicle.organs, target, factor);
    let carried = bolus(&kinetics, &drug.kinetics, given);
    let alone = dose(&drug.kinetics, given.amount, &Route::Bolus, given.horizon, given.relative).areas();
    let ratio = |of: &dyn Fn(usize) -> f64| {
        let off: f64 = (0..shares.len()).filter(|o| *o != target).map(of).sum();
        of(target) / off
    };
    Index {
        carried: ratio(&|o| {
            // What was let go in a cell is where its vesicle was.
            let mut where_vesicles_are = carried.riding_area;
            where_vesicles_are[MACROPHAGES] += carried.let_go_area[0];
            where_vesicles_are[OTHER_CELLS] += carried.let_go_area[1];
            organs::amount(&shares[o], &where_vesicles_are)
                + organs::amount(&drug.organs[o], &carried.free_area)
        }),
        free: ratio(&|o| organs::amount(&drug.organs[o], &alone)),
    }
}
