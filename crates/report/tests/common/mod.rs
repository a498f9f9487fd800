//! A made-up results document for tests. Its numbers are invented and mean nothing.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    missing_docs,
    clippy::expect_used,
    clippy::type_complexity
)]

pub mod agents;
mod delivery;
mod evidence;
mod tissue;
mod varied;

pub use delivery::passage;
pub use varied::curve;

use delivery::{balance, communication, dressing, plausibility, waterfall};
use evidence::{assumption, evidence, product, rival, targets};
use exoderm_numeric::math::exp;
use exoderm_study::results::*;
use tissue::sections;
use varied::{bench, required, sensitivity, sweep};

/// A small generator, so that the invented tissue looks irregular and is the same every time.
struct Noise(u64);

impl Noise {
    /// Uniform in 0–1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as f64) / f64::from(1_u32 << 31)
    }
}

fn est(mean: f64, half: f64) -> Estimate {
    Estimate { mean, low: Some(mean - half), high: Some(mean + half), n: 3 }
}

const ARMS: [(&str, &str, f64); 5] = [
    ("untreated", "wound left open", 29.0),
    ("vehicle", "gel and buffer", 33.0),
    ("exosome", "gel with MSC exosomes", 41.5),
    ("null", "gel with inert vesicles", 33.0),
    ("soluble", "gel with the same cargo, free", 35.5),
];

/// The page as XML: void elements (only `meta` occurs) are closed, everything else must nest by itself.
pub fn xml(page: &str) -> String {
    let mut text = page.replace("<!DOCTYPE html>", "");
    let mut at = 0;
    while let Some(start) = text[at..].find("<meta").map(|i| i + at) {
        let end = start + text[start..].find('>').expect("a meta element ends");
        text.insert(end, '/');
        at = end;
    }
    text
}

/// A full document with every part filled.
pub fn fabricated() -> Results {
    Results {
        format: RESULTS_FORMAT,
        scenario: "diabetic-wound".into(),
        title: "MSC-exosome hydrogel on a diabetic mouse wound".into(),
        question: QuestionText {
            text: "Does an MSC-exosome hydrogel close a diabetic wound faster than the gel alone?".into(),
            population: "db/db mouse, back skin, 6-mm full-thickness excision, unsplinted".into(),
            outcome: "per cent of the wound area closed at day 13".into(),
            comparator: "the same gel and buffer without vesicles".into(),
        },
        species: "mouse".into(),
        reached: 14.0,
        horizon: 14.0,
        status: "preview".into(),
        replicates: 3,
        draws: 24,
        answer: "Conditional on the listed assumptions, this model gives 8.5 percentage points (6.1 to 10.9, simulation noise) more closure at day 13 with the vesicles than with the gel alone. Over the ledger’s ranges the difference runs from −1.2 to +19, so the sign is not settled.".into(),
        trials: vec![Trial {
            finding: "null".into(),
            what: "platelet vesicles in healthy human punch wounds: days to closure".into(),
            published: "22.8 ± 8.7 d in both arms, n = 11".into(),
            limits: "Healthy skin, another vesicle, one injection.".into(),
        }],
        unfinished: None,
        verdict: "not known".into(),
        headline: "closure_d13".into(),
        less_is_better: false,
        arms: ARMS.iter().map(|a| arm(a.0, a.1, a.2)).collect(),
        contrasts: contrasts(),
        cases: vec![
            case("best case", "potency, escape and purity at the favourable end of their ranges", Some(21.4)),
            case("null", "the product’s vesicles made inert, the skin’s own unchanged", Some(0.0)),
            case("worst case", "potency, escape and purity at the unfavourable end", Some(-1.8)),
        ],
        waterfall: Some(waterfall()),
        passages: Vec::new(),
        plausibility: Some(plausibility()),
        dressing: Some(dressing()),
        required: vec![
            required("potency", 1.0, Some(0.62), [0.01, 100.0], Some([0.1, 10.0]), "inside the ledger's range", "simulated by bisection"),
            required("escape", 0.005, Some(0.41), [1e-4, 1.0], Some([1e-4, 0.3]), "above it", "by proportion from the simulated copies"),
            required("copies of mir_21 per vesicle", 0.00825, None, [1e-4, 100.0], None, "no value searched gives it", "simulated by bisection"),
        ],
        sensitivity: sensitivity(),
        sensitivity_method: "One input at a time from the low to the high end of its range, 2 simulated tissues each, all others as run.".into(),
        drawn: Some(Drawn {
            draws: 100,
            inputs: 120,
            ranks: vec![RankedInput {
                input: "@k_clear_bons".into(),
                what: "monolayer clearance".into(),
                range: ["3e-8 mL/h/cell".into(), "3e-7 mL/h/cell".into()],
                correlation: -0.42,
                evidence: "theory".into(),
            }],
            chance: 0.396,
        }),
        balance: vec![balance("exosome", "msc_exosome", true), balance("exosome", "endogenous", true), balance("vehicle", "endogenous", true)],
        sections: sections(),
        targets: targets(),
        rival: Some(rival()),
        hazard: Some(Hazard {
            views: vec![HazardView {
                key: "@msc_ev_tumour_fold".into(),
                what: "effect of MSC vesicles on tumour growth".into(),
                effect: "1 fold tumour volume (0.6 to 1.8)".into(),
                chance: 0.5,
            }],
            chance: [0.03, 0.5],
            note: "Both signs are reported.".into(),
        }),
        products: vec![product()],
        evidence: evidence(),
        assumptions: (0..42).map(assumption).collect(),
        conflicts: vec![Conflict {
            used: "k_clear_bons".into(),
            other: "isf_ev_conc".into(),
            used_value: "2.1e3 um^3/cell/h".into(),
            other_value: "1.2e11 particles/mL".into(),
            why: "the reported concentration lies above half-saturation; release and clearance give a lower background".into(),
        }],
        enforced: vec![
            "The null arm equals the vehicle bit for bit in cells and soluble factors.".into(),
            "Rules with need = \"deficit\" give nothing in healthy tissue.".into(),
        ],
        warnings: vec![
            "The dose of 100 ug/cm^2 is about 50 times a working EC50 in culture: occupancy is saturated for 4 days.".into(),
            "The label route \"topical on wounds\" matches the scenario's route.".into(),
        ],
        reproduce: Reproduce {
            command: "exoderm run diabetic-wound --replicates 3 --seed 1 --draws 24 --out runs/diabetic-wound".into(),
            version: "exoderm 0.1.0 (1e9614a)".into(),
            seed: 1,
            hashes: ["scenario, resolved", "ledger", "calibration", "results"]
                .iter()
                .enumerate()
                .map(|(i, n)| ((*n).to_owned(), format!("{:032x}", 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834_u128.wrapping_mul(i as u128 + 3))))
                .collect(),
        },
        timings: Timings {
            wall_seconds: 1534.0,
            parts: vec![("transport".into(), 1410.0), ("mechanics".into(), 903.0), ("phenotype".into(), 388.0), ("recording".into(), 21.4)],
            peak_memory_mb: Some(412.0),
            threads: 2,
        },
        blood: None,
        course: None,
        sweep: Some(sweep()),
        communication: vec![communication()],
        carried: Vec::new(),
        bench: Some(bench()),
    }
}

/// The same study as it looks with one simulated tissue, stopped early, without product and without draws.
pub fn fabricated_bare() -> Results {
    let mut r = fabricated();
    r.status = "partial".into();
    r.reached = 6.5;
    r.replicates = 1;
    r.draws = 0;
    r.arms.retain(|a| a.kind == "untreated");
    for value in r.arms[0].endpoints.iter_mut().filter_map(|e| e.value.as_mut()) {
        (value.low, value.high, value.n) = (None, None, 1);
    }
    for point in &mut r.arms[0].series {
        point.closed = Estimate { mean: point.closed.mean, low: None, high: None, n: 1 };
    }
    r.arms[0].series.retain(|p| p.day <= 6.5);
    r.contrasts.clear();
    r.cases.clear();
    r.waterfall = None;
    r.plausibility = None;
    r.dressing = None;
    r.communication.clear();
    r.required.clear();
    r.sensitivity.clear();
    r.balance.clear();
    r.sections.clear();
    r.targets.clear();
    r.warnings.clear();
    r
}

fn arm(name: &str, label: &str, at_13: f64) -> ArmResult {
    let mut noise = Noise(1 + u64::from(name.as_bytes()[0] % 2));
    let series = (0..=56)
        .map(|i| {
            let day = f64::from(i) / 4.0;
            let closed = at_13 * (1.0 - exp(-day * day / 49.0)) / (1.0 - exp(-169.0 / 49.0));
            SeriesPoint { day, closed: est(closed + 0.25 * noise.next(), 0.3 + 0.05 * closed) }
        })
        .collect();
    let value = |name: &str, label: &str, unit: &str, mean: f64, role: &str| EndpointResult {
        name: name.into(),
        label: label.into(),
        unit: unit.into(),
        value: Some(est(mean, mean.abs() * 0.06)),
        text: None,
        replicates: vec![Some(mean * 0.98), Some(mean * 1.01), Some(mean * 1.01)],
        role: role.into(),
    };
    let mut endpoints = vec![
        value("closure_d13", "Area closed at day 13", "%", at_13, "fit"),
        value("closure_d7", "Area closed at day 7", "%", at_13 * 0.65, "check"),
        value("closure_d10", "Area closed at day 10", "%", at_13 * 0.88, "check"),
        value("open_area", "Mean open area over the run", "%", 100.0 - at_13 * 0.6, "report"),
        value("epidermal_thickness", "Epidermal thickness at day 14", "um", 31.0, "report"),
        value("collagen_ratio", "Collagen I : III at day 14", "", 2.43, "report"),
        value("vessel_density", "Vessel density at day 14", "per mm2", 122.0, "report"),
        value("peak_neutrophils", "Highest number of neutrophils", "cells/mm2", 12_840.0, "report"),
        value("front_speed", "Speed of the front", "um/d", at_13 * 1.6, "report"),
    ];
    endpoints.push(EndpointResult {
        name: "closure_time".into(),
        label: "Day of full closure".into(),
        unit: "d".into(),
        value: None,
        text: Some("> 14 d".into()),
        replicates: vec![None, None, None],
        role: "report".into(),
    });
    ArmResult { name: name.into(), kind: name.into(), label: label.into(), series, endpoints, cells: 4821.0 }
}

fn contrasts() -> Vec<Contrast> {
    let mut all = Vec::new();
    let pairs = [("exosome", "vehicle", 8.5), ("exosome", "soluble", 6.0), ("vehicle", "untreated", 4.0)];
    for (endpoint, label, unit, scale) in [
        ("closure_d13", "Area closed at day 13", "pp", 1.0),
        ("closure_d7", "Area closed at day 7", "pp", 0.6),
        ("epidermal_thickness", "Epidermal thickness at day 14", "um", 0.2),
    ] {
        for (arm, reference, mean) in pairs {
            all.push(Contrast {
                arm: arm.into(),
                reference: reference.into(),
                endpoint: endpoint.into(),
                label: label.into(),
                unit: unit.into(),
                noise: Some(est(mean * scale, 2.4 * scale)),
                parameters: Some(Estimate {
                    mean: mean * scale * 0.9,
                    low: Some(-1.2 * scale),
                    high: Some(mean * scale * 2.2),
                    n: 24,
                }),
                text: None,
            });
        }
    }
    all.push(Contrast {
        arm: "exosome".into(),
        reference: "vehicle".into(),
        endpoint: "closure_time".into(),
        label: "Day of full closure".into(),
        unit: "d".into(),
        noise: None,
        parameters: None,
        text: Some("neither arm closes within 14 d".into()),
    });
    all
}

fn case(name: &str, how: &str, value: Option<f64>) -> Case {
    Case { name: name.into(), how: how.into(), value, unit: "pp".into() }
}

/// A general box with one sphere.
pub fn boxed() -> Results {
    let line = |place: &str, caught: bool, end: f64| CourseLine {
        arm: "run".into(),
        population: "probe".into(),
        place: place.into(),
        caught,
        made: 1e4,
        points: (0..=5)
            .map(|k| CoursePoint { time: 2.0 * f64::from(k), share: est(end * f64::from(k) / 5.0, 0.5) })
            .collect(),
    };
    let course = Course {
        resolution: "particles".into(),
        unit: "min".into(),
        horizon: 10.0,
        lines: vec![line("caught by sphere", true, 21.6), line("left the box", false, 70.0)],
    };
    Results {
        course: Some(course),
        passages: vec![passage("vesicles")],
        sweep: Some(curve(true)),
        bench: None,
        ..fabricated_bare()
    }
}
