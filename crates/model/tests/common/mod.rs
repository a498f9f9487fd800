//! The repository's scenarios, a small calibration, and short ways to compile.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

use exoderm_ledger::Ledger;
use exoderm_model::scenario::{Provenance, Scenario};
use exoderm_model::{Calibration, Diagnostics, Input, Library, LibraryFile, Networks, compile};
use std::collections::BTreeMap;

pub const BASE: &str = include_str!("../../../../scenarios/profiles/skin-base.toml");
pub const MOUSE: &str = include_str!("../../../../scenarios/profiles/mouse-back.toml");
pub const DIABETIC: &str = include_str!("../../../../scenarios/wounds/diabetic-wound.toml");
pub const POINT: &str = include_str!("../../../../scenarios/boxes/point-release.toml");

pub fn calibration() -> Calibration {
    let text = r#"
[[fitted]]
key = "kc_speed"
value = 15
unit = "um/h"
range = [8, 40]
target = "test"

[[fitted]]
key = "kc_tnf_half"
value = 100
unit = "pg/mL"
range = [5, 1000]
target = "test"

[[fitted]]
key = "potency"
value = 1
unit = "1"
range = [0, 10]
target = "test"
"#;
    Calibration::parse("calibration.toml", text).unwrap()
}

pub fn files() -> Vec<LibraryFile> {
    let file = |name: &str, path: &str, text: &str| LibraryFile {
        name: name.to_owned(),
        path: path.to_owned(),
        text: text.to_owned(),
    };
    vec![
        file("skin-base", "scenarios/profiles/skin-base.toml", BASE),
        file("mouse-back", "scenarios/profiles/mouse-back.toml", MOUSE),
        file("diabetic-wound", "scenarios/wounds/diabetic-wound.toml", DIABETIC),
        file("point-release", "scenarios/boxes/point-release.toml", POINT),
        file("loop-a", "loop-a.toml", "format = 1\nextends = \"loop-b\"\n"),
        file("loop-b", "loop-b.toml", "format = 1\nextends = \"loop-a\"\n"),
    ]
}

#[derive(Default)]
pub struct Case {
    pub sets: Vec<String>,
    pub ledger: BTreeMap<String, f64>,
    pub paths: BTreeMap<String, f64>,
}

impl Case {
    pub fn run(&self, path: &str, text: &str) -> Result<Scenario, Diagnostics> {
        let calibration = calibration();
        let library = Library {
            files: files(),
            ledger: Ledger::builtin(),
            calibration: &calibration,
            networks: Networks::default(),
        };
        compile(&Input {
            path,
            text,
            library: &library,
            sets: &self.sets,
            ledger_overrides: &self.ledger,
            path_overrides: &self.paths,
        })
    }
}

/// Compiles a text as `my.toml`.
pub fn run(text: &str) -> Result<Scenario, Diagnostics> {
    Case::default().run("my.toml", text)
}

/// Compiles the diabetic wound with settings.
pub fn with(sets: &[&str]) -> Result<Scenario, Diagnostics> {
    Case { sets: sets.iter().map(|s| (*s).to_owned()).collect(), ..Case::default() }.run("my.toml", DIABETIC)
}

/// Messages of a text that must not compile.
pub fn mistakes(text: &str) -> String {
    run(text).map(|s| s.name).expect_err("this scenario must not compile").render(false)
}

/// The provenance of a path.
pub fn row<'s>(s: &'s Scenario, path: &str) -> &'s Provenance {
    let rows: Vec<_> = s.provenance.iter().filter(|p| p.path == path).collect();
    assert_eq!(rows.len(), 1, "{path} is listed {} times", rows.len());
    rows[0]
}
