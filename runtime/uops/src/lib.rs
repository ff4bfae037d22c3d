//! The bodies of the micro-operations, written once (see `docs/adding-a-uop.md`).
#![no_std]

pub mod helpers;
