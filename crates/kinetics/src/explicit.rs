//! Explicit steps for networks that are not stiff: the pair of orders 5 and 4 of Dormand and Prince (1980, doi
//! 10.1016/0771-050X(80)90013-3), whose last stage is the next step's first.

use crate::control::{Control, error_norm, first_step};
use crate::error::Error;
use crate::lanes::{Kernel, Lane, axpy, widest};
use crate::population::{Stepper, Tolerance, Work};
use crate::system::System;

const STAGES: usize = 7;
const C: [f64; STAGES] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
const A: [[f64; 6]; STAGES] = [
    [0.0; 6],
    [0.2, 0.0, 0.0, 0.0, 0.0, 0.0],
    [3.0 / 40.0, 9.0 / 40.0, 0.0, 0.0, 0.0, 0.0],
    [44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0, 0.0, 0.0, 0.0],
    [19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0, 0.0, 0.0],
    [9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0, 0.0],
    [35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Difference of the two solutions' weights.
const E: [f64; STAGES] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339_200.0, 22.0 / 525.0, -1.0 / 40.0];

/// Steps of order 5 with error control.
#[derive(Clone, Debug)]
pub struct Explicit {
    tolerance: Tolerance,
    registers: Vec<Lane>,
    stages: Vec<Lane>,
    error: Vec<Lane>,
    before: Vec<Lane>,
}

impl Explicit {
    /// Room for steps of `system`.
    pub fn new(system: &System, tolerance: Tolerance) -> Self {
        let n = system.states();
        let zeros = |rows| vec![[0.0; crate::lanes::LANES]; rows];
        Self {
            tolerance,
            registers: system.rates().registers(),
            stages: zeros(STAGES * n),
            error: zeros(n),
            before: zeros(n),
        }
    }

    /// Computes stage `s` from the states in the registers.
    #[inline(always)]
    fn evaluate(&mut self, system: &System, s: usize, time: f64) {
        let n = system.states();
        self.registers[system.inputs() - 1] = [time; crate::lanes::LANES];
        system.rates().run_rows(&mut self.registers);
        for i in 0..n {
            self.stages[s * n + i] = self.registers[system.rates().output(i)];
        }
    }

    #[inline(always)]
    fn go(
        &mut self,
        system: &System,
        rows: &mut [Lane],
        first: &mut f64,
        from: f64,
        to: f64,
    ) -> Result<Work, Error> {
        let n = system.states();
        let mut work = Work::default();
        self.registers[..rows.len()].copy_from_slice(rows);
        self.before.copy_from_slice(&rows[..n]);
        self.evaluate(system, 0, from);
        work.evaluations += 1;
        if *first <= 0.0 {
            *first = first_step(&self.stages[..n], &self.before, self.tolerance, to - from);
        }
        let mut control = Control::new(from, to, *first, 5.0);
        while let Some(h) = control.next()? {
            for s in 1..STAGES {
                for i in 0..n {
                    let mut x = self.before[i];
                    for (j, &a) in A[s][..s].iter().enumerate() {
                        if a != 0.0 {
                            axpy(&mut x, h * a, &self.stages[j * n + i]);
                        }
                    }
                    self.registers[i] = x;
                }
                self.evaluate(system, s, control.time + C[s] * h);
            }
            work.evaluations += STAGES as u64 - 1;
            for i in 0..n {
                let mut e = [0.0; crate::lanes::LANES];
                for (j, &w) in E.iter().enumerate() {
                    if w != 0.0 {
                        axpy(&mut e, h * w, &self.stages[j * n + i]);
                    }
                }
                self.error[i] = e;
            }
            let error = error_norm(&self.error, &self.before, &self.registers[..n], self.tolerance);
            if control.judge(h, error) {
                work.steps += 1;
                self.before.copy_from_slice(&self.registers[..n]);
                self.stages.copy_within((STAGES - 1) * n.., 0);
            } else {
                work.rejected += 1;
            }
        }
        rows[..n].copy_from_slice(&self.before);
        *first = control.wanted();
        Ok(work)
    }
}

impl Stepper for Explicit {
    fn advance_block(
        &mut self,
        system: &System,
        rows: &mut [Lane],
        step: &mut f64,
        from: f64,
        to: f64,
    ) -> Result<Work, Error> {
        struct Go<'a>(&'a mut Explicit, &'a System, &'a mut [Lane], &'a mut f64, [f64; 2]);
        impl Kernel for Go<'_> {
            type Output = Result<Work, Error>;
            #[inline(always)]
            fn run(self) -> Self::Output {
                self.0.go(self.1, self.2, self.3, self.4[0], self.4[1])
            }
        }
        widest(Go(self, system, rows, step, [from, to]))
    }
}
