//! The immobile matrix: collagen I and III, fibrin, debris, per voxel, relative to intact dermis.

use crate::plan::{Plan, Region};
use crate::sense::{Sense, contact_voxel};
use crate::state::State;

/// Matrix a cell can walk on: collagen relative to intact dermis plus fibrin, at most 1.
#[inline]
pub(crate) fn bed(plan: &Plan, s: &State, voxel: usize) -> f64 {
    let m = &plan.scenario.matrix;
    let intact = m.collagen1 + m.collagen3;
    let collagen = if intact > 0.0 { (s.collagen1[voxel] + s.collagen3[voxel]) / intact } else { 0.0 };
    (collagen + s.fibrin[voxel]).min(1.0)
}

/// One step of `dt` (min): cells lay collagen down and clear debris; MMP cuts new collagen and fibrin in the bed.
/// Intact matrix turns over in balance and is left alone.
pub(crate) fn step(plan: &Plan, s: &mut State, time: f64, dt: f64) {
    let volume = s.grid.volume();
    let m = &plan.scenario.matrix;
    let protease = m.protease;
    for v in 0..s.region.len() {
        if s.region[v] != Region::Bed {
            continue;
        }
        let level = protease.map_or(1.0, |k| s.substrates[k.0][v]);
        // Implicit in the loss: positive for any step.
        let keep = 1.0 / (1.0 + dt * m.collagen_turnover * level);
        s.collagen1[v] *= keep;
        s.collagen3[v] *= keep;
        s.fibrin[v] /= 1.0 + dt * m.fibrinolysis * level;
        s.debris[v] /= 1.0 + dt * m.debris_clearance;
    }
    for i in 0..s.cells.len() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let t = &plan.types[usize::from(s.cells.kind[i].0)];
        if t.collagen1.is_zero() && t.collagen3.is_zero() && t.phagocytosis.is_zero() {
            continue;
        }
        let v = contact_voxel(plan, s, i);
        if s.region[v] != Region::Bed {
            continue;
        }
        let (c1, c3, phagocytosis) = {
            let sense = Sense { plan, state: s, cell: i, voxel: v, edge: 0.0, time };
            let value =
                |t: &crate::rules::Table| if t.is_zero() { 0.0 } else { t.value(&sense, plan.potency).full };
            (value(&t.collagen1), value(&t.collagen3), value(&t.phagocytosis))
        };
        // Synthesis slows as the matrix fills up to its ceiling.
        let full = m.ceiling * (m.collagen1 + m.collagen3);
        let room = (1.0 - (s.collagen1[v] + s.collagen3[v]) / full).max(0.0);
        s.collagen1[v] += dt * c1 / volume * room;
        s.collagen3[v] += dt * c3 / volume * room;
        s.debris[v] /= 1.0 + dt * phagocytosis / volume;
    }
}
