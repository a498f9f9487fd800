//! Documents name rows of the ledger by key: each must be there.

#![allow(clippy::unwrap_used)]

use exoderm_ledger::Ledger;
use std::path::Path;

/// A page that names a row that is gone, or misspells one, tells its reader nothing.
#[test]
fn every_key_in_exosomes_md_exists() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exosomes.md");
    let text = std::fs::read_to_string(file).unwrap();
    let mut keys = 0;
    for part in text.split('@').skip(1) {
        let key: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let ledger = Ledger::builtin();
        assert!(ledger.get(&key).is_some(), "@{key}; nearest is {:?}", ledger.nearest(&key));
        keys += 1;
    }
    assert!(keys > 50, "only {keys} keys were found: the page or this test has changed its form");
}
