//! The body as a few well-mixed compartments: what becomes of a substance once it is in the blood, or on its way there.
//!
//! A substance (vesicles, an antibody, a soluble factor: they differ in numbers only) enters the central compartment by a
//! bolus or an infusion, from a depot in the dermis through lymph and node, or past the skin's surface. It exchanges with two
//! peripheral compartments and leaves by a saturable route, the macrophages that face the blood, and a linear one
//! ([`compartments`]). Organs are readouts of this ([`organs`]): they hold shares of what is in blood, in the periphery and
//! captured, and change nothing. A payload rides on the vesicles ([`carrier`]). [`binding`], [`assay`] and [`ageing`] answer
//! single questions about plasma: how much antibody vesicles bind, from which size on a tumour shows, what age changes.
//!
//! Everything that moves is a link from one compartment to another ([`network`]), so that amounts are conserved to rounding.
//! Nothing here knows skin. Units: um³, min, amounts in whatever unit goes in.

pub mod ageing;
pub mod assay;
pub mod binding;
pub mod carrier;
pub mod cases;
pub mod compartments;
pub mod invert;
pub mod network;
pub mod organs;

/// What is wrong with a body's numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BodyError {
    /// A number lies outside what it may be.
    #[error("{name} is {value}: {must}")]
    Number {
        /// Which.
        name: &'static str,
        /// The value.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// No exchange rates give these half-lives with this clearance and volume.
    #[error(
        "no two compartments have half-lives of {fast} and {slow} min at a clearance of {per_volume} volumes a min"
    )]
    NoSuchBody {
        /// Faster half-life (min).
        fast: f64,
        /// Slower half-life (min).
        slow: f64,
        /// Clearance over the central volume (1/min).
        per_volume: f64,
    },
}

/// A number that must be finite and at least 0.
pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<f64, BodyError> {
    let fine = value.is_finite() && value >= 0.0;
    fine.then_some(value).ok_or(BodyError::Number { name, value, must: "it must be 0 or more" })
}

/// A number that must be finite and above 0.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, BodyError> {
    let fine = value.is_finite() && value > 0.0;
    fine.then_some(value).ok_or(BodyError::Number { name, value, must: "it must be above 0" })
}

/// A share.
pub(crate) fn share(name: &'static str, value: f64) -> Result<f64, BodyError> {
    let fine = (0.0..=1.0).contains(&value);
    fine.then_some(value).ok_or(BodyError::Number { name, value, must: "it must lie between 0 and 1" })
}
