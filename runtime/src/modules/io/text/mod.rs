//! `TextIOWrapper`: text over a buffered stream.
//!
//! Reading decodes a chunk of bytes at a time into `decoded`, of which `used` characters have been given out. So that `tell()`
//! can name a place in the middle of a chunk, the bytes of the chunk and the decoder's state before it are kept (`snapshot`).
//! Writing collects encoded bytes in `pending` and passes them on in chunks.
//!
//! | module | holds |
//! |---|---|
//! | `codec` | encoders and decoders |
//! | `reading`, `writing`, `moving` | what the file does |
//! | `print` | the short way for `print()` |

mod codec;
mod moving;
pub mod print;
mod reading;
mod writing;

use taipan_layout::Value;

use super::base::stream;
use super::newlines::{Mode, Newlines};
use super::{buffered, call, check_closed, fileio, then, unsupported};
use crate::args::Args;
use crate::modules::native::{self, Data, Dict, Visit};
use crate::objects::spec::{
    MemberType, TypeSpec, getset, getter, member, method, method0, method1, raw_method,
};
use crate::objects::{Slots, int, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;
use codec::{Decoder, Encoder};

/// Bytes that are read, and written, at once.
const CHUNK_SIZE: usize = 8 * 1024;

/// Bytes of the chunk that `decoded` came from, and the decoder's flags before it.
type Snapshot = (i64, Vec<u8>);

#[repr(C)]
#[derive(Default)]
pub struct TextIo {
    dict: Dict,
    buffer: Option<Owned>,
    encoding: Option<Owned>,
    errors: Option<Owned>,
    finalizing: bool,
    line_buffering: bool,
    write_through: bool,
    ready: bool,
    detached: bool,
    seekable: bool,
    /// Whether `tell()` works: not while lines are iterated.
    telling: bool,
    has_read1: bool,
    mode: Mode,
    chunk_size: usize,
    decoder: Option<Decoder>,
    encoder: Option<Encoder>,
    decoded: Option<Owned>,
    used: usize,
    snapshot: Option<Snapshot>,
    /// Bytes per character of the last chunk.
    ratio: f64,
    pending: Vec<u8>,
}

impl Data for TextIo {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.dict.visit_with(visit);
        for field in [&self.buffer, &self.encoding, &self.errors, &self.decoded] {
            field.visit_with(visit);
        }
        if let Some(decoder) = &self.decoder {
            decoder.visit(visit);
        }
        if let Some(encoder) = &self.encoder {
            encoder.visit(visit);
        }
    }
}

const SIGNATURE: &str = "(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)";

const fn offset(of: usize) -> usize {
    native::data_offset::<TextIo>() + of
}

pub static TEXT_IO_WRAPPER: TypeSpec = TypeSpec {
    name: "_io.TextIOWrapper",
    base: Some(|t| t.io_text_base),
    doc: "Character and line based layer over a BufferedIOBase object, buffer.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, TextIo::default())),
        init: Some(init),
        repr: Some(repr),
        next: Some(reading::next),
        ..native::slots::<TextIo>()
    },
    methods: &[
        method0("detach", detach, ""),
        raw_method(
            "reconfigure",
            RECONFIGURE,
            reconfigure,
            "Reconfigure the text stream with new parameters.",
        ),
        method1("write", "($self, text, /)", writing::write, ""),
        method("read", "($self, size=-1, /)", reading::read, ""),
        method("readline", "($self, size=-1, /)", reading::readline, ""),
        method0("flush", writing::flush, ""),
        method0("close", close, ""),
        method0("fileno", |vm, this| call(vm, *buffer(vm, this)?, *vm.names.fileno, &[]), ""),
        method0("seekable", |vm, this| call(vm, *buffer(vm, this)?, *vm.names.seekable, &[]), ""),
        method0("readable", |vm, this| call(vm, *buffer(vm, this)?, *vm.names.readable, &[]), ""),
        method0("writable", |vm, this| call(vm, *buffer(vm, this)?, *vm.names.writable, &[]), ""),
        method0("isatty", |vm, this| call(vm, *buffer(vm, this)?, *vm.names.isatty, &[]), ""),
        method(
            "seek",
            "($self, cookie, whence=os.SEEK_SET, /)",
            moving::seek,
            "Set the stream position, and return the new stream position.",
        ),
        method0("tell", moving::tell, "Return the stream position as an opaque number."),
        method("truncate", "($self, pos=None, /)", moving::truncate, ""),
        method0("__getstate__", super::refuse_pickling, ""),
    ],
    getset: &[
        getter("name", |vm, this| protocol::attr::get(vm, *buffer(vm, this)?, *vm.names.name), ""),
        getter(
            "closed",
            |vm, this| {
                // What never was open need not be closed by its finaliser.
                if !data(this).ready && !data(this).detached {
                    return Ok(Owned::bool(true));
                }
                protocol::attr::get(vm, *buffer(vm, this)?, *vm.names.closed)
            },
            "",
        ),
        getter("buffer", buffer, ""),
        getter(
            "newlines",
            |vm, this| {
                buffer(vm, this)?;
                match &data(this).decoder {
                    Some(decoder) => decoder.newlines(vm),
                    None => Ok(Owned::none()),
                }
            },
            "",
        ),
        getter(
            "errors",
            |vm, this| {
                initialized(vm, this)?;
                Ok(data(this).errors.clone().unwrap_or_else(Owned::none))
            },
            "",
        ),
        getset(
            "_CHUNK_SIZE",
            |vm, this| {
                buffer(vm, this)?;
                int::from_usize(vm, data(this).chunk_size)
            },
            set_chunk_size,
            "",
        ),
    ],
    members: &[
        member("encoding", MemberType::ObjectOrNone, offset(std::mem::offset_of!(TextIo, encoding)), true),
        member(
            "line_buffering",
            MemberType::Bool,
            offset(std::mem::offset_of!(TextIo, line_buffering)),
            true,
        ),
        member("write_through", MemberType::Bool, offset(std::mem::offset_of!(TextIo, write_through)), true),
        member("_finalizing", MemberType::Bool, offset(std::mem::offset_of!(TextIo, finalizing)), false),
    ],
    ..stream::<TextIo>()
};

fn data<'a>(this: Value) -> &'a mut TextIo {
    native::data(this)
}

/// The stream below a text file; borrowed.
pub fn buffer_of(this: Value) -> Option<Value> {
    data(this).buffer.as_deref().copied()
}

/// The buffered stream below, when there is one.
fn buffer(vm: &Vm, this: Value) -> PyResult {
    let t = data(this);
    match &t.buffer {
        Some(buffer) if t.ready => Ok(buffer.clone()),
        _ if t.detached => Err(vm.value_error("underlying buffer has been detached")),
        _ => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}

/// An error unless `__init__` has run, whatever came after.
fn initialized(vm: &Vm, this: Value) -> PyResult<()> {
    let t = data(this);
    if t.ready || t.detached { Ok(()) } else { Err(vm.value_error("I/O operation on uninitialized object")) }
}

/// The buffered stream below, unless the file is closed.
fn open_buffer(vm: &Vm, this: Value) -> PyResult {
    let buffer = buffer(vm, this)?;
    let closed = match is_exact_file_closed(vm, this, *buffer) {
        Some(closed) => closed,
        None => {
            check_closed(vm, this)?;
            false
        }
    };
    if closed { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(buffer) }
}

/// Whether the file is closed, when nothing of it is a program's own.
fn is_exact_file_closed(vm: &Vm, this: Value, buffer: Value) -> Option<bool> {
    let t = &vm.types;
    if type_of(vm, this) != t.io_text {
        return None;
    }
    let kind = type_of(vm, buffer);
    if kind == t.io_file {
        return Some(fileio::is_closed(buffer));
    }
    if kind == t.io_reader || kind == t.io_writer || kind == t.io_random {
        let raw = buffered::raw_stream(buffer)?;
        return (type_of(vm, raw) == t.io_file).then(|| fileio::is_closed(raw));
    }
    None
}

/// How the file handles what cannot be coded.
fn errors(this: Value) -> String {
    data(this).errors.as_ref().map_or_else(|| "strict".to_owned(), |e| str::to_string_lossy(**e))
}

// ---- making ----

/// A text argument that may be None.
fn text_argument(vm: &Vm, v: Value, function: &str, name: &str) -> PyResult<Option<String>> {
    match native::given(v) {
        None => Ok(None),
        // What is an object to CPython, too, is only looked up.
        Some(v) if function == "reconfigure" && str::is_str(vm, v) => {
            let encoded = str::codec::Codec::Utf8.encode(vm, v, "strict")?;
            Ok(Some(String::from_utf8_lossy(&encoded).into_owned()))
        }
        Some(v) if str::is_str(vm, v) => super::checked_text(vm, v).map(Some),
        Some(v) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("{function}() argument '{name}' must be str or None, not {got}")))
        }
    }
}

fn mode_of(vm: &Vm, newline: Option<&str>) -> PyResult<Mode> {
    match Mode::of(newline) {
        Some(mode) => Ok(mode),
        None => {
            let newline = newline.unwrap_or_default();
            Err(vm.value_error(&format!("illegal newline value: {newline}")))
        }
    }
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    const NAME: &str = "TextIOWrapper";
    let ([buffer, encoding, errors, newline, line_buffering, write_through], _keep) =
        native::bind(vm, NAME, SIGNATURE, args)?;
    let t = data(this);
    (t.ready, t.detached) = (false, false);
    let encoding = text_argument(vm, encoding, NAME, "encoding")?;
    let errors = text_argument(vm, errors, NAME, "errors")?;
    let newline = text_argument(vm, newline, NAME, "newline")?;
    let flag = |v: Value| if v.is_null() { Ok(false) } else { protocol::compare::is_true(vm, v) };
    let options = Options {
        encoding,
        errors,
        newline,
        line_buffering: flag(line_buffering)?,
        write_through: flag(write_through)?,
    };
    attach(vm, this, buffer, options)
}

/// How a text file is to be.
#[derive(Default)]
pub struct Options {
    pub encoding: Option<String>,
    pub errors: Option<String>,
    pub newline: Option<String>,
    pub line_buffering: bool,
    pub write_through: bool,
}

/// A text file over `buffer`.
pub fn new(vm: &Vm, buffer: Value, options: Options) -> PyResult {
    let this = native::new(vm, vm.types.io_text, TextIo::default())?;
    attach(vm, *this, buffer, options)?;
    Ok(this)
}

fn attach(vm: &Vm, this: Value, buffer: Value, options: Options) -> PyResult<()> {
    let mode = mode_of(vm, options.newline.as_deref())?;
    let encoding = match options.encoding.as_deref() {
        None => crate::modules::sys::default_text_encoding(vm),
        Some("locale") => crate::modules::sys::locale_encoding().to_owned(),
        Some(encoding) => encoding.to_owned(),
    };
    let errors = options.errors.unwrap_or_else(|| "strict".to_owned());
    codec::check_encoding(vm, &encoding)?;
    if vm.config.dev_mode {
        check_handler(vm, &errors)?;
    }
    let fresh = TextIo {
        buffer: Some(buffer.own()),
        encoding: Some(str::new(vm, &encoding)?),
        errors: Some(str::intern(vm, &errors)),
        line_buffering: options.line_buffering,
        write_through: options.write_through,
        mode,
        chunk_size: CHUNK_SIZE,
        ..TextIo::default()
    };
    let t = data(this);
    let dict = std::mem::take(&mut t.dict);
    let old = std::mem::replace(t, TextIo { dict, ..fresh });
    drop(old);
    set_codecs(vm, this, buffer, &encoding, &errors)?;
    let (seekable, has_read1) = if fileio_below(vm, buffer) {
        let seekable = call(vm, buffer, *vm.names.seekable, &[])?;
        (*seekable == Value::TRUE, type_of(vm, buffer) != vm.types.io_file)
    } else {
        let seekable = call(vm, buffer, *vm.names.seekable, &[])?;
        let has_read1 = protocol::attr::get_optional(vm, buffer, *vm.names.read1)?.is_some();
        (protocol::compare::is_true(vm, *seekable)?, has_read1)
    };
    let t = data(this);
    (t.seekable, t.telling, t.has_read1) = (seekable, seekable, has_read1);
    begin_encoding(vm, this, buffer)?;
    data(this).ready = true;
    Ok(())
}

/// LookupError unless there is such an error handler: development mode does not wait until one is needed.
fn check_handler(vm: &Vm, name: &str) -> PyResult<()> {
    use crate::objects::str::codec::errors::{Handler, registered};
    if Handler::by_name(name).is_some() || registered(vm, name)?.is_some() {
        return Ok(());
    }
    Err(vm.raise(vm.types.lookup_error, &format!("unknown error handler name '{name}'")))
}

/// A byte order mark is due at the beginning of a file only; what has no positions gets none.
fn begin_encoding(vm: &Vm, this: Value, below: Value) -> PyResult<()> {
    let t = data(this);
    match &mut t.encoder {
        Some(Encoder::Native { at_start, .. }) if !t.seekable => *at_start = false,
        Some(_) if t.seekable => {
            let position = call(vm, below, *vm.names.tell, &[])?;
            if *position != Value::fixnum(0) {
                writing::restart_encoder(vm, this, false)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether a stream is one of the native ones over a file.
fn fileio_below(vm: &Vm, buffer: Value) -> bool {
    let (kind, t) = (type_of(vm, buffer), &vm.types);
    kind == t.io_reader || kind == t.io_writer || kind == t.io_random || kind == t.io_file
}

fn set_codecs(vm: &Vm, this: Value, buffer: Value, encoding: &str, errors: &str) -> PyResult<()> {
    let mode = data(this).mode;
    let can = |name: Value| -> PyResult<bool> {
        let answer = call(vm, buffer, name, &[])?;
        protocol::compare::is_true(vm, *answer)
    };
    let decoder = if can(*vm.names.readable)? {
        let newlines = mode.universal.then(|| Newlines::new(mode.translate));
        Some(Decoder::new(vm, encoding, errors, newlines)?)
    } else {
        None
    };
    let encoder = if can(*vm.names.writable)? { Some(Encoder::new(vm, encoding, errors)?) } else { None };
    let t = data(this);
    let old = (std::mem::replace(&mut t.decoder, decoder), std::mem::replace(&mut t.encoder, encoder));
    drop(old);
    Ok(())
}

const RECONFIGURE: &str = "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)";

fn reconfigure(vm: &Vm, this: Value, args: Args) -> PyResult {
    const NAME: &str = "reconfigure";
    let ([encoding, errors, newline, line_buffering, write_through], _keep) =
        native::bind(vm, NAME, RECONFIGURE, args)?;
    let newline_given = !newline.is_null();
    let encoding = text_argument(vm, encoding, NAME, "encoding")?;
    let errors = text_argument(vm, errors, NAME, "errors")?;
    let newline = text_argument(vm, newline, NAME, "newline")?;
    let below = buffer(vm, this)?;
    let recoded = encoding.is_some() || errors.is_some() || newline_given;
    if recoded && data(this).decoded.is_some() {
        return Err(unsupported(
            vm,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    let mode = if newline_given { Some(mode_of(vm, newline.as_deref())?) } else { None };
    let flag = |v: Value, old: bool| match native::given(v) {
        Some(v) => protocol::compare::is_true(vm, v),
        None => Ok(old),
    };
    let line_buffering = flag(line_buffering, data(this).line_buffering)?;
    let write_through = flag(write_through, data(this).write_through)?;
    call(vm, this, *vm.names.flush, &[])?;
    let t = data(this);
    t.ratio = 0.0;
    if let Some(mode) = mode {
        t.mode = mode;
    }
    if recoded {
        let errors = match errors {
            Some(errors) => errors,
            None if encoding.is_some() => "strict".to_owned(),
            None => self::errors(this),
        };
        let name = match encoding.as_deref() {
            Some("locale") => crate::modules::sys::locale_encoding().to_owned(),
            Some(encoding) => encoding.to_owned(),
            None => data(this).encoding.as_ref().map_or_else(String::new, |e| str::to_string_lossy(**e)),
        };
        codec::check_encoding(vm, &name)?;
        set_codecs(vm, this, *below, &name, &errors)?;
        let (name, errors) = (str::new(vm, &name)?, str::intern(vm, &errors));
        let t = data(this);
        let old = (t.encoding.replace(name), t.errors.replace(errors));
        drop(old);
        begin_encoding(vm, this, *below)?;
    }
    let t = data(this);
    (t.line_buffering, t.write_through) = (line_buffering, write_through);
    Ok(Owned::none())
}

fn set_chunk_size(vm: &Vm, this: Value, size: Option<Value>) -> PyResult<()> {
    buffer(vm, this)?;
    let Some(size) = size else {
        return Err(vm.raise(vm.types.attribute_error, "attribute cannot be deleted"));
    };
    let n = protocol::index::to_isize(vm, size).map_err(|raised| {
        match vm.catch(raised, vm.types.overflow_error) {
            Ok(_) => vm.value_error("cannot fit 'int' into an index-sized integer"),
            Err(raised) => raised,
        }
    })?;
    if n <= 0 {
        return Err(vm.value_error("a strictly positive integer is required"));
    }
    data(this).chunk_size = n as usize;
    Ok(())
}

// ---- the end ----

fn close(vm: &Vm, this: Value) -> PyResult {
    let below = buffer(vm, this)?;
    let closed = protocol::attr::get(vm, this, *vm.names.closed)?;
    // Asking may have detached the stream below: then there is nothing to close.
    if protocol::compare::is_true(vm, *closed)? || data(this).detached {
        return Ok(Owned::none());
    }
    if data(this).finalizing
        && let Err(raised) = call(vm, *below, *vm.names._dealloc_warn, &[this])
    {
        vm.discard(raised);
    }
    let flushed = call(vm, this, *vm.names.flush, &[]);
    then(vm, flushed, || call(vm, *below, *vm.names.close, &[]))
}

fn detach(vm: &Vm, this: Value) -> PyResult {
    buffer(vm, this)?;
    call(vm, this, *vm.names.flush, &[])?;
    let t = data(this);
    (t.detached, t.ready) = (true, false);
    Ok(t.buffer.take().unwrap_or_else(Owned::none))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    initialized(vm, this)?;
    let class = type_of(vm, this).name_str();
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return Err(vm.runtime_error(&format!("reentrant call inside {class}.__repr__")));
    };
    let mut out = str::StrBuilder::new();
    out.push_str(&format!("<{class}"));
    for (label, attribute) in [("name", *vm.names.name), ("mode", *vm.names.mode)] {
        match protocol::attr::get_optional(vm, this, attribute) {
            Ok(Some(v)) => {
                out.push_str(&format!(" {label}="));
                out.push_value(*protocol::object::repr(vm, *v)?);
            }
            Ok(None) => {}
            // A detached file has no name.
            Err(raised) => drop(vm.catch(raised, vm.types.value_error)?),
        }
    }
    if let Some(encoding) = data(this).encoding.clone() {
        out.push_str(" encoding=");
        out.push_value(*protocol::object::repr(vm, *encoding)?);
    }
    out.push_str(">");
    out.finish(vm)
}
