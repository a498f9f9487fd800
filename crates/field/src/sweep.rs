//! Conservative transport along one line of cells, at any Courant number.
//!
//! Each face is traced back by the volume that passes it in the step; what lies between the traced-back faces of
//! a cell is what the cell holds afterwards. Inside a cell the concentration is linear with a monotonised
//! central (MC) slope, so that no value leaves the range of its neighbours. Every cell is cut into pieces and
//! each piece is handed on once: nothing is lost, and no piece is negative.
//!
//! Cells have a water content `rho`, 1 at the start of a step: along one direction a divergence-free flow
//! compresses, and another direction lets it out again. Concentrations `mass / rho` are what is limited, and a
//! constant stays constant.

/// Scratch of one line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// Content of each cell, concentration × relative volume; result as well.
    pub(crate) mass: Vec<f64>,
    /// Relative volume of water in each cell; result as well.
    pub(crate) rho: Vec<f64>,
    /// Relative volume that passes each face upwards, one more than cells.
    pub(crate) flux: Vec<f64>,
    conc: Vec<f64>,
    slope: Vec<f64>,
    /// Volume coordinate of each face before the sweep.
    position: Vec<f64>,
    new_mass: Vec<f64>,
}

/// What lies beyond the two ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ends {
    /// The other end.
    Periodic,
    /// Water with these concentrations.
    Open { low: f64, high: f64 },
}

/// A traced-back face: the cell it lies in (counted on beyond the ends) and the mass of that cell below it.
#[derive(Clone, Copy)]
struct Cut {
    cell: isize,
    below: f64,
    at: f64,
}

impl Line {
    pub(crate) fn resize(&mut self, n: usize) {
        for v in [&mut self.mass, &mut self.rho, &mut self.conc, &mut self.slope, &mut self.new_mass] {
            v.resize(n, 0.0);
        }
        self.flux.resize(n + 1, 0.0);
        self.position.resize(n + 1, 0.0);
    }

    /// Moves the masses by the fluxes; returns the net mass that left below and above. The fluxes must leave each
    /// cell a positive volume, and on a periodic line the first must equal the last.
    pub(crate) fn sweep(&mut self, ends: Ends) -> (f64, f64) {
        let n = self.mass.len();
        self.reconstruct(ends);
        self.position[0] = 0.0;
        for i in 0..n {
            self.position[i + 1] = self.position[i] + self.rho[i];
        }
        let total = self.position[n];
        let first = self.first_cut(ends, -self.flux[0]);
        // What left below: everything between the end and the first traced-back face.
        let out_low = match ends {
            Ends::Periodic => 0.0,
            Ends::Open { low, high } => self.left_below(first, low, high),
        };
        let (mut cut, mut new_mass) = (first, std::mem::take(&mut self.new_mass));
        for (i, new) in new_mass.iter_mut().enumerate() {
            let at = self.position[i + 1] - self.flux[i + 1];
            let next = if i + 1 == n && matches!(ends, Ends::Periodic) {
                // The last face is the first, once around.
                Cut { cell: first.cell + n as isize, below: first.below, at: first.at + total }
            } else {
                self.advance_cut(ends, cut, at)
            };
            *new = self.between(ends, cut, next);
            cut = next;
        }
        let out_high = match ends {
            Ends::Periodic => 0.0,
            Ends::Open { high, .. } => {
                let end = Cut { cell: n as isize, below: 0.0, at: total };
                if cut.cell >= n as isize { -high * (cut.at - total) } else { self.between(ends, cut, end) }
            }
        };
        self.new_mass = std::mem::replace(&mut self.mass, new_mass);
        for i in 0..n {
            self.rho[i] += self.flux[i] - self.flux[i + 1];
        }
        (out_low, out_high)
    }

    fn left_below(&self, cut: Cut, low: f64, high: f64) -> f64 {
        if cut.cell < 0 {
            low * cut.at
        } else {
            self.between(Ends::Open { low, high }, Cut { cell: 0, below: 0.0, at: 0.0 }, cut)
        }
    }

    fn reconstruct(&mut self, ends: Ends) {
        let n = self.mass.len();
        for i in 0..n {
            self.conc[i] = self.mass[i] / self.rho[i];
        }
        let c = &self.conc;
        // Beyond an end: what flows in there, or more of the same where it flows out.
        let (low, high) = match ends {
            Ends::Periodic => (c[n - 1], c[0]),
            Ends::Open { low, high } => (
                if self.flux[0] > 0.0 { low } else { c[0] },
                if self.flux[n] < 0.0 { high } else { c[n - 1] },
            ),
        };
        for i in 0..n {
            let below = if i > 0 { c[i - 1] } else { low };
            let above = if i + 1 < n { c[i + 1] } else { high };
            self.slope[i] = mc(c[i] - below, above - c[i]);
        }
    }

    /// Mass of cell `i` below volume coordinate `at`.
    #[inline]
    fn below(&self, i: usize, at: f64) -> f64 {
        let rho = self.rho[i];
        let t = (at / rho).clamp(0.0, 1.0);
        let part = rho * (self.conc[i] * t + 0.5 * self.slope[i] * t * (t - 1.0));
        // Rounding must not hand on more than there is. (For a negative mass, which only a negative input has,
        // the bounds swap.)
        let (a, b) = (self.mass[i].min(0.0), self.mass[i].max(0.0));
        part.clamp(a, b)
    }

    fn first_cut(&self, ends: Ends, at: f64) -> Cut {
        let n = self.mass.len() as isize;
        let start = match ends {
            Ends::Periodic => n * (at / self.position[n as usize]).floor() as isize,
            Ends::Open { .. } if at < 0.0 => return Cut { cell: -1, below: 0.0, at },
            Ends::Open { .. } => 0,
        };
        self.advance_cut(ends, Cut { cell: start, below: 0.0, at }, at)
    }

    /// The cut at `at`, which is not below `from`.
    #[inline]
    fn advance_cut(&self, ends: Ends, from: Cut, at: f64) -> Cut {
        let n = self.mass.len() as isize;
        let mut cell = from.cell;
        match ends {
            Ends::Open { .. } => {
                if cell < 0 {
                    if at < 0.0 {
                        return Cut { cell: -1, below: 0.0, at };
                    }
                    cell = 0;
                }
                while cell < n && at >= self.position[cell as usize + 1] {
                    cell += 1;
                }
                if cell >= n {
                    return Cut { cell: n, below: 0.0, at };
                }
                let i = cell as usize;
                Cut { cell, below: self.below(i, at - self.position[i]), at }
            }
            Ends::Periodic => loop {
                let (turn, i) = (cell.div_euclid(n), cell.rem_euclid(n) as usize);
                let local = at - turn as f64 * self.position[n as usize];
                if local < self.position[i + 1] {
                    return Cut { cell, below: self.below(i, local - self.position[i]), at };
                }
                cell += 1;
            },
        }
    }

    /// Mass between two cuts.
    #[inline]
    fn between(&self, ends: Ends, from: Cut, to: Cut) -> f64 {
        let n = self.mass.len() as isize;
        let (low, high) = match ends {
            Ends::Open { low, high } => (low, high),
            Ends::Periodic => {
                if from.cell == to.cell {
                    return later(to.below, from.below, self.mass[from.cell.rem_euclid(n) as usize]);
                }
                let mut sum = self.mass[from.cell.rem_euclid(n) as usize] - from.below;
                for cell in from.cell + 1..to.cell {
                    sum += self.mass[cell.rem_euclid(n) as usize];
                }
                return sum + to.below;
            }
        };
        if from.cell == to.cell {
            return match from.cell {
                -1 => low * (to.at - from.at),
                c if c >= n => high * (to.at - from.at),
                c => later(to.below, from.below, self.mass[c as usize]),
            };
        }
        let mut sum = if from.cell < 0 { low * -from.at } else { self.mass[from.cell as usize] - from.below };
        for cell in from.cell + 1..to.cell {
            sum += self.mass[cell as usize];
        }
        let total = self.position[n as usize];
        sum + if to.cell >= n { high * (to.at - total) } else { to.below }
    }
}

/// `to − from` within one cell, not negative for a positive mass even by rounding.
#[inline]
fn later(to: f64, from: f64, mass: f64) -> f64 {
    let d = to - from;
    if mass >= 0.0 { d.max(0.0) } else { d }
}

/// Monotonised central slope of van Leer: the mean of the two differences, at most twice the smaller, none at an
/// extremum.
#[inline]
fn mc(a: f64, b: f64) -> f64 {
    if a * b <= 0.0 {
        return 0.0;
    }
    let limit = 2.0 * a.abs().min(b.abs());
    let mean = 0.5 * (a + b);
    if mean.abs() <= limit { mean } else { limit.copysign(mean) }
}
