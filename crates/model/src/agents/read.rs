//! The TOML form, read with places.

use super::{AgentModel, Fault, Step};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::source::{Place, Source};
use crate::tree::{Node, Table, Value, parse};
use exoderm_units::nearest;
use std::sync::Arc;

/// True if a text says `kind = "agents"` at its top.
pub fn is_agents(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .take_while(|l| !l.starts_with('['))
        .filter_map(|l| l.split_once('='))
        .any(|(key, value)| key.trim() == "kind" && value.trim().starts_with("\"agents\""))
}

/// Reads a model from TOML.
///
/// # Errors
/// What is wrong, each with file, line, column and the nearest valid name.
pub fn read(path: &str, text: &str) -> Result<AgentModel, Diagnostics> {
    let source = Source::new(path, text);
    let tree = parse(&source)?;
    let model: AgentModel = toml::from_str(text).map_err(|e| Diagnostics::one(shape(&source, &e)))?;
    let faults = model.check();
    if faults.is_empty() {
        return Ok(model);
    }
    let mut found = Diagnostics::default();
    for Fault { path, message, nearest } in faults {
        let place = locate(&tree, &path).unwrap_or_else(|| Place::start_of(&source));
        found.push(Diagnostic::new("agents", &place, message).nearest(nearest));
    }
    Err(found)
}

/// A message of the deserializer, with the nearest of the names that it lists.
fn shape(source: &Arc<Source>, error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    let message = error.message().to_owned();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or("").to_owned();
    let near = nearest(&wrong, quoted).map(str::to_owned).filter(|_| message.starts_with("unknown"));
    Diagnostic::new("agents-shape", &Place { source: source.clone(), span }, message).nearest(near)
}

/// The place of the deepest part of a path that was written.
pub(super) fn locate(tree: &Table, path: &[Step]) -> Option<Place> {
    let mut best = None;
    let mut table = Some(tree);
    let mut list: Option<&[Node]> = None;
    for step in path {
        let node = match step {
            Step::Key(key) => {
                let Some(entry) = table.and_then(|t| t.get(key)) else { break };
                best = Some(entry.node.place.clone());
                if matches!(entry.node.value, Value::Table(_)) {
                    best = Some(entry.key_place.clone());
                }
                &entry.node
            }
            Step::At(k) => {
                let Some(node) = list.and_then(|l| l.get(*k)) else { break };
                best = Some(node.place.clone());
                node
            }
        };
        (table, list) = (node.table(), node.list());
    }
    best
}
