//! Line numbers for artificial instructions (PEP 626).
//!
//! When a frame ends or may be interrupted, its line must be right. Blocks without line numbers
//! that do so are copied until each has one predecessor, whose line they take; then instructions
//! without a line take the one before theirs.

use crate::{
    ast::Loc,
    cfg::graph::{BlockId, Cfg},
};

pub fn resolve(cfg: &mut Cfg) {
    duplicate_exits(cfg);
    propagate(cfg);
}

fn needs_line(cfg: &Cfg, id: BlockId) -> bool {
    let block = &cfg[id];
    block.has_no_line() && (block.exits_scope() || block.instrs.iter().any(|i| i.op.has_eval_break()))
}

fn duplicate_exits(cfg: &mut Cfg) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        if let Some(&last) = cfg[id].last()
            && last.op.is_jump()
        {
            let target = cfg.nonempty(last.target);
            if target.exists() && cfg[target].predecessors > 1 && needs_line(cfg, target) {
                let copy = cfg.append_after(target);
                let instrs = cfg[target].instrs.clone();
                let block = &mut cfg[copy];
                block.instrs = instrs;
                block.instrs[0].loc = last.loc;
                block.predecessors = 1;
                block.labelled = true;
                cfg[target].predecessors -= 1;
                if let Some(jump) = cfg[id].instrs.last_mut() {
                    jump.target = copy;
                }
            }
        }
        id = cfg[id].next;
    }
    // What remains is reached by falling through, from one block only.
    let mut id = Cfg::ENTRY;
    while id.exists() {
        let next = cfg[id].next;
        if next.exists()
            && cfg[id].has_fallthrough()
            && let Some(&last) = cfg[id].last()
            && needs_line(cfg, next)
        {
            cfg[next].instrs[0].loc = last.loc;
        }
        id = next;
    }
}

fn propagate(cfg: &mut Cfg) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        let block = &mut cfg[id];
        let next = block.next;
        let Some(&last) = block.last() else {
            id = next;
            continue;
        };
        let mut previous = Loc::NONE;
        for instr in &mut block.instrs {
            if instr.loc.line == Loc::NONE.line {
                instr.loc = previous;
            } else {
                previous = instr.loc;
            }
        }
        if next.exists() && block.has_fallthrough() {
            inherit(cfg, next, previous);
        }
        if last.op.is_jump() {
            inherit(cfg, last.target, previous);
        }
        id = next;
    }
}

fn inherit(cfg: &mut Cfg, id: BlockId, loc: Loc) {
    let block = &mut cfg[id];
    if block.predecessors == 1
        && let Some(first) = block.instrs.first_mut()
        && first.loc.line == Loc::NONE.line
    {
        first.loc = loc;
    }
}
