//! Surfaces and walls.
//!
//! One-sided limits are hard: a position beyond the limit is moved back along the normal after every stage, and at
//! the limit the part of the velocity that leads across is taken away. A mirror cannot be pressed in, adds no
//! stiffness, and the error estimate leaves out the direction it decides. Only bound cells hang on a spring.

use super::parameters::{MechanicsParameters, SurfaceRule};
use crate::surface::{Floor, Nearest};
use crate::vector::{Vec3, add, dot, scale, sub, unit};

/// A cell this near to its limit (um) rests on it.
const TOUCHING: f64 = 1e-7;

/// A velocity and what it is held by.
pub(super) struct Held {
    pub(super) velocity: Vec3,
    /// Normal of the surface touched (its part along the walls touched), zero if none.
    pub(super) normal: Vec3,
    /// Walls touched.
    pub(super) walls: [i8; 3],
}

/// Nearest point of the surface if a one-sided rule may be active within `limit` (um) of it, else none.
fn near(
    parameters: &MechanicsParameters,
    floor: &Floor,
    rule: SurfaceRule,
    p: Vec3,
    limit: f64,
) -> Option<Nearest> {
    parameters.surface.as_ref()?;
    match rule {
        SurfaceRule::Above => floor.nearest_of(p, limit, f64::INFINITY),
        SurfaceRule::Below => floor.nearest_of(p, f64::INFINITY, limit),
        SurfaceRule::Free | SurfaceRule::Bound => None,
    }
}

/// How far a cell of radius `r` at signed distance `distance` is from its limit: negative beyond.
fn clearance(rule: SurfaceRule, distance: f64, r: f64) -> f64 {
    if rule == SurfaceRule::Above { distance - r } else { -distance - r }
}

/// Moves `p` back to where its rule and the walls allow it.
pub(super) fn hold_position(
    parameters: &MechanicsParameters,
    floor: &Floor,
    rule: SurfaceRule,
    p: Vec3,
    r: f64,
) -> Vec3 {
    let mut p = p;
    // In a fold as tight as the cell the foot moves when the cell does: a few rounds settle it.
    for _ in 0..8 {
        let Some(found) = near(parameters, floor, rule, p, r + TOUCHING) else { break };
        let clear = clearance(rule, found.distance, r);
        if clear >= -1e-9 {
            break;
        }
        let out = if rule == SurfaceRule::Above { -clear } else { clear };
        let mut moved = add(p, scale(found.normal, out));
        let walls = parameters.domain.hold_inside(&mut moved);
        if walls[0] != 0 {
            // Between floor and wall: up along the wall, which the normal alone would lead through.
            moved[2] = p[2] + out / found.normal[2].max(0.05);
        }
        p = moved;
    }
    parameters.domain.hold_inside(&mut p);
    p
}

/// Takes from `v` what would lead a cell at `p` across its limit.
pub(super) fn hold_velocity(
    parameters: &MechanicsParameters,
    floor: &Floor,
    rule: SurfaceRule,
    p: Vec3,
    r: f64,
    v: Vec3,
) -> Held {
    let mut held = Held { velocity: v, normal: [0.0; 3], walls: [0; 3] };
    let sign = if rule == SurfaceRule::Above { 1.0 } else { -1.0 };
    if let Some(found) = near(parameters, floor, rule, p, r + TOUCHING)
        && clearance(rule, found.distance, r) <= TOUCHING
    {
        held.normal = found.normal;
        let through = dot(v, found.normal);
        if sign * through < 0.0 {
            held.velocity = sub(v, scale(found.normal, through));
        }
    }
    let mut at = p;
    held.walls = parameters.domain.hold_inside(&mut at);
    if held.walls == [0; 3] {
        return held;
    }
    // What the surface leaves free along the walls.
    let mut along = held.normal;
    for ((v, n), wall) in held.velocity.iter_mut().zip(&mut along).zip(held.walls) {
        if *v * f64::from(wall) > 0.0 {
            *v = 0.0;
        }
        if wall != 0 {
            *n = 0.0;
        }
    }
    // The wall's part may lead into the surface again: a corner holds both.
    let through = dot(held.velocity, held.normal);
    if let Some(along) = unit(along) {
        if sign * through < 0.0 {
            held.velocity = sub(held.velocity, scale(along, through / dot(along, held.normal)));
        }
        held.normal = along;
    }
    held
}

/// Force of the spring that holds a bound cell one radius above the surface, and the normal.
pub(super) fn binding(
    parameters: &MechanicsParameters,
    floor: &Floor,
    rule: SurfaceRule,
    p: Vec3,
    r: f64,
) -> Option<(Vec3, Vec3)> {
    if rule != SurfaceRule::Bound {
        return None;
    }
    parameters.surface.as_ref()?;
    let found = floor.nearest(p);
    let force = scale(found.normal, -parameters.binding * (found.distance - r));
    Some((force, found.normal))
}
