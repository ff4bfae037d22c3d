//! `_queue`: a queue between threads.
//!
//! Items change under the interpreter lock. Who has to wait for one sleeps on a word that every `put` changes, and looks
//! again when it wakes up: somebody else may have been faster.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::args::Args;
use crate::objects::spec::{TypeSpec, class_method, method, method0, tp_flags};
use crate::objects::{Slots, TypeRef, genericalias, int, is_instance, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::threads::wait::Word;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_queue",
    doc: "The native part of queue.",
    functions: &[],
    fill: |vm, m| {
        let empty = super::new_exception(vm, "_queue", "Empty", vm.types.exception)?;
        let doc = crate::objects::str::new(vm, "Raised by get() when the queue has nothing to give.")?;
        protocol::attr::set(vm, *empty, *vm.names.__doc__, *doc)?;
        super::set(vm, m, "Empty", *empty)?;
        super::add_type(vm, m, vm.types.simple_queue, &SIMPLE_QUEUE)
    },
};

#[derive(Default)]
pub struct Queue {
    items: VecDeque<Owned>,
    /// Counts what was put in.
    changes: Word,
}
native_data!(Queue: items);

pub static SIMPLE_QUEUE: TypeSpec = TypeSpec {
    name: "_queue.SimpleQueue",
    flags: tp_flags::HAVE_GC
        | tp_flags::BASETYPE
        | tp_flags::WEAKREFABLE
        | tp_flags::IMMUTABLETYPE
        | tp_flags::MADE_BY_MODULE,
    doc: "A queue without a limit: first in, first out.",
    signature: "()",
    slots: Slots { new: Some(new), ..native::slots::<Queue>() },
    methods: &[
        method0(
            "empty",
            |_, q| Ok(Owned::bool(queue(q).items.is_empty())),
            "Whether there is nothing to get.",
        ),
        method(
            "get",
            "($self, /, block=True, timeout=None)",
            get,
            "Take the first item out of the queue and return it.\n\n\
             When there is none: without block raises Empty at once, otherwise waits for one, with a\n\
             timeout for that many seconds at most before it raises Empty.",
        ),
        method0(
            "get_nowait",
            |vm, q| queue(q).items.pop_front().ok_or_else(|| empty(vm)),
            "Take the first item out of the queue and return it; raises Empty when there is none.",
        ),
        method(
            "put",
            "($self, /, item, block=True, timeout=None)",
            put,
            "Put an item in. This never waits; block and timeout are there for the sake of Queue.put().",
        ),
        method("put_nowait", "($self, /, item)", put, "Put an item in, the same as put(item)."),
        method0("qsize", |vm, q| int::from_usize(vm, queue(q).items.len()), "How many items there are."),
        class_method("__class_getitem__", "($type, object, /)", genericalias::class_getitem, "See PEP 585"),
    ],
    ..native::spec::<Queue>()
};

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    // Arguments are for the `__init__` of a subclass.
    let init = |ty: TypeRef| ty.slots().init.map(|f| f as usize);
    let takes_none = TypeRef::from_value(vm, cls).is_none_or(|ty| init(ty) == init(vm.types.simple_queue));
    if takes_none && args.keyword_count() > 0 {
        return Err(vm.type_error("SimpleQueue() takes no keyword arguments"));
    }
    if takes_none && !args.pos().is_empty() {
        return Err(vm.type_error("SimpleQueue() takes no positional arguments"));
    }
    native::construct(vm, cls, Queue::default())
}

fn queue<'a>(this: Value) -> &'a mut Queue {
    native::data(this)
}

#[cold]
fn empty(vm: &Vm) -> Raised {
    let class = super::attribute(vm, "_queue", "Empty").and_then(|e| TypeRef::from_value(vm, *e));
    vm.raise_with(class.unwrap_or(vm.types.exception), &[])
}

fn put(_: &Vm, this: Value, args: &[Value]) -> PyResult {
    let q = queue(this);
    q.items.push_back(args[0].own());
    q.changes.set(q.changes.get().wrapping_add(1), 1);
    Ok(Owned::none())
}

fn get(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let block = match native::passed(args[0]) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => true,
    };
    let patience = match native::given(args[1]) {
        Some(timeout) if block => Some(seconds(vm, timeout)?),
        _ => None,
    };
    let until = patience.and_then(|t| Instant::now().checked_add(t));
    loop {
        if let Some(item) = queue(this).items.pop_front() {
            return Ok(item);
        }
        if !block || until.is_some_and(|t| Instant::now() >= t) {
            return Err(empty(vm));
        }
        // The caller keeps the queue alive, so the word stays where it is.
        let changes = &queue(this).changes;
        changes.wait(vm, changes.get(), until)?;
    }
}

fn seconds(vm: &Vm, timeout: Value) -> PyResult<Duration> {
    let is_number = is_instance(vm, timeout, vm.types.float) || type_of(vm, timeout).slots().index.is_some();
    if !is_number {
        let got = type_of(vm, timeout).name_str();
        return Err(vm.type_error(&format!("'{got}' object cannot be interpreted as an integer or float")));
    }
    let seconds = protocol::number::to_float(vm, timeout)?;
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    // CPython counts nanoseconds in 64 bits.
    if seconds.abs() * 1e9 >= i64::MAX as f64 {
        return Err(vm.overflow_error("timestamp out of range for C PyTime_t"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("'timeout' must be a non-negative number"));
    }
    Ok(Duration::from_secs_f64(seconds))
}
