//! The tables of the double-byte encodings: what each code stands for, and the way back.
//!
//! `tables/make.py` made the files of a CPython's results and describes their form. A table is inflated when its encoding is
//! looked for first.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// A single byte that begins nothing.
const ILLEGAL: u16 = 0xFFFF;
/// A single byte that others follow.
const LEAD: u16 = 0xFFFE;
/// The first cell that stands for a sequence.
const SEQUENCE: u16 = 0xD800;
const LAST_SEQUENCE: u16 = 0xDFFF;
/// An exception that says: cannot be encoded.
const NOTHING: u32 = u32::MAX;

const FIRST_ROW: u8 = 0x81;
const ROWS: usize = 0x7E;
const FIRST_CELL: u8 = 0x30;
const CELLS: usize = 0xCF;

/// A table of the files.
pub struct Source {
    packed: &'static [u8],
    base: Option<&'static Source>,
    table: OnceLock<Table>,
}

macro_rules! sources {
    ($($name:ident $file:literal $base:expr;)*) => {
        $(pub static $name: Source =
            Source { packed: include_bytes!(concat!("tables/", $file, ".bin")), base: $base, table: OnceLock::new() };)*
    };
}

sources! {
    GBK "gbk" None;
    GB2312 "gb2312" Some(&GBK);
    GB18030 "gb18030" Some(&GBK);
    BIG5 "big5" None;
    CP950 "cp950" Some(&BIG5);
    BIG5HKSCS "big5hkscs" Some(&BIG5);
    CP949 "cp949" None;
    EUC_KR "euc_kr" Some(&CP949);
    JOHAB "johab" None;
    CP932 "cp932" None;
    SHIFT_JIS "shift_jis" Some(&CP932);
    SHIFT_JIS_2004 "shift_jis_2004" Some(&SHIFT_JIS);
    EUC_JP "euc_jp" None;
    EUC_JIS_2004 "euc_jis_2004" Some(&EUC_JP);
}

impl Source {
    pub fn table(&'static self) -> &'static Table {
        self.table.get_or_init(|| {
            let unpacked = miniz_oxide::inflate::decompress_to_vec(self.packed).unwrap_or_default();
            Table::read(&unpacked, self.base.map(Source::table))
        })
    }
}

/// What a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Single {
    Char(u32),
    Illegal,
    Lead,
}

pub struct Table {
    singles: Vec<u16>,
    /// By the byte in front of their pairs.
    planes: Vec<(u8, Vec<u16>)>,
    sequences: Vec<(u32, u32)>,
    /// Four-byte codes: number, code point, how many.
    ranges: Vec<[u32; 3]>,
    /// Codes of the code points below 0x10000; NOTHING: none.
    codes: Vec<u32>,
    high_codes: FxHashMap<u32, u32>,
    /// What a code point makes one code with: the second one, and the code.
    pairs: FxHashMap<u32, Vec<(u32, u32)>>,
}

/// Reads numbers; zeros at the end.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, tail) = self.0.split_at(N.min(self.0.len()));
        self.0 = tail;
        let mut bytes = [0; N];
        bytes[..head.len()].copy_from_slice(head);
        bytes
    }
    fn u8(&mut self) -> u8 {
        self.take::<1>()[0]
    }
    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }
    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }
    fn rows(&mut self) -> Vec<[u32; 3]> {
        (0..self.u32()).map(|_| [self.u32(), self.u32(), self.u32()]).collect()
    }
}

impl Table {
    fn read(unpacked: &[u8], base: Option<&Table>) -> Table {
        let mut reader = Reader(unpacked);
        let singles: Vec<u16> = (0..256).map(|_| reader.u16()).collect();
        let planes = (0..reader.u8()).map(|_| {
            let prefix = reader.u8();
            let below = base.and_then(|b| b.plane(prefix));
            let mut before = 0u16;
            let cells = (0..ROWS * CELLS).map(|i| {
                before = before.wrapping_add(reader.u16());
                before.wrapping_add(below.map_or(0, |cells| cells[i]))
            });
            (prefix, cells.collect())
        });
        let planes: Vec<(u8, Vec<u16>)> = planes.collect();
        let sequences = (0..reader.u16()).map(|_| (reader.u32(), reader.u32())).collect();
        let ranges = reader.rows();
        let mut table = Table {
            singles,
            planes,
            sequences,
            ranges,
            codes: vec![NOTHING; 0x10000],
            high_codes: FxHashMap::default(),
            pairs: FxHashMap::default(),
        };
        table.invert();
        for [first, second, code] in reader.rows() {
            table.enter((first, second), code);
        }
        table
    }

    fn plane(&self, prefix: u8) -> Option<&Vec<u16>> {
        self.planes.iter().find(|(p, _)| *p == prefix).map(|(_, cells)| cells)
    }

    /// Fills the way back: the first code of several counts.
    fn invert(&mut self) {
        let mut found = Vec::new();
        for (byte, c) in self.singles.iter().enumerate() {
            if ![ILLEGAL, LEAD].contains(c) {
                found.push(((u32::from(*c), 0), byte as u32));
            }
        }
        for (prefix, cells) in &self.planes {
            for (i, cell) in cells.iter().enumerate().filter(|(_, cell)| **cell != 0) {
                let (row, column) = (i / CELLS + usize::from(FIRST_ROW), i % CELLS + usize::from(FIRST_CELL));
                let code = u32::from(*prefix) << 16 | (row as u32) << 8 | column as u32;
                found.push((self.text(*cell), code));
            }
        }
        for [number, point, count] in &self.ranges {
            found.extend((0..*count).map(|i| ((point + i, 0), four_byte_code(number + i))));
        }
        for (text, code) in found.into_iter().rev() {
            self.enter(text, code);
        }
    }

    fn enter(&mut self, (first, second): (u32, u32), code: u32) {
        if second != 0 {
            let known = self.pairs.entry(first).or_default();
            known.retain(|(c, _)| *c != second);
            known.push((second, code));
        } else if let Some(place) = self.codes.get_mut(first as usize) {
            *place = code;
        } else {
            self.high_codes.insert(first, code);
        }
    }

    /// What a cell stands for: one code point and 0, or two.
    fn text(&self, cell: u16) -> (u32, u32) {
        match cell {
            SEQUENCE..=LAST_SEQUENCE => {
                self.sequences.get(usize::from(cell - SEQUENCE)).copied().unwrap_or((0xFFFD, 0))
            }
            _ => (u32::from(cell), 0),
        }
    }

    pub fn single(&self, byte: u8) -> Single {
        match self.singles[usize::from(byte)] {
            ILLEGAL => Single::Illegal,
            LEAD => Single::Lead,
            c => Single::Char(u32::from(c)),
        }
    }

    /// Whether three-byte codes begin with this byte.
    pub fn is_prefix(&self, byte: u8) -> bool {
        byte != 0 && self.plane(byte).is_some()
    }

    /// What two bytes stand for, behind a byte for three (0: none).
    pub fn pair(&self, prefix: u8, row: u8, cell: u8) -> Option<(u32, u32)> {
        let (row, cell) = (row.checked_sub(FIRST_ROW)?, cell.checked_sub(FIRST_CELL)?);
        let (row, cell) = (usize::from(row), usize::from(cell));
        if row >= ROWS || cell >= CELLS {
            return None;
        }
        let word = self.plane(prefix)?[row * CELLS + cell];
        (word != 0).then(|| self.text(word))
    }

    /// What the four-byte code of this number stands for.
    pub fn four_bytes(&self, number: u32) -> Option<u32> {
        let i = self.ranges.partition_point(|[first, ..]| *first <= number).checked_sub(1)?;
        let [first, point, count] = self.ranges[i];
        (number - first < count).then(|| point + number - first)
    }

    /// The code of a code point.
    pub fn code(&self, c: u32) -> Option<u32> {
        let code = match self.codes.get(c as usize) {
            Some(code) => *code,
            None => self.high_codes.get(&c).copied().unwrap_or(NOTHING),
        };
        (code != NOTHING).then_some(code)
    }

    /// The codes that begin with this code point, by the second one; none: it begins no pair.
    pub fn pairs(&self, c: u32) -> &[(u32, u32)] {
        if self.pairs.is_empty() { &[] } else { self.pairs.get(&c).map_or(&[], Vec::as_slice) }
    }
}

/// The four bytes of a number, which counts 10 × 126 × 10 codes for each first byte.
pub fn four_byte_code(number: u32) -> u32 {
    let bytes =
        [number / 12600 + 0x81, number / 1260 % 10 + 0x30, number / 10 % 126 + 0x81, number % 10 + 0x30];
    bytes.iter().fold(0, |code, b| code << 8 | b)
}
