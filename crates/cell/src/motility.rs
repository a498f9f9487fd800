//! Persistent random walks.
//!
//! A cell keeps a random unit vector ξ, redrawn isotropically at the events of a Poisson process of rate
//! 1/persistence. Its self-correlation is then exactly `exp(-t/τ)` in one, two and three dimensions alike, and
//! the mean squared displacement of an unbiased walker is Fürth's
//!
//! ```text
//! MSD(t) = 2 v² τ (t − τ (1 − e^(−t/τ)))
//! ```
//!
//! in every number of dimensions. Between two ticks the direction is constant; that changes the MSD by a relative
//! `O((dt/τ)²)` (see [`msd_in_ticks`]). A bias vector b, |b| ≤ 1, points along a gradient or to the free edge:
//! the cell moves with speed v along the unit vector of `(1 − |b|) ξ + b`, so that 0 is a free walk and 1 is
//! straight along b; it acts at once, the memory being in ξ only.
//!
//! Contact guidance ([`Fibres`]): a share g of the redraws takes one of the two directions of the fibre through the cell
//! instead of any (the turning kernel of Hillen 2006, *J. Math. Biol.* 53:585, with fibres of one direction mixed with
//! fibres of all). Turns come as often as ever, so that Fürth's law holds by axis with the mean square of ξ along it:
//! in d dimensions `MSD_a = ⟨ξ_a²⟩ MSD` with `⟨ξ_a²⟩ = g + (1 − g)/d` along fibres and `(1 − g)/d` along each other axis.
//! A bias b acts on such a turn by its sign, +a with the chance (1 + b·a)/2, and on the rest of the walk with (1 − g) b. With g = 1
//! cells run to and fro on their fibres and drift at v (b·a): haptotaxis along fibres, where b points up the gradient of the matrix.

use crate::error::{CellError, not_negative};
use crate::store::{Cells, get, set};
use crate::vector::{Vec3, add, dot, norm, random_direction, random_in_plane, scale, sub, unit};
use exoderm_numeric::math;
use exoderm_numeric::random::Stream;

/// Where a walk may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Confinement {
    /// Anywhere.
    Space,
    /// In the plane with this normal: the tangent plane of a surface at the cell.
    Plane(Vec3),
    /// To and fro along this axis: a front that crawls in one dimension.
    Axis(Vec3),
}

/// A persistent walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// Speed (um/min).
    pub speed: f64,
    /// Mean time between redraws (min); 0 redraws at every tick.
    pub persistence: f64,
    /// Where it may go.
    pub confinement: Confinement,
}

impl Walk {
    /// Checks the numbers.
    ///
    /// # Errors
    /// If speed or persistence is negative or not finite.
    pub fn check(&self) -> Result<(), CellError> {
        not_negative("walk speed", self.speed)?;
        not_negative("walk persistence", self.persistence)
    }
}

/// Fibres that guide a cell's walk.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fibres {
    /// Their direction; either of the two signs, any length, a zero vector for none.
    pub axis: Vec3,
    /// Share of the redraws that follow them (0–1).
    pub share: f64,
}

/// Sets the active velocity of cell `i` for the next `dt` (min), with draws from `stream`.
///
/// A confinement without direction (a zero normal or axis) stops the cell, and so does a speed of 0; a bias
/// longer than 1 counts as 1.
///
/// # Panics
/// If `i` is out of range.
pub fn steer(cells: &mut Cells, i: usize, walk: &Walk, bias: Vec3, dt: f64, stream: &mut Stream) {
    steer_on(cells, i, walk, &Fibres::default(), bias, dt, stream);
}

/// [`steer`] on fibres. A share of 0, or fibres that stand upright on the plane of the walk or on its axis, guide nothing; then the
/// draws and their bits are those of [`steer`].
///
/// # Panics
/// If `i` is out of range.
pub fn steer_on(
    cells: &mut Cells,
    i: usize,
    walk: &Walk,
    fibres: &Fibres,
    bias: Vec3,
    dt: f64,
    stream: &mut Stream,
) {
    let velocity = if walk.speed > 0.0 && !cells.is_doomed(i) {
        next_velocity(cells, i, walk, fibres, bias, dt, stream)
    } else {
        [0.0; 3]
    };
    set(&mut cells.active, i, velocity);
}

fn next_velocity(
    cells: &mut Cells,
    i: usize,
    walk: &Walk,
    fibres: &Fibres,
    bias: Vec3,
    dt: f64,
    stream: &mut Stream,
) -> Vec3 {
    let confine = match walk.confinement {
        Confinement::Space => Confinement::Space,
        Confinement::Plane(n) => match unit(n) {
            Some(n) => Confinement::Plane(n),
            None => return [0.0; 3],
        },
        Confinement::Axis(a) => match unit(a) {
            Some(a) => Confinement::Axis(a),
            None => return [0.0; 3],
        },
    };
    let keep = if walk.persistence > 0.0 { math::exp(-dt / walk.persistence) } else { 0.0 };
    // The redraw is decided first and from the same draw in every case, so that arms stay paired.
    let redraw = stream.uniform() >= keep;
    // The old direction is turned into the new tangent plane, since surfaces bend.
    let old = unit(project(get(&cells.direction, i), confine));
    let mut bias = project(bias, confine);
    let fibre = if fibres.share > 0.0 { unit(project(fibres.axis, confine)) } else { None };
    let along = |a: Vec3, lead: f64, stream: &mut Stream| {
        scale(a, if stream.chance(0.5 * (1.0 + lead)) { 1.0 } else { -1.0 })
    };
    let xi = match (old, redraw) {
        (Some(old), false) => old,
        _ => match (fibre, confine) {
            (Some(a), _) if stream.chance(fibres.share) => along(a, dot(bias, a), stream),
            (_, Confinement::Space) => random_direction(stream),
            (_, Confinement::Plane(n)) => random_in_plane(n, stream),
            (_, Confinement::Axis(a)) => along(a, 0.0, stream),
        },
    };
    set(&mut cells.direction, i, xi);
    if fibre.is_some() {
        bias = scale(bias, 1.0 - fibres.share.min(1.0));
    }
    let length = norm(bias);
    let bias = if length > 1.0 { scale(bias, 1.0 / length) } else { bias };
    let heading = add(scale(xi, 1.0 - length.min(1.0)), bias);
    unit(heading).map_or([0.0; 3], |h| scale(h, walk.speed))
}

fn project(v: Vec3, confine: Confinement) -> Vec3 {
    match confine {
        Confinement::Space => v,
        Confinement::Plane(n) => sub(v, scale(n, dot(v, n))),
        Confinement::Axis(a) => scale(a, dot(v, a)),
    }
}

/// Fürth's mean squared displacement (um²) of a free walker after time `t` (min).
pub fn msd(speed: f64, persistence: f64, t: f64) -> f64 {
    let tau = persistence;
    2.0 * speed * speed * tau * (t + tau * math::exp_m1(-t / tau))
}

/// The same with directions that can change only at ticks of length `dt`: the exact sum
/// `v² dt² (n + 2 Σ_{k<n} (n−k) q^k)`, `q = exp(−dt/τ)`.
pub fn msd_in_ticks(speed: f64, persistence: f64, dt: f64, ticks: u32) -> f64 {
    let (n, q) = (f64::from(ticks), math::exp(-dt / persistence));
    let (mut sum, mut power) = (n, 1.0);
    for k in 1..ticks {
        power *= q;
        sum += 2.0 * (n - f64::from(k)) * power;
    }
    speed * speed * dt * dt * sum
}
