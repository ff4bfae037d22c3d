//! Whether an instruction's specialised form fits the operands that it is about to be executed with.
//!
//! A form that does not fit goes the generic way when it is executed. A recording of it would promise what its guards refuse, so the
//! recorder has such an instruction specialised anew first.

use taipan_layout::objects::{Function, Method};
use taipan_layout::{Frame, Kind, Value};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{Uop, expansion};

/// False when one of the first guards is sure to refuse.
///
/// # Safety
/// `frame` is current, its stack in memory, and about to execute the instruction.
pub unsafe fn fits(frame: *mut Frame, opcode: Opcode, oparg: u32, cache: &[u16; 10]) -> bool {
    let Some(expansion) = expansion(opcode) else { return true };
    // SAFETY: the operands that a guard looks at are on the stack.
    let below = |n: usize| unsafe { (*(*frame).sp.sub(n + 1)).peek() };
    // SAFETY: the header of a live object.
    let is = |v: Value, kind: Kind| v.is_heap() && unsafe { (*v.header()).is(kind) };
    for (uop, _, at) in expansion.uops() {
        let version = || cache[at] as u64 | (cache[at + 1] as u64) << 16;
        let holds = match uop {
            Uop::_GUARD_TYPE_VERSION => {
                let owner = below(0);
                // SAFETY: the header of a live object.
                owner.is_heap() && unsafe { (*(*owner.header()).shape).version as u64 == version() }
            }
            Uop::_CHECK_FUNCTION_VERSION => has_version(below(oparg as usize + 1), version()),
            Uop::_CHECK_METHOD_VERSION => {
                let callee = below(oparg as usize + 1);
                is(callee, Kind::Method)
                    // SAFETY: the kind was checked.
                    && has_version(unsafe { (*callee.as_ptr::<Method>()).function }, version())
            }
            Uop::_GUARD_TOS_INT => below(0).is_fixnum(),
            Uop::_GUARD_NOS_INT => below(1).is_fixnum(),
            Uop::_GUARD_TOS_FLOAT => is_float(below(0)),
            Uop::_GUARD_NOS_FLOAT => is_float(below(1)),
            Uop::_GUARD_BINARY_OP_EXTEND => {
                let is_kind = |v: Value, kind: u16| if kind == 1 { v.is_fixnum() } else { v.is_flonum() };
                is_kind(below(1), cache[at] & 15) && is_kind(below(0), cache[at] >> 4 & 15)
            }
            Uop::_GUARD_TOS_UNICODE => is(below(0), Kind::Str),
            Uop::_GUARD_NOS_UNICODE => is(below(1), Kind::Str),
            Uop::_GUARD_TOS_LIST => is(below(0), Kind::List),
            Uop::_GUARD_NOS_LIST => is(below(1), Kind::List),
            Uop::_GUARD_TOS_TUPLE => is(below(0), Kind::Tuple),
            Uop::_GUARD_NOS_TUPLE => is(below(1), Kind::Tuple),
            Uop::_GUARD_TOS_GENERATOR => is(below(0), Kind::Generator),
            Uop::_GUARD_TOS_DICT => is(below(0), Kind::Dict),
            Uop::_GUARD_NOS_DICT => is(below(1), Kind::Dict),
            // Others, and whatever changes the stack, are not looked at.
            _ => return true,
        };
        if !holds {
            return false;
        }
    }
    true
}

fn has_version(callee: Value, version: u64) -> bool {
    // SAFETY: the kind is checked before the fields are read.
    callee.is_heap()
        && unsafe {
            (*callee.header()).is(Kind::Function) && (*callee.as_ptr::<Function>()).version as u64 == version
        }
}

fn is_float(v: Value) -> bool {
    // SAFETY: the header of a live object.
    v.is_flonum() || v.is_heap() && unsafe { (*v.header()).is(Kind::Float) }
}
