//! Exact answers that tests, benches and documents share. Lengths um, times and rates in one unit of time.

use exoderm_numeric::math::{erfc, erfcx, exp, ln_gamma, pow};

/// Probability that a sphere of radius `radius` with wall constant `kappa` (infinite: absorbing) has captured by time
/// `t` a vesicle released at distance `r` from its centre (Carslaw and Jaeger, Conduction of heat in solids, §14.7).
pub fn captured(r: f64, radius: f64, diffusion: f64, kappa: f64, t: f64) -> f64 {
    let a = (r - radius) / (4.0 * diffusion * t).sqrt();
    if kappa == f64::INFINITY {
        return radius / r * erfc(a);
    }
    let h = kappa / diffusion + 1.0 / radius;
    let b = a + h * (diffusion * t).sqrt();
    radius / r * (kappa / diffusion) / h * (erfc(a) - exp(-a * a) * erfcx(b))
}

/// The same for all times: R/r for an absorbing sphere.
pub fn captured_ever(r: f64, radius: f64, diffusion: f64, kappa: f64) -> f64 {
    let share = if kappa == f64::INFINITY { 1.0 } else { kappa * radius / (kappa * radius + diffusion) };
    radius / r * share
}

/// Mean, and as arrivals are Poisson also variance, of the vesicles that a sphere has captured by `end` from a Poisson
/// stream of `rate` released at distance `r` from its centre, lost on the way at rate `loss`: the chain of a donor, a
/// way and a recipient.
///
/// `rate ∫₀ᵉⁿᵈ F(s) e^(−loss s) (1 + loss (end − s)) ds` with `F` of [`captured`], by Simpson's rule in √s.
pub fn captured_from_stream(
    rate: f64,
    [r, radius]: [f64; 2],
    [diffusion, kappa, loss]: [f64; 3],
    end: f64,
) -> f64 {
    let n = 4000;
    let h = end.sqrt() / f64::from(n);
    let mut sum = 0.0;
    for i in 1..=n {
        let root = h * f64::from(i);
        let s = root * root;
        let f = captured(r, radius, diffusion, kappa, s) * exp(-loss * s) * (1.0 + loss * (end - s));
        let weight = if i == n { 1.0 } else { f64::from(2 + 2 * (i % 2)) };
        sum += weight * f * 2.0 * root;
    }
    rate * sum * h / 3.0
}

/// Mean squared displacement of a vesicle in traps: `6 D t^a/Γ(1 + a)` (Metzler and Klafter 2000, doi
/// 10.1016/S0370-1573(00)00070-3).
pub fn trapped_displacement(diffusion: f64, exponent: f64, t: f64) -> f64 {
    6.0 * diffusion * pow(t, exponent) / exp(ln_gamma(1.0 + exponent))
}

/// Mean time after which a vesicle that starts at distance `r` from the centre is captured by an absorbing sphere
/// `radius` inside a reflecting one `outer` (Redner, A Guide to First-Passage Processes, §6.2).
pub fn passage_between_spheres(r: f64, radius: f64, outer: f64, diffusion: f64) -> f64 {
    let cubes = outer * outer * outer;
    (cubes / 3.0 * (1.0 / radius - 1.0 / r) - (r * r - radius * radius) / 6.0) / diffusion
}

/// Vesicles captured up to `t` by a sphere in a medium of unit initial concentration: the time integral of the
/// rate of Smoluchowski (absorbing) or of Collins and Kimball (1949, doi 10.1016/0095-8522(49)90023-9).
pub fn captured_from_medium(radius: f64, diffusion: f64, kappa: f64, t: f64) -> f64 {
    let rate = 4.0 * std::f64::consts::PI * diffusion * radius;
    let pi = std::f64::consts::PI;
    if kappa == f64::INFINITY {
        return rate * (t + 2.0 * radius * (t / (pi * diffusion)).sqrt());
    }
    let steady = rate * kappa * radius / (kappa * radius + diffusion);
    let h = kappa / diffusion + 1.0 / radius;
    // ∫ erfcx(h √(Ds)) ds = [erfcx(h√(Dt)) − 1]/(h² D) + 2 √(t/(πD))/h
    let tail = (erfcx(h * (diffusion * t).sqrt()) - 1.0) / (h * h * diffusion)
        + 2.0 * (t / (pi * diffusion)).sqrt() / h;
    steady * (t + kappa * radius / diffusion * tail)
}

/// Probability that a vesicle that started at the centre of an absorbing sphere is still inside after `t`.
pub fn inside_from_centre(radius: f64, diffusion: f64, t: f64) -> f64 {
    let q = std::f64::consts::PI * std::f64::consts::PI * diffusion * t / (radius * radius);
    let mut sum = 0.0;
    for n in 1..2000i32 {
        let term = exp(-f64::from(n) * f64::from(n) * q);
        sum += if n % 2 == 1 { term } else { -term };
        if term < 1e-16 {
            break;
        }
    }
    2.0 * sum
}

/// Probability that a vesicle carried at `speed` towards an absorbing plane `gap` away has reached it by `t`
/// (inverse Gaussian law).
pub fn arrived(gap: f64, speed: f64, diffusion: f64, t: f64) -> f64 {
    let s = (4.0 * diffusion * t).sqrt();
    // The second term as exp(−a²) erfcx(b), which does not overflow.
    let (a, b) = ((gap - speed * t) / s, (gap + speed * t) / s);
    0.5 * (erfc(a) + exp(-a * a) * erfcx(b))
}

/// Concentration behind a front that enters a half space at unit concentration with velocity `v`
/// (Ogata and Banks 1961, doi 10.3133/pp411A).
pub fn ogata_banks(x: f64, v: f64, diffusion: f64, t: f64) -> f64 {
    arrived(x, v, diffusion, t)
}
