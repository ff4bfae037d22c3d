//! Recorded instructions become uops: each expands as the table says, the interpreter's own business (counters) is left
//! out, and jumps become guards for the direction that was taken.

use taipan_layout::objects::{Code, Dict};
use taipan_layout::thread::Sink;
use taipan_layout::{Frame, Value};
use taipan_mir::opcodes::Opcode;
use taipan_mir::trace::{End, Inst, NO_SNAPSHOT, Resume, Trace};
use taipan_mir::uops::{ArgPart, Class, Flags, Uop, expansion};

use super::install::Stopped;
use super::record::{Entry, Enumerated, is_pushed_by};
use crate::vm::Vm;

/// Whether traces may contain the instruction.
pub fn supported(op: Opcode) -> bool {
    match op {
        Opcode::SEND
        | Opcode::SEND_GEN
        | Opcode::INTERPRETER_EXIT
        | Opcode::IMPORT_NAME
        | Opcode::IMPORT_FROM
        | Opcode::RESUME
        | Opcode::LOAD_BUILD_CLASS
        | Opcode::BINARY_OP_INPLACE_ADD_UNICODE => false,
        _ => expansion(op).is_some_and(|e| {
            e.uops().all(|(u, ..)| !u.info().is(Flags::RERAISE.union(Flags::LEAVE)) && u != Uop::_BAD_OPCODE)
        }),
    }
}

/// A name that a uop looks up.
#[derive(Clone, Copy)]
pub struct Binding {
    pub inst: u32,
    pub globals: *mut Dict,
    /// Null when the name is in the globals.
    pub builtins: *mut Dict,
    pub name: Value,
}

/// A trace, with the code objects and instruction addresses that its resume points mean.
pub struct Translation {
    pub trace: Trace,
    /// Where each begins, and the instruction itself behind its `EXTENDED_ARG`s.
    pub ips: Vec<(*mut u16, *mut u16)>,
    /// The form in which the instruction was recorded.
    pub origins: Vec<(Opcode, [u16; 10])>,
    /// The dicts and names of globals, by index of the uop that loads them.
    pub bindings: Vec<Binding>,
    pub codes: Vec<*mut Code>,
    /// Calls that are open at the instruction being translated.
    depth: u32,
}

/// Class methods that are loaded from their class and called are called as functions, with the class as the first argument, where
/// the call can be found.
pub fn unbind_class_methods(entries: &mut [Entry]) {
    for n in 0..entries.len() {
        let load = entries[n];
        if load.opcode != Opcode::LOAD_ATTR || load.observed == 0 {
            continue;
        }
        // The callee is where the class was.
        let call = entries[n + 1..].iter_mut().find(|e| {
            let is_call =
                matches!(e.opcode, Opcode::CALL_BOUND_METHOD_EXACT_ARGS | Opcode::CALL_BOUND_METHOD_GENERAL);
            e.frame == load.frame && is_call && e.depth == load.depth + e.oparg + 1
        });
        match call {
            Some(call) if call.opcode == Opcode::CALL_BOUND_METHOD_EXACT_ARGS => {
                call.opcode = Opcode::CALL_PY_EXACT_ARGS;
            }
            Some(call) => call.opcode = Opcode::CALL_PY_GENERAL,
            None => entries[n].observed = 0,
        }
    }
}

/// Translates a recording. `stop` is the instruction at which a path that did not close is left; `first_failed` says
/// that the path begins behind a failed guard of its first instruction.
pub fn translate(entries: &[Entry], stopped: Stopped, first_failed: bool, calls: u32) -> Option<Translation> {
    let mut t = Translation {
        trace: Trace { insts: Vec::with_capacity(entries.len() * 3), end: End::Loop, ..Trace::default() },
        origins: Vec::new(),
        bindings: Vec::new(),
        ips: Vec::new(),
        codes: Vec::new(),
        depth: calls,
    };
    let stop = match stopped {
        Stopped::At(frame, ip) => Some((frame, ip)),
        Stopped::Closed | Stopped::Returned => None,
    };
    // A loop's last instruction leads to its first one.
    let stop_or_head = stop.or_else(|| match stopped {
        Stopped::Closed => entries.first().map(|e| (e.frame, e.begin)),
        _ => None,
    });
    // SAFETY: a frame that is not recorded further is about to go on.
    let last_code = stop_or_head.map(|(frame, _)| unsafe { (*frame).code });
    let mut skip = 0;
    for (i, e) in entries.iter().enumerate() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let next = entries.get(i + 1).map(|n| (n.frame, n.begin)).or(stop_or_head);
        let next_code = entries.get(i + 1).map(|n| n.code).or(last_code);
        let generic = i == 0 && first_failed;
        let resume = t.resume(e.code, e.begin, e.ip);
        t.origins.resize(t.ips.len(), (Opcode::NOP, [0; 10]));
        t.origins[resume as usize] = (e.opcode, e.cache);
        if e.missed && i > 0 && !matches!(e.opcode, Opcode::JUMP_BACKWARD | Opcode::FOR_ITER) {
            // It is specialised for what it met when a trace begins here.
            t.trace.end = End::Exit(resume);
            return Some(t);
        }
        let depth = entries.get(i + 1).map_or(0, |n| n.depth);
        let nested = match (entries.get(i + 1), stop) {
            (Some(next), _) => next.nested,
            // SAFETY: the frame is live: it is about to execute an instruction.
            (None, Some((frame, _))) => unsafe { !is_pushed_by(frame, e.frame) },
            (None, None) => false,
        };
        if let Some(passed) = t.enumerate(&entries[i..], next, generic, resume) {
            skip = passed;
            continue;
        }
        match t.instruction(
            e,
            next.map(|(frame, ip)| (frame, ip, nested)),
            (depth, next_code),
            generic,
            resume,
        ) {
            Some(()) => {}
            None => {
                // What happened here cannot be guarded: leave before it.
                t.trace.end = End::Exit(resume);
                return (i > 0).then_some(t);
            }
        }
    }
    if let Some((frame, ip)) = stop {
        // SAFETY: the frame is live: it is about to execute this instruction.
        let resume = t.resume(unsafe { (*frame).code }, ip, ip);
        t.trace.end = End::Exit(resume);
    }
    if stopped == Stopped::Returned {
        t.trace.end = End::Return;
    }
    Some(t)
}

impl Translation {
    /// The code object in which the trace's final exit resumes (in a list of one), or nothing.
    pub fn end_code(&self) -> Vec<*mut Code> {
        match self.trace.end {
            End::Exit(r) => vec![self.codes[self.trace.resumes[r as usize].code as usize]],
            End::Loop | End::Return => Vec::new(),
        }
    }

    fn resume(&mut self, code: *mut Code, begin: *mut u16, ip: *mut u16) -> u32 {
        let same = |r: &Resume| r.depth == self.depth;
        if let Some(at) =
            self.ips.iter().rposition(|p| *p == (begin, ip)).filter(|at| same(&self.trace.resumes[*at]))
        {
            return at as u32;
        }
        let number = match self.codes.iter().position(|c| *c == code) {
            Some(n) => n,
            None => {
                self.codes.push(code);
                self.codes.len() - 1
            }
        };
        // SAFETY: the instruction lies in the code.
        let unit = unsafe { begin.offset_from((*code).units) } as u32;
        self.ips.push((begin, ip));
        self.trace.resumes.push(Resume { code: number as u32, unit, depth: self.depth });
        self.ips.len() as u32 - 1
    }

    fn push(&mut self, uop: Uop, oparg: u32, operands: [u64; 2], resume: u32) {
        self.trace.insts.push(Inst { uop, oparg, operands, resume, jumps: false, snapshot: NO_SNAPSHOT });
    }

    /// A turn of a loop over an `enumerate` that takes the pair apart at once, or the loop's end: how many more instructions were
    /// done. The pair is never made.
    fn enumerate(
        &mut self,
        entries: &[Entry],
        next: Option<(*mut Frame, *mut u16)>,
        generic: bool,
        resume: u32,
    ) -> Option<usize> {
        let (e, (_, next_ip)) = (&entries[0], next?);
        let seen =
            if e.opcode == Opcode::FOR_ITER { Enumerated::from_observed(e.observed)? } else { return None };
        // SAFETY: an address inside of the running code.
        let jumped = next_ip != unsafe { e.ip.add(1 + e.opcode.caches()) };
        if seen.ended != jumped {
            return None;
        }
        if seen.ended {
            let end = if seen.is_list { Uop::_ENUMERATE_END_LIST } else { Uop::_ENUMERATE_END_TUPLE };
            self.push(end, 0, [0; 2], resume);
            return Some(0);
        }
        let unpack = entries.get(1).filter(|u| u.opcode.deopt() == Opcode::UNPACK_SEQUENCE && u.oparg == 2);
        // Behind a failed guard the generic form makes progress.
        if unpack.is_none() || generic {
            return None;
        }
        let (guard, take) = match seen.is_list {
            true => (Uop::_GUARD_ENUMERATE_LIST, Uop::_ENUMERATE_NEXT_LIST),
            false => (Uop::_GUARD_ENUMERATE_TUPLE, Uop::_ENUMERATE_NEXT_TUPLE),
        };
        self.push(guard, 0, [0; 2], resume);
        self.push(take, 0, [0; 2], resume);
        Some(1)
    }

    /// `None`: what the path did here cannot be checked by a guard.
    fn instruction(
        &mut self,
        e: &Entry,
        next: Option<(*mut Frame, *mut u16, bool)>,
        (next_depth, next_code): (u32, Option<*mut Code>),
        generic: bool,
        resume: u32,
    ) -> Option<()> {
        let (op, oparg) = (if generic { e.opcode.deopt() } else { e.opcode }, e.oparg);
        let expansion = expansion(op)?;
        let size = 1 + op.caches();
        let (next_frame, next_ip, nested) = next.unwrap_or((e.frame, std::ptr::null_mut(), false));
        // SAFETY: addresses inside of the running code.
        let (after, jumped) = unsafe {
            let mut after = e.ip.add(size);
            if expansion.uops().any(|(u, ..)| u.info().is(Flags::JUMP))
                && *after as u8 == Opcode::NOT_TAKEN as u8
                && next_ip == after.add(1)
            {
                // Conditional jumps that are not taken pass over the marker.
                after = next_ip;
            }
            (after, next_frame == e.frame && next_ip != after && !next_ip.is_null())
        };
        let pushes = expansion.uops().any(|(u, ..)| matches!(u, Uop::_PUSH_FRAME | Uop::_PUSH_FRAME_AHEAD));
        let switches = next_frame != e.frame;
        let returns = matches!(op, Opcode::RETURN_VALUE | Opcode::YIELD_VALUE | Opcode::RETURN_GENERATOR);
        if switches && !returns && (!pushes || nested) {
            // Native code runs Python code, instead of the specialised call perhaps.
            return None;
        }
        let may_jump = expansion.uops().any(|(u, ..)| u.info().jumps());
        if jumped && !may_jump {
            // An exception was caught here.
            return None;
        }
        if pushes && !switches {
            // The specialised call went the generic way.
            return None;
        }
        if op == Opcode::LOAD_ATTR && e.observed != 0 {
            // A class method: its function is called with the class.
            let version = e.cache[1] as u64 | (e.cache[2] as u64) << 16;
            self.push(Uop::_CHECK_ATTR_CLASS, oparg, [version, 0], resume);
            self.push(Uop::_LOAD_ATTR_METHOD_NO_DICT, oparg, [e.observed, 0], resume);
            return Some(());
        }
        if needs_ip(expansion.uops().map(|(u, ..)| u)) {
            // The frame of such a call returns to the next instruction.
            let ahead = expansion.uops().any(|(u, ..)| u == Uop::_PUSH_FRAME_AHEAD);
            let ip = if ahead { e.ip.wrapping_add(size) } else { e.ip };
            self.push(Uop::_SET_IP, 0, [ip as u64, 0], resume);
        }
        for (uop, part, at) in expansion.uops() {
            let info = uop.info();
            let oparg = match part {
                ArgPart::All => oparg,
                ArgPart::High => oparg >> 4,
                ArgPart::Low => oparg & 15,
            };
            let mut operands = [0; 2];
            let mut unit = at;
            for (slot, o) in operands.iter_mut().zip(info.operands) {
                *slot = match o.units {
                    0 => size as u64,
                    n => (0..n as usize).fold(0, |v, k| v | (e.cache[unit + k] as u64) << (16 * k)),
                };
                unit += o.units as usize;
            }
            self.observe(uop, e, oparg, &mut operands, resume);
            if uop == Uop::_BINARY_OP_SUBSCR_GETITEM_FRAME {
                // The bytecode takes whatever function the container's type has.
                self.push(Uop::_GUARD_GETITEM_CODE, 0, [next_code? as u64, 0], resume);
            }
            if op == Opcode::FOR_ITER_GEN {
                match uop {
                    Uop::_FOR_ITER_GEN_FRAME => {
                        self.push(Uop::_GUARD_GENERATOR_AT, 0, [next_ip as u64, 0], resume);
                    }
                    Uop::_PUSH_FRAME => operands[1] = next_depth as u64,
                    _ => {}
                }
            }
            match uop {
                _ if info.is(Flags::AGAIN) => {}
                Uop::_QUICKEN_RESUME
                | Uop::_COUNT_ENTRY
                | Uop::_JIT
                | Uop::_JUMP_FORWARD
                | Uop::_JUMP_BACKWARD => {}
                Uop::_NOP => {}
                Uop::_PUSH_FRAME_AHEAD => self.push(Uop::_PUSH_FRAME, oparg, operands, resume),
                // Loops and the trace's end look at the leave word.
                Uop::_RESUME_CHECK | Uop::_CHECK_PERIODIC_IF_NOT_YIELD_FROM => {}
                Uop::_CHECK_PERIODIC if op != Opcode::JUMP_BACKWARD && !is_jump_backward(op) => {
                    self.push(uop, oparg, operands, resume)
                }
                Uop::_CHECK_PERIODIC => self.push(Uop::_CHECK_LEAVE, 0, [0; 2], resume),
                Uop::_POP_JUMP_IF_FALSE => {
                    let guard = if jumped { Uop::_GUARD_IS_FALSE_POP } else { Uop::_GUARD_IS_TRUE_POP };
                    self.conditional(op, guard, resume)?
                }
                Uop::_POP_JUMP_IF_TRUE => {
                    let guard = if jumped { Uop::_GUARD_IS_TRUE_POP } else { Uop::_GUARD_IS_FALSE_POP };
                    self.conditional(op, guard, resume)?
                }
                Uop::_IS_NONE => return self.none_test(op, jumped, resume),
                _ if info.is(Flags::JUMP_SKIP) => {
                    if jumped {
                        if uop == Uop::_FOR_ITER {
                            return None;
                        }
                        self.trace.insts.push(Inst {
                            uop,
                            oparg,
                            operands,
                            resume,
                            jumps: true,
                            snapshot: NO_SNAPSHOT,
                        });
                        return Some(());
                    }
                    let guard = match uop {
                        Uop::_ITER_JUMP_LIST => Uop::_GUARD_NOT_EXHAUSTED_LIST,
                        Uop::_ITER_JUMP_TUPLE => Uop::_GUARD_NOT_EXHAUSTED_TUPLE,
                        Uop::_ITER_JUMP_RANGE => Uop::_GUARD_NOT_EXHAUSTED_RANGE,
                        Uop::_FOR_ITER => Uop::_FOR_ITER_TIER_TWO,
                        _ => return None,
                    };
                    self.push(guard, oparg, operands, resume);
                }
                _ if info.is(Flags::TIER1) || info.jumps() => return None,
                _ => self.push(uop, oparg, operands, resume),
            }
        }
        let _ = after;
        if pushes {
            self.depth += 1;
        } else if returns {
            self.depth = self.depth.saturating_sub(1);
        }
        Some(())
    }

    /// Adds what the recorder saw to uops that can make use of it.
    fn observe(&mut self, uop: Uop, e: &Entry, oparg: u32, operands: &mut [u64; 2], resume: u32) {
        if e.observed == 1 {
            // Operands whose types are known make short forms of these; nothing else guards them.
            let (nos, tos) = match uop {
                Uop::_UNARY_NEGATIVE => (false, true),
                Uop::_BINARY_OP | Uop::_STORE_SUBSCR => (true, true),
                _ => (false, false),
            };
            if tos {
                self.push(Uop::_GUARD_TOS_INT, 0, [0; 2], resume);
            }
            if nos {
                self.push(Uop::_GUARD_NOS_LIST, 0, [0; 2], resume);
            }
        }
        // SAFETY: the frame and its code are live: they were recorded just now.
        unsafe {
            match uop {
                Uop::_GUARD_GLOBALS_VERSION => operands[1] = e.globals as u64,
                Uop::_LOAD_CONST => operands[0] = (*(*e.code).consts.add(oparg as usize)).0,
                Uop::_CHECK_FUNCTION_VERSION | Uop::_STORE_ATTR_INSTANCE_VALUE | Uop::_EXPAND_METHOD => {
                    operands[1] = e.observed
                }
                Uop::_GUARD_GENEXPR_SINK => operands[1] = sink(operands[0]).builtin.0,
                Uop::_INIT_GENEXPR_SINK | Uop::_INIT_GENEXPR_LIST => {
                    operands[1] = sink(operands[0]).function.0;
                    operands[0] |= (sink(operands[0]).returns as u64) << 32;
                }
                Uop::_GUARD_CALLABLE_SINK => operands[1] = sink(operands[0]).builtin.0,
                Uop::_EXPAND_SINK => operands[1] = sink(operands[0]).function.0,
                Uop::_SWAP_FAST => {
                    // An instruction may have two stores.
                    let first = self.trace.insts.last().is_none_or(|i| i.resume != resume);
                    operands[0] = (if first { e.observed } else { e.observed >> 32 }) & 0xFFFF_FFFF;
                }
                Uop::_LOAD_GLOBAL_MODULE | Uop::_LOAD_GLOBAL_BUILTINS => {
                    operands[1] = e.observed;
                    let builtins = uop == Uop::_LOAD_GLOBAL_BUILTINS;
                    self.bindings.push(Binding {
                        inst: self.trace.insts.len() as u32,
                        globals: e.globals,
                        builtins: if builtins { e.builtins } else { std::ptr::null_mut() },
                        name: *(*e.code).names.add(oparg as usize >> 1),
                    });
                }
                _ => {}
            }
        }
    }

    /// A conditional jump that pops a flag. A flag that the same instruction computed cannot be computed again by the
    /// interpreter, so only plain jumps are guarded.
    fn conditional(&mut self, op: Opcode, guard: Uop, resume: u32) -> Option<()> {
        if !matches!(op, Opcode::POP_JUMP_IF_FALSE | Opcode::POP_JUMP_IF_TRUE) {
            return None;
        }
        self.push(guard, 0, [0; 2], resume);
        Some(())
    }

    /// `POP_JUMP_IF_NONE` and its opposite.
    fn none_test(&mut self, op: Opcode, jumped: bool, resume: u32) -> Option<()> {
        let is_none = jumped == (op == Opcode::POP_JUMP_IF_NONE);
        let guard = if is_none { Uop::_GUARD_IS_NONE_POP } else { Uop::_GUARD_IS_NOT_NONE_POP };
        self.push(guard, 0, [0; 2], resume);
        Some(())
    }
}

/// What a call of this number calls.
fn sink(number: u64) -> Sink {
    // SAFETY: specialisation has written the number of an entry; entries are never removed.
    unsafe { *(*Vm::current().ts()).sinks.add(number as usize) }
}

fn is_jump_backward(op: Opcode) -> bool {
    matches!(op, Opcode::JUMP_BACKWARD_JIT | Opcode::JUMP_BACKWARD_NO_JIT)
}

/// Whether something of the instruction looks at the frame's instruction pointer: Python code that it runs, and the
/// frame that it pushes (which returns to it).
fn needs_ip(mut uops: impl Iterator<Item = Uop>) -> bool {
    uops.any(|u| {
        let info = u.info();
        matches!(u, Uop::_PUSH_FRAME | Uop::_PUSH_FRAME_AHEAD)
            || matches!(u, Uop::_YIELD_VALUE | Uop::_RETURN_GENERATOR)
            || info.class == Class::Calling && info.is(Flags::ESCAPES) && u != Uop::_RETURN_VALUE
    })
}
