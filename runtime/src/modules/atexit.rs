//! `atexit`: functions that run when the program ends, the last one first.
//!
//! They are kept in a list of the interpreter's, as tuples of function, positional arguments and keyword arguments (a dict
//! or None).

use taipan_layout::Value;

use super::NativeModule;
use crate::args::Args;
use crate::objects::spec::{MethodSpec, function0, function1, raw_function};
use crate::objects::{dict, exceptions, list, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "atexit",
    doc: "Functions that are called when the interpreter ends.\n\n\
          register() adds one, unregister() takes it out.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

static FUNCTIONS: &[MethodSpec] = &[
    raw_function(
        "register",
        "($module, func, /, *args, **kwargs)",
        register,
        "Register a function to be executed upon normal program termination",
    ),
    function1(
        "unregister",
        "($module, func, /)",
        unregister,
        "Take a function out of those that run at the end.",
    ),
    function0(
        "_clear",
        |vm, _| {
            list::clear(*registered(vm)?);
            Ok(Owned::none())
        },
        "Forget all functions that were registered.",
    ),
    function0(
        "_run_exitfuncs",
        |vm, _| {
            run(vm);
            Ok(Owned::none())
        },
        "Run all registered exit functions.",
    ),
    function0(
        "_ncallbacks",
        |vm, _| Ok(Owned::fixnum(list::len(*registered(vm)?) as i64)),
        "How many functions are registered.",
    ),
];

/// The list of what is registered.
fn registered(vm: &Vm) -> PyResult {
    if let Some(all) = vm.state.exit_functions.get() {
        return Ok(all.own());
    }
    let all = list::new(vm, Vec::new())?;
    vm.state.exit_functions.set(Some(all.clone().into_value()));
    Ok(all)
}

fn register(vm: &Vm, _: Value, args: Args) -> PyResult {
    let Some((&function, rest)) = args.pos().split_first() else {
        return Err(vm.type_error("register() takes at least 1 argument (0 given)"));
    };
    if !protocol::object::is_callable(vm, function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let keywords = args.keyword_dict(vm)?;
    let positional = tuple::from_slice(vm, rest)?;
    let entry = tuple::from_owned(vm, vec![function.own(), positional, keywords])?;
    list::append(vm, *registered(vm)?, *entry)?;
    Ok(function.own())
}

fn unregister(vm: &Vm, _: Value, function: Value) -> PyResult {
    let all = registered(vm)?;
    let mut kept = Vec::new();
    for entry in list::items(&all).iter().map(|e| e.own()).collect::<Vec<_>>() {
        if !protocol::compare::equal(vm, tuple::items(&entry)[0], function)? {
            kept.push(entry);
        }
    }
    list::clear(*all);
    for entry in kept {
        list::append_owned(vm, *all, entry)?;
    }
    Ok(Owned::none())
}

/// Runs what is registered; errors are reported, and what is registered meanwhile does not run.
pub fn run(vm: &Vm) {
    let Some(all) = vm.state.exit_functions.get() else { return };
    let entries: Vec<Owned> = list::items(&all).iter().map(|e| e.own()).collect();
    for entry in entries.iter().rev() {
        let [function, positional, keywords] = *tuple::items(entry) else { continue };
        if let Err(raised) = call(vm, function, positional, keywords) {
            let message = "Exception ignored in atexit callback";
            exceptions::write_unraisable(vm, raised, message, function);
        }
    }
    list::clear(all);
}

fn call(vm: &Vm, function: Value, positional: Value, keywords: Value) -> PyResult {
    let mut values: Vec<Value> = tuple::items(&positional).to_vec();
    if keywords.is_none() {
        return protocol::call::positional(vm, function, &values);
    }
    let pairs = dict::snapshot(keywords);
    values.extend(pairs.iter().map(|(_, v)| **v));
    let names: Vec<Value> = pairs.iter().map(|(k, _)| **k).collect();
    let names = tuple::from_slice(vm, &names)?;
    protocol::call::with_args(vm, function, Args::with_keywords(&values, *names))
}
