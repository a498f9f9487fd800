//! Keeps the threads of a pool awake through passes that are shorter than waking one takes.
//!
//! A pass over ten thousand cells takes some 50 us. A thread that finds nothing to do for ten goes to sleep, and on a
//! machine that puts an idle core to rest waking it takes as long as the pass. Within [`awake`] threads that have nothing to do look
//! for work over and over instead. It changes no result: it only says who is ready to take a task.

use super::half::SHARED;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// True in a thread whose own work others stay awake for. It must not stay awake for somebody else: two that did so for each
    /// other would never end.
    static WORKS: Cell<bool> = const { Cell::new(false) };
}

/// Looks for work between two offers of the core to others.
const LOOKS: u32 = 64;

/// Does `work` on `cells` cells while the other threads of the pool stay awake. Call it around some passes that follow each
/// other, not around long work of one thread: the others burn their cores. Outside of a pool, and for few cells, it only does the
/// work.
pub fn awake<R: Send>(cells: usize, work: impl FnOnce() -> R + Send) -> R {
    let threads = rayon::current_num_threads();
    if cells < SHARED || threads == 1 || rayon::current_thread_index().is_none() {
        return work();
    }
    let done = AtomicBool::new(false);
    rayon::scope(|scope| {
        // Also if the work panics: the scope would wait for ever.
        let _ends = Ends { done: &done, before: WORKS.replace(true) };
        for _ in 1..threads.min(cells.div_ceil(SHARED)) {
            scope.spawn(|_| look(&done));
        }
        work()
    })
}

fn look(done: &AtomicBool) {
    if WORKS.get() {
        return;
    }
    let mut looks = 0;
    while !done.load(Ordering::Relaxed) {
        if rayon::yield_now() == Some(rayon::Yield::Executed) {
            looks = 0;
            continue;
        }
        looks += 1;
        if looks % LOOKS == 0 {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

struct Ends<'a> {
    done: &'a AtomicBool,
    before: bool,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        WORKS.set(self.before);
        self.done.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    /// Threads that look for work find it, one within the other, and are let go at the end.
    #[test]
    fn work_is_done_and_everybody_goes_home() {
        for threads in [1, 2, 5] {
            let sum = pool(threads).install(|| {
                awake(10_000, || {
                    awake(10_000, || (0..10_000_u64).into_par_iter().map(|i| i * i).sum::<u64>())
                })
            });
            assert_eq!(sum, 333_283_335_000);
        }
        assert_eq!(awake(10_000, || 7), 7);
    }

    /// Several at once in one pool, each with passes of its own: nobody waits for nobody.
    #[test]
    fn several_at_once_end() {
        let sums: Vec<u64> = pool(2).install(|| {
            let one = |k: u32| {
                let pass = |_| (0..3000_u64).into_par_iter().map(|i| i % 7).sum::<u64>();
                awake(10_000, || (0..50).map(pass).sum::<u64>() + u64::from(k))
            };
            (0..40_u32).into_par_iter().with_max_len(1).map(one).collect()
        });
        let first = sums[0];
        assert!(sums.iter().zip(0..).all(|(&s, k)| s == first + k));
    }

    /// A panic in the work comes through instead of leaving the others at it for ever.
    #[test]
    fn a_panic_comes_through() {
        let result = std::panic::catch_unwind(|| pool(3).install(|| awake(10_000, || panic!("of the work"))));
        assert!(result.is_err());
    }
}
