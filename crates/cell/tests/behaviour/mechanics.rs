//! Forces and the way through time.

use exoderm_cell::vector::{add, norm, scale};
use exoderm_cell::*;
use exoderm_numeric::math;

fn open() -> Domain {
    Domain::new([-100.0; 3], [100.0; 3], [Boundary::Open; 3]).unwrap()
}

fn accurate() -> Numerics {
    Numerics { tolerance: 1e-7, skin: 0.5, min_substep: 1e-7, sleep: None, ..Numerics::default() }
}

fn spheres(radius: f64, centres: &[[f64; 3]]) -> Cells {
    let mut cells = Cells::default();
    for &c in centres {
        cells.add(NewCell::sphere(Kind(0), c, radius)).unwrap();
    }
    cells
}

fn one_kind(domain: Domain, force: PairForce) -> MechanicsParameters {
    let mut p =
        MechanicsParameters::new(domain, vec![KindMechanics::default()], PairTable::uniform(1, force));
    p.numerics = accurate();
    p
}

/// Two cells under a linear force: the overlap decays as e^(−2kt/drag).
#[test]
fn two_cells_part_exponentially() {
    let mut cells = spheres(5.0, &[[0.0; 3], [4.0, 3.0, 0.0]]);
    let mut p = one_kind(open(), PairForce { stiffness: 0.6, cubic: 0.0, adhesion: 0.0 });
    p.kinds[0].drag = 2.0;
    let mut m = Mechanics::new(p).unwrap();
    let mut t = 0.0;
    for _ in 0..5 {
        m.advance(&mut cells, 1.5).unwrap();
        t += 1.5;
        let d = norm(vector::sub(cells.at(1), cells.at(0)));
        let exact = 10.0 - 5.0 * math::exp(-2.0 * 0.3 * t);
        assert!((d - exact).abs() < 1e-4, "t {t}: {d} {exact}");
    }
}

/// Two cells under the cubic force: e' = −2c e³/(s² drag), so 1/e² grows linearly.
#[test]
fn two_cells_part_under_a_cubic_force() {
    let mut cells = spheres(5.0, &[[0.0; 3], [0.0, 4.0, 0.0]]);
    let p = one_kind(open(), PairForce { stiffness: 0.0, cubic: 3.0, adhesion: 0.0 });
    let mut m = Mechanics::new(p).unwrap();
    m.advance(&mut cells, 4.0).unwrap();
    let e = 10.0 - (cells.position[1][1] - cells.position[1][0]);
    let exact = 1.0 / (1.0 / 36.0 + 4.0 * 3.0 * 4.0 / 100.0_f64).sqrt();
    assert!((e - exact).abs() < 1e-5, "{e} {exact}");
}

/// Cells apart by less than the reach are drawn together until they touch.
#[test]
fn adhesion_closes_a_gap_and_stops_at_contact() {
    let mut cells = spheres(4.0, &[[0.0; 3], [9.2, 0.0, 0.0]]);
    let mut m =
        Mechanics::new(one_kind(open(), PairForce { stiffness: 2.0, cubic: 0.0, adhesion: 0.5 })).unwrap();
    m.advance(&mut cells, 60.0).unwrap();
    let d = cells.position[0][1] - cells.position[0][0];
    assert!((d - 8.0).abs() < 1e-3, "{d}");
    let mut far = spheres(4.0, &[[0.0; 3], [10.01, 0.0, 0.0]]);
    m.advance(&mut far, 60.0).unwrap();
    assert_eq!(far.position[0], vec![0.0, 10.01], "out of reach");
}

/// The community's relaxation benchmark.
#[test]
fn a_compressed_chain_relaxes_as_published() {
    for numerics in [accurate(), Numerics { tolerance: 1e-4, ..accurate() }] {
        let (mut cells, mut m) = cases::chain(numerics).unwrap();
        let mut now = 0.0;
        for (t, width) in cases::CHAIN_WIDTHS {
            m.advance(&mut cells, t - now).unwrap();
            now = t;
            let found = cells.position[0][10] - cells.position[0][0];
            assert!((found - width).abs() < 1e-3, "t {t}: {found} {width}");
        }
    }
}

/// A triangle of overlapping cells in a smooth (cubic) regime, taken with fixed substeps of every stage count.
#[test]
fn the_method_is_of_order_two() {
    let centres = [[0.0; 3], [5.0, 0.0, 0.0], [2.0, 4.0, 1.0], [3.0, 1.0, 4.5]];
    for drag in [2.0, 0.05] {
        let run = |h: f64| {
            let mut cells = spheres(5.0, &centres);
            for i in 0..4 {
                cells.active[2][i] = 0.02 * i as f64;
            }
            let mut p = one_kind(open(), PairForce { stiffness: 0.05, cubic: 0.02, adhesion: 0.0 });
            p.kinds[0].drag = drag;
            p.numerics =
                Numerics { tolerance: 1e9, max_move: 1e9, max_substep: h, min_substep: 1e-9, ..accurate() };
            let mut m = Mechanics::new(p).unwrap();
            let report = m.advance(&mut cells, 1.6).unwrap();
            assert_eq!(report.substeps, (1.6 / h).round() as u32);
            cells
        };
        let exact = run(1.6 / 4096.0);
        let error = |h: f64| {
            let c = run(h);
            (0..4).map(|i| norm(vector::sub(c.at(i), exact.at(i)))).fold(0.0, f64::max)
        };
        let (coarse, fine) = (error(0.1), error(0.05));
        let order = math::log10(coarse / fine) / math::log10(2.0);
        assert!(order > 1.8 && order < 2.4, "drag {drag}: order {order} from {coarse} {fine}");
    }
}

/// Forces are equal and opposite whatever the drags: Σ drag · velocity is 0 to rounding.
#[test]
fn pair_forces_conserve_momentum() {
    for images in [PairImages::InRange, PairImages::Nearest] {
        let (mut cells, mut p) = cases::strip(30, 12, 4.0, 0.4).unwrap();
        p.images = images;
        let d = p.domain;
        p.domain = Domain::new(d.min(), d.max(), [Boundary::Periodic; 3]).unwrap();
        p.kinds = vec![KindMechanics { drag: 0.7, ..p.kinds[0] }, KindMechanics { drag: 3.0, ..p.kinds[0] }];
        p.pairs = PairTable::uniform(2, PairForce { stiffness: 2.0, cubic: 1.0, adhesion: 0.4 });
        p.pairs.set(Kind(0), Kind(1), PairForce { stiffness: 5.0, cubic: 0.0, adhesion: 0.1 }).unwrap();
        for i in 0..cells.len() {
            cells.kind[i] = Kind((i % 2) as u8);
        }
        let drags: Vec<f64> = p.kinds.iter().map(|k| k.drag).collect();
        let mut m = Mechanics::new(p).unwrap();
        m.evaluate(&mut cells).unwrap();
        let mut total = [0.0; 3];
        let mut scale_of = 0.0;
        for i in 0..cells.len() {
            let v = [0, 1, 2].map(|a| cells.velocity[a][i]);
            total = add(total, scale(v, drags[i % 2]));
            scale_of += norm(v);
        }
        assert!(scale_of > 10.0, "something pushes");
        assert!(norm(total) < 1e-12 * scale_of, "{total:?}");
    }
}

/// A lone cell wider than the period feels nothing from its own images.
#[test]
fn no_cell_acts_on_its_own_image() {
    let domain =
        Domain::new([0.0; 3], [100.0, 13.0, 100.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
            .unwrap();
    let mut cells = spheres(8.0, &[[50.0, 1.0, 50.0]]);
    let mut m =
        Mechanics::new(one_kind(domain, PairForce { stiffness: 2.0, cubic: 0.0, adhesion: 1.0 })).unwrap();
    m.advance(&mut cells, 100.0).unwrap();
    m.observe(&mut cells).unwrap();
    assert_eq!(cells.at(0), [50.0, 1.0, 50.0]);
    assert_eq!((cells.pressure[0], cells.contacts[0]), (0.0, 0));
}

/// Across the seam of a period the force is the same as away from it, and positions come back into the box.
#[test]
fn the_seam_of_a_period_is_not_felt() {
    let domain =
        Domain::new([0.0; 3], [100.0, 40.0, 100.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
            .unwrap();
    let run = |offset: f64| {
        let y = |y: f64| (y + offset).rem_euclid(40.0);
        let mut cells = spheres(4.0, &[[50.0, y(10.0), 50.0], [51.0, y(14.0), 50.0], [49.0, y(16.0), 53.0]]);
        let mut m = Mechanics::new(one_kind(domain, PairForce { stiffness: 2.0, cubic: 0.0, adhesion: 0.2 }))
            .unwrap();
        m.advance(&mut cells, 5.0).unwrap();
        assert!(cells.position[1].iter().all(|&y| (0.0..40.0).contains(&y)));
        cells
    };
    let (a, b) = (run(0.0), run(26.5));
    for i in 0..3 {
        let back = add(b.at(i), [0.0, -26.5, 0.0]);
        assert!(domain.distance(a.at(i), back) < 1e-6);
    }
}

/// Two cells wider than half the period, at the place where two images are equally near: with all images in range
/// they rest there in few substeps; with the nearest alone they chatter.
#[test]
fn a_strip_thinner_than_two_cells_does_not_chatter() {
    let steps = |images: PairImages| {
        let domain =
            Domain::new([0.0; 3], [100.0, 13.0, 100.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
                .unwrap();
        let mut cells = spheres(4.0, &[[50.0, 3.0, 50.0], [50.5, 8.0, 50.0]]);
        let mut p = one_kind(domain, PairForce { stiffness: 4.0, cubic: 0.0, adhesion: 0.0 });
        p.images = images;
        p.numerics = Numerics { sleep: None, ..Numerics::default() };
        let mut m = Mechanics::new(p).unwrap();
        let substeps: u32 = (0..20).map(|_| m.advance(&mut cells, 6.0).unwrap().substeps).sum();
        let d = domain.separation(cells.at(1), cells.at(0));
        assert!((d[1].abs() - 6.5).abs() < 0.2, "balanced between both sides: {d:?}");
        // Pushed out along x until neither image overlaps: 4.66 = √(8² − 6.5²).
        assert!((d[0] - 4.66).abs() < 0.1, "{d:?}");
        substeps
    };
    let (in_range, nearest) = (steps(PairImages::InRange), steps(PairImages::Nearest));
    assert!(in_range < 60, "{in_range}");
    assert!(nearest > 2 * in_range, "{nearest} {in_range}");
}

/// Cells that coincide part along x by their ids, equally far.
#[test]
fn coincident_cells_part() {
    let mut cells = spheres(4.0, &[[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]);
    let mut m =
        Mechanics::new(one_kind(open(), PairForce { stiffness: 1.0, cubic: 0.0, adhesion: 0.0 })).unwrap();
    m.advance(&mut cells, 20.0).unwrap();
    assert!((cells.position[0][1] - cells.position[0][0] - 8.0).abs() < 1e-3);
    assert!((cells.position[0][1] + cells.position[0][0] - 2.0).abs() < 1e-9);
}

/// A cell driven into a wall stops there and slides along it; one within moves as it wants.
#[test]
fn walls_hold_and_let_slide() {
    let domain =
        Domain::new([0.0; 3], [50.0, 13.0, 50.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
            .unwrap();
    let mut cells = spheres(4.0, &[[3.0, 5.0, 20.0], [30.0, 5.0, 48.0]]);
    (cells.active[0][0], cells.active[2][0]) = (-0.5, 0.25);
    cells.active[2][1] = 1.0;
    let mut m = Mechanics::new(one_kind(domain, PairForce::default())).unwrap();
    let report = m.advance(&mut cells, 20.0).unwrap();
    assert_eq!(cells.position[0][0], 0.0);
    assert!((cells.position[2][0] - 25.0).abs() < 1e-6);
    assert_eq!(cells.position[2][1], 50.0);
    assert_eq!(cells.velocity[2][1], 0.0);
    assert!(report.substeps < 60, "{report:?}");
}

/// Packed, jittered, adhesive tissue settles: speeds fall, and at rest an interval is one substep.
#[test]
fn packed_tissue_comes_to_rest_without_jitter() {
    let (mut cells, mut p) = cases::strip(40, 12, 4.0, 0.3).unwrap();
    p.numerics.sleep = None;
    let mut m = Mechanics::new(p).unwrap();
    let first = m.advance(&mut cells, 6.0).unwrap();
    assert!(first.error <= 0.05 && first.forced == 0);
    for _ in 0..300 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    let last = m.advance(&mut cells, 6.0).unwrap();
    assert_eq!((last.substeps, last.rejected), (1, 0), "{last:?}");
    assert!(last.max_speed < 1e-3, "{last:?}");
}

/// A thousand divisions at once: moves stay bounded by the cap, and everything ends up less pressed.
#[test]
fn a_burst_of_divisions_does_not_blow_up() {
    use exoderm_numeric::random::Seed;
    let (mut cells, p) = cases::strip(40, 10, 4.0, 0.1).unwrap();
    let domain = p.domain;
    let mut m = Mechanics::new(p).unwrap();
    m.advance(&mut cells, 60.0).unwrap();
    let seed = Seed::new(5, 0);
    for i in 0..cells.len() {
        let id = cells.id[i];
        cells.divide(i, DivisionAxis::Random, &mut seed.stream(id, 0, 0));
    }
    let n = cells.len();
    m.observe(&mut cells).unwrap();
    let pressed: f64 = cells.pressure.iter().sum();
    let before: Vec<[f64; 3]> = (0..n).map(|i| cells.at(i)).collect();
    let report = m.advance(&mut cells, 6.0).unwrap();
    assert!(report.forced == 0, "{report:?}");
    // The law's largest force on a cell, with a dozen neighbours on one side, moves it no more than this.
    for (i, &from) in before.iter().enumerate() {
        assert!(domain.distance(from, cells.at(i)) < 12.0, "cell {i} was thrown");
    }
    for _ in 0..20 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    m.observe(&mut cells).unwrap();
    let relaxed: f64 = cells.pressure.iter().sum();
    assert!(relaxed < 0.5 * pressed, "{relaxed} {pressed}");
}

#[test]
fn pressure_contacts_and_free_edge_are_as_defined() {
    let mut p = one_kind(open(), PairForce { stiffness: 1.0, cubic: 0.0, adhesion: 0.0 });
    p.kinds = vec![KindMechanics::default(), KindMechanics { class: 1, ..KindMechanics::default() }];
    p.pairs = PairTable::uniform(2, PairForce::default());
    let mut m = Mechanics::new(p).unwrap();
    // A row along x, 7 apart at contact distance 8, with a stranger to the right of the last.
    let mut cells = spheres(4.0, &[[0.0; 3], [7.0, 0.0, 0.0], [14.0, 0.0, 0.0], [21.0, 0.0, 0.0]]);
    cells.kind[3] = Kind(1);
    cells.add(NewCell::sphere(Kind(0), [60.0, 0.0, 0.0], 4.0)).unwrap();
    m.observe(&mut cells).unwrap();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close(cells.pressure[0], 0.125);
    close(cells.pressure[1], 0.25);
    assert_eq!(cells.contacts, vec![1, 2, 2, 1, 0]);
    close(cells.free_edge[0][0], -1.0);
    close(cells.free_edge[0][1], 0.0);
    close(cells.free_edge[0][2], 1.0);
    close(cells.free_edge[0][3], 0.0);
    close(cells.free_edge[0][4], 0.0);
}

#[test]
fn what_cannot_be_is_refused_and_nothing_moves() {
    let good = || one_kind(open(), PairForce { stiffness: 1.0, cubic: 0.0, adhesion: 0.0 });
    let changes: [fn(&mut MechanicsParameters); 8] = [
        |p| p.kinds[0].drag = 0.0,
        |p| p.saturation = 0.0,
        |p| p.reach = 0.9,
        |p| p.contact_range = 2.0,
        |p| p.numerics.tolerance = f64::NAN,
        |p| p.numerics.max_stages = 1,
        |p| p.pairs = PairTable::uniform(2, PairForce::default()),
        |p| p.surface = Some(Surface::Sampled { dx: 1.0, z: vec![] }),
    ];
    for change in changes {
        let mut p = good();
        change(&mut p);
        assert!(Mechanics::new(p).is_err());
    }
    let mut m = Mechanics::new(good()).unwrap();
    let fresh = || spheres(5.0, &[[0.0; 3], [4.0, 0.0, 0.0]]);
    let spoils: [fn(&mut Cells); 4] = [
        |c| c.kind[1] = Kind(7),
        |c| c.position[1][1] = f64::NAN,
        |c| c.active[2][1] = f64::INFINITY,
        |c| c.radius[1] = -1.0,
    ];
    for spoil in spoils {
        let mut cells = fresh();
        spoil(&mut cells);
        assert!(m.advance(&mut cells, 1.0).is_err());
        assert_eq!(cells.position[0][0], 0.0);
    }
    assert!(m.advance(&mut fresh(), -1.0).is_err());
    assert_eq!(m.advance(&mut Cells::default(), 6.0).unwrap().substeps, 0);
}
