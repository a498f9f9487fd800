//! Dimensions: integer exponents of the six base quantities.

use std::fmt;
use std::ops::{Div, Mul};

/// Exponents of length, time, mass, amount of substance, temperature and count.
///
/// `*` and `/` add and subtract exponents and saturate at the ends of `i8`; the unit parser refuses exponents
/// long before that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dimension {
    exponents: [i8; 6],
}

/// Name and internal unit of each base quantity, in the order of the exponents.
const BASES: [(&str, &str); 6] = [
    ("length", "um"),
    ("time", "min"),
    ("mass", "ug"),
    ("amount", "nmol"),
    ("temperature", "K"),
    ("count", "particles"),
];

impl Dimension {
    /// No dimension: a ratio, a percentage, a fold.
    pub const NONE: Self = Self::new(0, 0, 0, 0, 0, 0);
    /// Length, held in um.
    pub const LENGTH: Self = Self::new(1, 0, 0, 0, 0, 0);
    /// Time, held in min.
    pub const TIME: Self = Self::new(0, 1, 0, 0, 0, 0);
    /// Mass, held in ug.
    pub const MASS: Self = Self::new(0, 0, 1, 0, 0, 0);
    /// Amount of substance, held in nmol.
    pub const AMOUNT: Self = Self::new(0, 0, 0, 1, 0, 0);
    /// Absolute temperature, held in K.
    pub const TEMPERATURE: Self = Self::new(0, 0, 0, 0, 1, 0);
    /// Counted things: particles, vesicles, cells, copies.
    pub const COUNT: Self = Self::new(0, 0, 0, 0, 0, 1);

    /// From the exponents of length, time, mass, amount of substance, temperature and count.
    pub const fn new(length: i8, time: i8, mass: i8, amount: i8, temperature: i8, count: i8) -> Self {
        Self { exponents: [length, time, mass, amount, temperature, count] }
    }

    /// The exponents of length, time, mass, amount of substance, temperature and count.
    pub fn exponents(self) -> [i8; 6] {
        self.exponents
    }

    /// True for a pure number.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The product of two dimensions, `None` where an exponent leaves `i8`.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let mut exponents = self.exponents;
        for (e, o) in exponents.iter_mut().zip(other.exponents) {
            *e = e.checked_add(o)?;
        }
        Some(Self { exponents })
    }

    /// This dimension to a whole power, `None` where an exponent leaves `i8`.
    pub fn checked_pow(self, n: i8) -> Option<Self> {
        let mut exponents = self.exponents;
        for e in &mut exponents {
            *e = e.checked_mul(n)?;
        }
        Some(Self { exponents })
    }

    /// The internal unit of this dimension as text that [`crate::Unit::parse`] reads: `um^2/min`, `1/min`, `-`.
    pub fn internal_unit(self) -> String {
        self.written(|base| BASES[base].1, "-")
    }

    fn written(self, name: impl Fn(usize) -> &'static str, none: &str) -> String {
        let power = |base: usize, e: i16| {
            if e == 1 { name(base).to_owned() } else { format!("{}^{e}", name(base)) }
        };
        let mut above = Vec::new();
        let mut below = Vec::new();
        for (base, &e) in self.exponents.iter().enumerate() {
            match i16::from(e) {
                0 => {}
                e if e > 0 => above.push(power(base, e)),
                e => below.push(power(base, -e)),
            }
        }
        match (above.is_empty(), below.is_empty()) {
            (true, true) => none.to_owned(),
            (false, true) => above.join("*"),
            (true, false) => format!("1/{}", below.join("/")),
            (false, false) => format!("{}/{}", above.join("*"), below.join("/")),
        }
    }
}

impl fmt::Display for Dimension {
    /// `length^2/time`, `count/length^3`, `1/time`, `dimensionless`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(|base| BASES[base].0, "dimensionless"))
    }
}

impl Mul for Dimension {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let mut exponents = self.exponents;
        for (e, o) in exponents.iter_mut().zip(other.exponents) {
            *e = e.saturating_add(o);
        }
        Self { exponents }
    }
}

impl Div for Dimension {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let mut exponents = self.exponents;
        for (e, o) in exponents.iter_mut().zip(other.exponents) {
            *e = e.saturating_sub(o);
        }
        Self { exponents }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_reads_as_a_physicist_writes() {
        assert_eq!(Dimension::new(2, -1, 0, 0, 0, 0).to_string(), "length^2/time");
        assert_eq!(Dimension::new(-3, 0, 0, 0, 0, 1).to_string(), "count/length^3");
        assert_eq!(Dimension::new(0, -1, 0, 0, 0, -1).to_string(), "1/time/count");
        assert_eq!(Dimension::NONE.to_string(), "dimensionless");
        assert_eq!((Dimension::LENGTH / Dimension::TIME * Dimension::LENGTH).internal_unit(), "um^2/min");
    }

    #[test]
    fn powers_that_do_not_fit_are_refused() {
        let d = Dimension::new(100, 0, 0, 0, 0, 0);
        assert_eq!(d.checked_mul(d), None);
        assert_eq!(d.checked_pow(2), None);
        assert_eq!(Dimension::LENGTH.checked_pow(-3), Some(Dimension::new(-3, 0, 0, 0, 0, 0)));
    }
}
