//! Cycles: graphs of phases.
//!
//! A link leaves its phase after a fixed time 1/rate, or at `rate` per min as a Poisson process. Fixed durations are
//! rounded to whole steps. Links are tried in their order, with one draw each. The models below are topologies only;
//! rates are the owner's, and so are names and codes of phases that a file brings along.

use exoderm_numeric::math;

/// How the chance of an event at a rate within a step is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chance {
    /// 1 − exp(−rate h): exact at any step.
    #[default]
    Exact,
    /// rate h: what others do; right for rate h ≪ 1 and at most 1.
    Linear,
}

impl Chance {
    /// Chance of an event at `rate` (1/min) within `h` (min).
    #[inline]
    pub fn of(self, rate: f64, h: f64) -> f64 {
        match self {
            Self::Exact => -math::exp_m1(-rate * h),
            Self::Linear => rate * h,
        }
    }
}

/// A way out of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Index of the phase it leads to.
    pub to: u8,
    /// After a fixed time, not at a rate.
    pub fixed: bool,
}

/// A phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Code by which files know it.
    pub code: u16,
    /// Name.
    pub name: String,
    /// The cell divides as it leaves.
    pub divides: bool,
    /// The cell is removed as it leaves.
    pub removes: bool,
    /// Targets of solid volume double on entry; division halves them again.
    pub doubles: bool,
    /// Ways out, in the order in which they are tried.
    pub links: Vec<Link>,
}

impl Phase {
    /// A phase with one way out at a rate, which does nothing else.
    pub fn new(code: u16, name: &str, to: u8) -> Self {
        let links = vec![Link { to, fixed: false }];
        Self { code, name: name.to_owned(), divides: false, removes: false, doubles: false, links }
    }

    fn divides(mut self) -> Self {
        self.divides = true;
        self
    }

    fn doubles(mut self) -> Self {
        self.doubles = true;
        self
    }

    fn removes(mut self) -> Self {
        self.removes = true;
        self
    }

    fn fixed(mut self) -> Self {
        self.links.iter_mut().for_each(|l| l.fixed = true);
        self
    }
}

/// A cycle, or a way to die.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Code by which files know it.
    pub code: u16,
    /// Name.
    pub name: String,
    /// Phases; the first is where a cell begins.
    pub phases: Vec<Phase>,
}

/// The time of a cell in its phase, and the step that ends now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock {
    /// Time spent in the phase, this step included (min).
    pub elapsed: f64,
    /// The step (min).
    pub h: f64,
    /// How chances are taken.
    pub chance: Chance,
}

/// What leaving a phase brings with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    /// The phase entered.
    pub to: u8,
    /// The cell divides.
    pub divides: bool,
    /// The cell is removed.
    pub removes: bool,
    /// Targets of solid volume double, before any division.
    pub doubles: bool,
}

impl Cycle {
    fn of(code: u16, name: &str, phases: Vec<Phase>) -> Self {
        Self { code, name: name.to_owned(), phases }
    }

    /// One phase that divides at a rate.
    pub fn live() -> Self {
        Self::of(5, "live", vec![Phase::new(14, "live", 0).divides().doubles()])
    }

    /// Ki67 negative and positive.
    pub fn ki67_basic() -> Self {
        let positive = Phase::new(2, "Ki67+", 0).fixed().divides().doubles();
        Self::of(1, "Ki67 (basic)", vec![Phase::new(3, "Ki67-", 1), positive])
    }

    /// Ki67 negative, positive before and positive after division.
    pub fn ki67_advanced() -> Self {
        let before = Phase::new(0, "Ki67+ (premitotic)", 2).fixed().divides().doubles();
        let after = Phase::new(1, "Ki67+ (postmitotic)", 0).fixed();
        Self::of(0, "Ki67 (advanced)", vec![Phase::new(3, "Ki67-", 1), before, after])
    }

    /// G0/G1, S, G2/M, as a cytometer tells them apart by DNA.
    pub fn flow_cytometry() -> Self {
        let s = Phase::new(10, "S", 2).doubles();
        let mitosis = Phase::new(11, "G2/M", 0).divides();
        Self::of(2, "flow cytometry", vec![Phase::new(4, "G0/G1", 1), s, mitosis])
    }

    /// The same with G2 and M apart.
    pub fn flow_cytometry_separated() -> Self {
        let phases = vec![
            Phase::new(4, "G0/G1", 1),
            Phase::new(10, "S", 2).doubles(),
            Phase::new(12, "G2", 3),
            Phase::new(13, "M", 0).divides(),
        ];
        Self::of(6, "flow cytometry (separated)", phases)
    }

    /// Quiescent and cycling.
    pub fn cycling_quiescent() -> Self {
        let cycling = Phase::new(17, "cycling", 0).fixed().divides().doubles();
        Self::of(7, "cycling-quiescent", vec![Phase::new(18, "quiescent", 1), cycling])
    }

    /// Apoptosis: one phase, then gone.
    pub fn apoptosis() -> Self {
        Self::of(100, "apoptosis", vec![Phase::new(100, "apoptotic", 0).fixed().removes()])
    }

    /// Necrosis: swelling until the cell bursts (the caller holds it back until then), then debris for a while.
    pub fn necrosis() -> Self {
        let phases = vec![
            Phase::new(101, "necrotic, swelling", 1).fixed(),
            Phase::new(102, "necrotic, lysed", 1).fixed().removes(),
        ];
        Self::of(101, "necrosis", phases)
    }

    /// One step of a cell in `phase`. `rate` gives the rate of each link by its number (1/min), `held` whether something
    /// holds the cell back on it, `draw` a uniform number per link tried.
    ///
    /// Returns what happens if the cell leaves. The caller then sets phase and clock.
    #[inline]
    pub fn advance(
        &self,
        phase: u8,
        clock: Clock,
        rate: impl Fn(usize) -> f64,
        held: impl Fn(usize) -> bool,
        mut draw: impl FnMut() -> f64,
    ) -> Option<Passage> {
        let Clock { elapsed, h, chance } = clock;
        let from = self.phases.get(usize::from(phase))?;
        for (k, link) in from.links.iter().enumerate() {
            if held(k) {
                continue;
            }
            let rate = rate(k);
            let goes = if link.fixed {
                // Half a step of grace: the duration rounded to whole steps.
                elapsed > 1.0 / rate - 0.5 * h
            } else {
                rate > 0.0 && draw() < chance.of(rate, h)
            };
            if goes {
                let doubles = self.phases.get(usize::from(link.to)).is_some_and(|p| p.doubles);
                return Some(Passage { to: link.to, divides: from.divides, removes: from.removes, doubles });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    fn clock(elapsed: f64, h: f64) -> Clock {
        Clock { elapsed, h, chance: Chance::Exact }
    }

    fn models() -> [Cycle; 8] {
        [
            Cycle::live(),
            Cycle::ki67_basic(),
            Cycle::ki67_advanced(),
            Cycle::flow_cytometry(),
            Cycle::flow_cytometry_separated(),
            Cycle::cycling_quiescent(),
            Cycle::apoptosis(),
            Cycle::necrosis(),
        ]
    }

    /// Once round a cycle: one division and one doubling; once through a death: one removal.
    #[test]
    fn every_model_keeps_its_books() {
        for cycle in models() {
            let (mut phase, mut divisions, mut doublings, mut removals) = (0, 0, 0, 0);
            for _ in 0..cycle.phases.len() {
                let go = cycle.advance(phase, clock(2.0, 1.0), |_| 1.0, |_| false, || 0.0).unwrap();
                divisions += u32::from(go.divides);
                doublings += u32::from(go.doubles);
                removals += u32::from(go.removes);
                phase = go.to;
            }
            let dies = cycle.code >= 100;
            assert_eq!((divisions, doublings, removals), if dies { (0, 0, 1) } else { (1, 1, 0) });
            assert!(dies || phase == 0, "{}", cycle.name);
        }
    }

    /// Fixed durations are kept to the step, exponential ones on average.
    #[test]
    fn durations_are_what_rates_say() {
        let cycle = Cycle::ki67_basic();
        let (h, seed) = (6.0, Seed::new(5, 0));
        let time_in = |phase: u8, rate: f64, id: u64| {
            let mut stream = seed.stream(id, 0, 1);
            let mut elapsed = 0.0;
            loop {
                elapsed += h;
                let draw = || stream.uniform();
                if cycle.advance(phase, clock(elapsed, h), |_| rate, |_| false, draw).is_some() {
                    return elapsed;
                }
            }
        };
        assert_eq!(time_in(1, 1.0 / 930.0, 0), 930.0);
        let n = 20_000;
        let mean = (0..n).map(|id| time_in(0, 0.02, id)).sum::<f64>() / n as f64;
        // Whole steps: h / (1 − exp(−rate h)).
        let expected = h / -math::exp_m1(-0.12);
        assert!((mean - expected).abs() < 4.0 * expected / (n as f64).sqrt(), "{mean} {expected}");
    }

    #[test]
    fn who_is_held_stays() {
        let cycle = Cycle::necrosis();
        assert!(cycle.advance(0, clock(1e9, 6.0), |_| 1.0, |_| true, || 0.0).is_none());
        assert!(cycle.advance(9, clock(1e9, 6.0), |_| 1.0, |_| false, || 0.0).is_none());
    }
}
