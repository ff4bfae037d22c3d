//! The type codes of arrays: what an item is as bytes, and as a Python value.

use taipan_layout::Value;

use crate::objects::{float, int, is_instance, str, type_of};
use crate::owned::{Owned, PyResult, Raised};
use crate::protocol;
use crate::vm::Vm;

pub const TYPECODES: &str = "bBuwhHiIlLqQfd";

/// What an array holds. Items are in the byte order of the machine, which is little-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Code(u8);

impl Code {
    pub fn of(c: u32) -> Option<Code> {
        TYPECODES.bytes().find(|code| u32::from(*code) == c).map(Code)
    }
    pub fn letter(self) -> char {
        self.0 as char
    }
    pub fn itemsize(self) -> usize {
        match self.0 {
            b'h' | b'H' => 2,
            b'u' | b'w' | b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'd' => 8,
            _ => 1,
        }
    }
    pub fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }
    fn is_real(self) -> bool {
        matches!(self.0, b'f' | b'd')
    }
    fn is_signed(self) -> bool {
        self.0.is_ascii_lowercase()
    }
    /// The format under which the memory is exported; `None` for plain bytes.
    pub fn buffer_format(self) -> Option<&'static str> {
        Some(match self.0 {
            b'b' => "b",
            b'u' | b'w' => "w",
            b'h' => "h",
            b'H' => "H",
            b'i' => "i",
            b'I' => "I",
            b'l' => "l",
            b'L' => "L",
            b'q' => "q",
            b'Q' => "Q",
            b'f' => "f",
            b'd' => "d",
            _ => return None,
        })
    }

    /// An item as a Python value.
    pub fn decode(self, vm: &Vm, raw: &[u8]) -> PyResult {
        let mut word = [0; 8];
        word[..raw.len()].copy_from_slice(raw);
        let word = u64::from_le_bytes(word);
        match self.0 {
            b'f' => float::new(vm, f64::from(f32::from_bits(word as u32))),
            b'd' => float::new(vm, f64::from_bits(word)),
            b'u' | b'w' => {
                if word > 0x10_FFFF {
                    return Err(
                        vm.value_error(&format!("character U+{word:x} is not in range [U+0000; U+10ffff]"))
                    );
                }
                str::from_char(vm, word as u32)
            }
            _ if self.is_signed() => {
                let unused = 64 - 8 * raw.len() as u32;
                int::new(vm, (word << unused) as i64 >> unused)
            }
            _ => int::from_u64(vm, word),
        }
    }

    /// A Python value as an item; only the first `itemsize` bytes count. May run Python.
    pub fn encode(self, vm: &Vm, v: Value) -> PyResult<[u8; 8]> {
        if self.is_text() {
            return Ok(u64::from(character(vm, v)?).to_le_bytes());
        }
        if self.is_real() {
            let real = protocol::number::to_float(vm, v)?;
            return Ok(match self.0 {
                b'f' => u64::from((real as f32).to_bits()),
                _ => real.to_bits(),
            }
            .to_le_bytes());
        }
        self.encode_integer(vm, v)
    }

    fn encode_integer(self, vm: &Vm, v: Value) -> PyResult<[u8; 8]> {
        let exact = protocol::number::index(vm, v)?;
        let bits = self.itemsize() as u32 * 8;
        let (low, high) = if self.is_signed() {
            (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
        } else {
            (0, (1i128 << bits) - 1)
        };
        let Some(n) = int::to_big(*exact).and_then(|n| i128::try_from(n).ok()) else {
            return Err(self.out_of_range(vm, int::view(*exact).is_negative(), i128::MAX));
        };
        if !(low..=high).contains(&n) {
            return Err(self.out_of_range(vm, n < 0, n));
        }
        Ok((n as u64).to_le_bytes())
    }

    /// CPython converts to a C type first and compares with the item's range then; its messages tell which of the two failed.
    #[cold]
    fn out_of_range(self, vm: &Vm, negative: bool, n: i128) -> Raised {
        let text = match self.0 {
            b'I' | b'L' if negative => "can't convert negative value to unsigned int".to_owned(),
            b'I' if n <= i128::from(u64::MAX) => "unsigned int is greater than maximum".to_owned(),
            b'I' | b'L' => "Python int too large to convert to C unsigned long".to_owned(),
            b'Q' if negative => "can't convert negative int to unsigned".to_owned(),
            b'q' | b'Q' => "int too big to convert".to_owned(),
            b'l' => "Python int too large to convert to C long".to_owned(),
            _ if i64::try_from(n).is_err() => "Python int too large to convert to C long".to_owned(),
            code => {
                let side = if negative { "less than minimum" } else { "greater than maximum" };
                let what = match code {
                    b'b' | b'h' if i16::try_from(n).is_err() => "signed short integer",
                    b'b' => "signed char",
                    b'B' => "unsigned byte integer",
                    b'H' if i32::try_from(n).is_ok() => "unsigned short",
                    _ => "signed integer",
                };
                format!("{what} is {side}")
            }
        };
        vm.overflow_error(&text)
    }
}

fn character(vm: &Vm, v: Value) -> PyResult<u32> {
    if !is_instance(vm, v, vm.types.str) {
        let got = type_of(vm, v).name_str();
        return Err(vm.type_error(&format!("array item must be a unicode character, not {got}")));
    }
    let text = str::view(&v);
    if text.len() != 1 {
        let n = text.len();
        return Err(
            vm.type_error(&format!("array item must be a unicode character, not a string of length {n}"))
        );
    }
    Ok(text.get(0))
}

/// The formats of `_array_reconstructor`: how the bytes of a pickled array are to be read on any machine.
#[derive(Clone, Copy)]
pub struct MachineFormat {
    size: usize,
    signed: bool,
    real: bool,
    big_endian: bool,
    text: bool,
}

impl MachineFormat {
    /// The format of this number; see CPython's `enum machine_format_code`.
    pub fn of(number: i64) -> Option<MachineFormat> {
        let plain =
            |size, signed, big_endian| MachineFormat { size, signed, real: false, big_endian, text: false };
        let odd = number & 1 != 0;
        Some(match number {
            0 => plain(1, false, false),
            1 => plain(1, true, false),
            2 | 3 => plain(2, false, odd),
            4 | 5 => plain(2, true, odd),
            6 | 7 => plain(4, false, odd),
            8 | 9 => plain(4, true, odd),
            10 | 11 => plain(8, false, odd),
            12 | 13 => plain(8, true, odd),
            14 | 15 => MachineFormat { real: true, ..plain(4, true, odd) },
            16 | 17 => MachineFormat { real: true, ..plain(8, true, odd) },
            18 | 19 => MachineFormat { text: true, ..plain(2, false, odd) },
            20 | 21 => MachineFormat { text: true, ..plain(4, false, odd) },
            _ => return None,
        })
    }

    /// The number of the format in which this machine keeps arrays of `code`.
    pub fn number_of(code: Code) -> i64 {
        match (code.0, code.itemsize()) {
            (b'f', _) => 14,
            (b'd', _) => 16,
            (b'u' | b'w', _) => 20,
            (_, 1) => i64::from(code.is_signed()),
            (_, 2) => 2 + 2 * i64::from(code.is_signed()),
            (_, 4) => 6 + 2 * i64::from(code.is_signed()),
            _ => 10 + 2 * i64::from(code.is_signed()),
        }
    }

    /// The values that `data` holds.
    pub fn values(self, vm: &Vm, data: &[u8]) -> PyResult<Vec<Owned>> {
        if !data.len().is_multiple_of(self.size) {
            return Err(vm.value_error("bytes length not a multiple of item size"));
        }
        let mut words = data.chunks(self.size).map(|raw| {
            let mut word = [0; 8];
            word[..self.size].copy_from_slice(raw);
            if self.big_endian {
                word[..self.size].reverse();
            }
            u64::from_le_bytes(word)
        });
        if self.text && self.size == 2 {
            let units: Vec<u16> = words.map(|w| w as u16).collect();
            return char::decode_utf16(units)
                .map(|c| str::from_char(vm, c.map_or_else(|e| e.unpaired_surrogate().into(), u32::from)))
                .collect();
        }
        words.try_fold(Vec::new(), |mut all, word| {
            all.push(match (self.real, self.size) {
                (true, 4) => float::new(vm, f64::from(f32::from_bits(word as u32))),
                (true, _) => float::new(vm, f64::from_bits(word)),
                _ if self.text => str::from_char(vm, word.min(0x10_FFFF) as u32),
                _ if self.signed => {
                    let unused = 64 - 8 * self.size as u32;
                    int::new(vm, (word << unused) as i64 >> unused)
                }
                _ => int::from_u64(vm, word),
            }?);
            Ok(all)
        })
    }
}
