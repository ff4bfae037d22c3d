//! Constant folding: tuples, lists and sets of constants, and operators on constants.

use std::{hash::BuildHasher, rc::Rc};

use dashu_int::IBig;
use rustc_hash::{FxBuildHasher, FxHashMap};
use taipan_mir::opcodes::NbOp;

use super::load_const::small_int;
use crate::{
    ast::{Loc, Operator},
    cfg::{ConstList, graph::Instr, op::Op},
    code::Constant,
    codegen::STACK_USE_GUIDELINE,
    const_eval,
};

/// Shorter lists and sets are built item by item.
const MIN_SEQUENCE_SIZE: usize = 3;

pub fn const_value(op: Op, arg: u32, consts: &ConstList) -> Constant {
    match op {
        Op::LOAD_SMALL_INT => Constant::Int(IBig::from(arg)),
        _ => consts.pool.get(consts.id(arg)).clone(),
    }
}

/// The `size` constant loads before `end`, in order, with nothing but NOPs between them.
fn const_loads(instrs: &[Instr], end: usize, size: usize) -> Option<Vec<usize>> {
    // Seldom are operands constants, so that is found out before any memory is asked for.
    let last = instrs[..end].iter().rfind(|instr| instr.op != Op::NOP);
    if size > 0 && !last.is_some_and(|instr| instr.op.loads_const()) {
        return None;
    }
    let mut found = Vec::with_capacity(size);
    for index in (0..end).rev() {
        if found.len() == size {
            break;
        }
        match instrs[index].op {
            Op::NOP => {}
            op if op.loads_const() => found.push(index),
            _ => return None,
        }
    }
    found.reverse();
    (found.len() == size).then_some(found)
}

fn values(instrs: &[Instr], indices: &[usize], consts: &ConstList) -> Vec<Constant> {
    indices.iter().map(|&i| const_value(instrs[i].op, instrs[i].arg, consts)).collect()
}

fn nop_out(instrs: &mut [Instr], indices: &[usize]) {
    for &index in indices {
        instrs[index].nop();
        instrs[index].loc = Loc::NONE;
    }
}

fn make_load(instr: &mut Instr, value: Constant, consts: &mut ConstList) {
    if let Some(small) = small_int(&value) {
        instr.set(Op::LOAD_SMALL_INT, small);
        return;
    }
    let id = consts.pool.add(value);
    instr.set(Op::LOAD_CONST, consts.index(id));
}

/// `BUILD_TUPLE` of constants.
pub fn tuple(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let size = instrs[at].arg as usize;
    if size > STACK_USE_GUIDELINE {
        return;
    }
    let Some(loads) = const_loads(instrs, at, size) else { return };
    let items = values(instrs, &loads, consts);
    nop_out(instrs, &loads);
    make_load(&mut instrs[at], Constant::Tuple(items.into()), consts);
}

/// A big tuple of constants was built as a list.
pub fn list_to_tuple(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let Some(items) = take_appended(instrs, at, Op::BUILD_LIST, Op::LIST_APPEND, consts) else { return };
    make_load(&mut instrs[at], Constant::Tuple(items.into()), consts);
}

/// A big list or set of constants whose last item is added at `at` and that is only read.
pub fn appended_list_or_set(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let append = instrs[at].op;
    let is_list = append == Op::LIST_APPEND;
    let build = if is_list { Op::BUILD_LIST } else { Op::BUILD_SET };
    let next = instrs.get(at + 1).map_or(Op::NOP, |i| i.op);
    if instrs[at].arg != 1 || !matches!(next, Op::GET_ITER | Op::CONTAINS_OP) {
        return;
    }
    let Some(items) = take_appended(instrs, at + 1, build, append, consts) else { return };
    let value = if is_list { Constant::Tuple(items.into()) } else { Constant::FrozenSet(unique(items)) };
    make_load(&mut instrs[at], value, consts);
}

/// Removes a container that is built empty and gets constants one by one, up to the index `end`.
fn take_appended(
    instrs: &mut [Instr],
    end: usize,
    build: Op,
    append: Op,
    consts: &ConstList,
) -> Option<Vec<Constant>> {
    let mut expect_append = true;
    let mut loads = Vec::new();
    for index in (0..end).rev() {
        let Instr { op, arg, .. } = instrs[index];
        if op == Op::NOP {
            continue;
        }
        if op == build && arg == 0 {
            if !expect_append {
                return None;
            }
            loads.reverse();
            let items = values(instrs, &loads, consts);
            let used: Vec<usize> = (index..end).filter(|&i| instrs[i].op != Op::NOP).collect();
            nop_out(instrs, &used);
            return Some(items);
        }
        if expect_append {
            if op != append || arg != 1 {
                return None;
            }
        } else if op.loads_const() {
            loads.push(index);
        } else {
            return None;
        }
        expect_append = !expect_append;
    }
    None
}

/// Lists and sets of constants: what is only iterated or searched becomes a constant, longer ones
/// are extended by a constant.
pub fn list_or_set(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let is_list = instrs[at].op == Op::BUILD_LIST;
    let next = instrs.get(at + 1).map_or(Op::NOP, |i| i.op);
    let only_read = matches!(next, Op::GET_ITER | Op::CONTAINS_OP);
    let size = instrs[at].arg as usize;
    if size > STACK_USE_GUIDELINE || size < MIN_SEQUENCE_SIZE && !only_read {
        return;
    }
    let Some(loads) = const_loads(instrs, at, size) else {
        if only_read && is_list {
            instrs[at].op = Op::BUILD_TUPLE;
        }
        return;
    };
    let items = values(instrs, &loads, consts);
    let value = if is_list { Constant::Tuple(items.into()) } else { Constant::FrozenSet(unique(items)) };
    let id = consts.pool.add(value);
    let index = consts.index(id);
    nop_out(instrs, &loads);
    if only_read {
        instrs[at].set(Op::LOAD_CONST, index);
        return;
    }
    instrs[at - 2].loc = instrs[at].loc;
    instrs[at - 2].set(instrs[at].op, 0);
    instrs[at - 1].set(Op::LOAD_CONST, index);
    instrs[at].set(if is_list { Op::LIST_EXTEND } else { Op::SET_UPDATE }, 1);
}

/// The items without those that Python finds equal to an earlier one.
fn unique(items: Vec<Constant>) -> Rc<[Constant]> {
    let mut kept: Vec<Constant> = Vec::with_capacity(items.len());
    // The places in `kept` of the items with a hash.
    let mut places: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for item in items {
        let same_hash = places.entry(python_hash(&item)).or_default();
        if !same_hash.iter().any(|&place| python_equal(&kept[place], &item)) {
            same_hash.push(kept.len());
            kept.push(item);
        }
    }
    kept.into()
}

/// Equal for constants that are equal in Python.
fn python_hash(constant: &Constant) -> u64 {
    let number = match constant {
        Constant::Int(value) => value.to_f64().value(),
        Constant::True => 1.0,
        Constant::False => 0.0,
        Constant::Float(value) => *value,
        Constant::Complex { real, .. } => *real,
        Constant::Str(text) => return FxBuildHasher.hash_one(text),
        Constant::Bytes(bytes) => return FxBuildHasher.hash_one(bytes),
        Constant::Tuple(items) => return items.len() as u64,
        _ => return 0,
    };
    // Both zeros are one.
    (number + 0.0).to_bits()
}

/// `==` between constants.
pub fn python_equal(a: &Constant, b: &Constant) -> bool {
    let number = |c: &Constant| -> Option<(Option<IBig>, f64, f64)> {
        Some(match c {
            Constant::Int(i) => (Some(i.clone()), i.to_f64().value(), 0.0),
            Constant::True => (Some(IBig::ONE), 1.0, 0.0),
            Constant::False => (Some(IBig::ZERO), 0.0, 0.0),
            Constant::Float(f) => (None, *f, 0.0),
            Constant::Complex { real, imag } => (None, *real, *imag),
            _ => return None,
        })
    };
    match (number(a), number(b)) {
        (Some((Some(x), ..)), Some((Some(y), ..))) => x == y,
        (Some((_, r, i)), Some((_, s, j))) => r == s && i == j,
        (None, None) => match (a, b) {
            (Constant::Tuple(x), Constant::Tuple(y)) => {
                x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| python_equal(p, q))
            }
            _ => crate::consts::same(a, b),
        },
        _ => false,
    }
}

pub fn unary(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let Some(loads) = const_loads(instrs, at, 1) else { return };
    let operand = const_value(instrs[loads[0]].op, instrs[loads[0]].arg, consts);
    let result = match instrs[at].op {
        Op::UNARY_NEGATIVE => const_eval::negative(&operand),
        // Computing it warns, which has to happen when the program runs.
        Op::UNARY_INVERT if matches!(operand, Constant::True | Constant::False) => None,
        Op::UNARY_INVERT => const_eval::invert(&operand),
        Op::UNARY_NOT => Some(const_eval::bool(!const_eval::truth(&operand))),
        _ => const_eval::positive(&operand),
    };
    let Some(result) = result else { return };
    nop_out(instrs, &loads);
    make_load(&mut instrs[at], result, consts);
}

pub fn binary(instrs: &mut [Instr], at: usize, consts: &mut ConstList) {
    let Some(loads) = const_loads(instrs, at, 2) else { return };
    let operands = values(instrs, &loads, consts);
    let Some(result) = eval_binary(instrs[at].arg, &operands[0], &operands[1]) else { return };
    nop_out(instrs, &loads);
    make_load(&mut instrs[at], result, consts);
}

fn eval_binary(arg: u32, left: &Constant, right: &Constant) -> Option<Constant> {
    let operator = match NbOp::from_u8(arg as u8)? {
        NbOp::NB_ADD => Operator::Add,
        NbOp::NB_SUBTRACT => Operator::Sub,
        NbOp::NB_MULTIPLY => Operator::Mult,
        NbOp::NB_TRUE_DIVIDE => Operator::Div,
        NbOp::NB_FLOOR_DIVIDE => Operator::FloorDiv,
        NbOp::NB_REMAINDER => Operator::Mod,
        NbOp::NB_POWER => Operator::Pow,
        NbOp::NB_LSHIFT => Operator::LShift,
        NbOp::NB_RSHIFT => Operator::RShift,
        NbOp::NB_OR => Operator::BitOr,
        NbOp::NB_XOR => Operator::BitXor,
        NbOp::NB_AND => Operator::BitAnd,
        NbOp::NB_SUBSCR => return const_eval::subscript(left, right),
        _ => return None,
    };
    const_eval::binary(operator, left, right)
}
