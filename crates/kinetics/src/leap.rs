//! Tau-leaping: many events at a time, where that changes rates little.
//!
//! A leap draws a Poisson number of events of every reaction. Its length keeps mean and standard deviation of each
//! reactant's change below ε x/g, so that rates change by about ε at most (Cao, Gillespie and Petzold 2006, doi
//! 10.1063/1.2159468). A reaction that could use up a reactant within ten events is *critical* and goes one event at a
//! time. Where a leap would hold fewer than ten events, a hundred single events are made instead; a leap that makes an
//! amount negative is drawn again at half its length.

use crate::discrete::{Discrete, Law};
use crate::error::Error;
use crate::exact::Exact;
use exoderm_numeric::random::Stream;

/// Events within which a reaction must not run out of reactants, or it is critical.
const CRITICAL: f64 = 10.0;
/// A leap must hold this many events.
const WORTH: f64 = 10.0;
/// Else this many single events are made.
const SINGLE: u64 = 100;

/// Work done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeapWork {
    /// Leaps.
    pub leaps: u64,
    /// Leaps drawn again.
    pub repeated: u64,
    /// Events in leaps.
    pub events: u64,
    /// Events made one by one.
    pub single: u64,
}

/// One realisation by leaps.
#[derive(Clone, Debug)]
pub struct Leap {
    epsilon: f64,
    time: f64,
    x: Vec<f64>,
    laws: Vec<Law>,
    rates: Vec<f64>,
    critical: Vec<bool>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    /// Least change that a state may make, ε x/g; infinite for a state that no rate reads.
    bound: Vec<f64>,
    drawn: Vec<f64>,
    single: Exact,
}

impl Leap {
    /// A realisation at time 0. `epsilon` bounds the relative change of rates within a leap; 0.03 is usual.
    ///
    /// # Errors
    /// When `epsilon` is not between 0 and 1.
    pub fn new(model: &Discrete, epsilon: f64) -> Result<Self, Error> {
        if !(epsilon > 0.0 && epsilon < 1.0) {
            return Err(Error::Number {
                what: "epsilon".into(),
                value: epsilon,
                needed: "it lies between 0 and 1",
            });
        }
        let (n, r) = (model.states(), model.reactions());
        Ok(Self {
            epsilon,
            time: 0.0,
            x: model.start(),
            laws: model.laws.clone(),
            rates: vec![0.0; r],
            critical: vec![false; r],
            mean: vec![0.0; n],
            variance: vec![0.0; n],
            bound: vec![0.0; n],
            drawn: vec![0.0; n],
            single: Exact::new(model),
        })
    }

    /// Time.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Amounts.
    pub fn amounts(&self) -> &[f64] {
        &self.x[..self.x.len() - 1]
    }

    /// Runs to `until`.
    ///
    /// # Errors
    /// [`Error::BadPropensity`].
    pub fn advance(&mut self, model: &Discrete, until: f64, stream: &mut Stream) -> Result<LeapWork, Error> {
        let mut work = LeapWork::default();
        while self.time < until {
            for k in 0..self.rates.len() {
                self.rates[k] = model.rate(&mut self.laws, k, &self.x, self.time)?;
            }
            let total: f64 = self.rates.iter().sum();
            if total <= 0.0 {
                self.time = until;
                break;
            }
            self.classify(model);
            let mut length = self.length(model);
            let leapt = loop {
                if length < WORTH / total {
                    break false;
                }
                if self.leap(model, length, until, stream, &mut work) {
                    break true;
                }
                work.repeated += 1;
                length *= 0.5;
            };
            if !leapt {
                self.one_by_one(model, until, stream, &mut work)?;
            }
        }
        Ok(work)
    }

    fn classify(&mut self, model: &Discrete) {
        for (k, critical) in self.critical.iter_mut().enumerate() {
            let short =
                |&(state, by): &(u32, f64)| by < 0.0 && (self.x[state as usize] / -by).floor() < CRITICAL;
            *critical = self.rates[k] > 0.0 && model.changes.of(k).iter().any(short);
        }
    }

    /// The longest leap that the reactants allow.
    fn length(&mut self, model: &Discrete) -> f64 {
        self.mean.fill(0.0);
        self.variance.fill(0.0);
        self.bound.fill(f64::INFINITY);
        for k in 0..self.rates.len() {
            if !self.critical[k] {
                for &(state, by) in model.changes.of(k) {
                    self.mean[state as usize] += by * self.rates[k];
                    self.variance[state as usize] += by * by * self.rates[k];
                }
            }
            for &state in model.reads.of(k) {
                let g = model.steepness(&mut self.laws, k, state, &self.x);
                let bound = (self.epsilon * self.x[state as usize] / g).max(1.0);
                let own = &mut self.bound[state as usize];
                *own = own.min(bound);
            }
        }
        let mut length = f64::INFINITY;
        for ((mean, variance), bound) in self.mean.iter().zip(&self.variance).zip(&self.bound) {
            if *mean != 0.0 {
                length = length.min(bound / mean.abs());
            }
            if *variance > 0.0 {
                length = length.min(bound * bound / variance);
            }
        }
        length
    }

    /// Makes a leap of at most `length`; false, with nothing changed, if it would make an amount negative.
    fn leap(
        &mut self,
        model: &Discrete,
        length: f64,
        until: f64,
        stream: &mut Stream,
        work: &mut LeapWork,
    ) -> bool {
        let risky: f64 = self.rates.iter().zip(&self.critical).filter(|c| *c.1).map(|c| c.0).sum();
        let wait = if risky > 0.0 { stream.exponential(risky) } else { f64::INFINITY };
        let (step, one) = if wait < length { (wait, true) } else { (length, false) };
        let left = until - self.time;
        let (step, one) = if step < left { (step, one) } else { (left, false) };
        self.drawn.copy_from_slice(&self.x[..model.states()]);
        let mut events = 0;
        for k in 0..self.rates.len() {
            if !self.critical[k] && self.rates[k] > 0.0 {
                let n = stream.poisson(self.rates[k] * step);
                events += n;
                for &(state, by) in model.changes.of(k) {
                    self.drawn[state as usize] += by * n as f64;
                }
            }
        }
        if one {
            let mut target = stream.uniform() * risky;
            let mut last = None;
            for (k, &rate) in self.rates.iter().enumerate().filter(|k| self.critical[k.0]) {
                last = Some(k);
                if target < rate {
                    break;
                }
                target -= rate;
            }
            if let Some(k) = last {
                events += 1;
                for &(state, by) in model.changes.of(k) {
                    self.drawn[state as usize] += by;
                }
            }
        }
        if self.drawn.iter().any(|&x| x < 0.0) {
            return false;
        }
        self.x[..model.states()].copy_from_slice(&self.drawn);
        self.time = if step < left { self.time + step } else { until };
        work.leaps += 1;
        work.events += events;
        true
    }

    fn one_by_one(
        &mut self,
        model: &Discrete,
        until: f64,
        stream: &mut Stream,
        work: &mut LeapWork,
    ) -> Result<(), Error> {
        for (state, &amount) in self.x[..model.states()].iter().enumerate() {
            self.single.set(state, amount);
        }
        self.single.set_time(self.time);
        work.single += self.single.run(model, until, SINGLE, stream)?;
        self.x[..model.states()].copy_from_slice(self.single.amounts());
        self.time = self.single.time();
        Ok(())
    }
}
