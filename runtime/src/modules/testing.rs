//! `_testcapi` and `_testinternalcapi`: what CPython's own tests ask of an interpreter from below Python.
//!
//! Of the many functions of these modules those are here that mean something without CPython's C interface: the ways in
//! which native functions are called, how the interpreter reports exceptions, where attributes are kept. Tests of the others
//! find that they are not there and say so.

use std::sync::Arc;

use taipan_layout::Value;
use taipan_layout::header::flag;

use super::native::{self, native_data};
use super::{NativeModule, add_type, set};
use crate::args::Args;
use crate::objects::spec::{Flavour, Imp, MethodSpec, TypeSpec, function, function0, function1, tp_flags};
use crate::objects::{Slots, dict, exceptions, int, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::threads::{self, Thread};
use crate::vm::Vm;

pub static CAPI: NativeModule = NativeModule {
    name: "_testcapi",
    doc: "What tests ask of native functions.",
    functions: CAPI_FUNCTIONS,
    fill: |vm, m| {
        super::add_functions(vm, m, "_testcapi", &FUNCTIONS_TABLE)?;
        for (name, n) in [
            ("CHAR_MAX", i64::from(i8::MAX)),
            ("CHAR_MIN", i64::from(i8::MIN)),
            ("SHRT_MAX", i64::from(i16::MAX)),
            ("SHRT_MIN", i64::from(i16::MIN)),
            ("INT_MAX", i64::from(i32::MAX)),
            ("INT_MIN", i64::from(i32::MIN)),
            ("UINT_MAX", i64::from(u32::MAX)),
            ("LONG_MAX", i64::MAX),
            ("LONG_MIN", i64::MIN),
            ("PY_SSIZE_T_MAX", i64::MAX),
            ("PY_SSIZE_T_MIN", i64::MIN),
            ("SIZEOF_VOID_P", 8),
            ("SIZEOF_WCHAR_T", 4),
            ("SIZEOF_TIME_T", 8),
        ] {
            set(vm, m, name, *crate::objects::int::new(vm, n)?)?;
        }
        let error = super::new_exception(vm, "_testcapi", "error", vm.types.exception)?;
        set(vm, m, "error", *error)?;
        for (ty, spec) in [
            (vm.types.meth_instance, &METH_INSTANCE),
            (vm.types.meth_class, &METH_CLASS),
            (vm.types.meth_static, &METH_STATIC),
        ] {
            add_type(vm, m, ty, spec)?;
        }
        Ok(())
    },
};

pub static INTERNAL: NativeModule = NativeModule {
    name: "_testinternalcapi",
    doc: "What tests ask of the interpreter's inside.",
    functions: INTERNAL_FUNCTIONS,
    fill: |vm, m| {
        // Executions after which every instruction that can be is specialised.
        set(vm, m, "SPECIALIZATION_THRESHOLD", Value::fixnum(16))?;
        set(vm, m, "SPECIALIZATION_COOLDOWN", Value::fixnum(64))?;
        set(vm, m, "TIER2_THRESHOLD", Value::fixnum(4096))
    },
};

static INTERNAL_FUNCTIONS: &[MethodSpec] = &[
    function1(
        "has_inline_values",
        "($module, object, /)",
        |vm, _, v| {
            // SAFETY: a heap word points to a live object.
            let inline = v.is_heap()
                && type_of(vm, v).has_flag(tp_flags::SHAPED)
                && unsafe { (*v.header()).flags & flag::INSTANCE_HAS_DICT == 0 };
            Ok(Owned::bool(inline))
        },
        "Whether an instance keeps its attributes inside of itself.",
    ),
    function0(
        "get_recursion_depth",
        |vm, _| {
            // SAFETY: the thread's own state.
            let left = unsafe { (*vm.ts()).recursion_remaining };
            Ok(Owned::fixnum(i64::from(vm.recursion_limit.get() - left)))
        },
        "How many Python frames are active.",
    ),
    function0(
        "get_c_recursion_remaining",
        |vm, _| Ok(Owned::fixnum((vm.native_stack_left() / NATIVE_FRAME) as i64)),
        "How many native calls the stack has room for.",
    ),
];

/// Bytes of stack that a call of native code through Python takes at most.
const NATIVE_FRAME: usize = 4096;

static CAPI_FUNCTIONS: &[MethodSpec] = &[
    function1(
        "config_get",
        "($module, name, /)",
        config_get,
        "A setting that the interpreter was started with.",
    ),
    function(
        "exception_print",
        "($module, exception, legacy=False, /)",
        |vm, _, args| {
            if exceptions::is_exception(vm, args[0]) {
                exceptions::print(vm, args[0]);
            } else {
                let got = type_of(vm, args[0]).name_str();
                let text =
                    format!("TypeError: print_exception(): Exception expected for value, {got} found\n");
                exceptions::print::write_stderr(vm, &text);
            }
            Ok(Owned::none())
        },
        "Print an exception as an uncaught one.",
    ),
    function(
        "traceback_print",
        "($module, traceback, file, /)",
        |vm, _, args| {
            if type_of(vm, args[0]) != vm.types.traceback {
                return Err(vm.type_error("a traceback is required"));
            }
            let text = str::new(vm, &exceptions::print::brief_traceback(vm, args[0]))?;
            protocol::call::method(vm, args[1], *vm.names.write, &[*text])
        },
        "Write a traceback without markers.",
    ),
    function(
        "raise_exception",
        "($module, exception, count, /)",
        |vm, _, args| {
            let n = protocol::index::to_usize(vm, args[1])?;
            let items: Vec<Value> = (0..n).map(|i| Value::fixnum(i as i64)).collect();
            let e = protocol::call::positional(vm, args[0], &items)?;
            if !exceptions::is_exception(vm, *e) {
                let shown = protocol::object::repr_string(vm, args[0])?;
                let text = format!("_PyErr_SetObject: exception {shown} is not a BaseException subclass");
                return Err(vm.system_error(&text));
            }
            Err(vm.set_exception(e))
        },
        "Raise an exception with so many arguments.",
    ),
    function(
        "pycfunction_call",
        "($module, func, args, kwargs=None, /)",
        |vm, _, args| {
            call_with_dict(
                vm,
                Value::NULL,
                &[args[0], args[1], native::given(args[2]).unwrap_or(Value::NONE)],
            )
        },
        "Call with a tuple of arguments and a dict of keywords.",
    ),
    function(
        "call_in_temporary_c_thread",
        "($module, callback, wait=True, /)",
        call_in_temporary_thread,
        "Call a function in a thread that Python did not start, and wait for its end.",
    ),
    function0(
        "join_temporary_c_thread",
        |vm, module| {
            let ident = protocol::index::to_i64(vm, *protocol::attr::get_str(vm, module, TEMPORARY)?)?;
            // Without a handle it has ended.
            threads::handle_of(vm, ident).map_or(Ok(()), |thread| thread.wait(vm, None))?;
            Ok(Owned::none())
        },
        "Wait for the end of the thread that call_in_temporary_c_thread() has left.",
    ),
    function1(
        "finalize_thread_hang",
        "($module, callback, /)",
        |vm, _, callback| {
            protocol::call::positional(vm, callback, &[])?;
            Err(vm.runtime_error("thread unexpectedly did not hang"))
        },
        "Call a function that does not return, as the interpreter ends meanwhile.",
    ),
    function0("raise_memoryerror", |vm, _| Err(vm.memory_error()), "Raise MemoryError."),
    function(
        "make_exception_with_doc",
        "($module, /, name, doc=<unrepresentable>, base=<unrepresentable>, dict=<unrepresentable>)",
        make_exception_with_doc,
        "A new exception class.",
    ),
    function(
        "pyobject_fastcalldict",
        "($module, func, args, kwargs, /)",
        call_with_dict,
        "Call with arguments and a dict of keywords.",
    ),
    function(
        "pyobject_vectorcall",
        "($module, func, args, kwnames, /)",
        call_with_names,
        "Call with arguments whose last ones have names.",
    ),
];

/// The attribute of the module with the identity of the thread that `call_in_temporary_c_thread` has left.
const TEMPORARY: &str = "_temporary_thread";

fn call_in_temporary_thread(vm: &Vm, module: Value, args: &[Value]) -> PyResult {
    let wait = native::passed(args[1]).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))?;
    let thread = Arc::new(Thread::default());
    threads::start(vm, thread.clone(), args[0], *tuple::empty(vm), Value::NONE, true)?;
    if wait {
        thread.wait(vm, None)?;
    } else {
        set(vm, module, TEMPORARY, *int::new(vm, thread.ident())?)?;
    }
    Ok(Owned::none())
}

fn config_get(vm: &Vm, _: Value, v: Value) -> PyResult {
    let c = &vm.config;
    Ok(match str::to_string_lossy(v).as_str() {
        "code_debug_ranges" => Owned::bool(!vm.config.no_debug_ranges),
        "dev_mode" => Owned::bool(c.dev_mode),
        "isolated" => Owned::bool(c.isolated),
        "optimization_level" => Owned::fixnum(i64::from(c.optimize)),
        "verbose" => Owned::fixnum(i64::from(c.verbose)),
        "interactive" => Owned::bool(c.interactive),
        name => return Err(vm.value_error(&format!("unknown config option name: {name}"))),
    })
}

fn make_exception_with_doc(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let name = str::to_string_lossy(args[0]);
    let Some((module, name)) = name.rsplit_once('.') else {
        return Err(vm.system_error("PyErr_NewException: name must be module.class"));
    };
    let namespace = match native::given(args[3]) {
        Some(d) => dict::copy(vm, d)?,
        None => dict::new(vm)?,
    };
    if let Some(doc) = native::given(args[1]) {
        dict::set_str(vm, *namespace, *vm.names.__doc__, doc)?;
    }
    if dict::get_str(vm, *namespace, *vm.names.__module__).is_none() {
        let module = str::new(vm, module)?;
        dict::set_str(vm, *namespace, *vm.names.__module__, *module)?;
    }
    let bases = match native::given(args[2]) {
        Some(b) if is_instance(vm, b, vm.types.tuple) => b.own(),
        Some(b) => tuple::from_slice(vm, &[b])?,
        None => tuple::from_slice(vm, &[vm.types.exception.value()])?,
    };
    let name = str::new(vm, name)?;
    protocol::call::positional(vm, vm.types.type_.value(), &[*name, *bases, *namespace])
}

fn arguments(vm: &Vm, v: Value) -> PyResult<Vec<Owned>> {
    if v.is_none() {
        return Ok(Vec::new());
    }
    if !is_instance(vm, v, vm.types.tuple) {
        return Err(vm.type_error("args must be None or a tuple"));
    }
    Ok(tuple::items(&v).iter().map(|v| v.own()).collect())
}

fn call_with_dict(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let mut all = arguments(vm, args[1])?;
    let mut names = Vec::new();
    if !args[2].is_none() {
        for (name, value) in dict::snapshot(args[2]) {
            names.push(name);
            all.push(value);
        }
    }
    let names = tuple::from_owned(vm, names)?;
    let all: Vec<Value> = all.iter().map(|v| **v).collect();
    protocol::call::with_args(vm, args[0], Args::with_keywords(&all, *names))
}

fn call_with_names(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let all = arguments(vm, args[1])?;
    let all: Vec<Value> = all.iter().map(|v| **v).collect();
    let names = if args[2].is_none() { tuple::empty(vm) } else { args[2].own() };
    if tuple::len(*names) > all.len() {
        return Err(vm.value_error("kwnames must be no longer than args"));
    }
    protocol::call::with_args(vm, args[0], Args::with_keywords(&all, *names))
}

/// An object of which only the class matters.
#[derive(Default)]
pub struct Nothing;
native_data!(Nothing);

/// What a function was called on, as it answers: static methods are called on nothing.
fn receiver(v: Value) -> Owned {
    if v.is_null() { Owned::none() } else { v.own() }
}

fn words(vm: &Vm, args: Args) -> PyResult<(Owned, Owned)> {
    let keywords = args.keyword_dict(vm)?;
    Ok((tuple::from_slice(vm, args.pos())?, keywords))
}

fn with_positional(vm: &Vm, this: Value, name: &str, args: Args) -> PyResult {
    crate::signature::no_keywords(vm, name, &args)?;
    tuple::pair(vm, receiver(this), tuple::from_slice(vm, args.pos())?)
}

fn meth_varargs(vm: &Vm, this: Value, args: Args) -> PyResult {
    with_positional(vm, this, "meth_varargs", args)
}
fn meth_fastcall(vm: &Vm, this: Value, args: Args) -> PyResult {
    with_positional(vm, this, "meth_fastcall", args)
}
fn with_keywords(vm: &Vm, this: Value, args: Args) -> PyResult {
    let (positional, keywords) = words(vm, args)?;
    tuple::from_owned(vm, vec![receiver(this), positional, keywords])
}
fn meth_o(vm: &Vm, this: Value, v: Value) -> PyResult {
    tuple::pair(vm, receiver(this), v.own())
}
fn meth_noargs(_: &Vm, this: Value) -> PyResult {
    Ok(receiver(this))
}

/// The functions in each way of being called.
const fn table(flavour: Flavour) -> [MethodSpec; 6] {
    const fn spec(name: &'static str, flavour: Flavour, imp: Imp) -> MethodSpec {
        MethodSpec { name, signature: "", doc: "", flavour, imp }
    }
    [
        spec("meth_varargs", flavour, Imp::Raw(meth_varargs)),
        spec("meth_varargs_keywords", flavour, Imp::Raw(with_keywords)),
        spec("meth_o", flavour, Imp::OneArg(meth_o)),
        spec("meth_noargs", flavour, Imp::NoArgs(meth_noargs)),
        spec("meth_fastcall", flavour, Imp::Raw(meth_fastcall)),
        spec("meth_fastcall_keywords", flavour, Imp::Raw(with_keywords)),
    ]
}

static FUNCTIONS_TABLE: [MethodSpec; 6] = table(Flavour::Function);
static INSTANCE_TABLE: [MethodSpec; 6] = table(Flavour::Method);
static CLASS_TABLE: [MethodSpec; 6] = table(Flavour::Class);
/// Static methods are called with the class that they were found in, and answer without.
static STATIC_TABLE: [MethodSpec; 6] = {
    let mut all = table(Flavour::Static);
    all[0].imp = Imp::Raw(|vm, _, args| meth_varargs(vm, Value::NULL, args));
    all[1].imp = Imp::Raw(|vm, _, args| with_keywords(vm, Value::NULL, args));
    all[2].imp = Imp::OneArg(|vm, _, v| meth_o(vm, Value::NULL, v));
    all[3].imp = Imp::NoArgs(|vm, _| meth_noargs(vm, Value::NULL));
    all[4].imp = Imp::Raw(|vm, _, args| meth_fastcall(vm, Value::NULL, args));
    all[5].imp = Imp::Raw(|vm, _, args| with_keywords(vm, Value::NULL, args));
    all
};

const fn holder(name: &'static str, methods: &'static [MethodSpec]) -> TypeSpec {
    TypeSpec {
        name,
        slots: Slots {
            new: Some(|vm, cls, _| native::construct(vm, cls, Nothing)),
            ..native::slots::<Nothing>()
        },
        methods,
        ..native::spec::<Nothing>()
    }
}

pub static METH_INSTANCE: TypeSpec = holder("_testcapi.MethInstance", &INSTANCE_TABLE);
pub static METH_CLASS: TypeSpec = holder("_testcapi.MethClass", &CLASS_TABLE);
pub static METH_STATIC: TypeSpec = holder("_testcapi.MethStatic", &STATIC_TABLE);
