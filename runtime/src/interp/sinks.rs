//! Builtins that ask a generator for all of its items, as functions in Python.
//!
//! A builtin that resumes a generator from native code leaves machine code for each item. `set(x for x in y)` therefore calls
//! a function in Python that does what the builtin does (`CALL_BUILTIN_CLASS_GEN`): the interpreter stays in its loop, and a
//! trace follows the items from the generator to the set. Every call site has a function of its own, for a trace is made for
//! one generator. Its frames are internal: neither tracebacks nor `sys._getframe` show them.
//!
//! A generator expression that is made for such a call, and for nothing else, needs no generator at all: `set(x for x in y)` runs
//! like the comprehension `{x for x in y}` would in a function of its own. What is called then is a *fused* copy of the
//! expression's code ([`taipan_mir::genexpr`]), and Python sees the original code in its frame. While the item is added (which may call `__hash__`
//! and fail), the frame is as invisible as the builtin's would be, and its handlers do not count (`frames::is_internal`). The call of the expression
//! (`CALL_GENEXPR_SINK`, `CALL_GENEXPR_LIST`) stands for everything up to the finished container; meanwhile the
//! caller's frame is at the instruction that takes the items. `tuple(…)` is a loop around `LIST_APPEND` in the bytecode already.

use std::cell::{OnceCell, UnsafeCell};
use std::collections::HashMap;

use taipan_frontend::code::{flags, is_generator_expression};
use taipan_frontend::{Constant, marshal};
use taipan_layout::objects::{Code, FUSED_CODE, HIDDEN_CODE};
use taipan_layout::thread::Sink;
use taipan_layout::{Frame, StackValue, ThreadState, Value};
use taipan_mir::genexpr::{self, Consumer, Container};
use taipan_mir::opcodes::Opcode;
use taipan_uops::prelude;

use crate::embedded::Compiled;
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
    /// Compiled functions of those that an executable has.
    compiled: UnsafeCell<HashMap<(usize, Container), &'static Compiled>>,
    /// The originals of fused codes.
    unfused: UnsafeCell<HashMap<usize, Value>>,
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
        let consumer = Consumer::of(bytes::as_slice(&caller.code).get(2 * next..)?)?;
        let (container, builtin) = match consumer {
            Consumer::Call => {
                let builtin = (*args.sub(4)).peek();
                let name = vm.sinks.builtins.get()?.iter().find(|(b, _)| *b == builtin)?.1;
                (Container::of_builtin(name)?, builtin)
            }
            Consumer::Loop => (Container::List, Value::NULL),
        };
        let original = function::function_object(function).code;
        let globals = function::function_object(function).globals;
        let opcode = consumer.opcode();
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
        let n = add(
            vm,
            Sink { builtin, function: made.into_value(), code: original, returns: consumer.units() as u32 },
        );
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

/// A copy of a generator expression's code that makes a container of the items; `None` when the code is not as it has to be.
fn fuse(vm: &Vm, original: Value, container: Container) -> Option<Owned> {
    let c = code_object(original);
    if !is_generator_expression(&str::as_str(&c.name).unwrap_or_default(), c.head.flags, c.head.argcount) {
        return None;
    }
    let code = genexpr::fuse(bytes::as_slice(&c.code), container)?;
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
    let made = made.map_err(|raised| drop(vm.take_exception(raised))).ok()?;
    // SAFETY: nothing changes the table meanwhile.
    let compiled = unsafe { (*vm.sinks.compiled.get()).get(&(original.0 as usize, container)).copied() };
    if let Some(compiled) = compiled {
        // SAFETY: the function was compiled of this code, which nothing runs yet.
        unsafe { compiled.install(*made) };
    }
    Some(made)
}

/// Notes the compiled function of a generator expression's fused code, which is made when it is called.
pub fn note_compiled(vm: &Vm, original: Value, container: Container, compiled: &'static Compiled) {
    // Kept alive for good, so that no other code has its address.
    let original = original.own().into_value();
    // SAFETY: nothing else looks at the table meanwhile.
    unsafe { (*vm.sinks.compiled.get()).insert((original.0 as usize, container), compiled) };
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
