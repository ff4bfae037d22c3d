//! The passes over the control flow graph, one file each.

pub mod borrow;
pub mod cold;
pub mod exceptions;
pub mod fold;
pub mod inline_exits;
pub mod lines;
pub mod load_const;
pub mod normalize_jumps;
pub mod peephole;
pub mod prefix;
pub mod pseudo;
pub mod redundant;
pub mod stack_depth;
pub mod superinstructions;
pub mod swaps;
pub mod unbound_locals;
pub mod unreachable;
pub mod unused_consts;
