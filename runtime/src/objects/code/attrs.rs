//! Attributes and methods of code objects.

use std::mem::offset_of;

use taipan_frontend::tables;
use taipan_layout::Value;
use taipan_layout::objects::Code;
use taipan_mir::opcodes::Opcode;

use super::super::spec::{
    GetSet, Member, MemberType, MethodSpec, getter, member, method0, method1, raw_method,
};
use super::super::{bytes, list, tuple};
use super::{CodeObject, code_object};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) static METHODS: &[MethodSpec] = &[
    method0("co_branches", co_branches, ""),
    method0("co_lines", co_lines, ""),
    method0("co_positions", co_positions, ""),
    raw_method(
        "replace",
        "($self, /, **changes)",
        super::build::replace,
        "Return a copy of the code object with new values for the specified fields.",
    ),
    raw_method("__replace__", "($self, /, **changes)", super::build::replace, "The same as replace()."),
    method1("_varname_from_oparg", "($self, /, oparg)", varname_from_oparg, ""),
    method0("__sizeof__", sizeof, ""),
];

pub(super) static MEMBERS: &[Member] = &[
    member("co_argcount", MemberType::U32, offset_of!(CodeObject, head) + offset_of!(Code, argcount), true),
    member(
        "co_posonlyargcount",
        MemberType::U32,
        offset_of!(CodeObject, head) + offset_of!(Code, posonlyargcount),
        true,
    ),
    member(
        "co_kwonlyargcount",
        MemberType::U32,
        offset_of!(CodeObject, head) + offset_of!(Code, kwonlyargcount),
        true,
    ),
    member("co_flags", MemberType::U32, offset_of!(CodeObject, head) + offset_of!(Code, flags), true),
    member("co_stacksize", MemberType::U32, offset_of!(CodeObject, stacksize), true),
    member("co_nlocals", MemberType::U32, offset_of!(CodeObject, nlocals), true),
    member("co_firstlineno", MemberType::I32, offset_of!(CodeObject, firstlineno), true),
    member("co_filename", MemberType::Object, offset_of!(CodeObject, filename), true),
    member("co_name", MemberType::Object, offset_of!(CodeObject, name), true),
    member("co_qualname", MemberType::Object, offset_of!(CodeObject, qualname), true),
];

pub(super) static GETSET: &[GetSet] = &[
    getter("co_consts", |_, this| Ok(code_object(this).consts.own()), ""),
    getter("co_names", |_, this| Ok(code_object(this).names.own()), ""),
    getter("co_lnotab", co_lnotab, ""),
    getter("co_linetable", |_, this| Ok(code_object(this).linetable.own()), ""),
    getter("co_exceptiontable", |_, this| Ok(code_object(this).exceptiontable.own()), ""),
    getter("co_code", |_, this| Ok(code_object(this).code.own()), ""),
    getter("_co_code_adaptive", code_adaptive, ""),
    getter("co_varnames", |vm, this| code_object(this).varnames(vm), ""),
    getter("co_cellvars", |vm, this| code_object(this).cellvars(vm), ""),
    getter("co_freevars", |vm, this| code_object(this).freevars(vm), ""),
];

/// The instructions as they run right now.
fn code_adaptive(vm: &Vm, this: Value) -> PyResult {
    let head = &code_object(this).head;
    // SAFETY: `units` points to `unit_count` initialised units for as long as the code object lives.
    let units = unsafe { std::slice::from_raw_parts(head.units, head.unit_count as usize) };
    let mut data: Vec<u8> = units.iter().flat_map(|u| u.to_le_bytes()).collect();
    let mut at = 0;
    while let Some(op) = data.get(at).copied().and_then(Opcode::from_u8) {
        data[at] = op.public() as u8;
        at += 2 * (1 + op.caches());
    }
    bytes::new(vm, &data)
}

fn or_none(n: Option<i64>) -> Value {
    n.map_or(Value::NONE, Value::fixnum)
}

/// An iterator over `(start, end, line)`.
fn co_lines(vm: &Vm, this: Value) -> PyResult {
    let c = code_object(this);
    let mut rows = Vec::new();
    for r in tables::line_ranges(bytes::as_slice(&c.linetable), c.firstlineno) {
        let row = [
            Value::fixnum(i64::from(r.start)),
            Value::fixnum(i64::from(r.end)),
            or_none(r.line.map(i64::from)),
        ];
        rows.push(tuple::from_slice(vm, &row)?);
    }
    let rows = list::new(vm, rows)?;
    protocol::iter::iter(vm, *rows)
}

/// The line table as it was before Python 3.10: pairs of bytes, by how much offset and line grow. It knows no instructions
/// without a line.
fn co_lnotab(vm: &Vm, this: Value) -> PyResult {
    let text = "co_lnotab is deprecated, use co_lines instead.";
    crate::modules::warnings::warn(vm, vm.types.deprecation_warning, text, 1)?;
    let code = code_object(this);
    let mut table: Vec<u8> = Vec::new();
    let (mut last_offset, mut last_line) = (0, code.firstlineno);
    for (unit, line) in code.lines().into_iter().enumerate().filter(|(_, line)| *line >= 0) {
        if line == last_line {
            continue;
        }
        let (mut offset, mut lines) = (2 * unit - last_offset, line - last_line);
        while offset > 255 {
            table.extend([255, 0]);
            offset -= 255;
        }
        while !(-128..=127).contains(&lines) {
            let step: i8 = if lines > 0 { 127 } else { -128 };
            table.extend([offset as u8, step as u8]);
            (offset, lines) = (0, lines - i32::from(step));
        }
        table.extend([offset as u8, lines as i8 as u8]);
        (last_offset, last_line) = (2 * unit, line);
    }
    bytes::new(vm, &table)
}

/// An iterator over `(from, left, right)`, byte offsets of branches and of where they lead.
fn co_branches(vm: &Vm, this: Value) -> PyResult {
    let offset = |unit: usize| Value::fixnum(2 * unit as i64);
    let mut rows = Vec::new();
    for b in crate::interp::monitoring::branches(code_object(this)) {
        rows.push(tuple::from_slice(vm, &[offset(b.from), offset(b.left), offset(b.right)])?);
    }
    let rows = list::new(vm, rows)?;
    protocol::iter::iter(vm, *rows)
}

/// An iterator over `(line, end_line, column, end_column)`, one for each code unit.
fn co_positions(vm: &Vm, this: Value) -> PyResult {
    let c = code_object(this);
    let mut rows: Vec<Owned> = Vec::new();
    for l in tables::locations(bytes::as_slice(&c.linetable), c.firstlineno) {
        let has_columns = |_: &u32| !vm.config.no_debug_ranges;
        let end_line = if vm.config.no_debug_ranges { l.line } else { l.end_line };
        let row = [
            or_none(l.line.map(i64::from)),
            or_none(end_line.map(i64::from)),
            or_none(l.column.filter(has_columns).map(i64::from)),
            or_none(l.end_column.filter(has_columns).map(i64::from)),
        ];
        for _ in (l.start..l.end).step_by(2) {
            rows.push(tuple::from_slice(vm, &row)?);
        }
    }
    let rows = list::new(vm, rows)?;
    protocol::iter::iter(vm, *rows)
}

fn varname_from_oparg(vm: &Vm, this: Value, oparg: Value) -> PyResult {
    let c = code_object(this);
    let index = protocol::index::to_isize(vm, oparg)?;
    match usize::try_from(index).ok().and_then(|i| tuple::items(&c.localsplusnames).get(i)) {
        Some(name) => Ok(name.own()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn sizeof(_vm: &Vm, this: Value) -> PyResult {
    let head = &code_object(this).head;
    Ok(Owned::fixnum((size_of::<CodeObject>() + 2 * head.unit_count as usize) as i64))
}
