//! The numbers of `data/body.toml` as stated, or drawn from their ranges, and the bodies made of them.

use crate::dose::within;
use crate::error::StudyError;
use exoderm_body::compartments::{Kinetics, SiteCells};
use exoderm_body::invert::{Rates, rates};
use exoderm_body::organs::{Shares, normalised};
use exoderm_ledger::targets::target;
use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed};
use exoderm_skin::systemic::Systemic;

/// Stream of the draws.
const DRAWS: Purpose = 320;
/// Minutes in the 24 h over which passage of the stratum corneum is stated.
const DAY: f64 = 1440.0;
/// um³ in a mL.
pub(crate) const ML: f64 = 1e12;

/// The fitted target: half-lives (min) and clearance (mL/min), low and high of each.
///
/// # Errors
/// If the target is not there, a fault of the build.
pub fn fitted_target() -> Result<[[f64; 2]; 3], StudyError> {
    let t09 = target("T09_iv_biexponential")
        .ok_or_else(|| StudyError::Fault("target T09_iv_biexponential is not there".into()))?;
    let mut out = [[0.0; 2]; 3];
    for (row, name) in out.iter_mut().zip(["t12alpha_min", "t12beta_min", "CL_mL_min"]) {
        for (value, end) in row.iter_mut().zip(["low", "high"]) {
            let arm = format!("{name}_{end}");
            *value = t09
                .arm(&arm)
                .next()
                .map(|p| p.y)
                .ok_or_else(|| StudyError::Fault(format!("target T09_iv_biexponential has no {arm}")))?;
        }
    }
    Ok(out)
}

/// One set of numbers.
pub(crate) struct Values<'a> {
    data: &'a Systemic,
    values: Vec<f64>,
    /// Half-lives and clearance (mL/min) drawn from the target; none where the fitted rates are used.
    target: Option<[f64; 3]>,
}

impl<'a> Values<'a> {
    /// As stated and fitted.
    pub(crate) fn stated(data: &'a Systemic) -> Self {
        Self { data, values: data.numbers.iter().map(|s| s.value).collect(), target: None }
    }

    /// A Latin hypercube of `n` sets: each number falls once into each n-th of its range.
    pub(crate) fn draws(data: &'a Systemic, n: u32, seed: u64) -> Result<Vec<Self>, StudyError> {
        let ranges = fitted_target()?;
        let dimensions = data.numbers.len() + ranges.len();
        let mut columns = Vec::with_capacity(dimensions);
        for d in 0..dimensions {
            let mut s = Seed::new(seed, 0).stream(d as u64, 0, DRAWS);
            let mut order: Vec<u32> = (0..n).collect();
            for i in (1..order.len()).rev() {
                order.swap(i, s.below(i + 1));
            }
            columns
                .push(order.iter().map(|i| (f64::from(*i) + s.uniform()) / f64::from(n)).collect::<Vec<_>>());
        }
        Ok((0..n as usize)
            .map(|k| Self {
                data,
                values: data
                    .numbers
                    .iter()
                    .zip(&columns)
                    .map(|(s, column)| within(s.range, column[k]))
                    .collect(),
                target: Some(std::array::from_fn(|i| within(ranges[i], columns[data.numbers.len() + i][k]))),
            })
            .collect())
    }

    /// A number by its place.
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.data.numbers.iter().position(|s| s.name == name).map_or(f64::NAN, |i| self.values[i])
    }

    /// Factors from the mouse to a body: clearance, rates.
    fn scale(&self, body: &str) -> [f64; 2] {
        if body == "mouse" {
            return [1.0, 1.0];
        }
        let (ratio, power) = (self.get("human.mass") / self.get("mouse.mass"), self.get("scaling.exponent"));
        [math::pow(ratio, power), math::pow(ratio, power - 1.0)]
    }

    /// Rates of vesicles in the mouse. None where no body has the drawn numbers together.
    fn mouse_rates(&self) -> Option<Rates> {
        let volume = self.get("mouse.plasma");
        match self.target {
            None => {
                let [clearance, into, back] = self.data.fitted;
                Some(Rates { out: clearance / volume, into, back })
            }
            Some([fast, slow, clearance]) => rates(fast, slow, clearance * ML, volume).ok(),
        }
    }

    /// A substance in a body.
    pub(crate) fn kinetics(&self, substance: &str, body: &str) -> Option<Kinetics> {
        let volume = self.get(&format!("{body}.plasma"));
        let get = |key: &str| self.get(&format!("{substance}.{key}"));
        let (clearance, first, share, half, degradation) = if substance == "vesicle" {
            let (r, [times_clearance, times_rates]) = (self.mouse_rates()?, self.scale(body));
            (
                r.out * self.get("mouse.plasma") * times_clearance,
                [r.into * times_rates, r.back * times_rates],
                get("macrophage_share"),
                get("half"),
                get("degradation"),
            )
        } else {
            // Stated for the human (the payload for the mouse), carried over by mass.
            let reference = if substance == "payload" { "mouse" } else { "human" };
            let [from, to] = [self.scale(reference), self.scale(body)];
            let volume = self.get(&format!("{reference}.plasma"));
            let r = rates(get("fast"), get("slow"), get("clearance"), volume).ok()?;
            let (by_mass, by_time) = (to[0] / from[0], to[1] / from[1]);
            (
                r.out * volume * by_mass,
                [r.into * by_time, r.back * by_time],
                0.0,
                f64::INFINITY,
                self.get("vesicle.degradation"),
            )
        };
        let site = |key: &str| self.get(&format!("site.{key}"));
        let cells = site("cells") * site("volume");
        let vesicle = substance == "vesicle";
        // Antibodies and factors are small: they drain as small particles do, and cells at the site leave them.
        let size = if vesicle { site("size") } else { 1.0 };
        Some(Kinetics {
            volume,
            first,
            second: [0.0; 2],
            macrophages: clearance * share,
            half,
            linear: clearance * (1.0 - share),
            degradation,
            passage: site("passes") / DAY,
            shedding: 1.0 / site("shed"),
            to_lymph: site("to_lymph_small") * size,
            to_blood: site("to_blood"),
            site: SiteCells {
                most: if vesicle { cells * site("saturation") } else { 0.0 },
                half: site("volume") * site("saturation") / site("clearance"),
            },
            depot_loss: site("loss"),
            lymph_flow: 1.0 / site("lymph_time"),
            node: site("node"),
        })
    }

    /// Shares of organs; a tumour has none unless it is there.
    pub(crate) fn organs(&self, with_tumour: bool) -> Vec<Shares> {
        let weights: Vec<Shares> = self
            .data
            .organs
            .iter()
            .map(|o| {
                let get = |key: &str| self.get(&format!("{o}.{key}"));
                if o == "tumour" && !with_tumour {
                    return Shares::default();
                }
                Shares {
                    plasma: get("plasma"),
                    held: get("held"),
                    macrophages: get("macrophages"),
                    others: get("others"),
                }
            })
            .collect();
        normalised(&weights)
    }
}
