//! Cells that change what they are: cornification and shedding. Counts balance at every time, and means are those of the chain.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use exoderm_model::scenario::ArmKind;
use exoderm_numeric::math;

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
