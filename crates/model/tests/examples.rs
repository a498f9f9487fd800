//! Every scenario of the repository compiles with the repository's fitted values.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use exoderm_ledger::Ledger;
use exoderm_model::{Calibration, Input, Library, LibraryFile, Networks, compile};
use std::collections::BTreeMap;
use std::path::Path;

fn texts(folder: &str) -> Vec<LibraryFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut paths: Vec<_> =
        std::fs::read_dir(root.join(folder)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let file = |p: &std::path::PathBuf| LibraryFile {
        name: p.file_stem().unwrap().to_string_lossy().into_owned(),
        path: format!("{folder}/{}", p.file_name().unwrap().to_string_lossy()),
        text: std::fs::read_to_string(p).unwrap(),
    };
    paths.iter().map(file).collect()
}

#[test]
fn the_scenarios_compile() {
    let mut calibration = Calibration::default();
    for file in texts("data/calibration") {
        calibration.extend(Calibration::parse(&file.path, &file.text).map_err(|d| d.render(false)).unwrap());
    }
    let scenarios: Vec<LibraryFile> =
        ["scenarios/wounds", "scenarios/boxes"].into_iter().flat_map(texts).collect();
    let mut files = texts("scenarios/profiles");
    files.extend(scenarios.iter().cloned());
    let library = Library {
        files,
        ledger: Ledger::builtin(),
        calibration: &calibration,
        networks: Networks::default(),
    };
    let none = BTreeMap::new();
    assert!(scenarios.len() >= 2);
    // Files of networks are read by another crate; those scenarios are compiled in the tests of `study`.
    for file in scenarios.iter().filter(|f| !f.text.contains("\n[network.")) {
        let input = Input {
            path: &file.path,
            text: &file.text,
            library: &library,
            sets: &[],
            ledger_overrides: &none,
            path_overrides: &none,
        };
        let s = compile(&input).map_err(|d| d.render(false)).unwrap();
        assert_eq!(s.name, file.name);
    }
}
