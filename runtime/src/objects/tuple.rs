//! `tuple`: `length` words right behind the head, fixed from the moment Python sees the object.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::IMMORTAL;
use taipan_layout::objects::Tuple;
use taipan_layout::{Header, Kind, Value};

use super::sequence::{self, at_most_one, no_keywords, type_name};
use super::spec::{class_method, method, method0, method1, tp_flags};
use super::{
    CompareOp, Slots, TypeRef, TypeSpec, is_kind, iter, list, new_object, new_tracked_of_size, slice, type_of,
};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, copy_words, decref, incref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "tuple",
    basicsize: size_of::<Tuple>(),
    itemsize: size_of::<Value>(),
    kind: Kind::Tuple,
    flags: tp_flags::BASETYPE
        | tp_flags::HAVE_GC
        | tp_flags::SEQUENCE
        | tp_flags::MATCH_SELF
        | tp_flags::TUPLE_SUBCLASS,
    doc: "An immutable sequence.\n\nWithout an argument: the empty tuple; else a tuple of the iterable's items.",
    signature: "(iterable=(), /)",
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iter::new_tuple_iter),
        len: Some(|_, this| Ok(items(&this).len())),
        concat: Some(concat),
        repeat: Some(repeat),
        contains: Some(contains),
        get_item: Some(get_item),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__getnewargs__", getnewargs, ""),
        method(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
            "The place of the first item that equals value.\n\nValueError if there is none.",
        ),
        method1("count", "($self, value, /)", count, "Number of items that equal value."),
        class_method(
            "__class_getitem__",
            "($type, object, /)",
            super::genericalias::class_getitem,
            "See PEP 585",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// A tuple of NULL words: the caller fills them before anything else can see it.
pub(crate) fn allocate(vm: &Vm, ty: TypeRef, len: usize) -> PyResult<*mut Tuple> {
    if len > (isize::MAX as usize - 64) / size_of::<Value>() {
        return Err(vm.memory_error());
    }
    let size = ty.head.basicsize as usize + len * size_of::<Value>();
    let p = new_object::<Tuple>(vm, ty, size)?;
    // SAFETY: a fresh object of Tuple's layout.
    unsafe {
        (*p).length = len;
        (*p).hash = -1;
    }
    Ok(p)
}

/// An exact tuple whose words are the caller's to write before anything else is allocated.
#[inline]
pub(crate) fn allocate_exact(vm: &Vm, len: usize) -> PyResult<*mut Tuple> {
    if len > (isize::MAX as usize - 64) / size_of::<Value>() {
        return Err(vm.memory_error());
    }
    let size = size_of::<Tuple>() + len * size_of::<Value>();
    let p = new_tracked_of_size::<Tuple>(vm, vm.types.tuple, Kind::Tuple, size)?;
    // SAFETY: a fresh object of Tuple's layout.
    unsafe {
        (*p).length = len;
        (*p).hash = -1;
    }
    Ok(p)
}

/// The empty tuple: one object.
pub fn empty(vm: &Vm) -> Owned {
    let cell = &vm.singletons.empty_tuple;
    if cell.get().is_null() {
        // Without memory for this there is no interpreter yet.
        let p = allocate(vm, vm.types.tuple, 0).expect("start-up needs memory");
        // SAFETY: a fresh object.
        unsafe { (*p).header.rc = IMMORTAL };
        cell.set(Value::from_ptr(p));
    }
    cell.get().own()
}

pub fn from_slice(vm: &Vm, values: &[Value]) -> PyResult {
    if values.is_empty() {
        return Ok(empty(vm));
    }
    let p = allocate_exact(vm, values.len())?;
    // SAFETY: the tuple has room for all values; each word becomes an owned one.
    unsafe {
        copy_words(values, Tuple::items(p));
    }
    Ok(Owned::from_new(p))
}

/// A new instance of `ty`, which is `tuple` or inherits from it.
pub(crate) fn of_type(vm: &Vm, ty: TypeRef, values: &[Value]) -> PyResult {
    let p = allocate(vm, ty, values.len())?;
    // SAFETY: the tuple has room for all values; each word becomes an owned one.
    unsafe {
        copy_words(values, Tuple::items(p));
    }
    Ok(Owned::from_new(p))
}

pub fn from_owned(vm: &Vm, values: Vec<Owned>) -> PyResult {
    if values.is_empty() {
        return Ok(empty(vm));
    }
    let p = allocate_exact(vm, values.len())?;
    // SAFETY: the tuple has room for all values, whose references move.
    unsafe {
        let to = Tuple::items(p);
        for (i, v) in values.into_iter().enumerate() {
            *to.add(i) = v.into_value();
        }
    }
    Ok(Owned::from_new(p))
}

/// A tuple of what `values` has from `start` on, which moves.
pub fn from_end(vm: &Vm, values: &mut Vec<Owned>, start: usize) -> PyResult {
    if start == values.len() {
        return Ok(empty(vm));
    }
    let p = allocate_exact(vm, values.len() - start)?;
    // SAFETY: the tuple has room for all values, whose references move.
    unsafe {
        let to = Tuple::items(p);
        for (i, v) in values.drain(start..).enumerate() {
            *to.add(i) = v.into_value();
        }
    }
    Ok(Owned::from_new(p))
}

/// A tuple whose items are to come (`fill`); until then they are `None`.
pub(crate) fn unfilled(vm: &Vm, len: usize) -> PyResult {
    from_slice(vm, &vec![Value::NONE; len])
}

/// Puts what `values` has from `start` on into a tuple that `unfilled` made for as many and no Python code has seen.
pub(crate) fn fill(tuple: &Owned, values: &mut Vec<Owned>, start: usize) {
    assert_eq!(len(**tuple), values.len() - start, "a tuple is filled with as many items as it was made for");
    // SAFETY: a tuple of that length, whose items so far own nothing; the references move. Nobody looks at its items
    // meanwhile, and a hash of what it held before is forgotten.
    unsafe {
        let p = tuple.as_ptr::<Tuple>();
        (*p).hash = -1;
        let to = Tuple::items(p);
        for (i, v) in values.drain(start..).enumerate() {
            *to.add(i) = v.into_value();
        }
    }
}

pub fn pair(vm: &Vm, a: Owned, b: Owned) -> PyResult {
    let p = allocate_exact(vm, 2)?;
    // SAFETY: room for two words.
    unsafe {
        *Tuple::items(p) = a.into_value();
        *Tuple::items(p).add(1) = b.into_value();
    }
    Ok(Owned::from_new(p))
}

/// A pair as an iterator's result, in the tuple that `kept` holds from an earlier call when nobody else has that
/// any more: loops that unpack each pair at once then allocate nothing.
///
/// # Safety
/// `kept` is a word of a live object that owns its reference; NULL at first.
#[inline]
pub(crate) unsafe fn recycled_pair(vm: &Vm, kept: *mut Value, a: Owned, b: Owned) -> PyResult {
    // SAFETY: a tuple that only `kept` refers to is invisible to everybody; old items are dropped after the stores.
    unsafe {
        let old = *kept;
        if old.is_null() {
            let t = pair(vm, a, b)?;
            *kept = t.clone().into_value();
            return Ok(t);
        }
        if (*old.header()).rc != 1 {
            return pair(vm, a, b);
        }
        crate::gc::lists::track(vm, old.header());
        let t = old.own();
        let p: *mut Tuple = old.as_ptr();
        let items = Tuple::items(p);
        let (x, y) = (*items, *items.add(1));
        *items = a.into_value();
        *items.add(1) = b.into_value();
        (*p).hash = -1;
        decref(x);
        decref(y);
        Ok(t)
    }
}

/// The items of a tuple or an instance of a subclass. The slice is valid while the tuple is: keep it alive.
#[inline(always)]
pub fn items(v: &Value) -> &[Value] {
    let p: *mut Tuple = v.as_ptr();
    // SAFETY: the caller's object is a tuple, whose words never move.
    unsafe { std::slice::from_raw_parts(Tuple::items(p), (*p).length) }
}

pub fn len(v: Value) -> usize {
    items(&v).len()
}

/// `isinstance(v, tuple)`.
#[inline]
pub fn is_tuple(vm: &Vm, v: Value) -> bool {
    is_kind(v, Kind::Tuple) || type_of(vm, v).has_flag(tp_flags::TUPLE_SUBCLASS)
}

/// `tuple(iterable)`.
pub fn from_iterable(vm: &Vm, iterable: Value) -> PyResult {
    if is_kind(iterable, Kind::Tuple) {
        return Ok(iterable.own());
    }
    if is_kind(iterable, Kind::List) {
        return from_slice(vm, list::items(&iterable));
    }
    from_owned(vm, protocol::iter::collect(vm, iterable)?)
}

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.tuple);
    if ty == vm.types.tuple || sequence::same_init(ty, vm.types.tuple) {
        no_keywords(vm, "tuple", args)?;
    }
    let Some(iterable) = at_most_one(vm, "tuple", args)? else {
        return if ty == vm.types.tuple { Ok(empty(vm)) } else { of_type(vm, ty, &[]) };
    };
    let exact = from_iterable(vm, iterable)?;
    if ty == vm.types.tuple { Ok(exact) } else { of_type(vm, ty, items(&exact)) }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let all = items(&this);
    if all.is_empty() {
        return super::str::new(vm, "()");
    }
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return super::str::new(vm, "(...)");
    };
    let close = if all.len() == 1 { ",)" } else { ")" };
    sequence::repr_items(vm, "(", close, |i| all.get(i).map(|v| v.own()))
}

/// xxHash64's rounds over the items' hashes, as CPython has it: the values are visible to programs.
fn hash(vm: &Vm, this: Value) -> PyResult<i64> {
    const PRIME_1: u64 = 11400714785074694791;
    const PRIME_2: u64 = 14029467366897019727;
    const PRIME_5: u64 = 2870177450012600261;
    let p: *mut Tuple = this.as_ptr();
    // SAFETY: `this` is a tuple.
    let cached = unsafe { (*p).hash };
    if cached != -1 {
        return Ok(cached);
    }
    vm.check_native_stack(" while hashing a tuple")?;
    let all = items(&this);
    let mut acc = PRIME_5;
    for v in all {
        let lane = super::dict::hash_value(vm, *v)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }
    acc = acc.wrapping_add(all.len() as u64 ^ (PRIME_5 ^ 3527539));
    let h = if acc == u64::MAX { 1546275796 } else { acc as i64 };
    // SAFETY: as above.
    unsafe { (*p).hash = h };
    Ok(h)
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_tuple(vm, b) || !is_tuple(vm, a) {
        return Ok(Owned::not_implemented());
    }
    vm.check_native_stack(" in comparison")?;
    let (x, y) = (items(&a), items(&b));
    let common = x.len().min(y.len());
    for i in 0..common {
        if !sequence::equal(vm, x[i], y[i])? {
            return match op {
                CompareOp::Eq => Ok(Owned::bool(false)),
                CompareOp::Ne => Ok(Owned::bool(true)),
                _ => protocol::compare::rich(vm, x[i], y[i], op),
            };
        }
    }
    Ok(Owned::bool(op.holds(x.len().cmp(&y.len()))))
}

fn concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_tuple(vm, b) {
        return Err(
            vm.type_error(&format!("can only concatenate tuple (not \"{}\") to tuple", type_name(vm, b)))
        );
    }
    let (x, y) = (items(&a), items(&b));
    if x.is_empty() && is_kind(b, Kind::Tuple) {
        return Ok(b.own());
    }
    if y.is_empty() && is_kind(a, Kind::Tuple) {
        return Ok(a.own());
    }
    if x.is_empty() && y.is_empty() {
        return Ok(empty(vm));
    }
    let p = allocate(vm, vm.types.tuple, x.len() + y.len())?;
    // SAFETY: room for both.
    unsafe {
        let to = Tuple::items(p);
        copy_words(x, to);
        copy_words(y, to.add(x.len()));
    }
    Ok(Owned::from_new(p))
}

fn repeat(vm: &Vm, this: Value, times: isize) -> PyResult {
    let all = items(&this);
    if (times == 1 || all.is_empty()) && is_kind(this, Kind::Tuple) {
        return Ok(this.own());
    }
    let times = times.max(0) as usize;
    if times == 0 || all.is_empty() {
        return Ok(empty(vm));
    }
    let len = all.len().checked_mul(times).ok_or_else(|| vm.memory_error())?;
    let p = allocate(vm, vm.types.tuple, len)?;
    // SAFETY: room for all copies.
    unsafe {
        let to = Tuple::items(p);
        for i in 0..len {
            let v = all[i % all.len()];
            incref(v);
            *to.add(i) = v;
        }
    }
    Ok(Owned::from_new(p))
}

fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    for v in items(&this) {
        if sequence::equal(vm, *v, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    let all = items(&this);
    if is_kind(key, Kind::Slice) {
        let range = slice::resolve(vm, key, || all.len())?;
        if range.count == all.len() && range.step == 1 && is_kind(this, Kind::Tuple) {
            return Ok(this.own());
        }
        if range.step == 1 {
            return from_slice(vm, &all[range.start as usize..range.start as usize + range.count]);
        }
        let picked: Vec<Value> = range.positions().map(|i| all[i]).collect();
        return from_slice(vm, &picked);
    }
    if !sequence::is_index(vm, key) {
        return Err(
            vm.type_error(&format!("tuple indices must be integers or slices, not {}", type_name(vm, key)))
        );
    }
    let i = sequence::index_size(vm, key)?;
    match sequence::position(all.len(), i) {
        Some(i) => Ok(all[i].own()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn getnewargs(vm: &Vm, this: Value) -> PyResult {
    let copy = from_slice(vm, items(&this))?;
    from_slice(vm, &[*copy])
}

fn index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (start, stop) = sequence::search_bounds(vm, args[1], args[2])?;
    let all = items(&this);
    let (start, stop) = (sequence::bound_in(all.len(), start), sequence::bound_in(all.len(), stop));
    for (i, item) in all.iter().enumerate().take(stop).skip(start) {
        if sequence::equal(vm, *item, args[0])? {
            return Ok(Owned::fixnum(i as i64));
        }
    }
    Err(vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &Vm, this: Value, value: Value) -> PyResult {
    let mut n = 0;
    for v in items(&this) {
        n += sequence::equal(vm, *v, value)? as i64;
    }
    Ok(Owned::fixnum(n))
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Tuple;
    // SAFETY: the tuple is dying; its words are owned (NULL ones belong to a tuple that was never finished).
    unsafe {
        for i in (0..(*p).length).rev() {
            decref(*Tuple::items(p).add(i));
        }
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Tuple;
    // SAFETY: a live tuple.
    unsafe {
        for i in (0..(*p).length).rev() {
            let v = *Tuple::items(p).add(i);
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
