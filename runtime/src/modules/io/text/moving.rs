//! Positions in text files.
//!
//! `tell()` gives a number that `seek()` understands: the position in bytes of a safe place to begin decoding at, and what
//! to do from there, packed above it:
//!
//! | bits | what |
//! |---|---|
//! | 0–63 | position in bytes |
//! | 64–95 | flags of the decoder there |
//! | 96–127 | bytes to feed to the decoder |
//! | 128–159 | characters of the result to skip |
//! | 160–167 | whether the decoder is also to be told that it is the end |
//!
//! Almost always a place is found where the decoder holds nothing back, and the number is the position alone.

use dashu_int::{IBig, UBig};
use taipan_layout::Value;

use super::super::{call, unsupported};
use super::codec::State;
use super::{buffer, data, open_buffer, reading, writing};
use crate::modules::native;
use crate::objects::{bytes, int, str};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Cookie {
    position: u64,
    flags: u32,
    feed: u32,
    skip: u32,
    end: bool,
}

impl Cookie {
    fn pack(self, vm: &Vm) -> PyResult {
        if self == (Cookie { position: self.position, ..Cookie::default() }) {
            return int::from_u64(vm, self.position);
        }
        let mut all = [0u8; 21];
        all[..8].copy_from_slice(&self.position.to_le_bytes());
        all[8..12].copy_from_slice(&self.flags.to_le_bytes());
        all[12..16].copy_from_slice(&self.feed.to_le_bytes());
        all[16..20].copy_from_slice(&self.skip.to_le_bytes());
        all[20] = u8::from(self.end);
        int::from_big(vm, IBig::from(UBig::from_le_bytes(&all)))
    }

    /// `None`: no `tell()` gave this number.
    fn unpack(v: Value) -> Option<Cookie> {
        if let Some(n) = int::as_i64(v) {
            return Some(Cookie { position: u64::try_from(n).ok()?, ..Cookie::default() });
        }
        let magnitude = UBig::try_from(int::to_big(v)?).ok()?;
        let given = magnitude.to_le_bytes();
        let mut all = [0u8; 21];
        all.get_mut(..given.len())?.copy_from_slice(&given);
        let word = |at: usize| u32::from_le_bytes([all[at], all[at + 1], all[at + 2], all[at + 3]]);
        Some(Cookie {
            position: u64::from(word(0)) | u64::from(word(4)) << 32,
            flags: word(8),
            feed: word(12),
            skip: word(16),
            end: all[20] != 0,
        })
    }
}

pub(super) fn tell(vm: &Vm, this: Value) -> PyResult {
    let below = open_buffer(vm, this)?;
    if !data(this).seekable {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    if !data(this).telling {
        return Err(vm.raise(vm.types.os_error, "telling position disabled by next() call"));
    }
    writing::flush_pending(vm, this, *below)?;
    call(vm, this, *vm.names.flush, &[])?;
    let position = call(vm, *below, *vm.names.tell, &[])?;
    let Some((flags, chunk)) = data(this).snapshot.clone().filter(|_| data(this).decoder.is_some()) else {
        return Ok(position);
    };
    let position = protocol::index::to_i64(vm, *position)? - chunk.len() as i64;
    let (_, used) = reading::place(this);
    if used == 0 {
        return Cookie { position: position as u64, flags: flags as u32, ..Cookie::default() }.pack(vm);
    }
    let saved = reading::with_decoder(vm, this, |d, _| d.state(vm))?;
    let cookie = find_place(vm, this, position, flags, &chunk, used);
    reading::with_decoder(vm, this, |d, _| d.set_state(vm, &saved))?;
    cookie?.pack(vm)
}

/// Decodes from where the decoder is; the number of characters.
fn decode(vm: &Vm, this: Value, input: &[u8], last: bool) -> PyResult<usize> {
    reading::with_decoder(vm, this, |d, errors| Ok(str::length(*d.decode(vm, input, errors, last)?)))
}

fn state(vm: &Vm, this: Value) -> PyResult<State> {
    reading::with_decoder(vm, this, |d, _| d.state(vm))
}

fn set_state(vm: &Vm, this: Value, held: &[u8], flags: i64) -> PyResult<()> {
    reading::with_decoder(vm, this, |d, _| d.set_state(vm, &(held.to_vec(), flags)))
}

/// The place of the character `used` of a chunk that begins at `position`.
fn find_place(
    vm: &Vm,
    this: Value,
    position: i64,
    flags: i64,
    chunk: &[u8],
    used: usize,
) -> PyResult<Cookie> {
    // A guess by the average width of characters finds a safe place at or before the character, near to it.
    let mut flags = flags;
    let mut skip = used;
    let mut start = ((data(this).ratio * used as f64) as usize).min(chunk.len());
    let mut back = 1;
    while start > 0 {
        set_state(vm, this, b"", flags)?;
        let n = decode(vm, this, &chunk[..start], false)?;
        if n <= used {
            let (held, now) = state(vm, this)?;
            if held.is_empty() {
                (flags, skip) = (now, used - n);
                break;
            }
            start = start.saturating_sub(held.len());
            back = 1;
        } else {
            start = start.saturating_sub(back);
            back *= 2;
        }
    }
    if start == 0 {
        set_state(vm, this, b"", flags)?;
    }
    let mut cookie =
        Cookie { position: (position + start as i64) as u64, flags: flags as u32, ..Cookie::default() };
    if skip == 0 {
        return Ok(cookie);
    }
    // Byte by byte from there, moving the safe place along.
    let (mut fed, mut decoded) = (0u32, 0);
    for byte in &chunk[start..] {
        fed += 1;
        decoded += decode(vm, this, &[*byte], false)?;
        let (held, now) = state(vm, this)?;
        if held.is_empty() && decoded <= skip {
            cookie.position += u64::from(fed);
            cookie.flags = now as u32;
            skip -= decoded;
            (fed, decoded) = (0, 0);
        }
        if decoded >= skip {
            break;
        }
    }
    if decoded < skip {
        // The end of the file made characters of what the decoder held back.
        decoded += decode(vm, this, b"", true)?;
        cookie.end = true;
        if decoded < skip {
            return Err(vm.raise(vm.types.os_error, "can't reconstruct logical file position"));
        }
    }
    cookie.feed = fed;
    cookie.skip = skip as u32;
    Ok(cookie)
}

pub(super) fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let whence = match native::passed(args[1]) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => libc::SEEK_SET,
    };
    let below = open_buffer(vm, this)?;
    if !data(this).seekable {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let is_zero = || protocol::compare::equal(vm, args[0], Value::fixnum(0));
    let cookie = match whence {
        libc::SEEK_SET => args[0].own(),
        libc::SEEK_CUR => {
            if !is_zero()? {
                return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
            }
            // Seeking to where it is also brings the layers below there.
            call(vm, this, *vm.names.tell, &[])?
        }
        libc::SEEK_END => {
            if !is_zero()? {
                return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
            }
            return seek_end(vm, this, *below);
        }
        _ => return Err(vm.value_error(&format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    if !int::is_int(vm, *cookie) {
        let got = crate::objects::type_of(vm, *cookie).name_str();
        return Err(vm.type_error(&format!("'{got}' object cannot be interpreted as an integer")));
    }
    if int::is_negative(*cookie) {
        let shown = protocol::object::repr_string(vm, *cookie)?;
        return Err(vm.value_error(&format!("negative seek position {shown}")));
    }
    let Some(place) = Cookie::unpack(*cookie) else {
        return Err(vm.overflow_error("int too big to convert"));
    };
    call(vm, this, *vm.names.flush, &[])?;
    let position = int::from_u64(vm, place.position)?;
    call(vm, *below, *vm.names.seek, &[*position])?;
    writing::forget_read(this);
    let flags = i64::from(place.flags as i32);
    if data(this).decoder.is_some() {
        if place.position == 0 && flags == 0 {
            reading::with_decoder(vm, this, |d, _| d.reset(vm))?;
        } else {
            set_state(vm, this, b"", flags)?;
        }
    }
    if data(this).decoder.is_some() && (place.skip > 0 || place.feed > 0 || flags != 0) {
        feed(vm, this, *below, place, flags)?;
    }
    // A place other than the beginning needs no byte order mark.
    let beginning = place == Cookie::default();
    writing::restart_encoder(vm, this, beginning)?;
    Ok(cookie)
}

/// Brings the decoder, which is at the safe place, to the character that is meant.
fn feed(vm: &Vm, this: Value, below: Value, place: Cookie, flags: i64) -> PyResult<()> {
    if place.skip == 0 {
        data(this).snapshot = Some((flags, Vec::new()));
        return Ok(());
    }
    let input = call(vm, below, *vm.names.read, &[Value::fixnum(i64::from(place.feed))])?;
    if !bytes::is_bytes(vm, *input) {
        let text = "underlying read() should have returned a bytes object, not";
        return Err(super::super::failed_type(vm, vm.types.type_error, text, *input));
    }
    let input = bytes::as_slice(&input).to_vec();
    let text = reading::with_decoder(vm, this, |d, errors| d.decode(vm, &input, errors, place.end))?;
    if str::length(*text) < place.skip as usize {
        return Err(vm.raise(vm.types.os_error, "can't restore logical file position"));
    }
    let t = data(this);
    t.snapshot = Some((flags, input));
    t.used = place.skip as usize;
    let old = t.decoded.replace(text);
    drop(old);
    Ok(())
}

fn seek_end(vm: &Vm, this: Value, below: Value) -> PyResult {
    call(vm, this, *vm.names.flush, &[])?;
    writing::forget_read(this);
    if data(this).decoder.is_some() {
        reading::with_decoder(vm, this, |d, _| d.reset(vm))?;
    }
    let position = call(vm, below, *vm.names.seek, &[Value::fixnum(0), Value::fixnum(2)])?;
    let beginning = protocol::compare::equal(vm, *position, Value::fixnum(0))?;
    writing::restart_encoder(vm, this, beginning)?;
    Ok(position)
}

pub(super) fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let below = buffer(vm, this)?;
    call(vm, this, *vm.names.flush, &[])?;
    let size: Owned = native::passed(args[0]).unwrap_or(Value::NONE).own();
    call(vm, *below, *vm.names.truncate, &[*size])
}
