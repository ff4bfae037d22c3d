//! `itertools`: iterators made of iterators.
//!
//! | module | holds |
//! |---|---|
//! | `infinite` | `count`, `cycle`, `repeat` |
//! | `filters` | `compress`, `dropwhile`, `takewhile`, `filterfalse`, `islice`, `starmap`, `accumulate` |
//! | `chains` | `chain`, `zip_longest`, `pairwise`, `batched`, `tee`, `groupby` |
//! | `choices` | `product`, `permutations`, `combinations`, with and without replacement |

mod chains;
mod choices;
mod filters;
mod infinite;

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{TypeSpec, tp_flags};
use crate::objects::{Slots, TypeRef};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "itertools",
    doc: "Functional tools for creating and using iterators: infinite ones, filters, chains, choices.",
    functions: chains::FUNCTIONS,
    fill,
};

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let t = &vm.types;
    let types: [(TypeRef, &'static TypeSpec); 20] = [
        (t.it_count, &infinite::COUNT),
        (t.it_cycle, &infinite::CYCLE),
        (t.it_repeat, &infinite::REPEAT),
        (t.it_compress, &filters::COMPRESS),
        (t.it_dropwhile, &filters::DROPWHILE),
        (t.it_takewhile, &filters::TAKEWHILE),
        (t.it_filterfalse, &filters::FILTERFALSE),
        (t.it_islice, &filters::ISLICE),
        (t.it_starmap, &filters::STARMAP),
        (t.it_accumulate, &filters::ACCUMULATE),
        (t.it_chain, &chains::CHAIN),
        (t.it_zip_longest, &chains::ZIP_LONGEST),
        (t.it_pairwise, &chains::PAIRWISE),
        (t.it_batched, &chains::BATCHED),
        (t.it_groupby, &chains::GROUPBY),
        (t.it_product, &choices::PRODUCT),
        (t.it_permutations, &choices::PERMUTATIONS),
        (t.it_combinations, &choices::COMBINATIONS),
        (t.it_combinations_with_replacement, &choices::COMBINATIONS_WITH_REPLACEMENT),
        (t.it_tee, &chains::TEE),
    ];
    for (ty, spec) in types {
        // `tee` the function has the plain name.
        if ty == t.it_tee {
            crate::objects::ready(vm, ty, spec);
            super::set(vm, m, "_tee", ty.value())?;
        } else {
            super::add_type(vm, m, ty, spec)?;
        }
    }
    crate::objects::ready(vm, t.it_grouper, &chains::GROUPER);
    super::set(vm, m, "_grouper", t.it_grouper.value())
}

/// What all these types have in common.
const fn iterator_slots(mut slots: Slots) -> Slots {
    slots.iter = Some(same);
    slots
}

const FLAGS: u64 = tp_flags::HAVE_GC | tp_flags::BASETYPE;

fn same(_: &Vm, this: Value) -> PyResult {
    Ok(this.own())
}

/// The next item of an iterator that may be gone already.
fn pull(vm: &Vm, iterator: &Option<Owned>) -> PyResult<Option<Owned>> {
    match iterator {
        Some(it) => {
            let it = it.clone();
            protocol::iter::next(vm, *it)
        }
        None => Ok(None),
    }
}
