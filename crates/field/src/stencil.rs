//! The couplings between neighbouring voxels, and the products with them.
//!
//! `link[a][i]` is the rate (1/min) at which voxel i and its neighbour one further along axis a even out; it is 0
//! for the last voxel of a line. Because of those zeros a product can run over the flat array with one offset
//! per axis, without a thought for where lines end. A periodic axis keeps the link that closes each line in
//! `wrap[a]`, one per line. Row sums live apart, in the caller's `e` (decay, boundaries, 1/dt), so that products
//! are written with differences `c_i − c_j`: constants are in the kernel to the last bit, and what leaves a
//! voxel enters its neighbour with the same bits.

use crate::error::{FieldError, check_len};
use crate::mesh::{Axis, Mesh};
use crate::passes;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stencil {
    pub(crate) n: [usize; 3],
    /// Per voxel; empty along an axis with one voxel.
    pub(crate) link: [Vec<f64>; 3],
    /// Per line; empty unless the axis is periodic with more than one voxel.
    pub(crate) wrap: [Vec<f64>; 3],
}

impl Stencil {
    /// All links zero.
    pub(crate) fn new(n: [usize; 3], periodic: [bool; 3]) -> Self {
        let total = n[0] * n[1] * n[2];
        let axis = [0, 1, 2];
        Self {
            n,
            link: axis.map(|a| vec![0.0; if n[a] > 1 { total } else { 0 }]),
            wrap: axis.map(|a| vec![0.0; if n[a] > 1 && periodic[a] { total / n[a] } else { 0 }]),
        }
    }

    /// Checks what was read from a checkpoint against the mesh.
    pub(crate) fn check(&self, mesh: &Mesh) -> Result<(), FieldError> {
        let like = Stencil::new(mesh.shape(), mesh.periodic());
        if self.n != like.n {
            return Err(FieldError::InvalidSetting(format!(
                "solver state of a {:?} mesh for a {:?} mesh",
                self.n, like.n
            )));
        }
        for a in 0..3 {
            check_len("links of the solver state", &self.link[a], like.link[a].len())?;
            check_len("links of the solver state", &self.wrap[a], like.wrap[a].len())?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.n[0] * self.n[1] * self.n[2]
    }

    #[inline]
    pub(crate) fn stride(&self, a: usize) -> usize {
        match a {
            0 => self.n[1] * self.n[2],
            1 => self.n[2],
            _ => 1,
        }
    }

    /// First and last voxel of a line along axis `a` (numbering of [`Mesh::line_start`]).
    #[inline]
    pub(crate) fn line_ends(&self, a: usize, line: usize) -> (usize, usize) {
        let start = match a {
            0 => line,
            1 => (line / self.n[2]) * self.n[1] * self.n[2] + line % self.n[2],
            _ => line * self.n[2],
        };
        (start, start + (self.n[a] - 1) * self.stride(a))
    }

    /// `y = (E + L) x` with L the graph Laplacian of the links and E = diag(e).
    pub(crate) fn apply(&self, e: &[f64], x: &[f64], y: &mut [f64]) {
        self.product(e, x, y, |_, _| ());
    }

    /// `r = b − (E + L) x`.
    pub(crate) fn residual(&self, e: &[f64], b: &[f64], x: &[f64], r: &mut [f64]) {
        self.product(e, x, r, |first, r| {
            for (r, &b) in r.iter_mut().zip(&b[first..]) {
                *r = b - *r;
            }
        });
    }

    /// The product, and then what `finish` makes of a stretch of it. Stretches stay in a core's cache while all passes
    /// cross them; couplings over ends, which join distant ones, take one thread.
    fn product(&self, e: &[f64], x: &[f64], y: &mut [f64], finish: impl Fn(usize, &mut [f64]) + Sync) {
        if self.wrap.iter().all(Vec::is_empty) {
            passes::each(y, |first, part| {
                self.stretch(e, x, first, part);
                finish(first, part);
            });
            return;
        }
        for ((y, &e), &x) in y.iter_mut().zip(e).zip(x) {
            *y = e * x;
        }
        for a in 0..3 {
            self.add_axis(a, x, 0, y);
            for (line, &g) in self.wrap[a].iter().enumerate() {
                let (first, last) = self.line_ends(a, line);
                let f = g * (x[last] - x[first]);
                y[last] += f;
                y[first] -= f;
            }
        }
        finish(0, y);
    }

    /// The product in the voxels from `first` on, without couplings over ends.
    fn stretch(&self, e: &[f64], x: &[f64], first: usize, y: &mut [f64]) {
        for ((y, &e), &x) in y.iter_mut().zip(&e[first..]).zip(&x[first..]) {
            *y = e * x;
        }
        for a in 0..3 {
            self.add_axis(a, x, first, y);
        }
    }

    /// Adds what links along an axis do in the voxels from `first` on.
    fn add_axis(&self, a: usize, x: &[f64], first: usize, y: &mut [f64]) {
        let link = &self.link[a];
        if link.is_empty() {
            return;
        }
        let s = self.stride(a);
        // Two passes: the first gives each voxel its upper link, the second its lower one. Within a pass no
        // entry depends on another, so both run in vector registers also at stride one.
        let above = (x.len() - s).saturating_sub(first).min(y.len());
        if above > 0 {
            let (low, high) = (&x[first..], &x[first + s..]);
            for (((y, &g), &lo), &hi) in y[..above].iter_mut().zip(&link[first..]).zip(low).zip(high) {
                *y += g * (lo - hi);
            }
        }
        let skip = s.saturating_sub(first).min(y.len());
        if skip < y.len() {
            let from = first + skip - s;
            let (low, high) = (&x[from..], &x[from + s..]);
            for (((y, &g), &lo), &hi) in y[skip..].iter_mut().zip(&link[from..]).zip(low).zip(high) {
                *y += g * (hi - lo);
            }
        }
    }

    /// The diagonal of E + L.
    pub(crate) fn diagonal(&self, e: &[f64], d: &mut [f64]) {
        d.copy_from_slice(e);
        for a in 0..3 {
            let link = &self.link[a];
            if link.is_empty() {
                continue;
            }
            let s = self.stride(a);
            let m = d.len() - s;
            for (d, &g) in d.iter_mut().zip(link) {
                *d += g;
            }
            for (d, &g) in d[s..].iter_mut().zip(&link[..m]) {
                *d += g;
            }
            for (line, &g) in self.wrap[a].iter().enumerate() {
                let (first, last) = self.line_ends(a, line);
                d[first] += g;
                d[last] += g;
            }
        }
    }

    /// Calls `f(i, j, link)` for every pair of neighbours, in a fixed order.
    pub(crate) fn for_each_link(&self, mut f: impl FnMut(usize, usize, f64)) {
        for a in 0..3 {
            let s = self.stride(a);
            for (i, &g) in self.link[a].iter().enumerate() {
                if i + s < self.len() {
                    f(i, i + s, g);
                }
            }
            for (line, &g) in self.wrap[a].iter().enumerate() {
                let (first, last) = self.line_ends(a, line);
                f(first, last, g);
            }
        }
    }
}

/// Regions between which nothing diffuses: each keeps its own balance, and each must have a way out for a steady
/// state to exist.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Components {
    pub(crate) count: usize,
    /// Region of each voxel, numbered by first voxel; empty when all is one region.
    pub(crate) label: Vec<u32>,
    /// Stretches of voxels of one region, in order: one past the last voxel, and the region.
    runs: Vec<(u32, u32)>,
}

impl Components {
    /// All is one region.
    pub(crate) fn one(voxels: usize) -> Self {
        Self { count: 1, label: Vec::new(), runs: vec![(voxels as u32, 0)] }
    }

    pub(crate) fn bytes(&self) -> usize {
        4 * self.label.capacity() + 8 * self.runs.capacity()
    }

    pub(crate) fn of(stencil: &Stencil, mesh: &Mesh) -> Self {
        let n = stencil.len();
        let mut parent: Vec<u32> = (0..n as u32).collect();
        fn root(parent: &mut [u32], mut i: u32) -> u32 {
            while parent[i as usize] != i {
                parent[i as usize] = parent[parent[i as usize] as usize];
                i = parent[i as usize];
            }
            i
        }
        debug_assert_eq!(mesh.len(), n);
        stencil.for_each_link(|i, j, g| {
            if g > 0.0 {
                let (a, b) = (root(&mut parent, i as u32), root(&mut parent, j as u32));
                // The smaller index stays root: labels do not depend on the order of links.
                parent[a.max(b) as usize] = a.min(b);
            }
        });
        let mut label = vec![0u32; n];
        let mut count = 0u32;
        for i in 0..n {
            let r = root(&mut parent, i as u32) as usize;
            if r == i {
                label[i] = count;
                count += 1;
            } else {
                label[i] = label[r];
            }
        }
        if count <= 1 {
            label = Vec::new();
        }
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for i in 0..n {
            let region = label.get(i).copied().unwrap_or(0);
            match runs.last_mut() {
                Some((end, of)) if *of == region => *end = i as u32 + 1,
                _ => runs.push((i as u32 + 1, region)),
            }
        }
        Self { count: count as usize, label, runs }
    }

    /// Stretches of voxels of one region, in order, with the region's number.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (std::ops::Range<usize>, usize)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|(end, _)| *end));
        starts.zip(&self.runs).map(|(start, &(end, of))| (start as usize..end as usize, of as usize))
    }

    #[inline]
    pub(crate) fn label(&self, i: usize) -> usize {
        if self.label.is_empty() { 0 } else { self.label[i] as usize }
    }
}

/// Rate (1/min) at which two voxels of size `h` even out: half a voxel of each and a membrane between, in series.
#[inline]
pub(crate) fn link(d_low: f64, d_high: f64, h: f64, membrane: f64) -> f64 {
    // abs: a minus zero must not become minus infinity.
    let resistance = 0.5 * h / d_low.abs() + membrane + 0.5 * h / d_high.abs();
    1.0 / (h * resistance)
}

/// Membrane resistance (min/um) of a face array entry, 0 when none is set.
#[inline]
pub(crate) fn membrane(resistance: &[f64], face: usize) -> f64 {
    if resistance.is_empty() { 0.0 } else { resistance[face] }
}

/// Recomputes all links along one axis from diffusivities and membranes; true when a link came or went. A stencil that
/// holds no links per voxel gets those over the ends of lines only.
pub(crate) fn rebuild_axis(
    stencil: &mut Stencil,
    mesh: &Mesh,
    axis: Axis,
    d: impl Fn(usize) -> f64,
    resistance: &[f64],
) -> bool {
    let a = axis.index();
    let (h, s, n) = (mesh.h()[a], mesh.stride(axis), mesh.shape()[a]);
    let mut pattern_changed = false;
    let mut set = |slot: &mut f64, g: f64| {
        pattern_changed |= (*slot > 0.0) != (g > 0.0);
        *slot = g;
    };
    let Stencil { link: links, wrap, .. } = stencil;
    if links[a].is_empty() && wrap[a].is_empty() {
        return false;
    }
    for line in 0..mesh.lines(axis) {
        let start = mesh.line_start(axis, line);
        let (face0, face_stride) = mesh.face_line(axis, line);
        if !links[a].is_empty() {
            for k in 0..n - 1 {
                let i = start + k * s;
                let m = membrane(resistance, face0 + (k + 1) * face_stride);
                set(&mut links[a][i], link(d(i), d(i + s), h, m));
            }
        }
        if let Some(slot) = wrap[a].get_mut(line) {
            let last = start + (n - 1) * s;
            set(slot, link(d(last), d(start), h, membrane(resistance, face0)));
        }
    }
    pattern_changed
}
