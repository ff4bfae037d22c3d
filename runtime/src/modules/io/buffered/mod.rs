//! Buffered streams over a raw one: `BufferedReader`, `BufferedWriter`, `BufferedRandom` (both), and `BufferedRWPair` (one of
//! each).
//!
//! One buffer serves both directions. `at` is the stream's position in it and `raw_at` the raw stream's; what was read
//! ahead ends at `read_end`, and what is still to be written is `pending`:
//!
//! ```text
//!   0          at           read_end        size
//!   |···········|===========|···············|      reading: raw_at == read_end
//!   |···|#######|···························|      writing: pending == start..at (or further, after a seek back)
//! ```
//!
//! The stream's own position is therefore that of the raw stream minus `raw_at - at`, when either is there. While the raw
//! stream is at work the buffer is taken out of the object and `busy` is set: whoever calls the stream meanwhile, from a
//! signal handler or from the raw stream's own methods, gets a RuntimeError; other threads wait.
//!
//! | module | holds |
//! |---|---|
//! | `raw` | the raw stream: `FileIO` directly, anything else by its methods |
//! | `reading`, `writing`, `moving` | what the stream does |
//! | `pair` | `BufferedRWPair` |

mod moving;
mod pair;
mod raw;
pub mod reading;
pub mod writing;

use std::ops::Range;

use taipan_layout::Value;

use super::base::{self, stream};
use super::{call, fileio, then};
use crate::args::Args;
use crate::modules::native::{self, Dict, native_data};
use crate::objects::spec::{
    GetSet, Member, MemberType, MethodSpec, TypeSpec, getter, member, method, method0, method1,
};
use crate::objects::{Slots, TypeRef, exceptions, int, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::threads::wait::Word;
use crate::vm::Vm;

pub use pair::BUFFERED_RW_PAIR;

#[repr(C)]
#[derive(Default)]
pub struct Buffered {
    dict: Dict,
    raw: Option<Owned>,
    finalizing: bool,
    /// `__init__` has run, `detach()` has not.
    ready: bool,
    detached: bool,
    reads: bool,
    writes: bool,
    /// The number of the thread that uses the stream; 0: nobody.
    user: u64,
    /// 1 while somebody uses it.
    busy: Word,
    size: usize,
    /// Grows up to `size` as it is needed.
    buffer: Vec<u8>,
    at: usize,
    raw_at: usize,
    read_end: Option<usize>,
    pending: Option<Range<usize>>,
    /// The raw stream's position, once known.
    raw_position: Option<i64>,
}
native_data!(Buffered: dict, raw);

const SIGNATURE: &str = "(raw, buffer_size=DEFAULT_BUFFER_SIZE)";

const fn offset(of: usize) -> usize {
    native::data_offset::<Buffered>() + of
}

static MEMBERS: &[Member] = &[
    member("raw", MemberType::ObjectOrNone, offset(std::mem::offset_of!(Buffered, raw)), true),
    member("_finalizing", MemberType::Bool, offset(std::mem::offset_of!(Buffered, finalizing)), false),
];

static GETSET: &[GetSet] = &[
    getter("closed", |vm, this| Ok(Owned::bool(raw::is_closed(vm, *raw_of(vm, this)?)?)), ""),
    getter("name", |vm, this| protocol::attr::get(vm, *raw_of(vm, this)?, *vm.names.name), ""),
    getter("mode", |vm, this| protocol::attr::get(vm, *raw_of(vm, this)?, *vm.names.mode), ""),
];

const fn of_raw(name: &'static str, f: crate::objects::spec::NoArgsFn) -> MethodSpec {
    method0(name, f, "")
}

const DETACH: MethodSpec = method0("detach", detach, "");
const CLOSE: MethodSpec = method0("close", close, "");
const SEEKABLE: MethodSpec =
    of_raw("seekable", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.seekable, &[]));
const READABLE: MethodSpec =
    of_raw("readable", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.readable, &[]));
const WRITABLE: MethodSpec =
    of_raw("writable", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.writable, &[]));
const FILENO: MethodSpec = of_raw("fileno", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.fileno, &[]));
const ISATTY: MethodSpec = of_raw("isatty", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.isatty, &[]));
const DEALLOC_WARN: MethodSpec = method1("_dealloc_warn", "($self, source, /)", dealloc_warn, "");
const GETSTATE: MethodSpec = method0("__getstate__", super::refuse_pickling, "");
const SIZEOF: MethodSpec = method0("__sizeof__", size_of, "");
const TELL: MethodSpec = method0("tell", moving::tell, "");
const SEEK: MethodSpec = method("seek", "($self, target, whence=0, /)", moving::seek, "");
const TRUNCATE: MethodSpec = method("truncate", "($self, pos=None, /)", moving::truncate, "");
const READ: MethodSpec = method("read", "($self, size=-1, /)", reading::read, "");
const PEEK: MethodSpec = method("peek", "($self, size=0, /)", reading::peek, "");
const READ1: MethodSpec = method("read1", "($self, size=-1, /)", reading::read1, "");
const READINTO: MethodSpec = method1("readinto", "($self, buffer, /)", reading::readinto, "");
const READINTO1: MethodSpec = method1("readinto1", "($self, buffer, /)", reading::readinto1, "");
const READLINE: MethodSpec = method("readline", "($self, size=-1, /)", reading::readline, "");
const WRITE: MethodSpec = method1("write", "($self, buffer, /)", writing::write, "");

pub static BUFFERED_READER: TypeSpec = TypeSpec {
    name: "_io.BufferedReader",
    doc: "A buffer for reading from a raw stream.",
    slots: Slots { init: Some(init_reader), next: Some(reading::next), ..SLOTS },
    methods: &[
        DETACH,
        method0("flush", |vm, this| call(vm, *raw_of(vm, this)?, *vm.names.flush, &[]), ""),
        CLOSE,
        SEEKABLE,
        FILENO,
        ISATTY,
        DEALLOC_WARN,
        GETSTATE,
        READ,
        PEEK,
        READ1,
        READINTO,
        READINTO1,
        READLINE,
        SEEK,
        TELL,
        TRUNCATE,
        SIZEOF,
        READABLE,
    ],
    ..SPEC
};

pub static BUFFERED_WRITER: TypeSpec = TypeSpec {
    name: "_io.BufferedWriter",
    doc: "A buffer for a writeable sequential RawIO object.",
    slots: Slots { init: Some(init_writer), ..SLOTS },
    methods: &[
        CLOSE,
        DETACH,
        SEEKABLE,
        FILENO,
        ISATTY,
        DEALLOC_WARN,
        GETSTATE,
        WRITABLE,
        WRITE,
        TRUNCATE,
        method0("flush", writing::flush, ""),
        SEEK,
        TELL,
        SIZEOF,
    ],
    ..SPEC
};

pub static BUFFERED_RANDOM: TypeSpec = TypeSpec {
    name: "_io.BufferedRandom",
    doc: "A buffered interface to random access streams.",
    slots: Slots { init: Some(init_random), next: Some(reading::next), ..SLOTS },
    methods: &[
        CLOSE,
        DETACH,
        SEEKABLE,
        READABLE,
        WRITABLE,
        FILENO,
        ISATTY,
        DEALLOC_WARN,
        GETSTATE,
        method0("flush", writing::flush, ""),
        SEEK,
        TELL,
        TRUNCATE,
        READ,
        READ1,
        READINTO,
        READINTO1,
        READLINE,
        PEEK,
        WRITE,
        SIZEOF,
    ],
    ..SPEC
};

const SLOTS: Slots = Slots {
    new: Some(|vm, cls, _| native::construct(vm, cls, Buffered::default())),
    repr: Some(repr),
    ..native::slots::<Buffered>()
};

const SPEC: TypeSpec = TypeSpec {
    base: Some(|t| t.io_buffered_base),
    signature: SIGNATURE,
    getset: GETSET,
    members: MEMBERS,
    ..stream::<Buffered>()
};

fn data<'a>(this: Value) -> &'a mut Buffered {
    native::data(this)
}

impl Buffered {
    /// Bytes that were read ahead.
    fn ahead(&self) -> usize {
        self.read_end.filter(|_| self.reads).map_or(0, |end| end.saturating_sub(self.at))
    }

    /// How far the raw stream is ahead of this one.
    fn raw_offset(&self) -> i64 {
        if self.read_end.is_some() && self.reads || self.pending.is_some() && self.writes {
            self.raw_at as i64 - self.at as i64
        } else {
            0
        }
    }

    fn forget_read(&mut self) {
        self.read_end = None;
    }

    fn move_to(&mut self, at: usize) {
        self.at = at;
        if self.reads
            && let Some(end) = &mut self.read_end
        {
            *end = (*end).max(at);
        }
    }

    /// Makes the buffer's first `n` bytes usable.
    fn make_room(&mut self, vm: &Vm, n: usize) -> PyResult<()> {
        const FIRST: usize = 8 * 1024;
        if self.buffer.len() < n {
            let wanted = n.max(self.buffer.len() * 2).max(FIRST).min(self.size.max(n));
            let more = wanted - self.buffer.len();
            self.buffer.try_reserve_exact(more).map_err(|_| vm.memory_error())?;
            self.buffer.resize(wanted, 0);
        }
        Ok(())
    }
}

/// The raw stream, when there is one.
fn raw_of(vm: &Vm, this: Value) -> PyResult<Owned> {
    let b = data(this);
    match &b.raw {
        Some(raw) if b.ready => Ok(raw.clone()),
        _ if b.detached => Err(vm.value_error("raw stream has been detached")),
        _ => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}

/// The stream in use: nobody else may enter it until this is dropped.
struct Guard(Owned);

impl Drop for Guard {
    fn drop(&mut self) {
        let b = data(*self.0);
        b.user = 0;
        b.busy.set(0, 1);
    }
}

fn enter(vm: &Vm, this: Value) -> PyResult<Guard> {
    while data(this).busy.get() != 0 {
        if data(this).user == vm.number.get() {
            let shown = protocol::object::repr_string(vm, this)?;
            return Err(vm.runtime_error(&format!("reentrant call inside {shown}")));
        }
        if vm.threads.is_ending() {
            let shown = protocol::object::repr_string(vm, this)?;
            return Err(vm.runtime_error(&format!(
                "could not acquire lock for {shown} at interpreter shutdown, possibly due to daemon threads"
            )));
        }
        data(this).busy.wait(vm, 1, None)?;
    }
    data(this).busy.set(1, 0);
    data(this).user = vm.number.get();
    Ok(Guard(this.own()))
}

/// The raw stream, unless it is closed and nothing is left to be read.
fn open_raw(vm: &Vm, this: Value, complaint: &str) -> PyResult<Owned> {
    let raw = raw_of(vm, this)?;
    if raw::is_closed(vm, *raw)? && data(this).ahead() == 0 {
        return Err(vm.value_error(complaint));
    }
    Ok(raw)
}

// ---- making ----

fn arguments(vm: &Vm, name: &str, args: Args) -> PyResult<(Owned, isize)> {
    let ([raw, size], _keep) = native::bind(vm, name, SIGNATURE, args)?;
    let size = match native::passed(size) {
        Some(v) => protocol::index::to_isize(vm, v)?,
        None => super::DEFAULT_BUFFER_SIZE as isize,
    };
    Ok((raw.own(), size))
}

fn init_reader(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let (raw, size) = arguments(vm, "BufferedReader", args)?;
    begin(this);
    base::check_readable(vm, *raw)?;
    attach(vm, this, raw, size, true, false)
}

fn init_writer(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let (raw, size) = arguments(vm, "BufferedWriter", args)?;
    begin(this);
    base::check_writable(vm, *raw)?;
    attach(vm, this, raw, size, false, true)
}

fn init_random(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let (raw, size) = arguments(vm, "BufferedRandom", args)?;
    begin(this);
    base::check_seekable(vm, *raw)?;
    base::check_readable(vm, *raw)?;
    base::check_writable(vm, *raw)?;
    attach(vm, this, raw, size, true, true)
}

fn begin(this: Value) {
    let b = data(this);
    (b.ready, b.detached) = (false, false);
}

fn attach(vm: &Vm, this: Value, raw: Owned, size: isize, reads: bool, writes: bool) -> PyResult<()> {
    let Some(size) = usize::try_from(size).ok().filter(|n| *n > 0) else {
        return Err(vm.value_error("buffer size must be strictly positive"));
    };
    let b = data(this);
    let old = b.raw.replace(raw.clone());
    (b.size, b.reads, b.writes) = (size, reads, writes);
    (b.at, b.raw_at, b.read_end, b.pending, b.raw_position) = (0, 0, None, None, None);
    b.buffer = Vec::new();
    drop(old);
    // Streams without a position are fine too.
    if let Err(raised) = raw::tell(vm, this, *raw) {
        vm.discard(raised);
    }
    data(this).ready = true;
    Ok(())
}

/// A buffered stream of the runtime's own, as `open()` makes them; `raw` is known to be able to do what is asked for.
pub fn new(vm: &Vm, ty: TypeRef, raw: Value, size: usize) -> PyResult {
    let b = native::new(vm, ty, Buffered::default())?;
    let (reads, writes) = (ty != vm.types.io_writer, ty != vm.types.io_reader);
    if reads && writes {
        base::check_seekable(vm, raw)?;
    }
    attach(vm, *b, raw.own(), size as isize, reads, writes)?;
    Ok(b)
}

// ---- the end ----

fn close(vm: &Vm, this: Value) -> PyResult {
    let raw = raw_of(vm, this)?;
    {
        let _guard = enter(vm, this)?;
        if raw::is_closed(vm, *raw)? {
            return Ok(Owned::none());
        }
        if data(this).finalizing
            && let Err(raised) = dealloc_warn(vm, this, this)
        {
            vm.discard(raised);
        }
    }
    let flushed = call(vm, this, *vm.names.flush, &[]);
    let _guard = match enter(vm, this) {
        Ok(guard) => guard,
        Err(raised) => {
            vm.discard(raised);
            return flushed;
        }
    };
    let closed = then(vm, flushed, || call(vm, *raw, *vm.names.close, &[]));
    let b = data(this);
    b.buffer = Vec::new();
    (b.at, b.read_end, b.pending) = (0, None, None);
    closed
}

fn detach(vm: &Vm, this: Value) -> PyResult {
    raw_of(vm, this)?;
    call(vm, this, *vm.names.flush, &[])?;
    let b = data(this);
    (b.detached, b.ready) = (true, false);
    Ok(b.raw.take().unwrap_or_else(Owned::none))
}

/// Passes the warning about a forgotten file on to the raw stream.
fn dealloc_warn(vm: &Vm, this: Value, source: Value) -> PyResult {
    if let Some(raw) = data(this).raw.clone().filter(|_| data(this).ready) {
        let warned = call(vm, *raw, *vm.names._dealloc_warn, &[source]);
        if let Err(raised) = warned {
            vm.discard(raised);
        }
    }
    Ok(Owned::none())
}

fn size_of(vm: &Vm, this: Value) -> PyResult {
    const FIXED: usize = 152;
    int::from_usize(vm, FIXED + data(this).size)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let class = type_of(vm, this).name_str();
    let name = match protocol::attr::get_optional(vm, this, *vm.names.name) {
        Ok(name) => name,
        // A detached stream has none.
        Err(raised) => {
            drop(vm.catch(raised, vm.types.value_error)?);
            None
        }
    };
    let Some(name) = name else { return str::new(vm, &format!("<{class}>")) };
    let Some(_guard) = protocol::object::repr_guard(vm, this) else {
        return Err(vm.runtime_error(&format!("reentrant call inside {class}.__repr__")));
    };
    let mut out = str::StrBuilder::new();
    out.push_str(&format!("<{class} name="));
    out.push_value(*protocol::object::repr(vm, *name)?);
    out.push_str(">");
    out.finish(vm)
}

/// `BlockingIOError(EAGAIN, text, written)`.
#[cold]
fn would_block(vm: &Vm, written: usize) -> crate::owned::Raised {
    let text = match str::new(vm, "write could not complete without blocking") {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    let args = [Value::fixnum(i64::from(libc::EAGAIN)), *text, Value::fixnum(written as i64)];
    match exceptions::create(vm, vm.types.blocking_io_error, &args) {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

/// The raw stream of a buffered one; borrowed.
pub fn raw_stream(this: Value) -> Option<Value> {
    data(this).raw.as_deref().copied()
}
