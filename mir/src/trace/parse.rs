//! Reading the text form.

use super::{End, Inst, NO_SNAPSHOT, RawLocal, Resume, Snapshot, Tail, Trace, VirtualFrame};
use crate::uops::Uop;

/// What is wrong, and in which line (from 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    pub line: usize,
    pub problem: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for ParseError {}

/// A trace from its text. Objects, dependencies and records are not part of the text.
pub fn parse(text: &str) -> Result<Trace, ParseError> {
    let mut trace = Trace::default();
    let mut ended = false;
    for (n, line) in text.lines().enumerate() {
        let mut words = Words { line: n + 1, words: line.split_whitespace() };
        match words.words.next() {
            None | Some("trace") => {}
            Some("start:") => trace.preamble = trace.insts.len(),
            Some("goto") => (trace.end, ended) = (End::Loop, true),
            Some("exit") => (trace.end, ended) = (End::Exit(words.number()?), true),
            Some("return") => (trace.end, ended) = (End::Return, true),
            Some("resume") => {
                words.skip(2);
                let code = words.number()?;
                words.skip(1);
                let unit = words.number()?;
                words.skip(1);
                trace.resumes.push(Resume { code, unit, depth: words.number()? });
            }
            Some("snapshot") => {
                words.skip(1);
                trace.snapshots.push(words.snapshot()?);
            }
            Some(name) => trace.insts.push(words.inst(name)?),
        }
    }
    if !ended {
        return Err(ParseError { line: text.lines().count(), problem: "the trace has no end".into() });
    }
    Ok(trace)
}

struct Words<'t> {
    line: usize,
    words: std::str::SplitWhitespace<'t>,
}

impl Words<'_> {
    fn error<T>(&self, problem: String) -> Result<T, ParseError> {
        Err(ParseError { line: self.line, problem })
    }
    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.words.next();
        }
    }
    fn number<N: TryFrom<u64>>(&mut self) -> Result<N, ParseError> {
        match self.words.next() {
            Some(word) => self.as_number(word),
            None => self.error("a number is missing".into()),
        }
    }
    fn as_number<N: TryFrom<u64>>(&self, word: &str) -> Result<N, ParseError> {
        let parsed = match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => word.parse(),
        };
        match parsed.ok().and_then(|n| N::try_from(n).ok()) {
            Some(n) => Ok(n),
            None => self.error(format!("{word} is not a number that fits here")),
        }
    }

    fn inst(&mut self, name: &str) -> Result<Inst, ParseError> {
        let Some(uop) = Uop::from_name(name) else { return self.error(format!("there is no uop {name}")) };
        let mut inst =
            Inst { uop, oparg: 0, operands: [0; 2], resume: 0, jumps: false, snapshot: NO_SNAPSHOT };
        let mut operand = 0;
        while let Some(word) = self.words.next() {
            if word == "->" {
                inst.resume = self.number()?;
            } else if word == "jumps" {
                inst.jumps = true;
            } else if let Some(snapshot) = word.strip_prefix('@') {
                inst.snapshot = self.as_number(snapshot)?;
            } else if let Some((_, value)) = word.split_once('=') {
                let Some(slot) = inst.operands.get_mut(operand) else {
                    return self.error("there are two operands at most".into());
                };
                *slot = self.as_number(value)?;
                operand += 1;
            } else {
                inst.oparg = self.as_number(word)?;
            }
        }
        Ok(inst)
    }

    fn snapshot(&mut self) -> Result<Snapshot, ParseError> {
        let mut snapshot = Snapshot::default();
        while let Some(word) = self.words.next() {
            match word {
                "frame" => snapshot.frames.push(VirtualFrame {
                    function: self.number()?,
                    call_ip: self.number()?,
                    size: self.number()?,
                    caller_stack: self.number()?,
                    return_offset: self.number()?,
                    borrowed: self.number()?,
                    unset: self.number()?,
                }),
                "tagged" => snapshot.tail.push(Tail::Tagged),
                "list" => snapshot.tail.push(Tail::List),
                "function" => {
                    snapshot.tail.push(Tail::Function { code: self.number()?, cell: self.number()? });
                }
                "raw" => {
                    snapshot.raw.push(RawLocal { distance: self.number()?, local: self.number()? });
                }
                _ => snapshot.tail.push(match (word.strip_prefix('f'), word.strip_prefix("local")) {
                    (Some(number), _) => Tail::Double(self.as_number(number)?),
                    (_, Some(number)) => Tail::Local(self.as_number(number)?),
                    _ => Tail::Constant(self.as_number(word)?),
                }),
            }
        }
        Ok(snapshot)
    }
}
