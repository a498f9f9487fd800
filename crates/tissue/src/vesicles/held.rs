//! What cells hold of a population: vesicles on the surface and inside, and their cargo in the columns of the store.

use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::{Columns, State};
use crate::work::VesicleWork;
use exoderm_cell::Column;
use exoderm_cell::lent::Part;
use exoderm_numeric::random::{Seed, Stream};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::cargo::Loadings;
use exoderm_vesicle::uptake::{Arrivals, CellVesicles, Moves};

/// The columns of a population: on the surface, inside, and for each cargo that on the surface, inside and in the cytosol.
pub(super) fn columns(of: &Columns, p: usize) -> Vec<Column> {
    [of.surface[p], of.inside[p]].into_iter().chain(of.cargo[p].iter().flatten().copied()).collect()
}

/// Where among [`columns`] the cargo of a slot is.
pub(super) fn places(slot: usize) -> [usize; 3] {
    [2 + 3 * slot, 3 + 3 * slot, 4 + 3 * slot]
}

/// The `k`-th of [`columns`].
fn column(of: &Columns, p: usize, k: usize) -> Column {
    match k {
        0 => of.surface[p],
        1 => of.inside[p],
        k => of.cargo[p][(k - 2) / 3][(k - 2) % 3],
    }
}

/// The values of [`columns`] for some cells or all, to write.
pub(super) trait Held {
    /// The `k`-th column.
    fn column_mut(&mut self, k: usize) -> &mut [f64];
    /// Index of the first cell.
    fn first(&self) -> usize;
}

impl Held for Part<'_> {
    fn column_mut(&mut self, k: usize) -> &mut [f64] {
        self.column_mut(k)
    }

    fn first(&self) -> usize {
        self.cells().start
    }
}

/// All cells of a tissue and a population.
pub(super) struct Whole<'a>(pub(super) &'a mut State, pub(super) usize);

impl Held for Whole<'_> {
    fn column_mut(&mut self, k: usize) -> &mut [f64] {
        let column = column(&self.0.columns, self.1, k);
        self.0.cells.extra_mut(column)
    }

    fn first(&self) -> usize {
        0
    }
}

/// The values of [`columns`] for the cells from `first` on, to read.
pub(super) struct View<F> {
    pub(super) first: usize,
    pub(super) of: F,
}

/// All cells, to read.
pub(super) fn whole<'a>(s: &'a State, p: usize) -> View<impl Fn(usize) -> &'a [f64]> {
    View { first: 0, of: move |k| s.cells.extra(column(&s.columns, p, k)) }
}

/// What cells hold, column by column.
pub(super) fn read<'a>(
    from: &View<impl Fn(usize) -> &'a [f64]>,
    slots: usize,
    cells: &[u32],
    held: &mut Vec<CellVesicles>,
) {
    // What is not in a column stays 0 once it is.
    held.resize(cells.len(), CellVesicles::default());
    let mut fill = |k, put: fn(&mut CellVesicles, usize, f64), slot| {
        let values = (from.of)(k);
        for (cell, &i) in held.iter_mut().zip(cells) {
            put(cell, slot, values[i as usize - from.first]);
        }
    };
    fill(0, |c, _, x| c.surface = x, 0);
    fill(1, |c, _, x| c.inside = x, 0);
    for slot in 0..slots {
        let [a, b, x] = places(slot);
        fill(a, |c, slot, x| c.cargo_surface[slot] = x, slot);
        fill(b, |c, slot, x| c.cargo_inside[slot] = x, slot);
        fill(x, |c, slot, x| c.cytosol[slot] = x, slot);
    }
}

/// Writes what [`read`] reads.
pub(super) fn write(to: &mut impl Held, slots: usize, cells: &[u32], held: &[CellVesicles]) {
    let first = to.first();
    let mut put = |k, value: fn(&CellVesicles, usize) -> f64, slot| {
        let values = to.column_mut(k);
        for (cell, &i) in held.iter().zip(cells) {
            values[i as usize - first] = value(cell, slot);
        }
    };
    put(0, |c, _| c.surface, 0);
    put(1, |c, _| c.inside, 0);
    for slot in 0..slots {
        let [a, b, x] = places(slot);
        put(a, |c, slot| c.cargo_surface[slot], slot);
        put(b, |c, slot| c.cargo_inside[slot], slot);
        put(x, |c, slot| c.cytosol[slot], slot);
    }
}

fn is_idle(cell: &CellVesicles) -> bool {
    cell.surface == 0.0 && cell.inside == 0.0 && cell.cytosol.iter().all(|&x| x == 0.0)
}

/// Moves a cell's vesicles and those that bound in this step, `(count, size node)`, through its compartments; `None` if it has
/// none. `stream` is that of the cell, the population and the step.
#[expect(clippy::too_many_arguments, reason = "the state, the place and the clock of one cell")]
pub(crate) fn settle(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    p: usize,
    i: usize,
    bound: &[(u64, usize); NODES],
    cargo: &Loadings,
    stream: &mut Stream,
    dt: f64,
) -> Result<Option<Moves>, VesicleError> {
    let one = [i as u32];
    let slots = plan.populations[p].cargo.len();
    let held = &mut work.held;
    held.clear();
    read(&whole(s, p), slots, &one, held);
    let cell = &mut held[0];
    if bound.iter().all(|b| b.0 == 0) && is_idle(cell) {
        return Ok(None);
    }
    let kind = usize::from(s.cells.kind[i].0);
    work.steps.make_room(plan);
    let step = work.steps.of(plan, (p, kind), work.rebinding[i], dt)?;
    let arrivals = Arrivals::draw(bound, cargo, stream);
    let moves = step.advance_watched(cell, &arrivals, stream);
    write(&mut Whole(s, p), slots, &one, held);
    Ok(Some(moves))
}

/// Shares whole vesicles and their cargo out between the cells of a division; `mother` is the id before it.
pub(crate) fn share_at_division(
    plan: &Plan,
    s: &mut State,
    i: usize,
    daughter: usize,
    seed: Seed,
    mother: u64,
) {
    for p in 0..plan.populations.len() {
        if let Some(column) = s.columns.held[p] {
            let held = s.cells.extra(column)[i] as u64;
            let given = seed.stream(mother, s.tick, purpose::HELD + p as u16).binomial(held, 0.5);
            s.cells.extra_mut(column)[i] = (held - given) as f64;
            s.cells.extra_mut(column)[daughter] = given as f64;
        }
        let mut held = Vec::with_capacity(2);
        let slots = plan.populations[p].cargo.len();
        read(&whole(s, p), slots, &[i as u32], &mut held);
        let mut stream = seed.stream(mother, s.tick, purpose::SHARING + p as u16);
        let other = held[0].divide(&mut stream);
        held.push(other);
        write(&mut Whole(s, p), slots, &[i as u32, daughter as u32], &held);
        let [kept, given] = [&held[0], &other].map(|c| [c.surface, c.inside]);
        crate::senders::divide(plan, s, p, (i, daughter), kept, given);
    }
}
