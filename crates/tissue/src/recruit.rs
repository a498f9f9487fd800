//! Cells that enter a wound, from vessels of its margin and bed or from its base.

use crate::plan::{Plan, Region};
use crate::purpose;
use crate::state::State;
use exoderm_cell::{CellError, Kind, NewCell};
use exoderm_model::scenario::{CellTypeId, Entry, Signal};
use exoderm_numeric::{math, random::Seed};

/// One step of `dt` (min).
pub(crate) fn step(
    plan: &Plan,
    s: &mut State,
    seed: Seed,
    dt: f64,
    vessel_type: Option<CellTypeId>,
) -> Result<(), CellError> {
    let Some(w) = s.wound.clone() else { return Ok(()) };
    let depth = s.grid.n[1] as f64 * s.grid.h[1];
    for (k, r) in plan.scenario.recruitment.iter().enumerate() {
        let level = mean_signal(plan, s, r.signal, w.edge + r.margin);
        let rate = r.base + (r.saturation - r.base) * math::hill(level, r.half, r.exponent);
        let extent = match r.entry {
            Entry::Vessels => depth,
            Entry::Base => w.edge * depth,
        };
        let mut stream = seed.stream(k as u64, s.tick, purpose::RECRUIT);
        let count = stream.poisson(rate * extent * dt);
        if count == 0 {
            continue;
        }
        let mut vessels: Vec<(u64, [f64; 3])> = Vec::new();
        if r.entry == Entry::Vessels
            && let Some(kind) = vessel_type
        {
            let beside = |&i: &usize| {
                usize::from(s.cells.kind[i].0) == kind.0
                    && !s.cells.is_doomed(i)
                    && s.cells.position[0][i] < w.edge + r.margin
            };
            vessels.extend((0..s.cells.len()).filter(beside).map(|i| (s.cells.id[i], s.cells.at(i))));
            vessels.sort_unstable_by_key(|(id, _)| *id);
        }
        for _ in 0..count {
            let radius = plan.types[r.cell.0].radius;
            let ceiling = s.basement.first().copied().unwrap_or(s.grid.n[2] as f64 * s.grid.h[2]) - radius;
            let mut p = match r.entry {
                Entry::Vessels if !vessels.is_empty() => {
                    let (_, v) = vessels[stream.below(vessels.len())];
                    v.map(|x| x + stream.range(-r.scatter, r.scatter))
                }
                Entry::Vessels => [
                    w.edge + stream.range(0.0, r.margin.max(s.grid.h[0])),
                    stream.range(0.0, depth),
                    stream.range(radius, ceiling.max(2.0 * radius)),
                ],
                Entry::Base => [
                    stream.range(radius, w.edge),
                    stream.range(0.0, depth),
                    stream.range(radius, 3.0 * radius),
                ],
            };
            p[0] = p[0].clamp(radius, s.grid.n[0] as f64 * s.grid.h[0] - radius);
            p[1] = p[1].rem_euclid(depth);
            p[2] = p[2].clamp(radius, ceiling.max(radius));
            let i = s.cells.add(NewCell::sphere(Kind(r.cell.0 as u8), p, radius))?;
            let score = s.columns.score;
            s.cells.extra_mut(score)[i] = plan.types[r.cell.0].polarisation_start;
            crate::networks::begin(plan, s, i);
            crate::vesicles::rest_chain(plan, s, i);
        }
    }
    Ok(())
}

/// Mean of a signal over the bed and its margin (x below `reach`); debris over the bed alone.
fn mean_signal(plan: &Plan, s: &State, signal: Signal, reach: f64) -> f64 {
    let columns = ((reach / s.grid.h[0]).ceil().max(1.0) as usize).min(s.grid.n[0]);
    let (mut sum, mut count) = (0.0, 0usize);
    for iy in 0..s.grid.n[1] {
        for iz in 0..s.grid.n[2] {
            for ix in 0..columns {
                let v = s.grid.index(ix, iy, iz);
                let value = match (signal, s.region[v]) {
                    (Signal::Debris, Region::Bed) => s.debris[v],
                    (Signal::Substrate(id), Region::Bed | Region::Stroma) => s.substrates[id.0][v],
                    (Signal::Bed, Region::Bed) => crate::matrix::bed(plan, s, v),
                    (Signal::Collagen, Region::Bed) => s.collagen1[v],
                    _ => continue,
                };
                sum += value;
                count += 1;
            }
        }
    }
    if count == 0 { 0.0 } else { sum / count as f64 }
}
