//! SBML: own models against libroadrunner's numbers, hand-made cases of the semantics, and mistakes.
#![allow(missing_docs, clippy::unwrap_used)]

use exoderm_import::sbml::{Model, read};
use exoderm_kinetics::implicit::{Implicit, Method};
use exoderm_kinetics::population::{Population, Tolerance};
use exoderm_kinetics::system::System;
use proptest::prelude::*;

const MODELS: [(&str, &str); 4] = [
    ("receptor", include_str!("data/sbml/receptor.xml")),
    ("switch", include_str!("data/sbml/switch.xml")),
    ("rules", include_str!("data/sbml/rules.xml")),
    ("growth", include_str!("data/sbml/growth.xml")),
];

fn model(text: &str) -> Model {
    read("model.xml", text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
}

/// Values of all outputs at the given times.
fn run(model: &Model, times: &[f64]) -> Vec<Vec<f64>> {
    let system = System::new(&model.network).unwrap();
    let mut stepper = Implicit::new(&system, Tolerance { relative: 1e-9, absolute: 1e-12 }, Method::RODAS4);
    let mut p = Population::new(&system, 1);
    let parameters: Vec<f64> = (0..system.parameters()).map(|i| p.parameter(0, i)).collect();
    let mut from = 0.0;
    times
        .iter()
        .map(|&to| {
            p.advance(&system, &mut stepper, from, to).unwrap();
            from = to;
            let states: Vec<f64> = (0..system.states()).map(|i| p.state(0, i)).collect();
            system.look(&states, &parameters, to)
        })
        .collect()
}

/// Concentrations, amounts, compartments of different and of growing size, function definitions, rules, initial assignments,
/// conversion factors and time, against another simulator at tight tolerances.
#[test]
fn models_agree_with_libroadrunner() {
    let table = include_str!("data/sbml/reference.csv");
    let mut compared = 0;
    for (name, text) in MODELS {
        let m = model(text);
        let times = [0.0, 1.0, 3.0, 7.0, 12.0];
        let values = run(&m, &times);
        for line in table.lines().filter(|l| l.starts_with(&format!("{name},"))) {
            let f: Vec<&str> = line.split(',').collect();
            let (time, expected): (f64, f64) = (f[1].parse().unwrap(), f[3].parse().unwrap());
            let t = times.iter().position(|&t| t == time).unwrap();
            let o = m.network.outputs.iter().position(|o| o.name == f[2]).unwrap();
            let got = values[t][o];
            assert!((got - expected).abs() < 2e-7 * (1.0 + expected.abs()), "{line}: {got}");
            compared += 1;
        }
    }
    assert!(compared >= 80, "{compared}");
}

/// A value that is set stands before the file's, and what follows from it follows; impossible ones are told.
#[test]
fn values_can_be_set() {
    let rules = MODELS[2].1.as_bytes();
    let set = |list: &[(&str, f64)]| {
        let list: Vec<(String, f64)> = list.iter().map(|(n, v)| ((*n).to_owned(), *v)).collect();
        exoderm_import::sbml::read_with("m.xml", rules, &list)
    };
    let value = |m: &Model, name: &str| {
        m.network.states.iter().chain(&m.network.parameters).find(|q| q.name == name).unwrap().value
    };
    let (before, after) = (set(&[]).unwrap(), set(&[("base", 1.0), ("Z", 2.5)]).unwrap());
    assert_eq!((value(&before, "k"), value(&after, "k")), (0.5, 2.0));
    // A concentration, in a compartment of 4.
    assert_eq!((value(&before, "Z"), value(&after, "Z")), (4.0, 10.0));
    assert_eq!(value(&after, "W") - value(&before, "W"), 4.0 * 1.5);
    assert!(set(&[("drive", 1.0)]).unwrap_err().to_string().contains("a rule says what it is"));
    assert!(set(&[("bose", 1.0)]).unwrap_err().to_string().contains("base"));
    let local = [("internalise.k".to_owned(), 9.0)];
    let m = exoderm_import::sbml::read_with("m.xml", MODELS[0].1.as_bytes(), &local).unwrap();
    assert_eq!(value(&m, "internalise.k"), 9.0);
}

#[test]
fn units_are_reported() {
    let m = model(MODELS[0].1);
    assert_eq!((m.units.time.as_str(), m.units.substance.as_str(), m.level), ("60 second", "mole", (3, 2)));
    assert_eq!(model(MODELS[1].1).units.volume, "litre");
}

/// A model around the given parts, level 3.
fn around(parts: &str) -> String {
    format!(
        "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version2/core\" level=\"3\" version=\"2\">\n<model>\n\
         <listOfCompartments><compartment id=\"c\" size=\"2\" spatialDimensions=\"3\" constant=\"true\"/></listOfCompartments>\n\
         {parts}\n</model>\n</sbml>\n"
    )
}

fn parameter_rule(math: &str) -> String {
    around(&format!(
        "<listOfParameters><parameter id=\"p\" constant=\"false\"/><parameter id=\"q\" value=\"3\" constant=\"true\"/></listOfParameters>\n\
         <listOfRules><assignmentRule variable=\"p\"><math xmlns=\"http://www.w3.org/1998/Math/MathML\">{math}</math></assignmentRule></listOfRules>"
    ))
}

/// Every operator, worked out by hand.
#[test]
fn mathematics_by_hand() {
    let q = "<ci> q </ci>";
    let two = "<cn>2</cn>";
    for (math, expected) in [
        (format!("<apply><minus/>{q}</apply>"), -3.0),
        (format!("<apply><plus/>{q}{two}{two}</apply>"), 7.0),
        ("<apply><plus/></apply>".into(), 0.0),
        ("<apply><times/></apply>".into(), 1.0),
        (format!("<apply><power/>{two}{q}</apply>"), 8.0),
        (format!("<apply><root/>{two}</apply>"), std::f64::consts::SQRT_2),
        (
            format!("<apply><root><degree>{q}</degree></root><cn>27</cn></apply>")
                .replace("<root><degree>", "<root/><degree>")
                .replace("</degree></root>", "</degree>"),
            3.0,
        ),
        ("<apply><log/><logbase><cn>2</cn></logbase><cn>8</cn></apply>".into(), 3.0),
        ("<apply><log/><cn>1000</cn></apply>".into(), 3.0),
        ("<cn type=\"e-notation\">1.5<sep/>-2</cn>".into(), 0.015),
        ("<cn type=\"rational\">3<sep/>4</cn>".into(), 0.75),
        (format!("<apply><lt/><cn>1</cn>{two}{q}</apply>"), 1.0),
        (format!("<apply><lt/><cn>1</cn>{q}{two}</apply>"), 0.0),
        (format!("<apply><geq/>{q}{q}{two}</apply>"), 1.0),
        (format!("<apply><neq/>{q}{two}</apply>"), 1.0),
        ("<apply><xor/><true/><true/><true/></apply>".into(), 1.0),
        ("<apply><implies/><true/><false/></apply>".into(), 0.0),
        (format!("<apply><quotient/><cn>-7</cn>{q}</apply>"), -2.0),
        (format!("<apply><rem/><cn>-7</cn>{q}</apply>"), -1.0),
        (format!("<apply><max/>{q}<cn>5</cn>{two}</apply>"), 5.0),
        ("<apply><sech/><cn>0</cn></apply>".into(), 1.0),
        (format!("<apply><arcsec/>{two}</apply>"), std::f64::consts::FRAC_PI_3),
        (
            format!(
                "<piecewise><piece><cn>1</cn><apply><gt/>{q}<cn>4</cn></apply></piece><piece>{two}<apply><gt/>{q}<cn>2</cn></apply></piece><otherwise><cn>9</cn></otherwise></piecewise>"
            ),
            2.0,
        ),
        ("<apply><ceiling/><exponentiale/></apply>".into(), 3.0),
    ] {
        let got = run(&model(&parameter_rule(&math)), &[0.0])[0][0];
        assert!((got - expected).abs() < 1e-14 * expected.abs().max(1.0), "{math}: {got} {expected}");
    }
}

/// What is not supported, or wrong, is named with its line and column.
#[test]
fn mistakes_have_places() {
    let event = "<listOfEvents>\n  <event id=\"dose\" useValuesFromTriggerTime=\"true\"/></listOfEvents>";
    let algebraic = "<listOfRules><algebraicRule/></listOfRules>";
    let species = |rest: &str| {
        format!(
            "<listOfSpecies><species id=\"s\" compartment=\"c\" initialAmount=\"1\"/></listOfSpecies>\n{rest}"
        )
    };
    let reaction = |inner: &str| {
        species(&format!("<listOfReactions><reaction id=\"r\">{inner}</reaction></listOfReactions>"))
    };
    let math = |m: &str| format!("<math xmlns=\"http://www.w3.org/1998/Math/MathML\">{m}</math>");
    let cases = [
        (around(event), "model.xml:5:3", "event `dose`"),
        (around(algebraic), "model.xml:4:14", "algebraicRule"),
        (around(&reaction("")), "model.xml:5:18", "no kinetic law"),
        (
            around(&reaction(&format!(
                "<listOfReactants><speciesReference species=\"s\"/></listOfReactants><kineticLaw>{}</kineticLaw>",
                math("<cn>1</cn>")
            ))),
            "model.xml:5:",
            "stoichiometry is not given",
        ),
        (
            around(&reaction(&format!(
                "<listOfReactants><speciesReference species=\"t\" stoichiometry=\"1\"/></listOfReactants><kineticLaw>{}</kineticLaw>",
                math("<cn>1</cn>")
            ))),
            "model.xml:5:",
            "no species `t`",
        ),
        (
            around(
                "<listOfSpecies><species id=\"s\" compartment=\"d\" initialAmount=\"1\"/></listOfSpecies>",
            ),
            "model.xml:4:16",
            "no compartment `d`",
        ),
        (
            around("<listOfSpecies><species id=\"s\" compartment=\"c\"/></listOfSpecies>"),
            "model.xml:4:16",
            "no value at the start",
        ),
        (
            around(
                "<listOfSpecies><species id=\"c\" compartment=\"c\" initialAmount=\"1\"/></listOfSpecies>",
            ),
            "model.xml:4:16",
            "declared twice",
        ),
        (parameter_rule("<ci>qq</ci>"), "model.xml:5:", "no `qq`"),
        (parameter_rule("<ci>p</ci>"), "model.xml:5:", "in a circle"),
        (parameter_rule("<apply><factorial/><cn>3</cn></apply>"), "model.xml:5:", "`factorial`"),
        (
            parameter_rule(
                "<apply><csymbol definitionURL=\"http://www.sbml.org/sbml/symbols/delay\">d</csymbol><ci>q</ci><cn>1</cn></apply>",
            ),
            "model.xml:5:",
            "`delay`",
        ),
        (parameter_rule("<cn>one</cn>"), "model.xml:5:", "no number"),
        (parameter_rule("<cn>1</cn><cn>2</cn>"), "model.xml:5:", "second expression"),
        (
            parameter_rule("<apply><ci>f</ci><ci>q</ci></apply>").replace(
                "<listOfCompartments>",
                "<listOfFunctionDefinitions><functionDefinition id=\"f\"><math xmlns=\"http://www.w3.org/1998/Math/MathML\"><lambda><bvar><ci>x</ci></bvar><ci>x</ci><cn>2</cn></lambda></math></functionDefinition></listOfFunctionDefinitions><listOfCompartments>",
            ),
            "model.xml:3:",
            "2 bodies",
        ),
        (
            parameter_rule(&format!("{}<ci>q</ci>{}", "<apply><exp/>".repeat(5000), "</apply>".repeat(5000))),
            "model.xml:5:",
            "nested too deeply",
        ),
        ("<sbml level=\"1\" version=\"2\"><model/></sbml>".into(), "model.xml:1:1", "level 1"),
        ("<a/>".into(), "model.xml:1:1", "not SBML"),
        ("<sbml".into(), "model.xml:1:", "well-formed"),
    ];
    for (text, place, words) in cases {
        let shown = read("model.xml", text.as_bytes()).unwrap_err().to_string();
        assert!(shown.contains(place) && shown.contains(words), "{place} {words}:\n{shown}");
    }
}

/// Functions that call each other twice, thirty deep: a file of a few kB that would unfold into a billion terms.
#[test]
fn unfolding_is_bounded() {
    let mut functions = String::from("<listOfFunctionDefinitions>");
    for i in 0..30 {
        let body = if i == 0 {
            "<ci>x</ci>".to_owned()
        } else {
            let call = format!("<apply><ci>f{}</ci><ci>x</ci></apply>", i - 1);
            format!("<apply><times/>{call}{call}</apply>")
        };
        functions += &format!(
            "<functionDefinition id=\"f{i}\"><math xmlns=\"http://www.w3.org/1998/Math/MathML\"><lambda><bvar><ci>x</ci></bvar>{body}</lambda></math></functionDefinition>"
        );
    }
    functions += "</listOfFunctionDefinitions>";
    let text = parameter_rule("<apply><ci>f29</ci><ci>q</ci></apply>")
        .replace("<listOfCompartments>", &(functions + "<listOfCompartments>"));
    assert!(read("m.xml", text.as_bytes()).unwrap_err().to_string().contains("unfold"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// A file with a few bytes changed, taken out or doubled is read or refused with a place; nothing panics, and what is
    /// read is a sound network.
    #[test]
    fn damaged_files_are_read_or_refused(which in 0usize..4, cuts in proptest::collection::vec((0.0..1.0f64, 0usize..40, 0u8..3, any::<u8>()), 1..4)) {
        let mut bytes = MODELS[which].1.as_bytes().to_vec();
        for (at, length, kind, byte) in cuts {
            let at = (at * bytes.len() as f64) as usize;
            let end = (at + length).min(bytes.len());
            match kind {
                0 => { bytes.drain(at..end); }
                1 => { let piece = bytes[at..end].to_vec(); bytes.splice(at..at, piece); }
                _ => if at < bytes.len() { bytes[at] = byte },
            }
        }
        match read("damaged.xml", &bytes) {
            Ok(m) => prop_assert!(m.network.check().is_ok(), "{:?}", m.network.check()),
            Err(e) => prop_assert!(e.to_string().contains("damaged.xml")),
        }
    }
}
