//! Rules from signals to behaviours, compiled once and evaluated for all cells of a kind at once.
//!
//! All lines that drive one behaviour of one kind form one [`Response`]. With b₀ the behaviour's base value,
//!
//! ```text
//! X = Σ_j (s_j / h_j)^p_j          H = X / (1 + X)
//! U = b₀ + (b_M − b₀) H(up)        value = U + (b_m − U) H(down)
//! ```
//!
//! b_M is the largest response of the lines that increase it, and, if others decrease it, at least b₀; b_m the smallest
//! of those that decrease it, and, if others increase it, at most b₀. One signal alone gives the Hill curve, several
//! help each other, and those that decrease win over those that increase (Johnson et al. 2025,
//! doi 10.1016/j.cell.2025.06.048). A signal that is not above 0 counts as absent.
//!
//! A line with memory uses, in place of its signal's Hill value, a state m that relaxes towards it with a time constant τ:
//! over a step h in which the signal stands still, m ← H + (m − H) e^(−h/τ), which is exact and does not depend on the step; m/(1 − m) then
//! is its part of X. States are columns of the owner ([`Rules::evaluate_over`]); lines of several kinds that take the same
//! signal to the same behaviour share one.
//!
//! Terms are evaluated a column of cells at a time, with powers that have the same bits everywhere ([`power`]).

pub mod power;

use crate::error::CellError;
use power::Exponent;
use serde::{Deserialize, Serialize};

/// One line of a rule table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Kind of cell it holds for.
    pub kind: u16,
    /// Signal, by the owner's numbering.
    pub signal: u16,
    /// The signal increases the behaviour; otherwise it decreases it.
    pub increases: bool,
    /// Behaviour, by the owner's numbering.
    pub behaviour: u16,
    /// The behaviour at full signal.
    pub response: f64,
    /// Signal of half effect, above 0.
    pub half_max: f64,
    /// Hill power, above 0.
    pub power: f64,
    /// The line holds for dead cells too.
    pub dead: bool,
    /// Time constant of its memory (min), 0 for none.
    pub memory: f64,
}

/// One signal's part in a response.
#[derive(Clone, Copy, Debug)]
struct Term {
    signal: u16,
    half_max: f64,
    exponent: Exponent,
    dead: bool,
    memory: Option<Memory>,
}

/// Where a term's memory is kept, and its time constant (min).
#[derive(Clone, Copy, Debug)]
struct Memory {
    column: u16,
    tau: f64,
}

/// A memory stays this far below 1, so that its part of X is a number.
const FULL: f64 = 1.0 - 1e-12;

/// What drives one behaviour of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// The behaviour.
    pub behaviour: u16,
    /// Its base value, and the values at full up and full down signal.
    pub base: f64,
    /// b_M.
    pub high: f64,
    /// b_m.
    pub low: f64,
    /// Some line holds for dead cells; without, a dead cell keeps its value.
    pub dead: bool,
    first: u32,
    downs: u32,
    end: u32,
}

/// Compiled rules of all kinds.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    terms: Vec<Term>,
    responses: Vec<Response>,
    /// First response of each kind, with one more at the end.
    kinds: Vec<u32>,
    /// Signal, direction and behaviour of each column of memories.
    memories: Vec<(u16, bool, u16)>,
}

/// Cells that are evaluated together: their buffers stay in the nearest cache.
const BATCH: usize = 128;

impl Rules {
    /// Compiles `lines` for `kinds` kinds. `base(kind, behaviour)` is the value that holds without a signal. Responses of a
    /// kind come in the order in which their behaviours first occur.
    ///
    /// # Errors
    /// If a line's number is not what it can be (the parameter's name tells which), a kind is not known, or a signal occurs
    /// twice in the same direction for one behaviour.
    pub fn compile(lines: &[Line], kinds: u16, base: impl Fn(u16, u16) -> f64) -> Result<Self, CellError> {
        for (k, line) in lines.iter().enumerate() {
            for (name, value, good) in [
                ("half-max of a rule", line.half_max, line.half_max > 0.0 && line.half_max.is_finite()),
                ("Hill power of a rule", line.power, line.power > 0.0 && line.power.is_finite()),
            ] {
                if !good {
                    return Err(CellError::Parameter { name, value, expected: "a finite number above 0" });
                }
            }
            if !(line.memory >= 0.0 && line.memory.is_finite()) {
                let (name, value) = ("memory of a rule", line.memory);
                return Err(CellError::Parameter { name, value, expected: "a finite number, 0 or more" });
            }
            if !line.response.is_finite() {
                let (name, value) = ("response of a rule", line.response);
                return Err(CellError::Parameter { name, value, expected: "a finite number" });
            }
            if line.kind >= kinds {
                let expected = usize::from(line.kind) + 1;
                return Err(CellError::Length { name: "kinds with rules", found: kinds.into(), expected });
            }
            let key = |l: &Line| (l.kind, l.behaviour, l.signal, l.increases);
            if lines[..k].iter().any(|other| key(other) == key(line)) {
                return Err(CellError::Inconsistent(format!(
                    "two rules of kind {} take signal {} to behaviour {} in the same direction",
                    line.kind, line.signal, line.behaviour
                )));
            }
        }
        let mut rules = Self::default();
        rules.kinds.push(0);
        for kind in 0..kinds {
            let mine: Vec<&Line> = lines.iter().filter(|l| l.kind == kind).collect();
            let mut seen: Vec<u16> = Vec::new();
            for line in &mine {
                if !seen.contains(&line.behaviour) {
                    seen.push(line.behaviour);
                    let of = mine.iter().filter(|l| l.behaviour == line.behaviour).copied();
                    rules.respond(of, line.behaviour, base(kind, line.behaviour));
                }
            }
            rules.kinds.push(rules.responses.len() as u32);
        }
        Ok(rules)
    }

    fn respond<'a>(&mut self, lines: impl Iterator<Item = &'a Line> + Clone, behaviour: u16, base: f64) {
        let first = self.terms.len() as u32;
        let (ups, downs) = (lines.clone().filter(|l| l.increases), lines.clone().filter(|l| !l.increases));
        let (mut high, mut low) = (f64::NEG_INFINITY, f64::INFINITY);
        let memories = &mut self.memories;
        let mut term = |l: &Line| Term {
            signal: l.signal,
            half_max: l.half_max,
            exponent: Exponent::new(l.power),
            dead: l.dead,
            memory: (l.memory > 0.0).then(|| Memory { column: column_of(memories, l), tau: l.memory }),
        };
        for line in ups {
            high = high.max(line.response);
            self.terms.push(term(line));
        }
        let middle = self.terms.len() as u32;
        for line in downs {
            low = low.min(line.response);
            self.terms.push(term(line));
        }
        let end = self.terms.len() as u32;
        if end > middle {
            high = high.max(base);
        }
        if middle > first {
            low = low.min(base);
        }
        let dead = lines.clone().any(|l| l.dead);
        self.responses.push(Response { behaviour, base, high, low, dead, first, downs: middle, end });
    }

    /// Responses of a kind, in the order of the columns that [`Rules::evaluate`] writes; none for a kind that is not known.
    pub fn responses(&self, kind: u16) -> &[Response] {
        match (self.kinds.get(usize::from(kind)), self.kinds.get(usize::from(kind) + 1)) {
            (Some(&a), Some(&b)) => &self.responses[a as usize..b as usize],
            _ => &[],
        }
    }

    /// Columns of memories that a cell needs; 0 without lines that remember.
    pub fn memories(&self) -> usize {
        self.memories.len()
    }

    /// True if a kind has a line that keeps this column of memories.
    pub fn remembers(&self, kind: u16, column: usize) -> bool {
        let of = |r: &Response| &self.terms[r.first as usize..r.end as usize];
        let mut terms = self.responses(kind).iter().flat_map(of);
        terms.any(|t| t.memory.is_some_and(|m| usize::from(m.column) == column))
    }

    /// Bytes of the compiled tables.
    pub fn bytes(&self) -> usize {
        size_of::<Term>() * self.terms.capacity()
            + size_of::<Response>() * self.responses.capacity()
            + 4 * self.kinds.capacity()
    }

    /// Evaluates all responses of `kind` for its cells, with every memory at rest. `signal(s)` is the column of signal s, one entry for each of these
    /// cells, as has `dead`; response r of cell i is written to `values[r * dead.len() + i]`, which must hold the value
    /// that a dead cell keeps.
    ///
    /// # Errors
    /// If a column has not one entry a cell.
    pub fn evaluate<'s>(
        &self,
        kind: u16,
        signal: impl Fn(u16) -> &'s [f64],
        dead: &[bool],
        values: &mut [f64],
    ) -> Result<(), CellError> {
        self.walk(kind, signal, dead, values, None)
    }

    /// The same over a step of `h` (min) in which the signals stand still. `memories[m * dead.len() + i]` is column m of
    /// cell i; those of this kind's lines are taken to the end of the step, and the responses are those there. Memories of dead
    /// cells stand still but for lines that hold for them. A cell that never felt anything has 0.
    ///
    /// # Errors
    /// As [`Rules::evaluate`].
    pub fn evaluate_over<'s>(
        &self,
        kind: u16,
        signal: impl Fn(u16) -> &'s [f64],
        dead: &[bool],
        values: &mut [f64],
        h: f64,
        memories: &mut [f64],
    ) -> Result<(), CellError> {
        let (found, expected) = (memories.len(), self.memories.len() * dead.len());
        if found != expected {
            return Err(CellError::Length { name: "memories of rules", found, expected });
        }
        self.walk(kind, signal, dead, values, Some((h, memories)))
    }

    fn walk<'s>(
        &self,
        kind: u16,
        signal: impl Fn(u16) -> &'s [f64],
        dead: &[bool],
        values: &mut [f64],
        mut over: Option<(f64, &mut [f64])>,
    ) -> Result<(), CellError> {
        let (n, responses) = (dead.len(), self.responses(kind));
        let check = |name, found, expected| {
            if found == expected { Ok(()) } else { Err(CellError::Length { name, found, expected }) }
        };
        check("values of rules", values.len(), responses.len() * n)?;
        for r in responses {
            for term in &self.terms[r.first as usize..r.end as usize] {
                check("signal of a rule", signal(term.signal).len(), n)?;
            }
        }
        let (mut up, mut down) = ([0.0; BATCH], [0.0; BATCH]);
        for from in (0..n).step_by(BATCH) {
            let to = (from + BATCH).min(n);
            let dead = &dead[from..to];
            let any_dead = dead.iter().any(|&d| d);
            for (k, r) in responses.iter().enumerate() {
                let mut sum = |terms: &[Term], total: &mut [f64]| {
                    total.fill(0.0);
                    for t in terms {
                        let s = &signal(t.signal)[from..to];
                        let keep = if any_dead && !t.dead { Some(dead) } else { None };
                        match (&t.memory, &mut over) {
                            (Some(m), Some((h, memories))) => {
                                let at = usize::from(m.column) * n;
                                t.recall(s, keep, m.tau, *h, &mut memories[at + from..at + to], total);
                            }
                            _ => t.exponent.add(s, t.half_max, keep, total),
                        }
                    }
                };
                let (up, down) = (&mut up[..to - from], &mut down[..to - from]);
                sum(&self.terms[r.first as usize..r.downs as usize], up);
                sum(&self.terms[r.downs as usize..r.end as usize], down);
                let out = &mut values[k * n + from..k * n + to];
                let (high, base, low) = (r.high, r.base, r.low);
                // H and 1 − H apart, so that nothing cancels where one of them is small.
                let combine = |x: f64, y: f64| {
                    let ([x, no_x], [y, no_y]) = (saturate(x), saturate(y));
                    // No lines up or down: their extreme is not a number that may be multiplied by 0.
                    let u = if r.downs > r.first { base * no_x + high * x } else { base };
                    if r.end > r.downs { u * no_y + low * y } else { u }
                };
                if any_dead && !r.dead {
                    for (((v, &x), &y), &d) in out.iter_mut().zip(&*up).zip(&*down).zip(dead) {
                        *v = if d { *v } else { combine(x, y) };
                    }
                } else {
                    for ((v, &x), &y) in out.iter_mut().zip(&*up).zip(&*down) {
                        *v = combine(x, y);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Term {
    /// Takes memories over a step of `h`, and adds what they give to `total`; not in cells that `skip` marks.
    fn recall(
        &self,
        signal: &[f64],
        skip: Option<&[bool]>,
        tau: f64,
        h: f64,
        memories: &mut [f64],
        total: &mut [f64],
    ) {
        let mut weights = [0.0; BATCH];
        let weights = &mut weights[..signal.len()];
        self.exponent.add(signal, self.half_max, None, weights);
        let share = exoderm_numeric::math::exp(-h / tau);
        for (k, (m, &x)) in memories.iter_mut().zip(&*weights).enumerate() {
            if !skip.is_some_and(|s| s[k]) {
                let now = saturate(x)[0];
                *m = now + (*m - now) * share;
                let m = m.clamp(0.0, FULL);
                total[k] += m / (1.0 - m);
            }
        }
    }
}

/// The column of memories of a line, a new one if none has its signal, direction and behaviour.
fn column_of(memories: &mut Vec<(u16, bool, u16)>, l: &Line) -> u16 {
    let key = (l.signal, l.increases, l.behaviour);
    let found = memories.iter().position(|m| *m == key);
    found.unwrap_or_else(|| {
        memories.push(key);
        memories.len() - 1
    }) as u16
}

/// X / (1 + X), 1 where X has left the range of numbers, and what it is short of 1.
#[inline]
fn saturate(x: f64) -> [f64; 2] {
    let x = x.min(1e300);
    let rest = 1.0 / (1.0 + x);
    [x * rest, rest]
}

impl Line {
    /// What the line does, as a sentence without its beginning ("In tumour cells, "), with the names and the base value that
    /// the owner has for its numbers. `full` is the behaviour at full signal, which lines of one direction share.
    pub fn clause(&self, signal: &str, behaviour: &str, base: f64, full: f64) -> String {
        let (verb, which) = if self.increases { ("increases", "largest") } else { ("decreases", "smallest") };
        let dead = if self.dead { "; this holds for dead cells too" } else { "" };
        let memory = match self.memory > 0.0 {
            true => format!("; felt through a memory with a time constant of {} min", self.memory),
            false => String::new(),
        };
        let own = match full == self.response {
            true => String::new(),
            false => {
                format!(" (its own line says {}: rules of one behaviour share the {which})", self.response)
            }
        };
        format!(
            "{signal} {verb} {behaviour} from {base} towards {full}{own}: half-way at {}, with Hill power {}{memory}{dead}.",
            self.half_max, self.power
        )
    }
}

impl Response {
    /// The behaviour at full signal in one direction.
    pub fn full(&self, increases: bool) -> f64 {
        if increases { self.high } else { self.low }
    }
}

/// Cells of a kind in words: "tumour cells"; "T cells" of the kind "T cell".
pub fn cells_of(kind: &str) -> String {
    let last = kind.rsplit(' ').next().unwrap_or("");
    match last.to_lowercase().as_str() {
        "cells" => kind.to_owned(),
        "cell" => format!("{kind}s"),
        _ => format!("{kind} cells"),
    }
}
