//! Velocities from forces, and how fast they could make things swing.

use super::constraint;
use super::pairs::PairList;
use super::parameters::{MechanicsParameters, PairForce, PairImages};
use crate::store::{Cells, Kind, get};
use crate::surface::Floor;
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

/// The law between two kinds, with the distance beyond which it neither acts nor stiffens.
#[derive(Clone, Copy, Debug)]
struct Law {
    force: PairForce,
    /// Multiple of the contact distance.
    cut: f64,
}

/// A pair whose force is evaluated: both indices, lower id first, and its law.
#[derive(Clone, Copy, Debug)]
struct Acting {
    i: u32,
    j: u32,
    law: u32,
}

/// Pairs to evaluate, and buffers of the sums over them; one entry per cell unless said otherwise.
#[derive(Clone, Debug, Default)]
pub(super) struct Forces {
    /// By pair of kinds; not one entry per cell.
    laws: Vec<Law>,
    /// Pairs that act, at least one of them awake; not one entry per cell.
    acting: Vec<Acting>,
    /// Position and radius side by side: one line of cache a cell.
    place: Vec<[f64; 4]>,
    force: Vec<[f64; 4]>,
    /// Σ k n nᵀ: xx, yy, zz, xy, xz, yz.
    stiffness: Vec<[f64; 6]>,
}

impl Forces {
    /// Makes the table of laws.
    pub(super) fn set_laws(&mut self, parameters: &MechanicsParameters) {
        self.laws.clear();
        for a in 0..parameters.kinds.len() {
            self.laws.extend(parameters.pairs.row(Kind(a as u8)).iter().map(|&force| {
                let near = (1.0 + NEAR_CONTACT).min(parameters.reach);
                Law { force, cut: if force.adhesion > 0.0 { parameters.reach } else { near } }
            }));
        }
    }

    /// True if cells of these kinds feel each other at some distance.
    #[inline]
    pub(super) fn act(&self, kinds: usize, a: Kind, b: Kind) -> bool {
        self.laws[usize::from(a.0) * kinds + usize::from(b.0)].force.acts()
    }

    /// Takes from the list the pairs that act, those both asleep only with `sleepers`, and where all cells are. Pairs that
    /// are beyond their own law's range as long as the list is good are left out.
    pub(super) fn take_pairs(
        &mut self,
        parameters: &MechanicsParameters,
        list: &PairList,
        cells: &Cells,
        position: &[Vec3],
        sleepers: bool,
    ) {
        let kinds = parameters.kinds.len();
        self.acting.clear();
        for &[i, j] in list.pairs() {
            let (a, b) = (i as usize, j as usize);
            let law = usize::from(cells.kind[a].0) * kinds + usize::from(cells.kind[b].0);
            let wanted = sleepers || !(cells.is_asleep(a) && cells.is_asleep(b));
            let near =
                |law: &Law| law.cut >= parameters.reach || list.may_come_within(parameters, a, b, law.cut);
            if wanted && self.laws[law].force.acts() && near(&self.laws[law]) {
                self.acting.push(Acting { i, j, law: law as u32 });
            }
        }
        self.place.clear();
        self.place.extend(position.iter().zip(&cells.radius).map(|(p, &r)| [p[0], p[1], p[2], r]));
        self.force.resize(cells.len(), [0.0; 4]);
        self.stiffness.resize(cells.len(), [0.0; 6]);
    }

    /// Sums the forces of all pairs, and with `RATE` how stiffly neighbours hold each cell.
    ///
    /// `STRIP`: y is the one periodic axis and all its images in range act, the usual case, without what the
    /// others need. The same bits either way.
    fn sum<const RATE: bool, const STRIP: bool>(&mut self, parameters: &MechanicsParameters) {
        let (reach, saturation) = (parameters.reach, parameters.saturation);
        let period = image_period(parameters);
        let shortest = period[0].min(period[1]).min(period[2]);
        let Self { laws, acting, place, force, stiffness } = self;
        for pair in acting.iter() {
            let (i, j) = (pair.i as usize, pair.j as usize);
            let (p, q, law) = (place[i], place[j], &laws[pair.law as usize]);
            let s = p[3] + q[3];
            let cut = law.cut * s;
            let square_cut = cut * cut;
            let (mut total, mut held) = ([0.0; 3], [0.0; 6]);
            let mut act = |d: Vec3, square: f64| {
                let distance = square.sqrt();
                let n = direction(d, distance, true);
                let f = pair_force(&law.force, s, distance, reach, saturation);
                total = add(total, scale(n, f));
                if RATE {
                    accumulate(&mut held, pair_stiffness(&law.force, s, distance, reach), n);
                }
            };
            if STRIP {
                let (dx, dz) = (p[0] - q[0], p[2] - q[2]);
                let (xx, zz) = (dx * dx, dz * dz);
                // Most pairs end here or at the next test.
                if xx + zz >= square_cut {
                    continue;
                }
                let mut dy = p[1] - q[1];
                let l = period[1];
                if dy > 0.5 * l {
                    dy -= l;
                } else if dy < -0.5 * l {
                    dy += l;
                }
                let square = xx + dy * dy + zz;
                if square >= square_cut {
                    continue;
                }
                act([dx, dy, dz], square);
                let l = if dy >= 0.0 { l } else { -l };
                // The other side, then the far image on the own side, each farther than the one before.
                for y in [dy - l, dy + l] {
                    let square = xx + y * y + zz;
                    if square >= square_cut {
                        break;
                    }
                    act([dx, y, dz], square);
                }
            } else {
                let d = parameters.domain.separation([p[0], p[1], p[2]], [q[0], q[1], q[2]]);
                if shortest < 2.0 * cut {
                    each_image(d, period, cut, |d| act(d, dot(d, d)));
                } else {
                    let square = dot(d, d);
                    if square >= square_cut {
                        continue;
                    }
                    act(d, square);
                }
            }
            for axis in 0..3 {
                force[i][axis] += total[axis];
                force[j][axis] -= total[axis];
            }
            if RATE {
                for (k, held) in held.iter().enumerate() {
                    stiffness[i][k] += held;
                    stiffness[j][k] += held;
                }
            }
        }
    }

    /// Velocities of the cells in `awake` at `position`, constraints applied. With `RATE`, returns an upper bound
    /// on the largest rate of decay of the linearised motion (1/min), else 0.
    ///
    /// The bound: for springs k_ij along n_ij the energy of any displacement obeys
    /// `Σ k (n·(x_i − x_j))² ≤ 2 Σ_i x_iᵀ M_i x_i`, `M_i = Σ_j k_ij n nᵀ`, so no rate exceeds
    /// `2 max_i ‖M_i‖ / drag_i`. It is sharper than Gershgorin's, which counts all neighbours in all directions.
    pub(super) fn velocities<const RATE: bool>(
        &mut self,
        setting: &Setting<'_>,
        awake: &[u32],
        position: &[Vec3],
        out: &mut [Vec3],
        contact: &mut Contact,
    ) -> f64 {
        let Setting { parameters, cells, floor } = *setting;
        for &i in awake {
            let (i, p) = (i as usize, position[i as usize]);
            self.place[i][..3].copy_from_slice(&p);
            // Sums of sleepers are not read.
            self.force[i] = [0.0; 4];
            if RATE {
                self.stiffness[i] = [0.0; 6];
            }
        }
        let period = parameters.domain.period();
        let strip = parameters.images == PairImages::InRange
            && period[0].is_infinite()
            && period[2].is_infinite()
            && period[1].is_finite();
        if strip {
            self.sum::<RATE, true>(parameters);
        } else {
            self.sum::<RATE, false>(parameters);
        }
        let mut fastest: f64 = 0.0;
        for &i in awake {
            let i = i as usize;
            let (p, r) = (position[i], cells.radius[i]);
            let kind = &parameters.kinds[usize::from(cells.kind[i].0)];
            let [x, y, z, _] = self.force[i];
            let mut force = [x, y, z];
            let bound = constraint::binding(parameters, floor, kind.surface, p, r);
            if let Some((spring, _)) = bound {
                force = add(force, spring);
            }
            let v = add(scale(force, 1.0 / kind.drag), get(&cells.active, i));
            let held = constraint::hold_velocity(parameters, floor, kind.surface, p, r, v);
            out[i] = held.velocity;
            contact.normal[i] = held.normal;
            contact.walls[i] = held.walls;
            if RATE {
                let m = &mut self.stiffness[i];
                if let Some((_, n)) = bound {
                    // A spring to a fixed point counts once, where a pair counts twice.
                    accumulate(m, 0.5 * parameters.binding, n);
                }
                let rows = [
                    m[0].abs() + m[3].abs() + m[4].abs(),
                    m[1].abs() + m[3].abs() + m[5].abs(),
                    m[2].abs() + m[4].abs() + m[5].abs(),
                ];
                let norm = rows[0].max(rows[1]).max(rows[2]);
                fastest = fastest.max(2.0 * norm / kind.drag);
            }
        }
        fastest
    }
}

/// What a force evaluation reads beside the positions.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) parameters: &'a MechanicsParameters,
    pub(super) cells: &'a Cells,
    pub(super) floor: &'a Floor,
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
