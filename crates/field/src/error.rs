//! What can be wrong with a field's input, and what a solver can fail at.

use crate::mesh::Mesh;
use crate::passes;

/// Errors of this crate. Constructors and setters check their input whole before they change anything.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A mesh without voxels, with too many, or with a spacing that is no positive length.
    #[error("invalid mesh: {0}")]
    InvalidMesh(String),
    /// An array does not fit the mesh.
    #[error("{what} has {got} values, but the mesh needs {expected}")]
    Length {
        /// Which array.
        what: &'static str,
        /// Values needed.
        expected: usize,
        /// Values given.
        got: usize,
    },
    /// A value is NaN or infinite.
    #[error("{what}[{index}] = {value} is not a finite number")]
    NotFinite {
        /// Which array or setting.
        what: &'static str,
        /// Position in it.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A value is negative where it can't be.
    #[error("{what}[{index}] = {value} is negative")]
    Negative {
        /// Which array or setting.
        what: &'static str,
        /// Position in it.
        index: usize,
        /// The value.
        value: f64,
    },
    /// A concentration that is none: NaN, infinite, or negative where fields are not signed
    /// ([`Operator::signed`](crate::Operator::signed)).
    #[error("concentration[{voxel}] = {value} at voxel x {}, y {}, z {} {reason}", .at[0], .at[1], .at[2])]
    Concentration {
        /// Which voxel.
        voxel: usize,
        /// Its place on the mesh, along x, y and z.
        at: [usize; 3],
        /// The value.
        value: f64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A boundary condition that contradicts the periodicity of the mesh.
    #[error("face {face:?}: {reason}")]
    Periodicity {
        /// Which face.
        face: crate::Face,
        /// What is wrong.
        reason: &'static str,
    },
    /// A steady state does not exist or is not unique: a connected region neither loses nor exchanges anything.
    #[error(
        "no steady state: the region around voxel {voxel} has neither decay nor an open boundary; give it one, or step it in time"
    )]
    Singular {
        /// The first voxel of the region.
        voxel: usize,
    },
    /// The solver gave up.
    #[error(
        "not converged after {iterations} iterations: relative residual {residual:.3e}, wanted {wanted:.1e}"
    )]
    NotConverged {
        /// Linear iterations done.
        iterations: usize,
        /// Residual reached, relative to the right-hand side.
        residual: f64,
        /// Residual asked for.
        wanted: f64,
    },
    /// A time step that is no positive number.
    #[error("time step {0} min is not a positive number")]
    InvalidTimeStep(f64),
    /// A range of columns that can't be remapped.
    #[error("columns {first}..{last} of {nx}: at least two columns inside the mesh are needed")]
    InvalidColumns {
        /// First column.
        first: usize,
        /// One past the last.
        last: usize,
        /// Columns of the mesh.
        nx: usize,
    },
    /// A setting outside its range.
    #[error("invalid setting: {0}")]
    InvalidSetting(String),
}

/// Checks that `values` has `expected` entries.
pub(crate) fn check_len(what: &'static str, values: &[f64], expected: usize) -> Result<(), FieldError> {
    if values.len() == expected {
        Ok(())
    } else {
        Err(FieldError::Length { what, expected, got: values.len() })
    }
}

/// Checks that all `values` are finite.
pub(crate) fn check_finite(what: &'static str, values: &[f64]) -> Result<(), FieldError> {
    if passes::all(values, f64::is_finite) {
        return Ok(());
    }
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(index) => Err(FieldError::NotFinite { what, index, value: values[index] }),
    }
}

/// Checks that all `values` are finite and none is negative.
pub(crate) fn check_non_negative(what: &'static str, values: &[f64]) -> Result<(), FieldError> {
    check_finite(what, values)?;
    if passes::all(values, |v| v >= 0.0) {
        return Ok(());
    }
    match values.iter().position(|v| *v < 0.0) {
        None => Ok(()),
        Some(index) => Err(FieldError::Negative { what, index, value: values[index] }),
    }
}

/// Why a negative value is refused where concentrations are meant.
pub(crate) const NOT_SIGNED: &str = "is negative, which no concentration is; differences and what sinks of fixed rate may draw \
                                     below nothing are signed fields";

/// Checks a field over a mesh: its length, finite values, and none negative unless it is `signed`. One pass.
pub(crate) fn check_field(mesh: &Mesh, c: &[f64], signed: bool) -> Result<(), FieldError> {
    check_len("concentration", c, mesh.len())?;
    let least = if signed { f64::MIN } else { 0.0 };
    let good = |v: f64| (v >= least) & (v <= f64::MAX);
    if passes::all(c, good) {
        return Ok(());
    }
    match c.iter().position(|v| !good(*v)) {
        None => Ok(()),
        Some(voxel) => {
            let value = c[voxel];
            let reason = if value.is_finite() { NOT_SIGNED } else { "is not a finite number" };
            Err(FieldError::Concentration { voxel, at: mesh.coords(voxel), value, reason })
        }
    }
}

/// Checks a time step.
pub(crate) fn check_time_step(dt: f64) -> Result<(), FieldError> {
    if dt > 0.0 && dt.is_finite() && (1.0 / dt).is_finite() {
        Ok(())
    } else {
        Err(FieldError::InvalidTimeStep(dt))
    }
}
