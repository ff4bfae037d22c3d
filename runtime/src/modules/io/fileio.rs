//! `FileIO`: bytes of a file descriptor, without a buffer.

use std::ffi::CString;

use taipan_layout::Value;

use super::base::stream;
use super::{calls, optional_size, then, unsupported, zeroed};
use crate::args::Args;
use crate::modules::native::{self, Dict, native_data};
use crate::modules::warnings;
use crate::objects::spec::{MemberType, TypeSpec, getter, member, method, method0, method1};
use crate::objects::{Slots, bytes, exceptions, int, is_instance, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

const CLOSED: i32 = -1;

#[repr(C)]
pub struct FileIo {
    dict: Dict,
    fd: i32,
    finalizing: bool,
    created: bool,
    readable: bool,
    writable: bool,
    appending: bool,
    close_fd: bool,
    /// Once somebody has asked.
    seekable: Option<bool>,
    /// As the file was when it was opened.
    opened_as: Option<calls::Status>,
}
native_data!(FileIo: dict);

impl Default for FileIo {
    fn default() -> FileIo {
        FileIo {
            dict: Dict::default(),
            fd: CLOSED,
            finalizing: false,
            created: false,
            readable: false,
            writable: false,
            appending: false,
            close_fd: true,
            seekable: None,
            opened_as: None,
        }
    }
}

pub static FILE_IO: TypeSpec = TypeSpec {
    name: "_io.FileIO",
    base: Some(|t| t.io_raw_base),
    doc: "Open a file.",
    signature: SIGNATURE,
    slots: Slots {
        new: Some(|vm, cls, _| native::construct(vm, cls, FileIo::default())),
        init: Some(init),
        repr: Some(repr),
        ..native::slots::<FileIo>()
    },
    methods: &[
        method("read", "($self, size=-1, /)", read, "Read at most size bytes, returned as bytes."),
        method0("readall", readall, "Read all data from the file, returned as bytes."),
        method1("readinto", "($self, buffer, /)", readinto, "Same as RawIOBase.readinto()."),
        method1("write", "($self, b, /)", write, "Write buffer b to file, return number of bytes written."),
        method(
            "seek",
            "($self, pos, whence=0, /)",
            seek,
            "Move to new file position and return the file position.",
        ),
        method0("tell", |vm, this| int::new(vm, position(vm, this)?), "Current file position."),
        method("truncate", "($self, size=None, /)", truncate, "Truncate the file to at most size bytes."),
        method0("close", close, "Close the file."),
        method0(
            "seekable",
            |vm, this| Ok(Owned::bool(is_seekable(this, descriptor(vm, this)?))),
            "Whether the position can be changed.",
        ),
        method0(
            "readable",
            |vm, this| descriptor(vm, this).map(|_| Owned::bool(file(this).readable)),
            "Whether the mode allows reading.",
        ),
        method0(
            "writable",
            |vm, this| descriptor(vm, this).map(|_| Owned::bool(file(this).writable)),
            "Whether the mode allows writing.",
        ),
        method0(
            "fileno",
            |vm, this| Ok(Owned::fixnum(i64::from(descriptor(vm, this)?))),
            "The number that the system knows the file by.",
        ),
        method0(
            "isatty",
            |vm, this| Ok(Owned::bool(calls::is_terminal(descriptor(vm, this)?))),
            "Whether the file is a terminal.",
        ),
        method0("_isatty_open_only", |vm, this| Ok(Owned::bool(may_be_terminal(vm, this)?)), ""),
        method1("_dealloc_warn", "($self, object, /)", dealloc_warn, ""),
        method0("__getstate__", super::refuse_pickling, ""),
    ],
    getset: &[
        getter("closed", |_, this| Ok(Owned::bool(is_closed(this))), "True if the file is closed"),
        getter(
            "closefd",
            |_, this| Ok(Owned::bool(file(this).close_fd)),
            "Whether close() also closes the descriptor.",
        ),
        getter("mode", |vm, this| str::new(vm, mode(this)), "The mode as open() takes it"),
        getter(
            "_blksize",
            |_, this| {
                let status = file(this).opened_as;
                let size = status.map(|s| s.block_size).filter(|n| *n > 1);
                Ok(Owned::fixnum(size.unwrap_or(super::DEFAULT_BUFFER_SIZE as i64)))
            },
            "The size of blocks that the system likes best",
        ),
    ],
    members: &[member(
        "_finalizing",
        MemberType::Bool,
        native::data_offset::<FileIo>() + std::mem::offset_of!(FileIo, finalizing),
        false,
    )],
    ..stream::<FileIo>()
};

const SIGNATURE: &str = "(file, mode='r', closefd=True, opener=None)";

fn file<'a>(this: Value) -> &'a mut FileIo {
    native::data(this)
}

/// Whether `this`, a `FileIO`, is closed.
pub fn is_closed(this: Value) -> bool {
    file(this).fd < 0
}

/// The status of a `FileIO`'s file when it was opened.
pub fn block_size(this: Value) -> Option<i64> {
    file(this).opened_as.map(|s| s.block_size)
}

fn descriptor(vm: &Vm, this: Value) -> PyResult<i32> {
    match file(this).fd {
        fd if fd >= 0 => Ok(fd),
        _ => Err(vm.value_error("I/O operation on closed file")),
    }
}

fn readable_descriptor(vm: &Vm, this: Value) -> PyResult<i32> {
    let fd = descriptor(vm, this)?;
    if file(this).readable { Ok(fd) } else { Err(unsupported(vm, "File not open for reading")) }
}

fn writable_descriptor(vm: &Vm, this: Value) -> PyResult<i32> {
    let fd = descriptor(vm, this)?;
    if file(this).writable { Ok(fd) } else { Err(unsupported(vm, "File not open for writing")) }
}

// ---- opening ----

fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    let ([name, mode, close_fd, opener], _keep) = native::bind(vm, "FileIO", SIGNATURE, args)?;
    let mode = match native::passed(mode) {
        None => "r".to_owned(),
        Some(m) if str::is_str(vm, m) => str::to_string_lossy(m),
        Some(m) => {
            let got = crate::objects::str::args::type_name(vm, m);
            return Err(vm.type_error(&format!("FileIO() argument 'mode' must be str, not {got}")));
        }
    };
    let close_fd = match native::passed(close_fd) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => true,
    };
    open(vm, this, name, &mode, close_fd, native::given(opener))
}

/// A new `FileIO`.
pub fn new(vm: &Vm, name: Value, mode: &str, close_fd: bool, opener: Option<Value>) -> PyResult {
    let f = native::new(vm, vm.types.io_file, FileIo::default())?;
    open(vm, *f, name, mode, close_fd, opener)?;
    Ok(f)
}

/// Access and creation flags, and what they allow.
fn parse_mode(vm: &Vm, mode: &str, f: &mut FileIo) -> PyResult<i32> {
    const ONE: &str = "Must have exactly one of create/read/write/append mode and at most one plus";
    let (mut kind, mut plus) = (None, false);
    for c in mode.chars() {
        match c {
            'x' | 'r' | 'w' | 'a' if kind.is_none() => kind = Some(c),
            '+' if !plus => plus = true,
            'b' => {}
            'x' | 'r' | 'w' | 'a' | '+' => return Err(vm.value_error(ONE)),
            _ => return Err(vm.value_error(&format!("invalid mode: {mode}"))),
        }
    }
    let Some(kind) = kind else { return Err(vm.value_error(ONE)) };
    f.created = kind == 'x';
    f.appending = kind == 'a';
    f.readable = kind == 'r' || plus;
    f.writable = kind != 'r' || plus;
    let creation = match kind {
        'x' => libc::O_EXCL | libc::O_CREAT,
        'w' => libc::O_CREAT | libc::O_TRUNC,
        'a' => libc::O_APPEND | libc::O_CREAT,
        _ => 0,
    };
    let access = match (f.readable, f.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    Ok(access | creation | libc::O_CLOEXEC)
}

/// The descriptor that the file argument is, if it is a number.
fn given_descriptor(vm: &Vm, name: Value) -> PyResult<Option<i32>> {
    if is_instance(vm, name, vm.types.bool) {
        warnings::warn(vm, vm.types.runtime_warning, "bool is used as a file descriptor", 1)?;
    }
    if type_of(vm, name).slots().index.is_none() {
        return Ok(None);
    }
    match protocol::index::to_i32(vm, name) {
        Ok(fd) if fd < 0 => Err(vm.value_error("negative file descriptor")),
        Ok(fd) => Ok(Some(fd)),
        // No descriptor; that it is no path either is said below.
        Err(raised) => {
            vm.discard(raised);
            Ok(None)
        }
    }
}

fn open(
    vm: &Vm,
    this: Value,
    name: Value,
    mode: &str,
    close_fd: bool,
    opener: Option<Value>,
) -> PyResult<()> {
    // A second `__init__` gives up the file of the first.
    if file(this).fd >= 0 && file(this).close_fd {
        close_descriptor(vm, this)?;
    }
    file(this).fd = CLOSED;
    let fd = given_descriptor(vm, name)?;
    let path = match fd {
        Some(_) => None,
        None => Some(path(vm, name)?),
    };
    let mut fresh = FileIo::default();
    let flags = parse_mode(vm, mode, &mut fresh)?;
    let f = file(this);
    (f.created, f.appending, f.readable, f.writable) =
        (fresh.created, fresh.appending, fresh.readable, fresh.writable);
    (f.seekable, f.opened_as, f.close_fd) = (None, None, close_fd);
    let own = match (fd, path) {
        (Some(fd), _) => {
            f.fd = fd;
            false
        }
        (None, path) => {
            if !close_fd {
                return Err(vm.value_error("Cannot use closefd=False with file name"));
            }
            let path = path.unwrap_or_default();
            let fd = match opener {
                Some(opener) => open_by(vm, opener, name, flags)?,
                None => match calls::open(vm, &path, flags)? {
                    Ok(fd) => fd,
                    Err(errno) => return Err(exceptions::errno_error(vm, errno, Some(name))),
                },
            };
            file(this).fd = fd;
            true
        }
    };
    let result = finish(vm, this, name);
    if result.is_err() {
        // The descriptor of somebody else stays as it was.
        let fd = std::mem::replace(&mut file(this).fd, CLOSED);
        if own {
            let _ = calls::close(fd);
        }
    }
    result
}

/// What remains to be done with an open descriptor.
fn finish(vm: &Vm, this: Value, name: Value) -> PyResult<()> {
    let fd = file(this).fd;
    match calls::status(fd) {
        Ok(status) if status.is_folder => {
            return Err(exceptions::errno_error(vm, libc::EISDIR, Some(name)));
        }
        Ok(status) => file(this).opened_as = Some(status),
        Err(libc::EBADF) => return Err(exceptions::errno_error(vm, libc::EBADF, None)),
        // A file system that does not tell is none of the program's business.
        Err(_) => {}
    }
    protocol::attr::set(vm, this, *vm.names.name, name)?;
    if file(this).appending {
        // Where a file is continued `tell()` is its end, from the start; what has no positions is continued as well.
        match calls::seek(vm, fd, 0, libc::SEEK_END) {
            Ok(_) => file(this).seekable = Some(true),
            Err(raised) => {
                vm.discard(raised);
                file(this).seekable = Some(false);
            }
        }
    }
    Ok(())
}

fn path(vm: &Vm, name: Value) -> PyResult<CString> {
    let object = crate::modules::posix::fspath(vm, name)?;
    let bytes = crate::modules::posix::encode(vm, *object)?;
    CString::new(bytes).map_err(|_| vm.value_error("embedded null byte"))
}

fn open_by(vm: &Vm, opener: Value, name: Value, flags: i32) -> PyResult<i32> {
    let fd = protocol::call::positional(vm, opener, &[name, Value::fixnum(i64::from(flags))])?;
    if !int::is_int(vm, *fd) {
        return Err(vm.type_error("expected integer from opener"));
    }
    let fd = protocol::index::to_i32(vm, *fd)?;
    if fd < 0 {
        return Err(vm.value_error(&format!("opener returned {fd}")));
    }
    calls::set_not_inheritable(vm, fd)?;
    Ok(fd)
}

// ---- closing ----

fn close_descriptor(vm: &Vm, this: Value) -> PyResult<()> {
    let fd = std::mem::replace(&mut file(this).fd, CLOSED);
    if fd >= 0
        && let Err(errno) = calls::close(fd)
    {
        return Err(exceptions::errno_error(vm, errno, None));
    }
    Ok(())
}

pub fn close(vm: &Vm, this: Value) -> PyResult {
    let closed = super::base::close(vm, this);
    if !file(this).close_fd {
        file(this).fd = CLOSED;
        return closed;
    }
    if file(this).finalizing
        && let Err(raised) = dealloc_warn(vm, this, this)
    {
        vm.discard(raised);
    }
    then(vm, closed, || close_descriptor(vm, this).map(|()| Owned::none()))
}

/// Warns of a file that its program forgot to close; `source` is the outermost of its layers.
fn dealloc_warn(vm: &Vm, this: Value, source: Value) -> PyResult {
    if file(this).fd >= 0 && file(this).close_fd {
        let saved = protocol::object::save_exception(vm);
        let warned = protocol::object::repr_string(vm, source).and_then(|shown| {
            let text = format!("unclosed file {shown}");
            warnings::warn_about_object(vm, vm.types.resource_warning, &text, source)
        });
        if let Err(raised) = warned {
            exceptions::write_unraisable(vm, raised, "Exception ignored while finalizing file", this);
        }
        protocol::object::restore_saved(vm, saved);
    }
    Ok(Owned::none())
}

// ---- reading and writing ----

/// Reads into `room`; `None` when there is nothing for now.
pub fn read_into(vm: &Vm, this: Value, room: &mut [u8]) -> PyResult<Option<usize>> {
    calls::read(vm, readable_descriptor(vm, this)?, room)
}

/// Writes what can be written at once; `None` when that is nothing for now.
pub fn write_from(vm: &Vm, this: Value, data: &[u8]) -> PyResult<Option<usize>> {
    calls::write(vm, writable_descriptor(vm, this)?, data)
}

pub fn position(vm: &Vm, this: Value) -> PyResult<i64> {
    calls::seek(vm, descriptor(vm, this)?, 0, libc::SEEK_CUR)
}

pub fn seek_to(vm: &Vm, this: Value, offset: i64, whence: i32) -> PyResult<i64> {
    let fd = descriptor(vm, this)?;
    let position = calls::seek(vm, fd, offset, whence)?;
    file(this).seekable = Some(true);
    Ok(position)
}

fn is_seekable(this: Value, fd: i32) -> bool {
    let f = file(this);
    *f.seekable.get_or_insert_with(|| calls::is_seekable(fd))
}

/// Whether it is a terminal; ordinary files are known not to be one without asking.
pub fn may_be_terminal(vm: &Vm, this: Value) -> PyResult<bool> {
    let fd = descriptor(vm, this)?;
    Ok(file(this).opened_as.is_none_or(|s| s.is_character_device) && calls::is_terminal(fd))
}

fn optional_bytes(vm: &Vm, data: Option<&[u8]>) -> PyResult {
    match data {
        Some(data) => bytes::new(vm, data),
        None => Ok(Owned::none()),
    }
}

fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    readable_descriptor(vm, this)?;
    let Ok(n) = usize::try_from(optional_size(vm, args[0], -1)?) else { return readall(vm, this) };
    let mut room = zeroed(vm, n)?;
    let got = read_into(vm, this, &mut room)?;
    optional_bytes(vm, got.map(|n| &room[..n]))
}

fn readall(vm: &Vm, this: Value) -> PyResult {
    let all = read_rest(vm, this)?;
    optional_bytes(vm, all.as_deref())
}

/// Everything up to the end of the file; `None` when there is nothing for now.
pub fn read_rest(vm: &Vm, this: Value) -> PyResult<Option<Vec<u8>>> {
    const SMALL: usize = 8 * 1024;
    const LARGE: usize = 256 * 1024;
    let fd = descriptor(vm, this)?;
    // One byte more than there should be shows the end of the file without another round.
    let expected = match file(this).opened_as.map_or(0, |s| s.size) {
        0 => 0,
        size => {
            let at =
                if size > LARGE as i64 { position(vm, this).unwrap_or_else(|r| ignore(vm, r)) } else { 0 };
            usize::try_from(size - at).unwrap_or(0)
        }
    };
    let mut all = zeroed(vm, if expected > 0 { expected + 1 } else { SMALL })?;
    let mut filled = 0;
    loop {
        if filled == all.len() {
            let more = all.len().clamp(SMALL, 64 * LARGE);
            all.try_reserve(more).map_err(|_| vm.memory_error())?;
            all.resize(all.len() + more, 0);
        }
        match calls::read(vm, readable_descriptor(vm, this)?, &mut all[filled..])? {
            None if filled == 0 => return Ok(None),
            None | Some(0) => break,
            Some(n) => filled += n,
        }
        debug_assert!(fd >= 0);
    }
    all.truncate(filled);
    Ok(Some(all))
}

fn ignore(vm: &Vm, raised: Raised) -> i64 {
    vm.discard(raised);
    0
}

fn readinto(vm: &Vm, this: Value, target: Value) -> PyResult {
    let mut target = super::writable(vm, target, "readinto")?;
    match read_into(vm, this, target.as_mut_slice())? {
        Some(n) => int::from_usize(vm, n),
        None => Ok(Owned::none()),
    }
}

fn write(vm: &Vm, this: Value, data: Value) -> PyResult {
    let data = bytes::buffer(vm, data)?;
    match write_from(vm, this, data.as_slice())? {
        Some(n) => int::from_usize(vm, n),
        None => Ok(Owned::none()),
    }
}

fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let whence = match native::passed(args[1]) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => libc::SEEK_SET,
    };
    descriptor(vm, this)?;
    let offset = protocol::index::to_i64(vm, args[0])?;
    int::new(vm, seek_to(vm, this, offset, whence)?)
}

fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let fd = writable_descriptor(vm, this)?;
    let size = match native::given(args[0]) {
        Some(v) => protocol::index::to_i64(vm, v)?,
        None => position(vm, this)?,
    };
    calls::truncate(vm, fd, size)?;
    int::new(vm, size)
}

// ---- showing ----

fn mode(this: Value) -> &'static str {
    let f = file(this);
    match (f.created, f.appending, f.readable, f.writable) {
        (true, _, true, _) => "xb+",
        (true, ..) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, ..) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let class = type_of(vm, this).name_str();
    if is_closed(this) {
        return str::new(vm, &format!("<{class} [closed]>"));
    }
    let (fd, mode) = (file(this).fd, mode(this));
    let close = if file(this).close_fd { "True" } else { "False" };
    let mut out = str::StrBuilder::new();
    match protocol::attr::get_optional(vm, this, *vm.names.name)? {
        None => out.push_str(&format!("<{class} fd={fd}")),
        Some(name) => {
            let Some(_guard) = protocol::object::repr_guard(vm, this) else {
                let text = format!("reentrant call inside {class}.__repr__");
                return Err(vm.runtime_error(&text));
            };
            out.push_str(&format!("<{class} name="));
            out.push_value(*protocol::object::repr(vm, *name)?);
        }
    }
    out.push_str(&format!(" mode='{mode}' closefd={close}>"));
    out.finish(vm)
}
