//! Event by event (Gillespie's direct method, with the propensities in a tree).

use super::{Counts, Network};
use crate::error::{Error, positive};
use exoderm_numeric::random::{Purpose, Seed, Stream};

const EVENTS: Purpose = 0x4c34;

/// Advances counts event by event: exact, and slow.
#[derive(Clone, Debug)]
pub struct Exact {
    rng: Stream,
    leaves: usize,
    /// A binary tree of sums: the root at 1, the leaves (exits of a place, sources, reactions) at the end.
    tree: Vec<f64>,
    /// Reactions that read a place.
    readers: Vec<Vec<u32>>,
}

impl Exact {
    /// For one network; `replicate` names the random stream.
    pub fn new(network: &Network, seed: Seed, replicate: u64) -> Self {
        let leaves = (network.places + 1 + network.reactions.len()).next_power_of_two();
        let mut readers = vec![Vec::new(); network.places];
        for (k, p) in network.reactions.iter().enumerate() {
            for place in p.used() {
                readers[place].push(k as u32);
            }
        }
        Self { rng: seed.stream(replicate, 0, EVENTS), leaves, tree: vec![0.0; 2 * leaves], readers }
    }

    /// Advances `counts` by `dt` min; returns the number of events.
    ///
    /// # Errors
    /// A step that is no positive time, counts of another network.
    pub fn step(&mut self, network: &Network, counts: &mut Counts, dt: f64) -> Result<u64, Error> {
        positive("step", dt)?;
        counts.check(network)?;
        let places = network.places;
        for place in 0..places {
            self.tree[self.leaves + place] = network.total[place] * counts.at[place] as f64;
        }
        self.tree[self.leaves + places] = network.sources.iter().map(|s| s.rate).sum();
        for k in 0..network.reactions.len() {
            self.tree[self.leaves + places + 1 + k] = network.reactions[k].propensity(&counts.at);
        }
        for node in (1..self.leaves).rev() {
            self.tree[node] = self.tree[2 * node] + self.tree[2 * node + 1];
        }
        let (mut time, mut events) = (0.0, 0);
        loop {
            if self.tree[1] <= 0.0 {
                return Ok(events);
            }
            time += self.rng.exponential(self.tree[1]);
            if time > dt {
                return Ok(events);
            }
            events += 1;
            let leaf = self.pick();
            if leaf < places {
                let mut u = self.rng.uniform() * network.total[leaf];
                let exits = network.exits(leaf);
                let mut chosen = exits[exits.len() - 1];
                for exit in exits {
                    if u < exit.rate {
                        chosen = *exit;
                        break;
                    }
                    u -= exit.rate;
                }
                counts.at[leaf] -= 1;
                counts.arrive(chosen.to, 1);
                self.changed(network, counts, leaf);
                self.changed(network, counts, chosen.to as usize);
            } else if leaf == places {
                let mut u = self.rng.uniform() * self.tree[self.leaves + places];
                let mut to = network.sources[network.sources.len() - 1].to;
                for s in &network.sources {
                    if u < s.rate {
                        to = s.to;
                        break;
                    }
                    u -= s.rate;
                }
                counts.at[to as usize] += 1;
                counts.entered += 1;
                self.changed(network, counts, to as usize);
            } else {
                let p = network.reactions[leaf - places - 1];
                for place in p.used() {
                    counts.at[place] -= 1;
                }
                for place in p.made() {
                    counts.at[place] += 1;
                }
                for place in p.used().chain(p.made()) {
                    self.changed(network, counts, place);
                }
            }
        }
    }

    /// The leaf under which a uniform part of the total falls; never one of propensity 0.
    fn pick(&mut self) -> usize {
        let mut u = self.rng.uniform() * self.tree[1];
        let mut node = 1;
        while node < self.leaves {
            let left = self.tree[2 * node];
            node *= 2;
            if u >= left && self.tree[node + 1] > 0.0 {
                u -= left;
                node += 1;
            }
        }
        node - self.leaves
    }

    fn changed(&mut self, network: &Network, counts: &Counts, place: usize) {
        if place >= network.places {
            return;
        }
        self.set(place, network.total[place] * counts.at[place] as f64);
        for i in 0..self.readers[place].len() {
            let k = self.readers[place][i] as usize;
            self.set(network.places + 1 + k, network.reactions[k].propensity(&counts.at));
        }
    }

    fn set(&mut self, leaf: usize, value: f64) {
        let mut node = self.leaves + leaf;
        self.tree[node] = value;
        while node > 1 {
            node /= 2;
            // Summed anew, so that rounding does not add up.
            self.tree[node] = self.tree[2 * node] + self.tree[2 * node + 1];
        }
    }
}
