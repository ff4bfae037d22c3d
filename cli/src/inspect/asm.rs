//! Machine code as text: x86-64 instructions in NASM's syntax, with names where the code jumps to, calls, or has a hole.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::rc::Rc;

use iced_x86::{
    Decoder, DecoderOptions, Formatter, Instruction, NasmFormatter, OpKind, SymbolResolver, SymbolResult,
};

/// Code to be shown.
pub struct Code<'c> {
    pub bytes: &'c [u8],
    pub address: u64,
    /// What begins at an offset; printed on a line before it.
    pub marks: Vec<(usize, String)>,
    /// What a hole at an offset is filled with; printed behind its instruction.
    pub holes: Vec<(usize, String)>,
}

/// Names of addresses outside of the code.
pub type Symbols = Rc<BTreeMap<u64, &'static str>>;

struct Names {
    known: Symbols,
    /// Where the code lies: addresses in it are shown as distances from its start.
    code: std::ops::Range<u64>,
}

impl SymbolResolver for Names {
    fn symbol(
        &mut self,
        instruction: &Instruction,
        _operand: u32,
        instruction_operand: Option<u32>,
        address: u64,
        _address_size: u32,
    ) -> Option<SymbolResult<'_>> {
        // Constants and displacements may look like addresses.
        let branches =
            instruction_operand.is_some_and(|operand| instruction.op_kind(operand) == OpKind::NearBranch64);
        if !branches && !instruction.is_ip_rel_memory_operand() {
            return None;
        }
        if self.code.contains(&address) {
            return Some(SymbolResult::with_string(address, format!("+{:x}", address - self.code.start)));
        }
        self.known.get(&address).map(|name| SymbolResult::with_str(address, name))
    }
}

/// The instructions, one to a line: offset and text. Bytes that are no instruction are shown as such.
pub fn disassemble(code: &Code, known: &Symbols, out: &mut String) {
    let range = code.address..code.address + code.bytes.len() as u64;
    let mut decoder = Decoder::with_ip(64, code.bytes, code.address, DecoderOptions::NONE);
    let names = Names { known: known.clone(), code: range };
    let mut formatter = NasmFormatter::with_options(Some(Box::new(names)), None);
    let style = formatter.options_mut();
    style.set_hex_prefix("0x");
    style.set_hex_suffix("");
    style.set_uppercase_hex(false);
    style.set_space_after_operand_separator(true);
    style.set_signed_immediate_operands(true);
    style.set_show_branch_size(false);
    style.set_branch_leading_zeros(false);
    let mut marks = code.marks.iter().peekable();
    let mut text = String::new();
    while decoder.can_decode() {
        let offset = decoder.position();
        while let Some((_, mark)) = marks.next_if(|(at, _)| *at <= offset) {
            let _ = writeln!(out, "  ; {mark}");
        }
        let instruction = decoder.decode();
        text.clear();
        formatter.format(&instruction, &mut text);
        let here = offset..offset + instruction.len();
        let holes: Vec<&str> =
            code.holes.iter().filter(|(at, _)| here.contains(at)).map(|(_, what)| what.as_str()).collect();
        if instruction.op0_kind() == OpKind::NearBranch64 && !holes.is_empty() {
            // The target is what the hole will be filled with.
            let mnemonic = text.split(' ').next().unwrap_or_default();
            let target = holes[0].split(['+', '-', ' ']).next().unwrap_or_default();
            text = format!("{mnemonic} {target}");
        } else if !holes.is_empty() {
            text = format!("{text:<40}; {}", holes.join(", "));
        }
        let _ = writeln!(out, "  {offset:4x}  {text}");
    }
}
