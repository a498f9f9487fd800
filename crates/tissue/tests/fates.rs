//! Cells that change what they are: cornification and shedding. Counts balance at every time, and means are those of the chain.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use exoderm_cell::Surface;
use exoderm_model::scenario::{ArmKind, Tissue as Model};
use exoderm_numeric::math;
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Tissue, lay_out_box};

const N: u32 = 2000;

/// Granular cells cornify after 10 h on average, corneocytes are shed after 5 h; none divides. Vesicles that cells hold go with them.
const LAYERS: &str = r#"
format = 1
name = "layers"
[run]
horizon = "20 h"
seed = 9
[steps]
phenotype = "6 min"
transport = "30 min"
[record]
series = "1 h"
[tissue]
kind = "box"
size = ["400 um", "400 um", "400 um"]
voxel = "40 um"
[mechanics]
stiffness = "1 1/min"
[transport]
diffusion_100nm = "4 um^2/s"
[uptake]
clearance = "2000 um^3/min"
capacity = "3000 EV"
internalisation = "1 1/h"
unbinding = "0 1/h"
lysosome = "0 1/h"
recycled = 0
escape = 0
[vesicle.given]
median_diameter = "100 nm"
ln_sigma = 0.2
[event.given]
kind = "release"
population = "given"
time = "0 h"
count = 20000
position = ["200 um", "200 um", "200 um"]
[cell.granular]
place = "free"
radius = "5 um"
fate.corneocyte = { age = "10 h" }
[cell.corneocyte]
place = "free"
radius = "5 um"
fate.shed = { age = "5 h" }
[place.granular]
cell = "granular"
count = 2000
"#;

#[test]
fn cells_cornify_and_are_shed_and_none_is_lost() {
    let s = common::scenario(LAYERS, &[]);
    let mut t = common::tissue(&s, ArmKind::Untreated, 0);
    let (cornify, shed) = (1.0 / 600.0, 1.0 / 300.0);
    let mut seen: Vec<u64> = t.state().cells.id.clone();
    seen.sort_unstable();
    for hour in 1..=20_u32 {
        let time = 60.0 * f64::from(hour);
        t.run_until(time, |_| false).unwrap();
        let cells = &t.state().cells;
        let mut now = cells.id.clone();
        now.sort_unstable();
        now.dedup();
        assert_eq!(now.len(), cells.len(), "no cell is doubled");
        assert!(now.iter().all(|id| seen.binary_search(id).is_ok()), "what is shed does not come back");
        seen = now;
        let count = |kind: u8| cells.kind.iter().filter(|k| k.0 == kind).count() as f64;
        let n = f64::from(N);
        // Linear chain: both stages exponential.
        let granular = math::exp(-cornify * time);
        let corneocytes = cornify / (shed - cornify) * (math::exp(-cornify * time) - math::exp(-shed * time));
        for (what, got, share) in [
            ("granular", count(0), granular),
            ("corneocytes", count(1), corneocytes),
            ("shed", n - cells.len() as f64, 1.0 - granular - corneocytes),
        ] {
            // A step of 6 min is 1 to 2 % of the stages' times: one step's change beside chance.
            let off =
                4.0 * (n * share * (1.0 - share)).sqrt() + n * 6.0 * shed * share.min(1.0 - share) + 2.0;
            assert!((got - n * share).abs() <= off, "{what} at {hour} h: {got} {} ± {off}", n * share);
        }
    }
    assert!(seen.len() < 700, "most are gone: {}", seen.len());
    for sheet in t.balance() {
        assert!(sheet.relative_error < 1e-9, "{}: {:e}", sheet.name, sheet.relative_error);
        let with_cells = sheet.fates.iter().find(|(n, _)| n == "went with dead or shed cells").unwrap();
        assert!(with_cells.1 > 100.0, "vesicles leave with what is shed: {:?}", sheet.fates);
    }
}

/// Cells that neither move nor divide become another type 40 um above the basement membrane; those that became it are shed 60 um above it.
const HEIGHTS: &str = r#"
format = 1
name = "heights"
[run]
horizon = "1 h"
seed = 4
[steps]
phenotype = "6 min"
transport = "30 min"
[record]
series = "1 h"
[tissue]
kind = "box"
size = ["160 um", "160 um", "160 um"]
voxel = "10 um"
[mechanics]
stiffness = "1 1/min"
[cell.low]
place = "free"
radius = "0.5 um"
fate.high = { height = "40 um" }
[cell.high]
place = "free"
radius = "0.5 um"
fate.shed = { height = "60 um" }
[place.low]
cell = "low"
count = 400
"#;

/// The fate trigger `height`: a cell changes in the first step in which its centre is further above the membrane under it than that, and no
/// other ever does; without a membrane heights are above the floor of the box.
#[test]
fn cells_change_by_their_height_above_the_membrane() {
    let s = common::scenario(HEIGHTS, &[]);
    let Model::Box(b) = &s.tissue else { panic!("not a box") };
    let seed = Seed::new(s.seed, 0);
    for surface in [None, Some(Surface::Sine { mean: 50.0, amplitude: 20.0, wavelength: 160.0 })] {
        let mut blueprint = lay_out_box(&s, b, seed).unwrap();
        blueprint.surface = surface.clone();
        let mut t = Tissue::new(common::plan(&s, ArmKind::Untreated), blueprint, seed).unwrap();
        let start = t.state().cells.clone();
        // The membrane under the middle of the cell's column of voxels.
        let membrane = |x: f64| match &surface {
            Some(Surface::Sine { mean, amplitude, wavelength }) => {
                let middle = ((x / 10.0).floor() + 0.5) * 10.0;
                mean + amplitude * math::sin(2.0 * std::f64::consts::PI * middle / wavelength)
            }
            _ => 0.0,
        };
        let above = |i: usize| start.position[2][i] - membrane(start.position[0][i]);
        t.run_until(6.0, |_| false).unwrap();
        let count =
            |low: f64, high: f64| (0..start.len()).filter(|&i| above(i) > low && above(i) <= high).count();
        let n = |kind: u8| t.state().cells.kind.iter().filter(|k| k.0 == kind).count();
        let (below, over) = (count(f64::NEG_INFINITY, 40.0), count(40.0, f64::INFINITY));
        assert!(below > 50 && over > 50, "{below} {over}");
        assert_eq!((n(0), n(1)), (below, over), "{surface:?}");
        t.run_until(60.0, |_| false).unwrap();
        let shed = count(60.0, f64::INFINITY);
        let cells = &t.state().cells;
        assert_eq!(cells.len(), start.len() - shed, "{surface:?}");
        for i in 0..cells.len() {
            let was = start.id.iter().position(|id| *id == cells.id[i]).unwrap();
            assert_eq!(cells.kind[i].0, u8::from(above(was) > 40.0), "{surface:?} {}", above(was));
        }
    }
}
