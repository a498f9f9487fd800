//! `extends` of the user's own files, settings with a mistyped name, and one message for one mistake.

#![allow(clippy::unwrap_used)]

use exoderm_ledger::Ledger;
use exoderm_model::{Calibration, Diagnostics, Input, Library, LibraryFile, Networks, compile};
use std::collections::BTreeMap;

const TINY: &str = include_str!("files/tiny.toml");

fn compiled(
    path: &str,
    text: &str,
    files: &[(&str, &str)],
    sets: &[&str],
) -> Result<exoderm_model::scenario::Scenario, Diagnostics> {
    let file = |(path, text): &(&str, &str)| LibraryFile {
        name: (*path).to_owned(),
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    let calibration = Calibration::default();
    let library = Library {
        files: files.iter().map(file).collect(),
        ledger: Ledger::builtin(),
        calibration: &calibration,
        networks: Networks::default(),
    };
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_owned()).collect();
    let none = BTreeMap::new();
    compile(&Input {
        path,
        text,
        library: &library,
        sets: &sets,
        ledger_overrides: &none,
        path_overrides: &none,
    })
}

#[test]
fn a_file_of_ones_own_is_extended_by_its_path() {
    let own = "extends = \"../profiles/mine.toml\"\n[run]\nhorizon = \"6 d\"\n";
    let s = compiled("my/study.toml", own, &[("profiles/mine.toml", TINY)], &[])
        .unwrap_or_else(|d| panic!("{d}"));
    assert_eq!(s.horizon, 8640.0);
    assert_eq!(s.name, "study");
    let place = s.provenance.iter().find(|p| p.path == "cell.keratinocyte.radius").unwrap();
    assert_eq!(place.file, "profiles/mine.toml");
}

#[test]
fn a_circle_and_a_missing_file_are_told_with_their_places() {
    let files = [("b.toml", "\nextends = \"c.toml\"\n"), ("c.toml", "extends = \"a.toml\"\n")];
    let d = compiled("a.toml", "extends = \"b.toml\"\n", &files, &[]).unwrap_err();
    let d = &d.list[0];
    assert_eq!((d.code, d.file.as_str(), d.line), ("extends-cycle", "c.toml", 1));
    assert!(d.message.contains("b.toml → c.toml → a.toml"), "{}", d.message);
    let d = compiled("my/a.toml", "extends = \"gone.toml\"\n", &[], &[]).unwrap_err();
    assert_eq!((d.list[0].code, d.list[0].line), ("unknown-base", 1));
    assert!(d.list[0].message.contains("`my/gone.toml`"), "{}", d.list[0].message);
}

#[test]
fn a_mistyped_name_in_a_setting_gives_the_nearest_one() {
    let d = compiled("a.toml", TINY, &[], &["cell.keratinocyt.speed=1 um/h"]).unwrap_err();
    assert_eq!(d.list.len(), 1, "{d}");
    assert_eq!(d.list[0].nearest.as_deref(), Some("keratinocyte"));
    assert_eq!((d.list[0].file.as_str(), d.list[0].column), ("--set #1", 6));
}

/// A strip that is too narrow is one mistake, though neither the wound nor the cells then fit into it.
#[test]
fn one_mistake_is_one_message() {
    let d = compiled("a.toml", TINY, &[], &["tissue.width=10 um"]).unwrap_err();
    assert_eq!(d.list.len(), 1, "{d}");
    assert!(d.list[0].message.contains("two voxels wide"));
}

#[test]
fn more_cells_than_there_is_room_for_are_refused() {
    let d = compiled("a.toml", TINY, &[], &["tissue.density.keratinocyte=1e9 cells/mm^2"]).unwrap_err();
    assert!(d.list[0].message.contains("of the epidermis"), "{d}");
    assert_eq!((d.list.len(), d.list[0].file.as_str()), (1, "--set #1"));
    // 1e5 cells of 268 um3 are 27 um of the 30 um there are.
    compiled("a.toml", TINY, &[], &["tissue.density.keratinocyte=1e5 cells/mm^2"])
        .unwrap_or_else(|d| panic!("{d}"));
}

/// A product that is not there hides how many particles a microgram has, not that a length is no dose.
#[test]
fn a_mistyped_product_does_not_hide_a_wrong_dose() {
    let sets = ["event.dressing.product=prodct", "event.dressing.dose=3 um"];
    let d = compiled("a.toml", TINY, &[], &sets).unwrap_err();
    let codes: Vec<&str> = d.list.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["unknown-name", "dimension"], "{d}");
}
