//! `SyntaxError`: where in which file, and the text of the line.

use taipan_layout::Value;

use super::super::spec::{Member, MemberType, TypeSpec, member};
use super::super::{Slots, TypeRef, int, is_instance, str, tuple};
use super::{family, field, offset_of, set_field};
use crate::args::Args;
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub(super) const MSG: usize = 0;
pub(super) const FILENAME: usize = 1;
pub(super) const LINENO: usize = 2;
pub(super) const OFFSET: usize = 3;
pub(super) const TEXT: usize = 4;
pub(super) const END_LINENO: usize = 5;
pub(super) const END_OFFSET: usize = 6;
pub(super) const METADATA: usize = 7;
const PRINT_FILE_AND_LINE: usize = 8;
pub(super) const WORDS: usize = 9;

const fn attribute(name: &'static str, index: usize) -> Member {
    member(name, MemberType::ObjectOrNone, offset_of(index), false)
}

pub static SYNTAX_ERROR: TypeSpec = TypeSpec {
    doc: "Invalid syntax.",
    slots: Slots { init: Some(init), str: Some(str_), ..Slots::EMPTY },
    members: &[
        attribute("msg", MSG),
        attribute("filename", FILENAME),
        attribute("lineno", LINENO),
        attribute("offset", OFFSET),
        attribute("text", TEXT),
        attribute("end_lineno", END_LINENO),
        attribute("end_offset", END_OFFSET),
        attribute("print_file_and_line", PRINT_FILE_AND_LINE),
        attribute("_metadata", METADATA),
    ],
    ..family("SyntaxError", |t| t.exception, WORDS)
};

/// `(msg, (filename, lineno, offset, text[, end_lineno, end_offset[, metadata]]))`.
fn init(vm: &Vm, this: Value, args: Args) -> PyResult<()> {
    super::base::init(vm, this, args)?;
    let pos = args.pos();
    if let Some(msg) = pos.first() {
        // SAFETY: `this` is a SyntaxError.
        unsafe { set_field(this, MSG, Some(*msg)) };
    }
    let [_, info] = pos else { return Ok(()) };
    let info = protocol::iter::collect(vm, *info)?;
    let n = info.len();
    if !(4..=7).contains(&n) {
        let (bound, limit) = if n < 4 { ("least", 4) } else { ("most", 7) };
        return Err(vm.type_error(&format!("function takes at {bound} {limit} arguments ({n} given)")));
    }
    let fields = [FILENAME, LINENO, OFFSET, TEXT, END_LINENO, END_OFFSET, METADATA];
    for (i, index) in fields.into_iter().enumerate() {
        // SAFETY: as above.
        unsafe { set_field(this, index, info.get(i).map(|v| **v)) };
    }
    if n == 5 {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    Ok(())
}

fn str_(vm: &Vm, this: Value) -> PyResult {
    // SAFETY: `this` is a SyntaxError.
    let (msg, filename, lineno) =
        unsafe { (super::field_or_none(this, MSG), field(this, FILENAME), field(this, LINENO)) };
    let filename = (!filename.is_null() && is_instance(vm, filename, vm.types.str)).then(|| {
        let path = str::to_string_lossy(filename);
        path.rsplit('/').next().unwrap_or_default().to_owned()
    });
    let lineno = (!lineno.is_null()).then(|| int::as_i64(lineno)).flatten();
    let text = protocol::object::str(vm, *msg)?;
    let suffix = match (filename, lineno) {
        (None, None) => return Ok(text),
        (Some(f), None) => format!(" ({f})"),
        (None, Some(n)) => format!(" (line {n})"),
        (Some(f), Some(n)) => format!(" ({f}, line {n})"),
    };
    let mut out = str::StrBuilder::new();
    out.push_value(*text);
    out.push_str(&suffix);
    out.finish(vm)
}

/// Position of a syntax error; columns are 1-based counts of characters.
#[derive(Clone, Copy, Debug)]
pub struct SyntaxPosition {
    pub line: i64,
    pub column: i64,
    pub end_line: i64,
    pub end_column: i64,
}

/// An instance of `ty` (`SyntaxError` or a subclass) as the compiler raises it. `text` is the source line.
pub fn new_syntax_error(
    vm: &Vm,
    ty: TypeRef,
    message: &str,
    filename: &str,
    position: SyntaxPosition,
    text: Option<&str>,
) -> PyResult<Owned> {
    let message = str::new(vm, message)?;
    let filename = str::new(vm, filename)?;
    let text = match text {
        Some(text) => str::new(vm, text)?,
        None => Owned::none(),
    };
    // Errors of codecs are in no line and have no end.
    let end = |n: i64| if position.line == 0 { Value::NONE } else { Value::fixnum(n) };
    let info = tuple::from_slice(
        vm,
        &[
            *filename,
            Value::fixnum(position.line),
            Value::fixnum(position.column),
            *text,
            end(position.end_line),
            end(position.end_column),
        ],
    )?;
    super::create(vm, ty, &[*message, *info])
}

/// A word of a `SyntaxError` for the printer; None becomes `None`.
pub(super) fn word(exc: Value, index: usize) -> Option<Owned> {
    // SAFETY: the printer checks the type first.
    let v = unsafe { field(exc, index) };
    (!v.is_null() && !v.is_none()).then(|| v.own())
}
