//! The roster of vesicle sources, what changes their release, and what instruments see of them: `data/sources.toml`.

use crate::stated::{Stated, each, number, optional, table, text, texts};
use exoderm_ledger::Ledger;
use std::sync::OnceLock;
use toml::{Table, Value};

/// The file, as it is in the repository.
const TEXT: &str = include_str!("../../../data/sources.toml");
/// Its path, for messages.
const PATH: &str = "data/sources.toml";

/// A source of vesicles.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Name on the command line.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Vesicles freed per cell (1/min), before `fold`; none for a fluid.
    pub secretion: Option<Stated>,
    /// Factor on it.
    pub fold: Option<Stated>,
    /// Vesicles per um³, for a fluid.
    pub concentration: Option<Stated>,
    /// Median diameter (um, as all lengths).
    pub median_diameter: Stated,
    /// Width in ln units.
    pub ln_sigma: Stated,
    /// Copies of its microRNA, where it differs from the shared row.
    pub mirna: Option<Stated>,
}

impl Source {
    /// Release at rest (vesicles/min per cell), if it is a cell.
    pub fn release(&self) -> Option<f64> {
        self.secretion.as_ref().map(|s| s.value * self.fold.as_ref().map_or(1.0, |f| f.value))
    }
}

/// What a modifier acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named as the fields of the chain's modifiers
pub enum Acts {
    Escrt,
    Nsmase2,
    Rab27,
    Lysosome,
    Secretion,
}

/// Something that changes the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Modifier {
    /// Name on the command line.
    pub name: String,
    /// What it is.
    pub what: String,
    /// Other names, in small letters.
    pub names: Vec<String>,
    /// What it acts on.
    pub acts: Acts,
    /// Activity, 1 at rest.
    pub to: Stated,
}

/// The endosomal chain's shared numbers.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Chain {
    pub maturation: Stated,
    pub residence: Stated,
    pub secretory_share: Stated,
    pub vesicles_per_body: Stated,
    pub back_fusion: Stated,
    pub left_without_ceramide: Stated,
    pub tethered: Stated,
    pub fusion_signal: Stated,
}

/// The cargo of a vesicle.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Cargo {
    pub mirna: Stated,
    pub mirna_when_loaded: Stated,
    pub mrna: Stated,
    pub dna_share: Stated,
    pub protein: Stated,
    pub tetraspanin: Stated,
    pub lipids: Stated,
}

/// What it takes to tell the parent's state from its vesicles.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Marker {
    pub fold: Stated,
    pub between: Stated,
    pub platelets: Stated,
    pub platelet_spread: Stated,
    pub vesicles: Stated,
    pub people: Stated,
}

/// The instruments' numbers.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // named as in the file
pub struct Instruments {
    pub nta_displacements: Stated,
    pub nta_half_detected: Stated,
    pub nta_steepness: Stated,
    pub tem_shrinkage: Stated,
    pub tem_error: Stated,
    pub pulse_lower: Stated,
    pub pulse_upper: Stated,
    pub pulse_error: Stated,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    /// Sources, by name.
    pub sources: Vec<Source>,
    /// Modifiers, by name.
    pub modifiers: Vec<Modifier>,
    /// The chain.
    pub chain: Chain,
    /// The cargo.
    pub cargo: Cargo,
    /// The marker of a parent's state.
    pub marker: Marker,
    /// Instruments.
    pub instruments: Instruments,
    /// Particles per mass of protein in pure, little pure and impure preparations.
    pub purity: [Stated; 3],
}

impl Roster {
    /// The file that comes with the program.
    ///
    /// # Errors
    /// If it is faulty, which is a fault of the build.
    pub fn builtin() -> Result<&'static Self, String> {
        static READ: OnceLock<Result<Roster, String>> = OnceLock::new();
        READ.get_or_init(|| Self::parse(TEXT, Ledger::builtin()).map_err(|e| format!("{PATH}: {e}")))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The first mistake, in a sentence.
    pub fn parse(file: &str, ledger: &Ledger) -> Result<Self, String> {
        let root: Table = file.parse().map_err(|e: toml::de::Error| e.to_string())?;
        let chain = table(&root, "chain")?;
        let chain = |key: &str, like: &str| number(ledger, "chain", chain, key, like);
        let cargo = table(&root, "cargo")?;
        let cargo = |key: &str| copies(ledger, "cargo", cargo, key);
        let instruments = table(&root, "instrument")?;
        let instrument = |of: &str, key: &str, like: &str| {
            number(ledger, &format!("instrument.{of}"), table(instruments, of)?, key, like)
        };
        let marker = table(&root, "marker")?;
        let marker = |key: &str| number(ledger, "marker", marker, key, "");
        let purity = table(&root, "purity")?;
        let purity = |key: &str| number(ledger, "purity", purity, key, "particles/ug");
        Ok(Self {
            sources: each(&root, "source", |name, t| source(ledger, name, t))?,
            modifiers: each(&root, "modifier", |name, t| modifier(ledger, name, t))?,
            chain: Chain {
                maturation: chain("maturation", "min")?,
                residence: chain("residence", "min")?,
                secretory_share: chain("secretory_share", "")?,
                vesicles_per_body: chain("vesicles_per_body", "")?,
                back_fusion: chain("back_fusion", "")?,
                left_without_ceramide: chain("left_without_ceramide", "")?,
                tethered: chain("tethered", "")?,
                fusion_signal: chain("fusion_signal", "min")?,
            },
            cargo: Cargo {
                mirna: cargo("mirna")?,
                mirna_when_loaded: cargo("mirna_when_loaded")?,
                mrna: cargo("mrna")?,
                dna_share: cargo("dna_share")?,
                protein: cargo("protein")?,
                tetraspanin: cargo("tetraspanin")?,
                lipids: cargo("lipids")?,
            },
            marker: Marker {
                fold: marker("fold")?,
                between: marker("between")?,
                platelets: marker("platelets")?,
                platelet_spread: marker("platelet_spread")?,
                vesicles: marker("vesicles")?,
                people: marker("people")?,
            },
            instruments: Instruments {
                nta_displacements: instrument("nta", "displacements", "")?,
                nta_half_detected: instrument("nta", "half_detected", "nm")?,
                nta_steepness: instrument("nta", "steepness", "")?,
                tem_shrinkage: instrument("tem", "shrinkage", "")?,
                tem_error: instrument("tem", "error", "")?,
                pulse_lower: instrument("pulse", "lower", "nm")?,
                pulse_upper: instrument("pulse", "upper", "nm")?,
                pulse_error: instrument("pulse", "error", "")?,
            },
            purity: [purity("pure")?, purity("low")?, purity("impure")?],
        })
    }
}

/// A count, or a count per vesicle.
fn copies(ledger: &Ledger, path: &str, t: &Table, key: &str) -> Result<Stated, String> {
    number(ledger, path, t, key, "").or_else(|_| number(ledger, path, t, key, "copies"))
}

fn source(ledger: &Ledger, name: &str, t: &Table) -> Result<Source, String> {
    let path = format!("source.{name}");
    let fluid = t.get("fluid").and_then(Value::as_bool).unwrap_or(false);
    let s = Source {
        name: name.to_owned(),
        what: text(&path, t, "what")?,
        secretion: optional(ledger, &path, t, "secretion", "1/min")?,
        fold: optional(ledger, &path, t, "fold", "")?,
        concentration: optional(ledger, &path, t, "concentration", "particles/um^3")?,
        median_diameter: number(ledger, &path, t, "median_diameter", "nm")?,
        ln_sigma: number(ledger, &path, t, "ln_sigma", "")?,
        mirna: if t.contains_key("mirna") { Some(copies(ledger, &path, t, "mirna")?) } else { None },
    };
    if s.secretion.is_some() == fluid || s.concentration.is_some() != fluid {
        return Err(format!("`{path}`: a cell has a secretion, a fluid a concentration"));
    }
    Ok(s)
}

fn modifier(ledger: &Ledger, name: &str, t: &Table) -> Result<Modifier, String> {
    let path = format!("modifier.{name}");
    Ok(Modifier {
        name: name.to_owned(),
        what: text(&path, t, "what")?,
        names: texts(&path, t, "names")?,
        acts: match text(&path, t, "acts")?.as_str() {
            "escrt" => Acts::Escrt,
            "nsmase2" => Acts::Nsmase2,
            "rab27" => Acts::Rab27,
            "lysosome" => Acts::Lysosome,
            "secretion" => Acts::Secretion,
            other => return Err(format!("`{path}`: nothing is called `{other}`")),
        },
        to: number(ledger, &path, t, "to", "")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S011: every source has a release with unit, range, tier and source, or is explicitly assumed.
    #[test]
    fn s011_roster_is_complete() {
        let roster = Roster::builtin().unwrap();
        let wanted = [
            "keratinocyte",
            "fibroblast",
            "fibroblast-senescent",
            "melanocyte",
            "endothelial",
            "macrophage",
            "tcell",
            "mast",
            "neutrophil",
            "langerhans",
            "sebocyte",
            "melanoma",
            "msc-adipose",
            "msc-bone-marrow",
            "msc-umbilical",
            "platelet",
            "milk",
            "engineered",
        ];
        let mut names: Vec<&str> = roster.sources.iter().map(|s| s.name.as_str()).collect();
        names.sort_unstable();
        let mut sorted = wanted;
        sorted.sort_unstable();
        assert_eq!(names, sorted);
        for s in &roster.sources {
            let release = s.secretion.as_ref().or(s.concentration.as_ref()).unwrap();
            for n in [
                Some(release),
                Some(&s.median_diameter),
                Some(&s.ln_sigma),
                s.fold.as_ref(),
                s.mirna.as_ref(),
            ]
            .into_iter()
            .flatten()
            {
                assert!(n.value > 0.0 && n.range[0] < n.range[1], "{}: no range", n.name);
                assert!(!n.unit.text().is_empty() || n.unit.dimension().is_none(), "{}: no unit", n.name);
                assert!((n.range[0]..=n.range[1]).contains(&n.value), "{}: out of its range", n.name);
                match &n.key {
                    Some(key) => {
                        let row = Ledger::builtin().get(key).unwrap();
                        assert_eq!((n.read.as_str(), n.tier), (row.read.as_str(), row.tier()), "{key}");
                        // Without a source the row says itself that nobody measured it.
                        let assumed = row.read == exoderm_ledger::ReadLevel::Assumption;
                        assert!(assumed || n.source != "assumed", "{key}: no source");
                    }
                    None => {
                        assert_eq!((n.source.as_str(), n.read.as_str(), n.tier), ("assumed", "assumption", 0))
                    }
                }
            }
        }
    }

    /// Every kind of influence that the model names is there, and only what blocks goes to 0.
    #[test]
    fn modifiers_cover_the_list() {
        let roster = Roster::builtin().unwrap();
        for name in
            ["nSMase2", "Rab27", "UVB", "senescence", "age", "stirred", "inflammation", "hypoxia", "stress"]
        {
            assert!(roster.modifiers.iter().any(|m| m.name == name), "{name}");
        }
        let c = &roster.chain;
        assert!((1.0 - c.left_without_ceramide.value - 0.5).abs() < 1e-12);
        assert!(roster.purity.windows(2).all(|p| p[0].value > p[1].value));
    }

    #[test]
    fn mistakes_are_told() {
        let ledger = Ledger::builtin();
        for (from, to, part) in [
            ("acts = \"escrt\"", "acts = \"escort\"", "escort"),
            ("secretion = \"@sec_tcell\"", "", "a cell has a secretion"),
            ("@sec_tcell", "@sec_tcel", "sec_tcell"),
            ("[purity]", "[purify]", "`[purity]` is missing"),
        ] {
            let e = Roster::parse(&TEXT.replacen(from, to, 1), ledger).unwrap_err();
            assert!(e.contains(part), "{part}: {e}");
        }
    }
}
