//! The Unicode errors that name a range of the object being coded.

use taipan_layout::Value;

use super::super::spec::{GetSet, Member, MemberType, TypeSpec, getset, member};
use super::super::{Slots, bytes, int, is_instance, str, type_of};
use super::{family, field, offset_of, set_field};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

const ENCODING: usize = 0;
const OBJECT: usize = 1;
/// Fixnums; NULL reads as 0.
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;
const WORDS: usize = 5;

static MEMBERS: &[Member] = &[
    member("encoding", MemberType::ObjectOrNone, offset_of(ENCODING), false),
    member("object", MemberType::ObjectOrNone, offset_of(OBJECT), false),
    member("reason", MemberType::ObjectOrNone, offset_of(REASON), false),
];

static POSITIONS: &[GetSet] = &[
    getset("start", get_start, set_start, "exception start"),
    getset("end", get_end, set_end, "exception end"),
];

pub static UNICODE_ENCODE_ERROR: TypeSpec = TypeSpec {
    doc: "Text cannot be encoded.",
    slots: Slots { init: Some(encode_init), str: Some(encode_str), ..Slots::EMPTY },
    members: MEMBERS,
    getset: POSITIONS,
    ..family("UnicodeEncodeError", |t| t.unicode_error, WORDS)
};

pub static UNICODE_DECODE_ERROR: TypeSpec = TypeSpec {
    doc: "Bytes cannot be decoded.",
    slots: Slots { init: Some(decode_init), str: Some(decode_str), ..Slots::EMPTY },
    members: MEMBERS,
    getset: POSITIONS,
    ..family("UnicodeDecodeError", |t| t.unicode_error, WORDS)
};

pub static UNICODE_TRANSLATE_ERROR: TypeSpec = TypeSpec {
    doc: "Text cannot be translated.",
    slots: Slots { init: Some(translate_init), str: Some(translate_str), ..Slots::EMPTY },
    members: MEMBERS,
    getset: POSITIONS,
    ..family("UnicodeTranslateError", |t| t.unicode_error, WORDS)
};

fn position(this: Value, index: usize) -> i64 {
    // SAFETY: `this` is one of the three errors.
    let v = unsafe { field(this, index) };
    if v.is_null() { 0 } else { int::as_i64(v).unwrap_or(0) }
}

fn set_position(vm: &Vm, this: Value, index: usize, value: Option<Value>) -> PyResult<()> {
    let Some(value) = value else { return Err(vm.type_error("can't delete numeric/char attribute")) };
    let n = protocol::index::to_isize(vm, value)?;
    let n = int::new(vm, n as i64)?;
    // SAFETY: `this` is one of the three errors.
    unsafe { set_field(this, index, Some(*n)) };
    Ok(())
}

fn get_start(vm: &Vm, this: Value) -> PyResult {
    int::new(vm, position(this, START))
}
fn set_start(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    set_position(vm, this, START, value)
}
fn get_end(vm: &Vm, this: Value) -> PyResult {
    int::new(vm, position(this, END))
}
fn set_end(vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    set_position(vm, this, END, value)
}

fn check_str(vm: &Vm, args: &[Value], index: usize) -> PyResult<()> {
    if is_instance(vm, args[index], vm.types.str) {
        return Ok(());
    }
    let got = type_of(vm, args[index]).name_str();
    Err(vm.type_error(&format!("argument {} must be str, not {got}", index + 1)))
}

/// `(encoding, object, start, end, reason)`, or the same without the encoding.
fn init(vm: &Vm, this: Value, args: Args, with_encoding: bool, decoding: bool) -> PyResult<()> {
    super::base::init(vm, this, args)?;
    let pos = args.pos();
    let expected = if with_encoding { 5 } else { 4 };
    if pos.len() != expected {
        return Err(
            vm.type_error(&format!("function takes exactly {expected} arguments ({} given)", pos.len()))
        );
    }
    let first = expected - 4;
    if with_encoding {
        check_str(vm, pos, 0)?;
    }
    if !decoding {
        check_str(vm, pos, first)?;
    }
    let start = protocol::index::to_isize(vm, pos[first + 1])?;
    let end = protocol::index::to_isize(vm, pos[first + 2])?;
    check_str(vm, pos, first + 3)?;
    let object = if decoding && !is_instance(vm, pos[first], vm.types.bytes) {
        let buffer = bytes::buffer(vm, pos[first])?;
        bytes::new(vm, buffer.as_slice())?
    } else {
        pos[first].own()
    };
    let (start, end) = (int::new(vm, start as i64)?, int::new(vm, end as i64)?);
    // SAFETY: `this` is one of the three errors.
    unsafe {
        if with_encoding {
            set_field(this, ENCODING, Some(pos[0]));
        }
        set_field(this, OBJECT, Some(*object));
        set_field(this, START, Some(*start));
        set_field(this, END, Some(*end));
        set_field(this, REASON, Some(pos[first + 3]));
    }
    Ok(())
}

fn encode_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    init(vm, this, args, true, false)
}
fn decode_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    init(vm, this, args, true, true)
}
fn translate_init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    init(vm, this, args, false, false)
}

/// The object, unless the instance was never initialised.
fn object_of(this: Value) -> Option<Owned> {
    // SAFETY: `this` is one of the three errors.
    let v = unsafe { field(this, OBJECT) };
    (!v.is_null()).then(|| v.own())
}

fn text_of(vm: &Vm, this: Value, index: usize) -> PyResult {
    // SAFETY: as above.
    let v = unsafe { super::field_or_none(this, index) };
    protocol::object::str(vm, *v)
}

/// The parts of the message that are text already; asking for them may run Python, which may change the error.
struct Texts {
    encoding: Option<Owned>,
    reason: Owned,
}

impl Texts {
    fn of(vm: &Vm, this: Value) -> PyResult<Texts> {
        let reason = text_of(vm, this, REASON)?;
        // SAFETY: as above.
        let has_encoding = unsafe { !field(this, ENCODING).is_null() };
        let encoding = if has_encoding { Some(text_of(vm, this, ENCODING)?) } else { None };
        Ok(Texts { encoding, reason })
    }

    /// `'codec' codec can't VERB WHAT: reason`.
    fn sentence(&self, vm: &Vm, verb: &str, what: &str) -> PyResult {
        let mut out = str::StrBuilder::new();
        if let Some(encoding) = &self.encoding {
            out.push_str("'");
            out.push_value(**encoding);
            out.push_str("' codec ");
        }
        out.push_str(&format!("can't {verb} {what}: "));
        out.push_value(*self.reason);
        out.finish(vm)
    }
}

/// The object, of the type that it was checked to have once.
fn checked_object(vm: &Vm, this: Value, bytes_like: bool) -> PyResult {
    let wanted = if bytes_like { vm.types.bytes } else { vm.types.str };
    match object_of(this) {
        Some(object) if is_instance(vm, *object, wanted) => Ok(object),
        Some(_) => {
            let what = if bytes_like { "bytes" } else { "unicode" };
            Err(vm.type_error(&format!("object attribute must be {what}")))
        }
        None => {
            let name = type_of(vm, this).name_str();
            Err(vm.type_error(&format!("{name} 'object' attribute is not set")))
        }
    }
}

fn encode_str(vm: &Vm, this: Value) -> PyResult {
    character_str(vm, this, "encode")
}
fn translate_str(vm: &Vm, this: Value) -> PyResult {
    character_str(vm, this, "translate")
}

fn character_str(vm: &Vm, this: Value, verb: &str) -> PyResult {
    if object_of(this).is_none() {
        return Ok(str::empty(vm));
    }
    let texts = Texts::of(vm, this)?;
    let object = checked_object(vm, this, false)?;
    let (start, end) = (position(this, START), position(this, END));
    let single = (0..str::length(*object) as i64).contains(&start) && end == start + 1;
    let what = if single {
        let c = str::view(&object).get(start as usize);
        let escaped = match c {
            0..=0xff => format!("\\x{c:02x}"),
            0x100..=0xffff => format!("\\u{c:04x}"),
            _ => format!("\\U{c:08x}"),
        };
        format!("character '{escaped}' in position {start}")
    } else {
        format!("characters in position {start}-{}", end - 1)
    };
    texts.sentence(vm, verb, &what)
}

fn decode_str(vm: &Vm, this: Value) -> PyResult {
    if object_of(this).is_none() {
        return Ok(str::empty(vm));
    }
    let texts = Texts::of(vm, this)?;
    let object = checked_object(vm, this, true)?;
    let (start, end) = (position(this, START), position(this, END));
    let byte = if end == start + 1 {
        usize::try_from(start).ok().and_then(|i| bytes::as_slice(&object).get(i).copied())
    } else {
        None
    };
    let what = match byte {
        Some(b) => format!("byte 0x{b:02x} in position {start}"),
        None => format!("bytes in position {start}-{}", end - 1),
    };
    texts.sentence(vm, "decode", &what)
}
