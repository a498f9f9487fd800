//! Cargo, vesicle populations, their transport, uptake and biogenesis.

use super::Default::{Absent, Is, Required, RequiredInSkin};
use super::Limit::{Fraction, NonNegative, Positive};
use super::product::{LOADED, MODE, PRODUCT_RECORD};
use super::{Field, Kind, Names, Nature, Number, bio, flag, number, text};

pub(super) const CARGO: &[Field] = &[
    Field::new(
        "class",
        Kind::Choice(&["protein", "lipid", "mrna", "mirna", "dna", "ligand", "payload"]),
        Required,
        "class: decides where it rides and how copies are distributed",
    ),
    bio("decay_inside", "1/min", "0.02 1/h", NonNegative, Required, "loss inside a vesicle"),
    bio("decay_cytosol", "1/min", "0.03 1/h", NonNegative, Required, "loss in the recipient's cytosol"),
    bio("decay_free", "1/min", "0.7 1/h", NonNegative, Required, "loss as a free molecule (arm `soluble`)"),
    bio(
        "diffusion_free",
        "um^2/min",
        "60 um^2/s",
        NonNegative,
        Required,
        "diffusion as a free molecule (arm `soluble`)",
    ),
];

const COPIES: Number = number("1|copies", "10 copies", NonNegative, Nature::Biology);

pub(super) const VESICLE: &[Field] = &[
    flag("endogenous", Is("false"), "made by the tissue's own cells (at most one population)"),
    text("label_route", Absent, "route on the product's label; \"topical on wounds\" allows a dressing"),
    bio(
        "median_diameter",
        "nm",
        "110 nm",
        Positive,
        Required,
        "median of the lognormal diameter before truncation to 30–200 nm",
    ),
    bio("ln_sigma", "1", "0.226", NonNegative, Required, "width of the lognormal, in ln units"),
    Field::new(
        "copies",
        Kind::NumberOf(Names::Cargo, COPIES),
        Absent,
        "of a product: mean copies per vesicle of mean size, by cargo; none of what is not named (the tissue's own vesicles carry what `content` of their cells says)",
    ),
    Field::new(
        "copies_when_loaded",
        Kind::NumberOf(Names::Cargo, COPIES),
        Absent,
        "copies in a loaded vesicle of zero-inflated cargo (mrna, mirna, dna); 1 where not named",
    ),
    bio(
        "particles_per_ug",
        "particles/ug",
        "5e9 particles/ug",
        Positive,
        Absent,
        "particles per protein mass; required where a dose or a half-effect dose is given by mass",
    ),
    Field::new(
        "targeting",
        Kind::NumberOf(Names::Cell, number("1", "3", NonNegative, Nature::Biology)),
        Absent,
        "factor of its targeting ligand on the binding to cells with the receptor; 0 = not bound; 1 where not named",
    ),
    MODE,
    LOADED,
    PRODUCT_RECORD,
    bio("storage_loss", "1", "0.3", Fraction, Is("0"), "fraction of labelled particles lost in storage"),
    bio(
        "adsorption_loss",
        "1",
        "0.2",
        Fraction,
        Is("0"),
        "fraction lost to the walls of tube and applicator",
    ),
];

/// Words of `transport.resolution`, in the order of `Resolution`.
const RESOLUTIONS: &[&str] = &["field", "counts", "particles"];
/// Words of `transport.boundary.FACE`, in the order of `VesicleBoundary`.
const FACES: &[&str] = &["no_flux", "absorbing", "open"];

const fn face(key: &'static str) -> Field {
    Field::new(
        key,
        Kind::Choice(FACES),
        Is("no_flux"),
        "no_flux: a wall, through which only the flow leaves; absorbing: what reaches it is gone; open: space goes on \
         (particles only)",
    )
}

const BOUNDARY: &[Field] =
    &[face("x_min"), face("x_max"), face("y_min"), face("y_max"), face("z_min"), face("z_max")];

pub(super) const TRANSPORT: &[Field] = &[
    Field::new(
        "resolution",
        Kind::Choice(RESOLUTIONS),
        Is("field"),
        "what is moved: densities, whole vesicles by voxel, or every vesicle by itself; the last two in a box",
    ),
    Field::new("boundary", Kind::Group(BOUNDARY), Absent, "what the faces of the box do to vesicles").boxed(),
    bio(
        "diffusion_100nm",
        "um^2/min",
        "6.57 um^2/s",
        Positive,
        Required,
        "free diffusion of a 100-nm vesicle in water at 37 °C",
    ),
    bio(
        "relative_viscosity",
        "1",
        "1.3",
        Positive,
        RequiredInSkin("1"),
        "viscosity of interstitial fluid relative to water",
    ),
    bio("hindrance", "1", "0.2", Fraction, Is("1"), "hindrance D/D0 at 100 nm in a box; 1 = none").boxed(),
    bio("hindrance_dermis", "1", "0.05", Fraction, Required, "hindrance D/D0 at 100 nm in intact dermis")
        .skin(),
    bio("hindrance_granulation", "1", "0.2", Fraction, Required, "… in granulation tissue and clot").skin(),
    bio("hindrance_epidermis", "1", "1e-4", Fraction, Required, "… in viable epidermis").skin(),
    bio(
        "fibre_radius",
        "um",
        "20 nm",
        NonNegative,
        RequiredInSkin("0"),
        "fibre radius of the mesh: sets how hindrance changes with size",
    ),
    bio(
        "corneum_permeability",
        "um/min",
        "1e-9 cm/s",
        NonNegative,
        Required,
        "permeability of intact stratum corneum",
    )
    .skin(),
    bio(
        "bound_share",
        "1",
        "0.7",
        Fraction,
        RequiredInSkin("0"),
        "share bound to the matrix at equilibrium, at low load",
    ),
    bio("unbinding", "1/min", "1e-4 1/s", NonNegative, RequiredInSkin("0"), "unbinding from the matrix"),
    bio(
        "mmp_release",
        "1/min",
        "0.01 1/h",
        NonNegative,
        RequiredInSkin("0"),
        "release of bound vesicles per unit of MMP",
    ),
    bio(
        "binding_capacity",
        "particles/um^3",
        "5 particles/um^3",
        NonNegative,
        RequiredInSkin("0"),
        "binding capacity of the matrix",
    ),
    bio("degradation", "1/min", "0.02 1/h", NonNegative, RequiredInSkin("0"), "degradation in tissue fluid"),
    bio(
        "interstitial_flow",
        "um/min",
        "0.6 um/s",
        NonNegative,
        Required,
        "interstitial flow in perfused dermis",
    )
    .skin(),
    bio(
        "exudate_flow",
        "um/min|g/cm^2/d",
        "0.5 g/cm^2/d",
        NonNegative,
        Required,
        "outward flow in an open wound; mass per area and time is read as water, 1 g/cm3",
    )
    .skin(),
    bio(
        "vessel_exchange",
        "um^3/cell/min|um^3/min",
        "1e3 um^3/h",
        NonNegative,
        Required,
        "permeability × surface of one endothelial cell",
    )
    .skin(),
    bio(
        "lymph_drainage",
        "1/min",
        "0.02 1/h",
        NonNegative,
        Required,
        "drainage into lymph of perfused dermis",
    )
    .skin(),
];

pub(super) const UPTAKE: &[Field] = &[
    bio(
        "clearance",
        "um^3/cell/min|um^3/min",
        "1e-7 mL/h/cell",
        NonNegative,
        Required,
        "clearance at low load",
    ),
    bio(
        "capacity",
        "1|EV|1/min|EV/min",
        "5000 EV/cell",
        Positive,
        Required,
        "surface sites; a saturated uptake per time (\"EV/cell/24 h\") is divided by `internalisation`",
    ),
    bio(
        "internalisation",
        "1/min",
        "0.5 1/h",
        Positive,
        Required,
        "internalisation of surface-bound vesicles",
    ),
    bio("unbinding", "1/min", "0.5 1/h", NonNegative, Required, "unbinding from the surface"),
    bio("lysosome", "1/min", "0.15 1/h", NonNegative, Required, "lysosomal degradation"),
    bio("recycled", "1", "0.2", Fraction, Required, "fraction of internalised vesicles released again"),
    bio("escape", "1", "0.005", Fraction, Required, "fraction of internalised vesicles whose cargo escapes"),
];

pub(super) const BIOGENESIS: &[Field] = &[
    Field::new("population", Kind::Name(Names::Vesicle), Required, "population that the vesicles belong to"),
    bio(
        "secretion",
        "1/min|EV/min",
        "60 EV/cell/h",
        NonNegative,
        Absent,
        "secreted at rest; a cell type without it makes none",
    ),
    bio("maturation", "min", "15 min", Positive, Required, "maturation time of early endosomes"),
    bio("residence", "min", "60 min", Positive, Required, "residence of multivesicular bodies"),
    bio(
        "secretory_share",
        "1",
        "0.1",
        Fraction,
        Required,
        "share of bodies that fuse with the plasma membrane",
    ),
    bio(
        "vesicles_per_body",
        "1|ILV",
        "30 ILV/MVB",
        Positive,
        Required,
        "intraluminal vesicles per body at fusion",
    ),
    bio(
        "back_fusion",
        "1",
        "0.1",
        Fraction,
        Required,
        "share of intraluminal vesicles lost to the limiting membrane",
    ),
    bio(
        "ceramide_share",
        "1",
        "0.5",
        Fraction,
        Required,
        "share of the ceramide branch; a ledger row in \"fraction remaining\" is read as 1 − its value",
    ),
    bio("tethered", "1", "0.2", Fraction, Required, "share that stays tethered to the cell"),
    bio(
        "hold",
        "min",
        "107 s",
        NonNegative,
        Is("0"),
        "mean time a burst is held at the fusion site; 0 = let go at once",
    ),
    bio("escrt", "1", "0", NonNegative, Is("1"), "activity of the ESCRT branch; 0 = knocked out"),
    bio("nsmase2", "1", "0", NonNegative, Is("1"), "activity of nSMase2, the ceramide branch; 0 = blocked"),
    bio("rab27", "1", "0.5", NonNegative, Is("1"), "activity of fusion with the plasma membrane"),
    bio("lysosome_fusion", "1", "0.4", NonNegative, Is("1"), "activity of fusion with lysosomes"),
    bio(
        "dispersion",
        "1|ILV",
        "30",
        Positive,
        Required,
        "variance over mean of the vesicles released per step",
    ),
];
