//! A product: what it is for, what was loaded onto it, its record.

use super::Default::{Absent, Is, Required};
use super::Limit::{Fraction, NonNegative};
use super::{Field, Kind, Names, bio, text};
use crate::scenario::RECORD;

/// Words of `vesicle.X.mode`, in the order of `Mode`.
const MODES: &[&str] = &["combined", "active", "carrier"];
/// Words of `loading.X.way`, in the order of `LoadingWay`.
const WAYS: &[&str] = &["parent", "incubation", "electroporation", "click"];

const LOADING: &[Field] = &[
    Field::new(
        "way",
        Kind::Choice(WAYS),
        Required,
        "parent: the parent cell makes it; incubation: it diffuses in; electroporation: through pores; click: bound to the surface \
         (class ligand)",
    ),
    bio("offered", "1|copies", "1000 copies", NonNegative, Required, "molecules offered per vesicle"),
    bio("efficiency", "1", "0.05", Fraction, Required, "share of them that gets onto the vesicles"),
    bio(
        "lost",
        "1",
        "0.3",
        Fraction,
        Is("0"),
        "share of vesicles lost when they are separated from what was not loaded; none with way = \"parent\"",
    ),
];

const RECORD_FIELDS: [Field; RECORD.len()] = {
    let mut fields = [text("", Absent, ""); RECORD.len()];
    let mut i = 0;
    while i < RECORD.len() {
        fields[i] = text(RECORD[i].0, Absent, RECORD[i].2);
        i += 1;
    }
    fields
};

/// Keys of a product in `[vesicle.NAME]`.
pub(super) const MODE: Field = Field::new(
    "mode",
    Kind::Choice(MODES),
    Is("combined"),
    "carrier: only what was loaded acts; active: nothing is loaded, the vesicles act themselves; combined: both",
);
pub(super) const LOADED: Field = Field::new(
    "loading",
    Kind::GroupOf(Names::Cargo, LOADING),
    Absent,
    "cargo loaded onto a product: copies per vesicle are `offered` x `efficiency`",
);
pub(super) const PRODUCT_RECORD: Field = Field::new(
    "record",
    Kind::Group(&RECORD_FIELDS),
    Absent,
    "what is on record of a product; without donor, lot, particles and purity its evidence is graded low at most",
);
