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
        let _ = physicell::substrates_mat("substrates.mat", data, &project.model);
        // The rest as the numbers of a matrix that fits.
        let mut fitting = Vec::new();
        [0_u32, 80, 5, 0, 1].iter().for_each(|x| fitting.extend(x.to_le_bytes()));
        fitting.push(b'M');
        fitting.extend_from_slice(data);
        fitting.resize(fitting.len().max(21 + 80 * 5 * 8), 0);
        let _ = physicell::substrates_mat("substrates.mat", &fitting, &project.model);
    }
});
