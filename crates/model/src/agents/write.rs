//! The TOML form, written with units beside the numbers.

use super::AgentModel;

/// Unit of the numbers under a key; empty for shares, counts and labels.
pub fn unit_of(key: &str) -> &'static str {
    match key {
        "low" | "high" | "voxel" => "um",
        "end" | "record" | "mechanics" | "phenotype" | "persistence" | "attack_duration" | "time_unit"
        | "memory" => "min",
        "diffusion" => "um^2/min",
        "total" | "nuclear" => "um^3",
        "adhesion" | "repulsion" | "membrane_adhesion" | "membrane_repulsion" | "speed" => "um/min",
        "export" => "amount/min",
        "spring" | "decay" | "rate" | "secretion" | "uptake" => "1/min",
        _ if key.ends_with("_rate") || key.starts_with("eat_") => "1/min",
        _ => "",
    }
}

/// Writes a model as TOML. Each number with a unit has it in a comment.
///
/// # Errors
/// A message if a number can't be written.
pub fn write(model: &AgentModel) -> Result<String, String> {
    let plain = toml::to_string(model).map_err(|e| e.to_string())?;
    let mut out = String::with_capacity(2 * plain.len());
    let mut section = "";
    for line in plain.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        }
        out.push_str(line);
        if let Some((key, value)) = line.split_once(" = ") {
            let unit = match (section, key) {
                ("steps", "diffusion") => "min",
                // Bounds of a distribution are in the unit of what is drawn.
                (s, "low" | "high") if s != "domain" => "",
                _ => unit_of(key),
            };
            if !unit.is_empty() && value.starts_with(|c: char| c.is_ascii_digit() || "-[".contains(c)) {
                out.push_str("  # ");
                out.push_str(unit);
            }
        }
        out.push('\n');
    }
    Ok(out)
}
