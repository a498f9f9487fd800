//! Resting skin: what keeps a dissolved factor at its resting level, and how injury rouses cells.
//!
//! Secretion rates of a scenario are those of cells in wounds and cultures. Added to a resting level they would lift
//! intact skin far above it, and skin would inflame by itself. So a resting level is a set point: through the burn-in the
//! resident cells secrete only the share of their rate that the level takes (`activity`), and where all of them together
//! fall short, tissue makes the rest (`background`). What day 0 finds is kept. From then on a cell of the bed secretes at
//! its full rate, one at a distance d beyond the edge at `activity + (1 − activity) exp(−d/reach)`.
//!
//! Residents renew themselves. The density of a type with a `density_exponent` is a set point as well: where nothing rouses its cells,
//! death goes with their density over that at the start. Without one, numbers walk at random, and any difference between the rates of
//! division and death grows exponentially.
//!
//! Attractants lead roused cells only, by the same factor. Cells that follow what they themselves or their neighbours secrete
//! gather without end (Keller and Segel 1970), and residents of intact skin do not: they are taken to be adapted to their resting levels.

use crate::plan::{Plan, Region};
use crate::state::{Blueprint, State};
use exoderm_model::scenario::{Scenario, Tissue};
use exoderm_numeric::{math, reduce};
use serde::{Deserialize, Serialize};

/// A dissolved factor in resting skin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rest {
    /// Share of their full rate at which resident cells secrete (0–1).
    pub activity: f64,
    /// Share of the resting production that does not come from cells (0–1).
    pub background: f64,
}

impl Rest {
    /// From what cells would make at full rate and what the resting level takes (amount/min).
    fn of(made: f64, needed: f64) -> Self {
        if needed <= 0.0 {
            // No resting level that production has to keep up.
            Self { activity: 1.0, background: 1.0 }
        } else if made <= needed {
            Self { activity: 1.0, background: 1.0 - made / needed }
        } else {
            Self { activity: needed / made, background: 0.0 }
        }
    }
}

/// Finds the set point of every substrate from the cells' full `source` (amount/um³/min), and scales it.
pub(crate) fn settle(plan: &Plan, s: &State, source: &mut [Vec<f64>]) -> Vec<Rest> {
    let intact = s.region.iter().filter(|r| matches!(r, Region::Epithelium | Region::Stroma)).count() as f64;
    let mut out = Vec::with_capacity(source.len());
    for (sub, source) in plan.scenario.substrates.iter().zip(source) {
        let rest = Rest::of(reduce::sum(source), sub.decay * sub.resting * intact);
        if rest.activity < 1.0 {
            source.iter_mut().for_each(|x| *x *= rest.activity);
        }
        out.push(rest);
    }
    out
}

/// How far a cell at `x` (um) is roused by a wound: 1 in the bed, falling off beyond its edge, 0 in unwounded skin.
pub(crate) fn roused(plan: &Plan, s: &State, x: f64) -> f64 {
    let (Some(rule), Some(w)) = (&plan.wound, &s.wound) else { return 0.0 };
    let beyond = x - w.edge;
    if beyond <= 0.0 {
        1.0
    } else if rule.activation_reach > 0.0 {
        math::exp(-beyond / rule.activation_reach)
    } else {
        0.0
    }
}

/// Cells of each type per length of skin in a layout (per um); nothing in a general box.
pub(crate) fn density(scenario: &Scenario, blueprint: &Blueprint) -> Vec<f64> {
    if !matches!(scenario.tissue, Tissue::Skin(_)) {
        return Vec::new();
    }
    let width = blueprint.grid.n[0] as f64 * blueprint.grid.h[0];
    let mut count = vec![0.0; scenario.cells.len()];
    blueprint.cells.iter().for_each(|(kind, ..)| count[kind.0] += 1.0);
    count.iter().map(|n| n / width).collect()
}

/// Length of skin (um), weighted by how little a wound rouses it, below which its density is not judged.
const LEAST: f64 = 100.0;

/// By what the density of each type, over that at the start, multiplies death of cells that nothing rouses.
pub(crate) fn crowding(plan: &Plan, s: &State, factors: &mut Vec<f64>) {
    factors.clear();
    factors.resize(plan.types.len(), 1.0);
    if s.resting_density.is_empty() || plan.types.iter().all(|t| t.density_exponent == 0.0) {
        return;
    }
    let h = s.grid.h[0];
    let calm: f64 = h * (0..s.grid.n[0]).map(|ix| 1.0 - roused(plan, s, (ix as f64 + 0.5) * h)).sum::<f64>();
    if calm < LEAST {
        return;
    }
    let mut count = vec![0.0; plan.types.len()];
    for i in 0..s.cells.len() {
        let kind = usize::from(s.cells.kind[i].0);
        if plan.types[kind].density_exponent > 0.0 && !s.cells.is_doomed(i) {
            count[kind] += 1.0 - roused(plan, s, s.cells.position[0][i]);
        }
    }
    for (kind, t) in plan.types.iter().enumerate() {
        let expected = s.resting_density[kind] * calm;
        if t.density_exponent > 0.0 && expected > 0.0 {
            factors[kind] = math::pow(count[kind] / expected, t.density_exponent);
        }
    }
}

/// How far attractants lead a cell at `x` (um), 0–1: as far as a wound rouses it in skin, always in a general box.
pub(crate) fn led(plan: &Plan, s: &State, x: f64) -> f64 {
    match plan.scenario.tissue {
        Tissue::Skin(_) => roused(plan, s, x),
        Tissue::Box(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells and background together make what the level takes, whichever of them could make more.
    #[test]
    fn production_meets_the_resting_level() {
        for (made, needed) in [(0.0, 2.0), (1.0, 2.0), (2.0, 2.0), (50.0, 2.0)] {
            let r = Rest::of(made, needed);
            assert!((r.activity * made + r.background * needed - needed).abs() < 1e-12 * needed, "{r:?}");
            assert!((0.0..=1.0).contains(&r.activity) && (0.0..=1.0).contains(&r.background));
        }
        assert_eq!(Rest::of(3.0, 0.0), Rest { activity: 1.0, background: 1.0 });
    }
}
