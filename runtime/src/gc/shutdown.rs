//! The end of the interpreter, in the order that programs can see in CPython: garbage is collected, the modules go (each is
//! freed when nothing else holds it, together with its namespace), garbage is collected again, the namespaces of the modules
//! that are still held are emptied, last those of `sys` and `builtins`. Finalisers run all along; what they print still
//! appears.
//!
//! Memory that is left is not given back: the process ends. When nothing is left whose end anybody could notice, nothing of
//! this happens.

use taipan_layout::Value;
use taipan_layout::header::flag;

use super::{GENERATIONS, Reason, run};
use crate::modules::imp::library_folder;
use crate::objects::code::code_head;
use crate::objects::{TypeRef, dict, function, module, str, type_of, weakref};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// Attributes of `sys` that could keep a program's objects alive; gone first.
const SPECIAL: [&str; 11] = [
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_hooks",
    "path_importer_cache",
    "meta_path",
];

/// Callbacks of the library that take an entry out of a container and do nothing else: by file and name. Objects that go with
/// the entry are looked at by themselves.
const SILENT: [(&str, &str); 4] = [
    ("_weakrefset.py", "WeakSet.__init__.<locals>._remove"),
    ("weakref.py", "WeakKeyDictionary.__init__.<locals>.remove"),
    ("weakref.py", "WeakValueDictionary.__init__.<locals>.remove"),
    ("logging/__init__.py", "_removeHandlerRef"),
];

/// Frees what the program has left, if anybody would notice.
pub fn finish(vm: &Vm) {
    if !anyone_notices(vm) {
        return;
    }
    let everything = GENERATIONS - 1;
    if vm.gc.is_enabled() {
        run(vm, everything, Reason::Shutdown);
    }
    let done = free_modules(vm);
    if let Err(raised) = done {
        vm.discard(raised);
    }
}

/// Whether the death of an object that is left runs anything: a finaliser, or the callback of a weak reference. The standard
/// streams have been written out already. Memory and descriptors go with the process.
fn anyone_notices(vm: &Vm) -> bool {
    if super::verify::is_on()
        || vm.gc.debug_flags() != 0
        || weakref::callbacks(vm).iter().any(|f| !is_silent(vm, *f))
    {
        return true;
    }
    let streams = crate::modules::sys::standard_streams(vm);
    let mut noticed = false;
    crate::alloc::for_each_object(vm, |object| {
        // SAFETY: the object is live, and so its type is.
        noticed = noticed
            || unsafe {
                (*object).flags & flag::FINALIZED == 0
                    && TypeRef::from_ptr((*(*object).shape).ty).slots().finalize.is_some()
                    && !streams.contains(&Value::from_ptr(object))
            };
    });
    noticed
}

/// Whether a callback is one of the library's that nobody notices.
fn is_silent(vm: &Vm, callback: Value) -> bool {
    if type_of(vm, callback) != vm.types.function {
        return false;
    }
    let (Some(library), code) = (library_folder(vm), code_head(function::function_object(callback).code))
    else {
        return false;
    };
    let (file, name) = (str::to_string_lossy(code.filename), str::to_string_lossy(code.qualname));
    let file = file.strip_prefix(library.as_str()).and_then(|file| file.strip_prefix('/'));
    SILENT.iter().any(|silent| file == Some(silent.0) && name == silent.1)
}

fn free_modules(vm: &Vm) -> PyResult<()> {
    let (Some(modules), Some(sys), Some(builtins)) =
        (vm.state.modules.get(), vm.state.sys_dict.get(), vm.state.builtins.get())
    else {
        return Ok(());
    };
    forget_special(vm, sys, builtins)?;
    let weak = forget_modules(vm, modules)?;
    dict::clear(vm, modules);
    run(vm, GENERATIONS - 1, Reason::Shutdown);
    for reference in weak.into_iter().rev() {
        if let Some(m) = weakref::get(*reference) {
            let namespace = module::dict(*m);
            if !namespace.is_null() && namespace != sys && namespace != builtins {
                let namespace = namespace.own();
                drop(m);
                empty(vm, *namespace)?;
            }
        }
    }
    run(vm, GENERATIONS - 1, Reason::Shutdown);
    // What is printed from here on has nowhere to go, but what was printed before must not be lost.
    if let Err(raised) = crate::modules::sys::flush_streams(vm) {
        vm.discard(raised);
    }
    // Whoever fails from here on fails in silence.
    for name in ["stderr", "__stderr__"] {
        dict::set_str(vm, sys, *str::intern(vm, name), Value::NONE)?;
    }
    empty(vm, sys)?;
    empty(vm, builtins)
}

fn forget_special(vm: &Vm, sys: Value, builtins: Value) -> PyResult<()> {
    dict::set_str(vm, builtins, *str::intern(vm, "_"), Value::NONE)?;
    for name in SPECIAL {
        let key = str::intern(vm, name);
        if dict::get_str(vm, sys, *key).is_some() {
            dict::set_str(vm, sys, *key, Value::NONE)?;
        }
    }
    for name in ["stdin", "stdout", "stderr"] {
        let original = dict::get_str(vm, sys, *str::intern(vm, &format!("__{name}__"))).map(Counted::own);
        dict::set_str(vm, sys, *str::intern(vm, name), original.map_or(Value::NONE, |o| *o))?;
    }
    Ok(())
}

/// Sets all of `sys.modules` to None; weak references to the modules, in order.
fn forget_modules(vm: &Vm, modules: Value) -> PyResult<Vec<Owned>> {
    let mut weak = Vec::new();
    for (name, m) in dict::snapshot(modules) {
        if module::is_module(vm, *m) {
            weak.push(weakref::create(vm, vm.types.weakref, *m, None)?);
        }
        dict::set(vm, modules, *name, Value::NONE)?;
    }
    Ok(weak)
}

/// Takes everything out of a namespace: names with one leading underscore first, then the others; builtins stay, because
/// finalisers need them.
fn empty(vm: &Vm, namespace: Value) -> PyResult<()> {
    for private in [true, false] {
        for (name, value) in dict::snapshot(namespace) {
            if value.is_none() || !str::args::is_str(vm, *name) {
                continue;
            }
            drop(value);
            // Names that are not ASCII begin with no underscore that means anything here.
            let text = str::ascii(&name).unwrap_or_default();
            let is_private = text.starts_with(b"_") && !text.starts_with(b"__");
            if text != b"__builtins__" && (!private || is_private) {
                dict::set(vm, namespace, *name, Value::NONE)?;
            }
        }
    }
    Ok(())
}
