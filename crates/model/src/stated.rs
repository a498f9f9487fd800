//! A number as it is stated: a literal, a row of the ledger, a fitted value; not yet in the field's unit.

use crate::diagnostics::Diagnostic;
use crate::number::{Given, Want};
use crate::reader::Reader;
use crate::scenario::Origin;
use crate::tree::{Node, Value};
use exoderm_ledger::{LedgerError, Part, Reference};
use exoderm_units::{Quantity, UnitError};

/// A number before conversion.
pub(crate) struct Stated {
    pub(crate) value: Given,
    /// Ends of the range of the row it cites.
    pub(crate) range: Option<(Given, Given)>,
    pub(crate) origin: Origin,
    /// Its range as text, with its row.
    pub(crate) shown: Option<String>,
    /// A factor takes it out of the range of its row.
    pub(crate) outside: bool,
}

pub(crate) enum Parsed {
    Number(Stated),
    Infinite,
}

/// "inf", alone or with a unit that the field takes.
fn is_infinite(text: &str, want: &Want<'_>) -> bool {
    let fits = |unit: &str| {
        let one = Quantity::parse(&format!("1{unit}")).ok();
        one.and_then(|quantity| (want.convert)(&Given { quantity, unit: String::new() })).is_some()
    };
    match text.trim().strip_prefix("inf") {
        Some("") => true,
        Some(unit) => unit.starts_with(char::is_whitespace) && fits(unit),
        None => false,
    }
}

impl Reader<'_> {
    pub(crate) fn parse(&mut self, node: &Node, key: &str, want: &Want<'_>) -> Option<Parsed> {
        let literal = |quantity, unit: &str| {
            Parsed::Number(Stated {
                value: Given { quantity, unit: unit.to_owned() },
                range: None,
                origin: Origin::Assumption,
                shown: None,
                outside: false,
            })
        };
        match &node.value {
            Value::Integer(i) => Some(literal(Quantity::parse_bare(*i as f64), "")),
            Value::Number(x) if x.is_finite() => Some(literal(Quantity::parse_bare(*x), "")),
            Value::Number(x) if *x == f64::INFINITY => Some(Parsed::Infinite),
            Value::Number(_) => {
                let d = Diagnostic::new("limit", &node.place, format!("`{key}` must be a finite number"))
                    .help(format!("expected {}, as in \"{}\"", want.expected, want.example));
                self.report(d);
                None
            }
            Value::Text(text) if is_infinite(text, want) => Some(Parsed::Infinite),
            Value::Text(text) if text.trim_start().starts_with("@cal.") => self.calibrated(text, node),
            Value::Text(text) if Reference::is_reference(text) => self.ledger_row(text, node),
            Value::Text(text) => match Quantity::parse(text) {
                Ok(q) => Some(literal(q, "")),
                Err(e) => {
                    self.bad_quantity(node, key, &e, want);
                    None
                }
            },
            _ => {
                let article = if want.example.parse::<f64>().is_ok() {
                    "a number such as "
                } else {
                    "a quantity such as "
                };
                self.wrong_type(node, key, &format!("{article}\"{}\"", want.example));
                None
            }
        }
    }

    fn bad_quantity(&mut self, node: &Node, key: &str, error: &UnitError, want: &Want<'_>) {
        let mut place = node.place.clone();
        let mut suggestion = None;
        if let UnitError::UnknownUnit { offset, name, nearest, .. } = error {
            suggestion = nearest.clone();
            // The caret under the unit, where the text stands as it is (no escapes).
            let start = place.span.start + 1 + offset;
            if place.source.slice(&(start..start + name.len())) == name.as_str() {
                place.span = start..start + name.len();
            }
        }
        let message = match error {
            UnitError::UnknownUnit { name, .. } => format!("`{key}`: unknown unit `{name}`"),
            other => format!("`{key}` is no quantity: {other}"),
        };
        let d = Diagnostic::new("quantity", &place, message)
            .nearest(suggestion)
            .help(format!("expected {}, as in \"{}\"", want.expected, want.example));
        self.report(d);
    }

    fn reference(&mut self, text: &str, node: &Node) -> Option<Reference> {
        match Reference::parse(text) {
            Ok(r) => Some(r),
            Err(e) => {
                let message = match e {
                    LedgerError::Reference { expected, .. } => {
                        format!("not a reference: expected {expected}")
                    }
                    other => other.to_string(),
                };
                let d = Diagnostic::new("reference", &node.place, message)
                    .help("references are \"@key\", \"@key*0.5\", \"@key/2\", \"@key.low\", \"@key.high\", \"@cal.key\"");
                self.report(d);
                None
            }
        }
    }

    fn ledger_row(&mut self, text: &str, node: &Node) -> Option<Parsed> {
        let reference = self.reference(text, node)?;
        let ledger = self.input.library.ledger;
        let Some(row) = ledger.get(&reference.key) else {
            let nearest = if self.is_full() { None } else { ledger.nearest(&reference.key) };
            let d = Diagnostic::new(
                "unknown-reference",
                &node.place,
                format!("the ledger has no row `{}`", reference.key),
            )
            .nearest(nearest.map(|k| format!("@{k}")))
            .help("`exoderm ledger` lists the rows; a literal with unit is an assumption");
            self.report(d);
            return None;
        };
        let factor = reference.factor;
        let given = |q: Quantity| Given { quantity: q * factor, unit: row.unit.text().to_owned() };
        let overridden = self.input.ledger_overrides.get(&row.key).filter(|_| reference.part == Part::Value);
        let quantity = match overridden {
            Some(&x) => Ok(row.unit.quantity(x)),
            None => row.quantity(reference.part),
        };
        let quantity = match quantity {
            Ok(q) if !row.unit.is_opaque() || row.unit.text() == "ln units" => q,
            Ok(_) => {
                let d = Diagnostic::new(
                    "qualitative",
                    &node.place,
                    format!(
                        "the unit of the ledger row `{}` ({}) is only a name: it cannot be used as a number",
                        row.key,
                        row.unit.text()
                    ),
                )
                .help("write a literal with its unit and a range; it is then listed as an assumption");
                self.report(d);
                return None;
            }
            Err(_) => {
                let what = if reference.part == Part::Value {
                    "states no number".to_owned()
                } else {
                    format!("has no {} end", reference.part.as_str())
                };
                let d = Diagnostic::new(
                    "qualitative",
                    &node.place,
                    format!("the ledger row `{}` {what}", row.key),
                )
                .label(row.what.clone())
                .help("write a literal with its unit and a range; it is then listed as an assumption");
                self.report(d);
                return None;
            }
        };
        let has_range = row.low.is_some() || row.high.is_some();
        let range = row.range().ok().filter(|_| has_range);
        let scaled = range.as_ref().filter(|_| factor != 1.0 && overridden.is_none());
        let outside = scaled.is_some_and(|(low, high)| {
            let scaled = quantity.value * factor;
            let slack = 1e-9 * low.value.abs().max(high.value.abs());
            scaled < low.value - slack || scaled > high.value + slack
        });
        let end = |x: Option<f64>| {
            x.or(row.number()).map_or_else(|| "?".to_owned(), |x| exoderm_units::significant(x, 4))
        };
        let shown = has_range.then(|| {
            format!(
                "the range of the ledger row `{}`: {} to {} {}",
                row.key,
                end(row.low),
                end(row.high),
                row.unit.text()
            )
        });
        Some(Parsed::Number(Stated {
            value: given(quantity),
            range: range.map(|(low, high)| (given(low), given(high))),
            origin: Origin::Ledger { key: row.key.clone() },
            shown,
            outside,
        }))
    }

    fn calibrated(&mut self, text: &str, node: &Node) -> Option<Parsed> {
        let reference = self.reference(text, node)?;
        let key = reference.key.strip_prefix("cal.").unwrap_or(&reference.key);
        let calibration = self.input.library.calibration;
        let Some(row) = calibration.get(key) else {
            let nearest = self.suggest(key, calibration.iter().map(|f| f.key.as_str()));
            let d = Diagnostic::new(
                "unknown-reference",
                &node.place,
                format!("there is no fitted value `{key}`"),
            )
            .nearest(nearest.map(|k| format!("@cal.{k}")))
            .help("fitted values are in data/calibration");
            self.report(d);
            return None;
        };
        let given = |x: f64| Given {
            quantity: Quantity::new(x, &row.unit) * reference.factor,
            unit: row.unit.text().to_owned(),
        };
        let value = match (reference.part, row.range) {
            (Part::Value, _) => row.value,
            (Part::Low, Some((low, _))) => low,
            (Part::High, Some((_, high))) => high,
            _ => {
                let d = Diagnostic::new(
                    "reference",
                    &node.place,
                    format!("the fitted value `{key}` has no range"),
                )
                .help("use @cal.KEY without .low or .high");
                self.report(d);
                return None;
            }
        };
        Some(Parsed::Number(Stated {
            value: given(value),
            range: row.range.map(|(low, high)| (given(low), given(high))),
            origin: Origin::Calibrated { key: key.to_owned() },
            shown: None,
            outside: false,
        }))
    }
}
