//! Encodings with one table: a byte is a character, or begins a code of two, three, four or eight bytes.

use super::Trouble;
use super::tables::{Single, Source, Table, four_byte_code};
use crate::objects::str::{StrBuilder, StrView};

/// What an encoding has besides its table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    Nothing,
    /// gb18030: codes of four bytes for all other code points.
    FourBytes,
    /// euc_kr: syllables that the table does not have, as a filler and their three parts.
    MakeUp,
}

pub fn decode(
    source: &'static Source,
    extra: Extra,
    input: &[u8],
    at: &mut usize,
    out: &mut StrBuilder,
) -> Result<(), Trouble> {
    let table = source.table();
    while let Some(rest) = input.get(*at..).filter(|rest| !rest.is_empty()) {
        let first = rest[0];
        match table.single(first) {
            Single::Char(c) => {
                out.push(c);
                *at += 1;
                continue;
            }
            Single::Illegal => return Err(Trouble::Illegal(1)),
            Single::Lead => {}
        }
        let used = if table.is_prefix(first) {
            let [_, row, cell, ..] = *rest else { return Err(Trouble::Incomplete) };
            push(out, table.pair(first, row, cell)).map(|()| 3)
        } else {
            let [_, second, ..] = *rest else { return Err(Trouble::Incomplete) };
            match extra {
                Extra::FourBytes if second.is_ascii_digit() => {
                    let [a, b, c, d, ..] = *rest else { return Err(Trouble::Incomplete) };
                    push(out, four_bytes(table, [a, b, c, d]).map(|c| (c, 0))).map(|()| 4)
                }
                Extra::MakeUp if [first, second] == FILLER => {
                    let Some(all) = rest.first_chunk() else { return Err(Trouble::Incomplete) };
                    push(out, syllable(all).map(|c| (c, 0))).map(|()| 8)
                }
                _ => push(out, table.pair(0, first, second)).map(|()| 2),
            }
        };
        *at += used.ok_or(Trouble::Illegal(1))?;
    }
    Ok(())
}

fn push(out: &mut StrBuilder, text: Option<(u32, u32)>) -> Option<()> {
    let (first, second) = text?;
    out.push(first);
    if second != 0 {
        out.push(second);
    }
    Some(())
}

pub fn encode(
    source: &'static Source,
    extra: Extra,
    text: StrView<'_>,
    at: &mut usize,
    out: &mut Vec<u8>,
    last: bool,
) -> Result<(), Trouble> {
    let table = source.table();
    while *at < text.len() {
        let c = text.get(*at);
        let pairs = table.pairs(c);
        if !pairs.is_empty() {
            if *at + 1 == text.len() && !last {
                return Err(Trouble::Incomplete);
            }
            let next = (*at + 1 < text.len()).then(|| text.get(*at + 1));
            if let Some((_, code)) = pairs.iter().find(|(second, _)| Some(*second) == next) {
                push_code(out, *code);
                *at += 2;
                continue;
            }
        }
        match (table.code(c), extra) {
            (Some(code), _) => push_code(out, code),
            (None, Extra::FourBytes) if c > 0xFFFF => push_code(out, four_byte_code(c - 0x10000 + PLANES)),
            (None, Extra::MakeUp) if (FIRST_SYLLABLE..=LAST_SYLLABLE).contains(&c) => {
                out.extend(parts(c - FIRST_SYLLABLE));
            }
            _ => return Err(Trouble::Illegal(1)),
        }
        *at += 1;
    }
    Ok(())
}

/// Writes a code: its highest byte that is not zero first.
fn push_code(out: &mut Vec<u8>, code: u32) {
    let bytes = code.to_be_bytes();
    let zeros = (code.leading_zeros() / 8).min(3) as usize;
    out.extend(&bytes[zeros..]);
}

// ---- gb18030 ----

/// The number of the four-byte code of U+10000.
const PLANES: u32 = (0x90 - 0x81) * 12600;

fn four_bytes(table: &Table, [a, b, c, d]: [u8; 4]) -> Option<u32> {
    if !(0x81..=0xFE).contains(&c) || a > 0xFE || !d.is_ascii_digit() {
        return None;
    }
    let digit = |x: u8, first: u8| u32::from(x - first);
    let number = ((digit(a, 0x81) * 10 + digit(b, 0x30)) * 126 + digit(c, 0x81)) * 10 + digit(d, 0x30);
    if number < PLANES {
        return table.four_bytes(number);
    }
    Some(number - PLANES + 0x10000).filter(|c| *c <= 0x10_FFFF)
}

// ---- euc_kr ----

const FILLER: [u8; 2] = [0xA4, 0xD4];
const FIRST_SYLLABLE: u32 = 0xAC00;
const LAST_SYLLABLE: u32 = 0xD7A3;
/// The row of the letters, and its first cell, U+3131.
const LETTERS: u8 = 0xA4;
const FIRST_LETTER: u8 = 0xA1;
const FIRST_VOWEL: u8 = 0xBF;
const VOWELS: u32 = 21;
const FINALS: u32 = 28;
/// The consonants that begin a syllable, as cells from U+3131 on.
const INITIAL: [u8; 19] = [0, 1, 3, 6, 7, 8, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29];
/// Those that end it; the first one is the filler: none.
const FINAL: [u8; 28] =
    [51, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 25, 26, 27, 28, 29];

fn syllable(bytes: &[u8; 8]) -> Option<u32> {
    let [_, _, a, initial, b, vowel, c, last] = *bytes;
    if [a, b, c] != [LETTERS; 3] {
        return None;
    }
    let cell = |byte: u8| byte.checked_sub(FIRST_LETTER);
    let initial = INITIAL.iter().position(|i| Some(*i) == cell(initial))? as u32;
    let last = FINAL.iter().position(|i| Some(*i) == cell(last))? as u32;
    let vowel = u32::from(vowel.checked_sub(FIRST_VOWEL)?);
    (vowel < VOWELS).then(|| FIRST_SYLLABLE + (initial * VOWELS + vowel) * FINALS + last)
}

fn parts(syllable: u32) -> [u8; 8] {
    let initial = INITIAL[(syllable / (VOWELS * FINALS)) as usize] + FIRST_LETTER;
    let vowel = (syllable / FINALS % VOWELS) as u8 + FIRST_VOWEL;
    let last = FINAL[(syllable % FINALS) as usize] + FIRST_LETTER;
    [FILLER[0], FILLER[1], LETTERS, initial, LETTERS, vowel, LETTERS, last]
}
