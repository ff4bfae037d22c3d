//! `nl_langinfo`: names of days and months, formats of dates, what yes and no look like.
//!
//! The C library has one text per item, but for the eras and the digits: those are several texts in a row, which are put
//! together with semicolons, as POSIX has them.

use std::ffi::{CStr, CString, c_int};

use taipan_layout::Value;

use super::text::decode;
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

/// Items whose numbers follow each other: `NAME_1` and so on.
const ROWS: [(&str, libc::nl_item, usize); 4] = [
    ("DAY_", libc::DAY_1, 7),
    ("ABDAY_", libc::ABDAY_1, 7),
    ("MON_", libc::MON_1, 12),
    ("ABMON_", libc::ABMON_1, 12),
];

/// glibc's number of `_DATE_FMT`, the format of `date(1)`.
const DATE_FORMAT: libc::nl_item = 0x2_006C;
/// How many digits a locale can have of its own.
const MOST_DIGITS: usize = 100;

const SINGLE: [(&str, libc::nl_item, c_int); 18] = [
    ("RADIXCHAR", libc::RADIXCHAR, libc::LC_NUMERIC),
    ("THOUSEP", libc::THOUSEP, libc::LC_NUMERIC),
    ("CRNCYSTR", libc::CRNCYSTR, libc::LC_MONETARY),
    ("D_FMT", libc::D_FMT, libc::LC_TIME),
    ("D_T_FMT", libc::D_T_FMT, libc::LC_TIME),
    ("T_FMT", libc::T_FMT, libc::LC_TIME),
    ("AM_STR", libc::AM_STR, libc::LC_TIME),
    ("PM_STR", libc::PM_STR, libc::LC_TIME),
    ("CODESET", libc::CODESET, libc::LC_CTYPE),
    ("T_FMT_AMPM", libc::T_FMT_AMPM, libc::LC_TIME),
    ("ERA", libc::ERA, libc::LC_TIME),
    ("ERA_D_FMT", libc::ERA_D_FMT, libc::LC_TIME),
    ("ERA_D_T_FMT", libc::ERA_D_T_FMT, libc::LC_TIME),
    ("ERA_T_FMT", libc::ERA_T_FMT, libc::LC_TIME),
    ("ALT_DIGITS", libc::ALT_DIGITS, libc::LC_TIME),
    ("YESEXPR", libc::YESEXPR, libc::LC_MESSAGES),
    ("NOEXPR", libc::NOEXPR, libc::LC_MESSAGES),
    ("_DATE_FMT", DATE_FORMAT, libc::LC_TIME),
];

/// Every item with its name and category.
fn all() -> impl Iterator<Item = (String, libc::nl_item, c_int)> {
    let rows = ROWS.into_iter().flat_map(|(name, first, count)| {
        (0..count).map(move |i| (format!("{name}{}", i + 1), first + i as libc::nl_item, libc::LC_TIME))
    });
    rows.chain(SINGLE.into_iter().map(|(name, item, category)| (name.to_owned(), item, category)))
}

/// Enters the items' numbers into the module.
pub(super) fn add(vm: &Vm, m: Value) -> PyResult<()> {
    all().try_for_each(|(name, item, _)| crate::modules::set(vm, m, &name, Value::fixnum(i64::from(item))))
}

/// `_locale.nl_langinfo(key)`.
pub(super) fn langinfo(vm: &Vm, key: Value) -> PyResult {
    let key = protocol::index::to_i32(vm, key)?;
    let Some((_, item, category)) = all().find(|(_, item, _)| *item == key) else {
        return Err(vm.value_error("unsupported langinfo constant"));
    };
    // SAFETY: a known item; the answer stays while no locale is set.
    let text = unsafe {
        let answer = libc::nl_langinfo(item);
        match item {
            _ if answer.is_null() => CString::default(),
            libc::ERA => joined(answer, usize::MAX),
            libc::ALT_DIGITS => joined(answer, MOST_DIGITS),
            _ => CStr::from_ptr(answer).to_owned(),
        }
    };
    decode(vm, &text, category)
}

/// Texts that follow each other, up to an empty one.
///
/// # Safety
/// Behind `count` texts, or before, there is an empty one.
unsafe fn joined(mut next: *const libc::c_char, count: usize) -> CString {
    let mut out = Vec::new();
    for i in 0..count {
        // SAFETY: by contract.
        let text = unsafe { CStr::from_ptr(next) };
        if text.is_empty() {
            break;
        }
        if i > 0 {
            out.push(b';');
        }
        out.extend_from_slice(text.to_bytes());
        // SAFETY: the next text begins behind the zero of this one.
        next = unsafe { next.add(text.count_bytes() + 1) };
    }
    CString::new(out).unwrap_or_default()
}
