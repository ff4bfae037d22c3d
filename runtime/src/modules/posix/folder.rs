//! The contents of folders: `listdir`, `scandir` and the `DirEntry` objects that it gives.

use std::ffi::{CString, OsStr};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::DirEntryExt;

use taipan_layout::Value;

use super::files::{stat_at, stat_result};
use super::path::{self, PathArg, argument, flag};
use crate::modules::native::{self, native_data};
use crate::objects::spec::{MethodSpec, TypeSpec, function, getter, method, method0};
use crate::objects::{Slots, bytes, exceptions, genericalias, int, list, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub static FUNCTIONS: &[MethodSpec] = &[
    function("listdir", "($module, /, path=None)", listdir, "The names of what a folder holds."),
    function("scandir", "($module, /, path=None)", scandir, "An iterator over what a folder holds."),
];

/// The folder that was asked for; the current one by default.
fn folder(vm: &Vm, v: Value, function: &str) -> PyResult<PathArg> {
    match native::given(v) {
        Some(v) => argument(vm, v, function, "path", true),
        None => {
            let here = str::new(vm, ".")?;
            argument(vm, *here, function, "path", false)
        }
    }
}

fn open(vm: &Vm, p: &PathArg) -> PyResult<fs::ReadDir> {
    let name = match p.fd {
        Some(fd) => format!("/proc/self/fd/{fd}").into_bytes(),
        None => p.text.as_bytes().to_vec(),
    };
    fs::read_dir(OsStr::from_bytes(&name)).map_err(|e| exceptions::io_error(vm, &e, Some(*p.object)))
}

fn listdir(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = folder(vm, args[0], "listdir")?;
    let mut names = Vec::new();
    for entry in open(vm, &p)? {
        let entry = entry.map_err(|e| exceptions::io_error(vm, &e, Some(*p.object)))?;
        let name = entry.file_name();
        names.push(if p.is_bytes(vm) {
            bytes::new(vm, name.as_bytes())?
        } else {
            path::decode(vm, name.as_bytes())?
        });
    }
    list::new(vm, names)
}

// ---- scandir ----

#[derive(Default)]
pub struct Scan {
    entries: Option<Box<fs::ReadDir>>,
    /// The argument.
    folder: Option<Owned>,
    /// Of the open folder that was given instead of a path.
    fd: Option<i32>,
    /// Entries' paths begin with this.
    prefix: Vec<u8>,
    is_bytes: bool,
}
native_data!(Scan: folder);

pub static ITERATOR: TypeSpec = TypeSpec {
    name: "posix.ScandirIterator",
    slots: Slots { iter: Some(|_, this| Ok(this.own())), next: Some(next), ..native::slots::<Scan>() },
    methods: &[
        method0("close", close, "Give the folder up."),
        method0("__enter__", |_, this| Ok(this.own()), ""),
        method("__exit__", "($self, exc_type, exc_value, exc_tb, /)", |vm, this, _| close(vm, this), ""),
    ],
    ..native::spec::<Scan>()
};

fn scandir(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let p = folder(vm, args[0], "scandir")?;
    let entries = open(vm, &p)?;
    let mut prefix = if native::given(args[0]).is_none() || p.fd.is_some() {
        if p.fd.is_some() { Vec::new() } else { b"./".to_vec() }
    } else {
        p.text.as_bytes().to_vec()
    };
    if !prefix.is_empty() && !prefix.ends_with(b"/") {
        prefix.push(b'/');
    }
    let scan = Scan {
        entries: Some(Box::new(entries)),
        fd: p.fd,
        is_bytes: p.is_bytes(vm),
        folder: Some(p.object),
        prefix,
    };
    native::new(vm, vm.types.scandir_iterator, scan)
}

fn close(_: &Vm, this: Value) -> PyResult {
    native::data::<Scan>(this).entries = None;
    Ok(Owned::none())
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    let scan = native::data::<Scan>(this);
    let Some(entries) = scan.entries.as_mut() else { return Ok(None) };
    let entry = match entries.next() {
        Some(Ok(entry)) => entry,
        Some(Err(e)) => return Err(exceptions::io_error(vm, &e, scan.folder.as_ref().map(|f| f.value()))),
        None => {
            scan.entries = None;
            return Ok(None);
        }
    };
    let name = entry.file_name().into_vec();
    let mut whole = scan.prefix.clone();
    whole.extend(&name);
    let is_bytes = scan.is_bytes;
    let text = |b: &[u8]| if is_bytes { bytes::new(vm, b) } else { path::decode(vm, b) };
    let kind = entry.file_type().ok();
    let data = Entry {
        name: Some(text(&name)?),
        path: Some(text(&whole)?),
        text: CString::new(whole).ok(),
        kind,
        inode: entry.ino(),
        dir: scan.fd.unwrap_or(libc::AT_FDCWD),
        stat: None,
        lstat: None,
    };
    native::new(vm, vm.types.dir_entry, data).map(Some)
}

// ---- entries ----

#[derive(Default)]
pub struct Entry {
    name: Option<Owned>,
    path: Option<Owned>,
    text: Option<CString>,
    /// What the folder itself says; `None` when it does not.
    kind: Option<fs::FileType>,
    inode: u64,
    /// Where the path starts.
    dir: i32,
    stat: Option<Owned>,
    lstat: Option<Owned>,
}
native_data!(Entry: name, path, stat, lstat);

pub static DIR_ENTRY: TypeSpec = TypeSpec {
    name: "posix.DirEntry",
    flags: native::spec::<Entry>().flags | crate::objects::tp_flags::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), ..native::slots::<Entry>() },
    methods: &[
        method0("__fspath__", |_, this| Ok(word(&native::data::<Entry>(this).path)), "The entry's path."),
        method(
            "is_dir",
            "($self, /, *, follow_symlinks=True)",
            |vm, this, a| is_kind(vm, this, a, libc::S_IFDIR),
            "Whether the entry is a folder.",
        ),
        method(
            "is_file",
            "($self, /, *, follow_symlinks=True)",
            |vm, this, a| is_kind(vm, this, a, libc::S_IFREG),
            "Whether the entry is a file.",
        ),
        method0("is_symlink", is_symlink, "Whether the entry is a symbolic link."),
        method0("is_junction", |_, _| Ok(Owned::bool(false)), "Always false here."),
        method0(
            "inode",
            |vm, this| int::from_u64(vm, native::data::<Entry>(this).inode),
            "The entry's inode.",
        ),
        method(
            "stat",
            "($self, /, *, follow_symlinks=True)",
            entry_stat,
            "The state of the entry's file; kept.",
        ),
        crate::objects::spec::class_method(
            "__class_getitem__",
            "($type, item, /)",
            genericalias::class_getitem,
            "",
        ),
    ],
    getset: &[
        getter("name", |_, this| Ok(word(&native::data::<Entry>(this).name)), "the name without the folder"),
        getter(
            "path",
            |_, this| Ok(word(&native::data::<Entry>(this).path)),
            "the folder's path with the name behind it",
        ),
    ],
    ..native::spec::<Entry>()
};

fn word(v: &Option<Owned>) -> Owned {
    v.clone().unwrap_or_else(Owned::none)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let name = word(&native::data::<Entry>(this).name);
    let name = crate::protocol::object::repr_string(vm, *name)?;
    str::new(vm, &format!("<DirEntry {name}>"))
}

fn as_argument(this: Value) -> PathArg {
    let entry = native::data::<Entry>(this);
    PathArg { object: word(&entry.path), text: entry.text.clone().unwrap_or_default(), fd: None }
}

/// Whether the entry is of this kind; what is not there is of none.
fn is_kind(vm: &Vm, this: Value, args: &[Value], wanted: libc::mode_t) -> PyResult {
    let follow = flag(vm, args[0], true)?;
    let kind = native::data::<Entry>(this).kind;
    if let Some(kind) = kind.filter(|k| !(k.is_symlink() && follow)) {
        return Ok(Owned::bool(if wanted == libc::S_IFDIR { kind.is_dir() } else { kind.is_file() }));
    }
    match stat_at(vm, &as_argument(this), native::data::<Entry>(this).dir, follow) {
        Ok(st) => Ok(Owned::bool(st.st_mode & libc::S_IFMT == wanted)),
        Err(raised) => {
            drop(vm.catch(raised, vm.types.file_not_found_error)?);
            Ok(Owned::bool(false))
        }
    }
}

fn is_symlink(vm: &Vm, this: Value) -> PyResult {
    match native::data::<Entry>(this).kind {
        Some(kind) => Ok(Owned::bool(kind.is_symlink())),
        None => {
            let st = stat_at(vm, &as_argument(this), native::data::<Entry>(this).dir, false)?;
            Ok(Owned::bool(st.st_mode & libc::S_IFMT == libc::S_IFLNK))
        }
    }
}

fn entry_stat(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let follow = flag(vm, args[0], true)?;
    let entry = native::data::<Entry>(this);
    if let Some(kept) = if follow { &entry.stat } else { &entry.lstat } {
        return Ok(kept.clone());
    }
    let st = stat_at(vm, &as_argument(this), native::data::<Entry>(this).dir, follow)?;
    let result = stat_result(vm, &st)?;
    let entry = native::data::<Entry>(this);
    *(if follow { &mut entry.stat } else { &mut entry.lstat }) = Some(result.clone());
    Ok(result)
}
