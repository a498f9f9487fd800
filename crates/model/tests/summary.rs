//! What `check` says before a run.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::check_summary;

const TINY: &str = include_str!("files/tiny.toml");

#[test]
fn counts_of_a_small_strip() {
    let s = run(TINY).unwrap();
    let c = check_summary(&s);
    // 2 mm / 10 um = 200; (200 + 20 + 10 + 10) um / 10 um = 24.
    assert_eq!(c.mesh, [200.0, 1.0, 24.0]);
    assert_eq!(c.voxels, 4800.0);
    // One substrate, two populations of three sizes, free and bound.
    assert_eq!(c.unknowns, 4800.0 * (1.0 + 2.0 * 3.0 * 2.0));
    // 10000 cells/mm2 on 2000 um × 10 um.
    assert!((c.cells[0].1 - 200.0).abs() < 1e-9);
    assert_eq!(c.arms.len(), 2);
    assert!(c.memory > 8.0 * c.unknowns && c.seconds > 0.0 && c.seconds_basis.contains("runs"));
    assert_eq!(c.ledger["assumption"][0].key, "k_deg_37");
    assert_eq!(c.ledger["derived"][0].paths, ["transport.diffusion_100nm"]);
    assert!(
        c.assumptions
            .iter()
            .any(|a| a.path == "cell.keratinocyte.speed" && !a.has_range && a.place.starts_with("my.toml:"))
    );
    assert!(!c.assumptions.iter().any(|a| a.path.starts_with("run.") || a.path == "event.dressing.dose"));
}

fn warnings(sets: &[&str]) -> Vec<String> {
    let case = Case { sets: sets.iter().map(|s| (*s).to_owned()).collect(), ..Case::default() };
    check_summary(&case.run("my.toml", TINY).map_err(|d| d.render(false)).unwrap()).warnings
}

/// S077: `check` and a report say so before anything is simulated: the flag comes from the scenario alone.
#[test]
fn s077_a_route_that_the_label_denies_is_a_red_flag() {
    let has = |sets: &[&str], word: &str| warnings(sets).iter().any(|w| w.contains(word));
    assert!(has(&[], "states no label_route"));
    let topical = "vesicle.product.label_route=topical on wounds";
    assert!(!has(&[topical], "label"));
    assert!(has(&["vesicle.product.label_route=topical on intact skin"], "OFF-LABEL"));
    assert!(has(&["vesicle.product.label_route=topical, not on wounds"], "OFF-LABEL"));
    let injected = POINT.replace("ln_sigma = 0.0", "ln_sigma = 0.0\nlabel_route = \"topical on wounds\"");
    assert!(check_summary(&run(&injected).unwrap()).warnings.iter().any(|w| w.contains("OFF-LABEL")));
}

#[test]
fn a_gel_far_above_half_saturation_is_said() {
    // K = 5000 × 0.5/h / 1e5 um3/h = 0.025 per um3; the gel holds dose / 1000 um.
    let saturated = |dose: &str| {
        warnings(&[&format!("event.dressing.dose={dose}")]).iter().any(|w| w.contains("SATURATED"))
    };
    assert!(saturated("2.6e9 particles/cm^2")); // 26 per um2, 0.026 per um3
    assert!(!saturated("2.4e9 particles/cm^2"));
}

#[test]
fn a_fold_of_nothing_is_said() {
    assert!(
        warnings(&["cell.keratinocyte.speed=0 um/h"])
            .iter()
            .any(|w| w.contains("`crawl` multiplies a base of 0"))
    );
    assert!(!warnings(&[]).iter().any(|w| w.contains("base of 0")));
}
