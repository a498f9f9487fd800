//! Law 6, arm `soluble`: the product's cargo as free molecules, equal mass of each species, its own mobility and loss, no
//! endosomal route.

#![allow(clippy::unwrap_used, clippy::panic)] // tests

use exoderm_model::scenario::{ArmKind, CargoClass, Event, Scenario};
use exoderm_numeric::math;
use exoderm_study::job::{Job, Outcome, Purpose};
use exoderm_study::library::{self, ScenarioText};
use exoderm_study::progress::Silent;
use exoderm_study::runner::{self, RunSettings};
use exoderm_tissue::{Plan, Region, Sheet};
use std::sync::Arc;

/// The program's tiny strip with a soluble arm, and a rule on every species: ligand, protein, microRNA.
fn scenario(more: &str) -> Arc<Scenario> {
    let mut text = include_str!("../../cli/tests/data/tiny.toml").to_owned();
    text.push_str(
        "
[arm.soluble]
kind = \"soluble\"
label = \"free cargo\"

[rule.exo_division]
cells = [\"fibroblast\"]
signal = \"cargo:repair_protein\"
behaviour = \"division\"
fold = 1.5
half = \"1 copies\"
exosome = true
",
    );
    text.push_str(more);
    // Escape is set high: a way into the cytosol, if there were one, would be seen.
    let sets = ["uptake.escape=0.3".to_owned()];
    Arc::new(library::compile(&ScenarioText::new("soluble.toml", text), &sets).unwrap())
}

fn run(s: &Arc<Scenario>) -> [Outcome; 2] {
    let job = |kind: ArmKind, name: &str| Job {
        id: format!("{name}-r0"),
        purpose: Purpose::Main,
        scenario: Arc::clone(s),
        arm: kind,
        arm_name: name.into(),
        replicate: 0,
    };
    let jobs = [job(ArmKind::Exosome, "exosome"), job(ArmKind::Soluble, "soluble")];
    runner::run(&jobs, &RunSettings::new(s.seed, 2), &Silent).unwrap().try_into().unwrap()
}

fn product(s: &Scenario) -> usize {
    s.vesicles.iter().position(|v| !v.endogenous).unwrap()
}

fn made(sheet: &Sheet) -> f64 {
    sheet.made.iter().map(|(_, v)| v).sum()
}

fn sheet<'a>(o: &'a Outcome, part: &str) -> &'a Sheet {
    o.sheets.iter().find(|s| s.name.contains(part)).unwrap_or_else(|| panic!("no sheet of {part}"))
}

/// Copies of each species in the gel are those that the vesicles of the exosome arm carry; each sheet closes, and every
/// species decays as itself.
#[test]
fn every_species_is_loaded_with_the_mass_it_has_in_vesicles() {
    let s = scenario("");
    let [exosome, soluble] = run(&s);
    let p = product(&s);
    let vesicles = made(&exosome.sheets[p]);
    assert!(vesicles > 0.0);
    for &(cargo, copies) in &s.vesicles[p].copies {
        let species = &s.cargo[cargo.0];
        let sheet = sheet(&soluble, &format!("free {}", species.name));
        // The ligand stands in the population's place and is counted in units of what a vesicle carries.
        let unit = if species.class == CargoClass::Ligand { copies } else { 1.0 };
        assert!((made(sheet) * unit / (vesicles * copies) - 1.0).abs() < 1e-12, "{}", species.name);
    }
    assert_eq!(soluble.sheets.len(), s.vesicles.len() + 2);
    assert!(soluble.sheets.iter().all(|s| s.relative_error <= 1e-9));
    assert_eq!(exosome.sheets.len(), s.vesicles.len());
    // In the gel a species is lost at its own rate: 8/h for the RNA, 0.7/h for the protein, over twelve hours.
    let kept = |name: &str| {
        let sheet = sheet(&soluble, name);
        sheet.fates.iter().find(|(n, _)| n == "in the gel").unwrap().1 / made(sheet)
    };
    assert!(
        kept("free mir_21") < math::exp(-8.0 * 11.0) && kept("free repair_protein") > 1e-5,
        "{}",
        kept("free mir_21")
    );
    assert!(kept("free repair_protein") < math::exp(-0.7 * 11.0));
}

/// No free RNA or protein gets into a cell, although escape is wide open; the ligand acts from outside through its
/// occupancy alone.
#[test]
fn free_cargo_never_reaches_the_cytosol() {
    let s = scenario("");
    let [exosome, soluble] = run(&s);
    let p = product(&s);
    let cytosol = |o: &Outcome| -> f64 {
        o.snapshots.iter().flat_map(|s| &s.cytosol).flatten().map(|x| f64::from(*x)).sum()
    };
    assert!(cytosol(&exosome) > 0.0, "vesicles do deliver here");
    assert_eq!(cytosol(&soluble), 0.0);
    assert_eq!(soluble.series.last().unwrap().vesicles[p].escaped, 0.0);
    let most = soluble.series.iter().map(|r| r.vesicles[p].occupancy).fold(0.0, f64::max);
    assert!(most > 0.0, "the ligand is on cells");
}

/// Mobility is the species' own, slowed by the fluid's viscosity as that of vesicles is.
#[test]
fn each_species_moves_as_itself() {
    let s = scenario("");
    let plan = Plan::new(Arc::clone(&s), ArmKind::Soluble, None).unwrap();
    let t = &s.transport;
    let expected = |free: f64| {
        let diameter = 100.0 * t.diffusion_100nm / free;
        let exponent = (0.5 * diameter + 1000.0 * t.fibre_radius) / (50.0 + 1000.0 * t.fibre_radius);
        free / t.relative_viscosity * math::pow(t.hindrance_granulation, exponent)
    };
    assert_eq!(plan.dissolved.len(), 2);
    for d in &plan.dissolved {
        let free = s.cargo[d.cargo.0].diffusion_free;
        assert!((d.diffusion[Region::Bed as usize] / expected(free) - 1.0).abs() < 1e-12);
        assert_eq!(d.decay, s.cargo[d.cargo.0].decay_free);
    }
    let ligand = s.cargo.iter().find(|c| c.class == CargoClass::Ligand).unwrap();
    for node in &plan.populations[product(&s)].nodes {
        assert!((node.diffusion[Region::Bed as usize] / expected(ligand.diffusion_free) - 1.0).abs() < 1e-12);
    }
    let exosome = Plan::new(Arc::clone(&s), ArmKind::Exosome, None).unwrap();
    assert!(exosome.dissolved.is_empty());
}

/// A product without a ligand is inert in this arm, and a changed dressing brings every species anew.
#[test]
fn without_a_ligand_nothing_acts_and_changes_renew_all() {
    let s = scenario("");
    let mut bare = (*s).clone();
    let p = product(&bare);
    bare.vesicles[p].copies.retain(|(c, _)| s.cargo[c.0].class != CargoClass::Ligand);
    for e in &mut bare.events {
        if let Event::Dressing(d) = e {
            d.every = Some(360.0);
        }
    }
    let [exosome, soluble] = run(&Arc::new(bare));
    assert!(exosome.series.last().unwrap().vesicles[p].taken > 0.0);
    assert_eq!(soluble.series.last().unwrap().vesicles[p].taken, 0.0);
    let copies = s.vesicles[p].copies.iter().find(|(c, _)| s.cargo[c.0].name == "repair_protein").unwrap().1;
    let ratio = made(sheet(&soluble, "free repair_protein")) / (copies * made(&exosome.sheets[p]));
    assert!((ratio - 1.0).abs() < 1e-12, "{ratio}");
    assert!(soluble.sheets.iter().all(|s| s.relative_error <= 1e-9));
}

/// S032: what protects cargo is its vesicle. In a gel that lets nothing out, free cargo is lost faster than the same cargo in vesicles by
/// the factor that the scenario sets, and that factor can be read off the two arms.
#[test]
fn s032_free_cargo_is_lost_faster_by_its_factor() {
    let base = scenario("");
    let p = product(&base);
    for factor in [2.0, 7.0, 35.0] {
        let mut s = (*base).clone();
        let protein = s.cargo.iter().position(|c| c.name == "repair_protein").unwrap();
        let protected = s.cargo[protein].decay_inside;
        s.cargo[protein].decay_free = factor * protected;
        for e in &mut s.events {
            if let Event::Dressing(d) = e {
                (d.gel_diffusion, d.degradation) = (1e-12, 0.0);
            }
        }
        let s = Arc::new(s);
        let [exosome, soluble] = run(&s);
        let free = sheet(&soluble, "free repair_protein");
        let left = |s: &Sheet| s.fates.iter().find(|(n, _)| n == "in the gel").unwrap().1 / made(s);
        let (kept_free, kept) = (left(free), left(&exosome.sheets[p]));
        assert!((kept - 1.0).abs() < 1e-6, "the gel keeps its vesicles: {kept}");
        // Vesicles that stay lose cargo at its rate inside: what the plan gives to every vesicle of the product.
        let plan = Plan::new(Arc::clone(&s), ArmKind::Exosome, None).unwrap();
        let slot = plan.acting_cargo.iter().position(|c| c.0 == protein).unwrap();
        let inside =
            exoderm_vesicle::cargo::ageing_factor(plan.populations[p].cargo_decay[slot].vesicle, s.horizon);
        assert!(kept_free < inside);
        let read = math::ln(kept_free) / math::ln(inside);
        assert!((read / factor - 1.0).abs() < 0.01, "{read} {factor}");
    }
}
