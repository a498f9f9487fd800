//! How a study tells how far it is.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is told while a study runs. Calls come from several threads.
pub trait Progress: Sync {
    /// A set of jobs begins.
    fn started(&self, what: &str, jobs: usize);
    /// A job has got to `fraction` (0–1) of its own work, the set as a whole to `overall`.
    fn advanced(&self, job: &str, fraction: f64, overall: f64);
    /// Something the user should know: a damaged cache entry, a stop asked for.
    fn message(&self, text: &str);
    /// The set is done or stopped.
    fn finished(&self);
}

/// Tells nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str, _: usize) {}
    fn advanced(&self, _: &str, _: f64, _: f64) {}
    fn message(&self, _: &str) {}
    fn finished(&self) {}
}

/// Steps done of all steps of a set of jobs.
pub(crate) struct Tally<'a> {
    progress: &'a dyn Progress,
    total: u64,
    done: AtomicU64,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(progress: &'a dyn Progress, total: u64) -> Self {
        Self { progress, total: total.max(1), done: AtomicU64::new(0) }
    }

    /// `job` is at `now` of its `total` steps, having been at `before` when it last told.
    pub(crate) fn advance(&self, job: &str, before: u64, now: u64, total: u64) {
        let more = now.saturating_sub(before);
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        let fraction = |part: u64, whole: u64| (part as f64 / whole.max(1) as f64).min(1.0);
        self.progress.advanced(job, fraction(now, total), fraction(done, self.total));
    }
}
