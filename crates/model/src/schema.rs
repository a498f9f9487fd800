//! JSON Schema and reference of the format, made from the table of fields.

use crate::fields::{
    Default, EVENT_KEYS, Field, Kind, Limit, Names, Nature, Number, SECTIONS, Section, Where,
};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// JSON Schema (draft 2020-12) of a scenario file, for editors that check TOML. It knows keys and shapes; units, names
/// and references are checked by `compile` only.
#[must_use]
pub fn json_schema() -> Value {
    let mut properties = Map::new();
    for section in SECTIONS {
        if section.name.is_empty() {
            properties.extend(section.fields.iter().map(|f| (f.key.to_owned(), field_schema(f))));
            continue;
        }
        let table = table_schema(section.fields, Some(section.meaning));
        let value = if section.keyed.is_some() {
            json!({ "type": "object", "description": section.meaning, "additionalProperties": table })
        } else {
            table
        };
        properties.insert(section.name.to_owned(), value);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Exoderm scenario, format 1",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": {
            "quantity": { "type": ["string", "number"], "description": "\"4 um\", 0.5, \"@key\", \"@key*0.5\", \"@key.low\", \"@cal.key\"" },
            "number": { "anyOf": [
                { "$ref": "#/$defs/quantity" },
                { "type": "object", "additionalProperties": false, "required": ["value"], "properties": {
                    "value": { "$ref": "#/$defs/quantity" },
                    "range": { "type": "array", "items": { "$ref": "#/$defs/quantity" }, "minItems": 2, "maxItems": 2 },
                    "key": { "type": "string" },
                    "outside_range": { "type": "boolean" }
                } }
            ] }
        }
    })
}

fn table_schema(fields: &[Field], description: Option<&str>) -> Value {
    let properties: Map<String, Value> = fields.iter().map(|f| (f.key.to_owned(), field_schema(f))).collect();
    let mut out = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if let (Some(d), Some(o)) = (description, out.as_object_mut()) {
        o.insert("description".to_owned(), json!(d));
    }
    out
}

fn numbers(length: Option<usize>) -> Value {
    let mut out = json!({ "type": "array", "items": { "$ref": "#/$defs/number" } });
    if let (Some(n), Some(o)) = (length, out.as_object_mut()) {
        o.insert("minItems".to_owned(), json!(n));
        o.insert("maxItems".to_owned(), json!(n));
    }
    out
}

fn map_of(names: Names, value: &Value) -> Value {
    match names {
        Names::Face => {
            let properties: Map<String, Value> =
                names.fixed().iter().map(|f| ((*f).to_owned(), value.clone())).collect();
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
        _ => json!({ "type": "object", "additionalProperties": value }),
    }
}

fn field_schema(field: &Field) -> Value {
    let number = json!({ "$ref": "#/$defs/number" });
    let mut out = match field.kind {
        Kind::Text | Kind::Tagged(_) | Kind::Name(_) => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Flags3 => {
            json!({ "type": "array", "items": { "type": "boolean" }, "minItems": 3, "maxItems": 3 })
        }
        Kind::Whole(low, high) => json!({ "type": "integer", "minimum": low, "maximum": high }),
        Kind::Number(_) => json!({ "allOf": [number] }),
        Kind::Numbers(_) => numbers(None),
        Kind::Vector(_) => numbers(Some(3)),
        Kind::Voxel(_) => json!({ "anyOf": [number, numbers(Some(3))] }),
        Kind::Points(_) => json!({ "type": "array", "items": numbers(Some(3)) }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::NameList(_) => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Kind::NumberOf(names, _) => map_of(names, &number),
        Kind::Group(fields) => table_schema(fields, None),
        Kind::GroupOf(names, fields) => map_of(names, &table_schema(fields, None)),
        Kind::Boundary(_) => {
            map_of(Names::Face, &json!({ "anyOf": [{ "enum": ["no_flux", "outflow"] }, number] }))
        }
    };
    if let Some(o) = out.as_object_mut() {
        let text = match unit_of(field) {
            Some(unit) => format!("{} [{unit}]", field.meaning),
            None => field.meaning.to_owned(),
        };
        o.insert("description".to_owned(), json!(text));
    }
    out
}

fn spec_of(field: &Field) -> Option<Number> {
    match field.kind {
        Kind::Number(n) | Kind::Numbers(n) | Kind::Vector(n) | Kind::Voxel(n) | Kind::Points(n) => Some(n),
        Kind::NumberOf(_, n) | Kind::Boundary(n) => Some(n),
        _ => None,
    }
}

fn unit_of(field: &Field) -> Option<String> {
    let unit = spec_of(field)?.unit;
    Some(match unit {
        "1" => "no unit".to_owned(),
        _ => unit.split('|').map(|u| if u == "1" { "no unit" } else { u }).collect::<Vec<_>>().join(" or "),
    })
}

/// The text of `docs/scenario.schema.json`.
#[must_use]
pub fn json_schema_text() -> String {
    let mut text = serde_json::to_string_pretty(&json_schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// The text of `docs/scenario-format.md`.
#[must_use]
pub fn reference() -> String {
    let mut out = String::from(PREFACE);
    for section in SECTIONS {
        let header = match (section.name, section.keyed) {
            ("", _) => "Top of the file".to_owned(),
            (name, Some(word)) => format!("`[{name}.{word}]`"),
            (name, None) => format!("`[{name}]`"),
        };
        let _ = writeln!(out, "\n## {header}\n");
        let place = match section.place {
            Where::Both => "",
            Where::Skin => " Skin only.",
            Where::Box => " Box only.",
        };
        let _ = writeln!(out, "{}{place}\n", section.meaning);
        if section.name == "event" {
            for (kind, keys) in EVENT_KEYS {
                let _ = writeln!(out, "- `kind = \"{kind}\"`: {}", keys.join(", "));
            }
            out.push('\n');
        }
        let _ = writeln!(out, "| key | written as | unit | default | meaning |\n|---|---|---|---|---|");
        rows(&mut out, section, section.fields, "");
    }
    out
}

fn rows(out: &mut String, section: &Section, fields: &[Field], prefix: &str) {
    for f in fields {
        let key = format!("{prefix}{}", f.key);
        let tail = match f.kind {
            Kind::NumberOf(names, _) | Kind::GroupOf(names, _) => format!(".{}", placeholder(names)),
            Kind::Boundary(_) => ".FACE".to_owned(),
            _ => String::new(),
        };
        let unit = unit_of(f).unwrap_or_default().replace('|', "\\|");
        let default = match f.default {
            Default::Required => "required".to_owned(),
            Default::RequiredInSkin(x) => format!("required in skin; {x} in a box"),
            Default::Absent => "–".to_owned(),
            Default::Is("") => "empty".to_owned(),
            Default::Is(x) => x.to_owned(),
        };
        let only = match f.place {
            Where::Skin if section.place == Where::Both && section.name != "event" => " (skin only)",
            Where::Box if section.place == Where::Both && section.name != "event" => " (box only)",
            _ => "",
        };
        let bounds = spec_of(f).map_or("", |n| match n.limit {
            Limit::Any => "",
            Limit::Positive => "; above 0",
            Limit::NonNegative => "; 0 or above",
            Limit::Fraction => "; 0 to 1",
            Limit::PositiveOrInf => "; above 0, or \"inf\"",
            Limit::NonNegativeOrInf => "; 0 or above, or \"inf\"",
        });
        let kind = if spec_of(f).is_some_and(|n| n.nature == Nature::Design) { "; design" } else { "" };
        let _ = writeln!(
            out,
            "| `{key}{tail}` | {} | {unit} | {default} | {}{bounds}{kind}{only} |",
            written(f),
            f.meaning
        );
        if let Kind::Group(inner) | Kind::GroupOf(_, inner) = f.kind {
            // The groups of a cell type that repeat a section are described there.
            if !matches!(f.key, "uptake" | "biogenesis") {
                rows(out, section, inner, &format!("{key}{tail}."));
            }
        }
    }
}

fn placeholder(names: Names) -> &'static str {
    match names {
        Names::Substrate => "SUBSTRATE",
        Names::Cell | Names::Fate => "CELL",
        Names::Vesicle => "POPULATION",
        Names::Cargo => "CARGO",
        Names::Exposure => "EXPOSURE",
        Names::Endpoint => "ENDPOINT",
        Names::Arm => "ARM",
        Names::NetworkOutput => "NETWORK.NAME",
        Names::Symbol => "SYMBOL",
        Names::Face => "FACE",
    }
}

fn written(f: &Field) -> String {
    let quote = |n: Number| {
        if n.example.parse::<f64>().is_ok() {
            format!("`{}`", n.example)
        } else {
            format!("`\"{}\"`", n.example)
        }
    };
    match f.kind {
        Kind::Text => "text".to_owned(),
        Kind::Texts => "list of texts".to_owned(),
        Kind::Flag => "`true` / `false`".to_owned(),
        Kind::Flags3 => "three flags".to_owned(),
        Kind::Whole(..) => "whole number".to_owned(),
        Kind::Number(n) | Kind::NumberOf(_, n) => quote(n),
        Kind::Numbers(n) => format!("list of {}", quote(n)),
        Kind::Vector(n) => format!("three of {}", quote(n)),
        Kind::Voxel(n) => format!("{} or three", quote(n)),
        Kind::Points(n) => format!("list of points, three of {}", quote(n)),
        Kind::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "),
        Kind::Tagged(words) => words
            .iter()
            .map(|(w, n)| n.map_or_else(|| format!("`{w}`"), |n| format!("`{w}:{}`", placeholder(n))))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Name(names) => format!("a {}", names.word()),
        Kind::NameList(names) => format!("list of {}s", names.word()),
        Kind::Group(_) | Kind::GroupOf(..) => "table".to_owned(),
        Kind::Boundary(n) => format!("`no_flux`, `outflow`, `{{ value = {} }}`", quote(n).trim_matches('`')),
    }
}

const PREFACE: &str = "\
# Scenario format 1

Made from the table of fields in `crates/model/src/fields.rs`; a test keeps this page and `scenario.schema.json` current.

A scenario is a TOML file. `extends = \"mouse-back\"` takes everything from a profile (or another scenario) and the file
changes what it needs. `extends = \"my-skin.toml\"` takes a file of your own, by its path from the file that says so; files extend each
other in a chain, and a run folder keeps a copy of each. Tables merge key by key, numbers and lists are replaced. Every entity has a name
(`[cell.NAME]`, `[rule.NAME]`, …), so `--set cell.fibroblast.speed=\"10 um/h\"` reaches every value.

## Numbers

- `\"12 um/h\"`: a number with its unit; the dimension is checked. `0.3`: a number without one.
- `\"@key\"`, `\"@key*0.5\"`, `\"@key/2\"`, `\"@key.low\"`, `\"@key.high\"`: a row of the ledger, with its unit and range.
- `\"@cal.key\"`: a fitted value.
- `{ value = \"12 um/h\", range = [\"5 um/h\", \"30 um/h\"] }`: with a range that parameter draws use. A row's own range
  is used where none is given.
- `{ value = \"80 EV/cell/h\", key = \"@sec_fibroblast\" }`: a literal that must lie in the row's range.
- A value outside its row's or its own range is an error, unless `outside_range = true` stands beside it.

A literal of biology is an assumption and listed as one; what is marked *design* (times, doses, meshes) is not. Defaults
are neutral (none, 0, 1): a number of biology that has no neutral value must be written.

Units of braces depend on another entry: `{substrate}` is the substrate's own `unit`; `{signal}` and `{behaviour}` are
those of the rule (a substrate's unit, `min` for `age`, none for shares; `um/min` for speed, `1/min` for rates,
`um^3/cell/min` for volumes). A secretion is mass per cell and time where the substrate's unit is a mass concentration,
volume per cell and time where it is `1`.
";
