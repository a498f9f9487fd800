//! What the rows say they were computed from, computed again.
//!
//! A check takes the numbers of some rows (in the units they are printed in), recomputes another, and compares. A
//! row that fails is reported, never edited: the row may be wrong, or the words that say where it comes from. The
//! numbers in the formulas are physical constants, unit changes, and figures that only stand in the row's own words.

use std::f64::consts::{LN_2, PI};

use exoderm_numeric::math::{cbrt, exp, ln};

use crate::{Ledger, Part};

/// Avogadro's number (1/mol), exact.
const AVOGADRO: f64 = 6.022_140_76e23;
/// Boltzmann's constant (J/K), exact.
const BOLTZMANN: f64 = 1.380_649e-23;
/// Body temperature, 37 °C, in K.
const BODY: f64 = 310.15;
/// Hours in a day.
const DAY_H: f64 = 24.0;

/// One row that can be recomputed.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The row that is checked.
    pub row: &'static str,
    /// Which of its numbers.
    pub part: Part,
    /// What is computed, in words or as a formula.
    pub formula: &'static str,
    /// The rows the formula takes, in order.
    pub inputs: &'static [&'static str],
    /// Largest accepted difference, relative to the stated number: how far the row was rounded.
    pub tolerance: f64,
    /// The formula.
    compute: fn(&[f64]) -> f64,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Stated and computed agree.
    Holds,
    /// They do not.
    Fails,
    /// The ledger lacks a row or number that the check needs.
    NotApplicable,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// The row that was checked.
    pub row: String,
    /// What was computed.
    pub formula: String,
    /// The number in the row, in its unit.
    pub stated: Option<f64>,
    /// The recomputed number, in the same unit.
    pub computed: Option<f64>,
    /// `|computed − stated|/|stated|`.
    pub difference: Option<f64>,
    /// Largest accepted difference.
    pub tolerance: f64,
    /// The outcome.
    pub outcome: Outcome,
}

const fn value(
    row: &'static str,
    formula: &'static str,
    inputs: &'static [&'static str],
    tolerance: f64,
    compute: fn(&[f64]) -> f64,
) -> Check {
    Check { row, part: Part::Value, formula, inputs, tolerance, compute }
}

const fn end(
    row: &'static str,
    part: Part,
    formula: &'static str,
    inputs: &'static [&'static str],
    tolerance: f64,
    compute: fn(&[f64]) -> f64,
) -> Check {
    Check { row, part, formula, inputs, tolerance, compute }
}

/// Stokes–Einstein at body temperature: um²/s from a diameter in nm and a viscosity in mPa s.
fn stokes_einstein(diameter: f64, viscosity: f64) -> f64 {
    BOLTZMANN * BODY / (3.0 * PI * viscosity * 1e-3 * diameter * 1e-9) * 1e12
}

/// Lipids in both leaflets of a vesicle of `diameter` nm with a 5 nm bilayer and `area` nm² a lipid.
fn lipids(diameter: f64, area: f64) -> f64 {
    let outer = diameter / 2.0;
    let inner = outer - 5.0;
    4.0 * PI * (outer * outer + inner * inner) / area
}

/// Sigma of a lognormal with this mean and standard deviation.
fn ln_sigma(mean: f64, sd: f64) -> f64 {
    let cv = sd / mean;
    ln(1.0 + cv * cv).sqrt()
}

/// Ogston obstruction: particle and fibre radius in nm, volume fraction of fibres.
fn ogston(particle: f64, fibre: f64, fraction: f64) -> f64 {
    exp(-fraction.sqrt() * (particle + fibre) / fibre)
}

/// All checks, by theme.
pub const CHECKS: &[Check] = &[
    // Secretion and blood
    value("sec_monocyte", "45 EV/cell/min × 60", &[], 1e-9, |_| 45.0 * 60.0),
    end("sec_monocyte", Part::Low, "(45 − 21) EV/cell/min × 60", &[], 1e-9, |_| 24.0 * 60.0),
    end("sec_monocyte", Part::High, "(45 + 21) EV/cell/min × 60", &[], 1e-9, |_| 66.0 * 60.0),
    value("sec_erythrocyte", "3.2e-3 EV/cell/min × 60", &[], 1e-9, |_| 3.2e-3 * 60.0),
    value(
        "plasma_ev_conc_auber",
        "EV per blood cell × 2.5e13 cells / 3000 mL",
        &["ev_per_cell_plasma"],
        0.03,
        |x| x[0] * 2.5e13 / 3000.0,
    ),
    value(
        "plasma_ev_turnover",
        "mean residence: EV per blood cell × 2.5e13 cells / secretion",
        &["ev_per_cell_plasma", "sec_plasma_total"],
        0.03,
        |x| x[0] * 2.5e13 / x[1],
    ),
    value(
        "plasma_ev_turnover",
        "half-life: ln 2 × EV per blood cell × 2.5e13 cells / secretion",
        &["ev_per_cell_plasma", "sec_plasma_total"],
        0.03,
        |x| LN_2 * x[0] * 2.5e13 / x[1],
    ),
    value("isf_ev_conc", "plasma × enrichment", &["plasma_ev_conc", "isf_ev_enrichment"], 0.05, |x| {
        x[0] * x[1]
    }),
    value("pk_kel", "ln 2 / elimination half-life", &["pk_t12b"], 0.02, |x| LN_2 / x[0]),
    value("pk_cl", "elimination rate × volume of distribution", &["pk_kel", "pk_vd"], 0.1, |x| x[0] * x[1]),
    // Biogenesis, size
    value(
        "ilv_packing_max",
        "0.3 × (body diameter / vesicle diameter)³",
        &["mvb_diameter", "ilv_diameter"],
        0.02,
        |x| {
            let ratio = x[0] / x[1];
            0.3 * ratio * ratio * ratio
        },
    ),
    value("ln_sigma_tem", "√ln(1 + (19/mean)²)", &["d_pc3_tem"], 0.005, |x| ln_sigma(x[0], 19.0)),
    value("ln_sigma_rps", "√ln(1 + (17/mean)²)", &["d_pc3_rps"], 0.005, |x| ln_sigma(x[0], 17.0)),
    // Cargo
    value("ev_per_mirna_copy", "1 / copies per vesicle", &["mirna_per_ev"], 0.005, |x| 1.0 / x[0]),
    value("n_lipid_40", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(40.0, 0.6)),
    value("n_lipid_60", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(60.0, 0.6)),
    value("n_lipid_80", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(80.0, 0.6)),
    value("n_lipid_100", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(100.0, 0.6)),
    value("n_lipid_130", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(130.0, 0.6)),
    value("n_lipid_160", "4π(R² + (R − 5 nm)²)/0.6 nm²", &[], 0.005, |_| lipids(160.0, 0.6)),
    value("prot_mass_per_ev_pure", "1 ug / pure particles per ug", &["ppr_pure"], 0.02, |x| 1e12 / x[0]),
    value("prot_copies_per_ev", "mass × Avogadro / 50 kDa", &["prot_mass_per_ev_pure"], 0.02, |x| {
        x[0] * 1e-18 * AVOGADRO / 5e4
    }),
    // Transport
    value("D0_water_40", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(40.0, 0.691)
    }),
    value("D0_water_60", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(60.0, 0.691)
    }),
    value("D0_water_80", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(80.0, 0.691)
    }),
    value("D0_water_100", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(100.0, 0.691)
    }),
    value("D0_water_130", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(130.0, 0.691)
    }),
    value("D0_water_160", "kT/(3πηd), 37 °C, η = 0.691 mPa s", &[], 0.003, |_| {
        stokes_einstein(160.0, 0.691)
    }),
    end("D0_medium_100", Part::Low, "kT/(3πηd), η = 0.95 mPa s", &[], 0.003, |_| {
        stokes_einstein(100.0, 0.95)
    }),
    end("D0_medium_100", Part::High, "kT/(3πηd), η = 0.70 mPa s", &[], 0.003, |_| {
        stokes_einstein(100.0, 0.70)
    }),
    end("D0_plasma_100", Part::Low, "kT/(3πηd), η = 1.4 mPa s", &[], 0.003, |_| {
        stokes_einstein(100.0, 1.4)
    }),
    end("D0_plasma_100", Part::High, "kT/(3πηd), η = 1.1 mPa s", &[], 0.003, |_| {
        stokes_einstein(100.0, 1.1)
    }),
    value("ogston_K", "exp(−√φ(r + r_f)/r_f), φ = 0.001, r = 50, r_f = 0.5 nm", &[], 0.005, |_| {
        ogston(50.0, 0.5, 0.001)
    }),
    value("ogston_coll", "exp(−√φ(r + r_f)/r_f), φ = 0.2, r = 50, r_f = 50 nm", &[], 0.005, |_| {
        ogston(50.0, 50.0, 0.2)
    }),
    value(
        "peclet_dermis",
        "v × 100 um / (D/D0 × kT/(3πηd)), η of interstitial fluid",
        &["v_interstitial", "D_dermis_rel", "eta_isf"],
        0.005,
        |x| x[0] * 100.0 / (x[1] * stokes_einstein(100.0, x[2])),
    ),
    // Storage, uptake
    value("k_ads_pp", "−ln(1 − loss)/48 h", &["ads_loss_pp_48h"], 0.005, |x| -ln(1.0 - x[0]) / 48.0),
    value("uptake_sat_conc_pml", "pM × Avogadro", &["uptake_sat_conc"], 0.01, |x| x[0] * 1e-15 * AVOGADRO),
    value("k_clear_bons", "fraction/h × 1 mL / 1e5 cells", &["uptake_1h_frac"], 1e-9, |x| x[0] / 1e5),
    value("clear_diff_limit", "4πDR, R = 10 um", &["D0_water_100"], 0.02, |x| {
        4.0 * PI * x[0] * 10.0 * 3600.0 * 1e-12
    }),
    value("milk_km_caco2", "55.5 ug per 200 uL × 5", &[], 0.005, |_| 55.5 * 5.0),
    value("milk_km_iec6", "152 ug per 200 uL × 5", &[], 0.005, |_| 152.0 * 5.0),
    // Skin
    value(
        "skin_prod_normal",
        "pool × growth fraction × 24 h / cycle time",
        &["pso_npro_normal", "pso_gf_normal", "pso_tc_normal"],
        0.01,
        |x| x[0] * x[1] / 100.0 * DAY_H / x[2],
    ),
    value(
        "skin_prod_psor",
        "pool × growth fraction × 24 h / cycle time, plaque",
        &["pso_npro_psor", "pso_gf_psor", "pso_tc_psor"],
        0.02,
        |x| x[0] * x[1] / 100.0 * DAY_H / x[2],
    ),
    value("skin_desquamation_rate", "corneocytes / 14 d", &["skin_sc_corneocyte_density"], 0.005, |x| {
        x[0] / 14.0
    }),
    value(
        "skin_turnover_from_counts",
        "nucleated cells / production",
        &["skin_epi_nucleated_density", "skin_prod_normal"],
        0.02,
        |x| x[0] / x[1],
    ),
    value(
        "skin_kc_mean_volume",
        "viable epidermis / nucleated cells",
        &["skin_ve_thick_forearm", "skin_epi_nucleated_density"],
        0.005,
        |x| x[0] * 1e6 / x[1],
    ),
    value("skin_kc_mean_diam", "(6V/π)^(1/3)", &["skin_kc_mean_volume"], 0.005, |x| cbrt(6.0 * x[0] / PI)),
    value(
        "skin_corneocyte_area",
        "1 mm² / (corneocytes / layers)",
        &["skin_sc_corneocyte_density", "skin_sc_layers_forearm"],
        0.05,
        |x| 1e6 / (x[0] / x[1]),
    ),
    value(
        "skin_kc_melanocyte_ratio",
        "nucleated cells / melanocytes",
        &["skin_epi_nucleated_density", "skin_melanocyte_density"],
        0.1,
        |x| x[0] / x[1],
    ),
    value(
        "skin_shm_fold_cells",
        "(SC + TA + D) psoriatic / healthy",
        &[
            "skin_shm_SC_psor",
            "skin_shm_TA_psor",
            "skin_shm_D_psor",
            "skin_shm_SC_healthy",
            "skin_shm_TA_healthy",
            "skin_shm_D_healthy",
        ],
        0.005,
        |x| (x[0] + x[1] + x[2]) / (x[3] + x[4] + x[5]),
    ),
    value(
        "skin_sc_water_D",
        "TEWL × thickness / 500 kg/m³",
        &["skin_tewl_forearm", "skin_sc_thick_forearm"],
        0.02,
        |x| x[0] / 3600.0 * x[1] * 1e-6 / 5e5 * 1e12,
    ),
    value(
        "skin_o2_skin_vo2",
        "flux / depth, gas at 37 °C and 1 atm",
        &["skin_o2_skin_flux", "skin_o2_air_depth"],
        0.01,
        // mL/min/m² over um, with RT/p = 0.02545 m³/mol: mol/m³/s is mM/s.
        |x| x[0] * 1e-6 / 60.0 / (x[1] * 1e-6) / (8.314_462_618 * BODY / 101_325.0) * 1e3,
    ),
    value("skin_wt_front_speed", "3 mm / closure by histology", &["skin_wt_closure_day_histo"], 0.005, |x| {
        3000.0 / (x[0] * DAY_H)
    }),
    value("skin_psor_thick_hfu", "1 + 121 %", &[], 1e-9, |_| 1.0 + 1.21),
    value("tscar_healthy", "mean of 13, 13, 12 d", &[], 0.001, |_| 38.0 / 3.0),
    value("tscar_diabetic", "mean of 19, 20, 19 d", &[], 0.001, |_| 58.0 / 3.0),
    end("dbdb_day13", Part::Low, "mean − 1.6", &["dbdb_day13"], 1e-9, |x| x[0] - 1.6),
    end("dbdb_day13", Part::High, "mean + 1.6", &["dbdb_day13"], 1e-9, |x| x[0] + 1.6),
];

/// Runs every check, and adds one failed result for each row whose value lies outside its range.
pub fn run(ledger: &Ledger) -> Vec<CheckResult> {
    let mut results: Vec<CheckResult> = CHECKS.iter().map(|check| check.run(ledger)).collect();
    for row in ledger.iter() {
        let (Some(value), low, high) = (row.number(), row.low, row.high) else { continue };
        let bound = low.filter(|&l| value < l).or(high.filter(|&h| value > h));
        if let Some(bound) = bound {
            results.push(compared(&row.key, "low ≤ value ≤ high", 0.0, Some(value), Some(bound)));
        }
    }
    results
}

impl Check {
    /// Runs this check.
    pub fn run(&self, ledger: &Ledger) -> CheckResult {
        let row = ledger.get(self.row);
        let stated = row.and_then(|row| match self.part {
            Part::Value => row.number(),
            Part::Low => row.low,
            Part::High => row.high,
        });
        let inputs: Option<Vec<f64>> =
            self.inputs.iter().map(|key| ledger.get(key).and_then(|row| row.number())).collect();
        let computed = inputs.map(|numbers| (self.compute)(&numbers));
        let name = match self.part {
            Part::Value => self.row.to_owned(),
            part => format!("{}.{}", self.row, part.as_str()),
        };
        compared(&name, self.formula, self.tolerance, stated, computed)
    }
}

fn compared(
    row: &str,
    formula: &str,
    tolerance: f64,
    stated: Option<f64>,
    computed: Option<f64>,
) -> CheckResult {
    let difference = stated.zip(computed).map(|(s, c)| (c - s).abs() / s.abs());
    let outcome = match difference {
        None => Outcome::NotApplicable,
        Some(d) if d <= tolerance => Outcome::Holds,
        Some(_) => Outcome::Fails,
    };
    CheckResult {
        row: row.to_owned(),
        formula: formula.to_owned(),
        stated,
        computed,
        difference,
        tolerance,
        outcome,
    }
}
