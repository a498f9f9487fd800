//! Top of the file, question, run, steps, recording, events, arms, endpoints.

use super::Default::{Absent, Is, Required};
use super::Limit::{Any, Fraction, NonNegative, Positive};
use super::{Field, Kind, MEASURES, Names, Nature, bio, design, flag, number, text};

pub(super) const ROOT: &[Field] = &[
    Field::new("format", Kind::Whole(1, 1), Required, "version of the format: 1"),
    text("name", Absent, "short name of a scenario: letters, digits, `-`, `_`; without it the file's name"),
    text("profile", Absent, "short name, for a profile that scenarios extend instead of run"),
    text("title", Absent, "title for people; without it the name"),
    text(
        "extends",
        Absent,
        "profile or scenario whose tables this one changes, or a file of your own (`\"../skin.toml\"`)",
    ),
    text("species", Is(""), "species, as the report prints it"),
];

pub(super) const QUESTION: &[Field] = &[
    text("text", Required, "the question, ending with a question mark"),
    text("population", Required, "who or what is treated"),
    text("outcome", Required, "what is read off"),
    text("comparator", Required, "what it is compared with"),
];

pub(super) const RUN: &[Field] = &[
    design("horizon", "min", "14 d", Positive, Required, "simulated time after day 0"),
    design(
        "burn_in",
        "min",
        "3 d",
        NonNegative,
        Is("0"),
        "time run before day 0 without events, shared by all arms",
    ),
    Field::new("replicates", Kind::Whole(1, 100_000), Is("1"), "replicates, each a new initial tissue"),
    Field::new("seed", Kind::Whole(0, i64::MAX), Is("1"), "seed of all randomness"),
];

pub(super) const STEPS: &[Field] = &[
    design("phenotype", "min", "6 min", Positive, Is("6"), "interval of phenotype and mechanics"),
    design(
        "transport",
        "min",
        "30 min",
        Positive,
        Is("30"),
        "step of fields and vesicles: a multiple of `phenotype`",
    ),
    design(
        "burn_in",
        "min",
        "60 min",
        Positive,
        Absent,
        "`phenotype` during the burn-in, where nothing happens quickly; `transport` grows along; without it the same",
    ),
];

pub(super) const RECORD: &[Field] = &[
    design("series", "min", "6 h", Positive, Is("360"), "interval of the time series"),
    Field::new(
        "snapshots",
        Kind::Numbers(number("min", "3 d", Any, Nature::Design)),
        Absent,
        "times of the cell snapshots and fields after day 0; none by default",
    ),
    design("checkpoint", "min", "6 h", Positive, Is("360"), "interval of checkpoints, in simulated time"),
    flag(
        "communication",
        Is("false"),
        "who sent how many vesicles to whom: follows the tissue's own by the type of the cell that made them; changes no result",
    ),
];

pub(super) const EXPOSURE: &[Field] = &[
    text("what", Absent, "what it is, for people"),
    design(
        "level",
        "1",
        "1",
        NonNegative,
        Required,
        "its level while it lasts, in a unit of your choice; 0 otherwise",
    ),
    design(
        "start",
        "min",
        "-24 h",
        Any,
        Absent,
        "from when, after day 0; without it from the start of the burn-in",
    ),
    design("end", "min", "24 h", Any, Absent, "until when; without it to the end"),
];

pub(super) const EVENT: &[Field] = &[
    Field::new("kind", Kind::Choice(&["wound", "dressing", "channels", "release"]), Required, "what happens"),
    design("time", "min", "0 d", NonNegative, Is("0"), "time after day 0"),
    design("radius", "um", "3 mm", Positive, Required, "wound: radius; what lies at x below it is cut out").skin(),
    bio("clot_fibrin", "1", "1.0", NonNegative, Required, "wound: fibrin of the clot, intact units").skin(),
    bio("debris", "1", "1.0", Fraction, Required, "wound: debris at once").skin(),
    bio(
        "contraction",
        "um^3/min|um^3/cell/min",
        "30 um/min*um^2",
        NonNegative,
        Is("0"),
        "wound: speed of the edge per myofibroblast density of the bed; 0 = none",
    )
    .skin(),
    bio(
        "contraction_margin",
        "um",
        "130 um",
        NonNegative,
        Is("0"),
        "wound: width of the skin beside the bed whose myofibroblasts pull too",
    )
    .skin(),
    bio(
        "activation_reach",
        "um",
        "300 um",
        NonNegative,
        Is("0"),
        "wound: distance beyond the edge over which resident cells are roused (falls off by e); 0 = the bed's only",
    )
    .skin(),
    design("splint", "1", "0.0", Fraction, Is("0"), "wound: 0 no splint, 1 no contraction").skin(),
    Field::new("product", Kind::Name(Names::Vesicle), Required, "dressing: vesicle population in it").skin(),
    design(
        "dose",
        "particles/um^2|ug/cm^2",
        "100 ug/cm^2",
        NonNegative,
        Required,
        "dressing: labelled dose per wound area, in particles or in protein mass (read through `particles_per_ug`)",
    )
    .skin(),
    design("thickness", "um", "1 mm", Positive, Required, "dressing: thickness of the gel").skin(),
    bio("gel_diffusion", "um^2/min", "1.14 um^2/s", Positive, Required, "dressing: diffusion of a 100-nm vesicle in the gel").skin(),
    Field::new("release", Kind::Choice(&["slab", "first_order"]), Is("slab"), "dressing: release law").skin(),
    bio("degradation", "1/min", "0.02 1/h", NonNegative, Required, "dressing: loss of vesicles in the gel at 37 °C").skin(),
    flag("occlusive", Is("false"), "dressing: keeps the air's oxygen out").skin(),
    design("every", "min", "3 d", Positive, Absent, "dressing: time between changes; one application without it").skin(),
    design("density", "1/um^2", "100 1/cm^2", Positive, Required, "channels: number per area of skin").skin(),
    design("diameter", "um", "50 um", Positive, Required, "channels: diameter of one").skin(),
    design("depth", "um", "200 um", Positive, Required, "channels: how deep they reach below the surface of the skin").skin(),
    bio(
        "closing",
        "min",
        "24 h",
        Positive,
        Required,
        "channels: time in which they close, one after the other at an even rate; until then the number open falls to 0",
    )
    .skin(),
    Field::new("population", Kind::Name(Names::Vesicle), Required, "release: vesicle population").boxed(),
    design("count", "particles|1", "1e4 particles", NonNegative, Required, "release: vesicles").boxed(),
    Field::new(
        "position",
        Kind::Vector(number("um", "50 um", Any, Nature::Design)),
        Required,
        "release: where",
    )
    .boxed(),
];

/// Arm kinds as written.
pub(super) const ARM_KINDS: &[&str] = &[
    "untreated",
    "vehicle",
    "exosome",
    "null",
    "soluble",
    "depleted",
    "uptake_blocked",
    "empty",
    "scrambled",
    "disposal",
    "protease",
    "detergent",
];

pub(super) const ARM: &[Field] = &[
    Field::new("kind", Kind::Choice(ARM_KINDS), Required, "what the arm is for"),
    text("label", Absent, "one line for the report; without it what its kind is"),
];

pub(super) const COMPARE: &[Field] = &[
    text("what", Required, "what it is"),
    text("source", Required, "target of data/targets, or \"@key\" of the ledger"),
    text("published", Required, "the published value in words, with unit and spread"),
    Field::new("endpoint", Kind::Name(Names::Endpoint), Absent, "endpoint of ours it is compared with"),
    Field::new("arm", Kind::Name(Names::Arm), Absent, "arm whose value is compared"),
    Field::new("reference", Kind::Name(Names::Arm), Absent, "arm whose value is taken off first"),
    Field::new(
        "band",
        Kind::Numbers(number("1", "19.2", Any, Nature::Design)),
        Absent,
        "accepted band, low and high, in the endpoint's unit for people",
    ),
    Field::new("role", Kind::Choice(ROLES), Is("report"), "used to fit, compared only, or context"),
    Field::new(
        "finding",
        Kind::Choice(FINDINGS),
        Absent,
        "what a trial found of its product: it then stands beside the answer",
    ),
    text("note", Is(""), "limits of the study, likely cause of a miss"),
];

pub(super) const COUNTERPART: &[Field] = &[Field::new(
    "set",
    Kind::Texts,
    Absent,
    "settings \"path=value\" that turn the scenario into its healthy counterpart",
)];

pub(super) const SENSITIVITY: &[Field] = &[Field::new(
    "inputs",
    Kind::Texts,
    Absent,
    "\"@key\" or \"@cal.key\" that the scenario uses, or paths of numbers that have a range",
)];

const FINDINGS: &[&str] = &["benefit", "null", "harm"];

const ROLES: &[&str] = &["fit", "check", "report"];

const MEASURE_NAMES: &[&str] = &{
    let mut names = [""; MEASURES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = MEASURES[i].0;
        i += 1;
    }
    names
};

pub(super) const ENDPOINT: &[Field] = &[
    Field::new("measure", Kind::Choice(MEASURE_NAMES), Required, "what is measured"),
    text("label", Absent, "name for people; without it the measure's"),
    design("time", "min", "13 d", NonNegative, Absent, "when; required where the measure is read at a time"),
    text("target", Absent, "published target it is shown beside"),
    Field::new("role", Kind::Choice(ROLES), Is("report"), "used to fit, compared only, or neither"),
    flag("headline", Is("false"), "the report's headline: exactly one"),
];
