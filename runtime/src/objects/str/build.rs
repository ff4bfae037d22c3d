//! Making `str` objects.
//!
//! Where length and largest code point are known, [`NewStr`] allocates the final object and the text is written into
//! it once; where they are not, [`StrBuilder`] collects units and widens as it goes. Both give canonical
//! objects: narrowest width, the shared empty string, the shared one-character strings of Latin-1.
#![allow(unsafe_code, reason = "object layout")]

use std::mem::MaybeUninit;
use std::{ptr, slice};

use taipan_layout::header::flag;
use taipan_layout::objects::Str;
use taipan_layout::{Kind, Value};
use taipan_text::spec::Layout;
use taipan_text::units::Unit as _;

use super::intern;
use super::kinds::{StrView, Unit, data, is_exact, length, view, width, with_units};
use crate::alloc;
use crate::objects::TypeRef;
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// A `str` whose units are still to be written. All of them must be written before [`NewStr::finish`].
pub(crate) struct NewStr {
    object: *mut Str,
}

/// Width and ASCII flag for a largest code point of `max`.
fn flags_for(max: u32) -> u32 {
    match max {
        0..0x80 => flag::STR_ASCII,
        0x80..0x100 => 0,
        0x100..0x10000 => 1 << flag::STR_WIDTH_SHIFT,
        _ => 2 << flag::STR_WIDTH_SHIFT,
    }
}

impl NewStr {
    /// Room for `len` code points, the largest of which is `max` (or has the same width and is ASCII or not like it).
    #[inline]
    pub(crate) fn new(vm: &Vm, len: usize, max: u32) -> PyResult<NewStr> {
        let flags = flags_for(max);
        let width = (flags & flag::STR_WIDTH_MASK) >> flag::STR_WIDTH_SHIFT;
        if len > (isize::MAX as usize - size_of::<Str>()) >> width {
            return Err(vm.memory_error());
        }
        let size = size_of::<Str>() + (len << width);
        let object =
            alloc::alloc_object(vm, size, Kind::Str as u32 | flags, vm.types.str.head.root_shape) as *mut Str;
        if object.is_null() {
            return Err(vm.memory_error());
        }
        // SAFETY: the allocation is large enough for the fixed part.
        unsafe {
            (*object).length = len;
            (*object).hash = -1;
        }
        Ok(NewStr { object })
    }

    /// The same as an instance of `class`, a subclass of `str`.
    pub(crate) fn of_class(vm: &Vm, class: TypeRef, len: usize, max: u32) -> PyResult<NewStr> {
        let flags = flags_for(max);
        let width = (flags & flag::STR_WIDTH_MASK) >> flag::STR_WIDTH_SHIFT;
        if len > (isize::MAX as usize - size_of::<Str>()) >> width {
            return Err(vm.memory_error());
        }
        let object = crate::objects::new_object::<Str>(vm, class, size_of::<Str>() + (len << width))?;
        // SAFETY: as in `new`.
        unsafe {
            (*object).header.flags |= flags;
            (*object).length = len;
            (*object).hash = -1;
        }
        Ok(NewStr { object })
    }

    /// The units, `T` being the width that the object was made with.
    #[inline]
    pub(crate) fn units<T: Unit>(&mut self) -> &mut [MaybeUninit<T>] {
        let v = Value::from_ptr(self.object);
        debug_assert_eq!(width(v), T::WIDTH);
        // SAFETY: `length` units follow the fixed part.
        unsafe { slice::from_raw_parts_mut(data(v).cast(), (*self.object).length) }
    }

    /// Writes `text`, which is not wider than the object, at unit `at`.
    #[inline]
    pub(crate) fn write(&mut self, at: usize, text: StrView<'_>) {
        // SAFETY: the object is alive and exclusively ours.
        unsafe {
            assert!(at + text.len() <= (*self.object).length);
            copy_units(Value::from_ptr(self.object), at, text);
        }
    }

    /// Writes `count` times the code point `c` at unit `at`.
    pub(crate) fn fill(&mut self, at: usize, count: usize, c: u32) {
        match width(Value::from_ptr(self.object)) {
            0 => self.units::<u8>()[at..at + count].fill(MaybeUninit::new(c as u8)),
            1 => self.units::<u16>()[at..at + count].fill(MaybeUninit::new(c as u16)),
            _ => self.units::<u32>()[at..at + count].fill(MaybeUninit::new(c)),
        }
    }

    #[inline]
    pub(crate) fn finish(self) -> Owned {
        Owned::from_new(self.object)
    }
}

/// Writes `text` into the units of `target` from `at` on.
///
/// # Safety
/// `target` is a `str` that nobody else sees, wide enough and long enough (its allocation; the length is not looked at).
#[inline]
pub(super) unsafe fn copy_units(target: Value, at: usize, text: StrView<'_>) {
    let to_width = width(target);
    debug_assert!(text.width() <= to_width);
    // SAFETY: by contract the target has room; source and target are different objects or disjoint ranges.
    unsafe {
        let to = data(target).add(at << to_width);
        if text.width() == to_width {
            let bytes = text.bytes();
            ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len());
            return;
        }
        match to_width {
            1 => widen::<u16>(to.cast(), text),
            _ => widen::<u32>(to.cast(), text),
        }
    }
}

unsafe fn widen<T: Unit>(to: *mut T, text: StrView<'_>) {
    with_units!(text, units => {
        for (i, u) in units.iter().enumerate() {
            // SAFETY: the caller's `to` has room for the whole text.
            unsafe { *to.add(i) = T::pack(u.code()) };
        }
    })
}

/// `""`.
#[inline]
pub fn empty(vm: &Vm) -> Owned {
    intern::table(vm).empty(vm).own()
}

/// A string of one code point; those of Latin-1 exist once.
#[inline]
pub fn from_char(vm: &Vm, c: u32) -> PyResult {
    if c < 0x100 {
        return Ok(intern::table(vm).latin1(vm, c as u8).own());
    }
    let mut s = NewStr::new(vm, 1, c)?;
    s.fill(0, 1, c);
    Ok(s.finish())
}

/// Any text.
pub fn new(vm: &Vm, text: &str) -> PyResult {
    if text.is_ascii() { from_ascii(vm, text.as_bytes()) } else { from_wtf8(vm, text.as_bytes()) }
}

/// Text that is known to be ASCII.
#[inline]
pub fn from_ascii(vm: &Vm, text: &[u8]) -> PyResult {
    debug_assert!(text.is_ascii());
    match text {
        [] => Ok(empty(vm)),
        [one] => from_char(vm, *one as u32),
        _ => {
            let mut s = NewStr::new(vm, text.len(), 0x7F)?;
            s.write(0, StrView::One(text));
            Ok(s.finish())
        }
    }
}

/// Generalised UTF-8 as [`super::to_wtf8`] makes it: valid but for surrogates, which take three bytes.
pub fn from_wtf8(vm: &Vm, text: &[u8]) -> PyResult {
    if text.is_ascii() {
        return from_ascii(vm, text);
    }
    let (mut len, mut max) = (0, 0);
    for c in wtf8_code_points(text) {
        len += 1;
        max = max.max(c);
    }
    if len == 1 {
        return from_char(vm, max);
    }
    let mut s = NewStr::new(vm, len, max)?;
    fn put<T: Unit>(s: &mut NewStr, text: &[u8]) {
        for (to, c) in s.units::<T>().iter_mut().zip(wtf8_code_points(text)) {
            to.write(T::pack(c));
        }
    }
    match max {
        0..0x100 => put::<u8>(&mut s, text),
        0x100..0x10000 => put::<u16>(&mut s, text),
        _ => put::<u32>(&mut s, text),
    }
    Ok(s.finish())
}

/// Code points of well-formed generalised UTF-8.
pub(crate) fn wtf8_code_points(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let byte = |i: usize| text.get(i).map_or(0, |b| *b as u32 & 0x3F);
        let first = *text.get(at)? as u32;
        let (c, size) = match first {
            0..0x80 => (first, 1),
            0x80..0xE0 => ((first & 0x1F) << 6 | byte(at + 1), 2),
            0xE0..0xF0 => ((first & 0x0F) << 12 | byte(at + 1) << 6 | byte(at + 2), 3),
            _ => ((first & 0x07) << 18 | byte(at + 1) << 12 | byte(at + 2) << 6 | byte(at + 3), 4),
        };
        at += size;
        Some(c)
    })
}

/// The text of a view, which may be narrower in content than its units (a slice of a wide string).
pub fn from_view(vm: &Vm, text: StrView<'_>) -> PyResult {
    match text.len() {
        0 => return Ok(empty(vm)),
        1 => return from_char(vm, text.get(0)),
        _ => {}
    }
    let max = text.max_bound();
    let mut s = NewStr::new(vm, text.len(), max)?;
    write_narrowed(&mut s, max, text);
    Ok(s.finish())
}

/// Fills `s`, made for `max`, with all of `text`, whose units may be wider.
fn write_narrowed(s: &mut NewStr, max: u32, text: StrView<'_>) {
    fn put<T: Unit, U: Unit>(to: &mut [MaybeUninit<T>], from: &[U]) {
        for (to, c) in to.iter_mut().zip(from) {
            to.write(T::pack(c.code()));
        }
    }
    match (text, max) {
        (StrView::Two(u), 0..0x100) => put(s.units::<u8>(), u),
        (StrView::Four(u), 0..0x100) => put(s.units::<u8>(), u),
        (StrView::Four(u), 0x100..0x10000) => put(s.units::<u16>(), u),
        _ => s.write(0, text),
    }
}

/// The text as an instance of `class`, a subclass of `str`.
pub(super) fn from_view_of_class(vm: &Vm, class: TypeRef, text: StrView<'_>) -> PyResult {
    let max = text.max_bound();
    let mut s = NewStr::of_class(vm, class, text.len(), max)?;
    write_narrowed(&mut s, max, text);
    Ok(s.finish())
}

/// The code points in order.
pub fn from_code_points(vm: &Vm, code_points: impl IntoIterator<Item = u32>) -> PyResult {
    let mut b = StrBuilder::new();
    for c in code_points {
        b.push(c);
    }
    b.finish(vm)
}

/// A new exact string of the same text, even where an equal one exists already.
pub(crate) fn copy(vm: &Vm, v: Value) -> PyResult {
    let text = view(&v);
    if text.is_empty() {
        return Ok(empty(vm));
    }
    let mut new = NewStr::new(vm, text.len(), text.max_bound())?;
    new.write(0, text);
    Ok(new.finish())
}

/// An exact `str` with the text of `v`, a `str` or an instance of a subclass: `v` itself when it is exact.
pub fn to_exact(vm: &Vm, v: Value) -> PyResult {
    if is_exact(v) { Ok(v.own()) } else { from_view(vm, view(&v)) }
}

/// Text of a length and width not known in advance. Running out of memory is remembered and raised at the end.
#[derive(Default)]
pub struct StrBuilder {
    units: Units,
    /// The `str` whose text came first, unless what was written may have changed since; if nothing else came, it is the result.
    whole: Option<Owned>,
    out_of_memory: bool,
}

enum Units {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Default for Units {
    fn default() -> Units {
        Units::One(Vec::new())
    }
}

impl StrBuilder {
    pub fn new() -> StrBuilder {
        StrBuilder::default()
    }

    pub fn with_capacity(units: usize) -> StrBuilder {
        let mut b = StrBuilder::default();
        b.reserve(units);
        b
    }

    pub fn len(&self) -> usize {
        match &self.units {
            Units::One(u) => u.len(),
            Units::Two(u) => u.len(),
            Units::Four(u) => u.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was pushed so far.
    pub fn view(&self) -> StrView<'_> {
        match &self.units {
            Units::One(u) => StrView::One(u),
            Units::Two(u) => StrView::Two(u),
            Units::Four(u) => StrView::Four(u),
        }
    }

    /// Makes room for `more` units; on failure everything is dropped and the builder only remembers that.
    fn reserve(&mut self, more: usize) -> bool {
        let ok = match &mut self.units {
            Units::One(u) => u.try_reserve(more),
            Units::Two(u) => u.try_reserve(more),
            Units::Four(u) => u.try_reserve(more),
        };
        if ok.is_err() {
            self.units = Units::default();
            self.out_of_memory = true;
        }
        !self.out_of_memory
    }

    #[inline]
    pub fn push(&mut self, c: u32) {
        if let Units::One(u) = &mut self.units
            && c < 0x100
            && u.len() < u.capacity()
        {
            u.push(c as u8);
            return;
        }
        self.push_slow(c);
    }

    fn push_slow(&mut self, c: u32) {
        self.widen_for(c);
        if !self.reserve(1) {
            return;
        }
        match &mut self.units {
            Units::One(u) => u.push(c as u8),
            Units::Two(u) => u.push(c as u16),
            Units::Four(u) => u.push(c),
        }
    }

    fn widen_for(&mut self, max: u32) {
        let wide_enough = match &self.units {
            Units::One(_) => max < 0x100,
            Units::Two(_) => max < 0x10000,
            Units::Four(_) => true,
        };
        if wide_enough {
            return;
        }
        let old = std::mem::take(&mut self.units);
        fn convert<T: Unit, U: Unit>(from: &[T]) -> Option<Vec<U>> {
            let mut to = Vec::new();
            to.try_reserve(from.len() + 16).ok()?;
            to.extend(from.iter().map(|c| U::pack(c.code())));
            Some(to)
        }
        let new = match old {
            Units::One(u) if max < 0x10000 => convert(&u).map(Units::Two),
            Units::One(u) => convert(&u).map(Units::Four),
            Units::Two(u) => convert(&u).map(Units::Four),
            four => Some(four),
        };
        self.out_of_memory |= new.is_none();
        self.units = new.unwrap_or_default();
    }

    pub fn push_view(&mut self, text: StrView<'_>) {
        if text.width() > 0 {
            // A slice of a wide string may be narrow: look before widening everything.
            self.widen_for(text.max_bound());
        }
        if !self.reserve(text.len()) {
            return;
        }
        match (&mut self.units, text) {
            (Units::One(to), StrView::One(from)) => to.extend_from_slice(from),
            (Units::Two(to), StrView::Two(from)) => to.extend_from_slice(from),
            (Units::Four(to), StrView::Four(from)) => to.extend_from_slice(from),
            (Units::One(to), from) => to.extend(from.iter().map(|c| c as u8)),
            (Units::Two(to), from) => to.extend(from.iter().map(|c| c as u16)),
            (Units::Four(to), from) => to.extend(from.iter()),
        }
    }

    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_view(StrView::One(text.as_bytes()));
        } else {
            for c in text.chars() {
                self.push(c as u32);
            }
        }
    }

    /// The text of `v`, a `str` or an instance of a subclass.
    pub fn push_value(&mut self, v: Value) {
        self.push_view(view(&v));
    }

    /// The same; the result is `v` itself when no other text comes before or after it.
    pub fn push_whole(&mut self, v: Value) {
        if self.is_empty() {
            self.whole = Some(v.own());
        }
        self.push_view(view(&v));
    }

    pub fn push_repeated(&mut self, c: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.widen_for(c);
        if !self.reserve(count) {
            return;
        }
        match &mut self.units {
            Units::One(u) => u.resize(u.len() + count, c as u8),
            Units::Two(u) => u.resize(u.len() + count, c as u16),
            Units::Four(u) => u.resize(u.len() + count, c),
        }
    }

    /// Drops all but the first `len` units.
    pub fn truncate(&mut self, len: usize) {
        self.whole = None;
        match &mut self.units {
            Units::One(u) => u.truncate(len),
            Units::Two(u) => u.truncate(len),
            Units::Four(u) => u.truncate(len),
        }
    }

    /// Writes `text` over the units from `at` on, which is not behind the end; what goes beyond the end is added.
    pub fn overwrite(&mut self, at: usize, text: StrView<'_>) {
        self.whole = None;
        let over = text.len().min(self.len() - at);
        let (inside, beyond) = (text.slice(0, over), text.slice(over, text.len()));
        self.widen_for(inside.max_bound());
        if self.out_of_memory {
            return;
        }
        match (&mut self.units, inside) {
            (Units::One(to), StrView::One(from)) => to[at..at + over].copy_from_slice(from),
            (Units::One(to), from) => from.iter().zip(&mut to[at..]).for_each(|(c, u)| *u = c as u8),
            (Units::Two(to), from) => from.iter().zip(&mut to[at..]).for_each(|(c, u)| *u = c as u16),
            (Units::Four(to), from) => from.iter().zip(&mut to[at..]).for_each(|(c, u)| *u = c),
        }
        if !beyond.is_empty() {
            self.push_view(beyond);
        }
    }

    /// Raises what running out of memory has left.
    pub fn check(&self, vm: &Vm) -> PyResult<()> {
        if self.out_of_memory { Err(vm.memory_error()) } else { Ok(()) }
    }

    /// A formatted number with its padding.
    pub fn push_layout(&mut self, layout: &Layout) {
        self.push_repeated(layout.fill, layout.left);
        self.push_str(&layout.head);
        self.push_repeated(layout.fill, layout.inner);
        self.push_str(&layout.body);
        if let Some(c) = layout.surrogate {
            self.push(c);
        }
        self.push_repeated(layout.fill, layout.right);
    }

    pub fn finish(self, vm: &Vm) -> PyResult {
        if self.out_of_memory {
            return Err(vm.memory_error());
        }
        match self.whole {
            Some(whole) if length(*whole) == self.len() => Ok(whole),
            _ => from_view(vm, self.view()),
        }
    }
}

impl std::fmt::Write for StrBuilder {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.push_str(text);
        Ok(())
    }
}
