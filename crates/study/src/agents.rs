//! Models of agents: read in either form, run, recorded.
//!
//! A run's folder holds `agents.json` (what was run, the series, what happened), `model.toml` (the model in its own form),
//! `series.parquet` and `series.csv` (cells by type over time), `cells.parquet` (every cell at every recorded time),
//! `links.parquet` (spring links), `fields.zarr` (substrates), `report.html` and, until it has come to its end, `checkpoints/`.

mod load;
mod multicellds;
mod overview;
mod record;
mod saved;
mod sheet;

pub use load::{Loaded, is_agents, load, portable};
pub use multicellds::multicellds;
pub use overview::{Overview, Shot, ShotCell, overview};
pub use record::{Asked, Balance, EVENTS, Level, Outcome, Row, read_outcome};

pub use exoderm_tissue::agents::SubstrateBalance as Books;
pub use exoderm_tissue::agents::rules::{Explained, PER_HALF_MAX, explain};

use crate::clock::Moment;
use crate::error::StudyError;
use crate::progress::Progress;
pub use exoderm_model::agents::AgentModel;
use exoderm_tissue::agents::{AgentError, Culture};
use exoderm_units::Quantity;
use record::Recorder;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    /// Steps as long as errors allow.
    pub adaptive: bool,
}

/// What a run needs of the machine. The results do not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    /// Threads; all cores if not given.
    pub threads: Option<usize>,
    /// Set to true to stop.
    pub stop: &'a AtomicBool,
    /// Wall time between checkpoints.
    pub checkpoint_wall: Duration,
    /// Makes the page.
    pub render: fn(&Overview) -> String,
}

impl Machine<'_> {
    fn pool(&self) -> Result<rayon::ThreadPool, StudyError> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.unwrap_or(0))
            .build()
            .map_err(|e| StudyError::Fault(format!("no threads: {e}")))
    }
}

/// Runs a model and records it, with a checkpoint every so often. A stop asked for ends it after the step it is in, with a
/// checkpoint and all files complete as far as it got.
///
/// # Errors
/// What can't be read or run, a folder that can't be used.
pub fn run(
    request: &Request,
    loaded: &Loaded,
    machine: &Machine<'_>,
    progress: &dyn Progress,
) -> Result<Outcome, StudyError> {
    let (model, asked) = asked(request, &loaded.model)?;
    let name = if model.name.is_empty() { "agents" } else { model.name.as_str() };
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let folder = request
        .out
        .clone()
        .unwrap_or_else(|| Path::new("runs").join(format!("{safe}-{}", Moment::now().compact())));
    machine.pool()?.install(|| {
        let wrong = |e| leads_there(&request.file, e);
        let culture = Culture::new(&model, &loaded.cells, &loaded.substrates).map_err(wrong)?;
        let recorder = Recorder::create(&folder, request.force, &model, &loaded.notes, asked)?;
        let key = key(&folder)?;
        At { file: &request.file, folder: &folder, key: &key, machine }.go_on(culture, recorder, progress)
    })
}

/// The model as it is to be run, and in words what is asked of it.
fn asked(request: &Request, read: &AgentModel) -> Result<(AgentModel, Asked), StudyError> {
    let mut model = read.clone();
    let mut changed = Vec::new();
    if let Some(seed) = request.seed {
        model.seed = seed;
        if seed != read.seed {
            changed.push(format!("seed {seed} instead of {}", read.seed));
        }
    }
    let file = request.file.display().to_string();
    let quote = if file.contains(|c: char| c.is_whitespace()) { "'" } else { "" };
    let mut command = format!("exoderm run {quote}{file}{quote} --seed {}", model.seed);
    if let Some(until) = &request.until {
        model.steps.end = minutes(until)?;
        changed.push(format!("end at {} min instead of {} min", model.steps.end, read.steps.end));
        command.push_str(&format!(" --until \"{until}\""));
    }
    for (given, flag, own, what) in [
        (
            request.split,
            "--split",
            &mut model.options.split,
            "substrates and what cells exchange one after the other at every step of diffusion, as PhysiCell takes them",
        ),
        (request.adaptive, "--adaptive", &mut model.options.adaptive, "steps as long as errors allow"),
    ] {
        if given {
            command.push_str(&format!(" {flag}"));
            if !*own {
                changed.push(what.to_owned());
            }
            *own = true;
        }
    }
    Ok((model, Asked { command, changed }))
}

/// Makes the page of a run in a folder, again or for the first time.
///
/// # Errors
/// As [`overview`](fn@overview); if it can't be written.
pub fn write_page(folder: &Path, render: fn(&Overview) -> String) -> Result<Outcome, StudyError> {
    let seen = overview(folder)?;
    exoderm_record::write_atomic(folder.join("report.html"), render(&seen).as_bytes())?;
    Ok(seen.outcome)
}

/// Goes on with a run that was stopped, killed or cut off, to the same bits. One that had come to its end is left as it is.
///
/// # Errors
/// If the folder holds no run of agents or nothing to go on from, or the model, its tables or the program are others now.
pub fn resume(folder: &Path, machine: &Machine<'_>, progress: &dyn Progress) -> Result<Outcome, StudyError> {
    if let Ok(outcome) = read_outcome(folder)
        && !outcome.stopped
    {
        progress.message("this run has come to its end already");
        return Ok(outcome);
    }
    let file = folder.join("model.toml");
    let loaded = load(&file)?;
    let key = key(folder)?;
    let (recorded, state, warning) = saved::load(folder, &key)?;
    warning.iter().for_each(|w| progress.message(w));
    machine.pool()?.install(|| {
        let culture =
            Culture::restored(&loaded.model, &loaded.cells, state).map_err(|e| leads_there(&file, e))?;
        let recorder = Recorder::resume(folder, &culture, recorded)?;
        At { file: &file, folder, key: &key, machine }.go_on(culture, recorder, progress)
    })
}

/// True if a folder was made by a run of agents, whether it has come to its end or was cut off.
pub fn is_run(folder: &Path) -> bool {
    folder.join("agents.json").exists()
        || (!folder.join("run.json").exists()
            && folder.join("model.toml").exists()
            && saved::folder(folder).is_dir())
}

fn leads_there(file: &Path, e: AgentError) -> StudyError {
    StudyError::input(format!("{}: {e}", file.display()), "the numbers of the model lead there")
}

/// What a checkpoint in a folder must have been made from: the model as written there, with the tables and networks it names.
fn key(folder: &Path) -> Result<String, StudyError> {
    let read = |path: &Path| {
        std::fs::read(path)
            .map_err(|e| StudyError::input(format!("`{}` can't be read: {e}", path.display()), ""))
    };
    let file = folder.join("model.toml");
    let mut parts = vec![read(&file)?];
    let model = load::own(&file)?;
    let tables = [&model.initial.cells, &model.initial.substrates].into_iter().flatten();
    for beside in tables.chain(model.networks.iter().map(|n| &n.file)) {
        parts.push(read(Path::new(beside))?);
    }
    Ok(crate::digest::of(&parts))
}

/// A run at work in its folder.
struct At<'a> {
    file: &'a Path,
    folder: &'a Path,
    key: &'a str,
    machine: &'a Machine<'a>,
}

impl At<'_> {
    fn go_on(
        &self,
        mut culture: Culture,
        mut recorder: Recorder,
        progress: &dyn Progress,
    ) -> Result<Outcome, StudyError> {
        let model = culture.model();
        let (interval, name) = (model.steps.record, model.name.clone());
        let name = if name.is_empty() { "agents" } else { name.as_str() };
        progress.started(name, 1);
        let mut last = Instant::now();
        let stopping = || self.machine.stop.load(Ordering::Relaxed);
        let stopped = loop {
            let time = f64::from(recorder.next()) * interval;
            let whole = culture
                .advance_while(time, |share| {
                    progress.advanced(name, share, share);
                    !stopping() && last.elapsed() < self.machine.checkpoint_wall
                })
                .map_err(|e| leads_there(self.file, e))?;
            if whole {
                if culture.done() {
                    break false;
                }
                recorder.take(&culture, time)?;
                progress.advanced(name, culture.progress(), culture.progress());
            }
            let stopped = stopping();
            if stopped || last.elapsed() >= self.machine.checkpoint_wall {
                let recorded = recorder.flush()?;
                saved::save(self.folder, self.key, &culture, &recorded)?;
                last = Instant::now();
            }
            if stopped {
                break true;
            }
        };
        progress.finished();
        recorder.finish(&culture, stopped)?;
        write_page(self.folder, self.machine.render)
    }
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
