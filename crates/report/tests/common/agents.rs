//! A run of agents as a page shows it, made up.

use exoderm_study::agents::*;

/// Two types of cells, one of which dies, and two substrates over a day; stopped at half of it.
pub fn run() -> Overview {
    let mut model = AgentModel { seed: 7, ..AgentModel::default() };
    (model.domain.low, model.domain.high) = ([-100.0, -50.0, -10.0], [100.0, 50.0, 10.0]);
    (model.domain.voxel, model.domain.flat) = (20.0, true);
    (model.steps.end, model.steps.diffusion) = (2880.0, 0.1);
    (model.steps.mechanics, model.steps.phenotype, model.steps.record) = (0.1, 6.0, 60.0);
    model.cells = vec![Default::default(); 2];
    model.cells[0].name = "a type of cells with a very long name <b>".to_owned();
    model.cells[1].name = "hunter".to_owned();
    model.substrates = vec![Default::default(); 3];
    for (s, name) in model.substrates.iter_mut().zip(["oxygen", "debris", "nothing"]) {
        s.name = name.to_owned();
        s.unit = "mmHg".to_owned();
    }
    let times: Vec<f64> = (0..=24).map(|k| 60.0 * f64::from(k)).collect();
    let row = |time_min: f64, cell: &str, live: u64, apoptotic: u64| Row {
        time_min,
        cell: cell.to_owned(),
        live,
        apoptotic,
        necrotic: 0,
    };
    let series = times
        .iter()
        .zip(0..)
        .flat_map(|(&t, k)| [row(t, &model.cells[0].name, 1000 + 40 * k, k), row(t, "hunter", 50 - k, 0)])
        .collect();
    let level = |t: f64, name: &str, mean: f64| Level {
        time_min: t,
        substrate: name.to_owned(),
        mean,
        low: 0.5 * mean,
        high: 2.0 * mean,
    };
    let levels =
        times.iter().flat_map(|&t| [level(t, "oxygen", 38.0 - 0.01 * t), level(t, "debris", 1e-4 * t)]);
    let balance = [
        ("oxygen", kept(3e6, 0.0, None, true)),
        ("debris", kept(0.0, 5e3, Some(1e3), false)),
        ("nothing", kept(0.0, 0.0, Some(0.0), false)),
    ];
    let outcome = Outcome {
        format: 1,
        name: "made-up".to_owned(),
        seed: 7,
        version: "0.1.0 (abc)".to_owned(),
        time_min: 1440.0,
        stopped: true,
        asked: Asked {
            command: "exoderm run made-up.xml --seed 7 --until \"48 h\"".to_owned(),
            changed: vec!["end at 2880 min instead of 7200 min".to_owned()],
        },
        notes: (1..20).map(|k| format!("config/settings.xml:{k}:3: <remark> number {k}")).collect(),
        series,
        levels: levels.collect(),
        balance: balance
            .into_iter()
            .map(|(name, books)| Balance { substrate: name.to_owned(), books })
            .collect(),
        events: EVENTS.iter().map(|&n| n.to_owned()).zip([24, 24, 0, 0, 3, 0, 0, 0, 0]).collect(),
        folder: "runs/made-up".into(),
    };
    let cell = |k: u16| ShotCell {
        kind: k % 2,
        dead: k.is_multiple_of(7),
        x: f32::from(k) * 3.0 - 90.0,
        y: f32::from(k % 9) * 8.0 - 30.0,
        radius: 8.0,
    };
    let shot = |time_min: f64| Shot {
        time_min,
        height: None,
        cells: (0..60).map(cell).collect(),
        maps: vec![(0..50).map(|v| v as f32 + time_min as f32).collect(), vec![0.0; 50], vec![0.0; 50]],
    };
    let rules = vec![Explained {
        cell: "hunter".to_owned(),
        signal_name: "oxygen".to_owned(),
        behaviour: "migration speed".to_owned(),
        increases: true,
        clause: "oxygen increases migration speed from 0 towards 1: half-way at 5.".to_owned(),
        signal: vec![0.0, 5.0, 20.0],
        value: vec![0.0, 0.5, 0.94],
    }];
    Overview { outcome, model, rules, shots: [0.0, 720.0, 1440.0].map(shot).into() }
}

/// A run that ended before its first record, of a model with nothing in it.
pub fn nothing() -> Overview {
    let mut o = run();
    o.outcome.series.clear();
    o.outcome.levels.clear();
    o.outcome.balance.clear();
    o.outcome.notes.clear();
    o.outcome.asked = Asked::default();
    o.outcome.name.clear();
    o.model.substrates.clear();
    o.model.rules.clear();
    o.rules.clear();
    o.shots.clear();
    o
}

fn kept(start: f64, given: f64, taken: Option<f64>, held: bool) -> Books {
    let end = 0.5 * (start + given);
    let decayed = taken.map(|t| start + given - t - end);
    let rest = start + given - taken.unwrap_or(0.0) - decayed.unwrap_or(0.0) - end;
    Books { start, given, taken, decayed, end, rest, held }
}
