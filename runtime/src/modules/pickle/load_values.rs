//! Opcodes with contents: numbers, bytes and text.

use super::load::Loader;
use super::{truncated, unpickling_error};
use crate::modules::codecs;
use crate::objects::{bytes, float, int, str};
use crate::owned::{Owned, PyResult};
use crate::protocol;
use taipan_text::int::{self as big, ByteOrder};

impl Loader<'_> {
    /// Text in UTF-8, in which surrogates are allowed.
    #[inline]
    pub fn load_text(&mut self, size: usize) -> PyResult<()> {
        let vm = self.vm;
        let piece = self.input.read(size)?;
        let data = self.input.piece(piece);
        let text = if data.is_ascii() {
            str::from_ascii(vm, data)?
        } else if std::str::from_utf8(data).is_ok() {
            str::from_wtf8(vm, data)?
        } else {
            let copy = bytes::new(vm, data)?;
            str::codec::decode(vm, *copy, bytes::as_slice(&copy), "utf-8", "surrogatepass")?
        };
        self.push(text);
        Ok(())
    }

    pub fn load_bytes(&mut self, size: usize) -> PyResult<()> {
        /// What an object needs besides its contents.
        const HEAD: usize = 33;
        let vm = self.vm;
        if size > isize::MAX as usize - HEAD {
            return Err(vm.overflow_error("byte string is too large"));
        }
        let piece = self.input.read(size)?;
        let made = bytes::new(vm, self.input.piece(piece))?;
        self.push(made);
        Ok(())
    }

    /// An integer in two's complement, little end first.
    pub fn load_long(&mut self, size: usize) -> PyResult<()> {
        let vm = self.vm;
        let piece = self.input.read(size)?;
        let data = self.input.piece(piece);
        let made = if data.len() <= 8 {
            let sign = if data.last().is_some_and(|b| b & 0x80 != 0) { 0xFF } else { 0 };
            let mut word = [sign; 8];
            word[..data.len()].copy_from_slice(data);
            int::new(vm, i64::from_le_bytes(word))?
        } else {
            int::from_big(vm, big::from_bytes(data, ByteOrder::Little, true))?
        };
        self.push(made);
        Ok(())
    }

    /// Python 2's strings: text in the encoding that the caller told, or bytes.
    pub fn load_8_bit(&mut self, size: usize) -> PyResult<()> {
        let vm = self.vm;
        let piece = self.input.read(size)?;
        let data = bytes::new(vm, self.input.piece(piece))?;
        let made = self.decoded(data)?;
        self.push(made);
        Ok(())
    }

    fn decoded(&self, data: Owned) -> PyResult {
        let s = self.state();
        if s.encoding == "bytes" {
            return Ok(data);
        }
        let (encoding, errors) = (s.encoding.clone(), s.errors.clone());
        str::codec::decode(self.vm, *data, bytes::as_slice(&data), &encoding, &errors)
    }

    pub fn load_string(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let piece = self.input.line()?;
        let line = self.input.piece(piece);
        let line = &line[..line.len() - 1];
        let contents = match line {
            [first @ (b'\'' | b'"'), contents @ .., last] if first == last => contents.to_vec(),
            _ => return Err(unpickling_error(vm, "the STRING opcode argument must be quoted")),
        };
        let data = bytes::new(vm, &codecs::unescape_bytes(vm, &contents)?)?;
        let made = self.decoded(data)?;
        self.push(made);
        Ok(())
    }

    pub fn load_escaped_text(&mut self) -> PyResult<()> {
        let piece = self.input.line()?;
        let line = self.input.piece(piece);
        let line = line[..line.len() - 1].to_vec();
        let made = codecs::decode_raw_unicode_escape(self.vm, &line)?;
        self.push(made);
        Ok(())
    }

    /// A number in decimal digits, with the line's end, which messages show.
    fn decimal(&self, line: &[u8]) -> PyResult {
        let text = str::from_view(self.vm, str::StrView::One(line))?;
        int::parse_str(self.vm, *text, 10)
    }

    /// An integer, or a bool in two digits.
    pub fn load_int(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let line = self.argument()?;
        let made = match self.decimal(&line) {
            Ok(made) => made,
            Err(raised) => {
                drop(vm.catch(raised, vm.types.value_error)?);
                return Err(vm.value_error("could not convert string to int"));
            }
        };
        let made = match int::as_i64(*made) {
            Some(n @ (0 | 1)) if line.len() == 3 => Owned::bool(n == 1),
            _ => made,
        };
        self.push(made);
        Ok(())
    }

    pub fn load_decimal_long(&mut self) -> PyResult<()> {
        let mut line = self.argument()?;
        if line[line.len() - 2] == b'L' {
            line.truncate(line.len() - 2);
        }
        let made = self.decimal(&line)?;
        self.push(made);
        Ok(())
    }

    pub fn load_decimal_float(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let line = self.argument()?;
        let digits = &line[..line.len() - 1];
        let is_plain = !digits.iter().any(|b| b.is_ascii_whitespace() || *b == b'_');
        let text = str::from_view(vm, str::StrView::One(digits))?;
        let value = match float::parse_str(vm, *text) {
            Ok(value) if is_plain => value,
            Ok(_) => return Err(vm.value_error("could not convert string to float")),
            Err(raised) => {
                drop(vm.catch(raised, vm.types.value_error)?);
                let line = String::from_utf8_lossy(&line).into_owned();
                return Err(vm.value_error(&format!("could not convert string to float: '{line}'")));
            }
        };
        self.push(float::new(vm, value)?);
        Ok(())
    }

    /// The number of a remembered object.
    fn number(&mut self) -> PyResult<i64> {
        let line = self.argument()?;
        let number = self.decimal(&line)?;
        protocol::index::to_i64(self.vm, *number)
    }

    pub fn load_get(&mut self) -> PyResult<()> {
        let number = self.number()?;
        match usize::try_from(number) {
            Ok(number) => self.get(number),
            Err(_) => Err(self.not_found(number)),
        }
    }

    pub fn load_put(&mut self) -> PyResult<()> {
        let number = self.number()?;
        self.top()?;
        match usize::try_from(number) {
            Ok(number) => self.put(number),
            Err(_) => Err(self.vm.value_error("negative PUT argument")),
        }
    }

    pub fn load_persistent_line(&mut self) -> PyResult<()> {
        let vm = self.vm;
        let piece = self.input.line()?;
        let line = self.input.piece(piece);
        if line.is_empty() {
            return Err(truncated(vm));
        }
        let line = &line[..line.len() - 1];
        if !line.is_ascii() {
            let text = "persistent IDs in protocol 0 must be ASCII strings";
            return Err(unpickling_error(vm, text));
        }
        let id = str::from_ascii(vm, line)?;
        self.load_persistent(id)
    }
}
