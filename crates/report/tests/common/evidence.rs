//! Made-up products, published numbers and parameters.

use super::est;
use exoderm_study::results::*;

pub(super) fn rival() -> Rival {
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

pub(super) fn product() -> Product {
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

pub(super) fn targets() -> Vec<TargetComparison> {
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

pub(super) fn evidence() -> Vec<EvidenceGroup> {
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

pub(super) fn assumption(i: usize) -> Assumption {
    Assumption {
        path: format!("cell.fibroblast.secretion.factor_{i}"),
        value: "2e-3 fg/cell/h".into(),
        range: (!i.is_multiple_of(3)).then(|| "5e-4 to 1e-2 fg/cell/h".into()),
        file: "scenarios/profiles/mouse-back.toml".into(),
        line: 180 + i,
    }
}
