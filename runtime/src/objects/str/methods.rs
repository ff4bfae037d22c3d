//! The type `str`: its slots and methods.

use taipan_layout::{Kind, Value};

use super::args::{self, expect_str, is_str};
use super::build::{empty, from_view_of_class, to_exact};
use super::kinds::{length, view, width};
use super::{
    case, compare, concat, edit, find, format, index, intern, percent, repr, spec, split, translate,
};
use crate::args::Args;
use crate::objects::spec::{MethodSpec, method, method0, method1, raw_method, static_method};
use crate::objects::{CompareOp, Slots, TypeRef, TypeSpec, list, tp_flags, tuple, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::signature::unexpected_keyword;
use crate::vm::Vm;

fn slot_repr(vm: &Vm, this: Value) -> PyResult {
    repr::repr(vm, this)
}

fn slot_str(vm: &Vm, this: Value) -> PyResult {
    to_exact(vm, this)
}

fn slot_hash(vm: &Vm, this: Value) -> PyResult<i64> {
    Ok(intern::hash(vm, this))
}

fn rich_compare(vm: &Vm, a: Value, b: Value, op: CompareOp) -> PyResult {
    if !is_str(vm, a) || !is_str(vm, b) {
        return Ok(Owned::not_implemented());
    }
    Ok(Owned::bool(match op {
        CompareOp::Eq => compare::equal(a, b),
        CompareOp::Ne => !compare::equal(a, b),
        _ => op.holds(compare::compare(a, b)),
    }))
}

fn slot_concat(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_str(vm, b) {
        let got = type_of(vm, b).name_str();
        return Err(vm.type_error(&format!("can only concatenate str (not \"{got}\") to str")));
    }
    concat::concat(vm, a, b)
}

/// `format % args`, and `value % str` for a `str` on the right only.
fn remainder(vm: &Vm, a: Value, b: Value) -> PyResult {
    if !is_str(vm, a) {
        return Ok(Owned::not_implemented());
    }
    percent::format_str(vm, a, b)
}

fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    if !is_str(vm, item) {
        let got = type_of(vm, item).name_str();
        return Err(vm.type_error(&format!("'in <string>' requires string as left operand, not {got}")));
    }
    Ok(find::find(view(&this), view(&item)).is_some())
}

/// `str(object='', encoding='utf-8', errors='strict')`.
fn new(vm: &Vm, class: Value, args: Args) -> PyResult {
    let pos = args.pos();
    let count = pos.len() + args.keyword_count();
    if count > 3 {
        let text = match args.has_keywords() {
            true => format!("str() takes at most 3 arguments ({count} given)"),
            false => format!("str expected at most 3 arguments, got {count}"),
        };
        return Err(vm.type_error(&text));
    }
    let mut given = [Value::NULL; 3];
    given[..pos.len()].copy_from_slice(pos);
    for (name, value) in args.keywords() {
        let text = super::to_string_lossy(name);
        let names = ["object", "encoding", "errors"];
        let Some(at) = names.iter().position(|n| *n == text) else {
            return Err(unexpected_keyword(vm, "str", name, names));
        };
        if !given[at].is_null() {
            return Err(vm.type_error(&format!(
                "argument for str() given by name ('{text}') and position ({})",
                at + 1
            )));
        }
        given[at] = value;
    }
    let [object, encoding, errors] = given;
    let text = if object.is_null() {
        empty(vm)
    } else if encoding.is_null() && errors.is_null() {
        protocol::object::str(vm, object)?
    } else {
        super::codec::decode_object(vm, object, encoding, errors)?
    };
    if class == vm.types.str.value() {
        return Ok(text);
    }
    let class = TypeRef::from_value(vm, class).unwrap_or(vm.types.str);
    from_view_of_class(vm, class, view(&text))
}

fn getnewargs(vm: &Vm, this: Value) -> PyResult {
    // A copy: the argument is never the string itself.
    let text = super::build::copy(vm, this)?;
    tuple::from_slice(vm, &[*text])
}

/// CPython's numbers, so that programs that add sizes up see the same.
fn sizeof(_: &Vm, this: Value) -> PyResult {
    let head = if super::is_ascii(this) { 40 } else { 56 };
    Ok(Owned::fixnum(head + (((length(this) + 1) as i64) << width(this))))
}

fn join(vm: &Vm, this: Value, iterable: Value) -> PyResult {
    if let Some(items) = exact_items(&iterable) {
        return concat::join(vm, this, items);
    }
    if type_of(vm, iterable).slots().iter.is_none() && type_of(vm, iterable).slots().get_item.is_none() {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = protocol::iter::collect(vm, iterable)?;
    let words: Vec<Value> = items.iter().map(|i| i.value()).collect();
    concat::join(vm, this, &words)
}

/// The items of an exact list or tuple: joining runs no Python, so they stay as they are.
fn exact_items(v: &Value) -> Option<&[Value]> {
    if crate::objects::is_kind(*v, Kind::List) {
        Some(list::items(v))
    } else if crate::objects::is_kind(*v, Kind::Tuple) {
        Some(tuple::items(v))
    } else {
        None
    }
}

fn search(vm: &Vm, this: Value, args: &[Value], name: &str, from_right: bool) -> PyResult<Option<usize>> {
    expect_str(vm, args[0], name, 1)?;
    let text = view(&this);
    let Some(range) = args::search_range(vm, text.len(), args[1], args[2])? else { return Ok(None) };
    let part = text.slice(range.start, range.end);
    let needle = view(&args[0]);
    let at = if from_right { find::rfind(part, needle) } else { find::find(part, needle) };
    Ok(at.map(|i| i + range.start))
}

fn method_find(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    Ok(Owned::fixnum(search(vm, this, args, "find", false)?.map_or(-1, |i| i as i64)))
}
fn method_rfind(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    Ok(Owned::fixnum(search(vm, this, args, "rfind", true)?.map_or(-1, |i| i as i64)))
}
fn method_index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    match search(vm, this, args, "index", false)? {
        Some(i) => Ok(Owned::fixnum(i as i64)),
        None => Err(vm.value_error("substring not found")),
    }
}
fn method_rindex(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    match search(vm, this, args, "rindex", true)? {
        Some(i) => Ok(Owned::fixnum(i as i64)),
        None => Err(vm.value_error("substring not found")),
    }
}

fn method_count(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    expect_str(vm, args[0], "count", 1)?;
    let text = view(&this);
    let Some(range) = args::search_range(vm, text.len(), args[1], args[2])? else {
        return Ok(Owned::fixnum(0));
    };
    Ok(Owned::fixnum(find::count(text.slice(range.start, range.end), view(&args[0])) as i64))
}

fn affix(vm: &Vm, this: Value, args: &[Value], name: &str, at_end: bool) -> PyResult {
    let text = view(&this);
    let range = args::search_range(vm, text.len(), args[1], args[2])?;
    let matches = |affix: Value| {
        range.clone().is_some_and(|r| {
            let part = text.slice(r.start, r.end);
            if at_end { edit::ends_with(part, view(&affix)) } else { edit::starts_with(part, view(&affix)) }
        })
    };
    let wanted = args[0];
    if is_str(vm, wanted) {
        return Ok(Owned::bool(matches(wanted)));
    }
    if type_of(vm, wanted).has_flag(tp_flags::TUPLE_SUBCLASS) {
        for item in tuple::items(&wanted) {
            if !is_str(vm, *item) {
                let got = type_of(vm, *item).name_str();
                return Err(vm.type_error(&format!("tuple for {name} must only contain str, not {got}")));
            }
            if matches(*item) {
                return Ok(Owned::bool(true));
            }
        }
        return Ok(Owned::bool(false));
    }
    let got = type_of(vm, wanted).name_str();
    Err(vm.type_error(&format!("{name} first arg must be str or a tuple of str, not {got}")))
}

fn startswith(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    affix(vm, this, args, "startswith", false)
}
fn endswith(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    affix(vm, this, args, "endswith", true)
}

const SUB: &str = "($self, sub[, start[, end]], /)";

static METHODS: &[MethodSpec] = &[
    method1(
        "__format__",
        "($self, format_spec, /)",
        spec::method_format,
        "The string formatted as the format_spec says.",
    ),
    method0("__getnewargs__", getnewargs, ""),
    method0("__sizeof__", sizeof, "Size of the string in memory, in bytes."),
    method0(
        "capitalize",
        case::capitalize,
        "The string with its first character in title case and the rest in lower case.",
    ),
    method0("casefold", case::casefold, "A form for comparison without regard to case."),
    method(
        "center",
        "($self, width, fillchar=' ', /)",
        edit::center,
        "The string in the middle of a field of the given width.",
    ),
    method("count", SUB, method_count, "Number of occurrences of sub in S[start:end] that do not overlap."),
    method(
        "encode",
        "($self, /, encoding='utf-8', errors='strict')",
        super::codec::method_encode,
        "The string encoded as bytes.",
    ),
    method(
        "endswith",
        "($self, suffix[, start[, end]], /)",
        endswith,
        "Whether the string ends with the suffix, or one of a tuple of them.",
    ),
    method(
        "expandtabs",
        "($self, /, tabsize=8)",
        edit::expandtabs,
        "Tabs replaced by spaces up to the next tab stop.",
    ),
    method("find", SUB, method_find, "Lowest index of sub in S[start:end], or -1."),
    raw_method(
        "format",
        "($self, /, *args, **kwargs)",
        format::method_format,
        "The string with its replacement fields filled in.",
    ),
    method1(
        "format_map",
        "($self, mapping, /)",
        format::method_format_map,
        "The string with its replacement fields filled in from a mapping.",
    ),
    method("index", SUB, method_index, "Lowest index of sub in S[start:end]; ValueError when there is none."),
    method0("isalnum", case::is_alnum, "Whether all characters are letters or numbers, and there is one."),
    method0("isalpha", case::is_alpha, "Whether all characters are letters, and there is one."),
    method0("isascii", case::is_ascii, "Whether all characters are ASCII."),
    method0("isdecimal", case::is_decimal, "Whether all characters are decimal digits, and there is one."),
    method0("isdigit", case::is_digit, "Whether all characters are digits, and there is one."),
    method0("isidentifier", case::is_identifier, "Whether the string is a valid name."),
    method0("islower", case::is_lower, "Whether all cased characters are lower case, and there is one."),
    method0("isnumeric", case::is_numeric, "Whether all characters are numeric, and there is one."),
    method0("isprintable", case::is_printable, "Whether repr() leaves all characters as they are."),
    method0("isspace", case::is_space, "Whether all characters are whitespace, and there is one."),
    method0("istitle", case::is_title, "Whether words begin in upper case and go on in lower case."),
    method0("isupper", case::is_upper, "Whether all cased characters are upper case, and there is one."),
    method1(
        "join",
        "($self, iterable, /)",
        join,
        "The strings of the iterable with this string between them.",
    ),
    method(
        "ljust",
        "($self, width, fillchar=' ', /)",
        edit::ljust,
        "The string at the left of a field of the given width.",
    ),
    method0("lower", case::lower, "The string in lower case."),
    method(
        "lstrip",
        "($self, chars=None, /)",
        edit::lstrip,
        "The string without whitespace (or the given characters) at its start.",
    ),
    static_method(
        "maketrans",
        "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
        translate::maketrans,
        "A table for translate().",
    ),
    method1(
        "partition",
        "($self, sep, /)",
        split::partition,
        "The parts before, of and after the first separator.",
    ),
    method1(
        "removeprefix",
        "($self, prefix, /)",
        edit::remove_prefix,
        "The string without the prefix, if it has it.",
    ),
    method1(
        "removesuffix",
        "($self, suffix, /)",
        edit::remove_suffix,
        "The string without the suffix, if it has it.",
    ),
    method(
        "replace",
        "($self, old, new, /, count=-1)",
        edit::replace,
        "The string with occurrences of old replaced by new.",
    ),
    method("rfind", SUB, method_rfind, "Highest index of sub in S[start:end], or -1."),
    method(
        "rindex",
        SUB,
        method_rindex,
        "Highest index of sub in S[start:end]; ValueError when there is none.",
    ),
    method(
        "rjust",
        "($self, width, fillchar=' ', /)",
        edit::rjust,
        "The string at the right of a field of the given width.",
    ),
    method1(
        "rpartition",
        "($self, sep, /)",
        split::rpartition,
        "The parts before, of and after the last separator.",
    ),
    method(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        split::rsplit,
        "The parts between separators, splitting from the right.",
    ),
    method(
        "rstrip",
        "($self, chars=None, /)",
        edit::rstrip,
        "The string without whitespace (or the given characters) at its end.",
    ),
    method(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        split::split,
        "The parts between separators, or between runs of whitespace.",
    ),
    method("splitlines", "($self, /, keepends=False)", split::splitlines, "The lines of the string."),
    method(
        "startswith",
        "($self, prefix[, start[, end]], /)",
        startswith,
        "Whether the string starts with the prefix, or one of a tuple of them.",
    ),
    method(
        "strip",
        "($self, chars=None, /)",
        edit::strip,
        "The string without whitespace (or the given characters) at its ends.",
    ),
    method0("swapcase", case::swapcase, "Upper case turned into lower case and the other way round."),
    method0("title", case::title, "Every word with its first letter in title case."),
    method1(
        "translate",
        "($self, table, /)",
        translate::translate,
        "The string with its characters replaced as the table says.",
    ),
    method0("upper", case::upper, "The string in upper case."),
    method1("zfill", "($self, width, /)", edit::zfill, "A number padded with zeroes after its sign."),
];

pub static SPEC: TypeSpec = TypeSpec {
    name: "str",
    basicsize: size_of::<taipan_layout::objects::Str>(),
    itemsize: 1,
    kind: Kind::Str,
    flags: tp_flags::BASETYPE | tp_flags::UNICODE_SUBCLASS | tp_flags::MATCH_SELF,
    doc: "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n\
          Text: the str() of an object, or bytes decoded.",
    slots: Slots {
        repr: Some(slot_repr),
        str: Some(slot_str),
        hash: Some(slot_hash),
        richcompare: Some(rich_compare),
        remainder: Some(remainder),
        iter: Some(index::iter),
        new: Some(new),
        dealloc: Some(intern::forget),
        len: Some(|_, this| Ok(length(this))),
        concat: Some(slot_concat),
        repeat: Some(concat::repeat),
        contains: Some(contains),
        get_item: Some(index::get_item),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeSpec::DEFAULT
};
