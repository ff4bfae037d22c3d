//! Builtins that ask a generator for all of its items, as functions in Python.
//!
//! A builtin that resumes a generator from native code leaves machine code for each item. `set(x for x in y)` therefore calls
//! a function in Python that does what the builtin does (`CALL_BUILTIN_CLASS_GEN`): the interpreter stays in its loop, and a
//! trace follows the items from the generator to the set. Every call site has a function of its own, for a trace is made for
//! one generator. Its frames are internal: neither tracebacks nor `sys._getframe` show them.
//!
//! A generator expression that is made for such a call, and for nothing else, needs no generator at all: `set(x for x in y)` runs
//! like the comprehension `{x for x in y}` would in a function of its own. What is called then is a *fused* copy of the
//! expression's code: where the original begins by making a generator, the copy makes the container; it adds what the original
//! yields, and returns the container in the end. All instructions stay where they are, so that lines, exception table and
//! `f_lasti` are the original's, and Python sees the original code in its frame. While the item is added (which may call `__hash__`
//! and fail), the frame is as invisible as the builtin's would be, and its handlers do not count (`frames::is_internal`). The call of the expression
//! (`CALL_GENEXPR_SINK`, `CALL_GENEXPR_LIST`) stands for everything up to the finished container; meanwhile the
//! caller's frame is at the instruction that takes the items. `tuple(…)` is a loop around `LIST_APPEND` in the bytecode already.

use std::cell::{OnceCell, UnsafeCell};
use std::collections::HashMap;

use taipan_frontend::code::flags;
use taipan_frontend::{Constant, marshal};
use taipan_layout::objects::{Code, FUSED_CODE, HIDDEN_CODE};
use taipan_layout::thread::Sink;
use taipan_layout::{Frame, StackValue, ThreadState, Value};
use taipan_mir::opcodes::Opcode;
use taipan_uops::prelude;

use crate::objects::code::{self, code_object};
use crate::objects::{bytes, dict, function, str, tuple};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

/// The builtins whose functions are in [`MODULE`], under the same names.
const BUILTINS: [&str; 3] = ["set", "list", "sorted"];

/// The module of the library that has the functions.
const MODULE: &str = "_taipan_sinks";

/// Call sites that may have a function of their own.
const MAX_SINKS: usize = 2048;

#[derive(Default)]
pub struct Sinks {
    builtins: OnceCell<Vec<(Value, &'static str)>>,
    /// `all` and `any`, which the compiler replaces by loops.
    originals: OnceCell<Vec<(Value, &'static str)>>,
    /// What `ts.sinks` points to. Its entries live as long as the interpreter.
    table: UnsafeCell<Vec<Sink>>,
    by_site: UnsafeCell<HashMap<usize, u16>>,
    /// Those of generator expressions, by code and container.
    by_code: UnsafeCell<HashMap<(usize, Container), u16>>,
    /// The originals of fused codes.
    unfused: UnsafeCell<HashMap<usize, Value>>,
}

/// What takes the items of a generator expression.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Container {
    Set,
    List,
}

/// Notes the builtins as they are before the program can change them.
pub fn note_builtins(vm: &Vm, namespace: Value) {
    let builtins = BUILTINS
        .into_iter()
        .filter_map(|name| {
            let v = dict::get_str(vm, namespace, *str::intern(vm, name))?;
            // Kept alive for good.
            crate::owned::incref(v);
            Some((v, name))
        })
        .collect();
    let _ = vm.sinks.builtins.set(builtins);
    let originals = ["all", "any"]
        .into_iter()
        .filter_map(|name| {
            let v = dict::get_str(vm, namespace, *str::intern(vm, name))?;
            crate::owned::incref(v);
            Some((v, name))
        })
        .collect();
    let _ = vm.sinks.originals.set(originals);
}

/// `all` or `any` as they were before the program could change them.
pub fn original(vm: &Vm, name: &str) -> Option<Value> {
    vm.sinks.originals.get()?.iter().find(|(_, n)| *n == name).map(|(v, _)| *v)
}

/// The number of the function for a call of `callable` with a generator at this instruction; `None` when there is none.
pub fn at(vm: &Vm, site: *mut u16, callable: Value) -> Option<u16> {
    let name = vm.sinks.builtins.get()?.iter().find(|(b, _)| *b == callable)?.1;
    // SAFETY: nothing else looks at the tables meanwhile: making a function runs no Python.
    unsafe {
        let (table, by_site) = (vm.sinks.table.get(), vm.sinks.by_site.get());
        if let Some(n) = (*by_site).get(&(site as usize)).copied()
            && (&(*table))[n as usize].builtin == callable
        {
            return Some(n);
        }
        if (*table).len() >= MAX_SINKS {
            return None;
        }
        let made = make(vm, name).map_err(|raised| drop(vm.take_exception(raised))).ok()?;
        let sink = Sink { builtin: callable, function: made.into_value(), code: Value::NULL, returns: 0 };
        let n = add(vm, sink);
        (*by_site).insert(site as usize, n);
        Some(n)
    }
}

unsafe fn add(vm: &Vm, sink: Sink) -> u16 {
    // SAFETY: by contract of the callers: nothing else looks at the table.
    unsafe {
        let table = vm.sinks.table.get();
        (*table).push(sink);
        (*vm.ts()).sinks = (*table).as_ptr();
        (*table).len() as u16 - 1
    }
}

/// The form of a call of `function` without arguments but its self, an iterator, whose result is drained at once: with
/// the number of its sink. `None` when it is not that.
///
/// # Safety
/// `frame` is current and executes the call at `ip`; `args` is the end of its stack, behind callee and self.
pub unsafe fn genexpr(
    vm: &Vm,
    frame: *mut Frame,
    ip: *mut u16,
    function: Value,
    args: *mut StackValue,
) -> Option<(Opcode, u16)> {
    // A profile is about the program's own code.
    if super::tracing::is_on(vm) || vm.profile.is_recording() {
        return None;
    }
    // SAFETY: by contract; making code and a function runs no Python.
    unsafe {
        let caller = code::of_ptr((*frame).code);
        let next = caller.unit_index(ip) + 1 + Opcode::CALL.caches();
        let units = bytes::as_slice(&caller.code).chunks_exact(2).skip(next);
        let (container, builtin, returns) = match consumer(units) {
            Consumer::Call => {
                let builtin = (*args.sub(4)).peek();
                let name = vm.sinks.builtins.get()?.iter().find(|(b, _)| *b == builtin)?.1;
                let container = CONTAINERS.iter().find(|(builtin, _)| *builtin == name)?.1;
                (container, builtin, 1 + Opcode::CALL.caches())
            }
            Consumer::Loop(units) => (Container::List, Value::NULL, units),
            Consumer::Other => return None,
        };
        let original = function::function_object(function).code;
        let globals = function::function_object(function).globals;
        let opcode = if builtin.is_null() { Opcode::CALL_GENEXPR_LIST } else { Opcode::CALL_GENEXPR_SINK };
        let (table, by_code) = (vm.sinks.table.get(), vm.sinks.by_code.get());
        // Lists of loops and of calls return to different places.
        let key = (original.0 as usize | builtin.is_null() as usize, container);
        if let Some(n) = (*by_code).get(&key).copied() {
            return ((&(*table))[n as usize].builtin == builtin).then_some((opcode, n));
        }
        if (*table).len() >= MAX_SINKS {
            return None;
        }
        let fused = fuse(vm, original, container)?;
        let made = function::new(vm, *fused, globals, Value::NULL)
            .map_err(|raised| drop(vm.take_exception(raised)))
            .ok()?;
        // Both live as long as the interpreter.
        let original = original.own().into_value();
        (*vm.sinks.unfused.get()).insert(fused.into_value().0 as usize, original);
        let n =
            add(vm, Sink { builtin, function: made.into_value(), code: original, returns: returns as u32 });
        (*by_code).insert(key, n);
        Some((opcode, n))
    }
}

/// Makes a fused call a plain one again.
///
/// # Safety
/// `ip` is an instruction in live code.
pub unsafe fn unfuse(ip: *mut u16) {
    // SAFETY: by contract; a call's counter is behind it.
    unsafe {
        let op = *ip as u8;
        if op == Opcode::CALL_GENEXPR_SINK as u8 || op == Opcode::CALL_GENEXPR_LIST as u8 {
            *ip = *ip & 0xFF00 | Opcode::CALL as u16;
            *ip.add(1) = 0;
        }
    }
}

/// Containers that a fused code can make.
const CONTAINERS: [(&str, Container); 2] = [("set", Container::Set), ("list", Container::List)];

/// What follows the call of a generator expression.
enum Consumer {
    /// A call with it as the only argument.
    Call,
    /// A loop that appends all items to the list below, and its units.
    Loop(usize),
    Other,
}

fn consumer<'c>(units: impl Iterator<Item = &'c [u8]>) -> Consumer {
    const LOOP: [(Opcode, u8); 7] = [
        (Opcode::FOR_ITER, 3),
        (Opcode::CACHE, 0),
        (Opcode::LIST_APPEND, 2),
        (Opcode::JUMP_BACKWARD, 5),
        (Opcode::CACHE, 0),
        (Opcode::END_FOR, 0),
        (Opcode::POP_ITER, 0),
    ];
    let mut begins: [(u8, u8); LOOP.len()] = [(0, 0); LOOP.len()];
    for (place, unit) in begins.iter_mut().zip(units) {
        *place = (unit[0], unit[1]);
    }
    if begins[0] == (Opcode::CALL as u8, 1) {
        Consumer::Call
    } else if begins == LOOP.map(|(op, arg)| (op as u8, arg)) {
        Consumer::Loop(LOOP.len())
    } else {
        Consumer::Other
    }
}

/// A copy of a generator expression's code that makes a container of the items; `None` when the code is not as it has to be for
/// that: one loop, one `yield`, no cells of its own.
fn fuse(vm: &Vm, original: Value, container: Container) -> Option<Owned> {
    const NOP: (u8, u8) = (Opcode::NOP as u8, 0);
    let c = code_object(original);
    if c.name != *str::intern(vm, "<genexpr>")
        || !c.has_flag(flags::CO_GENERATOR)
        || c.has_flag(flags::CO_COROUTINE | flags::CO_ASYNC_GENERATOR)
        || c.head.argcount != 1
        || c.ncellvars != 0
    {
        return None;
    }
    let mut code = bytes::as_slice(&c.code).to_vec();
    // The instructions, without caches.
    let mut found: Vec<(usize, Opcode, u8)> = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let op = Opcode::from_u8(code[at])?;
        found.push((at, op, code[at + 1]));
        at += 2 * (1 + op.caches());
    }
    let ops: Vec<Opcode> = found.iter().map(|(_, op, _)| *op).collect();
    let only = |wanted: Opcode| {
        let mut all = (0..ops.len()).filter(|i| ops[*i] == wanted);
        all.next().filter(|_| all.next().is_none())
    };
    let begin = (ops.first() == Some(&Opcode::COPY_FREE_VARS)) as usize;
    let prologue = [Opcode::RETURN_GENERATOR, Opcode::POP_TOP, Opcode::RESUME, Opcode::LOAD_FAST];
    if !ops[begin..].starts_with(&prologue) || only(Opcode::FOR_ITER).is_none() {
        return None;
    }
    let yields = only(Opcode::YIELD_VALUE)?;
    let ends = only(Opcode::END_FOR)?;
    let epilogue = [Opcode::END_FOR, Opcode::POP_ITER, Opcode::LOAD_CONST, Opcode::RETURN_VALUE];
    if !ops[yields..].starts_with(&[Opcode::YIELD_VALUE, Opcode::RESUME, Opcode::POP_TOP])
        || ops[yields - 1] == Opcode::EXTENDED_ARG
        || !ops[ends..].starts_with(&epilogue)
    {
        return None;
    }
    let (build, add) = match container {
        Container::Set => (Opcode::BUILD_SET, Opcode::SET_ADD),
        Container::List => (Opcode::BUILD_LIST, Opcode::LIST_APPEND),
    };
    let mut put = |index: usize, (op, arg): (u8, u8)| {
        let at = found[index].0;
        (code[at], code[at + 1]) = (op, arg);
    };
    if begin == 1 {
        put(0, NOP);
    }
    put(begin, (build as u8, 0));
    put(begin + 1, NOP);
    put(yields, (add as u8, 2));
    put(yields + 1, NOP);
    put(yields + 2, NOP);
    put(ends + 2, NOP);
    let made = bytes::new(vm, &code).and_then(|code| {
        let parts = code::Parts {
            argcount: 1,
            posonlyargcount: c.head.posonlyargcount,
            kwonlyargcount: 0,
            stacksize: c.stacksize + 1,
            flags: (c.head.flags & !flags::CO_GENERATOR) | FUSED_CODE,
            firstlineno: c.firstlineno,
            code,
            consts: c.consts.own(),
            names: c.names.own(),
            localsplusnames: c.localsplusnames.own(),
            localspluskinds: c.localspluskinds.own(),
            filename: c.filename.own(),
            name: c.name.own(),
            qualname: c.qualname.own(),
            linetable: c.linetable.own(),
            exceptiontable: c.exceptiontable.own(),
        };
        code::from_parts(vm, parts)
    });
    made.map_err(|raised| drop(vm.take_exception(raised))).ok()
}

/// The code that Python sees of a frame that runs this one.
pub fn visible_code(code: Value) -> Value {
    original_code(code).unwrap_or(code)
}

/// The generator expression that a fused code was made of.
pub fn original_code(code: Value) -> Option<Value> {
    // SAFETY: callers pass code objects; nothing changes the table meanwhile.
    unsafe {
        if (*code.as_ptr::<Code>()).flags & FUSED_CODE == 0 {
            return None;
        }
        (*Vm::current().sinks.unfused.get()).get(&(code.0 as usize)).copied()
    }
}

/// The contract is in the helper table.
///
/// # Safety
/// As said there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_enter_genexpr(
    ts: *mut ThreadState,
    frame: *mut Frame,
    callable: Value,
    iter: Value,
    sink: u32,
) -> *mut Frame {
    // SAFETY: by contract; what is given away is taken over.
    unsafe {
        let (callable, iter) = (Owned::from_owned(callable), Owned::from_owned(iter));
        let closure = function::function_object(*callable).closure;
        let cells = if closure.is_null() { &[][..] } else { tuple::items(&closure) };
        enter(ts, frame, iter, cells.iter().map(|cell| cell.own()), sink)
    }
}

/// The contract is in the helper table.
///
/// # Safety
/// As said there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_enter_genexpr_cell(
    ts: *mut ThreadState,
    frame: *mut Frame,
    cell: Value,
    iter: Value,
    sink: u32,
) -> *mut Frame {
    // SAFETY: by contract; what is given away is taken over.
    unsafe {
        let cell = (!cell.is_null()).then(|| Owned::from_owned(cell));
        enter(ts, frame, Owned::from_owned(iter), cell.into_iter(), sink)
    }
}

/// Pushes the frame of a fused generator expression with these cells.
///
/// # Safety
/// `frame` is current; the sink is one of a generator expression with as many free variables.
unsafe fn enter(
    ts: *mut ThreadState,
    frame: *mut Frame,
    iter: Owned,
    cells: impl Iterator<Item = Owned>,
    sink: u32,
) -> *mut Frame {
    // SAFETY: by contract; the frame has room for the code's locals.
    unsafe {
        let Sink { function, returns, .. } = *(*ts).sinks.add(sink as usize);
        let code: *mut Code = function::function_object(function).code.as_ptr();
        let Ok(new) = super::frames::allocate_python(Vm::from_ts(ts), (*code).frame_words) else {
            return std::ptr::null_mut();
        };
        prelude::init_frame(new, function.own().into_value(), code, frame, (*new).flags);
        let locals = Frame::localsplus(new);
        *locals = iter.into_value();
        prelude::clear_locals_from(new, code, 1);
        let first = locals.add((*code).nlocalsplus as usize - (*code).nfreevars as usize);
        for (n, cell) in cells.take((*code).nfreevars as usize).enumerate() {
            *first.add(n) = cell.into_value();
        }
        (*frame).return_offset = returns as u16;
        new
    }
}

/// A new function of [`MODULE`], with code of its own.
fn make(vm: &Vm, name: &str) -> PyResult {
    let module = taipan_stdlib::CORE.find(MODULE).and_then(|m| marshal::lazy::load(m.code).ok());
    let functions = module.iter().flat_map(|module| &module.consts).filter_map(|c| match c {
        Constant::Code(code) => Some(code),
        _ => None,
    });
    let Some(compiled) = functions.into_iter().find(|code| code.name.as_str() == Some(name)) else {
        return Err(vm.system_error("the library has no such function"));
    };
    let code = code::from_compiled(vm, compiled)?;
    // SAFETY: the code is new and nobody runs it.
    unsafe { (*code.as_ptr::<Code>()).flags |= HIDDEN_CODE };
    let globals = dict::new(vm)?;
    function::new(vm, *code, *globals, Value::NULL)
}
