//! The way of a dose in one well-mixed layer of skin: from the label to the cytosol, as means.
//!
//! A calculator's answer, where a tissue would be too slow. The layer has one concentration of free vesicles; cells take
//! them up by the equations of [`crate::uptake`], with the diffusion limit in series; vesicles bind to matrix, are
//! degraded, and are carried off at one rate:
//!
//! ```text
//! dG/dt = −(k_rel + k_gel) G                          in the dressing; a dose without one starts in A
//! dA/dt = k_rel G − k_on A + k_off B − (k_deg + k_out) A − n J + k_rec I
//! dB/dt = k_on A − (k_off + k_deg) B
//! dS/dt = n J − k_int S,   J = (k_b f C − k_u S/n)/(1 + ρ k_b f),   f = S_max − S/n,   C = A/depth
//! dI/dt = k_int S − (k_esc + k_lys + k_rec) I
//! dX/dt = k_esc I q − k_x X,   dq/dt = −k_v q          copies in the cytosol, per copy loaded in each vesicle
//! ```
//!
//! all per area of skin, n cells per area. What the layer leaves out is depth: near a dressing the first rows of cells
//! get most, which is why an open bed is given only the depth that vesicles reach ([`reach`]).

use crate::dose::true_particles;
use crate::error::{Error, not_negative, positive, share};
use crate::stiff::{System, Tolerance, integrate};
use crate::uptake::{CargoDecay, UptakeParameters};

/// Relative and absolute (share of the dose) tolerance of the integration.
const RELATIVE: f64 = 1e-4;
const ABSOLUTE: f64 = 1e-9;

/// Stages of the way, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Particles on the label.
    Labelled,
    /// Vesicles left after storage and adsorption to walls.
    True,
    /// Kept at the site, or let out by the dressing.
    Retained,
    /// Past the barrier and not carried off.
    InTissue,
    /// Taken by cells: on the surface, inside, or gone through a cell.
    Bound,
    /// Internalised.
    Inside,
    /// Their cargo reached the cytosol.
    Escaped,
}

/// Number of stages.
pub const STAGES: usize = 7;

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; STAGES] = [
        Self::Labelled,
        Self::True,
        Self::Retained,
        Self::InTissue,
        Self::Bound,
        Self::Inside,
        Self::Escaped,
    ];

    /// Name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labelled => "labelled particles",
            Self::True => "true after storage and adsorption",
            Self::Retained => "retained at the site",
            Self::InTissue => "in the tissue",
            Self::Bound => "bound by cells",
            Self::Inside => "inside cells",
            Self::Escaped => "cargo escaped into the cytosol",
        }
    }
}

/// What is applied, and what holds it at the site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applied {
    /// Particles per um² on the label.
    pub labelled: f64,
    /// Share lost in storage.
    pub storage_loss: f64,
    /// Share lost to walls.
    pub adsorption_loss: f64,
    /// Share of the vesicles that stays at the site (the rest runs off, or stays in the device).
    pub retained: f64,
    /// Share of what is retained that passes the barrier between site and layer; 1 where there is none.
    pub passes: f64,
    /// First-order release (1/min) from a dressing that holds them, and their loss in it (1/min); `None`: all at once.
    pub dressing: Option<(f64, f64)>,
}

/// The layer that receives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// Depth (um).
    pub depth: f64,
    /// Target cells per um² of skin.
    pub cells: f64,
    /// Clearance (um³/min) that diffusion to a cell allows at most: 4πDR with the hindered mobility.
    pub diffusion_limit: f64,
    /// Degradation of vesicles (1/min).
    pub degradation: f64,
    /// Rate at which free vesicles are carried off (1/min).
    pub carried_off: f64,
    /// Binding to and unbinding from matrix (1/min).
    pub matrix: [f64; 2],
}

/// What came of it by the end.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Delivered {
    /// Vesicles per um² that got as far as each of [`Stage::ALL`].
    pub stages: [f64; STAGES],
    /// Vesicles bound per target cell, over the whole time.
    pub bound_per_cell: f64,
    /// Highest number of copies in the cytosol of a target cell at one time, per copy loaded in each vesicle.
    pub peak: f64,
    /// Copies that ever reached the cytosol of a target cell, per copy loaded in each vesicle.
    pub total: f64,
    /// When that peak was (min).
    pub peak_time: f64,
    /// What is missing from the sum of all fates, relative to the dose: rounding.
    pub imbalance: f64,
}

/// Depth (um) of an open bed that vesicles reach from its surface: they diffuse in (um²/min), are lost on the way
/// (1/min), and a flow (um/min) carries them out.
///
/// The decay length of the steady profile of D c″ + v c′ − k c = 0: 2D/(v + √(v² + 4Dk)).
pub fn reach(diffusion: f64, loss: f64, outflow: f64) -> f64 {
    if diffusion <= 0.0 {
        return 0.0;
    }
    let below = outflow + (outflow * outflow + 4.0 * diffusion * loss).sqrt();
    if below > 0.0 { 2.0 * diffusion / below } else { f64::INFINITY }
}

/// Runs a dose through a layer for a time (min).
///
/// # Errors
/// When a number is out of its range: a share not within 0–1, a rate below 0, no cells, no depth.
pub fn deliver(
    applied: &Applied,
    layer: &Layer,
    uptake: &UptakeParameters,
    cargo: CargoDecay,
    time: f64,
) -> Result<Delivered, Error> {
    positive("dose", applied.labelled)?;
    share("storage_loss", applied.storage_loss)?;
    share("adsorption_loss", applied.adsorption_loss)?;
    share("retained", applied.retained)?;
    share("passes", applied.passes)?;
    positive("depth", layer.depth)?;
    positive("cells", layer.cells)?;
    not_negative("diffusion_limit", layer.diffusion_limit)?;
    not_negative("degradation", layer.degradation)?;
    not_negative("carried_off", layer.carried_off)?;
    not_negative("matrix", layer.matrix[0])?;
    not_negative("matrix", layer.matrix[1])?;
    positive("time", time)?;
    let (release, gel_loss) = applied.dressing.unwrap_or((0.0, 0.0));
    not_negative("release", release)?;
    not_negative("degradation", gel_loss)?;

    let real = true_particles(applied.labelled, applied.storage_loss, applied.adsorption_loss);
    let held = real * applied.retained;
    // Everything is counted in shares of what is held, so that the tolerance is one of shares.
    let bed = Bed {
        layer,
        uptake,
        cargo,
        scale: held,
        release,
        gel_loss,
        passes: applied.passes,
        resistance: if layer.diffusion_limit > 0.0 { 1.0 / layer.diffusion_limit } else { f64::INFINITY },
    };
    let mut start = [0.0; WIDTH];
    start[AGE] = 1.0;
    if applied.dressing.is_some() {
        start[GEL] = 1.0;
    } else {
        start[LET_OUT] = 1.0;
        start[FREE] = applied.passes;
        start[BARRED] = 1.0 - applied.passes;
    }
    let (mut peak, mut peak_time) = (0.0, 0.0);
    let tolerance = Tolerance { relative: RELATIVE, absolute: ABSOLUTE };
    let end = integrate(&bed, start, time, tolerance, |t, y| {
        if y[CYTOSOL] > peak {
            (peak, peak_time) = (y[CYTOSOL], t);
        }
    });
    let escaped = end[ESCAPED];
    let inside = end[INSIDE] + end[LYSED] + escaped;
    let bound = inside + end[SURFACE];
    let in_tissue = bound + end[FREE] + end[MATRIX] + end[DEGRADED];
    let all = in_tissue + end[GEL] + end[GEL_LOST] + end[BARRED] + end[CARRIED];
    let per_cell = held / layer.cells;
    Ok(Delivered {
        stages: [
            applied.labelled,
            real,
            held * end[LET_OUT],
            held * in_tissue,
            held * bound,
            held * inside,
            held * escaped,
        ],
        bound_per_cell: per_cell * bound,
        peak: per_cell * peak,
        total: per_cell * end[COPIES],
        peak_time,
        imbalance: (all - 1.0).abs(),
    })
}

const GEL: usize = 0;
const FREE: usize = 1;
const MATRIX: usize = 2;
const SURFACE: usize = 3;
const INSIDE: usize = 4;
const AGE: usize = 5;
const CYTOSOL: usize = 6;
const COPIES: usize = 7;
const LET_OUT: usize = 8;
const BARRED: usize = 9;
const GEL_LOST: usize = 10;
const CARRIED: usize = 11;
const DEGRADED: usize = 12;
const LYSED: usize = 13;
const ESCAPED: usize = 14;
const WIDTH: usize = 15;

/// The equations of the module's head, in shares of what is held at the site.
struct Bed<'a> {
    layer: &'a Layer,
    uptake: &'a UptakeParameters,
    cargo: CargoDecay,
    /// Vesicles per um² that a share of 1 stands for.
    scale: f64,
    release: f64,
    gel_loss: f64,
    passes: f64,
    resistance: f64,
}

impl Bed<'_> {
    /// Net binding per area in shares per min, and its derivatives by free and surface-bound vesicles.
    fn binding(&self, free: f64, surface: f64) -> [f64; 3] {
        let (u, cells) = (self.uptake, self.layer.cells);
        let per_cell = self.scale / cells;
        // May be a rounding below 0 on a full cell: cut off there, the restoring slope would be lost.
        let open = u.capacity - surface * per_cell;
        let bare = u.binding * open;
        let rebinding = 1.0 + self.resistance * bare.max(0.0);
        if !rebinding.is_finite() {
            return [0.0; 3];
        }
        // Per share: a cell of the layer's n clears n k/depth of what is free.
        let rate = cells * bare / self.layer.depth;
        let net = rate * free - u.unbinding * surface;
        let slope = u.binding * per_cell;
        let by_free = rate / rebinding;
        let by_surface = (-cells * slope / self.layer.depth * free - u.unbinding) / rebinding
            + if bare > 0.0 { net * self.resistance * slope / (rebinding * rebinding) } else { 0.0 };
        [net / rebinding, by_free, by_surface]
    }
}

impl System<WIDTH> for Bed<'_> {
    fn slope(&self, y: &[f64; WIDTH]) -> [f64; WIDTH] {
        let (l, u) = (self.layer, self.uptake);
        let [bound, _, _] = self.binding(y[FREE], y[SURFACE]);
        let out = self.release * y[GEL];
        let [on, off] = l.matrix;
        let mut d = [0.0; WIDTH];
        d[GEL] = -out - self.gel_loss * y[GEL];
        d[GEL_LOST] = self.gel_loss * y[GEL];
        d[LET_OUT] = out;
        d[BARRED] = (1.0 - self.passes) * out;
        let recycled = u.recycling * y[INSIDE];
        d[FREE] = self.passes * out - (on + l.degradation + l.carried_off) * y[FREE] + off * y[MATRIX]
            - bound
            + recycled;
        d[MATRIX] = on * y[FREE] - (off + l.degradation) * y[MATRIX];
        d[CARRIED] = l.carried_off * y[FREE];
        d[DEGRADED] = l.degradation * (y[FREE] + y[MATRIX]);
        let inward = u.internalisation * y[SURFACE];
        d[SURFACE] = bound - inward;
        d[INSIDE] = inward - (u.escape + u.lysosome) * y[INSIDE] - recycled;
        d[LYSED] = u.lysosome * y[INSIDE];
        d[ESCAPED] = u.escape * y[INSIDE];
        d[AGE] = -self.cargo.vesicle * y[AGE];
        d[COPIES] = u.escape * y[INSIDE] * y[AGE];
        d[CYTOSOL] = d[COPIES] - self.cargo.cytosol * y[CYTOSOL];
        d
    }

    fn jacobian(&self, y: &[f64; WIDTH]) -> [[f64; WIDTH]; WIDTH] {
        let (l, u) = (self.layer, self.uptake);
        let [_, by_free, by_surface] = self.binding(y[FREE], y[SURFACE]);
        let [on, off] = l.matrix;
        let mut j = [[0.0; WIDTH]; WIDTH];
        j[GEL][GEL] = -self.release - self.gel_loss;
        j[GEL_LOST][GEL] = self.gel_loss;
        j[LET_OUT][GEL] = self.release;
        j[BARRED][GEL] = (1.0 - self.passes) * self.release;
        j[FREE][GEL] = self.passes * self.release;
        j[FREE][FREE] = -(on + l.degradation + l.carried_off) - by_free;
        j[FREE][MATRIX] = off;
        j[FREE][SURFACE] = -by_surface;
        j[FREE][INSIDE] = u.recycling;
        j[MATRIX][FREE] = on;
        j[MATRIX][MATRIX] = -off - l.degradation;
        j[CARRIED][FREE] = l.carried_off;
        j[DEGRADED][FREE] = l.degradation;
        j[DEGRADED][MATRIX] = l.degradation;
        j[SURFACE][FREE] = by_free;
        j[SURFACE][SURFACE] = by_surface - u.internalisation;
        j[INSIDE][SURFACE] = u.internalisation;
        j[INSIDE][INSIDE] = -u.escape - u.lysosome - u.recycling;
        j[LYSED][INSIDE] = u.lysosome;
        j[ESCAPED][INSIDE] = u.escape;
        j[AGE][AGE] = -self.cargo.vesicle;
        j[COPIES][INSIDE] = u.escape * y[AGE];
        j[COPIES][AGE] = u.escape * y[INSIDE];
        j[CYTOSOL] = j[COPIES];
        j[CYTOSOL][CYTOSOL] = -self.cargo.cytosol;
        j
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uptake::UptakeSpec;
    use exoderm_numeric::math;
    use proptest::prelude::*;

    fn uptake(escape: f64) -> UptakeParameters {
        UptakeParameters::new(UptakeSpec {
            clearance: 1600.0,
            capacity: 417.0,
            internalisation: 0.5 / 60.0,
            unbinding: 0.5 / 60.0,
            lysosome: 0.15 / 60.0,
            recycled: 0.2,
            escape,
        })
        .unwrap()
    }

    fn layer() -> Layer {
        Layer {
            depth: 600.0,
            cells: 0.012,
            diffusion_limit: 2500.0,
            degradation: 0.02 / 60.0,
            carried_off: 1.0 / 720.0,
            matrix: [0.014, 0.006],
        }
    }

    fn bolus(labelled: f64) -> Applied {
        Applied {
            labelled,
            storage_loss: 0.3,
            adsorption_loss: 0.2,
            retained: 0.6,
            passes: 1.0,
            dressing: None,
        }
    }

    const NO_DECAY: CargoDecay = CargoDecay { vesicle: 0.0, cytosol: 0.0 };

    /// Without saturation, unbinding, matrix and recycling, the shares are ratios of rates and, given time, exact.
    #[test]
    fn s033_low_dose_is_the_product_of_its_shares() {
        let spec = UptakeSpec {
            clearance: 800.0,
            capacity: 1e9,
            internalisation: 0.01,
            unbinding: 0.0,
            lysosome: 0.003,
            recycled: 0.0,
            escape: 0.05,
        };
        let u = UptakeParameters::new(spec).unwrap();
        let l = Layer { matrix: [0.0, 0.0], ..layer() };
        let d = deliver(&bolus(1e-3), &l, &u, NO_DECAY, 1e6).unwrap();
        // Uptake in series with diffusion, per min of what is free.
        let take = l.cells / l.depth / (1.0 / 800.0 + 1.0 / 2500.0);
        let (kept, bound) =
            ((take + l.degradation) / (take + l.degradation + l.carried_off), take / (take + l.degradation));
        let expected = [1.0, 0.7 * 0.8, 0.6, kept, bound, 1.0, 0.05];
        let mut product = 1e-3;
        for (k, share) in expected.iter().enumerate() {
            product *= share;
            assert!((d.stages[k] / product - 1.0).abs() < 1e-4, "{k}: {} {product}", d.stages[k]);
        }
        assert!((d.total * l.cells / d.stages[6] - 1.0).abs() < 1e-6);
        assert!((d.peak / d.total - 1.0).abs() < 1e-6, "nothing is lost in the cytosol here");
    }

    /// A dressing lets out the share release/(release + loss).
    #[test]
    fn dressing_lets_out_its_share() {
        let a = Applied { dressing: Some((1e-3, 3e-3)), passes: 0.4, ..bolus(0.1) };
        let d = deliver(&a, &layer(), &uptake(0.005), NO_DECAY, 1e5).unwrap();
        assert!((d.stages[2] / d.stages[1] - 0.6 * 0.25).abs() < 1e-5);
        assert!(d.stages[3] / d.stages[2] < 0.4 && d.imbalance < 1e-9);
    }

    /// Cells cannot bind more than they have sites for, refilled at the rate of internalisation; a fifth of what is
    /// internalised comes back.
    #[test]
    fn saturates_with_the_dose() {
        let time = 1440.0;
        let per_cell = |dose: f64| {
            deliver(&bolus(dose), &layer(), &uptake(0.005), NO_DECAY, time).unwrap().bound_per_cell
        };
        let most = 417.0 * (1.0 + time * 0.5 / 60.0);
        assert!(per_cell(1e6) < most && per_cell(1e6) > 0.8 * most, "{} {most}", per_cell(1e6));
        assert!((per_cell(1e-3) / per_cell(1e-4) - 10.0).abs() < 0.01);
    }

    /// Loss of copies: in the vesicle until it escapes, in the cytosol after; both lower the peak.
    #[test]
    fn peak_copies_decay() {
        let run = |vesicle: f64, cytosol: f64| {
            deliver(&bolus(1.0), &layer(), &uptake(0.05), CargoDecay { vesicle, cytosol }, 10_080.0).unwrap()
        };
        let none = run(0.0, 0.0);
        let cytosol = run(0.0, 5e-4);
        let both = run(1e-3, 5e-4);
        assert!(cytosol.peak < none.peak && both.peak < cytosol.peak);
        assert!((cytosol.total - none.total).abs() < 1e-6 * none.total);
        assert!(both.total < cytosol.total && both.peak_time < none.peak_time);
    }

    /// The steady profile exp(−z/reach) solves D c″ + v c′ = k c.
    #[test]
    fn reach_solves_its_equation() {
        for (d, k, v) in [(60.0, 0.03, 3.5), (60.0, 0.03, 0.0), (1.0, 1e-4, 0.2)] {
            let r = reach(d, k, v);
            assert!((d / (r * r) - v / r - k).abs() < 1e-9 * (d / (r * r)), "{d} {k} {v}");
        }
        assert_eq!(reach(0.0, 1.0, 1.0), 0.0);
        assert_eq!(reach(1.0, 0.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let ok = (bolus(1.0), layer());
        for (a, l) in [
            (Applied { labelled: 0.0, ..ok.0 }, ok.1),
            (Applied { passes: 1.2, ..ok.0 }, ok.1),
            (Applied { storage_loss: f64::NAN, ..ok.0 }, ok.1),
            (ok.0, Layer { cells: 0.0, ..ok.1 }),
            (ok.0, Layer { depth: f64::INFINITY, ..ok.1 }),
        ] {
            assert!(deliver(&a, &l, &uptake(0.1), NO_DECAY, 60.0).is_err());
        }
        // A layer that lets nothing diffuse delivers nothing, and says so without a fault.
        let closed = Layer { diffusion_limit: 0.0, ..ok.1 };
        let d = deliver(&ok.0, &closed, &uptake(0.1), NO_DECAY, 600.0).unwrap();
        assert_eq!((d.stages[4], d.peak), (0.0, 0.0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Vesicles are neither made nor lost, stages never grow, whatever the numbers.
        #[test]
        fn s033_stages_fall_and_balance(
            dose in -3.0..6.0f64, depth in 5.0..3000.0f64, cells in -4.0..0.0f64, limit in -2.0..4.0f64,
            escape in 0.0..0.3f64, rel in -5.0..-1.0f64, out in -5.0..0.0f64, passes in 0.0..1.0f64, gel in any::<bool>(),
        ) {
            let ten = |x: f64| math::pow(10.0, x);
            let a = Applied { passes, dressing: gel.then_some((ten(rel), 3e-4)), ..bolus(ten(dose)) };
            let l = Layer { depth, cells: ten(cells), diffusion_limit: ten(limit), carried_off: ten(out), ..layer() };
            let d = deliver(&a, &l, &uptake(escape), CargoDecay { vesicle: 1e-4, cytosol: 5e-4 }, 10_080.0).unwrap();
            prop_assert!(d.imbalance < 1e-9, "{}", d.imbalance);
            for pair in d.stages.windows(2) {
                prop_assert!(pair[1] <= pair[0] * (1.0 + 1e-9) + 1e-9 * a.labelled, "{:?}", d.stages);
            }
            prop_assert!(d.peak <= d.total * (1.0 + 1e-6) + 1e-9);
        }
    }
}
