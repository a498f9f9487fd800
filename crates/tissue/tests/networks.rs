//! Networks inside cells: against exact solutions and another stepper, fed by fields, read by rules, through division, change
//! of type, death and a stop.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use exoderm_import::sbml::for_cells;
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::population::{Population, Tolerance};
use exoderm_kinetics::system::System;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_model::{NetworkFile, Networks};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Plan, Tissue, TissueError};
use std::sync::Arc;

const SWITCH: &str = include_str!("../../../scenarios/boxes/network-switch.xml");
/// A → B → nothing, without input.
const CHAIN: &str = include_str!("data/chain.xml");
/// dx/dt = x²: ends after 1/x.
const BLOW_UP: &str = include_str!("data/blow_up.xml");

/// Cells of two types in a box with an even field.
const BOX: &str = r#"
format = 1
name = "cells"
[run]
horizon = "2 h"
[tissue]
kind = "box"
size = ["200 um", "100 um", "100 um"]
voxel = "20 um"
[substrate.tnf]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "1e-9 1/s"
resting = "0 ng/mL"
[mechanics]
stiffness = "1 1/min"
[cell.a]
place = "free"
radius = "5 um"
[cell.b]
place = "free"
radius = "5 um"
[place.a]
cell = "a"
count = 70
[place.b]
cell = "b"
count = 5
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "30 min"
snapshots = ["30 min", "1 h"]
"#;

const WITH_CHAIN: &str = "[network.chain]\nfile = \"chain.xml\"\ncells = [\"a\"]\n";
const WITH_SWITCH: &str = "[network.switch]\nfile = \"switch.xml\"\ncells = [\"a\"]\n\
     inputs.input = { signal = \"substrate:tnf\", unit = \"2 ng/mL\" }\n";

fn scenario(text: &str, sets: &[&str]) -> Arc<Scenario> {
    let file = |path: &str, text: &str| NetworkFile { path: path.into(), text: text.into() };
    let files = vec![file("chain.xml", CHAIN), file("switch.xml", SWITCH), file("blow_up.xml", BLOW_UP)];
    let networks = Networks { files, read: Some(for_cells) };
    common::try_scenario(text, sets, networks).unwrap_or_else(|e| panic!("{e}"))
}

fn plan(s: &Arc<Scenario>) -> Arc<Plan> {
    common::plan(s, ArmKind::Untreated)
}

fn begin(s: &Arc<Scenario>) -> Tissue {
    common::tissue(s, ArmKind::Untreated, 0)
}

fn run(s: &Arc<Scenario>) -> Tissue {
    let mut t = begin(s);
    assert!(t.run_until(s.horizon, |_| false).unwrap());
    t
}

/// Values of a column by cell, in the order of ids.
fn column(t: &Tissue, name: &str) -> Vec<(u64, f64)> {
    let cells = &t.state().cells;
    let values = cells.extra(cells.column(name).unwrap_or_else(|| panic!("no column {name}")));
    let mut out: Vec<(u64, f64)> = cells.id.iter().copied().zip(values.iter().copied()).collect();
    out.sort_by_key(|p| p.0);
    out
}

/// A closed chain A → B at k₁ = 0.05/min, B → nothing at k₂ = 0.02/min follows its exact solution in every cell that carries it,
/// in blocks that are full and one that is not; the file counts in seconds. Cells of the other type have nothing.
#[test]
fn a_closed_network_follows_its_exact_solution() {
    for method in ["implicit", "explicit"] {
        let text = format!("{BOX}{WITH_CHAIN}");
        let t = run(&scenario(
            &text,
            &[&format!("network.chain.method={method}"), "network.chain.tolerance=1e-7"],
        ));
        let (k1, k2, time) = (0.05, 0.02, 120.0);
        let a = 8.0 * math::exp(-k1 * time);
        let b = 8.0 * k1 / (k2 - k1) * (math::exp(-k1 * time) - math::exp(-k2 * time));
        let kinds = &t.state().cells;
        let (found_a, found_b) = (column(&t, "network_chain_A"), column(&t, "network_chain_B"));
        let mut carriers = 0;
        for (i, id) in kinds.id.iter().enumerate() {
            let at = |list: &[(u64, f64)]| list.iter().find(|p| p.0 == *id).unwrap().1;
            let (x, y) = (at(&found_a), at(&found_b));
            if kinds.kind[i].0 == 0 {
                carriers += 1;
                assert!(
                    (x / a - 1.0).abs() < 1e-5 && (y / b - 1.0).abs() < 1e-5,
                    "{method}: {x} {a}, {y} {b}"
                );
            } else {
                assert_eq!((x, y), (0.0, 0.0));
            }
        }
        assert_eq!(carriers, 70);
        // The series holds their mean, the snapshot each of them.
        let last = t.state().series.last().unwrap();
        assert!((last.networks[0] / a - 1.0).abs() < 1e-5, "{:?}", last.networks);
        assert_eq!(t.state().snapshots.len(), 2);
        let shot = &t.state().snapshots[1];
        assert!(shot.networks[1].iter().zip(&shot.kind).all(|(&x, &k)| (k == 0) == (x > 0.0)));
    }
}

/// A switch in an even field, against the same equations alone at a tight tolerance by another method, below and above its
/// threshold.
#[test]
fn a_field_drives_a_switch_as_the_equations_alone_say() {
    for (level, input) in [(0.06, 0.03), (0.6, 0.3)] {
        let s = scenario(
            &format!("{BOX}{WITH_SWITCH}"),
            &[&format!("substrate.tnf.boundary.x_min={{ value = \"{level} ng/mL\" }}")],
        );
        let t = run(&s);
        let n = &s.networks[0];
        let system = System::new(&n.network).unwrap();
        let tight = Tolerance { relative: 1e-10, absolute: 1e-13 };
        let mut alone = Population::new(&system, 1);
        alone.set_parameter(0, n.inputs[0].parameter, input);
        alone.advance(&system, &mut Implicit::new(&system, tight, Method::RODAS4), 0.0, 120.0).unwrap();
        for (k, name) in ["network_switch_A", "network_switch_B"].into_iter().enumerate() {
            let expected = alone.state(0, k);
            for (id, x) in column(&t, name).into_iter().take(70) {
                assert!(
                    (x / expected - 1.0).abs() < 1e-3,
                    "{name} of {id} at {input}: {x}, alone {expected}"
                );
            }
        }
        assert_eq!(alone.state(0, 0) > 0.5, input > 0.1, "off below the threshold, on above it");
    }
}

/// What the network shows changes a behaviour: cells die where the switch is on, and only there.
#[test]
fn a_rule_reads_what_the_network_shows() {
    let rule = "[rule.r]\ncells = [\"a\"]\nsignal = \"network:switch.A\"\nbehaviour = \"death\"\n\
                saturation = \"20 1/h\"\nhalf = 0.5\nexponent = 8\n";
    let field =
        "[substrate.tnf.boundary]\nx_min = { value = \"4 ng/mL\" }\nx_max = { value = \"0 ng/mL\" }\n";
    let text = format!("{BOX}{WITH_SWITCH}{rule}{field}");
    let t = run(&scenario(&text, &["substrate.tnf.decay=0.02 1/s", "run.horizon=4 h"]));
    let cells = &t.state().cells;
    let living = |i: &usize| !cells.is_doomed(*i) && cells.kind[*i].0 == 0;
    let places: Vec<f64> = (0..cells.len()).filter(living).map(|i| cells.position[0][i]).collect();
    let before = begin(&scenario(&text, &[]));
    let start = &before.state().cells;
    let far = (0..start.len()).filter(|&i| start.kind[i].0 == 0 && start.position[0][i] > 190.0).count();
    // The field falls by e every 63 um from 2 in the network's units: 0.047 at 237 um without the far face, which is at 200 um
    // and holds 0: sinh gives 0.047 at 190 um.
    assert!(places.len() < 20 && places.len() >= far, "{} of 70 live, {far} stood beyond", places.len());
    assert!(places.iter().all(|&x| x > 160.0), "{places:?}");
}

/// Daughters have their mother's states; removed cells are gone from the columns; nothing else is moved about.
#[test]
fn division_copies_and_removal_keeps_the_others() {
    let text = format!("{BOX}{WITH_CHAIN}");
    let sets = ["cell.a.division=2 1/h", "cell.b.division=2 1/h", "cell.a.death=0.5 1/h", "run.horizon=1 h"];
    let t = run(&scenario(&text, &sets));
    let exact = 8.0 * math::exp(-0.05 * 60.0);
    let cells = &t.state().cells;
    assert!(cells.next_id() > 120 && cells.len() < cells.next_id() as usize, "{} cells", cells.len());
    let values = column(&t, "network_chain_A");
    let kind = |id: u64| cells.kind[cells.index_of(id).unwrap()].0;
    for (id, x) in values {
        // Whoever was born when: all have the one solution that began at the start.
        let expected = if kind(id) == 0 { exact } else { 0.0 };
        assert!((x - expected).abs() <= 1e-4 * expected, "{id}: {x}, exact {expected}");
    }
}

/// Whole molecules: with binomial shares no division makes or loses any, so that all cells together have what a chain without division
/// has, within four standard deviations; with copies they have more. Without division the mean is that of the equations.
#[test]
fn molecules_are_counted_and_shared_out() {
    let text = format!("{BOX}{WITH_CHAIN}");
    let total = |sets: &[&str]| {
        let sets = [&["network.chain.method=exact", "run.horizon=1 h"], sets].concat();
        let t = run(&scenario(&text, &sets));
        let x = column(&t, "network_chain_A");
        assert!(x.iter().all(|x| x.1 == x.1.trunc() && x.1 >= 0.0));
        (x.iter().map(|x| x.1).sum::<f64>(), x.len())
    };
    let (start, p) = (70.0 * 8.0, math::exp(-0.05 * 60.0));
    let (expected, four) = (start * p, 4.0 * (start * p * (1.0 - p)).sqrt());
    let (rest, cells) = total(&[]);
    assert!((rest - expected).abs() < four && cells == 75, "{rest} {expected} {four}");
    let (shared, cells) = total(&["cell.a.division=2 1/h", "network.chain.division=binomial"]);
    assert!((shared - expected).abs() < four && cells > 120, "{shared} {expected} {four}, {cells} cells");
    let (copied, _) = total(&["cell.a.division=2 1/h"]);
    assert!(copied > 1.5 * expected, "{copied} {expected}");
}

/// A change of type: what both types carry goes on, what only the new one carries begins, what only the old one did ends.
#[test]
fn a_change_of_type_keeps_begins_or_ends_a_network() {
    let fate = "[cell.c]\nplace = \"free\"\nradius = \"5 um\"\n";
    let both = "[network.kept]\nfile = \"chain.xml\"\ncells = [\"a\", \"c\"]\n[network.left]\nfile = \"chain.xml\"\ncells = [\"a\"]\n\
                [network.new]\nfile = \"chain.xml\"\ncells = [\"c\"]\n";
    let sets = ["cell.a.fate.c={ rate = \"3 1/h\" }", "run.horizon=1 h"];
    let t = run(&scenario(&format!("{BOX}{fate}{both}"), &sets));
    let cells = &t.state().cells;
    let kept = column(&t, "network_kept_A");
    let (left, new) = (column(&t, "network_left_A"), column(&t, "network_new_A"));
    let exact = 8.0 * math::exp(-0.05 * 60.0);
    let mut changed = 0;
    for k in 0..kept.len() {
        let i = cells.index_of(kept[k].0).unwrap();
        let [x, y, z] = [kept[k].1, left[k].1, new[k].1];
        match cells.kind[i].0 {
            0 => assert!(z == 0.0 && (x / exact - 1.0).abs() < 1e-4 && (y / exact - 1.0).abs() < 1e-4),
            1 => assert_eq!([x, y, z], [0.0; 3]),
            _ => {
                changed += 1;
                // It began at one of the steps since, the youngest just now.
                let steps = math::ln(8.0 / z) / (0.05 * 6.0);
                assert!((x / exact - 1.0).abs() < 1e-4 && y == 0.0, "{x} {y}");
                assert!((steps - steps.round()).abs() < 1e-3 && steps < 10.0, "{z}: {steps} steps");
            }
        }
    }
    assert!(changed > 50, "{changed}");
}

/// Law 4: a stop and a resume change no bit, with division, death, a field and rules on.
#[test]
fn a_resumed_run_has_the_same_bits() {
    let rule = "[rule.r]\ncells = [\"a\"]\nsignal = \"network:switch.A\"\nbehaviour = \"division\"\n\
                saturation = \"1 1/h\"\nhalf = 0.5\n";
    let field = "[substrate.tnf.boundary]\nx_min = { value = \"4 ng/mL\" }\n";
    let sets = ["substrate.tnf.decay=0.02 1/s", "cell.a.death=0.2 1/h", "run.horizon=5 h"];
    let s = scenario(&format!("{BOX}{WITH_SWITCH}{rule}{field}"), &sets);
    let whole = run(&s);
    let mut first = begin(&s);
    first.run_until(132.0, |_| false).unwrap();
    let stored = postcard::to_stdvec(&first.checkpoint()).unwrap();
    let state = postcard::from_bytes(&stored).unwrap();
    let mut second = Tissue::from_state(plan(&s), state, Seed::new(s.seed, 0)).unwrap();
    second.run_until(s.horizon, |_| false).unwrap();
    let bits = |t: &Tissue| postcard::to_stdvec(&t.checkpoint()).unwrap();
    assert!(whole.state().cells.next_id() > 80, "cells divided");
    assert_eq!(bits(&whole), bits(&second));
}

/// A state without the networks of the plan is refused, and a network that runs off says so with its name.
#[test]
fn what_cannot_go_on_is_told() {
    let bare = begin(&scenario(BOX, &[])).into_state();
    let s = scenario(&format!("{BOX}{WITH_CHAIN}"), &[]);
    let refused = Tissue::from_state(plan(&s), bare, Seed::new(1, 0)).err().unwrap();
    assert!(refused.to_string().contains("networks"), "{refused}");
    let s = scenario(
        &format!("{BOX}[network.n]\nfile = \"blow_up.xml\"\ncells = [\"a\"]\nmethod = \"explicit\"\n"),
        &[],
    );
    let mut t = begin(&s);
    let e = t.run_until(s.horizon, |_| false).unwrap_err();
    assert!(matches!(e, TissueError::Network(_)), "{e}");
    let told = e.to_string();
    assert!(
        told.contains("the network `n` in a cell of type `a`") && told.contains("stopped at time 1"),
        "{told}"
    );
}
