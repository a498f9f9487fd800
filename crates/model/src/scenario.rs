//! The checked scenario: what is simulated, as plain data.
//!
//! Everything here has passed the checks of [`crate::compile`]: names are resolved to indices, units are converted
//! to um, min, particles (a substrate keeps its own concentration unit), ledger references are numbers with their
//! [`Provenance`]. Nothing downstream checks again. The struct holds no mesh and runs nothing.

use serde::{Deserialize, Serialize};

/// Index of a substrate in [`Scenario::substrates`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubstrateId(pub usize);

/// Index of a cell type in [`Scenario::cells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CellTypeId(pub usize);

/// Index of a vesicle population in [`Scenario::vesicles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PopulationId(pub usize);

/// Index of a cargo species in [`Scenario::cargo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CargoId(pub usize);

/// A scenario, complete and checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// Short name (`diabetic-wound`), used for folders.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// The question the run answers.
    pub question: Question,
    /// Species of the profile ("mouse", "human", or what the file says).
    pub species: String,
    /// Simulated time after the events' day 0 (min).
    pub horizon: f64,
    /// Time run before day 0 without events, shared by all arms (min).
    pub burn_in: f64,
    /// Default number of replicates.
    pub replicates: u32,
    /// Default seed.
    pub seed: u64,
    /// Geometry and what fills it.
    pub tissue: Tissue,
    /// Immobile matrix (collagen, fibrin, debris).
    pub matrix: Matrix,
    /// Dissolved factors, in the file's order.
    pub substrates: Vec<Substrate>,
    /// Cargo species carried by vesicles.
    pub cargo: Vec<Cargo>,
    /// Vesicle populations: the skin's own (at most one, `endogenous`) and the products.
    pub vesicles: Vec<Population>,
    /// How vesicles move, bind and leave in each layer.
    pub transport: VesicleTransport,
    /// Forces between cells.
    pub mechanics: CellMechanics,
    /// Cell types, in the file's order.
    pub cells: Vec<CellType>,
    /// Rules: signal → behaviour.
    pub rules: Vec<Rule>,
    /// Factor on every exosome effect (`CAL`); 1 unless the scenario says otherwise.
    pub potency: f64,
    /// Recruitment of cells from the blood.
    pub recruitment: Vec<Recruitment>,
    /// Wound, dressing, one-off releases.
    pub events: Vec<Event>,
    /// Arms, in the file's order.
    pub arms: Vec<Arm>,
    /// What is read off.
    pub endpoints: Vec<Endpoint>,
    /// What is recorded, and how often.
    pub recording: Recording,
    /// Inputs varied one at a time for the report: ledger keys as "@key", or paths of literals that have a range.
    pub sensitivity: Vec<String>,
    /// Settings ("path=value") that make the healthy counterpart of need gates out of this scenario; empty where the
    /// scenario is healthy itself.
    pub counterpart: Vec<String>,
    /// Published numbers shown beside the result.
    pub comparisons: Vec<Comparison>,
    /// Steps of the loops.
    pub steps: Steps,
    /// Where each number came from, in the file's order.
    pub provenance: Vec<Provenance>,
}

/// The question: what the report's first lines answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// In words, ending with a question mark.
    pub text: String,
    /// Who or what: "db/db mouse, 6-mm full-thickness excision, unsplinted".
    pub population: String,
    /// Outcome: "area closed at day 13".
    pub outcome: String,
    /// What it is compared with: "the same gel without vesicles".
    pub comparator: String,
}

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
    /// Copies per vesicle of mean lumen or area, by cargo.
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
}

/// How vesicles move, bind and leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VesicleTransport {
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

/// Forces between cells: overdamped, centre-based, of compact support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellMechanics {
    /// Stiffness over drag: rate at which two overlapping cells part (1/min).
    pub stiffness: f64,
    /// Cubic part of the stiffness (1/min).
    pub stiffness_cubic: f64,
    /// Largest attraction over drag between cells of adhesion 1 (um/min); a pair has the product of their adhesions.
    pub adhesion: f64,
    /// Range of attraction as a multiple of the contact distance.
    pub reach: f64,
    /// Stiffness over drag that holds basal cells to the basement membrane (1/min).
    pub anchoring: f64,
    /// Stiffness over drag of the links by which crawling cells drag each other along (1/min).
    pub link_stiffness: f64,
    /// Gap between neighbours up to which a link bears nothing (um).
    pub link_slack: f64,
    /// Gap beyond which neighbours are not linked (um).
    pub link_reach: f64,
    /// Error in position allowed to a substep (um): numerics.
    pub tolerance: f64,
    /// Speed below which a cell comes to rest and sleeps (um/min): numerics.
    pub rest_speed: f64,
}

/// A cell type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellType {
    /// Name ("kc_ta").
    pub name: String,
    /// Name for people ("transit-amplifying keratinocyte").
    pub label: String,
    /// Where it lives.
    pub place: Place,
    /// Radius at rest (um).
    pub radius: f64,
    /// Adhesion, relative; a pair has the product.
    pub adhesion: f64,
    /// Stiffness against other cells, relative; a pair has the product. 0 for cells that squeeze through.
    pub stiffness: f64,
    /// Base speed (um/min), persistence time (min).
    pub speed: f64,
    /// Persistence of the walk (min).
    pub persistence: f64,
    /// Attraction up the gradients of substrates: weight 0–1 of direction.
    pub chemotaxis: Vec<(SubstrateId, f64)>,
    /// Share of the direction that chemotaxis decides (0–1).
    pub bias: f64,
    /// Crawls from a free edge over the bed with its neighbours (keratinocytes).
    pub crawls: bool,
    /// Distance over which the free edge is felt through neighbours (um), if it crawls.
    pub edge_reach: f64,
    /// Base division rate (1/min).
    pub division: f64,
    /// Least time between divisions (min).
    pub refractory: f64,
    /// Pressure at which division is halved (overlap units); infinite for none.
    pub pressure_half: f64,
    /// How sharply division falls about that pressure (Hill exponent).
    pub pressure_exponent: f64,
    /// Time constant with which a cell takes its type's size (min), 0 for at once.
    pub growth: f64,
    /// Base death rate (1/min).
    pub death: f64,
    /// Time an apoptotic cell takes to shrink and vanish (min), 0 for at once.
    pub apoptosis: f64,
    /// Fates, each with its rate or trigger.
    pub fates: Vec<Fate>,
    /// Secretion (substrate unit × um³/min per cell).
    pub secretion: Vec<(SubstrateId, f64)>,
    /// Uptake of substrates (um³/min per cell).
    pub uptake: Vec<(SubstrateId, f64)>,
    /// Laying down of collagen I, III (intact units × um³/min per cell).
    pub collagen1: f64,
    /// Collagen III likewise.
    pub collagen3: f64,
    /// Clearance of debris (um³/min per cell).
    pub phagocytosis: f64,
    /// Rate at which the pro-repair score rises (1/min), for macrophages.
    pub polarisation: f64,
    /// Pro-repair score on arrival (0 pro-inflammatory – 1 pro-repair).
    pub polarisation_start: f64,
    /// Pro-repair score of cells resident in resting tissue.
    pub polarisation_resident: f64,
    /// Lines vessels: exchanges with the blood, and recruited cells enter beside it.
    pub vessel: bool,
    /// Contractile: counts as 1 myofibroblast in wound contraction.
    pub contractile: bool,
    /// Biogenesis of vesicles, if it makes any.
    pub biogenesis: Option<Biogenesis>,
    /// Uptake of vesicles.
    pub vesicle_uptake: VesicleUptake,
}

/// Where cells of a type live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Held on the basement membrane.
    Basal,
    /// In the epidermis, above the basement membrane.
    Suprabasal,
    /// In the stratum corneum.
    Corneal,
    /// In the dermis.
    Dermal,
    /// Anywhere.
    Free,
}

/// A change of type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fate {
    /// What it becomes; `None` is shed or removed.
    pub to: Option<CellTypeId>,
    /// What sets it off.
    pub trigger: FateTrigger,
}

/// What sets a change of type off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FateTrigger {
    /// A constant rate (1/min) that rules may change (behaviour `fate:<to>`).
    Rate(f64),
    /// At division, the daughter becomes it with this probability.
    OnDivision(f64),
    /// At division, both daughters become it with this probability.
    OnDivisionBoth(f64),
    /// After this many divisions of its line.
    AfterDivisions(u32),
    /// When pushed this far (um) above the basement membrane.
    Height(f64),
    /// After this time in its type (min), exponentially spread about its mean.
    Age(f64),
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

/// A rule: a signal changes a behaviour of a cell type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Name.
    pub name: String,
    /// Cell types it applies to.
    pub cells: Vec<CellTypeId>,
    /// Signal.
    pub signal: Signal,
    /// Behaviour.
    pub behaviour: Behaviour,
    /// Fold of the base at saturation (above 1 promotes, below 1 inhibits) or, where `absolute`, the value there.
    pub saturation: f64,
    /// `saturation` is a value of the behaviour, in its internal unit, rather than a fold.
    pub absolute: bool,
    /// Signal at half effect.
    pub half: f64,
    /// Hill exponent.
    pub exponent: f64,
    /// The absence of the signal acts: 1 − Hill.
    pub falling: bool,
    /// The rule's fold multiplies the combined value of the others instead of joining their Hill sum.
    pub multiply: bool,
    /// Relaxation time of the memory (min), 0 for none.
    pub memory: f64,
    /// Exosome rule: multiplied by potency, applied after all others, silent where the product is inert.
    pub exosome: bool,
    /// Need gate of an exosome rule.
    pub need: Need,
}

/// Need gate of an exosome rule (mechanisms.md §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// No gate.
    None,
    /// Acts in proportion to max(0, 1 − d/d₀).
    Deficit,
    /// Acts in proportion to max(0, 1 − d₀/d).
    Excess,
}

/// What a rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Signal {
    /// Concentration of a substrate at the cell (its unit).
    Substrate(SubstrateId),
    /// Free-edge state of the cell, 0–1.
    FreeEdge,
    /// Mechanical pressure (overlap units).
    Pressure,
    /// Debris in the voxel, 0–1.
    Debris,
    /// Matrix a cell can walk on in its voxel: collagen + fibrin, intact dermis = 1.
    Bed,
    /// Collagen I in the voxel.
    Collagen,
    /// The cell's own pro-repair score (macrophages; 0 for other types).
    Polarisation,
    /// Share of surface sites occupied by vesicles of a population, 0–1.
    Occupancy(PopulationId),
    /// Copies of a cargo species in the cytosol.
    Cargo(CargoId),
    /// Age of the cell (min).
    Age,
}

/// What a rule changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Behaviour {
    /// Speed of the walk or of crawling.
    Speed,
    /// Rate of division.
    Division,
    /// Rate of death.
    Death,
    /// Share of the direction decided by chemotaxis.
    Bias,
    /// Secretion of one substrate.
    Secretion(SubstrateId),
    /// Collagen I laid down.
    Collagen1,
    /// Collagen III laid down.
    Collagen3,
    /// Rate of the change of type with this target.
    Fate(CellTypeId),
    /// Rate of polarisation to the pro-repair state.
    Polarisation,
    /// Release of vesicles.
    Release,
    /// Uptake of vesicles.
    Uptake,
    /// Clearance of debris.
    Phagocytosis,
}

/// Cells entering a wound: from vessels (neutrophils, monocytes → macrophages) or from its base (fibroblasts, sprouts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recruitment {
    /// Cell type that enters.
    pub cell: CellTypeId,
    /// Where it enters.
    pub entry: Entry,
    /// Entry without signal: cells/min per um of wound edge (vessels) or per um² of wound base (base).
    pub base: f64,
    /// Entry at saturation (same unit).
    pub saturation: f64,
    /// Signal averaged over the wound and its margin.
    pub signal: Signal,
    /// Signal at half effect.
    pub half: f64,
    /// Hill exponent.
    pub exponent: f64,
    /// Margin of tissue outside the wound that recruits (um).
    pub margin: f64,
    /// Spread of the entry points around a vessel, along each axis (um).
    pub scatter: f64,
}

/// Where recruited cells enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// At vessels of the wound's margin and bed; rates are per length of wound edge ("20 cells/mm/h").
    Vessels,
    /// At the lower boundary of the wound (fascia, panniculus); rates are per area ("5 cells/mm2/h").
    Base,
}

/// Something that happens to the tissue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A full-thickness excision.
    Wound(Wound),
    /// A hydrogel dressing that releases a product.
    Dressing(Dressing),
    /// A one-off release of vesicles in a box.
    Release(Release),
}

/// A full-thickness excision centred on x = 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wound {
    /// Time (min after day 0).
    pub time: f64,
    /// Radius (um): cells and matrix with x below it are removed.
    pub radius: f64,
    /// Fibrin of the clot that fills it (intact units).
    pub clot_fibrin: f64,
    /// Debris at once (0–1).
    pub debris: f64,
    /// Contraction: edge speed per myofibroblast density (um/min per (cell/um²) of bed surface).
    pub contraction: f64,
    /// Width of the skin beside the bed whose myofibroblasts pull too (um).
    pub contraction_margin: f64,
    /// Splint: 0 none – 1 no contraction.
    pub splint: f64,
    /// Distance from the edge over which surface cells are torn off with the cut (um).
    pub edge_loss: f64,
}

/// A hydrogel dressing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dressing {
    /// Time of application (min after day 0).
    pub time: f64,
    /// Product in it.
    pub product: PopulationId,
    /// Dose as particles per um² of wound, as labelled.
    pub dose: f64,
    /// The dose as written ("100 ug/cm^2").
    pub dose_text: String,
    /// Whether the dose was given by protein mass (then purity matters).
    pub by_mass: bool,
    /// Thickness of the gel (um).
    pub thickness: f64,
    /// Diffusion of a 100-nm vesicle in the gel (um²/min).
    pub gel_diffusion: f64,
    /// Release law.
    pub release: ReleaseLaw,
    /// Vesicle loss inside the gel at 37 °C (1/min).
    pub degradation: f64,
    /// The dressing keeps the air's oxygen out.
    pub occlusive: bool,
    /// Time between changes of the dressing (min); `None` for one application.
    pub every: Option<f64>,
}

/// How a gel lets vesicles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseLaw {
    /// Diffusion out of a slab, sealed at the back (Crank).
    Slab,
    /// First order with the slab's half-time.
    FirstOrder,
}

/// A one-off release of vesicles at a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Time (min).
    pub time: f64,
    /// Population.
    pub population: PopulationId,
    /// Vesicles.
    pub count: f64,
    /// Position (um).
    pub position: [f64; 3],
}

/// An arm of the study: what differs from the scenario's base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Name.
    pub name: String,
    /// What it is for.
    pub kind: ArmKind,
    /// One line for the report.
    pub label: String,
}

/// Standard arms (law 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArmKind {
    /// Wound, no dressing.
    Untreated,
    /// Gel and buffer, no vesicles.
    Vehicle,
    /// The product.
    Exosome,
    /// The product's vesicles inert.
    Null,
    /// The same cargo as free molecules.
    Soluble,
    /// The product's vesicles removed from the preparation: what is dissolved beside them stays (nothing, unless declared).
    Depleted,
    /// Uptake and binding of the product off.
    UptakeBlocked,
    /// Vesicles without lumen cargo.
    Empty,
    /// Lumen cargo without function: in silico identical to `Empty` in effect.
    Scrambled,
    /// No vesicle acts at all, the skin's own included.
    Disposal,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Name ("closure_d13").
    pub name: String,
    /// Name for people.
    pub label: String,
    /// What is measured.
    pub measure: Measure,
    /// When (min after day 0), where a time is meant.
    pub time: Option<f64>,
    /// Published target it is shown beside ("T05_dbdb_control_d13"), if any.
    pub target: Option<String>,
    /// FIT, CHECK or nothing.
    pub role: EndpointRole,
    /// The headline of the report (exactly one).
    pub headline: bool,
}

/// Whether an endpoint was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointRole {
    /// Used to fit.
    Fit,
    /// Compared, never fitted.
    Check,
    /// Neither.
    Report,
}

/// A published number shown beside the result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Name in the file.
    pub name: String,
    /// What it is ("added closure, pooled over animal studies").
    pub what: String,
    /// Target id of data/targets or ledger key.
    pub source: String,
    /// Published value in words, with unit and spread.
    pub published: String,
    /// Endpoint of ours it is compared with, if it can be.
    pub endpoint: Option<String>,
    /// Arm whose value is compared …
    pub arm: Option<String>,
    /// … less this one's, if a difference is compared.
    pub reference: Option<String>,
    /// Accepted band in the endpoint's unit for people.
    pub band: Option<(f64, f64)>,
    /// FIT, CHECK or context.
    pub role: EndpointRole,
    /// Limits of the study, likely cause of a miss.
    pub note: String,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Per cent of the initial wound area closed at a time.
    PercentClosed,
    /// Open area, relative to the start, averaged over the horizon (restricted mean).
    MeanOpenArea,
    /// Time to closure (min), censored at the horizon.
    ClosureTime,
    /// Thickness of the viable epidermis over the healed or intact part (um).
    EpidermalThickness,
    /// Collagen I : III ratio in the wound.
    CollagenRatio,
    /// Collagen in the wound (intact = 1).
    CollagenContent,
    /// Endothelial cells per mm² of section in the wound, relative to intact dermis.
    VesselDensity,
    /// Mean pro-repair score of macrophages in the wound.
    MacrophageScore,
    /// Highest number of neutrophils per mm² of section.
    PeakNeutrophils,
    /// Time of the highest number of neutrophils (min).
    PeakNeutrophilTime,
    /// Time of the highest number of macrophages (min).
    PeakMacrophageTime,
    /// Speed of the epithelial front between the cut and closure or the horizon: median slope of its distance from the
    /// bed's edge.
    FrontSpeed,
    /// Myofibroblasts per mm² of section in the wound.
    MyofibroblastDensity,
    /// Vesicles of the product delivered per um² of wound.
    Delivered,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Interval of the time series (min).
    pub series: f64,
    /// Times of the cell snapshots and fields (min after day 0).
    pub snapshots: Vec<f64>,
    /// Interval of checkpoints (min of simulated time).
    pub checkpoint: f64,
}

/// Steps of the loops (min).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// Phenotype and mechanics interval.
    pub phenotype: f64,
    /// Fields and vesicles; a multiple of `phenotype`.
    pub transport: f64,
}

/// Where a number came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Path in the scenario ("cell.fibroblast.speed").
    pub path: String,
    /// As written ("@sec_fibroblast*0.5").
    pub text: String,
    /// Value in the internal unit.
    pub value: f64,
    /// Origin.
    pub origin: Origin,
    /// Range in the internal unit, if known.
    pub range: Option<(f64, f64)>,
    /// Source file's name and line.
    pub file: String,
    /// 1-based line.
    pub line: usize,
}

/// Origin of a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// A ledger parameter.
    Ledger {
        /// Key.
        key: String,
    },
    /// A fitted value.
    Calibrated {
        /// Key in data/calibration.
        key: String,
    },
    /// A literal of biology: listed as an assumption.
    Assumption,
    /// A choice of the experiment or of numerics (dose, times, mesh), not an assumption of biology.
    Design,
}
