//! Microchannels through a barrier, as needles or a laser leave them in stratum corneum; they close with time.
//!
//! A channel is a cylinder of radius a and length L, filled with fluid, with a gel on one side and, on the other, a way on that
//! is wide beside it. Vesicles that come to its mouth from all around in the gel meet the access resistance of a disc, 1/(4 D a)
//! (Rayleigh 1878; Crank, *The Mathematics of Diffusion*, §3.5), then the column of fluid, L/(D π a²). Channels further apart
//! than their width do not see each other: N of them per area have the permeability
//!
//! ```text
//! P = N / (1/(4 D_gel a) + L/(D_fluid π a²))
//! ```
//!
//! which grows with the area of long channels, but with the radius of short ones. They close one after the other at an even
//! rate: the share still open at t is 1 − t/T.

use crate::error::{Error, not_negative, positive};
use std::f64::consts::PI;

/// Channels of one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channels {
    density: f64,
    radius: f64,
    length: f64,
    closing: f64,
}

impl Channels {
    /// Channels by number per area (1/um²), diameter and length (um), and the time in which all close (min).
    ///
    /// # Errors
    /// When one of them is not positive (a length of 0 is a hole in a thin sheet).
    pub fn new(density: f64, diameter: f64, length: f64, closing: f64) -> Result<Self, Error> {
        Ok(Self {
            density: positive("density", density)?,
            radius: 0.5 * positive("diameter", diameter)?,
            length: not_negative("length", length)?,
            closing: positive("closing", closing)?,
        })
    }

    /// Permeability (um/min) for what diffuses at `fluid` in the channel and at `gel` above it (um²/min), all channels open.
    pub fn permeability(&self, fluid: f64, gel: f64) -> f64 {
        if fluid <= 0.0 || gel <= 0.0 {
            return 0.0;
        }
        let access = 1.0 / (4.0 * gel * self.radius);
        let column = self.length / (fluid * PI * self.radius * self.radius);
        self.density / (access + column)
    }

    /// Mean share of the channels that is open between two times after they were made (min); none is before that.
    pub fn open_share(&self, from: f64, to: f64) -> f64 {
        let (a, b) = (from.clamp(0.0, self.closing), to.clamp(0.0, self.closing));
        if b <= a {
            return 0.0;
        }
        (b - a) * (1.0 - 0.5 * (a + b) / self.closing) / (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both limits: a long channel by its area, a hole in a thin sheet by its radius.
    #[test]
    fn s061_permeability_of_channels_has_both_limits() {
        let (d, gel) = (400.0, 68.0);
        let long = Channels::new(1e-6, 50.0, 1e6, 1440.0).unwrap();
        let area = 1e-6 * PI * 25.0 * 25.0;
        assert!((long.permeability(d, gel) / (area * d / 1e6) - 1.0).abs() < 2e-3);
        let hole = Channels::new(1e-6, 50.0, 0.0, 1440.0).unwrap();
        assert!((hole.permeability(d, gel) / (1e-6 * 4.0 * gel * 25.0) - 1.0).abs() < 1e-12);
        assert_eq!(hole.permeability(0.0, gel), 0.0);
    }

    /// The mean over any steps adds up to half the closing time, whatever the steps.
    #[test]
    fn s061_open_time_does_not_depend_on_steps() {
        let c = Channels::new(1e-6, 50.0, 8.0, 1440.0).unwrap();
        for step in [7.0, 60.0, 1000.0, 5000.0] {
            let mut sum = 0.0;
            let mut t = -90.0;
            while t < 3000.0 {
                sum += step * c.open_share(t, t + step);
                t += step;
            }
            assert!((sum / 720.0 - 1.0).abs() < 1e-12, "{step}: {sum}");
        }
        assert_eq!(c.open_share(-60.0, 0.0), 0.0);
        assert_eq!(c.open_share(1440.0, 1500.0), 0.0);
    }

    /// What is no channel is refused.
    #[test]
    fn impossible_channels() {
        for (n, d, l, t) in [
            (0.0, 50.0, 8.0, 1.0),
            (1e-6, f64::NAN, 8.0, 1.0),
            (1e-6, 50.0, -1.0, 1.0),
            (1e-6, 50.0, 8.0, 0.0),
        ] {
            assert!(Channels::new(n, d, l, t).is_err(), "{n} {d} {l} {t}");
        }
    }
}
