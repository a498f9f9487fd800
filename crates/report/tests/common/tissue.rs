//! Made-up sections of a tissue.

use super::Noise;
use exoderm_numeric::math::exp;
use exoderm_study::results::*;

const TYPES: [(&str, f64, f32); 13] = [
    ("keratinocyte stem cell", 2000.0, 4.0),
    ("transit-amplifying keratinocyte", 11_000.0, 4.0),
    ("spinous keratinocyte", 8500.0, 4.5),
    ("granular keratinocyte", 5000.0, 4.5),
    ("corneocyte", 6300.0, 3.5),
    ("melanocyte", 200.0, 4.0),
    ("Langerhans cell", 700.0, 4.0),
    ("fibroblast", 9000.0, 6.0),
    ("myofibroblast", 1500.0, 6.5),
    ("endothelial cell of a capillary loop", 600.0, 5.0),
    ("neutrophil", 3000.0, 4.5),
    ("macrophage", 1563.0, 6.0),
    ("T cell", 1000.0, 4.0),
];

pub(super) fn sections() -> Vec<Section> {
    let mut all = Vec::new();
    for (day, fronts) in [
        (0.0, [3000.0, 3000.0]),
        (3.0, [2790.0, 2850.0]),
        (7.0, [2290.0, 2520.0]),
        (10.0, [1720.0, 2210.0]),
        (13.0, [1180.0, 1960.0]),
    ] {
        for (arm, front) in [("exosome", fronts[0]), ("vehicle", fronts[1])] {
            all.push(section(arm, day, front));
        }
    }
    all
}

fn section(arm: &str, day: f64, front: f64) -> Section {
    let (width, voxel, nx, nz) = (6000.0_f64, 13.0_f64, 461_usize, 27_usize);
    let height = voxel * nz as f64;
    let basement = 300.0;
    let mut noise = Noise((front + day) as u64);
    let mut cells = Vec::new();
    for (kind, (_, per_mm2, radius)) in TYPES.iter().enumerate() {
        let epidermal = kind < 7;
        let n = (per_mm2 * width * voxel * 1e-6) as usize;
        for _ in 0..n {
            let x = width * noise.next();
            let thin = if x < 3000.0 { 0.6 } else { 1.0 };
            if epidermal && x < front {
                continue;
            }
            let z = match kind {
                0 | 1 | 5 => basement + 3.0 + 3.0 * noise.next(),
                2 | 3 | 6 => basement + 9.0 + 10.0 * noise.next() * thin,
                4 => basement + 21.0 + 6.0 * noise.next(),
                _ => (basement - 5.0) * noise.next().sqrt(),
            };
            if !epidermal && x < 2900.0 && (z > 40.0 + 19.0 * day || (kind == 9 && day < 5.0)) {
                continue;
            }
            if kind == 10 && (x - front).abs() > 700.0 {
                continue;
            }
            cells.push((kind as u8, x as f32, z as f32, *radius + 0.4 * noise.next() as f32));
        }
    }
    let mut collagen = Vec::new();
    let mut vesicles = Vec::new();
    for k in 0..nz {
        for i in 0..nx {
            let (x, z) = ((i as f64 + 0.5) * voxel, (k as f64 + 0.5) * voxel);
            let intact = if x > 3000.0 { 1.0 } else { (0.05 + 0.04 * day) * (1.0 - z / 500.0) };
            collagen.push(if z < basement { (intact * (0.85 + 0.3 * noise.next())) as f32 } else { 0.0 });
            let near = exp(-(basement - z).max(0.0) / 60.0)
                * if x < 3000.0 { 1.0 } else { exp(-(x - 3000.0) / 120.0) };
            let loaded = day * exp(-day / 4.0);
            vesicles.push(if arm == "exosome" && z < basement + 10.0 {
                (0.08 * loaded * near) as f32
            } else {
                0.0
            });
        }
    }
    let mut lines: Vec<f32> = vec![basement as f32; nx];
    lines.extend(
        (0..nx).map(|i| if (i as f64) * voxel < front { basement as f32 } else { (basement + 29.0) as f32 }),
    );
    Section {
        arm: arm.into(),
        day,
        replicate: 0,
        size: [width, height],
        voxel,
        nx,
        nz,
        wound: [3000.0, front.min(3000.0 - 25.0 * day)],
        front,
        cells,
        types: TYPES.iter().map(|t| t.0.to_owned()).collect(),
        collagen,
        vesicles,
        basement: lines,
    }
}
