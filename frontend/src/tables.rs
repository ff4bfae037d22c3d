//! Decoders of a code object's two compressed side tables.
//!
//! **Location table** (`co_linetable`, PEP 626 and PEP 657). A sequence of entries; each covers 1 to 8
//! code units. The first byte is `1cccclll`: a form `c` and the length minus one. The line is a delta
//! against the previous entry, so the table is read from its start:
//!
//! ```text
//! c = 0..=9    same line; second byte sssseeee: column 8c + s (3 bits), end column = column + e
//! c = 10..=12  line += c - 10; column byte, end column byte
//! c = 13       line += svarint; no columns
//! c = 14       line += svarint; end line delta, column + 1, end column + 1 as varints
//! c = 15       no location at all (compiler-made code)
//! ```
//!
//! **Exception table** (`co_exceptiontable`). Entries `start, length, target, depth << 1 | lasti`, in
//! code units, sorted by start and disjoint. Numbers are big-endian groups of six bits with a
//! continuation bit; the first byte of an entry, and no other, has its top bit set. So an entry can be
//! found from any byte inside it, and [`find_handler`] searches by bisection without decoding or
//! allocating anything.
//!
//! Damaged tables end the iteration; nothing here panics. All offsets in the results are in bytes from
//! the start of `co_code`.
//!
//! Sources: CPython's `InternalDocs/code_objects.md` and `InternalDocs/exception_handling.md`.

/// A run of instructions with one source location. Columns are UTF-8 byte offsets in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// Byte offset of the first instruction.
    pub start: u32,
    /// Byte offset after the last instruction.
    pub end: u32,
    pub line: Option<i32>,
    pub end_line: Option<i32>,
    pub column: Option<u32>,
    pub end_column: Option<u32>,
}

/// The entries of a location table, in order.
#[derive(Clone, Debug)]
pub struct Locations<'a> {
    table: &'a [u8],
    line: i32,
    offset: u32,
}

/// Iterates over a location table; `firstlineno` is the code object's.
pub fn locations(table: &[u8], firstlineno: i32) -> Locations<'_> {
    Locations { table, line: firstlineno, offset: 0 }
}

/// The location of the instruction at byte `offset`. Takes time proportional to the offset: the
/// table is a chain of deltas.
pub fn find_location(table: &[u8], firstlineno: i32, offset: u32) -> Option<Location> {
    locations(table, firstlineno).find(|entry| offset < entry.end)
}

impl Locations<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.table.split_first()?;
        self.table = rest;
        Some(first)
    }

    /// Little-endian groups of six bits; bit 6 continues.
    fn varint(&mut self) -> Option<u32> {
        let mut value = 0u32;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u32::from(byte & 0x3F).checked_shl(shift)?;
            if byte & 0x40 == 0 {
                return Some(value);
            }
            shift += 6;
        }
    }

    /// Sign in the lowest bit.
    fn svarint(&mut self) -> Option<i32> {
        let value = self.varint()?;
        let magnitude = (value >> 1) as i32;
        Some(if value & 1 != 0 { -magnitude } else { magnitude })
    }

    fn move_line(&mut self, delta: i32) -> Option<i32> {
        self.line = self.line.wrapping_add(delta);
        Some(self.line)
    }
}

impl Iterator for Locations<'_> {
    type Item = Location;

    fn next(&mut self) -> Option<Location> {
        let first = self.byte()?;
        let start = self.offset;
        let end = start.checked_add(2 * (u32::from(first & 7) + 1))?;
        self.offset = end;
        let no_location = Location { start, end, line: None, end_line: None, column: None, end_column: None };
        Some(match first >> 3 & 15 {
            form @ 0..=9 => {
                let second = self.byte()?;
                let column = u32::from(form) << 3 | u32::from(second >> 4);
                Location {
                    line: Some(self.line),
                    end_line: Some(self.line),
                    column: Some(column),
                    end_column: Some(column + u32::from(second & 15)),
                    ..no_location
                }
            }
            form @ 10..=12 => {
                let line = self.move_line(i32::from(form) - 10);
                let column = Some(u32::from(self.byte()?));
                let end_column = Some(u32::from(self.byte()?));
                Location { line, end_line: line, column, end_column, ..no_location }
            }
            13 => {
                let delta = self.svarint()?;
                let line = self.move_line(delta);
                Location { line, end_line: line, ..no_location }
            }
            14 => {
                let delta = self.svarint()?;
                let line = self.move_line(delta);
                let end_line = Some(self.line.wrapping_add_unsigned(self.varint()?));
                // Zero stands for "no column".
                let column = self.varint()?.checked_sub(1);
                let end_column = self.varint()?.checked_sub(1);
                Location { line, end_line, column, end_column, ..no_location }
            }
            _ => no_location,
        })
    }
}

/// A range of bytes of code on one line, as `co_lines()` yields them: neighbouring locations on the
/// same line are one range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    pub start: u32,
    pub end: u32,
    pub line: Option<i32>,
}

/// The ranges of `co_lines()`.
pub fn line_ranges(table: &[u8], firstlineno: i32) -> impl Iterator<Item = LineRange> + '_ {
    let mut entries = locations(table, firstlineno).peekable();
    std::iter::from_fn(move || {
        let first = entries.next()?;
        let mut end = first.end;
        while let Some(more) = entries.next_if(|entry| entry.line == first.line) {
            end = more.end;
        }
        Some(LineRange { start: first.start, end, line: first.line })
    })
}

/// An entry of the exception table: an exception raised in `start..end` continues at `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    pub start: u32,
    /// Byte offset after the last covered instruction.
    pub end: u32,
    pub target: u32,
    /// The stack is cut to this height before the exception is pushed.
    pub depth: u32,
    /// Whether the offset of the raising instruction is pushed below the exception.
    pub push_lasti: bool,
}

const ENTRY_START: u8 = 0x80;

/// Iterates over an exception table.
pub fn handlers(table: &[u8]) -> impl Iterator<Item = Handler> + '_ {
    let mut rest = table;
    std::iter::from_fn(move || read_handler(&mut rest))
}

/// The handler of an exception raised by the instruction at byte `offset`.
pub fn find_handler(table: &[u8], offset: u32) -> Option<Handler> {
    // Invariant: an entry that covers `offset` starts in `low..high`.
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let mut middle = low + (high - low) / 2;
        while middle > low && table[middle] & ENTRY_START == 0 {
            middle -= 1;
        }
        let mut rest = &table[middle..];
        let entry = read_handler(&mut rest)?;
        if offset < entry.start {
            high = middle;
        } else if offset < entry.end {
            return Some(entry);
        } else {
            low = table.len() - rest.len();
        }
    }
    None
}

fn read_handler(rest: &mut &[u8]) -> Option<Handler> {
    let start = read_group(rest)?;
    let size = read_group(rest)?;
    let target = read_group(rest)?;
    let depth_lasti = read_group(rest)?;
    Some(Handler {
        start: start.checked_mul(2)?,
        end: start.checked_add(size)?.checked_mul(2)?,
        target: target.checked_mul(2)?,
        depth: depth_lasti >> 1,
        push_lasti: depth_lasti & 1 != 0,
    })
}

/// Big-endian groups of six bits; bit 6 continues.
fn read_group(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    loop {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value = value.checked_mul(64)? | u32::from(byte & 0x3F);
        if byte & 0x40 == 0 {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests;
