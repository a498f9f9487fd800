//! Exact answers that tests, fits and documents share: a bolus into a central compartment with up to two peripheral ones,
//! first-order throughout.
//!
//! Peripheral compartments hang on the central one only, so the decay rates λ are separated by the return rates and are found
//! by bisection; the weight of each is Π_j (k_j − λ_i) / Π_{l≠i} (λ_l − λ_i) with k_j the return rates (Gibaldi and Perrier
//! 1982, appendix B).

/// Decay rates (1/min, ascending) and weights (sum 1) of the central amount after a unit bolus. `out` is the elimination rate;
/// each pair of `exchange` is the rate into a peripheral compartment and back (1/min). Pairs with either rate 0 are left out.
pub fn exponentials(out: f64, exchange: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut back: Vec<[f64; 2]> = exchange.iter().copied().filter(|[k, b]| *k > 0.0 && *b > 0.0).collect();
    // Equal return rates are one compartment.
    back.sort_by(|a, b| a[1].total_cmp(&b[1]));
    back.dedup_by(|b, a| {
        let same = a[1] == b[1];
        if same {
            a[0] += b[0];
        }
        same
    });
    // λ is a root of out − λ + Σ k − Σ k b/(b − λ), that is of out − λ − λ Σ k/(b − λ); it falls between its poles.
    let f = |x: f64| out - x - x * back.iter().map(|[k, b]| k / (b - x)).sum::<f64>();
    let most = out + back.iter().map(|[k, b]| k + b).sum::<f64>();
    let mut edges = vec![0.0];
    edges.extend(back.iter().map(|[_, b]| *b));
    edges.push(most * (1.0 + 1e-12));
    let rates: Vec<f64> = edges.windows(2).map(|e| bisect(&f, e[0], e[1])).collect();
    let weight = |i: usize| {
        let above: f64 = back.iter().map(|[_, b]| b - rates[i]).product();
        let below: f64 = (0..rates.len()).filter(|&l| l != i).map(|l| rates[l] - rates[i]).product();
        above / below
    };
    (0..rates.len()).map(|i| [rates[i], weight(i)]).collect()
}

/// The root of a function that is positive at the low end and falls.
fn bisect(f: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) > 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The sum of exponentials at a time.
pub fn sum_at(terms: &[[f64; 2]], time: f64) -> f64 {
    terms.iter().map(|[rate, weight]| weight * exoderm_numeric::math::exp(-rate * time)).sum()
}
