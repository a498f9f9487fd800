//! The phenotype step.

use super::culture::purpose;
use super::plan::{on_death, stored};
use super::{AgentError, Culture};
use exoderm_cell::colony::mark;
use exoderm_cell::phenotype::death::DeathRule;
use exoderm_cell::phenotype::division::{Orientation, Placement, daughter_kind, direction};
use exoderm_cell::phenotype::interactions::{damage, transformation};
use exoderm_cell::phenotype::volume::calcify;
use exoderm_cell::phenotype::{Chance, Clock};
use exoderm_numeric::math;
use exoderm_numeric::random::Stream;

/// Chances within a step are taken as rate times step, as models of this form mean them.
pub(super) const CHANCE: Chance = Chance::Linear;

impl Culture {
    /// One step of `h` (min).
    pub(super) fn phenotype(&mut self, h: f64) -> Result<(), AgentError> {
        let n = self.colony.len();
        let tick = self.ticks[0];
        self.transform(h);
        self.advance_networks(h)?;
        self.apply_rules(h)?;
        let mut due = std::mem::take(&mut self.work.due);
        due.clear();
        for i in 0..n {
            if !self.takes_part(i) {
                continue;
            }
            let kind = usize::from(self.colony.kind[i]);
            let rule = self.plan.kinds[kind].volume[self.regime(i)];
            self.colony.radius[i] = self.colony.volumes.relax(i, &rule, h);
            let calcified = self.kept(i, stored::CALCIFIED);
            *calcified = calcify(*calcified, rule.calcification_rate, h);
            if self.plan.able[kind].damages_itself {
                let (d, r) = (self.plan.number.damage, self.plan.number.repair);
                self.colony.damage[i] = damage(self.colony.damage[i], self.value(i, d), self.value(i, r), h);
            }
            let mut draws = self.stream(i, tick, purpose::PHENOTYPE);
            if !self.is_dead(i) {
                self.may_die(i, h, &mut draws);
            }
            if self.go_on(i, h, &mut draws) {
                due.push(i as u32);
            }
        }
        due.sort_unstable_by_key(|&i| self.colony.id[i as usize]);
        for &i in &due {
            self.divide(i as usize);
        }
        self.work.due = due;
        Ok(())
    }

    /// Which of its type's volume rules holds for a cell.
    fn regime(&self, i: usize) -> usize {
        let flags = self.colony.flags[i];
        match (flags & mark::APOPTOTIC != 0, flags & mark::NECROTIC != 0, self.colony.phase[i]) {
            (true, _, _) => 1,
            (_, true, 0) => 2,
            (_, true, _) => 3,
            _ => 0,
        }
    }

    fn transform(&mut self, h: f64) {
        let mut rates = std::mem::take(&mut self.work.rates);
        for i in 0..self.colony.len() {
            let own = self.colony.kind[i];
            if !self.plan.able[usize::from(own)].transforms || !self.takes_part(i) || self.is_dead(i) {
                continue;
            }
            rates.clear();
            let first = self.plan.number.transform;
            rates.extend((0..self.plan.kinds.len() as u16).map(|k| self.value(i, first + k)));
            if rates.iter().all(|&r| r <= 0.0) {
                continue;
            }
            let mut draws = self.stream(i, self.ticks[0], purpose::CHANGE);
            if let Some(kind) = transformation(own, &rates, h, CHANCE, &mut draws) {
                self.convert(i, kind);
            }
        }
        self.work.rates = rates;
    }

    /// Makes a cell one of another type. It keeps volume and place; what it did and suffered is forgotten.
    pub(super) fn convert(&mut self, i: usize, kind: u16) {
        let former = self.colony.kind[i];
        self.colony.kind[i] = kind;
        self.colony.phase[i] = 0;
        self.colony.elapsed[i] = 0.0;
        self.colony.damage[i] = 0.0;
        self.colony.direction[i] = [0.0; 3];
        self.settle(i, true);
        self.begin_networks(i, Some(former));
        self.forget(i);
        let k = &self.plan.kinds[usize::from(kind)];
        self.colony.volumes.target_nuclear_solid[i] = (1.0 - k.fluid_fraction) * k.nuclear;
        *self.kept(i, stored::TARGET) = -1.0;
        *self.kept(i, stored::DELIVERED) = 0.0;
        self.events.changes += 1;
    }

    /// Both ways to die are tried, in their order.
    fn may_die(&mut self, i: usize, h: f64, draws: &mut Stream) {
        let ways =
            [(self.plan.number.apoptosis, mark::APOPTOTIC), (self.plan.number.necrosis, mark::NECROTIC)];
        for ((behaviour, bit), way) in ways.into_iter().zip(0..) {
            let rate = self.value(i, behaviour);
            if rate > 0.0 && draws.uniform() < CHANCE.of(rate, h) {
                let kind = usize::from(self.colony.kind[i]);
                self.plan.kinds[kind].deaths[way].0.begin(&mut self.colony.volumes, i);
                self.colony.flags[i] |= bit;
                self.colony.phase[i] = 0;
                self.colony.elapsed[i] = 0.0;
                self.colony.direction[i] = [0.0; 3];
                for k in 0..self.plan.kept.len() {
                    let number = usize::from(self.plan.kept[k]);
                    let scale = on_death(self.plan.dictionary.behaviours()[number].0);
                    *self.kept(i, stored::COUNT + k) *= scale;
                }
                *(if way == 0 { &mut self.events.apoptoses } else { &mut self.events.necroses }) += 1;
                return;
            }
        }
    }

    /// A step of a cell's cycle or death; true if it divides.
    fn go_on(&mut self, i: usize, h: f64, draws: &mut Stream) -> bool {
        self.colony.elapsed[i] += h;
        let k = &self.plan.kinds[usize::from(self.colony.kind[i])];
        let (phase, flags) = (self.colony.phase[i], self.colony.flags[i]);
        let clock = Clock { elapsed: self.colony.elapsed[i], h, chance: CHANCE };
        let passage = if flags & mark::DEAD == 0 {
            let exit = self.value(i, self.plan.number.exit + u16::from(phase));
            k.cycle.advance(phase, clock, |_| exit, |_| false, || draws.uniform())
        } else {
            let necrotic = flags & mark::NECROTIC != 0;
            let (_, cycle, rates) = &k.deaths[usize::from(necrotic)];
            let rate = rates.get(usize::from(phase)).copied().unwrap_or(0.0);
            let whole = necrotic && phase == 0 && DeathRule::holds(&self.colony.volumes, i);
            cycle.advance(phase, clock, |_| rate, |_| whole, || draws.uniform())
        };
        let Some(passage) = passage else { return false };
        self.colony.phase[i] = passage.to;
        self.colony.elapsed[i] = 0.0;
        if passage.removes {
            self.colony.remove(i);
            self.events.removals += 1;
            return false;
        }
        if passage.doubles {
            self.colony.volumes.target_nuclear_solid[i] *= 2.0;
        }
        passage.divides
    }

    fn divide(&mut self, i: usize) {
        let mut draws = self.stream(i, self.ticks[0], purpose::DIVISION);
        let flat = self.plan.model.domain.flat;
        let along = if self.plan.model.options.polar_divisions {
            polar(flat, &mut draws)
        } else {
            let polarity = if flat { 1.0 } else { 0.0 };
            direction(&Orientation { axis: [0.0, 0.0, 1.0], polarity, unit: false }, &mut draws)
        };
        for k in 0..self.plan.conserved.len() {
            if let Some(slot) = self.plan.slot(self.plan.conserved[k]) {
                *self.kept(i, slot) *= 0.5;
            }
        }
        *self.kept(i, stored::ATTACKED) = 0.0;
        let mother = self.colony.id[i];
        self.links.forget(mother);
        let daughter = self.colony.divide(i, along, Placement::UNEVEN);
        self.events.divisions += 1;
        self.divide_networks([i, daughter]);
        let own = self.colony.kind[i];
        if self.plan.able[usize::from(own)].divides_unevenly {
            let first = self.plan.number.asymmetric;
            let chances: Vec<f64> =
                (0..self.plan.kinds.len() as u16).map(|k| self.value(i, first + k)).collect();
            let kind = daughter_kind(own, &chances, &mut draws);
            if kind != own {
                self.convert(daughter, kind);
            }
        }
        self.notice_leaving(i);
        self.notice_leaving(daughter);
    }
}

/// A direction whose polar angle is uniform, in a flat domain without its part across.
fn polar(flat: bool, draws: &mut Stream) -> [f64; 3] {
    let (turn, tilt) = (2.0 * std::f64::consts::PI * draws.uniform(), std::f64::consts::PI * draws.uniform());
    let s = math::sin(tilt);
    [s * math::cos(turn), s * math::sin(turn), if flat { 0.0 } else { math::cos(tilt) }]
}
