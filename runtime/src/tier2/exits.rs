//! Entering executors and coming back.

use taipan_layout::{Frame, StackValue, ThreadState};
use taipan_stencil_lib::emit;

use super::record::{self, Start};
use super::{EXIT_THRESHOLD, ExitKind, LOOP_THRESHOLD, MAX_FAILURES, traceable};
use crate::interp::unwind;
use crate::vm::Vm;

/// A back-edge's counter ran out.
///
/// # Safety
/// `frame` is current and executes the jump at `ip`, which leads to `target`.
pub unsafe fn hot_loop(vm: &Vm, frame: *mut Frame, ip: *mut u16, target: *mut u16) {
    // SAFETY: by contract; the counter is the unit after the jump.
    unsafe {
        *ip.add(1) = loop_counter(vm.config.jit_threshold) | (*ip.add(1) & 15);
        let state = vm.tier2.state();
        if state.recorder.is_some() || !traceable(frame) {
            return;
        }
        record::begin(vm, state, Start::Loop { code: (*frame).code, back_edge: ip }, frame, target, 0);
    }
}

/// The counter unit of a loop that has not been looked at.
pub fn loop_counter(threshold: Option<u32>) -> u16 {
    (threshold.unwrap_or(LOOP_THRESHOLD).clamp(1, 4095) as u16) << 4
}

/// Runs an executor: 1 when the interpreter goes on in `ts.frame`, −1 when it has to be left.
///
/// # Safety
/// `frame` is current, its stack in memory, and executes the instruction that `executor` stands for.
pub unsafe fn enter(vm: &Vm, frame: *mut Frame, executor: usize) -> i32 {
    // SAFETY: by contract. The state is not borrowed while machine code runs.
    unsafe {
        let ts: *mut ThreadState = vm.ts();
        let entry = vm.tier2.state().executors[executor].entry;
        vm.tier2.state().stats.entries += 1;
        emit::enter(frame, (*frame).sp, ts, entry);
        let state = vm.tier2.state();
        state.stats.exits += 1;
        let id = (*ts).exit_id as u32;
        let exit = &mut state.exits[id as usize];
        let current = (*ts).frame;
        if exit.kind == ExitKind::Error {
            if (*ts).exception.is_null() {
                // A frame was pushed that the trace did not expect.
                return 1;
            }
            (*current).ip = exit.ip;
            return if unwind::unwind(ts, current, std::ptr::null_mut()).is_null() { -1 } else { 1 };
        }
        let mut sp = (*current).sp;
        for i in 0..exit.depth as usize {
            *sp = StackValue((*ts).exit_words[i]);
            sp = sp.add(1);
        }
        (*current).sp = sp;
        (*current).ip = exit.ip;
        if !(*ts).exception.is_null() {
            // A region could not box a float on its way out.
            return if unwind::unwind(ts, current, std::ptr::null_mut()).is_null() { -1 } else { 1 };
        }
        if exit.kind == ExitKind::Hot {
            super::regions::request(vm, state, id);
            return 1;
        }
        exit.count += 1;
        let threshold = vm.config.exit_threshold.unwrap_or(EXIT_THRESHOLD);
        if exit.count >= threshold
            && exit.failures < MAX_FAILURES
            && state.recorder.is_none()
            && traceable(current)
        {
            let ip = exit.ip;
            exit.count = 0;
            let calls = exit.calls;
            record::begin(vm, state, Start::Exit(id), current, ip, calls);
        }
        1
    }
}
