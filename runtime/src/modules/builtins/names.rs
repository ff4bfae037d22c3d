//! Attributes and namespaces.

use taipan_layout::Value;

use super::{check_count, check_no_keywords};
use crate::args::Args;
use crate::objects::{dict, frame, list};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;
use taipan_frontend::code::flags::CO_OPTIMIZED;

pub(super) fn getattr(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "getattr", args)?;
    check_count(vm, "getattr", args.pos().len(), 2, 3)?;
    let name = protocol::attr::name_key(vm, args.pos()[1])?;
    match *args.pos() {
        [object, _, default] => {
            Ok(protocol::attr::get_optional(vm, object, *name)?.unwrap_or_else(|| default.own()))
        }
        [object, ..] => protocol::attr::get(vm, object, *name),
        [] => Err(vm.type_error("getattr expected at least 2 arguments, got 0")),
    }
}

pub(super) fn hasattr(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = protocol::attr::name_key(vm, args[1])?;
    Ok(Owned::bool(protocol::attr::get_optional(vm, args[0], *name)?.is_some()))
}

pub(super) fn setattr(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = protocol::attr::name_key(vm, args[1])?;
    protocol::attr::set(vm, args[0], *name, args[2])?;
    Ok(Owned::none())
}

pub(super) fn delattr(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = protocol::attr::name_key(vm, args[1])?;
    protocol::attr::delete(vm, args[0], *name)?;
    Ok(Owned::none())
}

/// The globals of the running Python frame.
pub fn current_globals(vm: &Vm) -> PyResult {
    // SAFETY: the chain of live frames ends with null; a frame's function keeps its globals alive.
    unsafe {
        let f = crate::interp::frames::first_python((*vm.ts()).frame);
        if f.is_null() {
            return Err(vm.system_error("globals() needs a running Python frame"));
        }
        Ok(Value::from_ptr((*f).globals).own())
    }
}

/// The locals of the running Python frame: its namespace, or a snapshot of a function's variables.
pub fn current_locals(vm: &Vm) -> PyResult {
    // SAFETY: as above.
    unsafe {
        let f = crate::interp::frames::first_python((*vm.ts()).frame);
        if f.is_null() {
            return Err(vm.system_error("locals() needs a running Python frame"));
        }
        if frame::code_of(f).has_flag(CO_OPTIMIZED) {
            return frame::snapshot(vm, f);
        }
        let namespace = if (*f).locals.is_null() { Value::from_ptr((*f).globals) } else { (*f).locals };
        frame::with_hidden(vm, f, namespace)
    }
}

pub(super) fn globals(vm: &Vm, _: Value) -> PyResult {
    current_globals(vm)
}

pub(super) fn locals(vm: &Vm, _: Value) -> PyResult {
    current_locals(vm)
}

pub(super) fn vars(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "vars", args)?;
    check_count(vm, "vars", args.pos().len(), 0, 1)?;
    let Some(object) = args.pos().first() else { return current_locals(vm) };
    protocol::attr::get_optional(vm, *object, *vm.names.__dict__)?
        .ok_or_else(|| vm.type_error("vars() argument must have __dict__ attribute"))
}

pub(super) fn dir(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "dir", args)?;
    check_count(vm, "dir", args.pos().len(), 0, 1)?;
    if let Some(object) = args.pos().first() {
        return protocol::object::dir(vm, *object);
    }
    let locals = current_locals(vm)?;
    let keys = if crate::objects::type_of(vm, *locals) == vm.types.dict {
        dict::snapshot(*locals).into_iter().map(|(k, _)| k).collect()
    } else {
        let keys = protocol::call::method(vm, *locals, *vm.names.keys, &[])?;
        protocol::iter::collect(vm, *keys)?
    };
    let names = list::new(vm, keys)?;
    let sort = crate::objects::str::intern(vm, "sort");
    protocol::call::method(vm, *names, *sort, &[])?;
    Ok(names)
}
