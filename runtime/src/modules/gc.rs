//! The `gc` module: Python's view of the cycle collector.

use taipan_layout::header::flag;
use taipan_layout::{Header, Value};

use super::NativeModule;
use super::builtins::optional;
use crate::args::Args;
use crate::gc::{self, FROZEN, GENERATIONS, debug, lists};
use crate::objects::spec::{MethodSpec, function, function0, function1, raw_function, tp_flags};
use crate::objects::{dict, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "gc",
    doc: "The collector of objects that refer to each other but can be reached from nowhere else.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function0("enable", |vm, _| Ok(set_enabled(vm, true)), "Let collections run by themselves again."),
    function0("disable", |vm, _| Ok(set_enabled(vm, false)), "Let no collection run by itself."),
    function0(
        "isenabled",
        |vm, _| Ok(Owned::bool(vm.gc.is_enabled())),
        "Whether collections run by themselves.",
    ),
    function("collect", "($module, /, generation=2)", collect, "Run the garbage collector."),
    raw_function(
        "set_threshold",
        "",
        set_threshold,
        "Set the collection thresholds (the collection frequency).",
    ),
    function0("get_threshold", get_threshold, "How many objects of each generation make a collection due."),
    function0("get_count", get_count, "How far each generation is on the way to a collection."),
    function0("get_stats", get_stats, "What collections have done so far, a dict for each generation."),
    function1("set_debug", "($module, flags, /)", set_debug, "Set the garbage collection debugging flags."),
    function0(
        "get_debug",
        |vm, _| Ok(Owned::fixnum(i64::from(vm.gc.debug_flags()))),
        "The flags that set_debug() was given.",
    ),
    function(
        "get_objects",
        "($module, /, generation=None)",
        get_objects,
        "Return a list of objects tracked by the collector (excluding the list returned).",
    ),
    function(
        "get_referrers",
        "($module, /, *objs)",
        get_referrers,
        "The objects that hold a reference to one of objs.",
    ),
    function(
        "get_referents",
        "($module, /, *objs)",
        get_referents,
        "The objects that objs hold references to.",
    ),
    function1(
        "is_tracked",
        "($module, obj, /)",
        |_, _, v| Ok(Owned::bool(lists::is_tracked(v))),
        "Returns true if the object is tracked by the garbage collector.",
    ),
    function1("is_finalized", "($module, obj, /)", is_finalized, "Whether the object's finaliser has run."),
    function0(
        "freeze",
        |vm, _| {
            lists::freeze(vm);
            Ok(Owned::none())
        },
        "Freeze all current tracked objects and ignore them for future collections.",
    ),
    function0(
        "unfreeze",
        |vm, _| {
            lists::unfreeze(vm);
            Ok(Owned::none())
        },
        "Unfreeze all objects in the permanent generation.",
    ),
    function0(
        "get_freeze_count",
        |vm, _| Ok(Owned::fixnum(lists::objects(vm, Some(FROZEN)).len() as i64)),
        "How many objects freeze() has taken out of collections.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let (callbacks, garbage) = gc::python_lists(vm)?;
    super::set(vm, m, "callbacks", *callbacks)?;
    super::set(vm, m, "garbage", *garbage)?;
    for (name, value) in [
        ("DEBUG_STATS", debug::STATS),
        ("DEBUG_COLLECTABLE", debug::COLLECTABLE),
        ("DEBUG_UNCOLLECTABLE", debug::UNCOLLECTABLE),
        ("DEBUG_SAVEALL", debug::SAVEALL),
        ("DEBUG_LEAK", debug::LEAK),
    ] {
        super::set(vm, m, name, Value::fixnum(i64::from(value)))?;
    }
    Ok(())
}

fn set_enabled(vm: &Vm, on: bool) -> Owned {
    gc::set_enabled(vm, on);
    Owned::none()
}

fn collect(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let generation = optional(args, 0).map_or(Ok(2), |v| protocol::index::to_i32(vm, v))?;
    match usize::try_from(generation) {
        Ok(g) if g < GENERATIONS => Ok(Owned::fixnum(gc::collect(vm, g) as i64)),
        _ => Err(vm.value_error("invalid generation")),
    }
}

fn set_threshold(vm: &Vm, _: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("gc.set_threshold() takes no keyword arguments"));
    }
    if args.pos().is_empty() || args.pos().len() > GENERATIONS {
        return Err(vm.type_error("gc.set_threshold requires 1 to 3 arguments"));
    }
    let mut values = Vec::new();
    for v in args.pos() {
        values.push(protocol::index::to_i32(vm, *v)?);
    }
    gc::set_thresholds(vm, &values);
    Ok(Owned::none())
}

fn get_threshold(vm: &Vm, _: Value) -> PyResult {
    tuple::from_owned(vm, vm.gc.thresholds().map(|t| Owned::fixnum(i64::from(t))).into())
}

fn get_count(vm: &Vm, _: Value) -> PyResult {
    tuple::from_owned(vm, gc::counts(vm).map(|c| Owned::fixnum(c as i64)).into())
}

fn get_stats(vm: &Vm, _: Value) -> PyResult {
    let mut all = Vec::new();
    for stats in vm.gc.stats() {
        let d = dict::new(vm)?;
        for (name, value) in
            [("collections", stats.collections), ("collected", stats.collected), ("uncollectable", 0)]
        {
            dict::set_str(vm, *d, *str::intern(vm, name), Value::fixnum(value as i64))?;
        }
        all.push(d);
    }
    list::new(vm, all)
}

fn set_debug(vm: &Vm, _: Value, flags: Value) -> PyResult {
    vm.gc.set_debug_flags(protocol::index::to_i32(vm, flags)?);
    Ok(Owned::none())
}

/// Owned references to live objects.
fn own_all(objects: &[*mut Header]) -> Vec<Owned> {
    objects.iter().map(|o| Value::from_ptr(*o).own()).collect()
}

fn get_objects(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let generation = match optional(args, 0).filter(|v| !v.is_none()) {
        None => -1,
        Some(v) if type_of(vm, v).slots().index.is_some() => protocol::index::to_isize(vm, v)?,
        Some(v) => {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("argument should be integer or None, not '{got}'")));
        }
    };
    match generation {
        -1 => {
            let all: Vec<_> = (0..GENERATIONS).flat_map(|g| lists::objects(vm, Some(g))).collect();
            list::new(vm, own_all(&all))
        }
        0..=2 => list::new(vm, own_all(&lists::objects(vm, Some(generation as usize)))),
        3.. => Err(
            vm.value_error("generation parameter must be less than the number of available generations (3)")
        ),
        _ => Err(vm.value_error("generation parameter cannot be negative")),
    }
}

fn get_referrers(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let wanted = tuple::items(&args[0]);
    let mut found = Vec::new();
    for g in 0..GENERATIONS {
        for object in lists::objects(vm, Some(g)) {
            let mut refers = false;
            // SAFETY: listed objects are live.
            unsafe { gc::for_each_child(object, &mut |v| refers |= !v.is_null() && wanted.contains(&v)) };
            if refers && Value::from_ptr(object) != args[0] {
                found.push(Value::from_ptr(object).own());
            }
        }
    }
    list::new(vm, found)
}

fn get_referents(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let mut found = Vec::new();
    for v in tuple::items(&args[0]) {
        let ty = type_of(vm, *v);
        let is_static_type = is_instance(vm, *v, vm.types.type_) && !lists::is_tracked(*v);
        if v.is_heap() && ty.has_flag(tp_flags::HAVE_GC) && !is_static_type {
            // SAFETY: the argument is live; its children are owned at once.
            unsafe {
                gc::for_each_child(v.header(), &mut |child| {
                    if !child.is_null() {
                        found.push(child.own());
                    }
                });
            }
        }
    }
    list::new(vm, found)
}

fn is_finalized(_: &Vm, _: Value, v: Value) -> PyResult {
    // SAFETY: a heap word points to a live object.
    Ok(Owned::bool(v.is_heap() && unsafe { (*v.header()).flags & flag::FINALIZED != 0 }))
}
