//! Numbers on the command line that may bear their unit.

use exoderm_units::{Dimension, Quantity};

/// Particles: `1e10` or `1e10 particles`.
pub(crate) fn particles(text: &str) -> Result<f64, String> {
    // Whether so many are possible is for the calculator to say, `nan` and `-1` included.
    if let Ok(n) = text.trim().parse() {
        return Ok(n);
    }
    match Quantity::parse(text) {
        Ok(q) if q.dimension == Dimension::COUNT => Ok(q.value),
        Ok(q) if q.dimension == Dimension::MASS => Err(format!("this is a mass: write --mass \"{text}\"")),
        _ => Err("write how many there are, as in 1e10".to_owned()),
    }
}

/// Hours: `48`, `48 h` or `2 d`.
pub(crate) fn hours(text: &str) -> Result<f64, String> {
    if let Ok(n) = text.trim().parse() {
        return Ok(n);
    }
    match Quantity::parse(text) {
        Ok(q) if q.dimension == Dimension::TIME => Ok(q.value / 60.0),
        _ => Err("write a number of hours, as in 48, or a time, as in \"2 d\"".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_taken_where_they_fit() {
        assert_eq!(particles("1e10"), Ok(1e10));
        assert_eq!(particles("1e10 particles"), Ok(1e10));
        assert!(particles("200 ug").unwrap_err().contains("--mass"));
        assert!(particles("many").unwrap_err().contains("1e10"));
        assert!((hours("2 d").unwrap() - 48.0).abs() < 1e-9);
        assert_eq!(hours("-3"), Ok(-3.0));
        assert!(hours("2 cm").unwrap_err().contains("hours"));
    }
}
