//! The micro-operations: the one table from which every tier is made.
//!
//! [`for_each_uop!`](crate::for_each_uop) lists them, [`EXPANSIONS`] says which of them a bytecode is made
//! of. The body of each is a function of the same name in `runtime/uops`; a missing body, a body with
//! other parameters than the row, and an exit that the row does not declare are build errors.
//!
//! A row reads
//!
//! ```text
//! NAME (inputs -- outputs) {operands} [local -> local] class [flags] "what it does";
//! ```
//!
//! * **Stack effect.** The rightmost item is the top of the stack. `x[oparg]` is a run of slots whose length depends
//!   on the argument; it lies in memory and the body gets a pointer to its lowest slot. `x: f64` is an unboxed
//!   double. Outputs that begin with the same names as the inputs stay untouched where they are (*kept*): the
//!   body reads them as inputs and does not return them. All other inputs are consumed by the body (it drops, moves
//!   or returns their references), also when it raises.
//! * **Operands** come from the inline cache: `name/units`, at most two. `size/0` is the length of the whole
//!   instruction in 16-bit units.
//! * **Local**: the local variable that the argument names, read (left) and written (right) as a value, so that
//!   machine-code tiers can keep it in a register.
//! * **Class** ([`Class`]) and **flags** ([`Flags`]) say how it may leave and what it may touch.
//!
//! Names and meanings are those of CPython 3.14's uops where there is one. Differences: arithmetic, stores and
//! loads that consume an object leave it on the stack for separate `_POP_TOP*` uops (as CPython 3.15), so that
//! the optimiser can cancel them and finalisers run after the effect; `INT` means fixnum; a frame is pushed by
//! `_INIT_CALL_*` with its own slow path instead of separate guards for stack space and recursion.

use crate::opcodes::Opcode;

/// Calls `$m!` with the whole uop table; the module documentation describes the rows.
#[macro_export]
macro_rules! for_each_uop {
    ($m:ident) => {
        $m! {
            // ---- stack, constants, locals ----
            _NOP ( -- ) leaf [pure] "Nothing.";
            _POP_TOP (value -- ) leaf_slow [escapes] "Drops a value; destroying it may run Python code.";
            _POP_TOP_NOP (value -- ) leaf [pure] "Drops a value known to be borrowed, immediate or immortal.";
            _POP_TOP_INT (value -- ) leaf [pure] "Drops a fixnum.";
            _POP_TOP_FLOAT (value -- ) leaf_slow [] "Drops a flonum or float object.";
            _POP_TOP_UNICODE (value -- ) leaf_slow [] "Drops an exact str.";
            _PUSH_NULL ( -- null) leaf [pure] "Pushes NULL.";
            _PUSH_NULL_CONDITIONAL ( -- null[oparg & 1]) leaf [pure] "Pushes NULL if the lowest bit of the argument is set.";
            _COPY (bottom, unused[oparg - 1] -- bottom, unused[oparg - 1], top) leaf [] "Pushes a copy of the slot `oparg` below the top.";
            _SWAP (items[oparg] -- items[oparg]) leaf [] "Exchanges the highest and the lowest of `oparg` slots.";
            _LOAD_FAST ( -- value) [local -> ] leaf [] "Pushes a new reference to a local that is known to be set.";
            _LOAD_FAST_BORROW ( -- value) [local -> ] leaf [pure] "Pushes a local without a reference of its own.";
            _LOAD_FAST_CHECK ( -- value) [local -> ] leaf_slow [error] "Pushes a local; UnboundLocalError when it is not set.";
            _LOAD_FAST_AND_CLEAR ( -- value) [local -> cleared] leaf [] "Moves a local (or NULL) to the stack.";
            _SWAP_FAST (value -- old) [local -> new] leaf [] "Stores a local and leaves the old value (or NULL) on the stack.";
            _DELETE_FAST ( -- old) [local -> cleared] leaf_slow [error] "Unbinds a local, leaving the old value on the stack.";
            _LOAD_CONST ( -- value) leaf [pure] "Pushes a constant of the code, borrowed.";
            _LOAD_CONST_INLINE ( -- value) {object/4} leaf [tier2] "Pushes a new reference to a known object.";
            _LOAD_CONST_INLINE_BORROW ( -- value) {object/4} leaf [pure tier2] "Pushes a known object that stays alive.";
            _LOAD_SMALL_INT ( -- value) leaf [pure] "Pushes the argument as an int.";
            _MAKE_CELL ( -- ) [local -> cell] calling [error] "Wraps a local (or NULL) in a cell.";
            _LOAD_DEREF ( -- value) [cell -> ] leaf_slow [error] "Pushes what a cell holds.";
            _LOAD_DEREF_BORROW ( -- value) [cell -> ] leaf_slow [error tier2] "The same, borrowed from the cell.";
            _STORE_DEREF (value -- old) [cell -> ] leaf [] "Stores into a cell and leaves the old value (or NULL) on the stack.";
            _DELETE_DEREF ( -- old) [cell -> ] leaf_slow [error] "Empties a cell, leaving the old value on the stack.";
            _COPY_FREE_VARS ( -- ) leaf [locals] "Copies the function's closure into the frame.";
            _LOAD_FROM_DICT_OR_DEREF (dict -- value) calling [error escapes] "A class body's name: the mapping, else the cell.";
            _LOAD_COMMON_CONSTANT ( -- value) calling [] "Pushes one of the common constants.";

            // ---- operators ----
            _UNARY_NEGATIVE (value -- res) calling [error escapes] "-value";
            _UNARY_INVERT (value -- res) calling [error escapes] "~value";
            _UNARY_NOT (value -- res) leaf [pure] "not value, for a bool.";
            _SPECIALIZE_TO_BOOL (value -- value) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _TO_BOOL (value -- res) calling [error escapes] "bool(value)";
            _TO_BOOL_BOOL (value -- value) leaf [deopt pure] "Guards that the value is a bool.";
            _TO_BOOL_INT (value -- res) leaf [pure] "Is a fixnum not 0?";
            _TO_BOOL_NONE (value -- res) leaf [deopt pure] "False for None.";
            _TO_BOOL_LIST (value -- res, v) leaf [] "Is a list not empty?";
            _TO_BOOL_STR (value -- res, v) leaf [] "Is a str not empty?";
            _REPLACE_WITH_TRUE (value -- res, v) leaf [] "True, for a type whose instances are always true.";
            _SPECIALIZE_BINARY_OP (left, right -- left, right) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _BINARY_OP (left, right -- res) calling [error escapes] "left OP right";
            _GUARD_TOS_INT (value -- value) leaf [deopt pure] "Is the top a fixnum?";
            _GUARD_NOS_INT (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top a fixnum?";
            _GUARD_TOS_FLOAT (value -- value) leaf [deopt pure] "Is the top a float?";
            _GUARD_NOS_FLOAT (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top a float?";
            _GUARD_TOS_UNICODE (value -- value) leaf [deopt pure] "Is the top an exact str?";
            _GUARD_NOS_UNICODE (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top an exact str?";
            _GUARD_TOS_LIST (value -- value) leaf [deopt pure] "Is the top an exact list?";
            _GUARD_NOS_LIST (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top an exact list?";
            _GUARD_TOS_TUPLE (value -- value) leaf [deopt pure] "Is the top an exact tuple?";
            _GUARD_NOS_TUPLE (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top an exact tuple?";
            _GUARD_TOS_DICT (value -- value) leaf [deopt pure] "Is the top an exact dict?";
            _GUARD_NOS_DICT (nos, tos -- nos, tos) leaf [deopt pure] "Is the second from the top an exact dict?";
            _GUARD_TOS_ANY_SET (value -- value) leaf [deopt pure] "Is the top an exact set or frozenset?";
            _GUARD_TOS_SLICE (value -- value) leaf [deopt pure] "Is the top a slice?";
            _BINARY_OP_ADD_INT (left, right -- res, l, r) leaf_slow [error pure] "Sum of fixnums; slow when it overflows.";
            _BINARY_OP_SUBTRACT_INT (left, right -- res, l, r) leaf_slow [error pure] "Difference of fixnums.";
            _BINARY_OP_MULTIPLY_INT (left, right -- res, l, r) leaf_slow [error pure] "Product of fixnums.";
            _BINARY_OP_ADD_FLOAT (left, right -- res, l, r) leaf_slow [error pure] "Sum of floats; slow when the result needs an object.";
            _BINARY_OP_SUBTRACT_FLOAT (left, right -- res, l, r) leaf_slow [error pure] "Difference of floats.";
            _BINARY_OP_MULTIPLY_FLOAT (left, right -- res, l, r) leaf_slow [error pure] "Product of floats.";
            _BINARY_OP_ADD_UNICODE (left, right -- res, l, r) calling [error] "Concatenation of exact strs.";
            _BINARY_OP_INPLACE_ADD_UNICODE (left, right -- res) calling [error deopt locals tier1] "`local += right`, appending in place; the STORE_FAST that follows stores it.";
            _GUARD_BINARY_OP_EXTEND (left, right -- left, right) {kinds/1} leaf [deopt pure] "Do the operands have the representations that the cache names?";
            _BINARY_OP_EXTEND (left, right -- res, l, r) leaf_slow [error] "Mixed int/float arithmetic and bit operations on fixnums.";
            _BINARY_OP_SUBSCR_LIST_INT (list, sub -- res, l, s) leaf [deopt] "list[fixnum], in range and not negative.";
            _BINARY_OP_SUBSCR_TUPLE_INT (tuple, sub -- res, t, s) leaf [deopt] "tuple[fixnum], in range and not negative.";
            _BINARY_OP_SUBSCR_STR_INT (text, sub -- res, t, s) calling [deopt error] "str[fixnum], in range and not negative.";
            _BINARY_OP_SUBSCR_DICT (dict, sub -- res) calling [error escapes] "dict[key]";
            _BINARY_OP_SUBSCR_LIST_SLICE (list, sub -- res) calling [error escapes] "list[slice]";
            _BINARY_OP_SUBSCR_GETITEM_FRAME (container, sub -- new_frame) calling [deopt] "Pushes the frame of a Python __getitem__ found in the type's cache.";
            _BINARY_SLICE (container, start, stop -- res) calling [error escapes] "container[start:stop]";
            _STORE_SLICE (value, container, start, stop -- ) calling [error escapes] "container[start:stop] = value";
            _SPECIALIZE_STORE_SUBSCR (container, sub -- container, sub) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _STORE_SUBSCR (value, container, sub -- ) calling [error escapes] "container[sub] = value";
            _STORE_SUBSCR_LIST_INT (value, list, sub -- old, l, s) leaf [deopt] "list[fixnum] = value; leaves the old item on the stack.";
            _STORE_SUBSCR_DICT (value, dict, sub -- ) calling [error escapes] "dict[key] = value";
            _DELETE_SUBSCR (container, sub -- ) calling [error escapes] "del container[sub]";
            _SPECIALIZE_COMPARE_OP (left, right -- left, right) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _COMPARE_OP (left, right -- res) calling [error escapes] "Rich comparison, converted to bool if the argument says so.";
            _COMPARE_OP_INT (left, right -- res, l, r) leaf [pure] "Comparison of fixnums.";
            _COMPARE_OP_FLOAT (left, right -- res, l, r) leaf_slow [pure] "Comparison of floats.";
            _COMPARE_OP_STR (left, right -- res, l, r) calling [] "Equality of exact strs.";
            _IS_OP (left, right -- res, l, r) leaf [pure] "left is right, negated if the argument is 1.";
            _SPECIALIZE_CONTAINS_OP (left, right -- left, right) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _CONTAINS_OP (left, right -- res) calling [error escapes] "left in right, negated if the argument is 1.";
            _CONTAINS_OP_SET (left, right -- res) calling [error escapes] "Membership in a set.";
            _CONTAINS_OP_DICT (left, right -- res) calling [error escapes] "Membership in a dict.";

            // ---- jumps and checks ----
            _POP_JUMP_IF_FALSE (cond -- ) leaf [jump] "Jumps if the bool is False.";
            _POP_JUMP_IF_TRUE (cond -- ) leaf [jump] "Jumps if the bool is True.";
            _IS_NONE (value -- res, v) leaf [pure] "Is the value None?";
            _JUMP_FORWARD ( -- ) leaf [jump] "Jumps forward.";
            _JUMP_BACKWARD ( -- ) leaf [jump_back] "Jumps backward.";
            _SPECIALIZE_JUMP_BACKWARD ( -- ) {counter/1} leaf_slow [again tier1] "Chooses the counting or the plain form.";
            _CHECK_PERIODIC ( -- ) leaf_slow [error escapes] "Serves the leave word.";
            _CHECK_PERIODIC_IF_NOT_YIELD_FROM ( -- ) leaf_slow [error escapes] "The same at RESUME, except in the middle of an await.";
            _QUICKEN_RESUME ( -- ) leaf [tier1] "Rewrites RESUME to RESUME_CHECK.";
            _RESUME_CHECK ( -- ) leaf [deopt] "Guards that the leave word is clear.";
            _COUNT_ENTRY ( -- ) leaf_slow [tier1] "Counts entries of the function and hands it to tier 2 when it is hot.";
            _JIT ( -- ) {counter/1} leaf_slow [error frame tier1] "Counts the loop and hands it to tier 2 when it is hot.";
            _ENTER_EXECUTOR ( -- ) calling [frame leave tier1] "Runs the machine code that replaced the instruction.";
            _GUARD_IS_TRUE_POP (flag -- ) leaf [exit tier2] "Side exit unless True.";
            _GUARD_IS_FALSE_POP (flag -- ) leaf [exit tier2] "Side exit unless False.";
            _GUARD_IS_NONE_POP (value -- ) leaf [exit tier2] "Side exit unless None.";
            _GUARD_IS_NOT_NONE_POP (value -- ) leaf_slow [exit tier2] "Side exit if None.";
            _BAD_OPCODE ( -- ) calling [error tier1] "An instruction that is never executed.";

            // ---- attributes and names ----
            _SPECIALIZE_LOAD_ATTR (owner -- owner) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _LOAD_ATTR (owner -- attr, self_or_null[oparg & 1]) calling [error escapes] "Attribute access; as a callee with its self if the lowest bit is set.";
            _GUARD_TYPE_VERSION (owner -- owner) {version/2} leaf [deopt pure] "Guards the version of the object's shape.";
            _LOAD_ATTR_INSTANCE_VALUE (owner -- attr, o) {offset/1} leaf [deopt] "The attribute `offset` bytes into the object.";
            _LOAD_ATTR_WITH_HINT (owner -- attr, o) {hint/1} leaf [deopt] "The entry `hint` of the instance's __dict__.";
            _LOAD_ATTR_SLOT (owner -- attr, o) {offset/1} leaf [deopt] "A __slots__ attribute.";
            _LOAD_ATTR_MODULE (owner -- attr, o) {version/2, index/1} leaf [deopt] "An entry of a module's dict.";
            _CHECK_ATTR_CLASS (owner -- owner) {version/2} leaf [deopt pure] "Guards the version of a type object.";
            _LOAD_ATTR_CLASS (owner -- attr, o) {descr/4} leaf [] "An attribute found in the class.";
            _LOAD_ATTR_METHOD_WITH_VALUES (owner -- attr, receiver) {descr/4} leaf [] "A method of the class with its receiver.";
            _LOAD_ATTR_METHOD_NO_DICT (owner -- attr, receiver) {descr/4} leaf [] "The same for instances without a dict.";
            _CHECK_ATTR_METHOD_LAZY_DICT (owner -- owner) {dictoffset/1} leaf [deopt pure] "Guards that the instance's dict does not exist.";
            _LOAD_ATTR_METHOD_LAZY_DICT (owner -- attr, receiver) {descr/4} leaf [] "The same for instances whose dict does not exist yet.";
            _LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES (owner -- attr, o) {descr/4} leaf [] "A plain class attribute seen through an instance.";
            _LOAD_ATTR_NONDESCRIPTOR_NO_DICT (owner -- attr, o) {descr/4} leaf [] "The same for instances without a dict.";
            _LOAD_ATTR_PROPERTY_FRAME (owner -- new_frame) {fget/4} leaf_slow [error] "Pushes the frame of a property's Python getter.";
            _LOAD_ATTR_GETATTRIBUTE_FRAME (owner -- new_frame) {function/4} leaf_slow [error] "Pushes the frame of a Python __getattribute__.";
            _SPECIALIZE_STORE_ATTR (owner -- owner) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _STORE_ATTR (value, owner -- ) calling [error escapes] "owner.name = value";
            _STORE_ATTR_INSTANCE_VALUE (value, owner -- old, o) {offset/1} leaf [deopt] "Stores an attribute inside the object; a new one moves the object to the next shape.";
            _STORE_ATTR_WITH_HINT (value, owner -- old, o) {hint/1} leaf [deopt] "Stores the entry `hint` of the instance's __dict__.";
            _STORE_ATTR_SLOT (value, owner -- old, o) {offset/1} leaf [] "Stores a __slots__ attribute.";
            _DELETE_ATTR (owner -- ) calling [error escapes] "del owner.name";
            _SPECIALIZE_LOAD_SUPER_ATTR (callable, class, receiver -- callable, class, receiver) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _LOAD_SUPER_ATTR (callable, class, receiver -- attr) calling [error escapes] "super(class, receiver).name";
            _GUARD_LOAD_SUPER_ATTR (callable, class, receiver -- callable, class, receiver) leaf [deopt] "Is the callable the real super and the class a type?";
            _LOAD_SUPER_ATTR_ATTR (callable, class, receiver -- attr) calling [error escapes] "The attribute without making a super object.";
            _LOAD_SUPER_ATTR_METHOD (callable, class, receiver -- attr, self_or_null) calling [error escapes] "The same as a callee with its self.";
            _LOAD_NAME ( -- value) calling [error escapes] "Locals, globals, builtins.";
            _STORE_NAME (value -- ) calling [error escapes] "Stores into the frame's namespace.";
            _DELETE_NAME ( -- ) calling [error escapes] "Deletes from the frame's namespace.";
            _SPECIALIZE_LOAD_GLOBAL ( -- ) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _LOAD_GLOBAL ( -- value) calling [error escapes] "Globals, builtins.";
            _GUARD_GLOBALS_VERSION ( -- ) {version/1} leaf [deopt] "Guards the key version of the globals.";
            _GUARD_BUILTINS_VERSION ( -- ) {version/1} leaf [deopt] "Guards the key version of the builtins.";
            _LOAD_GLOBAL_MODULE ( -- value) {index/1} leaf [deopt] "An entry of the globals.";
            _LOAD_GLOBAL_BUILTINS ( -- value) {index/1} leaf [deopt] "An entry of the builtins.";
            _STORE_GLOBAL (value -- ) calling [error escapes] "Stores into the globals.";
            _DELETE_GLOBAL ( -- ) calling [error escapes] "Deletes from the globals.";
            _LOAD_FROM_DICT_OR_GLOBALS (dict -- value) calling [error escapes] "A class body's name: the mapping, else globals, builtins.";
            _LOAD_LOCALS ( -- locals) calling [error] "The frame's namespace.";
            _LOAD_BUILD_CLASS ( -- value) calling [error escapes] "builtins.__build_class__";
            _SETUP_ANNOTATIONS ( -- ) calling [error escapes] "Makes `__annotations__` in the namespace.";
            _IMPORT_NAME (level, fromlist -- module) calling [error escapes] "Imports a module.";
            _IMPORT_FROM (module -- module, value) calling [error escapes] "An attribute or submodule of an imported module.";

            // ---- building, unpacking, formatting ----
            _BUILD_TUPLE (items[oparg] -- tuple) calling [error] "(…)";
            _BUILD_LIST (items[oparg] -- list) calling [error] "[…]";
            _BUILD_SET (items[oparg] -- set) calling [error escapes] "{…}";
            _BUILD_MAP (items[oparg * 2] -- dict) calling [error escapes] "{k: v, …}";
            _BUILD_STRING (pieces[oparg] -- text) calling [error] "Joins strs.";
            _BUILD_SLICE (args[oparg] -- slice) calling [error] "slice(start, stop[, step])";
            _BUILD_INTERPOLATION (value, text, format[oparg & 1] -- res) calling [error] "A template's interpolation.";
            _BUILD_TEMPLATE (strings, interpolations -- res) calling [error] "A template string.";
            _LIST_APPEND (list, unused[oparg - 1], value -- list, unused[oparg - 1]) leaf_slow [error] "Appends to a list below.";
            _LIST_EXTEND (list, unused[oparg - 1], iterable -- list, unused[oparg - 1]) calling [error escapes] "Extends a list below.";
            _SET_ADD (set, unused[oparg - 1], value -- set, unused[oparg - 1]) calling [error escapes] "Adds to a set below.";
            _SET_UPDATE (set, unused[oparg - 1], iterable -- set, unused[oparg - 1]) calling [error escapes] "Updates a set below.";
            _MAP_ADD (dict, unused[oparg - 1], key, value -- dict, unused[oparg - 1]) calling [error escapes] "Stores into a dict below.";
            _DICT_UPDATE (dict, unused[oparg - 1], update -- dict, unused[oparg - 1]) calling [error escapes] "{**update}";
            _DICT_MERGE (callable, unused0, unused1, dict, unused[oparg - 1], update -- callable, unused0, unused1, dict, unused[oparg - 1]) calling [error escapes] "f(**update)";
            _SPECIALIZE_UNPACK_SEQUENCE (sequence -- sequence) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _UNPACK_SEQUENCE (sequence -- values[oparg]) calling [error escapes] "a, b, … = sequence";
            _UNPACK_SEQUENCE_TWO_TUPLE (sequence -- second, first, s) leaf [deopt] "a, b = tuple; the tuple stays for a drop.";
            _UNPACK_SEQUENCE_TUPLE (sequence -- values[oparg], s) leaf [deopt] "a, b, … = tuple; the tuple stays for a drop.";
            _UNPACK_SEQUENCE_LIST (sequence -- values[oparg], s) leaf [deopt] "a, b, … = list; the list stays for a drop.";
            _UNPACK_EX (sequence -- values[unpack_ex]) calling [error escapes] "a, *b, c = sequence";
            _FORMAT_SIMPLE (value -- res) calling [error escapes] "f'{value}'";
            _FORMAT_WITH_SPEC (value, spec -- res) calling [error escapes] "f'{value:spec}'";
            _CONVERT_VALUE (value -- res) calling [error escapes] "f'{value!r}'";

            // ---- iteration ----
            _GET_ITER (iterable -- iter) calling [error escapes] "iter(iterable)";
            _GET_LEN (value -- value, len) calling [error escapes] "len(value)";
            _SPECIALIZE_FOR_ITER (iter -- iter) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _FOR_ITER (iter -- iter, next) calling [error escapes jump_skip] "Next item; jumps when exhausted.";
            _ITER_CHECK_LIST (iter -- iter) leaf [deopt pure] "Is it a list iterator?";
            _ITER_JUMP_LIST (iter -- iter) leaf_slow [jump_skip] "Jumps when the list is exhausted.";
            _ITER_NEXT_LIST (iter -- iter, next) leaf [] "Next item of a list iterator that has one.";
            _ITER_CHECK_TUPLE (iter -- iter) leaf [deopt pure] "Is it a tuple iterator?";
            _ITER_JUMP_TUPLE (iter -- iter) leaf_slow [jump_skip] "Jumps when the tuple is exhausted.";
            _ITER_NEXT_TUPLE (iter -- iter, next) leaf [] "Next item of a tuple iterator that has one.";
            _ITER_CHECK_RANGE (iter -- iter) leaf [deopt pure] "Is it a range iterator over fixnums?";
            _ITER_JUMP_RANGE (iter -- iter) leaf [jump_skip] "Jumps when the range is exhausted.";
            _ITER_NEXT_RANGE (iter -- iter, next) leaf [] "Next number of a range iterator that has one.";
            _GUARD_NOT_EXHAUSTED_LIST (iter -- iter) leaf [exit tier2] "Side exit when exhausted.";
            _GUARD_NOT_EXHAUSTED_TUPLE (iter -- iter) leaf [exit tier2] "Side exit when exhausted.";
            _GUARD_NOT_EXHAUSTED_RANGE (iter -- iter) leaf [exit tier2] "Side exit when exhausted.";
            _FOR_ITER_GEN_FRAME (iter -- iter, gen_frame) {size/0} leaf [deopt] "Links a suspended generator's frame, resumed with None.";

            // ---- generators, coroutines ----
            _RETURN_GENERATOR ( -- ) calling [error frame] "Turns the frame into a generator and returns that.";
            _YIELD_VALUE (value -- ) leaf [frame] "Suspends the generator and gives the value to the caller's stack.";
            _SPECIALIZE_SEND (receiver, value -- receiver, value) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _SEND (receiver, value -- receiver, res, returned) {size/0} calling [error escapes frame] "Sends; the flag says whether the receiver returned.";
            _SEND_GEN_FRAME (receiver, value -- receiver, gen_frame) {size/0} leaf [deopt] "Links a suspended generator's frame, resumed with the value.";
            _END_SEND (receiver, value -- res, r) leaf [pure] "Leaves the value above the receiver, for a drop.";
            _GET_YIELD_FROM_ITER (iterable -- iter) calling [error escapes] "The iterator of a `yield from`.";
            _GET_AITER (value -- iter) calling [error escapes] "value.__aiter__()";
            _GET_ANEXT (iter -- iter, awaitable) calling [error escapes] "The awaitable of iter.__anext__().";
            _GET_AWAITABLE (value -- awaitable) calling [error escapes] "The iterator of an awaitable.";
            _END_ASYNC_FOR (awaitable, exception -- ) calling [reraise escapes] "Ends the loop on StopAsyncIteration.";
            _CLEANUP_THROW (sub_iter, last_sent, exception -- none, value) calling [reraise escapes] "Value of a StopIteration that was thrown in.";

            // ---- exceptions, with ----
            _RAISE_VARARGS (args[oparg] -- ) calling [error reraise escapes] "raise [exception [from cause]]";
            _RERAISE (values[oparg], exception -- values[oparg]) leaf [reraise] "Raises again, at the saved instruction if there is one.";
            _PUSH_EXC_INFO (exception -- previous, exc) leaf [] "Makes the exception the handled one.";
            _POP_EXCEPT (previous -- old) leaf [] "Makes the previous exception the handled one.";
            _CHECK_EXC_MATCH (exception, class -- exception, res) calling [error escapes] "Does the exception match?";
            _CHECK_EG_MATCH (exception, class -- rest, matched) calling [error escapes] "Splits an exception group.";
            _WITH_EXCEPT_START (exit, exit_self, lasti, unused, exception -- exit, exit_self, lasti, unused, exception, res) calling [error escapes] "exit(type, exception, traceback)";
            _LOAD_SPECIAL (owner -- attr, self_or_null) calling [error escapes] "A special method of the type.";
            _EXIT_INIT_CHECK (value -- ) calling [error escapes] "__init__ must return None.";

            // ---- calls and frames ----
            _SPECIALIZE_CALL (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _SPECIALIZE_CALL_KW (callable, self_or_null, unused[oparg], names -- callable, self_or_null, unused[oparg], names) {counter/1} leaf_slow [again tier1] "Counts towards specialisation.";
            _SAVE_RETURN_OFFSET ( -- ) {size/0} leaf [] "Where the frame goes on when its callee returns.";
            _DO_CALL (callable, self_or_null, args[oparg] -- res) calling [error escapes frame] "Any call.";
            _DO_CALL_KW (callable, self_or_null, args[oparg], names -- res) calling [error escapes frame] "Any call with keywords.";
            _DO_CALL_FUNCTION_EX (callable, null, args, kwargs -- res) calling [error escapes frame] "callable(*args, **kwargs)";
            _CHECK_FUNCTION_VERSION (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) {version/2} leaf [deopt] "Is it the Python function with this version?";
            _CHECK_FUNCTION_VERSION_KW (callable, self_or_null, unused[oparg], names -- callable, self_or_null, unused[oparg], names) {version/2} leaf [deopt] "The same, for a call with keywords.";
            _CHECK_METHOD_VERSION (callable, null, unused[oparg] -- callable, null, unused[oparg]) {version/2} leaf [deopt] "Is it a bound method of the Python function with this version?";
            _CHECK_METHOD_VERSION_KW (callable, null, unused[oparg], names -- callable, null, unused[oparg], names) {version/2} leaf [deopt] "The same, for a call with keywords.";
            _CHECK_FUNCTION_EXACT_ARGS (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) leaf [deopt] "Does the function take exactly these arguments?";
            _CHECK_METHOD_EXACT_ARGS (callable, null, unused[oparg] -- callable, null, unused[oparg]) leaf [deopt] "The same for a bound method.";
            _EXPAND_METHOD (callable, null, args[oparg] -- callable, null, args[oparg]) calling [] "Replaces a bound method by its function and receiver.";
            _EXPAND_METHOD_KW (callable, null, args[oparg], names -- callable, null, args[oparg], names) calling [] "The same, for a call with keywords.";
            _INIT_CALL_PY_EXACT_ARGS (callable, self_or_null, args[oparg] -- new_frame) leaf_slow [error] "Pushes the callee's frame, arguments moved into its locals.";
            _PY_FRAME_GENERAL (callable, self_or_null, args[oparg] -- new_frame) calling [error escapes] "The same with defaults, *args and **kwargs.";
            _PY_FRAME_KW (callable, self_or_null, args[oparg], names -- new_frame) calling [error escapes] "The same for a call with keywords.";
            _CREATE_INIT_FRAME (callable, self_or_null, args[oparg] -- new_frame) calling [error escapes] "Makes an instance and pushes the frame of its __init__.";
            _PUSH_FRAME (new_frame -- ) leaf [frame] "Goes on in the new frame.";
            _RETURN_VALUE (value -- ) calling [escapes frame] "Leaves the frame and gives the value to the caller's stack.";
            _INTERPRETER_EXIT (value -- ) leaf [leave tier1] "Returns to native code.";
            _CHECK_IS_NOT_PY_CALLABLE (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) leaf [deopt] "Is it neither a Python function nor a method of one?";
            _CHECK_IS_NOT_PY_CALLABLE_KW (callable, self_or_null, unused[oparg], names -- callable, self_or_null, unused[oparg], names) leaf [deopt] "The same, for a call with keywords.";
            _CALL_NON_PY_GENERAL (callable, self_or_null, args[oparg] -- res) calling [error escapes] "Calls something that is not a Python function.";
            _CALL_BUILTIN (callable, self_or_null, args[oparg] -- res) calling [error escapes] "Calls a native function.";
            _CALL_METHOD_DESCRIPTOR (callable, self_or_null, args[oparg] -- res) calling [error escapes] "Calls a native method descriptor, the receiver first.";
            _CALL_KW_NON_PY (callable, self_or_null, args[oparg], names -- res) calling [error escapes] "The same with keywords.";
            _GUARD_CALLABLE_BUILTIN (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) leaf [deopt] "Is it a native function?";
            _GUARD_CALLABLE_METHOD_DESCRIPTOR (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) leaf [deopt] "Is it a native method descriptor?";
            _GUARD_CALLABLE_CLASS (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) leaf [deopt] "Is it a type, called without self?";
            _GUARD_CALLABLE_CLASS_VERSION (callable, self_or_null, unused[oparg] -- callable, self_or_null, unused[oparg]) {version/2} leaf [deopt] "Is it the type with this version, called without self?";
            _GUARD_TOS_GENERATOR (value -- value) leaf [deopt] "Is the top a generator?";
            _GUARD_CALLABLE_SINK (callable, null, arg -- callable, null, arg) {sink/1} leaf [deopt] "Is it this builtin, called without self?";
            _EXPAND_SINK (callable, null, arg -- function, n, a) {sink/1} leaf [] "Replaces the builtin by the function in Python that does the same.";
            _GUARD_GENEXPR_SINK (builtin, null, callable, iter -- builtin, null, callable, iter) {sink/1} leaf [deopt] "Is it a call of this generator expression, whose items this builtin takes?";
            _INIT_GENEXPR_SINK (builtin, null, callable, iter -- new_frame) {sink/1} calling [error] "Pushes the frame that does what the builtin does with the generator expression.";
            _GUARD_GENEXPR_LIST (list, callable, iter -- list, callable, iter) {sink/1} leaf [deopt] "Is it a call of this generator expression, whose items an empty list takes?";
            _INIT_GENEXPR_LIST (list, callable, iter -- new_frame) {sink/1} calling [error] "Pushes the frame that makes a list of the generator expression's items.";
            _PUSH_FRAME_AHEAD (new_frame -- ) leaf [frame tier1] "Goes on in the new frame, which returns to the next instruction.";
            _GUARD_CALLABLE_LEN (callable, null, arg -- callable, null, arg) leaf [deopt] "Is it the builtin len, called without self?";
            _CALL_LEN (callable, null, arg -- res) calling [error escapes] "len(arg)";
            _GUARD_CALLABLE_ISINSTANCE (callable, null, object, class -- callable, null, object, class) leaf [deopt] "Is it the builtin isinstance, called without self?";
            _CALL_ISINSTANCE (callable, null, object, class -- res) calling [error escapes] "isinstance(object, class)";
            _GUARD_CALLABLE_LIST_APPEND (callable, receiver, arg -- callable, receiver, arg) leaf [deopt] "Is it list.append of an exact list?";
            _CALL_LIST_APPEND (callable, receiver, arg -- none, c, s) leaf_slow [error] "receiver.append(arg)";
            _GUARD_CALLABLE_TYPE_1 (callable, null, arg -- callable, null, arg) leaf [deopt] "Is it the builtin type, called without self?";
            _CALL_TYPE_1 (callable, null, arg -- res) calling [escapes] "type(arg)";
            _GUARD_CALLABLE_STR_1 (callable, null, arg -- callable, null, arg) leaf [deopt] "Is it the builtin str, called without self?";
            _CALL_STR_1 (callable, null, arg -- res) calling [error escapes] "str(arg)";
            _GUARD_CALLABLE_TUPLE_1 (callable, null, arg -- callable, null, arg) leaf [deopt] "Is it the builtin tuple, called without self?";
            _CALL_TUPLE_1 (callable, null, arg -- res) calling [error escapes] "tuple(arg)";
            _MAKE_FUNCTION (code -- function) calling [error] "A function of the running frame's globals.";
            _SET_FUNCTION_ATTRIBUTE (value, function -- func) calling [] "Defaults, closure, annotations.";
            _CALL_INTRINSIC_1 (value -- res) calling [error escapes] "An intrinsic of one argument.";
            _CALL_INTRINSIC_2 (first, second -- res) calling [error escapes] "An intrinsic of two arguments.";

            // ---- only in traces: state, unboxed doubles ----
            _SET_IP ( -- ) {ip/4} leaf [tier2] "Stores the instruction pointer in the frame.";
            _CHECK_VALIDITY ( -- ) {flag/4} leaf [exit tier2] "Side exit when the 32-bit flag at that address is not 0: the code was invalidated.";
            _GUARD_RETURNED_TO ( -- ) {ip/4} leaf [exit tier2] "Side exit when the frame does not go on at this instruction.";
            _CHECK_LEAVE ( -- ) leaf [exit tier2] "Side exit when the leave word is set.";
            _COUNT_LOOP ( -- ) {counter/4} leaf [exit tier2] "Counts down the 32-bit number at that address; side exit at 0: the loop is hot.";
            _COUNT ( -- ) {counter/4} leaf [tier2] "Counts up the 64-bit number at that address.";
            _SPILL ( -- ) leaf [pure tier2] "Brings all cached stack values to memory.";
            _FOR_ITER_TIER_TWO (iter -- iter, next) calling [error escapes exit tier2] "Next item; side exit when exhausted (nothing is left to be done but the jump).";
            _POP_TOP_DEAD (value -- ) leaf [pure tier2] "Drops a word that nobody needs: its reference was moved or never taken.";
            _OWN (value -- owned) leaf [tier2] "Turns a borrowed reference into one of its own.";
            _OWN_SLOT (items[oparg] -- items[oparg]) leaf [tier2] "The same for the slot `oparg - 1` below the top.";
            _TAKE_LOCAL ( -- value) [local -> ] leaf [pure tier2] "Pushes a local's word as it is; the local is dead or stays the owner.";
            _STORE_FAST_NEW (value -- ) [ -> new] leaf [tier2] "Stores a local whose old word needs no drop.";
            _STORE_FAST_RAW (value -- ) [ -> new] leaf [tier2] "The same for a word that needs no reference of its own.";
            _LOAD_ATTR_INSTANCE_VALUE_BORROW (owner -- attr, o) {offset/1} leaf [deopt tier2] "The attribute `offset` bytes into the object, borrowed from it.";
            _LOAD_ATTR_SLOT_BORROW (owner -- attr, o) {offset/1} leaf [deopt tier2] "A __slots__ attribute, borrowed from the object.";
            _BINARY_OP_SUBSCR_LIST_INT_BORROW (list, sub -- res, l, s) leaf [deopt tier2] "list[fixnum], borrowed from the list.";
            _BINARY_OP_SUBSCR_TUPLE_INT_BORROW (tuple, sub -- res, t, s) leaf [deopt tier2] "tuple[fixnum], borrowed from the tuple.";
            _ADD_FIXNUM (left, right -- res) leaf [deopt tier2] "Sum of fixnums that is one.";
            _SUBTRACT_FIXNUM (left, right -- res) leaf [deopt tier2] "Difference of fixnums that is one.";
            _MULTIPLY_FIXNUM (left, right -- res) leaf [deopt tier2] "Product of fixnums that is one.";
            _FLOOR_DIVIDE_FIXNUM (left, right -- res) leaf [deopt tier2] "Floor of the quotient of fixnums with a positive divisor.";
            _REMAINDER_FIXNUM (left, right -- res) leaf [deopt tier2] "Remainder of fixnums with a positive divisor.";
            _FLOOR_DIVIDE_POWER_OF_TWO (left, right -- res) leaf [pure tier2] "Floor of the quotient of a fixnum and 2 to the power of the argument, which is the right one.";
            _LIST_SLICE (list, start, stop, step -- res) calling [error tier2] "list[start:stop:step] with bounds that are fixnums or None and a step that is not 0; the list is not dropped.";
            _LIST_SLICE_ASSIGN (list, start, stop, step, target, first, last -- ) calling [error escapes tier2] "target[first:last] = list[start:stop:step] under the same conditions; neither list is dropped.";
            _ADD_BOUND (left, right -- res) leaf [pure tier2] "Sum of fixnums, or the greatest or least one: where a slice ends is the same.";
            _CHECK_STACK_SPACE ( -- ) {bytes/2} leaf [deopt tier2] "Is there room for frames of that size behind the running one, and may one be pushed?";
            _ENTER_INLINE ( -- frame, sp) {size/2, stack/2} leaf [tier2] "Goes on in a frame `size` bytes behind the running one whose header is not written; its stack begins `stack` bytes into it, it ends `oparg` bytes behind its beginning.";
            _LEAVE_INLINE (value -- v, frame, sp) {size/2, stack/2} leaf [tier2] "Back to the frame `size` bytes before, whose stack ends `stack` bytes into it.";
            _LEAVE_INLINE_EMPTY ( -- frame, sp) {size/2, stack/2} leaf [tier2] "The same without a word to take along.";
            _GUARD_LOCAL_INT ( -- ) [local -> ] leaf [deopt tier2] "Is the local a fixnum?";
            _GUARD_LOCAL_FLONUM ( -- ) [local -> ] leaf [deopt tier2] "Is the local an immediate float?";
            _GUARD_LOCAL_FLOAT ( -- ) [local -> ] leaf [deopt tier2] "Is the local a float?";
            _GUARD_LOCAL_UNICODE ( -- ) [local -> ] leaf [deopt tier2] "Is the local an exact str?";
            _GUARD_LOCAL_LIST ( -- ) [local -> ] leaf [deopt tier2] "Is the local an exact list?";
            _GUARD_LOCAL_TUPLE ( -- ) [local -> ] leaf [deopt tier2] "Is the local an exact tuple?";
            _GUARD_LOCAL_DICT ( -- ) [local -> ] leaf [deopt tier2] "Is the local an exact dict?";
            _GUARD_LOCAL_TYPE_VERSION ( -- ) {version/2} [local -> ] leaf [deopt tier2] "Guards the version of the shape of the local's object.";
            _GUARD_FRAME_GLOBALS ( -- ) {dict/4} leaf [deopt tier2] "Guards that the frame's globals are this dict.";
            _GUARD_GETITEM_CODE (container, sub -- container, sub) {code/4} calling [deopt tier2] "Has the container a __getitem__ in Python that runs this code?";
            _GUARD_GENERATOR_AT (iter -- iter) {ip/4} leaf [deopt tier2] "Is it a generator that goes on at this instruction?";
            _SET_CALLER_IP ( -- ) {ip/4, size/2} leaf [tier2] "Stores the instruction pointer in the frame `size` bytes before.";
            _COMPARE_FIXNUM (left, right -- res) leaf [pure tier2] "Comparison of fixnums by the argument of COMPARE_OP.";
            _GUARD_FIXNUM_LT (left, right -- ) leaf [exit tier2] "Side exit unless one fixnum is less than the other.";
            _GUARD_FIXNUM_LE (left, right -- ) leaf [exit tier2] "The same for less or equal …";
            _GUARD_FIXNUM_EQ (left, right -- ) leaf [exit tier2] "… equal …";
            _GUARD_FIXNUM_NE (left, right -- ) leaf [exit tier2] "… not equal …";
            _GUARD_FIXNUM_GT (left, right -- ) leaf [exit tier2] "… greater …";
            _GUARD_FIXNUM_GE (left, right -- ) leaf [exit tier2] "… and greater or equal.";
            _GUARD_FIXNUM_TRUE (value -- ) leaf [exit tier2] "Side exit if a fixnum is 0.";
            _GUARD_FIXNUM_FALSE (value -- ) leaf [exit tier2] "Side exit unless a fixnum is 0.";
            _COPY_1 (value -- value, top) leaf [tier2] "Pushes a copy of the top.";
            _COPY_2 (bottom, above -- bottom, above, top) leaf [tier2] "Pushes a copy of the second from the top.";
            _SWAP_2 (lower, upper -- u, l) leaf [pure tier2] "Exchanges the two highest slots.";
            _LIST_ITEM (list, sub -- res) leaf [deopt tier2] "list[fixnum], in range and not negative; the list is not dropped.";
            _LIST_ITEM_BORROW (list, sub -- res) leaf [deopt tier2] "The same, borrowed from the list.";
            _LIST_ITEM_INT (list, sub -- res) leaf [deopt tier2] "The same when the item is a fixnum.";
            _LIST_ITEM_F64 (list, sub -- d: f64) leaf [deopt tier2] "The double of an item that is a flonum.";
            _STORE_LIST_ITEM_IMMEDIATE (value, list, sub -- ) leaf [deopt tier2] "list[fixnum] = an immediate, where an immediate was before; the list is not dropped.";
            _STORE_LIST_ITEM_F64 (list, sub, d: f64 -- ) leaf_slow [deopt error tier2] "list[fixnum] = double, where a number was before; the list is not dropped.";
            _GUARD_LOCAL_SHARED ( -- ) {least/1} [local -> ] leaf [deopt tier2] "Are there more references to the local's object than that?";
            _GUARD_LOCAL_IMMEDIATE ( -- ) [local -> ] leaf [deopt tier2] "Is the local unbound or not an object?";
            _LOCAL_LIST_ITEM_INT ( -- res) {index/2} [local -> ] leaf [deopt tier2] "The item of a local list, which is a fixnum.";
            _LOCAL_LIST_ITEM_F64 ( -- d: f64) {index/2} [local -> ] leaf [deopt tier2] "The same for a flonum.";
            _STORE_LOCAL_LIST_ITEM_F64 (d: f64 -- ) {index/2} [local -> ] leaf_slow [deopt error tier2] "Stores a double into a local list, where a number was before.";
            _STORE_FAST_SHARED (value -- ) [old -> new] leaf [tier2] "Stores a local whose old object somebody else keeps.";
            _UNPACK_TUPLE_2_BORROW (sequence -- second, first) leaf [deopt tier2] "a, b = tuple, borrowed from it; it is not dropped.";
            _UNPACK_TUPLE_3_BORROW (sequence -- third, second, first) leaf [deopt tier2] "a, b, c = tuple, in the same way.";
            _UNPACK_LIST_2_BORROW (sequence -- second, first) leaf [deopt tier2] "a, b = list, in the same way.";
            _UNPACK_LIST_3_BORROW (sequence -- third, second, first) leaf [deopt tier2] "a, b, c = list, in the same way.";
            _ITER_NEXT_LIST_BORROW (iter -- iter, next) leaf [tier2] "Next item of a list iterator that has one, borrowed from the list.";
            _ITER_NEXT_TUPLE_BORROW (iter -- iter, next) leaf [tier2] "Next item of a tuple iterator that has one, borrowed from the tuple.";
            _GUARD_ENUMERATE_LIST (iter -- iter) leaf_slow [exit error tier2] "Is it an exact enumerate over a list, with a next item and a number that is a fixnum?";
            _GUARD_ENUMERATE_TUPLE (iter -- iter) leaf_slow [exit error tier2] "The same over a tuple.";
            _ENUMERATE_NEXT_LIST (iter -- iter, item, index) leaf [tier2] "Next item of a list and its number, without a tuple of both.";
            _ENUMERATE_NEXT_TUPLE (iter -- iter, item, index) leaf [tier2] "The same of a tuple.";
            _ENUMERATE_NEXT_LIST_BORROW (iter -- iter, item, index) leaf [tier2] "Next item of a list, borrowed from it, and its number.";
            _ENUMERATE_NEXT_TUPLE_BORROW (iter -- iter, item, index) leaf [tier2] "The same of a tuple.";
            _ENUMERATE_END_LIST (iter -- iter) leaf [exit tier2] "Side exit unless it is an enumerate over a list without a next item; the list stays alive without it.";
            _ENUMERATE_END_TUPLE (iter -- iter) leaf [exit tier2] "The same over a tuple.";
            _STORE_ATTR_INSTANCE_VALUE_SET (value, owner -- old, o) {offset/1} leaf [deopt tier2] "Stores an attribute inside the object that it has already.";
            _NEGATE_FIXNUM (value -- res) leaf [deopt tier2] "The negative of a fixnum that is one.";
            _LIST_ITEM_SIGNED (list, sub -- res) leaf [deopt tier2] "list[fixnum], which may count from the end; the list is not dropped.";
            _STORE_LIST_ITEM_SIGNED (value, list, sub -- old) leaf [deopt tier2] "The same as a store; leaves the old item on the stack.";
            _INIT_GENEXPR (iter -- new_frame) {sink/1} calling [error tier2] "The same for an expression whose function was not made and has no closure.";
            _INIT_GENEXPR_CELL (iter, cell -- new_frame) {sink/1} calling [error tier2] "The same for one whose closure is a cell.";
            _FUNCTION_CELL (callable -- callable, cell) {index/1} leaf [tier2] "A cell of a function's closure.";
            _ARG (value -- ) {offset/2} leaf [tier2] "Moves a word to where the callee's frame has it, `offset` bytes behind the running frame.";
            _POP_TOP_INLINE (value -- ) {chain/4} leaf_slow [tier2] "Drops a value; Python code that runs when it is destroyed finds the inlined frames of the chain.";
            _GUARD_NOT_INTERRUPTED ( -- ) leaf [exit tier2] "Side exit when such code ran, and what is known may not hold any more.";
            _MATERIALIZE_FRAME ( -- ) {record/4, distance/2} leaf_slow [tier2] "Writes the header of an inlined frame, `distance` bytes before the running one.";
            _UNBOX_FLOAT_ANY (value -- d: f64) leaf [tier2] "The double of a float; the word is not dropped.";
            _UNBOX_FLOAT_OWNED (value -- d: f64) leaf_slow [tier2] "The double of a float, which is dropped.";
            _BINARY_OP_SUBTRACT_FLOAT_UNBOXED_REVERSED (b: f64, a: f64 -- c: f64) leaf [pure tier2] "Difference; the left operand is the top.";
            _BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED_REVERSED (b: f64, a: f64 -- c: f64) leaf [deopt tier2] "Quotient; the left operand is the top.";
            _GUARD_TOS_FLONUM (value -- value) leaf [deopt pure tier2] "Is the top an immediate float?";
            _GUARD_NOS_FLONUM (nos, tos -- nos, tos) leaf [deopt pure tier2] "Is the second from the top an immediate float?";
            _POP_TOP_DOUBLE (d: f64 -- ) leaf [pure tier2] "Drops a double.";
            _UNBOX_LOCAL ( -- ) [local -> new] leaf [tier2] "Leaves the raw double of a local that is a flonum in its home.";
            _BOX_LOCAL ( -- ) {distance/2} leaf_slow [error tier2] "Makes a float of the raw double in a local's home, of the frame `distance` bytes before the running one.";
            _LOAD_FAST_UNBOX_ANY ( -- d: f64) [local -> ] leaf [tier2] "The double of a local that is a float.";
            _UNBOX_FLOAT (value -- d: f64) leaf [pure tier2] "The double of a flonum.";
            _UNBOX_FIXNUM_AS_FLOAT (value -- d: f64) leaf [pure tier2] "A fixnum as a double.";
            _BOX_FLOAT (d: f64 -- value) leaf_slow [error tier2] "The float of a double.";
            _LOAD_CONST_F64 ( -- d: f64) {bits/4} leaf [pure tier2] "A constant double.";
            _LOAD_FAST_F64 ( -- d: f64) [local -> ] leaf [pure tier2] "A local whose home holds a raw double.";
            _LOAD_FAST_UNBOX ( -- d: f64) [local -> ] leaf [deopt tier2] "The double of a local that is a flonum.";
            _STORE_FAST_F64 (d: f64 -- ) [ -> new] leaf [tier2] "Leaves a raw double in the home of a local, whose old value is immediate.";
            _BINARY_OP_ADD_FLOAT_UNBOXED (a: f64, b: f64 -- c: f64) leaf [pure tier2] "Sum.";
            _BINARY_OP_SUBTRACT_FLOAT_UNBOXED (a: f64, b: f64 -- c: f64) leaf [pure tier2] "Difference.";
            _BINARY_OP_MULTIPLY_FLOAT_UNBOXED (a: f64, b: f64 -- c: f64) leaf [pure tier2] "Product.";
            _BINARY_OP_TRUE_DIVIDE_FLOAT_UNBOXED (a: f64, b: f64 -- c: f64) leaf [deopt tier2] "Quotient; a zero divisor leaves, because it raises.";
            _BINARY_OP_POWER_FLOAT_UNBOXED (a: f64, b: f64 -- c: f64) leaf_slow [deopt error tier2] "Power that is real: of a positive base, or of any base with an exponent that counts.";
            _BINARY_OP_POWER_FLOAT_UNBOXED_REVERSED (b: f64, a: f64 -- c: f64) leaf_slow [deopt error tier2] "The same; the base is the top.";
            _COMPARE_OP_FLOAT_UNBOXED (a: f64, b: f64 -- res) leaf [pure tier2] "Comparison by the argument of COMPARE_OP.";

            // ---- matching ----
            _MATCH_MAPPING (subject -- subject, res) calling [] "Is it a mapping?";
            _MATCH_SEQUENCE (subject -- subject, res) calling [] "Is it a sequence?";
            _MATCH_KEYS (subject, keys -- subject, keys, values) calling [error escapes] "Values of the keys, or None.";
            _MATCH_CLASS (subject, class, names -- values) calling [error escapes] "Attributes of a class pattern, or None.";
        }
    };
}

/// How a body may use the machine; checked in the built code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// No call at all.
    Leaf,
    /// The body never calls: it returns `Slow` before it has changed anything, and its `NAME__slow` sibling does
    /// the whole work.
    LeafSlow,
    /// May call helpers. `frame.ip` and `frame.sp` are stored before it.
    Calling,
}

/// What a uop may do: bits of [`Flags`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags(pub u16);

impl Flags {
    /// Reads and writes nothing but its stack items, apart from immutable objects.
    pub const PURE: Flags = Flags(1 << 0);
    /// Arbitrary Python code may run.
    pub const ESCAPES: Flags = Flags(1 << 1);
    /// Exit `Deopt`: nothing was changed, the base opcode takes over.
    pub const DEOPT: Flags = Flags(1 << 2);
    /// Exit `Error`: an exception is set, the inputs are consumed.
    pub const ERROR: Flags = Flags(1 << 3);
    /// Exit `Deopt` that is a side exit of a trace: counted and stitched.
    pub const EXIT: Flags = Flags(1 << 4);
    /// May jump: forward by the argument, …
    pub const JUMP: Flags = Flags(1 << 5);
    /// … backward, …
    pub const JUMP_BACK: Flags = Flags(1 << 6);
    /// … forward and over one more unit (the END_FOR after a loop).
    pub const JUMP_SKIP: Flags = Flags(1 << 7);
    /// Exit `Switch`: execution goes on in `ts.frame` at its `ip` and `sp`.
    pub const FRAME: Flags = Flags(1 << 8);
    /// Only in the interpreter.
    pub const TIER1: Flags = Flags(1 << 9);
    /// Only in traces.
    pub const TIER2: Flags = Flags(1 << 10);
    /// Exit `Again`: the instruction was rewritten and is dispatched anew.
    pub const AGAIN: Flags = Flags(1 << 11);
    /// Exit `Reraise`: like `Error`, but the frame's `ip` and the traceback are as they should be.
    pub const RERAISE: Flags = Flags(1 << 12);
    /// Exit `Leave`: the interpreter returns to native code.
    pub const LEAVE: Flags = Flags(1 << 13);
    /// Writes locals other than through its local operand.
    pub const LOCALS: Flags = Flags(1 << 14);

    pub const fn union(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
    pub const fn intersects(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }
}

/// How many slots a stack item takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// One slot, passed by value.
    One,
    /// `oparg`
    Oparg,
    /// `oparg * 2`
    Oparg2,
    /// `oparg - 1`
    OpargMinus1,
    /// `oparg & 1`
    OpargBit0,
    /// `(oparg & 0xFF) + 1 + (oparg >> 8)`
    UnpackEx,
}

impl Count {
    pub const fn eval(self, oparg: u32) -> u32 {
        match self {
            Count::One => 1,
            Count::Oparg => oparg,
            Count::Oparg2 => oparg * 2,
            Count::OpargMinus1 => oparg.saturating_sub(1),
            Count::OpargBit0 => oparg & 1,
            Count::UnpackEx => (oparg & 0xFF) + 1 + (oparg >> 8),
        }
    }
}

/// How a stack item is represented while it is a MIR value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rep {
    Tagged,
    F64,
}

/// An input or output on the evaluation stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    pub name: &'static str,
    pub count: Count,
    pub rep: Rep,
}

impl Item {
    /// The body gets a pointer for it but does not look at the slots.
    pub fn is_unused(&self) -> bool {
        self.name.starts_with("unused") && self.count != Count::One
    }
}

/// An operand from the inline cache; `units` 0 is the instruction's length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    pub name: &'static str,
    pub units: u8,
}

/// A row of the table.
#[derive(Debug)]
pub struct UopInfo {
    pub name: &'static str,
    pub inputs: &'static [Item],
    pub outputs: &'static [Item],
    pub operands: &'static [Operand],
    pub reads_local: bool,
    pub writes_local: bool,
    pub class: Class,
    pub flags: Flags,
    pub doc: &'static str,
}

impl UopInfo {
    /// Leading items that inputs and outputs share: they stay where they are.
    pub fn kept(&self) -> usize {
        self.inputs.iter().zip(self.outputs).take_while(|(i, o)| i == o).count()
    }
    /// Outputs that the body produces.
    pub fn produced(&self) -> &'static [Item] {
        &self.outputs[self.kept()..]
    }
    /// Slots by which the stack grows.
    pub fn stack_effect(&self, oparg: u32) -> i32 {
        let slots = |items: &[Item]| items.iter().map(|i| i.count.eval(oparg) as i32).sum::<i32>();
        slots(self.outputs) - slots(self.inputs)
    }
    /// The input that an output is a copy of: rows name it by its first letter.
    pub fn copied_input(&self, output: &Item) -> Option<usize> {
        if output.name.len() != 1 || output.count != Count::One {
            return None;
        }
        let mut matching = self.inputs.iter().enumerate().filter(|(_, i)| i.name.starts_with(output.name));
        match (matching.next(), matching.next()) {
            (Some((index, item)), None) if item.count == Count::One => Some(index),
            _ => None,
        }
    }
    pub fn has_slow(&self) -> bool {
        self.class == Class::LeafSlow
    }
    pub fn is(&self, flags: Flags) -> bool {
        self.flags.intersects(flags)
    }
    pub fn jumps(&self) -> bool {
        self.is(Flags::JUMP.union(Flags::JUMP_BACK).union(Flags::JUMP_SKIP))
    }
}

macro_rules! count {
    () => {
        Count::One
    };
    (oparg) => {
        Count::Oparg
    };
    (oparg * 2) => {
        Count::Oparg2
    };
    (oparg - 1) => {
        Count::OpargMinus1
    };
    (oparg & 1) => {
        Count::OpargBit0
    };
    (unpack_ex) => {
        Count::UnpackEx
    };
}
macro_rules! rep {
    () => {
        Rep::Tagged
    };
    (f64) => {
        Rep::F64
    };
}
macro_rules! class {
    (leaf) => {
        Class::Leaf
    };
    (leaf_slow) => {
        Class::LeafSlow
    };
    (calling) => {
        Class::Calling
    };
}
macro_rules! flag {
    (pure) => {
        Flags::PURE
    };
    (escapes) => {
        Flags::ESCAPES
    };
    (deopt) => {
        Flags::DEOPT
    };
    (error) => {
        Flags::ERROR
    };
    (exit) => {
        Flags::EXIT
    };
    (jump) => {
        Flags::JUMP
    };
    (jump_back) => {
        Flags::JUMP_BACK
    };
    (jump_skip) => {
        Flags::JUMP_SKIP
    };
    (frame) => {
        Flags::FRAME
    };
    (tier1) => {
        Flags::TIER1
    };
    (tier2) => {
        Flags::TIER2
    };
    (again) => {
        Flags::AGAIN
    };
    (reraise) => {
        Flags::RERAISE
    };
    (leave) => {
        Flags::LEAVE
    };
    (locals) => {
        Flags::LOCALS
    };
}
macro_rules! present {
    () => {
        false
    };
    ($x:ident) => {
        true
    };
}

macro_rules! define_uops {
    ($(
        $name:ident ( $($in:ident $(: $irep:ident)? $([$($icount:tt)*])?),* -- $($out:ident $(: $orep:ident)? $([$($ocount:tt)*])?),* )
        $({ $($operand:ident / $units:literal),* })?
        $([ $($lin:ident)? -> $($lout:ident)? ])?
        $class:ident [$($flag:ident)*] $doc:literal;
    )*) => {
        /// A micro-operation.
        #[allow(non_camel_case_types, reason = "the names are CPython's")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum Uop {
            $(#[doc = $doc] $name,)*
        }

        impl Uop {
            pub const ALL: &'static [Uop] = &[$(Uop::$name),*];

            pub const fn name(self) -> &'static str {
                INFO[self as usize].name
            }
        }

        static INFO: [UopInfo; Uop::ALL.len()] = [$(UopInfo {
            name: stringify!($name),
            inputs: &[$(Item { name: stringify!($in), count: count!($($($icount)*)?), rep: rep!($($irep)?) }),*],
            outputs: &[$(Item { name: stringify!($out), count: count!($($($ocount)*)?), rep: rep!($($orep)?) }),*],
            operands: &[$($(Operand { name: stringify!($operand), units: $units }),*)?],
            reads_local: present!($($($lin)?)?),
            writes_local: present!($($($lout)?)?),
            class: class!($class),
            flags: Flags(0)$(.union(flag!($flag)))*,
            doc: $doc,
        }),*];
    };
}
for_each_uop!(define_uops);

impl Uop {
    pub fn info(self) -> &'static UopInfo {
        &INFO[self as usize]
    }
    pub fn from_name(name: &str) -> Option<Uop> {
        Uop::ALL.iter().copied().find(|u| u.name() == name)
    }
    pub const fn from_u16(number: u16) -> Option<Uop> {
        if (number as usize) < Uop::ALL.len() { Some(Uop::ALL[number as usize]) } else { None }
    }
}

impl Uop {
    /// Its only success is exit `Switch`: in a trace, the next uop runs in the other frame.
    pub const fn always_switches(self) -> bool {
        use Uop::*;
        matches!(self, _PUSH_FRAME | _PUSH_FRAME_AHEAD | _RETURN_VALUE | _YIELD_VALUE | _RETURN_GENERATOR)
    }
    /// Its two last outputs are the frame and the stack pointer that the next uop runs with.
    pub const fn moves_frame(self) -> bool {
        matches!(self, Uop::_ENTER_INLINE | Uop::_LEAVE_INLINE | Uop::_LEAVE_INLINE_EMPTY)
    }
    /// Its exit says which way a branch went: what the instruction was specialised for did hold.
    pub const fn is_branch(self) -> bool {
        use Uop::*;
        matches!(
            self,
            _GUARD_FIXNUM_LT
                | _GUARD_FIXNUM_LE
                | _GUARD_FIXNUM_EQ
                | _GUARD_FIXNUM_NE
                | _GUARD_FIXNUM_GT
                | _GUARD_FIXNUM_GE
                | _GUARD_FIXNUM_TRUE
                | _GUARD_FIXNUM_FALSE
        )
    }
    /// Stencils are made for it: everything but what only the interpreter does.
    pub fn in_traces(self) -> bool {
        !self.info().is(Flags::TIER1.union(Flags::RERAISE).union(Flags::LEAVE).union(Flags::AGAIN))
    }
}

impl UopInfo {
    /// It has unboxed doubles among its stack items.
    pub fn uses_doubles(&self) -> bool {
        self.inputs.iter().chain(self.outputs).any(|i| i.rep == Rep::F64)
    }
}

impl std::fmt::Display for Uop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// Which part of the instruction's argument a uop of an expansion gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArgPart {
    All,
    /// `oparg >> 4`, the first local of a superinstruction.
    High,
    /// `oparg & 15`, the second one.
    Low,
}

/// A step of an expansion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Cache units that no uop reads.
    Skip(u8),
    Uop(Uop, ArgPart),
}

/// The uops of a bytecode.
#[derive(Debug)]
pub struct Expansion {
    pub opcode: Opcode,
    pub steps: &'static [Step],
}

impl Expansion {
    /// The uops with the index (in units after the instruction) of each one's first operand.
    pub fn uops(&self) -> impl Iterator<Item = (Uop, ArgPart, usize)> {
        let mut at = 0;
        self.steps.iter().filter_map(move |step| match *step {
            Step::Skip(n) => {
                at += n as usize;
                None
            }
            Step::Uop(uop, part) => {
                let here = at;
                at += uop.info().operands.iter().map(|o| o.units as usize).sum::<usize>();
                Some((uop, part, here))
            }
        })
    }
    /// Cache units that the steps cover.
    pub fn cache_units(&self) -> usize {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Skip(n) => *n as usize,
                Step::Uop(uop, _) => uop.info().operands.iter().map(|o| o.units as usize).sum(),
            })
            .sum()
    }
}

macro_rules! part {
    () => {
        ArgPart::All
    };
    (hi) => {
        ArgPart::High
    };
    (lo) => {
        ArgPart::Low
    };
}
macro_rules! step {
    (skip $n:literal) => { Step::Skip($n) };
    ($uop:ident $(: $part:ident)?) => { Step::Uop(Uop::$uop, part!($($part)?)) };
}
macro_rules! define_expansions {
    ($($opcode:ident = $first:ident $($fn:literal)? $(: $fpart:ident)? $(+ $item:ident $($n:literal)? $(: $part:ident)?)*;)*) => {
        /// What each bytecode is made of. `skip n` passes over cache units, `:hi` and `:lo` give a uop a half of the argument.
        pub static EXPANSIONS: &[Expansion] = &[
            $(Expansion { opcode: Opcode::$opcode, steps: &[step!($first $($fn)? $(: $fpart)?), $(step!($item $($n)? $(: $part)?)),*] }),*
        ];
    };
}

define_expansions! {
    NOP = _NOP;
    NOT_TAKEN = _NOP;
    CACHE = _BAD_OPCODE;
    RESERVED = _BAD_OPCODE;
    RESUME = _QUICKEN_RESUME + _CHECK_PERIODIC_IF_NOT_YIELD_FROM;
    RESUME_CHECK = _RESUME_CHECK + _COUNT_ENTRY;
    POP_TOP = _POP_TOP;
    POP_ITER = _POP_TOP;
    END_FOR = _POP_TOP;
    PUSH_NULL = _PUSH_NULL;
    COPY = _COPY;
    SWAP = _SWAP;
    LOAD_FAST = _LOAD_FAST;
    LOAD_FAST_BORROW = _LOAD_FAST_BORROW;
    LOAD_FAST_CHECK = _LOAD_FAST_CHECK;
    LOAD_FAST_AND_CLEAR = _LOAD_FAST_AND_CLEAR;
    LOAD_FAST_LOAD_FAST = _LOAD_FAST:hi + _LOAD_FAST:lo;
    LOAD_FAST_BORROW_LOAD_FAST_BORROW = _LOAD_FAST_BORROW:hi + _LOAD_FAST_BORROW:lo;
    STORE_FAST = _SWAP_FAST + _POP_TOP;
    STORE_FAST_LOAD_FAST = _SWAP_FAST:hi + _POP_TOP + _LOAD_FAST:lo;
    STORE_FAST_STORE_FAST = _SWAP_FAST:hi + _POP_TOP + _SWAP_FAST:lo + _POP_TOP;
    DELETE_FAST = _DELETE_FAST + _POP_TOP;
    LOAD_CONST = _LOAD_CONST;
    LOAD_CONST_IMMORTAL = _LOAD_CONST;
    LOAD_CONST_MORTAL = _LOAD_CONST;
    LOAD_SMALL_INT = _LOAD_SMALL_INT;
    LOAD_COMMON_CONSTANT = _LOAD_COMMON_CONSTANT;
    MAKE_CELL = _MAKE_CELL;
    LOAD_DEREF = _LOAD_DEREF;
    STORE_DEREF = _STORE_DEREF + _POP_TOP;
    DELETE_DEREF = _DELETE_DEREF + _POP_TOP;
    COPY_FREE_VARS = _COPY_FREE_VARS;
    LOAD_FROM_DICT_OR_DEREF = _LOAD_FROM_DICT_OR_DEREF;

    UNARY_NEGATIVE = _UNARY_NEGATIVE;
    UNARY_INVERT = _UNARY_INVERT;
    UNARY_NOT = _UNARY_NOT;
    TO_BOOL = _SPECIALIZE_TO_BOOL + skip 2 + _TO_BOOL;
    TO_BOOL_BOOL = skip 3 + _TO_BOOL_BOOL;
    TO_BOOL_INT = skip 3 + _GUARD_TOS_INT + _TO_BOOL_INT;
    TO_BOOL_LIST = skip 3 + _GUARD_TOS_LIST + _TO_BOOL_LIST + _POP_TOP;
    TO_BOOL_NONE = skip 3 + _TO_BOOL_NONE;
    TO_BOOL_STR = skip 3 + _GUARD_TOS_UNICODE + _TO_BOOL_STR + _POP_TOP_UNICODE;
    TO_BOOL_ALWAYS_TRUE = skip 1 + _GUARD_TYPE_VERSION + _REPLACE_WITH_TRUE + _POP_TOP;
    BINARY_OP = _SPECIALIZE_BINARY_OP + skip 4 + _BINARY_OP;
    BINARY_OP_ADD_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_INT + _BINARY_OP_ADD_INT + _POP_TOP_INT + _POP_TOP_INT;
    BINARY_OP_SUBTRACT_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_INT + _BINARY_OP_SUBTRACT_INT + _POP_TOP_INT + _POP_TOP_INT;
    BINARY_OP_MULTIPLY_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_INT + _BINARY_OP_MULTIPLY_INT + _POP_TOP_INT + _POP_TOP_INT;
    BINARY_OP_ADD_FLOAT = skip 5 + _GUARD_TOS_FLOAT + _GUARD_NOS_FLOAT + _BINARY_OP_ADD_FLOAT + _POP_TOP_FLOAT + _POP_TOP_FLOAT;
    BINARY_OP_SUBTRACT_FLOAT = skip 5 + _GUARD_TOS_FLOAT + _GUARD_NOS_FLOAT + _BINARY_OP_SUBTRACT_FLOAT + _POP_TOP_FLOAT + _POP_TOP_FLOAT;
    BINARY_OP_MULTIPLY_FLOAT = skip 5 + _GUARD_TOS_FLOAT + _GUARD_NOS_FLOAT + _BINARY_OP_MULTIPLY_FLOAT + _POP_TOP_FLOAT + _POP_TOP_FLOAT;
    BINARY_OP_ADD_UNICODE = skip 5 + _GUARD_TOS_UNICODE + _GUARD_NOS_UNICODE + _BINARY_OP_ADD_UNICODE + _POP_TOP_UNICODE + _POP_TOP_UNICODE;
    BINARY_OP_INPLACE_ADD_UNICODE = skip 5 + _GUARD_TOS_UNICODE + _GUARD_NOS_UNICODE + _BINARY_OP_INPLACE_ADD_UNICODE;
    BINARY_OP_EXTEND = skip 1 + _GUARD_BINARY_OP_EXTEND + skip 3 + _BINARY_OP_EXTEND + _POP_TOP + _POP_TOP;
    BINARY_OP_SUBSCR_LIST_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_LIST + _BINARY_OP_SUBSCR_LIST_INT + _POP_TOP_INT + _POP_TOP;
    BINARY_OP_SUBSCR_TUPLE_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_TUPLE + _BINARY_OP_SUBSCR_TUPLE_INT + _POP_TOP_INT + _POP_TOP;
    BINARY_OP_SUBSCR_STR_INT = skip 5 + _GUARD_TOS_INT + _GUARD_NOS_UNICODE + _BINARY_OP_SUBSCR_STR_INT + _POP_TOP_INT + _POP_TOP_UNICODE;
    BINARY_OP_SUBSCR_DICT = skip 5 + _GUARD_NOS_DICT + _BINARY_OP_SUBSCR_DICT;
    BINARY_OP_SUBSCR_LIST_SLICE = skip 5 + _GUARD_TOS_SLICE + _GUARD_NOS_LIST + _BINARY_OP_SUBSCR_LIST_SLICE;
    BINARY_OP_SUBSCR_GETITEM = skip 5 + _BINARY_OP_SUBSCR_GETITEM_FRAME + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    BINARY_SLICE = _BINARY_SLICE;
    STORE_SLICE = _STORE_SLICE;
    STORE_SUBSCR = _SPECIALIZE_STORE_SUBSCR + _STORE_SUBSCR;
    STORE_SUBSCR_LIST_INT = skip 1 + _GUARD_TOS_INT + _GUARD_NOS_LIST + _STORE_SUBSCR_LIST_INT + _POP_TOP_INT + _POP_TOP + _POP_TOP;
    STORE_SUBSCR_DICT = skip 1 + _GUARD_NOS_DICT + _STORE_SUBSCR_DICT;
    DELETE_SUBSCR = _DELETE_SUBSCR;
    COMPARE_OP = _SPECIALIZE_COMPARE_OP + _COMPARE_OP;
    COMPARE_OP_INT = skip 1 + _GUARD_TOS_INT + _GUARD_NOS_INT + _COMPARE_OP_INT + _POP_TOP_INT + _POP_TOP_INT;
    COMPARE_OP_FLOAT = skip 1 + _GUARD_TOS_FLOAT + _GUARD_NOS_FLOAT + _COMPARE_OP_FLOAT + _POP_TOP_FLOAT + _POP_TOP_FLOAT;
    COMPARE_OP_STR = skip 1 + _GUARD_TOS_UNICODE + _GUARD_NOS_UNICODE + _COMPARE_OP_STR + _POP_TOP_UNICODE + _POP_TOP_UNICODE;
    IS_OP = _IS_OP + _POP_TOP + _POP_TOP;
    CONTAINS_OP = _SPECIALIZE_CONTAINS_OP + _CONTAINS_OP;
    CONTAINS_OP_SET = skip 1 + _GUARD_TOS_ANY_SET + _CONTAINS_OP_SET;
    CONTAINS_OP_DICT = skip 1 + _GUARD_TOS_DICT + _CONTAINS_OP_DICT;

    POP_JUMP_IF_FALSE = skip 1 + _POP_JUMP_IF_FALSE;
    POP_JUMP_IF_TRUE = skip 1 + _POP_JUMP_IF_TRUE;
    POP_JUMP_IF_NONE = skip 1 + _IS_NONE + _POP_TOP + _POP_JUMP_IF_TRUE;
    POP_JUMP_IF_NOT_NONE = skip 1 + _IS_NONE + _POP_TOP + _POP_JUMP_IF_FALSE;
    JUMP_FORWARD = _JUMP_FORWARD;
    JUMP_BACKWARD_NO_INTERRUPT = _JUMP_BACKWARD;
    JUMP_BACKWARD = _SPECIALIZE_JUMP_BACKWARD + _CHECK_PERIODIC + _JUMP_BACKWARD;
    JUMP_BACKWARD_NO_JIT = skip 1 + _CHECK_PERIODIC + _JUMP_BACKWARD;
    JUMP_BACKWARD_JIT = _CHECK_PERIODIC + _JIT + _JUMP_BACKWARD;
    ENTER_EXECUTOR = _ENTER_EXECUTOR;

    LOAD_ATTR = _SPECIALIZE_LOAD_ATTR + skip 8 + _LOAD_ATTR;
    LOAD_ATTR_INSTANCE_VALUE = skip 1 + _GUARD_TYPE_VERSION + _LOAD_ATTR_INSTANCE_VALUE + skip 5 + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_WITH_HINT = skip 1 + _GUARD_TYPE_VERSION + _LOAD_ATTR_WITH_HINT + skip 5 + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_SLOT = skip 1 + _GUARD_TYPE_VERSION + _LOAD_ATTR_SLOT + skip 5 + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_MODULE = skip 1 + _LOAD_ATTR_MODULE + skip 5 + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_CLASS = skip 1 + _CHECK_ATTR_CLASS + skip 2 + _LOAD_ATTR_CLASS + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_CLASS_WITH_METACLASS_CHECK = skip 1 + _CHECK_ATTR_CLASS + _GUARD_TYPE_VERSION + _LOAD_ATTR_CLASS + _POP_TOP + _PUSH_NULL_CONDITIONAL;
    LOAD_ATTR_METHOD_WITH_VALUES = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_METHOD_WITH_VALUES;
    LOAD_ATTR_METHOD_NO_DICT = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_METHOD_NO_DICT;
    LOAD_ATTR_METHOD_LAZY_DICT = skip 1 + _GUARD_TYPE_VERSION + _CHECK_ATTR_METHOD_LAZY_DICT + skip 1 + _LOAD_ATTR_METHOD_LAZY_DICT;
    LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES + _POP_TOP;
    LOAD_ATTR_NONDESCRIPTOR_NO_DICT = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_NONDESCRIPTOR_NO_DICT + _POP_TOP;
    LOAD_ATTR_PROPERTY = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_PROPERTY_FRAME + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN = skip 1 + _GUARD_TYPE_VERSION + skip 2 + _LOAD_ATTR_GETATTRIBUTE_FRAME + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    STORE_ATTR = _SPECIALIZE_STORE_ATTR + skip 3 + _STORE_ATTR;
    STORE_ATTR_INSTANCE_VALUE = skip 1 + _GUARD_TYPE_VERSION + _STORE_ATTR_INSTANCE_VALUE + _POP_TOP + _POP_TOP;
    STORE_ATTR_WITH_HINT = skip 1 + _GUARD_TYPE_VERSION + _STORE_ATTR_WITH_HINT + _POP_TOP + _POP_TOP;
    STORE_ATTR_SLOT = skip 1 + _GUARD_TYPE_VERSION + _STORE_ATTR_SLOT + _POP_TOP + _POP_TOP;
    DELETE_ATTR = _DELETE_ATTR;
    LOAD_SUPER_ATTR = _SPECIALIZE_LOAD_SUPER_ATTR + _LOAD_SUPER_ATTR + _PUSH_NULL_CONDITIONAL;
    LOAD_SUPER_ATTR_ATTR = skip 1 + _GUARD_LOAD_SUPER_ATTR + _LOAD_SUPER_ATTR_ATTR;
    LOAD_SUPER_ATTR_METHOD = skip 1 + _GUARD_LOAD_SUPER_ATTR + _LOAD_SUPER_ATTR_METHOD;
    LOAD_NAME = _LOAD_NAME;
    STORE_NAME = _STORE_NAME;
    DELETE_NAME = _DELETE_NAME;
    LOAD_GLOBAL = _SPECIALIZE_LOAD_GLOBAL + skip 3 + _LOAD_GLOBAL + _PUSH_NULL_CONDITIONAL;
    LOAD_GLOBAL_MODULE = skip 1 + _GUARD_GLOBALS_VERSION + skip 1 + _LOAD_GLOBAL_MODULE + _PUSH_NULL_CONDITIONAL;
    LOAD_GLOBAL_BUILTIN = skip 1 + _GUARD_GLOBALS_VERSION + _GUARD_BUILTINS_VERSION + _LOAD_GLOBAL_BUILTINS + _PUSH_NULL_CONDITIONAL;
    STORE_GLOBAL = _STORE_GLOBAL;
    DELETE_GLOBAL = _DELETE_GLOBAL;
    LOAD_FROM_DICT_OR_GLOBALS = _LOAD_FROM_DICT_OR_GLOBALS;
    LOAD_LOCALS = _LOAD_LOCALS;
    LOAD_BUILD_CLASS = _LOAD_BUILD_CLASS;
    SETUP_ANNOTATIONS = _SETUP_ANNOTATIONS;
    IMPORT_NAME = _IMPORT_NAME;
    IMPORT_FROM = _IMPORT_FROM;

    BUILD_TUPLE = _BUILD_TUPLE;
    BUILD_LIST = _BUILD_LIST;
    BUILD_SET = _BUILD_SET;
    BUILD_MAP = _BUILD_MAP;
    BUILD_STRING = _BUILD_STRING;
    BUILD_SLICE = _BUILD_SLICE;
    BUILD_INTERPOLATION = _BUILD_INTERPOLATION;
    BUILD_TEMPLATE = _BUILD_TEMPLATE;
    LIST_APPEND = _LIST_APPEND;
    LIST_EXTEND = _LIST_EXTEND;
    SET_ADD = _SET_ADD;
    SET_UPDATE = _SET_UPDATE;
    MAP_ADD = _MAP_ADD;
    DICT_UPDATE = _DICT_UPDATE;
    DICT_MERGE = _DICT_MERGE;
    UNPACK_SEQUENCE = _SPECIALIZE_UNPACK_SEQUENCE + _UNPACK_SEQUENCE;
    UNPACK_SEQUENCE_TWO_TUPLE = skip 1 + _GUARD_TOS_TUPLE + _UNPACK_SEQUENCE_TWO_TUPLE + _POP_TOP;
    UNPACK_SEQUENCE_TUPLE = skip 1 + _GUARD_TOS_TUPLE + _UNPACK_SEQUENCE_TUPLE + _POP_TOP;
    UNPACK_SEQUENCE_LIST = skip 1 + _GUARD_TOS_LIST + _UNPACK_SEQUENCE_LIST + _POP_TOP;
    UNPACK_EX = _UNPACK_EX;
    FORMAT_SIMPLE = _FORMAT_SIMPLE;
    FORMAT_WITH_SPEC = _FORMAT_WITH_SPEC;
    CONVERT_VALUE = _CONVERT_VALUE;

    GET_ITER = _GET_ITER;
    GET_LEN = _GET_LEN;
    FOR_ITER = _SPECIALIZE_FOR_ITER + _FOR_ITER;
    FOR_ITER_LIST = skip 1 + _ITER_CHECK_LIST + _ITER_JUMP_LIST + _ITER_NEXT_LIST;
    FOR_ITER_TUPLE = skip 1 + _ITER_CHECK_TUPLE + _ITER_JUMP_TUPLE + _ITER_NEXT_TUPLE;
    FOR_ITER_RANGE = skip 1 + _ITER_CHECK_RANGE + _ITER_JUMP_RANGE + _ITER_NEXT_RANGE;
    FOR_ITER_GEN = skip 1 + _FOR_ITER_GEN_FRAME + _PUSH_FRAME;
    RETURN_GENERATOR = _RETURN_GENERATOR;
    YIELD_VALUE = _YIELD_VALUE;
    SEND = _SPECIALIZE_SEND + _SEND + _POP_JUMP_IF_TRUE;
    SEND_GEN = skip 1 + _SEND_GEN_FRAME + _PUSH_FRAME;
    END_SEND = _END_SEND + _POP_TOP;
    GET_YIELD_FROM_ITER = _GET_YIELD_FROM_ITER;
    GET_AITER = _GET_AITER;
    GET_ANEXT = _GET_ANEXT;
    GET_AWAITABLE = _GET_AWAITABLE;
    END_ASYNC_FOR = _END_ASYNC_FOR;
    CLEANUP_THROW = _CLEANUP_THROW;

    RAISE_VARARGS = _RAISE_VARARGS;
    RERAISE = _RERAISE;
    PUSH_EXC_INFO = _PUSH_EXC_INFO;
    POP_EXCEPT = _POP_EXCEPT + _POP_TOP;
    CHECK_EXC_MATCH = _CHECK_EXC_MATCH;
    CHECK_EG_MATCH = _CHECK_EG_MATCH;
    WITH_EXCEPT_START = _WITH_EXCEPT_START;
    LOAD_SPECIAL = _LOAD_SPECIAL;
    EXIT_INIT_CHECK = _EXIT_INIT_CHECK;

    CALL = _SPECIALIZE_CALL + skip 2 + _SAVE_RETURN_OFFSET + _DO_CALL + _CHECK_PERIODIC;
    CALL_KW = _SPECIALIZE_CALL_KW + skip 2 + _SAVE_RETURN_OFFSET + _DO_CALL_KW + _CHECK_PERIODIC;
    CALL_FUNCTION_EX = _SAVE_RETURN_OFFSET + _DO_CALL_FUNCTION_EX + _CHECK_PERIODIC;
    CALL_PY_EXACT_ARGS = skip 1 + _CHECK_FUNCTION_VERSION + _CHECK_FUNCTION_EXACT_ARGS + _INIT_CALL_PY_EXACT_ARGS + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_PY_GENERAL = skip 1 + _CHECK_FUNCTION_VERSION + _PY_FRAME_GENERAL + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_BOUND_METHOD_EXACT_ARGS = skip 1 + _CHECK_METHOD_VERSION + _CHECK_METHOD_EXACT_ARGS + _EXPAND_METHOD + _INIT_CALL_PY_EXACT_ARGS + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_BOUND_METHOD_GENERAL = skip 1 + _CHECK_METHOD_VERSION + _EXPAND_METHOD + _PY_FRAME_GENERAL + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_KW_PY = skip 1 + _CHECK_FUNCTION_VERSION_KW + _PY_FRAME_KW + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_KW_BOUND_METHOD = skip 1 + _CHECK_METHOD_VERSION_KW + _EXPAND_METHOD_KW + _PY_FRAME_KW + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_ALLOC_AND_ENTER_INIT = skip 1 + _GUARD_CALLABLE_CLASS_VERSION + _CREATE_INIT_FRAME + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_NON_PY_GENERAL = skip 3 + _CHECK_IS_NOT_PY_CALLABLE + _CALL_NON_PY_GENERAL + _CHECK_PERIODIC;
    CALL_KW_NON_PY = skip 3 + _CHECK_IS_NOT_PY_CALLABLE_KW + _CALL_KW_NON_PY + _CHECK_PERIODIC;
    CALL_BUILTIN_CLASS = skip 3 + _GUARD_CALLABLE_CLASS + _CALL_NON_PY_GENERAL + _CHECK_PERIODIC;
    CALL_BUILTIN_CLASS_GEN = skip 1 + _GUARD_TOS_GENERATOR + _GUARD_CALLABLE_SINK + _EXPAND_SINK + _INIT_CALL_PY_EXACT_ARGS + _SAVE_RETURN_OFFSET + _PUSH_FRAME;
    CALL_GENEXPR_SINK = skip 1 + _GUARD_GENEXPR_SINK + _INIT_GENEXPR_SINK + _PUSH_FRAME_AHEAD;
    CALL_GENEXPR_LIST = skip 1 + _GUARD_GENEXPR_LIST + _INIT_GENEXPR_LIST + _PUSH_FRAME_AHEAD;
    CALL_BUILTIN_O = skip 3 + _GUARD_CALLABLE_BUILTIN + _CALL_BUILTIN + _CHECK_PERIODIC;
    CALL_BUILTIN_FAST = skip 3 + _GUARD_CALLABLE_BUILTIN + _CALL_BUILTIN + _CHECK_PERIODIC;
    CALL_BUILTIN_FAST_WITH_KEYWORDS = skip 3 + _GUARD_CALLABLE_BUILTIN + _CALL_BUILTIN + _CHECK_PERIODIC;
    CALL_METHOD_DESCRIPTOR_NOARGS = skip 3 + _GUARD_CALLABLE_METHOD_DESCRIPTOR + _CALL_METHOD_DESCRIPTOR + _CHECK_PERIODIC;
    CALL_METHOD_DESCRIPTOR_O = skip 3 + _GUARD_CALLABLE_METHOD_DESCRIPTOR + _CALL_METHOD_DESCRIPTOR + _CHECK_PERIODIC;
    CALL_METHOD_DESCRIPTOR_FAST = skip 3 + _GUARD_CALLABLE_METHOD_DESCRIPTOR + _CALL_METHOD_DESCRIPTOR + _CHECK_PERIODIC;
    CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS = skip 3 + _GUARD_CALLABLE_METHOD_DESCRIPTOR + _CALL_METHOD_DESCRIPTOR + _CHECK_PERIODIC;
    CALL_LEN = skip 3 + _GUARD_CALLABLE_LEN + _CALL_LEN;
    CALL_ISINSTANCE = skip 3 + _GUARD_CALLABLE_ISINSTANCE + _CALL_ISINSTANCE;
    CALL_LIST_APPEND = skip 3 + _GUARD_CALLABLE_LIST_APPEND + _CALL_LIST_APPEND + _POP_TOP + _POP_TOP;
    CALL_TYPE_1 = skip 3 + _GUARD_CALLABLE_TYPE_1 + _CALL_TYPE_1;
    CALL_STR_1 = skip 3 + _GUARD_CALLABLE_STR_1 + _CALL_STR_1 + _CHECK_PERIODIC;
    CALL_TUPLE_1 = skip 3 + _GUARD_CALLABLE_TUPLE_1 + _CALL_TUPLE_1 + _CHECK_PERIODIC;
    RETURN_VALUE = _RETURN_VALUE;
    INTERPRETER_EXIT = _INTERPRETER_EXIT;
    MAKE_FUNCTION = _MAKE_FUNCTION;
    SET_FUNCTION_ATTRIBUTE = _SET_FUNCTION_ATTRIBUTE;
    CALL_INTRINSIC_1 = _CALL_INTRINSIC_1;
    CALL_INTRINSIC_2 = _CALL_INTRINSIC_2;

    MATCH_MAPPING = _MATCH_MAPPING;
    MATCH_SEQUENCE = _MATCH_SEQUENCE;
    MATCH_KEYS = _MATCH_KEYS;
    MATCH_CLASS = _MATCH_CLASS;
}

/// The uops of a bytecode; `None` for `EXTENDED_ARG` (a handler of its own) and the instrumented opcodes.
pub fn expansion(opcode: Opcode) -> Option<&'static Expansion> {
    EXPANSIONS.iter().find(|e| e.opcode == opcode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_layouts_are_cpythons() {
        for e in EXPANSIONS {
            assert_eq!(e.cache_units(), e.opcode.caches(), "{}", e.opcode);
        }
    }

    #[test]
    fn every_opcode_has_an_expansion() {
        let without: Vec<_> = Opcode::ALL
            .iter()
            .filter(|op| !op.is_instrumented() && expansion(**op).is_none())
            .map(|op| op.name())
            .collect();
        assert_eq!(without, ["EXTENDED_ARG"]);
    }

    #[test]
    fn rows_are_consistent() {
        for uop in Uop::ALL {
            let info = uop.info();
            assert!(info.operands.len() <= 2, "{uop}");
            assert!(!(info.is(Flags::TIER1) && info.is(Flags::TIER2)), "{uop}");
            assert!(!info.is(Flags::AGAIN) || info.is(Flags::TIER1), "{uop}");
            let arrays = |items: &[Item]| items.iter().filter(|i| i.count != Count::One).count();
            assert!(arrays(info.inputs) <= 1 && arrays(info.outputs) <= 1, "{uop}");
            assert_eq!(Uop::from_name(info.name), Some(*uop));
        }
    }

    #[test]
    fn tier_2_uops_are_in_no_bytecode() {
        for e in EXPANSIONS {
            for (uop, ..) in e.uops() {
                assert!(!uop.info().is(Flags::TIER2), "{} in {}", uop, e.opcode);
            }
        }
    }
}
