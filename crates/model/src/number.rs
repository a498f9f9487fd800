//! Reading a number: unit, reference, range, bounds, override, provenance.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Limit, Nature, Number};
use crate::reader::{Listed, Reader, View};
use crate::scenario::{Origin, Provenance};
use crate::source::Place;
use crate::stated::{Parsed, Stated};
use crate::tree::{Node, Value};
use exoderm_units::{Quantity, Unit};

/// A quantity and the unit it was stated in, as text ("fraction remaining").
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) quantity: Quantity,
    pub(crate) unit: String,
}

/// From a stated quantity to the internal unit; `None` where the dimension does not fit.
pub(crate) type Convert = Box<dyn Fn(&Given) -> Option<f64>>;

/// What a number must be and how it becomes a number in the internal unit.
pub(crate) struct Want<'w> {
    /// For messages: "length/time".
    pub(crate) expected: String,
    pub(crate) example: String,
    pub(crate) limit: Limit,
    pub(crate) nature: Nature,
    /// `None` where the dimension does not fit.
    pub(crate) convert: &'w dyn Fn(&Given) -> Option<f64>,
}

/// Accepts the dimensions of units separated by `|`, converting to the first of each.
pub(crate) fn fixed(spec: &Number) -> impl Fn(&Given) -> Option<f64> + use<> {
    let units: Vec<Unit> = spec.unit.split('|').filter_map(|u| Unit::parse(u).ok()).collect();
    move |given| units.iter().find_map(|u| given.quantity.in_unit(u).ok())
}

/// Names of the dimensions that a field accepts.
pub(crate) fn dimensions(unit: &str) -> String {
    let mut names: Vec<String> = Vec::new();
    for u in unit.split('|').filter_map(|u| Unit::parse(u).ok()) {
        let name = if u.dimension().is_none() {
            "a number without unit".to_owned()
        } else {
            u.dimension().to_string()
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" or ")
}

impl<'a> Reader<'a> {
    fn number_spec(view: &View<'a>, key: &str) -> Option<Number> {
        match view.field(key).kind {
            Kind::Number(n) | Kind::Numbers(n) | Kind::Vector(n) | Kind::Voxel(n) | Kind::Points(n) => {
                Some(n)
            }
            Kind::NumberOf(_, n) | Kind::Boundary(n) => Some(n),
            _ => None,
        }
    }

    /// A number that has a default or must be there. One that could not be read is not a number, so that no later check
    /// complains about it again.
    pub(crate) fn num(&mut self, view: &View<'a>, key: &str) -> f64 {
        self.opt(view, key).unwrap_or(f64::NAN)
    }

    /// A number, or its default, or nothing.
    pub(crate) fn opt(&mut self, view: &View<'a>, key: &str) -> Option<f64> {
        let spec = Self::number_spec(view, key)?;
        let convert = fixed(&spec);
        self.opt_as(view, key, &convert, &dimensions(spec.unit))
    }

    /// A number with its own conversion.
    pub(crate) fn opt_as(
        &mut self,
        view: &View<'a>,
        key: &str,
        convert: &dyn Fn(&Given) -> Option<f64>,
        expected: &str,
    ) -> Option<f64> {
        let spec = Self::number_spec(view, key)?;
        let want = Want {
            expected: expected.to_owned(),
            example: spec.example.to_owned(),
            limit: spec.limit,
            nature: spec.nature,
            convert,
        };
        match view.node(key) {
            Some(node) => self.number(node, &view.at(key), &want),
            None => self.default_of(view, key).and_then(|t| t.parse().ok()),
        }
    }

    /// `key.NAME = number` for each name, in the order of writing, each with its own conversion.
    pub(crate) fn numbers_of(
        &mut self,
        view: &View<'a>,
        key: &str,
        convert: &dyn Fn(&Self, usize) -> (Convert, String),
    ) -> Vec<(usize, f64)> {
        let Kind::NumberOf(names, spec) = view.field(key).kind else { return Vec::new() };
        let Some(node) = view.node(key) else { return Vec::new() };
        let Some(table) = node.table() else {
            self.wrong_type(node, key, &format!("a table with a number per {}", names.word()));
            return Vec::new();
        };
        let mut out = Vec::new();
        for entry in table.iter() {
            if self.is_full() {
                break;
            }
            let Some(id) = self.position(names, &entry.key) else { continue }; // reported by the shape
            let (convert, expected) = convert(self, id);
            let want = Want {
                expected,
                example: spec.example.to_owned(),
                limit: spec.limit,
                nature: spec.nature,
                convert: &*convert,
            };
            let path = format!("{}.{}", view.at(key), entry.key);
            if let Some(x) = self.number(&entry.node, &path, &want) {
                out.push((id, x));
            }
        }
        out
    }

    /// A list of numbers, or of `n` numbers.
    pub(crate) fn list(&mut self, view: &View<'a>, key: &str, length: Option<usize>) -> Option<Vec<f64>> {
        let spec = Self::number_spec(view, key)?;
        let Some(node) = view.node(key) else {
            self.default_of(view, key);
            return None;
        };
        self.list_at(node, &view.at(key), key, &spec, length)
    }

    /// The numbers of a list node.
    pub(crate) fn list_at(
        &mut self,
        node: &Node,
        path: &str,
        key: &str,
        spec: &Number,
        length: Option<usize>,
    ) -> Option<Vec<f64>> {
        let list = node.list().filter(|l| length.is_none_or(|n| l.len() == n));
        let Some(list) = list else {
            let wanted = match length {
                Some(n) => format!("a list of {n} numbers such as \"{}\"", spec.example),
                None => format!("a list of numbers such as \"{}\"", spec.example),
            };
            self.wrong_type(node, key, &wanted);
            return None;
        };
        let convert = fixed(spec);
        let want = Want {
            expected: dimensions(spec.unit),
            example: spec.example.to_owned(),
            limit: spec.limit,
            nature: spec.nature,
            convert: &convert,
        };
        let mut values = Vec::with_capacity(list.len());
        let mut good = true;
        for (i, n) in list.iter().enumerate() {
            let read = self.number(n, &format!("{path}[{i}]"), &want);
            good &= read.is_some() && !self.is_full();
            values.extend(read);
            if self.is_full() {
                break;
            }
        }
        good.then_some(values)
    }

    /// Three numbers; 1 each if they could not be read.
    pub(crate) fn vector(&mut self, view: &View<'a>, key: &str) -> Option<[f64; 3]> {
        let v = self.list(view, key, Some(3))?;
        <[f64; 3]>::try_from(v).ok()
    }

    /// A whole number, listed as a choice of design.
    pub(crate) fn whole(&mut self, view: &View<'a>, key: &str) -> Option<i64> {
        let Kind::Whole(low, high) = view.field(key).kind else { return None };
        let Some(node) = view.node(key) else {
            return self.default_of(view, key).and_then(|t| t.parse().ok());
        };
        let Value::Integer(i) = node.value else {
            self.wrong_type(node, key, "a whole number");
            return None;
        };
        if i < low || i > high {
            let d =
                Diagnostic::new("limit", &node.place, format!("`{key}` is {i}, but must be {low} to {high}"))
                    .help(format!("{key}: {}", view.field(key).meaning));
            self.report(d);
            return None;
        }
        let path = view.at(key);
        if self.input.path_overrides.contains_key(&path) {
            let d = Diagnostic::new(
                "override",
                &node.place,
                format!("`{path}` is a whole number: it has no draws"),
            )
            .help("set it in the file or with --set");
            self.report(d);
        }
        if key != "format" && self.values.insert(path.clone(), Some(i as f64)).is_none() {
            self.push(&path, &node.place, i as f64, Origin::Design, None);
        }
        Some(i)
    }

    /// Reads a number at a path, once: further readers of a shared default get the same value.
    pub(crate) fn number(&mut self, node: &Node, path: &str, want: &Want<'_>) -> Option<f64> {
        if let Some(known) = self.values.get(path) {
            return *known;
        }
        let value = self.number_anew(node, path, want);
        self.values.insert(path.to_owned(), value);
        value
    }

    fn number_anew(&mut self, node: &Node, path: &str, want: &Want<'_>) -> Option<f64> {
        let key = path.rsplit('.').next().unwrap_or(path).to_owned();
        let table = node.table();
        let value_node = match table {
            Some(t) => match t.get("value") {
                Some(e) => &e.node,
                None => {
                    let d = Diagnostic::new("missing-key", &node.place, format!("`{key}` has no `value`"))
                        .help(format!(
                            "write {key} = {{ value = \"{}\", range = [\"…\", \"…\"] }}",
                            want.example
                        ));
                    self.report(d);
                    return None;
                }
            },
            None => node,
        };
        let stated = match self.parse(value_node, &key, want)? {
            Parsed::Number(s) => s,
            Parsed::Infinite => return self.infinite(value_node, path, &key, want),
        };
        let outside_range = table.and_then(|t| t.get("outside_range")).map(|e| &e.node);
        if let Some(n) = outside_range.filter(|n| !matches!(n.value, Value::Flag(_))) {
            self.wrong_type(n, "outside_range", "true or false");
            return None;
        }
        let outside_allowed = outside_range.is_some_and(|n| matches!(n.value, Value::Flag(true)));
        if let (true, Some(shown), false) = (stated.outside, &stated.shown, outside_allowed) {
            let d = Diagnostic::new("outside-range", &value_node.place, format!("`{key}` leaves {shown}"))
                .help(format!(
                    "to do so on purpose: {key} = {{ value = {}, outside_range = true }}",
                    value_node.place.text()
                ));
            self.report(d);
            return None;
        }
        let mut value = self.converted(&stated.value, value_node, &key, want)?;
        let mut range = match &stated.range {
            Some((low, high)) => (want.convert)(low).zip((want.convert)(high)),
            None => None,
        };
        let mut own_range = false;
        if let Some(entry) = table.and_then(|t| t.get("range")) {
            range = Some(self.range(&entry.node, &key, want)?);
            own_range = true;
        }
        if let Some(entry) = table.and_then(|t| t.get("key")) {
            let (row, shown) = self.row_range(&entry.node, &key, want)?;
            if !own_range {
                range = Some(row);
            }
            self.check_inside(value, row, value_node, &key, &shown, outside_allowed)?;
        }
        let mut range = range.map(|(a, b)| if a <= b { (a, b) } else { (b, a) });
        if let (true, Some(r)) = (own_range, range) {
            let shown = table.and_then(|t| t.get("range")).map_or("", |e| e.node.place.text());
            self.check_inside(
                value,
                r,
                value_node,
                &key,
                &format!("its own range {shown}"),
                outside_allowed,
            )?;
        }
        if let Some(&x) = self.input.path_overrides.get(path) {
            value = x;
        }
        if !self.within(value, want.limit, &value_node.place, &key) {
            return None;
        }
        // A row of the ledger may start at a value the field excludes (0); the bound then cuts its range.
        if let (Some((low, high)), Limit::Fraction) = (range, want.limit) {
            range = Some((low.clamp(0.0, 1.0), high.clamp(0.0, 1.0)));
        }
        let origin = match stated.origin {
            Origin::Assumption if want.nature == Nature::Design => Origin::Design,
            other => other,
        };
        self.push(path, &value_node.place, value, origin, range);
        Some(value)
    }

    fn infinite(&mut self, node: &Node, path: &str, key: &str, want: &Want<'_>) -> Option<f64> {
        if !matches!(want.limit, Limit::PositiveOrInf | Limit::NonNegativeOrInf) {
            let d = Diagnostic::new("limit", &node.place, format!("`{key}` must be a finite number"))
                .help(format!("expected {}, as in \"{}\"", want.expected, want.example));
            self.report(d);
            return None;
        }
        let value = self.input.path_overrides.get(path).copied().unwrap_or(f64::INFINITY);
        if value.is_finite() && !self.within(value, want.limit, &node.place, key) {
            return None;
        }
        let origin = if want.nature == Nature::Design { Origin::Design } else { Origin::Assumption };
        self.push(path, &node.place, value, origin, None);
        Some(value)
    }

    /// A number that a file other than the scenario gives: an assumption, unless a draw sets it, which is then the result.
    pub(crate) fn number_of_file(&mut self, path: &str, place: &Place, value: f64) -> Option<f64> {
        let set = self.input.path_overrides.get(path).copied();
        let value = set.unwrap_or(value);
        self.values.insert(path.to_owned(), Some(value));
        self.push(path, place, value, Origin::Assumption, None);
        if let Some(listed) = self.listed.last_mut() {
            listed.row.text = format!("{value}");
        }
        set
    }

    fn push(&mut self, path: &str, place: &Place, value: f64, origin: Origin, range: Option<(f64, f64)>) {
        let text = place.text().trim_matches(['"', '\'']).to_owned();
        let row = Provenance {
            path: path.to_owned(),
            text,
            value,
            origin,
            range,
            file: place.source.name.clone(),
            line: place.line(),
        };
        let file = self.file_index(place);
        self.by_path.insert(path.to_owned(), self.listed.len());
        self.listed.push(Listed { file, offset: place.span.start, row });
    }

    fn converted(&mut self, given: &Given, node: &Node, key: &str, want: &Want<'_>) -> Option<f64> {
        match (want.convert)(given) {
            Some(x) if x.is_finite() => return Some(x),
            // What it is read through (a solubility, an internalisation) is missing, and reported there.
            Some(x) if x.is_nan() => return None,
            Some(_) => {
                let d =
                    Diagnostic::new("limit", &node.place, format!("`{key}` is too large to be represented"))
                        .help("check its exponent and unit");
                self.report(d);
                return None;
            }
            None => {}
        }
        let found = given.quantity.dimension;
        let found = if found.is_none() { "a number without unit".to_owned() } else { found.to_string() };
        let stated = match given.unit.as_str() {
            "" => String::new(),
            unit => format!(" (its unit is {unit})"),
        };
        let d = Diagnostic::new(
            "dimension",
            &node.place,
            format!("`{key}` is {found}{stated}, but {} is needed", want.expected),
        )
        .label(format!("expected {}, found {found}", want.expected))
        .help(format!("as in \"{}\"", want.example));
        self.report(d);
        None
    }

    fn check_inside(
        &mut self,
        value: f64,
        (low, high): (f64, f64),
        node: &Node,
        key: &str,
        shown: &str,
        allowed: bool,
    ) -> Option<()> {
        // Ends and value may come from decimal texts through different factors.
        let slack = 1e-9 * high.abs().max(low.abs());
        if allowed || (value >= low.min(high) - slack && value <= high.max(low) + slack) {
            return Some(());
        }
        let d = Diagnostic::new("outside-range", &node.place, format!("`{key}` is outside {shown}")).help(
            format!("to do so on purpose, add outside_range = true: {key} = {{ …, outside_range = true }}"),
        );
        self.report(d);
        None
    }

    fn within(&mut self, value: f64, limit: Limit, place: &Place, key: &str) -> bool {
        let (good, bound) = match limit {
            Limit::Any => (value.is_finite(), "finite"),
            Limit::Positive => (value.is_finite() && value > 0.0, "above 0"),
            Limit::NonNegative => (value.is_finite() && value >= 0.0, "0 or above"),
            Limit::Fraction => ((0.0..=1.0).contains(&value), "between 0 and 1 (0 to 100 %)"),
            Limit::PositiveOrInf => (value > 0.0, "above 0, or \"inf\""),
            Limit::NonNegativeOrInf => (value >= 0.0, "0 or above, or \"inf\""),
        };
        if !good {
            let written = place.text().trim_matches(['"', '\'']);
            let d = Diagnostic::new("limit", place, format!("`{key}` is {written}, but must be {bound}"))
                .label(format!("must be {bound}"))
                .help(match limit {
                    Limit::Fraction => "is per cent meant? \"20 %\" and 0.2 are the same",
                    _ => "check the sign and the unit",
                });
            self.report(d);
        }
        good
    }

    fn range(&mut self, node: &Node, key: &str, want: &Want<'_>) -> Option<(f64, f64)> {
        let Some([low, high]) = node.list() else {
            self.wrong_type(node, "range", "a list of two numbers, low and high");
            return None;
        };
        let mut ends = [0.0; 2];
        for (end, n) in ends.iter_mut().zip([low, high]) {
            let Parsed::Number(stated) = self.parse(n, key, want)? else {
                return self.infinite_end(n);
            };
            *end = self.converted(&stated.value, n, key, want)?;
            let limit = match want.limit {
                Limit::Any => Limit::Any,
                Limit::Fraction => Limit::Fraction,
                _ => Limit::NonNegative,
            };
            if !self.within(*end, limit, &n.place, "range") {
                return None;
            }
        }
        if ends[0] > ends[1] {
            let d =
                Diagnostic::new("range", &node.place, format!("the range of `{key}` runs from high to low"))
                    .help("write the low end first");
            self.report(d);
            return None;
        }
        Some((ends[0], ends[1]))
    }

    fn infinite_end(&mut self, node: &Node) -> Option<(f64, f64)> {
        let d = Diagnostic::new("range", &node.place, "an end of a range must be finite")
            .help("a range is where --draws takes values from");
        self.report(d);
        None
    }

    /// Range of the row that `key = "@…"` names, and as text.
    fn row_range(&mut self, node: &Node, key: &str, want: &Want<'_>) -> Option<((f64, f64), String)> {
        match self.parse(node, key, want)? {
            Parsed::Number(Stated { range: Some((low, high)), shown: Some(shown), .. }) => {
                let low = self.converted(&low, node, key, want)?;
                let high = self.converted(&high, node, key, want)?;
                Some(((low.min(high), low.max(high)), shown))
            }
            _ => {
                let d =
                    Diagnostic::new("range", &node.place, "`key` names no row with a range to check against")
                        .help("as in key = \"@sec_fibroblast\"");
                self.report(d);
                None
            }
        }
    }
}
