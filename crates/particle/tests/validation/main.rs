//! Analytic cases. The tables in `tests/data` give exact answers in um and s; the crate's unit of time is the minute.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod capture;
mod common;
mod motion;
mod passage;
