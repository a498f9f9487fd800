//! What a cell feels of its neighbours.

use super::Mechanics;
use super::force::{direction, each_image, image_period};
use crate::error::CellError;
use crate::store::{Cells, set};
use crate::vector::{add, norm, scale};

impl Mechanics {
    /// Fills [`Cells::pressure`], [`Cells::contacts`] and [`Cells::free_edge`] from where the cells are now.
    ///
    /// * `pressure`: Σ over neighbours of overlap / contact distance, `max(0, r_i + r_j − d) / (r_i + r_j)`. No
    ///   unit; 0 where nothing overlaps, 1 for one neighbour of coincident centre.
    /// * `contacts`: the number of other cells with `d < contact_range · (r_i + r_j)` (nearest image).
    /// * `free_edge`: minus the weighted mean of the unit vectors to neighbours of the same class within
    ///   `contact_range`, with weights `1 − d/(contact_range · (r_i + r_j))`, so that a neighbour that comes or
    ///   goes makes no jump. It points away from the own kind, to free space; its length is 1 with all neighbours
    ///   in one direction, 0 for a cell evenly surrounded, and 0 without neighbours.
    ///
    /// Dying cells count as long as they are there.
    ///
    /// # Errors
    /// As [`Mechanics::advance`].
    pub fn observe(&mut self, cells: &mut Cells) -> Result<(), CellError> {
        self.prepare(cells)?;
        let parameters = &self.parameters;
        let period = image_period(parameters);
        for i in 0..cells.len() {
            let p = self.work.position[i];
            let class = parameters.kinds[usize::from(cells.kind[i].0)].class;
            let (mut pressure, mut contacts) = (0.0, 0);
            let (mut edge, mut weights) = ([0.0; 3], 0.0);
            for &j in self.verlet.of(i) {
                let j = j as usize;
                let s = cells.radius[i] + cells.radius[j];
                let range = parameters.contact_range * s;
                let nearest = parameters.domain.separation(p, self.work.position[j]);
                contacts += u32::from(norm(nearest) < range);
                let same = parameters.kinds[usize::from(cells.kind[j].0)].class == class;
                each_image(nearest, period, range.max(s), |d| {
                    let distance = norm(d);
                    pressure += (s - distance).max(0.0) / s;
                    if same && distance < range {
                        let weight = 1.0 - distance / range;
                        let n = direction(d, distance, cells.id[i] < cells.id[j]);
                        // n points from the neighbour to the cell: away from it already.
                        edge = add(edge, scale(n, weight));
                        weights += weight;
                    }
                });
            }
            cells.pressure[i] = pressure;
            cells.contacts[i] = contacts;
            let edge = if weights > 0.0 { scale(edge, 1.0 / weights) } else { [0.0; 3] };
            set(&mut cells.free_edge, i, edge);
        }
        Ok(())
    }
}
