//! Reading text.

use taipan_layout::Value;

use super::super::newlines::LineEnd;
use super::super::{base, buffered, call, failed_type, optional_size, unsupported};
use super::codec::Decoder;
use super::{buffer, data, open_buffer, writing};
use crate::objects::str::{self, StrBuilder};
use crate::objects::{bytes, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// Runs `f` with the decoder, which is taken out of the file: it may run Python; and the name of the error handler.
pub(super) fn with_decoder<T>(
    vm: &Vm,
    this: Value,
    f: impl FnOnce(&mut Decoder, &str) -> PyResult<T>,
) -> PyResult<T> {
    let Some(mut decoder) = data(this).decoder.take() else { return Err(unsupported(vm, "not readable")) };
    let errors = data(this).errors.clone();
    let result = match errors.as_ref().and_then(|e| str::ascii(e)).and_then(|e| std::str::from_utf8(e).ok()) {
        Some(errors) => f(&mut decoder, errors),
        None => f(&mut decoder, &super::errors(this)),
    };
    let t = data(this);
    if t.decoder.is_none() {
        t.decoder = Some(decoder);
    }
    result
}

/// Characters that were decoded and not given out.
fn available(this: Value) -> usize {
    let t = data(this);
    t.decoded.as_ref().map_or(0, |d| str::length(**d) - t.used)
}

/// The next `n` decoded characters, of which there are as many.
fn take(vm: &Vm, this: Value, n: usize) -> PyResult {
    let t = data(this);
    let Some(decoded) = &t.decoded else { return Ok(str::empty(vm)) };
    let from = t.used;
    t.used += n;
    if from == 0 && n == str::length(**decoded) {
        return Ok(decoded.clone());
    }
    match str::ascii(decoded) {
        Some(ascii) => str::from_ascii(vm, &ascii[from..from + n]),
        None => str::from_view(vm, str::view(decoded).slice(from, from + n)),
    }
}

/// Up to `n` bytes from the buffered stream.
enum Input {
    Direct(Vec<u8>),
    Object(bytes::Buffer),
}

impl Input {
    fn as_slice(&self) -> &[u8] {
        match self {
            Input::Direct(data) => data,
            Input::Object(buffer) => buffer.as_slice(),
        }
    }
}

fn is_native_reader(vm: &Vm, below: Value) -> bool {
    let kind = type_of(vm, below);
    kind == vm.types.io_reader || kind == vm.types.io_random
}

fn read_bytes(vm: &Vm, this: Value, below: Value, n: usize) -> PyResult<Input> {
    if is_native_reader(vm, below) {
        return Ok(Input::Direct(buffered::reading::read_once(vm, below, Some(n))?));
    }
    let (method, name) =
        if data(this).has_read1 { (*vm.names.read1, "read1") } else { (*vm.names.read, "read") };
    let got = call(vm, below, method, &[Value::fixnum(n as i64)])?;
    if !bytes::is_bytes_like(vm, *got) {
        let text = format!("underlying {name}() should have returned a bytes-like object, not");
        return Err(failed_type(vm, vm.types.type_error, &text, *got));
    }
    Ok(Input::Object(bytes::buffer(vm, *got)?))
}

/// Decodes the next chunk, of about `hint` characters if that is more; whether there was any.
fn read_chunk(vm: &Vm, this: Value, below: Value, hint: usize) -> PyResult<bool> {
    let t = data(this);
    if t.decoder.is_none() {
        return Err(unsupported(vm, "not readable"));
    }
    let telling = t.telling;
    let before = if telling { Some(with_decoder(vm, this, |d, _| d.state(vm))?) } else { None };
    let t = data(this);
    let hint = if hint > 0 { (t.ratio.max(1.0) * hint as f64) as usize } else { 0 };
    let input = read_bytes(vm, this, below, hint.max(t.chunk_size))?;
    let input = input.as_slice();
    let end = input.is_empty();
    let decoded = with_decoder(vm, this, |d, errors| d.decode(vm, input, errors, end))?;
    let characters = str::length(*decoded);
    let t = data(this);
    t.ratio = if characters > 0 { input.len() as f64 / characters as f64 } else { 0.0 };
    if let Some((mut held, flags)) = before {
        held.extend_from_slice(input);
        t.snapshot = Some((flags, held));
    }
    t.used = 0;
    let old = t.decoded.replace(decoded);
    drop(old);
    Ok(characters > 0 || !end)
}

pub(super) fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = optional_size(vm, args[0], -1)?;
    let below = open_buffer(vm, this)?;
    if data(this).decoder.is_none() {
        return Err(unsupported(vm, "not readable"));
    }
    writing::flush_pending(vm, this, *below)?;
    let Ok(n) = usize::try_from(n) else { return read_all(vm, this, *below) };
    let first = take(vm, this, n.min(available(this)))?;
    let mut left = n - str::length(*first);
    if left == 0 {
        return Ok(first);
    }
    let mut out: Option<StrBuilder> = None;
    let mut last = first;
    // Keep reading chunks until there is enough.
    while left > 0 && read_chunk(vm, this, *below, left)? {
        let piece = take(vm, this, left.min(available(this)))?;
        left -= str::length(*piece);
        if str::length(*last) == 0 && out.is_none() {
            last = piece;
            continue;
        }
        out.get_or_insert_with(StrBuilder::new).push_value(*last);
        last = piece;
    }
    match out {
        None => Ok(last),
        Some(mut out) => {
            out.push_value(*last);
            out.finish(vm)
        }
    }
}

fn read_all(vm: &Vm, this: Value, below: Value) -> PyResult {
    let rest = if is_native_reader(vm, below) {
        buffered::reading::read_to_end(vm, below)?.map(Input::Direct)
    } else {
        let got = call(vm, below, *vm.names.read, &[])?;
        if got.is_none() {
            None
        } else if !bytes::is_bytes_like(vm, *got) {
            let text = "underlying read() should have returned a bytes-like object, not";
            return Err(failed_type(vm, vm.types.type_error, text, *got));
        } else {
            Some(Input::Object(bytes::buffer(vm, *got)?))
        }
    };
    let Some(rest) = rest else {
        return Err(vm.raise(vm.types.blocking_io_error, "Read returned None."));
    };
    let decoded = with_decoder(vm, this, |d, errors| d.decode(vm, rest.as_slice(), errors, true))?;
    let first = take(vm, this, available(this))?;
    let t = data(this);
    t.used = 0;
    t.snapshot = None;
    drop(t.decoded.take());
    if str::length(*first) == 0 { Ok(decoded) } else { str::concat(vm, *first, *decoded) }
}

pub(super) fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    buffer(vm, this)?;
    let limit = optional_size(vm, args[0], -1)?;
    line(vm, this, usize::try_from(limit).ok())
}

pub(super) fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    buffer(vm, this)?;
    data(this).telling = false;
    let line = if type_of(vm, this) == vm.types.io_text {
        let line = line(vm, this, None)?;
        (str::length(*line) > 0).then_some(line)
    } else {
        base::overridden_line(vm, this, true)?
    };
    if line.is_none() {
        let t = data(this);
        t.snapshot = None;
        t.telling = t.seekable;
    }
    Ok(line)
}

fn line(vm: &Vm, this: Value, limit: Option<usize>) -> PyResult {
    let below = open_buffer(vm, this)?;
    writing::flush_pending(vm, this, *below)?;
    // Most lines are ASCII, whole and here.
    let t = data(this);
    if limit.is_none()
        && t.mode.line_end == LineEnd::Lf
        && let Some(ascii) = t.decoded.as_ref().and_then(|d| str::ascii(d))
        && let Some(i) = memchr::memchr(b'\n', &ascii[t.used..])
    {
        return take(vm, this, i + 1);
    }
    let mut begun: Option<StrBuilder> = None;
    loop {
        while available(this) == 0 {
            if !read_chunk(vm, this, *below, 0)? {
                let t = data(this);
                t.used = 0;
                t.snapshot = None;
                drop(t.decoded.take());
                return match begun {
                    Some(begun) => begun.finish(vm),
                    None => Ok(str::empty(vm)),
                };
            }
        }
        let t = data(this);
        let Some(decoded) = t.decoded.clone() else { continue };
        let view = str::view(&decoded);
        let done = begun.as_ref().map_or(0, StrBuilder::len);
        let stop = limit.map_or(view.len(), |l| t.used.saturating_add(l - done).min(view.len()));
        let view = view.slice(0, stop);
        // A `\r\n` may lie across two chunks.
        let split = t.mode.line_end == LineEnd::CrLf
            && begun.as_ref().is_some_and(|b| b.view().iter().next_back() == Some(u32::from(b'\r')))
            && stop > t.used
            && view.get(t.used) == u32::from(b'\n');
        let end = if split { Some(t.used + 1) } else { t.mode.line_end.find(view, t.used) };
        let n = end.unwrap_or(stop) - t.used;
        let complete = end.is_some() || limit.is_some_and(|l| done + n >= l);
        if complete && begun.is_none() {
            return take(vm, this, n);
        }
        let from = t.used;
        t.used += n;
        let begun = begun.get_or_insert_with(StrBuilder::new);
        begun.push_view(view.slice(from, from + n));
        if complete {
            return std::mem::take(begun).finish(vm);
        }
    }
}

/// The decoded text that was not given out, and how much was: for `tell()`.
pub(super) fn place(this: Value) -> (Option<Owned>, usize) {
    let t = data(this);
    (t.decoded.as_deref().map(|d| d.own()), t.used)
}
