//! Making code objects.

use taipan_frontend::code::flags;
use taipan_frontend::code::local_kind::*;
use taipan_layout::frame::STACK_SLACK;
use taipan_layout::{Header, Value};
use taipan_mir::opcodes::Opcode;

use super::super::{bytes, is_instance, new_instance, owned, str, tuple, type_of};
use super::{CodeObject, code_object};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// All fields as objects, checked and ready to be stored.
pub struct Parts {
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub stacksize: u32,
    pub flags: u32,
    pub firstlineno: i32,
    pub code: Owned,
    pub consts: Owned,
    pub names: Owned,
    pub localsplusnames: Owned,
    pub localspluskinds: Owned,
    pub filename: Owned,
    pub name: Owned,
    pub qualname: Owned,
    pub linetable: Owned,
    pub exceptiontable: Owned,
}

/// A code object from parts that were checked to have the right types.
pub fn from_parts(vm: &Vm, parts: Parts) -> PyResult {
    let locals = tuple::items(&parts.localsplusnames).len();
    if bytes::as_slice(&parts.localspluskinds).len() != locals {
        return Err(vm.value_error("code: localsplusnames and localspluskinds differ in length"));
    }
    check_code(vm, *parts.code)?;
    build(vm, parts)
}

/// A tuple of names with each of them interned.
pub fn intern_all(vm: &Vm, names: Value) -> PyResult {
    if tuple::items(&names).iter().all(|n| str::is_interned(*n)) {
        return Ok(names.own());
    }
    let names = names_argument(vm, names, "code", "names")?;
    tuple::from_owned(vm, names)
}

/// `_imp._fix_co_filename`: this code object and those among its constants.
pub fn set_filename(vm: &Vm, code: Value, filename: Value) {
    let object = code_object(code);
    // SAFETY: the field owns its word.
    unsafe { crate::owned::replace((&raw const object.filename).cast_mut(), Some(filename.own())) };
    for constant in tuple::items(&object.consts) {
        if type_of(vm, *constant) == vm.types.code {
            set_filename(vm, *constant, filename);
        }
    }
}

/// An adaptive counter: 12 bits of value, 4 of backoff.
const fn counter(value: u16, backoff: u16) -> u16 {
    value << 4 | backoff
}
/// A new instruction is specialised at its second execution.
pub const WARMUP: u16 = counter(1, 1);
/// Back-edges wait longer, unless tier 2 counts them: its counter is in the specialised form.
const JUMP_BACKWARD: u16 = counter(4095, 12);
/// Conditional jumps record their last outcomes as bits; alternating ones say nothing.
const BRANCH_HISTORY: u16 = 0x5555;

/// The running copy of the instructions, with inline caches in their initial state, and the index of the first
/// instruction after the prologue.
fn adaptive_units(vm: &Vm, code: &[u8]) -> (Box<[u16]>, usize) {
    let count = code.len() / 2;
    let mut units = vec![0u16; count].into_boxed_slice();
    for (unit, bytes) in units.iter_mut().zip(code.as_chunks::<2>().0) {
        *unit = u16::from_le_bytes(*bytes);
    }
    let jump_backward = if vm.config.jit_enabled() { WARMUP } else { JUMP_BACKWARD };
    let mut first_traceable = count;
    let mut i = 0;
    while let Some(unit) = units.get(i) {
        let (opcode, caches) = (*unit as u8, CACHES[usize::from(*unit as u8)]);
        if opcode == Opcode::RESUME as u8 && first_traceable == count {
            first_traceable = i;
        }
        if caches != 0
            && let Some(counter) = units.get_mut(i + 1)
        {
            *counter = FIRST_CACHE[usize::from(opcode)];
            if opcode == Opcode::JUMP_BACKWARD as u8 {
                *counter = jump_backward;
            }
        }
        i += 1 + usize::from(caches);
    }
    (units, first_traceable)
}

/// The units behind an instruction that are its caches, by its number.
static CACHES: [u8; 256] = {
    let mut caches = [0; 256];
    let mut number = 0;
    while number < 256 {
        if let Some(op) = Opcode::from_u8(number as u8) {
            caches[number] = op.caches() as u8;
        }
        number += 1;
    }
    caches
};

/// What the first of an instruction's caches begins with, by the instruction's number.
static FIRST_CACHE: [u16; 256] = {
    let mut first = [WARMUP; 256];
    first[Opcode::POP_JUMP_IF_FALSE as usize] = BRANCH_HISTORY;
    first[Opcode::POP_JUMP_IF_TRUE as usize] = BRANCH_HISTORY;
    first[Opcode::POP_JUMP_IF_NONE as usize] = BRANCH_HISTORY;
    first[Opcode::POP_JUMP_IF_NOT_NONE as usize] = BRANCH_HISTORY;
    first
};

pub(super) fn build(vm: &Vm, p: Parts) -> PyResult {
    let kinds = bytes::as_slice(&p.localspluskinds);
    let count = |bit: u8| kinds.iter().filter(|k| **k & bit != 0).count() as u32;
    let (nlocals, ncellvars, nfreevars) = (count(CO_FAST_LOCAL), count(CO_FAST_CELL), count(CO_FAST_FREE));
    let nlocalsplus = kinds.len() as u32;
    let (units, first_traceable) = adaptive_units(vm, bytes::as_slice(&p.code));
    let object = new_instance::<CodeObject>(vm, vm.types.code)?;
    // SAFETY: the object is new; every field after the header is written.
    unsafe {
        let c = &mut *object;
        c.head.unit_count = units.len() as u32;
        c.head.units = Box::into_raw(units) as *mut u16;
        c.head.flags = p.flags;
        c.head.argcount = p.argcount;
        c.head.posonlyargcount = p.posonlyargcount;
        c.head.kwonlyargcount = p.kwonlyargcount;
        c.head.nlocalsplus = nlocalsplus;
        c.head.frame_words = nlocalsplus + p.stacksize + STACK_SLACK as u32;
        c.head.nfreevars = nfreevars;
        c.head.first_traceable = first_traceable as u32;
        (c.head.shared_version, c.head.has_version) = (0, 0);
        c.head.entry_count = vm.config.entry_counter();
        c.head.compiled = std::ptr::null();
        c.consts = p.consts.into_value();
        c.names = p.names.into_value();
        // The tuples are immutable and do not move, so their items can be pointed at.
        c.head.consts = tuple::items(&c.consts).as_ptr();
        c.head.names = tuple::items(&c.names).as_ptr();
        c.localsplusnames = p.localsplusnames.into_value();
        c.localspluskinds = p.localspluskinds.into_value();
        c.filename = p.filename.into_value();
        c.name = p.name.into_value();
        c.qualname = p.qualname.into_value();
        c.code = p.code.into_value();
        c.linetable = p.linetable.into_value();
        c.exceptiontable = p.exceptiontable.into_value();
        c.stacksize = p.stacksize;
        c.firstlineno = p.firstlineno;
        c.nlocals = nlocals;
        c.ncellvars = ncellvars;
        c.body = None;
    }
    Ok(owned(object as *mut Header))
}

// ---- from Python ----

fn count_argument(vm: &Vm, v: Value, name: &str) -> PyResult<u32> {
    let n = protocol::index::to_isize(vm, v)?;
    u32::try_from(n).map_err(|_| vm.value_error(&format!("code: {name} must not be negative")))
}

fn typed(vm: &Vm, v: Value, function: &str, parameter: &str, ty: super::super::TypeRef) -> PyResult {
    if is_instance(vm, v, ty) {
        return Ok(v.own());
    }
    let (expected, got) = (ty.name_str(), type_of(vm, v).name_str());
    Err(vm.type_error(&format!("{function}() argument {parameter} must be {expected}, not {got}")))
}

/// A tuple of names, each interned.
fn names_argument(vm: &Vm, v: Value, function: &str, parameter: &str) -> PyResult<Vec<Owned>> {
    let t = typed(vm, v, function, parameter, vm.types.tuple)?;
    let mut names = Vec::new();
    for n in tuple::items(&t) {
        if !is_instance(vm, *n, vm.types.str) {
            let got = type_of(vm, *n).name_str();
            return Err(vm.type_error(&format!("name tuples must contain only strings, not '{got}'")));
        }
        names.push(str::intern_value(vm, *n));
    }
    Ok(names)
}

/// Names and kinds of all slots: variables (some of which are cells too), other cells, free variables.
fn localsplus(
    vm: &Vm,
    varnames: Vec<Owned>,
    cellvars: Vec<Owned>,
    freevars: Vec<Owned>,
    shape: [u32; 3],
    code_flags: u32,
) -> PyResult<(Owned, Owned)> {
    let [argcount, posonly, kwonly] = shape.map(|n| n as usize);
    let named = argcount + kwonly;
    let varargs = code_flags & flags::CO_VARARGS != 0;
    let varkeywords = code_flags & flags::CO_VARKEYWORDS != 0;
    let mut kinds: Vec<u8> = (0..varnames.len())
        .map(|i| {
            CO_FAST_LOCAL
                | match i {
                    _ if i < posonly => CO_FAST_ARG_POS,
                    _ if i < argcount => CO_FAST_ARG_POS | CO_FAST_ARG_KW,
                    _ if i < named => CO_FAST_ARG_KW,
                    _ if varargs && i == named => CO_FAST_ARG_POS | CO_FAST_ARG_VAR,
                    _ if varkeywords && i == named + varargs as usize => CO_FAST_ARG_KW | CO_FAST_ARG_VAR,
                    _ => 0,
                }
        })
        .collect();
    let mut names = varnames;
    for cell in cellvars {
        match names.iter().position(|n| **n == *cell) {
            Some(i) => kinds[i] |= CO_FAST_CELL,
            None => {
                names.push(cell);
                kinds.push(CO_FAST_CELL);
            }
        }
    }
    for free in freevars {
        names.push(free);
        kinds.push(CO_FAST_FREE);
    }
    Ok((tuple::from_owned(vm, names)?, bytes::new(vm, &kinds)?))
}

fn check_code(vm: &Vm, code: Value) -> PyResult<()> {
    if !bytes::as_slice(&code).len().is_multiple_of(2) {
        return Err(vm.value_error("code: co_code is malformed"));
    }
    Ok(())
}

pub(super) fn construct(vm: &Vm, _cls: Value, args: Args) -> PyResult {
    if args.has_keywords() {
        return Err(vm.type_error("code() takes no keyword arguments"));
    }
    let a = args.pos();
    if !(16..=18).contains(&a.len()) {
        let (bound, limit) = if a.len() < 16 { ("least", 16) } else { ("most", 18) };
        return Err(vm.type_error(&format!("code expected at {bound} {limit} arguments, got {}", a.len())));
    }
    let t = &vm.types;
    let text = |i: usize| typed(vm, a[i], "code", &(i + 1).to_string(), t.str);
    let data = |i: usize| typed(vm, a[i], "code", &(i + 1).to_string(), t.bytes);
    let names = |i: usize| names_argument(vm, a[i], "code", &(i + 1).to_string());
    let optional_names = |i: usize| if i < a.len() { names(i) } else { Ok(Vec::new()) };
    let shape = [
        count_argument(vm, a[0], "argcount")?,
        count_argument(vm, a[1], "posonlyargcount")?,
        count_argument(vm, a[2], "kwonlyargcount")?,
    ];
    let nlocals = count_argument(vm, a[3], "nlocals")?;
    let code_flags = count_argument(vm, a[5], "flags")?;
    let varnames = names(9)?;
    if nlocals as usize != varnames.len() {
        return Err(vm.value_error("code: co_nlocals != len(co_varnames)"));
    }
    if (shape[0] + shape[2]) as usize > varnames.len() || shape[1] > shape[0] {
        return Err(vm.value_error("code: varnames is too small"));
    }
    let (localsplusnames, localspluskinds) =
        localsplus(vm, varnames, optional_names(17)?, optional_names(16)?, shape, code_flags)?;
    let code = data(6)?;
    check_code(vm, *code)?;
    let parts = Parts {
        argcount: shape[0],
        posonlyargcount: shape[1],
        kwonlyargcount: shape[2],
        stacksize: count_argument(vm, a[4], "stacksize")?,
        flags: code_flags,
        firstlineno: protocol::index::to_isize(vm, a[13])? as i32,
        code,
        consts: typed(vm, a[7], "code", "8", t.tuple)?,
        names: tuple::from_owned(vm, names(8)?)?,
        localsplusnames,
        localspluskinds,
        filename: text(10)?,
        name: text(11)?,
        qualname: text(12)?,
        linetable: data(14)?,
        exceptiontable: data(15)?,
    };
    build(vm, parts)
}

/// `code.replace(**changes)`.
pub(super) fn replace(vm: &Vm, this: Value, args: Args) -> PyResult {
    if !args.pos().is_empty() {
        return Err(vm.type_error("replace() takes no positional arguments"));
    }
    let old = code_object(this);
    let (mut varnames, mut cellvars, mut freevars, mut nlocals) = (None, None, None, None);
    let mut p = Parts {
        argcount: old.head.argcount,
        posonlyargcount: old.head.posonlyargcount,
        kwonlyargcount: old.head.kwonlyargcount,
        stacksize: old.stacksize,
        flags: old.head.flags,
        firstlineno: old.firstlineno,
        code: old.code.own(),
        consts: old.consts.own(),
        names: old.names.own(),
        localsplusnames: old.localsplusnames.own(),
        localspluskinds: old.localspluskinds.own(),
        filename: old.filename.own(),
        name: old.name.own(),
        qualname: old.qualname.own(),
        linetable: old.linetable.own(),
        exceptiontable: old.exceptiontable.own(),
    };
    for (keyword, v) in args.keywords() {
        let key = str::to_string_lossy(keyword);
        let t = &vm.types;
        let of = |ty| typed(vm, v, "replace", &format!("'{key}'"), ty);
        let number = || -> PyResult<u32> {
            let n = protocol::index::to_i32(vm, v)?;
            u32::try_from(n).map_err(|_| vm.value_error(&format!("{key} must be a positive integer")))
        };
        let names = || names_argument(vm, v, "replace", &format!("'{key}'"));
        match key.as_str() {
            "co_argcount" => p.argcount = number()?,
            "co_posonlyargcount" => p.posonlyargcount = number()?,
            "co_kwonlyargcount" => p.kwonlyargcount = number()?,
            "co_nlocals" => nlocals = Some(number()? as usize),
            "co_stacksize" => p.stacksize = number()?,
            "co_flags" => p.flags = number()?,
            "co_firstlineno" => p.firstlineno = protocol::index::to_isize(vm, v)? as i32,
            "co_code" => p.code = of(t.bytes)?,
            "co_consts" => p.consts = of(t.tuple)?,
            "co_names" => p.names = tuple::from_owned(vm, names()?)?,
            "co_varnames" => varnames = Some(names()?),
            "co_freevars" => freevars = Some(names()?),
            "co_cellvars" => cellvars = Some(names()?),
            "co_filename" => p.filename = of(t.str)?,
            "co_name" => p.name = of(t.str)?,
            "co_qualname" => p.qualname = of(t.str)?,
            "co_linetable" => p.linetable = of(t.bytes)?,
            "co_exceptiontable" => p.exceptiontable = of(t.bytes)?,
            _ => {
                return Err(vm.type_error(&format!("replace() got an unexpected keyword argument '{key}'")));
            }
        }
    }
    check_code(vm, *p.code)?;
    let current = |names: PyResult| -> PyResult<Vec<Owned>> {
        names.map(|t| tuple::items(&t).iter().map(|v| v.own()).collect())
    };
    let varnames_changed = varnames.is_some();
    let rebuild = varnames_changed || cellvars.is_some() || freevars.is_some();
    let variables = match varnames {
        Some(names) => names,
        None => current(old.varnames(vm))?,
    };
    if nlocals.is_some_and(|n| n != variables.len())
        || (varnames_changed && nlocals.is_none() && variables.len() != old.nlocals as usize)
    {
        return Err(vm.value_error("code: co_nlocals != len(co_varnames)"));
    }
    if rebuild {
        let cells = cellvars.map_or_else(|| current(old.cellvars(vm)), Ok)?;
        let free = freevars.map_or_else(|| current(old.freevars(vm)), Ok)?;
        let shape = [p.argcount, p.posonlyargcount, p.kwonlyargcount];
        (p.localsplusnames, p.localspluskinds) = localsplus(vm, variables, cells, free, shape, p.flags)?;
    } else if (p.argcount + p.kwonlyargcount) as usize > variables.len() || p.posonlyargcount > p.argcount {
        return Err(vm.value_error("code: varnames is too small"));
    }
    build(vm, p)
}
