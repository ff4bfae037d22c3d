//! The exceptions that add nothing to their base but a name.

use super::super::spec::TypeSpec;
use super::super::{TypeRef, Types};
use super::family;

/// Words that the families of the base classes named here have (0 for most).
const NONE: usize = 0;

const fn plain(name: &'static str, base: fn(&Types) -> TypeRef, words: usize, doc: &'static str) -> TypeSpec {
    TypeSpec { doc, ..family(name, base, words) }
}

macro_rules! plain_exceptions {
    ($($ident:ident $name:literal $base:ident $words:expr, $doc:literal;)*) => {
        $(pub static $ident: TypeSpec = plain($name, |t| t.$base, $words, $doc);)*
    };
}

plain_exceptions! {
    EXCEPTION "Exception" base_exception NONE, "Common base class for all non-exit exceptions.";
    GENERATOR_EXIT "GeneratorExit" base_exception NONE, "Request that a generator exit.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt" base_exception NONE, "Program interrupted by user.";

    ARITHMETIC_ERROR "ArithmeticError" exception NONE, "Base class for arithmetic errors.";
    FLOATING_POINT_ERROR "FloatingPointError" arithmetic_error NONE, "Floating-point operation failed.";
    OVERFLOW_ERROR "OverflowError" arithmetic_error NONE, "Result too large to be represented.";
    ZERO_DIVISION_ERROR "ZeroDivisionError" arithmetic_error NONE, "Second argument to a division or modulo operation was zero.";
    ASSERTION_ERROR "AssertionError" exception NONE, "Assertion failed.";
    BUFFER_ERROR "BufferError" exception NONE, "Buffer error.";
    EOF_ERROR "EOFError" exception NONE, "Read beyond end of file.";
    LOOKUP_ERROR "LookupError" exception NONE, "Base class for lookup errors.";
    INDEX_ERROR "IndexError" lookup_error NONE, "Sequence index out of range.";
    MEMORY_ERROR "MemoryError" exception NONE, "Out of memory.";
    REFERENCE_ERROR "ReferenceError" exception NONE, "Weak ref proxy used after referent went away.";
    RUNTIME_ERROR "RuntimeError" exception NONE, "Unspecified run-time error.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError" runtime_error NONE, "Method or function hasn't been implemented yet.";
    RECURSION_ERROR "RecursionError" runtime_error NONE, "Recursion limit exceeded.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" runtime_error NONE, "Operation blocked during Python finalization.";
    STOP_ASYNC_ITERATION "StopAsyncIteration" exception NONE, "Signal the end from iterator.__anext__().";
    SYSTEM_ERROR "SystemError" exception NONE, "Internal error in the Python interpreter.";
    TYPE_ERROR "TypeError" exception NONE, "Inappropriate argument type.";
    VALUE_ERROR "ValueError" exception NONE, "Inappropriate argument value (of correct type).";
    UNICODE_ERROR "UnicodeError" value_error NONE, "Unicode related error.";

    INDENTATION_ERROR "IndentationError" syntax_error super::syntax::WORDS, "Improper indentation.";
    TAB_ERROR "TabError" indentation_error super::syntax::WORDS, "Improper mixture of spaces and tabs.";
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" syntax_error super::syntax::WORDS, "incomplete input.";

    BLOCKING_IO_ERROR "BlockingIOError" os_error super::os::WORDS, "I/O operation would block.";
    CHILD_PROCESS_ERROR "ChildProcessError" os_error super::os::WORDS, "Child process error.";
    CONNECTION_ERROR "ConnectionError" os_error super::os::WORDS, "Connection error.";
    BROKEN_PIPE_ERROR "BrokenPipeError" connection_error super::os::WORDS, "Broken pipe.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" connection_error super::os::WORDS, "Connection aborted.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" connection_error super::os::WORDS, "Connection refused.";
    CONNECTION_RESET_ERROR "ConnectionResetError" connection_error super::os::WORDS, "Connection reset.";
    FILE_EXISTS_ERROR "FileExistsError" os_error super::os::WORDS, "File already exists.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError" os_error super::os::WORDS, "File not found.";
    INTERRUPTED_ERROR "InterruptedError" os_error super::os::WORDS, "Interrupted by signal.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError" os_error super::os::WORDS, "Operation doesn't work on directories.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" os_error super::os::WORDS, "Operation only works on directories.";
    PERMISSION_ERROR "PermissionError" os_error super::os::WORDS, "Not enough permissions.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError" os_error super::os::WORDS, "Process not found.";
    TIMEOUT_ERROR "TimeoutError" os_error super::os::WORDS, "Timeout expired.";

    WARNING "Warning" exception NONE, "Base class for warning categories.";
    BYTES_WARNING "BytesWarning" warning NONE, "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    DEPRECATION_WARNING "DeprecationWarning" warning NONE, "Base class for warnings about deprecated features.";
    ENCODING_WARNING "EncodingWarning" warning NONE, "Base class for warnings about encodings.";
    FUTURE_WARNING "FutureWarning" warning NONE, "Base class for warnings about constructs that will change semantically\nin the future.";
    IMPORT_WARNING "ImportWarning" warning NONE, "Base class for warnings about probable mistakes in module imports";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" warning NONE, "Base class for warnings about features which will be deprecated\nin the future.";
    RESOURCE_WARNING "ResourceWarning" warning NONE, "Base class for warnings about resource usage.";
    RUNTIME_WARNING "RuntimeWarning" warning NONE, "Base class for warnings about dubious runtime behavior.";
    SYNTAX_WARNING "SyntaxWarning" warning NONE, "Base class for warnings about dubious syntax.";
    UNICODE_WARNING "UnicodeWarning" warning NONE, "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    USER_WARNING "UserWarning" warning NONE, "Base class for warnings generated by user code.";
}
