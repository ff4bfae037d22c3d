//! All use of LLVM: uop bodies (bitcode made from `runtime/uops`) become interpreter handlers, stencils and
//! compiled regions.
//!
//! | module | does |
//! |---|---|
//! | [`bitcode`] | loads the bodies and prepares them for inlining |
//! | [`wrap`] | the uniform signature, the symbolic stack, calling a body and sorting out how it leaves |
//! | [`handlers`] | one interpreter handler per bytecode |
//! | [`steps`] | one C function per bytecode, for code compiled ahead of time |
//! | [`uop_functions`] | one C function per uop, for the interpreter of uops |
//! | [`aot`] | whole functions, ahead of time |
//! | [`stencils`] | each uop in variants with cached stack values, constants as holes |
//! | [`region`] | a loop with its side traces as one function (tier 3) |
//! | [`object_file`] | bytes and holes of stencils out of an ELF object |
//! | [`assembly`] | assembly text: checks, tidying, assembling in process |
//! | [`sources`] | compiles the bodies' sources to bitcode |
//! | [`target`] | target machine, optimisation pipeline, version check |
#![allow(unsafe_code, reason = "LLVM's C interface")]

pub mod aot;
pub mod assembly;
pub mod bitcode;
pub mod handlers;
pub mod object_file;
pub mod region;
pub mod sources;
pub mod stencils;
pub mod steps;
pub mod target;
pub mod uop_functions;
pub mod wrap;

pub use inkwell;

/// Why building machine code from the bodies failed.
#[derive(Debug)]
pub enum Error {
    /// LLVM refused the bitcode, a pass or the code generation.
    Llvm(String),
    /// A body does not match its row in the uop table.
    Body { uop: &'static str, problem: String },
    /// The built code breaks a rule.
    Check(Vec<String>),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Llvm(message) => write!(f, "LLVM: {message}"),
            Error::Body { uop, problem } => write!(f, "body of {uop}: {problem}"),
            Error::Check(problems) => {
                writeln!(f, "the built code breaks {} rules:", problems.len())?;
                for p in problems {
                    writeln!(f, "  {p}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// The comparison of fixnums that the argument of COMPARE_OP means: it has a bit for each outcome, 0 unordered, 1 less,
/// 2 greater, 3 equal.
fn int_predicate(arg: u64) -> Option<inkwell::IntPredicate> {
    use inkwell::IntPredicate;
    Some(match arg >> 1 & 7 {
        1 => IntPredicate::SLT,
        2 => IntPredicate::SGT,
        3 => IntPredicate::NE,
        4 => IntPredicate::EQ,
        5 => IntPredicate::SLE,
        6 => IntPredicate::SGE,
        _ => return None,
    })
}
