//! How a culture begins: cells anywhere, cells of a table, parameters drawn for each.

use super::culture::purpose;
use super::medium::Media;
use super::plan::{Plan, stored};
use super::{AgentError, Culture};
use exoderm_cell::colony::{Colony, Founder, mark};
use exoderm_cell::open::Space;
use exoderm_model::agents::{AgentModel, Distribution, Law, PlacedCell};
use exoderm_numeric::math;
use exoderm_numeric::random::{Seed, Stream};

/// Skin of the neighbour list (um).
const SKIN: f64 = 2.0;
/// Draws until one falls between its bounds.
const TRIES: u32 = 100_000;

impl Culture {
    /// A checked model at time 0, with the cells and substrates of its tables.
    ///
    /// # Errors
    /// Rules that can't be combined, voxels that can't be solved, a distribution that never falls between its bounds.
    pub fn new(
        model: &AgentModel,
        cells: &[PlacedCell],
        substrates: &[Option<Vec<f64>>],
    ) -> Result<Self, AgentError> {
        let plan = Plan::new(model, cells)?;
        let seed = Seed::new(model.seed, 0);
        let media = Media::new(model, substrates)
            .map_err(|error| AgentError::Field { name: "all".to_owned(), error })?;
        let internal = if model.options.internalize { model.substrates.len() } else { 0 };
        let colony = Colony::new(internal, plan.width());
        let mut culture = Self::assemble(plan, seed, colony, Space::new(SKIN)?, media);
        let (low, high) = (model.domain.origin(), model.domain.high);
        for kind in 0..model.cells.len() as u16 {
            for k in 0..model.initial.random {
                let entity = (u64::from(kind) << 32) | u64::from(k);
                let mut draw = seed.stream(entity, 0, purpose::PLACE);
                let mut at: [f64; 3] = std::array::from_fn(|a| draw.range(low[a], high[a]));
                if model.domain.flat {
                    at[2] = 0.0;
                }
                culture.found(kind, at)?;
            }
        }
        for cell in cells {
            let i = culture.found(cell.cell, cell.at)?;
            if let Some(volume) = cell.volume {
                culture.resize(i, volume)?;
            }
            for &(behaviour, value) in &cell.set {
                if let Some(slot) = culture.plan.slot(behaviour) {
                    *culture.kept(i, slot) = value;
                }
            }
        }
        if model.initial.distributions {
            for i in 0..culture.colony.len() {
                culture.draw(i)?;
            }
        }
        for i in 0..culture.colony.len() {
            culture.notice_leaving(i);
        }
        Ok(culture)
    }

    fn found(&mut self, kind: u16, position: [f64; 3]) -> Result<usize, AgentError> {
        let Some(k) = self.plan.kinds.get(usize::from(kind)) else {
            return Err(AgentError::Start(format!("there is no type of cell with number {kind}")));
        };
        let founder = Founder {
            kind,
            position,
            volume: k.total,
            nucleus: k.nuclear,
            fluid_fraction: k.fluid_fraction,
            relative_rupture: k.relative_rupture,
        };
        let calcified = k.calcified;
        let i = self.colony.add(founder)?;
        self.settle(i, false);
        self.begin_networks(i, None);
        *self.kept(i, stored::CALCIFIED) = calcified;
        *self.kept(i, stored::TARGET) = -1.0;
        Ok(i)
    }

    /// Scales a cell to a volume (um³), targets included.
    fn resize(&mut self, i: usize, volume: f64) -> Result<(), AgentError> {
        if !(volume > 0.0 && volume.is_finite()) {
            return Err(AgentError::Start(format!("a cell can't have a volume of {volume} um^3")));
        }
        self.colony.volumes.scale(i, volume / self.colony.volumes.total(i));
        self.colony.radius[i] = exoderm_cell::store::radius_of(volume);
        Ok(())
    }

    /// Draws the parameters that a cell's type gives distributions for.
    fn draw(&mut self, i: usize) -> Result<(), AgentError> {
        let kind = usize::from(self.colony.kind[i]);
        let mut draws = self.stream(i, 0, purpose::DRAW);
        for k in 0..self.plan.kinds[kind].distributions.len() {
            let (behaviour, d) = &self.plan.kinds[kind].distributions[k];
            let value = value_of(d, &mut draws).ok_or_else(|| {
                AgentError::Start(format!(
                    "the distribution of `{}` of `{}` does not fall between its bounds in {TRIES} draws",
                    d.behaviour, self.plan.model.cells[kind].name
                ))
            })?;
            match behaviour.and_then(|b| self.plan.slot(b)) {
                Some(slot) => *self.kept(i, slot) = value,
                None => self.resize(i, value)?,
            }
        }
        Ok(())
    }

    /// A cell whose centre left the box stays there, inert, for good.
    pub(super) fn notice_leaving(&mut self, i: usize) {
        let d = &self.plan.model.domain;
        let (low, high, at) = (d.origin(), [d.high[0], d.high[1], d.top()[2]], self.colony.at(i));
        let outside = (0..3).any(|a| !(low[a]..=high[a]).contains(&at[a]));
        if outside && self.colony.flags[i] & mark::OUTSIDE == 0 {
            self.colony.flags[i] |= mark::OUTSIDE;
            self.events.strays += 1;
            for before in &mut self.colony.before {
                before[i] = 0.0;
            }
        }
    }
}

fn value_of(d: &Distribution, draws: &mut Stream) -> Option<f64> {
    let (a, b) = (d.first, d.second);
    for _ in 0..TRIES {
        let x = match d.law {
            Law::Uniform => return Some(draws.range(a, b)),
            Law::LogUniform => return Some(math::exp(draws.range(math::ln(a), math::ln(b)))),
            Law::Normal => a + b * draws.normal(),
            Law::LogNormal => math::exp(a + b * draws.normal()),
            Law::Log10Normal => math::pow(10.0, a + b * draws.normal()),
        };
        if d.bounds.low.is_none_or(|l| x > l) && d.bounds.high.is_none_or(|h| x < h) {
            return Some(x);
        }
    }
    None
}
