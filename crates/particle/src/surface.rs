//! Spheres and planes, and what they do to a vesicle that touches them.

use crate::error::Error;

/// What a surface does to a vesicle that touches it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wall {
    /// Every touch captures.
    Absorbing,
    /// Captures at a rate κ (um/min) times the density at the surface: D ∂C/∂n = κ C (Robin).
    Partial(f64),
    /// Nothing passes.
    Reflecting,
}

impl Wall {
    /// κ, um/min: infinite for an absorbing wall, 0 for a reflecting one.
    pub fn kappa(self) -> f64 {
        match self {
            Wall::Absorbing => f64::INFINITY,
            Wall::Partial(kappa) => kappa,
            Wall::Reflecting => 0.0,
        }
    }

    /// Whether κ is a number from 0 to infinity.
    pub(crate) fn is_valid(self) -> bool {
        self.kappa() >= 0.0
    }
}

/// Where vesicles are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Around the sphere: a cell or an obstacle.
    Outside,
    /// Within it: a container.
    Inside,
}

/// A sphere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sphere {
    /// Centre, um.
    pub centre: [f64; 3],
    /// Radius, um.
    pub radius: f64,
    /// What touching it does.
    pub wall: Wall,
    /// On which side vesicles are.
    pub side: Side,
}

/// A plane: vesicles are where `normal · x > offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// Points to where the vesicles are; scaled to length 1 when a scene is made.
    pub normal: [f64; 3],
    /// Distance of the plane from the origin along the unit normal, um.
    pub offset: f64,
    /// What touching it does.
    pub wall: Wall,
}

impl Sphere {
    /// A sphere with vesicles around it.
    pub fn new(centre: [f64; 3], radius: f64, wall: Wall) -> Self {
        Self { centre, radius, wall, side: Side::Outside }
    }

    /// A sphere with vesicles in it.
    pub fn container(centre: [f64; 3], radius: f64, wall: Wall) -> Self {
        Self { centre, radius, wall, side: Side::Inside }
    }

    pub(crate) fn check(&self, index: usize) -> Result<(), Error> {
        let bad =
            |what, value, expected| Err(Error::Surface { kind: "sphere", index, what, value, expected });
        if let Some(c) = self.centre.into_iter().find(|c| !c.is_finite()) {
            return bad("a coordinate of the centre", c, "a finite number");
        }
        if !(self.radius.is_finite() && self.radius > 0.0) {
            return bad("radius", self.radius, "a positive length");
        }
        if !self.wall.is_valid() {
            return bad("kappa", self.wall.kappa(), "0 or more");
        }
        Ok(())
    }
}

impl Plane {
    /// Checks the plane and scales its normal.
    pub(crate) fn checked(mut self, index: usize) -> Result<Self, Error> {
        let bad = |what, value, expected| Err(Error::Surface { kind: "plane", index, what, value, expected });
        let length = dot(self.normal, self.normal).sqrt();
        if !(length.is_finite() && length > 0.0) {
            return bad("length of the normal", length, "a positive number");
        }
        if !self.offset.is_finite() {
            return bad("offset", self.offset, "a finite number");
        }
        if !self.wall.is_valid() {
            return bad("kappa", self.wall.kappa(), "0 or more");
        }
        self.normal = self.normal.map(|c| c / length);
        Ok(self)
    }
}

#[inline]
pub(crate) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline]
pub(crate) fn sub(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `a + s b`.
#[inline]
pub(crate) fn along(a: [f64; 3], s: f64, b: [f64; 3]) -> [f64; 3] {
    [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]]
}
