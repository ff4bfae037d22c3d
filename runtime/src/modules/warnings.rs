//! Warnings that the runtime itself issues, and the `_warnings` module.
//!
//! If the program has imported `warnings`, its `warn_explicit` decides (so its filters are in force); before that, the
//! interpreter's default filters apply: `DeprecationWarning` only in `__main__`, the other warnings for developers
//! never, everything else once per place.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{TypeRef, code, dict, exceptions, frame, int, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_warnings",
    doc: "Basic warning support of the runtime.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let filters = list::new(vm, Vec::new())?;
        super::set(vm, m, "filters", *filters)?;
        let once = dict::new(vm)?;
        super::set(vm, m, "_onceregistry", *once)?;
        super::set_text(vm, m, "_defaultaction", "default")
    },
};

static FUNCTIONS: &[MethodSpec] = &[function(
    "warn",
    "($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=<unrepresentable>)",
    warn_function,
    "Issue a warning, or maybe ignore it or raise an exception.",
)];

/// Issues `category(text)` about an object whose place of creation would be worth knowing.
pub fn warn_about_object(vm: &Vm, category: TypeRef, text: &str, source: Value) -> PyResult<()> {
    let message = str::new(vm, text)?;
    let p = place(vm, 1)?;
    show(vm, category.value(), *message, &p, Some(source))
}

/// `warnings._warn_unawaited_coroutine`, if the module is there; `import` brings it.
pub(crate) fn unawaited_coroutine(vm: &Vm, import: bool) -> Option<Owned> {
    if import && let Err(raised) = super::import(vm, "warnings") {
        drop(vm.take_exception(raised));
    }
    super::attribute(vm, "warnings", "_warn_unawaited_coroutine")
}

/// Where a warning points to.
struct Place {
    filename: Owned,
    line: i32,
    module: String,
    registry: Option<Owned>,
}

/// Issues `category(text)`; `stacklevel` 1 is the running Python frame. An error when a filter turns it into one.
pub fn warn(vm: &Vm, category: TypeRef, text: &str, stacklevel: usize) -> PyResult<()> {
    let message = str::new(vm, text)?;
    issue(vm, category.value(), *message, stacklevel)
}

fn place(vm: &Vm, stacklevel: usize) -> PyResult<Place> {
    // SAFETY: the chain of live frames ends with null.
    unsafe {
        let mut f = crate::interp::frames::first_python((*vm.ts()).frame);
        for _ in 1..stacklevel {
            if f.is_null() {
                break;
            }
            f = crate::interp::frames::first_python((*f).previous);
        }
        if f.is_null() {
            return Ok(Place {
                filename: str::new(vm, "<sys>")?,
                line: 0,
                module: "sys".to_owned(),
                registry: None,
            });
        }
        let c: &code::CodeObject = frame::code_of(f);
        let globals = Value::from_ptr((*f).globals).own();
        let key = str::intern(vm, "__warningregistry__");
        let registry = match dict::get_str(vm, *globals, *key).map(Counted::own) {
            Some(r) => r,
            None => {
                let r = dict::new(vm)?;
                dict::set_str(vm, *globals, *key, *r)?;
                r
            }
        };
        let module = dict::get_str(vm, *globals, *vm.names.__name__)
            .filter(|n| is_instance(vm, *n, vm.types.str))
            .map_or_else(|| "<string>".to_owned(), str::to_string_lossy);
        let line = frame::line_of(f).unwrap_or(c.firstlineno);
        Ok(Place { filename: c.filename.own(), line, module, registry: Some(registry) })
    }
}

/// Issues `category(text)` about a line of a source file.
pub fn warn_at(vm: &Vm, category: TypeRef, text: &str, filename: &str, line: i32) -> PyResult<()> {
    let message = str::new(vm, text)?;
    let filename = str::new(vm, filename)?;
    let module = str::to_string_lossy(*filename).trim_end_matches(".py").to_owned();
    show(vm, category.value(), *message, &Place { filename, line, module, registry: None }, None)
}

fn issue(vm: &Vm, category: Value, message: Value, stacklevel: usize) -> PyResult<()> {
    let p = place(vm, stacklevel)?;
    show(vm, category, message, &p, None)
}

fn show(vm: &Vm, category: Value, message: Value, p: &Place, source: Option<Value>) -> PyResult<()> {
    let mut explicit = super::attribute(vm, "warnings", "warn_explicit");
    if explicit.is_none() && !vm.config.warn_options.is_empty() {
        // The filters that the command line asks for are the module's.
        super::import(vm, "warnings")?;
        explicit = super::attribute(vm, "warnings", "warn_explicit");
    }
    if let Some(explicit) = explicit {
        let registry = p.registry.clone().unwrap_or_else(Owned::none);
        let module = str::new(vm, &p.module)?;
        let line = Value::fixnum(i64::from(p.line));
        protocol::call::positional(
            vm,
            *explicit,
            &[
                message,
                category,
                *p.filename,
                line,
                *module,
                *registry,
                Value::NONE,
                source.unwrap_or(Value::NONE),
            ],
        )?;
        return Ok(());
    }
    if is_ignored(vm, category, &p.module) || !first_time(vm, p, category, message)? {
        return Ok(());
    }
    let name = TypeRef::from_value(vm, category).map_or_else(String::new, |t| t.short_name());
    let (file, text) =
        (str::to_string_lossy(*p.filename), str::to_string_lossy(*protocol::object::str(vm, message)?));
    let mut out = format!("{file}:{}: {name}: {text}\n", p.line);
    let line = exceptions::print::source_line(vm, &file, p.line);
    if !line.is_empty() {
        out.push_str(&format!("  {line}\n"));
    }
    if source.is_some() {
        out.push_str(&format!("{name}: Enable tracemalloc to get the object allocation traceback\n"));
    }
    exceptions::print::write_stderr(vm, &out);
    Ok(())
}

fn is_ignored(vm: &Vm, category: Value, module: &str) -> bool {
    let Some(ty) = TypeRef::from_value(vm, category) else { return false };
    let t = &vm.types;
    if ty.is_subtype_of(t.deprecation_warning) {
        return module != "__main__";
    }
    [t.pending_deprecation_warning, t.import_warning, t.resource_warning].iter().any(|w| ty.is_subtype_of(*w))
}

/// Whether this warning was not shown for this place before.
fn first_time(vm: &Vm, p: &Place, category: Value, message: Value) -> PyResult<bool> {
    let Some(registry) = p.registry.as_ref().filter(|r| is_instance(vm, ***r, vm.types.dict)) else {
        return Ok(true);
    };
    let key = tuple::from_slice(vm, &[message, category, Value::fixnum(i64::from(p.line))])?;
    if dict::contains(vm, **registry, *key)? {
        return Ok(false);
    }
    dict::set(vm, **registry, *key, Value::TRUE)?;
    Ok(true)
}

fn warn_function(vm: &Vm, _module: Value, args: &[Value]) -> PyResult {
    let message = args[0];
    let given = |i: usize| args.get(i).copied().filter(|v| !v.is_null() && !v.is_none());
    let category = if is_instance(vm, message, vm.types.warning) {
        type_of(vm, message).value()
    } else {
        given(1).unwrap_or(vm.types.user_warning.value())
    };
    let is_category = TypeRef::from_value(vm, category).is_some_and(|t| t.is_subtype_of(vm.types.warning));
    if !is_category {
        let got = type_of(vm, category).name_str();
        return Err(vm.type_error(&format!("category must be a Warning subclass, not '{got}'")));
    }
    let stacklevel = given(2).and_then(int::as_i64).unwrap_or(1).max(1) as usize;
    let text = protocol::object::str(vm, message)?;
    issue(vm, category, *text, stacklevel)?;
    Ok(Owned::none())
}
