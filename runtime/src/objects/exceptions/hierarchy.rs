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
    EXCEPTION "Exception" base_exception NONE, "What all exceptions that are no request to end have in common.";
    GENERATOR_EXIT "GeneratorExit" base_exception NONE, "A generator is closed before its end.";
    KEYBOARD_INTERRUPT "KeyboardInterrupt" base_exception NONE, "The user has asked for the program's end.";

    ARITHMETIC_ERROR "ArithmeticError" exception NONE, "Something is wrong with a computation.";
    FLOATING_POINT_ERROR "FloatingPointError" arithmetic_error NONE, "Unused: computations with floats that fail raise others.";
    OVERFLOW_ERROR "OverflowError" arithmetic_error NONE, "The result does not fit its type.";
    ZERO_DIVISION_ERROR "ZeroDivisionError" arithmetic_error NONE, "A division by zero, or the remainder of one.";
    ASSERTION_ERROR "AssertionError" exception NONE, "What an assert statement asserts is not so.";
    BUFFER_ERROR "BufferError" exception NONE, "Buffer error.";
    EOF_ERROR "EOFError" exception NONE, "There is nothing more to read.";
    LOOKUP_ERROR "LookupError" exception NONE, "What fails when something is looked up by key or index.";
    INDEX_ERROR "IndexError" lookup_error NONE, "A sequence has no item at the index.";
    MEMORY_ERROR "MemoryError" exception NONE, "Out of memory.";
    REFERENCE_ERROR "ReferenceError" exception NONE, "A weak proxy's object is gone.";
    RUNTIME_ERROR "RuntimeError" exception NONE, "Something failed that no other class describes.";
    NOT_IMPLEMENTED_ERROR "NotImplementedError" runtime_error NONE, "A method that a subclass has to define is missing.";
    RECURSION_ERROR "RecursionError" runtime_error NONE, "Calls are nested too deeply.";
    PYTHON_FINALIZATION_ERROR "PythonFinalizationError" runtime_error NONE, "The interpreter's end does not allow this any more.";
    STOP_ASYNC_ITERATION "StopAsyncIteration" exception NONE, "An asynchronous iterator has no more items.";
    SYSTEM_ERROR "SystemError" exception NONE, "Internal error in the Python interpreter.";
    TYPE_ERROR "TypeError" exception NONE, "An object of another type is needed.";
    VALUE_ERROR "ValueError" exception NONE, "The type is right, but not the value.";
    UNICODE_ERROR "UnicodeError" value_error NONE, "Text cannot be encoded or decoded.";

    INDENTATION_ERROR "IndentationError" syntax_error super::syntax::WORDS, "Lines are not indented as they have to be.";
    TAB_ERROR "TabError" indentation_error super::syntax::WORDS, "Tabs and blanks that leave the indentation open.";
    INCOMPLETE_INPUT_ERROR "_IncompleteInputError" syntax_error super::syntax::WORDS, "The source ends too early.";

    BLOCKING_IO_ERROR "BlockingIOError" os_error super::os::WORDS, "The operation would have to wait.";
    CHILD_PROCESS_ERROR "ChildProcessError" os_error super::os::WORDS, "An operation on a child process failed.";
    CONNECTION_ERROR "ConnectionError" os_error super::os::WORDS, "Something is wrong with a connection.";
    BROKEN_PIPE_ERROR "BrokenPipeError" connection_error super::os::WORDS, "Broken pipe.";
    CONNECTION_ABORTED_ERROR "ConnectionAbortedError" connection_error super::os::WORDS, "The other side has given the connection up.";
    CONNECTION_REFUSED_ERROR "ConnectionRefusedError" connection_error super::os::WORDS, "The other side does not take connections.";
    CONNECTION_RESET_ERROR "ConnectionResetError" connection_error super::os::WORDS, "The other side has ended the connection at once.";
    FILE_EXISTS_ERROR "FileExistsError" os_error super::os::WORDS, "There is such a file already.";
    FILE_NOT_FOUND_ERROR "FileNotFoundError" os_error super::os::WORDS, "File not found.";
    INTERRUPTED_ERROR "InterruptedError" os_error super::os::WORDS, "A signal came in the middle of a call of the system.";
    IS_A_DIRECTORY_ERROR "IsADirectoryError" os_error super::os::WORDS, "The file is a directory, which does not go here.";
    NOT_A_DIRECTORY_ERROR "NotADirectoryError" os_error super::os::WORDS, "The file is no directory, but has to be one.";
    PERMISSION_ERROR "PermissionError" os_error super::os::WORDS, "The system does not allow it.";
    PROCESS_LOOKUP_ERROR "ProcessLookupError" os_error super::os::WORDS, "There is no such process.";
    TIMEOUT_ERROR "TimeoutError" os_error super::os::WORDS, "The system waited too long.";

    WARNING "Warning" exception NONE, "What all categories of warnings have in common.";
    BYTES_WARNING "BytesWarning" warning NONE, "Mistakes with bytes: comparing them with text, or taking them for it.";
    DEPRECATION_WARNING "DeprecationWarning" warning NONE, "Features that programmers should no longer use.";
    ENCODING_WARNING "EncodingWarning" warning NONE, "Text files that are opened without saying in which encoding.";
    FUTURE_WARNING "FutureWarning" warning NONE, "Constructs that will mean something else in later versions.";
    IMPORT_WARNING "ImportWarning" warning NONE, "Imports that are probably mistakes";
    PENDING_DEPRECATION_WARNING "PendingDeprecationWarning" warning NONE, "Features that will be deprecated in a later version.";
    RESOURCE_WARNING "ResourceWarning" warning NONE, "Files and other resources that nobody has closed.";
    RUNTIME_WARNING "RuntimeWarning" warning NONE, "Behaviour at run time that is probably a mistake.";
    SYNTAX_WARNING "SyntaxWarning" warning NONE, "Syntax that is probably a mistake.";
    UNICODE_WARNING "UnicodeWarning" warning NONE, "Mistakes with Unicode, comparisons above all.";
    USER_WARNING "UserWarning" warning NONE, "What warnings.warn() gives if nothing else is said.";
}
