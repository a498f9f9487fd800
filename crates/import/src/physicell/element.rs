//! Elements of the XML, with numbers read as leniently as its own program does, and remarks about that.

use super::{Note, Spot};
use roxmltree::Node;
use std::cell::RefCell;

/// What one file brings up.
#[derive(Debug)]
pub(super) struct Remarks {
    pub(super) file: String,
    pub(super) notes: RefCell<Vec<Note>>,
    pub(super) faults: RefCell<Vec<Note>>,
}

impl Remarks {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), notes: RefCell::default(), faults: RefCell::default() }
    }

    pub(super) fn note(&self, spot: impl Into<Spot>, message: impl Into<String>) {
        let note = Note::new(&self.file, spot, message);
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(super) fn fault(&self, spot: impl Into<Spot>, message: impl Into<String>) {
        let fault = Note::new(&self.file, spot, message);
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
}

/// An element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a, 'd> {
    pub(super) node: Node<'a, 'd>,
    pub(super) remarks: &'a Remarks,
}

/// The number at the start of a text, as C's strtod takes it, and whether that was all of the text.
pub(super) fn leading_number(text: &str) -> Option<(f64, bool)> {
    let text = text.trim();
    let good = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    let cut = text.bytes().position(|b| !(b.is_ascii_digit() || b"+-.eE".contains(&b))).unwrap_or(text.len());
    (1..=cut.min(64)).rev().find_map(|n| {
        let part = &text[..n];
        let value = good(part).then(|| part.parse::<f64>().ok())??;
        Some((value, n == text.len()))
    })
}

impl<'a, 'd> Element<'a, 'd> {
    /// Line and column of its opening tag.
    pub(super) fn spot(self) -> (usize, usize) {
        let at = self.node.document().text_pos_at(self.node.range().start);
        (at.row as usize, at.col as usize)
    }

    pub(super) fn tag(self) -> &'a str {
        self.node.tag_name().name()
    }

    pub(super) fn children(self) -> impl Iterator<Item = Element<'a, 'd>> {
        let remarks = self.remarks;
        self.node.children().filter(Node::is_element).map(move |node| Element { node, remarks })
    }

    pub(super) fn all(self, tag: &str) -> impl Iterator<Item = Element<'a, 'd>> {
        self.children().filter(move |c| c.tag() == tag)
    }

    pub(super) fn child(self, path: &str) -> Option<Element<'a, 'd>> {
        path.split('/').try_fold(self, |at, tag| at.children().find(|c| c.tag() == tag))
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'a str> {
        self.node.attribute(name)
    }

    pub(super) fn text(self) -> &'a str {
        self.node.text().unwrap_or("").trim()
    }

    pub(super) fn note(self, message: impl Into<String>) {
        self.remarks.note(self.spot(), message);
    }

    pub(super) fn fault(self, message: impl Into<String>) {
        self.remarks.fault(self.spot(), message);
    }

    /// Its text as a number.
    pub(super) fn number(self) -> f64 {
        match leading_number(self.text()) {
            Some((x, true)) => x,
            Some((x, false)) => {
                self.note(format!("<{}> is `{}`; read as {x}", self.tag(), self.text()));
                x
            }
            None => {
                self.note(format!("<{}> is `{}`, which is no number; read as 0", self.tag(), self.text()));
                0.0
            }
        }
    }

    /// Its text as yes or no.
    pub(super) fn flag(self) -> bool {
        truth(self.text())
    }

    /// An attribute as yes or no; `missing` if there is none.
    pub(super) fn attribute_flag(self, name: &str, missing: bool) -> bool {
        self.attribute(name).map_or(missing, truth)
    }

    /// Sets a number from a child, if there is one.
    pub(super) fn set(self, path: &str, to: &mut f64) {
        if let Some(child) = self.child(path) {
            *to = child.number();
        }
    }

    /// Names every child that is not read.
    pub(super) fn only(self, known: &[&str]) {
        for child in self.children().filter(|c| !known.contains(&c.tag())) {
            let near = exoderm_units::nearest(child.tag(), known.iter().copied());
            let near = near.map_or_else(String::new, |name| format!("; nearest is <{name}>"));
            child.note(format!("<{}> in <{}> is not known and does nothing{near}", child.tag(), self.tag()));
        }
    }
}

/// Yes or no by the first letter.
fn truth(text: &str) -> bool {
    text.trim().starts_with(['1', 't', 'T', 'y', 'Y'])
}
