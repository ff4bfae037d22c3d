//! Optimised blocks → the code object: jump distances, bytes, exception and location tables.

use taipan_mir::opcodes::Opcode;

use crate::{
    ast::Loc,
    cfg::{
        Optimised,
        graph::{Cfg, Instr},
        op::Op,
    },
    code::{CodeObject, PyText, flags, local_kind},
    codegen::unit::Unit,
    consts::ConstPool,
    names::Names,
};

/// `END_ASYNC_FOR` counts its distance from the `END_SEND` of the loop's `SEND`, which follows it by
/// this many code units.
const END_SEND_OFFSET: u32 = 5;

/// Memory for assembling, used for one code object after the other.
#[derive(Default)]
pub struct Assembler {
    /// All instructions in their final order.
    instrs: Vec<Instr>,
    /// Where each of them starts, in code units; behind the last one the size of the code.
    offsets: Vec<u32>,
    /// The index of each block's first instruction.
    first: Vec<u32>,
    jumps: Vec<Jump>,
    table: Vec<u8>,
}

/// A jump and where it goes, as indices of instructions.
struct Jump {
    at: usize,
    target: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Handler {
    index: u32,
    start_depth: i32,
    preserve_lasti: bool,
}

impl Assembler {
    pub fn code_object(
        &mut self,
        cfg: &Cfg,
        unit: &Unit,
        optimised: &Optimised,
        names: &Names,
        consts: &ConstPool,
        code_flags: u32,
        filename: &PyText,
    ) -> CodeObject {
        self.place(cfg);
        self.resolve_jumps();
        self.resolve_next_locations();
        let (localsplusnames, localspluskinds) = localsplus(unit, names, code_flags);
        CodeObject {
            argcount: unit.counts.posonly + unit.counts.args,
            posonlyargcount: unit.counts.posonly,
            kwonlyargcount: unit.counts.kwonly,
            stacksize: optimised.stacksize,
            flags: code_flags,
            code: self.code_bytes(),
            consts: optimised.consts.keys().map(|id| consts.get(id).clone()).collect(),
            names: unit.names.keys().map(|n| names.text(n).clone()).collect(),
            localsplusnames,
            localspluskinds,
            filename: filename.clone(),
            name: names.text(unit.name).clone(),
            qualname: unit.qualname.clone(),
            firstlineno: unit.firstlineno,
            linetable: self.location_table(unit.firstlineno),
            exceptiontable: if cfg.has_handlers { self.exception_table(cfg) } else { Vec::new() },
        }
    }

    /// The bytes and the location table of instructions that follow one another, from line 1.
    pub fn straight(&mut self, instrs: Vec<Instr>) -> (Vec<u8>, Vec<u8>) {
        self.instrs = instrs;
        self.jumps.clear();
        self.resolve_jumps();
        (self.code_bytes(), self.location_table(1))
    }

    fn place(&mut self, cfg: &Cfg) {
        let Assembler { instrs, first, jumps, .. } = self;
        first.clear();
        first.resize(cfg.len(), 0);
        instrs.clear();
        jumps.clear();
        for id in cfg.chain() {
            first[id.0 as usize] = instrs.len() as u32;
            instrs.extend_from_slice(&cfg[id].instrs);
            // A jump ends its block, or stands before the `NOT_TAKEN` that does.
            let end = instrs.len();
            let tail = end.saturating_sub(2).max(first[id.0 as usize] as usize);
            jumps.extend((tail..end).filter(|&at| instrs[at].op.is_jump()).map(|at| Jump { at, target: 0 }));
        }
        for jump in jumps {
            let at = jump.at;
            let instr = &mut instrs[at];
            let target = first[instr.target.0 as usize];
            let forward = target as usize > at;
            instr.op = match instr.op {
                Op::JUMP | Op::JUMP_NO_INTERRUPT if forward => Op::JUMP_FORWARD,
                Op::JUMP => Op::JUMP_BACKWARD,
                Op::JUMP_NO_INTERRUPT => Op::JUMP_BACKWARD_NO_INTERRUPT,
                other => other,
            };
            instr.arg = target;
            jump.target = target as usize;
        }
    }

    /// Distances depend on sizes, and sizes on distances. There may be two solutions; CPython finds
    /// the one that is reached from the target's number in place of the distance.
    fn resolve_jumps(&mut self) {
        let Assembler { instrs, offsets, jumps, .. } = self;
        loop {
            offsets.clear();
            let mut total = 0;
            offsets.extend(instrs.iter().map(|instr| {
                let offset = total;
                total += size(instr);
                offset
            }));
            offsets.push(total);
            let mut changed = false;
            for jump in &*jumps {
                let target = offsets[jump.target];
                let end = offsets[jump.at + 1];
                let instr = &mut instrs[jump.at];
                let old_size = size(instr);
                instr.arg = match instr.op {
                    Op::END_ASYNC_FOR => end - target - END_SEND_OFFSET,
                    _ if target < end => end - target,
                    _ => target - end,
                };
                changed |= size(instr) != old_size;
            }
            if !changed {
                return;
            }
        }
    }

    /// Instructions that take the location of the next one get it.
    fn resolve_next_locations(&mut self) {
        if !self.instrs.iter().any(|instr| instr.loc.line == Loc::NEXT.line) {
            return;
        }
        let mut next = Loc::NONE;
        for instr in self.instrs.iter_mut().rev() {
            if instr.loc == Loc::NEXT {
                instr.loc = if instr.op.is_terminator() { Loc::NONE } else { next };
            }
            next = instr.loc;
        }
    }

    fn code_bytes(&self) -> Vec<u8> {
        let units = self.offsets.last().copied().unwrap_or_default();
        // Caches are zero.
        let mut code = vec![0; units as usize * 2];
        for (instr, &offset) in self.instrs.iter().zip(&self.offsets) {
            let mut at = offset as usize * 2;
            let arg = instr.arg;
            if arg > 0xFF {
                for shift in [24, 16, 8] {
                    if arg >> shift != 0 {
                        code[at] = Opcode::EXTENDED_ARG as u8;
                        code[at + 1] = (arg >> shift) as u8;
                        at += 2;
                    }
                }
            }
            // Only base opcodes are left, whose numbers fit a byte.
            code[at] = instr.op as u16 as u8;
            code[at + 1] = arg as u8;
        }
        code
    }

    /// Entries of four numbers: start, length, handler, and depth with the flag of the offset.
    fn exception_table(&mut self, cfg: &Cfg) -> Vec<u8> {
        let Assembler { instrs, offsets, first, table, .. } = self;
        table.clear();
        let mut current: Option<Handler> = None;
        let mut start = 0;
        let mut emit = |handler: Option<Handler>, start: u32, end: u32| {
            let Some(handler) = handler else { return };
            if start == end {
                return;
            }
            let depth = handler.start_depth - 1 - handler.preserve_lasti as i32;
            item(table, start, 0x80);
            item(table, end - start, 0);
            item(table, offsets[handler.index as usize], 0);
            item(table, (depth as u32) << 1 | handler.preserve_lasti as u32, 0);
        };
        for (instr, &offset) in instrs.iter().zip(&*offsets) {
            let handler = instr.except.exists().then(|| {
                let block = &cfg[instr.except];
                Handler {
                    index: first[instr.except.0 as usize],
                    start_depth: block.start_depth,
                    preserve_lasti: block.preserve_lasti,
                }
            });
            if handler.map(|h| h.index) != current.map(|h| h.index) {
                emit(current, start, offset);
                start = offset;
                current = handler;
            }
        }
        emit(current, start, offsets.last().copied().unwrap_or_default());
        table.as_slice().into()
    }

    /// The location table of PEP 626 in its compressed form.
    fn location_table(&mut self, firstlineno: i32) -> Vec<u8> {
        let mut table = std::mem::take(&mut self.table);
        table.clear();
        let mut writer = LocationWriter { table, line: firstlineno };
        let mut current = Loc::NONE;
        let mut start = 0;
        for (instr, &offset) in self.instrs.iter().zip(&self.offsets) {
            if instr.loc != current {
                writer.write(current, offset - start);
                current = instr.loc;
                start = offset;
            }
        }
        writer.write(current, self.offsets.last().copied().unwrap_or_default() - start);
        self.table = writer.table;
        self.table.as_slice().into()
    }
}

/// The size in code units, with extended arguments and caches.
fn size(instr: &Instr) -> u32 {
    // One prefix for each byte of the argument but the last.
    let extended = (31 - (instr.arg | 1).leading_zeros()) / 8;
    extended + 1 + instr.op.caches() as u32
}

fn localsplus(unit: &Unit, names: &Names, code_flags: u32) -> (Vec<PyText>, Vec<u8>) {
    let mut texts = Vec::with_capacity(unit.varnames.len() + unit.cellvars.len() + unit.freevars.len());
    let mut kinds = Vec::with_capacity(texts.capacity());
    let counts = unit.counts;
    let posonly = counts.posonly as usize;
    let positional = posonly + counts.args as usize;
    let named = positional + counts.kwonly as usize;
    let varargs = named + (code_flags & flags::CO_VARARGS != 0) as usize;
    let varkeywords = varargs + (code_flags & flags::CO_VARKEYWORDS != 0) as usize;
    for (index, name) in unit.varnames.keys().enumerate() {
        use local_kind::*;
        let mut kind = CO_FAST_LOCAL;
        kind |= match index {
            i if i < posonly => CO_FAST_ARG_POS,
            i if i < positional => CO_FAST_ARG_POS | CO_FAST_ARG_KW,
            i if i < named => CO_FAST_ARG_KW,
            i if i < varargs => CO_FAST_ARG_VAR | CO_FAST_ARG_POS,
            i if i < varkeywords => CO_FAST_ARG_VAR | CO_FAST_ARG_KW,
            _ => 0,
        };
        if unit.fast_hidden.contains(name) {
            kind |= CO_FAST_HIDDEN;
        }
        if unit.cellvars.contains(name) {
            kind |= CO_FAST_CELL;
        }
        texts.push(names.text(name).clone());
        kinds.push(kind);
    }
    for name in unit.cellvars.keys().filter(|&name| !unit.varnames.contains(name)) {
        texts.push(names.text(name).clone());
        kinds.push(local_kind::CO_FAST_CELL);
    }
    for name in unit.freevars.keys() {
        texts.push(names.text(name).clone());
        kinds.push(local_kind::CO_FAST_FREE);
    }
    (texts, kinds)
}

/// Six bits per byte, most significant first; bit 6 says that more follow.
fn item(table: &mut Vec<u8>, value: u32, mut first: u8) {
    for shift in [24, 18, 12, 6] {
        if value >> shift != 0 {
            table.push((value >> shift & 0x3F) as u8 | 0x40 | first);
            first = 0;
        }
    }
    table.push((value & 0x3F) as u8 | first);
}

struct LocationWriter {
    table: Vec<u8>,
    line: i32,
}

/// Codes of the entries' forms.
const ONE_LINE: u8 = 10;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NONE: u8 = 15;

impl LocationWriter {
    fn write(&mut self, loc: Loc, mut units: u32) {
        while units > 8 {
            self.entry(loc, 8);
            units -= 8;
        }
        if units > 0 {
            self.entry(loc, units);
        }
    }

    fn first_byte(code: u8, units: u32) -> u8 {
        0x80 | code << 3 | (units as u8 - 1)
    }

    fn entry(&mut self, loc: Loc, units: u32) {
        if loc.line == Loc::NONE.line {
            return self.table.push(Self::first_byte(NONE, units));
        }
        let delta = loc.line - self.line;
        let (column, end_column) = (loc.col, loc.end_col);
        if column < 0 || end_column < 0 {
            if loc.end_line == loc.line || loc.end_line < 0 {
                self.table.push(Self::first_byte(NO_COLUMNS, units));
                self.signed(delta);
                self.line = loc.line;
                return;
            }
        } else if loc.end_line == loc.line {
            if delta == 0 && column < 80 && end_column - column < 16 && end_column >= column {
                let columns = ((column & 7) << 4 | (end_column - column)) as u8;
                self.table.extend_from_slice(&[Self::first_byte((column >> 3) as u8, units), columns]);
                return;
            }
            if (0..3).contains(&delta) && column < 128 && end_column < 128 {
                let first = Self::first_byte(ONE_LINE + delta as u8, units);
                self.table.extend_from_slice(&[first, column as u8, end_column as u8]);
                self.line = loc.line;
                return;
            }
        }
        self.table.push(Self::first_byte(LONG, units));
        self.signed(delta);
        self.unsigned((loc.end_line - loc.line) as u32);
        self.unsigned((column + 1) as u32);
        self.unsigned((end_column + 1) as u32);
        self.line = loc.line;
    }

    /// Six bits per byte, least significant first; bit 6 says that more follow.
    fn unsigned(&mut self, mut value: u32) {
        while value >= 0x40 {
            self.table.push(0x40 | (value & 0x3F) as u8);
            value >>= 6;
        }
        self.table.push(value as u8);
    }

    fn signed(&mut self, value: i32) {
        let magnitude = value.unsigned_abs();
        self.unsigned(magnitude << 1 | (value < 0) as u32);
    }
}
