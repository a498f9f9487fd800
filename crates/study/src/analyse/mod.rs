//! From outcomes to results.

mod answer;
pub(crate) mod boxes;
mod carried;
mod communication;
mod contrasts;
mod drawn;
mod notes;
mod published;
mod required;
mod rival;
mod sweep;
mod varied;

pub use required::next_potencies;
pub use varied::favourable;

use crate::design::Input;
use crate::endpoints::{Better, DAY, Reading, better, bounds, read, row_at, unit};
use crate::hazard::hazard;
use crate::job::{Outcome, Purpose};
use crate::results::{
    ArmResult, Balance, EndpointResult, QuestionText, RESULTS_FORMAT, Reproduce, Results, SeriesPoint,
    Timings,
};
use crate::stats::{estimate, within};
use crate::{delivery, evidence, passage, product, sections};
use answer::{answer, trials};
use contrasts::contrasts;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, ArmKind, Endpoint, EndpointRole, Scenario};
use notes::{chromatin_warning, drift_warning, enforced};
use published::comparisons;
use required::required;
use varied::{cases, swings, top};

/// All that an analysis reads.
pub struct Study<'a> {
    /// The scenario as given.
    pub scenario: &'a Scenario,
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Outcomes of all jobs.
    pub outcomes: &'a [Outcome],
    /// Inputs that were varied.
    pub inputs: &'a [Input],
    /// Variants whose vehicle arm is the study's own: what they vary does not reach it.
    pub own_vehicle: &'a [Purpose],
    /// What was swept.
    pub sweep: &'a crate::sweep::Plan,
    /// Arms that were asked for (names); empty for all.
    pub arms: Vec<String>,
    /// Replicates asked for.
    pub replicates: u32,
    /// Draws asked for.
    pub draws: u32,
    /// How to run it again.
    pub reproduce: Reproduce,
    /// Times and memory.
    pub timings: Timings,
    /// Warnings so far.
    pub warnings: Vec<String>,
    /// Inputs that draws vary together.
    pub drawn: &'a [Input],
    /// The part that was not run to its end.
    pub unfinished: Option<String>,
}

/// Share of the vesicles made below which a line of the balance sheet says nothing.
const NOTHING: f64 = 1e-12;

/// Turns outcomes into results.
pub fn results(study: &Study<'_>) -> Results {
    let s = study.scenario;
    let headline = s.endpoints.iter().find(|e| e.headline);
    let arms: Vec<&Arm> =
        s.arms.iter().filter(|a| study.arms.is_empty() || study.arms.contains(&a.name)).collect();
    let reached = study
        .outcomes
        .iter()
        .filter(|o| o.purpose == Purpose::Main)
        .map(|o| o.reached)
        .fold(f64::INFINITY, f64::min);
    let reached = if reached.is_finite() { reached.max(0.0) } else { 0.0 };
    let exosome = study.main(ArmKind::Exosome);
    let vehicle = study.main(ArmKind::Vehicle);
    let contrasts = contrasts(study);
    let base = headline.and_then(|h| study.single(h, ArmKind::Exosome, ArmKind::Vehicle));
    let swings = swings(study, headline, base);
    let tried = swings.len();
    let ran = study.outcomes.iter().filter(|o| o.purpose == Purpose::Main).count();
    let complete = reached >= s.horizon - 1e-6 && ran >= arms.len() * study.replicates as usize && ran > 0;
    let status = if !complete {
        "partial"
    } else if study.replicates < 10 {
        "preview"
    } else {
        "full"
    };
    let of = |k: ArmKind| s.arms.iter().find(|a| a.kind == k).map_or("", |a| a.name.as_str());
    let (exosomes, gel) = (of(ArmKind::Exosome), of(ArmKind::Vehicle));
    let main = contrasts
        .iter()
        .find(|c| headline.is_some_and(|h| h.name == c.endpoint) && c.arm == exosomes && c.reference == gel);
    let course = boxes::course(study);
    let carried = carried::carried(study);
    let (answer, verdict) = match &course {
        Some(c) => (boxes::answer(c) + &carried::sentence(&carried), String::new()),
        None => answer(study, headline, main),
    };
    let mut warnings = study.warnings.clone();
    let waterfall = delivery::waterfall(s, &exosome);
    let passages = if waterfall.is_none() { study.passages() } else { Vec::new() };
    warnings.extend(drift_warning(study));
    warnings.extend(chromatin_warning(study.scenario));
    Results {
        format: RESULTS_FORMAT,
        scenario: s.name.clone(),
        title: s.title.clone(),
        question: QuestionText {
            text: s.question.text.clone(),
            population: s.question.population.clone(),
            outcome: s.question.outcome.clone(),
            comparator: s.question.comparator.clone(),
        },
        species: s.species.clone(),
        reached: reached / DAY,
        horizon: s.horizon / DAY,
        status: status.to_owned(),
        replicates: study.replicates,
        draws: study.draws,
        answer,
        trials: trials(s),
        unfinished: study.unfinished.clone(),
        verdict,
        headline: headline.map_or_else(String::new, |h| h.name.clone()),
        less_is_better: headline.is_some_and(|h| better(h.measure) == Better::Less),
        arms: arms.iter().map(|a| arm_result(study, a)).collect(),
        cases: cases(study, headline, base),
        plausibility: delivery::plausibility(s, study.ledger, &exosome),
        dressing: delivery::dressing_table(s, &exosome),
        blood: crate::whole_body::into_blood(s, &exosome),
        waterfall,
        passages,
        required: required(study, headline),
        sensitivity: top(swings, 5),
        sensitivity_method: method(study, tried),
        drawn: drawn::drawn(study, headline),
        balance: balance(study),
        sections: sections::sections(s, &vehicle, &exosome),
        targets: comparisons(study),
        rival: course.is_none().then(|| rival::rival(study)),
        hazard: s.vesicles.iter().any(|v| !v.endogenous).then(|| hazard(study.ledger)).flatten(),
        products: product::products(s),
        evidence: evidence::groups(s, study.ledger),
        assumptions: evidence::assumptions(s),
        conflicts: evidence::conflicts(s, study.ledger),
        enforced: if course.is_some() { Vec::new() } else { enforced(s, &arms) },
        sweep: sweep::sweep(study, headline),
        bench: crate::bench::bench(s, &contrasts, exosomes, gel),
        contrasts,
        warnings,
        reproduce: study.reproduce.clone(),
        timings: study.timings.clone(),
        course,
        communication: communication::communication(study),
        carried,
    }
}

/// How the inputs that swing the answer were found.
fn method(study: &Study<'_>, tried: usize) -> String {
    format!(
        "{tried} of the {} inputs that have a range were varied: each of the scenario's [sensitivity] list was set to the low and the high \
         end of its range, the others kept, on simulated tissue 0; the five with the largest swing of the headline contrast are shown. \
         Inputs that are not on the list may matter more (--draws varies all of them).",
        study.drawn.len().max(tried)
    )
}

impl Study<'_> {
    /// Main outcomes of an arm kind, by replicate.
    fn main(&self, kind: ArmKind) -> Vec<&Outcome> {
        let Some(arm) = self.scenario.arms.iter().find(|a| a.kind == kind) else { return Vec::new() };
        self.of(&arm.name, &Purpose::Main)
    }

    /// The way of vesicles in the arm that stands for the study: that with the product, or the one without anything, or the first that was run.
    fn passages(&self) -> Vec<crate::results::Passage> {
        let arms = &self.scenario.arms;
        let of_kind = |kind| arms.iter().filter(move |a| a.kind == kind);
        of_kind(ArmKind::Exosome)
            .chain(of_kind(ArmKind::Untreated))
            .chain(arms)
            .map(|a| (a, self.of(&a.name, &Purpose::Main)))
            .find(|(_, runs)| !runs.is_empty())
            .map_or_else(Vec::new, |(a, runs)| passage::passages(self.scenario, &a.name, &runs))
    }

    fn of(&self, arm: &str, purpose: &Purpose) -> Vec<&Outcome> {
        let mut list: Vec<&Outcome> =
            self.outcomes.iter().filter(|o| o.arm_name == arm && o.purpose == *purpose).collect();
        list.sort_by_key(|o| o.replicate);
        list
    }

    /// An endpoint in the main outcomes of an arm kind, by replicate.
    fn readings(&self, e: &Endpoint, kind: ArmKind) -> Vec<(u32, Reading)> {
        self.main(kind).into_iter().map(|o| (o.replicate, read(self.scenario, e, o))).collect()
    }

    /// Readings of the replicates that both arms have.
    fn pairs(&self, e: &Endpoint, arm: ArmKind, reference: ArmKind) -> Vec<(Reading, Reading)> {
        let b = self.readings(e, reference);
        self.readings(e, arm)
            .into_iter()
            .filter_map(|(k, x)| b.iter().find(|(q, _)| *q == k).map(|(_, y)| (x, *y)))
            .collect()
    }

    /// Paired differences over replicates.
    fn differences(&self, e: &Endpoint, arm: ArmKind, reference: ArmKind) -> Vec<f64> {
        let pairs = self.pairs(e, arm, reference).into_iter();
        pairs.filter_map(|(x, y)| Some(x.value()? - y.value()?)).collect()
    }

    /// Difference on replicate 0: what variants are compared with.
    fn single(&self, e: &Endpoint, arm: ArmKind, reference: ArmKind) -> Option<f64> {
        let of = |k| self.main(k).into_iter().find(|o| o.replicate == 0);
        Some(read(self.scenario, e, of(arm)?).value()? - read(self.scenario, e, of(reference)?).value()?)
    }

    /// Vehicle outcomes of a variant, by replicate: the study's own where the variant does not reach them.
    fn vehicle_of(&self, purpose: &Purpose) -> Vec<&Outcome> {
        if self.own_vehicle.contains(purpose) {
            return self.main(ArmKind::Vehicle);
        }
        let arm = self.scenario.arms.iter().find(|a| a.kind == ArmKind::Vehicle);
        arm.map_or_else(Vec::new, |a| self.of(&a.name, purpose))
    }

    /// Exosome − vehicle of a variant on replicate 0.
    fn variant(&self, e: &Endpoint, purpose: &Purpose) -> Option<f64> {
        let arm = self.scenario.arms.iter().find(|a| a.kind == ArmKind::Exosome)?;
        let exosome = self.of(&arm.name, purpose).into_iter().find(|o| o.replicate == 0)?;
        let vehicle = self.vehicle_of(purpose).into_iter().find(|o| o.replicate == 0)?;
        Some(read(self.scenario, e, exosome).value()? - read(self.scenario, e, vehicle).value()?)
    }
}

fn arm_result(study: &Study<'_>, arm: &Arm) -> ArmResult {
    let s = study.scenario;
    let runs = study.of(&arm.name, &Purpose::Main);
    let times: Vec<f64> = runs
        .iter()
        .max_by(|a, b| a.reached.total_cmp(&b.reached))
        .map_or_else(Vec::new, |o| o.series.iter().map(|r| r.time).collect());
    let series = times
        .iter()
        .filter_map(|&t| {
            let values: Vec<f64> = runs
                .iter()
                .filter(|o| o.reached >= t - 1e-6)
                .filter_map(|o| row_at(&o.series, t).map(|r| r.closed))
                .collect();
            let closed = within(estimate(&values)?, [0.0, 100.0], &values);
            Some(SeriesPoint { day: t / DAY, closed })
        })
        .collect();
    let endpoints = s
        .endpoints
        .iter()
        .map(|e| {
            let readings: Vec<Reading> = runs.iter().map(|o| read(s, e, o)).collect();
            let values: Vec<f64> = readings.iter().filter_map(|r| r.value()).collect();
            let beyond = readings.iter().filter(|r| **r == Reading::Beyond).count();
            let text = if beyond > 0 {
                let most = format!("> {} d", exoderm_units::significant(s.horizon / DAY, 3));
                Some(if beyond == readings.len() {
                    most
                } else {
                    format!("{most} in {beyond} of {}", readings.len())
                })
            } else {
                None
            };
            EndpointResult {
                name: e.name.clone(),
                label: e.label.clone(),
                unit: unit(e.measure).to_owned(),
                value: if beyond == 0 {
                    estimate(&values).map(|v| within(v, bounds(e.measure), &values))
                } else {
                    None
                },
                text,
                replicates: readings.iter().map(|r| r.value()).collect(),
                role: role(e.role).to_owned(),
            }
        })
        .collect();
    let cells: Vec<f64> = runs
        .iter()
        .filter_map(|o| o.series.last())
        .map(|r| r.cells.iter().map(|&n| f64::from(n)).sum())
        .collect();
    ArmResult {
        name: arm.name.clone(),
        kind: format!("{:?}", arm.kind).to_lowercase(),
        label: arm.label.clone(),
        series,
        endpoints,
        cells: estimate(&cells).map_or(0.0, |e| e.mean),
    }
}

fn role(r: EndpointRole) -> &'static str {
    match r {
        EndpointRole::Fit => "fit",
        EndpointRole::Check => "check",
        EndpointRole::Report => "report",
    }
}

fn balance(study: &Study<'_>) -> Vec<Balance> {
    let s = study.scenario;
    let mut list = Vec::new();
    for arm in &s.arms {
        let runs = study.of(&arm.name, &Purpose::Main);
        // Populations, and in the soluble arm its free species: every run of an arm has the same.
        for p in 0..runs.iter().map(|o| o.sheets.len()).max().unwrap_or(0) {
            let sheets: Vec<_> = runs.iter().filter_map(|o| o.sheets.get(p)).collect();
            let Some(first) = sheets.first() else { continue };
            let sum = |pick: &dyn Fn(&exoderm_tissue::Sheet) -> &Vec<(String, f64)>| {
                let mut total = pick(first).clone();
                for sheet in &sheets[1..] {
                    for (t, (_, v)) in total.iter_mut().zip(pick(sheet)) {
                        t.1 += v;
                    }
                }
                // What decays is never quite gone; less than this of what was made is rounding.
                let made: f64 = sheets.iter().flat_map(|s| &s.made).map(|(_, v)| v.abs()).sum();
                total.retain(|(_, v)| v.abs() > NOTHING * made);
                if boxes::model(s).is_some() {
                    for (name, _) in total.iter_mut().filter(|(n, _)| n == "left with deep flow") {
                        *name = "left through the faces".to_owned();
                    }
                }
                total
            };
            let made = sum(&|s| &s.made);
            if made.is_empty() {
                continue;
            }
            let variance: f64 = sheets.iter().map(|s| s.sampling_bound * s.sampling_bound).sum();
            let worst = sheets.iter().map(|s| s.relative_error).fold(0.0, f64::max);
            list.push(Balance {
                arm: arm.name.clone(),
                population: first.name.clone(),
                made,
                fates: sum(&|s| &s.fates),
                sampling: sheets.iter().map(|s| s.sampling).sum(),
                sampling_bound: variance.sqrt(),
                relative_error: worst,
                closes: worst <= 1e-9,
            });
        }
    }
    list
}
