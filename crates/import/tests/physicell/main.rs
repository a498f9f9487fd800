//! Projects of PhysiCell: every element of a small one, what is remarked and what is refused, bytes of any kind.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod refused;
mod tables;

use exoderm_import::physicell;
use exoderm_model::agents::{self, Advanced, AgentModel, CycleModel, Law};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use tables::{mat, rows};

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
