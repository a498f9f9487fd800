//! Exact answers that tests and documents share. Any consistent units.

/// Mean number of vesicles in each of `n` places in a line at time `t`: `inflow` a time into the first, jumps at rate
/// `jump` to either side, loss at rate `loss`, closed ends, empty at first; infinite `t`: at rest.
///
/// Jumps and loss are linear and arrivals are a Poisson stream, so the counts are Poisson and the means obey
/// `dm/dt = A m + b`: solved by elimination at rest, by Runge–Kutta steps far shorter than the fastest exit otherwise.
pub fn line_means(n: usize, inflow: f64, jump: f64, loss: f64, t: f64) -> Vec<f64> {
    let exits = |i: usize| f64::from(u8::from(i > 0) + u8::from(i + 1 < n)) * jump + loss;
    if t == f64::INFINITY {
        // (exits) m_i − jump (m_{i−1} + m_{i+1}) = inflow at i = 0: elimination from the far end.
        let mut pivot = vec![0.0; n];
        for i in (0..n).rev() {
            pivot[i] = exits(i) - if i + 1 < n { jump * jump / pivot[i + 1] } else { 0.0 };
        }
        let mut m = vec![inflow / pivot[0]; n];
        for i in 1..n {
            m[i] = jump * m[i - 1] / pivot[i];
        }
        return m;
    }
    let rate = |m: &[f64]| -> Vec<f64> {
        (0..n)
            .map(|i| {
                let from = |k: usize| m.get(k).map_or(0.0, |x| jump * x);
                let entering = from(i.wrapping_sub(1)) + from(i + 1) + if i == 0 { inflow } else { 0.0 };
                entering - exits(i) * m[i]
            })
            .collect()
    };
    let steps = (40.0 * t * (2.0 * jump + loss)).ceil().max(1.0);
    let h = t / steps;
    let mut m = vec![0.0; n];
    let ahead = |m: &[f64], k: &[f64], by: f64| m.iter().zip(k).map(|(m, k)| m + by * k).collect::<Vec<_>>();
    for _ in 0..steps as usize {
        let a = rate(&m);
        let b = rate(&ahead(&m, &a, 0.5 * h));
        let c = rate(&ahead(&m, &b, 0.5 * h));
        let d = rate(&ahead(&m, &c, h));
        for i in 0..n {
            m[i] += h / 6.0 * (a[i] + 2.0 * (b[i] + c[i]) + d[i]);
        }
    }
    m
}

/// Mean and variance of those of `n` vesicles that are still single at time `t`, when each pair of single ones binds at
/// `rate`: the master equation of the chain n → n − 2 → …, by Runge–Kutta steps far shorter than its fastest exit.
pub fn pairs_left(n: usize, rate: f64, t: f64) -> (f64, f64) {
    let exit = |k: usize| rate * 0.5 * (k * k.saturating_sub(1)) as f64;
    // The chain's states from n downwards.
    let states: Vec<usize> = (0..=n / 2).map(|lost| n - 2 * lost).collect();
    let flow = |p: &[f64]| -> Vec<f64> {
        let into = |i: usize| if i > 0 { exit(states[i - 1]) * p[i - 1] } else { 0.0 };
        (0..p.len()).map(|i| into(i) - exit(states[i]) * p[i]).collect()
    };
    let steps = (20.0 * t * exit(n)).ceil().max(1.0);
    let h = t / steps;
    let mut p = vec![0.0; states.len()];
    p[0] = 1.0;
    let ahead = |p: &[f64], k: &[f64], by: f64| p.iter().zip(k).map(|(p, k)| p + by * k).collect::<Vec<_>>();
    for _ in 0..steps as usize {
        let a = flow(&p);
        let b = flow(&ahead(&p, &a, 0.5 * h));
        let c = flow(&ahead(&p, &b, 0.5 * h));
        let d = flow(&ahead(&p, &c, h));
        for i in 0..p.len() {
            p[i] += h / 6.0 * (a[i] + 2.0 * (b[i] + c[i]) + d[i]);
        }
    }
    let mean: f64 = p.iter().zip(&states).map(|(p, k)| p * *k as f64).sum();
    let variance = p.iter().zip(&states).map(|(p, k)| p * (*k as f64 - mean) * (*k as f64 - mean)).sum();
    (mean, variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::math::exp;

    /// Two and three vesicles, by hand: e^(−r t) of the pair is left; three bind at 3 r, one stays.
    #[test]
    fn pairs_by_hand() {
        let (r, t) = (0.7, 0.9);
        let p = exp(-r * t);
        let (mean, variance) = pairs_left(2, r, t);
        assert!((mean - 2.0 * p).abs() < 1e-7 && (variance - 4.0 * p * (1.0 - p)).abs() < 1e-7);
        let q = exp(-3.0 * r * t);
        assert!((pairs_left(3, r, t).0 - (1.0 + 2.0 * q)).abs() < 1e-7);
    }

    /// A17's lattice, values computed independently.
    #[test]
    fn a17_points() {
        let at = |t| line_means(50, 10.0, 1.075, 0.01, t);
        for (t, place, mean) in [
            (10.0, 0, 28.870_694_07),
            (10.0, 10, 0.347_363_059_8),
            (10.0, 25, 1.079_669_844e-6),
            (100.0, 0, 76.743_842_82),
            (f64::INFINITY, 0, 91.922_039_73),
            (f64::INFINITY, 45, 1.703_971_887),
        ] {
            let got = at(t)[place];
            assert!((got / mean - 1.0).abs() < 1e-6, "{t} {place}: {got} {mean}");
        }
    }
}
