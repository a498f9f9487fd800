//! The tissue at day 0: laid out and run without events until it has settled.
//!
//! A replicate is a new initial tissue shared by the arms, so its burn-in is run once. The state at day 0 depends on
//! the scenario without its events, arms, endpoints and product, and on seed and replicate; a digest of these
//! ([`key`]) names it in memory and in the cache on disk. The cache is a convenience: a damaged, missing or unwritable
//! entry costs time and a warning, never a wrong result.

mod shared;

pub use shared::{compatible, key};
pub(crate) use shared::{key_without_program, unseen_cleared};

use crate::error::StudyError;
use crate::progress::Progress;
use crate::store::{self, Found, Store};
use exoderm_model::scenario::{ArmKind, Scenario, Tissue as TissueModel};
use exoderm_numeric::random::Seed;
use exoderm_tissue::{Blueprint, Plan, State, Tissue, lay_out_box};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Burn-ins kept in memory beyond those in use.
const KEPT_IN_MEMORY: usize = 16;
/// Files kept in the cache, under 2 MB each for the built-in skins; the oldest go first. Ten tissues of the five skins of the validation
/// case `directions` and those of a user's own study fit together.
const KEPT_ON_DISK: usize = 96;

type Slot = Arc<Mutex<Option<Arc<State>>>>;

/// The burn-ins of a study: each made at most once, whatever number of threads ask for it.
#[derive(Debug, Default)]
pub struct BurnIns {
    cache: Option<PathBuf>,
    memory: Mutex<Vec<(String, Slot)>>,
}

/// The user's cache folder: `$XDG_CACHE_HOME/exoderm`, else `~/.cache/exoderm`, else none.
pub fn default_cache() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|h| h.join(".cache")))
        .map(|c| c.join("exoderm"))
}

/// A burn-in to be made: what it is, where it may have got to, who is told.
pub struct Request<'a> {
    /// Scenario.
    pub scenario: &'a Arc<Scenario>,
    /// Seed of the study.
    pub seed: u64,
    /// Replicate.
    pub replicate: u32,
    /// The study's store, for checkpoints of a burn-in that is stopped.
    pub store: Option<&'a Store>,
    /// Told of damaged entries.
    pub progress: &'a dyn Progress,
}

/// Called between two phenotype steps of a burn-in.
pub trait Watch {
    /// True to stop; the state is then kept as a checkpoint.
    fn stop(&mut self, tissue: &Tissue) -> bool;
    /// True if it is time to keep a checkpoint and go on.
    fn checkpoint(&mut self) -> bool;
}

/// Never stops, keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn stop(&mut self, _: &Tissue) -> bool {
        false
    }

    fn checkpoint(&mut self) -> bool {
        false
    }
}

/// The state at day 0 of one replicate, made without any cache.
///
/// # Errors
/// If the tissue can't be laid out or meets an impossible state.
pub fn state(scenario: &Arc<Scenario>, seed: u64, replicate: u32) -> Result<State, StudyError> {
    let id = work_id(&key(scenario, seed, replicate), replicate);
    let mut tissue = begin(scenario, Seed::new(seed, replicate), &id)?;
    if tissue.burn_in_ticks() > 0 {
        tissue.run_until(0.0, |_| false).map_err(|source| StudyError::Tissue { job: id, source })?;
    }
    Ok(at_day_zero(scenario, tissue))
}

/// The scenario with the steps of its burn-in: tissue that is left alone takes longer ones.
fn unhurried(scenario: &Arc<Scenario>) -> Arc<Scenario> {
    let steps = scenario.steps;
    if steps.burn_in == steps.phenotype {
        return Arc::clone(scenario);
    }
    let mut s = Scenario::clone(scenario);
    s.steps.phenotype = steps.burn_in;
    s.steps.transport = steps.transport * steps.burn_in / steps.phenotype;
    Arc::new(s)
}

/// The settled state, with its ticks counted in the steps that follow. They are no fewer than those of the burn-in, so
/// that no random number is drawn twice.
fn at_day_zero(scenario: &Scenario, tissue: Tissue) -> State {
    let mut state = tissue.into_state();
    let ticks = (scenario.burn_in / scenario.steps.phenotype).round().max(0.0);
    state.tick = ticks.min(f64::from(u32::MAX)) as u32;
    state
}

impl BurnIns {
    /// Burn-ins with a cache on disk, or none.
    pub fn new(cache: Option<PathBuf>) -> Self {
        Self { cache, memory: Mutex::default() }
    }

    /// The state at day 0; `None` if it was stopped. Whoever asks for one that another thread is making waits for it.
    ///
    /// # Errors
    /// If the tissue can't be laid out or meets an impossible state, or a checkpoint can't be written.
    pub fn state(
        &self,
        request: &Request<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Option<Arc<State>>, StudyError> {
        let key = key(request.scenario, request.seed, request.replicate);
        let slot = self.slot(&key);
        // A panic of the maker leaves the slot empty: whoever comes next makes it.
        let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = &*held {
            return Ok(Some(Arc::clone(state)));
        }
        let file = self.cache.as_ref().map(|c| c.join(format!("burn-in-{key}.bin")));
        if let Some(file) = &file {
            let Found { value, warning } = store::load_state(file, &key);
            warning.iter().for_each(|w| request.progress.message(w));
            if let Some(state) = value {
                return Ok(Some(Arc::clone(held.insert(Arc::new(state)))));
            }
        }
        let Some(state) = make(request, &key, watch)? else { return Ok(None) };
        if let Some(file) = &file
            && let Err(error) = keep(file, &key, &state)
        {
            request.progress.message(&format!("the burn-in is not cached: {error}"));
        }
        Ok(Some(Arc::clone(held.insert(Arc::new(state)))))
    }

    fn slot(&self, key: &str) -> Slot {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = memory.iter().find(|(k, _)| k == key) {
            return Arc::clone(slot);
        }
        if memory.len() >= KEPT_IN_MEMORY {
            // One that is being made or waited for has other holders.
            if let Some(idle) = memory.iter().position(|(_, slot)| Arc::strong_count(slot) == 1) {
                memory.remove(idle);
            }
        }
        let slot = Slot::default();
        memory.push((key.to_owned(), Arc::clone(&slot)));
        slot
    }
}

/// Name of the work in messages and files.
pub(crate) fn work_id(key: &str, replicate: u32) -> String {
    format!("burn-in-{}-r{replicate}", &key[..12.min(key.len())])
}

/// Makes a burn-in, from its checkpoint if there is one.
fn make(request: &Request<'_>, key: &str, watch: &mut dyn Watch) -> Result<Option<State>, StudyError> {
    let id = work_id(key, request.replicate);
    let seed = Seed::new(request.seed, request.replicate);
    let partial = match request.store {
        Some(store) if store.has_checkpoint(&id) => {
            let Found { value, warning } = store.checkpoint(&id, key)?;
            warning.iter().for_each(|w| request.progress.message(w));
            value
        }
        _ => None,
    };
    let failed = |source| StudyError::Tissue { job: id.clone(), source };
    let mut tissue = match partial {
        Some(state) => {
            Tissue::from_state(plan(&unhurried(request.scenario))?, state, seed).map_err(failed)?
        }
        None => begin(request.scenario, seed, &id)?,
    };
    let mut error = None;
    // Without a burn-in the events of day 0 would happen here: they belong to the arms.
    let complete = tissue.state().tick >= tissue.burn_in_ticks()
        || tissue
            .run_until(0.0, |t| {
                if watch.stop(t) {
                    return true;
                }
                if let Some(store) = request.store
                    && watch.checkpoint()
                    && let Err(e) = store.save_checkpoint(&id, key, &t.checkpoint())
                {
                    error = Some(e);
                    return true;
                }
                false
            })
            .map_err(failed)?;
    if let Some(error) = error {
        return Err(error);
    }
    if let Some(store) = request.store {
        if complete {
            store.drop_checkpoints(&id)?;
        } else {
            store.save_checkpoint(&id, key, &tissue.checkpoint())?;
        }
    }
    Ok(complete.then(|| at_day_zero(request.scenario, tissue)))
}

/// The plan of a burn-in: no product is there yet, so that any arm would do.
fn plan(scenario: &Arc<Scenario>) -> Result<Arc<Plan>, StudyError> {
    Plan::new(Arc::clone(scenario), ArmKind::Untreated, None)
        .map(Arc::new)
        .map_err(|e| StudyError::input(e.to_string(), ""))
}

fn begin(scenario: &Arc<Scenario>, seed: Seed, id: &str) -> Result<Tissue, StudyError> {
    let blueprint = lay_out(scenario, seed)?;
    Tissue::new(plan(&unhurried(scenario))?, blueprint, seed)
        .map_err(|source| StudyError::Tissue { job: id.to_owned(), source })
}

/// Lays a scenario's tissue out for one replicate.
///
/// # Errors
/// If the geometry is impossible.
pub fn lay_out(scenario: &Scenario, seed: Seed) -> Result<Blueprint, StudyError> {
    match &scenario.tissue {
        TissueModel::Skin(strip) => exoderm_skin::anatomy::lay_out(scenario, strip, seed)
            .map_err(|e| StudyError::input(e.to_string(), "change the sizes in `[tissue]`")),
        TissueModel::Box(b) => lay_out_box(scenario, b, seed)
            .map_err(|e| StudyError::input(e.to_string(), "change the sizes or the cells in `[tissue]`")),
    }
}

/// Writes a cache entry and removes the oldest ones beyond the limit.
fn keep(file: &Path, key: &str, state: &State) -> Result<(), StudyError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|source| exoderm_record::Error::Io {
        path: folder.to_path_buf(),
        action: "create",
        source,
    })?;
    store::write_state(file, key, state)?;
    let mut entries: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.file_name().to_str().is_some_and(|n| n.starts_with("burn-in-") && n.ends_with(".bin")))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    entries.sort();
    for (_, old) in entries.iter().rev().skip(KEPT_ON_DISK) {
        // An entry that can't be removed does no harm; another program may just have done so.
        let _ = fs::remove_file(old);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest;
    use crate::library::{self, ScenarioText};

    fn scenario(set: &[&str]) -> Arc<Scenario> {
        let built_in = library::built_in("diabetic-wound").unwrap();
        let text = ScenarioText::new(built_in.path, built_in.text);
        let set: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
        Arc::new(library::compile(&text, &set).unwrap_or_else(|e| panic!("{e}")))
    }

    /// A strip that is settled in a moment.
    fn small() -> Arc<Scenario> {
        scenario(&[
            "tissue.width=\"300 um\"",
            "tissue.dermis=\"60 um\"",
            "event.wound.radius=\"150 um\"",
            "run.burn_in=\"1 h\"",
        ])
    }

    /// The arms, the wound, the product and its potency come after day 0: they share a burn-in. What lives before it,
    /// and the draws, do not.
    #[test]
    fn the_key_follows_what_acts_before_day_0() {
        let base = key(&scenario(&[]), 1, 0);
        for same in [
            "run.horizon=\"20 d\"",
            "event.wound.radius=\"2 mm\"",
            "event.dressing.dose=\"10 ug/cm^2\"",
            "rule.exo_kc_speed.fold=1.5",
            "exosome.potency=0.5",
            "exosome.bounded=false",
            "vesicle.msc_exosome.particles_per_ug=\"1e9 particles/ug\"",
            "record.series=\"3 h\"",
            "rule.kc_tnf.half=\"40 pg/mL\"",
        ] {
            assert_eq!(key(&scenario(&[same]), 1, 0), base, "{same}");
        }
        for other in [
            "tissue.width=\"5 mm\"",
            "run.burn_in=\"2 d\"",
            "cell.fibroblast.speed=\"1 um/h\"",
            "substrate.oxygen.decay=\"1e-3 1/s\"",
            "steps.phenotype=\"3 min\"",
            "steps.burn_in=\"30 min\"",
            "rule.tip_speed.half=\"2 ng/mL\"",
        ] {
            assert_ne!(key(&scenario(&[other]), 1, 0), base, "{other}");
        }
        assert_ne!(key(&scenario(&[]), 2, 0), base);
        assert_ne!(key(&scenario(&[]), 1, 1), base);
    }

    #[test]
    fn a_variant_of_the_rates_fits_the_state_and_one_of_the_form_does_not() {
        let base = scenario(&[]);
        assert!(compatible(&base, &scenario(&["cell.fibroblast.speed=\"1 um/h\""])));
        for other in
            ["tissue.width=\"5 mm\"", "cell.fibroblast.radius=\"7 um\"", "mechanics.stiffness=\"1 1/min\""]
        {
            assert!(!compatible(&base, &scenario(&[other])), "{other}");
        }
    }

    /// Threads that ask for the same state get the same one; it is made once.
    #[test]
    fn a_state_is_made_once() {
        let small = small();
        let burn_ins = BurnIns::new(None);
        let get = || {
            let request = Request {
                scenario: &small,
                seed: 1,
                replicate: 0,
                store: None,
                progress: &crate::progress::Silent,
            };
            burn_ins.state(&request, &mut Unwatched).unwrap().unwrap()
        };
        let (a, b) = std::thread::scope(|s| {
            let other = s.spawn(get);
            (get(), other.join().unwrap())
        });
        assert!(Arc::ptr_eq(&a, &b));
        assert_eq!(digest::state(&a), digest::state(&state(&small, 1, 0).unwrap()));
        assert_eq!(f64::from(a.tick) * small.steps.phenotype, small.burn_in);
        assert!(a.series.is_empty() && a.wound.is_none(), "day 0 belongs to the arms");
    }

    /// A state has the columns of its scenario: one with held bursts, or with a chromatin that remembers, fits no other.
    #[test]
    fn states_of_other_columns_do_not_fit() {
        let hold = scenario(&["biogenesis.hold=\"107 s\""]);
        let longer = scenario(&["biogenesis.hold=\"200 s\""]);
        assert!(!compatible(&scenario(&[]), &hold) && compatible(&hold, &longer));
        assert!(compatible(&scenario(&[]), &scenario(&["biogenesis.nsmase2=0.3"])));
        let followed = scenario(&["record.communication=true"]);
        assert!(!compatible(&scenario(&[]), &followed));
        assert_ne!(key(&scenario(&[]), 1, 0), key(&followed, 1, 0));
        let chromatin = ["rule.exo_kc_speed.memory=\"10 d\"", "rule.exo_kc_speed.chromatin=true"];
        let (silent, open) =
            (scenario(&chromatin), scenario(&[&chromatin[..], &["exosome.chromatin_gain=1"]].concat()));
        assert!(!compatible(&silent, &open));
        assert_ne!(key(&scenario(&[]), 1, 0), key(&hold, 1, 0));
        assert_ne!(key(&silent, 1, 0), key(&open, 1, 0));
        // What a product binds to is of no matter before day 0.
        let targeted = scenario(&["vesicle.msc_exosome.targeting={ fibroblast = 3 }"]);
        assert_eq!(key(&scenario(&[]), 1, 0), key(&targeted, 1, 0));
    }
}
