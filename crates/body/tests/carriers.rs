//! Targeting, payload and therapeutic index.

#![allow(clippy::unwrap_used)]

use exoderm_body::carrier::{Bolus, Mode, Substance, bolus, index};
use exoderm_body::compartments::{Kinetics, Route, SiteCells, dose};
use exoderm_body::organs::{Shares, amount, normalised, targeted};

fn vesicle() -> Substance {
    let organs = normalised(&[
        Shares { plasma: 0.12, held: 0.4, macrophages: 0.8, others: 0.25 },
        Shares { plasma: 0.02, held: 0.1, macrophages: 0.1, others: 0.05 },
        Shares { plasma: 0.01, held: 0.02, macrophages: 0.01, others: 0.02 },
        Shares { plasma: 0.85, held: 0.48, macrophages: 0.09, others: 0.68 },
    ]);
    let kinetics = Kinetics {
        volume: 1.0,
        first: [0.06, 0.02],
        second: [0.0; 2],
        macrophages: 0.01,
        half: 3e10,
        linear: 0.002,
        degradation: 0.0025,
        passage: 0.0,
        shedding: 0.0,
        to_lymph: 0.0,
        to_blood: 0.0,
        site: SiteCells { most: 0.0, half: 1.0 },
        depot_loss: 0.0,
        lymph_flow: 0.0,
        node: 0.0,
    };
    Substance { kinetics, organs }
}

fn drug() -> Substance {
    let v = vesicle();
    Substance {
        kinetics: Kinetics { volume: 15.0, first: [0.0; 2], macrophages: 0.0, linear: 0.5, ..v.kinetics },
        ..v
    }
}

fn given(per_vesicle: f64, release: f64, relative: f64) -> Bolus {
    Bolus { amount: 1e11, per_vesicle, release, horizon: 2880.0, relative }
}

/// S009: with a targeting factor of 1 the biodistribution is that of the untargeted vesicle, bit for bit; above 1 the target
/// gets more, and every other organ less.
#[test]
fn s009_targeting_of_one_changes_nothing() {
    let v = vesicle();
    let (k, organs) = targeted(&v.kinetics, &v.organs, 2, 1.0);
    assert_eq!((k, &organs), (v.kinetics, &v.organs));
    let plain = dose(&v.kinetics, 1e11, &Route::Bolus, 2880.0, 1e-6).areas();
    let (k, organs) = targeted(&v.kinetics, &v.organs, 2, 20.0);
    let aimed = dose(&k, 1e11, &Route::Bolus, 2880.0, 1e-6).areas();
    for (o, (new, old)) in organs.iter().zip(&v.organs).enumerate() {
        let (new, old) = (amount(new, &aimed), amount(old, &plain));
        assert!(if o == 2 { new > 2.0 * old } else { new < old }, "{o}: {new} {old}");
    }
    assert!((organs.iter().map(|o| o.others).sum::<f64>() - 1.0).abs() < 1e-12);
}

/// S009: every unit of payload is on a vesicle, free somewhere, or gone, to 1e-9; without release none is free.
#[test]
fn s009_payload_is_conserved() {
    let (v, d) = (vesicle(), drug());
    for release in [0.0, 0.01, 5.0] {
        let c = bolus(&v.kinetics, &d.kinetics, &given(120.0, release, 1e-6));
        assert!((c.loaded / 1.2e13 - 1.0).abs() < 1e-12);
        assert!(c.imbalance() < 1e-9, "{release}: {}", c.imbalance());
        assert_eq!(c.free.iter().all(|x| *x == 0.0), release == 0.0);
        // What rides goes where its vesicles go: less what was let go, the same shares.
        let alone = dose(&v.kinetics, 1e11, &Route::Bolus, 2880.0, 1e-6).last();
        for (i, there) in alone.iter().enumerate().filter(|(_, x)| **x > 1e-6 * 1e11) {
            assert!((c.vesicles[i] / there - 1.0).abs() < 1e-3, "{i}");
            assert!(release > 0.0 || (c.riding[i] / c.vesicles[i] / 120.0 - 1.0).abs() < 1e-3, "{i}");
        }
    }
}

/// S054: a carrier whose kinetics are the drug's own, untargeted, gives the drug no advantage: the index is 1 at any rate of
/// release. Targeting raises it.
#[test]
fn s054_index_is_one_for_the_same_kinetics_untargeted() {
    // Linear, since saturation by the vesicles would be no property of the drug.
    let v = vesicle();
    let same = Substance { kinetics: Kinetics { half: f64::INFINITY, ..v.kinetics }, ..v };
    for release in [0.0, 0.003, 1.0] {
        let i = index(&same, &same, 2, 1.0, &given(1.0, release, 1e-8));
        assert!((i.ratio() - 1.0).abs() < 1e-6, "{release}: {i:?}");
    }
    let aimed = index(&same, &same, 2, 10.0, &given(1.0, 0.003, 1e-8));
    assert!(aimed.ratio() > 1.5, "{aimed:?}");
    // Other kinetics give another index even without a ligand.
    let other = index(&same, &drug(), 0, 1.0, &given(1.0, 0.01, 1e-6));
    assert!((other.ratio() - 1.0).abs() > 0.01, "{other:?}");
}

/// S071: carrier, active and combined differ in payload terms only: the vesicles' bits are the same, the payload is nothing in
/// the active mode and the same in the other two.
#[test]
fn s071_modes_change_payload_terms_only() {
    let (v, d) = (vesicle(), drug());
    let run = |mode: Mode| bolus(&v.kinetics, &d.kinetics, &given(mode.payload(40.0), 0.01, 1e-6));
    let [carrier, active, combined] = [Mode::Carrier, Mode::Active, Mode::Combined].map(run);
    for c in [&active, &combined] {
        assert_eq!(c.vesicles.map(f64::to_bits), carrier.vesicles.map(f64::to_bits));
        assert_eq!(c.vesicles_area.map(f64::to_bits), carrier.vesicles_area.map(f64::to_bits));
    }
    assert_eq!(carrier, combined);
    assert!(
        active.riding.iter().chain(&active.free).chain(&active.let_go).all(|x| *x == 0.0)
            && active.loaded == 0.0
    );
    assert_eq!([Mode::Carrier, Mode::Active, Mode::Combined].map(Mode::acts), [false, true, true]);
}
