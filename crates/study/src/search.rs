//! The smallest value of an input that reaches a goal, by cutting a bracket of simulated values.
//!
//! Nothing is read between two values that were run: the answer is the pair of neighbours between which the goal is first
//! reached. Each round runs a few values between them, evenly in logarithms (evenly as they are next to 0), so that
//! which values are run depends on earlier results only, never on threads or on an interruption.

use exoderm_numeric::math;
use exoderm_units::significant;

/// Digits of values that are tried: what is told is then what was run.
const DIGITS: usize = 3;

/// Where the goal is first reached, from low to high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reached {
    /// At the lowest value run.
    Always,
    /// Not at the first value, but at the second; none was run between them.
    Between([f64; 2]),
    /// At no value run.
    Never,
}

/// Where `goal` is first reached by points (value, result) in any order.
pub(crate) fn reached(points: &[(f64, f64)], goal: f64) -> Reached {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    match sorted.iter().position(|p| p.1 >= goal) {
        None => Reached::Never,
        Some(0) => Reached::Always,
        Some(k) => Reached::Between([sorted[k - 1].0, sorted[k].0]),
    }
}

/// The next values to run: `n` inside the bracket, or none where there is no bracket or it is as narrow as can be told.
pub(crate) fn next(points: &[(f64, f64)], goal: f64, n: u32) -> Vec<f64> {
    match reached(points, goal) {
        Reached::Between(ends) => inside(ends, n),
        Reached::Always | Reached::Never => Vec::new(),
    }
}

/// `n` values between two, in few digits.
pub(crate) fn inside([low, high]: [f64; 2], n: u32) -> Vec<f64> {
    let mut values: Vec<f64> = (1..=n)
        .map(|k| f64::from(k) / f64::from(n + 1))
        .map(|share| match low > 0.0 {
            true => low * math::exp(share * math::ln(high / low)),
            false => low + share * (high - low),
        })
        .map(|x| significant(x, DIGITS).parse().unwrap_or(x))
        .filter(|x| *x > low && *x < high)
        .collect();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain of a steep effect: nothing up to 5, nearly all from 8 on.
    fn steep(x: f64) -> f64 {
        let power = x * x * x * x * x * x * x * x;
        40.0 * power / (power + 6.5f64 * 6.5 * 6.5 * 6.5 * 6.5 * 6.5 * 6.5 * 6.5)
    }

    /// A straight line from 0 to what was run at 9.55 would put the value at 1.5, where there is no gain at all.
    #[test]
    fn a_steep_curve_is_bracketed_not_interpolated() {
        let goal = 6.2;
        let mut points: Vec<(f64, f64)> = [0.0, 9.55, 30.0].map(|x| (x, steep(x))).into();
        assert_eq!(reached(&points, goal), Reached::Between([0.0, 9.55]));
        for _ in 0..3 {
            points.extend(next(&points, goal, 2).into_iter().map(|x| (x, steep(x))));
        }
        let Reached::Between([low, high]) = reached(&points, goal) else { panic!("no bracket") };
        assert!(steep(low) < goal && steep(high) >= goal, "{low} {high}");
        assert!(high / low < 1.1 && low > 5.0, "{low} {high}");
    }

    #[test]
    fn each_round_cuts_in_logarithms_where_it_can() {
        assert_eq!(inside([1.0, 100.0], 1), [10.0]);
        assert_eq!(inside([0.0, 30.0], 2), [10.0, 20.0]);
        let three = inside([4.775, 9.55], 2);
        assert_eq!(three, [6.02, 7.58]);
        // Nothing is left to run between neighbours in the digits that are told.
        assert!(inside([6.01, 6.02], 3).is_empty());
    }

    /// What an end of the range already says costs no run.
    #[test]
    fn ends_that_say_always_or_never_are_not_searched() {
        let flat = [(0.0, 0.0), (10.0, 1.0), (30.0, 2.0)];
        assert_eq!(reached(&flat, 5.0), Reached::Never);
        assert!(next(&flat, 5.0, 2).is_empty());
        let high = [(30.0, 9.0), (1.0, 7.0)];
        assert_eq!(reached(&high, 5.0), Reached::Always);
        assert!(next(&high, 5.0, 2).is_empty());
    }

    /// A curve that rises and falls: the first rise counts.
    #[test]
    fn the_first_crossing_counts() {
        let hump = [(1.0, 0.0), (2.0, 6.0), (3.0, 1.0), (4.0, 8.0)];
        assert_eq!(reached(&hump, 5.0), Reached::Between([1.0, 2.0]));
    }
}
