//! The loadings of a population at one age, ready for many draws.

use super::{Loading, MAX_CARGO};
use crate::size::MAX_NODES;
use exoderm_numeric::binomial::Trial;
use exoderm_numeric::math;
use exoderm_numeric::random::Stream;
use exoderm_numeric::spare::Spare;

/// Most copies expected of all Poisson species together that are drawn by one count, then shared out.
const TOGETHER: f64 = 2.0;
/// Most vesicles of a size for which the chance of no copies is a power of that of one.
const BY_SQUARING: u64 = 64;

/// How a zero-inflated species is loaded in vesicles of one size.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// A vesicle carries any.
    loaded: Trial,
    /// Copies in one that does: this number, or with a chance one more.
    whole: u64,
    more: Trial,
}

#[derive(Clone, Copy, Debug)]
struct Species {
    /// Mean copies by node, and the share left of them.
    means: [f64; MAX_NODES],
    left: f64,
    zero_inflated: Option<([Node; MAX_NODES], Trial)>,
}

/// Cargo of vesicles of one population, of which at an age some has survived. Cargo beyond [`MAX_CARGO`] is not looked at.
#[derive(Clone, Debug)]
pub struct Loadings {
    species: Vec<Species>,
    /// Chance that a vesicle of a node has no copies of any species whose copies are Poisson.
    none: [f64; MAX_NODES],
}

impl Loadings {
    /// `ageing` is the share of each cargo that has survived until now.
    pub fn new(cargo: &[Loading], ageing: &[f64; MAX_CARGO]) -> Self {
        let species = |(loading, &left): (&Loading, &f64)| {
            let node = |&mean: &f64| {
                let each = loading.when_loaded.max(mean);
                let whole = each.floor();
                let loaded = Trial::new(if mean > 0.0 { mean / each } else { 0.0 });
                Node { loaded, whole: whole as u64, more: Trial::new(each - whole) }
            };
            let nodes = || (loading.by_node.each_ref().map(node), Trial::new(left));
            Species { means: loading.by_node, left, zero_inflated: loading.class.zero_inflated().then(nodes) }
        };
        let species: Vec<_> = cargo.iter().zip(ageing).map(species).collect();
        let none = std::array::from_fn(|node| {
            let poisson = species.iter().filter(|s| s.zero_inflated.is_none());
            math::exp(-poisson.map(|s| (s.means[node] * s.left.min(1.0)).max(0.0)).sum::<f64>())
        });
        Self { species, none }
    }

    /// Chance that few vesicles have no copies of any species whose copies are Poisson.
    fn none(&self, bound: &[(u64, usize)]) -> f64 {
        let some = bound.iter().filter(|b| b.0 > 0 && b.1 < MAX_NODES);
        some.fold(1.0, |none, &(count, node)| none * math::powi(self.none[node], count as i32))
    }

    /// Draws the copies of each cargo in all of the vesicles `bound`, (count, size node).
    ///
    /// Species whose copies are Poisson are drawn once for all nodes, and together where few copies are expected of all of
    /// them: a Poisson count whose events are thinned and shared out is as many independent Poisson counts.
    pub fn draw(&self, bound: &[(u64, usize)], stream: &mut Stream) -> [f64; MAX_CARGO] {
        let mut copies = [0.0; MAX_CARGO];
        let mut means = [0.0; MAX_CARGO];
        let mut all = 0.0;
        for (m, species) in self.species.iter().enumerate() {
            if let Some((nodes, survives)) = &species.zero_inflated {
                let mut sum = 0;
                for &(count, node) in bound {
                    if count > 0 && node < MAX_NODES {
                        let node = &nodes[node];
                        let loaded = stream.binomial_of(count, &node.loaded);
                        let made = loaded * node.whole + stream.binomial_of(loaded, &node.more);
                        sum += stream.binomial_of(made, survives);
                    }
                }
                copies[m] = sum as f64;
            } else {
                let mean = |node: usize| species.means.get(node).copied().unwrap_or(0.0);
                let made: f64 = bound.iter().map(|&(count, node)| count as f64 * mean(node)).sum();
                means[m] = (made * species.left.min(1.0)).max(0.0);
                all += means[m];
            }
        }
        if all > 0.0 && all <= TOGETHER {
            let few = bound.iter().all(|b| b.0 <= BY_SQUARING);
            let none = if few { self.none(bound) } else { math::exp(-all) };
            let events = Spare::default().poisson(all, none, stream);
            for (copies, events) in copies.iter_mut().zip(stream.multinomial(events, &means)) {
                *copies += events as f64;
            }
        } else if all > 0.0 {
            for (copies, &mean) in copies.iter_mut().zip(&means) {
                *copies += stream.poisson(mean) as f64;
            }
        }
        copies
    }
}
