//! `_functools`: what makes `functools` fast.
//!
//! | module | holds |
//! |---|---|
//! | this one | `reduce`, `cmp_to_key` |
//! | `partial` | `partial`, `Placeholder` |
//! | `lru` | `_lru_cache_wrapper` |

mod lru;
mod partial;

use taipan_layout::Value;

use super::NativeModule;
use super::native::{self, native_data};
use crate::objects::slots::CompareOp;
use crate::objects::spec::{MethodSpec, TypeSpec, function, getset, getter, tp_flags};
use crate::objects::{Slots, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{call, compare, iter};
use crate::vm::Vm;

pub(crate) use self::lru::DICT;
pub use self::lru::SPEC as LRU_CACHE;
pub use self::partial::{PLACEHOLDER, SPEC as PARTIAL};

pub static MODULE: NativeModule = NativeModule {
    name: "_functools",
    doc: "Native parts of functools: partial(), lru_cache(), reduce() and cmp_to_key().",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "reduce",
        "($module, function, iterable, /, initial=<unrepresentable>)",
        reduce,
        "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\n\
         With an initial value it comes before the items, and is the result when there are none.",
    ),
    function(
        "cmp_to_key",
        "($module, /, mycmp)",
        |vm, _, a| native::new(vm, vm.types.key_wrapper, Key { cmp: Some(a[0].own()), object: None }),
        "A key function that orders like a comparison.\n\n\
           mycmp\n\
             Called with two objects: negative, zero or positive.",
    ),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    crate::objects::ready(vm, vm.types.key_wrapper, &KEY_WRAPPER);
    super::add_type(vm, m, vm.types.partial, &PARTIAL)?;
    super::add_type(vm, m, vm.types.placeholder, &PLACEHOLDER)?;
    super::add_type(vm, m, vm.types.lru_cache, &LRU_CACHE)?;
    super::set(vm, m, "Placeholder", *partial::placeholder(vm)?)
}

fn reduce(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let items = match iter::iter(vm, args[1]) {
        Ok(items) => items,
        Err(raised) => {
            drop(vm.catch(raised, vm.types.type_error)?);
            return Err(vm.type_error("reduce() arg 2 must support iteration"));
        }
    };
    let mut result = native::passed(args[2]).map(Counted::own);
    while let Some(item) = iter::next(vm, *items)? {
        result = Some(match result {
            None => item,
            Some(so_far) => call::positional(vm, args[0], &[*so_far, *item])?,
        });
    }
    result.ok_or_else(|| vm.type_error("reduce() of empty iterable with no initial value"))
}

// ---- cmp_to_key ----

/// What `cmp_to_key` answers, which makes keys, and such a key.
#[derive(Default)]
pub struct Key {
    cmp: Option<Owned>,
    object: Option<Owned>,
}
native_data!(Key: cmp, object);

pub static KEY_WRAPPER: TypeSpec = TypeSpec {
    name: "functools.KeyWrapper",
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION | tp_flags::IMMUTABLETYPE,
    slots: Slots {
        call: Some(|vm, this, args| {
            let ([object], bound) = native::bind(vm, "K", "(obj)", args)?;
            let cmp = native::data::<Key>(this).cmp.clone();
            let key = native::new(vm, vm.types.key_wrapper, Key { cmp, object: Some(object.own()) });
            bound.release();
            key
        }),
        richcompare: Some(compare_keys),
        ..native::slots::<Key>()
    },
    getset: &[
        getset(
            "obj",
            |_, this| Ok(native::data::<Key>(this).object.clone().unwrap_or_else(Owned::none)),
            |_, this, v| {
                let old = std::mem::replace(&mut native::data::<Key>(this).object, v.map(Counted::own));
                drop(old);
                Ok(())
            },
            "Value wrapped by a key function.",
        ),
        getter("__text_signature__", |vm, _| str::new(vm, "(obj)"), ""),
    ],
    ..native::spec::<Key>()
};

fn compare_keys(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if type_of(vm, b) != vm.types.key_wrapper {
        return Err(vm.type_error("other argument must be K instance"));
    }
    let (x, y) = (native::data::<Key>(a), native::data::<Key>(b));
    let (Some(cmp), Some(x), Some(y)) = (x.cmp.clone(), x.object.clone(), y.object.clone()) else {
        return Err(vm.raise(vm.types.attribute_error, "object"));
    };
    let order = call::positional(vm, *cmp, &[*x, *y])?;
    compare::rich(vm, *order, Value::fixnum(0), op)
}
