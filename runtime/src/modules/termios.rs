//! `termios`: what a terminal makes of what is typed and printed.
//!
//! Attributes are the system's `struct termios` as a list: flags for input, output, the line and local editing, two speeds,
//! and a list of control characters as bytes of length 1. In non-canonical mode two of those are numbers.
//!
//! Speeds are numbers of bits per second, as in C libraries since glibc 2.42; before, they were codes. The kernel is asked
//! directly (`TCGETS2`), so that it does not matter which C library is there.

use taipan_layout::Value;

use super::NativeModule;
use super::select::descriptor;
use crate::objects::spec::{MethodSpec, function, function1};
use crate::objects::{TypeRef, bytes, exceptions, int, is_instance, list, str, tuple};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol::{index, item};
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "termios",
    doc: "Control of terminals as POSIX has it.\n\nThe functions take a file descriptor: a number, or an object with \
          fileno().",
    functions: FUNCTIONS,
    fill: |vm, m| {
        let error = super::new_exception(vm, "termios", "error", vm.types.exception)?;
        super::set(vm, m, "error", *error)?;
        for (name, number) in NUMBERS {
            super::set(vm, m, name, Value::fixnum(*number))?;
        }
        Ok(())
    },
};

static FUNCTIONS: &[MethodSpec] = &[
    function1(
        "tcgetattr",
        "($module, fd, /)",
        tcgetattr,
        "The attributes of a terminal: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc].",
    ),
    function(
        "tcsetattr",
        "($module, fd, when, attributes, /)",
        tcsetattr,
        "Set the attributes of a terminal, given as tcgetattr() returns them.\n\nwhen is TCSANOW, TCSADRAIN (after what is \
         written already) or TCSAFLUSH (which forgets\nwhat has not been read as well).",
    ),
    function(
        "tcsendbreak",
        "($module, fd, duration, /)",
        |vm, _, args| {
            let (fd, duration) = (descriptor(vm, args[0])?, index::to_i32(vm, args[1])?);
            // SAFETY: a call on numbers.
            finish(vm, || unsafe { libc::tcsendbreak(fd, duration) })
        },
        "Send a break; a duration of 0 is a quarter to half of a second.",
    ),
    function1(
        "tcdrain",
        "($module, fd, /)",
        |vm, _, v| {
            let fd = descriptor(vm, v)?;
            // SAFETY: a call on a number.
            finish(vm, || unsafe { libc::tcdrain(fd) })
        },
        "Wait until all that was written has been sent.",
    ),
    function(
        "tcflush",
        "($module, fd, queue, /)",
        |vm, _, args| {
            let (fd, queue) = (descriptor(vm, args[0])?, index::to_i32(vm, args[1])?);
            // SAFETY: a call on numbers.
            finish(vm, || unsafe { libc::tcflush(fd, queue) })
        },
        "Forget what waits to be read (TCIFLUSH), to be sent (TCOFLUSH), or both (TCIOFLUSH).",
    ),
    function(
        "tcflow",
        "($module, fd, action, /)",
        |vm, _, args| {
            let (fd, action) = (descriptor(vm, args[0])?, index::to_i32(vm, args[1])?);
            // SAFETY: a call on numbers.
            finish(vm, || unsafe { libc::tcflow(fd, action) })
        },
        "Suspend or resume output (TCOOFF, TCOON) or input (TCIOFF, TCION).",
    ),
    function1(
        "tcgetwinsize",
        "($module, fd, /)",
        tcgetwinsize,
        "The size of a terminal's window: (rows, columns).",
    ),
    function(
        "tcsetwinsize",
        "($module, fd, winsize, /)",
        tcsetwinsize,
        "Set the size of a terminal's window: (rows, columns).",
    ),
];

/// `termios.error` for a number of the system.
#[cold]
fn error(vm: &Vm, number: i32) -> Raised {
    let text = match str::new(vm, &exceptions::strerror(number)) {
        Ok(text) => text,
        Err(raised) => return raised,
    };
    let class = super::attribute(vm, "termios", "error").and_then(|e| TypeRef::from_value(vm, *e));
    vm.raise_with(class.unwrap_or(vm.types.exception), &[Value::fixnum(i64::from(number)), *text])
}

/// Calls the system, which may take long.
fn call(vm: &Vm, call: impl FnOnce() -> i32) -> PyResult<()> {
    if vm.unlocked(call) >= 0 {
        return Ok(());
    }
    Err(error(vm, std::io::Error::last_os_error().raw_os_error().unwrap_or(0)))
}

fn finish(vm: &Vm, system: impl FnOnce() -> i32) -> PyResult {
    call(vm, system).map(|()| Owned::none())
}

/// How many control characters Python sees, as in the C library; the kernel has fewer.
const CONTROL: usize = libc::NCCS;

/// The speeds that have a code: its lower bits and, from 57600 on, [`libc::BOTHER`] as well.
const CODES: [u32; 32] = [
    0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, OTHER, 57600,
    115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000,
    2_500_000, 3_000_000, 3_500_000, 4_000_000,
];
/// Stands in the table where the code says that the speed is none of the table's.
const OTHER: u32 = u32::MAX;

/// The bits of a speed in `c_cflag`.
fn code(speed: u32) -> u32 {
    match CODES.iter().position(|s| *s == speed && speed != OTHER) {
        Some(i) if i < 16 => i as u32,
        Some(i) => (i as u32 - 16) | libc::BOTHER,
        None => libc::BOTHER,
    }
}

/// Makes the flags say what the speeds are.
fn enter_speeds(attributes: &mut libc::termios2) {
    if attributes.c_ispeed == 0 {
        attributes.c_ispeed = attributes.c_ospeed;
    }
    attributes.c_cflag &= !(libc::CBAUD | libc::CIBAUD);
    attributes.c_cflag |= code(attributes.c_ospeed) | code(attributes.c_ispeed) << libc::IBSHIFT;
}

fn attributes(vm: &Vm, fd: i32) -> PyResult<libc::termios2> {
    // SAFETY: all zero are valid attributes; the call fills them.
    let mut found = unsafe {
        let mut found: libc::termios2 = std::mem::zeroed();
        call(vm, || libc::ioctl(fd, libc::TCGETS2, &mut found))?;
        found
    };
    enter_speeds(&mut found);
    Ok(found)
}

fn tcgetattr(vm: &Vm, _: Value, v: Value) -> PyResult {
    let found = attributes(vm, descriptor(vm, v)?)?;
    let mut control = Vec::with_capacity(CONTROL);
    for i in 0..CONTROL {
        let c = found.c_cc.get(i).copied().unwrap_or(0);
        let is_number = found.c_lflag & libc::ICANON == 0 && [libc::VMIN, libc::VTIME].contains(&i);
        control.push(if is_number { Owned::fixnum(i64::from(c)) } else { bytes::new(vm, &[c])? });
    }
    let numbers =
        [found.c_iflag, found.c_oflag, found.c_cflag, found.c_lflag, found.c_ispeed, found.c_ospeed];
    let mut all: Vec<Owned> = numbers.iter().map(|n| Owned::fixnum(i64::from(*n))).collect();
    all.push(list::new(vm, control)?);
    list::new(vm, all)
}

fn tcsetattr(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let (fd, when) = (descriptor(vm, args[0])?, index::to_i32(vm, args[1])?);
    if !is_instance(vm, args[2], vm.types.list) || list::len(args[2]) != 7 {
        return Err(vm.type_error("tcsetattr, arg 3: must be 7 element list"));
    }
    // What the list does not say stays as it is.
    let mut wanted = attributes(vm, fd)?;
    // Python may run meanwhile and shorten the list.
    let part = |i| list::get(args[2], i).ok_or_else(|| vm.index_error("list index out of range"));
    let mut numbers = [0; 6];
    for (i, number) in numbers.iter_mut().enumerate() {
        // The lower bits count.
        *number = index::to_i64(vm, *part(i)?)? as u32;
    }
    let control = part(6)?;
    if !is_instance(vm, *control, vm.types.list) || list::len(*control) != CONTROL {
        return Err(vm.type_error(&format!("tcsetattr: attributes[6] must be {CONTROL} element list")));
    }
    for (i, item) in list::items(&control).iter().enumerate() {
        let given = match bytes::is_bytes(vm, *item).then(|| bytes::as_slice(item)) {
            Some([c]) => *c,
            None if int::is_int(vm, *item) => index::to_i64(vm, *item)? as u8,
            _ => {
                let text = "tcsetattr: elements of attributes must be bytes objects of length 1 or integers";
                return Err(vm.type_error(text));
            }
        };
        if let Some(c) = wanted.c_cc.get_mut(i) {
            *c = given;
        }
    }
    [wanted.c_iflag, wanted.c_oflag, wanted.c_cflag, wanted.c_lflag, wanted.c_ispeed, wanted.c_ospeed] =
        numbers;
    enter_speeds(&mut wanted);
    let request = match when {
        libc::TCSANOW => libc::TCSETS2,
        libc::TCSADRAIN => libc::TCSETSW2,
        libc::TCSAFLUSH => libc::TCSETSF2,
        _ => return Err(error(vm, libc::EINVAL)),
    };
    // SAFETY: the attributes are valid.
    finish(vm, || unsafe { libc::ioctl(fd, request, &wanted) })
}

fn tcgetwinsize(vm: &Vm, _: Value, v: Value) -> PyResult {
    let size = window(vm, descriptor(vm, v)?)?;
    tuple::pair(vm, Owned::fixnum(i64::from(size.ws_row)), Owned::fixnum(i64::from(size.ws_col)))
}

fn window(vm: &Vm, fd: i32) -> PyResult<libc::winsize> {
    // SAFETY: all zero is a valid size; the call fills it.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        call(vm, || libc::ioctl(fd, libc::TIOCGWINSZ, &mut size))?;
        Ok(size)
    }
}

fn tcsetwinsize(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let fd = descriptor(vm, args[0])?;
    if !item::is_sequence(vm, args[1]) || item::len(vm, args[1])? != 2 {
        return Err(vm.type_error("tcsetwinsize, arg 2: must be a two-item sequence"));
    }
    let side = |i| item::get(vm, args[1], Value::fixnum(i)).and_then(|n| index::to_i64(vm, *n));
    let (rows, columns) = (side(0)?, side(1)?);
    // The size in pixels stays.
    let mut size = window(vm, fd)?;
    let (Ok(rows), Ok(columns)) = (u16::try_from(rows), u16::try_from(columns)) else {
        return Err(vm.overflow_error("winsize value(s) out of range."));
    };
    (size.ws_row, size.ws_col) = (rows, columns);
    // SAFETY: the size is valid.
    finish(vm, || unsafe { libc::ioctl(fd, libc::TIOCSWINSZ, &size) })
}

static NUMBERS: &[(&str, i64)] = &[
    ("B0", 0),
    ("B1000000", 1000000),
    ("B110", 110),
    ("B115200", 115200),
    ("B1152000", 1152000),
    ("B1200", 1200),
    ("B134", 134),
    ("B14400", 14400),
    ("B150", 150),
    ("B1500000", 1500000),
    ("B1800", 1800),
    ("B19200", 19200),
    ("B200", 200),
    ("B2000000", 2000000),
    ("B230400", 230400),
    ("B2400", 2400),
    ("B2500000", 2500000),
    ("B28800", 28800),
    ("B300", 300),
    ("B3000000", 3000000),
    ("B3500000", 3500000),
    ("B38400", 38400),
    ("B4000000", 4000000),
    ("B460800", 460800),
    ("B4800", 4800),
    ("B50", 50),
    ("B500000", 500000),
    ("B57600", 57600),
    ("B576000", 576000),
    ("B600", 600),
    ("B7200", 7200),
    ("B75", 75),
    ("B76800", 76800),
    ("B921600", 921600),
    ("B9600", 9600),
    ("BRKINT", libc::BRKINT as i64),
    ("BS0", libc::BS0 as i64),
    ("BS1", libc::BS1 as i64),
    ("BSDLY", libc::BSDLY as i64),
    ("CBAUD", 4111),
    ("CBAUDEX", 4096),
    ("CDSUSP", 25),
    ("CEOF", 4),
    ("CEOL", 0),
    ("CEOT", 4),
    ("CERASE", 127),
    ("CFLUSH", 15),
    ("CIBAUD", 269418496),
    ("CINTR", 3),
    ("CKILL", 21),
    ("CLNEXT", 22),
    ("CLOCAL", libc::CLOCAL as i64),
    ("CQUIT", 28),
    ("CR0", libc::CR0 as i64),
    ("CR1", libc::CR1 as i64),
    ("CR2", libc::CR2 as i64),
    ("CR3", libc::CR3 as i64),
    ("CRDLY", libc::CRDLY as i64),
    ("CREAD", libc::CREAD as i64),
    ("CRPRNT", 18),
    ("CRTSCTS", libc::CRTSCTS as i64),
    ("CS5", libc::CS5 as i64),
    ("CS6", libc::CS6 as i64),
    ("CS7", libc::CS7 as i64),
    ("CS8", libc::CS8 as i64),
    ("CSIZE", libc::CSIZE as i64),
    ("CSTART", 17),
    ("CSTOP", 19),
    ("CSTOPB", libc::CSTOPB as i64),
    ("CSUSP", 26),
    ("CWERASE", 23),
    ("ECHO", libc::ECHO as i64),
    ("ECHOCTL", libc::ECHOCTL as i64),
    ("ECHOE", libc::ECHOE as i64),
    ("ECHOK", libc::ECHOK as i64),
    ("ECHOKE", libc::ECHOKE as i64),
    ("ECHONL", libc::ECHONL as i64),
    ("ECHOPRT", libc::ECHOPRT as i64),
    ("EXTA", 19200),
    ("EXTB", 38400),
    ("EXTPROC", libc::EXTPROC as i64),
    ("FF0", libc::FF0 as i64),
    ("FF1", libc::FF1 as i64),
    ("FFDLY", libc::FFDLY as i64),
    ("FIOASYNC", libc::FIOASYNC as i64),
    ("FIOCLEX", libc::FIOCLEX as i64),
    ("FIONBIO", libc::FIONBIO as i64),
    ("FIONCLEX", libc::FIONCLEX as i64),
    ("FIONREAD", libc::FIONREAD as i64),
    ("FLUSHO", libc::FLUSHO as i64),
    ("HUPCL", libc::HUPCL as i64),
    ("IBSHIFT", libc::IBSHIFT as i64),
    ("ICANON", libc::ICANON as i64),
    ("ICRNL", libc::ICRNL as i64),
    ("IEXTEN", libc::IEXTEN as i64),
    ("IGNBRK", libc::IGNBRK as i64),
    ("IGNCR", libc::IGNCR as i64),
    ("IGNPAR", libc::IGNPAR as i64),
    ("IMAXBEL", libc::IMAXBEL as i64),
    ("INLCR", libc::INLCR as i64),
    ("INPCK", libc::INPCK as i64),
    ("IOCSIZE_MASK", 1073676288),
    ("IOCSIZE_SHIFT", 16),
    ("ISIG", libc::ISIG as i64),
    ("ISTRIP", libc::ISTRIP as i64),
    ("IUCLC", libc::IUCLC as i64),
    ("IUTF8", libc::IUTF8 as i64),
    ("IXANY", libc::IXANY as i64),
    ("IXOFF", libc::IXOFF as i64),
    ("IXON", libc::IXON as i64),
    ("NCCS", libc::NCCS as i64),
    ("NL0", libc::NL0 as i64),
    ("NL1", libc::NL1 as i64),
    ("NLDLY", libc::NLDLY as i64),
    ("NOFLSH", libc::NOFLSH as i64),
    ("N_MOUSE", 2),
    ("N_PPP", 3),
    ("N_SLIP", 1),
    ("N_STRIP", 4),
    ("N_TTY", 0),
    ("OCRNL", libc::OCRNL as i64),
    ("OFDEL", libc::OFDEL as i64),
    ("OFILL", libc::OFILL as i64),
    ("OLCUC", libc::OLCUC as i64),
    ("ONLCR", libc::ONLCR as i64),
    ("ONLRET", libc::ONLRET as i64),
    ("ONOCR", libc::ONOCR as i64),
    ("OPOST", libc::OPOST as i64),
    ("PARENB", libc::PARENB as i64),
    ("PARMRK", libc::PARMRK as i64),
    ("PARODD", libc::PARODD as i64),
    ("PENDIN", libc::PENDIN as i64),
    ("TAB0", libc::TAB0 as i64),
    ("TAB1", libc::TAB1 as i64),
    ("TAB2", libc::TAB2 as i64),
    ("TAB3", libc::TAB3 as i64),
    ("TABDLY", libc::TABDLY as i64),
    ("TCFLSH", libc::TCFLSH as i64),
    ("TCGETS", libc::TCGETS as i64),
    ("TCIFLUSH", libc::TCIFLUSH as i64),
    ("TCIOFF", libc::TCIOFF as i64),
    ("TCIOFLUSH", libc::TCIOFLUSH as i64),
    ("TCION", libc::TCION as i64),
    ("TCOFLUSH", libc::TCOFLUSH as i64),
    ("TCOOFF", libc::TCOOFF as i64),
    ("TCOON", libc::TCOON as i64),
    ("TCSADRAIN", libc::TCSADRAIN as i64),
    ("TCSAFLUSH", libc::TCSAFLUSH as i64),
    ("TCSANOW", libc::TCSANOW as i64),
    ("TCSBRK", libc::TCSBRK as i64),
    ("TCSBRKP", libc::TCSBRKP as i64),
    ("TCSETS", libc::TCSETS as i64),
    ("TCSETSF", libc::TCSETSF as i64),
    ("TCSETSW", libc::TCSETSW as i64),
    ("TCXONC", libc::TCXONC as i64),
    ("TIOCCONS", libc::TIOCCONS as i64),
    ("TIOCEXCL", libc::TIOCEXCL as i64),
    ("TIOCGETD", libc::TIOCGETD as i64),
    ("TIOCGICOUNT", libc::TIOCGICOUNT as i64),
    ("TIOCGLCKTRMIOS", libc::TIOCGLCKTRMIOS as i64),
    ("TIOCGPGRP", libc::TIOCGPGRP as i64),
    ("TIOCGSERIAL", libc::TIOCGSERIAL as i64),
    ("TIOCGSOFTCAR", libc::TIOCGSOFTCAR as i64),
    ("TIOCGWINSZ", libc::TIOCGWINSZ as i64),
    ("TIOCINQ", libc::TIOCINQ as i64),
    ("TIOCLINUX", libc::TIOCLINUX as i64),
    ("TIOCMBIC", libc::TIOCMBIC as i64),
    ("TIOCMBIS", libc::TIOCMBIS as i64),
    ("TIOCMGET", libc::TIOCMGET as i64),
    ("TIOCMIWAIT", libc::TIOCMIWAIT as i64),
    ("TIOCMSET", libc::TIOCMSET as i64),
    ("TIOCM_CAR", libc::TIOCM_CAR as i64),
    ("TIOCM_CD", libc::TIOCM_CD as i64),
    ("TIOCM_CTS", libc::TIOCM_CTS as i64),
    ("TIOCM_DSR", libc::TIOCM_DSR as i64),
    ("TIOCM_DTR", libc::TIOCM_DTR as i64),
    ("TIOCM_LE", libc::TIOCM_LE as i64),
    ("TIOCM_RI", libc::TIOCM_RI as i64),
    ("TIOCM_RNG", libc::TIOCM_RNG as i64),
    ("TIOCM_RTS", libc::TIOCM_RTS as i64),
    ("TIOCM_SR", libc::TIOCM_SR as i64),
    ("TIOCM_ST", libc::TIOCM_ST as i64),
    ("TIOCNOTTY", libc::TIOCNOTTY as i64),
    ("TIOCNXCL", libc::TIOCNXCL as i64),
    ("TIOCOUTQ", libc::TIOCOUTQ as i64),
    ("TIOCPKT", libc::TIOCPKT as i64),
    ("TIOCPKT_DATA", 0),
    ("TIOCPKT_DOSTOP", 32),
    ("TIOCPKT_FLUSHREAD", 1),
    ("TIOCPKT_FLUSHWRITE", 2),
    ("TIOCPKT_NOSTOP", 16),
    ("TIOCPKT_START", 8),
    ("TIOCPKT_STOP", 4),
    ("TIOCSCTTY", libc::TIOCSCTTY as i64),
    ("TIOCSERCONFIG", libc::TIOCSERCONFIG as i64),
    ("TIOCSERGETLSR", libc::TIOCSERGETLSR as i64),
    ("TIOCSERGETMULTI", libc::TIOCSERGETMULTI as i64),
    ("TIOCSERGSTRUCT", libc::TIOCSERGSTRUCT as i64),
    ("TIOCSERGWILD", libc::TIOCSERGWILD as i64),
    ("TIOCSERSETMULTI", libc::TIOCSERSETMULTI as i64),
    ("TIOCSERSWILD", libc::TIOCSERSWILD as i64),
    ("TIOCSER_TEMT", 1),
    ("TIOCSETD", libc::TIOCSETD as i64),
    ("TIOCSLCKTRMIOS", libc::TIOCSLCKTRMIOS as i64),
    ("TIOCSPGRP", libc::TIOCSPGRP as i64),
    ("TIOCSSERIAL", libc::TIOCSSERIAL as i64),
    ("TIOCSSOFTCAR", libc::TIOCSSOFTCAR as i64),
    ("TIOCSTI", libc::TIOCSTI as i64),
    ("TIOCSWINSZ", libc::TIOCSWINSZ as i64),
    ("TOSTOP", libc::TOSTOP as i64),
    ("VDISCARD", libc::VDISCARD as i64),
    ("VEOF", libc::VEOF as i64),
    ("VEOL", libc::VEOL as i64),
    ("VEOL2", libc::VEOL2 as i64),
    ("VERASE", libc::VERASE as i64),
    ("VINTR", libc::VINTR as i64),
    ("VKILL", libc::VKILL as i64),
    ("VLNEXT", libc::VLNEXT as i64),
    ("VMIN", libc::VMIN as i64),
    ("VQUIT", libc::VQUIT as i64),
    ("VREPRINT", libc::VREPRINT as i64),
    ("VSTART", libc::VSTART as i64),
    ("VSTOP", libc::VSTOP as i64),
    ("VSUSP", libc::VSUSP as i64),
    ("VSWTC", libc::VSWTC as i64),
    ("VSWTCH", libc::VSWTC as i64),
    ("VT0", libc::VT0 as i64),
    ("VT1", libc::VT1 as i64),
    ("VTDLY", libc::VTDLY as i64),
    ("VTIME", libc::VTIME as i64),
    ("VWERASE", libc::VWERASE as i64),
    ("XCASE", libc::XCASE as i64),
    ("XTABS", libc::XTABS as i64),
    ("_POSIX_VDISABLE", libc::_POSIX_VDISABLE as i64),
];
