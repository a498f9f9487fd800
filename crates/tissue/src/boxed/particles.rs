//! Every vesicle's own Brownian path among the spheres and cells of a box.
//!
//! A cloud a population, a class a size node. Spheres of the scenario absorb with their κ; a living cell is a sphere of
//! κ = k_b (S_max − S)/(4πR²), with the sites that were free at the step's start: diffusion to it is resolved and needs no
//! series resistance. What a cell lets go starts at a random point of its surface, at an even time within the step; what unbinds
//! or is recycled starts there at the next step. After the step the fields get the vesicles in their voxels, for records and maps.

use crate::balance::Line;
use crate::boxed::{Discrete, by_size, diffusion, seed_of, settle_cell, spheres};
use crate::plan::{NODES, Plan};
use crate::purpose;
use crate::sense::contact_voxel;
use crate::state::State;
use crate::tissue::TissueError;
use crate::vesicles::{cargo_at, uptake_of};
use crate::work::VesicleWork;
use exoderm_model::scenario::{TissueBox, VesicleBoundary};
use exoderm_numeric::random::{Seed, Stream};
use exoderm_particle::{Class, Cloud, Domain, Error, Face, Fate, Scene, Sphere, Stored, Touched, Wall};
use std::f64::consts::PI;

/// Tries to find a free point on a cell's surface.
const TRIES: usize = 64;
/// How far from a surface a vesicle starts, relative to the radius: rounding must not put it inside.
const OFF: f64 = 1e-9;

/// The clouds and what they move in.
pub(super) struct ParticleWork {
    domain: Domain,
    horizon: f64,
    clouds: Vec<Cloud>,
    /// By population: as the cells are now.
    scenes: Vec<Scene>,
    /// Scratch: the spheres of a scene, the cell of each beyond the scenario's own, what bound by cell.
    spheres: Vec<Sphere>,
    owner: Vec<u32>,
    bound: Vec<[u64; NODES]>,
}

fn wall(kappa: f64) -> Wall {
    if kappa == f64::INFINITY {
        Wall::Absorbing
    } else if kappa > 0.0 {
        Wall::Partial(kappa)
    } else {
        Wall::Reflecting
    }
}

/// Faces: the flow carries out what it meets at a wall, as at the ends of the field's lines.
fn faces(b: &TissueBox, given: &[VesicleBoundary; 6]) -> [Face; 6] {
    std::array::from_fn(|k| {
        if b.periodic[k / 2] {
            return Face::Periodic;
        }
        let outward = if k % 2 == 0 { -b.flow[k / 2] } else { b.flow[k / 2] };
        match given[k] {
            VesicleBoundary::NoFlux => Face::Wall(wall(outward)),
            VesicleBoundary::Absorbing => Face::Wall(Wall::Absorbing),
            VesicleBoundary::Open => Face::Open,
        }
    })
}

impl ParticleWork {
    pub(super) fn new(plan: &Plan, s: &State, b: &TissueBox, seed: Seed) -> Result<Self, TissueError> {
        let g = &s.grid;
        let domain = Domain {
            low: [0.0; 3],
            high: [0, 1, 2].map(|a| g.n[a] as f64 * g.h[a]),
            faces: faces(b, &plan.scenario.transport.faces),
        };
        let mut fastest: f64 = 0.0;
        let mut clouds = Vec::new();
        for (p, population) in plan.populations.iter().enumerate() {
            let classes: [Class; NODES] = std::array::from_fn(|k| Class {
                drift: b.flow,
                loss: population.degradation,
                ..Class::brownian(diffusion(population, k))
            });
            fastest = classes.iter().fold(fastest, |f, c| f.max(c.diffusion));
            let seed = seed_of(seed, p, purpose::PARTICLES);
            clouds.push(match &s.discrete {
                Discrete::Particles(stored) if p < stored.len() => {
                    Cloud::restored(seed, &classes, stored[p].clone())?
                }
                _ => Cloud::new(seed, &classes)?,
            });
        }
        // Where nothing diffuses any list of surfaces does; a step of drift alone needs none.
        let horizon = Scene::horizon_for(fastest, plan.scenario.steps.transport).max(1e-3);
        let mut work = Self {
            domain,
            horizon,
            clouds,
            scenes: Vec::new(),
            spheres: Vec::new(),
            owner: Vec::new(),
            bound: Vec::new(),
        };
        work.lay_scenes(plan, s)?;
        Ok(work)
    }

    pub(super) fn store(&self) -> Vec<Stored> {
        self.clouds.iter().map(Cloud::store).collect()
    }

    pub(super) fn places(&self) -> Vec<Vec<[f32; 3]>> {
        self.clouds
            .iter()
            .map(|c| {
                let mut order: Vec<usize> = (0..c.len()).collect();
                order.sort_unstable_by_key(|&i| c.ids()[i]);
                order.into_iter().map(|i| c.place(i).map(|x| x as f32)).collect()
            })
            .collect()
    }

    /// A scene for each population, with the cells as they are.
    fn lay_scenes(&mut self, plan: &Plan, s: &State) -> Result<(), Error> {
        let time = f64::from(s.tick) * plan.scenario.steps.phenotype - plan.scenario.burn_in;
        self.scenes.clear();
        for p in 0..plan.populations.len() {
            self.spheres.clear();
            self.owner.clear();
            self.spheres.extend(
                spheres(&plan.scenario).iter().map(|a| Sphere::new(a.centre, a.radius, wall(a.kappa))),
            );
            for i in 0..s.cells.len() {
                if s.cells.is_doomed(i) {
                    continue;
                }
                let r = s.cells.radius[i];
                self.spheres.push(Sphere::new(s.cells.at(i), r, wall(reactivity(plan, s, p, i, time))));
                self.owner.push(i as u32);
            }
            self.scenes.push(Scene::new(self.domain, &self.spheres, &[], self.horizon)?);
        }
        Ok(())
    }

    /// Puts vesicles in at a point, by size.
    pub(super) fn inject(
        &mut self,
        plan: &Plan,
        s: &mut State,
        p: usize,
        sizes: &[u64; NODES],
        at: [f64; 3],
    ) -> Result<(), Error> {
        if !s.cells.is_empty() {
            self.lay_scenes(plan, s)?;
        }
        for (k, n) in sizes.iter().enumerate() {
            for _ in 0..*n {
                self.clouds[p].insert(&self.scenes[p], k as u8, at)?;
            }
        }
        self.deposit(s);
        Ok(())
    }

    /// The fields from the places of the vesicles.
    fn deposit(&self, s: &mut State) {
        let inverse = 1.0 / s.grid.volume();
        for (p, cloud) in self.clouds.iter().enumerate() {
            s.free[p * NODES..(p + 1) * NODES].iter_mut().for_each(|f| f.fill(0.0));
            let mut beyond = 0u64;
            for i in 0..cloud.len() {
                let at = cloud.place(i);
                let out = |a: usize| {
                    (at[a] < 0.0 && self.domain.faces[2 * a] == Face::Open)
                        || (at[a] > self.domain.high[a] && self.domain.faces[2 * a + 1] == Face::Open)
                };
                if (0..3).any(out) {
                    beyond += 1;
                } else {
                    s.free[p * NODES + usize::from(cloud.classes()[i])][s.grid.voxel(at)] += inverse;
                }
            }
            s.beyond[p] = beyond as f64;
        }
    }
}

/// κ of a living cell (um/min) for a population: its free sites over its surface.
fn reactivity(plan: &Plan, s: &State, p: usize, i: usize, time: f64) -> f64 {
    let population = &plan.populations[p];
    let u = uptake_of(plan, s, p, i, contact_voxel(plan, s, i), time);
    if !population.binds || u.clearance <= 0.0 {
        return 0.0;
    }
    let taken: f64 = (0..plan.populations.len())
        .filter(|&q| q == p || plan.populations[q].displaces)
        .map(|q| s.cells.extra(s.columns.surface[q])[i])
        .sum();
    let r = s.cells.radius[i];
    u.binding * (u.capacity - taken).max(0.0) / (4.0 * PI * r * r)
}

/// A random point just outside a sphere.
fn on_surface(centre: [f64; 3], radius: f64, stream: &mut Stream) -> [f64; 3] {
    loop {
        let d = [0; 3].map(|_| stream.normal());
        let length = (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
        if length > 0.0 {
            return [0, 1, 2].map(|k| centre[k] + radius * (1.0 + OFF) * d[k] / length);
        }
    }
}

/// Puts vesicles on the surface of cell `i`. Where a crowd leaves no free point the vesicle stays bound to the cell.
fn let_go(
    own: &mut ParticleWork,
    s: &mut State,
    (p, i): (usize, usize),
    sizes: [u64; NODES],
    late: f64,
    stream: &mut Stream,
) -> Result<(), Error> {
    let (centre, radius) = (s.cells.at(i), s.cells.radius[i]);
    for (k, n) in sizes.into_iter().enumerate() {
        for _ in 0..n {
            let begin = if late > 0.0 { late * stream.uniform() } else { 0.0 };
            let mut placed = false;
            for _ in 0..TRIES {
                let at = on_surface(centre, radius, stream);
                match own.clouds[p].insert_at(&own.scenes[p], k as u8, at, begin) {
                    Ok(_) => {
                        placed = true;
                        break;
                    }
                    Err(Error::Misplaced { .. }) => {}
                    Err(other) => return Err(other),
                }
            }
            if !placed {
                s.cells.extra_mut(s.columns.surface[p])[i] += 1.0;
            }
        }
    }
    Ok(())
}

/// One step of all populations.
pub(super) fn step(
    plan: &Plan,
    s: &mut State,
    work: &mut VesicleWork,
    own: &mut ParticleWork,
    seed: Seed,
    time: f64,
    dt: f64,
) -> Result<(), TissueError> {
    let cells = s.cells.len();
    let absorbers = spheres(&plan.scenario).len();
    if cells > 0 {
        own.lay_scenes(plan, s)?;
    }
    work.rebinding.clear();
    // Binding again is resolved by the paths.
    work.rebinding.resize(cells, 1.0);
    for p in 0..plan.populations.len() {
        for r in 0..work.released.len() {
            let (i, of, count) = work.released[r];
            if of as usize != p {
                continue;
            }
            let i = i as usize;
            let mut stream = seed.stream(s.cells.id[i] | 1 << 47, s.tick, purpose::LEAVING + p as u16);
            let sizes = by_size(&plan.populations[p], count, &mut stream);
            let_go(own, s, (p, i), sizes, dt, &mut stream)?;
        }
        own.bound.clear();
        own.bound.resize(cells, [0; NODES]);
        let (mut lost, mut out) = (0u64, 0u64);
        for event in own.clouds[p].step(&own.scenes[p], dt)? {
            match event.fate {
                Fate::Lost => lost += 1,
                Fate::Arrived => {}
                Fate::Captured(Touched::Sphere(k)) if (k as usize) < absorbers => {
                    s.caught[p * absorbers + k as usize] += 1.0;
                    s.flows[p].add(Line::Absorbed, 1.0);
                }
                Fate::Captured(Touched::Sphere(k)) => {
                    let i = own.owner[k as usize - absorbers] as usize;
                    own.bound[i][usize::from(event.class)] += 1;
                }
                Fate::Captured(_) => out += 1,
            }
        }
        s.flows[p].add(Line::DegradedTissue, lost as f64);
        s.flows[p].add(Line::Outflow, out as f64);
        let cargo = cargo_at(plan, p, time);
        for i in 0..cells {
            if s.cells.is_doomed(i) {
                continue;
            }
            let back = settle_cell(plan, s, work, p, i, own.bound[i], &cargo, seed, dt)?;
            if back > 0.0 {
                let mut stream = seed.stream(s.cells.id[i], s.tick, purpose::LEAVING + p as u16);
                let sizes = by_size(&plan.populations[p], back as u64, &mut stream);
                let_go(own, s, (p, i), sizes, 0.0, &mut stream)?;
            }
        }
    }
    own.deposit(s);
    Ok(())
}
