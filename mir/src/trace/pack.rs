//! Traces as bytes: what is kept of a trace once its code is there, for those who look at the executor later.

use super::Trace;
use crate::uops::Uop;

/// The uops of a trace with their arguments, without what only compiling needs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Packed {
    bytes: Box<[u8]>,
    len: usize,
}

/// A uop of a packed trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    pub uop: Uop,
    pub oparg: u32,
    pub operands: [u64; 2],
    /// The unit of code at which its exits resume.
    pub unit: u32,
}

impl Packed {
    pub fn new(trace: &Trace) -> Packed {
        let mut bytes = Vec::with_capacity(8 * trace.insts.len());
        for inst in &trace.insts {
            let unit = trace.resumes.get(inst.resume as usize).map_or(0, |r| r.unit);
            let given = inst.operands.map(|operand| operand != 0);
            write(&mut bytes, (inst.uop as u64) << 2 | (given[1] as u64) << 1 | given[0] as u64);
            write(&mut bytes, inst.oparg.into());
            write(&mut bytes, unit.into());
            inst.operands.iter().filter(|operand| **operand != 0).for_each(|o| write(&mut bytes, *o));
        }
        Packed { bytes: bytes.into(), len: trace.insts.len() }
    }

    /// The number of uops.
    pub fn len(&self) -> usize {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn items(&self) -> impl Iterator<Item = Item> {
        let mut rest = &self.bytes[..];
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let head = read(&mut rest);
            let (oparg, unit) = (read(&mut rest) as u32, read(&mut rest) as u32);
            let operands = [1, 2].map(|bit| if head & bit != 0 { read(&mut rest) } else { 0 });
            let uop = *Uop::ALL.get((head >> 2) as usize)?;
            Some(Item { uop, oparg, operands, unit })
        })
    }
}

/// LEB128.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            break;
        }
        shift += 7;
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let text = "trace\n  _LOAD_FAST 300 -> 1\n  _LOAD_CONST_INLINE object=0x7f00000000000002 -> 0\n  return\n\
                    resume 0: code 0 unit 12 depth 0\nresume 1: code 0 unit 700 depth 0\n";
        let trace = crate::trace::parse(text).unwrap();
        let packed = Packed::new(&trace);
        let items: Vec<Item> = packed.items().collect();
        assert_eq!(items.len(), packed.len());
        for (item, inst) in items.iter().zip(&trace.insts) {
            assert_eq!((item.uop, item.oparg, item.operands), (inst.uop, inst.oparg, inst.operands));
        }
        assert_eq!(items.iter().map(|i| i.unit).collect::<Vec<_>>(), [700, 12]);
    }
}
