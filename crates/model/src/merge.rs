//! `extends` and `--set`: one tree from a scenario, the files it extends and the arguments of the run.
//!
//! Tables merge key by key, the scenario over its base; anything else replaces. A number written as a table, the
//! trigger of a fate and the boundary of a face are one value each and are replaced as a whole, so that a range of
//! the base never survives beside a value of the scenario. Where a rule's base says `saturation` and the scenario
//! says `fold` (or `half` and `half_dose`), the later one stands.

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::fields::{NUMBER_KEYS, section_named};
use crate::source::{Place, Source};
use crate::tree::{self, Entry, Node, Table, Value};
use crate::{Library, LibraryFile};
use exoderm_units::nearest;
use std::sync::Arc;

/// Files may extend each other in a chain of this length.
const MAX_CHAIN: usize = 8;

/// Keys of a rule of which one is meant.
const EXCLUSIVE: &[[&str; 2]] = &[["fold", "saturation"], ["half", "half_dose"]];

/// The merged tree and the names of its texts, the scenario's own first.
pub(crate) struct Merged {
    pub(crate) root: Table,
    pub(crate) files: Vec<String>,
}

/// Parses a scenario, follows `extends`, applies the settings.
pub(crate) fn load(
    path: &str,
    text: &str,
    library: &Library<'_>,
    sets: &[String],
) -> Result<Merged, Diagnostics> {
    let source = Source::new(path, text);
    let own = tree::parse(&source)?;
    let mut files = vec![path.to_owned()];
    let settings = settings(sets)?;
    files.extend((1..=sets.len()).map(set_name));

    let mut chain = vec![own];
    let mut visited: Vec<&LibraryFile> = Vec::new();
    while let Some(entry) = chain.last().and_then(|t| t.get("extends")) {
        let place = &entry.node.place;
        let Some(name) = entry.node.text() else {
            return Err(Diagnostics::one(
                Diagnostic::new("type", place, "`extends` takes the name of one profile or scenario")
                    .help("as in extends = \"mouse-back\""),
            ));
        };
        let own_file = name.ends_with(FILE_END);
        let wanted = beside(visited.last().map_or(path, |f| f.path.as_str()), name);
        if own_file && wanted == path {
            return Err(Diagnostics::one(circle(&visited, name, place)));
        }
        let found = match own_file {
            true => library.files.iter().find(|f| f.path == wanted),
            false => library.get(name),
        };
        let Some(file) = found else {
            if own_file {
                return Err(Diagnostics::one(
                    Diagnostic::new("unknown-base", place, format!("there is no file `{wanted}` to extend"))
                        .help("the path is relative to the file that it stands in"),
                ));
            }
            let known = library.files.iter().map(|f| f.name.as_str());
            return Err(Diagnostics::one(
                Diagnostic::new(
                    "unknown-base",
                    place,
                    format!("there is no profile or scenario `{name}` to extend"),
                )
                .nearest(nearest(name, known.clone()).map(str::to_owned))
                .help(format!("available: {}", known.collect::<Vec<_>>().join(", "))),
            ));
        };
        if file.path == path
            || visited.iter().any(|f| f.path == file.path)
            || (visited.is_empty() && stem(path) == name)
        {
            return Err(Diagnostics::one(circle(&visited, name, place)));
        }
        if visited.len() == MAX_CHAIN {
            return Err(Diagnostics::one(
                Diagnostic::new(
                    "extends-chain",
                    place,
                    format!("more than {MAX_CHAIN} files extend each other"),
                )
                .help("join some of them"),
            ));
        }
        visited.push(file);
        files.push(file.path.clone());
        chain.push(tree::parse(&Source::new(&file.path, &file.text))?);
    }
    let mut root = chain.pop().unwrap_or_default();
    // What a base calls itself is not what the scenario is called.
    while let Some(next) = chain.pop() {
        for key in ["name", "title", "profile", "extends"] {
            root.remove(key);
        }
        merge(&mut root, next, &mut Vec::new());
    }
    for (path, node) in settings {
        assign(&mut root, &path, 0, node).map_err(|d| Diagnostics::one(*d))?;
    }
    Ok(Merged { root, files })
}

fn circle(visited: &[&LibraryFile], name: &str, place: &Place) -> Diagnostic {
    let what = if visited.is_empty() {
        format!("`{name}` extends itself")
    } else {
        let names: Vec<_> = visited.iter().map(|f| f.name.as_str()).chain([name]).collect();
        format!("`extends` goes round in a circle: {}", names.join(" → "))
    };
    Diagnostic::new("extends-cycle", place, what)
        .help("a file extends another one; give a copy of a built-in scenario another file name")
}

/// How the name of a user's own file ends.
const FILE_END: &str = ".toml";

/// The file that a text extends, if it is one of the user's own: its path, from where `path` counts.
#[must_use]
pub fn extended_file(path: &str, text: &str) -> Option<String> {
    let root = tree::parse(&Source::new(path, text)).ok()?;
    let name = root.get("extends")?.node.text()?;
    name.ends_with(FILE_END).then(|| beside(path, name))
}

/// The network files that a scenario with these settings names, by their paths as seen from where `path` counts. A scenario
/// that can't be put together names none: [`crate::compile`] tells why.
#[must_use]
pub fn network_files(path: &str, text: &str, library: &Library<'_>, sets: &[String]) -> Vec<String> {
    let Ok(merged) = load(path, text, library, sets) else { return Vec::new() };
    let networks = merged.root.get("network").and_then(|e| e.node.table());
    let file = |e: &Entry| Some(network_path(path, &e.node.table()?.get("file")?.node));
    let mut out: Vec<String> =
        networks.into_iter().flat_map(Table::iter).filter_map(file).flatten().collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// The path of the network file that a node names. A setting is read as if it stood in the scenario.
pub(crate) fn network_path(scenario: &str, node: &Node) -> Option<String> {
    let stands_in = node.place.source.name.as_str();
    let stands_in = if stands_in.starts_with("--set #") { scenario } else { stands_in };
    node.text().map(|name| beside(stands_in, name))
}

/// `name` as it is reached from the folder that `path` lies in, without `.` and needless `..`.
fn beside(path: &str, name: &str) -> String {
    let folder = if name.starts_with('/') { "" } else { path.rsplit_once('/').map_or("", |(f, _)| f) };
    let root = if name.starts_with('/') || path.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}

fn stem(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".toml").unwrap_or(file)
}

/// Name of a setting in messages.
fn set_name(number: usize) -> String {
    format!("--set #{number}")
}

/// One value, though written as a table.
fn is_whole(path: &[String], node: &Node) -> bool {
    let Some(table) = node.table() else { return true };
    let fate = path.len() == 4 && path[0] == "cell" && path[2].starts_with("fate");
    let face = path.len() == 4 && path[0] == "substrate" && path[2] == "boundary";
    fate || face || (table.has("value") && table.keys().all(|k| NUMBER_KEYS.contains(&k)))
}

fn merge(base: &mut Table, over: Table, path: &mut Vec<String>) {
    let is_rule = path.len() == 2 && path[0] == "rule";
    for entry in over.into_entries() {
        if is_rule {
            for pair in EXCLUSIVE {
                if let Some(k) = pair.iter().position(|k| *k == entry.key) {
                    base.remove(pair[1 - k]);
                }
            }
        }
        path.push(entry.key.clone());
        let deep =
            base.get(&entry.key).is_some_and(|b| !is_whole(path, &b.node)) && !is_whole(path, &entry.node);
        let Entry { key, key_place, node } = entry;
        match (deep, node.value, base.get_mut(&key)) {
            (true, Value::Table(t), Some(Entry { node: Node { value: Value::Table(b), .. }, .. })) => {
                merge(b, t, path);
            }
            (_, value, _) => base.set(Entry { key, key_place, node: Node { place: node.place, value } }),
        }
        path.pop();
    }
}

/// A path with the place of each of its keys, and the value to put there.
type Setting = (Vec<(String, Place)>, Node);

fn settings(sets: &[String]) -> Result<Vec<Setting>, Diagnostics> {
    let mut out = Vec::new();
    let mut bad = Diagnostics::default();
    for (i, text) in sets.iter().enumerate() {
        match setting(&Source::new(&set_name(i + 1), text)) {
            Ok(s) => out.push(s),
            Err(d) => bad.push(*d),
        }
    }
    if bad.is_empty() { Ok(out) } else { Err(bad) }
}

/// `path=value`: the value is TOML, or a text without quotes ("run.horizon=7 d").
fn setting(source: &Arc<Source>) -> Result<Setting, Box<Diagnostic>> {
    let text = &source.text;
    let bad = |span: std::ops::Range<usize>, message: &str| {
        let d = Diagnostic::new("set", &Place { source: source.clone(), span }, message);
        Box::new(d.help("as in --set run.horizon=\"7 d\" or --set cell.fibroblast.speed=@key*0.5"))
    };
    let Some(equals) = text.find('=').filter(|_| !text.contains(['\n', '\r'])) else {
        return Err(bad(0..text.len(), "a setting has the form path=value, on one line"));
    };
    let mut path = Vec::new();
    let mut start = 0;
    for key in text[..equals].split('.') {
        let from = start + (key.len() - key.trim_start().len());
        let name = key.trim();
        let span = from..from + name.len();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(bad(span, "a path is made of names of letters, digits, `-` and `_`, joined by dots"));
        }
        path.push((name.to_owned(), Place { source: source.clone(), span }));
        start += key.len() + 1;
    }
    if path.len() > 8 {
        return Err(bad(0..equals, "this path is longer than any of the format"));
    }
    if ["extends", "format", "name", "profile"].contains(&path[0].0.as_str()) {
        return Err(bad(0..equals, &format!("`{}` cannot be set from outside the file", path[0].0)));
    }
    // Parsed in place (the path blanked out), so that the value's span is right.
    let padded = format!("{}v={}", " ".repeat(equals.saturating_sub(1)), &text[equals + 1..]);
    let value_text = text[equals + 1..].trim();
    let from = equals + 1 + (text[equals + 1..].len() - text[equals + 1..].trim_start().len());
    let place = Place { source: source.clone(), span: from..from + value_text.len() };
    let parsed = tree::parse_as(&padded, source).ok().and_then(|t| t.get("v").map(|e| e.node.clone()));
    let node = match parsed {
        Some(node) => node,
        None if value_text.is_empty() => return Err(bad(equals..equals + 1, "there is no value after `=`")),
        None if value_text.starts_with(['"', '\'', '[', '{']) => {
            return Err(bad(place.span, "this value is not valid TOML"));
        }
        None => Node { place, value: Value::Text(value_text.to_owned()) },
    };
    Ok((path, node))
}

/// Puts a value at a path, making tables on the way. `depth` keys of the path lead to `table`.
fn assign(
    table: &mut Table,
    path: &[(String, Place)],
    depth: usize,
    node: Node,
) -> Result<(), Box<Diagnostic>> {
    let Some((key, place)) = path.get(depth) else { return Ok(()) };
    if path[0].0 == "rule" && depth == 2 {
        for pair in EXCLUSIVE {
            if let Some(k) = pair.iter().position(|k| k == key) {
                table.remove(pair[1 - k]);
            }
        }
    }
    if depth + 1 == path.len() {
        let mut names: Vec<String> = path.iter().map(|(k, _)| k.clone()).collect();
        let whole = is_whole(&names, &node);
        match (table.get_mut(key), node) {
            (
                Some(Entry { node: Node { value: Value::Table(old), .. }, .. }),
                Node { value: Value::Table(new), .. },
            ) if !whole => merge(old, new, &mut names),
            (_, node) => table.set(Entry { key: key.clone(), key_place: place.clone(), node }),
        }
        return Ok(());
    }
    if depth == 1
        && !table.has(key)
        && section_named(&path[0].0).is_some_and(|s| s.keyed.is_some())
        && let Some(meant) = nearest(key, table.keys())
    {
        // One setting cannot make a whole new entry: a name that nearly is there is a mistyped one.
        return Err(Box::new(
            Diagnostic::new("unknown-name", place, format!("there is no `{}.{key}`", path[0].0))
                .nearest(Some(meant.to_owned()))
                .help(format!("known: {}", table.keys().take(24).collect::<Vec<_>>().join(", "))),
        ));
    }
    if !table.has(key) {
        let empty = Node { place: place.clone(), value: Value::Table(Table::default()) };
        table.set(Entry { key: key.clone(), key_place: place.clone(), node: empty });
    }
    match table.get_mut(key).map(|e| &mut e.node) {
        Some(Node { value: Value::Table(t), .. }) => assign(t, path, depth + 1, node),
        Some(other) if depth + 2 == path.len() && NUMBER_KEYS.contains(&path[depth + 1].0.as_str()) => {
            // speed.range=[…] on a number that was written plainly: give it the table form.
            let mut t = Table::default();
            t.set(Entry { key: "value".to_owned(), key_place: place.clone(), node: other.clone() });
            assign(&mut t, path, depth + 1, node)?;
            other.value = Value::Table(t);
            Ok(())
        }
        _ => Err(Box::new(
            Diagnostic::new("set", place, format!("`{key}` is a value, not a table"))
                .help("shorten the path so that it ends at the value"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        tree::parse(&Source::new("t", text)).unwrap()
    }

    fn at<'t>(t: &'t Table, path: &str) -> &'t Node {
        let mut keys = path.split('.');
        let mut node = &t.get(keys.next().unwrap()).unwrap().node;
        for k in keys {
            node = &node.table().unwrap().get(k).unwrap().node;
        }
        node
    }

    #[test]
    fn numbers_and_triggers_are_replaced_whole_and_tables_merge() {
        let mut base = table(
            "[cell.a]\nspeed = { value = 1, range = [0, 2] }\nradius = 3\nfate.b = { rate = 1 }\n[rule.r]\nsaturation = 1\nhalf = 2\n",
        );
        let over = table(
            "[cell.a]\nspeed = { value = 5 }\nfate.b = { age = 2 }\n[rule.r]\nfold = 3\n[cell.c]\nradius = 1\n",
        );
        merge(&mut base, over, &mut Vec::new());
        assert!(!at(&base, "cell.a.speed").table().unwrap().has("range"));
        assert!(matches!(at(&base, "cell.a.radius").value, Value::Integer(3)));
        assert_eq!(at(&base, "cell.a.fate.b").table().unwrap().keys().collect::<Vec<_>>(), ["age"]);
        assert_eq!(at(&base, "rule.r").table().unwrap().keys().collect::<Vec<_>>(), ["half", "fold"]);
        assert_eq!(at(&base, "cell").table().unwrap().keys().collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn extended_files_are_found_beside_the_file() {
        assert_eq!(beside("my/a.toml", "b.toml"), "my/b.toml");
        assert_eq!(beside("my/a.toml", "../p/./b.toml"), "p/b.toml");
        assert_eq!(beside("a.toml", "../b.toml"), "../b.toml");
        assert_eq!(beside("/x/a.toml", "b.toml"), "/x/b.toml");
        assert_eq!(beside("my/a.toml", "/y/b.toml"), "/y/b.toml");
        assert_eq!(extended_file("my/a.toml", "extends = \"b.toml\"").as_deref(), Some("my/b.toml"));
        assert_eq!(extended_file("my/a.toml", "extends = \"mouse-back\""), None);
    }

    #[test]
    fn settings_are_toml_or_bare_text_with_exact_places() {
        let s = |text: &str| setting(&Source::new("--set #1", text));
        let (path, node) = s("run.horizon = 7 d").unwrap();
        assert_eq!(path[1].0, "horizon");
        assert_eq!(path[1].1.text(), "horizon");
        assert_eq!((node.text().unwrap(), node.place.text()), ("7 d", "7 d"));
        let (_, node) = s("a.b=\"7 d\"").unwrap();
        assert_eq!((node.text().unwrap(), node.place.text()), ("7 d", "\"7 d\""));
        assert!(matches!(s("a.b=1.5").unwrap().1.value, Value::Number(x) if x == 1.5));
        for bad in ["", "a", "=1", "a..b=1", "a=", "a=[1", "extends=x", "a\nb=1", "a.b.c.d.e.f.g.h.i=1"] {
            assert!(s(bad).is_err(), "{bad}");
        }
    }
}
