//! The bodies of the micro-operations, written once (see `docs/adding-a-uop.md`).
//!
//! This crate is compiled twice by the same compiler. As an ordinary crate it gives the runtime the `__slow`
//! siblings that machine code calls. Compiled to LLVM bitcode by `stencil-lib`'s build script, it is
//! what interpreter handlers, stencils and the LLVM tiers are made of. Nothing here calls anything but
//! [`helpers`], has a static, or panics; the build checks the machine code that comes of it.
//!
//! A body's stack effect, exits and class are its row in `mir/src/uops.rs`. Bodies lie in families:
//!
//! | module | uops |
//! |---|---|
//! | [`stack`] | stack, constants, locals, cells |
//! | [`int`], [`float`] | arithmetic and comparison of unboxed numbers |
//! | [`operators`] | everything else about operators: truth, str, generic forms |
//! | [`subscr`] | subscription of built-in containers |
//! | [`branch`] | jumps, checks, the way into tier 2 |
//! | [`attr`], [`names`] | attributes; globals, namespaces, imports |
//! | [`build`] | containers, unpacking, formatting |
//! | [`iter`], [`generator`] | iteration; generators and coroutines |
//! | [`exception`] | raising, catching, `with` |
//! | [`call`], [`frames`] | calls; pushing and leaving frames |
//! | [`specialize`] | adaptive counters |
//! | [`matching`] | pattern matching |
#![no_std]
// A loop must not become a call of memset.
#![no_builtins]
#![allow(unsafe_code, reason = "bodies work on raw words and object memory")]
#![allow(clippy::macro_metavars_in_unsafe, reason = "a body is an unsafe function's, written in its macro")]
#![allow(
    clippy::missing_safety_doc,
    reason = "one contract for all: the state that the row of the uop describes"
)]

pub mod helpers;
pub mod prelude;

pub mod attr;
pub mod branch;
pub mod build;
pub mod call;
pub mod exception;
pub mod float;
pub mod frames;
pub mod generator;
pub mod int;
pub mod iter;
pub mod matching;
pub mod names;
pub mod operators;
pub mod specialize;
pub mod stack;
pub mod subscr;
