//! A wound's dressing: what it lies on, and what it lets go.

use crate::balance::Line;
use crate::plan::{NODES, Plan, Region};
use crate::state::{DressingState, State};
use crate::work::VesicleWork;
use exoderm_model::scenario::{Dressing, Event, Place, ReleaseLaw};
use exoderm_vesicle::Error as VesicleError;
use exoderm_vesicle::gel::{Gel, GelColumn, Law};

/// The arm's dressing, if it is on at this time.
pub(crate) fn dressing_of(plan: &Plan) -> Option<&Dressing> {
    plan.scenario.events.iter().find_map(|e| match e {
        Event::Dressing(d) => Some(d),
        _ => None,
    })
}

/// Puts the dressing on (again), and lets it release for `dt`.
pub(super) fn dress(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    time: f64,
    dt: f64,
) -> Result<(), VesicleError> {
    let Some(d) = dressing_of(plan) else { return Ok(()) };
    if !plan.has_product() || time < d.time || s.wound.is_none() {
        return Ok(());
    }
    let p = d.product.0;
    let population = &plan.scenario.vesicles[p];
    let h = s.grid.h;
    let column_area = h[0] * h[1] * s.grid.n[1] as f64;
    let fresh = match &s.dressing {
        None => true,
        // A change is due when a whole number of intervals has passed since the first application.
        Some(on) => d.every.is_some_and(|every| {
            let worn = (f64::from(s.tick - on.tick)) * plan.scenario.steps.phenotype;
            worn > 0.0 && (worn / every).floor() > ((worn - dt) / every).floor()
        }),
    };
    if fresh {
        let columns = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.initial));
        let first = s.dressing.as_ref().map_or(s.tick, |on| on.tick);
        if let Some(old) = &s.dressing {
            let left: f64 = old.columns.iter().flatten().map(|c| c.remaining).sum::<f64>() * column_area;
            s.flows[p].add(Line::WithDressing, left);
        }
        // Labelled particles less what storage and walls took.
        let true_dose = d.dose * (1.0 - population.storage_loss) * (1.0 - population.adsorption_loss);
        let nodes = &plan.populations[p].nodes;
        let mut column = [GelColumn::default(); NODES];
        for (c, node) in column.iter_mut().zip(nodes) {
            *c = GelColumn::new(true_dose * node.weight);
        }
        let loaded: f64 = column.iter().map(|c| c.loaded).sum::<f64>() * column_area * columns as f64;
        s.flows[p].add(Line::Loaded, loaded);
        s.dressing = Some(DressingState { tick: first, columns: vec![column; columns] });
    }
    contacts(plan, s, &work.voxel, &mut work.contacts);
    let law = match d.release {
        ReleaseLaw::Slab => Law::Slab,
        ReleaseLaw::FirstOrder => Law::FirstOrder,
    };
    // Free cargo decays in the gel as it does in tissue; it has no vesicle around it.
    let loss = if plan.is_soluble() { plan.populations[p].degradation } else { d.degradation };
    let base = Gel::new(law, d.thickness, d.gel_diffusion, loss)?;
    let gels: [Gel; NODES] =
        [0, 1, 2].map(|k| base.at_size(100.0 / plan.populations[p].nodes[k].gel_relative));
    let open_columns = s.wound.as_ref().map_or(0, |w| crate::wound::bed_columns(s, w.edge));
    let Some(on) = &mut s.dressing else { return Ok(()) };
    let mut degraded = 0.0;
    for (ix, column) in on.columns.iter_mut().enumerate() {
        let top = match work.contacts.get(ix) {
            Some(_) if ix >= open_columns => None,
            Some(Contact::Bare) => top_of_bed(&s.region, &s.grid, ix),
            Some(Contact::Epidermis(iz)) => Some(*iz),
            Some(Contact::Sealed) | None => None,
        };
        for (k, c) in column.iter_mut().enumerate() {
            match top {
                Some(iz) => {
                    let out = gels[k].advance(c, dt);
                    degraded += out.degraded;
                    // Per um² of bed into a voxel of height h.
                    let share = out.released / (h[2] * dt);
                    for iy in 0..s.grid.n[1] {
                        work.source[p * NODES + k][s.grid.index(ix, iy, iz)] += share;
                    }
                }
                None => degraded += gels[k].hold(c, dt).degraded,
            }
        }
    }
    s.flows[p].add(Line::DegradedGel, degraded * column_area);
    Ok(())
}

/// What a dressing lies on, by column of the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Contact {
    /// No cell of an epithelium: the bed, or nothing.
    #[default]
    Bare,
    /// New epidermis: the contact voxel (index along z) of its topmost cell. A sheet one cell thick lies on the bed's
    /// topmost voxel, which its cells share with it.
    Epidermis(usize),
    /// Stratum corneum, the barrier that shuts skin.
    Sealed,
}

/// New epidermis has no stratum corneum until its cells cornify: a gel goes on feeding the sheet that grows under it.
fn contacts(plan: &Plan, s: &State, voxel: &[u32], out: &mut Vec<Contact>) {
    out.clear();
    out.resize(s.grid.n[0], Contact::Bare);
    for (i, &voxel) in voxel.iter().enumerate() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let ix = (s.cells.position[0][i] / s.grid.h[0]).max(0.0) as usize;
        let Some(column) = out.get_mut(ix) else { continue };
        match plan.types[usize::from(s.cells.kind[i].0)].place {
            Place::Corneal => *column = Contact::Sealed,
            Place::Basal | Place::Suprabasal if *column != Contact::Sealed => {
                let iz = voxel as usize % s.grid.n[2];
                let top = if let Contact::Epidermis(top) = *column { top.max(iz) } else { iz };
                *column = Contact::Epidermis(top);
            }
            _ => {}
        }
    }
}

pub(crate) fn top_of_bed(region: &[Region], grid: &crate::state::Grid, ix: usize) -> Option<usize> {
    (0..grid.n[2]).rev().find(|&iz| region[grid.index(ix, 0, iz)] == Region::Bed)
}
