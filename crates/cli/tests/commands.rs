//! What each command says, and with which exit code it ends.

mod common;

use common::{Place, tiny};
use serde_json::Value;
use std::fs;

/// The help is the first documentation a user sees: a change of it is looked at.
#[test]
fn help_of_every_command() {
    let place = Place::new();
    let mut all = String::new();
    for command in [
        "",
        "run",
        "check",
        "init",
        "scenarios",
        "ledger",
        "report",
        "resume",
        "compare",
        "dose",
        "cell",
        "body",
        "nta",
        "map",
        "export vtk",
        "export multicellds",
        "network",
        "import physicell",
        "rules",
    ] {
        let args: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        all.push_str(&format!("$ exoderm {}\n{}\n", args.join(" "), place.expect(0, &args).0));
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn wrong_arguments_end_with_2_and_name_what_is_near() {
    let place = Place::new();
    let tiny = tiny();
    let cases: &[(&[&str], &[&str])] = &[
        (&[], &["Usage"]),
        (&["rum"], &["run"]),
        (&["run"], &["required"]),
        (&["run", "missing.toml"], &["could not read `missing.toml`", "built-in"]),
        (&["run", "diabetic-wond"], &["did you mean `diabetic-wound`?"]),
        (&["run", &tiny, "--arms", "vehicel"], &["no arm `vehicel`", "did you mean `vehicle`?"]),
        (&["run", &tiny, "--until", "14 um"], &["--until 14 um"]),
        (&["run", &tiny, "--until", "-1 d"], &["above 0"]),
        (&["run", &tiny, "--replicates", "0"], &["replicates"]),
        (&["run", &tiny, "--threads", "0"], &["threads"]),
        (&["run", &tiny, "-q", "-v"], &["cannot be used with"]),
        // A map has its own arms and axes, no draws, and no model of agents.
        (&["map", &tiny, "--draws", "2"], &["unexpected argument '--draws'"]),
        (&["map", &tiny, "--arms", "vehicle"], &["unexpected argument '--arms'"]),
        (&["map", &tiny, "--sweep", "a.b=1,2"], &["unexpected argument '--sweep'"]),
        (&["map", &tiny, "--adaptive"], &["unexpected argument '--adaptive'"]),
        (&["check", &tiny, "--set", "run.horizn=1 d"], &["--set #1", "horizon"]),
        (&["check", &tiny, "--set", "nonsense"], &["path=value"]),
        (&["init", "diabetic", "x.toml"], &["no built-in scenario"]),
        (&["ledger", "D0_water_10"], &["did you mean `D0_water_100`?"]),
        (&["report", "nowhere"], &["no folder `nowhere`"]),
        (&["resume", "."], &["holds no run"]),
        (&["compare", "a", "b"], &["no folder `a`"]),
        (&["import", "physicell", "missing.xml"], &["missing.xml", "can't be read"]),
        (&["rules", "missing.toml"], &["missing.toml", "can't be read"]),
        (&["run", "PhysiCell_settings.xml"], &["PhysiCell_settings.xml", "can't be read"]),
        (&["run", "x.xml", "--draws", "3"], &["--draws is for scenarios", "--seed"]),
        (&["export", "multicellds", "."], &["holds no run of agents"]),
        (&["network", "missing.xml"], &["could not read `missing.xml`", "SBML"]),
        (&["network", &tiny], &["tiny.toml:1:", "well-formed"]),
        (&["network", "x.xml", "--cells", "5"], &["--ssa"]),
        (&["body", "--route", "topcal"], &["did you mean `topical`?"]),
        (&["body", "--dose", "-1"], &["the dose is -1"]),
        (&["body", "--hours", "NaN"], &["hours"]),
        (&["validate", "--case", "mobilty"], &["no validation case `mobilty`", "did you mean `mobility`?"]),
        (&["validate", "--case", "mobility", "--replicates", "4"], &["counted over tissues", "directions"]),
        (&["completions", "klingon"], &["klingon"]),
    ];
    for (args, words) in cases {
        let (out, err) = place.expect(2, args);
        assert_eq!(out, "", "{args:?}");
        for word in *words {
            assert!(err.contains(word), "exoderm {args:?} does not say `{word}`:\n{err}");
        }
    }
    assert!(!place.path("runs").exists(), "nothing is written for a wrong input");
}

/// An SBML file is simulated as equations and event by event; a part that is not supported is told with its place.
#[test]
fn network_simulates_a_model() {
    let place = Place::new();
    let model = |rest: &str| {
        format!(
            r#"<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="decay">
<listOfCompartments><compartment id="c" size="1" spatialDimensions="3" constant="true"/></listOfCompartments>
<listOfSpecies><species id="x" compartment="c" initialAmount="80" hasOnlySubstanceUnits="true"/></listOfSpecies>
<listOfReactions><reaction id="lose" reversible="false">
<listOfReactants><speciesReference species="x" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>k</ci><ci>x</ci></apply></math>
<listOfLocalParameters><localParameter id="k" value="0.5"/></listOfLocalParameters></kineticLaw>
</reaction></listOfReactions>
{rest}</model></sbml>"#
        )
    };
    fs::write(place.path("good.xml"), model("")).unwrap();
    fs::write(place.path("event.xml"), model("<listOfEvents><event id=\"dose\"/></listOfEvents>")).unwrap();
    let json = |args: &[&str]| -> Value { serde_json::from_str(&place.expect(0, args).0).unwrap() };
    let ode = json(&["network", "good.xml", "--until", "4", "--points", "2", "--json"]);
    let last = ode["series"][0]["values"][2].as_f64().unwrap();
    assert!((last - 80.0 * 0.135_335_283_2).abs() < 1e-5, "{last}");
    let ssa = json(&["network", "good.xml", "--until", "100", "--ssa", "--cells", "3", "--json"]);
    assert_eq!((ssa["work"].as_u64(), ssa["series"][0]["values"][40].as_f64()), (Some(240), Some(0.0)));
    let out = place.expect(0, &["network", "good.xml", "--set", "lose.k=0"]).0;
    assert!(out.contains("`decay`") && out.contains("level 3 version 2"), "{out}");
    let err = place.expect(2, &["network", "event.xml"]).1;
    assert!(err.contains("event.xml:9:15") && err.contains("event `dose`"), "{err}");
}

/// Several mistakes are shown in one go, each with its place and a caret.
#[test]
fn mistakes_of_a_file_are_shown_with_line_and_caret() {
    let place = Place::new();
    let text = fs::read_to_string(tiny()).unwrap();
    let wrong = text.replace("width = \"400 um\"", "width = \"400 s\"").replace("radius =", "radios =");
    fs::write(place.path("wrong.toml"), wrong).unwrap();
    for command in ["check", "run"] {
        let (_, err) = place.expect(2, &[command, "wrong.toml"]);
        let line = |needle: &str| 1 + text.lines().position(|l| l.contains(needle)).unwrap();
        assert!(err.contains(&format!("wrong.toml:{}:", line("width ="))), "{err}");
        assert!(err.contains(&format!("wrong.toml:{}:", line("radius ="))), "{err}");
        assert!(err.contains('^') && err.contains("nearest: `radius`"), "{err}");
        assert!(!err.contains('\u{1b}'), "no colour in a pipe");
    }
}

#[test]
fn a_scenario_too_large_for_any_machine_is_refused_before_it_begins() {
    let place = Place::new();
    let set = ["--set", "tissue.voxel=1 nm"];
    let (_, err) = place.expect(2, &[&["run", &tiny(), "--out", "big"][..], &set].concat());
    assert!(err.contains("voxel"), "{err}");
    assert!(!place.path("big").exists());
}

#[test]
fn check_says_what_would_run() {
    let place = Place::new();
    let (out, err) = place.expect(0, &["check", &tiny(), "--arms", "exosome", "--replicates", "4"]);
    assert_eq!(err, "");
    for word in ["A tiny wound", "1 arms x 4 replicates", "voxels", "unknowns", "memory", "assumptions"] {
        assert!(out.contains(word), "`{word}` is missing:\n{out}");
    }
    let (json, _) = place.expect(0, &["check", &tiny(), "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["arms"].as_array().unwrap().len(), 2);
}

/// The straight path: a built-in, a copy, a copy that checks.
#[test]
fn init_writes_a_copy_that_is_itself_a_scenario() {
    let place = Place::new();
    let (list, _) = place.expect(0, &["scenarios"]);
    for line in list.lines() {
        let name = line.split_whitespace().next().unwrap();
        let file = format!("{name}-copy.toml");
        place.expect(0, &["init", name, &file]);
        let copy = fs::read_to_string(place.path(&file)).unwrap();
        assert!(copy.contains(&format!("exoderm run {file}")), "{copy}");
        place.expect(0, &["check", &file]);
    }
    fs::write(place.path("mine.toml"), "mine").unwrap();
    let (_, err) = place.expect(2, &["init", "diabetic-wound", "mine.toml"]);
    assert!(err.contains("exists already"), "{err}");
    assert_eq!(fs::read_to_string(place.path("mine.toml")).unwrap(), "mine");
    place.expect(0, &["init", "diabetic-wound", "mine.toml", "--force"]);
    place.expect(2, &["init", "diabetic-wound", "none/mine.toml"]);
}

/// docs/networks.md: the example, its copy with the SBML file beside it, what is recorded, and a file that is not there.
#[test]
fn cells_carry_a_network_from_a_file_of_its_own() {
    let place = Place::new();
    place.expect(0, &["init", "network-switch", "mine.toml"]);
    place.expect(0, &["run", "mine.toml", "--until", "6 h", "--out", "run"]);
    let cells = exoderm_record::read_parquet(place.path("run/cells.parquet")).unwrap();
    assert!(cells.column("switch_A").is_some() && cells.column("switch_B").is_some());
    let series = exoderm_record::read_parquet(place.path("run/series.parquet")).unwrap();
    assert!(series.column("mean_switch_B").is_some());
    // The run folder has its own copy.
    let network = fs::read_to_string(place.path("network-switch.xml")).unwrap();
    assert_eq!(place.record("run")["networks"][0][1], network.as_str());
    place.expect(0, &["run", "network-switch", "--until", "6 h", "--out", "built-in"]);
    let states = |run: &str| place.record(run)["digests"]["states"].clone();
    assert_eq!(states("run"), states("built-in"), "a copy is the same scenario");
    fs::rename(place.path("network-switch.xml"), place.path("network_switch.xml")).unwrap();
    let (_, err) = place.expect(2, &["check", "mine.toml"]);
    for word in ["mine.toml:", "there is no file `network-switch.xml`", "nearest: `network_switch.xml`"] {
        assert!(err.contains(word), "`{word}` is missing:\n{err}");
    }
    // A setting may name a file that the scenario does not.
    place.expect(0, &["check", "mine.toml", "--set", "network.switch.file=\"network_switch.xml\""]);
    fs::write(place.path("network-switch.xml"), [0xff, b'<']).unwrap();
    let (_, err) = place.expect(2, &["check", "mine.toml"]);
    assert!(err.contains("UTF-8"), "{err}");
}

#[test]
fn the_ledger_shows_searches_and_counts() {
    let place = Place::new();
    let (row, _) = place.expect(0, &["ledger", "@D0_water_100"]);
    for word in ["6.57", "value", "range", "evidence", "read", "source"] {
        assert!(row.contains(word), "`{word}` is missing:\n{row}");
    }
    let (found, _) = place.expect(0, &["ledger", "--search", "D0 water"]);
    assert!(found.lines().any(|l| l.starts_with("D0_water_100 ")), "{found}");
    let (all, _) = place.expect(0, &["ledger"]);
    assert!(all.contains("by evidence") && all.contains("checks hold"), "{all}");
    let (json, _) = place.expect(0, &["ledger", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let counted: u64 = json["by_read"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(Some(counted), json["parameters"].as_u64(), "every row has one level");
}

/// The table of a case, the same as JSON, exit code 0.
#[test]
fn validate_prints_a_case() {
    let place = Place::new();
    let (text, _) = place.expect(0, &["validate", "--case", "mobility", "--case", "thiele-slab"]);
    assert!(
        text.contains("c/c0 at 50 um") && text.ends_with("2 of 2 cases hold (15 quantities).\n"),
        "{text}"
    );
    let (json, _) = place.expect(0, &["validate", "--case", "mobility", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["rows"].as_array().unwrap().len(), 11);
    assert!(json[0]["rows"].as_array().unwrap().iter().all(|r| r["pass"] == true));
}

#[test]
fn completions_and_manual_name_every_command() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.expect(0, &["completions", shell]).0.contains("scenarios"));
    }
    let (page, _) = place.expect(0, &["man"]);
    for word in ["EXODERM RUN", "EXODERM COMPARE", "EXIT STATUS", "replicates"] {
        assert!(page.contains(word), "`{word}` is missing");
    }
}

/// S077, S034: the flag first, the verdict, exit code 2 with the nearest name.
#[test]
fn s034_dose_answers_and_refuses() {
    let place = Place::new();
    let ask = ["dose", "--particles", "1e10", "--area", "4 cm^2", "--cargo", "miR-21"];
    let with = |more: &[&'static str]| [&ask[..], more].concat();
    let (out, err) = place.expect(0, &with(&["--route", "microneedle", "--label", "topical"]));
    assert!(out.starts_with("! The label") && err.is_empty(), "{out}{err}");
    assert!(out.contains("implausible by copy number; says nothing about benefit"), "{out}");
    let (json, _) = place.expect(0, &with(&["--route", "topical", "--json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["stages"].as_array().unwrap().len(), 7);
    let (_, err) = place.expect(2, &with(&["--route", "topcal"]));
    assert!(err.contains("did you mean `topical`?"), "{err}");
    place.expect(2, &["dose", "--area", "4 cm^2", "--route", "topical"]);
    place.expect(
        2,
        &["dose", "--particles", "1e10", "--mass", "1 ug", "--area", "4 cm^2", "--route", "topical"],
    );
}

/// S077: the flag comes before anything is simulated, and first of all that is told afterwards.
#[test]
fn s077_a_run_flags_the_route_before_it_simulates() {
    let place = Place::new();
    let label = "vesicle.msc_exosome.label_route=topical on intact skin";
    let (out, err) = place.expect(
        0,
        &["run", &tiny(), "--until", "2 h", "--replicates", "1", "--out", "flagged", "--set", label],
    );
    let at = |text: &str, part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}: {text}"));
    assert!(at(&err, "OFF-LABEL ROUTE") < at(&err, "arms:"), "{err}");
    assert!(out.starts_with("! OFF-LABEL ROUTE"), "{out}");
    let page = fs::read_to_string(place.path("flagged/report.html")).unwrap();
    assert!(at(&page, "<strong>OFF-LABEL ROUTE") < at(&page, "class=\"answer\""));
}

#[test]
fn s020_cell_is_watched_and_drawn() {
    let place = Place::new();
    let (out, _) = place.expect(0, &["cell", "keratinocyte", "--block", "nSMase2", "--out", "cell.html"]);
    assert!(out.contains("One keratinocyte for 24 h") && out.contains("NTA"), "{out}");
    let page = fs::read_to_string(place.path("cell.html")).unwrap();
    assert!(page.contains("<svg") && !page.contains("http://") && !page.contains("https://"));
    let (json, _) = place.expect(0, &["cell", "msc-adipose", "--hours", "2", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let n = |key: &str| json[key].as_u64().unwrap();
    assert_eq!(n("released"), n("fused") - n("tethered"));
    let (_, err) = place.expect(2, &["cell", "keratinocite"]);
    assert!(err.contains("did you mean `keratinocyte`?"), "{err}");
    place.expect(2, &["cell", "keratinocyte", "--out", "none/cell.html"]);
}

/// S079: a measurement is read; a mistake in it has a place.
#[test]
fn s079_nta_is_read_or_refused_with_its_place() {
    let place = Place::new();
    let rows: String = (0..40).map(|i| format!("{},{}\n", 45 + 5 * i, 100 + i * (40 - i))).collect();
    fs::write(place.path("a.csv"), format!("size (nm),concentration (particles/mL)\n{rows}")).unwrap();
    let (out, _) = place.expect(0, &["nta", "a.csv", "--protein", "1 ng/mL"]);
    assert!(out.contains("[vesicle.my_exosome]") && out.contains("particles_per_ug"), "{out}");
    fs::write(place.path("b.csv"), "size (nm),concentration (particles/mL)\n50,1\n60,x\n").unwrap();
    let (_, err) = place.expect(2, &["nta", "b.csv"]);
    assert!(err.contains("b.csv:3:4") && err.contains("a number is needed"), "{err}");
    let (_, err) = place.expect(2, &["nta", "missing.csv"]);
    assert!(err.contains("could not read `missing.csv`"), "{err}");
}

/// `body` answers as text, as one JSON document, and with its plots as a picture or a page.
#[test]
fn body_follows_a_dose() {
    let place = Place::new();
    let args = ["body", "--draws", "20", "--tumour-cells", "1e8"];
    let text = place.expect(0, &args).0;
    for part in ["says nothing about a patient", "liver", "Limit of", "false alarm"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = place.expect(0, &[&args[..], &["--json", "--out", "body.svg"]].concat()).0;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["imbalance"].as_f64().unwrap() < 1e-9);
    assert!(json["tumour"]["curve"].as_array().unwrap().len() > 10);
    assert!(fs::read_to_string(place.path("body.svg")).unwrap().starts_with("<svg xmlns"));
}

/// A project of XML and CSV: told, written in the own form, its rules with their curves, the same from both forms.
#[test]
fn a_physicell_project_is_imported_and_explained() {
    let place = Place::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
    let settings = data.join("settings.xml").display().to_string();
    let (out, err) = place.expect(0, &["import", "physicell", &settings, "-o", "model.toml"]);
    assert!(out.contains("3 types of cells, 2 substrates, 5 rules"), "{out}");
    assert!(err.contains("settings.xml:8:5: <max_time> is `60 minutes`"), "{err}");
    let again = place.expect(2, &["import", "physicell", &settings, "-o", "model.toml"]).1;
    assert!(again.contains("--force"), "{again}");
    let own = place.expect(0, &["rules", "model.toml"]).0;
    assert_eq!(own, place.expect(0, &["rules", &settings]).0);
    assert!(own.contains("In tumour cells, oxygen increases cycle entry"), "{own}");
    let rules: Value = serde_json::from_str(&place.expect(0, &["rules", "model.toml", "--json"]).0).unwrap();
    // The second rule alone halves the base of 1/300 at its half-max: pressure decreases cycle entry towards 0.
    let half = rules[1]["value"][20].as_f64().unwrap();
    assert!((half * 600.0 - 1.0).abs() < 1e-12, "{half}");
    place.expect(0, &["rules", &settings, "-o", "rules.svg"]);
    place.expect(0, &["rules", &settings, "-o", "rules.html"]);
    assert!(fs::read_to_string(place.path("rules.svg")).unwrap().starts_with("<svg xmlns"));
    assert!(fs::read_to_string(place.path("rules.html")).unwrap().contains("Rules of"));
}

/// A model of agents carries a network from a file beside it; what it wrote can be run again from its folder.
#[test]
fn agents_carry_a_network() {
    let place = Place::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
    let settings = data.join("settings.xml").display().to_string();
    place.expect(0, &["import", "physicell", &settings, "-o", "model.toml"]);
    place.expect(0, &["init", "network-switch", "unused.toml"]);
    let model = fs::read_to_string(place.path("model.toml")).unwrap();
    let network = "[[network]]\nname = \"switch\"\nfile = \"network-switch.xml\"\ncells = [\"tumour\"]\n\
                   [[network.input]]\nsignal = \"oxygen\"\nparameter = \"input\"\nscale = 0.02\n\
                   [[network.output]]\nspecies = \"A\"\nbehaviour = \"apoptosis\"\n";
    fs::write(place.path("model.toml"), format!("{model}\n{network}")).unwrap();
    place.expect(0, &["run", "model.toml", "--out", "a", "-q", "--until", "30 min"]);
    place.expect(0, &["run", "a/model.toml", "--out", "b", "-q", "--until", "30 min"]);
    let of = |run: &str| fs::read(place.path(&format!("{run}/cells.parquet"))).unwrap();
    assert!(of("a") == of("b"));
    let cells = exoderm_record::read_parquet(place.path("a/cells.parquet")).unwrap();
    assert!(cells.column("does apoptosis").is_some());
    fs::remove_file(place.path("network-switch.xml")).unwrap();
    let err = place.expect(2, &["run", "model.toml", "--out", "c", "-q"]).1;
    let line = 2 + model.lines().count() + 2;
    assert!(
        err.contains(&format!("model.toml:{line}:")) && err.contains("network-switch.xml"),
        "{line}: {err}"
    );
}

/// A project runs from its XML and from its own form with the same result, on any number of threads; mistakes in its tables
/// have their place; its snapshots are exported.
#[test]
fn a_physicell_project_runs() {
    let place = Place::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
    let settings = data.join("settings.xml").display().to_string();
    place.expect(0, &["import", "physicell", &settings, "-o", "model.toml"]);
    let (told, warned) = place.expect(0, &["run", &settings, "--out", "a", "--threads", "1"]);
    assert!(
        told.contains("living cells by type, seed 7") && warned.contains("settings.xml:18:5: <gravity>"),
        "{told}"
    );
    assert!(place.expect(2, &["run", &settings, "--out", "a"]).1.contains("--force"));
    place.expect(0, &["run", "model.toml", "--out", "b", "-q", "--threads", "2"]);
    for file in ["series.csv", "cells.parquet", "series.parquet"] {
        let of = |run: &str| fs::read(place.path(&format!("{run}/{file}"))).unwrap();
        assert!(of("a") == of("b"), "{file}");
    }
    let series = fs::read_to_string(place.path("a/series.csv")).unwrap();
    assert_eq!(series.lines().count(), 1 + 3 * 3, "{series}");
    let other: Value = serde_json::from_str(
        &place
            .expect(
                0,
                &[
                    "run",
                    "model.toml",
                    "--out",
                    "a",
                    "--force",
                    "--seed",
                    "8",
                    "--until",
                    "30 min",
                    "--json",
                    "-q",
                ],
            )
            .0,
    )
    .unwrap();
    assert_eq!((other["seed"].as_u64(), other["series"].as_array().unwrap().len()), (Some(8), 6));
    let exported = place.expect(0, &["export", "multicellds", "b"]).0;
    assert!(exported.contains("output00000002.xml"), "{exported}");
    let xml = fs::read_to_string(place.path("b/multicellds/output00000002.xml")).unwrap();
    assert!(xml.contains("<current_time units=\"min\">60</current_time>") && xml.contains(">hunter</type>"));
    // Rows of the table: 69, two deaths, eight by substrate, seven by type, the user's own.
    let table = fs::read(place.path("b/multicellds/output00000000_cells.mat")).unwrap();
    let word = |k: usize| u32::from_le_bytes(table[4 * k..4 * k + 4].try_into().unwrap());
    assert_eq!((word(1), word(2)), (69 + 2 + 8 * 2 + 7 * 3 + 4, 11));
    fs::write(place.path("cells.csv"), "x,y,z,type,volum\n0,0,0,tumour,5\n").unwrap();
    let model = fs::read_to_string(place.path("model.toml")).unwrap();
    let line = model.lines().find(|l| l.starts_with("cells = ")).unwrap().to_owned();
    fs::write(place.path("model.toml"), model.replace(&line, "cells = \"cells.csv\"")).unwrap();
    let wrong = place.expect(2, &["run", "model.toml", "--out", "c"]).1;
    assert!(wrong.contains("cells.csv:2") && !place.path("c").exists(), "{wrong}");
}

/// pcdl opens what is exported. `EXODERM_PYTHON` names an interpreter that has it; skipped without.
#[test]
fn pcdl_reads_the_export() {
    let python = std::env::var("EXODERM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = std::process::Command::new(&python).args(["-c", "import pcdl"]).output();
    if !found.is_ok_and(|o| o.status.success()) {
        println!("SKIPPED read_multicellds.py: {python} has no package pcdl");
        return;
    }
    let place = Place::new();
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data/physicell/config");
    place.expect(0, &["run", &data.join("settings.xml").display().to_string(), "--out", "a", "-q"]);
    place.expect(0, &["export", "multicellds", "a", "-o", "snapshots"]);
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/read_multicellds.py");
    let output =
        std::process::Command::new(&python).arg(&script).arg(place.path("snapshots")).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
