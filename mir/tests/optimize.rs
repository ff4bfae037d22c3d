//! The optimiser on small traces in text form.

use taipan_mir::optimize::{Entry, Facts, FrameShape, FunctionFacts, Type, optimize};
use taipan_mir::trace::{Trace, parse, verify};
use taipan_mir::uops::Uop;

/// Word of the one function that is known.
const FUNCTION: u64 = 0x1000;

struct World;

impl Facts for World {
    fn type_of(&self, word: u64) -> Type {
        match word {
            FUNCTION => Type::Object,
            8 => Type::None,
            w if w & 1 != 0 => Type::Int,
            w if w & 3 == 2 => Type::Flonum,
            _ => Type::Unknown,
        }
    }
    fn function(&self, word: u64) -> Option<FunctionFacts> {
        (word == FUNCTION).then_some(FunctionFacts {
            locals: 2,
            frame_size: 160,
            argcount: 1,
            free: 0,
            globals: 0,
            original: 0,
            version: 7,
        })
    }
    fn code(&self, _number: u32) -> FrameShape {
        FrameShape { locals: 2, stack: 0, size: 160 }
    }
    fn is_stable(&self, word: u64) -> bool {
        word == FUNCTION
    }
    fn runs(&self, function: u64, _code: u32) -> bool {
        function == FUNCTION
    }
    fn frame_header(&self) -> u32 {
        80
    }
    fn double(&self, _word: u64) -> Option<u64> {
        None
    }
    fn none(&self) -> u64 {
        8
    }
}

const RESUMES: &str = "resume 0: code 0 unit 0 depth 0\nresume 1: code 0 unit 4 depth 0\n";

fn optimized(insts: &str, end: &str, locals: u32, stack: u32) -> Trace {
    let text = format!("trace\n{insts}\n{end}\n{RESUMES}");
    let trace = parse(&text).unwrap();
    let entry = Entry::Interpreter(vec![FrameShape { locals, stack, size: 240 }]);
    let result = optimize(&World, &trace, &entry).expect("the trace can be optimised").trace;
    assert_eq!(verify(&result, 0), Ok(()), "{result}");
    result
}

fn names(trace: &Trace) -> Vec<&'static str> {
    trace.insts.iter().map(|i| i.uop.name()).collect()
}

#[test]
fn types_of_a_loop_are_checked_once() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 1 -> 0\n_GUARD_TOS_INT -> 1\n_GUARD_NOS_INT -> 1\n\
                 _BINARY_OP_ADD_INT -> 1\n_POP_TOP_INT -> 1\n_POP_TOP_INT -> 1\n_SWAP_FAST 0 -> 1\n_POP_TOP -> 1";
    let trace = optimized(insts, "goto start", 2, 1);
    assert_eq!(
        names(&trace),
        [
            "_GUARD_LOCAL_INT",
            "_GUARD_LOCAL_INT",
            "_TAKE_LOCAL",
            "_TAKE_LOCAL",
            "_ADD_FIXNUM",
            "_STORE_FAST_RAW"
        ]
    );
    assert_eq!(trace.preamble, 2);
}

#[test]
fn floats_stay_in_registers_within_an_expression() {
    let operand = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 1 -> 0\n_GUARD_TOS_FLOAT -> 1\n_GUARD_NOS_FLOAT -> 1\n\
                   _BINARY_OP_MULTIPLY_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n";
    let insts = format!(
        "{operand}{operand}_BINARY_OP_SUBTRACT_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_SWAP_FAST 0 -> 1\n\
         _POP_TOP -> 1"
    );
    let trace = optimized(&insts, "exit 1", 2, 0);
    let boxes = |uop| trace.insts.iter().filter(|i| i.uop == uop).count();
    assert_eq!((boxes(Uop::_BOX_FLOAT), boxes(Uop::_BOX_LOCAL)), (0, 1), "{trace}");
    assert!(names(&trace).contains(&"_BINARY_OP_SUBTRACT_FLOAT_UNBOXED"), "{trace}");
}

#[test]
fn a_double_in_an_exit_is_in_its_snapshot() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 0 -> 0\n_GUARD_TOS_FLOAT -> 1\n_GUARD_NOS_FLOAT -> 1\n\
                 _BINARY_OP_ADD_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_LOAD_FAST_BORROW 1 -> 1\n\
                 _GUARD_TOS_FLOAT -> 1\n_BINARY_OP_ADD_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n\
                 _SWAP_FAST 0 -> 1\n_POP_TOP -> 1";
    let trace = optimized(insts, "exit 1", 2, 0);
    let guard =
        trace.insts.iter().rfind(|i| i.uop == Uop::_GUARD_LOCAL_FLOAT).expect("the second guard stays");
    let snapshot = &trace.snapshots[guard.snapshot as usize];
    assert_eq!(format!("{:?}", snapshot.tail), "[Double(0), Local(1)]");
}

#[test]
fn a_sum_of_floats_stays_a_double_from_turn_to_turn() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 1 -> 0\n_GUARD_TOS_FLOAT -> 1\n_GUARD_NOS_FLOAT -> 1\n\
                 _BINARY_OP_ADD_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_SWAP_FAST 0 -> 1\n_POP_TOP -> 1\n\
                 _CHECK_LEAVE -> 0";
    let trace = optimized(insts, "goto start", 2, 0);
    assert_eq!(
        names(&trace),
        [
            "_GUARD_LOCAL_FLOAT",
            "_GUARD_LOCAL_FLONUM",
            "_UNBOX_LOCAL",
            "_LOAD_FAST_F64",
            "_LOAD_FAST_UNBOX_ANY",
            "_BINARY_OP_ADD_FLOAT_UNBOXED",
            "_STORE_FAST_F64",
            "_CHECK_LEAVE"
        ]
    );
    let leave = trace.insts.last().unwrap();
    assert_eq!(
        format!("{:?}", trace.snapshots[leave.snapshot as usize].raw),
        "[RawLocal { distance: 0, local: 0 }]"
    );
    assert_ne!(trace.head, taipan_mir::trace::NO_SNAPSHOT);
}

#[test]
fn a_raw_local_is_boxed_before_anything_looks_at_the_frame() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 0 -> 0\n_GUARD_TOS_FLOAT -> 1\n_GUARD_NOS_FLOAT -> 1\n\
                 _BINARY_OP_ADD_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_POP_TOP_FLOAT -> 1\n_SWAP_FAST 0 -> 1\n_POP_TOP -> 1\n\
                 _LOAD_FAST_BORROW 1 -> 1\n_UNARY_NEGATIVE -> 1\n_SWAP_FAST 1 -> 1\n_POP_TOP -> 1";
    let trace = optimized(insts, "exit 1", 2, 0);
    let names = names(&trace);
    let boxes = names.iter().position(|n| *n == "_BOX_LOCAL").expect("the local is boxed");
    assert!(boxes < names.iter().position(|n| *n == "_UNARY_NEGATIVE").unwrap(), "{trace}");
}

#[test]
fn a_local_that_is_overwritten_is_read_before() {
    let insts = "_LOAD_FAST 0 -> 0\n_LOAD_FAST 1 -> 0\n_SWAP_FAST 0 -> 0\n_POP_TOP -> 0\n_SWAP_FAST 1 -> 0\n_POP_TOP -> 0";
    let trace = optimized(insts, "exit 1", 2, 0);
    assert_eq!(trace.insts[0].uop, Uop::_LOAD_FAST, "{trace}");
    assert_eq!(trace.insts[0].oparg, 0, "{trace}");
}

#[test]
fn a_comparison_and_its_branch_are_one() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_LOAD_SMALL_INT 5 -> 0\n_GUARD_NOS_INT -> 0\n_COMPARE_OP_INT 2 -> 0\n_POP_TOP_INT -> 0\n\
                 _POP_TOP_INT -> 0\n_GUARD_IS_FALSE_POP -> 1";
    let trace = optimized(insts, "exit 1", 1, 0);
    assert_eq!(names(&trace), ["_GUARD_LOCAL_INT", "_TAKE_LOCAL", "_LOAD_SMALL_INT", "_GUARD_FIXNUM_GE"]);
}

/// `a[:k + 1] = a[k::-1]` of locals 0 and 1, whose types are checked before.
const ASSIGNMENT: &str = "_LOAD_FAST_BORROW 0 -> 0\n_GUARD_TOS_LIST -> 0\n_POP_TOP -> 0\n_LOAD_FAST_BORROW 1 -> 0\n\
    _GUARD_TOS_INT -> 0\n_POP_TOP_INT -> 0\n_LOAD_FAST_BORROW 0 -> 0\n_LOAD_FAST_BORROW 1 -> 0\n_LOAD_CONST 0 object=0x8 -> 0\n\
    _LOAD_CONST 1 object=0xffffffffffffffff -> 0\n_BUILD_SLICE 3 -> 0\n_SET_IP ip=0x10 -> 1\n_GUARD_TOS_SLICE -> 1\n\
    _GUARD_NOS_LIST -> 1\n_BINARY_OP_SUBSCR_LIST_SLICE -> 1\n_LOAD_FAST_BORROW 0 -> 1\n_LOAD_CONST 0 object=0x8 -> 1\n\
    _LOAD_FAST_BORROW 1 -> 1\n_LOAD_SMALL_INT 1 -> 1\n_GUARD_TOS_INT -> 1\n_GUARD_NOS_INT -> 1\n_BINARY_OP_ADD_INT -> 1\n\
    _POP_TOP_INT -> 1\n_POP_TOP_INT -> 1\n";

#[test]
fn an_assignment_of_slices_makes_no_list() {
    let trace = optimized(&format!("{ASSIGNMENT}_SET_IP ip=0x20 -> 1\n_STORE_SLICE -> 1"), "exit 1", 2, 0);
    let end: Vec<_> = names(&trace).into_iter().rev().take(4).collect();
    assert_eq!(end, ["_LIST_SLICE_ASSIGN", "_SET_IP", "_ADD_BOUND", "_LOAD_SMALL_INT"], "{trace}");
}

#[test]
fn a_slice_that_is_used_otherwise_makes_no_slice_object() {
    let trace = optimized(
        &format!("{ASSIGNMENT}_BUILD_TUPLE 2 -> 1\n_BUILD_TUPLE 2 -> 1\n_SWAP_FAST 1 -> 1\n_POP_TOP -> 1"),
        "exit 1",
        2,
        0,
    );
    assert!(names(&trace).contains(&"_LIST_SLICE"), "{trace}");
    assert!(!names(&trace).contains(&"_BUILD_SLICE"), "{trace}");
}

#[test]
fn a_reference_that_is_dropped_at_once_is_not_taken() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_GUARD_TYPE_VERSION version=0x5 -> 0\n_LOAD_ATTR_INSTANCE_VALUE offset=0x18 -> 0\n\
                 _POP_TOP -> 0\n_LOAD_FAST_BORROW 1 -> 1\n_IS_OP 0 -> 1\n_POP_TOP -> 1\n_POP_TOP -> 1\n_GUARD_IS_TRUE_POP -> 1";
    let trace = optimized(insts, "exit 1", 2, 0);
    assert!(names(&trace).contains(&"_LOAD_ATTR_INSTANCE_VALUE_BORROW"), "{trace}");
    assert!(!names(&trace).contains(&"_POP_TOP"), "{trace}");
}

#[test]
fn a_reference_that_outlives_a_call_is_taken() {
    let insts = "_LOAD_FAST_BORROW 0 -> 0\n_GUARD_TYPE_VERSION version=0x5 -> 0\n_LOAD_ATTR_INSTANCE_VALUE offset=0x18 -> 0\n\
                 _POP_TOP -> 0\n_LOAD_FAST_BORROW 1 -> 1\n_TO_BOOL -> 1\n_GUARD_IS_TRUE_POP -> 1\n_POP_TOP -> 1";
    let trace = optimized(insts, "exit 1", 2, 0);
    assert!(names(&trace).contains(&"_LOAD_ATTR_INSTANCE_VALUE"), "{trace}");
    assert!(names(&trace).contains(&"_POP_TOP_INLINE"), "{trace}");
}

/// A call of the known function with local 0, whose result is stored there.
const CALL: &str = "_LOAD_CONST 0 object=0x1000 -> 0\n_PUSH_NULL -> 0\n_LOAD_FAST_BORROW 0 -> 0\n\
    _CHECK_FUNCTION_VERSION 1 version=0x7 -> 0\n_CHECK_FUNCTION_EXACT_ARGS 1 -> 0\n_INIT_CALL_PY_EXACT_ARGS 1 -> 0\n\
    _SAVE_RETURN_OFFSET size=0x4 -> 0\n_PUSH_FRAME -> 0\n";

fn with_callee(body: &str) -> Trace {
    // `_LOAD_CONST` has no operand in the table; its word is what the recorder puts there.
    let text =
        format!("trace\n{CALL}{body}_RETURN_VALUE -> 1\n_SWAP_FAST 0 -> 1\n_POP_TOP -> 1\nexit 1\n{RESUMES}");
    let trace = parse(&text).unwrap();
    let entry = Entry::Interpreter(vec![FrameShape { locals: 2, stack: 0, size: 240 }]);
    let result = optimize(&World, &trace, &entry).expect("the trace can be optimised").trace;
    assert_eq!(verify(&result, 0), Ok(()), "{result}");
    result
}

#[test]
fn a_known_callee_is_inlined_without_a_header() {
    let trace = with_callee("_LOAD_FAST_BORROW 0 -> 1\n");
    let names = names(&trace);
    assert!(names.contains(&"_ENTER_INLINE") && names.contains(&"_LEAVE_INLINE"), "{trace}");
    assert!(!names.contains(&"_MATERIALIZE_FRAME"), "{trace}");
    assert!(!names.contains(&"_PUSH_FRAME") && !names.contains(&"_INIT_CALL_PY_EXACT_ARGS"), "{trace}");
    assert_eq!(trace.depends_on.len(), 1);
}

#[test]
fn an_inlined_frame_gets_its_header_before_anything_looks_at_it() {
    let trace = with_callee("_LOAD_FAST_BORROW 0 -> 1\n_UNARY_NEGATIVE -> 1\n");
    let names = names(&trace);
    let materialize = names.iter().position(|n| *n == "_MATERIALIZE_FRAME").expect("a header is written");
    let negative = names.iter().position(|n| *n == "_UNARY_NEGATIVE").unwrap();
    assert!(materialize < negative, "{trace}");
    let record = trace.records[0];
    assert_eq!((record.borrowed, record.unset), (0b01, 0b10));
    assert!(names.contains(&"_RETURN_VALUE"));
}

#[test]
fn an_exit_in_an_inlined_frame_describes_it() {
    let trace = with_callee("_LOAD_FAST_BORROW 0 -> 1\n_GUARD_TOS_INT -> 1\n");
    let guard = trace.insts.iter().find(|i| i.uop == Uop::_GUARD_LOCAL_INT).unwrap();
    let snapshot = &trace.snapshots[guard.snapshot as usize];
    assert_eq!(snapshot.frames.len(), 1);
    assert_eq!((snapshot.frames[0].function, snapshot.frames[0].size), (FUNCTION, 240));
}

#[test]
fn text_comes_back_as_it_was() {
    for trace in [
        with_callee("_LOAD_FAST_BORROW 0 -> 1\n_GUARD_TOS_INT -> 1\n"),
        optimized("_CHECK_LEAVE -> 0", "goto start", 1, 1),
    ] {
        let text = trace.to_string();
        let again = parse(&text).unwrap();
        assert_eq!(again.to_string(), text);
        assert_eq!(
            (again.insts, again.snapshots, again.preamble),
            (trace.insts, trace.snapshots, trace.preamble)
        );
    }
}

#[test]
fn bad_text_is_refused_with_its_line() {
    let error = parse("trace\n  _NO_SUCH_UOP -> 0\n  exit 0\n").unwrap_err();
    assert_eq!(error.to_string(), "line 2: there is no uop _NO_SUCH_UOP");
    assert!(parse("trace\n  _NOP -> 0\n").is_err());
    assert!(parse("trace\n  _NOP x -> 0\n  exit 0\n").is_err());
}

#[test]
fn the_verifier_refuses_doubles_across_a_call() {
    let text = format!("trace\n_LOAD_CONST_F64 bits=0x0 -> 0\n_TO_BOOL -> 0\nexit 1\n{RESUMES}");
    let problem = verify(&parse(&text).unwrap(), 0).unwrap_err();
    assert!(problem.contains("calls while 1 doubles"), "{problem}");
}
