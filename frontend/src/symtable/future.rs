//! `from __future__ import …`.

use crate::{
    ast::{Loc, Module, StmtKind},
    code::flags,
    consts::ConstPool,
    error::{Error, Result},
    names::{Names, known},
};

/// `CO_FUTURE_BARRY_AS_BDFL`.
pub const BARRY_AS_BDFL: u32 = 0x40_0000;

/// The features that a module asks for.
#[derive(Clone, Copy, Debug)]
pub struct Future {
    /// `CO_FUTURE_*` bits.
    pub features: u32,
    /// The last future import that stood where it may.
    pub loc: Loc,
}

impl Future {
    pub fn annotations(&self) -> bool {
        self.features & flags::CO_FUTURE_ANNOTATIONS != 0
    }
}

/// Collects the future statements, which only a docstring may precede.
pub fn collect(module: &Module, names: &Names, consts: &ConstPool, inherited: u32) -> Result<Future> {
    let mut future = Future { features: inherited, loc: Loc::NONE };
    let body = match module {
        Module::Module(body) | Module::Interactive(body) => body,
        Module::Expression(_) => return Ok(future),
    };
    let mut docstring_allowed = true;
    for stmt in body.iter() {
        match &stmt.kind {
            StmtKind::ImportFrom { module: Some(known::FUTURE), names: imported, level: 0 } => {
                for alias in imported.iter() {
                    future.features |= feature(names.str(alias.name), alias.loc)?;
                }
                future.loc = stmt.loc;
            }
            StmtKind::Expr(value)
                if docstring_allowed
                    && value
                        .constant()
                        .is_some_and(|id| matches!(consts.get(id), crate::Constant::Str(_))) => {}
            _ => break,
        }
        docstring_allowed = false;
    }
    Ok(future)
}

fn feature(name: &str, loc: Loc) -> Result<u32> {
    Ok(match name {
        "nested_scopes" | "generators" | "division" | "absolute_import" | "with_statement"
        | "print_function" | "unicode_literals" | "generator_stop" => 0,
        "barry_as_FLUFL" => flags::CO_FUTURE_BARRY_AS_BDFL,
        "annotations" => flags::CO_FUTURE_ANNOTATIONS,
        "braces" => return Err(Error::syntax("not a chance", loc)),
        _ => return Err(Error::syntax(format!("future feature {name} is not defined"), loc)),
    })
}
