//! What organs hold: rows by organ, what macrophages change, the order and peak times that are published.

use super::{Check, Depletion, OrganRow, Outcome, Question};
use exoderm_body::compartments::{COMPARTMENTS, Route};
use exoderm_body::network::Course;
use exoderm_body::organs::{Shares, amount};

/// Times looked at for an organ's peak.
const PEAK_POINTS: usize = 400;

impl Question<'_> {
    /// Organs that are there: all but a tumour nobody asked for.
    fn present(&self, outcome: &Outcome) -> Vec<usize> {
        (0..self.data.organs.len()).filter(|i| outcome.organs[*i] != Shares::default()).collect()
    }

    pub(super) fn organ_rows(
        &self,
        at_values: &Outcome,
        outcomes: &[Outcome],
        hours: &[f64],
    ) -> Vec<OrganRow> {
        let minutes = self.request.hours * 60.0;
        let mut rows: Vec<OrganRow> = self
            .present(at_values)
            .into_iter()
            .map(|i| OrganRow {
                name: self.data.organs[i].clone(),
                percent_of_dose: hours
                    .iter()
                    .map(|h| {
                        self.band(at_values, outcomes, |o| {
                            100.0 * amount(&o.organs[i], &o.course.at(h * 60.0)) / self.request.dose
                        })
                    })
                    .collect(),
                percent_of_organs: hours
                    .iter()
                    .map(|h| {
                        self.band(at_values, outcomes, |o| share_of_organs(o, i, &o.course.at(h * 60.0)))
                    })
                    .collect(),
                peak_hour: self.band(at_values, outcomes, |o| peak(o, i, minutes) / 60.0),
            })
            .collect();
        let most = |row: &OrganRow| row.percent_of_dose.first().map_or(0.0, |b| b.median);
        rows.sort_by(|a, b| (a.name == "rest").cmp(&(b.name == "rest")).then(most(b).total_cmp(&most(a))));
        rows
    }

    pub(super) fn depletion(&self, at_values: &Outcome, outcomes: &[Outcome]) -> Option<Depletion> {
        at_values.other.as_ref()?;
        let liver = self.data.organs.iter().position(|o| o == "liver")?;
        let sides = |o: &Outcome| -> Option<[Course<COMPARTMENTS>; 2]> {
            let other = o.other.clone()?;
            Some(if self.request.deplete { [other, o.course.clone()] } else { [o.course.clone(), other] })
        };
        let value = |o: &Outcome, of: &dyn Fn(&Course<COMPARTMENTS>, &Course<COMPARTMENTS>) -> f64| {
            sides(o).map_or(f64::NAN, |[intact, depleted]| of(&intact, &depleted))
        };
        let all = |of: &dyn Fn(&Outcome) -> f64| self.band(at_values, outcomes, of);
        Some(Depletion {
            area_ratio: all(&|o| value(o, &|intact, depleted| depleted.areas()[0] / intact.areas()[0])),
            liver_intact: all(&|o| value(o, &|intact, _| share_of_organs(o, liver, &intact.last()))),
            liver_depleted: all(&|o| value(o, &|_, depleted| share_of_organs(o, liver, &depleted.last()))),
        })
    }

    /// S026, for vesicles in blood.
    pub(super) fn checks(&self, at_values: &Outcome, outcomes: &[Outcome]) -> Vec<Check> {
        let r = self.request;
        if r.substance != "vesicle" || self.route != Route::Bolus || r.hours < 12.0 || r.deplete {
            return Vec::new();
        }
        let place = |name: &str| self.data.organs.iter().position(|o| o == name);
        let (Some(liver), Some(spleen), Some(lung)) = (place("liver"), place("spleen"), place("lung")) else {
            return Vec::new();
        };
        let minutes = r.hours * 60.0;
        let single: Vec<usize> = self
            .present(at_values)
            .into_iter()
            .filter(|i| ![liver, spleen, lung].contains(i) && self.data.organs[*i] != "rest")
            .collect();
        let at_12 = |o: &Outcome, i: usize| amount(&o.organs[i], &o.course.at(720.0));
        type Holds<'h> = Box<dyn Fn(&Outcome) -> bool + 'h>;
        let list: [(&str, Holds<'_>); 5] = [
            (
                "liver holds more than spleen and lung (12 h; @bd_peak_liver)",
                Box::new(move |o| at_12(o, liver) > at_12(o, spleen).max(at_12(o, lung))),
            ),
            (
                "spleen and lung together hold more than any other single organ (12 h)",
                Box::new(move |o| {
                    let rest = single.iter().map(|i| at_12(o, *i)).fold(0.0, f64::max);
                    at_12(o, spleen) + at_12(o, lung) > rest
                }),
            ),
            ("liver peaks within 1 h (@bd_peak_liver)", Box::new(move |o| peak(o, liver, minutes) <= 60.0)),
            (
                "spleen peaks at 2 to 12 h (@bd_peak_liver)",
                Box::new(move |o| (120.0..=720.0).contains(&peak(o, spleen, minutes))),
            ),
            (
                "lung peaks at 2 to 12 h (@bd_peak_liver)",
                Box::new(move |o| (120.0..=720.0).contains(&peak(o, lung, minutes))),
            ),
        ];
        list.into_iter()
            .map(|(what, holds)| Check {
                what: what.to_owned(),
                share: outcomes.iter().filter(|o| holds(o)).count() as f64 / outcomes.len().max(1) as f64,
                stated: holds(at_values),
            })
            .collect()
    }
}

/// An organ's % of what all organs hold.
fn share_of_organs(o: &Outcome, organ: usize, state: &[f64; COMPARTMENTS]) -> f64 {
    let all: f64 = o.organs.iter().map(|s| amount(s, state)).sum();
    if all > 0.0 { 100.0 * amount(&o.organs[organ], state) / all } else { 0.0 }
}

/// When an organ holds most (min).
fn peak(o: &Outcome, organ: usize, minutes: f64) -> f64 {
    let (mut best, mut at) = (f64::NEG_INFINITY, 0.0);
    for i in 0..=PEAK_POINTS {
        let x = i as f64 / PEAK_POINTS as f64;
        let t = minutes * x * x * x;
        let there = amount(&o.organs[organ], &o.course.at(t));
        if there > best {
            (best, at) = (there, t);
        }
    }
    at
}
