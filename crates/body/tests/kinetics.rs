//! Compartments against exact answers: exponentials, Michaelis and Menten's limits, conservation.

#![allow(clippy::unwrap_used)]

use exoderm_body::cases::{exponentials, sum_at};
use exoderm_body::compartments::{
    CENTRAL, COMPARTMENTS, FIRST, GONE, Kinetics, LYMPH, NODE, Outflow, Route, SECOND, SiteCells, dose, fed,
};
use exoderm_body::invert::rates;
use proptest::prelude::*;

/// A body with easy numbers; what a test needs is changed.
fn body() -> Kinetics {
    Kinetics {
        volume: 2.0,
        first: [0.06, 0.02],
        second: [0.01, 0.001],
        macrophages: 0.03,
        half: f64::INFINITY,
        linear: 0.01,
        degradation: 0.003,
        passage: 1e-4,
        shedding: 1e-3,
        to_lymph: 2e-3,
        to_blood: 1e-4,
        site: SiteCells { most: 5.0, half: 400.0 },
        depot_loss: 1e-4,
        lymph_flow: 0.03,
        node: 0.4,
    }
}

/// "Bi-exponential plasma decay" (mechanisms §9) and the tri-exponential of the second peripheral compartment.
#[test]
fn plasma_decays_by_the_exact_exponentials() {
    for second in [[0.0, 0.0], [0.01, 0.001], [0.01, 0.02]] {
        let k = Kinetics { second, ..body() };
        let terms = exponentials(k.clearance() / k.volume, &[k.first, k.second]);
        assert!((terms.iter().map(|t| t[1]).sum::<f64>() - 1.0).abs() < 1e-12, "{terms:?}");
        let course = dose(&k, 100.0, &Route::Bolus, 5000.0, 1e-8);
        for t in [0.0, 0.5, 7.0, 40.0, 300.0, 2000.0, 5000.0] {
            let (got, want) = (course.at(t)[CENTRAL], 100.0 * sum_at(&terms, t));
            assert!((got - want).abs() < 1e-6 * want, "t = {t}: {got}, exactly {want}");
        }
        // Its area is dose over clearance once all is out.
        let area = dose(&k, 100.0, &Route::Bolus, 1e6, 1e-8).areas()[CENTRAL];
        let want = 100.0 * k.volume / k.clearance();
        assert!((area / want - 1.0).abs() < 1e-5, "{area} {want}");
    }
}

/// Half-lives and clearance go to rates and come back as the exponents of the exact curve.
#[test]
fn rates_give_back_the_half_lives() {
    let (fast, slow, clearance, volume) = (7.8, 350.0, 0.01, 1.0);
    let r = rates(fast, slow, clearance, volume).unwrap();
    let terms = exponentials(r.out, &[[r.into, r.back]]);
    for (term, half_life) in terms.iter().zip([slow, fast]) {
        assert!((std::f64::consts::LN_2 / term[0] / half_life - 1.0).abs() < 1e-9);
    }
    // A clearance faster than the fast phase, or slower than the slow one, is no such body.
    assert!(rates(fast, slow, 0.2, volume).is_err() && rates(fast, slow, 1e-4, volume).is_err());
    assert!(rates(fast, slow, f64::NAN, volume).is_err());
}

/// Michaelis and Menten: first order far below saturation, zero order far above, and the implicit solution
/// A + h ln A = A₀ + h ln A₀ − Vmax t between.
#[test]
fn saturable_clearance_has_its_limits() {
    let k = Kinetics { first: [0.0; 2], second: [0.0; 2], linear: 0.0, half: 50.0, ..body() };
    let (h, most) = (k.half * k.volume, k.most());
    let low = dose(&k, 1e-4 * h, &Route::Bolus, 100.0, 1e-9).at(100.0)[CENTRAL] / (1e-4 * h);
    let first_order = exoderm_numeric::math::exp(-k.macrophages / k.volume * 100.0);
    assert!((low / first_order - 1.0).abs() < 2e-4, "{low} {first_order}");
    let high = 1e5 * h;
    let lost = high - dose(&k, high, &Route::Bolus, 100.0, 1e-9).at(100.0)[CENTRAL];
    assert!((lost / (most * 100.0) - 1.0).abs() < 2e-5, "{lost}");
    let start = 3.0 * h;
    let course = dose(&k, start, &Route::Bolus, 200.0, 1e-9);
    for t in [10.0, 90.0, 200.0] {
        let a = course.at(t)[CENTRAL];
        let residual =
            a + h * exoderm_numeric::math::ln(a) - (start + h * exoderm_numeric::math::ln(start)) + most * t;
        assert!(residual.abs() < 1e-5 * start, "{t}: {residual}");
    }
}

/// The same amount by infusion: at the plateau clearance × concentration is the rate of infusion.
#[test]
fn infusion_reaches_rate_over_clearance() {
    let k = Kinetics { second: [0.0; 2], ..body() };
    let course = dose(&k, 1e5 * 2.0, &Route::Infusion(1e5), 1e5, 1e-8);
    let plateau = course.last()[CENTRAL] / k.volume;
    assert!((plateau * k.clearance() / 2.0 - 1.0).abs() < 1e-6, "{plateau}");
    // Stopped half way, it falls again.
    let course = dose(&k, 100.0, &Route::Infusion(50.0), 500.0, 1e-8);
    assert!(course.at(50.0)[CENTRAL] > course.at(60.0)[CENTRAL]);
    assert!(course.imbalance() < 1e-9);
}

/// What a depot gives reaches blood later and lower than a bolus; the node keeps its share of the lymph.
#[test]
fn depot_goes_through_lymph_and_node() {
    let k =
        Kinetics { site: SiteCells { most: 0.0, half: 1.0 }, depot_loss: 0.0, degradation: 0.0, ..body() };
    let course = dose(&k, 100.0, &Route::Intradermal, 1e6, 1e-8);
    let peak = (0..1000).map(|i| course.at(f64::from(i))[CENTRAL]).fold(0.0, f64::max);
    assert!(peak < 50.0 && course.at(0.0)[CENTRAL] == 0.0);
    let by_lymph = 100.0 * k.to_lymph / (k.to_lymph + k.to_blood);
    assert!((course.last()[NODE] / (by_lymph * k.node) - 1.0).abs() < 1e-6);
    // The same given off by a tissue over the pieces of its record.
    let out =
        [Outflow { span: 600.0, lymph: 30.0, blood: 2.0 }, Outflow { span: 1200.0, lymph: 10.0, blood: 0.0 }];
    let fed = fed(&k, &out, 1e-8);
    assert!((fed.entered - 42.0).abs() < 1e-12 && fed.imbalance() < 1e-9);
    assert!(fed.at(600.0)[LYMPH] > fed.at(1700.0)[LYMPH]);
}

/// Halving the tolerance's order leaves the answer: the steps are controlled by error, stiff or not.
#[test]
fn steps_are_safe_when_rates_differ_a_millionfold() {
    let k = Kinetics { first: [300.0, 200.0], half: 10.0, ..body() };
    let fine = dose(&k, 1e4, &Route::Bolus, 1e4, 1e-10);
    let coarse = dose(&k, 1e4, &Route::Bolus, 1e4, 1e-5);
    for t in [1.0, 100.0, 5000.0] {
        let (a, b) = (fine.at(t)[CENTRAL], coarse.at(t)[CENTRAL]);
        assert!((a / b - 1.0).abs() < 1e-3, "{t}: {a} {b}");
    }
    assert!(coarse.steps() < 500, "{}", coarse.steps());
}

/// Mistakes are named.
#[test]
fn impossible_numbers_are_refused() {
    assert!(body().checked().is_ok());
    for wrong in [
        Kinetics { volume: 0.0, ..body() },
        Kinetics { node: 1.1, ..body() },
        Kinetics { linear: -1.0, ..body() },
        Kinetics { half: f64::NAN, ..body() },
        Kinetics { to_lymph: f64::INFINITY, ..body() },
        Kinetics { site: SiteCells { most: 1.0, half: 0.0 }, ..body() },
    ] {
        assert!(wrong.checked().is_err(), "{wrong:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// S012: what was given is in plasma, periphery, lymph, cells or gone, to 1e-9, for any body, route and dose; and no
    /// compartment is negative beyond the solver's tolerance.
    #[test]
    fn s012_body_conserves_particles(
        rate in prop::array::uniform8(-6.0..1.0f64),
        half in -3.0..8.0f64,
        node in 0.0..1.0f64,
        amount in 0.0..14.0f64,
        route in 0usize..4,
    ) {
        let r = rate.map(|x| exoderm_numeric::math::pow(10.0, x));
        let k = Kinetics {
            volume: 1.0,
            first: [r[0], r[1]],
            second: [r[2], r[3]],
            macrophages: r[4],
            half: exoderm_numeric::math::pow(10.0, half),
            linear: r[5],
            degradation: r[6],
            to_lymph: r[7],
            node,
            ..body()
        }.checked().unwrap();
        let amount = exoderm_numeric::math::pow(10.0, amount);
        let route = [Route::Bolus, Route::Infusion(77.0), Route::Intradermal, Route::Topical][route].clone();
        let course = dose(&k, amount, &route, 3000.0, 1e-6);
        prop_assert!((course.entered / amount - 1.0).abs() < 1e-12);
        prop_assert!(course.imbalance() < 1e-9, "{}", course.imbalance());
        let last = course.last();
        prop_assert!(last.iter().all(|x| *x > -1e-6 * amount), "{last:?}");
        prop_assert!(last[GONE] >= 0.0 && last[FIRST].is_finite() && last[SECOND].is_finite());
        prop_assert!(COMPARTMENTS == last.len());
    }
}
