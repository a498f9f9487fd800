//! Geometry, matrix, substrates.

use super::Default::{Absent, Is, Required};
use super::Limit::{Any, NonNegative, NonNegativeOrInf, Positive};
use super::{Field, Kind, Names, Nature, Number, bio, design, number, text};

const LENGTH: Number = number("um", "100 um", Positive, Nature::Design);
const POSITION: Number = number("um", "10 um", Any, Nature::Design);

const FOLD: &[Field] = &[
    bio("wavelength", "um", "100 um", Positive, Required, "wavelength of the folds of the basement membrane"),
    bio("amplitude", "um", "27 um", NonNegative, Required, "half of crest to trough; 0 = flat"),
];

pub(super) const TISSUE: &[Field] = &[
    Field::new("kind", Kind::Choice(&["skin", "box"]), Required, "a strip of layered skin, or a general box"),
    Field::new("voxel", Kind::Voxel(LENGTH), Required, "edge of a voxel; a box takes one or three"),
    design("width", "um", "6 mm", Positive, Required, "length in x from the symmetry plane").skin(),
    design("dermis", "um", "300 um", Positive, Required, "modelled depth below the basement membrane").skin(),
    bio("epidermis", "um", "20 um", Positive, Required, "viable epidermis").skin(),
    bio("stratum_corneum", "um", "8 um", Positive, Required, "stratum corneum").skin(),
    Field::new("fold", Kind::Group(FOLD), Required, "folds of the basement membrane").skin(),
    design("air_gap", "um", "13 um", Positive, Required, "room above the surface").skin(),
    Field::new(
        "density",
        Kind::NumberOf(
            Names::Cell,
            number("cells/um^2|cells/um^3", "2000 cells/mm2", NonNegative, Nature::Biology),
        ),
        Absent,
        "cells at the start, per surface or per dermis volume; types not named start with none",
    )
    .skin(),
    Field::new("size", Kind::Vector(LENGTH), Required, "edges of the box").boxed(),
    Field::new("periodic", Kind::Flags3, Is("[false, false, false]"), "periodic axes").boxed(),
    Field::new(
        "flow",
        Kind::Vector(number("um/min", "0.6 um/s", Any, Nature::Design)),
        Is("[0, 0, 0]"),
        "velocity of the fluid",
    )
    .boxed(),
];

pub(super) const PLACE: &[Field] = &[
    Field::new("cell", Kind::Name(Names::Cell), Required, "cell type"),
    Field::new("at", Kind::Points(POSITION), Absent, "one cell at each point; or `count`"),
    Field::new(
        "count",
        Kind::Whole(0, 100_000_000),
        Absent,
        "cells packed at random between `low` and `high`",
    ),
    Field::new("low", Kind::Vector(POSITION), Absent, "lower corner; without it that of the box"),
    Field::new("high", Kind::Vector(POSITION), Absent, "upper corner; without it that of the box"),
];

pub(super) const ABSORBER: &[Field] = &[
    Field::new("centre", Kind::Vector(POSITION), Required, "centre"),
    design("radius", "um", "5 um", Positive, Required, "radius"),
    design(
        "kappa",
        "um/min",
        "0.1 um/s",
        NonNegativeOrInf,
        Required,
        "surface reactivity; \"inf\" for a perfect absorber",
    ),
];

pub(super) const MATRIX: &[Field] = &[
    Field::new(
        "protease",
        Kind::Name(Names::Substrate),
        Absent,
        "substrate that cuts the matrix; without one, losses run as at level 1",
    ),
    bio("collagen1", "1", "1.0", NonNegative, Required, "collagen I in intact dermis"),
    bio("collagen3", "1", "0.25", NonNegative, Required, "collagen III in intact dermis"),
    bio("fibrin", "1", "0.0", NonNegative, Is("0"), "fibrin in intact dermis"),
    bio(
        "ceiling",
        "1",
        "1.0",
        Positive,
        Required,
        "collagen at which cells of a wound stop laying it down, relative to intact collagen",
    ),
    bio(
        "collagen_turnover",
        "1/min",
        "0.02 1/d",
        NonNegative,
        Required,
        "loss of newly laid collagen per unit of MMP",
    ),
    bio("fibrinolysis", "1/min", "0.15 1/d", NonNegative, Required, "loss of fibrin per unit of MMP"),
    bio("debris_clearance", "1/min", "0.004 1/h", NonNegative, Required, "loss of debris without phagocytes"),
];

const LEVEL: Number = number("{substrate}", "5 ng/mL", NonNegative, Nature::Biology);

pub(super) const SUBSTRATE: &[Field] = &[
    text("unit", Required, "its concentration unit, kept as it is: \"ng/mL\", \"mmHg\", \"1\""),
    bio("diffusion", "um^2/min", "80 um^2/s", NonNegative, Required, "free diffusion in tissue"),
    bio("decay", "1/min", "2e-4 1/s", NonNegative, Required, "first-order loss"),
    Field::new(
        "resting",
        Kind::Number(LEVEL),
        Required,
        "level in resting tissue: production in intact tissue balances decay there",
    ),
    bio(
        "consumption",
        "{substrate}/min",
        "0.8 mmHg/s",
        NonNegative,
        Is("0"),
        "saturable use by living tissue; another concentration per time is divided by `solubility`",
    ),
    bio(
        "solubility",
        "{any}/{substrate}",
        "1.3 uM/mmHg",
        Positive,
        Absent,
        "concentration per unit of the substrate",
    ),
    bio(
        "half_saturation",
        "{substrate}",
        "1 mmHg",
        NonNegative,
        Is("0"),
        "half-saturation of the use; required with it",
    ),
    Field::new("air", Kind::Number(LEVEL), Absent, "level at the uncovered surface, if the air supplies it")
        .skin(),
    bio(
        "air_permeability",
        "um/min",
        "8 um/s",
        NonNegative,
        Is("0"),
        "permeability of the intact surface; required with `air`",
    )
    .skin(),
    bio(
        "wound_air_permeability",
        "um/min",
        "0.5 um/s",
        NonNegative,
        Is("0"),
        "permeability of the surface of an open wound; required with `air`",
    )
    .skin(),
    Field::new("blood", Kind::Number(LEVEL), Absent, "level in the blood, if vessels exchange it").skin(),
    bio(
        "vessel_exchange",
        "um^3/cell/min|um^3/min",
        "2e4 um^3/s",
        NonNegative,
        Is("0"),
        "permeability × surface of one endothelial cell; required with `blood`",
    )
    .skin(),
    Field::new(
        "clot_burst",
        Kind::Number(LEVEL),
        Is("0"),
        "level stored in the clot of a fresh wound; 0 = none",
    )
    .skin(),
    bio(
        "clot_release",
        "1/min",
        "0.5 1/d",
        NonNegative,
        Is("0"),
        "rate at which the clot lets it go; required with `clot_burst`",
    )
    .skin(),
    bio(
        "production_factor",
        "1",
        "4",
        NonNegative,
        Is("1"),
        "factor on every cell's secretion of it; 1 = none",
    ),
    Field::new(
        "boundary",
        Kind::Boundary(LEVEL),
        Absent,
        "what holds at a face of the box; faces not named are closed",
    )
    .boxed(),
];
