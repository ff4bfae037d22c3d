//! `array`: sequences of numbers or characters of one kind, side by side in memory.
//!
//! An array is a vector of bytes and a [`Code`] that says how they are read. While somebody looks at the memory through a
//! buffer, the size is frozen, as for `bytearray`. Everything that converts a Python value may run Python, so values are
//! converted first and the vector is looked at afterwards.
//!
//! | module | holds |
//! |---|---|
//! | `codes` | type codes, items, formats of pickled arrays |
//! | `methods` | the methods |

mod codes;
mod methods;

use taipan_layout::{Kind, Value};

use self::codes::Code;
use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::bytes::{self, Buffer, BufferFormat};
use crate::objects::spec::{MethodSpec, TypeSpec, function, method1, tp_flags};
use crate::objects::{CompareOp, Slots, TypeRef, is_instance, is_kind, sequence, slice, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "array",
    doc: "Sequences of numbers or characters of one machine type.\n\n\
          An array is like a list that takes only values of its type, and stores them without objects.",
    functions: FUNCTIONS,
    fill: |vm, m| {
        super::add_type(vm, m, vm.types.array, &ARRAY)?;
        crate::objects::ready(vm, vm.types.array_iterator, &ITERATOR);
        super::set(vm, m, "ArrayType", vm.types.array.value())?;
        let abc = super::import(vm, "_collections_abc")?;
        let class = crate::protocol::attr::get_str(vm, *abc, "MutableSequence")?;
        let register = crate::objects::str::intern(vm, "register");
        drop(crate::protocol::call::method(vm, *class, *register, &[vm.types.array.value()])?);
        super::set_text(vm, m, "typecodes", codes::TYPECODES)
    },
};

static FUNCTIONS: &[MethodSpec] = &[function(
    "_array_reconstructor",
    "($module, arraytype, typecode, mformat_code, items, /)",
    methods::reconstruct,
    "Makes an array from what pickle has stored.",
)];

#[derive(Default)]
pub struct Array {
    code: Code,
    bytes: Vec<u8>,
    /// Buffers that look at the memory.
    exports: usize,
}
native_data!(Array);

pub static ARRAY: TypeSpec = TypeSpec {
    name: "array.array",
    flags: tp_flags::BASETYPE | tp_flags::SEQUENCE | tp_flags::WEAKREFABLE | tp_flags::IMMUTABLETYPE,
    doc: "array(typecode [, initializer]) -> array\n\nReturn a new array whose items are restricted by typecode, and\n\
          initialized from the optional initializer value, which must be a list,\nstring or iterable over elements of the \
          appropriate type.",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        richcompare: Some(rich_compare),
        iter: Some(iterate),
        len: Some(|_, this| Ok(len(this))),
        concat: Some(concat),
        repeat: Some(|vm, this, n| {
            let bytes = repeated(vm, this, n)?;
            like(vm, this, bytes)
        }),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        contains: Some(|vm, this, wanted| Ok(find(vm, this, wanted, 0, len(this))?.is_some())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        buffer: Some(export),
        // An instance of a subclass may be part of a cycle; its memory stays as long as somebody looks at it.
        clear: None,
        ..native::slots::<Array>()
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..native::spec::<Array>()
};

fn array<'a>(v: Value) -> &'a mut Array {
    native::data(v)
}

fn is_array(vm: &Vm, v: Value) -> bool {
    is_instance(vm, v, vm.types.array)
}

/// Items of an array.
fn len(v: Value) -> usize {
    let a = array(v);
    a.bytes.len() / a.code.itemsize()
}

/// The bytes of item `i`.
fn raw<'a>(v: Value, i: usize) -> Option<&'a [u8]> {
    let a = array(v);
    let size = a.code.itemsize();
    a.bytes.get(i * size..(i + 1) * size)
}

fn item(vm: &Vm, v: Value, i: usize) -> PyResult<Option<Owned>> {
    raw(v, i).map(|raw| array(v).code.decode(vm, raw)).transpose()
}

fn new(vm: &Vm, ty: TypeRef, code: Code, bytes: Vec<u8>) -> PyResult {
    native::new(vm, ty, Array { code, bytes, exports: 0 })
}

/// A plain array of the same code.
fn like(vm: &Vm, this: Value, bytes: Vec<u8>) -> PyResult {
    new(vm, vm.types.array, array(this).code, bytes)
}

fn copy_of(vm: &Vm, bytes: &[u8]) -> PyResult<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(bytes.len()).map_err(|_| vm.memory_error())?;
    out.extend_from_slice(bytes);
    Ok(out)
}

/// The vector, for operations that change its size; `extra` more bytes will fit.
fn resizable<'a>(vm: &Vm, v: Value, extra: usize) -> PyResult<&'a mut Vec<u8>> {
    let a = array(v);
    if a.exports > 0 {
        let message = "cannot resize an array that is exporting buffers";
        return Err(vm.raise(vm.types.buffer_error, message));
    }
    a.bytes.try_reserve(extra).map_err(|_| vm.memory_error())?;
    Ok(&mut a.bytes)
}

/// Adds a value at the end.
fn push(vm: &Vm, this: Value, v: Value) -> PyResult<()> {
    let code = array(this).code;
    let word = code.encode(vm, v)?;
    resizable(vm, this, 8)?.extend_from_slice(&word[..code.itemsize()]);
    Ok(())
}

fn bad_argument(vm: &Vm) -> Raised {
    vm.type_error("bad argument type for built-in operation")
}

// ---- making ----

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.array);
    if args.has_keywords() && (ty == vm.types.array || sequence::same_init(ty, vm.types.array)) {
        return Err(vm.type_error("array.array() takes no keyword arguments"));
    }
    let given = args.pos();
    let n = given.len();
    if n == 0 || n > 2 {
        let bound = if n == 0 { "at least 1 argument" } else { "at most 2 arguments" };
        return Err(vm.type_error(&format!("array() takes {bound} ({n} given)")));
    }
    let code = type_code(vm, given[0], "array() argument 1")?;
    if code.letter() == 'u' {
        let text = "The 'u' type code is deprecated and will be removed in Python 3.16";
        super::warnings::warn(vm, vm.types.deprecation_warning, text, 1)?;
    }
    let this = new(vm, ty, code, Vec::new())?;
    if let Some(initial) = given.get(1) {
        fill(vm, *this, *initial)?;
    }
    Ok(this)
}

fn type_code(vm: &Vm, v: Value, what: &str) -> PyResult<Code> {
    if !str::is_str(vm, v) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("{what} must be a unicode character, not {got}")));
    }
    let text = str::view(&v);
    if text.len() != 1 {
        let n = text.len();
        return Err(vm.type_error(&format!("{what} must be a unicode character, not a string of length {n}")));
    }
    Code::of(text.get(0))
        .ok_or_else(|| vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"))
}

/// The contents of a new array.
fn fill(vm: &Vm, this: Value, initial: Value) -> PyResult<()> {
    let code = array(this).code;
    if !code.is_text() {
        let refused = if str::is_str(vm, initial) {
            Some("a str")
        } else if is_array(vm, initial) && array(initial).code.is_text() {
            Some("a unicode array")
        } else {
            None
        };
        if let Some(what) = refused {
            let letter = code.letter();
            return Err(
                vm.type_error(&format!("cannot use {what} to initialize an array with typecode '{letter}'"))
            );
        }
    }
    if is_array(vm, initial) && array(initial).code == code {
        array(this).bytes = copy_of(vm, &array(initial).bytes)?;
        return Ok(());
    }
    if bytes::is_bytes(vm, initial) || is_instance(vm, initial, vm.types.bytearray) {
        methods::frombytes(vm, this, initial)?;
        return Ok(());
    }
    if code.is_text() && str::is_str(vm, initial) {
        return methods::push_text(vm, this, initial);
    }
    protocol::iter::for_each(vm, initial, |v| push(vm, this, *v))
}

// ---- reading ----

fn repr(vm: &Vm, this: Value) -> PyResult {
    let mut text = sequence::ReprText::new(&type_of(vm, this).short_name());
    let letter = array(this).code.letter();
    text.push(&format!("('{letter}'"));
    if len(this) > 0 {
        text.push(", ");
        let items = if array(this).code.is_text() {
            methods::tounicode(vm, this)?
        } else {
            methods::tolist(vm, this)?
        };
        text.push_repr(vm, *items)?;
    }
    text.push(")");
    text.finish(vm)
}

fn rich_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_array(vm, a) || !is_array(vm, b) {
        return Ok(Owned::not_implemented());
    }
    if len(a) != len(b) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Owned::bool(op == CompareOp::Ne));
    }
    let mut i = 0;
    while let (Some(x), Some(y)) = (item(vm, a, i)?, item(vm, b, i)?) {
        if !protocol::compare::rich_bool(vm, *x, *y, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq | CompareOp::Ne => Ok(Owned::bool(op == CompareOp::Ne)),
                _ => protocol::compare::rich(vm, *x, *y, op),
            };
        }
        i += 1;
    }
    Ok(Owned::bool(op.holds(len(a).cmp(&len(b)))))
}

/// The first place from `from` on, and before `to`, whose item equals `wanted`.
fn find(vm: &Vm, this: Value, wanted: Value, from: usize, to: usize) -> PyResult<Option<usize>> {
    for i in from..to {
        let Some(v) = item(vm, this, i)? else { break };
        if protocol::compare::rich_bool(vm, *v, wanted, CompareOp::Eq)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    if sequence::is_index(vm, key) {
        let i = sequence::index_size(vm, key)?;
        return match sequence::position(len(this), i) {
            Some(i) => Ok(item(vm, this, i)?.unwrap_or_else(Owned::none)),
            None => Err(vm.index_error("array index out of range")),
        };
    }
    if !is_kind(key, Kind::Slice) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let range = slice::resolve(vm, key, || len(this))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(range.count * array(this).code.itemsize()).map_err(|_| vm.memory_error())?;
    for i in range.positions() {
        bytes.extend_from_slice(raw(this, i).unwrap_or_default());
    }
    like(vm, this, bytes)
}

fn iterate(vm: &Vm, this: Value) -> PyResult {
    native::new(vm, vm.types.array_iterator, Iter { array: Some(this.own()), index: 0 })
}

// ---- changing ----

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let size = array(this).code.itemsize();
    if sequence::is_index(vm, key) {
        let i = sequence::index_size(vm, key)?;
        let out_of_range = || vm.index_error("array assignment index out of range");
        let Some(v) = value else {
            let i = sequence::position(len(this), i).ok_or_else(out_of_range)?;
            resizable(vm, this, 0)?.drain(i * size..(i + 1) * size);
            return Ok(());
        };
        sequence::position(len(this), i).ok_or_else(out_of_range)?;
        let word = array(this).code.encode(vm, v)?;
        // The conversion may have made the array shorter.
        let i = sequence::position(len(this), i).ok_or_else(out_of_range)?;
        array(this).bytes[i * size..(i + 1) * size].copy_from_slice(&word[..size]);
        return Ok(());
    }
    if !is_kind(key, Kind::Slice) {
        return Err(vm.type_error("array indices must be integers"));
    }
    let range = slice::resolve(vm, key, || len(this))?;
    let source = match value {
        None => Vec::new(),
        Some(v) if !is_array(vm, v) => {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("can only assign array (not \"{got}\") to array slice")));
        }
        Some(v) if array(v).code != array(this).code => return Err(bad_argument(vm)),
        Some(v) => copy_of(vm, &array(v).bytes)?,
    };
    assign(vm, this, range, &source, value.is_none())
}

fn assign(vm: &Vm, this: Value, range: slice::Selection, source: &[u8], delete: bool) -> PyResult<()> {
    let size = array(this).code.itemsize();
    let given = source.len() / size;
    if range.step == 1 {
        let (start, end) = (range.start as usize, range.start as usize + range.count);
        if given == range.count {
            array(this).bytes[start * size..end * size].copy_from_slice(source);
            return Ok(());
        }
        resizable(vm, this, source.len())?.splice(start * size..end * size, source.iter().copied());
        return Ok(());
    }
    if delete {
        if range.count == 0 {
            return Ok(());
        }
        let mut gone = vec![false; len(this)];
        range.positions().for_each(|i| gone[i] = true);
        let bytes = resizable(vm, this, 0)?;
        let mut at = 0;
        bytes.retain(|_| {
            at += 1;
            !gone[(at - 1) / size]
        });
        return Ok(());
    }
    if given != range.count {
        let n = range.count;
        return Err(
            vm.value_error(&format!("attempt to assign array of size {given} to extended slice of size {n}"))
        );
    }
    for (i, raw) in range.positions().zip(source.chunks(size)) {
        array(this).bytes[i * size..(i + 1) * size].copy_from_slice(raw);
    }
    Ok(())
}

fn concat(vm: &Vm, this: Value, other: Value) -> PyResult {
    if !is_array(vm, other) {
        let got = type_of(vm, other).name_str();
        return Err(vm.type_error(&format!("can only append array (not \"{got}\") to array")));
    }
    if array(this).code != array(other).code {
        return Err(bad_argument(vm));
    }
    let (left, right) = (&array(this).bytes, &array(other).bytes);
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(left.len() + right.len()).map_err(|_| vm.memory_error())?;
    bytes.extend_from_slice(left);
    bytes.extend_from_slice(right);
    like(vm, this, bytes)
}

fn inplace_concat(vm: &Vm, this: Value, other: Value) -> PyResult {
    if !is_array(vm, other) {
        let got = type_of(vm, other).name_str();
        return Err(vm.type_error(&format!("can only extend array with array (not \"{got}\")")));
    }
    methods::extend(vm, this, other)?;
    Ok(this.own())
}

fn repeated(vm: &Vm, this: Value, n: isize) -> PyResult<Vec<u8>> {
    let bytes = &array(this).bytes;
    let n = n.max(0) as usize;
    let total = bytes.len().checked_mul(n).ok_or_else(|| vm.memory_error())?;
    let mut out = Vec::new();
    out.try_reserve_exact(total).map_err(|_| vm.memory_error())?;
    for _ in 0..if bytes.is_empty() { 0 } else { n } {
        out.extend_from_slice(bytes);
    }
    Ok(out)
}

fn inplace_repeat(vm: &Vm, this: Value, n: isize) -> PyResult {
    if n != 1 && len(this) > 0 {
        let bytes = repeated(vm, this, n)?;
        *resizable(vm, this, 0)? = bytes;
    }
    Ok(this.own())
}

// ---- the memory ----

#[allow(unsafe_code, reason = "lends the memory of the vector")]
fn export(_: &Vm, this: Value) -> PyResult<Buffer> {
    let a = array(this);
    a.exports += 1;
    // SAFETY: the vector is not resized while there are exports, and the buffer keeps the array alive.
    let mut buffer = unsafe {
        Buffer::new(
            this.own(),
            a.bytes.as_mut_ptr(),
            a.bytes.len(),
            false,
            Some(|_, v| array(v).exports -= 1),
        )
    };
    buffer.format = a.code.buffer_format().map(|code| {
        Box::new(BufferFormat {
            code: code.into(),
            itemsize: a.code.itemsize(),
            shape: vec![a.bytes.len() / a.code.itemsize()],
        })
    });
    Ok(buffer)
}

// ---- iterators ----

#[derive(Default)]
pub struct Iter {
    array: Option<Owned>,
    index: usize,
}
native_data!(Iter: array);

pub static ITERATOR: TypeSpec = TypeSpec {
    name: "array.arrayiterator",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|_, this| Ok(this.own())), next: Some(next), ..native::slots::<Iter>() },
    methods: &[
        crate::objects::spec::method0(
            "__reduce__",
            reduce_iterator,
            "What pickle needs to make the object again.",
        ),
        method1("__setstate__", "($self, state, /)", set_position, "Go on where the pickled object was."),
    ],
    ..native::spec::<Iter>()
};

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let it = native::data::<Iter>(this);
    let Some(source) = it.array.clone() else { return Ok(None) };
    match item(vm, *source, it.index)? {
        Some(v) => {
            it.index += 1;
            Ok(Some(v))
        }
        None => {
            let gone = it.array.take();
            drop(gone);
            Ok(None)
        }
    }
}

fn reduce_iterator(vm: &Vm, this: Value) -> PyResult {
    let iter = sequence::builtin(vm, "iter")?;
    let it = native::data::<Iter>(this);
    match it.array.clone() {
        Some(source) => {
            let args = tuple::from_slice(vm, &[*source])?;
            tuple::from_slice(vm, &[*iter, *args, Value::fixnum(it.index as i64)])
        }
        None => {
            let args = tuple::from_slice(vm, &[*tuple::empty(vm)])?;
            tuple::from_slice(vm, &[*iter, *args])
        }
    }
}

fn set_position(vm: &Vm, this: Value, state: Value) -> PyResult {
    let n = protocol::index::to_isize(vm, state)?;
    let it = native::data::<Iter>(this);
    if let Some(source) = &it.array {
        it.index = (n.max(0) as usize).min(len(**source));
    }
    Ok(Owned::none())
}
