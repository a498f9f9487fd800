//! The list against all pairs, after any change, and what makes it stale.

use super::*;
use crate::store::Kind;

/// Against all pairs, with ids against memory order, and with every fifth cell loose.
#[test]
fn the_half_list_has_each_pair_once_in_order_of_ids() {
    let (mut cells, parameters) = crate::cases::strip(20, 9, 4.0, 0.9).unwrap();
    let n = cells.len();
    let order: Vec<u32> = (0..n as u32).map(|i| (i * 77 + 5) % n as u32).collect();
    cells.reorder(&order).unwrap();
    for i in 0..n {
        cells.radius[i] = 3.0 + 0.02 * (i % 180) as f64;
        cells.kind[i] = Kind(u8::from(i % 5 == 0));
    }
    let positions: Vec<Vec3> = (0..n).map(|i| cells.at(i)).collect();
    for loose_kinds in [[false, false], [false, true]] {
        let loose = |i: usize| loose_kinds[usize::from(cells.kind[i].0)];
        let near = |i: usize, j: usize| {
            let cutoff = parameters.reach * (cells.radius[i] + cells.radius[j]) + parameters.numerics.skin;
            parameters.domain.distance(positions[i], positions[j]) <= cutoff
        };
        let mut expected = Vec::new();
        for i in (0..n).filter(|&i| !loose(i)) {
            for j in (0..n).filter(|&j| cells.id[i] < cells.id[j] && !loose(j) && near(i, j)) {
                expected.push([i as u32, j as u32]);
            }
        }
        expected.sort_by_key(|p| p.map(|i| cells.id[i as usize]));
        let mut list = PairList::default();
        list.refresh(&parameters, &cells, &positions, &loose_kinds);
        assert!(expected.len() > 300);
        assert_eq!(list.pairs(), expected.as_slice());
    }
}

/// Whatever moves, grows, comes, goes, changes its kind or its place in memory, the list has the pairs within range
/// that a new one has, in the same order, whether patched or built anew; and it is mostly patched.
#[test]
fn a_patched_list_is_as_good_as_a_new_one() {
    let (mut cells, parameters) = crate::cases::strip(30, 12, 4.0, 0.9).unwrap();
    let loose_kinds = [false, true];
    let seed = exoderm_numeric::random::Seed::new(4, 0);
    let mut list = PairList::default();
    let (mut patched, mut extras) = (0, 0);
    for step in 0..400 {
        let mut s = seed.stream(0, step, 7);
        for _ in 0..s.below(4) {
            let i = s.below(cells.len());
            match s.below(8) {
                0 => cells.remove(i),
                1 => {
                    let cell = crate::store::NewCell::sphere(Kind(0), cells.at(i), s.range(2.0, 7.0));
                    cells.add(cell).unwrap();
                }
                2 => cells.kind[i] = Kind(s.below(2) as u8),
                3 => cells.set_volume(i, cells.volume[i] * s.range(0.5, 2.0)),
                4 => cells.position[0][i] = s.range(0.0, 240.0),
                _ => cells.position[2][i] += s.range(-2.0, 2.0),
            }
        }
        for x in &mut cells.position[0] {
            *x += s.range(-0.05, 0.05);
        }
        cells.sweep();
        if step % 90 == 89 {
            cells.sort_spatial(20.0, &mut crate::store::SortBuffers::default()).unwrap();
        }
        let n = cells.len();
        let positions: Vec<Vec3> = (0..n).map(|i| parameters.domain.wrap(cells.at(i))).collect();
        list.refresh(&parameters, &cells, &positions, &loose_kinds);
        let mut new = PairList::default();
        new.refresh(&parameters, &cells, &positions, &loose_kinds);
        let in_range = |l: &PairList| -> Vec<[u32; 2]> {
            let near = |p: &&[u32; 2]| {
                let [i, j] = p.map(|i| i as usize);
                let range = parameters.reach * (cells.radius[i] + cells.radius[j]);
                parameters.domain.distance(positions[i], positions[j]) < range
            };
            l.pairs().iter().filter(near).copied().collect()
        };
        assert_eq!(in_range(&list), in_range(&new), "step {step}");
        assert!(list.pairs().is_sorted_by_key(|p| p.map(|i| cells.id[i as usize])));
        assert_eq!(list.listed(), new.listed());
        let near = |l: &PairList| {
            let mut found = Vec::new();
            l.each_near(&parameters.domain, [100.0, 6.0, 40.0], 15.0, |i| {
                if parameters.domain.distance(positions[i], [100.0, 6.0, 40.0]) < 15.0 {
                    found.push(i);
                }
            });
            found.sort_unstable();
            found
        };
        assert_eq!(near(&list), near(&new));
        assert!((0..n).all(|i| cells.radius[i] <= list.largest_radius() || list.loose[i]));
        patched += u32::from(!list.extra.is_empty());
        extras = extras.max(list.extra.len());
    }
    assert!(patched > 200 && extras > 10, "{patched} {extras}");
}

#[test]
fn only_cells_that_push_make_the_list_stale() {
    let (mut cells, parameters) = crate::cases::strip(10, 5, 4.0, 0.0).unwrap();
    cells.kind[7] = Kind(1);
    let mut positions: Vec<Vec3> = (0..cells.len()).map(|i| cells.at(i)).collect();
    let mut list = PairList::default();
    list.refresh(&parameters, &cells, &positions, &[false, true]);
    positions[7][0] += 30.0;
    list.refresh(&parameters, &cells, &positions, &[false, true]);
    assert_ne!(list.reference[7].0, positions[7], "a loose cell may run");
    positions[8][0] += 0.8;
    list.refresh(&parameters, &cells, &positions, &[false, true]);
    assert_eq!(list.reference[8].0, positions[8], "half the skin is 0.75");
    cells.kind[7] = Kind(0);
    list.refresh(&parameters, &cells, &positions, &[false, true]);
    assert_eq!(list.reference[7].0, positions[7], "a cell that begins to push is listed");
    positions[9][1] = f64::NAN;
    list.refresh(&parameters, &cells, &positions, &[false, true]);
    assert!(list.reference[9].0[1].is_nan(), "not a number is never fresh");
}
