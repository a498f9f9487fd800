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

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(&[0.0, 10.0], 0.25), 2.5);
        assert_eq!(quantile(&[], 0.5), 0.0);
        let s = spread(&(0..101).map(f64::from).collect::<Vec<_>>()).unwrap();
        assert_eq!((s.low, s.high), (Some(2.5), Some(97.5)));
    }
}
