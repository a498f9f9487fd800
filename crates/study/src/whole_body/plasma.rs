//! Questions about plasma: a tumour's vesicles against everybody's own, age, and a payload against the free drug.

use super::draw::{ML, Values};
use super::seen::{AgeRow, Band, DetectionPoint, IndexResult, Request, TumourResult};
use super::{RELATIVE, band};
use crate::error::StudyError;
use exoderm_body::ageing::Ageing;
use exoderm_body::assay::{Assay, screening, tumour_concentration};
use exoderm_body::binding::complex;
use exoderm_body::carrier::{Bolus, Substance, index as therapeutic};
use exoderm_skin::systemic::Systemic;

/// um³ in a cm³.
const CM3: f64 = 1e12;
/// Volumes of the detection curve (cm³): from, to, points a decade.
const CURVE: [i32; 2] = [-4, 3];
const A_DECADE: i32 = 4;
/// People examined.
const EXAMINED: f64 = 1e5;

/// Everything about one tumour in one set of numbers.
struct Seen {
    volume: f64,
    per_um3: f64,
    background: f64,
    found: f64,
    limits: [f64; 2],
    curve: Vec<f64>,
    found_of_all: f64,
    false_alarms: f64,
    right: f64,
    bound: f64,
}

fn volumes() -> Vec<f64> {
    (CURVE[0] * A_DECADE..=CURVE[1] * A_DECADE)
        .map(|i| exoderm_numeric::math::pow(10.0, f64::from(i) / f64::from(A_DECADE)))
        .collect()
}

fn look(cells: f64, age: Option<f64>, v: &Values<'_>) -> Result<Seen, StudyError> {
    let (t, x) = (|key: &str| v.get(&format!("tumour.{key}")), |key: &str| v.get(&format!("test.{key}")));
    // Scenario S6d: first-phase clearance from the human plasma, ln 2 V / half-life.
    let clearance = std::f64::consts::LN_2 / t("half_life") * v.get("human.plasma");
    let older = age.map_or(1.0, |age| ageing(v).concentration_at(age * YEAR));
    let background = x("background") * older;
    let assay = Assay {
        volume: x("volume"),
        recovery: x("recovery"),
        marker: x("marker"),
        false_marker: x("false_marker"),
        background: background * x("platelets"),
        spread: x("spread"),
        specificity: x("specificity"),
    };
    let assay = assay.checked().map_err(|e| StudyError::Fault(e.to_string()))?;
    let density = t("density");
    let concentration = |cells: f64| tumour_concentration(t("release"), cells, t("reaching"), clearance);
    let threshold = assay.threshold();
    let found = assay.exceeds(threshold, concentration(cells));
    let per_volume = concentration(density);
    let s = |name: &str| v.get(&format!("sink.{name}"));
    let [ligand, antibody] = ["ligand", "antibody"].map(|n| s(n) / s(&format!("{n}_mass")));
    let screened = screening(found, x("specificity"), x("prevalence"));
    Ok(Seen {
        volume: cells / density,
        per_um3: concentration(cells),
        background,
        found,
        limits: [0.5, 0.95].map(|share| assay.limit(share) / per_volume),
        curve: volumes().iter().map(|cm3| assay.exceeds(threshold, per_volume * cm3 * CM3)).collect(),
        found_of_all: screened.found,
        false_alarms: screened.false_alarms,
        right: screened.right,
        bound: complex(antibody, ligand, s("affinity")) / antibody,
    })
}

/// A tumour's vesicles in a blood sample.
pub(crate) fn tumour(
    cells: f64,
    age: Option<f64>,
    stated: &Values<'_>,
    kept: &[Values<'_>],
) -> Result<TumourResult, StudyError> {
    let first = look(cells, age, stated)?;
    let draws = kept.iter().map(|v| look(cells, age, v)).collect::<Result<Vec<_>, _>>()?;
    let all = |of: &dyn Fn(&Seen) -> f64| -> Band { band(of(&first), draws.iter().map(of)) };
    Ok(TumourResult {
        cells,
        volume_cm3: all(&|s| s.volume / CM3),
        per_ml: all(&|s| s.per_um3 * ML),
        background_per_ml: all(&|s| s.background * ML),
        found: all(&|s| s.found),
        limit_half_cm3: all(&|s| s.limits[0] / CM3),
        limit_95_cm3: all(&|s| s.limits[1] / CM3),
        curve: volumes()
            .into_iter()
            .enumerate()
            .map(|(i, volume_cm3)| DetectionPoint { volume_cm3, found: all(&|s| s.curve[i]) })
            .collect(),
        found_per_100k: all(&|s| EXAMINED * s.found_of_all),
        false_alarms_per_100k: all(&|s| EXAMINED * s.false_alarms),
        right: all(&|s| s.right),
        antibody_bound_percent: all(&|s| 100.0 * s.bound),
    })
}

/// Minutes in a year.
const YEAR: f64 = 525_960.0;

fn ageing(v: &Values<'_>) -> Ageing {
    let get = |key: &str| v.get(&format!("age.{key}"));
    Ageing {
        secretion: get("secretion"),
        uptake: get("uptake"),
        reference: get("reference"),
        between: get("between"),
        within: get("within"),
    }
}

/// Own vesicles by age, the asked age among them.
pub(crate) fn ages(asked: f64, stated: &Values<'_>, kept: &[Values<'_>]) -> Vec<AgeRow> {
    let mut list = vec![20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0];
    if !list.contains(&asked) {
        list.push(asked);
        list.sort_by(f64::total_cmp);
    }
    list.into_iter()
        .map(|age| {
            let all =
                |of: &dyn Fn(Ageing) -> f64| band(of(ageing(stated)), kept.iter().map(|v| of(ageing(v))));
            AgeRow {
                age,
                concentration: all(&|a| a.concentration_at(age * YEAR)),
                uptake: all(&|a| a.uptake_at(age * YEAR)),
            }
        })
        .collect()
}

/// Therapeutic index of a payload on vesicles relative to the drug alone (mouse, into a vein).
pub(crate) fn index(
    data: &Systemic,
    r: &Request,
    target: usize,
    stated: &Values<'_>,
    kept: &[Values<'_>],
) -> Result<IndexResult, StudyError> {
    let tumour = data.organs[target] == "tumour";
    let of = |v: &Values<'_>| -> Option<f64> {
        let organs = v.organs(tumour);
        let vesicle = Substance { kinetics: v.kinetics("vesicle", &r.body)?, organs: organs.clone() };
        let drug = Substance { kinetics: v.kinetics("payload", &r.body)?, organs };
        let given = Bolus {
            amount: r.dose,
            per_vesicle: 1.0,
            release: v.get("payload.release"),
            horizon: r.hours * 60.0,
            relative: RELATIVE,
        };
        Some(therapeutic(&vesicle, &drug, target, r.ligand, &given).ratio())
    };
    let first = of(stated).ok_or_else(|| StudyError::Fault("the payload's numbers make no body".into()))?;
    Ok(IndexResult {
        target: data.organs[target].clone(),
        ligand: r.ligand,
        index: band(first, kept.iter().filter_map(of)),
    })
}
