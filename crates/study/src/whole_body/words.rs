//! An answer in words: its title, the numbers behind it, what it does not say.

use super::{ML, Question};
use crate::one_cell::InputLine;
use exoderm_body::compartments::Route;
use exoderm_units::significant;

impl Question<'_> {
    pub(super) fn unit(&self) -> &'static str {
        if self.request.substance == "vesicle" { "vesicles" } else { "molecules" }
    }

    pub(super) fn title(&self) -> String {
        let r = self.request;
        let what = match (&self.source, r.substance.as_str()) {
            (Some(source), _) => format!("vesicles ({source})"),
            (None, "vesicle") => "vesicles".to_owned(),
            (None, "antibody") => "molecules of an antibody".to_owned(),
            _ => "molecules of a soluble factor".to_owned(),
        };
        let route = match self.route {
            Route::Bolus => "into a vein at once".to_owned(),
            Route::Infusion(span) => format!("into a vein over {} h", significant(span / 60.0, 3)),
            Route::Intradermal => "into the dermis".to_owned(),
            Route::Topical => "on intact skin".to_owned(),
        };
        let macrophages = if r.deplete { ", macrophages depleted" } else { "" };
        format!("{} {what} {route} ({}{macrophages})", significant(r.dose, 3), r.body)
    }

    /// Numbers that this answer used.
    pub(super) fn inputs(&self) -> Vec<InputLine> {
        let r = self.request;
        let used = |name: &str| {
            let section = name.split('.').next().unwrap_or_default();
            match section {
                "mouse" | "human" => {
                    section == r.body && name.ends_with("plasma")
                        || r.body == "human" && section == "mouse"
                        || name == "human.mass" && r.body == "human"
                }
                "scaling" => r.body == "human",
                "vesicle" => r.substance == "vesicle",
                "antibody" | "factor" => r.substance == section,
                "site" => matches!(self.route, Route::Intradermal | Route::Topical),
                "payload" => self.target.is_some(),
                "tumour"
                    if !["plasma", "held", "macrophages", "others"].iter().any(|w| name.ends_with(w)) =>
                {
                    r.tumour_cells.is_some()
                }
                "test" | "sink" => r.tumour_cells.is_some(),
                "age" => r.age.is_some(),
                organ => organ != "tumour" || self.target.is_some_and(|t| self.data.organs[t] == "tumour"),
            }
        };
        let mut lines = Vec::new();
        if r.substance == "vesicle" {
            for (what, value, unit) in [
                ("clearance of vesicles, mouse, at low load", self.data.fitted[0] / ML, "mL/min"),
                ("rate into the periphery", self.data.fitted[1], "1/min"),
                ("rate out of it", self.data.fitted[2], "1/min"),
            ] {
                lines.push(InputLine {
                    what: what.to_owned(),
                    value: format!("{} {unit}", significant(value, 3)),
                    source: "fitted to T09_iv_biexponential (data/calibration/body.toml)".to_owned(),
                });
            }
        }
        lines.extend(self.data.numbers.iter().filter(|s| used(&s.name)).map(|s| {
            let n = |x: f64| significant(s.unit.from_internal(x), 3);
            let range = if s.range[0] == s.range[1] {
                String::new()
            } else {
                format!(" ({} to {})", n(s.range[0]), n(s.range[1]))
            };
            let unit = if s.unit.dimension().is_none() { "" } else { s.unit.text() };
            InputLine {
                what: s.what.clone(),
                value: format!("{}{range} {unit}", n(s.value)).trim_end().to_owned(),
                source: s.key.as_ref().map_or_else(|| "assumed".to_owned(), |k| format!("@{k}")),
            }
        }));
        lines
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let r = self.request;
        let mut notes = vec![
            "A compartment model of an average body; it says nothing about a patient or a product."
                .to_owned(),
        ];
        if r.substance == "vesicle" {
            notes.push(
                "Clearance and exchange are fitted to half-lives and clearance of a dye label in mice (T09); the dye may \
                 outlive the vesicle. Other labels gave half-lives of 2 to 20 min (@pk_t12_fast, @pk_t12_slow)."
                    .to_owned(),
            );
            notes.push(
                "T09 gives two half-lives, hence one peripheral compartment; the rat's third (@pk_structure_rat) can't be \
                 identified from it."
                    .to_owned(),
            );
        }
        if r.body == "human" && r.substance == "vesicle" {
            notes.push(
                "Human numbers are the mouse's, carried over by body mass (assumed); nothing was fitted in people.".to_owned(),
            );
        }
        if self.source.is_some() {
            notes.push("No row of the ledger tells sources of vesicles apart in blood: the source changes no number here.".to_owned());
        }
        notes.push(
            "Organ weights are priors from anatomy; an organ's vesicles count until lysosomes have degraded them, as a label \
             that goes with the vesicle would."
                .to_owned(),
        );
        if self.route == Route::Topical {
            notes.push(
                "On intact skin, what passes the stratum corneum is an upper bound (< 1 % in 24 h)."
                    .to_owned(),
            );
        }
        notes
    }
}
