#![no_main]
//! Settings and tables of PhysiCell, of any bytes: read or refused, never a panic.

use exoderm_import::physicell;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = physicell::parse("settings.xml", &text, Path::new("nowhere"));
    let small = include_str!("../../crates/import/tests/data/physicell/config/settings.xml");
    let small = small.replace("enabled=\"true\"><folder>", "enabled=\"false\"><folder>");
    if let Ok(project) = physicell::parse("settings.xml", &small, Path::new("nowhere")) {
        let _ = physicell::rules("rules.csv", &text, &project.model);
        let _ = physicell::cells("cells.csv", &text, &project.model);
        let _ = physicell::substrates("substrates.csv", &text, &project.model);
    }
});
