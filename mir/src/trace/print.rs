//! The text form.

use std::fmt;

use super::{End, Trace};

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "trace")?;
        for i in &self.insts {
            write!(f, "  {:<36}", i.uop.name())?;
            if i.oparg != 0 {
                write!(f, " {}", i.oparg)?;
            }
            for (o, operand) in i.operands.iter().zip(i.uop.info().operands) {
                write!(f, " {}={o:#x}", operand.name)?;
            }
            writeln!(f, " -> {}{}", i.resume, if i.jumps { " jumps" } else { "" })?;
        }
        match self.end {
            End::Loop => writeln!(f, "  goto start")?,
            End::Exit(r) => writeln!(f, "  exit {r}")?,
            End::Return => writeln!(f, "  return")?,
        }
        for (n, r) in self.resumes.iter().enumerate() {
            writeln!(f, "resume {n}: code {} unit {} depth {}", r.code, r.unit, r.depth)?;
        }
        Ok(())
    }
}
