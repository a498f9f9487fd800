//! Vesicles on and in a cell: binding, internalisation, recycling, escape, lysosome.
//!
//! ```text
//! dS/dt = k_b C (S_max − S) − (k_off + k_int) S
//! dI/dt = k_int S − (k_esc + k_lys + k_rec) I
//! dX/dt = k_esc I_x − k_x X              cargo x in the cytosol; I_x decays in the vesicle besides
//! ```
//!
//! The first line's gain is drawn by the caller, who owns C: [`SurfaceExchange`] gives its rate, [`Arrivals`] is
//! what it drew. [`UptakeStep`] holds the exact probabilities of what one vesicle does within a step, and
//! [`UptakeStep::advance`] draws it for whole vesicles. A vesicle that arrives during the step is taken to arrive at a time spread
//! evenly over it, so that with a steady inflow the means equal the equations' for a step of any length.
//!
//! Cargo moves with its vesicles in equal parts, ages in them at one rate on the surface and inside, and once
//! escaped decays in the cytosol; the factors are those of the mean over the times at which vesicles move.

use crate::cargo::{Loadings, MAX_CARGO};
use crate::error::{Error, check, not_negative, share};
use exoderm_numeric::{math, random::Stream};
use serde::{Deserialize, Serialize};

mod marked;
mod step;
mod surface;

pub use marked::{Marked, Moves};
pub use step::UptakeStep;
pub use surface::{
    SurfaceExchange, binding_rate, effective_clearance, exchange_block, shares_away, unresolved_resistance,
};

/// What a scenario says of a cell type's uptake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UptakeSpec {
    /// Clearance at low load (um³/min per cell).
    pub clearance: f64,
    /// Surface sites (vesicles per cell).
    pub capacity: f64,
    /// Internalisation (1/min).
    pub internalisation: f64,
    /// Unbinding from the surface (1/min).
    pub unbinding: f64,
    /// Lysosomal degradation (1/min).
    pub lysosome: f64,
    /// Share of internalised vesicles that is recycled.
    pub recycled: f64,
    /// Share of internalised vesicles whose cargo escapes.
    pub escape: f64,
}

/// Rates of uptake.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct UptakeParameters {
    /// Clearance at low load (um³/min).
    pub clearance: f64,
    /// Surface sites S_max.
    pub capacity: f64,
    /// Binding to one site k_b (um³/min).
    pub binding: f64,
    /// Unbinding k_off (1/min).
    pub unbinding: f64,
    /// Internalisation k_int (1/min).
    pub internalisation: f64,
    /// Escape of cargo into the cytosol k_esc (1/min).
    pub escape: f64,
    /// Lysosome k_lys (1/min).
    pub lysosome: f64,
    /// Recycling to the outside k_rec (1/min).
    pub recycling: f64,
}

impl UptakeParameters {
    /// The rates that give the clearance and shares of `spec`.
    ///
    /// # Errors
    /// When a rate is negative, internalisation or sites are lacking although something is cleared, or recycled and
    /// escaped shares leave nothing for the lysosome.
    pub fn new(spec: impl Into<UptakeSpec>) -> Result<Self, Error> {
        let s = spec.into();
        not_negative("clearance", s.clearance)?;
        not_negative("capacity", s.capacity)?;
        not_negative("internalisation", s.internalisation)?;
        not_negative("unbinding", s.unbinding)?;
        not_negative("lysosome", s.lysosome)?;
        share("recycled", s.recycled)?;
        share("escape", s.escape)?;
        let open = s.capacity > 0.0 && s.internalisation > 0.0;
        check(
            "clearance",
            s.clearance,
            s.clearance == 0.0 || open,
            "0 where nothing is bound or internalised",
        )?;
        let left = 1.0 - s.recycled - s.escape;
        // A share of the lysosome below rounding is none.
        if left < 1e-9 {
            let sum = s.recycled + s.escape;
            return Err(Error::Shares { names: "recycled and escape", sum, expected: "less than 1" });
        }
        let leaving = s.lysosome / left;
        Ok(Self {
            clearance: s.clearance,
            capacity: s.capacity,
            binding: if s.clearance > 0.0 {
                s.clearance * (s.internalisation + s.unbinding) / (s.capacity * s.internalisation)
            } else {
                0.0
            },
            unbinding: s.unbinding,
            internalisation: s.internalisation,
            escape: s.escape * leaving,
            lysosome: s.lysosome,
            recycling: s.recycled * leaving,
        })
    }

    /// With `factor` (0 or above) times the binding, hence the clearance at low load, at the same number of sites.
    pub fn with_binding(self, factor: f64) -> Self {
        let factor = factor.max(0.0);
        Self { clearance: factor * self.clearance, binding: factor * self.binding, ..self }
    }

    /// Share of the surface sites that `surface` vesicles occupy, 0–1.
    pub fn occupancy(&self, surface: f64) -> f64 {
        if self.capacity > 0.0 { (surface / self.capacity).clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Mean of the free sites over a step at a steady concentration (vesicles/um³): `surface` relaxes
    /// exponentially, so a step that fills the cell is no reason to overfill it. `others` are sites taken by
    /// vesicles of other populations.
    pub fn mean_free_sites(&self, surface: f64, others: f64, concentration: f64, dt: f64) -> f64 {
        self.filling(concentration, dt).mean_free_sites(self.capacity, surface, others)
    }

    /// What a step at a steady concentration does to the sites of every cell of this uptake.
    pub fn filling(&self, concentration: f64, dt: f64) -> Filling {
        let gain = self.binding * concentration;
        let rate = gain + self.unbinding + self.internalisation;
        let span = rate * dt;
        if span <= 0.0 {
            return Filling { settled: 0.0, left: 1.0 };
        }
        Filling { settled: gain / rate, left: -math::exp_m1(-span) / span }
    }
}

/// How sites fill in a step: the part of [`UptakeParameters::mean_free_sites`] that cells in one place share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Filling {
    /// Share of the open sites that are taken once filling has settled.
    settled: f64,
    /// Share of the way to there that is left on average over the step.
    left: f64,
}

impl Filling {
    /// See [`UptakeParameters::mean_free_sites`].
    #[inline]
    pub fn mean_free_sites(&self, capacity: f64, surface: f64, others: f64) -> f64 {
        let open = (capacity - others).max(0.0);
        let settled = self.settled * open;
        let mean = settled + (surface - settled) * self.left;
        (open - mean).max(0.0)
    }
}

/// Vesicles of one population on and in one cell. Vesicles are whole, cargo is in copies and may be a mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CellVesicles {
    /// Bound to the surface.
    pub surface: f64,
    /// Internalised.
    pub inside: f64,
    /// Cargo in the vesicles on the surface.
    pub cargo_surface: [f64; MAX_CARGO],
    /// Cargo in the vesicles inside.
    pub cargo_inside: [f64; MAX_CARGO],
    /// Cargo in the cytosol.
    pub cytosol: [f64; MAX_CARGO],
}

impl CellVesicles {
    /// Splits off the daughter's share at a division: each vesicle goes to either cell with probability one half,
    /// cargo goes with its vesicles, the cytosol is halved.
    pub fn divide(&mut self, stream: &mut Stream) -> Self {
        let mut daughter = Self::default();
        let surface = stream.binomial(self.surface as u64, 0.5) as f64;
        let inside = stream.binomial(self.inside as u64, 0.5) as f64;
        for m in 0..MAX_CARGO {
            daughter.cargo_surface[m] = portion(self.cargo_surface[m], surface, self.surface);
            daughter.cargo_inside[m] = portion(self.cargo_inside[m], inside, self.inside);
            daughter.cytosol[m] = 0.5 * self.cytosol[m];
            self.cargo_surface[m] -= daughter.cargo_surface[m];
            self.cargo_inside[m] -= daughter.cargo_inside[m];
            self.cytosol[m] -= daughter.cytosol[m];
        }
        daughter.surface = surface;
        daughter.inside = inside;
        self.surface -= surface;
        self.inside -= inside;
        daughter
    }
}

/// The share of `cargo` that goes with `some` of `all` vesicles.
fn portion(cargo: f64, some: f64, all: f64) -> f64 {
    if all > 0.0 { cargo * (some / all) } else { 0.0 }
}

/// Vesicles that bound to a cell during a step, with their cargo as they arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// How many.
    pub count: u64,
    /// Copies of each cargo in all of them.
    pub cargo: [f64; MAX_CARGO],
}

impl Arrivals {
    /// Draws the cargo of `bound` vesicles, (count, size node), by the loadings of their population.
    pub fn draw(bound: &[(u64, usize)], cargo: &Loadings, stream: &mut Stream) -> Self {
        let count = bound.iter().map(|b| b.0).sum();
        if count == 0 {
            return Self::default();
        }
        Self { count, cargo: cargo.draw(bound, stream) }
    }
}

/// How cargo is lost (1/min).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CargoDecay {
    /// In a vesicle, on the surface or inside the cell.
    pub vesicle: f64,
    /// In the cytosol.
    pub cytosol: f64,
}

impl CargoDecay {
    /// Shares that are left after `dt` min in a vesicle and in the cytosol.
    pub fn kept(&self, dt: f64) -> [f64; 2] {
        [math::exp(-self.vesicle * dt), math::exp(-self.cytosol * dt)]
    }
}

/// Where the vesicles went that left during a step, and the cargo with them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fates {
    /// Unbound from the surface, back to the voxel.
    pub unbound: u64,
    /// Recycled from inside, back to the voxel.
    pub recycled: u64,
    /// Degraded in lysosomes.
    pub degraded: u64,
    /// Consumed by escape of their cargo.
    pub escaped: u64,
    /// Copies that left with unbound and recycled vesicles.
    pub cargo_returned: [f64; MAX_CARGO],
    /// Copies degraded in lysosomes.
    pub cargo_degraded: [f64; MAX_CARGO],
    /// Copies that reached the cytosol, before their decay there.
    pub cargo_delivered: [f64; MAX_CARGO],
    /// Copies that decayed in vesicles on or in the cell.
    pub cargo_decayed: [f64; MAX_CARGO],
}
