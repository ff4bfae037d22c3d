//! What becomes of a warning whose place is known.

use taipan_layout::Value;

use super::filters;
use super::place::Place;
use crate::modules;
use crate::objects::{TypeRef, exceptions, int, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr};
use crate::vm::Vm;

/// A warning: its text, its class, and the object.
pub struct Warning {
    pub text: Owned,
    pub category: Owned,
    object: Owned,
}

impl Warning {
    /// `message` is a text, or a warning whose class counts.
    pub fn new(vm: &Vm, category: Value, message: Value) -> PyResult<Warning> {
        if is_instance(vm, message, vm.types.warning) {
            let text = protocol::object::str(vm, message)?;
            return Ok(Warning { text, category: type_of(vm, message).value().own(), object: message.own() });
        }
        let object = protocol::call::positional(vm, category, &[message])?;
        Ok(Warning { text: message.own(), category: category.own(), object })
    }
}

/// Shows the warning, ignores it, or raises it. `line` is the text of its line, if that is known better than by the file.
pub fn issue(
    vm: &Vm,
    warning: &Warning,
    place: &Place,
    line: Option<Value>,
    source: Option<Value>,
) -> PyResult<()> {
    if !vm.config.warn_options.is_empty() && !vm.threads.is_ending() {
        // The filters that the command line asks for are the module's.
        modules::import(vm, "warnings")?;
    }
    let line_number = int::from_i64(vm, place.line)?;
    let key = tuple::from_slice(vm, &[*warning.text, *warning.category, *line_number])?;
    let registry = place.registry.as_deref().copied().filter(|r| is_instance(vm, *r, vm.types.dict));
    if let Some(registry) = registry
        && filters::was_shown(vm, registry, *key, false)?
    {
        return Ok(());
    }
    let (action, filter) = filters::action(vm, warning, place)?;
    let name = str::to_string_lossy(*action);
    match name.as_str() {
        "error" => return Err(vm.set_exception(warning.object.clone())),
        "ignore" => return Ok(()),
        "always" | "all" => {}
        _ => {
            if let Some(registry) = registry {
                crate::objects::dict::set(vm, registry, *key, Value::TRUE)?;
            }
            let shown = match name.as_str() {
                "default" => false,
                "once" => {
                    let key = tuple::from_slice(vm, &[*warning.text, *warning.category])?;
                    let registry = match registry {
                        Some(registry) => registry.own(),
                        None => filters::once_registry(vm)?,
                    };
                    filters::was_shown(vm, *registry, *key, true)?
                }
                "module" => match registry {
                    Some(registry) => {
                        let parts = [*warning.text, *warning.category, Value::fixnum(0)];
                        filters::was_shown(vm, registry, *tuple::from_slice(vm, &parts)?, true)?
                    }
                    None => false,
                },
                _ => {
                    let (action, filter) = (
                        protocol::object::repr_string(vm, *action)?,
                        protocol::object::repr_string(vm, *filter)?,
                    );
                    let text = format!("Unrecognized action ({action}) in warnings.filters:\n {filter}");
                    return Err(vm.runtime_error(&text));
                }
            };
            if shown {
                return Ok(());
            }
        }
    }
    show(vm, warning, place, *line_number, line, source)
}

fn show(
    vm: &Vm,
    warning: &Warning,
    place: &Place,
    line_number: Value,
    line: Option<Value>,
    source: Option<Value>,
) -> PyResult<()> {
    if source.is_some() && !vm.threads.is_ending() {
        // The module knows how to tell where an object was made.
        modules::import(vm, "warnings").map_or_else(|raised| vm.discard(raised), drop);
    }
    let Some(shower) = modules::attribute(vm, "warnings", "_showwarnmsg") else {
        return print(vm, warning, place, line);
    };
    if type_of(vm, *shower).slots().call.is_none() {
        return Err(vm.type_error("warnings._showwarnmsg() must be set to a callable"));
    }
    let Some(class) = modules::attribute(vm, "warnings", "WarningMessage") else {
        return Err(vm.runtime_error("unable to get warnings.WarningMessage"));
    };
    let none = Value::NONE;
    let parts = [
        *warning.object,
        *warning.category,
        *place.filename,
        line_number,
        none,
        line.unwrap_or(none),
        source.unwrap_or(none),
    ];
    let message = protocol::call::positional(vm, *class, &parts)?;
    protocol::call::positional(vm, *shower, &[*message]).map(drop)
}

/// Writes the warning to standard error, for programs that do not have the module.
fn print(vm: &Vm, warning: &Warning, place: &Place, line: Option<Value>) -> PyResult<()> {
    let name = match TypeRef::from_value(vm, *warning.category) {
        Some(ty) => ty.short_name(),
        None => str::to_string_lossy(*attr::get(vm, *warning.category, *vm.names.__name__)?),
    };
    let file = str::to_string_lossy(*place.filename);
    let text = str::to_string_lossy(*protocol::object::str(vm, *warning.text)?);
    let mut out = format!("{file}:{}: {name}: {text}\n", place.line);
    let line = match line {
        Some(line) => str::to_string_lossy(line).trim().to_owned(),
        None => exceptions::print::source_line(vm, &file, i32::try_from(place.line).unwrap_or_default()),
    };
    if !line.is_empty() {
        out.push_str(&format!("  {line}\n"));
    }
    exceptions::print::write_stderr(vm, &out);
    Ok(())
}
