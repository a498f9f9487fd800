//! Absorbing spheres and faces as first-order sinks of the mesh.
//!
//! A sphere of radius R and reactivity κ catches at 4πDR·κR/(κR + D) times the density far away (Collins and Kimball 1949). On a mesh
//! it stands as a ball, a fraction of a voxel larger, in which vesicles are lost at an even rate k: the one with which the ball
//! *on this mesh*, where it lies in it, catches as the sphere does. To find it, the steady field around the ball is solved with
//! the sphere's exact field at some distance, and k is searched until the flux is right. The ball is as small as it can be with
//! a rate that a voxel can show. From afar, and once things are steady, the ball is then the sphere at any mesh; what is left is
//! the first moments, in which the ball's surface is a fraction of a voxel nearer. A sphere of so many voxels that the search would
//! be long takes the continuum's rate: a ball of radius R' catches at 4πDR' (1 − tanh(φ)/φ), φ = R' √(k/D).

use crate::balance::{Flows, Line};
use crate::boxed::{diffusion, spheres};
use crate::plan::{NODES, Plan};
use crate::state::{Grid, State};
use exoderm_field::{Boundary, BoundaryField, Face, FieldError, Mesh, Operator, SteadyConfig, SteadySolver};
use exoderm_model::scenario::{Absorber, TissueBox, VesicleBoundary};
use exoderm_numeric::math;

/// Points along an edge of a voxel that tell how much of it lies in a ball.
const POINTS: usize = 6;
/// Voxels solved around the ball when its rate is searched.
const AROUND: f64 = 4.0;
/// Diffusion number of a part of a step, and most parts.
const SPLIT: f64 = 0.125;
const MOST_PARTS: usize = 1000;
/// Most voxels of such a piece: beyond, a sphere has more than 25 voxels a radius and the continuum's rate is good.
const MOST: usize = 250_000;
/// Highest rate of loss in a voxel, over D/h²: a layer of a third of a voxel.
const HIGHEST: f64 = 10.0;
/// Halvings of the interval in which the rate is searched.
const HALVINGS: usize = 18;
/// Sizes of the ball that are tried, per voxel.
const LAYERS: f64 = 8.0;

/// The sinks of a box, by voxel.
#[derive(Default)]
pub(crate) struct Sinks {
    spheres: usize,
    /// Voxel, and the sphere or (last) the faces that it counts for.
    at: Vec<(u32, u32)>,
    /// Rates (1/min) in the order of `at`, by population × node.
    rates: Vec<Vec<f64>>,
}

impl Sinks {
    pub(crate) fn new(plan: &Plan, s: &State, b: &TissueBox) -> Result<Self, FieldError> {
        let all = spheres(&plan.scenario);
        let faces = plan.scenario.transport.faces;
        let mut sinks = Self { spheres: all.len(), ..Self::default() };
        let balls: Vec<Ball> =
            all.iter().map(|a| Ball::new(plan, &s.grid, a, b)).collect::<Result<_, _>>()?;
        let edges = edges(&s.grid, &faces);
        for (a, ball) in balls.iter().enumerate() {
            sinks.at.extend(ball.cover.iter().map(|&(v, _)| (v, a as u32)));
        }
        sinks.at.extend(edges.iter().map(|&(v, _)| (v, all.len() as u32)));
        for (i, p) in plan.populations.iter().enumerate() {
            for k in 0..NODES {
                let mut rates = Vec::with_capacity(sinks.at.len());
                for ball in &balls {
                    let rate = ball.rate(i * NODES + k);
                    rates.extend(ball.cover.iter().map(|(_, part)| part * rate));
                }
                let d = diffusion(p, k);
                rates.extend(edges.iter().map(|(_, per_diffusion)| per_diffusion * d));
                sinks.rates.push(rates);
            }
        }
        Ok(sinks)
    }

    /// Number of spheres.
    pub(crate) fn spheres(&self) -> usize {
        self.spheres
    }

    /// Parts into which a step is cut: the splitting of directions must not leave the sinks refilled by one of them.
    pub(crate) fn parts(&self, diffusion: f64, grid: &Grid, dt: f64) -> usize {
        if self.at.is_empty() {
            return 1;
        }
        let h = grid.h.into_iter().fold(f64::INFINITY, f64::min);
        ((diffusion * dt / (h * h) / SPLIT).ceil() as usize).clamp(1, MOST_PARTS)
    }

    /// Adds the rates of a field to its decay.
    pub(crate) fn add(&self, f: usize, decay: &mut [f64]) {
        let Some(rates) = self.rates.get(f) else { return };
        for (&(v, _), rate) in self.at.iter().zip(rates) {
            decay[v as usize] += rate;
        }
    }

    /// Books what the sinks took in a step; `unit` is time × volume.
    pub(crate) fn book(&self, f: usize, field: &[f64], unit: f64, caught: &mut [f64], flows: &mut Flows) {
        let Some(rates) = self.rates.get(f) else { return };
        let (mut taken, mut left) = (0.0, 0.0);
        for (&(v, target), rate) in self.at.iter().zip(rates) {
            let amount = rate * field[v as usize] * unit;
            match caught.get_mut(target as usize) {
                Some(sphere) => {
                    *sphere += amount;
                    taken += amount;
                }
                None => left += amount,
            }
        }
        flows.add(Line::Absorbed, taken);
        flows.add(Line::Outflow, left);
    }
}

/// A sphere on the mesh: voxels of its ball with the part of each inside, and the rate of loss over the diffusion coefficient.
pub(super) struct Ball {
    pub(super) cover: Vec<(u32, f64)>,
    /// By population × node (1/min).
    rates: Vec<f64>,
}

impl Ball {
    /// # Errors
    /// If the field around it can't be solved.
    pub(super) fn new(plan: &Plan, grid: &Grid, a: &Absorber, b: &TissueBox) -> Result<Self, FieldError> {
        let h = grid.h.into_iter().fold(0.0, f64::max);
        // Where the whole surface absorbs at once the layer is thinnest: it decides how large the ball must be.
        let mut layer = 0.0;
        while lattice_rate(grid, a, a.radius, layer)?.is_none() {
            layer += h / LAYERS;
        }
        let mut rates = Vec::new();
        for p in &plan.populations {
            for k in 0..NODES {
                // A size that is not there needs no rate.
                let d = if p.nodes[k].weight > 0.0 { diffusion(p, k) } else { 0.0 };
                let share = if a.kappa == f64::INFINITY {
                    1.0
                } else {
                    a.kappa * a.radius / (a.kappa * a.radius + d)
                };
                let found = if d > 0.0 && share > 0.0 {
                    lattice_rate(grid, a, share * a.radius, layer)?
                } else {
                    None
                };
                rates.push(d * found.unwrap_or(0.0));
            }
        }
        Ok(Self { cover: cover(grid, a, a.radius + layer, b), rates })
    }

    /// Rate of loss (1/min) of a field in the ball.
    pub(super) fn rate(&self, f: usize) -> f64 {
        self.rates.get(f).copied().unwrap_or(0.0)
    }
}

/// k/D (1/um²) with which a ball of this radius catches as a perfect absorber of radius `wanted` does.
fn continuum_rate(wanted: f64, radius: f64) -> f64 {
    // 1 − tanh(φ)/φ rises from 0 to 1.
    let (mut low, mut high) = (0.0, 1e6);
    for _ in 0..200 {
        let phi = 0.5 * (low + high);
        let tanh = 1.0 - 2.0 / (1.0 + math::exp(2.0 * phi));
        if 1.0 - tanh / phi < wanted / radius {
            low = phi;
        } else {
            high = phi;
        }
    }
    let phi = 0.5 * (low + high);
    phi * phi / (radius * radius)
}

/// The same on the mesh, for the ball of a sphere that is `layer` um larger; `None` if no rate that a voxel can show is high
/// enough.
fn lattice_rate(grid: &Grid, a: &Absorber, wanted: f64, layer: f64) -> Result<Option<f64>, FieldError> {
    let h = grid.h;
    let edge = h.into_iter().fold(0.0, f64::max);
    let reach = a.radius + layer + AROUND * edge;
    let half = [0, 1, 2].map(|k| (reach / h[k]).ceil() as i64);
    let n = half.map(|m| (2 * m + 1) as usize);
    if n.iter().product::<usize>() > MOST {
        let rate = continuum_rate(wanted, a.radius + layer);
        return Ok((wanted < a.radius + layer && rate * edge * edge < HIGHEST).then_some(rate));
    }
    // A piece of the mesh around the sphere, in its own coordinates.
    let base = [0, 1, 2].map(|k| (a.centre[k] / h[k]).floor() as i64 - half[k]);
    let centre = [0, 1, 2].map(|k| a.centre[k] - base[k] as f64 * h[k]);
    let piece = Grid { n, h };
    let mesh = Mesh::new(n[0], n[1], n[2], h)?;
    let mut parts = vec![0.0; piece.len()];
    for ix in 0..n[0] {
        for iy in 0..n[1] {
            for iz in 0..n[2] {
                let at = [ix as i64, iy as i64, iz as i64];
                parts[piece.index(ix, iy, iz)] = inside(&piece, at, centre, a.radius + layer);
            }
        }
    }
    let mut op = Operator::new(&mesh);
    op.set_uniform_diffusivity(1.0)?;
    for (face, axis) in [Face::XMin, Face::XMax, Face::YMin, Face::YMax, Face::ZMin, Face::ZMax]
        .into_iter()
        .zip([0, 0, 1, 1, 2, 2])
    {
        let side = if face.is_max() { 0.5 } else { -0.5 };
        let value = |cell: usize| {
            let mut p = mesh.centre(mesh.face_voxel(face, cell));
            p[axis] += side * h[axis];
            let d2: f64 = (0..3).map(|k| (p[k] - centre[k]) * (p[k] - centre[k])).sum();
            Boundary::Value(1.0 - wanted / d2.sqrt())
        };
        op.set_boundary(face, BoundaryField::PerFace((0..mesh.face_cells(face)).map(value).collect()))?;
    }
    let config = SteadyConfig { tolerance: 1e-6, ..SteadyConfig::default() };
    let mut solver = SteadySolver::new(&mesh, config)?;
    let mut field = vec![1.0; piece.len()];
    let mut decay = vec![0.0; piece.len()];
    let goal = 4.0 * std::f64::consts::PI * wanted;
    let mut flux = |rate: f64| -> Result<f64, FieldError> {
        for (d, part) in decay.iter_mut().zip(&parts) {
            *d = part * rate;
        }
        op.set_decay(&decay)?;
        solver.solve(&op, &mut field)?;
        Ok(decay.iter().zip(&field).map(|(k, c)| k * c).sum::<f64>() * piece.volume())
    };
    let (mut low, mut high) = (0.0, HIGHEST / (edge * edge));
    if flux(high)? < goal {
        return Ok(None);
    }
    for _ in 0..HALVINGS {
        let rate = 0.5 * (low + high);
        if flux(rate)? < goal {
            low = rate;
        } else {
            high = rate;
        }
    }
    Ok(Some(0.5 * (low + high)))
}

/// The voxels of the ball that stands for a sphere, each with the part of it inside. Across periodic faces the ball comes in on
/// the other side.
fn cover(grid: &Grid, a: &Absorber, radius: f64, b: &TissueBox) -> Vec<(u32, f64)> {
    let range = |k: usize| {
        let low = ((a.centre[k] - radius) / grid.h[k]).floor() as i64;
        let high = ((a.centre[k] + radius) / grid.h[k]).ceil() as i64;
        let n = grid.n[k] as i64;
        if b.periodic[k] && n > 1 {
            low..high.min(low + n)
        } else if b.periodic[k] {
            0..1
        } else {
            low.max(0)..high.min(n)
        }
    };
    let mut out = Vec::new();
    for ix in range(0) {
        for iy in range(1) {
            for iz in range(2) {
                let at = [ix, iy, iz];
                let part = inside(grid, at, a.centre, radius);
                if part > 0.0 {
                    let [x, y, z] = [0, 1, 2].map(|k| at[k].rem_euclid(grid.n[k] as i64) as usize);
                    out.push((grid.index(x, y, z) as u32, part));
                }
            }
        }
    }
    out
}

/// The part of a voxel that lies in a ball.
fn inside(grid: &Grid, at: [i64; 3], centre: [f64; 3], radius: f64) -> f64 {
    let point =
        |k: usize, i: usize| (at[k] as f64 + (i as f64 + 0.5) / POINTS as f64) * grid.h[k] - centre[k];
    let mut hits = 0;
    for i in 0..POINTS {
        let x = point(0, i);
        for j in 0..POINTS {
            let y = point(1, j);
            for k in 0..POINTS {
                let z = point(2, k);
                hits += usize::from(x * x + y * y + z * z <= radius * radius);
            }
        }
    }
    hits as f64 / (POINTS * POINTS * POINTS) as f64
}

/// Voxels at absorbing faces and their rates over the diffusion coefficient (1/um²): the face is half a voxel away.
pub(super) fn edges(grid: &Grid, faces: &[VesicleBoundary; 6]) -> Vec<(u32, f64)> {
    let mut out = Vec::new();
    for (face, what) in faces.iter().enumerate() {
        if *what != VesicleBoundary::Absorbing {
            continue;
        }
        let axis = face / 2;
        let mut index = [0; 3];
        index[axis] = if face % 2 == 0 { 0 } else { grid.n[axis] - 1 };
        let (a, b) = ((axis + 1) % 3, (axis + 2) % 3);
        for i in 0..grid.n[a] {
            for j in 0..grid.n[b] {
                (index[a], index[b]) = (i, j);
                let v = grid.index(index[0], index[1], index[2]) as u32;
                out.push((v, 2.0 / (grid.h[axis] * grid.h[axis])));
            }
        }
    }
    out
}
