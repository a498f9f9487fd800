//! A made-up results document for tests. Its numbers are invented and mean nothing.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::expect_used, clippy::type_complexity)]

pub mod agents;

use exoderm_numeric::math::exp;
use exoderm_study::results::*;

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

fn rival() -> Rival {
    Rival {
        rows: vec![RivalRow {
            what: "days to closure, vesicles minus placebo".into(),
            id: "T02_plev_punch_null".into(),
            role: "CHECK".into(),
            unit: "d".into(),
            published: [0.0, 2.0],
            model: -0.8,
            null: 0.0,
            score: -0.08,
            counts: true,
        }],
        score: Some(-0.08),
        reading: "By one published number that the model was not fitted to, the difference of log scores is -0.08: they do not tell the two apart."
            .into(),
    }
}

fn product() -> Product {
    Product {
        name: "msc_exosome".into(),
        mode: "combined".into(),
        record: vec![
            RecordItem { key: "donor".into(), what: "donors".into(), essential: true, stated: None },
            RecordItem {
                key: "storage".into(),
                what: "how and for how long it was stored".into(),
                essential: false,
                stated: Some("-80 °C, 3 months".into()),
            },
        ],
        completeness: 0.5,
        threshold: 0.8,
        at_most_low: true,
        why: "1 of 2 items of its record are stated; missing of those that must be there: donor".into(),
        loaded: vec![LoadedRow {
            species: "drug".into(),
            way: "electroporation".into(),
            offered: 1000.0,
            efficiency: 0.05,
            copies_per_vesicle: 50.0,
            vesicles_per_labelled: 1.43,
            yield_of_molecules: 0.035,
        }],
    }
}

fn communication() -> Communication {
    let row = |name: &str, product, released: f64, taken: [f64; 4]| {
        let present = 0.2 * released;
        let lost = released - present - taken.iter().sum::<f64>();
        CommunicationRow { name: name.into(), product, released, taken: taken.into(), present, lost }
    };
    Communication {
        arm: "exosome".into(),
        recipients: ["keratinocyte, stem", "fibroblast", "macrophage", "endothelial cell"]
            .map(str::to_owned)
            .into(),
        senders: vec![
            row("keratinocyte, stem", false, 8.2e4, [2.1e4, 3.3e3, 6.4e3, 210.0]),
            row("fibroblast", false, 1.4e5, [4.8e3, 3.9e4, 3.1e4, 8.8e3]),
            row("macrophage", false, 2.2e4, [610.0, 4.4e3, 7.2e3, 1.0e3]),
            row("msc_exosome", true, 3.1e7, [9.1e4, 2.3e5, 4.4e5, 3.3e4]),
        ],
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

fn waterfall() -> Waterfall {
    let rows = [
        ("labelled particles", 1.0, "dose 100 ug/cm^2, @ppr_lowpure"),
        ("true vesicles after storage", 0.37, "@f_loss_minus80"),
        ("left after adsorption", 0.82, "@ads_loss_lobind_48h"),
        ("released from the gel", 0.71, "simulated"),
        ("in the bed", 0.22, "simulated"),
        ("bound to cells", 0.094, "simulated"),
        ("inside cells", 0.61, "simulated"),
        ("cargo escaped to the cytosol", 0.0048, "@fusion_low"),
    ];
    let mut amount = 1.2e10;
    let stages: Vec<WaterfallStage> = rows
        .iter()
        .map(|(name, fraction, source)| {
            amount *= fraction;
            WaterfallStage {
                name: (*name).into(),
                particles_per_cm2: amount,
                fraction: *fraction,
                source: (*source).into(),
            }
        })
        .collect();
    Waterfall { overall: amount / 1.2e10, stages, day: 13.0, applied_to_endogenous: 3.4 }
}

fn plausibility() -> Plausibility {
    let species = |name: &str, per: f64, cell: [f64; 2], upper: f64, verdict: &str| SpeciesPlausibility {
        name: name.into(),
        copies_per_vesicle: per,
        copies_per_cell: cell,
        upper_bound: upper,
        upper_bound_high: upper * 30.0,
        threshold: [10.0, 100.0, 1000.0],
        verdict: verdict.into(),
        why: format!("the median cell has {} copies", cell[0]),
        by_escape: vec![(1e-4, cell[0] * 0.02), (5e-3, cell[0]), (0.3, cell[0] * 60.0)],
    };
    Plausibility {
        dose_ug_per_cm2: Some(100.0),
        dose_particles_per_cm2: [1e10, 1.2e10, 3e12],
        anchors: [1e7, 1e11],
        species: vec![
            species("mir_21", 0.00825, [0.0041, 0.19], 13.2, "implausible"),
            species("repair_protein", 10.0, [62.0, 240.0], 16_000.0, "only at the upper end"),
            species("growth_ligand", 50.0, [1240.0, 6800.0], 80_000.0, "not excluded by copy number"),
        ],
        vesicles_per_cell: [138.0, 910.0],
        note: "A verdict on copy number says nothing about benefit.".into(),
    }
}

fn dressing() -> DressingTable {
    let rows = (0..=14)
        .map(|day| {
            let day = f64::from(day);
            let released = 100.0 * (1.0 - exp(-day / 2.9)) * 0.81;
            let degraded = 19.0 * (1.0 - exp(-day / 4.0));
            DressingRow {
                day,
                released_percent: released,
                degraded_in_gel_percent: degraded,
                still_in_gel_percent: 100.0 - released - degraded,
                in_bed_percent: 7.0 * day * exp(-day / 2.2),
                acting: 0.62 * day / (day + 0.8) * exp(-day / 9.0),
            }
        })
        .collect();
    DressingTable {
        dose: "100 ug/cm^2".into(),
        ug_per_cm2: Some(100.0),
        particles_per_cm2: 1.2e10,
        rows,
        change: "every 4 d: after that less than a tenth of the load is left in the gel, and occupancy falls below half of its peak".into(),
    }
}

fn required(
    input: &str,
    used: f64,
    needed: Option<f64>,
    searched: [f64; 2],
    ledger_range: Option<[f64; 2]>,
    reading: &str,
    method: &str,
) -> Requirement {
    Requirement {
        input: input.into(),
        used,
        needed,
        bracket: None,
        searched,
        ledger_range,
        reading: reading.into(),
        method: method.into(),
    }
}

fn sensitivity() -> Vec<Swing> {
    let rows: [(&str, &str, [&str; 2], [f64; 2], &str); 6] = [
        ("exosome.potency", "potency of all vesicle effects together", ["0.1", "10"], [0.9, 19.6], "fitted"),
        (
            "vesicle.msc_exosome.particles_per_ug",
            "particles per ug of protein (purity)",
            ["1e8 particles/ug", "3e10 particles/ug"],
            [2.1, 16.0],
            "in vitro",
        ),
        (
            "transport.exudate_flow",
            "exudate flow out of the wound",
            ["0.1 g/cm^2/d", "1.2 g/cm^2/d"],
            [14.2, 4.4],
            "assumption",
        ),
        (
            "uptake.escape",
            "share of internalised cargo that escapes",
            ["1e-4", "0.3"],
            [7.2, 13.0],
            "in vitro",
        ),
        (
            "event.wound.contraction",
            "contraction of the wound edge per myofibroblast",
            ["0 um/min*um^2", "150 um/min*um^2"],
            [9.9, 6.1],
            "assumption",
        ),
        ("matrix.fibrinolysis", "breakdown of fibrin", ["0.05 1/d", "0.4 1/d"], [8.0, 9.0], "assumption"),
    ];
    rows.iter()
        .map(|(input, what, values, results, evidence)| Swing {
            input: (*input).into(),
            what: (*what).into(),
            values: values.map(str::to_owned),
            results: *results,
            base: 8.5,
            unit: "pp".into(),
            evidence: (*evidence).into(),
        })
        .collect()
}

fn balance(arm: &str, population: &str, closes: bool) -> Balance {
    let line = |name: &str, v: f64| (name.to_owned(), v);
    Balance {
        arm: arm.into(),
        population: population.into(),
        made: vec![line("loaded in the dressing", 4.1e7), line("released by cells", 0.0)],
        fates: vec![
            line("still in the dressing", 2.1e6),
            line("degraded in the dressing", 5.4e6),
            line("free", 3.1e4),
            line("bound to matrix", 2.2e5),
            line("on cells", 8.1e5),
            line("inside cells", 1.9e6),
            line("degraded", 2.6e7),
            line("left the domain", 4.5e6),
        ],
        sampling: -412.0,
        sampling_bound: 3100.0,
        relative_error: 3.1e-13,
        closes,
    }
}

fn targets() -> Vec<TargetComparison> {
    let row = |what: &str,
               id: &str,
               published: &str,
               band: Option<[f64; 2]>,
               ours: Option<Estimate>,
               unit: &str,
               role: &str,
               outcome: &str,
               note: &str,
               source: &str| {
        TargetComparison {
            what: what.into(),
            id: id.into(),
            published: published.into(),
            band,
            simulated: ours,
            unit: unit.into(),
            role: role.into(),
            outcome: outcome.into(),
            note: note.into(),
            source: source.into(),
        }
    };
    vec![
        row(
            "Area closed at day 13, untreated db/db",
            "T05_dbdb_control_d13",
            "30.1 ± 19.5 % (n = 149)",
            Some([10.6, 49.6]),
            Some(est(29.0, 1.7)),
            "%",
            "FIT",
            "inside",
            "",
            "Berdal & Jenssen 2013 doi:10.1155/2013/307925",
        ),
        row(
            "Speed of the front, mouse excision",
            "front_speed_mouse",
            "110–170 um/d",
            Some([110.0, 170.0]),
            Some(est(46.4, 2.8)),
            "um/d",
            "CHECK",
            "outside",
            "The published speed is from healthy mice; the diabetic bed carries the sheet more slowly here. The matrix rule (kc_bed) has the largest share in it.",
            "made-up source",
        ),
        row(
            "Healing time with platelet vesicles, healthy punch",
            "T02_plev_punch_null",
            "22.8 ± 8.7 d in both arms (n = 11)",
            None,
            None,
            "d",
            "context",
            "not comparable",
            "Human, healthy, platelet vesicles.",
            "Plexoval II doi:10.1002/jev2.12332",
        ),
        row(
            "Collagen I : III at day 14",
            "skin_col_ratio_d14",
            "1.5 to 3",
            Some([1.5, 3.0]),
            Some(est(2.43, 0.15)),
            "",
            "CHECK",
            "inside",
            "",
            "made-up source",
        ),
    ]
}

fn evidence() -> Vec<EvidenceGroup> {
    let row = |i: usize, level: &str| ParameterRow {
        key: format!("made_up_{}_{i}", level.replace(' ', "_")),
        what: "captured exosome secretion rate, single-cell antibody capture".into(),
        value: "62.5 EV/cell/h".into(),
        range: "60 to 65 EV/cell/h".into(),
        read: "abstract".into(),
        source: "Chiu et al 2016 Small".into(),
        doi: i.is_multiple_of(2).then(|| "10.1002/smll.201600000".into()),
        used_at: vec!["cell.kc_ta.biogenesis.secretion".into(), "cell.kc_stem.biogenesis.secretion".into()],
    };
    [
        ("human RCT", 1),
        ("human observational", 3),
        ("animal", 9),
        ("in vitro", 14),
        ("in silico", 4),
        ("assumption", 11),
    ]
    .iter()
    .map(|(level, n)| EvidenceGroup {
        level: (*level).into(),
        parameters: (0..*n).map(|i| row(i, level)).collect(),
    })
    .collect()
}

fn assumption(i: usize) -> Assumption {
    Assumption {
        path: format!("cell.fibroblast.secretion.factor_{i}"),
        value: "2e-3 fg/cell/h".into(),
        range: (!i.is_multiple_of(3)).then(|| "5e-4 to 1e-2 fg/cell/h".into()),
        file: "scenarios/profiles/mouse-back.toml".into(),
        line: 180 + i,
    }
}

const TYPES: [(&str, f64, f32); 13] = [
    ("keratinocyte stem cell", 2000.0, 4.0),
    ("transit-amplifying keratinocyte", 11_000.0, 4.0),
    ("spinous keratinocyte", 8500.0, 4.5),
    ("granular keratinocyte", 5000.0, 4.5),
    ("corneocyte", 6300.0, 3.5),
    ("melanocyte", 200.0, 4.0),
    ("Langerhans cell", 700.0, 4.0),
    ("fibroblast", 9000.0, 6.0),
    ("myofibroblast", 1500.0, 6.5),
    ("endothelial cell of a capillary loop", 600.0, 5.0),
    ("neutrophil", 3000.0, 4.5),
    ("macrophage", 1563.0, 6.0),
    ("T cell", 1000.0, 4.0),
];

fn sections() -> Vec<Section> {
    let mut all = Vec::new();
    for (day, fronts) in [
        (0.0, [3000.0, 3000.0]),
        (3.0, [2790.0, 2850.0]),
        (7.0, [2290.0, 2520.0]),
        (10.0, [1720.0, 2210.0]),
        (13.0, [1180.0, 1960.0]),
    ] {
        for (arm, front) in [("exosome", fronts[0]), ("vehicle", fronts[1])] {
            all.push(section(arm, day, front));
        }
    }
    all
}

fn section(arm: &str, day: f64, front: f64) -> Section {
    let (width, voxel, nx, nz) = (6000.0_f64, 13.0_f64, 461_usize, 27_usize);
    let height = voxel * nz as f64;
    let basement = 300.0;
    let mut noise = Noise((front + day) as u64);
    let mut cells = Vec::new();
    for (kind, (_, per_mm2, radius)) in TYPES.iter().enumerate() {
        let epidermal = kind < 7;
        let n = (per_mm2 * width * voxel * 1e-6) as usize;
        for _ in 0..n {
            let x = width * noise.next();
            let thin = if x < 3000.0 { 0.6 } else { 1.0 };
            if epidermal && x < front {
                continue;
            }
            let z = match kind {
                0 | 1 | 5 => basement + 3.0 + 3.0 * noise.next(),
                2 | 3 | 6 => basement + 9.0 + 10.0 * noise.next() * thin,
                4 => basement + 21.0 + 6.0 * noise.next(),
                _ => (basement - 5.0) * noise.next().sqrt(),
            };
            if !epidermal && x < 2900.0 && (z > 40.0 + 19.0 * day || (kind == 9 && day < 5.0)) {
                continue;
            }
            if kind == 10 && (x - front).abs() > 700.0 {
                continue;
            }
            cells.push((kind as u8, x as f32, z as f32, *radius + 0.4 * noise.next() as f32));
        }
    }
    let mut collagen = Vec::new();
    let mut vesicles = Vec::new();
    for k in 0..nz {
        for i in 0..nx {
            let (x, z) = ((i as f64 + 0.5) * voxel, (k as f64 + 0.5) * voxel);
            let intact = if x > 3000.0 { 1.0 } else { (0.05 + 0.04 * day) * (1.0 - z / 500.0) };
            collagen.push(if z < basement { (intact * (0.85 + 0.3 * noise.next())) as f32 } else { 0.0 });
            let near = exp(-(basement - z).max(0.0) / 60.0)
                * if x < 3000.0 { 1.0 } else { exp(-(x - 3000.0) / 120.0) };
            let loaded = day * exp(-day / 4.0);
            vesicles.push(if arm == "exosome" && z < basement + 10.0 {
                (0.08 * loaded * near) as f32
            } else {
                0.0
            });
        }
    }
    let mut lines: Vec<f32> = vec![basement as f32; nx];
    lines.extend(
        (0..nx).map(|i| if (i as f64) * voxel < front { basement as f32 } else { (basement + 29.0) as f32 }),
    );
    Section {
        arm: arm.into(),
        day,
        replicate: 0,
        size: [width, height],
        voxel,
        nx,
        nz,
        wound: [3000.0, front.min(3000.0 - 25.0 * day)],
        front,
        cells,
        types: TYPES.iter().map(|t| t.0.to_owned()).collect(),
        collagen,
        vesicles,
        basement: lines,
    }
}

/// A map of two axes, with some points where nothing is gained.
fn sweep() -> Sweep {
    let axis = |path: &str, label: &str, unit: &str, numbers: &[f64]| SweepAxis {
        path: path.into(),
        label: label.into(),
        unit: unit.into(),
        logarithmic: true,
        values: numbers.iter().map(|n| format!("{n:e} {unit}")).collect(),
        numbers: Some(numbers.to_vec()),
    };
    let axes = vec![
        axis("event.dressing.dose", "dose on the label", "particles/cm2", &[1e7, 1e8, 1e9, 1e10, 1e11, 1e12]),
        axis(
            "event.dressing.gel_diffusion",
            "release half-time of the gel",
            "d",
            &[0.5, 1.0, 3.0, 7.0, 14.0],
        ),
    ];
    let mut points = Vec::new();
    for i in 0..6 {
        for j in 0..5 {
            let gain = 2.0 * i as f64 * (1.0 - 0.15 * j as f64) - 2.0;
            points.push(SweepPoint {
                at: vec![i, j],
                arms: vec![SweepArm {
                    arm: "exosome".into(),
                    kind: "exosome".into(),
                    value: Some(est(33.0 + gain, 2.0)),
                }],
                contrasts: vec![SweepContrast {
                    arm: "exosome".into(),
                    reference: "vehicle".into(),
                    value: (i + j != 9).then(|| est(gain, 1.5)),
                    nothing_to_gain: gain < 1.5,
                }],
            });
        }
    }
    Sweep {
        axes,
        measure: "wound area closed, day 13".into(),
        unit: "%".into(),
        difference_unit: "pp".into(),
        points,
        design_map: true,
        method: "Each pair of values is a variant of the scenario.".into(),
    }
}

/// A curve of one axis, of words or of numbers.
pub fn curve(numbers: bool) -> Sweep {
    let values: [(&str, f64); 4] = [("1", 1.0), ("3", 3.0), ("10", 10.0), ("100", 100.0)];
    Sweep {
        axes: vec![SweepAxis {
            path: "event.dressing.dose".into(),
            label: "event.dressing.dose".into(),
            unit: if numbers { "ug/cm^2".into() } else { String::new() },
            logarithmic: numbers,
            values: values.iter().map(|v| v.0.to_owned()).collect(),
            numbers: numbers.then(|| values.iter().map(|v| v.1).collect()),
        }],
        points: (0..4)
            .map(|k| SweepPoint {
                at: vec![k],
                arms: ARMS[..3]
                    .iter()
                    .map(|a| SweepArm {
                        arm: a.0.into(),
                        kind: a.0.into(),
                        value: Some(est(a.2 + k as f64, 1.0)),
                    })
                    .collect(),
                contrasts: vec![SweepContrast {
                    arm: "exosome".into(),
                    reference: "vehicle".into(),
                    value: Some(est(8.5 + k as f64, 2.0)),
                    nothing_to_gain: false,
                }],
            })
            .collect(),
        design_map: false,
        ..sweep()
    }
}

fn bench() -> Bench {
    Bench {
        endpoint: "wound area closed, day 13".into(),
        unit: "pp".into(),
        day: 13.0,
        effect: est(8.5, 2.4),
        spread: 19.5,
        spread_source: "Berdal & Jenssen 2013 doi:10.1155/2013/307925 (db/db mouse, n = 149)".into(),
        spread_target: "T05_dbdb_control_d13".into(),
        standardised: 0.436,
        sizes: vec![
            BenchPower { power: 0.8, per_group: Some(84), per_group_cautious: Some(162) },
            BenchPower { power: 0.9, per_group: Some(112), per_group_cautious: None },
        ],
        curve: vec![(5, 0.09), (10, 0.15), (20, 0.27), (30, 0.38)],
        days: [7.0, 10.0, 13.0]
            .map(|day| BenchDay { day, endpoint: format!("wound area closed, day {day}"), effect: None })
            .to_vec(),
        groups: vec![BenchGroup {
            group: "gel and buffer".into(),
            tells: "what the vesicles do".into(),
            material: "gel with buffer".into(),
            simulated: Some("vehicle".into()),
        }],
    }
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
    Results { course: Some(course), sweep: Some(curve(true)), bench: None, ..fabricated_bare() }
}
