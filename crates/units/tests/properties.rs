//! Properties of the reader: round trips, composition, and no panic on any text.

use exoderm_units::{Dimension, Quantity, Unit, nearest};
use proptest::prelude::*;

const NAMES: [&str; 24] = [
    "um",
    "mm",
    "cm",
    "nm",
    "s",
    "min",
    "h",
    "d",
    "ug",
    "ng",
    "g",
    "mL",
    "uL",
    "nmol",
    "M",
    "pM",
    "Pa",
    "mmHg",
    "K",
    "%",
    "fold",
    "particles",
    "cells",
    "EV",
];

fn dimension() -> impl Strategy<Value = Dimension> {
    (-9i8..10, -9i8..10, -9i8..10, -9i8..10, -9i8..10, -9i8..10)
        .prop_map(|(a, b, c, d, e, f)| Dimension::new(a, b, c, d, e, f))
}

proptest! {
    /// A report may print a quantity in internal units and a scenario read it back: the same bits.
    #[test]
    fn printed_quantities_are_read_back(
        value in prop::num::f64::NORMAL | prop::num::f64::ZERO,
        dimension in dimension(),
    ) {
        let quantity = Quantity { value, dimension };
        prop_assert_eq!(Quantity::parse(&quantity.to_string()).unwrap(), quantity);
    }

    /// The internal unit of every dimension is a unit with factor 1.
    #[test]
    fn internal_units_are_read(dimension in dimension()) {
        let unit = Unit::parse(&dimension.internal_unit()).unwrap();
        prop_assert_eq!(unit.dimension(), dimension);
        prop_assert_eq!(unit.factor(), 1.0);
    }

    /// A composed unit is the product of its parts, in dimension and factor.
    #[test]
    fn composition(a in 0..NAMES.len(), n in -3i8..4, b in 0..NAMES.len(), m in -3i8..4) {
        let text = format!("{}^{n}/{}^{m}", NAMES[a], NAMES[b]);
        let whole = Unit::parse(&text).unwrap();
        let part = |i: usize, n: i8| {
            let unit = Unit::parse(NAMES[i]).unwrap();
            let mut factor = 1.0;
            for _ in 0..n.unsigned_abs() {
                factor *= unit.factor();
            }
            (unit.dimension().checked_pow(n).unwrap(), if n < 0 { 1.0 / factor } else { factor })
        };
        let ((da, fa), (db, fb)) = (part(a, n), part(b, m));
        prop_assert_eq!(whole.dimension(), da / db);
        prop_assert!((whole.factor() / (fa / fb) - 1.0).abs() < 1e-13, "{text}");
        // The order of factors does not matter.
        let swapped = Unit::parse(&format!("1/{}^{m}*{}^{n}", NAMES[b], NAMES[a])).unwrap();
        prop_assert_eq!(swapped.dimension(), whole.dimension());
        prop_assert!((swapped.factor() / whole.factor() - 1.0).abs() < 1e-15);
    }

    /// There and back loses at most the last bits.
    #[test]
    fn to_and_from_internal(value in -1e12..1e12f64, a in 0..NAMES.len(), b in 0..NAMES.len()) {
        let unit = Unit::parse(&format!("{}/{}", NAMES[a], NAMES[b])).unwrap();
        let back = unit.from_internal(unit.to_internal(value));
        prop_assert!((back - value).abs() <= 4.0 * f64::EPSILON * value.abs());
    }

    /// Users write anything.
    #[test]
    fn never_panics(text in ".{0,40}") {
        let _ = Unit::parse(&text);
        let _ = nearest(&text, NAMES);
        if let Err(e) = Quantity::parse(&text) {
            prop_assert!(e.offset().is_none_or(|o| o <= text.len() && text.is_char_boundary(o)));
            let _ = e.to_string();
        }
    }

    /// Likewise for text made of the grammar's own pieces, which gets further in.
    #[test]
    fn never_panics_on_pieces(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "um", "s", "/", " ", "*", ".", "^", "-", "1", "2", "99", "(", ")", "{", "}", "%", "of", "per", "EV",
                "degC", "°", "µ", "²", "⁻", "e", "5.", "1e9", "protein", "w/w", "vs",
            ]),
            0..14,
        ),
    ) {
        let text = pieces.concat();
        for e in [Quantity::parse(&text).err(), Unit::parse(&text).err()].into_iter().flatten() {
            prop_assert!(e.offset().is_none_or(|o| o <= text.len() && text.is_char_boundary(o)));
        }
        if let Ok(unit) = Unit::parse(&text) {
            prop_assert!(unit.factor() > 0.0 && unit.factor().is_finite());
        }
    }
}
