//! The compiler as the runtime uses it: the one place that names the frontend's entry points.

pub use taipan_frontend::{
    Compilation, ErrorKind, Flags, Mode, SyntaxError, compile_bytes, compile_with_warnings,
};
