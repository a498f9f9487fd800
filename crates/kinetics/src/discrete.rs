//! A network in whole amounts, prepared for event simulation.
//!
//! Parameters are put in as numbers, so that most rates become a constant times one or two amounts (less what is taken
//! already), which needs no tape: c (x_i − o_i)(x_j − o_j). Other rates run on a tape of their own. For each reaction it is
//! known which rates its event changes (the dependency graph of Gibson and Bruck 2000, doi 10.1021/jp993732q).

use crate::error::Error;
use crate::graph::{Binary, Graph, Node, Term, Unary};
use crate::network::Network;
use crate::tape::Tape;

/// How the rate of a reaction is computed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Law {
    Product(Product),
    Taped(Box<Taped>),
}

/// c (x_i − o_i)(x_j − o_j). A factor that is missing reads the amount behind the last, which is always 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Product {
    pub(crate) c: f64,
    pub(crate) at: [u32; 2],
    pub(crate) less: [f64; 2],
}

impl Product {
    #[inline(always)]
    pub(crate) fn rate(&self, x: &[f64]) -> f64 {
        let factor = |k: usize| x[self.at[k] as usize] - self.less[k];
        self.c * factor(0) * factor(1)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Taped {
    tape: Tape,
    /// States in the order of the tape's inputs.
    reads: Vec<u32>,
    registers: Vec<[f64; 1]>,
    /// Value, then slopes by each state read.
    slopes: Tape,
    slope_registers: Vec<[f64; 1]>,
}

impl Taped {
    pub(crate) fn rate(&mut self, x: &[f64]) -> f64 {
        for (row, &s) in self.registers.iter_mut().zip(&self.reads) {
            row[0] = x[s as usize];
        }
        self.tape.run_one(&mut self.registers);
        self.registers[self.tape.output(0)][0]
    }

    /// The relative change of the rate by a relative change of state `reads[k]`, in size.
    fn elasticity(&mut self, x: &[f64], k: usize) -> f64 {
        for (row, &s) in self.slope_registers.iter_mut().zip(&self.reads) {
            row[0] = x[s as usize];
        }
        self.slopes.run_one(&mut self.slope_registers);
        let at = |i: usize| self.slope_registers[self.slopes.output(i)][0];
        let (rate, slope) = (at(0), at(k + 1));
        let e = (slope * x[self.reads[k] as usize] / rate).abs();
        if e.is_finite() { e } else { 0.0 }
    }
}

/// A network in whole amounts.
#[derive(Clone, Debug)]
pub struct Discrete {
    pub(crate) names: Vec<String>,
    pub(crate) initial: Vec<f64>,
    pub(crate) laws: Vec<Law>,
    /// States changed by each reaction, and by how much: one list, with its beginnings.
    pub(crate) changes: Lists<(u32, f64)>,
    /// Reactions whose rates change with an event of each.
    pub(crate) dependents: Lists<u32>,
    /// States read by each rate.
    pub(crate) reads: Lists<u32>,
    /// States of the network; behind them come the parameters that were left open.
    molecules: usize,
}

/// Many short lists in one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    fn new() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }

    fn push(&mut self, list: impl IntoIterator<Item = T>) {
        self.items.extend(list);
        self.starts.push(self.items.len() as u32);
    }

    #[inline(always)]
    pub(crate) fn of(&self, k: usize) -> &[T] {
        &self.items[self.starts[k] as usize..self.starts[k + 1] as usize]
    }
}

impl Discrete {
    /// Prepares a network with its declared parameters.
    ///
    /// # Errors
    /// See [`Network::check`]; amounts that are not whole; rate rules; rates that depend on time.
    pub fn new(network: &Network) -> Result<Self, Error> {
        Self::with_open(network, &[])
    }

    /// The same with some parameters left open, to be given later: in the order of `open` they stand behind the states, as amounts
    /// that no reaction changes and that need not be whole (see [`crate::exact::Exact::begin`]).
    ///
    /// # Errors
    /// As [`Discrete::new`]; a parameter that is not there.
    pub fn with_open(network: &Network, open: &[usize]) -> Result<Self, Error> {
        network.check()?;
        let mut n = network.clone();
        if let Some(rule) = n.rules.first() {
            return Err(Error::Continuous(n.states[rule.state].name.clone()));
        }
        for s in &n.states {
            if s.value < 0.0 || s.value != s.value.trunc() {
                let needed = "event by event an amount is a whole number, not negative";
                return Err(Error::Number {
                    what: format!("`{}` at the start", s.name),
                    value: s.value,
                    needed,
                });
            }
        }
        let (states, inputs) = (n.states.len(), n.inputs());
        if let Some(&k) = open.iter().find(|&&k| k >= n.parameters.len()) {
            return Err(Error::Dangling(format!("open parameter {k}")));
        }
        // An open parameter becomes an input behind the states; places of the other inputs are not read after this.
        let values: Vec<Term> = (0..n.parameters.len())
            .map(|k| match open.iter().position(|&o| o == k) {
                Some(at) => n.graph.input(states + at),
                None => n.graph.constant(n.parameters[k].value),
            })
            .collect();
        let mut model = Self {
            names: n.reactions.iter().map(|r| r.name.clone()).collect(),
            initial: n
                .states
                .iter()
                .map(|s| s.value)
                .chain(open.iter().map(|&k| n.parameters[k].value))
                .collect(),
            molecules: states,
            laws: Vec::new(),
            changes: Lists::new(),
            dependents: Lists::new(),
            reads: Lists::new(),
        };
        for r in &n.reactions {
            for &(state, change) in &r.changes {
                if change != change.trunc() {
                    let (reaction, state) = (r.name.clone(), n.states[state].name.clone());
                    return Err(Error::NotWhole { reaction, state, change });
                }
            }
            if n.graph.inputs_of(r.rate).contains(&(inputs as u32 - 1)) {
                return Err(Error::TimeDependent(r.name.clone()));
            }
            let rate = n
                .graph
                .substitute(r.rate, &|place| values.get((place as usize).wrapping_sub(states)).copied());
            model.reads.push(n.graph.inputs_of(rate));
            model.laws.push(law(&mut n.graph, rate, states + open.len()));
            model.changes.push(r.changes.iter().filter(|c| c.1 != 0.0).map(|&(s, by)| (s as u32, by)));
        }
        for r in 0..model.laws.len() {
            let changed = |s: &u32| model.changes.of(r).iter().any(|c| c.0 == *s);
            let list: Vec<u32> = (0..model.laws.len())
                .filter(|&k| model.reads.of(k).iter().any(changed))
                .map(|k| k as u32)
                .collect();
            model.dependents.push(list);
        }
        Ok(model)
    }

    /// Number of states, open parameters included.
    pub fn states(&self) -> usize {
        self.initial.len()
    }

    /// Number of states that reactions change: those of the network.
    pub fn molecules(&self) -> usize {
        self.molecules
    }

    /// Number of reactions.
    pub fn reactions(&self) -> usize {
        self.laws.len()
    }

    /// States at time 0, and behind them the 1 that absent factors read.
    pub(crate) fn start(&self) -> Vec<f64> {
        self.initial.iter().copied().chain([1.0]).collect()
    }

    /// The rate of a reaction, checked.
    #[inline(always)]
    pub(crate) fn rate(&self, laws: &mut [Law], k: usize, x: &[f64], time: f64) -> Result<f64, Error> {
        let rate = match &mut laws[k] {
            Law::Product(p) => p.rate(x),
            Law::Taped(t) => t.rate(x),
        };
        if (0.0..f64::INFINITY).contains(&rate) { Ok(rate) } else { Err(self.bad(k, rate, time)) }
    }

    #[cold]
    fn bad(&self, k: usize, value: f64, time: f64) -> Error {
        Error::BadPropensity { reaction: self.names[k].clone(), value, time }
    }

    /// The number g of Cao, Gillespie and Petzold 2006: by how much the relative change of the rate of reaction `k`
    /// exceeds that of state `state`.
    pub(crate) fn steepness(&self, laws: &mut [Law], k: usize, state: u32, x: &[f64]) -> f64 {
        let amount = x[state as usize];
        match &mut laws[k] {
            Law::Product(p) => {
                let others = u32::from(p.at[0] as usize != self.states())
                    + u32::from(p.at[1] as usize != self.states());
                let twice = p.at[0] == p.at[1];
                match (others, twice) {
                    (0 | 1, _) => 1.0,
                    // Two of a kind: 2 + 1/(x − 1), of which no event can take place below 2.
                    (_, true) => 2.0 + 1.0 / (amount - 1.0).max(1.0),
                    _ => 2.0,
                }
            }
            // Beyond mass action: the rate's own elasticity here, and one more since it changes within the step.
            Law::Taped(t) => match t.reads.iter().position(|&s| s == state) {
                Some(place) => 1.0 + t.elasticity(x, place),
                None => 1.0,
            },
        }
    }
}

/// The rate as a product if it is one, else on a tape.
fn law(graph: &mut Graph, rate: Term, states: usize) -> Law {
    let mut factors = Vec::new();
    if let Some(c) = monomial(graph, rate, &mut factors).filter(|c| *c >= 0.0 && factors.len() <= 2) {
        factors.resize(2, (states as u32, 0.0));
        return Law::Product(Product {
            c,
            at: [factors[0].0, factors[1].0],
            less: [factors[0].1, factors[1].1],
        });
    }
    let reads = graph.inputs_of(rate);
    let local: Vec<Term> = (0..reads.len()).map(|i| graph.input(i)).collect();
    let own = graph.substitute(rate, &|place| reads.iter().position(|&r| r == place).map(|i| local[i]));
    let tape = Tape::new(graph, reads.len(), &[own]);
    let mut all = vec![own];
    all.extend((0..reads.len()).map(|i| graph.derivative(own, i)));
    let slopes = Tape::new(graph, reads.len(), &all);
    let (registers, slope_registers) = (tape.registers(), slopes.registers());
    Law::Taped(Box::new(Taped { tape, reads, registers, slopes, slope_registers }))
}

/// Takes a product apart into its constant and its factors x − o; none if it is anything else.
fn monomial(graph: &Graph, term: Term, factors: &mut Vec<(u32, f64)>) -> Option<f64> {
    let shifted = |a: Term, by: Term, sign: f64| match (graph.node(a), graph.value(by)) {
        (Node::Input(s), Some(o)) => Some((s, sign * o)),
        _ => None,
    };
    match graph.node(term) {
        Node::Constant(c) => Some(c),
        Node::Input(s) => {
            factors.push((s, 0.0));
            Some(1.0)
        }
        Node::Unary(Unary::Neg, a) => monomial(graph, a, factors).map(|c| -c),
        Node::Binary(Binary::Mul, a, b) => {
            let c = monomial(graph, a, factors)?;
            Some(c * monomial(graph, b, factors)?)
        }
        Node::Binary(Binary::Div, a, b) => {
            let d = graph.value(b)?;
            Some(monomial(graph, a, factors)? / d)
        }
        Node::Binary(Binary::Sub, a, b) => {
            factors.push(shifted(a, b, 1.0)?);
            Some(1.0)
        }
        Node::Binary(Binary::Add, a, b) => {
            factors.push(shifted(a, b, -1.0).or_else(|| shifted(b, a, -1.0))?);
            Some(1.0)
        }
        _ => None,
    }
}
