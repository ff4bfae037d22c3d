//! Cells: the boxes through which functions share variables.

use taipan_layout::objects::Cell;
use taipan_layout::{Header, Kind, Value};

use super::slots::CompareOp;
use super::spec::{TypeSpec, getset, tp_flags};
use super::{Slots, cast, exact, new_exact, owned, str, type_of};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::protocol;
use crate::vm::Vm;

pub static SPEC: TypeSpec = TypeSpec {
    name: "cell",
    basicsize: size_of::<Cell>(),
    kind: Kind::Cell,
    flags: tp_flags::HAVE_GC,
    doc: "Create a new cell object, empty unless contents are given.",
    signature: "([contents])",
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        richcompare: Some(richcompare),
        dealloc: Some(dealloc),
        traverse: Some(traverse),
        clear: Some(dealloc),
        ..Slots::EMPTY
    },
    getset: &[getset("cell_contents", get_contents, set_contents, "")],
    ..TypeSpec::DEFAULT
};

/// A cell, empty when there is no value.
pub fn new(vm: &Vm, value: Option<Value>) -> PyResult {
    let cell = new_exact::<Cell>(vm, vm.types.cell)?;
    // SAFETY: the object is new.
    unsafe { (*cell).value = value.map_or(Value::NULL, |v| v.own().into_value()) };
    Ok(owned(cell))
}

/// The contents of a cell; `None` when it is empty.
pub fn get(cell: Value) -> Option<Owned> {
    let v = exact::<Cell>(cell, Kind::Cell)?.value;
    (!v.is_null()).then(|| v.own())
}

/// Fills or (with `None`) empties a cell.
pub fn set(cell: Value, value: Option<Owned>) {
    // SAFETY: callers pass cells; the word is owned by the cell.
    unsafe { crate::owned::replace(&raw mut cast::<Cell>(cell).value, value) };
}

fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("cell() takes no keyword arguments"));
    }
    match args.pos() {
        [] => new(vm, None),
        [only] => new(vm, Some(*only)),
        more => Err(vm.type_error(&format!("cell expected at most 1 argument, got {}", more.len()))),
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let text = match get(this) {
        None => format!("<cell at {:#x}: empty>", this.0),
        Some(v) => {
            let name = type_of(vm, *v).name_str();
            format!("<cell at {:#x}: {name} object at {:#x}>", this.0, v.0)
        }
    };
    str::new(vm, &text)
}

/// By contents; an empty cell is less than any other.
fn richcompare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if type_of(vm, a) != vm.types.cell || type_of(vm, b) != vm.types.cell {
        return Ok(Owned::not_implemented());
    }
    match (get(a), get(b)) {
        (Some(x), Some(y)) => protocol::compare::rich(vm, *x, *y, op),
        (x, y) => Ok(Owned::bool(op.holds(x.is_some().cmp(&y.is_some())))),
    }
}

fn get_contents(vm: &Vm, this: Value) -> PyResult {
    get(this).ok_or_else(|| vm.value_error("Cell is empty"))
}

fn set_contents(_vm: &Vm, this: Value, value: Option<Value>) -> PyResult<()> {
    set(this, value.map(Counted::own));
    Ok(())
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a cell; its word is taken out before it is dropped.
    unsafe { decref(std::mem::replace(&mut (*(object as *mut Cell)).value, Value::NULL)) };
}

unsafe fn traverse(object: *mut Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: the object is a cell.
    let v = unsafe { (*(object as *mut Cell)).value };
    if !v.is_null() {
        visit(v);
    }
}
