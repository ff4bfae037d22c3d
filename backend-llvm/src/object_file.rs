//! Reading the stencils' object file: bytes and holes per stencil.

use std::collections::HashMap;

use object::{Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SymbolKind, elf};

use crate::{Error, Result};

/// How a hole is filled: with the target (plus addend) itself, or relative to the hole's own address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HoleKind {
    Abs16,
    Abs32,
    Abs64,
    Rel32,
}

/// What a hole is filled with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    Symbol(String),
    /// This stencil's own hot or cold part.
    Hot,
    Cold,
}

#[derive(Clone, Debug)]
pub struct Hole {
    /// Bytes from the start of the part.
    pub offset: u32,
    pub kind: HoleKind,
    pub target: Target,
    pub addend: i64,
}

/// A piece of code with its holes.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub bytes: Vec<u8>,
    pub holes: Vec<Hole>,
}

/// A stencil: the hot part without its final jump to the next one, and what lies elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Stencil {
    pub hot: Part,
    pub cold: Part,
    /// The hot part ended in a jump to the next stencil, which was left out.
    pub continues: bool,
}

const CONTINUE: &str = "_JIT_CONTINUE";
const COLD: &str = "$cold";

/// All stencils of an object by symbol.
pub fn read(object: &[u8]) -> Result<HashMap<String, Stencil>> {
    let file = object::File::parse(object).map_err(|e| Error::Llvm(e.to_string()))?;
    let mut problems = Vec::new();
    for section in file.sections() {
        let name = section.name().unwrap_or("");
        if (name.starts_with(".rodata") || name.starts_with(".data")) && section.size() > 0 {
            problems.push(format!("stencils need {name}"));
        }
    }
    let mut stencils: HashMap<String, Stencil> = HashMap::new();
    // Relocations of a section, sorted, so that each symbol finds its own by bisection.
    let mut relocations = HashMap::new();
    for section in file.sections() {
        let mut list: Vec<_> = section.relocations().collect();
        list.sort_by_key(|(offset, _)| *offset);
        relocations.insert(section.index(), list);
    }
    let is_code = |kind| kind == SymbolKind::Text;
    for symbol in file.symbols().filter(|s| is_code(s.kind()) && s.is_definition()) {
        let name = symbol.name().unwrap_or("");
        let (Some(index), start, size) = (symbol.section_index(), symbol.address(), symbol.size()) else {
            continue;
        };
        let section = file.section_by_index(index).map_err(|e| Error::Llvm(e.to_string()))?;
        let data = section.data().map_err(|e| Error::Llvm(e.to_string()))?;
        let base = name.strip_suffix(COLD).unwrap_or(name);
        let mut part =
            Part { bytes: data[start as usize..(start + size) as usize].to_vec(), holes: Vec::new() };
        let list = &relocations[&index];
        let first = list.partition_point(|(offset, _)| *offset < start);
        for (offset, relocation) in list[first..].iter().take_while(|(offset, _)| *offset < start + size) {
            match hole(&file, base, (*offset - start) as u32, relocation) {
                Ok(hole) => part.holes.push(hole),
                Err(problem) => problems.push(format!("{name}: {problem}")),
            }
        }
        let stencil = stencils.entry(base.to_string()).or_default();
        if base == name {
            stencil.continues = elide(&mut part);
            stencil.hot = part;
        } else {
            stencil.cold = part;
        }
    }
    if problems.is_empty() { Ok(stencils) } else { Err(Error::Check(problems)) }
}

fn hole(
    file: &object::File,
    base: &str,
    offset: u32,
    relocation: &object::Relocation,
) -> std::result::Result<Hole, String> {
    let RelocationFlags::Elf { r_type } = relocation.flags() else {
        return Err("not an ELF relocation".into());
    };
    let kind = match r_type {
        elf::R_X86_64_16 => HoleKind::Abs16,
        elf::R_X86_64_32 | elf::R_X86_64_32S => HoleKind::Abs32,
        elf::R_X86_64_64 => HoleKind::Abs64,
        elf::R_X86_64_PC32 | elf::R_X86_64_PLT32 => HoleKind::Rel32,
        other => return Err(format!("relocation type {other}")),
    };
    let RelocationTarget::Symbol(index) = relocation.target() else { return Err("no symbol".into()) };
    let symbol = file.symbol_by_index(index).map_err(|e| e.to_string())?;
    let addend = relocation.addend();
    let Some(section) = symbol.section_index() else {
        return Ok(Hole {
            offset,
            kind,
            target: Target::Symbol(symbol.name().unwrap_or("").to_string()),
            addend,
        });
    };
    // A reference between the two parts of one stencil.
    let bias = if kind == HoleKind::Rel32 { 4 } else { 0 };
    let at = (symbol.address() as i64 + addend + bias) as u64;
    let part = file
        .symbols()
        .find(|s| {
            s.kind() == SymbolKind::Text
                && s.section_index() == Some(section)
                && s.address() <= at
                && at < s.address() + s.size()
        })
        .ok_or("a reference to no stencil")?;
    let name = part.name().unwrap_or("");
    let target = if name == base {
        Target::Hot
    } else if name.strip_suffix(COLD) == Some(base) {
        Target::Cold
    } else {
        return Err(format!("a reference to {name}"));
    };
    Ok(Hole { offset, kind, target, addend: (at - part.address()) as i64 - bias })
}

/// Removes a final `jmp _JIT_CONTINUE`: the next stencil is placed right after.
fn elide(part: &mut Part) -> bool {
    let n = part.bytes.len();
    let last = part
        .holes
        .iter()
        .position(|h| h.offset as usize + 4 == n && h.target == Target::Symbol(CONTINUE.into()));
    match last {
        Some(i) if n >= 5 && part.bytes[n - 5] == 0xE9 => {
            part.holes.remove(i);
            part.bytes.truncate(n - 5);
            true
        }
        _ => false,
    }
}
