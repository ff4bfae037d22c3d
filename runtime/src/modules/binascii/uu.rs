//! Lines of uuencoded files: a character for the length, then four characters for every three bytes, each a blank plus six bits.

use super::Refusal;

/// Bytes in a line.
const LONGEST: usize = 45;

pub fn encode(data: &[u8], backtick: bool) -> Result<Vec<u8>, Refusal> {
    if data.len() > LONGEST {
        return Err("At most 45 bytes at once".into());
    }
    // A blank at the end of a line gets lost easily, so zero has another character as well.
    let digit = |six: u32| if six == 0 && backtick { b'`' } else { b' ' + six as u8 };
    let mut out = vec![digit(data.len() as u32)];
    for group in data.chunks(3) {
        let byte = |i: usize| group.get(i).copied().unwrap_or(0);
        let bits = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
        out.extend([18, 12, 6, 0].map(|shift| digit(bits >> shift & 63)));
    }
    out.push(b'\n');
    Ok(out)
}

pub fn decode(line: &[u8]) -> Result<Vec<u8>, Refusal> {
    let Some((length, mut text)) = line.split_first() else { return Err("Missing length byte".into()) };
    let length = usize::from(length.wrapping_sub(b' ') & 63);
    let mut out = Vec::with_capacity(length);
    let (mut bits, mut count) = (0u32, 0);
    while out.len() < length {
        let six = match text.split_first() {
            // Blanks at the end of a line may be gone.
            None | Some((b'\n' | b'\r', _)) => 0,
            Some((b @ b' '..=b'`', _)) => u32::from(b - b' ') & 63,
            Some(_) => return Err("Illegal char".into()),
        };
        text = text.get(1..).unwrap_or_default();
        bits = bits << 6 | six;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    // Some programs fill the last group.
    if text.iter().all(|b| matches!(b, b' ' | b'`' | b'\n' | b'\r')) {
        Ok(out)
    } else {
        Err("Trailing garbage".into())
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn round_trips() {
        for n in 0..=45 {
            let data: Vec<u8> = (0..n).map(|i: u8| i.wrapping_mul(91)).collect();
            for backtick in [false, true] {
                assert_eq!(decode(&encode(&data, backtick).unwrap()), Ok(data.clone()));
            }
        }
        assert!(encode(&[0; 46], false).is_err() && decode(b"").is_err() && decode(b"!!!x").is_err());
    }
}
