//! The bench hand-off: what an experiment would need to see the effect that the model gives.
//!
//! Animals are compared as groups at the headline's time. The spread between animals is the published one of the headline's target
//! (for db/db mice 19.5 percentage points at day 13); simulated tissues say nothing about it. Sizes are those of a two-sided t test at
//! 5 %, by the noncentral t distribution ([`crate::power`]).

use crate::endpoints::{DAY, difference_unit};
use crate::power::{Design, needed, power};
use crate::results::{Bench, BenchDay, BenchGroup, BenchPower, Contrast};
use exoderm_ledger::targets::target;
use exoderm_model::scenario::{ArmKind, Scenario};
use exoderm_units::significant;
use std::fmt::Write as _;

/// Level of the test, and the powers that sizes are given for.
const ALPHA: f64 = 0.05;
const WANTED: [f64; 2] = [0.8, 0.9];
/// Group sizes of the power curve.
const SIZES: [u32; 6] = [5, 8, 10, 15, 20, 30];

/// The hand-off of a study; `None` without an effect on the headline or a published spread of it.
pub(crate) fn bench(s: &Scenario, contrasts: &[Contrast], exosome: &str, vehicle: &str) -> Option<Bench> {
    let headline = s.endpoints.iter().find(|e| e.headline)?;
    let time = headline.time?;
    let id = headline.target.as_deref()?;
    let published = target(id)?;
    let point = published
        .points
        .iter()
        .find(|p| p.sd.is_some_and(|sd| sd > 0.0) && (p.x * DAY - time).abs() < 0.5 * DAY)?;
    let spread = point.sd?;
    let effect_on = |endpoint: &str| {
        contrasts
            .iter()
            .find(|c| c.endpoint == endpoint && c.arm == exosome && c.reference == vehicle)
            .and_then(|c| c.noise)
    };
    let effect = effect_on(&headline.name)?;
    let standard = effect.mean / spread;
    // The weaker end of the interval: what is still needed if the effect is as small as the noise allows.
    let cautious = match (effect.low, effect.high) {
        (Some(a), Some(b)) if a > 0.0 || b < 0.0 => Some(a.abs().min(b.abs()) / spread),
        _ => None,
    };
    let sizes = WANTED
        .iter()
        .map(|&p| BenchPower {
            power: p,
            per_group: needed(Design::Groups, standard, p, ALPHA),
            per_group_cautious: cautious.and_then(|d| needed(Design::Groups, d, p, ALPHA)),
        })
        .collect();
    let mut days: Vec<BenchDay> = s
        .endpoints
        .iter()
        .filter(|e| e.measure == headline.measure)
        .filter_map(|e| {
            Some(BenchDay { day: e.time? / DAY, endpoint: e.label.clone(), effect: effect_on(&e.name) })
        })
        .collect();
    days.sort_by(|a, b| a.day.total_cmp(&b.day));
    days.dedup_by(|a, b| a.day == b.day);
    Some(Bench {
        endpoint: headline.label.clone(),
        unit: difference_unit(headline.measure).to_owned(),
        day: time / DAY,
        effect,
        spread,
        spread_source: format!("{} ({}, n = {})", point.source, published.system, point.n.unwrap_or(0)),
        spread_target: id.to_owned(),
        standardised: standard,
        sizes,
        curve: SIZES.iter().map(|&n| (n, power(Design::Groups, standard, n, ALPHA))).collect(),
        days,
        groups: groups(s),
    })
}

/// The groups of an experiment that could tell the model's claims apart.
fn groups(s: &Scenario) -> Vec<BenchGroup> {
    let has = |k: ArmKind| s.arms.iter().find(|a| a.kind == k);
    let rows: [(ArmKind, &str, &str, &str); 7] = [
        (
            ArmKind::Untreated,
            "untreated wound",
            "what the gel itself does (vehicle − untreated)",
            "no dressing",
        ),
        (
            ArmKind::Vehicle,
            "gel and buffer",
            "what the vesicles do (exosome − vehicle): the main comparison",
            "gel with buffer that went through the same steps as the product",
        ),
        (
            ArmKind::Exosome,
            "gel with the product",
            "–",
            "gel with vesicles, dose by particle count and by protein, lot and storage noted",
        ),
        (
            ArmKind::Soluble,
            "the same cargo, free",
            "that it matters that they are vesicles (exosome − soluble)",
            "equal mass of each acting species, without vesicles",
        ),
        (
            ArmKind::Depleted,
            "secretome without vesicles",
            "that the effect is not of what came along",
            "the same medium after removal of vesicles (ultracentrifugation or filtration), by particle count",
        ),
        (
            ArmKind::UptakeBlocked,
            "uptake blocked",
            "that uptake is needed",
            "product with the uptake of recipients blocked; the blocker alone as its control",
        ),
        (
            ArmKind::Scrambled,
            "scrambled cargo",
            "that the named cargo acts",
            "vesicles of the same source with the cargo scrambled or knocked down",
        ),
    ];
    rows.into_iter()
        .map(|(kind, group, tells, material)| BenchGroup {
            group: group.to_owned(),
            tells: tells.to_owned(),
            material: material.to_owned(),
            simulated: has(kind).map(|a| a.name.clone()),
        })
        .collect()
}

/// Text of a field of a CSV file.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// The hand-off as CSV: a line a group and time point. What is predicted is that of the line's day; spread and group sizes are known for the
/// main time point only and stand there.
pub(crate) fn csv(b: &Bench, scenario: &str) -> String {
    let mut out = String::from(
        "scenario,group,simulated_arm,what_it_tells,material,endpoint,unit,day,main_time_point,predicted_difference,\
         difference_low,difference_high,published_sd,sd_source,standardised_effect,n_per_group_80,n_per_group_90,\
         n_per_group_80_weaker_end,test\n",
    );
    let n = |p: f64| b.sizes.iter().find(|s| s.power == p).and_then(|s| s.per_group);
    let weak = b.sizes.first().and_then(|s| s.per_group_cautious);
    let number = |x: Option<f64>| x.map_or_else(String::new, |x| significant(x, 4));
    let whole = |x: Option<u32>| x.map_or_else(|| "more than 100000".to_owned(), |x| x.to_string());
    for g in &b.groups {
        for day in &b.days {
            let main = (day.day - b.day).abs() < 1e-9;
            let at_main = |text: String| if main { text } else { String::new() };
            let fields = [
                scenario.to_owned(),
                g.group.clone(),
                g.simulated.clone().unwrap_or_default(),
                g.tells.clone(),
                g.material.clone(),
                day.endpoint.clone(),
                b.unit.clone(),
                significant(day.day, 4),
                if main { "yes" } else { "no" }.to_owned(),
                number(day.effect.map(|e| e.mean)),
                number(day.effect.and_then(|e| e.low)),
                number(day.effect.and_then(|e| e.high)),
                at_main(number(Some(b.spread))),
                at_main(b.spread_source.clone()),
                at_main(number(Some(b.standardised))),
                at_main(whole(n(0.8))),
                at_main(whole(n(0.9))),
                at_main(weak.map_or_else(|| "the interval reaches 0".to_owned(), |n| n.to_string())),
                at_main("two-sided t test of exosome against vehicle, 5 %, groups of one size".to_owned()),
            ];
            let _ = writeln!(out, "{}", fields.map(|f| field(&f)).join(","));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Estimate;

    fn made_up() -> Bench {
        Bench {
            endpoint: "wound area closed, day 13".into(),
            unit: "pp".into(),
            day: 13.0,
            effect: Estimate { mean: 19.5, low: Some(9.75), high: Some(29.25), n: 10 },
            spread: 19.5,
            spread_source: "Berdal, Jenssen 2013".into(),
            spread_target: "T05".into(),
            standardised: 1.0,
            sizes: WANTED
                .iter()
                .map(|&power| BenchPower {
                    power,
                    per_group: needed(Design::Groups, 1.0, power, ALPHA),
                    per_group_cautious: needed(Design::Groups, 0.5, power, ALPHA),
                })
                .collect(),
            curve: Vec::new(),
            days: [(7.0, 4.0), (13.0, 19.5)]
                .map(|(day, mean)| BenchDay {
                    day,
                    endpoint: format!("wound area closed, day {day}"),
                    effect: Some(Estimate { mean, low: Some(0.5 * mean), high: Some(1.5 * mean), n: 10 }),
                })
                .to_vec(),
            groups: vec![BenchGroup {
                group: "gel, \"blank\"".into(),
                tells: "-".into(),
                material: "buffer".into(),
                simulated: None,
            }],
        }
    }

    /// An effect of one spread takes 17 animals a group for 80 %, half of it 64: the numbers of the tables, at the main time point; on other
    /// days stands what is predicted for those days, and nothing of the main one.
    #[test]
    fn sizes_stand_in_the_file() {
        let b = made_up();
        assert_eq!((b.sizes[0].per_group, b.sizes[0].per_group_cautious), (Some(17), Some(64)));
        let text = csv(&b, "x");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(
            lines[1].starts_with(
                "x,\"gel, \"\"blank\"\"\",,-,buffer,\"wound area closed, day 7\",pp,7,no,4,2,6,,,,"
            ),
            "{text}"
        );
        assert!(lines[2].contains(",13,yes,19.5,9.75,29.25,") && lines[2].contains(",17,23,64,"), "{text}");
    }
}
