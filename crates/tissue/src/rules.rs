//! Rules compiled to flat tables, and their evaluation.
//!
//! A behaviour of a cell type has a base value and terms. Promoters (saturation above the base) join in one
//! multivariate Hill sum, inhibitors in another; the inhibited fraction is taken after the promotion:
//!
//! ```text
//! P = base + Σ_j (sat_j − base) u_j / (1 + Σ u)        u = (s / K)^h, or (K / s)^h for a falling signal
//! I = Σ_k (1 − fold_k) v_k / (1 + Σ v)
//! d = P (1 − I) Π_m (1 + (fold_m − 1) H_m)             terms that multiply
//! value = d Π_x max(0, 1 + potency (fold_x − 1) H_x need_x)      exosome terms, which never enter d
//! ```
//!
//! Where exosome effects are bounded, value ≤ max(d, reach): they use the machinery that the cell's own signals use, and drive it
//! no harder. The reach is what those can make of the behaviour, max(base, sat_j) Π_m max(1, fold_m); a behaviour that no other
//! rule raises has none, and is not bounded.
//!
//! With one promoter this is `base + (sat − base) Hill(s)`. A term with memory uses the relaxing state in place of
//! its Hill value.

use crate::plan::TypePlan;
use exoderm_model::scenario::{Behaviour, CellType, CellTypeId, Need, Rule, Scenario, Signal};
use exoderm_numeric::math;

/// Largest `(s/K)^h`: keeps sums finite where a falling signal is zero.
const U_MAX: f64 = 1e12;

/// One compiled term.
#[derive(Clone, Debug)]
pub struct Term {
    /// Index of the rule in the scenario.
    pub rule: usize,
    /// What it reads.
    pub signal: Signal,
    /// Value at saturation, in the behaviour's unit (promoters), or fold of the value (others).
    pub saturation: f64,
    half: f64,
    exponent: f64,
    falling: bool,
    /// Index of the memory column and its time constant (min).
    pub memory: Option<(usize, f64)>,
    /// Need gate (exosome terms).
    pub need: Need,
}

impl Term {
    /// `(s/K)^h` or its inverse: the weight in the Hill sum.
    #[inline]
    fn weight(&self, s: f64) -> f64 {
        let ratio = if self.falling {
            if s <= 0.0 {
                return U_MAX;
            }
            self.half / s
        } else {
            if s <= 0.0 {
                return 0.0;
            }
            if self.half <= 0.0 {
                return U_MAX;
            }
            s / self.half
        };
        let u = if self.exponent == 1.0 {
            ratio
        } else if self.exponent == 2.0 {
            ratio * ratio
        } else if self.exponent == 4.0 {
            let r = ratio * ratio;
            r * r
        } else {
            math::pow(ratio, self.exponent)
        };
        u.min(U_MAX)
    }

    /// Hill value of the signal, 0–1.
    #[inline]
    pub fn hill(&self, s: f64) -> f64 {
        let u = self.weight(s);
        u / (1.0 + u)
    }
}

/// A behaviour's table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Value without any signal (internal unit).
    pub base: f64,
    promoters: Vec<Term>,
    inhibitors: Vec<Term>,
    multipliers: Vec<Term>,
    exosome: Vec<Term>,
    /// Exosome terms raise the value no further (internal unit), if they are bounded.
    reach: Option<f64>,
}

/// What the evaluation reads.
pub trait Signals {
    /// Value of a signal at the cell.
    fn signal(&self, signal: Signal) -> f64;
    /// State of a memory column, 0–1.
    fn memory(&self, column: usize) -> f64;
    /// Healthy mean of the behaviour a need gate compares with, by rule, if a counterpart run gave one.
    fn healthy(&self, rule: usize) -> Option<f64>;
}

/// Value of a behaviour with and without its exosome terms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// With exosome terms.
    pub full: f64,
    /// Without: what a need gate compares with the healthy counterpart.
    pub own: f64,
}

impl Table {
    /// A value that nothing changes.
    pub fn constant(base: f64) -> Self {
        Self { base, ..Self::default() }
    }

    /// True if no signal changes it.
    pub fn is_constant(&self) -> bool {
        self.promoters.is_empty()
            && self.inhibitors.is_empty()
            && self.multipliers.is_empty()
            && self.exosome.is_empty()
    }

    /// True if it is zero whatever the signals.
    pub fn is_zero(&self) -> bool {
        self.base == 0.0 && self.promoters.iter().all(|t| t.saturation == 0.0)
    }

    /// The most that terms other than exosome ones make of the behaviour (internal unit); nothing where none raises it.
    fn raised(&self) -> Option<f64> {
        let promoted = self.promoters.iter().fold(self.base, |m, t| m.max(t.saturation));
        let reach = self.multipliers.iter().fold(promoted, |m, t| m * t.saturation.max(1.0));
        (reach > self.base).then_some(reach)
    }

    /// Exosome terms, for the record of what a need gate sees.
    pub fn exosome_terms(&self) -> &[Term] {
        &self.exosome
    }

    /// Every term, for updating memories.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.promoters.iter().chain(&self.inhibitors).chain(&self.multipliers).chain(&self.exosome)
    }

    /// Evaluates with the given potency of exosome terms.
    #[inline]
    pub fn value(&self, signals: &impl Signals, potency: f64) -> Value {
        let weight = |t: &Term| match t.memory {
            None => t.weight(signals.signal(t.signal)),
            Some((column, _)) => {
                let m = signals.memory(column).clamp(0.0, 1.0 - 1e-12);
                m / (1.0 - m)
            }
        };
        let mut own = self.base;
        if !self.promoters.is_empty() {
            let (mut total, mut pull) = (0.0, 0.0);
            for t in &self.promoters {
                let u = weight(t);
                total += u;
                pull += (t.saturation - self.base) * u;
            }
            own += pull / (1.0 + total);
        }
        if !self.inhibitors.is_empty() {
            let (mut total, mut pull) = (0.0, 0.0);
            for t in &self.inhibitors {
                let v = weight(t);
                total += v;
                pull += (1.0 - t.saturation) * v;
            }
            own *= 1.0 - pull / (1.0 + total);
        }
        for t in &self.multipliers {
            let u = weight(t);
            own *= 1.0 + (t.saturation - 1.0) * u / (1.0 + u);
        }
        let mut full = own;
        if potency != 0.0 {
            for t in &self.exosome {
                let u = weight(t);
                let need = match (t.need, signals.healthy(t.rule)) {
                    (Need::None, _) | (_, None) => 1.0,
                    (Need::Deficit, Some(d0)) if d0 > 0.0 => (1.0 - own / d0).max(0.0),
                    (Need::Excess, Some(d0)) if own > 0.0 => (1.0 - d0 / own).max(0.0),
                    _ => 0.0,
                };
                full *= (1.0 + potency * (t.saturation - 1.0) * u / (1.0 + u) * need).max(0.0);
            }
            if let Some(reach) = self.reach {
                full = full.min(reach.max(own));
            }
        }
        Value { full, own }
    }
}

/// Builds the table of one behaviour of one cell type. `memories` hands out memory columns in rule order.
pub fn table(
    scenario: &Scenario,
    cell: CellTypeId,
    behaviour: Behaviour,
    base: f64,
    memory_column: &impl Fn(usize) -> Option<usize>,
) -> Table {
    let mut table = Table { base, ..Table::default() };
    for (index, rule) in scenario.rules.iter().enumerate() {
        // Without a gain nothing goes through chromatin: not even its memory is kept.
        let silent = rule.chromatin && scenario.chromatin_gain == 0.0;
        if rule.behaviour != behaviour || silent || !rule.cells.contains(&cell) {
            continue;
        }
        let mut term = term_of(index, rule, memory_column);
        if rule.exosome {
            if rule.absolute && base != 0.0 {
                term.saturation = rule.saturation / base;
            }
            if rule.chromatin {
                term.saturation = 1.0 + scenario.chromatin_gain * (term.saturation - 1.0);
            }
            table.exosome.push(term);
        } else if rule.multiply {
            if rule.absolute && base != 0.0 {
                term.saturation = rule.saturation / base;
            }
            table.multipliers.push(term);
        } else {
            let saturation = if rule.absolute { rule.saturation } else { rule.saturation * base };
            if saturation >= base {
                term.saturation = saturation;
                table.promoters.push(term);
            } else {
                term.saturation = if base != 0.0 { saturation / base } else { 1.0 };
                table.inhibitors.push(term);
            }
        }
    }
    table.reach = if scenario.bounded { table.raised() } else { None };
    table
}

fn term_of(index: usize, rule: &Rule, memory_column: &impl Fn(usize) -> Option<usize>) -> Term {
    Term {
        rule: index,
        signal: rule.signal,
        saturation: rule.saturation,
        half: rule.half,
        exponent: rule.exponent,
        falling: rule.falling,
        memory: memory_column(index).map(|c| (c, rule.memory)),
        need: rule.need,
    }
}

/// Base of a cell type's secretion of a substrate (0 if it has none).
pub fn base_secretion(cell: &CellType, substrate: exoderm_model::scenario::SubstrateId) -> f64 {
    cell.secretion.iter().find(|(s, _)| *s == substrate).map_or(0.0, |(_, v)| *v)
}

impl TypePlan {
    /// The table of a behaviour, if the type has one.
    pub fn table_of(&self, behaviour: Behaviour) -> Option<&Table> {
        match behaviour {
            Behaviour::Speed => Some(&self.speed),
            Behaviour::Division => Some(&self.division),
            Behaviour::Death => Some(&self.death),
            Behaviour::Bias => Some(&self.bias),
            Behaviour::Secretion(s) => self.secretion.iter().find(|(k, _)| *k == s).map(|(_, t)| t),
            Behaviour::Collagen1 => Some(&self.collagen1),
            Behaviour::Collagen3 => Some(&self.collagen3),
            Behaviour::Fate(to) => self.fates.iter().find(|f| f.to == Some(to)).map(|f| &f.rate),
            Behaviour::Polarisation => self.polarisation.as_ref(),
            Behaviour::Release => Some(&self.release),
            Behaviour::Uptake => Some(&self.vesicle_uptake),
            Behaviour::Phagocytosis => Some(&self.phagocytosis),
            Behaviour::Escrt => Some(&self.activities[0]),
            Behaviour::Nsmase2 => Some(&self.activities[1]),
            Behaviour::Rab27 => Some(&self.activities[2]),
            Behaviour::LysosomeFusion => Some(&self.activities[3]),
            Behaviour::Enrichment(c) => self.sorting.iter().find(|x| x.cargo == c).map(|x| &x.enrichment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_model::scenario::SubstrateId;

    struct Fixed(f64, Option<f64>);

    impl Signals for Fixed {
        fn signal(&self, _: Signal) -> f64 {
            self.0
        }
        fn memory(&self, _: usize) -> f64 {
            0.5
        }
        fn healthy(&self, _: usize) -> Option<f64> {
            self.1
        }
    }

    fn term(saturation: f64, half: f64, exponent: f64) -> Term {
        Term {
            rule: 0,
            signal: Signal::Substrate(SubstrateId(0)),
            saturation,
            half,
            exponent,
            falling: false,
            memory: None,
            need: Need::None,
        }
    }

    #[test]
    fn one_promoter_is_the_rule_of_the_scenario() {
        let t = Table { base: 1.0, promoters: vec![term(15.0, 1.0, 2.0)], ..Table::default() };
        for s in [0.0, 0.3, 1.0, 7.0] {
            let expected = 1.0 + 14.0 * math::hill(s, 1.0, 2.0);
            assert!((t.value(&Fixed(s, None), 1.0).full - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn two_promoters_saturate_at_the_larger_not_at_their_sum() {
        let t = Table {
            base: 0.0,
            promoters: vec![term(2.0, 1.0, 1.0), term(4.0, 1.0, 1.0)],
            ..Table::default()
        };
        let v = t.value(&Fixed(1e9, None), 1.0).full;
        assert!(v > 2.0 && v <= 4.0, "{v}");
    }

    #[test]
    fn inhibition_is_taken_last_and_falling_signals_invert() {
        let mut inhibitor = term(0.2, 0.5, 4.0);
        inhibitor.falling = true;
        let t = Table {
            base: 1.0,
            promoters: vec![term(3.0, 1.0, 1.0)],
            inhibitors: vec![inhibitor],
            ..Table::default()
        };
        // s = 0.5: P = 1 + 2/3; falling Hill at its half: I = 0.8 / 2.
        let expected = (1.0 + 2.0 / 3.0) * (1.0 - 0.4);
        assert!((t.value(&Fixed(0.5, None), 1.0).full - expected).abs() < 1e-12);
        // No signal at all: fully inhibited.
        assert!((t.value(&Fixed(0.0, None), 1.0).full - 0.2).abs() < 1e-9);
    }

    #[test]
    fn exosome_terms_scale_with_potency_and_never_turn_negative() {
        let t = Table { base: 2.0, exosome: vec![term(0.5, 1.0, 1.0)], ..Table::default() };
        let at = |potency| t.value(&Fixed(1.0, None), potency);
        assert_eq!(at(0.0), Value { full: 2.0, own: 2.0 });
        assert!((at(1.0).full - 2.0 * 0.75).abs() < 1e-12);
        assert_eq!(at(100.0).full, 0.0);
        assert_eq!(at(100.0).own, 2.0);
    }

    /// However potent, vesicles take a behaviour to what the cell's own signals can make of it, and no further; what these have
    /// made already stays, and what no signal raises has no bound.
    #[test]
    fn bounded_exosome_terms_stay_within_reach() {
        let promoted = Table {
            base: 1.0,
            promoters: vec![term(15.0, 1.0, 2.0)],
            inhibitors: vec![term(0.5, 1e9, 1.0)],
            multipliers: vec![term(0.5, 1e9, 1.0), term(2.0, 1e9, 1.0)],
            exosome: vec![term(1.5, 1.0, 1.0)],
            reach: None,
        };
        assert_eq!(promoted.raised(), Some(30.0));
        let bounded = Table { reach: promoted.raised(), ..promoted.clone() };
        for s in [0.0, 0.5, 1.0, 50.0] {
            let mut last = 0.0;
            for potency in [0.0, 0.5, 1.0, 3.0, 10.0, 1e3, 1e9] {
                let (free, held) =
                    (promoted.value(&Fixed(s, None), potency), bounded.value(&Fixed(s, None), potency));
                assert_eq!(held.own, free.own);
                assert_eq!(held.full, free.full.min(30.0), "signal {s}, potency {potency}");
                assert!(held.full >= last, "monotone in potency");
                last = held.full;
            }
        }
        // Harmful effects are not touched.
        let harm = Table { exosome: vec![term(0.1, 1.0, 1.0)], ..bounded.clone() };
        assert_eq!(
            harm.value(&Fixed(1.0, None), 1.0),
            Table { reach: None, ..harm.clone() }.value(&Fixed(1.0, None), 1.0)
        );
        let plain = Table { base: 2.0, exosome: vec![term(1.5, 1.0, 1.0)], ..Table::default() };
        assert_eq!(plain.raised(), None);
    }

    /// S040: a gate that finds no deficit silences the effect: a property of the code, never evidence.
    #[test]
    fn need_gates_by_the_healthy_counterpart() {
        let mut e = term(3.0, 1.0, 1.0);
        e.need = Need::Deficit;
        let t = Table { base: 1.0, exosome: vec![e.clone()], ..Table::default() };
        assert_eq!(t.value(&Fixed(1e9, Some(1.0)), 1.0).full, 1.0, "no deficit");
        assert!(
            (t.value(&Fixed(1e9, Some(2.0)), 1.0).full - 2.0).abs() < 1e-6,
            "half a deficit, half the effect"
        );
        e.need = Need::Excess;
        let t = Table { base: 1.0, exosome: vec![e], ..Table::default() };
        assert_eq!(t.value(&Fixed(1e9, Some(2.0)), 1.0).full, 1.0);
    }
}
