//! A user's NTA measurement as a source of vesicles: sizes, concentration, purity, and the lines for a scenario.

use crate::error::StudyError;
use exoderm_import::nta::{self, AmountKind, Histogram};
use exoderm_skin::sources::Roster;
use exoderm_units::{Quantity, Unit, significant};
use exoderm_vesicle::observe::{Instrument, LognormalFit, fit_lognormal};
use exoderm_vesicle::size::{MAX_DIAMETER_NM, MIN_DIAMETER_NM, SizeDistribution};
use serde::Serialize;
use std::path::Path;

/// um³ in a mL.
const ML: f64 = 1e12;
/// A fit whose cumulative curve is off by more than this is no lognormal.
const POOR: f64 = 0.08;

/// What is asked of a measurement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// File.
    pub file: String,
    /// Protein in the same sample, as text with a unit ("50 ug/mL").
    pub protein: Option<String>,
    /// Factor by which the sample was diluted before it was measured; 1 if the file accounts for it.
    pub dilution: f64,
    /// Name of the population in the scenario's lines.
    pub name: String,
}

/// What a measurement says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// File.
    pub file: String,
    /// Line of the header, and the columns used.
    pub header_line: usize,
    /// Names of the columns.
    pub columns: [String; 2],
    /// What the amounts were: "particles/mL", "particles/mL/nm" or "counts".
    pub amounts: String,
    /// Bins.
    pub bins: Vec<Bin>,
    /// Particles per mL in the sample (dilution undone); none for counts.
    pub particles_per_ml: Option<f64>,
    /// Sizes as shown by the instrument (nm).
    pub shown: Shown,
    /// The lognormal behind them.
    pub fit: Fit,
    /// Share of the shown particles within 40–160 nm, and above 200 nm.
    pub within_40_160: f64,
    /// Above the largest vesicle of the model.
    pub above_200: f64,
    /// Protein, if given.
    pub purity: Option<Purity>,
    /// Lines for a scenario; absent where it would refuse them.
    pub snippet: Option<String>,
    /// What to be careful about.
    pub warnings: Vec<String>,
}

/// A bin of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Centre (nm).
    pub diameter_nm: f64,
    /// Width (nm).
    pub width_nm: f64,
    /// Share of all.
    pub share: f64,
    /// The fit's share, as the instrument would show it.
    pub fitted: f64,
}

/// Sizes as shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[allow(missing_docs)] // named for what they are, in nm
pub struct Shown {
    pub mean: f64,
    pub mode: f64,
    pub d05: f64,
    pub d25: f64,
    pub median: f64,
    pub d75: f64,
    pub d95: f64,
}

/// The lognormal of the vesicles themselves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Median (nm) with the instrument's numbers as stated.
    pub median_nm: f64,
    /// Lowest and highest over the ranges of the instrument's numbers.
    pub median_range: [f64; 2],
    /// Width (ln units).
    pub ln_sigma: f64,
    /// Lowest and highest.
    pub ln_sigma_range: [f64; 2],
    /// Share of the vesicles that the instrument saw, by the fit.
    pub detected: f64,
    /// Lowest and highest.
    pub detected_range: [f64; 2],
    /// Largest difference of the cumulative shares.
    pub distance: f64,
    /// 5, 50 and 95 % of the vesicles once cut to 30–200 nm (nm); absent where the median lies outside.
    pub quantiles: Option<[f64; 3]>,
}

/// Particles per protein.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Purity {
    /// Particles per ug of protein.
    pub particles_per_ug: f64,
    /// "pure", "between pure and low", "low purity" or "impure".
    pub band: String,
    /// What that means and where the bands are from.
    pub note: String,
}

/// Reads a file and says what it means.
///
/// # Errors
/// What is wrong with the file, with line and column, or with the request.
pub fn measure(request: &Request) -> Result<Measurement, StudyError> {
    let bytes = std::fs::read(Path::new(&request.file)).map_err(|e| {
        StudyError::input(
            format!("could not read `{}`: {e}", request.file),
            "give the path of a histogram exported as delimited text",
        )
    })?;
    let histogram = nta::read(&request.file, &bytes)?;
    interpret(&histogram, request)
}

/// What a histogram means.
///
/// # Errors
/// What is wrong with the request.
pub fn interpret(h: &Histogram, request: &Request) -> Result<Measurement, StudyError> {
    let roster = Roster::builtin().map_err(StudyError::Fault)?;
    if !(request.dilution >= 1.0 && request.dilution.is_finite()) {
        return Err(StudyError::input(
            format!("a dilution of {} is not possible", request.dilution),
            "give how many times the sample was diluted, 1 or more",
        ));
    }
    let name = population_name(&request.name)?;
    let total: f64 = h.amounts.iter().sum();
    let triples: Vec<(f64, f64, f64)> =
        h.diameters.iter().zip(&h.widths).zip(&h.amounts).map(|((d, w), a)| (*d, *w, *a)).collect();
    let fits = fits(roster, &triples)?;
    let (main, instrument) = fits[0];
    let over = |f: fn(&LognormalFit) -> f64| {
        let values = fits.iter().map(|(fit, _)| f(fit));
        [values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max)]
    };
    let cut = SizeDistribution::new(main.median, main.ln_sigma).ok();
    let quantiles = cut.map(|s| [0.05, 0.5, 0.95].map(|p| s.quantile(p)));
    let fit = Fit {
        median_nm: main.median,
        median_range: over(|f| f.median),
        ln_sigma: main.ln_sigma,
        ln_sigma_range: over(|f| f.ln_sigma),
        detected: main.detected,
        detected_range: over(|f| f.detected),
        distance: main.distance,
        quantiles,
    };
    let share_where =
        |test: &dyn Fn(f64) -> bool| triples.iter().filter(|b| test(b.0)).map(|b| b.2).sum::<f64>() / total;
    let above_200 = share_where(&|d| d > MAX_DIAMETER_NM);
    let particles_per_ml = h.concentration().map(|c| c * request.dilution);
    let purity = purity(roster, request, particles_per_ml)?;
    let fitted = image(&triples, &main, &instrument);
    Ok(Measurement {
        file: h.file.clone(),
        header_line: h.header_line,
        columns: h.columns.clone(),
        amounts: match h.kind {
            AmountKind::PerMl => "particles/mL",
            AmountKind::PerMlPerNm => "particles/mL/nm",
            AmountKind::Counts => "counts",
        }
        .to_owned(),
        bins: triples
            .iter()
            .zip(fitted)
            .map(|(b, fitted)| Bin { diameter_nm: b.0, width_nm: b.1, share: b.2 / total, fitted })
            .collect(),
        particles_per_ml,
        shown: shown(&triples, total),
        within_40_160: share_where(&|d| (40.0..=160.0).contains(&d)),
        above_200,
        snippet: cut.is_some().then(|| snippet(&name, h, &fit, purity.as_ref())),
        warnings: warnings(h, &fit, above_200, cut.is_some(), request),
        purity,
        fit,
    })
}

/// The fit with the instrument as stated, then at the ends of its ranges, one number at a time.
fn fits(roster: &Roster, bins: &[(f64, f64, f64)]) -> Result<Vec<(LognormalFit, Instrument)>, StudyError> {
    let i = &roster.instruments;
    let numbers = [&i.nta_displacements, &i.nta_half_detected, &i.nta_steepness];
    let stated = numbers.map(|n| n.value);
    let mut variants = vec![stated];
    for (k, n) in numbers.iter().enumerate() {
        for end in n.range {
            let mut v = stated;
            v[k] = end;
            variants.push(v);
        }
    }
    variants
        .into_iter()
        .map(|[displacements, half, steepness]| {
            let nta = Instrument::Nta { displacements, half_detected: half * 1e3, steepness };
            let nta = nta.checked().map_err(|e| StudyError::Fault(e.to_string()))?;
            let fit = fit_lognormal(bins, &nta).map_err(|e| StudyError::Fault(e.to_string()))?;
            Ok((fit, nta))
        })
        .collect()
}

/// The fit as the instrument would show it, in shares.
fn image(bins: &[(f64, f64, f64)], fit: &LognormalFit, instrument: &Instrument) -> Vec<f64> {
    let raw = exoderm_vesicle::observe::image(bins, fit.median, fit.ln_sigma, instrument);
    let all: f64 = raw.iter().sum();
    raw.into_iter().map(|r| if all > 0.0 { r / all } else { 0.0 }).collect()
}

fn shown(bins: &[(f64, f64, f64)], total: f64) -> Shown {
    let at = |p: f64| {
        let mut sum = 0.0;
        for &(d, width, amount) in bins {
            if sum + amount >= p * total && amount > 0.0 {
                return d + width * ((p * total - sum) / amount - 0.5);
            }
            sum += amount;
        }
        bins.last().map_or(0.0, |b| b.0)
    };
    let height = |b: &(f64, f64, f64)| b.2 / b.1;
    Shown {
        mean: bins.iter().map(|b| b.0 * b.2).sum::<f64>() / total,
        mode: bins.iter().max_by(|a, b| height(a).total_cmp(&height(b))).map_or(0.0, |b| b.0),
        d05: at(0.05),
        d25: at(0.25),
        median: at(0.5),
        d75: at(0.75),
        d95: at(0.95),
    }
}

fn purity(roster: &Roster, request: &Request, per_ml: Option<f64>) -> Result<Option<Purity>, StudyError> {
    let Some(text) = &request.protein else { return Ok(None) };
    let help = "write it as --protein \"50 ug/mL\"";
    let unit = Unit::parse("ug/um^3").map_err(|e| StudyError::Fault(e.to_string()))?;
    let protein = Quantity::parse(text).map_err(|e| StudyError::input(format!("protein: {e}"), help))?;
    unit.check(protein.dimension).map_err(|e| StudyError::input(format!("protein \"{text}\": {e}"), help))?;
    if protein.value.is_nan() || protein.value <= 0.0 {
        return Err(StudyError::input(format!("protein \"{text}\" is not above 0"), help));
    }
    let Some(per_ml) = per_ml else {
        return Err(StudyError::input(
            "this file has counts, not a concentration: particles per protein can't be told",
            "export concentrations, or leave --protein out",
        ));
    };
    let ratio = per_ml / (protein.value * ML);
    let [pure, low, impure] = &roster.purity;
    let band = if ratio >= pure.range[0] {
        "pure"
    } else if ratio > low.range[1] {
        "between pure and low"
    } else if ratio > impure.value {
        "low purity"
    } else {
        "impure"
    };
    let key = |s: &exoderm_skin::stated::Stated| s.key.clone().unwrap_or_default();
    Ok(Some(Purity {
        particles_per_ug: ratio,
        band: band.to_owned(),
        note: format!(
            "pure from {} particles/ug (@{}), impure up to {} (@{}). NTA counts what is no vesicle too, and free protein lowers the ratio: it bounds purity, it does not prove it.",
            significant(pure.range[0], 3),
            key(pure),
            significant(impure.value, 3),
            key(impure),
        ),
    }))
}

fn population_name(name: &str) -> Result<String, StudyError> {
    let good = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if good {
        Ok(name.to_owned())
    } else {
        Err(StudyError::input(
            format!("`{name}` can't name a vesicle population"),
            "use small letters, digits and _, starting with a letter, as in my_exosome",
        ))
    }
}

fn snippet(name: &str, h: &Histogram, fit: &Fit, purity: Option<&Purity>) -> String {
    let n = |x: f64| significant(x, 3);
    let file: String = h.file.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let [a, b] = fit.median_range.map(|d| d.clamp(MIN_DIAMETER_NM, MAX_DIAMETER_NM));
    let [c, d] = fit.ln_sigma_range;
    let mut text = format!(
        "# From {file}, column {}; ranges over the instrument's assumed numbers.\n",
        h.columns[1].trim()
    );
    text.push_str(&format!("[vesicle.{name}]\n"));
    text.push_str(&format!(
        "median_diameter = {{ value = \"{} nm\", range = [\"{} nm\", \"{} nm\"] }}\n",
        n(fit.median_nm),
        n(a),
        n(b)
    ));
    text.push_str(&format!("ln_sigma = {{ value = {}, range = [{}, {}] }}\n", n(fit.ln_sigma), n(c), n(d)));
    if let Some(p) = purity {
        text.push_str(&format!("particles_per_ug = \"{} particles/ug\"\n", n(p.particles_per_ug)));
    }
    text
}

fn warnings(h: &Histogram, fit: &Fit, above_200: f64, possible: bool, request: &Request) -> Vec<String> {
    let mut out = Vec::new();
    if fit.distance > POOR {
        out.push(format!(
            "One lognormal does not describe these sizes (cumulative shares differ by up to {} %): several populations, aggregates or debris.",
            significant(100.0 * fit.distance, 2)
        ));
    }
    if above_200 > 0.1 {
        out.push(format!(
            "{} % of the particles are above 200 nm: the model's vesicles end there.",
            significant(100.0 * above_200, 2)
        ));
    }
    if !possible {
        out.push(format!(
            "The median of the fit lies outside {MIN_DIAMETER_NM} to {MAX_DIAMETER_NM} nm, where the model's vesicles are: no lines for a scenario."
        ));
    }
    if fit.detected_range[0] < 0.5 {
        out.push(format!(
            "The instrument may have missed half of the vesicles or more (seen {} to {} by its assumed detection limit): the concentration is a lower bound.",
            significant(fit.detected_range[0], 2),
            significant(fit.detected_range[1], 2)
        ));
    }
    if h.kind != AmountKind::Counts && request.dilution == 1.0 {
        out.push("No dilution was given (--dilution): the concentration is the file's.".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::{ScenarioText, compile};
    use exoderm_numeric::math;
    use exoderm_numeric::random::Seed;

    /// A sample as an instrument with the stated numbers would export it.
    fn csv(median: f64, sigma: f64, per_ml: f64) -> String {
        let i = &Roster::builtin().unwrap().instruments;
        let nta = Instrument::Nta {
            displacements: i.nta_displacements.value,
            half_detected: i.nta_half_detected.value * 1e3,
            steepness: i.nta_steepness.value,
        };
        let mut stream = Seed::new(4, 0).stream(0, 0, 1);
        let mut counts = [0.0f64; 100];
        let mut seen = 0.0;
        for _ in 0..40_000 {
            let d = median * math::exp(sigma * stream.normal());
            if let Some(x) = nta.observe(d, &mut stream)
                && let Some(c) = counts.get_mut((x / 5.0) as usize)
            {
                *c += 1.0;
                seen += 1.0;
            }
        }
        let mut text = "size (nm);concentration (particles/mL)\n".to_owned();
        for (i, c) in counts.iter().enumerate() {
            text.push_str(&format!("{},{};{:e}\n", i * 5 + 2, 5, c / seen * per_ml));
        }
        text
    }

    fn request(protein: Option<&str>) -> Request {
        Request {
            file: "sample.csv".into(),
            protein: protein.map(str::to_owned),
            dilution: 1000.0,
            name: "my_exosome".into(),
        }
    }

    fn read(text: &str, protein: Option<&str>) -> Result<Measurement, StudyError> {
        interpret(&nta::read("sample.csv", text.as_bytes()).unwrap(), &request(protein))
    }

    /// Round trip: vesicles → what the instrument exports → the vesicles again, with concentration and purity.
    #[test]
    fn s013_measurement_gives_the_population_back() {
        let m = read(&csv(105.0, 0.3, 2e7), Some("4 ug/mL")).unwrap();
        assert!((m.fit.median_nm / 105.0 - 1.0).abs() < 0.03, "{:?}", m.fit);
        assert!((m.fit.ln_sigma / 0.3 - 1.0).abs() < 0.1, "{:?}", m.fit);
        assert!(m.fit.median_range[0] < m.fit.median_nm && m.fit.median_nm < m.fit.median_range[1]);
        assert!(m.shown.mean > m.fit.median_nm, "the instrument pulls upward");
        assert!((m.particles_per_ml.unwrap() / 2e10 - 1.0).abs() < 1e-9);
        let p = m.purity.unwrap();
        assert!((p.particles_per_ug / 5e9 - 1.0).abs() < 1e-9);
        assert_eq!(p.band, "low purity");
        assert!((m.bins.iter().map(|b| b.share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(m.shown.d05 < m.shown.d25 && m.shown.d75 < m.shown.d95);
    }

    /// The printed lines are a part of a scenario: appended to one, they compile to the numbers found.
    #[test]
    fn snippet_is_a_scenario() {
        let m = read(&csv(105.0, 0.3, 2e7), Some("4 ug/mL")).unwrap();
        let base = crate::library::built_in("diabetic-wound").unwrap();
        let text = format!("{}\n{}", base.text, m.snippet.unwrap());
        let s = compile(&ScenarioText::new("x.toml", text), &[]).unwrap();
        let v = s.vesicles.iter().find(|v| v.name == "my_exosome").unwrap();
        assert!((v.median_diameter / m.fit.median_nm - 1.0).abs() < 0.01, "{}", v.median_diameter);
        assert!((v.particles_per_ug / 5e9 - 1.0).abs() < 0.01);
    }

    #[test]
    fn bands_and_wrong_requests() {
        let text = csv(105.0, 0.3, 2e7);
        for (protein, band) in [("0.2 ug/mL", "pure"), ("20 mg/mL", "impure")] {
            assert_eq!(read(&text, Some(protein)).unwrap().purity.unwrap().band, band);
        }
        for protein in ["4 ug", "-4 ug/mL", "much"] {
            assert!(matches!(read(&text, Some(protein)), Err(StudyError::Input { .. })), "{protein}");
        }
        let h = nta::read("x", text.as_bytes()).unwrap();
        for (dilution, name) in [(0.0, "a"), (f64::NAN, "a"), (1.0, "My exosome")] {
            assert!(interpret(&h, &Request { dilution, name: name.into(), ..request(None) }).is_err());
        }
        let counts = text.replace("concentration (particles/mL)", "count");
        assert!(read(&counts, Some("4 ug/mL")).unwrap_err().to_string().contains("counts"));
        assert_eq!(read(&counts, None).unwrap().particles_per_ml, None);
    }

    /// Particles that are no vesicles of the model: no percentiles of vesicles, no lines that a scenario would refuse.
    #[test]
    fn sizes_outside_the_model_give_no_lines() {
        for (first, step) in [(500, 100), (10, 2)] {
            let rows: String = [1, 2, 3, 4, 2, 1]
                .iter()
                .enumerate()
                .map(|(i, n)| format!("{},{n}e8\n", first + i * step))
                .collect();
            let m = read(&format!("size (nm),conc (particles/mL)\n{rows}"), None).unwrap();
            assert_eq!((m.fit.quantiles, m.snippet), (None, None));
            assert!(m.warnings.iter().any(|w| w.contains("no lines for a scenario")), "{:?}", m.warnings);
        }
    }

    /// Two populations are no lognormal, and large particles are no vesicles: both are said.
    #[test]
    fn mixtures_are_told() {
        let rows: String = (0..100)
            .map(|i| {
                let d = 5.0 * f64::from(i) + 2.5;
                let peak = |m: f64| math::exp(-math::powi((d - m) / 15.0, 2));
                format!("{d},{}\n", 1e7 * (peak(90.0) + peak(320.0)))
            })
            .collect();
        let m = read(&format!("size (nm),conc (particles/mL)\n{rows}"), None).unwrap();
        assert!(m.warnings.iter().any(|w| w.contains("One lognormal")), "{:?}", m.warnings);
        assert!(m.warnings.iter().any(|w| w.contains("above 200 nm")), "{:?}", m.warnings);
    }
}
