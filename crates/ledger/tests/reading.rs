//! Reading ledgers of one's own, and references: errors point at the line or byte, hashes see content only.

use exoderm_ledger::{Ledger, LedgerError, Part, Reference};
use exoderm_units::Unit;
use proptest::prelude::*;

const SOURCE: &str = "[[source]]\nid = \"doe-2020\"\ncitation = \"Doe 2020\"\n";

fn row(key: &str, more: &str) -> String {
    format!(
        "[[parameter]]\nkey = \"{key}\"\nvalue = 2\nlow = 1.5\nhigh = 3\nunit = \"um/h\"\nwhat = \"speed\"\n\
         evidence = \"in vitro\"\nread = \"abstract\"\nsource = \"doe-2020\"\n{more}\n"
    )
}

fn load(text: &str) -> Result<Ledger, LedgerError> {
    Ledger::from_texts([("own.toml", text)])
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn error(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn faults_name_file_and_line() {
    // The source takes lines 1–3, the row starts in line 4.
    let bad = |from: &str, to: &str| error(&format!("{SOURCE}{}", row("v", "").replace(from, to)));
    assert_eq!(
        bad("in vitro", "in silico"),
        format!(
            "own.toml:4: v: \"in silico\" is no evidence; expected one of: {}",
            exoderm_ledger::Evidence::ALL.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", ")
        )
    );
    assert_eq!(
        bad("um/h", "um/hh"),
        "own.toml:4: v: unknown unit \"hh\" in \"um/hh\" (byte 3); did you mean \"h\"?"
    );
    assert_eq!(
        bad("doe-2020", "doe-202"),
        "own.toml:4: v: no source \"doe-202\"; did you mean \"doe-2020\"?"
    );
    assert!(bad("value = 2", "value = inf").contains("own.toml:4: v: value is no finite number"));
    assert!(bad("key = \"v\"", "key = \"v.low\"").contains("\"v.low\" is no key"));
    assert!(bad("what", "wat").starts_with("own.toml:10:1: unknown field `wat`"), "{}", bad("what", "wat"));
    assert!(error("[[parameter]\n").starts_with("own.toml:1:"), "{}", error("[[parameter]\n"));
    let twice = format!("{SOURCE}{}{}", row("v", ""), row("v", ""));
    assert_eq!(error(&twice), "own.toml:15: \"v\" is already defined at own.toml:4");
}

#[test]
fn conflicts_must_be_mutual() {
    let link = |with: &str| format!("conflicts = [{{ with = \"{with}\", why = \"they differ\" }}]");
    let one = format!("{SOURCE}{}{}", row("a", &link("b")), row("b", ""));
    assert_eq!(
        error(&one),
        "own.toml:4: a: the conflict with \"b\" must stand in both rows with the same words"
    );
    let both = format!("{SOURCE}{}{}", row("a", &link("b")), row("b", &link("a")));
    assert_eq!(load(&both).unwrap().get("b").unwrap().conflicts[0].with, "a");
    assert!(error(&format!("{SOURCE}{}", row("a", &link("a")))).contains("which is no other row"));
    assert!(error(&format!("{SOURCE}{}", row("abc", &link("abd")))).contains("did you mean \"abc\"?"));
}

#[test]
fn a_folder_extends_the_builtin_rows() {
    let folder = std::env::temp_dir().join(format!("exoderm-ledger-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("own.toml");
    let conflict = "conflicts = [{ with = \"skin_wt_front_speed\", why = \"my wounds close faster\" }]";
    std::fs::write(&file, format!("{SOURCE}{}", row("my_speed", conflict))).unwrap();
    let ledger = Ledger::builtin_with(&folder).unwrap();
    assert_eq!(ledger.len(), Ledger::builtin().len() + 1);
    let other = ledger.get("skin_wt_front_speed").unwrap();
    assert!(other.conflicts.iter().any(|c| c.with == "my_speed"));
    assert_ne!(ledger.hash(), Ledger::builtin().hash());
    // Alone, the folder cannot conflict with rows it does not have.
    assert!(matches!(Ledger::load_dir(&folder), Err(LedgerError::UnknownConflict { .. })));
    std::fs::write(&file, format!("{SOURCE}{}", row("sec_mcf7", ""))).unwrap();
    assert_eq!(Ledger::load_dir(&folder).unwrap().len(), 1);
    assert!(matches!(Ledger::builtin_with(&folder), Err(LedgerError::Duplicate { .. })));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(Ledger::load_dir(&folder), Err(LedgerError::EmptyFolder { .. })));
    std::fs::remove_dir(&folder).unwrap();
    assert!(matches!(Ledger::load_dir(&folder), Err(LedgerError::Io { .. })));
}

#[test]
fn the_hash_sees_content_only() {
    let (a, b) = (row("a", ""), row("b", ""));
    let hash = |text: &str| load(text).unwrap().hash();
    let first = hash(&format!("{SOURCE}{a}{b}"));
    assert_eq!(first.len(), 32);
    assert_eq!(first, hash(&format!("# words\n{b}\n{a}# more\n{SOURCE}")));
    assert_eq!(first, hash(&format!("{SOURCE}{a}{b}").replace("value = 2\n", "value = 2.0e0\n")));
    let files = Ledger::from_texts([("z", b.as_str()), ("y", SOURCE), ("x", a.as_str())]).unwrap();
    assert_eq!(first, files.hash());
    for (from, to) in [
        ("value = 2\n", "value = 2.0000000000000004\n"),
        ("value = 2\n", "value = \"2\"\n"),
        ("low = 1.5\n", ""),
        ("um/h", "um / h"),
        ("speed", "Speed"),
        ("in vitro", "ex vivo"),
        ("\"Doe 2020\"", "\"Doe, 2020\""),
    ] {
        assert_ne!(first, hash(&format!("{SOURCE}{a}{b}").replace(from, to)), "{from}");
    }
}

#[test]
fn references_resolve() {
    let ledger = load(&format!("{SOURCE}{}", row("v", ""))).unwrap();
    let unit = Unit::parse("um/h").unwrap();
    for (text, value) in [
        ("@v", 2.0),
        ("@v.low", 1.5),
        ("@v.high", 3.0),
        ("@v*0.5", 1.0),
        ("@v/2", 1.0),
        (" @v.high * 1e1 ", 30.0),
        ("@v.low / 3", 0.5),
        ("@v*-1", -2.0),
    ] {
        let quantity = Reference::parse(text).unwrap().resolve(&ledger).unwrap();
        let shown = quantity.in_unit(&unit).unwrap();
        assert!((shown / value - 1.0).abs() < 1e-15, "{text}: {shown}");
    }
    let dotted = Reference::parse("@cal.potency.high").unwrap();
    assert_eq!((dotted.key.as_str(), dotted.part), ("cal.potency", Part::High));
}

#[test]
fn wrong_references_point_at_the_byte() {
    let at = |text: &str| match Reference::parse(text) {
        Err(LedgerError::Reference { offset, .. }) => offset,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(at("k_deg_37"), 0);
    assert_eq!(at("@"), 1);
    assert_eq!(at("@.low"), 1);
    assert_eq!(at("@v+1"), 2);
    assert_eq!(at("@v*"), 3);
    assert_eq!(at("@v* inf"), 4);
    assert_eq!(at("@v/0"), 3);
    assert_eq!(at("@v 0.5"), 3);
    let unknown = Reference::parse("  @k_deg_73*2").unwrap().resolve(Ledger::builtin()).unwrap_err();
    assert_eq!(unknown.to_string(), "no parameter \"k_deg_73\" (byte 3); did you mean \"k_deg_37\"?");
    let words = Reference::parse("@skin_ha_age").unwrap().resolve(Ledger::builtin()).unwrap_err();
    assert_eq!(
        words.to_string(),
        "parameter \"skin_ha_age\" has no number for its value (it says \"no decline\")"
    );
    let end = Reference::parse("@D0_water_100.low").unwrap().resolve(Ledger::builtin()).unwrap_err();
    assert_eq!(end.to_string(), "parameter \"D0_water_100\" has no number for its low");
}

proptest! {
    #[test]
    fn printed_references_are_read_back(
        key in "[a-z][a-z0-9_]{0,12}",
        part in prop::sample::select(vec![Part::Value, Part::Low, Part::High]),
        factor in prop::num::f64::NORMAL,
    ) {
        let mut reference = Reference::to(key);
        reference.part = part;
        reference.factor = factor;
        let back = Reference::parse(&reference.to_string()).unwrap();
        prop_assert_eq!((back.key, back.part, back.factor), (reference.key, part, factor));
    }

    #[test]
    fn no_text_panics(text in ".{0,40}", tail in "[.*/ 0-9e@a-z_-]{0,16}") {
        let _ = Reference::parse(&text);
        let text = format!("@{tail}");
        if let Err(LedgerError::Reference { offset, .. }) = Reference::parse(&text) {
            prop_assert!(offset <= text.len() && text.is_char_boundary(offset));
        }
        let _ = load(&text);
        let _ = load(&format!("{SOURCE}{}", row("v", &text)));
    }
}
