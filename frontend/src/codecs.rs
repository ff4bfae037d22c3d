//! Encodings of source files other than UTF-8 (PEP 263), by the names that Python's codecs have.
//!
//! Single-byte encodings come from a table that lists what CPython makes of each byte (`codepages.txt`); for those of
//! several bytes the tables of browsers are used, as far as they agree with CPython's.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::{
    error::Result,
    source::{nowhere, utf8_message},
};

/// Names, and what each byte stands for; see `tools/codepages.py`.
const CODEPAGES: &str = include_str!("codepages.txt");

/// Characters of JIS X 0208 for which browsers give those of Windows, and CPython those of the standard.
const JIS: [(char, char); 6] = [
    ('\u{FF5E}', '\u{301C}'),
    ('\u{2225}', '\u{2016}'),
    ('\u{FF0D}', '\u{2212}'),
    ('\u{FFE0}', '\u{A2}'),
    ('\u{FFE1}', '\u{A3}'),
    ('\u{FFE2}', '\u{AC}'),
];
const GB2312: [(char, char); 2] = [('\u{B7}', '\u{30FB}'), ('\u{2014}', '\u{2015}')];

/// CPython's names for encodings of one or several bytes, and the browsers' name of the same table.
const MULTIBYTE: [(&[&str], &str); 10] = [
    (&["big5", "big5_tw", "csbig5", "x_mac_trad_chinese"], "big5"),
    (&["cp950", "950", "ms950"], "big5"),
    (&["gbk", "936", "cp936", "ms936"], "gbk"),
    (
        &[
            "gb2312",
            "chinese",
            "csiso58gb231280",
            "euc_cn",
            "euccn",
            "eucgb2312_cn",
            "gb2312_1980",
            "gb2312_80",
            "iso_ir_58",
            "x_mac_simp_chinese",
        ],
        "gbk",
    ),
    (&["gb18030", "gb18030_2000"], "gb18030"),
    (&["euc_jp", "eucjp", "ujis", "u_jis"], "euc-jp"),
    (&["shift_jis", "csshiftjis", "shiftjis", "sjis", "s_jis", "x_mac_japanese"], "shift_jis"),
    (&["cp932", "932", "ms932", "mskanji", "ms_kanji", "windows_31j"], "shift_jis"),
    (
        &[
            "euc_kr",
            "euckr",
            "korean",
            "ksc5601",
            "ks_c_5601",
            "ks_c_5601_1987",
            "ksx1001",
            "ks_x_1001",
            "x_mac_korean",
        ],
        "euc-kr",
    ),
    (&["cp949", "949", "ms949", "uhc"], "euc-kr"),
];

/// Codecs that are not between text and bytes.
const NOT_TEXT: [&str; 16] = [
    "base64",
    "base64_codec",
    "base_64",
    "bz2",
    "bz2_codec",
    "hex",
    "hex_codec",
    "quopri",
    "quopri_codec",
    "quoted_printable",
    "rot13",
    "rot_13",
    "uu",
    "uu_codec",
    "zip",
    "zlib",
];

/// Decodes what stands in a file behind its byte order mark; `name` is the encoding as the file names it.
pub fn decode<'b>(body: &'b [u8], name: &str) -> Result<Cow<'b, str>> {
    let spelling = normalize(name);
    match spelling.as_str() {
        "utf_8" | "utf8" | "u8" | "utf" | "cp65001" | "utf8_ucs2" | "utf8_ucs4" | "utf_8_sig" => {
            std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| nowhere(utf8_message(body, error)))
        }
        "latin_1" | "iso_8859_1" | "latin" | "latin1" | "l1" | "iso8859" | "iso8859_1" | "8859" | "cp819"
        | "csisolatin1" | "ibm819" | "iso_8859_1_1987" | "iso_ir_100" => {
            Ok(Cow::Owned(body.iter().map(|&b| b as char).collect()))
        }
        "ascii" | "us_ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986" | "cp367"
        | "csascii" | "ibm367" | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us" => ascii(body),
        "utf_16" | "u16" | "utf16" | "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => {
            utf16(body, "utf-16-le", u16::from_le_bytes)
        }
        "utf_16_be" | "utf_16be" | "unicodebigunmarked" => utf16(body, "utf-16-be", u16::from_be_bytes),
        // The comment that names it is four bytes long at least, which make no character.
        "utf_32" | "u32" | "utf32" | "utf_32_le" | "utf_32le" => Err(not_utf32("utf-32-le")),
        "utf_32_be" | "utf_32be" => Err(not_utf32("utf-32-be")),
        "undefined" => Err(nowhere("undefined encoding".into())),
        spelling if NOT_TEXT.contains(&spelling) => {
            let advice = "use codecs.decode() to handle arbitrary codecs";
            Err(nowhere(format!("'{name}' is not a text encoding; {advice}")))
        }
        spelling => match codepage(spelling) {
            Some(table) => decode_single(body, &table),
            None => match MULTIBYTE.iter().find(|(names, _)| names.contains(&spelling)) {
                Some((names, label)) => decode_multiple(body, names[0], label),
                None => Err(nowhere(format!("unknown encoding: {name}"))),
            },
        },
    }
}

/// Letters become small, and what separates words becomes one underscore.
fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '.' => out.push(c.to_ascii_lowercase()),
            _ if !out.is_empty() && !out.ends_with('_') => out.push('_'),
            _ => {}
        }
    }
    out
}

fn ascii(body: &[u8]) -> Result<Cow<'_, str>> {
    match body.iter().position(|b| !b.is_ascii()) {
        None => Ok(Cow::Owned(body.iter().map(|&b| b as char).collect())),
        Some(at) => {
            let what = "ordinal not in range(128)";
            let byte = body[at];
            Err(nowhere(format!("'ascii' codec can't decode byte 0x{byte:02x} in position {at}: {what}")))
        }
    }
}

fn utf16<'b>(body: &[u8], codec: &str, unit: fn([u8; 2]) -> u16) -> Result<Cow<'b, str>> {
    let (pairs, rest) = body.as_chunks::<2>();
    let mut text = String::with_capacity(body.len());
    let mut at = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let Ok(c) = decoded else {
            let is_last = at + 2 == body.len();
            let what = if is_last { "unexpected end of data" } else { "illegal UTF-16 surrogate" };
            let place = format!("bytes in position {at}-{}", at + 1);
            return Err(nowhere(format!("'{codec}' codec can't decode {place}: {what}")));
        };
        at += c.len_utf16() * 2;
        text.push(c);
    }
    match rest.first() {
        Some(byte) => {
            let place = format!("byte 0x{byte:02x} in position {at}");
            Err(nowhere(format!("'{codec}' codec can't decode {place}: truncated data")))
        }
        None => Ok(Cow::Owned(text)),
    }
}

fn not_utf32(codec: &str) -> Box<crate::error::Error> {
    let what = "code point not in range(0x110000)";
    nowhere(format!("'{codec}' codec can't decode bytes in position 0-3: {what}"))
}

/// What the bytes stand for in the encoding of that name.
fn codepage(spelling: &str) -> Option<[Option<char>; 256]> {
    let is_named =
        |names: &str| names.split(' ').any(|name| name == spelling || name == spelling.replace('.', "_"));
    let lines = CODEPAGES.lines().filter_map(|line| line.split_once(": "));
    let (_, runs) = lines.into_iter().find(|(names, _)| is_named(names))?;
    let mut table = [None; 256];
    let mut places = table.iter_mut();
    for run in runs.split(' ') {
        let (first, count) = run.split_once('*').unwrap_or((run, "1"));
        let first = u32::from_str_radix(first, 16).ok();
        let count: u32 = count.parse().unwrap_or(0);
        for (place, step) in places.by_ref().take(count as usize).zip(0..) {
            *place = first.and_then(|first| char::from_u32(first + step));
        }
    }
    Some(table)
}

fn decode_single<'b>(body: &[u8], table: &[Option<char>; 256]) -> Result<Cow<'b, str>> {
    let decode = |(at, &byte): (usize, &u8)| {
        table[byte as usize].ok_or_else(|| {
            let what = "character maps to <undefined>";
            nowhere(format!("'charmap' codec can't decode byte 0x{byte:02x} in position {at}: {what}"))
        })
    };
    body.iter().enumerate().map(decode).collect::<Result<String>>().map(Cow::Owned)
}

fn decode_multiple<'b>(body: &'b [u8], name: &str, label: &str) -> Result<Cow<'b, str>> {
    let Some(encoding) = Encoding::for_label(label.as_bytes()) else {
        return Err(nowhere(format!("unknown encoding: {name}")));
    };
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
        return Ok(with_pythons_characters(text, name));
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(body.len() * 3);
    let (result, read) = decoder.decode_to_string_without_replacement(body, &mut text, true);
    let wrong = match result {
        encoding_rs::DecoderResult::Malformed(length, extra) => usize::from(length + extra),
        _ => 1,
    };
    let at = read.saturating_sub(wrong).min(body.len().saturating_sub(1));
    let byte = body.get(at).copied().unwrap_or(0);
    let what = "illegal multibyte sequence";
    Err(nowhere(format!("'{name}' codec can't decode byte 0x{byte:02x} in position {at}: {what}")))
}

/// The text with CPython's characters in the place of the browsers'.
fn with_pythons_characters<'b>(text: Cow<'b, str>, name: &str) -> Cow<'b, str> {
    let differences: &[(char, char)] = match name {
        "shift_jis" | "euc_jp" => &JIS,
        "gb2312" => &GB2312,
        _ => return text,
    };
    let pythons = |c: char| differences.iter().find(|(theirs, _)| *theirs == c).map_or(c, |(_, ours)| *ours);
    Cow::Owned(text.chars().map(pythons).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_have_pythons_names_and_tables() {
        let text =
            |bytes: &'static [u8], name| decode(bytes, name).map(Cow::into_owned).map_err(|e| e.message);
        for (bytes, name, expected) in [
            (&b"\xA4\xE9"[..], "ISO-8859-15", "\u{20AC}é"),
            (b"\x80", "windows-1252", "\u{20AC}"),
            (b"\x82", "IBM437", "é"),
            (b"\xC1", "hp-roman8", "ê"),
            (b"\xCF\xF0", "koi8-r", "оП"),
            (b"\x93\xFA", "cp932", "日"),
            (b"\xD6\xD0\xA1\xA4", "GB2312", "中\u{30FB}"),
            (b"\x81\x60", "sjis", "\u{301C}"),
            (b"\x81\x60", "cp932", "\u{FF5E}"),
            (b"a\0", "utf-16-le", "a"),
        ] {
            assert_eq!(text(bytes, name).as_deref(), Ok(expected), "{name}");
        }
        let undefined = "'charmap' codec can't decode byte 0x81 in position 1: character maps to <undefined>";
        assert_eq!(text(b"a\x81", "cp1252").as_deref(), Err(&undefined.to_owned()));
        assert_eq!(text(b"a", "klingon"), Err("unknown encoding: klingon".to_owned()));
        // Every line of the table is read whole.
        for line in CODEPAGES.lines().skip(1) {
            let name = line.split([' ', ':']).next().unwrap_or_default();
            let table = codepage(name).expect(name);
            let last = line.rsplit(' ').next().unwrap_or_default();
            assert_eq!(table[255].is_none(), last.starts_with('-'), "{name}");
        }
    }
}
