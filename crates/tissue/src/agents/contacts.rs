//! What neighbours do to each other: eating, attack, fusion.

use super::Culture;
use super::culture::purpose;
use super::links::Places;
use super::phenotype::CHANCE;
use super::plan::stored;
use exoderm_cell::colony::mark;
use exoderm_cell::phenotype::Chance;
use exoderm_cell::phenotype::interactions::{Act, Rates, Society, find_acts};
use exoderm_cell::store::radius_of;

/// Nobody.
const NONE: u32 = u32::MAX;

impl Culture {
    /// One step of `h` (min): acts are found in the order of ids, then carried out.
    pub(super) fn interact(&mut self, h: f64) {
        let n = self.colony.len();
        let mut order = std::mem::take(&mut self.work.order);
        let mut dead = std::mem::take(&mut self.work.dead);
        let mut target = std::mem::take(&mut self.work.target);
        let mut gone = std::mem::take(&mut self.work.gone);
        let mut acts = std::mem::take(&mut self.work.acts);
        order.clear();
        order.extend((0..n as u32).filter(|&i| {
            let i = i as usize;
            self.plan.able[usize::from(self.colony.kind[i])].acts && self.takes_part(i)
        }));
        order.sort_unstable_by_key(|&i| self.colony.id[i as usize]);
        dead.clear();
        dead.extend((0..n).map(|i| self.is_dead(i)));
        let places = if (0..n).any(|i| self.target(i).is_some()) {
            Places::of(&self.colony.id)
        } else {
            Places::default()
        };
        target.clear();
        target.extend((0..n).map(|i| self.target(i).and_then(|id| places.at(id)).unwrap_or(NONE)));
        find_acts(
            &Society { dead: &dead, target: &target },
            &order,
            h,
            self.law_of_chance(),
            |i| self.neighbours(i as usize),
            |i, j| self.towards(i as usize, j as usize),
            |i| self.stream(i as usize, self.moves, purpose::ACTS),
            &mut gone,
            &mut acts,
        );
        for &act in &acts {
            match act {
                Act::Ingest { by, prey } => self.ingest(by as usize, prey as usize),
                Act::Attack { by, target: at } => {
                    target[by as usize] = at;
                    *self.kept(by as usize, stored::TARGET) = self.colony.id[at as usize] as f64;
                    self.links.join(self.colony.id[by as usize], self.colony.id[at as usize]);
                    self.events.attacks += 1;
                }
                Act::Fuse { by, with } => self.fuse(by as usize, with as usize),
            }
        }
        for &i in &order {
            self.attack(i as usize, target[i as usize], h);
        }
        self.work.order = order;
        self.work.dead = dead;
        self.work.target = target;
        self.work.gone = gone;
        self.work.acts = acts;
    }

    /// How chances follow from rates: over moves that adapt exactly, since they may be long; else as models of this form mean it.
    fn law_of_chance(&self) -> Chance {
        if self.plan.model.options.adaptive { Chance::Exact } else { CHANCE }
    }

    /// Chance of something at `rate` (1/min) in a move of `h` (min).
    pub(super) fn chance(&self, rate: f64, h: f64) -> f64 {
        self.law_of_chance().of(rate, h)
    }

    /// Rate (1/min) at which a cell does anything to its neighbours, the end of an attack included.
    pub(super) fn rate_of_acts(&self, i: usize) -> f64 {
        let attacks = self.target(i).is_some();
        let (mut starts, mut begins) = (0.0, attacks);
        for &j in self.neighbours(i) {
            let rates = self.towards(i, j as usize);
            starts += rates.ingest.max(0.0) + rates.fuse.max(0.0);
            if !attacks && rates.attack > 0.0 {
                starts += rates.attack;
                begins = true;
            }
        }
        // An attack of no duration lasts a move: that of the model's own length.
        starts + if begins { 1.0 / self.value(i, self.plan.number.attack_duration).max(0.0) } else { 0.0 }
    }

    /// Rates of a cell towards a neighbour.
    fn towards(&self, i: usize, j: usize) -> Rates {
        let n = &self.plan.number;
        if self.colony.flags[j] & mark::REMOVED != 0 {
            return Rates::default();
        }
        if self.is_dead(j) {
            let apoptotic = self.colony.flags[j] & mark::APOPTOTIC != 0;
            let behaviour = if apoptotic { n.eat_apoptotic } else { n.eat_necrotic };
            return Rates { ingest: self.value(i, behaviour), ..Rates::default() };
        }
        let (own, other) = (self.colony.kind[i], self.colony.kind[j]);
        let attack = self.value(i, n.attack + other);
        Rates {
            ingest: self.value(i, n.eat + other),
            attack: if attack > 0.0 { attack * self.value(j, n.immunogenicity + own) } else { 0.0 },
            fuse: self.value(i, n.fuse + other),
        }
    }

    fn ingest(&mut self, by: usize, prey: usize) {
        self.colony.volumes.ingest(by, prey);
        self.absorb(by, prey);
        self.events.meals += 1;
    }

    fn fuse(&mut self, by: usize, with: usize) {
        let (a, b) = (self.colony.volumes.total(by), self.colony.volumes.total(with));
        if a + b > 0.0 {
            for x in &mut self.colony.position {
                x[by] = (a * x[by] + b * x[with]) / (a + b);
            }
        }
        self.colony.volumes.fuse(by, with);
        self.absorb(by, with);
        self.events.fusions += 1;
    }

    /// What a cell that takes another in gains beside volume; the other is gone.
    fn absorb(&mut self, by: usize, other: usize) {
        self.colony.radius[by] = radius_of(self.colony.volumes.total(by));
        let width = self.plan.model.substrates.len();
        if !self.colony.internal.is_empty() {
            for s in 0..width {
                let amount = std::mem::take(&mut self.colony.internal[other * width + s]);
                self.colony.internal[by * width + s] += amount;
            }
        }
        for k in 0..self.plan.conserved.len() {
            if let Some(slot) = self.plan.slot(self.plan.conserved[k]) {
                let amount = *self.kept(other, slot);
                *self.kept(by, slot) += amount;
            }
        }
        self.links.forget(self.colony.id[other]);
        self.colony.remove(other);
    }

    /// A step of an attack that goes on.
    fn attack(&mut self, i: usize, target: u32, h: f64) {
        if self.target(i).is_none() || self.is_dead(i) {
            return;
        }
        let there = target != NONE && self.colony.flags[target as usize] & mark::REMOVED == 0;
        let mut ends = !there;
        if there {
            let t = target as usize;
            if !self.is_dead(t) {
                let damage = self.value(i, self.plan.number.attack_damage) * h;
                self.colony.damage[t] += damage;
                *self.kept(t, stored::ATTACKED) += h;
                *self.kept(i, stored::DELIVERED) += damage;
            }
            let duration = self.value(i, self.plan.number.attack_duration);
            let mut draws = self.stream(i, self.moves, purpose::ATTACK);
            let draw = draws.uniform();
            let over = if self.plan.model.options.adaptive {
                draw < self.chance(1.0 / duration, h)
            } else {
                draw * duration < h
            };
            ends = self.is_dead(t) || over;
        }
        if ends {
            if there {
                self.links.part(self.colony.id[i], self.colony.id[target as usize]);
            }
            *self.kept(i, stored::TARGET) = -1.0;
        }
    }
}
