//! From what a study reports (two half-lives, a clearance) to exchange rates.
//!
//! A central compartment of known volume with one peripheral: the rates α > β of the two exponentials and the elimination rate
//! k = CL/V obey α + β = k + k₁₂ + k₂₁ and α β = k k₂₁, so that k₂₁ = αβ/k and k₁₂ = α + β − k − k₂₁.

use crate::{BodyError, positive};

/// Rates of exchange and elimination (1/min).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Elimination from the central compartment.
    pub out: f64,
    /// Central to peripheral.
    pub into: f64,
    /// Back.
    pub back: f64,
}

/// The rates behind two half-lives (min), a clearance (um³/min) and a central volume (um³).
///
/// # Errors
/// Numbers that are not above 0; numbers that no such body has (the elimination rate must lie between the two rates).
pub fn rates(fast: f64, slow: f64, clearance: f64, volume: f64) -> Result<Rates, BodyError> {
    let alpha = std::f64::consts::LN_2 / positive("the fast half-life", fast)?;
    let beta = std::f64::consts::LN_2 / positive("the slow half-life", slow)?;
    let out = positive("the clearance", clearance)? / positive("the central volume", volume)?;
    // (α − k)(k − β)/k, the same as the sum above without its cancellation.
    let (back, into) = (alpha * beta / out, (alpha - out) * (out - beta) / out);
    if alpha > beta && into > 0.0 {
        Ok(Rates { out, into, back })
    } else {
        Err(BodyError::NoSuchBody { fast, slow, per_volume: out })
    }
}
