//! Functions over iterables.

use taipan_layout::{Kind, Value};

use super::{check_count, check_no_keywords};
use crate::args::Args;
use crate::objects::slots::CompareOp;
use crate::objects::{complex, float, int, is_instance, is_kind, iter as iterators, list, str, type_of};
use crate::owned::{Counted, Owned, PyResult, Raised};
use crate::protocol;
use crate::protocol::number::NbOp;
use crate::signature::{at_most_keywords, keyword_only};
use crate::vm::Vm;

pub(super) fn len(vm: &Vm, _: Value, x: Value) -> PyResult {
    int::new(vm, protocol::item::len(vm, x)? as i64)
}

pub(super) fn all(vm: &Vm, _: Value, iterable: Value) -> PyResult {
    let it = protocol::iter::iter(vm, iterable)?;
    while let Some(v) = protocol::iter::next(vm, *it)? {
        if !protocol::compare::is_true(vm, *v)? {
            return Ok(Owned::bool(false));
        }
    }
    Ok(Owned::bool(true))
}

pub(super) fn any(vm: &Vm, _: Value, iterable: Value) -> PyResult {
    let it = protocol::iter::iter(vm, iterable)?;
    while let Some(v) = protocol::iter::next(vm, *it)? {
        if protocol::compare::is_true(vm, *v)? {
            return Ok(Owned::bool(true));
        }
    }
    Ok(Owned::bool(false))
}

pub(super) fn iter(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "iter", args)?;
    check_count(vm, "iter", args.pos().len(), 1, 2)?;
    match *args.pos() {
        [f, sentinel] => {
            if !protocol::object::is_callable(vm, f) {
                return Err(vm.type_error("iter(v, w): v must be callable"));
            }
            iterators::new_callable(vm, f, sentinel)
        }
        [x, ..] => protocol::iter::iter(vm, x),
        [] => Err(vm.type_error("iter expected at least 1 argument, got 0")),
    }
}

/// The next item; an iterator's own `StopIteration` keeps its value.
pub(super) fn next(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "next", args)?;
    check_count(vm, "next", args.pos().len(), 1, 2)?;
    let it = args.pos()[0];
    let default = args.pos().get(1).copied();
    if is_kind(it, Kind::Coroutine) {
        return Err(vm.type_error("'coroutine' object is not an iterator"));
    }
    let step = protocol::iter::next_or_stop(vm, it);
    match (step, default) {
        (Ok(v), _) => Ok(v),
        (Err(raised), None) => Err(raised),
        (Err(raised), Some(default)) => {
            drop(vm.catch(raised, vm.types.stop_iteration)?);
            Ok(default.own())
        }
    }
}

pub(super) fn aiter(vm: &Vm, _: Value, x: Value) -> PyResult {
    let ty = type_of(vm, x);
    let Some(f) = ty.slots().aiter else {
        return Err(vm.type_error(&format!("'{}' object is not an async iterable", ty.name_str())));
    };
    let it = f(vm, x)?;
    if type_of(vm, *it).slots().anext.is_none() {
        let got = type_of(vm, *it).name_str();
        return Err(vm.type_error(&format!("aiter() returned not an async iterator of type '{got}'")));
    }
    Ok(it)
}

pub(super) fn anext(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_no_keywords(vm, "anext", args)?;
    check_count(vm, "anext", args.pos().len(), 1, 2)?;
    let ty = type_of(vm, args.pos()[0]);
    let Some(f) = ty.slots().anext else {
        return Err(vm.type_error(&format!("'{}' object is not an async iterator", ty.name_str())));
    };
    let awaitable = f(vm, args.pos()[0])?;
    match args.pos().get(1) {
        None => Ok(awaitable),
        Some(default) => crate::objects::asyncgen::new_anext_default(vm, *awaitable, *default),
    }
}

// ---- min, max ----

pub(super) fn min(vm: &Vm, _: Value, args: Args) -> PyResult {
    extreme(vm, args, "min", CompareOp::Lt)
}
pub(super) fn max(vm: &Vm, _: Value, args: Args) -> PyResult {
    extreme(vm, args, "max", CompareOp::Gt)
}

struct Best {
    key: Owned,
    item: Owned,
}

fn extreme(vm: &Vm, args: Args, name: &str, op: CompareOp) -> PyResult {
    let pos = args.pos();
    if pos.is_empty() {
        return Err(vm.type_error(&format!("{name} expected at least 1 argument, got 0")));
    }
    at_most_keywords(vm, name, args, 2)?;
    let [key, default] = keyword_only(vm, name, args, ["key", "default"])?;
    let key = (!key.is_null() && !key.is_none()).then_some(key);
    let default = (!default.is_null()).then_some(default);
    let mut best: Option<Best> = None;
    let mut consider = |item: Owned| -> PyResult<()> {
        let k = match key {
            Some(f) => protocol::call::positional(vm, f, &[*item])?,
            None => item.clone(),
        };
        let better = match &best {
            None => true,
            Some(b) => protocol::compare::rich_bool(vm, *k, *b.key, op)?,
        };
        if better {
            best = Some(Best { key: k, item });
        }
        Ok(())
    };
    if pos.len() > 1 {
        if default.is_some() {
            return Err(vm.type_error(&format!(
                "Cannot specify a default for {name}() with multiple positional arguments"
            )));
        }
        for v in pos {
            consider(v.own())?;
        }
    } else {
        let it = protocol::iter::iter(vm, pos[0])?;
        while let Some(v) = protocol::iter::next(vm, *it)? {
            consider(v)?;
        }
    }
    match (best, default) {
        (Some(b), _) => Ok(b.item),
        (None, Some(d)) => Ok(d.own()),
        (None, None) => Err(vm.value_error(&format!("{name}() iterable argument is empty"))),
    }
}

// ---- sorted ----

pub(super) fn sorted(vm: &Vm, _: Value, args: Args) -> PyResult {
    check_count(vm, "sorted", args.pos().len(), 1, 1)?;
    let l = list::new(vm, protocol::iter::collect(vm, args.pos()[0])?)?;
    let values: Vec<Value> = args.keywords().map(|(_, v)| v).collect();
    let sort = str::intern(vm, "sort");
    let f = protocol::attr::get(vm, *l, *sort)?;
    protocol::call::with_args(vm, *f, Args::with_keywords(&values, args.kwnames()))?;
    Ok(l)
}

// ---- sum ----

/// A sum of doubles whose rounding errors are carried along (Neumaier's variant of Kahan summation).
#[derive(Clone, Copy)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    fn new(x: f64) -> Compensated {
        Compensated { high: x, low: 0.0 }
    }
    fn add(&mut self, x: f64) {
        let total = self.high + x;
        self.low +=
            if self.high.abs() >= x.abs() { (self.high - total) + x } else { (x - total) + self.high };
        self.high = total;
    }
    fn value(self) -> f64 {
        // An infinite or NaN correction says nothing.
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// The running total, in the cheapest form that holds it exactly.
enum Total {
    Int(i64),
    Float(Compensated),
    Complex(Compensated, Compensated),
    Object(Owned),
}

fn exact_float(v: Value) -> Option<f64> {
    if v.is_flonum() {
        return Some(v.as_flonum());
    }
    is_kind(v, Kind::Float).then(|| float::as_f64(v)).flatten()
}

/// The value of an exact int or bool that fits.
fn small_int(v: Value) -> Option<i64> {
    if v.is_fixnum() {
        return Some(v.as_fixnum());
    }
    if v.is_bool() {
        return Some((v == Value::TRUE) as i64);
    }
    is_kind(v, Kind::Int).then(|| int::as_i64(v)).flatten()
}

impl Total {
    fn of(vm: &Vm, v: Value) -> Total {
        match (small_int(v), exact_float(v)) {
            // `sum([], True)` is True, so only real ints may become native.
            (Some(i), _) if !v.is_bool() => Total::Int(i),
            (_, Some(f)) => Total::Float(Compensated::new(f)),
            _ if is_kind(v, Kind::Complex) => match complex::as_c64(vm, v).map(|c| (c.re, c.im)) {
                Some((re, im)) => Total::Complex(Compensated::new(re), Compensated::new(im)),
                None => Total::Object(v.own()),
            },
            _ => Total::Object(v.own()),
        }
    }

    fn into_object(self, vm: &Vm) -> PyResult {
        match self {
            Total::Int(i) => int::new(vm, i),
            Total::Float(f) => float::new(vm, f.value()),
            Total::Complex(re, im) => complex::new(vm, re.value(), im.value()),
            Total::Object(v) => Ok(v),
        }
    }

    /// Adds `item` natively; gives the total back when the operator has to decide.
    fn add_native(&mut self, item: Value) -> bool {
        match self {
            Total::Int(total) => match small_int(item).and_then(|i| total.checked_add(i)) {
                Some(sum) => {
                    *total = sum;
                    true
                }
                None => false,
            },
            Total::Float(total) => match exact_float(item).or_else(|| small_int(item).map(|i| i as f64)) {
                Some(x) => {
                    total.add(x);
                    true
                }
                None => false,
            },
            Total::Complex(re, im) => {
                if let Some(x) = exact_float(item).or_else(|| small_int(item).map(|i| i as f64)) {
                    re.add(x);
                    return true;
                }
                match complex::as_c64(Vm::current(), item)
                    .filter(|_| is_kind(item, Kind::Complex))
                    .map(|c| (c.re, c.im))
                {
                    Some((x, y)) => {
                        re.add(x);
                        im.add(y);
                        true
                    }
                    None => false,
                }
            }
            Total::Object(_) => false,
        }
    }

    fn add(&mut self, vm: &Vm, item: Value) -> PyResult<()> {
        if self.add_native(item) {
            return Ok(());
        }
        if int::is_int(vm, item)
            && let Total::Float(real) | Total::Complex(real, _) = self
        {
            // A large int is rounded before it is added.
            real.add(int::to_f64(vm, item)?);
            return Ok(());
        }
        let old = std::mem::replace(self, Total::Int(0)).into_object(vm)?;
        let sum = protocol::number::binary(vm, NbOp::Add, *old, item)?;
        *self = Total::of(vm, *sum);
        Ok(())
    }
}

fn refuse(vm: &Vm, what: &str, instead: &str) -> Raised {
    vm.type_error(&format!("sum() can't sum {what} [use {instead}.join(seq) instead]"))
}

pub(super) fn sum(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let start = super::optional(args, 1).unwrap_or(Value::fixnum(0));
    let it = protocol::iter::iter(vm, args[0])?;
    if is_instance(vm, start, vm.types.str) {
        return Err(refuse(vm, "strings", "''"));
    }
    if is_instance(vm, start, vm.types.bytes) {
        return Err(refuse(vm, "bytes", "b''"));
    }
    if is_kind(start, Kind::ByteArray) {
        return Err(refuse(vm, "bytearray", "b''"));
    }
    let mut total = Total::of(vm, start);
    while let Some(v) = protocol::iter::next(vm, *it)? {
        total.add(vm, *v)?;
    }
    total.into_object(vm)
}
