//! No input panics, and what compiles holds together.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::{Diagnostics, check_summary, decode, from_resolved_toml, resolved_toml, scenario_hash};
use proptest::prelude::*;

const TINY: &str = include_str!("files/tiny.toml");

/// What must be true of any result.
fn sound(result: Result<exoderm_model::scenario::Scenario, Diagnostics>) {
    match result {
        Ok(s) => {
            assert!(check_summary(&s).unknowns >= 0.0);
            let back = from_resolved_toml(&resolved_toml(&s).unwrap()).unwrap();
            assert_eq!(scenario_hash(&back), scenario_hash(&s));
            assert!(s.provenance.iter().all(|p| !p.value.is_nan()));
            assert!(s.voxels() <= 2e9);
        }
        Err(d) => {
            assert!(!d.is_empty());
            for one in &d.list {
                assert!(one.line >= 1 && one.column >= 1 && !one.message.is_empty() && !one.help.is_empty());
                assert!(one.span.start <= one.span.end && one.span.start <= one.source().text.len());
            }
            let text = d.render(false);
            assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        }
    }
}

/// Words that have broken parsers before.
fn nasty() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "nan",
        "inf",
        "-inf",
        "1e308",
        "\"1e308 km\"",
        "\"-0 um\"",
        "\"@\"",
        "\"@cal.\"",
        "\"@k_deg_37*1e300\"",
        "\"@k_deg_37/0\"",
        "\"@k_deg_37.high*-1\"",
        "9223372036854775807",
        "99999999999999999999",
        "\"1 um^127\"",
        "{}",
        "[]",
        "{ value = {} }",
        "{ value = 1, range = [2, 1] }",
        "{ value = 1, range = [] }",
        "{ range = [1, 2] }",
        "\"\"",
        "\"é\"",
        "'''\n'''",
        "true",
        "1979-05-27",
        "{ value = \"1 um\", key = \"@nothing\" }",
        "\"1e-300 um\"",
        "\"inf\"",
        "\"0\"",
        "[[[[[[[[[[",
        "\"substrate:\"",
        "\"fate:shed\"",
        "\"occupancy:own\"",
        "{ age = 1, rate = 2 }",
        "\"\\u0000\"",
        "{ value = \"@cal.potency\" }",
    ])
    .prop_map(str::to_owned)
}

/// A text with one value replaced, a line doubled, removed or moved, or bytes changed.
fn mutated(base: &'static str) -> impl Strategy<Value = String> {
    let lines = base.lines().count();
    let one = (0..lines, 0..lines, 0..6_u8, nasty(), any::<u8>());
    prop::collection::vec(one, 1..4).prop_map(move |changes| {
        let mut text: Vec<String> = base.lines().map(str::to_owned).collect();
        for (a, b, what, word, byte) in changes {
            let a = a.min(text.len() - 1);
            let b = b.min(text.len() - 1);
            match what {
                0 => {
                    if let Some((key, _)) = text[a].clone().split_once('=') {
                        text[a] = format!("{key}= {word}");
                    }
                }
                1 => text.insert(b, text[a].clone()),
                2 if text.len() > 2 => {
                    text.remove(a);
                }
                3 => text.swap(a, b),
                4 => {
                    let at = usize::from(byte) % (text[a].chars().count() + 1);
                    let at = text[a].char_indices().nth(at).map_or(text[a].len(), |(i, _)| i);
                    text[a].insert(at, char::from(byte));
                }
                _ => {
                    let keep = usize::from(byte) % (text[a].chars().count() + 1);
                    text[a] = text[a].chars().take(keep).collect();
                }
            }
        }
        text.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        match decode("x.toml", &bytes) {
            Ok(text) => sound(run(&text)),
            Err(d) => sound(Err(d)),
        }
    }

    #[test]
    fn arbitrary_toml_like_text_does_not_panic(text in "[\\[\\]{}=.,\"'#@a-z0-9 \\n_-]{0,300}") {
        sound(run(&text));
        sound(run(&format!("format = 1\nextends = \"mouse-back\"\n{text}")));
    }

    #[test]
    fn mutated_scenarios_do_not_panic(
        tiny in mutated(TINY), mouse in mutated(MOUSE), wound in mutated(DIABETIC), point in mutated(POINT),
    ) {
        for text in [tiny, mouse, wound, point] {
            sound(run(&text));
        }
    }

    #[test]
    fn settings_do_not_panic(text in "[a-z_.]{0,12}=?[ -~é]{0,20}", path in 0..SETTABLE.len(), word in nasty(), bare in "[ -~]{0,12}") {
        for set in [text, format!("{}={word}", SETTABLE[path]), format!("{}={bare}", SETTABLE[path])] {
            let case = Case { sets: vec![set], ..Case::default() };
            sound(case.run("my.toml", DIABETIC));
        }
    }

    /// The unit a value is written in does not matter.
    #[test]
    fn units_do_not_matter(x in 1.0_f64..1000.0) {
        let value = |set: String| {
            let s = with(&[&set]).map_err(|d| d.render(false)).unwrap();
            row(&s, "cell.fibroblast.speed").value
        };
        let reference = value(format!("cell.fibroblast.speed={x:e} um/h"));
        for (factor, unit) in [(1e-3, "mm/h"), (24.0, "um/d"), (1.0 / 3600.0, "um/s"), (1e3 / 60.0, "nm/min")] {
            let other = value(format!("cell.fibroblast.speed={:e} {unit}", x * factor));
            prop_assert!((other / reference - 1.0).abs() < 1e-12, "{unit}");
        }
    }

    /// An override of a ledger value is the value that a literal of it gives.
    #[test]
    fn an_override_is_a_literal(x in 0.001_f64..0.5) {
        let case = Case { ledger: [("k_deg_37".to_owned(), x)].into(), ..Case::default() };
        let drawn = case.run("my.toml", DIABETIC).unwrap();
        let literal = with(&[&format!("transport.degradation={x:e} 1/h")]).unwrap();
        prop_assert_eq!(drawn.transport.degradation, literal.transport.degradation);
    }
}

const SETTABLE: &[&str] = &[
    "run.horizon",
    "tissue.width",
    "tissue.voxel",
    "tissue.kind",
    "tissue.fold",
    "tissue.density.kc_ta",
    "substrate.oxygen.unit",
    "substrate.oxygen.solubility",
    "substrate.mmp.unit",
    "cell.fibroblast",
    "cell.fibroblast.fate",
    "cell.fibroblast.uptake",
    "cell.fibroblast.biogenesis.population",
    "cell.fibroblast.secretion.vegf",
    "rule.kc_crawl.signal",
    "rule.kc_crawl.cells",
    "rule.exo_kc_speed.half_dose",
    "vesicle.msc_exosome.particles_per_ug",
    "event.dressing",
    "event.dressing.dose",
    "uptake.internalisation",
    "record.snapshots",
    "sensitivity.inputs",
    "compare.pooled_closure.band",
    "arm",
    "format",
    "question",
];
