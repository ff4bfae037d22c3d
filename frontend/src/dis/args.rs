//! The meaning of an instruction's argument.

use taipan_mir::opcodes::{
    CommonConstant, Conversion, Intrinsic1, Intrinsic2, NbOp, Opcode, SpecialMethod, compare, make_function,
};

use super::{Labels, constant_repr, jump_target};
use crate::{CodeObject, PyText};

/// Shown for an index that the code object does not have (damaged code).
const UNKNOWN: &str = "<unknown>";

pub(super) fn meaning(code: &CodeObject, opcode: u8, arg: u32, offset: u32, labels: &Labels) -> String {
    let Some(op) = Opcode::from_u8(opcode).map(Opcode::deopt) else { return String::new() };
    let name = |index: u32| text(code.names.get(index as usize));
    let local = |index: u32| text(code.localsplusnames.get(index as usize));
    let byte = u8::try_from(arg).ok();
    let or_unknown = |text: Option<&str>| text.unwrap_or(UNKNOWN).to_owned();
    match op {
        _ if op.has_const() => {
            code.consts.get(arg as usize).map_or_else(|| UNKNOWN.to_owned(), constant_repr)
        }
        // The low bits are flags: whether a NULL or self is pushed as well.
        Opcode::LOAD_GLOBAL => with_flag(name(arg >> 1), arg, " + NULL"),
        Opcode::LOAD_ATTR => with_flag(name(arg >> 1), arg, " + NULL|self"),
        Opcode::LOAD_SUPER_ATTR => with_flag(name(arg >> 2), arg, " + NULL|self"),
        _ if op.has_name() => name(arg),
        _ if op.has_jump() => {
            let preposition = if op == Opcode::END_ASYNC_FOR { "from" } else { "to" };
            let label = jump_target(op, arg, offset).and_then(|target| labels.at(target));
            label.map_or_else(|| UNKNOWN.to_owned(), |label| format!("{preposition} L{label}"))
        }
        Opcode::LOAD_FAST_LOAD_FAST
        | Opcode::LOAD_FAST_BORROW_LOAD_FAST_BORROW
        | Opcode::STORE_FAST_LOAD_FAST
        | Opcode::STORE_FAST_STORE_FAST => format!("{}, {}", local(arg >> 4), local(arg & 15)),
        _ if op.has_local() || op.has_free() => local(arg),
        Opcode::COMPARE_OP => match compare::op(arg) {
            Some(comparison) if arg & compare::TO_BOOL != 0 => format!("bool({})", comparison.text()),
            comparison => or_unknown(comparison.map(|comparison| comparison.text())),
        },
        Opcode::CONVERT_VALUE => or_unknown(byte.and_then(Conversion::from_u8).map(Conversion::text)),
        Opcode::SET_FUNCTION_ATTRIBUTE => function_attributes(arg),
        Opcode::BINARY_OP => or_unknown(byte.and_then(NbOp::from_u8).map(NbOp::text)),
        Opcode::CALL_INTRINSIC_1 => or_unknown(byte.and_then(Intrinsic1::from_u8).map(Intrinsic1::name)),
        Opcode::CALL_INTRINSIC_2 => or_unknown(byte.and_then(Intrinsic2::from_u8).map(Intrinsic2::name)),
        Opcode::LOAD_COMMON_CONSTANT => match byte.and_then(CommonConstant::from_u8) {
            // Classes are shown by their names, functions by their reprs.
            Some(
                function @ (CommonConstant::CONSTANT_BUILTIN_ALL | CommonConstant::CONSTANT_BUILTIN_ANY),
            ) => format!("<built-in function {}>", function.text()),
            constant => or_unknown(constant.map(CommonConstant::text)),
        },
        Opcode::LOAD_SPECIAL => or_unknown(byte.and_then(SpecialMethod::from_u8).map(SpecialMethod::text)),
        Opcode::IS_OP => if arg == 0 { "is" } else { "is not" }.to_owned(),
        Opcode::CONTAINS_OP => if arg == 0 { "in" } else { "not in" }.to_owned(),
        _ => String::new(),
    }
}

fn text(name: Option<&PyText>) -> String {
    name.map_or_else(|| UNKNOWN.to_owned(), |name| String::from_utf8_lossy(name.as_wtf8()).into_owned())
}

fn with_flag(name: String, arg: u32, suffix: &str) -> String {
    if arg & 1 != 0 && !name.is_empty() { name + suffix } else { name }
}

fn function_attributes(arg: u32) -> String {
    let names = [
        (make_function::DEFAULTS, "defaults"),
        (make_function::KWDEFAULTS, "kwdefaults"),
        (make_function::ANNOTATIONS, "annotations"),
        (make_function::CLOSURE, "closure"),
        (make_function::ANNOTATE, "annotate"),
    ];
    let set: Vec<&str> = names.iter().filter(|(bit, _)| arg & bit != 0).map(|(_, name)| *name).collect();
    set.join(", ")
}

/// The fields of an instruction's inline cache and their sizes in code units (`opcode._cache_format`).
pub(super) fn cache_fields(op: Opcode) -> &'static [(&'static str, usize)] {
    match op.deopt() {
        Opcode::LOAD_GLOBAL => {
            &[("counter", 1), ("index", 1), ("module_keys_version", 1), ("builtin_keys_version", 1)]
        }
        Opcode::BINARY_OP => &[("counter", 1), ("descr", 4)],
        Opcode::LOAD_ATTR => &[("counter", 1), ("version", 2), ("keys_version", 2), ("descr", 4)],
        Opcode::STORE_ATTR => &[("counter", 1), ("version", 2), ("index", 1)],
        Opcode::CALL | Opcode::CALL_KW => &[("counter", 1), ("func_version", 2)],
        Opcode::TO_BOOL => &[("counter", 1), ("version", 2)],
        op if op.caches() == 1 => &[("counter", 1)],
        _ => &[],
    }
}
