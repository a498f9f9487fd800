//! Which spheres are near a point: a uniform grid with, per cell, the spheres within the horizon of any of its points
//! and a lower bound of the distance to the nearest.
//!
//! The lists are complete up to the horizon and in the order of the spheres, so that what a vesicle sees does not
//! depend on the spacing of the grid.

use crate::scene::Ball;
use exoderm_numeric::batch::BLOCK;

/// Levels into which the distance up to the horizon is cut (rounded down), so that a cell takes one byte.
pub(crate) const LEVELS: f64 = 254.0;

#[derive(Clone, Debug)]
pub(crate) struct Grid {
    low: [f64; 3],
    high: [f64; 3],
    inverse: f64,
    n: [usize; 3],
    level: Vec<u8>,
    /// Per cell its only ball, marked by [`ONLY`], or where its list begins in `items`: length, then balls. Most cells have one at most, and a look
    /// into a second array costs more than the comparison with the ball.
    head: Vec<u32>,
    items: Vec<u32>,
}

const ONLY: u32 = 1 << 31;

/// Where a point is.
pub(crate) enum Spot {
    /// In this cell.
    Cell(usize),
    /// Outside the grid, at this distance.
    Beyond(f64),
}

impl Grid {
    /// `None` without spheres.
    pub(crate) fn new(
        balls: &[Ball],
        horizon: f64,
        limits: [[f64; 2]; 3],
        spacing: Option<f64>,
    ) -> Option<Self> {
        let smallest = balls.iter().map(|b| b.radius).reduce(f64::min)?;
        let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
        for b in balls {
            for a in 0..3 {
                low[a] = low[a].min(b.centre[a] - b.radius - horizon).max(limits[a][0]);
                high[a] = high[a].max(b.centre[a] + b.radius + horizon).min(limits[a][1]);
            }
        }
        let edges = [0, 1, 2].map(|a| (high[a] - low[a]).max(1e-12));
        let most = (512.0 * balls.len() as f64 + 32_768.0).min(4e6);
        let mut h = spacing.unwrap_or(0.2 * smallest);
        while edges.iter().map(|e| (e / h).ceil().max(1.0)).product::<f64>() > most {
            h *= 1.1;
        }
        let n = edges.map(|e| (e / h).ceil().max(1.0) as usize);
        let cells = n[0] * n[1] * n[2];
        let mut grid = Self {
            low,
            high,
            inverse: 1.0 / h,
            n,
            level: vec![LEVELS as u8; cells],
            head: vec![0; cells],
            items: Vec::new(),
        };
        let half = 0.5 * h * 3.0f64.sqrt() * (1.0 + 1e-9);
        for ball in balls {
            grid.visit(ball, h, half, horizon, |g, cell, bound| {
                g.head[cell] += 1;
                let level = (bound.max(0.0) / horizon * LEVELS).floor() as u8;
                g.level[cell] = g.level[cell].min(level);
            });
        }
        // `head` counts so far; lists begin with their length, and the first is the empty one.
        grid.items.push(0);
        for head in &mut grid.head {
            let count = *head as usize;
            *head = match count {
                0 => 0,
                1 => ONLY,
                _ => grid.items.len() as u32,
            };
            if count > 1 {
                grid.items.resize(grid.items.len() + count + 1, 0);
            }
        }
        for (k, ball) in balls.iter().enumerate() {
            grid.visit(ball, h, half, horizon, |g, cell, _| {
                let head = g.head[cell];
                if head & ONLY != 0 {
                    g.head[cell] = ONLY | k as u32;
                } else {
                    let list = head as usize;
                    g.items[list] += 1;
                    let at = list + g.items[list] as usize;
                    g.items[at] = k as u32;
                }
            });
        }
        Some(grid)
    }

    /// Calls `f` for every cell that has a point within the horizon of the ball's surface, on the vesicles' side.
    fn visit(
        &mut self,
        ball: &Ball,
        h: f64,
        half: f64,
        horizon: f64,
        mut f: impl FnMut(&mut Self, usize, f64),
    ) {
        let reach = ball.radius + if ball.side > 0.0 { horizon } else { 0.0 } + half;
        let range = |a: usize| {
            let to = |x: f64| ((x - self.low[a]) * self.inverse).floor().max(0.0) as usize;
            let last = self.n[a] - 1;
            (to(ball.centre[a] - reach).min(last), to(ball.centre[a] + reach).min(last))
        };
        let [(x0, x1), (y0, y1), (z0, z1)] = [range(0), range(1), range(2)];
        for ix in x0..=x1 {
            for iy in y0..=y1 {
                for iz in z0..=z1 {
                    let i = [ix, iy, iz];
                    let d: [f64; 3] =
                        std::array::from_fn(|a| self.low[a] + (i[a] as f64 + 0.5) * h - ball.centre[a]);
                    let gap = ball.side * ((d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt() - ball.radius);
                    if gap - half <= horizon && gap + half >= 0.0 {
                        let cell = iz + self.n[2] * (iy + self.n[1] * ix);
                        f(self, cell, gap - half);
                    }
                }
            }
        }
    }

    #[inline]
    pub(crate) fn spot(&self, p: [f64; 3]) -> Spot {
        let mut i = [0usize; 3];
        let mut beyond = 0.0;
        for a in 0..3 {
            let s = (p[a] - self.low[a]) * self.inverse;
            // The cast saturates: below 0 becomes 0, which the next test tells apart.
            i[a] = (s as usize).min(self.n[a] - 1);
            let out = (self.low[a] - p[a]).max(p[a] - self.high[a]).max(0.0);
            beyond += out * out;
        }
        if beyond > 0.0 {
            Spot::Beyond(beyond.sqrt())
        } else {
            Spot::Cell(i[2] + self.n[2] * (i[1] + self.n[1] * i[0]))
        }
    }

    /// Marks those of the first `m` points that have one of `balls` within `reach`, and those outside the grid.
    pub(crate) fn mark_near(
        &self,
        balls: &[Ball],
        p: &[[f64; BLOCK]; 3],
        m: usize,
        reach: &[f64; BLOCK],
        level: &[u8; BLOCK],
        marked: &mut [bool; BLOCK],
    ) {
        // Adding 2⁵² rounds to a whole number; that a point on the border of two cells may get either does not matter,
        // the cells' levels and lists have that much room.
        const WHOLE: f64 = 4_503_599_627_370_496.0;
        let (mut cell, mut beyond) = ([0.0; BLOCK], [0.0; BLOCK]);
        for a in 0..3 {
            let (low, n) = (self.low[a], self.n[a] as f64);
            let (first, last) = (-0.5, n - 0.5);
            for i in 0..BLOCK {
                let s = (p[a][i] - low) * self.inverse - 0.5;
                let s0 = if s > first { s } else { first };
                let s1 = if s0 < last { s0 } else { last };
                beyond[i] += (s - s1).abs();
                let inner = if s1 > 0.0 { s1 } else { 0.0 };
                let inner = if inner < n - 1.0 { inner } else { n - 1.0 };
                cell[i] = cell[i] * n + ((inner + WHOLE) - WHOLE);
            }
        }
        let cell = cell.map(|c| (c + WHOLE).to_bits() as u32);
        // Most are clear by the level of their cell; the others are compared with the spheres listed there.
        let mut asked = [0u8; BLOCK];
        let mut count = 0;
        for i in 0..m {
            asked[count] = i as u8;
            let clear = self.level[cell[i] as usize] >= level[i] && beyond[i] == 0.0;
            count += usize::from(!clear);
        }
        for &i in &asked[..count] {
            let i = usize::from(i);
            let mut near = level[i] == u8::MAX || beyond[i] > 0.0;
            for k in self.near(cell[i] as usize) {
                let b = &balls[k as usize];
                let d = [p[0][i] - b.centre[0], p[1][i] - b.centre[1], p[2][i] - b.centre[2]];
                let bound = (b.radius + b.side * reach[i]).max(0.0);
                near |= b.side * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] - bound * bound) <= 0.0;
            }
            marked[i] |= near;
        }
    }

    /// The balls listed for a cell, in their order.
    #[inline]
    pub(crate) fn near(&self, cell: usize) -> impl Iterator<Item = u32> + '_ {
        let head = self.head[cell];
        let list: &[u32] = if head & ONLY == 0 {
            let at = head as usize;
            &self.items[at + 1..at + 1 + self.items[at] as usize]
        } else {
            &[]
        };
        (head & ONLY != 0).then_some(head & !ONLY).into_iter().chain(list.iter().copied())
    }
}
