//! The page in a real browser: on a telephone nothing runs out sideways. Skipped where no Chromium is installed.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

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

#[test]
fn on_a_telephone_nothing_runs_out_sideways() {
    let Some(browser) = chromium() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let folder = std::env::temp_dir().join(format!("exoderm-report-browser-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let curve = exoderm_study::results::Results { sweep: Some(common::curve(true)), ..common::fabricated() };
    let pages = [
        ("full", exoderm_report::html(&common::fabricated())),
        ("bare", exoderm_report::html(&common::fabricated_bare())),
        ("curve", exoderm_report::html(&curve)),
        ("box", exoderm_report::html(&common::boxed())),
        ("agents", exoderm_report::agents_page(&common::agents::run())),
    ];
    for (name, page) in pages {
        std::fs::write(folder.join("report.html"), page).unwrap();
        // A headless window is at least 500 px wide, so that the page is put into a frame of 390 px.
        let wrapper = format!(
            "<!DOCTYPE html><body><iframe id=\"f\" src=\"report.html\" style=\"width:390px;height:844px;border:0\"></iframe><script>{MEASURE}</script>"
        );
        std::fs::write(folder.join("wrapper.html"), wrapper).unwrap();
        let output = Command::new(browser)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--hide-scrollbars",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--allow-file-access-from-files", "--virtual-time-budget=20000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("file://{}", folder.join("wrapper.html").display()))
            .output()
            .unwrap();
        let dom = String::from_utf8_lossy(&output.stdout);
        let result = dom.split("data-result=\"").nth(1).and_then(|r| r.split('"').next());
        let expected = "width 390 scroll 390 chart true out []";
        assert_eq!(result, Some(expected), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
