//! `raise`, `except`, `with`.

use taipan_layout::{ThreadState, Value};

use super::{truth, value, vm};
use crate::objects::exceptions as exc;
use crate::objects::{TypeRef, is_instance, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::call;
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_raise(ts: *mut ThreadState, exception: Value, cause: Value) -> i32 {
    // SAFETY: `ts` is the running thread's; both references are given away.
    unsafe {
        let vm = vm(ts);
        let take = |v: Value| (!v.is_null()).then(|| Owned::from_owned(v));
        let (exception, cause) = (take(exception), take(cause));
        let Some(exception) = exception else {
            let Some(handled) = exc::handled(vm) else {
                let _ = vm.runtime_error("No active exception to reraise");
                return 0;
            };
            let _ = vm.restore_exception(handled);
            return 1;
        };
        match instantiate(vm, exception, cause) {
            Ok(e) => {
                let _ = vm.set_exception(e);
            }
            Err(raised) => {
                let _ = raised;
            }
        }
        0
    }
}

/// An instance of an exception class.
fn call_class(vm: &Vm, class: Value) -> PyResult {
    let e = call::positional(vm, class, &[])?;
    if exc::is_exception(vm, *e) {
        return Ok(e);
    }
    let shown = |v: Value| crate::protocol::object::repr_string(vm, v);
    let (c, got) = (shown(class)?, shown(type_of(vm, *e).value())?);
    Err(vm.type_error(&format!("calling {c} should have returned an instance of BaseException, not {got}")))
}

/// The exception that `raise exception from cause` raises.
fn instantiate(vm: &Vm, exception: Owned, cause: Option<Owned>) -> PyResult {
    let made = if exc::as_exception_class(vm, *exception).is_some() {
        call_class(vm, *exception)?
    } else if exc::is_exception(vm, *exception) {
        exception
    } else {
        return Err(vm.type_error("exceptions must derive from BaseException"));
    };
    if let Some(cause) = cause {
        let cause = if cause.is_none() {
            None
        } else if exc::as_exception_class(vm, *cause).is_some() {
            Some(call_class(vm, *cause)?)
        } else if exc::is_exception(vm, *cause) {
            Some(cause)
        } else {
            return Err(vm.type_error("exception causes must derive from BaseException"));
        };
        exc::set_cause(*made, cause);
    }
    Ok(made)
}

/// The exception classes that an `except*` clause names, checked: no groups, since those are what is taken apart.
fn check_star_classes(vm: &Vm, class: Value) -> PyResult<()> {
    check_classes(vm, class)?;
    let is_group = |c: Value| {
        exc::as_exception_class(vm, c).is_some_and(|c| c.is_subtype_of(vm.types.base_exception_group))
    };
    let any = is_group(class)
        || is_instance(vm, class, vm.types.tuple) && tuple::items(&class).iter().any(|c| is_group(*c));
    if any {
        return Err(vm.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
    }
    Ok(())
}

/// The exception classes that an `except` clause names, checked.
fn check_classes(vm: &Vm, class: Value) -> PyResult<()> {
    let bad =
        |vm: &Vm| vm.type_error("catching classes that do not inherit from BaseException is not allowed");
    if is_instance(vm, class, vm.types.tuple) {
        for c in tuple::items(&class) {
            if exc::as_exception_class(vm, *c).is_none() {
                return Err(bad(vm));
            }
        }
        return Ok(());
    }
    if exc::as_exception_class(vm, class).is_none() { Err(bad(vm)) } else { Ok(()) }
}

/// Whether `exception` is an instance of the class or of one of the tuple of classes.
pub fn matches(vm: &Vm, exception: Value, class: Value) -> PyResult<bool> {
    let ty = type_of(vm, exception);
    if let Some(c) = exc::as_exception_class(vm, class) {
        return Ok(ty.is_subtype_of(c));
    }
    check_classes(vm, class)?;
    Ok(tuple::items(&class).iter().filter_map(|c| TypeRef::from_value(vm, *c)).any(|c| ty.is_subtype_of(c)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_check_exc_match(ts: *mut ThreadState, exception: Value, class: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    truth(matches(unsafe { vm(ts) }, exception, class))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_check_eg_match(
    ts: *mut ThreadState,
    exception: Value,
    class: Value,
    out: *mut Value,
) -> i32 {
    // SAFETY: `ts` is the running thread's; `out` has two words.
    unsafe {
        let vm = vm(ts);
        match check_star_classes(vm, class).and_then(|()| exc::check_match(vm, exception, class)) {
            Ok(split) => {
                // What matched is what the clause handles: `raise` alone raises it again.
                if let Some(matched) = &split.matched {
                    crate::owned::replace(&raw mut (*(*ts).exc_info).value, Some(matched.clone()));
                }
                *out = split.rest.map_or(Value::NONE, Owned::into_value);
                *out.add(1) = split.matched.map_or(Value::NONE, Owned::into_value);
                0
            }
            Err(_) => -1,
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_with_except_start(
    ts: *mut ThreadState,
    exit: Value,
    receiver: Value,
    exception: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let class = type_of(vm, exception).value();
    let tb = exc::traceback(exception);
    let tb = if tb.is_null() { Value::NONE } else { tb };
    let tb = tb.own();
    let args = [class, exception, *tb];
    value(if receiver.is_null() {
        call::positional(vm, exit, &args)
    } else {
        call::prepend(vm, exit, receiver, &args)
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_init_returned(ts: *mut ThreadState, v: Value) {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let t = type_of(vm, v).name_str();
    let _ = vm.type_error(&format!("__init__() should return None, not '{t}'"));
}
