//! `import`, `rules`, and `run` of models of agents.

use crate::args::{
    FolderArgs, ImportCommand, ImportPhysicellArgs, MachineArgs, ResumeArgs, RulesArgs, RunArgs,
};
use crate::failure::{Failure, RESUMABLE};
use crate::{output, stop, terminal};
use exoderm_import::physicell;
use exoderm_model::agents;
use exoderm_report::format::plural;
use exoderm_study::agents as study;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

pub(crate) fn import(command: &ImportCommand) -> Result<ExitCode, Failure> {
    let ImportCommand::Physicell(args) = command;
    let ImportPhysicellArgs { file, out, force } = args;
    let loaded = study::load(file)?;
    tell(&loaded.notes);
    let here = out.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
    let model = study::portable(&loaded.model, here)?;
    let text =
        agents::write(&model).map_err(|e| Failure::fault(format!("the model can't be written: {e}")))?;
    let Some(out) = out else { return output::text(&text) };
    let shown = out.display();
    if out.exists() && !force {
        let message = format!("`{shown}` exists already");
        return Err(Failure::wrong(message, "choose another name, or replace it with --force"));
    }
    exoderm_record::write_atomic(out, text.as_bytes()).map_err(|e| Failure::wrong(e.to_string(), ""))?;
    output::text(&format!(
        "{shown} written: {}, {}, {}\n",
        plural(model.cells.len(), "type of cells", "types of cells"),
        plural(model.substrates.len(), "substrate", "substrates"),
        plural(model.rules.len(), "rule", "rules")
    ))
}

pub(crate) fn rules(args: &RulesArgs) -> Result<ExitCode, Failure> {
    let loaded = study::load(&args.file)?;
    tell(&loaded.notes);
    let model = loaded.model;
    let explained = study::explain(&model).map_err(|e| Failure::wrong(e.to_string(), ""))?;
    if let Some(out) = &args.out {
        let page = || exoderm_report::rules_page(&model.name, &explained);
        output::page_or_picture(out, page, || exoderm_report::rules_svg(&explained))?;
    }
    if args.json {
        let list: Vec<_> = explained
            .iter()
            .map(|e| serde_json::json!({ "sentence": e.sentence(), "signal": e.signal, "value": e.value }))
            .collect();
        return output::json(&list);
    }
    if explained.is_empty() {
        return output::text("the model has no rules\n");
    }
    let mut text = String::new();
    for e in &explained {
        text.push_str(&format!("{}\n", e.sentence()));
        let (low, high) =
            e.value.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
        for at in SHOWN {
            let (Some(signal), Some(&value)) = (e.signal.get(at), e.value.get(at)) else { continue };
            // A curve that differs by rounding only is flat.
            let flat = high - low <= 1e-12 * high.abs().max(low.abs());
            let share = if flat { 0.0 } else { (value - low) / (high - low) };
            let bar = "█".repeat((share * 30.0).round() as usize);
            let (s, v) = (exoderm_report::format::number(*signal), exoderm_report::format::number(value));
            text.push_str(&format!("  {s:>12}  {v:>12}  {bar}\n"));
        }
        text.push('\n');
    }
    text.push_str(
        "Each curve is over the rule's own signal at 0, ¼, ½, 1, 2 and 4 half-maxima, the others at 0.\n",
    );
    if let Some(out) = &args.out {
        text.push_str(&format!("{}\n", out.display()));
    }
    output::text(&text)
}

/// Places of 0, ¼, ½, 1, 2 and 4 half-maxima in a curve.
const SHOWN: [usize; 6] = {
    let n = study::PER_HALF_MAX;
    [0, n / 4, n / 2, n, 2 * n, 4 * n]
};

/// Runs a model of agents.
pub(crate) fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let c = &args.choices;
    for (given, flag) in [
        (c.common.replicates.is_some(), "--replicates"),
        (c.draws > 0, "--draws"),
        (!c.arms.is_empty(), "--arms"),
        (!c.common.set.is_empty(), "--set"),
        (!c.sweep.is_empty(), "--sweep"),
    ] {
        if given {
            return Err(Failure::wrong(
                format!("{flag} is for scenarios; `{}` is a model of agents", args.scenario),
                "repeat a run with another --seed; change the model's file itself",
            ));
        }
    }
    let request = study::Request {
        file: args.scenario.into(),
        seed: args.choices.common.seed,
        until: args.choices.common.until,
        out: args.out,
        force: args.force,
        split: args.split,
        adaptive: args.adaptive,
    };
    let loaded = study::load(&request.file)?;
    if !args.volume.quiet {
        tell(&loaded.notes);
    }
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let stop = stop::on_interrupt(true)?;
    let outcome = study::run(&request, &loaded, &machine(&args.machine, &stop)?, &*progress)?;
    end(&outcome, args.json, args.volume.quiet)
}

/// Goes on with a run of agents.
pub(crate) fn resume(args: &ResumeArgs) -> Result<ExitCode, Failure> {
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let stop = stop::on_interrupt(true)?;
    let outcome = study::resume(&args.folder, &machine(&args.machine, &stop)?, &*progress)?;
    end(&outcome, args.json, args.volume.quiet)
}

/// Writes the page of a run again.
pub(crate) fn report(args: &FolderArgs) -> Result<ExitCode, Failure> {
    let outcome = study::write_page(&args.folder, exoderm_report::agents_page)?;
    if args.json {
        return output::json(&outcome);
    }
    if args.volume.quiet {
        return Ok(ExitCode::SUCCESS);
    }
    output::text(&format!("{}\n", args.folder.join("report.html").display()))
}

fn machine<'a>(args: &MachineArgs, stop: &'a AtomicBool) -> Result<study::Machine<'a>, Failure> {
    Ok(study::Machine {
        threads: args.threads.map(usize::from),
        stop,
        checkpoint_wall: crate::run::checkpoint_wall(args)?,
        render: exoderm_report::agents_page,
    })
}

/// The results on standard output, and the exit code.
fn end(outcome: &study::Outcome, json: bool, quiet: bool) -> Result<ExitCode, Failure> {
    if json {
        output::json(outcome)?;
    } else if !quiet {
        output::text(&summary(outcome))?;
    }
    if outcome.stopped {
        if !quiet {
            terminal::error(&format!("stopped; go on with: exoderm resume {}", outcome.folder.display()));
        }
        return Ok(ExitCode::from(RESUMABLE));
    }
    Ok(ExitCode::SUCCESS)
}

/// The series as a table, and what happened.
fn summary(outcome: &study::Outcome) -> String {
    let mut cells: Vec<&str> = Vec::new();
    for row in &outcome.series {
        if !cells.contains(&row.cell.as_str()) {
            cells.push(&row.cell);
        }
    }
    let mut header = vec!["min"];
    header.extend(&cells);
    header.push("dead");
    let rows: Vec<Vec<String>> = outcome
        .series
        .chunks(cells.len().max(1))
        .map(|rows| {
            let dead: u64 = rows.iter().map(|r| r.apoptotic + r.necrotic).sum();
            let mut line = vec![exoderm_report::format::number(rows[0].time_min)];
            line.extend(rows.iter().map(|r| r.live.to_string()));
            line.push(dead.to_string());
            line
        })
        .collect();
    // Long series are shown at some of their times; all are in the folder.
    let step = rows.len().div_ceil(25).max(1);
    let last = rows.len().saturating_sub(1);
    let shown: Vec<Vec<String>> =
        rows.into_iter().enumerate().filter(|(k, _)| k % step == 0 || *k == last).map(|(_, r)| r).collect();
    let right: Vec<usize> = (0..header.len()).collect();
    let mut text = format!("living cells by type, seed {}\n", outcome.seed);
    text.push_str(&output::table(&header, &shown, &right));
    let happened: Vec<String> =
        outcome.events.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")).collect();
    if !happened.is_empty() {
        text.push_str(&format!("{}\n", happened.join(", ")));
    }
    text.push_str(&format!("report: {}\n", outcome.folder.join("report.html").display()));
    text
}

fn tell(notes: &[physicell::Note]) {
    for note in notes {
        terminal::error(&format!("{} {note}", terminal::paint(terminal::YELLOW, "warning:")));
    }
}
