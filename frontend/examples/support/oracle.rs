//! A CPython that answers what it says about sources, and the same words about Taipan's answers.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use taipan_frontend::{Compilation, Flags, Mode, SyntaxError, compile_bytes, compile_with_warnings};

/// A source as `compile()` gets it.
#[derive(Clone)]
pub struct Request {
    pub source: Vec<u8>,
    pub mode: Mode,
    pub is_bytes: bool,
    pub future: u32,
}

impl Request {
    pub fn module(source: String) -> Self {
        Request { source: source.into_bytes(), mode: Mode::Module, is_bytes: false, future: 0 }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// `accepted`, or the exception's name.
    pub kind: String,
    pub message: String,
    pub place: String,
    pub warnings: Vec<String>,
}

impl Answer {
    pub fn read(line: &str) -> Answer {
        let mut parts = line.trim_end_matches('\n').split('\t');
        let error = parts.next().unwrap_or_default();
        let (kind, rest) = error.split_once(' ').unwrap_or((error, ""));
        let (message, place) = rest.rsplit_once(" [").unwrap_or((rest, ""));
        Answer {
            kind: kind.into(),
            message: message.into(),
            place: place.trim_end_matches(']').into(),
            warnings: parts.map(str::to_owned).collect(),
        }
    }

    pub fn is_accepted(&self) -> bool {
        self.kind == "accepted"
    }

    pub fn same_error(&self, other: &Answer) -> bool {
        (&self.kind, &self.message, &self.place) == (&other.kind, &other.message, &other.place)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.is_accepted() {
            true => write!(f, "accepted")?,
            false => write!(f, "{} {} [{}]", self.kind, self.message, self.place)?,
        }
        self.warnings.iter().try_for_each(|w| write!(f, "; warning {w}"))
    }
}

/// What Taipan says, in the oracle's words.
pub fn taipan(request: &Request) -> Answer {
    const TOP_LEVEL_AWAIT: u32 = 0x2000;
    let top_level_await = request.future & TOP_LEVEL_AWAIT != 0;
    let flags = Flags { future: request.future & !TOP_LEVEL_AWAIT, top_level_await, ..Flags::default() };
    let result = if request.is_bytes {
        compile_bytes(&request.source, "FILE", request.mode, flags)
    } else {
        compile_with_warnings(&String::from_utf8_lossy(&request.source), "FILE", request.mode, flags)
    };
    answer(result)
}

pub fn answer(result: Result<Compilation, SyntaxError>) -> Answer {
    match result {
        Ok(compilation) => Answer {
            kind: "accepted".into(),
            message: String::new(),
            place: String::new(),
            warnings: compilation
                .warnings
                .iter()
                .map(|w| format!("{} {}", w.loc.line, escape(&w.message)))
                .collect(),
        },
        Err(e) => Answer {
            kind: e.kind.name().into(),
            message: escape(&e.message),
            place: format!("{}, {}, {}, {}", e.lineno, e.offset, e.end_lineno, e.end_offset),
            warnings: Vec::new(),
        },
    }
}

pub struct Oracle {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Oracle {
    pub fn start(python: &str) -> std::io::Result<Oracle> {
        let mut child = Command::new(python)
            .args(["-c", include_str!("../compare-errors.py"), "serve"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        };
        Ok(Oracle { child, input, output: BufReader::new(output) })
    }

    pub fn send(&mut self, request: &Request) -> std::io::Result<()> {
        let mode = match request.mode {
            Mode::Module => "exec",
            Mode::Expression => "eval",
            Mode::Interactive => "single",
        };
        let mark = if request.is_bytes { "!" } else { "" };
        writeln!(self.input, "{mode}{mark} {} {}", request.future, request.source.len())?;
        self.input.write_all(&request.source)?;
        self.input.flush()
    }

    pub fn receive(&mut self) -> std::io::Result<Answer> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Answer::read(&line))
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // It is done in any case; its exit status says nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As Python's `json.dumps` writes a string.
pub fn escape(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match unit {
            8 => out.push_str("\\b"),
            9 => out.push_str("\\t"),
            10 => out.push_str("\\n"),
            12 => out.push_str("\\f"),
            13 => out.push_str("\\r"),
            34 => out.push_str("\\\""),
            92 => out.push_str("\\\\"),
            0x20..0x7F => out.push(unit as u8 as char),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out.push('"');
    out
}
