//! S024: what a cell takes up does not depend on the mesh, with vesicles that unbind and bind again.

#![allow(clippy::unwrap_used)] // tests

use exoderm_study::validation;

/// Spreading the exchange over the voxels that a cell fills, and letting what unbinds bind again through the resistance
/// that the mesh does not show, are both needed: without the second, the four meshes differ by 12 %.
#[test]
fn s024_uptake_with_unbinding_is_the_same_on_every_mesh() {
    let case = validation::choose(&["uptake-mesh".into()], false).unwrap()[0];
    let outcome = validation::run(&case, &validation::Settings::default());
    assert!(outcome.pass, "{outcome:?}");
}
