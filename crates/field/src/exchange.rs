//! First-order exchange with a compartment spread through the tissue (blood in capillaries).

use crate::error::{FieldError, check_len, check_non_negative};
use crate::mesh::Mesh;

/// Adds the exchange `P(x) (c_v − c)` to loss and source: `k += P`, `s += P c_v`. `rate` is P per voxel (1/min,
/// the permeability–surface product per tissue volume), `compartment` the concentration c_v.
///
/// # Errors
/// Arrays of different length, a rate or a concentration that is negative or not finite.
pub fn fold_exchange(
    rate: &[f64],
    compartment: f64,
    decay: &mut [f64],
    source: &mut [f64],
) -> Result<(), FieldError> {
    check_non_negative("exchange rate", rate)?;
    check_non_negative("compartment concentration", &[compartment])?;
    check_len("decay", decay, rate.len())?;
    check_len("source", source, rate.len())?;
    for ((&p, k), s) in rate.iter().zip(decay).zip(source) {
        *k += p;
        *s += p * compartment;
    }
    Ok(())
}

/// Amount that went from the compartment into the tissue in `dt`, given the step's
/// [`sink`](crate::ImplicitStep::sink) concentration: Σ P (c_v − sink) dt V. Negative: into the compartment.
///
/// # Errors
/// Arrays that do not fit the mesh.
pub fn exchanged_amount(
    mesh: &Mesh,
    rate: &[f64],
    compartment: f64,
    sink: &[f64],
    dt: f64,
) -> Result<f64, FieldError> {
    check_len("exchange rate", rate, mesh.len())?;
    check_len("concentration", sink, mesh.len())?;
    let inward = compartment * exoderm_numeric::reduce::sum(rate);
    Ok(dt * mesh.volume() * (inward - exoderm_numeric::reduce::dot(rate, sink)))
}
