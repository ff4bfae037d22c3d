//! What the Unicode character database says of code points, in the current version and in Unicode 3.2, and the
//! normalization forms (UAX #15).
//!
//! The tables (`database.rs`) are two-level, as those of the string methods. Unicode 3.2 is what the encoding of domain
//! names is defined by; code points that it does not know have no decomposition there.

use super::database::*;

/// A version of the database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    Current,
    /// Unicode 3.2.
    Old,
}

/// The properties of one code point.
#[derive(Clone, Copy)]
pub struct Character([u8; 8]);

impl Character {
    pub fn of(version: Version, code: u32) -> Character {
        fn look<const N: usize>(
            shift: u32,
            blocks: &[u16],
            records: &[u16],
            rows: &[[u8; 8]; N],
            code: u32,
        ) -> [u8; 8] {
            let last = blocks.len() - 1;
            let block = blocks[((code >> shift) as usize).min(last)];
            let place = (u32::from(block) << shift) + (code & ((1 << shift) - 1));
            rows[records[place as usize] as usize]
        }
        Character(match version {
            Version::Current => look(NEW_SHIFT, &NEW_BLOCKS, &NEW_RECORDS, &NEW_ROWS, code),
            Version::Old => look(OLD_SHIFT, &OLD_BLOCKS, &OLD_RECORDS, &OLD_ROWS, code),
        })
    }

    pub fn category(self) -> &'static str {
        CATEGORIES[self.0[0] as usize]
    }
    pub fn is_assigned(self) -> bool {
        self.0[0] != 0
    }
    pub fn bidirectional(self) -> &'static str {
        BIDIRECTIONAL[self.0[1] as usize]
    }
    pub fn combining(self) -> u8 {
        self.0[2]
    }
    pub fn is_mirrored(self) -> bool {
        self.0[3] != 0
    }
    pub fn east_asian_width(self) -> &'static str {
        WIDTHS[self.0[4] as usize]
    }
    pub fn decimal(self) -> Option<u8> {
        Some(self.0[5]).filter(|n| *n != super::tables::NO_VALUE)
    }
    pub fn digit(self) -> Option<u8> {
        Some(self.0[6]).filter(|n| *n != super::tables::NO_VALUE)
    }
    pub fn numeric(self) -> Option<f64> {
        (self.0[7] != 0).then(|| NUMBERS[self.0[7] as usize])
    }
}

/// The kind of a code point's decomposition (empty: canonical) and its parts; nothing for Hangul syllables, whose parts are
/// computed.
pub fn decomposition(version: Version, code: u32) -> Option<(&'static str, &'static [u32])> {
    let i = DECOMPOSITIONS.binary_search_by_key(&code, |entry| entry.0).ok()?;
    if version == Version::Old && !Character::of(version, code).is_assigned() {
        return None;
    }
    let (_, at, len, tag) = DECOMPOSITIONS[i];
    Some((TAGS[tag as usize], &DECOMPOSED[at as usize..at as usize + len as usize]))
}

/// A normalization form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Compatibility decompositions as well.
    pub compatible: bool,
    /// Canonical composition afterwards.
    pub composed: bool,
}

impl Form {
    /// The form of this name, `NFC` for example.
    pub fn named(name: &str) -> Option<Form> {
        Some(match name {
            "NFC" => Form { compatible: false, composed: true },
            "NFD" => Form { compatible: false, composed: false },
            "NFKC" => Form { compatible: true, composed: true },
            "NFKD" => Form { compatible: true, composed: false },
            _ => return None,
        })
    }
}

/// Hangul syllables are numbered: the parts of one are arithmetic.
mod hangul {
    pub const FIRST: u32 = 0xAC00;
    pub const LEADING: u32 = 0x1100;
    pub const VOWEL: u32 = 0x1161;
    pub const TRAILING: u32 = 0x11A7;
    pub const LEADINGS: u32 = 19;
    pub const VOWELS: u32 = 21;
    pub const TRAILINGS: u32 = 28;
    pub const SYLLABLES: u32 = LEADINGS * VOWELS * TRAILINGS;

    pub fn parts(code: u32) -> Option<(u32, u32, u32)> {
        let i = code.checked_sub(FIRST).filter(|i| *i < SYLLABLES)?;
        let (leading, rest) = (i / (VOWELS * TRAILINGS), i % (VOWELS * TRAILINGS));
        Some((LEADING + leading, VOWEL + rest / TRAILINGS, TRAILING + rest % TRAILINGS))
    }

    pub fn compose(a: u32, b: u32) -> Option<u32> {
        if let (Some(leading), Some(vowel)) = (a.checked_sub(LEADING), b.checked_sub(VOWEL))
            && leading < LEADINGS
            && vowel < VOWELS
        {
            return Some(FIRST + (leading * VOWELS + vowel) * TRAILINGS);
        }
        let (syllable, trailing) = (a.checked_sub(FIRST)?, b.checked_sub(TRAILING)?);
        let open = syllable < SYLLABLES && syllable.is_multiple_of(TRAILINGS);
        (open && (1..TRAILINGS).contains(&trailing)).then_some(a + trailing)
    }
}

fn push_decomposed(version: Version, form: Form, code: u32, out: &mut Vec<(u32, u8)>) {
    if let Some((leading, vowel, trailing)) = hangul::parts(code) {
        out.extend([(leading, 0), (vowel, 0)]);
        if trailing != hangul::TRAILING {
            out.push((trailing, 0));
        }
        return;
    }
    if version == Version::Old
        && let Some((_, before)) = OLD_CORRECTIONS.iter().find(|(c, _)| *c == code)
    {
        return out.push((*before, 0));
    }
    match decomposition(version, code) {
        Some((tag, parts)) if form.compatible || tag.is_empty() => {
            parts.iter().for_each(|part| push_decomposed(version, form, *part, out));
        }
        _ => out.push((code, Character::of(version, code).combining())),
    }
}

/// Canonical composition in place: what stands before a code point is a starter that it may be joined with, unless something of
/// the same or a higher combining class comes between.
fn compose(points: &mut Vec<(u32, u8)>) {
    let (mut starter, mut last_class, mut len) = (None::<usize>, 0u8, 0);
    for i in 0..points.len() {
        let (code, class) = points[i];
        if let Some(s) = starter {
            let adjacent = s + 1 == len;
            if (adjacent || (last_class != 0 && last_class < class))
                && let Some(joined) = pair(points[s].0, code)
            {
                points[s].0 = joined;
                continue;
            }
        }
        if class == 0 {
            starter = Some(len);
        }
        last_class = class;
        points[len] = (code, class);
        len += 1;
    }
    points.truncate(len);
}

fn pair(a: u32, b: u32) -> Option<u32> {
    if let Some(syllable) = hangul::compose(a, b) {
        return Some(syllable);
    }
    COMPOSITIONS.binary_search_by_key(&(a, b), |c| (c.0, c.1)).ok().map(|i| COMPOSITIONS[i].2)
}

/// The text in a normalization form.
pub fn normalize(version: Version, form: Form, text: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut points: Vec<(u32, u8)> = Vec::new();
    text.for_each(|code| push_decomposed(version, form, code, &mut points));
    // Runs of combining marks in the order of their classes.
    let mut start = 0;
    while start < points.len() {
        let end = points[start..].iter().position(|p| p.1 == 0).map_or(points.len(), |n| start + n);
        points[start..end].sort_by_key(|p| p.1);
        start = end + 1;
    }
    if form.composed {
        compose(&mut points);
    }
    points.into_iter().map(|p| p.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, text: &str) -> String {
        let form = Form::named(name).expect("a form");
        let points = normalize(Version::Current, form, text.chars().map(u32::from));
        points.into_iter().filter_map(char::from_u32).collect()
    }

    #[test]
    fn forms_of_composed_and_decomposed_text() {
        assert_eq!(form("NFD", "é가ﬁ"), "e\u{301}\u{1100}\u{1161}ﬁ");
        assert_eq!(form("NFC", "e\u{301}\u{1100}\u{1161}\u{11a8}"), "é각");
        assert_eq!(form("NFKD", "ﬁ²"), "fi2");
        assert_eq!(form("NFKC", "ﬁ①"), "fi1");
        // Marks are put in order, and one of the same class blocks.
        assert_eq!(form("NFC", "a\u{301}\u{323}"), "ạ\u{301}");
        assert_eq!(form("NFC", "a\u{1d165}\u{1d165}\u{301}"), form("NFC", "a\u{1d165}\u{1d165}\u{301}"));
        // A composition exclusion stays decomposed.
        assert_eq!(form("NFC", "\u{958}"), "\u{915}\u{93c}");
    }

    #[test]
    fn properties() {
        let of = |c: char| Character::of(Version::Current, c.into());
        assert_eq!((of('A').category(), of('½').numeric(), of('²').digit()), ("Lu", Some(0.5), Some(2)));
        assert_eq!((of('(').is_mirrored(), of('가').east_asian_width()), (true, "W"));
        assert_eq!(of('\u{301}').combining(), 230);
        assert_eq!(Character::of(Version::Current, 0x10_FFFF).category(), "Cn");
        assert_eq!(Character::of(Version::Old, 0x1F600).category(), "Cn");
    }
}
