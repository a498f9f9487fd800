//! Networks inside cells: the file, the values that replace its own, what follows signals, what is recorded.
//!
//! Files are read first, all of them, so that rules and the inputs of other networks can name what a network shows. A file
//! that could not be read is one mistake: names of it are then not complained about.

use crate::diagnostics::Diagnostic;
use crate::fields::Kind;
use crate::merge::network_path;
use crate::network_file::{NetworkModel, Role, Symbol};
use crate::number::{Convert, Given, Want};
use crate::read_cells::entry_view;
use crate::read_rules::{signal, signal_unit};
use crate::reader::{Reader, View};
use crate::scenario::{
    CellNetwork, CellType, CellTypeId, NetworkDivision, NetworkId, NetworkInput, NetworkMethod, Signal,
};
use crate::tree::{Node, Table};
use exoderm_kinetics::discrete::Discrete;
use exoderm_kinetics::network::Network;
use std::collections::BTreeSet;

/// The implicit steps solve a dense system of this size at most.
const MOST_STATES: usize = 256;
/// Absolute error of a step relative to the largest amount at the start, unless stated.
const ABSOLUTE: f64 = 1e-9;
/// The same of a network that starts empty.
const ABSOLUTE_OF_NOTHING: f64 = 1e-12;

/// Reads the networks.
pub(crate) fn networks(reader: &mut Reader<'_>, cells: &[CellType]) -> Vec<CellNetwork> {
    let entries = reader.entries("network");
    let read: Vec<_> = entries.iter().map(|(name, view)| frame(reader, name, view)).collect();
    let outputs = |(n, (frame, model)): (usize, &(CellNetwork, Option<NetworkModel>))| {
        let list = model.as_ref().map_or(&[][..], |m| m.network.outputs.as_slice());
        let name = frame.name.clone();
        list.iter().enumerate().map(move |(k, o)| (format!("{name}.{}", o.name), (NetworkId(n), k))).collect()
    };
    let unread = read.iter().filter(|(_, model)| model.is_none()).map(|(frame, _)| frame.name.clone());
    let known: Vec<Vec<_>> = read.iter().enumerate().map(outputs).collect();
    reader.set_network_outputs(known.concat(), unread.collect());
    let carriers: Vec<Vec<CellTypeId>> = read.iter().map(|(frame, _)| frame.cells.clone()).collect();
    let mut out = Vec::with_capacity(read.len());
    for ((_, view), (mut network, model)) in entries.iter().zip(read) {
        if let Some(model) = model {
            network.inputs = inputs(reader, view, &model, &network.cells, &carriers, cells);
            network.recorded = recorded(reader, view, &model.network);
            let start = model.network.states.iter().map(|q| q.value.abs()).fold(0.0, f64::max);
            if network.absolute.is_nan() && !view.has("absolute") {
                network.absolute = if start > 0.0 { ABSOLUTE * start } else { ABSOLUTE_OF_NOTHING };
            }
            let open: Vec<usize> = network.inputs.iter().map(|i| i.parameter).collect();
            if network.method == NetworkMethod::Exact
                && let Some(node) = view.node("file")
                && let Err(e) = Discrete::with_open(&model.network, &open)
            {
                let message = format!("`{}` can't be simulated event by event: {e}", network.name);
                let d = Diagnostic::new("network", &node.place, message)
                    .help("`method = \"implicit\"` takes it as equations");
                reader.report(d);
            }
            network.network = model.network;
        }
        out.push(network);
    }
    out
}

/// Everything but what refers to other networks; the model is missing if it could not be read.
fn frame<'a>(reader: &mut Reader<'a>, name: &str, view: &View<'a>) -> (CellNetwork, Option<NetworkModel>) {
    let cells: Vec<CellTypeId> = reader.name_list(view, "cells").into_iter().map(CellTypeId).collect();
    let method = match reader.choice(view, "method") {
        Some(1) => NetworkMethod::Explicit,
        Some(2) => NetworkMethod::Exact,
        _ => NetworkMethod::Implicit,
    };
    let division = match reader.choice(view, "division") {
        Some(1) => NetworkDivision::Binomial,
        _ => NetworkDivision::Copy,
    };
    if division == NetworkDivision::Binomial && method != NetworkMethod::Exact {
        let place = reader.place_of(&view.at("division"));
        let d = Diagnostic::new("network", &place, format!("`{name}` has no whole molecules to share out"))
            .help("`division = \"binomial\"` goes with `method = \"exact\"`");
        reader.report(d);
    }
    let tolerance = reader.num(view, "tolerance");
    let absolute = reader.num(view, "absolute");
    let stated = reader.opt(view, "time_unit");
    let model = reader.text(view, "file").and_then(|_| {
        let node = view.node("file")?;
        let path = network_path(reader.input.path, node)?;
        let model = open(reader, node, &path, &[])?;
        let time_unit = time_unit(reader, view, stated, &model)?;
        let set = values(reader, view, &model, time_unit)?;
        let model = if set.is_empty() { model } else { open(reader, node, &path, &set)? };
        if model.network.states.len() > MOST_STATES && method == NetworkMethod::Implicit {
            let n = model.network.states.len();
            let d = Diagnostic::new("network", &node.place, format!("`{name}` has {n} states"))
                .help(format!("at most {MOST_STATES} are possible; `method = \"explicit\"` takes more"));
            reader.report(d);
            return None;
        }
        Some((model, time_unit))
    });
    let time_unit = model.as_ref().map_or(f64::NAN, |m| m.1);
    let network = CellNetwork {
        name: name.to_owned(),
        cells,
        time_unit,
        network: Network::default(),
        inputs: Vec::new(),
        recorded: Vec::new(),
        method,
        division,
        tolerance,
        absolute,
    };
    (network, model.map(|m| m.0))
}

/// Reads a file with values to set.
fn open(reader: &mut Reader<'_>, node: &Node, path: &str, set: &[(String, f64)]) -> Option<NetworkModel> {
    let networks = &reader.input.library.networks;
    let (Some(file), Some(read)) = (networks.files.iter().find(|f| f.path == path), networks.read) else {
        let known = networks.files.iter().map(|f| f.path.as_str());
        let nearest = reader.suggest(path, known);
        let d = Diagnostic::new(
            "network",
            &node.place,
            format!("there is no file `{path}`, or it can't be read"),
        )
        .nearest(nearest)
        .help("the path is relative to the file that it stands in");
        reader.report(d);
        return None;
    };
    match read(path, &file.text, set) {
        Ok(model) => {
            if let Err(error) = model.network.check() {
                let d =
                    Diagnostic::new("network", &node.place, format!("`{path}` can't be simulated: {error}"))
                        .help("`exoderm network FILE` shows the model alone");
                reader.report(d);
                return None;
            }
            Some(model)
        }
        Err(mistakes) => {
            for d in mistakes.list {
                reader.report(d);
            }
            None
        }
    }
}

/// The network's unit of time (min): the scenario's word, the file's, and both the same where both speak.
fn time_unit(
    reader: &mut Reader<'_>,
    view: &View<'_>,
    stated: Option<f64>,
    model: &NetworkModel,
) -> Option<f64> {
    let place = reader.place_of(&view.at("time_unit"));
    match (stated, model.time_unit) {
        (Some(a), Some(b)) if (a - b).abs() > 1e-9 * b => {
            let message = format!("`time_unit` is {a} min, but the file counts time in {b} min");
            let d = Diagnostic::new("network", &place, message)
                .help("leave `time_unit` out, or correct the unit of time in the file");
            reader.report(d);
            None
        }
        (Some(a), _) => Some(a),
        (None, Some(b)) => Some(b),
        (None, None) if view.has("time_unit") => None, // reported
        (None, None) => {
            let d = Diagnostic::new("network", &view.place, format!("`{}` needs a `time_unit`", view.path))
                .label("the file does not say what its time is in")
                .help("as in time_unit = \"1 s\"");
            reader.report(d);
            None
        }
    }
}

/// Finds a name of a network; one that is not there is reported.
fn symbol<'m>(
    reader: &mut Reader<'_>,
    model: &'m NetworkModel,
    key: &str,
    node: &Node,
    fits: fn(Role) -> bool,
) -> Option<&'m Symbol> {
    let found = model.symbols.iter().find(|s| s.name == key);
    if found.is_none() {
        let names = || model.symbols.iter().filter(|s| fits(s.role)).map(|s| s.name.as_str());
        let nearest = reader.suggest(key, names());
        let list: Vec<&str> = names().take(24).collect();
        let d = Diagnostic::new("unknown-name", &node.place, format!("the network has no `{key}`"))
            .nearest(nearest)
            .help(if list.is_empty() {
                "none would fit".to_owned()
            } else {
                format!("available: {}", list.join(", "))
            });
        reader.report(d);
    }
    found
}

/// Values to use instead of the file's; all others are listed with the place where the file gives them.
fn values<'a>(
    reader: &mut Reader<'a>,
    view: &View<'a>,
    model: &NetworkModel,
    time_unit: f64,
) -> Option<Vec<(String, f64)>> {
    let mistakes = reader.mistakes();
    let Kind::NumberOf(_, spec) = view.field("values").kind else { return None };
    let convert: Convert = Box::new(move |g: &Given| in_network_time(g, time_unit));
    let mut set = Vec::new();
    let mut written = BTreeSet::new();
    if let Some(node) = view.node("values").filter(|n| n.table().is_none()) {
        reader.wrong_type(node, "values", "a table with a number per name of the network");
    }
    let table = view.node("values").and_then(Node::table);
    for entry in table.into_iter().flat_map(Table::iter) {
        let key_node = Node { place: entry.key_place.clone(), ..entry.node.clone() };
        let Some(s) = symbol(reader, model, &entry.key, &key_node, |r| r != Role::Assigned) else { continue };
        if s.role == Role::Assigned {
            let message = format!("`{}` can't be set: a rule of the network says what it is", s.name);
            let d =
                Diagnostic::new("network", &entry.key_place, message).help("set what the rule depends on");
            reader.report(d);
            continue;
        }
        written.insert(s.name.clone());
        let want = Want {
            expected: "a number without unit, or with a unit of time only".to_owned(),
            example: spec.example.to_owned(),
            limit: spec.limit,
            nature: spec.nature,
            convert: &*convert,
        };
        let path = format!("{}.{}", view.at("values"), entry.key);
        set.extend(reader.number(&entry.node, &path, &want).map(|x| (s.name.clone(), x)));
    }
    let fed = view.node("inputs").and_then(Node::table);
    for s in model.symbols.iter().filter(|s| !written.contains(&s.name)) {
        let counts = match s.role {
            Role::Given { .. } => !fed.is_some_and(|t| t.has(&s.name)),
            // That something is absent at the start is no number of biology.
            Role::Changes | Role::InChanging => s.value != 0.0,
            Role::Assigned => false,
        };
        if counts {
            let path = format!("{}.{}", view.at("values"), s.name);
            set.extend(reader.number_of_file(&path, &s.place, s.value).map(|x| (s.name.clone(), x)));
        }
    }
    (reader.mistakes() == mistakes).then_some(set)
}

/// A pure number as it stands; a rate or a time in the network's unit of time.
fn in_network_time(given: &Given, time_unit: f64) -> Option<f64> {
    let [length, time, mass, amount, temperature, count] = given.quantity.dimension.exponents();
    if [length, mass, amount, temperature, count] != [0; 5] {
        return None;
    }
    let scale = if time > 0 { 1.0 / time_unit } else { time_unit };
    Some((0..time.unsigned_abs()).fold(given.quantity.value, |x, _| x * scale))
}

/// Parameters that follow signals.
fn inputs<'a>(
    reader: &mut Reader<'a>,
    view: &View<'a>,
    model: &NetworkModel,
    own: &[CellTypeId],
    carriers: &[Vec<CellTypeId>],
    cells: &[CellType],
) -> Vec<NetworkInput> {
    let map = reader.group(view, "inputs");
    let given = |r: Role| matches!(r, Role::Given { .. });
    let mut out = Vec::new();
    for entry in map.table.into_iter().flat_map(Table::iter) {
        let key_node = Node { place: entry.key_place.clone(), ..entry.node.clone() };
        let symbol = symbol(reader, model, &entry.key, &key_node, given);
        let input = entry_view(&map, &entry.key);
        let signal = signal(reader, &input);
        let unit = signal.and_then(|s| unit(reader, &input, s));
        let role = symbol.map(|s| s.role);
        if view.node("values").and_then(Node::table).is_some_and(|t| t.has(&entry.key)) {
            let message = format!("`{}` follows a signal, and has a value as well", entry.key);
            let d = Diagnostic::new("network", &entry.key_place, message).help("leave one of them out");
            reader.report(d);
        }
        if let Some(Role::Changes | Role::Assigned | Role::InChanging) = role {
            let (why, help) = match role {
                Some(Role::Changes) => (
                    "changes by reactions or a rate of the network",
                    "let a parameter of its production follow the signal, or give it boundaryCondition=\"true\"",
                ),
                Some(Role::Assigned) => {
                    ("is what a rule of the network says", "feed what the rule depends on")
                }
                _ => ("is a concentration in a compartment that changes", "feed a parameter or an amount"),
            };
            let message = format!("`{}` can't follow a signal: it {why}", entry.key);
            reader.report(Diagnostic::new("network", &entry.key_place, message).help(help));
        }
        let place = reader.place_of(&input.at("signal"));
        if let Some(signal) = signal {
            carried(reader, &place, signal, own, carriers, cells);
        }
        if let (Some(Role::Given { parameter, size }), Some(signal), Some(unit)) = (role, signal, unit) {
            let size = size.map_or(1.0, |k| model.network.parameters[k].value);
            out.push(NetworkInput { parameter, signal, factor: size / unit });
        }
    }
    out
}

/// What of a signal is 1 in the network.
fn unit<'a>(reader: &mut Reader<'a>, input: &View<'a>, signal: Signal) -> Option<f64> {
    let (convert, expected) = signal_unit(reader, signal);
    if input.has("unit") {
        return reader.opt_as(input, "unit", &convert, &expected);
    }
    let has_unit = match signal {
        Signal::Substrate(id) => !reader.units[id.0].dimension().is_none(),
        Signal::Age => true,
        _ => false,
    };
    if has_unit {
        let d = Diagnostic::new("missing-key", &input.place, format!("`{}` needs a `unit`", input.path))
            .label(format!("the signal is {expected}"))
            .help("it says what of the signal is 1 in the network, as in unit = \"1 ng/mL\"");
        reader.report(d);
        return None;
    }
    Some(1.0)
}

/// Reports a signal that is an output of a network which some of these cells do not carry.
pub(crate) fn carried(
    reader: &mut Reader<'_>,
    place: &crate::source::Place,
    signal: Signal,
    readers: &[CellTypeId],
    carriers: &[Vec<CellTypeId>],
    cells: &[CellType],
) {
    let Signal::Network(network, _) = signal else { return };
    // Names of types that could not be read are reported there.
    let Some(carriers) = carriers.get(network.0).filter(|c| !c.is_empty()) else { return };
    let without: Vec<&str> = readers
        .iter()
        .filter(|c| !carriers.contains(c))
        .filter_map(|c| cells.get(c.0))
        .map(|c| c.name.as_str())
        .collect();
    if !without.is_empty() {
        let name = reader.entries("network").get(network.0).map_or_else(String::new, |(n, _)| n.clone());
        let message = format!("the network `{name}` is not carried by: {}", without.join(", "));
        let d = Diagnostic::new("network", place, message)
            .help(format!("add them to `cells` of [network.{name}]"));
        reader.report(d);
    }
}

/// Outputs to be recorded.
fn recorded<'a>(reader: &mut Reader<'a>, view: &View<'a>, network: &Network) -> Vec<usize> {
    if !view.has("record") {
        return (0..network.outputs.len()).collect();
    }
    let mut out = Vec::new();
    for (name, place) in reader.texts(view, "record") {
        match network.outputs.iter().position(|o| o.name == name) {
            Some(k) if out.contains(&k) => {}
            Some(k) => out.push(k),
            None => {
                let names = || network.outputs.iter().map(|o| o.name.as_str());
                let nearest = reader.suggest(&name, names());
                let message = format!("the network has no species or variable of a rule `{name}`");
                let d = Diagnostic::new("unknown-name", &place, message)
                    .nearest(nearest)
                    .help(format!("available: {}", names().take(24).collect::<Vec<_>>().join(", ")));
                reader.report(d);
            }
        }
    }
    out
}
