//! The bytes of a pickle while it is written.
//!
//! From protocol 4 on, opcodes lie in *frames*: eight bytes say how much follows, so that a reader needs few reads. A frame's
//! header is reserved when its first byte is written and filled in when the frame is closed, at the first border between
//! objects behind [`FRAME_SIZE_TARGET`] bytes; very small frames lose their header again. Contents of large strings lie
//! between frames.

use super::opcodes::FRAME;

pub const FRAME_SIZE_TARGET: usize = 64 * 1024;
const FRAME_SIZE_MIN: usize = 4;
const HEADER: usize = 9;

#[derive(Default)]
pub struct Output {
    pub bytes: Vec<u8>,
    /// Whether the next byte begins a frame.
    begins_frame: bool,
    /// Where the open frame's contents begin.
    frame: Option<usize>,
    framing: bool,
}

impl Output {
    /// From now on the opcodes lie in frames.
    pub fn start_framing(&mut self) {
        self.framing = true;
        self.begins_frame = true;
    }

    /// No more frames; says whether there were any. The open frame must have been closed.
    pub fn stop_framing(&mut self) -> bool {
        self.begins_frame = false;
        std::mem::replace(&mut self.framing, false)
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        *self = Output::default();
    }

    #[cold]
    #[inline(never)]
    fn begin_frame(&mut self) {
        self.begins_frame = false;
        self.bytes.extend([0; HEADER]);
        self.frame = Some(self.bytes.len());
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        if self.begins_frame {
            self.begin_frame();
        }
        self.bytes.push(byte);
    }

    #[inline]
    pub fn extend(&mut self, bytes: &[u8]) {
        if self.begins_frame {
            self.begin_frame();
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether the frame has reached the size at which it should end between two objects.
    #[inline]
    pub fn is_frame_full(&self) -> bool {
        self.frame.is_some_and(|start| self.bytes.len() - start >= FRAME_SIZE_TARGET)
    }

    /// Ends the open frame, if there is one.
    pub fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let size = self.bytes.len() - start;
        let header = start - HEADER;
        if size >= FRAME_SIZE_MIN {
            self.bytes[header] = FRAME;
            self.bytes[header + 1..start].copy_from_slice(&(size as u64).to_le_bytes());
        } else {
            self.bytes.drain(header..start);
        }
        self.begins_frame = self.framing;
    }
}
