//! Kinds of vesicles: how those of one kind move and how fast they are lost.

use crate::error::{Error, check};
use crate::surface::{dot, sub};

/// What all vesicles of a kind share.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Diffusion coefficient, um²/min (um²/min^exponent for [`Motion::Trapped`]).
    pub diffusion: f64,
    /// Radius, um: a vesicle's centre comes no nearer to a surface than this.
    pub radius: f64,
    /// Velocity of what carries the vesicles, um/min.
    pub drift: [f64; 3],
    /// First-order loss, 1/min.
    pub loss: f64,
    /// How they move.
    pub motion: Motion,
}

/// How vesicles of a class move.
#[derive(Clone, Debug, PartialEq)]
pub enum Motion {
    /// Brownian motion with drift.
    Brownian,
    /// Subdiffusion by traps: Brownian motion that waits, with waiting times of infinite mean (continuous-time
    /// random walk). Mean squared displacement 6 D t^exponent/Γ(1 + exponent).
    ///
    /// The Brownian path is run by a clock that is the inverse of a stable process (Meerschaert and Scheffler 2004,
    /// doi 10.1239/jap/1091543414), advanced in quanta; as the path itself is ordinary, every surface is met as
    /// exactly as without traps. This is the anomalous motion that binding to a matrix gives. Fractional Brownian
    /// motion, that of a viscoelastic medium, is not offered: it has no agreed law at a wall, and its exact
    /// covariance needs each vesicle's whole past.
    Trapped {
        /// Between 0 and 1.
        exponent: f64,
        /// Step of the inner clock, min^exponent: the mean clock is right at any quantum, its spread once several
        /// quanta have passed.
        quantum: f64,
    },
    /// Held by a spring to the place where it was put in: an Ornstein–Uhlenbeck process.
    Tethered {
        /// Relaxation rate, 1/min; the variance along each axis tends to D/rate.
        rate: f64,
    },
    /// Carried along a path in steps of one length at exponential waiting times, as by a motor; surfaces don't matter.
    Directed(Path),
}

/// A way through space with a mean speed.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    points: Vec<[f64; 3]>,
    /// Length of the way up to each point.
    reached: Vec<f64>,
    pub(crate) speed: f64,
    pub(crate) stride: f64,
    pub(crate) then: Option<u8>,
}

impl Path {
    /// A way along `points`, at a mean `speed` (um/min), in strides of `stride` um; at its end a vesicle becomes one
    /// of class `then`, or stays there.
    ///
    /// # Errors
    /// Fewer than two points, points that are not finite, a length of 0, a speed or stride that is not positive.
    pub fn new(points: &[[f64; 3]], speed: f64, stride: f64, then: Option<u8>) -> Result<Self, Error> {
        check("speed along a path", speed, speed > 0.0, "a number above 0 um/min")?;
        check("stride along a path", stride, stride > 0.0, "a length above 0 um")?;
        let mut reached = vec![0.0];
        for pair in points.windows(2) {
            let d = sub(pair[1], pair[0]);
            reached.push(reached[reached.len() - 1] + dot(d, d).sqrt());
        }
        let length = reached[reached.len() - 1];
        check("length of a path", length, length > 0.0, "a length above 0 um")?;
        Ok(Self { points: points.to_vec(), reached, speed, stride, then })
    }

    /// Length of the whole way, um.
    pub fn length(&self) -> f64 {
        self.reached[self.reached.len() - 1]
    }

    /// The place after `travelled` um.
    pub fn at(&self, travelled: f64) -> [f64; 3] {
        let k = self.reached.partition_point(|r| *r <= travelled).clamp(1, self.points.len() - 1);
        let (a, b) = (self.points[k - 1], self.points[k]);
        let piece = self.reached[k] - self.reached[k - 1];
        let share = if piece > 0.0 { ((travelled - self.reached[k - 1]) / piece).min(1.0) } else { 1.0 };
        [0, 1, 2].map(|i| a[i] + share * (b[i] - a[i]))
    }
}

impl Class {
    /// Brownian vesicles without size, drift or loss; `diffusion` in um²/min.
    pub fn brownian(diffusion: f64) -> Self {
        Self { diffusion, radius: 0.0, drift: [0.0; 3], loss: 0.0, motion: Motion::Brownian }
    }

    /// Vesicles that follow a path.
    pub fn directed(path: Path) -> Self {
        Self { motion: Motion::Directed(path), ..Self::brownian(0.0) }
    }

    pub(crate) fn check(&self, classes: usize) -> Result<(), Error> {
        check("diffusion coefficient", self.diffusion, self.diffusion >= 0.0, "0 or more um2/min")?;
        check("radius of a vesicle", self.radius, self.radius >= 0.0, "0 or more um")?;
        check("loss rate", self.loss, self.loss >= 0.0, "0 or more 1/min")?;
        for v in self.drift {
            check("drift", v, true, "a finite number of um/min")?;
        }
        let still = self.drift == [0.0; 3];
        match &self.motion {
            Motion::Brownian => {}
            Motion::Trapped { exponent, quantum } => {
                let inside = *exponent > 0.0 && *exponent < 1.0;
                check("anomalous exponent", *exponent, inside, "a number between 0 and 1")?;
                check("quantum of the inner clock", *quantum, *quantum > 0.0, "a number above 0")?;
                check(
                    "drift of trapped vesicles",
                    self.drift[0],
                    still,
                    "0: flow past traps is not described",
                )?;
            }
            Motion::Tethered { rate } => {
                check("relaxation rate of a tether", *rate, *rate > 0.0, "a number above 0 1/min")?;
                check("drift of tethered vesicles", self.drift[0], still, "0: shift the anchor instead")?;
            }
            Motion::Directed(path) => {
                if let Some(then) = path.then
                    && usize::from(then) >= classes
                {
                    return Err(Error::UnknownClass { class: usize::from(then), classes });
                }
            }
        }
        Ok(())
    }
}
