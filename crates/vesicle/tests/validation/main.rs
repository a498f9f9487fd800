//! Analytic and published cases. Tables in `tests/data` are in um and s; the crate's unit of time is the minute.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod lattice;
