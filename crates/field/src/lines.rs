//! Implicit advection–diffusion–reaction along grid lines, for transport that is stiff in one direction.
//!
//! Vesicles in skin meet an interstitial flow of 36 um/min across 13-um voxels while they diffuse at 20–80 um²/min
//! and are taken up within minutes to hours: Courant numbers of 100 next to cell Péclet numbers from 0.5 to 50.
//! A line step takes flow, diffusion, sinks and sources together, implicitly, so that a vesicle can be taken up on
//! the way out; the cross direction follows as a second line step (locally one-dimensional splitting).
//!
//! * Fluxes are exponentially fitted (Scharfetter and Gummel 1969; Patankar's exact scheme): exact for steady
//!   one-dimensional transport with constant coefficients, second order at small Péclet number, upwind at large.
//! * Backward Euler: first order in time, positive for any step (the matrix is an M-matrix), no new extrema
//!   without flow convergence.
//! * The update is a direct solve of a flux form: what leaves a voxel enters its neighbour to rounding, and what
//!   leaves through the ends is returned.
//! * Lines may be closed to rings (periodic): the elimination then carries a second column, that of the last voxel, and
//!   nothing leaves.

mod rings;

use exoderm_numeric::math;

/// Bernoulli function x / (eˣ − 1).
fn bernoulli(x: f64) -> f64 {
    if x.abs() < 1e-5 { 1.0 - 0.5 * x + x * x / 12.0 } else { x / math::exp_m1(x) }
}

/// A family of parallel lines of voxels: `count` lines of `len` voxels, `stride` apart in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Voxels on a line.
    pub len: usize,
    /// Distance in memory of neighbours on a line.
    pub stride: usize,
    /// Number of lines.
    pub count: usize,
    /// Distance in memory of the first voxels of successive lines.
    pub step: usize,
}

/// Lines that are solved side by side: one line's elimination is a chain of divisions, several of them fill the
/// vector registers. Each line's operations are the same as if it were alone.
const LANES: usize = 8;

/// One value for each line of a group.
type Group = [f64; LANES];

/// Face coefficients of lines: flux from voxel i to i + 1 is `out[i] c_i − back[i] c_{i+1}` (um/min × concentration).
#[derive(Clone, Debug)]
pub struct LineOperator {
    lines: Lines,
    h: f64,
    /// By groups of [`LANES`] lines, `len + 1` faces a group: face f lies before voxel f. Lines that only fill the
    /// last group let nothing pass.
    out: Vec<Group>,
    back: Vec<Group>,
    // Scratch of the tridiagonal solve.
    upper: Vec<Group>,
    rhs: Vec<Group>,
    /// The column of the last voxel, if lines are rings; empty if they have ends.
    last: Vec<Group>,
}

/// What left a domain through the ends of its lines in one step (concentration × volume is up to the caller:
/// these are sums of concentration × um).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EndFlux {
    /// Through the low ends.
    pub low: f64,
    /// Through the high ends.
    pub high: f64,
}

impl LineOperator {
    /// An operator for these lines with voxel edge `h` (um). Call [`LineOperator::set`] before stepping.
    pub fn new(lines: Lines, h: f64) -> Self {
        let faces = vec![[0.0; LANES]; (lines.len + 1) * lines.count.div_ceil(LANES)];
        let scratch = vec![[0.0; LANES]; lines.len];
        let last = Vec::new();
        Self { lines, h, out: faces.clone(), back: faces, upper: scratch.clone(), rhs: scratch, last }
    }

    /// The same for rings: the voxel after the last is the first. A ring of one voxel has nothing to exchange with.
    pub fn periodic(lines: Lines, h: f64) -> Self {
        let mut op = Self::new(lines, h);
        if lines.len > 1 {
            op.last = vec![[0.0; LANES]; lines.len];
        }
        op
    }

    /// Sets the face coefficients from diffusion per voxel (um²/min) and velocity per face (um/min, `len + 1`
    /// values a line, toward higher indices positive).
    ///
    /// A face between voxels of which one has no diffusion carries the flow alone, upwind; at the ends flow out
    /// leaves and flow in brings nothing. The first and the last face of a ring are one, and the first one's velocity counts.
    pub fn set(&mut self, diffusion: &[f64], velocity: &[f64]) {
        let Lines { len, stride, count, step } = self.lines;
        let ring = !self.last.is_empty();
        for line in 0..count {
            let first = line * step;
            let base = line * (len + 1);
            for f in 0..=len {
                let end = f == 0 || f == len;
                let w = velocity[if ring && end { base } else { base + f }];
                let (mut out, mut back) = (w.max(0.0), (-w).max(0.0));
                if end && !ring {
                    *(if f == 0 { &mut out } else { &mut back }) = 0.0;
                } else {
                    let before = if f == 0 { len - 1 } else { f - 1 };
                    let (a, b) = (diffusion[first + before * stride], diffusion[first + f % len * stride]);
                    if a > 0.0 && b > 0.0 {
                        let d = 2.0 * a * b / (a + b);
                        let peclet = w * self.h / d;
                        out = d / self.h * bernoulli(-peclet);
                        back = d / self.h * bernoulli(peclet);
                    }
                }
                let (group, lane) = (line / LANES * (len + 1) + f, line % LANES);
                self.out[group][lane] = out;
                self.back[group][lane] = back;
            }
        }
    }

    /// One step of `dt` (min): c' = c + dt (source − decay c' − divergence of the flux at c').
    ///
    /// `decay` (1/min) and `source` (concentration/min) are per voxel; `None` is zero everywhere.
    pub fn step(&mut self, c: &mut [f64], decay: Option<&[f64]>, source: Option<&[f64]>, dt: f64) -> EndFlux {
        match (decay, source) {
            (Some(k), Some(s)) => self.sweep(c, dt, |first, n| (load(k, first, n), load(s, first, n))),
            _ => {
                let optional = |v: Option<&[f64]>, first, n| v.map_or([0.0; LANES], |v| load(v, first, n));
                self.sweep(c, dt, |first, n| (optional(decay, first, n), optional(source, first, n)))
            }
        }
    }

    /// The step, with decay and source of the voxels of a group from `rates`.
    fn sweep(&mut self, c: &mut [f64], dt: f64, rates: impl Fn(At, usize) -> (Group, Group)) -> EndFlux {
        let Lines { len, stride, count, step } = self.lines;
        if !self.last.is_empty() {
            self.sweep_rings(c, dt, rates);
            return EndFlux::default();
        }
        let r = dt / self.h;
        let mut ends = EndFlux::default();
        let groups = self.out.chunks_exact(len + 1).zip(self.back.chunks_exact(len + 1));
        for (group, (out, back)) in groups.enumerate() {
            let start = group * LANES;
            let lanes = LANES.min(count - start);
            // Forward elimination without pivoting: the matrix is an M-matrix, diagonally dominant by columns.
            let mut previous_upper = [0.0; LANES];
            let mut previous_rhs = [0.0; LANES];
            for i in 0..len {
                let at = At { first: start * step + i * stride, step };
                let (k, s) = rates(at, lanes);
                let c = load(c, at, lanes);
                let (o, o_next, b, b_next) = (&out[i], &out[i + 1], &back[i], &back[i + 1]);
                for l in 0..LANES {
                    let diagonal = 1.0 + dt * k[l] + r * (o_next[l] + b[l]);
                    let lower = -r * o[l];
                    let upper = -r * b_next[l];
                    let pivot = diagonal - lower * previous_upper[l];
                    previous_upper[l] = upper / pivot;
                    previous_rhs[l] = (c[l] + dt * s[l] - lower * previous_rhs[l]) / pivot;
                }
                self.upper[i] = previous_upper;
                self.rhs[i] = previous_rhs;
            }
            let mut next = [0.0; LANES];
            for i in (0..len).rev() {
                let (rhs, upper) = (&self.rhs[i], &self.upper[i]);
                next = std::array::from_fn(|l| rhs[l] - upper[l] * next[l]);
                store(&next, c, At { first: start * step + i * stride, step }, lanes);
            }
            for l in 0..lanes {
                let first = (start + l) * step;
                ends.low += dt * back[0][l] * c[first];
                ends.high += dt * out[len][l] * c[first + (len - 1) * stride];
            }
        }
        ends
    }
}

/// Where the voxels of a group lie in memory.
#[derive(Clone, Copy)]
struct At {
    first: usize,
    step: usize,
}

#[inline(always)]
fn load(from: &[f64], at: At, lanes: usize) -> Group {
    let from = &from[at.first..];
    if at.step == 1
        && let Some(group) = from.first_chunk::<LANES>()
    {
        // Beyond the last line there may be others' voxels: finite, and not stored.
        return *group;
    }
    let mut group = [0.0; LANES];
    if lanes == LANES && at.step > 0 {
        for (value, &v) in group.iter_mut().zip(from.iter().step_by(at.step)) {
            *value = v;
        }
    } else {
        for (l, value) in group[..lanes].iter_mut().enumerate() {
            *value = from[l * at.step];
        }
    }
    group
}

#[inline(always)]
fn store(group: &Group, to: &mut [f64], at: At, lanes: usize) {
    let to = &mut to[at.first..];
    if at.step == 1
        && lanes == LANES
        && let Some(to) = to.first_chunk_mut::<LANES>()
    {
        *to = *group;
        return;
    }
    for (l, &value) in group[..lanes].iter().enumerate() {
        to[l * at.step] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(len: usize) -> Lines {
        Lines { len, stride: 1, count: 1, step: len }
    }

    /// What is in the line, plus what left, plus what decayed, is what was there and what came.
    #[test]
    fn conserves_to_rounding_at_any_step() {
        let n = 40;
        let h = 13.0;
        let diffusion: Vec<f64> =
            (0..n).map(|i| if i % 7 == 3 { 0.0 } else { 1.0 + 10.0 * i as f64 }).collect();
        let velocity: Vec<f64> = (0..=n).map(|i| if i < 15 { -36.0 } else { 3.5 }).collect();
        let decay: Vec<f64> = (0..n).map(|i| 0.01 * (i % 3) as f64).collect();
        let source: Vec<f64> = (0..n).map(|i| 0.1 * (i % 5) as f64).collect();
        for dt in [0.1, 30.0, 1e5] {
            let mut op = LineOperator::new(line(n), h);
            op.set(&diffusion, &velocity);
            let mut c: Vec<f64> = (0..n).map(|i| (i % 4) as f64).collect();
            let before: f64 = c.iter().sum::<f64>() * h + dt * h * source.iter().sum::<f64>();
            let ends = op.step(&mut c, Some(&decay), Some(&source), dt);
            let lost: f64 = c.iter().zip(&decay).map(|(c, k)| dt * k * c).sum::<f64>() * h;
            let after = c.iter().sum::<f64>() * h + lost + ends.low + ends.high;
            assert!((after / before - 1.0).abs() < 1e-13, "dt {dt}: {before} {after}");
            assert!(c.iter().all(|&x| x >= 0.0), "positive at dt {dt}");
        }
    }

    /// Exponential fitting is exact for steady flow with a source at one end and an outlet at the other.
    #[test]
    fn steady_advection_diffusion_is_exact_at_the_voxels() {
        let (n, h, d, w) = (20, 5.0, 40.0, 6.0);
        let mut op = LineOperator::new(line(n), h);
        op.set(&vec![d; n], &vec![w; n + 1]);
        let mut c = vec![0.0; n];
        let mut source = vec![0.0; n];
        source[4] = 1.0;
        for _ in 0..200 {
            op.step(&mut c, None, Some(&source), 100.0);
        }
        // Below the source the flux is zero: c ∝ exp(w x / D). (Voxel 0 has no inflow.)
        for i in 1..4 {
            let ratio = c[i] / c[i - 1];
            // The first face lies between voxel 0 and 1: all faces carry the same zero flux.
            assert!((ratio / math::exp(w * h / d) - 1.0).abs() < 1e-9, "voxel {i}: {ratio}");
        }
        // Above it the flux is the source.
        assert!((w * c[n - 1] - h).abs() < 1e-9);
    }

    /// Order one in time against the decaying cosine of a closed line.
    #[test]
    fn first_order_in_time() {
        let (n, h, d, k) = (64, 1.0, 2.0, 0.05);
        let length = n as f64 * h;
        let rate = d * (std::f64::consts::PI / length) * (std::f64::consts::PI / length) + k;
        let error = |steps: usize| {
            let mut op = LineOperator::new(line(n), h);
            op.set(&vec![d; n], &vec![0.0; n + 1]);
            let mode = |i: usize| math::cos(std::f64::consts::PI * (i as f64 + 0.5) * h / length);
            let mut c: Vec<f64> = (0..n).map(mode).collect();
            let decay = vec![k; n];
            let t = 20.0;
            for _ in 0..steps {
                op.step(&mut c, Some(&decay), None, t / steps as f64);
            }
            (c[0] / mode(0) - math::exp(-rate * t)).abs()
        };
        let order = math::ln(error(40) / error(80)) / math::ln(2.0);
        assert!((order - 1.0).abs() < 0.1, "{order}");
    }

    /// Ogata–Banks: a front carried by v = 0.5 um/s with D = 4.3 um²/s; C/C0 at t = 60 s.
    #[test]
    fn ogata_banks_within_one_per_cent() {
        let (h, d, w) = (0.25, 4.3, 0.5);
        let n = 480;
        let mut op = LineOperator::new(line(n), h);
        op.set(&vec![d; n], &vec![w; n + 1]);
        let mut c = vec![0.0; n];
        // Level 1 at x = 0 held by a strong exchange in the first voxel, centred there.
        let (mut decay, mut source) = (vec![0.0; n], vec![0.0; n]);
        decay[0] = 1e6;
        source[0] = 1e6;
        for _ in 0..6000 {
            op.step(&mut c, Some(&decay), Some(&source), 0.01);
        }
        for (x, expected) in [(1.0, 0.99593764328), (10.0, 0.935855411391), (50.0, 0.261088939946)] {
            let i = (x / h) as usize;
            assert!((c[i] - expected).abs() < 0.005, "x {x}: {} {expected}", c[i]);
        }
    }

    /// Lines side by side, near or far in memory, full groups or not: each gets the bits it gets alone.
    #[test]
    fn each_line_is_solved_as_if_alone() {
        for (len, count) in [(9, 1), (25, 8), (31, 25), (1, 3)] {
            let n = len * count;
            let value = |i: usize, m: usize| ((i * 7919 + 13) % m) as f64;
            let velocity: Vec<f64> = (0..(len + 1) * count).map(|i| value(i, 17) - 8.0).collect();
            let layouts =
                [Lines { len, stride: 1, count, step: len }, Lines { len, stride: count, count, step: 1 }];
            for lines in layouts {
                for (decays, sources) in [(true, true), (true, false), (false, false)] {
                    let d: Vec<f64> = (0..n).map(|i| value(i, 5) * 9.0).collect();
                    let k: Vec<f64> = (0..n).map(|i| value(i, 3) * 0.01).collect();
                    let s: Vec<f64> = (0..n).map(|i| value(i, 11) * 0.1).collect();
                    let start: Vec<f64> = (0..n).map(|i| value(i, 23)).collect();
                    let mut together = start.clone();
                    let mut op = LineOperator::new(lines, 13.0);
                    op.set(&d, &velocity);
                    let (decay, source) = (decays.then_some(&k[..]), sources.then_some(&s[..]));
                    let ends = op.step(&mut together, decay, source, 30.0);
                    let mut sum = EndFlux::default();
                    for l in 0..count {
                        let of = |v: &[f64]| -> Vec<f64> {
                            (0..len).map(|i| v[l * lines.step + i * lines.stride]).collect()
                        };
                        let mut alone = LineOperator::new(line(len), 13.0);
                        alone.set(&of(&d), &velocity[l * (len + 1)..(l + 1) * (len + 1)]);
                        let (k, s, mut c) = (of(&k), of(&s), of(&start));
                        let end =
                            alone.step(&mut c, decays.then_some(&k[..]), sources.then_some(&s[..]), 30.0);
                        assert_eq!(c, of(&together), "line {l} of {lines:?}");
                        sum.low += end.low;
                        sum.high += end.high;
                    }
                    assert!(ends.low > 0.0 && ends.high > 0.0 || count < 8);
                    assert!((ends.low - sum.low).abs() <= 1e-14 * sum.low, "{ends:?} {sum:?}");
                    assert!((ends.high - sum.high).abs() <= 1e-14 * sum.high, "{ends:?} {sum:?}");
                }
            }
        }
    }

    /// The recurrence written out for one line, operation by operation: grouping must not change a bit.
    #[test]
    fn bits_are_those_of_the_plain_recurrence() {
        let (len, count, h, dt) = (6, 11, 13.0, 30.0);
        let n = len * count;
        let lines = Lines { len, stride: count, count, step: 1 };
        let mut op = LineOperator::new(lines, h);
        let d: Vec<f64> = (0..n).map(|i| (i % 5) as f64 * 9.0).collect();
        let w: Vec<f64> = (0..(len + 1) * count).map(|i| (i % 13) as f64 - 5.0).collect();
        op.set(&d, &w);
        let k: Vec<f64> = (0..n).map(|i| (i % 3) as f64 * 0.01).collect();
        let s: Vec<f64> = (0..n).map(|i| (i % 7) as f64 * 0.1).collect();
        let old: Vec<f64> = (0..n).map(|i| (i % 17) as f64).collect();
        let mut c = old.clone();
        op.step(&mut c, Some(&k), Some(&s), dt);
        let r = dt / h;
        for line in 0..count {
            let face = |f: usize| {
                let at = line / LANES * (len + 1) + f;
                (op.out[at][line % LANES], op.back[at][line % LANES])
            };
            let (mut upper, mut rhs) = (vec![0.0; len], vec![0.0; len]);
            let (mut u, mut x) = (0.0, 0.0);
            for i in 0..len {
                let v = line + i * count;
                let lower = -r * face(i).0;
                let pivot = 1.0 + dt * k[v] + r * (face(i + 1).0 + face(i).1) - lower * u;
                u = -r * face(i + 1).1 / pivot;
                x = (old[v] + dt * s[v] - lower * x) / pivot;
                (upper[i], rhs[i]) = (u, x);
            }
            let mut next = 0.0;
            for i in (0..len).rev() {
                next = rhs[i] - upper[i] * next;
                assert_eq!(c[line + i * count], next, "line {line}, voxel {i}");
            }
        }
    }
}
