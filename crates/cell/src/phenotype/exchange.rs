//! Secretion, uptake and export between cells and the voxels they lie in.
//!
//! With the cell's volume v in a voxel of volume W, secretion S towards a target T, uptake U (1/min) and export E
//! (amount/min), a step of h takes the concentration ρ implicitly:
//!
//! ```text
//! ρ ← (ρ + h v/W S T) / (1 + h v/W (S + U)) + h E / W
//! ```
//!
//! Cells of one voxel act one after another, in the order in which they are given: by id, if memory is not to matter.

/// What the cells do to one substrate, one entry a cell.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// Voxel of each cell; a cell whose voxel does not exist is out of reach.
    pub voxel: &'a [u32],
    /// Volume (um³).
    pub volume: &'a [f64],
    /// Rate of secretion (1/min).
    pub secretion: &'a [f64],
    /// Concentration that secretion tends to.
    pub target: &'a [f64],
    /// Rate of uptake (1/min).
    pub uptake: &'a [f64],
    /// Amount given off whatever the concentration (amount/min).
    pub export: &'a [f64],
}

impl Exchange<'_> {
    /// One step of `h` (min) on the concentrations of voxels of volume `voxel_volume` (um³). `gained(i, amount)` is told
    /// what cell i took in (negative: gave off).
    #[inline]
    pub fn step(&self, field: &mut [f64], voxel_volume: f64, h: f64, mut gained: impl FnMut(usize, f64)) {
        let share = h / voxel_volume;
        let columns = self.voxel.iter().zip(self.volume).zip(self.secretion).zip(self.target);
        for (i, ((((&k, &v), &s), &t), (&u, &e))) in
            columns.zip(self.uptake.iter().zip(self.export)).enumerate()
        {
            let Some(rho) = field.get_mut(k as usize) else { continue };
            let part = share * v;
            let next = (*rho + part * s * t) / (1.0 + part * (s + u));
            let out = share * e;
            gained(i, (*rho - next - out) * voxel_volume);
            *rho = next + out;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What leaves the field is in the cells, the target is where it settles, and a cell out of reach does nothing.
    #[test]
    fn amounts_balance_and_secretion_settles_at_its_target() {
        let exchange = Exchange {
            voxel: &[0, 0, 9],
            volume: &[2000.0, 500.0, 500.0],
            secretion: &[0.5, 0.0, 1.0],
            target: &[8.0, 0.0, 1.0],
            uptake: &[0.0, 0.0, 5.0],
            export: &[0.0, 0.0, 7.0],
        };
        let (mut field, mut inside) = ([1.0, 3.0], [0.0; 3]);
        for _ in 0..2000 {
            exchange.step(&mut field, 8000.0, 0.1, |i, amount| inside[i] += amount);
        }
        assert!((field[0] - 8.0).abs() < 1e-6 && field[1] == 3.0);
        let total = 8000.0 * field[0] + inside[0] + inside[1];
        assert!((total - 8000.0).abs() < 1e-6 && inside[1] == 0.0 && inside[2] == 0.0);
    }

    /// Alone, a cell that takes up empties its voxel exponentially, to first order in the step.
    #[test]
    fn uptake_is_of_order_one() {
        let run = |steps: u32| {
            let one = |x| [x];
            let (volume, uptake, zero) = (one(4000.0), one(1.0), one(0.0));
            let exchange = Exchange {
                voxel: &[0],
                volume: &volume,
                secretion: &zero,
                target: &zero,
                uptake: &uptake,
                export: &zero,
            };
            let mut field = [1.0];
            (0..steps).for_each(|_| exchange.step(&mut field, 8000.0, 2.0 / f64::from(steps), |_, _| {}));
            field[0] - exoderm_numeric::math::exp(-1.0)
        };
        let (coarse, fine) = (run(100), run(200));
        assert!(coarse > 0.0 && (coarse / fine - 2.0).abs() < 0.03, "{coarse} {fine}");
    }
}
