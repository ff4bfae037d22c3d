//! `binascii`: bytes as text and back.
//!
//! The conversions are functions from bytes to bytes, without Python objects, a file each; this one binds their arguments and
//! turns their refusals into `binascii.Error`.
//!
//! | module | holds |
//! |---|---|
//! | `base64` | base64, lax as mail programs were and strict as RFC 4648 |
//! | `uu` | lines of uuencoded files |
//! | `qp` | quoted-printable text (RFC 1521) |
//! | `hqx` | the checksum of BinHex files |

mod base64;
mod hqx;
mod qp;
mod uu;

use taipan_layout::Value;

use super::NativeModule;
use super::native::passed;
use crate::objects::bytes::{self, Buffer, buffer, hex};
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{TypeRef, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol::compare::is_true;
use crate::protocol::index;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "binascii",
    doc: "Encodings of bytes as ASCII text, and checksums.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let error = super::new_exception(vm, "binascii", "Error", vm.types.value_error)?;
        super::set(vm, m, "Error", *error)?;
        let incomplete = super::new_exception(vm, "binascii", "Incomplete", vm.types.exception)?;
        super::set(vm, m, "Incomplete", *incomplete)
    },
};

const TO_HEX: &str = "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)";

static FUNCTIONS: &[MethodSpec] = &[
    function1("a2b_uu", "($module, data, /)", a2b_uu, "The bytes that a line of uuencoded text stands for."),
    function(
        "b2a_uu",
        "($module, data, /, *, backtick=False)",
        b2a_uu,
        "Up to 45 bytes as a line of uuencoded text.",
    ),
    function(
        "a2b_base64",
        "($module, data, /, *, strict_mode=False)",
        a2b_base64,
        "Decode a line of base64 data.\n\n  strict_mode\n    Refuse characters outside of the alphabet, and data after \
         the padding.",
    ),
    function(
        "b2a_base64",
        "($module, data, /, *, newline=True)",
        b2a_base64,
        "The bytes as a line of base64.",
    ),
    function1(
        "a2b_hex",
        "($module, hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation: an even number of digits.",
    ),
    function1(
        "unhexlify",
        "($module, hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation: an even number of digits.",
    ),
    function("b2a_hex", TO_HEX, b2a_hex, "Hexadecimal representation of binary data."),
    function("hexlify", TO_HEX, b2a_hex, "Hexadecimal representation of binary data."),
    function(
        "crc32",
        "($module, data, crc=0, /)",
        crc32,
        "The CRC-32 of the data, going on from an earlier value.",
    ),
    function(
        "crc_hqx",
        "($module, data, crc, /)",
        crc_hqx,
        "The CRC-CCITT of the data, going on from an earlier value.",
    ),
    function(
        "a2b_qp",
        "($module, /, data, header=False)",
        a2b_qp,
        "The bytes that quoted-printable text stands for.",
    ),
    function(
        "b2a_qp",
        "($module, /, data, quotetabs=False, istext=True, header=False)",
        b2a_qp,
        "Encode a string using quoted-printable encoding.\n\nWhen istext is set, newlines are not encoded, and white space at \
         end of lines\nis; otherwise \\r and \\n are both encoded. When quotetabs is set, space and\ntabs are encoded.",
    ),
];

/// Why text cannot be decoded; becomes `binascii.Error`.
type Refusal = std::borrow::Cow<'static, str>;

#[cold]
fn error(vm: &Vm, text: &str) -> Raised {
    let class = super::attribute(vm, "binascii", "Error").and_then(|e| TypeRef::from_value(vm, *e));
    vm.raise(class.unwrap_or(vm.types.value_error), text)
}

/// The text to decode: bytes, or a `str` of nothing but ASCII.
enum Text<'a> {
    Str(&'a [u8]),
    Bytes(Buffer),
}

impl<'a> Text<'a> {
    fn of(vm: &Vm, v: &'a Value) -> PyResult<Text<'a>> {
        if str::is_str(vm, *v) {
            let ascii = str::view(v).as_ascii();
            return ascii
                .map(Text::Str)
                .ok_or_else(|| vm.value_error("string argument should contain only ASCII characters"));
        }
        if bytes::is_plain_buffer(vm, *v) {
            return Ok(Text::Bytes(buffer(vm, *v)?));
        }
        let got = type_of(vm, *v).name_str();
        Err(vm.type_error(&format!("argument should be bytes, buffer or ASCII string, not '{got}'")))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Text::Str(bytes) => bytes,
            Text::Bytes(buffer) => buffer.as_slice(),
        }
    }
}

fn flag(vm: &Vm, v: Value, default: bool) -> PyResult<bool> {
    passed(v).map_or(Ok(default), |v| is_true(vm, v))
}

/// An empty vector that `n` bytes fit into.
fn with_room(vm: &Vm, n: usize) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(n).map_err(|_| vm.memory_error())?;
    Ok(out)
}

fn a2b_uu(vm: &Vm, _: Value, data: Value) -> PyResult {
    let text = Text::of(vm, &data)?;
    let decoded = uu::decode(text.bytes()).map_err(|e| error(vm, &e))?;
    bytes::new(vm, &decoded)
}

fn b2a_uu(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let backtick = flag(vm, args[1], false)?;
    let encoded = uu::encode(data.as_slice(), backtick).map_err(|e| error(vm, &e))?;
    bytes::new(vm, &encoded)
}

fn a2b_base64(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let strict = flag(vm, args[1], false)?;
    let text = Text::of(vm, &args[0])?;
    let mut out = with_room(vm, text.bytes().len() / 4 * 3 + 3)?;
    base64::decode(text.bytes(), strict, &mut out).map_err(|e| error(vm, &e))?;
    bytes::new(vm, &out)
}

fn b2a_base64(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let newline = flag(vm, args[1], true)?;
    let data = buffer(vm, args[0])?;
    let mut out = with_room(vm, data.len().div_ceil(3).saturating_mul(4).saturating_add(1))?;
    base64::encode(data.as_slice(), &mut out);
    if newline {
        out.push(b'\n');
    }
    bytes::new(vm, &out)
}

fn a2b_hex(vm: &Vm, _: Value, data: Value) -> PyResult {
    let text = Text::of(vm, &data)?;
    let digits = text.bytes();
    if !digits.len().is_multiple_of(2) {
        return Err(error(vm, "Odd-length string"));
    }
    let mut out = with_room(vm, digits.len() / 2)?;
    for pair in digits.chunks_exact(2) {
        match (char::from(pair[0]).to_digit(16), char::from(pair[1]).to_digit(16)) {
            (Some(high), Some(low)) => out.push((high << 4 | low) as u8),
            _ => return Err(error(vm, "Non-hexadecimal digit found")),
        }
    }
    bytes::new(vm, &out)
}

fn b2a_hex(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let (separator, group) = hex::arguments(vm, &args[1..], hex::Separator::AnyByte)?;
    let digits = hex::digits(vm, data.as_slice(), separator, group)?;
    bytes::new(vm, &digits)
}

pub fn crc32(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let start = passed(args[1]).map_or(Ok(0), |v| index::to_u32_modulo(vm, v))?;
    let data = buffer(vm, args[0])?;
    let mut sum = crc32fast::Hasher::new_with_initial(start);
    sum.update(data.as_slice());
    Ok(Owned::fixnum(i64::from(sum.finalize())))
}

fn crc_hqx(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let start = index::to_u32_modulo(vm, args[1])? as u16;
    let data = buffer(vm, args[0])?;
    Ok(Owned::fixnum(i64::from(hqx::checksum(data.as_slice(), start))))
}

fn a2b_qp(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let header = flag(vm, args[1], false)?;
    let text = Text::of(vm, &args[0])?;
    let mut out = with_room(vm, text.bytes().len())?;
    qp::decode(text.bytes(), header, &mut out);
    bytes::new(vm, &out)
}

fn b2a_qp(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let style = qp::Style {
        quote_tabs: flag(vm, args[1], false)?,
        is_text: flag(vm, args[2], true)?,
        header: flag(vm, args[3], false)?,
    };
    let data = buffer(vm, args[0])?;
    bytes::new(vm, &qp::encode(data.as_slice(), style))
}
