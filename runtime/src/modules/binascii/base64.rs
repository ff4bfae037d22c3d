//! Base64.
//!
//! Decoding is lax unless told otherwise: what is not in the alphabet is skipped, padding in the middle of data as well. Crates
//! refuse such input or skip other things; hence a decoder of our own, of which only the error messages are special.

use super::Refusal;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD: u8 = b'=';
/// What [`SIXES`] has for bytes outside of the alphabet.
const NONE: u8 = 0xFF;

/// The six bits that each byte stands for.
static SIXES: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut i = 0;
    while i < 64 {
        table[ALPHABET[i] as usize] = i as u8;
        i += 1;
    }
    table
};

/// Appends the text of `data`, padded, without a newline.
pub fn encode(data: &[u8], out: &mut Vec<u8>) {
    let digit = |bits: u32, place: u32| ALPHABET[(bits >> (6 * place) & 63) as usize];
    let (whole, rest) = data.as_chunks::<3>();
    for &[a, b, c] in whole {
        let bits = u32::from_be_bytes([0, a, b, c]);
        out.extend([digit(bits, 3), digit(bits, 2), digit(bits, 1), digit(bits, 0)]);
    }
    match *rest {
        [a] => {
            let bits = u32::from_be_bytes([0, a, 0, 0]);
            out.extend([digit(bits, 3), digit(bits, 2), PAD, PAD]);
        }
        [a, b] => {
            let bits = u32::from_be_bytes([0, a, b, 0]);
            out.extend([digit(bits, 3), digit(bits, 2), digit(bits, 1), PAD]);
        }
        _ => {}
    }
}

/// Appends what `text` stands for.
pub fn decode(text: &[u8], strict: bool, out: &mut Vec<u8>) -> Result<(), Refusal> {
    let mut rest = text;
    // Groups of four digits, which is nearly everything in most texts.
    while let Some((&[a, b, c, d], tail)) = rest.split_first_chunk::<4>() {
        let sixes = [a, b, c, d].map(|byte| SIXES[usize::from(byte)]);
        if sixes.contains(&NONE) {
            break;
        }
        let bits = sixes.iter().fold(0, |bits, s| bits << 6 | u32::from(*s));
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
        rest = tail;
    }
    decode_carefully(text.len() - rest.len(), rest, strict, out)
}

/// The rest of a text, of which `done` bytes were decoded.
fn decode_carefully(done: usize, text: &[u8], strict: bool, out: &mut Vec<u8>) -> Result<(), Refusal> {
    // The bits that are not written yet, digits in the current group of four, pads since the last digit.
    let (mut bits, mut digits, mut pads) = (0u8, 0, 0);
    for (i, byte) in text.iter().enumerate() {
        if *byte == PAD {
            pads += 1;
            if !strict || digits >= 2 && digits + pads <= 4 {
                continue;
            }
            if digits == 1 {
                break;
            }
            let leading = done + i == 0;
            return Err(
                if leading { "Leading padding not allowed" } else { "Excess padding not allowed" }.into()
            );
        }
        let six = SIXES[usize::from(*byte)];
        if six == NONE {
            if strict {
                return Err("Only base64 data is allowed".into());
            }
            continue;
        }
        if strict && pads > 0 {
            let complete = digits + pads == 4;
            return Err(if complete {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            }
            .into());
        }
        pads = 0;
        match digits {
            0 => {}
            1 => out.push(bits << 2 | six >> 4),
            2 => out.push(bits << 4 | six >> 2),
            _ => out.push(bits << 6 | six),
        }
        bits = six;
        digits = (digits + 1) % 4;
    }
    if digits == 1 {
        let all = out.len() / 3 * 4 + 1;
        return Err(format!(
            "Invalid base64-encoded string: number of data characters ({all}) cannot be 1 more than a multiple of 4"
        )
        .into());
    }
    if digits != 0 && digits + pads < 4 {
        return Err("Incorrect padding".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    fn decoded(text: &[u8], strict: bool) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        decode(text, strict, &mut out).map(|()| out).map_err(|e| e.into_owned())
    }

    #[test]
    fn round_trips() {
        for n in 0..20u8 {
            let data: Vec<u8> = (0..n).map(|i| i.wrapping_mul(37).wrapping_add(200)).collect();
            let mut text = Vec::new();
            encode(&data, &mut text);
            assert_eq!(decoded(&text, true), Ok(data));
        }
    }

    #[test]
    fn lax_and_strict() {
        assert_eq!(decoded(b"a=b=c=", false), Ok(vec![0x69, 0xb7]));
        assert_eq!(decoded(b" YW\nJj ", false), Ok(b"abc".to_vec()));
        assert_eq!(decoded(b"ab==c", true), Err("Excess data after padding".into()));
        assert_eq!(decoded(b"=", true), Err("Leading padding not allowed".into()));
        assert_eq!(decoded(b"YWJj=", true), Err("Excess padding not allowed".into()));
    }
}
