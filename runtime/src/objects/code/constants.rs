//! Objects → constants of the compiler, for syntax trees.

use std::rc::Rc;

use taipan_frontend::{Constant, PyText};
use taipan_layout::Value;

use crate::objects::{bytes, complex, float, int, set, str, tuple, type_of};
use crate::owned::PyResult;
use crate::vm::Vm;

/// The constant that an object stands for; only exact instances of the types of literals do.
pub fn constant_of(vm: &Vm, v: Value) -> PyResult<Option<Constant>> {
    let t = &vm.types;
    let all = |items: &[Value]| -> PyResult<Option<Rc<[Constant]>>> {
        vm.check_native_stack(" during ast construction")?;
        items
            .iter()
            .map(|item| constant_of(vm, *item))
            .collect::<PyResult<Option<Vec<_>>>>()
            .map(|v| v.map(Into::into))
    };
    let ty = type_of(vm, v);
    Ok(Some(match v {
        Value::NONE => Constant::None,
        Value::TRUE => Constant::True,
        Value::FALSE => Constant::False,
        Value::ELLIPSIS => Constant::Ellipsis,
        _ if ty == t.int => Constant::Int(int::view(v).into_big()),
        _ if ty == t.float => match float::as_f64(v) {
            Some(f) => Constant::Float(f),
            None => return Ok(None),
        },
        _ if ty == t.complex => match complex::as_c64(vm, v) {
            Some(c) => Constant::Complex { real: c.re, imag: c.im },
            None => return Ok(None),
        },
        _ if ty == t.str => Constant::Str(PyText::from_wtf8(&str::to_wtf8(v))),
        _ if ty == t.bytes => Constant::Bytes(bytes::as_slice(&v).into()),
        _ if ty == t.tuple => match all(tuple::items(&v))? {
            Some(items) => Constant::Tuple(items),
            None => return Ok(None),
        },
        _ if ty == t.frozenset => {
            let items = set::snapshot(v);
            let words: Vec<Value> = items.iter().map(|item| **item).collect();
            match all(&words)? {
                Some(items) => Constant::FrozenSet(items),
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    }))
}
