//! Linearly implicit steps for stiff networks: Rosenbrock methods with the exact Jacobian.
//!
//! A step of size h solves one linear system for several right sides, in the form without products by the Jacobian
//! (Hairer and Wanner, Solving ODEs II, IV.7, doi 10.1007/978-3-642-05221-7):
//!
//! ```text
//! (I/(γh) − J) k_i = f(t + α_i h, x + Σ a_ij k_j) + Σ (c_ij/h) k_j + γ_i h ∂f/∂t
//! x⁺ = x + Σ m_i k_i           error = Σ e_i k_i
//! ```
//!
//! Both methods are L-stable and stiffly accurate: what decays fast is gone after one step of any length.

use crate::control::{Control, error_norm, first_step};
use crate::dense::Dense;
use crate::error::Error;
use crate::lanes::{Kernel, LANES, Lane, axpy, widest};
use crate::population::{Stepper, Tolerance, Work};
use crate::system::System;

/// Most stages of a method.
const MOST: usize = 6;

/// A Rosenbrock method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    stages: usize,
    gamma: f64,
    alpha: [f64; MOST],
    gamma_sum: [f64; MOST],
    a: [[f64; MOST]; MOST],
    c: [[f64; MOST]; MOST],
    m: [f64; MOST],
    e: [f64; MOST],
    /// Whether a stage evaluates f anew or takes that of the stage before it.
    anew: [bool; MOST],
    /// Order of the error estimate plus one.
    order: f64,
}

impl Method {
    /// Order 3, error of order 2, three evaluations a step: RODAS3 of Sandu et al. 1997 (doi
    /// 10.1016/S1352-2310(97)83212-8). The choice for cells at tolerances of 1e-3 to 1e-5.
    pub const RODAS3: Self = Self {
        stages: 4,
        gamma: 0.5,
        alpha: [0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        gamma_sum: [0.5, 1.5, 0.0, 0.0, 0.0, 0.0],
        a: [
            [0.0; MOST],
            [0.0; MOST],
            [2.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [2.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0; MOST],
            [0.0; MOST],
        ],
        c: [
            [0.0; MOST],
            [4.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            [1.0, -1.0, 0.0, 0.0, 0.0, 0.0],
            [1.0, -1.0, -8.0 / 3.0, 0.0, 0.0, 0.0],
            [0.0; MOST],
            [0.0; MOST],
        ],
        m: [2.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        e: [0.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        anew: [true, false, true, true, false, false],
        order: 3.0,
    };

    /// Order 4, error of order 3, six evaluations a step: RODAS of Hairer and Wanner, IV.10. The choice for tight
    /// tolerances.
    pub const RODAS4: Self = Self {
        stages: 6,
        gamma: 0.25,
        alpha: [0.0, 0.386, 0.21, 0.63, 1.0, 1.0],
        gamma_sum: [0.25, -0.1043, 0.1035, -0.036_200_000_000_000_23, 0.0, 0.0],
        a: [
            [0.0; MOST],
            [1.544, 0.0, 0.0, 0.0, 0.0, 0.0],
            [0.946_678_528_081_582_6, 0.255_701_169_898_328_4, 0.0, 0.0, 0.0, 0.0],
            [3.314_825_187_068_521, 2.896_124_015_972_201, 0.998_641_913_997_781_7, 0.0, 0.0, 0.0],
            [
                1.221_224_509_226_641,
                6.019_134_481_288_629,
                12.537_083_329_320_87,
                -0.687_886_036_105_895,
                0.0,
                0.0,
            ],
            [
                1.221_224_509_226_641,
                6.019_134_481_288_629,
                12.537_083_329_320_87,
                -0.687_886_036_105_895,
                1.0,
                0.0,
            ],
        ],
        c: [
            [0.0; MOST],
            [-5.6688, 0.0, 0.0, 0.0, 0.0, 0.0],
            [-2.430_093_356_833_875, -0.206_359_915_709_191_5, 0.0, 0.0, 0.0, 0.0],
            [-0.107_352_905_815_137_5, -9.594_562_251_023_355, -20.470_286_148_096_16, 0.0, 0.0, 0.0],
            [
                7.496_443_313_967_647,
                -10.246_804_314_641_2,
                -33.999_903_528_199_05,
                11.708_908_932_061_6,
                0.0,
                0.0,
            ],
            [
                8.083_246_795_921_522,
                -7.981_132_988_064_893,
                -31.521_594_328_743_71,
                16.319_305_431_231_36,
                -6.058_818_238_834_054,
                0.0,
            ],
        ],
        m: [
            1.221_224_509_226_641,
            6.019_134_481_288_629,
            12.537_083_329_320_87,
            -0.687_886_036_105_895,
            1.0,
            1.0,
        ],
        e: [0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        anew: [true; MOST],
        order: 4.0,
    };
}

/// Steps by a Rosenbrock method with error control.
#[derive(Clone, Debug)]
pub struct Implicit {
    method: Method,
    tolerance: Tolerance,
    registers: Vec<Lane>,
    slopes: Vec<Lane>,
    matrix: Dense,
    rates: Vec<Lane>,
    stages: Vec<Lane>,
    error: Vec<Lane>,
    before: Vec<Lane>,
}

impl Implicit {
    /// Room for steps of `system`.
    pub fn new(system: &System, tolerance: Tolerance, method: Method) -> Self {
        let n = system.states();
        let zeros = |rows| vec![[0.0; LANES]; rows];
        Self {
            method,
            tolerance,
            registers: system.rates().registers(),
            slopes: system.slopes().registers(),
            matrix: Dense::new(n),
            rates: zeros(n),
            stages: zeros(MOST * n),
            error: zeros(n),
            before: zeros(n),
        }
    }

    /// Rates, their time derivative and the Jacobian at the step's start.
    #[inline(always)]
    fn linearise(&mut self, system: &System, time: f64) {
        let n = system.states();
        self.slopes[..n].copy_from_slice(&self.before);
        self.slopes[system.inputs() - 1] = [time; LANES];
        system.slopes().run_rows(&mut self.slopes);
    }

    #[inline(always)]
    fn stage(&mut self, system: &System, i: usize, time: f64, h: f64) {
        let (n, m) = (system.states(), self.method);
        if m.anew[i] {
            for s in 0..n {
                let mut x = self.before[s];
                for (j, &a) in m.a[i][..i].iter().enumerate() {
                    if a != 0.0 {
                        axpy(&mut x, a, &self.stages[j * n + s]);
                    }
                }
                self.registers[s] = x;
            }
            if i > 0 {
                self.registers[system.inputs() - 1] = [time + m.alpha[i] * h; LANES];
                system.rates().run_rows(&mut self.registers);
            }
            for s in 0..n {
                self.rates[s] = if i == 0 {
                    self.slopes[system.slopes().output(s)]
                } else {
                    self.registers[system.rates().output(s)]
                };
            }
        }
        for s in 0..n {
            let mut right = self.rates[s];
            for (j, &c) in m.c[i][..i].iter().enumerate() {
                if c != 0.0 {
                    axpy(&mut right, c / h, &self.stages[j * n + s]);
                }
            }
            if m.gamma_sum[i] != 0.0 {
                axpy(&mut right, m.gamma_sum[i] * h, &self.slopes[system.slopes().output(n + s)]);
            }
            self.stages[i * n + s] = right;
        }
        self.matrix.solve(&mut self.stages[i * n..(i + 1) * n]);
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
        let (n, method) = (system.states(), self.method);
        let mut work = Work::default();
        self.registers[..rows.len()].copy_from_slice(rows);
        self.slopes[..rows.len()].copy_from_slice(rows);
        self.before.copy_from_slice(&rows[..n]);
        self.linearise(system, from);
        work.evaluations += 1;
        if *first <= 0.0 {
            for s in 0..n {
                self.rates[s] = self.slopes[system.slopes().output(s)];
            }
            *first = first_step(&self.rates, &self.before, self.tolerance, to - from);
        }
        let mut control = Control::new(from, to, *first, method.order);
        let mut stale = false;
        while let Some(h) = control.next()? {
            if stale {
                self.linearise(system, control.time);
                work.evaluations += 1;
                stale = false;
            }
            self.matrix.clear(1.0 / (method.gamma * h));
            for (k, &(i, j)) in system.pattern().iter().enumerate() {
                self.matrix.subtract(i, j, &self.slopes[system.slopes().output(2 * n + k)]);
            }
            self.matrix.factor();
            for i in 0..method.stages {
                self.stage(system, i, control.time, h);
                work.evaluations += u64::from(i > 0 && method.anew[i]);
            }
            for s in 0..n {
                let (mut x, mut e) = (self.before[s], [0.0; LANES]);
                for j in 0..method.stages {
                    axpy(&mut x, method.m[j], &self.stages[j * n + s]);
                    axpy(&mut e, method.e[j], &self.stages[j * n + s]);
                }
                self.registers[s] = x;
                self.error[s] = e;
            }
            let error = error_norm(&self.error, &self.before, &self.registers[..n], self.tolerance);
            if control.judge(h, error) {
                work.steps += 1;
                self.before.copy_from_slice(&self.registers[..n]);
                stale = true;
            } else {
                work.rejected += 1;
            }
        }
        rows[..n].copy_from_slice(&self.before);
        *first = control.wanted();
        Ok(work)
    }
}

impl Stepper for Implicit {
    fn advance_block(
        &mut self,
        system: &System,
        rows: &mut [Lane],
        step: &mut f64,
        from: f64,
        to: f64,
    ) -> Result<Work, Error> {
        struct Go<'a>(&'a mut Implicit, &'a System, &'a mut [Lane], &'a mut f64, [f64; 2]);
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
