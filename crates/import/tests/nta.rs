//! NTA tables as instruments and people write them, and what is said of those that can't be read.
#![allow(missing_docs)]

use exoderm_import::nta::{AmountKind, read};
use proptest::prelude::*;

fn rows(delimiter: &str, comma: bool) -> String {
    (0..12)
        .map(|i| {
            let line = format!("{}.5{delimiter}{}.25e6\n", 50 + 10 * i, 1 + i % 5);
            if comma { line.replace('.', ",") } else { line }
        })
        .collect()
}

/// The same table in the spellings seen: preamble, delimiter, decimal comma, order of columns, units, encodings.
#[test]
fn s079_spellings_read_alike() {
    let plain =
        read("a.csv", format!("size (nm),concentration (particles/mL)\n{}", rows(",", false)).as_bytes())
            .unwrap();
    assert_eq!(plain.diameters.len(), 12);
    assert_eq!((plain.diameters[0], plain.widths[3], plain.amounts[1]), (50.5, 10.0, 2.25e6));
    assert_eq!((plain.kind, plain.header_line), (AmountKind::PerMl, 1));
    let total = plain.concentration().unwrap();
    let tables = [
        format!("Instrument;X\nOperator;me\n\nSize [nm];Concentration [particles / ml]\n{}", rows(";", true)),
        format!(
            "# made by hand\r\nDiameter / nm\tConcentration / cm-3\r\n{}\r\n\r\nmean;120\r\n",
            rows("\t", false)
        ),
        format!(
            "\u{feff}\"Bin centre (nm)\",\"Concentration (particles/ml)\",\"Volume\"\n{}",
            rows(",", false)
        ),
        format!("size_nm,concentration_per_ml\n{}", rows(",", false)),
    ];
    for text in tables {
        let h = read("b.csv", text.as_bytes()).unwrap_or_else(|e| panic!("{text}\n{e}"));
        assert_eq!((&h.diameters, &h.amounts), (&plain.diameters, &plain.amounts), "{text}");
        assert_eq!(h.concentration(), Some(total));
    }
    // Latin-1 and micrometres.
    let mut bytes = b"size (\xb5m);concentration (E6 particles/ml)\n".to_vec();
    bytes.extend(
        (0..12).flat_map(|i| format!("{};{}.25\n", 0.0505 + 0.01 * f64::from(i), 1 + i % 5).into_bytes()),
    );
    let h = read("c.csv", &bytes).unwrap();
    assert!((h.diameters[0] - 50.5).abs() < 1e-9 && (h.concentration().unwrap() / total - 1.0).abs() < 1e-12);
    // A density is multiplied by the bins' width, counts have no concentration.
    let d =
        read("d.csv", format!("size (nm),conc (particles/mL/nm)\n{}", rows(",", false)).as_bytes()).unwrap();
    assert!((d.concentration().unwrap() / total - 10.0).abs() < 1e-9);
    let c = read("e.csv", format!("size (nm),count\n{}", rows(",", false)).as_bytes()).unwrap();
    assert_eq!((c.kind, c.concentration()), (AmountKind::Counts, None));
}

/// Each mistake with file, line, column, reason and help.
#[test]
fn mistakes_have_places() {
    let table = |head: &str, body: &str| format!("{head}\n{body}");
    let good = "50,1\n60,2\n70,3\n80,2\n90,1\n";
    let head = "size (nm),concentration (particles/mL)";
    let cases = [
        ("empty", String::new()),
        ("no header", good.to_owned()),
        ("misspelt", table("siez (nm),concentraton (particles/mL)", good)),
        ("no size unit", table("size,concentration (particles/mL)", good)),
        ("no amount unit", table("size (nm),concentration", good)),
        ("text in a number", table(head, "50,1\n60,two\n70,3\n")),
        ("missing field", table(head, "50,1\n60\n70,3\n")),
        ("not ascending", table(head, "50,1\n60,2\n55,3\n")),
        ("negative", table(head, "50,1\n60,-2\n70,3\n")),
        ("zero size", table(head, "0,1\n60,2\n70,3\n")),
        ("too few", table(head, "50,1\n60,2\n")),
        ("no text", "PK\u{3}\u{4}\0\0".to_owned()),
        ("all zero", table(head, "50,0\n60,0\n70,0\n80,0\n90,0\n")),
    ];
    let mut all = String::new();
    for (name, text) in cases {
        let e = read("sample.csv", text.as_bytes()).unwrap_err();
        all.push_str(&format!("--- {name}\n{e}\n"));
    }
    insta::assert_snapshot!("mistakes", all);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    /// No bytes make it panic; what it reads is a histogram.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read("x", &bytes);
        let mut with_head = b"size (nm);count\n".to_vec();
        with_head.extend(&bytes);
        if let Ok(h) = read("x", &with_head) {
            prop_assert!(h.diameters.windows(2).all(|w| w[0] < w[1]) && h.widths.iter().all(|w| *w > 0.0));
        }
    }

    #[test]
    fn any_table(text in "[0-9;,. \t\n\"eE#a-z()/-]{0,300}") {
        let _ = read("x", format!("size (nm),concentration (/mL)\n{text}").as_bytes());
        let _ = read("x", text.as_bytes());
    }
}
