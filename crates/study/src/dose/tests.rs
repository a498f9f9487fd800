//! The calculator against hand-made numbers, and what it says to wrong questions.

use super::*;
use exoderm_numeric::math;
use exoderm_vesicle::delivery::STAGES;

fn question(route: &str) -> Question {
    Question {
        amount: Amount::Particles(1e10),
        area: "4 cm^2".to_owned(),
        route: route.to_owned(),
        cargo: vec!["miR-21".to_owned()],
        label: None,
        time: "7 d".to_owned(),
        set: Vec::new(),
        draws: 64,
    }
}

/// S034: the upper bound of the registered dose is 0.011 copies a cell, and the verdict is implausible.
#[test]
fn s034_registered_dose_is_implausible() {
    let q = Question { amount: Amount::Particles(1e7), area: "1 cm^2".to_owned(), ..question("topical") };
    let r = answer(&q).unwrap();
    let c = &r.cargo[0];
    assert!((c.upper_bound / (1e7 * 0.00825 / 7.5346e6) - 1.0).abs() < 1e-9, "{}", c.upper_bound);
    assert_eq!(c.verdict.as_deref(), Some("implausible"));
    assert!(c.by_escape.iter().all(|e| e.verdict.as_deref() == Some("implausible")));
    assert!(
        c.copies_per_cell.high <= c.upper_bound * c.copies_per_vesicle.high / c.copies_per_vesicle.stated
    );
}

/// The other two verdicts can be reached: an engineered load at a high dose, by the row's threshold.
#[test]
fn s034_other_verdicts_exist() {
    let at = |particles: f64, set: &[&str]| {
        let q = Question {
            amount: Amount::Particles(particles),
            cargo: vec!["engineered-miRNA".to_owned()],
            set: set.iter().map(|s| (*s).to_owned()).collect(),
            ..question("injection")
        };
        answer(&q).unwrap().cargo[0].verdict.clone().unwrap()
    };
    assert_eq!(at(1e13, &["escape=0.3", "saturation=50000 1/d", "copies=10"]), "not excluded");
    assert_eq!(at(1e6, &[]), "implausible");
    let words: Vec<String> = (8..=13).map(|p| at(math::powi(10.0, p), &["escape=0.1"])).collect();
    assert!(words.contains(&"only at the upper end".to_owned()), "{words:?}");
}

/// S033: the stages' shares multiply to what escapes, and intact skin lets less than 1 % through.
#[test]
fn s033_waterfall_is_a_product() {
    for route in ["topical", "microneedle", "injection", "hydrogel"] {
        let r = answer(&question(route)).unwrap();
        let product: f64 = r.stages.iter().map(|s| s.fraction).product();
        let overall = r.stages[STAGES - 1].per_cm2.stated / r.stages[0].per_cm2.stated;
        assert!((product / overall - 1.0).abs() < 1e-6, "{route}");
        assert!(r.stages.iter().all(|s| (0.0..=1.0 + 1e-9).contains(&s.fraction)), "{route}: {:?}", r.stages);
        assert!(r.stages.iter().skip(1).all(|s| !s.inputs.is_empty()), "{route}");
        if route == "topical" {
            let past = &r.stages[3].per_cm2;
            assert!(past.median / r.stages[0].per_cm2.median < 0.01, "{past:?}");
        }
    }
}

/// S077: a label for the skin's surface and a needle is the first thing said.
#[test]
fn s077_label_and_needle_are_flagged() {
    for (label, route, flagged) in [
        ("topical", "microneedle", true),
        ("cosmetic", "injection", true),
        ("topical on wounds", "injection", true),
        ("topical", "hydrogel", true),
        ("topical", "topical", false),
        ("topical on wounds", "hydrogel", false),
        ("injection", "injection", false),
    ] {
        let q = Question { label: Some(label.to_owned()), ..question(route) };
        let flag = answer(&q).unwrap().flag;
        assert_eq!(flag.is_some(), flagged, "{label} {route}: {flag:?}");
        assert!(flag.is_none_or(|f| f.contains(route)));
    }
}

/// The largest dose that is taken still gives counts that a cell can have, at every point of the ranges.
#[test]
fn the_largest_dose_gives_numbers() {
    for route in ["topical", "microneedle", "injection", "hydrogel"] {
        let r = answer(&Question { amount: Amount::Particles(4e15), ..question(route) }).unwrap();
        for s in &r.stages {
            assert!(s.per_cm2.low >= 0.0 && s.per_cm2.stated >= 0.0, "{route}: {s:?}");
            assert!((0.0..=1.0 + 1e-9).contains(&s.fraction), "{route}: {s:?}");
        }
        assert!(r.vesicles_per_cell.low >= 0.0 && r.cargo.iter().all(|c| c.copies_per_cell.low >= 0.0));
    }
}

/// The same call gives the same bits; more points hardly move the median.
#[test]
fn ranges_are_propagated_without_chance() {
    let r = answer(&question("injection")).unwrap();
    assert_eq!(r, answer(&question("injection")).unwrap());
    let few = answer(&Question { draws: 256, ..question("injection") }).unwrap();
    let many = answer(&Question { draws: 2048, ..question("injection") }).unwrap();
    let median = |r: &DoseResult| math::ln(r.cargo[0].copies_per_cell.median);
    assert!((median(&few) - median(&many)).abs() < 0.15, "{} {}", median(&few), median(&many));
}

#[test]
fn every_number_has_a_source() {
    for route in ["topical", "microneedle", "injection", "hydrogel"] {
        for row in answer(&question(route)).unwrap().inputs {
            assert!(row.key.starts_with('@') || row.key == "assumed", "{row:?}");
            assert!(!row.what.is_empty() && !row.value.is_empty(), "{row:?}");
        }
    }
}

#[test]
fn wrong_questions_name_what_is_near() {
    let ok = question("topical");
    let cases = [
        (Question { route: "topicl".into(), ..ok.clone() }, "did you mean `topical`?"),
        (Question { cargo: vec!["protien".into()], ..ok.clone() }, "did you mean `protein`?"),
        (Question { label: Some("topcal".into()), ..ok.clone() }, "did you mean `topical`?"),
        (Question { area: "4 cm".into(), ..ok.clone() }, "area"),
        (Question { area: "-4 cm^2".into(), ..ok.clone() }, "not above 0"),
        (Question { amount: Amount::Particles(f64::NAN), ..ok.clone() }, "particles"),
        (Question { amount: Amount::Particles(0.5), ..ok.clone() }, "from 1 on"),
        // Copies below zero came out of such doses once.
        (Question { amount: Amount::Particles(1e300), ..ok.clone() }, "more than fit on skin"),
        (
            Question { amount: Amount::Particles(4.1e15), ..ok.clone() },
            "at most that, so here 4e15 particles",
        ),
        (Question { amount: Amount::Mass("1 kg".into()), ..ok.clone() }, "more than fit on skin"),
        (Question { set: vec!["unbindin=1 1/h".into()], ..ok.clone() }, "tissue.unbinding, "),
        (Question { amount: Amount::Mass("100 mL".into()), ..ok.clone() }, "mass"),
        (Question { set: vec!["escap=0.3".into()], ..ok.clone() }, "did you mean"),
        (Question { set: vec!["escape".into()], ..ok.clone() }, "sets nothing"),
        (Question { set: vec!["escape=3".into()], ..ok.clone() }, "above 1"),
        (Question { set: vec!["escape=2 um".into()], ..ok.clone() }, "escape"),
        (Question { set: vec!["k_deg_37=-1 1/h".into()], ..ok.clone() }, "below 0"),
        (Question { set: vec!["internalisation=0 1/h".into()], ..ok.clone() }, "do not go together"),
        (Question { draws: 0, ..ok.clone() }, "draws"),
    ];
    for (q, part) in cases {
        let text = answer(&q).unwrap_err().to_string();
        assert!(text.contains(part), "{part}: {text}");
    }
}
