//! Cells at rest sleep, and wake when they should.

use exoderm_cell::vector::norm;
use exoderm_cell::*;
use exoderm_numeric::random::Seed;

/// A settled, mostly sleeping tissue.
fn asleep() -> (Cells, Mechanics) {
    let (mut cells, p) = cases::strip(40, 10, 4.0, 0.2).unwrap();
    let mut m = Mechanics::new(p).unwrap();
    for _ in 0..400 {
        if m.advance(&mut cells, 6.0).unwrap().awake == 0 {
            return (cells, m);
        }
    }
    panic!("tissue at rest never fell asleep");
}

fn awake(cells: &Cells) -> usize {
    (0..cells.len()).filter(|&i| !cells.is_asleep(i)).count()
}

/// A whole tissue sleeps, costs no evaluation, and lies where it would lie had it stayed awake.
#[test]
fn sleep_changes_positions_by_no_more_than_promised() {
    let (mut cells, mut m) = asleep();
    let (mut waking, mut p) = cases::strip(40, 10, 4.0, 0.2).unwrap();
    p.numerics.sleep = None;
    let mut never = Mechanics::new(p).unwrap();
    for _ in 0..400 {
        never.advance(&mut waking, 6.0).unwrap();
        m.advance(&mut cells, 6.0).unwrap();
    }
    let report = m.advance(&mut cells, 6.0).unwrap();
    assert_eq!((report.awake, report.evaluations), (0, 0));
    let worst = (0..cells.len())
        .map(|i| m.parameters().domain.distance(cells.at(i), waking.at(i)))
        .fold(0.0, f64::max);
    // 400 intervals of 6 min at less than 1e-4 um/min, and the tolerance of the way there.
    assert!(worst < 0.3, "{worst}");
}

/// A cell that pushes through sleepers gets as far as it would through waking ones, and leaves them alike.
#[test]
fn an_active_cell_wakes_those_it_pushes() {
    let (mut cells, mut m) = asleep();
    let (mut waking, mut never) = (cells.clone(), m.clone());
    let mut p = m.parameters().clone();
    p.numerics.sleep = None;
    never.set_parameters(p, &mut waking).unwrap();
    let i = cells.len() / 2 + 20;
    let start = cells.at(i);
    cells.active[0][i] = 3.0;
    waking.active[0][i] = 3.0;
    m.advance(&mut cells, 6.0).unwrap();
    never.advance(&mut waking, 6.0).unwrap();
    let few = awake(&cells);
    assert!(few > 1 && few < cells.len(), "{few}");
    for _ in 0..20 {
        m.advance(&mut cells, 6.0).unwrap();
        never.advance(&mut waking, 6.0).unwrap();
    }
    let far = norm(vector::sub(cells.at(i), start));
    assert!(far > 3.0, "it gets somewhere: {far}");
    for j in 0..cells.len() {
        let off = m.parameters().domain.distance(cells.at(j), waking.at(j));
        assert!(off < 0.3, "cell {j} is {off} off");
    }
    cells.active[0][i] = 0.0;
    for _ in 0..600 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    assert_eq!(awake(&cells), 0, "calm returns");
}

#[test]
fn growth_division_removal_placing_and_contraction_wake_the_neighbourhood() {
    let (cells, m) = asleep();
    let i = 200;
    let neighbours = |cells: &Cells| -> Vec<u64> {
        (0..cells.len())
            .filter(|&j| j != i && m.parameters().domain.distance(cells.at(i), cells.at(j)) < 9.0)
            .map(|j| cells.id[j])
            .collect()
    };
    let around = neighbours(&cells);
    assert!(around.len() >= 4);
    let wakes = |change: &dyn Fn(&mut Cells)| {
        let (mut cells, mut m) = (cells.clone(), m.clone());
        change(&mut cells);
        let report = m.advance(&mut cells, 0.5).unwrap();
        assert!(report.awake >= around.len());
        for &id in &around {
            let j = cells.index_of(id).unwrap();
            assert!(!cells.is_asleep(j), "cell {id} slept on");
        }
    };
    wakes(&|c| c.set_volume(i, 1.1 * c.volume[i]));
    wakes(&|c| {
        c.divide(i, DivisionAxis::Random, &mut Seed::new(1, 0).stream(c.id[i], 0, 0));
    });
    wakes(&|c| {
        c.remove(i);
        assert_eq!(c.sweep(), 1);
    });
    wakes(&|c| {
        let p = c.at(i);
        c.place(i, [p[0] + 100.0, p[1], p[2]]);
    });
    wakes(&|c| {
        let p = c.at(i);
        c.add(NewCell::sphere(Kind(0), [p[0] + 0.5, p[1], p[2]], 4.0)).unwrap();
    });
    wakes(&|c| c.translate_scale(300.0, 5.0).unwrap());
}

/// A cell that crawls up to sleepers from afar wakes them when it arrives.
#[test]
fn a_newcomer_wakes_sleepers() {
    let (_, p) = cases::strip(40, 10, 4.0, 0.0).unwrap();
    let mut m = Mechanics::new(p).unwrap();
    let mut cells = Cells::default();
    cells.add(NewCell::sphere(Kind(0), [100.0, 6.5, 20.0], 4.0)).unwrap();
    cells.add(NewCell::sphere(Kind(0), [60.0, 6.5, 20.0], 4.0)).unwrap();
    for _ in 0..5 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    assert_eq!(awake(&cells), 0);
    cells.active[0][1] = 0.5;
    for _ in 0..12 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    assert!(cells.position[0][0] > 101.0, "pushed on: {:?}", cells.position[0]);
}
