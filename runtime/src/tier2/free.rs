//! The end of executors: those whose assumptions broke, and the coldest ones when the memory for code is full.
//!
//! An executor that has to go is *doomed* first. It is freed at a safe point at which no compiled code runs at all: neither
//! in the innermost frame nor further out, below native code that was called from it. So nobody can be in its code, however he
//! got there. Then
//!
//! 1. the side traces that only its exits lead to go with it;
//! 2. exits that were linked to them lead to the interpreter again;
//! 3. the instructions that entered it are put back, to count anew: with a longer wait when an assumption broke, and after
//!    some times never again (loops);
//! 4. its code and data slots return to the arena, its numbers to those that can be given again;
//! 5. its references are dropped, which may run Python: last, when nobody holds the state.
//!
//! Regions of tier 3 contain their traces' code and name their exits. So executors that tier 3 was given are *retired*: nothing
//! leads to them any more (1–3), but their memory and numbers stay.

use std::ops::Range;
use std::sync::atomic::Ordering;

use taipan_layout::objects::Code;
use taipan_layout::thread::leave;
use taipan_mir::opcodes::Opcode;

use super::record::Start;
use super::{Executor, MAX_FAILURES, State, figures, install, loop_counter};
use crate::objects::code;
use crate::vm::Vm;

/// Why an executor goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Doom {
    /// What it takes for granted does not hold.
    Invalid,
    /// Its memory is needed.
    Cold,
}

/// Marks an executor; its code is not entered to any purpose from now on.
pub(super) fn doom(vm: &Vm, state: &mut State, executor: usize, doom: Doom) {
    *state.executors[executor].invalid = 1;
    if !state.doomed.iter().any(|(doomed, _)| *doomed == executor) {
        state.doomed.push((executor, doom));
    }
    ask(vm);
}

/// Asks for a safe point.
pub(super) fn ask(vm: &Vm) {
    // SAFETY: the leave word is atomic.
    unsafe { (*vm.ts()).leave.fetch_or(leave::PENDING, Ordering::Release) };
}

/// Compiled code has been left: what waited for that is due.
pub(super) fn left(vm: &Vm, state: &mut State) {
    if state.running == 0 && !state.doomed.is_empty() {
        ask(vm);
    }
}

/// The memory for code is full: dooms the loops that were entered least since the last time, until half of it is free.
pub(super) fn evict(vm: &Vm, state: &mut State) {
    if state.doomed.iter().any(|(_, doom)| *doom == Doom::Cold) {
        return;
    }
    let mut roots: Vec<usize> = (0..state.executors.len())
        .filter(|n| {
            let e = &state.executors[*n];
            let is_root = matches!(e.start, Start::Loop { .. } | Start::Entry { .. });
            e.code.is_some() && *e.invalid == 0 && is_root
        })
        .collect();
    roots.sort_by_key(|n| (state.executors[*n].entered, state.executors[*n].serial));
    let all: usize = state.executors.iter().map(|e| e.code_len).sum();
    let mut found = 0;
    for root in roots {
        if found * 2 > all {
            break;
        }
        found += family(state, root).iter().map(|n| state.executors[*n].code_len).sum::<usize>();
        doom(vm, state, root, Doom::Cold);
    }
    for executor in &mut state.executors {
        executor.entered = 0;
    }
    state.stats.evictions += 1;
}

/// Frees what is doomed, if that can be done now. At a safe point.
pub(super) fn collect(vm: &Vm) {
    // SAFETY: at a safe point nobody borrows the state; the borrow ends before anything is dropped.
    let dead: Vec<Executor> = unsafe {
        let state = vm.tier2.state();
        if state.running > 0 || state.doomed.is_empty() {
            return;
        }
        let mut dead = Vec::new();
        for (executor, doom) in std::mem::take(&mut state.doomed) {
            free(vm, state, executor, doom, &mut dead);
        }
        dead
    };
    drop(dead);
}

/// The executor with all side traces that only lead from it.
fn family(state: &State, executor: usize) -> Vec<usize> {
    let mut members = vec![executor];
    let mut next = 0;
    while let Some(&member) = members.get(next) {
        let exits = &state.executors[member].exits;
        let is_side = |e: &Executor| matches!(e.start, Start::Exit(id) | Start::Return { exit: id, .. } if exits.contains(&id));
        for (n, e) in state.executors.iter().enumerate() {
            if !e.exits.is_empty() && is_side(e) && !members.contains(&n) {
                members.push(n);
            }
        }
        next += 1;
    }
    members
}

fn free(vm: &Vm, state: &mut State, executor: usize, doom: Doom, dead: &mut Vec<Executor>) {
    let members = family(state, executor);
    if state.executors[executor].exits.is_empty() {
        // Freed already, as a side trace of another.
        return;
    }
    let stays = members.iter().any(|n| state.executors[*n].is_in_region);
    for id in 0..state.exits.len() as u32 {
        let exit = &mut state.exits[id as usize];
        if exit.bridge.is_some_and(|b| members.contains(&b)) {
            exit.bridge = None;
        }
        if exit.link.is_some_and(|l| members.contains(&l)) {
            state.unlink(id);
        }
    }
    if let Start::Exit(id) | Start::Return { exit: id, .. } = state.executors[executor].start
        && let Some(exit) = state.exits.get_mut(id as usize)
    {
        exit.count = 0;
        exit.failures = exit.failures.saturating_add((doom == Doom::Invalid) as u8);
    }
    state.heads.retain(|_, n| !members.contains(n));
    state.points.retain(|_, n| !members.contains(n));
    for member in members {
        if let Start::Loop { code, .. } | Start::Entry { code, .. } = state.executors[member].start {
            // SAFETY: the executor has kept its code alive.
            unsafe { uninstall(vm, code, member, doom) };
        }
        if stays {
            *state.executors[member].invalid = 1;
            continue;
        }
        figures::keep(state, member);
        let e = std::mem::replace(&mut state.executors[member], Executor::vacant());
        if state.recorder.as_ref().is_some_and(
            |r| matches!(r.start, Start::Exit(id) | Start::Return { exit: id, .. } if e.exits.contains(&id)),
        ) {
            // The hooked interpreter finds nothing to record.
            state.recorder = None;
        }
        if let (Some(arena), Some((code, slots))) = (&mut state.arena, e.code) {
            arena.free(code);
            arena.free(slots);
        }
        state.owners.retain(|(_, owner)| *owner != member);
        state.hot.retain(|(_, owner)| *owner != member);
        for exit in &mut state.exits[e.exits.start as usize..e.exits.end as usize] {
            exit.vacate();
        }
        give(&mut state.vacant_exits, e.exits.clone());
        state.vacant.push(member);
        state.stats.freed += 1;
        state.stats.code_bytes -= e.code_len as u64;
        dead.push(e);
    }
}

/// Puts the jumps back that entered the executor.
unsafe fn uninstall(vm: &Vm, code: *mut Code, executor: usize, doom: Doom) {
    // SAFETY: the code is live; what is put back is a jump with its counter behind it.
    unsafe {
        for ip in code::uninstall_executor(code, executor) {
            if *ip as u8 != Opcode::JUMP_BACKWARD as u8 {
                // The entry of a function: its code has the counter.
                (*code).entry_count = match doom {
                    Doom::Invalid => install::ENTRY_BACKOFF,
                    Doom::Cold => vm.config.entry_counter(),
                };
                continue;
            }
            let counter = ip.add(1);
            let backoff = (*counter & 15).max(10) + 1;
            let form = match doom {
                Doom::Invalid if backoff > 10 + u16::from(MAX_FAILURES) => Opcode::JUMP_BACKWARD_NO_JIT,
                _ => Opcode::JUMP_BACKWARD_JIT,
            };
            *ip = (*ip & 0xFF00) | form as u16;
            *counter = match (doom, form) {
                (_, Opcode::JUMP_BACKWARD_NO_JIT) => 0,
                (Doom::Invalid, _) => (loop_counter(vm.config.jit_threshold) & !15) | backoff,
                (Doom::Cold, _) => 4095 << 4 | (*counter & 15),
            };
        }
    }
}

/// Room for `count` exits: the first one's number.
pub(super) fn take(vacant: &mut Vec<Range<u32>>, count: usize) -> Option<u32> {
    let at = vacant.iter().position(|r| r.len() >= count)?;
    let first = vacant[at].start;
    vacant[at].start += count as u32;
    if vacant[at].is_empty() {
        vacant.swap_remove(at);
    }
    Some(first)
}

pub(super) fn give(vacant: &mut Vec<Range<u32>>, range: Range<u32>) {
    if let Some(before) = vacant.iter_mut().find(|r| r.end == range.start) {
        before.end = range.end;
    } else if let Some(after) = vacant.iter_mut().find(|r| r.start == range.end) {
        after.start = range.start;
    } else if !range.is_empty() {
        vacant.push(range);
    }
}
