//! The interpreter's handlers, run on hand-written bytecode without a runtime.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "object memory by hand, of objects that the test made"
)]

mod machine;

use machine::*;
use taipan_layout::{Frame, StackValue, ThreadState, Value};
use taipan_mir::opcodes::Opcode::{self, *};

/// `for i in range(n): s += i; return s` with an extended argument thrown in.
fn sum_program() -> Vec<(Opcode, u32)> {
    vec![
        (LOAD_FAST, 2),
        (FOR_ITER_RANGE, 11),
        (STORE_FAST, 1),
        (LOAD_FAST_BORROW_LOAD_FAST_BORROW, 0x01),
        (BINARY_OP_ADD_INT, 0),
        (STORE_FAST, 0),
        (JUMP_BACKWARD_NO_JIT, 13),
        (NOP, 0),
        (POP_TOP, 0),
        (LOAD_FAST, 0),
        (RETURN_VALUE, 0),
    ]
}

#[test]
fn a_loop_of_fixnums() {
    let mut m = Machine::new();
    let n = if cfg!(debug_assertions) { 100_000 } else { 20_000_000 };
    let sum = time("int loop", n, || {
        let code = m.code(assemble(&sum_program()), vec![], vec![], 0, 3);
        let iter = range_iter(0, n);
        unsafe { (*iter).header.rc = 10 };
        m.run_code(code, &[Value::fixnum(0), Value::NULL, Value::from_ptr(iter)])
    });
    assert_eq!(sum.as_fixnum(), n * (n - 1) / 2);
    assert_eq!(m.ts.frame, std::ptr::null_mut());
}

#[test]
fn a_loop_of_flonums() {
    let mut m = Machine::new();
    let n = if cfg!(debug_assertions) { 100_000 } else { 20_000_000 };
    let mut program = sum_program();
    program[3] = (LOAD_FAST_BORROW, 0);
    program.insert(4, (LOAD_CONST, 0));
    program[5] = (BINARY_OP_ADD_FLOAT, 0);
    program[1].1 = 12;
    program[7].1 = 14;
    let sum = time("float loop", n, || {
        let half = Value::try_flonum(0.5).unwrap();
        let code = m.code(assemble(&program), vec![half], vec![], 0, 3);
        let iter = range_iter(0, n);
        unsafe { (*iter).header.rc = 10 };
        m.run_code(code, &[Value::try_flonum(1.0).unwrap(), Value::NULL, Value::from_ptr(iter)])
    });
    assert_eq!(sum.as_flonum(), 1.0 + 0.5 * n as f64);
}

#[test]
fn overflow_takes_the_slow_sibling() {
    let mut m = Machine::new();
    on("rt_binary_op", |args| {
        assert_eq!(
            (args[1], args[2], args[3]),
            (Value::fixnum(taipan_layout::value::FIXNUM_MAX).0, Value::fixnum(1).0, 0)
        );
        Value::fixnum(-7).0
    });
    let program = [
        (LOAD_FAST, 0),
        (LOAD_SMALL_INT, 1),
        (BINARY_OP_ADD_INT, 0),
        (LOAD_SMALL_INT, 10),
        (BINARY_OP_ADD_INT, 0),
        (RETURN_VALUE, 0),
    ];
    let code = m.code(assemble(&program), vec![], vec![], 0, 1);
    let result = m.run_code(code, &[Value::fixnum(taipan_layout::value::FIXNUM_MAX)]);
    assert_eq!(result.as_fixnum(), 3);
}

#[test]
fn a_failed_guard_goes_to_the_base_opcode() {
    let mut m = Machine::new();
    let object = Value::from_ptr(plain_object());
    on("rt_specialize_binary_op", |args| {
        // Back off: count 1, then ask again.
        unsafe { *(args[2] as *mut u16).add(1) = 1 << 4 | 2 };
        0
    });
    on("rt_binary_op", move |args| {
        assert_eq!((args[1], args[2], args[3]), (object.0, Value::fixnum(5).0, 10));
        Value::fixnum(99).0
    });
    let program = [(LOAD_FAST, 0), (LOAD_SMALL_INT, 5), (BINARY_OP_SUBTRACT_INT, 10), (RETURN_VALUE, 0)];
    let code = m.code(assemble(&program), vec![], vec![], 0, 1);
    unsafe { (*object.header()).rc = 2 };
    let frame = m.start(code, &[object]);
    let result = m.run(frame);
    assert_eq!(result.as_fixnum(), 99);
    assert_eq!(rc(object), 1, "the frame's local and the stack's reference are gone");
}

#[test]
fn python_calls_push_and_pop_frames() {
    // def f(a, b): return a + b      for i in range(n): s = f(s, i)
    let mut m = Machine::new();
    let callee = [
        (RESUME_CHECK, 0),
        (LOAD_FAST_BORROW_LOAD_FAST_BORROW, 0x01),
        (BINARY_OP_ADD_INT, 0),
        (RETURN_VALUE, 0),
    ];
    let callee = m.code(assemble(&callee), vec![], vec![], 2, 2);
    let function = m.function(callee, 77);
    let program = [
        (LOAD_FAST, 2),
        (FOR_ITER_RANGE, 14),
        (STORE_FAST, 1),
        (LOAD_FAST_BORROW, 3),
        (PUSH_NULL, 0),
        (LOAD_FAST_BORROW_LOAD_FAST_BORROW, 0x01),
        (CALL_PY_EXACT_ARGS, 2),
        (STORE_FAST, 0),
        (JUMP_BACKWARD_NO_JIT, 13),
        (NOP, 0),
        (NOP, 0),
        (POP_TOP, 0),
        (LOAD_FAST, 0),
        (RETURN_VALUE, 0),
    ];
    let mut units = assemble(&program);
    let call = units.iter().position(|u| u & 0xFF == CALL_PY_EXACT_ARGS as u16).unwrap();
    units[call + 2] = 77;
    units[1] = FOR_ITER_RANGE as u16 | 12 << 8;
    let n = if cfg!(debug_assertions) { 100_000 } else { 10_000_000 };
    let top = m.ts.stack_top;
    let sum = time("call loop", n, || {
        m.ts.stack_top = top;
        let code = m.code(units.clone(), vec![], vec![], 0, 4);
        let iter = range_iter(0, n);
        unsafe {
            (*iter).header.rc = 10;
            (*function).header.rc = 10;
        }
        let locals = [Value::fixnum(0), Value::NULL, Value::from_ptr(iter), Value::from_ptr(function)];
        m.run_code(code, &locals)
    });
    assert_eq!(sum.as_fixnum(), n * (n - 1) / 2);
    assert_eq!(unsafe { (*function).header.rc }, 9);
    assert_eq!(m.ts.recursion_remaining, 1000 + 5);
}

#[test]
fn errors_go_through_the_unwinder() {
    let mut m = Machine::new();
    let object = Value::from_ptr(plain_object());
    on("rt_unary_negative", |_| 0);
    let code = m.code(
        assemble(&[
            (LOAD_SMALL_INT, 3),
            (LOAD_FAST, 0),
            (UNARY_NEGATIVE, 0),
            (RETURN_VALUE, 0),
            (RETURN_VALUE, 0),
        ]),
        vec![],
        vec![],
        0,
        1,
    );
    unsafe { (*object.header()).rc = 2 };
    let frame = m.start(code, &[object]);
    on("rt_unwind", move |args| unsafe {
        let frame = args[1] as *mut taipan_layout::Frame;
        assert_eq!(args[2], 0);
        assert_eq!((*frame).ip, (*code).units.add(2));
        assert_eq!((*frame).sp, taipan_layout::Frame::stack_base(frame).add(1), "3 is on the stack");
        *(*frame).sp = StackValue(Value::fixnum(44).0);
        (*frame).sp = (*frame).sp.add(1);
        (*frame).ip = (*code).units.add(4);
        frame as u64
    });
    assert_eq!(m.run(frame).as_fixnum(), 44);
    assert_eq!(rc(object), 1);
}

#[test]
fn the_last_reference_is_destroyed_after_the_store() {
    let mut m = Machine::new();
    let object = Value::from_ptr(plain_object());
    let code = m.code(
        assemble(&[(LOAD_SMALL_INT, 3), (STORE_FAST, 0), (LOAD_FAST, 0), (RETURN_VALUE, 0)]),
        vec![],
        vec![],
        0,
        1,
    );
    let frame = m.start(code, &[object]);
    on("rt_dealloc", move |args| unsafe {
        assert_eq!(args[1], object.0);
        assert_eq!(*taipan_layout::Frame::localsplus(frame), Value::fixnum(3));
        assert_eq!((*frame).ip, (*code).units.add(1));
        0
    });
    assert_eq!(m.run(frame).as_fixnum(), 3);
    assert_eq!(rc(object), 0);
}

#[test]
fn unpacking_swapping_and_copying_use_memory() {
    let mut m = Machine::new();
    on("rt_unpack_sequence", |args| unsafe {
        assert_eq!(args[2], 3);
        for i in 0..3 {
            *(args[3] as *mut StackValue).add(i) = StackValue(Value::fixnum(10 * (3 - i as i64)).0);
        }
        0
    });
    on("rt_specialize_unpack_sequence", |args| {
        unsafe { *(args[2] as *mut u16).add(1) = 1 << 4 };
        0
    });
    on("rt_build_tuple", |args| unsafe {
        let items: Vec<i64> = (0..args[2] as usize)
            .map(|i| (*(args[1] as *mut StackValue).add(i)).peek().as_fixnum())
            .collect();
        assert_eq!(items, [1, 20, 30, 10, 20]);
        Value::TRUE.0
    });
    // 1, then 30 20 10 (top), COPY 2 → 20 on top, SWAP 4 of [30 20 10 20] → [20 20 10 30] …
    let program = [
        (LOAD_SMALL_INT, 1),
        (LOAD_SMALL_INT, 0),
        (UNPACK_SEQUENCE, 3),
        (COPY, 2),
        (SWAP, 3),
        (SWAP, 4),
        (SWAP, 3),
        (BUILD_TUPLE, 5),
        (RETURN_VALUE, 0),
    ];
    let code = m.code(assemble(&program), vec![], vec![], 0, 0);
    assert_eq!(m.run_code(code, &[]), Value::TRUE);
}

#[test]
fn extended_arguments_reach_the_handler() {
    let mut m = Machine::new();
    let mut locals = vec![Value::NULL; 600];
    locals[599] = Value::fixnum(599);
    let code = m.code(assemble(&[(LOAD_FAST, 599), (RETURN_VALUE, 0)]), vec![], vec![], 0, 600);
    assert_eq!(m.run_code(code, &locals).as_fixnum(), 599);
}

thread_local! { static SEEN: std::cell::RefCell<Vec<(Opcode, u64)>> = const { std::cell::RefCell::new(Vec::new()) }; }

unsafe extern "C" fn record(ts: *mut ThreadState, frame: *mut Frame, ip: *mut u16, oparg: u64) -> i32 {
    unsafe {
        assert_eq!((*frame).ip, ip);
        let opcode = Opcode::from_u8(*ip as u8).unwrap();
        let count = SEEN.with_borrow_mut(|seen| {
            seen.push((opcode, oparg));
            seen.len()
        });
        match count {
            // Skip the third instruction.
            3 => {
                (*frame).ip = ip.add(1);
                return 1;
            }
            // The sixth one is the last that is seen.
            6 => (*ts).dispatch = taipan_stencil_lib::handlers().as_ptr(),
            _ => {}
        }
    }
    0
}

#[test]
fn hooked_mode_sees_each_instruction_until_it_is_switched_off() {
    let mut m = Machine::new();
    m.ts.hook = Some(record);
    m.ts.dispatch = taipan_stencil_lib::hooked_handlers().as_ptr();
    let program = [
        (LOAD_FAST, 299),
        (STORE_FAST, 1),
        (LOAD_SMALL_INT, 4),
        (LOAD_SMALL_INT, 5),
        (BINARY_OP_ADD_INT, 0),
        (LOAD_SMALL_INT, 6),
        (BINARY_OP_ADD_INT, 0),
        (RETURN_VALUE, 0),
    ];
    let mut locals = vec![Value::NULL; 300];
    locals[299] = Value::fixnum(100);
    let code = m.code(assemble(&program), vec![], vec![], 0, 300);
    // EXTENDED_ARG is an instruction of its own, so the skipped one is STORE_FAST.
    assert_eq!(m.run_code(code, &locals).as_fixnum(), 15);
    let seen = SEEN.take();
    let expected = [
        (EXTENDED_ARG, 1),
        (LOAD_FAST, 299),
        (STORE_FAST, 1),
        (LOAD_SMALL_INT, 4),
        (LOAD_SMALL_INT, 5),
        (BINARY_OP_ADD_INT, 0),
    ];
    assert_eq!(seen, expected);
}
