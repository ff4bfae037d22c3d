//! The tables and the intermediate representation that every tier of Taipan shares.

pub mod aot;
pub mod bytecode;
pub mod genexpr;
pub mod graph;
pub mod opcodes;
pub mod optimize;
pub mod region;
pub mod trace;
pub mod uops;
