//! Readers and writers of streams of bytes.

use taipan_layout::Value;

use super::convert;
use super::incremental::{Common, Decoder, Encoder, decode_piece, encode_piece, ignore};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{
    GetSet, MethodSpec, TypeSpec, getset, getter, method, method0, method1, tp_flags,
};
use crate::objects::{Slots, bytes, int, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, index, item};
use crate::vm::Vm;

/// A stream and who converts for it; `None` when the object has been cleared.
#[derive(Default)]
pub struct Reader {
    decoder: Decoder,
    stream: Option<Owned>,
}
native_data!(Reader: stream);

#[derive(Default)]
pub struct Writer {
    encoder: Encoder,
    stream: Option<Owned>,
}
native_data!(Writer: stream);

fn common(vm: &Vm, cls: Value, args: Args, function: &str) -> PyResult<(Common, Owned)> {
    let ([stream, errors], _keep) = native::bind(vm, function, "(stream, errors='strict')", args)?;
    Ok((Common::new(vm, cls, errors, function, 2)?, stream.own()))
}

fn shown(stream: &Option<Owned>) -> Owned {
    stream.clone().unwrap_or_else(Owned::none)
}

// ---- reading ----

pub static READER: TypeSpec = TypeSpec {
    name: "_multibytecodec.MultibyteStreamReader",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    slots: Slots {
        new: Some(|vm, cls, args| {
            let (common, stream) = common(vm, cls, args, "StreamReader")?;
            native::construct(vm, cls, Reader { decoder: Decoder::new(common), stream: Some(stream) })
        }),
        init: Some(ignore),
        ..native::slots::<Reader>()
    },
    methods: READER_METHODS,
    getset: READER_ATTRIBUTES,
    ..native::spec::<Reader>()
};

static READER_METHODS: &[MethodSpec] = &[
    method(
        "read",
        "($self, sizeobj=None, /)",
        |vm, this, args| read(vm, this, "read", size(vm, args[0])?),
        "Read from the stream; so many bytes, or all.",
    ),
    method(
        "readline",
        "($self, sizeobj=None, /)",
        |vm, this, args| read(vm, this, "readline", size(vm, args[0])?),
        "Read a line from the stream.",
    ),
    method(
        "readlines",
        "($self, sizehintobj=None, /)",
        |vm, this, args| {
            let text = read(vm, this, "read", size(vm, args[0])?)?;
            protocol::attr::call_attr(vm, *text, "splitlines", &[Value::TRUE])
        },
        "Read lines from the stream.",
    ),
    method0(
        "reset",
        |_, this| {
            native::data::<Reader>(this).decoder.reset();
            Ok(Owned::none())
        },
        "Forget what is incomplete.",
    ),
];

static READER_ATTRIBUTES: &[GetSet] = &[
    getset(
        "errors",
        |vm, this| str::new(vm, &native::data::<Reader>(this).decoder.common().errors),
        |vm, this, v| native::data::<Reader>(this).decoder.common().set_errors(vm, v),
        "The name of the error handler.",
    ),
    getter("stream", |_, this| Ok(shown(&native::data::<Reader>(this).stream)), "The stream."),
];

/// How much to read; negative: all.
fn size(vm: &Vm, v: Value) -> PyResult<isize> {
    match native::given(v) {
        None => Ok(-1),
        Some(v) if int::is_int(vm, v) => index::to_isize(vm, v),
        Some(_) => Err(vm.type_error("arg 1 must be an integer")),
    }
}

/// Text from the stream's `read` or `readline`: at least a character, unless nothing is left.
fn read(vm: &Vm, this: Value, function: &str, mut size: isize) -> PyResult {
    if size == 0 {
        return Ok(str::empty(vm));
    }
    loop {
        let stream = shown(&native::data::<Reader>(this).stream);
        let wanted = [Value::fixnum(size as i64)];
        let wanted = if size < 0 { &[][..] } else { &wanted[..] };
        let piece = protocol::attr::call_attr(vm, *stream, function, wanted)?;
        if !bytes::is_bytes(vm, *piece) {
            let got = type_of(vm, *piece).name_str();
            let text = format!("stream function returned a non-bytes object ({got})");
            return Err(vm.type_error(&text));
        }
        let raw = bytes::as_slice(&piece);
        let at_end = raw.is_empty();
        let decoder = || &mut native::data::<Reader>(this).decoder;
        let text = decode_piece(vm, decoder, raw, at_end || size < 0, false)?;
        if size < 0 || at_end || str::length(*text) > 0 {
            return Ok(text);
        }
        // A part of a character: one more byte.
        size = 1;
    }
}

// ---- writing ----

pub static WRITER: TypeSpec = TypeSpec {
    name: "_multibytecodec.MultibyteStreamWriter",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE,
    slots: Slots {
        new: Some(|vm, cls, args| {
            let (common, stream) = common(vm, cls, args, "StreamWriter")?;
            native::construct(vm, cls, Writer { encoder: Encoder::new(common), stream: Some(stream) })
        }),
        init: Some(ignore),
        ..native::slots::<Writer>()
    },
    methods: WRITER_METHODS,
    getset: WRITER_ATTRIBUTES,
    ..native::spec::<Writer>()
};

static WRITER_METHODS: &[MethodSpec] = &[
    method1(
        "write",
        "($self, strobj, /)",
        |vm, this, text| write(vm, this, text).map(|()| Owned::none()),
        "Write a text to the stream.",
    ),
    method1(
        "writelines",
        "($self, lines, /)",
        |vm, this, lines| {
            if !item::is_sequence(vm, lines) {
                return Err(vm.type_error("arg must be a sequence object"));
            }
            for i in 0..item::len(vm, lines)? {
                write(vm, this, *item::get(vm, lines, Value::fixnum(i as i64))?)?;
            }
            Ok(Owned::none())
        },
        "Write texts to the stream.",
    ),
    method0("reset", finish, "Write what is kept."),
];

static WRITER_ATTRIBUTES: &[GetSet] = &[
    getset(
        "errors",
        |vm, this| str::new(vm, &native::data::<Writer>(this).encoder.common().errors),
        |vm, this, v| native::data::<Writer>(this).encoder.common().set_errors(vm, v),
        "The name of the error handler.",
    ),
    getter("stream", |_, this| Ok(shown(&native::data::<Writer>(this).stream)), "The stream."),
];

fn write(vm: &Vm, this: Value, text: Value) -> PyResult<()> {
    let encoded = encode_piece(vm, || &mut native::data::<Writer>(this).encoder, text, false)?;
    send(vm, this, *encoded)
}

fn send(vm: &Vm, this: Value, encoded: Value) -> PyResult<()> {
    let stream = shown(&native::data::<Writer>(this).stream);
    protocol::call::method(vm, *stream, *vm.names.write, &[encoded]).map(drop)
}

fn finish(vm: &Vm, this: Value) -> PyResult {
    let encoder = &mut native::data::<Writer>(this).encoder;
    if !encoder.has_kept() {
        return Ok(Owned::none());
    }
    let (encoding, errors) = (encoder.common().encoding(vm)?, encoder.common().errors.clone());
    let text = encoder.take(vm)?;
    let (encoded, _) = convert::encode(vm, encoding, *text, &errors, true)?;
    if !encoded.is_empty() {
        send(vm, this, *bytes::new(vm, &encoded)?)?;
    }
    Ok(Owned::none())
}
