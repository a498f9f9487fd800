//! The endosomal chain of one cell, event by event.
//!
//! Every multivesicular body keeps its own whole number of intraluminal vesicles and of sites, by branch, and the
//! next event is drawn exactly (Gillespie's direct method). It is the check on [`crate::biogenesis`] and the form
//! used when a single cell is watched. Sites of a body are whole too: the mean's whole part, and one more with the
//! probability of its fraction, so that means equal those of the rate form.

use crate::biogenesis::{BRANCHES, ChainParameters, Modifiers, Rates};
use exoderm_numeric::random::Stream;

/// One multivesicular body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Body {
    vesicles: [u32; BRANCHES],
    sites: [u32; BRANCHES],
}

/// A body that fused with the plasma membrane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fusion {
    /// When (min).
    pub time: f64,
    /// Vesicles in it, by branch.
    pub contents: [u32; BRANCHES],
    /// Those of them that stay tethered.
    pub tethered: u64,
}

impl Fusion {
    /// Vesicles freed by it.
    pub fn released(&self) -> u64 {
        let all: u64 = self.contents.iter().map(|&c| u64::from(c)).sum();
        all - self.tethered
    }
}

/// One cell's chain with every body counted.
#[derive(Clone, Debug)]
pub struct ExactCell {
    parameters: ChainParameters,
    modifiers: Modifiers,
    time: f64,
    early: u64,
    bodies: Vec<Body>,
    /// Sums over the bodies, kept up to date with each event.
    vesicles: [u64; BRANCHES],
    free_sites: [u64; BRANCHES],
    totals: Totals,
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Events of any kind.
    pub events: u64,
    /// Bodies fused with the plasma membrane.
    pub fusions: u64,
    /// Vesicles in them.
    pub fused: u64,
    /// Vesicles freed.
    pub released: u64,
    /// Vesicles that stayed tethered.
    pub tethered: u64,
    /// Vesicles budded into bodies.
    pub budded: u64,
    /// Vesicles lost by back-fusion.
    pub back_fused: u64,
    /// Vesicles that ended in lysosomes.
    pub lysed: u64,
}

impl ExactCell {
    /// A cell without endosomes at time 0, with room for the bodies it will have at rest.
    pub fn new(parameters: ChainParameters) -> Self {
        let at_rest = parameters.steady_state().bodies;
        Self {
            parameters,
            modifiers: Modifiers::default(),
            time: 0.0,
            early: 0,
            // Bodies are Poisson about their mean; a cell that needs more room than this grows once.
            bodies: Vec::with_capacity((at_rest + 10.0 * at_rest.sqrt() + 16.0).min(1e6) as usize),
            vesicles: [0; BRANCHES],
            free_sites: [0; BRANCHES],
            totals: Totals::default(),
        }
    }

    /// Sets what holds from now on. Exact, since every waiting time is without memory.
    pub fn set_modifiers(&mut self, modifiers: Modifiers) {
        self.modifiers = modifiers;
    }

    /// Time (min).
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Early endosomes.
    pub fn early(&self) -> u64 {
        self.early
    }

    /// Multivesicular bodies.
    pub fn bodies(&self) -> usize {
        self.bodies.len()
    }

    /// Intraluminal vesicles in all bodies, by branch.
    pub fn vesicles(&self) -> [u64; BRANCHES] {
        self.vesicles
    }

    /// What happened so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Runs to `until` (min) and reports each fusion.
    pub fn advance(&mut self, until: f64, stream: &mut Stream, mut on_fusion: impl FnMut(Fusion)) {
        let p = self.parameters;
        let Rates { fusion, lysosome, budding } = p.rates(&self.modifiers);
        let supply = p.endocytosis * self.modifiers.secretion.max(0.0);
        loop {
            let n = self.bodies.len() as f64;
            let rates = [
                supply,
                self.early as f64 * p.maturation,
                n * fusion,
                n * lysosome,
                self.free_sites[0] as f64 * budding[0],
                self.free_sites[1] as f64 * budding[1],
                self.vesicles[0] as f64 * p.back_fusion,
                self.vesicles[1] as f64 * p.back_fusion,
            ];
            let total: f64 = rates.iter().sum();
            if total.is_nan() || total <= 0.0 {
                break;
            }
            let next = self.time + stream.exponential(total);
            if next > until {
                break;
            }
            self.time = next;
            let mut u = stream.uniform() * total;
            let mut event = 0;
            while event < 7 && u >= rates[event] {
                u -= rates[event];
                event += 1;
            }
            // Rounding can walk past the last positive rate; that draw is void.
            if rates[event] <= 0.0 {
                continue;
            }
            self.totals.events += 1;
            match event {
                0 => self.early += 1,
                1 => self.mature(stream),
                2 => {
                    let body = self.remove(stream);
                    on_fusion(self.fuse(body, stream));
                }
                3 => {
                    let body = self.remove(stream);
                    self.totals.lysed += body.vesicles.iter().map(|&v| u64::from(v)).sum::<u64>();
                }
                4 | 5 => self.bud(event - 4, stream),
                _ => self.back_fuse(event - 6, stream),
            }
        }
        self.time = self.time.max(until);
    }

    fn mature(&mut self, stream: &mut Stream) {
        self.early -= 1;
        let mut body = Body::default();
        for b in 0..BRANCHES {
            let mean = self.parameters.sites[b];
            let whole = mean.floor();
            body.sites[b] = whole as u32 + u32::from(stream.chance(mean - whole));
            self.free_sites[b] += u64::from(body.sites[b]);
        }
        self.bodies.push(body);
    }

    fn remove(&mut self, stream: &mut Stream) -> Body {
        let body = self.bodies.swap_remove(stream.below(self.bodies.len()));
        for b in 0..BRANCHES {
            self.vesicles[b] -= u64::from(body.vesicles[b]);
            self.free_sites[b] -= u64::from(body.sites[b] - body.vesicles[b]);
        }
        body
    }

    fn fuse(&mut self, body: Body, stream: &mut Stream) -> Fusion {
        let all: u64 = body.vesicles.iter().map(|&v| u64::from(v)).sum();
        let tethered = stream.binomial(all, self.parameters.tethered);
        let fusion = Fusion { time: self.time, contents: body.vesicles, tethered };
        self.totals.fusions += 1;
        self.totals.fused += all;
        self.totals.tethered += tethered;
        self.totals.released += fusion.released();
        fusion
    }

    fn bud(&mut self, branch: usize, stream: &mut Stream) {
        let k = stream.below(self.free_sites[branch] as usize) as u64;
        pick(&mut self.bodies, k, |b| b.sites[branch] - b.vesicles[branch], |b| b.vesicles[branch] += 1);
        self.vesicles[branch] += 1;
        self.free_sites[branch] -= 1;
        self.totals.budded += 1;
    }

    fn back_fuse(&mut self, branch: usize, stream: &mut Stream) {
        let k = stream.below(self.vesicles[branch] as usize) as u64;
        pick(&mut self.bodies, k, |b| b.vesicles[branch], |b| b.vesicles[branch] -= 1);
        self.vesicles[branch] -= 1;
        self.free_sites[branch] += 1;
        self.totals.back_fused += 1;
    }
}

/// Changes the body that holds the k-th of what `count` counts.
fn pick(bodies: &mut [Body], mut k: u64, count: impl Fn(&Body) -> u32, change: impl FnOnce(&mut Body)) {
    for body in bodies {
        let n = u64::from(count(body));
        if k < n {
            change(body);
            return;
        }
        k -= n;
    }
}
