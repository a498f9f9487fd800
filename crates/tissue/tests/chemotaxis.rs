//! Crawling up several substrates at once: the way is that of the weighted mean of their relative gradients.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use exoderm_model::scenario::ArmKind;
use exoderm_tissue::Tissue;

const VOXEL: f64 = 20.0;
const EDGE: f64 = 200.0;

/// Cells that go only where they are led, hardly move meanwhile, and tell any gradient. `first` falls along x, from 3 to 1;
/// `second` along y, from 2 to 1; `against` is `first` turned round.
const BOX: &str = r#"
format = 1
name = "chemotaxis"
[run]
horizon = "2 h"
seed = 5
[steps]
phenotype = "6 min"
transport = "6 min"
[record]
series = "1 h"
[tissue]
kind = "box"
size = ["200 um", "200 um", "200 um"]
voxel = "20 um"
[mechanics]
stiffness = "1 1/min"
[substrate.first]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "0 1/s"
resting = "2 ng/mL"
boundary = { x_min = { value = "3 ng/mL" }, x_max = { value = "1 ng/mL" } }
[substrate.second]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "0 1/s"
resting = "1.5 ng/mL"
boundary = { y_min = { value = "2 ng/mL" }, y_max = { value = "1 ng/mL" } }
[substrate.against]
unit = "ng/mL"
diffusion = "80 um^2/s"
decay = "0 1/s"
resting = "2 ng/mL"
boundary = { x_min = { value = "1 ng/mL" }, x_max = { value = "3 ng/mL" } }
[cell.walker]
place = "free"
radius = "2 um"
speed = "0.06 um/h"
persistence = "1 min"
bias = 1
gradient_half = 0
[place.walkers]
cell = "walker"
count = 300
"#;

fn run(attractants: &str) -> Tissue {
    let s = common::scenario(BOX, &[&format!("cell.walker.chemotaxis={{ {attractants} }}")]);
    let mut t = common::tissue(&s, ArmKind::Untreated, 0);
    t.run_until(120.0, |_| false).unwrap();
    t
}

/// Where the voxel of a coordinate has its centre; `None` where the cell may just have come from the next one, or at a wall.
fn centre(x: f64) -> Option<f64> {
    let i = (x / VOXEL).floor();
    let inside = x - i * VOXEL;
    let sure = inside > 0.5 && inside < VOXEL - 0.5 && i > 0.0 && i < EDGE / VOXEL - 1.0;
    sure.then_some((i + 0.5) * VOXEL)
}

/// Cells away from voxel borders: centre of the voxel in x and y, and the direction they crawl in.
fn directions(t: &Tissue) -> Vec<([f64; 2], [f64; 3])> {
    let cells = &t.state().cells;
    let list: Vec<_> = (0..cells.len())
        .filter_map(|i| {
            let p = cells.at(i);
            let at = [centre(p[0])?, centre(p[1])?];
            let v = cells.active.each_ref().map(|c| c[i]);
            let speed = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            assert!((speed / 0.001 - 1.0).abs() < 1e-9, "{v:?}");
            Some((at, v.map(|x| x / speed)))
        })
        .collect();
    assert!(list.len() > 100, "{}", list.len());
    list
}

/// Relative gradient (1/um) of what goes from `near` to `far` between the faces, at `x`.
fn relative(near: f64, far: f64, x: f64) -> f64 {
    let slope = (far - near) / EDGE;
    slope / (near + slope * x)
}

fn along(what: &str, got: [f64; 3], sum: [f64; 2]) {
    let norm = (sum[0] * sum[0] + sum[1] * sum[1]).sqrt();
    for (got, expected) in got.into_iter().zip([sum[0] / norm, sum[1] / norm, 0.0]) {
        assert!((got - expected).abs() < 1e-3, "{what}: {got} {expected}");
    }
}

/// Two substrates across each other: each cell goes up the sum of their relative gradients, each times its weight.
#[test]
fn two_attractants_add_by_weight() {
    for (first, second) in [(1.0, 1.0), (1.0, 0.25), (0.0, 0.5), (0.4, 0.0)] {
        let t = run(&format!("first = {first}, second = {second}"));
        for ([x, y], got) in directions(&t) {
            let sum = [first * relative(3.0, 1.0, x), second * relative(2.0, 1.0, y)];
            along(&format!("weights {first} and {second} at {x}, {y}"), got, sum);
        }
    }
}

/// Two that point against each other: the steeper relative gradient wins, which is that of the one that is scarce; at equal weights cells of both
/// halves go to the middle, and a lesser weight turns all of one half round.
#[test]
fn attractants_against_each_other_are_weighed() {
    for weight in [1.0, 0.4] {
        let t = run(&format!("first = 1, against = {weight}"));
        let mut ways = [0, 0];
        for ([x, _], got) in directions(&t) {
            let sum = relative(3.0, 1.0, x) + weight * relative(1.0, 3.0, x);
            along(&format!("weight {weight} at {x}"), got, [sum, 0.0]);
            ways[usize::from(sum > 0.0)] += 1;
        }
        // Even where 3 - x/100 = (1 + x/100)/weight: in the middle for equal weights, at 14 um (in the voxel at the wall) for 0.4.
        if weight == 1.0 {
            assert!(ways[0] > 30 && ways[1] > 30, "{ways:?}");
        } else {
            assert!(ways[0] > 100 && ways[1] == 0, "{ways:?}");
        }
    }
}
