//! Any bytes give a sound network or a mistake with a place; nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match exoderm_import::sbml::read("fuzz.xml", bytes) {
        Ok(m) => assert!(m.network.check().is_ok()),
        Err(d) => assert!(!d.is_empty() && !d.render(false).is_empty()),
    }
});
