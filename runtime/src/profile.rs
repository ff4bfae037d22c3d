//! What a run teaches about its program (`taipan run --record-profile`).
//!
//! The whole program runs in the interpreter's hooked mode, where every instruction is reported before it executes. Counts are
//! kept per instruction: how often it ran, in which specialised forms, how often it jumped, and what its operands
//! were. Objects are named, never pointed to, so a profile outlives the process.
//!
//! `cli` gives the result its file format; `docs/aot.md` describes that.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use taipan_layout::objects::{Code, Function, Method};
use taipan_layout::{Frame, Kind, StackValue, ThreadState, Value};
use taipan_mir::opcodes::Opcode;
use taipan_mir::uops::{Flags, expansion};

use crate::objects::typeobject::attrs::full_name;
use crate::objects::{bytes, code, dict, is_kind, str, type_of};
use crate::owned::{Counted, Owned};
use crate::vm::Vm;

/// Forms and operands of one instruction that are told apart; what comes later counts as the first.
const MAX_KINDS: usize = 6;

/// An instruction.
#[derive(Clone, Debug, Default)]
pub struct Site {
    pub unit: u32,
    pub count: u64,
    /// How often it jumped.
    pub taken: u64,
    /// Opcodes that it had when it ran.
    pub forms: Vec<(Opcode, u64)>,
    /// Types of its operands, or the callee.
    pub seen: Vec<(String, u64)>,
    /// Kinds of operands in the cache of `BINARY_OP_EXTEND`.
    pub kinds: u16,
}

/// A code object that ran.
#[derive(Clone, Debug)]
pub struct Profile {
    pub module: String,
    /// The last part of the file name: what `exec` runs is not the module's own.
    pub file: String,
    pub qualname: String,
    pub line: i32,
    pub hash: u64,
    /// Instructions that ran, in order.
    pub sites: Vec<Site>,
}

struct Counts {
    /// Kept alive: addresses name code objects here.
    code: Owned,
    module: String,
    units: Vec<Option<Box<Slot>>>,
}

#[derive(Default)]
struct Slot {
    site: Site,
    /// What `site.seen` stands for.
    keys: Vec<[u64; 2]>,
}

/// Opcodes that may go on in two places.
static JUMPS: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut jumps = [false; 256];
    for op in Opcode::ALL.iter().filter(|op| **op != Opcode::JUMP_FORWARD) {
        let flags = Flags::JUMP.union(Flags::JUMP_SKIP);
        jumps[*op as usize] = expansion(*op).is_some_and(|e| e.uops().any(|(u, ..)| u.info().is(flags)));
    }
    jumps
});

struct Recorder {
    codes: HashMap<usize, Box<Counts>>,
    /// The last code object that was looked up: most instructions follow one of their own.
    last: (usize, *mut Counts),
    /// The last conditional jump: code, unit, frame, where it goes on if it does not jump.
    jump: Option<(usize, usize, *mut Frame, *mut u16)>,
}

/// Interior mutability under the interpreter lock.
#[derive(Default)]
pub(crate) struct State(UnsafeCell<Option<Box<Recorder>>>);

impl State {
    pub(crate) fn is_recording(&self) -> bool {
        // SAFETY: a look under the interpreter lock.
        unsafe { (*self.0.get()).is_some() }
    }
}

/// From now on everything is recorded.
pub(crate) fn start(vm: &Vm) {
    // SAFETY: the thread state is ours, and nothing records yet.
    unsafe {
        *vm.profile.0.get() =
            Some(Box::new(Recorder { codes: HashMap::new(), last: (0, std::ptr::null_mut()), jump: None }));
        (*vm.ts()).hook = Some(hook);
        (*vm.ts()).dispatch = taipan_stencil_lib::hooked_handlers().as_ptr();
    }
}

/// What was recorded, and nothing more is.
pub fn finish(vm: &Vm) -> Vec<Profile> {
    // SAFETY: no hook runs now.
    let recorder = unsafe {
        (*vm.ts()).hook = None;
        (*vm.ts()).dispatch = taipan_stencil_lib::handlers().as_ptr();
        (*vm.profile.0.get()).take()
    };
    let Some(recorder) = recorder else { return Vec::new() };
    let mut all: Vec<Profile> = recorder.codes.into_values().map(|counts| profile(*counts)).collect();
    all.sort_by(|a, b| (&a.module, a.line, &a.qualname).cmp(&(&b.module, b.line, &b.qualname)));
    all
}

fn profile(counts: Counts) -> Profile {
    let this = code::code_object(*counts.code);
    let file = str::to_string_lossy(this.filename);
    Profile {
        module: counts.module,
        file: file.rsplit('/').next().unwrap_or_default().to_owned(),
        qualname: str::to_string_lossy(this.qualname),
        line: this.firstlineno,
        hash: taipan_mir::aot::code_hash(bytes::as_slice(&this.code)),
        sites: counts.units.into_iter().flatten().map(|slot| slot.site).collect(),
    }
}

unsafe extern "C" fn hook(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u64) -> i32 {
    // SAFETY: called by the hooked handlers of the running thread; the recorder is borrowed for this call only, in
    // which no Python code runs.
    unsafe {
        let vm = Vm::from_ts(ts);
        if let Some(recorder) = &mut *vm.profile.0.get() {
            recorder.observe(vm, frame, ip, oparg as u32);
        }
    }
    0
}

impl Recorder {
    unsafe fn observe(&mut self, vm: &Vm, frame: *mut Frame, ip: *mut u16, oparg: u32) {
        // SAFETY: the frame is running this instruction; its stack is in memory.
        unsafe {
            let Some(op) = Opcode::from_u8(*ip as u8) else { return };
            if let Some((code, unit, of, next)) = self.jump.take()
                && of == frame
            {
                let again = *next as u8 == Opcode::NOT_TAKEN as u8 && ip == next.add(1);
                if ip != next
                    && !again
                    && let Some(Some(slot)) = self.codes.get_mut(&code).and_then(|c| c.units.get_mut(unit))
                {
                    slot.site.taken += 1;
                }
            }
            if (*frame).function.is_null() {
                return;
            }
            let code = (*frame).code;
            let unit = ip.offset_from((*code).units) as usize;
            if self.last.0 != code as usize {
                let counts = self.codes.entry(code as usize).or_insert_with(|| counts(vm, frame, code));
                self.last = (code as usize, &raw mut **counts);
            }
            // The box stays where it is; nothing else borrows it.
            let counts = &mut *self.last.1;
            let Some(place) = counts.units.get_mut(unit) else { return };
            let slot = place.get_or_insert_default();
            slot.site.unit = unit as u32;
            slot.site.count += 1;
            match slot.site.forms.iter().position(|f| f.0 == op) {
                Some(at) => slot.site.forms[at].1 += 1,
                None if slot.site.forms.len() < MAX_KINDS => slot.site.forms.push((op, 1)),
                None => {}
            }
            if op == Opcode::BINARY_OP_EXTEND {
                slot.site.kinds = *ip.add(2);
            }
            slot.see(vm, frame, op, oparg);
            if JUMPS[op as usize] {
                self.jump = Some((code as usize, unit, frame, ip.add(1 + op.caches())));
            }
        }
    }
}

fn counts(vm: &Vm, frame: *mut Frame, code: *mut Code) -> Box<Counts> {
    // SAFETY: the frame is running the code.
    unsafe {
        let name = dict::get_str(vm, Value::from_ptr((*frame).globals), *vm.names.__name__);
        Box::new(Counts {
            code: code::of_ptr(code).value().own(),
            module: name.map_or_else(String::new, |name| str::as_str(&name).unwrap_or_default().into_owned()),
            units: (0..(*code).unit_count).map(|_| None).collect(),
        })
    }
}

impl Slot {
    unsafe fn see(&mut self, vm: &Vm, frame: *mut Frame, op: Opcode, oparg: u32) {
        // SAFETY: the instruction's operands are on the frame's stack.
        unsafe {
            let below = |n: usize| -> Value { StackValue::peek(*(*frame).sp.sub(n + 1)) };
            let type_word = |v: Value| type_of(vm, v).value().0;
            let key = match op.deopt() {
                Opcode::BINARY_OP | Opcode::COMPARE_OP | Opcode::CONTAINS_OP => {
                    [type_word(below(1)), type_word(below(0))]
                }
                Opcode::STORE_SUBSCR => [type_word(below(1)), type_word(below(0))],
                Opcode::LOAD_ATTR
                | Opcode::STORE_ATTR
                | Opcode::TO_BOOL
                | Opcode::FOR_ITER
                | Opcode::UNPACK_SEQUENCE => [type_word(below(0)), 0],
                Opcode::CALL => {
                    let callable = below(oparg as usize + 1);
                    let f = if is_kind(callable, Kind::Method) {
                        (*callable.as_ptr::<Method>()).function
                    } else {
                        callable
                    };
                    if is_kind(f, Kind::Function) {
                        [(*f.as_ptr::<Function>()).code.0, 1]
                    } else {
                        [type_word(callable), 0]
                    }
                }
                _ => return,
            };
            if let Some(at) = self.keys.iter().position(|k| *k == key) {
                self.site.seen[at].1 += 1;
                return;
            }
            if self.keys.len() >= MAX_KINDS {
                return;
            }
            self.keys.push(key);
            self.site.seen.push((name(vm, key), 1));
        }
    }
}

/// The words are those of types, or of a code object and 1.
fn name(vm: &Vm, key: [u64; 2]) -> String {
    if key[1] == 1 {
        let code = code::code_object(Value(key[0]));
        return format!("{}:{}", str::to_string_lossy(code.qualname), code.firstlineno);
    }
    let of = |word: u64| {
        crate::objects::TypeRef::from_value(vm, Value(word)).map_or_else(String::new, |ty| full_name(vm, ty))
    };
    if key[1] == 0 { of(key[0]) } else { format!("{}, {}", of(key[0]), of(key[1])) }
}
