//! A monolayer from one cell to 10,000 without inhibition: cells are discs whose area grows by A0 in a cycle of 5 T; a
//! cell divides at X A0 with X from a normal distribution of mean 2 and deviation 0.4, into halves; the linear law pushes
//! them apart at 18.28 per T. The community's draft figure is about 13.6 cycles to 10,000 cells: a check, not a reference.

use crate::support::Cluster;
use exoderm_cell::cases::CHAIN_RATE;
use exoderm_cell::open::crowding::room;
use exoderm_cell::open::{Affinity, Law, Rows, Space};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use std::f64::consts::{LN_2, PI};

/// Length of a cycle, of a growth step and of a mechanics step (T).
const CYCLE: f64 = 5.0;
const GROWTH: f64 = 0.1;
const STEP: f64 = 0.02;
/// Area of a cell of diameter 1.
const AREA: f64 = PI / 4.0;

struct Monolayer {
    cells: Cluster,
    area: Vec<f64>,
    /// Area at which the cell divides.
    limit: Vec<f64>,
    space: Space,
    seed: Seed,
    /// Cells grow with at least these shares of their area (β) and of their rim (γ) left to them.
    least: [f64; 2],
    grew: Vec<bool>,
}

impl Monolayer {
    fn new(seed: Seed, least: [f64; 2]) -> Self {
        let cells = Cluster::new([vec![0.0], vec![0.0], vec![0.0]]);
        let mut all = Self {
            cells,
            area: vec![AREA],
            limit: vec![0.0],
            space: Space::new(0.4).unwrap(),
            seed,
            least,
            grew: Vec::new(),
        };
        all.decide(0, 0);
        all.reshape(0);
        all
    }

    fn decide(&mut self, i: usize, tick: u32) {
        let mut s = self.seed.stream(self.cells.id[i], tick, 1);
        self.limit[i] = AREA * (2.0 + 0.4 * s.normal());
    }

    /// Radius and strength that go with the area: K q = k (R − d) for K = k R.
    fn reshape(&mut self, i: usize) {
        let r = (self.area[i] / PI).sqrt();
        let c = &mut self.cells;
        (c.radius[i], c.reach[i], c.repulsion[i], c.adhesion[i]) = (r, 1.0, CHAIN_RATE * 2.0 * r, 0.0);
    }

    /// Who has room to grow.
    fn may_grow(&mut self) {
        let c = &self.cells;
        self.grew.clear();
        self.grew.resize(c.len(), true);
        if self.least == [0.0; 2] {
            return;
        }
        let mut rows = Rows::default();
        self.space.refresh(&c.bodies()).unwrap();
        self.space.rows(&mut rows);
        let disc = |i: usize| ([c.position[0][i], c.position[1][i], 0.0], c.radius[i]);
        for i in 0..c.len() {
            let (at, radius) = disc(i);
            let left = room(at, radius, rows.of(i).iter().map(|&j| disc(j as usize)));
            self.grew[i] = left.area >= self.least[0] && left.rim >= self.least[1];
        }
    }

    fn grow(&mut self, tick: u32) {
        self.may_grow();
        for i in 0..self.grew.len() {
            if !self.grew[i] {
                continue;
            }
            self.area[i] += AREA * GROWTH / CYCLE;
            if self.area[i] >= self.limit[i] {
                let angle = 2.0 * PI * self.seed.stream(self.cells.id[i], tick, 2).uniform();
                self.divide(i, [math::cos(angle), math::sin(angle)], tick);
            }
            self.reshape(i);
        }
    }

    fn divide(&mut self, i: usize, n: [f64; 2], tick: u32) {
        self.area[i] *= 0.5;
        self.reshape(i);
        let c = &mut self.cells;
        let daughter = c.len();
        c.id.push(daughter as u64);
        for (a, n) in [n[0], n[1], 0.0].into_iter().enumerate() {
            let step = 0.5 * c.radius[i] * n;
            let x = c.position[a][i];
            c.position[a].push(x + step);
            c.position[a][i] = x - step;
            c.velocity[a].push(0.0);
            c.before[a].push(0.0);
        }
        c.kind.push(0);
        c.pressure.push(0.0);
        for column in [&mut c.radius, &mut c.reach, &mut c.repulsion, &mut c.adhesion] {
            column.push(0.0);
        }
        self.area.push(self.area[i]);
        self.limit.push(0.0);
        self.decide(i, tick);
        self.decide(daughter, tick);
        self.reshape(daughter);
    }

    fn relax(&mut self) {
        for _ in 0..(GROWTH / STEP).round() as u32 {
            self.cells.velocities(&mut self.space, Law::Linear, Affinity::One);
            self.cells.advance(STEP);
        }
    }
}

/// Least-squares slope of log2 N over cycles.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let (xy, xx) =
        points.iter().fold((0.0, 0.0), |(a, b), p| (a + (p.0 - x) * (p.1 - y), b + (p.0 - x) * (p.0 - x)));
    xy / xx
}

#[test]
fn a_monolayer_reaches_ten_thousand_cells_in_time() {
    let mut m = Monolayer::new(Seed::new(1, 0), [0.0; 2]);
    let (mut points, mut tick) = (Vec::new(), 0);
    while m.cells.len() < 10_000 {
        tick += 1;
        m.grow(tick);
        m.relax();
        let cycles = f64::from(tick) * GROWTH / CYCLE;
        if (4.5..=8.5).contains(&cycles) {
            points.push((cycles, math::ln(m.cells.len() as f64) / LN_2));
        }
        assert!(cycles < 20.0, "{} cells", m.cells.len());
    }
    let cycles = f64::from(tick) * GROWTH / CYCLE;
    assert!((cycles / 13.6 - 1.0).abs() < 0.1, "{cycles} cycles");
    assert!((0.9..1.1).contains(&slope(&points)), "{}", slope(&points));
    // Flat, and nobody thrown out: all lie within twice the radius of a disc of their total area.
    let total: f64 = m.area.iter().sum();
    let farthest = (0..m.cells.len())
        .map(|i| {
            m.cells.position[0][i] * m.cells.position[0][i] + m.cells.position[1][i] * m.cells.position[1][i]
        })
        .fold(0.0, f64::max);
    assert!(farthest < 4.0 * total / PI && m.cells.position[2].iter().all(|&z| z == 0.0));
}

/// Contact inhibition by compressed area (β) or by free rim (γ) slows a monolayer; with γ only its edge grows.
#[test]
fn inhibited_monolayers_grow_slower_and_at_their_edge() {
    let after = |cycles: f64, least: [f64; 2]| {
        let mut m = Monolayer::new(Seed::new(1, 0), least);
        for tick in 1..=(cycles * CYCLE / GROWTH).round() as u32 {
            m.grow(tick);
            m.relax();
        }
        m.may_grow();
        m
    };
    let [free, squeezed, rim] = [[0.0, 0.0], [0.93, 0.0], [0.0, 0.5]].map(|least| after(10.0, least));
    let counts = [&free, &squeezed, &rim].map(|m| m.cells.len());
    assert!(counts[1] < counts[0] * 9 / 10 && counts[2] < counts[0] * 9 / 10, "{counts:?}");
    let farthest = |m: &Monolayer, grew: bool| {
        let of = (0..m.cells.len()).filter(|&i| m.grew[i] == grew);
        let r = of.map(|i| math::hypot(m.cells.position[0][i], m.cells.position[1][i])).collect::<Vec<_>>();
        r.iter().sum::<f64>() / r.len() as f64
    };
    assert!(farthest(&rim, true) > 1.2 * farthest(&rim, false), "those that grow lie outside");
}
