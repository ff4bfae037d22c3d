//! Tuples whose items also have names (CPython's struct sequences).

use taipan_layout::Value;
use taipan_layout::objects::Tuple;

use crate::args::Args;
use crate::objects::spec::{GetSet, TypeSpec, getter, method0, tp_flags};
use crate::objects::{Slots, TypeRef, str, tuple, type_of};
use crate::owned::{Counted, PyResult};
use crate::protocol;
use crate::vm::Vm;

fn item<const I: usize>(vm: &Vm, this: Value) -> PyResult {
    match tuple::items(&this).get(I) {
        Some(v) => Ok(v.own()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

static METHODS_TABLE: [crate::objects::spec::MethodSpec; 1] = [method0("__reduce__", reduce, "")];
const METHODS: &[crate::objects::spec::MethodSpec] = &METHODS_TABLE;

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

macro_rules! struct_sequences {
    ($($ident:ident $name:literal $doc:literal { $($index:literal $field:literal),* $(,)? })*) => {
        $(pub static $ident: TypeSpec = sequence($name, &[$(getter($field, item::<$index>, "")),*], $doc);)*
    };
}

struct_sequences! {
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
    FLAGS "sys.flags" "Flags provided through command line arguments or environment vars." {
        0 "debug", 1 "inspect", 2 "interactive", 3 "optimize", 4 "dont_write_bytecode", 5 "no_user_site",
        6 "no_site", 7 "ignore_environment", 8 "verbose", 9 "bytes_warning", 10 "quiet", 11 "hash_randomization",
        12 "isolated", 13 "dev_mode", 14 "utf8_mode", 15 "warn_default_encoding", 16 "safe_path",
        17 "int_max_str_digits",
    }
    ASYNCGEN_HOOKS "sys.asyncgen_hooks" "The hooks of asynchronous generators." { 0 "firstiter", 1 "finalizer" }
}

pub static STRUCT_TIME: TypeSpec = TypeSpec {
    flags: tp_flags::HAVE_GC,
    slots: Slots { new: Some(construct), repr: Some(repr), ..Slots::EMPTY },
    signature: "(iterable=(), /)",
    ..sequence(
        "time.struct_time",
        &[
            getter("tm_year", item::<0>, "year, for example, 1993"),
            getter("tm_mon", item::<1>, "month of year, range [1, 12]"),
            getter("tm_mday", item::<2>, "day of month, range [1, 31]"),
            getter("tm_hour", item::<3>, "hours, range [0, 23]"),
            getter("tm_min", item::<4>, "minutes, range [0, 59]"),
            getter("tm_sec", item::<5>, "seconds, range [0, 61])"),
            getter("tm_wday", item::<6>, "day of week, range [0, 6], Monday is 0"),
            getter("tm_yday", item::<7>, "day of year, range [1, 366]"),
            getter("tm_isdst", item::<8>, "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ],
        "The time value as returned by gmtime(), localtime(), and strptime().",
    )
};

/// An instance of `ty`, one of the types above.
pub fn new(vm: &Vm, ty: TypeRef, items: &[Value]) -> PyResult {
    tuple::of_type(vm, ty, items)
}

fn construct(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let Some(ty) = TypeRef::from_value(vm, cls) else { return Err(vm.type_error("X is not a type object")) };
    let wanted = ty.spec.map_or(0, |s| s.getset.len());
    let [source] = *args.pos() else {
        return Err(vm.type_error("structseq() missing required argument 'sequence' (pos 1)"));
    };
    let items = protocol::iter::collect(vm, source)?;
    if items.len() != wanted {
        let (name, n) = (ty.spec.map_or("", |s| s.name), items.len());
        return Err(
            vm.type_error(&format!("{name}() takes an at least {wanted}-sequence ({n}-sequence given)"))
        );
    }
    let items: Vec<Value> = items.iter().map(|v| **v).collect();
    new(vm, ty, &items)
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
    let args = tuple::from_slice(vm, &[*items])?;
    tuple::from_slice(vm, &[type_of(vm, this).value(), *args])
}
