//! The text form: [`super::parse`] reads it again.

use std::fmt;

use super::{End, NO_SNAPSHOT, Tail, Trace};

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "trace")?;
        for (n, i) in self.insts.iter().enumerate() {
            if n == self.preamble && n > 0 {
                writeln!(f, "start:")?;
            }
            write!(f, "  {:<36}", i.uop.name())?;
            if i.oparg != 0 {
                write!(f, " {}", i.oparg)?;
            }
            // Recorded uops may carry more than their row has: what the recorder observed.
            let named = i.uop.info().operands;
            let last = i.operands.iter().rposition(|o| *o != 0).map_or(0, |p| p + 1).max(named.len());
            for (n, o) in i.operands[..last].iter().enumerate() {
                write!(f, " {}={o:#x}", named.get(n).map_or("observed", |operand| operand.name))?;
            }
            write!(f, " -> {}", i.resume)?;
            if i.snapshot != NO_SNAPSHOT {
                write!(f, " @{}", i.snapshot)?;
            }
            writeln!(f, "{}", if i.jumps { " jumps" } else { "" })?;
        }
        match self.end {
            End::Loop => writeln!(f, "  goto start")?,
            End::Exit(r) => writeln!(f, "  exit {r}")?,
            End::Return => writeln!(f, "  return")?,
        }
        for (n, r) in self.resumes.iter().enumerate() {
            writeln!(f, "resume {n}: code {} unit {} depth {}", r.code, r.unit, r.depth)?;
        }
        for (n, s) in self.snapshots.iter().enumerate() {
            write!(f, "snapshot {n}:")?;
            for frame in &s.frames {
                write!(
                    f,
                    " frame {:#x} {:#x} {} {} {} {:#x} {:#x}",
                    frame.function,
                    frame.call_ip,
                    frame.size,
                    frame.caller_stack,
                    frame.return_offset,
                    frame.borrowed,
                    frame.unset
                )?;
            }
            for tail in &s.tail {
                match tail {
                    Tail::Tagged => write!(f, " tagged")?,
                    Tail::Double(n) => write!(f, " f{n}")?,
                    Tail::Constant(word) => write!(f, " {word:#x}")?,
                    Tail::Local(n) => write!(f, " local{n}")?,
                    Tail::List => write!(f, " list")?,
                    Tail::Function { code, cell } => write!(f, " function {code:#x} {cell}")?,
                }
            }
            for raw in &s.raw {
                write!(f, " raw {} {}", raw.distance, raw.local)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
