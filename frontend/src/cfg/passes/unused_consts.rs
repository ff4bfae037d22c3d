//! Drops constants that no instruction loads. The first one stays: it may be the docstring.

use crate::{
    cfg::{graph::Cfg, op::Op},
    consts::ConstId,
    small_map::SmallSet,
};

pub fn run(cfg: &mut Cfg, consts: &mut SmallSet<ConstId>) {
    if consts.is_empty() {
        return;
    }
    if consts.len() <= 64 && uses_all(cfg, consts.len()) {
        return;
    }
    let mut used = vec![false; consts.len()];
    used[0] = true;
    for id in cfg.chain() {
        for instr in cfg[id].instrs.iter().filter(|i| i.op == Op::LOAD_CONST) {
            used[instr.arg as usize] = true;
        }
    }
    if used.iter().all(|&u| u) {
        return;
    }
    let mut new_index = vec![0; consts.len()];
    let mut kept = SmallSet::default();
    for (index, id) in consts.keys().enumerate() {
        if used[index] {
            new_index[index] = kept.place(id) as u32;
        }
    }
    *consts = kept;
    let mut id = Cfg::ENTRY;
    while id.exists() {
        for instr in cfg[id].instrs.iter_mut().filter(|i| i.op == Op::LOAD_CONST) {
            instr.arg = new_index[instr.arg as usize];
        }
        id = cfg[id].next;
    }
}

/// Whether every constant but the first is loaded; there are at most 64.
fn uses_all(cfg: &Cfg, count: usize) -> bool {
    let all = u64::MAX >> (64 - count);
    let mut used = 1;
    cfg.chain().any(|id| {
        for instr in cfg[id].instrs.iter().filter(|i| i.op == Op::LOAD_CONST) {
            used |= 1u64 << instr.arg;
        }
        used == all
    })
}
