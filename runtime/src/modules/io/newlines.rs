//! Line ends: [`Newlines`] translates `\r\n` and `\r` to `\n` and remembers what it met, [`LineEnd`] finds where a line ends,
//! and `IncrementalNewlineDecoder` is the first as a Python class over any decoder.

use memchr::{memchr, memchr2};
use taipan_layout::Value;

use super::{call, failed_type};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, getter, method, method0, method1, tp_flags};
use crate::objects::str::{StrBuilder, StrView};
use crate::objects::{Slots, bytes, int, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const CR: u32 = b'\r' as u32;
const LF: u32 = b'\n' as u32;

const SEEN_CR: u8 = 1;
const SEEN_LF: u8 = 2;
const SEEN_CRLF: u8 = 4;

/// The first of the two characters in the text from `from` on.
fn find_either(text: StrView<'_>, from: usize, a: u8, b: u8) -> Option<usize> {
    match text {
        StrView::One(u) => memchr2(a, b, &u[from..]).map(|i| from + i),
        _ => (from..text.len()).find(|i| {
            let c = text.get(*i);
            c == u32::from(a) || c == u32::from(b)
        }),
    }
}

/// The first `c` in the text from `from` on.
pub fn find(text: StrView<'_>, from: usize, c: u8) -> Option<usize> {
    match text {
        StrView::One(u) => memchr(c, &u[from..]).map(|i| from + i),
        StrView::Two(u) => u[from..].iter().position(|x| *x == u16::from(c)).map(|i| from + i),
        StrView::Four(u) => u[from..].iter().position(|x| *x == u32::from(c)).map(|i| from + i),
    }
}

/// Where lines end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineEnd {
    #[default]
    Lf,
    Cr,
    CrLf,
    /// At any of the three.
    Any,
}

impl LineEnd {
    /// The index behind the line that begins at `from`; `None` when it does not end.
    pub fn find(self, text: StrView<'_>, from: usize) -> Option<usize> {
        match self {
            LineEnd::Lf => find(text, from, b'\n').map(|i| i + 1),
            LineEnd::Cr => find(text, from, b'\r').map(|i| i + 1),
            LineEnd::CrLf => {
                let mut at = from;
                while let Some(i) = find(text, at, b'\r') {
                    if i + 1 < text.len() && text.get(i + 1) == LF {
                        return Some(i + 2);
                    }
                    at = i + 1;
                }
                None
            }
            LineEnd::Any => find_either(text, from, b'\r', b'\n').map(|i| {
                let pair = text.get(i) == CR && i + 1 < text.len() && text.get(i + 1) == LF;
                i + 1 + usize::from(pair)
            }),
        }
    }
}

/// What a `newline` argument asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mode {
    /// Lines end at any of the three (newline None or '').
    pub universal: bool,
    /// They become `\n` (newline None).
    pub translate: bool,
    /// What `\n` becomes when it is written; `None`: it stays.
    pub written: Option<&'static str>,
    pub line_end: LineEnd,
}

impl Mode {
    /// By the `newline` argument; `None` when it is no possible one.
    pub fn of(newline: Option<&str>) -> Option<Mode> {
        let (written, line_end) = match newline {
            None => (None, LineEnd::Lf),
            Some("") => (None, LineEnd::Any),
            Some("\n") => (None, LineEnd::Lf),
            Some("\r") => (Some("\r"), LineEnd::Cr),
            Some("\r\n") => (Some("\r\n"), LineEnd::CrLf),
            Some(_) => return None,
        };
        let universal = newline.is_none_or(str::is_empty);
        Some(Mode { universal, translate: newline.is_none(), written, line_end })
    }
}

/// `text` with every `\n` replaced.
pub fn with_line_end(vm: &Vm, text: Value, written: &str) -> PyResult {
    let view = str::view(&text);
    let mut out = StrBuilder::with_capacity(view.len() + 8);
    let mut at = 0;
    while let Some(i) = find(view, at, b'\n') {
        out.push_view(view.slice(at, i));
        out.push_str(written);
        at = i + 1;
    }
    out.push_view(view.slice(at, view.len()));
    out.finish(vm)
}

/// The state of reading with universal newlines.
#[derive(Clone, Copy, Debug, Default)]
pub struct Newlines {
    pub translate: bool,
    /// A `\r` whose `\n` may come with the next piece.
    pub pending: bool,
    seen: u8,
}

impl Newlines {
    pub fn new(translate: bool) -> Newlines {
        Newlines { translate, ..Newlines::default() }
    }

    /// The next piece of text. A `\r` at its end waits for what follows, unless this is the last piece.
    pub fn decode(&mut self, vm: &Vm, text: Owned, last: bool) -> PyResult {
        let mut text = text;
        if self.pending && (last || str::length(*text) > 0) {
            let mut joined = StrBuilder::with_capacity(str::length(*text) + 1);
            joined.push(CR);
            joined.push_value(*text);
            text = joined.finish(vm)?;
            self.pending = false;
        }
        let view = str::view(&text);
        if !last && !view.is_empty() && view.get(view.len() - 1) == CR {
            text = str::from_view(vm, view.slice(0, view.len() - 1))?;
            self.pending = true;
        }
        let view = str::view(&text);
        let Some(first) = find(view, 0, b'\r') else {
            if self.seen & SEEN_LF == 0 && find(view, 0, b'\n').is_some() {
                self.seen |= SEEN_LF;
            }
            return Ok(text);
        };
        if !self.translate {
            self.note_all(view);
            return Ok(text);
        }
        if find(view.slice(0, first), 0, b'\n').is_some() {
            self.seen |= SEEN_LF;
        }
        let mut out = StrBuilder::with_capacity(view.len());
        let (mut from, mut at) = (0, first);
        while let Some(i) = find_either(view, at, b'\r', b'\n') {
            if view.get(i) == LF {
                self.seen |= SEEN_LF;
                at = i + 1;
                continue;
            }
            out.push_view(view.slice(from, i));
            out.push(LF);
            let pair = i + 1 < view.len() && view.get(i + 1) == LF;
            self.seen |= if pair { SEEN_CRLF } else { SEEN_CR };
            at = i + 1 + usize::from(pair);
            from = at;
        }
        out.push_view(view.slice(from, view.len()));
        out.finish(vm)
    }

    fn note_all(&mut self, view: StrView<'_>) {
        let mut at = 0;
        while self.seen != SEEN_CR | SEEN_LF | SEEN_CRLF
            && let Some(i) = find_either(view, at, b'\r', b'\n')
        {
            let pair = view.get(i) == CR && i + 1 < view.len() && view.get(i + 1) == LF;
            self.seen |= match (pair, view.get(i)) {
                (true, _) => SEEN_CRLF,
                (_, CR) => SEEN_CR,
                _ => SEEN_LF,
            };
            at = i + 1 + usize::from(pair);
        }
    }

    pub fn reset(&mut self) {
        self.seen = 0;
        self.pending = false;
    }

    /// What `newlines` says: None, one kind, or a tuple of them.
    pub fn seen(&self, vm: &Vm) -> PyResult {
        let kinds = [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")];
        let met: Vec<Owned> = kinds
            .iter()
            .filter(|(bit, _)| self.seen & bit != 0)
            .map(|(_, text)| str::intern(vm, text))
            .collect();
        match met.len() {
            0 => Ok(Owned::none()),
            1 => Ok(met[0].clone()),
            _ => tuple::from_owned(vm, met),
        }
    }
}

// ---- the Python class ----

#[derive(Default)]
pub struct NewlineDecoder {
    /// `None`: `__init__` has not run; None (the object): text is what comes in.
    decoder: Option<Owned>,
    newlines: Newlines,
}
native_data!(NewlineDecoder: decoder);

const SIGNATURE: &str = "(decoder, translate, errors='strict')";

pub static INCREMENTAL_NEWLINE_DECODER: TypeSpec = TypeSpec {
    name: "_io.IncrementalNewlineDecoder",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::MADE_BY_MODULE,
    doc: "Codec used when reading a file in universal newlines mode.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, NewlineDecoder::default())),
        init: Some(init),
        ..native::slots::<NewlineDecoder>()
    },
    methods: &[
        method("decode", "($self, /, input, final=False)", decode, ""),
        method0("getstate", getstate, ""),
        method1("setstate", "($self, state, /)", setstate, ""),
        method0("reset", reset, ""),
    ],
    getset: &[getter(
        "newlines",
        |vm, this| {
            ready(vm, this)?;
            data(this).newlines.seen(vm)
        },
        "",
    )],
    ..native::spec::<NewlineDecoder>()
};

fn data<'a>(this: Value) -> &'a mut NewlineDecoder {
    native::data(this)
}

/// The decoder below.
fn ready(vm: &Vm, this: Value) -> PyResult {
    match &data(this).decoder {
        Some(d) => Ok(d.clone()),
        None => Err(vm.value_error("IncrementalNewlineDecoder.__init__() not called")),
    }
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([decoder, translate, errors], _keep) =
        native::bind(vm, "IncrementalNewlineDecoder", SIGNATURE, args)?;
    let translate = protocol::compare::is_true(vm, translate)?;
    let _ = errors;
    let old = data(this).decoder.replace(decoder.own());
    data(this).newlines = Newlines::new(translate);
    drop(old);
    Ok(())
}

fn decode(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let decoder = ready(vm, this)?;
    let last = match native::passed(args[1]) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => false,
    };
    let text = if decoder.is_none() {
        args[0].own()
    } else {
        call(vm, *decoder, *vm.names.decode, &[args[0], Value::bool(last)])?
    };
    if !str::is_str(vm, *text) {
        let complaint = "decoder should return a string result, not";
        return Err(failed_type(vm, vm.types.type_error, complaint, *text));
    }
    let mut newlines = data(this).newlines;
    let text = newlines.decode(vm, text, last)?;
    data(this).newlines = newlines;
    Ok(text)
}

fn getstate(vm: &Vm, this: Value) -> PyResult {
    let decoder = ready(vm, this)?;
    let (buffer, flag) = if decoder.is_none() {
        (bytes::new(vm, b"")?, Owned::fixnum(0))
    } else {
        let state = call(vm, *decoder, *vm.names.getstate, &[])?;
        if !tuple::is_tuple(vm, *state) || tuple::len(*state) != 2 {
            return Err(vm.type_error("illegal decoder state"));
        }
        let items = tuple::items(&state);
        (items[0].own(), items[1].own())
    };
    let flag = protocol::index::to_i64(vm, *flag)? as u64;
    let flag = flag << 1 | u64::from(data(this).newlines.pending);
    tuple::from_owned(vm, vec![buffer, int::from_u64(vm, flag)?])
}

fn setstate(vm: &Vm, this: Value, state: Value) -> PyResult {
    let decoder = ready(vm, this)?;
    if !tuple::is_tuple(vm, state) {
        return Err(vm.type_error("state argument must be a tuple"));
    }
    let &[buffer, flag] = tuple::items(&state) else {
        return Err(vm.type_error("setstate(): illegal state argument"));
    };
    let flag = protocol::index::to_i64(vm, flag)? as u64;
    data(this).newlines.pending = flag & 1 != 0;
    if !decoder.is_none() {
        let below = tuple::from_owned(vm, vec![buffer.own(), int::from_u64(vm, flag >> 1)?])?;
        return call(vm, *decoder, *vm.names.setstate, &[*below]);
    }
    Ok(Owned::none())
}

fn reset(vm: &Vm, this: Value) -> PyResult {
    let decoder = ready(vm, this)?;
    data(this).newlines.reset();
    if decoder.is_none() { Ok(Owned::none()) } else { call(vm, *decoder, *vm.names.reset, &[]) }
}
