//! Drops constants that no instruction loads. The first one stays: it may be the docstring.

use crate::{
    cfg::{graph::Cfg, op::Op},
    consts::ConstId,
};

pub fn run(cfg: &mut Cfg, consts: &mut Vec<ConstId>) {
    if consts.is_empty() {
        return;
    }
    let mut used = vec![false; consts.len()];
    used[0] = true;
    let chain: Vec<_> = cfg.chain().collect();
    for &id in &chain {
        for instr in cfg[id].instrs.iter().filter(|i| i.op == Op::LOAD_CONST) {
            used[instr.arg as usize] = true;
        }
    }
    if used.iter().all(|&u| u) {
        return;
    }
    let mut new_index = vec![0; consts.len()];
    let mut kept = Vec::with_capacity(consts.len());
    for (index, &id) in consts.iter().enumerate() {
        if used[index] {
            new_index[index] = kept.len() as u32;
            kept.push(id);
        }
    }
    *consts = kept;
    for id in chain {
        for instr in cfg[id].instrs.iter_mut().filter(|i| i.op == Op::LOAD_CONST) {
            instr.arg = new_index[instr.arg as usize];
        }
    }
}
