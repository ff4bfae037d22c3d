//! Tuples whose items also have names (CPython's struct sequences).

use taipan_layout::Value;
use taipan_layout::objects::Tuple;

use crate::args::Args;
use crate::modules::native;
use crate::objects::spec::{GetFn, GetSet, TypeSpec, getset, method0, raw_method, tp_flags};
use crate::objects::{Slots, TypeRef, dict, is_instance, list, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

fn item<const I: usize>(vm: &Vm, this: Value) -> PyResult {
    match tuple::items(&this).get(I) {
        Some(v) => Ok(v.own()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

static METHODS_TABLE: [crate::objects::spec::MethodSpec; 2] =
    [method0("__reduce__", reduce, ""), raw_method("__replace__", "($self, /, **changes)", replace, "")];
const METHODS: &[crate::objects::spec::MethodSpec] = &METHODS_TABLE;

/// A field, which complains about changes as a member would.
const fn field(name: &'static str, get: GetFn, doc: &'static str) -> GetSet {
    getset(name, get, |vm, _, _| Err(vm.raise(vm.types.attribute_error, "readonly attribute")), doc)
}

const fn sequence(name: &'static str, getset: &'static [GetSet], doc: &'static str) -> TypeSpec {
    TypeSpec {
        name,
        base: Some(|t| t.tuple),
        basicsize: size_of::<Tuple>(),
        itemsize: size_of::<Value>(),
        flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
        slots: Slots { repr: Some(repr), ..Slots::EMPTY },
        methods: METHODS,
        getset,
        doc,
        ..TypeSpec::DEFAULT
    }
}

/// A type that programs may make instances of.
const fn open(spec: TypeSpec) -> TypeSpec {
    TypeSpec {
        flags: tp_flags::HAVE_GC,
        slots: Slots { new: Some(construct), repr: Some(repr), ..Slots::EMPTY },
        signature: "(iterable=(), /)",
        ..spec
    }
}

/// A type whose instances only the runtime makes.
const fn closed(spec: TypeSpec) -> TypeSpec {
    spec
}

macro_rules! struct_sequences {
    ($wrap:ident: $($ident:ident $name:literal $doc:literal { $($index:literal $field:literal),* $(,)? })*) => {
        $(pub static $ident: TypeSpec =
            $wrap(sequence($name, &[$(field($field, item::<$index>, "")),*], $doc));)*
    };
}

struct_sequences! {
    closed:
    VERSION_INFO "sys.version_info" "Version information as a named tuple." {
        0 "major", 1 "minor", 2 "micro", 3 "releaselevel", 4 "serial",
    }
    FLOAT_INFO "sys.float_info" "Properties of the floating-point type." {
        0 "max", 1 "max_exp", 2 "max_10_exp", 3 "min", 4 "min_exp", 5 "min_10_exp", 6 "dig", 7 "mant_dig",
        8 "epsilon", 9 "radix", 10 "rounds",
    }
    INT_INFO "sys.int_info" "Properties of the integer type." {
        0 "bits_per_digit", 1 "sizeof_digit", 2 "default_max_str_digits", 3 "str_digits_check_threshold",
    }
    HASH_INFO "sys.hash_info" "Parameters of the numeric and string hashes." {
        0 "width", 1 "modulus", 2 "inf", 3 "nan", 4 "imag", 5 "algorithm", 6 "hash_bits", 7 "seed_bits", 8 "cutoff",
    }
    THREAD_INFO "sys.thread_info" "The thread implementation." { 0 "name", 1 "lock", 2 "version" }
    ASYNCGEN_HOOKS "sys.asyncgen_hooks" "The hooks of asynchronous generators." { 0 "firstiter", 1 "finalizer" }
}

/// A type whose instances have `VISIBLE` items as tuples and `ALL` in memory: the others are reached by name only.
const fn with_hidden<const ALL: usize>(
    name: &'static str,
    getset: &'static [GetSet],
    doc: &'static str,
) -> TypeSpec {
    TypeSpec {
        flags: tp_flags::HAVE_GC,
        slots: Slots {
            new: Some(construct),
            repr: Some(repr),
            dealloc: Some(dealloc_all::<ALL>),
            traverse: Some(traverse_all::<ALL>),
            clear: Some(keep_all),
            ..Slots::EMPTY
        },
        signature: "(iterable=(), /)",
        ..sequence(name, getset, doc)
    }
}

/// Items that can only be reached by name lie behind the others in memory.
fn hidden_item<const I: usize>(_: &Vm, this: Value) -> PyResult {
    // SAFETY: the type's instances have more than `I` items in memory.
    Ok(unsafe { (*Tuple::items(this.as_ptr()).add(I)).own() })
}

unsafe fn dealloc_all<const ALL: usize>(_: &Vm, object: *mut taipan_layout::Header) {
    // SAFETY: the object is dying; a word that was never written is NULL.
    unsafe {
        let items = Tuple::items(object as *mut Tuple);
        (0..ALL).for_each(|i| crate::owned::decref(*items.add(i)));
    }
}

unsafe fn traverse_all<const ALL: usize>(object: *mut taipan_layout::Header, visit: &mut dyn FnMut(Value)) {
    // SAFETY: as for `dealloc_all`, on a live object.
    unsafe {
        let items = Tuple::items(object as *mut Tuple);
        (0..ALL).map(|i| *items.add(i)).filter(|v| !v.is_null()).for_each(visit);
    }
}

/// Items never change, so no cycle goes through them alone.
unsafe fn keep_all(_: &Vm, _: *mut taipan_layout::Header) {}

struct_sequences! {
    open:
    TERMINAL_SIZE "os.terminal_size" "How many columns and lines a terminal has." {
        0 "columns", 1 "lines",
    }
    UNAME_RESULT "posix.uname_result" "The names of the system." {
        0 "sysname", 1 "nodename", 2 "release", 3 "version", 4 "machine",
    }
    TIMES_RESULT "posix.times_result" "Times of the process." {
        0 "user", 1 "system", 2 "children_user", 3 "children_system", 4 "elapsed",
    }
    EXCEPT_HOOK_ARGS "_thread._ExceptHookArgs" "What threading.excepthook is given." {
        0 "exc_type", 1 "exc_value", 2 "exc_traceback", 3 "thread",
    }
    STRUCT_RUSAGE "resource.struct_rusage" "struct_rusage: Result from getrusage." {
        0 "ru_utime", 1 "ru_stime", 2 "ru_maxrss", 3 "ru_ixrss", 4 "ru_idrss", 5 "ru_isrss", 6 "ru_minflt", 7 "ru_majflt",
        8 "ru_nswap", 9 "ru_inblock", 10 "ru_oublock", 11 "ru_msgsnd", 12 "ru_msgrcv", 13 "ru_nsignals", 14 "ru_nvcsw",
        15 "ru_nivcsw",
    }
    STRUCT_PASSWD "pwd.struct_passwd" "pwd.struct_passwd: Results from getpw*() routines." {
        0 "pw_name", 1 "pw_passwd", 2 "pw_uid", 3 "pw_gid", 4 "pw_gecos", 5 "pw_dir", 6 "pw_shell",
    }
    STRUCT_GROUP "grp.struct_group" "grp.struct_group: Results from getgr*() routines." {
        0 "gr_name", 1 "gr_passwd", 2 "gr_gid", 3 "gr_mem",
    }
    STATVFS_RESULT "os.statvfs_result" "Result from statvfs or fstatvfs." {
        0 "f_bsize", 1 "f_frsize", 2 "f_blocks", 3 "f_bfree", 4 "f_bavail", 5 "f_files", 6 "f_ffree", 7 "f_favail",
        8 "f_flag", 9 "f_namemax",
    }
}

/// An instance with `visible` items as a tuple, of the given ones.
pub fn new_hidden(vm: &Vm, ty: TypeRef, visible: usize, items: &[Value]) -> PyResult {
    let v = tuple::of_type(vm, ty, items)?;
    // SAFETY: the object is new, and its type's functions know of the items behind the length.
    unsafe { (*v.as_ptr::<Tuple>()).length = visible };
    Ok(v)
}

/// Items of `sys.flags` in memory and as a tuple.
pub const FLAGS_ITEMS: usize = 21;
pub const FLAGS_VISIBLE: usize = 18;

pub static FLAGS: TypeSpec = TypeSpec {
    flags: tp_flags::HAVE_GC | tp_flags::DISALLOW_INSTANTIATION,
    ..with_hidden::<FLAGS_ITEMS>(
        "sys.flags",
        &[
            field("debug", item::<0>, "-d"),
            field("inspect", item::<1>, "-i"),
            field("interactive", item::<2>, "-i"),
            field("optimize", item::<3>, "-O or -OO"),
            field("dont_write_bytecode", item::<4>, "-B"),
            field("no_user_site", item::<5>, "-s"),
            field("no_site", item::<6>, "-S"),
            field("ignore_environment", item::<7>, "-E"),
            field("verbose", item::<8>, "-v"),
            field("bytes_warning", item::<9>, "-b"),
            field("quiet", item::<10>, "-q"),
            field("hash_randomization", item::<11>, "-R"),
            field("isolated", item::<12>, "-I"),
            field("dev_mode", item::<13>, "-X dev"),
            field("utf8_mode", item::<14>, "-X utf8"),
            field("warn_default_encoding", item::<15>, "-X warn_default_encoding"),
            field("safe_path", item::<16>, "-P"),
            field("int_max_str_digits", item::<17>, "-X int_max_str_digits"),
            field("gil", hidden_item::<18>, "-X gil"),
            field("thread_inherit_context", hidden_item::<19>, "-X thread_inherit_context"),
            field("context_aware_warnings", hidden_item::<20>, "-X context_aware_warnings"),
        ],
        "Flags provided through command line arguments or environment vars.",
    )
};

/// Items of a `stat_result` in memory and as a tuple.
pub const STAT_ITEMS: usize = 19;
pub const STAT_VISIBLE: usize = 10;

pub static STAT_RESULT: TypeSpec = with_hidden::<STAT_ITEMS>(
    "os.stat_result",
    &[
        field("st_mode", item::<0>, "protection bits"),
        field("st_ino", item::<1>, "inode"),
        field("st_dev", item::<2>, "device"),
        field("st_nlink", item::<3>, "how many names the file has"),
        field("st_uid", item::<4>, "number of the user that it belongs to"),
        field("st_gid", item::<5>, "number of the group that it belongs to"),
        field("st_size", item::<6>, "length in bytes"),
        field("st_atime", hidden_item::<10>, "when it was last read"),
        field("st_mtime", hidden_item::<11>, "when it was last written"),
        field("st_ctime", hidden_item::<12>, "when it or what is known of it last changed"),
        field("st_atime_ns", hidden_item::<13>, "when it was last read, in nanoseconds"),
        field("st_mtime_ns", hidden_item::<14>, "when it was last written, in nanoseconds"),
        field(
            "st_ctime_ns",
            hidden_item::<15>,
            "when it or what is known of it last changed, in nanoseconds",
        ),
        field("st_blksize", hidden_item::<16>, "the size of blocks that the system likes best"),
        field("st_blocks", hidden_item::<17>, "how many blocks of 512 bytes it takes"),
        field("st_rdev", hidden_item::<18>, "which device a device file stands for"),
    ],
    "Result from stat, fstat, or lstat.",
);

/// Items of a `struct_time` in memory and as a tuple.
pub const TIME_ITEMS: usize = 11;
pub const TIME_VISIBLE: usize = 9;

pub static STRUCT_TIME: TypeSpec = with_hidden::<TIME_ITEMS>(
    "time.struct_time",
    &[
        field("tm_year", item::<0>, "the year with all its digits"),
        field("tm_mon", item::<1>, "the month, from 1"),
        field("tm_mday", item::<2>, "the day of the month, from 1"),
        field("tm_hour", item::<3>, "the hour, from 0 to 23"),
        field("tm_min", item::<4>, "the minute, from 0"),
        field("tm_sec", item::<5>, "the second, from 0 to 61"),
        field("tm_wday", item::<6>, "the day of the week, from 0 for Monday"),
        field("tm_yday", item::<7>, "the day of the year, from 1"),
        field("tm_isdst", item::<8>, "1 in summer time, 0 outside of it, -1 if nobody knows"),
        field("tm_zone", hidden_item::<9>, "what the time zone is called"),
        field("tm_gmtoff", hidden_item::<10>, "seconds that the zone is ahead of UTC"),
    ],
    "The time value as returned by gmtime(), localtime(), and strptime().",
);

/// What `tm_zone` and `tm_gmtoff` of a `struct_time` are.
pub fn time_zone(v: Value) -> [Value; TIME_ITEMS - TIME_VISIBLE] {
    // SAFETY: the caller's object is a `struct_time`, which has so many items in memory.
    unsafe {
        let items = Tuple::items(v.as_ptr());
        [*items.add(TIME_VISIBLE), *items.add(TIME_VISIBLE + 1)]
    }
}

/// An instance of `ty`, one of the types above.
pub fn new(vm: &Vm, ty: TypeRef, items: &[Value]) -> PyResult {
    tuple::of_type(vm, ty, items)
}

/// How the items of a type's instances lie: the first are what the tuple has, all have a place in memory, and the first of
/// the declared fields name the first items. What the tuple has besides has no name.
struct Shape {
    visible: usize,
    all: usize,
    named_visible: usize,
    fields: &'static [GetSet],
}

impl Shape {
    fn of(vm: &Vm, ty: TypeRef) -> Shape {
        let fields = ty.spec.map_or(&[][..], |s| s.getset);
        let (visible, all) = match ty {
            t if t == vm.types.stat_result => (STAT_VISIBLE, STAT_ITEMS),
            t if t == vm.types.struct_time => (TIME_VISIBLE, TIME_ITEMS),
            t if t == vm.types.sys_flags => (FLAGS_VISIBLE, FLAGS_ITEMS),
            _ => (fields.len(), fields.len()),
        };
        let hidden = all - visible;
        Shape { visible, all, named_visible: fields.len() - hidden, fields }
    }

    /// The names of the items that only names reach.
    fn hidden_names(&self) -> impl Iterator<Item = &'static str> {
        self.fields[self.named_visible..].iter().map(|f| f.name)
    }
}

/// Adds what says how many fields there are, and their names for patterns.
pub fn describe(vm: &Vm, ty: TypeRef) -> PyResult<()> {
    let shape = Shape::of(vm, ty);
    let namespace = ty.dict.get();
    let unnamed = shape.visible - shape.named_visible;
    for (name, n) in
        [("n_sequence_fields", shape.visible), ("n_fields", shape.all), ("n_unnamed_fields", unnamed)]
    {
        dict::set_str(vm, namespace, *str::intern(vm, name), Value::fixnum(n as i64))?;
    }
    let names = shape.fields[..shape.named_visible].iter().map(|f| str::intern(vm, f.name)).collect();
    let names = tuple::from_owned(vm, names)?;
    dict::set_str(vm, namespace, *str::intern(vm, "__match_args__"), *names)
}

/// Whether a declaration is one of those here.
pub fn is_sequence(spec: &TypeSpec) -> bool {
    std::ptr::eq(spec.methods, METHODS)
}

/// `T(sequence, dict)`: the dict has what the sequence is too short for.
fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, cls) else { return Err(vm.type_error("X is not a type object")) };
    let (text, name) = ("(sequence, dict=None)", "structseq");
    let ([source, named], bound) = native::bind(vm, name, text, args)?;
    let made = construct_from(vm, ty, source, named);
    bound.release();
    made
}

fn construct_from(vm: &Vm, ty: TypeRef, source: Value, named: Value) -> PyResult {
    let name = ty.spec.map_or("", |s| s.name);
    let shape = Shape::of(vm, ty);
    if type_of(vm, source).slots().iter.is_none() && type_of(vm, source).slots().get_item.is_none() {
        return Err(vm.type_error("constructor requires a sequence"));
    }
    let items = protocol::iter::collect(vm, source)?;
    let named = native::passed(named);
    if named.is_some_and(|d| !is_instance(vm, d, vm.types.dict)) {
        return Err(vm.type_error(&format!("{name}() takes a dict as second arg, if any")));
    }
    let n = items.len();
    let wrong = |bound: &str, wanted: usize| {
        vm.type_error(&format!("{name}() takes {bound} {wanted}-sequence ({n}-sequence given)"))
    };
    match (shape.visible, shape.all) {
        (least, most) if least == most && n != least => return Err(wrong("a", least)),
        (least, _) if n < least => return Err(wrong("an at least", least)),
        (_, most) if n > most => return Err(wrong("an at most", most)),
        _ => {}
    }
    let mut values: Vec<Owned> = items;
    let mut found = 0;
    for field in shape.hidden_names().skip(n - shape.visible) {
        let value = match named {
            Some(d) => dict::get(vm, d, *str::intern(vm, field))?,
            None => None,
        };
        found += usize::from(value.is_some());
        // The times of files are the whole seconds when nothing better was given.
        let i = values.len();
        let seconds = ty == vm.types.stat_result && i < STAT_VISIBLE + 3;
        let usual = || if seconds { values[i - 3].clone() } else { Owned::none() };
        let value = value.unwrap_or_else(usual);
        values.push(value);
    }
    if named.is_some_and(|d| dict::len(d) > found) {
        return Err(vm.type_error(&format!("{name}() got duplicate or unexpected field name(s)")));
    }
    let values: Vec<Value> = values.iter().map(|v| **v).collect();
    new_hidden(vm, ty, shape.visible, &values)
}

/// All items of an instance, with those that are hidden.
fn all_items(this: Value, shape: &Shape) -> Vec<Owned> {
    // SAFETY: the type's instances have so many items in memory.
    unsafe {
        let items = Tuple::items(this.as_ptr::<Tuple>());
        (0..shape.all)
            .map(|i| *items.add(i))
            .map(|v| if v.is_null() { Owned::none() } else { v.own() })
            .collect()
    }
}

fn replace(vm: &Vm, this: Value, args: Args) -> PyResult {
    if !args.pos().is_empty() {
        return Err(vm.type_error("__replace__() takes no positional arguments"));
    }
    let ty = type_of(vm, this);
    let shape = Shape::of(vm, ty);
    if shape.named_visible < shape.visible {
        let name = ty.spec.map_or("", |s| s.name);
        let text = format!("__replace__() is not supported for {name} because it has unnamed field(s)");
        return Err(vm.type_error(&text));
    }
    let mut values = all_items(this, &shape);
    let mut unknown = Vec::new();
    for (name, v) in args.keywords() {
        let text = str::to_string_lossy(name);
        match shape.fields.iter().position(|f| f.name == text) {
            Some(i) => values[i] = v.own(),
            None => unknown.push(name.own()),
        }
    }
    if !unknown.is_empty() {
        let names = list::new(vm, unknown)?;
        let names = protocol::object::repr_string(vm, *names)?;
        return Err(vm.type_error(&format!("Got unexpected field name(s): {names}")));
    }
    let values: Vec<Value> = values.iter().map(|v| **v).collect();
    new_hidden(vm, ty, shape.visible, &values)
}

fn repr(vm: &Vm, this: Value) -> PyResult {
    let Some(spec) = type_of(vm, this).spec else {
        return Err(vm.system_error("struct sequence without fields"));
    };
    let mut out = str::StrBuilder::new();
    out.push_str(spec.name);
    out.push_str("(");
    for (i, (field, v)) in spec.getset.iter().zip(tuple::items(&this)).enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_str(field.name);
        out.push_str("=");
        out.push_value(*protocol::object::repr(vm, *v)?);
    }
    out.push_str(")");
    out.finish(vm)
}

fn reduce(vm: &Vm, this: Value) -> PyResult {
    let items = tuple::from_slice(vm, tuple::items(&this))?;
    let shape = Shape::of(vm, type_of(vm, this));
    let named = dict::new(vm)?;
    for (name, v) in shape.hidden_names().zip(all_items(this, &shape).drain(shape.visible..)) {
        dict::set_str(vm, *named, *str::intern(vm, name), *v)?;
    }
    let args = tuple::from_slice(vm, &[*items, *named])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}
