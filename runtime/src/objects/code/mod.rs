//! Code objects.
//!
//! The head is [`taipan_layout::objects::Code`], which the interpreter reads; the rest is what Python sees and what
//! tracebacks need. The instructions exist twice: `co_code`, the bytes as the compiler made them, and `units`, the copy that
//! runs and that specialisation rewrites in place. Constants are immutable objects and shared freely; strings that
//! look like identifiers are interned, as are all names.
//!
//! | module | holds |
//! |---|---|
//! | `lazy` | code objects that are read when they are first needed |
//! | `compiled` | code objects from the compiler's data |
//! | `build` | code objects from parts, from Python, or from another one (`replace`) |
//! | `attrs` | the attributes and methods that Python sees |
//! | `compare` | equality and hash |

mod attrs;
mod build;
mod compare;
mod compiled;
mod constants;
pub mod lazy;

use taipan_frontend::code::flags::CO_HAS_DOCSTRING;
use taipan_frontend::code::local_kind;
use taipan_frontend::tables::{self, Handler, Location};
use taipan_layout::objects::Code;
use taipan_layout::{Header, Kind, Value};
use taipan_mir::opcodes::Opcode;

use super::spec::{TypeSpec, tp_flags};
use super::{Slots, bytes, cast, str, tuple};
use crate::owned::{Counted, Owned, PyResult, decref};
use crate::vm::Vm;

pub use build::{Parts, WARMUP, from_parts, intern_all, set_filename};
pub use compiled::{constant as constant_object, from_compiled};
pub use constants::constant_of;

#[repr(C)]
pub struct CodeObject {
    pub head: Code,
    /// Tuples; `head.consts` and `head.names` point to their items.
    pub consts: Value,
    pub names: Value,
    pub localsplusnames: Value,
    /// `bytes` with one `local_kind` per localsplus slot.
    pub localspluskinds: Value,
    pub filename: Value,
    pub name: Value,
    pub qualname: Value,
    /// `bytes`.
    pub code: Value,
    pub linetable: Value,
    pub exceptiontable: Value,
    pub stacksize: u32,
    pub firstlineno: i32,
    pub nlocals: u32,
    pub ncellvars: u32,
    /// What `ENTER_EXECUTOR` instructions stand for, by their argument; null until there is one.
    executors: *mut Vec<ExecutorSite>,
    /// The marshalled code object that is still to be read (`lazy`); most other fields are empty until then.
    body: Option<&'static [u8]>,
}

/// An instruction that was replaced by `ENTER_EXECUTOR`.
struct ExecutorSite {
    /// Number of the executor in tier 2's list.
    executor: usize,
    ip: *mut u16,
}

/// [`ExecutorSite::executor`] of a place in the list that can be used again.
const VACANT: usize = usize::MAX;

/// Executors that one code object may have: the argument of `ENTER_EXECUTOR` has eight bits.
const MAX_EXECUTORS: usize = 256;

/// Replaces the instruction at `ip` by one that runs tier 2's `executor`.
///
/// # Safety
/// `ip` is an instruction of the live code object `code`.
pub unsafe fn install_executor(code: *mut Code, ip: *mut u16, executor: usize) {
    // SAFETY: by contract; every code that runs Python is the head of a CodeObject.
    unsafe {
        let this = code as *mut CodeObject;
        if (*this).executors.is_null() {
            (*this).executors = Box::into_raw(Box::default());
        }
        let list = &mut *(*this).executors;
        let index = list.iter().position(|site| site.executor == VACANT).unwrap_or(list.len());
        if index == MAX_EXECUTORS {
            return;
        }
        if index == list.len() {
            list.push(ExecutorSite { executor, ip });
        }
        list[index] = ExecutorSite { executor, ip };
        *ip = Opcode::ENTER_EXECUTOR as u16 | (index as u16) << 8;
    }
}

/// Restores the instructions that entered `executor`, as the compiler made them; their addresses.
///
/// # Safety
/// `code` is live.
pub unsafe fn uninstall_executor(code: *mut Code, executor: usize) -> Vec<*mut u16> {
    // SAFETY: by contract.
    unsafe {
        let this = &mut *(code as *mut CodeObject);
        let mut restored = Vec::new();
        let Some(sites) = this.executors.as_mut() else { return restored };
        let compiled = bytes::as_slice(&this.code);
        for site in sites.iter_mut().filter(|site| site.executor == executor) {
            let at = 2 * (site.ip as usize - this.head.units as usize) / 2;
            *site.ip = u16::from_le_bytes([compiled[at], compiled[at + 1]]);
            restored.push(site.ip);
            *site = ExecutorSite { executor: VACANT, ip: std::ptr::null_mut() };
        }
        restored
    }
}

/// The unit at `ip` as the compiler made it.
///
/// # Safety
/// `ip` is an instruction of the live code object `code`.
pub unsafe fn original_unit(code: *mut Code, ip: *mut u16) -> u16 {
    // SAFETY: by contract; every code that runs Python is the head of a CodeObject.
    unsafe {
        let this = &*(code as *mut CodeObject);
        let compiled = bytes::as_slice(&this.code);
        let at = 2 * this.unit_index(ip);
        u16::from_le_bytes([compiled[at], compiled[at + 1]])
    }
}

/// Where the instruction at `ip` begins: at the first of its `EXTENDED_ARG`s.
///
/// # Safety
/// `ip` is an instruction of the live code object `code`.
pub unsafe fn instruction_start(code: *mut Code, ip: *mut u16) -> *mut u16 {
    // SAFETY: by contract. In the compiler's code caches are zeros, so that a prefix is one.
    unsafe {
        let this = &*(code as *mut CodeObject);
        let compiled = bytes::as_slice(&this.code);
        let mut unit = this.unit_index(ip);
        while unit > 0 && compiled[2 * (unit - 1)] == Opcode::EXTENDED_ARG as u8 {
            unit -= 1;
        }
        this.head.units.add(unit)
    }
}

/// Tier 2's number of the executor behind an `ENTER_EXECUTOR`'s argument.
///
/// # Safety
/// `frame` executes such an instruction.
pub unsafe fn executor(frame: *mut taipan_layout::Frame, index: usize) -> usize {
    // SAFETY: by contract the list exists and has the entry.
    unsafe { (&(*(*((*frame).code as *mut CodeObject)).executors))[index].executor }
}

/// Whether this is only a head: the runtime's own code, such as that of the frame below an `__init__`.
///
/// # Safety
/// `code` is live.
pub unsafe fn is_bare(code: *mut Code) -> bool {
    // SAFETY: by contract.
    unsafe { (*code).header.shape.is_null() }
}

/// Tier 2's number of the executor installed at `ip`.
///
/// # Safety
/// `code` is live.
pub unsafe fn executor_at(code: *mut Code, ip: *mut u16) -> Option<usize> {
    // SAFETY: by contract.
    unsafe {
        if is_bare(code) {
            return None;
        }
        let list = (*(code as *mut CodeObject)).executors;
        if list.is_null() {
            return None;
        }
        (*list).iter().find(|s| s.ip == ip).map(|s| s.executor)
    }
}

/// An instruction that was replaced by `ENTER_EXECUTOR`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    /// Tier 2's number of the executor.
    pub executor: usize,
    /// The instruction as the compiler made it.
    pub opcode: u8,
    pub oparg: u8,
}

/// What was replaced `offset` bytes into the code.
pub fn executor_at_offset(code: Value, offset: i32) -> Option<Site> {
    let this = code_object(code);
    // SAFETY: the list belongs to this code object and does not change meanwhile.
    let sites = unsafe { this.executors.as_ref() }?;
    let offset = usize::try_from(offset).ok()?;
    let mut sites = sites.iter().filter(|site| site.executor != VACANT);
    let site = sites.find(|site| 2 * this.unit_index(site.ip) == offset)?;
    let unit = bytes::as_slice(&this.code).get(offset..offset + 2)?;
    let opcode = match Opcode::from_u8(unit[0]) {
        // The form that counts.
        Some(Opcode::JUMP_BACKWARD) => Opcode::JUMP_BACKWARD_JIT as u8,
        _ => unit[0],
    };
    Some(Site { executor: site.executor, opcode, oparg: unit[1] })
}

/// The instructions of a code object as they run, with those in its constants.
#[derive(Clone, Debug)]
pub struct Running {
    /// As many bytes as `co_code`: specialised opcodes, and caches with their contents. Arguments are the compiler's.
    pub code: Vec<u8>,
    /// Code objects among the constants, by their index.
    pub inner: Vec<(usize, Running)>,
}

/// What has become of `code`'s instructions. Entries into machine code have the argument of the instruction that they
/// replaced.
pub fn running(code: Value) -> Running {
    let this = code_object(code);
    let mut bytes = Vec::with_capacity(2 * this.head.unit_count as usize);
    for index in 0..this.head.unit_count as usize {
        // SAFETY: a code object has `unit_count` units; the interpreter lock is held.
        let unit = unsafe { *this.head.units.add(index) };
        bytes.extend(unit.to_le_bytes());
    }
    let compiled = bytes::as_slice(&this.code);
    // SAFETY: the list belongs to this code object and does not change meanwhile.
    let sites = unsafe { this.executors.as_ref() };
    for site in sites.into_iter().flatten().filter(|site| site.executor != VACANT) {
        let at = 2 * this.unit_index(site.ip);
        bytes[at + 1] = compiled[at + 1];
    }
    let constants = tuple::items(&this.consts).iter().enumerate();
    let inner = constants.filter(|(_, constant)| super::is_kind(**constant, Kind::Code));
    Running { code: bytes, inner: inner.map(|(index, constant)| (index, running(*constant))).collect() }
}

pub static SPEC: TypeSpec = TypeSpec {
    name: "code",
    basicsize: size_of::<CodeObject>(),
    kind: Kind::Code,
    flags: tp_flags::WEAKREFABLE,
    doc: "Create a code object.  Not for the faint of heart.",
    signature: "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize,\n     flags, codestring, \
                constants, names, varnames, filename, name,\n     qualname, firstlineno, linetable, \
                exceptiontable, freevars=(),\n     cellvars=(), /)",
    slots: Slots {
        new: Some(build::construct),
        repr: Some(repr),
        hash: Some(compare::hash),
        richcompare: Some(compare::richcompare),
        dealloc: Some(dealloc),
        ..Slots::EMPTY
    },
    methods: attrs::METHODS,
    getset: attrs::GETSET,
    members: attrs::MEMBERS,
    ..TypeSpec::DEFAULT
};

/// The struct behind a code object.
#[inline(always)]
pub fn code_object<'a>(code: Value) -> &'a CodeObject {
    // SAFETY: callers pass code objects, which cannot be subclassed.
    unsafe {
        lazy::complete(code.as_ptr());
        cast::<CodeObject>(code)
    }
}

/// The same, of which only what making a function takes need be there: names, counts, flags.
#[inline(always)]
pub fn code_head<'a>(code: Value) -> &'a CodeObject {
    // SAFETY: as above.
    unsafe { cast::<CodeObject>(code) }
}

/// The same for the pointer that frames hold.
///
/// # Safety
/// `code` points to a live code object.
#[inline(always)]
pub unsafe fn of_ptr<'a>(code: *mut Code) -> &'a CodeObject {
    // SAFETY: every `Code` is the head of a `CodeObject`.
    unsafe { &*(code as *const CodeObject) }
}

impl CodeObject {
    pub fn value(&self) -> Value {
        Value::from_ptr(self as *const CodeObject as *mut CodeObject)
    }
    pub fn has_flag(&self, flag: u32) -> bool {
        self.head.flags & flag != 0
    }
    /// The unit index of an instruction of this code.
    pub fn unit_index(&self, ip: *const u16) -> usize {
        (ip as usize).wrapping_sub(self.head.units as usize) / 2
    }
    /// The kind bits of a localsplus slot.
    pub fn local_kind(&self, index: usize) -> u8 {
        bytes::as_slice(&self.localspluskinds)[index]
    }
    pub fn local_name(&self, index: usize) -> Value {
        tuple::items(&self.localsplusnames)[index]
    }
    /// Where the instruction at this unit comes from.
    pub fn location(&self, unit: usize) -> Option<Location> {
        tables::find_location(bytes::as_slice(&self.linetable), self.firstlineno, 2 * unit as u32)
    }
    /// The line of the instruction at this unit.
    pub fn line(&self, unit: usize) -> Option<i32> {
        self.location(unit)?.line
    }
    /// The line of each unit; −1 where there is none.
    pub fn lines(&self) -> Vec<i32> {
        let mut lines = vec![-1; bytes::as_slice(&self.code).len() / 2];
        for r in tables::line_ranges(bytes::as_slice(&self.linetable), self.firstlineno) {
            let (start, end) = (r.start as usize / 2, (r.end as usize / 2).min(lines.len()));
            if let (Some(line), Some(units)) = (r.line, lines.get_mut(start..end)) {
                units.fill(line);
            }
        }
        lines
    }
    /// Where an exception raised by the instruction at this unit is handled; offsets in bytes.
    pub fn handler(&self, unit: usize) -> Option<Handler> {
        tables::find_handler(bytes::as_slice(&self.exceptiontable), 2 * unit as u32)
    }
    /// The names of the slots whose kind has one of these bits.
    fn names_of_kind(&self, wanted: u8) -> Vec<Value> {
        let kinds = bytes::as_slice(&self.localspluskinds);
        tuple::items(&self.localsplusnames)
            .iter()
            .zip(kinds)
            .filter(|(_, kind)| **kind & wanted != 0)
            .map(|(name, _)| *name)
            .collect()
    }
    /// `co_varnames`.
    pub fn varnames(&self, vm: &Vm) -> PyResult {
        tuple::from_slice(vm, &self.names_of_kind(local_kind::CO_FAST_LOCAL))
    }
    /// `co_cellvars`.
    pub fn cellvars(&self, vm: &Vm) -> PyResult {
        tuple::from_slice(vm, &self.names_of_kind(local_kind::CO_FAST_CELL))
    }
    /// `co_freevars`.
    pub fn freevars(&self, vm: &Vm) -> PyResult {
        tuple::from_slice(vm, &self.names_of_kind(local_kind::CO_FAST_FREE))
    }
}

/// The docstring of a function's code.
pub fn docstring(vm: &Vm, code: Value) -> PyResult<Option<Owned>> {
    if !code_head(code).has_flag(CO_HAS_DOCSTRING) {
        return Ok(None);
    }
    if lazy::is_unread(code) {
        return lazy::unread_docstring(vm, code);
    }
    Ok(tuple::items(&code_object(code).consts).first().map(|doc| doc.own()))
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let c = code_object(this);
    let line = if c.firstlineno != 0 { c.firstlineno } else { -1 };
    let (name, file) = (str::to_string_lossy(c.name), str::to_string_lossy(c.filename));
    str::new(vm, &format!("<code object {name} at {:#x}, file \"{file}\", line {line}>", this.0))
}

unsafe fn dealloc(_vm: &Vm, object: *mut Header) {
    // SAFETY: the object is a code object that nothing runs any more; the units were boxed by `build`.
    unsafe {
        let c = object as *mut CodeObject;
        let head = &mut (*c).head;
        if !head.units.is_null() {
            let units = std::ptr::slice_from_raw_parts_mut(head.units, head.unit_count as usize);
            head.units = std::ptr::null_mut();
            drop(Box::from_raw(units));
        }
        if !(*c).executors.is_null() {
            drop(Box::from_raw(std::mem::replace(&mut (*c).executors, std::ptr::null_mut())));
        }
        for word in [
            &mut (*c).consts,
            &mut (*c).names,
            &mut (*c).localsplusnames,
            &mut (*c).localspluskinds,
            &mut (*c).filename,
            &mut (*c).name,
            &mut (*c).qualname,
            &mut (*c).code,
            &mut (*c).linetable,
            &mut (*c).exceptiontable,
        ] {
            decref(std::mem::replace(word, Value::NULL));
        }
    }
}
