//! Where a pickle comes from: memory, or a file of which a part is in memory.
//!
//! Files that can be peeked at are read ahead without moving their position; what was used is skipped before the next read,
//! and at the end, so that the file stands right behind the pickle. From other files no more is read than what an opcode
//! needs. A frame is read as a whole; an argument must not go beyond its end.

use taipan_layout::Value;

use super::{truncated, unpickling_error};
use crate::objects::bytes::{self, Buffer};
use crate::objects::str;
use crate::owned::{Owned, PyResult};
use crate::protocol;
use crate::vm::Vm;

/// Bytes that are peeked at.
const PREFETCH: usize = 128 * 1024;

/// A file's methods.
#[derive(Clone)]
pub struct File {
    pub read: Owned,
    pub readline: Owned,
    pub peek: Option<Owned>,
}

impl File {
    pub fn new(vm: &Vm, file: Value) -> PyResult<File> {
        let method = |name: &str| protocol::attr::get_optional(vm, file, *str::intern(vm, name));
        let (peek, read, readline) = (method("peek")?, method("read")?, method("readline")?);
        match (read, readline) {
            (Some(read), Some(readline)) => Ok(File { read, readline, peek }),
            _ => Err(vm.type_error("file must have 'read' and 'readline' attributes")),
        }
    }
}

/// Bytes of a file that no pickle has used yet.
pub struct Ahead {
    pub buffer: Buffer,
    at: usize,
    skipped: Option<usize>,
}

pub struct Input<'a> {
    vm: &'a Vm,
    file: Option<File>,
    buffer: Option<Buffer>,
    /// The next byte of the buffer.
    at: usize,
    len: usize,
    /// Where the frame that is being read ends.
    frame_end: Option<usize>,
    /// Up to where the file's position has moved, if the buffer was peeked at.
    skipped: Option<usize>,
}

/// Where a piece of the buffer lies. It is good until more is read.
#[derive(Clone, Copy)]
pub struct Piece {
    start: usize,
    end: usize,
}

impl<'a> Input<'a> {
    pub fn of_memory(vm: &'a Vm, buffer: Buffer) -> Input<'a> {
        let len = buffer.len();
        Input { vm, file: None, buffer: Some(buffer), at: 0, len, frame_end: None, skipped: None }
    }

    /// `ahead`: what was read of the file before, but not used.
    pub fn of_file(vm: &'a Vm, file: File, ahead: Option<Ahead>) -> Input<'a> {
        let (buffer, at, skipped) = match ahead {
            Some(ahead) => (Some(ahead.buffer), ahead.at, ahead.skipped),
            None => (None, 0, None),
        };
        let len = buffer.as_ref().map_or(0, Buffer::len);
        Input { vm, file: Some(file), buffer, at, len, frame_end: None, skipped }
    }

    /// What is left for the next pickle of the file.
    pub fn into_ahead(self) -> Option<Ahead> {
        let (at, skipped) = (self.at, self.skipped);
        self.buffer.filter(|buffer| self.file.is_some() && at < buffer.len()).map(|buffer| Ahead {
            buffer,
            at,
            skipped,
        })
    }

    fn all(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], Buffer::as_slice)
    }

    pub fn piece(&self, piece: Piece) -> &[u8] {
        &self.all()[piece.start..piece.end]
    }

    /// The next opcode; `None` at the end.
    #[inline]
    pub fn opcode(&mut self) -> PyResult<Option<u8>> {
        if self.at < self.len && self.frame_end.is_none_or(|end| self.at < end) {
            let byte = self.all()[self.at];
            self.at += 1;
            return Ok(Some(byte));
        }
        self.leave_frame();
        if self.at == self.len && (self.file.is_none() || self.fill(1)? < 1) {
            return Ok(None);
        }
        let byte = self.all()[self.at];
        self.at += 1;
        Ok(Some(byte))
    }

    /// Forgets a frame that has been read.
    fn leave_frame(&mut self) {
        if self.frame_end == Some(self.at) {
            self.frame_end = None;
        }
    }

    /// The next `n` bytes.
    #[inline]
    pub fn read(&mut self, n: usize) -> PyResult<Piece> {
        if n > 0 {
            self.leave_frame();
        }
        if let Some(end) = self.frame_end
            && n > end - self.at
        {
            return Err(unpickling_error(self.vm, "pickle exhausted before end of frame"));
        }
        if n > self.len - self.at {
            self.read_more(n)?;
        }
        let start = self.at;
        self.at += n;
        Ok(Piece { start, end: self.at })
    }

    #[cold]
    fn read_more(&mut self, n: usize) -> PyResult<()> {
        if n > isize::MAX as usize - self.at {
            return Err(unpickling_error(self.vm, "read would overflow (invalid bytecode)"));
        }
        if self.file.is_none() || self.fill(n)? < n {
            return Err(truncated(self.vm));
        }
        Ok(())
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> PyResult<[u8; N]> {
        let piece = self.read(N)?;
        let mut out = [0; N];
        out.copy_from_slice(self.piece(piece));
        Ok(out)
    }

    /// The next line with its end.
    pub fn line(&mut self) -> PyResult<Piece> {
        self.leave_frame();
        let start = self.at;
        let limit = self.frame_end.unwrap_or(self.len);
        let found = self.all()[start..limit].iter().position(|b| *b == b'\n');
        let end = match found {
            Some(i) => start + i + 1,
            None if self.frame_end.is_some() => {
                return Err(unpickling_error(self.vm, "pickle exhausted before end of frame"));
            }
            None if self.file.is_none() => return Err(truncated(self.vm)),
            None => {
                self.fill_with_line()?;
                if self.all().last() != Some(&b'\n') {
                    return Err(truncated(self.vm));
                }
                self.at = self.len;
                return Ok(Piece { start: 0, end: self.len });
            }
        };
        self.at = end;
        Ok(Piece { start, end })
    }

    /// Begins a frame of `n` bytes.
    pub fn begin_frame(&mut self, n: usize) -> PyResult<()> {
        if self.frame_end.is_some_and(|end| self.at < end) {
            let text = "beginning of a new frame before end of current frame";
            return Err(unpickling_error(self.vm, text));
        }
        self.frame_end = None;
        let piece = self.read(n)?;
        self.at = piece.start;
        self.frame_end = (n > 0).then_some(piece.end);
        Ok(())
    }

    /// Has the file skip what was used of the bytes that were peeked at.
    pub fn skip_used(&mut self) -> PyResult<()> {
        let Some(skipped) = self.skipped.replace(self.at) else {
            self.skipped = None;
            return Ok(());
        };
        let used = self.at - skipped;
        if let (Some(file), true) = (self.file.clone(), used > 0) {
            protocol::call::positional(self.vm, *file.read, &[Value::fixnum(used as i64)])?;
        }
        Ok(())
    }

    /// Replaces the buffer by the file's next bytes; how many there are. Only as many as asked for are taken from files that
    /// cannot be peeked at.
    fn fill(&mut self, n: usize) -> PyResult<usize> {
        let vm = self.vm;
        self.skip_used()?;
        let Some(file) = self.file.clone() else { return Ok(0) };
        if let Some(peek) = file.peek.filter(|_| n < PREFETCH) {
            match protocol::call::positional(vm, *peek, &[Value::fixnum(PREFETCH as i64)]) {
                Ok(data) => {
                    self.replace(*data)?;
                    if n <= self.len {
                        self.skipped = Some(0);
                        return Ok(self.len);
                    }
                }
                Err(raised) => {
                    drop(vm.catch(raised, vm.types.not_implemented_error)?);
                    if let Some(file) = &mut self.file {
                        file.peek = None;
                    }
                }
            }
        }
        let data = protocol::call::positional(vm, *file.read, &[Value::fixnum(n as i64)])?;
        self.replace(*data)?;
        Ok(self.len)
    }

    fn fill_with_line(&mut self) -> PyResult<()> {
        self.skip_used()?;
        let Some(file) = self.file.clone() else { return Ok(()) };
        let data = protocol::call::positional(self.vm, *file.readline, &[])?;
        self.replace(*data)
    }

    fn replace(&mut self, data: Value) -> PyResult<()> {
        let buffer = bytes::buffer(self.vm, data)?;
        self.len = buffer.len();
        self.at = 0;
        self.skipped = None;
        self.buffer = Some(buffer);
        Ok(())
    }
}
