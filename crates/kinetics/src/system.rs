//! A network as a system of differential equations, on tapes.

use crate::error::Error;
use crate::network::Network;
use crate::tape::Tape;

/// dx/dt = f(x, p, t) with its Jacobian.
#[derive(Clone, Debug)]
pub struct System {
    states: usize,
    parameters: usize,
    initial: Vec<f64>,
    given: Vec<f64>,
    rates: Tape,
    slopes: Tape,
    pattern: Vec<(usize, usize)>,
    outputs: Tape,
}

impl System {
    /// Compiles a network.
    ///
    /// # Errors
    /// See [`Network::check`].
    pub fn new(network: &Network) -> Result<Self, Error> {
        network.check()?;
        let mut n = network.clone();
        let inputs = n.inputs();
        let dx = n.derivatives();
        let rates = Tape::new(&n.graph, inputs, &dx);
        let zero = n.graph.constant(0.0);
        let mut all = dx.clone();
        all.extend(dx.iter().map(|&d| n.graph.derivative(d, inputs - 1)));
        let mut pattern = Vec::new();
        for (i, &d) in dx.iter().enumerate() {
            for place in n.graph.inputs_of(d) {
                let j = place as usize;
                if j < n.states.len() {
                    let slope = n.graph.derivative(d, j);
                    if slope != zero {
                        pattern.push((i, j));
                        all.push(slope);
                    }
                }
            }
        }
        let outputs: Vec<_> = n.outputs.iter().map(|o| o.term).collect();
        Ok(Self {
            states: n.states.len(),
            parameters: n.parameters.len(),
            initial: n.states.iter().map(|q| q.value).collect(),
            given: n.parameters.iter().map(|q| q.value).collect(),
            slopes: Tape::new(&n.graph, inputs, &all),
            outputs: Tape::new(&n.graph, inputs, &outputs),
            rates,
            pattern,
        })
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Number of inputs of the tapes: states, parameters, time.
    pub fn inputs(&self) -> usize {
        self.states + self.parameters + 1
    }

    /// States at time 0.
    pub fn initial(&self) -> &[f64] {
        &self.initial
    }

    /// Parameters as declared.
    pub fn given(&self) -> &[f64] {
        &self.given
    }

    /// Computes dx/dt.
    pub fn rates(&self) -> &Tape {
        &self.rates
    }

    /// Computes dx/dt, then its derivatives with time, then the entries of the Jacobian in the order of
    /// [`System::pattern`].
    pub fn slopes(&self) -> &Tape {
        &self.slopes
    }

    /// Row and column of the Jacobian's entries that are not zero by structure.
    pub fn pattern(&self) -> &[(usize, usize)] {
        &self.pattern
    }

    /// Computes the outputs.
    pub fn outputs(&self) -> &Tape {
        &self.outputs
    }

    /// The outputs' values.
    pub fn look(&self, states: &[f64], parameters: &[f64], time: f64) -> Vec<f64> {
        let mut r = self.outputs.registers::<1>();
        for (row, v) in r.iter_mut().zip(states.iter().chain(parameters).chain([&time])) {
            *row = [*v];
        }
        self.outputs.run_one(&mut r);
        (0..self.outputs.outputs()).map(|k| r[self.outputs.output(k)][0]).collect()
    }
}
