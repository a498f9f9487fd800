//! Large tissues go in parts: the same bits on any number of threads.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use exoderm_model::scenario::ArmKind;

/// More than two parts of cells, whose voxels are smaller than their blocks, with their own vesicles and a product with cargo.
const TEXT: &str = r#"
format = 1
name = "threads"
[run]
horizon = "1 d"
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "1 d"
[tissue]
kind = "box"
size = ["300 um", "300 um", "300 um"]
voxel = "10 um"
[mechanics]
stiffness = "1e-6 1/min"
[place.all]
cell = "cell"
count = 9000
[cell.cell]
place = "free"
radius = "4 um"
speed = "0 um/min"
biogenesis.secretion = "60 EV/h"
[biogenesis]
population = "own"
maturation = "15 min"
residence = "60 min"
secretory_share = 0.1
vesicles_per_body = "30 ILV"
back_fusion = 0.1
ceramide_share = 0.5
tethered = 0.2
dispersion = 30
[uptake]
clearance = "60 um^3/min"
capacity = "5000 EV"
internalisation = "0.5 1/h"
unbinding = "3 1/h"
lysosome = "0.5 1/h"
recycled = 0.3
escape = 0.05
[transport]
diffusion_100nm = "6.57 um^2/s"
[vesicle.own]
median_diameter = "100 nm"
ln_sigma = 0.23
endogenous = true
[vesicle.product]
median_diameter = "100 nm"
ln_sigma = 0.23
copies.mir = "0.3 copies"
copies_when_loaded.mir = "1 copies"
[cargo.mir]
class = "mirna"
decay_inside = "0.01 1/h"
decay_cytosol = "0.1 1/h"
decay_free = "1 1/h"
diffusion_free = "100 um^2/s"
[event.product]
kind = "release"
population = "product"
count = 1e6
position = ["150 um", "150 um", "150 um"]
"#;

#[test]
fn parts_of_a_tissue_give_the_same_bits_on_any_number_of_threads() {
    let scenario = common::scenario(TEXT, &[]);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let mut tissue = common::tissue(&scenario, ArmKind::Exosome, 0);
            tissue.run_until(48.0, |_| false).expect("it runs");
            tissue.into_state()
        })
    };
    let one = run(1);
    let bound = |p: usize| one.cells.extra(one.columns.inside[p]).iter().filter(|x| **x > 0.0).count();
    assert!(
        bound(0) > 1000 && bound(1) > 1000,
        "cells of all parts have vesicles: {} {}",
        bound(0),
        bound(1)
    );
    for threads in [2, 5] {
        let other = run(threads);
        assert_eq!(
            exoderm_cell::digest::digest(&other.cells),
            exoderm_cell::digest::digest(&one.cells),
            "{threads} threads"
        );
        assert!(other.free == one.free && other.bound == one.bound, "{threads} threads: what is free");
        assert_eq!(
            format!("{:?}", other.flows),
            format!("{:?}", one.flows),
            "{threads} threads: the balance sheet"
        );
    }
}
