//! Any bytes give a histogram or a mistake with a place; nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match exoderm_import::nta::read("fuzz.csv", bytes) {
        Ok(h) => assert!(h.diameters.windows(2).all(|w| w[0] < w[1]) && h.widths.iter().all(|w| *w > 0.0)),
        Err(d) => assert!(!d.is_empty() && !d.render(false).is_empty()),
    }
});
