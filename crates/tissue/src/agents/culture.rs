//! The culture and its clock.

use super::AgentError;
use super::links::Links;
use super::medium::{Media, Trade};
use super::networks::Rooms;
use super::plan::{Plan, stored};
use exoderm_cell::colony::{Colony, mark};
use exoderm_cell::open::{Rows, Space};
use exoderm_cell::phenotype::interactions::Act;
use exoderm_numeric::random::{Seed, Stream};
use serde::{Deserialize, Serialize};

/// What streams are for; numbers never change.
pub(super) mod purpose {
    pub(crate) const PLACE: u16 = 1;
    pub(crate) const DRAW: u16 = 2;
    pub(crate) const PHENOTYPE: u16 = 3;
    pub(crate) const DIVISION: u16 = 4;
    pub(crate) const WALK: u16 = 5;
    pub(crate) const LINKS: u16 = 6;
    pub(crate) const ACTS: u16 = 7;
    pub(crate) const ATTACK: u16 = 8;
    pub(crate) const CHANGE: u16 = 9;
    pub(crate) const JOIN: u16 = 10;
    /// + network
    pub(crate) const NETWORK: u16 = 1000;
    /// + network
    pub(crate) const MOLECULES: u16 = 2000;
}

/// How often things happened since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    /// Divisions.
    pub divisions: u64,
    /// Deaths by apoptosis.
    pub apoptoses: u64,
    /// Deaths by necrosis.
    pub necroses: u64,
    /// Dead cells that are gone.
    pub removals: u64,
    /// Cells eaten, dead or alive.
    pub meals: u64,
    /// Attacks begun.
    pub attacks: u64,
    /// Fusions.
    pub fusions: u64,
    /// Changes of type, those at division included.
    pub changes: u64,
    /// Cells that left the box.
    pub strays: u64,
}

/// Columns that a step needs and no step keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    pub(crate) order: Vec<u32>,
    pub(crate) cells: Vec<u32>,
    pub(crate) drift: [Vec<f64>; 3],
    pub(crate) directions: Vec<Option<[f32; 3]>>,
    pub(crate) reach: Vec<f64>,
    pub(crate) repulsion: Vec<f64>,
    pub(crate) adhesion: Vec<f64>,
    pub(crate) affinity: Vec<f64>,
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) dead: Vec<bool>,
    pub(crate) values: Vec<f64>,
    pub(crate) memories: Vec<f64>,
    pub(crate) rates: Vec<f64>,
    pub(crate) target: Vec<u32>,
    pub(crate) gone: Vec<bool>,
    pub(crate) acts: Vec<Act>,
    pub(crate) trades: Vec<Trade>,
    pub(crate) due: Vec<u32>,
    pub(crate) rooms: Rooms,
}

/// A model of agents in motion.
#[derive(Clone, Debug)]
pub struct Culture {
    pub(super) plan: Plan,
    pub(super) seed: Seed,
    pub(super) colony: Colony,
    pub(super) space: Space,
    pub(super) rows: Rows,
    /// Pressures of a restored culture, until its space has summed them again.
    pub(super) pressures: Option<Vec<f64>>,
    pub(super) media: Media,
    pub(super) links: Links,
    /// Step of diffusion that comes next.
    pub(super) step: u64,
    /// Steps of diffusion that the substrates have taken.
    pub(super) diffused: u64,
    /// Length of the last move (min).
    pub(super) pace: Option<f64>,
    /// Phenotype and mechanics steps done.
    pub(super) ticks: [u32; 2],
    /// Moves done: one a mechanics step, or more where they adapt.
    pub(super) moves: u32,
    pub(super) last_event: [u64; 2],
    pub(super) events: Events,
    pub(super) work: Work,
}

impl Culture {
    pub(super) fn assemble(plan: Plan, seed: Seed, colony: Colony, space: Space, media: Media) -> Self {
        Self {
            plan,
            seed,
            colony,
            space,
            rows: Rows::default(),
            pressures: None,
            media,
            links: Links::default(),
            step: 0,
            diffused: 0,
            pace: None,
            ticks: [0; 2],
            moves: 0,
            last_event: [0; 2],
            events: Events::default(),
            work: Work::default(),
        }
    }

    /// Time (min).
    pub fn time(&self) -> f64 {
        self.step as f64 * self.plan.model.steps.diffusion
    }

    /// How often cells moved so far: once a mechanics step, or as often as adapts.
    pub fn moves(&self) -> u32 {
        self.moves
    }

    /// What happened so far.
    pub fn events(&self) -> Events {
        self.events
    }

    /// True once the last step was taken.
    pub fn done(&self) -> bool {
        self.step > self.plan.last
    }

    /// Share of the run that is done, 0 to 1.
    pub fn progress(&self) -> f64 {
        self.step as f64 / (self.plan.last + 1) as f64
    }

    /// Goes on until time `until` (min) or the end, whichever is first. A step that would begin within half a diffusion
    /// step of `until` is left for the next call.
    ///
    /// # Errors
    /// Numbers that rules or tables made and the engines can't take: positions that are none, negative rates of uptake.
    pub fn advance(&mut self, until: f64) -> Result<(), AgentError> {
        self.advance_while(until, |_| true).map(|_| ())
    }

    /// The same as long as `go_on`, asked between two steps and told the share of the run that is done, says so. False if it said
    /// no: the culture is then between two steps, can be [saved](Culture::saved), and takes the same ones when it goes on.
    ///
    /// # Errors
    /// As [`Culture::advance`].
    pub fn advance_while(
        &mut self,
        until: f64,
        mut go_on: impl FnMut(f64) -> bool,
    ) -> Result<bool, AgentError> {
        let dt = self.plan.model.steps.diffusion;
        let stop = (until / dt - 0.5).floor().clamp(-1.0, 1e15) as i64 + 1;
        let stop = (stop.max(0) as u64).min(self.plan.last + 1);
        while self.step < stop {
            let due: [Option<u64>; 2] = std::array::from_fn(|k| self.due(k));
            let next = due.iter().flatten().min().copied();
            let Some(at) = next.filter(|&at| at < stop) else {
                self.step = stop;
                break;
            };
            // Substrates have taken a step before cells do.
            if due[0] == Some(at) || !self.plan.model.options.adaptive || self.plan.follows() {
                self.diffuse_to(at + 1)?;
            }
            let s = &self.plan.model.steps;
            let mut h = [(0, s.phenotype), (1, s.mechanics)].map(|(k, interval)| {
                if self.ticks[k] == 0 { interval } else { (at - self.last_event[k]) as f64 * dt }
            });
            if self.plan.model.options.adaptive {
                // Ahead, to where cells next feel or do something.
                let phenotype =
                    if due[0] == Some(at) { at + self.plan.every[0] } else { due[0].unwrap_or(u64::MAX) };
                h[1] = ((at + self.plan.every[1]).min(phenotype) - at) as f64 * dt;
            }
            self.step = at;
            if due[0] == Some(at) {
                self.phenotype(h[0])?;
                self.ticks[0] += 1;
                self.last_event[0] = at;
            }
            if due[1] == Some(at) {
                self.mechanics(h[1])?;
                self.ticks[1] += 1;
                self.last_event[1] = at;
            }
            self.step = at + 1;
            if self.step < stop && !go_on(self.progress()) {
                return Ok(false);
            }
        }
        self.diffuse_to(self.step)?;
        Ok(true)
    }

    /// Diffusion step at which phenotypes (0) or mechanics (1) are due next.
    fn due(&self, k: usize) -> Option<u64> {
        let next = |k: usize| if self.ticks[k] == 0 { 0 } else { self.last_event[k] + self.plan.every[k] };
        // Phenotypes are felt at once.
        let at = if self.plan.model.options.adaptive { next(k).min(next(0)) } else { next(k) };
        (at <= self.plan.last).then_some(at)
    }

    /// Takes substrates to the beginning of diffusion step `to`.
    fn diffuse_to(&mut self, to: u64) -> Result<(), AgentError> {
        if to <= self.diffused {
            return Ok(());
        }
        let mut dt = (to - self.diffused) as f64 * self.plan.model.steps.diffusion;
        let mut steps = 1;
        if self.plan.model.options.split {
            (dt, steps) = (self.plan.model.steps.diffusion, to - self.diffused);
        }
        self.diffused = to;
        let n = self.plan.number;
        for s in 0..self.plan.model.substrates.len() {
            let mut trades = std::mem::take(&mut self.work.trades);
            trades.clear();
            for i in 0..self.colony.len() {
                let able = &self.plan.able[usize::from(self.colony.kind[i])].exchange;
                if !able.contains(&(s as u16)) || self.colony.flags[i] & (mark::OUTSIDE | mark::REMOVED) != 0
                {
                    continue;
                }
                let k = s as u16;
                let secretion = self.value(i, n.secretion + k);
                let uptake = self.value(i, n.uptake + k);
                let export = self.value(i, n.export + k);
                if secretion == 0.0 && uptake == 0.0 && export == 0.0 {
                    continue;
                }
                let volume = self.colony.volumes.total(i);
                trades.push(Trade {
                    voxel: self.media.voxel(self.colony.at(i)),
                    loss: volume * (secretion + uptake),
                    source: volume * secretion * self.value(i, n.target + k),
                    export,
                    cell: i as u32,
                });
            }
            trades.sort_unstable_by_key(|t| self.colony.id[t.cell as usize]);
            let width = self.plan.model.substrates.len();
            let internal = &mut self.colony.internal;
            let mut taken = |i: u32, amount: f64| {
                if let Some(x) = internal.get_mut(i as usize * width + s) {
                    *x += amount;
                }
            };
            let done = (0..steps).try_for_each(|_| self.media.advance(s, dt, &trades, &mut taken));
            self.work.trades = trades;
            done.map_err(|error| AgentError::Field {
                name: self.plan.model.substrates[s].name.clone(),
                error,
            })?;
        }
        Ok(())
    }

    /// Value of a behaviour of a cell.
    #[inline]
    pub(super) fn value(&self, i: usize, behaviour: u16) -> f64 {
        match self.plan.slot(behaviour) {
            Some(slot) => self.colony.behaviours[i * self.width() + slot],
            None => self.plan.by_type(self.colony.kind[i], self.is_dead(i), behaviour),
        }
    }

    /// Stored columns of a cell.
    #[inline]
    pub(super) fn width(&self) -> usize {
        self.plan.width()
    }

    #[inline]
    pub(super) fn kept(&mut self, i: usize, column: usize) -> &mut f64 {
        let width = self.width();
        &mut self.colony.behaviours[i * width + column]
    }

    #[inline]
    pub(super) fn is_dead(&self, i: usize) -> bool {
        self.colony.flags[i] & mark::DEAD != 0
    }

    /// Neither removed nor outside.
    #[inline]
    pub(super) fn takes_part(&self, i: usize) -> bool {
        self.colony.flags[i] & (mark::REMOVED | mark::OUTSIDE) == 0
    }

    /// Neighbours at the last mechanics step; none for a cell that came later.
    #[inline]
    pub(super) fn neighbours(&self, i: usize) -> &[u32] {
        if i < self.rows.len() { self.rows.of(i) } else { &[] }
    }

    pub(super) fn stream(&self, i: usize, tick: u32, purpose: u16) -> Stream {
        self.seed.stream(self.colony.id[i], tick, purpose)
    }

    /// Gives a cell the stored values of its type; conserved ones stay if `keep`.
    pub(super) fn settle(&mut self, i: usize, keep: bool) {
        let kind = self.colony.kind[i];
        for k in 0..self.plan.kept.len() {
            let behaviour = self.plan.kept[k];
            if keep && self.plan.conserved.contains(&behaviour) {
                continue;
            }
            let value = self.plan.by_type(kind, false, behaviour);
            *self.kept(i, stored::COUNT + k) = value;
        }
    }
}
