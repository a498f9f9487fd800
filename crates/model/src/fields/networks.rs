//! Networks inside cells.

use super::Default::{Absent, Is, Required};
use super::Limit::{Any, Positive};
use super::cells::SIGNALS;
use super::{Field, Kind, Names, Nature, design, number, text};

const INPUT: &[Field] = &[
    Field::new("signal", Kind::Tagged(SIGNALS), Required, "what the cell senses"),
    design(
        "unit",
        "{signal}",
        "1 ng/mL",
        Positive,
        Absent,
        "what of the signal is 1 in the network; required where the signal has a unit, else 1",
    ),
];

pub(super) const NETWORK: &[Field] = &[
    text("file", Required, "the SBML file, by its path from the file that says so"),
    Field::new("cells", Kind::NameList(Names::Cell), Required, "cell types that carry it"),
    design(
        "time_unit",
        "min",
        "1 s",
        Positive,
        Absent,
        "what the network's unit of time is; required unless the file states one, with which it must agree",
    ),
    Field::new(
        "inputs",
        Kind::GroupOf(Names::Symbol, INPUT),
        Absent,
        "parameters, constant or boundary species of the network that follow a signal of the cell",
    ),
    Field::new(
        "values",
        Kind::NumberOf(Names::Symbol, number("1", "0.3", Any, Nature::Biology)),
        Absent,
        "values to use instead of the file's, as the name means them, in the network's units; a rate or time may have its unit",
    ),
    Field::new(
        "record",
        Kind::Texts,
        Absent,
        "species and variables of rules that are recorded; without it all",
    ),
    Field::new(
        "method",
        Kind::Choice(&["implicit", "explicit", "exact"]),
        Is("implicit"),
        "`implicit` for stiff networks, `explicit` is faster for those that are not; `exact` counts whole molecules, event by event",
    ),
    Field::new(
        "division",
        Kind::Choice(&["copy", "binomial"]),
        Is("copy"),
        "`copy` gives each daughter what the mother had, so that concentrations stay; `binomial`, for `exact`, shares her molecules out by chance",
    ),
    design("tolerance", "1", "1e-5", Positive, Is("1e-5"), "numerics: relative error allowed to a step"),
    design(
        "absolute",
        "1",
        "1e-8",
        Positive,
        Absent,
        "numerics: absolute error, in the network's amounts; without it a billionth of the largest at the start",
    ),
];
