//! What can be seen of a culture: counts, cells, substrates.

use super::Culture;
use super::medium::SubstrateBalance;
use super::plan::stored;
use exoderm_cell::colony::mark;
use exoderm_model::agents::AgentModel;
use exoderm_model::agents::names::Dictionary;

/// Cells of one type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Alive.
    pub live: u64,
    /// Dying of apoptosis.
    pub apoptotic: u64,
    /// Necrotic, burst or not.
    pub necrotic: u64,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellView {
    /// Its id.
    pub id: u64,
    /// Id of the founder it comes from.
    pub lineage: u64,
    /// Its type.
    pub kind: u16,
    /// Centre (um).
    pub position: [f64; 3],
    /// Velocity of the last step (um/min).
    pub velocity: [f64; 3],
    /// Velocity of its walk (um/min).
    pub walk: [f64; 3],
    /// Radius (um).
    pub radius: f64,
    /// Volume (um³), and that of the nucleus, of solids in it, of solids around it.
    pub volume: f64,
    /// Nucleus (um³).
    pub nucleus: f64,
    /// Fluid (um³).
    pub fluid: f64,
    /// Solid of the nucleus that it tends to (um³).
    pub target_nuclear_solid: f64,
    /// Calcified share.
    pub calcified: f64,
    /// Code of its phase: of the cycle, or 100 and above of a death.
    pub phase: u16,
    /// Code of its cycle or death.
    pub cycle: u16,
    /// Time in the phase (min).
    pub elapsed: f64,
    /// Dead.
    pub dead: bool,
    /// Centre outside of the box.
    pub outside: bool,
    /// Pressure of neighbours.
    pub pressure: f64,
    /// Damage.
    pub damage: f64,
    /// How long it was attacked (min).
    pub attacked: f64,
    /// Damage it did.
    pub delivered: f64,
    /// Id of whom it attacks.
    pub target: Option<u64>,
}

impl Culture {
    /// The model.
    pub fn model(&self) -> &AgentModel {
        &self.plan.model
    }

    /// Names of signals and behaviours.
    pub fn dictionary(&self) -> &Dictionary {
        &self.plan.dictionary
    }

    /// Cells by type, those about to be removed left out.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts = vec![Count::default(); self.plan.kinds.len()];
        for (&kind, &flags) in self.colony.kind.iter().zip(&self.colony.flags) {
            if flags & mark::REMOVED != 0 {
                continue;
            }
            let count = &mut counts[usize::from(kind)];
            match flags & mark::DEAD {
                0 => count.live += 1,
                mark::APOPTOTIC => count.apoptotic += 1,
                _ => count.necrotic += 1,
            }
        }
        counts
    }

    /// Indices of cells in the order of ids, those about to be removed left out.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..self.colony.len()).filter(|&i| self.colony.flags[i] & mark::REMOVED == 0).collect();
        order.sort_unstable_by_key(|&i| self.colony.id[i]);
        order
    }

    /// One cell by index.
    pub fn cell(&self, i: usize) -> CellView {
        let c = &self.colony;
        let k = &self.plan.kinds[usize::from(c.kind[i])];
        let flags = c.flags[i];
        let cycle = match flags & mark::DEAD {
            0 => &k.cycle,
            mark::APOPTOTIC => &k.deaths[0].1,
            _ => &k.deaths[1].1,
        };
        let phase = cycle.phases.get(usize::from(c.phase[i])).map_or(0, |p| p.code);
        let kept = |k: usize| c.behaviours[i * self.width() + k];
        CellView {
            id: c.id[i],
            lineage: c.lineage[i],
            kind: c.kind[i],
            position: c.at(i),
            velocity: std::array::from_fn(|a| c.before[a][i]),
            walk: c.direction[i].map(f64::from),
            radius: c.radius[i],
            volume: c.volumes.total(i),
            nucleus: c.volumes.nucleus[i],
            fluid: c.volumes.fluid[i],
            target_nuclear_solid: c.volumes.target_nuclear_solid[i],
            calcified: kept(stored::CALCIFIED),
            phase,
            cycle: cycle.code,
            elapsed: c.elapsed[i],
            dead: flags & mark::DEAD != 0,
            outside: flags & mark::OUTSIDE != 0,
            pressure: self.pressure(i),
            damage: c.damage[i],
            attacked: kept(stored::ATTACKED),
            delivered: kept(stored::DELIVERED),
            target: self.target(i),
        }
    }

    /// What a cell holds of a substrate (amount); 0 where cells keep no account.
    pub fn internal(&self, i: usize, substrate: usize) -> f64 {
        let width = self.plan.model.substrates.len();
        self.colony.internal.get(i * width + substrate).copied().unwrap_or(0.0)
    }

    /// Value of a behaviour of a cell, by its number.
    pub fn behaviour(&self, i: usize, number: u16) -> f64 {
        if usize::from(number) < self.plan.behaviours() { self.value(i, number) } else { 0.0 }
    }

    /// Behaviours that are stored cell by cell: those that rules, tables or distributions set.
    pub fn own_behaviours(&self) -> &[u16] {
        &self.plan.kept
    }

    /// Densities of a substrate by voxel; x runs fastest.
    pub fn field(&self, substrate: usize) -> &[f64] {
        self.media.field(substrate)
    }

    /// What became of a substrate since the start, in the whole box.
    pub fn balance(&self, substrate: usize) -> SubstrateBalance {
        self.media.balance(substrate)
    }

    /// Neighbours of a cell by index, at the last mechanics step, those that are gone left out.
    pub fn neighbours_of(&self, i: usize) -> impl Iterator<Item = usize> {
        let there = |&j: &usize| self.colony.flags[j] & mark::REMOVED == 0;
        self.neighbours(i).iter().map(|&j| j as usize).filter(there)
    }

    /// Spring links, by ids.
    pub fn spring_links(&self) -> impl Iterator<Item = (u64, u64)> {
        self.links.iter()
    }
}
