//! Geometry, immobile matrix and dissolved factors.

use super::{CellTypeId, SubstrateId};
use serde::{Deserialize, Serialize};

/// Geometry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Tissue {
    /// A strip of layered skin.
    Skin(SkinStrip),
    /// A general box without skin.
    Box(TissueBox),
}

/// A vertical strip of skin: x across the wound from its symmetry plane, y one voxel (periodic), z up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SkinStrip {
    /// Length in x (um).
    pub width: f64,
    /// Voxel edge (um).
    pub voxel: f64,
    /// Modelled dermis below the mean height of the basement membrane (um).
    pub dermis: f64,
    /// Viable epidermis (um).
    pub epidermis: f64,
    /// Stratum corneum (um).
    pub stratum_corneum: f64,
    /// Wavelength of the folds of the basement membrane (um).
    pub fold_wavelength: f64,
    /// Amplitude of the folds: half of crest to trough (um).
    pub fold_amplitude: f64,
    /// Room above the surface (um).
    pub air_gap: f64,
    /// Cells at the start, by cell type.
    pub density: Vec<(CellTypeId, Density)>,
}

/// Initial density of a cell type.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Density {
    /// Cells per um² of skin surface.
    PerArea(f64),
    /// Cells per um³ of dermis.
    PerVolume(f64),
}

/// A box of tissue with given boundaries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TissueBox {
    /// Edge lengths (um).
    pub size: [f64; 3],
    /// Voxel edges (um).
    pub voxel: [f64; 3],
    /// Periodic axes.
    pub periodic: [bool; 3],
    /// Velocity of the fluid (um/min).
    pub flow: [f64; 3],
    /// Where cells are put.
    pub placements: Vec<Placement>,
    /// Spheres that absorb vesicles.
    pub absorbers: Vec<Absorber>,
}

/// Cells put into a box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Placement {
    /// One cell at each position (um).
    At {
        /// Cell type.
        cell: CellTypeId,
        /// Positions (um).
        positions: Vec<[f64; 3]>,
    },
    /// `count` cells packed at random in a region.
    Random {
        /// Cell type.
        cell: CellTypeId,
        /// How many.
        count: usize,
        /// Lower corner (um).
        low: [f64; 3],
        /// Upper corner (um).
        high: [f64; 3],
    },
}

/// A sphere whose surface absorbs vesicles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Absorber {
    /// Name for the record.
    pub name: String,
    /// Centre (um).
    pub centre: [f64; 3],
    /// Radius (um).
    pub radius: f64,
    /// Surface reactivity κ (um/min); infinite for a perfect absorber.
    pub kappa: f64,
}

/// Matrix at the start and its turnover; amounts relative to intact dermis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Collagen I in intact dermis.
    pub collagen1: f64,
    /// Collagen III in intact dermis.
    pub collagen3: f64,
    /// Fibrin in intact dermis.
    pub fibrin: f64,
    /// Collagen at which a wound's cells stop laying it down, relative to intact collagen.
    pub ceiling: f64,
    /// Loss of newly laid collagen per unit of MMP (1/min).
    pub collagen_turnover: f64,
    /// Loss of fibrin per unit of MMP (1/min).
    pub fibrinolysis: f64,
    /// Loss of debris without phagocytes (1/min).
    pub debris_clearance: f64,
    /// The substrate that cuts it (MMP); without one, losses run as at level 1.
    pub protease: Option<SubstrateId>,
}

/// A dissolved factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Substrate {
    /// Name.
    pub name: String,
    /// Concentration unit as written ("ng/mL", "mmHg", "1").
    pub unit: String,
    /// Free diffusion in tissue (um²/min).
    pub diffusion: f64,
    /// First-order loss (1/min).
    pub decay: f64,
    /// Level in resting tissue (unit): production in intact tissue balances decay there.
    pub resting: f64,
    /// Saturable use by living tissue (unit/min), 0 for none.
    pub consumption: f64,
    /// Half-saturation of the use (unit).
    pub half_saturation: f64,
    /// Level at the uncovered top surface (unit), if the air supplies it.
    pub air: Option<f64>,
    /// Permeability of the intact surface (stratum corneum) to it (um/min), if `air` is given.
    pub air_permeability: f64,
    /// Permeability of the surface of an open wound (scab, exudate) to it (um/min), if `air` is given.
    pub wound_air_permeability: f64,
    /// Level in the blood (unit), if vessels exchange it.
    pub blood: Option<f64>,
    /// Permeability × surface of one endothelial cell (um³/min), if `blood` is given.
    pub vessel_exchange: f64,
    /// Amount stored in the clot when a wound is cut: its level there at once (unit) …
    pub clot_burst: f64,
    /// … and the rate at which the clot lets it go (1/min).
    pub clot_release: f64,
    /// Factor on every cell's secretion of this substrate (disease levers), 1 for none.
    pub production_factor: f64,
    /// Boundaries of a box, per face; faces not named are closed.
    pub boundaries: Vec<(Side, SubstrateBoundary)>,
}

/// A face of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Side {
    XMin,
    XMax,
    YMin,
    YMax,
    ZMin,
    ZMax,
}

/// What holds at a face of a box.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubstrateBoundary {
    /// Nothing passes.
    NoFlux,
    /// A fixed level (unit).
    Value(f64),
    /// Outflow: what arrives with the flow leaves.
    Outflow,
}
