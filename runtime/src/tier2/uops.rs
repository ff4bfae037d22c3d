//! The interpreter of uops: runs the steps of a trace one at a time, without machine code of its own.
//!
//! It is the reference for tier 2. Recording, optimiser, exits, snapshots, side traces and the leave word are those of the
//! stencil tier; what it leaves out is what stencils add: cached stack values, doubles in registers, holes, layout and
//! jumps through data slots. So a program that differs between the two has met a mistake in the emitter or in a stencil, and
//! one that is wrong under both has met one in the recorder or the optimiser.

use taipan_layout::Frame;
use taipan_stencil_lib::emit::Step;
use taipan_stencil_lib::uops::{Constants, Machine, Way};

use crate::vm::Vm;

/// Runs an executor until it takes an exit that leads to the interpreter, as [`taipan_stencil_lib::emit::enter`] does.
///
/// # Safety
/// `frame` is the innermost one of the running thread, in the state in which the executor is entered.
pub(super) unsafe fn run(vm: &Vm, frame: *mut Frame, executor: usize) {
    let ts = vm.ts();
    // SAFETY: by contract; the state is not borrowed while a uop runs, for that may run Python.
    unsafe {
        let mut machine = Machine::new(frame, (*frame).sp);
        machine.reset();
        let mut executor = executor;
        'executors: loop {
            let program = vm.tier2.state().executors[executor].program.clone();
            let label = |wanted: u32| {
                let is = |s: &Step| matches!(s, Step::Label { label, .. } if *label == wanted);
                program.iter().position(is).unwrap_or(program.len())
            };
            let mut at = 0;
            let exit = loop {
                // The last step leaves.
                let Some(step) = program.get(at) else { break 0 };
                let op = match step {
                    Step::Op(op) => op,
                    Step::Label { .. } => {
                        at += 1;
                        continue;
                    }
                    Step::Goto(target) => {
                        at = label(*target);
                        continue;
                    }
                    Step::Exit(id) => break *id,
                };
                let constants = Constants { oparg: op.oparg as u64, operands: op.operands };
                // A verified trace has only uops of traces.
                let Some((way, slow)) = machine.run(ts, op.uop, &constants) else { break op.deopt };
                if slow && let Some(counts) = &mut vm.tier2.state().executors[executor].counts {
                    counts.slow += 1;
                }
                match way {
                    Way::Continue => at += 1,
                    Way::Deopt => break op.deopt,
                    Way::Error => break op.error,
                    Way::Jump => at = label(op.target),
                }
            };
            match vm.tier2.state().exits[exit as usize].link {
                Some(next) => executor = next,
                None => {
                    (*ts).exit_id = exit as u64;
                    break 'executors;
                }
            }
        }
        for (n, double) in machine.doubles().iter().enumerate() {
            (*ts).exit_words[machine.doubles().len() + n] = double.to_bits();
        }
        (*machine.frame).sp = machine.sp;
        (*ts).frame = machine.frame;
    }
}
