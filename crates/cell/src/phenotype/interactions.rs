//! Phagocytosis, attack, fusion and transformation.
//!
//! Cells act one after another in the order of their ids, so that no cell is eaten twice and order in memory does not
//! matter. Acts are proposed from the state at the beginning of the step and carried out by the caller, who knows what
//! else hangs on a cell; a cell that was eaten or fused in this step is passed over by those after it.

use super::phases::Chance;
use exoderm_numeric::random::Stream;

/// What a cell does to a neighbour in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Eats it.
    Ingest {
        /// Who eats.
        by: u32,
        /// Who is eaten, dead or alive.
        prey: u32,
    },
    /// Begins to attack it.
    Attack {
        /// Who attacks.
        by: u32,
        /// Whom.
        target: u32,
    },
    /// Fuses with it.
    Fuse {
        /// Who remains.
        by: u32,
        /// Who is taken in.
        with: u32,
    },
}

/// Rates of a cell towards one neighbour (1/min).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Of eating it.
    pub ingest: f64,
    /// Of beginning to attack it, its immunogenicity included.
    pub attack: f64,
    /// Of fusing with it.
    pub fuse: f64,
}

/// State of all cells that acts are found from.
#[derive(Clone, Copy, Debug)]
pub struct Society<'a> {
    /// Who is dead: they do nothing, and can be eaten.
    pub dead: &'a [bool],
    /// Index of the cell that each attacks, `u32::MAX` for none.
    pub target: &'a [u32],
}

/// Finds the acts of `actors` (indices in the order of ids) in a step of `h` (min): each goes through its neighbours
/// as `neighbours` gives them, at `rates(cell, neighbour)`, with draws from `stream(cell)`. It eats at most one, fuses
/// at most once, and has one target at a time. `gone` is scratch: at the end it has who was eaten or fused.
#[expect(clippy::too_many_arguments, reason = "columns, rates, draws and outputs of one pass")]
pub fn find_acts<'n>(
    society: &Society<'_>,
    actors: &[u32],
    h: f64,
    chance: Chance,
    neighbours: impl Fn(u32) -> &'n [u32],
    rates: impl Fn(u32, u32) -> Rates,
    mut stream: impl FnMut(u32) -> Stream,
    gone: &mut Vec<bool>,
    acts: &mut Vec<Act>,
) {
    gone.clear();
    gone.resize(society.dead.len(), false);
    acts.clear();
    for &by in actors {
        let at = by as usize;
        if society.dead[at] || gone[at] {
            continue;
        }
        let mut draws = stream(by);
        let (mut eats, mut fuses, mut attacks) = (false, false, society.target[at] != u32::MAX);
        for &other in neighbours(by) {
            if gone[other as usize] {
                continue;
            }
            let rate = rates(by, other);
            let mut happens = |rate: f64| rate > 0.0 && draws.uniform() < chance.of(rate, h);
            if !eats && happens(rate.ingest) {
                eats = true;
                gone[other as usize] = true;
                acts.push(Act::Ingest { by, prey: other });
                continue;
            }
            if society.dead[other as usize] {
                continue;
            }
            if !attacks && happens(rate.attack) {
                attacks = true;
                acts.push(Act::Attack { by, target: other });
                continue;
            }
            if !fuses && happens(rate.fuse) {
                fuses = true;
                gone[other as usize] = true;
                acts.push(Act::Fuse { by, with: other });
            }
        }
    }
}

/// Damage after `h` (min) of being damaged at `damage` and repaired at `repair` (both 1/min): one implicit step.
#[inline]
pub fn damage(now: f64, damage: f64, repair: f64, h: f64) -> f64 {
    if damage > 0.0 || repair > 0.0 { (now + h * damage) / (1.0 + h * repair) } else { now }
}

/// The kind that a cell changes to in `h` (min), kinds being tried in their order with a draw each; `None` if it
/// stays. The own kind is passed over.
pub fn transformation(own: u16, rates: &[f64], h: f64, chance: Chance, stream: &mut Stream) -> Option<u16> {
    rates
        .iter()
        .zip(0..)
        .find(|&(&rate, kind)| kind != own && rate > 0.0 && stream.uniform() < chance.of(rate, h))
        .map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exoderm_numeric::random::Seed;

    /// Two hunters with one prey between them: it is eaten once, by the lower id, however they lie in memory.
    #[test]
    fn prey_is_eaten_once_by_whoever_comes_first() {
        let society = Society { dead: &[false, true, false], target: &[u32::MAX; 3] };
        let rows: [&[u32]; 3] = [&[1], &[0, 2], &[1]];
        let hungry = |_: u32, _: u32| Rates { ingest: 1e9, ..Rates::default() };
        let (mut gone, mut acts) = (Vec::new(), Vec::new());
        let seed = Seed::new(1, 0);
        for first in [0, 2] {
            let actors = if first == 0 { [0, 1, 2] } else { [2, 1, 0] };
            find_acts(
                &society,
                &actors,
                1.0,
                Chance::Exact,
                |i| rows[i as usize],
                hungry,
                |i| seed.stream(u64::from(i), 0, 0),
                &mut gone,
                &mut acts,
            );
            assert_eq!(acts, [Act::Ingest { by: first, prey: 1 }]);
        }
    }

    #[test]
    fn rates_are_kept_and_the_dead_are_neither_attacked_nor_fused() {
        let society = Society { dead: &[false, true, false], target: &[u32::MAX; 3] };
        let row: &[u32] = &[1, 2];
        let seed = Seed::new(1, 0);
        let (mut gone, mut acts, mut attacks, mut fusions) = (Vec::new(), Vec::new(), 0, 0);
        for tick in 0..20_000 {
            find_acts(
                &society,
                &[0],
                1.0,
                Chance::Exact,
                |_| row,
                |_, _| Rates { ingest: 0.0, attack: 0.1, fuse: 0.05 },
                |i| seed.stream(u64::from(i), tick, 0),
                &mut gone,
                &mut acts,
            );
            for act in &acts {
                match act {
                    Act::Attack { target: 2, .. } => attacks += 1,
                    Act::Fuse { with: 2, .. } => fusions += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        // Fused only where not attacked in the same step.
        let (p, q) = (1.0 - 0.904_837_418, 0.904_837_418 * (1.0 - 0.951_229_425));
        for (count, p) in [(attacks, p), (fusions, q)] {
            let n = 20_000.0_f64;
            assert!((f64::from(count) - n * p).abs() < 4.0 * (n * p).sqrt(), "{count} {}", n * p);
        }
    }

    #[test]
    fn damage_settles_where_damage_and_repair_balance() {
        let mut d = 3.0;
        (0..10_000).for_each(|_| d = damage(d, 0.2, 0.1, 0.5));
        assert!((d - 2.0).abs() < 1e-12);
        assert_eq!(damage(1.0, 0.0, 0.0, 6.0), 1.0);
        let mut s = Seed::new(1, 0).stream(0, 0, 0);
        assert_eq!(transformation(1, &[0.0, 1e9, 1e9], 1.0, Chance::Exact, &mut s), Some(2));
        assert_eq!(transformation(1, &[0.0, 1e9, 0.0], 1.0, Chance::Exact, &mut s), None);
    }
}
