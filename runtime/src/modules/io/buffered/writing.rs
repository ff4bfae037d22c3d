//! Writing to a buffered stream.

use taipan_layout::Value;

use super::{data, enter, open_raw, raw, would_block};
use crate::objects::{bytes, int};
use crate::owned::{Owned, PyResult};
use crate::vm::Vm;

pub fn flush(vm: &Vm, this: Value) -> PyResult {
    let raw = open_raw(vm, this, "flush of closed file")?;
    let _guard = enter(vm, this)?;
    flush_and_rewind(vm, this, *raw)?;
    Ok(Owned::none())
}

/// Writes out what waits; what was read ahead is given back.
pub(super) fn flush_and_rewind(vm: &Vm, this: Value, raw: Value) -> PyResult<()> {
    flush_pending(vm, this, raw)?;
    if data(this).reads {
        // Rewinds the raw stream so that its position is the stream's.
        let offset = data(this).raw_offset();
        if offset != 0 {
            raw::seek(vm, this, raw, -offset, libc::SEEK_CUR)?;
        }
        data(this).forget_read();
    }
    Ok(())
}

/// Writes out what waits to be written.
pub(super) fn flush_pending(vm: &Vm, this: Value, raw: Value) -> PyResult<()> {
    let b = data(this);
    let Some(pending) = b.pending.clone().filter(|p| !p.is_empty()) else {
        b.pending = None;
        return Ok(());
    };
    // The raw stream goes to where the first of the bytes belongs.
    let rewind = b.raw_offset() + (b.at as i64 - pending.start as i64);
    if rewind != 0 {
        raw::seek(vm, this, raw, -rewind, libc::SEEK_CUR)?;
        let b = data(this);
        b.raw_at = (b.raw_at as i64 - rewind) as usize;
    }
    let mut start = pending.start;
    while start < pending.end {
        let buffer = std::mem::take(&mut data(this).buffer);
        let written = raw::write(vm, this, raw, &buffer[start..pending.end]);
        let b = data(this);
        b.buffer = buffer;
        match written? {
            None => return Err(would_block(vm, 0)),
            Some(n) => start += n,
        }
        b.pending = Some(start..pending.end);
        b.raw_at = start;
        crate::signals::deliver(vm)?;
    }
    data(this).pending = None;
    Ok(())
}

pub fn write(vm: &Vm, this: Value, object: Value) -> PyResult {
    super::raw_of(vm, this)?;
    let object = bytes::buffer(vm, object)?;
    int::from_usize(vm, write_bytes(vm, this, object.as_slice())?)
}

/// Writes all of `bytes`, which no Python code can change meanwhile.
pub fn write_bytes(vm: &Vm, this: Value, bytes: &[u8]) -> PyResult<usize> {
    let raw = super::raw_of(vm, this)?;
    let _guard = enter(vm, this)?;
    if raw::is_closed(vm, *raw)? {
        return Err(vm.value_error("write to closed file"));
    }
    let len = bytes.len();
    let b = data(this);
    if b.read_end.is_none_or(|_| !b.reads) && b.pending.is_none() {
        (b.at, b.raw_at) = (0, 0);
    }
    if len <= b.size - b.at.min(b.size) && len < b.size {
        let at = b.at;
        b.make_room(vm, at + len)?;
        b.buffer[at..at + len].copy_from_slice(bytes);
        let start = b.pending.as_ref().map_or(at, |p| p.start.min(at));
        let end = b.pending.as_ref().map_or(at + len, |p| p.end.max(at + len));
        b.pending = Some(start..end);
        b.move_to(at + len);
        return Ok(len);
    }
    if let Err(raised) = flush_pending(vm, this, *raw) {
        let blocked = vm.catch(raised, vm.types.blocking_io_error)?;
        if data(this).reads {
            data(this).forget_read();
        }
        let kept = keep(vm, this, bytes)?;
        if kept == len {
            return Ok(len);
        }
        drop(blocked);
        return Err(would_block(vm, kept));
    }
    // The raw stream may be ahead of this one.
    let offset = data(this).raw_offset();
    if offset != 0 {
        raw::seek(vm, this, *raw, -offset, libc::SEEK_CUR)?;
        let b = data(this);
        b.raw_at = (b.raw_at as i64 - offset) as usize;
    }
    // Most of it goes out at once, the rest into the buffer.
    let size = data(this).size;
    let mut done = 0;
    while len - done > size {
        match raw::write(vm, this, *raw, &bytes[done..])? {
            Some(n) => done += n,
            None => {
                let b = data(this);
                b.make_room(vm, size)?;
                b.buffer[..size].copy_from_slice(&bytes[done..done + size]);
                b.raw_at = 0;
                b.move_to(size);
                b.pending = Some(0..size);
                return Err(would_block(vm, done + size));
            }
        }
        crate::signals::deliver(vm)?;
    }
    let b = data(this);
    if b.reads {
        b.forget_read();
    }
    let rest = len - done;
    b.make_room(vm, rest)?;
    b.buffer[..rest].copy_from_slice(&bytes[done..]);
    (b.pending, b.raw_at) = ((rest > 0).then_some(0..rest), 0);
    b.move_to(rest);
    Ok(len)
}

/// After the raw stream has refused to take more: the buffer's contents move to its beginning, and as much as fits is kept.
fn keep(vm: &Vm, this: Value, bytes: &[u8]) -> PyResult<usize> {
    let b = data(this);
    let pending = b.pending.clone().unwrap_or(0..0);
    let size = b.size;
    b.make_room(vm, size)?;
    b.buffer.copy_within(pending.clone(), 0);
    let held = pending.len();
    b.raw_at = b.raw_at.saturating_sub(pending.start);
    let n = bytes.len().min(size - held);
    b.buffer[held..held + n].copy_from_slice(&bytes[..n]);
    b.pending = Some(0..held + n);
    b.at = held + n;
    Ok(n)
}
