//! The code of a named tuple's `__new__`, without the compiler.
//!
//! `collections.namedtuple` evaluates the text `lambda _cls, a, b: _tuple_new(_cls, (a, b))`. Its code always has the same
//! shape, so it is put together here, and executables that make named tuples do without parser and code generator. It is
//! equal to what the compiler makes of the text, locations included.

use crate::assemble::Assembler;
use crate::ast::Loc;
use crate::cfg::{graph::Instr, op::Op};
use crate::code::{CodeObject, Constant, PyText, flags, local_kind};
use crate::codegen::STACK_USE_GUIDELINE;

/// What stands in front of the parameters, and between them and the first argument.
const HEAD: &str = "lambda _cls, ";
const FUNCTION: &str = "_tuple_new";

/// `lambda _cls, FIELDS: _tuple_new(_cls, (FIELDS))`; `None` if the compiler may write one of the names in another form.
pub fn code_of_new(fields: &[&str]) -> Option<CodeObject> {
    if !fields.iter().all(|name| is_plain(name)) {
        return None;
    }
    let (code, linetable) = Assembler::default().straight(instructions(fields));
    let mut consts = vec![Constant::None];
    if fields.is_empty() {
        consts.push(Constant::Tuple([].into()));
    }
    let names: Vec<PyText> = ["_cls"].iter().chain(fields).map(|name| PyText::from(*name)).collect();
    let kind = local_kind::CO_FAST_LOCAL | local_kind::CO_FAST_ARG_POS | local_kind::CO_FAST_ARG_KW;
    // The function and what is in the place of `self`, the class, and the tuple with its items or its list with one.
    let tuple = if is_big(fields) { 2 } else { fields.len().max(1) };
    Some(CodeObject {
        argcount: names.len() as u32,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 3 + tuple as u32,
        flags: flags::CO_OPTIMIZED | flags::CO_NEWLOCALS,
        code,
        consts,
        names: vec![FUNCTION.into()],
        localspluskinds: vec![kind; names.len()],
        localsplusnames: names,
        filename: "<string>".into(),
        name: "<lambda>".into(),
        qualname: "<lambda>".into(),
        firstlineno: 1,
        linetable,
        exceptiontable: Vec::new(),
    })
}

/// The text that the code is of.
pub fn text_of_new(fields: &[&str]) -> String {
    let list = list(fields);
    format!("{HEAD}{list}: {FUNCTION}(_cls, ({list}))")
}

fn list(fields: &[&str]) -> String {
    let comma = if fields.len() == 1 { "," } else { "" };
    fields.join(", ") + comma
}

/// Whether the compiler makes a list first, which needs no stack for all items.
fn is_big(fields: &[&str]) -> bool {
    fields.len() > STACK_USE_GUIDELINE
}

fn instructions(fields: &[&str]) -> Vec<Instr> {
    let loc = |start: usize, end: usize| Loc::new(1, 1, start as i32, end as i32);
    let list = list(fields).len();
    let body = HEAD.len() + list + ": ".len();
    let class = body + FUNCTION.len() + "(".len();
    let tuple = class + "_cls, ".len();
    let end = tuple + "()".len() + list;
    let (of_tuple, of_call) = (loc(tuple, end), loc(body, end + ")".len()));
    // Locals and where they are written.
    let mut start = tuple + "(".len();
    let mut loads = vec![(0, loc(class, class + "_cls".len()))];
    for (index, name) in (1..).zip(fields) {
        loads.push((index, loc(start, start + name.len())));
        start += name.len() + ", ".len();
    }
    let mut all = vec![
        Instr::new(Op::RESUME, 0, loc(0, 0)),
        Instr::new(Op::LOAD_GLOBAL, 1, loc(body, body + FUNCTION.len())),
    ];
    if is_big(fields) {
        all.push(load(loads[0]));
        all.push(Instr::new(Op::BUILD_LIST, 0, of_tuple));
        for field in &loads[1..] {
            all.push(load(*field));
            all.push(Instr::new(Op::LIST_APPEND, 1, of_tuple));
        }
        // To a tuple.
        all.push(Instr::new(Op::CALL_INTRINSIC_1, 6, of_tuple));
    } else {
        for pair in loads.chunks(2) {
            match pair {
                // Two small numbers share an argument.
                [(first, at), (second, _)] if *second < 16 => {
                    let both = first << 4 | second;
                    all.push(Instr::new(Op::LOAD_FAST_BORROW_LOAD_FAST_BORROW, both, *at));
                }
                _ => all.extend(pair.iter().copied().map(load)),
            }
        }
        all.push(match fields.len() {
            0 => Instr::new(Op::LOAD_CONST, 1, of_tuple),
            count => Instr::new(Op::BUILD_TUPLE, count as u32, of_tuple),
        });
    }
    all.push(Instr::new(Op::CALL, 2, of_call));
    all.push(Instr::new(Op::RETURN_VALUE, 0, of_call));
    all
}

fn load((local, loc): (u32, Loc)) -> Instr {
    // The compiler does not follow more locals than these through a function.
    const FOLLOWED: u32 = 64;
    let op = if local < FOLLOWED { Op::LOAD_FAST_BORROW } else { Op::LOAD_FAST_CHECK };
    Instr::new(op, local, loc)
}

/// Whether a name is its own NFKC form, to which the compiler brings names: one of ASCII, or of letters that have no other
/// form and join with nothing.
fn is_plain(name: &str) -> bool {
    const LETTERS: [(char, char); 13] = [
        ('\u{C0}', '\u{131}'),
        ('\u{134}', '\u{13E}'),
        ('\u{141}', '\u{148}'),
        ('\u{14A}', '\u{17E}'),
        ('\u{386}', '\u{386}'),
        ('\u{388}', '\u{3CE}'),
        ('\u{400}', '\u{481}'),
        ('\u{48A}', '\u{52F}'),
        ('\u{5D0}', '\u{5EA}'),
        ('\u{3041}', '\u{3096}'),
        ('\u{30A1}', '\u{30FA}'),
        ('\u{4E00}', '\u{9FFF}'),
        ('\u{AC00}', '\u{D7A3}'),
    ];
    name.chars().all(|c| c.is_ascii() || LETTERS.iter().any(|(first, last)| (*first..=*last).contains(&c)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Flags, Mode};

    fn compiled(fields: &[&str]) -> CodeObject {
        let text = text_of_new(fields);
        let whole = crate::compile(&text, "<string>", Mode::Expression, Flags::default()).unwrap();
        let Constant::Code(code) = &whole.consts[0] else { panic!("{:?}", whole.consts) };
        (**code).clone()
    }

    #[test]
    fn the_code_is_the_compilers() {
        let many: Vec<String> = (0..300).map(|n| format!("field{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let counts = (0..=40).chain([62, 63, 64, 65, 254, 255, 256, 257, 300]);
        let mut lists: Vec<Vec<&str>> = counts.map(|count| many[..count].to_vec()).collect();
        lists.push(vec!["a_name_that_is_longer_than_others", "größe", "имя", "名前", "x"]);
        for fields in lists {
            let (made, expected) = (code_of_new(&fields).unwrap(), compiled(&fields));
            assert_eq!(format!("{made:?}"), format!("{expected:?}"), "{} fields", fields.len());
        }
    }

    #[test]
    fn names_that_the_compiler_changes_are_not_for_us() {
        for name in ["ﬁeld", "x\u{301}", "ª", "ſ"] {
            assert!(code_of_new(&[name]).is_none(), "{name}");
        }
        for (first, last) in [('\u{C0}', '\u{52F}'), ('\u{5D0}', '\u{5EA}'), ('\u{3041}', '\u{30FA}')] {
            let letters = (first..=last).filter(|c| c.is_alphabetic()).map(String::from);
            for name in letters.filter(|name| is_plain(name)) {
                assert_eq!(compiled(&[&name]).localsplusnames[1].as_str(), Some(&*name));
            }
        }
    }
}
