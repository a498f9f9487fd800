//! Many cells event by event, side by side in vector registers.
//!
//! A small network (a few reactions, each a constant times one or two amounts) spends its time on waiting for the one before:
//! a division, a search, a store. A block of [`LANES`] cells takes one event each in lockstep: all rates are computed anew,
//! the reaction is found by comparing with their running sum, and changes are added where it was chosen. A cell at its end
//! waits for the others. Each cell draws from its own stream, as [`crate::exact`] does, and gets the same path to the bit.

use crate::discrete::{Discrete, Law, Product};
use crate::error::Error;
use crate::exact::FEW;
use crate::lanes::{Kernel, LANES, Lane, widest};
use exoderm_numeric::bulk::ManyDraws;
use exoderm_numeric::random::{Purpose, Seed};

/// Events between two looks at whether a stream comes to its end.
const LOOK: u32 = 1 << 16;

/// What a reaction reads.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Constant(f64),
    One(f64, usize, f64),
    Two(f64, [usize; 2], [f64; 2]),
}

/// A block of cells.
#[derive(Clone, Debug)]
pub struct Ensemble {
    shapes: Vec<Shape>,
    /// Changes of all reactions: reaction, state, by how much; ascending by reaction.
    changes: Vec<(usize, usize, f64)>,
    x: Vec<Lane>,
    /// Running sums of the rates, then for each reaction whether it was chosen.
    sums: Vec<Lane>,
    time: Lane,
    draws: ManyDraws<LANES>,
}

impl Ensemble {
    /// Room for a block; none if the network is too large or has rates that are no such products, or if an event could
    /// make an amount negative.
    pub fn new(model: &Discrete) -> Option<Self> {
        if model.reactions() > FEW {
            return None;
        }
        let shapes = (0..model.reactions()).map(|r| shape(model, r)).collect::<Option<Vec<_>>>()?;
        let changes = (0..model.reactions())
            .flat_map(|r| model.changes.of(r).iter().map(move |&(s, by)| (r, s as usize, by)))
            .collect();
        Some(Self {
            sums: vec![[0.0; LANES]; shapes.len()],
            shapes,
            changes,
            x: vec![[0.0; LANES]; model.states()],
            time: [0.0; LANES],
            draws: ManyDraws::new(Seed::new(0, 0), [0; LANES], 0, 0),
        })
    }

    /// Puts all cells to time 0 and the initial amounts, each with the draws of its entity.
    pub fn start(
        &mut self,
        model: &Discrete,
        seed: Seed,
        entities: [u64; LANES],
        tick: u32,
        purpose: Purpose,
    ) {
        for (row, &v) in self.x.iter_mut().zip(&model.initial) {
            *row = [v; LANES];
        }
        self.time = [0.0; LANES];
        self.draws = ManyDraws::new(seed, entities, tick, purpose);
    }

    /// A cell's amount.
    pub fn amount(&self, cell: usize, state: usize) -> f64 {
        self.x[state][cell]
    }

    /// Runs all cells to `until`; gives the number of events of all.
    ///
    /// # Errors
    /// [`Error::Stuck`] when a cell has used up its stream, after 4 billion events.
    pub fn advance(&mut self, until: f64) -> Result<u64, Error> {
        struct Go<'a>(&'a mut Ensemble, f64);
        impl Kernel for Go<'_> {
            type Output = Result<u64, Error>;
            #[inline(always)]
            fn run(self) -> Self::Output {
                self.0.go(self.1)
            }
        }
        widest(Go(self, until))
    }

    #[inline(always)]
    fn go(&mut self, until: f64) -> Result<u64, Error> {
        let mut events = [0u64; LANES];
        let mut running = [1u64; LANES];
        let (mut wait, mut u) = ([0.0; LANES], [0.0; LANES]);
        let mut looked = 0;
        loop {
            self.draws.pairs(&running, &mut wait, &mut u);
            let mut total = [0.0; LANES];
            for (sum, &shape) in self.sums.iter_mut().zip(&self.shapes) {
                match shape {
                    Shape::Constant(c) => {
                        for t in &mut total {
                            *t += c;
                        }
                    }
                    Shape::One(c, i, o) => {
                        let x = &self.x[i];
                        for l in 0..LANES {
                            total[l] += c * (x[l] - o);
                        }
                    }
                    Shape::Two(c, [i, j], [o, p]) => {
                        let (x, y) = (&self.x[i], &self.x[j]);
                        for l in 0..LANES {
                            total[l] += c * (x[l] - o) * (y[l] - p);
                        }
                    }
                }
                *sum = total;
            }
            let mut any = 0;
            for l in 0..LANES {
                let next = self.time[l] + wait[l] / total[l];
                let goes = if next <= until { running[l] } else { 0 };
                running[l] = goes;
                events[l] += goes;
                any |= goes;
                self.time[l] = if goes == 1 { next } else { self.time[l] };
                // No reaction is chosen where no event takes place.
                u[l] = if goes == 1 { u[l] * total[l] } else { f64::INFINITY };
            }
            if any == 0 {
                break;
            }
            self.happen(&u);
            looked += 1;
            if looked == LOOK {
                looked = 0;
                if self.draws.nearly_used_up(LOOK) {
                    let time = self.time.iter().copied().fold(f64::INFINITY, f64::min);
                    return Err(Error::Stuck { time, why: "a cell took more than 4 billion events" });
                }
            }
        }
        for t in &mut self.time {
            *t = if *t < until { until } else { *t };
        }
        Ok(events.iter().sum())
    }

    /// Adds the changes of the reaction in whose share of the total `target` lies.
    #[inline(always)]
    fn happen(&mut self, target: &Lane) {
        let mut before = [0.0; LANES];
        for sum in &mut self.sums {
            for l in 0..LANES {
                let below = if target[l] < sum[l] { 1.0 } else { 0.0 };
                sum[l] = below - before[l];
                before[l] = below;
            }
        }
        for &(r, s, by) in &self.changes {
            let (x, chosen) = (&mut self.x[s], &self.sums[r]);
            for l in 0..LANES {
                x[l] += by * chosen[l];
            }
        }
    }
}

/// The shape of a reaction's rate; none if it is no product or does not vanish before its event would take more than there is.
fn shape(model: &Discrete, r: usize) -> Option<Shape> {
    let Law::Product(Product { c, at, less }) = model.laws[r] else { return None };
    let absent = model.states();
    let factors: Vec<(usize, f64)> =
        at.iter().zip(less).map(|(&i, o)| (i as usize, o)).filter(|f| f.0 != absent).collect();
    for &(state, by) in model.changes.of(r).iter().filter(|c| c.1 < 0.0) {
        // Zero at 0, 1, …, −by − 1 of what is taken.
        let mut zeros: Vec<f64> = factors.iter().filter(|f| f.0 == state as usize).map(|f| f.1).collect();
        zeros.sort_by(f64::total_cmp);
        let needed = -by as usize;
        if zeros.len() < needed || zeros.iter().take(needed).enumerate().any(|(k, z)| *z != k as f64) {
            return None;
        }
    }
    // A factor x − o with o > 0 alone is negative below o.
    let negative =
        |f: &(usize, f64)| f.1 > 0.0 && !factors.iter().any(|other| other.0 == f.0 && other.1 == f.1 - 1.0);
    if factors.iter().any(negative) {
        return None;
    }
    Some(match factors.as_slice() {
        [] => Shape::Constant(c),
        [(i, o)] => Shape::One(c, *i, *o),
        [(i, o), (j, p), ..] => Shape::Two(c, [*i, *j], [*o, *p]),
    })
}
