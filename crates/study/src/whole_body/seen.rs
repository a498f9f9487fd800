//! What is asked of the whole body, and the answer.

use crate::one_cell::InputLine;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// vesicle, antibody or factor.
    pub substance: String,
    /// Source of the vesicles, by name; it is checked and named, and changes no number.
    pub source: Option<String>,
    /// Amount given.
    pub dose: f64,
    /// iv, infusion, intradermal or topical.
    pub route: String,
    /// Length of an infusion (h).
    pub infusion: f64,
    /// Time followed (h).
    pub hours: f64,
    /// mouse or human.
    pub body: String,
    /// Macrophages are depleted.
    pub deplete: bool,
    /// Cells of a tumour whose vesicles are looked for in blood.
    pub tumour_cells: Option<f64>,
    /// Organ that a ligand aims at.
    pub target: Option<String>,
    /// How many times better the target's cells take up.
    pub ligand: f64,
    /// Age of the person (y), for their own vesicles.
    pub age: Option<f64>,
    /// Draws over the ranges.
    pub draws: u32,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            substance: "vesicle".into(),
            source: None,
            dose: 1e11,
            route: "iv".into(),
            infusion: 1.0,
            hours: 48.0,
            body: "mouse".into(),
            deplete: false,
            tumour_cells: None,
            target: None,
            ligand: 1.0,
            age: None,
            draws: 400,
            seed: 1,
        }
    }
}

/// A number with every input as stated, and its spread over draws of the ranges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// With the inputs as stated.
    pub stated: f64,
    /// 5 %.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 95 %.
    pub high: f64,
}

/// Plasma at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PlasmaPoint {
    /// Time (h).
    pub hour: f64,
    /// Amount per mL.
    pub per_ml: Band,
}

/// One organ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrganRow {
    /// Name.
    pub name: String,
    /// % of the dose at each of the answer's times.
    pub percent_of_dose: Vec<Band>,
    /// % of what all organs hold, at the same times.
    pub percent_of_organs: Vec<Band>,
    /// When it holds most (h).
    pub peak_hour: Band,
}

/// Where the dose is at the end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FateRow {
    /// Compartment.
    pub name: String,
    /// % of the dose.
    pub percent: Band,
}

/// What macrophages do: the same dose with and without most of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Depletion {
    /// Area under the plasma curve, depleted over intact.
    pub area_ratio: Band,
    /// Liver, % of what organs hold at the last time, intact.
    pub liver_intact: Band,
    /// The same depleted.
    pub liver_depleted: Band,
}

/// A check against a published statement that nothing was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What is checked, with its source.
    pub what: String,
    /// Share of the draws in which it holds.
    pub share: f64,
    /// It holds with the inputs as stated.
    pub stated: bool,
}

/// A carrier against the free drug.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexResult {
    /// Target organ.
    pub target: String,
    /// Ligand's factor.
    pub ligand: f64,
    /// (target : others) of the payload on vesicles over (target : others) of the drug alone, by area under the curve.
    pub index: Band,
}

/// A point of the detection curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DetectionPoint {
    /// Tumour (cm³).
    pub volume_cm3: f64,
    /// Share of people with such a tumour whose test is positive.
    pub found: Band,
}

/// Tumour vesicles in plasma.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TumourResult {
    /// Cells.
    pub cells: f64,
    /// Volume (cm³).
    pub volume_cm3: Band,
    /// Tumour vesicles per mL of plasma.
    pub per_ml: Band,
    /// Everybody's own, per mL.
    pub background_per_ml: Band,
    /// Share of people with this tumour whose test is positive.
    pub found: Band,
    /// Smallest tumour found in half and in 95 % of people (cm³): the limits of detection.
    pub limit_half_cm3: Band,
    /// See `limit_half_cm3`.
    pub limit_95_cm3: Band,
    /// Found against volume.
    pub curve: Vec<DetectionPoint>,
    /// Of 100,000 people examined: with this tumour and found, and false alarms.
    pub found_per_100k: Band,
    /// See `found_per_100k`.
    pub false_alarms_per_100k: Band,
    /// Share of positive tests that are right.
    pub right: Band,
    /// Antibody against PD-L1 that the vesicles bind (% of it).
    pub antibody_bound_percent: Band,
}

/// A person's own vesicles at an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AgeRow {
    /// Age (y).
    pub age: f64,
    /// Plasma concentration relative to 30 y.
    pub concentration: Band,
    /// Uptake of their vesicles by cells, relative to 30 y.
    pub uptake: Band,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WholeBody {
    /// What was given, in words.
    pub title: String,
    /// vesicle, antibody or factor.
    pub substance: String,
    /// Unit of amounts.
    pub unit: String,
    /// Amount given.
    pub dose: f64,
    /// Route.
    pub route: String,
    /// Body.
    pub body: String,
    /// Macrophages are depleted.
    pub depleted: bool,
    /// Time followed (h).
    pub hours: f64,
    /// Clearance at low load (mL/min).
    pub clearance_ml_per_min: Band,
    /// Half-lives at low load (min): fast, slow.
    pub half_lives_min: [Band; 2],
    /// Plasma over time.
    pub plasma: Vec<PlasmaPoint>,
    /// Times (h) of the organs' columns.
    pub organ_hours: Vec<f64>,
    /// Organs, most first.
    pub organs: Vec<OrganRow>,
    /// Where the dose is at the end.
    pub fates: Vec<FateRow>,
    /// What depletion of macrophages changes (vesicles only).
    pub depletion: Option<Depletion>,
    /// Checks against published statements.
    pub checks: Vec<Check>,
    /// Carrier against free drug.
    pub index: Option<IndexResult>,
    /// Tumour vesicles in plasma.
    pub tumour: Option<TumourResult>,
    /// Own vesicles against age.
    pub ages: Vec<AgeRow>,
    /// Largest error of the balance (relative).
    pub imbalance: f64,
    /// Draws asked and left out because no body has their half-lives and clearance together.
    pub draws: [u32; 2],
    /// Numbers used.
    pub inputs: Vec<InputLine>,
    /// What the answer leaves out.
    pub notes: Vec<String>,
}

/// What a skin run's product adds to plasma.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntoBlood {
    /// Body whose plasma it is.
    pub body: String,
    /// Wound, or treated skin, that is reckoned with (cm²).
    pub area_cm2: f64,
    /// Vesicles of the product that the run put into the dressing, over that area.
    pub loaded: f64,
    /// % of them drained into lymph by the end.
    pub lymph_percent: f64,
    /// % of them taken into blood in the tissue by the end.
    pub blood_percent: f64,
    /// Product in plasma over days.
    pub points: Vec<BloodPoint>,
    /// Highest.
    pub highest_per_ml: Band,
    /// Everybody's own vesicles in plasma, per mL.
    pub own_per_ml: Band,
    /// Error of the body's balance (relative).
    pub imbalance: f64,
    /// What was loaded onto the product, in plasma.
    #[serde(default)]
    pub payload: Vec<PayloadInBlood>,
}

/// A loaded species in plasma, riding on vesicles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayloadInBlood {
    /// Species.
    pub species: String,
    /// Copies in a vesicle as it was made.
    pub copies_per_vesicle: f64,
    /// Most copies riding in plasma (per mL).
    pub highest_per_ml: Band,
}

/// A day of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BloodPoint {
    /// Day.
    pub day: f64,
    /// Per mL of plasma.
    pub per_ml: Band,
}
