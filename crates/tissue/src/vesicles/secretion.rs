//! Release by cells.

use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::rules::Table;
use crate::senders;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_numeric::random::Seed;
use exoderm_numeric::streams::MANY;
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::biogenesis::{Bursts, ChainParameters, ChainState, Modifiers, freed_of_held};

/// Release by cells: the endosomal chain's mean, drawn as bursts of whole vesicles.
pub(super) fn secrete(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    for source in &mut work.source {
        source.fill(0.0);
    }
    for donated in &mut work.donated {
        donated.fill(0.0);
    }
    work.released.clear();
    work.propagators.resize(plan.chains.len(), None);
    let inverse = 1.0 / (s.grid.volume() * dt);
    let_go(plan, s, work, inverse);
    let chains = plan.chains.iter().any(Option::is_some);
    let of_type =
        |chain: &Option<(_, ChainParameters)>| Bursts::new(chain.as_ref().map_or(1.0, |c| c.1.dispersion));
    let mut bursts: Vec<Bursts> = plan.chains.iter().map(of_type).collect();
    for i in 0..if chains { s.cells.len() } else { 0 } {
        if i % MANY == 0 {
            let ids = &s.cells.id[i..(i + MANY).min(s.cells.len())];
            work.streams.open(seed, ids.iter().copied(), s.tick, purpose::RELEASE);
        }
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let Some((population, chain)) = &plan.chains[kind] else { continue };
        let voxel = work.voxel[i] as usize;
        let sense = crate::sense::Sense { plan, state: s, cell: i, voxel, edge: 0.0, time };
        let value = |table: &Table| {
            if table.is_constant() { table.base } else { table.value(&sense, plan.potency).full }
        };
        let table = &plan.types[kind].release;
        // The chain releases at its own rate; rules tell by what it is multiplied.
        let factor = if table.is_constant() || table.base <= 0.0 { 1.0 } else { value(table) / table.base };
        let activities = plan.types[kind].activities.each_ref().map(value);
        let sorting = crate::sorted::follows(plan, population.0).is_some();
        let loading = sorting.then(|| crate::sorted::loading(plan, &sense, kind));
        // Cells of a type mostly share their activities: the step is prepared anew where they differ from the last cell's.
        let propagator = match &mut work.propagators[kind] {
            Some((of, step)) if *of == activities => step,
            slot => {
                let step = chain.propagator(dt, &Modifiers::of_activities(activities));
                &mut slot.insert((activities, step)).1
            }
        };
        let [e, m, l0, l1] = s.columns.chain;
        let mut state = ChainState {
            early: s.cells.extra(e)[i],
            bodies: s.cells.extra(m)[i],
            vesicles: [s.cells.extra(l0)[i], s.cells.extra(l1)[i]],
        };
        let before = state;
        let out = propagator.advance(&mut state, factor);
        let older = loading.map(|_| propagator.older(&before, &state, &out));
        s.cells.extra_mut(e)[i] = state.early;
        s.cells.extra_mut(m)[i] = state.bodies;
        s.cells.extra_mut(l0)[i] = state.vesicles[0];
        s.cells.extra_mut(l1)[i] = state.vesicles[1];
        let mut stream = work.streams.get(i % MANY);
        let fused = bursts[kind].draw(out.released, &mut stream);
        let p = population.0;
        let count = match s.columns.held[p] {
            Some(column) => {
                let held = s.cells.extra(column)[i] as u64;
                let freed = freed_of_held(held, fused, plan.types[kind].hold, dt, &mut stream);
                s.cells.extra_mut(column)[i] = (held + fused - freed) as f64;
                freed
            }
            None => fused,
        };
        if fused > 0 {
            s.flows[p].add(Line::Secreted, fused as f64);
        }
        set_free(plan, work, (i, voxel), p, count, inverse);
        senders::released(plan, s, work, (p, kind), voxel, count);
        if let Some((older, loading)) = older.zip(loading) {
            crate::sorted::released(plan, s, work, (i, kind, voxel), count, older, &loading);
        }
    }
    Ok(())
}

/// What a cell holds of a population that it makes no longer, since it changed its type, is free at once.
fn let_go(plan: &Plan, s: &mut State, work: &mut VesicleWork, inverse: f64) {
    for p in 0..plan.populations.len() {
        let Some(column) = s.columns.held[p] else { continue };
        for i in 0..s.cells.len() {
            let held = s.cells.extra(column)[i];
            let makes = plan.chains[usize::from(s.cells.kind[i].0)].as_ref().is_some_and(|(q, _)| q.0 == p);
            if held > 0.0 && !makes && !s.cells.is_doomed(i) {
                s.cells.extra_mut(column)[i] = 0.0;
                set_free(plan, work, (i, work.voxel[i] as usize), p, held as u64, inverse);
            }
        }
    }
}

/// Vesicles that a cell frees in this step: a source in its voxel.
fn set_free(
    plan: &Plan,
    work: &mut VesicleWork,
    (i, voxel): (usize, usize),
    p: usize,
    count: u64,
    inverse: f64,
) {
    if count == 0 {
        return;
    }
    work.released.push((i as u32, p as u32, count));
    for (k, node) in plan.populations[p].nodes.iter().enumerate() {
        work.source[p * NODES + k][voxel] += count as f64 * node.weight * inverse;
    }
}

/// Puts a cell's endosomal chain at rest, as for a cell that has long been what it is.
pub(crate) fn rest_chain(plan: &Plan, s: &mut State, i: usize) {
    let kind = usize::from(s.cells.kind[i].0);
    let Some((_, chain)) = &plan.chains[kind] else { return };
    // Bodies that can neither fuse nor be degraded would pile up: such a cell starts from the chain at rest.
    let activities = plan.types[kind].activities.each_ref().map(|t| t.base);
    let rest = chain
        .steady_state_under(&Modifiers::of_activities(activities))
        .unwrap_or_else(|| chain.steady_state());
    let [e, m, l0, l1] = s.columns.chain;
    s.cells.extra_mut(e)[i] = rest.early;
    s.cells.extra_mut(m)[i] = rest.bodies;
    s.cells.extra_mut(l0)[i] = rest.vesicles[0];
    s.cells.extra_mut(l1)[i] = rest.vesicles[1];
    crate::sorted::rest(plan, s, i);
}
