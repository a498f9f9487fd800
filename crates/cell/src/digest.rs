//! A hash per column, with values in id order: two runs agree if and only if all hashes do, and a difference
//! names the column.

use crate::store::Cells;
use exoderm_numeric::random::philox;

/// Name and hash of one column.
pub type ColumnDigest = (String, u64);

/// Hashes of everything that a run's future depends on.
pub fn digest(cells: &Cells) -> Vec<ColumnDigest> {
    let mut order = Vec::new();
    cells.ids_in_order(&mut order);
    let mut all = Vec::new();
    let mut add = |name: &str, bits: &mut dyn FnMut(usize) -> u64| {
        let hash = order.iter().fold(0x45_58_4f_44, |h, &i| mix(h, bits(i as usize)));
        all.push((name.to_owned(), hash));
    };
    add("id", &mut |i| cells.id[i]);
    add("lineage", &mut |i| cells.lineage[i]);
    add("kind", &mut |i| u64::from(cells.kind[i].0));
    add("phase", &mut |i| u64::from(cells.phase[i]));
    add("birth_tick", &mut |i| u64::from(cells.birth_tick[i]));
    add("flags", &mut |i| u64::from(cells.flags[i]));
    add("death_cause", &mut |i| u64::from(cells.death_cause[i].0));
    add("contacts", &mut |i| u64::from(cells.contacts[i]));
    add("quiet", &mut |i| u64::from(cells.quiet[i]));
    for (name, values) in [
        ("radius", &cells.radius),
        ("volume", &cells.volume),
        ("target_volume", &cells.target_volume),
        ("age", &cells.age),
        ("phase_clock", &cells.phase_clock),
        ("death_clock", &cells.death_clock),
        ("pressure", &cells.pressure),
        ("anchor_radius", &cells.anchor_radius),
    ] {
        add(name, &mut |i| values[i].to_bits());
    }
    for (name, vectors) in [
        ("position", &cells.position),
        ("velocity", &cells.velocity),
        ("active", &cells.active),
        ("direction", &cells.direction),
        ("free_edge", &cells.free_edge),
        ("anchor", &cells.anchor),
    ] {
        for (axis, values) in ["x", "y", "z"].iter().zip(vectors) {
            add(&format!("{name}.{axis}"), &mut |i| values[i].to_bits());
        }
    }
    for name in cells.column_names() {
        if let Some(column) = cells.column(name) {
            let values = cells.extra(column);
            add(&format!("extra.{name}"), &mut |i| values[i].to_bits());
        }
    }
    all.push(("next_id".to_owned(), cells.next_id()));
    all
}

/// One hash over all columns.
pub fn digest_all(cells: &Cells) -> u64 {
    digest(cells).iter().fold(0, |h, (_, column)| mix(h, *column))
}

/// Philox as a mixing function: the running hash is the counter, the new word the key.
fn mix(hash: u64, word: u64) -> u64 {
    let b = philox([hash as u32, (hash >> 32) as u32, 0, 0], [word as u32, (word >> 32) as u32]);
    u64::from(b[0]) | u64::from(b[1]) << 32
}
