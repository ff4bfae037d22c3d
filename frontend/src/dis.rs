//! Disassembly: the text that CPython's `python -m dis` prints, byte for byte.
//!
//! [`instructions`] decodes a code object into [`Instruction`]s, [`disassemble`] prints one code object
//! and [`disassemble_recursive`] those in its constants too. The columns are
//!
//! ```text
//! line  label:  [offset]  mark OPNAME               arg (meaning of the argument)
//! ```
//!
//! Labels number the jump targets and the ends of the exception table's ranges in order of offset. With
//! adaptive code, the opcodes shown (and the caches) are the current ones, while arguments, lines and
//! labels come from the code as compiled: an instruction may have been replaced in place, but it is
//! never moved.
//!
//! Two things of CPython's output depend on the process. Addresses in `<code object …>` are left out
//! (see [`NORMALIZED_ADDRESS`]), and a frozenset is shown in the iteration order of a set, which for
//! strings depends on `PYTHONHASHSEED`; here it is that of seed 0.

mod args;
mod print;
mod repr;
mod set_order;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use taipan_mir::opcodes::Opcode;

use crate::CodeObject;
use crate::tables::{self, Handler, Location};

pub use print::{disassemble, disassemble_recursive};
pub use repr::constant_repr;

/// Stands for the address in the repr of a code object.
pub const NORMALIZED_ADDRESS: &str = "0x...";

/// The current code units of a code object: as many bytes as `code.code`, with specialised opcodes and
/// filled caches. `None` shows the code as compiled.
pub type Adaptive<'a> = &'a dyn Fn(&CodeObject) -> Option<Vec<u8>>;

/// What to show, by the options of `dis.dis`.
#[derive(Clone, Copy, Default)]
pub struct Options<'a> {
    /// `--show-caches`.
    pub show_caches: bool,
    /// `--show-offsets`.
    pub show_offsets: bool,
    /// `--show-positions`: columns and end lines too.
    pub show_positions: bool,
    /// `--specialized`.
    pub adaptive: Option<Adaptive<'a>>,
    /// The offset of the current instruction, which gets an arrow.
    pub current: Option<u32>,
    /// How deep to follow code objects in constants; `None` without limit.
    pub depth: Option<usize>,
}

/// One instruction with what `dis` says about it.
#[derive(Clone, Debug)]
pub struct Instruction {
    /// The opcode shown: a specialised one in adaptive code.
    pub opcode: u8,
    pub arg: Option<u32>,
    /// The meaning of the argument; empty if there is none to tell.
    pub argrepr: String,
    /// In bytes, of the instruction itself.
    pub offset: u32,
    /// The offset of the first `EXTENDED_ARG` before it.
    pub start_offset: u32,
    /// Whether a line begins here.
    pub starts_line: bool,
    pub line: Option<i32>,
    pub label: Option<u32>,
    pub location: Option<Location>,
    /// The inline cache units after it.
    pub caches: Vec<u16>,
}

impl Instruction {
    /// The opcode's name; `<n>` if no such opcode exists.
    pub fn name(&self) -> String {
        Opcode::from_u8(self.opcode).map_or_else(|| format!("<{}>", self.opcode), |op| op.name().to_owned())
    }
}

/// Decodes the instructions of `code`.
pub fn instructions(code: &CodeObject, adaptive: Option<Adaptive<'_>>) -> Vec<Instruction> {
    decode(code, adaptive, &Labels::new(code))
}

fn decode(code: &CodeObject, adaptive: Option<Adaptive<'_>>, labels: &Labels) -> Vec<Instruction> {
    // Code of another length cannot be the same code.
    let current = adaptive.and_then(|current| current(code)).filter(|units| units.len() == code.code.len());
    let shown = current.as_deref().unwrap_or(&code.code);
    let mut lines = tables::line_ranges(&code.linetable, code.firstlineno).peekable();
    let mut locations = tables::locations(&code.linetable, code.firstlineno).peekable();
    let mut line = None;
    let mut result = Vec::new();
    for unit in Units::new(&code.code) {
        let mut starts_line = false;
        while let Some(range) = lines.next_if(|range| range.start <= unit.offset) {
            if range.start == unit.offset {
                starts_line = true;
                line = range.line;
            }
        }
        while locations.next_if(|location| location.end <= unit.offset).is_some() {}
        let at = unit.offset as usize;
        let opcode = shown[at];
        let caches = Opcode::from_u8(code.code[at]).map_or(0, |op| op.caches());
        let caches = shown[at + 2..].chunks_exact(2).take(caches);
        result.push(Instruction {
            opcode,
            arg: unit.arg,
            argrepr: unit
                .arg
                .map(|arg| args::meaning(code, opcode, arg, unit.offset, labels))
                .unwrap_or_default(),
            offset: unit.offset,
            start_offset: unit.start_offset,
            starts_line,
            line,
            label: labels.at(unit.offset),
            location: locations.peek().copied(),
            caches: caches.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
        });
    }
    result
}

/// An instruction of the code as compiled, with its whole argument.
struct CodeUnit {
    offset: u32,
    start_offset: u32,
    opcode: u8,
    arg: Option<u32>,
}

/// Walks over code units, skipping caches and collecting `EXTENDED_ARG`s (which are yielded as well).
struct Units<'a> {
    code: &'a [u8],
    offset: usize,
    extended: u32,
    start: Option<usize>,
}

impl<'a> Units<'a> {
    fn new(code: &'a [u8]) -> Self {
        Units { code, offset: 0, extended: 0, start: None }
    }
}

impl Iterator for Units<'_> {
    type Item = CodeUnit;

    fn next(&mut self) -> Option<CodeUnit> {
        let offset = self.offset;
        let &[opcode, low] = self.code.get(offset..offset + 2)? else { return None };
        let op = Opcode::from_u8(opcode);
        let base = op.map(Opcode::deopt);
        self.offset += 2 * (1 + op.map_or(0, |op| op.caches()));
        let arg = base.is_some_and(Opcode::has_arg).then(|| self.extended | u32::from(low));
        let start_offset = self.start.unwrap_or(offset) as u32;
        if base == Some(Opcode::EXTENDED_ARG) {
            self.extended = arg.unwrap_or(0) << 8;
            self.start = self.start.or(Some(offset));
        } else {
            self.extended = 0;
            self.start = None;
        }
        let is_extension = base == Some(Opcode::EXTENDED_ARG);
        let start_offset = if is_extension { offset as u32 } else { start_offset };
        Some(CodeUnit { offset: offset as u32, start_offset, opcode, arg })
    }
}

/// Where the jump instruction `op` at `offset` leads (`END_ASYNC_FOR`: where its loop comes from).
fn jump_target(op: Opcode, arg: u32, offset: u32) -> Option<i64> {
    let op = op.deopt();
    if !op.has_jump() {
        return None;
    }
    let backward =
        matches!(op, Opcode::JUMP_BACKWARD | Opcode::JUMP_BACKWARD_NO_INTERRUPT | Opcode::END_ASYNC_FOR);
    let distance = 2 * i64::from(arg);
    let next = i64::from(offset) + 2 + 2 * op.caches() as i64;
    Some(if backward { next - distance } else { next + distance })
}

/// The offsets that have labels, in order; a label is an index plus one.
struct Labels {
    offsets: Vec<i64>,
    handlers: Vec<Handler>,
}

impl Labels {
    fn new(code: &CodeObject) -> Labels {
        let handlers: Vec<Handler> = tables::handlers(&code.exceptiontable).collect();
        let mut offsets: BTreeSet<i64> = BTreeSet::new();
        for unit in Units::new(&code.code) {
            let op = Opcode::from_u8(unit.opcode);
            offsets.extend(op.zip(unit.arg).and_then(|(op, arg)| jump_target(op, arg, unit.offset)));
        }
        for handler in &handlers {
            offsets.extend([handler.start, handler.end, handler.target].map(i64::from));
        }
        Labels { offsets: offsets.into_iter().collect(), handlers }
    }

    fn at(&self, offset: impl Into<i64>) -> Option<u32> {
        self.offsets.binary_search(&offset.into()).ok().map(|index| index as u32 + 1)
    }
}
