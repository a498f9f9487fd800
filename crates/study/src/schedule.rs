//! Which thread does what next: burn-ins as early as possible, jobs as soon as the burn-in they wait for is there.

use exoderm_tissue::State;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// States of day 0 held ready at once, per thread: beyond this jobs come before further burn-ins.
const READY_PER_THREAD: usize = 4;

/// A burn-in that jobs wait for.
#[derive(Clone, Debug)]
pub(crate) struct BurnIn {
    key: String,
    /// The first job that waits for it.
    pub(crate) first_job: usize,
}

/// A piece of work.
pub(crate) enum Task {
    /// A burn-in, by its place in [`Schedule::burn_ins`].
    BurnIn(usize),
    /// A job, with the state it starts from unless it goes on from a checkpoint.
    Job { index: usize, start: Option<Arc<State>> },
}

enum BurnInState {
    Waiting,
    Running,
    /// Ready for this many jobs that have not begun.
    Ready(Arc<State>),
    Over,
}

#[derive(Clone, Copy, PartialEq)]
enum JobState {
    Waiting,
    Begun,
}

struct Queue {
    burn_ins: Vec<BurnInState>,
    jobs: Vec<JobState>,
}

/// The work of one call of the runner.
pub(crate) struct Schedule {
    burn_ins: Vec<BurnIn>,
    /// By job: the burn-in it waits for.
    needs: Vec<Option<usize>>,
    most_ready: usize,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Schedule {
    /// Work for jobs, given by the key of the burn-in that each waits for.
    pub(crate) fn new(keys: impl Iterator<Item = Option<String>>, threads: usize) -> Self {
        let mut burn_ins: Vec<BurnIn> = Vec::new();
        let needs: Vec<Option<usize>> = keys
            .enumerate()
            .map(|(job, key)| {
                key.map(|key| {
                    burn_ins.iter().position(|b| b.key == key).unwrap_or_else(|| {
                        burn_ins.push(BurnIn { key, first_job: job });
                        burn_ins.len() - 1
                    })
                })
            })
            .collect();
        let queue = Queue {
            burn_ins: burn_ins.iter().map(|_| BurnInState::Waiting).collect(),
            jobs: vec![JobState::Waiting; needs.len()],
        };
        Self {
            burn_ins,
            needs,
            most_ready: READY_PER_THREAD * threads.max(1),
            queue: Mutex::new(queue),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn burn_ins(&self) -> &[BurnIn] {
        &self.burn_ins
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece of work; waits while others make what it needs. `None` when nothing is left or `halted`.
    pub(crate) fn take(&self, halted: impl Fn() -> bool) -> Option<Task> {
        let mut queue = self.queue();
        loop {
            if halted() {
                return None;
            }
            let ready = queue.burn_ins.iter().filter(|b| matches!(b, BurnInState::Ready(_))).count();
            let burn_in = queue.burn_ins.iter().position(|b| matches!(b, BurnInState::Waiting));
            if let Some(index) = burn_in.filter(|_| ready < self.most_ready) {
                queue.burn_ins[index] = BurnInState::Running;
                return Some(Task::BurnIn(index));
            }
            let waiting = |i: &usize| queue.jobs[*i] == JobState::Waiting;
            let can_start =
                |i: &usize| self.needs[*i].is_none_or(|b| matches!(queue.burn_ins[b], BurnInState::Ready(_)));
            if let Some(index) = (0..self.needs.len()).filter(waiting).find(can_start) {
                queue.jobs[index] = JobState::Begun;
                return Some(Task::Job { index, start: self.start_of(&mut queue, index) });
            }
            if !(0..self.needs.len()).any(|i| queue.jobs[i] == JobState::Waiting) {
                return None;
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The state a job starts from; it is given away by the last job that waits for it.
    fn start_of(&self, queue: &mut Queue, index: usize) -> Option<Arc<State>> {
        let burn_in = self.needs[index]?;
        let more = (0..self.needs.len())
            .any(|i| self.needs[i] == Some(burn_in) && queue.jobs[i] == JobState::Waiting);
        let slot = &mut queue.burn_ins[burn_in];
        let BurnInState::Ready(state) = slot else { return None };
        let state = Arc::clone(state);
        if !more {
            *slot = BurnInState::Over;
        }
        Some(state)
    }

    /// A burn-in is made (or was stopped: then nobody starts from it).
    pub(crate) fn set_ready(&self, index: usize, state: Option<Arc<State>>) {
        let mut queue = self.queue();
        if let Some(state) = state {
            queue.burn_ins[index] = BurnInState::Ready(state);
        }
        self.changed.notify_all();
    }

    /// A job needs no more work.
    pub(crate) fn set_done(&self, index: usize) {
        let mut queue = self.queue();
        queue.jobs[index] = JobState::Begun;
        self.changed.notify_all();
    }

    /// Makes waiting threads look at the stop flag.
    pub(crate) fn wake(&self) {
        // Under the lock: a thread that has just looked at the flag is then either waiting, or looks again.
        let _queue = self.queue();
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::burn_in;
    use crate::library::{self, ScenarioText};

    fn state() -> Arc<State> {
        let built_in = library::built_in("diabetic-wound").unwrap();
        let text = ScenarioText::new(built_in.path, built_in.text);
        let set = ["tissue.width=\"300 um\"", "event.wound.radius=\"150 um\"", "run.burn_in=\"0 h\""];
        let scenario = library::compile(&text, &set.map(str::to_owned)).unwrap_or_else(|e| panic!("{e}"));
        Arc::new(burn_in::state(&Arc::new(scenario), 1, 0).unwrap())
    }

    fn is_job(task: Option<Task>, wanted: usize, with_state: bool) -> bool {
        matches!(task, Some(Task::Job { index, start }) if index == wanted && start.is_some() == with_state)
    }

    /// Burn-ins first, each once; then jobs in their order, with the state given away by the last that needs it.
    #[test]
    fn burn_ins_come_first_and_states_are_not_held_longer_than_needed() {
        let key = |k: &str| Some(k.to_owned());
        let schedule = Schedule::new([key("a"), key("b"), None, key("a")].into_iter(), 1);
        assert_eq!(schedule.burn_ins().len(), 2);
        assert!(matches!(schedule.take(|| false), Some(Task::BurnIn(0))));
        assert!(matches!(schedule.take(|| false), Some(Task::BurnIn(1))));
        let state = state();
        schedule.set_ready(0, Some(Arc::clone(&state)));
        assert!(is_job(schedule.take(|| false), 0, true));
        assert!(is_job(schedule.take(|| false), 2, false), "job 1 still waits");
        assert!(is_job(schedule.take(|| false), 3, true));
        assert_eq!(Arc::strong_count(&state), 1);
        schedule.set_ready(1, Some(state));
        assert!(is_job(schedule.take(|| false), 1, true));
        assert!(schedule.take(|| false).is_none());
    }

    /// A thread that waits for a burn-in wakes when the work is stopped.
    #[test]
    fn nobody_waits_for_a_burn_in_that_was_stopped() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let schedule = Schedule::new([Some("a".to_owned())].into_iter(), 2);
        let stop = AtomicBool::new(false);
        assert!(matches!(schedule.take(|| false), Some(Task::BurnIn(0))));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| schedule.take(|| stop.load(Ordering::Relaxed)).is_none());
            std::thread::sleep(std::time::Duration::from_millis(20));
            stop.store(true, Ordering::Relaxed);
            schedule.set_ready(0, None);
            assert!(waiting.join().unwrap());
        });
    }
}
