//! Event by event: exact realisations of the master equation.
//!
//! *Direct* (Gillespie 1977, doi 10.1021/j100540a008): the waiting time is exponential with the sum of all rates, the
//! reaction is chosen in proportion to its rate. Only rates that an event changes are computed again, and reactions are
//! searched in the order of how often they took place (McCollum et al. 2006, doi 10.1016/j.compbiolchem.2005.10.007).
//! *Next reaction* (Gibson and Bruck 2000, doi 10.1021/jp993732q): every reaction has its own time in a heap, and an event
//! needs one exponential and the logarithm of the number of reactions; for large networks.
//! Both draw from the same distribution, not the same numbers.

use crate::discrete::{Discrete, Law};
use crate::error::Error;
use crate::heap::Heap;
use exoderm_numeric::bulk::Draws;
use exoderm_numeric::random::Stream;

/// Reactions from which on the next-reaction method is taken.
const MANY: usize = 64;
/// Up to this number rates are summed anew at each event, which costs less than keeping the sum.
pub(crate) const FEW: usize = 8;
/// Events after which a kept sum is made anew and the order of search is looked at.
const REFRESH: u32 = 4096;

/// A source of standard exponentials with uniforms.
pub trait Pairs {
    /// A standard exponential and an independent uniform on `[0, 1)`.
    fn pair(&mut self) -> (f64, f64);
}

impl Pairs for Draws {
    #[inline(always)]
    fn pair(&mut self) -> (f64, f64) {
        Self::pair(self)
    }
}

impl Pairs for Stream {
    fn pair(&mut self) -> (f64, f64) {
        (self.exponential(1.0), self.uniform())
    }
}

/// How the next event is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The direct method.
    Direct,
    /// The next-reaction method.
    NextReaction,
}

/// One realisation.
#[derive(Clone, Debug)]
pub struct Exact {
    method: Method,
    time: f64,
    /// Amounts, and behind them the 1 that absent factors read.
    x: Vec<f64>,
    laws: Vec<Law>,
    rates: Vec<f64>,
    /// Order of search of the direct method, and events of each reaction since it was made.
    order: Vec<u32>,
    counts: Vec<u32>,
    heap: Heap,
    /// Whether rates and heap belong to the amounts.
    fresh: bool,
}

impl Exact {
    /// A realisation at time 0, by the method that suits the network.
    pub fn new(model: &Discrete) -> Self {
        Self::with_method(model, if model.reactions() < MANY { Method::Direct } else { Method::NextReaction })
    }

    /// A realisation at time 0, by the given method.
    pub fn with_method(model: &Discrete, method: Method) -> Self {
        let n = model.reactions();
        Self {
            method,
            time: 0.0,
            x: model.start(),
            laws: model.laws.clone(),
            rates: vec![0.0; n],
            order: (0..n as u32).collect(),
            counts: vec![0; n],
            heap: Heap::new(n),
            fresh: false,
        }
    }

    /// Goes back to time 0 and the initial amounts.
    pub fn restart(&mut self, model: &Discrete) {
        self.time = 0.0;
        self.x[..model.states()].copy_from_slice(&model.initial);
        self.fresh = false;
    }

    /// Time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Sets the clock; times drawn before are forgotten.
    pub(crate) fn set_time(&mut self, time: f64) {
        self.time = time;
        self.fresh = false;
    }

    /// Amounts.
    pub fn amounts(&self) -> &[f64] {
        &self.x[..self.x.len() - 1]
    }

    /// Sets an amount.
    pub fn set(&mut self, state: usize, amount: f64) {
        if state + 1 < self.x.len() {
            self.x[state] = amount;
            self.fresh = false;
        }
    }

    /// Begins anew at `time` with these amounts, states first, then what was left open: nothing is kept of what it did before, so
    /// that many cells can take turns.
    pub fn begin(&mut self, amounts: impl IntoIterator<Item = f64>, time: f64) {
        let last = self.x.len() - 1;
        for (x, amount) in self.x[..last].iter_mut().zip(amounts) {
            *x = amount;
        }
        self.time = time;
        self.fresh = false;
        self.counts.fill(0);
        for (k, r) in self.order.iter_mut().enumerate() {
            *r = k as u32;
        }
    }

    /// Runs to `until`; gives the number of events. Exact however a run is cut into pieces, since every waiting time is
    /// without memory; other pieces give other numbers.
    ///
    /// # Errors
    /// [`Error::BadPropensity`].
    pub fn advance(&mut self, model: &Discrete, until: f64, draws: &mut impl Pairs) -> Result<u64, Error> {
        self.run(model, until, u64::MAX, draws)
    }

    /// As [`Exact::advance`], but at most `most` events.
    ///
    /// # Errors
    /// [`Error::BadPropensity`].
    pub fn run(
        &mut self,
        model: &Discrete,
        until: f64,
        most: u64,
        draws: &mut impl Pairs,
    ) -> Result<u64, Error> {
        if !self.fresh {
            for k in 0..self.rates.len() {
                self.rates[k] = model.rate(&mut self.laws, k, &self.x, self.time)?;
            }
            self.heap.clear();
            self.fresh = true;
        }
        match self.method {
            Method::NextReaction => self.next_reaction(model, until, most, draws),
            Method::Direct if self.rates.len() <= FEW => self.direct::<true>(model, until, most, draws),
            Method::Direct => self.direct::<false>(model, until, most, draws),
        }
    }

    #[inline(always)]
    fn happen(&mut self, model: &Discrete, r: usize) {
        for &(state, by) in model.changes.of(r) {
            self.x[state as usize] += by;
        }
    }

    fn direct<const SUM: bool>(
        &mut self,
        model: &Discrete,
        until: f64,
        most: u64,
        draws: &mut impl Pairs,
    ) -> Result<u64, Error> {
        let mut events = 0;
        let mut since = 0;
        let mut total: f64 = self.rates.iter().sum();
        while events < most {
            if total <= 0.0 {
                self.time = until.max(self.time);
                break;
            }
            let (wait, u) = draws.pair();
            let next = self.time + wait / total;
            if next > until {
                self.time = until.max(self.time);
                break;
            }
            self.time = next;
            let target = u * total;
            let mut chosen = usize::MAX;
            let mut sum = 0.0;
            for (k, &r) in self.order.iter().enumerate() {
                // Without sorting the order is that of the reactions, and needs no look-up.
                let r = if SUM { k } else { r as usize };
                sum += self.rates[r];
                if target < sum {
                    chosen = r;
                    break;
                }
            }
            // Rounding can walk past the last reaction; that draw is void.
            if chosen == usize::MAX {
                total = self.rates.iter().sum();
                continue;
            }
            events += 1;
            self.happen(model, chosen);
            for &k in model.dependents.of(chosen) {
                let k = k as usize;
                let new = model.rate(&mut self.laws, k, &self.x, self.time)?;
                if !SUM {
                    total += new - self.rates[k];
                }
                self.rates[k] = new;
            }
            if SUM {
                total = self.rates.iter().sum();
            } else {
                self.counts[chosen] += 1;
                since += 1;
                if since == REFRESH {
                    since = 0;
                    total = self.rates.iter().sum();
                    self.sort();
                }
            }
        }
        Ok(events)
    }

    /// Puts frequent reactions first.
    #[cold]
    fn sort(&mut self) {
        let counts = &self.counts;
        self.order.sort_by_key(|&r| std::cmp::Reverse(counts[r as usize]));
        for c in &mut self.counts {
            *c /= 2;
        }
    }

    fn next_reaction(
        &mut self,
        model: &Discrete,
        until: f64,
        most: u64,
        draws: &mut impl Pairs,
    ) -> Result<u64, Error> {
        if !self.heap.is_filled() {
            let time = self.time;
            let rates = &self.rates;
            self.heap.fill(|k| time + draws.pair().0 / rates[k]);
        }
        let mut events = 0;
        while events < most {
            let (r, time) = self.heap.first();
            if time.is_nan() || time > until {
                self.time = until.max(self.time);
                break;
            }
            self.time = time;
            events += 1;
            self.happen(model, r);
            let mut own = false;
            for &k in model.dependents.of(r) {
                let k = k as usize;
                let (old, new) = (self.rates[k], model.rate(&mut self.laws, k, &self.x, time)?);
                self.rates[k] = new;
                own |= k == r;
                let at = if k == r || old <= 0.0 {
                    time + draws.pair().0 / new
                } else {
                    // What is left of the waiting time, in the new rate's measure.
                    time + (old / new) * (self.heap.time(k) - time)
                };
                self.heap.set(k, if new > 0.0 { at } else { f64::INFINITY });
            }
            if !own {
                self.heap.set(r, time + draws.pair().0 / self.rates[r]);
            }
        }
        Ok(events)
    }
}
