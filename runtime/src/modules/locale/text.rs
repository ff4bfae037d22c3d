//! Text of the C library's: multi-byte characters in the encoding of a locale, and wide characters.
//!
//! A category's texts are in that category's encoding, which need not be the one of `LC_CTYPE` that the C library decodes
//! by. While such a text is decoded the thread has a locale of its own (`uselocale`), so no other thread sees a change.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use taipan_layout::Value;

use super::null_inside;
use crate::objects::{bytes, exceptions, str};
use crate::owned::{PyResult, Raised};
use crate::vm::Vm;

/// The state of a conversion, at least as large as any C library's; all zeros at the beginning of a text.
#[repr(C)]
#[derive(Default)]
struct ConversionState([u64; 16]);

unsafe extern "C" {
    fn mbrtowc(out: *mut libc::wchar_t, text: *const c_char, n: usize, state: *mut ConversionState) -> usize;
    fn wcscoll(a: *const libc::wchar_t, b: *const libc::wchar_t) -> c_int;
    fn wcsxfrm(out: *mut libc::wchar_t, text: *const libc::wchar_t, n: usize) -> usize;
}

/// Makes a category's encoding the thread's until it is dropped.
struct Encoding {
    locale: libc::locale_t,
    before: libc::locale_t,
}

impl Encoding {
    /// `None`: the encoding is the current one already.
    fn of(category: c_int) -> Option<Encoding> {
        if category == libc::LC_CTYPE {
            return None;
        }
        // SAFETY: the category's name is a text that stays while no locale is set; a locale that cannot be made is null.
        unsafe {
            let name = libc::setlocale(category, ptr::null());
            if name.is_null() {
                return None;
            }
            let locale = libc::newlocale(libc::LC_CTYPE_MASK, name, ptr::null_mut());
            (!locale.is_null()).then(|| Encoding { locale, before: libc::uselocale(locale) })
        }
    }
}

impl Drop for Encoding {
    fn drop(&mut self) {
        // SAFETY: the locale is ours and no longer in use.
        unsafe {
            libc::uselocale(self.before);
            libc::freelocale(self.locale);
        }
    }
}

/// A text that belongs to a category.
pub fn decode(vm: &Vm, text: &CStr, category: c_int) -> PyResult {
    if text.to_bytes().is_ascii() {
        return str::from_ascii(vm, text.to_bytes());
    }
    let decoded = {
        let _encoding = Encoding::of(category);
        to_code_points(text)
    };
    match decoded {
        Ok(code_points) => str::from_code_points(vm, code_points),
        Err(position) => Err(undecodable(vm, text.to_bytes(), position)),
    }
}

/// [`decode`], where bytes that are no characters become surrogates (PEP 383).
pub fn decode_lenient(vm: &Vm, text: &CStr, category: c_int) -> PyResult {
    if text.to_bytes().is_ascii() {
        return str::from_ascii(vm, text.to_bytes());
    }
    let code_points = {
        let _encoding = Encoding::of(category);
        lenient_code_points(text)
    };
    str::from_code_points(vm, code_points)
}

/// The characters of a text in the thread's encoding, or where it is wrong.
fn to_code_points(text: &CStr) -> Result<Vec<u32>, usize> {
    let mut out = Vec::with_capacity(text.count_bytes());
    let end = push_characters(text.to_bytes_with_nul(), &mut out);
    if end == text.count_bytes() { Ok(out) } else { Err(end) }
}

fn lenient_code_points(text: &CStr) -> Vec<u32> {
    let mut rest = text.to_bytes_with_nul();
    let mut out = Vec::with_capacity(rest.len());
    loop {
        rest = &rest[push_characters(rest, &mut out)..];
        match rest {
            [] | [0] => return out,
            [wrong, others @ ..] => {
                out.push(0xDC00 + u32::from(*wrong));
                rest = others;
            }
        }
    }
}

/// Decodes a text with its final zero in the thread's encoding, up to that zero or to what is wrong; how many bytes that were.
fn push_characters(text: &[u8], out: &mut Vec<u32>) -> usize {
    let mut at = 0;
    let mut state = ConversionState::default();
    loop {
        let rest = &text[at..];
        let mut character: libc::wchar_t = 0;
        // SAFETY: all three are valid, and the length is passed along.
        let used = unsafe { mbrtowc(&mut character, rest.as_ptr().cast(), rest.len(), &mut state) };
        if used == 0 || used > rest.len() {
            return at;
        }
        out.push(character.cast_unsigned());
        at += used;
    }
}

/// [`decode_lenient`] as Rust text; what is wrong is replaced.
pub(super) fn to_string_lossy(text: &CStr, category: c_int) -> String {
    if text.to_bytes().is_ascii() {
        return text.to_string_lossy().into_owned();
    }
    let _encoding = Encoding::of(category);
    let characters = lenient_code_points(text).into_iter();
    characters.map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cold]
fn undecodable(vm: &Vm, data: &[u8], position: usize) -> Raised {
    let make = || {
        let encoding = str::new(vm, "locale")?;
        let object = bytes::new(vm, data)?;
        let reason = str::new(vm, "decoding error")?;
        let (start, end) = (Value::fixnum(position as i64), Value::fixnum(position as i64 + 1));
        exceptions::create(vm, vm.types.unicode_decode_error, &[*encoding, *object, start, end, *reason])
    };
    match make() {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

/// A text in wide characters, which every locale's encoding can be turned into.
pub(super) struct WideText(Vec<libc::wchar_t>);

impl WideText {
    pub(super) fn new(vm: &Vm, v: Value) -> PyResult<WideText> {
        let mut units: Vec<libc::wchar_t> = str::view(&v).iter().map(u32::cast_signed).collect();
        if units.contains(&0) {
            return Err(null_inside(vm));
        }
        units.push(0);
        Ok(WideText(units))
    }

    /// The order of two texts: negative, zero or positive.
    pub(super) fn collate(&self, other: &WideText) -> i32 {
        // SAFETY: both end with a zero.
        unsafe { wcscoll(self.0.as_ptr(), other.0.as_ptr()) }
    }

    /// A text that compares by its code points as this one does in the locale.
    pub(super) fn sort_key(&self, vm: &Vm) -> PyResult {
        // SAFETY: the text ends with a zero; without room nothing is written.
        let len = unsafe { wcsxfrm(ptr::null_mut(), self.0.as_ptr(), 0) };
        let mut key: Vec<libc::wchar_t> = Vec::new();
        if key.try_reserve_exact(len.saturating_add(1)).is_err() {
            return Err(vm.memory_error());
        }
        key.resize(len + 1, 0);
        // SAFETY: there is room for the key and its zero.
        let len = unsafe { wcsxfrm(key.as_mut_ptr(), self.0.as_ptr(), len + 1) }.min(len);
        let units = key[..len].iter().map(|c| c.cast_unsigned());
        if let Some(wrong) = units.clone().find(|c| *c > 0x10_FFFF) {
            let text = format!("character U+{wrong:x} is not in range [U+0000; U+10ffff]");
            return Err(vm.value_error(&text));
        }
        str::from_code_points(vm, units)
    }
}
