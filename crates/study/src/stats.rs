//! Means and intervals over replicates.

use crate::results::Estimate;

/// Two-sided 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom, then the normal's.
const T975: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/// Mean with the 95 % interval of the mean (Student's t); no interval for a single value, nothing for none.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let n = values.len();
    let mean = exoderm_numeric::reduce::sum(values) / n as f64;
    let (low, high) = if n > 1 {
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1) as f64;
        let t = T975.get(n - 2).copied().unwrap_or(1.96);
        let half = t * (variance / n as f64).sqrt();
        (Some(mean - half), Some(mean + half))
    } else {
        (None, None)
    };
    Some(Estimate { mean, low, high, n: n as u32 })
}

/// The interval cut at what the quantity can be; a bound that a value itself passes does not hold for it.
pub fn within(e: Estimate, [low, high]: [f64; 2], values: &[f64]) -> Estimate {
    let least = values.iter().copied().fold(low, f64::min);
    let most = values.iter().copied().fold(high, f64::max);
    Estimate { low: e.low.map(|x| x.max(least)), high: e.high.map(|x| x.min(most)), ..e }
}

/// Spearman's rank correlation of two lists of the same length, ties at their mean rank; 0 where one does not vary.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> f64 {
    let (a, b) = (ranks(x), ranks(y));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
    let (ma, mb) = (mean(&a), mean(&b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(&b).map(|(p, q)| f(p - ma, q - mb)).sum::<f64>();
    let scale = (sum(&|p, _| p * p) * sum(&|_, q| q * q)).sqrt();
    if scale > 0.0 { sum(&|p, q| p * q) / scale } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |v: &f64| {
        let below = values.iter().filter(|w| *w < v).count();
        let same = values.iter().filter(|w| *w == v).count();
        below as f64 + 0.5 * (same as f64 + 1.0)
    };
    values.iter().map(rank).collect()
}

/// Mean with the 2.5 and 97.5 % quantiles of the values themselves (parameter draws).
pub fn spread(values: &[f64]) -> Option<Estimate> {
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let at = |p: f64| quantile(&sorted, p);
    let mean = exoderm_numeric::reduce::sum(&sorted) / n as f64;
    let (low, high) = if n > 1 { (Some(at(0.025)), Some(at(0.975))) } else { (None, None) };
    Some(Estimate { mean, low, high, n: n as u32 })
}

/// Quantile of sorted values, linear between order statistics; 0 for none.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    match sorted.len() {
        0 => 0.0,
        n => {
            let x = p.clamp(0.0, 1.0) * (n - 1) as f64;
            let k = x.floor() as usize;
            let next = sorted[(k + 1).min(n - 1)];
            sorted[k] + (next - sorted[k]) * (x - k as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three values 1, 2, 3: mean 2, half-width t(2) · 1/√3.
    #[test]
    fn students_interval() {
        let e = estimate(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((e.mean, e.n), (2.0, 3));
        assert!((e.high.unwrap() - 2.0 - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(estimate(&[5.0]).unwrap().low, None);
        assert!(estimate(&[]).is_none());
        assert!(estimate(&[f64::NAN]).is_none());
    }

    /// A mean of 98 ± 5 % cannot reach 103 %; a wound that did grow keeps its negative value.
    #[test]
    fn intervals_end_where_the_quantity_does() {
        let e = Estimate { mean: 98.0, low: Some(93.0), high: Some(103.0), n: 3 };
        assert_eq!(within(e, [0.0, 100.0], &[97.0, 99.0]).high, Some(100.0));
        let grown = Estimate { mean: 1.0, low: Some(-6.0), high: Some(8.0), n: 2 };
        assert_eq!(within(grown, [0.0, 100.0], &[-2.0, 4.0]).low, Some(-2.0));
    }

    #[test]
    fn ranks_correlate_whatever_the_scale() {
        let x = [1.0, 10.0, 100.0, 1000.0];
        assert!((rank_correlation(&x, &[0.1, 0.2, 0.9, 5.0]) - 1.0).abs() < 1e-12);
        assert!((rank_correlation(&x, &[4.0, 3.0, 2.0, 1.0]) + 1.0).abs() < 1e-12);
        assert_eq!(rank_correlation(&x, &[1.0; 4]), 0.0);
        // Ties at their mean rank: 1, 2.5, 2.5, 4 against 1, 2, 3, 4.
        assert!((rank_correlation(&x, &[0.0, 1.0, 1.0, 2.0]) - 4.5 / (5.0f64 * 4.5).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[0.0, 10.0], 0.25), 2.5);
        assert_eq!(quantile(&[], 0.5), 0.0);
        let s = spread(&(0..101).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!((s.low, s.high), (Some(2.5), Some(97.5)));
    }
}
