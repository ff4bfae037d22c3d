//! CPython 3.14's bytecode as data: every opcode, its inline caches, what its argument means, and the
//! numbered lists that arguments index (binary operators, comparisons, intrinsics, common constants).
//!
//! The one table is [`for_each_opcode!`](crate::for_each_opcode). [`Opcode`] and [`PseudoOpcode`] are
//! made from it here; other crates apply their own macros to it (instruction selection in the
//! frontend, handlers in the runtime) so that a missing opcode is a build error.
//!
//! Sections of the table:
//!
//! * `base` – what the compiler emits and the interpreter executes, plus the few numbers that only the
//!   interpreter writes (`CACHE`, `RESERVED`, `ENTER_EXECUTOR`, line instrumentation);
//! * `specialized` – what adaptive specialisation rewrites a base opcode to; `of` names the base;
//! * `instrumented` – the variants of PEP 669 monitoring; `of` names the plain opcode;
//! * `pseudo` – numbers above 255 that exist only inside the compiler and never reach a code object.
//!
//! A row is `number NAME caches [flags]`. `caches` counts the 16-bit inline cache units after the
//! instruction. The flags are exactly what CPython's `_opcode.has_*` answer for that number, thus
//! specialised opcodes that ignore their argument lack `ARG`; ask the [`Opcode::deopt`] base about how
//! to read an argument.
//!
//! Source: the `_opcode`, `opcode` and `_opcode_metadata` modules of CPython 3.14.10.

/// Calls `$m!` with the whole opcode table; the module documentation describes the rows.
#[macro_export]
macro_rules! for_each_opcode {
    ($m:ident) => {
        $m! {
            base {
                0 CACHE 0 [];
                1 BINARY_SLICE 0 [];
                2 BUILD_TEMPLATE 0 [];
                4 CALL_FUNCTION_EX 0 [];
                5 CHECK_EG_MATCH 0 [];
                6 CHECK_EXC_MATCH 0 [];
                7 CLEANUP_THROW 0 [];
                8 DELETE_SUBSCR 0 [];
                9 END_FOR 0 [];
                10 END_SEND 0 [];
                11 EXIT_INIT_CHECK 0 [];
                12 FORMAT_SIMPLE 0 [];
                13 FORMAT_WITH_SPEC 0 [];
                14 GET_AITER 0 [];
                15 GET_ANEXT 0 [];
                16 GET_ITER 0 [];
                17 RESERVED 0 [];
                18 GET_LEN 0 [];
                19 GET_YIELD_FROM_ITER 0 [];
                20 INTERPRETER_EXIT 0 [];
                21 LOAD_BUILD_CLASS 0 [];
                22 LOAD_LOCALS 0 [];
                23 MAKE_FUNCTION 0 [];
                24 MATCH_KEYS 0 [];
                25 MATCH_MAPPING 0 [];
                26 MATCH_SEQUENCE 0 [];
                27 NOP 0 [];
                28 NOT_TAKEN 0 [];
                29 POP_EXCEPT 0 [];
                30 POP_ITER 0 [];
                31 POP_TOP 0 [];
                32 PUSH_EXC_INFO 0 [];
                33 PUSH_NULL 0 [];
                34 RETURN_GENERATOR 0 [];
                35 RETURN_VALUE 0 [];
                36 SETUP_ANNOTATIONS 0 [];
                37 STORE_SLICE 0 [];
                38 STORE_SUBSCR 1 [];
                39 TO_BOOL 3 [];
                40 UNARY_INVERT 0 [];
                41 UNARY_NEGATIVE 0 [];
                42 UNARY_NOT 0 [];
                43 WITH_EXCEPT_START 0 [];
                44 BINARY_OP 5 [ARG];
                45 BUILD_INTERPOLATION 0 [ARG];
                46 BUILD_LIST 0 [ARG];
                47 BUILD_MAP 0 [ARG];
                48 BUILD_SET 0 [ARG];
                49 BUILD_SLICE 0 [ARG];
                50 BUILD_STRING 0 [ARG];
                51 BUILD_TUPLE 0 [ARG];
                52 CALL 3 [ARG];
                53 CALL_INTRINSIC_1 0 [ARG];
                54 CALL_INTRINSIC_2 0 [ARG];
                55 CALL_KW 3 [ARG];
                56 COMPARE_OP 1 [ARG];
                57 CONTAINS_OP 1 [ARG];
                58 CONVERT_VALUE 0 [ARG];
                59 COPY 0 [ARG];
                60 COPY_FREE_VARS 0 [ARG];
                61 DELETE_ATTR 0 [ARG NAME];
                62 DELETE_DEREF 0 [ARG FREE];
                63 DELETE_FAST 0 [ARG LOCAL];
                64 DELETE_GLOBAL 0 [ARG NAME];
                65 DELETE_NAME 0 [ARG NAME];
                66 DICT_MERGE 0 [ARG];
                67 DICT_UPDATE 0 [ARG];
                68 END_ASYNC_FOR 0 [ARG JUMP];
                69 EXTENDED_ARG 0 [ARG];
                70 FOR_ITER 1 [ARG JUMP];
                71 GET_AWAITABLE 0 [ARG];
                72 IMPORT_FROM 0 [ARG NAME];
                73 IMPORT_NAME 0 [ARG NAME];
                74 IS_OP 0 [ARG];
                75 JUMP_BACKWARD 1 [ARG JUMP];
                76 JUMP_BACKWARD_NO_INTERRUPT 0 [ARG JUMP];
                77 JUMP_FORWARD 0 [ARG JUMP];
                78 LIST_APPEND 0 [ARG];
                79 LIST_EXTEND 0 [ARG];
                80 LOAD_ATTR 9 [ARG NAME];
                81 LOAD_COMMON_CONSTANT 0 [ARG];
                82 LOAD_CONST 0 [ARG CONST];
                83 LOAD_DEREF 0 [ARG LOCAL];
                84 LOAD_FAST 0 [ARG LOCAL];
                85 LOAD_FAST_AND_CLEAR 0 [ARG LOCAL];
                86 LOAD_FAST_BORROW 0 [ARG LOCAL];
                87 LOAD_FAST_BORROW_LOAD_FAST_BORROW 0 [ARG LOCAL];
                88 LOAD_FAST_CHECK 0 [ARG LOCAL];
                89 LOAD_FAST_LOAD_FAST 0 [ARG LOCAL];
                90 LOAD_FROM_DICT_OR_DEREF 0 [ARG FREE];
                91 LOAD_FROM_DICT_OR_GLOBALS 0 [ARG NAME];
                92 LOAD_GLOBAL 4 [ARG NAME];
                93 LOAD_NAME 0 [ARG NAME];
                94 LOAD_SMALL_INT 0 [ARG];
                95 LOAD_SPECIAL 0 [ARG];
                96 LOAD_SUPER_ATTR 1 [ARG NAME];
                97 MAKE_CELL 0 [ARG FREE];
                98 MAP_ADD 0 [ARG];
                99 MATCH_CLASS 0 [ARG];
                100 POP_JUMP_IF_FALSE 1 [ARG JUMP];
                101 POP_JUMP_IF_NONE 1 [ARG JUMP];
                102 POP_JUMP_IF_NOT_NONE 1 [ARG JUMP];
                103 POP_JUMP_IF_TRUE 1 [ARG JUMP];
                104 RAISE_VARARGS 0 [ARG];
                105 RERAISE 0 [ARG];
                106 SEND 1 [ARG JUMP];
                107 SET_ADD 0 [ARG];
                108 SET_FUNCTION_ATTRIBUTE 0 [ARG];
                109 SET_UPDATE 0 [ARG];
                110 STORE_ATTR 4 [ARG NAME];
                111 STORE_DEREF 0 [ARG FREE];
                112 STORE_FAST 0 [ARG LOCAL];
                113 STORE_FAST_LOAD_FAST 0 [ARG LOCAL];
                114 STORE_FAST_STORE_FAST 0 [ARG LOCAL];
                115 STORE_GLOBAL 0 [ARG NAME];
                116 STORE_NAME 0 [ARG NAME];
                117 SWAP 0 [ARG];
                118 UNPACK_EX 0 [ARG];
                119 UNPACK_SEQUENCE 1 [ARG];
                120 YIELD_VALUE 0 [ARG];
                128 RESUME 0 [ARG];
                238 INSTRUMENTED_INSTRUCTION 0 [];
                254 INSTRUMENTED_LINE 0 [];
                255 ENTER_EXECUTOR 0 [ARG];
            }
            specialized {
                3 BINARY_OP_INPLACE_ADD_UNICODE 5 [LOCAL] of BINARY_OP;
                129 BINARY_OP_ADD_FLOAT 5 [] of BINARY_OP;
                130 BINARY_OP_ADD_INT 5 [] of BINARY_OP;
                131 BINARY_OP_ADD_UNICODE 5 [] of BINARY_OP;
                132 BINARY_OP_EXTEND 5 [] of BINARY_OP;
                133 BINARY_OP_MULTIPLY_FLOAT 5 [] of BINARY_OP;
                134 BINARY_OP_MULTIPLY_INT 5 [] of BINARY_OP;
                135 BINARY_OP_SUBSCR_DICT 5 [] of BINARY_OP;
                136 BINARY_OP_SUBSCR_GETITEM 5 [] of BINARY_OP;
                137 BINARY_OP_SUBSCR_LIST_INT 5 [] of BINARY_OP;
                138 BINARY_OP_SUBSCR_LIST_SLICE 5 [] of BINARY_OP;
                139 BINARY_OP_SUBSCR_STR_INT 5 [] of BINARY_OP;
                140 BINARY_OP_SUBSCR_TUPLE_INT 5 [] of BINARY_OP;
                141 BINARY_OP_SUBTRACT_FLOAT 5 [] of BINARY_OP;
                142 BINARY_OP_SUBTRACT_INT 5 [] of BINARY_OP;
                143 CALL_ALLOC_AND_ENTER_INIT 3 [ARG] of CALL;
                144 CALL_BOUND_METHOD_EXACT_ARGS 3 [ARG] of CALL;
                145 CALL_BOUND_METHOD_GENERAL 3 [ARG] of CALL;
                146 CALL_BUILTIN_CLASS 3 [ARG] of CALL;
                147 CALL_BUILTIN_FAST 3 [ARG] of CALL;
                148 CALL_BUILTIN_FAST_WITH_KEYWORDS 3 [ARG] of CALL;
                149 CALL_BUILTIN_O 3 [ARG] of CALL;
                150 CALL_ISINSTANCE 3 [ARG] of CALL;
                151 CALL_KW_BOUND_METHOD 3 [ARG] of CALL_KW;
                152 CALL_KW_NON_PY 3 [ARG] of CALL_KW;
                153 CALL_KW_PY 3 [ARG] of CALL_KW;
                154 CALL_LEN 3 [] of CALL;
                155 CALL_LIST_APPEND 3 [ARG] of CALL;
                156 CALL_METHOD_DESCRIPTOR_FAST 3 [ARG] of CALL;
                157 CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS 3 [ARG] of CALL;
                158 CALL_METHOD_DESCRIPTOR_NOARGS 3 [ARG] of CALL;
                159 CALL_METHOD_DESCRIPTOR_O 3 [ARG] of CALL;
                160 CALL_NON_PY_GENERAL 3 [ARG] of CALL;
                161 CALL_PY_EXACT_ARGS 3 [ARG] of CALL;
                162 CALL_PY_GENERAL 3 [ARG] of CALL;
                163 CALL_STR_1 3 [ARG] of CALL;
                164 CALL_TUPLE_1 3 [ARG] of CALL;
                165 CALL_TYPE_1 3 [ARG] of CALL;
                166 COMPARE_OP_FLOAT 1 [ARG] of COMPARE_OP;
                167 COMPARE_OP_INT 1 [ARG] of COMPARE_OP;
                168 COMPARE_OP_STR 1 [ARG] of COMPARE_OP;
                169 CONTAINS_OP_DICT 1 [ARG] of CONTAINS_OP;
                170 CONTAINS_OP_SET 1 [ARG] of CONTAINS_OP;
                171 FOR_ITER_GEN 1 [ARG] of FOR_ITER;
                172 FOR_ITER_LIST 1 [ARG JUMP] of FOR_ITER;
                173 FOR_ITER_RANGE 1 [ARG JUMP] of FOR_ITER;
                174 FOR_ITER_TUPLE 1 [ARG JUMP] of FOR_ITER;
                175 JUMP_BACKWARD_JIT 1 [ARG JUMP] of JUMP_BACKWARD;
                176 JUMP_BACKWARD_NO_JIT 1 [ARG JUMP] of JUMP_BACKWARD;
                177 LOAD_ATTR_CLASS 9 [ARG] of LOAD_ATTR;
                178 LOAD_ATTR_CLASS_WITH_METACLASS_CHECK 9 [ARG] of LOAD_ATTR;
                179 LOAD_ATTR_GETATTRIBUTE_OVERRIDDEN 9 [ARG NAME] of LOAD_ATTR;
                180 LOAD_ATTR_INSTANCE_VALUE 9 [ARG] of LOAD_ATTR;
                181 LOAD_ATTR_METHOD_LAZY_DICT 9 [ARG] of LOAD_ATTR;
                182 LOAD_ATTR_METHOD_NO_DICT 9 [ARG] of LOAD_ATTR;
                183 LOAD_ATTR_METHOD_WITH_VALUES 9 [ARG] of LOAD_ATTR;
                184 LOAD_ATTR_MODULE 9 [ARG] of LOAD_ATTR;
                185 LOAD_ATTR_NONDESCRIPTOR_NO_DICT 9 [ARG] of LOAD_ATTR;
                186 LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES 9 [ARG] of LOAD_ATTR;
                187 LOAD_ATTR_PROPERTY 9 [ARG] of LOAD_ATTR;
                188 LOAD_ATTR_SLOT 9 [ARG] of LOAD_ATTR;
                189 LOAD_ATTR_WITH_HINT 9 [ARG NAME] of LOAD_ATTR;
                190 LOAD_CONST_IMMORTAL 0 [ARG CONST] of LOAD_CONST;
                191 LOAD_CONST_MORTAL 0 [ARG CONST] of LOAD_CONST;
                192 LOAD_GLOBAL_BUILTIN 4 [ARG] of LOAD_GLOBAL;
                193 LOAD_GLOBAL_MODULE 4 [ARG] of LOAD_GLOBAL;
                194 LOAD_SUPER_ATTR_ATTR 1 [ARG NAME] of LOAD_SUPER_ATTR;
                195 LOAD_SUPER_ATTR_METHOD 1 [ARG NAME] of LOAD_SUPER_ATTR;
                196 RESUME_CHECK 0 [] of RESUME;
                197 SEND_GEN 1 [ARG] of SEND;
                198 STORE_ATTR_INSTANCE_VALUE 4 [] of STORE_ATTR;
                199 STORE_ATTR_SLOT 4 [] of STORE_ATTR;
                200 STORE_ATTR_WITH_HINT 4 [ARG NAME] of STORE_ATTR;
                201 STORE_SUBSCR_DICT 1 [] of STORE_SUBSCR;
                202 STORE_SUBSCR_LIST_INT 1 [] of STORE_SUBSCR;
                203 TO_BOOL_ALWAYS_TRUE 3 [] of TO_BOOL;
                204 TO_BOOL_BOOL 3 [] of TO_BOOL;
                205 TO_BOOL_INT 3 [] of TO_BOOL;
                206 TO_BOOL_LIST 3 [] of TO_BOOL;
                207 TO_BOOL_NONE 3 [] of TO_BOOL;
                208 TO_BOOL_STR 3 [] of TO_BOOL;
                209 UNPACK_SEQUENCE_LIST 1 [ARG] of UNPACK_SEQUENCE;
                210 UNPACK_SEQUENCE_TUPLE 1 [ARG] of UNPACK_SEQUENCE;
                211 UNPACK_SEQUENCE_TWO_TUPLE 1 [ARG] of UNPACK_SEQUENCE;
                212 CALL_BUILTIN_CLASS_GEN 3 [ARG] of CALL;
                213 CALL_GENEXPR_SINK 3 [ARG] of CALL;
                214 CALL_GENEXPR_LIST 3 [ARG] of CALL;
            }
            instrumented {
                234 INSTRUMENTED_END_FOR 0 [] of END_FOR;
                235 INSTRUMENTED_POP_ITER 0 [] of POP_ITER;
                236 INSTRUMENTED_END_SEND 0 [] of END_SEND;
                237 INSTRUMENTED_FOR_ITER 1 [ARG JUMP] of FOR_ITER;
                239 INSTRUMENTED_JUMP_FORWARD 0 [ARG] of JUMP_FORWARD;
                240 INSTRUMENTED_NOT_TAKEN 0 [] of NOT_TAKEN;
                241 INSTRUMENTED_POP_JUMP_IF_TRUE 1 [ARG] of POP_JUMP_IF_TRUE;
                242 INSTRUMENTED_POP_JUMP_IF_FALSE 1 [ARG] of POP_JUMP_IF_FALSE;
                243 INSTRUMENTED_POP_JUMP_IF_NONE 1 [ARG] of POP_JUMP_IF_NONE;
                244 INSTRUMENTED_POP_JUMP_IF_NOT_NONE 1 [ARG] of POP_JUMP_IF_NOT_NONE;
                245 INSTRUMENTED_RESUME 0 [ARG] of RESUME;
                246 INSTRUMENTED_RETURN_VALUE 0 [] of RETURN_VALUE;
                247 INSTRUMENTED_YIELD_VALUE 0 [ARG] of YIELD_VALUE;
                248 INSTRUMENTED_END_ASYNC_FOR 0 [ARG JUMP] of END_ASYNC_FOR;
                249 INSTRUMENTED_LOAD_SUPER_ATTR 1 [ARG NAME] of LOAD_SUPER_ATTR;
                250 INSTRUMENTED_CALL 3 [ARG] of CALL;
                251 INSTRUMENTED_CALL_KW 3 [ARG] of CALL_KW;
                252 INSTRUMENTED_CALL_FUNCTION_EX 0 [] of CALL_FUNCTION_EX;
                253 INSTRUMENTED_JUMP_BACKWARD 1 [ARG] of JUMP_BACKWARD;
            }
            pseudo {
                256 ANNOTATIONS_PLACEHOLDER [];
                257 JUMP [ARG JUMP];
                258 JUMP_IF_FALSE [ARG JUMP];
                259 JUMP_IF_TRUE [ARG JUMP];
                260 JUMP_NO_INTERRUPT [ARG JUMP];
                261 LOAD_CLOSURE [ARG LOCAL];
                262 POP_BLOCK [];
                263 SETUP_CLEANUP [ARG];
                264 SETUP_FINALLY [ARG];
                265 SETUP_WITH [ARG];
                266 STORE_FAST_MAYBE_NULL [ARG LOCAL];
            }
        }
    };
}

/// `HAVE_ARGUMENT`: opcodes above this number, up to `RESUME`, use their argument.
pub const HAVE_ARGUMENT: u8 = 43;
/// The lowest instrumented opcode.
pub const MIN_INSTRUMENTED_OPCODE: u8 = 234;

/// What the argument of an opcode is; several may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpFlags(u8);

impl OpFlags {
    pub const NONE: OpFlags = OpFlags(0);
    /// The argument is used.
    pub const ARG: OpFlags = OpFlags(1);
    /// It indexes `co_consts`.
    pub const CONST: OpFlags = OpFlags(2);
    /// It indexes `co_names` (some opcodes keep flags in the low bits).
    pub const NAME: OpFlags = OpFlags(4);
    /// It is a relative jump distance in code units.
    pub const JUMP: OpFlags = OpFlags(8);
    /// It indexes `localsplus` and the slot holds a cell.
    pub const FREE: OpFlags = OpFlags(16);
    /// It indexes `localsplus`.
    pub const LOCAL: OpFlags = OpFlags(32);

    pub const fn union(self, other: OpFlags) -> OpFlags {
        OpFlags(self.0 | other.0)
    }

    pub const fn contains(self, other: OpFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

macro_rules! define_opcodes {
    (
        base { $($bnum:literal $bname:ident $bcaches:literal [$($bflag:ident)*];)* }
        specialized { $($snum:literal $sname:ident $scaches:literal [$($sflag:ident)*] of $sbase:ident;)* }
        instrumented { $($inum:literal $iname:ident $icaches:literal [$($iflag:ident)*] of $ibase:ident;)* }
        pseudo { $($pnum:literal $pname:ident [$($pflag:ident)*];)* }
    ) => {
        /// An opcode of a code object, by CPython's name and number.
        #[allow(non_camel_case_types, reason = "the names are CPython's")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u8)]
        pub enum Opcode {
            $($bname = $bnum,)*
            $($sname = $snum,)*
            $($iname = $inum,)*
        }

        /// An opcode that only the compiler's passes see.
        #[allow(non_camel_case_types, reason = "the names are CPython's")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum PseudoOpcode {
            $($pname = $pnum,)*
        }

        impl Opcode {
            /// Every opcode: base, then specialised, then instrumented ones.
            pub const ALL: &'static [Opcode] = &[
                $(Opcode::$bname,)* $(Opcode::$sname,)* $(Opcode::$iname,)*
            ];

            /// CPython's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Opcode::$bname => stringify!($bname),)*
                    $(Opcode::$sname => stringify!($sname),)*
                    $(Opcode::$iname => stringify!($iname),)*
                }
            }

            /// The number of 16-bit inline cache units that follow the instruction.
            pub const fn caches(self) -> usize {
                match self {
                    $(Opcode::$bname => $bcaches,)*
                    $(Opcode::$sname => $scaches,)*
                    $(Opcode::$iname => $icaches,)*
                }
            }

            /// What `_opcode.has_*` answer for exactly this number.
            pub const fn flags(self) -> OpFlags {
                match self {
                    $(Opcode::$bname => OpFlags::NONE$(.union(OpFlags::$bflag))*,)*
                    $(Opcode::$sname => OpFlags::NONE$(.union(OpFlags::$sflag))*,)*
                    $(Opcode::$iname => OpFlags::NONE$(.union(OpFlags::$iflag))*,)*
                }
            }

            /// The base opcode of a specialised one; every other opcode is its own.
            pub const fn deopt(self) -> Opcode {
                match self {
                    $(Opcode::$sname => Opcode::$sbase,)*
                    other => other,
                }
            }

            /// The plain opcode of an instrumented one; every other opcode is its own.
            pub const fn deinstrument(self) -> Opcode {
                match self {
                    $(Opcode::$iname => Opcode::$ibase,)*
                    other => other,
                }
            }

            /// CPython's opcode for what Python code sees: forms of our own appear as the one that they refine.
            pub const fn public(self) -> Opcode {
                match self {
                    Opcode::CALL_BUILTIN_CLASS_GEN => Opcode::CALL_BUILTIN_CLASS,
                    Opcode::CALL_GENEXPR_SINK | Opcode::CALL_GENEXPR_LIST => Opcode::CALL_PY_EXACT_ARGS,
                    other => other,
                }
            }

            pub const fn is_specialized(self) -> bool {
                matches!(self, $(Opcode::$sname)|*)
            }

            pub const fn is_instrumented(self) -> bool {
                self as u8 >= MIN_INSTRUMENTED_OPCODE && !matches!(self, Opcode::ENTER_EXECUTOR)
            }

            /// The opcode with this number, if there is one.
            pub const fn from_u8(number: u8) -> Option<Opcode> {
                BY_NUMBER[number as usize]
            }

            /// The opcode with this name; linear, for tools and tests.
            pub fn from_name(name: &str) -> Option<Opcode> {
                Opcode::ALL.iter().copied().find(|op| op.name() == name)
            }
        }

        const BY_NUMBER: [Option<Opcode>; 256] = {
            let mut table = [None; 256];
            let mut i = 0;
            while i < Opcode::ALL.len() {
                table[Opcode::ALL[i] as usize] = Some(Opcode::ALL[i]);
                i += 1;
            }
            table
        };

        impl PseudoOpcode {
            pub const ALL: &'static [PseudoOpcode] = &[$(PseudoOpcode::$pname,)*];

            pub const fn name(self) -> &'static str {
                match self {
                    $(PseudoOpcode::$pname => stringify!($pname),)*
                }
            }

            pub const fn flags(self) -> OpFlags {
                match self {
                    $(PseudoOpcode::$pname => OpFlags::NONE$(.union(OpFlags::$pflag))*,)*
                }
            }
        }
    };
}

for_each_opcode!(define_opcodes);

impl Opcode {
    pub const fn has_arg(self) -> bool {
        self.flags().contains(OpFlags::ARG)
    }

    pub const fn has_const(self) -> bool {
        self.flags().contains(OpFlags::CONST)
    }

    pub const fn has_name(self) -> bool {
        self.flags().contains(OpFlags::NAME)
    }

    pub const fn has_jump(self) -> bool {
        self.flags().contains(OpFlags::JUMP)
    }

    pub const fn has_free(self) -> bool {
        self.flags().contains(OpFlags::FREE)
    }

    pub const fn has_local(self) -> bool {
        self.flags().contains(OpFlags::LOCAL)
    }
}

impl std::fmt::Display for Opcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// Defines an enum of consecutive numbers with a name and a text for each.
macro_rules! numbered {
    ($(#[$doc:meta])* $ty:ident { $($num:literal $variant:ident $text:literal;)* }) => {
        $(#[$doc])*
        #[allow(non_camel_case_types, reason = "the names are CPython's")]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $ty {
            $($variant = $num,)*
        }

        impl $ty {
            pub const ALL: &'static [$ty] = &[$($ty::$variant,)*];

            /// CPython's name of the number.
            pub const fn name(self) -> &'static str {
                match self {
                    $($ty::$variant => stringify!($variant),)*
                }
            }

            /// What it stands for in Python text.
            pub const fn text(self) -> &'static str {
                match self {
                    $($ty::$variant => $text,)*
                }
            }

            pub const fn from_u8(number: u8) -> Option<$ty> {
                if (number as usize) < $ty::ALL.len() { Some($ty::ALL[number as usize]) } else { None }
            }
        }
    };
}

numbered! {
    /// The argument of `BINARY_OP`.
    NbOp {
        0 NB_ADD "+";
        1 NB_AND "&";
        2 NB_FLOOR_DIVIDE "//";
        3 NB_LSHIFT "<<";
        4 NB_MATRIX_MULTIPLY "@";
        5 NB_MULTIPLY "*";
        6 NB_REMAINDER "%";
        7 NB_OR "|";
        8 NB_POWER "**";
        9 NB_RSHIFT ">>";
        10 NB_SUBTRACT "-";
        11 NB_TRUE_DIVIDE "/";
        12 NB_XOR "^";
        13 NB_INPLACE_ADD "+=";
        14 NB_INPLACE_AND "&=";
        15 NB_INPLACE_FLOOR_DIVIDE "//=";
        16 NB_INPLACE_LSHIFT "<<=";
        17 NB_INPLACE_MATRIX_MULTIPLY "@=";
        18 NB_INPLACE_MULTIPLY "*=";
        19 NB_INPLACE_REMAINDER "%=";
        20 NB_INPLACE_OR "|=";
        21 NB_INPLACE_POWER "**=";
        22 NB_INPLACE_RSHIFT ">>=";
        23 NB_INPLACE_SUBTRACT "-=";
        24 NB_INPLACE_TRUE_DIVIDE "/=";
        25 NB_INPLACE_XOR "^=";
        26 NB_SUBSCR "[]";
    }
}

numbered! {
    /// The comparison in the bits of `COMPARE_OP`'s argument above [`compare::CMP_SHIFT`].
    CompareOp {
        0 LT "<";
        1 LE "<=";
        2 EQ "==";
        3 NE "!=";
        4 GT ">";
        5 GE ">=";
    }
}

/// The other bits of `COMPARE_OP`'s argument.
pub mod compare {
    use super::CompareOp;

    /// The argument is `comparison << CMP_SHIFT | conversion | mask`.
    pub const CMP_SHIFT: u32 = 5;
    /// Set if the result is converted to a bool.
    pub const TO_BOOL: u32 = 16;
    pub const UNORDERED: u32 = 1;
    pub const LESS_THAN: u32 = 2;
    pub const GREATER_THAN: u32 = 4;
    pub const EQUALS: u32 = 8;

    /// The argument that the compiler gives to a comparison: its number and the set of outcomes for
    /// which it is true (specialised compares test their outcome against the set).
    pub const fn oparg(op: CompareOp) -> u32 {
        let mask = match op {
            CompareOp::LT => LESS_THAN,
            CompareOp::LE => LESS_THAN | EQUALS,
            CompareOp::EQ => EQUALS,
            CompareOp::NE => UNORDERED | LESS_THAN | GREATER_THAN,
            CompareOp::GT => GREATER_THAN,
            CompareOp::GE => GREATER_THAN | EQUALS,
        };
        (op as u32) << CMP_SHIFT | mask
    }

    /// The comparison of a `COMPARE_OP` argument.
    pub const fn op(oparg: u32) -> Option<CompareOp> {
        CompareOp::from_u8((oparg >> CMP_SHIFT) as u8)
    }
}

numbered! {
    /// The argument of `LOAD_COMMON_CONSTANT`.
    CommonConstant {
        0 CONSTANT_ASSERTIONERROR "AssertionError";
        1 CONSTANT_NOTIMPLEMENTEDERROR "NotImplementedError";
        2 CONSTANT_BUILTIN_TUPLE "tuple";
        3 CONSTANT_BUILTIN_ALL "all";
        4 CONSTANT_BUILTIN_ANY "any";
    }
}

numbered! {
    /// The argument of `LOAD_SPECIAL`.
    SpecialMethod {
        0 SPECIAL___ENTER__ "__enter__";
        1 SPECIAL___EXIT__ "__exit__";
        2 SPECIAL___AENTER__ "__aenter__";
        3 SPECIAL___AEXIT__ "__aexit__";
    }
}

numbered! {
    /// The argument of `CALL_INTRINSIC_1`.
    Intrinsic1 {
        0 INTRINSIC_1_INVALID "1_invalid";
        1 INTRINSIC_PRINT "print";
        2 INTRINSIC_IMPORT_STAR "import_star";
        3 INTRINSIC_STOPITERATION_ERROR "stopiteration_error";
        4 INTRINSIC_ASYNC_GEN_WRAP "async_gen_wrap";
        5 INTRINSIC_UNARY_POSITIVE "unary_positive";
        6 INTRINSIC_LIST_TO_TUPLE "list_to_tuple";
        7 INTRINSIC_TYPEVAR "typevar";
        8 INTRINSIC_PARAMSPEC "paramspec";
        9 INTRINSIC_TYPEVARTUPLE "typevartuple";
        10 INTRINSIC_SUBSCRIPT_GENERIC "subscript_generic";
        11 INTRINSIC_TYPEALIAS "typealias";
    }
}

numbered! {
    /// The argument of `CALL_INTRINSIC_2`.
    Intrinsic2 {
        0 INTRINSIC_2_INVALID "2_invalid";
        1 INTRINSIC_PREP_RERAISE_STAR "prep_reraise_star";
        2 INTRINSIC_TYPEVAR_WITH_BOUND "typevar_with_bound";
        3 INTRINSIC_TYPEVAR_WITH_CONSTRAINTS "typevar_with_constraints";
        4 INTRINSIC_SET_FUNCTION_TYPE_PARAMS "set_function_type_params";
        5 INTRINSIC_SET_TYPEPARAM_DEFAULT "set_typeparam_default";
    }
}

numbered! {
    /// The argument of `CONVERT_VALUE`; zero is not used.
    Conversion {
        0 FVC_NONE "";
        1 FVC_STR "str";
        2 FVC_REPR "repr";
        3 FVC_ASCII "ascii";
    }
}

/// The argument of `SET_FUNCTION_ATTRIBUTE`: one of these bits.
pub mod make_function {
    pub const DEFAULTS: u32 = 0x01;
    pub const KWDEFAULTS: u32 = 0x02;
    pub const ANNOTATIONS: u32 = 0x04;
    pub const CLOSURE: u32 = 0x08;
    pub const ANNOTATE: u32 = 0x10;
}

/// The argument of `RESUME`: where in the function it stands, plus a flag.
pub mod resume {
    pub const AT_FUNC_START: u32 = 0;
    pub const AFTER_YIELD: u32 = 1;
    pub const AFTER_YIELD_FROM: u32 = 2;
    pub const AFTER_AWAIT: u32 = 3;
    pub const LOCATION_MASK: u32 = 3;
    /// Set where the only enclosing handler is the generator's own.
    pub const DEPTH1_MASK: u32 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_lead_back() {
        for &op in Opcode::ALL {
            assert_eq!(Opcode::from_u8(op as u8), Some(op));
            assert_eq!(Opcode::from_name(op.name()), Some(op));
        }
        assert_eq!(Opcode::ALL.len(), (0..=255).filter(|&n| Opcode::from_u8(n).is_some()).count());
    }

    #[test]
    fn variants_share_their_base_opcodes_caches() {
        for &op in Opcode::ALL {
            assert_eq!(op.caches(), op.deopt().caches(), "{op}");
            assert_eq!(op.caches(), op.deinstrument().caches(), "{op}");
            assert!(!op.deopt().is_specialized() && !op.deinstrument().is_instrumented() || op.deopt() == op);
        }
    }

    #[test]
    fn compare_arguments_are_cpythons() {
        let args: Vec<u32> = CompareOp::ALL.iter().map(|&op| compare::oparg(op)).collect();
        assert_eq!(args, [2, 42, 72, 103, 132, 172]);
        assert_eq!(compare::op(103 | compare::TO_BOOL), Some(CompareOp::NE));
    }
}
