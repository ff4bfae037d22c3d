//! `StringIO`: a text file in memory. The text grows in a builder, which widens when a wide character comes; reading looks into
//! it.

use taipan_layout::Value;

use super::base::{self, stream};
use super::newlines::{Mode, Newlines, with_line_end};
use super::optional_size;
use crate::args::Args;
use crate::modules::native::{self, Dict, native_data};
use crate::objects::spec::{TypeSpec, getter, method, method0, method1};
use crate::objects::str::{self, StrBuilder};
use crate::objects::{Slots, int, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[repr(C)]
#[derive(Default)]
pub struct StringIo {
    dict: Dict,
    /// The `newline` argument; `None`: None.
    newline: Option<Owned>,
    text: StrBuilder,
    at: usize,
    ready: bool,
    closed: bool,
    mode: Mode,
    newlines: Option<Newlines>,
}
native_data!(StringIo: dict, newline);

const SIGNATURE: &str = "(initial_value='', newline='\\n')";

pub static STRING_IO: TypeSpec = TypeSpec {
    name: "_io.StringIO",
    base: Some(|t| t.io_text_base),
    doc: "Text I/O implementation using an in-memory buffer.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, StringIo::default())),
        init: Some(init),
        next: Some(next),
        ..native::slots::<StringIo>()
    },
    methods: &[
        method0("close", close, "Close the IO object."),
        method0(
            "getvalue",
            |vm, this| str::from_view(vm, open(vm, this)?.text.view()),
            "All of the text, wherever the position is.",
        ),
        method("read", "($self, size=-1, /)", read, "Read at most size characters, returned as a string."),
        method("readline", "($self, size=-1, /)", readline, "Read until newline or EOF."),
        method0("tell", |vm, this| int::from_usize(vm, open(vm, this)?.at), "The position, in characters."),
        method("truncate", "($self, pos=None, /)", truncate, "Truncate size to pos."),
        method("seek", "($self, pos, whence=0, /)", seek, "Change stream position."),
        method1("write", "($self, s, /)", write, "Write string to file."),
        method0("seekable", yes, "Always true, while the stream is open: every position can be gone to."),
        method0("readable", yes, "Always true, while the stream is open."),
        method0("writable", yes, "Always true, while the stream is open: it takes bytes."),
        method0("__getstate__", getstate, ""),
        method1("__setstate__", "($self, state, /)", setstate, ""),
    ],
    getset: &[
        getter("closed", |vm, this| ready(vm, this).map(|d| Owned::bool(d.closed)), ""),
        getter("line_buffering", |vm, this| open(vm, this).map(|_| Owned::bool(false)), ""),
        getter(
            "newlines",
            |vm, this| match &open(vm, this)?.newlines {
                Some(newlines) => newlines.seen(vm),
                None => Ok(Owned::none()),
            },
            "",
        ),
    ],
    ..stream::<StringIo>()
};

fn data<'a>(this: Value) -> &'a mut StringIo {
    native::data(this)
}

fn ready<'a>(vm: &Vm, this: Value) -> PyResult<&'a mut StringIo> {
    let d = data(this);
    if d.ready { Ok(d) } else { Err(vm.value_error("I/O operation on uninitialized object")) }
}

fn open<'a>(vm: &Vm, this: Value) -> PyResult<&'a mut StringIo> {
    let d = ready(vm, this)?;
    if d.closed { Err(vm.value_error("I/O operation on closed file")) } else { Ok(d) }
}

fn yes(vm: &Vm, this: Value) -> PyResult {
    open(vm, this).map(|_| Owned::bool(true))
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([initial, newline], _keep) = native::bind(vm, "StringIO", SIGNATURE, args)?;
    let text_or_none = |v: Value, name: &str| -> PyResult<Option<Value>> {
        match native::given(v) {
            Some(v) if !str::is_str(vm, v) => {
                let got = type_of(vm, v).name_str();
                Err(vm.type_error(&format!("{name} must be str or None, not {got}")))
            }
            v => Ok(v),
        }
    };
    data(this).ready = false;
    let newline =
        if newline.is_null() { Some(*str::intern(vm, "\n")) } else { text_or_none(newline, "newline")? };
    let given = newline.map(str::to_string_lossy);
    let Some(mode) = Mode::of(given.as_deref()) else {
        let shown = protocol::object::repr_string(vm, newline.unwrap_or(Value::NONE))?;
        return Err(vm.value_error(&format!("illegal newline value: {shown}")));
    };
    let initial = text_or_none(initial, "initial_value")?;
    let newline = newline.map(|n| n.own());
    let d = data(this);
    let old = std::mem::replace(&mut d.newline, newline);
    d.text = StrBuilder::new();
    d.at = 0;
    d.mode = mode;
    d.newlines = mode.universal.then(|| Newlines::new(mode.translate));
    (d.ready, d.closed) = (true, false);
    drop(old);
    if let Some(initial) = initial {
        put(vm, this, initial)?;
        data(this).at = 0;
    }
    Ok(())
}

fn close(_vm: &Vm, this: Value) -> PyResult {
    let d = data(this);
    d.closed = true;
    d.text = StrBuilder::new();
    Ok(Owned::none())
}

// ---- reading ----

fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = optional_size(vm, args[0], -1)?;
    let d = open(vm, this)?;
    let view = d.text.view();
    let rest = view.len().saturating_sub(d.at);
    let n = usize::try_from(n).map_or(rest, |n| n.min(rest));
    if n == 0 {
        return Ok(str::empty(vm));
    }
    d.at += n;
    str::from_view(vm, view.slice(d.at - n, d.at))
}

fn line(vm: &Vm, this: Value, limit: Option<usize>) -> PyResult {
    let d = open(vm, this)?;
    let view = d.text.view();
    if d.at >= view.len() || limit == Some(0) {
        return Ok(str::empty(vm));
    }
    let stop = limit.map_or(view.len(), |l| d.at.saturating_add(l).min(view.len()));
    let end = d.mode.line_end.find(view.slice(0, stop), d.at).unwrap_or(stop);
    let from = std::mem::replace(&mut d.at, end);
    str::from_view(vm, view.slice(from, end))
}

fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = optional_size(vm, args[0], -1)?;
    line(vm, this, usize::try_from(limit).ok())
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    open(vm, this)?;
    if type_of(vm, this) != vm.types.io_string {
        return base::overridden_line(vm, this, true);
    }
    let line = line(vm, this, None)?;
    Ok((str::length(*line) > 0).then_some(line))
}

// ---- writing ----

fn put(vm: &Vm, this: Value, text: Value) -> PyResult<()> {
    let mut text = text.own();
    let d = data(this);
    if let Some(newlines) = &mut d.newlines {
        text = newlines.decode(vm, str::to_exact(vm, *text)?, true)?;
    }
    if let Some(written) = d.mode.written {
        text = with_line_end(vm, *text, written)?;
    }
    let view = str::view(&text);
    if view.is_empty() {
        return Ok(());
    }
    let len = d.text.len();
    if d.at > len {
        d.text.push_repeated(0, d.at - len);
    }
    if d.at >= len {
        d.text.push_view(view);
    } else {
        d.text.overwrite(d.at, view);
    }
    d.text.check(vm)?;
    d.at += view.len();
    Ok(())
}

fn write(vm: &Vm, this: Value, text: Value) -> PyResult {
    ready(vm, this)?;
    if !str::is_str(vm, text) {
        let got = type_of(vm, text).name_str();
        return Err(vm.type_error(&format!("string argument expected, got '{got}'")));
    }
    open(vm, this)?;
    put(vm, this, text)?;
    int::from_usize(vm, str::length(text))
}

fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let size = match native::given(args[0]) {
        Some(v) => Some(optional_size(vm, v, 0)?),
        None => None,
    };
    let d = open(vm, this)?;
    let size = size.unwrap_or(d.at as isize);
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(&format!("Negative size value {size}")));
    };
    d.text.truncate(size);
    int::from_usize(vm, size)
}

fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let offset = protocol::index::to_isize(vm, args[0])?;
    let whence = match native::passed(args[1]) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => 0,
    };
    let d = open(vm, this)?;
    if !(0..=2).contains(&whence) {
        return Err(vm.value_error(&format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && offset < 0 {
        return Err(vm.value_error(&format!("Negative seek position {offset}")));
    }
    if whence != 0 && offset != 0 {
        return Err(vm.raise(vm.types.os_error, "Can't do nonzero cur-relative seeks"));
    }
    match whence {
        0 => d.at = offset as usize,
        1 => {}
        _ => d.at = d.text.len(),
    }
    int::from_usize(vm, d.at)
}

// ---- pickling ----

fn getstate(vm: &Vm, this: Value) -> PyResult {
    let d = open(vm, this)?;
    let state = vec![
        str::from_view(vm, d.text.view())?,
        d.newline.clone().unwrap_or_else(Owned::none),
        int::from_usize(vm, d.at)?,
        super::dict_state(vm, this)?,
    ];
    tuple::from_owned(vm, state)
}

/// The text is taken over as it is: it has been through the translation of line ends once.
fn setstate(vm: &Vm, this: Value, state: Value) -> PyResult {
    if data(this).closed {
        return Err(vm.value_error("I/O operation on closed file"));
    }
    let items: Vec<Owned> = super::state_items(vm, this, &state, 4)?.iter().map(|v| v.own()).collect();
    init(vm, this, Args::positional(&[*items[0], *items[1]]))?;
    if !items[0].is_none() {
        let d = data(this);
        d.text = StrBuilder::new();
        d.text.push_value(*items[0]);
        d.text.check(vm)?;
    }
    data(this).at = super::state_position(vm, *items[2], "third item of state must be an integer, got")?;
    super::restore_dict(vm, this, *items[3], "fourth")?;
    Ok(Owned::none())
}
