//! The methods that `bytes` and `bytearray` have in common: searching, cutting, changing, classes of bytes.
//!
//! Each is one function for both types: the receiver's contents come from [`contents`], results are made by [`like`] in
//! the type of the receiver. A `bytearray` may be resized by any Python code, so arguments are converted before its
//! contents are looked at, and bytes-like arguments are held as [`Buffer`]s, which keeps them as they are.

use std::ops::Range;

use taipan_layout::{Kind, Value};
use taipan_text::find::{self as text, Needle, strip_range};

use super::buffer::{Buffer, buffer, is_bytes_like};
use super::object::{self, as_slice};
use super::{bytearray, construct, memoryview};
use crate::objects::str::{self, args};
use crate::objects::{is_kind, list, sequence, tp_flags, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Whether the receiver is a `bytes`, not a `bytearray` (instances of subclasses included).
pub(super) fn is_immutable(vm: &Vm, this: Value) -> bool {
    object::is_exact(this) || type_of(vm, this).has_flag(tp_flags::BYTES_SUBCLASS)
}

/// The bytes of the receiver, good until Python code runs.
pub(super) fn contents<'a>(vm: &Vm, this: &'a Value) -> &'a [u8] {
    if is_immutable(vm, *this) { as_slice(this) } else { bytearray::contents(this) }
}

/// A new object of the receiver's built-in type.
pub(super) fn like(vm: &Vm, this: Value, bytes: &[u8]) -> PyResult {
    if is_immutable(vm, this) { object::new(vm, bytes) } else { bytearray::new(vm, bytes) }
}

/// Keeps a receiver that could be resized as it is while arguments are converted, which may run Python code.
pub(super) fn held(vm: &Vm, this: Value) -> PyResult<Option<Buffer>> {
    if is_immutable(vm, this) { Ok(None) } else { bytearray::hold(vm, this).map(Some) }
}

/// The receiver itself where it cannot change, else a copy: what methods return that found nothing to do.
fn unchanged(vm: &Vm, this: Value) -> PyResult {
    if object::is_exact(this) { Ok(this.own()) } else { like(vm, this, contents(vm, &this)) }
}

/// What to search for: an integer or a bytes-like object.
enum Sub {
    Byte([u8; 1]),
    Bytes(Buffer),
}

impl Sub {
    fn new(vm: &Vm, v: Value) -> PyResult<Sub> {
        if is_bytes_like(vm, v) {
            return buffer(vm, v).map(Sub::Bytes);
        }
        if sequence::is_index(vm, v) {
            return Ok(Sub::Byte([construct::byte_value(vm, v)?]));
        }
        let got = type_of(vm, v).name_str();
        Err(vm.type_error(&format!("argument should be integer or bytes-like object, not '{got}'")))
    }
    fn as_slice(&self) -> &[u8] {
        match self {
            Sub::Byte(b) => b,
            Sub::Bytes(b) => b.as_slice(),
        }
    }
}

/// Looks for `args[0]` in the part that `args[1]` and `args[2]` select.
fn search<R>(
    vm: &Vm,
    this: Value,
    args: &[Value],
    found: impl FnOnce(&[u8], &Needle<'_, u8>, usize) -> R,
) -> PyResult<Option<R>> {
    let _held = held(vm, this)?;
    let sub = Sub::new(vm, args[0])?;
    let bounds = args::search_bounds(vm, args[1], args[2])?;
    let bytes = contents(vm, &this);
    let Some(range) = bounds.within(bytes.len()) else { return Ok(None) };
    Ok(Some(found(&bytes[range.clone()], &Needle::new(sub.as_slice()), range.start)))
}

fn first(vm: &Vm, this: Value, args: &[Value]) -> PyResult<Option<usize>> {
    Ok(search(vm, this, args, |part, sub, start| sub.find(part).map(|at| at + start))?.flatten())
}

fn last(vm: &Vm, this: Value, args: &[Value]) -> PyResult<Option<usize>> {
    Ok(search(vm, this, args, |part, sub, start| sub.rfind(part).map(|at| at + start))?.flatten())
}

fn position(at: Option<usize>) -> PyResult {
    Ok(Owned::fixnum(at.map_or(-1, |i| i as i64)))
}

pub(super) fn find(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    position(first(vm, this, args)?)
}
pub(super) fn rfind(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    position(last(vm, this, args)?)
}
pub(super) fn index(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    match first(vm, this, args)? {
        Some(at) => position(Some(at)),
        None => Err(vm.value_error("subsection not found")),
    }
}
pub(super) fn rindex(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    match last(vm, this, args)? {
        Some(at) => position(Some(at)),
        None => Err(vm.value_error("subsection not found")),
    }
}
pub(super) fn count(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = search(vm, this, args, |part, sub, _| sub.count(part))?;
    Ok(Owned::fixnum(n.unwrap_or(0) as i64))
}

/// `item in bytes`: a byte value or a subsequence.
pub(super) fn contains(vm: &Vm, this: Value, item: Value) -> PyResult<bool> {
    let _held = held(vm, this)?;
    if sequence::is_index(vm, item) {
        match protocol::index::to_isize_clamped(vm, item) {
            Ok(n) => {
                let b = u8::try_from(n).map_err(|_| vm.value_error("byte must be in range(0, 256)"))?;
                return Ok(memchr::memchr(b, contents(vm, &this)).is_some());
            }
            // What is no number may still be bytes.
            Err(raised) => vm.discard(raised),
        }
    }
    let sub = buffer(vm, item)?;
    Ok(Needle::new(sub.as_slice()).find(contents(vm, &this)).is_some())
}

fn affix(vm: &Vm, this: Value, args: &[Value], name: &str, at_end: bool) -> PyResult {
    let bounds = args::search_bounds(vm, args[1], args[2])?;
    let matches = |affix: &[u8]| {
        let bytes = contents(vm, &this);
        bounds.within(bytes.len()).is_some_and(|r| {
            let part = &bytes[r];
            if at_end { part.ends_with(affix) } else { part.starts_with(affix) }
        })
    };
    let wanted = args[0];
    if is_bytes_like(vm, wanted) {
        return Ok(Owned::bool(matches(buffer(vm, wanted)?.as_slice())));
    }
    if type_of(vm, wanted).has_flag(tp_flags::TUPLE_SUBCLASS) {
        for item in tuple::items(&wanted) {
            if matches(buffer(vm, *item)?.as_slice()) {
                return Ok(Owned::bool(true));
            }
        }
        return Ok(Owned::bool(false));
    }
    let got = type_of(vm, wanted).name_str();
    Err(vm.type_error(&format!("{name} first arg must be bytes or a tuple of bytes, not {got}")))
}

pub(super) fn startswith(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    affix(vm, this, args, "startswith", false)
}
pub(super) fn endswith(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    affix(vm, this, args, "endswith", true)
}

// ---- cutting ----

/// White space of `bytes`: that of C's `isspace` in the C locale.
fn is_space(c: u32) -> bool {
    matches!(c, 9..=13 | 32)
}

fn pieces(vm: &Vm, this: Value, ranges: impl Iterator<Item = Range<usize>>) -> PyResult {
    let bytes = contents(vm, &this);
    let mut items: Vec<Owned> = Vec::new();
    for r in ranges {
        let part = if r.len() == bytes.len() { unchanged(vm, this)? } else { like(vm, this, &bytes[r])? };
        if items.try_reserve(1).is_err() {
            return Err(vm.memory_error());
        }
        items.push(part);
    }
    list::new(vm, items)
}

/// The separator argument; `None`: white space.
fn separator(vm: &Vm, v: Value) -> PyResult<Option<Buffer>> {
    if v.is_null() || v.is_none() {
        return Ok(None);
    }
    let sep = buffer(vm, v)?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    Ok(Some(sep))
}

fn limit(vm: &Vm, maxsplit: Value) -> PyResult<usize> {
    let n = args::optional_index(vm, maxsplit, -1)?;
    Ok(if n < 0 { usize::MAX } else { n as usize })
}

pub(super) fn split(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let _held = held(vm, this)?;
    let limit = limit(vm, args[1])?;
    match separator(vm, args[0])? {
        None => pieces(vm, this, text::split_space(contents(vm, &this), limit, is_space)),
        Some(sep) => {
            let needle = Needle::new(sep.as_slice());
            pieces(vm, this, text::split(contents(vm, &this), &needle, limit))
        }
    }
}

pub(super) fn rsplit(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let _held = held(vm, this)?;
    let limit = limit(vm, args[1])?;
    let from_right: Vec<_> = match separator(vm, args[0])? {
        None => text::rsplit_space(contents(vm, &this), limit, is_space).collect(),
        Some(sep) => text::rsplit(contents(vm, &this), &Needle::new(sep.as_slice()), limit).collect(),
    };
    pieces(vm, this, from_right.into_iter().rev())
}

pub(super) fn splitlines(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let keep_ends = args::flag(vm, args[0], false)?;
    pieces(vm, this, text::lines(contents(vm, &this), keep_ends, |c| matches!(c, 10 | 13)))
}

fn part_at(vm: &Vm, this: Value, sep: Value, from_right: bool) -> PyResult {
    let wanted = buffer(vm, sep)?;
    if wanted.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let needle = Needle::new(wanted.as_slice());
    let bytes = contents(vm, &this);
    let found = if from_right { needle.rfind(bytes) } else { needle.find(bytes) };
    let Some(at) = found else {
        let whole = if is_immutable(vm, this) { this.own() } else { unchanged(vm, this)? };
        let (a, b) = (like(vm, this, &[])?, like(vm, this, &[])?);
        return tuple::from_owned(vm, if from_right { vec![a, b, whole] } else { vec![whole, a, b] });
    };
    let before = like(vm, this, &bytes[..at])?;
    let middle = if is_immutable(vm, this) { sep.own() } else { like(vm, this, wanted.as_slice())? };
    let after = like(vm, this, &bytes[at + wanted.len()..])?;
    tuple::from_owned(vm, vec![before, middle, after])
}

pub(super) fn partition(vm: &Vm, this: Value, sep: Value) -> PyResult {
    part_at(vm, this, sep, false)
}
pub(super) fn rpartition(vm: &Vm, this: Value, sep: Value) -> PyResult {
    part_at(vm, this, sep, true)
}

/// `sep.join(items)`.
pub(super) fn join(vm: &Vm, this: Value, iterable: Value) -> PyResult {
    if type_of(vm, iterable).slots().iter.is_none() && type_of(vm, iterable).slots().get_item.is_none() {
        return Err(vm.type_error("can only join an iterable"));
    }
    // The separator may not be resized by the iterator.
    let _held = if is_kind(this, Kind::ByteArray) { Some(super::bytearray::hold(vm, this)?) } else { None };
    let items = protocol::iter::collect(vm, iterable)?;
    if let [one] = items.as_slice()
        && object::is_exact(**one)
        && object::is_exact(this)
    {
        return Ok(one.clone());
    }
    let mut buffers = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if !is_bytes_like(vm, **item) || memoryview::has_gaps(vm, **item) {
            let got = type_of(vm, **item).name_str();
            return Err(
                vm.type_error(&format!("sequence item {i}: expected a bytes-like object, {got} found"))
            );
        }
        buffers.push(buffer(vm, **item)?);
        // A method `__buffer__` may have changed the list.
        if is_kind(iterable, Kind::List) && list::len(iterable) != items.len() {
            return Err(vm.runtime_error("sequence changed size during iteration"));
        }
    }
    let sep = contents(vm, &this);
    let total: usize =
        buffers.iter().map(Buffer::len).sum::<usize>() + sep.len() * buffers.len().saturating_sub(1);
    let mut out = with_room(vm, total)?;
    for (i, b) in buffers.iter().enumerate() {
        if i != 0 {
            out.extend_from_slice(sep);
        }
        out.extend_from_slice(b.as_slice());
    }
    like(vm, this, &out)
}

/// An empty vector with room for `n` bytes.
pub(super) fn with_room(vm: &Vm, n: usize) -> PyResult<Vec<u8>> {
    let mut v = Vec::new();
    match v.try_reserve_exact(n) {
        Ok(()) => Ok(v),
        Err(_) => Err(vm.memory_error()),
    }
}

// ---- changing ----

fn strip_ends(vm: &Vm, this: Value, set: Value, (left, right): (bool, bool)) -> PyResult {
    let set = if set.is_null() || set.is_none() { None } else { Some(buffer(vm, set)?) };
    let bytes = contents(vm, &this);
    let range = match &set {
        None => strip_range(bytes, left, right, is_space),
        Some(set) => strip_range(bytes, left, right, |c| set.as_slice().contains(&(c as u8))),
    };
    if range.len() == bytes.len() { unchanged(vm, this) } else { like(vm, this, &bytes[range]) }
}

pub(super) fn strip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (true, true))
}
pub(super) fn lstrip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (true, false))
}
pub(super) fn rstrip(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    strip_ends(vm, this, args[0], (false, true))
}

pub(super) fn removeprefix(vm: &Vm, this: Value, prefix: Value) -> PyResult {
    let prefix = buffer(vm, prefix)?;
    match contents(vm, &this).strip_prefix(prefix.as_slice()) {
        Some(rest) if !prefix.is_empty() => like(vm, this, rest),
        _ => unchanged(vm, this),
    }
}

pub(super) fn removesuffix(vm: &Vm, this: Value, suffix: Value) -> PyResult {
    let suffix = buffer(vm, suffix)?;
    match contents(vm, &this).strip_suffix(suffix.as_slice()) {
        Some(rest) if !suffix.is_empty() => like(vm, this, rest),
        _ => unchanged(vm, this),
    }
}

pub(super) fn replace(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let (old, new) = (buffer(vm, args[0])?, buffer(vm, args[1])?);
    let limit = limit(vm, args[2])?;
    let needle = Needle::new(old.as_slice());
    let bytes = contents(vm, &this);
    let count =
        if limit == usize::MAX { needle.count(bytes) } else { needle.positions(bytes).take(limit).count() };
    if count == 0 {
        return unchanged(vm, this);
    }
    let Some(total) = new
        .len()
        .checked_mul(count)
        .and_then(|n| n.checked_add(bytes.len() - count * old.len()))
        .filter(|n| *n <= isize::MAX as usize)
    else {
        return Err(vm.overflow_error("replace bytes is too long"));
    };
    let mut out = with_room(vm, total)?;
    let mut from = 0;
    for at in needle.positions(bytes).take(count) {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(new.as_slice());
        from = at + old.len();
    }
    out.extend_from_slice(&bytes[from..]);
    like(vm, this, &out)
}

/// The `fillchar` argument of `center`, `ljust` and `rjust`.
fn fill_byte(vm: &Vm, v: Value, name: &str) -> PyResult<u8> {
    if v.is_null() {
        return Ok(b' ');
    }
    let got = type_of(vm, v).name_str();
    if !object::is_bytes(vm, v) && !is_kind(v, Kind::ByteArray) {
        let message = format!("{name}() argument 2 must be a byte string of length 1, not {got}");
        return Err(vm.type_error(&message));
    }
    match *contents(vm, &v) {
        [one] => Ok(one),
        ref other => Err(vm.type_error(&format!(
            "{name}(): argument 2 must be a byte string of length 1, not a {got} object of length {}",
            other.len()
        ))),
    }
}

fn pad(
    vm: &Vm,
    this: Value,
    args: &[Value],
    name: &str,
    margins: fn(usize, usize) -> (usize, usize),
) -> PyResult {
    let width = sequence::size_argument(vm, args[0])?;
    let fill = fill_byte(vm, args[1], name)?;
    let bytes = contents(vm, &this);
    let missing = (width.max(0) as usize).saturating_sub(bytes.len());
    if missing == 0 {
        return unchanged(vm, this);
    }
    let (left, right) = margins(missing, bytes.len());
    let mut out = with_room(vm, bytes.len() + missing)?;
    out.resize(left, fill);
    out.extend_from_slice(bytes);
    out.resize(left + bytes.len() + right, fill);
    like(vm, this, &out)
}

pub(super) fn center(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    pad(vm, this, args, "center", str::edit::center_margins)
}
pub(super) fn ljust(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    pad(vm, this, args, "ljust", |missing, _| (0, missing))
}
pub(super) fn rjust(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    pad(vm, this, args, "rjust", |missing, _| (missing, 0))
}

pub(super) fn zfill(vm: &Vm, this: Value, width: Value) -> PyResult {
    let width = sequence::size_argument(vm, width)?;
    let bytes = contents(vm, &this);
    let missing = (width.max(0) as usize).saturating_sub(bytes.len());
    if missing == 0 {
        return unchanged(vm, this);
    }
    let sign = matches!(bytes.first(), Some(b'+' | b'-')) as usize;
    let mut out = with_room(vm, bytes.len() + missing)?;
    out.extend_from_slice(&bytes[..sign]);
    out.resize(sign + missing, b'0');
    out.extend_from_slice(&bytes[sign..]);
    like(vm, this, &out)
}

pub(super) fn expandtabs(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let size = if args[0].is_null() { 8 } else { args::c_int(vm, args[0])? };
    let bytes = contents(vm, &this);
    let mut out = with_room(vm, bytes.len())?;
    let mut column = 0usize;
    for &b in bytes {
        match b {
            b'\t' if size > 0 => {
                let n = size as usize - column % size as usize;
                if out.try_reserve(n).is_err() {
                    return Err(vm.memory_error());
                }
                out.resize(out.len() + n, b' ');
                column += n;
            }
            b'\t' => {}
            _ => {
                out.push(b);
                column = if matches!(b, b'\n' | b'\r') { 0 } else { column + 1 };
            }
        }
    }
    like(vm, this, &out)
}

pub(super) fn translate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let table = if args[0].is_none() { None } else { Some(buffer(vm, args[0])?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let delete = if args[1].is_null() { None } else { Some(buffer(vm, args[1])?) };
    let mut deleted = [false; 256];
    for b in delete.iter().flat_map(|d| d.as_slice()) {
        deleted[*b as usize] = true;
    }
    let map = |b: u8| table.as_ref().map_or(b, |t| t.as_slice()[b as usize]);
    let bytes = contents(vm, &this);
    let mut out = with_room(vm, bytes.len())?;
    out.extend(bytes.iter().filter(|b| !deleted[**b as usize]).map(|b| map(*b)));
    if out == bytes { unchanged(vm, this) } else { like(vm, this, &out) }
}

/// `bytes.maketrans(frm, to)`.
pub(super) fn maketrans(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (from, to) = (buffer(vm, args[0])?, buffer(vm, args[1])?);
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|i| i as u8);
    for (f, t) in from.as_slice().iter().zip(to.as_slice()) {
        table[*f as usize] = *t;
    }
    object::new(vm, &table)
}

// ---- case and classes: ASCII only ----

fn map(vm: &Vm, this: Value, f: impl FnMut(u8) -> u8) -> PyResult {
    let mapped: Vec<u8> = contents(vm, &this).iter().copied().map(f).collect();
    like(vm, this, &mapped)
}

pub(super) fn lower(vm: &Vm, this: Value) -> PyResult {
    map(vm, this, |b| b.to_ascii_lowercase())
}
pub(super) fn upper(vm: &Vm, this: Value) -> PyResult {
    map(vm, this, |b| b.to_ascii_uppercase())
}
pub(super) fn swapcase(vm: &Vm, this: Value) -> PyResult {
    map(vm, this, str::case::swap_ascii)
}
pub(super) fn capitalize(vm: &Vm, this: Value) -> PyResult {
    let mut first = true;
    map(
        vm,
        this,
        |b| {
            if std::mem::take(&mut first) { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() }
        },
    )
}
pub(super) fn title(vm: &Vm, this: Value) -> PyResult {
    let mut inside = false;
    map(vm, this, |b| {
        let new = if inside { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
        inside = b.is_ascii_alphabetic();
        new
    })
}

fn all(vm: &Vm, this: Value, so: impl Fn(u8) -> bool) -> PyResult {
    let bytes = contents(vm, &this);
    Ok(Owned::bool(!bytes.is_empty() && bytes.iter().all(|b| so(*b))))
}

pub(super) fn isalnum(vm: &Vm, this: Value) -> PyResult {
    all(vm, this, |b| b.is_ascii_alphanumeric())
}
pub(super) fn isalpha(vm: &Vm, this: Value) -> PyResult {
    all(vm, this, |b| b.is_ascii_alphabetic())
}
pub(super) fn isdigit(vm: &Vm, this: Value) -> PyResult {
    all(vm, this, |b| b.is_ascii_digit())
}
pub(super) fn isspace(vm: &Vm, this: Value) -> PyResult {
    all(vm, this, |b| is_space(b as u32))
}
pub(super) fn isascii(vm: &Vm, this: Value) -> PyResult {
    Ok(Owned::bool(contents(vm, &this).is_ascii()))
}
pub(super) fn islower(vm: &Vm, this: Value) -> PyResult {
    let bytes = contents(vm, &this);
    let found = bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase);
    Ok(Owned::bool(found))
}
pub(super) fn isupper(vm: &Vm, this: Value) -> PyResult {
    let bytes = contents(vm, &this);
    let found = bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase);
    Ok(Owned::bool(found))
}
pub(super) fn istitle(vm: &Vm, this: Value) -> PyResult {
    let (mut any, mut inside) = (false, false);
    for b in contents(vm, &this) {
        if b.is_ascii_uppercase() == inside && b.is_ascii_alphabetic() {
            return Ok(Owned::bool(false));
        }
        any |= b.is_ascii_alphabetic();
        inside = b.is_ascii_alphabetic();
    }
    Ok(Owned::bool(any))
}
