//! Iterators without an end: `count`, `cycle`, `repeat`.

use taipan_layout::Value;

use super::{FLAGS, iterator_slots, pull};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{TypeSpec, method0};
use crate::objects::{Slots, int, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, number::NbOp};
use crate::vm::Vm;

// ---- count ----

#[derive(Default)]
pub struct Count {
    /// The next number; None only in an instance that was cleared.
    next: Option<Owned>,
    step: Option<Owned>,
}
native_data!(Count: next, step);

pub static COUNT: TypeSpec = TypeSpec {
    name: "itertools.count",
    flags: FLAGS,
    doc: "Return a count object whose .__next__() method returns consecutive values.",
    signature: "(start=0, step=1)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([start, step], _keep) = native::bind(vm, "count", "(start=0, step=1)", args)?;
            for v in [start, step].into_iter().filter_map(native::passed) {
                if !(protocol::number::is_real(vm, v) || crate::objects::is_instance(vm, v, vm.types.complex))
                {
                    return Err(vm.type_error("a number is required"));
                }
            }
            let or = |v: Value, default| native::passed(v).unwrap_or(Value::fixnum(default)).own();
            native::construct(vm, cls, Count { next: Some(or(start, 0)), step: Some(or(step, 1)) })
        }),
        next: Some(|vm, this| {
            let count = native::data::<Count>(this);
            let (Some(now), Some(step)) = (count.next.clone(), count.step.clone()) else { return Ok(None) };
            let next = protocol::number::binary(vm, NbOp::Add, *now, *step)?;
            native::data::<Count>(this).next = Some(next);
            Ok(Some(now))
        }),
        repr: Some(|vm, this| {
            let count = native::data::<Count>(this);
            let (Some(now), Some(step)) = (count.next.clone(), count.step.clone()) else {
                return str::new(vm, "count()");
            };
            let name = type_of(vm, this).short_name();
            let now = protocol::object::repr_string(vm, *now)?;
            if int::as_i64(*step) == Some(1) {
                return str::new(vm, &format!("{name}({now})"));
            }
            let step = protocol::object::repr_string(vm, *step)?;
            str::new(vm, &format!("{name}({now}, {step})"))
        }),
        ..native::slots::<Count>()
    }),
    ..native::spec::<Count>()
};

// ---- cycle ----

#[derive(Default)]
pub struct Cycle {
    source: Option<Owned>,
    saved: Vec<Owned>,
    index: usize,
}
native_data!(Cycle: source, saved);

pub static CYCLE: TypeSpec = TypeSpec {
    name: "itertools.cycle",
    flags: FLAGS,
    doc: "The items of the iterable, over and over.",
    signature: "(iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let args = native::for_new(vm, cls, vm.types.it_cycle, args);
            let ([iterable], _keep) = native::bind(vm, "cycle", "(iterable, /)", args)?;
            let source = protocol::iter::iter(vm, iterable)?;
            native::construct(vm, cls, Cycle { source: Some(source), ..Cycle::default() })
        }),
        next: Some(|vm, this| {
            let source = native::data::<Cycle>(this).source.clone();
            if let Some(item) = pull(vm, &source)? {
                native::data::<Cycle>(this).saved.push(item.clone());
                return Ok(Some(item));
            }
            let cycle = native::data::<Cycle>(this);
            cycle.source = None;
            let Some(item) = cycle.saved.get(cycle.index).cloned() else { return Ok(None) };
            cycle.index = (cycle.index + 1) % cycle.saved.len();
            Ok(Some(item))
        }),
        ..native::slots::<Cycle>()
    }),
    ..native::spec::<Cycle>()
};

// ---- repeat ----

#[derive(Default)]
pub struct Repeat {
    object: Option<Owned>,
    /// `None`: for ever.
    left: Option<isize>,
}
native_data!(Repeat: object);

pub static REPEAT: TypeSpec = TypeSpec {
    name: "itertools.repeat",
    flags: FLAGS,
    doc: "Return the object the given number of times, or for ever.",
    signature: "(object, times=<unrepresentable>)",
    slots: iterator_slots(Slots {
        new: Some(new_repeat),
        next: Some(|_, this| {
            let repeat = native::data::<Repeat>(this);
            match &mut repeat.left {
                Some(n) if *n <= 0 => return Ok(None),
                Some(n) => *n -= 1,
                None => {}
            }
            Ok(repeat.object.clone())
        }),
        repr: Some(|vm, this| {
            let repeat = native::data::<Repeat>(this);
            let Some(object) = repeat.object.clone() else { return str::new(vm, "repeat()") };
            let left = repeat.left;
            let name = type_of(vm, this).short_name();
            let object = protocol::object::repr_string(vm, *object)?;
            str::new(
                vm,
                &match left {
                    Some(n) => format!("{name}({object}, {n})"),
                    None => format!("{name}({object})"),
                },
            )
        }),
        ..native::slots::<Repeat>()
    }),
    methods: &[method0(
        "__length_hint__",
        |vm, this| match native::data::<Repeat>(this).left {
            Some(n) => int::new(vm, n as i64),
            None => Err(vm.type_error("len() of unsized object")),
        },
        "How many times are left.",
    )],
    ..native::spec::<Repeat>()
};

fn new_repeat(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let ([object, times], _keep) = native::bind(vm, "repeat", "(object, times=<unrepresentable>)", args)?;
    let left = match native::passed(times) {
        Some(n) => Some(protocol::index::to_isize(vm, n)?.max(0)),
        None => None,
    };
    native::construct(vm, cls, Repeat { object: Some(object.own()), left })
}
