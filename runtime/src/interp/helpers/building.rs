//! Building containers and strings, unpacking.

use taipan_layout::objects::{List, Tuple};
use taipan_layout::{Kind, StackValue, ThreadState, Value};

use super::{status, take, take_all, value, vm};
use crate::objects::{dict, is_instance, is_kind, list, set, slice, str, template, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, iter};
use crate::vm::Vm;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_tuple(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value {
    // SAFETY: `ts` is the running thread's; the slots are given away.
    unsafe {
        if count == 0 {
            return tuple::empty(vm(ts)).into_value();
        }
        match tuple::allocate_exact(vm(ts), count as usize) {
            Ok(p) => {
                for i in 0..count as usize {
                    *Tuple::items(p).add(i) = take(*items.add(i)).into_value();
                }
                Value::from_ptr(p)
            }
            Err(_) => {
                drop(take_all(items, count));
                Value::NULL
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_list(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value {
    // SAFETY: as above.
    unsafe {
        match list::with_capacity(vm(ts), count as usize) {
            Ok(l) => {
                let p = l.as_ptr::<List>();
                for i in 0..count as usize {
                    *(*p).items.add(i) = take(*items.add(i)).into_value();
                }
                (*p).length = count as usize;
                l.into_value()
            }
            Err(_) => {
                drop(take_all(items, count));
                Value::NULL
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_set(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value {
    // SAFETY: as above.
    unsafe {
        let vm = vm(ts);
        let items = take_all(items, count);
        let build = || {
            let s = set::new(vm)?;
            for i in &items {
                set::add(vm, *s, **i)?;
            }
            Ok(s)
        };
        value(build())
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_map(ts: *mut ThreadState, items: *mut StackValue, pairs: u32) -> Value {
    // SAFETY: as above.
    unsafe {
        let vm = vm(ts);
        let items = take_all(items, pairs * 2);
        let build = || {
            let d = dict::new(vm)?;
            for pair in items.chunks_exact(2) {
                dict::set(vm, *d, *pair[0], *pair[1])?;
            }
            Ok(d)
        };
        value(build())
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_string(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value {
    // SAFETY: as above.
    unsafe {
        let vm = vm(ts);
        let items = take_all(items, count);
        let words: Vec<Value> = items.iter().map(|i| i.value()).collect();
        value(str::join(vm, *str::empty(vm), &words))
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_slice(
    ts: *mut ThreadState,
    start: Value,
    stop: Value,
    step: Value,
) -> Value {
    let step = if step.is_null() { Value::NONE } else { step };
    // SAFETY: `ts` is the running thread's.
    value(slice::new(unsafe { vm(ts) }, start, stop, step))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_interpolation(
    ts: *mut ThreadState,
    v: Value,
    text: Value,
    conversion: u32,
    format: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let conversion = match conversion {
        1 => str::intern(vm, "s"),
        2 => str::intern(vm, "r"),
        3 => str::intern(vm, "a"),
        _ => Value::NONE.own(),
    };
    let empty = str::empty(vm);
    let format = if format.is_null() { *empty } else { format };
    value(template::new_interpolation(vm, v, text, *conversion, format))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_build_template(
    ts: *mut ThreadState,
    strings: Value,
    interpolations: Value,
) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(template::new_template(unsafe { vm(ts) }, strings, interpolations))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_list_extend(ts: *mut ThreadState, l: Value, iterable: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(list_extend(unsafe { vm(ts) }, l, iterable))
}

fn list_extend(vm: &Vm, l: Value, iterable: Value) -> PyResult<()> {
    let ty = type_of(vm, iterable);
    if ty.slots().iter.is_none() && !crate::protocol::item::is_sequence(vm, iterable) {
        let t = ty.name_str();
        return Err(vm.type_error(&format!("Value after * must be an iterable, not {t}")));
    }
    list::extend(vm, l, iterable)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_add(ts: *mut ThreadState, s: Value, item: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    if is_kind(s, Kind::Set) {
        return status(set::add(vm, s, item));
    }
    if !is_instance(vm, s, vm.types.set) {
        // A program can put something else in the place of `__conditional_annotations__`.
        let t = type_of(vm, s).name_str();
        return status(Err(vm.type_error(&format!("'{t}' object is not a set"))));
    }
    status(set::add(vm, s, item))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_set_update(ts: *mut ThreadState, s: Value, iterable: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(set::update(unsafe { vm(ts) }, s, iterable))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_map_add(ts: *mut ThreadState, d: Value, key: Value, v: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(dict::set(unsafe { vm(ts) }, d, key, v))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dict_update(ts: *mut ThreadState, d: Value, update: Value) -> i32 {
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    let go = || {
        if !is_mapping_like(vm, update)? {
            let t = type_of(vm, update).name_str();
            return Err(vm.type_error(&format!("'{t}' object is not a mapping")));
        }
        dict::merge(vm, d, update)
    };
    status(go())
}

/// What `**` accepts: a dict, or anything with `keys`.
fn is_mapping_like(vm: &Vm, v: Value) -> PyResult<bool> {
    Ok(crate::objects::is_instance(vm, v, vm.types.dict)
        || attr::get_optional(vm, v, *vm.names.keys)?.is_some())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_dict_merge(
    ts: *mut ThreadState,
    d: Value,
    update: Value,
    callable: Value,
) -> i32 {
    // SAFETY: `ts` is the running thread's.
    status(merge_keywords(unsafe { vm(ts) }, d, update, callable))
}

/// `f(**update)` onto keywords that are there already.
fn merge_keywords(vm: &Vm, d: Value, update: Value, callable: Value) -> PyResult<()> {
    if !is_mapping_like(vm, update)? {
        let (f, t) = (function_text(vm, callable)?, type_of(vm, update).name_str());
        return Err(vm.type_error(&format!("{f} argument after ** must be a mapping, not {t}")));
    }
    let Err(raised) = dict::merge_with(vm, d, update, dict::Conflict::Raise) else { return Ok(()) };
    let error = vm.catch(raised, vm.types.key_error)?;
    let args = attr::get(vm, *error, *vm.names.args)?;
    // Like CPython, a KeyError that a mapping raises itself is taken for this one.
    let &[key] = tuple::items(&args) else { return Err(vm.restore_exception(error)) };
    drop(error);
    let f = function_text(vm, callable)?;
    let key = str::to_string_lossy(*crate::protocol::object::str(vm, key)?);
    Err(vm.type_error(&format!("{f} got multiple values for keyword argument '{key}'")))
}

/// `module.qualname()`, as CPython's `_PyObject_FunctionStr` names a callable.
pub(super) fn function_text(vm: &Vm, f: Value) -> PyResult<String> {
    let Some(q) = attr::get_optional(vm, f, *vm.names.__qualname__)? else {
        return Ok(str::to_string_lossy(*crate::protocol::object::str(vm, f)?));
    };
    let q = str::to_string_lossy(*q);
    let m = attr::get_optional(vm, f, *vm.names.__module__)?.filter(|m| !m.is_none());
    Ok(match m {
        Some(m) if crate::objects::is_instance(vm, *m, vm.types.str) => {
            match str::to_string_lossy(*m).as_str() {
                "builtins" => format!("{q}()"),
                m => format!("{m}.{q}()"),
            }
        }
        _ => format!("{q}()"),
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unpack_sequence(
    ts: *mut ThreadState,
    iterable: Value,
    count: u32,
    out: *mut StackValue,
) -> i32 {
    // SAFETY: `ts` is the running thread's; `out` has `count` slots.
    unsafe {
        match unpack_exactly(vm(ts), iterable, count as usize) {
            Ok(items) => {
                for (i, v) in items.into_iter().enumerate() {
                    *out.add(count as usize - 1 - i) = v.into_value().owned();
                }
                0
            }
            Err(_) => -1,
        }
    }
}

fn unpackable(vm: &Vm, iterable: Value) -> PyResult {
    let ty = type_of(vm, iterable);
    if ty.slots().iter.is_none() && !crate::protocol::item::is_sequence(vm, iterable) {
        let t = ty.name_str();
        return Err(vm.type_error(&format!("cannot unpack non-iterable {t} object")));
    }
    iter::iter(vm, iterable)
}

fn unpack_exactly(vm: &Vm, iterable: Value, count: usize) -> PyResult<Vec<Owned>> {
    let too_many = |got: Option<usize>| {
        vm.value_error(&match got {
            Some(n) => format!("too many values to unpack (expected {count}, got {n})"),
            None => format!("too many values to unpack (expected {count})"),
        })
    };
    let it = unpackable(vm, iterable)?;
    let mut items = Vec::with_capacity(count);
    while items.len() < count {
        match iter::next(vm, *it)? {
            Some(v) => items.push(v),
            None => {
                let n = items.len();
                return Err(
                    vm.value_error(&format!("not enough values to unpack (expected {count}, got {n})"))
                );
            }
        }
    }
    if iter::next(vm, *it)?.is_some() {
        let sized = [Kind::List, Kind::Tuple, Kind::Dict].iter().any(|k| is_kind(iterable, *k));
        let n = if sized { Some(crate::protocol::item::len(vm, iterable)?) } else { None };
        return Err(too_many(n));
    }
    Ok(items)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_unpack_ex(
    ts: *mut ThreadState,
    iterable: Value,
    before: u32,
    after: u32,
    out: *mut StackValue,
) -> i32 {
    // SAFETY: `ts` is the running thread's; `out` has `before + 1 + after` slots.
    unsafe {
        let vm = vm(ts);
        match unpack_star(vm, iterable, before as usize, after as usize) {
            Ok(items) => {
                let last = items.len() - 1;
                for (i, v) in items.into_iter().enumerate() {
                    *out.add(last - i) = v.into_value().owned();
                }
                0
            }
            Err(_) => -1,
        }
    }
}

fn unpack_star(vm: &Vm, iterable: Value, before: usize, after: usize) -> PyResult<Vec<Owned>> {
    let it = unpackable(vm, iterable)?;
    let mut items = Vec::new();
    while let Some(v) = iter::next(vm, *it)? {
        items.push(v);
    }
    if items.len() < before + after {
        let (need, n) = (before + after, items.len());
        let text = format!("not enough values to unpack (expected at least {need}, got {n})");
        return Err(vm.value_error(&text));
    }
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    items.push(list::new(vm, middle)?);
    items.extend(tail);
    Ok(items)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_format_simple(ts: *mut ThreadState, v: Value) -> Value {
    if is_kind(v, Kind::Str) {
        return v.own().into_value();
    }
    // SAFETY: `ts` is the running thread's.
    value(crate::protocol::object::format(unsafe { vm(ts) }, v, Value::NULL))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_format_with_spec(ts: *mut ThreadState, v: Value, spec: Value) -> Value {
    // SAFETY: `ts` is the running thread's.
    value(crate::protocol::object::format(unsafe { vm(ts) }, v, spec))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_convert_value(ts: *mut ThreadState, v: Value, conversion: u32) -> Value {
    use crate::protocol::object;
    // SAFETY: `ts` is the running thread's.
    let vm = unsafe { vm(ts) };
    value(match conversion {
        1 => object::str(vm, v),
        2 => object::repr(vm, v),
        3 => str::ascii_repr(vm, v),
        _ => Err(vm.system_error("bad conversion")),
    })
}
