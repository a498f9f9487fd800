//! A coefficient over the mesh: one number where it is the same everywhere, else one per voxel.

/// Diffusivity, loss or source over a mesh. What is the same everywhere takes no memory per voxel.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The same everywhere.
    Uniform(f64),
    /// One per voxel.
    PerVoxel(Vec<f64>),
}

impl Values {
    /// The value at a voxel.
    #[inline]
    pub fn at(&self, voxel: usize) -> f64 {
        match self {
            Values::Uniform(v) => *v,
            Values::PerVoxel(values) => values[voxel],
        }
    }

    /// Whether these are the values.
    pub fn are(&self, values: &[f64]) -> bool {
        match self {
            Values::Uniform(v) => values.iter().all(|x| x == v),
            Values::PerVoxel(own) => own == values,
        }
    }

    /// Takes over values, one per voxel.
    pub(crate) fn set(&mut self, values: &[f64]) {
        match (values.first(), &mut *self) {
            (Some(first), _) if values.iter().all(|v| v == first) => *self = Values::Uniform(*first),
            (_, Values::PerVoxel(own)) if own.len() == values.len() => own.copy_from_slice(values),
            _ => *self = Values::PerVoxel(values.to_vec()),
        }
    }

    pub(crate) fn part(&self) -> Part<'_> {
        match self {
            Values::Uniform(v) => Part::Same(*v),
            Values::PerVoxel(values) => Part::Each(values),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Values::Uniform(_) => 0,
            Values::PerVoxel(values) => 8 * values.capacity(),
        }
    }
}

/// A coefficient, or a stretch of it, as kernels read it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    Same(f64),
    Each(&'a [f64]),
}

impl<'a> Part<'a> {
    #[inline]
    pub(crate) fn at(self, i: usize) -> f64 {
        match self {
            Part::Same(v) => v,
            Part::Each(values) => values[i],
        }
    }

    #[inline]
    pub(crate) fn stretch(self, start: usize, len: usize) -> Part<'a> {
        match self {
            Part::Same(v) => Part::Same(v),
            Part::Each(values) => Part::Each(&values[start..start + len]),
        }
    }

    /// Writes the values of `out.len()` voxels from `start` on.
    #[inline]
    pub(crate) fn copy_to(self, start: usize, out: &mut [f64]) {
        match self {
            Part::Same(v) => out.fill(v),
            Part::Each(values) => out.copy_from_slice(&values[start..start + out.len()]),
        }
    }
}
