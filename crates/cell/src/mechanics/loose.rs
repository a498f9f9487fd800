//! Cells that push nobody.
//!
//! A kind whose forces with every kind are zero, and which hangs on no spring, moves by its active velocity alone,
//! held by the surface and the walls: a straight line until it meets one. Such a cell needs no neighbours, wakes
//! nobody, and asks for no short substeps; its interval is cut into pieces no longer than half its radius, of
//! which each is straight, so that it follows a curved surface.

use super::constraint::{hold_position, hold_velocity};
use super::parameters::{MechanicsParameters, SurfaceRule};
use crate::surface::Floor;
use crate::vector::{Vec3, add, norm, scale};

/// Longest straight piece of a path, as a share of the radius.
const PIECE: f64 = 0.5;

/// Most pieces of an interval.
const MOST_PIECES: f64 = 10_000.0;

/// True for each kind that exerts no force, into `out`.
pub(super) fn kinds(parameters: &MechanicsParameters, out: &mut Vec<bool>) {
    out.clear();
    out.extend(parameters.kinds.iter().enumerate().map(|(k, kind)| {
        let row = parameters.pairs.row(crate::store::Kind(k as u8));
        (kind.surface != SurfaceRule::Bound || parameters.binding == 0.0 || parameters.surface.is_none())
            && row.iter().all(|law| !law.acts())
    }));
}

/// Moves a loose cell at `p` through `dt`; returns where it is and its velocity there.
pub(super) fn walk(
    parameters: &MechanicsParameters,
    floor: &Floor,
    rule: SurfaceRule,
    (p, r): (Vec3, f64),
    active: Vec3,
    dt: f64,
) -> (Vec3, Vec3) {
    let hold = |p: Vec3| hold_position(parameters, floor, rule, p, r);
    let velocity = |p: Vec3| hold_velocity(parameters, floor, rule, p, r, active).velocity;
    let mut p = hold(p);
    let pieces = (norm(active) * dt / (PIECE * r)).ceil().clamp(0.0, MOST_PIECES);
    for _ in 0..pieces as usize {
        p = parameters.domain.wrap(hold(add(p, scale(velocity(p), dt / pieces))));
    }
    (p, velocity(p))
}
