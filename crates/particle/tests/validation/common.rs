//! Tables and small helpers.

/// One second, min.
pub(crate) const SECOND: f64 = 1.0 / 60.0;
/// Diffusion coefficient of the tables, 4.3 um²/s, in um²/min.
pub(crate) const D: f64 = 4.3 * 60.0;
/// Radius of the tables' sphere, um.
pub(crate) const R: f64 = 10.0;

/// Rows of numbers of a table ("inf" and text read as such and as NaN).
pub(crate) fn rows(text: &str) -> Vec<Vec<f64>> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .skip(1)
        .map(|l| l.split(',').map(|c| c.trim().parse().unwrap_or(f64::NAN)).collect())
        .collect()
}

/// A point at distance `r` from the origin, spread evenly over the sphere by index.
pub(crate) fn on_sphere(r: f64, i: usize, n: usize) -> [f64; 3] {
    let z = 1.0 - (2.0 * i as f64 + 1.0) / n as f64;
    let angle = 2.399_963_229_728_653 * i as f64;
    let s = (1.0 - z * z).sqrt();
    [r * s * exoderm_numeric::math::cos(angle), r * s * exoderm_numeric::math::sin(angle), r * z]
}
