//! The reader of units and quantities: one pass over the characters, one factor at a time.
//!
//! A factor is an optional number, a name from the table, an optional exponent and optional qualifiers. Names of
//! several words and qualifiers are matched against the table, longest first, so the grammar needs no keywords but
//! "per".

use crate::table::{Entry, Kind, PROPORTION_QUALIFIERS, QUALIFIERS, UNITS};
use crate::{Dimension, Quantity, Unit, UnitError, nearest};

/// Deepest nesting of parentheses, and largest exponent.
const DEPTH: usize = 8;
const MAX_EXPONENT: i8 = 12;
const CELSIUS_OFFSET: f64 = 273.15;

const A_UNIT: &str = "a unit such as um^2/s";
const ALONE: &str = "degC to stand alone, as in 37 degC (a difference or a rate is written in K)";

/// Reads the whole text as a unit.
pub(crate) fn unit(text: &str) -> Result<Unit, UnitError> {
    if text.trim().is_empty() {
        return Err(UnitError::Empty { expected: A_UNIT });
    }
    let mut reader = Reader::new(text);
    let product = reader.whole_unit(false)?;
    product.finish(text, text, 0)
}

/// Reads the whole text as a number with a unit, or a bare number.
pub(crate) fn quantity(text: &str) -> Result<Quantity, UnitError> {
    if text.trim().is_empty() {
        return Err(UnitError::Empty { expected: "a number with a unit, such as 4.2 um^2/s" });
    }
    let mut reader = Reader::new(text);
    reader.spaces();
    let start = reader.offset();
    let negative = match reader.peek() {
        Some(sign @ ('-' | '+')) => {
            reader.at += 1;
            sign == '-'
        }
        _ => false,
    };
    let Some(size) = reader.number()? else {
        return Err(reader.syntax("a number such as 4.2 or 1e-3"));
    };
    let value = if negative { -size } else { size };
    reader.spaces();
    let result = if reader.peek().is_none() {
        Quantity::parse_bare(value)
    } else {
        let unit_at = reader.offset();
        let product = reader.whole_unit(true)?;
        Quantity::new(value, &product.finish(text, &text[unit_at..], unit_at)?)
    };
    if result.value.is_finite() { Ok(result) } else { Err(reader.range(start)) }
}

/// What has been read of a unit so far.
#[derive(Clone, Copy)]
struct Product {
    above: f64,
    below: f64,
    dimension: Dimension,
    /// Set when the unit is degC and nothing else.
    celsius: bool,
    /// The last factor was a proportion, so "of …" may follow.
    proportion: bool,
}

const ONE: Product =
    Product { above: 1.0, below: 1.0, dimension: Dimension::NONE, celsius: false, proportion: false };

impl Product {
    fn times(self, other: Self) -> Option<Self> {
        let (above, below) = (self.above * other.above, self.below * other.below);
        let dimension = self.dimension.checked_mul(other.dimension)?;
        Self { above, below, dimension, celsius: false, proportion: other.proportion }.checked()
    }

    fn inverse(self) -> Option<Self> {
        let dimension = self.dimension.checked_pow(-1)?;
        Some(Self { above: self.below, below: self.above, dimension, ..self })
    }

    fn power(self, n: i8) -> Option<Self> {
        let base = if n < 0 { self.inverse()? } else { self };
        let mut result = ONE;
        for _ in 0..n.unsigned_abs() {
            result = result.times(base)?;
        }
        Some(Self { proportion: self.proportion, ..result })
    }

    fn checked(self) -> Option<Self> {
        let usable = |x: f64| x.is_normal() && x > 0.0;
        (usable(self.above) && usable(self.below) && usable(self.above / self.below)).then_some(self)
    }

    fn finish(self, text: &str, unit_text: &str, offset: usize) -> Result<Unit, UnitError> {
        if self.checked().is_none() {
            return Err(UnitError::OutOfRange { text: text.to_owned(), offset });
        }
        let shift = if self.celsius { CELSIUS_OFFSET } else { 0.0 };
        Ok(Unit::from_parts(unit_text, self.dimension, self.above, self.below, shift))
    }
}

/// How a factor is joined to what came before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    Start,
    Times,
    /// A space, `.` or `·`: refused after a division.
    Loose,
    Divide,
}

struct Reader<'a> {
    text: &'a str,
    /// Characters in plain spelling (µ as u, ² as 2) with their byte offsets.
    chars: Vec<(char, usize)>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let mut chars = Vec::with_capacity(text.len());
        for (offset, c) in text.char_indices() {
            let plain = match c {
                'µ' | 'μ' => 'u',
                '−' | '⁻' | '–' => '-',
                '·' | '⋅' => '.',
                '×' => '*',
                '⁰' => '0',
                '¹' => '1',
                '²' => '2',
                '³' => '3',
                '⁴'..='⁹' => char::from(b'4' + (u32::from(c) - u32::from('⁴')) as u8),
                '°' => {
                    chars.extend("deg".chars().map(|d| (d, offset)));
                    continue;
                }
                other => other,
            };
            chars.push((plain, offset));
        }
        Self { text, chars, at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> Option<char> {
        self.chars.get(self.at + n).map(|&(c, _)| c)
    }

    fn offset(&self) -> usize {
        self.offset_of(self.at)
    }

    fn offset_of(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.text.len(), |&(_, offset)| offset)
    }

    fn spaces(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.at > start
    }

    fn syntax(&self, expected: &'static str) -> UnitError {
        UnitError::Syntax { text: self.text.to_owned(), offset: self.offset(), expected }
    }

    fn range(&self, offset: usize) -> UnitError {
        UnitError::OutOfRange { text: self.text.to_owned(), offset }
    }

    /// The unit up to the end of the text. After a number (`2/h`) it may begin with a slash.
    fn whole_unit(&mut self, after_number: bool) -> Result<Product, UnitError> {
        self.spaces();
        if self.peek() == Some('-') && self.chars[self.at + 1..].iter().all(|(c, _)| c.is_whitespace()) {
            self.at = self.chars.len();
            return Ok(ONE);
        }
        let product = self.product(0, after_number)?;
        if self.peek().is_some() {
            return Err(self.syntax("the end of the unit, or one of / * ."));
        }
        Ok(product)
    }

    /// Factors up to the end or a closing parenthesis.
    fn product(&mut self, depth: usize, slash_first: bool) -> Result<Product, UnitError> {
        let mut result = ONE;
        let mut divided = false;
        let mut factors = 0;
        loop {
            let spaced = self.spaces();
            let start = self.offset();
            let join = match self.peek() {
                None | Some(')') if factors > 0 => return Ok(result),
                Some('/') if factors > 0 || slash_first => self.take(Join::Divide),
                Some('*') if factors > 0 => self.take(Join::Times),
                Some('.') if factors > 0 => self.take(Join::Loose),
                _ if factors == 0 => Join::Start,
                _ if self.keyword("per") => Join::Divide,
                _ if spaced || self.peek() == Some('(') => Join::Loose,
                _ => return Err(self.syntax("the end of the unit, or one of / * .")),
            };
            self.spaces();
            if join == Join::Loose && divided {
                return Err(UnitError::Ambiguous { text: self.text.to_owned(), offset: start });
            }
            let factor_at = self.offset();
            let factor = self.factor(join, depth)?;
            if (factor.celsius || result.celsius) && (join != Join::Start || depth > 0) {
                return Err(UnitError::Syntax {
                    text: self.text.to_owned(),
                    offset: factor_at,
                    expected: ALONE,
                });
            }
            result = match join {
                Join::Start => Some(factor),
                Join::Divide => factor.inverse().and_then(|f| result.times(f)),
                Join::Times | Join::Loose => result.times(factor),
            }
            .ok_or_else(|| self.range(factor_at))?;
            divided |= join == Join::Divide;
            factors += 1;
        }
    }

    fn take(&mut self, join: Join) -> Join {
        self.at += 1;
        join
    }

    fn keyword(&mut self, word: &str) -> bool {
        match self.phrase(word, |c| !c.is_alphanumeric()) {
            Some(end) => {
                self.at = end;
                true
            }
            None => false,
        }
    }

    /// One factor: a number, a name or a group, with its exponent and qualifiers.
    fn factor(&mut self, join: Join, depth: usize) -> Result<Product, UnitError> {
        if self.peek() == Some('(') {
            if depth >= DEPTH {
                return Err(self.syntax("fewer parentheses"));
            }
            self.at += 1;
            let inner = self.product(depth + 1, false)?;
            if self.peek() != Some(')') {
                return Err(self.syntax("a closing parenthesis"));
            }
            self.at += 1;
            let start = self.offset();
            let n = self.exponent()?;
            return inner.power(n).ok_or_else(|| self.range(start));
        }
        let start = self.offset();
        let multiple = match self.number()? {
            None => None,
            Some(one) if one == 1.0 && !self.name_follows() => return Ok(ONE),
            // A leading number would be a quantity, not a unit.
            Some(n) if join == Join::Divide && n > 0.0 && self.name_follows() => {
                self.spaces();
                Some(n)
            }
            Some(_) => {
                return Err(UnitError::Syntax {
                    text: self.text.to_owned(),
                    offset: start,
                    expected: A_UNIT,
                });
            }
        };
        let entry = self.name()?;
        let n = self.exponent()?;
        let base = Product {
            above: entry.above,
            below: entry.below,
            dimension: entry.dimension,
            celsius: false,
            proportion: entry.kind == Kind::Proportion,
        };
        let mut product = base.power(n).ok_or_else(|| self.range(start))?;
        if entry.kind == Kind::Celsius {
            if n != 1 || multiple.is_some() {
                return Err(self.syntax(ALONE));
            }
            product.celsius = true;
        }
        if let Some(m) = multiple {
            product.above *= m;
            product = product.checked().ok_or_else(|| self.range(start))?;
        }
        self.qualifiers(product.proportion)?;
        Ok(product)
    }

    fn name_follows(&self) -> bool {
        let next = self.chars[self.at.min(self.chars.len())..].iter().find(|(c, _)| !c.is_whitespace());
        next.is_some_and(|&(c, _)| c.is_alphabetic() || c == '%') && self.phrase_after_spaces("per").is_none()
    }

    fn phrase_after_spaces(&self, word: &str) -> Option<usize> {
        let mut from = self.at;
        while self.chars.get(from).is_some_and(|(c, _)| c.is_whitespace()) {
            from += 1;
        }
        self.phrase_from(from, word, |c| !c.is_alphanumeric())
    }

    /// A number without sign; nothing is consumed when none is here.
    fn number(&mut self) -> Result<Option<f64>, UnitError> {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let start = self.at;
        let mut text = String::new();
        while digit(self.peek()) {
            text.extend(self.peek());
            self.at += 1;
        }
        if self.peek() == Some('.') && digit(self.ahead(1)) {
            text.push('.');
            self.at += 1;
            while digit(self.peek()) {
                text.extend(self.peek());
                self.at += 1;
            }
        } else if self.peek() == Some('.') && self.at > start && self.ahead(1).is_none_or(char::is_whitespace)
        {
            self.at += 1; // "5. um"
        }
        if text.is_empty() {
            return Ok(None);
        }
        let signed = matches!(self.ahead(1), Some('+' | '-'));
        if matches!(self.peek(), Some('e' | 'E')) && digit(self.ahead(if signed { 2 } else { 1 })) {
            text.push('e');
            text.extend(self.ahead(1).filter(|_| signed));
            self.at += if signed { 2 } else { 1 };
            while digit(self.peek()) {
                text.extend(self.peek());
                self.at += 1;
            }
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(self.range(self.offset_of(start))),
        }
    }

    /// A known name, the longest that ends at a word's end.
    fn name(&mut self) -> Result<&'static Entry, UnitError> {
        let mut best: Option<(usize, &'static Entry)> = None;
        for entry in UNITS {
            // A percent sign needs no word's end: "%ID".
            let sign = entry.name == "%";
            if let Some(end) = self.phrase(entry.name, |c| sign || !(c.is_alphabetic() || c == '%'))
                && best.is_none_or(|(longest, _)| end > longest)
            {
                best = Some((end, entry));
            }
        }
        if let Some((end, entry)) = best {
            self.at = end;
            return Ok(entry);
        }
        let offset = self.offset();
        let name: String = self.chars[self.at.min(self.chars.len())..]
            .iter()
            .map(|&(c, _)| c)
            .take_while(|&c| c.is_alphabetic() || c == '%' || c == '_')
            .collect();
        if name.is_empty() {
            return Err(self.syntax(A_UNIT));
        }
        let nearest = nearest(&name, UNITS.iter().map(|e| e.name)).map(str::to_owned);
        // As the user wrote it, not in plain spelling.
        let end = self.offset_of(self.at + name.chars().count());
        let name = self.text.get(offset..end).unwrap_or(&name).to_owned();
        Err(UnitError::UnknownUnit { text: self.text.to_owned(), offset, name, nearest })
    }

    /// `^2`, `2`, `^-1`, `-1`; 1 when none is written.
    fn exponent(&mut self) -> Result<i8, UnitError> {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let start = self.offset();
        let caret = self.peek() == Some('^');
        if caret {
            self.at += 1;
        }
        let negative = match self.peek() {
            Some('-') if digit(self.ahead(1)) => {
                self.at += 1;
                true
            }
            Some('+') if caret => {
                self.at += 1;
                false
            }
            _ => false,
        };
        if !digit(self.peek()) {
            return if caret { Err(self.syntax("a whole exponent such as 2 or -1")) } else { Ok(1) };
        }
        let mut n: i8 = 0;
        while let Some(d) = self.peek().and_then(|c| c.to_digit(10)) {
            n = n.saturating_mul(10).saturating_add(d as i8);
            self.at += 1;
        }
        if n > MAX_EXPONENT {
            return Err(self.range(start));
        }
        Ok(if negative { -n } else { n })
    }

    /// Skips what says what is meant: words of the lists, `{…}`, and "of …" or "vs …" after a proportion.
    fn qualifiers(&mut self, proportion: bool) -> Result<(), UnitError> {
        loop {
            let before = self.at;
            self.spaces();
            if self.peek() == Some('{') {
                while self.peek() != Some('}') {
                    if self.peek().is_none() {
                        return Err(self.syntax("a closing brace"));
                    }
                    self.at += 1;
                }
                self.at += 1;
                continue;
            }
            let extra = if proportion { PROPORTION_QUALIFIERS } else { &[] };
            let end = QUALIFIERS
                .iter()
                .chain(extra)
                .filter_map(|words| self.phrase(words, |c| !c.is_alphanumeric()))
                .max();
            if let Some(end) = end {
                self.at = end;
                continue;
            }
            if proportion && (self.keyword("of") || self.keyword("vs")) {
                while self.peek().is_some_and(|c| !matches!(c, '/' | '*' | '(' | ')')) {
                    self.at += 1;
                }
                continue;
            }
            self.at = before;
            return Ok(());
        }
    }

    fn phrase(&self, words: &str, ends: impl Fn(char) -> bool) -> Option<usize> {
        self.phrase_from(self.at, words, ends)
    }

    /// Where `words` ends if it is written at `from` (one space standing for any number) and a word ends there.
    fn phrase_from(&self, from: usize, words: &str, ends: impl Fn(char) -> bool) -> Option<usize> {
        let mut at = from;
        for wanted in words.chars() {
            let &(c, _) = self.chars.get(at)?;
            if wanted == ' ' {
                if !c.is_whitespace() {
                    return None;
                }
                while self.chars.get(at).is_some_and(|(c, _)| c.is_whitespace()) {
                    at += 1;
                }
            } else if c == wanted {
                at += 1;
            } else {
                return None;
            }
        }
        match self.chars.get(at) {
            Some(&(c, _)) if !ends(c) => None,
            _ => Some(at),
        }
    }
}
