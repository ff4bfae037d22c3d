//! `CALL_INTRINSIC_1` and `CALL_INTRINSIC_2`, by CPython's numbers.

use taipan_layout::objects::Function;
use taipan_layout::{Frame, ThreadState, Value};

use super::{value, vm};
use crate::modules::typing;
use crate::objects::exceptions as exc;
use crate::objects::{dict, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call, number};
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_intrinsic_1(
    ts: *mut ThreadState,
    frame: *mut Frame,
    which: u32,
    v: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's; the frame is current.
    value(unsafe { intrinsic_1(vm(ts), frame, which, v) })
}

unsafe fn intrinsic_1(vm: &Vm, frame: *mut Frame, which: u32, v: Value) -> PyResult {
    match which {
        1 => print_expression(vm, v),
        2 => import_star(vm, frame, v),
        3 => stop_iteration_error(vm, frame, v),
        4 => crate::objects::asyncgen::new_wrapped(vm, v),
        5 => number::positive(vm, v),
        6 => tuple::from_slice(vm, list::items(&v)),
        7 => typing::type_var(vm, v, None, None),
        8 => typing::param_spec(vm, v),
        9 => typing::type_var_tuple(vm, v),
        10 => typing::subscript_generic(vm, v),
        11 => match *tuple::items(&v) {
            [name, parameters, evaluate] => typing::type_alias(vm, name, parameters, evaluate),
            _ => Err(vm.system_error("a type alias is made of three things")),
        },
        _ => Err(vm.system_error("unknown intrinsic function")),
    }
}

/// The interactive prompt shows the value of an expression statement.
fn print_expression(vm: &Vm, v: Value) -> PyResult {
    let sys = vm.state.sys_dict.get().unwrap_or(Value::NULL);
    match dict::get_str(vm, sys, *str::intern(vm, "displayhook")).map(Counted::own) {
        Some(hook) => call::positional(vm, *hook, &[v]),
        None => Err(vm.runtime_error("lost sys.displayhook")),
    }
}

/// `from module import *` into the frame's namespace.
fn import_star(vm: &Vm, frame: *mut Frame, module: Value) -> PyResult {
    // SAFETY: the frame is current.
    let locals = unsafe { (*frame).locals };
    if locals.is_null() {
        return Err(vm.system_error("no locals found during 'import *'"));
    }
    let (names, skip_private) = match attr::get_optional(vm, module, *vm.names.__all__)? {
        Some(all) => (crate::protocol::iter::collect(vm, *all)?, false),
        None => {
            let Some(namespace) = attr::get_optional(vm, module, *vm.names.__dict__)? else {
                return Err(
                    vm.raise(vm.types.import_error, "from-import-* object has no __dict__ and no __all__")
                );
            };
            let keys = call::method(vm, *namespace, *vm.names.keys, &[])?;
            (crate::protocol::iter::collect(vm, *keys)?, true)
        }
    };
    for name in names {
        if !is_instance(vm, *name, vm.types.str) {
            let (what, place) = if skip_private { ("Key", "__dict__") } else { ("Item", "__all__") };
            let m = attr::get_optional(vm, module, *vm.names.__name__)?;
            let m = m.map_or_else(String::new, |m| str::to_string_lossy(*m));
            let got = type_of(vm, *name).name_str();
            return Err(vm.type_error(&format!("{what} in {m}.{place} must be str, not {got}")));
        }
        if skip_private && str::to_string_lossy(*name).starts_with('_') {
            continue;
        }
        let v = attr::get(vm, module, *name)?;
        if type_of(vm, locals) == vm.types.dict {
            dict::set(vm, locals, *name, *v)?;
        } else {
            crate::protocol::item::set(vm, locals, *name, *v)?;
        }
    }
    Ok(Owned::none())
}

/// A StopIteration that leaves a generator becomes a RuntimeError (PEP 479).
fn stop_iteration_error(vm: &Vm, frame: *mut Frame, e: Value) -> PyResult {
    use taipan_frontend::code::flags;
    // SAFETY: the frame is current.
    let code_flags = unsafe { (*(*frame).code).flags };
    let ty = type_of(vm, e);
    let message = if ty.is_subtype_of(vm.types.stop_iteration) {
        if code_flags & flags::CO_ASYNC_GENERATOR != 0 {
            "async generator raised StopIteration"
        } else if code_flags & flags::CO_COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if code_flags & flags::CO_ASYNC_GENERATOR != 0 && ty.is_subtype_of(vm.types.stop_async_iteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(e.own());
    };
    let text = str::new(vm, message)?;
    let error = exc::create(vm, vm.types.runtime_error, &[*text])?;
    exc::set_cause(*error, Some(e.own()));
    exc::set_context(*error, Some(e.own()));
    Ok(error)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_intrinsic_2(
    ts: *mut ThreadState,
    _frame: *mut Frame,
    which: u32,
    first: Value,
    second: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(intrinsic_2(unsafe { vm(ts) }, which, first, second))
}

fn intrinsic_2(vm: &Vm, which: u32, first: Value, second: Value) -> PyResult {
    match which {
        1 => Ok(exc::prepare_reraise(vm, first, second)?.unwrap_or_else(Owned::none)),
        4 => {
            // SAFETY: the compiler passes a function that it has just made.
            unsafe {
                let f = first.as_ptr::<Function>();
                crate::owned::replace(&raw mut (*f).type_params, Some(second.own()));
            }
            Ok(first.own())
        }
        2 => typing::type_var(vm, first, Some(second), None),
        3 => typing::type_var(vm, first, None, Some(second)),
        5 => typing::set_default(vm, first, second),
        _ => Err(vm.system_error("unknown intrinsic function")),
    }
}
