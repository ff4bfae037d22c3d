//! Operators, subscripts, iteration, jumps.

use taipan_layout::{Frame, Kind, Value};
use taipan_mir::opcodes::Opcode;

use super::Site;
use crate::interp::helpers::rt_cached_getitem;
use crate::objects::typeobject::lookup::shape_version;
use crate::objects::{is_kind, type_of};
use crate::protocol::number::NbOp;
use crate::vm::Vm;

/// `NB_SUBSCR`.
const SUBSCRIPT: u32 = 26;

fn is_float(v: Value) -> bool {
    v.is_flonum() || is_kind(v, Kind::Float)
}

pub(super) fn binary_op(vm: &Vm, frame: *mut Frame, site: Site, oparg: u32, left: Value, right: Value) {
    if oparg == SUBSCRIPT {
        return subscript(vm, site, left, right);
    }
    let Some((op, inplace)) = NbOp::from_oparg(oparg) else { return site.fail() };
    let ints = left.is_fixnum() && right.is_fixnum();
    let floats = is_float(left) && is_float(right);
    let strs = is_kind(left, Kind::Str) && is_kind(right, Kind::Str);
    match op {
        NbOp::Add if ints => return site.specialize(Opcode::BINARY_OP_ADD_INT),
        NbOp::Subtract if ints => return site.specialize(Opcode::BINARY_OP_SUBTRACT_INT),
        NbOp::Multiply if ints => return site.specialize(Opcode::BINARY_OP_MULTIPLY_INT),
        NbOp::Add if floats => return site.specialize(Opcode::BINARY_OP_ADD_FLOAT),
        NbOp::Subtract if floats => return site.specialize(Opcode::BINARY_OP_SUBTRACT_FLOAT),
        NbOp::Multiply if floats => return site.specialize(Opcode::BINARY_OP_MULTIPLY_FLOAT),
        NbOp::Add if strs => {
            return site.specialize(if appends_to_local(frame, site, left) {
                Opcode::BINARY_OP_INPLACE_ADD_UNICODE
            } else {
                Opcode::BINARY_OP_ADD_UNICODE
            });
        }
        _ => {}
    }
    let _ = inplace;
    extend(site, op, left, right)
}

/// Whether the next instruction stores the result in the local that holds `left` (`s += t` on a local).
fn appends_to_local(frame: *mut Frame, site: Site, left: Value) -> bool {
    /// Units of `BINARY_OP` with its cache.
    const BINARY_OP_UNITS: usize = 6;
    // SAFETY: a binary operation is never the last instruction; the argument names a local.
    unsafe {
        let next = *site.ip.add(BINARY_OP_UNITS);
        if next as u8 != Opcode::STORE_FAST as u8 {
            return false;
        }
        *Frame::localsplus(frame).add((next >> 8) as usize) == left
    }
}

/// Mixed numbers and bit operations.
fn extend(site: Site, op: NbOp, left: Value, right: Value) {
    let kind = |v: Value| if v.is_fixnum() { 1 } else { 2 * v.is_flonum() as u16 };
    let (l, r) = (kind(left), kind(right));
    let supported = match (l, r) {
        (1, 1) if matches!(op, NbOp::FloorDivide | NbOp::Remainder) => right.as_fixnum() > 0,
        (1, 1) => matches!(op, NbOp::And | NbOp::Or | NbOp::Xor | NbOp::Lshift | NbOp::Rshift),
        (1, 2) | (2, 1) => matches!(op, NbOp::Add | NbOp::Subtract | NbOp::Multiply | NbOp::TrueDivide),
        (2, 2) => op == NbOp::TrueDivide,
        _ => false,
    };
    if !supported {
        return site.fail();
    }
    site.set_u16(2, l | r << 4);
    site.specialize(Opcode::BINARY_OP_EXTEND);
}

fn subscript(vm: &Vm, site: Site, container: Value, key: Value) {
    let index = key.is_fixnum() && key.as_fixnum() >= 0;
    if is_kind(container, Kind::List) && index {
        site.specialize(Opcode::BINARY_OP_SUBSCR_LIST_INT)
    } else if is_kind(container, Kind::Tuple) && index {
        site.specialize(Opcode::BINARY_OP_SUBSCR_TUPLE_INT)
    } else if is_kind(container, Kind::Str) && index {
        site.specialize(Opcode::BINARY_OP_SUBSCR_STR_INT)
    } else if is_kind(container, Kind::Dict) {
        site.specialize(Opcode::BINARY_OP_SUBSCR_DICT)
    } else if is_kind(container, Kind::List) && is_kind(key, Kind::Slice) {
        site.specialize(Opcode::BINARY_OP_SUBSCR_LIST_SLICE)
    // SAFETY: a plain query of the running thread's state.
    } else if !unsafe { rt_cached_getitem(vm.ts(), container) }.is_null() {
        site.specialize(Opcode::BINARY_OP_SUBSCR_GETITEM)
    } else {
        site.fail()
    }
}

pub(super) fn compare_op(site: Site, oparg: u32, left: Value, right: Value) {
    /// `COMPARE_OP`'s argument: operator in the upper bits; `==` is 2 and `!=` 3.
    const OPERATOR_SHIFT: u32 = 5;
    if left.is_fixnum() && right.is_fixnum() {
        site.specialize(Opcode::COMPARE_OP_INT)
    } else if is_float(left) && is_float(right) {
        site.specialize(Opcode::COMPARE_OP_FLOAT)
    } else if is_kind(left, Kind::Str)
        && is_kind(right, Kind::Str)
        && matches!(oparg >> OPERATOR_SHIFT, 2 | 3)
    {
        site.specialize(Opcode::COMPARE_OP_STR)
    } else {
        site.fail()
    }
}

pub(super) fn contains_op(site: Site, container: Value) {
    if is_kind(container, Kind::Dict) {
        site.specialize(Opcode::CONTAINS_OP_DICT)
    } else if is_kind(container, Kind::Set) || is_kind(container, Kind::FrozenSet) {
        site.specialize(Opcode::CONTAINS_OP_SET)
    } else {
        site.fail()
    }
}

pub(super) fn to_bool(vm: &Vm, site: Site, v: Value) {
    if v.is_bool() {
        return site.specialize(Opcode::TO_BOOL_BOOL);
    }
    if v.is_fixnum() {
        return site.specialize(Opcode::TO_BOOL_INT);
    }
    if v.is_none() {
        return site.specialize(Opcode::TO_BOOL_NONE);
    }
    if is_kind(v, Kind::List) {
        return site.specialize(Opcode::TO_BOOL_LIST);
    }
    if is_kind(v, Kind::Str) {
        return site.specialize(Opcode::TO_BOOL_STR);
    }
    let slots = type_of(vm, v).slots();
    if v.is_heap() && slots.bool.is_none() && slots.len.is_none() {
        // SAFETY: a heap object has a live shape.
        let version = unsafe { shape_version(vm, (*v.header()).shape) };
        if version != 0 {
            site.set_u32(2, version);
            return site.specialize(Opcode::TO_BOOL_ALWAYS_TRUE);
        }
    }
    site.fail()
}

pub(super) fn store_subscr(site: Site, container: Value, key: Value) {
    if is_kind(container, Kind::List) && key.is_fixnum() && key.as_fixnum() >= 0 {
        site.specialize(Opcode::STORE_SUBSCR_LIST_INT)
    } else if is_kind(container, Kind::Dict) {
        site.specialize(Opcode::STORE_SUBSCR_DICT)
    } else {
        site.fail()
    }
}

pub(super) fn unpack_sequence(site: Site, oparg: u32, sequence: Value) {
    let len = |v: Value| {
        if is_kind(v, Kind::Tuple) {
            Some(crate::objects::tuple::items(&v).len())
        } else if is_kind(v, Kind::List) {
            Some(crate::objects::list::items(&v).len())
        } else {
            None
        }
    };
    if len(sequence) != Some(oparg as usize) {
        return site.fail();
    }
    site.specialize(match (is_kind(sequence, Kind::Tuple), oparg) {
        (true, 2) => Opcode::UNPACK_SEQUENCE_TWO_TUPLE,
        (true, _) => Opcode::UNPACK_SEQUENCE_TUPLE,
        (false, _) => Opcode::UNPACK_SEQUENCE_LIST,
    })
}

pub(super) fn for_iter(site: Site, iterator: Value) {
    if is_kind(iterator, Kind::ListIter) {
        site.specialize(Opcode::FOR_ITER_LIST)
    } else if is_kind(iterator, Kind::TupleIter) {
        site.specialize(Opcode::FOR_ITER_TUPLE)
    } else if is_kind(iterator, Kind::RangeIter) {
        site.specialize(Opcode::FOR_ITER_RANGE)
    } else if is_kind(iterator, Kind::Generator) {
        site.specialize(Opcode::FOR_ITER_GEN)
    } else {
        site.fail()
    }
}

pub(super) fn send(site: Site, receiver: Value) {
    if is_kind(receiver, Kind::Generator) || is_kind(receiver, Kind::Coroutine) {
        site.specialize(Opcode::SEND_GEN)
    } else {
        site.fail()
    }
}

pub(super) fn jump_backward(vm: &Vm, site: Site) {
    if vm.config.jit_enabled() {
        site.specialize(Opcode::JUMP_BACKWARD_JIT);
        site.set_u16(1, vm.config.jit_counter());
    } else {
        site.specialize(Opcode::JUMP_BACKWARD_NO_JIT)
    }
}
