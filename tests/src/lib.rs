//! The machinery of Taipan's tests; the tests themselves are the folders beside it.
//!
//! | folder | what is compared | with |
//! |---|---|---|
//! | `programs/` | what a Python program prints, its traceback and exit code, under every tier | CPython 3.14 ([`make_expected`]) |
//! | `golden/` | what a stage of the compiler shows (bytecode, MIR, …) | the expectation beside the input ([`golden`]) |
//! | `cpython/` | which cases of CPython's own tests pass | CPython, by `./x cpython-tests` ([`cpython`]) |
//! | `bench/` | speed, start-up, memory | a CPython, by `./x bench` |
//!
//! Each file becomes one test case with its own name, so that runners list, filter and parallelise them.
//! Expectations are text. Everything that differs between two machines or two runs (paths, addresses, hashes)
//! is taken out by [`normalise`] before any comparison, when expectations are written as well as when they are read.
//!
//! The crate depends on none of Taipan's other crates, so each of them may use it for its own tests.

pub mod child;
pub mod cpython;
pub mod golden;
pub mod make_expected;
pub mod normalise;
pub mod paths;
pub mod programs;
pub mod text;
pub mod tiers;
