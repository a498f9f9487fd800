//! The one table of the format: every section, every key, its unit, its default, what it means.
//!
//! Reading, hints for unknown keys, the JSON Schema and `docs/scenario-format.md` all come from here, so they cannot
//! disagree. A key without an entry cannot be read; an entry that nothing reads fails a test.

mod cells;
mod frame;
mod networks;
mod product;
mod tissue;
mod vesicles;

/// What a number may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Any finite number.
    Any,
    /// Above 0.
    Positive,
    /// 0 or above.
    NonNegative,
    /// 0 to 1 (0 to 100 %).
    Fraction,
    /// Above 0, or `"inf"`.
    PositiveOrInf,
    /// 0 or above, or `"inf"`.
    NonNegativeOrInf,
}

/// What a literal counts as in the list of assumptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A number of biology: a literal is an assumption.
    Biology,
    /// A choice of the experiment or of the numerics.
    Design,
}

/// A number's unit and bounds.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// Internal unit first, then units of other accepted dimensions, separated by `|`; words in braces are units that
    /// depend on another entry ("{substrate}").
    pub unit: &'static str,
    /// As one would write it.
    pub example: &'static str,
    /// Bounds.
    pub limit: Limit,
    /// Assumption or design.
    pub nature: Nature,
}

/// The sections whose entries have names that other entries refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `[substrate.NAME]`
    Substrate,
    /// `[cell.NAME]`
    Cell,
    /// `[vesicle.NAME]`
    Vesicle,
    /// `[cargo.NAME]`
    Cargo,
    /// `[exposure.NAME]`
    Exposure,
    /// What a network of a cell shows: `NETWORK.NAME`.
    NetworkOutput,
    /// A name in a network's file, which only the reader of networks knows.
    Symbol,
    /// Cell types, or `shed`, or `removed`: what a cell may become.
    Fate,
    /// `[endpoint.NAME]`
    Endpoint,
    /// `[arm.NAME]`
    Arm,
    /// `x_min` … `z_max`
    Face,
}

impl Names {
    /// Section that holds the names, if one does.
    #[must_use]
    pub fn section(self) -> Option<&'static str> {
        match self {
            Self::Substrate => Some("substrate"),
            Self::Cell | Self::Fate => Some("cell"),
            Self::Vesicle => Some("vesicle"),
            Self::Cargo => Some("cargo"),
            Self::Exposure => Some("exposure"),
            Self::Endpoint => Some("endpoint"),
            Self::Arm => Some("arm"),
            Self::Face | Self::NetworkOutput | Self::Symbol => None,
        }
    }

    /// For messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Substrate => "substrate",
            Self::Cell | Self::Fate => "cell type",
            Self::Vesicle => "vesicle population",
            Self::Cargo => "cargo species",
            Self::Exposure => "exposure",
            Self::NetworkOutput => "output of a network",
            Self::Symbol => "name of the network",
            Self::Endpoint => "endpoint",
            Self::Arm => "arm",
            Self::Face => "face",
        }
    }

    /// Names that are valid without an entry.
    #[must_use]
    pub fn fixed(self) -> &'static [&'static str] {
        match self {
            Self::Fate => &["shed", "removed"],
            Self::Face => &["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"],
            _ => &[],
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// `true` or `false`.
    Flag,
    /// Three of them.
    Flags3,
    /// A whole number in a closed interval.
    Whole(i64, i64),
    /// A number.
    Number(Number),
    /// A list of numbers.
    Numbers(Number),
    /// Three numbers.
    Vector(Number),
    /// One number for all axes, or three.
    Voxel(Number),
    /// A list of points.
    Points(Number),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// `kind` or `kind:name`, as signals and behaviours are.
    Tagged(&'static [(&'static str, Option<Names>)]),
    /// A name.
    Name(Names),
    /// A list of names.
    NameList(Names),
    /// `key.NAME = number`.
    NumberOf(Names, Number),
    /// `key = { … }`.
    Group(&'static [Field]),
    /// `key.NAME = { … }`.
    GroupOf(Names, &'static [Field]),
    /// `key.FACE = "no_flux" | "outflow" | { value = … }`.
    Boundary(Number),
}

/// What holds when a key is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Default {
    /// An error.
    Required,
    /// An error in skin; in a box this.
    RequiredInSkin(&'static str),
    /// Nothing: the entry does not apply.
    Absent,
    /// This, in the internal unit.
    Is(&'static str),
}

/// Where a key or section has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// In both kinds of tissue.
    Both,
    /// In `[tissue] kind = "skin"` only.
    Skin,
    /// In `[tissue] kind = "box"` only.
    Box,
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// How it is written.
    pub kind: Kind,
    /// What holds without it.
    pub default: Default,
    /// Where it makes sense.
    pub place: Where,
    /// What it means, in a line.
    pub meaning: &'static str,
}

impl Field {
    const fn new(key: &'static str, kind: Kind, default: Default, meaning: &'static str) -> Self {
        Self { key, kind, default, place: Where::Both, meaning }
    }

    const fn skin(mut self) -> Self {
        self.place = Where::Skin;
        self
    }

    const fn boxed(mut self) -> Self {
        self.place = Where::Box;
        self
    }
}

const fn number(unit: &'static str, example: &'static str, limit: Limit, nature: Nature) -> Number {
    Number { unit, example, limit, nature }
}

/// A number of biology.
const fn bio(
    key: &'static str,
    unit: &'static str,
    example: &'static str,
    limit: Limit,
    default: Default,
    meaning: &'static str,
) -> Field {
    Field::new(key, Kind::Number(number(unit, example, limit, Nature::Biology)), default, meaning)
}

/// A number of design.
const fn design(
    key: &'static str,
    unit: &'static str,
    example: &'static str,
    limit: Limit,
    default: Default,
    meaning: &'static str,
) -> Field {
    Field::new(key, Kind::Number(number(unit, example, limit, Nature::Design)), default, meaning)
}

const fn text(key: &'static str, default: Default, meaning: &'static str) -> Field {
    Field::new(key, Kind::Text, default, meaning)
}

const fn flag(key: &'static str, default: Default, meaning: &'static str) -> Field {
    Field::new(key, Kind::Flag, default, meaning)
}

/// A section.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Name of the table; empty for the top of the file.
    pub name: &'static str,
    /// Whether its entries have names: `[cell.NAME]`. The string stands for the name in the reference.
    pub keyed: Option<&'static str>,
    /// Keys.
    pub fields: &'static [Field],
    /// Where it makes sense.
    pub place: Where,
    /// What it is for.
    pub meaning: &'static str,
}

impl Section {
    /// The field of a key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.key == key)
    }
}

const fn section(
    name: &'static str,
    keyed: Option<&'static str>,
    fields: &'static [Field],
    place: Where,
    meaning: &'static str,
) -> Section {
    Section { name, keyed, fields, place, meaning }
}

/// Every section, in the order of the reference.
pub const SECTIONS: &[Section] = &[
    section("", None, frame::ROOT, Where::Both, "Top of the file."),
    section(
        "question",
        None,
        frame::QUESTION,
        Where::Skin,
        "The question that the report's first lines answer.",
    ),
    section("run", None, frame::RUN, Where::Both, "How long, how often, from which seed."),
    section("steps", None, frame::STEPS, Where::Both, "Steps of the loops."),
    section("record", None, frame::RECORD, Where::Both, "What is recorded, and how often."),
    section("tissue", None, tissue::TISSUE, Where::Both, "Geometry: a strip of skin or a general box."),
    section(
        "place",
        Some("NAME"),
        tissue::PLACE,
        Where::Box,
        "Cells put into a box: at given points or at random.",
    ),
    section(
        "absorber",
        Some("NAME"),
        tissue::ABSORBER,
        Where::Box,
        "A sphere whose surface absorbs vesicles.",
    ),
    section("matrix", None, tissue::MATRIX, Where::Skin, "Immobile matrix, per voxel, intact dermis = 1."),
    section("substrate", Some("NAME"), tissue::SUBSTRATE, Where::Both, "A dissolved factor."),
    section("cargo", Some("NAME"), vesicles::CARGO, Where::Both, "A molecule or ligand carried by vesicles."),
    section(
        "vesicle",
        Some("NAME"),
        vesicles::VESICLE,
        Where::Both,
        "A vesicle population: the skin's own, or a product.",
    ),
    section("transport", None, vesicles::TRANSPORT, Where::Both, "How vesicles move, bind and leave."),
    section(
        "uptake",
        None,
        vesicles::UPTAKE,
        Where::Both,
        "Uptake of vesicles, shared by all cell types; `cell.X.uptake.KEY` changes one.",
    ),
    section(
        "biogenesis",
        None,
        vesicles::BIOGENESIS,
        Where::Both,
        "The endosomal chain, shared by all cell types that secrete; `cell.X.biogenesis.KEY` changes one.",
    ),
    section("mechanics", None, cells::MECHANICS, Where::Both, "Forces between cells, over the drag."),
    section(
        "life",
        None,
        cells::LIFE,
        Where::Both,
        "Growth, crowding and death, shared by all cell types; `cell.X.KEY` changes one.",
    ),
    section("cell", Some("NAME"), cells::CELL, Where::Both, "A cell type."),
    section(
        "exposure",
        Some("NAME"),
        frame::EXPOSURE,
        Where::Both,
        "Something that reaches all cells for a time: a drug, UV, culture shear, stress. Rules read it.",
    ),
    section(
        "network",
        Some("NAME"),
        networks::NETWORK,
        Where::Both,
        "A reaction network inside each cell of some types, from a file in SBML (docs/networks.md).",
    ),
    section("exosome", None, cells::EXOSOME, Where::Both, "What applies to all exosome rules."),
    section("rule", Some("NAME"), cells::RULE, Where::Both, "A signal changes a behaviour of cell types."),
    section("recruit", Some("CELL"), cells::RECRUIT, Where::Skin, "Cells that enter a wound."),
    section(
        "event",
        Some("NAME"),
        frame::EVENT,
        Where::Both,
        "Something that happens to the tissue; its keys depend on `kind`.",
    ),
    section("arm", Some("NAME"), frame::ARM, Where::Both, "An arm of the study. A kind stands once."),
    section(
        "endpoint",
        Some("NAME"),
        frame::ENDPOINT,
        Where::Skin,
        "What is read off. Exactly one is the headline.",
    ),
    section(
        "compare",
        Some("NAME"),
        frame::COMPARE,
        Where::Skin,
        "A published number shown beside the result.",
    ),
    section(
        "counterpart",
        None,
        frame::COUNTERPART,
        Where::Both,
        "The healthy counterpart that need gates compare with.",
    ),
    section(
        "sensitivity",
        None,
        frame::SENSITIVITY,
        Where::Both,
        "What is varied one at a time for the report.",
    ),
];

/// Section of a name.
#[must_use]
pub fn section_named(name: &str) -> Option<&'static Section> {
    SECTIONS.iter().find(|s| s.name == name)
}

/// Keys of `[event.NAME]` that go with each kind.
pub const EVENT_KEYS: &[(&str, &[&str])] = &[
    (
        "wound",
        &[
            "time",
            "radius",
            "clot_fibrin",
            "debris",
            "contraction",
            "contraction_margin",
            "activation_reach",
            "splint",
        ],
    ),
    (
        "dressing",
        &[
            "time",
            "product",
            "dose",
            "thickness",
            "gel_diffusion",
            "release",
            "degradation",
            "occlusive",
            "every",
        ],
    ),
    ("channels", &["time", "density", "diameter", "depth", "closing"]),
    ("release", &["time", "population", "count", "position"]),
];

/// Keys of a number written as a table.
pub const NUMBER_KEYS: &[&str] = &["value", "range", "key", "outside_range"];

/// Measures, whether each is read at a time, and the label it has by default (with the day, where read at one).
pub const MEASURES: &[(&str, bool, &str)] = &[
    ("percent_closed", true, "wound area closed"),
    ("mean_open_area", false, "mean open area"),
    ("closure_time", false, "time to closure"),
    ("epidermal_thickness", true, "viable epidermis"),
    ("collagen_ratio", true, "collagen I : III"),
    ("collagen_content", true, "collagen in the bed"),
    ("vessel_density", true, "vessel density"),
    ("macrophage_score", true, "macrophage pro-repair score, 0 to 1"),
    ("peak_neutrophils", false, "peak of neutrophils"),
    ("peak_neutrophil_time", false, "time of the neutrophil peak"),
    ("peak_macrophage_time", false, "time of the macrophage peak"),
    ("front_speed", false, "speed of the epithelial front"),
    ("myofibroblast_density", true, "myofibroblasts"),
    ("delivered", true, "product vesicles delivered"),
];
