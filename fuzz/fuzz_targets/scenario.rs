//! A scenario file of any bytes compiles or gives mistakes; it never panics, hangs or allocates a mesh.
#![no_main]

use exoderm_ledger::Ledger;
use exoderm_model::{
    Calibration, Input, Library, LibraryFile, Networks, check_summary, compile, decode, from_resolved_toml, resolved_toml,
};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

const MOUSE: &str = include_str!("../../scenarios/profiles/mouse-back.toml");

fuzz_target!(|bytes: &[u8]| {
    let text = match decode("fuzz.toml", bytes) {
        Ok(text) => text,
        Err(d) => {
            assert!(!d.render(true).is_empty());
            return;
        }
    };
    let calibration = Calibration::default();
    let library = Library {
        files: vec![LibraryFile {
            name: "mouse-back".to_owned(),
            path: "mouse-back.toml".to_owned(),
            text: MOUSE.to_owned(),
        }],
        ledger: Ledger::builtin(),
        calibration: &calibration,
        networks: Networks::default(),
    };
    // The first line doubles as a setting, so that settings are fuzzed too.
    let sets: Vec<String> = text.lines().take(1).filter(|l| l.starts_with("# ")).map(|l| l[2..].to_owned()).collect();
    let none = BTreeMap::new();
    let input = Input {
        path: "fuzz.toml",
        text: &text,
        library: &library,
        sets: &sets,
        ledger_overrides: &none,
        path_overrides: &none,
    };
    match compile(&input) {
        Ok(s) => {
            let _ = check_summary(&s);
            let written = resolved_toml(&s).expect("a compiled scenario can be written");
            assert_eq!(from_resolved_toml(&written).expect("and read back"), s);
        }
        Err(d) => assert!(!d.is_empty() && !d.render(false).is_empty()),
    }
});
