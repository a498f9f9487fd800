//! Numbers, units and intervals as people read them.
//!
//! Three significant digits; groups of three digits parted by a narrow space from 10,000 on; powers of ten where the
//! plain form would need counting zeros; a true minus sign. A value that is no number reads "not available".

use exoderm_study::results::Estimate;

/// Narrow no-break space, which parts groups of digits without being taken for a decimal sign.
const GROUP: char = '\u{202f}';
/// No-break space between a number and its unit.
const JOIN: char = '\u{a0}';
/// What stands where a number is missing or not finite.
pub const MISSING: &str = "not available";

/// `x` with three significant digits: `0.0123`, `41.2`, `12 300`, `1.2 × 10¹⁰`.
pub fn number(x: f64) -> String {
    digits(x, 3)
}

/// `x` with two significant digits, where an interval says that a third tells nothing.
pub fn rough(x: f64) -> String {
    digits(x, 2)
}

fn digits(x: f64, n: i32) -> String {
    if !x.is_finite() {
        return MISSING.to_owned();
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    // `{:e}` rounds correctly in decimal, so that 9.999 becomes 1.00e1 and the exponent is that of the rounded value.
    let places = usize::try_from(n - 1).unwrap_or(0);
    let scientific = format!("{:.places$e}", x.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if x < 0.0 { "−" } else { "" };
    if (-3..6).contains(&exponent) {
        let decimals = usize::try_from(n - 1 - exponent).unwrap_or(0);
        let rounded: f64 = scientific.parse().unwrap_or(x.abs());
        return format!("{sign}{}", group(trim_zeros(&format!("{rounded:.decimals$}"))));
    }
    let mantissa = trim_zeros(mantissa);
    let power = format!("10{}", superscript(exponent));
    if mantissa == "1" { format!("{sign}{power}") } else { format!("{sign}{mantissa}{JOIN}×{JOIN}{power}") }
}

/// [`number`] with its sign always shown, for differences; zero carries none.
pub fn signed(x: f64) -> String {
    if x.is_finite() && x > 0.0 { format!("+{}", number(x)) } else { number(x) }
}

/// A whole number with every digit, in groups of three.
pub fn count(n: u64) -> String {
    group(&n.to_string())
}

/// A number of things, in words of one or of many.
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n as u64), if n == 1 { one } else { many })
}

/// A fraction (0–1) as per cent, or as a power of ten where per cent would only be zeros.
pub fn fraction(x: f64) -> String {
    if x.is_finite() && x != 0.0 && x.abs() < 1e-4 { number(x) } else { with_unit(&number(x * 100.0), "%") }
}

/// `value` followed by `unit` in its printed form; a missing value takes none.
pub fn with_unit(value: &str, unit: &str) -> String {
    let unit = self::unit(unit);
    if unit.is_empty() || value == MISSING { value.to_owned() } else { format!("{value}{JOIN}{unit}") }
}

/// A quantity: number and unit.
pub fn quantity(x: f64, unit: &str) -> String {
    with_unit(&number(x), unit)
}

/// A per cent value with one decimal; three significant digits where that would read 0.0.
pub fn percent(x: f64) -> String {
    if x != 0.0 && x.abs() < 0.05 { quantity(x, "%") } else { with_unit(&fixed(x, 1), "%") }
}

/// A whole power of ten, as on a logarithmic axis.
pub fn power_of_ten(x: f64) -> String {
    let text = format!("{x:.0e}");
    match text.split_once('e').and_then(|(_, e)| e.parse().ok()) {
        Some(0) => "1".to_owned(),
        Some(1) => "10".to_owned(),
        Some(exponent) => format!("10{}", superscript(exponent)),
        None => number(x),
    }
}

/// A text with units and literals as printed: `um^2/s` → `µm²/s`, `ug/cm2` → `µg/cm²`, `uM` → `µM`, `2e-3` → `2 × 10⁻³`.
pub fn unit(text: &str) -> String {
    units_only(&powers(text))
}

/// Literals with an exponent as powers of ten; digits that belong to a word (a hash, a key) are left alone.
fn powers(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let part_of_word =
            at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || b"_.@".contains(&bytes[at - 1]));
        let mut end = at + digits(at);
        let start = at;
        if end > at && !part_of_word {
            if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
                end += 1 + digits(end + 1);
            }
            let mantissa = &text[start..end];
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
            let exponent = (end + 1 + signed).min(bytes.len());
            let last = exponent + digits(exponent);
            let whole = !bytes.get(last).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
            if matches!(bytes.get(end), Some(b'e' | b'E'))
                && last > exponent
                && whole
                && let Ok(exponent) = text[end + 1..last].parse()
            {
                if mantissa != "1" {
                    out.extend([mantissa, "\u{a0}×\u{a0}"]);
                }
                out.push_str("10");
                out.push_str(&superscript(exponent));
                at = last;
                continue;
            }
            out.push_str(mantissa);
            at = end;
            continue;
        }
        let length = text[at..].chars().next().map_or(1, char::len_utf8);
        out.push_str(&text[at..at + length]);
        at += length;
    }
    out
}

fn units_only(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        push_word(&mut out, &word);
        word.clear();
        if c == '^' && chars.peek().is_some_and(|c| c.is_ascii_digit() || *c == '-') {
            while let Some(digit) = chars.next_if(|c| c.is_ascii_digit() || *c == '-') {
                out.push(superscript_char(digit));
            }
        } else if c == '*' {
            out.push('·');
        } else {
            out.push(c);
        }
    }
    push_word(&mut out, &word);
    out
}

/// Puts one word, with `u` for micro and a trailing 2 or 3 of a length as an exponent.
fn push_word(out: &mut String, word: &str) {
    let (stem, power) = match word {
        "um2" | "cm2" | "mm2" | "m2" => (&word[..word.len() - 1], "²"),
        "um3" | "cm3" | "mm3" | "m3" => (&word[..word.len() - 1], "³"),
        _ => (word, ""),
    };
    match stem {
        "um" => out.push_str("µm"),
        "ug" => out.push_str("µg"),
        "uM" => out.push_str("µM"),
        "uL" => out.push_str("µL"),
        other => out.push_str(other),
    }
    out.push_str(power);
}

/// A mean with its interval, all with the same decimals: two significant digits of the interval's width (three if it
/// starts with 1), which is as much as the interval lets one know, and never more than three of the largest value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The mean.
    pub mean: String,
    /// "39.0 to 43.5", absent where there is no interval.
    pub range: Option<String>,
}

/// Writes an estimate; `sign` shows a plus on positive values.
pub fn interval(e: &Estimate, sign: bool) -> Interval {
    let plus = |x: f64, text: String| if sign && x > 0.0 { format!("+{text}") } else { text };
    let bounds = match (e.low, e.high) {
        (Some(low), Some(high)) if low.is_finite() && high.is_finite() => Some((low, high)),
        _ => None,
    };
    let Some((low, high)) = bounds else {
        return Interval { mean: plus(e.mean, number(e.mean)), range: None };
    };
    let largest = e.mean.abs().max(low.abs()).max(high.abs());
    if !e.mean.is_finite() || !(1e-3..1e3).contains(&largest) {
        let range = format!("{} to {}", plus(low, number(low)), plus(high, number(high)));
        return Interval { mean: plus(e.mean, number(e.mean)), range: Some(range) };
    }
    let width = (high - low).abs();
    let decimals = if width > 0.0 {
        decimals(largest, 3).min(decimals(width, width_digits(width)))
    } else {
        decimals(largest, 3)
    };
    let text = |x: f64| plus(x, fixed(x, decimals));
    Interval { mean: text(e.mean), range: Some(format!("{} to {}", text(low), text(high))) }
}

/// "from a to b" of two numbers, with a unit.
pub fn range(low: f64, high: f64, unit: &str) -> String {
    with_unit(&format!("{} to {}", number(low), number(high)), unit)
}

/// `x` with a fixed number of decimals, grouped, with a true minus; no "−0".
pub fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return MISSING.to_owned();
    }
    let text = format!("{:.decimals$}", x.abs());
    let zero = text.chars().all(|c| c == '0' || c == '.');
    format!("{}{}", if x < 0.0 && !zero { "−" } else { "" }, group(&text))
}

/// Seconds as people say them.
pub fn seconds(s: f64) -> String {
    if !s.is_finite() {
        return MISSING.to_owned();
    }
    if s < 120.0 {
        quantity(s, "s")
    } else if s < 7200.0 {
        quantity(s / 60.0, "min")
    } else {
        quantity(s / 3600.0, "h")
    }
}

/// Two digits, or three for a width that starts with 1: 1.9 would else be written no finer than 9.9.
fn width_digits(width: f64) -> i32 {
    if format!("{width:.2e}").starts_with('1') { 3 } else { 2 }
}

/// Decimals that show `digits` significant digits of `x`.
fn decimals(x: f64, digits: i32) -> usize {
    let text = format!("{:.2e}", x.abs());
    let exponent: i32 = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    usize::try_from((digits - 1 - exponent).clamp(0, 6)).unwrap_or(0)
}

/// Parts the digits before the point in threes, from five digits on (1234 stays as it is).
fn group(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(w, r)| (w, Some(r)));
    let mut out = String::with_capacity(text.len() + 4);
    for (i, c) in whole.chars().enumerate() {
        let left = whole.len() - i;
        if i > 0 && left.is_multiple_of(3) && whole.len() > 4 {
            out.push(GROUP);
        }
        out.push(c);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// Drops zeros after the point, and a bare point.
fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// An exponent in superior figures.
pub fn superscript(n: i32) -> String {
    n.to_string().chars().map(superscript_char).collect()
}

fn superscript_char(c: char) -> char {
    match c {
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        '-' => '⁻',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_true_minus() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (41.234, "41.2"),
            (-0.01234, "−0.0123"),
            (9.999, "10"),
            (1234.0, "1230"),
            (12_345.0, "12\u{202f}300"),
            (999_999.0, "10⁶"),
            (1.2e10, "1.2\u{a0}×\u{a0}10¹⁰"),
            (1e7, "10⁷"),
            (-3.456e-5, "−3.46\u{a0}×\u{a0}10⁻⁵"),
            (f64::NAN, MISSING),
            (f64::NEG_INFINITY, MISSING),
        ];
        for (x, text) in cases {
            assert_eq!(number(x), text, "{x}");
        }
        assert_eq!(signed(4.0), "+4");
        assert_eq!(signed(0.0), "0");
        assert_eq!(signed(-4.0), "−4");
        assert_eq!(count(12_345_678), "12\u{202f}345\u{202f}678");
    }

    #[test]
    fn units_are_printed_with_their_own_signs() {
        assert_eq!(unit("um^2/s"), "µm²/s");
        assert_eq!(unit("100 ug/cm^2"), "100 µg/cm²");
        assert_eq!(unit("cells/mm2"), "cells/mm²");
        assert_eq!(unit("1e3 um^3/h"), "10³ µm³/h");
        assert_eq!(
            unit("from 2.5e-3 to 1.2e11 particles/mL"),
            "from 2.5\u{a0}×\u{a0}10⁻³ to 1.2\u{a0}×\u{a0}10¹¹ particles/mL"
        );
        assert_eq!(unit("um/min*um^2"), "µm/min·µm²");
        for word in ["1e9614a", "a1e9", "key_1e9", "1.5", "1e", "2 × é", "1e-", "1e99999999999"] {
            assert_eq!(unit(word), word);
        }
        assert_eq!(unit("sum of drum"), "sum of drum");
        assert_eq!(unit("m^-1"), "m⁻¹");
        assert_eq!(quantity(f64::NAN, "um"), MISSING);
    }

    #[test]
    fn an_interval_shares_its_decimals() {
        let e = Estimate { mean: 4.0, low: Some(-0.51), high: Some(12.345), n: 3 };
        let text = interval(&e, true);
        assert_eq!((text.mean.as_str(), text.range.as_deref()), ("+4.0", Some("−0.5 to +12.3")));
        let narrow = Estimate { mean: 41.26, low: Some(39.04), high: Some(43.5), n: 3 };
        let text = interval(&narrow, false);
        assert_eq!((text.mean.as_str(), text.range.as_deref()), ("41.3", Some("39.0 to 43.5")));
        let large = Estimate { mean: 12_840.0, low: Some(12_070.0), high: Some(13_610.0), n: 3 };
        assert_eq!(interval(&large, false).mean, "12\u{202f}800");
        let single = Estimate { mean: 4.0, low: None, high: None, n: 1 };
        assert_eq!(interval(&single, false).range, None);
        assert_eq!(fixed(-0.001, 1), "0.0");
    }

    #[test]
    fn small_fractions_are_powers_of_ten() {
        assert_eq!(fraction(0.5), "50\u{a0}%");
        assert_eq!(fraction(0.000_02), "2\u{a0}×\u{a0}10⁻⁵");
        assert_eq!(fraction(0.0), "0\u{a0}%");
    }
}
