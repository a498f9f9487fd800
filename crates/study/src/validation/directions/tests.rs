//! The machinery of directions on fabricated outcomes; the model's own answers take minutes and are a validation case.

use super::*;
use crate::burn_in::{self, BurnIns};
use crate::progress::Silent;
use std::collections::BTreeSet;

/// S028: every row of the table has a source that exists, settings that compile with their arm, and readings that both sides have, over
/// days within the horizon; no two rows are the same; what contradicts each other is there.
#[test]
fn s028_table_is_whole() {
    let table = table::read().unwrap();
    table::check(&table).unwrap();
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
    assert!(
        !table::resolves("@no_such_key")
            && !table::resolves("T99")
            && !table::resolves("E999")
            && !table::resolves("")
    );
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

fn effect(id: &str, sign: Sign, standing: Standing) -> Effect {
    Effect {
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
    }
}

/// S028: misses are told by name and lower the share; what could not be read is a miss, also where nothing was expected.
#[test]
fn s028_misses_are_listed_and_counted() {
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
    let rows = judge(&effects, &found, 4);
    let missed: Vec<&str> =
        rows.iter().filter(|r| !r.pass).map(|r| r.quantity.split(':').next().unwrap()).collect();
    assert_eq!(rows.len(), 7);
    assert_eq!(&missed[..2], ["wrong", "unread"]);
    let share = &rows[5];
    assert!((share.got - 0.6).abs() < 1e-12 && !share.pass && share.judged());
    let counts =
        "4 tissues a setting (3 of 5; without fitted ones 2 of 4, free ones 2 of 3): what S028 counts";
    assert!(share.quantity.contains(counts), "{}", share.quantity);
    // Four of five are enough.
    let found: Vec<Vec<f64>> =
        found.iter().enumerate().map(|(i, d)| if i == 3 { vec![0.0; 4] } else { d.clone() }).collect();
    assert!(judge(&effects, &found, 4)[5].pass);
}

/// S028: a mean on the published side that tissues do not agree on is a miss, said to point that way, and counted apart; nothing
/// points where nothing was published to move.
#[test]
fn s028_means_are_counted_beside_what_is_told_from_chance() {
    let weak = [5.0, -1.0, 3.0, 1.0];
    let against = [-5.0, 1.0, -3.0, -1.0];
    let effects = [
        effect("sure", Sign::Up, Standing::Free),
        effect("weak", Sign::Up, Standing::Free),
        effect("against", Sign::Up, Standing::Free),
        effect("null", Sign::Ns, Standing::Free),
        effect("unread", Sign::Down, Standing::Free),
        effect("nothing", Sign::Down, Standing::Free),
    ];
    let found = [
        vec![1.0, 1.1, 0.9, 1.0],
        weak.to_vec(),
        against.to_vec(),
        weak.to_vec(),
        vec![f64::NAN; 4],
        vec![0.0; 4],
    ];
    let rows = judge(&effects, &found, 4);
    let said: Vec<bool> = rows[..6].iter().map(|r| r.quantity.ends_with("points that way")).collect();
    assert_eq!(said, [false, true, false, false, false, false]);
    assert!(!rows[1].pass && rows[3].pass);
    let (strict, way) = (&rows[6], &rows[7]);
    assert!((way.got, way.expected) == (2.0, 5.0) && !way.judged());
    // Only told: the case stands and falls with what tissues agree on, two of six here.
    assert!(!strict.pass && (strict.got - 1.0 / 3.0).abs() < 1e-12 && way.pass);
}

/// S028: arms, doses and routes of one skin share its tissues; a diabetic mouse, a healthy one and either lever have their own.
#[test]
fn s028_settings_of_one_skin_share_its_burn_in() {
    let table = table::read().unwrap();
    let key = |name: &str| {
        let setting = table.setting.iter().find(|s| s.name == name).unwrap();
        burn_in::key(&compile(setting).unwrap().scenario, 1, 0)
    };
    let gel = key("gel");
    assert!(["exosome", "exosome_low", "diabetic"].iter().all(|s| key(s) == gel));
    assert_eq!(key("human_gel"), key("human_exosome"));
    let all: BTreeSet<String> = table.setting.iter().map(|s| key(&s.name)).collect();
    assert_eq!(all.len(), 5, "of {} settings", table.setting.len());
    // So does whoever runs the scenario itself: what was kept is found again.
    let whole = library::compile(&library::find("diabetic-wound").unwrap(), &[]).unwrap();
    assert_eq!(burn_in::key(&whole, 1, 0), gel);
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
    let tissues = Tissues { replicates: 3, burn_ins: Arc::new(BurnIns::new(None)), progress: &Silent };
    let ran = run_all(&table, &tissues).unwrap();
    for (r, (name, reached)) in ran.iter().zip([("a", 6.0), ("b", 12.0), ("c", 6.0)]) {
        let ids: Vec<&str> = r.outcomes.iter().map(|o| o.id.as_str()).collect();
        let expected: Vec<String> = (0..3).map(|i| format!("{name}-r{i}")).collect();
        assert_eq!(ids, expected);
        assert!(r.outcomes.iter().all(|o| (o.reached - reached).abs() < 1e-6));
    }
    assert_eq!(ran[0].outcomes[1].digest, ran[2].outcomes[1].digest);
    assert_ne!(ran[0].outcomes[0].digest, ran[0].outcomes[1].digest);
}
