//! `_bisect`: places in sorted sequences.

use taipan_layout::Value;

use super::NativeModule;
use super::native::given;
use crate::objects::slots::CompareOp;
use crate::objects::spec::{MethodSpec, function};
use crate::objects::{int, list, sequence, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol::{self, compare};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_bisect",
    doc: "Bisection algorithms: finding a place in a sorted sequence, and inserting there.",
    functions: FUNCTIONS,
    fill: |_, _| Ok(()),
};

const SIGNATURE: &str = "($module, /, a, x, lo=0, hi=None, *, key=None)";

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "bisect_right",
        SIGNATURE,
        |vm, _, a| find(vm, a, Side::Right).and_then(|i| int::from_i64(vm, i)),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\n\
         Items that are equal to x come before it.",
    ),
    function(
        "insort_right",
        SIGNATURE,
        |vm, _, a| insert(vm, a, Side::Right),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n\
         Items that are equal to x come before it.",
    ),
    function(
        "bisect_left",
        SIGNATURE,
        |vm, _, a| find(vm, a, Side::Left).and_then(|i| int::from_i64(vm, i)),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\n\
         Items that are equal to x come after it.",
    ),
    function(
        "insort_left",
        SIGNATURE,
        |vm, _, a| insert(vm, a, Side::Left),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n\
         Items that are equal to x come after it.",
    ),
];

/// On which side of equal items.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn find(vm: &Vm, args: &[Value], side: Side) -> PyResult<i64> {
    bisect(vm, args, args[1], side)
}

/// The place of `x`, which has the form of what the key function makes of items.
fn bisect(vm: &Vm, args: &[Value], x: Value, side: Side) -> PyResult<i64> {
    let items = args[0];
    let key = given(args[4]);
    let mut low = match args[2] {
        v if v.is_null() => 0,
        v => sequence::size_argument(vm, v)? as i64,
    };
    let mut high = match given(args[3]) {
        None => -1,
        Some(v) if type_of(vm, v).slots().index.is_some() => sequence::size_argument(vm, v)? as i64,
        Some(v) => {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("argument should be integer or None, not '{got}'")));
        }
    };
    if low < 0 {
        return Err(vm.value_error("lo must be non-negative"));
    }
    if high == -1 {
        high = protocol::item::len(vm, items)? as i64;
    }
    let is_list = type_of(vm, items) == vm.types.list;
    if low < high && !is_list && type_of(vm, items).slots().get_item.is_none() {
        let got = type_of(vm, items).name_str();
        return Err(vm.type_error(&format!("'{got}' object does not support indexing")));
    }
    while low < high {
        let middle = low + (high - low) / 2;
        let item = if is_list {
            let item = list::get(items, middle as usize);
            item.ok_or_else(|| vm.index_error("list index out of range"))?
        } else {
            protocol::item::get(vm, items, *int::from_i64(vm, middle)?)?
        };
        let item = match key {
            Some(key) => protocol::call::positional(vm, key, &[*item])?,
            None => item,
        };
        let is_behind = match side {
            Side::Left => !compare::rich_bool(vm, *item, x, CompareOp::Lt)?,
            Side::Right => compare::rich_bool(vm, x, *item, CompareOp::Lt)?,
        };
        if is_behind {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

fn insert(vm: &Vm, args: &[Value], side: Side) -> PyResult {
    let place = match given(args[4]) {
        Some(key) => {
            let x = protocol::call::positional(vm, key, &[args[1]])?;
            bisect(vm, args, *x, side)?
        }
        None => bisect(vm, args, args[1], side)?,
    };
    if type_of(vm, args[0]) == vm.types.list {
        let at = (place as usize).min(list::len(args[0]));
        list::splice(vm, args[0], at, at, &[args[1]])?;
    } else {
        let place = int::from_i64(vm, place)?;
        protocol::call::method(vm, args[0], *str::intern(vm, "insert"), &[*place, args[1]])?;
    }
    Ok(Owned::none())
}
