//! Constants that are tested: `while True`, `x is None`, `not 1`. Also small integers, which have
//! an instruction of their own.

use crate::{
    cfg::{
        ConstList,
        graph::{BlockId, Cfg},
        op::Op,
        passes::fold::const_value,
    },
    code::Constant,
    const_eval,
    consts::{ConstId, ConstPool},
};

pub fn run(cfg: &mut Cfg, consts: &mut ConstList) {
    let mut id = Cfg::ENTRY;
    while id.exists() {
        run_block(cfg, id, consts);
        id = cfg[id].next;
    }
}

/// The value if it is an integer that `LOAD_SMALL_INT` can load.
pub fn small_int(constant: &Constant) -> Option<u32> {
    match constant {
        Constant::Int(value) => u32::try_from(value).ok().filter(|&v| v < 256),
        _ => None,
    }
}

fn run_block(cfg: &mut Cfg, id: BlockId, consts: &mut ConstList) {
    let instrs = &mut cfg[id].instrs;
    let (mut op, mut arg) = (Op::NOP, 0);
    for i in 0..instrs.len() {
        if instrs[i].op == Op::LOAD_CONST
            && let Some(value) = small_int(consts.pool.get(consts.id(instrs[i].arg)))
        {
            instrs[i].set(Op::LOAD_SMALL_INT, value);
        }
        // A copy of a constant is as good as the constant.
        let is_copy = op == Op::LOAD_CONST && instrs[i].op == Op::COPY && instrs[i].arg == 1;
        if !is_copy {
            (op, arg) = (instrs[i].op, instrs[i].arg);
        }
        if !op.loads_const() || i + 1 >= instrs.len() {
            continue;
        }
        let next = instrs[i + 1].op;
        match next {
            Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::JUMP_IF_FALSE | Op::JUMP_IF_TRUE => {
                let truth = const_eval::truth(&const_value(op, arg, consts));
                if next.is_conditional_jump() {
                    instrs[i].nop();
                }
                if truth == matches!(next, Op::POP_JUMP_IF_TRUE | Op::JUMP_IF_TRUE) {
                    instrs[i + 1].op = Op::JUMP;
                } else {
                    instrs[i + 1].nop();
                }
            }
            Op::IS_OP => {
                if op != Op::LOAD_CONST || consts.id(arg) != ConstId::NONE || instrs.len() <= i + 2 {
                    continue;
                }
                let mut jump = i + 2;
                if instrs[jump].op == Op::TO_BOOL {
                    instrs[jump].nop();
                    if instrs.len() <= i + 3 {
                        continue;
                    }
                    jump = i + 3;
                }
                let mut invert = instrs[i + 1].arg != 0;
                match instrs[jump].op {
                    Op::POP_JUMP_IF_FALSE => invert = !invert,
                    Op::POP_JUMP_IF_TRUE => {}
                    _ => continue,
                }
                instrs[i].nop();
                instrs[i + 1].nop();
                instrs[jump].op = if invert { Op::POP_JUMP_IF_NOT_NONE } else { Op::POP_JUMP_IF_NONE };
            }
            Op::TO_BOOL => {
                let truth = const_eval::truth(&const_value(op, arg, consts));
                let index = consts.index(ConstPool::bool(truth));
                instrs[i].nop();
                instrs[i + 1].set(Op::LOAD_CONST, index);
            }
            _ => {}
        }
    }
}
