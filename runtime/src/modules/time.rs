//! The `time` module: clocks from the system, the calendar from the C library.

use std::ffi::CString;

use taipan_layout::Value;

use super::NativeModule;
use super::structseq;
use crate::args::Args;
use crate::objects::spec::{MethodSpec, function0, function1, raw_function};
use crate::objects::{float, int, is_instance, str, tuple, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "time",
    doc: "This module provides various functions to manipulate time values.",
    functions: FUNCTIONS,
    fill,
};

static FUNCTIONS: &[MethodSpec] = &[
    function0(
        "time",
        |vm, _| seconds(vm, libc::CLOCK_REALTIME),
        "Return the current time in seconds since the Epoch.",
    ),
    function0(
        "time_ns",
        |vm, _| nanoseconds(vm, libc::CLOCK_REALTIME),
        "Nanoseconds since the beginning of 1970.",
    ),
    function0(
        "monotonic",
        |vm, _| seconds(vm, libc::CLOCK_MONOTONIC),
        "Monotonic clock, cannot go backward.",
    ),
    function0(
        "monotonic_ns",
        |vm, _| nanoseconds(vm, libc::CLOCK_MONOTONIC),
        "Monotonic clock in nanoseconds.",
    ),
    function0(
        "perf_counter",
        |vm, _| seconds(vm, libc::CLOCK_MONOTONIC),
        "Performance counter for benchmarking.",
    ),
    function0(
        "perf_counter_ns",
        |vm, _| nanoseconds(vm, libc::CLOCK_MONOTONIC),
        "Performance counter in nanoseconds.",
    ),
    function0(
        "process_time",
        |vm, _| seconds(vm, libc::CLOCK_PROCESS_CPUTIME_ID),
        "Kernel and user CPU time of the process.",
    ),
    function0(
        "process_time_ns",
        |vm, _| nanoseconds(vm, libc::CLOCK_PROCESS_CPUTIME_ID),
        "CPU time of the process in nanoseconds.",
    ),
    function0(
        "thread_time",
        |vm, _| seconds(vm, libc::CLOCK_THREAD_CPUTIME_ID),
        "Kernel and user CPU time of the thread.",
    ),
    function0(
        "thread_time_ns",
        |vm, _| nanoseconds(vm, libc::CLOCK_THREAD_CPUTIME_ID),
        "CPU time of the thread in nanoseconds.",
    ),
    function1(
        "clock_gettime",
        "($module, clk_id, /)",
        clock_gettime,
        "What one of the system's clocks says, in seconds.",
    ),
    function1(
        "clock_gettime_ns",
        "($module, clk_id, /)",
        clock_gettime_ns,
        "What one of the system's clocks says, in nanoseconds.",
    ),
    function1(
        "clock_getres",
        "($module, clk_id, /)",
        clock_getres,
        "Return the resolution of the specified clock.",
    ),
    function1(
        "get_clock_info",
        "($module, name, /)",
        get_clock_info,
        "Get information of the specified clock.",
    ),
    function1("sleep", "($module, seconds, /)", sleep, "Delay execution for a given number of seconds."),
    raw_function("gmtime", "", gmtime, "Convert seconds since the Epoch to a time tuple expressing UTC."),
    raw_function(
        "localtime",
        "",
        localtime,
        "Convert seconds since the Epoch to a time tuple expressing local time.",
    ),
    function1(
        "mktime",
        "($module, tuple, /)",
        mktime,
        "Convert a time tuple in local time to seconds since the Epoch.",
    ),
    raw_function(
        "strftime",
        "",
        strftime,
        "Convert a time tuple to a string according to a format specification.",
    ),
    raw_function(
        "strptime",
        "",
        strptime,
        "strptime(string[, format]) -> struct_time\n\nParse a string to a time tuple, as strftime() writes them.",
    ),
    raw_function(
        "asctime",
        "",
        asctime,
        "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.",
    ),
    raw_function("ctime", "", ctime, "Convert a time in seconds since the Epoch to a string in local time."),
    function0("tzset", tzset, "Initialize the local timezone from os.environ['TZ']."),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    let clocks = [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
    ];
    for (name, id) in clocks {
        super::set(vm, m, name, Value::fixnum(i64::from(id)))?;
    }
    structseq::describe(vm, vm.types.struct_time)?;
    super::set(vm, m, "_STRUCT_TM_ITEMS", Value::fixnum(11))?;
    super::set(vm, m, "struct_time", vm.types.struct_time.value())?;
    set_zone(vm, m)
}

/// `timezone`, `altzone`, `daylight`, `tzname`.
fn set_zone(vm: &Vm, m: Value) -> PyResult<()> {
    // Offsets in the middle of winter and of summer say what the two zones are.
    const HALF_YEAR: i64 = 365 * 24 * 3600 / 2;
    let now = read_clock(libc::CLOCK_REALTIME).map_or(0, |t| t.tv_sec);
    let year_start = now - now.rem_euclid(2 * HALF_YEAR);
    let (a, b) = (broken_down(year_start, true), broken_down(year_start + HALF_YEAR, true));
    let (Some(a), Some(b)) = (a, b) else { return Ok(()) };
    let (standard, summer) = if a.tm_isdst > 0 { (b, a) } else { (a, b) };
    let has_summer = (standard.tm_gmtoff != summer.tm_gmtoff || summer.tm_isdst > 0) as i64;
    let name = |tm: &libc::tm| {
        if tm.tm_zone.is_null() {
            return String::new();
        }
        // SAFETY: the C library keeps the zone's name as a NUL-terminated string.
        unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) }.to_string_lossy().into_owned()
    };
    super::set(vm, m, "timezone", Value::fixnum(-standard.tm_gmtoff))?;
    super::set(vm, m, "altzone", Value::fixnum(-summer.tm_gmtoff))?;
    super::set(vm, m, "daylight", Value::fixnum(has_summer))?;
    let (x, y) = (str::new(vm, &name(&standard))?, str::new(vm, &name(&summer))?);
    let names = tuple::from_slice(vm, &[*x, *y])?;
    super::set(vm, m, "tzname", *names)
}

// ---- clocks ----

fn read_clock(id: libc::clockid_t) -> Option<libc::timespec> {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the out-parameter is valid.
    (unsafe { libc::clock_gettime(id, &mut t) } == 0).then_some(t)
}

fn os_error(vm: &Vm) -> Raised {
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    crate::objects::exceptions::errno_error(vm, errno, None)
}

fn as_seconds(t: libc::timespec) -> f64 {
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}

fn seconds(vm: &Vm, id: libc::clockid_t) -> PyResult {
    match read_clock(id) {
        Some(t) => float::new(vm, as_seconds(t)),
        None => Err(os_error(vm)),
    }
}

fn nanoseconds(vm: &Vm, id: libc::clockid_t) -> PyResult {
    match read_clock(id) {
        Some(t) => int::new(vm, t.tv_sec * 1_000_000_000 + t.tv_nsec),
        None => Err(os_error(vm)),
    }
}

fn clock_gettime(vm: &Vm, _: Value, id: Value) -> PyResult {
    seconds(vm, protocol::index::to_i32(vm, id)?)
}

fn clock_gettime_ns(vm: &Vm, _: Value, id: Value) -> PyResult {
    nanoseconds(vm, protocol::index::to_i32(vm, id)?)
}

fn clock_getres(vm: &Vm, _: Value, id: Value) -> PyResult {
    let id = protocol::index::to_i32(vm, id)?;
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the out-parameter is valid.
    if unsafe { libc::clock_getres(id, &mut t) } != 0 {
        return Err(os_error(vm));
    }
    float::new(vm, as_seconds(t))
}

fn get_clock_info(vm: &Vm, _: Value, name: Value) -> PyResult {
    if !is_instance(vm, name, vm.types.str) {
        let got = type_of(vm, name).name_str();
        return Err(vm.type_error(&format!("get_clock_info() argument 1 must be str, not {got}")));
    }
    let (id, implementation, monotonic, adjustable) = match str::to_string_lossy(name).as_str() {
        "time" => (libc::CLOCK_REALTIME, "clock_gettime(CLOCK_REALTIME)", false, true),
        "monotonic" | "perf_counter" => {
            (libc::CLOCK_MONOTONIC, "clock_gettime(CLOCK_MONOTONIC)", true, false)
        }
        "process_time" => {
            (libc::CLOCK_PROCESS_CPUTIME_ID, "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", true, false)
        }
        "thread_time" => {
            (libc::CLOCK_THREAD_CPUTIME_ID, "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", true, false)
        }
        _ => return Err(vm.value_error("unknown clock")),
    };
    let resolution = clock_getres(vm, Value::NONE, Value::fixnum(i64::from(id)))?;
    let implementation = str::new(vm, implementation)?;
    super::namespace::new(
        vm,
        &[
            ("implementation", *implementation),
            ("monotonic", Value::bool(monotonic)),
            ("adjustable", Value::bool(adjustable)),
            ("resolution", *resolution),
        ],
    )
}

fn sleep(vm: &Vm, _: Value, duration: Value) -> PyResult {
    let s = if let Some(i) = int::as_i64(duration) {
        i as f64
    } else if is_instance(vm, duration, vm.types.float) || type_of(vm, duration).slots().index.is_some() {
        protocol::number::to_float(vm, duration)?
    } else {
        let got = type_of(vm, duration).name_str();
        return Err(vm.type_error(&format!("'{got}' object cannot be interpreted as an integer or float")));
    };
    if s.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if s < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    if s > 1e12 {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    let mut rest = libc::timespec { tv_sec: s as i64, tv_nsec: ((s - s.floor()) * 1e9) as i64 };
    loop {
        let wanted = rest;
        // SAFETY: both pointers are valid.
        let status = vm.unlocked(|| unsafe { libc::nanosleep(&wanted, &mut rest) });
        if status == 0 {
            return Ok(Owned::none());
        }
        if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return Err(os_error(vm));
        }
        crate::signals::deliver(vm)?;
    }
}

// ---- calendar ----

fn broken_down(t: i64, local: bool) -> Option<libc::tm> {
    // SAFETY: all-zero is a valid tm; both functions fill it.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        let ok = if local { libc::localtime_r(&t, &mut tm) } else { libc::gmtime_r(&t, &mut tm) };
        (!ok.is_null()).then_some(tm)
    }
}

/// The optional first argument in whole seconds; now when it is missing or None.
fn seconds_argument(vm: &Vm, name: &str, args: Args) -> PyResult<i64> {
    super::builtins::check_count(vm, name, args.pos().len(), 0, 1)?;
    match args.pos().first().copied().filter(|v| !v.is_none()) {
        None => Ok(read_clock(libc::CLOCK_REALTIME).map_or(0, |t| t.tv_sec)),
        Some(v) => match int::as_i64(v) {
            Some(i) => Ok(i),
            None => {
                let s = protocol::number::to_float(vm, v)?;
                if s.is_nan() {
                    return Err(vm.value_error("Invalid value NaN (not a number)"));
                }
                if !(-9.2e18..9.2e18).contains(&s) {
                    return Err(vm.overflow_error("timestamp out of range for platform time_t"));
                }
                Ok(s.floor() as i64)
            }
        },
    }
}

fn struct_time(vm: &Vm, tm: &libc::tm) -> PyResult {
    let items = [
        i64::from(tm.tm_year) + 1900,
        i64::from(tm.tm_mon) + 1,
        i64::from(tm.tm_mday),
        i64::from(tm.tm_hour),
        i64::from(tm.tm_min),
        i64::from(tm.tm_sec),
        i64::from((tm.tm_wday + 6) % 7),
        i64::from(tm.tm_yday) + 1,
        i64::from(tm.tm_isdst),
    ]
    .map(Value::fixnum);
    let zone = if tm.tm_zone.is_null() {
        Owned::none()
    } else {
        // SAFETY: the C library's text, which ends with a zero byte.
        let zone = unsafe { std::ffi::CStr::from_ptr(tm.tm_zone) };
        super::locale::decode_lenient(vm, zone, libc::LC_CTYPE)?
    };
    let hidden = [*zone, Value::fixnum(tm.tm_gmtoff)];
    let all = [&items[..], &hidden].concat();
    structseq::new_hidden(vm, vm.types.struct_time, structseq::TIME_VISIBLE, &all)
}

fn time_tuple(vm: &Vm, name: &str, args: Args, local: bool) -> PyResult {
    let t = seconds_argument(vm, name, args)?;
    match broken_down(t, local) {
        Some(tm) => struct_time(vm, &tm),
        None => Err(vm.overflow_error("timestamp out of range for platform time_t")),
    }
}

fn gmtime(vm: &Vm, _: Value, args: Args) -> PyResult {
    time_tuple(vm, "gmtime", args, false)
}

fn localtime(vm: &Vm, _: Value, args: Args) -> PyResult {
    time_tuple(vm, "localtime", args, true)
}

/// A time tuple as the C library wants it.
/// An item of a time tuple.
fn c_int(vm: &Vm, v: Value) -> PyResult<i32> {
    let exact = protocol::number::index(vm, v)?;
    let Some(n) = int::as_i64(*exact) else {
        return Err(vm.overflow_error("Python int too large to convert to C long"));
    };
    i32::try_from(n).map_err(|_| {
        let what = if n < 0 { "less than minimum" } else { "greater than maximum" };
        vm.overflow_error(&format!("signed integer is {what}"))
    })
}

fn tm_argument(vm: &Vm, v: Value, function: &str) -> PyResult<libc::tm> {
    if !is_instance(vm, v, vm.types.tuple) {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    }
    let items = tuple::items(&v);
    if items.len() < 9 {
        return Err(vm.type_error(&format!("{function}(): illegal time tuple argument")));
    }
    let mut n = [0i32; 9];
    for (place, item) in n.iter_mut().zip(items) {
        *place = c_int(vm, *item)?;
    }
    // SAFETY: all-zero is a valid tm.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    let Some(year) = n[0].checked_sub(1900) else {
        return Err(vm.overflow_error("year out of range"));
    };
    tm.tm_year = year;
    tm.tm_mon = n[1].saturating_sub(1);
    tm.tm_mday = n[2];
    tm.tm_hour = n[3];
    tm.tm_min = n[4];
    tm.tm_sec = n[5];
    tm.tm_wday = n[6].saturating_add(1) % 7;
    tm.tm_yday = n[7].saturating_sub(1);
    tm.tm_isdst = n[8];
    if type_of(vm, v) == vm.types.struct_time {
        let [_, offset] = structseq::time_zone(v);
        tm.tm_gmtoff = int::as_i64(offset).unwrap_or(0);
    }
    Ok(tm)
}

/// Ranges that `strftime` and `asctime` insist on; zero stands for the first of something.
fn check_ranges(vm: &Vm, tm: &mut libc::tm) -> PyResult<()> {
    if tm.tm_mon == -1 {
        tm.tm_mon = 0;
    }
    if tm.tm_mday == 0 {
        tm.tm_mday = 1;
    }
    if tm.tm_yday == -1 {
        tm.tm_yday = 0;
    }
    let checks = [
        ((0..=11).contains(&tm.tm_mon), "month"),
        ((1..=31).contains(&tm.tm_mday), "day of month"),
        ((0..=23).contains(&tm.tm_hour), "hour"),
        ((0..=59).contains(&tm.tm_min), "minute"),
        ((0..=61).contains(&tm.tm_sec), "seconds"),
        (tm.tm_wday >= 0, "day of week"),
        ((0..=365).contains(&tm.tm_yday), "day of year"),
    ];
    match checks.iter().find(|(ok, _)| !ok) {
        Some((_, what)) => Err(vm.value_error(&format!("{what} out of range"))),
        None => Ok(()),
    }
}

fn mktime(vm: &Vm, _: Value, v: Value) -> PyResult {
    let mut tm = tm_argument(vm, v, "mktime")?;
    tm.tm_wday = -1;
    // SAFETY: the struct is initialised.
    let t = unsafe { libc::mktime(&mut tm) };
    // −1 is also a time; the weekday tells whether the call worked.
    if t == -1 && tm.tm_wday == -1 {
        return Err(vm.overflow_error("mktime argument out of range"));
    }
    float::new(vm, t as f64)
}

fn now_local(vm: &Vm) -> PyResult<libc::tm> {
    let now = read_clock(libc::CLOCK_REALTIME).map_or(0, |t| t.tv_sec);
    broken_down(now, true).ok_or_else(|| vm.overflow_error("timestamp out of range for platform time_t"))
}

fn strftime(vm: &Vm, _: Value, args: Args) -> PyResult {
    super::builtins::check_count(vm, "strftime", args.pos().len(), 1, 2)?;
    let format = args.pos()[0];
    if !is_instance(vm, format, vm.types.str) {
        let got = type_of(vm, format).name_str();
        return Err(vm.type_error(&format!("strftime() argument 1 must be str, not {got}")));
    }
    let mut tm = match args.pos().get(1) {
        Some(v) => tm_argument(vm, *v, "strftime")?,
        None => now_local(vm)?,
    };
    check_ranges(vm, &mut tm)?;
    let mut out = str::StrBuilder::new();
    // The C library sees ASCII alone, whatever its encoding is.
    let mut run = Vec::new();
    for c in str::view(&format).iter() {
        match u8::try_from(c) {
            Ok(byte @ 1..=0x7F) => run.push(byte),
            _ => {
                push_formatted(vm, std::mem::take(&mut run), &tm, &mut out)?;
                out.push(c);
            }
        }
    }
    push_formatted(vm, run, &tm, &mut out)?;
    out.finish(vm)
}

/// The library's Python code does it.
fn strptime(vm: &Vm, _: Value, args: Args) -> PyResult {
    let module = super::import(vm, "_strptime")?;
    let parse = protocol::attr::get_str(vm, *module, "_strptime_time")?;
    protocol::call::with_args(vm, *parse, args)
}

/// Adds what the C library makes of a format, in the locale of `LC_TIME`.
fn push_formatted(vm: &Vm, format: Vec<u8>, tm: &libc::tm, out: &mut str::StrBuilder) -> PyResult<()> {
    if format.contains(&b'%') {
        let text = super::locale::decode_lenient(vm, &format_tm(&format, tm), libc::LC_TIME)?;
        out.push_value(*text);
    } else {
        out.push_str(&String::from_utf8_lossy(&format));
    }
    Ok(())
}

/// `strftime(3)`.
fn format_tm(format: &[u8], tm: &libc::tm) -> CString {
    // A trailing character, which belongs to no directive, tells an empty result from a buffer that is too small.
    let Ok(c_format) = CString::new([format, b"\x01"].concat()) else { return CString::default() };
    let mut size = 256;
    loop {
        let mut buffer = vec![0u8; size];
        // SAFETY: buffer and format are valid; the length is passed along.
        let n = unsafe { libc::strftime(buffer.as_mut_ptr().cast(), size, c_format.as_ptr(), tm) };
        if n > 0 {
            buffer.truncate(n - 1);
            return CString::new(buffer).unwrap_or_default();
        }
        if size > 1 << 20 {
            return CString::default();
        }
        size *= 4;
    }
}

fn asctime_text(tm: &libc::tm) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = DAYS[tm.tm_wday.rem_euclid(7) as usize];
    let month = MONTHS[tm.tm_mon.rem_euclid(12) as usize];
    let year = i64::from(tm.tm_year) + 1900;
    format!("{day} {month}{:>3} {:02}:{:02}:{:02} {year}", tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec)
}

fn asctime(vm: &Vm, _: Value, args: Args) -> PyResult {
    super::builtins::check_count(vm, "asctime", args.pos().len(), 0, 1)?;
    let mut tm = match args.pos().first() {
        Some(v) => tm_argument(vm, *v, "asctime")?,
        None => now_local(vm)?,
    };
    check_ranges(vm, &mut tm)?;
    str::new(vm, &asctime_text(&tm))
}

fn ctime(vm: &Vm, _: Value, args: Args) -> PyResult {
    let t = seconds_argument(vm, "ctime", args)?;
    match broken_down(t, true) {
        Some(tm) => str::new(vm, &asctime_text(&tm)),
        None => Err(vm.overflow_error("timestamp out of range for platform time_t")),
    }
}

mod c {
    unsafe extern "C" {
        pub safe fn tzset();
    }
}

fn tzset(vm: &Vm, m: Value) -> PyResult {
    c::tzset();
    set_zone(vm, m)?;
    Ok(Owned::none())
}
