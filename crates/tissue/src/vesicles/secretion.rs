//! Release by cells.

use crate::balance::Line;
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::state::State;
use crate::work::VesicleWork;
use exoderm_numeric::random::Seed;
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::biogenesis::{ChainState, Modifiers, release_draw};

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
    work.released.clear();
    if work.propagators.is_empty() {
        work.propagators = plan
            .chains
            .iter()
            .map(|c| c.as_ref().map(|(_, chain)| chain.propagator(dt, &Modifiers::default())))
            .collect();
    }
    let inverse = 1.0 / (s.grid.volume() * dt);
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let kind = usize::from(s.cells.kind[i].0);
        let (Some((population, chain)), Some(propagator)) = (&plan.chains[kind], &work.propagators[kind])
        else {
            continue;
        };
        let voxel = work.voxel[i] as usize;
        let table = &plan.types[kind].release;
        // The chain releases at its own rate; rules tell by what it is multiplied.
        let factor = if table.is_constant() || table.base <= 0.0 {
            1.0
        } else {
            let sense = crate::sense::Sense { plan, state: s, cell: i, voxel, edge: 0.0, time };
            table.value(&sense, plan.potency).full / table.base
        };
        let [e, m, l0, l1] = s.columns.chain;
        let mut state = ChainState {
            early: s.cells.extra(e)[i],
            bodies: s.cells.extra(m)[i],
            vesicles: [s.cells.extra(l0)[i], s.cells.extra(l1)[i]],
        };
        let out = propagator.advance(&mut state, factor);
        s.cells.extra_mut(e)[i] = state.early;
        s.cells.extra_mut(m)[i] = state.bodies;
        s.cells.extra_mut(l0)[i] = state.vesicles[0];
        s.cells.extra_mut(l1)[i] = state.vesicles[1];
        let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::RELEASE);
        let count = release_draw(out.released, chain.dispersion, &mut stream);
        if count == 0 {
            continue;
        }
        let p = population.0;
        s.flows[p].add(Line::Secreted, count as f64);
        work.released.push((i as u32, p as u32, count));
        for (k, node) in plan.populations[p].nodes.iter().enumerate() {
            work.source[p * NODES + k][voxel] += count as f64 * node.weight * inverse;
        }
    }
    Ok(())
}

/// Puts a cell's endosomal chain at rest, as for a cell that has long been what it is.
pub(crate) fn rest_chain(plan: &Plan, s: &mut State, i: usize) {
    let kind = usize::from(s.cells.kind[i].0);
    let Some((_, chain)) = &plan.chains[kind] else { return };
    let rest = chain.steady_state();
    let [e, m, l0, l1] = s.columns.chain;
    s.cells.extra_mut(e)[i] = rest.early;
    s.cells.extra_mut(m)[i] = rest.bodies;
    s.cells.extra_mut(l0)[i] = rest.vesicles[0];
    s.cells.extra_mut(l1)[i] = rest.vesicles[1];
}
