//! How a study tells how far it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

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

/// The line that tells of a beginning.
pub fn begins(what: &str, jobs: usize) -> String {
    format!("{what}: {jobs} {}", if jobs == 1 { "run" } else { "runs" })
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

/// The parts of a study as one: how far the whole is, so that the time left does not begin anew with each part.
pub(crate) struct Parts<'a> {
    inner: &'a dyn Progress,
    state: Mutex<PartsState>,
}

struct PartsState {
    /// Work expected in all, done in earlier parts, and of the part that runs.
    total: f64,
    before: f64,
    part: f64,
}

impl<'a> Parts<'a> {
    /// A study with so much work, in any unit.
    pub(crate) fn new(inner: &'a dyn Progress, total: f64) -> Self {
        Self { inner, state: Mutex::new(PartsState { total, before: 0.0, part: 0.0 }) }
    }

    /// The next part has so much work.
    pub(crate) fn next(&self, work: f64) {
        let mut s = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        s.before += s.part;
        s.part = work;
    }

    /// All parts are done, or the study was stopped.
    pub(crate) fn end(&self) {
        self.inner.finished();
    }
}

impl Progress for Parts<'_> {
    fn started(&self, what: &str, jobs: usize) {
        self.inner.started(what, jobs);
    }

    fn advanced(&self, job: &str, fraction: f64, overall: f64) {
        let s = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // What comes later was only estimated.
        let total = s.total.max(s.before + s.part);
        let whole = if total > 0.0 { (s.before + s.part * overall) / total } else { overall };
        drop(s);
        self.inner.advanced(job, fraction, whole.min(1.0));
    }

    fn message(&self, text: &str) {
        self.inner.message(text);
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    /// Three parts, the last longer than was expected: the whole never goes back and ends at 1.
    #[test]
    fn parts_are_told_as_one() {
        struct Told(Mutex<Vec<f64>>);
        impl Progress for Told {
            fn started(&self, _: &str, _: usize) {}
            fn advanced(&self, _: &str, _: f64, overall: f64) {
                self.0.lock().unwrap().push(overall);
            }
            fn message(&self, _: &str) {}
            fn finished(&self) {}
        }
        let told = Told(Mutex::default());
        let parts = Parts::new(&told, 10.0);
        for work in [6.0, 3.0, 2.0] {
            parts.next(work);
            parts.started("part", 1);
            parts.advanced("job", 0.5, 0.5);
            parts.advanced("job", 1.0, 1.0);
            parts.finished();
        }
        let told = told.0.into_inner().unwrap();
        assert!(told.windows(2).all(|p| p[0] <= p[1]), "{told:?}");
        assert!((told[0] - 0.3).abs() < 1e-12 && (told[3] - 0.9).abs() < 1e-12, "{told:?}");
        assert_eq!(told[5], 1.0);
    }
}
