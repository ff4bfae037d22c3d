//! `print` and `input`.
//!
//! `print` to a text file of which nothing is a program's own writes straight to what the file holds back: no temporary
//! strings for `str` and small `int` arguments. Any other file gets its `write` method called, piece by piece, as in CPython.

use taipan_layout::Value;

use super::optional;
use crate::args::Args;
use crate::modules::io::text::print::Sink;
use crate::objects::exceptions::print::sys_attribute;
use crate::objects::{is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signature::keyword_only;
use crate::vm::Vm;

pub(super) fn print(vm: &Vm, _: Value, args: Args) -> PyResult {
    let [sep, end, target, flush] = keyword_only(vm, "print", args, ["sep", "end", "file", "flush"])?;
    let given = |v: Value| (!v.is_null() && !v.is_none()).then_some(v);
    let flush = !flush.is_null() && protocol::compare::is_true(vm, flush)?;
    let text = |name: &str, v: Value| match given(v) {
        Some(v) if !is_instance(vm, v, vm.types.str) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("{name} must be None or a string, not {got}")))
        }
        v => Ok(v),
    };
    let (sep, end, target) = (text("sep", sep)?, text("end", end)?, given(target));
    let target = match target {
        Some(f) => f.own(),
        None => match sys_attribute(vm, "stdout") {
            None => return Err(vm.runtime_error("lost sys.stdout")),
            Some(f) if f.is_none() => return Ok(Owned::none()),
            Some(f) => f,
        },
    };
    match Sink::of(vm, *target) {
        Some(sink) => print_native(vm, sink, args.pos(), sep, end)?,
        None => print_object(vm, *target, args.pos(), sep, end)?,
    }
    if flush {
        protocol::call::method(vm, *target, *vm.names.flush, &[])?;
    }
    Ok(Owned::none())
}

/// Appends everything to what the file holds back.
fn print_native(
    vm: &Vm,
    mut sink: Sink,
    values: &[Value],
    sep: Option<Value>,
    end: Option<Value>,
) -> PyResult<()> {
    for (i, v) in values.iter().enumerate() {
        if i > 0 {
            match sep {
                None => sink.push_ascii(vm, b" ")?,
                Some(s) => sink.push_text(vm, s)?,
            }
        }
        if v.is_fixnum() {
            sink.push_integer(vm, v.as_fixnum())?;
        } else if type_of(vm, *v) == vm.types.str {
            sink.push_text(vm, *v)?;
        } else {
            let text = protocol::object::str(vm, *v)?;
            sink.push_text(vm, *text)?;
        }
    }
    match end {
        None => sink.push_ascii(vm, b"\n")?,
        Some(e) => sink.push_text(vm, e)?,
    }
    sink.finish(vm)
}

fn print_object(
    vm: &Vm,
    target: Value,
    values: &[Value],
    sep: Option<Value>,
    end: Option<Value>,
) -> PyResult<()> {
    let write = protocol::attr::get(vm, target, *vm.names.write)?;
    let put = |text: Value| protocol::call::positional(vm, *write, &[text]).map(drop);
    for (i, v) in values.iter().enumerate() {
        if i > 0 {
            match sep {
                None => put(*str::intern(vm, " "))?,
                Some(s) => put(s)?,
            }
        }
        let text = protocol::object::str(vm, *v)?;
        put(*text)?;
    }
    match end {
        None => put(*str::intern(vm, "\n")),
        Some(e) => put(e),
    }
}

pub(super) fn input(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    for (name, place) in [("stdin", "sys.stdin"), ("stdout", "sys.stdout"), ("stderr", "sys.stderr")] {
        if sys_attribute(vm, name).is_none_or(|f| f.is_none()) {
            return Err(vm.runtime_error(&format!("lost {place}")));
        }
    }
    // Streams that cannot be flushed are written to all the same.
    let flush = |name: &str| {
        if let Some(f) = sys_attribute(vm, name)
            && let Err(raised) = protocol::call::method(vm, *f, *vm.names.flush, &[])
        {
            vm.discard(raised);
        }
    };
    flush("stderr");
    if let Some(prompt) = optional(args, 0)
        && let Some(stdout) = sys_attribute(vm, "stdout")
    {
        let text = protocol::object::str(vm, prompt)?;
        protocol::call::method(vm, *stdout, *vm.names.write, &[*text])?;
    }
    flush("stdout");
    let Some(stdin) = sys_attribute(vm, "stdin") else { return Err(vm.runtime_error("lost sys.stdin")) };
    let line = protocol::call::method(vm, *stdin, *vm.names.readline, &[])?;
    if !is_instance(vm, *line, vm.types.str) {
        return Err(vm.type_error("object.readline() returned non-string"));
    }
    let n = str::length(*line);
    if n == 0 {
        return Err(vm.raise(vm.types.eof_error, "EOF when reading a line"));
    }
    let ends = str::view(&line).iter().next_back() == Some(u32::from(b'\n'));
    if ends { str::substring(vm, *line, 0, n - 1) } else { Ok(line) }
}
