//! The checksum of BinHex 4 files: CRC-CCITT, x¹⁶ + x¹² + x⁵ + 1, most significant bit first.

const POLYNOMIAL: u16 = 0x1021;

/// The remainders of every high byte.
static TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let (mut crc, mut bit) = ((i as u16) << 8, 0);
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ POLYNOMIAL };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
};

pub fn checksum(data: &[u8], start: u16) -> u16 {
    data.iter().fold(start, |crc, b| crc << 8 ^ TABLE[usize::from((crc >> 8) as u8 ^ b)])
}

#[cfg(test)]
mod tests {
    #[test]
    fn known_sums() {
        // The check value of CRC-16/XMODEM.
        assert_eq!(super::checksum(b"123456789", 0), 0x31C3);
        assert_eq!(super::checksum(b"", 7), 7);
    }
}
