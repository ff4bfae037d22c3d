//! Reading from a buffered stream.

use memchr::memchr;
use taipan_layout::Value;

use super::super::{base, call, optional_size, zeroed};
use super::{data, enter, open_raw, raw, writing};
use crate::objects::{bytes, int, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Takes `n` bytes that were read ahead.
fn take<'a>(this: Value, n: usize) -> &'a [u8] {
    let b = data(this);
    let from = b.at;
    b.at += n;
    &b.buffer[from..from + n]
}

/// What waits to be written is written, and what was read ahead is given back: the raw stream is where this one is.
pub(super) fn settle(vm: &Vm, this: Value, raw: Value) -> PyResult<()> {
    if data(this).writes {
        writing::flush_and_rewind(vm, this, raw)?;
    }
    Ok(())
}

fn optional(vm: &Vm, data: Option<Vec<u8>>) -> PyResult {
    match data {
        Some(data) => bytes::new(vm, &data),
        None => Ok(Owned::none()),
    }
}

pub fn read(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = optional_size(vm, args[0], -1)?;
    super::raw_of(vm, this)?;
    if n < -1 {
        return Err(vm.value_error("read length must be non-negative or -1"));
    }
    let raw = open_raw(vm, this, "read of closed file")?;
    let Ok(n) = usize::try_from(n) else {
        let _guard = enter(vm, this)?;
        return optional(vm, read_all(vm, this, *raw)?);
    };
    if n <= data(this).ahead() {
        return bytes::new(vm, take(this, n));
    }
    let _guard = enter(vm, this)?;
    optional(vm, read_up_to(vm, this, *raw, n)?)
}

/// Everything up to the end, for who holds the stream as its exact class: `None` when there is nothing for now.
pub fn read_to_end(vm: &Vm, this: Value) -> PyResult<Option<Vec<u8>>> {
    let raw = open_raw(vm, this, "read of closed file")?;
    let _guard = enter(vm, this)?;
    read_all(vm, this, *raw)
}

fn read_all(vm: &Vm, this: Value, raw: Value) -> PyResult<Option<Vec<u8>>> {
    let ahead = data(this).ahead();
    let mut all = take(this, ahead).to_vec();
    settle(vm, this, raw)?;
    data(this).forget_read();
    if let Some(rest) = raw::read_all(vm, this, raw)? {
        return Ok(match rest {
            None if all.is_empty() => None,
            None => Some(all),
            Some(rest) if all.is_empty() => Some(rest),
            Some(rest) => {
                all.extend(rest);
                Some(all)
            }
        });
    }
    // A raw stream without `readall` is read piece by piece.
    let mut first = true;
    loop {
        let got = call(vm, raw, *vm.names.read, &[])?;
        if got.is_none() {
            return Ok((!all.is_empty() || !first).then_some(all).filter(|a| !a.is_empty()));
        }
        if !bytes::is_bytes(vm, *got) {
            return Err(vm.type_error("read() should return bytes"));
        }
        let got = bytes::as_slice(&got);
        if got.is_empty() {
            return Ok(Some(all));
        }
        first = false;
        all.extend_from_slice(got);
        if let Some(position) = &mut data(this).raw_position {
            *position += got.len() as i64;
        }
    }
}

/// `n` bytes, fewer at the end; `None` when there is nothing for now.
fn read_up_to(vm: &Vm, this: Value, raw: Value, n: usize) -> PyResult<Option<Vec<u8>>> {
    let mut out = zeroed(vm, n)?;
    let mut done = data(this).ahead();
    out[..done].copy_from_slice(take(this, done));
    settle(vm, this, raw)?;
    data(this).forget_read();
    let size = data(this).size;
    // Whole buffers go past the buffer, straight to their place.
    while n - done >= size {
        let whole = (n - done) / size * size;
        match raw::read(vm, this, raw, &mut out[done..done + whole])? {
            None if done == 0 => return Ok(None),
            None | Some(0) => {
                out.truncate(done);
                return Ok(Some(out));
            }
            Some(got) => done += got,
        }
    }
    let b = data(this);
    (b.at, b.raw_at, b.read_end) = (0, 0, Some(0));
    while done < n {
        // The next piece begins where the last one ended.
        let from = data(this).read_end.unwrap_or(0);
        if from >= size {
            let b = data(this);
            (b.at, b.raw_at, b.read_end) = (0, 0, Some(0));
            continue;
        }
        match raw::fill(vm, this, raw, from)? {
            None if done == 0 => return Ok(None),
            None | Some(0) => break,
            Some(got) => {
                let now = got.min(n - done);
                out[done..done + now].copy_from_slice(take(this, now));
                done += now;
            }
        }
    }
    out.truncate(done);
    Ok(Some(out))
}

pub fn peek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    if !args[0].is_null() {
        protocol::index::to_isize(vm, args[0])?;
    }
    let raw = open_raw(vm, this, "peek of closed file")?;
    let _guard = enter(vm, this)?;
    settle(vm, this, *raw)?;
    if data(this).ahead() == 0 {
        let b = data(this);
        b.forget_read();
        b.at = 0;
        raw::fill(vm, this, *raw, 0)?;
    }
    let b = data(this);
    bytes::new(vm, &b.buffer[b.at..b.at + b.ahead()])
}

pub fn read1(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let n = if args[0].is_null() { -1 } else { protocol::index::to_isize(vm, args[0])? };
    bytes::new(vm, &read_once(vm, this, usize::try_from(n).ok())?)
}

/// Up to `n` bytes (a buffer's worth without it) with at most one call of the raw stream.
pub fn read_once(vm: &Vm, this: Value, n: Option<usize>) -> PyResult<Vec<u8>> {
    let raw = open_raw(vm, this, "read of closed file")?;
    let n = n.unwrap_or(data(this).size);
    if n == 0 {
        return Ok(Vec::new());
    }
    let ahead = data(this).ahead();
    if ahead > 0 {
        return Ok(take(this, ahead.min(n)).to_vec());
    }
    let _guard = enter(vm, this)?;
    settle(vm, this, *raw)?;
    data(this).forget_read();
    let mut out = zeroed(vm, n)?;
    let got = raw::read(vm, this, *raw, &mut out)?.unwrap_or(0);
    out.truncate(got);
    Ok(out)
}

pub fn readinto(vm: &Vm, this: Value, target: Value) -> PyResult {
    read_into(vm, this, target, false)
}

pub fn readinto1(vm: &Vm, this: Value, target: Value) -> PyResult {
    read_into(vm, this, target, true)
}

fn read_into(vm: &Vm, this: Value, target: Value, once: bool) -> PyResult {
    let mut target = super::super::writable(vm, target, if once { "readinto1" } else { "readinto" })?;
    let raw = open_raw(vm, this, "readinto of closed file")?;
    let wanted = target.len();
    let mut done = data(this).ahead().min(wanted);
    target.as_mut_slice()[..done].copy_from_slice(take(this, done));
    if done == wanted {
        return int::from_usize(vm, done);
    }
    let _guard = enter(vm, this)?;
    settle(vm, this, *raw)?;
    let b = data(this);
    b.forget_read();
    b.at = 0;
    while done < wanted {
        // Much goes straight to its place; the rest through the buffer, so that what follows is there already.
        let rest = wanted - done;
        let direct = rest > data(this).size;
        if once && done > 0 && !direct {
            break;
        }
        let got = if direct {
            let mut room = zeroed(vm, rest)?;
            let got = raw::read(vm, this, *raw, &mut room)?;
            if let Some(n) = got {
                target.as_mut_slice()[done..done + n].copy_from_slice(&room[..n]);
            }
            got
        } else {
            let b = data(this);
            (b.at, b.read_end) = (0, None);
            raw::fill(vm, this, *raw, 0)?.map(|n| {
                let n = n.min(rest);
                target.as_mut_slice()[done..done + n].copy_from_slice(take(this, n));
                n
            })
        };
        match got {
            None if done == 0 => return Ok(Owned::none()),
            None | Some(0) => break,
            Some(n) => done += n,
        }
        if once && direct {
            break;
        }
    }
    int::from_usize(vm, done)
}

pub fn readline(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let limit = optional_size(vm, args[0], -1)?;
    super::raw_of(vm, this)?;
    line(vm, this, usize::try_from(limit).ok())
}

pub fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    super::raw_of(vm, this)?;
    let ty = type_of(vm, this);
    if ty != vm.types.io_reader && ty != vm.types.io_random {
        return base::overridden_line(vm, this, false);
    }
    let line = line(vm, this, None)?;
    Ok((!bytes::as_slice(&line).is_empty()).then_some(line))
}

/// The next line as a `bytes` object.
fn line(vm: &Vm, this: Value, limit: Option<usize>) -> PyResult {
    let raw = open_raw(vm, this, "readline of closed file")?;
    let room = |done: usize| limit.map_or(usize::MAX, |l| l - done);
    let end_in = |room: usize| {
        let b = data(this);
        let ahead = &b.buffer[b.at..b.at + b.ahead().min(room)];
        memchr(b'\n', ahead).map_or((ahead.len(), ahead.len() == room), |i| (i + 1, true))
    };
    // The end of the line is there most of the time.
    let (n, complete) = end_in(room(0));
    if complete {
        return bytes::new(vm, take(this, n));
    }
    let _guard = enter(vm, this)?;
    let mut out = take(this, n).to_vec();
    settle(vm, this, *raw)?;
    loop {
        let b = data(this);
        (b.at, b.read_end) = (0, None);
        if raw::fill(vm, this, *raw, 0)?.unwrap_or(0) == 0 {
            return bytes::new(vm, &out);
        }
        let (n, complete) = end_in(room(out.len()));
        out.extend_from_slice(take(this, n));
        if complete {
            return bytes::new(vm, &out);
        }
    }
}
