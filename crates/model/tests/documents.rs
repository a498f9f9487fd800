//! The schema and the reference are current, and every key of the table of fields is really read.
//! `EXODERM_BLESS=1 cargo test -p exoderm-model --test documents` writes them anew.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::fields::{EVENT_KEYS, Field, Kind, SECTIONS, Where};
use exoderm_model::schema::{json_schema_text, reference};

fn current(path: &str, text: &str) {
    let path = format!("{}/../../docs/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("EXODERM_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{path} is not current: run with EXODERM_BLESS=1");
}

#[test]
fn schema_and_reference_are_current() {
    current("scenario.schema.json", &json_schema_text());
    current("scenario-format.md", &reference());
}

#[test]
fn every_number_has_a_meaning_and_an_example_that_parses() {
    fn check(fields: &[Field]) {
        for f in fields {
            assert!(!f.meaning.is_empty(), "{}", f.key);
            match f.kind {
                Kind::Group(inner) | Kind::GroupOf(_, inner) => check(inner),
                Kind::Number(n) if !n.example.starts_with('@') => {
                    let q = exoderm_units::Quantity::parse(n.example);
                    assert!(q.is_ok(), "{}: {}", f.key, n.example);
                    let fits = n.unit.contains('{')
                        || n.unit.split('|').any(|u| {
                            let unit = exoderm_units::Unit::parse(u).unwrap();
                            q.clone().unwrap().in_unit(&unit).is_ok()
                        })
                        || f.key == "exudate_flow";
                    assert!(fits, "the example of {} does not fit its unit", f.key);
                }
                _ => {}
            }
        }
    }
    SECTIONS.iter().for_each(|s| check(s.fields));
}

/// A box with an entry of every section that a box may have.
const BOX: &str = "
format = 1
[run]
horizon = \"1 h\"
[tissue]
kind = \"box\"
size = [\"100 um\", \"100 um\", \"100 um\"]
voxel = \"10 um\"
[substrate.s]
unit = \"ng/mL\"
diffusion = \"80 um^2/s\"
decay = \"0 1/s\"
resting = \"0 ng/mL\"
[cell.c]
place = \"free\"
radius = \"5 um\"
[place.p]
cell = \"c\"
count = 3
[mechanics]
stiffness = \"1 1/min\"
[absorber.a]
centre = [\"50 um\", \"50 um\", \"50 um\"]
radius = \"5 um\"
kappa = \"1 um/s\"
[vesicle.v]
median_diameter = \"100 nm\"
ln_sigma = 0.2
[transport]
diffusion_100nm = \"6 um^2/s\"
[uptake]
clearance = \"1e-7 mL/h/cell\"
capacity = \"100 EV\"
internalisation = \"0.5 1/h\"
unbinding = \"0.5 1/h\"
lysosome = \"0.1 1/h\"
recycled = 0.1
escape = 0.1
[event.r]
kind = \"release\"
population = \"v\"
count = 10
position = [\"20 um\", \"20 um\", \"20 um\"]
";

/// Each number of the table is set to an outlandish text: the mistake must name the key, so something reads it.
#[test]
fn every_number_of_the_table_is_read() {
    for section in SECTIONS {
        for f in section.fields {
            if !matches!(f.kind, Kind::Number(_) | Kind::Vector(_) | Kind::Voxel(_) | Kind::Numbers(_)) {
                continue;
            }
            let boxed = f.place == Where::Box || section.place == Where::Box;
            let entry = match (section.name, boxed) {
                ("substrate", _) => "oxygen",
                ("cell", _) => "fibroblast",
                ("cargo", _) => "mir_21",
                ("vesicle", _) => "msc_exosome",
                ("rule", _) if f.key == "half_dose" || f.key == "fold" => "exo_kc_speed",
                ("rule", _) => "kc_crawl",
                ("recruit", _) => "macrophage",
                ("endpoint", _) => "closure_d13",
                ("compare", _) => "pooled_closure",
                ("place", _) => "p",
                ("absorber", _) => "a",
                ("exposure", _) => "e",
                ("network", _) => "n",
                ("event", true) => "r",
                ("event", false) if EVENT_KEYS[0].1.contains(&f.key) => "wound",
                ("event", false) if EVENT_KEYS[2].1.contains(&f.key) && f.key != "time" => "needles",
                ("event", false) => "dressing",
                _ => "",
            };
            let path = [section.name, entry, f.key]
                .iter()
                .filter(|p| !p.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(".");
            let mut sets = vec![format!("{path}=7 K^3")];
            if entry == "needles" {
                sets.insert(0, "event.needles.kind=channels".to_owned());
            }
            let case = Case { sets, ..Case::default() };
            let message = case
                .run("my.toml", if boxed { BOX } else { DIABETIC })
                .map(|s| s.name)
                .expect_err(&path)
                .render(false);
            let named = message.contains(&format!("`{}` is temperature^3", f.key))
                || message.contains(&format!("`{}` takes", f.key));
            assert!(named, "{path} is in the table of fields, but nothing reads it:\n{message}");
        }
    }
}

#[test]
fn the_box_of_this_test_compiles() {
    run(BOX).map_err(|d| d.render(false)).unwrap();
}
