//! Iterators over several iterables, and several iterators over one.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use taipan_layout::Value;

use super::{FLAGS, iterator_slots, pull};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::{MethodSpec, TypeSpec, class_method1, function, method0, tp_flags};
use crate::objects::{Slots, genericalias, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static FUNCTIONS: &[MethodSpec] = &[function(
    "tee",
    "($module, iterable, n=2, /)",
    tee,
    "n iterators that give the same items independently of each other.",
)];

// ---- chain ----

#[derive(Default)]
pub struct Chain {
    sources: Option<Owned>,
    active: Option<Owned>,
}
native_data!(Chain: sources, active);

pub static CHAIN: TypeSpec = TypeSpec {
    name: "itertools.chain",
    flags: FLAGS,
    doc: "The items of the first iterable, then those of the next, and so on.",
    signature: "(*iterables)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let args = native::for_new(vm, cls, vm.types.it_chain, args);
            crate::signature::no_keywords(vm, "chain", &args)?;
            let all = tuple::from_slice(vm, args.pos())?;
            native::construct(vm, cls, Chain { sources: Some(protocol::iter::iter(vm, *all)?), active: None })
        }),
        next: Some(next_chain),
        ..native::slots::<Chain>()
    }),
    methods: &[
        class_method1(
            "from_iterable",
            "($type, iterable, /)",
            |vm, cls, iterable| {
                let sources = Some(protocol::iter::iter(vm, iterable)?);
                native::construct(vm, cls, Chain { sources, active: None })
            },
            "The items of all iterables that an iterable gives, which is not asked ahead of time.",
        ),
        crate::objects::spec::class_method(
            "__class_getitem__",
            "($type, item, /)",
            genericalias::class_getitem,
            "",
        ),
    ],
    ..native::spec::<Chain>()
};

fn next_chain(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    loop {
        let chain = native::data::<Chain>(this);
        let active = chain.active.clone();
        if let Some(item) = pull(vm, &active)? {
            return Ok(Some(item));
        }
        let sources = native::data::<Chain>(this).sources.clone();
        let Some(next) = pull(vm, &sources)? else {
            let chain = native::data::<Chain>(this);
            let gone = (chain.active.take(), chain.sources.take());
            drop(gone);
            return Ok(None);
        };
        let next = match protocol::iter::iter(vm, *next) {
            Ok(next) => next,
            Err(raised) => {
                native::data::<Chain>(this).sources = None;
                return Err(raised);
            }
        };
        let old = native::data::<Chain>(this).active.replace(next);
        drop(old);
    }
}

// ---- zip_longest ----

#[derive(Default)]
pub struct ZipLongest {
    /// `None` where an iterator has ended.
    sources: Vec<Option<Owned>>,
    fill: Option<Owned>,
}
native_data!(ZipLongest: sources, fill);

pub static ZIP_LONGEST: TypeSpec = TypeSpec {
    name: "itertools.zip_longest",
    flags: FLAGS,
    doc: "Return a zip_longest object whose .__next__() method returns a tuple where the i-th element comes from the i-th \
          iterable argument, until the longest one is exhausted.",
    slots: iterator_slots(Slots {
        new: Some(new_zip_longest),
        next: Some(next_zip_longest),
        ..native::slots::<ZipLongest>()
    }),
    ..native::spec::<ZipLongest>()
};

fn new_zip_longest(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let mut fill = Owned::none();
    for (name, value) in args.keywords() {
        if crate::objects::str::to_string_lossy(name) != "fillvalue" {
            return Err(vm.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value.own();
    }
    let sources =
        args.pos().iter().map(|v| protocol::iter::iter(vm, *v).map(Some)).collect::<PyResult<Vec<_>>>()?;
    native::construct(vm, cls, ZipLongest { sources, fill: Some(fill) })
}

fn next_zip_longest(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let count = native::data::<ZipLongest>(this).sources.len();
    let mut items = Vec::with_capacity(count);
    for i in 0..count {
        let source = native::data::<ZipLongest>(this).sources.get(i).cloned().flatten();
        let item = match pull(vm, &source)? {
            Some(item) => item,
            None => {
                let zip = native::data::<ZipLongest>(this);
                if let Some(ended) = zip.sources.get_mut(i).and_then(Option::take) {
                    let all_ended = zip.sources.iter().all(Option::is_none);
                    drop(ended);
                    if all_ended {
                        return Ok(None);
                    }
                }
                native::data::<ZipLongest>(this).fill.clone().unwrap_or_else(Owned::none)
            }
        };
        items.push(item);
    }
    if native::data::<ZipLongest>(this).sources.iter().all(Option::is_none) {
        return Ok(None);
    }
    tuple::from_owned(vm, items).map(Some)
}

// ---- pairwise ----

#[derive(Default)]
pub struct Pairwise {
    source: Option<Owned>,
    old: Option<Owned>,
}
native_data!(Pairwise: source, old);

pub static PAIRWISE: TypeSpec = TypeSpec {
    name: "itertools.pairwise",
    flags: FLAGS,
    doc: "Return an iterator of overlapping pairs taken from the input iterator.",
    signature: "(iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let args = native::for_new(vm, cls, vm.types.it_pairwise, args);
            let ([iterable], _keep) = native::bind(vm, "pairwise", "(iterable, /)", args)?;
            let source = Some(protocol::iter::iter(vm, iterable)?);
            native::construct(vm, cls, Pairwise { source, old: None })
        }),
        next: Some(|vm, this| {
            let source = native::data::<Pairwise>(this).source.clone();
            let old = match native::data::<Pairwise>(this).old.clone() {
                Some(old) => old,
                None => match pull(vm, &source)? {
                    Some(first) => {
                        native::data::<Pairwise>(this).old = Some(first.clone());
                        first
                    }
                    None => return Ok(None),
                },
            };
            let Some(new) = pull(vm, &source)? else {
                let pair = native::data::<Pairwise>(this);
                let gone = (pair.source.take(), pair.old.take());
                drop(gone);
                return Ok(None);
            };
            let kept = native::data::<Pairwise>(this).old.replace(new.clone());
            drop(kept);
            tuple::from_slice(vm, &[*old, *new]).map(Some)
        }),
        ..native::slots::<Pairwise>()
    }),
    ..native::spec::<Pairwise>()
};

// ---- batched ----

#[derive(Default)]
pub struct Batched {
    source: Option<Owned>,
    size: usize,
    strict: bool,
}
native_data!(Batched: source);

pub static BATCHED: TypeSpec = TypeSpec {
    name: "itertools.batched",
    flags: FLAGS,
    doc: "Batch data into tuples of length n. The last batch may be shorter than n.",
    signature: "(iterable, n, *, strict=False)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([iterable, n, strict], _keep) =
                native::bind(vm, "batched", "(iterable, n, *, strict=False)", args)?;
            let n = protocol::index::to_isize(vm, n)?;
            let strict = match native::passed(strict) {
                Some(v) => protocol::compare::is_true(vm, v)?,
                None => false,
            };
            if n < 1 {
                return Err(vm.value_error("n must be at least one"));
            }
            let source = Some(protocol::iter::iter(vm, iterable)?);
            native::construct(vm, cls, Batched { source, size: n as usize, strict })
        }),
        next: Some(|vm, this| {
            let batched = native::data::<Batched>(this);
            let (source, size, strict) = (batched.source.clone(), batched.size, batched.strict);
            let mut items = Vec::new();
            while items.len() < size {
                match pull(vm, &source)? {
                    Some(item) => items.push(item),
                    None => {
                        native::data::<Batched>(this).source = None;
                        break;
                    }
                }
            }
            match items.len() {
                0 => Ok(None),
                n if n < size && strict => Err(vm.value_error("batched(): incomplete batch")),
                _ => tuple::from_owned(vm, items).map(Some),
            }
        }),
        ..native::slots::<Batched>()
    }),
    ..native::spec::<Batched>()
};

// ---- tee ----

/// What the iterators of one `tee` share: items that not all of them have taken yet.
#[derive(Default)]
struct Shared {
    source: Option<Owned>,
    items: VecDeque<Owned>,
    /// Number of the first of `items`.
    start: usize,
    /// Where each iterator is; `usize::MAX` for those that are gone.
    places: Vec<usize>,
    running: bool,
}

#[derive(Default)]
pub struct Tee {
    shared: Option<Rc<RefCell<Shared>>>,
    number: usize,
}

impl native::Data for Tee {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        // The first living iterator answers for what all of them own together.
        let Some(shared) = &self.shared else { return };
        let Ok(shared) = shared.try_borrow() else { return };
        if shared.places.iter().position(|p| *p != usize::MAX) == Some(self.number) {
            native::Visit::visit_with(&shared.source, visit);
            native::Visit::visit_with(&shared.items, visit);
        }
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let mut unused = Vec::new();
        if let Ok(mut shared) = shared.try_borrow_mut() {
            shared.places[self.number] = usize::MAX;
            unused = shared.forget();
        }
        drop(unused);
    }
}

impl Shared {
    /// Takes out what every iterator has passed.
    fn forget(&mut self) -> Vec<Owned> {
        let first = self.places.iter().copied().min().unwrap_or(usize::MAX);
        let count = first.saturating_sub(self.start).min(self.items.len());
        self.start += count;
        self.items.drain(..count).collect()
    }
}

pub static TEE: TypeSpec = TypeSpec {
    name: "itertools._tee",
    flags: tp_flags::HAVE_GC | tp_flags::WEAKREFABLE,
    doc: "An iterator that can be copied, since it keeps what copies have not seen.",
    signature: "(iterable, /)",
    slots: iterator_slots(Slots {
        new: Some(|vm, _, args| {
            let ([iterable], _keep) = native::bind(vm, "_tee", "(iterable, /)", args)?;
            let all = split(vm, iterable, 1)?;
            Ok(all.into_iter().next().unwrap_or_else(Owned::none))
        }),
        next: Some(next_tee),
        ..native::slots::<Tee>()
    }),
    methods: &[method0("__copy__", copy_tee, "Another iterator with the same items to come.")],
    ..native::spec::<Tee>()
};

fn tee(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let n = match native::passed(args[1]) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => 2,
    };
    let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("n must be >= 0")) };
    tuple::from_owned(vm, split(vm, args[0], n)?)
}

fn split(vm: &Vm, iterable: Value, n: usize) -> PyResult<Vec<Owned>> {
    let source = protocol::iter::iter(vm, iterable)?;
    if crate::objects::type_of(vm, *source) == vm.types.it_tee {
        // An iterator that is one already is copied, so that all are independent of it.
        return (0..n).map(|_| copy_tee(vm, *source)).collect();
    }
    let shared = Shared { source: Some(source), places: vec![0; n], ..Shared::default() };
    let shared = Rc::new(RefCell::new(shared));
    (0..n)
        .map(|number| native::new(vm, vm.types.it_tee, Tee { shared: Some(shared.clone()), number }))
        .collect()
}

fn copy_tee(vm: &Vm, this: Value) -> PyResult {
    let tee = native::data::<Tee>(this);
    let Some(shared) = tee.shared.clone() else { return native::new(vm, vm.types.it_tee, Tee::default()) };
    let number = {
        let mut s = shared.borrow_mut();
        let place = s.places[tee.number];
        s.places.push(place);
        s.places.len() - 1
    };
    native::new(vm, vm.types.it_tee, Tee { shared: Some(shared), number })
}

fn next_tee(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let tee = native::data::<Tee>(this);
    let (Some(shared), number) = (tee.shared.clone(), tee.number) else { return Ok(None) };
    let source = {
        let mut s = shared.borrow_mut();
        let index = s.places[number] - s.start;
        if let Some(item) = s.items.get(index).cloned() {
            s.places[number] += 1;
            let unused = s.forget();
            drop(s);
            drop(unused);
            return Ok(Some(item));
        }
        if s.running {
            return Err(vm.runtime_error("tee object already running"));
        }
        s.running = true;
        s.source.clone()
    };
    let item = pull(vm, &source);
    let mut s = shared.borrow_mut();
    s.running = false;
    let Some(item) = item? else { return Ok(None) };
    s.items.push_back(item.clone());
    s.places[number] += 1;
    let unused = s.forget();
    drop(s);
    drop(unused);
    Ok(Some(item))
}

// ---- groupby ----

#[derive(Default)]
pub struct GroupBy {
    source: Option<Owned>,
    key: Option<Owned>,
    /// Key of the group that was given last.
    target: Option<Owned>,
    /// Key and value of the item that was read last.
    current: Option<(Owned, Owned)>,
    /// Counts groups, so that old ones know that they ended.
    group: usize,
}
native_data!(GroupBy: source, key, target, current);

pub static GROUPBY: TypeSpec = TypeSpec {
    name: "itertools.groupby",
    flags: FLAGS,
    doc: "make an iterator that returns consecutive keys and groups from the iterable",
    signature: "(iterable, key=None)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([iterable, key], _keep) = native::bind(vm, "groupby", "(iterable, key=None)", args)?;
            let source = Some(protocol::iter::iter(vm, iterable)?);
            native::construct(vm, cls, GroupBy { source, key: native::own_given(key), ..GroupBy::default() })
        }),
        next: Some(next_group),
        ..native::slots::<GroupBy>()
    }),
    ..native::spec::<GroupBy>()
};

/// Reads the next item and its key; false at the end.
fn advance(vm: &Vm, this: Value) -> PyResult<bool> {
    let by = native::data::<GroupBy>(this);
    let (source, function) = (by.source.clone(), by.key.clone());
    let Some(value) = pull(vm, &source)? else { return Ok(false) };
    let key = match &function {
        Some(f) => protocol::call::positional(vm, **f, &[*value])?,
        None => value.clone(),
    };
    let old = native::data::<GroupBy>(this).current.replace((key, value));
    drop(old);
    Ok(true)
}

fn next_group(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    native::data::<GroupBy>(this).group += 1;
    loop {
        let by = native::data::<GroupBy>(this);
        match (by.current.clone(), by.target.clone()) {
            (None, _) => {}
            (Some(_), None) => break,
            (Some((key, _)), Some(target)) => {
                if !protocol::compare::equal(vm, *target, *key)? {
                    break;
                }
            }
        }
        if !advance(vm, this)? {
            return Ok(None);
        }
    }
    let by = native::data::<GroupBy>(this);
    let Some((key, _)) = by.current.clone() else { return Ok(None) };
    let old = by.target.replace(key.clone());
    drop(old);
    let group = native::data::<GroupBy>(this).group;
    let grouper = Grouper { parent: Some(this.own()), key: Some(key.clone()), group };
    let grouper = native::new(vm, vm.types.it_grouper, grouper)?;
    tuple::from_slice(vm, &[*key, *grouper]).map(Some)
}

#[derive(Default)]
pub struct Grouper {
    parent: Option<Owned>,
    key: Option<Owned>,
    group: usize,
}
native_data!(Grouper: parent, key);

pub static GROUPER: TypeSpec = TypeSpec {
    name: "itertools._grouper",
    slots: iterator_slots(Slots {
        new: Some(|vm, _cls: Value, _| Err(vm.type_error("cannot create '_grouper' instances"))),
        next: Some(|vm, this| {
            let grouper = native::data::<Grouper>(this);
            let (Some(parent), Some(key)) = (grouper.parent.clone(), grouper.key.clone()) else {
                return Ok(None);
            };
            if native::data::<GroupBy>(*parent).group != grouper.group {
                return Ok(None);
            }
            if native::data::<GroupBy>(*parent).current.is_none() && !advance(vm, *parent)? {
                return Ok(None);
            }
            let Some((current, _)) = native::data::<GroupBy>(*parent).current.clone() else {
                return Ok(None);
            };
            if !protocol::compare::equal(vm, *key, *current)? {
                return Ok(None);
            }
            Ok(native::data::<GroupBy>(*parent).current.take().map(|(_, value)| value))
        }),
        ..native::slots::<Grouper>()
    }),
    ..native::spec::<Grouper>()
};
