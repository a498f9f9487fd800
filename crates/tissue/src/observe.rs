//! What is read off a tissue: the time series and the snapshots.

use crate::balance::Line;
use crate::cover::{Cover, PORE_TIME, percent_closed};
use crate::networks;
use crate::plan::{NODES, Plan, Region};
use crate::sense::{Sense, contact_voxel};
use crate::state::State;
use exoderm_model::scenario::{CellTypeId, Place};
use serde::{Deserialize, Serialize};

/// Skin beside the wound whose cells count in the recorded mean occupancy (um): a definition of what is recorded.
const BESIDE: f64 = 100.0;

/// A row of the time series; means are over the wound (x below its edge) unless said otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Time after day 0 (min).
    pub time: f64,
    /// Per cent of the initial area closed.
    pub closed: f64,
    /// Front of the epithelium (um from the symmetry plane): the furthest point of unbroken cover in the last 12 h, moved
    /// along with the edge by the contraction not yet taken from the mesh.
    pub front: f64,
    /// The same of this moment: it falls back to a pore's outer rim while a pore wider than the tolerated gap stands open.
    pub front_now: f64,
    /// Edge of the bed (um), less the contraction not yet taken from the mesh.
    pub edge: f64,
    /// Thickness of the viable epidermis over covered or intact columns (um).
    pub epidermal_thickness: f64,
    /// Collagen I : III in the bed; 0 before there is any.
    pub collagen_ratio: f64,
    /// Collagen in the bed, intact = 1.
    pub collagen_content: f64,
    /// Fibrin in the bed.
    pub fibrin: f64,
    /// Debris in the bed.
    pub debris: f64,
    /// Mean pro-repair score of the types that have one, in the bed.
    pub macrophage_score: f64,
    /// Cells of each type in the bed or its cover.
    pub in_wound: Vec<u32>,
    /// Cells of each type in all.
    pub cells: Vec<u32>,
    /// Mean of each substrate in the bed (in intact stroma before there is a wound).
    pub substrates: Vec<f64>,
    /// Mean of each gated behaviour without its exosome terms, by rule; empty without gates. What a need gate of
    /// another run compares with.
    pub own: Vec<f64>,
    /// By population: released, free, bound, on cells, inside cells (vesicles), escaped, degraded in the gel, in the gel, loaded.
    pub vesicles: Vec<VesicleRow>,
    /// Vesicles that each sphere of a box has taken so far, by population × sphere; empty without spheres.
    pub caught: Vec<f64>,
    /// What the tissue's own vesicles carry; empty unless cells sort cargo into them.
    #[serde(default)]
    pub sorted: SortedRow,
    /// Mean of each recorded output of a network over the living cells that carry it (in the network's units).
    pub networks: Vec<f64>,
}

/// One population at one time (vesicles).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VesicleRow {
    /// Held by the dressing when put on.
    pub loaded: f64,
    /// Let go by the dressing (or secreted by cells, for the skin's own).
    pub released: f64,
    /// Still in the gel.
    pub gel: f64,
    /// Lost in the gel.
    pub gel_degraded: f64,
    /// Free in tissue.
    pub free: f64,
    /// On the matrix.
    pub bound: f64,
    /// On cell surfaces.
    pub surface: f64,
    /// Inside cells.
    pub inside: f64,
    /// Bound by cells so far.
    pub taken: f64,
    /// Escaped into the cytosol so far.
    pub escaped: f64,
    /// Made so far: released by cells, loaded, injected.
    pub made: f64,
    /// Lost in tissue fluid so far.
    pub lost: f64,
    /// Drained into lymph so far.
    pub lymph: f64,
    /// Taken into blood so far.
    pub blood: f64,
    /// Left the tissue so far, by lymph, blood, exudate and through the faces; beyond the open faces of a box.
    pub left: f64,
    /// Taken by the spheres of a box so far.
    pub caught: f64,
    /// Mean occupancy of living cells in the bed, its cover and 100 um around (0–1).
    pub occupancy: f64,
}

/// What cells have sorted into their vesicles at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SortedRow {
    /// Vesicles released so far, by cell type.
    pub vesicles: Vec<f64>,
    /// Copies in them when they were released, by species × cell type.
    pub copies: Vec<f64>,
    /// Mean copies in the cytosol that came in by vesicles, over the living cells of a type, by species × cell type.
    pub cytosol: Vec<f64>,
}

/// Cells and fields at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Time after day 0 (min).
    pub time: f64,
    /// Mesh at that time.
    pub n: [usize; 3],
    /// Front and edge (um).
    pub front: f64,
    /// Edge of the bed (um).
    pub edge: f64,
    /// Basement membrane by column (um).
    pub basement: Vec<f32>,
    /// Cells in the order of their ids.
    pub id: Vec<u64>,
    /// Type.
    pub kind: Vec<u8>,
    /// Position (um).
    pub position: [Vec<f32>; 3],
    /// Radius (um).
    pub radius: Vec<f32>,
    /// Pressure (overlap units).
    pub pressure: Vec<f32>,
    /// Pro-repair score.
    pub score: Vec<f32>,
    /// Vesicles on the surface and inside, by population.
    pub on_surface: Vec<Vec<f32>>,
    /// Inside, by population.
    pub inside: Vec<Vec<f32>>,
    /// Escaped copies of each acting cargo in the cytosol, summed over populations, by slot.
    pub cytosol: Vec<Vec<f32>>,
    /// Recorded outputs of networks; 0 in cells that do not carry one.
    pub networks: Vec<Vec<f32>>,
    /// Substrates.
    pub substrates: Vec<Vec<f32>>,
    /// Collagen I, III, fibrin, debris.
    pub matrix: [Vec<f32>; 4],
    /// Free plus bound vesicles (per um³), by population.
    pub vesicles: Vec<Vec<f32>>,
    /// Places of single vesicles (um), by population; empty unless they are followed one by one.
    pub particles: Vec<Vec<[f32; 3]>>,
    /// Region.
    pub region: Vec<u8>,
}

/// Reads a row off.
pub(crate) fn row(plan: &Plan, s: &State, cover: &Cover, time: f64) -> Row {
    let kinds = plan.types.len();
    let edge = s.wound.as_ref().map_or(0.0, |w| w.edge - w.carry);
    let mut in_wound = vec![0u32; kinds];
    let mut cells = vec![0u32; kinds];
    let (mut score, mut scored) = (0.0, 0u32);
    let score_column = s.cells.extra(s.columns.score);
    for (i, cell_score) in score_column.iter().enumerate() {
        if s.cells.is_doomed(i) {
            continue;
        }
        let k = usize::from(s.cells.kind[i].0);
        cells[k] += 1;
        if s.cells.position[0][i] < edge {
            in_wound[k] += 1;
            if plan.types[k].polarisation.is_some() {
                score += cell_score;
                scored += 1;
            }
        }
    }
    let region = if s.wound.is_some() { Region::Bed } else { Region::Stroma };
    let m = &plan.scenario.matrix;
    let (mut c1, mut c3, mut fibrin, mut debris, mut count) = (0.0, 0.0, 0.0, 0.0, 0usize);
    let mut substrates = vec![0.0; s.substrates.len()];
    for v in 0..s.region.len() {
        if s.region[v] == region {
            c1 += s.collagen1[v];
            c3 += s.collagen3[v];
            fibrin += s.fibrin[v];
            debris += s.debris[v];
            for (mean, field) in substrates.iter_mut().zip(&s.substrates) {
                *mean += field[v];
            }
            count += 1;
        }
    }
    let per = 1.0 / count.max(1) as f64;
    substrates.iter_mut().for_each(|x| *x *= per);
    let vesicles = (0..plan.populations.len())
        .map(|p| {
            let stock = crate::vesicles::stock(plan, s, p);
            let f = &s.flows[p];
            let loaded = f.get(Line::Loaded);
            VesicleRow {
                loaded,
                released: if plan.populations[p].endogenous {
                    f.get(Line::Secreted)
                } else {
                    loaded - stock.gel - f.get(Line::DegradedGel) - f.get(Line::WithDressing)
                },
                gel: stock.gel,
                gel_degraded: f.get(Line::DegradedGel),
                free: stock.free,
                bound: stock.bound,
                surface: stock.surface,
                inside: stock.inside,
                taken: stock.surface
                    + stock.inside
                    + f.get(Line::DegradedLysosome)
                    + f.get(Line::Escaped)
                    + f.get(Line::WithCells),
                escaped: f.get(Line::Escaped),
                made: f.get(Line::Secreted) + loaded + f.get(Line::Injected),
                lost: f.get(Line::DegradedTissue),
                lymph: f.get(Line::Lymph),
                blood: f.get(Line::Plasma),
                left: [Line::Lymph, Line::Plasma, Line::Exudate, Line::Outflow]
                    .iter()
                    .map(|&l| f.get(l))
                    .sum::<f64>()
                    + stock.beyond,
                caught: f.get(Line::Absorbed),
                occupancy: crate::vesicles::mean_occupancy(plan, s, p, edge + BESIDE),
            }
        })
        .collect();
    // The contraction not yet taken from the mesh counts: the front moves with the edge.
    let carried =
        s.wound.as_ref().map_or(1.0, |w| if w.edge > 0.0 { (w.edge - w.carry) / w.edge } else { 1.0 });
    let now = front(plan, s, cover);
    let front_now = now * carried;
    let front = s.wound.as_ref().map_or(now, |w| w.furthest(now)) * carried;
    Row {
        time,
        closed: s.wound.as_ref().map_or(0.0, |w| percent_closed(front, w.initial)),
        front,
        front_now,
        edge,
        epidermal_thickness: thickness(plan, s, cover),
        collagen_ratio: if c3 > 1e-9 { c1 / c3 } else { 0.0 },
        collagen_content: (c1 + c3) * per / (m.collagen1 + m.collagen3).max(1e-300),
        fibrin: fibrin * per,
        debris: debris * per,
        macrophage_score: if scored > 0 { score / f64::from(scored) } else { 0.0 },
        in_wound,
        cells,
        substrates,
        own: own_means(plan, s, time),
        vesicles,
        caught: s.caught.clone(),
        sorted: crate::sorted::row(plan, s),
        networks: networks::means(plan, s),
    }
}

/// Means of gated behaviours without their exosome terms, by rule; NaN where no cell has the behaviour.
fn own_means(plan: &Plan, s: &State, time: f64) -> Vec<f64> {
    let gated = plan.gated_rules();
    if gated.is_empty() {
        return Vec::new();
    }
    let mut means = vec![f64::NAN; plan.scenario.rules.len()];
    for rule in gated {
        let r = &plan.scenario.rules[rule];
        let (mut sum, mut count) = (0.0, 0.0);
        for i in 0..s.cells.len() {
            let kind = usize::from(s.cells.kind[i].0);
            if s.cells.is_doomed(i) || !r.cells.contains(&CellTypeId(kind)) {
                continue;
            }
            let Some(table) = plan.types[kind].table_of(r.behaviour) else { continue };
            let voxel = contact_voxel(plan, s, i);
            let sense = Sense { plan, state: s, cell: i, voxel, edge: 0.0, time };
            sum += table.value(&sense, 0.0).own;
            count += 1.0;
        }
        if count > 0.0 {
            means[rule] = sum / count;
        }
    }
    means
}

/// Mean height of living epithelial cells' tops above the membrane, over columns of two voxels that hold a basal
/// cell (um).
fn thickness(plan: &Plan, s: &State, cover: &Cover) -> f64 {
    if s.basement.is_empty() {
        return 0.0;
    }
    let h = 2.0 * s.grid.h[0];
    let columns = (s.grid.n[0] / 2).max(1);
    let mut top = vec![f64::NEG_INFINITY; columns];
    let mut covered = vec![false; columns];
    for i in 0..s.cells.len() {
        let t = &plan.types[usize::from(s.cells.kind[i].0)];
        if s.cells.is_doomed(i) || !matches!(t.place, Place::Basal | Place::Suprabasal) {
            continue;
        }
        let p = s.cells.at(i);
        let c = ((p[0] / h).max(0.0) as usize).min(columns - 1);
        let base = s.basement[(2 * c).min(s.basement.len() - 1)];
        if t.place == Place::Basal {
            covered[c] = true;
        }
        top[c] = top[c].max(p[2] + s.cells.radius[i] - base);
    }
    let values: Vec<f64> = (0..columns)
        .filter(|&c| covered[c] && cover.covers((c as f64 + 0.5) * h) && top[c].is_finite())
        .map(|c| top[c])
        .collect();
    if values.is_empty() { 0.0 } else { exoderm_numeric::reduce::sum(&values) / values.len() as f64 }
}

/// Keeps the front of this moment for [`PORE_TIME`].
pub(crate) fn note_front(plan: &Plan, s: &mut State, cover: &Cover) {
    let now = front(plan, s, cover);
    let (tick, kept) = (s.tick, (PORE_TIME / plan.scenario.steps.phenotype).round() as u32);
    if let Some(w) = &mut s.wound {
        w.note(tick, now, kept);
    }
}

/// Front of the epithelium at this moment: living layers bridge pores of the basal row.
fn front(plan: &Plan, s: &State, cover: &Cover) -> f64 {
    cover.front_under((0..s.cells.len()).filter_map(|i| {
        let t = &plan.types[usize::from(s.cells.kind[i].0)];
        (t.place == Place::Suprabasal && !s.cells.is_doomed(i))
            .then(|| (s.cells.position[0][i], s.cells.radius[i]))
    }))
}

/// Takes a snapshot.
pub(crate) fn snapshot(plan: &Plan, s: &State, cover: &Cover, time: f64) -> Snapshot {
    let mut order = Vec::new();
    s.cells.ids_in_order(&mut order);
    let living: Vec<usize> = order.iter().map(|&i| i as usize).filter(|&i| !s.cells.is_doomed(i)).collect();
    let f = |values: &[f64]| living.iter().map(|&i| values[i] as f32).collect::<Vec<f32>>();
    let all = |values: &[f64]| values.iter().map(|&x| x as f32).collect::<Vec<f32>>();
    let cytosol = (0..plan.acting_cargo.len())
        .map(|slot| {
            living
                .iter()
                .map(|&i| {
                    s.columns
                        .cargo
                        .iter()
                        .filter(|c| !c.is_empty())
                        .map(|c| s.cells.extra(c[slot][2])[i])
                        .sum::<f64>() as f32
                })
                .collect()
        })
        .collect();
    Snapshot {
        time,
        n: s.grid.n,
        front: s.wound.as_ref().map_or(0.0, |w| w.furthest(front(plan, s, cover))),
        edge: s.wound.as_ref().map_or(0.0, |w| w.edge),
        basement: all(&s.basement),
        id: living.iter().map(|&i| s.cells.id[i]).collect(),
        kind: living.iter().map(|&i| s.cells.kind[i].0).collect(),
        position: [f(&s.cells.position[0]), f(&s.cells.position[1]), f(&s.cells.position[2])],
        radius: f(&s.cells.radius),
        pressure: f(&s.cells.pressure),
        score: f(s.cells.extra(s.columns.score)),
        on_surface: s.columns.surface.iter().map(|&c| f(s.cells.extra(c))).collect(),
        inside: s.columns.inside.iter().map(|&c| f(s.cells.extra(c))).collect(),
        cytosol,
        networks: networks::recorded(&plan.scenario)
            .map(|(n, k)| s.columns.networks[n].outputs[k].map_or_else(Vec::new, |c| f(s.cells.extra(c))))
            .collect(),
        substrates: s.substrates.iter().map(|x| all(x)).collect(),
        matrix: [all(&s.collagen1), all(&s.collagen3), all(&s.fibrin), all(&s.debris)],
        vesicles: (0..plan.populations.len())
            .map(|p| {
                (0..s.region.len())
                    .map(|v| {
                        (0..NODES).map(|k| s.free[p * NODES + k][v] + s.bound[p * NODES + k][v]).sum::<f64>()
                            as f32
                    })
                    .collect()
            })
            .collect(),
        particles: Vec::new(),
        region: s.region.iter().map(|&r| r as u8).collect(),
    }
}
