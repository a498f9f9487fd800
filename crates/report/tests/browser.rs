//! The pages in a real browser: on a telephone nothing runs out sideways, on a wide screen nothing is squeezed. Skipped where no
//! Chromium is installed.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use exoderm_study::{one_cell, whole_body};
use std::path::Path;
use std::process::Command;

fn chromium() -> Option<&'static str> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|p| Path::new(p).exists())
}

/// Runs inside the page and writes what it measured into an attribute of the wrapper.
const MEASURE: &str = "addEventListener('load',function(){\
var f=document.getElementById('f').contentDocument,w=f.documentElement.clientWidth,bad=[];\
f.querySelectorAll('details').forEach(function(d){d.open=true});\
f.querySelectorAll('body *').forEach(function(e){\
if(e.closest('.scroll,pre')&&!e.matches('.scroll,pre'))return;if(e.ownerSVGElement&&e.tagName!='text')return;\
var r=e.getBoundingClientRect();if(r.width&&r.right>w+1)bad.push(e.tagName+' '+e.textContent.slice(0,30))});\
var shown=f.querySelector('figure .narrow svg').getBoundingClientRect().width;\
document.body.setAttribute('data-result','width '+w+' scroll '+f.documentElement.scrollWidth+' chart '+(shown>0&&shown<=w)+' out '+JSON.stringify(bad))});";

/// The width that a page's text has on a wide screen.
const MAIN: &str = "addEventListener('load',function(){\
var f=document.getElementById('f').contentDocument;\
document.body.setAttribute('data-result',Math.round(f.querySelector('main').getBoundingClientRect().width))});";

/// What a script measures of a page in a frame. A headless window is at least 500 px wide, hence the frame.
fn measured(browser: &str, page: &str, width: u32, script: &str) -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("exoderm-report-browser-{}-{call}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("report.html"), page).unwrap();
    let wrapper = format!(
        "<!DOCTYPE html><body><iframe id=\"f\" src=\"report.html\" style=\"width:{width}px;height:844px;border:0\"></iframe><script>{script}</script>"
    );
    std::fs::write(folder.join("wrapper.html"), wrapper).unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--hide-scrollbars", "--disable-background-networking", "--disable-component-update"])
        .args([
            "--disable-sync",
            "--allow-file-access-from-files",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", folder.join("wrapper.html").display()))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let result = dom.split("data-result=\"").nth(1).and_then(|r| r.split('"').next());
    result.map_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned(), str::to_owned)
}

fn cell_page() -> String {
    let request = one_cell::Request {
        source: "keratinocyte".into(),
        hours: 24.0,
        modifiers: vec!["UVB".into()],
        seed: 1,
    };
    exoderm_report::one_cell_page(&one_cell::watch(&request).unwrap())
}

fn body_page() -> String {
    let request = whole_body::Request {
        draws: 20,
        tumour_cells: Some(1e8),
        age: Some(60.0),
        ..whole_body::Request::default()
    };
    exoderm_report::whole_body_page(&whole_body::run(&request).unwrap())
}

#[test]
fn on_a_telephone_nothing_runs_out_sideways() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let curve = exoderm_study::results::Results { sweep: Some(common::curve(true)), ..common::fabricated() };
    let pages = [
        ("full", exoderm_report::html(&common::fabricated())),
        ("bare", exoderm_report::html(&common::fabricated_bare())),
        ("curve", exoderm_report::html(&curve)),
        ("box", exoderm_report::html(&common::boxed())),
        ("agents", exoderm_report::agents_page(&common::agents::run())),
        ("cell", cell_page()),
        ("body", body_page()),
    ];
    for (name, page) in pages {
        let expected = "width 390 scroll 390 chart true out []";
        assert_eq!(measured(browser, &page, 390, MEASURE), expected, "{name}");
    }
}

/// Pages of single commands have no contents at the side: their text once stood in that narrow column.
#[test]
fn on_a_wide_screen_a_page_is_not_squeezed() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    for (name, page) in
        [("full", exoderm_report::html(&common::fabricated())), ("cell", cell_page()), ("body", body_page())]
    {
        let width: f64 = measured(browser, &page, 1500, MAIN).parse().unwrap();
        assert!((800.0..=1000.0).contains(&width), "{name}: {width} px");
    }
}
