//! Small hand-written traces through emitted code.
#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "each test builds by hand the memory and the code that it uses"
)]

mod machine;

use machine::*;
use taipan_layout::objects::RangeIter;
use taipan_layout::{Frame, Value};
use taipan_mir::uops::Uop::{self, *};
use taipan_stencil_lib::arena::{Arena, Block, SystemPages};
use taipan_stencil_lib::emit::{self, EmitError, Emitter, ExitPoint, Op, Step};

struct Code {
    arena: Arena<SystemPages>,
    block: Block,
    exits: Vec<ExitPoint>,
}

fn compile(steps: &[Step]) -> Code {
    let near = taipan_stencil_lib::emit::common_exit() as usize;
    let mut arena = Arena::new(SystemPages, near, 1 << 20).unwrap();
    let mut emitter = Emitter::new();
    emitter.layout(steps).unwrap();
    let (len, exits) = emitter.size();
    let block = arena.allocate_code(len).unwrap();
    let slots = arena.allocate_slots(exits).unwrap();
    arena
        .write(block, |address| unsafe {
            emitter.write(steps, address as *mut u8, address as u64, slots.address as *mut u64)
        })
        .unwrap();
    Code { arena, block, exits: emitter.exits.clone() }
}

impl Code {
    fn run(&self, m: &mut Machine, frame: *mut Frame) {
        m.ts.exit_id = 999;
        unsafe { emit::enter(frame, (*frame).sp, &raw mut *m.ts, self.block.address as *const u8) }
    }
}

fn op(uop: Uop) -> Op {
    Op::new(uop)
}

/// `for i in range(n): s += i`, the iterator cached in a register. Exit 1: exhausted; 2: not an int; 3: error.
fn int_loop() -> Vec<Step> {
    vec![
        Step::Label { label: 0, depth: 1, doubles: 0 },
        Step::Op(op(_GUARD_NOT_EXHAUSTED_RANGE).deopt(1)),
        Step::Op(op(_ITER_NEXT_RANGE)),
        Step::Op(op(_SWAP_FAST).oparg(1)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_LOAD_FAST_BORROW).oparg(0)),
        Step::Op(op(_LOAD_FAST_BORROW).oparg(1)),
        Step::Op(op(_GUARD_NOS_INT).deopt(2)),
        Step::Op(op(_BINARY_OP_ADD_INT).error(3)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_SWAP_FAST).oparg(0)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Goto(0),
    ]
}

/// A frame with these locals and the iterator on its stack.
fn frame_with(m: &mut Machine, locals: &[Value], iter: *mut RangeIter) -> *mut Frame {
    let code = m.code(vec![0; 4], vec![], vec![], 0, locals.len() as u32);
    let frame = m.start(code, locals);
    unsafe {
        *(*frame).sp = Value::from_ptr(iter).owned();
        (*frame).sp = (*frame).sp.add(1);
    }
    frame
}

#[test]
fn a_loop_of_fixnums() {
    let mut m = Machine::new();
    let n = if cfg!(debug_assertions) { 100_000 } else { 30_000_000 };
    let code = compile(&int_loop());
    time("int trace", n, || {
        let iter = range_iter(0, n);
        let frame = frame_with(&mut m, &[Value::fixnum(0), Value::NULL], iter);
        code.run(&mut m, frame);
        assert_eq!(m.ts.exit_id, 1);
        assert_eq!(m.ts.exit_words[0], iter as u64);
        let locals = unsafe { Frame::localsplus(frame) };
        unsafe {
            assert_eq!((*locals).as_fixnum(), n * (n - 1) / 2);
            assert_eq!((*locals.add(1)).as_fixnum(), n - 1);
            assert_eq!((*frame).sp, Frame::stack_base(frame));
        }
    });
    let exit = code.exits.iter().find(|e| e.id == 1).unwrap();
    assert_eq!((exit.depth, exit.doubles), (1, 0));
}

#[test]
fn a_loop_of_boxed_and_of_raw_doubles() {
    let mut m = Machine::new();
    let n = if cfg!(debug_assertions) { 100_000 } else { 30_000_000 };
    let half = Value::try_flonum(0.5).unwrap();
    let mut boxed = int_loop();
    boxed[6] = Step::Op(op(_LOAD_CONST_INLINE_BORROW).operand(half.0));
    boxed[7] = Step::Op(op(_GUARD_NOS_FLOAT).deopt(2));
    boxed[8] = Step::Op(op(_BINARY_OP_ADD_FLOAT).error(3));
    boxed[9] = Step::Op(op(_POP_TOP_FLOAT));
    boxed[10] = Step::Op(op(_POP_TOP_FLOAT));
    boxed[12] = Step::Op(op(_POP_TOP_FLOAT));
    // The sum stays in f0; exit 1 finds it there.
    let raw = vec![
        Step::Op(op(_LOAD_FAST_UNBOX).oparg(0).deopt(2)),
        Step::Label { label: 0, depth: 1, doubles: 1 },
        Step::Op(op(_GUARD_NOT_EXHAUSTED_RANGE).deopt(1)),
        Step::Op(op(_ITER_NEXT_RANGE)),
        Step::Op(op(_SWAP_FAST).oparg(1)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_LOAD_CONST_F64).operand(0.5f64.to_bits())),
        Step::Op(op(_BINARY_OP_ADD_FLOAT_UNBOXED)),
        Step::Goto(0),
    ];
    for (name, steps, is_raw) in [("float trace", boxed, false), ("raw float trace", raw, true)] {
        let code = compile(&steps);
        time(name, n, || {
            let frame = frame_with(&mut m, &[Value::try_flonum(1.0).unwrap(), Value::NULL], range_iter(0, n));
            code.run(&mut m, frame);
            assert_eq!(m.ts.exit_id, 1);
            let expected = 1.0 + 0.5 * n as f64;
            if is_raw {
                assert_eq!(f64::from_bits(m.ts.exit_words[3]), expected);
            } else {
                assert_eq!(unsafe { *Frame::localsplus(frame) }.as_flonum(), expected);
            }
        });
    }
}

#[test]
fn overflow_goes_through_the_slow_sibling_and_back() {
    let mut m = Machine::new();
    on("rt_binary_op", |_| Value::fixnum(-5).0);
    let code = compile(&int_loop());
    let frame =
        frame_with(&mut m, &[Value::fixnum(taipan_layout::value::FIXNUM_MAX), Value::NULL], range_iter(1, 4));
    code.run(&mut m, frame);
    // max + 1 → −5, then + 2 + 3.
    assert_eq!(m.ts.exit_id, 1);
    assert_eq!(unsafe { *Frame::localsplus(frame) }.as_fixnum(), 0);
}

#[test]
fn a_guard_leaves_with_the_state_of_entry() {
    let mut m = Machine::new();
    let code = compile(&int_loop());
    let iter = range_iter(5, 9);
    let frame = frame_with(&mut m, &[Value::NONE, Value::NULL], iter);
    code.run(&mut m, frame);
    assert_eq!(m.ts.exit_id, 2);
    let exit = code.exits.iter().find(|e| e.id == 2).unwrap();
    assert_eq!(exit.depth, 3);
    assert_eq!(m.ts.exit_words[..3], [iter as u64, Value::NONE.0, Value::fixnum(5).0]);
}

#[test]
fn an_error_leaves_with_everything_in_memory() {
    let mut m = Machine::new();
    on("rt_binary_op", |_| 0);
    let code = compile(&int_loop());
    let iter = range_iter(1, 4);
    let frame = frame_with(&mut m, &[Value::fixnum(taipan_layout::value::FIXNUM_MAX), Value::NULL], iter);
    code.run(&mut m, frame);
    assert_eq!(m.ts.exit_id, 3);
    unsafe {
        assert_eq!((*frame).sp, Frame::stack_base(frame).add(1));
        assert_eq!((*(*frame).sp.sub(1)).0, iter as u64);
    }
}

#[test]
fn branches_join_in_the_state_of_their_label() {
    // if local0 < 10: push 1 else: push 2; local1 = top
    let mut m = Machine::new();
    let steps = [
        Step::Op(op(_LOAD_FAST_BORROW).oparg(0)),
        Step::Op(op(_LOAD_SMALL_INT).oparg(10)),
        Step::Op(op(_COMPARE_OP_INT).oparg(2)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Op(op(_POP_JUMP_IF_FALSE).target(1)),
        Step::Op(op(_LOAD_SMALL_INT).oparg(1)),
        Step::Goto(2),
        Step::Label { label: 1, depth: 2, doubles: 0 },
        Step::Op(op(_LOAD_SMALL_INT).oparg(2)),
        Step::Goto(2),
        Step::Label { label: 2, depth: 1, doubles: 0 },
        Step::Op(op(_SWAP_FAST).oparg(1)),
        Step::Op(op(_POP_TOP)),
        Step::Exit(7),
    ];
    let code = compile(&steps);
    for (x, expected) in [(3, 1), (30, 2)] {
        let base = frame_with(&mut m, &[Value::fixnum(x), Value::NULL], range_iter(0, 1));
        unsafe {
            // Two values below, which label 1 wants in registers.
            *(*base).sp = Value::TRUE.owned();
            (*base).sp = (*base).sp.add(1);
        }
        let sp = unsafe { (*base).sp };
        code.run(&mut m, base);
        assert_eq!(m.ts.exit_id, 7);
        unsafe {
            assert_eq!((*Frame::localsplus(base).add(1)).as_fixnum(), expected);
            assert_eq!((*base).sp.offset_from(sp), 0);
            assert_eq!((*sp.sub(1)).0, Value::TRUE.0);
        }
    }
}

#[test]
fn a_stitched_exit_continues_in_the_side_trace() {
    let mut m = Machine::new();
    let mut code = compile(&int_loop());
    // The side trace stores the iterator in local 1 and leaves with exit 42.
    let mut emitter = Emitter::new();
    let steps = [
        Step::Op(op(_LOAD_SMALL_INT).oparg(77)),
        Step::Op(op(_SWAP_FAST).oparg(0)),
        Step::Op(op(_POP_TOP_INT)),
        Step::Exit(42),
    ];
    emitter.layout_from(&steps, 1, 0).unwrap();
    let (len, exits) = emitter.size();
    let block = code.arena.allocate_code(len).unwrap();
    let slots = code.arena.allocate_slots(exits).unwrap();
    code.arena
        .write(block, |a| unsafe { emitter.write(&steps, a as *mut u8, a as u64, slots.address as *mut u64) })
        .unwrap();
    let exit = *code.exits.iter().find(|e| e.id == 1).unwrap();
    // Data slots are the first ones that the arena gave out.
    let slot = (slots.address - 8 * code.exits.len() + 8 * exit.slot as usize) as *mut u64;
    unsafe { *slot = block.address as u64 };
    let iter = range_iter(0, 10);
    let frame = frame_with(&mut m, &[Value::fixnum(0), Value::NULL], iter);
    code.run(&mut m, frame);
    assert_eq!(m.ts.exit_id, 42);
    assert_eq!(m.ts.exit_words[0], iter as u64);
    assert_eq!(unsafe { *Frame::localsplus(frame) }.as_fixnum(), 77);
}

#[test]
fn mistakes_are_reported() {
    let mut e = Emitter::new();
    assert_eq!(e.layout(&[Step::Op(op(_NOP))]), Err(EmitError::OpenEnd));
    assert_eq!(e.layout(&[Step::Goto(3)]), Err(EmitError::UnknownLabel { label: 3 }));
    let no_doubles = [Step::Op(op(_BOX_FLOAT)), Step::Exit(0)];
    assert_eq!(e.layout(&no_doubles), Err(EmitError::NoStencil { uop: _BOX_FLOAT, depth: 0, doubles: 0 }));
    let across = [Step::Op(op(_LOAD_CONST_F64)), Step::Op(op(_LOAD_NAME)), Step::Exit(0)];
    assert_eq!(e.layout(&across), Err(EmitError::Doubles { step: 1 }));
}

#[test]
fn emitting_is_fast() {
    let mut steps: Vec<Step> = Vec::new();
    let body = int_loop();
    steps.push(body[0]);
    for _ in 0..64 {
        steps.extend(&body[1..body.len() - 1]);
    }
    steps.push(Step::Goto(0));
    let near = emit::common_exit() as usize;
    let mut arena = Arena::new(SystemPages, near, 1 << 20).unwrap();
    let mut emitter = Emitter::new();
    let mut best = f64::MAX;
    let mut best_write = f64::MAX;
    for _ in 0..50 {
        let start = cpu_seconds();
        emitter.layout(&steps).unwrap();
        let (len, exits) = emitter.size();
        let block = arena.allocate_code(len).unwrap();
        let slots = arena.allocate_slots(exits).unwrap();
        arena
            .write(block, |a| unsafe {
                let start = cpu_seconds();
                emitter.write(&steps, a as *mut u8, a as u64, slots.address as *mut u64);
                best_write = best_write.min(cpu_seconds() - start);
            })
            .unwrap();
        best = best.min(cpu_seconds() - start);
        arena.free(block);
        arena.free(slots);
    }
    let uops = steps.len() as f64;
    println!(
        "emit: {:.0} ns per uop, of which writing {:.0} ns ({} uops, {} bytes)",
        best * 1e9 / uops,
        best_write * 1e9 / uops,
        steps.len(),
        emitter.size().0
    );
    if !cfg!(debug_assertions) {
        assert!(best / uops < 1e-6);
    }
}

/// Every uop in every state can be laid out and written, and all its holes find something to be filled with.
#[test]
fn every_stencil_can_be_emitted() {
    let near = emit::common_exit() as usize;
    let mut arena = Arena::new(SystemPages, near, 1 << 20).unwrap();
    let mut emitter = Emitter::new();
    let (mut emitted, mut states) = (0, 0);
    for &uop in Uop::ALL.iter().filter(|u| u.in_traces()) {
        let before = emitted;
        for (depth, doubles) in (0..=3usize).flat_map(|d| (0..=3usize).map(move |u| (d, u))) {
            let step = op(uop).oparg(2).operand(0x1234).deopt(1).error(2).target(0);
            // A jump wants a label in a state of its own, so that a move has to be made.
            let label = Step::Label { label: 0, depth: 3, doubles: doubles as u8 };
            let steps = [Step::Op(step), Step::Exit(3), label, Step::Exit(4)];
            states += 1;
            match emitter.layout_from(&steps, depth, doubles) {
                Ok(()) => {}
                Err(EmitError::NoStencil { .. } | EmitError::Doubles { .. }) => continue,
                Err(other) => panic!("{uop} in state {depth}/{doubles}: {other}"),
            }
            let (len, exits) = emitter.size();
            let block = arena.allocate_code(len).unwrap();
            let slots = arena.allocate_slots(exits).unwrap();
            arena
                .write(block, |a| unsafe {
                    emitter.write(&steps, a as *mut u8, a as u64, slots.address as *mut u64)
                })
                .unwrap();
            emitted += 1;
            arena.free(block);
            arena.free(slots);
        }
        assert!(emitted > before, "{uop} has no stencil in any state");
    }
    assert!(emitted > 1000, "{emitted} of {states} states");
}

#[test]
fn wide_operands_may_point_anywhere() {
    let mut m = Machine::new();
    let object = plain_object();
    let flag: &'static mut u32 = Box::leak(Box::new(0));
    let code = compile(&[
        Step::Op(op(_CHECK_VALIDITY).operand(&raw const *flag as u64).deopt(1)),
        Step::Op(op(_LOAD_CONST_INLINE).operand(object as u64)),
        Step::Op(op(_SWAP_FAST).oparg(0)),
        Step::Op(op(_POP_TOP)),
        Step::Exit(2),
    ]);
    let frame = frame_with(&mut m, &[Value::NULL], range_iter(0, 1));
    code.run(&mut m, frame);
    assert_eq!(m.ts.exit_id, 2);
    assert_eq!(unsafe { *Frame::localsplus(frame) }, Value::from_ptr(object));
    assert_eq!(rc(Value::from_ptr(object)), 2, "the local has a reference of its own");
    *flag = 1;
    code.run(&mut m, frame);
    assert_eq!(m.ts.exit_id, 1);
}
