//! Choice of step sizes, shared by the steppers.

use crate::error::Error;
use crate::lanes::{LANES, Lane, largest};
use crate::population::Tolerance;
use exoderm_numeric::math;

/// Most steps between two calls.
const MOST_STEPS: u64 = 10_000_000;

/// Steps through an interval.
pub(crate) struct Control {
    pub(crate) time: f64,
    to: f64,
    /// Size that the error allows.
    wanted: f64,
    order: f64,
    tried: u64,
    after_rejection: bool,
}

impl Control {
    /// `order` is that of the error estimate plus one.
    pub(crate) fn new(from: f64, to: f64, first: f64, order: f64) -> Self {
        let wanted = if first > 0.0 { first } else { to - from };
        Self { time: from, to, wanted, order, tried: 0, after_rejection: false }
    }

    /// The size of the next step; none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<f64>, Error> {
        let left = self.to - self.time;
        if left.is_nan() || left <= 0.0 {
            return Ok(None);
        }
        self.tried += 1;
        if self.tried > MOST_STEPS {
            return Err(Error::Stuck { time: self.time, why: "more than 10 million steps" });
        }
        // A step that would leave a sliver takes the rest, or half of it.
        let step = if self.wanted >= left {
            left
        } else if self.wanted > 0.5 * left {
            0.5 * left
        } else {
            self.wanted
        };
        if self.time + step <= self.time {
            return Err(Error::Stuck {
                time: self.time,
                why: "the step became smaller than time can resolve; the rates are too fast or not finite",
            });
        }
        Ok(Some(step))
    }

    /// Takes note of a step's error, relative to what is allowed; whether the step counts.
    #[inline]
    pub(crate) fn judge(&mut self, step: f64, error: f64) -> bool {
        let factor = if error.is_finite() {
            (0.9 * math::pow(error.max(1e-10), -1.0 / self.order)).clamp(0.1, 5.0)
        } else {
            0.1
        };
        if error.is_finite() && error <= 1.0 {
            self.time = if step >= self.to - self.time { self.to } else { self.time + step };
            let grown = step * if self.after_rejection { factor.min(1.0) } else { factor };
            // A step cut to fit the interval says nothing against a larger one.
            self.wanted = if step < self.wanted { self.wanted.max(grown) } else { grown };
            self.after_rejection = false;
            true
        } else {
            self.wanted = step * factor.min(0.9);
            self.after_rejection = true;
            false
        }
    }

    /// The size to start the next interval with.
    pub(crate) fn wanted(&self) -> f64 {
        self.wanted
    }
}

/// The error of a step relative to what is allowed: root mean square over the states, largest over the cells.
#[inline(always)]
pub(crate) fn error_norm(error: &[Lane], before: &[Lane], after: &[Lane], tolerance: Tolerance) -> f64 {
    if error.is_empty() {
        return 0.0;
    }
    let mut sum = [0.0; LANES];
    for ((e, x), y) in error.iter().zip(before).zip(after) {
        for l in 0..LANES {
            let (x, y) = (x[l].abs(), y[l].abs());
            let size = if y > x { y } else { x };
            let r = e[l] / (tolerance.absolute + tolerance.relative * size);
            sum[l] += r * r;
        }
    }
    (largest(&sum) / error.len() as f64).sqrt()
}

/// A first step: a hundredth of the time in which the fastest cell's state changes by its size (Hairer, Nørsett and
/// Wanner, Solving ODEs I, II.4).
#[inline(always)]
pub(crate) fn first_step(rates: &[Lane], states: &[Lane], tolerance: Tolerance, interval: f64) -> f64 {
    let (mut size, mut speed) = ([0.0; LANES], [0.0; LANES]);
    for (f, x) in rates.iter().zip(states) {
        for l in 0..LANES {
            let scale = tolerance.absolute + tolerance.relative * x[l].abs();
            let (a, b) = (x[l] / scale, f[l] / scale);
            size[l] += a * a;
            speed[l] += b * b;
        }
    }
    let mut step = interval;
    for l in 0..LANES {
        let (d0, d1) = (size[l].sqrt(), speed[l].sqrt());
        let own = if d0 < 1e-5 || d1 < 1e-5 { 1e-6 * interval } else { 0.01 * d0 / d1 };
        if own < step {
            step = own;
        }
    }
    step
}
