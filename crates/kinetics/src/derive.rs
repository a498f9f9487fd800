//! Derivatives of terms, by the rules of calculus.
//!
//! What jumps (floor, comparisons, the switch of a select) has derivative 0 beside the jump, which is what a Jacobian
//! for an implicit step needs.

use crate::graph::{Binary, Graph, Node, Term, Unary};

impl Graph {
    /// The derivative of `term` with respect to the input at `place`.
    pub fn derivative(&mut self, term: Term, place: usize) -> Term {
        let reached = self.reached(&[term]);
        let zero = self.constant(0.0);
        let mut d = vec![zero; term.0 as usize + 1];
        for i in reached {
            d[i as usize] = self.derivative_of_node(i, place, &d, zero);
        }
        d[term.0 as usize]
    }

    fn derivative_of_node(&mut self, i: u32, place: usize, d: &[Term], zero: Term) -> Term {
        let of = |t: Term| d[t.0 as usize];
        match self.node(Term(i)) {
            Node::Constant(_) => zero,
            Node::Input(p) => self.constant(f64::from(u8::from(p as usize == place))),
            Node::Unary(_, a) | Node::Power(a, _) if of(a) == zero => zero,
            Node::Binary(_, a, b) if of(a) == zero && of(b) == zero => zero,
            Node::Unary(op, a) => {
                let slope = self.slope(op, a, Term(i));
                self.mul(slope, of(a))
            }
            Node::Power(a, n) => {
                let (factor, power) = (self.constant(f64::from(n)), self.power(a, n - 1));
                let slope = self.mul(factor, power);
                self.mul(slope, of(a))
            }
            Node::Select(c, a, b) => self.select(c, of(a), of(b)),
            Node::Binary(op, a, b) => self.derivative_of_binary(op, [a, b], [of(a), of(b)], Term(i)),
        }
    }

    fn derivative_of_binary(
        &mut self,
        op: Binary,
        [a, b]: [Term; 2],
        [da, db]: [Term; 2],
        own: Term,
    ) -> Term {
        match op {
            Binary::Add => self.add(da, db),
            Binary::Sub => self.sub(da, db),
            Binary::Mul => {
                let (x, y) = (self.mul(da, b), self.mul(a, db));
                self.add(x, y)
            }
            Binary::Div => {
                // (a/b)' = (a' − (a/b) b')/b
                let x = self.mul(own, db);
                let y = self.sub(da, x);
                self.div(y, b)
            }
            Binary::Pow => {
                // (a^b)' = b a^(b−1) a' + a^b ln a · b'
                let one = self.constant(1.0);
                let less = self.sub(b, one);
                let lower = self.binary(Binary::Pow, a, less);
                let slope = self.mul(b, lower);
                let first = self.mul(slope, da);
                if self.value(db) == Some(0.0) {
                    return first;
                }
                let ln = self.unary(Unary::Ln, a);
                let second = self.mul(own, ln);
                let second = self.mul(second, db);
                self.add(first, second)
            }
            Binary::Min | Binary::Max => {
                let (low, high) = if op == Binary::Min { (a, b) } else { (b, a) };
                let first = self.binary(Binary::Less, low, high);
                self.select(first, da, db)
            }
            Binary::Rem => {
                // a − trunc(a/b) b
                let (rest, ratio) = (self.sub(a, own), self.constant(0.0));
                let whole = self.div(rest, b);
                let part = self.mul(whole, db);
                let part = if self.value(db) == Some(0.0) { ratio } else { part };
                self.sub(da, part)
            }
            Binary::Less | Binary::LessEqual | Binary::Equal | Binary::And | Binary::Or => self.constant(0.0),
        }
    }

    /// The derivative of a function at `a`; `own` is the function's own term.
    fn slope(&mut self, op: Unary, a: Term, own: Term) -> Term {
        let one = self.constant(1.0);
        match op {
            Unary::Neg => self.constant(-1.0),
            Unary::Abs => {
                let zero = self.constant(0.0);
                let minus = self.constant(-1.0);
                let negative = self.binary(Binary::Less, a, zero);
                self.select(negative, minus, one)
            }
            Unary::Exp => own,
            Unary::Ln => self.div(one, a),
            Unary::Log10 => {
                let scale = self.constant(std::f64::consts::LOG10_E);
                self.div(scale, a)
            }
            Unary::Sqrt => {
                let half = self.constant(0.5);
                self.div(half, own)
            }
            Unary::Sin => self.unary(Unary::Cos, a),
            Unary::Cos => {
                let sin = self.unary(Unary::Sin, a);
                self.unary(Unary::Neg, sin)
            }
            Unary::Tan => {
                let square = self.mul(own, own);
                self.add(one, square)
            }
            Unary::Asin | Unary::Acos => {
                let square = self.mul(a, a);
                let rest = self.sub(one, square);
                let root = self.unary(Unary::Sqrt, rest);
                let sign = self.constant(if op == Unary::Asin { 1.0 } else { -1.0 });
                self.div(sign, root)
            }
            Unary::Atan => {
                let square = self.mul(a, a);
                let sum = self.add(one, square);
                self.div(one, sum)
            }
            Unary::Sinh => self.unary(Unary::Cosh, a),
            Unary::Cosh => self.unary(Unary::Sinh, a),
            Unary::Tanh => {
                let square = self.mul(own, own);
                self.sub(one, square)
            }
            Unary::Floor | Unary::Ceil | Unary::Not => self.constant(0.0),
        }
    }
}
