//! Unknown keys, sections in the wrong place, names of maps: what can be said before any value is read.

use crate::diagnostics::Diagnostic;
use crate::fields::{EVENT_KEYS, Field, Kind, NUMBER_KEYS, Names, SECTIONS, Section, Where, section_named};
use crate::reader::Reader;
use crate::tree::{Entry, Node, Table};

/// Checks the whole tree.
pub(crate) fn check(reader: &mut Reader<'_>) {
    let root = reader.root;
    let top = section_named("").map_or(&[][..], |s: &Section| s.fields);
    for entry in root.iter() {
        if reader.is_full() {
            return;
        }
        if top.iter().any(|f| f.key == entry.key) {
            continue;
        }
        match section_named(&entry.key) {
            Some(section) => check_section(reader, section, entry),
            None => {
                let known = top
                    .iter()
                    .map(|f| f.key)
                    .chain(SECTIONS.iter().map(|s| s.name).filter(|n| !n.is_empty()));
                let what = if entry.node.table().is_some() { "section" } else { "key" };
                let suggestion = reader.suggest(&entry.key, known.clone());
                let help = match suggestion.as_ref().and_then(|s| section_named(s)) {
                    Some(section) => format!("{}: {}", section.name, section.meaning),
                    None => format!("known: {}", known.collect::<Vec<_>>().join(", ")),
                };
                reader.misspelt.extend(suggestion.clone());
                let message = format!("unknown {what} `{}`", entry.key);
                let d = Diagnostic::new("unknown-key", &entry.key_place, message)
                    .label(format!("not a {what} of a scenario"))
                    .nearest(suggestion)
                    .help(help);
                reader.report(d);
            }
        }
    }
}

/// Reports what belongs to the other kind of tissue.
fn misplaced(reader: &mut Reader<'_>, place: Where, entry: &Entry, what: &str) -> bool {
    let (here, there) = if reader.in_box { (Where::Box, "skin") } else { (Where::Skin, "box") };
    if place == Where::Both || place == here {
        return false;
    }
    let kind = if reader.in_box { "box" } else { "skin" };
    let d = Diagnostic::new(
        "misplaced",
        &entry.key_place,
        format!("{what} has no meaning in a tissue of kind \"{kind}\""),
    )
    .help(format!("remove it, or use [tissue] kind = \"{there}\""));
    reader.report(d);
    true
}

fn check_section(reader: &mut Reader<'_>, section: &'static Section, entry: &Entry) {
    if misplaced(reader, section.place, entry, &format!("section `[{}]`", section.name)) {
        return;
    }
    let Some(table) = entry.node.table() else {
        reader.wrong_type(&entry.node, section.name, &format!("a table `[{}]`", section.name));
        return;
    };
    let Some(word) = section.keyed else {
        check_table(reader, section.name, section.fields, table, None);
        return;
    };
    for named in table.iter() {
        if reader.is_full() {
            return;
        }
        let Some(inner) = named.node.table() else {
            let d = Diagnostic::new(
                "type",
                &named.key_place,
                format!("`{}` in `[{}]` is not a table", named.key, section.name),
            )
            .help(format!("entries have names: [{}.{word}]", section.name));
            reader.report(d);
            continue;
        };
        let good = !named.key.is_empty()
            && named.key.len() <= 64
            && named.key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !good {
            let d =
                Diagnostic::new("name", &named.key_place, "a name is made of letters, digits, `_` and `-`")
                    .help("names appear in file names and column headers");
            reader.report(d);
            continue;
        }
        let path = format!("{}.{}", section.name, named.key);
        let kind = if section.name == "event" { inner.get("kind").and_then(|e| e.node.text()) } else { None };
        if section.name == "event" && !event_fits(reader, inner, kind) {
            continue;
        }
        if section.name == "recruit" {
            reader.index_of(Names::Cell, &named.key, &named.key_place);
        }
        check_table(reader, &path, section.fields, inner, kind);
    }
}

/// Whether an event belongs to this kind of tissue; otherwise it is reported as a whole.
fn event_fits(reader: &mut Reader<'_>, table: &Table, kind: Option<&str>) -> bool {
    let place = match kind {
        Some("wound" | "dressing" | "channels") => Where::Skin,
        Some("release") => Where::Box,
        _ => Where::Both,
    };
    let Some(entry) = table.get("kind") else { return true };
    !misplaced(reader, place, entry, &format!("an event of kind \"{}\"", kind.unwrap_or("")))
}

fn check_table(
    reader: &mut Reader<'_>,
    path: &str,
    fields: &'static [Field],
    table: &Table,
    event: Option<&str>,
) {
    let of_event = event.and_then(|kind| EVENT_KEYS.iter().find(|(k, _)| *k == kind)).map(|(_, keys)| *keys);
    let allowed = |f: &&Field| of_event.is_none_or(|keys| f.key == "kind" || keys.contains(&f.key));
    for entry in table.iter() {
        if reader.is_full() {
            return;
        }
        let Some(field) = fields.iter().filter(allowed).find(|f| f.key == entry.key) else {
            let known: Vec<&str> = fields.iter().filter(allowed).map(|f| f.key).collect();
            unknown(reader, path, entry, &known, fields);
            continue;
        };
        if of_event.is_none() && misplaced(reader, field.place, entry, &format!("`{path}.{}`", entry.key)) {
            continue;
        }
        check_value(reader, &format!("{path}.{}", entry.key), field, &entry.node);
    }
}

/// `fields` are those of the table, for their meanings; empty where the keys are not fields.
fn unknown(reader: &mut Reader<'_>, path: &str, entry: &Entry, known: &[&str], fields: &[Field]) {
    let suggestion = reader.suggest(&entry.key, known.iter().copied());
    let help = match suggestion.as_ref().and_then(|s| fields.iter().find(|f| f.key == s)) {
        Some(field) => format!("{}: {}", field.key, field.meaning),
        None => format!("known: {}", known.join(", ")),
    };
    if let Some(meant) = &suggestion {
        reader.misspelt.insert(format!("{path}.{meant}"));
    }
    let d = Diagnostic::new("unknown-key", &entry.key_place, format!("unknown key `{}`", entry.key))
        .label(format!("not a key of `{path}`"))
        .nearest(suggestion)
        .help(help);
    reader.report(d);
}

fn check_number(reader: &mut Reader<'_>, path: &str, node: &Node) {
    for entry in node.table().into_iter().flat_map(Table::iter) {
        if !NUMBER_KEYS.contains(&entry.key.as_str()) {
            unknown(reader, path, entry, NUMBER_KEYS, &[]);
        }
    }
}

fn check_value(reader: &mut Reader<'_>, path: &str, field: &'static Field, node: &Node) {
    match field.kind {
        Kind::Number(_) => check_number(reader, path, node),
        Kind::NumberOf(names, _) => {
            for entry in node.table().into_iter().flat_map(Table::iter) {
                if names != Names::Symbol {
                    reader.index_of(names, &entry.key, &entry.key_place);
                }
                check_number(reader, &format!("{path}.{}", entry.key), &entry.node);
            }
        }
        Kind::Group(fields) => match node.table() {
            Some(table) => check_table(reader, path, fields, table, None),
            None => reader.wrong_type(node, field.key, "a table"),
        },
        Kind::GroupOf(names, fields) => {
            let Some(table) = node.table() else {
                reader.wrong_type(node, field.key, &format!("a table with an entry per {}", names.word()));
                return;
            };
            for entry in table.iter() {
                if names != Names::Symbol && !names.fixed().contains(&entry.key.as_str()) {
                    reader.index_of(names, &entry.key, &entry.key_place);
                }
                match entry.node.table() {
                    Some(inner) => check_table(reader, &format!("{path}.{}", entry.key), fields, inner, None),
                    None => {
                        reader.wrong_type(&entry.node, &entry.key, "a table such as { rate = \"0.01 1/d\" }")
                    }
                }
            }
        }
        Kind::Boundary(_) => {
            let Some(table) = node.table() else {
                reader.wrong_type(node, field.key, "a table with an entry per face");
                return;
            };
            for entry in table.iter() {
                if !Names::Face.fixed().contains(&entry.key.as_str()) {
                    unknown(reader, path, entry, Names::Face.fixed(), &[]);
                }
                check_number(reader, &format!("{path}.{}", entry.key), &entry.node);
            }
        }
        _ => {}
    }
}
