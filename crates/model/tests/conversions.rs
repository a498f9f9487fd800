//! Numbers end up in the internal units: each expected value is worked out here from what the file says.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::scenario::*;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
}

fn substrate<'s>(s: &'s Scenario, name: &str) -> &'s Substrate {
    s.substrates.iter().find(|x| x.name == name).unwrap()
}

fn cell<'s>(s: &'s Scenario, name: &str) -> &'s CellType {
    s.cells.iter().find(|x| x.name == name).unwrap()
}

fn id(s: &Scenario, name: &str) -> SubstrateId {
    SubstrateId(s.substrates.iter().position(|x| x.name == name).unwrap())
}

fn secretion(s: &Scenario, who: &str, what: &str) -> f64 {
    let what = id(s, what);
    cell(s, who).secretion.iter().find(|(k, _)| *k == what).unwrap().1
}

/// Settings that pin the numbers these tests compute with, whatever the profile says.
fn pinned(more: &[&str]) -> Scenario {
    let mut sets = vec![
        "cell.neutrophil.secretion.tnf=0.004 fg/cell/h",
        "cell.neutrophil.secretion.mmp=5e4 um^3/cell/h",
        "substrate.oxygen.solubility=1.3 uM/mmHg",
        "substrate.oxygen.consumption=1.07 uM/s",
        "transport.exudate_flow=0.5 g/cm^2/d",
        "event.dressing.dose=100 ug/cm^2",
        "vesicle.msc_exosome.particles_per_ug=5e9 particles/ug",
        "event.wound.contraction=30 um/min*um^2",
        "recruit.neutrophil.saturation=20 cells/mm/h",
        "uptake.clearance=1e-7 mL/h/cell",
        "uptake.internalisation=0.5 1/h",
        "rule.exo_kc_speed.half_dose=20 ug/mL",
    ];
    sets.extend(more);
    with(&sets).map_err(|d| d.render(false)).unwrap()
}

#[test]
fn secretion_is_substrate_unit_times_volume_per_minute() {
    let s = pinned(&[]);
    // 0.004 fg/h = 0.004e-3 pg / 60 min; 1 pg/mL is 1e-12 pg/um3: (4e-6 / 60) / 1e-12.
    close(secretion(&s, "neutrophil", "tnf"), 4e-6 / 60.0 / 1e-12);
    // A substrate without unit takes a volume: 5e4 um3/h.
    close(secretion(&s, "neutrophil", "mmp"), 5e4 / 60.0);
    // The same mass for a substrate in ng/mL is a thousandth: 1 ng/mL is 1e-9 pg/um3.
    let s = pinned(&["cell.neutrophil.secretion.egf=0.004 fg/cell/h"]);
    close(secretion(&s, "neutrophil", "egf"), 4e-6 / 60.0 / 1e-9);
}

#[test]
fn oxygen_use_goes_through_the_solubility() {
    // 1.07 uM/s / 1.3 uM/mmHg = 0.8231 mmHg/s = 49.38 mmHg/min.
    close(substrate(&pinned(&[]), "oxygen").consumption, 1.07 / 1.3 * 60.0);
    // Given in the substrate's own unit it is taken as it stands.
    close(substrate(&pinned(&["substrate.oxygen.consumption=0.5 mmHg/s"]), "oxygen").consumption, 30.0);
    let s = pinned(&["substrate.oxygen.consumption=@skin_o2_skin_vo2"]);
    let range = row(&s, "substrate.oxygen.consumption").range.unwrap();
    close(range.0, 0.5 / 1.3 * 60.0);
    close(range.1, 1.7 / 1.3 * 60.0);
}

#[test]
fn exudate_by_mass_is_water() {
    // 0.5 g/cm2/d = 0.5 cm/d = 5000 um / 1440 min.
    close(pinned(&[]).transport.exudate_flow, 5000.0 / 1440.0);
    close(pinned(&["transport.exudate_flow=0.06 um/s"]).transport.exudate_flow, 3.6);
}

fn dressing(s: &Scenario) -> &Dressing {
    let found = s.events.iter().find_map(|e| if let Event::Dressing(d) = e { Some(d) } else { None });
    found.unwrap()
}

#[test]
fn dose_by_mass_goes_through_the_particles() {
    let s = pinned(&[]);
    // 100 ug/cm2 × 5e9 /ug = 5e11 /cm2 = 5e11 / 1e8 um2.
    close(dressing(&s).dose, 5000.0);
    assert!(dressing(&s).by_mass);
    assert_eq!(dressing(&s).dose_text, "100 ug/cm^2");
    let s = pinned(&["event.dressing.dose=1e10 particles/cm^2"]);
    close(dressing(&s).dose, 100.0);
    assert!(!dressing(&s).by_mass);
}

#[test]
fn contraction_and_recruitment() {
    let s = pinned(&["event.wound.radius=2 mm"]);
    let Some(Event::Wound(w)) = s.events.iter().find(|e| matches!(e, Event::Wound(_))) else { panic!() };
    close(w.contraction, 30.0);
    close(w.radius, 2000.0);
    // 20 cells/mm/h = 20 / 1000 um / 60 min.
    let neutrophil = CellTypeId(s.cells.iter().position(|c| c.name == "neutrophil").unwrap());
    let r = s.recruitment.iter().find(|r| r.cell == neutrophil).unwrap();
    close(r.saturation, 20.0 / 1000.0 / 60.0);
    assert_eq!(r.entry, Entry::Vessels);
}

#[test]
fn the_ceramide_share_is_what_the_inhibitor_takes_away() {
    let s = pinned(&["biogenesis.ceramide_share=@inhib_gw4869"]);
    let remaining = 0.5; // inhib_gw4869: 0.5 (0.3 to 0.8) of the secretion remains
    let branches = cell(&s, "fibroblast").biogenesis.as_ref().unwrap().branches;
    close(branches.1, 1.0 - remaining);
    close(branches.0, remaining);
    let range = row(&s, "biogenesis.ceramide_share").range.unwrap();
    close(range.0, 1.0 - 0.8);
    close(range.1, 1.0 - 0.3);
    // A literal is the share itself.
    let s = pinned(&["biogenesis.ceramide_share=0.8"]);
    close(cell(&s, "fibroblast").biogenesis.as_ref().unwrap().branches.1, 0.8);
}

#[test]
fn a_saturated_uptake_per_time_gives_the_sites() {
    // 5000 vesicles in 24 h at saturation = sites × 0.5/h: 5000/24/0.5 sites.
    let sites = 5000.0 / 24.0 / 0.5;
    close(cell(&pinned(&["uptake.capacity=@n_sat"]), "fibroblast").vesicle_uptake.capacity, sites);
    close(cell(&pinned(&["uptake.capacity=5000 EV/cell"]), "fibroblast").vesicle_uptake.capacity, 5000.0);
    // A cell type that internalises faster has fewer sites for the same uptake.
    let s = pinned(&["uptake.capacity=200 EV/cell", "cell.tcell.uptake.internalisation=1 1/h"]);
    close(cell(&s, "tcell").vesicle_uptake.internalisation, 1.0 / 60.0);
    close(cell(&s, "fibroblast").vesicle_uptake.internalisation, 0.5 / 60.0);
}

#[test]
fn a_half_effect_dose_becomes_an_occupancy() {
    let s = pinned(&["uptake.capacity=5000 EV/cell"]);
    // K = sites × k_int / clearance = 5000 × (0.5/60 /min) / (1e-7 × 1e12 um3 / 60 min) = 2500/1e5 = 0.025 per um3.
    let k = 5000.0 * 0.5 / 1e5;
    // 20 ug/mL × 5e9 /ug = 1e11 /mL = 0.1 per um3.
    let c = 20.0 * 5e9 / 1e12;
    let rule = s.rules.iter().find(|r| r.name == "exo_kc_speed").unwrap();
    close(rule.half, c / (c + k));
    close(row(&s, "rule.exo_kc_speed.half_dose").value, c);
    let s = pinned(&["uptake.capacity=5000 EV/cell", "rule.exo_kc_speed.half_dose=1e11 particles/mL"]);
    let rule = s.rules.iter().find(|r| r.name == "exo_kc_speed").unwrap();
    close(rule.half, c / (c + k));
}

#[test]
fn rules_carry_folds_or_values_in_the_behaviours_unit() {
    let s = pinned(&["rule.kc_crawl.saturation=@cal.kc_speed", "rule.kc_tnf.half=@cal.kc_tnf_half"]);
    let rule = |name: &str| s.rules.iter().find(|r| r.name == name).unwrap();
    assert!(rule("kc_crawl").absolute);
    close(rule("kc_crawl").saturation, 15.0 / 60.0);
    close(rule("kc_tnf").half, 100.0);
    assert!(!rule("kc_tnf").absolute);
    let s = pinned(&["rule.kc_tnf.half=0.1 ng/mL"]); // TNF is kept in pg/mL
    close(s.rules.iter().find(|r| r.name == "kc_tnf").unwrap().half, 100.0);
}

#[test]
fn sizes_stay_in_nanometres_and_densities_know_their_kind() {
    let s = pinned(&[
        "tissue.density.fibroblast=20000 cells/mm3",
        "tissue.density.kc_ta=11000 cells/mm2",
        "vesicle.msc_exosome.median_diameter=0.11 um",
        "transport.fibre_radius=20 nm",
    ]);
    close(s.vesicles.iter().find(|v| v.name == "msc_exosome").unwrap().median_diameter, 110.0);
    close(s.transport.fibre_radius, 0.02);
    let Tissue::Skin(strip) = &s.tissue else { panic!() };
    let density = |name: &str| {
        let k = s.cells.iter().position(|c| c.name == name).unwrap();
        strip.density.iter().find(|(i, _)| i.0 == k).unwrap().1
    };
    let Density::PerVolume(x) = density("fibroblast") else { panic!() };
    close(x, 20000.0 / 1e9);
    let Density::PerArea(x) = density("kc_ta") else { panic!() };
    close(x, 11000.0 / 1e6);
}

#[test]
fn no_uptake_means_no_clearance_and_no_secretion_no_biogenesis() {
    let s = pinned(&[]);
    assert_eq!(cell(&s, "corneocyte").vesicle_uptake.clearance, 0.0);
    assert!(cell(&s, "corneocyte").biogenesis.is_none());
    assert!(cell(&s, "fibroblast").biogenesis.is_some());
    // 1e-7 mL/h = 1e5 um3/h.
    close(cell(&s, "fibroblast").vesicle_uptake.clearance, 1e5 / 60.0);
    let s = pinned(&["cell.fibroblast.uptake.escape=0.3"]);
    close(cell(&s, "fibroblast").vesicle_uptake.escape, 0.3);
    close(cell(&s, "macrophage").vesicle_uptake.escape, 0.005);
}

#[test]
fn the_box_keeps_its_geometry() {
    let s = run(POINT).map_err(|d| d.render(false)).unwrap();
    let Tissue::Box(b) = &s.tissue else { panic!() };
    assert_eq!((b.size, b.voxel, b.periodic), ([100.0; 3], [2.5; 3], [false; 3]));
    assert_eq!(b.absorbers[0].kappa, f64::INFINITY);
    assert_eq!(b.absorbers[0].centre, [60.0, 50.0, 50.0]);
    let [Event::Release(r)] = &s.events[..] else { panic!() };
    assert_eq!((r.count, r.position), (1e4, [40.0, 50.0, 50.0]));
    close(s.transport.diffusion_100nm, 6.57 * 60.0);
    assert_eq!(s.transport.hindrance_dermis, 1.0);
    assert_eq!(s.arms.len(), 1);
    close(s.recording.series, 0.1);
}
