//! The persistent walk: Fürth's mean squared displacement, tabulated for speed 0.5 um/min and persistence 20 min. That
//! simulated walkers follow it is tested in `tests/behaviour/population.rs`.

use exoderm_cell::motility::msd;

#[test]
fn mean_squared_displacements_are_those_tabulated() {
    for (t, expected) in [
        (0.1, 0.002_495_838_536_46),
        (1.0, 0.245_884_900_143),
        (5.0, 5.760_156_614_28),
        (10.0, 21.306_131_942_5),
        (20.0, 73.575_888_234_3),
        (50.0, 316.416_999_725),
        (100.0, 801.347_589_4),
        (1000.0, 9800.0),
    ] {
        assert!((msd(0.5, 20.0, t) / expected - 1.0).abs() < 1e-9, "{t}");
    }
}
