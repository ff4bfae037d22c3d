//! Positions of buffered streams.

use taipan_layout::Value;

use super::super::{call, unsupported};
use super::{data, enter, open_raw, raw, raw_of, writing};
use crate::modules::native;
use crate::objects::int;
use crate::owned::PyResult;
use crate::protocol;
use crate::vm::Vm;

pub fn tell(vm: &Vm, this: Value) -> PyResult {
    let raw = raw_of(vm, this)?;
    let position = raw::tell(vm, this, *raw)? - data(this).raw_offset();
    // A raw stream that was moved behind this one's back may be before what was read from it.
    int::new(vm, position.max(0))
}

pub fn seek(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    raw_of(vm, this)?;
    let whence = match native::passed(args[1]) {
        Some(v) => protocol::index::to_i32(vm, v)?,
        None => libc::SEEK_SET,
    };
    if !matches!(whence, libc::SEEK_SET | libc::SEEK_CUR | libc::SEEK_END | libc::SEEK_DATA | libc::SEEK_HOLE)
    {
        return Err(vm.value_error(&format!("whence value {whence} unsupported")));
    }
    let raw = open_raw(vm, this, "seek of closed file")?;
    raw::check_seekable(vm, *raw)?;
    let target = protocol::index::to_i64(vm, args[0])?;
    // Within what was read ahead nothing but the position changes.
    if matches!(whence, libc::SEEK_SET | libc::SEEK_CUR) && data(this).reads {
        let current = raw::known_position(vm, this, *raw)?;
        let b = data(this);
        let ahead = b.ahead();
        if ahead > 0 {
            let here = current - b.raw_offset();
            let offset = if whence == libc::SEEK_SET { target.checked_sub(here) } else { Some(target) };
            if let Some(offset) = offset
                && offset >= -(b.at as i64)
                && offset <= ahead as i64
            {
                b.at = (b.at as i64 + offset) as usize;
                return int::new(vm, (here + offset).max(0));
            }
        }
    }
    let _guard = enter(vm, this)?;
    if data(this).writes {
        writing::flush_pending(vm, this, *raw)?;
    }
    let target = if whence == libc::SEEK_CUR { target - data(this).raw_offset() } else { target };
    let position = raw::seek(vm, this, *raw, target, whence)?;
    let b = data(this);
    (b.at, b.raw_at) = (0, 0);
    b.forget_read();
    int::new(vm, position)
}

pub fn truncate(vm: &Vm, this: Value, args: &[Value]) -> PyResult {
    let raw = open_raw(vm, this, "truncate of closed file")?;
    if !data(this).writes {
        return Err(unsupported(vm, "truncate"));
    }
    let _guard = enter(vm, this)?;
    writing::flush_and_rewind(vm, this, *raw)?;
    let position = native::passed(args[0]).unwrap_or(Value::NONE);
    let result = call(vm, *raw, *vm.names.truncate, &[position])?;
    // The position may have changed, and need not be known.
    if let Err(raised) = raw::tell(vm, this, *raw) {
        vm.discard(raised);
    }
    Ok(result)
}
