//! `import` and `from … import`.

use super::*;

impl<'a> Compiler<'a> {
    pub fn import(&mut self, aliases: &[Alias], loc: Loc) -> Result<()> {
        for alias in aliases {
            self.load_int(0, loc);
            self.load_none(loc);
            self.emit_name(Op::IMPORT_NAME, alias.name, loc);
            let full = self.names.str(alias.name).to_owned();
            match alias.asname {
                Some(asname) => self.import_as(&full, asname, loc),
                None => {
                    let first = full.split('.').next().unwrap_or_default();
                    let first = self.names.intern(first);
                    self.name_op(first, Ctx::Store, loc);
                }
            }
        }
        Ok(())
    }

    /// `import a.b.c as d` binds the innermost module.
    fn import_as(&mut self, full: &str, asname: Name, loc: Loc) {
        let mut attrs = full.split('.').skip(1).peekable();
        let dotted = attrs.peek().is_some();
        while let Some(attr) = attrs.next() {
            let attr = self.names.intern(attr);
            let index = self.unit.name_index(attr);
            self.emit(Op::IMPORT_FROM, index, loc);
            if attrs.peek().is_some() {
                self.emit(Op::SWAP, 2, loc);
                self.emit0(Op::POP_TOP, loc);
            }
        }
        self.name_op(asname, Ctx::Store, loc);
        if dotted {
            self.emit0(Op::POP_TOP, loc);
        }
    }

    pub fn import_from(
        &mut self,
        module: Option<Name>,
        aliases: &[Alias],
        level: u32,
        loc: Loc,
    ) -> Result<()> {
        self.load_int(level.into(), loc);
        let names = self.names_tuple(aliases.iter().map(|alias| alias.name));
        self.load_const(names, loc);
        self.emit_name(Op::IMPORT_NAME, module.unwrap_or(known::EMPTY), loc);
        for alias in aliases {
            if alias.name == known::STAR {
                self.emit_intrinsic1(Intrinsic1::INTRINSIC_IMPORT_STAR, loc);
                self.emit0(Op::POP_TOP, Loc::NONE);
                return Ok(());
            }
            self.emit_name(Op::IMPORT_FROM, alias.name, loc);
            self.name_op(alias.asname.unwrap_or(alias.name), Ctx::Store, loc);
        }
        self.emit0(Op::POP_TOP, loc);
        Ok(())
    }
}
