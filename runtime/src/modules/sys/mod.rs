//! The `sys` module.
//!
//! | module | holds |
//! |---|---|
//! | `info` | constants: versions, limits, flags |
//! | `hooks` | `displayhook`, `excepthook`, `unraisablehook`, what happens to an uncaught exception |
//! | `monitoring` | who watches the program |
//! | `paths` | where the library is, `sys.path` at the start |
//! | `streams` | the standard streams, the locale's encoding |

mod hooks;
mod info;
mod jit;
mod monitoring;
mod paths;
mod streams;

use taipan_layout::Value;

use super::NativeModule;
use super::builtins::{check_count, check_no_keywords, optional};
use crate::args::Args;
use crate::interp::tracing::{self, Observer};
use crate::objects::spec::{MethodSpec, function, function0, function1, raw_function, tp_flags};
use crate::objects::{TypeRef, dict, exceptions, frame, int, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub use hooks::{End, FLUSH_FAILED, add_exit_functions, call_unraisable_hook, handle_uncaught, report_flush};
pub use streams::{
    default_text_encoding, encode_streams, flush_streams, is_utf8_mode, locale_encoding, make_streams,
    standard_streams,
};

pub static MODULE: NativeModule = NativeModule {
    name: "sys",
    doc: "This module provides access to some objects used or maintained by the\ninterpreter and to functions that \
          interact strongly with the interpreter.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "exit",
        "($module, status=None, /)",
        exit,
        "Exit the interpreter by raising SystemExit(status).",
    ),
    function0(
        "getrecursionlimit",
        |vm, _| Ok(Owned::fixnum(i64::from(vm.recursion_limit.get()))),
        "Return the recursion limit.",
    ),
    function1(
        "setrecursionlimit",
        "($module, limit, /)",
        setrecursionlimit,
        "Set the maximum depth of the interpreter stack.",
    ),
    function1("getrefcount", "($module, object, /)", getrefcount, "Return the reference count of object."),
    raw_function("getsizeof", "", getsizeof, "Return the size of object in bytes."),
    function1("intern", "($module, string, /)", intern, "``Intern'' the given string."),
    function1(
        "_is_interned",
        "($module, string, /)",
        is_interned,
        "Whether equal interned strings are this object.",
    ),
    function0(
        "_is_gil_enabled",
        |_, _| Ok(Owned::bool(true)),
        "Return True if the GIL is currently enabled.",
    ),
    function0(
        "exc_info",
        exc_info,
        "Return type, value and traceback of the exception that is being handled.",
    ),
    function0(
        "exception",
        |vm, _| Ok(exceptions::handled(vm).unwrap_or_else(Owned::none)),
        "Return the exception that is being handled.",
    ),
    function("_getframe", "($module, depth=0, /)", getframe, "Return a frame object from the call stack."),
    function(
        "_getframemodulename",
        "($module, /, depth=0)",
        getframemodulename,
        "Return the name of the module for a calling frame.",
    ),
    function0("getdefaultencoding", |vm, _| str::new(vm, "utf-8"), "Return the current default encoding."),
    function0(
        "getfilesystemencoding",
        |vm, _| str::new(vm, "utf-8"),
        "Return the encoding used for file names.",
    ),
    function0(
        "getfilesystemencodeerrors",
        |vm, _| str::new(vm, "surrogateescape"),
        "Return the error mode for file names.",
    ),
    function0("get_int_max_str_digits", get_int_max_str_digits, "Return the maximum string digits limit."),
    function(
        "set_int_max_str_digits",
        "($module, /, maxdigits)",
        set_int_max_str_digits,
        "Set the maximum string digits limit.",
    ),
    function0(
        "get_coroutine_origin_tracking_depth",
        |vm, _| Ok(Owned::fixnum(i64::from(vm.coroutine_origin_depth.get()))),
        "How many frames new coroutines note as their origin.",
    ),
    function(
        "set_coroutine_origin_tracking_depth",
        "($module, /, depth)",
        set_coroutine_origin_depth,
        "Enable or disable origin tracking for coroutine objects in this thread.\n\n\
         Coroutine objects remember 'depth' frames of where they came from in their\n\
         cr_origin attribute; 0 disables it.",
    ),
    function0(
        "getswitchinterval",
        |vm, _| crate::objects::float::new(vm, vm.threads.switch_interval().as_secs_f64()),
        "Return the thread switch interval.",
    ),
    function0("gettrace", |vm, _| Ok(observer(vm, Observer::Trace)), "Return the global trace function."),
    function0(
        "getprofile",
        |vm, _| Ok(observer(vm, Observer::Profile)),
        "Return the global profiling function.",
    ),
    function(
        "call_tracing",
        "($module, func, args, /)",
        call_tracing,
        "Call func(*args), while tracing is enabled.",
    ),
    function1(
        "_settraceallthreads",
        "($module, function, /)",
        |vm, _, f| set_all(vm, Observer::Trace, f),
        "Set the global trace function in all threads.",
    ),
    function1(
        "_setprofileallthreads",
        "($module, function, /)",
        |vm, _, f| set_all(vm, Observer::Profile, f),
        "Set the profiling function in all threads.",
    ),
    function1("settrace", "($module, function, /)", settrace, "Set the global trace function."),
    function1("setprofile", "($module, function, /)", setprofile, "Set the profiling function."),
    function0(
        "_get_cpu_count_config",
        |vm, _| Ok(Owned::fixnum(vm.config.cpu_count.map_or(-1, i64::from))),
        "The number of processors that os.cpu_count() is to report; -1: all there are.",
    ),
    function1(
        "setswitchinterval",
        "($module, interval, /)",
        setswitchinterval,
        "Set the thread switch interval.",
    ),
    function0("_clear_type_cache", clear_type_cache, "Clear the cache of attributes of types."),
    function1(
        "_clear_type_descriptors",
        "($module, type, /)",
        clear_type_descriptors,
        "Take '__dict__' and '__weakref__' out of a class, for one that is made from the same namespace.",
    ),
    function0("_current_frames", current_frames, "The frames of all threads by their identities."),
    function0(
        "_current_exceptions",
        current_exceptions,
        "What exceptions the threads handle, by their identities; None for those that handle none.",
    ),
    function0(
        "is_stack_trampoline_active",
        |_, _| Ok(Owned::bool(false)),
        "Whether a stack profiler trampoline is active.",
    ),
    function0(
        "is_remote_debug_enabled",
        |_, _| Ok(Owned::bool(false)),
        "Whether remote debugging is enabled.",
    ),
    function1(
        "_is_immortal",
        "($module, op, /)",
        |_, _, v| {
            // SAFETY: a heap word points to a live object.
            Ok(Owned::bool(!v.is_heap() || unsafe { (*v.header()).rc } < 0))
        },
        "Whether the object lives for ever.",
    ),
    function0(
        "is_finalizing",
        |vm, _| Ok(Owned::bool(vm.threads.is_ending())),
        "Whether the interpreter is coming to its end.",
    ),
    function0(
        "_baserepl",
        |vm, _| {
            crate::repl::run_basic(vm);
            Ok(Owned::none())
        },
        "The plain interactive prompt, for programs' main module.",
    ),
    function0("_clear_internal_caches", |_, _| Ok(Owned::none()), "Clear caches of the interpreter."),
    function1(
        "displayhook",
        "($module, object, /)",
        hooks::displayhook,
        "What the interactive interpreter does with a value: writes it, and keeps it as builtins._",
    ),
    function(
        "excepthook",
        "($module, exctype, value, traceback, /)",
        hooks::excepthook,
        "Writes an exception and its traceback to sys.stderr.",
    ),
    function1(
        "unraisablehook",
        "($module, unraisable, /)",
        hooks::unraisablehook,
        "Handle an unraisable exception.",
    ),
    raw_function(
        "breakpointhook",
        "($module, /, *args, **kwargs)",
        hooks::breakpointhook,
        "Called by built-in breakpoint().",
    ),
    raw_function("audit", "", |_, _, _| Ok(Owned::none()), "Tell the hooks of an event."),
    function1(
        "addaudithook",
        "($module, /, hook)",
        |vm, _, _| Err(vm.raise(vm.types.not_implemented_error, "audit hooks are not supported")),
        "Have a function called for every audited event.",
    ),
    raw_function("set_asyncgen_hooks", "", set_asyncgen_hooks, "Set the hooks of asynchronous generators."),
    function0("get_asyncgen_hooks", get_asyncgen_hooks, "Return the hooks of asynchronous generators."),
    function0("getallocatedblocks", |_, _| Ok(Owned::fixnum(0)), "How many blocks of memory are in use."),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    info::fill(vm, m)?;
    let jit = super::create(vm, &jit::MODULE)?;
    super::set(vm, m, "_jit", *jit)?;
    let monitoring = super::create(vm, &monitoring::MODULE)?;
    super::set(vm, m, "monitoring", *monitoring)?;
    if let Some(modules) = vm.state.modules.get() {
        super::set(vm, m, "modules", modules)?;
    }
    for name in ["displayhook", "excepthook", "unraisablehook", "breakpointhook"] {
        let namespace = crate::objects::module::dict(m);
        if let Some(f) = dict::get_str(vm, namespace, *str::intern(vm, name)).map(Counted::own) {
            super::set(vm, m, &format!("__{name}__"), *f)?;
        }
    }
    Ok(())
}

fn exit(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let status = optional(args, 0).filter(|v| !v.is_none());
    let given: &[Value] = match &status {
        // A tuple gives several arguments, as `raise SystemExit, (1, 2)` once did.
        Some(v) if is_instance(vm, *v, vm.types.tuple) => tuple::items(v),
        Some(v) => std::slice::from_ref(v),
        None => &[],
    };
    Err(vm.raise_with(vm.types.system_exit, given))
}

fn setswitchinterval(vm: &Vm, _: Value, interval: Value) -> PyResult {
    let seconds = protocol::number::to_float(vm, interval)?;
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.threads.set_switch_interval((seconds * 1e6).max(1.0) as u64);
    Ok(Owned::none())
}

fn current_frames(vm: &Vm, _: Value) -> PyResult {
    let found = dict::new(vm)?;
    let mut all = Vec::new();
    vm.threads.for_each(|other| all.push((other.ident.get(), crate::interp::python_frame(other))));
    for (ident, frame) in all {
        if !frame.is_null() {
            // SAFETY: the frames of threads that do not run are live and complete.
            let frame = unsafe { crate::objects::frame::of(vm, frame)? };
            dict::set(vm, *found, Value::fixnum(ident), *frame)?;
        }
    }
    Ok(found)
}

fn current_exceptions(vm: &Vm, _: Value) -> PyResult {
    let found = dict::new(vm)?;
    let mut all = Vec::new();
    vm.threads.for_each(|other| all.push((other.ident.get(), exceptions::handled(other))));
    for (ident, exc) in all {
        dict::set(vm, *found, Value::fixnum(ident), *exc.unwrap_or_else(Owned::none))?;
    }
    Ok(found)
}

fn setrecursionlimit(vm: &Vm, _: Value, limit: Value) -> PyResult {
    let limit = protocol::index::to_i32(vm, limit)?;
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    // SAFETY: the thread state is ours.
    unsafe {
        let remaining = &mut (*vm.ts()).recursion_remaining;
        let depth = vm.recursion_limit.get() - *remaining;
        if depth >= limit {
            return Err(vm.raise(
                vm.types.recursion_error,
                &format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"),
            ));
        }
        *remaining = limit - depth;
    }
    vm.recursion_limit.set(limit);
    Ok(Owned::none())
}

fn getrefcount(_vm: &Vm, _: Value, v: Value) -> PyResult {
    // What is no heap object, or immortal, has CPython's count of immortal objects.
    const IMMORTAL: i64 = 3_221_225_472;
    if !v.is_heap() {
        return Ok(Owned::fixnum(IMMORTAL));
    }
    // SAFETY: a heap word points to a live object.
    let rc = unsafe { (*v.header()).rc };
    Ok(Owned::fixnum(if rc < 0 { IMMORTAL } else { i64::from(rc) }))
}

fn getsizeof(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "getsizeof", args)?;
    match args.pos().len() {
        0 => return Err(vm.type_error("getsizeof() missing required argument 'object' (pos 1)")),
        1 | 2 => {}
        n => return Err(vm.type_error(&format!("getsizeof() takes at most 2 arguments ({n} given)"))),
    }
    let key = str::intern(vm, "__sizeof__");
    match protocol::call::special(vm, args.pos()[0], *key, &[])? {
        Some(n) if int::is_int(vm, *n) => Ok(n),
        Some(_) => Err(vm.type_error("__sizeof__() should return an int")),
        None => match args.pos().get(1) {
            Some(default) => Ok(default.own()),
            None => {
                let got = type_of(vm, args.pos()[0]).name_str();
                Err(vm.type_error(&format!("Type {got} doesn't define __sizeof__")))
            }
        },
    }
}

fn intern(vm: &Vm, _: Value, v: Value) -> PyResult {
    if type_of(vm, v) == vm.types.str {
        return Ok(str::intern_value(vm, v));
    }
    let got = str::args::type_name(vm, v);
    Err(vm.type_error(&if is_instance(vm, v, vm.types.str) {
        format!("can't intern {got}")
    } else {
        format!("intern() argument must be str, not {got}")
    }))
}

fn is_interned(vm: &Vm, _: Value, v: Value) -> PyResult {
    if !is_instance(vm, v, vm.types.str) {
        let got = str::args::type_name(vm, v);
        return Err(vm.type_error(&format!("_is_interned() argument must be str, not {got}")));
    }
    Ok(Owned::bool(str::is_interned(v)))
}

fn clear_type_cache(vm: &Vm, _: Value) -> PyResult {
    let text = "sys._clear_type_cache() is deprecated and scheduled for removal in a future version. \
                Use sys._clear_internal_caches() instead.";
    crate::modules::warnings::warn(vm, vm.types.deprecation_warning, text, 1)?;
    Ok(Owned::none())
}

fn exc_info(vm: &Vm, _: Value) -> PyResult {
    match exceptions::handled(vm) {
        None => tuple::from_slice(vm, &[Value::NONE; 3]),
        Some(e) => {
            let tb = exceptions::traceback(*e);
            let tb = if tb.is_null() { Value::NONE } else { tb };
            tuple::from_slice(vm, &[type_of(vm, *e).value(), *e, tb])
        }
    }
}

/// The frame `depth` levels above the running one; null when the stack is not that deep.
fn frame_at(vm: &Vm, depth: i32) -> *mut taipan_layout::Frame {
    // SAFETY: the chain of live frames ends with null.
    unsafe {
        let mut f = crate::interp::frames::first_python((*vm.ts()).frame);
        for _ in 0..depth.max(0) {
            if f.is_null() {
                break;
            }
            f = crate::interp::frames::first_python((*f).previous);
        }
        f
    }
}

fn getframe(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let depth = match optional(args, 0) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    let f = frame_at(vm, depth);
    if f.is_null() {
        return Err(vm.value_error("call stack is not deep enough"));
    }
    // SAFETY: the frame is live.
    unsafe { frame::of(vm, f) }
}

fn getframemodulename(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let depth = match optional(args, 0) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    let f = frame_at(vm, depth);
    if f.is_null() {
        return Ok(Owned::none());
    }
    // SAFETY: the frame is live and keeps its globals.
    let globals = unsafe { Value::from_ptr((*f).globals).own() };
    Ok(dict::get_str(vm, *globals, *vm.names.__name__).map_or_else(Owned::none, Counted::own))
}

const DEFAULT_MAX_STR_DIGITS: usize = 4300;

fn set_coroutine_origin_depth(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let depth = protocol::index::to_i32(vm, args[0])?;
    if depth < 0 {
        return Err(vm.value_error("depth must be >= 0"));
    }
    vm.coroutine_origin_depth.set(depth);
    Ok(Owned::none())
}

fn get_int_max_str_digits(vm: &Vm, _: Value) -> PyResult {
    let n = vm.state.int_max_str_digits.get().unwrap_or(DEFAULT_MAX_STR_DIGITS);
    Ok(Owned::fixnum(n as i64))
}

fn set_int_max_str_digits(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    const THRESHOLD: i64 = 640;
    let n = protocol::index::to_i64(vm, args[0])?;
    if n != 0 && n < THRESHOLD {
        return Err(vm.value_error(&format!("maxdigits must be >= {THRESHOLD} or 0 for unlimited")));
    }
    vm.state.int_max_str_digits.set(Some(n as usize));
    Ok(Owned::none())
}

fn observer(vm: &Vm, which: Observer) -> Owned {
    vm.tracing.function(which).unwrap_or_else(Owned::none)
}

fn settrace(vm: &Vm, _: Value, f: Value) -> PyResult {
    tracing::set(vm, Observer::Trace, (!f.is_none()).then(|| f.own()));
    Ok(Owned::none())
}

fn setprofile(vm: &Vm, _: Value, f: Value) -> PyResult {
    tracing::set(vm, Observer::Profile, (!f.is_none()).then(|| f.own()));
    Ok(Owned::none())
}

/// Sets or removes an observer of all threads.
fn set_all(vm: &Vm, which: Observer, f: Value) -> PyResult {
    vm.threads.for_each(|thread| tracing::set(thread, which, (!f.is_none()).then(|| f.own())));
    Ok(Owned::none())
}

fn call_tracing(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    if !is_instance(vm, args[1], vm.types.tuple) {
        let got = type_of(vm, args[1]).name_str();
        return Err(vm.type_error(&format!("call_tracing() argument 2 must be tuple, not {got}")));
    }
    let all: Vec<Value> = crate::objects::tuple::items(&args[1]).to_vec();
    tracing::call_traced(vm, args[0], &all)
}

fn set_asyncgen_hooks(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_count(vm, "set_asyncgen_hooks", args.pos().len(), 0, 2)?;
    let places = [("firstiter", &vm.asyncgen_firstiter), ("finalizer", &vm.asyncgen_finalizer)];
    let by_position = args.pos().iter().enumerate().map(|(i, v)| (places[i].0.to_owned(), *v));
    let by_name = args.keywords().map(|(k, v)| (str::to_string_lossy(k), v));
    for (name, v) in by_position.chain(by_name) {
        let Some((_, place)) = places.iter().find(|(n, _)| *n == name) else {
            return Err(
                vm.type_error(&format!("set_asyncgen_hooks() got an unexpected keyword argument '{name}'"))
            );
        };
        if !v.is_none() && !protocol::object::is_callable(vm, v) {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("callable {name} expected, got {got}")));
        }
        let old = place.replace((!v.is_none()).then(|| v.own().into_value()));
        if let Some(old) = old {
            // SAFETY: the cell owned the hook.
            unsafe { crate::owned::decref(old) };
        }
    }
    Ok(Owned::none())
}

fn get_asyncgen_hooks(vm: &Vm, _: Value) -> PyResult {
    let hooks = [&vm.asyncgen_firstiter, &vm.asyncgen_finalizer];
    let hooks = hooks.map(|h| h.get().unwrap_or(Value::NONE));
    super::structseq::new(vm, vm.types.asyncgen_hooks, &hooks)
}

/// They belong to the class, and would keep it alive in the namespace of another.
fn clear_type_descriptors(vm: &Vm, _: Value, class: Value) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, class) else {
        let got = type_of(vm, class).name_str();
        return Err(vm.type_error(&format!("_clear_type_descriptors() argument must be type, not {got}")));
    };
    if ty.has_flag(tp_flags::IMMUTABLETYPE) {
        return Err(vm.type_error("argument is immutable"));
    }
    for name in ["__dict__", "__weakref__"] {
        dict::take(vm, ty.dict.get(), *str::intern(vm, name))?;
    }
    ty.modified();
    Ok(Owned::none())
}
