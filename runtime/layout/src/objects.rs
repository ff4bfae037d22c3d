//! Layouts of the built-in objects that uop bodies touch. Fields are public words; the invariants are
//! the runtime's (`runtime/src/objects/`), which is also where every other field and type lives.
//!
//! All of them begin with the [`Header`]. Lengths are in elements, sizes in bytes.

use crate::frame::Frame;
use crate::header::Header;
use crate::thread::ExceptionItem;
use crate::value::Value;

/// The head of every type object; the runtime's `TypeObject` continues it.
#[repr(C)]
pub struct Type {
    pub header: Header,
    /// CPython's `tp_flags` bits.
    pub flags: u64,
    /// Size of an instance without variable part, header included; inline attribute slots begin here.
    pub basicsize: u32,
    pub itemsize: u32,
    /// Byte offset of the instance's `__dict__` word from the object's address (negative: in front of
    /// the header); 0 when there is none.
    pub dictoffset: i32,
    /// Attribute slots that new plain instances reserve.
    pub inline_slots: u32,
    /// The shape of an instance without attributes.
    pub root_shape: *mut crate::shape::Shape,
}

/// A double outside of the flonum range.
#[repr(C)]
pub struct Float {
    pub header: Header,
    pub value: f64,
}

/// Text in the narrowest of 1, 2 or 4 bytes per code point (width in the header's flags); `length`
/// code units follow the struct.
#[repr(C)]
pub struct Str {
    pub header: Header,
    pub length: usize,
    /// Cached hash; −1 when not computed (−1 is never a hash).
    pub hash: i64,
}

#[repr(C)]
pub struct Bytes {
    pub header: Header,
    pub length: usize,
    pub hash: i64,
}

/// `length` items follow the struct.
#[repr(C)]
pub struct Tuple {
    pub header: Header,
    pub length: usize,
    /// Cached hash, −1 when not computed.
    pub hash: i64,
}

impl Tuple {
    /// # Safety
    /// `this` must point to a live tuple.
    #[inline(always)]
    pub unsafe fn items(this: *mut Tuple) -> *mut Value {
        // SAFETY: the items follow the header, in the same allocation.
        unsafe { this.add(1) as *mut Value }
    }
}

#[repr(C)]
pub struct List {
    pub header: Header,
    pub length: usize,
    pub items: *mut Value,
    pub capacity: usize,
}

/// See `runtime/src/objects/dict/` for the table's structure.
#[repr(C)]
pub struct Dict {
    pub header: Header,
    pub used: usize,
    pub keys: *mut DictKeys,
    /// Bit per watcher that wants to hear of changes.
    pub watchers: u32,
    /// Counts the tables that this dict has had: who calls Python in the middle of a search looks again when it changed.
    pub generation: u32,
}

/// Insertion-ordered table: `entries[0..entry_count]` in order (deleted ones have NULL key and value). Between this
/// head and the entries lies an open-addressing index of `1 << log2_size` slots whose width depends on the size.
#[repr(C)]
pub struct DictKeys {
    /// Non-zero: no key was added, deleted or moved since this version was given out.
    pub version: u32,
    pub log2_size: u8,
    /// log2 of the bytes per index slot.
    pub log2_index_width: u8,
    /// Every key is an exact `str`.
    pub all_str: bool,
    _pad: u8,
    /// Entries in use, deleted ones included.
    pub entry_count: u32,
    /// Entries that may be appended before the table has to grow.
    pub usable: u32,
    pub entries: *mut DictEntry,
}

#[repr(C)]
pub struct DictEntry {
    pub hash: i64,
    pub key: Value,
    pub value: Value,
}

#[repr(C)]
pub struct Cell {
    pub header: Header,
    pub value: Value,
}

/// The head of a module; the runtime's fields follow.
#[repr(C)]
pub struct Module {
    pub header: Header,
    /// Its `__dict__`.
    pub dict: Value,
}

#[repr(C)]
pub struct Method {
    pub header: Header,
    pub function: Value,
    pub receiver: Value,
}

#[repr(C)]
pub struct Slice {
    pub header: Header,
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

/// Iterator over a range whose values are all fixnums.
#[repr(C)]
pub struct RangeIter {
    pub header: Header,
    pub next: i64,
    pub step: i64,
    /// Items still to come.
    pub remaining: i64,
}

/// Iterator over a list or a tuple; `sequence` is NULL when exhausted.
#[repr(C)]
pub struct SequenceIter {
    pub header: Header,
    pub index: usize,
    pub sequence: Value,
}

/// `enumerate`.
#[repr(C)]
pub struct Enumerate {
    pub header: Header,
    /// The next number while `big` is NULL.
    pub index: i64,
    pub iterator: Value,
    /// The next number beyond fixnums, an exact int; NULL before.
    pub big: Value,
    /// The tuple given out before, or NULL.
    pub pair: Value,
}

/// A plain instance. `inline_slots` attribute words follow `extra`; `__slots__` words, when the class has any,
/// come before `Type::basicsize`, where the attribute words begin. A class without `__dict__` has no `extra`.
#[repr(C)]
pub struct Instance {
    pub header: Header,
    /// NULL, or the `__dict__` (flag `INSTANCE_HAS_DICT`), or a malloc'ed array with the attributes beyond
    /// the inline slots.
    pub extra: Value,
}

#[repr(C)]
pub struct Function {
    pub header: Header,
    pub code: Value,
    pub globals: Value,
    pub builtins: Value,
    /// Tuple or NULL.
    pub defaults: Value,
    /// Dict or NULL.
    pub kwdefaults: Value,
    /// Tuple of cells or NULL.
    pub closure: Value,
    /// Non-zero: code, defaults and kwdefaults are as they were when this version was given out.
    pub version: u32,
    _pad: u32,
    pub name: Value,
    pub qualname: Value,
    pub doc: Value,
    pub module: Value,
    pub dict: Value,
    pub annotations: Value,
    pub annotate: Value,
    pub type_params: Value,
}

/// Bit of [`Code::flags`] that Python never sees: frames of this code are the runtime's own.
pub const HIDDEN_CODE: u32 = 1 << 31;

/// Bit of [`Code::flags`] that Python never sees: a copy of a generator expression's code that also takes its items. Python sees
/// the original in its place.
pub const FUSED_CODE: u32 = 1 << 30;

/// Generators, coroutines and asynchronous generators. The frame's locals and stack follow the struct.
#[repr(C)]
pub struct Generator {
    pub header: Header,
    /// The exceptions that the suspended frame is handling; linked into `ThreadState::exc_info` while it runs.
    pub exc: ExceptionItem,
    /// [`generator_state`].
    pub state: u8,
    /// The kinds' own flags (hooks initialised, closed, running `asend`).
    pub flags: [u8; 7],
    pub name: Value,
    pub qualname: Value,
    /// Coroutines: `cr_origin` or NULL. Asynchronous generators: the finaliser or NULL.
    pub extra: Value,
    pub frame: Frame,
}

/// States of a generator in CPython's order: everything below `EXECUTING` can be resumed.
pub mod generator_state {
    pub const CREATED: u8 = 0;
    pub const SUSPENDED: u8 = 1;
    /// Suspended in `yield from` or `await`.
    pub const SUSPENDED_YIELD_FROM: u8 = 2;
    pub const EXECUTING: u8 = 3;
    pub const CLEARED: u8 = 4;
}

/// The head of a code object; the runtime's own fields follow.
/// Bit of a function's version that other functions with the same code may have as well.
pub const SHARED_VERSION: u32 = 1 << 31;

#[repr(C)]
pub struct Code {
    pub header: Header,
    /// The instructions as they run: specialised in place, 16-bit units (opcode in the low byte).
    pub units: *mut u16,
    pub unit_count: u32,
    pub flags: u32,
    pub consts: *const Value,
    pub names: *const Value,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    /// Locals, cells and free variables.
    pub nlocalsplus: u32,
    /// Words that a frame of this code needs after its header: `nlocalsplus + stacksize +`
    /// [`STACK_SLACK`](crate::frame::STACK_SLACK).
    pub frame_words: u32,
    pub nfreevars: u32,
    /// Index of the first traceable instruction (after the prologue), in units.
    pub first_traceable: u32,
    /// Version of all functions made of this code but the first ([`SHARED_VERSION`]); 0 until there is a second one. And
    /// whether the first one has its own.
    pub shared_version: u32,
    pub has_version: u32,
    /// Calls and resumptions until tier 2 looks at the function.
    pub entry_count: u32,
    /// What was compiled ahead of time, or null.
    pub compiled: *const u8,
}

const _: () = {
    assert!(size_of::<Tuple>() == 32 && size_of::<Str>() == 32);
    assert!(size_of::<Instance>() == 24);
};
