//! Cells as columns, for tests.

use exoderm_cell::open::{Affinity, Bodies, Law, Per, Space, two_step};
use exoderm_cell::store::radius_of;

/// Columns of a cluster in which all cells are alike.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster {
    pub(crate) id: Vec<u64>,
    pub(crate) position: [Vec<f64>; 3],
    pub(crate) velocity: [Vec<f64>; 3],
    pub(crate) before: [Vec<f64>; 3],
    pub(crate) radius: Vec<f64>,
    pub(crate) reach: Vec<f64>,
    pub(crate) kind: Vec<u16>,
    pub(crate) repulsion: Vec<f64>,
    pub(crate) adhesion: Vec<f64>,
    pub(crate) pressure: Vec<f64>,
}

impl Cluster {
    pub(crate) fn new(position: [Vec<f64>; 3]) -> Self {
        let n = position[0].len();
        let zeros = || [vec![0.0; n], vec![0.0; n], vec![0.0; n]];
        Self {
            id: (0..n as u64).collect(),
            position,
            velocity: zeros(),
            before: zeros(),
            radius: vec![radius_of(2494.0); n],
            reach: vec![1.25; n],
            kind: vec![0; n],
            repulsion: vec![10.0; n],
            adhesion: vec![0.4; n],
            pressure: vec![0.0; n],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.id.len()
    }

    pub(crate) fn bodies(&self) -> Bodies<'_> {
        Bodies {
            id: &self.id,
            position: self.position.each_ref().map(Vec::as_slice),
            radius: &self.radius,
            kind: &self.kind,
            reach: Per::Cell(&self.reach),
            repulsion: Per::Cell(&self.repulsion),
            adhesion: Per::Cell(&self.adhesion),
        }
    }

    pub(crate) fn velocities(&mut self, space: &mut Space, law: Law, affinity: Affinity<'_>) {
        space.refresh(&self.bodies()).unwrap();
        let velocity = self.velocity.each_mut().map(Vec::as_mut_slice);
        space.push(law, affinity, velocity, &mut self.pressure).unwrap();
    }

    pub(crate) fn step(&mut self, space: &mut Space, h: f64) {
        self.velocities(space, Law::Compact, Affinity::One);
        self.advance(h);
    }

    pub(crate) fn advance(&mut self, h: f64) {
        let velocity = &self.velocity;
        two_step(
            self.position.each_mut().map(Vec::as_mut_slice),
            self.before.each_mut().map(Vec::as_mut_slice),
            h,
            1.0,
            |i| [velocity[0][i], velocity[1][i], velocity[2][i]],
        )
        .unwrap();
    }

    pub(crate) fn mean(&self, f: impl Fn(usize) -> f64) -> f64 {
        (0..self.len()).map(f).sum::<f64>() / self.len() as f64
    }
}
