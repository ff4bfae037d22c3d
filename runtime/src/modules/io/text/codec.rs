//! Encoders and decoders of text files: the runtime's own codecs with the little state that decoding in pieces needs, or the
//! objects that Python's codecs make.

use taipan_layout::Value;

use super::super::newlines::Newlines;
use super::super::{call, failed_type};
use crate::objects::str::codec::{ByteOrder, Codec};
use crate::objects::str::codec_registry;
use crate::objects::{bytes, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// State of a decoder: bytes that it holds back, and flags.
pub type State = (Vec<u8>, i64);

enum Kind {
    Native {
        codec: Codec,
        /// What it was at the beginning: a byte order mark may have changed it.
        first: Codec,
        held: Vec<u8>,
    },
    Object(Owned),
}

pub struct Decoder {
    kind: Kind,
    newlines: Option<Newlines>,
}

/// `codecs.lookup` for a text encoding.
fn lookup(vm: &Vm, encoding: &str) -> PyResult {
    let info = codec_registry::lookup(vm, encoding)?;
    if type_of(vm, *info) != vm.types.tuple
        && let Some(flag) = protocol::attr::get_optional(vm, *info, *str::intern(vm, "_is_text_encoding"))?
        && !protocol::compare::is_true(vm, *flag)?
    {
        let text = format!("'{encoding}' is not a text encoding");
        return Err(vm.raise(vm.types.lookup_error, &text));
    }
    Ok(info)
}

fn incremental(vm: &Vm, encoding: &str, errors: &str, what: &str) -> PyResult {
    let info = lookup(vm, encoding)?;
    let make = protocol::attr::get_str(vm, *info, what)?;
    let errors = str::new(vm, errors)?;
    protocol::call::positional(vm, *make, &[*errors])
}

/// LookupError unless there is such an encoding, for text.
pub fn check_encoding(vm: &Vm, encoding: &str) -> PyResult<()> {
    if Codec::by_name(encoding).is_some() { Ok(()) } else { lookup(vm, encoding).map(drop) }
}

impl Decoder {
    pub fn new(vm: &Vm, encoding: &str, errors: &str, newlines: Option<Newlines>) -> PyResult<Decoder> {
        let kind = match Codec::by_name(encoding) {
            Some(codec) => Kind::Native { codec, first: codec, held: Vec::new() },
            None => Kind::Object(incremental(vm, encoding, errors, "incrementaldecoder")?),
        };
        Ok(Decoder { kind, newlines })
    }

    pub fn visit(&self, visit: &mut dyn FnMut(Value)) {
        if let Kind::Object(o) = &self.kind {
            visit(**o);
        }
    }

    /// The text of the next bytes.
    pub fn decode(&mut self, vm: &Vm, data: &[u8], errors: &str, last: bool) -> PyResult {
        let text = match &mut self.kind {
            Kind::Native { codec, held, .. } => decode_native(vm, codec, held, data, errors, last)?,
            Kind::Object(decoder) => {
                let data = bytes::new(vm, data)?;
                let text = call(vm, **decoder, *vm.names.decode, &[*data, Value::bool(last)])?;
                if !str::is_str(vm, *text) {
                    let complaint = "decoder should return a string result, not";
                    return Err(failed_type(vm, vm.types.type_error, complaint, *text));
                }
                text
            }
        };
        match &mut self.newlines {
            Some(newlines) => newlines.decode(vm, text, last),
            None => Ok(text),
        }
    }

    pub fn state(&self, vm: &Vm) -> PyResult<State> {
        let (held, flags) = match &self.kind {
            Kind::Native { codec, first, held } => {
                let flags = match (first, codec) {
                    (Codec::Utf16(ByteOrder::Marked), Codec::Utf16(now))
                    | (Codec::Utf32(ByteOrder::Marked), Codec::Utf32(now)) => match now {
                        ByteOrder::Marked => 2,
                        ByteOrder::Little => 0,
                        ByteOrder::Big => 1,
                    },
                    _ => 0,
                };
                (held.clone(), flags)
            }
            Kind::Object(decoder) => {
                let state = call(vm, **decoder, *vm.names.getstate, &[])?;
                if !tuple::is_tuple(vm, *state) || tuple::len(*state) != 2 {
                    return Err(vm.type_error("illegal decoder state"));
                }
                let (held, flags) = (tuple::items(&state)[0], tuple::items(&state)[1]);
                if !bytes::is_bytes(vm, held) {
                    let text = "illegal decoder state: the first item should be a bytes object, not";
                    return Err(failed_type(vm, vm.types.type_error, text, held));
                }
                (bytes::as_slice(&held).to_vec(), protocol::index::to_i64(vm, flags)?)
            }
        };
        Ok(match &self.newlines {
            Some(newlines) => (held, flags << 1 | i64::from(newlines.pending)),
            None => (held, flags),
        })
    }

    pub fn set_state(&mut self, vm: &Vm, state: &State) -> PyResult<()> {
        let mut flags = state.1;
        if let Some(newlines) = &mut self.newlines {
            newlines.pending = flags & 1 != 0;
            flags >>= 1;
        }
        match &mut self.kind {
            Kind::Native { codec, first, held } => {
                held.clone_from(&state.0);
                let order = match flags {
                    0 => ByteOrder::Little,
                    1 => ByteOrder::Big,
                    _ => ByteOrder::Marked,
                };
                *codec = match first {
                    Codec::Utf16(ByteOrder::Marked) => Codec::Utf16(order),
                    Codec::Utf32(ByteOrder::Marked) => Codec::Utf32(order),
                    other => *other,
                };
                Ok(())
            }
            Kind::Object(decoder) => {
                let flags = crate::objects::int::new(vm, flags)?;
                let state = tuple::from_owned(vm, vec![bytes::new(vm, &state.0)?, flags])?;
                call(vm, **decoder, *vm.names.setstate, &[*state]).map(drop)
            }
        }
    }

    pub fn reset(&mut self, vm: &Vm) -> PyResult<()> {
        if let Some(newlines) = &mut self.newlines {
            newlines.reset();
        }
        match &mut self.kind {
            Kind::Native { codec, first, held } => {
                *codec = *first;
                held.clear();
                Ok(())
            }
            Kind::Object(decoder) => call(vm, **decoder, *vm.names.reset, &[]).map(drop),
        }
    }

    /// What the file's `newlines` says.
    pub fn newlines(&self, vm: &Vm) -> PyResult {
        match (&self.newlines, &self.kind) {
            (Some(newlines), _) => newlines.seen(vm),
            (None, Kind::Object(decoder)) => {
                let own = protocol::attr::get_optional(vm, **decoder, *vm.names.newlines)?;
                Ok(own.unwrap_or_else(Owned::none))
            }
            (None, Kind::Native { .. }) => Ok(Owned::none()),
        }
    }
}

fn decode_native(
    vm: &Vm,
    codec: &mut Codec,
    held: &mut Vec<u8>,
    data: &[u8],
    errors: &str,
    last: bool,
) -> PyResult {
    if held.is_empty() && data.is_ascii() && matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1) {
        return str::from_ascii(vm, data);
    }
    let joined;
    let data = if held.is_empty() {
        data
    } else {
        joined = [held, data].concat();
        &joined
    };
    let mut skip = 0;
    // The byte order mark decides once for all pieces.
    type Maker = fn(ByteOrder) -> Codec;
    let marks: Option<([&[u8]; 2], Maker, &str)> = match codec {
        Codec::Utf16(ByteOrder::Marked) => Some(([b"\xFF\xFE", b"\xFE\xFF"], Codec::Utf16, "UTF-16")),
        Codec::Utf32(ByteOrder::Marked) => Some(([b"\xFF\xFE\0\0", b"\0\0\xFE\xFF"], Codec::Utf32, "UTF-32")),
        _ => None,
    };
    if let Some((marks, make, name)) = marks {
        let width = marks[0].len();
        if data.len() < width && !last {
            let data = data.to_vec();
            *held = data;
            return Ok(str::empty(vm));
        }
        if data.starts_with(marks[0]) {
            (*codec, skip) = (make(ByteOrder::Little), width);
        } else if data.starts_with(marks[1]) {
            (*codec, skip) = (make(ByteOrder::Big), width);
        } else if data.len() >= width {
            let text = format!("{name} stream does not start with BOM");
            return Err(vm.raise(vm.types.unicode_error, &text));
        }
    }
    let (text, used) = codec.decode(vm, &data[skip..], errors, last)?;
    let rest = data[skip + used..].to_vec();
    *held = rest;
    Ok(text)
}

pub enum Encoder {
    Native {
        codec: Codec,
        /// A byte order mark is due.
        at_start: bool,
    },
    Object(Owned),
}

impl Encoder {
    pub fn new(vm: &Vm, encoding: &str, errors: &str) -> PyResult<Encoder> {
        Ok(match Codec::by_name(encoding) {
            Some(codec) => Encoder::Native { codec, at_start: true },
            None => Encoder::Object(incremental(vm, encoding, errors, "incrementalencoder")?),
        })
    }

    pub fn visit(&self, visit: &mut dyn FnMut(Value)) {
        if let Encoder::Object(o) = self {
            visit(**o);
        }
    }

    /// Whether ASCII text is its own encoding.
    pub fn keeps_ascii(&self) -> bool {
        matches!(self, Encoder::Native { codec: Codec::Utf8 | Codec::Ascii | Codec::Latin1, .. })
    }

    pub fn encode(&mut self, vm: &Vm, text: Value, errors: &str) -> PyResult<Vec<u8>> {
        match self {
            Encoder::Native { codec, at_start } => {
                let now = match (*codec, *at_start) {
                    (Codec::Utf16(ByteOrder::Marked), false) => Codec::Utf16(ByteOrder::Little),
                    (Codec::Utf32(ByteOrder::Marked), false) => Codec::Utf32(ByteOrder::Little),
                    (codec, _) => codec,
                };
                let encoded = now.encode(vm, text, errors)?;
                *at_start = false;
                Ok(encoded)
            }
            Encoder::Object(encoder) => {
                let encoded = call(vm, **encoder, *vm.names.encode, &[text])?;
                if !bytes::is_bytes(vm, *encoded) {
                    let text = "encoder should return a bytes object, not";
                    return Err(failed_type(vm, vm.types.type_error, text, *encoded));
                }
                Ok(bytes::as_slice(&encoded).to_vec())
            }
        }
    }

    /// The encoder as it is at the beginning of a file, or anywhere else in it.
    pub fn restart(&mut self, vm: &Vm, beginning: bool) -> PyResult<()> {
        match self {
            Encoder::Native { at_start, .. } => {
                *at_start = beginning;
                Ok(())
            }
            Encoder::Object(encoder) if beginning => call(vm, **encoder, *vm.names.reset, &[]).map(drop),
            Encoder::Object(encoder) => {
                call(vm, **encoder, *vm.names.setstate, &[Value::fixnum(0)]).map(drop)
            }
        }
    }
}
