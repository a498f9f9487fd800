//! Projects of PhysiCell: every element of a small one, what is remarked and what is refused, bytes of any kind.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use exoderm_import::physicell;
use exoderm_model::agents::{self, Advanced, AgentModel, CycleModel, Law};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/physicell/config")
}

fn project() -> physicell::Project {
    physicell::read(&folder().join("settings.xml")).unwrap()
}

#[test]
fn every_element_is_read() {
    let m = project().model;
    assert_eq!(m.domain.shape(), [10, 8, 1]);
    assert_eq!((m.steps.end, m.steps.diffusion, m.steps.mechanics), (60.0, 0.02, 0.2));
    assert_eq!((m.steps.phenotype, m.steps.record, m.seed, m.initial.random), (3.0, 30.0, 7, 3));
    assert!(m.options.wall && m.options.no_springs && m.options.polar_divisions && m.options.internalize);
    let [oxygen, debris] = &m.substrates[..] else { panic!("{:?}", m.substrates) };
    assert_eq!(oxygen.faces.all(), [None, Some(38.0), Some(38.0), Some(20.0), Some(38.0), Some(38.0)]);
    assert_eq!(
        (oxygen.diffusion, oxygen.decay, oxygen.initial, debris.faces.all()),
        (1e5, 0.1, 38.0, [None; 6])
    );
    let [tumour, hunter, tired] = &m.cells[..] else { panic!("{:?}", m.cells) };
    assert_eq!(tumour.cycle.model, CycleModel::FlowCytometrySeparated);
    assert_eq!(tumour.cycle.rates.iter().map(|r| r.fixed).collect::<Vec<_>>(), [false, true, true, true]);
    assert!((tumour.cycle.rates[1].rate * 480.0 - 1.0).abs() < 1e-12);
    assert_eq!((tumour.death.apoptosis.rate, tumour.death.necrosis.rate), (1e-4, 0.003));
    assert_eq!((tumour.death.necrosis.phases.len(), tumour.death.necrosis.relative_rupture), (2, 2.5));
    assert_eq!(
        (tumour.volume.total, tumour.volume.fluid_fraction, tumour.volume.calcified_fraction),
        (2000.0, 0.7, 0.1)
    );
    // Rest at 1.8 radii: both branches cancel there.
    let (a, r, f) = (tumour.mechanics.adhesion, tumour.mechanics.repulsion, tumour.mechanics.relative_range);
    let square = |x: f64| x * x;
    assert!((r * square(1.0 - 0.9) - a * square(1.0 - 0.9 / f)).abs() < 1e-12);
    assert_eq!((tumour.mechanics.affinities["hunter"], tumour.mechanics.max_attachments), (0.5, 4));
    assert_eq!((tumour.exchange["oxygen"].uptake, tumour.exchange["oxygen"].export), (10.0, 0.5));
    assert_eq!((tumour.damage_rate, tumour.repair_rate), (0.01, 0.02));
    assert_eq!(tumour.custom[1].value, [1.0, 2.0, 3.0]);
    assert!(tumour.custom[0].conserved && tumour.custom[0].unit == "pC");
    let [volume, apoptosis] = &tumour.distributions[..] else { panic!("{:?}", tumour.distributions) };
    assert_eq!(
        (volume.behaviour.as_str(), volume.law, volume.bounds.high),
        ("volume", Law::Log10Normal, Some(5000.0))
    );
    assert_eq!((apoptosis.law, apoptosis.first, apoptosis.second), (Law::LogUniform, 1e-6, 1e-2));
    assert_eq!((hunter.cycle.model, hunter.cycle.asymmetric["tired"]), (CycleModel::Live, 0.25));
    assert!(hunter.motility.moves && hunter.motility.chemotaxis.is_none());
    assert_eq!(
        (hunter.motility.advanced, hunter.motility.sensitivities["debris"]),
        (Advanced::Normalized, 0.5)
    );
    let i = &hunter.interactions;
    assert_eq!((i.eat_apoptotic, i.eat_necrotic, i.eat_other_dead), (0.1, 0.3, 0.3));
    assert_eq!((i.eat["tumour"], i.attack["tumour"], i.fuse["tired"]), (0.01, 0.2, 0.05));
    assert_eq!((i.attack_damage_rate, i.attack_duration), (3.0, 0.0), "a missing duration reads as 0");
    assert_eq!(hunter.transformations.len(), 1);
    // What the default has and another type does not take over; what a child takes over.
    assert!(hunter.exchange.is_empty() && hunter.distributions.is_empty() && hunter.volume == tumour.volume);
    assert_eq!((&tired.motility, &tired.interactions), (&hunter.motility, &hunter.interactions));
    assert_eq!(m.rules.len(), 5);
}

/// Nothing is read leniently, ignored or changed in silence.
#[test]
fn leniency_is_told_with_its_line() {
    let notes: Vec<String> = project().notes.iter().map(ToString::to_string).collect();
    for (line, part) in [
        (8, "`60 minutes`; read as 60"),
        (18, "<gravity>"),
        (48, "advanced one holds"),
        (49, "old name"),
        (49, "<attack_duration> is missing"),
        (50, "same type does nothing"),
        (56, "<my_own>"),
    ] {
        let found = notes.iter().any(|n| n.contains(&format!("settings.xml:{line}:")) && n.contains(part));
        assert!(found, "{line} {part}: {notes:#?}");
    }
    assert!(notes.iter().any(|n| n.contains("rules.csv:6: ")), "{notes:#?}");
    assert!(notes.iter().any(|n| n.contains("rules.csv:8:50: half-max is `1x`; read as 1")), "{notes:#?}");
}

/// What the types of PhysiCell share, and ours do not.
#[test]
fn durations_that_differ_between_types_are_told() {
    let good = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    let rate = "<phase_transition_rates><rate start_index=\"0\" end_index=\"1\" fixed_duration=\"false\">0.002</rate></phase_transition_rates>";
    let death = format!("<motility><speed>4</speed>|<death><model code=\"100\">{rate}</model></death>");
    let (at, death) = death.split_once('|').unwrap();
    let text = good.replacen(at, &format!("{death}{at}"), 1);
    let project = physicell::parse("settings.xml", &text, &folder()).unwrap();
    assert!(!project.model.cells[1].death.apoptosis.phases[0].fixed);
    let told = |n: &physicell::Note| n.to_string().contains("different durations of apoptosis:");
    assert_eq!(project.notes.iter().filter(|n| told(n)).count(), 2, "{:#?}", project.notes);
}

#[test]
fn cells_have_what_their_table_says() {
    let model = project().model;
    let file = folder().join("cells.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let (cells, notes) = physicell::cells("cells.csv", &text, &model).unwrap();
    let entry = agents::names::Dictionary::of(&model).behaviour("cycle entry").unwrap();
    assert_eq!((cells.len(), notes.len()), (2, 2), "{notes:?}");
    assert_eq!(
        (cells[0].at, cells[0].cell, cells[0].volume, cells[0].set.len()),
        ([0.0; 3], 0, Some(2000.0), 1)
    );
    assert_eq!((cells[1].at, cells[1].cell, cells[1].volume), ([10.0, -5.0, 0.0], 1, None));
    assert_eq!(cells[1].set, [(entry, 0.02)]);
    // A column of an unknown name may be there, but must be empty.
    let table = |value: &str| format!("x,y,z,type,custom:chrage\n0,0,0,tumour,{value}\n");
    let (_, notes) = physicell::cells("c", &table("skip"), &model).unwrap();
    assert!(notes[0].to_string().contains("nearest is `custom:charge`"), "{notes:?}");
    assert!(physicell::cells("c", &table("3"), &model).is_err());
    let (plain, _) = physicell::cells("v1.csv", "1,2,0,2\n3,4,0,0\n", &model).unwrap();
    assert_eq!((plain[0].cell, plain[1].at), (2, [3.0, 4.0, 0.0]));
}

#[test]
fn substrates_need_every_voxel_once() {
    let model = project().model;
    let mut text = "x,y,z,debris\n".to_owned();
    for j in 0..8 {
        for i in 0..10 {
            text.push_str(&format!("{},{},0,{}\n", 20 * i - 90, 20 * j - 70, i + 10 * j));
        }
    }
    let fields = physicell::substrates("s.csv", &text, &model).unwrap();
    assert!(fields[0].is_none() && fields[1].as_ref().unwrap()[37] == 37.0);
    let twice = format!("{text}-90,-70,0,1\n");
    let missing = text.trim_end().rsplit_once('\n').unwrap().0;
    for (bad, part) in
        [(twice.as_str(), "was there before"), (missing, "1 of 80 voxels"), ("1,2,3,4\n", "header")]
    {
        let refused = physicell::substrates("s.csv", bad, &model).unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    let negative = text.replacen("-90,-70,0,0\n", "-90,-70,0,-0.25\n", 1);
    let refused = physicell::substrates("s.csv", &negative, &model).unwrap_err().to_string();
    assert_eq!(refused, "s.csv:2: `debris` is -0.25 there; a density is a number of 0 or more");
    let refused = physicell::substrates("s.csv", "x,y,z,  oxygn\n", &model).unwrap_err().to_string();
    assert!(refused.starts_with("s.csv:1:9: ") && refused.contains("nearest is `oxygen`"), "{refused}");
}

/// A level 4 file: numbers of a format, row by row as given, written column by column.
fn mat(format: u32, rows: &[Vec<f64>]) -> Vec<u8> {
    let (r, c) = (rows.len(), rows.first().map_or(0, Vec::len));
    let mut out: Vec<u8> = [format, r as u32, c as u32, 0, 2].iter().flat_map(|x| x.to_le_bytes()).collect();
    out.extend(b"M\0");
    for k in 0..c {
        for row in rows {
            match format {
                0 => out.extend(row[k].to_le_bytes()),
                10 => out.extend((row[k] as f32).to_le_bytes()),
                _ => out.extend((row[k] as i16).to_le_bytes()),
            }
        }
    }
    out
}

/// Rows of x, y, z and two densities, the last voxel first.
fn rows() -> Vec<Vec<f64>> {
    let row = |v: u32| {
        let (i, j) = (f64::from(v % 10), f64::from(v / 10));
        vec![20.0 * i - 90.0, 20.0 * j - 70.0, 0.0, f64::from(v), 100.0 + f64::from(v)]
    };
    (0..80).rev().map(row).collect()
}

#[test]
fn substrates_come_from_matlab_files() {
    let model = project().model;
    for format in [0, 10, 30] {
        let (fields, notes) = physicell::substrates_mat("s.mat", &mat(format, &rows()), &model).unwrap();
        let expected: Vec<f64> = (0..80).map(f64::from).collect();
        assert_eq!(fields[0].as_ref().unwrap(), &expected);
        assert!(fields[1].as_ref().unwrap()[37] == 137.0 && notes.is_empty());
    }
    // As snapshots have it: a column a voxel, with its volume.
    let turned: Vec<Vec<f64>> = [0, 1, 2, 9, 3, 4]
        .iter()
        .map(|&k| rows().iter().map(|r| r.get(k).copied().unwrap_or(8000.0)).collect())
        .collect();
    let (fields, notes) = physicell::substrates_mat("s.mat", &mat(0, &turned), &model).unwrap();
    assert!(fields[0].as_ref().unwrap()[41] == 41.0 && notes[0].message.contains("a column is a voxel"));
    // Through a model that names it, by what is in it and not by its name.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), mat(0, &rows())).unwrap();
    let mut named = model.clone();
    named.initial.substrates = Some(file.path().display().to_string());
    named.initial.cells = None;
    assert_eq!(physicell::Tables::read(&named).unwrap().substrates[0].as_ref().unwrap()[5], 5.0);
}

/// What a file claims and does not hold, other formats, and rows that can't be: each with its reason.
#[test]
fn matlab_files_that_do_not_fit_are_refused() {
    let model = project().model;
    let good = mat(0, &rows());
    let word = |at: usize, x: u32| {
        let mut bytes = good.clone();
        bytes[4 * at..4 * at + 4].copy_from_slice(&x.to_le_bytes());
        bytes
    };
    let with = |row: usize, column: usize, x: f64| {
        let mut all = rows();
        all[row][column] = x;
        mat(0, &all)
    };
    for (bytes, part) in [
        (word(1, u32::MAX), "the header says 4294967295 rows and 5 columns"),
        (word(2, 4), "80 rows and 4 columns; 80 voxels and 2 substrates need 80 rows"),
        (word(3, 1), "complex"),
        (word(0, 1000), "no full matrix"),
        (word(0, 1000_u32.swap_bytes()), "big-endian"),
        (word(4, u32::MAX), "0 follow it"),
        (good[..good.len() - 1].to_vec(), "3200 bytes; 3199 follow it"),
        (good[..19].to_vec(), "has 19 bytes"),
        (b"MATLAB 5.0 MAT-file, Platform".to_vec(), "save it with -v4"),
        (with(3, 0, -90.0), "row 10: the voxel was there before"),
        (with(3, 0, 1e6), "row 4: the point lies outside"),
        (with(3, 4, -0.5), "row 4: `debris` is -0.5 there; a density is a number of 0 or more"),
        (with(3, 4, f64::NAN), "row 4: `debris` is NaN there; a density is a number of 0 or more"),
    ] {
        let refused = physicell::substrates_mat("s.mat", &bytes, &model).unwrap_err().to_string();
        assert!(refused.starts_with("s.mat: ") && refused.contains(part), "{refused}");
    }
}

/// The own form says the same model, and places its mistakes.
#[test]
fn the_model_survives_its_own_form() {
    let model = project().model;
    let text = agents::write(&model).unwrap();
    assert!(agents::is_agents(&text) && text.contains("# um/min"), "{text}");
    assert_eq!(agents::read("model.toml", &text).unwrap(), model);
    let wrong = text.replacen("signal = \"oxygen\"", "signal = \"oxigen\"", 1);
    let found = agents::read("model.toml", &wrong).unwrap_err();
    let line = 1 + wrong.lines().position(|l| l.contains("oxigen")).unwrap();
    assert_eq!((found.list[0].line, found.list[0].nearest.as_deref()), (line, Some("oxygen")));
    let wrong = text.replacen("diffusion = 100000.0", "difusion = 100000.0", 1);
    let found = agents::read("model.toml", &wrong).unwrap_err();
    assert_eq!(found.list[0].nearest.as_deref(), Some("diffusion"), "{found}");
}

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

/// `check_base`: a base value outside of its distribution is refused unless it is switched off; it is on where it is not said. The law's
/// name may be of any case, as in PhysiCell.
#[test]
fn base_values_lie_in_their_distributions() {
    let good = std::fs::read_to_string(folder().join("settings.xml")).unwrap();
    let with = |from: &str, to: &str| {
        assert_eq!(good.matches(from).count(), 1, "{from}");
        physicell::parse("s.xml", &good.replacen(from, to, 1), &folder())
    };
    let refused = with("<upper_bound>5000<", "<upper_bound>1999<").unwrap_err().to_string();
    assert!(
        refused.contains("`volume` of `tumour` is 2000, which does not lie between 0 and 1999"),
        "{refused}"
    );
    assert!(refused.starts_with("s.xml:") && !refused.starts_with("s.xml:0"), "{refused}");
    let off = with(
        "check_base=\"true\"><behavior>Volume</behavior><mu>3.3</mu><sigma>0.1</sigma><upper_bound>5000<",
        "check_base=\"false\"><behavior>Volume</behavior><mu>3.3</mu><sigma>0.1</sigma><upper_bound>1999<",
    );
    assert_eq!(off.unwrap().model.cells[0].distributions[0].bounds.high, Some(1999.0));
    let refused = with("<min>1e-6<", "<min>2e-4<").unwrap_err().to_string();
    assert!(
        refused.contains("`apoptosis` of `tumour` is 0.0001, which does not lie between 0.0002"),
        "{refused}"
    );
    let any_case = with("type=\"LogUniform\"", "type=\"loguniform\"").unwrap();
    assert_eq!(any_case.model.cells[0].distributions[1].law, Law::LogUniform);
}

/// The samples themselves, where a directory of them is named: `EXODERM_PHYSICELL_SAMPLES=…/sample_projects`.
#[test]
fn samples_are_read_unmodified() {
    let Some(samples) = std::env::var_os("EXODERM_PHYSICELL_SAMPLES") else {
        eprintln!("skipped: EXODERM_PHYSICELL_SAMPLES names no directory of PhysiCell's sample projects");
        return;
    };
    for (name, types, rules) in [
        ("template", 1, 0),
        ("rules_sample", 6, 27),
        ("asymmetric_division", 3, 3),
        ("immune_function", 6, 5),
        ("episode", 3, 0),
    ] {
        let config = Path::new(&samples).join(name).join("config");
        let read = physicell::read(&config.join("PhysiCell_settings.xml"));
        let project = read.unwrap_or_else(|e| panic!("{name}: {e}"));
        println!("{name}: {} types, {} rules", project.model.cells.len(), project.model.rules.len());
        project.notes.iter().for_each(|n| println!("  {n}"));
        let text = std::fs::read_to_string(config.join("cells.csv")).unwrap_or_default();
        let (cells, notes) = physicell::cells("cells.csv", &text, &project.model).unwrap();
        println!("  {} cells, {} remarks", cells.len(), notes.len());
        let own = agents::write(&project.model).unwrap();
        assert_eq!(agents::read("model.toml", &own).unwrap(), project.model, "{name}");
        assert_eq!((project.model.cells.len(), project.model.rules.len()), (types, rules), "{name}");
    }
}

fn small() -> AgentModel {
    project().model
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tables_of_any_text_are_read_or_refused(text in "[ -~\n\t,é]{0,200}", head in prop::bool::ANY) {
        let model = small();
        let text = if head { format!("x,y,z,type,volume\n{text}") } else { text };
        let _ = physicell::rules("r", &text, &model);
        let _ = physicell::cells("c", &text, &model);
        let _ = physicell::substrates("s", &text, &model);
    }

    #[test]
    fn matlab_files_of_any_bytes_are_read_or_refused(at in 0_usize..60, junk in prop::collection::vec(any::<u8>(), 0..24), cut in 0_usize..4000) {
        let mut bytes = mat(0, &rows());
        bytes.splice(at..at + junk.len(), junk);
        bytes.truncate(cut);
        let _ = physicell::substrates_mat("s.mat", &bytes, &small());
    }

    #[test]
    fn settings_with_a_hole_are_read_or_refused(at in 0_usize..9000, len in 1_usize..40, junk in "[<>/a-z0-9\"]{0,8}") {
        let good = std::fs::read(folder().join("settings.xml")).unwrap();
        let at = at % good.len();
        let end = (at + len).min(good.len());
        let mut bytes = good;
        bytes.splice(at..end, junk.into_bytes());
        let file = tempfile::NamedTempFile::new_in(folder().parent().unwrap()).unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let _ = physicell::read(file.path());
    }
}
