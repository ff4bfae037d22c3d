//! `_csv`: reading and writing tables as text with delimiters.
//!
//! | module | holds |
//! |---|---|
//! | `dialect` | `Dialect`: the characters that separate and quote |
//! | `reader` | lines → rows |
//! | `writer` | rows → lines |

mod dialect;
mod reader;
mod writer;

use taipan_layout::Value;

use super::native::passed;
use super::{NativeModule, add_type, set};
use crate::args::Args;
use crate::objects::spec::{MethodSpec, function, function0, function1, raw_function};
use crate::objects::{dict, int, is_instance, list, str};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_csv",
    doc: "Reading and writing of tables as text with separators.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        for (name, n) in [
            ("QUOTE_MINIMAL", dialect::QUOTE_MINIMAL),
            ("QUOTE_ALL", dialect::QUOTE_ALL),
            ("QUOTE_NONNUMERIC", dialect::QUOTE_NONNUMERIC),
            ("QUOTE_NONE", dialect::QUOTE_NONE),
            ("QUOTE_STRINGS", dialect::QUOTE_STRINGS),
            ("QUOTE_NOTNULL", dialect::QUOTE_NOTNULL),
        ] {
            set(vm, m, name, Value::fixnum(n))?;
        }
        super::set_text(vm, m, "__version__", "1.0")?;
        set(vm, m, "_dialects", *dict::new(vm)?)?;
        let error = super::new_exception(vm, "_csv", "Error", vm.types.exception)?;
        set(vm, m, "Error", *error)?;
        add_type(vm, m, vm.types.csv_dialect, &dialect::SPEC)?;
        add_type(vm, m, vm.types.csv_reader, &reader::SPEC)?;
        set(vm, m, "Reader", vm.types.csv_reader.value())?;
        add_type(vm, m, vm.types.csv_writer, &writer::SPEC)?;
        set(vm, m, "Writer", vm.types.csv_writer.value())?;
        // The constructors are functions of these names.
        super::add_functions(vm, m, "_csv", CONSTRUCTORS)
    },
};

static CONSTRUCTORS: &[MethodSpec] = &[
    raw_function("reader", "", reader::new, "An iterator over the rows that an iterable of lines holds."),
    raw_function("writer", "", writer::new, "An object that writes rows to a file."),
];

static FUNCTIONS: &[MethodSpec] = &[
    function0("list_dialects", list_dialects, "The names of all registered dialects."),
    raw_function("register_dialect", "", register_dialect, "Give a dialect a name."),
    function1(
        "unregister_dialect",
        "($module, /, name)",
        unregister_dialect,
        "Forget the dialect of a name.",
    ),
    function1("get_dialect", "($module, /, name)", |vm, _, v| named(vm, v), "The dialect of a name."),
    function(
        "field_size_limit",
        "($module, /, new_limit=<unrepresentable>)",
        field_size_limit,
        "Set the largest size of a field; the one before.",
    ),
];

/// The error of this module.
#[cold]
fn error(vm: &Vm, text: &str) -> Raised {
    match super::attribute(vm, "_csv", "Error") {
        Some(class) => {
            let made = str::new(vm, text).and_then(|t| protocol::call::positional(vm, *class, &[*t]));
            match made {
                Ok(e) => vm.set_exception(e),
                Err(raised) => raised,
            }
        }
        None => vm.value_error(text),
    }
}

fn dialects(vm: &Vm) -> PyResult {
    super::attribute(vm, "_csv", "_dialects").ok_or_else(|| vm.system_error("_csv has no dialects"))
}

fn list_dialects(vm: &Vm, _: Value) -> PyResult {
    list::new(vm, dict::snapshot(*dialects(vm)?).into_iter().map(|(name, _)| name).collect())
}

fn named(vm: &Vm, name: Value) -> PyResult {
    match dict::get(vm, *dialects(vm)?, name)? {
        Some(found) => Ok(found),
        None => Err(error(vm, "unknown dialect")),
    }
}

fn register_dialect(vm: &Vm, _: Value, args: Args) -> PyResult {
    let (Some(name), rest) = (args.pos().first().copied(), args.pos().get(1).copied()) else {
        return Err(vm.type_error("register_dialect expected at least 1 argument, got 0"));
    };
    if args.pos().len() > 2 {
        let n = args.pos().len();
        return Err(vm.type_error(&format!("register_dialect expected at most 2 arguments, got {n}")));
    }
    if !is_instance(vm, name, vm.types.str) {
        return Err(vm.type_error("dialect name must be a string"));
    }
    let made = dialect::make(vm, vm.types.csv_dialect.value(), rest, &args)?;
    dict::set(vm, *dialects(vm)?, name, *made)?;
    Ok(Owned::none())
}

fn unregister_dialect(vm: &Vm, _: Value, name: Value) -> PyResult {
    match dict::take(vm, *dialects(vm)?, name)? {
        Some(_) => Ok(Owned::none()),
        None => Err(error(vm, "unknown dialect")),
    }
}

fn field_size_limit(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let old = vm.state.csv_field_limit.get().unwrap_or(reader::DEFAULT_LIMIT);
    if let Some(v) = passed(args[0]) {
        if !int::is_exact(v) {
            return Err(vm.type_error("limit must be an integer"));
        }
        vm.state.csv_field_limit.set(Some(protocol::index::to_i64(vm, v)?));
    }
    int::new(vm, old)
}

/// The second argument of `reader` and `writer`, and their keywords.
fn dialect_argument(vm: &Vm, args: &Args, function: &str) -> PyResult<(Value, Owned)> {
    let pos = args.pos();
    let Some(&first) = pos.first() else {
        return Err(vm.type_error(&format!("{function} expected at least 1 argument, got 0")));
    };
    if pos.len() > 2 {
        let n = pos.len();
        return Err(vm.type_error(&format!("{function} expected at most 2 arguments, got {n}")));
    }
    let made = dialect::make(vm, vm.types.csv_dialect.value(), pos.get(1).copied(), args)?;
    Ok((first, made.value().own()))
}
