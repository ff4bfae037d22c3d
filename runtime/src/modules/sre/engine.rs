//! Subjects of matching, and running codes over them.
//!
//! The engine walks bytes or WTF-8. Text whose characters all take one byte is walked as it lies there; other text is
//! recoded once per operation. Positions are numbers of characters in all cases.

use rustpython_sre_engine::{Request, State, StrDrive};
use rustpython_wtf8::Wtf8;
use taipan_layout::Value;

use crate::objects::bytes::{self, Buffer};
use crate::objects::{is_instance, str, type_of};
use crate::owned::{Counted, Owned, PyResult};
use crate::vm::Vm;

pub const CODE_SIZE: i64 = rustpython_sre_engine::CODESIZE as i64;

/// What is searched.
pub struct Subject {
    pub object: Owned,
    pub is_bytes: bool,
    buffer: Option<Buffer>,
    /// Text with characters of more than one byte.
    recoded: Option<Vec<u8>>,
    pub len: usize,
}

impl Subject {
    pub fn new(vm: &Vm, v: Value) -> PyResult<Subject> {
        if is_instance(vm, v, vm.types.str) {
            let view = str::view(&v);
            let recoded = (view.width() > 0).then(|| view.to_wtf8());
            return Ok(Subject { object: v.own(), is_bytes: false, buffer: None, recoded, len: view.len() });
        }
        if !bytes::is_plain_buffer(vm, v) {
            let got = type_of(vm, v).name_str();
            return Err(vm.type_error(&format!("expected string or bytes-like object, got '{got}'")));
        }
        let buffer = bytes::buffer(vm, v)?;
        let len = buffer.len();
        Ok(Subject { object: v.own(), is_bytes: true, buffer: Some(buffer), recoded: None, len })
    }

    /// The part between two positions as an object.
    pub fn part(&self, vm: &Vm, start: usize, end: usize) -> PyResult {
        let end = end.min(self.len);
        let start = start.min(end);
        match &self.buffer {
            Some(buffer) => {
                if start == 0 && end == self.len && type_of(vm, *self.object) == vm.types.bytes {
                    return Ok(self.object.clone());
                }
                bytes::new(vm, &buffer.as_slice()[start..end])
            }
            None => str::substring(vm, *self.object, start, end),
        }
    }

    /// Parts put together, by the type of the subject.
    pub fn join(&self, vm: &Vm, parts: &[Owned]) -> PyResult {
        if self.is_bytes {
            let mut all = Vec::new();
            for part in parts {
                let buffer = bytes::buffer(vm, **part)?;
                all.extend_from_slice(buffer.as_slice());
            }
            return bytes::new(vm, &all);
        }
        let words: Vec<Value> = parts.iter().map(|p| **p).collect();
        let empty = str::empty(vm);
        str::join(vm, *empty, &words)
    }

    /// Runs codes from `start`, no farther than `end`.
    pub fn run(&self, codes: &[u32], start: usize, end: usize, how: How) -> Option<Found> {
        if let Some(buffer) = &self.buffer {
            return execute(buffer.as_slice(), codes, start, end, how);
        }
        match &self.recoded {
            Some(wtf8) => {
                // SAFETY: the text was recoded as WTF-8 by `to_wtf8`.
                let text = unsafe { Wtf8::from_bytes_unchecked(wtf8) };
                execute(text, codes, start, end, how)
            }
            None => execute(str::view(&self.object).bytes(), codes, start, end, how),
        }
    }
}

/// How a match is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Exactly at the start.
    Match,
    /// At the start, up to the end.
    Full,
    /// Anywhere.
    Search,
    /// Anywhere, but not an empty one at the start, which was found before.
    SearchOn,
    /// At the start, but not an empty one.
    MatchOn,
}

/// Where a pattern matched.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    /// Start and end of each group.
    pub groups: Vec<Option<(usize, usize)>>,
    /// The group that ended last; from 1.
    pub last: Option<usize>,
}

fn execute<S: StrDrive>(text: S, codes: &[u32], start: usize, end: usize, how: How) -> Option<Found> {
    let mut request = Request::new(text, start, end, codes, how == How::Full);
    request.must_advance = matches!(how, How::SearchOn | How::MatchOn);
    let mut state = State::default();
    state.reset(&request, request.start);
    let found = match how {
        How::Match | How::Full | How::MatchOn => state.py_match(&request),
        How::Search | How::SearchOn => state.search(request),
    };
    if !found {
        return None;
    }
    let count = state.marks.raw().len().div_ceil(2);
    let groups = (0..count).map(|i| {
        let (start, end) = state.marks.get(i);
        (start.is_some() && end.is_some()).then(|| (start.unpack(), end.unpack()))
    });
    let last = usize::try_from(state.marks.last_index()).ok().filter(|n| *n > 0);
    Some(Found { start: state.start, end: state.cursor.position, groups: groups.collect(), last })
}
