//! Words, names and lists of them: choices, references to entries, signals and behaviours.

use crate::diagnostics::Diagnostic;
use crate::fields::{Kind, Names};
use crate::reader::{Reader, View};
use crate::source::Place;
use crate::tree::Value;
use exoderm_units::nearest;
use std::collections::BTreeSet;

impl<'a> Reader<'a> {
    /// Index of the chosen word among the field's.
    pub(crate) fn choice(&mut self, view: &View<'a>, key: &str) -> Option<usize> {
        let Kind::Choice(words) = view.field(key).kind else { return None };
        let Some(node) = view.node(key) else {
            let default = self.default_of(view, key)?;
            return words.iter().position(|w| *w == default);
        };
        let Some(word) = node.text() else {
            self.wrong_type(node, key, &format!("\"{}\"", words.join("\" or \"")));
            return None;
        };
        let found = words.iter().position(|w| *w == word);
        if found.is_none() {
            let d = Diagnostic::new("choice", &node.place, format!("`{key}` cannot be `{word}`"))
                .nearest(nearest(word, words.iter().copied()).map(str::to_owned))
                .help(format!("one of: {}", words.join(", ")));
            self.report(d);
        }
        found
    }

    /// Index of the entry that a key names.
    pub(crate) fn name(&mut self, view: &View<'a>, key: &str) -> Option<usize> {
        let Kind::Name(names) = view.field(key).kind else { return None };
        let Some(node) = view.node(key) else {
            self.required(view, key);
            return None;
        };
        match node.text() {
            Some(name) => self.index_of(names, name, &node.place),
            None => {
                self.wrong_type(node, key, &format!("the \"name\" of a {}", names.word()));
                None
            }
        }
    }

    /// Indices of the entries that a key lists.
    pub(crate) fn name_list(&mut self, view: &View<'a>, key: &str) -> Vec<usize> {
        let Kind::NameList(names) = view.field(key).kind else { return Vec::new() };
        let Some(node) = view.node(key) else {
            self.required(view, key);
            return Vec::new();
        };
        let Some(list) = node.list().filter(|l| !l.is_empty()) else {
            self.wrong_type(node, key, "a list of names");
            return Vec::new();
        };
        let mut out: Vec<usize> = Vec::new();
        let mut seen = BTreeSet::new();
        for item in list {
            if self.is_full() {
                break;
            }
            match item.text() {
                Some(name) => {
                    let found = self.index_of(names, name, &item.place);
                    if found.is_some_and(|i| !seen.insert(i)) {
                        let d =
                            Diagnostic::new("duplicate", &item.place, format!("`{name}` is listed twice"))
                                .help("name each once");
                        self.report(d);
                    }
                    out.extend(found);
                }
                None => self.wrong_type(item, key, "a list of names"),
            }
        }
        out
    }

    /// Word and name of `word:name`, as signals and behaviours are written.
    pub(crate) fn tagged(&mut self, view: &View<'a>, key: &str) -> Option<(&'static str, Option<usize>)> {
        let Kind::Tagged(words) = view.field(key).kind else { return None };
        let Some(node) = view.node(key) else {
            self.required(view, key);
            return None;
        };
        let Some(text) = node.text() else {
            self.wrong_type(node, key, "a \"word\" or \"word:name\"");
            return None;
        };
        let (word, name) = text.split_once(':').map_or((text, None), |(w, n)| (w, Some(n)));
        let forms = || {
            let form = |(w, n): &(&str, Option<Names>)| {
                if n.is_some() { format!("{w}:NAME") } else { (*w).to_owned() }
            };
            words.iter().map(form).collect::<Vec<_>>().join(", ")
        };
        let Some(&(word, names)) = words.iter().find(|(w, _)| *w == word) else {
            let d = Diagnostic::new("choice", &node.place, format!("`{key}` cannot be `{text}`"))
                .nearest(nearest(word, words.iter().map(|(w, _)| *w)).map(str::to_owned))
                .help(format!("one of: {}", forms()));
            self.report(d);
            return None;
        };
        match (names, name) {
            (None, None) => Some((word, None)),
            (Some(names), Some(name)) => {
                // The caret under the name, not the whole text.
                let mut place = node.place.clone();
                if let Some(at) = place.text().find(':') {
                    place.span.start += at + 1;
                    if place.text().ends_with(['"', '\'']) {
                        place.span.end -= 1;
                    }
                }
                Some((word, Some(self.index_of(names, name, &place)?)))
            }
            _ => {
                let d = Diagnostic::new("choice", &node.place, format!("`{key}` cannot be `{text}`"))
                    .help(format!("one of: {}", forms()));
                self.report(d);
                None
            }
        }
    }

    /// A list of texts with their places; empty without it.
    pub(crate) fn texts(&mut self, view: &View<'a>, key: &str) -> Vec<(String, Place)> {
        let Some(node) = view.node(key) else { return Vec::new() };
        let Some(list) = node.list() else {
            self.wrong_type(node, key, "a list of texts");
            return Vec::new();
        };
        let mut out = Vec::new();
        for item in list {
            match item.text() {
                Some(t) => out.push((t.to_owned(), item.place.clone())),
                None => self.wrong_type(item, key, "a list of texts"),
            }
        }
        out
    }

    /// Three flags.
    pub(crate) fn flags3(&mut self, view: &View<'a>, key: &str) -> [bool; 3] {
        let Some(node) = view.node(key) else { return [false; 3] };
        let mut out = [false; 3];
        match node.list() {
            Some(list) if list.len() == 3 => {
                for (o, n) in out.iter_mut().zip(list) {
                    match n.value {
                        Value::Flag(b) => *o = b,
                        _ => self.wrong_type(n, key, "three of true and false"),
                    }
                }
            }
            _ => self.wrong_type(node, key, "three of true and false"),
        }
        out
    }
}
