//! Exceptions that carry a few values besides their arguments.

use taipan_layout::Value;

use super::super::spec::{Member, MemberType, TypeSpec, member, method0};
use super::super::{Slots, TypeRef, dict, is_instance, str, tuple};
use super::{base, family, field, field_or_none, offset_of, set_field};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::signature::{at_most_keywords, unexpected_keyword};
use crate::vm::Vm;

const fn attribute(name: &'static str, index: usize) -> Member {
    member(name, MemberType::ObjectOrNone, offset_of(index), false)
}

// ---- StopIteration, SystemExit: the first argument is the value ----

pub static STOP_ITERATION: TypeSpec = TypeSpec {
    doc: "An iterator has no more items.",
    slots: Slots { init: Some(stop_iteration_init), ..Slots::EMPTY },
    members: &[attribute("value", 0)],
    ..family("StopIteration", |t| t.exception, 1)
};

fn stop_iteration_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, args)?;
    // SAFETY: `this` is a StopIteration.
    unsafe { set_field(this, 0, Some(args.pos().first().copied().unwrap_or(Value::NONE))) };
    Ok(())
}

/// `exc.value` of a `StopIteration`.
pub fn stop_iteration_value(exc: Value) -> Owned {
    // SAFETY: callers pass a StopIteration.
    unsafe { field_or_none(exc, 0) }
}

pub static SYSTEM_EXIT: TypeSpec = TypeSpec {
    doc: "The program wants to end.",
    slots: Slots { init: Some(system_exit_init), ..Slots::EMPTY },
    members: &[attribute("code", 0)],
    ..family("SystemExit", |t| t.base_exception, 1)
};

fn system_exit_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, args)?;
    let code = match args.pos() {
        [] => return Ok(()),
        [only] => only.own(),
        more => tuple::from_slice(vm, more)?,
    };
    // SAFETY: `this` is a SystemExit.
    unsafe { set_field(this, 0, Some(*code)) };
    Ok(())
}

/// `exc.code` of a `SystemExit`.
pub fn system_exit_code(exc: Value) -> Owned {
    // SAFETY: callers pass a SystemExit.
    unsafe { field_or_none(exc, 0) }
}

// ---- KeyError: its text is the key's repr ----

pub static KEY_ERROR: TypeSpec = TypeSpec {
    doc: "No such key in a mapping.",
    slots: Slots { str: Some(key_error_str), ..Slots::EMPTY },
    ..family("KeyError", |t| t.lookup_error, 0)
};

fn key_error_str(vm: &Vm, this: Value) -> PyResult {
    let args = super::args(this).own();
    if let [key] = tuple::items(&args) {
        let key = key.own();
        return protocol::object::repr(vm, *key);
    }
    super::base::str_(vm, this)
}

// ---- keyword-only attributes ----

/// Stores the keyword arguments that `names` lists into the family's words.
fn store_keywords(vm: &Vm, this: Value, args: Args, class: &str, names: &[(&str, usize)]) -> PyResult<()> {
    at_most_keywords(vm, class, args, names.len())?;
    for (keyword, value) in args.keywords() {
        let text = str::to_string_lossy(keyword);
        let Some((_, index)) = names.iter().find(|(n, _)| *n == text) else {
            return Err(unexpected_keyword(vm, class, keyword, names.iter().map(|(n, _)| *n)));
        };
        // SAFETY: the family has the words that `names` lists.
        unsafe { set_field(this, *index, Some(value)) };
    }
    Ok(())
}

pub static NAME_ERROR: TypeSpec = TypeSpec {
    doc: "There is no variable of this name.",
    slots: Slots { init: Some(name_error_init), ..Slots::EMPTY },
    members: &[attribute("name", 0)],
    ..family("NameError", |t| t.exception, 1)
};

pub static UNBOUND_LOCAL_ERROR: TypeSpec = TypeSpec {
    doc: "A local variable has no value yet.",
    ..family("UnboundLocalError", |t| t.name_error, 1)
};

fn name_error_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, Args::positional(args.pos()))?;
    store_keywords(vm, this, args, "NameError", &[("name", 0)])
}

/// Raises `NameError(message)` (or its subclass `ty`) that knows which name was missing.
#[cold]
pub fn name_error(vm: &Vm, ty: TypeRef, message: &str, name: Value) -> Raised {
    let raised = vm.raise(ty, message);
    let e = vm.take_exception(raised);
    set_name_context(vm, *e, name);
    vm.restore_exception(e)
}

/// Remembers the missing name in a `NameError`, for suggestions.
pub fn set_name_context(vm: &Vm, exc: Value, name: Value) {
    if is_instance(vm, exc, vm.types.name_error) {
        // SAFETY: the type was checked.
        unsafe { set_field(exc, 0, Some(name)) };
    }
}

pub static ATTRIBUTE_ERROR: TypeSpec = TypeSpec {
    doc: "The object has no such attribute.",
    slots: Slots { init: Some(attribute_error_init), ..Slots::EMPTY },
    methods: &[
        method0("__reduce__", attribute_error_reduce, ""),
        method0("__getstate__", attribute_error_state, ""),
    ],
    members: &[attribute("name", 0), attribute("obj", 1)],
    ..family("AttributeError", |t| t.exception, 2)
};

fn attribute_error_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, Args::positional(args.pos()))?;
    store_keywords(vm, this, args, "AttributeError", &[("name", 0), ("obj", 1)])
}

/// `obj` is left out: pickling it could be expensive or impossible.
fn attribute_error_state(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an AttributeError.
    let (name, args) = unsafe { (field(this, 0), base(this).args.own()) };
    let state = match super::base::dict_of(this) {
        Some(d) => dict::copy(vm, *d)?,
        None => dict::new(vm)?,
    };
    if !name.is_null() {
        dict::set_str(vm, *state, *vm.names.name, name)?;
    }
    dict::set_str(vm, *state, *vm.names.args, *args)?;
    Ok(state)
}

fn attribute_error_reduce(vm: &Vm, this: Value) -> PyResult {
    let state = attribute_error_state(vm, this)?;
    let args = super::args(this).own();
    super::base::reduce_with(vm, this, *args, Some(state))
}

/// Remembers object and name of a failed attribute access, unless the exception knows some already.
pub fn set_attribute_context(vm: &Vm, exc: Value, obj: Value, name: Value) {
    if !is_instance(vm, exc, vm.types.attribute_error) {
        return;
    }
    // SAFETY: the type was checked.
    unsafe {
        if field(exc, 0).is_null() && field(exc, 1).is_null() {
            set_field(exc, 0, Some(name));
            set_field(exc, 1, Some(obj));
        }
    }
}

// ---- ImportError ----

const IMPORT_MSG: usize = 0;
const IMPORT_NAME: usize = 1;
const IMPORT_PATH: usize = 2;
const IMPORT_NAME_FROM: usize = 3;
const IMPORT_WORDS: usize = 4;

pub static IMPORT_ERROR: TypeSpec = TypeSpec {
    doc: "A module, or a name in it, could not be imported.",
    slots: Slots { init: Some(import_error_init), str: Some(import_error_str), ..Slots::EMPTY },
    methods: &[method0("__reduce__", import_error_reduce, "")],
    members: &[
        attribute("msg", IMPORT_MSG),
        attribute("name", IMPORT_NAME),
        attribute("path", IMPORT_PATH),
        attribute("name_from", IMPORT_NAME_FROM),
    ],
    ..family("ImportError", |t| t.exception, IMPORT_WORDS)
};

pub static MODULE_NOT_FOUND_ERROR: TypeSpec = TypeSpec {
    doc: "There is no such module.",
    ..family("ModuleNotFoundError", |t| t.import_error, IMPORT_WORDS)
};

fn import_error_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, Args::positional(args.pos()))?;
    let keywords = [("name", IMPORT_NAME), ("path", IMPORT_PATH), ("name_from", IMPORT_NAME_FROM)];
    for (_, index) in keywords {
        // SAFETY: `this` is an ImportError.
        unsafe { set_field(this, index, None) };
    }
    store_keywords(vm, this, args, "ImportError", &keywords)?;
    let msg = match args.pos() {
        [msg] => Some(*msg),
        _ => None,
    };
    // SAFETY: `this` is an ImportError.
    unsafe { set_field(this, IMPORT_MSG, msg) };
    Ok(())
}

fn import_error_str(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is an ImportError.
    let msg = unsafe { field(this, IMPORT_MSG) };
    if !msg.is_null() && super::super::type_of(vm, msg) == vm.types.str {
        return Ok(msg.own());
    }
    super::base::str_(vm, this)
}

fn import_error_reduce(vm: &Vm, this: Value) -> PyResult {
    let own_words = [("name", IMPORT_NAME), ("path", IMPORT_PATH), ("name_from", IMPORT_NAME_FROM)];
    // SAFETY: `this` is an ImportError.
    let any = own_words.iter().any(|(_, i)| unsafe { !field(this, *i).is_null() });
    let mut state = super::base::dict_of(this);
    if any {
        let d = match state {
            Some(d) => dict::copy(vm, *d)?,
            None => dict::new(vm)?,
        };
        for (name, index) in own_words {
            // SAFETY: as above.
            let value = unsafe { field(this, index) };
            if !value.is_null() {
                let value = value.own();
                let key = str::intern(vm, name);
                dict::set_str(vm, *d, *key, *value)?;
            }
        }
        state = Some(d);
    }
    let args = super::args(this).own();
    super::base::reduce_with(vm, this, *args, state)
}

/// Raises `ty(message)`, `ImportError` or a subclass, with the attributes that are not NULL.
#[cold]
pub fn import_error(
    vm: &Vm,
    ty: TypeRef,
    message: &str,
    name: Value,
    path: Value,
    name_from: Value,
) -> Raised {
    let raised = vm.raise(ty, message);
    let e = vm.take_exception(raised);
    if is_instance(vm, *e, vm.types.import_error) {
        for (index, v) in [(IMPORT_NAME, name), (IMPORT_PATH, path), (IMPORT_NAME_FROM, name_from)] {
            if !v.is_null() {
                // SAFETY: the type was checked.
                unsafe { set_field(*e, index, Some(v)) };
            }
        }
    }
    vm.restore_exception(e)
}

fn import_word(exc: Value, index: usize) -> Option<Owned> {
    // SAFETY: callers pass an ImportError.
    let v = unsafe { field(exc, index) };
    (!v.is_null() && !v.is_none()).then(|| v.own())
}

/// `exc.name` of an `ImportError`, unless it is None.
pub fn import_name(exc: Value) -> Option<Owned> {
    import_word(exc, IMPORT_NAME)
}

/// `exc.name_from` of an `ImportError`, unless it is None.
pub(super) fn import_name_from(exc: Value) -> Option<Owned> {
    import_word(exc, IMPORT_NAME_FROM)
}

/// Raises `AttributeError(message)` that knows object and name, from which suggestions are made.
#[cold]
pub fn raise_attribute_error(vm: &Vm, obj: Value, name: Value, message: &str) -> Raised {
    let raised = vm.raise(vm.types.attribute_error, message);
    let e = vm.take_exception(raised);
    set_attribute_context(vm, *e, obj, name);
    vm.restore_exception(e)
}
