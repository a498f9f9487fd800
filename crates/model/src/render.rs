//! Diagnostics as text: the line, a caret under the place, the nearest name, the help.
//!
//! Works in a pipe (no colour, no width query). Control characters of the file never reach the terminal.

use crate::diagnostics::{Diagnostic, Diagnostics};
use std::fmt::Write as _;

/// Longest piece of a line that is shown (characters).
const WINDOW: usize = 120;

struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Characters that move the cursor or hide text are shown as a space or a replacement character.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            '\u{fffd}'
        }
        c => c,
    }
}

fn clean(text: &str) -> String {
    text.chars().map(visible).collect()
}

impl Diagnostic {
    /// The message as text, ending with a line break.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let paint = Paint(colour);
        let mut out = String::new();
        let gutter = " ".repeat(self.line.to_string().len());
        let bar = paint.with("34", "|");
        let arrow = paint.with("34", "-->");
        let _ = writeln!(
            out,
            "{}: {}",
            paint.with("1;31", &format!("error[{}]", self.code)),
            clean(&self.message)
        );
        let _ = writeln!(out, "{gutter}{arrow} {}:{}:{}", clean(&self.file), self.line, self.column);

        let line: Vec<char> = self.source().line_text(self.line).chars().map(visible).collect();
        let start = (self.column - 1).min(line.len());
        let wanted = self.source().slice(&self.span).lines().next().unwrap_or("").chars().count().max(1);
        let from = if start + wanted > WINDOW { start.saturating_sub(WINDOW / 4) } else { 0 };
        let to = (from + WINDOW).min(line.len());
        let mut shown: String = line[from..to].iter().collect();
        let mut indent = start - from;
        if from > 0 {
            shown.insert(0, '…');
            indent += 1;
        }
        if to < line.len() {
            shown.push('…');
        }
        let carets = wanted.min((to + 1).saturating_sub(start).max(1));
        let _ = writeln!(out, "{gutter} {bar}");
        let _ = writeln!(out, "{} {bar} {}", paint.with("34", &self.line.to_string()), shown.trim_end());
        let mut under = format!("{}{}", " ".repeat(indent), paint.with("1;31", &"^".repeat(carets)));
        if !self.label.is_empty() {
            let _ = write!(under, " {}", paint.with("31", &clean(&self.label)));
        }
        let _ = writeln!(out, "{gutter} {bar} {under}");
        if let Some(nearest) = &self.nearest {
            let _ = writeln!(out, "{gutter} = nearest: `{}`", clean(nearest));
        }
        if !self.help.is_empty() {
            let _ = writeln!(out, "{gutter} = help: {}", clean(&self.help));
        }
        out
    }
}

impl Diagnostics {
    /// All messages, a blank line between them, and a last line with their number.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let mut out = String::new();
        for d in &self.list {
            out.push_str(&d.render(colour));
            out.push('\n');
        }
        let n = self.list.len() + self.more;
        let _ = write!(out, "{n} error{} found", if n == 1 { "" } else { "s" });
        if self.more > 0 {
            let _ = write!(out, ", the first {} are shown", self.list.len());
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Place, Source};

    #[test]
    fn control_characters_and_long_lines_are_tamed() {
        let text = format!("{}\u{1b}[2Jx = 1", " ".repeat(500));
        let source = Source::new("a\u{7}.toml", &text);
        let d = Diagnostic::new("unknown-key", &Place { source, span: 504..505 }, "bad \u{1b} key");
        let plain = d.render(false);
        assert!(!plain.chars().any(|c| c.is_control() && c != '\n'), "{plain:?}");
        assert!(plain.lines().all(|l| l.chars().count() < 160), "{plain}");
        assert!(d.render(true).contains("\u{1b}[1;31m"));
    }
}
