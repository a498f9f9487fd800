//! The laws a tissue must keep, on a strip too small to say anything about skin but with every part at work.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

use exoderm_model::scenario::{Behaviour, Scenario};
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use exoderm_tissue::Region;
use std::sync::Arc;

/// The strip of the program's own tests, with all five arms.
fn tiny() -> Arc<Scenario> {
    tiny_with("")
}

/// The same with more sections.
fn tiny_with(more: &str) -> Arc<Scenario> {
    let mut text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    for (name, kind) in
        [("untreated", "untreated"), ("null", "null"), ("soluble", "soluble"), ("empty", "empty")]
    {
        text.push_str(&format!("\n[arm.{name}]\nkind = \"{kind}\"\nlabel = \"{name}\"\n"));
    }
    text.push_str(more);
    let path = "scenarios/boxes/network-switch.xml";
    let network = include_str!("../../../scenarios/boxes/network-switch.xml");
    let networks = vec![(path.to_owned(), network.to_owned())];
    let text = ScenarioText { networks, ..ScenarioText::new("tiny.toml", text) };
    Arc::new(library::compile(&text, &[]).unwrap_or_else(|e| panic!("{e}")))
}

fn run(scenario: &Arc<Scenario>, arms: &[&str], threads: usize) -> Vec<Outcome> {
    let jobs: Vec<Job> = arms
        .iter()
        .map(|name| {
            let arm = scenario.arms.iter().find(|a| a.name == *name).unwrap();
            Job {
                id: format!("{name}-r0"),
                purpose: Purpose::Main,
                scenario: Arc::clone(scenario),
                arm: arm.kind,
                arm_name: arm.name.clone(),
                replicate: 0,
            }
        })
        .collect();
    runner::run(&jobs, &RunSettings::new(scenario.seed, threads), &Silent).unwrap()
}

/// Law 6: inert vesicles change nothing. Cells and dissolved factors have the same bits, although vesicles were loaded,
/// released and taken up.
#[test]
fn null_equals_vehicle_bit_for_bit() {
    let s = tiny();
    let outcomes = run(&s, &["vehicle", "null"], 2);
    let (vehicle, null) = (&outcomes[0], &outcomes[1]);
    let product = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
    assert!(null.series.last().unwrap().vesicles[product].taken > 100.0, "the inert product was taken up");
    assert_eq!(vehicle.series.last().unwrap().vesicles[product].loaded, 0.0);
    assert_eq!(vehicle.series.len(), null.series.len());
    for (a, b) in vehicle.series.iter().zip(&null.series) {
        assert_eq!(a.closed.to_bits(), b.closed.to_bits(), "closure at {} min", a.time);
        assert_eq!(a.cells, b.cells);
        for (x, y) in a.substrates.iter().zip(&b.substrates) {
            assert_eq!(x.to_bits(), y.to_bits(), "a dissolved factor at {} min", a.time);
        }
    }
    assert!(!vehicle.snapshots.is_empty());
    for (a, b) in vehicle.snapshots.iter().zip(&null.snapshots) {
        assert_eq!((&a.id, &a.kind, &a.position), (&b.id, &b.kind, &b.position));
        assert_eq!((&a.substrates, &a.matrix), (&b.substrates, &b.matrix));
    }
}

/// S027: without potency the product does to cells, factors and matrix what inert vesicles do, to the bit, though it is loaded, released
/// and taken up; and inert vesicles are the vehicle (above): a wound without the effect heals as it does under the gel alone.
#[test]
fn s027_no_potency_is_the_null_arm_bit_for_bit() {
    let mut off = Scenario::clone(&tiny());
    off.potency = 0.0;
    let off = Arc::new(off);
    let outcomes = run(&off, &["exosome", "null", "vehicle"], 2);
    let [exosome, null, vehicle] = &outcomes[..] else { panic!() };
    // Vesicles themselves may differ: those of the null arm do not compete with the skin's own for binding sites.
    assert!(!exosome.snapshots.is_empty());
    for (a, b) in exosome.snapshots.iter().zip(&null.snapshots) {
        assert_eq!((&a.id, &a.kind, &a.position, &a.radius), (&b.id, &b.kind, &b.position, &b.radius));
        assert_eq!((&a.substrates, &a.matrix, &a.score), (&b.substrates, &b.matrix, &b.score));
    }
    for (a, b) in exosome.series.iter().zip(&null.series) {
        assert_eq!((a.closed.to_bits(), a.front.to_bits()), (b.closed.to_bits(), b.front.to_bits()));
        assert_eq!((&a.cells, &a.substrates), (&b.cells, &b.substrates));
    }
    let product = off.vesicles.iter().position(|v| !v.endogenous).unwrap();
    assert!(exosome.series.last().unwrap().vesicles[product].taken > 100.0);
    for (a, b) in exosome.snapshots.iter().zip(&vehicle.snapshots) {
        assert_eq!((&a.id, &a.position, &a.substrates), (&b.id, &b.position, &b.substrates));
    }
    let acting = run(&tiny(), &["exosome"], 1);
    assert_ne!(acting[0].digest, exosome.digest, "with potency they do act");
}

/// The most that a cell of a type can secrete of a factor (amount/min), whatever its signals and the product's vesicles.
fn most(s: &Scenario, kind: usize, sub: usize) -> f64 {
    let base = s.cells[kind].secretion.iter().find(|(id, _)| id.0 == sub).map_or(0.0, |r| r.1);
    let rules = s.rules.iter().filter(|r| {
        r.cells.iter().any(|c| c.0 == kind) && matches!(r.behaviour, Behaviour::Secretion(id) if id.0 == sub)
    });
    let (mut own, mut factor) = (base, 1.0);
    for r in rules {
        let fold = if r.absolute && base != 0.0 { r.saturation / base } else { r.saturation };
        if r.exosome {
            factor *= (1.0 + s.potency * (fold - 1.0)).max(1.0);
        } else if r.multiply {
            factor *= fold.max(1.0);
        } else {
            own = own.max(if r.absolute { r.saturation } else { fold * base });
        }
    }
    own * factor * s.substrates[sub].production_factor
}

/// S027: cytokines and growth factors are never negative, and what decays of each is never more than cells, clot and resting tissue can
/// make, in every arm, also where cells make a thousand times more; where nothing makes any there is none.
#[test]
fn s027_factors_are_positive_and_bounded_by_production_over_decay() {
    let tiny = tiny();
    let mut checked = 0;
    for factor in [0.0, 1.0, 1000.0] {
        let mut s = Scenario::clone(&tiny);
        for sub in s.substrates.iter_mut().filter(|x| x.decay > 0.0 && x.consumption == 0.0) {
            sub.production_factor = factor;
            if factor == 0.0 {
                (sub.resting, sub.clot_burst) = (0.0, 0.0);
            }
        }
        let s = Arc::new(s);
        let voxel = match &s.tissue {
            exoderm_model::scenario::Tissue::Skin(strip) => strip.voxel,
            exoderm_model::scenario::Tissue::Box(_) => panic!("a strip"),
        };
        for o in run(&s, &["vehicle", "exosome"], 2) {
            for (k, sub) in s.substrates.iter().enumerate() {
                if sub.decay <= 0.0 || sub.consumption > 0.0 || sub.air.is_some() || sub.blood.is_some() {
                    continue;
                }
                // No more cells of a type than there ever were; the solver keeps the balance to 1e-4.
                let cells: f64 = (0..s.cells.len())
                    .map(|c| {
                        let n = o.series.iter().map(|r| r.cells[c]).max().unwrap_or(0);
                        f64::from(n) * most(&s, c, k)
                    })
                    .sum();
                for snapshot in &o.snapshots {
                    let c = &snapshot.substrates[k];
                    let at = format!("{} of {} x {factor}", sub.name, o.arm_name);
                    assert!(c.iter().all(|c| c.is_finite() && *c >= 0.0), "{at}");
                    let inside = |v: &usize| snapshot.region[*v] != Region::Outside as u8;
                    let tissue: Vec<usize> = (0..c.len()).filter(inside).collect();
                    let volume = voxel * voxel * voxel;
                    let decays = sub.decay * volume * tissue.iter().map(|&v| f64::from(c[v])).sum::<f64>();
                    let makes =
                        cells + sub.decay * volume * (sub.resting + sub.clot_burst) * tissue.len() as f64;
                    assert!(decays <= makes * 1.001, "{at}: {decays} of {makes}");
                    if factor == 0.0 {
                        assert!(tissue.iter().all(|&v| c[v] == 0.0), "{at}");
                    } else {
                        assert!(decays > 0.0 || makes == 0.0, "{at}");
                    }
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 3 * 2 * 7, "{checked}");
}

/// Law 5: the sheet of every population in every arm closes to 1e-9, and what was drawn differs from what was expected
/// by no more than chance allows.
#[test]
fn the_balance_sheet_closes() {
    let s = tiny();
    for o in run(&s, &["untreated", "vehicle", "exosome", "null", "soluble", "empty"], 2) {
        for (sheet, population) in o.sheets.iter().zip(&s.vesicles) {
            let at = format!("{} of arm {}", population.name, o.arm_name);
            assert!(sheet.relative_error <= 1e-9, "{at}: {:e}", sheet.relative_error);
            // Three standard deviations hold 99.7 % of draws; this seed is fixed.
            assert!(sheet.sampling.abs() <= 1.5 * sheet.sampling_bound + 1e-9, "{at}: {}", sheet.sampling);
        }
        let product = s.vesicles.iter().position(|v| !v.endogenous).unwrap();
        let loaded = o.series.last().unwrap().vesicles[product].loaded;
        let has_product = !matches!(o.arm_name.as_str(), "untreated" | "vehicle");
        assert_eq!(loaded > 0.0, has_product, "arm {}", o.arm_name);
    }
}

/// An exosome that acts does change something: the null test above cannot pass by everything being inert.
#[test]
fn acting_vesicles_change_the_tissue() {
    let s = tiny();
    let outcomes = run(&s, &["vehicle", "exosome", "untreated"], 2);
    assert_ne!(outcomes[0].digest, outcomes[1].digest);
    let moved = |a: &Outcome, b: &Outcome| {
        a.snapshots.last().unwrap().position != b.snapshots.last().unwrap().position
    };
    assert!(moved(&outcomes[0], &outcomes[1]), "cells went elsewhere with the product");
}

/// Law 4: one, two and five threads give the same bits.
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let s = tiny();
    let digests = |threads| -> Vec<String> {
        run(&s, &["vehicle", "exosome", "soluble"], threads).into_iter().map(|o| o.digest).collect()
    };
    let one = digests(1);
    assert_eq!(one, digests(2));
    assert_eq!(one, digests(5));
}

/// Laws 4 and 6 with a network in the cells of the strip, which reads TNF and vesicles on the surface and whose output drives a rule:
/// the same bits on any number of threads; inert vesicles change nothing; acting ones do.
#[test]
fn networks_keep_the_laws_on_a_strip() {
    let s = tiny_with(
        "\n[network.switch]\nfile = \"scenarios/boxes/network-switch.xml\"\ncells = [\"kc_stem\", \"kc_ta\", \"fibroblast\"]\n\
         inputs.input = { signal = \"substrate:tnf\", unit = \"1 pg/mL\" }\n\
         inputs.k_B = { signal = \"occupancy:msc_exosome\", unit = 100 }\n\
         [rule.by_network]\ncells = [\"fibroblast\"]\nsignal = \"network:switch.B\"\nbehaviour = \"speed\"\nfold = 3\nhalf = 1e-4\n",
    );
    let arms = ["vehicle", "null", "exosome"];
    let one = run(&s, &arms, 1);
    for threads in [2, 5] {
        for (a, b) in one.iter().zip(run(&s, &arms, threads)) {
            assert_eq!(a.digest, b.digest, "{} on {threads} threads", a.id);
        }
    }
    let [vehicle, null, exosome] = &one[..] else { panic!() };
    for (a, b) in vehicle.snapshots.iter().zip(&null.snapshots) {
        assert_eq!((&a.id, &a.position, &a.networks), (&b.id, &b.position, &b.networks));
    }
    let b = |o: &Outcome| o.series.last().unwrap().networks[2];
    assert!(b(vehicle) == 0.0 && b(exosome) > 0.0, "{} {}", b(vehicle), b(exosome));
    assert!(exosome.series.last().unwrap().networks[1] > 0.0, "A answers to TNF");
    let cells = exoderm_study::tables::cells(&s, &one);
    assert!(cells.column("switch_B").is_some() && cells.column("switch_A").is_some());
}

/// Every built-in scenario compiles, and its headline can be read.
#[test]
fn built_in_scenarios_compile() {
    for b in exoderm_skin::library::SCENARIOS {
        let text = library::find(b.name).unwrap();
        let s = library::compile(&text, &[]).unwrap_or_else(|e| panic!("{}: {e}", b.name));
        assert!(!s.arms.is_empty(), "{}", b.name);
    }
}
