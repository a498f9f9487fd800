//! Where made-up vesicles went.

use exoderm_numeric::math::exp;
use exoderm_study::results::*;

pub(super) fn communication() -> Communication {
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

pub(super) fn waterfall() -> Waterfall {
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

pub(super) fn plausibility() -> Plausibility {
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

pub(super) fn dressing() -> DressingTable {
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

pub(super) fn balance(arm: &str, population: &str, closes: bool) -> Balance {
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

/// The way of the tissue's own vesicles, counted in `unit`.
pub fn passage(unit: &str) -> Passage {
    let stage = |name: &str, amount: f64, fraction: f64| PassageStage {
        name: name.into(),
        amount,
        fraction,
        source: "simulated".into(),
    };
    Passage {
        arm: "untreated".into(),
        population: "endogenous".into(),
        product: false,
        unit: unit.into(),
        stages: vec![
            stage("made: fused with the cells’ membrane", 1e4, 1.0),
            stage("released by cells", 8e3, 0.8),
            stage("bound by cells", 2e3, 0.25),
            stage("inside cells", 1e3, 0.5),
            stage("escaped into the cytosol", 5.0, 0.005),
        ],
        overall: 5e-4,
        time: 10.0,
        time_unit: if unit == "vesicles" { "min" } else { "d" }.into(),
        burn_in: if unit == "vesicles" { 0.0 } else { 30.0 },
    }
}
