//! The arrays stay consistent whatever is done to them.

use exoderm_cell::store::SortBuffers;
use exoderm_cell::*;
use exoderm_numeric::random::Seed;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Action {
    Add(f64),
    Divide(usize),
    Remove(usize),
    Kill(usize),
    Sweep,
    Sort,
    Reverse,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => (0.0..100.0).prop_map(Action::Add),
        3 => any::<usize>().prop_map(Action::Divide),
        2 => any::<usize>().prop_map(Action::Remove),
        1 => any::<usize>().prop_map(Action::Kill),
        2 => Just(Action::Sweep),
        1 => Just(Action::Sort),
        1 => Just(Action::Reverse),
    ]
}

proptest! {
    /// A tag that copies at division and equals the lineage must equal it for ever, ids never return, and the
    /// survivors are those of a simple bookkeeping by id.
    #[test]
    fn columns_stay_together(actions in prop::collection::vec(action(), 1..120)) {
        let mut cells = Cells::default();
        let tag = cells.register("tag", 0.0, OnDivision::Copy).unwrap();
        let mut book: BTreeMap<u64, bool> = BTreeMap::new();
        let mut buffers = SortBuffers::default();
        for a in actions {
            let pick = |k: usize| (!cells.is_empty()).then(|| k % cells.len());
            match a {
                Action::Add(x) => {
                    let i = cells.add(NewCell::sphere(Kind(1), [x, 1.0, 2.0], 4.0)).unwrap();
                    let id = cells.id[i];
                    cells.extra_mut(tag)[i] = id as f64;
                    prop_assert!(book.insert(id, false).is_none(), "an id came back");
                }
                Action::Divide(k) => if let Some(i) = pick(k) {
                    let next = cells.next_id();
                    let d = cells.divide(i, DivisionAxis::Random, &mut Seed::new(0, 0).stream(next, 0, 0));
                    prop_assert_eq!(cells.id[d], next);
                    // A mother flagged for removal has a daughter that is flagged too.
                    let doomed = book[&cells.id[i]];
                    prop_assert!(book.insert(next, doomed).is_none());
                },
                Action::Remove(k) => if let Some(i) = pick(k) {
                    cells.remove(i);
                    book.insert(cells.id[i], true);
                },
                Action::Kill(k) => if let Some(i) = pick(k) {
                    let doomed = cells.is_doomed(i);
                    cells.kill(i, Cause(1), 0.0);
                    prop_assert!(cells.is_doomed(i));
                    if !doomed {
                        book.insert(cells.id[i], true);
                    }
                },
                Action::Sweep => {
                    let gone = book.values().filter(|&&dead| dead).count();
                    prop_assert_eq!(cells.sweep(), gone);
                    book.retain(|_, dead| !*dead);
                }
                Action::Sort => cells.sort_spatial(7.0, &mut buffers).unwrap(),
                Action::Reverse => {
                    let order: Vec<u32> = (0..cells.len() as u32).rev().collect();
                    cells.reorder(&order).unwrap();
                }
            }
            cells.check().unwrap();
            let mut order = Vec::new();
            cells.ids_in_order(&mut order);
            let ids: Vec<u64> = order.iter().map(|&i| cells.id[i as usize]).collect();
            prop_assert_eq!(ids, book.keys().copied().collect::<Vec<_>>());
            for i in 0..cells.len() {
                prop_assert_eq!(cells.extra(tag)[i], cells.lineage[i] as f64);
                prop_assert!((store::volume_of(cells.radius[i]) / cells.volume[i] - 1.0).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn sorting_in_space_puts_bins_together() {
    let (mut cells, _) = cases::strip(30, 10, 4.0, 0.2).unwrap();
    cells.sort_spatial(16.0, &mut SortBuffers::default()).unwrap();
    let bins: Vec<[i64; 3]> =
        (0..cells.len()).map(|i| cells.at(i).map(|x| (x / 16.0).floor() as i64)).collect();
    assert!(bins.is_sorted());
}

#[test]
fn what_is_not_a_permutation_is_refused() {
    let (mut cells, _) = cases::strip(2, 2, 4.0, 0.0).unwrap();
    let before = digest::digest_all(&cells);
    for order in [vec![0, 1, 2], vec![0, 1, 2, 2], vec![0, 1, 2, 4]] {
        assert!(cells.reorder(&order).is_err());
    }
    assert_eq!(digest::digest_all(&cells), before);
}

#[test]
fn founders_and_columns_are_checked() {
    let mut cells = Cells::default();
    cells.register("a", 2.0, OnDivision::Copy).unwrap();
    assert_eq!(cells.register("a", 0.0, OnDivision::Copy), Err(CellError::DuplicateColumn("a".to_owned())));
    assert!(cells.add(NewCell::sphere(Kind(0), [0.0, f64::NAN, 0.0], 4.0)).is_err());
    assert!(cells.add(NewCell::sphere(Kind(0), [0.0; 3], 0.0)).is_err());
    assert!(cells.is_empty());
    cells.add(NewCell::sphere(Kind(0), [0.0; 3], 4.0)).unwrap();
    let late = cells.register("b", 7.0, OnDivision::Copy).unwrap();
    assert_eq!(cells.extra(late), &[7.0]);
    assert_eq!(cells.column_names().collect::<Vec<_>>(), vec!["a", "b"]);
    cells.radius.push(1.0);
    assert!(matches!(cells.check(), Err(CellError::Inconsistent(_))));
}

/// What lies before the edge is compressed towards 0, what lies beyond is shifted, and nothing tears at the edge.
#[test]
fn contraction_compresses_and_shifts() {
    let mut cells = Cells::default();
    for x in [0.0, 50.0, 99.999_999, 100.0, 250.0] {
        cells.add(NewCell::sphere(Kind(0), [x, 0.0, 0.0], 4.0)).unwrap();
    }
    cells.translate_scale(100.0, 20.0).unwrap();
    for (found, expected) in cells.position[0].iter().zip([0.0, 40.0, 80.0, 80.0, 230.0]) {
        assert!((found - expected).abs() < 1e-5);
    }
    for (edge, shrink) in [(0.0, 0.0), (10.0, 10.0), (10.0, -1.0), (f64::NAN, 1.0)] {
        assert!(cells.translate_scale(edge, shrink).is_err());
    }
}
