//! From outcomes to results.

use crate::design::Input;
use crate::endpoints::{DAY, Reading, difference_unit, read, row_at, unit};
use crate::job::{Outcome, Purpose};
use crate::results::{
    ArmResult, Balance, Case, Contrast, EndpointResult, Estimate, QuestionText, RESULTS_FORMAT, Reproduce,
    Requirement, Results, SeriesPoint, Swing, TargetComparison, Timings,
};
use crate::stats::{estimate, spread};
use crate::{delivery, evidence, sections};
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Arm, ArmKind, Endpoint, EndpointRole, Measure, Scenario};

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
}

/// Smallest difference in closure that this report calls a difference (pp): a choice of presentation.
const NEGLIGIBLE: f64 = 1.0;
/// Gain asked for in "what would have to be true".
const GAIN: f64 = 0.2;

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
    let complete = reached >= s.horizon - 1e-6 && exosome.len() as u32 >= 1;
    let status = if !complete {
        "partial"
    } else if study.replicates < 10 {
        "preview"
    } else {
        "full"
    };
    let (answer, verdict) = answer(study, headline, &contrasts);
    let mut warnings = study.warnings.clone();
    let waterfall = delivery::waterfall(s, &exosome);
    warnings.extend(saturation_warning(s));
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
        verdict,
        headline: headline.map_or_else(String::new, |h| h.name.clone()),
        arms: arms.iter().map(|a| arm_result(study, a)).collect(),
        cases: cases(study, headline, base),
        plausibility: delivery::plausibility(s, study.ledger, &exosome),
        dressing: delivery::dressing_table(s, &exosome),
        waterfall,
        required: required(study, headline, base, &swings),
        sensitivity: top(swings, 5),
        sensitivity_method: "Each input of the scenario's [sensitivity] list was set to the low and the high end of its range, the others \
                             kept, on simulated tissue 0; the five with the largest swing of the headline contrast are shown."
            .to_owned(),
        balance: balance(study),
        sections: sections::sections(s, &vehicle, &exosome),
        targets: comparisons(study),
        evidence: evidence::groups(s, study.ledger),
        assumptions: evidence::assumptions(s),
        conflicts: evidence::conflicts(s, study.ledger),
        enforced: enforced(s),
        contrasts,
        warnings,
        reproduce: study.reproduce.clone(),
        timings: study.timings.clone(),
    }
}

impl Study<'_> {
    /// Main outcomes of an arm kind, by replicate.
    fn main(&self, kind: ArmKind) -> Vec<&Outcome> {
        let Some(arm) = self.scenario.arms.iter().find(|a| a.kind == kind) else { return Vec::new() };
        self.of(&arm.name, &Purpose::Main)
    }

    fn of(&self, arm: &str, purpose: &Purpose) -> Vec<&Outcome> {
        let mut list: Vec<&Outcome> =
            self.outcomes.iter().filter(|o| o.arm_name == arm && o.purpose == *purpose).collect();
        list.sort_by_key(|o| o.replicate);
        list
    }

    /// Paired differences over replicates.
    fn differences(&self, e: &Endpoint, arm: ArmKind, reference: ArmKind) -> Vec<f64> {
        let (a, b) = (self.main(arm), self.main(reference));
        a.iter()
            .filter_map(|x| {
                let y = b.iter().find(|y| y.replicate == x.replicate)?;
                Some(read(self.scenario, e, x).value()? - read(self.scenario, e, y).value()?)
            })
            .collect()
    }

    /// Difference on replicate 0: what variants are compared with.
    fn single(&self, e: &Endpoint, arm: ArmKind, reference: ArmKind) -> Option<f64> {
        let of = |k| self.main(k).into_iter().find(|o| o.replicate == 0);
        Some(read(self.scenario, e, of(arm)?).value()? - read(self.scenario, e, of(reference)?).value()?)
    }

    /// Exosome − vehicle of a variant on replicate 0; the base vehicle stands in where the variant has none.
    fn variant(&self, e: &Endpoint, purpose: &Purpose) -> Option<f64> {
        let name = |k: ArmKind| self.scenario.arms.iter().find(|a| a.kind == k).map(|a| a.name.clone());
        let exosome = self.of(&name(ArmKind::Exosome)?, purpose);
        let vehicle_name = name(ArmKind::Vehicle)?;
        let own = self.of(&vehicle_name, purpose);
        let vehicle = own
            .first()
            .copied()
            .or_else(|| self.main(ArmKind::Vehicle).into_iter().find(|o| o.replicate == 0))?;
        Some(read(self.scenario, e, exosome.first()?).value()? - read(self.scenario, e, vehicle).value()?)
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
            Some(SeriesPoint { day: t / DAY, closed: estimate(&values)? })
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
                value: if beyond == 0 { estimate(&values) } else { None },
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

/// Pairs compared, in the report's order (law 6).
const PAIRS: [(ArmKind, ArmKind); 4] = [
    (ArmKind::Exosome, ArmKind::Vehicle),
    (ArmKind::Exosome, ArmKind::Soluble),
    (ArmKind::Vehicle, ArmKind::Untreated),
    (ArmKind::Null, ArmKind::Vehicle),
];

fn contrasts(study: &Study<'_>) -> Vec<Contrast> {
    let s = study.scenario;
    let mut ordered: Vec<&Endpoint> = s.endpoints.iter().filter(|e| e.headline).collect();
    ordered.extend(s.endpoints.iter().filter(|e| !e.headline));
    let arm_name = |k: ArmKind| s.arms.iter().find(|a| a.kind == k).map(|a| a.name.clone());
    let mut list = Vec::new();
    for e in ordered {
        for (a, b) in PAIRS {
            let (Some(arm), Some(reference)) = (arm_name(a), arm_name(b)) else { continue };
            if study.main(a).is_empty() || study.main(b).is_empty() {
                continue;
            }
            let noise = estimate(&study.differences(e, a, b));
            let parameters = if (a, b) == PAIRS[0] && study.draws > 0 {
                let values: Vec<f64> =
                    (0..study.draws).filter_map(|k| study.variant(e, &Purpose::Draw(k))).collect();
                spread(&values)
            } else {
                None
            };
            let text = noise.is_none().then(|| "not reached within the horizon in both arms".to_owned());
            list.push(Contrast {
                arm,
                reference,
                endpoint: e.name.clone(),
                label: e.label.clone(),
                unit: difference_unit(e.measure).to_owned(),
                noise,
                parameters,
                text,
            });
        }
    }
    list
}

/// The answer in two sentences, and its one-word verdict.
fn answer(study: &Study<'_>, headline: Option<&Endpoint>, contrasts: &[Contrast]) -> (String, String) {
    let s = study.scenario;
    let (Some(h), Some(c)) = (headline, contrasts.first()) else {
        return (
            "This run compares no exosome arm with a vehicle. It is not a prediction for a patient or a product.".to_owned(),
            "not known".to_owned(),
        );
    };
    let Some(d) = c.noise else {
        return (
            format!(
                "The run has not got far enough to read {}. It is not a prediction for a patient or a product.",
                h.label
            ),
            "not known".to_owned(),
        );
    };
    let number = |x: f64| exoderm_units::significant(x.abs(), 3);
    let interval = match (d.low, d.high) {
        (Some(a), Some(b)) => format!(
            " (95 % interval of the mean over {} simulated tissues: {} to {} {})",
            d.n,
            signed(a),
            signed(b),
            c.unit
        ),
        _ => " (one simulated tissue: no interval)".to_owned(),
    };
    let verdict = match (d.low, d.high) {
        (Some(a), _) if a > 0.0 && d.mean > NEGLIGIBLE => "faster",
        (_, Some(b)) if b < 0.0 && d.mean < -NEGLIGIBLE => "slower",
        (Some(a), Some(b)) if a > -2.0 * NEGLIGIBLE && b < 2.0 * NEGLIGIBLE => "no effect",
        _ => "not known",
    };
    let first = match verdict {
        "faster" => format!(
            "Conditional on the listed assumptions, this model gives {} {} more for {} with the exosomes than with {}{interval}.",
            number(d.mean),
            c.unit,
            h.label,
            s.question.comparator
        ),
        "slower" => format!(
            "Conditional on the listed assumptions, this model gives {} {} less for {} with the exosomes than with {}{interval}.",
            number(d.mean),
            c.unit,
            h.label,
            s.question.comparator
        ),
        "no effect" => format!(
            "Conditional on the listed assumptions, this model gives no difference for {} between the exosomes and {}{interval}.",
            h.label, s.question.comparator
        ),
        _ => format!(
            "Conditional on the listed assumptions, this model cannot tell the exosomes from {} on {}: the difference is {} {}{interval}.",
            s.question.comparator,
            h.label,
            signed(d.mean),
            c.unit
        ),
    };
    let fitted =
        s.comparisons.iter().find(|k| k.role == EndpointRole::Fit && k.reference.is_some()).map(|k| {
            if k.band.is_some_and(|(low, high)| d.mean >= low && d.mean <= high) {
                format!(" The size of the effect was fitted ({}), so it is no evidence for it;", k.published)
            } else {
                format!(
                    " The size it should have been fitted to ({}) is not reached, a miss of the model;",
                    k.published
                )
            }
        });
    let second = format!(
        "{} it is not a prediction for a patient or a product.",
        fitted.unwrap_or_else(
            || " The effect sizes rest on priors, not on measurements of this product;".to_owned()
        )
    );
    (format!("{first}{second}"), verdict.to_owned())
}

fn signed(x: f64) -> String {
    format!("{}{}", if x < 0.0 { "−" } else { "+" }, exoderm_units::significant(x.abs(), 3))
}

fn swings(study: &Study<'_>, headline: Option<&Endpoint>, base: Option<f64>) -> Vec<Swing> {
    let (Some(h), Some(base)) = (headline, base) else { return Vec::new() };
    study
        .inputs
        .iter()
        .filter_map(|i| {
            let at = |end: &str| study.variant(h, &Purpose::Swing(i.name.clone(), end.to_owned()));
            let unchanged = |k: usize| (i.values[k] == i.values[1]).then_some(base);
            let low = at("low").or_else(|| unchanged(0))?;
            let high = at("high").or_else(|| unchanged(2))?;
            let text = |x: f64| format!("{} {}", exoderm_units::significant(x, 3), i.unit);
            Some(Swing {
                input: i.name.clone(),
                what: i.what.clone(),
                values: [text(i.values[0]), text(i.values[2])],
                results: [low, high],
                base,
                unit: difference_unit(h.measure).to_owned(),
                evidence: i.evidence.clone(),
            })
        })
        .collect()
}

fn top(mut swings: Vec<Swing>, n: usize) -> Vec<Swing> {
    let reach = |s: &Swing| (s.results[0] - s.base).abs().max((s.results[1] - s.base).abs());
    swings.sort_by(|a, b| reach(b).total_cmp(&reach(a)).then(a.input.cmp(&b.input)));
    swings.truncate(n);
    swings
}

/// Ends of inputs that favour the headline contrast: (input, high is better).
pub fn favourable(study: &Study<'_>) -> Vec<(String, bool)> {
    let Some(h) = study.scenario.endpoints.iter().find(|e| e.headline) else { return Vec::new() };
    let better_up = !matches!(h.measure, Measure::MeanOpenArea | Measure::ClosureTime);
    let base = study.single(h, ArmKind::Exosome, ArmKind::Vehicle);
    swings(study, Some(h), base)
        .into_iter()
        .map(|s| (s.input, (s.results[1] >= s.results[0]) == better_up))
        .collect()
}

/// Best case, null model and worst case (S086): always all three.
fn cases(study: &Study<'_>, headline: Option<&Endpoint>, base: Option<f64>) -> Vec<Case> {
    let unit = headline.map_or("", |h| difference_unit(h.measure)).to_owned();
    let of = |name: &str| headline.and_then(|h| study.variant(h, &Purpose::Case(name.to_owned())));
    let how = |end: &str| {
        format!(
            "every varied input at the end of its range that {end} the headline contrast, together, on simulated tissue 0 (base there: {})",
            base.map_or("not read".to_owned(), |b| format!("{} {unit}", signed(b)))
        )
    };
    let null = headline.and_then(|h| {
        if study.main(ArmKind::Null).is_empty() {
            None
        } else {
            study.single(h, ArmKind::Null, ArmKind::Vehicle)
        }
    });
    vec![
        Case { name: "best case".to_owned(), how: how("raises"), value: of("best case"), unit: unit.clone() },
        Case {
            name: "null".to_owned(),
            how: "the product's vesicles inert: by construction the vehicle, a property of the code"
                .to_owned(),
            value: null,
            unit: unit.clone(),
        },
        Case { name: "worst case".to_owned(), how: how("lowers"), value: of("worst case"), unit },
    ]
}

/// What would have to be true for a gain of a fifth.
fn required(
    study: &Study<'_>,
    headline: Option<&Endpoint>,
    base: Option<f64>,
    swings: &[Swing],
) -> Vec<Requirement> {
    let mut list = Vec::new();
    let s = study.scenario;
    let vehicle = headline
        .and_then(|h| {
            study.main(ArmKind::Vehicle).into_iter().find(|o| o.replicate == 0).map(|o| read(s, h, o))
        })
        .and_then(Reading::value);
    if let (Some(base), Some(v)) = (base, vehicle)
        && let Some(i) = study.inputs.iter().find(|i| i.name == "@cal.potency")
        && let Some(w) = swings.iter().find(|w| w.input == i.name)
    {
        // The effect at potency 0 is that of the vehicle; between simulated potencies it is taken as linear.
        let mut points =
            vec![(0.0, 0.0), (i.values[0], w.results[0]), (i.values[1], base), (i.values[2], w.results[1])];
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.dedup_by(|a, b| a.0 == b.0);
        let goal = GAIN * v;
        let needed = points.windows(2).find_map(|p| {
            let ((x0, y0), (x1, y1)) = (p[0], p[1]);
            (y0 < goal && y1 >= goal).then(|| x0 + (x1 - x0) * (goal - y0) / (y1 - y0))
        });
        let range = [i.values[0], i.values[2]];
        list.push(Requirement {
            input: "potency (factor on every exosome effect)".to_owned(),
            used: i.values[1],
            needed,
            searched: [0.0, i.values[2]],
            ledger_range: Some(range),
            reading: match needed {
                Some(x) if x <= i.values[1] => format!(
                    "a fifth more closure than the vehicle's {} % needs {} of the potency used",
                    exoderm_units::significant(v, 3),
                    exoderm_units::significant(x / i.values[1].max(1e-12), 2)
                ),
                Some(_) => "more than was used, within the range searched".to_owned(),
                None => "no value searched gives it".to_owned(),
            },
            method: "simulated at the ends and the middle of the range, linear in between".to_owned(),
        });
    }
    if let Some(p) = delivery::plausibility(s, study.ledger, &study.main(ArmKind::Exosome)) {
        let escape_used = s
            .cells
            .iter()
            .find(|c| c.vesicle_uptake.clearance > 0.0)
            .map_or(0.0, |c| c.vesicle_uptake.escape);
        let shown = delivery::escapes(study.ledger);
        let escapes = [shown[0], shown[2]];
        // From natural loading at its lowest to engineered loading.
        let copies_range = ["@mirna_per_ev.low", "@mirna_engineered.high"]
            .map(|r| delivery::row(study.ledger, r))
            .map(|x| if x.is_finite() { x } else { 0.0 });
        for c in p.species.iter().filter(|c| c.threshold[1].is_finite()) {
            let median = c.copies_per_cell[0];
            let factor = if median > 0.0 { Some(c.threshold[1] / median) } else { None };
            let reading = |needed: Option<f64>, high: f64| match needed {
                Some(x) if x <= high => "inside the range the ledger gives".to_owned(),
                Some(_) => "above the range the ledger gives".to_owned(),
                None => "the median cell received no copy at all: no value can be read off in proportion"
                    .to_owned(),
            };
            let escape = factor.map(|f| f * escape_used);
            list.push(Requirement {
                input: format!("escape efficiency, for {} copies of {} in the median target cell", exoderm_units::significant(c.threshold[1], 3), c.name),
                used: escape_used,
                needed: escape,
                searched: [0.0, 1.0],
                ledger_range: Some(escapes),
                reading: reading(escape, escapes[1]),
                method: "by proportion from the simulated copies; reaching the threshold says nothing about benefit".to_owned(),
            });
            let copies = factor.map(|f| f * c.copies_per_vesicle);
            list.push(Requirement {
                input: format!("copies of {} per vesicle", c.name),
                used: c.copies_per_vesicle,
                needed: copies,
                searched: copies_range,
                ledger_range: Some(copies_range),
                reading: reading(copies, copies_range[1]),
                method: "by proportion from the simulated copies; the range runs from natural to engineered loading".to_owned(),
            });
        }
    }
    list
}

fn balance(study: &Study<'_>) -> Vec<Balance> {
    let s = study.scenario;
    let mut list = Vec::new();
    for arm in &s.arms {
        let runs = study.of(&arm.name, &Purpose::Main);
        for (p, population) in s.vesicles.iter().enumerate() {
            let sheets: Vec<_> = runs.iter().filter_map(|o| o.sheets.get(p)).collect();
            let Some(first) = sheets.first() else { continue };
            let sum = |pick: &dyn Fn(&exoderm_tissue::Sheet) -> &Vec<(String, f64)>| {
                let mut total = pick(first).clone();
                for sheet in &sheets[1..] {
                    for (t, (_, v)) in total.iter_mut().zip(pick(sheet)) {
                        t.1 += v;
                    }
                }
                total.retain(|(_, v)| *v != 0.0);
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
                population: population.name.clone(),
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

fn comparisons(study: &Study<'_>) -> Vec<TargetComparison> {
    let s = study.scenario;
    let mut list = Vec::new();
    for e in &s.endpoints {
        let Some(id) = &e.target else { continue };
        let Some(target) = exoderm_ledger::targets::target(id) else { continue };
        let Some(arm) = s.arms.iter().find(|a| a.kind == ArmKind::Untreated).or(s.arms.first()) else {
            continue;
        };
        let runs = study.of(&arm.name, &Purpose::Main);
        let values: Vec<f64> = runs.iter().filter_map(|o| read(s, e, o).value()).collect();
        let point = e.time.and_then(|t| target.points.iter().find(|p| (p.x - t / DAY).abs() < 0.51));
        let simulated = estimate(&values);
        let band = point.map(|p| [p.y - 5.0, p.y + 5.0]);
        list.push(TargetComparison {
            what: format!("{}, {}", e.label, arm.label),
            id: id.clone(),
            published: point.map_or_else(
                || target.title.clone(),
                |p| {
                    let sd = p
                        .sd
                        .map_or(String::new(), |sd| format!(" ± {} (SD)", exoderm_units::significant(sd, 3)));
                    let n = p.n.map_or(String::new(), |n| format!(", n = {n}"));
                    format!("{} {}{sd}{n}", exoderm_units::significant(p.y, 3), unit(e.measure))
                },
            ),
            band,
            outcome: outcome(simulated, band),
            simulated,
            unit: unit(e.measure).to_owned(),
            role: role_word(e.role).to_owned(),
            note: target.caveat.clone(),
            source: point.map_or_else(String::new, |p| p.source.clone()),
        });
    }
    for c in &s.comparisons {
        let endpoint = c.endpoint.as_ref().and_then(|n| s.endpoints.iter().find(|e| e.name == *n));
        let kind = |name: &Option<String>| {
            name.as_ref().and_then(|n| s.arms.iter().find(|a| a.name == *n)).map(|a| a.kind)
        };
        let simulated = match (endpoint, kind(&c.arm), kind(&c.reference)) {
            (Some(e), Some(a), Some(b)) => estimate(&study.differences(e, a, b)),
            (Some(e), Some(a), None) => {
                let values: Vec<f64> = study.main(a).iter().filter_map(|o| read(s, e, o).value()).collect();
                estimate(&values)
            }
            _ => None,
        };
        let band = c.band.map(|(a, b)| [a, b]);
        list.push(TargetComparison {
            what: c.what.clone(),
            id: c.source.clone(),
            published: c.published.clone(),
            band,
            outcome: if endpoint.is_some() {
                outcome(simulated, band)
            } else {
                "not comparable: another setting".to_owned()
            },
            simulated,
            unit: endpoint
                .map_or(
                    "",
                    |e| if c.reference.is_some() { difference_unit(e.measure) } else { unit(e.measure) },
                )
                .to_owned(),
            role: role_word(c.role).to_owned(),
            note: c.note.clone(),
            source: source_text(study.ledger, &c.source),
        });
    }
    list
}

fn source_text(ledger: &Ledger, id: &str) -> String {
    match id.strip_prefix('@') {
        Some(key) => ledger
            .get(key)
            .and_then(|p| p.source.as_ref())
            .and_then(|s| ledger.source(s))
            .map_or_else(String::new, |s| s.citation.clone()),
        None => exoderm_ledger::targets::target(id)
            .and_then(|t| t.points.first().map(|p| p.source.clone()))
            .unwrap_or_default(),
    }
}

fn role_word(r: EndpointRole) -> &'static str {
    match r {
        EndpointRole::Fit => "FIT",
        EndpointRole::Check => "CHECK",
        EndpointRole::Report => "context",
    }
}

/// The mean against the band (10 replicates or more: the whole interval must lie in it).
fn outcome(simulated: Option<Estimate>, band: Option<[f64; 2]>) -> String {
    match (simulated, band) {
        (None, _) => "not read".to_owned(),
        (Some(_), None) => "no band".to_owned(),
        (Some(e), Some([low, high])) => {
            let inside = |x: f64| x >= low && x <= high;
            let all = e.n < 10 || (e.low.is_none_or(inside) && e.high.is_none_or(inside));
            if inside(e.mean) && all {
                "inside".to_owned()
            } else if inside(e.mean) {
                "inside in the mean, interval reaches outside".to_owned()
            } else {
                "outside".to_owned()
            }
        }
    }
}

/// What the model enforces, which is no evidence.
fn enforced(s: &Scenario) -> Vec<String> {
    let mut list = vec![
        "The null arm equals the vehicle arm bit for bit in cells and soluble factors: inert vesicles cannot act.".to_owned(),
        "One potency multiplies every exosome effect; where it was fitted, the size of the effect is an input.".to_owned(),
        "Arms of a replicate share the initial tissue and its random numbers: differences are paired, replicates are simulated tissues, not patients.".to_owned(),
    ];
    if s.rules.iter().any(|r| r.exosome && r.need != exoderm_model::scenario::Need::None) {
        list.push("Rules with a need gate are silent where the behaviour is as in the healthy counterpart: a null there is built in, not a validation.".to_owned());
    }
    if s.cells.iter().any(|c| c.vesicle_uptake.clearance > 0.0 && c.vesicle_uptake.escape == 0.0) {
        list.push("Escape is 0: no cargo route can act.".to_owned());
    }
    list
}

/// Says so when the dose saturates uptake.
fn saturation_warning(s: &Scenario) -> Option<String> {
    let d = delivery::dressing(s)?;
    let u = &s.cells.iter().find(|c| c.vesicle_uptake.clearance > 0.0)?.vesicle_uptake;
    let half = u.capacity * u.internalisation / u.clearance;
    let gel = d.dose / d.thickness;
    (gel > 10.0 * half).then(|| {
        format!(
            "The gel holds {} particles/mL, {} times the concentration that half-saturates uptake: the dose is saturated, and a larger one \
             would change little.",
            exoderm_units::significant(gel * 1e12, 2),
            exoderm_units::significant(gel / half, 2)
        )
    })
}
