//! Iterators over some items of one iterable, or over what a function makes of them.

use taipan_layout::Value;

use super::{FLAGS, iterator_slots, pull};
use crate::modules::native::{self, native_data};
use crate::objects::Slots;
use crate::objects::spec::TypeSpec;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{self, number::NbOp};
use crate::vm::Vm;

/// A function and an iterator.
#[derive(Default)]
pub struct WithFunction {
    function: Option<Owned>,
    source: Option<Owned>,
    /// `dropwhile`: items pass; `takewhile`: none pass any more.
    switched: bool,
}
native_data!(WithFunction: function, source);

impl WithFunction {
    fn parts(this: Value) -> Option<(Owned, Owned)> {
        let data = native::data::<WithFunction>(this);
        Some((data.function.clone()?, data.source.clone()?))
    }
}

/// The constructor of the types that take a function and an iterable.
macro_rules! with_function {
    ($name:literal, $own:ident, $signature:literal) => {
        |vm, cls, args| {
            let args = native::for_new(vm, cls, vm.types.$own, args);
            let ([function, iterable], _keep) = native::bind(vm, $name, $signature, args)?;
            let source = Some(protocol::iter::iter(vm, iterable)?);
            native::construct(
                vm,
                cls,
                WithFunction { function: Some(function.own()), source, switched: false },
            )
        }
    };
}

pub static DROPWHILE: TypeSpec = TypeSpec {
    name: "itertools.dropwhile",
    flags: FLAGS,
    doc: "The items from the first for which predicate(item) is false.",
    signature: "(predicate, iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(with_function!("dropwhile", it_dropwhile, "(predicate, iterable, /)")),
        next: Some(|vm, this| {
            let Some((function, source)) = WithFunction::parts(this) else { return Ok(None) };
            while let Some(item) = protocol::iter::next(vm, *source)? {
                if native::data::<WithFunction>(this).switched {
                    return Ok(Some(item));
                }
                let verdict = protocol::call::positional(vm, *function, &[*item])?;
                if !protocol::compare::is_true(vm, *verdict)? {
                    native::data::<WithFunction>(this).switched = true;
                    return Ok(Some(item));
                }
            }
            Ok(None)
        }),
        ..native::slots::<WithFunction>()
    }),
    ..native::spec::<WithFunction>()
};

pub static TAKEWHILE: TypeSpec = TypeSpec {
    name: "itertools.takewhile",
    flags: FLAGS,
    doc: "The items up to the first for which predicate(item) is false.",
    signature: "(predicate, iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(with_function!("takewhile", it_takewhile, "(predicate, iterable, /)")),
        next: Some(|vm, this| {
            let Some((function, source)) = WithFunction::parts(this) else { return Ok(None) };
            if native::data::<WithFunction>(this).switched {
                return Ok(None);
            }
            let Some(item) = protocol::iter::next(vm, *source)? else { return Ok(None) };
            let verdict = protocol::call::positional(vm, *function, &[*item])?;
            if protocol::compare::is_true(vm, *verdict)? {
                return Ok(Some(item));
            }
            native::data::<WithFunction>(this).switched = true;
            Ok(None)
        }),
        ..native::slots::<WithFunction>()
    }),
    ..native::spec::<WithFunction>()
};

pub static FILTERFALSE: TypeSpec = TypeSpec {
    name: "itertools.filterfalse",
    flags: FLAGS,
    doc: "The items for which function(item) is false.\n\nWith None, those that are false themselves.",
    signature: "(function, iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(with_function!("filterfalse", it_filterfalse, "(function, iterable, /)")),
        next: Some(|vm, this| {
            let Some((function, source)) = WithFunction::parts(this) else { return Ok(None) };
            let plain = function.is_none() || *function == vm.types.bool.value();
            while let Some(item) = protocol::iter::next(vm, *source)? {
                let holds = if plain {
                    protocol::compare::is_true(vm, *item)?
                } else {
                    let verdict = protocol::call::positional(vm, *function, &[*item])?;
                    protocol::compare::is_true(vm, *verdict)?
                };
                if !holds {
                    return Ok(Some(item));
                }
            }
            Ok(None)
        }),
        ..native::slots::<WithFunction>()
    }),
    ..native::spec::<WithFunction>()
};

pub static STARMAP: TypeSpec = TypeSpec {
    name: "itertools.starmap",
    flags: FLAGS,
    doc: "function(*arguments) for each tuple of arguments that the iterable gives.",
    signature: "(function, iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(with_function!("starmap", it_starmap, "(function, iterable, /)")),
        next: Some(|vm, this| {
            let Some((function, source)) = WithFunction::parts(this) else { return Ok(None) };
            let Some(item) = protocol::iter::next(vm, *source)? else { return Ok(None) };
            let arguments = protocol::iter::collect(vm, *item)?;
            let words: Vec<Value> = arguments.iter().map(|a| **a).collect();
            protocol::call::positional(vm, *function, &words).map(Some)
        }),
        ..native::slots::<WithFunction>()
    }),
    ..native::spec::<WithFunction>()
};

// ---- compress ----

#[derive(Default)]
pub struct Compress {
    data: Option<Owned>,
    selectors: Option<Owned>,
}
native_data!(Compress: data, selectors);

pub static COMPRESS: TypeSpec = TypeSpec {
    name: "itertools.compress",
    flags: FLAGS,
    doc: "Return data elements corresponding to true selector elements.",
    signature: "(data, selectors)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([data, selectors], _keep) = native::bind(vm, "compress", "(data, selectors)", args)?;
            let data = Some(protocol::iter::iter(vm, data)?);
            let selectors = Some(protocol::iter::iter(vm, selectors)?);
            native::construct(vm, cls, Compress { data, selectors })
        }),
        next: Some(|vm, this| {
            let compress = native::data::<Compress>(this);
            let (data, selectors) = (compress.data.clone(), compress.selectors.clone());
            loop {
                let Some(item) = pull(vm, &data)? else { return Ok(None) };
                let Some(selector) = pull(vm, &selectors)? else { return Ok(None) };
                if protocol::compare::is_true(vm, *selector)? {
                    return Ok(Some(item));
                }
            }
        }),
        ..native::slots::<Compress>()
    }),
    ..native::spec::<Compress>()
};

// ---- islice ----

#[derive(Default)]
pub struct Islice {
    source: Option<Owned>,
    /// Items taken from the source so far.
    taken: usize,
    next: usize,
    stop: Option<usize>,
    step: usize,
}
native_data!(Islice: source);

pub static ISLICE: TypeSpec = TypeSpec {
    name: "itertools.islice",
    flags: FLAGS,
    doc: "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an \
          iterator over selected items, as a slice would take them from a sequence.",
    slots: iterator_slots(Slots {
        new: Some(new_islice),
        next: Some(next_islice),
        ..native::slots::<Islice>()
    }),
    ..native::spec::<Islice>()
};

fn new_islice(vm: &Vm, cls: Value, args: crate::args::Args) -> PyResult {
    let args = native::for_new(vm, cls, vm.types.it_islice, args);
    crate::signature::no_keywords(vm, "islice", &args)?;
    crate::signature::positional_between(vm, "islice", &args, 2, 4)?;
    let a = args.pos();
    let bound = |v: Value, text: &str| -> PyResult<Option<usize>> {
        if v.is_none() {
            return Ok(None);
        }
        let n = match protocol::index::to_isize(vm, v) {
            Ok(n) => n,
            Err(raised) => {
                vm.discard(raised);
                -1
            }
        };
        usize::try_from(n).map(Some).map_err(|_| vm.value_error(text))
    };
    const STOP: &str = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let (start, stop) = match a.len() {
        2 => (0, bound(a[1], STOP)?),
        _ => (bound(a[1], INDICES)?.unwrap_or(0), bound(a[2], INDICES)?),
    };
    let step = match a.get(3) {
        None => 1,
        Some(v) => {
            let text = "Step for islice() must be a positive integer or None.";
            match bound(*v, text)? {
                None => 1,
                Some(0) => return Err(vm.value_error(text)),
                Some(n) => n,
            }
        }
    };
    let source = Some(protocol::iter::iter(vm, a[0])?);
    native::construct(vm, cls, Islice { source, taken: 0, next: start, stop, step })
}

fn next_islice(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let slice = native::data::<Islice>(this);
    let Some(source) = slice.source.clone() else { return Ok(None) };
    let target = slice.stop.map_or(slice.next, |stop| slice.next.min(stop));
    while native::data::<Islice>(this).taken < target {
        match protocol::iter::next(vm, *source)? {
            Some(_) => native::data::<Islice>(this).taken += 1,
            None => {
                native::data::<Islice>(this).source = None;
                return Ok(None);
            }
        }
    }
    let slice = native::data::<Islice>(this);
    if slice.stop.is_some_and(|stop| slice.taken >= stop) {
        slice.source = None;
        return Ok(None);
    }
    match protocol::iter::next(vm, *source)? {
        Some(item) => {
            let slice = native::data::<Islice>(this);
            slice.taken += 1;
            slice.next = slice.next.saturating_add(slice.step);
            Ok(Some(item))
        }
        None => {
            native::data::<Islice>(this).source = None;
            Ok(None)
        }
    }
}

// ---- accumulate ----

#[derive(Default)]
pub struct Accumulate {
    source: Option<Owned>,
    function: Option<Owned>,
    total: Option<Owned>,
    initial: Option<Owned>,
}
native_data!(Accumulate: source, function, total, initial);

pub static ACCUMULATE: TypeSpec = TypeSpec {
    name: "itertools.accumulate",
    flags: FLAGS,
    doc: "What has come together so far, after each item: sums, or what the function makes of two.",
    signature: "(iterable, func=None, *, initial=None)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([iterable, function, initial], _keep) =
                native::bind(vm, "accumulate", "(iterable, func=None, *, initial=None)", args)?;
            let source = Some(protocol::iter::iter(vm, iterable)?);
            let data = Accumulate {
                source,
                function: native::own_given(function),
                total: None,
                initial: native::own_given(initial),
            };
            native::construct(vm, cls, data)
        }),
        next: Some(|vm, this| {
            let data = native::data::<Accumulate>(this);
            if let Some(initial) = data.initial.take() {
                data.total = Some(initial.clone());
                return Ok(Some(initial));
            }
            let (source, function) = (data.source.clone(), data.function.clone());
            let Some(item) = pull(vm, &source)? else { return Ok(None) };
            let total = match native::data::<Accumulate>(this).total.clone() {
                None => item,
                Some(total) => match &function {
                    Some(f) => protocol::call::positional(vm, **f, &[*total, *item])?,
                    None => protocol::number::binary(vm, NbOp::Add, *total, *item)?,
                },
            };
            let old = native::data::<Accumulate>(this).total.replace(total.clone());
            drop(old);
            Ok(Some(total))
        }),
        ..native::slots::<Accumulate>()
    }),
    ..native::spec::<Accumulate>()
};
