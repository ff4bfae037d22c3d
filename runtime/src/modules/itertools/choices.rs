//! Ways to choose from iterables: products, permutations, combinations. All of them hold their pools and the indices of
//! the choice that was given last.

use taipan_layout::Value;

use super::{FLAGS, iterator_slots};
use crate::args::Args;
use crate::modules::native::{self, native_data};
use crate::objects::spec::TypeSpec;
use crate::objects::{Slots, str, tuple};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::signature::{at_most_keywords, keyword_only};
use crate::vm::Vm;

#[derive(Default)]
pub struct Choice {
    pools: Vec<Vec<Owned>>,
    indices: Vec<usize>,
    /// `permutations`: how often each place may still move.
    cycles: Vec<usize>,
    started: bool,
    ended: bool,
}
native_data!(Choice: pools);

impl Choice {
    /// The items that the first `count` indices choose; each place has its pool, or all have the same one.
    fn tuple(&self, vm: &Vm, count: usize) -> PyResult<Option<Owned>> {
        let items = self.indices[..count]
            .iter()
            .enumerate()
            .map(|(place, index)| self.pools[place.min(self.pools.len() - 1)][*index].clone());
        tuple::from_owned(vm, items.collect()).map(Some)
    }
}

/// The next choice: `first` whether there is one at all, `step` moves on.
fn next_choice(
    vm: &Vm,
    this: Value,
    count: impl Fn(&Choice) -> usize,
    step: impl Fn(&mut Choice) -> bool,
) -> PyResult<Option<Owned>> {
    let choice = native::data::<Choice>(this);
    if choice.ended {
        return Ok(None);
    }
    if std::mem::replace(&mut choice.started, true) && !step(choice) {
        choice.ended = true;
        choice.indices.clear();
        let pools = std::mem::take(&mut choice.pools);
        drop(pools);
        return Ok(None);
    }
    choice.tuple(vm, count(choice))
}

// ---- product ----

pub static PRODUCT: TypeSpec = TypeSpec {
    name: "itertools.product",
    flags: FLAGS,
    doc: "product(*iterables, repeat=1) --> product object\n\nCartesian product of input iterables.  Equivalent to nested \
          for-loops.",
    slots: iterator_slots(Slots {
        new: Some(new_product),
        next: Some(|vm, this| {
            next_choice(
                vm,
                this,
                |c| c.indices.len(),
                |c| {
                    for place in (0..c.indices.len()).rev() {
                        c.indices[place] += 1;
                        if c.indices[place] < c.pools[place].len() {
                            return true;
                        }
                        c.indices[place] = 0;
                    }
                    false
                },
            )
        }),
        ..native::slots::<Choice>()
    }),
    ..native::spec::<Choice>()
};

fn new_product(vm: &Vm, cls: Value, args: Args) -> PyResult {
    at_most_keywords(vm, "product", args, 1)?;
    let [repeat] = keyword_only(vm, "product", args, ["repeat"])?;
    let repeat = if repeat.is_null() { 1 } else { protocol::index::to_isize(vm, repeat)? };
    let Ok(repeat) = usize::try_from(repeat) else {
        return Err(vm.value_error("repeat argument cannot be negative"));
    };
    let given: Vec<Vec<Owned>> =
        args.pos().iter().map(|v| protocol::iter::collect(vm, *v)).collect::<PyResult<_>>()?;
    if repeat.checked_mul(given.len().max(1)).is_none_or(|n| n > 1 << 40) {
        return Err(vm.overflow_error("repeat argument too large"));
    }
    let pools: Vec<Vec<Owned>> = (0..repeat).flat_map(|_| given.iter().cloned()).collect();
    let ended = pools.iter().any(Vec::is_empty);
    let mut data = Choice { indices: vec![0; pools.len()], pools, ended, ..Choice::default() };
    if data.pools.is_empty() {
        // There is one way to choose nothing.
        data.pools.push(Vec::new());
    }
    native::construct(vm, cls, data)
}

/// A single pool and the number of items to choose.
fn pool_and_count(vm: &Vm, iterable: Value, r: Value, name: &str) -> PyResult<(Vec<Owned>, usize)> {
    let pool = protocol::iter::collect(vm, iterable)?;
    let count = match native::given(r) {
        None => pool.len(),
        Some(v) if crate::objects::int::is_int(vm, v) || name != "permutations" => {
            let n = protocol::index::to_isize(vm, v)?;
            usize::try_from(n).map_err(|_| vm.value_error("r must be non-negative"))?
        }
        Some(_) => return Err(vm.type_error("Expected int as r")),
    };
    Ok((pool, count))
}

// ---- permutations ----

pub static PERMUTATIONS: TypeSpec = TypeSpec {
    name: "itertools.permutations",
    flags: FLAGS,
    doc: "Return successive r-length permutations of elements in the iterable.",
    signature: "(iterable, r=None)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([iterable, r], _keep) = native::bind(vm, "permutations", "(iterable, r=None)", args)?;
            let (pool, r) = pool_and_count(vm, iterable, r, "permutations")?;
            let n = pool.len();
            let data = Choice {
                ended: r > n,
                indices: (0..n).collect(),
                cycles: (0..r.min(n)).map(|i| n - i).collect(),
                pools: vec![pool],
                started: false,
            };
            native::construct(vm, cls, data)
        }),
        next: Some(|vm, this| {
            next_choice(
                vm,
                this,
                |c| c.cycles.len(),
                |c| {
                    let n = c.indices.len();
                    for place in (0..c.cycles.len()).rev() {
                        c.cycles[place] -= 1;
                        if c.cycles[place] > 0 {
                            let other = n - c.cycles[place];
                            c.indices.swap(place, other);
                            return true;
                        }
                        c.indices[place..].rotate_left(1);
                        c.cycles[place] = n - place;
                    }
                    false
                },
            )
        }),
        ..native::slots::<Choice>()
    }),
    ..native::spec::<Choice>()
};

// ---- combinations ----

pub static COMBINATIONS: TypeSpec = TypeSpec {
    name: "itertools.combinations",
    flags: FLAGS,
    doc: "Return successive r-length combinations of elements in the iterable.",
    signature: "(iterable, r)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let ([iterable, r], _keep) = native::bind(vm, "combinations", "(iterable, r)", args)?;
            let (pool, r) = pool_and_count(vm, iterable, r, "combinations")?;
            let data = Choice {
                ended: r > pool.len(),
                indices: (0..r).collect(),
                pools: vec![pool],
                ..Choice::default()
            };
            native::construct(vm, cls, data)
        }),
        next: Some(|vm, this| {
            next_choice(
                vm,
                this,
                |c| c.indices.len(),
                |c| {
                    let (r, n) = (c.indices.len(), c.pools[0].len());
                    let Some(place) = (0..r).rev().find(|i| c.indices[*i] != i + n - r) else { return false };
                    let first = c.indices[place] + 1;
                    for (k, index) in c.indices[place..].iter_mut().enumerate() {
                        *index = first + k;
                    }
                    true
                },
            )
        }),
        ..native::slots::<Choice>()
    }),
    ..native::spec::<Choice>()
};

pub static COMBINATIONS_WITH_REPLACEMENT: TypeSpec = TypeSpec {
    name: "itertools.combinations_with_replacement",
    flags: FLAGS,
    doc: "Return successive r-length combinations of elements in the iterable allowing individual elements to have \
          successive repeats.",
    signature: "(iterable, r)",
    slots: iterator_slots(Slots {
        new: Some(|vm, cls, args| {
            let name = "combinations_with_replacement";
            let ([iterable, r], _keep) = native::bind(vm, name, "(iterable, r)", args)?;
            let (pool, r) = pool_and_count(vm, iterable, r, name)?;
            let ended = pool.is_empty() && r > 0;
            let data = Choice { ended, indices: vec![0; r], pools: vec![pool], ..Choice::default() };
            native::construct(vm, cls, data)
        }),
        next: Some(|vm, this| {
            next_choice(
                vm,
                this,
                |c| c.indices.len(),
                |c| {
                    let n = c.pools[0].len();
                    let Some(place) = (0..c.indices.len()).rev().find(|i| c.indices[*i] + 1 != n) else {
                        return false;
                    };
                    let value = c.indices[place] + 1;
                    c.indices[place..].fill(value);
                    true
                },
            )
        }),
        ..native::slots::<Choice>()
    }),
    ..native::spec::<Choice>()
};
