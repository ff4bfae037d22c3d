//! The program inside of an executable that `taipan build` made.
//!
//! Its modules are found by name before anything on `sys.path`, as the source files beside the program are when it is
//! interpreted. Native modules go first, as always.

use std::rc::Rc;

use taipan_frontend::code::flags::CO_GENERATOR;
use taipan_frontend::image::{Image, Module};
use taipan_frontend::marshal;

use taipan_layout::Value;
use taipan_layout::objects::Code;
use taipan_mir::aot;
use taipan_mir::genexpr::Container;
use taipan_mir::opcodes::Opcode;

use crate::config::Tier;
use crate::interp::sinks;
use crate::objects::{code, tuple, type_of};
use crate::owned::PyResult;
use crate::vm::Vm;

/// Stands in the running instructions where compiled code is entered; the argument is the number of the entry.
const ENTER_COMPILED: u16 = Opcode::RESERVED as u16;

/// A row of the table of compiled functions (`taipan_mir::aot`), all zero for a code object that was not compiled.
#[repr(C)]
#[derive(Debug)]
pub struct Compiled {
    code: *const u8,
    /// Pairs: a unit at which the code is entered, the entry's number.
    entries: *const [u32; 2],
    entry_count: usize,
    /// [`aot::fused_row`], or 0.
    fused: usize,
}
// SAFETY: the table and what it points to are constants of the executable.
unsafe impl Sync for Compiled {}

impl Compiled {
    /// Makes it the function of a code object.
    ///
    /// # Safety
    /// It was compiled of this code, which nothing runs yet: its entries are instructions of it.
    pub unsafe fn install(&self, code: Value) {
        // SAFETY: by contract.
        unsafe {
            let head = code.as_ptr::<Code>();
            (*head).compiled = self.code;
            for [unit, number] in std::slice::from_raw_parts(self.entries, self.entry_count) {
                *(*head).units.add(*unit as usize) = ENTER_COMPILED | (*number as u16) << 8;
            }
        }
    }
}

/// What an executable carries.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    pub image: Image<'static>,
    /// By the numbers of code objects; then those of fused generator expressions.
    compiled: &'static [Compiled],
}

impl Program {
    /// `None` when `image` is not one of this version.
    ///
    /// # Safety
    /// The table was made for this image by a compiler of this version.
    pub unsafe fn new(image: &'static [u8], compiled: &'static [Compiled]) -> Option<Program> {
        Some(Program { image: Image::parse(image)?, compiled })
    }
}

/// The program's own module called `name`.
pub fn find(vm: &Vm, name: &str) -> Option<Module<'static>> {
    vm.config.program?.image.find(name)
}

/// The code of a module.
pub fn load(vm: &Vm, module: &Module<'static>) -> PyResult {
    match marshal::load_code(module.code) {
        Ok(compiled) => {
            let code = code::from_compiled(vm, &compiled)?;
            let table = vm.config.program.map_or(&[][..], |program| program.compiled);
            if matches!(vm.config.tier, Tier::Auto | Tier::Aot) {
                install(vm, *code, table, module.first_code);
            }
            Ok(code)
        }
        Err(e) => {
            let text = format!("bad marshal data ({e}) in '{}'", module.name);
            Err(vm.raise(vm.types.import_error, &text))
        }
    }
}

/// Gives code objects their compiled functions, in the order in which the image counts them: `number` is the first's. Returns the
/// number behind the last one.
fn install(vm: &Vm, code: Value, table: &'static [Compiled], number: usize) -> usize {
    if let Some(row) = table.get(number).filter(|row| !row.code.is_null()) {
        // SAFETY: the row belongs to this code object, which nothing runs yet.
        unsafe { row.install(code) };
    }
    if code::code_object(code).has_flag(CO_GENERATOR) {
        let fused = table.iter().rev().take_while(|row| row.fused != 0);
        for (row, container) in fused.flat_map(|row| Container::ALL.map(|container| (row, container))) {
            if row.fused == aot::fused_row(number, container) {
                sinks::note_compiled(vm, code, container, row);
            }
        }
    }
    let mut next = number + 1;
    for constant in tuple::items(&code::code_object(code).consts) {
        if type_of(vm, *constant) == vm.types.code {
            next = install(vm, *constant, table, next);
        }
    }
    next
}

/// The lines of a source file of the program, as they were when it was built.
pub fn source_lines(vm: &Vm, filename: &str) -> Option<Rc<Vec<String>>> {
    let module = vm.config.program?.image.modules().find(|m| m.filename == filename)?;
    Some(Rc::new(module.source.lines().map(str::to_owned).collect()))
}
