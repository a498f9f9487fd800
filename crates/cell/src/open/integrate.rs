//! Steps through time over slices.
//!
//! [`two_step`] is the Adams–Bashforth method of order two, its steps chosen by the owner. [`Stepper`] takes an interval by the
//! explicit trapezoidal rule (order two) in as few steps as its error allows: it compares with Euler's step, so a
//! cluster at rest takes long steps, up to what is stable, and a division short ones.

use super::half::{SHARED, TASK};
use crate::error::{CellError, not_negative, positive};
use crate::vector::Vec3;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Moves cells by `x += h ((1 + r/2) v − r/2 v_before)`, with r = `ratio` of this step to the one before, and keeps `v` in
/// `before`: one pass over all columns. A new cell's velocity before is the owner's to say: 0, as is the field's habit, makes
/// its first step one of 3/2 h; its own velocity, one of Euler's.
///
/// # Errors
/// If the slices differ in length.
pub fn two_step(
    position: [&mut [f64]; 3],
    before: [&mut [f64]; 3],
    h: f64,
    ratio: f64,
    velocity: impl Fn(usize) -> Vec3 + Sync,
) -> Result<(), CellError> {
    let n = position[0].len();
    let mut lengths = position.iter().map(|p| p.len()).chain(before.iter().map(|b| b.len()));
    if let Some(found) = lengths.find(|&found| found != n) {
        return Err(CellError::Length { name: "position or velocity", found, expected: n });
    }
    let (now, then) = (1.0 + 0.5 * ratio, 0.5 * ratio);
    let step = |(i, (((x, y), z), ((u, v), w))): (usize, Moved<'_>)| {
        let velocity = velocity(i);
        for ((x, b), v) in [x, y, z].into_iter().zip([u, v, w]).zip(velocity) {
            *x += h * (now * v - then * *b);
            *b = v;
        }
    };
    let ([x, y, z], [u, v, w]) = (position, before);
    if n >= SHARED {
        let at = x.par_iter_mut().with_min_len(TASK).zip(y).zip(z);
        at.zip(u.par_iter_mut().zip(v).zip(w)).enumerate().for_each(step);
    } else {
        let at = x.iter_mut().zip(y).zip(z);
        at.zip(u.iter_mut().zip(v).zip(w)).enumerate().for_each(step);
    }
    Ok(())
}

/// One cell's entries in three columns.
type Entries<'a> = ((&'a mut f64, &'a mut f64), &'a mut f64);
/// Its place and its velocity before.
type Moved<'a> = (Entries<'a>, Entries<'a>);

/// What an interval took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taken {
    /// Steps accepted.
    pub steps: u32,
    /// Steps repeated with a shorter time.
    pub rejected: u32,
    /// Evaluations of all velocities.
    pub evaluations: u32,
}

/// Steps of order two with error control.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stepper {
    /// Largest error of a step and cell (um).
    tolerance: f64,
    /// Shortest step (min), taken whatever its error.
    shortest: f64,
    /// Step to try next (min); infinite before the first.
    next: Option<f64>,
    #[serde(skip)]
    first: [Vec<f64>; 3],
    #[serde(skip)]
    last: [Vec<f64>; 3],
    #[serde(skip)]
    origin: [Vec<f64>; 3],
}

impl Stepper {
    /// A stepper with this tolerance (um) and shortest step (min).
    ///
    /// # Errors
    /// If either is not positive.
    pub fn new(tolerance: f64, shortest: f64) -> Result<Self, CellError> {
        positive("tolerance", tolerance)?;
        positive("shortest step", shortest)?;
        let empty = || [Vec::new(), Vec::new(), Vec::new()];
        Ok(Self { tolerance, shortest, next: None, first: empty(), last: empty(), origin: empty() })
    }

    /// Moves cells through `dt` (min). `velocity` fills its second argument (um/min) for positions in its first.
    ///
    /// # Errors
    /// If `dt` is negative or not finite, and what `velocity` returns.
    pub fn advance(
        &mut self,
        position: &mut [Vec<f64>; 3],
        dt: f64,
        mut velocity: impl FnMut(&[Vec<f64>; 3], &mut [Vec<f64>; 3]) -> Result<(), CellError>,
    ) -> Result<Taken, CellError> {
        not_negative("interval", dt)?;
        let n = position[0].len();
        for buffer in self.first.iter_mut().chain(&mut self.last).chain(&mut self.origin) {
            buffer.resize(n, 0.0);
        }
        let mut taken = Taken::default();
        let (mut left, mut wish) = (dt, self.next.unwrap_or(dt));
        velocity(position, &mut self.first)?;
        taken.evaluations += 1;
        while left > 0.0 {
            let h = wish.max(self.shortest);
            // Equal shares of what is left, so that no sliver remains.
            let mut h = left / (left / h).ceil().max(1.0);
            for (kept, now) in self.origin.iter_mut().zip(&*position) {
                kept.copy_from_slice(now);
            }
            let error = loop {
                for ((x, o), v) in position.iter_mut().zip(&self.origin).zip(&self.first) {
                    x.iter_mut().zip(o).zip(v).for_each(|((x, o), v)| *x = o + h * v);
                }
                velocity(position, &mut self.last)?;
                taken.evaluations += 1;
                let error = 0.5 * h * self.farthest();
                if error <= self.tolerance || h <= self.shortest {
                    break error;
                }
                taken.rejected += 1;
                // NaN counts as the worst.
                let factor = 0.9 * (self.tolerance / error).sqrt();
                h = (h * if factor.is_nan() { 0.1 } else { factor.clamp(0.1, 0.7) }).max(self.shortest);
                wish = h;
            };
            for ((x, v), w) in position.iter_mut().zip(&self.first).zip(&self.last) {
                x.iter_mut().zip(v).zip(w).for_each(|((x, v), w)| *x += 0.5 * h * (w - v));
            }
            velocity(position, &mut self.first)?;
            taken.evaluations += 1;
            taken.steps += 1;
            left = if h >= left * (1.0 - 1e-12) { 0.0 } else { left - h };
            let factor = if error > 0.0 { 0.9 * (self.tolerance / error).sqrt() } else { 2.0 };
            let proposal = (h * factor.clamp(0.2, 2.0)).max(self.shortest);
            // A step that the interval's end cut short says nothing against a longer one next time.
            wish = if factor >= 1.0 { wish.max(proposal) } else { proposal };
        }
        if wish.is_finite() && dt > 0.0 {
            self.next = Some(wish);
        }
        Ok(taken)
    }

    /// Largest difference of the two velocities of a cell (um/min).
    fn farthest(&self) -> f64 {
        let mut worst: f64 = 0.0;
        for i in 0..self.first[0].len() {
            let square: f64 = (0..3)
                .map(|a| {
                    let d = self.last[a][i] - self.first[a][i];
                    d * d
                })
                .sum();
            // `max` would drop a NaN.
            worst = if square.is_nan() { f64::INFINITY } else { worst.max(square) };
        }
        worst.sqrt()
    }
}
