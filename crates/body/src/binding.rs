//! Exact equilibria of binding in plasma: vesicles as a sink of an antibody, and as competitors for its target.
//!
//! Concentrations are in any one unit. An antibody against something that the vesicles carry (anti-PD-L1 with PD-L1 vesicles) is
//! soaked up by them. One against the receptor (anti-PD-1) is not: there the vesicles' ligand competes for the receptor, so that
//! less of the receptor is blocked by antibody and a part of it is engaged by vesicles.

/// Complex of `a` and `b` (totals) with dissociation constant `kd`: the smaller root x of (a − x)(b − x) = kd x, in a form
/// without cancellation.
pub fn complex(a: f64, b: f64, kd: f64) -> f64 {
    let below = a + b + kd + ((a - b) * (a - b) + kd * kd + 2.0 * kd * (a + b)).sqrt();
    if below > 0.0 { 2.0 * a * b / below } else { 0.0 }
}

/// Free antibody beside a sink of `sites` sites (each vesicle's copies counted): the positive root f of
/// f² + (sites + kd − antibody) f = kd antibody, again without cancellation.
pub fn free_beside_sink(antibody: f64, sites: f64, kd: f64) -> f64 {
    let excess = antibody - sites - kd;
    let root = (excess * excess + 4.0 * kd * antibody).sqrt();
    if excess >= 0.0 { 0.5 * (excess + root) } else { 2.0 * kd * antibody / (root - excess) }
}

/// What holds a receptor when two ligands compete for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Competition {
    /// Free receptor.
    pub free_receptor: f64,
    /// Receptor with the first ligand.
    pub first: f64,
    /// Receptor with the second.
    pub second: f64,
}

/// Two ligands (total, dissociation constant) on one receptor: the free receptor r solves
/// r + Σ total r/(kd + r) = receptor, which rises in r, so that bisection finds its one root to the last bit (the closed form,
/// Wang 1995, doi 10.1016/0014-5793(95)00062-E, cancels where one ligand binds much better).
pub fn competition(receptor: f64, first: [f64; 2], second: [f64; 2]) -> Competition {
    let held = |[total, kd]: [f64; 2], r: f64| if r > 0.0 { total * r / (kd + r) } else { 0.0 };
    let (mut low, mut high) = (0.0, receptor);
    for _ in 0..2000 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if middle + held(first, middle) + held(second, middle) < receptor {
            low = middle
        } else {
            high = middle
        }
    }
    let r = 0.5 * (low + high);
    Competition { free_receptor: r, first: held(first, r), second: held(second, r) }
}
