//! Loading a payload into vesicles: how many molecules get in, how many vesicles are left afterwards.
//!
//! Each molecule offered to a vesicle gets in with the loading efficiency, by itself, so that a vesicle holds a whole number,
//! Poisson about its mean. Loading by the parent cell needs no
//! step afterwards; passive incubation, electroporation and clicked ligands need a purification that costs vesicles.

use crate::Error;
use crate::error::check;
use exoderm_numeric::random::Stream;

/// How a payload gets onto vesicles. Numbers differ between ways, the arithmetic does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The parent cell makes and sorts it.
    Parent,
    /// Incubation: it diffuses in.
    Incubation,
    /// Pores opened by pulses.
    Electroporation,
    /// Clicked to the surface.
    Click,
}

impl Way {
    /// Vesicles must be separated from what was not loaded.
    pub fn needs_purification(self) -> bool {
        self != Self::Parent
    }
}

/// A loading step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loading {
    /// The way.
    way: Way,
    /// Molecules offered per vesicle.
    offered: f64,
    /// Share of them that gets in.
    efficiency: f64,
    /// Share of vesicles lost in purification; 0 where none is needed.
    lost: f64,
}

impl Loading {
    /// Molecules offered per vesicle, loading efficiency and the share of vesicles lost in purification (of no effect where none
    /// is needed).
    ///
    /// # Errors
    /// An efficiency or loss outside 0 to 1, or a negative offer.
    pub fn new(way: Way, offered: f64, efficiency: f64, lost: f64) -> Result<Self, Error> {
        let share =
            |name, value: f64| check(name, value, (0.0..=1.0).contains(&value), "a number between 0 and 1");
        share("the loading efficiency", efficiency)?;
        share("the loss in purification", lost)?;
        check("molecules offered per vesicle", offered, offered >= 0.0, "0 or more")?;
        let lost = if way.needs_purification() { lost } else { 0.0 };
        Ok(Self { way, offered, efficiency, lost })
    }

    /// The way.
    pub fn way(&self) -> Way {
        self.way
    }

    /// Molecules in a vesicle on average.
    pub fn mean(&self) -> f64 {
        self.offered * self.efficiency
    }

    /// Molecules in one vesicle. The number offered to it is a Poisson variable (a volume of well-mixed solution), of which each
    /// gets in by itself; thinning keeps it Poisson.
    pub fn draw(&self, random: &mut Stream) -> u64 {
        random.poisson(self.mean())
    }

    /// Vesicles left of those that went in.
    pub fn vesicles_left(&self, vesicles: f64) -> f64 {
        vesicles * (1.0 - self.lost)
    }

    /// Molecules on all vesicles that are left, per molecule offered: what a batch yields.
    pub fn yield_of_molecules(&self) -> f64 {
        self.efficiency * (1.0 - self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// S053: an efficiency outside 0 to 1 is refused, and so is a loss.
    #[test]
    fn s053_efficiency_lies_between_0_and_1() {
        for (efficiency, lost, fine) in [
            (0.0, 0.0, true),
            (1.0, 1.0, true),
            (0.3, 0.5, true),
            (-0.1, 0.0, false),
            (1.1, 0.0, false),
            (0.5, 1.2, false),
            (f64::NAN, 0.0, false),
        ] {
            let made = Loading::new(Way::Electroporation, 1000.0, efficiency, lost);
            assert_eq!(made.is_ok(), fine, "{efficiency} {lost}");
        }
        assert!(Loading::new(Way::Click, -1.0, 0.5, 0.1).is_err());
    }

    /// S053: a vesicle holds whole molecules, on average what efficiency leaves of those offered, with a Poisson variance.
    #[test]
    fn s053_payload_per_vesicle_is_whole() {
        let l = Loading::new(Way::Incubation, 200.0, 0.05, 0.3).unwrap();
        let n = 20_000;
        let draws: Vec<f64> = (0..n).map(|i| l.draw(&mut Seed::new(1, 0).stream(i, 0, 9)) as f64).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64;
        assert!((mean - 10.0).abs() < 4.0 * (10.0 / n as f64).sqrt(), "{mean}");
        assert!((variance / 10.0 - 1.0).abs() < 0.05, "{variance}");
        let none = Loading::new(Way::Incubation, 200.0, 0.0, 0.0).unwrap();
        assert_eq!(none.draw(&mut Seed::new(1, 0).stream(0, 0, 9)), 0);
    }

    /// S053: purification costs vesicles, and the molecules on them, where the way needs it and only there.
    #[test]
    fn s053_purification_costs_vesicles() {
        let way = |way| Loading::new(way, 100.0, 0.2, 0.4).unwrap();
        for needing in [Way::Incubation, Way::Electroporation, Way::Click] {
            let l = way(needing);
            assert_eq!((l.vesicles_left(1e10), l.way()), (6e9, needing));
            assert!((l.yield_of_molecules() - 0.12).abs() < 1e-15);
        }
        assert_eq!(way(Way::Parent).vesicles_left(1e10), 1e10);
    }
}
