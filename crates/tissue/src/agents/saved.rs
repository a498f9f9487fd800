//! A culture as a checkpoint has it.

use super::culture::Events;
use super::links::Links;
use super::medium::SavedMedium;
use super::{AgentError, Culture};
use exoderm_cell::colony::Colony;
use exoderm_cell::open::{Rows, Space};
use exoderm_model::agents::{AgentModel, PlacedCell};
use serde::{Deserialize, Serialize};

/// Everything of a [`Culture`] that its model does not say. [`Culture::restored`] goes on from it to the same bits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Saved {
    colony: Colony,
    space: Space,
    pressures: Vec<f64>,
    rows: Rows,
    media: Vec<SavedMedium>,
    links: Links,
    step: u64,
    diffused: u64,
    pace: Option<f64>,
    ticks: [u32; 2],
    moves: u32,
    last_event: [u64; 2],
    events: Events,
}

impl Culture {
    /// The culture between two of its steps.
    pub fn saved(&self) -> Saved {
        Saved {
            colony: self.colony.clone(),
            space: self.space.clone(),
            pressures: (0..self.colony.len()).map(|i| self.pressure(i)).collect(),
            rows: self.rows.clone(),
            media: self.media.saved(),
            links: self.links.clone(),
            step: self.step,
            diffused: self.diffused,
            pace: self.pace,
            ticks: self.ticks,
            moves: self.moves,
            last_event: self.last_event,
            events: self.events,
        }
    }

    /// Goes on from what was saved of a culture of the same model and tables.
    ///
    /// # Errors
    /// As [`Culture::new`]; also if what was saved does not fit the model.
    pub fn restored(model: &AgentModel, cells: &[PlacedCell], saved: Saved) -> Result<Self, AgentError> {
        let unfit = || AgentError::Start("what was saved is of another model".to_owned());
        let mut culture = Self::new(model, cells, &[])?;
        let mut colony = saved.colony;
        colony.check()?;
        let kinds = culture.plan.kinds.len();
        let fits = colony.behaviours.len() == colony.len() * culture.width()
            && colony.internal.len() * culture.colony.len() == culture.colony.internal.len() * colony.len()
            && colony.kind.iter().all(|&k| usize::from(k) < kinds);
        if !fits || !culture.media.restore(saved.media)? {
            return Err(unfit());
        }
        culture.colony = colony;
        culture.space = saved.space;
        culture.pressures = Some(saved.pressures);
        culture.rows = saved.rows;
        culture.links = saved.links;
        culture.step = saved.step;
        culture.diffused = saved.diffused;
        culture.pace = saved.pace;
        culture.ticks = saved.ticks;
        culture.moves = saved.moves;
        culture.last_event = saved.last_event;
        culture.events = saved.events;
        Ok(culture)
    }
}
