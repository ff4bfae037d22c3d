//! `zip`: items of several iterables side by side.
#![allow(unsafe_code, reason = "object layout")]

use taipan_layout::header::Header;
use taipan_layout::objects::Tuple;
use taipan_layout::{Kind, Value};

use super::spec::{method0, method1, tp_flags};
use super::{Slots, TypeRef, TypeSpec, new_instance, str, tuple, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, Raised, decref};
use crate::protocol;
use crate::signature::{at_most_keywords, keyword_only};
use crate::vm::Vm;

#[repr(C)]
struct Zip {
    header: Header,
    /// Tuple of iterators.
    iterators: Value,
    /// The tuple given out before, or NULL.
    result: Value,
    strict: bool,
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "zip",
    basicsize: size_of::<Zip>(),
    kind: Kind::Zip,
    flags: tp_flags::BASETYPE | tp_flags::HAVE_GC,
    doc: "An iterator over tuples that hold an item of each iterable.\n\n\
          It ends with the shortest one; with strict=True a shorter one is a ValueError.\n\n\
          >>> list(zip('xyz', (3, 5, 7), range(9)))\n[('x', 3, 0), ('y', 5, 1), ('z', 7, 2)]\n\
          >>> dict(zip(['one', 'two'], [1, 2], strict=True))\n{'one': 1, 'two': 2}",
    signature: "(*iterables, strict=False)",
    slots: Slots {
        new: Some(construct),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(next),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        ..Slots::EMPTY
    },
    methods: &[
        method0("__reduce__", reduce, "State for pickling."),
        method1("__setstate__", "($self, object, /)", set_state, "Go on where the pickled object was."),
    ],
    ..TypeSpec::DEFAULT
};

/// The only keyword argument of `zip` and `map`.
pub(super) fn strict_argument(vm: &Vm, name: &str, args: Args) -> PyResult<bool> {
    at_most_keywords(vm, name, args, 1)?;
    let [strict] = keyword_only(vm, name, args, ["strict"])?;
    Ok(!strict.is_null() && protocol::compare::is_true(vm, strict)?)
}

/// A tuple of iterators over the iterables.
pub(super) fn iterators(vm: &Vm, iterables: &[Value]) -> PyResult {
    let mut all = Vec::with_capacity(iterables.len());
    for v in iterables {
        all.push(protocol::iter::iter(vm, *v)?);
    }
    tuple::from_owned(vm, all)
}

/// Raises the error of a strict iterator, whose argument number `at` (from 0) is too short or too long.
#[cold]
pub(super) fn uneven(vm: &Vm, name: &str, at: usize, shorter: bool) -> Raised {
    let how = if shorter { "shorter" } else { "longer" };
    let others = if at == 1 { " 1".to_owned() } else { format!("s 1-{at}") };
    vm.value_error(&format!("{name}() argument {} is {how} than argument{others}", at + 1))
}

/// After argument 0 ended a strict iterator: all others must have ended too.
pub(super) fn check_all_ended(vm: &Vm, name: &str, iterators: Value) -> PyResult<()> {
    for (i, it) in tuple::items(&iterators).iter().enumerate().skip(1) {
        if protocol::iter::next(vm, *it)?.is_some() {
            return Err(uneven(vm, name, i, false));
        }
    }
    Ok(())
}

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ty = TypeRef::from_value(vm, cls).unwrap_or(vm.types.zip);
    let strict = strict_argument(vm, "zip", args)?;
    let iterators = iterators(vm, args.pos())?;
    let p = new_instance::<Zip>(vm, ty)?;
    // SAFETY: a fresh object.
    unsafe {
        (*p).iterators = iterators.into_value();
        (*p).strict = strict;
    }
    Ok(Owned::from_new(p))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let p: *mut Zip = this.as_ptr();
    // SAFETY: the object is alive and owns the tuple of iterators, which never changes.
    let (iterators, strict) = unsafe { ((*p).iterators, (*p).strict) };
    let all = tuple::items(&iterators);
    if all.is_empty() {
        return Ok(None);
    }
    // The items are put together outside of any tuple that Python could see half filled.
    let mut pair = [const { None }; 2];
    let mut many = Vec::new();
    for (i, it) in all.iter().enumerate() {
        match protocol::iter::next(vm, *it)? {
            Some(item) if all.len() <= 2 => pair[i] = Some(item),
            Some(item) => many.push(item),
            None => {
                if strict {
                    if i > 0 {
                        return Err(uneven(vm, "zip", i, true));
                    }
                    check_all_ended(vm, "zip", iterators)?;
                }
                return Ok(None);
            }
        }
    }
    match pair {
        // SAFETY: the object owns its word.
        [Some(a), Some(b)] => unsafe { tuple::recycled_pair(vm, &raw mut (*p).result, a, b).map(Some) },
        [Some(a), None] => tuple::from_owned(vm, vec![a]).map(Some),
        // SAFETY: as above.
        _ => unsafe { recycled(vm, &raw mut (*p).result, many).map(Some) },
    }
}

/// Like [`tuple::recycled_pair`] for any number of items.
unsafe fn recycled(vm: &Vm, kept: *mut Value, items: Vec<Owned>) -> PyResult {
    // SAFETY: a tuple that only `kept` refers to is invisible to everybody; old items are dropped after the stores.
    unsafe {
        let old = *kept;
        if old.is_null() {
            let t = tuple::from_owned(vm, items)?;
            *kept = t.clone().into_value();
            return Ok(t);
        }
        if (*old.header()).rc != 1 {
            return tuple::from_owned(vm, items);
        }
        let t = old.own();
        let q: *mut Tuple = old.as_ptr();
        (*q).hash = -1;
        let mut items = items;
        for (i, v) in items.iter_mut().enumerate() {
            let place = &mut *Tuple::items(q).add(i);
            let new = std::mem::replace(v, Owned::from_owned(*place));
            *place = new.into_value();
        }
        Ok(t)
    }
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let p: *mut Zip = this.as_ptr();
    let ty = type_of(vm, this).value();
    // SAFETY: the object is alive.
    let (iterators, strict) = unsafe { ((*p).iterators, (*p).strict) };
    if strict {
        tuple::from_slice(vm, &[ty, iterators, Value::TRUE])
    } else {
        tuple::from_slice(vm, &[ty, iterators])
    }
}

fn set_state(vm: &Vm, this: Value, state: Value) -> PyResult {
    let strict = protocol::compare::is_true(vm, state)?;
    // SAFETY: the object is alive.
    unsafe { (*this.as_ptr::<Zip>()).strict = strict };
    Ok(Owned::none())
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    let p = object as *mut Zip;
    // SAFETY: the object is dying and owns its words.
    unsafe {
        decref((*p).iterators);
        decref((*p).result);
    }
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    let p = object as *mut Zip;
    // SAFETY: a live object.
    unsafe {
        for v in [(*p).iterators, (*p).result] {
            if !v.is_null() {
                visit(v);
            }
        }
    }
}
