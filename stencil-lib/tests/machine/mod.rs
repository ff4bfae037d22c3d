//! A machine without a runtime: every helper goes to a hook that the test sets, frames and objects are
//! written by hand.
#![allow(unsafe_code, dead_code, reason = "object memory by hand; each test uses a part")]

use std::cell::RefCell;
use std::collections::HashMap;

use taipan_layout::frame::{self, Frame};
use taipan_layout::objects::*;
use taipan_layout::{Header, Kind, StackValue, ThreadState, Value, header};
use taipan_mir::opcodes::Opcode;

pub trait Word {
    fn to_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}
macro_rules! words {
    ($($t:ty),*) => { $(impl Word for $t {
        fn to_word(self) -> u64 { self as u64 }
        fn from_word(word: u64) -> Self { word as $t }
    })* };
}
words!(i32, u32, i64, usize);
impl<T> Word for *mut T {
    fn to_word(self) -> u64 {
        self as u64
    }
    fn from_word(word: u64) -> Self {
        word as *mut T
    }
}
impl Word for Value {
    fn to_word(self) -> u64 {
        self.0
    }
    fn from_word(word: u64) -> Self {
        Value(word)
    }
}
impl Word for StackValue {
    fn to_word(self) -> u64 {
        self.0
    }
    fn from_word(word: u64) -> Self {
        StackValue(word)
    }
}
impl Word for f64 {
    fn to_word(self) -> u64 {
        self.to_bits()
    }
    fn from_word(word: u64) -> Self {
        f64::from_bits(word)
    }
}
impl Word for () {
    fn to_word(self) -> u64 {
        0
    }
    fn from_word(_: u64) -> Self {}
}

type Hook = Box<dyn FnMut(&[u64]) -> u64>;
thread_local! { static HOOKS: RefCell<HashMap<&'static str, Hook>> = RefCell::default(); }

/// Defines what a helper does in this test.
pub fn on(name: &'static str, hook: impl FnMut(&[u64]) -> u64 + 'static) {
    HOOKS.with_borrow_mut(|hooks| hooks.insert(name, Box::new(hook)));
}
fn call(name: &'static str, args: &[u64]) -> u64 {
    HOOKS.with_borrow_mut(|hooks| match hooks.get_mut(name) {
        Some(hook) => hook(args),
        None => {
            eprintln!("{name}{args:x?} was called");
            std::process::abort()
        }
    })
}

macro_rules! define {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        $(#[unsafe(no_mangle)]
        pub extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
            Word::from_word(call(stringify!($name), &[$($arg.to_word()),*]))
        })*
    };
}
taipan_uops::for_each_helper!(define);
use taipan_uops::helper_table;
taipan_uops::for_each_helper!(helper_table);

/// The units of a program: `(opcode, oparg)` followed by its caches, which are zero.
pub fn assemble(program: &[(Opcode, u32)]) -> Vec<u16> {
    let mut units = Vec::new();
    for &(opcode, oparg) in program {
        if oparg > 0xFF {
            units.push(Opcode::EXTENDED_ARG as u16 | ((oparg >> 8) as u16) << 8);
        }
        units.push(opcode as u16 | ((oparg & 0xFF) as u16) << 8);
        units.extend(std::iter::repeat_n(0, opcode.caches()));
    }
    units
}

fn header(kind: Kind) -> Header {
    Header::new(1, kind as u32, std::ptr::null())
}
/// An object that lives as long as the test process, 16-byte aligned.
pub fn object<T>(value: T) -> *mut T {
    #[repr(align(16))]
    struct Aligned<T>(T);
    &raw mut Box::leak(Box::new(Aligned(value))).0
}
pub fn range_iter(next: i64, stop: i64) -> *mut RangeIter {
    object(RangeIter { header: header(Kind::RangeIter), next, step: 1, remaining: stop - next })
}
pub fn plain_object() -> *mut Header {
    object(header(Kind::Other))
}

pub struct Machine {
    pub ts: Box<ThreadState>,
    stack: Vec<u64>,
    native_units: Box<[u16; 4]>,
}

impl Machine {
    pub fn new() -> Machine {
        let mut stack = vec![0u64; 65536];
        // SAFETY: all fields of the thread state are valid when zero.
        let mut ts: Box<ThreadState> = unsafe { Box::new(std::mem::zeroed()) };
        ts.recursion_remaining = 1000;
        ts.exc_info = &raw mut ts.exc_base;
        ts.stack_top = stack.as_mut_ptr() as *mut u8;
        ts.stack_end = stack.as_mut_ptr_range().end as *mut u8;
        ts.dispatch = taipan_stencil_lib::handlers().as_ptr();
        Machine { ts, stack, native_units: Box::new([Opcode::INTERPRETER_EXIT as u16; 4]) }
    }

    /// A code object of these units with `locals` locals.
    pub fn code(
        &mut self,
        units: Vec<u16>,
        consts: Vec<Value>,
        names: Vec<Value>,
        argcount: u32,
        locals: u32,
    ) -> *mut Code {
        let units = Box::leak(units.into_boxed_slice());
        object(Code {
            header: header(Kind::Code),
            units: units.as_mut_ptr(),
            unit_count: units.len() as u32,
            flags: 0,
            consts: consts.leak().as_ptr(),
            names: names.leak().as_ptr(),
            argcount,
            posonlyargcount: 0,
            kwonlyargcount: 0,
            nlocalsplus: locals,
            frame_words: locals + 16 + frame::STACK_SLACK as u32,
            nfreevars: 0,
            first_traceable: 0,
            compiled: std::ptr::null(),
            shared_version: 0,
            has_version: 0,
            entry_count: u32::MAX,
        })
    }
    pub fn function(&mut self, code: *mut Code, version: u32) -> *mut Function {
        // SAFETY: all fields of a function are valid when zero.
        let mut f: Function = unsafe { std::mem::zeroed() };
        f.header = header(Kind::Function);
        f.code = Value::from_ptr(code);
        f.version = version;
        object(f)
    }
    fn push(&mut self, code: *mut Code, previous: *mut Frame, owner: u8) -> *mut Frame {
        let frame = self.ts.stack_top as *mut Frame;
        // SAFETY: the data stack is large enough for a test.
        unsafe {
            let words = if code.is_null() { 4 } else { (*code).frame_words as usize };
            self.ts.stack_top = (frame.add(1) as *mut u64).add(words) as *mut u8;
            frame.write(std::mem::zeroed());
            (*frame).previous = previous;
            (*frame).code = code;
            (*frame).owner = owner;
            (*frame).ip = if code.is_null() { self.native_units.as_mut_ptr() } else { (*code).units };
            (*frame).sp =
                if code.is_null() { frame.add(1) as *mut StackValue } else { Frame::stack_base(frame) };
        }
        self.ts.frame = frame;
        frame
    }
    /// Pushes a native frame and above it one for the code.
    pub fn start(&mut self, code: *mut Code, locals: &[Value]) -> *mut Frame {
        let native = self.push(std::ptr::null_mut(), self.ts.frame, frame::owner::NATIVE);
        let frame = self.push(code, native, frame::owner::THREAD);
        for (i, value) in locals.iter().enumerate() {
            // SAFETY: the code has that many locals.
            unsafe { *Frame::localsplus(frame).add(i) = *value };
        }
        frame
    }
    /// Runs the frame until it returns.
    pub fn run(&mut self, frame: *mut Frame) -> Value {
        // SAFETY: `start` made the frames.
        unsafe {
            taipan_stencil_lib::interp_enter(
                frame,
                (*frame).sp,
                &raw mut *self.ts,
                (*frame).ip,
                self.ts.dispatch,
            );
        }
        self.ts.result.peek()
    }
    pub fn run_code(&mut self, code: *mut Code, locals: &[Value]) -> Value {
        let frame = self.start(code, locals);
        self.run(frame)
    }
}

pub fn immortal(h: *mut Header) -> Value {
    // SAFETY: the object is live.
    unsafe { (*h).rc = header::IMMORTAL };
    Value::from_ptr(h)
}
pub fn rc(v: Value) -> i32 {
    // SAFETY: tests ask only about live objects.
    unsafe { (*v.header()).rc }
}

/// Seconds that this thread has computed: other work on the machine does not count.
pub fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9
}
/// Runs it five times and prints the best time per iteration.
pub fn time<T>(name: &str, iterations: i64, mut run: impl FnMut() -> T) -> T {
    let mut best = f64::MAX;
    let mut result = None;
    for _ in 0..5 {
        let start = cpu_seconds();
        result = Some(run());
        best = best.min(cpu_seconds() - start);
    }
    println!("{name}: {:.2} ns per iteration", best * 1e9 / iterations as f64);
    result.unwrap()
}
