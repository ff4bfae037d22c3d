//! `LOAD_FAST_CHECK` where a local may be unbound.
//!
//! A forward analysis over sets of the first 64 locals; later ones are only followed within a
//! block, so that functions with very many locals compile in linear time.

use crate::cfg::{
    graph::{BlockId, Cfg},
    op::Op,
};

const TRACKED: usize = 64;

pub fn run(cfg: &mut Cfg, locals: usize, params: usize) {
    // Parameters are bound, and stay so without an instruction to the contrary.
    if locals == params && locals <= TRACKED && !cfg.unbinds {
        return;
    }
    if locals > TRACKED {
        many_locals(cfg, locals);
    }
    cfg.clear_visited();
    let tracked = locals.min(TRACKED);
    let mut start = 0;
    for local in params..tracked {
        start |= 1 << local;
    }
    let mut todo = cfg.take_todo();
    push(cfg, &mut todo, Cfg::ENTRY, start);
    let mut id = Cfg::ENTRY;
    while id.exists() {
        scan(cfg, id, &mut todo);
        id = cfg[id].next;
    }
    while let Some(id) = todo.pop() {
        cfg[id].visited = false;
        scan(cfg, id, &mut todo);
    }
    cfg.put_todo(todo);
}

fn push(cfg: &mut Cfg, todo: &mut Vec<BlockId>, id: BlockId, mask: u64) {
    let block = &mut cfg[id];
    let both = block.unsafe_locals | mask;
    if both != block.unsafe_locals {
        block.unsafe_locals = both;
        if !block.visited {
            block.visited = true;
            todo.push(id);
        }
    }
}

fn scan(cfg: &mut Cfg, id: BlockId, todo: &mut Vec<BlockId>) {
    let mut mask = cfg[id].unsafe_locals;
    let mut instrs = std::mem::take(&mut cfg[id].instrs);
    for instr in &mut instrs {
        if instr.except.exists() {
            push(cfg, todo, instr.except, mask);
        }
        // Later locals, and what is no local, have no bit.
        let bit = 1u64.checked_shl(instr.arg).unwrap_or(0);
        match instr.op {
            Op::DELETE_FAST | Op::LOAD_FAST_AND_CLEAR | Op::STORE_FAST_MAYBE_NULL => mask |= bit,
            // A checked load that did not raise proves the local bound.
            Op::STORE_FAST | Op::LOAD_FAST_CHECK => mask &= !bit,
            Op::LOAD_FAST => {
                if mask & bit != 0 {
                    instr.op = Op::LOAD_FAST_CHECK;
                }
                mask &= !bit;
            }
            _ => {}
        }
    }
    cfg[id].instrs = instrs;
    let next = cfg[id].next;
    if next.exists() && cfg[id].has_fallthrough() {
        push(cfg, todo, next, mask);
    }
    if let Some(&last) = cfg[id].last()
        && last.op.is_jump()
    {
        push(cfg, todo, last.target, mask);
    }
}

fn many_locals(cfg: &mut Cfg, locals: usize) {
    // The number of the block in which each local is known to be bound.
    let mut bound_in = vec![0usize; locals - TRACKED];
    let mut number = 0;
    let mut id = Cfg::ENTRY;
    while id.exists() {
        number += 1;
        for instr in &mut cfg[id].instrs {
            let Some(local) = (instr.arg as usize).checked_sub(TRACKED) else { continue };
            match instr.op {
                Op::DELETE_FAST | Op::LOAD_FAST_AND_CLEAR | Op::STORE_FAST_MAYBE_NULL => {
                    bound_in[local] = number - 1;
                }
                Op::STORE_FAST => bound_in[local] = number,
                Op::LOAD_FAST => {
                    if bound_in[local] != number {
                        instr.op = Op::LOAD_FAST_CHECK;
                    }
                    bound_in[local] = number;
                }
                _ => {}
            }
        }
        id = cfg[id].next;
    }
}
