//! What bodies are written with: the context, the exits, reference counting, frames, and the macro that
//! turns a body into the uniform C function from which every tier is made.

pub use taipan_layout::frame::{self, Frame};
pub use taipan_layout::objects::{self, *};
pub use taipan_layout::{Header, Kind, Shape, StackValue, ThreadState, Value};

pub use crate::helpers::*;

/// How a body leaves other than by producing its outputs. The numbers are the shim's return values.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Exit {
    /// A guard failed and nothing was changed: the base opcode takes over.
    Deopt = 1,
    /// An exception is set and the inputs are consumed.
    Error = 2,
    /// Nothing was changed: the `__slow` sibling does the work.
    Slow = 3,
    /// Jump; of the stack items only the kept ones remain.
    Jump = 4,
    /// Go on in `ts.frame` at its `ip` and `sp`.
    Switch = 5,
    /// The instruction was rewritten: dispatch it again.
    Again = 6,
    /// Like `Error`; `frame.ip` is set and the traceback is not extended.
    Reraise = 7,
    /// Return to native code.
    Leave = 8,
}
pub use Exit::*;

pub use crate::uops;

/// A run of stack slots, lowest first.
pub type Slots = *mut StackValue;

/// What a body knows besides its inputs.
#[derive(Clone, Copy)]
pub struct Cx {
    pub ts: *mut ThreadState,
    pub frame: *mut Frame,
    /// The instruction being executed; only in tier 1.
    pub ip: *mut u16,
    pub oparg: u64,
    pub operand0: u64,
    pub operand1: u64,
}

impl Cx {
    #[inline(always)]
    pub fn arg(self) -> u32 {
        self.oparg as u32
    }
    /// `co_names[index]`
    #[inline(always)]
    pub unsafe fn name(self, index: u64) -> Value {
        // SAFETY: the frame is live and the compiler made the index.
        unsafe { *(*(*self.frame).code).names.add(index as usize) }
    }
    /// The home of a local.
    #[inline(always)]
    pub unsafe fn local(self, index: usize) -> *mut Value {
        // SAFETY: the frame is live and the compiler made the index.
        unsafe { Frame::localsplus(self.frame).add(index) }
    }
}

/// Counts a reference. An immortal object's count stays negative and is not written.
#[inline(always)]
unsafe fn count_one_more(h: *mut Header) {
    // SAFETY: the caller's object is live.
    unsafe {
        let rc = (*h).rc.wrapping_add(1);
        if rc > 0 {
            (*h).rc = rc;
        }
    }
}
/// Keeps two tests apart: LLVM would make one of them with three more instructions.
#[inline(always)]
fn separate() {
    // SAFETY: no instruction at all.
    unsafe { core::arch::asm!("", options(nomem, nostack, preserves_flags)) };
}
/// Does the word own a reference? [`StackValue::owns`] in two branches.
#[inline(always)]
fn owns(v: StackValue) -> bool {
    if v.0 & taipan_layout::value::TAG_MASK != 0 {
        return false;
    }
    separate();
    v.0 != 0
}
/// Takes a reference to what `v` refers to.
#[inline(always)]
pub unsafe fn retain(v: Value) {
    if v.is_heap() {
        // SAFETY: a heap word points to a live object.
        unsafe {
            let h = v.header();
            count_one_more(h);
        }
    }
}
/// Gives a reference back that is not the last one.
#[inline(always)]
pub unsafe fn forget(v: Value) {
    if v.is_heap() {
        // SAFETY: a heap word points to a live object. The count of an immortal one is negative and stays as it is.
        unsafe {
            let h = v.header();
            let rc = (*h).rc.wrapping_sub(1);
            if rc > 0 {
                (*h).rc = rc;
            }
        }
    }
}
/// A new reference to `v`, which is not NULL.
#[inline(always)]
pub unsafe fn new_ref(v: Value) -> StackValue {
    if is_object(v.owned()) {
        // SAFETY: a heap word points to a live object.
        unsafe {
            let h = v.header();
            count_one_more(h);
        }
    }
    v.owned()
}
/// `v`, which is not NULL and is kept alive by somebody else, without a reference of its own.
#[inline(always)]
pub fn borrow(v: Value) -> StackValue {
    let heap = v.0 & taipan_layout::value::TAG_MASK == 0;
    StackValue(core::hint::select_unpredictable(
        heap,
        v.0.wrapping_add(taipan_layout::value::BORROWED_BIT),
        v.0,
    ))
}
/// The word with a reference of its own: what may be stored in the heap. Consumes `v`.
#[inline(always)]
pub unsafe fn into_owned(v: StackValue) -> Value {
    if v.is_borrowed() {
        let value = Value(v.0 & !taipan_layout::value::BORROWED_BIT);
        // SAFETY: a borrowed word points to a live object.
        unsafe {
            let h = value.header();
            count_one_more(h);
        }
        value
    } else {
        Value(v.0)
    }
}
/// Gives a reference back; may run anything.
#[inline(always)]
pub unsafe fn release(ts: *mut ThreadState, v: Value) {
    if owns(v.owned()) {
        // SAFETY: a heap word points to a live object, of which the caller owns a reference.
        unsafe {
            let h = v.header();
            let rc = (*h).rc.wrapping_sub(1);
            if rc > 0 {
                (*h).rc = rc;
            } else if rc == 0 {
                (*h).rc = 0;
                rt_dealloc(ts, h);
            }
        }
    }
}
/// Drops a stack value; may run anything.
#[inline(always)]
pub unsafe fn drop(ts: *mut ThreadState, v: StackValue) {
    // A borrowed word is not a heap word to `release`.
    // SAFETY: the caller's contract.
    unsafe { release(ts, Value(v.0)) };
}
/// Drops a stack value unless that would destroy the object, in which case nothing is done.
#[inline(always)]
pub unsafe fn try_drop(v: StackValue) -> Result<(), Exit> {
    if owns(v) {
        // SAFETY: an owning word points to a live object.
        unsafe {
            let h = v.ptr::<Header>();
            let rc = (*h).rc.wrapping_sub(1);
            if rc > 0 {
                (*h).rc = rc;
            } else if rc == 0 {
                return Err(Slow);
            }
        }
    }
    Ok(())
}

/// Is a word that is not NULL a pointer, owned or borrowed? One test, where [`StackValue::is_heap`] takes two.
#[inline(always)]
pub fn is_object(v: StackValue) -> bool {
    let is = v.0 & (taipan_layout::value::TAG_MASK & !taipan_layout::value::BORROWED_BIT) == 0;
    if is {
        // SAFETY: by contract; whoever drops the word afterwards need not test for NULL.
        unsafe { core::hint::assert_unchecked(v.0 != 0) };
    }
    is
}
/// Is it an object of exactly this built-in layout? `v` is not NULL.
#[inline(always)]
pub unsafe fn is_kind(v: StackValue, kind: Kind) -> bool {
    // SAFETY: a heap word points to a live object.
    is_object(v) && unsafe { (*v.ptr::<Header>()).flags as u8 == kind as u8 }
}
/// The same for a word from the heap.
#[inline(always)]
pub unsafe fn value_is_kind(v: Value, kind: Kind) -> bool {
    // SAFETY: a heap word points to a live object.
    unsafe { is_kind(v.owned(), kind) }
}
#[inline(always)]
pub const fn is_fixnum(v: StackValue) -> bool {
    v.0 & 1 != 0
}
#[inline(always)]
pub const fn is_flonum(v: StackValue) -> bool {
    v.0 & 3 == 2
}
#[inline(always)]
pub const fn as_fixnum(v: StackValue) -> i64 {
    (v.0 as i64) >> 1
}
/// The double of a float (flonum or object).
#[inline(always)]
pub unsafe fn as_f64(v: StackValue) -> f64 {
    if is_flonum(v) {
        Value(v.0).as_flonum()
    } else {
        // SAFETY: the caller knows that it is a float.
        unsafe { (*v.ptr::<Float>()).value }
    }
}
#[inline(always)]
pub const fn boolean(b: bool) -> StackValue {
    Value::bool(b).owned()
}
/// `Ok` with the value, `Error` for NULL.
#[inline(always)]
pub fn checked(v: Value) -> Result<StackValue, Exit> {
    if v.is_null() { Err(Error) } else { Ok(v.owned()) }
}
#[inline(always)]
pub fn status(code: i32) -> Result<(), Exit> {
    if code < 0 { Err(Error) } else { Ok(()) }
}
#[inline(always)]
pub fn guard(holds: bool) -> Result<(), Exit> {
    if holds { Ok(()) } else { Err(Deopt) }
}

/// Words for a frame of `code` on the data stack, or `Slow` when the chunk or the recursion limit is exhausted.
#[inline(always)]
pub unsafe fn allocate_frame(ts: *mut ThreadState, code: *mut Code) -> Result<*mut Frame, Exit> {
    // SAFETY: `ts` and `code` are live.
    unsafe {
        let size = size_of::<Frame>() + (*code).frame_words as usize * 8;
        let top = (*ts).stack_top;
        if ((*ts).stack_end as usize).wrapping_sub(top as usize) < size || (*ts).recursion_remaining <= 1 {
            return Err(Slow);
        }
        (*ts).stack_top = top.add(size);
        Ok(top as *mut Frame)
    }
}
/// The same with the runtime's help; null with an exception set.
#[inline(always)]
pub unsafe fn allocate_frame_slow(ts: *mut ThreadState, code: *mut Code) -> *mut Frame {
    // SAFETY: `ts` and `code` are live.
    unsafe { rt_push_frame_slow(ts, (*code).frame_words) }
}
/// Writes a frame's header: `function` is consumed, `flags` is kept when the slow path allocated the frame.
#[inline(always)]
pub unsafe fn init_frame(new: *mut Frame, function: Value, code: *mut Code, previous: *mut Frame, flags: u8) {
    // SAFETY: `new` has room for the code's frame; the function is live and has this code.
    unsafe {
        let f = function.as_ptr::<Function>();
        (*new).previous = previous;
        (*new).code = code;
        (*new).function = function;
        (*new).globals = (*f).globals.as_ptr();
        (*new).builtins = (*f).builtins.as_ptr();
        (*new).locals = Value::NULL;
        (*new).frame_object = Value::NULL;
        (*new).ip = (*code).units;
        (*new).sp = Frame::stack_base(new);
        (*new).return_offset = 0;
        (*new).owner = frame::owner::THREAD;
        (*new).flags = flags;
        (*new).resume_id = 0;
    }
}
/// Makes a real frame of an inlined one, which is `frame`, and the running one.
///
/// # Safety
/// `frame` lies behind its caller, which is real and the running one; its locals are as the record says.
#[inline(always)]
pub unsafe fn materialize(ts: *mut ThreadState, frame: *mut Frame, record: *const frame::InlineRecord) {
    // SAFETY: by contract.
    unsafe {
        let locals = Frame::localsplus(frame);
        let (mut borrowed, mut unset) = ((*record).borrowed, (*record).unset);
        while borrowed != 0 {
            let local = locals.add(borrowed.trailing_zeros() as usize);
            *local = into_owned((*local).owned());
            borrowed &= borrowed - 1;
        }
        while unset != 0 {
            *locals.add(unset.trailing_zeros() as usize) = Value::NULL;
            unset &= unset - 1;
        }
        materialize_header(ts, frame, record);
    }
}
/// The same when all locals are as the interpreter wants them.
///
/// # Safety
/// As [`materialize`].
#[inline(always)]
pub unsafe fn materialize_header(
    ts: *mut ThreadState,
    frame: *mut Frame,
    record: *const frame::InlineRecord,
) {
    // SAFETY: by contract.
    unsafe {
        let caller = (frame as *mut u8).sub((*record).size as usize) as *mut Frame;
        (*caller).ip = (*record).call_ip;
        (*caller).return_offset = (*record).return_offset as u16;
        (*caller).sp = (caller as *mut u8).add((*record).caller_stack as usize) as *mut StackValue;
        let function = (*record).function;
        retain(function);
        let code = (*function.as_ptr::<Function>()).code.as_ptr::<Code>();
        init_frame(frame, function, code, caller, 0);
        (*ts).recursion_remaining -= 1;
        (*ts).frame = frame;
    }
}
/// Python is about to be entered while a trace drops an object: makes its inlined frames real.
///
/// # Safety
/// `ts.inline` is not null.
pub unsafe fn materialize_inline(ts: *mut ThreadState) {
    // SAFETY: the trace that set it waits, its frames as the chain says.
    unsafe {
        let chain = (*ts).inline;
        let running = (*ts).inline_frame as *mut u8;
        (*ts).inline = core::ptr::null();
        let mut i = 0;
        while i < (*chain).count as usize {
            let link = (*chain).frames.add(i);
            materialize(ts, running.sub((*link).distance as usize) as *mut Frame, (*link).record);
            i += 1;
        }
        let visible = running.sub((*chain).distance as usize) as *mut Frame;
        (*visible).ip = (*chain).ip;
        (*visible).sp = Frame::stack_base(visible);
    }
}
/// Unbinds the locals from `first` on.
#[inline(always)]
pub unsafe fn clear_locals_from(new: *mut Frame, code: *mut Code, first: usize) {
    // SAFETY: the frame has room for the code's locals.
    unsafe {
        let locals = Frame::localsplus(new);
        let mut i = first;
        while i < (*code).nlocalsplus as usize {
            *locals.add(i) = Value::NULL;
            i += 1;
        }
    }
}
/// Gives `value` to the stack of the frame below and makes that the running one, which goes on `offset` units
/// after its instruction.
#[inline(always)]
pub unsafe fn resume_caller(ts: *mut ThreadState, caller: *mut Frame, value: Value, offset: usize) {
    // SAFETY: the caller's frame is live and waits for a value.
    unsafe {
        let sp = (*caller).sp;
        *sp = value.owned();
        (*caller).sp = sp.add(1);
        (*caller).ip = (*caller).ip.add(offset);
        (*ts).frame = caller;
    }
}

/// Defines bodies:
///
/// ```text
/// fn NAME(inputs, array outputs: Slots) [local]? -> (outputs) [local]? |cx| { … }
/// ```
///
/// Each becomes `extern "C" fn NAME(ts, frame, ip, oparg, operand0, operand1, inputs…, local?, *outputs…, *local?)
/// -> u32`: 0, or the number of an [`Exit`]; outputs are written only with 0.
#[macro_export]
macro_rules! uops {
    ($($(#[$meta:meta])* fn $name:ident($($in:ident $(: $ity:ty)?),* $(,)?) $([$lin:ident])?
        -> ($($out:ident $(: $oty:ty)?),*) $([$lout:ident])? |$cx:ident| $body:block)*) => {
        $(
            $(#[$meta])*
            #[unsafe(no_mangle)]
            #[allow(non_snake_case, unused_variables, reason = "uops have CPython's names and one form for all")]
            pub unsafe extern "C" fn $name(
                ts: *mut ThreadState,
                frame: *mut Frame,
                ip: *mut u16,
                oparg: u64,
                operand0: u64,
                operand1: u64,
                $($in: $crate::uops!(@ty $($ity)?),)*
                $($lin: Value,)?
                $($out: *mut $crate::uops!(@ty $($oty)?),)*
                $($lout: *mut Value,)?
            ) -> u32 {
                let $cx = Cx { ts, frame, ip, oparg, operand0, operand1 };
                // SAFETY: the wrappers call a body only with the state that its row describes.
                #[allow(unused_unsafe, clippy::redundant_closure_call, reason = "the closure is where `?` and `return` of a body end; not every body is unsafe")]
                let result: Result<_, Exit> = (|| unsafe { $body })();
                match result {
                    Ok(outputs) => {
                        $crate::uops!(@store outputs, $($out)* $($lout)?);
                        0
                    }
                    Err(exit) => exit as u32,
                }
            }
        )*
    };
    (@ty) => { StackValue };
    (@ty $t:ty) => { $t };
    (@store $t:ident, ) => { let () = $t; };
    (@store $t:ident, $a:ident) => {
        // SAFETY: the wrappers pass a valid place for each output.
        unsafe { *$a = $t }
    };
    (@store $t:ident, $($a:ident)+) => { $crate::uops!(@tuple $t, () $($a)+) };
    (@tuple $t:ident, () $a:ident $b:ident) => {
        // SAFETY: the wrappers pass a valid place for each output.
        unsafe { (*$a, *$b) = $t }
    };
    (@tuple $t:ident, () $a:ident $b:ident $c:ident) => {
        // SAFETY: the wrappers pass a valid place for each output.
        unsafe { (*$a, *$b, *$c) = $t }
    };
}
