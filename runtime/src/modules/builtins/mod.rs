//! The built-in functions, types and constants.
//!
//! | module | holds |
//! |---|---|
//! | `values` | one value to another: `abs`, `hex`, `chr`, `round`, `repr`, `hash`, … |
//! | `iteration` | `iter`, `next`, `sum`, `min`, `sorted`, … |
//! | `names` | attributes and namespaces: `getattr`, `dir`, `globals`, … |
//! | `source` | `compile`, `eval`, `exec` |
//! | `class` | `__build_class__`, `isinstance`, `issubclass` |
//! | `output` | `print`, `input` |

mod class;
pub mod compiler;
mod iteration;
mod names;
mod output;
pub mod source;
mod values;

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function0, function1, raw_function};
use crate::objects::str;
use crate::owned::PyResult;
use crate::vm::Vm;

pub use names::{current_globals, current_locals};
pub use source::{Source, compile_error, compile_source, compile_source_bytes};

pub static MODULE: NativeModule = NativeModule {
    name: "builtins",
    doc: "Built-in functions, types, exceptions, and other objects.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    raw_function(
        "__build_class__",
        "",
        class::build_class,
        "Internal helper function used by the class statement.",
    ),
    function(
        "__import__",
        "($module, /, name, globals=None, locals=None, fromlist=(), level=0)",
        super::import::import_function,
        "Import a module.",
    ),
    function1("abs", "($module, x, /)", values::abs, "The number without its sign."),
    function1(
        "all",
        "($module, iterable, /)",
        iteration::all,
        "Return True if bool(x) is True for all values x in the iterable.",
    ),
    function1(
        "any",
        "($module, iterable, /)",
        iteration::any,
        "Return True if bool(x) is True for any x in the iterable.",
    ),
    function1(
        "ascii",
        "($module, obj, /)",
        values::ascii,
        "Return an ASCII-only representation of an object.",
    ),
    function1(
        "bin",
        "($module, number, /)",
        values::bin,
        "Return the binary representation of an integer.\n\n\
         >>> bin(37)\n'0b100101'\n>>> bin(-6)\n'-0b110'",
    ),
    raw_function(
        "breakpoint",
        "($module, /, *args, **kws)",
        values::breakpoint,
        "Call sys.breakpointhook(*args, **kws).",
    ),
    function1(
        "callable",
        "($module, obj, /)",
        values::callable,
        "Return whether the object is callable (i.e., some kind of function).",
    ),
    function1(
        "chr",
        "($module, i, /)",
        values::chr,
        "The character whose code point is i, which is at most 0x10ffff.",
    ),
    function(
        "compile",
        "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        source::compile,
        "Compile source into a code object that can be executed by exec() or eval().",
    ),
    function(
        "delattr",
        "($module, obj, name, /)",
        names::delattr,
        "Deletes the named attribute from the given object.",
    ),
    raw_function(
        "dir",
        "",
        names::dir,
        "List the names in the current scope, or the attributes of an object.",
    ),
    function("divmod", "($module, x, y, /)", values::divmod, "Quotient and remainder: x // y and x % y."),
    function(
        "eval",
        "($module, source, /, globals=None, locals=None)",
        source::eval,
        "Evaluate the given source in the context of globals and locals.",
    ),
    function(
        "exec",
        "($module, source, /, globals=None, locals=None, *, closure=None)",
        source::exec,
        "Execute the given source in the context of globals and locals.",
    ),
    function(
        "format",
        "($module, value, format_spec='', /)",
        values::format,
        "Return type(value).__format__(value, format_spec)",
    ),
    raw_function(
        "getattr",
        "",
        names::getattr,
        "Get a named attribute from an object; getattr(x, 'y') is equivalent to x.y.",
    ),
    function0(
        "globals",
        names::globals,
        "Return the dictionary containing the current scope's global variables.",
    ),
    function(
        "hasattr",
        "($module, obj, name, /)",
        names::hasattr,
        "Return whether the object has an attribute with the given name.",
    ),
    function1(
        "hash",
        "($module, obj, /)",
        values::hash,
        "Return the integer hash value for the given object.",
    ),
    function1(
        "hex",
        "($module, number, /)",
        values::hex,
        "Return the hexadecimal representation of an integer.\n\n\
         >>> hex(48879)\n'0xbeef'\n>>> hex(-19)\n'-0x13'",
    ),
    function1("id", "($module, obj, /)", values::id, "Return the identity of an object."),
    function(
        "input",
        "($module, prompt='', /)",
        output::input,
        "Read a string from standard input.  The trailing newline is stripped.",
    ),
    function(
        "isinstance",
        "($module, obj, class_or_tuple, /)",
        class::isinstance,
        "Return whether an object is an instance of a class or of a subclass thereof.",
    ),
    function(
        "issubclass",
        "($module, cls, class_or_tuple, /)",
        class::issubclass,
        "Return whether 'cls' is derived from another class or is the same class.",
    ),
    raw_function("iter", "", iteration::iter, "Get an iterator from an object."),
    function1(
        "aiter",
        "($module, async_iterable, /)",
        iteration::aiter,
        "The asynchronous iterator of an object, as async for asks for it.",
    ),
    raw_function(
        "anext",
        "($module, aiterator, default=<unrepresentable>, /)",
        iteration::anext,
        "Ask an asynchronous iterator for its next item, which is to be awaited.",
    ),
    function1("len", "($module, obj, /)", iteration::len, "How many items the object has."),
    function0("locals", names::locals, "Return a dictionary containing the current scope's local variables."),
    raw_function(
        "max",
        "",
        iteration::max,
        "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\n\
         Return the biggest item of an iterable, or the biggest of several arguments.",
    ),
    raw_function(
        "min",
        "",
        iteration::min,
        "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\n\
         Return the smallest item of an iterable, or the smallest of several arguments.",
    ),
    raw_function("next", "", iteration::next, "Return the next item from the iterator."),
    function1(
        "oct",
        "($module, number, /)",
        values::oct,
        "Return the octal representation of an integer.\n\n\
         >>> oct(493)\n'0o755'\n>>> oct(-9)\n'-0o11'",
    ),
    function1("ord", "($module, character, /)", values::ord, "Return the ordinal value of a character."),
    function(
        "pow",
        "($module, /, base, exp, mod=None)",
        values::pow,
        "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments",
    ),
    raw_function(
        "print",
        "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
        output::print,
        "Prints the values to a stream, or to sys.stdout by default.",
    ),
    function1(
        "repr",
        "($module, obj, /)",
        values::repr,
        "Return the canonical string representation of the object.",
    ),
    function(
        "round",
        "($module, /, number, ndigits=None)",
        values::round,
        "Round a number to a given precision in decimal digits.",
    ),
    function(
        "setattr",
        "($module, obj, name, value, /)",
        names::setattr,
        "Sets the named attribute on the given object to the specified value.",
    ),
    raw_function(
        "sorted",
        "($module, iterable, /, *, key=None, reverse=False)",
        iteration::sorted,
        "Return a new list containing all items from the iterable in ascending order.",
    ),
    function(
        "sum",
        "($module, iterable, /, start=0)",
        iteration::sum,
        "Return the sum of a 'start' value (default: 0) plus an iterable of numbers",
    ),
    raw_function(
        "vars",
        "",
        names::vars,
        "Without arguments, equivalent to locals(); with one, to object.__dict__.",
    ),
];

/// Types that are built in under the name that their declaration gives.
fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let constants = [
        ("None", Value::NONE),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::bool(vm.config.optimize == 0)),
    ];
    for (name, v) in constants {
        super::set(vm, m, name, v)?;
    }
    let mut result = Ok(());
    crate::objects::for_each_type(&vm.types, |ty, spec| {
        if result.is_ok() && is_public(spec.name) {
            result = super::set(vm, m, spec.name, ty.value());
        }
    });
    result?;
    for alias in ["EnvironmentError", "IOError"] {
        super::set(vm, m, alias, vm.types.os_error.value())?;
    }
    super::sys::add_exit_functions(vm, m)
}

/// Whether a built-in type has a name in `builtins`: exceptions and the types that programs construct.
fn is_public(name: &str) -> bool {
    const TYPES: &[&str] = &[
        "bool",
        "bytearray",
        "bytes",
        "classmethod",
        "complex",
        "dict",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "list",
        "map",
        "memoryview",
        "object",
        "property",
        "range",
        "reversed",
        "set",
        "slice",
        "staticmethod",
        "str",
        "super",
        "tuple",
        "type",
        "zip",
    ];
    TYPES.contains(&name)
        || name.starts_with(|c: char| c.is_ascii_uppercase()) && is_exception_name(name)
        || name == "_IncompleteInputError"
}

fn is_exception_name(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "BaseException",
        "Exception",
        "BaseExceptionGroup",
        "ExceptionGroup",
        "GeneratorExit",
        "KeyboardInterrupt",
        "SystemExit",
        "StopIteration",
        "StopAsyncIteration",
        "Warning",
    ];
    name.ends_with("Error") || name.ends_with("Warning") || OTHERS.contains(&name)
}

/// The error for a wrong number of arguments of a function without a signature.
pub(crate) fn check_count(vm: &Vm, name: &str, got: usize, min: usize, max: usize) -> PyResult<()> {
    if (min..=max).contains(&got) {
        return Ok(());
    }
    let (bound, limit) = if min == max {
        ("", min)
    } else if got < min {
        ("at least ", min)
    } else {
        ("at most ", max)
    };
    let s = if limit == 1 { "" } else { "s" };
    Err(vm.type_error(&format!("{name} expected {bound}{limit} argument{s}, got {got}")))
}

/// The error for keywords given to a function that takes none.
pub(crate) fn check_no_keywords(vm: &Vm, name: &str, args: crate::args::Args) -> PyResult<()> {
    if args.has_keywords() {
        return Err(vm.type_error(&format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}

/// An optional argument: `None` when it was left out.
pub(crate) fn optional(args: &[Value], index: usize) -> Option<Value> {
    args.get(index).copied().filter(|v| !v.is_null())
}
