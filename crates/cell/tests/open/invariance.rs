//! What no pair force may change, by properties of random clusters.

use crate::support::Cluster;
use exoderm_cell::open::{Affinity, Law, Rows, Space};
use proptest::prelude::*;

const LAWS: [Law; 4] = [Law::Linear, Law::Quadratic, Law::Compact, Law::Peak];
const TABLE: [f64; 4] = [1.0, 0.3, 0.6, 0.2];

/// Random cells of two kinds, some of them flat in a plane.
fn cluster() -> impl Strategy<Value = Cluster> {
    let cell = (prop::array::uniform3(-40.0..40.0_f64), 3.0..9.0_f64, 0..2_u16);
    (prop::collection::vec(cell, 1..120), any::<bool>()).prop_map(|(cells, flat)| {
        let column = |a: usize| cells.iter().map(|c| if flat && a == 2 { 0.0 } else { c.0[a] }).collect();
        let mut c = Cluster::new([column(0), column(1), column(2)]);
        for (i, &(_, r, kind)) in cells.iter().enumerate() {
            (c.radius[i], c.reach[i], c.kind[i]) = (r, 1.3, kind);
        }
        c
    })
}

fn velocities(c: &mut Cluster, law: Law) -> Vec<[f64; 3]> {
    let affinity = Affinity::Kinds { kinds: 2, table: &TABLE };
    c.velocities(&mut Space::new(1.0).unwrap(), law, affinity);
    (0..c.len()).map(|i| [0, 1, 2].map(|a| c.velocity[a][i])).collect()
}

fn range(c: &Cluster, i: usize) -> f64 {
    c.reach[i] * c.radius[i]
}

/// Velocities by all pairs, one by one.
fn reference(c: &Cluster, law: Law) -> Vec<[f64; 3]> {
    let mut v = vec![[0.0; 3]; c.len()];
    for (i, v) in v.iter_mut().enumerate() {
        for j in (0..c.len()).filter(|&j| j != i) {
            let d = [0, 1, 2].map(|a| c.position[a][i] - c.position[a][j]);
            let distance = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
            let (k, l) = (usize::from(c.kind[i]), usize::from(c.kind[j]));
            let adhesion = 0.4 * (TABLE[2 * k + l] * TABLE[2 * l + k]).sqrt();
            let (radii, ranges) = (c.radius[i] + c.radius[j], range(c, i) + range(c, j));
            let f = exoderm_cell::open::law::force(law, distance, radii, ranges, 10.0, adhesion);
            for a in 0..3 {
                v[a] += f * d[a] / distance;
            }
        }
    }
    v
}

fn close(a: &[[f64; 3]], b: &[[f64; 3]]) -> bool {
    a.iter().zip(b).all(|(p, q)| (0..3).all(|k| (p[k] - q[k]).abs() < 1e-9))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_pairs_act_once_and_momentum_balances(mut c in cluster(), law in 0..4_usize) {
        let v = velocities(&mut c, LAWS[law]);
        prop_assert!(close(&v, &reference(&c, LAWS[law])));
        for a in 0..3 {
            prop_assert!(v.iter().map(|v| v[a]).sum::<f64>().abs() < 1e-9);
        }
        if c.position[2].iter().all(|&z| z == 0.0) {
            prop_assert!(v.iter().all(|v| v[2] == 0.0), "what is flat stays flat");
        }
    }

    #[test]
    fn translation_and_rotation_carry_velocities_along(mut c in cluster(), law in 0..4_usize, angle in 0.0..6.0_f64) {
        let v = velocities(&mut c, LAWS[law]);
        let (sin, cos) = (exoderm_numeric::math::sin(angle), exoderm_numeric::math::cos(angle));
        let turn = |p: [f64; 3]| [cos * p[0] - sin * p[2], p[1], sin * p[0] + cos * p[2]];
        let mut turned = c.clone();
        for i in 0..c.len() {
            let p = turn([0, 1, 2].map(|a| c.position[a][i]));
            for (column, (x, shift)) in turned.position.iter_mut().zip(p.into_iter().zip([700.0, -3.0, 55.0])) {
                column[i] = x + shift;
            }
        }
        let expected: Vec<[f64; 3]> = v.iter().map(|&v| turn(v)).collect();
        prop_assert!(close(&velocities(&mut turned, LAWS[law]), &expected));
    }

    #[test]
    fn rows_have_every_neighbour(mut c in cluster()) {
        let mut space = Space::new(1.0).unwrap();
        c.velocities(&mut space, Law::Compact, Affinity::One);
        let mut rows = Rows::default();
        space.rows(&mut rows);
        for i in 0..c.len() {
            let mut found = rows.of(i).to_vec();
            found.sort_unstable();
            let near = |j: usize| {
                let square: f64 = (0..3).map(|a| squared(c.position[a][i] - c.position[a][j])).sum();
                square < squared(range(&c, i) + range(&c, j))
            };
            let expected: Vec<u32> = (0..c.len()).filter(|&j| j != i && near(j)).map(|j| j as u32).collect();
            prop_assert_eq!(found, expected);
        }
    }
}

fn squared(x: f64) -> f64 {
    x * x
}

/// Rows of the cells themselves give what the table of their kinds gives.
#[test]
fn affinities_of_cells_and_of_kinds_agree() {
    let mut c = Cluster::new(exoderm_cell::cases::ball(300));
    (0..300).for_each(|i| c.kind[i] = (i % 2) as u16);
    let mut space = Space::new(1.0).unwrap();
    c.velocities(&mut space, Law::Compact, Affinity::Kinds { kinds: 2, table: &TABLE });
    let by_kind = c.velocity.clone();
    let rows: Vec<f64> = (0..300).flat_map(|i| if i % 2 == 0 { [1.0, 0.3] } else { [0.6, 0.2] }).collect();
    c.velocities(&mut space, Law::Compact, Affinity::Cells { kinds: 2, rows: &rows });
    for (v, w) in c.velocity.iter().zip(&by_kind) {
        assert!(v.iter().zip(w).all(|(x, y)| (x - y).abs() < 1e-12));
    }
}

/// A cell without range is not there, one that returns is.
#[test]
fn cells_out_of_play_take_no_part() {
    let mut c = Cluster::new([vec![0.0, 10.0, 20.0], vec![0.0; 3], vec![0.0; 3]]);
    let mut space = Space::new(1.0).unwrap();
    c.reach[1] = 0.0;
    c.velocities(&mut space, Law::Compact, Affinity::One);
    assert_eq!(c.velocity[0][1], 0.0);
    assert!(c.velocity[0][0] > 0.0, "only the far one attracts");
    c.reach[1] = 1.25;
    c.velocities(&mut space, Law::Compact, Affinity::One);
    assert!(c.velocity[0][0] < 0.0 && c.velocity[0][2] > 0.0);
}

#[test]
fn what_is_not_a_number_is_named() {
    let mut c = Cluster::new([vec![0.0, f64::NAN], vec![0.0; 2], vec![0.0; 2]]);
    let error = Space::new(1.0).unwrap().refresh(&c.bodies()).unwrap_err();
    assert_eq!(error.to_string(), "cell 1: position is not valid");
    c.position[0][1] = 5.0;
    c.radius.pop();
    assert!(Space::new(1.0).unwrap().refresh(&c.bodies()).is_err());
}

/// Cells born on one spot part gently.
#[test]
fn coincident_cells_part() {
    let mut c = Cluster::new([vec![1.0, 1.0], vec![2.0; 2], vec![3.0; 2]]);
    let mut space = Space::new(1.0).unwrap();
    (0..200).for_each(|_| c.step(&mut space, 0.1));
    let gap = c.position[0][1] - c.position[0][0];
    assert!(gap > 12.0 && gap < 21.0, "{gap}");
}
