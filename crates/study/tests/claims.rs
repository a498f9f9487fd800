//! What scenarios let one ask of claims about vesicles: sources swapped, what cells secrete told apart, cargo that must be complete.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{BOX, compile, run_arm};
use exoderm_model::scenario::{ArmKind, CargoClass, Origin, Scenario};
use exoderm_numeric::random::Seed;
use exoderm_skin::sources::Roster;
use exoderm_study::folder::Choices;
use exoderm_study::{library, pipeline};
use exoderm_vesicle::observe::Instrument;
use exoderm_vesicle::size::SizeDistribution;
use std::collections::{BTreeMap, BTreeSet};

const TINY: &str = include_str!("../../cli/tests/data/tiny.toml");

/// S003: bovine milk in the place of the product at the same dose of particles changes the parameters of the source and nothing else
/// that the program reads.
#[test]
fn s003_another_source_changes_its_own_parameters_only() {
    let dose = "event.dressing.dose=\"1e10 particles/cm^2\"";
    let own = compile(TINY, &[dose]).unwrap();
    let milk = [
        ("median_diameter", "\"@d_mode_milk\""),
        ("particles_per_ug", "\"@ppr_impure\""),
        ("copies.growth_ligand", "\"0 copies\""),
    ];
    let mut sets = vec![dose.to_owned()];
    sets.extend(milk.iter().map(|(key, value)| format!("vesicle.msc_exosome.{key}={value}")));
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    let swapped = compile(TINY, &sets).unwrap();
    let by_path = |s: &Scenario| -> BTreeMap<String, String> {
        s.provenance.iter().map(|p| (p.path.clone(), format!("{p:?}"))).collect()
    };
    let (a, b) = (by_path(&own), by_path(&swapped));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    let differ: BTreeSet<&str> = a.keys().filter(|k| a[*k] != b[*k]).map(String::as_str).collect();
    let mut expected: Vec<String> =
        milk.iter().map(|(key, _)| format!("vesicle.msc_exosome.{key}")).collect();
    // A half-effect dose of culture is given by mass: it is turned into vesicles by the source's own particles per mass.
    expected.push("rule.exo_kc_speed.half_dose".to_owned());
    assert_eq!(differ, expected.iter().map(String::as_str).collect());
    // Nothing else of the scenario differs either, the dose above all.
    let mut same = Scenario::clone(&swapped);
    same.vesicles.clone_from(&own.vesicles);
    same.provenance.clone_from(&own.provenance);
    same.rules.clone_from(&own.rules);
    assert_eq!(same, *own);
    assert!(
        swapped.rules.iter().zip(&own.rules).all(|(a, b)| a.name == b.name && a.saturation == b.saturation)
    );
}

/// Stem cells that secrete vesicles and a soluble factor, and recipients whose score answers to both.
const STEM: &str = r#"
format = 1
name = "stem"
[run]
horizon = "12 h"
seed = 3
[record]
series = "1 h"
snapshots = ["12 h"]
[substrate.factor]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "1e-3 1/s"
resting = "0 ng/mL"
[cell.stem]
place = "free"
radius = "7 um"
uptake_of_vesicles = false
biogenesis.secretion = "600 EV/h"
secretion.factor = "10 fg/cell/h"
[cell.recipient]
place = "free"
radius = "7 um"
polarisation = "0.02 1/h"
[place.stem]
cell = "stem"
count = 15
[place.recipients]
cell = "recipient"
count = 20
[rule.by_vesicles]
cells = ["recipient"]
signal = "occupancy:own"
behaviour = "polarisation"
fold = 3
half = 0.5
[rule.by_factor]
cells = ["recipient"]
signal = "substrate:factor"
behaviour = "polarisation"
fold = 3
half = "100 ng/mL"
"#;

/// S008: what stem cells do is told apart: with both, with vesicles only, with the rest of the secretome only. The part that goes through
/// vesicles is what falls away when they release none, and the same falls away, to the bit, when recipients cannot bind them or are told
/// nothing by them.
#[test]
fn s008_share_of_vesicles_in_what_stem_cells_do() {
    let no_release = "cell.stem.biogenesis.secretion=0 EV/h";
    let no_factor = "cell.stem.secretion.factor=0 fg/cell/h";
    let score = |sets: &[&str]| -> f64 {
        let o = run_arm(&compile(&format!("{STEM}{BOX}"), sets).unwrap(), ArmKind::Untreated);
        let s = o.snapshots.last().unwrap();
        let of: Vec<f64> =
            (0..s.id.len()).filter(|&i| s.kind[i] == 1).map(|i| f64::from(s.score[i])).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let both = score(&[]);
    let depleted = score(&[no_release]);
    let vesicles = score(&[no_factor]);
    let neither = score(&[no_release, no_factor]);
    assert!(neither < depleted && neither < vesicles, "{neither} {depleted} {vesicles}");
    assert!(depleted < both && vesicles < both, "{both} {depleted} {vesicles}");
    let by_vesicles = both - depleted;
    let unbound = score(&["vesicle.own.targeting={ recipient = 0 }"]);
    assert_eq!((both - unbound).to_bits(), by_vesicles.to_bits());
}

/// S008, S015: the secretome without vesicles, and the rival that vesicles are waste, are a line in every scenario with a product.
#[test]
fn s008_s015_depleted_and_disposal_are_a_line_everywhere() {
    for name in ["diabetic-wound", "acute-wound"] {
        let text = library::find(name).unwrap_or_else(|e| panic!("{e}"));
        for kind in
            ["depleted", "disposal", "null", "uptake_blocked", "empty", "scrambled", "protease", "detergent"]
        {
            // Arms of one kind are refused: where a scenario has it, the line is there already.
            let own = library::compile(&text, &[]).unwrap();
            let sets = [format!("arm.control.kind=\"{kind}\""), "arm.control.label=\"control\"".to_owned()];
            match library::compile(&text, &sets) {
                Ok(s) => assert!(s.arms.iter().any(|a| a.name == "control"), "{name} {kind}"),
                Err(e) => assert!(own.arms.iter().any(|a| a.name == kind), "{name} {kind}: {e}"),
            }
        }
    }
}

/// S008, S015: whoever asks for a control that the scenario does not have is told the line, and the line works.
#[test]
fn s008_s015_a_control_that_is_not_there_is_told_by_its_line() {
    let text = library::find("diabetic-wound").unwrap_or_else(|e| panic!("{e}"));
    for kind in ["depleted", "disposal", "uptake_blocked", "empty", "scrambled", "protease", "detergent"] {
        let line = format!("arm.{kind}.kind=\"{kind}\"");
        let asked =
            Choices { arms: vec!["vehicle".into(), "exosome".into(), kind.into()], ..Choices::default() };
        let error = pipeline::resolve(&text, &asked).expect_err(kind).to_string();
        assert!(error.contains(&format!("--set {line}")), "{error}");
        // As papers write them: "EV-depleted", "uptake-blocked".
        let spelled = format!("EV-{}", kind.replace('_', "-"));
        let other = Choices { arms: vec![spelled], ..Choices::default() };
        let error = pipeline::resolve(&text, &other).expect_err(kind).to_string();
        assert!(error.contains(&format!("--set {line} and --arms {kind}")), "{error}");
        let with = Choices { set: vec![line], ..asked };
        let arms = pipeline::resolve(&text, &with).unwrap_or_else(|e| panic!("{kind}: {e}")).arms;
        assert_eq!(arms.len(), 3, "{kind}");
    }
}

/// S017: each class of cargo has its decays with their unit, and the program's own RNA decays.
#[test]
fn s017_cargo_has_decays_with_units() {
    let with = |class: &str, line: &str| {
        let all = [
            "decay_inside = \"0.02 1/h\"",
            "decay_cytosol = \"0.03 1/h\"",
            "decay_free = \"0.7 1/h\"",
            "diffusion_free = \"60 um^2/s\"",
        ];
        let key = line.split(' ').next().unwrap();
        let lines: String = all.iter().filter(|l| !l.starts_with(key)).map(|l| format!("{l}\n")).collect();
        let value = if line.contains('=') { line } else { "" };
        compile(&format!("{STEM}{BOX}[cargo.x]\nclass = \"{class}\"\n{lines}{value}\n"), &[])
    };
    for class in ["protein", "lipid", "mrna", "mirna", "dna", "ligand", "payload"] {
        assert!(with(class, "decay_cytosol = \"0.1 1/h\"").is_ok(), "{class}");
        for key in ["decay_inside", "decay_cytosol", "decay_free", "diffusion_free"] {
            let missing = with(class, key).unwrap_err();
            assert!(missing.contains(key), "{class} {key}: {missing}");
            let unit = with(class, &format!("{key} = \"3 um\"")).unwrap_err();
            assert!(unit.contains("um"), "{class} {key}: {unit}");
            assert!(with(class, &format!("{key} = \"-1 1/h\"")).is_err(), "{class} {key}");
        }
    }
    let own = library::compile(&library::find("diabetic-wound").unwrap(), &[]).unwrap();
    let rna: Vec<_> = own
        .cargo
        .iter()
        .filter(|c| matches!(c.class, CargoClass::Mirna | CargoClass::Mrna | CargoClass::Dna))
        .collect();
    assert!(
        !rna.is_empty()
            && rna.iter().all(|c| c.decay_inside > 0.0 && c.decay_cytosol > 0.0 && c.decay_free > 0.0)
    );
}

/// S013: what the program ships lies within its own sources' data: sizes sampled of the product and of the skin's own vesicles have the
/// median that their row states, inside its range, 5 and 95 % as the row of the spread says, and at least 90 % of the product is
/// between 40 and 160 nm.
#[test]
fn s013_sampled_sizes_are_those_of_their_rows() {
    let ledger = exoderm_ledger::Ledger::builtin();
    for name in ["diabetic-wound", "acute-wound"] {
        let s = library::compile(&library::find(name).unwrap(), &[]).unwrap();
        for v in &s.vesicles {
            let row = |field: &str| {
                let path = format!("vesicle.{}.{field}", v.name);
                let p = s.provenance.iter().find(|p| p.path == path).unwrap();
                match &p.origin {
                    Origin::Ledger { key } => ledger.get(key).unwrap(),
                    other => panic!("{path}: {other:?}"),
                }
            };
            let (size, spread) = (row("median_diameter"), row("ln_sigma"));
            let (median, sigma) = (size.number().unwrap(), spread.number().unwrap());
            let d = SizeDistribution::new(v.median_diameter, v.ln_sigma).unwrap();
            let mut stream = Seed::new(13, 0).stream(0, 0, 1);
            let mut sampled: Vec<f64> = (0..20_000).map(|_| d.sample(&mut stream)).collect();
            sampled.sort_by(f64::total_cmp);
            let at = |share: f64| sampled[(share * sampled.len() as f64) as usize];
            // Standard error of a quantile of 20,000: under 1 % of it.
            for (share, z) in [(0.05, -1.644_853_6), (0.5, 0.0), (0.95, 1.644_853_6)] {
                let stated = median * exoderm_numeric::math::exp(z * sigma);
                assert!((at(share) / stated - 1.0).abs() < 0.02, "{name} {}: {share}", v.name);
            }
            let (low, high) = (size.low.unwrap_or(median), size.high.unwrap_or(median));
            assert!((0.98 * low..=1.02 * high).contains(&at(0.5)), "{name} {}: {}", v.name, at(0.5));
            let inside = sampled.iter().filter(|d| (40.0..=160.0).contains(*d)).count();
            let share = inside as f64 / sampled.len() as f64;
            assert!(v.endogenous || share >= 0.9, "{name} {}: {share}", v.name);
        }
    }
}

/// S013, source by source: what is sampled of each has the median that its own row states, inside the row's range, and 5 and 95 % as the
/// width says (cut at 200 nm); and, since the rows are modes of NTA, the NTA picture of it has its mode inside that range and within a tenth
/// of the value. Ten of the 18 sources have no row of their own and say so: whoever adds one to the ledger must hold the source to it here.
#[test]
fn s013_every_source_is_held_to_the_sizes_of_its_row() {
    const NONE_OF_THEIR_OWN: [&str; 10] = [
        "endothelial",
        "fibroblast",
        "fibroblast-senescent",
        "langerhans",
        "macrophage",
        "mast",
        "melanocyte",
        "neutrophil",
        "sebocyte",
        "tcell",
    ];
    const N: usize = 40_000;
    let (roster, ledger) = (Roster::builtin().unwrap(), exoderm_ledger::Ledger::builtin());
    let i = &roster.instruments;
    let nta = Instrument::Nta {
        displacements: i.nta_displacements.value,
        half_detected: i.nta_half_detected.value * 1e3,
        steepness: i.nta_steepness.value,
    };
    let mut without: Vec<&str> = Vec::new();
    for (k, s) in roster.sources.iter().enumerate() {
        // What the source states (um), and what the row behind it does.
        let [stated, low, high] =
            [s.median_diameter.value, s.median_diameter.range[0], s.median_diameter.range[1]]
                .map(|d| d * 1e3);
        match &s.median_diameter.key {
            None => without.push(&s.name),
            Some(key) => {
                let row = ledger.get(key).unwrap();
                assert_eq!(row.number(), Some(stated), "{}", s.name);
                let of_row = (row.low.unwrap(), row.high.unwrap());
                // Vesicles of fat's stem cells were also found at twice the size: its range takes that in.
                let wider = ledger.get("d_adsc_ev").and_then(|r| r.number()).unwrap();
                let own = if s.name == "msc-adipose" { (of_row.0, wider) } else { of_row };
                assert!(
                    (low - own.0).abs() < 1e-9 && (high - own.1).abs() < 1e-9,
                    "{}: {low} {high}",
                    s.name
                );
            }
        }
        let sizes = SizeDistribution::new(stated, s.ln_sigma.value).unwrap();
        let mut stream = Seed::new(13, 1).stream(k as u64, 0, 1);
        let mut sampled: Vec<f64> = (0..N).map(|_| sizes.sample(&mut stream)).collect();
        // Bins of 5 nm, summed by threes: the mode is that of the smooth curve.
        let mut bins = [0.0f64; 100];
        for x in sampled.iter().filter_map(|d| nta.observe(*d, &mut stream)) {
            if let Some(n) = bins.get_mut((x / 5.0) as usize) {
                *n += 1.0;
            }
        }
        let heights = bins.windows(3).map(|w| w.iter().sum::<f64>());
        let (at, _) = heights.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let mode = 5.0 * (at as f64 + 1.5);
        assert!((low..=high).contains(&mode), "{}: NTA shows {mode}", s.name);
        assert!((mode / stated - 1.0).abs() < 0.1, "{}: NTA shows {mode}, its row says {stated}", s.name);
        sampled.sort_by(f64::total_cmp);
        let share = |p: f64| sampled[(p * N as f64) as usize];
        assert!((0.98 * low..=1.02 * high).contains(&share(0.5)), "{}: {}", s.name, share(0.5));
        // The cut at 200 nm takes up to 2 % of the largest (platelets, milk) and moves the upper quantile by as much.
        for (p, z) in [(0.05, -1.644_853_6), (0.5, 0.0), (0.95, 1.644_853_6)] {
            let expected = stated * exoderm_numeric::math::exp(z * s.ln_sigma.value);
            let off = share(p) / expected - 1.0;
            assert!(off.abs() < if p > 0.9 { 0.05 } else { 0.015 }, "{}: {p} {off}", s.name);
        }
    }
    without.sort_unstable();
    assert_eq!(without, NONE_OF_THEIR_OWN);
}
