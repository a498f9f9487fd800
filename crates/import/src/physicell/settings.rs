//! The settings file: domain, times, substrates, options; types of cells are in [`super::types`].

use super::element::{Element, Remarks};
use super::{Note, Refused, distributions, places, rules, types};
use exoderm_model::agents::{AgentModel, Domain, Faces, Initial, Options, Steps, Substrate};
use std::path::{Path, PathBuf};

/// A project as read.
#[derive(Clone, Debug)]
pub struct Project {
    /// The model.
    pub model: AgentModel,
    /// Remarks, in the order of the file.
    pub notes: Vec<Note>,
}

/// Largest file read (bytes).
const MAX_FILE: u64 = 256 << 20;

/// Text of a file.
pub(super) fn text_of(path: &Path) -> Result<String, Note> {
    bytes_of(path).map(|bytes| crate::csv::decode(&bytes))
}

/// Bytes of a file.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, Note> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).map_err(|e| Note::new(&name, 0, format!("can't be read: {e}")))?.len();
    if size > MAX_FILE {
        return Err(Note::new(&name, 0, format!("has {size} bytes; at most {MAX_FILE} are read")));
    }
    std::fs::read(path).map_err(|e| Note::new(&name, 0, format!("can't be read: {e}")))
}

/// Reads a settings file and the rules it names. Paths in it are taken from the working directory, as its own program
/// does, or else from the folder above the one of the settings, or from that folder.
///
/// # Errors
/// Everything in it that can't be run, with its place.
pub fn read(path: &Path) -> Result<Project, Refused> {
    let name = path.display().to_string();
    let text = text_of(path).map_err(|n| Refused(vec![n]))?;
    let base = path.parent().unwrap_or(Path::new("")).to_owned();
    parse(&name, &text, &base)
}

/// Where a file named in the settings lies.
pub(super) fn find(base: &Path, folder: &str, file: &str) -> PathBuf {
    let named = Path::new(folder).join(file);
    let above = base.parent().unwrap_or(Path::new("")).join(&named);
    [named.clone(), above, base.join(&named), base.join(file)]
        .into_iter()
        .find(|p| p.is_file())
        .unwrap_or(named)
}

/// Reads settings from text; rules are looked for beside `base`.
///
/// # Errors
/// As [`read`].
pub fn parse(name: &str, text: &str, base: &Path) -> Result<Project, Refused> {
    let remarks = Remarks::new(name);
    let options = roxmltree::ParsingOptions { nodes_limit: 4_000_000, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|e| {
        let (spot, why) = crate::xml::fault(text, &e);
        Refused(vec![Note::new(name, spot, format!("this is not XML: {why}"))])
    })?;
    let root = Element { node: document.root_element(), remarks: &remarks };
    if root.tag() != "PhysiCell_settings" {
        root.fault(format!("the root is <{}>, not <PhysiCell_settings>", root.tag()));
        return Err(Refused(remarks.faults.into_inner()));
    }
    root.only(&[
        "domain",
        "overall",
        "parallel",
        "save",
        "options",
        "microenvironment_setup",
        "cell_definitions",
        "initial_conditions",
        "cell_rules",
        "user_parameters",
    ]);
    // The folder above the settings names the project, also where that is the working directory.
    let whole = std::fs::canonicalize(if base.as_os_str().is_empty() { Path::new(".") } else { base });
    let whole = whole.as_deref().unwrap_or(base);
    let stem = whole.parent().and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
    let mut model = AgentModel { format: 1, name: stem.unwrap_or_default(), ..AgentModel::default() };
    model.domain = domain(root);
    model.steps = steps(root);
    model.substrates = substrates(root);
    model.options = switches(root);
    model.cells = types::read(root, &model);
    model.seed = seed(root);
    model.initial = initial(root, base);
    let mut notes = own_code(base);
    let mut rule_places: Vec<(String, usize)> = Vec::new();
    distributions::check_bases(root, &model);
    if !model.substrates.is_empty()
        && let Some(e) = root.child("overall/dt_diffusion").or(root.child("overall"))
    {
        e.note(
            "substrates and what cells exchange are solved together between steps of cells, unless with --split; PhysiCell takes \
             one after the other at this step, so that cells in a crowd sense less there",
        );
    }
    for set in
        root.child("cell_rules/rulesets").into_iter().flat_map(|r| r.all("ruleset").collect::<Vec<_>>())
    {
        if !set.attribute_flag("enabled", false) {
            continue;
        }
        let version = set.attribute("version").and_then(|v| v.parse().ok()).unwrap_or(0.0_f64);
        if version < 3.0 || set.attribute("protocol").is_some_and(|p| p != "CBHG") {
            set.fault("only rules of protocol CBHG, version 3, are read");
            continue;
        }
        let text = |tag| set.child(tag).map_or("", Element::text);
        let file = find(base, text("folder"), text("filename"));
        match text_of(&file) {
            Ok(text) => match rules::rules_at(&file.display().to_string(), &text, &model, &rule_places) {
                Ok((rules, lines, more)) => {
                    model.rules.extend(rules);
                    rule_places.extend(lines.into_iter().map(|l| (file.display().to_string(), l)));
                    notes.extend(more);
                }
                Err(Refused(faults)) => remarks.faults.borrow_mut().extend(faults),
            },
            Err(note) => set.fault(note.to_string()),
        }
    }
    let faults = remarks.faults.take();
    if !faults.is_empty() {
        return Err(Refused(faults));
    }
    let faults: Vec<Note> =
        model.check().into_iter().map(|f| places::told(root, &model, &rule_places, f)).collect();
    if !faults.is_empty() {
        return Err(Refused(faults));
    }
    let mut all = remarks.notes.take();
    all.sort_by_key(|n| (n.line, n.column));
    all.extend(notes);
    Ok(Project { model, notes: all })
}

/// Code of the user's own beside the settings: it can't be run, so it is named.
fn own_code(base: &Path) -> Vec<Note> {
    let above = base.parent().unwrap_or(Path::new(""));
    let Ok(files) = std::fs::read_dir(above.join("custom_modules")) else { return Vec::new() };
    let mut names: Vec<PathBuf> = files
        .filter_map(|f| Some(f.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| ["cpp", "cc", "cxx"].iter().any(|x| e == *x)))
        .collect();
    names.sort();
    let note = |p: &PathBuf| {
        let message = "C++ is not run: what it does beyond the template's empty functions is missing";
        Note::new(&p.display().to_string(), 0, message)
    };
    names.iter().map(note).collect()
}

fn domain(root: Element<'_, '_>) -> Domain {
    let mut d = Domain::default();
    let Some(e) = root.child("domain") else {
        root.fault("there is no <domain>");
        return d;
    };
    e.only(&["x_min", "x_max", "y_min", "y_max", "z_min", "z_max", "dx", "dy", "dz", "use_2D"]);
    for (a, axis) in ["x", "y", "z"].iter().enumerate() {
        e.set(&format!("{axis}_min"), &mut d.low[a]);
        e.set(&format!("{axis}_max"), &mut d.high[a]);
    }
    d.flat = e.child("use_2D").is_some_and(Element::flag);
    let mut edges = [0.0; 3];
    for (edge, tag) in edges.iter_mut().zip(["dx", "dy", "dz"]) {
        e.set(tag, edge);
    }
    d.voxel = edges[0];
    if edges[1] != edges[0] || (!d.flat && edges[2] != edges[0]) {
        e.fault("voxels are not cubes: PhysiCell solves these with dx along every axis; make dx, dy and dz the same");
    }
    if d.flat {
        (d.low[2], d.high[2]) = (-0.5 * edges[2], 0.5 * edges[2]);
        if edges[2] != edges[0] {
            e.fault("in two dimensions the layer has the thickness dz; make it the same as dx");
        }
    }
    for a in 0..if d.flat { 2 } else { 3 } {
        let n = (d.high[a] - d.low[a]) / d.voxel;
        if n.is_finite() && (n - n.round()).abs() > 1e-9 {
            e.note("a voxel's edge does not divide the box: voxels reach beyond its upper face");
        }
    }
    d
}

fn steps(root: Element<'_, '_>) -> Steps {
    let mut s = Steps { end: 0.0, diffusion: 0.01, mechanics: 0.1, phenotype: 6.0, record: 60.0 };
    if let Some(e) = root.child("overall") {
        e.only(&[
            "max_time",
            "time_units",
            "space_units",
            "dt_diffusion",
            "dt_mechanics",
            "dt_phenotype",
            "dt_intracellular",
        ]);
        for (tag, to) in [
            ("max_time", &mut s.end),
            ("dt_diffusion", &mut s.diffusion),
            ("dt_mechanics", &mut s.mechanics),
            ("dt_phenotype", &mut s.phenotype),
        ] {
            e.set(tag, to);
        }
    }
    if let Some(e) = root.child("save") {
        e.only(&["folder", "full_data", "SVG", "legacy_data", "intracellular_data"]);
    }
    if let Some(e) = root.child("save/full_data/interval") {
        s.record = e.number();
    }
    if let Some(e) = root.child("save/full_data/enable").filter(|e| !e.flag()) {
        e.note("cells and substrates are recorded all the same");
    }
    s
}

fn substrates(root: Element<'_, '_>) -> Vec<Substrate> {
    let Some(setup) = root.child("microenvironment_setup") else { return Vec::new() };
    setup.only(&["variable", "options"]);
    let mut any = false;
    let mut list = Vec::new();
    for v in setup.all("variable") {
        v.only(&[
            "physical_parameter_set",
            "initial_condition",
            "Dirichlet_boundary_condition",
            "Dirichlet_options",
        ]);
        let mut s = Substrate {
            name: v.attribute("name").unwrap_or("").trim().to_owned(),
            unit: v.attribute("units").unwrap_or("").to_owned(),
            ..Substrate::default()
        };
        v.set("physical_parameter_set/diffusion_coefficient", &mut s.diffusion);
        v.set("physical_parameter_set/decay_rate", &mut s.decay);
        v.set("initial_condition", &mut s.initial);
        if let Some(d) = v.child("Dirichlet_boundary_condition")
            && d.attribute_flag("enabled", false)
        {
            any = true;
            let value = d.number();
            s.faces.all_mut().into_iter().for_each(|f| *f = Some(value));
        }
        for b in
            v.child("Dirichlet_options").into_iter().flat_map(|o| o.all("boundary_value").collect::<Vec<_>>())
        {
            let names = ["xmin", "xmax", "ymin", "ymax", "zmin", "zmax"];
            match names.iter().position(|n| Some(*n) == b.attribute("ID").map(str::trim)) {
                Some(k) => {
                    let value = b.attribute_flag("enabled", false).then(|| b.number());
                    *s.faces.all_mut()[k] = value;
                }
                None => b.note("a <boundary_value> without the ID of a face does nothing"),
            }
        }
        list.push(s);
    }
    if !any && list.iter().any(|s| s.faces != Faces::default()) {
        setup.note(
            "values on faces are ignored, as in PhysiCell, because no variable has an enabled \
             <Dirichlet_boundary_condition>",
        );
        list.iter_mut().for_each(|s| s.faces = Faces::default());
    }
    list
}

fn switches(root: Element<'_, '_>) -> Options {
    let mut o = Options::default();
    if let Some(e) = root.child("options") {
        e.only(&[
            "random_seed",
            "virtual_wall_at_domain_edge",
            "disable_automated_spring_adhesions",
            "legacy_random_points_on_sphere_in_divide",
            "legacy_cell_defaults_copy",
        ]);
        let flag = |tag| e.child(tag).is_some_and(Element::flag);
        o.wall = flag("virtual_wall_at_domain_edge");
        o.no_springs = flag("disable_automated_spring_adhesions");
        o.polar_divisions = flag("legacy_random_points_on_sphere_in_divide");
    }
    if let Some(e) = root.child("microenvironment_setup/options") {
        e.only(&[
            "calculate_gradients",
            "track_internalized_substrates_in_each_agent",
            "initial_condition",
            "dirichlet_nodes",
        ]);
        o.internalize = e.child("track_internalized_substrates_in_each_agent").is_some_and(Element::flag);
        if !e.child("calculate_gradients").is_some_and(Element::flag) {
            e.note(
                "gradients are reckoned wherever something uses them, though <calculate_gradients> is off",
            );
        }
        if let Some(d) = e.child("dirichlet_nodes")
            && d.attribute_flag("enabled", false)
        {
            d.note("<dirichlet_nodes> does nothing in PhysiCell either");
        }
    }
    o
}

fn seed(root: Element<'_, '_>) -> u64 {
    let own = root.child("user_parameters").and_then(|u| u.child("random_seed"));
    let Some(e) = own.or_else(|| root.child("options/random_seed")) else { return 0 };
    match e.text() {
        "" | "random" | "system_clock" => {
            e.note("a seed by the clock would give other results each time: 0 is used; --seed gives another");
            0
        }
        _ => e.number().max(0.0) as u64,
    }
}

/// The name of a file that an element names, which must be there.
fn named(e: Element<'_, '_>, file: &Path) -> String {
    let name = file.display().to_string();
    if !file.is_file() {
        e.fault(format!("there is no file `{name}`"));
    }
    name
}

fn initial(root: Element<'_, '_>, base: &Path) -> Initial {
    let mut i = Initial { distributions: true, ..Initial::default() };
    if let Some(u) = root.child("user_parameters") {
        let mut seen: Vec<&str> = Vec::new();
        for p in u.children() {
            if seen.contains(&p.tag()) {
                p.fault(format!("two parameters are named <{}>", p.tag()));
            }
            seen.push(p.tag());
            match p.tag() {
                "number_of_cells" => i.random = p.number().clamp(0.0, 1e8) as u32,
                "random_seed" => {}
                other => p.note(format!(
                    "parameter <{other}> is read by code of the user's own only: it does nothing"
                )),
            }
        }
    }
    if let Some(e) = root.child("initial_conditions/cell_positions")
        && e.attribute_flag("enabled", false)
    {
        if e.attribute("type").is_some_and(|t| !t.eq_ignore_ascii_case("csv")) {
            e.fault("positions of cells are read from CSV only");
        }
        let text = |tag| e.child(tag).map_or("", Element::text);
        i.cells = Some(named(e, &find(base, text("folder"), text("filename"))));
    }
    if let Some(e) = root.child("microenvironment_setup/options/initial_condition")
        && e.attribute_flag("enabled", false)
    {
        if e.attribute("type")
            .is_none_or(|t| ["csv", "matlab"].iter().any(|k| t.trim().eq_ignore_ascii_case(k)))
        {
            i.substrates = Some(named(e, &find(base, "", e.child("filename").map_or("", Element::text))));
        } else {
            e.fault("initial substrates are read from files of type csv and matlab only");
        }
    }
    i
}
