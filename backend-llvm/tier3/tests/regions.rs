//! Regions made by hand: every uop can be lowered, and loops keep their numbers in registers.
#![allow(unsafe_code, reason = "regions are flat data with pointers")]

use taipan_mir::region::{Exit, NONE, Region, Step, StepKind, TEXT_BUILT, TEXT_OPTIMISED, Trace};
use taipan_mir::uops::{Flags, Rep, Uop};

const NO_STEP: Step =
    Step { kind: StepKind::Op, uop: 0, oparg: 0, target: NONE, operands: [0; 2], deopt: 0, error: 0 };

fn op(uop: Uop, oparg: u32) -> Step {
    Step { uop: uop as u32, oparg, ..NO_STEP }
}
const HEAD: Step = Step { kind: StepKind::Label, target: 0, ..NO_STEP };
const BACK: Step = Step { kind: StepKind::Goto, target: 0, ..NO_STEP };

/// The IR of a loop and its side traces. Exit 0 leaves, exit 1 goes on in trace 1.
fn ir(traces: &[Vec<Step>], text: u32) -> Result<String, String> {
    let leave = Exit { id: 7, depth: 0, link: NONE, slot: 0x1000 };
    let exits = [leave, Exit { link: 1, ..leave }];
    let raw: Vec<Trace> = traces.iter().map(|t| Trace { steps: t.as_ptr(), len: t.len() }).collect();
    let region = Region {
        traces: raw.as_ptr(),
        trace_count: raw.len(),
        exits: exits.as_ptr(),
        exit_count: exits.len(),
        verify: true,
        text,
    };
    // SAFETY: the pointers are into slices that live until the end of the call; what comes back is released once.
    unsafe {
        let context = taipan_llvm::taipan_llvm_create(std::ptr::dangling(), 0);
        let compiled = taipan_llvm::taipan_llvm_compile(context, &region);
        let text = std::slice::from_raw_parts((*compiled).message, (*compiled).message_len);
        let text = String::from_utf8_lossy(text).into_owned();
        taipan_llvm::taipan_llvm_release(compiled);
        taipan_llvm::taipan_llvm_destroy(context);
        if text.contains("define ") { Ok(text) } else { Err(text) }
    }
}

#[test]
fn every_uop_of_traces_can_be_lowered() {
    let mut problems = Vec::new();
    for &uop in Uop::ALL {
        let info = uop.info();
        if !uop.in_traces()
            || uop.always_switches()
            || uop.moves_frame()
            // The frame that these need is not there.
            || matches!(uop, Uop::_MATERIALIZE_FRAME | Uop::_BOX_LOCAL)
            || info.is(Flags::JUMP.union(Flags::JUMP_BACK))
        {
            continue;
        }
        let mut side: Vec<Step> = info
            .inputs
            .iter()
            .filter(|i| i.rep == Rep::F64)
            .map(|_| Step { operands: [1.5f64.to_bits(), 0], ..op(Uop::_LOAD_CONST_F64, 0) })
            .collect();
        if uop == Uop::_LOAD_FAST_F64 {
            side.extend([op(Uop::_LOAD_CONST_F64, 0), op(Uop::_STORE_FAST_F64, 2)]);
        }
        side.push(Step { operands: [16, 16], target: 5, ..op(uop, 2) });
        side.push(Step { kind: StepKind::Exit, ..NO_STEP });
        if info.jumps() {
            side.push(Step { kind: StepKind::Label, target: 5, ..NO_STEP });
            side.push(Step { kind: StepKind::Exit, ..NO_STEP });
        }
        let root = vec![HEAD, Step { deopt: 1, ..op(Uop::_CHECK_LEAVE, 0) }, BACK];
        if let Err(problem) = ir(&[root, side], TEXT_BUILT) {
            problems.push(format!("{uop}: {problem}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// `while True: x = x + y`, for two floats, as tier 2 leaves it.
#[test]
fn a_sum_of_floats_stays_in_a_register() {
    let guards = [op(Uop::_GUARD_LOCAL_FLONUM, 0), op(Uop::_GUARD_LOCAL_FLONUM, 1), op(Uop::_UNBOX_LOCAL, 0)];
    let body = [
        op(Uop::_LOAD_FAST_F64, 0),
        op(Uop::_LOAD_FAST_UNBOX_ANY, 1),
        op(Uop::_BINARY_OP_ADD_FLOAT_UNBOXED, 0),
        op(Uop::_STORE_FAST_F64, 0),
        op(Uop::_CHECK_LEAVE, 0),
    ];
    let root: Vec<Step> = guards.into_iter().chain([HEAD]).chain(body).chain([BACK]).collect();
    let text = ir(&[root], TEXT_OPTIMISED).expect("the loop can be lowered");
    // The loop has an addition, whose operands are not loaded anew on every turn.
    let blocks: Vec<&str> = text.split("\n\n").collect();
    let adds: Vec<&&str> = blocks.iter().filter(|b| b.contains("fadd double")).collect();
    let [sum] = adds[..] else { panic!("no single addition in\n{text}") };
    assert!(!sum.contains("load double"), "{sum}");
    assert!(!sum.contains("lshr"), "{sum}");
}

/// `x = (x on a stack) + 1.0` with a float that tier 2 boxes for the stack: nobody looks, so that there is no box in the loop.
#[test]
fn a_box_that_nobody_sees_is_not_made() {
    let guards = [op(Uop::_GUARD_LOCAL_FLONUM, 0), op(Uop::_UNBOX_LOCAL, 0)];
    let body = [
        op(Uop::_BOX_LOCAL, 0),
        op(Uop::_LOAD_FAST_BORROW, 0),
        Step { operands: [1.0f64.to_bits(), 0], ..op(Uop::_LOAD_CONST_F64, 0) },
        op(Uop::_UNBOX_FLOAT_ANY, 0),
        op(Uop::_BINARY_OP_ADD_FLOAT_UNBOXED, 0),
        op(Uop::_GUARD_LOCAL_IMMEDIATE, 0),
        op(Uop::_STORE_FAST_F64, 0),
        op(Uop::_CHECK_LEAVE, 0),
    ];
    let loop_of = |body: &[Step]| {
        let root: Vec<Step> = guards.iter().chain([&HEAD]).chain(body).chain([&BACK]).copied().collect();
        ir(&[root], TEXT_OPTIMISED).expect("the loop can be lowered")
    };
    let calls = |text: &str| text.lines().filter(|l| l.contains("call ") && !l.contains("@llvm.")).count();
    let seen = [
        op(Uop::_BOX_LOCAL, 0),
        op(Uop::_LOAD_FAST, 0),
        op(Uop::_POP_TOP_FLOAT, 0),
        op(Uop::_UNBOX_LOCAL, 0),
    ];
    assert!(calls(&loop_of(&[&seen[..], &body[..]].concat())) > calls(&loop_of(&body)), "a box that is seen");
    let text = loop_of(&body);
    let sum = text.split("\n\n").find(|b| b.contains("fadd double")).expect("an addition");
    assert!(!sum.contains("fshl") && !sum.contains("call "), "{sum}");
}
