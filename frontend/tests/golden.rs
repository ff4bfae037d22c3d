//! Code objects against listings that CPython 3.14.10 made.
//!
//! Each `golden/NAME.py` is compiled and printed in the form of `golden/make.py`, which wrote
//! `NAME.txt`. A mismatch prints a diff. The expectations are CPython's word: there is nothing to
//! bless; run `make.py` with CPython 3.14 after adding a source.

use std::{fmt::Write as _, path::Path};

use similar::TextDiff;
use taipan_frontend::{
    CodeObject, Constant, Flags, Mode, PyText,
    code::local_kind::{CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL},
    compile_bytes, tables,
};
use taipan_mir::opcodes::Opcode;

#[test]
fn code_objects_equal_cpythons() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut sources: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "py") && !path.ends_with("make.py"))
        .collect();
    sources.sort();
    assert!(sources.len() >= 50, "only {} sources", sources.len());
    let mut wrong = Vec::new();
    for path in sources {
        let name = path.file_name().expect("it is a file").to_string_lossy().into_owned();
        let source = std::fs::read(&path).expect("the source is readable");
        let expected =
            std::fs::read_to_string(path.with_extension("txt")).expect("each source has a listing");
        let (header, expected) = expected.split_once('\n').expect("a listing starts with its origin");
        assert_eq!(header, "# CPython 3.14.10", "{name}");
        let flags = Flags { optimize: optimize(&path), ..Flags::default() };
        let actual = match compile_bytes(&source, &name, Mode::Module, flags) {
            Ok(compilation) => {
                let mut out = String::new();
                listing(&compilation.code, &mut out);
                out
            }
            Err(error) => error.to_string(),
        };
        if actual.trim_end() != expected.trim_end() {
            println!("--- {name}");
            print!("{}", TextDiff::from_lines(expected, &actual).unified_diff().context_radius(3));
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?} differ from CPython's listings");
}

/// `NAME_o1.py` and `NAME_o2.py` are compiled as under `-O` and `-OO`.
fn optimize(path: &Path) -> u8 {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if stem.ends_with("_o1") {
        1
    } else if stem.ends_with("_o2") {
        2
    } else {
        0
    }
}

fn listing(code: &CodeObject, out: &mut String) {
    let _ =
        writeln!(out, "code {}, name {}, line {}", text(&code.qualname), text(&code.name), code.firstlineno);
    let _ = writeln!(
        out,
        "  arguments {}, positional only {}, keyword only {}, stack {}, flags 0x{:x}",
        code.argcount, code.posonlyargcount, code.kwonlyargcount, code.stacksize, code.flags
    );
    let locals = |bit: u8| {
        let pairs = code.localsplusnames.iter().zip(&code.localspluskinds);
        pairs.filter(move |(_, kind)| *kind & bit != 0).map(|(name, _)| name).collect::<Vec<_>>()
    };
    for (title, names) in [
        ("names", code.names.iter().collect()),
        ("varnames", locals(CO_FAST_LOCAL)),
        ("cellvars", locals(CO_FAST_CELL)),
        ("freevars", locals(CO_FAST_FREE)),
    ] {
        let names: String = names.into_iter().map(|name| format!(" {}", text(name))).collect();
        let _ = writeln!(out, "  {title}{names}");
    }
    for (index, value) in code.consts.iter().enumerate() {
        let _ = writeln!(out, "  const {index} {}", constant(value));
    }
    instructions(code, out);
    let _ = writeln!(out, "  locations {}", hex(&code.linetable));
    let _ = writeln!(out, "  exceptions {}\n", hex(&code.exceptiontable));
    for value in &code.consts {
        if let Constant::Code(code) = value {
            listing(code, out);
        }
    }
}

fn instructions(code: &CodeObject, out: &mut String) {
    let units: Vec<&[u8]> = code.code.chunks(2).collect();
    let locations: Vec<_> = tables::locations(&code.linetable, code.firstlineno).collect();
    let show = |n: Option<i64>| n.map_or("-".to_owned(), |n| n.to_string());
    let mut unit = 0;
    while unit < units.len() {
        let op = Opcode::from_u8(units[unit][0]).expect("the compiler emits known opcodes");
        let at = locations
            .iter()
            .find(|l| (l.start..l.end).contains(&(unit as u32 * 2)))
            .expect("the table covers the code");
        let _ = writeln!(
            out,
            "  {unit:4} {op:34} {:3}  {}:{}-{}:{}",
            units[unit][1],
            show(at.line.map(Into::into)),
            show(at.column.map(Into::into)),
            show(at.end_line.map(Into::into)),
            show(at.end_column.map(Into::into))
        );
        unit += 1 + op.caches();
    }
}

fn text(text: &PyText) -> String {
    let escaped: String = text
        .code_points()
        .map(|point| match char::from_u32(point) {
            Some(c @ ' '..='~') if c != '\\' && c != '"' => c.to_string(),
            _ => format!("\\u{{{point:x}}}"),
        })
        .collect();
    format!("\"{escaped}\"")
}

fn constant(c: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(constant).collect::<Vec<_>>();
    match c {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(i) => i.to_string(),
        Constant::Float(f) => format!("float {:016x}", f.to_bits()),
        Constant::Complex { real, imag } => {
            format!("complex {:016x} {:016x}", real.to_bits(), imag.to_bits())
        }
        Constant::Str(s) => text(s),
        Constant::Bytes(b) => format!("bytes {}", hex(b)),
        Constant::Tuple(items) => format!("({})", list(items).join(", ")),
        Constant::FrozenSet(items) => {
            let mut items = list(items);
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        Constant::Slice(parts) => format!("slice({})", list(&parts[..]).join(", ")),
        Constant::Code(code) => format!("code {}", text(&code.qualname)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
