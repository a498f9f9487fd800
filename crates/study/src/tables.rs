//! Recordings of a study as tables and fields: the series and the cells of all its runs.

use crate::job::{Outcome, Purpose};
use exoderm_model::scenario::{CellTypeId, Scenario, Tissue};
use exoderm_record::{Column, ColumnData, FieldName, FieldsSpec, Table};
use exoderm_tissue::observe::{Row, Snapshot, SortedRow, VesicleRow};

/// The time series of all runs of [`Purpose::Main`] and of the draws: a row per run and time. Means are over the wound
/// bed, before there is one over the intact stroma.
pub fn series(scenario: &Scenario, outcomes: &[Outcome]) -> Table {
    let runs: Vec<&Outcome> =
        outcomes.iter().filter(|o| matches!(o.purpose, Purpose::Main | Purpose::Draw(_))).collect();
    let rows: Vec<(&Outcome, &Row)> =
        runs.iter().flat_map(|o| o.series.iter().map(move |r| (*o, r))).collect();
    let number = |f: &dyn Fn(&Row) -> f64| ColumnData::F64(rows.iter().map(|(_, r)| f(r)).collect());
    let count = |f: &dyn Fn(&Row) -> u32| ColumnData::U32(rows.iter().map(|(_, r)| f(r)).collect());
    let mut t = Table::new("series")
        .with(column("job", "", "run", ColumnData::text(rows.iter().map(|(o, _)| &o.id))))
        .with(column("arm", "", "arm of the study", ColumnData::text(rows.iter().map(|(o, _)| &o.arm_name))))
        .with(column(
            "replicate",
            "",
            "initial tissue, shared by the arms",
            ColumnData::U32(rows.iter().map(|(o, _)| o.replicate).collect()),
        ))
        .with(column(
            "draw",
            "",
            "parameter draw, -1 for the parameters as given",
            ColumnData::I64(rows.iter().map(|(o, _)| draw(o)).collect()),
        ))
        .with(column("time_min", "min", "time after day 0", number(&|r| r.time)));
    for (name, unit, what, f) in SCALARS {
        t = t.with(column(*name, *unit, *what, number(f)));
    }
    for (i, cell) in scenario.cells.iter().enumerate() {
        let of = |list: &[u32]| list.get(i).copied().unwrap_or(0);
        let (all, here) = (format!("cells_{}", cell.name), format!("wound_cells_{}", cell.name));
        t = t
            .with(column(all, "1", format!("{}, in the whole tissue", cell.label), count(&|r| of(&r.cells))))
            .with(column(here, "1", format!("{}, in the wound", cell.label), count(&|r| of(&r.in_wound))));
    }
    for (i, s) in scenario.substrates.iter().enumerate() {
        let values = number(&|r| r.substrates.get(i).copied().unwrap_or(f64::NAN));
        t = t.with(column(format!("mean_{}", s.name), s.unit.clone(), "mean in the wound bed", values));
    }
    for (i, (name, what)) in of_networks(scenario).into_iter().enumerate() {
        let values = number(&|r| r.networks.get(i).copied().unwrap_or(f64::NAN));
        t = t.with(column(
            format!("mean_{name}"),
            "",
            format!("{what}, mean over the cells that carry it"),
            values,
        ));
    }
    for (name, unit, what, values) in sorted(scenario, &runs) {
        t = t.with(column(name, unit, what, ColumnData::F64(values)));
    }
    for (i, p) in scenario.vesicles.iter().enumerate() {
        for (name, unit, what, f) in VESICLES {
            let values = number(&|r| r.vesicles.get(i).map_or(f64::NAN, f));
            t = t.with(column(format!("{}_{name}", p.name), *unit, *what, values));
        }
    }
    t
}

/// What cells sorted into the tissue's own vesicles: name, unit, meaning and values of each column.
fn sorted(scenario: &Scenario, runs: &[&Outcome]) -> Vec<(String, &'static str, String, Vec<f64>)> {
    let types = scenario.cells.len();
    let mut out = Vec::new();
    let at = |list: &[f64], i: usize| list.get(i).copied().unwrap_or(f64::NAN);
    let each = |f: &dyn Fn(&[Row], usize) -> f64| -> Vec<f64> {
        runs.iter().flat_map(|o| (0..o.series.len()).map(|k| f(&o.series, k)).collect::<Vec<_>>()).collect()
    };
    for (m, id) in scenario.sorted_cargo().into_iter().enumerate() {
        let cargo = &scenario.cargo[id.0].name;
        for (k, cell) in scenario.cells.iter().enumerate() {
            if cell.sorted.iter().any(|x| x.cargo == id) {
                // Nothing released in an interval: no number.
                let values = each(&|rows, i| {
                    let before = i.checked_sub(1).map(|j| &rows[j].sorted);
                    let gain = |list: fn(&SortedRow) -> &Vec<f64>, n: usize| {
                        at(list(&rows[i].sorted), n) - before.map_or(0.0, |b| at(list(b), n))
                    };
                    gain(|r| &r.copies, m * types + k) / gain(|r| &r.vesicles, k)
                });
                out.push((
                    format!("{cargo}_per_vesicle_{}", cell.name),
                    "copies",
                    format!(
                        "mean copies in the vesicles that {} released since the row before, when released",
                        cell.label
                    ),
                    values,
                ));
            }
            if cell.vesicle_uptake.clearance > 0.0 {
                out.push((
                    format!("cytosol_{cargo}_{}", cell.name),
                    "copies",
                    format!("copies in the cytosol that came in vesicles, mean over cells: {}", cell.label),
                    each(&|rows, i| at(&rows[i].sorted.cytosol, m * types + k)),
                ));
            }
        }
    }
    out
}

type Scalar = (&'static str, &'static str, &'static str, fn(&Row) -> f64);
const SCALARS: &[Scalar] = &[
    ("closed_percent", "%", "part of the initial wound area that is closed", |r| r.closed),
    (
        "front_um",
        "um",
        "front of the epithelium, from the wound's centre: the furthest of the last 12 h",
        |r| r.front,
    ),
    ("front_now_um", "um", "the same of this moment, pores counted", |r| r.front_now),
    ("edge_um", "um", "edge of the bed, from the wound's centre", |r| r.edge),
    ("epidermal_thickness_um", "um", "viable epidermis over covered columns", |r| r.epidermal_thickness),
    ("collagen_ratio", "1", "collagen I : III in the bed, 0 before there is any", |r| r.collagen_ratio),
    ("collagen_content", "1", "collagen in the bed, intact dermis = 1", |r| r.collagen_content),
    ("fibrin", "1", "fibrin in the bed", |r| r.fibrin),
    ("debris", "1", "debris in the bed", |r| r.debris),
    ("macrophage_score", "1", "mean pro-repair score in the bed", |r| r.macrophage_score),
];

type OfVesicles = (&'static str, &'static str, &'static str, fn(&VesicleRow) -> f64);
const VESICLES: &[OfVesicles] = &[
    ("loaded", "vesicles", "held by the dressing when it was put on", |v| v.loaded),
    ("released", "vesicles", "let go by the dressing, or secreted by cells, so far", |v| v.released),
    ("gel", "vesicles", "still in the gel", |v| v.gel),
    ("gel_degraded", "vesicles", "lost in the gel so far", |v| v.gel_degraded),
    ("free", "vesicles", "free in the tissue", |v| v.free),
    ("bound", "vesicles", "bound to matrix", |v| v.bound),
    ("surface", "vesicles", "on cell surfaces", |v| v.surface),
    ("inside", "vesicles", "inside cells", |v| v.inside),
    ("taken", "vesicles", "bound by cells so far", |v| v.taken),
    ("lymph", "vesicles", "drained into lymph so far", |v| v.lymph),
    ("blood", "vesicles", "taken into blood so far", |v| v.blood),
    ("escaped", "vesicles", "escaped into the cytosol so far", |v| v.escaped),
    ("occupancy", "1", "mean share of occupied surface sites of cells in and around the bed", |v| {
        v.occupancy
    }),
];

/// The cells of all snapshots of the runs of [`Purpose::Main`]: a row per cell and snapshot.
pub fn cells(scenario: &Scenario, outcomes: &[Outcome]) -> Table {
    let shots: Vec<(&Outcome, &Snapshot)> =
        main(outcomes).flat_map(|o| o.snapshots.iter().map(move |s| (o, s))).collect();
    let each = |f: &dyn Fn(&Snapshot) -> &[f32]| {
        ColumnData::F32(shots.iter().flat_map(|(_, s)| f(s).iter().copied()).collect())
    };
    let repeat = |f: &dyn Fn(&Outcome, &Snapshot) -> String| {
        ColumnData::text(shots.iter().flat_map(|(o, s)| std::iter::repeat_n(f(o, s), s.id.len())))
    };
    let kinds = scenario.cells.iter().map(|c| c.name.as_str()).collect::<Vec<_>>();
    let mut t = Table::new("cells")
        .with(column("arm", "", "arm of the study", repeat(&|o, _| o.arm_name.clone())))
        .with(column(
            "replicate",
            "",
            "initial tissue",
            ColumnData::U32(
                shots.iter().flat_map(|(o, s)| std::iter::repeat_n(o.replicate, s.id.len())).collect(),
            ),
        ))
        .with(column(
            "time_min",
            "min",
            "time after day 0",
            ColumnData::F64(
                shots.iter().flat_map(|(_, s)| std::iter::repeat_n(s.time, s.id.len())).collect(),
            ),
        ))
        .with(column(
            "id",
            "",
            "cell, the same throughout a run",
            ColumnData::I64(shots.iter().flat_map(|(_, s)| s.id.iter().map(|&id| id as i64)).collect()),
        ))
        .with(column(
            "type",
            "",
            "cell type",
            ColumnData::text(shots.iter().flat_map(|(_, s)| {
                s.kind.iter().map(|&k| kinds.get(usize::from(k)).copied().unwrap_or("?"))
            })),
        ))
        .with(column("x_um", "um", "from the wound's centre", each(&|s| &s.position[0])))
        .with(column("y_um", "um", "across the strip", each(&|s| &s.position[1])))
        .with(column("z_um", "um", "above the bottom of the modelled dermis", each(&|s| &s.position[2])))
        .with(column("radius_um", "um", "radius", each(&|s| &s.radius)))
        .with(column("pressure", "1", "mechanical pressure, in overlaps", each(&|s| &s.pressure)))
        .with(column("pro_repair_score", "1", "0 pro-inflammatory to 1 pro-repair", each(&|s| &s.score)));
    for (i, p) in scenario.vesicles.iter().enumerate() {
        let (on, inside) = (format!("surface_{}", p.name), format!("inside_{}", p.name));
        t = t
            .with(column(on, "vesicles", "vesicles on the surface", each(&|s| at(&s.on_surface, i))))
            .with(column(inside, "vesicles", "vesicles inside", each(&|s| at(&s.inside, i))));
    }
    for (slot, cargo) in exoderm_tissue::acting_cargo(scenario).into_iter().enumerate() {
        let name = format!("cytosol_{}", scenario.cargo[cargo.0].name);
        t = t.with(column(name, "copies", "escaped copies in the cytosol", each(&|s| at(&s.cytosol, slot))));
    }
    let carriers: Vec<&[CellTypeId]> = exoderm_tissue::networks::recorded(scenario)
        .map(|(n, _)| scenario.networks[n].cells.as_slice())
        .collect();
    for (i, (name, what)) in of_networks(scenario).into_iter().enumerate() {
        // What a cell does not carry is no number, rather than 0.
        let carried = |kind: u8| carriers[i].contains(&CellTypeId(usize::from(kind)));
        let values = shots.iter().flat_map(|(_, s)| {
            let kinds = s.kind.iter().zip(at(&s.networks, i));
            kinds.map(|(&kind, &x)| if carried(kind) { x } else { f32::NAN })
        });
        t = t.with(column(name, "", what, ColumnData::F32(values.collect())));
    }
    t
}

/// Names of the recorded outputs of networks, and what they are.
fn of_networks(scenario: &Scenario) -> Vec<(String, String)> {
    let name = |(n, k): (usize, usize)| {
        let network = &scenario.networks[n];
        let output = &network.network.outputs[k].name;
        (format!("{}_{output}", network.name), format!("`{output}` of the network `{}`", network.name))
    };
    exoderm_tissue::networks::recorded(scenario).map(name).collect()
}

/// The single vesicles of all snapshots of the runs of [`Purpose::Main`], where they are followed one by one: a row per vesicle and
/// snapshot.
pub fn vesicles(scenario: &Scenario, outcomes: &[Outcome]) -> Table {
    let shots: Vec<(&Outcome, &Snapshot)> =
        main(outcomes).flat_map(|o| o.snapshots.iter().map(move |s| (o, s))).collect();
    let count = |s: &Snapshot| s.particles.iter().map(Vec::len).sum::<usize>();
    let each = |axis: usize| {
        ColumnData::F32(
            shots.iter().flat_map(|(_, s)| s.particles.iter().flatten().map(move |p| p[axis])).collect(),
        )
    };
    let arms = shots.iter().flat_map(|(o, s)| std::iter::repeat_n(&o.arm_name, count(s)));
    let names = shots.iter().flat_map(|(_, s)| {
        s.particles.iter().enumerate().flat_map(|(p, list)| {
            std::iter::repeat_n(scenario.vesicles.get(p).map_or("?", |v| v.name.as_str()), list.len())
        })
    });
    Table::new("vesicles")
        .with(column("arm", "", "arm of the study", ColumnData::text(arms)))
        .with(column(
            "replicate",
            "",
            "initial tissue",
            ColumnData::U32(
                shots.iter().flat_map(|(o, s)| std::iter::repeat_n(o.replicate, count(s))).collect(),
            ),
        ))
        .with(column(
            "time_min",
            "min",
            "time after day 0",
            ColumnData::F64(shots.iter().flat_map(|(_, s)| std::iter::repeat_n(s.time, count(s))).collect()),
        ))
        .with(column("population", "", "vesicle population", ColumnData::text(names)))
        .with(column("x_um", "um", "along the box", each(0)))
        .with(column("y_um", "um", "across it", each(1)))
        .with(column("z_um", "um", "above its bottom", each(2)))
}

/// Runs with snapshots.
pub(crate) fn main(outcomes: &[Outcome]) -> impl Iterator<Item = &Outcome> {
    outcomes.iter().filter(|o| o.purpose == Purpose::Main)
}

fn draw(o: &Outcome) -> i64 {
    match o.purpose {
        Purpose::Draw(n) => i64::from(n),
        _ => -1,
    }
}

fn at(list: &[Vec<f32>], i: usize) -> &[f32] {
    list.get(i).map_or(&[], Vec::as_slice)
}

fn column(
    name: impl Into<String>,
    unit: impl Into<String>,
    what: impl Into<String>,
    data: ColumnData,
) -> Column {
    Column::new(name, unit, data).describe(what)
}

/// What the fields of a run are; `None` if it has no snapshot.
pub fn fields_spec(scenario: &Scenario, run: &Outcome) -> Option<FieldsSpec> {
    let first = run.snapshots.first()?;
    let width = run.snapshots.iter().map(|s| s.n[0]).max()?;
    let h = match &scenario.tissue {
        Tissue::Skin(s) => [s.voxel; 3],
        Tissue::Box(b) => b.voxel,
    };
    let mut fields: Vec<FieldName> =
        scenario.substrates.iter().map(|s| FieldName::new(&s.name, &s.unit)).collect();
    fields.extend(["collagen1", "collagen3", "fibrin", "debris"].map(|n| FieldName::new(n, "1")));
    fields.extend(scenario.vesicles.iter().map(|p| FieldName::new(format!("vesicles_{}", p.name), "1/um3")));
    fields.push(FieldName::new("region", "1"));
    Some(FieldsSpec {
        fields,
        shape: [first.n[2], first.n[1], width],
        voxel_um: [h[2], h[1], h[0]],
        times_min: run.snapshots.iter().map(|s| s.time).collect(),
    })
}

/// The arrays of a snapshot in the order of [`fields_spec`], each as z, y, x with x running fastest.
pub fn field_arrays(shot: &Snapshot) -> Vec<Vec<f32>> {
    let region: Vec<f32> = shot.region.iter().map(|&r| f32::from(r)).collect();
    let arrays = shot.substrates.iter().chain(&shot.matrix).chain(&shot.vesicles).chain([&region]);
    arrays.map(|values| x_fastest(values, shot.n)).collect()
}

/// From the tissue's order (z fastest, x slowest) to the image's (x fastest, z slowest).
fn x_fastest(values: &[f32], [nx, ny, nz]: [usize; 3]) -> Vec<f32> {
    let mut out = Vec::with_capacity(values.len());
    for iz in 0..nz {
        for iy in 0..ny {
            out.extend((0..nx).map(|ix| values[iz + nz * (iy + ny * ix)]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_turned_so_that_x_runs_fastest() {
        let n = [2, 3, 4];
        let tissue: Vec<f32> = {
            let mut v = vec![0.0; 24];
            for ix in 0..2 {
                for iy in 0..3 {
                    for iz in 0..4 {
                        v[iz + 4 * (iy + 3 * ix)] = (100 * iz + 10 * iy + ix) as f32;
                    }
                }
            }
            v
        };
        let image = x_fastest(&tissue, n);
        for iz in 0..4 {
            for iy in 0..3 {
                for ix in 0..2 {
                    assert_eq!(image[ix + 2 * (iy + 3 * iz)], (100 * iz + 10 * iy + ix) as f32);
                }
            }
        }
    }
}
