//! A user's NTA measurement.

use super::{columns, wrapped};
use exoderm_study::measured::Measurement;
use exoderm_units::significant;

/// The answer as text, 80 columns wide; the lines for a scenario come last, as they are to be copied.
pub fn measured(m: &Measurement) -> String {
    let n = |x: f64| significant(x, 3);
    let range = |r: [f64; 2]| format!("{} to {}", n(r[0]), n(r[1]));
    let mut out = wrapped(
        "",
        0,
        &format!(
            "{}: {} bins, header in line {}, columns `{}` and `{}` ({})",
            m.file,
            m.bins.len(),
            m.header_line,
            m.columns[0],
            m.columns[1],
            m.amounts
        ),
    );
    if let Some(c) = m.particles_per_ml {
        out.push_str(&wrapped("", 0, &format!("Concentration in the sample: {} particles/mL", n(c))));
    }
    if let Some(p) = &m.purity {
        out.push_str(&wrapped(
            "",
            0,
            &format!("Particles per ug of protein: {}: {} ({})", n(p.particles_per_ug), p.band, p.note),
        ));
    }
    let s = &m.shown;
    out.push('\n');
    // Of the fit once cut to the sizes that the model has.
    let vesicles = |k: usize| match m.fit.quantiles {
        Some(q) if k == 1 => format!("{}, cut to 30-200 nm", n(q[k])),
        Some(q) => n(q[k]),
        None => "-".to_owned(),
    };
    let rows = [
        vec!["nm".to_owned(), "as shown".to_owned(), "of the vesicles (lognormal fit)".to_owned()],
        vec!["mean".to_owned(), n(s.mean), String::new()],
        vec!["mode".to_owned(), n(s.mode), String::new()],
        vec!["5 %".to_owned(), n(s.d05), vesicles(0)],
        vec!["25 %".to_owned(), n(s.d25), String::new()],
        vec!["median".to_owned(), n(s.median), vesicles(1)],
        vec!["75 %".to_owned(), n(s.d75), String::new()],
        vec!["95 %".to_owned(), n(s.d95), vesicles(2)],
    ];
    out.push_str(&columns(&rows, &[1]));
    out.push('\n');
    let f = &m.fit;
    out.push_str(&wrapped("", 0, &format!(
        "Lognormal behind what the instrument shows: median {} nm ({}), width {} ({}) in ln units. It undoes the detection limit and the spread of short tracks; the ranges are those of the instrument's assumed numbers.",
        n(f.median_nm), range(f.median_range), n(f.ln_sigma), range(f.ln_sigma_range)
    )));
    out.push_str(&wrapped("", 0, &format!(
        "Seen by the instrument: {} % of the vesicles ({} to {} %). Shown between 40 and 160 nm: {} %; above 200 nm: {} %.",
        n(100.0 * f.detected),
        n(100.0 * f.detected_range[0]),
        n(100.0 * f.detected_range[1]),
        n(100.0 * m.within_40_160),
        n(100.0 * m.above_200)
    )));
    for w in &m.warnings {
        out.push_str(&wrapped("! ", 2, w));
    }
    if let Some(lines) = &m.snippet {
        out.push_str("\nFor a scenario:\n\n");
        out.push_str(lines);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::WIDTH;
    use exoderm_study::measured::{Request, measure};

    /// The example of the documents, as it is shown.
    #[test]
    fn measurement_as_text() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/nta.csv");
        let request = Request {
            file: file.into(),
            protein: Some("40 ug/mL".into()),
            dilution: 1000.0,
            name: "my_exosome".into(),
        };
        // Lines are wrapped: with the path of this checkout in it, the text would depend on where it stands.
        let mut found = measure(&request).unwrap();
        found.file = "nta.csv".into();
        found.snippet = found.snippet.map(|s| s.replace(file, "nta.csv"));
        let out = measured(&found);
        assert!(out.lines().all(|l| l.chars().count() <= WIDTH || l.starts_with('#')), "{out}");
        insta::assert_snapshot!("measured", out);
    }
}
