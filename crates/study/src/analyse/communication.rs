//! Who sent how many vesicles to whom, over the replicates of each arm.

use super::Study;
use crate::job::{Outcome, Purpose};
use crate::results::{Communication, CommunicationRow};
use exoderm_tissue::Exchange;

/// A table for each arm in which vesicles were followed.
pub(super) fn communication(study: &Study<'_>) -> Vec<Communication> {
    let arms = study.scenario.arms.iter().filter(|a| study.arms.is_empty() || study.arms.contains(&a.name));
    arms.filter_map(|a| {
        let runs: Vec<&Exchange> = study
            .of(&a.name, &Purpose::Main)
            .into_iter()
            .filter_map(|o: &Outcome| o.exchange.as_ref())
            .collect();
        table(&a.name, &runs)
    })
    .collect()
}

/// Means over replicates.
fn table(arm: &str, runs: &[&Exchange]) -> Option<Communication> {
    let first = runs.first()?;
    let mean = |get: &dyn Fn(&Exchange) -> f64| runs.iter().map(|x| get(x)).sum::<f64>() / runs.len() as f64;
    let took: Vec<usize> = (0..first.recipients.len())
        .filter(|&r| mean(&|x| x.taken.iter().map(|row| row[r].abs()).sum()) > 0.0)
        .collect();
    let senders = (0..first.senders.len())
        .map(|k| {
            let released = mean(&|x| x.released[k]);
            let present = mean(&|x| x.present[k]);
            let taken: Vec<f64> = took.iter().map(|&r| mean(&|x| x.taken[k][r])).collect();
            let lost = (released - present - taken.iter().sum::<f64>()).max(0.0);
            CommunicationRow {
                name: first.senders[k].clone(),
                product: first.product[k],
                released,
                taken,
                present,
                lost,
            }
        })
        .filter(|row| row.released > 0.0)
        .collect();
    Some(Communication {
        arm: arm.to_owned(),
        recipients: took.iter().map(|&r| first.recipients[r].clone()).collect(),
        senders,
    })
}
