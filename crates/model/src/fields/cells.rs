//! Mechanics, cell types, rules, recruitment.

use super::Default::{Absent, Is, Required, RequiredInSkin};
use super::Limit::{Fraction, NonNegative, Positive, PositiveOrInf};
use super::{Field, Kind, Names, Nature, Number, bio, design, flag, number, text, vesicles};

pub(super) const MECHANICS: &[Field] = &[
    bio("stiffness", "1/min", "0.5 1/min", Positive, Required, "rate at which two overlapping cells part"),
    bio("stiffness_cubic", "1/min", "2 1/min", NonNegative, Is("0"), "cubic part of the stiffness; 0 = none"),
    bio(
        "adhesion",
        "um/min",
        "0.1 um/min",
        NonNegative,
        Is("0"),
        "largest attraction between cells of adhesion 1; 0 = none",
    ),
    bio(
        "reach",
        "1",
        "1.35",
        Positive,
        Is("1"),
        "range of attraction as a multiple of the contact distance; at least 1",
    ),
    bio(
        "anchoring",
        "1/min",
        "1 1/min",
        NonNegative,
        Is("0"),
        "stiffness that holds basal cells to the basement membrane; 0 = none",
    ),
    bio(
        "link_stiffness",
        "1/min",
        "1 1/min",
        NonNegative,
        Is("0"),
        "stiffness of the links by which crawling cells drag each other along; 0 = none",
    ),
    bio(
        "link_slack",
        "um",
        "2 um",
        NonNegative,
        Is("2"),
        "gap between neighbours up to which a link bears nothing",
    ),
    bio("link_reach", "um", "20 um", Positive, Is("20"), "gap beyond which neighbours are not linked"),
    design(
        "tolerance",
        "um",
        "0.25 um",
        Positive,
        Is("0.25"),
        "numerics: error in position allowed to a substep",
    ),
    design(
        "rest_speed",
        "um/min",
        "0.002 um/min",
        NonNegative,
        Is("0.002"),
        "numerics: speed below which a cell rests",
    ),
];

pub(super) const LIFE: &[Field] = &[
    bio(
        "growth",
        "min",
        "320 min",
        NonNegative,
        RequiredInSkin("0"),
        "time constant with which a cell takes its type's size; 0 = at once",
    ),
    bio(
        "pressure_exponent",
        "1",
        "4",
        Positive,
        RequiredInSkin("1"),
        "how sharply division falls about `pressure_half`: 1/(1 + (P/half)^exponent)",
    ),
    bio(
        "apoptosis",
        "min",
        "4 h",
        NonNegative,
        RequiredInSkin("0"),
        "time an apoptotic cell takes to shrink and vanish; 0 = at once",
    ),
    bio(
        "gradient_half",
        "1",
        "0.02",
        NonNegative,
        Is("0"),
        "relative difference of attractant across a cell at which its bias is half; 0 = full however shallow",
    ),
];

const FATE: &[Field] = &[
    bio(
        "rate",
        "1/min",
        "0.01 1/d",
        NonNegative,
        Absent,
        "a rate that rules may change (behaviour `fate:NAME`)",
    ),
    bio(
        "on_division",
        "1",
        "0.8",
        Fraction,
        Absent,
        "probability that the daughter of a division becomes it",
    ),
    bio("age", "min", "16 d", Positive, Absent, "mean time in the type"),
    bio("height", "um", "20 um", Positive, Absent, "distance above the basement membrane"),
    Field::new("after_divisions", Kind::Whole(1, 1000), Absent, "divisions of its line"),
];

const FATE_BOTH: &[Field] =
    &[bio("on_division", "1", "0.1", Fraction, Required, "probability that both daughters become it")];

const PER_CELL_VOLUME: &str = "um^3/cell/min|um^3/min";
const SECRETION: Number =
    number("{substrate}*um^3/cell/min", "0.004 fg/cell/h", NonNegative, Nature::Biology);

/// What vesicles load: cytosol by volume, membrane by area, or copies of a mean vesicle.
const CONTENT: Number =
    number("copies/um^3|copies/um^2|1|copies", "600 copies/um^3", NonNegative, Nature::Biology);

pub(super) const CELL: &[Field] = &[
    text("label", Absent, "name for people; without it the name"),
    Field::new(
        "place",
        Kind::Choice(&["basal", "suprabasal", "corneal", "dermal", "free"]),
        Required,
        "where it lives",
    ),
    bio("radius", "um", "6 um", Positive, Required, "radius at rest"),
    bio("adhesion", "1", "1.0", NonNegative, Is("0"), "adhesion to its own class; 0 = none"),
    bio(
        "stiffness",
        "1",
        "0.3",
        NonNegative,
        Is("1"),
        "stiffness against other cells, relative; 0 squeezes through",
    ),
    bio("speed", "um/min", "12 um/h", NonNegative, Is("0"), "base speed; 0 = stays"),
    bio(
        "persistence",
        "min",
        "3 h",
        NonNegative,
        Is("0"),
        "persistence of the walk; required where the type moves",
    ),
    Field::new(
        "chemotaxis",
        Kind::NumberOf(Names::Substrate, number("1", "1.0", Fraction, Nature::Biology)),
        Absent,
        "weight of attraction up the gradient of a substrate",
    ),
    bio("bias", "1", "0.3", Fraction, Is("0"), "share of the direction that chemotaxis decides"),
    flag("crawls", Is("false"), "crawls from a free edge over the bed with its neighbours"),
    bio(
        "edge_reach",
        "um",
        "200 um",
        NonNegative,
        Is("0"),
        "distance over which the free edge is felt; required with `crawls`",
    ),
    bio("division", "1/min", "0.02 1/d", NonNegative, Is("0"), "base division rate; 0 = does not divide"),
    bio("refractory", "min", "16 h", NonNegative, Is("0"), "least time between divisions"),
    bio(
        "pressure_half",
        "1",
        "0.5",
        PositiveOrInf,
        Is("inf"),
        "pressure at which division is halved; inf = no contact inhibition",
    ),
    bio("pressure_exponent", "1", "4", Positive, Absent, "changes that of `[life]` for this type"),
    bio("gradient_half", "1", "0.02", NonNegative, Absent, "changes that of `[life]` for this type"),
    bio("growth", "min", "320 min", NonNegative, Absent, "changes that of `[life]` for this type"),
    bio("death", "1/min", "0.01 1/d", NonNegative, Is("0"), "base death rate; 0 = none"),
    bio(
        "density_exponent",
        "1",
        "1",
        NonNegative,
        Is("0"),
        "in skin that no wound rouses, death is multiplied by (density / density at the start)^this; 0 = no feedback",
    ),
    bio("apoptosis", "min", "4 h", NonNegative, Absent, "changes that of `[life]` for this type"),
    Field::new("fate", Kind::GroupOf(Names::Fate, FATE), Absent, "changes of type: each has one trigger"),
    Field::new(
        "fate_both",
        Kind::GroupOf(Names::Fate, FATE_BOTH),
        Absent,
        "changes of type of both daughters at a division",
    ),
    Field::new(
        "secretion",
        Kind::NumberOf(Names::Substrate, SECRETION),
        Absent,
        "secretion of a substrate; none of what is not named",
    ),
    Field::new(
        "substrate_uptake",
        Kind::NumberOf(
            Names::Substrate,
            number(PER_CELL_VOLUME, "10 um^3/cell/h", NonNegative, Nature::Biology),
        ),
        Absent,
        "uptake of a substrate; none of what is not named",
    ),
    bio(
        "collagen1",
        PER_CELL_VOLUME,
        "60 um^3/cell/d",
        NonNegative,
        Is("0"),
        "collagen I laid down, intact units × volume",
    ),
    bio("collagen3", PER_CELL_VOLUME, "60 um^3/cell/d", NonNegative, Is("0"), "collagen III laid down"),
    bio("phagocytosis", PER_CELL_VOLUME, "80 um^3/cell/h", NonNegative, Is("0"), "clearance of debris"),
    bio("polarisation", "1/min", "0.1 1/d", NonNegative, Is("0"), "rate at which the pro-repair score rises"),
    bio("polarisation_start", "1", "0.1", Fraction, Is("0"), "pro-repair score on arrival"),
    bio(
        "polarisation_resident",
        "1",
        "0.8",
        Fraction,
        Is("0"),
        "pro-repair score of cells resident in resting tissue",
    ),
    flag("vessel", Is("false"), "lines vessels: exchanges with the blood, recruited cells enter beside it"),
    flag("contractile", Is("false"), "counts as a myofibroblast in wound contraction"),
    flag("uptake_of_vesicles", Is("true"), "false: takes up no vesicles"),
    Field::new("uptake", Kind::Group(vesicles::UPTAKE), Absent, "changes of `[uptake]` for this type"),
    Field::new(
        "biogenesis",
        Kind::Group(vesicles::BIOGENESIS),
        Absent,
        "its secretion, and changes of `[biogenesis]`",
    ),
    Field::new(
        "content",
        Kind::NumberOf(Names::Cargo, CONTENT),
        Absent,
        "what it holds of a cargo, which its vesicles load: per volume of cytosol, for lipid and ligand per area of membrane, or as the copies that a vesicle has of it on average; none of what is not named",
    ),
    Field::new(
        "enrichment",
        Kind::NumberOf(Names::Cargo, number("1", "3", NonNegative, Nature::Biology)),
        Absent,
        "sorting of a cargo into its vesicles relative to passive loading; 1 where not named",
    ),
];

pub(super) const EXOSOME: &[Field] = &[
    bio(
        "potency",
        "1",
        "@cal.potency",
        NonNegative,
        Is("1"),
        "factor on every exosome effect; 1 = as the rules say",
    ),
    bio(
        "chromatin_gain",
        "1",
        "1",
        NonNegative,
        Is("0"),
        "factor on every rule with `chromatin`; 0 = there are none: no source gives a number",
    ),
    flag(
        "bounded",
        Is("false"),
        "exosome effects raise a behaviour no further than its other rules can; one that no other rule raises has no bound",
    ),
];

/// Signals as written.
pub(super) const SIGNALS: &[(&str, Option<Names>)] = &[
    ("substrate", Some(Names::Substrate)),
    ("free_edge", None),
    ("pressure", None),
    ("debris", None),
    ("bed", None),
    ("collagen", None),
    ("polarisation", None),
    ("occupancy", Some(Names::Vesicle)),
    ("cargo", Some(Names::Cargo)),
    ("age", None),
    ("exposure", Some(Names::Exposure)),
    ("network", Some(Names::NetworkOutput)),
];

/// Behaviours as written.
pub(super) const BEHAVIOURS: &[(&str, Option<Names>)] = &[
    ("speed", None),
    ("division", None),
    ("death", None),
    ("bias", None),
    ("secretion", Some(Names::Substrate)),
    ("collagen1", None),
    ("collagen3", None),
    ("fate", Some(Names::Cell)),
    ("polarisation", None),
    ("release", None),
    ("uptake", None),
    ("phagocytosis", None),
    ("escrt", None),
    ("nsmase2", None),
    ("rab27", None),
    ("lysosome_fusion", None),
    ("enrichment", Some(Names::Cargo)),
];

pub(super) const RULE: &[Field] = &[
    Field::new("cells", Kind::NameList(Names::Cell), Required, "cell types it applies to"),
    Field::new("signal", Kind::Tagged(SIGNALS), Required, "what is read"),
    Field::new("behaviour", Kind::Tagged(BEHAVIOURS), Required, "what is changed"),
    bio("fold", "1", "1.5", NonNegative, Absent, "factor on the base at saturation; or `saturation`"),
    bio(
        "saturation",
        "{behaviour}",
        "15 um/h",
        NonNegative,
        Absent,
        "value of the behaviour at saturation; or `fold`",
    ),
    bio("half", "{signal}", "1 ng/mL", Positive, Absent, "signal at half effect; or `half_dose`"),
    bio(
        "half_dose",
        "particles/um^3|ug/mL",
        "20 ug/mL",
        Positive,
        Absent,
        "half-effect dose in culture, in protein or particles per volume, read as the occupancy it gives at steady state",
    ),
    bio("exponent", "1", "2", Positive, Is("1"), "Hill exponent"),
    flag("falling", Is("false"), "the absence of the signal acts: 1 − Hill"),
    Field::new(
        "combine",
        Kind::Choice(&["join", "multiply"]),
        Is("join"),
        "`multiply`: its fold multiplies what the other rules give, instead of joining their Hill sum",
    ),
    bio("memory", "min", "4 d", NonNegative, Is("0"), "relaxation time of the memory; 0 = none"),
    flag(
        "exosome",
        Is("false"),
        "an effect of vesicles: scaled by potency, silent where the product is inert",
    ),
    Field::new("need", Kind::Choice(&["none", "deficit", "excess"]), Is("none"), "gate of an exosome rule"),
    flag(
        "chromatin",
        Is("false"),
        "acts through the cell's chromatin, a slow state with the rule's `memory`; scaled by `exosome.chromatin_gain`",
    ),
];

pub(super) const RECRUIT: &[Field] = &[
    Field::new(
        "from",
        Kind::Choice(&["vessels", "base"]),
        Is("vessels"),
        "where cells enter: vessels, or the wound's base",
    ),
    Field::new("signal", Kind::Tagged(SIGNALS), Required, "what is averaged over the wound and its margin"),
    bio(
        "base",
        "cells/um/min|cells/um^2/min",
        "0.1 cells/mm/h",
        NonNegative,
        Required,
        "entry without signal: per wound edge (vessels) or per area (base)",
    ),
    bio(
        "saturation",
        "cells/um/min|cells/um^2/min",
        "20 cells/mm/h",
        NonNegative,
        Required,
        "entry at saturation",
    ),
    bio("half", "{signal}", "20 pg/mL", Positive, Required, "signal at half effect"),
    bio("exponent", "1", "2", Positive, Is("1"), "Hill exponent"),
    design("margin", "um", "300 um", NonNegative, Is("0"), "tissue outside the wound whose signal counts"),
    bio(
        "scatter",
        "um",
        "12 um",
        NonNegative,
        Is("0"),
        "spread of the entry points around a vessel, along each axis; 0 = at the vessel",
    ),
];
