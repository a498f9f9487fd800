//! Velocities from forces, and how fast they could make things swing.

use super::constraint;
use super::parameters::{MechanicsParameters, PairForce, PairImages};
use crate::neighbours::Verlet;
use crate::store::{Cells, get};
use crate::surface::Bounds;
use crate::vector::{Vec3, add, dot, scale};

/// Pairs this near to touching (share of the contact distance) count as stiff, since they may touch within the
/// step that the stiffness is to bound.
const NEAR_CONTACT: f64 = 0.05;

/// Force of the pair law at distance `d` for contact distance `s`: positive pushes apart.
#[inline]
pub(super) fn pair_force(p: &PairForce, s: f64, d: f64, reach: f64, saturation: f64) -> f64 {
    let overlap = s - d;
    if overlap >= 0.0 {
        let q = (overlap / s).min(saturation);
        q * s * (p.stiffness + p.cubic * q * q)
    } else {
        let room = (reach - 1.0) * s;
        if -overlap >= room {
            return 0.0;
        }
        let u = -overlap / room;
        -4.0 * p.adhesion * u * (1.0 - u)
    }
}

/// Upper bound on the restoring stiffness (force / um) along the line of centres.
#[inline]
fn pair_stiffness(p: &PairForce, s: f64, d: f64, reach: f64) -> f64 {
    let q = (s - d) / s;
    let mut stiffness = 0.0;
    if q > -NEAR_CONTACT {
        let q = (q + NEAR_CONTACT).min(1.0);
        stiffness = p.stiffness + 3.0 * p.cubic * q * q;
    }
    if q < NEAR_CONTACT && p.adhesion > 0.0 && reach > 1.0 {
        // The attraction rises fastest where cells touch; across the line of centres it holds with force / d.
        stiffness = f64::max(stiffness, p.adhesion / s * f64::max(4.0 / (reach - 1.0), 1.0));
    }
    stiffness
}

/// Force on a cell, and how stiffly its neighbours hold it.
struct Sum {
    force: Vec3,
    /// Σ k n nᵀ: xx, yy, zz, xy, xz, yz.
    stiffness: [f64; 6],
}

/// What a force evaluation reads beside the positions.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) parameters: &'a MechanicsParameters,
    pub(super) verlet: &'a Verlet,
    pub(super) cells: &'a Cells,
    pub(super) bounds: &'a Bounds,
}

/// What each cell touched when its velocity was last evaluated.
#[derive(Clone, Debug, Default)]
pub(super) struct Contact {
    /// Normal of the surface, zero if it was not touched.
    pub(super) normal: Vec<Vec3>,
    /// Walls, as in [`crate::Domain`].
    pub(super) walls: Vec<[i8; 3]>,
}

/// Periods along which further images of a neighbour may act; infinite along the others.
pub(super) fn image_period(parameters: &MechanicsParameters) -> Vec3 {
    match parameters.images {
        PairImages::InRange => parameters.domain.period(),
        PairImages::Nearest => [f64::INFINITY; 3],
    }
}

/// Velocities of the cells in `awake` at `position`, constraints applied. Returns an upper bound on the largest
/// rate of decay of the linearised motion (1/min).
///
/// The bound: for springs k_ij along n_ij the energy of any displacement obeys
/// `Σ k (n·(x_i − x_j))² ≤ 2 Σ_i x_iᵀ M_i x_i`, `M_i = Σ_j k_ij n nᵀ`, so no rate exceeds
/// `2 max_i ‖M_i‖ / drag_i`. It is sharper than Gershgorin's, which counts all neighbours in all directions.
pub(super) fn velocities(
    setting: &Setting<'_>,
    awake: &[u32],
    position: &[Vec3],
    out: &mut [Vec3],
    contact: &mut Contact,
) -> f64 {
    let Setting { parameters, verlet, cells, bounds } = *setting;
    let period = image_period(parameters);
    let shortest = period[0].min(period[1]).min(period[2]);
    let mut fastest: f64 = 0.0;
    for &i in awake {
        let i = i as usize;
        let (p, r, row) = (position[i], cells.radius[i], parameters.pairs.row(cells.kind[i]));
        let kind = &parameters.kinds[usize::from(cells.kind[i].0)];
        let mut sum = Sum { force: [0.0; 3], stiffness: [0.0; 6] };
        for &j in verlet.of(i) {
            let j = j as usize;
            let s = r + cells.radius[j];
            let range = parameters.reach * s;
            let d = parameters.domain.separation(p, position[j]);
            let law = &row[usize::from(cells.kind[j].0)];
            let lower = cells.id[i] < cells.id[j];
            if shortest < 2.0 * range {
                each_image(d, period, range, |d| act(&mut sum, parameters, law, d, s, range, lower));
            } else {
                act(&mut sum, parameters, law, d, s, range, lower);
            }
        }
        let mut m = sum.stiffness;
        if let Some((force, n)) = constraint::binding(parameters, kind.surface, p, r) {
            sum.force = add(sum.force, force);
            // A spring to a fixed point counts once, where a pair counts twice.
            accumulate(&mut m, 0.5 * parameters.binding, n);
        }
        let v = add(scale(sum.force, 1.0 / kind.drag), get(&cells.active, i));
        let held = constraint::hold_velocity(parameters, bounds, kind.surface, p, r, v);
        out[i] = held.velocity;
        contact.normal[i] = held.normal;
        contact.walls[i] = held.walls;
        let rows = [
            m[0].abs() + m[3].abs() + m[4].abs(),
            m[1].abs() + m[3].abs() + m[5].abs(),
            m[2].abs() + m[4].abs() + m[5].abs(),
        ];
        let norm = rows[0].max(rows[1]).max(rows[2]);
        fastest = fastest.max(2.0 * norm / kind.drag);
    }
    fastest
}

/// Calls `f` with every image of the nearest-image vector `d` that lies within `range`, in a fixed order that is
/// the same, mirrored, from either side of the pair.
#[inline]
pub(super) fn each_image(d: Vec3, period: Vec3, range: f64, mut f: impl FnMut(Vec3)) {
    // Nearest first, then the image on the other side, then the far one on the own side.
    let shifts = |axis: usize| -> ([f64; 3], usize) {
        let l = if d[axis] >= 0.0 { period[axis] } else { -period[axis] };
        ([0.0, -l, l], if period[axis] < 2.0 * range { 3 } else { 1 })
    };
    let (x, y, z) = (shifts(0), shifts(1), shifts(2));
    for a in &x.0[..x.1] {
        for b in &y.0[..y.1] {
            for c in &z.0[..z.1] {
                let e = [d[0] + a, d[1] + b, d[2] + c];
                if dot(e, e) < range * range {
                    f(e);
                }
            }
        }
    }
}

#[inline]
fn act(
    sum: &mut Sum,
    parameters: &MechanicsParameters,
    law: &PairForce,
    d: Vec3,
    s: f64,
    range: f64,
    lower_id: bool,
) {
    let square = dot(d, d);
    if square >= range * range {
        return;
    }
    let distance = square.sqrt();
    let n = direction(d, distance, lower_id);
    let force = pair_force(law, s, distance, parameters.reach, parameters.saturation);
    sum.force = add(sum.force, scale(n, force));
    accumulate(&mut sum.stiffness, pair_stiffness(law, s, distance, parameters.reach), n);
}

/// Unit vector from the neighbour; centres that coincide part along x by their ids.
#[inline]
pub(super) fn direction(d: Vec3, distance: f64, lower_id: bool) -> Vec3 {
    if distance > 1e-12 { scale(d, 1.0 / distance) } else { [if lower_id { -1.0 } else { 1.0 }, 0.0, 0.0] }
}

#[inline]
fn accumulate(m: &mut [f64; 6], k: f64, n: Vec3) {
    m[0] += k * n[0] * n[0];
    m[1] += k * n[1] * n[1];
    m[2] += k * n[2] * n[2];
    m[3] += k * n[0] * n[1];
    m[4] += k * n[0] * n[2];
    m[5] += k * n[1] * n[2];
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: PairForce = PairForce { stiffness: 3.0, cubic: 5.0, adhesion: 0.7 };

    #[test]
    fn the_law_is_continuous_compact_and_bounded() {
        let (s, reach, saturation) = (8.0, 1.25, 0.4);
        let f = |d: f64| pair_force(&LAW, s, d, reach, saturation);
        for k in 0..12_000 {
            let d = 1e-3 * f64::from(k);
            assert!((f(d) - f(d + 1e-7)).abs() < 1e-5, "jump at {d}");
        }
        assert_eq!((f(10.0), f(11.0), f(8.0)), (0.0, 0.0, 0.0));
        assert!((f(9.0) + 0.7).abs() < 1e-12, "deepest half way");
        assert_eq!(f(0.0), f(0.6 * 8.0), "saturated");
        // Above a quarter of the contact distance, overlap 2: k 2 + c 2³/8².
        assert!((f(6.0) - (6.0 + 5.0 * 8.0 / 64.0)).abs() < 1e-12);
    }

    #[test]
    fn the_stiffness_bounds_the_slope() {
        let (s, reach) = (8.0, 1.25);
        for k in 1..11_000 {
            let d = 1e-3 * f64::from(k);
            let slope =
                (pair_force(&LAW, s, d + 1e-6, reach, 1.0) - pair_force(&LAW, s, d, reach, 1.0)) / 1e-6;
            assert!(-slope <= pair_stiffness(&LAW, s, d, reach) + 1e-4, "at {d}: {slope}");
            let across = -pair_force(&LAW, s, d, reach, 1.0) / d;
            assert!(across <= pair_stiffness(&LAW, s, d, reach) + 1e-9 || d > 8.4, "across at {d}");
        }
    }

    /// A neighbour half a period away acts from both sides; one in range of three images has three.
    #[test]
    fn images_are_those_in_range() {
        let count = |y: f64, range: f64| {
            let mut n = 0;
            each_image([0.0, y, 0.0], [f64::INFINITY, 13.0, f64::INFINITY], range, |_| {
                n += 1;
            });
            n
        };
        assert_eq!(count(0.0, 10.0), 1);
        assert_eq!(count(2.9, 10.0), 1);
        assert_eq!(count(3.1, 10.0), 2);
        assert_eq!(count(-6.5, 10.0), 2);
        assert_eq!(count(0.0, 13.5), 3);
    }
}
