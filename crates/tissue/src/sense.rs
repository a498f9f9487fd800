//! What a cell senses.

use crate::plan::Plan;
use crate::rules::Signals;
use crate::state::State;
use exoderm_model::scenario::{ArmKind, Place, Signal};

/// The voxel a cell exchanges with: its own, or for a cell held on the basement membrane the one just below it,
/// where the bed is.
#[inline]
pub(crate) fn contact_voxel(plan: &Plan, state: &State, i: usize) -> usize {
    let mut p = state.cells.at(i);
    let kind = usize::from(state.cells.kind[i].0);
    if plan.types[kind].place == Place::Basal && !state.basement.is_empty() {
        let g = &state.grid;
        let column = ((p[0] / g.h[0]).max(0.0) as usize).min(g.n[0] - 1);
        p[2] = p[2].min(state.basement[column] - 0.5 * g.h[2]);
    }
    state.grid.voxel(p)
}

/// A cell's view.
pub(crate) struct Sense<'a> {
    pub plan: &'a Plan,
    pub state: &'a State,
    pub cell: usize,
    pub voxel: usize,
    pub edge: f64,
    /// Time after day 0 (min).
    pub time: f64,
}

impl Signals for Sense<'_> {
    #[inline]
    fn signal(&self, signal: Signal) -> f64 {
        let s = self.state;
        match signal {
            Signal::Substrate(id) => s.substrates[id.0][self.voxel],
            Signal::FreeEdge => self.edge,
            Signal::Pressure => s.cells.pressure[self.cell],
            Signal::Debris => s.debris[self.voxel],
            Signal::Bed => crate::matrix::bed(self.plan, s, self.voxel),
            Signal::Collagen => s.collagen1[self.voxel],
            Signal::Polarisation => s.cells.extra(s.columns.score)[self.cell],
            Signal::Occupancy(p) => {
                let plan = &self.plan.populations[p.0];
                if !plan.acts {
                    return 0.0;
                }
                let kind = usize::from(s.cells.kind[self.cell].0);
                let capacity = self.plan.scenario.cells[kind].vesicle_uptake.capacity;
                if capacity > 0.0 {
                    (s.cells.extra(s.columns.surface[p.0])[self.cell] / capacity).min(1.0)
                } else {
                    0.0
                }
            }
            // Where no vesicle acts, none does by what it carries.
            Signal::Cargo(_) if self.plan.arm == ArmKind::Disposal => 0.0,
            Signal::Cargo(c) => {
                let Some(slot) = self.plan.acting_cargo.iter().position(|&a| a == c) else { return 0.0 };
                let columns = s.columns.cytosol.get(slot).map_or(&[][..], Vec::as_slice);
                columns.iter().map(|&column| s.cells.extra(column)[self.cell]).sum()
            }
            Signal::Age => s.cells.age[self.cell],
            Signal::Exposure(e) => self.plan.scenario.exposures[e.0].at(self.time),
            Signal::Network(n, output) => {
                s.columns.networks[n.0].outputs[output].map_or(0.0, |column| s.cells.extra(column)[self.cell])
            }
        }
    }

    #[inline]
    fn memory(&self, column: usize) -> f64 {
        self.state.cells.extra(self.state.columns.memory[column])[self.cell]
    }

    #[inline]
    fn healthy(&self, rule: usize) -> Option<f64> {
        self.plan.healthy.as_ref()?.at(rule, self.time)
    }
}
