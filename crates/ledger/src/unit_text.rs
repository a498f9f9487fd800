//! The unit of a row: one that is understood, or a named opaque one.

use exoderm_units::{Quantity, Unit, UnitError};

/// Units that are only names: a scale of one model, a statistic, a tally of people, a text. A number in one is
/// carried as dimensionless and flagged, so it can be shown and cited but never converted.
pub const OPAQUE_UNITS: &[&str] = &[
    "AUC",
    "PKC units",
    "SMD",
    "cases",
    "cell diam",
    "compartments",
    "date",
    "ln units",
    "log2",
    "mV",
    "of 10",
    "old/young",
    "p",
    "pH",
    "patients",
    "points (source scale)",
    "rel. nutrient",
    "volunteers",
];

/// The unit of a row, as written and as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitText {
    text: String,
    unit: Option<Unit>,
}

impl UnitText {
    /// Reads a unit.
    ///
    /// # Errors
    /// [`UnitError`] when it is neither a unit nor in [`OPAQUE_UNITS`].
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let unit = if OPAQUE_UNITS.contains(&text) { None } else { Some(Unit::parse(text)?) };
        Ok(Self { text: text.to_owned(), unit })
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The unit, if it is one that converts.
    pub fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }

    /// True for a unit that is only a name.
    pub fn is_opaque(&self) -> bool {
        self.unit.is_none()
    }

    /// A number in this unit; dimensionless when the unit is opaque.
    pub fn quantity(&self, value: f64) -> Quantity {
        self.unit.as_ref().map_or_else(|| Quantity::parse_bare(value), |unit| Quantity::new(value, unit))
    }
}

impl std::fmt::Display for UnitText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}
