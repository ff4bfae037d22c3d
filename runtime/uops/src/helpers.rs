//! The functions of the runtime that uop bodies may call: all of them, and nothing else.
//!
//! The table declares the functions for the bodies, is the allowlist of undefined symbols of the
//! bitcode, and gives the runtime its address table (a missing or differently typed function is a build
//! error there). Rules that hold unless a row says otherwise:
//!
//! * Arguments are **borrowed**: the caller keeps its reference. A row that says *takes* consumes the
//!   reference, also when it fails. Stack ranges (`*mut StackValue`) hold owned and borrowed slots
//!   ([`StackValue`](taipan_layout::StackValue)); *takes* then means that the slots are consumed: an owned
//!   one gives its reference away, a borrowed one is copied with a new reference.
//! * A returned `Value` is **owned**; NULL means that an exception is set in `ts.exception`.
//! * A returned `i32` is 0 (or a truth value 0/1, where the row asks a question) and −1 for an exception.
//! * Before each call `frame.ip` is the instruction being executed and `frame.sp` the evaluation stack
//!   without the inputs of the instruction.
//! * A function that can run Python code may reallocate or destroy anything that its arguments do not keep
//!   alive; none of them moves a frame.
//!
//! Names: `rt_` and CPython's word for the thing.

/// Returned by the call helpers in place of a value: a Python frame was pushed. `ts.frame` is the new
/// frame with `ip` at its first instruction and `sp` at its stack's base; `previous` is the caller, whose
/// `return_offset` the handler has set.
pub const FRAME_PUSHED: taipan_layout::Value = taipan_layout::Value(0x0C);

#[macro_export]
macro_rules! for_each_helper {
    ($m:ident) => {
        $m! {
            // ---- memory, checks, unwinding ----
            /// Destroys an object whose count has just become 0 (finaliser, weak references, fields, memory).
            fn rt_dealloc(ts: *mut ThreadState, object: *mut Header);
            /// Does what `ts.leave` asks for (signals, lock, collector, …); −1 when a handler raised.
            fn rt_leave_check(ts: *mut ThreadState, frame: *mut Frame) -> i32;
            /// Goes on after an exception (`ts.exception`): finds the handler through the exception tables, popping
            /// frames; the frame that catches gets its stack cut to the handler's depth, the last instruction's index
            /// pushed as a fixnum if the table asks for it, the exception pushed (`ts.exception` becomes NULL), and
            /// `ip` and `sp` set for going on there. `reraise` null: the innermost frame gets a traceback entry for the instruction at `frame.ip`;
            /// otherwise the instruction that raises again: its handler is looked for, while `frame.ip` and the traceback stay.
            /// Returns that frame (also in `ts.frame`), or NULL when a `NATIVE` frame was reached: it is popped, `ts.result` is
            /// NULL and the interpreter returns to native code with the exception set.
            fn rt_unwind(ts: *mut ThreadState, frame: *mut Frame, reraise: *mut u16) -> *mut Frame;
            /// Clears a frame that has just been unlinked and returned from when it is more than the bodies handle (owned by
            /// a generator or a frame object, a `frame_object` or `locals` exist, first frame of a stack chunk), and frees its words. A
            /// generator's state becomes `CLEARED` and its entry leaves `ts.exc_info`.
            fn rt_frame_clear(ts: *mut ThreadState, frame: *mut Frame);
            /// Gives a hot loop to tier 2 (`ip` is the jump, `target` where it goes), resetting the counter at `ip + 1`: 0 go on in the
            /// interpreter, 1 execution goes on in `ts.frame` at its `ip` and `sp`, −1 exception.
            fn rt_jit_loop(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, target: *mut u16) -> i32;
            /// Tier 2 looks at a function that was entered often, at the `RESUME_CHECK` `ip`, and resets its counter.
            fn rt_jit_entry(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16);
            /// Runs the executor `index` of the code: 1 execution goes on in `ts.frame` at its `ip` and `sp`; −1 an exception
            /// left all frames down to a native one (as `rt_unwind` leaves it).
            fn rt_enter_executor(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, index: u32) -> i32;
            /// Raises `SystemError` for an instruction that the interpreter does not execute.
            fn rt_bad_opcode(ts: *mut ThreadState, frame: *mut Frame, opcode: u32);
            /// An owned float object or flonum.
            fn rt_new_float(ts: *mut ThreadState, value: f64) -> Value;
            /// `a ** b` that is a real number; an infinite one with an exception set when it is too large.
            fn rt_float_power(ts: *mut ThreadState, a: f64, b: f64) -> f64;
            /// An owned integer for any 64-bit value.
            fn rt_new_int(ts: *mut ThreadState, value: i64) -> Value;

            // ---- operators ----
            /// `left OP right` for an `NbOp` (in-place forms and subscription included).
            fn rt_binary_op(ts: *mut ThreadState, left: Value, right: Value, op: u32) -> Value;
            fn rt_unary_negative(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_unary_invert(ts: *mut ThreadState, value: Value) -> Value;
            /// Rich comparison; `op` is a `CompareOp`.
            fn rt_compare(ts: *mut ThreadState, left: Value, right: Value, op: u32) -> Value;
            /// Truth: 1, 0, or −1.
            fn rt_is_true(ts: *mut ThreadState, value: Value) -> i32;
            /// `item in container`: 1, 0, or −1.
            fn rt_contains(ts: *mut ThreadState, container: Value, item: Value) -> i32;
            fn rt_set_item(ts: *mut ThreadState, container: Value, key: Value, value: Value) -> i32;
            fn rt_delete_item(ts: *mut ThreadState, container: Value, key: Value) -> i32;
            /// `container[start:stop]`; NULL is not passed (a missing bound is None).
            fn rt_get_slice(ts: *mut ThreadState, container: Value, start: Value, stop: Value) -> Value;
            /// `value` stays the caller's; a list that nobody else has may have other items afterwards.
            fn rt_set_slice(ts: *mut ThreadState, container: Value, start: Value, stop: Value, value: StackValue) -> i32;

            // ---- attributes and names ----
            fn rt_get_attr(ts: *mut ThreadState, owner: Value, name: Value) -> Value;
            /// The attribute as a callee: `*unbound` becomes 1 when the result is a function (or method descriptor) of the type to be called
            /// with `owner` as first argument, else 0 and the result is the bound attribute.
            fn rt_get_method(ts: *mut ThreadState, owner: Value, name: Value, unbound: *mut u32) -> Value;
            fn rt_set_attr(ts: *mut ThreadState, owner: Value, name: Value, value: Value) -> i32;
            fn rt_delete_attr(ts: *mut ThreadState, owner: Value, name: Value) -> i32;
            /// `LOAD_SUPER_ATTR`: calls `super_callable(class, receiver)` (without arguments unless `oparg & 2`) and gets the attribute.
            fn rt_load_super_attr(ts: *mut ThreadState, super_callable: Value, class: Value, receiver: Value, name: Value, oparg: u32) -> Value;
            /// Attribute `name` of the real `super(class, receiver)` without making one; `unbound` as in `rt_get_method`, or null.
            fn rt_super_lookup(ts: *mut ThreadState, class: Value, receiver: Value, name: Value, unbound: *mut u32) -> Value;
            fn rt_load_name(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> Value;
            fn rt_store_name(ts: *mut ThreadState, frame: *mut Frame, name: Value, value: Value) -> i32;
            fn rt_delete_name(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> i32;
            /// Globals, then builtins, else `NameError`.
            fn rt_load_global(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> Value;
            fn rt_store_global(ts: *mut ThreadState, frame: *mut Frame, name: Value, value: Value) -> i32;
            fn rt_delete_global(ts: *mut ThreadState, frame: *mut Frame, name: Value) -> i32;
            /// The mapping `dict`, then globals, then builtins.
            fn rt_load_from_dict_or_globals(ts: *mut ThreadState, frame: *mut Frame, dict: Value, name: Value) -> Value;
            /// The mapping `dict` under the name of local `index`, then the cell in that local.
            fn rt_load_from_dict_or_deref(ts: *mut ThreadState, frame: *mut Frame, dict: Value, index: u32) -> Value;
            /// `frame.locals`, or `SystemError`.
            fn rt_load_locals(ts: *mut ThreadState, frame: *mut Frame) -> Value;
            fn rt_load_build_class(ts: *mut ThreadState, frame: *mut Frame) -> Value;
            fn rt_setup_annotations(ts: *mut ThreadState, frame: *mut Frame) -> i32;
            /// One of `CommonConstant`; never fails.
            fn rt_load_common_constant(ts: *mut ThreadState, index: u32) -> Value;
            /// Raises `UnboundLocalError` for local `index`.
            fn rt_unbound_local(ts: *mut ThreadState, frame: *mut Frame, index: u32);
            /// Raises `UnboundLocalError` or `NameError` for the empty cell in local `index`.
            fn rt_unbound_deref(ts: *mut ThreadState, frame: *mut Frame, index: u32);
            /// A cell; takes `initial`, which may be NULL (empty).
            fn rt_new_cell(ts: *mut ThreadState, initial: Value) -> Value;

            // ---- building ----
            /// Takes `items[0..count]`.
            fn rt_build_tuple(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value;
            /// Takes `items[0..count]`.
            fn rt_build_list(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value;
            /// Takes `items[0..count]`.
            fn rt_build_set(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value;
            /// Takes `items[0..2 * pairs]`: key, value, key, value, …
            fn rt_build_map(ts: *mut ThreadState, items: *mut StackValue, pairs: u32) -> Value;
            /// Joins exact strings; takes `items[0..count]`.
            fn rt_build_string(ts: *mut ThreadState, items: *mut StackValue, count: u32) -> Value;
            /// `step` may be NULL (None).
            fn rt_build_slice(ts: *mut ThreadState, start: Value, stop: Value, step: Value) -> Value;
            /// Template string interpolation; `conversion` is 0 or a `Conversion`, `format` may be NULL (empty).
            fn rt_build_interpolation(ts: *mut ThreadState, value: Value, text: Value, conversion: u32, format: Value) -> Value;
            fn rt_build_template(ts: *mut ThreadState, strings: Value, interpolations: Value) -> Value;
            /// Takes `item`.
            fn rt_list_append(ts: *mut ThreadState, list: Value, item: Value) -> i32;
            /// `TypeError` "Value after * must be an iterable, not X" when it is none.
            fn rt_list_extend(ts: *mut ThreadState, list: Value, iterable: Value) -> i32;
            fn rt_set_add(ts: *mut ThreadState, set: Value, item: Value) -> i32;
            fn rt_set_update(ts: *mut ThreadState, set: Value, iterable: Value) -> i32;
            fn rt_map_add(ts: *mut ThreadState, dict: Value, key: Value, value: Value) -> i32;
            /// `{**update}`: `TypeError` "'X' object is not a mapping" when it is none.
            fn rt_dict_update(ts: *mut ThreadState, dict: Value, update: Value) -> i32;
            /// `f(**update)`: duplicates and non-mappings raise CPython's errors for `callable`.
            fn rt_dict_merge(ts: *mut ThreadState, dict: Value, update: Value, callable: Value) -> i32;
            /// Unpacks exactly `count` items; `out[count - 1]` gets the first one (stack order), owned.
            fn rt_unpack_sequence(ts: *mut ThreadState, iterable: Value, count: u32, out: *mut StackValue) -> i32;
            /// Unpacks `before` items, a list of the middle, `after` items; the first one goes to the highest slot of `before + 1 + after`.
            fn rt_unpack_ex(ts: *mut ThreadState, iterable: Value, before: u32, after: u32, out: *mut StackValue) -> i32;

            // ---- known types: the arguments are exact instances ----
            fn rt_str_concat(ts: *mut ThreadState, left: Value, right: Value) -> Value;
            /// `left + right`, in place when nobody else holds `left`; takes `left`.
            fn rt_str_append(ts: *mut ThreadState, left: Value, right: Value) -> Value;
            /// 1 or 0; never fails.
            fn rt_str_equal(left: *mut Header, right: *mut Header) -> i32;
            /// The str of one code point at `index`, which is in range.
            fn rt_str_index(ts: *mut ThreadState, text: Value, index: usize) -> Value;
            fn rt_dict_get_item(ts: *mut ThreadState, dict: Value, key: Value) -> Value;
            fn rt_dict_contains(ts: *mut ThreadState, dict: Value, key: Value) -> i32;
            fn rt_set_contains(ts: *mut ThreadState, set: Value, key: Value) -> i32;
            /// `list[start:stop:step]`; the bounds are fixnums or None, the step one that is not 0.
            fn rt_list_slice_parts(ts: *mut ThreadState, list: Value, start: Value, stop: Value, step: Value) -> Value;
            /// `target[first:last] = list[start:stop:step]`, of the same kinds.
            fn rt_list_slice_assign(ts: *mut ThreadState, list: Value, start: Value, stop: Value, step: Value, target: Value, first: Value, last: Value) -> i32;
            fn rt_list_slice(ts: *mut ThreadState, list: Value, slice: Value) -> Value;
            fn rt_is_instance(ts: *mut ThreadState, object: Value, class: Value) -> i32;
            /// `type(value)`; never fails.
            fn rt_type_of(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_str(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_tuple(ts: *mut ThreadState, iterable: Value) -> Value;
            /// The Python `__getitem__` of the container's type when it takes two arguments and nothing else: borrowed; NULL (no
            /// exception) otherwise.
            fn rt_cached_getitem(ts: *mut ThreadState, container: Value) -> Value;

            // ---- iteration, generators, coroutines ----
            fn rt_get_iter(ts: *mut ThreadState, iterable: Value) -> Value;
            /// The next item; NULL with no exception set when exhausted (a `StopIteration` is swallowed).
            fn rt_iter_next(ts: *mut ThreadState, iterator: Value) -> Value;
            fn rt_get_len(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_get_yield_from_iter(ts: *mut ThreadState, frame: *mut Frame, iterable: Value) -> Value;
            fn rt_get_aiter(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_get_anext(ts: *mut ThreadState, iterator: Value) -> Value;
            fn rt_get_awaitable(ts: *mut ThreadState, value: Value, oparg: u32) -> Value;
            /// Sends `value` to `receiver` (not a suspended generator or coroutine: those are resumed in place): 0 when it yielded
            /// `*out`, 1 when it returned `*out` (owned), −1 for an exception.
            fn rt_send(ts: *mut ThreadState, receiver: Value, value: Value, out: *mut Value) -> i32;
            /// Makes the generator, coroutine or asynchronous generator (by the code's flags) of the running frame, moves the frame's
            /// contents into it (`ip` stays, `return_offset` is 1, `previous` NULL, state `CREATED`), and frees the words of the thread's
            /// frame. `ts.frame` is left to the caller. NULL: nothing was changed.
            fn rt_make_generator(ts: *mut ThreadState, frame: *mut Frame) -> Value;

            // ---- exceptions, with ----
            /// `raise`: takes both (NULL when absent). 0: an exception is set. 1: a bare `raise` set the handled one again (it keeps
            /// its traceback).
            fn rt_raise(ts: *mut ThreadState, exception: Value, cause: Value) -> i32;
            /// `except T`: 1, 0; −1 (`TypeError`) when `class` is not an exception class or a tuple of them.
            fn rt_check_exc_match(ts: *mut ThreadState, exception: Value, class: Value) -> i32;
            /// `except* T`: `out[0]` the rest (or None), `out[1]` the match (or None), both owned; a match becomes the exception being
            /// handled.
            fn rt_check_eg_match(ts: *mut ThreadState, exception: Value, class: Value, out: *mut Value) -> i32;
            /// Is the exception a `StopAsyncIteration`: 1 or 0.
            fn rt_is_stop_async_iteration(ts: *mut ThreadState, exception: Value) -> i32;
            /// The value of a `StopIteration`; NULL with no exception set when it is another exception.
            fn rt_stop_iteration_value(ts: *mut ThreadState, exception: Value) -> Value;
            /// Calls `exit(type, exception, traceback)`, with `receiver` before them unless it is NULL.
            fn rt_with_except_start(ts: *mut ThreadState, exit: Value, receiver: Value, exception: Value) -> Value;
            /// Special method `SpecialMethod` of `owner`'s type; `unbound` as in `rt_get_method`.
            fn rt_load_special(ts: *mut ThreadState, owner: Value, which: u32, unbound: *mut u32) -> Value;
            /// Raises `TypeError` "__init__() should return None, not 'X'".
            fn rt_init_returned(ts: *mut ThreadState, value: Value);

            // ---- calls, functions, imports, intrinsics ----
            /// `stack[0]` callable, `stack[1]` self or NULL, then `count` positional arguments; takes them all. Result or `FRAME_PUSHED`.
            fn rt_call(ts: *mut ThreadState, frame: *mut Frame, stack: *mut StackValue, count: u32) -> Value;
            /// As `rt_call`; the last `len(names)` arguments are keywords.
            fn rt_call_kw(ts: *mut ThreadState, frame: *mut Frame, stack: *mut StackValue, count: u32, names: Value) -> Value;
            /// `callable(*args, **kwargs)`: takes all; `args` any iterable, `kwargs` a mapping or NULL. Result or `FRAME_PUSHED`.
            fn rt_call_function_ex(ts: *mut ThreadState, frame: *mut Frame, callable: Value, args: Value, kwargs: Value) -> Value;
            /// Like `rt_call`, for callables that are not Python functions: never pushes a frame.
            fn rt_call_native(ts: *mut ThreadState, stack: *mut StackValue, count: u32) -> Value;
            /// Like `rt_call_native`, for a `builtin_function_or_method`.
            fn rt_call_builtin(ts: *mut ThreadState, stack: *mut StackValue, count: u32) -> Value;
            /// Like `rt_call_native`, for a `method_descriptor`.
            fn rt_call_method_descriptor(ts: *mut ThreadState, stack: *mut StackValue, count: u32) -> Value;
            /// Like `rt_call_kw`, for callables that are not Python functions: never pushes a frame.
            fn rt_call_native_kw(ts: *mut ThreadState, stack: *mut StackValue, count: u32, names: Value) -> Value;
            /// Binds the arguments of a call (as in `rt_call`, `names` may be NULL) to a Python function and pushes its frame,
            /// not yet linked as `ts.frame`: takes all; null for an exception.
            fn rt_push_call(ts: *mut ThreadState, frame: *mut Frame, stack: *mut StackValue, count: u32, names: Value) -> *mut Frame;
            /// The frame that runs a generator expression together with what takes its items (`ts.sinks[sink]`): a copy of the
            /// expression's code. `callable` and `iter` (both *taken*) are the expression's function and iterator. Sets where
            /// the running frame goes on. NULL with an exception set.
            fn rt_enter_genexpr(ts: *mut ThreadState, frame: *mut Frame, callable: Value, iter: Value, sink: u32) -> *mut Frame;
            /// The same when there is no function, but its only cell (*taken*; NULL if it has none).
            fn rt_enter_genexpr_cell(ts: *mut ThreadState, frame: *mut Frame, cell: Value, iter: Value, sink: u32) -> *mut Frame;
            /// `stack` as in `rt_call`, the callable being a type whose `__init__` is a Python function: makes the instance, pushes a frame
            /// that ends in `EXIT_INIT_CHECK` and above it the frame of `__init__`, which is returned and not yet linked as `ts.frame`
            /// (for the lower one `recursion_remaining` is decremented here); takes all; null for an exception.
            fn rt_push_init(ts: *mut ThreadState, frame: *mut Frame, stack: *mut StackValue, count: u32) -> *mut Frame;
            /// Makes room for a frame of `words` words after the header and links a new chunk in if need be; the words are uninitialised,
            /// header included, except `flags`. Null with `RecursionError` or `MemoryError` set.
            fn rt_push_frame_slow(ts: *mut ThreadState, words: u32) -> *mut Frame;
            /// A function of the running frame's globals; takes `code`.
            fn rt_make_function(ts: *mut ThreadState, frame: *mut Frame, code: Value) -> Value;
            /// `flag` is one of `make_function`'s; takes `value`.
            fn rt_set_function_attribute(ts: *mut ThreadState, function: Value, value: Value, flag: u32);
            fn rt_call_intrinsic_1(ts: *mut ThreadState, frame: *mut Frame, which: u32, value: Value) -> Value;
            /// `first` is the deeper one on the stack.
            fn rt_call_intrinsic_2(ts: *mut ThreadState, frame: *mut Frame, which: u32, first: Value, second: Value) -> Value;
            fn rt_import_name(ts: *mut ThreadState, frame: *mut Frame, name: Value, fromlist: Value, level: Value) -> Value;
            fn rt_import_from(ts: *mut ThreadState, frame: *mut Frame, module: Value, name: Value) -> Value;

            // ---- matching, formatting ----
            /// Tuple of the attributes, or None when it does not match.
            fn rt_match_class(ts: *mut ThreadState, subject: Value, class: Value, names: Value, positional: u32) -> Value;
            /// Tuple of the values, or None when a key is missing.
            fn rt_match_keys(ts: *mut ThreadState, subject: Value, keys: Value) -> Value;
            fn rt_is_mapping(ts: *mut ThreadState, value: Value) -> i32;
            fn rt_is_sequence(ts: *mut ThreadState, value: Value) -> i32;
            /// `format(value, "")`; exact strings come back as they are.
            fn rt_format_simple(ts: *mut ThreadState, value: Value) -> Value;
            fn rt_format_with_spec(ts: *mut ThreadState, value: Value, spec: Value) -> Value;
            /// `str`, `repr` or `ascii` by `Conversion`.
            fn rt_convert_value(ts: *mut ThreadState, value: Value, conversion: u32) -> Value;

            // ---- specialisation: rewrite the instruction at `ip` and its caches, or only reset its counter;
            //      the counter must not trigger again at once. The instruction is then dispatched anew. ----
            fn rt_specialize_binary_op(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, left: Value, right: Value);
            fn rt_specialize_compare_op(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, left: Value, right: Value);
            fn rt_specialize_contains_op(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, container: Value);
            fn rt_specialize_to_bool(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, value: Value);
            fn rt_specialize_store_subscr(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, container: Value, key: Value);
            fn rt_specialize_unpack_sequence(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, sequence: Value);
            fn rt_specialize_load_attr(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, owner: Value);
            fn rt_specialize_store_attr(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, owner: Value);
            fn rt_specialize_load_global(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32);
            fn rt_specialize_load_super_attr(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, super_callable: Value, class: Value);
            /// `receiver` is NULL when there is no self, `first` when there are no further arguments.
            fn rt_specialize_call(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, callable: Value, receiver: Value, args: *mut StackValue);
            fn rt_specialize_call_kw(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, callable: Value, receiver: Value);
            fn rt_specialize_for_iter(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u32, iterator: Value);
            fn rt_specialize_send(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, receiver: Value);
            fn rt_specialize_jump_backward(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16);
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        #[allow(unused_imports, reason = "not every group of declarations names every type")]
        use taipan_layout::{Frame, Header, StackValue, ThreadState, Value};

        unsafe extern "C" {
            $($(#[$doc])* pub fn $name($($arg: $ty),*) $(-> $ret)?;)*
        }

        /// Names of all helpers: the undefined symbols that bodies may have.
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}
for_each_helper!(declare);

/// Defines `$table: [(name, address)]` of the helpers that are in scope; a helper that is missing or has
/// another signature does not compile.
#[macro_export]
macro_rules! helper_table {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) $(-> $ret:ty)?;)*) => {
        pub static HELPER_TABLE: &[(&str, $crate::helpers::Address)] = {
            $(const _: unsafe extern "C" fn($($ty),*) $(-> $ret)? = $name;)*
            &[$((stringify!($name), $crate::helpers::Address($name as *const ()))),*]
        };
    };
}

/// The address of a function, in a form that a static may hold.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Address(pub *const ());
// SAFETY: the address of code is never read or written through.
unsafe impl Sync for Address {}
// SAFETY: as above.
unsafe impl Send for Address {}
