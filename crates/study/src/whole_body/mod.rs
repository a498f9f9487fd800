//! The whole body: plasma over time and organ shares of a dose, with intervals; tumour vesicles in blood; age; a payload.
//!
//! Vesicles have the clearance and exchange that were fitted to target T09 in the mouse (`cargo xtask calibrate-body`), everything
//! else the numbers of `data/body.toml`. The answer is reckoned once with the numbers as stated and again for draws of all ranges
//! (a Latin hypercube); half-lives and clearance are drawn from the target's own ranges, and draws that no body can have
//! are left out and counted.

use crate::error::StudyError;
use crate::stats::quantile;
use exoderm_body::cases::exponentials;
use exoderm_body::compartments::{COMPARTMENTS, Kinetics, NAMES, Route, dose};
use exoderm_body::network::Course;
use exoderm_body::organs::{Shares, targeted};
use exoderm_skin::sources::Roster;
use exoderm_skin::systemic::Systemic;
use exoderm_units::{nearest, significant};

mod draw;
mod fed;
mod organ_rows;
mod plasma;
mod seen;
#[cfg(test)]
mod tests;
mod words;

pub use draw::fitted_target;
pub(crate) use draw::{ML, Values};
pub(crate) use fed::into_blood;
pub use seen::{
    AgeRow, Band, BloodPoint, Check, Depletion, DetectionPoint, FateRow, IndexResult, IntoBlood, OrganRow,
    PayloadInBlood, PlasmaPoint, Request, TumourResult, WholeBody,
};

/// Longest time (h).
pub const MOST_HOURS: f64 = 24.0 * 365.0;
/// Most draws.
pub const MOST_DRAWS: u32 = 20_000;
/// Tolerance of the solver.
const RELATIVE: f64 = 1e-6;
/// Points of the plasma curve, closer together at the start.
const POINTS: usize = 97;
/// Times of the organs' columns (h).
const ORGAN_HOURS: [f64; 4] = [1.0, 4.0, 24.0, 48.0];

/// What a body made of one set of numbers answers.
struct Outcome {
    kinetics: Kinetics,
    organs: Vec<Shares>,
    course: Course<COMPARTMENTS>,
    /// The same with macrophages the other way (depleted, or intact where depletion was asked for).
    other: Option<Course<COMPARTMENTS>>,
}

/// Answers a request.
///
/// # Errors
/// What of the request is wrong, with the nearest valid name.
pub fn run(request: &Request) -> Result<WholeBody, StudyError> {
    let data = Systemic::builtin().map_err(StudyError::Fault)?;
    let question = Question::new(data, request)?;
    let stated = Values::stated(data);
    let at_values = question
        .outcome(&stated)?
        .ok_or_else(|| StudyError::Fault("the fitted rates make no body".into()))?;
    let draws = Values::draws(data, request.draws, request.seed)?;
    let mut kept = Vec::with_capacity(draws.len());
    let mut outcomes = Vec::with_capacity(draws.len());
    for values in draws {
        if let Some(outcome) = question.outcome(&values)? {
            outcomes.push(outcome);
            kept.push(values);
        }
    }
    question.answer(&stated, &at_values, &kept, &outcomes)
}

/// A checked request.
struct Question<'a> {
    data: &'a Systemic,
    request: &'a Request,
    route: Route,
    source: Option<String>,
    target: Option<usize>,
}

/// The one of `names` that is meant.
fn choose(what: &str, name: &str, names: &[&'static str]) -> Result<&'static str, StudyError> {
    let wanted = name.trim().to_lowercase();
    names.iter().copied().find(|n| *n == wanted).ok_or_else(|| {
        let near = nearest(&wanted, names.iter().copied())
            .map(|n| format!("; did you mean `{n}`?"))
            .unwrap_or_default();
        StudyError::input(
            format!("there is no {what} `{name}`{near}"),
            format!("there are: {}", names.join(", ")),
        )
    })
}

fn within_limits(what: &str, value: f64, low: f64, high: f64) -> Result<(), StudyError> {
    if value > low && value <= high {
        return Ok(());
    }
    Err(StudyError::input(
        format!("{what} is {value}"),
        format!("give more than {} and at most {}", significant(low, 3), significant(high, 3)),
    ))
}

impl<'a> Question<'a> {
    fn new(data: &'a Systemic, request: &'a Request) -> Result<Self, StudyError> {
        choose("substance", &request.substance, &["vesicle", "antibody", "factor"])?;
        choose("body", &request.body, &["mouse", "human"])?;
        within_limits("the dose", request.dose, 0.0, 1e18)?;
        within_limits("the number of hours", request.hours, 0.0, MOST_HOURS)?;
        within_limits("the number of draws", f64::from(request.draws), 1.0, f64::from(MOST_DRAWS))?;
        let route = match choose("route", &request.route, &["iv", "infusion", "intradermal", "topical"])? {
            "iv" => Route::Bolus,
            "infusion" => {
                within_limits("the infusion in hours", request.infusion, 0.0, request.hours)?;
                Route::Infusion(request.infusion * 60.0)
            }
            "intradermal" => Route::Intradermal,
            _ => Route::Topical,
        };
        if let Some(cells) = request.tumour_cells {
            within_limits("the number of tumour cells", cells, 0.0, 1e13)?;
        }
        if let Some(age) = request.age {
            within_limits("the age", age, 0.0, 120.0)?;
        }
        within_limits("the ligand's factor", request.ligand, 0.0, 1e6)?;
        if request.deplete && request.substance != "vesicle" {
            return Err(StudyError::input(
                format!("macrophages do not clear the {} here", request.substance),
                "deplete macrophages with vesicles only",
            ));
        }
        let source = request.source.as_deref().map(source).transpose()?;
        let target = request.target.as_deref().map(|name| organ(data, name)).transpose()?;
        if target.is_none() && request.ligand != 1.0 {
            return Err(StudyError::input("a ligand without a target", "name one, as in --target tumour"));
        }
        Ok(Self { data, request, route, source, target })
    }

    /// One body's answer; none if the numbers make no body.
    fn outcome(&self, values: &Values<'_>) -> Result<Option<Outcome>, StudyError> {
        let r = self.request;
        let Some(intact) = values.kinetics(&r.substance, &r.body) else { return Ok(None) };
        let intact = intact.checked().map_err(|e| StudyError::Fault(e.to_string()))?;
        let tumour = self.target.is_some_and(|t| self.data.organs[t] == "tumour");
        let (intact, organs) = match self.target {
            Some(target) => targeted(&intact, &values.organs(tumour), target, r.ligand),
            None => (intact, values.organs(tumour)),
        };
        let depleted = intact.with_macrophages(values.get("vesicle.left"));
        let [kinetics, other] = if r.deplete { [depleted, intact] } else { [intact, depleted] };
        let horizon = r.hours * 60.0;
        let course = |k: &Kinetics| dose(k, r.dose, &self.route, horizon, RELATIVE);
        Ok(Some(Outcome {
            course: course(&kinetics),
            other: (r.substance == "vesicle").then(|| course(&other)),
            kinetics,
            organs,
        }))
    }

    /// A number of each outcome as a band.
    fn band(&self, at_values: &Outcome, outcomes: &[Outcome], of: impl Fn(&Outcome) -> f64) -> Band {
        band(of(at_values), outcomes.iter().map(of))
    }

    fn answer(
        &self,
        stated: &Values<'_>,
        at_values: &Outcome,
        kept: &[Values<'_>],
        outcomes: &[Outcome],
    ) -> Result<WholeBody, StudyError> {
        let r = self.request;
        let minutes = r.hours * 60.0;
        let all = |of: &dyn Fn(&Outcome) -> f64| self.band(at_values, outcomes, of);
        let plasma = (0..POINTS)
            .map(|i| {
                let x = i as f64 / (POINTS - 1) as f64;
                let t = minutes * x * x * x;
                PlasmaPoint {
                    hour: t / 60.0,
                    per_ml: all(&|o| o.course.at(t)[0].max(0.0) / o.kinetics.volume * ML),
                }
            })
            .collect();
        let mut organ_hours: Vec<f64> = ORGAN_HOURS.iter().copied().filter(|h| *h < r.hours).collect();
        organ_hours.push(r.hours);
        let half_life = |o: &Outcome, slow: bool| {
            let k = &o.kinetics;
            let terms = exponentials(k.clearance() / k.volume, &[k.first, k.second]);
            let rate = if slow { terms.first() } else { terms.last() };
            rate.map_or(f64::NAN, |t| std::f64::consts::LN_2 / t[0])
        };
        let asked = self.request.draws;
        Ok(WholeBody {
            title: self.title(),
            substance: r.substance.clone(),
            unit: self.unit().to_owned(),
            dose: r.dose,
            route: r.route.clone(),
            body: r.body.clone(),
            depleted: r.deplete,
            hours: r.hours,
            clearance_ml_per_min: all(&|o| o.kinetics.clearance() / ML),
            half_lives_min: [all(&|o| half_life(o, false)), all(&|o| half_life(o, true))],
            plasma,
            organs: self.organ_rows(at_values, outcomes, &organ_hours),
            organ_hours,
            fates: self.fates(at_values, outcomes),
            depletion: self.depletion(at_values, outcomes),
            checks: self.checks(at_values, outcomes),
            index: self.target.map(|t| plasma::index(self.data, r, t, stated, kept)).transpose()?,
            tumour: r.tumour_cells.map(|n| plasma::tumour(n, r.age, stated, kept)).transpose()?,
            ages: r.age.map_or_else(Vec::new, |age| plasma::ages(age, stated, kept)),
            imbalance: outcomes.iter().chain([at_values]).map(|o| o.course.imbalance()).fold(0.0, f64::max),
            draws: [asked, asked - outcomes.len() as u32],
            inputs: self.inputs(),
            notes: self.notes(),
        })
    }

    fn fates(&self, at_values: &Outcome, outcomes: &[Outcome]) -> Vec<FateRow> {
        (0..COMPARTMENTS)
            .map(|c| FateRow {
                name: NAMES[c].to_owned(),
                percent: self.band(at_values, outcomes, |o| 100.0 * o.course.last()[c] / self.request.dose),
            })
            .filter(|row| row.percent.high > 1e-6)
            .collect()
    }
}

/// A value and the 5, 50 and 95 % of draws.
fn band(stated: f64, draws: impl Iterator<Item = f64>) -> Band {
    let mut sorted: Vec<f64> = draws.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |p: f64| if sorted.is_empty() { stated } else { quantile(&sorted, p) };
    Band { stated, low: at(0.05), median: at(0.5), high: at(0.95) }
}

fn source(name: &str) -> Result<String, StudyError> {
    let roster = Roster::builtin().map_err(StudyError::Fault)?;
    let wanted = name.trim().to_lowercase().replace([' ', '_'], "-");
    roster.sources.iter().find(|s| s.name == wanted).map(|s| s.what.clone()).ok_or_else(|| {
        let names = roster.sources.iter().map(|s| s.name.as_str());
        let near =
            nearest(&wanted, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        StudyError::input(
            format!("there is no source `{name}`{near}"),
            format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
        )
    })
}

fn organ(data: &Systemic, name: &str) -> Result<usize, StudyError> {
    let wanted = name.trim().to_lowercase();
    data.organs.iter().position(|o| *o == wanted).ok_or_else(|| {
        let names = data.organs.iter().map(String::as_str);
        let near =
            nearest(&wanted, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        StudyError::input(
            format!("there is no organ `{name}`{near}"),
            format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
        )
    })
}
