//! Tissue sections for the report.

use crate::job::Outcome;
use crate::results::Section;
use exoderm_model::scenario::{Scenario, Tissue};
use exoderm_tissue::observe::Snapshot;

/// Sections of two arms at their common snapshot times, from the first replicate.
pub(crate) fn sections(scenario: &Scenario, first: &[&Outcome], second: &[&Outcome]) -> Vec<Section> {
    let (Some(a), Some(b)) = (first.first(), second.first()) else { return Vec::new() };
    let mut list = Vec::new();
    for s in &a.snapshots {
        let Some(other) = b.snapshots.iter().find(|t| (t.time - s.time).abs() < 1e-6) else { continue };
        list.push(section(scenario, a, s));
        list.push(section(scenario, b, other));
    }
    list
}

fn section(scenario: &Scenario, o: &Outcome, s: &Snapshot) -> Section {
    let h = match &scenario.tissue {
        Tissue::Skin(strip) => strip.voxel,
        Tissue::Box(b) => b.voxel[0],
    };
    let [nx, ny, nz] = s.n;
    // z fastest in the tissue; rows from the bottom with x fastest here.
    let map = |f: &dyn Fn(usize) -> f32| {
        let mut out = Vec::with_capacity(nx * nz);
        for iz in 0..nz {
            for ix in 0..nx {
                out.push(f(iz + nz * (ny * ix)));
            }
        }
        out
    };
    let m = &scenario.matrix;
    let intact = (m.collagen1 + m.collagen3) as f32;
    let products: Vec<usize> =
        (0..scenario.vesicles.len()).filter(|&p| !scenario.vesicles[p].endogenous).collect();
    let radius = crate::endpoints::radius_of(scenario);
    Section {
        arm: o.arm_name.clone(),
        day: s.time / 1440.0,
        replicate: o.replicate,
        size: [nx as f64 * h, nz as f64 * h],
        voxel: h,
        nx,
        nz,
        wound: [radius, s.edge],
        front: s.front,
        cells: (0..s.id.len())
            .map(|i| (s.kind[i], s.position[0][i], s.position[2][i], s.radius[i]))
            .collect(),
        types: scenario.cells.iter().map(|c| c.label.clone()).collect(),
        collagen: map(&|v| if intact > 0.0 { (s.matrix[0][v] + s.matrix[1][v]) / intact } else { 0.0 }),
        vesicles: map(&|v| products.iter().map(|&p| s.vesicles[p][v]).sum()),
        basement: s.basement.clone(),
    }
}
