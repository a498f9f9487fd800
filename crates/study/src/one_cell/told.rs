//! Do vesicles tell the state of the cell that made them? Donor state → cargo → sample → classifier (S018).
//!
//! People in two groups give a sample of equally many vesicles. In one group the parent cells are in the state asked for: their
//! vesicles hold `fold` times the copies of a marker microRNA, and the cells free more or fewer of them. The marker also differs from
//! person to person. In blood, vesicles of platelets are counted along, a number of them that differs between people, with the marker
//! as at rest. The classifier knows only the copies per vesicle of the sample. How well it does is the area under its curve, the
//! probability that a person of the changed group scores above one at rest (Mann–Whitney), with the standard error of Hanley and McNeil
//! (1982, doi:10.1148/radiology.143.1.7063747).

use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed, Stream};
use exoderm_skin::sources::{Marker, Roster, Source};
use exoderm_vesicle::cargo::{Class, draw_copies};
use serde::{Deserialize, Serialize};

/// Streams.
const PEOPLE: Purpose = 312;
/// Half the width of a 95 % interval, in standard errors.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// How well a sample's vesicles tell the state of their parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Copies of the marker in a vesicle, times rest.
    pub fold: f64,
    /// People in each group.
    pub people: u64,
    /// Vesicles looked at in each sample.
    pub vesicles: u64,
    /// By background: none, and the low end, the value and the high end of the number of platelets' vesicles per vesicle of skin.
    pub rows: Vec<ToldRow>,
}

/// One background.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToldRow {
    /// Vesicles of platelets per vesicle of skin.
    pub platelets: f64,
    /// Area under the curve: 0.5 tells nothing, 1 all.
    pub auc: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

/// A cargo that marks a state of the parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Its class.
    pub(crate) class: Class,
    /// Copies in a vesicle at rest.
    pub(crate) mean: f64,
    /// Copies in one that has any.
    pub(crate) each: f64,
    /// Copies in vesicles of the changed parent, times rest.
    pub(crate) fold: f64,
    /// Vesicles that it frees, times rest.
    pub(crate) secretion: f64,
}

impl Mark {
    /// The roster's marker microRNA in the vesicles of a source; `secretion` is what the state does to release.
    pub(super) fn of(roster: &Roster, source: &Source, secretion: f64) -> Self {
        Self {
            class: Class::Mirna,
            mean: source.mirna.as_ref().unwrap_or(&roster.cargo.mirna).value,
            each: roster.cargo.mirna_when_loaded.value,
            fold: roster.marker.fold.value,
            secretion,
        }
    }
}

/// Draws both groups for each background: people, vesicles and platelets as `marker` has them.
pub(crate) fn round_trip(marker: &Marker, mark: Mark, seed: u64) -> Told {
    let (people, vesicles) = (marker.people.value as u64, marker.vesicles.value as u64);
    let p = &marker.platelets;
    let rows = [0.0, p.range[0], p.value, p.range[1]]
        .into_iter()
        .map(|platelets| {
            let draw = |changed: bool| -> Vec<f64> {
                let (fold, release) = if changed { (mark.fold, mark.secretion) } else { (1.0, 1.0) };
                let per_skin = platelets / release.max(1e-300);
                let sample = Sample { mark: Mark { fold, ..mark }, per_skin, vesicles };
                (0..people)
                    .map(|i| {
                        let person = 2 * i + u64::from(changed);
                        // The same people whatever the background.
                        sample.score(marker, &mut Seed::new(seed, 0).stream(person, 0, PEOPLE))
                    })
                    .collect()
            };
            let (auc, error) = area(&draw(true), &draw(false));
            let interval = [auc - NORMAL_95 * error, auc + NORMAL_95 * error].map(|x| x.clamp(0.0, 1.0));
            ToldRow { platelets, auc, interval }
        })
        .collect();
    Told { fold: mark.fold, people, vesicles, rows }
}

/// What a sample is drawn from.
struct Sample {
    /// The marker, with the fold of this group.
    mark: Mark,
    /// Vesicles of platelets per vesicle of skin, on the median.
    per_skin: f64,
    vesicles: u64,
}

impl Sample {
    /// Copies per vesicle in one person's sample.
    fn score(&self, m: &Marker, stream: &mut Stream) -> f64 {
        let spread = |sigma: f64, z: f64| math::exp(sigma * z);
        let [own, theirs, many] = [stream.normal(), stream.normal(), stream.normal()];
        let ratio = self.per_skin * spread(m.platelet_spread.value, many);
        let skin = stream.binomial(self.vesicles, 1.0 / (1.0 + ratio));
        let between = m.between.value;
        let Mark { class, mean, each, fold, .. } = self.mark;
        let mut copies = |n: u64, mean: f64| draw_copies(n, mean, class, each, stream);
        let found = copies(skin, mean * fold * spread(between, own))
            + copies(self.vesicles - skin, mean * spread(between, theirs));
        found as f64 / self.vesicles as f64
    }
}

/// Area under the curve of scores that should be high in `changed`, and its standard error. Ties count half.
fn area(changed: &[f64], rest: &[f64]) -> (f64, f64) {
    let (n, m) = (changed.len() as f64, rest.len() as f64);
    let mut wins = 0.0;
    for a in changed {
        for b in rest {
            wins += if a > b {
                1.0
            } else if a < b {
                0.0
            } else {
                0.5
            };
        }
    }
    let a = wins / (n * m);
    let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
    let variance = (a * (1.0 - a) + (n - 1.0) * (q1 - a * a) + (m - 1.0) * (q2 - a * a)) / (n * m);
    (a, variance.max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(fold: f64, secretion: f64) -> Told {
        by_seed(fold, secretion, 5)
    }

    fn by_seed(fold: f64, secretion: f64, seed: u64) -> Told {
        let mut roster = Roster::builtin().unwrap().clone();
        roster.marker.fold.value = fold;
        let source = roster.sources.iter().find(|s| s.name == "keratinocyte").unwrap().clone();
        round_trip(&roster.marker, Mark::of(&roster, &source, secretion), seed)
    }

    /// S018: without a background the classifier finds what went in. Scores are then lognormal with the spread between people (drawn
    /// copies add a hundredth), for which the area is known: Φ(ln fold/(σ√2)) = (1 + erf(ln fold/(2σ)))/2.
    #[test]
    fn s018_round_trip_has_the_area_of_its_lognormals() {
        let sigma = Roster::builtin().unwrap().marker.between.value;
        for fold in [1.0, 1.3, 2.0, 5.0] {
            let row = told(fold, 1.0).rows[0];
            let exact = 0.5 * (1.0 + math::erf(math::ln(fold) / (2.0 * sigma)));
            let error = (row.interval[1] - row.interval[0]) / (2.0 * NORMAL_95);
            assert!((row.auc - exact).abs() < 3.0 * error.max(0.005), "{fold}: {row:?} {exact}");
        }
    }

    /// S018: platelets' vesicles dilute the signal, the more the more there are; a state that frees more is diluted less. A state that
    /// marks nothing is not told, whatever it frees.
    #[test]
    fn s018_platelet_background_dilutes() {
        let rows = told(2.0, 1.0).rows;
        assert_eq!(rows.len(), 4);
        assert!(rows[0].auc > 0.9 && rows.windows(2).all(|w| w[1].auc < w[0].auc + 0.03), "{rows:?}");
        assert!(rows[3].auc < 0.65 && rows[3].interval[0] < 0.5 + 0.1, "{rows:?}");
        assert!(told(2.0, 5.0).rows[2].auc > rows[2].auc);
        // Over 24 draws of people the intervals of a marker that marks nothing hold one half as often as they claim: at least 19 of 24
        // with a probability of 0.998.
        let none: Vec<ToldRow> = (0..24).map(|seed| by_seed(1.0, 3.0, seed).rows[0]).collect();
        let held = none.iter().filter(|r| r.interval[0] < 0.5 && r.interval[1] > 0.5).count();
        assert!(held >= 19, "{none:?}");
        let mean = none.iter().map(|r| r.auc).sum::<f64>() / 24.0;
        assert!((mean - 0.5).abs() < 0.018, "{mean}");
    }

    /// Ties count half, full separation is 1, and the error vanishes there.
    #[test]
    fn area_of_known_scores() {
        assert_eq!(area(&[2.0, 3.0], &[0.0, 1.0]), (1.0, 0.0));
        assert_eq!(area(&[1.0, 1.0], &[1.0, 1.0]).0, 0.5);
        assert!((area(&[1.0, 3.0], &[0.0, 2.0]).0 - 0.75).abs() < 1e-15);
    }
}
