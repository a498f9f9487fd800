//! What cells hold rides in their vesicles to other cells: loading by the parent's state, transport, draws, compartments, balance.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{State, Tissue};
use exoderm_vesicle::cargo::{Class, draw_copies, sorted_copies};
use exoderm_vesicle::size::SizeDistribution;
use std::sync::Arc;

/// Donors and recipients in a medium that loses nothing; what binds is not let go again, so that vesicles outside are as released.
const BOX: &str = r#"
format = 1
name = "sorted"
[run]
horizon = "6 h"
seed = 5
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "6 min"
[tissue]
kind = "box"
size = ["80 um", "80 um", "80 um"]
voxel = "20 um"
[mechanics]
stiffness = "1 1/min"
[vesicle.own]
endogenous = true
median_diameter = "100 nm"
ln_sigma = 0.2
copies_when_loaded.rna = "2.5 copies"
[transport]
diffusion_100nm = "6.57 um^2/s"
[uptake]
clearance = "2000 um^3/min"
capacity = "3000 EV"
internalisation = "1 1/h"
unbinding = "0 1/h"
lysosome = "0.2 1/h"
recycled = 0
escape = 0.3
[biogenesis]
population = "own"
maturation = "15 min"
residence = "60 min"
secretory_share = 0.1
vesicles_per_body = "30 ILV"
back_fusion = 0.1
ceramide_share = 0.4
tethered = 0.2
dispersion = 30
[cell.donor]
place = "free"
radius = "7 um"
uptake_of_vesicles = false
biogenesis.secretion = "600 EV/h"
content.protein = "6000 copies/um^3"
content.second = "300 copies/um^3"
content.lipid = "40 copies/um^2"
content.rna = "0.02 copies/EV"
[cell.recipient]
place = "free"
radius = "7 um"
[place.donors]
cell = "donor"
count = 20
[place.recipients]
cell = "recipient"
count = 20
"#;

/// Species of a class that decay neither in vesicles nor in the cytosol.
fn cargo(inside: &str, cytosol: &str) -> String {
    [("protein", "protein"), ("second", "protein"), ("lipid", "lipid"), ("rna", "mirna")]
        .map(|(name, class)| {
            format!(
                "[cargo.{name}]\nclass = \"{class}\"\ndecay_inside = \"{inside}\"\ndecay_cytosol = \"{cytosol}\"\n\
                 decay_free = \"0 1/h\"\ndiffusion_free = \"60 um^2/s\"\n"
            )
        })
        .concat()
}

const STRESS: &str = r#"
[exposure.stress]
level = 1
start = "0 h"
[rule.stressed]
cells = ["donor"]
signal = "exposure:stress"
behaviour = "enrichment:rna"
fold = 2
half = 1e-9
[rule.stressed_too]
cells = ["donor"]
signal = "exposure:stress"
behaviour = "enrichment:protein"
fold = 2
half = 1e-9
"#;

fn scenario(more: &str, sets: &[&str]) -> Arc<Scenario> {
    common::scenario(&format!("{BOX}{more}"), sets)
}

fn tissue(s: &Arc<Scenario>, replicate: u32) -> Tissue {
    common::tissue(s, ArmKind::Untreated, replicate)
}

fn run(s: &Arc<Scenario>) -> Tissue {
    let mut t = tissue(s, 0);
    t.run_until(s.horizon, |_| false).unwrap();
    t
}

/// Mean over the sizes of what a vesicle loads of a content.
fn mean_sorted(class: Class, content: f64) -> f64 {
    let nodes = SizeDistribution::new(100.0, 0.2).unwrap().nodes(3).unwrap();
    nodes.iter().map(|n| n.weight * sorted_copies(class, n.diameter_nm, content, 1.0)).sum()
}

/// A line of the sheet of a cargo.
fn line(t: &Tissue, species: &str, name: &str) -> f64 {
    let sheets = t.balance();
    let sheet = sheets.iter().find(|s| s.name.starts_with(&format!("{species} "))).unwrap();
    let lines = || sheet.made.iter().chain(&sheet.fates);
    lines().find(|(n, _)| n == name).unwrap_or_else(|| panic!("{name}")).1
}

fn closed(t: &Tissue) {
    for sheet in t.balance() {
        assert!(sheet.relative_error < 1e-9, "{}: {:e}", sheet.name, sheet.relative_error);
    }
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs(), "{a} {b}");
}

/// S021: what a vesicle loads is room × content × enrichment; with enrichment 1 species stand in the ratio that they have in the
/// cytosol, on the way, too. A cell type without contents releases empty vesicles.
#[test]
fn s021_passive_loading_in_a_tissue() {
    let s = scenario(
        &cargo("0 1/h", "0 1/h"),
        &["cell.recipient.biogenesis.secretion=100 EV/h", "cell.recipient.uptake_of_vesicles=false"],
    );
    let t = run(&s);
    closed(&t);
    let state = t.state();
    let types = s.cells.len();
    let per_vesicle =
        |m: usize, kind: usize| state.sorted.copies[m * types + kind] / state.sorted.vesicles[kind];
    let expected = [
        mean_sorted(Class::Protein, 6000.0),
        mean_sorted(Class::Protein, 300.0),
        mean_sorted(Class::Lipid, 40.0),
        0.02,
    ];
    for (m, expected) in expected.into_iter().enumerate() {
        near(per_vesicle(m, 0), expected, 1e-9);
        assert_eq!(per_vesicle(m, 1), 0.0);
    }
    assert!(state.sorted.vesicles[1] > 1000.0);
    // Nothing takes them up: all are outside, and a vesicle there still has what it was made with.
    let free = |species: &str| line(&t, species, "free in tissue");
    near(free("protein") / free("second"), 20.0, 1e-9);
    let released = state.sorted.vesicles[0];
    near(free("lipid"), released * expected[2], 1e-9);
    let three = run(&scenario(
        &cargo("0 1/h", "0 1/h"),
        &[
            "cell.donor.enrichment={ second = 3 }",
            "cell.recipient.biogenesis.secretion=100 EV/h",
            "cell.recipient.uptake_of_vesicles=false",
        ],
    ));
    near(line(&three, "second", "released by cells"), 3.0 * line(&t, "second", "released by cells"), 1e-12);
}

/// S021: vesicles load when they bud. After a stress begins those that were in bodies come out first: the loading of what is released
/// follows with the mean time that a vesicle spends in a body, exactly.
#[test]
fn s021_loading_lags_by_the_time_in_a_body() {
    let s = scenario(&format!("{}{STRESS}", cargo("0 1/h", "0 1/h")), &[]);
    let t = run(&s);
    closed(&t);
    let rows = &t.state().series;
    let types = s.cells.len();
    let (rest, rate, dt) = (mean_sorted(Class::Protein, 6000.0), 1.0 / (60.0 * 0.9), 6.0);
    let mut seen = 0;
    for (k, pair) in rows.windows(2).enumerate() {
        let [vesicles, copies] = [
            pair[1].sorted.vesicles[0] - pair[0].sorted.vesicles[0],
            pair[1].sorted.copies[0] - pair[0].sorted.copies[0],
        ];
        if vesicles > 0.0 {
            let decay = |time: f64| math::exp(-rate * time);
            let (a, b) = (k as f64 * dt, (k + 1) as f64 * dt);
            let old = (decay(a) - decay(b)) / (rate * dt);
            near(copies / vesicles, rest * (2.0 - old), 1e-9);
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
    // Species that no rule touches stay as they were.
    let last = rows.last().unwrap();
    near(last.sorted.copies[types] / last.sorted.vesicles[0], rest / 20.0, 1e-9);
}

/// What vesicles do keeps every bit, whatever they carry; copies are linear in what cells hold, and follow the vesicles.
#[test]
fn cargo_rides_and_changes_no_vesicle() {
    // The same without contents.
    let lines = BOX.lines().filter(|l| !l.starts_with("content."));
    let text: String = lines.map(|l| format!("{l}\n")).collect();
    let plain = run(&common::scenario(&format!("{text}{}", cargo("0 1/h", "0 1/h")), &[]));
    let own = |t: &Tissue| t.state().series.iter().map(|r| r.vesicles.clone()).collect::<Vec<_>>();
    assert!(plain.balance().len() == 1 && plain.state().free.len() == 3);
    let one = run(&scenario(&cargo("0.02 1/h", "0 1/h"), &[]));
    let two = run(&scenario(&cargo("0.02 1/h", "0 1/h"), &["cell.donor.content.protein=12000 copies/um^3"]));
    let followed = run(&scenario(&cargo("0.02 1/h", "0 1/h"), &["record.communication=true"]));
    for t in [&one, &two, &followed] {
        assert!(own(t) == own(&plain));
        closed(t);
    }
    for species in ["protein", "rna"] {
        for name in ["free in tissue", "on cell surfaces", "escaped into the cytosol"] {
            assert_eq!(
                line(&one, species, name).to_bits(),
                line(&followed, species, name).to_bits(),
                "{name}"
            );
        }
    }
    for name in ["released by cells", "free in tissue"] {
        near(line(&two, "protein", name), 2.0 * line(&one, "protein", name), 1e-12);
    }
    // Nothing came back: outside, a vesicle of each size has what it had, less what decayed (large ones linger).
    let still = run(&scenario(&cargo("0 1/h", "0 1/h"), &[]));
    let nodes = SizeDistribution::new(100.0, 0.2).unwrap().nodes(3).unwrap();
    for (k, node) in nodes.iter().enumerate() {
        let all = |f: usize| still.state().free[f].iter().sum::<f64>();
        near(all(3 + 3 + k) / all(k), sorted_copies(Class::Protein, node.diameter_nm, 300.0, 1.0), 1e-9);
    }
    let left = line(&one, "second", "free in tissue") / line(&still, "second", "free in tissue");
    assert!(left < 1.0 && left > math::exp(-0.02 * 6.0), "{left}");
}

/// S014 in a tissue: copies are drawn about the mean of the vesicles in a cell's voxels with the variance that the sheet states, for
/// proteins and for microRNA that most vesicles lack.
#[test]
fn s014_copies_drawn_by_cells() {
    const RUNS: u32 = 150;
    let s = scenario(&cargo("0.1 1/h", "0 1/h"), &["run.horizon=2 h"]);
    let mut chi2 = [0.0; 4];
    for replicate in 0..RUNS {
        let mut t = tissue(&s, replicate);
        t.run_until(s.horizon, |_| false).unwrap();
        for (m, sheet) in t.balance()[1..].iter().enumerate() {
            assert!(sheet.relative_error < 1e-9 && sheet.sampling_bound > 0.0);
            let off = 3.0 * sheet.sampling / sheet.sampling_bound;
            chi2[m] += off * off;
        }
    }
    for chi2 in chi2 {
        let runs = f64::from(RUNS);
        assert!((chi2 / runs - 1.0).abs() < 4.0 * (2.0 / runs).sqrt(), "{}", chi2 / runs);
    }
}

/// Copies on the surface, inside and in the cytosol are those of the equations, given what bound: dS/dt = a − k_int S,
/// dI/dt = k_int S − (k_out + λ) I, dX/dt = k_esc I − k_x X, each with the cargo of what bound.
#[test]
fn recipients_hold_what_the_equations_say() {
    let (inside, cytosol) = (0.1 / 60.0, 0.3 / 60.0);
    let s = scenario(&cargo("0.1 1/h", "0.3 1/h"), &["run.horizon=12 h", "uptake.clearance=20000 um^3/min"]);
    let t = run(&s);
    closed(&t);
    let state = t.state();
    let per_step: Vec<f64> =
        state.series.windows(2).map(|w| w[1].vesicles[0].taken - w[0].vesicles[0].taken).collect();
    // Vesicles outside are two minutes old: what they lose until they bind is 0.3 %.
    let copies = mean_sorted(Class::Protein, 6000.0);
    let (int, out) = (1.0 / 60.0, 0.2 / 60.0 / 0.7);
    let (mut on, mut within, mut free) = (0.0, 0.0, 0.0);
    let h = 0.01;
    for bound in per_step {
        for _ in 0..(6.0 / h) as usize {
            let arriving = bound * copies / 6.0;
            free += h * (0.3 * out * within - cytosol * free);
            within += h * (int * on - (out + inside) * within);
            on += h * (arriving - (int + inside) * on);
        }
    }
    let held = |place: usize| -> f64 {
        let slot = t.plan().acting_cargo.iter().position(|c| s.cargo[c.0].name == "protein").unwrap();
        state.cells.extra(state.columns.cargo[0][slot][place]).iter().sum()
    };
    for (place, expected) in [(0, on), (1, within), (2, free)] {
        near(held(place), expected, 0.03);
    }
    let row = state.series.last().unwrap();
    near(20.0 * row.sorted.cytosol[1], free, 0.02);
}

/// A donor's stress reaches what the neighbour does: cells with a rule on cargo answer, and more to stressed donors. Where no vesicle
/// acts they do not.
#[test]
fn s018_stress_of_a_donor_changes_its_neighbour() {
    let answer = "[rule.answer]\ncells = [\"recipient\"]\nsignal = \"cargo:rna\"\nbehaviour = \"death\"\nsaturation = \"0.5 1/h\"\nhalf = 50\nexponent = 4\n";
    let left = |more: &str, arm: ArmKind| -> u32 {
        let s = scenario(
            &format!("{}{answer}{more}", cargo("0 1/h", "0 1/h")),
            &["cell.donor.biogenesis.secretion=6000 EV/h"],
        );
        (0..6)
            .map(|r| {
                let mut t = common::tissue(&s, arm, r);
                t.run_until(s.horizon, |_| false).unwrap();
                closed(&t);
                t.state().series.last().unwrap().cells[1]
            })
            .sum()
    };
    let at_rest = left("", ArmKind::Untreated);
    let stressed = left(STRESS, ArmKind::Untreated);
    assert!(stressed + 12 < at_rest && at_rest < 120, "{stressed} {at_rest}");
    assert_eq!(left(STRESS, ArmKind::Disposal), 120);
}

/// S018: donor state → cargo → classifier. Copies counted in samples of what tissues released tell stressed donors from resting ones with
/// the area that their means have; vesicles of platelets thin the signal out.
#[test]
fn s018_round_trip_from_a_tissue() {
    let loading = |more: &str| {
        let s = scenario(&format!("{}{more}", cargo("0 1/h", "0 1/h")), &["run.horizon=12 h"]);
        let t = run(&s);
        let rows = &t.state().series;
        // What came out in the last two hours.
        let [a, b] = [&rows[rows.len() - 21].sorted, &rows[rows.len() - 1].sorted];
        let of = |x: &exoderm_tissue::observe::SortedRow| (x.copies[3 * s.cells.len()], x.vesicles[0]);
        (of(b).0 - of(a).0) / (of(b).1 - of(a).1)
    };
    let (rest, stressed) = (loading(""), loading(STRESS));
    near(rest, 0.02, 1e-9);
    near(stressed, 0.04, 1e-3);
    let area = |platelets: u64| {
        const PEOPLE: u64 = 300;
        const COUNTED: u64 = 3000;
        // Of so many counted, one in (1 + platelets) is of the donors; platelets have as much of the species at rest.
        let sample = |mean: f64, id: u64| {
            let mut stream = Seed::new(18, platelets as u32).stream(id, 0, 1);
            let own = stream.binomial(COUNTED, 1.0 / (1.0 + platelets as f64));
            draw_copies(own, mean, Class::Mirna, 2.5, &mut stream)
                + draw_copies(COUNTED - own, rest, Class::Mirna, 2.5, &mut stream)
        };
        let (ill, well): (Vec<u64>, Vec<u64>) =
            (0..PEOPLE).map(|i| (sample(stressed, 2 * i), sample(rest, 2 * i + 1))).unzip();
        let wins: f64 = ill
            .iter()
            .flat_map(|a| {
                well.iter().map(move |b| f64::from(u8::from(a > b)) + 0.5 * f64::from(u8::from(a == b)))
            })
            .sum();
        wins / (PEOPLE * PEOPLE) as f64
    };
    // Counts vary by their mean × E[L²]/E[L]: the area of two normals 3000 × 0.02 apart.
    let (apart, variance) = (60.0, 2.6 * (60.0 + 120.0));
    let exact = 0.5 * (1.0 + erf(apart / f64::sqrt(2.0 * variance)));
    assert!((area(0) - exact).abs() < 0.03, "{} {exact}", area(0));
    assert!(area(0) > 0.95);
    assert!(area(1) < area(0) && area(1000) < 0.6, "{} {}", area(1), area(1000));
}

/// Abramowitz and Stegun 7.1.26, to 1.5e-7.
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let p = ((((1.061_405_429 * t - 1.453_152_027) * t + 1.421_413_741) * t - 0.284_496_736) * t
        + 0.254_829_592)
        * t;
    1.0 - p * math::exp(-x * x)
}

/// Law 4: a run that is stored and goes on has the bits of one that is not; law 5: sheets close through division, death and changes of
/// type, with what comes out of cells again.
#[test]
fn checkpoints_and_balance_through_life() {
    let s = scenario(
        &format!("{}{STRESS}", cargo("0.1 1/h", "0.1 1/h")),
        &[
            "uptake.recycled=0.3",
            "uptake.unbinding=1 1/h",
            "cell.donor.uptake_of_vesicles=true",
            "cell.donor.death=0.2 1/h",
            "cell.donor.division=0.3 1/h",
            "cell.donor.fate={ recipient = { rate = \"0.1 1/h\" } }",
            "cell.recipient.biogenesis.secretion=100 EV/h",
            "transport.degradation=0.2 1/h",
        ],
    );
    let whole = run(&s);
    closed(&whole);
    let mut first = tissue(&s, 0);
    first.run_until(170.0, |_| false).unwrap();
    let stored: State = first.checkpoint();
    let mut second =
        Tissue::from_state(common::plan(&s, ArmKind::Untreated), stored, Seed::new(s.seed, 0)).unwrap();
    second.run_until(s.horizon, |_| false).unwrap();
    assert!(second.state().series == whole.state().series);
    assert!(second.state().free == whole.state().free);
    for (a, b) in second.balance().iter().zip(whole.balance()) {
        assert_eq!(*a, b);
    }
    for name in
        ["decayed in vesicles", "degraded in tissue", "went with dead or shed cells", "degraded in lysosomes"]
    {
        assert!(line(&whole, "protein", name) > 0.0, "{name}");
    }
}
