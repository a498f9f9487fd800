//! The units that are known, as one table.
//!
//! A unit is an exact ratio `above/below` of internal units (um, min, ug, nmol, K, count), so that composing units
//! multiplies whole numbers and rounds once at the end.

use crate::Dimension;

/// How an entry may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Composes freely.
    Plain,
    /// A proportion: may be followed by "of …" or "vs …", which says what of.
    Proportion,
    /// Degrees Celsius: an absolute temperature, alone.
    Celsius,
}

/// One known unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) above: f64,
    pub(crate) below: f64,
    pub(crate) dimension: Dimension,
    pub(crate) kind: Kind,
}

const fn unit(name: &'static str, above: f64, below: f64, dimension: Dimension) -> Entry {
    Entry { name, above, below, dimension, kind: Kind::Plain }
}

const fn proportion(name: &'static str, below: f64) -> Entry {
    Entry { name, above: 1.0, below, dimension: Dimension::NONE, kind: Kind::Proportion }
}

const fn count(name: &'static str) -> Entry {
    unit(name, 1.0, 1.0, Dimension::COUNT)
}

const LENGTH: Dimension = Dimension::LENGTH;
const TIME: Dimension = Dimension::TIME;
const MASS: Dimension = Dimension::MASS;
const AMOUNT: Dimension = Dimension::AMOUNT;
const VOLUME: Dimension = Dimension::new(3, 0, 0, 0, 0, 0);
const MOLAR: Dimension = Dimension::new(-3, 0, 0, 1, 0, 0);
const PRESSURE: Dimension = Dimension::new(-1, -2, 1, 0, 0, 0);
const FORCE: Dimension = Dimension::new(1, -2, 1, 0, 0, 0);

/// Minutes in a year of 365.25 days; a month is a twelfth, a decade ten of them.
const YEAR: f64 = 525_960.0;
/// 1 Pa = 1e9 ug / (1e6 um · (min/60)^2).
const PASCAL: f64 = 3.6e6;
/// 1 N = 1e9 ug · 1e6 um / (min/60)^2.
const NEWTON: f64 = 3.6e18;

/// Every unit, the usual spelling first among equals.
pub(crate) const UNITS: &[Entry] = &[
    unit("um", 1.0, 1.0, LENGTH),
    unit("mm", 1e3, 1.0, LENGTH),
    unit("cm", 1e4, 1.0, LENGTH),
    unit("dm", 1e5, 1.0, LENGTH),
    unit("m", 1e6, 1.0, LENGTH),
    unit("nm", 1.0, 1e3, LENGTH),
    unit("pm", 1.0, 1e6, LENGTH),
    unit("min", 1.0, 1.0, TIME),
    unit("minute", 1.0, 1.0, TIME),
    unit("minutes", 1.0, 1.0, TIME),
    unit("s", 1.0, 60.0, TIME),
    unit("sec", 1.0, 60.0, TIME),
    unit("second", 1.0, 60.0, TIME),
    unit("seconds", 1.0, 60.0, TIME),
    unit("ms", 1.0, 6e4, TIME),
    unit("us", 1.0, 6e7, TIME),
    unit("h", 60.0, 1.0, TIME),
    unit("hr", 60.0, 1.0, TIME),
    unit("hour", 60.0, 1.0, TIME),
    unit("hours", 60.0, 1.0, TIME),
    unit("d", 1440.0, 1.0, TIME),
    unit("day", 1440.0, 1.0, TIME),
    unit("days", 1440.0, 1.0, TIME),
    unit("wk", 10_080.0, 1.0, TIME),
    unit("week", 10_080.0, 1.0, TIME),
    unit("weeks", 10_080.0, 1.0, TIME),
    unit("month", YEAR, 12.0, TIME),
    unit("months", YEAR, 12.0, TIME),
    unit("y", YEAR, 1.0, TIME),
    unit("yr", YEAR, 1.0, TIME),
    unit("year", YEAR, 1.0, TIME),
    unit("years", YEAR, 1.0, TIME),
    unit("decade", 10.0 * YEAR, 1.0, TIME),
    unit("ug", 1.0, 1.0, MASS),
    unit("mg", 1e3, 1.0, MASS),
    unit("g", 1e6, 1.0, MASS),
    unit("kg", 1e9, 1.0, MASS),
    unit("ng", 1.0, 1e3, MASS),
    unit("pg", 1.0, 1e6, MASS),
    unit("fg", 1.0, 1e9, MASS),
    unit("ag", 1.0, 1e12, MASS),
    unit("L", 1e15, 1.0, VOLUME),
    unit("l", 1e15, 1.0, VOLUME),
    unit("dL", 1e14, 1.0, VOLUME),
    unit("mL", 1e12, 1.0, VOLUME),
    unit("ml", 1e12, 1.0, VOLUME),
    unit("uL", 1e9, 1.0, VOLUME),
    unit("ul", 1e9, 1.0, VOLUME),
    unit("nL", 1e6, 1.0, VOLUME),
    unit("pL", 1e3, 1.0, VOLUME),
    unit("fL", 1.0, 1.0, VOLUME),
    unit("mol", 1e9, 1.0, AMOUNT),
    unit("mmol", 1e6, 1.0, AMOUNT),
    unit("umol", 1e3, 1.0, AMOUNT),
    unit("nmol", 1.0, 1.0, AMOUNT),
    unit("pmol", 1.0, 1e3, AMOUNT),
    unit("fmol", 1.0, 1e6, AMOUNT),
    unit("M", 1.0, 1e6, MOLAR),
    unit("mM", 1.0, 1e9, MOLAR),
    unit("uM", 1.0, 1e12, MOLAR),
    unit("nM", 1.0, 1e15, MOLAR),
    unit("pM", 1.0, 1e18, MOLAR),
    unit("fM", 1.0, 1e21, MOLAR),
    unit("Pa", PASCAL, 1.0, PRESSURE),
    unit("hPa", 1e2 * PASCAL, 1.0, PRESSURE),
    unit("kPa", 1e3 * PASCAL, 1.0, PRESSURE),
    unit("MPa", 1e6 * PASCAL, 1.0, PRESSURE),
    unit("mPa", PASCAL, 1e3, PRESSURE),
    // The conventional millimetre of mercury, 133.322387415 Pa, and the torr, 101325/760 Pa.
    unit("mmHg", 133_322_387_415.0 * PASCAL, 1e9, PRESSURE),
    unit("Torr", 101_325.0 * PASCAL, 760.0, PRESSURE),
    unit("torr", 101_325.0 * PASCAL, 760.0, PRESSURE),
    unit("N", NEWTON, 1.0, FORCE),
    unit("uN", NEWTON, 1e6, FORCE),
    unit("nN", NEWTON, 1e9, FORCE),
    unit("pN", NEWTON, 1e12, FORCE),
    unit("K", 1.0, 1.0, Dimension::TEMPERATURE),
    Entry { name: "degC", above: 1.0, below: 1.0, dimension: Dimension::TEMPERATURE, kind: Kind::Celsius },
    proportion("fraction", 1.0),
    proportion("fold", 1.0),
    proportion("ratio", 1.0),
    proportion("relative", 1.0),
    proportion("mass fraction", 1.0),
    proportion("%", 100.0),
    proportion("percent", 100.0),
    proportion("mol%", 100.0),
    proportion("pp", 100.0),
    proportion("percentage points", 100.0),
    count("particles"),
    count("particle"),
    count("cells"),
    count("cell"),
    count("copies"),
    count("copy"),
    count("EV"),
    count("EVs"),
    count("vesicles"),
    count("vesicle"),
    count("molecules"),
    count("molecule"),
    count("count"),
    count("counts"),
    count("loops"),
    count("loop"),
    count("ILV"),
    count("ILVs"),
    count("MVB"),
    count("MVBs"),
    count("bodies"),
    count("body"),
    count("bonds"),
    count("bond"),
    count("sites"),
    count("site"),
    count("receptors"),
    count("receptor"),
    count("fusions"),
    count("fusion"),
    count("lipids"),
    count("lipid species"),
    count("proteins"),
    count("miRNAs"),
    count("species"),
    count("layers"),
    count("divisions"),
    count("doses"),
    count("wound"),
    count("wounds"),
    count("kills"),
    count("events"),
    count("event"),
    count("blood cell"),
    count("epidermal cells"),
    count("KC"),
    count("basal KC"),
    count("LC"),
    count("DC"),
    count("CTL"),
    count("melanocyte"),
    count("melanocytes"),
];

/// Words that may follow any unit and say what is meant; they change nothing.
pub(crate) const QUALIFIERS: &[&str] = &[
    "protein",
    "exosome",
    "ointment",
    "plasma",
    "serum",
    "milk",
    "O2",
    "s.c.",
    "i.v.",
    "batch",
    "single lesion dose",
    "of original",
    "of survivors",
    "for 4 d",
];

/// Words that may follow a proportion, beside "of …" and "vs …".
pub(crate) const PROPORTION_QUALIFIERS: &[&str] = &[
    "remaining",
    "reduction",
    "closure",
    "closed",
    "healed",
    "ulcers healed",
    "subjects",
    "patients",
    "cells",
    "cell surface",
    "surface on collagen",
    "mutant",
    "positive",
    "score",
    "tumour volume",
    "w/w",
    "ID",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ratios_positive() {
        for (i, e) in UNITS.iter().enumerate() {
            assert!(UNITS[..i].iter().all(|f| f.name != e.name), "{} twice", e.name);
            assert!(e.above > 0.0 && e.below > 0.0, "{}", e.name);
            // Whole numbers, so that products of them are exact.
            assert_eq!((e.above.fract(), e.below.fract()), (0.0, 0.0), "{}", e.name);
        }
    }
}
