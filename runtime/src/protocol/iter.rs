//! Iteration.

use taipan_layout::{Kind, Value};

use crate::objects::{generator, int, is_kind, iter as iterators, list, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{attr, call, item};
use crate::vm::Vm;

/// `iter(object)`.
pub fn iter(vm: &Vm, object: Value) -> PyResult {
    let ty = type_of(vm, object);
    if let Some(f) = ty.slots().iter {
        let it = f(vm, object)?;
        if type_of(vm, *it).slots().next.is_none() {
            let t = type_of(vm, *it).name_str();
            return Err(vm.type_error(&format!("iter() returned non-iterator of type '{t}'")));
        }
        return Ok(it);
    }
    if item::is_sequence(vm, object) {
        return iterators::new_sequence(vm, object);
    }
    let t = ty.name_str();
    Err(vm.type_error(&format!("'{t}' object is not iterable")))
}

/// `next(iterator)`; `None` when exhausted.
#[inline]
pub fn next(vm: &Vm, iterator: Value) -> PyResult<Option<Owned>> {
    match type_of(vm, iterator).slots().next {
        Some(f) => f(vm, iterator),
        None => {
            let t = type_of(vm, iterator).name_str();
            Err(vm.type_error(&format!("'{t}' object is not an iterator")))
        }
    }
}

/// `next(iterator)` where the end is a `StopIteration`, with the value that the iterator gave.
pub fn next_or_stop(vm: &Vm, iterator: Value) -> PyResult {
    if generator::is_resumable(iterator) {
        return generator::send(vm, iterator, Value::NONE);
    }
    let ty = type_of(vm, iterator);
    let Some(slot) = ty.slots().next else {
        return Err(vm.type_error(&format!("'{}' object is not an iterator", ty.name_str())));
    };
    if ty.is_heap_type() {
        let step = call::special(vm, iterator, *vm.names.__next__, &[])?;
        return step.ok_or_else(|| vm.stop_iteration(None));
    }
    drop(vm.stop_value.take());
    slot(vm, iterator)?.ok_or_else(|| vm.stop_iteration(vm.stop_value.take().as_deref().copied()))
}

/// All items of `iterable`.
pub fn collect(vm: &Vm, iterable: Value) -> PyResult<Vec<Owned>> {
    if is_kind(iterable, Kind::Tuple) {
        return Ok(tuple::items(&iterable).iter().map(|v| v.own()).collect());
    }
    if is_kind(iterable, Kind::List) {
        return Ok(list::items(&iterable).iter().map(|v| v.own()).collect());
    }
    let it = iter(vm, iterable)?;
    let mut out = Vec::new();
    let hint = length_hint(vm, iterable, 0)?;
    if out.try_reserve(hint.min(1 << 20)).is_err() {
        return Err(vm.memory_error());
    }
    while let Some(v) = next(vm, *it)? {
        if out.len() == out.capacity() && out.try_reserve(1).is_err() {
            return Err(vm.memory_error());
        }
        out.push(v);
    }
    Ok(out)
}

/// Calls `f` with every item.
pub fn for_each(vm: &Vm, iterable: Value, mut f: impl FnMut(Owned) -> PyResult<()>) -> PyResult<()> {
    if is_kind(iterable, Kind::Generator) {
        return crate::interp::generator::for_each(vm, iterable, f);
    }
    let it = iter(vm, iterable)?;
    while let Some(v) = next(vm, *it)? {
        f(v)?;
    }
    Ok(())
}

/// `operator.length_hint(object, default)`.
pub fn length_hint(vm: &Vm, object: Value, default: usize) -> PyResult<usize> {
    if type_of(vm, object).slots().len.is_some() {
        match item::len(vm, object) {
            Ok(n) => return Ok(n),
            Err(raised) => drop(vm.catch(raised, vm.types.type_error)?),
        }
    }
    let Some(hook) = attr::lookup_special(vm, object, *vm.names.__length_hint__)? else { return Ok(default) };
    let r = match super::call::positional(vm, *hook, &[]) {
        Ok(r) => r,
        Err(raised) => {
            drop(vm.catch(raised, vm.types.type_error)?);
            return Ok(default);
        }
    };
    if *r == Value::NOT_IMPLEMENTED {
        return Ok(default);
    }
    if !int::is_int(vm, *r) {
        let t = type_of(vm, *r).name_str();
        return Err(vm.type_error(&format!("__length_hint__ must be an integer, not {t}")));
    }
    match int::as_i64(*r) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(vm.value_error("__length_hint__() should return >= 0")),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}
