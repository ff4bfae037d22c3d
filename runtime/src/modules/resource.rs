//! `resource`: limits of the process and what it used.

use taipan_layout::Value;

use super::NativeModule;
use super::structseq::{self, STRUCT_RUSAGE};
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{exceptions, float, int, tuple};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule { name: "resource", doc: "", functions: FUNCTIONS, fill };

static FUNCTIONS: &[MethodSpec] = &[
    function1("getrusage", "($module, who, /)", getrusage, ""),
    function1("getrlimit", "($module, resource, /)", |vm, _, v| exchange(vm, None, v, Value::NULL), ""),
    function(
        "setrlimit",
        "($module, resource, limits, /)",
        |vm, _, a| exchange(vm, None, a[0], a[1]).map(|_| Owned::none()),
        "",
    ),
    function(
        "prlimit",
        "($module, pid, resource, limits=None, /)",
        |vm, _, a| {
            let limits = if a[2].is_none() { Value::NULL } else { a[2] };
            exchange(vm, Some(protocol::index::to_i32(vm, a[0])?), a[1], limits)
        },
        "",
    ),
    function0(
        "getpagesize",
        |_, _| {
            // SAFETY: a query.
            Ok(Owned::fixnum(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
        },
        "",
    ),
];

static NUMBERS: [(&str, i64); 20] = [
    ("RLIMIT_AS", libc::RLIMIT_AS as i64),
    ("RLIMIT_CORE", libc::RLIMIT_CORE as i64),
    ("RLIMIT_CPU", libc::RLIMIT_CPU as i64),
    ("RLIMIT_DATA", libc::RLIMIT_DATA as i64),
    ("RLIMIT_FSIZE", libc::RLIMIT_FSIZE as i64),
    ("RLIMIT_MEMLOCK", libc::RLIMIT_MEMLOCK as i64),
    ("RLIMIT_MSGQUEUE", libc::RLIMIT_MSGQUEUE as i64),
    ("RLIMIT_NICE", libc::RLIMIT_NICE as i64),
    ("RLIMIT_NOFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_NPROC", libc::RLIMIT_NPROC as i64),
    ("RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_RSS", libc::RLIMIT_RSS as i64),
    ("RLIMIT_RTPRIO", libc::RLIMIT_RTPRIO as i64),
    ("RLIMIT_RTTIME", libc::RLIMIT_RTTIME as i64),
    ("RLIMIT_SIGPENDING", libc::RLIMIT_SIGPENDING as i64),
    ("RLIMIT_STACK", libc::RLIMIT_STACK as i64),
    ("RLIM_INFINITY", -1),
    ("RUSAGE_CHILDREN", libc::RUSAGE_CHILDREN as i64),
    ("RUSAGE_SELF", libc::RUSAGE_SELF as i64),
    ("RUSAGE_THREAD", libc::RUSAGE_THREAD as i64),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for (name, number) in NUMBERS {
        super::set(vm, m, name, Value::fixnum(number))?;
    }
    super::add_type(vm, m, vm.types.struct_rusage, &STRUCT_RUSAGE)?;
    super::set(vm, m, "error", vm.types.os_error.value())
}

/// `OSError` for the last call; what it was asked for may have been wrong.
#[cold]
fn failure(vm: &Vm, wrong_argument: &str) -> Raised {
    match std::io::Error::last_os_error().raw_os_error().unwrap_or(0) {
        libc::EINVAL => vm.value_error(wrong_argument),
        libc::EPERM => vm.value_error("not allowed to raise maximum limit"),
        error => exceptions::errno_error(vm, error, None),
    }
}

fn getrusage(vm: &Vm, _: Value, v: Value) -> PyResult {
    let who = protocol::index::to_i32(vm, v)?;
    // SAFETY: all zero is a valid result; the call fills it.
    let used = unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        if libc::getrusage(who, &mut used) != 0 {
            return Err(failure(vm, "invalid who parameter"));
        }
        used
    };
    let seconds = |t: libc::timeval| float::new(vm, t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let mut items = vec![seconds(used.ru_utime)?, seconds(used.ru_stime)?];
    for n in [
        used.ru_maxrss,
        used.ru_ixrss,
        used.ru_idrss,
        used.ru_isrss,
        used.ru_minflt,
        used.ru_majflt,
        used.ru_nswap,
        used.ru_inblock,
        used.ru_oublock,
        used.ru_msgsnd,
        used.ru_msgrcv,
        used.ru_nsignals,
        used.ru_nvcsw,
        used.ru_nivcsw,
    ] {
        items.push(int::new(vm, n)?);
    }
    let words: Vec<Value> = items.iter().map(|v| **v).collect();
    structseq::new(vm, vm.types.struct_rusage, &words)
}

/// A limit as Python has it: −1 is none.
fn limit(vm: &Vm, v: Value) -> PyResult<libc::rlim_t> {
    Ok(protocol::index::to_i64(vm, v)? as libc::rlim_t)
}

/// Sets limits, when some are given, and returns those before; without a process, those of this one after.
fn exchange(vm: &Vm, pid: Option<i32>, resource: Value, limits: Value) -> PyResult {
    let resource = protocol::index::to_i32(vm, resource)?;
    if !(0..i32::from(LIMITS)).contains(&resource) {
        return Err(vm.value_error("invalid resource specified"));
    }
    let new = match limits.is_null() {
        true => None,
        false => {
            let pair = tuple::from_iterable(vm, limits)?;
            let [soft, hard] = *tuple::items(&pair) else {
                return Err(vm.value_error("expected a tuple of 2 integers"));
            };
            Some(libc::rlimit { rlim_cur: limit(vm, soft)?, rlim_max: limit(vm, hard)? })
        }
    };
    let new = new.as_ref().map_or(std::ptr::null(), |l| l as *const libc::rlimit);
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the new limits are null or valid, the old ones have room.
    if unsafe { libc::prlimit(pid.unwrap_or(0), resource as _, new, &mut old) } != 0 {
        return Err(failure(vm, "current limit exceeds maximum limit"));
    }
    let (soft, hard) = (int::new(vm, old.rlim_cur as i64)?, int::new(vm, old.rlim_max as i64)?);
    tuple::pair(vm, soft, hard)
}

/// How many resources have limits.
const LIMITS: u8 = 16;
