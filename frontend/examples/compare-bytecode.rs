//! Compares Taipan's code objects with those of a CPython 3.14.
//!
//! ```text
//! cargo run -p taipan-frontend --release --example compare-bytecode -- PYTHON FOLDER [options]
//!   --show N        print the first N differences (3)
//!   --optimize N    0, 1 for -O, 2 for -OO
//!   --only TEXT     only files whose path contains TEXT
//!   --cache FILE    keep CPython's answer there, or use it
//! ```
//!
//! Prints how many code objects are equal, the files that one side refuses, and differences as a
//! diff of listings. Exits with 1 if anything differs.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use similar::TextDiff;
use taipan_frontend::{CodeObject, Constant, Flags, Mode, PyText, code::local_kind, compile_bytes};
use taipan_mir::opcodes::Opcode;

/// A code object as the two sides print it.
#[derive(PartialEq, Eq)]
struct Dump {
    title: String,
    /// Everything but the instructions and tables.
    fields: Vec<String>,
    code: String,
    lines: String,
    exceptions: String,
}

enum Outcome {
    Code(Vec<Dump>),
    Error(String),
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(python), Some(folder)) = (args.next(), args.next()) else {
        eprintln!(
            "usage: compare-bytecode PYTHON FOLDER [--show N] [--optimize N] [--only TEXT] [--cache FILE]"
        );
        return ExitCode::from(2);
    };
    let (mut show, mut optimize, mut only, mut cache) = (3usize, 0u8, String::new(), None);
    while let (Some(option), Some(value)) = (args.next(), args.next()) {
        match option.as_str() {
            "--show" => show = value.parse().unwrap_or(show),
            "--optimize" => optimize = value.parse().unwrap_or(optimize),
            "--only" => only = value,
            "--cache" => cache = Some(PathBuf::from(value)),
            _ => eprintln!("unknown option {option}"),
        }
    }
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    files.retain(|f| f.to_string_lossy().contains(&only));
    let mut oracle = match oracle(&python, &files, optimize, cache.as_deref()) {
        Ok(oracle) => oracle,
        Err(error) => {
            eprintln!("cannot run {python}: {error}");
            return ExitCode::from(2);
        }
    };
    let mut tally = Tally { show, ..Tally::default() };
    for file in &files {
        let expected = read_outcome(&mut oracle);
        let flags = Flags { optimize, ..Flags::default() };
        let actual = match std::fs::read(file) {
            Ok(source) => match tally.time(|| compile_bytes(&source, "FILE", Mode::Module, flags)) {
                Ok(compilation) => {
                    let mut dumps = Vec::new();
                    dump(&compilation.code, &mut dumps);
                    Outcome::Code(dumps)
                }
                Err(e) => Outcome::Error(format!(
                    "ERROR {} {} {:?}",
                    e.kind.name(),
                    text(&PyText::from(e.message.as_str())),
                    [e.lineno, e.offset, e.end_lineno, e.end_offset]
                )),
            },
            Err(error) => Outcome::Error(error.to_string()),
        };
        tally.file(file, &expected, &actual);
    }
    tally.report()
}

#[derive(Default)]
struct Tally {
    show: usize,
    shown: usize,
    files: usize,
    equal_files: usize,
    objects: usize,
    equal_objects: usize,
    refused: usize,
    accepted: usize,
    other_error: usize,
    compiling: Duration,
}

impl Tally {
    fn time<T>(&mut self, compile: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = compile();
        self.compiling += start.elapsed();
        result
    }

    fn print(&mut self, message: impl FnOnce() -> String) {
        if self.shown < self.show {
            println!("{}", message());
        }
        self.shown += 1;
    }

    fn file(&mut self, file: &Path, expected: &Outcome, actual: &Outcome) {
        self.files += 1;
        let name = file.display();
        match (expected, actual) {
            (Outcome::Code(expected), Outcome::Code(actual)) => {
                self.objects += expected.len();
                let mut all = expected.len() == actual.len();
                for (e, a) in expected.iter().zip(actual) {
                    if e == a {
                        self.equal_objects += 1;
                    } else {
                        all = false;
                        self.print(|| format!("--- {name}: {}\n{}", e.title, diff(e, a)));
                    }
                }
                if expected.len() != actual.len() {
                    self.print(|| {
                        format!("--- {name}: {} code objects, not {}", actual.len(), expected.len())
                    });
                }
                self.equal_files += all as usize;
            }
            (Outcome::Code(expected), Outcome::Error(error)) => {
                self.objects += expected.len();
                self.refused += 1;
                self.print(|| format!("--- {name}: wrongly refused: {error}"));
            }
            (Outcome::Error(error), Outcome::Code(_)) => {
                self.accepted += 1;
                self.print(|| format!("--- {name}: wrongly accepted: {error}"));
            }
            (Outcome::Error(expected), Outcome::Error(actual)) => {
                if expected == actual {
                    self.equal_files += 1;
                } else {
                    self.other_error += 1;
                    self.print(|| format!("--- {name}: another error\n-{expected}\n+{actual}"));
                }
            }
        }
    }

    fn report(&self) -> ExitCode {
        let rate = 100.0 * self.equal_objects as f64 / self.objects.max(1) as f64;
        println!("code objects: {} of {} equal ({rate:.3} %)", self.equal_objects, self.objects);
        println!(
            "files: {} of {} equal; {} wrongly refused, {} wrongly accepted, {} with another error",
            self.equal_files, self.files, self.refused, self.accepted, self.other_error
        );
        println!("time in the compiler: {:.3} s", self.compiling.as_secs_f64());
        if self.equal_files == self.files { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "py") {
            files.push(path);
        }
    }
}

fn oracle(
    python: &str,
    files: &[PathBuf],
    optimize: u8,
    cache: Option<&Path>,
) -> std::io::Result<Box<dyn BufRead>> {
    if let Some(cache) = cache.filter(|c| c.exists()) {
        return Ok(Box::new(BufReader::with_capacity(1 << 20, std::fs::File::open(cache)?)));
    }
    let mut child = Command::new(python)
        .args(["-c", include_str!("compare-bytecode.py"), &optimize.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        for file in files {
            writeln!(stdin, "{}", file.display())?;
        }
    }
    let Some(mut stdout) = child.stdout.take() else { return Err(std::io::ErrorKind::BrokenPipe.into()) };
    if let Some(cache) = cache {
        std::io::copy(&mut stdout, &mut std::fs::File::create(cache)?)?;
        return oracle(python, files, optimize, Some(cache));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 20, stdout)))
}

fn read_outcome(input: &mut dyn BufRead) -> Outcome {
    let mut dumps: Vec<Dump> = Vec::new();
    let mut error = None;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line).unwrap_or(0) == 0 {
            return Outcome::Error("the oracle ended early".into());
        }
        let content = line.trim_end_matches('\n');
        let (word, rest) = content.split_once(' ').unwrap_or((content, ""));
        match (word, dumps.last_mut()) {
            ("FILE", _) => {}
            ("END", _) => break,
            ("ERROR", _) => error = Some(content.to_owned()),
            ("CODE", _) => dumps.push(Dump {
                title: rest.to_owned(),
                fields: Vec::new(),
                code: String::new(),
                lines: String::new(),
                exceptions: String::new(),
            }),
            ("code", Some(dump)) => dump.code = rest.to_owned(),
            ("lines", Some(dump)) => dump.lines = rest.to_owned(),
            ("exceptions", Some(dump)) => dump.exceptions = rest.to_owned(),
            (_, Some(dump)) => dump.fields.push(content.to_owned()),
            (_, None) => {}
        }
    }
    match error {
        Some(error) => Outcome::Error(error),
        None => Outcome::Code(dumps),
    }
}

fn text(text: &PyText) -> String {
    let mut out = String::from("\"");
    for point in text.code_points() {
        match char::from_u32(point) {
            Some(c) if (' '..='~').contains(&c) && c != '\\' && c != '"' => out.push(c),
            _ => {
                let _ = write!(out, "\\u{{{point:x}}}");
            }
        }
    }
    out.push('"');
    out
}

fn constant(c: &Constant) -> String {
    let list = |items: &[Constant]| items.iter().map(constant).collect::<Vec<_>>();
    match c {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(i) => {
            let digits = i.in_radix(16).to_string();
            match digits.strip_prefix('-') {
                Some(digits) => format!("-0x{digits}"),
                None => format!("0x{digits}"),
            }
        }
        Constant::Float(f) => format!("f{:016x}", f.to_bits()),
        Constant::Complex { real, imag } => format!("c{:016x},{:016x}", real.to_bits(), imag.to_bits()),
        Constant::Str(s) => text(s),
        Constant::Bytes(b) => format!("b{}", hex(b)),
        Constant::Tuple(items) => format!("({})", list(items).join(", ")),
        Constant::FrozenSet(items) => {
            let mut items = list(items);
            items.sort();
            format!("{{{}}}", items.join(", "))
        }
        Constant::Slice(parts) => format!("slice({})", list(&parts[..]).join(", ")),
        Constant::Code(code) => format!("<code {} {}>", text(&code.qualname), code.firstlineno),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn dump(code: &CodeObject, out: &mut Vec<Dump>) {
    let mut fields = vec![format!(
        "name {} args {} {} {} stack {} flags {:x}",
        text(&code.name),
        code.argcount,
        code.posonlyargcount,
        code.kwonlyargcount,
        code.stacksize,
        code.flags
    )];
    let named = |title: &str, names: &mut dyn Iterator<Item = &PyText>| {
        names.fold(title.to_owned(), |line, name| line + " " + &text(name))
    };
    fields.push(named("names", &mut code.names.iter()));
    for (title, bit) in [
        ("varnames", local_kind::CO_FAST_LOCAL),
        ("cellvars", local_kind::CO_FAST_CELL),
        ("freevars", local_kind::CO_FAST_FREE),
    ] {
        let mut names = code
            .localsplusnames
            .iter()
            .zip(&code.localspluskinds)
            .filter(|(_, k)| *k & bit != 0)
            .map(|(n, _)| n);
        fields.push(named(title, &mut names));
    }
    for (index, value) in code.consts.iter().enumerate() {
        fields.push(format!("const {index} {}", constant(value)));
    }
    out.push(Dump {
        title: format!("{} line {}", text(&code.qualname), code.firstlineno),
        fields,
        code: hex(&code.code),
        lines: hex(&code.linetable),
        exceptions: hex(&code.exceptiontable),
    });
    for value in &code.consts {
        if let Constant::Code(code) = value {
            dump(code, out);
        }
    }
}

fn diff(expected: &Dump, actual: &Dump) -> String {
    let (expected, actual) = (listing(expected), listing(actual));
    TextDiff::from_lines(&expected, &actual).unified_diff().context_radius(3).to_string()
}

fn unhex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .filter_map(|c| u8::from_str_radix(std::str::from_utf8(c).ok()?, 16).ok())
        .collect()
}

fn listing(dump: &Dump) -> String {
    let mut out = String::new();
    for field in &dump.fields {
        let _ = writeln!(out, "{field}");
    }
    let code = unhex(&dump.code);
    let mut locations = locations(&unhex(&dump.lines)).into_iter();
    let mut skip = 0;
    for (index, unit) in code.chunks(2).enumerate() {
        let location = locations.next().unwrap_or_default();
        if skip > 0 {
            skip -= 1;
            continue;
        }
        match Opcode::from_u8(unit[0]) {
            Some(op) => {
                skip = op.caches();
                let _ = writeln!(out, "{index:5} {op:28} {:3} @{location}", unit[1]);
            }
            None => {
                let _ = writeln!(out, "{index:5} <{}> {:3} @{location}", unit[0], unit[1]);
            }
        }
    }
    let _ = writeln!(out, "exceptions {}", dump.exceptions);
    out
}

/// The location of each code unit; lines count from the code's first.
fn locations(table: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    let mut bytes = table.iter().copied().peekable();
    let mut line = 0i32;
    while let Some(first) = bytes.next() {
        let units = (first & 7) + 1;
        let mut unsigned = || {
            let (mut value, mut shift) = (0u32, 0);
            for byte in bytes.by_ref() {
                value |= ((byte & 0x3F) as u32) << shift;
                shift += 6;
                if byte & 0x40 == 0 {
                    break;
                }
            }
            value as i32
        };
        let location = match first >> 3 & 15 {
            15 => "none".to_owned(),
            14 => {
                let delta = unsigned();
                line += if delta & 1 != 0 { -(delta >> 1) } else { delta >> 1 };
                let end = line + unsigned();
                format!("{line}:{}-{end}:{}", unsigned() - 1, unsigned() - 1)
            }
            13 => {
                let delta = unsigned();
                line += if delta & 1 != 0 { -(delta >> 1) } else { delta >> 1 };
                format!("{line}")
            }
            code @ 10..=12 => {
                line += i32::from(code) - 10;
                let (start, end) = (bytes.next().unwrap_or(0), bytes.next().unwrap_or(0));
                format!("{line}:{start}-{line}:{end}")
            }
            code => {
                let second = bytes.next().unwrap_or(0);
                let start = code << 3 | second >> 4;
                format!("{line}:{start}-{line}:{}", start + (second & 15))
            }
        };
        out.extend(std::iter::repeat_n(location, units.into()));
    }
    out
}
