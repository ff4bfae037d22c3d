//! Where functions look for names that are neither local nor global.
//!
//! `__builtins__` of a function's globals says it: a module, its dict, a dict of another class, or any object at all. Machine
//! code compares the version of a dict at the address in the frame, so that word always is a dict. What is no dict
//! hides in one: in the only entry of an instance of [`WRAPPER_SPEC`], which Python never sees. Caches of names are for exact
//! dicts alone, so only the generic lookup meets a wrapper, and asks what is inside.

use taipan_layout::objects::Dict;
use taipan_layout::{Frame, Kind, Value};

use super::super::spec::{TypeSpec, tp_flags};
use super::super::{dict, is_instance, is_kind, module, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::item;
use crate::vm::Vm;

pub static WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "builtins_wrapper",
    base: Some(|types| types.dict),
    basicsize: size_of::<Dict>(),
    flags: tp_flags::HAVE_GC | tp_flags::DICT_SUBCLASS | tp_flags::DISALLOW_INSTANTIATION,
    ..TypeSpec::DEFAULT
};

/// The word for functions with these globals: a dict.
pub(super) fn word_for(vm: &Vm, globals: Value) -> PyResult {
    let Some(b) = dict::get_str_at(vm, globals, *vm.names.__builtins__, &vm.builtins_entry) else {
        // Without a word about it they are those of the code that runs.
        return match of_running_code(vm) {
            Some(word) => Ok(word),
            None => dict::new(vm),
        };
    };
    let is_module = is_kind(b, Kind::Module) || module::is_module(vm, b);
    let namespace = if is_module { module::dict(b) } else { b };
    if is_kind(namespace, Kind::Dict) {
        return Ok(namespace.own());
    }
    if namespace.is_null() {
        return dict::new(vm);
    }
    if is_instance(vm, namespace, vm.types.dict) { Ok(namespace.own()) } else { wrapped(vm, namespace) }
}

fn of_running_code(vm: &Vm) -> Option<Owned> {
    // SAFETY: the chain of live frames ends with null; a frame's function keeps its builtins alive.
    unsafe {
        let f = crate::interp::python_frame(vm);
        if !f.is_null() && !(*f).builtins.is_null() {
            return Some(Value::from_ptr((*f).builtins).own());
        }
    }
    vm.state.builtins.get().map(Counted::own)
}

fn wrapped(vm: &Vm, mapping: Value) -> PyResult {
    let wrapper = dict::of_type(vm, vm.types.builtins_wrapper)?;
    dict::set_str(vm, *wrapper, *vm.names.__builtins__, mapping)?;
    Ok(wrapper)
}

/// What Python knows as the builtins: the word of a function or frame, or what hides in it.
pub fn visible(vm: &Vm, word: Value) -> Value {
    if type_of(vm, word) == vm.types.builtins_wrapper {
        return dict::get_str(vm, word, *vm.names.__builtins__).unwrap_or(Value::NONE);
    }
    word
}

/// The builtins of `frame`.
///
/// # Safety
/// The frame is live and of Python code.
pub unsafe fn of_frame(vm: &Vm, frame: *mut Frame) -> Value {
    // SAFETY: by contract; the frame's function keeps the builtins alive.
    visible(vm, unsafe { Value::from_ptr((*frame).builtins) })
}

/// The builtins of the code that runs.
pub fn current(vm: &Vm) -> Option<Owned> {
    of_running_code(vm).map(|word| visible(vm, *word).own())
}

/// `mapping[name]`, absence as `None`, where the mapping is a namespace of any class.
pub fn get(vm: &Vm, mapping: Value, name: Value) -> PyResult<Option<Owned>> {
    if type_of(vm, mapping) == vm.types.dict {
        return dict::get(vm, mapping, name);
    }
    match item::get(vm, mapping, name) {
        Ok(v) => Ok(Some(v)),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.key_error)?);
            Ok(None)
        }
    }
}

/// A builtin that native code refers to by name, as `__reduce__` of iterators does.
pub(crate) fn named(vm: &Vm, name: &str) -> PyResult {
    let key = str::intern(vm, name);
    // Whoever put keys of another class there is asked; so the result is looked for before an iterator's state, which such
    // code may change.
    let found = match current(vm) {
        Some(namespace) => get(vm, *namespace, *key)?,
        None => None,
    };
    found.ok_or_else(|| vm.raise(vm.types.attribute_error, name))
}
