//! What scenario and ledger files rely on: units read exactly, errors that point at the byte.

use exoderm_units::{Dimension, Quantity, Unit, UnitError};

fn q(text: &str) -> f64 {
    Quantity::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).value
}

fn dim(text: &str) -> String {
    Unit::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).dimension().to_string()
}

#[test]
fn factors_are_exact() {
    // (text, internal value): whole ratios, so equality and not closeness.
    for (text, value) in [
        ("4.2 um^2/s", 252.0),
        ("1 um2/h", 1.0 / 60.0),
        ("1 cm", 1e4),
        ("1 nm", 1e-3),
        ("3 d", 4320.0),
        ("1 y", 525_960.0),
        ("1 month", 43_830.0),
        ("1 mL", 1e12),
        ("1 M", 1e-6),
        ("1 pM", 1e-18),
        ("1 mol/L", 1e-6),
        ("1 1/M/s", 6e7),
        ("1 ag", 1e-12),
        ("1 g/mL", 1e-6),
        ("5 %", 0.05),
        ("5%", 0.05),
        ("12 pp", 0.12),
        ("1.4 fold", 1.4),
        ("0.3", 0.3),
        ("37 degC", 310.15),
        ("37 °C", 310.15),
        ("310.15 K", 310.15),
        ("1 Torr", 101_325.0 / 760.0 * 3.6e6),
        ("2 mL/h/cell", 2e12 / 60.0),
        ("3e10 particles/ug protein", 3e10),
        ("27000 cells/mm2", 0.027),
        ("9 EV/3 h", 0.05),
        ("1/h", 1.0 / 60.0),
        ("2/h", 2.0 / 60.0),
        ("0.03 1/d", 0.03 / 1440.0),
        ("30 um/min*um^2", 30.0),
        ("-0.5 h", -30.0),
        ("1e-3 mm", 1.0),
        ("36 KC per melanocyte", 36.0),
        ("0.5 g/cm^2/d", 0.5e6 / 1e8 / 1440.0),
    ] {
        assert!((q(text) - value).abs() <= 2.0 * f64::EPSILON * value.abs(), "{text}: {} {value}", q(text));
    }
    assert!((q("1 mmHg") / q("1 Torr") - 1.0).abs() < 2e-7);
}

#[test]
fn spellings_agree() {
    for (a, b) in [
        ("um^2/s", "µm²/s"),
        ("um2/s", "μm^2/s"),
        ("h^-1", "1/h"),
        ("h⁻¹", "1/h"),
        ("h-1", "1/h"),
        ("mPa s", "mPa.s"),
        ("mPa·s", "mPa*s"),
        ("1/(M s)", "1/M/s"),
        ("cells/mm2", "particles/mm^2"),
        ("ug protein/mL", "ug{protein}/mL"),
        ("mL O2/min/m2", "mL/min/m^2"),
        ("particles/mL/48 h", "particles/mL/2 d"),
    ] {
        let (a, b) = (Unit::parse(a).unwrap(), Unit::parse(b).unwrap());
        assert_eq!(a.dimension(), b.dimension(), "{a} {b}");
        assert_eq!(a.factor(), b.factor(), "{a} {b}");
    }
}

#[test]
fn dimensions_tell_counts_from_numbers() {
    assert_eq!(dim("mL/h/cell"), "length^3/time/count");
    assert_eq!(dim("EV/cell/h"), "1/time");
    assert_eq!(dim("particles/mL/48 h"), "count/length^3/time");
    assert_eq!(dim("% of intact/d"), "1/time");
    assert_eq!(dim("mPa s"), "mass/length/time");
    assert!(Quantity::parse("1 particles/mL").unwrap().in_unit(&Unit::parse("1/mL").unwrap()).is_err());
    assert!(Quantity::parse("1 EV/mL").unwrap().in_unit(&Unit::parse("particles/mL").unwrap()).is_ok());
    for text in
        ["-", "1", "fold", "fraction", "ratio", "%", "fold vs bFGF 400 nM arm", "% w/w", "%ID", "mol%"]
    {
        assert_eq!(dim(text), "dimensionless", "{text}");
    }
}

#[test]
fn errors_point_at_the_byte_and_suggest() {
    match Quantity::parse("4 µm^2/sek").unwrap_err() {
        UnitError::UnknownUnit { offset, name, nearest, .. } => {
            assert_eq!((offset, name.as_str(), nearest.as_deref()), (8, "sek", Some("sec")));
        }
        other => panic!("{other}"),
    }
    let shown = Unit::parse("partcles/mL").unwrap_err().to_string();
    assert_eq!(shown, "unknown unit \"partcles\" in \"partcles/mL\" (byte 0); did you mean \"particles\"?");
    assert!(matches!(Unit::parse("g/m2 h"), Err(UnitError::Ambiguous { offset: 5, .. })));
    assert!(matches!(Unit::parse("um^"), Err(UnitError::Syntax { offset: 3, .. })));
    assert!(matches!(Unit::parse("um^99"), Err(UnitError::OutOfRange { offset: 2, .. })));
    assert!(matches!(Unit::parse("um/"), Err(UnitError::Syntax { offset: 3, .. })));
    assert!(matches!(Unit::parse("48 h"), Err(UnitError::Syntax { offset: 0, .. })));
    assert!(matches!(Unit::parse("degC/h"), Err(UnitError::Syntax { .. })));
    assert!(matches!(Unit::parse("W/(h"), Err(UnitError::UnknownUnit { .. })));
    assert!(matches!(Unit::parse("um/(h"), Err(UnitError::Syntax { offset: 5, .. })));
    assert!(matches!(Unit::parse("ug{protein/mL"), Err(UnitError::Syntax { .. })));
    assert!(matches!(Unit::parse(""), Err(UnitError::Empty { .. })));
    assert!(matches!(Quantity::parse("fast"), Err(UnitError::Syntax { offset: 0, .. })));
    assert!(matches!(Quantity::parse("1,000 um"), Err(UnitError::Syntax { offset: 1, .. })));
    assert!(matches!(Quantity::parse("1e999 um"), Err(UnitError::OutOfRange { .. })));
    assert!(matches!(Quantity::parse("5 3 h"), Err(UnitError::Syntax { .. })));
    assert!(matches!(Quantity::parse("nan"), Err(UnitError::Syntax { .. })));
}

#[test]
fn a_mismatch_names_both_dimensions_and_an_example() {
    let d = Quantity::parse("4.2 um^2/s").unwrap();
    let shown = d.in_unit(&Unit::parse("um/h").unwrap()).unwrap_err().to_string();
    assert_eq!(shown, "this is a length^2/time where a length/time is needed, for example in \"um/h\"");
}

#[test]
fn shown_with_four_digits() {
    let d = Quantity::parse("6.574839 um^2/s").unwrap();
    assert_eq!(d.show_in(&Unit::parse("um2/s").unwrap()).unwrap(), "6.575 um2/s");
    assert_eq!(Quantity::parse("3e10 particles/mL").unwrap().to_string(), "0.03 particles/um^3");
    assert_eq!(Quantity::parse_bare(0.5).show_in(&Unit::parse("%").unwrap()).unwrap(), "50 %");
    assert_eq!(
        Quantity::parse("37 degC").unwrap().show_in(&Unit::parse("degC").unwrap()).unwrap(),
        "37 degC"
    );
    assert_eq!(Quantity::parse_bare(2.0).dimension, Dimension::NONE);
}
