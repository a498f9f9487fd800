//! One cell watched: its endosomal chain event by event, what it releases, what is in it, and what NTA would see.

use crate::error::StudyError;
use exoderm_numeric::math;
use exoderm_numeric::random::{Purpose, Seed, Stream};
use exoderm_skin::sources::{Acts, Modifier, Roster, Source};
use exoderm_skin::stated::Stated;
use exoderm_units::{nearest, significant};
use exoderm_vesicle::biogenesis::{ChainParameters, ChainSpec, Modifiers};
use exoderm_vesicle::cargo::{Class, draw_copies};
use exoderm_vesicle::exact::ExactCell;
use exoderm_vesicle::observe::Instrument;
use exoderm_vesicle::size::SizeDistribution;

mod seen;
#[cfg(test)]
mod tests;
pub(crate) mod told;

pub use seen::{Burst, CargoRow, InputLine, OneCell, SizeBin};
pub use told::{Told, ToldRow};

/// Most vesicles that are looked at one by one; of more, the sizes and cargo of the first are shown.
const MOST_VESICLES: u64 = 2_000_000;
/// Longest time (h).
pub const MOST_HOURS: f64 = 24.0 * 365.0;
/// What to do where a cell freed nothing.
pub const LONGER: &str = "watch it for longer (--hours), or try another seed: bodies fuse at random.";
/// Streams.
const EVENTS: Purpose = 310;
const CONTENTS: Purpose = 311;
/// Bins of the plots.
const TIME_BINS: usize = 48;
const SIZE_BIN_NM: f64 = 10.0;
const LARGEST_NM: f64 = 400.0;
/// The chain is filled for this many of its slowest times before the watch begins.
const FILLING: f64 = 12.0;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Source, by name.
    pub source: String,
    /// Time watched (h).
    pub hours: f64,
    /// Modifiers, by name.
    pub modifiers: Vec<String>,
    /// Seed.
    pub seed: u64,
}

/// Watches a cell.
///
/// # Errors
/// What of the request is wrong, with the nearest name.
pub fn watch(request: &Request) -> Result<OneCell, StudyError> {
    let roster = Roster::builtin().map_err(StudyError::Fault)?;
    let source = find(roster, &request.source)?;
    let Some(secretion) = source.release() else {
        let cells = roster.sources.iter().filter(|s| s.secretion.is_some()).map(|s| s.name.as_str());
        return Err(StudyError::input(
            format!(
                "`{}` is a fluid, not a cell: it has a concentration of vesicles and no biogenesis",
                source.name
            ),
            format!("cells are: {}", cells.collect::<Vec<_>>().join(", ")),
        ));
    };
    if !(request.hours > 0.0 && request.hours <= MOST_HOURS) {
        return Err(StudyError::input(
            format!("{} hours can't be watched", request.hours),
            format!("give more than 0 and at most {MOST_HOURS}"),
        ));
    }
    let chosen = request.modifiers.iter().map(|m| modifier(roster, m)).collect::<Result<Vec<_>, _>>()?;
    if let Some(m) = chosen.iter().enumerate().find(|(i, m)| chosen[..*i].contains(m)).map(|(_, m)| m) {
        return Err(StudyError::input(
            format!("`{}` is asked for twice", m.name),
            "each acts once, under whatever name; take one out",
        ));
    }
    let chain = chain(roster, secretion)?;
    let fault = |e: exoderm_vesicle::Error| StudyError::Fault(e.to_string());
    let sizes =
        SizeDistribution::new(source.median_diameter.value * 1e3, source.ln_sigma.value).map_err(fault)?;
    let i = &roster.instruments;
    let nta = Instrument::Nta {
        displacements: i.nta_displacements.value,
        half_detected: i.nta_half_detected.value * 1e3,
        steepness: i.nta_steepness.value,
    };
    let nta = nta.checked().map_err(fault)?;
    let modifiers = combine(&chosen);
    let mut run = Watch::new(request.hours, sizes, nta, cargo(roster, source));
    let seen = run.go(&chain, &modifiers, request.seed);
    Ok(run.result(roster, source, &chosen, request, &chain, &modifiers, seen))
}

fn find<'a>(roster: &'a Roster, name: &str) -> Result<&'a Source, StudyError> {
    let wanted = name.trim().to_lowercase().replace([' ', '_'], "-");
    roster.sources.iter().find(|s| s.name == wanted).ok_or_else(|| {
        let names = roster.sources.iter().map(|s| s.name.as_str());
        let near =
            nearest(&wanted, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        StudyError::input(
            format!("there is no source `{name}`{near}"),
            format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
        )
    })
}

fn modifier<'a>(roster: &'a Roster, name: &str) -> Result<&'a Modifier, StudyError> {
    let wanted = name.trim().to_lowercase();
    roster.modifiers.iter().find(|m| m.name.to_lowercase() == wanted || m.names.contains(&wanted)).ok_or_else(
        || {
            let names = roster.modifiers.iter().map(|m| m.name.as_str());
            let near =
                nearest(name, names.clone()).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
            StudyError::input(
                format!("nothing called `{name}` changes the release{near}"),
                format!("there are: {}", names.collect::<Vec<_>>().join(", ")),
            )
        },
    )
}

fn chain(roster: &Roster, secretion: f64) -> Result<ChainParameters, StudyError> {
    let c = &roster.chain;
    let escrt = c.left_without_ceramide.value;
    ChainParameters::new(ChainSpec {
        secretion,
        maturation: c.maturation.value,
        residence: c.residence.value,
        secretory_share: c.secretory_share.value,
        vesicles_per_body: c.vesicles_per_body.value,
        back_fusion: c.back_fusion.value,
        branches: [escrt, 1.0 - escrt],
        tethered: c.tethered.value,
        // Only the rate form draws bursts; here they come about by themselves.
        dispersion: c.vesicles_per_body.value,
    })
    .map_err(|e| StudyError::Fault(e.to_string()))
}

fn combine(chosen: &[&Modifier]) -> Modifiers {
    let mut m = Modifiers::default();
    for c in chosen {
        let factor = match c.acts {
            Acts::Escrt => &mut m.escrt,
            Acts::Nsmase2 => &mut m.nsmase2,
            Acts::Rab27 => &mut m.rab27,
            Acts::Lysosome => &mut m.lysosome,
            Acts::Secretion => &mut m.secretion,
        };
        *factor *= c.to.value;
    }
    m
}

/// A species to be drawn: name, class, mean in a vesicle of mean capacity, copies when loaded.
struct Species {
    name: &'static str,
    class: Class,
    mean: f64,
    when_loaded: f64,
}

fn cargo(roster: &Roster, source: &Source) -> Vec<Species> {
    let c = &roster.cargo;
    let mirna = source.mirna.as_ref().unwrap_or(&c.mirna);
    let one = |name, class, mean| Species { name, class, mean, when_loaded: 1.0 };
    vec![
        Species {
            name: "one abundant microRNA",
            class: Class::Mirna,
            mean: mirna.value,
            when_loaded: c.mirna_when_loaded.value,
        },
        one("one messenger RNA", Class::Mrna, c.mrna.value),
        one("DNA (one piece in a vesicle that has any)", Class::Dna, c.dna_share.value),
        one("protein molecules", Class::Protein, c.protein.value),
        one("one tetraspanin", Class::Ligand, c.tetraspanin.value),
        // The row is for 100 nm; lipids go with the area.
        one("lipids", Class::Lipid, c.lipids.value),
    ]
}

/// The watch and its tallies.
struct Watch {
    hours: f64,
    sizes: SizeDistribution,
    nta: Instrument,
    species: Vec<Species>,
    /// Mean capacity of the population, by species; for lipids that of 100 nm.
    capacity: Vec<f64>,
    totals: Vec<(u64, u64)>,
    releases: Vec<u64>,
    bursts: Vec<Burst>,
    by_branch: [u64; 2],
    freed: Vec<u64>,
    shown: Vec<u64>,
    sum: [f64; 2],
    looked_at: u64,
    seen: u64,
}

/// Totals of the watch itself, without the filling before it.
struct Seen {
    events: u64,
    fusions: u64,
    fused: u64,
    tethered: u64,
    released: u64,
    lysed: u64,
}

impl Watch {
    fn new(hours: f64, sizes: SizeDistribution, nta: Instrument, species: Vec<Species>) -> Self {
        let mean_capacity = |s: &Species| match s.class {
            Class::Lipid => s.class.capacity(100.0),
            class if class.in_lumen() => {
                // (d − 10)³ in moments of d.
                sizes.moment(3) - 30.0 * sizes.moment(2) + 300.0 * sizes.moment(1) - 1000.0
            }
            _ => sizes.moment(2),
        };
        let bins = (LARGEST_NM / SIZE_BIN_NM) as usize;
        Self {
            hours,
            capacity: species.iter().map(mean_capacity).collect(),
            totals: vec![(0, 0); species.len()],
            sizes,
            nta,
            species,
            releases: vec![0; TIME_BINS],
            bursts: Vec::new(),
            by_branch: [0; 2],
            freed: vec![0; bins],
            shown: vec![0; bins],
            sum: [0.0; 2],
            looked_at: 0,
            seen: 0,
        }
    }

    fn go(&mut self, chain: &ChainParameters, modifiers: &Modifiers, seed: u64) -> Seen {
        let seed = Seed::new(seed, 0);
        let mut events = seed.stream(0, 0, EVENTS);
        let mut contents = seed.stream(0, 0, CONTENTS);
        let mut cell = ExactCell::new(*chain);
        // At rest first: what is watched is what the modifiers do from hour 0 on.
        let filling = FILLING * (1.0 / chain.maturation + 1.0 / (chain.fusion + chain.lysosome));
        cell.advance(filling, &mut events, |_| ());
        let before = cell.totals();
        cell.set_modifiers(*modifiers);
        cell.advance(filling + 60.0 * self.hours, &mut events, |f| {
            let hour = (f.time - filling) / 60.0;
            for (sum, n) in self.by_branch.iter_mut().zip(f.contents) {
                *sum += u64::from(n);
            }
            let bin = ((hour / self.hours) * TIME_BINS as f64) as usize;
            self.releases[bin.min(TIME_BINS - 1)] += f.released();
            if self.bursts.len() < 10_000 {
                self.bursts.push(Burst { hour, released: f.released(), tethered: f.tethered });
            }
            for _ in 0..f.released() {
                if self.looked_at < MOST_VESICLES {
                    self.look(&mut contents);
                }
            }
        });
        let t = cell.totals();
        Seen {
            events: t.events - before.events,
            fusions: t.fusions - before.fusions,
            fused: t.fused - before.fused,
            tethered: t.tethered - before.tethered,
            released: t.released - before.released,
            lysed: t.lysed - before.lysed,
        }
    }

    /// One freed vesicle: size, cargo, what NTA makes of it.
    fn look(&mut self, stream: &mut Stream) {
        let d = self.sizes.sample(stream);
        let bin = |d: f64| (d / SIZE_BIN_NM) as usize;
        self.looked_at += 1;
        self.sum[0] += d;
        if let Some(n) = self.freed.get_mut(bin(d)) {
            *n += 1;
        }
        if let Some(x) = self.nta.observe(d, stream) {
            self.seen += 1;
            self.sum[1] += x;
            if let Some(n) = self.shown.get_mut(bin(x)) {
                *n += 1;
            }
        }
        for (k, s) in self.species.iter().enumerate() {
            let mean = s.mean * s.class.capacity(d) / self.capacity[k];
            let copies = draw_copies(1, mean, s.class, s.when_loaded, stream);
            self.totals[k].0 += copies;
            self.totals[k].1 += u64::from(copies > 0);
        }
    }

    #[allow(clippy::too_many_arguments)] // the parts of one answer, put together here only
    fn result(
        self,
        roster: &Roster,
        source: &Source,
        chosen: &[&Modifier],
        request: &Request,
        chain: &ChainParameters,
        modifiers: &Modifiers,
        t: Seen,
    ) -> OneCell {
        let n = self.looked_at as f64;
        let per = |x: f64, of: f64| if of > 0.0 { x / of } else { 0.0 };
        // Mean over the watch, from the filled chain: exact, by one step.
        let mut state = chain.steady_state();
        let expected = chain.step(&mut state, 60.0 * self.hours, modifiers).released;
        let rest = chain.release_rate(&chain.steady_state(), &Modifiers::default()) * 60.0;
        OneCell {
            source: source.name.clone(),
            what: source.what.clone(),
            hours: self.hours,
            seed: request.seed,
            modifiers: chosen.iter().map(|m| format!("{}: {}", m.name, m.what)).collect(),
            events: t.events,
            fusions: t.fusions,
            fused: t.fused,
            by_branch: self.by_branch,
            tethered: t.tethered,
            released: t.released,
            lysed: t.lysed,
            per_hour: [t.released as f64 / self.hours, expected / self.hours],
            per_hour_at_rest: rest,
            releases: self.releases,
            bin_hours: self.hours / TIME_BINS as f64,
            bursts: self.bursts,
            burst_mean: per(t.released as f64, t.fusions as f64),
            sizes: self
                .freed
                .iter()
                .zip(&self.shown)
                .enumerate()
                .map(|(i, (&freed, &nta))| SizeBin {
                    diameter_nm: (i as f64 + 0.5) * SIZE_BIN_NM,
                    freed,
                    nta,
                })
                .collect(),
            mean_diameter: [per(self.sum[0], n), per(self.sum[1], self.seen as f64)],
            seen: per(self.seen as f64, n),
            cargo: self
                .species
                .iter()
                .zip(&self.totals)
                .map(|(s, &(total, loaded))| CargoRow {
                    name: s.name.to_owned(),
                    total,
                    mean: per(total as f64, n),
                    loaded: per(loaded as f64, n),
                })
                .collect(),
            told: chosen.iter().any(|m| m.acts == Acts::Secretion).then(|| {
                let mark = told::Mark::of(roster, source, modifiers.secretion);
                told::round_trip(&roster.marker, mark, request.seed)
            }),
            inputs: lines(roster, source, chosen),
        }
    }
}

fn lines(roster: &Roster, source: &Source, chosen: &[&Modifier]) -> Vec<InputLine> {
    let (c, g, i) = (&roster.chain, &roster.cargo, &roster.instruments);
    let mut list: Vec<(&str, &Stated)> = Vec::new();
    list.extend(source.secretion.as_ref().map(|s| ("vesicles freed by a cell", s)));
    list.extend(source.fold.as_ref().map(|s| ("times", s)));
    list.extend([
        ("median diameter", &source.median_diameter),
        ("width of the lognormal (ln)", &source.ln_sigma),
    ]);
    list.extend(chosen.iter().map(|m| (m.name.as_str(), &m.to)));
    for s in [
        &c.maturation,
        &c.residence,
        &c.secretory_share,
        &c.vesicles_per_body,
        &c.back_fusion,
        &c.left_without_ceramide,
        &c.tethered,
        source.mirna.as_ref().unwrap_or(&g.mirna),
        &g.mirna_when_loaded,
        &g.mrna,
        &g.dna_share,
        &g.protein,
        &g.tetraspanin,
        &g.lipids,
        &i.nta_displacements,
        &i.nta_half_detected,
        &i.nta_steepness,
    ] {
        list.push((s.what.as_str(), s));
    }
    if chosen.iter().any(|m| m.acts == Acts::Secretion) {
        let m = &roster.marker;
        for s in [&m.fold, &m.between, &m.platelets, &m.platelet_spread, &m.vesicles, &m.people] {
            list.push((s.what.as_str(), s));
        }
    }
    list.into_iter()
        .map(|(what, s)| {
            let n = |x: f64| significant(s.unit.from_internal(x), 3);
            let unit = match s.unit.text() {
                "-" | "fraction" | "ln units" => "",
                text => text,
            };
            InputLine {
                what: what.to_owned(),
                value: if s.range[0] < s.range[1] {
                    format!("{} ({} to {}) {unit}", n(s.value), n(s.range[0]), n(s.range[1]))
                } else {
                    format!("{} {unit}", n(s.value))
                }
                .trim_end()
                .to_owned(),
                source: s.key.as_ref().map_or_else(|| "assumed".to_owned(), |k| format!("@{k}")),
            }
        })
        .collect()
}

/// Index of dispersion of the releases per bin of time: 1 for single vesicles without memory, more for bursts.
pub fn dispersion(cell: &OneCell) -> f64 {
    let n = cell.releases.len() as f64;
    let mean = cell.releases.iter().sum::<u64>() as f64 / n;
    let square = |x: &u64| math::powi(*x as f64 - mean, 2);
    if mean > 0.0 { cell.releases.iter().map(square).sum::<f64>() / (n - 1.0) / mean } else { 0.0 }
}
