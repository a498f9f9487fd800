//! Organs as readouts: shares of what is in plasma, reversibly held, and captured by either route.
//!
//! An organ's amount is  b A₁ + p (A₂ + A₃) + m A_mac + l A_other,  the shares of each kind adding up to 1 over all organs.
//! Organs feed nothing back: how much is captured is the compartments' business, where is a matter of shares. A ligand that
//! binds better in one organ multiplies that organ's part of the linear route ([`targeted`]), which does feed back.

use crate::compartments::{CENTRAL, COMPARTMENTS, FIRST, Kinetics, MACROPHAGES, OTHER_CELLS, SECOND};

/// Shares of one organ.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// Of plasma.
    pub plasma: f64,
    /// Of what is reversibly held (peripheral compartments).
    pub held: f64,
    /// Of what macrophages captured.
    pub macrophages: f64,
    /// Of what other cells captured.
    pub others: f64,
}

impl Shares {
    fn each(&mut self, f: impl Fn(usize, f64) -> f64) {
        for (i, x) in [&mut self.plasma, &mut self.held, &mut self.macrophages, &mut self.others]
            .into_iter()
            .enumerate()
        {
            *x = f(i, *x);
        }
    }

    fn list(&self) -> [f64; 4] {
        [self.plasma, self.held, self.macrophages, self.others]
    }
}

/// Weights made shares: each kind adds up to 1 over the organs (or stays 0 where all are 0).
pub fn normalised(organs: &[Shares]) -> Vec<Shares> {
    let mut sums = [0.0; 4];
    for organ in organs {
        for (sum, x) in sums.iter_mut().zip(organ.list()) {
            *sum += x;
        }
    }
    let mut out = organs.to_vec();
    for organ in &mut out {
        organ.each(|i, x| if sums[i] > 0.0 { x / sums[i] } else { 0.0 });
    }
    out
}

/// A ligand that makes one organ's cells take up `factor` times as much by the linear route: the body's kinetics and the
/// organs' shares with it. A factor of 1 changes nothing, bit for bit.
pub fn targeted(
    kinetics: &Kinetics,
    organs: &[Shares],
    target: usize,
    factor: f64,
) -> (Kinetics, Vec<Shares>) {
    let aimed = organs.get(target).map_or(0.0, |o| o.others);
    let grown = 1.0 + (factor - 1.0) * aimed;
    let mut organs = organs.to_vec();
    for (i, organ) in organs.iter_mut().enumerate() {
        organ.others *= if i == target { factor / grown } else { 1.0 / grown };
    }
    (Kinetics { linear: kinetics.linear * grown, ..*kinetics }, organs)
}

/// The amount in an organ, given the state of the compartments (or, for its area under the curve, their areas).
pub fn amount(organ: &Shares, state: &[f64; COMPARTMENTS]) -> f64 {
    organ.plasma * state[CENTRAL]
        + organ.held * (state[FIRST] + state[SECOND])
        + organ.macrophages * state[MACROPHAGES]
        + organ.others * state[OTHER_CELLS]
}
