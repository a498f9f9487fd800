//! What `--draws` says about the inputs: which of those drawn together the headline contrast goes with.

use super::Study;
use crate::design;
use crate::job::Purpose;
use crate::results::{Drawn, RankedInput};
use crate::stats::rank_correlation;
use exoderm_model::scenario::Endpoint;
use exoderm_numeric::math;

/// Inputs shown.
const SHOWN: usize = 10;
/// Fewer draws rank nothing.
const FEWEST: usize = 4;
/// Chance that unrelated inputs pass the size given as that of chance.
const LEVEL: f64 = 0.05;

pub(super) fn drawn(study: &Study<'_>, headline: Option<&Endpoint>) -> Option<Drawn> {
    let h = headline?;
    let read: Vec<(u32, f64)> =
        (0..study.draws).filter_map(|k| Some((k, study.variant(h, &Purpose::Draw(k))?))).collect();
    if read.len() < FEWEST {
        return None;
    }
    let values: Vec<Vec<f64>> =
        read.iter().map(|(k, _)| design::draw(study.scenario.seed, *k, study.drawn)).collect();
    let effects: Vec<f64> = read.iter().map(|(_, y)| *y).collect();
    let mut ranks: Vec<RankedInput> = study
        .drawn
        .iter()
        .enumerate()
        .map(|(i, input)| RankedInput {
            input: input.name.clone(),
            what: input.what.clone(),
            range: [input.text(input.values[0]), input.text(input.values[2])],
            correlation: rank_correlation(&values.iter().map(|v| v[i]).collect::<Vec<_>>(), &effects),
            evidence: input.evidence.clone(),
        })
        .collect();
    ranks.sort_by(|a, b| {
        b.correlation.abs().total_cmp(&a.correlation.abs()).then_with(|| a.input.cmp(&b.input))
    });
    ranks.truncate(SHOWN);
    let inputs = study.drawn.len() as u32;
    Some(Drawn { draws: read.len() as u32, inputs, ranks, chance: chance(read.len(), study.drawn.len()) })
}

/// Size that the largest of `inputs` rank correlations of unrelated lists of `n` passes in one of twenty studies: a
/// correlation of unrelated ranks is about normal with variance 1/(n − 1) (Kendall & Gibbons, Rank correlation methods), and the
/// tail of the normal is at most exp(−z²/2).
fn chance(n: usize, inputs: usize) -> f64 {
    let z = (2.0 * math::ln(inputs.max(1) as f64 / LEVEL)).sqrt();
    (z / ((n.max(2) - 1) as f64).sqrt()).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten draws cannot tell a hundred inputs apart; a thousand can.
    #[test]
    fn few_draws_are_chance() {
        assert_eq!(chance(10, 100), 1.0);
        let many = chance(1000, 100);
        assert!(many > 0.1 && many < 0.15, "{many}");
        assert!(chance(1000, 10) < many);
    }
}
