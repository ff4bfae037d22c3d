//! zlib's streams, by the interface of the C library, which `libz-rs-sys` has in Rust: it is the one with everything that
//! Python shows (copies, dictionaries, strategies, the library's error numbers and texts).
#![allow(unsafe_code, reason = "the stream's buffers are given as pointers")]

use std::ffi::{CStr, c_int};

use libz_rs_sys as z;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Deflate,
    Inflate,
}

/// A stream that compresses or decompresses. The library keeps its address.
pub struct Stream {
    state: Box<z::z_stream>,
    direction: Direction,
}

/// What a compressed stream is like.
#[derive(Clone, Copy)]
pub struct Options {
    pub level: c_int,
    pub method: c_int,
    pub window_bits: c_int,
    pub memory_level: c_int,
    pub strategy: c_int,
}

/// How much output is made room for at once.
const STEP: usize = 16 * 1024;

fn blank() -> Box<z::z_stream> {
    Box::default()
}

/// What the library calls the size of its state.
const SIZE: c_int = size_of::<z::z_stream>() as c_int;

impl Stream {
    /// A stream that compresses, or the number of the library's error.
    pub fn deflate(o: Options) -> Result<Stream, c_int> {
        let mut state = blank();
        // SAFETY: the state is zeroed, which asks for the library's own allocator.
        let code = unsafe {
            let version = z::zlibVersion();
            let s = &mut *state;
            z::deflateInit2_(s, o.level, o.method, o.window_bits, o.memory_level, o.strategy, version, SIZE)
        };
        let stream = Stream { state, direction: Direction::Deflate };
        stream.or_error(code)
    }

    /// A stream that decompresses.
    pub fn inflate(window_bits: c_int) -> Result<Stream, c_int> {
        let mut state = blank();
        // SAFETY: as above.
        let code = unsafe { z::inflateInit2_(&mut *state, window_bits, z::zlibVersion(), SIZE) };
        let stream = Stream { state, direction: Direction::Inflate };
        stream.or_error(code)
    }

    fn or_error(self, code: c_int) -> Result<Stream, c_int> {
        if code == z::Z_OK {
            return Ok(self);
        }
        // There is nothing that would have to be ended.
        std::mem::forget(self);
        Err(code)
    }

    pub fn set_dictionary(&mut self, dictionary: &[u8]) -> c_int {
        let n = u32::try_from(dictionary.len()).unwrap_or(u32::MAX);
        // SAFETY: the state is a live stream, the dictionary has that many bytes.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateSetDictionary(&mut *self.state, dictionary.as_ptr(), n),
                Direction::Inflate => z::inflateSetDictionary(&mut *self.state, dictionary.as_ptr(), n),
            }
        }
    }

    /// The buffers of a call are not looked at after it.
    fn forget_buffers(&mut self) {
        (self.state.next_in, self.state.avail_in) = (std::ptr::null(), 0);
        // The library refuses to copy a stream whose output is null, even of no length.
        (self.state.next_out, self.state.avail_out) = (std::ptr::dangling_mut(), 0);
    }

    /// A stream that goes on from here by itself.
    pub fn copy(&mut self) -> Result<Stream, c_int> {
        self.forget_buffers();
        let mut state = blank();
        // SAFETY: a live stream and room for another one.
        let code = unsafe {
            match self.direction {
                Direction::Deflate => z::deflateCopy(&mut *state, &mut *self.state),
                Direction::Inflate => z::inflateCopy(&mut *state, &*self.state),
            }
        };
        let stream = Stream { state, direction: self.direction };
        stream.or_error(code)
    }

    /// What the library says about the last error.
    pub fn message(&self) -> Option<String> {
        if self.state.msg.is_null() {
            return None;
        }
        // SAFETY: the library's texts end with a zero byte and live as long as the stream.
        Some(unsafe { CStr::from_ptr(self.state.msg) }.to_string_lossy().into_owned())
    }

    /// Takes from `input` and appends to `out` until the input is used up, `out` has `limit` bytes, or the stream ends; what is
    /// not used stays in `input`. The library's last answer; `None` when memory is exhausted.
    pub fn run(&mut self, input: &mut &[u8], out: &mut Vec<u8>, limit: usize, flush: c_int) -> Option<c_int> {
        loop {
            let room = limit.saturating_sub(out.len()).min(STEP.max(out.len()));
            if room == 0 {
                return Some(z::Z_OK);
            }
            out.try_reserve(room).ok()?;
            let given = u32::try_from(input.len()).unwrap_or(u32::MAX);
            let room = u32::try_from(room).unwrap_or(u32::MAX);
            let flush = if given as usize == input.len() { flush } else { z::Z_NO_FLUSH };
            self.state.next_in = input.as_ptr();
            self.state.avail_in = given;
            self.state.next_out = out.spare_capacity_mut().as_mut_ptr().cast();
            self.state.avail_out = room;
            // SAFETY: both buffers are valid for the lengths given; the library has written what it says it has.
            let code = unsafe {
                let code = match self.direction {
                    Direction::Deflate => z::deflate(&mut *self.state, flush),
                    Direction::Inflate => z::inflate(&mut *self.state, flush),
                };
                out.set_len(out.len() + (room - self.state.avail_out) as usize);
                code
            };
            *input = &input[(given - self.state.avail_in) as usize..];
            let full = self.state.avail_out == 0;
            self.forget_buffers();
            if code != z::Z_OK || (input.is_empty() && !full) {
                return Some(code);
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream is live.
        unsafe {
            match self.direction {
                Direction::Deflate => z::deflateEnd(&mut *self.state),
                Direction::Inflate => z::inflateEnd(&mut *self.state),
            }
        };
    }
}

/// The Adler-32 checksum, going on from `start`.
pub fn adler32(start: u32, data: &[u8]) -> u32 {
    let mut sum = u64::from(start);
    for part in data.chunks(u32::MAX as usize) {
        // SAFETY: the part has that many bytes.
        sum = unsafe { z::adler32(sum, part.as_ptr(), part.len() as u32) };
    }
    sum as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options =
        Options { level: 6, method: z::Z_DEFLATED, window_bits: 15, memory_level: 8, strategy: 0 };

    #[test]
    fn round_trips_in_pieces() {
        let data: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let mut packed = Vec::new();
        let mut stream = Stream::deflate(OPTIONS).ok().unwrap();
        for part in data.chunks(777) {
            assert_eq!(stream.run(&mut &*part, &mut packed, usize::MAX, z::Z_NO_FLUSH), Some(z::Z_OK));
        }
        let mut copy = stream.copy().ok().unwrap();
        let mut other = packed.clone();
        assert_eq!(stream.run(&mut &b""[..], &mut packed, usize::MAX, z::Z_FINISH), Some(z::Z_STREAM_END));
        assert_eq!(copy.run(&mut &b""[..], &mut other, usize::MAX, z::Z_FINISH), Some(z::Z_STREAM_END));
        assert_eq!(packed, other);
        let mut input = &packed[..];
        let (mut out, mut limit) = (Vec::new(), 0);
        let mut stream = Stream::inflate(15).ok().unwrap();
        loop {
            limit += 1000;
            match stream.run(&mut input, &mut out, limit, z::Z_SYNC_FLUSH) {
                Some(z::Z_STREAM_END) => break,
                code => assert_eq!(code, Some(z::Z_OK)),
            }
        }
        assert!(input.is_empty() && out == data);
    }

    #[test]
    fn refuses_options() {
        assert_eq!(Stream::inflate(3).err(), Some(z::Z_STREAM_ERROR));
        assert_eq!(Stream::deflate(Options { level: 99, ..OPTIONS }).err(), Some(z::Z_STREAM_ERROR));
    }
}
