//! The built-in scenarios, profiles and fitted values, as they are in the repository.

/// A file that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Name used on the command line and in `extends`.
    pub name: &'static str,
    /// Path in the repository, for messages.
    pub path: &'static str,
    /// Text.
    pub text: &'static str,
    /// One line that says what it is for; empty for profiles.
    pub summary: &'static str,
}

macro_rules! built_in {
    ($name:literal, $path:literal, $summary:literal) => {
        BuiltIn {
            name: $name,
            path: $path,
            text: include_str!(concat!("../../../", $path)),
            summary: $summary,
        }
    };
}

/// Scenarios that run.
pub const SCENARIOS: &[BuiltIn] = &[
    built_in!(
        "diabetic-wound",
        "scenarios/wounds/diabetic-wound.toml",
        "MSC-exosome hydrogel on a full-thickness wound of a diabetic mouse, 14 d, five arms"
    ),
    built_in!(
        "acute-wound",
        "scenarios/wounds/acute-wound.toml",
        "the same product on a wound of healthy human forearm skin, 28 d; no benefit has been shown there"
    ),
    built_in!(
        "point-release",
        "scenarios/boxes/point-release.toml",
        "vesicles released at a point in a box with an absorbing sphere"
    ),
    built_in!(
        "network-switch",
        "scenarios/boxes/network-switch.toml",
        "cells with a reaction network that switches on where a factor is high enough, and stays on"
    ),
    built_in!(
        "donor-recipient",
        "scenarios/boxes/donor-recipient.toml",
        "vesicles from a donor cell to its neighbours, at a resolution of your choice"
    ),
    built_in!(
        "stressed-donor",
        "scenarios/boxes/stressed-donor.toml",
        "what a stressed cell sorts into its vesicles, and how little of it reaches a neighbour's cytosol"
    ),
];

/// Networks that built-in scenarios name.
pub const NETWORKS: &[BuiltIn] = &[built_in!(
    "switch",
    "scenarios/boxes/network-switch.xml",
    "a switch with positive feedback and its slow readout"
)];

/// Profiles that scenarios extend.
pub const PROFILES: &[BuiltIn] = &[
    built_in!("skin-base", "scenarios/profiles/skin-base.toml", ""),
    built_in!("mouse-back", "scenarios/profiles/mouse-back.toml", ""),
    built_in!("human-forearm", "scenarios/profiles/human-forearm.toml", ""),
];

/// Fitted values.
pub const CALIBRATIONS: &[BuiltIn] =
    &[built_in!("wound", "data/calibration/wound.toml", "front speed, TNF impairment, potency")];
