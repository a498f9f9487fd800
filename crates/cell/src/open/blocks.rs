//! Cuts the sorted order into blocks that cost about the same.
//!
//! A block writes to its own slots and to those that its cells reach above it. Blocks are cut between bins, and so that a
//! block reaches no further than the end of the next one: blocks 0, 2, 4 … then write to disjoint slots, and so do
//! 1, 3, 5 …. How many there are depends on the cells alone, never on the number of threads. A multiple of eight gives
//! two or four threads the same number of each.

use super::half::Bins;

/// Cells a block has at least, on average.
const LEAST: usize = 192;

/// Numbers of blocks, most first.
const COUNTS: [usize; 10] = [64, 56, 48, 40, 32, 24, 16, 8, 4, 2];

/// What a cell costs beside its candidates, in candidates.
const CELL: u64 = 12;

/// One past the last slot of every block; none if there is no cell.
pub(super) fn cuts(bins: &Bins, slots: usize) -> Vec<u32> {
    if slots == 0 {
        return Vec::new();
    }
    let cost = cumulative_cost(bins);
    let found = COUNTS.iter().filter(|&&count| slots >= count * LEAST).find_map(|&count| {
        let (ends, last) = equal_shares(bins, &cost, count);
        reaches_only_the_next(bins, &ends, &last).then_some(ends)
    });
    found.unwrap_or_else(|| vec![slots as u32])
}

/// What the bins before each cost, with one more at the end.
fn cumulative_cost(bins: &Bins) -> Vec<u64> {
    let mut sum = 0;
    let mut cost = Vec::with_capacity(bins.start.len());
    cost.push(0);
    for bin in 0..bins.total() {
        let cells = u64::from(bins.start[bin + 1] - bins.start[bin]);
        if cells > 0 {
            let mut candidates = 0;
            bins.ahead(bin, |(from, to)| candidates += (to - from) as u64);
            // Of the own bin those above, half on average.
            candidates -= cells.div_ceil(2);
            sum += cells * (candidates + CELL);
        }
        cost.push(sum);
    }
    cost
}

/// One past the last slot of `count` blocks of about equal cost, and the last bin of each. Blocks without cells are left out.
fn equal_shares(bins: &Bins, cost: &[u64], count: usize) -> (Vec<u32>, Vec<usize>) {
    let total = bins.total();
    let (mut ends, mut last) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut before, whole) = (0, cost[total]);
    for k in 1..=count {
        let share = whole / count as u64 * k as u64;
        let bin = if k == count { total } else { cost.partition_point(|&c| c <= share) };
        let end = bins.start[bin];
        if end > before {
            ends.push(end);
            last.push(bin - 1);
            before = end;
        }
    }
    (ends, last)
}

/// True if no block reaches beyond the next.
fn reaches_only_the_next(bins: &Bins, ends: &[u32], last: &[usize]) -> bool {
    last.iter().zip(ends.iter().skip(1)).all(|(&bin, &end)| {
        // Cells of the plane before reach up to the end of this one.
        let mut farthest = bins.plane_end(bin);
        bins.ahead(bin, |(_, to)| farthest = farthest.max(to));
        farthest <= end as usize
    })
}

#[cfg(test)]
mod tests {
    use crate::cases::ball;
    use crate::open::{Bodies, Per, Space};

    /// What the rounds of a sweep rest on, and that two threads get the same from each round.
    #[test]
    fn blocks_reach_the_next_at_most_and_cost_the_same() {
        for (n, blocks) in [(3000, 4), (10_000, 8), (100_000, 16)] {
            let [x, y, z] = ball(n);
            let id: Vec<u64> = (0..n as u64).collect();
            let (radius, kind) = (vec![8.4; n], vec![0; n]);
            let bodies = Bodies {
                id: &id,
                position: [&x, &y, &z],
                radius: &radius,
                kind: &kind,
                reach: Per::Kind(&[1.25]),
                repulsion: Per::Kind(&[10.0]),
                adhesion: Per::Kind(&[0.4]),
            };
            let mut space = Space::new(2.5).unwrap();
            space.refresh(&bodies).unwrap();
            let all = space.list().blocks();
            assert_eq!(all.len(), blocks, "{n} cells");
            let ends: Vec<u32> = all.iter().map(|b| b.end).collect();
            assert!(all.iter().zip([0].iter().chain(&ends)).all(|(b, &end)| b.first == end));
            assert_eq!(*ends.last().unwrap() as usize, n);
            for (block, end) in all.iter().zip(ends.iter().skip(1)) {
                assert!(block.partner.iter().all(|t| t < end));
            }
            let pairs: usize = all.iter().map(|b| b.partner.len()).sum();
            for block in all {
                let share = block.partner.len() as f64 * blocks as f64 / pairs as f64;
                assert!((0.85..1.15).contains(&share), "{n} cells: {share}");
            }
        }
    }
}
