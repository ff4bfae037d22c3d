//! `str.translate` and `str.maketrans`.

use taipan_layout::{Kind, Value};

use super::args::{expect_str, is_str};
use super::build::StrBuilder;
use super::kinds::{length, view};
use crate::objects::{dict, int, is_kind, type_of};
use crate::owned::{Counted, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// What a table says of one character.
enum Mapping {
    Keep,
    Delete,
    To(u32),
    Text(crate::owned::Owned),
}

fn look_up(vm: &Vm, table: Value, c: u32) -> PyResult<Mapping> {
    let key = Value::fixnum(c as i64);
    let found = if is_kind(table, Kind::Dict) {
        match dict::get(vm, table, key)? {
            Some(v) => v,
            None => return Ok(Mapping::Keep),
        }
    } else {
        match protocol::item::get(vm, table, key) {
            Ok(v) => v,
            Err(raised) => {
                drop(vm.catch(raised, vm.types.lookup_error)?);
                return Ok(Mapping::Keep);
            }
        }
    };
    if found.is_none() {
        return Ok(Mapping::Delete);
    }
    if is_str(vm, *found) {
        return Ok(if length(*found) == 1 { Mapping::To(view(&found).get(0)) } else { Mapping::Text(found) });
    }
    if !int::is_int(vm, *found) {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    }
    match int::as_i64(*found).map(u32::try_from) {
        Some(Ok(c @ 0..0x110000)) => Ok(Mapping::To(c)),
        _ => Err(vm.value_error("character mapping must be in range(0x110000)")),
    }
}

pub(super) fn translate(vm: &Vm, this: Value, table: Value) -> PyResult {
    let text = view(&this);
    let mut out = StrBuilder::with_capacity(text.len());
    // Most texts use few distinct characters: single-character answers for ASCII are asked for once. A dict is
    // the only table whose answers are known not to change.
    const UNKNOWN: u32 = u32::MAX;
    let mut known = [UNKNOWN; 128];
    let cacheable = is_kind(table, Kind::Dict);
    for c in text.iter() {
        if c < 128 && known[c as usize] != UNKNOWN {
            out.push(known[c as usize]);
            continue;
        }
        let to = match look_up(vm, table, c)? {
            Mapping::Keep => c,
            Mapping::To(to) => to,
            Mapping::Delete => continue,
            Mapping::Text(text) => {
                out.push_value(*text);
                continue;
            }
        };
        if c < 128 && cacheable {
            known[c as usize] = to;
        }
        out.push(to);
    }
    out.finish(vm)
}

/// `str.maketrans(x[, y[, z]])`.
pub(super) fn maketrans(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let [x, y, z] = [args[0], args[1], args[2]];
    let table = dict::new(vm)?;
    if y.is_null() {
        if type_of(vm, x) != vm.types.dict {
            return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
        }
        for (key, value) in dict::snapshot(x) {
            let key = if is_str(vm, *key) {
                if length(*key) != 1 {
                    let message = "string keys in translatetable must be of length 1";
                    return Err(vm.value_error(message));
                }
                Value::fixnum(view(&key).get(0) as i64).own()
            } else if int::is_int(vm, *key) {
                key
            } else {
                return Err(vm.type_error("keys in translate table mustbe strings or integers"));
            };
            dict::set(vm, *table, *key, *value)?;
        }
        return Ok(table);
    }
    expect_str(vm, y, "maketrans", 2)?;
    if !z.is_null() {
        expect_str(vm, z, "maketrans", 3)?;
    }
    if !is_str(vm, x) {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    }
    if length(x) != length(y) {
        let message = "the first two maketrans arguments must have equal length";
        return Err(vm.value_error(message));
    }
    for (from, to) in view(&x).iter().zip(view(&y).iter()) {
        dict::set(vm, *table, Value::fixnum(from as i64), Value::fixnum(to as i64))?;
    }
    if !z.is_null() {
        for c in view(&z).iter() {
            dict::set(vm, *table, Value::fixnum(c as i64), Value::NONE)?;
        }
    }
    Ok(table)
}
