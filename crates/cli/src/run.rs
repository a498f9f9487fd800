//! `run`, `resume` and `report`.

use crate::args::{ChoiceArgs, CommonChoices, FolderArgs, MachineArgs, MapArgs, ResumeArgs, RunArgs};
use crate::failure::{Failure, RESUMABLE};
use crate::{output, stop, summary, terminal};
use exoderm_study::burn_in;
use exoderm_study::folder::Choices;
use exoderm_study::library;
use exoderm_study::pipeline::{self, Finished, Machine, Request};
use exoderm_study::results::Results;
use std::process::ExitCode;
use std::time::Duration;

/// The choices of a command line.
pub(crate) fn choices(args: ChoiceArgs) -> Choices {
    Choices { draws: args.draws, arms: args.arms, sweep: args.sweep, ..common(args.common) }
}

fn common(args: CommonChoices) -> Choices {
    Choices {
        seed: args.seed,
        replicates: args.replicates,
        until: args.until,
        set: args.set,
        ..Choices::default()
    }
}

/// Wall time between checkpoints.
pub(crate) fn checkpoint_wall(args: &MachineArgs) -> Result<Duration, Failure> {
    let seconds = args.checkpoint_seconds;
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        Failure::wrong(format!("--checkpoint-seconds {seconds} is no time"), "give a number above 0")
    })
}

fn machine(args: &MachineArgs, quiet: bool) -> Result<Machine<'static>, Failure> {
    Ok(Machine {
        threads: args.threads.map(usize::from),
        stop: stop::on_interrupt(quiet)?,
        cache: if args.no_cache { None } else { burn_in::default_cache() },
        checkpoint_wall: checkpoint_wall(args)?,
        ..Machine::new(&render)
    })
}

fn render(results: &Results) -> String {
    exoderm_report::html(results)
}

pub(crate) fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    if exoderm_study::agents::is_agents(std::path::Path::new(&args.scenario)) {
        return crate::agents::run(args);
    }
    for (given, flag) in [(args.split, "--split"), (args.adaptive, "--adaptive")] {
        if given {
            return Err(Failure::wrong(
                format!("{flag} is for models of agents"),
                "leave it out: scenarios are never split, and their steps adapt by themselves",
            ));
        }
    }
    let machine = machine(&args.machine, args.volume.quiet)?;
    let request = Request {
        scenario: library::find_with(&args.scenario, &args.choices.common.set)?,
        choices: choices(args.choices),
        out: args.out,
        force: args.force,
    };
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let finished = pipeline::execute(&request, &machine, &*progress)?;
    tell(&finished, args.json, args.volume.quiet, args.volume.verbose)
}

/// `map`: the exosome arm and the vehicle over dose and release of the dressing, nothing else.
pub(crate) fn map(args: MapArgs) -> Result<ExitCode, Failure> {
    let machine = machine(&args.machine, args.volume.quiet)?;
    let scenario = library::find_with(&args.scenario, &args.choices.set)?;
    let mut choices = Choices { design_map: true, ..common(args.choices) };
    choices.arms = pipeline::arms_of_map(&scenario, &choices)?;
    let request = Request { scenario, choices, out: args.out, force: args.force };
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let finished = pipeline::execute(&request, &machine, &*progress)?;
    tell(&finished, args.json, args.volume.quiet, args.volume.verbose)
}

pub(crate) fn resume(args: ResumeArgs) -> Result<ExitCode, Failure> {
    if exoderm_study::agents::is_run(&args.folder) {
        return crate::agents::resume(&args);
    }
    let machine = machine(&args.machine, args.volume.quiet)?;
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let finished = pipeline::resume(&args.folder, &machine, &*progress)?;
    tell(&finished, args.json, args.volume.quiet, args.volume.verbose)
}

pub(crate) fn report(args: &FolderArgs) -> Result<ExitCode, Failure> {
    if exoderm_study::agents::is_run(&args.folder) {
        return crate::agents::report(args);
    }
    let progress = terminal::progress(args.volume.quiet, args.volume.verbose);
    let finished = pipeline::rebuild(&args.folder, &Machine::new(&render), &*progress)?;
    if args.json {
        return output::json(&finished.results);
    }
    if args.volume.quiet {
        return Ok(ExitCode::SUCCESS);
    }
    output::text(&format!("{}\n", finished.folder.join("report.html").display()))
}

/// The end of a run: the results on standard output, and the exit code.
fn tell(finished: &Finished, json: bool, quiet: bool, verbose: bool) -> Result<ExitCode, Failure> {
    if json {
        output::json(&finished.results)?;
    } else if !quiet {
        output::text(&summary::of(finished, verbose))?;
    }
    if finished.stopped {
        if !quiet {
            terminal::error(&format!("stopped; go on with: exoderm resume {}", finished.folder.display()));
        }
        return Ok(ExitCode::from(RESUMABLE));
    }
    Ok(ExitCode::SUCCESS)
}
