//! A clone of initiated cells that is there already: does it grow faster with vesicles than without?
//!
//! Two rows of the ledger speak of it, and they contradict each other: a prior centred on no effect, whose range holds both signs, and
//! pooled animal studies that lean to smaller tumours. Each gives a probability of harm; the report shows both, and the interval that
//! they span. Nothing of this reaches a run: no rule makes cells malignant.

use crate::results::{Hazard, HazardView};
use exoderm_ledger::{Ledger, Parameter};
use exoderm_numeric::math;
use exoderm_units::significant;

/// Fold of tumour volume, 1 for none; and its standardised mean difference, 0 for none.
const FOLD: &str = "msc_ev_tumour_fold";
const POOLED: &str = "skin_mscev_tumour_smd";
/// Half-width of a 95 % interval in standard deviations.
const HALF_WIDTH: f64 = 1.959_963_984_540_054;

/// What the ledger says; none if it lost its rows.
pub(crate) fn hazard(ledger: &Ledger) -> Option<Hazard> {
    let fold = view(ledger.get(FOLD)?, |p, low, high| {
        // Lognormal about the value, its range read as a 95 % interval.
        let spread = (math::ln(high) - math::ln(low)) / (2.0 * HALF_WIDTH);
        above(math::ln(p) / spread)
    })?;
    let pooled = view(ledger.get(POOLED)?, |p, low, high| above(p / ((high - low) / (2.0 * HALF_WIDTH))))?;
    let chance = [fold.chance.min(pooled.chance), fold.chance.max(pooled.chance)];
    Some(Hazard {
        views: vec![fold, pooled],
        chance,
        note: "Effects of vesicles on tumours that are already there are reported with both signs, in animals and with other products than this \
               one. No number here says that a product does no harm."
            .to_owned(),
    })
}

fn view(p: &Parameter, chance: impl Fn(f64, f64, f64) -> f64) -> Option<HazardView> {
    let (value, low, high) = (p.number()?, p.low?, p.high?);
    let n = |x: f64| significant(x, 3);
    Some(HazardView {
        key: format!("@{}", p.key),
        what: p.what.clone(),
        effect: format!("{} {} ({} to {})", n(value), p.unit.text(), n(low), n(high)),
        chance: chance(value, low, high),
    })
}

/// Probability that a normal variable whose mean is `z` standard deviations is above 0.
fn above(z: f64) -> f64 {
    0.5 * math::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// S029: the prior straddles no effect, so does the interval of the pooled studies; harm has a probability with an interval that
    /// is neither 0 nor 1, and no word of safety is said.
    #[test]
    fn s029_harm_has_a_probability_and_both_signs() {
        let ledger = Ledger::builtin();
        let prior = ledger.get(FOLD).unwrap();
        assert!(prior.low.unwrap() < 1.0 && prior.high.unwrap() > 1.0);
        let pooled = ledger.get(POOLED).unwrap();
        assert!(pooled.low.unwrap() < 0.0 && pooled.high.unwrap() > 0.0);
        let h = hazard(ledger).unwrap();
        assert!((h.views[0].chance - 0.5).abs() < 1e-12, "centred on no effect");
        // -0.8 with a 95 % interval of -1.64 to 0.03: 1.88 standard deviations.
        assert!((h.views[1].chance - 0.030_2).abs() < 5e-4, "{}", h.views[1].chance);
        assert!(0.0 < h.chance[0] && h.chance[0] < h.chance[1] && h.chance[1] < 1.0);
        assert!(!format!("{h:?}").to_lowercase().contains("safe"));
        assert!((above(1.0) - 0.841_344_746).abs() < 1e-8 && above(0.0) == 0.5);
    }
}
