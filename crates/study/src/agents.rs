//! Models of agents: read in either form, run, recorded.
//!
//! A run's folder holds `agents.json` (what was run, the series, what happened), `model.toml` (the model in its own form),
//! `series.parquet` and `series.csv` (cells by type over time), `cells.parquet` (every cell at every recorded time),
//! `links.parquet` (spring links) and `fields.zarr` (substrates).

mod load;
mod multicellds;
mod record;
mod sheet;

pub use load::{Loaded, is_agents, load, portable};
pub use multicellds::multicellds;
pub use record::{EVENTS, Outcome, Row, read_outcome};

pub use exoderm_tissue::agents::rules::{Explained, PER_HALF_MAX, explain};

use crate::clock::Moment;
use crate::error::StudyError;
use crate::progress::Progress;
use exoderm_tissue::agents::{AgentError, Culture};
use exoderm_units::Quantity;
use record::Recorder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Settings of a PhysiCell project, or a model of agents.
    pub file: PathBuf,
    /// Seed instead of the model's.
    pub seed: Option<u64>,
    /// End instead of the model's, a time with its unit.
    pub until: Option<String>,
    /// Folder; `runs/<model>-<date>` if not given.
    pub out: Option<PathBuf>,
    /// Replace a former run there.
    pub force: bool,
    /// Take uptake and diffusion one after the other, as PhysiCell does.
    pub split: bool,
    /// Threads; all cores if not given. The results do not depend on it.
    pub threads: Option<usize>,
}

/// Runs a model and records it. A stop asked for ends it at the next recorded time, with all files complete.
///
/// # Errors
/// What can't be read or run, a folder that can't be used.
pub fn run(
    request: &Request,
    loaded: &Loaded,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Outcome, StudyError> {
    let mut model = loaded.model.clone();
    if let Some(seed) = request.seed {
        model.seed = seed;
    }
    model.options.split |= request.split;
    if let Some(until) = &request.until {
        model.steps.end = minutes(until)?;
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads.unwrap_or(0))
        .build()
        .map_err(|e| StudyError::Fault(format!("no threads: {e}")))?;
    let wrong = |e: AgentError| {
        StudyError::input(format!("{}: {e}", request.file.display()), "the numbers of the model lead there")
    };
    pool.install(|| {
        let mut culture = Culture::new(&model, &loaded.cells, &loaded.substrates).map_err(wrong)?;
        let name = if model.name.is_empty() { "agents" } else { model.name.as_str() };
        let safe: String =
            name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
        let folder = request
            .out
            .clone()
            .unwrap_or_else(|| Path::new("runs").join(format!("{safe}-{}", Moment::now().compact())));
        let mut recorder = Recorder::create(&folder, request.force, &model, &loaded.notes)?;
        progress.started(name, 1);
        let mut k = 0_u32;
        let mut stopped = false;
        loop {
            let time = f64::from(k) * model.steps.record;
            culture.advance(time).map_err(wrong)?;
            if culture.done() {
                break;
            }
            recorder.take(&culture, time)?;
            progress.advanced(name, culture.progress(), culture.progress());
            if stop.load(Ordering::Relaxed) {
                stopped = true;
                break;
            }
            k += 1;
        }
        progress.finished();
        recorder.finish(&culture, stopped)
    })
}

/// A time with its unit, in min.
fn minutes(text: &str) -> Result<f64, StudyError> {
    let wrong =
        |why: String| StudyError::input(format!("--until {text}: {why}"), "give a time such as \"24 h\"");
    let q = Quantity::parse(text).map_err(|e| wrong(e.to_string()))?;
    let min = exoderm_units::Unit::parse("min").map_err(|e| wrong(e.to_string()))?;
    let t = q.in_unit(&min).map_err(|e| wrong(e.to_string()))?;
    if t >= 0.0 && t.is_finite() { Ok(t) } else { Err(wrong("it is before the start".to_owned())) }
}
