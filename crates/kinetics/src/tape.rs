//! A graph of terms compiled to a list of instructions.
//!
//! Registers are rows of equal length: first the inputs, then the constants, then one row for the result of each
//! instruction. An instruction reads rows before its own and writes its own, so that running it is a loop over two arrays
//! without aliasing. A row may hold one number (event simulation) or a block of cells ([`crate::lanes`]): reading the
//! instruction is paid once a block.

use crate::graph::{Binary, Graph, Node, Term, Unary};
use crate::lanes::{Kernel, LANES, Lane, widest};
use exoderm_numeric::math;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Unary(Unary, u32),
    Binary(Binary, u32, u32),
    Power(u32, i32),
    Select(u32, u32, u32),
}

/// Compiled terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    inputs: usize,
    constants: Vec<f64>,
    code: Vec<Op>,
    outputs: Vec<u32>,
}

impl Tape {
    /// Compiles `outputs` of a graph with `inputs` inputs.
    pub fn new(graph: &Graph, inputs: usize, outputs: &[Term]) -> Self {
        let reached = graph.reached(outputs);
        let mut register = vec![0u32; graph.nodes().len()];
        let mut constants = Vec::new();
        for &i in &reached {
            match graph.node(Term(i)) {
                Node::Input(place) => register[i as usize] = place.min(inputs.saturating_sub(1) as u32),
                Node::Constant(c) => {
                    register[i as usize] = (inputs + constants.len()) as u32;
                    constants.push(c);
                }
                _ => {}
            }
        }
        let first = inputs + constants.len();
        let mut code = Vec::new();
        for &i in &reached {
            let at = |t: Term| register[t.0 as usize];
            let op = match graph.node(Term(i)) {
                Node::Input(_) | Node::Constant(_) => continue,
                Node::Unary(op, a) => Op::Unary(op, at(a)),
                Node::Binary(op, a, b) => Op::Binary(op, at(a), at(b)),
                Node::Power(a, n) => Op::Power(at(a), n),
                Node::Select(c, a, b) => Op::Select(at(c), at(a), at(b)),
            };
            register[i as usize] = (first + code.len()) as u32;
            code.push(op);
        }
        let outputs = outputs.iter().map(|t| register[t.0 as usize]).collect();
        Self { inputs, constants, code, outputs }
    }

    /// Instructions.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Whether there is nothing to compute.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Registers with the constants in place; rows `0..inputs` are for the inputs.
    pub fn registers<const L: usize>(&self) -> Vec<[f64; L]> {
        let mut rows = vec![[0.0; L]; self.inputs + self.constants.len() + self.code.len()];
        for (row, c) in rows[self.inputs..].iter_mut().zip(&self.constants) {
            *row = [*c; L];
        }
        rows
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// The row where the `k`-th output is found after a run.
    #[inline(always)]
    pub fn output(&self, k: usize) -> usize {
        self.outputs[k] as usize
    }

    /// Computes the outputs of one set of inputs.
    #[inline]
    pub fn run_one(&self, registers: &mut [[f64; 1]]) {
        self.run_rows(registers);
    }

    /// Computes the outputs of a block of cells.
    pub fn run_block(&self, registers: &mut [Lane]) {
        struct Run<'a>(&'a Tape, &'a mut [Lane]);
        impl Kernel for Run<'_> {
            type Output = ();
            #[inline(always)]
            fn run(self) {
                self.0.run_rows::<LANES>(self.1);
            }
        }
        widest(Run(self, registers));
    }

    #[inline(always)]
    pub(crate) fn run_rows<const L: usize>(&self, registers: &mut [[f64; L]]) {
        let first = self.inputs + self.constants.len();
        for (k, op) in self.code.iter().enumerate() {
            let (before, own) = registers.split_at_mut(first + k);
            let Some(out) = own.first_mut() else { return };
            match *op {
                Op::Binary(op, a, b) => {
                    let (a, b) = (&before[a as usize], &before[b as usize]);
                    match op {
                        Binary::Add => each2(out, a, b, |x, y| x + y),
                        Binary::Sub => each2(out, a, b, |x, y| x - y),
                        Binary::Mul => each2(out, a, b, |x, y| x * y),
                        Binary::Div => each2(out, a, b, |x, y| x / y),
                        op => each2(out, a, b, |x, y| apply2(op, x, y)),
                    }
                }
                Op::Unary(op, a) => {
                    let a = &before[a as usize];
                    match op {
                        Unary::Neg => each1(out, a, |x| -x),
                        Unary::Sqrt => each1(out, a, f64::sqrt),
                        op => each1(out, a, |x| apply1(op, x)),
                    }
                }
                Op::Power(a, n) => power(out, &before[a as usize], n),
                Op::Select(c, a, b) => {
                    let (c, a, b) = (&before[c as usize], &before[a as usize], &before[b as usize]);
                    for l in 0..L {
                        out[l] = if c[l] == 0.0 { b[l] } else { a[l] };
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn each1<const L: usize>(out: &mut [f64; L], a: &[f64; L], f: impl Fn(f64) -> f64) {
    for l in 0..L {
        out[l] = f(a[l]);
    }
}

#[inline(always)]
fn each2<const L: usize>(out: &mut [f64; L], a: &[f64; L], b: &[f64; L], f: impl Fn(f64, f64) -> f64) {
    for l in 0..L {
        out[l] = f(a[l], b[l]);
    }
}

/// Whole power by squaring, with the products of [`math::powi`] in its order.
#[inline(always)]
fn power<const L: usize>(out: &mut [f64; L], a: &[f64; L], n: i32) {
    let mut base = *a;
    if n < 0 {
        for b in &mut base {
            *b = 1.0 / *b;
        }
    }
    let mut e = n.unsigned_abs();
    *out = [1.0; L];
    while e > 0 {
        if e & 1 == 1 {
            for l in 0..L {
                out[l] *= base[l];
            }
        }
        e >>= 1;
        if e > 0 {
            for b in &mut base {
                *b *= *b;
            }
        }
    }
}

/// A function of one number.
pub(crate) fn apply1(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Exp => math::exp(x),
        Unary::Ln => math::ln(x),
        Unary::Log10 => math::log10(x),
        Unary::Sqrt => x.sqrt(),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Sin => math::sin(x),
        Unary::Cos => math::cos(x),
        Unary::Tan => math::tan(x),
        Unary::Asin => math::asin(x),
        Unary::Acos => math::acos(x),
        Unary::Atan => math::atan(x),
        Unary::Sinh => math::sinh(x),
        Unary::Cosh => math::cosh(x),
        Unary::Tanh => math::tanh(x),
        Unary::Not => truth(x == 0.0),
    }
}

/// A function of two numbers.
pub(crate) fn apply2(op: Binary, x: f64, y: f64) -> f64 {
    match op {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        Binary::Pow => math::pow(x, y),
        Binary::Min => {
            if y < x {
                y
            } else {
                x
            }
        }
        Binary::Max => {
            if y > x {
                y
            } else {
                x
            }
        }
        Binary::Rem => x % y,
        Binary::Less => truth(x < y),
        Binary::LessEqual => truth(x <= y),
        Binary::Equal => truth(x == y),
        Binary::And => truth(x != 0.0 && y != 0.0),
        Binary::Or => truth(x != 0.0 || y != 0.0),
    }
}

fn truth(b: bool) -> f64 {
    f64::from(u8::from(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(graph: &Graph, term: Term, inputs: &[f64]) -> f64 {
        let tape = Tape::new(graph, inputs.len(), &[term]);
        let mut r = tape.registers::<1>();
        for (row, x) in r.iter_mut().zip(inputs) {
            *row = [*x];
        }
        tape.run_one(&mut r);
        r[tape.output(0)][0]
    }

    /// A graph with every function in it, all defined for inputs between 0.2 and 0.8.
    fn everything(g: &mut Graph) -> Vec<Term> {
        let (x, y) = (g.input(0), g.input(1));
        let mut terms: Vec<Term> = [
            Unary::Neg,
            Unary::Abs,
            Unary::Exp,
            Unary::Ln,
            Unary::Log10,
            Unary::Sqrt,
            Unary::Floor,
            Unary::Ceil,
            Unary::Sin,
            Unary::Cos,
            Unary::Tan,
            Unary::Asin,
            Unary::Acos,
            Unary::Atan,
            Unary::Sinh,
            Unary::Cosh,
            Unary::Tanh,
            Unary::Not,
        ]
        .into_iter()
        .map(|op| {
            let product = g.mul(x, y);
            g.unary(op, product)
        })
        .collect();
        let three = g.constant(3.0);
        let big = g.mul(three, x);
        for op in [
            Binary::Add,
            Binary::Sub,
            Binary::Mul,
            Binary::Div,
            Binary::Pow,
            Binary::Min,
            Binary::Max,
            Binary::Rem,
            Binary::Less,
            Binary::LessEqual,
            Binary::Equal,
            Binary::And,
            Binary::Or,
        ] {
            terms.push(g.binary(op, big, y));
        }
        for n in [-3, -1, 3, 7] {
            terms.push(g.power(big, n));
        }
        let less = g.binary(Binary::Less, x, y);
        let (a, b) = (g.power(x, 5), g.unary(Unary::Exp, y));
        terms.push(g.select(less, a, b));
        terms
    }

    /// Derivatives by rule against central differences, for every function.
    #[test]
    fn derivatives_equal_differences() {
        let mut g = Graph::default();
        let terms = everything(&mut g);
        for &(x, y) in &[(0.31, 0.52), (0.74, 0.28), (0.21, 0.7)] {
            for (k, &t) in terms.iter().enumerate() {
                for place in 0..2 {
                    let d = g.derivative(t, place);
                    let h = 1e-6;
                    let shifted = |s: f64| {
                        if place == 0 { value(&g, t, &[x + s, y]) } else { value(&g, t, &[x, y + s]) }
                    };
                    let (got, expected) = (value(&g, d, &[x, y]), (shifted(h) - shifted(-h)) / (2.0 * h));
                    assert!(
                        (got - expected).abs() < 1e-7 * (1.0 + expected.abs()),
                        "term {k}, input {place}: {got} {expected}"
                    );
                }
            }
        }
    }

    /// Law 4: one number, a block at the baseline and a block in wide registers give the same bits.
    #[test]
    fn blocks_equal_single_numbers_to_the_bit() {
        let mut g = Graph::default();
        let terms = everything(&mut g);
        let tape = Tape::new(&g, 2, &terms);
        let (mut wide, mut narrow) = (tape.registers::<LANES>(), tape.registers::<LANES>());
        wide[0] = std::array::from_fn(|l| 0.2 + 0.018 * l as f64);
        wide[1] = std::array::from_fn(|l| 0.8 - 0.017 * l as f64);
        narrow[..2].copy_from_slice(&wide[..2]);
        tape.run_block(&mut wide);
        tape.run_rows(&mut narrow);
        for l in 0..LANES {
            let mut one = tape.registers::<1>();
            (one[0], one[1]) = ([wide[0][l]], [wide[1][l]]);
            tape.run_one(&mut one);
            for k in 0..terms.len() {
                let row = tape.output(k);
                assert_eq!(wide[row][l].to_bits(), one[row][0].to_bits(), "output {k}");
                assert_eq!(wide[row][l].to_bits(), narrow[row][l].to_bits(), "output {k}");
            }
        }
    }

    #[test]
    fn equal_terms_are_computed_once() {
        let mut g = Graph::default();
        let (x, y) = (g.input(0), g.input(1));
        let (a, b) = (g.mul(x, y), g.mul(y, x));
        let (one, zero, two) = (g.constant(1.0), g.constant(0.0), g.constant(2.0));
        assert_eq!(a, b);
        assert_eq!(g.mul(x, one), x);
        assert_eq!(g.add(zero, x), x);
        assert_eq!(g.binary(Binary::Pow, x, two), g.mul(x, x));
        let sum = g.add(a, b);
        assert_eq!(Tape::new(&g, 2, &[sum, a]).len(), 2);
    }
}
