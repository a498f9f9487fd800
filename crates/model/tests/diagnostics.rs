//! What a person sees for each mistake. The snapshots are the contract: file, line, column, what was expected, the
//! nearest valid name, one line of help.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;
use common::*;
use exoderm_model::decode;

const TINY: &str = include_str!("files/tiny.toml");

/// The tiny scenario with replacements, which must be there to be replaced.
fn tiny(changes: &[(&str, &str)]) -> String {
    let mut text = TINY.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in tiny.toml");
        text = text.replacen(from, to, 1);
    }
    text
}

fn snap(name: &str, changes: &[(&str, &str)]) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, mistakes(&tiny(changes)));
    });
}

fn snap_text(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

fn settings(name: &str, sets: &[&str]) {
    let case = Case { sets: sets.iter().map(|s| (*s).to_owned()).collect(), ..Case::default() };
    let found = case.run("my.toml", TINY).map(|s| s.name).expect_err("must not compile");
    snap_text(name, &found.render(false));
}

#[test]
fn the_tiny_scenario_is_right() {
    run(TINY).map_err(|d| d.render(false)).unwrap();
}

#[test]
fn syntax() {
    snap("syntax", &[("horizon = \"5 d\"", "horizon = \"5 d"), ("place = \"basal\"", "place = = \"basal\"")]);
    snap("duplicate_arm", &[("[arm.exosome]", "[arm.untreated]")]);
    snap("duplicate_key", &[("radius = \"4 um\"", "radius = \"4 um\"\nradius = \"5 um\"")]);
    snap("nesting", &[("fold = {", "fold = [[[[[[[[[[")]);
    snap_text("not_utf8", &decode("my.toml", b"format = 1\nname = \"caf\xe9\"\n").unwrap_err().render(false));
    let large = decode("my.toml", &vec![b'#'; (4 << 20) + 1]).unwrap_err();
    snap_text("too_large", &large.render(false));
    assert_eq!(decode("my.toml", b"\xef\xbb\xbfformat = 1").unwrap(), "format = 1");
}

#[test]
fn names() {
    snap(
        "unknown_keys",
        &[
            ("persistence = \"2 h\"", "persistance = \"2 h\""),
            ("[mechanics]", "[mechanic]"),
            ("horizon", "horzion"),
            ("fold = 3", "fold = { value = 3, rnage = [1, 4] }"),
        ],
    );
    snap("unknown_substrate", &[("signal = \"substrate:egf\"", "signal = \"substrate:efg\"")]);
    snap("unknown_cell", &[("cells = [\"keratinocyte\"]", "cells = [\"keratinocytes\", \"fibroblast\"]")]);
    snap("unknown_vesicle", &[("product = \"product\"", "product = \"prodct\"")]);
    snap(
        "unknown_map_key",
        &[("secretion.egf", "secretion.efg"), ("density.keratinocyte", "density.kerotinocyte")],
    );
    snap(
        "unknown_choice",
        &[("behaviour = \"speed\"", "behaviour = \"sped\""), ("kind = \"wound\"", "kind = \"wuond\"")],
    );
    snap("unknown_fate", &[("radius = \"4 um\"", "radius = \"4 um\"\nfate.shd = { age = \"3 d\" }")]);
    snap("unknown_target", &[("headline = true", "headline = true\ntarget = \"T05_dbdb_control_d12\"")]);
}

#[test]
fn extending() {
    snap_text("unknown_base", &mistakes("format = 1\nextends = \"mouse-bak\"\n"));
    let copy = Case::default().run("mine/mouse-back.toml", "format = 1\nextends = \"mouse-back\"\n");
    snap_text("extends_itself", &copy.unwrap_err().render(false));
    let path = "scenarios/profiles/mouse-back.toml";
    let own = format!("extends = \"mouse-back\"\n{}", MOUSE.replace("extends = \"skin-base\"\n", ""));
    snap_text("profile_extends_itself", &Case::default().run(path, &own).unwrap_err().render(false));
    snap_text("extends_circle", &mistakes("format = 1\nextends = \"loop-a\"\n"));
}

#[test]
fn units_and_references() {
    snap(
        "wrong_dimension",
        &[("speed = \"1 um/h\"", "speed = \"1 um^2/h\""), ("half = \"1 ng/mL\"", "half = \"1 mmHg\"")],
    );
    snap("no_unit", &[("speed = \"1 um/h\"", "speed = 1")]);
    snap("needless_unit", &[("escape = 0.005", "escape = \"0.005 um\"")]);
    snap("unknown_unit", &[("speed = \"1 um/h\"", "speed = \"1 um/huor\"")]);
    snap("no_quantity", &[("speed = \"1 um/h\"", "speed = \"fast\"")]);
    snap("unknown_ledger_key", &[("@k_deg_37", "@k_deg_73")]);
    snap("unknown_fitted_value", &[("fold = 3", "saturation = \"@cal.kc_sped\"")]);
    snap("bad_reference", &[("@k_deg_37", "@k_deg_37*"), ("@D0_water_100", "@D0_water_100*x")]);
    snap(
        "qualitative_row",
        &[("@k_deg_37", "@wound_ev_evidence"), ("@D0_water_100", "@skin_mscev_smd_bailey")],
    );
    snap("row_without_that_end", &[("@k_deg_37", "@D0_water_100.low")]);
    snap("reference_of_wrong_dimension", &[("@k_deg_37", "@D0_water_100")]);
    snap(
        "type",
        &[
            ("radius = \"4 um\"", "radius = [\"4 um\"]"),
            ("place = \"basal\"", "place = true"),
            ("format = 1", "format = \"1\""),
        ],
    );
}

#[test]
fn ranges() {
    snap("reference_leaves_its_range", &[("@k_deg_37", "@k_deg_37*100")]);
    snap(
        "literal_beside_a_row",
        &[("\"@sec_keratinocyte\"", "{ value = \"5000 EV/cell/h\", key = \"@sec_keratinocyte\" }")],
    );
    snap(
        "value_outside_its_range",
        &[("radius = \"4 um\"", "radius = { value = \"4 um\", range = [\"5 um\", \"6 um\"] }")],
    );
    snap(
        "range_backwards",
        &[("radius = \"4 um\"", "radius = { value = \"4 um\", range = [\"6 um\", \"3 um\"] }")],
    );
    let allowed = tiny(&[
        (
            "\"@sec_keratinocyte\"",
            "{ value = \"5000 EV/cell/h\", key = \"@sec_keratinocyte\", outside_range = true }",
        ),
        ("\"@k_deg_37\"", "{ value = \"@k_deg_37*100\", outside_range = true }"),
    ]);
    let s = run(&allowed).map_err(|d| d.render(false)).unwrap();
    assert!((s.transport.degradation - 2.0 / 60.0).abs() < 1e-12);
    let inside =
        tiny(&[("\"@sec_keratinocyte\"", "{ value = \"100 EV/cell/h\", key = \"@sec_keratinocyte\" }")]);
    let s = run(&inside).map_err(|d| d.render(false)).unwrap();
    let (low, high) = row(&s, "cell.keratinocyte.biogenesis.secretion").range.unwrap();
    assert!((low - 3.0 / 60.0).abs() < 1e-12 && (high - 300.0 / 60.0).abs() < 1e-12);
}

#[test]
fn bounds() {
    snap(
        "fraction_above_one",
        &[("escape = 0.005", "escape = 1.2"), ("recycled = 0.2", "recycled = \"120 %\"")],
    );
    snap("negative_rate", &[("decay = \"2e-4 1/s\"", "decay = \"-2e-4 1/s\"")]);
    snap(
        "zero_length",
        &[("width = \"2 mm\"", "width = \"0 mm\""), ("dermis = \"200 um\"", "dermis = \"-200 um\"")],
    );
    snap("nan_and_inf", &[("collagen1 = 1.0", "collagen1 = nan"), ("collagen3 = 0.2", "collagen3 = inf")]);
    snap("shares_above_one", &[("recycled = 0.2", "recycled = 0.9"), ("escape = 0.005", "escape = 0.3")]);
    snap("too_many_replicates", &[("horizon = \"5 d\"", "horizon = \"5 d\"\nreplicates = 0")]);
    snap("text_with_controls", &[("name = \"tiny\"", "name = \"tiny\"\ntitle = \"a\\u001bb\"")]);
    snap("bad_name", &[("name = \"tiny\"", "name = \"tiny/../x\"")]);
}

#[test]
fn geometry() {
    snap("wound_wider_than_strip", &[("radius = \"1 mm\"", "radius = \"3 mm\"")]);
    snap("voxel_larger_than_layer", &[("voxel = \"10 um\"", "voxel = \"30 um\"")]);
    snap("fold_deeper_than_dermis", &[("amplitude = \"0 um\"", "amplitude = \"250 um\"")]);
    snap(
        "too_many_voxels",
        &[("voxel = \"10 um\"", "voxel = \"1 nm\""), ("width = \"2 mm\"", "width = \"20 m\"")],
    );
    let point = |changes: &[(&str, &str)]| {
        let mut text = POINT.to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        mistakes(&text)
    };
    snap_text(
        "box_not_whole_voxels",
        &point(&[("voxel = \"2.5 um\"", "voxel = [\"2.5 um\", \"3 um\", \"200 um\"]")]),
    );
    snap_text(
        "sphere_through_wall",
        &point(&[
            ("centre = [\"60 um\"", "centre = [\"97 um\""),
            ("position = [\"40 um\"", "position = [\"140 um\""),
        ]),
    );
    snap_text(
        "faces_that_cannot_be",
        &point(&[(
            "[absorber.sphere]",
            "[substrate.s]\nunit = \"ng/mL\"\ndiffusion = \"60 um^2/s\"\ndecay = \"1e-3 1/s\"\nresting = \"0 ng/mL\"\n\
                 boundary.x_min = \"no_fluxx\"\nboundary.x_max = { value = \"-2 ng/mL\" }\n[absorber.sphere]",
        )]),
    );
    snap_text(
        "no_vesicle_of_that_size",
        &point(&[("median_diameter = \"100 nm\"", "median_diameter = \"30 um\"")]),
    );
    snap_text(
        "cells_outside_box",
        &point(&[(
            "[absorber.sphere]",
            "[cell.c]\nplace = \"free\"\nradius = \"5 um\"\nuptake_of_vesicles = false\n[mechanics]\nstiffness = \"1 1/min\"\n\
             [place.a]\ncell = \"c\"\nat = [[\"2 um\", \"50 um\", \"50 um\"]]\n\
             [place.b]\ncell = \"c\"\ncount = 5\nlow = [\"50 um\", \"50 um\", \"50 um\"]\nhigh = [\"40 um\", \"120 um\", \"60 um\"]\n\
             [place.c]\ncell = \"c\"\ncount = 5000\n[absorber.sphere]",
        )]),
    );
    snap_text(
        "resolution_that_cannot_be",
        &point(&[
            (
                "resolution = \"particles\"",
                "resolution = \"counts\"\nbound_share = 0.5\nunbinding = \"1 1/h\"\nbinding_capacity = \"5 particles/um^3\"",
            ),
            ("periodic = [false, false, false]", "periodic = [true, false, false]"),
            ("count = \"1e4 particles\"", "count = 10.5"),
            ("position = [\"40 um\"", "position = [\"58 um\""),
        ]),
    );
    settings("particles_in_skin", &["transport.resolution=\"particles\""]);
    let field = point(&[
        (
            "resolution = \"particles\"\nboundary = { x_min = \"open\", x_max = \"open\", y_min = \"open\", y_max = \"open\", z_min = \"open\"",
            "boundary = { z_min = \"no_flux\"",
        ),
        ("periodic = [false, false, false]", "periodic = [false, true, false]"),
        (
            "[absorber.sphere]",
            "[substrate.s]\nunit = \"ng/mL\"\ndiffusion = \"80 um^2/s\"\ndecay = \"0 1/s\"\nresting = \"0 ng/mL\"\n\
             boundary.y_max = { value = \"3 ng/mL\" }\n[absorber.sphere]",
        ),
    ]);
    snap_text("field_with_open_and_periodic_faces", &field);
    let thin = [("voxel = \"2.5 um\"", "voxel = [\"2.5 um\", \"2.5 um\", \"0.1 um\"]")];
    snap_text("vesicle_larger_than_a_voxel", &point(&thin));
    snap_text("1e12_voxels", &point(&[("voxel = \"2.5 um\"", "voxel = \"10 nm\"")]));
}

#[test]
fn arms_endpoints_and_times() {
    snap("two_arms_of_a_kind", &[("kind = \"exosome\"", "kind = \"untreated\"")]);
    snap("no_arm", &[("[arm.untreated]\nkind = \"untreated\"\n\n[arm.exosome]\nkind = \"exosome\"\n", "")]);
    snap("no_headline", &[("headline = true", "headline = false")]);
    snap(
        "two_headlines",
        &[(
            "headline = true",
            "headline = true\n\n[endpoint.other]\nmeasure = \"closure_time\"\nheadline = true",
        )],
    );
    let start = TINY.find("[event.dressing]").unwrap();
    let end = TINY.find("[arm.untreated]").unwrap();
    let no_dressing = (&TINY[start..end], "");
    snap("arm_without_product", &[no_dressing]);
    // A block of uptake wants vesicles, not a product: the tissue's own do.
    let blocked = ("kind = \"exosome\"", "kind = \"uptake_blocked\"");
    run(&tiny(&[no_dressing, blocked])).map_err(|d| d.render(false)).unwrap();
    let bare = "format = 1\nname = \"bare\"\n[run]\nhorizon = \"1 h\"\n[tissue]\nkind = \"box\"\nsize = [\"40 um\", \"40 um\", \"40 um\"]\n\
                voxel = \"10 um\"\n[mechanics]\nstiffness = \"1 1/min\"\n[arm.block]\nkind = \"uptake_blocked\"\n";
    snap_text("block_without_vesicles", &mistakes(bare));
    snap("horizon_too_short", &[("horizon = \"5 d\"", "horizon = \"3 d\"")]);
    snap("endpoint_without_time", &[("time = \"4 d\"\n", "")]);
    snap("untimed_endpoint_with_time", &[("percent_closed", "closure_time")]);
    snap("no_question_mark", &[("close it?", "close it.")]);
    snap("steps", &[("[matrix]", "[steps]\nphenotype = \"7 min\"\n\n[matrix]")]);
}

#[test]
fn sections() {
    snap(
        "missing_section_and_key",
        &[("[mechanics]\nstiffness = \"0.5 1/min\"\n", ""), ("radius = \"4 um\"\n", "")],
    );
    snap("box_section_in_skin", &[("[mechanics]", "[place.a]\ncell = \"keratinocyte\"\n\n[mechanics]")]);
    snap(
        "event_of_another_kind",
        &[
            ("thickness = \"1 mm\"", "thickness = \"1 mm\"\nradius = \"1 mm\""),
            ("[arm.untreated]", "[event.drop]\nkind = \"release\"\n\n[arm.untreated]"),
        ],
    );
    // A wound has no stratum corneum to pierce; channels that end in it, and more of them than there is skin.
    let channels = "kind = \"channels\"\ndensity = \"1e5 1/cm^2\"\ndiameter = \"50 um\"\ndepth = \"9 um\"\nclosing = \"24 h\"";
    snap(
        "channels_that_lead_nowhere",
        &[("[arm.untreated]", &format!("[event.needles]\n{channels}\n\n[arm.untreated]"))],
    );
    let skin_in_box = POINT
        .replace("[absorber.sphere]", "[recruit.x]\n[arm.a]\nkind = \"null\"\n[absorber.sphere]")
        .replace("size =", "width = \"1 mm\"\nsize =");
    snap_text("skin_section_in_box", &mistakes(&skin_in_box));
}

#[test]
fn rules() {
    snap("fold_and_saturation", &[("fold = 3", "fold = 3\nsaturation = \"3 um/h\"")]);
    snap("no_half", &[("half = \"1 ng/mL\"\n", "")]);
    snap("rule_without_fate", &[("behaviour = \"speed\"", "behaviour = \"fate:keratinocyte\"")]);
    snap("half_dose_of_a_substrate", &[("half = \"1 ng/mL\"", "half_dose = \"20 ug/mL\"")]);
    snap(
        "two_triggers",
        &[("radius = \"4 um\"", "radius = \"4 um\"\nfate.shed = { age = \"3 d\", rate = \"1 1/d\" }")],
    );
    snap("mass_dose_without_conversion", &[("particles_per_ug = \"1e10 particles/ug\"\n", "")]);
}

#[test]
fn settings_are_checked_like_the_file() {
    settings("set_unknown_key", &["run.horizon=4 d", "cell.keratinocyte.sped=1 um/h"]);
    settings("set_wrong_dimension", &["run.horizon=4 um"]);
    settings("set_malformed", &["run.horizon", "=3", "run.horizon.value.x=3 d", "extends=mouse-back"]);
    settings("set_below_a_value", &["cell.keratinocyte.radius.foo=3"]);
}

#[test]
fn colour_changes_no_text() {
    let d = run(&tiny(&[("horizon", "horzion")])).unwrap_err();
    let coloured = d.render(true);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut inside = false;
    for c in coloured.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    assert_eq!(plain, d.render(false));
}

#[test]
fn fields_are_there_for_programs() {
    let d = run(&tiny(&[("speed = \"1 um/h\"", "sped = \"1 um/h\"")])).unwrap_err();
    let first = &d.list[0];
    let line = TINY.lines().position(|l| l.starts_with("speed")).unwrap() + 1;
    assert_eq!(
        (first.code, first.file.as_str(), first.line, first.column),
        ("unknown-key", "my.toml", line, 1)
    );
    assert_eq!(first.nearest.as_deref(), Some("speed"));
    assert_eq!(first.span.len(), 4);
    assert!(!first.help.is_empty());
}

#[test]
fn a_flood_of_mistakes_is_cut_off() {
    let mut text = TINY.to_owned();
    for i in 0..20_000 {
        text.push_str(&format!("[rule.r{i}]\ncells = [\"nobody{i}\"]\nsignal = \"x\"\n"));
    }
    let d = run(&text).unwrap_err();
    assert!(d.list.len() <= 100);
    assert!(d.render(false).len() < 100_000);
}

/// What a cell sorts needs vesicles of the tissue's own, a unit that fits the cargo's class, and a way to follow it.
#[test]
fn sorted_cargo() {
    let base = "\
format = 1
name = \"sorted\"
[run]
horizon = \"1 h\"
[tissue]
kind = \"box\"
size = [\"40 um\", \"40 um\", \"40 um\"]
voxel = \"20 um\"
[mechanics]
stiffness = \"1 1/min\"
[transport]
diffusion_100nm = \"6.57 um^2/s\"
[vesicle.own]
endogenous = true
median_diameter = \"100 nm\"
ln_sigma = 0.2
[vesicle.product]
median_diameter = \"100 nm\"
ln_sigma = 0.2
[biogenesis]
population = \"own\"
maturation = \"15 min\"
residence = \"60 min\"
secretory_share = 0.1
vesicles_per_body = \"30 ILV\"
back_fusion = 0.1
ceramide_share = 0.4
tethered = 0.2
dispersion = 30
[cargo.rna]
class = \"mirna\"
decay_inside = \"0 1/h\"
decay_cytosol = \"0 1/h\"
decay_free = \"0 1/h\"
diffusion_free = \"60 um^2/s\"
[cargo.ligand]
class = \"ligand\"
decay_inside = \"0 1/h\"
decay_cytosol = \"0 1/h\"
decay_free = \"0 1/h\"
diffusion_free = \"60 um^2/s\"
[cell.donor]
place = \"free\"
radius = \"5 um\"
uptake_of_vesicles = false
biogenesis.secretion = \"60 EV/h\"
content.rna = \"600 copies/um^3\"
content.ligand = \"200 copies/um^2\"
[cell.silent]
place = \"free\"
radius = \"5 um\"
uptake_of_vesicles = false
";
    let with = |changes: &[(&str, &str)], more: &str| {
        let mut text = format!("{base}{more}");
        for (from, to) in changes {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        text
    };
    run(&with(&[], "")).map_err(|d| d.render(false)).unwrap();
    snap_text(
        "own_vesicles_state_copies",
        &mistakes(&with(
            &[(
                "ln_sigma = 0.2\n[vesicle.product]",
                "ln_sigma = 0.2\ncopies.rna = \"3 copies\"\nstorage_loss = 0.3\n[vesicle.product]",
            )],
            "",
        )),
    );
    snap_text(
        "sorted_in_other_units",
        &mistakes(&with(
            &[("600 copies/um^3", "600 copies/um^2"), ("200 copies/um^2", "200 copies/um^3")],
            "content.rna = \"1 mg\"\n",
        )),
    );
    snap_text(
        "sorted_without_vesicles",
        &mistakes(&with(
            &[("population = \"own\"", "population = \"product\"")],
            "content.rna = 0.01\nenrichment.ligand = 2\n",
        )),
    );
    let rule = "[exposure.stress]\nlevel = 1\n[rule.r]\ncells = [\"donor\", \"silent\"]\nsignal = \"exposure:stress\"\n\
                behaviour = \"enrichment:rna\"\nfold = 2\nhalf = 1\n";
    snap_text(
        "enrichment_of_nothing",
        &mistakes(&with(&[("content.rna = \"600 copies/um^3\"\n", "")], rule)),
    );
    snap_text(
        "sorted_with_a_hold",
        &mistakes(&with(&[("dispersion = 30", "dispersion = 30\nhold = \"2 min\"")], "")),
    );
    snap_text(
        "sorted_with_counts",
        &mistakes(&with(
            &[(
                "diffusion_100nm = \"6.57 um^2/s\"",
                "diffusion_100nm = \"6.57 um^2/s\"\nresolution = \"counts\"",
            )],
            "",
        )),
    );
}
