//! The epithelial cover of a wound in a strip: gaps, front, and the free edge that cells feel.
//!
//! Definitions (one place, used by the model and by the endpoints): the cover is unbroken where the gap between
//! successive crawling (basal) cells, measured along x between their rims, is at most [`GAP_TOLERANCE`]; the front
//! is the furthest point of unbroken cover from the intact side; the wound is closed when the gap that is left
//! (twice the front's distance from the symmetry plane) is at most [`GAP_TOLERANCE`]; area is 1 − (r/R)².
//!
//! The front that is *read off* ([`Cover::front_under`]) passes a pore in the basal row that living keratinocytes of the layers above
//! bridge, leaving no gap wider than the tolerance: a missing basal cell under an intact epidermis is no wound. Cells' own
//! edges ([`Cover::edge`]) and the covered columns know the basal row only.
//!
//! When an open pore wider than the tolerance appears behind the leading cells, the front of that moment falls back to the pore's
//! outer rim. What is recorded is the furthest front of the last [`PORE_TIME`]: a pore that closes within it is no wound opened
//! again. Whoever wants a speed regresses over many readings, robustly.

use exoderm_numeric::math;

/// Widest gap that still counts as cover (um): a definition of the endpoint, about one cell.
pub const GAP_TOLERANCE: f64 = 10.0;

/// A pore that closes within this time (min) does not count as an open wound: a definition of the endpoint.
pub(crate) const PORE_TIME: f64 = 720.0;

/// A hole in the cover.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Gap {
    /// Rim on the side of the symmetry plane (um); 0 when it reaches the plane.
    pub(crate) low: f64,
    /// Rim on the intact side (um).
    pub(crate) high: f64,
}

impl Gap {
    /// True if cells with these rims, sorted inward, leave no gap wider than the tolerance in it.
    fn bridged(&self, layers: &[(f64, f64)]) -> bool {
        let mut reached = self.high;
        for &(low, high) in layers.iter().filter(|(low, high)| *high > self.low && *low < self.high) {
            if reached - high > GAP_TOLERANCE {
                return false;
            }
            reached = reached.min(low);
        }
        // At the plane, the mirror image is what lies beyond.
        let left = if self.low > 0.0 { reached - self.low } else { 2.0 * reached };
        reached < self.high && left <= GAP_TOLERANCE
    }
}

/// The cover at one time. Buffers are kept between updates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cover {
    rims: Vec<(f64, f64)>,
    gaps: Vec<Gap>,
    edge: f64,
}

/// Rims of a cell along x.
fn rims((x, r): (f64, f64)) -> (f64, f64) {
    (x - r, x + r)
}

/// From the intact side inward; ties by the other rim, so that the order is that of the values alone.
fn sort_inward(rims: &mut [(f64, f64)]) {
    rims.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(b.0.total_cmp(&a.0)));
}

impl Cover {
    /// Recomputes from the crawling cells' `(x, radius)`; `width` is the far end of the strip, `edge` that of the wound
    /// (um): what lies beyond it counts as intact.
    pub(crate) fn update(&mut self, cells: impl Iterator<Item = (f64, f64)>, width: f64, edge: f64) {
        self.rims.clear();
        self.rims.extend(cells.map(rims));
        sort_inward(&mut self.rims);
        self.gaps.clear();
        let mut reached = width;
        for &(low, high) in &self.rims {
            if reached - high > GAP_TOLERANCE {
                self.gaps.push(Gap { low: high, high: reached });
            }
            reached = reached.min(low);
        }
        // The mirror image lies beyond the plane.
        if 2.0 * reached > GAP_TOLERANCE {
            self.gaps.push(Gap { low: 0.0, high: reached });
        }
        self.edge = edge;
    }

    /// Furthest point of unbroken cover (um from the symmetry plane), pores bridged by the `(x, radius)` of living cells above
    /// the basal row counted as cover; 0 when closed.
    pub(crate) fn front_under(&self, above: impl Iterator<Item = (f64, f64)>) -> f64 {
        let mut open = self.gaps.iter().filter(|g| g.low < self.edge).peekable();
        if open.peek().is_none() {
            return 0.0;
        }
        let mut layers: Vec<_> = above.map(rims).collect();
        sort_inward(&mut layers);
        open.find(|g| !g.bridged(&layers)).map_or(0.0, |g| g.high.min(self.edge))
    }

    /// Gaps, from the intact side inward.
    #[cfg(test)]
    pub(crate) fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// True if `x` lies under cover.
    pub(crate) fn covers(&self, x: f64) -> bool {
        !self.gaps.iter().any(|g| x > g.low && x < g.high)
    }

    /// Free-edge state at `x`: strength `exp(−d / reach)` with the distance to the nearest gap, and the direction
    /// toward it (−1, 0 or 1). Without a gap, or farther than three reaches (5 %), there is none.
    pub(crate) fn edge(&self, x: f64, reach: f64) -> (f64, f64) {
        let mut nearest = f64::INFINITY;
        let mut direction = 0.0;
        for g in &self.gaps {
            // A cell inside a gap's span (an island's rim) sees distance 0 to it.
            let (d, toward) = if x >= 0.5 * (g.low + g.high) {
                ((x - g.high).max(0.0), -1.0)
            } else {
                ((g.low - x).max(0.0), 1.0)
            };
            if d < nearest {
                nearest = d;
                direction = toward;
            }
        }
        if reach <= 0.0 || nearest > 3.0 * reach {
            (0.0, 0.0)
        } else {
            (math::exp(-nearest / reach), direction)
        }
    }
}

/// Share of the initial area closed, in per cent: 1 − (r/R)² with r the front (contraction moves it with the edge).
pub fn percent_closed(front: f64, initial_radius: f64) -> f64 {
    let q = (front / initial_radius).max(0.0);
    100.0 * (1.0 - q * q)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(c: &Cover) -> f64 {
        c.front_under(std::iter::empty())
    }

    fn cover(cells: &[(f64, f64)]) -> Cover {
        let mut c = Cover::default();
        c.update(cells.iter().copied(), 100.0, 100.0);
        c
    }

    #[test]
    fn front_is_the_end_of_unbroken_cover() {
        // Cells from 96 to 60 every 8 um, then a gap of 8 um (tolerated), one cell, then a gap of 20 um, an island.
        let mut cells: Vec<(f64, f64)> = (0..5).map(|i| (96.0 - 8.0 * f64::from(i), 4.0)).collect();
        cells.push((48.0, 4.0));
        cells.push((20.0, 4.0));
        let c = cover(&cells);
        assert_eq!(front(&c), 44.0);
        assert_eq!(c.gaps().len(), 2, "the hole before the island and the one to the plane: {:?}", c.gaps());
        assert!(c.covers(52.0) && !c.covers(30.0) && c.covers(20.0) && !c.covers(3.0));
    }

    /// A pore behind the leading cells takes the front back to its outer rim while it is wider than the tolerance, and
    /// only then; the cover beyond it still counts as cover.
    #[test]
    fn a_pore_moves_the_front_back_while_it_is_open() {
        let row: Vec<(f64, f64)> = (0..6).map(|i| (96.0 - 8.0 * f64::from(i), 4.0)).collect();
        assert_eq!(front(&cover(&row)), 52.0);
        let mut pore = row.clone();
        pore.remove(2); // rims 84 and 76: a gap of 8 um is tolerated
        assert_eq!(front(&cover(&pore)), 52.0);
        pore.remove(2); // rims 84 and 68
        let c = cover(&pore);
        assert_eq!(front(&c), 84.0);
        assert!(c.covers(60.0) && !c.covers(75.0));
    }

    /// Layers above bridge a pore if they leave no gap wider than the tolerance; they never carry the front beyond the leading
    /// basal cell.
    #[test]
    fn living_layers_bridge_a_pore() {
        // Rims: 100 to 84, pore to 68, row to 52, then nothing.
        let basal = [(96.0, 4.0), (88.0, 4.0), (64.0, 4.0), (56.0, 4.0)];
        let c = cover(&basal);
        let under = |layers: &[(f64, f64)]| c.front_under(layers.iter().copied());
        assert_eq!(under(&[]), 84.0);
        assert_eq!(under(&[(76.0, 4.0)]), 52.0);
        assert_eq!(under(&[(76.0, 0.5)]), 52.0, "8 um on either side are tolerated");
        assert_eq!(under(&[(82.0, 4.0)]), 52.0, "10 um are left");
        assert_eq!(under(&[(84.0, 4.0)]), 84.0, "12 um are left");
        assert_eq!(under(&[(76.0, 4.0), (50.0, 5.0)]), 52.0, "a cell ahead of the row is no front");
        assert_eq!(under(&[(60.0, 4.0)]), 84.0, "a cell elsewhere bridges nothing");
    }

    #[test]
    fn a_pore_at_the_plane_is_bridged_with_its_mirror_image() {
        let cells: Vec<(f64, f64)> = (0..11).map(|i| (96.0 - 8.0 * f64::from(i), 4.0)).collect();
        let c = cover(&cells); // reaches 12
        assert_eq!(front(&c), 12.0);
        assert_eq!(c.front_under([(8.0, 3.0)].into_iter()), 0.0, "2 x 5 um are left");
        assert_eq!(c.front_under([(9.0, 3.0)].into_iter()), 12.0, "2 x 6 um are left");
    }

    /// A pore in the intact margin is no wound.
    #[test]
    fn pores_beyond_the_edge_do_not_count() {
        let mut c = Cover::default();
        c.update([(96.0, 4.0), (70.0, 4.0), (62.0, 4.0)].into_iter(), 100.0, 60.0);
        assert_eq!(front(&c), 58.0);
        c.update([(96.0, 4.0), (70.0, 4.0)].into_iter(), 100.0, 60.0);
        assert_eq!(front(&c), 60.0);
    }

    #[test]
    fn closed_when_the_gap_across_the_plane_is_tolerated() {
        let mut cells: Vec<(f64, f64)> = (0..12).map(|i| (96.0 - 8.0 * f64::from(i), 4.0)).collect();
        assert_eq!(front(&cover(&cells)), 0.0);
        cells.pop();
        assert_eq!(front(&cover(&cells)), 12.0);
        assert_eq!(percent_closed(0.0, 50.0), 100.0);
        assert_eq!(percent_closed(50.0, 50.0), 0.0);
        assert_eq!(percent_closed(25.0, 50.0), 75.0);
    }

    #[test]
    fn cells_are_drawn_to_the_nearest_gap() {
        let c = cover(&[(96.0, 4.0), (88.0, 4.0), (80.0, 4.0), (30.0, 4.0)]);
        let (strength, direction) = c.edge(80.0, 20.0);
        assert!((strength - math::exp(-4.0 / 20.0)).abs() < 1e-12);
        assert_eq!(direction, -1.0);
        assert_eq!(c.edge(34.0, 20.0).1, 1.0, "the island's outer rim sees the hole behind it");
        assert_eq!(c.edge(26.0, 20.0).1, -1.0);
    }

    #[test]
    fn nothing_to_feel_without_a_gap() {
        let cells: Vec<(f64, f64)> = (0..13).map(|i| (98.0 - 8.0 * f64::from(i), 4.0)).collect();
        assert_eq!(cover(&cells).edge(50.0, 20.0), (0.0, 0.0));
    }
}
