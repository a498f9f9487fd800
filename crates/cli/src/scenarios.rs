//! `scenarios` and `init`.

use crate::args::InitArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_skin::library::SCENARIOS;
use exoderm_study::library;
use std::process::ExitCode;

pub(crate) fn list(json: bool) -> Result<ExitCode, Failure> {
    if json {
        let list: Vec<_> = SCENARIOS
            .iter()
            .map(|b| serde_json::json!({ "name": b.name, "summary": b.summary, "path": b.path }))
            .collect();
        return output::json(&list);
    }
    let width = SCENARIOS.iter().map(|b| b.name.len()).max().unwrap_or(0);
    let lines: String = SCENARIOS.iter().map(|b| format!("{:width$}  {}\n", b.name, b.summary)).collect();
    output::text(&lines)
}

pub(crate) fn init(args: &InitArgs) -> Result<ExitCode, Failure> {
    let file = &args.file;
    let shown = file.display().to_string();
    let text = library::copy_to_edit(&args.scenario, &shown)?;
    if file.exists() && !args.force {
        return Err(Failure::wrong(
            format!("`{shown}` exists already"),
            "choose another name, or replace it with --force",
        ));
    }
    exoderm_record::write_atomic(file, text.as_bytes()).map_err(|e| Failure::wrong(e.to_string(), ""))?;
    output::text(&format!("{shown} written; run it with: exoderm run {shown}\n"))
}
