//! What cells of a type in one place have in common in a step, worked out once.

use crate::plan::{NODES, PopulationPlan};
use exoderm_vesicle::uptake::{Filling, UptakeParameters, unresolved_resistance};

/// Most places remembered at a time.
const PLACES: usize = 4096;

/// How sites fill by type and voxel, and resistances by type and region, of one population in one step.
#[derive(Default)]
pub(crate) struct Shared {
    /// By voxel, as far as there is room: the last that was asked for, with what it was worked out from.
    fillings: Vec<Option<(usize, [f64; 2], Filling)>>,
    /// By cell type: radius, region, values.
    resistances: Vec<Option<(f64, usize, [f64; NODES])>>,
}

impl Shared {
    /// Forgets all, and makes room for `types` and what `cells` cells may ask for.
    pub(crate) fn clear(&mut self, types: usize, cells: usize) {
        self.fillings.clear();
        self.fillings.resize(cells.next_power_of_two().min(PLACES), None);
        self.resistances.clear();
        self.resistances.resize(types, None);
    }

    /// [`UptakeParameters::filling`] of a cell type in a voxel of this concentration.
    pub(crate) fn filling(
        &mut self,
        parameters: &UptakeParameters,
        (kind, voxel): (usize, usize),
        concentration: f64,
        dt: f64,
    ) -> Filling {
        let places = self.fillings.len();
        // Binding is what rules change of a type's uptake.
        let from = [parameters.binding, concentration];
        match &mut self.fillings[voxel & (places - 1)] {
            Some((of, with, filling)) if *of == kind && *with == from => *filling,
            slot => slot.insert((kind, from, parameters.filling(concentration, dt))).2,
        }
    }

    /// Resistances around a cell by size node: of its radius, the edge of a voxel and the voxels of its block.
    pub(crate) fn resistances(
        &mut self,
        population: &PopulationPlan,
        (kind, region): (usize, usize),
        (radius, voxel, block): (f64, f64, usize),
    ) -> [f64; NODES] {
        match &mut self.resistances[kind] {
            Some((of, at, values)) if *of == radius && *at == region => *values,
            slot => {
                let values = population.nodes.each_ref().map(|node| {
                    let resistance = unresolved_resistance(node.diffusion[region], radius, voxel, block);
                    // A voxel without diffusion (outside) gives up what it holds to the cell's own clearance.
                    if resistance.is_finite() { resistance } else { 0.0 }
                });
                slot.insert((radius, region, values)).2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_vesicle::uptake::UptakeSpec;

    /// What is remembered is what would be worked out anew, also where places share a slot and rules change a type's binding.
    #[test]
    fn what_is_remembered_is_what_would_be_worked_out() {
        let parameters = UptakeParameters::new(UptakeSpec {
            clearance: 60.0,
            capacity: 5000.0,
            internalisation: 0.01,
            unbinding: 0.005,
            lysosome: 0.002,
            recycled: 0.2,
            escape: 0.05,
        })
        .unwrap();
        let mut shared = Shared::default();
        shared.clear(2, 3);
        for round in 0..3 {
            for (kind, voxel, factor, concentration) in [
                (0, 1, 1.0, 0.1),
                (0, 5, 1.0, 0.2),
                (1, 1, 1.0, 0.1),
                (1, 1, 2.0, 0.1),
                (0, 2, 1.0, 0.0),
                (0, PLACES + 1, 1.0, f64::from(round)),
            ] {
                let own = parameters.with_binding(factor);
                let got = shared.filling(&own, (kind, voxel), concentration, 6.0);
                assert_eq!(got, own.filling(concentration, 6.0), "{kind} {voxel} {factor} {concentration}");
            }
        }
    }
}
