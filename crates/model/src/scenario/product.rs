//! What is known of a product and what was done to it: its record, what was loaded onto it, what it is for.

use super::CargoId;
use serde::{Deserialize, Serialize};

/// What a product's vesicles are for (S071).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// They act themselves and carry what was loaded onto them.
    #[default]
    Combined,
    /// They act themselves; nothing is loaded.
    Active,
    /// They carry what was loaded and do nothing themselves.
    Carrier,
}

impl Mode {
    /// What the vesicles have by themselves acts: their surface, and the cargo that their parent gave them.
    #[must_use]
    pub fn acts(self) -> bool {
        self != Self::Carrier
    }

    /// They hold what was loaded.
    #[must_use]
    pub fn carries(self) -> bool {
        self != Self::Active
    }
}

/// How a payload gets onto vesicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoadingWay {
    /// The parent cell makes and sorts it.
    Parent,
    /// Incubation: it diffuses in.
    Incubation,
    /// Pores opened by pulses.
    Electroporation,
    /// Clicked to the surface.
    Click,
}

/// One species loaded onto a product (S053).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Species.
    pub cargo: CargoId,
    /// How.
    pub way: LoadingWay,
    /// Molecules offered per vesicle.
    pub offered: f64,
    /// Share of them that gets onto the vesicles.
    pub efficiency: f64,
    /// Share of the vesicles lost when they are separated from what was not loaded.
    pub lost: f64,
}

/// Items of a product's record in their order: key, whether a product is known at all without it, and what it says.
///
/// A selection from what the guideline on studies of extracellular vesicles asks to be reported (MISEV2023; the selection is this
/// program's). The four that must be there are those without which two batches cannot be told apart or a dose not be counted.
pub const RECORD: [(&str, bool, &str); 10] = [
    ("source", false, "cells or fluid it comes from, with passage and culture"),
    ("donor", true, "donors: how many, pooled or not, who"),
    ("lot", true, "lot, and how lots differ"),
    ("separation", false, "how vesicles were separated"),
    ("particles", true, "how particles were counted and sized (NTA, for one), with the result"),
    ("purity", true, "particles per mass of protein, or another measure of what else is in it"),
    ("markers", false, "proteins found that vesicles have"),
    ("absent_markers", false, "proteins looked for that vesicles do not have"),
    ("image", false, "single vesicles seen, as by electron microscopy"),
    ("storage", false, "how and for how long it was stored, and the loss"),
];

/// What is on record of a product, item by item in the order of [`RECORD`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProductRecord {
    /// Texts; `None` where nothing is stated.
    pub items: Vec<Option<String>>,
}
