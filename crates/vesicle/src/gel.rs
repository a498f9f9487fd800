//! Release from a hydrogel dressing: diffusion out of a slab sealed at the back, with loss inside the gel.
//!
//! A slab of thickness L, evenly loaded, held at zero at its open face, has let out the share f(τ) of its load at
//! τ = D t/L² (Crank, *The Mathematics of Diffusion*, §4.3):
//!
//! ```text
//! f = 1 − Σ 8/((2n+1)²π²) exp(−(2n+1)²π²τ/4)                    for long times
//!   = 2√τ [1/√π + 2 Σ (−1)ⁿ ierfc(n/√τ)]                         for short times
//! ```
//!
//! Even first-order loss at rate k multiplies the slab's concentration by exp(−kt), so what gets out by t is
//! F = ∫ f'(s) exp(−ks) ds, in closed form for both series. A gel that is covered for a while goes on losing but not
//! releasing; each column therefore keeps an age and an open time (its profile is taken to rest while covered).

use crate::error::{Error, not_negative, positive};
use exoderm_numeric::math;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Where the short-time form hands over to the long-time form (D t/L²): both are at 1e-13 there.
const SWITCH: f64 = 0.2;
/// Terms of either form: seven of the long one leave e^(−0.2·15²π²/4) < 1e-47, three images e^(−16/0.2).
const LONG_TERMS: i32 = 7;
const IMAGES: i32 = 3;

/// How a gel lets vesicles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Law {
    /// Diffusion out of a slab.
    Slab,
    /// First order, with the slab's half-time.
    FirstOrder,
}

/// A gel for vesicles of one size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gel {
    law: Law,
    /// D/L² (1/min).
    rate: f64,
    /// Loss in the gel (1/min).
    loss: f64,
    /// First-order rate with the slab's half-time (1/min).
    first_order: f64,
}

/// Vesicles in a column of gel, per unit area or in all, as the caller loads them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GelColumn {
    /// Loaded at the start.
    pub loaded: f64,
    /// Still in it.
    pub remaining: f64,
    /// Let out so far.
    pub released: f64,
    /// Lost in it so far.
    pub degraded: f64,
    /// Time since it was loaded (min).
    pub age: f64,
    /// Time of that during which its face was open (min).
    pub open: f64,
}

impl GelColumn {
    /// A fresh column.
    pub fn new(loaded: f64) -> Self {
        Self { loaded, remaining: loaded, ..Self::default() }
    }
}

impl GelColumn {
    /// Lets out what a barrier on its face lets through for `dt` min at `rate` (1/min, permeability over thickness): a gel
    /// behind so tight a barrier has time to even out. Returns what got out; nothing is lost here.
    pub fn seep(&mut self, rate: f64, dt: f64) -> f64 {
        let out = self.remaining * -math::exp_m1(-rate * dt);
        self.released += out;
        self.remaining -= out;
        out
    }
}

/// What a step took out of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GelStep {
    /// Let out through the face.
    pub released: f64,
    /// Lost in the gel.
    pub degraded: f64,
}

impl Gel {
    /// A gel of a thickness (um), in which vesicles diffuse (um²/min) and are lost (1/min).
    ///
    /// # Errors
    /// When thickness or diffusion is not positive, or the loss negative.
    pub fn new(law: Law, thickness: f64, diffusion: f64, loss: f64) -> Result<Self, Error> {
        positive("thickness", thickness)?;
        positive("gel_diffusion", diffusion)?;
        not_negative("degradation", loss)?;
        let rate = diffusion / (thickness * thickness);
        Ok(Self { law, rate, loss, first_order: std::f64::consts::LN_2 * rate / half_tau() })
    }

    /// The same gel for vesicles of another size, from one made for 100 nm: D ∝ 1/d.
    pub fn at_size(&self, diameter_nm: f64) -> Self {
        let scale = crate::mobility::diffusion_at_size(1.0, diameter_nm);
        Self { rate: self.rate * scale, first_order: self.first_order * scale, ..*self }
    }

    /// Share of the load let out after `open` min, without loss.
    pub fn released_share(&self, open: f64) -> f64 {
        match self.law {
            Law::Slab => slab_share(self.rate * open),
            Law::FirstOrder => -math::exp_m1(-self.first_order * open),
        }
    }

    /// Rate (1/min) at which a gel of `thickness` um gives vesicles through a barrier of `permeability` (um/min) on its face:
    /// barrier and gel in series, the gel as a third of its thickness, which is exact for a tight barrier.
    pub fn seep_rate(&self, permeability: f64, thickness: f64) -> f64 {
        if permeability <= 0.0 {
            return 0.0;
        }
        let gel = thickness / (3.0 * self.rate * thickness * thickness);
        1.0 / (1.0 / permeability + gel) / thickness
    }

    /// Rate at which the share grows (1/min), without loss; infinite for a slab at 0.
    pub fn release_rate(&self, open: f64) -> f64 {
        match self.law {
            Law::Slab => self.rate * slab_rate(self.rate * open),
            Law::FirstOrder => self.first_order * math::exp(-self.first_order * open),
        }
    }

    /// Time (min) at which half the load is out, without loss.
    pub fn half_time(&self) -> f64 {
        std::f64::consts::LN_2 / self.first_order
    }

    /// Advances a column with its face open. Released, degraded and remaining add up to the load.
    pub fn advance(&self, column: &mut GelColumn, dt: f64) -> GelStep {
        let (before, after) = (column.open, column.open + dt);
        // Loss while covered, which the open clock does not know.
        let covered = math::exp(-self.loss * (column.age - column.open));
        let out =
            column.loaded * covered * (self.released_with_loss(after) - self.released_with_loss(before));
        let kept = math::exp(-self.loss * after);
        let left = column.loaded * covered * (1.0 - self.released_share(after)) * kept;
        column.open = after;
        self.book(column, dt, out, left)
    }

    /// Advances a column with its face covered: only loss.
    pub fn hold(&self, column: &mut GelColumn, dt: f64) -> GelStep {
        let left = column.remaining * math::exp(-self.loss * dt);
        self.book(column, dt, 0.0, left)
    }

    /// Books what got out, leaving `left`, so that the column's sum is its load whatever rounding did.
    fn book(&self, column: &mut GelColumn, dt: f64, out: f64, left: f64) -> GelStep {
        let released = out.clamp(0.0, column.remaining);
        let degraded = if self.loss > 0.0 {
            (column.remaining - released - left).clamp(0.0, column.remaining - released)
        } else {
            0.0
        };
        column.age += dt;
        column.released += released;
        column.degraded += degraded;
        column.remaining = (column.loaded - column.released - column.degraded).max(0.0);
        GelStep { released, degraded }
    }

    /// F(t): share of the load that gets out within `open` min, loss running from the start.
    fn released_with_loss(&self, open: f64) -> f64 {
        match self.law {
            Law::Slab => slab_share_with_loss(self.rate * open, self.loss / self.rate),
            Law::FirstOrder => {
                let both = self.first_order + self.loss;
                self.first_order / both * -math::exp_m1(-both * open)
            }
        }
    }
}

/// ∫ erfc from x to infinity.
fn ierfc(x: f64) -> f64 {
    math::exp(-x * x) / PI.sqrt() - x * math::erfc(x)
}

/// (μ_n)² = ((2n + 1) π/2)².
fn mode(n: i32) -> f64 {
    let m = (f64::from(n) + 0.5) * PI;
    m * m
}

/// Share of the load out of a slab at τ.
fn slab_share(tau: f64) -> f64 {
    if tau <= 0.0 {
        return 0.0;
    }
    if tau < SWITCH {
        let root = tau.sqrt();
        let mut sum = 1.0 / PI.sqrt();
        for n in 1..=IMAGES {
            let sign = if n % 2 == 0 { 2.0 } else { -2.0 };
            sum += sign * ierfc(f64::from(n) / root);
        }
        2.0 * root * sum
    } else {
        1.0 - (0..LONG_TERMS).map(|n| 2.0 / mode(n) * math::exp(-mode(n) * tau)).sum::<f64>()
    }
}

/// Its derivative.
fn slab_rate(tau: f64) -> f64 {
    if tau < SWITCH {
        let mut sum = 1.0;
        for n in 1..=IMAGES {
            let sign = if n % 2 == 0 { 2.0 } else { -2.0 };
            sum += sign * math::exp(-f64::from(n * n) / tau);
        }
        sum / (PI * tau).sqrt()
    } else {
        (0..LONG_TERMS).map(|n| 2.0 * math::exp(-mode(n) * tau)).sum()
    }
}

/// ∫₀^τ f'(s) e^(−κs) ds.
fn slab_share_with_loss(tau: f64, kappa: f64) -> f64 {
    if tau <= 0.0 {
        return 0.0;
    }
    if kappa == 0.0 {
        return slab_share(tau);
    }
    if tau < SWITCH {
        let mut sum = leading(tau, kappa);
        for n in 1..=IMAGES {
            let sign = if n % 2 == 0 { 2.0 } else { -2.0 };
            sum += sign * image(f64::from(n), tau, kappa);
        }
        sum
    } else {
        // What would get out in all is the Laplace transform of f', tanh(√κ)/√κ.
        let root = kappa.sqrt();
        let all = if root < 1e-4 { 1.0 - kappa / 3.0 } else { math::tanh(root) / root };
        all - (0..LONG_TERMS)
            .map(|n| 2.0 / (mode(n) + kappa) * math::exp(-(mode(n) + kappa) * tau))
            .sum::<f64>()
    }
}

/// ∫₀^τ (πs)^(−1/2) e^(−κs) ds = erf(√(κτ))/√κ.
fn leading(tau: f64, kappa: f64) -> f64 {
    let x = kappa * tau;
    if x < 1e-5 {
        2.0 * (tau / PI).sqrt() * (1.0 - x / 3.0 + x * x / 10.0)
    } else {
        math::erf(x.sqrt()) / kappa.sqrt()
    }
}

/// ∫₀^τ (πs)^(−1/2) e^(−a²/s − κs) ds.
fn image(a: f64, tau: f64, kappa: f64) -> f64 {
    let (root_t, root_k) = (tau.sqrt(), kappa.sqrt());
    // A loss this slow changes the image by less than 1e-11, and the difference below would cancel.
    if kappa < 1e-7 {
        return 2.0 * root_t * ierfc(a / root_t);
    }
    // Beyond this the integrand is below e^(−2a√κ) everywhere, and the exponential would overflow.
    if 2.0 * a * root_k > 600.0 {
        return 0.0;
    }
    let near = math::exp(-2.0 * a * root_k) * math::erfc(a / root_t - root_k * root_t);
    let far = math::exp(2.0 * a * root_k) * math::erfc(a / root_t + root_k * root_t);
    0.5 * (near - far) / root_k
}

/// τ at which half of a slab's load is out.
fn half_tau() -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if slab_share(middle) < 0.5 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 1.14 um²/s in a gel of 1 mm: half is out after about two days; and at τ = 0.1963 whatever the gel.
    #[test]
    fn s010_half_time() {
        let g = Gel::new(Law::Slab, 1000.0, 1.14 * 60.0, 0.0).unwrap();
        assert!((g.half_time() / (2.0 * 1440.0) - 1.0).abs() < 0.01, "{}", g.half_time());
        assert!((half_tau() - 0.1963).abs() < 1e-3, "{}", half_tau());
        for law in [Law::Slab, Law::FirstOrder] {
            let g = Gel::new(law, 500.0, 30.0, 0.0).unwrap();
            assert!((g.released_share(g.half_time()) - 0.5).abs() < 1e-12);
            let small = g.at_size(50.0);
            assert!((small.half_time() / g.half_time() - 0.5).abs() < 1e-12);
        }
    }

    /// Both series with many terms agree far beyond 1e-10, over the range where either is used.
    #[test]
    fn both_forms_agree() {
        for i in 1..200 {
            let tau = 0.01 * f64::from(i);
            let long = 1.0 - (0..200).map(|n| 2.0 / mode(n) * math::exp(-mode(n) * tau)).sum::<f64>();
            assert!((slab_share(tau) - long).abs() < 1e-12, "{tau}");
            let rate: f64 = (0..200).map(|n| 2.0 * math::exp(-mode(n) * tau)).sum();
            assert!((slab_rate(tau) / rate - 1.0).abs() < 1e-10, "{tau}");
        }
        // Crank's short-time limit.
        assert!((slab_share(1e-6) / (2.0 * (1e-6 / PI).sqrt()) - 1.0).abs() < 1e-12);
    }

    /// Finite volumes with decay, implicit and fine, as an independent answer: D = L = 1.
    fn finite_volumes(tau: f64, kappa: f64) -> (f64, f64) {
        let (n, steps) = (400usize, 4000usize);
        let (h, dt) = (1.0 / n as f64, tau / steps as f64);
        let mut c = vec![1.0; n];
        let (mut out, mut diagonal, mut right) = (0.0, vec![0.0; n], vec![0.0; n]);
        for _ in 0..steps {
            // Crank–Nicolson after two damping Euler steps would be finer; Euler at this dt is within 1e-3.
            let (q, face) = (dt / (h * h), 2.0 * dt / (h * h));
            for i in 0..n {
                let loss = kappa * dt + if i > 0 { q } else { face } + if i + 1 < n { q } else { 0.0 };
                diagonal[i] = 1.0 + loss;
                right[i] = c[i];
            }
            for i in 1..n {
                let w = q / diagonal[i - 1];
                diagonal[i] -= w * q;
                right[i] += w * right[i - 1];
            }
            c[n - 1] = right[n - 1] / diagonal[n - 1];
            for i in (0..n - 1).rev() {
                c[i] = (right[i] + q * c[i + 1]) / diagonal[i];
            }
            out += face * c[0] * h;
        }
        (out, c.iter().sum::<f64>() * h)
    }

    /// S010: release and remainder of a gel with loss, in steps of very different length, within 1 % of a solved gel.
    #[test]
    fn s010_release_matches_a_solved_gel() {
        for (tau, kappa) in [(0.05, 0.0), (0.15, 3.0), (0.6, 1.0), (1.5, 0.3), (0.4, 40.0)] {
            let (out, left) = finite_volumes(tau, kappa);
            for steps in [1, 7, 500] {
                // L = 1000 um, D = 100 um²/min: τ = t/10⁴ min.
                let g = Gel::new(Law::Slab, 1000.0, 100.0, kappa * 1e-4).unwrap();
                let mut column = GelColumn::new(3e5);
                for _ in 0..steps {
                    g.advance(&mut column, tau * 1e4 / f64::from(steps));
                }
                assert!(
                    (column.released / 3e5 / out - 1.0).abs() < 0.004,
                    "{tau} {kappa}: {} {out}",
                    column.released
                );
                assert!((column.remaining / 3e5 - left).abs() < 0.003, "{tau} {kappa}");
            }
        }
    }

    /// The closed form with loss against quadrature of f' e^(−κs), in s = u² where it is smooth: 1e-10.
    #[test]
    fn loss_integral_is_exact() {
        for kappa in [1e-9, 1e-6, 1e-3, 1.0, 30.0, 900.0, 1e5] {
            for tau in [1e-4, 0.05, 0.1999, 0.2001, 0.5, 3.0] {
                let n = 40_000;
                // Beyond this the integrand is nothing; the grid is spent where it is something.
                let end = f64::min(tau, 40.0 / kappa);
                let h = f64::sqrt(end) / f64::from(n);
                let sum: f64 = (0..n)
                    .map(|i| {
                        let u = h * (f64::from(i) + 0.5);
                        2.0 * u * slab_rate(u * u) * math::exp(-kappa * u * u) * h
                    })
                    .sum();
                let exact = slab_share_with_loss(tau, kappa);
                assert!((exact - sum).abs() < 1e-9, "{kappa} {tau}: {exact} {sum}");
            }
        }
    }

    /// First order: the two ways out compete, and all of the load is accounted for.
    #[test]
    fn first_order_shares() {
        let g = Gel::new(Law::FirstOrder, 1000.0, 100.0, 1e-3).unwrap();
        let mut c = GelColumn::new(100.0);
        for _ in 0..2000 {
            g.advance(&mut c, 30.0);
        }
        let k = std::f64::consts::LN_2 / g.half_time();
        assert!((c.released - 100.0 * k / (k + 1e-3)).abs() < 1e-9 && c.remaining < 1e-9);
    }

    /// A covered gel loses what it would and releases nothing; opened, it goes on where it was.
    #[test]
    fn covered_gel_waits() {
        let g = Gel::new(Law::Slab, 1000.0, 100.0, 1e-4).unwrap();
        let mut c = GelColumn::new(1.0);
        g.advance(&mut c, 500.0);
        let (before, released) = (c.remaining, c.released);
        let held = g.hold(&mut c, 2000.0);
        assert_eq!((held.released, c.released), (0.0, released));
        assert!((c.remaining / before - math::exp(-0.2)).abs() < 1e-12);
        let after = g.advance(&mut c, 300.0).released;
        let mut straight = GelColumn::new(1.0);
        g.advance(&mut straight, 500.0);
        let uncovered = g.advance(&mut straight, 300.0).released;
        assert!((after / uncovered - math::exp(-0.2)).abs() < 1e-10);
    }

    /// A barrier on the face: exponential at its rate, nothing lost on the way; an open face is no barrier's limit by far.
    #[test]
    fn a_barrier_lets_through_at_its_rate() {
        let g = Gel::new(Law::Slab, 1000.0, 100.0, 0.0).unwrap();
        let rate = g.seep_rate(6e-4, 1000.0);
        assert!((rate / 6e-7 - 1.0).abs() < 0.003, "{rate}");
        assert_eq!(g.seep_rate(0.0, 1000.0), 0.0);
        let mut c = GelColumn::new(5.0);
        let out: f64 = (0..10).map(|_| c.seep(rate, 144.0)).sum();
        assert!((out / 5.0 + math::exp_m1(-rate * 1440.0)).abs() < 1e-15);
        assert!((c.released + c.remaining - 5.0).abs() < 1e-15 && c.released == out);
        // No barrier at all: the slowest mode of a slab, π²/4 D/L², is met within a quarter.
        let open = g.seep_rate(1e9, 1000.0) / (100.0 / 1e6);
        assert!((open / (PI * PI / 4.0) - 1.0).abs() < 0.25, "{open}");
    }

    #[test]
    fn impossible_gels_are_refused() {
        for (l, d, k) in [(0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, -1.0), (f64::NAN, 1.0, 0.0)] {
            assert!(Gel::new(Law::Slab, l, d, k).is_err());
        }
    }

    proptest! {
        /// Never more out than in, in any order of open and covered steps, and the sum is the load to rounding.
        #[test]
        fn conserves(law in prop::sample::select(vec![Law::Slab, Law::FirstOrder]), loaded in 0.0..1e9f64,
                     thickness in 10.0..5000.0f64, diffusion in 1e-3..500.0f64, loss in 0.0..1.0f64,
                     steps in prop::collection::vec((0.0..5000.0f64, any::<bool>()), 1..30)) {
            let g = Gel::new(law, thickness, diffusion, loss).unwrap();
            let mut c = GelColumn::new(loaded);
            let (mut out, mut lost) = (0.0, 0.0);
            for (dt, open) in steps {
                let s = if open { g.advance(&mut c, dt) } else { g.hold(&mut c, dt) };
                prop_assert!(s.released >= 0.0 && s.degraded >= 0.0);
                out += s.released;
                lost += s.degraded;
            }
            prop_assert!(c.released <= loaded && out == c.released && lost == c.degraded);
            prop_assert!((out + lost + c.remaining - loaded).abs() <= 1e-12 * loaded);
            let expected = loaded * (1.0 - g.released_share(c.open)) * math::exp(-loss * c.age);
            prop_assert!((c.remaining - expected).abs() <= 1e-9 * loaded);
        }
    }
}
