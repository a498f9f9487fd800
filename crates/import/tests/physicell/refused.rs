//! What is refused, and what is told with its line.

use crate::{folder, project};
use exoderm_import::physicell;
use exoderm_model::agents;

#[test]
fn what_can_not_be_run_is_refused_by_name() {
    let good = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    let dir = std::env::temp_dir().join(format!("exoderm-physicell-{}", std::process::id()));
    std::fs::create_dir_all(dir.join("config")).unwrap();
    for f in ["rules.csv", "cells.csv"] {
        std::fs::copy(folder().join(f), dir.join("config").join(f)).unwrap();
    }
    for (from, to, part) in [
        ("<phenotype/>", "<phenotype><intracellular type=\"maboss\"/></phenotype>", "`maboss`"),
        ("<dy>20</dy>", "<dy>10</dy>", "not cubes"),
        ("version=\"3.0\"", "version=\"2.0\"", "version 3"),
        ("parent_type=\"hunter\"", "parent_type=\"huntress\"", "`huntress`"),
        ("<substrate name=\"oxygen\">", "<substrate name=\"oxigen\">", "nearest is `oxygen`"),
        ("</domain>", "", "this is not XML: </PhysiCell_settings> stands where <domain> must be closed"),
    ] {
        assert!(good.contains(from), "{from}");
        let file = dir.join("config/settings.xml");
        std::fs::write(&file, good.replacen(from, to, 1)).unwrap();
        let refused = physicell::read(&file).unwrap_err().to_string();
        assert!(refused.contains(part), "{part}: {refused}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
    let model = project().model;
    let refused =
        physicell::rules("r.csv", "tumor,oxygen,increases,cycle entri,1,0,1,0\n", &model).unwrap_err();
    let text = refused.to_string();
    for part in [
        "r.csv:1:1: ",
        "nearest is `tumour`",
        "r.csv:1:24: ",
        "nearest is `cycle entry`",
        "r.csv:1:38: half-max",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

/// What is found only when the whole model is checked has the line of the element or rule it comes from: the type's own, or that
/// of the type it inherits from.
#[test]
fn faults_of_the_whole_model_have_their_line() {
    let good = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    let refused =
        |text: &str| physicell::parse("s.xml", text, &folder()).expect_err("this can't be run").to_string();
    for (from, to, part) in [
        ("<dt_phenotype>3<", "<dt_phenotype>0<", "`phenotype` is 0"),
        ("<initial_condition>38<", "<initial_condition>-38<", "`initial` is -38; expected 0 or more"),
        ("<diffusion_coefficient>1<", "<diffusion_coefficient>-1<", "`diffusion` is -1"),
        ("<fluid_change_rate>0.04<", "<fluid_change_rate>-4<", "`fluid_rate` is -4"),
        (
            "<duration index=\"2\" fixed_duration=\"true\">240<",
            "<duration index=\"2\" fixed_duration=\"true\">-240<",
            "`rate` is -0.004",
        ),
        (
            "<relative_rupture_volume>2.5</relative_rupture_volume></parameters></model><model code=\"101\"",
            "<relative_rupture_volume>-2</relative_rupture_volume></parameters></model><model code=\"101\"",
            "`relative_rupture` is -2",
        ),
        (
            "<cell_adhesion_affinity name=\"hunter\">",
            "<cell_adhesion_affinity name=\"huntr\">",
            "nearest is `hunter`",
        ),
        ("<uptake_rate>10<", "<uptake_rate>-10<", "`uptake` is -10"),
        ("<persistence_time>5<", "<persistence_time>-5<", "`persistence` is -5"),
        ("<attack_rate name=\"tumour\">", "<attack_rate name=\"tumor\">", "nearest is `tumour`"),
        (
            "chemotactic_sensitivity substrate=\"debris\"",
            "chemotactic_sensitivity substrate=\"dbris\"",
            "nearest is `debris`",
        ),
        ("<damage_repair_rate>0.02<", "<damage_repair_rate>-0.02<", "`repair_rate` is -0.02"),
        ("probability name=\"tired\">0.25", "probability name=\"tired\">1.25", "`tired` is 1.25"),
    ] {
        assert_eq!(good.matches(from).count(), 1, "{from}");
        let bad = good.replacen(from, to, 1);
        let line = 1 + bad[..bad.find(to).unwrap()].matches('\n').count();
        let told = refused(&bad);
        let first = told.lines().next().unwrap();
        assert!(first.starts_with(&format!("s.xml:{line}:")) && first.contains(part), "{line}: {told}");
        // A type that inherits it points to the same place.
        assert!(told.lines().all(|l| l.starts_with(&format!("s.xml:{line}:"))), "{told}");
    }
    // Two rules of one effect, the second in a file of its own.
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("config")).unwrap();
    for f in ["rules.csv", "cells.csv"] {
        std::fs::copy(folder().join(f), dir.path().join("config").join(f)).unwrap();
    }
    let rule = std::fs::read_to_string(folder().join("rules.csv")).unwrap();
    let rule = rule.lines().find(|l| l.starts_with("tumour")).unwrap();
    std::fs::write(dir.path().join("config/more.csv"), format!("// again\n{rule}\n")).unwrap();
    let set = "<ruleset protocol=\"CBHG\" version=\"3.0\" format=\"csv\" enabled=\"true\"><folder>./config</folder><filename>more.csv</filename></ruleset></rulesets>";
    let bad = good.replacen("</rulesets>", set, 1);
    let told = physicell::parse("s.xml", &bad, &dir.path().join("config")).unwrap_err().to_string();
    assert!(told.contains("more.csv:2: "), "{told}");
    assert!(told.contains("rules.csv:2 says already that `oxygen` increases"), "{told}");
}

/// Files that the settings name and that are not there are told at the element that names them.
#[test]
fn missing_tables_are_told_where_they_are_named() {
    let good = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    for name in ["cells.csv", "rules.csv"] {
        let from = format!("<filename>{name}</filename>");
        assert_eq!(good.matches(&from).count(), 1, "{name}");
        let bad = good.replace(&from, "<filename>elsewhere.csv</filename>");
        let told = physicell::parse("s.xml", &bad, &folder()).unwrap_err().to_string();
        let line = 1 + bad[..bad.find("elsewhere").unwrap()].matches('\n').count();
        let near = |n: usize| told.starts_with(&format!("s.xml:{n}:"));
        assert!((line - 2..=line).any(near) && told.contains("elsewhere.csv"), "{line}: {told}");
    }
}

/// A rule that changes nothing, or that goes the other way, is told: both follow from the values it shares with others.
#[test]
fn rules_that_do_not_do_what_they_say_are_told() {
    let model = project().model;
    let base = model.base(0, agents::names::Behaviour::Apoptosis);
    let rule = |signal: &str, verb: &str, response: f64| {
        format!("tumour,{signal},{verb},apoptosis,{response},1,2,0\n")
    };
    let notes = |text: &str| physicell::rules("r.csv", text, &model).unwrap().1;
    let odd = |text: &str| -> Vec<String> {
        let of = |n: &physicell::Note| n.message.contains(": this ");
        notes(text).iter().filter(|n| of(n)).map(|n| n.to_string()).collect()
    };
    assert_eq!(odd(&rule("oxygen", "increases", 2.0 * base)), [""; 0]);
    let idle = odd(&rule("oxygen", "increases", base));
    assert!(idle.len() == 1 && idle[0].ends_with(": this changes nothing"), "{idle:?}");
    let falls = odd(&rule("oxygen", "increases", 0.5 * base));
    assert!(
        falls.len() == 1 && falls[0].contains("r.csv:1: ") && falls[0].contains("the other way"),
        "{falls:?}"
    );
    // Another rule of its direction gives the shared value.
    let both = rule("oxygen", "increases", base) + &rule("pressure", "increases", 3.0 * base);
    assert_eq!(odd(&both), [""; 0]);
    // One that decreases keeps the shared value at the base or above.
    let mixed = rule("oxygen", "increases", 0.5 * base) + &rule("pressure", "decreases", 0.0);
    let mixed = odd(&mixed);
    assert!(mixed.len() == 1 && mixed[0].ends_with("changes nothing"), "{mixed:?}");
}

/// Which field of a line of cells is wrong, and that a rule is there twice, is told with its place.
#[test]
fn lines_of_tables_are_told_by_field() {
    let model = project().model;
    let told = |text: &str| physicell::cells("c.csv", text, &model).unwrap_err().to_string();
    assert_eq!(told("x,y,z,type\n1, b,0,tumour\n"), "c.csv:2:4: y is `b`, which is no number");
    assert_eq!(told("x,y,z,type\n1,2\n"), "c.csv:2: the line has 2 of the fields x,y,z,type");
    assert!(told("1,2,1e999,0\n").starts_with("c.csv:1:5: z is `1e999`"));
    // A column of no behaviour is told once, of many lines the first twenty.
    let text = "x,y,z,type,apotosis\n1,2,0,tumour,\n1,2,0,tumour,3\n1,2,0,tumour,4\n";
    let once = "c.csv:3:14: there is no behaviour `apotosis`; nearest is `apoptosis`; this column must be empty, and here is `3`";
    assert_eq!(told(text), once);
    let many = told(&format!("x,y,z,type\n{}", "a,0,0,tumour\n".repeat(70)));
    assert!(many.lines().count() == 21 && many.ends_with("\nand 50 more"), "{many}");
    let line = "tumour,oxygen,increases,apoptosis,1,1,2,0\n";
    let told = physicell::rules("r.csv", &format!("{line}\n{line}"), &model).unwrap_err().to_string();
    assert_eq!(told, "r.csv:3: line 1 says already that `oxygen` increases `apoptosis` of `tumour`");
}

/// A misspelt element is told with its place and the nearest one that is known there.
#[test]
fn misspelt_elements_have_their_nearest_name() {
    let text = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    let text = text.replacen("<speed>2</speed>", "<sped>2</sped>", 1);
    let line = 1 + text[..text.find("<sped>").unwrap()].matches('\n').count();
    let project = physicell::parse("settings.xml", &text, &folder()).unwrap();
    let note = project.notes.iter().map(ToString::to_string).find(|n| n.contains("<sped>")).unwrap();
    assert!(note.starts_with(&format!("settings.xml:{line}:")), "{note}");
    assert!(
        note.ends_with("<sped> in <motility> is not known and does nothing; nearest is <speed>"),
        "{note}"
    );
}
