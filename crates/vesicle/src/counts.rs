//! Whole vesicles, counted place by place.
//!
//! A *place* is a voxel and a state in it (free, bound to matrix, inside a cell …), known by its index alone; a
//! [`Network`] says how vesicles go from place to place, where they leave to and which meet. [`Leap`] advances the
//! counts by steps of any length, [`Exact`] event by event, as the check.
//!
//! # Leaps without error where the kinetics are linear
//!
//! Vesicles that only jump, change state one by one and leave are independent of each other. Each then makes a
//! Poisson number of moves of a chain at one common rate Λ (uniformisation, Jensen 1953; a move may lead
//! nowhere), so that a step is drawn in rounds: of the vesicles that made m moves a binomial number makes another,
//! a multinomial spreads them, until none is left to move. No vesicle is in two places and none is lost or made,
//! and means, variances and correlations are those of the master equation, whatever the step. (Binomials of more than 500
//! expected successes are drawn as rounded normals.)
//!
//! # An error bound where vesicles meet
//!
//! Reactions (a vesicle meets a free binding site; a bound one lets go) are drawn with their propensities held, in half
//! steps before and after the moves. The step is cut so that within it no count that a reaction reads is expected to
//! change by more than ε times itself (or by one), in mean and in standard deviation: the condition of Cao,
//! Gillespie and Petzold (2006, doi 10.1063/1.2159468), which holds propensities to O(ε) of themselves. Firings are
//! binomial in the scarcer partner: nothing becomes negative.

mod exact;
mod leap;

pub use exact::Exact;
pub use leap::Leap;

use crate::error::{Error, not_negative};

/// Vesicles go from one place to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// Where from.
    pub from: u32,
    /// Where to.
    pub to: u32,
    /// Rate of each vesicle, 1/min.
    pub rate: f64,
}

/// Vesicles leave for good and are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sink {
    /// Where from.
    pub from: u32,
    /// Index of the counter of those that left.
    pub counter: u32,
    /// Rate of each vesicle, 1/min.
    pub rate: f64,
}

/// Vesicles come in as a Poisson stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Where to.
    pub to: u32,
    /// Vesicles per min.
    pub rate: f64,
}

/// A vesicle meets a free site and is bound (two places in, one out), a bound one becomes a vesicle and a free site, or
/// two vesicles of one place bind each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reaction {
    /// The place of which one is used up.
    pub of: u32,
    /// The other place of which one is used up; the first again if two of one place meet.
    pub with: Option<u32>,
    /// The places that get one each.
    pub into: [Option<u32>; 2],
    /// Rate of each pair (or of each single one), 1/min; n of one place make n(n − 1)/2 pairs.
    pub rate: f64,
}

impl Reaction {
    fn used(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.of).chain(self.with).map(|p| p as usize)
    }

    /// Whether two of one place meet.
    fn of_itself(&self) -> bool {
        self.with == Some(self.of)
    }

    fn made(&self) -> impl Iterator<Item = usize> {
        self.into.into_iter().flatten().map(|p| p as usize)
    }

    /// Expected events, 1/min.
    fn propensity(&self, at: &[u64]) -> f64 {
        if self.of_itself() {
            let n = at[self.of as usize] as f64;
            return self.rate * 0.5 * n * (n - 1.0).max(0.0);
        }
        self.used().fold(self.rate, |rate, place| rate * at[place] as f64)
    }
}

/// A way out of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Exit {
    /// A place, or the number of places plus a counter.
    pub to: u32,
    pub rate: f64,
}

/// Checked places with what goes on between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    places: usize,
    counters: usize,
    /// Exits of place `i`: `exits[start[i]..start[i + 1]]`.
    start: Vec<u32>,
    exits: Vec<Exit>,
    total: Vec<f64>,
    sources: Vec<Source>,
    reactions: Vec<Reaction>,
}

impl Network {
    /// A network of `places` and `counters`.
    ///
    /// # Errors
    /// Indices beyond them, rates that are negative or not finite, more than 2³² places.
    pub fn new(
        places: usize,
        counters: usize,
        moves: &[Move],
        sinks: &[Sink],
        sources: &[Source],
        reactions: &[Reaction],
    ) -> Result<Self, Error> {
        let limit = u32::MAX as usize;
        if places == 0 || places + counters >= limit {
            return Err(Error::TooMany { what: "places (and at least 1 is needed)", count: places, limit });
        }
        let inside = |what, index: u32, of: usize| {
            if (index as usize) < of { Ok(()) } else { Err(Error::NoSuch { what, index, of }) }
        };
        let mut start = vec![0u32; places + 1];
        for m in moves {
            inside("place", m.from, places)?;
            inside("place", m.to, places)?;
            not_negative("rate of a move", m.rate)?;
            start[m.from as usize + 1] += 1;
        }
        for s in sinks {
            inside("place", s.from, places)?;
            inside("counter", s.counter, counters)?;
            not_negative("rate of a sink", s.rate)?;
            start[s.from as usize + 1] += 1;
        }
        for s in sources {
            inside("place", s.to, places)?;
            not_negative("rate of a source", s.rate)?;
        }
        for r in reactions {
            for place in std::iter::once(r.of).chain(r.with).chain(r.into.into_iter().flatten()) {
                inside("place", place, places)?;
            }
            not_negative("rate of a reaction", r.rate)?;
        }
        for i in 0..places {
            start[i + 1] += start[i];
        }
        let mut fill = start.clone();
        let mut exits = vec![Exit { to: 0, rate: 0.0 }; start[places] as usize];
        let mut put = |from: u32, to: u32, rate: f64| {
            let at = &mut fill[from as usize];
            exits[*at as usize] = Exit { to, rate };
            *at += 1;
        };
        for m in moves {
            put(m.from, m.to, m.rate);
        }
        for s in sinks {
            put(s.from, places as u32 + s.counter, s.rate);
        }
        let total = (0..places)
            .map(|i| exits[start[i] as usize..start[i + 1] as usize].iter().map(|e| e.rate).sum())
            .collect();
        Ok(Self {
            places,
            counters,
            start,
            exits,
            total,
            sources: sources.to_vec(),
            reactions: reactions.to_vec(),
        })
    }

    /// Number of places.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Number of counters.
    pub fn counters(&self) -> usize {
        self.counters
    }

    pub(crate) fn exits(&self, place: usize) -> &[Exit] {
        &self.exits[self.start[place] as usize..self.start[place + 1] as usize]
    }
}

/// The counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Vesicles (or sites) at each place.
    pub at: Vec<u64>,
    /// Vesicles that left, by counter.
    pub left: Vec<u64>,
    /// Vesicles that came in from sources.
    pub entered: u64,
}

impl Counts {
    /// Nothing anywhere.
    pub fn new(network: &Network) -> Self {
        Self { at: vec![0; network.places], left: vec![0; network.counters], entered: 0 }
    }

    /// Puts one that leaves a place to its target.
    pub(crate) fn arrive(&mut self, to: u32, number: u64) {
        let to = to as usize;
        if to < self.at.len() {
            self.at[to] += number;
        } else {
            let counter = to - self.at.len();
            self.left[counter] += number;
        }
    }

    pub(crate) fn check(&self, network: &Network) -> Result<(), Error> {
        for (what, got, of) in
            [("counts", self.at.len(), network.places), ("counters", self.left.len(), network.counters)]
        {
            if got != of {
                return Err(Error::NoSuch { what, index: got as u32, of });
            }
        }
        Ok(())
    }
}
