//! Rules against their formula, written out term by term.

use exoderm_cell::rules::{Line, Rules, cells_of};
use exoderm_numeric::math;

fn line(signal: u16, increases: bool, response: f64, half_max: f64, power: f64) -> Line {
    Line { kind: 0, signal, increases, behaviour: 3, response, half_max, power, dead: false, memory: 0.0 }
}

/// The formula, from the lines.
fn formula(lines: &[Line], base: f64, signals: &[f64]) -> f64 {
    let hill = |increases: bool| {
        let x: f64 = lines
            .iter()
            .filter(|l| l.increases == increases)
            .map(|l| math::pow(signals[usize::from(l.signal)] / l.half_max, l.power))
            .sum();
        x / (1.0 + x)
    };
    let responses = |up: bool| lines.iter().filter(move |l| l.increases == up).map(|l| l.response);
    let (ups, downs) = (responses(true).count(), responses(false).count());
    let mut value = base;
    if ups > 0 {
        let mut high = responses(true).fold(f64::NEG_INFINITY, f64::max);
        high = if downs > 0 { high.max(base) } else { high };
        value = base + (high - base) * hill(true);
    }
    if downs > 0 {
        let mut low = responses(false).fold(f64::INFINITY, f64::min);
        low = if ups > 0 { low.min(base) } else { low };
        value += (low - value) * hill(false);
    }
    value
}

/// Up, down, two up, two down, both, shared extremes, responses on the other side of the base, any power.
#[test]
fn every_combination_follows_the_formula() {
    let lines = [
        line(0, true, 0.01, 21.5, 4.0),
        line(1, true, 0.004, 0.25, 3.0),
        line(2, false, 0.0, 1.3, 7.7),
        line(3, false, 2e-4, 40.0, 0.5),
        line(0, false, 5e-4, 5.0, 1.0),
        line(1, true, 1e-4, 0.7, 2.35),
    ];
    let signals =
        [[0.0, 0.1, 21.5, 300.0], [0.2, 0.0, 1.0, 9.0], [1e-6, 1.2, 1.3, 50.0], [39.0, 0.0, 1.0, 7e4]];
    let (mut checked, mut worst) = (0, 0.0_f64);
    for mask in 1..64_u32 {
        let chosen: Vec<Line> = (0..6).filter(|k| mask >> k & 1 == 1).map(|k| lines[k as usize]).collect();
        let Ok(rules) = Rules::compile(&chosen, 1, |_, _| 7e-4) else {
            assert!(mask & 0b10_0010 == 0b10_0010, "only the doubled line is refused");
            continue;
        };
        let mut values = [0.0; 4];
        rules.evaluate(0, |s| &signals[usize::from(s)], &[false; 4], &mut values).unwrap();
        for (i, value) in values.into_iter().enumerate() {
            let expected = formula(&chosen, 7e-4, &signals.map(|s| s[i]));
            worst = worst.max((value - expected).abs() / expected.abs().max(7e-4));
            checked += 1;
        }
    }
    assert!(checked > 180 && worst < 1e-13, "{checked} {worst}");
}

/// A faint signal on a base of 0 keeps its digits, an enormous one is full.
#[test]
fn faint_and_enormous_signals_keep_their_digits() {
    for power in [1.0, 2.5, 3.3, 8.0] {
        let lines = [line(0, true, 0.02, 10.0, power)];
        let rules = Rules::compile(&lines, 1, |_, _| 0.0).unwrap();
        let signal = [1e-4, 3e-3, 0.7, 12.0, 1e60];
        let mut values = [0.0; 5];
        rules.evaluate(0, |_| &signal, &[false; 5], &mut values).unwrap();
        for (value, s) in values.into_iter().zip(signal).take(4) {
            let expected = formula(&lines, 0.0, &[s]);
            assert!((value / expected - 1.0).abs() < 1e-13, "{power} {s}: {value} {expected}");
        }
        assert_eq!(values[4], 0.02);
    }
}

#[test]
fn dead_cells_keep_what_no_line_gives_them() {
    let mut lines = vec![line(0, true, 2.0, 1.0, 1.0), line(1, true, 2.0, 1.0, 1.0)];
    let run = |lines: &[Line]| {
        let rules = Rules::compile(lines, 1, |_, _| 1.0).unwrap();
        let mut values = [9.0, 9.0];
        rules.evaluate(0, |_| &[1.0, 1.0], &[false, true], &mut values).unwrap();
        values
    };
    let live = 1.0 + 2.0 / 3.0;
    assert!((run(&lines)[0] - live).abs() < 1e-15 && run(&lines)[1] == 9.0);
    lines[0].dead = true;
    assert!((run(&lines)[1] - 1.5).abs() < 1e-15, "one of two lines holds");
}

#[test]
fn behaviours_and_kinds_are_apart() {
    let mut lines =
        vec![line(0, true, 2.0, 1.0, 1.0), line(0, true, 5.0, 1.0, 1.0), line(0, false, 0.0, 1.0, 1.0)];
    (lines[1].behaviour, lines[2].kind) = (4, 2);
    let rules = Rules::compile(&lines, 3, |_, b| f64::from(b)).unwrap();
    let of = |kind| rules.responses(kind).iter().map(|r| r.behaviour).collect::<Vec<_>>();
    assert_eq!((of(0), of(1), of(2), of(7)), (vec![3, 4], vec![], vec![3], vec![]));
    let mut values = vec![0.0; 2 * 300];
    rules.evaluate(0, |_| &[1.0; 300], &[false; 300], &mut values).unwrap();
    assert!(values[..300].iter().all(|v| (v - 2.5).abs() < 1e-15), "a response below the base lowers");
    assert!(values[300..].iter().all(|v| (v - 4.5).abs() < 1e-15));
    assert!(rules.evaluate(0, |_| &[1.0; 299], &[false; 300], &mut values).is_err());
}

#[test]
fn lines_that_cannot_be_are_refused() {
    for bad in [
        line(0, true, 1.0, 0.0, 1.0),
        line(0, true, 1.0, 1.0, -2.0),
        line(0, true, f64::NAN, 1.0, 1.0),
        Line { kind: 1, ..line(0, true, 1.0, 1.0, 1.0) },
    ] {
        assert!(Rules::compile(&[bad], 1, |_, _| 0.0).is_err());
    }
    let twice = [line(0, true, 1.0, 1.0, 1.0), line(0, true, 2.0, 3.0, 1.0)];
    let error = Rules::compile(&twice, 1, |_, _| 0.0).unwrap_err().to_string();
    assert!(error.contains("in the same direction"), "{error}");
}

/// A pulse of half an hour through a memory of two: up by the exponential law, down by it, the same for every step.
#[test]
fn a_memory_relaxes_by_its_law_whatever_the_step() {
    let remembering = Line { memory: 120.0, ..line(0, true, 4.0, 2.0, 3.0) };
    let rules = Rules::compile(&[remembering], 1, |_, _| 1.0).unwrap();
    assert_eq!((rules.memories(), rules.remembers(0, 0), rules.remembers(1, 0)), (1, true, false));
    let full = 27.0 / 35.0;
    let course = |h: f64| {
        let (mut value, mut memory, mut seen) = ([1.0], [0.0], Vec::new());
        for k in 0..(300.0 / h) as u32 {
            let signal = [if f64::from(k) * h < 30.0 { 3.0 } else { 0.0 }];
            rules.evaluate_over(0, |_| &signal, &[false], &mut value, h, &mut memory).unwrap();
            let t = f64::from(k + 1) * h;
            let up = full * (1.0 - math::exp(-t.min(30.0) / 120.0));
            let exact = 1.0 + 3.0 * up * math::exp(-(t - 30.0).max(0.0) / 120.0);
            assert!((value[0] - exact).abs() < 1e-13, "{t}: {} {exact}", value[0]);
            if t % 30.0 == 0.0 {
                seen.push(value[0]);
            }
        }
        seen
    };
    for (a, b) in course(0.5).iter().zip(course(30.0)) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
    // At rest it is the Hill curve.
    let mut value = [1.0];
    rules.evaluate(0, |_| &[3.0], &[false], &mut value).unwrap();
    assert!((value[0] - (1.0 + 3.0 * full)).abs() < 1e-15);
}

/// Memories stand beside other terms, stand still in the dead, and are one where kinds share a line.
#[test]
fn memories_and_signals_combine_by_the_formula() {
    let with = |mut l: Line, kind: u16, memory: f64| {
        (l.kind, l.memory) = (kind, memory);
        l
    };
    let lines = [
        with(line(0, true, 4.0, 1.0, 1.0), 0, 60.0),
        with(line(1, true, 2.0, 1.0, 1.0), 0, 0.0),
        with(line(1, false, 0.0, 2.0, 1.0), 0, 30.0),
        with(line(1, false, 0.0, 5.0, 1.0), 1, 10.0),
    ];
    let rules = Rules::compile(&lines, 2, |_, _| 1.0).unwrap();
    assert_eq!(rules.memories(), 2);
    assert!(rules.remembers(1, 1) && !rules.remembers(1, 0));
    let n = 200;
    let (mut values, mut memories) = (vec![7.0; n], vec![0.25; 2 * n]);
    let dead: Vec<bool> = (0..n).map(|i| i % 3 == 0).collect();
    let signals = [vec![1.0; n], vec![2.0; n]];
    rules.evaluate_over(0, |s| &signals[usize::from(s)], &dead, &mut values, 60.0, &mut memories).unwrap();
    let m = [60.0, 30.0].map(|tau| 0.5 + (0.25 - 0.5) * math::exp(-60.0 / tau));
    let x = m[0] / (1.0 - m[0]) + 2.0;
    let exact = (1.0 + 3.0 * x / (1.0 + x)) * (1.0 - m[1]);
    for i in 0..n {
        let expected = if dead[i] { (7.0, [0.25; 2]) } else { (exact, m) };
        assert!((values[i] - expected.0).abs() < 1e-13, "{i}: {}", values[i]);
        assert!(
            (memories[i] - expected.1[0]).abs() < 1e-15 && (memories[n + i] - expected.1[1]).abs() < 1e-15
        );
    }
    let short = &mut memories[..n];
    assert!(rules.evaluate_over(0, |s| &signals[usize::from(s)], &dead, &mut values, 6.0, short).is_err());
}

#[test]
fn a_line_reads_as_a_clause() {
    let down = line(0, false, 0.0, 21.5, 4.0);
    assert_eq!(
        down.clause("oxygen", "necrosis", 0.0028, 0.0),
        "oxygen decreases necrosis from 0.0028 towards 0: half-way at 21.5, with Hill power 4."
    );
    let text = Line { memory: 90.0, ..line(0, true, 1.0, 2.0, 1.0) }.clause("debris", "speed", 0.1, 1.0);
    assert!(
        text.ends_with("with Hill power 1; felt through a memory with a time constant of 90 min."),
        "{text}"
    );
    assert_eq!(
        ["tumour", "T cell", "dead cells", ""].map(cells_of),
        ["tumour cells", "T cells", "dead cells", " cells"]
    );
}

/// Lines of one direction share their extreme: the text tells what holds, not what a line says alone.
#[test]
fn a_clause_tells_the_shared_extreme() {
    let lines = [line(0, false, 0.001, 0.5, 4.0), line(1, false, 0.01, 0.1, 10.0)];
    let rules = Rules::compile(&lines, 1, |_, _| 0.01).unwrap();
    let full = rules.responses(0)[0].full(false);
    assert_eq!(
        lines[1].clause("contact", "speed", 0.01, full),
        "contact decreases speed from 0.01 towards 0.001 (its own line says 0.01: rules of one behaviour share the smallest): \
         half-way at 0.1, with Hill power 10."
    );
    assert_eq!(rules.responses(0)[0].full(true), 0.01, "nothing increases it");
}
