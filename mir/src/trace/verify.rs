//! What must hold of every trace, whoever made it.
//!
//! The stack of words below the trace's start is not known, so only what the trace itself put there is counted; doubles
//! begin with as many as the code is entered with.

use super::{End, NO_SNAPSHOT, Tail, Trace};
use crate::uops::{Class, Flags, Rep};

/// Registers for doubles.
const DOUBLES: i32 = 3;

/// The first rule that the trace breaks.
pub fn verify(trace: &Trace, entry_doubles: usize) -> Result<(), String> {
    let mut doubles = entry_doubles as i32;
    for (n, inst) in trace.insts.iter().enumerate() {
        let info = inst.uop.info();
        let wrong = |what: String| Err(format!("uop {n}, {}: {what}", inst.uop));
        if !inst.uop.in_traces() {
            return wrong("is not for traces".into());
        }
        if inst.resume as usize >= trace.resumes.len() {
            return wrong(format!("there is no resume point {}", inst.resume));
        }
        let exits = info.is(Flags::DEOPT.union(Flags::EXIT));
        if inst.snapshot != NO_SNAPSHOT {
            let Some(snapshot) = trace.snapshots.get(inst.snapshot as usize) else {
                return wrong(format!("there is no snapshot {}", inst.snapshot));
            };
            let live = snapshot.tail.iter().filter(|t| matches!(t, Tail::Double(_))).count() as i32;
            if exits && live != doubles {
                return wrong(format!("{doubles} doubles are live, the snapshot has {live}"));
            }
        } else if exits && !trace.snapshots.is_empty() && doubles > 0 {
            return wrong("its exit loses doubles".into());
        }
        if info.class == Class::Calling && doubles > 0 {
            return wrong(format!("calls while {doubles} doubles are in registers"));
        }
        let count = |items: &[crate::uops::Item]| items.iter().filter(|i| i.rep == Rep::F64).count() as i32;
        if doubles < count(info.inputs) {
            return wrong("takes more doubles than there are".into());
        }
        doubles += count(info.outputs) - count(info.inputs);
        if doubles > DOUBLES {
            return wrong("leaves more doubles than there are registers".into());
        }
    }
    if doubles != 0 {
        return Err(format!("{doubles} doubles are in registers at the end"));
    }
    if trace.preamble > trace.insts.len() {
        return Err("the preamble is longer than the trace".into());
    }
    match trace.end {
        End::Exit(resume) if resume as usize >= trace.resumes.len() => {
            Err(format!("the trace ends at resume point {resume}, which there is not"))
        }
        End::Return if !trace.insts.last().is_some_and(|i| i.uop.always_switches()) => {
            Err("the trace ends with a return that it does not have".into())
        }
        _ => Ok(()),
    }
}
