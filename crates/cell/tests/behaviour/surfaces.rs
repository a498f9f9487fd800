//! Cells at a folded floor.

use exoderm_cell::vector::norm;
use exoderm_cell::*;

fn floor() -> Surface {
    Surface::Sine { mean: 60.0, amplitude: 27.0, wavelength: 100.0 }
}

fn mechanics(rules: &[SurfaceRule], surface: Surface) -> Mechanics {
    let domain =
        Domain::new([0.0; 3], [200.0, 13.0, 200.0], [Boundary::Wall, Boundary::Periodic, Boundary::Wall])
            .unwrap();
    let kinds = rules
        .iter()
        .map(|&surface| KindMechanics { surface, ..KindMechanics::default() })
        .collect::<Vec<_>>();
    let n = kinds.len();
    let mut p = MechanicsParameters::new(
        domain,
        kinds,
        PairTable::uniform(n, PairForce { stiffness: 2.0, cubic: 0.0, adhesion: 0.0 }),
    );
    p.surface = Some(surface);
    p.binding = 5.0;
    Mechanics::new(p).unwrap()
}

/// Cells driven onto the fold from above and from below stop one radius away, and slide into its troughs.
#[test]
fn one_sided_rules_hold_cells_one_radius_off() {
    for surface in [floor(), Surface::Plane { z: 60.0 }] {
        let mut m = mechanics(&[SurfaceRule::Above, SurfaceRule::Below], surface.clone());
        let mut cells = Cells::default();
        for k in 0..12 {
            let x = 10.0 + 15.0 * f64::from(k);
            cells.add(NewCell::sphere(Kind(0), [x, 3.0, 120.0], 4.0)).unwrap();
            cells.add(NewCell::sphere(Kind(1), [x, 9.5, 5.0], 4.0)).unwrap();
        }
        for i in 0..cells.len() {
            cells.active[2][i] = if cells.kind[i] == Kind(0) { -0.5 } else { 0.5 };
        }
        let mut forced = 0;
        for _ in 0..60 {
            forced += m.advance(&mut cells, 6.0).unwrap().forced;
            for i in 0..cells.len() {
                let found = surface.nearest(cells.at(i)).distance;
                let off = if cells.kind[i] == Kind(0) { found } else { -found };
                assert!(off >= 4.0 - 1e-6, "cell {i} is {off} off");
            }
        }
        assert_eq!(forced, 0);
        let touching = (0..cells.len())
            .filter(|&i| (surface.nearest(cells.at(i)).distance.abs() - 4.0).abs() < 1e-3)
            .count();
        assert!(touching >= 4, "some arrived: {touching}");
    }
}

/// Reaching a surface or a wall in the middle of a substep is no error: no substep is repeated for it.
#[test]
fn arrival_is_not_an_error() {
    let mut m = mechanics(&[SurfaceRule::Above], Surface::Plane { z: 60.0 });
    let mut cells = Cells::default();
    cells.add(NewCell::sphere(Kind(0), [150.0, 1.0, 74.3], 4.0)).unwrap();
    cells.add(NewCell::sphere(Kind(0), [10.3, 1.0, 74.3], 4.0)).unwrap();
    (cells.active[2][0], cells.active[0][1]) = (-1.0, -1.0);
    let report = m.advance(&mut cells, 20.0).unwrap();
    assert_eq!((cells.position[2][0], cells.position[0][1]), (64.0, 0.0));
    assert_eq!(report.rejected, 0, "{report:?}");
    assert!(report.substeps <= 21, "a fifth of a radius each: {report:?}");
}

/// On a slope of the sine a cell pushed straight down slides with the tangential part of its speed.
#[test]
fn a_cell_on_a_slope_slides_with_the_tangential_speed() {
    let surface = Surface::Sampled { dx: 100.0, z: vec![0.0, 50.0, 100.0, 150.0] };
    let mut m = mechanics(&[SurfaceRule::Above], surface.clone());
    let mut cells = Cells::default();
    // The middle stretch is straight, with slope 1/2.
    let n = surface.normal(150.0);
    cells.add(NewCell::sphere(Kind(0), [150.0 + 4.0 * n[0], 1.0, 75.0 + 4.0 * n[2]], 4.0)).unwrap();
    cells.active[2][0] = -1.0;
    let start = cells.at(0);
    m.advance(&mut cells, 6.0).unwrap();
    let moved = norm(vector::sub(cells.at(0), start));
    // sin of the slope's angle, 1/√5.
    assert!((moved - 6.0 / 5.0_f64.sqrt()).abs() < 1e-3, "{moved}");
}

/// Bound cells return to one radius above the fold, and a crowd of them spreads along it without leaving.
#[test]
fn bound_cells_stay_on_the_fold() {
    let surface = floor();
    let mut m = mechanics(&[SurfaceRule::Bound], surface.clone());
    let mut cells = Cells::default();
    for k in 0..20 {
        let x = 60.0 + 3.0 * f64::from(k);
        let n = surface.normal(x);
        let z = surface.height(x);
        cells.add(NewCell::sphere(Kind(0), [x + 6.0 * n[0], 6.5, z + 6.0 * n[2]], 4.0)).unwrap();
    }
    let before = (cells.position[0][0], cells.position[0][19]);
    for _ in 0..40 {
        m.advance(&mut cells, 6.0).unwrap();
    }
    let spread = (cells.position[0][0], cells.position[0][19]);
    assert!(spread.0 < before.0 - 5.0 && spread.1 > before.1 + 5.0, "{spread:?}");
    for i in 0..cells.len() {
        let found = surface.nearest(cells.at(i)).distance;
        assert!((found - 4.0).abs() < 0.5, "cell {i} hangs {found} above");
    }
}
