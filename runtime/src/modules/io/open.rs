//! `open()`: a file's layers, put on each other. And the standard streams, which are made of the same.

use taipan_layout::Value;

use super::text::{self, Options};
use super::{buffered, call, fileio, then};
use crate::modules::native::{given, passed};
use crate::modules::warnings;
use crate::objects::{str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// What a mode string asks for.
struct Mode {
    /// The mode of the raw file.
    raw: String,
    reading: bool,
    updating: bool,
    binary: bool,
}

fn parse_mode(vm: &Vm, mode: &str) -> PyResult<Mode> {
    let has = |c: char| mode.contains(c);
    let known = |c: char| matches!(c, 'r' | 'w' | 'a' | 'x' | '+' | 'b' | 't');
    if mode.char_indices().any(|(i, c)| !known(c) || mode[..i].contains(c)) {
        return Err(vm.value_error(&format!("invalid mode: '{mode}'")));
    }
    if has('t') && has('b') {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    if "xrwa".chars().filter(|c| has(*c)).count() > 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    let raw = "xrwa+".chars().filter(|c| has(*c)).collect();
    Ok(Mode { raw, reading: has('r'), updating: has('+'), binary: has('b') })
}

fn text_or_none(vm: &Vm, v: Value, name: &str) -> PyResult<Option<String>> {
    match given(v) {
        None => Ok(None),
        Some(v) if str::is_str(vm, v) => super::checked_text(vm, v).map(Some),
        Some(v) => {
            let got = type_of(vm, v).name_str();
            Err(vm.type_error(&format!("open() argument '{name}' must be str or None, not {got}")))
        }
    }
}

pub fn open(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    let &[file, mode, buffering, encoding, errors, newline, close_fd, opener] = args else {
        return Err(vm.system_error("open() was called with the wrong number of words"));
    };
    let mode_text = match passed(mode) {
        None => "r".to_owned(),
        Some(m) if str::is_str(vm, m) => str::to_string_lossy(m),
        Some(m) => {
            let got = str::args::type_name(vm, m);
            return Err(vm.type_error(&format!("open() argument 'mode' must be str, not {got}")));
        }
    };
    let buffering = match passed(buffering) {
        Some(v) => i64::from(protocol::index::to_i32(vm, v)?),
        None => -1,
    };
    let encoding = text_or_none(vm, encoding, "encoding")?;
    let errors = text_or_none(vm, errors, "errors")?;
    let newline = text_or_none(vm, newline, "newline")?;
    let close_fd = match passed(close_fd) {
        Some(v) => protocol::compare::is_true(vm, v)?,
        None => true,
    };
    let is_number = type_of(vm, file).slots().index.is_some();
    let file = if is_number { file.own() } else { crate::modules::posix::fspath(vm, file)? };
    let mode = parse_mode(vm, &mode_text)?;
    if mode.binary {
        let given = [("an encoding", &encoding), ("an errors", &errors), ("a newline", &newline)];
        if let Some((what, _)) = given.iter().find(|(_, option)| option.is_some()) {
            return Err(vm.value_error(&format!("binary mode doesn't take {what} argument")));
        }
        if buffering == 1 {
            warnings::warn(
                vm,
                vm.types.runtime_warning,
                "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used",
                1,
            )?;
        }
    }
    let raw = fileio::new(vm, *file, &mode.raw, close_fd, given(opener))?;
    let mut outermost = raw.clone();
    let options = Options { encoding, errors, newline, ..Options::default() };
    match wrap(vm, &raw, &mut outermost, &mode, &mode_text, buffering, options) {
        Ok(()) => Ok(outermost),
        Err(raised) => then(vm, Err(raised), || call(vm, *outermost, *vm.names.close, &[])),
    }
}

/// Puts layers on the raw file; `outermost` is the last one that was made, also when the next fails.
fn wrap(
    vm: &Vm,
    raw: &Owned,
    outermost: &mut Owned,
    mode: &Mode,
    mode_text: &str,
    buffering: i64,
    mut options: Options,
) -> PyResult<()> {
    const LARGEST: i64 = 8 * 1024 * 1024;
    let mut size = buffering;
    let is_terminal = size < 0 && fileio::may_be_terminal(vm, **raw)?;
    if size == 1 || is_terminal {
        size = -1;
        options.line_buffering = true;
    }
    if size < 0 {
        let block = fileio::block_size(**raw).unwrap_or(0);
        size = block.min(LARGEST).max(super::DEFAULT_BUFFER_SIZE as i64);
    }
    if size == 0 {
        if !mode.binary {
            return Err(vm.value_error("can't have unbuffered text I/O"));
        }
        return Ok(());
    }
    let class = if mode.updating {
        vm.types.io_random
    } else if mode.reading {
        vm.types.io_reader
    } else {
        vm.types.io_writer
    };
    *outermost = buffered::new(vm, class, **raw, size as usize)?;
    if mode.binary {
        return Ok(());
    }
    *outermost = text::new(vm, **outermost, options)?;
    let mode_text = str::intern(vm, mode_text);
    protocol::attr::set(vm, **outermost, *vm.names.mode, *mode_text)
}

pub fn open_code(vm: &Vm, m: Value, path: Value) -> PyResult {
    if !str::is_str(vm, path) {
        let got = str::args::type_name(vm, path);
        return Err(vm.type_error(&format!("open_code() argument 'path' must be str, not {got}")));
    }
    let mode = str::intern(vm, "rb");
    let null = Value::NULL;
    open(vm, m, &[path, *mode, null, null, null, null, null, null])
}

pub fn text_encoding(vm: &Vm, _: Value, args: &[Value]) -> PyResult {
    match given(args[0]) {
        Some(encoding) => Ok(encoding.own()),
        None if crate::modules::sys::is_utf8_mode(vm) => Ok(str::intern(vm, "utf-8")),
        None => Ok(str::intern(vm, "locale")),
    }
}

/// How one of the standard streams is to be.
pub struct StandardStream<'a> {
    pub fd: i32,
    pub name: &'a str,
    pub encoding: &'a str,
    pub errors: &'a str,
    pub unbuffered: bool,
}

/// One of the standard streams.
pub fn standard_stream(vm: &Vm, how: &StandardStream) -> PyResult {
    let writes = how.fd != 0;
    let unbuffered = how.unbuffered && writes;
    let mode = if writes { "w" } else { "r" };
    let raw = fileio::new(vm, Value::fixnum(i64::from(how.fd)), mode, false, None)?;
    protocol::attr::set(vm, *raw, *vm.names.name, *str::new(vm, how.name)?)?;
    let is_terminal = fileio::may_be_terminal(vm, *raw)?;
    let below = if unbuffered {
        raw
    } else {
        let class = if writes { vm.types.io_writer } else { vm.types.io_reader };
        buffered::new(vm, class, *raw, super::DEFAULT_BUFFER_SIZE)?
    };
    let options = Options {
        encoding: Some(how.encoding.to_owned()),
        errors: Some(how.errors.to_owned()),
        newline: Some("\n".to_owned()),
        line_buffering: !unbuffered && (is_terminal || how.fd == 2),
        write_through: unbuffered,
    };
    let stream = text::new(vm, *below, options)?;
    protocol::attr::set(vm, *stream, *vm.names.mode, *str::intern(vm, mode))?;
    Ok(stream)
}
