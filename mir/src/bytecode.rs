//! Walking over the instructions of compiled code.

use crate::opcodes::Opcode;

/// An instruction of code as it was compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instruction {
    pub op: Opcode,
    /// Where it stands, behind what extends its argument.
    pub unit: usize,
    /// With what extends it.
    pub arg: usize,
    /// Where the next one begins, behind the inline caches.
    pub next: usize,
}

/// The instructions of `code`, two bytes a unit. The walk ends where no instruction is.
pub fn instructions(code: &[u8]) -> impl Iterator<Item = Instruction> {
    let (mut unit, mut extended) = (0, 0);
    std::iter::from_fn(move || {
        loop {
            let [op, arg] = *code.get(2 * unit..2 * unit + 2)? else { return None };
            let op = Opcode::from_u8(op)?;
            let arg = extended << 8 | usize::from(arg);
            let at = unit;
            unit += 1 + op.caches();
            extended = if op == Opcode::EXTENDED_ARG { arg } else { 0 };
            if op != Opcode::EXTENDED_ARG {
                return Some(Instruction { op, unit: at, arg, next: unit });
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_are_passed_and_arguments_extended() {
        let caches = Opcode::LOAD_GLOBAL.caches();
        let mut code =
            vec![Opcode::EXTENDED_ARG as u8, 1, Opcode::LOAD_CONST as u8, 2, Opcode::LOAD_GLOBAL as u8, 3];
        code.extend(vec![0; 2 * caches]);
        code.extend([Opcode::RETURN_VALUE as u8, 0]);
        let found: Vec<Instruction> = instructions(&code).collect();
        let end = 3 + caches;
        assert_eq!(
            found,
            [
                Instruction { op: Opcode::LOAD_CONST, unit: 1, arg: 0x102, next: 2 },
                Instruction { op: Opcode::LOAD_GLOBAL, unit: 2, arg: 3, next: end },
                Instruction { op: Opcode::RETURN_VALUE, unit: end, arg: 0, next: end + 1 },
            ]
        );
    }
}
