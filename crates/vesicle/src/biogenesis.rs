//! The endosomal chain of a cell, as rates: early endosomes → multivesicular bodies → vesicles outside.
//!
//! Early endosomes E mature to multivesicular bodies M; intraluminal vesicles L bud into the bodies by two branches,
//! ESCRT and ceramide (nSMase2); a body ends at the plasma membrane, where its vesicles get out, or in a lysosome:
//!
//! ```text
//! dE/dt   = k_endo − E/τ
//! dM/dt   = E/τ − (k_fus + k_lys) M
//! dL_b/dt = k_b (N_b M − L_b) − (k_back + k_fus + k_lys) L_b
//! freed   = k_fus (1 − tethered) Σ L_b
//! ```
//!
//! A scenario gives what is measured; the rates follow. With r = 1/residence: k_fus = share·r, k_lys = (1 − share)·r,
//! k_back = r·f/(1 − f) for the share f of intraluminal vesicles lost by back-fusion, k_endo from the secretion.
//! The content at fusion fixes one of budding rate and sites only, so a convention is needed: **a free site buds as
//! fast as a vesicle is lost, k_b = k_back + r, which makes a resting body half full on average, N_b = 2 × content**.
//! It does not touch the resting state; it sets how quickly a body fills and how far a partial inhibition of budding
//! is buffered by free sites.
//!
//! The chain is linear, so a step of any length is exact: see [`Propagator`]. The event form is in [`crate::exact`].

use crate::divided::path;
use crate::error::{Error, check, not_negative, positive, share};
use serde::{Deserialize, Serialize};

mod bursts;

pub use bursts::{Bursts, freed_of_held, release_draw};

/// Index of the ESCRT branch.
pub const ESCRT: usize = 0;
/// Index of the ceramide (nSMase2) branch.
pub const CERAMIDE: usize = 1;
/// Number of budding branches.
pub const BRANCHES: usize = 2;

/// What a scenario says of a cell type's chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainSpec {
    /// Vesicles freed at rest (1/min), tethered ones not counted.
    pub secretion: f64,
    /// Mean time from endocytosis to a multivesicular body (min).
    pub maturation: f64,
    /// Mean life of a multivesicular body until fusion or lysosome (min).
    pub residence: f64,
    /// Share of bodies that fuse with the plasma membrane.
    pub secretory_share: f64,
    /// Mean intraluminal vesicles in a body at fusion.
    pub vesicles_per_body: f64,
    /// Share of intraluminal vesicles lost by back-fusion.
    pub back_fusion: f64,
    /// Shares of the branches ESCRT and ceramide.
    pub branches: [f64; BRANCHES],
    /// Share of released vesicles that stays tethered to the cell.
    pub tethered: f64,
    /// Variance over mean of the vesicles released in a step.
    pub dispersion: f64,
}

/// Rates of the chain (1/min unless said otherwise).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChainParameters {
    /// New early endosomes (1/min).
    pub endocytosis: f64,
    /// Maturation, 1/τ.
    pub maturation: f64,
    /// Fusion of a body with the plasma membrane.
    pub fusion: f64,
    /// Fusion of a body with a lysosome.
    pub lysosome: f64,
    /// Budding of a free site.
    pub budding: f64,
    /// Back-fusion of an intraluminal vesicle.
    pub back_fusion: f64,
    /// Sites in a body, by branch (vesicles).
    pub sites: [f64; BRANCHES],
    /// Share of released vesicles that stays tethered.
    pub tethered: f64,
    /// Variance over mean of the vesicles released in a step.
    pub dispersion: f64,
}

/// What changes the chain of one cell for a time; 1 everywhere is the resting cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Modifiers {
    /// Factor on the supply of endosomes, hence in the long run on release: the product of the factors of rules,
    /// stress, senescence, UV, age.
    pub secretion: f64,
    /// Activity of the ESCRT branch (0 knocked out – 1).
    pub escrt: f64,
    /// Activity of nSMase2, hence of the ceramide branch (0 knocked out – 1).
    pub nsmase2: f64,
    /// Activity of Rab27, hence of fusion with the plasma membrane (0 – 1; above 1 for a stimulus of fusion).
    pub rab27: f64,
    /// Activity of fusion with lysosomes (0 blocked – 1): stress that stalls lysosomes sends more bodies out.
    pub lysosome: f64,
}

impl Default for Modifiers {
    fn default() -> Self {
        Self { secretion: 1.0, escrt: 1.0, nsmase2: 1.0, rab27: 1.0, lysosome: 1.0 }
    }
}

/// Contents of the chain of one cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChainState {
    /// Early endosomes.
    pub early: f64,
    /// Multivesicular bodies.
    pub bodies: f64,
    /// Intraluminal vesicles in all bodies, by branch.
    pub vesicles: [f64; BRANCHES],
}

/// What a step let out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Bodies fused with the plasma membrane.
    pub fusions: f64,
    /// Vesicles in them, by branch.
    pub fused: [f64; BRANCHES],
    /// Vesicles freed: all fused less the tethered ones.
    pub released: f64,
    /// Vesicles that stay on the cell.
    pub tethered: f64,
    /// Vesicles that ended in lysosomes.
    pub lysed: f64,
}

impl Modifiers {
    /// Of activities in the order ESCRT, nSMase2, fusion with the plasma membrane, fusion with lysosomes.
    pub fn of_activities([escrt, nsmase2, rab27, lysosome]: [f64; 4]) -> Self {
        Self { secretion: 1.0, escrt, nsmase2, rab27, lysosome }
    }
}

impl ChainParameters {
    /// The rates that give, at rest, what `spec` says.
    ///
    /// # Errors
    /// When a time is not positive, a share is not one, the branches' shares do not sum to 1, or vesicles are
    /// secreted although no body fuses, holds any or lets them go.
    pub fn new(spec: impl Into<ChainSpec>) -> Result<Self, Error> {
        let s = spec.into();
        not_negative("secretion", s.secretion)?;
        positive("maturation", s.maturation)?;
        positive("residence", s.residence)?;
        share("secretory_share", s.secretory_share)?;
        not_negative("vesicles_per_body", s.vesicles_per_body)?;
        check(
            "back_fusion",
            s.back_fusion,
            (0.0..1.0).contains(&s.back_fusion),
            "a share from 0 to below 1",
        )?;
        share("branches", s.branches[ESCRT])?;
        share("branches", s.branches[CERAMIDE])?;
        share("tethered", s.tethered)?;
        not_negative("dispersion", s.dispersion)?;
        let sum = s.branches[ESCRT] + s.branches[CERAMIDE];
        if (sum - 1.0).abs() > 1e-6 {
            return Err(Error::Shares { names: "branches", sum, expected: "1" });
        }
        let per_endosome = (1.0 - s.tethered) * s.secretory_share * s.vesicles_per_body;
        let possible = s.secretion == 0.0 || per_endosome > 0.0;
        check("secretion", s.secretion, possible, "0 where no body fuses, holds vesicles or lets them go")?;

        let end = 1.0 / s.residence;
        let back_fusion = end * s.back_fusion / (1.0 - s.back_fusion);
        Ok(Self {
            endocytosis: if s.secretion > 0.0 { s.secretion / per_endosome } else { 0.0 },
            maturation: 1.0 / s.maturation,
            fusion: s.secretory_share * end,
            lysosome: (1.0 - s.secretory_share) * end,
            // The convention of the module's head, by which the content is half of the sites.
            budding: back_fusion + end,
            back_fusion,
            sites: s.branches.map(|b| 2.0 * s.vesicles_per_body * b / sum),
            tethered: s.tethered,
            dispersion: s.dispersion,
        })
    }

    /// The resting state.
    pub fn steady_state(&self) -> ChainState {
        self.state_at(&self.rates(&Modifiers::default()), 1.0)
    }

    /// The state that lasting modifiers lead to; `None` where bodies pile up for ever (neither fate is open).
    pub fn steady_state_under(&self, modifiers: &Modifiers) -> Option<ChainState> {
        let rates = self.rates(modifiers);
        (rates.fusion + rates.lysosome > 0.0).then(|| self.state_at(&rates, modifiers.secretion))
    }

    /// Vesicles freed per min in a state.
    pub fn release_rate(&self, state: &ChainState, modifiers: &Modifiers) -> f64 {
        self.rates(modifiers).fusion * (1.0 - self.tethered) * (state.vesicles[0] + state.vesicles[1])
    }

    /// Advances one cell by `dt` under modifiers that hold throughout the step. Exact.
    ///
    /// Cells that share `dt` and modifiers other than `secretion` share a [`Propagator`], which is cheaper.
    pub fn step(&self, state: &mut ChainState, dt: f64, modifiers: &Modifiers) -> Output {
        self.propagator(dt, modifiers).advance(state, modifiers.secretion)
    }

    /// The exact solution over `dt`, ready to be applied to many cells.
    pub fn propagator(&self, dt: f64, modifiers: &Modifiers) -> Propagator {
        let Rates { fusion, lysosome, budding } = self.rates(modifiers);
        let (a, r) = (self.maturation, fusion + lysosome);
        let mut p = Propagator {
            supply: self.endocytosis,
            fusion,
            lysosome,
            freed: 1.0 - self.tethered,
            early: [path([0.0, a], dt), path([a], dt)],
            bodies: [a * path([0.0, a, r], dt), a * path([a, r], dt), path([r], dt)],
            body_time: [a * path([0.0, a, r, 0.0], dt), a * path([a, r, 0.0], dt), path([r, 0.0], dt)],
            vesicles: [[0.0; 4]; BRANCHES],
            vesicle_time: [[0.0; 4]; BRANCHES],
            kept: [path([r + self.back_fusion], dt), path([r + self.back_fusion, 0.0], dt)],
        };
        for (b, budding) in budding.into_iter().enumerate() {
            let (gain, q) = (budding * self.sites[b], budding + self.back_fusion + r);
            p.vesicles[b] = [
                gain * a * path([0.0, a, r, q], dt),
                gain * a * path([a, r, q], dt),
                gain * path([r, q], dt),
                path([q], dt),
            ];
            p.vesicle_time[b] = [
                gain * a * path([0.0, a, r, q, 0.0], dt),
                gain * a * path([a, r, q, 0.0], dt),
                gain * path([r, q, 0.0], dt),
                path([q, 0.0], dt),
            ];
        }
        p
    }

    /// Rates under modifiers. Negative activities count as 0.
    pub(crate) fn rates(&self, m: &Modifiers) -> Rates {
        Rates {
            fusion: self.fusion * m.rab27.max(0.0),
            lysosome: self.lysosome * m.lysosome.max(0.0),
            budding: [self.budding * m.escrt.max(0.0), self.budding * m.nsmase2.max(0.0)],
        }
    }

    fn state_at(&self, rates: &Rates, secretion: f64) -> ChainState {
        let end = rates.fusion + rates.lysosome;
        let supply = self.endocytosis * secretion.max(0.0);
        let bodies = supply / end;
        let vesicles = std::array::from_fn(|b| {
            let budding = rates.budding[b];
            budding * self.sites[b] * bodies / (budding + self.back_fusion + end)
        });
        ChainState { early: supply / self.maturation, bodies, vesicles }
    }
}

/// Rates that modifiers touch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rates {
    pub(crate) fusion: f64,
    pub(crate) lysosome: f64,
    pub(crate) budding: [f64; BRANCHES],
}

/// The chain's exact solution over one step length: what 1 of each pool (supply, early, bodies, vesicles) at the
/// start gives of each pool at the end, and of time spent in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Propagator {
    supply: f64,
    fusion: f64,
    lysosome: f64,
    freed: f64,
    early: [f64; 2],
    bodies: [f64; 3],
    body_time: [f64; 3],
    vesicles: [[f64; 4]; BRANCHES],
    vesicle_time: [[f64; 4]; BRANCHES],
    /// Share of the vesicles inside bodies that is still there at the end, and the time each has spent there (min).
    kept: [f64; 2],
}

/// Vesicles that were in bodies before a step, as shares: what they were loaded with is what it was then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Older {
    /// Of those that fused with the plasma membrane in the step.
    pub released: f64,
    /// Of those in bodies at its end.
    pub kept: f64,
}

impl Propagator {
    /// How many of the vesicles that fused in a step, and of those left at its end, had budded before it. Exact: a vesicle once
    /// in a body leaves it at one rate, whatever its branch.
    pub fn older(&self, before: &ChainState, after: &ChainState, out: &Output) -> Older {
        let were = before.vesicles[ESCRT] + before.vesicles[CERAMIDE];
        let are = after.vesicles[ESCRT] + after.vesicles[CERAMIDE];
        let fused = out.fused[ESCRT] + out.fused[CERAMIDE];
        let share = |old: f64, all: f64| if all > 0.0 { (old / all).clamp(0.0, 1.0) } else { 1.0 };
        Older {
            released: share(self.fusion * were * self.kept[1], fused),
            kept: share(were * self.kept[0], are),
        }
    }

    /// Advances one cell; `secretion` is the factor on its supply of endosomes (see [`Modifiers`]).
    #[inline]
    pub fn advance(&self, state: &mut ChainState, secretion: f64) -> Output {
        let k = self.supply * secretion.max(0.0);
        let (e, m, l) = (state.early, state.bodies, state.vesicles);
        let fusions = self.fusion * (k * self.body_time[0] + e * self.body_time[1] + m * self.body_time[2]);
        let (mut fused, mut time) = ([0.0; BRANCHES], 0.0);
        for (b, l) in l.into_iter().enumerate() {
            let (p, q) = (&self.vesicles[b], &self.vesicle_time[b]);
            state.vesicles[b] = k * p[0] + e * p[1] + m * p[2] + l * p[3];
            let spent = k * q[0] + e * q[1] + m * q[2] + l * q[3];
            fused[b] = self.fusion * spent;
            time += spent;
        }
        state.early = k * self.early[0] + e * self.early[1];
        state.bodies = k * self.bodies[0] + e * self.bodies[1] + m * self.bodies[2];
        let all = fused[ESCRT] + fused[CERAMIDE];
        let released = self.freed * all;
        Output { fusions, fused, released, tethered: all - released, lysed: self.lysosome * time }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use exoderm_numeric::math;
    use proptest::prelude::*;

    pub(crate) fn fibroblast() -> ChainSpec {
        ChainSpec {
            secretion: 1.0,
            maturation: 15.0,
            residence: 60.0,
            secretory_share: 0.1,
            vesicles_per_body: 30.0,
            back_fusion: 0.1,
            branches: [0.6, 0.4],
            tethered: 0.1,
            dispersion: 30.0,
        }
    }

    /// S019: the resting state is what the scenario says, to 1e-6, and a step of any length leaves it there.
    #[test]
    fn s019_steady_state() {
        let spec = fibroblast();
        let p = ChainParameters::new(spec).unwrap();
        let s = p.steady_state();
        let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
        let total = s.vesicles[0] + s.vesicles[1];
        close(total / s.bodies, spec.vesicles_per_body);
        close(s.vesicles[CERAMIDE] / total, 0.4);
        close(s.early, p.endocytosis * 15.0);
        close(p.release_rate(&s, &Modifiers::default()), spec.secretion);
        close(p.fusion / (p.fusion + p.lysosome), 0.1);
        close(p.back_fusion / (p.back_fusion + p.fusion + p.lysosome), 0.1);
        for dt in [1e-3, 6.0, 60.0, 1e5] {
            let mut t = s;
            let out = p.step(&mut t, dt, &Modifiers::default());
            close(t.vesicles[0], s.vesicles[0]);
            close(t.bodies, s.bodies);
            close(out.released, spec.secretion * dt);
            close(out.lysed, 9.0 * (out.released + out.tethered));
            close(out.fusions * 30.0, out.released + out.tethered);
        }
        // From nothing, it gets there.
        let mut t = ChainState::default();
        p.step(&mut t, 2000.0, &Modifiers::default());
        close(t.vesicles[0], s.vesicles[0]);
    }

    /// S020: knock-outs lower release by the branch's share only; both, or no Rab27, leave none.
    #[test]
    fn s020_knock_outs() {
        let p = ChainParameters::new(fibroblast()).unwrap();
        let rest = Modifiers::default();
        for (m, left) in [
            (Modifiers { nsmase2: 0.0, ..rest }, 0.6),
            (Modifiers { escrt: 0.0, ..rest }, 0.4),
            (Modifiers { escrt: 0.0, nsmase2: 0.0, ..rest }, 0.0),
            (Modifiers { rab27: 0.0, ..rest }, 0.0),
            (Modifiers { secretion: 2.5, ..rest }, 2.5),
        ] {
            let steady = p.steady_state_under(&m).unwrap();
            assert!((p.release_rate(&steady, &m) - left).abs() < 1e-6, "{m:?}");
            let mut s = p.steady_state();
            p.step(&mut s, 3000.0, &m);
            assert!((p.step(&mut s, 60.0, &m).released - 60.0 * left).abs() < 1e-6, "{m:?}");
        }
        // Half the enzyme leaves more than half of the branch, because free sites wait for it.
        let half = Modifiers { nsmase2: 0.5, ..rest };
        let left = p.release_rate(&p.steady_state_under(&half).unwrap(), &half);
        assert!(left > 0.8 && left < 1.0, "{left}");
    }

    /// S018, S021: what a cell loads when it changes its state at rest comes out with the mean time that a vesicle spends in a body,
    /// however long the step; in bodies that fill from nothing all is new.
    #[test]
    fn s018_loading_follows_with_the_time_in_a_body() {
        let p = ChainParameters::new(fibroblast()).unwrap();
        let rest = p.steady_state();
        // 60 min of residence, of which a tenth of the vesicles fuse back.
        let rate = 1.0 / (60.0 * 0.9);
        for dt in [0.5, 6.0, 60.0, 600.0] {
            let mut after = rest;
            let step = p.propagator(dt, &Modifiers::default());
            let out = step.advance(&mut after, 1.0);
            let older = step.older(&rest, &after, &out);
            let left = math::exp(-rate * dt);
            assert!((older.kept / left - 1.0).abs() < 1e-9, "{dt}: {older:?}");
            assert!((older.released / ((1.0 - left) / (rate * dt)) - 1.0).abs() < 1e-9, "{dt}: {older:?}");
            let empty = ChainState { vesicles: [0.0; BRANCHES], ..rest };
            let mut after = empty;
            let out = step.advance(&mut after, 1.0);
            assert_eq!(step.older(&empty, &after, &out), Older { released: 0.0, kept: 0.0 });
        }
    }

    /// Bodies with no way out pile up linearly; nothing divides by the missing rate.
    #[test]
    fn both_fates_blocked() {
        let p = ChainParameters::new(fibroblast()).unwrap();
        let m = Modifiers { rab27: 0.0, lysosome: 0.0, ..Modifiers::default() };
        assert_eq!(p.steady_state_under(&m), None);
        let mut s = p.steady_state();
        let before = s;
        let out = p.step(&mut s, 600.0, &m);
        assert_eq!((out.released, out.fusions, out.lysed), (0.0, 0.0, 0.0));
        let gained = s.bodies + s.early - before.bodies - before.early;
        assert!((gained / (600.0 * p.endocytosis) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_chains_are_refused() {
        let ok = fibroblast();
        for bad in [
            ChainSpec { maturation: 0.0, ..ok },
            ChainSpec { residence: f64::INFINITY, ..ok },
            ChainSpec { secretory_share: 0.0, ..ok },
            ChainSpec { tethered: 1.0, ..ok },
            ChainSpec { back_fusion: 1.0, ..ok },
            ChainSpec { branches: [0.6, 0.6], ..ok },
            ChainSpec { vesicles_per_body: 0.0, ..ok },
            ChainSpec { secretion: f64::NAN, ..ok },
        ] {
            assert!(ChainParameters::new(bad).is_err(), "{bad:?}");
        }
        let silent = ChainParameters::new(ChainSpec { secretion: 0.0, secretory_share: 0.0, ..ok }).unwrap();
        assert_eq!(silent.steady_state(), ChainState::default());
    }

    proptest! {
        /// Two half steps are one step: state and output (exactness in dt), under any modifiers.
        #[test]
        fn steps_compose(dt in 0.01..300.0f64, secretion in 0.0..5.0f64, nsmase2 in 0.0..1.0f64,
                         rab27 in 0.0..3.0f64, lysosome in 0.0..1.0f64, start in 0.0..50.0f64) {
            let p = ChainParameters::new(fibroblast()).unwrap();
            let m = Modifiers { secretion, escrt: 1.0, nsmase2, rab27, lysosome };
            let mut one = ChainState { early: start, bodies: start / 3.0, vesicles: [start, 7.0] };
            let mut two = one;
            let whole = p.step(&mut one, dt, &m);
            let first = p.step(&mut two, dt / 2.0, &m);
            let second = p.step(&mut two, dt / 2.0, &m);
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (1.0 + a.abs());
            prop_assert!(near(one.early, two.early) && near(one.bodies, two.bodies));
            prop_assert!(near(one.vesicles[0], two.vesicles[0]) && near(one.vesicles[1], two.vesicles[1]));
            prop_assert!(near(whole.released, first.released + second.released));
            prop_assert!(near(whole.lysed, first.lysed + second.lysed));
            // A loading of 1 of what was there, 0 of what buds now: as much is left, and came out, in two steps as in one.
            let start = ChainState { early: start, bodies: start / 3.0, vesicles: [start, 7.0] };
            let (one, half) = (p.propagator(dt, &m), p.propagator(dt / 2.0, &m));
            let (mut a, mut b) = (start, start);
            let all = one.advance(&mut a, secretion);
            let older = one.older(&start, &a, &all);
            let early = half.advance(&mut b, secretion);
            let first = half.older(&start, &b, &early);
            let middle = b;
            let late = half.advance(&mut b, secretion);
            let second = half.older(&middle, &b, &late);
            prop_assert!(near(older.kept, first.kept * second.kept), "{} {}", older.kept, first.kept * second.kept);
            let came = early.released * first.released + late.released * first.kept * second.released;
            prop_assert!(near(all.released * older.released, came), "{} {came}", all.released * older.released);
        }
    }
}
