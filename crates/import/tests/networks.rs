//! Networks of a scenario: what a person sees for each mistake, units, values and their sources, files of any bytes.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use exoderm_import::sbml::for_cells;
use exoderm_ledger::Ledger;
use exoderm_model::scenario::{NetworkId, NetworkMethod, Scenario, Signal, SubstrateId};
use exoderm_model::{
    Calibration, Diagnostics, Input, Library, NetworkFile, Networks, compile, from_resolved_toml,
    network_files, resolved_toml, scenario_hash,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SWITCH: &str = include_str!("../../../scenarios/boxes/network-switch.xml");
const RECEPTOR: &str = include_str!("data/sbml/receptor.xml");
const GROWTH: &str = include_str!("data/sbml/growth.xml");

const BOX: &str = r#"format = 1
[run]
horizon = "1 h"
[tissue]
kind = "box"
size = ["100 um", "100 um", "100 um"]
voxel = "10 um"
[substrate.tnf]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "0 1/s"
resting = "2 ng/mL"
[mechanics]
stiffness = "1 1/min"
[cell.a]
place = "free"
radius = "5 um"
[cell.b]
place = "free"
radius = "5 um"
[network.switch]
file = "models/switch.xml"
cells = ["a"]
inputs.input = { signal = "substrate:tnf", unit = "0.5 ng/mL" }
record = ["B", "A"]
[rule.r]
cells = ["a"]
signal = "network:switch.B"
behaviour = "death"
saturation = "1 1/h"
half = 0.4
"#;

fn library(files: &[(&str, &str)]) -> Vec<NetworkFile> {
    let file = |(path, text): &(&str, &str)| NetworkFile { path: (*path).into(), text: (*text).into() };
    files.iter().map(file).collect()
}

fn compiled(
    text: &str,
    files: &[(&str, &str)],
    paths: &BTreeMap<String, f64>,
) -> Result<Scenario, Diagnostics> {
    let calibration = Calibration::default();
    let library = Library {
        files: Vec::new(),
        ledger: Ledger::builtin(),
        calibration: &calibration,
        networks: Networks { files: library(files), read: Some(for_cells) },
    };
    assert!(network_files("my/box.toml", text, &library, &[]).len() <= 2);
    let none = BTreeMap::new();
    compile(&Input {
        path: "my/box.toml",
        text,
        library: &library,
        sets: &[],
        ledger_overrides: &none,
        path_overrides: paths,
    })
}

fn run(text: &str, network: &str) -> Result<Scenario, Diagnostics> {
    compiled(text, &[("my/models/switch.xml", network)], &BTreeMap::new())
}

/// The box with replacements, which must be there to be replaced.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = BOX.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in the box");
        text = text.replacen(from, to, 1);
    }
    text
}

#[test]
fn a_network_is_read_with_its_inputs_and_outputs() {
    let s = run(BOX, SWITCH).unwrap_or_else(|d| panic!("{d}"));
    let n = &s.networks[0];
    assert_eq!(
        (n.time_unit, n.method, n.cells.len()),
        (1.0, NetworkMethod::Implicit, 1),
        "the file counts in minutes"
    );
    let name = |p: usize| n.network.parameters[p].name.as_str();
    let input = n.inputs[0];
    assert_eq!((name(input.parameter), input.signal), ("input", Signal::Substrate(SubstrateId(0))));
    assert_eq!(input.factor, 2.0, "1 of the network is half a nanogram");
    let output = |k: usize| n.network.outputs[k].name.as_str();
    assert_eq!(n.recorded.iter().map(|&k| output(k)).collect::<Vec<_>>(), ["B", "A"]);
    let Signal::Network(NetworkId(0), k) = s.rules[0].signal else { panic!("{:?}", s.rules[0].signal) };
    assert_eq!(output(k), "B");
    // What is compiled is written and read to the same bits, and is part of what the hash tells apart.
    let written = resolved_toml(&s).unwrap();
    assert_eq!(from_resolved_toml(&written).unwrap(), s);
    let other = run(BOX, &SWITCH.replace("\"k_B\" value=\"0.01\"", "\"k_B\" value=\"0.02\"")).unwrap();
    assert_ne!(scenario_hash(&other), scenario_hash(&s));
}

/// Law 2: every number of the file is listed with its line, can be replaced, and can be drawn.
#[test]
fn numbers_of_the_file_are_assumptions_with_a_place() {
    let s = run(
        &changed(&[(
            "record",
            "values.k_B = { value = \"0.6 1/h\", range = [\"0.1 1/h\", \"1 1/h\"] }\nrecord",
        )]),
        SWITCH,
    )
    .unwrap_or_else(|d| panic!("{d}"));
    let row = |s: &Scenario, name: &str| {
        s.provenance.iter().find(|p| p.path == format!("network.switch.values.{name}")).cloned().unwrap()
    };
    let d_a = row(&s, "d_A");
    assert_eq!((d_a.file.as_str(), d_a.line, d_a.value), ("my/models/switch.xml", 25, 0.1));
    // A rate with its unit is read in the network's unit of time, here minutes.
    let k_b = row(&s, "k_B");
    assert!((k_b.value - 0.01).abs() < 1e-15 && k_b.file == "my/box.toml", "{k_b:?}");
    assert!(s.provenance.iter().all(|p| p.path != "network.switch.values.input"), "it follows a signal");
    let paths = BTreeMap::from([
        ("network.switch.values.d_A".to_owned(), 0.2),
        ("network.switch.values.k_B".to_owned(), 0.5),
    ]);
    let text = changed(&[("record", "values.k_B = 0.3\nrecord")]);
    let s = compiled(&text, &[("my/models/switch.xml", SWITCH)], &paths).unwrap_or_else(|d| panic!("{d}"));
    let value = |name: &str| s.networks[0].network.parameters.iter().find(|p| p.name == name).unwrap().value;
    assert_eq!((value("d_A"), value("k_B")), (0.2, 0.5));
}

/// A species given as a concentration is an amount inside: the input carries the size of its compartment.
#[test]
fn concentrations_are_fed_through_the_size_of_their_compartment() {
    let large = SWITCH.replace("spatialDimensions=\"3\" size=\"1\"", "spatialDimensions=\"3\" size=\"4\"");
    let s = run(BOX, &large).unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(s.networks[0].inputs[0].factor, 8.0);
}

#[test]
fn the_unit_of_time_is_stated_once() {
    let silent = SWITCH.replace(" timeUnits=\"minute\"", "");
    let e = run(BOX, &silent).unwrap_err().to_string();
    assert!(e.contains("needs a `time_unit`") && e.contains("my/box.toml:21:10"), "{e}");
    let stated = changed(&[("cells = [\"a\"]\ninputs", "cells = [\"a\"]\ntime_unit = \"1 h\"\ninputs")]);
    assert_eq!(run(&stated, &silent).unwrap_or_else(|d| panic!("{d}")).networks[0].time_unit, 60.0);
    let e = run(&stated, SWITCH).unwrap_err().to_string();
    assert!(e.contains("`time_unit` is 60 min, but the file counts time in 1 min"), "{e}");
}

fn snap(name: &str, changes: &[(&str, &str)]) {
    snap_file(name, changes, SWITCH);
}

fn snap_file(name: &str, changes: &[(&str, &str)], network: &str) {
    let found = run(&changed(changes), network).map(|s| s.name).expect_err("must not compile");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => true }, {
        insta::assert_snapshot!(name, found.to_string());
    });
}

/// The contract: file, line, column, what was expected, the nearest valid name, one line of help.
#[test]
fn mistakes_are_told_with_their_place() {
    snap("unknown_file", &[("models/switch.xml", "models/swich.xml")]);
    snap(
        "unknown_species",
        &[("network:switch.B", "network:switch.b"), ("[\"B\", \"A\"]", "[\"B\", \"AA\"]")],
    );
    snap("unknown_network", &[("network:switch.B", "network:swich.B")]);
    snap("unknown_signal", &[("substrate:tnf\", unit", "substrat:tnf\", unit")]);
    snap("unknown_substrate", &[("substrate:tnf\", unit", "substrate:tfn\", unit")]);
    snap("unknown_cell", &[("cells = [\"a\"]\ninputs", "cells = [\"aa\"]\ninputs")]);
    snap("twice", &[("[rule.r]", "[network.switch]\nfile = \"x.xml\"\n[rule.r]")]);
    snap("unknown_input", &[("inputs.input", "inputs.inptu")]);
    snap("state_as_input", &[("inputs.input", "inputs.A")]);
    snap("input_without_unit", &[(", unit = \"0.5 ng/mL\"", "")]);
    snap("unit_of_another_kind", &[("0.5 ng/mL", "0.5 um")]);
    snap("values", &[("record", "values = { k_b = 0.1, d_A = \"3 um\", input = 1 }\nrecord")]);
    snap("not_carried", &[("[rule.r]\ncells = [\"a\"]", "[rule.r]\ncells = [\"a\", \"b\"]")]);
    snap("half_with_a_unit", &[("half = 0.4", "half = \"0.4 ng/mL\"")]);
    let event = "<listOfEvents><event id=\"e\"/></listOfEvents>\n    <listOfReactions>";
    snap_file("refused_element", &[], &SWITCH.replacen("<listOfReactions>", event, 1));
    snap_file("no_xml", &[], "<sbml");
    let paths = BTreeMap::from([("network.switch.values.k_C".to_owned(), 1.0)]);
    let e = compiled(BOX, &[("my/models/switch.xml", SWITCH)], &paths).unwrap_err().to_string();
    assert!(e.contains("`network.switch.values.k_C`") && e.contains("k_B"), "{e}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A network's file with bytes changed, cut or doubled compiles or gives mistakes; it never panics.
    #[test]
    fn damaged_files_give_mistakes(
        which in 0..3usize,
        cuts in prop::collection::vec((0.0..1.0f64, 0usize..40, "[<>/=\"a-zA-Z0-9 .&-]{0,6}"), 1..4),
    ) {
        let mut text = [SWITCH, RECEPTOR, GROWTH][which].to_owned();
        for (at, length, with) in cuts {
            let from = (0..=(at * text.len() as f64) as usize).rev().find(|&i| text.is_char_boundary(i)).unwrap();
            let to = (from..=(from + length).min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap();
            text.replace_range(from..to, &with);
        }
        match run(BOX, &text) {
            Ok(s) => prop_assert_eq!(from_resolved_toml(&resolved_toml(&s).unwrap()).unwrap(), s),
            Err(d) => prop_assert!(!d.list.is_empty() && !d.to_string().is_empty()),
        }
    }
}
