//! `zlib`: compression.
//!
//! | module | holds |
//! |---|---|
//! | `stream` | the library's streams |
//! | `objects` | what `compressobj` and `decompressobj` make |

pub mod objects;
mod stream;

use std::ffi::{CStr, c_int};

use libz_rs_sys as z;
use taipan_layout::Value;

use super::native::passed;
use super::{NativeModule, add_type, set, set_text};
use crate::objects::TypeRef;
use crate::objects::bytes::{self, buffer};
use crate::objects::spec::{MethodSpec, function};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;
use stream::{Options, Stream, adler32};

pub static MODULE: NativeModule = NativeModule {
    name: "zlib",
    doc: "The functions in this module allow compression and decompression using the\nzlib library.",
    functions: FUNCTIONS,
    fill,
};

/// Bytes that `decompress` expects at first.
const BUFFER_SIZE: i64 = 16384;
const MEMORY_LEVEL: c_int = 8;

static NUMBERS: [(&str, i64); 20] = [
    ("DEFLATED", z::Z_DEFLATED as i64),
    ("DEF_BUF_SIZE", BUFFER_SIZE),
    ("DEF_MEM_LEVEL", MEMORY_LEVEL as i64),
    ("MAX_WBITS", 15),
    ("Z_BEST_COMPRESSION", z::Z_BEST_COMPRESSION as i64),
    ("Z_BEST_SPEED", z::Z_BEST_SPEED as i64),
    ("Z_BLOCK", z::Z_BLOCK as i64),
    ("Z_DEFAULT_COMPRESSION", z::Z_DEFAULT_COMPRESSION as i64),
    ("Z_DEFAULT_STRATEGY", z::Z_DEFAULT_STRATEGY as i64),
    ("Z_FILTERED", z::Z_FILTERED as i64),
    ("Z_FINISH", z::Z_FINISH as i64),
    ("Z_FIXED", z::Z_FIXED as i64),
    ("Z_FULL_FLUSH", z::Z_FULL_FLUSH as i64),
    ("Z_HUFFMAN_ONLY", z::Z_HUFFMAN_ONLY as i64),
    ("Z_NO_COMPRESSION", z::Z_NO_COMPRESSION as i64),
    ("Z_NO_FLUSH", z::Z_NO_FLUSH as i64),
    ("Z_PARTIAL_FLUSH", z::Z_PARTIAL_FLUSH as i64),
    ("Z_RLE", z::Z_RLE as i64),
    ("Z_SYNC_FLUSH", z::Z_SYNC_FLUSH as i64),
    ("Z_TREES", z::Z_TREES as i64),
];

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "compress",
        "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
        compress,
        "Returns a bytes object containing compressed data.",
    ),
    function(
        "decompress",
        "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
        decompress,
        "Returns a bytes object containing the uncompressed data.",
    ),
    function(
        "compressobj",
        "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, \
         strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)",
        objects::compressobj,
        "Return a compressor object.",
    ),
    function(
        "decompressobj",
        "($module, /, wbits=MAX_WBITS, zdict=b'')",
        objects::decompressobj,
        "Return a decompressor object.",
    ),
    function(
        "adler32",
        "($module, data, value=1, /)",
        |vm, _, args| {
            let start = passed(args[1]).map_or(Ok(1), |v| protocol::index::to_u32_modulo(vm, v))?;
            let data = buffer(vm, args[0])?;
            Ok(Owned::fixnum(i64::from(adler32(start, data.as_slice()))))
        },
        "Compute an Adler-32 checksum of data.",
    ),
    function(
        "crc32",
        "($module, data, value=0, /)",
        super::binascii::crc32,
        "Compute a CRC-32 checksum of data.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for (name, number) in NUMBERS {
        set(vm, m, name, Value::fixnum(number))?;
    }
    let error = super::new_exception(vm, "zlib", "error", vm.types.exception)?;
    set(vm, m, "error", *error)?;
    crate::objects::ready(vm, vm.types.zlib_compress, &objects::COMPRESS);
    crate::objects::ready(vm, vm.types.zlib_decompress, &objects::DECOMPRESS);
    add_type(vm, m, vm.types.zlib_decompressor, &objects::DECOMPRESSOR)?;
    // SAFETY: the library's version is a constant text that ends with a zero byte.
    #[allow(unsafe_code, reason = "a text of the library")]
    let version = unsafe { CStr::from_ptr(z::zlibVersion()) }.to_string_lossy();
    set_text(vm, m, "ZLIB_VERSION", &version)?;
    set_text(vm, m, "ZLIB_RUNTIME_VERSION", &version)?;
    set_text(vm, m, "__version__", "1.0")
}

/// `zlib.error`.
#[cold]
fn raise(vm: &Vm, text: &str) -> Raised {
    let class = super::attribute(vm, "zlib", "error").and_then(|e| TypeRef::from_value(vm, *e));
    vm.raise(class.unwrap_or(vm.types.exception), text)
}

/// `zlib.error` for an answer of the library.
#[cold]
fn failure(vm: &Vm, stream: Option<&Stream>, code: c_int, doing: &str) -> Raised {
    let said = stream.filter(|_| code != z::Z_VERSION_ERROR).and_then(Stream::message);
    let said = said.or_else(|| {
        let known = match code {
            z::Z_BUF_ERROR => "incomplete or truncated stream",
            z::Z_STREAM_ERROR => "inconsistent stream state",
            z::Z_DATA_ERROR => "invalid input data",
            z::Z_VERSION_ERROR => "library version mismatch",
            _ => return None,
        };
        Some(known.to_owned())
    });
    match said {
        Some(said) => raise(vm, &format!("Error {code} {doing}: {said}")),
        None => raise(vm, &format!("Error {code} {doing}")),
    }
}

fn number(vm: &Vm, v: Value, default: c_int) -> PyResult<c_int> {
    passed(v).map_or(Ok(default), |v| protocol::index::to_i32(vm, v))
}

fn compress(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let options = Options {
        level: number(vm, args[1], z::Z_DEFAULT_COMPRESSION)?,
        method: z::Z_DEFLATED,
        window_bits: number(vm, args[2], 15)?,
        memory_level: MEMORY_LEVEL,
        strategy: z::Z_DEFAULT_STRATEGY,
    };
    let mut stream = match Stream::deflate(options) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(raise(vm, "Bad compression level")),
        Err(code) => return Err(failure(vm, None, code, "while compressing data")),
    };
    let mut out = Vec::new();
    match stream.run(&mut data.as_slice(), &mut out, usize::MAX, z::Z_FINISH) {
        Some(z::Z_STREAM_END) => bytes::new(vm, &out),
        Some(code) => Err(failure(vm, Some(&stream), code, "while compressing data")),
        None => Err(vm.memory_error()),
    }
}

fn decompress(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let window_bits = number(vm, args[1], 15)?;
    let size = passed(args[2]).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))?;
    if size < 0 {
        return Err(vm.value_error("bufsize must be non-negative"));
    }
    let mut stream = match Stream::inflate(window_bits) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
        Err(code) => return Err(failure(vm, None, code, "while preparing to decompress data")),
    };
    let mut out = Vec::new();
    match stream.run(&mut data.as_slice(), &mut out, usize::MAX, z::Z_SYNC_FLUSH) {
        Some(z::Z_STREAM_END) => bytes::new(vm, &out),
        // The data have ended before the stream has.
        Some(z::Z_OK) => Err(failure(vm, Some(&stream), z::Z_BUF_ERROR, "while decompressing data")),
        Some(z::Z_MEM_ERROR) | None => Err(vm.memory_error()),
        Some(code) => Err(failure(vm, Some(&stream), code, "while decompressing data")),
    }
}
