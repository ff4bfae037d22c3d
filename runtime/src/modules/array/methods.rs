//! The methods of arrays.

use taipan_layout::Value;

use super::codes::MachineFormat;
use super::{array, copy_of, find, is_array, item, len, like, new, push, raw, resizable, type_code};
use crate::objects::spec::{GetSet, MethodSpec, class_method, getter, method, method0, method1};
use crate::objects::{TypeRef, bytes, genericalias, int, list, sequence, str, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static METHODS: &[MethodSpec] = &[
    method1("append", "($self, v, /)", append, "Put v behind the last item."),
    method0(
        "buffer_info",
        buffer_info,
        "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to \
         hold array's contents.",
    ),
    method0("byteswap", byteswap, "Byteswap all items of the array."),
    method0("clear", clear, "Leave no item in the array."),
    method0("__copy__", copy, "A new array with the same items."),
    method1(
        "__deepcopy__",
        "($self, unused, /)",
        |vm, this, _| copy(vm, this),
        "A new array with the same items.",
    ),
    method1("count", "($self, v, /)", count, "How many items equal v."),
    method1(
        "extend",
        "($self, bb, /)",
        extend,
        "Put all items of another array or an iterable behind the last one.",
    ),
    method(
        "fromfile",
        "($self, f, n, /)",
        fromfile,
        "Read n more items from the binary file f; EOFError if there are fewer.",
    ),
    method1("fromlist", "($self, list, /)", fromlist, "Put the items of a list behind the last one."),
    method1(
        "frombytes",
        "($self, buffer, /)",
        frombytes,
        "Appends items from the string, interpreting it as an array of machine values.",
    ),
    method1(
        "fromunicode",
        "($self, ustr, /)",
        fromunicode,
        "Extends this array with data from the unicode string ustr.",
    ),
    method(
        "index",
        "($self, v, start=0, stop=sys.maxsize, /)",
        index,
        "The index of the first item that equals v.\n\nValueError if there is none.",
    ),
    method("insert", "($self, i, v, /)", insert, "Put v in front of item i."),
    method("pop", "($self, i=-1, /)", pop, "Take an item out and return it.\n\nWithout i, the last one."),
    method1("__reduce_ex__", "($self, value, /)", reduce_ex, "What pickle needs to make the object again."),
    method1("remove", "($self, v, /)", remove, "Take out the first item that equals v."),
    method0("reverse", reverse, "Turn the order of the items around."),
    method1(
        "tofile",
        "($self, f, /)",
        tofile,
        "Write the items to the binary file f, as they are in memory.",
    ),
    method0("tolist", tolist, "The items as a list."),
    method0(
        "tobytes",
        |vm, this| bytes::new(vm, &array(this).bytes),
        "The items as bytes, as they are in memory.",
    ),
    method0("tounicode", tounicode, "Convert the array to a unicode string."),
    method0("__sizeof__", sizeof, "How many bytes of memory the array takes."),
    class_method(
        "__class_getitem__",
        "($type, object, /)",
        genericalias::class_getitem,
        "array[T] stands for arrays with items of type T.",
    ),
];

pub static GETSET: &[GetSet] = &[
    getter(
        "typecode",
        |vm, this| str::from_char(vm, array(this).code.letter().into()),
        "The letter that says what the items are.",
    ),
    getter(
        "itemsize",
        |_, this| Ok(Owned::fixnum(array(this).code.itemsize() as i64)),
        "How many bytes an item takes.",
    ),
];

fn append(vm: &Vm, this: Value, v: Value) -> PyResult {
    push(vm, this, v)?;
    Ok(Owned::none())
}

fn buffer_info(vm: &Vm, this: Value) -> PyResult {
    let address = int::from_usize(vm, array(this).bytes.as_ptr() as usize)?;
    tuple::pair(vm, address, int::from_usize(vm, len(this))?)
}

fn byteswap(_: &Vm, this: Value) -> PyResult {
    let a = array(this);
    a.bytes.chunks_mut(a.code.itemsize()).for_each(<[u8]>::reverse);
    Ok(Owned::none())
}

fn clear(vm: &Vm, this: Value) -> PyResult {
    *resizable(vm, this, 0)? = Vec::new();
    Ok(Owned::none())
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    like(vm, this, copy_of(vm, &array(this).bytes)?)
}

fn count(vm: &Vm, this: Value, wanted: Value) -> PyResult {
    let (mut n, mut from) = (0, 0);
    while let Some(i) = find(vm, this, wanted, from, len(this))? {
        n += 1;
        from = i + 1;
    }
    Ok(Owned::fixnum(n))
}

pub(super) fn extend(vm: &Vm, this: Value, source: Value) -> PyResult {
    if !is_array(vm, source) {
        protocol::iter::for_each(vm, source, |v| push(vm, this, *v))?;
        return Ok(Owned::none());
    }
    if array(this).code != array(source).code {
        return Err(vm.type_error("can only extend with array of same kind"));
    }
    let added = copy_of(vm, &array(source).bytes)?;
    resizable(vm, this, added.len())?.extend_from_slice(&added);
    Ok(Owned::none())
}

fn fromfile(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = protocol::index::to_isize(vm, args[1])?;
    let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("negative count")) };
    let Some(size) = n.checked_mul(array(this).code.itemsize()) else { return Err(vm.memory_error()) };
    let read = protocol::attr::call_attr(vm, args[0], "read", &[*int::from_usize(vm, size)?])?;
    if !bytes::is_bytes(vm, *read) {
        return Err(vm.type_error("read() didn't return bytes"));
    }
    frombytes(vm, this, *read)?;
    if bytes::as_slice(&read).len() != size {
        return Err(vm.raise(vm.types.eof_error, "read() didn't return enough bytes"));
    }
    Ok(Owned::none())
}

fn fromlist(vm: &Vm, this: Value, source: Value) -> PyResult {
    if !list::is_list(vm, source) {
        return Err(vm.type_error("arg must be list"));
    }
    let (n, code) = (list::len(source), array(this).code);
    let mut added = Vec::new();
    for i in 0..n {
        let word = match list::get(source, i) {
            Some(v) => code.encode(vm, *v)?,
            None => return Err(vm.runtime_error("list changed size during iteration")),
        };
        if list::len(source) != n {
            return Err(vm.runtime_error("list changed size during iteration"));
        }
        added.try_reserve(8).map_err(|_| vm.memory_error())?;
        added.extend_from_slice(&word[..code.itemsize()]);
    }
    if !added.is_empty() {
        resizable(vm, this, added.len())?.extend_from_slice(&added);
    }
    Ok(Owned::none())
}

pub(super) fn frombytes(vm: &Vm, this: Value, source: Value) -> PyResult {
    let buffer = bytes::buffer(vm, source)?;
    if !buffer.len().is_multiple_of(array(this).code.itemsize()) {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    let added = copy_of(vm, buffer.as_slice())?;
    drop(buffer);
    if !added.is_empty() {
        resizable(vm, this, added.len())?.extend_from_slice(&added);
    }
    Ok(Owned::none())
}

/// Adds the characters of a string to an array of characters.
pub(super) fn push_text(vm: &Vm, this: Value, text: Value) -> PyResult<()> {
    let text = str::view(&text);
    let bytes = resizable(vm, this, 4 * text.len())?;
    text.iter().for_each(|c| bytes.extend_from_slice(&c.to_le_bytes()));
    Ok(())
}

fn fromunicode(vm: &Vm, this: Value, text: Value) -> PyResult {
    if !str::is_str(vm, text) {
        let got = type_of(vm, text).name_str();
        return Err(vm.type_error(&format!("fromunicode() argument must be str, not {got}")));
    }
    if !array(this).code.is_text() {
        return Err(vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    if !str::view(&text).is_empty() {
        push_text(vm, this, text)?;
    }
    Ok(Owned::none())
}

pub(super) fn tounicode(vm: &Vm, this: Value) -> PyResult {
    if !array(this).code.is_text() {
        return Err(vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    let units = array(this).bytes.chunks_exact(4);
    let units: Vec<u32> = units.map(|raw| u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]])).collect();
    if let Some(c) = units.iter().find(|c| **c > 0x10_FFFF) {
        return Err(vm.value_error(&format!("character U+{c:x} is not in range [U+0000; U+10ffff]")));
    }
    str::from_code_points(vm, units)
}

fn index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (start, stop) = sequence::search_bounds(vm, args[1], args[2])?;
    let (start, stop) = (sequence::bound_in(len(this), start), sequence::bound_in(len(this), stop));
    match find(vm, this, args[0], start, stop)? {
        Some(i) => int::from_usize(vm, i),
        None => Err(vm.value_error("array.index(x): x not in array")),
    }
}

fn insert(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let at = sequence::size_argument(vm, args[0])?;
    let code = array(this).code;
    let word = code.encode(vm, args[1])?;
    let n = len(this);
    let at = sequence::bound_in(n, at).min(n) * code.itemsize();
    resizable(vm, this, 8)?.splice(at..at, word[..code.itemsize()].iter().copied());
    Ok(Owned::none())
}

fn pop(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let i = str::args::optional_index(vm, args[0], -1)?;
    if len(this) == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let Some(i) = sequence::position(len(this), i) else {
        return Err(vm.index_error("pop index out of range"));
    };
    let v = item(vm, this, i)?;
    take_out(vm, this, i)?;
    Ok(v.unwrap_or_else(Owned::none))
}

fn take_out(vm: &Vm, this: Value, i: usize) -> PyResult<()> {
    let size = array(this).code.itemsize();
    resizable(vm, this, 0)?.drain(i * size..(i + 1) * size);
    Ok(())
}

fn remove(vm: &Vm, this: Value, wanted: Value) -> PyResult {
    match find(vm, this, wanted, 0, len(this))? {
        // The comparison may have made the array shorter.
        Some(i) if raw(this, i).is_some() => {
            take_out(vm, this, i)?;
            Ok(Owned::none())
        }
        _ => Err(vm.value_error("array.remove(x): x not in array")),
    }
}

fn reverse(_: &Vm, this: Value) -> PyResult {
    let a = array(this);
    // Backwards byte by byte, each item forwards again.
    a.bytes.reverse();
    a.bytes.chunks_mut(a.code.itemsize()).for_each(<[u8]>::reverse);
    Ok(Owned::none())
}

fn tofile(vm: &Vm, this: Value, file: Value) -> PyResult {
    const BLOCK: usize = 64 * 1024;
    let mut at = 0;
    while at < array(this).bytes.len() {
        let end = (at + BLOCK).min(array(this).bytes.len());
        let block = bytes::new(vm, &array(this).bytes[at..end])?;
        protocol::attr::call_attr(vm, file, "write", &[*block])?;
        at = end;
    }
    Ok(Owned::none())
}

pub(super) fn tolist(vm: &Vm, this: Value) -> PyResult {
    let mut out = Vec::new();
    out.try_reserve_exact(len(this)).map_err(|_| vm.memory_error())?;
    for i in 0..len(this) {
        out.extend(item(vm, this, i)?);
    }
    list::new(vm, out)
}

fn sizeof(vm: &Vm, this: Value) -> PyResult {
    int::from_usize(vm, 64 + array(this).bytes.capacity())
}

fn reduce_ex(vm: &Vm, this: Value, protocol: Value) -> PyResult {
    let protocol = protocol::index::to_i64(vm, protocol)?;
    let state = protocol::attr::instance_dict(vm, this, false)?.unwrap_or_else(Owned::none);
    let letter = str::from_char(vm, array(this).code.letter().into())?;
    let ty = type_of(vm, this).value();
    if protocol < 3 {
        let items = tolist(vm, this)?;
        let args = tuple::from_slice(vm, &[*letter, *items])?;
        return tuple::from_slice(vm, &[ty, *args, *state]);
    }
    let reconstruct = match crate::modules::attribute(vm, "array", "_array_reconstructor") {
        Some(f) => f,
        None => return Err(vm.runtime_error("the module array is not loaded")),
    };
    let format = Value::fixnum(MachineFormat::number_of(array(this).code));
    let contents = bytes::new(vm, &array(this).bytes)?;
    let args = tuple::from_slice(vm, &[ty, *letter, format, *contents])?;
    tuple::from_slice(vm, &[*reconstruct, *args, *state])
}

/// `_array_reconstructor(arraytype, typecode, mformat_code, items)`.
pub(super) fn reconstruct(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, args[0]) else {
        let got = protocol::object::repr_string(vm, args[0])?;
        return Err(vm.type_error(&format!("first argument must be a type object, not {got}")));
    };
    if !ty.is_subtype_of(vm.types.array) {
        let name = ty.name_str();
        return Err(vm.type_error(&format!("{name} is not a subtype of array.array")));
    }
    let code = type_code(vm, args[1], "_array_reconstructor() argument 2")?;
    let number = protocol::index::to_i32(vm, args[2])?;
    let Some(format) = MachineFormat::of(number.into()) else {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    };
    if !bytes::is_bytes(vm, args[3]) {
        let got = type_of(vm, args[3]).name_str();
        return Err(vm.type_error(&format!("fourth argument should be bytes, not {got}")));
    }
    let this = new(vm, ty, code, Vec::new())?;
    if MachineFormat::number_of(code) == i64::from(number) {
        frombytes(vm, *this, args[3])?;
    } else {
        for v in format.values(vm, bytes::as_slice(&args[3]))? {
            push(vm, *this, *v)?;
        }
    }
    Ok(this)
}
