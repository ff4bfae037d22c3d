//! `_signal`: Python's handlers of signals, timers, masks.

use std::ffi::CStr;

use taipan_layout::Value;

use super::native::passed;
use super::posix::{failure, last_error};
use super::{NativeModule, set};
use crate::objects::spec::{MethodSpec, function, function0, function1};
use crate::objects::{exceptions, float, int, list, set as sets, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::signals::{self, Action, COUNT};
use crate::vm::Vm;

pub static MODULE: NativeModule =
    NativeModule { name: "_signal", doc: "Handlers of signals.", functions: FUNCTIONS, fill };

const SIG_DFL: i64 = 0;
const SIG_IGN: i64 = 1;

static NUMBERS: &[(&str, i32)] = &[
    ("NSIG", COUNT),
    ("SIG_DFL", SIG_DFL as i32),
    ("SIG_IGN", SIG_IGN as i32),
    ("SIG_BLOCK", libc::SIG_BLOCK),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK),
    ("SIG_SETMASK", libc::SIG_SETMASK),
    ("ITIMER_REAL", libc::ITIMER_REAL),
    ("ITIMER_VIRTUAL", libc::ITIMER_VIRTUAL),
    ("ITIMER_PROF", libc::ITIMER_PROF),
    ("SIGHUP", libc::SIGHUP),
    ("SIGINT", libc::SIGINT),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGILL", libc::SIGILL),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGIOT", libc::SIGIOT),
    ("SIGABRT", libc::SIGABRT),
    ("SIGFPE", libc::SIGFPE),
    ("SIGKILL", libc::SIGKILL),
    ("SIGBUS", libc::SIGBUS),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGSYS", libc::SIGSYS),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGALRM", libc::SIGALRM),
    ("SIGTERM", libc::SIGTERM),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGCLD", libc::SIGCHLD),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGPWR", libc::SIGPWR),
    ("SIGIO", libc::SIGIO),
    ("SIGURG", libc::SIGURG),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGPOLL", libc::SIGPOLL),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGCONT", libc::SIGCONT),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGPROF", libc::SIGPROF),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
    ("SIGSTKFLT", libc::SIGSTKFLT),
];

static FUNCTIONS: &[MethodSpec] = &[
    function(
        "default_int_handler",
        "($module, signalnum, frame, /)",
        |vm, _, _| Err(vm.raise_with(vm.types.keyboard_interrupt, &[])),
        "The default handler for SIGINT: raise KeyboardInterrupt.",
    ),
    function(
        "signal",
        "($module, signalnum, handler, /)",
        signal,
        "Set the handler of a signal; the one before.",
    ),
    function1("getsignal", "($module, signalnum, /)", getsignal, "The handler of a signal."),
    function1("raise_signal", "($module, signalnum, /)", raise_signal, "Send a signal to this process."),
    function1("strsignal", "($module, signalnum, /)", strsignal, "The system's description of a signal."),
    function0("valid_signals", valid_signals, "All signals that may be used."),
    function1(
        "alarm",
        "($module, seconds, /)",
        |vm, _, v| {
            let seconds = protocol::index::to_i32(vm, v)?;
            // SAFETY: a call on a number.
            Ok(Owned::fixnum(i64::from(unsafe { libc::alarm(seconds as u32) })))
        },
        "Have the system send SIGALRM after so many seconds.",
    ),
    function(
        "setitimer",
        "($module, which, seconds, interval=0.0, /)",
        setitimer,
        "Set an interval timer; its old values.",
    ),
    function1("getitimer", "($module, which, /)", getitimer, "The values of an interval timer."),
    function0(
        "pause",
        |vm, _| {
            // SAFETY: returns once a handler ran.
            vm.unlocked(|| unsafe { libc::pause() });
            signals::deliver(vm)?;
            Ok(Owned::none())
        },
        "Sleep until a signal has been handled.",
    ),
    function(
        "set_wakeup_fd",
        "($module, fd, /, *, warn_on_full_buffer=True)",
        set_wakeup_fd,
        "Set the descriptor that the numbers of arriving signals are written to.",
    ),
    function(
        "siginterrupt",
        "($module, signalnum, flag, /)",
        siginterrupt,
        "Whether a signal interrupts system calls.",
    ),
    function(
        "pthread_kill",
        "($module, thread_id, signalnum, /)",
        |vm, m, args| {
            protocol::index::to_i64(vm, args[0])?;
            raise_signal(vm, m, args[1])
        },
        "Send a signal to one thread of the process.",
    ),
    function(
        "pthread_sigmask",
        "($module, how, mask, /)",
        pthread_sigmask,
        "Fetch or change the signals that are blocked.",
    ),
    function0("sigpending", sigpending, "Blocked signals that wait to be delivered."),
    function1("sigwait", "($module, sigset, /)", sigwait, "Wait for one of some signals."),
];

fn fill(vm: &Vm, m: Value) -> PyResult<()> {
    for (name, number) in NUMBERS {
        set(vm, m, name, Value::fixnum(i64::from(*number)))?;
    }
    set(vm, m, "SIGRTMIN", Value::fixnum(i64::from(libc::SIGRTMIN())))?;
    set(vm, m, "SIGRTMAX", Value::fixnum(i64::from(libc::SIGRTMAX())))?;
    let error = super::new_exception(vm, "signal", "itimer_error", vm.types.os_error)?;
    set(vm, m, "ItimerError", *error)?;
    if vm.state.signal_handlers.get().is_none() {
        let interrupt = protocol::attr::get_str(vm, m, "default_int_handler")?;
        let mut handlers = vec![Owned::none()];
        for number in 1..COUNT {
            handlers.push(match signals::action(number) {
                Action::Default => Owned::fixnum(SIG_DFL),
                Action::Ignore => Owned::fixnum(SIG_IGN),
                Action::Python => interrupt.clone(),
                Action::Foreign => Owned::none(),
            });
        }
        vm.state.signal_handlers.set(Some(list::new(vm, handlers)?.into_value()));
    }
    Ok(())
}

fn number(vm: &Vm, v: Value) -> PyResult<i32> {
    match protocol::index::to_i32(vm, v)? {
        n @ 1..COUNT => Ok(n),
        _ => Err(vm.value_error("signal number out of range")),
    }
}

fn handlers(vm: &Vm) -> PyResult<Value> {
    vm.state.signal_handlers.get().ok_or_else(|| vm.system_error("the handlers of signals are not there"))
}

fn only_in_main(vm: &Vm, function: &str) -> PyResult<()> {
    if vm.threads.is_main(vm) {
        return Ok(());
    }
    Err(vm.value_error(&format!("{function} only works in main thread of the main interpreter")))
}

fn signal(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    only_in_main(vm, "signal")?;
    let n = number(vm, args[0])?;
    let simple = int::as_i64(args[1]);
    let action = match simple {
        Some(SIG_DFL) => Action::Default,
        Some(SIG_IGN) => Action::Ignore,
        _ if protocol::object::is_callable(vm, args[1]) => Action::Python,
        _ => {
            return Err(
                vm.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
            );
        }
    };
    signals::deliver(vm)?;
    if !signals::set_action(n, action) {
        return Err(failure(vm));
    }
    let handlers = handlers(vm)?;
    let old = list::items(&handlers)[n as usize].own();
    let new = simple.filter(|_| action != Action::Python).map_or_else(|| args[1].own(), Owned::fixnum);
    protocol::item::set(vm, handlers, Value::fixnum(i64::from(n)), *new)?;
    Ok(old)
}

fn getsignal(vm: &Vm, _: Value, v: Value) -> PyResult {
    let n = number(vm, v)?;
    Ok(list::items(&handlers(vm)?)[n as usize].own())
}

fn raise_signal(vm: &Vm, _: Value, v: Value) -> PyResult {
    let n = protocol::index::to_i32(vm, v)?;
    // SAFETY: a call on a number.
    if unsafe { libc::raise(n) } != 0 {
        return Err(failure(vm));
    }
    signals::deliver(vm)?;
    Ok(Owned::none())
}

fn strsignal(vm: &Vm, _: Value, v: Value) -> PyResult {
    let n = number(vm, v)?;
    // SAFETY: the result is null or a text that ends with a zero byte and stays until the next call.
    let text = unsafe {
        let text = libc::strsignal(n);
        if text.is_null() {
            return Ok(Owned::none());
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    };
    if text.starts_with("Unknown signal") { Ok(Owned::none()) } else { str::new(vm, &text) }
}

/// A set of the signals that `contains` says yes to.
fn signal_set(vm: &Vm, contains: impl Fn(i32) -> bool) -> PyResult {
    let found = sets::new(vm)?;
    for n in (1..COUNT).filter(|n| contains(*n)) {
        sets::add(vm, *found, Value::fixnum(i64::from(n)))?;
    }
    Ok(found)
}

fn valid_signals(vm: &Vm, _: Value) -> PyResult {
    // The C library keeps some real-time signals to itself.
    signal_set(vm, |n| n < 32 || n >= libc::SIGRTMIN())
}

fn empty_set() -> libc::sigset_t {
    // SAFETY: all zero is a valid place for a set, which the call empties.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}

fn read_set(vm: &Vm, v: Value) -> PyResult<libc::sigset_t> {
    let mut set = empty_set();
    for item in protocol::iter::collect(vm, v)? {
        let n = protocol::index::to_i64(vm, *item)?;
        if !(1..i64::from(COUNT)).contains(&n) {
            let last = COUNT - 1;
            return Err(vm.value_error(&format!("signal number {n} out of range [1; {last}]")));
        }
        // SAFETY: the set is valid.
        unsafe { libc::sigaddset(&mut set, n as i32) };
    }
    Ok(set)
}

fn contains(set: &libc::sigset_t, n: i32) -> bool {
    // SAFETY: the set is valid.
    unsafe { libc::sigismember(set, n) == 1 }
}

fn pthread_sigmask(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let how = protocol::index::to_i32(vm, args[0])?;
    let set = read_set(vm, args[1])?;
    let mut old = empty_set();
    // SAFETY: both sets live as long as the call.
    let error = unsafe { libc::pthread_sigmask(how, &set, &mut old) };
    if error != 0 {
        return Err(exceptions::errno_error(vm, error, None));
    }
    // What was waiting may have arrived.
    signals::deliver(vm)?;
    signal_set(vm, |n| contains(&old, n))
}

fn sigpending(vm: &Vm, _: Value) -> PyResult {
    let mut set = empty_set();
    // SAFETY: the set lives as long as the call.
    if unsafe { libc::sigpending(&mut set) } != 0 {
        return Err(failure(vm));
    }
    signal_set(vm, |n| contains(&set, n))
}

fn sigwait(vm: &Vm, _: Value, v: Value) -> PyResult {
    let set = read_set(vm, v)?;
    let mut n = 0;
    // SAFETY: both places live as long as the call.
    let error = vm.unlocked(|| unsafe { libc::sigwait(&set, &mut n) });
    if error != 0 {
        return Err(exceptions::errno_error(vm, error, None));
    }
    Ok(Owned::fixnum(i64::from(n)))
}

fn siginterrupt(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let n = number(vm, args[0])?;
    let interrupts = protocol::compare::is_true(vm, args[1])?;
    // SAFETY: the present action is read and written back with another flag.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(n, std::ptr::null(), &mut action) < 0 {
            return Err(failure(vm));
        }
        if interrupts {
            action.sa_flags &= !libc::SA_RESTART;
        } else {
            action.sa_flags |= libc::SA_RESTART;
        }
        if libc::sigaction(n, &action, std::ptr::null_mut()) < 0 {
            return Err(failure(vm));
        }
    }
    Ok(Owned::none())
}

fn set_wakeup_fd(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    only_in_main(vm, "set_wakeup_fd")?;
    let fd = protocol::index::to_i32(vm, args[0])?;
    let warn = passed(args[1]).map_or(Ok(true), |v| protocol::compare::is_true(vm, v))?;
    if fd != -1 {
        // SAFETY: queries of a number.
        let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
        if flags < 0 {
            return Err(failure(vm));
        }
        if flags & libc::O_NONBLOCK == 0 {
            return Err(vm.value_error(&format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    Ok(Owned::fixnum(i64::from(signals::set_wakeup(fd.max(-1), warn))))
}

fn seconds(t: libc::timeval) -> f64 {
    t.tv_sec as f64 + t.tv_usec as f64 * 1e-6
}

fn timer_error(vm: &Vm) -> crate::owned::Raised {
    let error = last_error();
    let Some(ty) = super::attribute(vm, "_signal", "ItimerError") else { return failure(vm) };
    let made = str::new(vm, &exceptions::strerror(error))
        .and_then(|text| protocol::call::positional(vm, *ty, &[Value::fixnum(i64::from(error)), *text]));
    match made {
        Ok(e) => vm.set_exception(e),
        Err(raised) => raised,
    }
}

fn timer_values(vm: &Vm, timer: &libc::itimerval) -> PyResult {
    tuple::pair(vm, float::new(vm, seconds(timer.it_value))?, float::new(vm, seconds(timer.it_interval))?)
}

fn setitimer(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let which = protocol::index::to_i32(vm, args[0])?;
    let time = |v: Value| -> PyResult<libc::timeval> {
        let t = protocol::number::to_float(vm, v)?;
        if t < 0.0 {
            // SAFETY: the place of the calling thread's error number.
            unsafe { *libc::__errno_location() = libc::EINVAL };
            return Err(timer_error(vm));
        }
        // Less than the clock's step is not nothing.
        let micros = (t.fract() * 1e6).ceil() as i64;
        Ok(libc::timeval { tv_sec: t.trunc() as i64 + micros / 1_000_000, tv_usec: micros % 1_000_000 })
    };
    let interval = passed(args[2]).map_or(Ok(libc::timeval { tv_sec: 0, tv_usec: 0 }), time)?;
    let new = libc::itimerval { it_value: time(args[1])?, it_interval: interval };
    // SAFETY: both values live as long as the call.
    let old = unsafe {
        let mut old: libc::itimerval = std::mem::zeroed();
        if libc::setitimer(which as _, &new, &mut old) != 0 {
            return Err(timer_error(vm));
        }
        old
    };
    timer_values(vm, &old)
}

fn getitimer(vm: &Vm, _: Value, v: Value) -> PyResult {
    let which = protocol::index::to_i32(vm, v)?;
    // SAFETY: the value has room.
    let timer = unsafe {
        let mut timer: libc::itimerval = std::mem::zeroed();
        if libc::getitimer(which as _, &mut timer) != 0 {
            return Err(timer_error(vm));
        }
        timer
    };
    timer_values(vm, &timer)
}
