//! From declarations to a network: terms of all names, reactions, rules, and the values at time 0.

use super::declare::{Changes, Declarations, What};
use super::mathml::Scope;
use super::{Reader, Result1, listed};
use exoderm_kinetics::graph::Term;
use exoderm_kinetics::network::{Network, Output, Reaction, Rule};
use exoderm_kinetics::tape::Tape;
use exoderm_model::{Role, Symbol};
use roxmltree::Node;
use std::collections::BTreeMap;

/// Most elements of mathematics that are read, functions unfolded.
const MOST: u32 = 1_000_000;

pub(super) struct Build<'r, 'd, 'a, 'i> {
    pub(super) reader: &'r Reader,
    pub(super) d: &'d Declarations<'a, 'i>,
    pub(super) network: Network,
    pub(super) depth: u32,
    pub(super) left: u32,
    /// Terms of quantities' names and of reactions' rates, and which are being made.
    symbols: Vec<Option<Term>>,
    rates: Vec<Option<Term>>,
    open: Vec<bool>,
    open_rates: Vec<bool>,
    /// Values of inputs at time 0, and which are being found.
    values: Vec<Option<f64>>,
    open_values: Vec<bool>,
    /// Values that stand before those of the file, by input.
    given: BTreeMap<usize, f64>,
}

impl Reader {
    pub(super) fn build(
        &self,
        d: &Declarations<'_, '_>,
        set: &[(String, f64)],
    ) -> Result1<(Network, Vec<Symbol>)> {
        let given = self.given(d, set)?;
        let states: Vec<(&str, f64)> = d.states.iter().map(|n| (n.as_str(), 0.0)).collect();
        let parameters: Vec<(&str, f64)> = d.parameters.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let (n, inputs) = (d.quantities.len(), states.len() + parameters.len());
        let mut values = vec![None; inputs];
        for r in &d.reactions {
            for &input in r.locals.values() {
                let set = given.get(&input).copied();
                values[input] = Some(set.unwrap_or(parameters[input - states.len()].1));
            }
        }
        let mut b = Build {
            reader: self,
            d,
            network: Network::new(&states, &parameters),
            depth: 0,
            left: MOST,
            symbols: vec![None; n],
            rates: vec![None; d.reactions.len()],
            open: vec![false; n],
            open_rates: vec![false; d.reactions.len()],
            values,
            open_values: vec![false; n],
            given,
        };
        b.all()?;
        let meanings = b.meanings()?;
        Ok((b.network, meanings))
    }

    /// Values to be set, by input.
    fn given(&self, d: &Declarations<'_, '_>, set: &[(String, f64)]) -> Result1<BTreeMap<usize, f64>> {
        let mut given = BTreeMap::new();
        for (name, value) in set {
            let wrong = |message: String, help: &str| {
                let place = exoderm_model::source::Place::start_of(&self.source);
                Box::new(exoderm_model::Diagnostic::new("set", &place, message).help(help))
            };
            let local = d.parameters.iter().position(|p| p.0 == *name).map(|i| d.states.len() + i);
            let input = match d.names.get(name) {
                Some(&q) => d.quantities[q].input.ok_or_else(|| {
                    wrong(
                        format!("`{name}` can't be set: a rule says what it is"),
                        "set what the rule depends on",
                    )
                })?,
                None => local.ok_or_else(|| {
                    let names = d.names.keys().chain(d.parameters.iter().map(|p| &p.0)).map(String::as_str);
                    let near = exoderm_units::nearest(name, names).map(str::to_owned);
                    let e = *wrong(
                        format!("the model has no `{name}` to be set"),
                        "parameters, compartments and species can be",
                    );
                    Box::new(e.nearest(near))
                })?,
            };
            if !value.is_finite() {
                return Err(wrong(format!("`{name}` can't be {value}"), "give a finite number"));
            }
            given.insert(input, *value);
        }
        Ok(given)
    }
}

impl<'a, 'i> Build<'_, '_, 'a, 'i> {
    fn all(&mut self) -> Result1<()> {
        // In the order of the file, so that a long chain of rules is not followed by recursion.
        for q in 0..self.d.quantities.len() {
            self.symbol(q, self.d.quantities[q].node)?;
        }
        for q in 0..self.d.quantities.len() {
            self.initial(q)?;
        }
        for r in 0..self.d.reactions.len() {
            self.reaction(r)?;
        }
        for q in 0..self.d.quantities.len() {
            self.rate_rule(q)?;
        }
        for (i, value) in self.values.iter().enumerate() {
            let states = self.network.states.len();
            let quantity = if i < states {
                &mut self.network.states[i]
            } else {
                &mut self.network.parameters[i - states]
            };
            quantity.value = value.unwrap_or(0.0);
        }
        for (q, declared) in self.d.quantities.iter().enumerate() {
            let shown =
                matches!(declared.what, What::Species { .. }) || !matches!(declared.changes, Changes::Never);
            if let (true, Some(term)) = (shown, self.symbols[q]) {
                self.network.outputs.push(Output { name: declared.name.clone(), term });
            }
        }
        Ok(())
    }

    /// What all names mean to someone outside.
    fn meanings(&mut self) -> Result1<Vec<Symbol>> {
        let states = self.network.states.len();
        let given = |q: usize| self.d.quantities[q].input.and_then(|i| i.checked_sub(states));
        let mut out = Vec::new();
        let roles: Vec<Role> = self
            .d
            .quantities
            .iter()
            .map(|declared| {
                let concentration = matches!(declared.what, What::Species { amount: false, .. });
                match (declared.input.map(|i| i.checked_sub(states)), declared.compartment) {
                    (None, _) => Role::Assigned,
                    (Some(None), _) => Role::Changes,
                    (Some(Some(parameter)), Some(c)) if concentration => match given(c) {
                        Some(size) => Role::Given { parameter, size: Some(size) },
                        None => Role::InChanging,
                    },
                    (Some(Some(parameter)), _) => Role::Given { parameter, size: None },
                }
            })
            .collect();
        for (q, role) in roles.into_iter().enumerate() {
            let declared = &self.d.quantities[q];
            let term = self.symbol(q, declared.node)?;
            let value = self.at_start(term, declared.node)?;
            let place = self.reader.place(declared.node);
            out.push(Symbol { name: declared.name.clone(), place, value, role });
        }
        for r in &self.d.reactions {
            for &input in r.locals.values() {
                let parameter = input - states;
                let p = &self.network.parameters[parameter];
                let place = self.reader.place(r.node);
                let role = Role::Given { parameter, size: None };
                out.push(Symbol { name: p.name.clone(), place, value: p.value, role });
            }
        }
        Ok(out)
    }

    /// What a quantity's name means: its value, for a species in concentrations the amount over the compartment's size.
    pub(super) fn symbol(&mut self, q: usize, from: Node<'a, 'i>) -> Result1<Term> {
        if let Some(term) = self.symbols[q] {
            return Ok(term);
        }
        let declared = &self.d.quantities[q];
        if self.open[q] {
            let message = format!("the rule of `{}` goes in a circle", declared.name);
            return Err(self.reader.wrong(from, message, "a rule may not depend on its own variable"));
        }
        self.open[q] = true;
        let term = match (declared.changes, declared.input) {
            (Changes::Assigned(body), _) => self.expression(body, Scope::Model)?,
            (_, Some(input)) => {
                let own = self.network.graph.input(input);
                match (declared.what, declared.compartment) {
                    (What::Species { amount: false, .. }, Some(c)) => {
                        let size = self.symbol(c, from)?;
                        self.network.graph.div(own, size)
                    }
                    _ => own,
                }
            }
            (_, None) => self.network.graph.constant(0.0),
        };
        self.open[q] = false;
        self.symbols[q] = Some(term);
        Ok(term)
    }

    /// The rate of a reaction.
    pub(super) fn rate(&mut self, r: usize, from: Node<'a, 'i>) -> Result1<Term> {
        if let Some(term) = self.rates[r] {
            return Ok(term);
        }
        let declared = &self.d.reactions[r];
        if self.open_rates[r] {
            let message = format!("the rate of `{}` goes in a circle", declared.name);
            return Err(self.reader.wrong(from, message, "a rate may not depend on itself"));
        }
        self.open_rates[r] = true;
        let body = self.reader.body(declared.law)?;
        let term = self.expression(body, Scope::Law(&declared.locals))?;
        self.open_rates[r] = false;
        self.rates[r] = Some(term);
        Ok(term)
    }

    /// Finds the value of a quantity's input at time 0.
    fn initial(&mut self, q: usize) -> Result1<()> {
        let declared = &self.d.quantities[q];
        let Some(input) = declared.input.filter(|&i| self.values[i].is_none()) else { return Ok(()) };
        let node = declared.node;
        if self.open_values[q] {
            let message = format!("the initial value of `{}` goes in a circle", declared.name);
            return Err(self.reader.wrong(
                node,
                message,
                "an initial assignment may not depend on its own variable",
            ));
        }
        self.open_values[q] = true;
        let concentration = matches!(declared.what, What::Species { amount: false, .. });
        let missing = |attribute: &str| {
            let message = format!("`{}` has no value at the start", declared.name);
            self.reader.wrong(node, message, &format!("give `{attribute}` or an initial assignment"))
        };
        let (value, per_size) = if let Some(&value) = self.given.get(&input) {
            (value, concentration)
        } else if let Some(body) = declared.initial {
            let term = self.expression(body, Scope::Model)?;
            (self.at_start(term, node)?, concentration)
        } else {
            match declared.what {
                What::Compartment => {
                    let flat = self.reader.number(node, "spatialDimensions")? == Some(0.0);
                    match self.reader.number(node, "size")? {
                        Some(v) => (v, false),
                        None if flat => (1.0, false),
                        None => return Err(missing("size")),
                    }
                }
                What::Parameter => match self.reader.number(node, "value")? {
                    Some(v) => (v, false),
                    None => return Err(missing("value")),
                },
                What::Species { .. } => {
                    let amount = self.reader.number(node, "initialAmount")?;
                    match (amount, self.reader.number(node, "initialConcentration")?) {
                        (Some(v), _) => (v, false),
                        (None, Some(v)) => (v, true),
                        _ => return Err(missing("initialAmount")),
                    }
                }
            }
        };
        let size = match declared.compartment.filter(|_| per_size) {
            Some(c) => {
                let size = self.symbol(c, node)?;
                self.at_start(size, node)?
            }
            None => 1.0,
        };
        let value = value * size;
        if !value.is_finite() {
            let message = format!("`{}` is {value} at the start", declared.name);
            return Err(self.reader.wrong(node, message, "a finite number is needed"));
        }
        self.values[input] = Some(value);
        self.open_values[q] = false;
        Ok(())
    }

    /// The value of a term at time 0.
    fn at_start(&mut self, term: Term, node: Node<'a, 'i>) -> Result1<f64> {
        self.depth += 1;
        if self.depth > 200 {
            return Err(self.reader.wrong(
                node,
                "initial values depend on each other too deeply",
                "simplify them",
            ));
        }
        let inputs = self.network.inputs();
        let tape = Tape::new(&self.network.graph, inputs, &[term]);
        let mut registers = tape.registers::<1>();
        for place in self.network.graph.inputs_of(term) {
            let place = place as usize;
            if place + 1 == inputs {
                continue;
            }
            if self.values[place].is_none()
                && let Some(q) = self.d.quantities.iter().position(|q| q.input == Some(place))
            {
                self.initial(q)?;
            }
            registers[place] = [self.values[place].unwrap_or(0.0)];
        }
        tape.run_one(&mut registers);
        self.depth -= 1;
        Ok(registers[tape.output(0)][0])
    }

    fn reaction(&mut self, r: usize) -> Result1<()> {
        let declared = &self.d.reactions[r];
        let rate = self.rate(r, declared.node)?;
        let mut changes: Vec<(usize, f64)> = Vec::new();
        for (list, sign) in [("listOfReactants", -1.0), ("listOfProducts", 1.0), ("listOfModifiers", 0.0)] {
            for reference in listed(declared.node, list) {
                let name = self.reader.required(reference, "species")?;
                let found = self.d.names.get(name).map(|&q| (q, &self.d.quantities[q]));
                let Some((_, species)) = found.filter(|s| matches!(s.1.what, What::Species { .. })) else {
                    let near = exoderm_units::nearest(name, self.d.names.keys().map(String::as_str));
                    let e =
                        *self.reader.wrong(reference, format!("there is no species `{name}`"), "declare it");
                    return Err(Box::new(e.nearest(near.map(str::to_owned))));
                };
                if sign == 0.0 {
                    continue;
                }
                let by = sign * self.stoichiometry(reference)? * self.conversion(species.node)?;
                let boundary = matches!(species.what, What::Species { boundary: true, .. });
                if boundary || by == 0.0 {
                    continue;
                }
                let (Changes::Reactions, Some(state)) = (species.changes, species.input) else {
                    let message =
                        format!("`{name}` is changed by a rule and by reaction `{}`", declared.name);
                    let help = "a species that a rule changes needs boundaryCondition=\"true\"";
                    return Err(self.reader.wrong(reference, message, help));
                };
                match changes.iter_mut().find(|c| c.0 == state) {
                    Some(c) => c.1 += by,
                    None => changes.push((state, by)),
                }
            }
        }
        changes.retain(|c| c.1 != 0.0);
        self.network.reactions.push(Reaction { name: declared.name.clone(), rate, changes });
        Ok(())
    }

    fn stoichiometry(&mut self, reference: Node<'a, 'i>) -> Result1<f64> {
        let math = super::elements(reference).find(|n| n.tag_name().name() == "stoichiometryMath");
        if let Some(math) = math {
            let body = self.reader.body(math)?;
            let term = self.expression(body, Scope::Model)?;
            let states = self.network.states.len() as u32;
            let time = self.network.inputs() as u32 - 1;
            if self.network.graph.inputs_of(term).iter().any(|&i| i < states || i == time) {
                return Err(self.reader.wrong(
                    math,
                    "stoichiometry that changes is not supported",
                    "give a number",
                ));
            }
            return self.at_start(term, math);
        }
        match self.reader.number(reference, "stoichiometry")? {
            Some(v) => Ok(v),
            None if self.d.level == 2 => Ok(1.0),
            None => {
                let message = "the stoichiometry is not given";
                Err(self.reader.wrong(reference, message, "write a number; assigning it is not supported"))
            }
        }
    }

    /// The conversion factor from extent to the species' amount.
    fn conversion(&mut self, species: Node<'a, 'i>) -> Result1<f64> {
        let own = species.attribute("conversionFactor").map(|t| t.trim().to_owned());
        let Some(name) = own.or_else(|| self.d.conversion.clone()) else { return Ok(1.0) };
        let found = self.d.names.get(&name).map(|&q| (q, &self.d.quantities[q]));
        let Some((q, _)) =
            found.filter(|f| f.1.what == What::Parameter && matches!(f.1.changes, Changes::Never))
        else {
            let message = format!("the conversion factor `{name}` is no constant parameter");
            return Err(self.reader.wrong(species, message, "declare it as a constant parameter"));
        };
        let term = self.symbol(q, species)?;
        self.at_start(term, species)
    }

    fn rate_rule(&mut self, q: usize) -> Result1<()> {
        let declared = &self.d.quantities[q];
        let (Changes::Rate(body), Some(state)) = (declared.changes, declared.input) else { return Ok(()) };
        let mut rate = self.expression(body, Scope::Model)?;
        if let (What::Species { amount: false, .. }, Some(c)) = (declared.what, declared.compartment) {
            // The rule is for the concentration, the state is the amount.
            if !matches!(self.d.quantities[c].changes, Changes::Never) {
                let message = format!(
                    "a rate rule for the concentration `{}` in a compartment that changes",
                    declared.name
                );
                return Err(self.reader.wrong(declared.node, message, "write the rule for an amount"));
            }
            let size = self.symbol(c, declared.node)?;
            rate = self.network.graph.mul(rate, size);
        }
        self.network.rules.push(Rule { state, rate });
        Ok(())
    }
}
