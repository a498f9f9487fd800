//! The page as a whole: what must be on it, what must never be.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{fabricated, fabricated_bare};
use exoderm_report::html;
use exoderm_study::results::Results;

/// Parses the page; ids must be unique and links inside the page must lead somewhere.
fn parse(page: &str) -> Result<String, String> {
    let text = common::xml(page);
    let tree = roxmltree::Document::parse(&text).map_err(|e| e.to_string())?;
    let mut ids = std::collections::BTreeSet::new();
    for node in tree.descendants() {
        if let Some(id) = node.attribute("id")
            && !ids.insert(id.to_owned())
        {
            return Err(format!("id {id} occurs twice"));
        }
    }
    // Links and references inside the page must lead somewhere.
    for node in tree.descendants() {
        if let Some(target) = node.attribute("href").and_then(|h| h.strip_prefix('#'))
            && !ids.contains(target)
        {
            return Err(format!("#{target} leads nowhere"));
        }
    }
    Ok(text)
}

#[test]
fn the_page_is_well_formed_and_its_links_lead_somewhere() {
    let with = |sweep| Results { sweep: Some(sweep), ..fabricated() };
    let (numbers, words) = (with(common::curve(true)), with(common::curve(false)));
    for r in [fabricated(), fabricated_bare(), numbers, words, common::boxed()] {
        parse(&html(&r)).unwrap();
    }
}

/// The page of a run of agents: well-formed with links that lead somewhere, no text of a model as markup, nothing left out.
#[test]
fn a_run_of_agents_has_a_page() {
    let (run, nothing) = (common::agents::run(), common::agents::nothing());
    let page = exoderm_report::agents_page(&run);
    parse(&page).unwrap();
    for words in [
        "After 24\u{a0}h 1986 cells live",
        "Stopped at 24\u{a0}h of 48\u{a0}h",
        "exoderm run made-up.xml --seed 7 --until &quot;48 h&quot;",
        "settings.xml:19:3: &lt;remark&gt; number 19",
        "7 more remarks",
        "end at 2880 min instead of 7200 min",
        "Oxygen increases migration speed from 0 towards 1",
        "decayed; taken up by cells; out through held faces, less what came in",
        "unexplained, relative to all",
        "None at any time: nothing.",
        "with a very long name &lt;b&gt;",
        "dark core: dead",
    ] {
        assert!(page.contains(words), "missing: {words}");
    }
    assert_eq!(page.matches("<clipPath").count(), 3, "a drawing of cells at each of three times");
    assert_eq!(page.matches("data:image/png").count(), 3, "a map of what changes, none of what does not");
    for word in ["<link", "<img", "@import", "url(http"] {
        assert!(!page.contains(word), "{word} found");
    }
    let page = exoderm_report::agents_page(&nothing);
    parse(&page).unwrap();
    for words in ["No time was recorded.", "The model has no rules.", "No remark about the model’s files."]
    {
        assert!(page.contains(words), "missing: {words}");
    }
}

#[test]
fn equal_documents_give_equal_bytes() {
    assert!(html(&fabricated()) == html(&fabricated()));
    let json = serde_json::to_string(&fabricated()).unwrap();
    let back: Results = serde_json::from_str(&json).unwrap();
    assert!(html(&back) == html(&fabricated()), "the report of a document read back differs");
}

/// S086: best case, null and worst case stand in every report, also in one whose study ran none of them.
#[test]
fn best_null_and_worst_case_are_always_there() {
    for r in [fabricated(), fabricated_bare()] {
        let page = html(&r);
        let places: Vec<usize> = ["best case", "null", "worst case"]
            .map(|n| page.find(&format!("data-case=\"{n}\"")).unwrap())
            .to_vec();
        assert!(places.is_sorted(), "order changed: {places:?}");
    }
    assert!(html(&fabricated()).contains("+21.4\u{a0}pp"));
    assert_eq!(html(&fabricated_bare()).matches("not computed").count(), 3);
}

/// A page that loads something would not be readable in ten years, and would tell others that it is read.
#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = html(&fabricated());
    for word in ["<link", "<img", "<iframe", "@import", "url(http", "srcset", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(word), "{word} found");
    }
    let parsed = parse(&page).unwrap();
    let tree = roxmltree::Document::parse(&parsed).unwrap();
    for node in tree.descendants() {
        for attribute in node.attributes().filter(|a| a.value().contains("://")) {
            let link = node.tag_name().name() == "a" && attribute.name() == "href";
            assert!(link && attribute.value().starts_with("https://doi.org/10."), "{attribute:?}");
        }
        assert!(node.attribute("src").is_none());
        if node.tag_name().name() == "image" {
            assert!(node.attribute("href").unwrap().starts_with("data:image/png;base64,"));
        }
    }
}

#[test]
fn the_sections_stand_in_their_order() {
    let order = [
        "answer",
        "closure",
        "contrasts",
        "cases",
        "endpoints",
        "product",
        "waterfall",
        "plausibility",
        "dressing",
        "communication",
        "required",
        "sensitivity",
        "balance",
        "sections",
        "targets",
        "rival",
        "parameters",
        "assumptions",
        "enforced",
        "warnings",
        "reproduce",
        "glossary",
    ];
    for r in [fabricated(), fabricated_bare()] {
        let page = html(&r);
        let places: Vec<usize> =
            order.iter().map(|id| page.find(&format!(" id=\"{id}\"")).unwrap()).collect();
        assert!(places.is_sorted());
    }
}

/// S033: a waterfall says what it counts: particles per cm² of wound for a dressing, vesicles per cm² of skin for the tissue's own, vesicles
/// where there is no area; and a run without any says so.
#[test]
fn s033_a_waterfall_says_what_it_counts() {
    let part = |r: &exoderm_study::results::Results| {
        let page = html(r);
        let from = page.find("<section id=\"waterfall\"").unwrap();
        page[from..from + page[from..].find("</section>").unwrap()].to_owned()
    };
    let dressing = part(&fabricated());
    assert!(
        dressing.contains("particles per cm² of wound, logarithmic")
            && !dressing.contains("Of every vesicle")
    );
    let skin = part(&exoderm_study::results::Results {
        passages: vec![common::passage("vesicles/cm^2")],
        ..fabricated_bare()
    });
    for words in [
        "vesicles per cm² of skin, logarithmic",
        "the tissue’s own cells made (endogenous)",
        "the start of the burn-in",
        "got to the last stage: escaped into the cytosol",
    ] {
        assert!(skin.contains(words), "{words}\n{skin}");
    }
    let counts = part(&common::boxed());
    assert!(
        counts.contains("vesicles, logarithmic") && !counts.contains("cm²") && !counts.contains("burn-in")
    );
    assert!(part(&fabricated_bare()).contains("No run of this study made vesicles"));
}

#[test]
fn the_two_uncertainties_have_their_own_words_and_marks() {
    let page = html(&fabricated());
    assert!(page.contains("whisker noise") && page.contains("whisker parameters"));
    let page = html(&fabricated_bare());
    assert!(page.contains("not asked for (run with <code>--draws</code>)"));
    assert!(!page.contains("whisker parameters\"><line x1=\"6"), "a drawn interval without draws");
}

#[test]
fn what_is_said_is_said_plainly() {
    let page = html(&fabricated());
    for words in [
        "they are not patients",
        "Not a prediction for a patient or a product",
        "Research use, not medical advice. FDA has stated that no exosome product is approved (public notices of 2019 and 2020).",
        "Miss: outside",
        "not evidence",
        "exoderm run diabetic-wound --replicates 3",
    ] {
        assert!(page.contains(words), "missing: {words}");
    }
    let bare = html(&fabricated_bare());
    for words in [
        "Partial",
        "stopped at day 6.5 of 14",
        "No product with vesicles",
        "it takes two simulated tissues or more",
    ] {
        assert!(bare.contains(words), "missing: {words}");
    }
}

#[test]
fn text_from_the_document_cannot_become_markup() {
    let mut r = fabricated();
    let evil = "<script>alert(1)</script>\"'&";
    r.title = evil.into();
    r.answer = evil.into();
    r.arms[0].name = evil.into();
    r.sections[0].types[0] = evil.into();
    r.evidence[0].parameters[0].doi = Some("10.1/\"><script>".into());
    r.reproduce.command = evil.into();
    let page = html(&r);
    assert_eq!(page.matches("<script>").count(), 1, "only the page's own script");
    parse(&page).unwrap();
}

/// A page of many megabytes would not be sent by mail.
#[test]
fn the_page_stays_small() {
    let bytes = html(&fabricated()).len();
    assert!(bytes < 2_000_000, "{bytes} bytes");
}

/// Also with sections ten times as full as a mouse's, on a fine mesh.
#[test]
fn a_crowded_tissue_keeps_the_page_below_six_megabytes() {
    let mut r = fabricated();
    for s in &mut r.sections {
        let few = s.cells.clone();
        s.cells = few
            .iter()
            .cycle()
            .take(40_000)
            .enumerate()
            .map(|(i, c)| (c.0, c.1 + (i % 97) as f32, c.2, c.3))
            .collect();
        (s.nx, s.nz, s.voxel) = (1200, 70, 5.0);
        s.collagen = vec![0.7; 1200 * 70];
        s.vesicles = (0..1200 * 70).map(|i| (i % 13) as f32).collect();
        s.basement = vec![300.0; 1200];
    }
    let page = html(&r);
    assert!(page.len() < 6_000_000, "{} bytes", page.len());
    assert!(page.contains("Every 2. cell is drawn."));
}

/// Writes the fabricated pages where `EXODERM_REPORT_OUT` says, to be looked at.
#[test]
fn pages_to_look_at() {
    let Ok(folder) = std::env::var("EXODERM_REPORT_OUT") else { return };
    let folder = std::path::Path::new(&folder);
    std::fs::write(folder.join("report.html"), html(&fabricated())).unwrap();
    std::fs::write(folder.join("bare.html"), html(&fabricated_bare())).unwrap();
}

/// A box speaks of vesicles; nothing in it closes.
#[test]
fn the_page_of_a_box_speaks_of_vesicles() {
    let page = html(&common::boxed());
    for wanted in ["Where the vesicles are", "caught by sphere", "Transport: particles", "What was swept"] {
        assert!(page.contains(wanted), "{wanted}");
    }
    for wrong in ["Closure over days", "Model: ", "% of wound area closed"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
}

/// The map hatches what gains nothing, and the hand-off names the file and the source of the spread.
#[test]
fn map_and_hand_off_say_what_they_rest_on() {
    let page = html(&fabricated());
    for wanted in [
        "Design map",
        "nothing to gain",
        "url(#hatch-wide)",
        "bench.csv",
        "10.1155/2013/307925",
        "noncentral t",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
}
