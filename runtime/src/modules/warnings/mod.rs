//! Warnings that the runtime itself issues, and the `_warnings` module.
//!
//! | file | holds |
//! |---|---|
//! | `place` | where a warning points to: the frame that is to blame, its line, its module's registry |
//! | `filters` | the list of filters and what they say; the registries of what was shown |
//! | `explicit` | what becomes of a warning whose place is known |
//!
//! What the program has made of the module `warnings` counts: its `filters`, `defaultaction`, `onceregistry` and `_showwarnmsg`. Before it is
//! imported, the runtime's own list and its own way to print do.

mod explicit;
mod filters;
mod place;

use taipan_layout::Value;

use self::explicit::Warning;
use self::place::Place;
use super::NativeModule;
use crate::objects::spec::{MethodSpec, function, function0};
use crate::objects::{TypeRef, dict, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;
pub use filters::State;

pub static MODULE: NativeModule = NativeModule {
    name: "_warnings",
    doc: "What the warnings module is made of: issuing warnings, and the list of filters.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let state = filters::state(vm)?;
        super::set(vm, m, "filters", *state.filters)?;
        super::set(vm, m, "_onceregistry", *state.once)?;
        super::set(vm, m, "_defaultaction", *state.default_action)?;
        super::set(vm, m, "_warnings_context", *state.context)
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "warn",
        "($module, /, message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
        warn_function,
        "Issue a warning, or ignore it, or raise it, as the filters say.

  message
    The text of the warning, or a warning.
  category
    The class of the warning, UserWarning without one.
  stacklevel
    Which caller is to blame: 1 is the function that calls.
  source
    The object that the warning is about, whose place of creation is shown.
  skip_file_prefixes
    Functions in files whose names begin like this are never to blame.",
    ),
    function(
        "warn_explicit",
        "($module, /, message, category, filename, lineno, module=<unrepresentable>, registry=None, module_globals=None, source=None)",
        warn_explicit_function,
        "Issue a warning about a line of a file, or ignore it, or raise it, as the filters say.",
    ),
    function0(
        "_filters_mutated_lock_held",
        |vm, _| {
            filters::state(vm)?;
            vm.warnings.version.set(vm.warnings.version.get() + 1);
            Ok(Owned::none())
        },
        "Makes registries forget what was shown: the filters have changed.",
    ),
    function0(
        "_acquire_lock",
        |vm, _| protocol::call::method(vm, *filters::state(vm)?.lock, *str::intern(vm, "acquire"), &[]),
        "Takes the lock of the filters.",
    ),
    function0(
        "_release_lock",
        |vm, _| protocol::call::method(vm, *filters::state(vm)?.lock, *str::intern(vm, "release"), &[]),
        "Gives the lock of the filters back.",
    ),
];

/// Issues `category(text)`; `stacklevel` 1 is the running Python frame. An error when a filter turns it into one.
pub fn warn(vm: &Vm, category: TypeRef, text: &str, stacklevel: i64) -> PyResult<()> {
    let message = str::new(vm, text)?;
    let place = place::find(vm, stacklevel, &[])?;
    explicit::issue(vm, &Warning::new(vm, category.value(), *message)?, &place, None, None)
}

/// Issues `category(text)` about an object whose place of creation would be worth knowing.
pub fn warn_about_object(vm: &Vm, category: TypeRef, text: &str, source: Value) -> PyResult<()> {
    let message = str::new(vm, text)?;
    let place = place::find(vm, 1, &[])?;
    explicit::issue(vm, &Warning::new(vm, category.value(), *message)?, &place, None, Some(source))
}

/// Issues `category(text)` about a line of a source file.
pub fn warn_at(vm: &Vm, category: TypeRef, text: &str, filename: &str, line: i32) -> PyResult<()> {
    let message = str::new(vm, text)?;
    let filename = str::new(vm, filename)?;
    let module = place::module_of_file(vm, *filename)?;
    let place = Place { filename, line: i64::from(line), module, registry: None };
    explicit::issue(vm, &Warning::new(vm, category.value(), *message)?, &place, None, None)
}

/// `warnings._warn_unawaited_coroutine`, if the module is there; `import` brings it.
pub(crate) fn unawaited_coroutine(vm: &Vm, import: bool) -> Option<Owned> {
    if import && let Err(raised) = super::import(vm, "warnings") {
        drop(vm.take_exception(raised));
    }
    super::attribute(vm, "warnings", "_warn_unawaited_coroutine")
}

fn warn_function(vm: &Vm, _module: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| args.get(i).copied().filter(|v| !v.is_null());
    let message = args[0];
    let category = if is_instance(vm, message, vm.types.warning) {
        type_of(vm, message).value()
    } else {
        given(1).filter(|c| !c.is_none()).unwrap_or(vm.types.user_warning.value())
    };
    let is_category = TypeRef::from_value(vm, category).is_some_and(|t| t.is_subtype_of(vm.types.warning));
    if !is_category {
        let got = type_of(vm, category).name_str();
        return Err(vm.type_error(&format!("category must be a Warning subclass, not '{got}'")));
    }
    let mut stacklevel = match given(2) {
        Some(level) => protocol::index::to_isize(vm, level)? as i64,
        None => 1,
    };
    let prefixes = given(4).unwrap_or(*tuple::empty(vm));
    if !tuple::is_tuple(vm, prefixes) {
        let got = type_of(vm, prefixes).name_str();
        return Err(vm.type_error(&format!("warn() argument 'skip_file_prefixes' must be tuple, not {got}")));
    }
    let prefixes = tuple::items(&prefixes);
    if let Some(other) = prefixes.iter().find(|p| !str::is_str(vm, **p)) {
        let got = type_of(vm, *other).name_str();
        return Err(vm.type_error(&format!("Found non-str '{got}' in skip_file_prefixes.")));
    }
    if !prefixes.is_empty() {
        stacklevel = stacklevel.max(2);
    }
    let place = place::find(vm, stacklevel, prefixes)?;
    let source = given(3).filter(|s| !s.is_none());
    explicit::issue(vm, &Warning::new(vm, category, message)?, &place, None, source)?;
    Ok(Owned::none())
}

fn warn_explicit_function(vm: &Vm, _module: Value, args: &[Value]) -> PyResult {
    let given = |i: usize| args.get(i).copied().filter(|v| !v.is_null() && !v.is_none());
    let (message, category, filename) = (args[0], args[1], args[2]);
    if !str::is_str(vm, filename) {
        let got = type_of(vm, filename).name_str();
        return Err(vm.type_error(&format!("warn_explicit() argument 'filename' must be str, not {got}")));
    }
    let line = i64::from(protocol::index::to_i32(vm, args[3])?);
    let module = match args.get(4).copied().filter(|v| !v.is_null()) {
        Some(module) => module.own(),
        None => place::module_of_file(vm, filename)?,
    };
    let registry = given(5);
    if let Some(other) = registry.filter(|r| !is_instance(vm, *r, vm.types.dict)) {
        let got = type_of(vm, other).name_str();
        return Err(vm.type_error(&format!("'registry' must be a dict or None, not '{got}'")));
    }
    let globals = given(6);
    if let Some(other) = globals.filter(|g| !is_instance(vm, *g, vm.types.dict)) {
        let got = type_of(vm, other).name_str();
        return Err(vm.type_error(&format!("module_globals must be a dict, not '{got}'")));
    }
    let text = match globals {
        Some(globals) => line_by_loader(vm, globals, line)?,
        None => None,
    };
    let place = Place { filename: filename.own(), line, module, registry: registry.map(|r| r.own()) };
    let warning = Warning::new(vm, category, message)?;
    explicit::issue(vm, &warning, &place, text.as_deref().copied(), given(7))?;
    Ok(Owned::none())
}

/// A line of a module's source, as the module's loader gives it.
fn line_by_loader(vm: &Vm, globals: Value, line: i64) -> PyResult<Option<Owned>> {
    let external = super::import(vm, "importlib._bootstrap_external")?;
    let loader = protocol::attr::call_attr(vm, *external, "_bless_my_loader", &[globals])?;
    let entry = |name: &str| dict::get_str(vm, globals, *str::intern(vm, name)).map(Counted::own);
    let Some(mut name) = entry("__name__").filter(|_| !loader.is_none()) else { return Ok(None) };
    if str::is_str(vm, *name)
        && str::to_string_lossy(*name) == "__main__"
        && let Some(spec) = entry("__spec__").filter(|spec| !spec.is_none())
    {
        // The loader knows the module by the name that it was found by.
        name = protocol::attr::get_str(vm, *spec, "name")?;
    }
    let Some(get_source) = protocol::attr::get_optional(vm, *loader, *str::intern(vm, "get_source"))? else {
        return Ok(None);
    };
    let source = protocol::call::positional(vm, *get_source, &[*name])?;
    if source.is_none() {
        return Ok(None);
    }
    let lines = protocol::call::method(vm, *source, *str::intern(vm, "splitlines"), &[])?;
    if !list::is_list(vm, *lines) {
        return Ok(None);
    }
    let index = usize::try_from(line - 1).ok();
    let text = index.and_then(|n| list::items(&lines).get(n));
    Ok(text.filter(|text| str::is_str(vm, **text)).map(|text| text.own()))
}
