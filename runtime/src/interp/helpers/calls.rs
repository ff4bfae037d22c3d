//! Calls: Python functions get a frame, everything else is called natively.

use std::mem::MaybeUninit;

use taipan_layout::objects::{Code, Function, Method};
use taipan_layout::{Frame, Kind, StackValue, ThreadState, Value};
use taipan_uops::helpers::FRAME_PUSHED;

use super::{take, value, vm};
use crate::args::Args;
use crate::interp::frames;
use crate::objects::{TypeRef, builtin, dict, function, is_kind, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol::{call, iter};
use crate::vm::Vm;

/// Positional words of a call before they overflow to the heap.
const INLINE: usize = 12;

/// The slots of a call, taken: callable, optional self, arguments. Dropped after the call in one go.
struct CallSlots {
    stack: *mut StackValue,
    count: usize,
}

impl CallSlots {
    fn callable(&self) -> Value {
        // SAFETY: the slots are live until drop.
        unsafe { (*self.stack).peek() }
    }

    /// Runs `f` with the arguments as plain words, self first when there is one.
    #[inline(always)]
    fn with_words<R>(&self, f: impl FnOnce(&[Value]) -> R) -> R {
        // SAFETY: the slots are live until drop.
        unsafe {
            let has_self = !(*self.stack.add(1)).is_null();
            let first = if has_self { 1 } else { 2 };
            let n = self.count + has_self as usize;
            if n <= 3 {
                // Without a loop: it would be made one for many words.
                let word = |i: usize| if i < n { (*self.stack.add(first + i)).peek() } else { Value::NULL };
                let words = [word(0), word(1), word(2)];
                f(std::slice::from_raw_parts(words.as_ptr(), n))
            } else if n <= INLINE {
                let mut words = [const { MaybeUninit::<Value>::uninit() }; INLINE];
                for (i, w) in words[..n].iter_mut().enumerate() {
                    w.write((*self.stack.add(first + i)).peek());
                }
                // The first `n` words have just been written.
                f(std::slice::from_raw_parts(words.as_ptr().cast(), n))
            } else {
                let words: Vec<Value> = (0..n).map(|i| (*self.stack.add(first + i)).peek()).collect();
                f(&words)
            }
        }
    }
}

impl Drop for CallSlots {
    fn drop(&mut self) {
        // SAFETY: each slot is dropped once; arguments from the last to the first, as CPython clears its stack.
        unsafe {
            for i in (0..self.count + 2).rev() {
                let v = *self.stack.add(i);
                if v.owns() {
                    crate::owned::decref(Value(v.0));
                }
            }
        }
    }
}

/// Replaces a bound method in the slots by its function and receiver.
unsafe fn expand_method(stack: *mut StackValue) {
    // SAFETY: the slots are the caller's.
    unsafe {
        let callable = (*stack).peek();
        if is_kind(callable, Kind::Method) && (*stack.add(1)).is_null() {
            let m = callable.as_ptr::<Method>();
            let (f, receiver) = ((*m).function.own(), (*m).receiver.own());
            let old = take(*stack);
            *stack = StackValue(f.into_value().0);
            *stack.add(1) = StackValue(receiver.into_value().0);
            drop(old);
        }
    }
}

/// [`push`] for a function without defaults that gets what it asks for: the arguments move into its locals.
unsafe fn push_exact(
    vm: &Vm,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: usize,
    has_self: bool,
) -> PyResult<*mut Frame> {
    // SAFETY: the caller has looked at the function; its frame has room for all locals.
    unsafe {
        let code = (*(*stack).ptr::<Function>()).code.as_ptr::<Code>();
        let new = match frames::allocate_python(vm, (*code).frame_words) {
            Ok(new) => new,
            Err(raised) => {
                drop(CallSlots { stack, count });
                return Err(raised);
            }
        };
        let first = 2 - has_self as usize;
        let given = count + has_self as usize;
        let locals = Frame::localsplus(new);
        for i in 0..given {
            *locals.add(i) = take(*stack.add(first + i)).into_value();
        }
        for i in given..(*code).nlocalsplus as usize {
            *locals.add(i) = Value::NULL;
        }
        frames::fill_header(new, take(*stack), frame);
        Ok(new)
    }
}

/// Pushes the frame of a call of a Python function; takes the slots.
unsafe fn push(
    vm: &Vm,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: u32,
    names: Value,
) -> PyResult<*mut Frame> {
    // SAFETY: the callable is a Python function.
    unsafe {
        let has_self = !(*stack.add(1)).is_null();
        if names.is_null() && function::takes_exactly((*stack).peek(), count + has_self as u32) {
            return push_exact(vm, frame, stack, count as usize, has_self);
        }
        let slots = CallSlots { stack, count: count as usize };
        let callee = slots.callable().own();
        slots.with_words(|words| frames::push_function(vm, callee, Args::with_keywords(words, names), frame))
    }
}

/// Makes a pushed frame the current one, as the call helpers promise.
unsafe fn enter(vm: &Vm, new: *mut Frame) -> Value {
    // SAFETY: the frame was pushed above the current one.
    unsafe {
        (*vm.ts()).recursion_remaining -= 1;
        (*vm.ts()).frame = new;
    }
    FRAME_PUSHED
}

unsafe fn any_call(vm: &Vm, frame: *mut Frame, stack: *mut StackValue, count: u32, names: Value) -> Value {
    // SAFETY: the slots are given away by the caller.
    unsafe {
        expand_method(stack);
        if is_kind((*stack).peek(), Kind::Function) {
            return match push(vm, frame, stack, count, names) {
                Ok(new) => enter(vm, new),
                Err(_) => Value::NULL,
            };
        }
        native(vm, stack, count, names)
    }
}

unsafe fn native(vm: &Vm, stack: *mut StackValue, count: u32, names: Value) -> Value {
    let slots = CallSlots { stack, count: count as usize };
    let f = slots.callable();
    value(slots.with_words(|words| call::with_args(vm, f, Args::with_keywords(words, names))))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call(
    ts: *mut ThreadState,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: u32,
) -> Value {
    // SAFETY: the slots are given away.
    unsafe { any_call(vm(ts), frame, stack, count, Value::NULL) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_kw(
    ts: *mut ThreadState,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: u32,
    names: Value,
) -> Value {
    // SAFETY: the slots are given away.
    unsafe { any_call(vm(ts), frame, stack, count, names) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_native(ts: *mut ThreadState, stack: *mut StackValue, count: u32) -> Value {
    // SAFETY: the slots are given away.
    unsafe { native(vm(ts), stack, count, Value::NULL) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_builtin(ts: *mut ThreadState, stack: *mut StackValue, count: u32) -> Value {
    // SAFETY: the slots are given away.
    let vm = unsafe { vm(ts) };
    let slots = CallSlots { stack, count: count as usize };
    let f = slots.callable();
    value(slots.with_words(|words| builtin::call_function(vm, f, words)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_method_descriptor(
    ts: *mut ThreadState,
    stack: *mut StackValue,
    count: u32,
) -> Value {
    // SAFETY: the slots are given away.
    let vm = unsafe { vm(ts) };
    let slots = CallSlots { stack, count: count as usize };
    let f = slots.callable();
    value(slots.with_words(|words| builtin::call_descriptor(vm, f, words)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_native_kw(
    ts: *mut ThreadState,
    stack: *mut StackValue,
    count: u32,
    names: Value,
) -> Value {
    // SAFETY: the slots are given away.
    unsafe { native(vm(ts), stack, count, names) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_push_call(
    ts: *mut ThreadState,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: u32,
    names: Value,
) -> *mut Frame {
    // SAFETY: the slots are given away.
    unsafe {
        expand_method(stack);
        push(vm(ts), frame, stack, count, names).unwrap_or(std::ptr::null_mut())
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_push_init(
    ts: *mut ThreadState,
    frame: *mut Frame,
    stack: *mut StackValue,
    count: u32,
) -> *mut Frame {
    // SAFETY: the slots are given away.
    unsafe { push_init(vm(ts), frame, stack, count).unwrap_or(std::ptr::null_mut()) }
}

unsafe fn push_init(vm: &Vm, frame: *mut Frame, stack: *mut StackValue, count: u32) -> PyResult<*mut Frame> {
    // SAFETY: the callable is a class whose `__init__` is a Python function and whose `__new__` is `object`'s.
    unsafe {
        let slots = CallSlots { stack, count: count as usize };
        let ty = TypeRef::from_ptr(slots.callable().as_ptr());
        let Some(init) = ty.lookup(vm, *vm.names.__init__).map(Counted::own) else {
            return Err(vm.system_error("class without __init__"));
        };
        let object = crate::objects::new_instance::<taipan_layout::Header>(vm, ty).map(Owned::from_new)?;
        let this = object.value();
        let shim = frames::push_init_shim(vm, frame, object)?;
        let pushed = slots.with_words(|words| {
            let mut all = Vec::with_capacity(words.len() + 1);
            all.push(this);
            all.extend_from_slice(words);
            frames::push_function(vm, init, Args::positional(&all), shim)
        });
        match pushed {
            Ok(new) => {
                (*vm.ts()).recursion_remaining -= 1;
                Ok(new)
            }
            Err(raised) => {
                frames::cut_stack(shim, 0);
                crate::interp::stack::pop(vm, shim as *mut u8, (*shim).flags);
                Err(raised)
            }
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rt_call_function_ex(
    ts: *mut ThreadState,
    frame: *mut Frame,
    callable: Value,
    args: Value,
    kwargs: Value,
) -> Value {
    // SAFETY: the references are given away.
    unsafe {
        let vm = vm(ts);
        let take = |v: Value| (!v.is_null()).then(|| Owned::from_owned(v));
        let callable = Owned::from_owned(callable);
        call_spread(vm, frame, callable, Owned::from_owned(args), take(kwargs)).unwrap_or(Value::NULL)
    }
}

unsafe fn call_spread(
    vm: &Vm,
    frame: *mut Frame,
    callable: Owned,
    args: Owned,
    kwargs: Option<Owned>,
) -> PyResult<Value> {
    let args = spread_positional(vm, *callable, args)?;
    let (kwnames, kwvalues) = match &kwargs {
        Some(k) => spread_keywords(vm, *callable, **k)?,
        None => (None, Vec::new()),
    };
    let mut words: Vec<Value> = tuple::items(&args).to_vec();
    words.extend(kwvalues.iter().map(|v| v.value()));
    let names = kwnames.as_ref().map_or(Value::NULL, |n| n.value());
    // SAFETY: the frame is current; the callee's goes above it.
    unsafe {
        let mut callee = callable;
        if is_kind(*callee, Kind::Method) {
            let m = callee.as_ptr::<Method>();
            words.insert(0, (*m).receiver);
            let f = (*m).function.own();
            if is_kind(*f, Kind::Function) {
                let new = frames::push_function(vm, f, Args::with_keywords(&words, names), frame)?;
                return Ok(enter(vm, new));
            }
            let keep = std::mem::replace(&mut callee, f);
            let r = call::with_args(vm, *callee, Args::with_keywords(&words, names));
            drop(keep);
            return r.map(Owned::into_value);
        }
        if is_kind(*callee, Kind::Function) {
            let new = frames::push_function(vm, callee, Args::with_keywords(&words, names), frame)?;
            return Ok(enter(vm, new));
        }
        call::with_args(vm, *callee, Args::with_keywords(&words, names)).map(Owned::into_value)
    }
}

fn spread_positional(vm: &Vm, callable: Value, args: Owned) -> PyResult {
    if is_kind(*args, Kind::Tuple) {
        return Ok(args);
    }
    let ty = type_of(vm, *args);
    if ty.slots().iter.is_none() && !crate::protocol::item::is_sequence(vm, *args) {
        let (f, t) = (super::building::function_text(vm, callable)?, ty.name_str());
        return Err(vm.type_error(&format!("{f} argument after * must be an iterable, not {t}")));
    }
    tuple::from_owned(vm, iter::collect(vm, *args)?)
}

type Keywords = (Option<Owned>, Vec<Owned>);

fn spread_keywords(vm: &Vm, callable: Value, kwargs: Value) -> PyResult<Keywords> {
    let kwargs = if type_of(vm, kwargs) == vm.types.dict {
        kwargs.own()
    } else {
        let d = dict::new(vm)?;
        // SAFETY: plain words; the helper only reads them.
        let failed = unsafe { super::rt_dict_merge(vm.ts(), *d, kwargs, callable) } < 0;
        if failed {
            return Err(crate::owned::Raised::already_set());
        }
        d
    };
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (k, v) in dict::snapshot(*kwargs) {
        if !crate::objects::is_instance(vm, *k, vm.types.str) {
            return Err(vm.type_error("keywords must be strings"));
        }
        names.push(k);
        values.push(v);
    }
    if names.is_empty() {
        return Ok((None, values));
    }
    Ok((Some(tuple::from_owned(vm, names)?), values))
}
