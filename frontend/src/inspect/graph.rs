//! The control flow graph of a code unit as text, taken before and after each pass.
//!
//! ```text
//! B2: handler, depth 3
//!   7:8     LOAD_FAST            0 (item)            except B4
//!   7:8     POP_JUMP_IF_FALSE    -> B3
//! ```
//!
//! Blocks stand in the order of their code and keep their numbers; an instruction without a source line has `--`.

use std::fmt::Write;

use super::super::{
    cfg::{
        ConstList,
        graph::{Block, BlockId, Cfg, Instr},
        op::Op,
    },
    code::Constant,
    codegen::unit::Unit,
    dis::constant_repr,
    names::Names,
};

/// The graph after a pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pass {
    pub name: &'static str,
    pub text: String,
}

/// What the passes did to one code object; the first entry is the graph that they were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitPasses {
    pub qualname: String,
    pub line: i32,
    pub passes: Vec<Pass>,
}

/// Takes a picture after each pass.
pub struct Watch<'w> {
    pub names: &'w Names,
    pub passes: Vec<Pass>,
}

impl Watch<'_> {
    pub fn after(&mut self, name: &'static str, cfg: &Cfg, unit: &Unit, consts: &ConstList) {
        let printer = Printer { names: self.names, unit, consts };
        let mut text = String::new();
        for id in cfg.chain() {
            printer.block(id, &cfg[id], &mut text);
        }
        self.passes.push(Pass { name, text });
    }
}

impl std::fmt::Display for BlockId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "B{}", self.0)
    }
}

struct Printer<'p> {
    names: &'p Names,
    unit: &'p Unit<'p>,
    consts: &'p ConstList<'p>,
}

impl Printer<'_> {
    fn block(&self, id: BlockId, block: &Block, out: &mut String) {
        let depth = (block.start_depth >= 0).then(|| format!("depth {}", block.start_depth));
        let notes: Vec<String> = [
            block.except_handler.then(|| "handler".to_owned()),
            block.preserve_lasti.then(|| "lasti".to_owned()),
            block.cold.then(|| "cold".to_owned()),
            depth,
        ]
        .into_iter()
        .flatten()
        .collect();
        let blank = if notes.is_empty() { "" } else { " " };
        let _ = writeln!(out, "{id}:{blank}{}", notes.join(", "));
        for instr in &block.instrs {
            self.instr(instr, out);
        }
    }

    fn instr(&self, instr: &Instr, out: &mut String) {
        let place = match instr.loc.line {
            line if line < 0 => "--".to_owned(),
            line if instr.loc.col < 0 => line.to_string(),
            line => format!("{line}:{}", instr.loc.col),
        };
        let name = format!("{:?}", instr.op);
        let mut text = format!("  {place:<8}{name:<24}");
        if instr.op.has_target() {
            let _ = write!(text, "-> {}", instr.target);
        } else if let Some(meaning) = self.meaning(instr) {
            let _ = write!(text, "{} ({meaning})", instr.arg);
        } else if instr.arg > 0 || instr.op.takes_number() {
            let _ = write!(text, "{}", instr.arg);
        }
        if instr.except.exists() {
            text = format!("{text:<52}except {}", instr.except);
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }

    /// What the argument stands for, where that is a constant or a name.
    fn meaning(&self, instr: &Instr) -> Option<String> {
        let arg = instr.arg as usize;
        let local = |index: usize| Some(self.names.str(self.unit.varnames.keys().nth(index)?).to_owned());
        let name = |index: usize| Some(self.names.str(self.unit.names.keys().nth(index)?).to_owned());
        match instr.op {
            Op::LOAD_CONST => Some(match self.consts.pool.get(self.consts.list.keys().nth(arg)?) {
                Constant::Code(code) => {
                    format!("<code {}>", String::from_utf8_lossy(code.qualname.as_wtf8()))
                }
                constant => constant_repr(constant),
            }),
            Op::LOAD_FAST
            | Op::LOAD_FAST_BORROW
            | Op::LOAD_FAST_CHECK
            | Op::LOAD_FAST_AND_CLEAR
            | Op::STORE_FAST
            | Op::STORE_FAST_MAYBE_NULL
            | Op::DELETE_FAST => local(arg),
            Op::LOAD_FAST_LOAD_FAST
            | Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW
            | Op::STORE_FAST_LOAD_FAST
            | Op::STORE_FAST_STORE_FAST => Some(format!("{}, {}", local(arg >> 4)?, local(arg & 15)?)),
            Op::LOAD_NAME
            | Op::STORE_NAME
            | Op::DELETE_NAME
            | Op::STORE_GLOBAL
            | Op::DELETE_GLOBAL
            | Op::STORE_ATTR
            | Op::DELETE_ATTR
            | Op::IMPORT_NAME
            | Op::IMPORT_FROM
            | Op::LOAD_FROM_DICT_OR_GLOBALS => name(arg),
            Op::LOAD_GLOBAL | Op::LOAD_ATTR => name(arg >> 1),
            Op::LOAD_SUPER_ATTR => name(arg >> 2),
            _ => None,
        }
    }
}
