//! `_tokenize`: the compiler's tokens, for `tokenize`.
//!
//! The whole source is read and taken apart when the first token is asked for.

use taipan_frontend::inspect::{Token, Tokens};
use taipan_layout::Value;

use super::native::{self, given, native_data, passed};
use super::{NativeModule, add_type};
use crate::args::Args;
use crate::objects::spec::TypeSpec;
use crate::objects::{Slots, bytes, is_instance, str, tuple, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

pub static MODULE: NativeModule = NativeModule {
    name: "_tokenize",
    doc: "",
    functions: &[],
    fill: |vm, m| add_type(vm, m, vm.types.tokenizer_iter, &SPEC),
};

#[derive(Default)]
pub struct TokenizerIter {
    readline: Option<Owned>,
    encoding: Option<String>,
    extra_tokens: bool,
    tokens: Option<Box<Tokens>>,
    next: usize,
}
native_data!(TokenizerIter: readline);

pub static SPEC: TypeSpec = TypeSpec {
    name: "_tokenize.TokenizerIter",
    slots: Slots {
        new: Some(new),
        iter: Some(|_, this| Ok(this.own())),
        next: Some(next),
        ..native::slots::<TokenizerIter>()
    },
    signature: "(readline, /, *, encoding=None, extra_tokens=False)",
    ..native::spec::<TokenizerIter>()
};

fn new(vm: &Vm, cls: Value, args: Args) -> PyResult {
    let signature = "(readline, /, *, extra_tokens, encoding=None)";
    let ([readline, extra, encoding], _bound) = native::bind(vm, "tokenizeriter", signature, args)?;
    let encoding = match given(encoding) {
        Some(v) if is_instance(vm, v, vm.types.str) => Some(str::to_string_lossy(v)),
        Some(v) => {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("tokenizeriter() argument 'encoding' must be str, not {got}")));
        }
        None => None,
    };
    let extra_tokens = passed(extra).map_or(Ok(false), |v| protocol::compare::is_true(vm, v))?;
    let data =
        TokenizerIter { readline: Some(readline.own()), encoding, extra_tokens, tokens: None, next: 0 };
    native::construct(vm, cls, data)
}

/// All lines as one text.
fn read_all(vm: &Vm, this: Value) -> PyResult<String> {
    let data = native::data::<TokenizerIter>(this);
    let (Some(readline), encoding) = (data.readline.clone(), data.encoding.clone()) else {
        return Ok(String::new());
    };
    let mut text = String::new();
    loop {
        let line = match protocol::call::positional(vm, *readline, &[]) {
            Ok(line) => line,
            Err(raised) => {
                vm.catch(raised, vm.types.stop_iteration)?;
                return Ok(text);
            }
        };
        let line = if encoding.is_some() {
            if !is_instance(vm, *line, vm.types.bytes) {
                return Err(vm.type_error("readline() returned a non-bytes object"));
            }
            // The lines of a source in another encoding come decoded and encoded again.
            String::from_utf8_lossy(bytes::buffer(vm, *line)?.as_slice()).into_owned()
        } else {
            if !is_instance(vm, *line, vm.types.str) {
                return Err(vm.type_error("readline() returned a non-string object"));
            }
            str::to_string_lossy(*line)
        };
        if line.is_empty() {
            return Ok(text);
        }
        text.push_str(&line);
    }
}

fn next(vm: &Vm, this: Value) -> PyResult<Option<Owned>> {
    if native::data::<TokenizerIter>(this).tokens.is_none() {
        let text = read_all(vm, this)?;
        let tokens = (crate::parts::compiler(vm)?.tokens)(&text);
        native::data::<TokenizerIter>(this).tokens = Some(Box::new(tokens));
    }
    loop {
        let data = native::data::<TokenizerIter>(this);
        let Some(tokens) = &data.tokens else { return Ok(None) };
        let Some(token) = tokens.tokens.get(data.next) else {
            let error = data.tokens.as_mut().and_then(|tokens| tokens.error.take());
            return match error {
                Some(error) => Err(super::builtins::source::compile_error(vm, &error, "<string>")),
                None => Ok(None),
            };
        };
        data.next += 1;
        if !data.extra_tokens && matches!(token.kind, "COMMENT" | "NL") {
            continue;
        }
        let number = number(token, data.extra_tokens);
        let signed = |(line, column): (i32, usize)| (line, column as i64);
        let shown = if data.extra_tokens {
            // What stands at the end of the source has no line.
            let line = if token.kind == "ENDMARKER" { String::new() } else { tokens.lines_of(token) };
            Shown { text: token.text.clone(), start: signed(token.start), end: signed(token.end), line }
        } else {
            Shown::as_compiled(tokens, data.next - 1)
        };
        let place = |(line, column): (i32, i64)| {
            tuple::from_slice(vm, &[Value::fixnum(i64::from(line)), Value::fixnum(column)])
        };
        let items = vec![
            Owned::fixnum(number),
            str::new(vm, &shown.text)?,
            place(shown.start)?,
            place(shown.end)?,
            str::new(vm, &shown.line)?,
        ];
        return tuple::from_owned(vm, items).map(Some);
    }
}

/// What a program sees of a token.
struct Shown {
    text: String,
    start: (i32, i64),
    end: (i32, i64),
    line: String,
}

impl Shown {
    /// As the compiler has it: newlines have no text but the comment in front of them, and changes of indentation no
    /// columns. The source ends in its last line.
    fn as_compiled(tokens: &Tokens, index: usize) -> Shown {
        let token = &tokens.tokens[index];
        let of = |token: &Token| {
            let signed = |(line, column): (i32, usize)| (line, column as i64);
            (signed(token.start), signed(token.end))
        };
        let line = tokens.lines_of(token);
        match token.kind {
            "NEWLINE" => {
                let comment = index.checked_sub(1).map(|i| &tokens.tokens[i]).filter(|t| t.kind == "COMMENT");
                let (text, (start, end)) = match comment {
                    Some(comment) => (comment.text.clone(), of(comment)),
                    None => (String::new(), (of(token).0, of(token).0)),
                };
                Shown { text, start, end, line }
            }
            "INDENT" | "DEDENT" | "ENDMARKER" => {
                let last = tokens.last_line();
                let at_end = token.start.0 > last.0;
                let place = (token.end.0.min(last.0), -1);
                let is_code = !last.1.trim_start().is_empty() && !last.1.trim_start().starts_with('#');
                let line = match at_end {
                    true if is_code => last.1.to_owned(),
                    true => String::new(),
                    false => line,
                };
                Shown { text: String::new(), start: place, end: place, line }
            }
            _ => Shown { text: token.text.clone(), start: of(token).0, end: of(token).1, line },
        }
    }
}

const OP: i64 = 55;

/// The names of `token` by number, from 0.
const NAMES: &[&str] = &[
    "ENDMARKER",
    "NAME",
    "NUMBER",
    "STRING",
    "NEWLINE",
    "INDENT",
    "DEDENT",
    "LPAR",
    "RPAR",
    "LSQB",
    "RSQB",
    "COLON",
    "COMMA",
    "SEMI",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "VBAR",
    "AMPER",
    "LESS",
    "GREATER",
    "EQUAL",
    "DOT",
    "PERCENT",
    "LBRACE",
    "RBRACE",
    "EQEQUAL",
    "NOTEQUAL",
    "LESSEQUAL",
    "GREATEREQUAL",
    "TILDE",
    "CIRCUMFLEX",
    "LEFTSHIFT",
    "RIGHTSHIFT",
    "DOUBLESTAR",
    "PLUSEQUAL",
    "MINEQUAL",
    "STAREQUAL",
    "SLASHEQUAL",
    "PERCENTEQUAL",
    "AMPEREQUAL",
    "VBAREQUAL",
    "CIRCUMFLEXEQUAL",
    "LEFTSHIFTEQUAL",
    "RIGHTSHIFTEQUAL",
    "DOUBLESTAREQUAL",
    "DOUBLESLASH",
    "DOUBLESLASHEQUAL",
    "AT",
    "ATEQUAL",
    "RARROW",
    "ELLIPSIS",
    "COLONEQUAL",
    "EXCLAMATION",
    "OP",
    "TYPE_IGNORE",
    "TYPE_COMMENT",
    "SOFT_KEYWORD",
    "FSTRING_START",
    "FSTRING_MIDDLE",
    "FSTRING_END",
    "TSTRING_START",
    "TSTRING_MIDDLE",
    "TSTRING_END",
    "COMMENT",
    "NL",
];

/// The number of a token's type; `tokenize` wants one for all operators.
fn number(token: &Token, one_operator: bool) -> i64 {
    let found = NAMES.iter().position(|name| *name == token.kind).map_or(OP, |n| n as i64);
    if one_operator && (7..OP).contains(&found) { OP } else { found }
}
