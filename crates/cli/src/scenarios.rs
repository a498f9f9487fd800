//! `scenarios` and `init`.

use crate::args::InitArgs;
use crate::failure::Failure;
use crate::output;
use exoderm_skin::library::SCENARIOS;
use exoderm_study::library;
use std::path::Path;
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
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let networks = library::networks_to_edit(&args.scenario)?;
    let mut files: Vec<_> = networks.into_iter().map(|(name, text)| (folder.join(name), text)).collect();
    files.push((file.clone(), &text));
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists() && !args.force) {
        return Err(Failure::wrong(
            format!("`{}` exists already", path.display()),
            "choose another name or folder, or replace it with --force",
        ));
    }
    for (path, text) in &files {
        exoderm_record::write_atomic(path, text.as_bytes()).map_err(|e| Failure::wrong(e.to_string(), ""))?;
    }
    let written: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    output::text(&format!("{} written; run it with: exoderm run {shown}\n", written.join(", ")))
}
