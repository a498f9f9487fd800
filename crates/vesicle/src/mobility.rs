//! How fast a vesicle of a given size diffuses, in water and between fibres.
//!
//! Free mobility is Stokes–Einstein. Between fibres it falls for two reasons that multiply: openings smaller than
//! the vesicle are closed to it (obstruction, [`ogston`] or [`amsden`]) and the water near the fibres resists its
//! motion (drag, [`brinkman`]).
//!
//! Obstruction rests on one picture: straight fibres in all directions pierce a plane at n points per area like
//! rain, so a disc of radius r is free of them with probability exp(−π n r²). Ogston (1958) reads the share of space
//! open to a sphere off it; Ogston, Preston and Wells (1973, doi 10.1098/rspa.1973.0064) let the sphere walk in
//! steps of the mean free distance and get an exponential in the radius itself; Amsden (1998, doi
//! 10.1021/ma980765f) writes n by the mean radius r̄ of the openings, n = 1/(4 r̄²). With r̄ of random fibres
//! ([`mean_opening_nm`]) Amsden's factor is Ogston's open share; the common replacement of r̄ by a mesh size
//! ks·φ^(−1/2) with ks equal to the fibre radius makes openings √π times smaller than random fibres leave.

use exoderm_numeric::math;
use std::f64::consts::PI;

/// Boltzmann constant (J/K), exact in the SI since 2019.
const BOLTZMANN: f64 = 1.380_649e-23;
/// The diameter (nm) to which free and hindered mobilities refer.
pub const REFERENCE_DIAMETER_NM: f64 = 100.0;

/// Free diffusion (um²/min) of a sphere: k_B T / (3π η d).
///
/// Diameter in nm, temperature in K, viscosity in mPa s.
pub fn stokes_einstein(diameter_nm: f64, temperature_k: f64, viscosity_mpas: f64) -> f64 {
    let square_metres_per_second =
        BOLTZMANN * temperature_k / (3.0 * PI * viscosity_mpas * 1e-3 * diameter_nm * 1e-9);
    square_metres_per_second * 1e12 * 60.0
}

/// Free diffusion at a size, from that at 100 nm (any unit): D ∝ 1/d.
pub fn diffusion_at_size(at_100nm: f64, diameter_nm: f64) -> f64 {
    at_100nm * REFERENCE_DIAMETER_NM / diameter_nm
}

/// Radius (nm) with which a soft vesicle meets openings: r(1 − δ), δ the share by which it can be squeezed.
pub fn effective_radius_nm(radius_nm: f64, deformation: f64) -> f64 {
    radius_nm * (1.0 - deformation.clamp(0.0, 1.0))
}

/// Obstruction after Ogston, Preston and Wells: D/D₀ = exp(−√φ (r_s + r_f)/r_f), φ the fibres' volume fraction.
pub fn ogston(radius_nm: f64, fibre_radius_nm: f64, fibre_fraction: f64) -> f64 {
    math::exp(-fibre_fraction.sqrt() * (radius_nm + fibre_radius_nm) / fibre_radius_nm)
}

/// Share of space open to a sphere's centre among random straight fibres (Ogston 1958): exp(−φ (1 + r_s/r_f)²).
pub fn open_share(radius_nm: f64, fibre_radius_nm: f64, fibre_fraction: f64) -> f64 {
    let x = 1.0 + radius_nm / fibre_radius_nm;
    math::exp(-fibre_fraction * x * x)
}

/// Obstruction after Amsden: D/D₀ = exp(−π/4 ((r_s + r_f)/(r̄ + r_f))²), r̄ the mean radius of openings.
pub fn amsden(radius_nm: f64, fibre_radius_nm: f64, mean_opening_nm: f64) -> f64 {
    let x = (radius_nm + fibre_radius_nm) / (mean_opening_nm + fibre_radius_nm);
    math::exp(-0.25 * PI * x * x)
}

/// Mean radius (nm) of the openings among random straight fibres, from an opening's centre to the fibres' surface:
/// ½ √(π/φ) r_f − r_f. Negative where fibres fill so much that the picture ends (φ above π/4).
pub fn mean_opening_nm(fibre_radius_nm: f64, fibre_fraction: f64) -> f64 {
    (0.5 * (PI / fibre_fraction).sqrt() - 1.0) * fibre_radius_nm
}

/// Drag among fibres: D/D₀ = 1/(1 + r_s/√k + r_s²/(3k)), k the Darcy permeability (um²).
///
/// Brinkman's force on a sphere *held* in a stream, as Phillips and others use it for diffusion. It contains the
/// push of the stream's pressure gradient on the sphere's volume, which a sphere moving through water at rest does
/// not feel: see [`brinkman_at_rest`].
pub fn brinkman(radius_nm: f64, permeability_um2: f64) -> f64 {
    drag(radius_nm, permeability_um2, 3.0)
}

/// Drag among fibres on a sphere that moves through water at rest: 1/(1 + r_s/√k + r_s²/(9k)).
///
/// The solution of Brinkman's equation for a translating sphere (the same as Stokes' oscillating sphere with the
/// fibres in place of inertia). A dense mesh holds a vesicle back up to three times less than [`brinkman`] says.
pub fn brinkman_at_rest(radius_nm: f64, permeability_um2: f64) -> f64 {
    drag(radius_nm, permeability_um2, 9.0)
}

fn drag(radius_nm: f64, permeability_um2: f64, divisor: f64) -> f64 {
    let x = radius_nm * 1e-3 / permeability_um2.sqrt();
    1.0 / (1.0 + x + x * x / divisor)
}

/// Hindrance at a size, from the hindrance `h100` (D/D₀) of a 100-nm vesicle in the same mesh.
///
/// Ogston's form with the fibre fraction chosen so that it gives `h100` at 100 nm: h100^((r + r_f)/(50 nm + r_f)).
pub fn size_scaled_hindrance(h100: f64, diameter_nm: f64, fibre_radius_nm: f64) -> f64 {
    if h100 <= 0.0 {
        return 0.0;
    }
    let reference = 0.5 * REFERENCE_DIAMETER_NM + fibre_radius_nm;
    math::pow(h100, (0.5 * diameter_nm + fibre_radius_nm) / reference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// S013 and mechanisms §3: 6.57 um²/s at 100 nm in water of 37 °C, and other sizes and 25 °C.
    #[test]
    fn s013_stokes_einstein() {
        let at = |d, c, eta| stokes_einstein(d, 273.15 + c, eta) / 60.0;
        assert!((at(100.0, 37.0, 0.6913) / 6.57 - 1.0).abs() < 0.02);
        for (d, warm, cool) in [
            (30.0, 21.907_666_909_3, 16.358_207_303),
            (80.0, 8.215_375_090_97, 6.134_327_738_61),
            (200.0, 3.286_150_036_39, 2.453_731_095_44),
        ] {
            assert!((at(d, 37.0, 0.6913) / warm - 1.0).abs() < 1e-10);
            assert!((at(d, 25.0, 0.89) / cool - 1.0).abs() < 1e-10);
            let scaled = diffusion_at_size(stokes_einstein(100.0, 310.15, 0.6913), d) / 60.0;
            assert!((scaled / warm - 1.0).abs() < 1e-10);
        }
    }

    /// Values computed apart: (diameter, fibre radius, φ, Ogston 1973, open share).
    #[test]
    fn obstruction_values() {
        for (d, rf, phi, walk, open) in [
            (30.0, 1.0, 0.005, 0.322_590_729_704, 0.278_037_300_453),
            (30.0, 2.0, 0.01, 0.427_414_931_949, 0.485_536_895_154),
            (30.0, 2.0, 0.1, 0.068_021_189_561_8, 0.000_728_152_539_089),
        ] {
            assert!((ogston(d / 2.0, rf, phi) / walk - 1.0).abs() < 1e-9);
            assert!((open_share(d / 2.0, rf, phi) / open - 1.0).abs() < 1e-9);
        }
    }

    /// The mean of Amsden's distribution of openings is the r̄ it is written with, to the fibres' axes.
    #[test]
    fn amsden_openings_have_their_mean() {
        let (rf, mean) = (2.0, 40.0);
        let h = 0.01;
        // Openings r from 0 (axis distance r_f) on; survival times dr sums to the mean beyond r_f.
        let sum: f64 = (0..60_000).map(|i| amsden(h * (f64::from(i) + 0.5) - rf, rf, mean) * h).sum();
        assert!((sum - (mean + rf)).abs() < 1e-3, "{sum}");
    }

    /// With the openings of random fibres, Amsden's factor is Ogston's open share.
    #[test]
    fn amsden_with_random_fibres_is_ogstons_open_share() {
        for (r, rf, phi) in [(15.0, 1.0, 0.005), (50.0, 3.0, 0.01), (80.0, 30.0, 0.2)] {
            let a = amsden(r, rf, mean_opening_nm(rf, phi));
            assert!((a / open_share(r, rf, phi) - 1.0).abs() < 1e-12);
        }
    }

    /// The two drags differ by the pressure gradient η U/k on the sphere's volume, over Stokes' 6πηrU.
    #[test]
    fn brinkman_forms_differ_by_the_pressure_on_the_sphere() {
        for (r, k) in [(50.0, 1e-3), (50.0, 1e-1), (20.0, 1e-4)] {
            let um = r * 1e-3;
            let push = 4.0 / 3.0 * PI * um * um * um / k / (6.0 * PI * um);
            let difference = 1.0 / brinkman(r, k) - 1.0 / brinkman_at_rest(r, k);
            assert!((difference / push - 1.0).abs() < 1e-9);
        }
        assert!((brinkman(50.0, 0.0025) - 1.0 / (1.0 + 1.0 + 1.0 / 3.0)).abs() < 1e-12);
    }

    /// The scaled hindrance is Ogston's at the φ that it implies, and `h100` at 100 nm.
    #[test]
    fn scaled_hindrance_is_ogston() {
        let (h100, rf) = (0.05, 15.0);
        let root_phi = -math::ln(h100) * rf / (50.0 + rf);
        for d in [30.0, 70.0, 100.0, 180.0] {
            let (a, b) = (size_scaled_hindrance(h100, d, rf), ogston(d / 2.0, rf, root_phi * root_phi));
            assert!((a / b - 1.0).abs() < 1e-12);
        }
        assert!((size_scaled_hindrance(h100, 100.0, rf) - h100).abs() < 1e-15);
        assert_eq!(size_scaled_hindrance(0.0, 60.0, rf), 0.0);
    }

    proptest! {
        /// A factor lies in (0, 1] and falls with size; softness never slows.
        #[test]
        fn hindrance_falls_with_size(r in 15.0..99.0f64, rf in 0.5..100.0f64, phi in 1e-4..0.3f64, soft in 0.0..1.0f64) {
            for f in [|r, rf, phi| ogston(r, rf, phi), open_share, |r, rf, phi: f64| brinkman(r, rf * phi * 1e-2),
                      |r, rf, phi: f64| size_scaled_hindrance(phi, 2.0 * r, rf)] as [fn(f64, f64, f64) -> f64; 4] {
                let (a, b) = (f(r, rf, phi), f(r + 1.0, rf, phi));
                prop_assert!((0.0..=1.0).contains(&a) && b <= a);
                prop_assert!(f(effective_radius_nm(r, soft), rf, phi) >= a);
            }
        }
    }
}
