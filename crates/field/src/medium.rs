//! Through what a scalar diffuses: diffusivity, membranes, and the couplings between voxels that follow from them.
//!
//! Where diffusivity is the same everywhere and no membrane is set, three numbers say it all. Linear solvers that want
//! couplings per voxel nevertheless find them made on demand.

use crate::mesh::{Axis, Mesh};
use crate::stencil::{Components, Stencil, link, rebuild_axis};
use crate::values::Values;
use std::sync::OnceLock;

#[derive(Clone, Debug)]
pub(crate) struct Medium {
    pub(crate) diffusivity: Values,
    /// 1/P on the faces normal to each axis, min/um; empty: no membrane.
    pub(crate) resistance: [Vec<f64>; 3],
    /// Without links per voxel where they are uniform; couplings over the ends of periodic lines are always there.
    pub(crate) compact: Stencil,
    /// The links along x, y, z where all are the same.
    pub(crate) uniform: Option<[f64; 3]>,
    full: OnceLock<Box<Stencil>>,
    components: OnceLock<Components>,
}

impl Medium {
    /// Nothing diffuses.
    pub(crate) fn new(mesh: &Mesh) -> Self {
        let mut medium = Self {
            diffusivity: Values::Uniform(0.0),
            resistance: [const { Vec::new() }; 3],
            compact: Stencil::new(mesh.shape(), mesh.periodic()),
            uniform: None,
            full: OnceLock::new(),
            components: OnceLock::new(),
        };
        medium.rebuild(mesh);
        medium
    }

    /// To be called when diffusivity or membranes have changed.
    pub(crate) fn rebuild(&mut self, mesh: &Mesh) {
        let plain = self.resistance.iter().all(Vec::is_empty);
        self.full = OnceLock::new();
        // Another pattern of couplings makes other regions.
        let pattern = self.uniform.take();
        self.uniform = match self.diffusivity {
            Values::Uniform(d) if plain => {
                let (n, h) = (mesh.shape(), mesh.h());
                Some([0, 1, 2].map(|a| if n[a] > 1 { link(d, d, h[a], 0.0) } else { 0.0 }))
            }
            _ => None,
        };
        let kind = |g: Option<[f64; 3]>| g.map(|g| g.map(|g| g > 0.0));
        let mut changed = kind(pattern) != kind(self.uniform);
        if self.uniform.is_some() {
            self.compact.link = [const { Vec::new() }; 3];
        } else if self.compact.link.iter().all(Vec::is_empty) {
            self.compact = Stencil::new(mesh.shape(), mesh.periodic());
        }
        for axis in Axis::ALL {
            let r = &self.resistance[axis.index()];
            changed |= rebuild_axis(&mut self.compact, mesh, axis, |i| self.diffusivity.at(i), r);
        }
        if changed {
            self.components = OnceLock::new();
        }
    }

    /// Couplings per voxel.
    pub(crate) fn stencil(&self, mesh: &Mesh) -> &Stencil {
        if self.uniform.is_none() {
            return &self.compact;
        }
        self.full.get_or_init(|| {
            let mut full = Stencil::new(mesh.shape(), mesh.periodic());
            for axis in Axis::ALL {
                let r = &self.resistance[axis.index()];
                rebuild_axis(&mut full, mesh, axis, |i| self.diffusivity.at(i), r);
            }
            Box::new(full)
        })
    }

    /// The regions between which nothing diffuses.
    pub(crate) fn components(&self, mesh: &Mesh) -> &Components {
        self.components.get_or_init(|| match self.uniform {
            Some(g) if (0..3).all(|a| mesh.shape()[a] == 1 || g[a] > 0.0) => Components::one(mesh.len()),
            _ => Components::of(self.stencil(mesh), mesh),
        })
    }

    /// Bytes held per voxel, all in all.
    pub(crate) fn bytes(&self) -> usize {
        let values = |v: &[Vec<f64>; 3]| 8 * v.iter().map(Vec::capacity).sum::<usize>();
        let stencil = |s: &Stencil| values(&s.link) + values(&s.wrap);
        self.diffusivity.bytes()
            + values(&self.resistance)
            + stencil(&self.compact)
            + self.full.get().map_or(0, |s| stencil(s))
            + self.components.get().map_or(0, Components::bytes)
    }
}
