//! Who sent how many vesicles to whom (S035).
//!
//! The tissue's own vesicles are one population, whoever made them: they move, bind and are taken up alike. To tell their
//! donors apart, the population's density is split by the type of the cell that released them. Given the coefficients of a step,
//! transport is linear, so each part takes the same steps with the same coefficients, and the parts add up to the whole. Cells
//! draw whole vesicles from the whole as ever; the part of each donor among them is the expected one, given how many were
//! drawn ([`exoderm_vesicle::uptake::Moves`]). Nothing is drawn that is not drawn anyway: a run in which it is asked who sent
//! to whom has the bits of one in which it is not. It costs the transport of one more population for each type of donor.

use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::state::State;
use crate::vesicles::ride;
use crate::work::VesicleWork;
use exoderm_model::scenario::{CellTypeId, Event, PopulationId, Resolution, Scenario};
use exoderm_vesicle::uptake::{Marked, Moves};
use serde::{Deserialize, Serialize};

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Senders {
    /// The tissue's own population.
    pub population: PopulationId,
    /// Types that make it; `None` stands for what an event released.
    pub donors: Vec<Option<CellTypeId>>,
    /// The other populations, products above all: senders of their own.
    pub others: Vec<PopulationId>,
}

/// How many vesicles went from whom to whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Names of the senders: types of donors, then other populations.
    pub senders: Vec<String>,
    /// Which of them are products.
    pub product: Vec<bool>,
    /// Names of the recipients: all cell types.
    pub recipients: Vec<String>,
    /// Released so far, by sender.
    pub released: Vec<f64>,
    /// Bound less returned so far, by sender × recipient: what was taken up, and what is on the surface.
    pub taken: Vec<Vec<f64>>,
    /// Still free in the tissue or on its matrix, by sender.
    pub present: Vec<f64>,
}

impl Senders {
    /// Of a scenario that asks for it.
    pub fn of(s: &Scenario) -> Option<Self> {
        if !s.recording.communication || s.transport.resolution != Resolution::Field {
            return None;
        }
        let population = PopulationId(s.vesicles.iter().position(|v| v.endogenous).unwrap_or(usize::MAX));
        let mut donors: Vec<Option<CellTypeId>> = (0..s.cells.len())
            .filter(|&k| s.cells[k].biogenesis.as_ref().is_some_and(|b| b.population == population))
            .map(|k| Some(CellTypeId(k)))
            .collect();
        if s.events.iter().any(|e| matches!(e, Event::Release(r) if r.population == population)) {
            donors.push(None);
        }
        let others = (0..s.vesicles.len()).map(PopulationId).filter(|&p| p != population).collect();
        Some(Self { population, donors, others })
    }

    /// Of a population, by index, if it is the followed one.
    fn follow(&self, p: usize) -> bool {
        self.population.0 == p
    }

    /// Donor of a cell type.
    fn donor(&self, kind: usize) -> Option<usize> {
        self.donors.iter().position(|d| *d == Some(CellTypeId(kind)))
    }

    /// Sender of a population that is not followed by donors.
    fn other(&self, p: usize) -> Option<usize> {
        self.others.iter().position(|q| q.0 == p).map(|k| self.donors.len() + k)
    }
}

impl Exchange {
    /// Before anything was sent.
    pub(crate) fn new(plan: &Plan) -> Self {
        let Some(x) = &plan.senders else { return Self::default() };
        let s = &plan.scenario;
        let donor =
            |d: &Option<CellTypeId>| d.map_or("released at once".to_owned(), |c| s.cells[c.0].label.clone());
        let senders: Vec<String> =
            x.donors.iter().map(donor).chain(x.others.iter().map(|p| plan.population_name(p.0))).collect();
        Self {
            released: vec![0.0; senders.len()],
            taken: vec![vec![0.0; s.cells.len()]; senders.len()],
            present: vec![0.0; senders.len()],
            product: x
                .donors
                .iter()
                .map(|_| false)
                .chain(x.others.iter().map(|p| !s.vesicles[p.0].endogenous))
                .collect(),
            senders,
            recipients: s.cells.iter().map(|c| c.label.clone()).collect(),
        }
    }

    /// Taken up in all, by sender.
    pub fn sent(&self) -> Vec<f64> {
        self.taken.iter().map(|row| row.iter().sum()).collect()
    }

    /// Taken up in all, by recipient.
    pub fn received(&self) -> Vec<f64> {
        (0..self.recipients.len()).map(|r| self.taken.iter().map(|row| row[r]).sum()).collect()
    }
}

/// Index of a donor's field.
fn field(plan: &Plan, donor: usize, k: usize) -> usize {
    (plan.populations.len() + donor) * NODES + k
}

/// Number of fields of vesicles, donors' parts and cargo included.
pub(crate) fn fields(plan: &Plan) -> usize {
    let donors = plan.senders.as_ref().map_or(0, |x| x.donors.len());
    let cargo = plan.sorted.as_ref().map_or(0, |x| x.species.len());
    (plan.populations.len() + donors + cargo) * NODES
}

/// Books what a cell of a type released.
pub(crate) fn released(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (p, kind): (usize, usize),
    voxel: usize,
    count: u64,
) {
    let Some(x) = plan.senders.as_ref().filter(|x| x.follow(p)) else { return };
    let Some(d) = x.donor(kind) else { return };
    s.exchange.released[d] += count as f64;
    let density = count as f64 / s.grid.volume();
    for (k, node) in plan.populations[p].nodes.iter().enumerate() {
        work.donated[d * NODES + k][voxel] += density * node.weight;
    }
}

/// What is in the tissue and belongs to no donor yet was put there by an event.
pub(crate) fn injected(plan: &Plan, s: &mut State) {
    let Some(x) = &plan.senders else { return };
    let Some(event) = x.donors.iter().position(Option::is_none) else { return };
    let mut gained = 0.0;
    for k in 0..NODES {
        for v in 0..s.grid.len() {
            let known: f64 = (0..x.donors.len()).map(|d| s.free[field(plan, d, k)][v]).sum();
            let new = (s.free[x.population.0 * NODES + k][v] - known).max(0.0);
            s.free[field(plan, event, k)][v] += new;
            gained += new;
        }
    }
    s.exchange.released[event] += gained * s.grid.volume();
}

/// Where tissue was cut out, the donors' parts go as the whole did.
pub(crate) fn cut(plan: &Plan, s: &mut State) {
    let Some(x) = &plan.senders else { return };
    for k in 0..NODES {
        let whole = x.population.0 * NODES + k;
        for d in 0..x.donors.len() {
            let f = field(plan, d, k);
            for v in 0..s.grid.len() {
                if s.free[whole][v] == 0.0 {
                    s.free[f][v] = 0.0;
                }
                if s.bound[whole][v] == 0.0 {
                    s.bound[f][v] = 0.0;
                }
            }
        }
    }
}

/// The step along z, the matrix and the steps along x and y of the donors' parts of population `p`, node `k`, with the
/// coefficients that the whole has just been moved with; `dt` is the part of the step `step` that is taken.
pub(crate) fn transport(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (p, k): (usize, usize),
    (dt, step): (f64, f64),
) {
    let Some(x) = plan.senders.as_ref().filter(|x| x.follow(p)) else { return };
    for d in 0..x.donors.len() {
        // Where the parts leave is known from the whole.
        ride(plan, s, work, (p, k), d * NODES + k, (dt, step), None);
    }
}

/// Books what a cell took up in a step: `bound` vesicles by node from the voxels of its block, of which `back` came out again.
pub(crate) fn taken(
    plan: &Plan,
    s: &mut State,
    work: &VesicleWork,
    (p, i): (usize, usize),
    bound: &[(u64, usize); NODES],
    moves: &Moves,
    back: f64,
) {
    let Some(x) = &plan.senders else { return };
    let kind = usize::from(s.cells.kind[i].0);
    if let Some(row) = x.other(p) {
        let count: u64 = bound.iter().map(|(n, _)| n).sum();
        s.exchange.taken[row][kind] += count as f64 - back;
        return;
    }
    if !x.follow(p) {
        return;
    }
    let part = 1.0 / work.block.len() as f64;
    let whole: [f64; NODES] =
        std::array::from_fn(|k| work.block.iter().map(|&v| work.taken[k][v as usize]).sum());
    for d in 0..x.donors.len() {
        let mut arriving = 0.0;
        for &(n, k) in bound {
            if n > 0 && whole[k] > 0.0 {
                let here: f64 = work.block.iter().map(|&v| work.drawn[d * NODES + k][v as usize]).sum();
                arriving += n as f64 * here / whole[k];
            }
        }
        let [surface, inside] = s.columns.donors[d];
        let mut marked = Marked { surface: s.cells.extra(surface)[i], inside: s.cells.extra(inside)[i] };
        let back = moves.carry(&mut marked, arriving);
        s.cells.extra_mut(surface)[i] = marked.surface;
        s.cells.extra_mut(inside)[i] = marked.inside;
        s.exchange.taken[d][kind] += arriving - back;
        if back > 0.0 {
            for (k, node) in plan.populations[p].nodes.iter().enumerate() {
                for &v in &work.block {
                    s.free[field(plan, d, k)][v as usize] += back * node.weight * part / s.grid.volume();
                }
            }
        }
    }
}

/// Donors' parts go with the whole vesicles at a division: `kept` and `given` on the surface and inside.
pub(crate) fn divide(
    plan: &Plan,
    s: &mut State,
    p: usize,
    (i, daughter): (usize, usize),
    kept: [f64; 2],
    given: [f64; 2],
) {
    if !plan.senders.as_ref().is_some_and(|x| x.follow(p)) {
        return;
    }
    for columns in s.columns.donors.clone() {
        for (place, column) in columns.into_iter().enumerate() {
            let all = kept[place] + given[place];
            let mine = s.cells.extra(column)[i];
            let gone = if all > 0.0 { mine * given[place] / all } else { 0.0 };
            let column = s.cells.extra_mut(column);
            column[i] = mine - gone;
            column[daughter] = gone;
        }
    }
}

/// The exchange so far, with what is still on its way.
pub(crate) fn exchange(plan: &Plan, s: &State) -> Option<Exchange> {
    let x = plan.senders.as_ref()?;
    let volume = s.grid.volume();
    let sum = |f: usize| {
        volume * (exoderm_numeric::reduce::sum(&s.free[f]) + exoderm_numeric::reduce::sum(&s.bound[f]))
    };
    let mut out = s.exchange.clone();
    for d in 0..x.donors.len() {
        out.present[d] = (0..NODES).map(|k| sum(field(plan, d, k))).sum();
    }
    for (q, p) in x.others.iter().enumerate() {
        let row = x.donors.len() + q;
        out.present[row] = (0..NODES).map(|k| sum(p.0 * NODES + k)).sum();
        let stock = crate::vesicles::stock(plan, s, p.0);
        let f = &s.flows[p.0];
        out.released[row] = f.get(Line::Secreted) + f.get(Line::Loaded) + f.get(Line::Injected)
            - stock.gel
            - f.get(Line::DegradedGel)
            - f.get(Line::WithDressing);
    }
    Some(out)
}
