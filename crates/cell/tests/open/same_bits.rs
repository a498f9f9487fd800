//! The same bits on any number of threads, in any order of memory, and from a checkpoint on.

use crate::support::Cluster;
use exoderm_cell::cases::ball;
use exoderm_cell::open::Space;

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

/// Cells of several sizes, large enough to be shared out among threads, and compressed so that they move.
fn start(n: usize) -> Cluster {
    let mut c = Cluster::new(ball(n));
    for i in 0..n {
        c.radius[i] *= 0.8 + 0.05 * (i % 9) as f64;
        for a in 0..3 {
            c.position[a][i] *= 0.8;
        }
    }
    c
}

fn bits(c: &Cluster) -> Vec<(u64, [u64; 3])> {
    let mut all: Vec<_> =
        (0..c.len()).map(|i| (c.id[i], [0, 1, 2].map(|a| c.position[a][i].to_bits()))).collect();
    all.sort_unstable();
    all
}

#[test]
fn threads_do_not_matter() {
    let run = |threads: usize| {
        let mut c = start(6000);
        let mut space = Space::new(1.0).unwrap();
        pool(threads).install(|| (0..40).for_each(|_| c.step(&mut space, 0.1)));
        assert!(space.list().rebuilds() > 1, "the list was built on the way");
        bits(&c)
    };
    let one = run(1);
    assert!(one == run(2) && one == run(5));
}

#[test]
fn memory_order_does_not_matter() {
    let n = 3000;
    let plain = start(n);
    let mut mixed = plain.clone();
    for k in 0..n {
        let from = (k * 1009) % n;
        mixed.id[k] = plain.id[from];
        for a in 0..3 {
            mixed.position[a][k] = plain.position[a][from];
        }
        mixed.radius[k] = plain.radius[from];
    }
    let run = |mut c: Cluster| {
        let mut space = Space::new(1.0).unwrap();
        (0..20).for_each(|_| c.step(&mut space, 0.1));
        bits(&c)
    };
    assert!(run(plain) == run(mixed));
}

/// The list is built where it was built, not where the checkpoint was taken.
#[test]
fn a_checkpoint_does_not_matter() {
    let mut c = start(2500);
    let mut space = Space::new(1.0).unwrap();
    (0..7).for_each(|_| c.step(&mut space, 0.1));
    let bytes = postcard::to_stdvec(&space).unwrap();
    let (mut d, mut other): (Cluster, Space) = (c.clone(), postcard::from_bytes(&bytes).unwrap());
    for _ in 0..20 {
        c.step(&mut space, 0.1);
        d.step(&mut other, 0.1);
    }
    assert!(bits(&c) == bits(&d));
}
