//! Messages for the person who wrote the file.
//!
//! A [`Diagnostic`] names one mistake: where, what was expected, the nearest valid name, one line of help. The
//! compiler collects them, so that a run of `check` shows all mistakes of a file at once.

use crate::source::{Place, Source};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Beyond this number further mistakes are only counted.
pub const MAX_SHOWN: usize = 100;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Short code ("unknown-key"), stable across versions.
    pub code: &'static str,
    /// File (or `--set #n`).
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// Bytes in the file's text.
    pub span: Range<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What stands beside the caret; may be empty.
    pub label: String,
    /// Nearest valid name, where a name is wrong.
    pub nearest: Option<String>,
    /// One line of help.
    pub help: String,
    source: Arc<Source>,
}

impl Diagnostic {
    /// A mistake at a place.
    #[must_use]
    pub fn new(code: &'static str, place: &Place, message: impl Into<String>) -> Self {
        let Place { source, span } = place;
        Self {
            code,
            file: source.name.clone(),
            line: source.line(span.start),
            column: source.column(span.start),
            span: span.clone(),
            message: message.into(),
            label: String::new(),
            nearest: None,
            help: String::new(),
            source: source.clone(),
        }
    }

    /// Adds the text beside the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Adds the nearest valid name.
    #[must_use]
    pub fn nearest(mut self, nearest: Option<String>) -> Self {
        self.nearest = nearest;
        self
    }

    /// Adds the line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The text it points into.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// All mistakes found, in the order of files and lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// The first [`MAX_SHOWN`].
    pub list: Vec<Diagnostic>,
    /// How many more there were.
    pub more: usize,
}

impl Diagnostics {
    /// No mistake.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// One mistake only.
    #[must_use]
    pub fn one(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic], more: 0 }
    }

    /// Adds one, unless the same is there already (a shared default read by many cell types is one mistake).
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() >= MAX_SHOWN {
            self.more += 1;
        } else if !self.list.contains(&diagnostic) {
            self.list.push(diagnostic);
        }
    }

    /// Sorts by place: files in the given order, then offset.
    pub(crate) fn sort(&mut self, files: &[String]) {
        self.list.sort_by_key(|d| (files.iter().position(|f| *f == d.file), d.span.start, d.span.end));
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}
