//! Streams that are fed piece by piece: `Compress`, `Decompress`, and `_ZlibDecompressor`, which keeps what it could not use yet.

use libz_rs_sys as z;
use taipan_layout::Value;

use super::{MEMORY_LEVEL, Options, Stream, failure, number};
use crate::args::Args;
use crate::modules::native::{self, native_data, passed};
use crate::objects::bytes::{self, buffer, is_bytes_like};
use crate::objects::spec::{GetSet, TypeSpec, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, TypeRef};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// What a stream may make when nobody sets a limit.
const UNLIMITED: usize = usize::MAX;

// ---- compressing ----

#[derive(Default)]
pub struct Compress {
    /// Gone once the stream was finished.
    stream: Option<Stream>,
}
native_data!(Compress);

pub static COMPRESS: TypeSpec = TypeSpec {
    name: "zlib.Compress",
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { ..native::slots::<Compress>() },
    methods: &[
        method1(
            "compress",
            "($self, data, /)",
            compress,
            "Returns a bytes object containing compressed data.",
        ),
        method(
            "flush",
            "($self, mode=zlib.Z_FINISH, /)",
            flush_compressed,
            "Return a bytes object containing any remaining compressed data.",
        ),
        method0("copy", copy_compress, "Return a copy of the compression object."),
        method0("__copy__", copy_compress, ""),
        method1("__deepcopy__", "($self, memo, /)", |vm, this, _| copy_compress(vm, this), ""),
    ],
    ..native::spec::<Compress>()
};

pub fn compressobj(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let options = Options {
        level: number(vm, args[0], z::Z_DEFAULT_COMPRESSION)?,
        method: number(vm, args[1], z::Z_DEFLATED)?,
        window_bits: number(vm, args[2], 15)?,
        memory_level: number(vm, args[3], MEMORY_LEVEL)?,
        strategy: number(vm, args[4], z::Z_DEFAULT_STRATEGY)?,
    };
    let dictionary = passed(args[5]).map(|v| buffer(vm, v)).transpose()?;
    let mut stream = match Stream::deflate(options) {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
        Err(code) => return Err(failure(vm, None, code, "while creating compression object")),
    };
    if let Some(dictionary) = dictionary {
        match stream.set_dictionary(dictionary.as_slice()) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(vm.value_error("Invalid dictionary")),
            code => return Err(failure(vm, Some(&stream), code, "while setting zdict")),
        }
    }
    native::new(vm, vm.types.zlib_compress, Compress { stream: Some(stream) })
}

fn deflate(vm: &Vm, this: Value, mut data: &[u8], flush: i32, doing: &str) -> PyResult {
    let place = &mut native::data::<Compress>(this).stream;
    let Some(stream) = place else { return Err(failure(vm, None, z::Z_STREAM_ERROR, doing)) };
    let mut out = Vec::new();
    match stream.run(&mut data, &mut out, UNLIMITED, flush) {
        Some(z::Z_STREAM_END) => *place = None,
        // There was nothing to do.
        Some(z::Z_OK | z::Z_BUF_ERROR) => {}
        Some(code) => return Err(failure(vm, Some(stream), code, doing)),
        None => return Err(vm.memory_error()),
    }
    bytes::new(vm, &out)
}

fn compress(vm: &Vm, this: Value, data: Value) -> PyResult {
    let data = buffer(vm, data)?;
    deflate(vm, this, data.as_slice(), z::Z_NO_FLUSH, "while compressing data")
}

fn flush_compressed(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let mode = number(vm, args[0], z::Z_FINISH)?;
    if mode == z::Z_NO_FLUSH {
        return bytes::new(vm, b"");
    }
    deflate(vm, this, b"", mode, "while flushing")
}

fn copy_compress(vm: &Vm, this: Value) -> PyResult {
    let Some(stream) = &mut native::data::<Compress>(this).stream else {
        return Err(vm.value_error("Inconsistent stream state"));
    };
    match stream.copy() {
        Ok(copy) => native::new(vm, vm.types.zlib_compress, Compress { stream: Some(copy) }),
        Err(z::Z_MEM_ERROR) => Err(vm.memory_error()),
        Err(z::Z_STREAM_ERROR) => Err(vm.value_error("Inconsistent stream state")),
        Err(code) => Err(failure(vm, Some(stream), code, "while copying compression object")),
    }
}

// ---- decompressing ----

/// A stream with its dictionary.
struct Inflater {
    stream: Stream,
    dictionary: Vec<u8>,
}

impl Inflater {
    fn new(vm: &Vm, window_bits: i32, dictionary: Vec<u8>) -> PyResult<Inflater> {
        let stream = match Stream::inflate(window_bits) {
            Ok(stream) => stream,
            Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
            Err(z::Z_STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
            Err(code) => return Err(failure(vm, None, code, "while creating decompression object")),
        };
        let mut made = Inflater { stream, dictionary };
        if window_bits < 0 && !made.dictionary.is_empty() {
            // A raw stream does not ask for it.
            made.give_dictionary(vm)?;
        }
        Ok(made)
    }

    fn give_dictionary(&mut self, vm: &Vm) -> PyResult<()> {
        match self.stream.set_dictionary(&self.dictionary) {
            z::Z_OK => Ok(()),
            code => Err(failure(vm, Some(&self.stream), code, "while setting zdict")),
        }
    }

    /// Decompresses until there is nothing more to take or `limit` is reached: whether the stream has ended. An error comes as the
    /// library's number.
    fn run(
        &mut self,
        vm: &Vm,
        input: &mut &[u8],
        out: &mut Vec<u8>,
        limit: usize,
        flush: i32,
    ) -> PyResult<Result<bool, i32>> {
        loop {
            match self.stream.run(input, out, limit, flush) {
                Some(z::Z_STREAM_END) => return Ok(Ok(true)),
                Some(z::Z_OK | z::Z_BUF_ERROR) => return Ok(Ok(false)),
                Some(z::Z_NEED_DICT) if !self.dictionary.is_empty() => self.give_dictionary(vm)?,
                Some(code) => return Ok(Err(code)),
                None => return Err(vm.memory_error()),
            }
        }
    }
}

fn dictionary(vm: &Vm, v: Value) -> PyResult<Vec<u8>> {
    let Some(v) = passed(v) else { return Ok(Vec::new()) };
    if !is_bytes_like(vm, v) {
        return Err(vm.type_error("zdict argument must support the buffer protocol"));
    }
    Ok(buffer(vm, v)?.as_slice().to_vec())
}

#[derive(Default)]
pub struct Decompress {
    inflater: Option<Inflater>,
    unused: Vec<u8>,
    tail: Vec<u8>,
    eof: bool,
}
native_data!(Decompress);

static DECOMPRESS_GETSET: &[GetSet] = &[
    getter(
        "unused_data",
        |vm, this| bytes::new(vm, &native::data::<Decompress>(this).unused),
        "What came behind the end of the compressed data.",
    ),
    getter(
        "unconsumed_tail",
        |vm, this| bytes::new(vm, &native::data::<Decompress>(this).tail),
        "Data that a limit has left.",
    ),
    getter(
        "eof",
        |_, this| Ok(Owned::bool(native::data::<Decompress>(this).eof)),
        "Whether the compressed data has come to its end.",
    ),
];

pub static DECOMPRESS: TypeSpec = TypeSpec {
    name: "zlib.Decompress",
    flags: tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { ..native::slots::<Decompress>() },
    methods: &[
        method(
            "decompress",
            "($self, data, /, max_length=0)",
            decompress,
            "Return a bytes object containing the decompressed version of the data.",
        ),
        method(
            "flush",
            "($self, length=zlib.DEF_BUF_SIZE, /)",
            flush_decompressed,
            "Return a bytes object containing any remaining decompressed data.",
        ),
        method0("copy", copy_decompress, "Return a copy of the decompression object."),
        method0("__copy__", copy_decompress, ""),
        method1("__deepcopy__", "($self, memo, /)", |vm, this, _| copy_decompress(vm, this), ""),
    ],
    getset: DECOMPRESS_GETSET,
    ..native::spec::<Decompress>()
};

pub fn decompressobj(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let window_bits = number(vm, args[0], 15)?;
    let inflater = Inflater::new(vm, window_bits, dictionary(vm, args[1])?)?;
    native::new(
        vm,
        vm.types.zlib_decompress,
        Decompress { inflater: Some(inflater), ..Decompress::default() },
    )
}

fn inflate(vm: &Vm, this: Value, mut input: &[u8], limit: usize, flush: i32, doing: &str) -> PyResult {
    let d = native::data::<Decompress>(this);
    let Some(inflater) = &mut d.inflater else { return Err(failure(vm, None, z::Z_STREAM_ERROR, doing)) };
    let mut out = Vec::new();
    let result = if d.eof { Ok(true) } else { inflater.run(vm, &mut input, &mut out, limit, flush)? };
    if let Ok(true) = result {
        d.eof = true;
        d.unused.extend_from_slice(input);
        d.tail = Vec::new();
    } else {
        d.tail = input.to_vec();
    }
    match result {
        Ok(_) => bytes::new(vm, &out),
        Err(code) => Err(failure(vm, Some(&inflater.stream), code, doing)),
    }
}

fn decompress(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let limit = match passed(args[1]).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))? {
        0 => UNLIMITED,
        n if n < 0 => return Err(vm.value_error("max_length must be non-negative")),
        n => n as usize,
    };
    inflate(vm, this, data.as_slice(), limit, z::Z_SYNC_FLUSH, "while decompressing data")
}

fn flush_decompressed(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let length = passed(args[0]).map_or(Ok(1), |v| protocol::index::to_isize(vm, v))?;
    if length <= 0 {
        return Err(vm.value_error("length must be greater than zero"));
    }
    let tail = std::mem::take(&mut native::data::<Decompress>(this).tail);
    inflate(vm, this, &tail, UNLIMITED, z::Z_FINISH, "while decompressing data")
}

fn copy_decompress(vm: &Vm, this: Value) -> PyResult {
    let d = native::data::<Decompress>(this);
    let Some(inflater) = &mut d.inflater else { return Err(vm.value_error("Inconsistent stream state")) };
    let stream = match inflater.stream.copy() {
        Ok(stream) => stream,
        Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
        Err(z::Z_STREAM_ERROR) => return Err(vm.value_error("Inconsistent stream state")),
        Err(code) => {
            return Err(failure(vm, Some(&inflater.stream), code, "while copying decompression object"));
        }
    };
    let copy = Decompress {
        inflater: Some(Inflater { stream, dictionary: inflater.dictionary.clone() }),
        unused: d.unused.clone(),
        tail: d.tail.clone(),
        eof: d.eof,
    };
    native::new(vm, vm.types.zlib_decompress, copy)
}

// ---- the decompressor of files ----

#[derive(Default)]
pub struct Decompressor {
    inflater: Option<Inflater>,
    /// Input that a limit has left.
    rest: Vec<u8>,
    unused: Vec<u8>,
    eof: bool,
}
native_data!(Decompressor);

pub static DECOMPRESSOR: TypeSpec = TypeSpec {
    name: "zlib._ZlibDecompressor",
    doc: "Create a decompressor object for decompressing data incrementally.",
    signature: "(wbits=15, zdict=b'')",
    slots: Slots { new: Some(new_decompressor), ..native::slots::<Decompressor>() },
    methods: &[method(
        "decompress",
        "($self, /, data, max_length=-1)",
        decompress_next,
        "Decompress *data*, returning uncompressed data, at most so much.",
    )],
    getset: &[
        getter(
            "eof",
            |_, this| Ok(Owned::bool(native::data::<Decompressor>(this).eof)),
            "Whether the compressed data has come to its end.",
        ),
        getter(
            "needs_input",
            |_, this| {
                let d = native::data::<Decompressor>(this);
                Ok(Owned::bool(!d.eof && d.rest.is_empty()))
            },
            "Whether nothing more can be decompressed before more data comes.",
        ),
        getter(
            "unused_data",
            |vm, this| bytes::new(vm, &native::data::<Decompressor>(this).unused),
            "What came behind the end of the compressed data.",
        ),
    ],
    ..native::spec::<Decompressor>()
};

fn new_decompressor(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ([window_bits, zdict], _keep) = native::bind(vm, "_ZlibDecompressor", "(wbits=15, zdict=b'')", args)?;
    let inflater = Inflater::new(vm, number(vm, window_bits, 15)?, dictionary(vm, zdict)?)?;
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.zlib_decompressor);
    native::new(vm, ty, Decompressor { inflater: Some(inflater), ..Decompressor::default() })
}

fn decompress_next(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let data = buffer(vm, args[0])?;
    let limit = match passed(args[1]).map_or(Ok(-1), |v| protocol::index::to_isize(vm, v))? {
        n if n < 0 => UNLIMITED,
        n => n as usize,
    };
    let d = native::data::<Decompressor>(this);
    if d.eof {
        return Err(vm.raise(vm.types.eof_error, "End of stream already reached"));
    }
    let doing = "while decompressing data";
    let Some(inflater) = &mut d.inflater else { return Err(failure(vm, None, z::Z_STREAM_ERROR, doing)) };
    let mut all = std::mem::take(&mut d.rest);
    all.extend_from_slice(data.as_slice());
    let (mut input, mut out) = (&all[..], Vec::new());
    let result = inflater.run(vm, &mut input, &mut out, limit, z::Z_SYNC_FLUSH)?;
    match result {
        Ok(true) => {
            d.eof = true;
            d.unused = input.to_vec();
        }
        Ok(false) => d.rest = input.to_vec(),
        Err(code) => return Err(failure(vm, Some(&inflater.stream), code, doing)),
    }
    bytes::new(vm, &out)
}
