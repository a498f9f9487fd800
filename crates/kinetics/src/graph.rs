//! Rate laws as a graph of terms.
//!
//! Equal terms are stored once, constants are folded, and the neutral elements of sums and products vanish, so that a
//! derivative made by rules stays small. A term refers only to earlier terms: the order of the list is an order of
//! evaluation. Truth is a number, 0 or 1.

use crate::tape::{apply1, apply2};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A term of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Term(pub(crate) u32);

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unary {
    Neg,
    Abs,
    Exp,
    Ln,
    Log10,
    Sqrt,
    Floor,
    Ceil,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    /// 1 when the operand is 0, else 0.
    Not,
}

/// Functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    /// Remainder with the sign of the dividend.
    Rem,
    Less,
    LessEqual,
    Equal,
    And,
    Or,
}

/// What a term is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// A number.
    Constant(f64),
    /// A number given from outside, by its place.
    Input(u32),
    /// A function of one term.
    Unary(Unary, Term),
    /// A function of two terms.
    Binary(Binary, Term, Term),
    /// A term to a whole power.
    Power(Term, i32),
    /// The second term where the first is not 0, else the third.
    Select(Term, Term, Term),
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Constant(u64),
    Input(u32),
    Unary(Unary, Term),
    Binary(Binary, Term, Term),
    Power(Term, i32),
    Select(Term, Term, Term),
}

/// Terms, each stored once; written and read as the list of its terms.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Node>", into = "Vec<Node>")]
pub struct Graph {
    nodes: Vec<Node>,
    /// Only asked for single keys: its order reaches nothing.
    known: HashMap<Key, Term>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("key")
    }
}

impl Clone for Graph {
    fn clone(&self) -> Self {
        let mut copy = Self::default();
        for &node in &self.nodes {
            copy.intern(node);
        }
        copy
    }
}

/// Graphs are equal if their terms are, to the bit.
impl PartialEq for Graph {
    fn eq(&self, other: &Self) -> bool {
        let same = |a: &Node, b: &Node| match (*a, *b) {
            (Node::Constant(a), Node::Constant(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        };
        self.nodes.len() == other.nodes.len() && self.nodes.iter().zip(&other.nodes).all(|(a, b)| same(a, b))
    }
}

impl From<Graph> for Vec<Node> {
    fn from(graph: Graph) -> Self {
        graph.nodes
    }
}

impl TryFrom<Vec<Node>> for Graph {
    type Error = &'static str;

    fn try_from(nodes: Vec<Node>) -> Result<Self, Self::Error> {
        let mut graph = Self::default();
        for (i, node) in nodes.into_iter().enumerate() {
            let mut earlier = true;
            operands_of(node, |t| earlier &= (t.0 as usize) < i);
            if !earlier {
                return Err("a term refers to a later one");
            }
            if graph.intern(node).0 as usize != i {
                return Err("a term stands twice");
            }
        }
        Ok(graph)
    }
}

impl Graph {
    /// All terms in an order in which they can be evaluated.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// What a term is.
    pub fn node(&self, term: Term) -> Node {
        self.nodes[term.0 as usize]
    }

    fn intern(&mut self, node: Node) -> Term {
        let key = match node {
            Node::Constant(c) => Key::Constant(c.to_bits()),
            Node::Input(i) => Key::Input(i),
            Node::Unary(op, a) => Key::Unary(op, a),
            Node::Binary(op, a, b) => Key::Binary(op, a, b),
            Node::Power(a, n) => Key::Power(a, n),
            Node::Select(c, a, b) => Key::Select(c, a, b),
        };
        let next = Term(self.nodes.len() as u32);
        let term = *self.known.entry(key).or_insert(next);
        if term == next {
            self.nodes.push(node);
        }
        term
    }

    /// A number.
    pub fn constant(&mut self, value: f64) -> Term {
        // One zero: the sign of a zero must not make two terms out of one.
        self.intern(Node::Constant(if value == 0.0 { 0.0 } else { value }))
    }

    /// The number at `place` of the inputs.
    pub fn input(&mut self, place: usize) -> Term {
        self.intern(Node::Input(place as u32))
    }

    /// The value of a term that is a constant.
    pub fn value(&self, term: Term) -> Option<f64> {
        match self.node(term) {
            Node::Constant(c) => Some(c),
            _ => None,
        }
    }

    /// A function of one term.
    pub fn unary(&mut self, op: Unary, a: Term) -> Term {
        if let Some(x) = self.value(a) {
            return self.constant(apply1(op, x));
        }
        if let (Unary::Neg, Node::Unary(Unary::Neg, inner)) = (op, self.node(a)) {
            return inner;
        }
        self.intern(Node::Unary(op, a))
    }

    /// A function of two terms.
    pub fn binary(&mut self, op: Binary, a: Term, b: Term) -> Term {
        let (x, y) = (self.value(a), self.value(b));
        if let (Some(x), Some(y)) = (x, y) {
            return self.constant(apply2(op, x, y));
        }
        match (op, x, y) {
            (Binary::Add, Some(0.0), _) => return b,
            (Binary::Add | Binary::Sub, _, Some(0.0)) => return a,
            (Binary::Sub, Some(0.0), _) => return self.unary(Unary::Neg, b),
            (Binary::Mul, Some(1.0), _) => return b,
            (Binary::Mul | Binary::Div, _, Some(1.0)) => return a,
            (Binary::Mul, Some(0.0), _) | (Binary::Mul, _, Some(0.0)) | (Binary::Div, Some(0.0), _) => {
                return self.constant(0.0);
            }
            (Binary::Div, _, Some(c)) if c != 0.0 && exact_inverse(c) => {
                let inverse = self.constant(1.0 / c);
                return self.binary(Binary::Mul, a, inverse);
            }
            (Binary::Pow, _, Some(p)) if p == p.trunc() && p.abs() <= 64.0 => {
                return self.power(a, p as i32);
            }
            (Binary::Pow, _, Some(0.5)) => return self.unary(Unary::Sqrt, a),
            _ => {}
        }
        let commutes = matches!(
            op,
            Binary::Add | Binary::Mul | Binary::Min | Binary::Max | Binary::Equal | Binary::And | Binary::Or
        );
        let (a, b) = if commutes && b < a { (b, a) } else { (a, b) };
        self.intern(Node::Binary(op, a, b))
    }

    /// A term to a whole power.
    pub fn power(&mut self, a: Term, n: i32) -> Term {
        match (n, self.value(a)) {
            (0, _) => self.constant(1.0),
            (1, _) => a,
            (_, Some(x)) => self.constant(exoderm_numeric::math::powi(x, n)),
            (2, _) => self.binary(Binary::Mul, a, a),
            _ => self.intern(Node::Power(a, n)),
        }
    }

    /// `yes` where `condition` is not 0, else `no`.
    pub fn select(&mut self, condition: Term, yes: Term, no: Term) -> Term {
        match self.value(condition) {
            Some(c) => {
                if c == 0.0 {
                    no
                } else {
                    yes
                }
            }
            None if yes == no => yes,
            None => self.intern(Node::Select(condition, yes, no)),
        }
    }

    /// a + b.
    pub fn add(&mut self, a: Term, b: Term) -> Term {
        self.binary(Binary::Add, a, b)
    }

    /// a − b.
    pub fn sub(&mut self, a: Term, b: Term) -> Term {
        self.binary(Binary::Sub, a, b)
    }

    /// a · b.
    pub fn mul(&mut self, a: Term, b: Term) -> Term {
        self.binary(Binary::Mul, a, b)
    }

    /// a / b.
    pub fn div(&mut self, a: Term, b: Term) -> Term {
        self.binary(Binary::Div, a, b)
    }

    /// The sum of terms, from the first to the last; 0 for none.
    pub fn sum(&mut self, terms: &[Term]) -> Term {
        let mut terms = terms.iter().copied();
        match terms.next() {
            None => self.constant(0.0),
            Some(first) => terms.fold(first, |s, t| self.add(s, t)),
        }
    }

    /// The term with every input replaced by what `with` gives for its place (none: it stays).
    pub fn substitute(&mut self, term: Term, with: &dyn Fn(u32) -> Option<Term>) -> Term {
        let reached = self.reached(&[term]);
        let mut map: Vec<Option<Term>> = vec![None; term.0 as usize + 1];
        for i in reached {
            let at = |t: Term| map[t.0 as usize].unwrap_or(t);
            let new = match self.nodes[i as usize] {
                Node::Constant(_) => Term(i),
                Node::Input(place) => with(place).unwrap_or(Term(i)),
                Node::Unary(op, a) => {
                    let a = at(a);
                    self.unary(op, a)
                }
                Node::Binary(op, a, b) => {
                    let (a, b) = (at(a), at(b));
                    self.binary(op, a, b)
                }
                Node::Power(a, n) => {
                    let a = at(a);
                    self.power(a, n)
                }
                Node::Select(c, a, b) => {
                    let (c, a, b) = (at(c), at(a), at(b));
                    self.select(c, a, b)
                }
            };
            map[i as usize] = Some(new);
        }
        map[term.0 as usize].unwrap_or(term)
    }

    /// The terms that `roots` need, themselves included, ascending.
    pub fn reached(&self, roots: &[Term]) -> Vec<u32> {
        let mut needed = vec![false; self.nodes.len()];
        for root in roots {
            needed[root.0 as usize] = true;
        }
        for i in (0..self.nodes.len()).rev() {
            if needed[i] {
                self.operands(Term(i as u32), |t| needed[t.0 as usize] = true);
            }
        }
        (0..self.nodes.len() as u32).filter(|&i| needed[i as usize]).collect()
    }

    /// The places of the inputs that a term needs, ascending.
    pub fn inputs_of(&self, term: Term) -> Vec<u32> {
        let mut places: Vec<u32> = self
            .reached(&[term])
            .into_iter()
            .filter_map(|i| match self.nodes[i as usize] {
                Node::Input(place) => Some(place),
                _ => None,
            })
            .collect();
        places.sort_unstable();
        places
    }

    fn operands(&self, term: Term, f: impl FnMut(Term)) {
        operands_of(self.node(term), f);
    }
}

fn operands_of(node: Node, mut f: impl FnMut(Term)) {
    match node {
        Node::Constant(_) | Node::Input(_) => {}
        Node::Unary(_, a) | Node::Power(a, _) => f(a),
        Node::Binary(_, a, b) => {
            f(a);
            f(b);
        }
        Node::Select(c, a, b) => {
            f(c);
            f(a);
            f(b);
        }
    }
}

/// A power of two: multiplying by its inverse is exact.
fn exact_inverse(c: f64) -> bool {
    c.is_normal() && c.to_bits() & ((1 << 52) - 1) == 0 && (1.0 / c).is_normal()
}
