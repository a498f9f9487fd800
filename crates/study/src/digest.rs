//! Fingerprints of a tissue's state, by which runs are compared: across threads, resumes and arms.

use exoderm_record::digest::digest_f64;
use exoderm_tissue::State;
use serde::Serialize;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Name and digest of each column of the cells (in the order of ids), of each field and of what else a state holds
/// (32 or, for columns of cells, 16 hexadecimal digits). A difference names the culprit.
///
/// Left out: the parameters and the step size of the mechanics, which are no result, and the snapshots, which repeat
/// what is here at other times.
pub fn parts(state: &State) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = exoderm_cell::digest::digest(&state.cells)
        .into_iter()
        .map(|(name, hash)| (format!("cells.{name}"), format!("{hash:016x}")))
        .collect();
    let mut fields = |name: &str, arrays: &[Vec<f64>]| {
        for (i, values) in arrays.iter().enumerate() {
            all.push((format!("{name}.{i}"), digest_f64(values)));
        }
    };
    fields("substrate", &state.substrates);
    fields("free", &state.free);
    fields("bound", &state.bound);
    for (name, values) in [
        ("collagen1", &state.collagen1),
        ("collagen3", &state.collagen3),
        ("fibrin", &state.fibrin),
        ("debris", &state.debris),
        ("basement", &state.basement),
    ] {
        all.push((name.to_owned(), digest_f64(values)));
    }
    all.push(("tick".to_owned(), of(&state.tick)));
    all.push(("region".to_owned(), of(&(state.grid, &state.region))));
    all.push(("wound".to_owned(), of(&state.wound)));
    all.push(("dressing".to_owned(), of(&state.dressing)));
    for (i, d) in state.dissolved.iter().enumerate() {
        all.push((format!("dissolved.{i}"), of(d)));
    }
    all.push(("flows".to_owned(), of(&state.flows)));
    all.push(("series".to_owned(), of(&state.series)));
    all
}

/// One digest (xxh3-128, 32 hexadecimal digits) over all [`parts`].
pub fn state(state: &State) -> String {
    let mut hasher = Xxh3::new();
    for (name, digest) in parts(state) {
        hasher.update(name.as_bytes());
        hasher.update(digest.as_bytes());
    }
    format!("{:032x}", hasher.digest128())
}

/// Digest of any value through its encoding in a checkpoint; numbers count by their bits.
pub(crate) fn of<T: Serialize + ?Sized>(value: &T) -> String {
    // Encoding fails only for types whose serialisation does; ours are derived. Such a failure is part of the digest.
    let bytes = postcard::to_stdvec(value).unwrap_or_else(|e| e.to_string().into_bytes());
    format!("{:032x}", xxh3_128(&bytes))
}
