//! The short way for `print()`: pieces of text go straight to what is pending in a text file of which nothing is a program's
//! own, without strings in between and without calls.

use taipan_layout::Value;

use super::super::newlines::find;
use super::{codec::Encoder, data, is_exact_file_closed, writing};
use crate::objects::{dict, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// A text file that takes pieces of text.
pub struct Sink {
    file: Owned,
    below: Owned,
    /// A line end went by, in a file that writes out line by line.
    due: bool,
}

impl Sink {
    /// The file, if its `write` does nothing but what is done here.
    pub fn of(vm: &Vm, v: Value) -> Option<Sink> {
        if type_of(vm, v) != vm.types.io_text {
            return None;
        }
        let t = data(v);
        let plain = t.ready
            && t.decoder.is_none()
            && t.mode.written.is_none()
            && t.encoder.as_ref().is_some_and(Encoder::keeps_ascii)
            && t.dict.get().is_none_or(|d| dict::get_str(vm, d, *vm.names.write).is_none());
        let below = t.buffer.clone().filter(|_| plain)?;
        (is_exact_file_closed(vm, v, *below) == Some(false)).then(|| Sink {
            file: v.own(),
            below,
            due: false,
        })
    }

    pub fn push_ascii(&mut self, vm: &Vm, text: &[u8]) -> PyResult<()> {
        self.due |= data(*self.file).line_buffering && memchr::memchr2(b'\n', b'\r', text).is_some();
        writing::push_bytes(vm, *self.file, *self.below, text)
    }

    pub fn push_text(&mut self, vm: &Vm, text: Value) -> PyResult<()> {
        if let Some(ascii) = str::ascii(&text) {
            return self.push_ascii(vm, ascii);
        }
        let view = str::view(&text);
        self.due |= data(*self.file).line_buffering
            && (find(view, 0, b'\n').is_some() || find(view, 0, b'\r').is_some());
        writing::push(vm, *self.file, *self.below, text)
    }

    /// The decimal digits of `n`.
    pub fn push_integer(&mut self, vm: &Vm, n: i64) -> PyResult<()> {
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = n.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if n < 0 {
            at -= 1;
            digits[at] = b'-';
        }
        self.push_ascii(vm, &digits[at..])
    }

    /// Writes out what should not wait.
    pub fn finish(self, vm: &Vm) -> PyResult<()> {
        let t = data(*self.file);
        if self.due || t.write_through || t.pending.len() >= t.chunk_size {
            writing::flush_pending(vm, *self.file, *self.below)?;
        }
        if self.due { writing::flush_buffer(vm, *self.below) } else { Ok(()) }
    }
}
