//! Where a step of one vesicle ends.

use crate::class::{Class, Motion, Path};
use crate::near::{Leap, Outcome, distance, meet};
use crate::scene::{Id, Near, REACH, Scene, Touched};
use crate::surface::{along, dot, sub};
use exoderm_numeric::math;
use exoderm_numeric::random::Stream;

/// A substep near a curved surface is at most this share of its radius (standard deviation of the jump): the turn
/// around the sphere is then right to about 1 %, and its far side cannot matter.
const TURN: f64 = 0.25;
/// A second surface is at least this many standard deviations away, unless the substep is at its floor.
const APART: f64 = 4.0;
/// The floor of substeps in cusps between surfaces, as a share of the smallest length of the scene.
const FLOOR: f64 = 0.02;
/// Near a surface drift moves a vesicle by at most this share of a substep's standard deviation.
const PUSH: f64 = 0.05;

/// No step is cut into many more substeps than the inverse of this: with a drift or spring so strong against diffusion
/// that more were needed, accuracy gives way, not the user's time.
pub(crate) const SHORTEST: f64 = 1e-5;

/// How a step of one vesicle ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// It is here.
    At([f64; 3]),
    /// A surface took it, this long after the step began.
    Captured(Touched, f64),
}

/// What pushes a vesicle.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Push {
    /// A constant velocity, um/min.
    Drift([f64; 3]),
    /// A spring: −rate (x − anchor).
    Spring { anchor: [f64; 3], rate: f64 },
}

impl Push {
    fn velocity(&self, scene: &Scene, p: [f64; 3]) -> [f64; 3] {
        match self {
            Push::Drift(v) => *v,
            Push::Spring { anchor, rate } => sub(scene.image(*anchor, p), p).map(|c| rate * c),
        }
    }

    /// Longest substep for which the velocity may be taken as constant.
    fn longest(&self) -> f64 {
        match self {
            Push::Drift(_) => f64::INFINITY,
            Push::Spring { rate, .. } => 0.02 / rate,
        }
    }
}

/// Moves a vesicle from `p` for `span` min. `first` are the normals for the first substep and what
/// is near, if they are known already.
pub(crate) fn advance(
    scene: &Scene,
    class: &Class,
    push: &Push,
    mut p: [f64; 3],
    span: f64,
    mut first: Option<([f64; 3], Near)>,
    rng: &mut Stream,
) -> End {
    let d = class.diffusion;
    let mut done = 0.0;
    loop {
        let left = span - done;
        if left <= 0.0 {
            return End::At(p);
        }
        let drift = push.velocity(scene, p);
        let speed = dot(drift, drift).sqrt();
        let (drawn, near) =
            first.take().map_or_else(|| (None, scene.near(p, class.radius)), |(xi, n)| (Some(xi), n));
        let floor = SHORTEST * span;
        let longest = left.min(push.longest().max(floor));
        // A jump that stays clear of every surface …
        let free = clear_time(near.gap, d, speed);
        let mut tau = free;
        // … or one that meets the nearest, and only that.
        if let Some(id) = near.nearest
            && free < longest
        {
            let sd = (TURN * scene.bend(id)).min((near.second / APART).max(FLOOR * scene.scale()));
            let mut beside = if d > 0.0 { 0.5 * sd * sd / d } else { sd / speed };
            if speed > 0.0 {
                beside =
                    beside.min(if d > 0.0 { 2.0 * d * (PUSH / speed) * (PUSH / speed) } else { sd / speed });
            }
            tau = tau.max(beside).max(floor);
        }
        let tau = tau.min(longest);
        let xi = drawn.unwrap_or_else(|| [rng.normal(), rng.normal(), rng.normal()]);
        let sd = (2.0 * d * tau).sqrt();
        let to = along(along(p, tau, drift), sd, xi);
        if tau > free {
            let leap = Leap { tau, diffusion: d, drift };
            let end = match near.nearest {
                // Nothing else within reach: the common case.
                Some(id) if near.second > REACH * sd && d > 0.0 => {
                    match meet(&scene.local(id, p, class.radius), p, to, &leap, rng) {
                        Outcome::Clear => End::At(to),
                        Outcome::Turned(q) => End::At(q),
                        Outcome::Captured(at) => End::Captured(scene.label(id), at),
                    }
                }
                _ => among(scene, class.radius, p, to, &leap, rng),
            };
            match end {
                End::At(q) => p = scene.wrap(q),
                End::Captured(by, at) => return End::Captured(by, done + at),
            }
        } else {
            p = scene.wrap(to);
        }
        // The last substep ends the span exactly.
        done = if tau >= left { span } else { done + tau };
    }
}

/// The time for which a vesicle this far from every surface is clear of them.
fn clear_time(gap: f64, d: f64, speed: f64) -> f64 {
    if !gap.is_finite() {
        return f64::INFINITY;
    }
    if gap <= 0.0 {
        return 0.0;
    }
    if d == 0.0 {
        return if speed > 0.0 { gap / speed } else { f64::INFINITY };
    }
    // REACH √(2 D t) + speed t = gap, as a quadratic in √t, written without cancellation.
    let b = REACH * (2.0 * d).sqrt();
    let root = 2.0 * gap / (b + (b * b + 4.0 * speed * gap).sqrt());
    root * root
}

/// A jump beside surfaces: each that is within its reach is asked in turn.
fn among(scene: &Scene, radius: f64, from: [f64; 3], to: [f64; 3], leap: &Leap, rng: &mut Stream) -> End {
    let reach = REACH * (2.0 * leap.diffusion * leap.tau).sqrt();
    let mut to = to;
    let mut captured = None;
    scene.each(from, |id| {
        let local = scene.local(id, from, radius);
        if local.gap > reach && distance(&local, from, to) > 0.0 {
            return true;
        }
        if leap.diffusion == 0.0 {
            // Without diffusion a vesicle that is carried into a surface stays before it, or is taken.
            if distance(&local, from, to) < 0.0 {
                if local.kappa == f64::INFINITY {
                    captured = Some((id, leap.tau));
                    return false;
                }
                to = from;
            }
            return true;
        }
        match meet(&local, from, to, leap, rng) {
            Outcome::Clear => {}
            Outcome::Turned(q) => to = q,
            Outcome::Captured(at) => match captured {
                Some((_, earlier)) if earlier <= at => {}
                _ => captured = Some((id, at)),
            },
        }
        true
    });
    if let Some((id, at)) = captured {
        return End::Captured(scene.label(id), at);
    }
    // Turned away by one surface into another: rare, in cusps only. Stay.
    let mut fine = true;
    scene.each(from, |id: Id| {
        fine = distance(&scene.local(id, from, radius), from, to) >= 0.0;
        fine
    });
    End::At(if fine { to } else { from })
}

/// The place of a tethered vesicle after `span`, exact while no surface is near.
pub(crate) fn swing(
    scene: &Scene,
    class: &Class,
    anchor: [f64; 3],
    rate: f64,
    p: [f64; 3],
    span: f64,
    rng: &mut Stream,
) -> End {
    let keep = math::exp(-rate * span);
    let sd = (class.diffusion / rate * -math::exp_m1(-2.0 * rate * span)).sqrt();
    let offset = sub(p, anchor);
    // The spring never carries it further from the anchor, so that this bounds its way.
    let way = (1.0 - keep) * dot(offset, offset).sqrt() + REACH * (2.0 * class.diffusion * span).sqrt();
    if scene.near(p, class.radius).gap > way {
        let xi = [rng.normal(), rng.normal(), rng.normal()];
        return End::At(scene.wrap(along(along(anchor, keep, offset), sd, xi)));
    }
    advance(scene, class, &Push::Spring { anchor, rate }, p, span, None, rng)
}

/// Runs the inner clock of a trapped vesicle up to time `until` (min, of the outer clock) and returns by how much it
/// advanced; `release` is when the present trap opens.
pub(crate) fn inner_time(
    exponent: f64,
    quantum: f64,
    release: &mut f64,
    until: f64,
    rng: &mut Stream,
) -> f64 {
    let unit = math::pow(quantum, 1.0 / exponent);
    let mut quanta = 0u32;
    while *release <= until {
        quanta += 1;
        *release += unit * rng.stable(exponent);
    }
    f64::from(quanta) * quantum
}

/// When the first trap opens. Its quantum is a random part of a whole one, which makes the mean clock exact.
pub(crate) fn first_release(exponent: f64, quantum: f64, now: f64, rng: &mut Stream) -> f64 {
    let part = quantum * (1.0 - rng.uniform());
    now + math::pow(part, 1.0 / exponent) * rng.stable(exponent)
}

/// How far along its path a vesicle is after `span`.
pub(crate) fn stride(path: &Path, travelled: f64, span: f64, rng: &mut Stream) -> f64 {
    let steps = rng.poisson(path.speed * span / path.stride);
    (travelled + steps as f64 * path.stride).min(path.length())
}

/// Whether the class needs the slow way for every step.
pub(crate) fn is_plain(class: &Class) -> bool {
    matches!(class.motion, Motion::Brownian)
}
