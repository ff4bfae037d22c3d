//! Files that hold a program: Python source, or the compiled code of a `.pyc`.

use std::path::Path;
use std::rc::Rc;

use taipan_frontend::{CodeObject, Flags, Mode, SyntaxError, Warning, compile_bytes, marshal};
use taipan_runtime::launch::is_pyc;

use crate::terminal::{Failure, Result, os_message};

/// A file's contents.
pub enum Contents {
    Source(Vec<u8>),
    Code(Rc<CodeObject>),
}

/// Reads a file; it has to exist and be readable, and a `.pyc` has to be one of this version.
pub fn read(path: &Path) -> Result<Contents> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failure::usage(format!("'{shown}' is a directory, not a program")));
    }
    let bytes = std::fs::read(path)
        .map_err(|error| Failure::usage(format!("can't read '{shown}': {}", os_message(&error))))?;
    if !is_pyc(path, &bytes) {
        return Ok(Contents::Source(bytes));
    }
    match load_pyc(&bytes) {
        Ok(code) => Ok(Contents::Code(code)),
        Err(message) => Err(Failure::program(format!("'{shown}': {message}"))),
    }
}

fn load_pyc(bytes: &[u8]) -> std::result::Result<Rc<CodeObject>, String> {
    marshal::PycHeader::parse(bytes).map_err(|error| error.to_string())?;
    marshal::load_code(&bytes[marshal::PycHeader::SIZE..]).map_err(|error| error.to_string())
}

/// Compiles source; warnings go to standard error.
pub fn compile(path: &Path, source: &[u8], flags: Flags) -> Result<Rc<CodeObject>> {
    let name = path.to_string_lossy();
    let compilation = compile_bytes(source, &name, Mode::Module, flags)
        .map_err(|error| Failure::exception(describe(&name, &error)))?;
    warn(&name, source, &compilation.warnings);
    Ok(compilation.code)
}

/// Shows warnings as Python does: the place, the message, the line.
fn warn(name: &str, source: &[u8], warnings: &[Warning]) {
    for Warning { message, loc } in warnings {
        eprintln!("{name}:{}: SyntaxWarning: {message}", loc.line);
        let index = usize::try_from(loc.line - 1).unwrap_or_default();
        if let Some(line) = source.split(|&b| b == b'\n').nth(index) {
            eprintln!("  {}", String::from_utf8_lossy(line).trim());
        }
    }
}

/// What Python prints of the exception: the file and line, the line's text with the place marked, the message.
pub fn describe(name: &str, error: &SyntaxError) -> String {
    let (kind, message) = (error.kind.name(), &error.message);
    // Errors of decoding are in line 0.
    if error.lineno <= 0 && error.offset >= 0 {
        return format!("{kind}: {message} ({name})");
    }
    let mut out = format!("  File \"{name}\", line {}\n", error.lineno);
    if let Some(text) = &error.text {
        mark(error, text.trim_end_matches('\n'), &mut out);
    }
    out + &format!("{kind}: {message}")
}

/// The line without its indentation, and carets below what is wrong.
fn mark(error: &SyntaxError, text: &str, out: &mut String) {
    let shown = text.trim_start_matches([' ', '\n', '\x0c']);
    out.push_str(&format!("    {shown}\n"));
    let (length, hidden) = (text.chars().count() as i32, (text.len() - shown.len()) as i32);
    let within = |offset: i32| if offset > length + 1 { length + 1 } else { offset };
    let start = within(error.offset);
    let mut end = match error.lineno == error.end_lineno {
        true if error.end_offset != 0 => within(error.end_offset),
        true => start,
        false => length + 1,
    };
    if start >= end || end < 0 {
        end = start + 1;
    }
    if let Ok(before) = usize::try_from(start - 1 - hidden) {
        // Tabs stay, so that the carets stand below their text.
        out.push_str("    ");
        let mut line = shown.chars();
        out.extend((0..before).map(|_| line.next().filter(|c| c.is_whitespace()).unwrap_or(' ')));
        out.push_str(&"^".repeat((end - start) as usize));
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(source: &str) -> String {
        match compile_bytes(source.as_bytes(), "f.py", Mode::Module, Flags::default()) {
            Ok(_) => String::new(),
            Err(error) => describe("f.py", &error),
        }
    }

    #[test]
    fn errors_look_like_pythons() {
        let expected = "  File \"f.py\", line 2\n    x = = 1\n        ^\nSyntaxError: invalid syntax";
        assert_eq!(described("if a:\n    x = = 1\n"), expected);
        let expected = "  File \"f.py\", line 1\n    f(é, a b)\n         ^^^\nSyntaxError: invalid syntax. \
                        Perhaps you forgot a comma?";
        assert_eq!(described("f(é, a b)\n"), expected);
        assert_eq!(described("'\0'\n"), "SyntaxError: source code string cannot contain null bytes (f.py)");
        let expected = "  File \"f.py\", line 0\nSyntaxError: unknown encoding: klingon";
        assert_eq!(described("# coding: klingon\n"), expected);
    }
}
