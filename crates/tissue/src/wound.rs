//! The wound: the cut, the bed, contraction.

use crate::balance::Line;
use crate::cover::Cover;
use crate::phenotype::CUT;
use crate::plan::{NODES, Plan, Region};
use crate::state::{State, WoundState};
use crate::tissue::TissueError;
use exoderm_cell::{CellError, Domain, Surface};
use exoderm_field::{FieldError, Remap, remove_columns};

/// Cuts the wound: removes cells and tissue with x below the radius and fills the bed with clot.
pub(crate) fn cut(plan: &Plan, s: &mut State) {
    let Some(w) = &plan.wound else { return };
    for i in 0..s.cells.len() {
        if s.cells.position[0][i] < w.radius {
            s.cells.kill(i, CUT, 0.0);
        }
    }
    let volume = s.grid.volume();
    for iz in 0..s.grid.n[2] {
        for iy in 0..s.grid.n[1] {
            for ix in 0..bed_columns(s, w.radius) {
                let v = s.grid.index(ix, iy, iz);
                // What the cut tissue held goes with it.
                for p in 0..plan.populations.len() {
                    for k in 0..NODES {
                        let f = p * NODES + k;
                        let gone = (s.free[f][v] + s.bound[f][v]) * volume;
                        s.flows[p].add(Line::WithTissue, gone);
                        s.free[f][v] = 0.0;
                        s.bound[f][v] = 0.0;
                    }
                }
                crate::dissolved::cut(s, v, volume);
                crate::sorted::cut(plan, s, v, volume);
                match s.region[v] {
                    Region::Stroma => {
                        s.region[v] = Region::Bed;
                        s.collagen1[v] = 0.0;
                        s.collagen3[v] = 0.0;
                        s.fibrin[v] = w.clot_fibrin;
                        s.debris[v] = w.debris;
                    }
                    Region::Epithelium => s.region[v] = Region::Outside,
                    Region::Outside | Region::Bed => {}
                }
            }
        }
    }
    // The bed's surface is flat: folds go with the epidermis.
    let mean = s.basement.iter().sum::<f64>() / s.basement.len().max(1) as f64;
    for ix in 0..bed_columns(s, w.radius) {
        if let Some(z) = s.basement.get_mut(ix) {
            *z = mean;
        }
    }
    s.wound = Some(WoundState {
        tick: s.tick,
        initial: w.radius,
        edge: w.radius,
        carry: 0.0,
        clot: vec![1.0; plan.scenario.substrates.len()],
        fronts: Vec::new(),
    });
}

/// Columns of the mesh whose centre lies below `x`.
pub(crate) fn bed_columns(s: &State, x: f64) -> usize {
    ((x / s.grid.h[0]).round().max(0.0) as usize).min(s.grid.n[0])
}

/// Surface for the mechanics: the basement membrane of the columns, with the flat bed.
pub(crate) fn surface_of(s: &State) -> Option<Surface> {
    if s.basement.is_empty() {
        return None;
    }
    let flat = s.basement.iter().all(|z| (z - s.basement[0]).abs() < 1e-9);
    Some(if flat {
        Surface::Plane { z: s.basement[0] }
    } else {
        // Samples sit at x = k h; the columns' heights belong to their centres.
        let n = s.basement.len();
        let z = (0..=n)
            .map(|k| 0.5 * (s.basement[k.saturating_sub(1).min(n - 1)] + s.basement[k.min(n - 1)]))
            .collect();
        Surface::Sampled { dx: s.grid.h[0], z }
    })
}

/// Gives the mechanics the present surface and box.
pub(crate) fn refresh_mechanics(s: &mut State) -> Result<(), CellError> {
    let mut parameters = s.mechanics.parameters().clone();
    parameters.surface = surface_of(s);
    let d = &parameters.domain;
    let mut max = d.max();
    max[0] = s.grid.n[0] as f64 * s.grid.h[0];
    parameters.domain = Domain::new(d.min(), max, d.boundary())?;
    s.mechanics.set_parameters(parameters, &mut s.cells)
}

/// Covered columns become epithelium above the membrane, uncovered ones are open.
pub(crate) fn update_regions(s: &mut State, cover: &Cover) -> bool {
    let Some(w) = &s.wound else { return false };
    let columns = bed_columns(s, w.edge);
    let (h, thickness) = (s.grid.h, s.thickness);
    let mut changed = false;
    for ix in 0..columns {
        let covered = cover.covers((ix as f64 + 0.5) * h[0]);
        let base = s.basement.get(ix).copied().unwrap_or(f64::INFINITY);
        for iy in 0..s.grid.n[1] {
            for iz in 0..s.grid.n[2] {
                let z = (iz as f64 + 0.5) * h[2];
                if z <= base || z > base + thickness {
                    continue;
                }
                let v = s.grid.index(ix, iy, iz);
                let want = if covered { Region::Epithelium } else { Region::Outside };
                // A voxel that still holds vesicles stays tissue until they are gone with it.
                if s.region[v] != want && !(want == Region::Outside && held(s, v)) {
                    s.region[v] = want;
                    changed = true;
                }
            }
        }
    }
    changed
}

fn held(s: &State, v: usize) -> bool {
    s.free.iter().chain(&s.bound).chain(s.dissolved.iter().map(|d| &d.free)).any(|f| f[v] > 0.0)
}

/// Contraction over `dt` (min): the edge moves inward at −k_c × myofibroblast density × (1 − splint). Returns true
/// if columns of the mesh were taken out.
pub(crate) fn contract(plan: &Plan, s: &mut State, dt: f64) -> Result<bool, TissueError> {
    let Some(rule) = &plan.wound else { return Ok(false) };
    let Some(w) = &s.wound else { return Ok(false) };
    let pull = rule.contraction * (1.0 - rule.splint);
    if pull <= 0.0 || w.edge <= 2.0 * s.grid.h[0] {
        return Ok(false);
    }
    // Myofibroblasts of the bed and of a margin pull; density per um² of bed surface.
    let reach = w.edge + rule.contraction_margin;
    let contractile = (0..s.cells.len())
        .filter(|&i| {
            plan.types[usize::from(s.cells.kind[i].0)].contractile
                && !s.cells.is_doomed(i)
                && s.cells.position[0][i] < reach
        })
        .count();
    let depth = s.grid.n[1] as f64 * s.grid.h[1];
    let density = contractile as f64 / (w.edge * depth);
    let mut carry = w.carry + pull * density * dt;
    let h = s.grid.h[0];
    let mut removed = false;
    while carry >= h {
        let columns = bed_columns(s, s.wound.as_ref().map_or(0.0, |w| w.edge));
        if columns < 3 {
            carry = 0.0;
            break;
        }
        remove_column(s, columns)?;
        carry -= h;
        removed = true;
    }
    if let Some(w) = &mut s.wound {
        w.carry = carry;
    }
    if removed {
        refresh_mechanics(s)?;
    }
    Ok(removed)
}

/// Takes one column out of the first `columns`: amounts of the bed are remapped conservatively onto one column
/// fewer, everything to the right moves left by a column, cells move along.
fn remove_column(s: &mut State, columns: usize) -> Result<(), TissueError> {
    let h = s.grid.h[0];
    let n = s.grid.n;
    let mesh = crate::work::mesh_of(&s.grid)?;
    let squeeze = |field: &mut Vec<f64>, keep: Remap| -> Result<(), FieldError> {
        remove_columns(field, &mesh, 0..columns, keep).map(|_| ())
    };
    // Matrix and vesicles are amounts; dissolved factors relax to their new balance within the hour.
    for field in [&mut s.collagen1, &mut s.collagen3, &mut s.fibrin]
        .into_iter()
        .chain(&mut s.free)
        .chain(&mut s.bound)
        .chain(s.dissolved.iter_mut().map(|d| &mut d.free))
    {
        squeeze(field, Remap::Amount)?;
    }
    for field in s.substrates.iter_mut().chain([&mut s.debris]) {
        squeeze(field, Remap::Value)?;
    }
    // Regions and heights are labels: the last column of the bed goes.
    let slab = n[1] * n[2];
    s.region.drain((columns - 1) * slab..columns * slab);
    if s.basement.len() >= columns {
        s.basement.remove(columns - 1);
    }
    // The gel keeps its width: its outermost open column now lies on skin and holds what it has.
    s.grid.n[0] -= 1;
    if let Some(w) = &mut s.wound {
        let edge = w.edge;
        s.cells.translate_scale(edge, h)?;
        w.edge -= h;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
