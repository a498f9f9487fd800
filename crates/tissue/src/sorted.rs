//! What the tissue's own vesicles carry of what their parent cells hold (S018, S021).
//!
//! A vesicle loads when it buds into a body: its room (lumen or membrane) × the cell's content × an enrichment, which rules set by
//! the state of the cell at that time. Bodies keep what they hold until they fuse, so each cell carries the mean loading of the
//! vesicles in its bodies; given the linear chain, how many of those that fuse budded before the step is known exactly
//! ([`exoderm_vesicle::biogenesis::Propagator::older`]). Within a step loading is that of its start.
//!
//! Outside, the copies of a species are a density that rides on that of the vesicles, by size: it takes the same steps with the
//! same coefficients, so that their ratio is the mean copies of a vesicle in a voxel; what decays in vesicles is taken out by half
//! before the step and by half after it. Cells bind whole vesicles as ever, and draw their copies with that mean: Poisson, or
//! zero-inflated for RNA and DNA. (Vesicles of one voxel and size from parents that differ add to the variance of a Poisson draw;
//! that part is left out.) Draws have streams of their own: what vesicles do keeps every bit. What comes out of cells again goes
//! back with its copies. A species' balance closes in copies; the difference of drawn and expected copies is a line of it.

use crate::balance::{Flows, Line, Sheet, close_copies};
use crate::observe::SortedRow;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::rules::Table;
use crate::sense::Sense;
use crate::state::State;
use crate::vesicles::ride;
use crate::work::VesicleWork;
use exoderm_model::scenario::{CargoId, CellType, Content, PopulationId, Scenario};
use exoderm_numeric::random::Seed;
use exoderm_numeric::reduce::sum;
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::biogenesis::Older;
use exoderm_vesicle::cargo::{Class, MAX_CARGO, ageing_factor, draw_copies, mean_square_copies};
use exoderm_vesicle::size::SizeDistribution;
use exoderm_vesicle::uptake::{Arrivals, Fates};
use serde::{Deserialize, Serialize};

/// The species that cells sort, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedPlan {
    /// The tissue's own population.
    pub population: PopulationId,
    /// Species, in the scenario's order.
    pub species: Vec<Species>,
}

/// A species that cells sort.
#[derive(Clone, Debug, PartialEq)]
pub struct Species {
    /// Which.
    pub cargo: CargoId,
    /// Its place among [`Plan::acting_cargo`].
    pub slot: usize,
    class: Class,
    when_loaded: f64,
    /// Room in a vesicle of each size (um³ of lumen or um² of membrane), and on average over the population.
    room: [f64; NODES],
    mean_room: f64,
    /// Share of the population of each size.
    weight: [f64; NODES],
    decay: f64,
}

/// How a cell type sorts a species.
#[derive(Clone, Debug)]
pub struct Sorting {
    /// Species.
    pub cargo: CargoId,
    /// Content (copies/um³ or copies/um²); 0 where the type states none.
    pub content: f64,
    /// Enrichment, as rules set it.
    pub enrichment: Table,
}

/// What was sorted so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SortedState {
    /// Flows of each species (copies).
    pub flows: Vec<Flows>,
    /// Vesicles released, by cell type.
    pub vesicles: Vec<f64>,
    /// Copies in them, by species × cell type.
    pub copies: Vec<f64>,
}

impl SortedPlan {
    /// Of a scenario whose cells state contents.
    ///
    /// # Errors
    /// When the population's sizes are impossible, or more species are followed than a cell has places for.
    pub fn of(s: &Scenario, acting: &[CargoId]) -> Result<Option<Self>, VesicleError> {
        let sorted = s.sorted_cargo();
        let Some(population) = s.vesicles.iter().position(|v| v.endogenous).filter(|_| !sorted.is_empty())
        else {
            return Ok(None);
        };
        if acting.len() > MAX_CARGO {
            return Err(VesicleError::TooMany {
                what: "cargo species",
                count: acting.len(),
                limit: MAX_CARGO,
            });
        }
        let own = &s.vesicles[population];
        let nodes = SizeDistribution::new(own.median_diameter, own.ln_sigma)?.nodes(NODES)?;
        let species = sorted.into_iter().filter_map(|cargo| {
            let slot = acting.iter().position(|c| *c == cargo)?;
            let c = &s.cargo[cargo.0];
            let class = Class::from(c.class);
            let (mut room, mut weight) = ([0.0; NODES], [0.0; NODES]);
            for (k, node) in nodes.iter().enumerate() {
                room[k] = class.room(node.diameter_nm);
                weight[k] = node.weight;
            }
            let when_loaded =
                own.copies_when_loaded.iter().find(|(k, _)| *k == cargo).map_or(1.0, |(_, x)| *x);
            let mean_room = (0..NODES).map(|k| weight[k] * room[k]).sum();
            Some(Species { cargo, slot, class, when_loaded, room, mean_room, weight, decay: c.decay_inside })
        });
        Ok(Some(Self { population: PopulationId(population), species: species.collect() }))
    }

    /// How a cell type sorts each species; `table` makes the table of an enrichment with this base.
    pub(crate) fn of_type(&self, cell: &CellType, table: impl Fn(CargoId, f64) -> Table) -> Vec<Sorting> {
        self.species
            .iter()
            .map(|species| {
                let own = cell.sorted.iter().find(|x| x.cargo == species.cargo);
                let content = own.map_or(0.0, |x| match x.content {
                    Content::Cytosol(c) | Content::Membrane(c) => c,
                    Content::PerVesicle(copies) => copies / species.mean_room,
                });
                let enrichment = table(species.cargo, own.map_or(1.0, |x| x.enrichment));
                Sorting { cargo: species.cargo, content, enrichment }
            })
            .collect()
    }

    /// Of a population, by index, if it is the one.
    fn is(&self, p: usize) -> bool {
        self.population.0 == p
    }
}

/// The plan, if population `p` is the one whose cargo is followed.
pub(crate) fn follows(plan: &Plan, p: usize) -> Option<&SortedPlan> {
    plan.sorted.as_ref().filter(|x| x.is(p))
}

impl SortedState {
    pub(crate) fn new(plan: &Plan) -> Self {
        let Some(x) = &plan.sorted else { return Self::default() };
        let (species, types) = (x.species.len(), plan.types.len());
        Self {
            flows: vec![Flows::default(); species],
            vesicles: vec![0.0; types],
            copies: vec![0.0; species * types],
        }
    }
}

/// Index of a species' density among what rides on the vesicles, and among the fields.
fn rider(plan: &Plan, m: usize, k: usize) -> usize {
    (plan.senders.as_ref().map_or(0, |x| x.donors.len()) + m) * NODES + k
}

fn field(plan: &Plan, m: usize, k: usize) -> usize {
    plan.populations.len() * NODES + rider(plan, m, k)
}

/// Loading per room of what buds in a cell now, by species.
pub(crate) fn loading(plan: &Plan, sense: &Sense<'_>, kind: usize) -> [f64; MAX_CARGO] {
    let mut out = [0.0; MAX_CARGO];
    for (x, sorting) in out.iter_mut().zip(&plan.types[kind].sorting) {
        let table = &sorting.enrichment;
        *x = sorting.content
            * if table.is_constant() { table.base } else { table.value(sense, plan.potency).full };
    }
    out
}

/// Bodies of a cell that has long been what it is.
pub(crate) fn rest(plan: &Plan, s: &mut State, i: usize) {
    let kind = usize::from(s.cells.kind[i].0);
    for (m, sorting) in plan.types[kind].sorting.iter().enumerate() {
        let column = s.columns.sorting[m];
        s.cells.extra_mut(column)[i] = sorting.content * sorting.enrichment.base;
    }
}

/// Books what a cell released: `count` vesicles, of which those that budded before the step have the loading of its bodies, the
/// others that of `now`.
pub(crate) fn released(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (i, kind, voxel): (usize, usize, usize),
    count: u64,
    older: Older,
    now: &[f64; MAX_CARGO],
) {
    let Some(x) = &plan.sorted else { return };
    let (count, volume) = (count as f64, s.grid.volume());
    s.sorted.vesicles[kind] += count;
    for (m, species) in x.species.iter().enumerate() {
        let held = &mut s.cells.extra_mut(s.columns.sorting[m])[i];
        let loading = older.released * *held + (1.0 - older.released) * now[m];
        *held = older.kept * *held + (1.0 - older.kept) * now[m];
        if count == 0.0 || loading == 0.0 {
            continue;
        }
        let copies = count * species.mean_room * loading;
        s.sorted.copies[m * plan.types.len() + kind] += copies;
        s.sorted.flows[m].add(Line::Secreted, copies);
        for k in 0..NODES {
            work.donated[rider(plan, m, k)][voxel] +=
                count * species.weight[k] * species.room[k] * loading / volume;
        }
    }
}

/// Decay over `dt` of what rides in vesicles outside cells.
pub(crate) fn age(plan: &Plan, s: &mut State, p: usize, dt: f64) {
    let Some(x) = follows(plan, p) else { return };
    let volume = s.grid.volume();
    for (m, species) in x.species.iter().enumerate().filter(|(_, c)| c.decay > 0.0) {
        let kept = ageing_factor(species.decay, dt);
        let mut gone = 0.0;
        for k in 0..NODES {
            let f = field(plan, m, k);
            for density in [&mut s.free[f], &mut s.bound[f]] {
                gone += (1.0 - kept) * sum(density) * volume;
                density.iter_mut().for_each(|c| *c *= kept);
            }
        }
        s.sorted.flows[m].add(Line::Decayed, gone);
    }
}

/// Moves what rides on population `p`, node `k`, as the vesicles have just been moved.
pub(crate) fn transport(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    (p, k): (usize, usize),
    steps: (f64, f64),
) {
    let Some(x) = follows(plan, p) else { return };
    for m in 0..x.species.len() {
        let mut flows = std::mem::take(&mut s.sorted.flows[m]);
        ride(plan, s, work, (p, k), rider(plan, m, k), steps, Some(&mut flows));
        s.sorted.flows[m] = flows;
    }
}

/// The copies in the vesicles that bound to cell `i`, `(count, size node)`, by the mean of those in its block of voxels.
pub(crate) fn arrivals(
    plan: &Plan,
    x: &SortedPlan,
    s: &State,
    work: &VesicleWork,
    i: usize,
    bound: &[(u64, usize); NODES],
    seed: Seed,
) -> Arrivals {
    let mut out = Arrivals { count: bound.iter().map(|b| b.0).sum(), ..Arrivals::default() };
    if out.count == 0 {
        return out;
    }
    let over = |field: &[f64]| work.block.iter().map(|&v| field[v as usize]).sum::<f64>();
    let whole: [f64; NODES] = std::array::from_fn(|k| over(&work.taken[k]));
    let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::SORTED);
    for (m, species) in x.species.iter().enumerate() {
        let mut copies = 0;
        for &(count, k) in bound {
            if count > 0 && whole[k] > 0.0 {
                let mean = over(&work.drawn[rider(plan, m, k)]) / whole[k];
                copies += draw_copies(count, mean, species.class, species.when_loaded, &mut stream);
            }
        }
        out.cargo[species.slot] = copies as f64;
    }
    out
}

/// Books what became of a cell's copies in a step, and gives what came out again back to its block of voxels.
pub(crate) fn settled(plan: &Plan, x: &SortedPlan, s: &mut State, block: &[u32], fates: &Fates) {
    let share = 1.0 / (block.len().max(1) as f64 * s.grid.volume());
    for (m, species) in x.species.iter().enumerate() {
        let flows = &mut s.sorted.flows[m];
        for (line, copies) in [
            (Line::DegradedLysosome, fates.cargo_degraded),
            (Line::Escaped, fates.cargo_delivered),
            (Line::Decayed, fates.cargo_decayed),
        ] {
            if copies[species.slot] != 0.0 {
                flows.add(line, copies[species.slot]);
            }
        }
        let back = fates.cargo_returned[species.slot] / species.mean_room;
        if back > 0.0 {
            for k in 0..NODES {
                let amount = back * species.weight[k] * species.room[k] * share;
                let f = field(plan, m, k);
                for &v in block {
                    s.free[f][v as usize] += amount;
                }
            }
        }
    }
}

/// Books `drawn` copies (by slot) that cells took up in a step of `dt`, less what the densities gave up to them.
pub(crate) fn sampled(
    plan: &Plan,
    x: &SortedPlan,
    s: &mut State,
    work: &VesicleWork,
    drawn: &[f64; MAX_CARGO],
    dt: f64,
) {
    let unit = dt * s.grid.volume();
    for (m, species) in x.species.iter().enumerate() {
        let (mut expected, mut variance) = (0.0, 0.0);
        for k in 0..NODES {
            let copies = &work.drawn[rider(plan, m, k)];
            for ((&sink, &vesicles), &copies) in work.uptake[k].iter().zip(&work.taken[k]).zip(copies) {
                if sink > 0.0 && vesicles > 0.0 && copies > 0.0 {
                    expected += sink * copies;
                    let square = mean_square_copies(copies / vesicles, species.class, species.when_loaded);
                    variance += sink * vesicles * square;
                }
            }
        }
        s.sorted.flows[m].add(Line::Sampling, drawn[species.slot] - expected * unit);
        s.sorted.flows[m].add_variance(variance * unit);
    }
}

/// Books and clears what stands in a voxel that is cut out.
pub(crate) fn cut(plan: &Plan, s: &mut State, v: usize, volume: f64) {
    let Some(x) = &plan.sorted else { return };
    for m in 0..x.species.len() {
        for k in 0..NODES {
            let f = field(plan, m, k);
            s.sorted.flows[m].add(Line::WithTissue, (s.free[f][v] + s.bound[f][v]) * volume);
            s.free[f][v] = 0.0;
            s.bound[f][v] = 0.0;
        }
    }
}

/// Books what goes with cells about to be removed.
pub(crate) fn book_removed(plan: &Plan, s: &mut State, removed: &[usize]) {
    let Some(x) = &plan.sorted else { return };
    for (m, species) in x.species.iter().enumerate() {
        let [on, within, _] = s.columns.cargo[x.population.0][species.slot];
        let gone: f64 = removed.iter().map(|&i| s.cells.extra(on)[i] + s.cells.extra(within)[i]).sum();
        s.sorted.flows[m].add(Line::WithCells, gone);
    }
}

/// The balance sheet of each species, in copies.
pub(crate) fn sheets(plan: &Plan, s: &State) -> Vec<Sheet> {
    let Some(x) = &plan.sorted else { return Vec::new() };
    let volume = s.grid.volume();
    x.species
        .iter()
        .enumerate()
        .map(|(m, species)| {
            let outside = |fields: &[Vec<f64>]| -> f64 {
                (0..NODES).map(|k| sum(&fields[field(plan, m, k)])).sum::<f64>() * volume
            };
            let [on, within, _] = s.columns.cargo[x.population.0][species.slot];
            let cells = [on, within].map(|c| s.cells.extra(c).iter().sum());
            let name = &plan.scenario.cargo[species.cargo.0].name;
            let of = &plan.scenario.vesicles[x.population.0].name;
            close_copies(
                format!("{name} in {of} (copies)"),
                &s.sorted.flows[m],
                [outside(&s.free), outside(&s.bound)],
                cells,
            )
        })
        .collect()
}

/// What stands in the series.
pub(crate) fn row(plan: &Plan, s: &State) -> SortedRow {
    let Some(x) = &plan.sorted else { return SortedRow::default() };
    let types = plan.types.len();
    let mut cells = vec![0.0; types];
    let mut cytosol = vec![0.0; x.species.len() * types];
    for i in (0..s.cells.len()).filter(|&i| !s.cells.is_doomed(i)) {
        let kind = usize::from(s.cells.kind[i].0);
        cells[kind] += 1.0;
        for (m, species) in x.species.iter().enumerate() {
            let held = s.columns.cargo.iter().filter(|slots| !slots.is_empty());
            let copies: f64 = held.map(|slots| s.cells.extra(slots[species.slot][2])[i]).sum();
            cytosol[m * types + kind] += copies;
        }
    }
    for (k, copies) in cytosol.iter_mut().enumerate() {
        *copies /= f64::max(cells[k % types], 1.0);
    }
    SortedRow { vesicles: s.sorted.vesicles.clone(), copies: s.sorted.copies.clone(), cytosol }
}
