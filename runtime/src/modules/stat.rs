//! `_stat`: what the bits of a file's mode mean.

use taipan_layout::Value;

use super::NativeModule;
use crate::objects::spec::{MethodSpec, function1};
use crate::objects::{int, str};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_stat",
    doc: "Types and permissions of files, as numbers and as text.",
    functions: FUNCTIONS,
    fill,
};

const SIGNATURE: &str = "($self, object, /)";

/// A test for a type of file.
macro_rules! is {
    ($name:literal, $kind:expr) => {
        function1(
            $name,
            SIGNATURE,
            |vm, _, v| Ok(Owned::bool(mode(vm, v)? & libc::S_IFMT == $kind)),
            "Whether the mode is of such a file.",
        )
    };
}

/// A test for a type of file that this system does not have.
macro_rules! never {
    ($name:literal) => {
        function1(
            $name,
            SIGNATURE,
            |vm, _, v| mode(vm, v).map(|_| Owned::bool(false)),
            "Whether the mode is of such a file; there are none here.",
        )
    };
}

static FUNCTIONS: &[MethodSpec] = &[
    is!("S_ISDIR", libc::S_IFDIR),
    is!("S_ISCHR", libc::S_IFCHR),
    is!("S_ISBLK", libc::S_IFBLK),
    is!("S_ISREG", libc::S_IFREG),
    is!("S_ISFIFO", libc::S_IFIFO),
    is!("S_ISLNK", libc::S_IFLNK),
    is!("S_ISSOCK", libc::S_IFSOCK),
    never!("S_ISDOOR"),
    never!("S_ISPORT"),
    never!("S_ISWHT"),
    function1(
        "S_IMODE",
        SIGNATURE,
        |vm, _, v| Ok(Owned::fixnum(i64::from(mode(vm, v)? & 0o7777))),
        "The part of the mode that chmod() sets.",
    ),
    function1(
        "S_IFMT",
        SIGNATURE,
        |vm, _, v| Ok(Owned::fixnum(i64::from(mode(vm, v)? & libc::S_IFMT))),
        "The part of the mode that says the type.",
    ),
    function1("filemode", SIGNATURE, filemode, "The mode as ls -l shows it, '-rwxrwxrwx'."),
];

/// Flags that BSD systems have are there under every system.
static NUMBERS: &[(&str, u32)] = &[
    ("S_IFDIR", libc::S_IFDIR),
    ("S_IFCHR", libc::S_IFCHR),
    ("S_IFBLK", libc::S_IFBLK),
    ("S_IFREG", libc::S_IFREG),
    ("S_IFIFO", libc::S_IFIFO),
    ("S_IFLNK", libc::S_IFLNK),
    ("S_IFSOCK", libc::S_IFSOCK),
    ("S_IFDOOR", 0),
    ("S_IFPORT", 0),
    ("S_IFWHT", 0),
    ("S_ISUID", libc::S_ISUID),
    ("S_ISGID", libc::S_ISGID),
    ("S_ISVTX", libc::S_ISVTX),
    ("S_ENFMT", libc::S_ISGID),
    ("S_IREAD", libc::S_IRUSR),
    ("S_IWRITE", libc::S_IWUSR),
    ("S_IEXEC", libc::S_IXUSR),
    ("S_IRWXU", libc::S_IRWXU),
    ("S_IRUSR", libc::S_IRUSR),
    ("S_IWUSR", libc::S_IWUSR),
    ("S_IXUSR", libc::S_IXUSR),
    ("S_IRWXG", libc::S_IRWXG),
    ("S_IRGRP", libc::S_IRGRP),
    ("S_IWGRP", libc::S_IWGRP),
    ("S_IXGRP", libc::S_IXGRP),
    ("S_IRWXO", libc::S_IRWXO),
    ("S_IROTH", libc::S_IROTH),
    ("S_IWOTH", libc::S_IWOTH),
    ("S_IXOTH", libc::S_IXOTH),
    ("UF_SETTABLE", 0x0000_ffff),
    ("UF_NODUMP", 0x0000_0001),
    ("UF_IMMUTABLE", 0x0000_0002),
    ("UF_APPEND", 0x0000_0004),
    ("UF_OPAQUE", 0x0000_0008),
    ("UF_NOUNLINK", 0x0000_0010),
    ("UF_COMPRESSED", 0x0000_0020),
    ("UF_TRACKED", 0x0000_0040),
    ("UF_DATAVAULT", 0x0000_0080),
    ("UF_HIDDEN", 0x0000_8000),
    ("SF_SETTABLE", 0xffff_0000),
    ("SF_ARCHIVED", 0x0001_0000),
    ("SF_IMMUTABLE", 0x0002_0000),
    ("SF_APPEND", 0x0004_0000),
    ("SF_NOUNLINK", 0x0010_0000),
    ("SF_SNAPSHOT", 0x0020_0000),
    ("SF_FIRMLINK", 0x0080_0000),
    ("SF_DATALESS", 0x4000_0000),
    ("ST_MODE", 0),
    ("ST_INO", 1),
    ("ST_DEV", 2),
    ("ST_NLINK", 3),
    ("ST_UID", 4),
    ("ST_GID", 5),
    ("ST_SIZE", 6),
    ("ST_ATIME", 7),
    ("ST_MTIME", 8),
    ("ST_CTIME", 9),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    NUMBERS.iter().try_for_each(|(name, number)| super::set(vm, m, name, Value::fixnum(i64::from(*number))))
}

fn mode(vm: &Vm, v: Value) -> PyResult<u32> {
    let v = protocol::number::index(vm, v)?;
    if int::is_negative(*v) {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    if int::to_big(*v).is_none_or(|n| u64::try_from(n).is_err()) {
        return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
    }
    let number = int::as_i64(*v).and_then(|n| u32::try_from(n).ok());
    number.ok_or_else(|| vm.overflow_error("mode out of range"))
}

fn filemode(vm: &Vm, _: Value, v: Value) -> PyResult {
    let mode = mode(vm, v)?;
    let kind = match mode & libc::S_IFMT {
        libc::S_IFREG => '-',
        libc::S_IFDIR => 'd',
        libc::S_IFLNK => 'l',
        libc::S_IFBLK => 'b',
        libc::S_IFCHR => 'c',
        libc::S_IFIFO => 'p',
        libc::S_IFSOCK => 's',
        _ => '?',
    };
    let mut text = String::from(kind);
    // Whoever may execute, and what else the place of the x says.
    for (shift, special, letter) in
        [(6, libc::S_ISUID, 's'), (3, libc::S_ISGID, 's'), (0, libc::S_ISVTX, 't')]
    {
        let may = mode >> shift;
        text.push(if may & 4 != 0 { 'r' } else { '-' });
        text.push(if may & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, may & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    str::new(vm, &text)
}
