//! SBML, levels 2 and 3 core, read into a reaction network.
//!
//! What is read: compartments, species (in amounts or concentrations, boundary and constant ones), parameters, reactions with
//! stoichiometry and local parameters, function definitions, initial assignments, assignment and rate rules, conversion
//! factors. What can change the result and is not read (events, algebraic rules, delays, fast reactions, packages that say
//! they are required) is a mistake with its line and column; what can't change it (constraints, packages that are not
//! required) is told as a note. Annotations are skipped.
//!
//! States are amounts, as the specification has it: a reaction changes amounts by its rate times the stoichiometry, and a
//! concentration is the amount over the size of the compartment. Numbers stay in the file's own units, which
//! [`Model::units`] names.
//!
//! The order of work: [`declare`] collects what there is and decides what is a state and what a parameter; [`build`] turns
//! mathematics into terms, an assignment rule standing for its right side wherever its variable is read; initial values are
//! found last, each after those it needs.

mod build;
mod declare;
mod mathml;
mod units;

use exoderm_kinetics::network::Network;
use exoderm_model::source::{Place, Source};
use exoderm_model::{Diagnostic, Diagnostics, NetworkModel, Symbol};
use roxmltree::{Document, Node, ParsingOptions};
use std::sync::Arc;

pub use units::Units;

/// Largest file (bytes).
pub const MAX_FILE: usize = 16 << 20;
/// Most elements.
const MAX_NODES: u32 = 2_000_000;

/// A model that was read.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its id or name; empty if it has none.
    pub name: String,
    /// Level and version.
    pub level: (u32, u32),
    /// The network. Outputs are all species (as the file means them: concentration or amount) and what rules set.
    pub network: Network,
    /// What its names mean: parameters, compartments, species in the order of the file, then local parameters.
    pub symbols: Vec<Symbol>,
    /// What its numbers are in.
    pub units: Units,
    /// What was left aside without changing the result, with line and column.
    pub notes: Vec<String>,
}

type Result1<T> = Result<T, Box<Diagnostic>>;

/// Reads a model.
///
/// # Errors
/// The first mistake, or all parts of the model that can't be simulated, with file, line and column.
pub fn read(file: &str, bytes: &[u8]) -> Result<Model, Diagnostics> {
    read_with(file, bytes, &[])
}

/// Reads a model for the cells of a scenario: [`exoderm_model::ReadNetwork`].
///
/// # Errors
/// As [`read_with`].
pub fn for_cells(file: &str, text: &str, set: &[(String, f64)]) -> Result<NetworkModel, Diagnostics> {
    let model = read_with(file, text.as_bytes(), set)?;
    let time_unit = model.units.seconds.map(|s| s / 60.0);
    Ok(NetworkModel { network: model.network, symbols: model.symbols, time_unit })
}

/// Reads a model with other values at the start: of parameters, local parameters (`reaction.name`), compartments and
/// species, each as its name means it (a concentration for most species). They stand before initial values and
/// initial assignments, and what follows from them follows.
///
/// # Errors
/// As [`read`]; a name that the model lacks or that a rule sets.
pub fn read_with(file: &str, bytes: &[u8], set: &[(String, f64)]) -> Result<Model, Diagnostics> {
    let empty = Source::new(file, "");
    let at_start = |message: String, help: &str| {
        Diagnostics::one(Diagnostic::new("sbml", &Place::start_of(&empty), message).help(help))
    };
    if bytes.len() > MAX_FILE {
        let message = format!("the file has {} bytes; at most {MAX_FILE} are read", bytes.len());
        return Err(at_start(message, "take out annotations"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(at_start(
            "the file is not in UTF-8".into(),
            "SBML files are UTF-8: save it again as such",
        ));
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source::new(file, text);
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| {
        let ((row, column), why) = crate::xml::fault(text, &e);
        let before = source.line_text(row).chars().take(column.saturating_sub(1));
        let at = source.line_start(row) + before.map(char::len_utf8).sum::<usize>();
        let place = Place { source: source.clone(), span: at..at };
        let message = format!("this is no well-formed XML: {why}");
        Diagnostics::one(Diagnostic::new("xml", &place, message).help("export the model again"))
    })?;
    let reader = Reader { source: source.clone() };
    reader.model(&document, set)
}

/// Makes diagnostics with places.
struct Reader {
    source: Arc<Source>,
}

impl Reader {
    /// The place of an element: its name in the opening tag.
    fn place(&self, node: Node<'_, '_>) -> Place {
        let start = node.range().start;
        let end = if node.is_element() { start + 1 + node.tag_name().name().len() } else { start };
        Place { source: self.source.clone(), span: start..end.min(node.range().end) }
    }

    /// A mistake at an element.
    fn wrong(&self, node: Node<'_, '_>, message: impl Into<String>, help: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::new("sbml", &self.place(node), message).help(help))
    }

    /// A note with its place.
    fn note(&self, node: Node<'_, '_>, text: &str) -> String {
        let place = self.place(node);
        let at = place.span.start;
        format!("{}:{}:{}: {text}", self.source.name, self.source.line(at), self.source.column(at))
    }

    fn required<'a>(&self, node: Node<'a, '_>, attribute: &str) -> Result1<&'a str> {
        node.attribute(attribute).filter(|v| !v.trim().is_empty()).map(str::trim).ok_or_else(|| {
            self.wrong(
                node,
                format!("`{}` has no attribute `{attribute}`", node.tag_name().name()),
                "the attribute is required",
            )
        })
    }

    fn number(&self, node: Node<'_, '_>, attribute: &str) -> Result1<Option<f64>> {
        let Some(text) = node.attribute(attribute) else { return Ok(None) };
        match text.trim().parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Some(v)),
            _ => Err(self.wrong(node, format!("`{attribute}` is `{text}`"), "a finite number is needed")),
        }
    }

    fn flag(&self, node: Node<'_, '_>, attribute: &str, default: bool) -> Result1<bool> {
        match node.attribute(attribute).map(str::trim) {
            None => Ok(default),
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(text) => {
                Err(self.wrong(node, format!("`{attribute}` is `{text}`"), "it is `true` or `false`"))
            }
        }
    }

    fn model(&self, document: &Document<'_>, set: &[(String, f64)]) -> Result<Model, Diagnostics> {
        let one = |d: Box<Diagnostic>| Diagnostics::one(*d);
        let root = document.root_element();
        if root.tag_name().name() != "sbml" {
            let found = root.tag_name().name();
            return Err(one(self.wrong(
                root,
                format!("this is a `{found}` file, not SBML"),
                "give an SBML file",
            )));
        }
        let part = |name: &str| root.attribute(name).and_then(|t| t.trim().parse::<u32>().ok()).unwrap_or(0);
        let level = (part("level"), part("version"));
        if !matches!(level, (2, 1..=5) | (3, 1..=2)) {
            let message = format!("SBML level {} version {} is not read", level.0, level.1);
            return Err(one(self.wrong(root, message, "levels 2 and 3 are; convert the file with libSBML")));
        }
        let core = root.tag_name().namespace().unwrap_or("").to_owned();
        let Some(model) = elements(root).find(|n| n.tag_name().name() == "model") else {
            return Err(one(self.wrong(root, "there is no `model` in the file", "export the model again")));
        };
        let mut notes = Vec::new();
        let mut refused = Diagnostics::default();
        self.packages(root, &core, &mut notes, &mut refused);
        let declared = self.declare(model, &core, level, &mut notes, &mut refused).map_err(one)?;
        if !refused.is_empty() {
            return Err(refused);
        }
        let units = self.units(model, level.0);
        let (network, symbols) = self.build(&declared, set).map_err(one)?;
        let name = model.attribute("name").or(model.attribute("id")).unwrap_or("").to_owned();
        Ok(Model { name, level, network, symbols, units, notes })
    }

    /// Level 3 packages: those that change the mathematics are refused.
    fn packages(&self, root: Node<'_, '_>, core: &str, notes: &mut Vec<String>, refused: &mut Diagnostics) {
        for a in root.attributes().filter(|a| a.name() == "required") {
            let Some(package) = a.namespace().filter(|n| *n != core) else { continue };
            let short = package.rsplit('/').nth(1).unwrap_or(package);
            if a.value().trim() == "false" || a.value().trim() == "0" {
                notes.push(
                    self.note(root, &format!("package `{short}` is left aside; it does not change results")),
                );
            } else {
                let message = format!("the model needs the package `{short}`, which is not supported");
                refused.push(*self.wrong(
                    root,
                    message,
                    "only SBML core is read; flatten or export it as core",
                ));
            }
        }
    }
}

/// Child elements.
fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

/// Elements in a list of the given name.
fn listed<'a, 'i>(node: Node<'a, 'i>, list: &str) -> Vec<Node<'a, 'i>> {
    elements(node)
        .filter(|n| n.tag_name().name() == list)
        .flat_map(elements)
        .filter(|n| !matches!(n.tag_name().name(), "notes" | "annotation"))
        .collect()
}

/// The mathematics in an element.
fn math<'a, 'i>(node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    elements(node).find(|n| n.tag_name().name() == "math")
}
