//! Taking a column of voxels out of the mesh: how a contracting wound draws its edges together.

use crate::error::{FieldError, check_len};
use crate::mesh::{Axis, Mesh};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a remap keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remap {
    /// The amount Σ c V: densities rise as the same matter takes less room.
    Amount,
    /// The value: a constant stays constant (diffusivities, fractions, ages).
    Value,
}

/// Remaps the columns `columns` (of x, n of them) onto n − 1 and moves all columns to their right one to the left;
/// `values` becomes one column shorter. The n old columns are squeezed evenly, as piecewise constants; with
/// [`Remap::Amount`] the sum over them is kept to rounding.
///
/// Returns the new mesh; call it for every field of the same mesh.
///
/// # Errors
/// Fewer than two columns, columns outside the mesh, an array that does not fit it. Nothing is changed then.
pub fn remove_columns(
    values: &mut Vec<f64>,
    mesh: &Mesh,
    columns: Range<usize>,
    keep: Remap,
) -> Result<Mesh, FieldError> {
    let (first, last, nx) = (columns.start, columns.end, mesh.nx());
    if last > nx || last < first.saturating_add(2) {
        return Err(FieldError::InvalidColumns { first, last, nx });
    }
    check_len("values", values, mesh.len())?;
    let smaller = Mesh::new(nx - 1, mesh.ny(), mesh.nz(), mesh.h())?.with_periodic(mesh.periodic());
    let width = mesh.stride(Axis::X);
    let n = last - first;
    let new = (n - 1) as f64;
    // New column j takes what new column j − 1 left of old column j, and its part of old column j + 1: in new
    // units old column i ends where the part i/(n−1) of it has gone to the column on its left.
    for k in 0..width {
        let mut right_part = values[first * width + k];
        for j in 0..n - 1 {
            let next = values[(first + j + 1) * width + k];
            let taken = if j + 2 == n { next } else { next * ((j + 1) as f64 / new) };
            let sum = right_part + taken;
            values[(first + j) * width + k] = match keep {
                Remap::Amount => sum,
                Remap::Value => sum * (new / n as f64),
            };
            right_part = next - taken;
        }
    }
    values.copy_within(last * width.., (last - 1) * width);
    values.truncate(smaller.len());
    Ok(smaller)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn three_columns_onto_two_and_the_rest_moves() {
        let mesh = Mesh::new(5, 1, 1, [1.0; 3]).unwrap();
        let mut v = vec![1.0, 2.0, 4.0, 6.0, 9.0];
        let smaller = remove_columns(&mut v, &mesh, 1..4, Remap::Amount).unwrap();
        assert_eq!(smaller.nx(), 4);
        assert_eq!(v, [1.0, 4.0, 8.0, 9.0]);
        let mut constant = vec![3.0; 5];
        remove_columns(&mut constant, &mesh, 0..5, Remap::Value).unwrap();
        assert!(constant.iter().all(|c| (c - 3.0).abs() < 1e-15));
    }

    #[test]
    fn impossible_ranges_change_nothing() {
        let mesh = Mesh::new(4, 1, 2, [1.0; 3]).unwrap();
        let mut v = vec![1.0; 8];
        for range in [0..1, 2..2, 3..5, Range { start: 3, end: 1 }] {
            assert!(remove_columns(&mut v, &mesh, range, Remap::Amount).is_err());
            assert_eq!(v.len(), 8);
        }
    }

    proptest! {
        /// Contraction moves matter, it makes none.
        #[test]
        fn amounts_are_kept(
            v in prop::collection::vec(0.0..1e3f64, 6 * 2 * 3), first in 0usize..5, extra in 0usize..6,
        ) {
            let mesh = Mesh::new(6, 2, 3, [2.0, 3.0, 5.0]).unwrap();
            let last = (first + 2 + extra).min(6);
            let mut w = v.clone();
            let smaller = remove_columns(&mut w, &mesh, first..last, Remap::Amount).unwrap();
            let (a, b) = (mesh.amount(&v), smaller.amount(&w));
            prop_assert!((a - b).abs() <= 1e-14 * a);
            prop_assert!(w.iter().all(|x| *x >= 0.0));
        }
    }
}
