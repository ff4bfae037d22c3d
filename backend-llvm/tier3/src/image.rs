//! An object file as one piece of memory: sections behind each other, references inside of it and to the runtime as fixups.

use std::collections::HashMap;

use object::elf::{R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32};
use object::read::elf::ElfFile64;
use object::{
    Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags, SectionIndex,
};
use taipan_backend_llvm::{Error, Result};
use taipan_mir::region::{Fixup, FixupKind};

#[derive(Debug)]
pub struct Image {
    pub bytes: Vec<u8>,
    pub fixups: Vec<Fixup>,
    /// Offset of the function.
    pub entry: u32,
}

impl Image {
    pub fn read(object: &[u8], function: &str, symbols: &HashMap<String, u64>) -> Result<Image> {
        let problem = |what: String| Error::Check(vec![what]);
        let file: ElfFile64 = ElfFile64::parse(object).map_err(|e| problem(e.to_string()))?;
        let mut bytes = Vec::new();
        let mut places: HashMap<SectionIndex, usize> = HashMap::new();
        for section in file.sections() {
            let SectionFlags::Elf { sh_flags } = section.flags() else { continue };
            let name = section.name().unwrap_or("");
            // Nothing unwinds through machine code.
            if sh_flags & object::elf::SHF_ALLOC as u64 == 0
                || name.starts_with(".eh_frame")
                || section.size() == 0
            {
                continue;
            }
            if sh_flags & object::elf::SHF_WRITE as u64 != 0 {
                return Err(problem(format!("a region has data of its own: {name}")));
            }
            bytes.resize(bytes.len().next_multiple_of(section.align().max(1) as usize), 0);
            places.insert(section.index(), bytes.len());
            bytes.extend(section.data().map_err(|e| problem(e.to_string()))?);
        }
        let mut fixups = Vec::new();
        for section in file.sections() {
            let Some(base) = places.get(&section.index()) else { continue };
            for (offset, relocation) in section.relocations() {
                let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
                let kind = match r_type {
                    R_X86_64_PC32 | R_X86_64_PLT32 => FixupKind::Rel32,
                    R_X86_64_64 => FixupKind::Abs64,
                    other => return Err(problem(format!("a region has a relocation of type {other}"))),
                };
                let RelocationTarget::Symbol(index) = relocation.target() else {
                    return Err(problem("a relocation without a symbol".into()));
                };
                let symbol = file.symbol_by_index(index).map_err(|e| problem(e.to_string()))?;
                let (target, internal) = match symbol.section_index() {
                    Some(section) => {
                        let place = places
                            .get(&section)
                            .ok_or_else(|| problem("a reference to a section that is not kept".into()))?;
                        (*place as u64 + symbol.address(), true)
                    }
                    None => {
                        let name = symbol.name().unwrap_or("");
                        let address = symbols
                            .get(name)
                            .ok_or_else(|| problem(format!("the runtime does not offer {name}")))?;
                        (*address, false)
                    }
                };
                fixups.push(Fixup {
                    offset: (*base as u64 + offset) as u32,
                    kind,
                    target,
                    addend: relocation.addend(),
                    internal,
                });
            }
        }
        let symbol =
            file.symbol_by_name(function).ok_or_else(|| problem("the function is missing".into()))?;
        let section = symbol.section_index().and_then(|s| places.get(&s).copied());
        let section = section.ok_or_else(|| problem("the function is not defined".into()))?;
        Ok(Image { bytes, fixups, entry: (section as u64 + symbol.address()) as u32 })
    }
}
