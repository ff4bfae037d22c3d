//! The compiler's instruction set: CPython's base opcodes and the pseudo opcodes, in one enum.

use taipan_mir::for_each_opcode;

/// More than any opcode's number; a power of two.
const NUMBERS: usize = 512;

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
            /// The opcode with this number.
            pub fn from_number(number: u16) -> Option<Op> {
                const ALL: &[Op] = &[$(Op::$bname,)* $(Op::$pname,)*];
                ALL.iter().copied().find(|op| *op as u16 == number)
            }

            const fn cache_units(self) -> usize {
                match self {
                    $(Op::$bname => $bcaches,)*
                    $(Op::$pname => 0,)*
                }
            }
        }

        static PROPERTIES: [u16; NUMBERS] = {
            let mut table = [0; NUMBERS];
            $(table[Op::$bname as usize] = properties(Op::$bname);)*
            $(table[Op::$pname as usize] = properties(Op::$pname);)*
            table
        };
    };
}

for_each_opcode!(define_ops);

/// What the passes ask about an opcode, as bits of [`PROPERTIES`]: they ask it of every instruction.
mod property {
    pub const UNCONDITIONAL_JUMP: u16 = 1;
    pub const CONDITIONAL_JUMP: u16 = 1 << 1;
    pub const JUMP: u16 = 1 << 2;
    pub const BLOCK_PUSH: u16 = 1 << 3;
    pub const SCOPE_EXIT: u16 = 1 << 4;
    pub const EVAL_BREAK: u16 = 1 << 5;
    pub const LOADS_CONST: u16 = 1 << 6;
    /// Loads or stores a local by another name until code is assembled.
    pub const PSEUDO_ACCESS: u16 = 1 << 7;
    /// May leave a local unbound.
    pub const UNBINDS: u16 = 1 << 8;
    /// The number of inline cache units stands above.
    pub const CACHES_SHIFT: u16 = 9;
}

const fn properties(op: Op) -> u16 {
    use property::*;
    let bits = match op {
        Op::JUMP
        | Op::JUMP_NO_INTERRUPT
        | Op::JUMP_FORWARD
        | Op::JUMP_BACKWARD
        | Op::JUMP_BACKWARD_NO_INTERRUPT => UNCONDITIONAL_JUMP | JUMP,
        Op::POP_JUMP_IF_FALSE | Op::POP_JUMP_IF_TRUE | Op::POP_JUMP_IF_NONE | Op::POP_JUMP_IF_NOT_NONE => {
            CONDITIONAL_JUMP | JUMP
        }
        Op::JUMP_IF_FALSE | Op::JUMP_IF_TRUE | Op::FOR_ITER | Op::SEND | Op::END_ASYNC_FOR => JUMP,
        Op::SETUP_FINALLY | Op::SETUP_WITH | Op::SETUP_CLEANUP => BLOCK_PUSH,
        Op::RETURN_VALUE | Op::RAISE_VARARGS | Op::RERAISE | Op::INTERPRETER_EXIT => SCOPE_EXIT,
        Op::LOAD_CONST | Op::LOAD_SMALL_INT => LOADS_CONST,
        Op::LOAD_CLOSURE | Op::STORE_FAST_MAYBE_NULL => PSEUDO_ACCESS,
        _ => 0,
    };
    let eval_break = match op {
        Op::CALL | Op::CALL_FUNCTION_EX | Op::CALL_KW | Op::JUMP_BACKWARD | Op::RESUME | Op::JUMP => {
            EVAL_BREAK
        }
        _ => 0,
    };
    let unbinds = match op {
        Op::DELETE_FAST | Op::LOAD_FAST_AND_CLEAR | Op::STORE_FAST_MAYBE_NULL => UNBINDS,
        _ => 0,
    };
    bits | unbinds | eval_break | (op.cache_units() as u16) << CACHES_SHIFT
}

/// What is true of any of the opcodes in a set.
#[derive(Clone, Copy, Default)]
pub struct OpSet(u16);

impl OpSet {
    pub const fn and(self, op: Op) -> OpSet {
        OpSet(self.0 | PROPERTIES[op as usize])
    }

    pub const fn has_block_push(self) -> bool {
        self.0 & property::BLOCK_PUSH != 0
    }

    pub const fn has_pseudo_access(self) -> bool {
        self.0 & property::PSEUDO_ACCESS != 0
    }

    /// Whether a local may become unbound.
    pub const fn unbinds(self) -> bool {
        self.0 & property::UNBINDS != 0
    }
}

impl Op {
    const fn has(self, bits: u16) -> bool {
        PROPERTIES[self as usize] & bits != 0
    }

    /// The number of inline cache units that follow the instruction.
    pub const fn caches(self) -> usize {
        (PROPERTIES[self as usize] >> property::CACHES_SHIFT) as usize
    }

    pub const fn is_unconditional_jump(self) -> bool {
        self.has(property::UNCONDITIONAL_JUMP)
    }

    pub const fn is_conditional_jump(self) -> bool {
        self.has(property::CONDITIONAL_JUMP)
    }

    /// Pushes an exception handler until `POP_BLOCK`.
    pub const fn is_block_push(self) -> bool {
        self.has(property::BLOCK_PUSH)
    }

    /// Jumps, conditionally or not.
    pub const fn is_jump(self) -> bool {
        self.has(property::JUMP)
    }

    /// Refers to a block: a jump, or the handler of a block push.
    pub const fn has_target(self) -> bool {
        self.has(property::JUMP | property::BLOCK_PUSH)
    }

    /// Leaves the code object.
    pub const fn is_scope_exit(self) -> bool {
        self.has(property::SCOPE_EXIT)
    }

    /// Ends a basic block.
    pub const fn is_terminator(self) -> bool {
        self.has(property::JUMP | property::SCOPE_EXIT)
    }

    /// Control does not go on to the next instruction.
    pub const fn ends_flow(self) -> bool {
        self.has(property::UNCONDITIONAL_JUMP | property::SCOPE_EXIT)
    }

    /// The interpreter may handle pending signals and the like here.
    pub const fn has_eval_break(self) -> bool {
        self.has(property::EVAL_BREAK)
    }

    /// Has an argument whose zero means something.
    pub const fn takes_number(self) -> bool {
        match taipan_mir::opcodes::Opcode::from_u8(self as u16 as u8) {
            Some(op) => (self as u16) < 256 && op.has_arg(),
            None => false,
        }
    }

    pub const fn loads_const(self) -> bool {
        self.has(property::LOADS_CONST)
    }
}
