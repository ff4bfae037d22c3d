//! Pairs of accesses to the first 16 locals become one instruction.

use super::redundant;
use crate::cfg::{graph::Cfg, op::Op};

pub fn run(cfg: &mut Cfg) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        let block = &mut cfg[id];
        let instrs = &mut block.instrs;
        for i in 1..instrs.len() {
            let (first, second) = (instrs[i - 1], instrs[i]);
            let combined = match (first.op, second.op) {
                (Op::LOAD_FAST, Op::LOAD_FAST) => Op::LOAD_FAST_LOAD_FAST,
                (Op::STORE_FAST, Op::LOAD_FAST) => Op::STORE_FAST_LOAD_FAST,
                (Op::STORE_FAST, Op::STORE_FAST) => Op::STORE_FAST_STORE_FAST,
                _ => continue,
            };
            let other_line = first.loc.line >= 0 && second.loc.line >= 0 && first.loc.line != second.loc.line;
            if other_line || first.arg >= 16 || second.arg >= 16 {
                continue;
            }
            instrs[i - 1].set(combined, first.arg << 4 | second.arg);
            instrs[i].nop();
            block.has_nops = true;
        }
        id = cfg[id].next;
    }
    redundant::nops(cfg);
}
