//! Local rewrites: folding, jumps to jumps, conversions that are not needed, stack shuffles.

use super::{fold, swaps};
use crate::cfg::{
    ConstList, LIST_TO_TUPLE, UNARY_POSITIVE,
    graph::{BlockId, Cfg, Instr},
    op::Op,
};

pub fn run(cfg: &mut Cfg, consts: &mut ConstList) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        let block = &mut cfg[id];
        let mut has_swap = false;
        for i in 0..block.instrs.len() {
            let instr = block.instrs[i];
            rewrite(&mut block.instrs, i, instr, consts);
            has_swap |= instr.op == Op::SWAP;
        }
        // Only the last one can be a jump, but threading it appends another.
        let mut i = cfg[id].instrs.len().saturating_sub(1);
        while let Some(&instr) = cfg[id].instrs.get(i) {
            if !instr.op.is_jump() || !thread_jump(cfg, id, i, instr) {
                i += 1;
            }
        }
        if has_swap {
            swaps::run_block(&mut cfg[id].instrs);
        }
        id = cfg[id].next;
    }
}

/// Whether the instruction at the index must be looked at again.
fn thread_jump(cfg: &mut Cfg, id: BlockId, at: usize, instr: Instr) -> bool {
    let Some(&target) = cfg[instr.target].instrs.first() else { return false };
    let threaded = match (instr.op, target.op) {
        (Op::JUMP_IF_FALSE, Op::JUMP_IF_TRUE) | (Op::JUMP_IF_TRUE, Op::JUMP_IF_FALSE) => {
            cfg[id].instrs[at].target = cfg[instr.target].next;
            return true;
        }
        (op, Op::JUMP) if op.is_conditional_jump() => op,
        (Op::JUMP_IF_FALSE, Op::JUMP | Op::JUMP_IF_FALSE) => Op::JUMP_IF_FALSE,
        (Op::JUMP_IF_TRUE, Op::JUMP | Op::JUMP_IF_TRUE) => Op::JUMP_IF_TRUE,
        (Op::JUMP | Op::JUMP_NO_INTERRUPT, Op::JUMP) => Op::JUMP,
        (op @ (Op::JUMP | Op::JUMP_NO_INTERRUPT), Op::JUMP_NO_INTERRUPT) => op,
        _ => return false,
    };
    if instr.target == target.target {
        // A loop of jumps; nothing would change.
        return false;
    }
    let block = &mut cfg[id];
    block.instrs[at].nop();
    block.add(Instr::jump(threaded, target.target, target.loc));
    true
}

fn rewrite(instrs: &mut [Instr], i: usize, instr: Instr, consts: &mut ConstList) {
    let next = instrs.get(i + 1).map_or(Op::NOP, |n| n.op);
    match instr.op {
        Op::BUILD_TUPLE => {
            if next == Op::UNPACK_SEQUENCE && instrs[i + 1].arg == instr.arg {
                match instr.arg {
                    1 => {
                        instrs[i].nop();
                        instrs[i + 1].nop();
                        return;
                    }
                    2 | 3 => {
                        instrs[i].nop();
                        instrs[i + 1].op = Op::SWAP;
                        return;
                    }
                    _ => {}
                }
            }
            fold::tuple(instrs, i, consts);
        }
        Op::BUILD_LIST | Op::BUILD_SET => fold::list_or_set(instrs, i, consts),
        Op::LIST_APPEND | Op::SET_ADD => fold::appended_list_or_set(instrs, i, consts),
        // Of two stores to the same local on one line the first is lost.
        Op::STORE_FAST
            if next == Op::STORE_FAST
                && instrs[i + 1].arg == instr.arg
                && instrs[i + 1].loc.line == instr.loc.line =>
        {
            instrs[i].set(Op::POP_TOP, 0);
        }
        Op::SWAP if instr.arg == 1 => instrs[i].nop(),
        Op::LOAD_GLOBAL if next == Op::PUSH_NULL && instr.arg & 1 == 0 => {
            instrs[i].arg |= 1;
            instrs[i + 1].nop();
        }
        Op::COMPARE_OP if next == Op::TO_BOOL => {
            instrs[i].nop();
            instrs[i + 1].set(Op::COMPARE_OP, instr.arg | taipan_mir::opcodes::compare::TO_BOOL);
        }
        Op::CONTAINS_OP | Op::IS_OP if next == Op::TO_BOOL => {
            instrs[i].nop();
            instrs[i + 1].set(instr.op, instr.arg);
        }
        Op::CONTAINS_OP | Op::IS_OP if next == Op::UNARY_NOT => {
            instrs[i].nop();
            instrs[i + 1].set(instr.op, instr.arg ^ 1);
        }
        Op::TO_BOOL if next == Op::TO_BOOL => instrs[i].nop(),
        Op::UNARY_NOT if next == Op::TO_BOOL => {
            instrs[i].nop();
            instrs[i + 1].set(Op::UNARY_NOT, 0);
        }
        Op::UNARY_NOT if next == Op::UNARY_NOT => {
            instrs[i].nop();
            instrs[i + 1].nop();
        }
        Op::UNARY_NOT | Op::UNARY_INVERT | Op::UNARY_NEGATIVE => fold::unary(instrs, i, consts),
        Op::CALL_INTRINSIC_1 if instr.arg == LIST_TO_TUPLE => {
            fold::list_to_tuple(instrs, i, consts);
            if next == Op::GET_ITER && instrs[i].op == Op::CALL_INTRINSIC_1 {
                instrs[i].nop();
            }
        }
        Op::CALL_INTRINSIC_1 if instr.arg == UNARY_POSITIVE => fold::unary(instrs, i, consts),
        Op::BINARY_OP => fold::binary(instrs, i, consts),
        _ => {}
    }
}
