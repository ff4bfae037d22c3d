//! Writing text.

use taipan_layout::Value;

use super::super::newlines::{find, with_line_end};
use super::super::{buffered, call, unsupported};
use super::codec::Encoder;
use super::{buffer, data, open_buffer};
use crate::objects::{bytes, int, str, type_of};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

/// Runs `f` with the encoder taken out of the file: it may run Python.
fn with_encoder<T>(vm: &Vm, this: Value, f: impl FnOnce(&mut Encoder) -> PyResult<T>) -> PyResult<T> {
    let Some(mut encoder) = data(this).encoder.take() else { return Err(unsupported(vm, "not writable")) };
    let result = f(&mut encoder);
    let t = data(this);
    if t.encoder.is_none() {
        t.encoder = Some(encoder);
    }
    result
}

pub(super) fn restart_encoder(vm: &Vm, this: Value, beginning: bool) -> PyResult<()> {
    if data(this).encoder.is_none() {
        return Ok(());
    }
    with_encoder(vm, this, |e| e.restart(vm, beginning))
}

pub(super) fn write(vm: &Vm, this: Value, text: Value) -> PyResult {
    buffer(vm, this)?;
    if !str::is_str(vm, text) {
        let got = str::args::type_name(vm, text);
        return Err(vm.type_error(&format!("write() argument must be str, not {got}")));
    }
    let below = open_buffer(vm, this)?;
    let t = data(this);
    if t.encoder.is_none() {
        return Err(unsupported(vm, "not writable"));
    }
    let length = str::length(text);
    let (line_buffering, write_through, written) = (t.line_buffering, t.write_through, t.mode.written);
    let view = str::view(&text);
    let has_lf = (line_buffering || written.is_some()) && find(view, 0, b'\n').is_some();
    let flush = line_buffering && (has_lf || find(view, 0, b'\r').is_some());
    let translated = match written.filter(|_| has_lf) {
        Some(written) if type_of(vm, text) == vm.types.str => Some(with_line_end(vm, text, written)?),
        Some(written) => Some(replaced(vm, text, written)?),
        None => None,
    };
    // A text of the program's own may have done anything to this file.
    let below = if translated.is_some() { open_buffer(vm, this)? } else { below };
    if data(this).encoder.is_none() {
        return Err(unsupported(vm, "not writable"));
    }
    push(vm, this, *below, translated.as_deref().copied().unwrap_or(text))?;
    if flush || write_through || data(this).pending.len() >= data(this).chunk_size {
        flush_pending(vm, this, *below)?;
    }
    if flush {
        flush_buffer(vm, *below)?;
    }
    // What was read ahead is out of date.
    if data(this).snapshot.is_some() {
        forget_read(this);
    }
    if data(this).decoder.is_some() {
        super::reading::with_decoder(vm, this, |d, _| d.reset(vm))?;
    }
    int::from_usize(vm, length)
}

/// What was read ahead is forgotten.
pub(super) fn forget_read(this: Value) {
    let t = data(this);
    t.used = 0;
    t.snapshot = None;
    drop(t.decoded.take());
}

/// The text with its line ends replaced by its own method.
fn replaced(vm: &Vm, text: Value, written: &str) -> PyResult {
    let (old, new) = (str::intern(vm, "\n"), str::intern(vm, written));
    let text = call(vm, text, *str::intern(vm, "replace"), &[*old, *new])?;
    if !str::is_str(vm, *text) {
        let got = type_of(vm, *text).name_str();
        return Err(vm.type_error(&format!("replace() should return a str, not {got}")));
    }
    Ok(text)
}

/// Adds the encoded text to what is pending; a full chunk goes out before.
pub(super) fn push(vm: &Vm, this: Value, below: Value, text: Value) -> PyResult<()> {
    let t = data(this);
    if t.encoder.as_ref().is_some_and(Encoder::keeps_ascii)
        && let Some(ascii) = str::ascii(&text)
    {
        return push_bytes(vm, this, below, ascii);
    }
    let errors = super::errors(this);
    let encoded = with_encoder(vm, this, |e| e.encode(vm, text, &errors))?;
    push_bytes(vm, this, below, &encoded)
}

pub(super) fn push_bytes(vm: &Vm, this: Value, below: Value, encoded: &[u8]) -> PyResult<()> {
    // Writing out may run Python that writes more.
    while !data(this).pending.is_empty() && data(this).pending.len() + encoded.len() > data(this).chunk_size {
        flush_pending(vm, this, below)?;
    }
    let pending = &mut data(this).pending;
    pending.try_reserve(encoded.len()).map_err(|_| vm.memory_error())?;
    pending.extend_from_slice(encoded);
    Ok(())
}

/// Passes what is pending on to the buffered stream.
pub(super) fn flush_pending(vm: &Vm, this: Value, below: Value) -> PyResult<()> {
    let t = data(this);
    if t.pending.is_empty() {
        return Ok(());
    }
    let mut pending = std::mem::take(&mut t.pending);
    let kind = type_of(vm, below);
    if kind == vm.types.io_writer || kind == vm.types.io_random {
        buffered::writing::write_bytes(vm, below, &pending)?;
    } else {
        let object = bytes::new(vm, &pending)?;
        call(vm, below, *vm.names.write, &[*object])?;
    }
    // The memory serves for what comes next.
    pending.clear();
    let t = data(this);
    if t.pending.is_empty() && pending.capacity() <= 4 * super::CHUNK_SIZE {
        t.pending = pending;
    }
    Ok(())
}

pub(super) fn flush_buffer(vm: &Vm, below: Value) -> PyResult<()> {
    let kind = type_of(vm, below);
    if kind == vm.types.io_writer {
        buffered::writing::flush(vm, below).map(drop)
    } else {
        call(vm, below, *vm.names.flush, &[]).map(drop)
    }
}

pub(super) fn flush(vm: &Vm, this: Value) -> PyResult {
    let below = open_buffer(vm, this)?;
    data(this).telling = data(this).seekable;
    flush_pending(vm, this, *below)?;
    flush_buffer(vm, *below)?;
    Ok(Owned::none())
}
