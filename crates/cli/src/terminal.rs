//! Standard error: messages and progress. Colour only on a terminal and without `NO_COLOR`.

use exoderm_study::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bold red.
pub(crate) const RED: &str = "1;31";
/// Bold yellow.
pub(crate) const YELLOW: &str = "1;33";
/// In a pipe a line is written at least this often while something goes on …
const PIPE_INTERVAL: Duration = Duration::from_secs(10);
/// … and whenever this much more is done.
const PIPE_STEP: f64 = 0.1;

/// Whether messages are coloured.
pub(crate) fn colour_on_stderr() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    !refused && !dumb && std::io::stderr().is_terminal()
}

/// A text in colour, if messages are.
pub(crate) fn paint(code: &str, text: &str) -> String {
    if colour_on_stderr() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Writes a line to standard error; if that is gone, there is nobody to tell.
pub(crate) fn error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// How progress is shown.
pub(crate) fn progress(quiet: bool, verbose: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Quiet)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bar { bar: Mutex::new(None), verbose })
    } else {
        Box::new(Lines { state: Mutex::new(LineState::new()), verbose })
    }
}

fn warning(text: &str) -> String {
    format!("{} {text}", paint(YELLOW, "note:"))
}

/// Errors only.
struct Quiet;

impl Progress for Quiet {
    fn started(&self, _: &str, _: usize) {}
    fn advanced(&self, _: &str, _: f64, _: f64) {}
    fn message(&self, _: &str) {}
    fn finished(&self) {}
}

/// A bar with the time left.
struct Bar {
    bar: Mutex<Option<ProgressBar>>,
    verbose: bool,
}

/// Steps of the bar.
const BAR_STEPS: u64 = 1000;

impl Progress for Bar {
    fn started(&self, what: &str, jobs: usize) {
        let prefix = format!("{what} ({jobs} runs)");
        let mut held = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = &*held {
            // The next part of the same work: its time goes on.
            bar.set_prefix(prefix);
            return;
        }
        let style = "{prefix} {bar:30} {percent:>3} %  {elapsed} gone, {eta} left  {wide_msg}";
        let bar = ProgressBar::with_draw_target(Some(BAR_STEPS), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(prefix);
        bar.enable_steady_tick(Duration::from_millis(500));
        *held = Some(bar);
    }

    fn advanced(&self, job: &str, fraction: f64, overall: f64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_position((overall * BAR_STEPS as f64) as u64);
            bar.set_message(job.to_owned());
            if self.verbose && fraction >= 1.0 {
                bar.println(format!("{job} done"));
            }
        }
    }

    fn message(&self, text: &str) {
        match &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(bar) => bar.println(warning(text)),
            None => error(&warning(text)),
        }
    }

    fn finished(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

/// Plain lines.
struct Lines {
    state: Mutex<LineState>,
    verbose: bool,
}

struct LineState {
    begin: Instant,
    told_at: Instant,
    told: f64,
    /// A part of the work has begun: the next one goes on with its time.
    running: bool,
}

impl LineState {
    fn new() -> Self {
        let now = Instant::now();
        Self { begin: now, told_at: now, told: 0.0, running: false }
    }
}

impl Progress for Lines {
    fn started(&self, what: &str, jobs: usize) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.running {
            *state = LineState { running: true, ..LineState::new() };
        }
        drop(state);
        error(&exoderm_study::progress::begins(what, jobs));
    }

    fn advanced(&self, job: &str, fraction: f64, overall: f64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.verbose && fraction >= 1.0 {
            error(&format!("{job} done"));
        }
        let more = overall > state.told;
        let due =
            overall >= state.told + PIPE_STEP || state.told_at.elapsed() >= PIPE_INTERVAL || overall >= 1.0;
        if !(more && due) {
            return;
        }
        let gone = state.begin.elapsed().as_secs_f64();
        let left = if overall > 0.0 { gone / overall - gone } else { f64::NAN };
        let left = if left.is_finite() && overall < 1.0 {
            format!(", about {} left", seconds(left))
        } else {
            String::new()
        };
        error(&format!("{:3.0} %, {} gone{left}", 100.0 * overall, seconds(gone)));
        state.told = overall;
        state.told_at = Instant::now();
    }

    fn message(&self, text: &str) {
        error(&warning(text));
    }

    fn finished(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).running = false;
    }
}

/// A duration for people.
pub(crate) fn seconds(s: f64) -> String {
    if s < 99.5 {
        format!("{s:.0} s")
    } else if s < 5400.0 {
        format!("{:.0} min", s / 60.0)
    } else {
        format!("{:.1} h", s / 3600.0)
    }
}
