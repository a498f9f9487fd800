//! The life of vesicles in 100,000 cells beyond the cell engine: biogenesis, uptake and response, per cell and update.
//!
//!     cargo bench -p exoderm-tissue --bench life
//!
//! Three populations of three sizes each: the cells' own and two products with six species of cargo between them, each of which a
//! rule of its own reads. One update of a cell is a vesicle step (its chain, its bursts, uptake of three populations with their cargo)
//! and the rules of a phenotype step. Time is the tissue's own clock: vesicles, and phenotype less that of the same cells without
//! vesicles and rules. Voxels are few (80 um), so that transport, which goes by voxel and has benches of its own, is a small part.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/common/mod.rs"]
mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exoderm_model::scenario::ArmKind;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Plan, State, Tissue};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

const CELLS: u64 = 100_000;
const STEP: f64 = 6.0;

/// Cells that stand still, with vesicles, their cargo and rules on both, or without any.
fn text(vesicles: bool, count: f64) -> String {
    let mut t = format!(
        r#"
format = 1
name = "life"
[run]
horizon = "10 d"
[steps]
phenotype = "{STEP} min"
transport = "{STEP} min"
[record]
series = "10 d"
[tissue]
kind = "box"
size = ["960 um", "960 um", "960 um"]
voxel = "80 um"
[mechanics]
stiffness = "1e-6 1/min"
[place.all]
cell = "cell"
count = {CELLS}
[cell.cell]
place = "free"
radius = "5 um"
polarisation = "1e-4 1/min"
speed = "1e-6 um/min"
persistence = "1 h"
"#
    );
    if !vesicles {
        return t;
    }
    t.push_str(
        r#"biogenesis.secretion = "60 EV/h"
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
unbinding = "0.3 1/h"
lysosome = "0.15 1/h"
recycled = 0.2
escape = 0.05
[transport]
diffusion_100nm = "6.57 um^2/s"
"#,
    );
    for name in ["own", "first", "second"] {
        let _ = write!(t, "[vesicle.{name}]\nmedian_diameter = \"100 nm\"\nln_sigma = 0.23\n");
        if name == "own" {
            t.push_str("endogenous = true\n");
            continue;
        }
        for k in 0..6 {
            let _ = write!(t, "copies.c{k} = \"0.3 copies\"\ncopies_when_loaded.c{k} = \"1 copies\"\n");
        }
        let _ = write!(
            t,
            "[event.{name}]\nkind = \"release\"\npopulation = \"{name}\"\ncount = {count:e}\nposition = [\"480 um\", \"480 um\", \"480 um\"]\n"
        );
    }
    for k in 0..6 {
        let class = if k < 3 { "mirna" } else { "protein" };
        let _ = write!(
            t,
            "[cargo.c{k}]\nclass = \"{class}\"\ndecay_inside = \"0.01 1/h\"\ndecay_cytosol = \"0.1 1/h\"\ndecay_free = \"1 1/h\"\ndiffusion_free = \"100 um^2/s\"\n\
             [rule.r{k}]\ncells = [\"cell\"]\nsignal = \"cargo:c{k}\"\nbehaviour = \"{}\"\nfold = 1.1\nhalf = 10\nexponent = 2\nexosome = true\n",
            ["polarisation", "speed"][k % 2]
        );
    }
    t
}

fn begin(vesicles: bool, count: f64) -> (Arc<Plan>, State, Seed) {
    let scenario = common::scenario(&text(vesicles, count), &[]);
    let seed = Seed::new(scenario.seed, 0);
    let mut tissue = common::tissue(&scenario, ArmKind::Exosome, 0);
    // Until vesicles of all populations are on and in the cells.
    tissue.run_until(10.0 * STEP, |_| false).expect("it runs");
    (common::plan(&scenario, ArmKind::Exosome), tissue.checkpoint(), seed)
}

/// Time of `steps` updates: vesicles, and rules.
fn time((plan, state, seed): &(Arc<Plan>, State, Seed), steps: u64) -> (Duration, Duration) {
    let mut t = Tissue::from_state(Arc::clone(plan), state.clone(), *seed).expect("it goes on");
    let end = (10 + steps) as f64 * STEP;
    t.run_until(end, |_| false).expect("it runs");
    (t.clock().vesicles, t.clock().phenotype)
}

fn life(c: &mut Criterion) {
    let without = begin(false, 0.0);
    let pools = [1, 2].map(|n| (n, rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads")));
    let mut group = c.benchmark_group("life of vesicles");
    group.sample_size(10).throughput(Throughput::Elements(CELLS));
    // Vesicles of each product that a cell binds in an update are the load: 0.4 and 40 of them on average.
    for (name, count) in [("few bind", 1e6), ("many bind", 1e8)] {
        let with = begin(true, count);
        for (threads, pool) in &pools {
            let bare = pool.install(|| time(&without, 10)).1 / 10;
            group.bench_function(
                format!("cell-updates, 3 sources x 3 sizes, 6 species: {name}, threads: {threads}"),
                |b| {
                    b.iter_custom(|steps| {
                        let (vesicles, rules) = pool.install(|| time(&with, steps));
                        vesicles + rules.saturating_sub(bare * steps as u32)
                    });
                },
            );
        }
    }
    group.finish();
}

criterion_group!(benches, life);
criterion_main!(benches);
