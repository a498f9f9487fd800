//! Steps of any length.

use super::{Counts, Network};
use crate::error::{Error, positive};
use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed, Stream};

const MOVES: Purpose = 0x4c31;
const BIRTHS: Purpose = 0x4c32;
const REACTIONS: Purpose = 0x4c33;

/// Moves that a vesicle makes on average within one cut of a step: bounds the tables, not the accuracy.
const MEAN_MOVES: f64 = 24.0;

/// Advances counts by leaps.
#[derive(Clone, Debug)]
pub struct Leap {
    seed: Seed,
    epsilon: f64,
    tick: u32,
    active: Vec<u64>,
    next: Vec<u64>,
    old: Vec<f64>,
    young: Vec<f64>,
    change: Vec<(f64, f64)>,
    reads: Vec<bool>,
}

impl Leap {
    /// Leaps with `epsilon` (0.03 is usual) for reactions; networks without them don't use it.
    ///
    /// # Errors
    /// An epsilon that is not in (0, 1].
    pub fn new(seed: Seed, epsilon: f64) -> Result<Self, Error> {
        if !(epsilon > 0.0 && epsilon <= 1.0) {
            return Err(Error::OutOfRange {
                name: "epsilon",
                value: epsilon,
                expected: "above 0, at most 1",
            });
        }
        Ok(Self {
            seed,
            epsilon,
            tick: 0,
            active: Vec::new(),
            next: Vec::new(),
            old: Vec::new(),
            young: Vec::new(),
            change: Vec::new(),
            reads: Vec::new(),
        })
    }

    /// Cuts of steps so far: with the seed, all that the next step depends on beside the counts.
    pub fn tick(&self) -> u32 {
        self.tick
    }

    /// Goes on from a number of cuts, as [`Leap::tick`] told it.
    #[must_use]
    pub fn resumed(self, tick: u32) -> Self {
        Self { tick, ..self }
    }

    /// Advances `counts` by `dt` min. Returns into how many cuts the step was taken.
    ///
    /// # Errors
    /// A step that is no positive time, counts of another network, more than 2³² cuts since the start.
    pub fn step(&mut self, network: &Network, counts: &mut Counts, dt: f64) -> Result<u32, Error> {
        positive("step", dt)?;
        counts.check(network)?;
        let rate = network.total.iter().copied().fold(0.0, f64::max);
        let mut left = dt;
        let mut cuts = 0;
        while left > 0.0 {
            let pieces = (left * rate / MEAN_MOVES).ceil().max(1.0);
            let tau = (left / pieces).min(self.longest(network, counts, left));
            let tau = if tau >= left * (1.0 - 1e-12) { left } else { tau };
            if self.tick == u32::MAX {
                let limit = u32::MAX as usize;
                return Err(Error::TooMany { what: "cuts of steps", count: limit, limit });
            }
            self.fire(network, counts, 0.5 * tau, 0);
            self.shift(network, counts, rate, tau);
            self.fire(network, counts, 0.5 * tau, 1);
            left -= tau;
            cuts += 1;
            self.tick += 1;
        }
        Ok(cuts)
    }

    /// The longest step within which counts that reactions read change by no more than allowed.
    fn longest(&mut self, network: &Network, counts: &Counts, dt: f64) -> f64 {
        if network.reactions.is_empty() {
            return dt;
        }
        self.change.clear();
        self.change.resize(network.places, (0.0, 0.0));
        self.reads.clear();
        self.reads.resize(network.places, false);
        let change = &mut self.change;
        let mut add = |place: usize, mean: f64, variance: f64| {
            change[place].0 += mean;
            change[place].1 += variance;
        };
        for place in 0..network.places {
            for exit in network.exits(place) {
                let flow = exit.rate * counts.at[place] as f64;
                add(place, -flow, flow);
                if (exit.to as usize) < network.places {
                    add(exit.to as usize, flow, flow);
                }
            }
        }
        for s in &network.sources {
            add(s.to as usize, s.rate, s.rate);
        }
        for r in &network.reactions {
            let flow = r.propensity(&counts.at);
            for place in r.used() {
                add(place, -flow, flow);
                self.reads[place] = true;
            }
            if r.of_itself() {
                // Both go at once: a change of two has four times the variance of one.
                add(r.of as usize, 0.0, 2.0 * flow);
            }
            for place in r.made() {
                add(place, flow, flow);
            }
        }
        let mut tau = dt;
        for (place, (mean, variance)) in self.change.iter().enumerate() {
            if self.reads[place] {
                let room = (self.epsilon * counts.at[place] as f64).max(1.0);
                if mean.abs() > 0.0 {
                    tau = tau.min(room / mean.abs());
                }
                if *variance > 0.0 {
                    tau = tau.min(room * room / variance);
                }
            }
        }
        tau
    }

    /// Reactions for `tau` with their propensities held.
    fn fire(&mut self, network: &Network, counts: &mut Counts, tau: f64, half: u64) {
        for (k, r) in network.reactions.iter().enumerate() {
            let first = counts.at[r.of as usize];
            // A single one reacts at the rate, one of a pair at the rate times the number of partners.
            let (scarce, rate) = match r.with.map(|w| counts.at[w as usize]) {
                None => (first, r.rate),
                Some(_) if r.of_itself() => (first / 2, r.rate * first.saturating_sub(1) as f64),
                Some(second) => (first.min(second), r.rate * first.max(second) as f64),
            };
            if scarce == 0 || rate == 0.0 {
                continue;
            }
            let mut rng = self.seed.stream(k as u64 | half << 32, self.tick, REACTIONS);
            let n = rng.binomial(scarce, -math::exp_m1(-rate * tau));
            for place in r.used() {
                counts.at[place] -= n;
            }
            for place in r.made() {
                counts.at[place] += n;
            }
        }
    }

    /// Moves, sinks and sources for `tau`, exactly.
    fn shift(&mut self, network: &Network, counts: &mut Counts, rate: f64, tau: f64) {
        tables(rate * tau, &mut self.old, &mut self.young);
        // Those that are there from the start …
        self.active.clone_from(&counts.at);
        counts.at.fill(0);
        let old = std::mem::take(&mut self.old);
        self.rounds(network, counts, rate, &old, MOVES);
        self.old = old;
        // … and those that come in on the way, at even times: they make fewer moves.
        self.active.clear();
        self.active.resize(network.places, 0);
        for (k, s) in network.sources.iter().enumerate() {
            let n = self.seed.stream(k as u64, self.tick, BIRTHS).poisson(s.rate * tau);
            self.active[s.to as usize] += n;
            counts.entered += n;
        }
        let young = std::mem::take(&mut self.young);
        self.rounds(network, counts, rate, &young, MOVES + 0x100);
        self.young = young;
    }

    /// Lets the active ones move until each has made all its moves; `again[m]` is the chance of another after m.
    fn rounds(&mut self, network: &Network, counts: &mut Counts, rate: f64, again: &[f64], purpose: Purpose) {
        self.next.clear();
        self.next.resize(network.places, 0);
        let mut moving = self.active.iter().any(|n| *n > 0);
        let mut round = 0;
        while moving {
            moving = false;
            let chance = again.get(round).copied().unwrap_or(0.0);
            for place in 0..network.places {
                let here = std::mem::take(&mut self.active[place]);
                if here == 0 {
                    continue;
                }
                let mut rng = self.seed.stream(place as u64 | (round as u64) << 32, self.tick, purpose);
                let movers = rng.binomial(here, chance);
                counts.at[place] += here - movers;
                if movers > 0 {
                    moving |= spread(network, place, movers, rate, &mut self.next, counts, &mut rng);
                }
            }
            std::mem::swap(&mut self.active, &mut self.next);
            round += 1;
        }
    }
}

/// Sends `movers` from `place`; true if any may move again.
fn spread(
    network: &Network,
    place: usize,
    movers: u64,
    rate: f64,
    next: &mut [u64],
    counts: &mut Counts,
    rng: &mut Stream,
) -> bool {
    let (mut left, mut mass) = (movers, rate);
    let mut stay = false;
    for exit in network.exits(place) {
        if left == 0 {
            break;
        }
        let n = rng.binomial(left, (exit.rate / mass).min(1.0));
        if (exit.to as usize) < network.places {
            next[exit.to as usize] += n;
            stay |= n > 0;
        } else {
            counts.arrive(exit.to, n);
        }
        left -= n;
        mass -= exit.rate;
    }
    // The rest made a move that leads nowhere.
    next[place] += left;
    stay | (left > 0)
}

/// The chance of another move after m, for a Poisson number of moves with this mean (`old`), and for one whose time is a
/// uniform part of the step (`young`).
fn tables(mean: f64, old: &mut Vec<f64>, young: &mut Vec<f64>) {
    old.clear();
    young.clear();
    if mean <= 0.0 {
        return;
    }
    // Tails are summed from the far end, so that their ratios are right; beyond, fewer than 1e-30 would move.
    let most = (mean + 12.0 * mean.sqrt() + 30.0) as usize;
    let mut mass = vec![0.0; most + 2];
    for (k, m) in mass.iter_mut().enumerate().take(most + 1) {
        *m = math::exp(k as f64 * math::ln(mean) - mean - math::ln_gamma(k as f64 + 1.0));
    }
    let mut tail = mass;
    for k in (0..most + 1).rev() {
        tail[k] += tail[k + 1];
    }
    // P(moves ≥ k) for a uniform time: Σ over j ≥ k of P(Poisson ≥ j + 1)/mean.
    let mut late = vec![0.0; most + 2];
    for k in (0..most + 1).rev() {
        late[k] = late[k + 1] + tail[k + 1] / mean;
    }
    for k in 0..most {
        old.push(tail[k + 1] / tail[k]);
        young.push(if late[k] > 0.0 { late[k + 1] / late[k] } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_poisson_tails() {
        let (mut old, mut young) = (Vec::new(), Vec::new());
        tables(0.7, &mut old, &mut young);
        assert!((old[0] - (1.0 - math::exp(-0.7))).abs() < 1e-14);
        // P(no move) for a uniform part of the step: (1 − e^−m)/m.
        assert!((young[0] - (1.0 - (1.0 - math::exp(-0.7)) / 0.7)).abs() < 1e-14);
        let p2 = 0.7 * math::exp(-0.7);
        assert!((old[0] * (1.0 - old[1]) - p2).abs() < 1e-14);
    }
}
