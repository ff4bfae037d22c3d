//! The compiler's instruction set: CPython's base opcodes and the pseudo opcodes, in one enum.

use taipan_mir::for_each_opcode;

macro_rules! define_ops {
    (
        base { $($bnum:literal $bname:ident $bcaches:literal [$($bflag:ident)*];)* }
        specialized { $($specialized:tt)* }
        instrumented { $($instrumented:tt)* }
        pseudo { $($pnum:literal $pname:ident [$($pflag:ident)*];)* }
    ) => {
        /// An opcode as the compiler's passes see it; numbers above 255 are pseudo opcodes.
        // The compiler does not emit every opcode of the table.
        #[allow(non_camel_case_types, dead_code, reason = "names of CPython, some of which are never emitted")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Op {
            $($bname = $bnum,)*
            $($pname = $pnum,)*
        }

        impl Op {
            /// The number of inline cache units that follow the instruction.
            pub const fn caches(self) -> usize {
                match self {
                    $(Op::$bname => $bcaches,)*
                    $(Op::$pname => 0,)*
                }
            }
        }
    };
}

for_each_opcode!(define_ops);

impl Op {
    pub const fn is_unconditional_jump(self) -> bool {
        matches!(
            self,
            Op::JUMP
                | Op::JUMP_NO_INTERRUPT
                | Op::JUMP_FORWARD
                | Op::JUMP_BACKWARD
                | Op::JUMP_BACKWARD_NO_INTERRUPT
        )
    }

    pub const fn is_conditional_jump(self) -> bool {
        matches!(
            self,
            Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_NOT_NONE
        )
    }

    /// Pushes an exception handler until `POP_BLOCK`.
    pub const fn is_block_push(self) -> bool {
        matches!(self, Op::SETUP_FINALLY | Op::SETUP_WITH | Op::SETUP_CLEANUP)
    }

    /// Jumps, conditionally or not.
    pub const fn is_jump(self) -> bool {
        self.is_unconditional_jump()
            || self.is_conditional_jump()
            || matches!(
                self,
                Op::JUMP_IF_FALSE | Op::JUMP_IF_TRUE | Op::FOR_ITER | Op::SEND | Op::END_ASYNC_FOR
            )
    }

    /// Refers to a block: a jump, or the handler of a block push.
    pub const fn has_target(self) -> bool {
        self.is_jump() || self.is_block_push()
    }

    /// Leaves the code object.
    pub const fn is_scope_exit(self) -> bool {
        matches!(self, Op::RETURN_VALUE | Op::RAISE_VARARGS | Op::RERAISE | Op::INTERPRETER_EXIT)
    }

    /// Ends a basic block.
    pub const fn is_terminator(self) -> bool {
        self.is_jump() || self.is_scope_exit()
    }

    /// The interpreter may handle pending signals and the like here.
    pub const fn has_eval_break(self) -> bool {
        matches!(
            self,
            Op::CALL | Op::CALL_FUNCTION_EX | Op::CALL_KW | Op::JUMP_BACKWARD | Op::RESUME | Op::JUMP
        )
    }

    pub const fn loads_const(self) -> bool {
        matches!(self, Op::LOAD_CONST | Op::LOAD_SMALL_INT)
    }
}
