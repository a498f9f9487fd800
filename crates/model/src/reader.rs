//! Access to the merged tree by section and key, with defaults from the table of fields.
//!
//! Getters never fail: a mistake is noted, and a placeholder stands for the value until [`Reader::finish`] turns the
//! notes into the result. A value that several entries share is read, reported and listed once.

use crate::Input;
use crate::diagnostics::{Diagnostic, Diagnostics, MAX_SHOWN};
use crate::fields::{Default, Field, Kind, Names, Section, section_named};
use crate::merge::Merged;
use crate::scenario::{NetworkId, Provenance, Scenario};
use crate::source::{Place, Source};
use crate::tree::{Entry, Node, Table, Value};
use exoderm_units::{Unit, nearest};
use std::collections::{BTreeMap, BTreeSet};

/// A table with the fields it may have.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    /// Path of the table, without a final dot ("cell.fibroblast").
    pub(crate) path: String,
    pub(crate) fields: &'static [Field],
    pub(crate) table: Option<&'a Table>,
    /// Its header, for messages about what is missing.
    pub(crate) place: Place,
}

impl<'a> View<'a> {
    /// Path of a key.
    pub(crate) fn at(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|t| t.has(key))
    }

    pub(crate) fn node(&self, key: &str) -> Option<&'a Node> {
        self.table.and_then(|t| t.get(key)).map(|e| &e.node)
    }

    pub(crate) fn field(&self, key: &str) -> &'static Field {
        // Only called with keys of the table of fields; a test reads every key of every section.
        self.fields.iter().find(|f| f.key == key).unwrap_or(&UNKNOWN)
    }
}

static UNKNOWN: Field = Field {
    key: "?",
    kind: Kind::Text,
    default: Default::Absent,
    place: crate::fields::Where::Both,
    meaning: "",
};

/// Names of a section: in order, and by name.
#[derive(Default)]
struct Index {
    list: Vec<String>,
    position: BTreeMap<String, usize>,
}

/// A number in the list of provenance, with what orders it.
pub(crate) struct Listed {
    pub(crate) file: usize,
    pub(crate) offset: usize,
    pub(crate) row: Provenance,
}

pub(crate) struct Reader<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) root: &'a Table,
    files: &'a [String],
    top: Place,
    diagnostics: Diagnostics,
    pub(crate) listed: Vec<Listed>,
    /// Index in `listed` by path.
    pub(crate) by_path: BTreeMap<String, usize>,
    /// Values by path; `None` where reading failed.
    pub(crate) values: BTreeMap<String, Option<f64>>,
    names: BTreeMap<&'static str, Index>,
    pub(crate) in_box: bool,
    /// Paths of keys that were most likely meant by an unknown one.
    pub(crate) misspelt: BTreeSet<String>,
    /// Units of the substrates, once those are read.
    pub(crate) units: Vec<Unit>,
    /// What `network:NAME.OUTPUT` stands for, once the networks are read, and networks that could not be.
    outputs: Vec<(NetworkId, usize)>,
    unread: BTreeSet<String>,
}

/// Key of the index of networks' outputs; no section has this name.
const OUTPUTS: &str = "network:";

impl<'a> Reader<'a> {
    pub(crate) fn new(input: &'a Input<'a>, merged: &'a Merged) -> Self {
        let root = &merged.root;
        let mut names = BTreeMap::new();
        for section in ["substrate", "cell", "vesicle", "cargo", "exposure", "endpoint", "arm"] {
            let table = root.get(section).and_then(|e| e.node.table());
            let list: Vec<String> = table.into_iter().flat_map(Table::keys).map(str::to_owned).collect();
            let position = list.iter().enumerate().map(|(i, n)| (n.clone(), i)).collect();
            names.insert(section, Index { list, position });
        }
        let kind = root.get("tissue").and_then(|e| e.node.table()).and_then(|t| t.get("kind"));
        let in_box = kind.and_then(|e| e.node.text()) == Some("box");
        let top = Place::start_of(&Source::new(input.path, input.text));
        Self {
            input,
            root,
            files: &merged.files,
            top,
            diagnostics: Diagnostics::default(),
            listed: Vec::new(),
            by_path: BTreeMap::new(),
            values: BTreeMap::new(),
            names,
            in_box,
            misspelt: BTreeSet::new(),
            units: Vec::new(),
            outputs: Vec::new(),
            unread: BTreeSet::new(),
        }
    }

    /// Makes the outputs of networks known by name; those of `unread` networks are not complained about.
    pub(crate) fn set_network_outputs(
        &mut self,
        known: Vec<(String, (NetworkId, usize))>,
        unread: BTreeSet<String>,
    ) {
        let position = known.iter().enumerate().map(|(i, (n, _))| (n.clone(), i)).collect();
        let (list, outputs) = known.into_iter().unzip();
        self.names.insert(OUTPUTS, Index { list, position });
        self.outputs = outputs;
        self.unread = unread;
    }

    /// The output of a network that has a place among the names of outputs.
    pub(crate) fn network_output(&self, id: usize) -> Option<(NetworkId, usize)> {
        self.outputs.get(id).copied()
    }

    fn index(&self, names: Names) -> Option<&Index> {
        let key = if names == Names::NetworkOutput { OUTPUTS } else { names.section()? };
        self.names.get(key)
    }

    pub(crate) fn mistakes(&self) -> usize {
        self.diagnostics.list.len() + self.diagnostics.more
    }

    /// Enough mistakes are noted: readers may stop early.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.list.len() >= MAX_SHOWN
    }

    fn count_only(&mut self) {
        self.diagnostics.more += 1;
    }

    /// The mistakes so far.
    pub(crate) fn give_up(mut self) -> Diagnostics {
        self.diagnostics.sort(self.files);
        self.diagnostics
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Index of a source among the files, the scenario's own first.
    pub(crate) fn file_index(&self, place: &Place) -> usize {
        self.files.iter().position(|f| *f == place.source.name).unwrap_or(self.files.len())
    }

    /// The scenario with its provenance, or the mistakes.
    pub(crate) fn finish(mut self, mut scenario: Scenario) -> Result<Scenario, Diagnostics> {
        for path in self.input.path_overrides.keys().filter(|p| !self.values.contains_key(*p)) {
            self.diagnostics.push(
                Diagnostic::new(
                    "override",
                    &self.top,
                    format!("no number of the scenario has the path `{path}`"),
                )
                .nearest(nearest(path, self.values.keys().map(String::as_str)).map(str::to_owned))
                .help("paths are those of the list of provenance"),
            );
        }
        for key in self.input.ledger_overrides.keys().filter(|k| self.input.library.ledger.get(k).is_none()) {
            self.diagnostics.push(
                Diagnostic::new("override", &self.top, format!("the ledger has no row `{key}` to override"))
                    .nearest(self.input.library.ledger.nearest(key).map(str::to_owned))
                    .help("keys are those of data/ledger"),
            );
        }
        if self.diagnostics.is_empty() {
            // Base before scenario, each in the order of writing.
            self.listed.sort_by_key(|l| (std::cmp::Reverse(l.file), l.offset));
            scenario.provenance = self.listed.into_iter().map(|l| l.row).collect();
            return Ok(scenario);
        }
        Err(self.give_up())
    }

    pub(crate) fn top(&self) -> &Place {
        &self.top
    }

    /// A section without names.
    pub(crate) fn view(&self, section: &str) -> View<'a> {
        let fields = section_named(section).map_or(&[][..], |s: &Section| s.fields);
        if section.is_empty() {
            return View { path: String::new(), fields, table: Some(self.root), place: self.top.clone() };
        }
        let entry = self.root.get(section);
        View {
            path: section.to_owned(),
            fields,
            table: entry.and_then(|e| e.node.table()),
            place: entry.map_or_else(|| self.top.clone(), |e| e.key_place.clone()),
        }
    }

    /// The entries of a section with names, in the order of writing; none once enough mistakes are noted.
    pub(crate) fn entries(&self, section: &str) -> Vec<(String, View<'a>)> {
        let fields = section_named(section).map_or(&[][..], |s: &Section| s.fields);
        let table = self.root.get(section).and_then(|e| e.node.table()).filter(|_| !self.is_full());
        let view = |e: &'a Entry| View {
            path: format!("{section}.{}", e.key),
            fields,
            table: e.node.table(),
            place: e.key_place.clone(),
        };
        table.into_iter().flat_map(Table::iter).map(|e| (e.key.clone(), view(e))).collect()
    }

    /// A group inside a table, with its own fields.
    pub(crate) fn group(&self, view: &View<'a>, key: &str) -> View<'a> {
        let fields = match view.field(key).kind {
            Kind::Group(fields) | Kind::GroupOf(_, fields) => fields,
            _ => &[],
        };
        let entry = view.table.and_then(|t| t.get(key));
        View {
            path: view.at(key),
            fields,
            table: entry.and_then(|e| e.node.table()),
            place: entry.map_or_else(|| view.place.clone(), |e| e.key_place.clone()),
        }
    }

    /// Place of the deepest part of a path that is written.
    pub(crate) fn place_of(&self, path: &str) -> Place {
        let mut table = Some(self.root);
        let mut place = self.top.clone();
        for key in path.split('.') {
            let Some(entry) = table.and_then(|t| t.get(key)) else { break };
            table = entry.node.table();
            place = if table.is_some() { entry.key_place.clone() } else { entry.node.place.clone() };
        }
        place
    }

    pub(crate) fn names(&self, names: Names) -> &[String] {
        self.index(names).map_or(&[], |i| i.list.as_slice())
    }

    /// Index of a name, silently.
    pub(crate) fn position(&self, names: Names, name: &str) -> Option<usize> {
        self.index(names).and_then(|i| i.position.get(name)).copied()
    }

    /// Nearest name; not looked for once enough mistakes are shown.
    pub(crate) fn suggest<'n>(&self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
        if self.is_full() { None } else { nearest(name, known).map(str::to_owned) }
    }

    /// Index of a name; a name that is not there is reported.
    pub(crate) fn index_of(&mut self, names: Names, name: &str, place: &Place) -> Option<usize> {
        if let Some(i) = self.position(names, name) {
            return Some(i);
        }
        if names == Names::NetworkOutput && self.unread.contains(name.split('.').next().unwrap_or("")) {
            return None; // the network's file is reported
        }
        if self.is_full() {
            self.count_only();
            return None;
        }
        let known = || self.names(names).iter().map(String::as_str).chain(names.fixed().iter().copied());
        let suggestion = nearest(name, known()).map(str::to_owned);
        let list: Vec<&str> = known().take(24).collect();
        let help = match (list.is_empty(), names.section()) {
            (false, _) => format!("available: {}", list.join(", ")),
            (true, Some(section)) => format!("define it as [{section}.{name}]"),
            (true, None) if names == Names::NetworkOutput => {
                "define a network as [network.NAME]; it is read as \"network:NAME.SPECIES\"".to_owned()
            }
            (true, None) => String::new(),
        };
        let d = Diagnostic::new("unknown-name", place, format!("there is no {} `{name}`", names.word()))
            .nearest(suggestion)
            .help(help);
        self.report(d);
        None
    }

    /// Reports a required key that is not there. A section that is missing altogether is reported once.
    pub(crate) fn missing(&mut self, view: &View<'_>, key: &str) {
        if self.is_misspelt(&view.at(key)) || (view.table.is_none() && self.is_misspelt(&view.path)) {
            return;
        }
        let d =
            if view.table.is_none() && !view.path.is_empty() {
                Diagnostic::new(
                    "missing-section",
                    &view.place,
                    format!("the section `[{}]` is missing", view.path),
                )
                .help(format!("it needs at least `{key}`: {}", view.field(key).meaning))
            } else {
                let whose =
                    if view.path.is_empty() { String::new() } else { format!(" in `[{}]`", view.path) };
                Diagnostic::new("missing-key", &view.place, format!("`{key}` is missing{whose}"))
                    .help(format!("{key}: {}{}", view.field(key).meaning, example(view.field(key))))
            };
        self.report(d);
    }

    /// Whether an unknown key that looks like this one was reported: it would be one mistake twice.
    pub(crate) fn is_misspelt(&self, path: &str) -> bool {
        self.misspelt.contains(path)
    }

    pub(crate) fn wrong_type(&mut self, node: &Node, key: &str, wanted: &str) {
        let d = Diagnostic::new("type", &node.place, format!("`{key}` takes {wanted}, not {}", node.kind()))
            .label(format!("this is {}", node.kind()))
            .help("docs/scenario-format.md lists every key with its unit and default");
        self.report(d);
    }

    /// Whether a key stands or, where it must, its absence is reported.
    pub(crate) fn required(&mut self, view: &View<'_>, key: &str) {
        let must = match view.field(key).default {
            Default::Required => true,
            Default::RequiredInSkin(_) => !self.in_box,
            _ => false,
        };
        if must {
            self.missing(view, key);
        }
    }

    /// The default of a key as text, once its absence is allowed.
    pub(crate) fn default_of(&mut self, view: &View<'_>, key: &str) -> Option<&'static str> {
        self.required(view, key);
        match view.field(key).default {
            Default::Is(text) | Default::RequiredInSkin(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&mut self, view: &View<'a>, key: &str) -> Option<String> {
        let Some(node) = view.node(key) else {
            return self.default_of(view, key).map(str::to_owned);
        };
        match node.text() {
            Some(t) if t.chars().any(char::is_control) => {
                let d = Diagnostic::new("text", &node.place, format!("`{key}` holds control characters"))
                    .help("write it on one line");
                self.report(d);
                None
            }
            Some(t) => Some(t.to_owned()),
            None => {
                self.wrong_type(node, key, "a \"text\"");
                None
            }
        }
    }

    pub(crate) fn flag(&mut self, view: &View<'a>, key: &str) -> bool {
        match view.node(key) {
            None => self.default_of(view, key) == Some("true"),
            Some(Node { value: Value::Flag(b), .. }) => *b,
            Some(node) => {
                self.wrong_type(node, key, "true or false");
                false
            }
        }
    }
}

/// ", as in …" for a number.
fn example(field: &Field) -> String {
    match field.kind {
        Kind::Number(n) | Kind::NumberOf(_, n) if n.example.parse::<f64>().is_ok() => {
            format!(", as in {} = {}", field.key, n.example)
        }
        Kind::Number(n) => format!(", as in {} = \"{}\"", field.key, n.example),
        Kind::Choice(words) => format!(" ({})", words.join(", ")),
        _ => String::new(),
    }
}
