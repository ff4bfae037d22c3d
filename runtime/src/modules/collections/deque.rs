//! `collections.deque`.
//!
//! Items are in a ring buffer. Whatever changes the number of items moves `state` on, by which iterators and searches that
//! run Python notice it.

use std::collections::VecDeque;

use taipan_layout::Value;

use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::slots::CompareOp;
use crate::objects::spec::{TypeSpec, class_method, getter, method, method0, method1, tp_flags};
use crate::objects::{Slots, genericalias, int, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Default)]
pub struct Deque {
    items: VecDeque<Owned>,
    max: Option<usize>,
    state: usize,
}
native_data!(Deque: items);

pub static SPEC: TypeSpec = TypeSpec {
    name: "collections.deque",
    flags: tp_flags::HAVE_GC | tp_flags::BASETYPE | tp_flags::WEAKREFABLE | tp_flags::SEQUENCE,
    doc: "A sequence that grows and shrinks at both ends in constant time.",
    signature: "([iterable[, maxlen]])",
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, Deque::default())),
        init: Some(init),
        repr: Some(repr),
        iter: Some(|vm, this| iterate(vm, this, 0)),
        len: Some(|_, this| Ok(deque(this).items.len())),
        get_item: Some(get_item),
        set_item: Some(set_item),
        contains: Some(contains),
        richcompare: Some(richcompare),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(|vm, this, other| {
            extend(vm, this, other)?;
            Ok(this.own())
        }),
        inplace_repeat: Some(inplace_repeat),
        ..native::slots::<Deque>()
    },
    methods: &[
        method1(
            "append",
            "($self, item, /)",
            |vm, this, v| {
                push(vm, this, v, false);
                Ok(Owned::none())
            },
            "Put an item at the right end.",
        ),
        method1(
            "appendleft",
            "($self, item, /)",
            |vm, this, v| {
                push(vm, this, v, true);
                Ok(Owned::none())
            },
            "Put an item at the left end.",
        ),
        method0("clear", clear, "Leave no item in the deque."),
        method0("copy", copy, "A new deque with the same items."),
        method0("__copy__", copy, "A new deque with the same items."),
        method1("count", "($self, value, /)", count, "How many items equal value."),
        method1("extend", "($self, iterable, /)", extend, "Put all items of iterable at the right end."),
        method1(
            "extendleft",
            "($self, iterable, /)",
            extendleft,
            "Put all items of iterable at the left end, each in front of the one before.",
        ),
        method(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.",
        ),
        method("insert", "($self, index, value, /)", insert, "Put value in front of the item at index."),
        method0("pop", |vm, this| pop(vm, this, false), "Take the item at the right end out and return it."),
        method0(
            "popleft",
            |vm, this| pop(vm, this, true),
            "Take the item at the left end out and return it.",
        ),
        method1("remove", "($self, value, /)", remove, "Take out the first item that equals value."),
        method0(
            "reverse",
            |_, this| {
                deque(this).items.make_contiguous().reverse();
                Ok(Owned::none())
            },
            "Turn the order of the items around, without a copy.",
        ),
        method(
            "rotate",
            "($self, n=1, /)",
            rotate,
            "Move n items from the right end to the left one; from left to right if n is negative.",
        ),
        method0("__reversed__", |vm, this| reverse_iterate(vm, this, 0), "The items from right to left."),
        method0("__reduce__", reduce, "What pickle needs to make the object again."),
        class_method("__class_getitem__", "($type, item, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    getset: &[getter(
        "maxlen",
        |vm, this| match deque(this).max {
            Some(n) => int::from_usize(vm, n),
            None => Ok(Owned::none()),
        },
        "How many items the deque can have; None: any number",
    )],
    ..native::spec::<Deque>()
};

fn deque<'a>(this: Value) -> &'a mut Deque {
    native::data(this)
}

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([iterable, max], _keep) = native::bind(vm, "deque", "(iterable=None, maxlen=None)", args)?;
    let max = match native::given(max) {
        None => None,
        Some(v) if int::is_int(vm, v) => {
            let n = protocol::index::to_isize(vm, v)?;
            Some(usize::try_from(n).map_err(|_| vm.value_error("maxlen must be non-negative"))?)
        }
        Some(_) => return Err(vm.type_error("an integer is required")),
    };
    clear(vm, this)?;
    deque(this).max = max;
    if let Some(iterable) = native::passed(iterable) {
        extend(vm, this, iterable)?;
    }
    Ok(())
}

/// Adds an item at one end; one at the other end makes room when there is a limit.
fn push(_: &Vm, this: Value, v: Value, left: bool) {
    let d = deque(this);
    d.state += 1;
    if left {
        d.items.push_front(v.own());
    } else {
        d.items.push_back(v.own());
    }
    let surplus = d
        .max
        .filter(|max| d.items.len() > *max)
        .and_then(|_| if left { d.items.pop_back() } else { d.items.pop_front() });
    drop(surplus);
}

fn clear(_: &Vm, this: Value) -> PyResult {
    let d = deque(this);
    d.state += 1;
    let items = std::mem::take(&mut d.items);
    drop(items);
    Ok(Owned::none())
}

fn extend(vm: &Vm, this: Value, iterable: Value) -> PyResult {
    extend_at(vm, this, iterable, false)
}

fn extendleft(vm: &Vm, this: Value, iterable: Value) -> PyResult {
    extend_at(vm, this, iterable, true)
}

fn extend_at(vm: &Vm, this: Value, iterable: Value, left: bool) -> PyResult {
    if iterable == this {
        for item in snapshot(this) {
            push(vm, this, *item, left);
        }
        return Ok(Owned::none());
    }
    protocol::iter::for_each(vm, iterable, |item| {
        push(vm, this, *item, left);
        Ok(())
    })?;
    Ok(Owned::none())
}

fn snapshot(this: Value) -> Vec<Owned> {
    deque(this).items.iter().cloned().collect()
}

/// A new deque of the same class.
fn like(vm: &Vm, this: Value, items: Vec<Owned>) -> PyResult {
    let (ty, max) = (type_of(vm, this), deque(this).max);
    if ty == vm.types.deque {
        let skip = max.map_or(0, |max| items.len().saturating_sub(max));
        let items = items.into_iter().skip(skip).collect();
        return native::new(vm, ty, Deque { items, max, state: 0 });
    }
    let items = list::new(vm, items)?;
    match max {
        Some(max) => protocol::call::positional(vm, ty.value(), &[*items, *int::from_usize(vm, max)?]),
        None => protocol::call::positional(vm, ty.value(), &[*items]),
    }
}

fn copy(vm: &Vm, this: Value) -> PyResult {
    let result = like(vm, this, snapshot(this))?;
    // The class of a subclass may make something else.
    if !is_instance(vm, *result, vm.types.deque) {
        let (class, got) = (type_of(vm, this).name_str(), type_of(vm, *result).name_str());
        return Err(vm.type_error(&format!("{class}() must return a deque, not {got}")));
    }
    Ok(result)
}

fn pop(vm: &Vm, this: Value, left: bool) -> PyResult {
    let d = deque(this);
    let item = if left { d.items.pop_front() } else { d.items.pop_back() };
    match item {
        Some(item) => {
            d.state += 1;
            Ok(item)
        }
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

/// Calls `f` with each item and its place until it says true; complains when the deque changes meanwhile.
fn search(
    vm: &Vm,
    this: Value,
    from: usize,
    to: usize,
    wanted: Value,
    mut f: impl FnMut(usize) -> bool,
) -> PyResult<()> {
    let state = deque(this).state;
    for i in from..to {
        let Some(item) = deque(this).items.get(i).cloned() else { break };
        let same = *item == wanted || protocol::compare::equal(vm, *item, wanted)?;
        if deque(this).state != state {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        if same && f(i) {
            break;
        }
    }
    Ok(())
}

fn find(vm: &Vm, this: Value, wanted: Value, from: usize, to: usize) -> PyResult<Option<usize>> {
    let mut found = None;
    search(vm, this, from, to, wanted, |i| {
        found = Some(i);
        true
    })?;
    Ok(found)
}

fn count(vm: &Vm, this: Value, wanted: Value) -> PyResult {
    let mut n = 0;
    search(vm, this, 0, deque(this).items.len(), wanted, |_| {
        n += 1;
        false
    })?;
    Ok(Owned::fixnum(n))
}

fn contains(vm: &Vm, this: Value, wanted: Value) -> PyResult<bool> {
    Ok(find(vm, this, wanted, 0, deque(this).items.len())?.is_some())
}

fn index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let len = deque(this).items.len();
    let bound = |v: Value, default: usize| -> PyResult<usize> {
        match native::passed(v) {
            None => Ok(default),
            Some(v) => {
                let n = protocol::index::to_isize_clamped(vm, v)?;
                let n = if n < 0 { n + len as isize } else { n };
                Ok(n.clamp(0, len as isize) as usize)
            }
        }
    };
    let (from, to) = (bound(args[1], 0)?, bound(args[2], len)?);
    match find(vm, this, args[0], from, to)? {
        Some(i) => int::from_usize(vm, i),
        None => Err(vm.value_error("deque.index(x): x not in deque")),
    }
}

fn remove(vm: &Vm, this: Value, wanted: Value) -> PyResult {
    let len = deque(this).items.len();
    match find(vm, this, wanted, 0, len) {
        Ok(Some(i)) => {
            let d = deque(this);
            d.state += 1;
            let gone = d.items.remove(i);
            drop(gone);
            Ok(Owned::none())
        }
        Ok(None) => Err(vm.value_error("deque.remove(x): x not in deque")),
        Err(raised) => {
            let e = vm.take_exception(raised);
            if deque(this).items.len() != len && is_instance(vm, *e, vm.types.runtime_error) {
                return Err(vm.index_error("deque mutated during remove()."));
            }
            Err(vm.restore_exception(e))
        }
    }
}

fn insert(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let i = protocol::index::to_isize(vm, args[0])?;
    let d = deque(this);
    let len = d.items.len() as isize;
    if d.max == Some(d.items.len()) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let place = if i < 0 { (i + len).max(0) } else { i.min(len) };
    d.state += 1;
    d.items.insert(place as usize, args[1].own());
    Ok(Owned::none())
}

fn rotate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = match native::passed(args[0]) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => 1,
    };
    let d = deque(this);
    if !d.items.is_empty() {
        d.state += 1;
        let by = n.rem_euclid(d.items.len() as isize) as usize;
        d.items.rotate_right(by);
    }
    Ok(Owned::none())
}

fn place(vm: &Vm, this: Value, key: Value) -> PyResult<usize> {
    if type_of(vm, key).slots().index.is_none() {
        let got = type_of(vm, key).name_str();
        return Err(vm.type_error(&format!("sequence index must be integer, not '{got}'")));
    }
    let i = protocol::index::to_subscript(vm, key)?;
    let len = deque(this).items.len() as isize;
    let i = if i < 0 { i + len } else { i };
    if (0..len).contains(&i) { Ok(i as usize) } else { Err(vm.index_error("deque index out of range")) }
}

fn get_item(vm: &Vm, this: Value, key: Value) -> PyResult {
    let i = place(vm, this, key)?;
    Ok(deque(this).items[i].clone())
}

fn set_item(vm: &Vm, this: Value, key: Value, value: Option<Value>) -> PyResult<()> {
    let i = place(vm, this, key)?;
    let d = deque(this);
    let old = match value {
        Some(v) => Some(std::mem::replace(&mut d.items[i], v.own())),
        None => {
            d.state += 1;
            d.items.remove(i)
        }
    };
    drop(old);
    Ok(())
}

fn concat(vm: &Vm, this: Value, other: Value) -> PyResult {
    if !is_instance(vm, other, vm.types.deque) {
        let got = type_of(vm, other).name_str();
        return Err(vm.type_error(&format!("can only concatenate deque (not \"{got}\") to deque")));
    }
    let result = copy(vm, this)?;
    extend(vm, *result, other)?;
    Ok(result)
}

fn repeat(vm: &Vm, this: Value, n: isize) -> PyResult {
    let result = copy(vm, this)?;
    inplace_repeat(vm, *result, n)
}

fn inplace_repeat(vm: &Vm, this: Value, n: isize) -> PyResult {
    if n <= 0 {
        clear(vm, this)?;
        return Ok(this.own());
    }
    let items = snapshot(this);
    let max = deque(this).max;
    if items.len().checked_mul(n as usize).is_none_or(|total| total > isize::MAX as usize / 8) {
        return Err(vm.memory_error());
    }
    // With a limit, the last rounds decide.
    let rounds = match max {
        Some(max) if !items.is_empty() => (n as usize - 1).min(max / items.len() + 1),
        _ => n as usize - 1,
    };
    if max.is_none() && deque(this).items.try_reserve(items.len() * rounds).is_err() {
        return Err(vm.memory_error());
    }
    for _ in 0..rounds {
        items.iter().for_each(|item| push(vm, this, **item, false));
    }
    Ok(this.own())
}

fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_instance(vm, a, vm.types.deque) || !is_instance(vm, b, vm.types.deque) {
        return Ok(Owned::not_implemented());
    }
    let (x, y) = (list::new(vm, snapshot(a))?, list::new(vm, snapshot(b))?);
    protocol::compare::rich(vm, *x, *y, op)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = type_of(vm, this).short_name();
    let Some(_guard) = protocol::object::repr_guard(vm, this) else { return str::new(vm, "[...]") };
    let items = list::new(vm, snapshot(this))?;
    let items = protocol::object::repr(vm, *items)?;
    let mut out = str::StrBuilder::new();
    out.push_str(&name);
    out.push_str("(");
    out.push_value(*items);
    if let Some(max) = deque(this).max {
        out.push_str(&format!(", maxlen={max}"));
    }
    out.push_str(")");
    out.finish(vm)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let state = protocol::call::method(vm, this, *vm.names.__getstate__, &[])?;
    let args = match deque(this).max {
        Some(max) => tuple::from_slice(vm, &[*tuple::empty(vm), *int::from_usize(vm, max)?])?,
        None => tuple::empty(vm),
    };
    let items = protocol::iter::iter(vm, this)?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args, *state, *items])
}

// ---- iterators ----

#[derive(Default)]
pub struct Iter {
    deque: Option<Owned>,
    index: usize,
    state: usize,
    backwards: bool,
}
native_data!(Iter: deque);

const fn iterator(name: &'static str, construct: crate::objects::slots::CallFn) -> TypeSpec {
    TypeSpec {
        name,
        slots: Slots {
            new: Some(construct),
            iter: Some(|_, this| Ok(this.own())),
            next: Some(next),
            ..native::slots::<Iter>()
        },
        methods: ITERATOR_METHODS,
        ..native::spec::<Iter>()
    }
}

static ITERATOR_METHODS_TABLE: [crate::objects::spec::MethodSpec; 2] = [
    method0(
        "__length_hint__",
        |vm, this| int::from_usize(vm, left(this)),
        "How many items are to come, as far as one can tell.",
    ),
    method0("__reduce__", reduce_iterator, "What pickle needs to make the object again."),
];
const ITERATOR_METHODS: &[crate::objects::spec::MethodSpec] = &ITERATOR_METHODS_TABLE;

pub static ITERATOR: TypeSpec =
    iterator("_collections._deque_iterator", |vm, _, args| from_arguments(vm, args, iterate));
pub static REVERSE_ITERATOR: TypeSpec =
    iterator("_collections._deque_reverse_iterator", |vm, _, args| from_arguments(vm, args, reverse_iterate));

fn from_arguments(vm: &Vm, args: Args, make: fn(&Vm, Value, usize) -> PyResult) -> PyResult {
    let ([source, index], _keep) = native::bind(vm, "_deque_iterator", "(deque, index=0, /)", args)?;
    if !is_instance(vm, source, vm.types.deque) {
        return Err(vm.type_error("a deque is required"));
    }
    let index = native::passed(index).map_or(Ok(0), |v| protocol::index::to_isize(vm, v))?;
    make(vm, source, index.max(0) as usize)
}

fn iterate(vm: &Vm, this: Value, index: usize) -> PyResult {
    let state = deque(this).state;
    native::new(vm, vm.types.deque_iterator, Iter { deque: Some(this.own()), index, state, backwards: false })
}

fn reverse_iterate(vm: &Vm, this: Value, index: usize) -> PyResult {
    let state = deque(this).state;
    let data = Iter { deque: Some(this.own()), index, state, backwards: true };
    native::new(vm, vm.types.deque_reverse_iterator, data)
}

fn left(this: Value) -> usize {
    let it = native::data::<Iter>(this);
    it.deque.as_ref().map_or(0, |d| deque(**d).items.len().saturating_sub(it.index))
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let it = native::data::<Iter>(this);
    let Some(source) = &it.deque else { return Ok(None) };
    let d = deque(**source);
    if d.state != it.state {
        // It stays broken.
        it.index = usize::MAX;
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let place = if it.backwards { d.items.len().checked_sub(it.index + 1) } else { Some(it.index) };
    match place.and_then(|i| d.items.get(i)).cloned() {
        Some(item) => {
            it.index += 1;
            Ok(Some(item))
        }
        None => {
            let gone = it.deque.take();
            drop(gone);
            Ok(None)
        }
    }
}

fn reduce_iterator(vm: &Vm, this: Value) -> PyResult {
    let it = native::data::<Iter>(this);
    let source = match &it.deque {
        Some(d) => d.clone(),
        None => native::new(vm, vm.types.deque, Deque::default())?,
    };
    let args = tuple::from_slice(vm, &[*source, *int::from_usize(vm, it.index)?])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}
