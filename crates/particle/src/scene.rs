//! The checked geometry that vesicles move in.

use crate::domain::{Domain, Face};
use crate::error::{Error, check};
use crate::grid::{Grid, LEVELS, Spot};
use crate::near::Local;
use crate::surface::{Plane, Side, Sphere, dot, sub};
use exoderm_numeric::batch::BLOCK;

/// The surface that took a vesicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touched {
    /// Index into the slice of spheres.
    Sphere(u32),
    /// Index into the slice of planes.
    Plane(u32),
    /// Index into [`Domain::faces`].
    Face(u8),
}

/// A sphere as steps read it; images across periodic faces are balls of their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ball {
    pub centre: [f64; 3],
    pub radius: f64,
    /// 1 with vesicles outside, −1 inside.
    pub side: f64,
    pub kappa: f64,
    pub original: u32,
}

#[derive(Clone, Copy, Debug)]
struct Flat {
    normal: [f64; 3],
    offset: f64,
    kappa: f64,
    label: Touched,
}

/// Spheres, planes and a box, ready for steps.
#[derive(Clone, Debug)]
pub struct Scene {
    low: [f64; 3],
    /// Period along each axis, 0 without.
    period: [f64; 3],
    balls: Vec<Ball>,
    flats: Vec<Flat>,
    grid: Option<Grid>,
    horizon: f64,
    /// The smallest length a vesicle must fit beside or into, and its name.
    tightest: (f64, &'static str),
}

/// What is near a vesicle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    /// Distance to the nearest surface, or up to which there is none.
    pub gap: f64,
    /// The nearest surface.
    pub nearest: Option<Id>,
    /// Distance to the second, or up to which there is none; walls at right angles don't count, they don't interact.
    pub second: f64,
}

/// A surface within a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id {
    Ball(u32),
    Flat(u32),
}

/// Standard deviations of a jump within which a surface is taken to be reached: beyond, 6e-7 of jumps are.
pub(crate) const REACH: f64 = 5.0;

impl Scene {
    /// A scene. `horizon` (um) is the distance up to which surfaces are listed: about [`Scene::horizon_for`] the
    /// fastest class and the step; it changes speed, and results only within their errors.
    ///
    /// # Errors
    /// Numbers that are no lengths, faces that contradict each other, spheres that the box does not meet.
    pub fn new(domain: Domain, spheres: &[Sphere], planes: &[Plane], horizon: f64) -> Result<Self, Error> {
        Self::with_spacing(domain, spheres, planes, horizon, None)
    }

    /// As [`Scene::new`], with the spacing (um) of the grid that finds spheres; results do not depend on it.
    ///
    /// # Errors
    /// As [`Scene::new`], and a spacing that is no positive length.
    pub fn with_spacing(
        domain: Domain,
        spheres: &[Sphere],
        planes: &[Plane],
        horizon: f64,
        spacing: Option<f64>,
    ) -> Result<Self, Error> {
        check("horizon", horizon, horizon > 0.0, "a length above 0 um")?;
        if let Some(h) = spacing {
            check("spacing of the grid", h, h > 0.0, "a length above 0 um")?;
        }
        let period = domain.periods()?;
        let limit = 1 << 30;
        if spheres.len() + planes.len() > limit {
            let count = (spheres.len() + planes.len()) as u64;
            return Err(Error::TooMany { what: "surfaces", count, limit: limit as u64 });
        }
        let mut tightest = (f64::INFINITY, "");
        for (a, p) in period.iter().enumerate() {
            let walled = matches!(domain.faces[2 * a], Face::Wall(_))
                && matches!(domain.faces[2 * a + 1], Face::Wall(_));
            let size =
                if walled || *p > 0.0 { 0.5 * (domain.high[a] - domain.low[a]) } else { f64::INFINITY };
            if size < tightest.0 {
                tightest = (size, "half the box");
            }
        }
        let mut balls = Vec::with_capacity(spheres.len());
        for (index, s) in spheres.iter().enumerate() {
            s.check(index)?;
            if s.radius < tightest.0 {
                tightest = (s.radius, "a sphere");
            }
            push_images(&mut balls, s, index, &domain, period, horizon);
        }
        let mut flats = Vec::new();
        for (k, face) in domain.faces.iter().enumerate() {
            if let Face::Wall(wall) = face {
                let (axis, sign) = (k / 2, if k % 2 == 0 { 1.0 } else { -1.0 });
                let mut normal = [0.0; 3];
                normal[axis] = sign;
                let offset = sign * if k % 2 == 0 { domain.low[axis] } else { domain.high[axis] };
                flats.push(Flat { normal, offset, kappa: wall.kappa(), label: Touched::Face(k as u8) });
            }
        }
        for (index, p) in planes.iter().enumerate() {
            let p = p.checked(index)?;
            let label = Touched::Plane(index as u32);
            flats.push(Flat { normal: p.normal, offset: p.offset, kappa: p.wall.kappa(), label });
        }
        let limits = [0, 1, 2].map(|a| {
            let open = |k: usize, x: f64, far: f64| if domain.faces[k] == Face::Open { far } else { x };
            [open(2 * a, domain.low[a], f64::NEG_INFINITY), open(2 * a + 1, domain.high[a], f64::INFINITY)]
        });
        let grid = Grid::new(&balls, horizon, limits, spacing);
        Ok(Self { low: domain.low, period, balls, flats, grid, horizon, tightest })
    }

    /// A horizon with which vesicles that are clear of surfaces make their step of `dt` min in one jump.
    pub fn horizon_for(diffusion: f64, dt: f64) -> f64 {
        1.05 * REACH * (2.0 * diffusion * dt).sqrt()
    }

    /// Checks that a vesicle of this radius fits into the scene at all.
    pub(crate) fn fits(&self, radius: f64) -> Result<(), Error> {
        let (size, than) = self.tightest;
        if radius > size {
            return Err(Error::TooLarge { radius, than, size });
        }
        if 4.0 * radius > self.horizon {
            return Err(Error::TooLarge {
                radius,
                than: "a quarter of the scene's horizon",
                size: 0.25 * self.horizon,
            });
        }
        Ok(())
    }

    /// Checks that vesicles with this diffusion coefficient can cross what is known of the scene in a bounded number of
    /// substeps.
    pub(crate) fn suits(&self, diffusion: f64, dt: f64, shortest: f64) -> Result<(), Error> {
        let crossing = self.horizon * self.horizon / (2.0 * REACH * REACH * diffusion);
        if self.grid.is_some() && crossing < 4.0 * shortest * dt {
            let needed = (8.0 * shortest * dt * REACH * REACH * diffusion).sqrt();
            return Err(Error::Horizon { dt, horizon: self.horizon, needed });
        }
        Ok(())
    }

    /// Checks that a vesicle may be at `p`, and returns `p` within the period.
    pub(crate) fn admit(&self, p: [f64; 3], radius: f64) -> Result<[f64; 3], Error> {
        let misplaced = |relation| Err(Error::Misplaced { at: p, relation });
        if p.iter().any(|c| !c.is_finite()) {
            return misplaced("at no place: a coordinate is not a finite number");
        }
        let p = self.wrap(p);
        for flat in &self.flats {
            if dot(flat.normal, p) - flat.offset < radius {
                return misplaced(match flat.label {
                    Touched::Face(_) => "outside the box, or nearer to its wall than its radius",
                    _ => "beyond a plane, or nearer to it than its radius",
                });
            }
        }
        for ball in &self.balls {
            let d = sub(p, ball.centre);
            if ball.side * (dot(d, d).sqrt() - ball.radius) < radius {
                return misplaced(if ball.side > 0.0 {
                    "inside a sphere, or nearer to it than its radius"
                } else {
                    "outside its container, or nearer to its wall than its radius"
                });
            }
        }
        Ok(p)
    }

    /// The level of the grid for a distance.
    pub(crate) fn level_for(&self, distance: f64) -> u8 {
        (distance / self.horizon * LEVELS).ceil().min(255.0) as u8
    }

    /// Marks those of the first `m` points within `reach` of which a surface may lie; never misses one.
    pub(crate) fn mark_near(
        &self,
        p: &[[f64; BLOCK]; 3],
        m: usize,
        reach: &[f64; BLOCK],
        level: &[u8; BLOCK],
        marked: &mut [bool; BLOCK],
    ) {
        for flat in &self.flats {
            let n = flat.normal;
            for i in 0..BLOCK {
                marked[i] |= n[0] * p[0][i] + n[1] * p[1][i] + n[2] * p[2][i] - flat.offset < reach[i];
            }
        }
        if let Some(grid) = &self.grid {
            grid.mark_near(&self.balls, p, m, reach, level, marked);
        }
        for a in 0..3 {
            if self.period[a] > 0.0 {
                for i in 0..BLOCK {
                    // So long a jump may wrap more than once.
                    marked[i] |= reach[i] > 0.5 * self.period[a];
                }
            }
        }
    }

    /// Surfaces near `p`, for a vesicle of this radius.
    pub(crate) fn near(&self, p: [f64; 3], radius: f64) -> Near {
        let known = self.horizon - radius;
        let mut near = Near { gap: f64::INFINITY, nearest: None, second: f64::INFINITY };
        let mut add = |gap: f64, id: Id| {
            if gap < near.gap {
                near.second = near.gap;
                (near.gap, near.nearest) = (gap, Some(id));
            } else if gap < near.second {
                near.second = gap;
            }
        };
        let mut limit = f64::INFINITY;
        if let Some(grid) = &self.grid {
            match grid.spot(p) {
                Spot::Beyond(d) => limit = known + d,
                Spot::Cell(cell) => {
                    limit = known;
                    for k in grid.near(cell) {
                        let ball = &self.balls[k as usize];
                        let d = sub(p, ball.centre);
                        let gap = ball.side * (dot(d, d).sqrt() - ball.radius) - radius;
                        if gap <= known {
                            add(gap, Id::Ball(k));
                        }
                    }
                }
            }
        }
        for (k, flat) in self.flats.iter().enumerate() {
            add(dot(flat.normal, p) - flat.offset - radius, Id::Flat(k as u32));
        }
        if let Some(Id::Flat(k)) = near.nearest {
            // Only now is it known which wall is the nearest: those at right angles to it drop out.
            let n = self.flats[k as usize].normal;
            let mut second = f64::INFINITY;
            for (j, flat) in self.flats.iter().enumerate() {
                if j != k as usize && dot(n, flat.normal).abs() > 1e-12 {
                    second = second.min(dot(flat.normal, p) - flat.offset - radius);
                }
            }
            self.each_ball(p, |_, ball| {
                let d = sub(p, ball.centre);
                second = second.min(ball.side * (dot(d, d).sqrt() - ball.radius) - radius);
            });
            near.second = second;
        }
        if limit < near.gap {
            (near.gap, near.nearest) = (limit, None);
        }
        near.second = near.second.min(limit).max(near.gap);
        near
    }

    fn each_ball(&self, p: [f64; 3], mut f: impl FnMut(u32, &Ball)) {
        if let Some(grid) = &self.grid
            && let Spot::Cell(cell) = grid.spot(p)
        {
            for k in grid.near(cell) {
                f(k, &self.balls[k as usize]);
            }
        }
    }

    /// Calls `f` with every surface listed near `p`, balls first, until it returns false.
    pub(crate) fn each(&self, p: [f64; 3], mut f: impl FnMut(Id) -> bool) {
        if let Some(grid) = &self.grid
            && let Spot::Cell(cell) = grid.spot(p)
            && !grid.near(cell).all(|k| f(Id::Ball(k)))
        {
            return;
        }
        for k in 0..self.flats.len() {
            if !f(Id::Flat(k as u32)) {
                return;
            }
        }
    }

    /// A surface as seen from `p` by a vesicle of this radius.
    pub(crate) fn local(&self, id: Id, p: [f64; 3], radius: f64) -> Local {
        match id {
            Id::Flat(k) => {
                let flat = &self.flats[k as usize];
                let gap = (dot(flat.normal, p) - flat.offset - radius).max(0.0);
                Local { normal: flat.normal, gap, centre: [0.0; 3], curvature: 0.0, kappa: flat.kappa }
            }
            Id::Ball(k) => {
                let ball = &self.balls[k as usize];
                let d = sub(p, ball.centre);
                let r = dot(d, d).sqrt();
                let normal = if r > 0.0 { d.map(|c| ball.side * c / r) } else { [ball.side, 0.0, 0.0] };
                let contact = ball.radius + ball.side * radius;
                let gap = (ball.side * (r - contact)).max(0.0);
                Local { normal, gap, centre: ball.centre, curvature: ball.side / contact, kappa: ball.kappa }
            }
        }
    }

    /// Radius of curvature of a surface, um.
    pub(crate) fn bend(&self, id: Id) -> f64 {
        match id {
            Id::Flat(_) => f64::INFINITY,
            Id::Ball(k) => self.balls[k as usize].radius,
        }
    }

    /// Radius of the smallest sphere or, without spheres, the horizon.
    pub(crate) fn scale(&self) -> f64 {
        self.tightest.0.min(self.horizon)
    }

    pub(crate) fn label(&self, id: Id) -> Touched {
        match id {
            Id::Flat(k) => self.flats[k as usize].label,
            Id::Ball(k) => Touched::Sphere(self.balls[k as usize].original),
        }
    }

    /// Wraps coordinates that left the period by less than one period.
    pub(crate) fn wrap_axis(&self, axis: usize, x: &mut [f64]) {
        let (low, length) = (self.low[axis], self.period[axis]);
        if length > 0.0 {
            let high = low + length;
            for x in x {
                let up = if *x < low { *x + length } else { *x };
                let down = if up >= high { up - length } else { up };
                // Rounding may have given the upper end itself.
                *x = if down < low { low } else { down };
            }
        }
    }

    /// `p` within the period.
    #[inline]
    pub(crate) fn wrap(&self, mut p: [f64; 3]) -> [f64; 3] {
        for a in 0..3 {
            let length = self.period[a];
            if length > 0.0 {
                let s = p[a] - self.low[a];
                if !(0.0..length).contains(&s) {
                    let s = s - length * (s / length).floor();
                    // Rounding may give the full length.
                    p[a] = self.low[a] + if s < length { s } else { 0.0 };
                }
            }
        }
        p
    }

    /// The periodic image of `point` that is nearest to `p`.
    #[inline]
    pub(crate) fn image(&self, mut point: [f64; 3], p: [f64; 3]) -> [f64; 3] {
        for a in 0..3 {
            let length = self.period[a];
            if length > 0.0 {
                let apart = ((p[a] - point[a]) / length).round();
                if apart != 0.0 {
                    point[a] += apart * length;
                }
            }
        }
        point
    }
}

/// The sphere and those of its images that are within the horizon of the box.
fn push_images(
    balls: &mut Vec<Ball>,
    s: &Sphere,
    index: usize,
    domain: &Domain,
    period: [f64; 3],
    horizon: f64,
) {
    let shifts = |a: usize| if period[a] > 0.0 { -1..=1 } else { 0..=0 };
    for ix in shifts(0) {
        for iy in shifts(1) {
            for iz in shifts(2) {
                let i = [ix, iy, iz];
                let centre: [f64; 3] = std::array::from_fn(|a| s.centre[a] + f64::from(i[a]) * period[a]);
                let reach = s.radius + horizon;
                let near = (0..3).all(|a| {
                    period[a] == 0.0
                        || centre[a] + reach > domain.low[a] && centre[a] - reach < domain.high[a]
                });
                if near || i == [0; 3] {
                    let side = if s.side == Side::Outside { 1.0 } else { -1.0 };
                    balls.push(Ball {
                        centre,
                        radius: s.radius,
                        side,
                        kappa: s.wall.kappa(),
                        original: index as u32,
                    });
                }
            }
        }
    }
}
