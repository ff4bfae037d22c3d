//! `_struct`: values to bytes by a format, and back.

use std::rc::Rc;

use dashu_int::IBig;
use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::bytes::memoryview::items::{f64_to_half, half_to_f64};
use crate::objects::spec::{
    MethodSpec, TypeSpec, function, function0, getter, method, raw_function, raw_method, tp_flags,
};
use crate::objects::{Slots, bytes, float, int, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::signature::no_keywords;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_struct",
    doc: "Functions to convert between Python values and C structs.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        super::add_type(vm, m, vm.types.struct_, &STRUCT)?;
        crate::objects::ready(vm, vm.types.struct_unpack_iterator, &ITERATOR);
        let error = super::new_exception(vm, "struct", "error", vm.types.exception)?;
        super::set(vm, m, "error", *error)
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "calcsize",
        "($module, format, /)",
        |vm, _, a| int::from_usize(vm, Layout::of(vm, a[0])?.size),
        "How many bytes values take that are packed so.",
    ),
    raw_function(
        "pack",
        "",
        |vm, _, args| {
            no_keywords(vm, "_struct.pack", &args)?;
            let Some((format, values)) = args.pos().split_first() else {
                return Err(vm.type_error("missing format argument"));
            };
            bytes::new(vm, &Layout::of(vm, *format)?.pack(vm, values, "pack")?)
        },
        "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values packed according to the format.",
    ),
    raw_function(
        "pack_into",
        "",
        |vm, _, args| {
            no_keywords(vm, "_struct.pack_into", &args)?;
            let Some((format, rest)) = args.pos().split_first() else {
                return Err(vm.type_error("missing format argument"));
            };
            pack_into(vm, &Layout::of(vm, *format)?, rest)
        },
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values into the writable buffer, starting at offset.",
    ),
    function(
        "unpack",
        "($module, format, buffer, /)",
        |vm, _, a| unpack(vm, &Layout::of(vm, a[0])?, a[1]),
        "Return a tuple containing values unpacked according to the format string.",
    ),
    function(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        |vm, _, a| unpack_from(vm, &Layout::of(vm, a[0])?, a[1], a[2]),
        "Return a tuple containing values unpacked according to the format string, from offset.",
    ),
    function(
        "iter_unpack",
        "($module, format, buffer, /)",
        |vm, _, a| iter_unpack(vm, Rc::new(Layout::of(vm, a[0])?), a[1]),
        "Return an iterator yielding tuples unpacked according to the format string.",
    ),
    function0("_clearcache", |_, _| Ok(Owned::none()), "Forget the formats that were seen."),
];

/// `struct.error(text)`.
#[cold]
fn error(vm: &Vm, text: &str) -> Raised {
    let ty =
        super::attribute(vm, "_struct", "error").and_then(|e| crate::objects::TypeRef::from_value(vm, *e));
    match ty {
        Some(ty) => {
            match str::new(vm, text).and_then(|t| protocol::call::positional(vm, ty.value(), &[*t])) {
                Ok(e) => vm.set_exception(e),
                Err(raised) => raised,
            }
        }
        None => vm.value_error(text),
    }
}

/// One run of a format: a code that is repeated.
#[derive(Clone, Copy, Debug)]
struct Item {
    code: u8,
    offset: usize,
    size: usize,
    count: usize,
}

/// A format taken apart.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    items: Vec<Item>,
    size: usize,
    big_endian: bool,
    /// Values that packing takes.
    values: usize,
}

/// Size and alignment of a code; `None`: there is no such code.
fn dimensions(code: u8, native: bool) -> Option<(usize, usize)> {
    let (size, align) = match code {
        b'x' | b'b' | b'B' | b'c' | b'?' | b's' | b'p' => (1, 1),
        b'h' | b'H' | b'e' => (2, 2),
        b'i' | b'I' | b'f' => (4, 4),
        b'l' | b'L' => {
            if native {
                (8, 8)
            } else {
                (4, 4)
            }
        }
        b'q' | b'Q' | b'd' => (8, 8),
        b'F' => (8, 4),
        b'D' => (16, 8),
        b'n' | b'N' | b'P' if native => (8, 8),
        _ => return None,
    };
    Some((size, if native { align } else { 1 }))
}

impl Layout {
    fn of(vm: &Vm, format: Value) -> PyResult<Layout> {
        let text: Vec<u8> = if is_instance(vm, format, vm.types.str) {
            match str::ascii(&format) {
                Some(ascii) => ascii.to_vec(),
                None => bytes::as_slice(&*str::codec::encode(vm, format, "ascii", "strict")?).to_vec(),
            }
        } else if is_instance(vm, format, vm.types.bytes) {
            bytes::as_slice(&format).to_vec()
        } else {
            let got = type_of(vm, format).short_name();
            return Err(
                vm.type_error(&format!("Struct() argument 1 must be a str or bytes object, not {got}"))
            );
        };
        Layout::parse(vm, &text)
    }

    fn parse(vm: &Vm, text: &[u8]) -> PyResult<Layout> {
        if text.contains(&0) {
            return Err(error(vm, "embedded null character"));
        }
        let mut layout = Layout::default();
        let (mut native, mut rest) = (true, text);
        match text.first() {
            Some(b'@') => rest = &text[1..],
            Some(b'=' | b'<') => (native, rest) = (false, &text[1..]),
            Some(b'>' | b'!') => (native, layout.big_endian, rest) = (false, true, &text[1..]),
            _ => {}
        }
        let mut chars = rest.iter().copied().peekable();
        while let Some(mut c) = chars.next() {
            if c.is_ascii_whitespace() {
                continue;
            }
            let mut count: Option<usize> = None;
            while c.is_ascii_digit() {
                let digit = usize::from(c - b'0');
                count = count.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit));
                if count.is_none_or(|n| n > isize::MAX as usize) {
                    return Err(error(vm, "overflow in item count"));
                }
                let Some(next) = chars.next() else {
                    return Err(error(vm, "repeat count given without format specifier"));
                };
                c = next;
            }
            let Some((size, align)) = dimensions(c, native) else {
                return Err(error(vm, "bad char in struct format"));
            };
            let count = count.unwrap_or(1);
            let too_long = || error(vm, "total struct size too long");
            let offset = layout.size.checked_next_multiple_of(align).ok_or_else(too_long)?;
            let total = size.checked_mul(count).and_then(|n| n.checked_add(offset));
            layout.size = total.filter(|n| *n <= isize::MAX as usize).ok_or_else(too_long)?;
            layout.values += match c {
                b'x' => 0,
                b's' | b'p' => 1,
                _ => count,
            };
            layout.items.push(Item { code: c, offset, size, count });
        }
        Ok(layout)
    }

    fn pack(&self, vm: &Vm, values: &[Value], function: &str) -> PyResult<Vec<u8>> {
        if values.len() != self.values {
            let (n, got) = (self.values, values.len());
            return Err(error(vm, &format!("{function} expected {n} items for packing (got {got})")));
        }
        let mut out = Vec::new();
        out.try_reserve_exact(self.size).map_err(|_| vm.memory_error())?;
        out.resize(self.size, 0);
        let mut values = values.iter().copied();
        for item in &self.items {
            match item.code {
                b'x' => {}
                b's' | b'p' => {
                    let v = values.next().unwrap_or(Value::NONE);
                    if !is_instance(vm, v, vm.types.bytes) && !is_instance(vm, v, vm.types.bytearray) {
                        let code = item.code as char;
                        return Err(error(vm, &format!("argument for '{code}' must be a bytes object")));
                    }
                    let buffer = bytes::buffer(vm, v)?;
                    let place = &mut out[item.offset..item.offset + item.count];
                    if item.code == b's' {
                        let n = buffer.len().min(item.count);
                        place[..n].copy_from_slice(&buffer.as_slice()[..n]);
                    } else if item.count > 0 {
                        let n = buffer.len().min(item.count - 1);
                        place[1..=n].copy_from_slice(&buffer.as_slice()[..n]);
                        place[0] = n.min(255) as u8;
                    }
                }
                _ => {
                    for i in 0..item.count {
                        let v = values.next().unwrap_or(Value::NONE);
                        let at = item.offset + i * item.size;
                        self.pack_one(vm, item, v, &mut out[at..at + item.size])?;
                    }
                }
            }
        }
        Ok(out)
    }

    fn pack_one(&self, vm: &Vm, item: &Item, v: Value, out: &mut [u8]) -> PyResult<()> {
        let real = |v: Value| -> PyResult<f64> {
            protocol::number::to_float(vm, v).map_err(|raised| {
                vm.discard(raised);
                error(vm, "required argument is not a float")
            })
        };
        let mut put = |data: &[u8]| {
            out.copy_from_slice(data);
        };
        match item.code {
            b'c' => {
                let one = is_instance(vm, v, vm.types.bytes) && bytes::as_slice(&v).len() == 1;
                if !one {
                    return Err(error(vm, "char format requires a bytes object of length 1"));
                }
                put(bytes::as_slice(&v));
                return Ok(());
            }
            b'?' => put(&[protocol::compare::is_true(vm, v)? as u8]),
            b'e' => {
                let Some(half) = f64_to_half(real(v)?) else {
                    return Err(vm.overflow_error("float too large to pack with e format"));
                };
                put(&half.to_le_bytes());
            }
            b'f' => {
                let d = real(v)?;
                let f = d as f32;
                if f.is_infinite() && d.is_finite() {
                    return Err(vm.overflow_error("float too large to pack with f format"));
                }
                put(&f.to_le_bytes());
            }
            b'd' => put(&real(v)?.to_le_bytes()),
            b'F' | b'D' => {
                let Some(c) = crate::objects::complex::as_c64(vm, v) else {
                    return Err(error(vm, "required argument is not a complex"));
                };
                let mut both = Vec::new();
                for part in [c.re, c.im] {
                    let mut part = if item.code == b'F' {
                        (part as f32).to_le_bytes().to_vec()
                    } else {
                        part.to_le_bytes().to_vec()
                    };
                    if self.big_endian {
                        part.reverse();
                    }
                    both.extend(part);
                }
                put(&both);
                return Ok(());
            }
            _ => put(&self.integer(vm, item, v)?),
        }
        if self.big_endian {
            out.reverse();
        }
        Ok(())
    }

    /// The bytes of an integer, low ones first.
    fn integer(&self, vm: &Vm, item: &Item, v: Value) -> PyResult<Vec<u8>> {
        let number = if int::is_int(vm, v) {
            v.own()
        } else if type_of(vm, v).slots().index.is_some() {
            protocol::number::index(vm, v)?
        } else {
            return Err(error(vm, "required argument is not an integer"));
        };
        let signed = item.code.is_ascii_lowercase();
        let bits = item.size as u32 * 8;
        let value: Option<i128> = int::to_big(*number).and_then(|b: IBig| i128::try_from(b).ok());
        let (low, high) = if signed {
            (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
        } else {
            (0, (1i128 << bits) - 1)
        };
        // A pointer may also be written as a signed number.
        let floor = if item.code == b'P' { i128::from(i64::MIN) } else { low };
        match value.filter(|n| (floor..=high).contains(n)) {
            Some(n) => Ok(n.to_le_bytes()[..item.size].to_vec()),
            None if item.code == b'P' => Err(error(vm, "int too large to convert")),
            None => {
                let code = item.code as char;
                Err(error(vm, &format!("'{code}' format requires {low} <= number <= {high}")))
            }
        }
    }

    fn unpack(&self, vm: &Vm, data: &[u8]) -> PyResult {
        let mut values = Vec::with_capacity(self.values);
        for item in &self.items {
            match item.code {
                b'x' => {}
                b's' => values.push(bytes::new(vm, &data[item.offset..item.offset + item.count])?),
                b'p' => {
                    let place = &data[item.offset..item.offset + item.count];
                    let n = place.first().map_or(0, |n| usize::from(*n).min(item.count - 1));
                    values.push(bytes::new(vm, place.get(1..=n).unwrap_or_default())?);
                }
                _ => {
                    for i in 0..item.count {
                        let at = item.offset + i * item.size;
                        values.push(self.unpack_one(vm, item, &data[at..at + item.size])?);
                    }
                }
            }
        }
        tuple::from_owned(vm, values)
    }

    fn unpack_one(&self, vm: &Vm, item: &Item, data: &[u8]) -> PyResult {
        let mut low = [0u8; 16];
        let n = item.size;
        low[..n].copy_from_slice(data);
        let part_size = if matches!(item.code, b'F' | b'D') { n / 2 } else { n };
        if self.big_endian {
            low[..n].chunks_mut(part_size).for_each(<[u8]>::reverse);
        }
        let wide = |at: usize| f64::from_le_bytes(low[at..at + 8].try_into().unwrap_or_default());
        let narrow =
            |at: usize| f64::from(f32::from_le_bytes(low[at..at + 4].try_into().unwrap_or_default()));
        match item.code {
            b'c' => bytes::new(vm, data),
            b'?' => Ok(Owned::bool(low[0] != 0)),
            b'e' => float::new(vm, half_to_f64(u16::from_le_bytes([low[0], low[1]]))),
            b'f' => float::new(vm, narrow(0)),
            b'd' => float::new(vm, wide(0)),
            b'F' => crate::objects::complex::new(vm, narrow(0), narrow(4)),
            b'D' => crate::objects::complex::new(vm, wide(0), wide(8)),
            code => {
                let number = u64::from_le_bytes(low[..8].try_into().unwrap_or_default());
                if code.is_ascii_lowercase() {
                    let shift = 64 - 8 * n as u32;
                    int::new(vm, ((number << shift) as i64) >> shift)
                } else {
                    int::from_u64(vm, number)
                }
            }
        }
    }
}

fn unpack(vm: &Vm, layout: &Layout, source: Value) -> PyResult {
    let buffer = bytes::buffer(vm, source)?;
    if buffer.len() != layout.size {
        return Err(error(vm, &format!("unpack requires a buffer of {} bytes", layout.size)));
    }
    layout.unpack(vm, buffer.as_slice())
}

/// Where in a buffer a struct begins, when it has room there.
fn place(vm: &Vm, layout: &Layout, len: usize, offset: isize, what: [&str; 2]) -> PyResult<usize> {
    let [function, verb] = what;
    let size = layout.size;
    let start = if offset < 0 { offset + len as isize } else { offset };
    if offset < 0 && offset + size as isize > 0 {
        let text = if verb == "pack" { "no space to pack" } else { "not enough data to unpack" };
        let text = format!("{text} {size} bytes at offset {offset}");
        return Err(error(vm, &text));
    }
    if start < 0 {
        return Err(error(vm, &format!("offset {offset} out of range for {len}-byte buffer")));
    }
    if (len as isize) - start < size as isize {
        let needed = start as usize + size;
        return Err(error(
            vm,
            &format!(
                "{function} requires a buffer of at least {needed} bytes for {verb}ing {size} bytes at offset {start} \
                 (actual buffer size is {len})"
            ),
        ));
    }
    Ok(start as usize)
}

fn unpack_from(vm: &Vm, layout: &Layout, source: Value, offset: Value) -> PyResult {
    let buffer = bytes::buffer(vm, source)?;
    let offset = native::passed(offset).map_or(Ok(0), |v| protocol::index::to_ssize(vm, v))?;
    let start = place(vm, layout, buffer.len(), offset, ["unpack_from", "unpack"])?;
    layout.unpack(vm, &buffer.as_slice()[start..start + layout.size])
}

fn pack_into(vm: &Vm, layout: &Layout, args: &[Value]) -> PyResult {
    let [target, offset, values @ ..] = args else {
        let text = if args.is_empty() {
            "pack_into expected buffer argument"
        } else {
            "pack_into expected offset argument"
        };
        return Err(error(vm, text));
    };
    if values.len() != layout.values {
        let (n, got) = (layout.values, values.len());
        return Err(error(vm, &format!("pack_into expected {n} items for packing (got {got})")));
    }
    let mut buffer = bytes::writable_buffer(vm, *target, "argument")?;
    let offset = protocol::index::to_subscript(vm, *offset)?;
    let start = place(vm, layout, buffer.len(), offset, ["pack_into", "pack"])?;
    let data = layout.pack(vm, values, "pack_into")?;
    buffer.as_mut_slice()[start..start + data.len()].copy_from_slice(&data);
    Ok(Owned::none())
}

fn iter_unpack(vm: &Vm, layout: Rc<Layout>, source: Value) -> PyResult {
    if layout.size == 0 {
        return Err(error(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    let len = bytes::buffer(vm, source)?.len();
    if !len.is_multiple_of(layout.size) {
        let size = layout.size;
        return Err(error(
            vm,
            &format!("iterative unpacking requires a buffer of a multiple of {size} bytes"),
        ));
    }
    native::new(vm, vm.types.struct_unpack_iterator, Unpacker { layout, source: Some(source.own()), at: 0 })
}

// ---- types ----

#[derive(Default)]
pub struct Struct {
    layout: Rc<Layout>,
    /// `None` until `__init__` has run.
    format: Option<Owned>,
}
native_data!(Struct: format);

/// The layout of a `Struct` and its format. The layout is shared: a call may run Python, which may initialise the object
/// again.
fn parts(vm: &Vm, this: Value) -> PyResult<(Rc<Layout>, Owned)> {
    let this = native::data::<Struct>(this);
    match &this.format {
        Some(format) => Ok((this.layout.clone(), format.clone())),
        None => Err(vm.runtime_error("Struct object is not initialized")),
    }
}

pub static STRUCT: TypeSpec = TypeSpec {
    name: "_struct.Struct",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::WEAKREFABLE,
    doc: "A format that has been read, for packing and unpacking.",
    signature: "(format)",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Struct::default())),
        init: Some(|vm, this, args: Args| {
            let ([format], _keep) = native::bind(vm, "Struct", "(format)", args)?;
            let layout = Layout::of(vm, format)?;
            let format = if is_instance(vm, format, vm.types.bytes) {
                str::from_ascii(vm, bytes::as_slice(&format))?
            } else {
                format.own()
            };
            let s = native::data::<Struct>(this);
            s.layout = Rc::new(layout);
            let before = s.format.replace(format);
            drop(before);
            Ok(())
        }),
        repr: Some(|vm, this| {
            let (_, format) = parts(vm, this)?;
            let name = type_of(vm, this).short_name();
            str::new(vm, &format!("{name}({})", protocol::object::repr_string(vm, *format)?))
        }),
        ..native::slots::<Struct>()
    },
    methods: &[
        raw_method(
            "pack",
            "",
            |vm, this, args| {
                no_keywords(vm, "Struct.pack", &args)?;
                let (layout, _) = parts(vm, this)?;
                bytes::new(vm, &layout.pack(vm, args.pos(), "pack")?)
            },
            "S.pack(v1, v2, ...) -> bytes",
        ),
        raw_method(
            "pack_into",
            "",
            |vm, this, args| {
                no_keywords(vm, "Struct.pack_into", &args)?;
                let (layout, _) = parts(vm, this)?;
                pack_into(vm, &layout, args.pos())
            },
            "S.pack_into(buffer, offset, v1, v2, ...)",
        ),
        method(
            "unpack",
            "($self, buffer, /)",
            |vm, this, a| {
                let (layout, _) = parts(vm, this)?;
                unpack(vm, &layout, a[0])
            },
            "Return a tuple containing unpacked values.",
        ),
        method(
            "unpack_from",
            "($self, /, buffer, offset=0)",
            |vm, this, a| {
                let (layout, _) = parts(vm, this)?;
                unpack_from(vm, &layout, a[0], a[1])
            },
            "Return a tuple containing unpacked values, from offset.",
        ),
        method(
            "iter_unpack",
            "($self, buffer, /)",
            |vm, this, a| {
                let (layout, _) = parts(vm, this)?;
                iter_unpack(vm, layout, a[0])
            },
            "Return an iterator yielding tuples.",
        ),
    ],
    getset: &[
        getter("format", |vm, this| Ok(parts(vm, this)?.1), "the format, as text"),
        getter(
            "size",
            |vm, this| match parts(vm, this) {
                Ok((layout, _)) => int::from_usize(vm, layout.size),
                Err(raised) => {
                    vm.discard(raised);
                    Ok(Owned::fixnum(-1))
                }
            },
            "how many bytes it packs into",
        ),
    ],
    ..native::spec::<Struct>()
};

#[derive(Default)]
pub struct Unpacker {
    layout: Rc<Layout>,
    source: Option<Owned>,
    at: usize,
}
native_data!(Unpacker: source);

pub static ITERATOR: TypeSpec = TypeSpec {
    name: "_struct.unpack_iterator",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|_, this| Ok(this.own())),
        next: Some(|vm, this| {
            let it = native::data::<Unpacker>(this);
            let Some(source) = it.source.clone() else { return Ok(None) };
            let buffer = bytes::buffer(vm, *source)?;
            let (at, size) = (it.at, it.layout.size);
            let Some(data) = buffer.as_slice().get(at..at + size) else {
                it.source = None;
                return Ok(None);
            };
            it.at += size;
            it.layout.unpack(vm, data).map(Some)
        }),
        ..native::slots::<Unpacker>()
    },
    methods: &[method(
        "__length_hint__",
        "($self, /)",
        |vm, this, _| {
            let it = native::data::<Unpacker>(this);
            let Some(source) = it.source.clone() else { return Ok(Owned::fixnum(0)) };
            let len = bytes::buffer(vm, *source)?.len();
            int::from_usize(vm, len.saturating_sub(it.at) / it.layout.size.max(1))
        },
        "How many items are to come, as far as one can tell.",
    )],
    ..native::spec::<Unpacker>()
};
