//! What made-up runs say of varied inputs, of sweeps and for the bench.

use super::{ARMS, est};
use exoderm_study::results::*;

pub(super) fn required(
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

pub(super) fn sensitivity() -> Vec<Swing> {
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

/// A map of two axes, with some points where nothing is gained.
pub(super) fn sweep() -> Sweep {
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

pub(super) fn bench() -> Bench {
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
