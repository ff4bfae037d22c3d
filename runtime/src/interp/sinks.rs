//! Builtins that ask a generator for all of its items, as functions in Python.
//!
//! A builtin that resumes a generator from native code leaves machine code for each item. `set(x for x in y)` therefore calls
//! a function in Python that does what the builtin does (`CALL_BUILTIN_CLASS_GEN`): the interpreter stays in its loop, and a
//! trace follows the items from the generator to the set. Every call site has a function of its own, for a trace is made for
//! one generator. Its frames are internal: neither tracebacks nor `sys._getframe` show them.

use std::cell::{OnceCell, UnsafeCell};
use std::collections::HashMap;

use taipan_layout::objects::{Code, HIDDEN_CODE};
use taipan_layout::thread::Sink;
use taipan_layout::{Kind, Value};

use crate::modules::builtins::compiler::{Flags, Mode};
use crate::modules::builtins::source::compile_source;
use crate::objects::code::code_object;
use crate::objects::{dict, function, is_kind, str, tuple};
use crate::owned::PyResult;
use crate::vm::Vm;

/// The builtins, and what they do with an iterable. Nothing in here may look at globals.
const SOURCES: &[(&str, &str)] = &[
    ("set", "def set(items):\n  return {item for item in items}"),
    ("list", "def list(items):\n  return [item for item in items]"),
    ("sorted", "def sorted(items):\n  result = [item for item in items]\n  result.sort()\n  return result"),
];

/// Call sites that may have a function of their own.
const MAX_SINKS: usize = 2048;

#[derive(Default)]
pub struct Sinks {
    builtins: OnceCell<Vec<(Value, &'static str)>>,
    /// `all` and `any`, which the compiler replaces by loops.
    originals: OnceCell<Vec<(Value, &'static str)>>,
    /// What `ts.sinks` points to. Its entries live as long as the interpreter.
    table: UnsafeCell<Vec<Sink>>,
    by_site: UnsafeCell<HashMap<usize, u16>>,
}

/// Notes the builtins as they are before the program can change them.
pub fn note_builtins(vm: &Vm, namespace: Value) {
    let builtins = SOURCES
        .iter()
        .filter_map(|(name, source)| {
            let v = dict::get_str(vm, namespace, *str::intern(vm, name))?;
            // Kept alive for good.
            crate::owned::incref(v);
            Some((v, *source))
        })
        .collect();
    let _ = vm.sinks.builtins.set(builtins);
    let originals = ["all", "any"]
        .into_iter()
        .filter_map(|name| {
            let v = dict::get_str(vm, namespace, *str::intern(vm, name))?;
            crate::owned::incref(v);
            Some((v, name))
        })
        .collect();
    let _ = vm.sinks.originals.set(originals);
}

/// `all` or `any` as they were before the program could change them.
pub fn original(vm: &Vm, name: &str) -> Option<Value> {
    vm.sinks.originals.get()?.iter().find(|(_, n)| *n == name).map(|(v, _)| *v)
}

/// The number of the function for a call of `callable` with a generator at this instruction; `None` when there is none.
pub fn at(vm: &Vm, site: *mut u16, callable: Value) -> Option<u16> {
    let source = vm.sinks.builtins.get()?.iter().find(|(b, _)| *b == callable)?.1;
    // SAFETY: nothing else looks at the tables meanwhile: making a function runs no Python.
    unsafe {
        let (table, by_site) = (vm.sinks.table.get(), vm.sinks.by_site.get());
        if let Some(n) = (*by_site).get(&(site as usize)).copied()
            && (&(*table))[n as usize].builtin == callable
        {
            return Some(n);
        }
        if (*table).len() >= MAX_SINKS {
            return None;
        }
        let made = make(vm, source).map_err(|raised| drop(vm.take_exception(raised))).ok()?;
        (*table).push(Sink { builtin: callable, function: made.into_value() });
        (*vm.ts()).sinks = (*table).as_ptr();
        let n = (*table).len() as u16 - 1;
        (*by_site).insert(site as usize, n);
        Some(n)
    }
}

fn make(vm: &Vm, source: &str) -> PyResult {
    let flags = Flags { optimize: 0, future: 0, top_level_await: false };
    let module = compile_source(vm, source, "<taipan>", Mode::Module, flags)?;
    let consts = code_object(*module).consts;
    let code = tuple::items(&consts).iter().copied().find(|c| is_kind(*c, Kind::Code));
    let Some(code) = code else { return Err(vm.system_error("no code")) };
    // SAFETY: the code is new and nobody runs it.
    unsafe { (*code.as_ptr::<Code>()).flags |= HIDDEN_CODE };
    let globals = dict::new(vm)?;
    function::new(vm, code, *globals, Value::NULL)
}
