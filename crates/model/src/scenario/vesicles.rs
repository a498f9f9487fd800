//! Cargo, vesicle populations, how they move, are made and are taken up.

use super::{CargoId, CellTypeId, Loaded, Mode, PopulationId, ProductRecord};
use serde::{Deserialize, Serialize};

/// A molecule or ligand carried by vesicles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cargo {
    /// Name ("mir_21", "growth_ligand").
    pub name: String,
    /// Class.
    pub class: CargoClass,
    /// Loss inside a vesicle (1/min).
    pub decay_inside: f64,
    /// Loss in the recipient's cytosol (1/min).
    pub decay_cytosol: f64,
    /// Loss as a free molecule in tissue (1/min), for the `soluble` arm.
    pub decay_free: f64,
    /// Diffusion as a free molecule (um²/min), for the `soluble` arm.
    pub diffusion_free: f64,
}

/// Classes of cargo: they differ in where they ride and how their copies are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CargoClass {
    /// Soluble protein in the lumen; copies Poisson; scales with lumen volume.
    Protein,
    /// Lipid of the membrane; scales with area.
    Lipid,
    /// Messenger RNA; zero-inflated.
    Mrna,
    /// microRNA; zero-inflated.
    Mirna,
    /// DNA; zero-inflated.
    Dna,
    /// Ligand on the outer surface; acts without uptake; scales with area.
    Ligand,
    /// Loaded drug.
    Payload,
}

/// A vesicle population with its three size nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Population {
    /// Name ("endogenous", "msc_exosome").
    pub name: String,
    /// True for vesicles made by the tissue's own cells.
    pub endogenous: bool,
    /// Median of the lognormal diameter (nm), before truncation to 30–200 nm.
    pub median_diameter: f64,
    /// Width of the lognormal (ln units).
    pub ln_sigma: f64,
    /// Copies per vesicle of mean lumen or area, by cargo: those of the parent and those loaded, as the mode has them.
    pub copies: Vec<(CargoId, f64)>,
    /// Copies per loaded vesicle of zero-inflated species.
    pub copies_when_loaded: Vec<(CargoId, f64)>,
    /// Particles per ug of protein (conversion of a dose by mass).
    pub particles_per_ug: f64,
    /// Purity interval of that conversion, low and high.
    pub particles_per_ug_range: (f64, f64),
    /// Fraction of labelled particles lost in storage.
    pub storage_loss: f64,
    /// Fraction lost to the walls of tube and applicator.
    pub adsorption_loss: f64,
    /// Route on the product's label ("topical on wounds"), if it is a product.
    pub label_route: Option<String>,
    /// Factors of its targeting ligand on the binding to cell types; 1 for those not named.
    #[serde(default)]
    pub targeting: Vec<(CellTypeId, f64)>,
    /// What it is for.
    #[serde(default)]
    pub mode: Mode,
    /// What was loaded onto it.
    #[serde(default)]
    pub loaded: Vec<Loaded>,
    /// What is on record of it, if it is a product.
    #[serde(default)]
    pub record: Option<ProductRecord>,
}

impl Population {
    /// Factor of its targeting ligand on the binding to a cell type.
    pub fn targeting_of(&self, cell: CellTypeId) -> f64 {
        self.targeting.iter().find(|(c, _)| *c == cell).map_or(1.0, |(_, f)| *f)
    }
}

/// What the transport of vesicles is made of: one model, three resolutions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// Densities; whole vesicles are drawn at the cells.
    #[default]
    Field,
    /// Whole vesicles by voxel.
    Counts,
    /// Every vesicle's own Brownian path among spheres.
    Particles,
}

impl Resolution {
    /// As written in a scenario.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Counts => "counts",
            Self::Particles => "particles",
        }
    }
}

/// What a face of a box does to vesicles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VesicleBoundary {
    /// A wall; what the flow carries out leaves.
    #[default]
    NoFlux,
    /// What reaches it is gone.
    Absorbing,
    /// Space goes on beyond it (particles only).
    Open,
}

/// How vesicles move, bind and leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesicleTransport {
    /// What is moved.
    pub resolution: Resolution,
    /// Faces of a box: low x, high x, low y, high y, low z, high z.
    pub faces: [VesicleBoundary; 6],
    /// Free diffusion of a 100-nm vesicle in water at 37 °C (um²/min).
    pub diffusion_100nm: f64,
    /// Viscosity of interstitial fluid relative to water at 37 °C.
    pub relative_viscosity: f64,
    /// Hindrance at 100 nm in intact dermis (D/D0).
    pub hindrance_dermis: f64,
    /// … in granulation tissue and clot.
    pub hindrance_granulation: f64,
    /// … in viable epidermis.
    pub hindrance_epidermis: f64,
    /// Fibre radius of the mesh that sets how hindrance changes with size (um).
    pub fibre_radius: f64,
    /// Permeability of intact stratum corneum (um/min).
    pub corneum_permeability: f64,
    /// Binding to the matrix: equilibrium bound share in dermis at low load.
    pub bound_share: f64,
    /// Unbinding from the matrix (1/min).
    pub unbinding: f64,
    /// Release of bound vesicles per unit of MMP (1/min).
    pub mmp_release: f64,
    /// Binding capacity (vesicles/um³).
    pub binding_capacity: f64,
    /// Degradation in tissue fluid (1/min).
    pub degradation: f64,
    /// Interstitial flow in perfused dermis, toward the depth (um/min).
    pub interstitial_flow: f64,
    /// Outward flow in an open wound (um/min).
    pub exudate_flow: f64,
    /// Uptake by blood vessels: permeability × surface of one endothelial cell (um³/min).
    pub vessel_exchange: f64,
    /// Drainage into lymph of perfused dermis (1/min).
    pub lymph_drainage: f64,
}

/// The endosomal chain of one cell type (mechanisms.md §1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Biogenesis {
    /// Population its vesicles belong to.
    pub population: PopulationId,
    /// Secreted at rest (vesicles/min): fixes `fusion`.
    pub secretion: f64,
    /// Maturation time of early endosomes (min).
    pub maturation: f64,
    /// Residence of multivesicular bodies until fusion or lysosome (min).
    pub residence: f64,
    /// Share of bodies that fuse with the plasma membrane.
    pub secretory_share: f64,
    /// Intraluminal vesicles per body at fusion.
    pub vesicles_per_body: f64,
    /// Back-fusion: share of intraluminal vesicles lost to the limiting membrane.
    pub back_fusion: f64,
    /// Branch shares: (ESCRT, ceramide/nSMase2).
    pub branches: (f64, f64),
    /// Share that stays tethered to the cell.
    pub tethered: f64,
    /// Variance over mean of the vesicles per release step (burst dispersion).
    pub dispersion: f64,
    /// Mean time a burst is held at the fusion site (min), 0 for none.
    #[serde(default)]
    pub hold: f64,
    /// Activities, 1 at rest: ESCRT, nSMase2, fusion with the plasma membrane, fusion with lysosomes.
    #[serde(default = "at_rest")]
    pub activities: [f64; 4],
}

fn at_rest() -> [f64; 4] {
    [1.0; 4]
}

/// A cargo species that a cell type loads into its vesicles: what it holds of it, times an enrichment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sorted {
    /// Species.
    pub cargo: CargoId,
    /// What the cell holds.
    pub content: Content,
    /// Relative to passive loading, at rest.
    pub enrichment: f64,
}

/// How much of a cargo species a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// In its cytosol (copies/um³): for cargo of the lumen.
    Cytosol(f64),
    /// In its membranes (copies/um²): for lipids and ligands.
    Membrane(f64),
    /// So much that without enrichment a vesicle has this many copies on average over the sizes of its population.
    PerVesicle(f64),
}

/// Uptake of vesicles by a cell type (mechanisms.md §4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesicleUptake {
    /// Clearance at low load (um³/min per cell).
    pub clearance: f64,
    /// Surface sites (vesicles per cell).
    pub capacity: f64,
    /// Internalisation (1/min).
    pub internalisation: f64,
    /// Unbinding from the surface (1/min).
    pub unbinding: f64,
    /// Lysosomal degradation (1/min).
    pub lysosome: f64,
    /// Fraction of internalised vesicles recycled.
    pub recycled: f64,
    /// Fraction of internalised vesicles whose cargo escapes.
    pub escape: f64,
}
