//! The life of a vesicle in a tissue: release and what changes it, uptake, response, controls, who sent to whom.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

mod common;

use common::{BOX, compile, run_arm};
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_study::job::Outcome;
use exoderm_study::library::{self, ScenarioText};
use std::sync::Arc;

/// A box of donors and recipients in a medium that loses nothing: what is released is taken up or still there.
const CELLS: &str = r#"
format = 1
name = "life"
[run]
horizon = "12 h"
seed = 3
[record]
series = "1 h"
snapshots = ["12 h"]
[substrate.signal]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "1e-3 1/s"
resting = "0 ng/mL"
[cell.donor]
place = "free"
radius = "7 um"
uptake_of_vesicles = false
biogenesis.secretion = "600 EV/h"
[cell.other_donor]
place = "free"
radius = "7 um"
biogenesis.secretion = "200 EV/h"
[cell.recipient]
place = "free"
radius = "7 um"
[place.donors]
cell = "donor"
count = 20
[place.others]
cell = "other_donor"
count = 10
[place.recipients]
cell = "recipient"
count = 20
"#;

fn untreated(more: &str, sets: &[&str]) -> Outcome {
    let s = compile(&format!("{CELLS}{BOX}{more}"), sets).unwrap_or_else(|e| panic!("{e}"));
    run_arm(&s, ArmKind::Untreated)
}

fn run(sets: &[&str]) -> Outcome {
    untreated("", sets)
}

fn with(more: &str) -> Outcome {
    untreated(more, &[])
}

fn released(o: &Outcome) -> f64 {
    o.series.last().unwrap().vesicles[0].released
}

/// Release of 20 cells at 600/h and 10 at 200/h over 12 h, and its standard deviation for bursts of dispersion 30.
const EXPECTED: f64 = 168_000.0;

fn near(o: &Outcome, expected: f64) {
    // Four standard deviations of compound-Poisson release: the seed is fixed, one in 16,000 would miss.
    let sd = (30.0 * expected).sqrt();
    assert!((released(o) - expected).abs() < 4.0 * sd, "{} released, {expected} expected", released(o));
}

/// S020: a blocked branch takes its share of the release of a tissue, both take all; a scenario says so in a line.
#[test]
fn s020_blocks_in_a_tissue() {
    near(&run(&[]), EXPECTED);
    near(&run(&["biogenesis.nsmase2=0"]), 0.6 * EXPECTED);
    near(&run(&["biogenesis.escrt=0"]), 0.4 * EXPECTED);
    assert_eq!(released(&run(&["biogenesis.escrt=0", "biogenesis.nsmase2=0"])), 0.0);
    assert_eq!(released(&run(&["biogenesis.rab27=0"])), 0.0);
    // Half as many fusions with the plasma membrane out of a tenth: 0.05/0.95 of the bodies, which are fuller by less than 1 %.
    let halved = released(&run(&["biogenesis.rab27=0.5"])) / EXPECTED;
    assert!((halved - 0.5 / 0.95).abs() < 0.02, "{halved}");
}

/// Rules that change nothing leave every bit as it is: activities at rest are the chain without them.
#[test]
fn s020_activities_at_rest_change_no_bit() {
    let base = run(&[]);
    assert_eq!(run(&["biogenesis.rab27=1", "biogenesis.lysosome_fusion=1"]).digest, base.digest);
    let rules: String = ["escrt", "nsmase2", "rab27", "lysosome_fusion", "release"]
        .map(|behaviour| {
            format!(
                "[rule.{behaviour}]\ncells = [\"donor\"]\nsignal = \"exposure:drug\"\nbehaviour = \"{behaviour}\"\nfold = 1\nhalf = 1\n"
            )
        })
        .concat();
    assert_eq!(with(&format!("[exposure.drug]\nlevel = 5\n{rules}")).digest, base.digest);
}

/// A drug, UV or shear is an exposure that rules read: from its start on, for as long as it lasts.
#[test]
fn exposures_act_on_the_chain_while_they_last() {
    let drug = |start: &str| {
        with(&format!(
            r#"
[exposure.gw4869]
what = "nSMase2 inhibitor"
level = 10
start = "{start}"
[rule.block]
cells = ["donor", "other_donor"]
signal = "exposure:gw4869"
behaviour = "nsmase2"
fold = 0
half = 0.01
exponent = 2
"#
        ))
    };
    // Bodies filled before the block still come out: 0.4 of a mean content for about an hour.
    let late = released(&drug("6 h")) / EXPECTED;
    assert!((late - (0.5 + 0.5 * 0.6)).abs() < 0.06, "{late}");
    let shear = with(
        r#"
[exposure.shear]
level = 1
[rule.stirred]
cells = ["donor", "other_donor"]
signal = "exposure:shear"
behaviour = "release"
fold = 3
half = 1e-6
"#,
    );
    // The supply of endosomes triples at 0 h; fusions follow after maturation and half a residence (15 + 60 min).
    let fold = released(&shear) / EXPECTED;
    assert!((fold - (1.0 + 2.0 * (1.0 - 1.35 / 12.0))).abs() < 0.15, "{fold}");
}

/// S022: a burst is held at its site for a time and then freed: nothing is lost, what is held is rate × hold.
#[test]
fn s022_bursts_are_held_then_freed() {
    let o = run(&["biogenesis.hold=2 h"]);
    let rate = EXPECTED / 12.0;
    // Held at 12 h: rate × hold × (1 − e^(−12/2)), since nothing was held at the start; about 28,000 ± 2 %.
    let expected = rate * 2.0 * (1.0 - 0.002_479);
    let held = line(&o, HELD).unwrap();
    assert!((held / expected - 1.0).abs() < 0.1, "{held} {expected}");
    assert!(o.sheets[0].relative_error < 1e-9, "{:e}", o.sheets[0].relative_error);
    // Fusions are drawn as ever; without a hold there is no such line.
    let free = run(&[]);
    assert_eq!(line(&free, HELD), None);
    near(&o, EXPECTED);
}

/// S022: what cells hold when they die, divide or become something else stays in the balance, at every resolution.
#[test]
fn s022_held_vesicles_stay_in_the_balance() {
    for resolution in ["field", "counts", "particles"] {
        let dying = run(&[
            "biogenesis.hold=2 h",
            if resolution == "particles" { "run.horizon=1 h" } else { "run.horizon=4 h" },
            "record.snapshots=[]",
            // Single paths are dear: few vesicles.
            "cell.donor.biogenesis.secretion=60 EV/h",
            "cell.other_donor.biogenesis.secretion=60 EV/h",
            "cell.donor.death=0.5 1/h",
            "cell.donor.division=0.3 1/h",
            "cell.other_donor.fate.recipient.rate=1 1/h",
            &format!("transport.resolution={resolution}"),
        ]);
        let gone = line(&dying, "held, went with dead or shed cells").unwrap();
        assert!(gone > 0.0, "{resolution}");
        let error = dying.sheets[0].relative_error;
        assert!(error < 1e-9, "{resolution}: {error:e}");
        let counts = &dying.series.last().unwrap().cells;
        assert!(counts[0] != 20 && counts[1] < 10, "{counts:?}");
    }
    // A hold that outlasts the run by far is let go when the cell no longer makes vesicles.
    let changed = |fate: &[&str]| {
        let mut sets = vec!["biogenesis.hold=1000 h", "cell.other_donor.biogenesis.secretion=0 EV/h"];
        sets.extend(fate);
        run(&sets)
    };
    let fate = "cell.donor.fate.recipient.rate=1 1/h";
    let (kept, freed) = (changed(&[]), changed(&[fate]));
    assert!(line(&kept, HELD).unwrap() > 0.98 * released(&kept));
    assert!(line(&freed, HELD).unwrap() < 0.1 * released(&freed));
    assert!(freed.sheets[0].relative_error < 1e-9);
}

const HELD: &str = "held at fusion sites";

/// A line of the sheet of the tissue's own vesicles.
fn line(o: &Outcome, name: &str) -> Option<f64> {
    o.sheets[0].fates.iter().find(|(n, _)| n == name).map(|(_, v)| *v)
}

/// S008: where nobody applies a product, blocked uptake leaves every cell without a vesicle, at every resolution; what is released is as
/// without the block, and the balance closes. Beside a product it is the product that is blocked.
#[test]
fn s008_blocked_uptake_of_the_tissues_own() {
    const BLOCK: &str = "[arm.untreated]\nkind = \"untreated\"\n[arm.blocked]\nkind = \"uptake_blocked\"\n";
    const DOSE: &str = "[vesicle.product]\nmedian_diameter = \"100 nm\"\nln_sigma = 0.2\n[event.dose]\nkind = \"release\"\ntime = \"0 h\"\n\
                        population = \"product\"\ncount = 200\nposition = [\"40 um\", \"40 um\", \"40 um\"]\n";
    for resolution in ["field", "counts", "particles"] {
        let sets = [
            // Single paths are dear: a short time.
            if resolution == "particles" { "run.horizon=12 min" } else { "run.horizon=1 h" },
            "record.snapshots=[]",
            "record.series=6 min",
            "cell.donor.biogenesis.secretion=100 EV/h",
            "cell.other_donor.biogenesis.secretion=100 EV/h",
            &format!("transport.resolution={resolution}"),
        ];
        let s = compile(&format!("{CELLS}{BOX}{BLOCK}"), &sets).unwrap_or_else(|e| panic!("{e}"));
        let [free, blocked] = [ArmKind::Untreated, ArmKind::UptakeBlocked].map(|kind| run_arm(&s, kind));
        let rows = |o: &Outcome| o.series.iter().map(|r| r.vesicles[0]).collect::<Vec<_>>();
        assert!(rows(&free).last().unwrap().taken > 0.0, "{resolution}");
        for r in rows(&blocked) {
            assert_eq!((r.taken, r.surface, r.inside, r.escaped, r.occupancy), (0.0, 0.0, 0.0, 0.0, 0.0));
        }
        assert!(released(&blocked) > 0.0 && released(&blocked) == released(&free), "{resolution}");
        let sheet = &blocked.sheets[0];
        assert!(sheet.relative_error < 1e-9 && sheet.sampling == 0.0, "{resolution} {sheet:?}");

        let s = compile(&format!("{CELLS}{BOX}{BLOCK}{DOSE}"), &sets).unwrap_or_else(|e| panic!("{e}"));
        let beside = run_arm(&s, ArmKind::UptakeBlocked);
        let taken = |name: &str| {
            let p = s.vesicles.iter().position(|v| v.name == name).unwrap();
            beside.series.last().unwrap().vesicles[p].taken
        };
        assert!(taken("own") > 0.0 && taken("product") == 0.0, "{resolution}");
    }
}

/// S024: targeting is a factor on the clearance: 0 removes the edge, 1 changes no bit.
#[test]
fn s024_uptake_follows_targeting() {
    let taken = |o: &Outcome| o.series.last().unwrap().vesicles[0].taken;
    let base = run(&[]);
    let none = run(&["vesicle.own.targeting={ recipient = 0, other_donor = 0 }"]);
    assert_eq!(taken(&none), 0.0);
    let one = run(&["vesicle.own.targeting={ recipient = 1 }"]);
    assert_eq!(one.digest, base.digest);
}

/// S024: uptake saturates in dose: a hundred times the vesicles on the same sites are far from a hundred times the uptake.
#[test]
fn s024_uptake_saturates_in_a_tissue() {
    let taken = |secretion: &str| {
        let o = run(&[&format!("cell.donor.biogenesis.secretion={secretion}")]);
        o.series.last().unwrap().vesicles[0].taken
    };
    let (low, high, higher) = (taken("600 EV/h"), taken("60000 EV/h"), taken("600000 EV/h"));
    // 30 recipients hold 3000 at most and take in 3000/h each: 1.2e6 in 12 h.
    assert!(high > 3.0 * low && higher < 1.5 * high && higher < 1.4e6, "{low} {high} {higher}");
}

/// Feedback: what a cell has on its surface changes what it releases itself, by a rule like any other.
#[test]
fn feedback_on_the_recipients_own_release() {
    let o = with(
        r#"
[rule.feedback]
cells = ["other_donor"]
signal = "occupancy:own"
behaviour = "release"
fold = 0
half = 0.001
exponent = 2
"#,
    );
    let lost = released(&run(&[])) - released(&o);
    // The others would have released 24,000.
    assert!(lost > 10_000.0 && lost < 26_000.0, "{lost}");
}

/// S001: chromatin is silent until a source gives a gain: at 0 not a bit changes, at 1 a rule acts as if it were an ordinary one with
/// a memory, above it acts more.
#[test]
fn s001_chromatin_is_silent_until_it_has_a_gain() {
    let rule = |chromatin: &str, gain: &str| {
        with(&format!(
            r#"
[exosome]
chromatin_gain = {gain}
[rule.opened]
cells = ["other_donor"]
signal = "occupancy:own"
behaviour = "release"
fold = 1.5
half = 0.001
memory = "1 h"
exosome = true
{chromatin}
"#
        ))
    };
    let chromatin = "chromatin = true";
    assert_eq!(rule(chromatin, "0").digest, run(&[]).digest);
    let plain = rule("", "0");
    assert_eq!(rule(chromatin, "1").digest, plain.digest);
    assert!(released(&plain) > released(&run(&[])) + 1000.0);
    assert!(released(&rule(chromatin, "3")) > released(&plain) + 5000.0);
}

/// The strip of the program's own tests with one rule of the product, by its surface or by its cargo, and all arms it takes.
fn strip(rule: &str) -> Arc<Scenario> {
    let text = include_str!("../../cli/tests/data/tiny.toml");
    let (head, tail) = text.split_once("[rule.exo_kc_speed]").unwrap();
    let (_, tail) = tail.split_once("[arm.vehicle]").unwrap();
    let arms: String = ["null", "soluble", "empty", "protease", "detergent", "disposal"]
        .map(|kind| format!("[arm.{kind}]\nkind = \"{kind}\"\nlabel = \"{kind}\"\n"))
        .concat();
    let text = format!("{head}{rule}\n[arm.vehicle]{tail}\n{arms}");
    compile(&text, &[]).unwrap_or_else(|e| panic!("{e}"))
}

const BY_SURFACE: &str = r#"
[rule.by_surface]
cells = ["kc_stem", "kc_ta", "fibroblast", "macrophage"]
signal = "occupancy:msc_exosome"
behaviour = "speed"
fold = 2
half = 0.01
exosome = true
"#;

/// Half at a millionth of a copy: one molecule is far beyond it, so that the few that arrive are seen.
const BY_CARGO: &str = r#"
[rule.by_cargo]
cells = ["kc_stem", "kc_ta", "fibroblast", "macrophage"]
signal = "cargo:repair_protein"
behaviour = "speed"
fold = 2
half = 1e-6
exosome = true
"#;

/// Where the cells are at the end: what a rule on speed changes.
fn places(o: &Outcome) -> Vec<[u32; 3]> {
    let s = o.snapshots.last().unwrap();
    (0..s.id.len()).map(|i| std::array::from_fn(|a| s.position[a][i].to_bits())).collect()
}

/// S016: protease takes what acts on the surface and leaves what the membrane shields; detergent frees the lumen's cargo, which
/// has no way in, and leaves what acts from outside. The vesicles of both arms move, and sheets close.
#[test]
fn s016_protease_and_detergent() {
    let (surface, lumen) = (strip(BY_SURFACE), strip(BY_CARGO));
    let at = |s: &Arc<Scenario>, kind: ArmKind| {
        let o = run_arm(s, kind);
        for sheet in &o.sheets {
            assert!(sheet.relative_error < 1e-9, "{kind:?} {}: {:e}", sheet.name, sheet.relative_error);
        }
        places(&o)
    };
    // By its surface: gone with protease, there with detergent (the ligand is free).
    let vehicle = at(&surface, ArmKind::Vehicle);
    let exosome = at(&surface, ArmKind::Exosome);
    assert!(exosome != vehicle);
    assert!(at(&surface, ArmKind::Protease) == vehicle);
    let detergent = at(&surface, ArmKind::Detergent);
    assert!(detergent != vehicle);
    assert!(detergent == at(&surface, ArmKind::Soluble));
    // By its lumen: whole with protease, gone with detergent, and with an empty lumen.
    let vehicle = at(&lumen, ArmKind::Vehicle);
    let exosome = at(&lumen, ArmKind::Exosome);
    assert!(exosome != vehicle);
    assert!(at(&lumen, ArmKind::Protease) == exosome);
    assert!(at(&lumen, ArmKind::Detergent) == vehicle);
    assert!(at(&lumen, ArmKind::Empty) == vehicle);
    // Controls that no vesicle passes: in silico they are one and the same.
    assert!(at(&lumen, ArmKind::Null) == vehicle);
    assert!(at(&lumen, ArmKind::Disposal) == vehicle);
}

/// S008, S015: controls that no vesicle passes have no effect whichever way the vesicles act, and are then one and the same; what an empty and a
/// scrambled vesicle do is the same, and nothing more than their surface does.
#[test]
fn s008_s015_controls_without_a_way_have_no_effect() {
    let (surface, lumen) = (strip(BY_SURFACE), strip(BY_CARGO));
    for s in [&surface, &lumen] {
        let vehicle = places(&run_arm(s, ArmKind::Vehicle));
        assert!(places(&run_arm(s, ArmKind::Exosome)) != vehicle);
        for kind in [ArmKind::Depleted, ArmKind::UptakeBlocked, ArmKind::Disposal, ArmKind::Null] {
            assert!(places(&run_arm(s, kind)) == vehicle, "{kind:?}");
        }
    }
    let hollow = [ArmKind::Empty, ArmKind::Scrambled].map(|kind| places(&run_arm(&surface, kind)));
    assert!(hollow[0] == hollow[1] && hollow[0] == places(&run_arm(&surface, ArmKind::Exosome)));
    assert!(places(&run_arm(&lumen, ArmKind::Scrambled)) == places(&run_arm(&lumen, ArmKind::Null)));
}

/// S025: the two routes are apart. Without escape the surface still acts and the cargo does nothing; under intact
/// stratum corneum that lets nothing through, neither cargo nor surface reaches a living cell.
#[test]
fn s025_surface_and_cargo_are_separate_routes() {
    let at = |rule: &str, kind: ArmKind, sets: &[&str]| {
        let s = strip(rule);
        let mut changed = (*s).clone();
        for set in sets {
            match *set {
                "no escape" => changed.cells.iter_mut().for_each(|c| c.vesicle_uptake.escape = 0.0),
                "intact" => {
                    changed.events.retain(|e| !matches!(e, exoderm_model::scenario::Event::Wound(_)));
                    changed.transport.corneum_permeability = 0.0;
                }
                other => panic!("{other}"),
            }
        }
        places(&run_arm(&Arc::new(changed), kind))
    };
    let exosome = ArmKind::Exosome;
    let vehicle = at(BY_SURFACE, ArmKind::Vehicle, &[]);
    assert!(at(BY_SURFACE, exosome, &["no escape"]) != vehicle);
    assert!(at(BY_CARGO, exosome, &[]) != vehicle);
    assert!(at(BY_CARGO, exosome, &["no escape"]) == at(BY_CARGO, ArmKind::Vehicle, &[]));
    for rule in [BY_CARGO, BY_SURFACE] {
        assert!(at(rule, exosome, &["intact"]) == at(rule, ArmKind::Vehicle, &["intact"]));
    }
}

/// S035: rows and columns of who sent to whom are the sheet's release and uptake, asking changes no result, and a donor that
/// falls silent takes its row away and nothing of what it cannot reach.
#[test]
fn s035_rows_and_columns_are_release_and_uptake() {
    let asked = run(&["record.communication=true"]);
    let plain = run(&[]);
    for (a, b) in asked.series.iter().zip(&plain.series) {
        assert_eq!(a.vesicles, b.vesicles);
    }
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    let last = &asked.series.last().unwrap().vesicles[0];
    let x = asked.exchange.as_ref().unwrap();
    assert_eq!(x.senders, ["donor", "other_donor"]);
    assert!(near(x.released.iter().sum(), last.released), "{:?} {}", x.released, last.released);
    assert!(near(x.received().iter().sum(), last.taken), "{:?} {}", x.received(), last.taken);
    assert!(near(x.sent().iter().sum(), last.taken));
    assert!(near(x.present.iter().sum(), last.free + last.bound), "{:?} {}", x.present, last.free);
    // Nothing is lost here but by the draw: what is drawn is what the field gave up, give or take a line of the sheet.
    for k in 0..2 {
        let out = x.sent()[k] + x.present[k];
        assert!((out / x.released[k] - 1.0).abs() < 0.02, "{k}: {out} {}", x.released[k]);
    }
    // Donors stand at random among each other: each sends to both kinds of recipients in proportion to its release.
    let ratio = x.released[0] / x.released[1];
    for r in 1..3 {
        assert!((x.taken[0][r] / x.taken[1][r] / ratio - 1.0).abs() < 0.25, "{:?}", x.taken);
    }
    assert_eq!([x.taken[0][0], x.taken[1][0]], [0.0, 0.0], "the first type takes nothing up");
    // The first type is silent: its row is empty, the release of those that it does not drive keeps every bit.
    let silent = run(&["record.communication=true", "cell.donor.biogenesis.secretion=0 EV/h"]);
    let y = silent.exchange.as_ref().unwrap();
    assert_eq!((y.released[0], y.sent()[0]), (0.0, 0.0));
    assert_eq!(y.released[1].to_bits(), x.released[1].to_bits());
    // An edge cut at the recipient: only that column is empty.
    let cut = run(&["record.communication=true", "vesicle.own.targeting={ recipient = 0 }"]);
    let z = cut.exchange.as_ref().unwrap();
    assert_eq!(z.received()[2], 0.0);
    assert!(z.received()[1] > x.received()[1]);
    assert_eq!(z.released, x.released);
}

/// S035 in skin: through wound, contraction, division and death the donors' parts stay parts of the whole, and a product is a
/// sender of its own.
#[test]
fn s035_parts_stay_parts_in_a_wound() {
    let text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    let sets = ["record.communication=true".to_owned()];
    let s = library::compile(&ScenarioText::new("tiny.toml", text), &sets).unwrap();
    let o = run_arm(&Arc::new(s), ArmKind::Exosome);
    let x = o.exchange.as_ref().unwrap();
    let last = &o.series.last().unwrap().vesicles;
    let own = x.product.iter().filter(|p| !**p).count();
    let product = x.product.iter().position(|p| *p).unwrap();
    let [e, p] = [true, false].map(|made_here| {
        last.iter().zip(&o.sheets).position(|(v, _)| (v.loaded == 0.0) == made_here).unwrap()
    });
    let sum = |v: Vec<f64>| v[..own].iter().sum::<f64>();
    // Columns of wounds are squeezed and mesh values cut at zero: a millionth.
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * b.abs().max(1.0);
    assert!(near(sum(x.released.clone()), last[e].released), "{:?} {}", x.released, last[e].released);
    assert!(near(sum(x.sent()), last[e].taken), "{:?} {}", x.sent(), last[e].taken);
    assert!(near(sum(x.present.clone()), last[e].free + last[e].bound), "{:?}", x.present);
    assert!(near(x.released[product], last[p].released), "{:?} {}", x.released, last[p].released);
    assert!(near(x.sent()[product], last[p].taken), "{:?} {}", x.sent(), last[p].taken);
    assert!(x.sent()[product] > 100.0 && x.received().iter().filter(|n| **n > 0.0).count() > 3);
}
