//! MathML, as far as SBML uses it, to terms of the network's graph.

use super::build::Build;
use super::{Result1, elements};
use exoderm_kinetics::graph::{Binary, Term, Unary};
use roxmltree::Node;
use std::collections::BTreeMap;

/// Deepest nesting, counted through functions and rules.
const DEEPEST: u32 = 200;
/// Avogadro's number, as SBML level 3 fixes it.
const AVOGADRO: f64 = 6.022_141_79e23;

/// Names that an expression sees besides the model's.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s> {
    /// The model's only.
    Model,
    /// Local parameters of a kinetic law, by input.
    Law(&'s BTreeMap<String, usize>),
    /// Arguments of a function, and nothing of the model.
    Function(&'s BTreeMap<String, Term>),
}

impl<'a, 'i> Build<'_, '_, 'a, 'i> {
    /// The term of an expression.
    pub(super) fn expression(&mut self, node: Node<'a, 'i>, scope: Scope<'_>) -> Result1<Term> {
        self.depth += 1;
        self.left = self.left.saturating_sub(1);
        if self.depth > DEEPEST || self.left == 0 {
            let message = "this expression is nested too deeply, or its functions unfold into too many terms";
            return Err(self.reader.wrong(node, message, "simplify it"));
        }
        let term = self.inner(node, scope);
        self.depth -= 1;
        term
    }

    fn inner(&mut self, node: Node<'a, 'i>, scope: Scope<'_>) -> Result1<Term> {
        let constant = match node.tag_name().name() {
            "cn" => self.literal(node)?,
            "pi" => std::f64::consts::PI,
            "exponentiale" => std::f64::consts::E,
            "true" => 1.0,
            "false" => 0.0,
            "infinity" => f64::INFINITY,
            "notanumber" => f64::NAN,
            "ci" => return self.name(node, scope),
            "csymbol" => return self.special(node),
            "apply" => return self.apply(node, scope),
            "piecewise" => return self.piecewise(node, scope),
            "semantics" => {
                let Some(first) = elements(node).next() else {
                    return Err(self.reader.wrong(node, "`semantics` is empty", "give an expression"));
                };
                return self.expression(first, scope);
            }
            other => {
                let message = format!("`{other}` is not supported in mathematics");
                return Err(self.reader.wrong(
                    node,
                    message,
                    "write it with the operators of SBML's MathML subset",
                ));
            }
        };
        Ok(self.network.graph.constant(constant))
    }

    fn literal(&self, node: Node<'a, 'i>) -> Result1<f64> {
        let texts: Vec<&str> =
            node.children().filter(Node::is_text).filter_map(|n| n.text()).map(str::trim).collect();
        let number = |k: usize| texts.get(k).and_then(|t| t.parse::<f64>().ok());
        let value = match node.attribute("type").unwrap_or("real") {
            "real" | "integer" | "double" if texts.len() == 1 => number(0),
            // The text is read as one number, so that 1.1e-3 is the nearest double.
            "e-notation" if texts.len() == 2 => format!("{}e{}", texts[0], texts[1]).parse().ok(),
            "rational" if texts.len() == 2 => number(0).zip(number(1)).map(|(a, b)| a / b),
            _ => None,
        };
        value.filter(|v: &f64| v.is_finite()).ok_or_else(|| {
            let message = format!("`{}` is no number", texts.join(" "));
            self.reader.wrong(node, message, "types are real, integer, e-notation and rational")
        })
    }

    fn name(&mut self, node: Node<'a, 'i>, scope: Scope<'_>) -> Result1<Term> {
        let name = node.text().unwrap_or("").trim();
        match scope {
            Scope::Function(arguments) => {
                return arguments.get(name).copied().ok_or_else(|| {
                    let message = format!("`{name}` is no argument of this function");
                    self.reader.wrong(node, message, "a function sees its arguments only: add it to them")
                });
            }
            Scope::Law(locals) => {
                if let Some(&input) = locals.get(name) {
                    return Ok(self.network.graph.input(input));
                }
            }
            Scope::Model => {}
        }
        if let Some(&q) = self.d.names.get(name) {
            return self.symbol(q, node);
        }
        if let Some(r) = self.d.reactions.iter().position(|r| r.name == name) {
            return self.rate(r, node);
        }
        if self.d.references.contains_key(name) {
            let message = format!("the stoichiometry `{name}` is not supported in mathematics");
            return Err(self.reader.wrong(node, message, "write its number"));
        }
        let near = exoderm_units::nearest(name, self.d.names.keys().map(String::as_str)).map(str::to_owned);
        let e = *self.reader.wrong(
            node,
            format!("there is no `{name}` in the model"),
            "declare it, or correct the name",
        );
        Err(Box::new(e.nearest(near)))
    }

    fn special(&mut self, node: Node<'a, 'i>) -> Result1<Term> {
        let url = node.attribute("definitionURL").unwrap_or("");
        match url.rsplit('/').next().unwrap_or("") {
            "time" => Ok(self.network.time()),
            "avogadro" => Ok(self.network.graph.constant(AVOGADRO)),
            other => {
                let message = format!("`{other}` is not supported");
                Err(self.reader.wrong(
                    node,
                    message,
                    "`time` and `avogadro` are; delays and rates of variables are not",
                ))
            }
        }
    }

    fn piecewise(&mut self, node: Node<'a, 'i>, scope: Scope<'_>) -> Result1<Term> {
        let parts: Vec<Node<'a, 'i>> = elements(node).collect();
        // Where no piece holds the value is undefined.
        let mut value = self.network.graph.constant(f64::NAN);
        for part in parts.iter().rev() {
            let inside: Vec<Node<'a, 'i>> = elements(*part).collect();
            match (part.tag_name().name(), inside.as_slice()) {
                ("otherwise", [e]) => value = self.expression(*e, scope)?,
                ("piece", [e, condition]) => {
                    let (yes, condition) = (self.expression(*e, scope)?, self.expression(*condition, scope)?);
                    value = self.network.graph.select(condition, yes, value);
                }
                (other, _) => {
                    let message = format!("`{other}` is wrong here");
                    return Err(self.reader.wrong(*part, message, "a piece has a value and a condition"));
                }
            }
        }
        Ok(value)
    }

    fn apply(&mut self, node: Node<'a, 'i>, scope: Scope<'_>) -> Result1<Term> {
        let mut parts = elements(node);
        let Some(operator) = parts.next() else {
            return Err(self.reader.wrong(node, "`apply` is empty", "it needs an operator and its operands"));
        };
        let (mut operands, mut qualifier) = (Vec::new(), None);
        for part in parts {
            if matches!(part.tag_name().name(), "degree" | "logbase") {
                let Some(e) = elements(part).next() else {
                    return Err(self.reader.wrong(part, "this is empty", "give a number"));
                };
                qualifier = Some(self.expression(e, scope)?);
            } else {
                operands.push(self.expression(part, scope)?);
            }
        }
        if operator.tag_name().name() == "ci" {
            return self.call(operator, &operands);
        }
        if operator.tag_name().name() == "csymbol" {
            return self.special(operator);
        }
        let name = operator.tag_name().name();
        self.operator(name, &operands, qualifier).ok_or_else(|| {
            let message = format!("`{name}` with {} operands is not supported", operands.len());
            self.reader.wrong(operator, message, "write it with the operators of SBML's MathML subset")
        })
    }

    fn call(&mut self, operator: Node<'a, 'i>, operands: &[Term]) -> Result1<Term> {
        let name = operator.text().unwrap_or("").trim();
        let Some(&function) = self.d.functions.get(name) else {
            let near =
                exoderm_units::nearest(name, self.d.functions.keys().map(String::as_str)).map(str::to_owned);
            let e = *self.reader.wrong(
                operator,
                format!("there is no function `{name}`"),
                "define it, or correct the name",
            );
            return Err(Box::new(e.nearest(near)));
        };
        let lambda = self.reader.body(function)?;
        let (mut arguments, mut bodies) = (Vec::new(), Vec::new());
        for part in elements(lambda) {
            if part.tag_name().name() == "bvar" {
                arguments.push(elements(part).next().and_then(|c| c.text()).unwrap_or("").trim().to_owned());
            } else {
                bodies.push(part);
            }
        }
        let (&[body], "lambda") = (&bodies[..], lambda.tag_name().name()) else {
            let message = format!("function `{name}` has {} bodies instead of one", bodies.len());
            return Err(self.reader.wrong(
                function,
                message,
                "write `lambda` with arguments and an expression",
            ));
        };
        if arguments.len() != operands.len() {
            let message = format!("`{name}` takes {} arguments, not {}", arguments.len(), operands.len());
            return Err(self.reader.wrong(operator, message, "see its definition"));
        }
        let bound: BTreeMap<String, Term> = arguments.into_iter().zip(operands.iter().copied()).collect();
        self.expression(body, Scope::Function(&bound))
    }

    /// The term of an operator; none if the operator or its number of operands is not known.
    fn operator(&mut self, name: &str, x: &[Term], qualifier: Option<Term>) -> Option<Term> {
        let g = &mut self.network.graph;
        let fold = |g: &mut exoderm_kinetics::graph::Graph, op: Binary, empty: f64| {
            let mut terms = x.iter().copied();
            match terms.next() {
                None => g.constant(empty),
                Some(first) => terms.fold(first, |a, b| g.binary(op, a, b)),
            }
        };
        if let (Some(op), [a]) = (unary(name), x) {
            return Some(g.unary(op, *a));
        }
        if let (Some((op, swapped)), true) = (relation(name), x.len() >= 2) {
            let mut all = g.constant(1.0);
            for pair in x.windows(2) {
                let (a, b) = if swapped { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
                let holds = g.binary(op, a, b);
                all = if all == holds { all } else { g.binary(Binary::And, all, holds) };
            }
            // "And" with the constant 1 keeps a truth what it is.
            return Some(all);
        }
        let one = g.constant(1.0);
        Some(match (name, x) {
            ("plus", _) => fold(g, Binary::Add, 0.0),
            ("times", _) => fold(g, Binary::Mul, 1.0),
            ("and", _) => fold(g, Binary::And, 1.0),
            ("or", _) => fold(g, Binary::Or, 0.0),
            ("max", [_, ..]) => fold(g, Binary::Max, 0.0),
            ("min", [_, ..]) => fold(g, Binary::Min, 0.0),
            ("xor", _) => {
                let mut odd = g.constant(0.0);
                for &t in x {
                    let (either, both) = (g.binary(Binary::Or, odd, t), g.binary(Binary::And, odd, t));
                    let not = g.unary(Unary::Not, both);
                    odd = g.binary(Binary::And, either, not);
                }
                odd
            }
            ("implies", [a, b]) => {
                let not = g.unary(Unary::Not, *a);
                g.binary(Binary::Or, not, *b)
            }
            ("neq", [a, b]) => {
                let equal = g.binary(Binary::Equal, *a, *b);
                g.unary(Unary::Not, equal)
            }
            ("minus", [a]) => g.unary(Unary::Neg, *a),
            ("minus", [a, b]) => g.sub(*a, *b),
            ("divide", [a, b]) => g.div(*a, *b),
            ("power", [a, b]) => g.binary(Binary::Pow, *a, *b),
            ("rem", [a, b]) => g.binary(Binary::Rem, *a, *b),
            ("quotient", [a, b]) => {
                let (ratio, zero) = (g.div(*a, *b), g.constant(0.0));
                let (up, down) = (g.unary(Unary::Ceil, ratio), g.unary(Unary::Floor, ratio));
                let negative = g.binary(Binary::Less, ratio, zero);
                g.select(negative, up, down)
            }
            ("root", [a]) => match qualifier {
                None => g.unary(Unary::Sqrt, *a),
                Some(degree) => {
                    let inverse = g.div(one, degree);
                    g.binary(Binary::Pow, *a, inverse)
                }
            },
            ("log", [a]) => match qualifier {
                None => g.unary(Unary::Log10, *a),
                Some(base) => {
                    let (top, bottom) = (g.unary(Unary::Ln, *a), g.unary(Unary::Ln, base));
                    g.div(top, bottom)
                }
            },
            (_, [a]) => {
                let (inner, inverse) = reciprocal(name)?;
                if inverse {
                    // arcsec x = arccos 1/x and so on.
                    let argument = g.div(one, *a);
                    g.unary(inner, argument)
                } else {
                    let value = g.unary(inner, *a);
                    g.div(one, value)
                }
            }
            _ => return None,
        })
    }
}

fn unary(name: &str) -> Option<Unary> {
    Some(match name {
        "exp" => Unary::Exp,
        "ln" => Unary::Ln,
        "abs" => Unary::Abs,
        "floor" => Unary::Floor,
        "ceiling" => Unary::Ceil,
        "not" => Unary::Not,
        "sin" => Unary::Sin,
        "cos" => Unary::Cos,
        "tan" => Unary::Tan,
        "arcsin" => Unary::Asin,
        "arccos" => Unary::Acos,
        "arctan" => Unary::Atan,
        "sinh" => Unary::Sinh,
        "cosh" => Unary::Cosh,
        "tanh" => Unary::Tanh,
        _ => return None,
    })
}

/// A comparison, and whether its operands change places.
fn relation(name: &str) -> Option<(Binary, bool)> {
    Some(match name {
        "lt" => (Binary::Less, false),
        "gt" => (Binary::Less, true),
        "leq" => (Binary::LessEqual, false),
        "geq" => (Binary::LessEqual, true),
        "eq" => (Binary::Equal, false),
        _ => return None,
    })
}

/// Functions that are another one of, or over, the inverse.
fn reciprocal(name: &str) -> Option<(Unary, bool)> {
    Some(match name {
        "sec" => (Unary::Cos, false),
        "csc" => (Unary::Sin, false),
        "cot" => (Unary::Tan, false),
        "sech" => (Unary::Cosh, false),
        "csch" => (Unary::Sinh, false),
        "coth" => (Unary::Tanh, false),
        "arcsec" => (Unary::Acos, true),
        "arccsc" => (Unary::Asin, true),
        "arccot" => (Unary::Atan, true),
        _ => return None,
    })
}
