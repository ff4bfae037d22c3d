//! What a function does before its body: `COPY_FREE_VARS`, `MAKE_CELL`, `RETURN_GENERATOR`. Also
//! turns numbers of cells into places among the locals: a parameter that is a cell keeps its place.

use crate::{
    ast::Loc,
    cfg::{
        graph::{Cfg, Instr},
        op::Op,
    },
    code::flags,
    codegen::unit::Unit,
};

pub fn run(cfg: &mut Cfg, unit: &Unit, code_flags: u32) {
    let locals = unit.varnames.len();
    let cells = unit.cellvars.len();
    let free = unit.freevars.len();
    let resumable = code_flags & (flags::CO_GENERATOR | flags::CO_COROUTINE | flags::CO_ASYNC_GENERATOR) != 0;
    if cells + free == 0 && !resumable {
        return;
    }
    let mut fixed: Vec<usize> = (0..cells + free).map(|i| locals + i).collect();
    for (index, name) in unit.cellvars.keys().enumerate() {
        if let Some(local) = unit.varnames.position(name) {
            fixed[index] = local;
        }
    }
    let mut prefix = Vec::new();
    if free > 0 {
        prefix.push(Instr::new(Op::COPY_FREE_VARS, free as u32, Loc::NONE));
    }
    let mut order: Vec<usize> = (0..cells).collect();
    order.sort_by_key(|&cell| fixed[cell]);
    prefix.extend(order.into_iter().map(|cell| Instr::new(Op::MAKE_CELL, cell as u32, Loc::NONE)));
    if resumable {
        let loc = Loc::new(unit.firstlineno, unit.firstlineno, -1, -1);
        prefix.push(Instr::new(Op::RETURN_GENERATOR, 0, loc));
        prefix.push(Instr::new(Op::POP_TOP, 0, loc));
    }
    let entry = Cfg::ENTRY;
    cfg[entry].instrs.splice(0..0, prefix);

    // Cells that are parameters leave no gap.
    let mut dropped = 0;
    for (index, place) in fixed.iter_mut().enumerate() {
        if *place == index + locals {
            *place -= dropped;
        } else {
            dropped += 1;
        }
    }
    if fixed.is_empty() {
        return;
    }
    let mut id = entry;
    while id.exists() {
        for instr in &mut cfg[id].instrs {
            if matches!(
                instr.op,
                Op::MAKE_CELL
                    | Op::LOAD_CLOSURE
                    | Op::LOAD_DEREF
                    | Op::STORE_DEREF
                    | Op::DELETE_DEREF
                    | Op::LOAD_FROM_DICT_OR_DEREF
            ) {
                instr.arg = fixed[instr.arg as usize] as u32;
            }
        }
        id = cfg[id].next;
    }
}
