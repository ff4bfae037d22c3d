//! What an uncaught exception of a thread is reported with: the default `threading.excepthook`.

use taipan_layout::Value;

use crate::objects::exceptions::print::{self, sys_attribute};
use crate::objects::{exceptions, str, traceback, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, attr};
use crate::vm::Vm;

/// `_thread._excepthook`: the argument is an `_ExceptHookArgs`.
pub fn excepthook(vm: &Vm, _: Value, args: Value) -> PyResult {
    if type_of(vm, args) != vm.types.except_hook_args {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let [class, exc, tb, thread] = *tuple::items(&args) else { return Ok(Owned::none()) };
    if class == vm.types.system_exit.value() {
        return Ok(Owned::none());
    }
    let file = match sys_attribute(vm, "stderr").filter(|f| !f.is_none()) {
        Some(file) => file,
        None if thread.is_none() => return Ok(Owned::none()),
        // The stream of the time when the thread was started.
        None => attr::get_str(vm, thread, "_stderr")?,
    };
    if file.is_none() {
        return Ok(Owned::none());
    }
    let write = |text: Value| protocol::call::method(vm, *file, *vm.names.write, &[text]);
    let write_text = |text: &str| str::new(vm, text).and_then(|text| write(*text));
    write_text("Exception in thread ")?;
    match attr::get_optional(vm, thread, *str::intern(vm, "name"))? {
        Some(name) => write(*protocol::object::str(vm, *name)?)?,
        None => write_text(&vm.ident.get().to_string())?,
    };
    write_text(":\n")?;
    if !exceptions::is_exception(vm, exc) {
        let got = type_of(vm, exc).name_str();
        let text = match exc.is_none() {
            true => "NoneType: None\n".to_owned(),
            false => format!("TypeError: print_exception(): Exception expected for value, {got} found\n"),
        };
        write_text(&text)?;
    } else {
        if traceback::is_traceback(vm, tb) && exceptions::traceback(exc).is_null() {
            exceptions::set_traceback(exc, Some(tb.own()));
        }
        if !sys_attribute(vm, "stderr").is_some_and(|f| *f == *file) || !print::print_in_colours(vm, exc) {
            write_text(&print::format(vm, exc))?;
        }
    }
    protocol::call::method(vm, *file, *vm.names.flush, &[])?;
    Ok(Owned::none())
}
