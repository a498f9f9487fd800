//! What a model declares, before any mathematics is read.

use super::{Reader, Result1, elements, listed, math};
use exoderm_model::Diagnostics;
use roxmltree::Node;
use std::collections::BTreeMap;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A compartment: its size.
    Compartment,
    /// A species; `amount` if its name means an amount, else a concentration.
    Species {
        /// In amounts.
        amount: bool,
        /// Constant, or changed by rules only.
        boundary: bool,
    },
    /// A global parameter.
    Parameter,
}

/// How a quantity changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Changes<'a, 'i> {
    /// Not at all.
    Never,
    /// By reactions.
    Reactions,
    /// It is what a rule says: the mathematics.
    Assigned(Node<'a, 'i>),
    /// A rule gives its rate: the mathematics.
    Rate(Node<'a, 'i>),
}

/// A declared quantity.
#[derive(Clone, Debug)]
pub(super) struct Declared<'a, 'i> {
    pub(super) name: String,
    pub(super) node: Node<'a, 'i>,
    pub(super) what: What,
    pub(super) changes: Changes<'a, 'i>,
    /// Mathematics of its initial assignment.
    pub(super) initial: Option<Node<'a, 'i>>,
    /// Place among the inputs of the network; none if it is assigned.
    pub(super) input: Option<usize>,
    /// For a species its compartment, by place in the list.
    pub(super) compartment: Option<usize>,
}

/// A reaction.
#[derive(Clone, Debug)]
pub(super) struct DeclaredReaction<'a, 'i> {
    pub(super) name: String,
    pub(super) node: Node<'a, 'i>,
    pub(super) law: Node<'a, 'i>,
    /// Local parameters with their inputs.
    pub(super) locals: BTreeMap<String, usize>,
}

/// Everything declared.
#[derive(Debug, Default)]
pub(super) struct Declarations<'a, 'i> {
    pub(super) quantities: Vec<Declared<'a, 'i>>,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) reactions: Vec<DeclaredReaction<'a, 'i>>,
    pub(super) functions: BTreeMap<String, Node<'a, 'i>>,
    /// Names of states, then of parameters with their values as far as the file gives them.
    pub(super) states: Vec<String>,
    pub(super) parameters: Vec<(String, f64)>,
    /// Ids of species references, to be refused by name.
    pub(super) references: BTreeMap<String, ()>,
    pub(super) conversion: Option<String>,
    /// In level 3 stoichiometry has no default.
    pub(super) level: u32,
}

const SKIPPED: [&str; 4] = ["notes", "annotation", "listOfUnitDefinitions", "listOfFunctionDefinitions"];
const LISTS: [&str; 9] = [
    "listOfCompartments",
    "listOfSpecies",
    "listOfParameters",
    "listOfInitialAssignments",
    "listOfRules",
    "listOfReactions",
    "listOfConstraints",
    "listOfEvents",
    "listOfFunctionDefinitions",
];

impl Reader {
    pub(super) fn declare<'a, 'i>(
        &self,
        model: Node<'a, 'i>,
        core: &str,
        level: (u32, u32),
        notes: &mut Vec<String>,
        refused: &mut Diagnostics,
    ) -> Result1<Declarations<'a, 'i>> {
        self.survey(model, core, notes, refused);
        let mut d = Declarations {
            level: level.0,
            conversion: model.attribute("conversionFactor").map(|t| t.trim().to_owned()),
            ..Declarations::default()
        };
        for f in listed(model, "listOfFunctionDefinitions") {
            d.functions.insert(self.required(f, "id")?.to_owned(), f);
        }
        for c in listed(model, "listOfCompartments") {
            self.add(&mut d, c, What::Compartment, None)?;
        }
        for s in listed(model, "listOfSpecies") {
            let home = self.required(s, "compartment")?;
            let found = d.names.get(home).copied().filter(|&c| d.quantities[c].what == What::Compartment);
            let Some(compartment) = found else {
                let message = format!("there is no compartment `{home}`");
                return Err(self.wrong(s, message, "declare it in `listOfCompartments`"));
            };
            let flat = self.number(d.quantities[compartment].node, "spatialDimensions")? == Some(0.0);
            let amount = flat || self.flag(s, "hasOnlySubstanceUnits", false)?;
            let boundary = self.flag(s, "boundaryCondition", false)? || self.flag(s, "constant", false)?;
            self.add(&mut d, s, What::Species { amount, boundary }, Some(compartment))?;
        }
        for p in listed(model, "listOfParameters") {
            self.add(&mut d, p, What::Parameter, None)?;
        }
        self.rules(model, &mut d, refused)?;
        self.number_inputs(&mut d);
        self.reactions(model, &mut d, level, refused)?;
        Ok(d)
    }

    /// Names what is not read.
    fn survey(&self, model: Node<'_, '_>, core: &str, notes: &mut Vec<String>, refused: &mut Diagnostics) {
        for list in elements(model) {
            let name = list.tag_name().name();
            if list.tag_name().namespace().unwrap_or("") != core {
                notes.push(self.note(list, &format!("`{name}` of a package is left aside")));
            } else if matches!(name, "listOfCompartmentTypes" | "listOfSpeciesTypes") {
                notes.push(self.note(list, &format!("`{name}` is left aside; it does not change results")));
            } else if !LISTS.contains(&name) && !SKIPPED.contains(&name) {
                refused.push(*self.wrong(
                    list,
                    format!("`{name}` is not supported"),
                    "take it out of the model",
                ));
            }
        }
        for event in listed(model, "listOfEvents") {
            let id = event.attribute("id").or(event.attribute("name")).unwrap_or("without a name");
            let message = format!("events are not supported: event `{id}`");
            refused.push(*self.wrong(
                event,
                message,
                "take it out, or run the model in pieces between its events",
            ));
        }
        for constraint in listed(model, "listOfConstraints") {
            notes.push(self.note(constraint, "a constraint is not checked; it does not change results"));
        }
    }

    fn add<'a, 'i>(
        &self,
        d: &mut Declarations<'a, 'i>,
        node: Node<'a, 'i>,
        what: What,
        compartment: Option<usize>,
    ) -> Result1<()> {
        let name = self.required(node, "id")?.to_owned();
        let changes = match what {
            What::Species { boundary: false, .. } => Changes::Reactions,
            _ => Changes::Never,
        };
        if d.functions.contains_key(&name) || d.names.insert(name.clone(), d.quantities.len()).is_some() {
            return Err(self.wrong(node, format!("`{name}` is declared twice"), "ids are unique in a model"));
        }
        d.quantities.push(Declared { name, node, what, changes, initial: None, input: None, compartment });
        Ok(())
    }

    fn rules<'a, 'i>(
        &self,
        model: Node<'a, 'i>,
        d: &mut Declarations<'a, 'i>,
        refused: &mut Diagnostics,
    ) -> Result1<()> {
        for rule in listed(model, "listOfRules") {
            let kind = rule.tag_name().name();
            if !matches!(kind, "assignmentRule" | "rateRule") {
                let message = format!("`{kind}` is not supported");
                refused.push(*self.wrong(
                    rule,
                    message,
                    "solve it for one variable and write an assignment rule",
                ));
                continue;
            }
            let target = self.target(rule, "variable", d)?;
            let body = self.body(rule)?;
            let q = &mut d.quantities[target];
            if !matches!(q.changes, Changes::Never)
                && !matches!((q.what, q.changes), (What::Species { .. }, Changes::Reactions))
            {
                let message = format!("`{}` has two rules", q.name);
                return Err(self.wrong(rule, message, "a variable has one rule at most"));
            }
            q.changes = if kind == "rateRule" { Changes::Rate(body) } else { Changes::Assigned(body) };
        }
        for initial in listed(model, "listOfInitialAssignments") {
            let target = self.target(initial, "symbol", d)?;
            d.quantities[target].initial = Some(self.body(initial)?);
        }
        Ok(())
    }

    fn target(&self, node: Node<'_, '_>, attribute: &str, d: &Declarations<'_, '_>) -> Result1<usize> {
        let name = self.required(node, attribute)?;
        d.names.get(name).copied().ok_or_else(|| {
            let near = exoderm_units::nearest(name, d.names.keys().map(String::as_str));
            let mut e = *self.wrong(
                node,
                format!("there is no variable `{name}`"),
                "compartments, species and parameters can be set; changing stoichiometry is not supported",
            );
            e = e.nearest(near.map(str::to_owned));
            Box::new(e)
        })
    }

    /// The expression in an element's `math`.
    pub(super) fn body<'a, 'i>(&self, node: Node<'a, 'i>) -> Result1<Node<'a, 'i>> {
        let mut inside = math(node).into_iter().flat_map(elements);
        let first = inside.next().ok_or_else(|| {
            let message = format!("`{}` has no mathematics", node.tag_name().name());
            self.wrong(node, message, "it needs a `math` element with an expression")
        })?;
        match inside.next() {
            None => Ok(first),
            Some(second) => {
                Err(self.wrong(second, "a second expression in one `math`", "take one of them out"))
            }
        }
    }

    /// States come first, then parameters.
    fn number_inputs(&self, d: &mut Declarations<'_, '_>) {
        for q in &mut d.quantities {
            if matches!(q.changes, Changes::Reactions | Changes::Rate(_)) {
                q.input = Some(d.states.len());
                d.states.push(q.name.clone());
            }
        }
        for q in &mut d.quantities {
            if matches!(q.changes, Changes::Never) {
                q.input = Some(d.states.len() + d.parameters.len());
                d.parameters.push((q.name.clone(), 0.0));
            }
        }
    }

    fn reactions<'a, 'i>(
        &self,
        model: Node<'a, 'i>,
        d: &mut Declarations<'a, 'i>,
        level: (u32, u32),
        refused: &mut Diagnostics,
    ) -> Result1<()> {
        for node in listed(model, "listOfReactions") {
            let name = self.required(node, "id")?.to_owned();
            if d.names.contains_key(&name) || d.reactions.iter().any(|r| r.name == name) {
                return Err(self.wrong(
                    node,
                    format!("`{name}` is declared twice"),
                    "ids are unique in a model",
                ));
            }
            if self.flag(node, "fast", false)? {
                let message = format!("fast reactions are not supported: `{name}`");
                refused.push(*self.wrong(node, message, "write the equilibrium as a rule"));
            }
            let Some(law) = elements(node).find(|n| n.tag_name().name() == "kineticLaw") else {
                let message = format!("reaction `{name}` has no kinetic law");
                refused.push(*self.wrong(node, message, "its rate is unknown: give it one"));
                continue;
            };
            let mut locals = BTreeMap::new();
            let list = if level.0 == 2 { "listOfParameters" } else { "listOfLocalParameters" };
            for p in listed(law, list) {
                let id = self.required(p, "id")?.to_owned();
                let Some(value) = self.number(p, "value")? else {
                    return Err(self.wrong(p, format!("local parameter `{id}` has no value"), "give it one"));
                };
                locals.insert(id.clone(), d.states.len() + d.parameters.len());
                d.parameters.push((format!("{name}.{id}"), value));
            }
            for list in ["listOfReactants", "listOfProducts"] {
                for r in listed(node, list) {
                    if let Some(id) = r.attribute("id") {
                        d.references.insert(id.to_owned(), ());
                    }
                }
            }
            d.reactions.push(DeclaredReaction { name, node, law, locals });
        }
        Ok(())
    }
}
