//! How many values each instruction pops and pushes.

use taipan_mir::opcodes::Opcode;

use super::op::Op;

/// `(popped, pushed)`, counting also values that an instruction only looks at.
#[inline]
pub fn effect(op: Op, arg: u32) -> (u32, u32) {
    match op {
        Op::NOP
        | Op::NOT_TAKEN
        | Op::RESUME
        | Op::CACHE
        | Op::RESERVED
        | Op::EXTENDED_ARG
        | Op::COPY_FREE_VARS
        | Op::MAKE_CELL
        | Op::SETUP_ANNOTATIONS
        | Op::DELETE_DEREF
        | Op::DELETE_FAST
        | Op::DELETE_GLOBAL
        | Op::DELETE_NAME
        | Op::JUMP
        | Op::JUMP_NO_INTERRUPT
        | Op::JUMP_FORWARD
        | Op::JUMP_BACKWARD
        | Op::JUMP_BACKWARD_NO_INTERRUPT
        | Op::ENTER_EXECUTOR
        | Op::INSTRUMENTED_INSTRUCTION
        | Op::INSTRUMENTED_LINE
        | Op::POP_BLOCK
        | Op::ANNOTATIONS_PLACEHOLDER => (0, 0),

        Op::LOAD_BUILD_CLASS
        | Op::LOAD_LOCALS
        | Op::PUSH_NULL
        | Op::RETURN_GENERATOR
        | Op::LOAD_COMMON_CONSTANT
        | Op::LOAD_CONST
        | Op::LOAD_DEREF
        | Op::LOAD_FAST
        | Op::LOAD_FAST_AND_CLEAR
        | Op::LOAD_FAST_BORROW
        | Op::LOAD_FAST_CHECK
        | Op::LOAD_NAME
        | Op::LOAD_SMALL_INT
        | Op::LOAD_CLOSURE => (0, 1),
        Op::LOAD_FAST_LOAD_FAST | Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => (0, 2),
        Op::LOAD_GLOBAL => (0, 1 + (arg & 1)),

        Op::POP_TOP
        | Op::POP_ITER
        | Op::POP_EXCEPT
        | Op::END_FOR
        | Op::STORE_FAST
        | Op::STORE_FAST_MAYBE_NULL
        | Op::STORE_DEREF
        | Op::STORE_GLOBAL
        | Op::STORE_NAME
        | Op::DELETE_ATTR
        | Op::POP_JUMP_IF_FALSE
        | Op::POP_JUMP_IF_TRUE
        | Op::POP_JUMP_IF_NONE
        | Op::POP_JUMP_IF_NOT_NONE
        | Op::EXIT_INIT_CHECK
        | Op::INTERPRETER_EXIT => (1, 0),
        Op::STORE_FAST_STORE_FAST | Op::STORE_ATTR | Op::DELETE_SUBSCR | Op::END_ASYNC_FOR => (2, 0),
        Op::STORE_SUBSCR => (3, 0),
        Op::STORE_SLICE => (4, 0),

        Op::CALL_INTRINSIC_1
        | Op::CONVERT_VALUE
        | Op::FORMAT_SIMPLE
        | Op::GET_AITER
        | Op::GET_AWAITABLE
        | Op::GET_ITER
        | Op::GET_YIELD_FROM_ITER
        | Op::LOAD_FROM_DICT_OR_DEREF
        | Op::LOAD_FROM_DICT_OR_GLOBALS
        | Op::MAKE_FUNCTION
        | Op::RETURN_VALUE
        | Op::STORE_FAST_LOAD_FAST
        | Op::TO_BOOL
        | Op::UNARY_INVERT
        | Op::UNARY_NEGATIVE
        | Op::UNARY_NOT
        | Op::YIELD_VALUE
        | Op::JUMP_IF_FALSE
        | Op::JUMP_IF_TRUE => (1, 1),
        Op::GET_ANEXT
        | Op::GET_LEN
        | Op::IMPORT_FROM
        | Op::MATCH_MAPPING
        | Op::MATCH_SEQUENCE
        | Op::FOR_ITER
        | Op::PUSH_EXC_INFO
        | Op::LOAD_SPECIAL => (1, 2),

        Op::BINARY_OP
        | Op::CALL_INTRINSIC_2
        | Op::COMPARE_OP
        | Op::CONTAINS_OP
        | Op::FORMAT_WITH_SPEC
        | Op::IMPORT_NAME
        | Op::IS_OP
        | Op::END_SEND
        | Op::SET_FUNCTION_ATTRIBUTE
        | Op::BUILD_TEMPLATE => (2, 1),
        Op::CHECK_EG_MATCH | Op::CHECK_EXC_MATCH | Op::SEND => (2, 2),
        Op::MATCH_KEYS => (2, 3),
        Op::BINARY_SLICE | Op::MATCH_CLASS => (3, 1),
        Op::CLEANUP_THROW => (3, 2),
        Op::CALL_FUNCTION_EX => (4, 1),
        Op::WITH_EXCEPT_START => (5, 6),
        Op::LOAD_ATTR => (1, 1 + (arg & 1)),
        Op::LOAD_SUPER_ATTR => (3, 1 + (arg & 1)),

        Op::BUILD_INTERPOLATION => (2 + (arg & 1), 1),
        Op::BUILD_LIST | Op::BUILD_SET | Op::BUILD_SLICE | Op::BUILD_STRING | Op::BUILD_TUPLE => (arg, 1),
        Op::BUILD_MAP => (arg * 2, 1),
        Op::CALL => (2 + arg, 1),
        Op::CALL_KW => (3 + arg, 1),
        Op::COPY => (arg, arg + 1),
        Op::SWAP => (arg, arg),
        Op::LIST_APPEND | Op::LIST_EXTEND | Op::SET_ADD | Op::SET_UPDATE | Op::DICT_UPDATE => (1 + arg, arg),
        Op::MAP_ADD => (2 + arg, arg),
        Op::DICT_MERGE => (4 + arg, 3 + arg),
        Op::RAISE_VARARGS => (arg, 0),
        Op::RERAISE => (1 + arg, arg),
        Op::UNPACK_SEQUENCE => (1, arg),
        Op::UNPACK_EX => (1, 1 + (arg & 0xFF) + (arg >> 8)),

        Op::SETUP_FINALLY => (0, 1),
        Op::SETUP_CLEANUP => (0, 2),
        Op::SETUP_WITH => (1, 2),
    }
}

/// The change of the stack's height; handlers' pushes count only where control goes there.
pub fn net(op: Op, arg: u32, jump: bool) -> i32 {
    if op.is_block_push() && !jump {
        return 0;
    }
    let (popped, pushed) = effect(op, arg);
    pushed as i32 - popped as i32
}

/// The same for an opcode's number; without `jump`, the higher one. `None`: the compiler has no such instruction
/// (specialised ones neither).
pub fn of_number(number: i32, arg: u32, jump: Option<bool>) -> Option<i32> {
    let plain = u8::try_from(number).ok().and_then(Opcode::from_u8).map(|op| op.deinstrument() as u16);
    let op = Op::from_number(plain.unwrap_or(u16::try_from(number).ok()?))?;
    let net = |jump| i32::try_from(i64::from(net(op, arg.min(i32::MAX as u32 / 2), jump))).ok();
    match jump {
        Some(jump) => net(jump),
        None => Some(net(false)?.max(net(true)?)),
    }
}
