//! The raw stream below a buffered one. Exactly `FileIO` is called directly; anything else by its methods, with a view of
//! memory of its own, so that whoever keeps the view does no harm.

use taipan_layout::Value;

use super::super::{base, call};
use super::{data, fileio};
use crate::objects::{bytes, type_of};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

fn is_file(vm: &Vm, raw: Value) -> bool {
    type_of(vm, raw) == vm.types.io_file
}

pub fn is_closed(vm: &Vm, raw: Value) -> PyResult<bool> {
    if is_file(vm, raw) { Ok(fileio::is_closed(raw)) } else { super::super::is_closed(vm, raw) }
}

/// Notes the position that the raw stream tells.
fn positioned(vm: &Vm, this: Value, position: i64, what: &str) -> PyResult<i64> {
    if position < 0 {
        let text = format!("Raw stream returned invalid position {position}");
        let _ = what;
        return Err(vm.raise(vm.types.os_error, &text));
    }
    data(this).raw_position = Some(position);
    Ok(position)
}

fn offset_of(vm: &Vm, v: &Owned) -> PyResult<i64> {
    protocol::index::to_i64(vm, **v)
}

pub fn tell(vm: &Vm, this: Value, raw: Value) -> PyResult<i64> {
    let position = if is_file(vm, raw) {
        fileio::position(vm, raw)
    } else {
        call(vm, raw, *vm.names.tell, &[]).and_then(|p| offset_of(vm, &p))
    };
    match position {
        Ok(position) => positioned(vm, this, position, "tell"),
        Err(raised) => {
            data(this).raw_position = None;
            Err(raised)
        }
    }
}

/// The raw stream's position, asked for only when it is not known.
pub fn known_position(vm: &Vm, this: Value, raw: Value) -> PyResult<i64> {
    match data(this).raw_position {
        Some(position) => Ok(position),
        None => tell(vm, this, raw),
    }
}

pub fn seek(vm: &Vm, this: Value, raw: Value, target: i64, whence: i32) -> PyResult<i64> {
    let position = if is_file(vm, raw) {
        fileio::seek_to(vm, raw, target, whence)
    } else {
        let args = [crate::objects::int::new(vm, target)?, Owned::fixnum(i64::from(whence))];
        call(vm, raw, *vm.names.seek, &[*args[0], *args[1]]).and_then(|p| offset_of(vm, &p))
    };
    match position {
        Ok(position) => positioned(vm, this, position, "seek"),
        Err(raised) => {
            data(this).raw_position = None;
            Err(raised)
        }
    }
}

fn advance(this: Value, n: usize) {
    if let Some(position) = &mut data(this).raw_position {
        *position += n as i64;
    }
}

/// Reads into `room`, which is none of the stream's buffer; `None` when there is nothing for now.
pub fn read(vm: &Vm, this: Value, raw: Value, room: &mut [u8]) -> PyResult<Option<usize>> {
    let n = if is_file(vm, raw) {
        fileio::read_into(vm, raw, room)?
    } else {
        let memory = bytes::bytearray::new(vm, room)?;
        let view = bytes::memoryview::new(vm, *memory)?;
        let got = call(vm, raw, *vm.names.readinto, &[*view])?;
        if got.is_none() {
            None
        } else {
            let n = protocol::index::to_isize(vm, *got).map_err(|raised| {
                let cause = vm.take_exception(raised);
                let raised = vm.raise(vm.types.os_error, "raw readinto() failed");
                let error = vm.take_exception(raised);
                crate::objects::exceptions::set_cause(*error, Some(cause));
                vm.restore_exception(error)
            })?;
            let Some(n) = usize::try_from(n).ok().filter(|n| *n <= room.len()) else {
                let most = room.len();
                return Err(vm.raise(
                    vm.types.os_error,
                    &format!(
                        "raw readinto() returned invalid length {n} (should have been between 0 and {most})"
                    ),
                ));
            };
            room[..n].copy_from_slice(&bytes::bytearray::contents(&memory)[..n]);
            Some(n)
        }
    };
    advance(this, n.unwrap_or(0));
    Ok(n)
}

/// Reads into the stream's buffer from `from` on, up to its size.
pub fn fill(vm: &Vm, this: Value, raw: Value, from: usize) -> PyResult<Option<usize>> {
    let size = data(this).size;
    data(this).make_room(vm, size)?;
    let mut buffer = std::mem::take(&mut data(this).buffer);
    let got = read(vm, this, raw, &mut buffer[from..size]);
    let b = data(this);
    b.buffer = buffer;
    let got = got?;
    if let Some(n) = got.filter(|n| *n > 0) {
        b.read_end = Some(from + n);
        b.raw_at = from + n;
    }
    Ok(got)
}

/// Writes what can be written at once; `None` when that is nothing for now.
pub fn write(vm: &Vm, this: Value, raw: Value, bytes: &[u8]) -> PyResult<Option<usize>> {
    let n = if is_file(vm, raw) {
        fileio::write_from(vm, raw, bytes)?
    } else {
        let memory = crate::objects::bytes::new(vm, bytes)?;
        let view = crate::objects::bytes::memoryview::new(vm, *memory)?;
        let got = call(vm, raw, *vm.names.write, &[*view])?;
        if got.is_none() {
            None
        } else {
            let n = protocol::index::to_isize(vm, *got)?;
            let Some(n) = usize::try_from(n).ok().filter(|n| *n <= bytes.len()) else {
                let most = bytes.len();
                return Err(vm.raise(
                    vm.types.os_error,
                    &format!(
                        "raw write() returned invalid length {n} (should have been between 0 and {most})"
                    ),
                ));
            };
            Some(n)
        }
    };
    advance(this, n.unwrap_or(0));
    Ok(n)
}

/// Everything that the raw stream has left: bytes, or None when that is nothing for now. `Err(None)` inside: it has no
/// `readall`.
pub fn read_all(vm: &Vm, this: Value, raw: Value) -> PyResult<Option<Option<Vec<u8>>>> {
    if is_file(vm, raw) {
        let all = fileio::read_rest(vm, raw)?;
        advance(this, all.as_ref().map_or(0, Vec::len));
        return Ok(Some(all));
    }
    let Some(readall) = protocol::attr::get_optional(vm, raw, *vm.names.readall)? else { return Ok(None) };
    let all = protocol::call::positional(vm, *readall, &[])?;
    if all.is_none() {
        return Ok(Some(None));
    }
    if !bytes::is_bytes(vm, *all) {
        return Err(vm.type_error("readall() should return bytes"));
    }
    let all = bytes::as_slice(&all).to_vec();
    advance(this, all.len());
    Ok(Some(Some(all)))
}

pub fn check_seekable(vm: &Vm, raw: Value) -> PyResult<()> {
    base::check_seekable(vm, raw)
}
