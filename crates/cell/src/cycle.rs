//! When cells divide, and how they grow and age.
//!
//! The caller gives a division rate per cell (1/min), already moulded by signals and contact inhibition. Within
//! an interval the rate is constant and the waiting time exponential, so a cell divides with probability
//! `1 - exp(-rate · exposure)`, where the exposure is the part of the interval that lies after the refractory
//! time since birth. At most one division per cell and interval: the share missed is of order `(rate dt)²`.

use crate::error::CellError;
use crate::store::Cells;
use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed};

/// Finds the cells that divide within the next `dt` (min), ascending by id, into `due`.
///
/// `rate` (1/min) is by cell index, `refractory` (min since birth) by kind. Each cell draws from its own stream,
/// `(id, tick, purpose)`. Dying cells do not divide.
///
/// # Errors
/// If a slice is too short for the cells.
pub fn divisions_due(
    cells: &Cells,
    rate: &[f64],
    refractory: &[f64],
    dt: f64,
    seed: Seed,
    purpose: Purpose,
    due: &mut Vec<u32>,
) -> Result<(), CellError> {
    due.clear();
    if rate.len() != cells.len() {
        return Err(CellError::Length { name: "division rates", found: rate.len(), expected: cells.len() });
    }
    for (i, &rate) in rate.iter().enumerate() {
        // A rate that is not positive (or not a number) means that the cell does not divide.
        if rate.is_nan() || rate <= 0.0 || cells.is_doomed(i) {
            continue;
        }
        let refractory = by_kind(refractory, cells, i)?;
        let exposure = (cells.age[i] + dt - refractory).clamp(0.0, dt);
        if exposure > 0.0 {
            let p = -math::exp_m1(-rate * exposure);
            if seed.stream(cells.id[i], cells.tick, purpose).chance(p) {
                due.push(i as u32);
            }
        }
    }
    due.sort_unstable_by_key(|&i| cells.id[i as usize]);
    Ok(())
}

/// Relaxes volumes to their targets for `dt` (min) at the rates (1/min) of `rate`, by kind; exact for a constant
/// target. Dying cells shrink by [`Cells::advance_deaths`] instead.
///
/// # Errors
/// If a kind has no rate.
pub fn relax_volumes(cells: &mut Cells, rate: &[f64], dt: f64) -> Result<(), CellError> {
    for i in 0..cells.len() {
        let rate = by_kind(rate, cells, i)?;
        // The difference is looked at first: most cells are full-grown, and an exponential costs more than a test.
        let lack = cells.target_volume[i] - cells.volume[i];
        if lack != 0.0 && !cells.is_doomed(i) {
            let volume = if lack.abs() < 1e-9 * cells.target_volume[i] {
                cells.target_volume[i]
            } else {
                cells.volume[i] - lack * math::exp_m1(-rate * dt)
            };
            cells.set_volume(i, volume);
        }
    }
    Ok(())
}

/// Adds `dt` (min) to ages and phase clocks.
pub fn advance_ages(cells: &mut Cells, dt: f64) {
    for (age, clock) in cells.age.iter_mut().zip(&mut cells.phase_clock) {
        *age += dt;
        *clock += dt;
    }
}

fn by_kind(table: &[f64], cells: &Cells, i: usize) -> Result<f64, CellError> {
    let kind = cells.kind[i].0;
    table.get(usize::from(kind)).copied().ok_or(CellError::UnknownKind {
        id: cells.id[i],
        kind,
        known: table.len(),
    })
}
