//! Buffered bytes over a file descriptor.

use std::io::{Error, Result};

const READ_SIZE: usize = 64 * 1024;
/// Bytes that may wait before they are written.
const WRITE_LIMIT: usize = 8 * 1024;

/// An open file, read and written through buffers. At any time at most one of the buffers is in use.
pub struct Stream {
    fd: i32,
    close_fd: bool,
    pub readable: bool,
    pub writable: bool,
    /// Written out after every line.
    pub line_buffered: bool,
    /// Written out after every call.
    pub unbuffered: bool,
    incoming: Vec<u8>,
    /// Bytes of `incoming` that were consumed.
    consumed: usize,
    outgoing: Vec<u8>,
}

const CLOSED: i32 = -1;

impl Stream {
    pub fn new(fd: i32, readable: bool, writable: bool, close_fd: bool) -> Stream {
        Stream {
            fd,
            close_fd,
            readable,
            writable,
            line_buffered: false,
            unbuffered: false,
            incoming: Vec::new(),
            consumed: 0,
            outgoing: Vec::new(),
        }
    }

    pub fn is_closed(&self) -> bool {
        self.fd == CLOSED
    }
    pub fn fd(&self) -> i32 {
        self.fd
    }
    pub fn is_terminal(&self) -> bool {
        // SAFETY: a query about a number.
        unsafe { libc::isatty(self.fd) == 1 }
    }

    /// What was read and not consumed yet.
    pub fn available(&self) -> &[u8] {
        &self.incoming[self.consumed..]
    }
    pub fn consume(&mut self, n: usize) {
        self.consumed = (self.consumed + n).min(self.incoming.len());
    }

    /// Reads more; whether there was any.
    pub fn fill(&mut self) -> Result<bool> {
        self.flush()?;
        if self.consumed > 0 {
            self.incoming.drain(..self.consumed);
            self.consumed = 0;
        }
        let old = self.incoming.len();
        self.incoming.resize(old + READ_SIZE, 0);
        let got = loop {
            // SAFETY: the buffer has READ_SIZE bytes from `old` on.
            let n = unsafe { libc::read(self.fd, self.incoming[old..].as_mut_ptr().cast(), READ_SIZE) };
            if n >= 0 {
                break Ok(n as usize);
            }
            let error = Error::last_os_error();
            if error.raw_os_error() != Some(libc::EINTR) {
                break Err(error);
            }
        };
        self.incoming.truncate(old + *got.as_ref().unwrap_or(&0));
        let got = got?;
        Ok(got > 0)
    }

    /// Up to `size` bytes, everything when `None`.
    pub fn read(&mut self, size: Option<usize>) -> Result<Vec<u8>> {
        while size.is_none_or(|n| self.available().len() < n) {
            if !self.fill()? {
                break;
            }
        }
        let n = size.map_or(self.available().len(), |n| n.min(self.available().len()));
        let out = self.available()[..n].to_vec();
        self.consume(n);
        Ok(out)
    }

    /// Bytes up to and including the next `\n`, at most `limit`.
    pub fn read_line(&mut self, limit: Option<usize>) -> Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let data = self.available();
            let newline = data[searched..].iter().position(|b| *b == b'\n').map(|i| searched + i + 1);
            let end = match (newline, limit) {
                (Some(n), Some(l)) => Some(n.min(l)),
                (Some(n), None) => Some(n),
                (None, Some(l)) if data.len() >= l => Some(l),
                (None, _) => None,
            };
            if let Some(end) = end {
                let line = data[..end].to_vec();
                self.consume(end);
                return Ok(line);
            }
            searched = data.len();
            if !self.fill()? {
                return self.read(None);
            }
        }
    }

    /// Takes bytes to be written. Call [`Stream::after_write`] when a unit of output is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.incoming.is_empty() {
            self.drop_read_ahead()?;
        }
        self.outgoing.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes out what should not wait any longer.
    pub fn after_write(&mut self) -> Result<()> {
        let due = self.outgoing.len() >= WRITE_LIMIT
            || self.unbuffered
            || self.line_buffered && self.outgoing.contains(&b'\n');
        if due { self.flush() } else { Ok(()) }
    }

    pub fn flush(&mut self) -> Result<()> {
        let mut written = 0;
        let result = loop {
            let rest = &self.outgoing[written..];
            if rest.is_empty() {
                break Ok(());
            }
            // SAFETY: the slice is valid for its length.
            let n = unsafe { libc::write(self.fd, rest.as_ptr().cast(), rest.len()) };
            if n >= 0 {
                written += n as usize;
                continue;
            }
            let error = Error::last_os_error();
            if error.raw_os_error() != Some(libc::EINTR) {
                // What cannot be written must not be tried again at every later call.
                written = self.outgoing.len();
                break Err(error);
            }
        };
        self.outgoing.drain(..written);
        result
    }

    /// Moves the file's position back to where the reader is.
    fn drop_read_ahead(&mut self) -> Result<()> {
        let ahead = self.available().len() as i64;
        self.incoming.clear();
        self.consumed = 0;
        if ahead > 0 {
            self.lseek(-ahead, libc::SEEK_CUR)?;
        }
        Ok(())
    }

    fn lseek(&self, offset: i64, whence: i32) -> Result<i64> {
        // SAFETY: a system call on a number.
        let p = unsafe { libc::lseek(self.fd, offset, whence) };
        if p < 0 { Err(Error::last_os_error()) } else { Ok(p) }
    }

    pub fn position(&mut self) -> Result<i64> {
        self.flush()?;
        Ok(self.lseek(0, libc::SEEK_CUR)? - self.available().len() as i64)
    }

    pub fn seek(&mut self, offset: i64, whence: i32) -> Result<i64> {
        self.flush()?;
        self.drop_read_ahead()?;
        self.lseek(offset, whence)
    }

    pub fn truncate(&mut self, size: Option<i64>) -> Result<i64> {
        let size = match size {
            Some(n) => n,
            None => self.position()?,
        };
        self.flush()?;
        // SAFETY: a system call on numbers.
        if unsafe { libc::ftruncate(self.fd, size) } < 0 { Err(Error::last_os_error()) } else { Ok(size) }
    }

    pub fn close(&mut self) -> Result<()> {
        if self.is_closed() {
            return Ok(());
        }
        let flushed = self.flush();
        let fd = std::mem::replace(&mut self.fd, CLOSED);
        self.incoming = Vec::new();
        if self.close_fd {
            // SAFETY: the descriptor is ours and not used afterwards.
            unsafe { libc::close(fd) };
        }
        flushed
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // An error at this point has nobody to go to; `finalize` reports what it can.
        let _ = self.close();
    }
}
