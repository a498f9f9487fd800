//! What a cell feels of its neighbours.

use super::Mechanics;
use super::force::{direction, each_image, image_period};
use super::parameters::MechanicsParameters;
use crate::error::CellError;
use crate::neighbours::Grid;
use crate::store::{Cells, set};
use crate::vector::{Vec3, add, dot, scale};

/// Sums over the neighbours of a cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Felt {
    pressure: f64,
    edge: Vec3,
    weights: f64,
    contacts: u32,
}

impl Felt {
    fn take(&mut self, part: &Self, sign: f64) {
        self.pressure += part.pressure;
        self.edge = add(self.edge, scale(part.edge, sign));
        self.weights += part.weights;
        self.contacts += part.contacts;
    }
}

/// Buffers of an observation.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers {
    felt: Vec<Felt>,
    /// Loose cells ascending by id, where they are, and a grid of them.
    loose: Vec<u32>,
    points: Vec<Vec3>,
    grid: Grid,
    /// Neighbours of one loose cell: id and index.
    near: Vec<(u64, u32)>,
}

/// What the cell of lower id feels of the other, whose part is the same with the edge reversed; none out of range.
#[inline]
fn meet(
    parameters: &MechanicsParameters,
    cells: &Cells,
    p: Vec3,
    q: Vec3,
    [i, j]: [usize; 2],
) -> Option<Felt> {
    let s = cells.radius[i] + cells.radius[j];
    let range = parameters.contact_range * s;
    let farthest = range.max(s);
    let nearest = parameters.domain.separation(p, q);
    let square = dot(nearest, nearest);
    if square >= farthest * farthest {
        return None;
    }
    let class = |i: usize| parameters.kinds[usize::from(cells.kind[i].0)].class;
    let same = class(i) == class(j);
    let mut part = Felt { contacts: u32::from(square < range * range), ..Felt::default() };
    each_image(nearest, image_period(parameters), farthest, |d| {
        let distance = dot(d, d).sqrt();
        part.pressure += (s - distance).max(0.0) / s;
        if same && distance < range {
            let weight = 1.0 - distance / range;
            // n points from the neighbour to the cell: away from it already.
            part.edge = add(part.edge, scale(direction(d, distance, true), weight));
            part.weights += weight;
        }
    });
    Some(part)
}

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
    /// Dying cells count as long as they are there, and so do cells that push nobody.
    ///
    /// # Errors
    /// As [`Mechanics::advance`].
    pub fn observe(&mut self, cells: &mut Cells) -> Result<(), CellError> {
        self.prepare(cells)?;
        let (parameters, position) = (&self.parameters, &self.work.position);
        let buffers = &mut self.work.observe;
        buffers.felt.clear();
        buffers.felt.resize(cells.len(), Felt::default());
        for &[i, j] in self.list.pairs() {
            let (i, j) = (i as usize, j as usize);
            if let Some(part) = meet(parameters, cells, position[i], position[j], [i, j]) {
                buffers.felt[i].take(&part, 1.0);
                buffers.felt[j].take(&part, -1.0);
            }
        }
        self.meet_loose(cells);
        for (i, felt) in self.work.observe.felt.iter().enumerate() {
            cells.pressure[i] = felt.pressure;
            cells.contacts[i] = felt.contacts;
            let edge = if felt.weights > 0.0 { scale(felt.edge, 1.0 / felt.weights) } else { [0.0; 3] };
            set(&mut cells.free_edge, i, edge);
        }
        Ok(())
    }

    /// Adds what loose cells, which the list leaves out, feel and let others feel: in ascending order of the loose
    /// cell's id, then of the neighbour's.
    fn meet_loose(&mut self, cells: &Cells) {
        let (parameters, position) = (&self.parameters, &self.work.position);
        let kinds = &self.work.loose_kinds;
        let Buffers { felt, loose, points, grid, near } = &mut self.work.observe;
        loose.clear();
        loose.extend((0..cells.len() as u32).filter(|&i| kinds[usize::from(cells.kind[i as usize].0)]));
        if loose.is_empty() {
            return;
        }
        loose.sort_unstable_by_key(|&i| cells.id[i as usize]);
        points.clear();
        points.extend(loose.iter().map(|&i| position[i as usize]));
        let largest_loose = loose.iter().map(|&i| cells.radius[i as usize]).fold(0.0, f64::max);
        let multiple = parameters.contact_range.max(1.0);
        grid.build(&parameters.domain, points, (2.0 * multiple * largest_loose).max(1e-9));
        for (k, &f) in loose.iter().enumerate() {
            let i = f as usize;
            let (p, r) = (position[i], cells.radius[i]);
            near.clear();
            let search = multiple * (r + self.list.largest_radius());
            self.list.each_near(&parameters.domain, p, search, |j| {
                near.push((cells.id[j], j as u32));
            });
            grid.each_near(p, multiple * (r + largest_loose), |m| {
                // Each pair of loose cells once, from its lower id.
                if m as usize > k {
                    let j = loose[m as usize];
                    near.push((cells.id[j as usize], j));
                }
            });
            near.retain(|&(_, j)| {
                let j = j as usize;
                let range = multiple * (r + cells.radius[j]);
                let d = parameters.domain.separation(p, position[j]);
                dot(d, d) < range * range
            });
            near.sort_unstable();
            for &(id, j) in near.iter() {
                let j = j as usize;
                let (low, high) = if cells.id[i] < id { (i, j) } else { (j, i) };
                let part = meet(parameters, cells, position[low], position[high], [low, high]);
                if let Some(part) = part {
                    felt[low].take(&part, 1.0);
                    felt[high].take(&part, -1.0);
                }
            }
        }
    }
}
