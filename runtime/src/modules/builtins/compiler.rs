//! What the runtime knows of the compiler's questions and answers; [`crate::parts`] has its entry points.

pub use taipan_frontend::{Compilation, ErrorKind, Flags, Mode, SyntaxError};
