//! Ctrl-C: the first press stops cleanly, the second at once.

use crate::failure::{Failure, RESUMABLE};
use crate::terminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that Ctrl-C (or a request to terminate) sets. At the second press the program ends at once; every file is
/// complete even then, and the last checkpoints are there.
pub(crate) fn on_interrupt(quiet: bool) -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&flag);
    ctrlc::set_handler(move || {
        if shared.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(RESUMABLE));
        }
        if !quiet {
            terminal::error(
                "\nstopping: checkpoints and a report of what is done are written (again Ctrl-C: at once)",
            );
        }
    })
    .map_err(|e| Failure::fault(format!("Ctrl-C can't be caught: {e}")))?;
    Ok(flag)
}
