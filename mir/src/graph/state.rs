//! What is known while a block is built: which value lies where.

use std::collections::BTreeMap;

use super::{Graph, Node, Place, Value};
use crate::uops::Rep;

/// A frame as far as the block has seen it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Height up to which the stack is in memory only.
    pub mem: i32,
    /// The values above it.
    pub items: Vec<Value>,
    pub locals: BTreeMap<u32, Value>,
    /// Bytes from the caller's frame, when it was entered without a header.
    pub inlined: Option<u64>,
    /// What it returns goes to a frame that looks at what `__init__` gave.
    pub init: bool,
}

#[derive(Clone, Debug, Default)]
pub struct State {
    /// The running frame is the last one; those below it that the block has not seen are missing.
    pub frames: Vec<Frame>,
    pub doubles: Vec<Value>,
    /// Words for the frame that is entered next: offset from the running frame.
    pub arguments: Vec<(u64, Value)>,
    /// Height of the stack of the first frame at the block's beginning, from the loop's head; `None` when that frame is
    /// another one than the loop's, or its height is not known.
    pub start: Option<i32>,
}

impl State {
    /// Nothing is known.
    pub fn new() -> State {
        State { frames: vec![Frame::default()], ..State::default() }
    }
    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("there is always a running frame")
    }
    pub fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("there is always a running frame")
    }
    /// The running frame is left; what is not known of its caller is in memory.
    pub fn leave(&mut self) -> Frame {
        let left = self.frames.pop().expect("there is always a running frame");
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
            self.start = None;
        }
        left
    }

    /// Height of the stack of the loop's frame from the loop's head, if that frame runs.
    pub fn height(&self) -> Option<i32> {
        match &self.frames[..] {
            [frame] => Some(self.start? + frame.mem + frame.items.len() as i32),
            _ => None,
        }
    }

    /// The frame so many bytes before the running one, if it is known.
    pub fn frame_at(&mut self, wanted: u64) -> Option<&mut Frame> {
        let mut distance = 0;
        let mut at = self.frames.len() - 1;
        while distance != wanted {
            distance += self.frames[at].inlined?;
            at = at.checked_sub(1)?;
        }
        self.frames.get_mut(at)
    }

    /// Something ran that may have changed locals; raw ones cannot be seen by anybody.
    pub fn forget_locals(&mut self, graph: &Graph) {
        for frame in &mut self.frames {
            frame.locals.retain(|_, value| graph.values[*value as usize] == Rep::F64);
        }
    }

    /// Names the `count` highest words of the stack.
    pub fn ensure(&mut self, graph: &mut Graph, nodes: &mut Vec<Node>, count: usize) {
        let frame = self.top();
        while frame.items.len() < count {
            frame.mem -= 1;
            let value = graph.new_value(Rep::Tagged);
            nodes.push(Node::Read { value, place: Place::Stack(frame.mem), rep: Rep::Tagged });
            frame.items.insert(0, value);
        }
    }
    pub fn pop(&mut self, graph: &mut Graph, nodes: &mut Vec<Node>) -> Value {
        self.ensure(graph, nodes, 1);
        self.top().items.pop().expect("ensured")
    }
    pub fn push(&mut self, value: Value) {
        self.top().items.push(value);
    }
    /// The value of a local of the running frame; `rep` is what its home holds if it was not seen yet.
    pub fn local(&mut self, graph: &mut Graph, nodes: &mut Vec<Node>, index: u32, rep: Rep) -> Value {
        *self.top().locals.entry(index).or_insert_with(|| {
            let value = graph.new_value(rep);
            nodes.push(Node::Read { value, place: Place::Local(index), rep });
            value
        })
    }
}
