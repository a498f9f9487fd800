//! The machinery of directions on fabricated outcomes; the model's own answers take minutes and are a validation case.

use super::*;
use std::collections::BTreeSet;

/// S028: every row of the table has a source that exists, settings that compile with their arm, and readings that both sides have, over
/// days within the horizon; no two rows are the same; what contradicts each other is there.
#[test]
fn s028_table_is_whole() {
    let table = read_table().unwrap();
    check(&table).unwrap();
    let ran: Vec<Ran> = table.setting.iter().map(|s| compile(s).unwrap()).collect();
    let at = |name: &str| &ran[table.setting.iter().position(|s| s.name == name).unwrap()];
    let mut ids = BTreeSet::new();
    let mut used = BTreeSet::new();
    for e in &table.effect {
        assert!(ids.insert(&e.id), "{}", e.id);
        let windowed = !e.reading.starts_with("endpoint:");
        for (name, days) in [(&e.of, e.days), (&e.against, e.against_days.or(e.days))] {
            used.insert(name);
            let s = &at(name).scenario;
            Reading::parse(&e.reading, s).unwrap();
            assert_eq!(days.is_some(), windowed, "{}", e.id);
            assert!(days.is_none_or(|[a, b]| 0.0 <= a && a <= b && b * DAY <= s.horizon), "{}", e.id);
        }
        assert!(e.of != e.against || e.against_days.is_some(), "{} compares with itself", e.id);
    }
    assert!(table.setting.iter().all(|s| used.contains(&s.name)), "a setting is run for nothing");
    assert!(table.effect.len() >= 20);
    for sign in [Sign::Up, Sign::Down, Sign::Ns] {
        assert!(table.effect.iter().any(|e| e.sign == sign), "{sign:?}");
    }
    assert!(!resolves("@no_such_key") && !resolves("T99") && !resolves("E999") && !resolves(""));
}

/// S028: a sign is where the interval over tissues lies, not where the mean does.
#[test]
fn s028_signs_are_counted_by_intervals() {
    assert_eq!(Sign::of(&[1.0, 1.1, 0.9, 1.0]), Some(Sign::Up));
    assert_eq!(Sign::of(&[-1.0, -1.1, -0.9, -1.0]), Some(Sign::Down));
    assert_eq!(Sign::of(&[5.0, -1.0, 3.0, 1.0]), Some(Sign::Ns));
    assert_eq!(Sign::of(&[0.0; 4]), Some(Sign::Ns));
    assert_eq!(Sign::of(&[1.0, f64::NAN, 1.0, 1.0]), None);
    assert_eq!(Sign::of(&[1.0]), None);
}

/// S028: misses are told by name and lower the share; what could not be read is a miss, also where nothing was expected.
#[test]
fn s028_misses_are_listed_and_counted() {
    let effect = |id: &str, sign, standing| Effect {
        id: id.into(),
        what: "x".into(),
        of: "a".into(),
        against: "b".into(),
        reading: "closed".into(),
        days: None,
        against_days: None,
        sign,
        sources: vec!["T05_dbdb_control_d13".into()],
        evidence: "animal".into(),
        standing,
        note: String::new(),
    };
    let effects = [
        effect("right", Sign::Up, Standing::Fitted),
        effect("wrong", Sign::Down, Standing::Free),
        effect("null", Sign::Ns, Standing::Free),
        effect("unread", Sign::Ns, Standing::Imposed),
        effect("fallen", Sign::Down, Standing::Free),
    ];
    let up = vec![1.0, 1.1, 0.9, 1.0];
    let down: Vec<f64> = up.iter().map(|x| -x).collect();
    let found = [up.clone(), up, vec![1.0, -1.0, 0.5, -0.5], vec![f64::NAN; 4], down];
    let rows = judge(&effects, &found);
    let missed: Vec<&str> =
        rows.iter().filter(|r| !r.pass).map(|r| r.quantity.split(':').next().unwrap()).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(&missed[..2], ["wrong", "unread"]);
    let share = rows.last().unwrap();
    assert!((share.got - 0.6).abs() < 1e-12 && !share.pass && share.judged());
    assert!(share.quantity.contains("fitted ones 0.5, free ones 0.67"), "{}", share.quantity);
    // Four of five are enough.
    let found: Vec<Vec<f64>> =
        found.iter().enumerate().map(|(i, d)| if i == 3 { vec![0.0; 4] } else { d.clone() }).collect();
    assert!(judge(&effects, &found).last().unwrap().pass);
}

/// S028: each setting gets its own tissues, by number, so that differences are of the same tissue.
#[test]
fn s028_settings_get_their_own_tissues() {
    let scenario = "donor-recipient";
    let whole = library::compile(&library::find(scenario).unwrap(), &[]).unwrap();
    let setting = |name: &str, horizon: &str| Setting {
        name: name.into(),
        scenario: scenario.into(),
        arm: whole.arms[0].name.clone(),
        sets: vec![format!("run.horizon=\"{horizon}\""), "record.snapshots=[]".into()],
    };
    let table = Table {
        setting: vec![setting("a", "6 min"), setting("b", "12 min"), setting("c", "6 min")],
        effect: Vec::new(),
    };
    let ran = run_all(&table).unwrap();
    for (r, (name, reached)) in ran.iter().zip([("a", 6.0), ("b", 12.0), ("c", 6.0)]) {
        let ids: Vec<&str> = r.outcomes.iter().map(|o| o.id.as_str()).collect();
        let expected: Vec<String> = (0..TISSUES).map(|i| format!("{name}-r{i}")).collect();
        assert_eq!(ids, expected);
        assert!(r.outcomes.iter().all(|o| (o.reached - reached).abs() < 1e-6));
    }
    assert_eq!(ran[0].outcomes[1].digest, ran[2].outcomes[1].digest);
    assert_ne!(ran[0].outcomes[0].digest, ran[0].outcomes[1].digest);
}
