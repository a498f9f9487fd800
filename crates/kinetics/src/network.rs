//! A reaction network as plain data.
//!
//! States are amounts that change; parameters are numbers given from outside (constants, a cell's signals). Rates are terms
//! of one shared graph whose inputs are, in this order, states, parameters and time. A reaction changes states by its
//! rate times a coefficient; a rule adds a rate of change of its own. Outputs are terms with a name, to be looked at.

use crate::error::Error;
use crate::graph::{Graph, Term};
use serde::{Deserialize, Serialize};

const FINITE: &str = "a finite number is needed";

/// A quantity with a name and a value at the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// Name.
    pub name: String,
    /// Value at time 0.
    pub value: f64,
}

/// A reaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reaction {
    /// Name.
    pub name: String,
    /// Events per time.
    pub rate: Term,
    /// What one event changes: states and by how much, each state once.
    pub changes: Vec<(usize, f64)>,
}

/// A rate of change that is no reaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// State.
    pub state: usize,
    /// Its rate of change.
    pub rate: Term,
}

/// A term to be looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Name.
    pub name: String,
    /// Value.
    pub term: Term,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Terms of all rates.
    pub graph: Graph,
    /// What changes.
    pub states: Vec<Quantity>,
    /// What is given.
    pub parameters: Vec<Quantity>,
    /// Reactions.
    pub reactions: Vec<Reaction>,
    /// Rates of change besides the reactions.
    pub rules: Vec<Rule>,
    /// Terms to be looked at.
    pub outputs: Vec<Output>,
}

impl Network {
    /// A network with these states and parameters and no reactions yet. More can't be added later, since the inputs of
    /// the graph are numbered through.
    pub fn new(states: &[(&str, f64)], parameters: &[(&str, f64)]) -> Self {
        let quantities = |list: &[(&str, f64)]| {
            list.iter().map(|&(name, value)| Quantity { name: name.to_owned(), value }).collect()
        };
        Self { states: quantities(states), parameters: quantities(parameters), ..Self::default() }
    }

    /// Inputs of the graph: states, parameters, time.
    pub fn inputs(&self) -> usize {
        self.states.len() + self.parameters.len() + 1
    }

    /// The term of a state.
    pub fn state(&mut self, index: usize) -> Term {
        self.graph.input(index)
    }

    /// The term of a parameter.
    pub fn parameter(&mut self, index: usize) -> Term {
        self.graph.input(self.states.len() + index)
    }

    /// The term of time.
    pub fn time(&mut self) -> Term {
        self.graph.input(self.states.len() + self.parameters.len())
    }

    /// A reaction by mass action for whole amounts: `constant` times the number of ways to choose the reactants, x for one,
    /// x y for two kinds, x (x − 1)/2 for two of a kind. `reactants` and `products` name states, one entry a molecule.
    pub fn mass_action(&mut self, name: &str, constant: Term, reactants: &[usize], products: &[usize]) {
        let mut rate = constant;
        for (i, &r) in reactants.iter().enumerate() {
            // The n-th molecule of a kind is chosen among those left, and their order does not count.
            let taken = reactants[..i].iter().filter(|&&other| other == r).count() as f64;
            let x = self.state(r);
            let (taken_term, share) = (self.graph.constant(taken), self.graph.constant(1.0 / (taken + 1.0)));
            let left = self.graph.sub(x, taken_term);
            let ways = self.graph.mul(left, share);
            rate = self.graph.mul(rate, ways);
        }
        let mut changes: Vec<(usize, f64)> = Vec::new();
        let ends = reactants.iter().map(|&r| (r, -1.0)).chain(products.iter().map(|&p| (p, 1.0)));
        for (state, by) in ends {
            match changes.iter_mut().find(|c| c.0 == state) {
                Some(c) => c.1 += by,
                None => changes.push((state, by)),
            }
        }
        changes.retain(|c| c.1 != 0.0);
        self.reactions.push(Reaction { name: name.to_owned(), rate, changes });
    }

    /// Checks that everything that is referred to exists, names are used once and numbers are finite.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self) -> Result<(), Error> {
        let mut names: Vec<&str> =
            self.states.iter().chain(&self.parameters).map(|q| q.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|w| w[0] == w[1]) {
            return Err(Error::Twice(pair[0].to_owned()));
        }
        for q in self.states.iter().chain(&self.parameters) {
            if !q.value.is_finite() {
                return Err(Error::Number { what: format!("`{}`", q.name), value: q.value, needed: FINITE });
            }
        }
        let (states, inputs, terms) = (self.states.len(), self.inputs() as u32, self.graph.nodes().len());
        let sound = |t: Term| (t.0 as usize) < terms && self.graph.inputs_of(t).iter().all(|&i| i < inputs);
        for r in &self.reactions {
            if !sound(r.rate) || r.changes.iter().any(|c| c.0 >= states) {
                return Err(Error::Dangling(format!("reaction `{}`", r.name)));
            }
            if let Some(&(state, by)) = r.changes.iter().find(|c| !c.1.is_finite()) {
                let what = format!("the change of `{}` by `{}`", self.states[state].name, r.name);
                return Err(Error::Number { what, value: by, needed: FINITE });
            }
        }
        for (i, rule) in self.rules.iter().enumerate() {
            if rule.state >= states || !sound(rule.rate) {
                return Err(Error::Dangling(format!("rule {}", i + 1)));
            }
        }
        match self.outputs.iter().find(|o| !sound(o.term)) {
            Some(o) => Err(Error::Dangling(format!("output `{}`", o.name))),
            None => Ok(()),
        }
    }

    /// dx/dt of every state.
    pub fn derivatives(&mut self) -> Vec<Term> {
        let mut terms: Vec<Vec<Term>> = vec![Vec::new(); self.states.len()];
        for r in &self.reactions {
            for &(state, by) in &r.changes {
                let by = self.graph.constant(by);
                let term = self.graph.mul(by, r.rate);
                terms[state].push(term);
            }
        }
        for rule in &self.rules {
            terms[rule.state].push(rule.rate);
        }
        terms.iter().map(|t| self.graph.sum(t)).collect()
    }
}
