//! Compartments joined by one-way links; amounts only move.
//!
//! Each link takes from one compartment exactly what it gives to another, and the solver keeps every linear sum that the
//! equations keep: the sum over all compartments changes by what flows in from outside and by nothing else.

use exoderm_vesicle::stiff::{System, Tolerance, integrate};

/// How fast a link moves what is in its origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rate {
    /// First order (1/min).
    Linear(f64),
    /// `most` × origin / (`half` + `driver`): saturable by the amount in the compartment `driver`, which is the origin itself
    /// for the substance that saturates it and another one for what rides on it.
    Saturable {
        /// Amount a min at saturation.
        most: f64,
        /// Amount of half saturation.
        half: f64,
        /// Compartment whose amount saturates.
        driver: usize,
    },
}

/// A one-way link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Compartment that gives.
    pub from: usize,
    /// Compartment that receives.
    pub to: usize,
    /// How fast.
    pub rate: Rate,
}

impl Link {
    /// A first-order link.
    pub fn linear(from: usize, to: usize, rate: f64) -> Self {
        Self { from, to, rate: Rate::Linear(rate) }
    }
}

/// `N` compartments, their links, and constant inflows from outside (amount/min).
#[derive(Clone, Debug, PartialEq)]
pub struct Network<const N: usize> {
    /// Links.
    pub links: Vec<Link>,
    /// Inflows.
    pub inflow: [f64; N],
}

impl<const N: usize> System<N> for Network<N> {
    fn slope(&self, y: &[f64; N]) -> [f64; N] {
        let mut slope = self.inflow;
        for link in &self.links {
            let flux = match link.rate {
                Rate::Linear(k) => k * y[link.from],
                Rate::Saturable { most, half, driver } => most * y[link.from] / (half + y[driver]),
            };
            slope[link.from] -= flux;
            slope[link.to] += flux;
        }
        slope
    }

    fn jacobian(&self, y: &[f64; N]) -> [[f64; N]; N] {
        let mut j = [[0.0; N]; N];
        for link in &self.links {
            let (direct, by_driver) = match link.rate {
                Rate::Linear(k) => (k, None),
                Rate::Saturable { most, half, driver } => {
                    let room = half + y[driver];
                    (most / room, Some((driver, -most * y[link.from] / (room * room))))
                }
            };
            j[link.from][link.from] -= direct;
            j[link.to][link.from] += direct;
            if let Some((driver, slope)) = by_driver {
                j[link.from][driver] -= slope;
                j[link.to][driver] += slope;
            }
        }
        j
    }
}

/// A state at a time, with its slope.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot<const N: usize> {
    time: f64,
    state: [f64; N],
    slope: [f64; N],
}

/// The states of a network over time: cubic between the accepted steps of the solver.
#[derive(Clone, Debug, PartialEq)]
pub struct Course<const N: usize> {
    knots: Vec<Knot<N>>,
    /// Amount that came in from outside, at the start included.
    pub entered: f64,
}

/// Runs a network over pieces of time with constant inflows each: `pieces` are lengths (min) and inflows. What is there at
/// the start counts as entered.
///
/// `relative` is the tolerance of the solver; amounts below `relative` × 1e-6 of all that enters count as nothing.
pub fn run<const N: usize>(
    network: &Network<N>,
    start: [f64; N],
    pieces: &[(f64, [f64; N])],
    relative: f64,
) -> Course<N> {
    let mut network = network.clone();
    let mut entered: f64 = start.iter().sum();
    entered += pieces.iter().map(|(span, inflow)| span * inflow.iter().sum::<f64>()).sum::<f64>();
    let tolerance = Tolerance { relative, absolute: (entered * relative * 1e-6).max(f64::MIN_POSITIVE) };
    let (mut state, mut begin, mut knots) = (start, 0.0, Vec::new());
    for (span, inflow) in pieces.iter().filter(|(span, _)| *span > 0.0) {
        network.inflow = *inflow;
        // Two knots at a place where the inflow jumps: the slope has two values there.
        knots.push(Knot { time: begin, state, slope: network.slope(&state) });
        state = integrate(&network, state, *span, tolerance, |t, y| {
            knots.push(Knot { time: begin + t, state: *y, slope: network.slope(y) });
        });
        begin += span;
    }
    if knots.is_empty() {
        knots.push(Knot { time: 0.0, state, slope: [0.0; N] });
    }
    Course { knots, entered }
}

impl<const N: usize> Course<N> {
    /// The state at a time (min); before the start and after the end that of the nearer end.
    pub fn at(&self, time: f64) -> [f64; N] {
        let after = self.knots.partition_point(|k| k.time <= time);
        let (Some(a), Some(b)) = (self.knots.get(after.wrapping_sub(1)), self.knots.get(after)) else {
            let end = if after == 0 { self.knots.first() } else { self.knots.last() };
            return end.map_or([0.0; N], |k| k.state);
        };
        let h = b.time - a.time;
        let s = (time - a.time) / h;
        // Hermite's cubic.
        let (s2, s3) = (s * s, s * s * s);
        let (w0, w1) = (2.0 * s3 - 3.0 * s2 + 1.0, -2.0 * s3 + 3.0 * s2);
        let (v0, v1) = (h * (s3 - 2.0 * s2 + s), h * (s3 - s2));
        std::array::from_fn(|i| w0 * a.state[i] + w1 * b.state[i] + v0 * a.slope[i] + v1 * b.slope[i])
    }

    /// The last state.
    pub fn last(&self) -> [f64; N] {
        self.knots.last().map_or([0.0; N], |k| k.state)
    }

    /// End of the run (min).
    pub fn end(&self) -> f64 {
        self.knots.last().map_or(0.0, |k| k.time)
    }

    /// Integrals of all compartments from 0 to the end (amount · min), by the same cubics.
    pub fn areas(&self) -> [f64; N] {
        let mut areas = [0.0; N];
        for pair in self.knots.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let h = b.time - a.time;
            for (i, area) in areas.iter_mut().enumerate() {
                *area += 0.5 * h * (a.state[i] + b.state[i]) + h * h / 12.0 * (a.slope[i] - b.slope[i]);
            }
        }
        areas
    }

    /// |entered − sum of the last state| / entered.
    pub fn imbalance(&self) -> f64 {
        let there: f64 = self.last().iter().sum();
        if self.entered > 0.0 { (self.entered - there).abs() / self.entered } else { there.abs() }
    }

    /// Number of accepted steps.
    pub fn steps(&self) -> usize {
        self.knots.len()
    }
}
