//! MIR in its graph form: a loop with the traces that are stitched to it, as blocks with parameters.
//!
//! Tier 2 makes lists ([`crate::trace`]): one path each, in the order of the evaluation stack, which is what stencils want.
//! What spans several of them is a [`Graph`]: [`build`] makes it of a [region](crate::region), [`invariant`] moves out of the
//! loop what cannot change in it, [`verify`] checks it, and the LLVM tier lowers it block by block.
//!
//! ```text
//!   entry: the preamble's guards ──► head(what the loop takes) ──► … ──► goto head(…)
//!     ▲                                      │ deopt x4(…) -> b2
//!     └──────────────── b2(stack items) ◄────┘
//! ```
//!
//! **Values.** Every word and double has one definition (SSA): a block's parameter, a uop's result, or a [`Read`](Node::Read) of the
//! place in memory where it lies. Uops that only move values between stack, locals and doubles have no result; whoever uses the
//! value afterwards names it. So a guard and the uop that relies on it name the same value, however it got there.
//!
//! **Places.** Each frame has homes in memory for its locals and stack, which exits describe. A block takes as parameters what may be
//! in registers where it begins: the head the locals and stack items that the loop touches, a side trace the stack items and
//! doubles that the way to it knows. It reads everything else from its home.
//!
//! **Edges.** A way out of a uop leaves by an exit of the stencils (`x4`), through whose slot control goes on in code of another
//! executor, or in the interpreter. Where that is a trace of the graph, the edge names the block too, and the lowering goes
//! on there instead, if it wants to (it makes a copy of the block for each of a few edges, and knows more in each).
//!
//! Text form, which [`parse()`] reads:
//!
//! ```text
//! entry:
//!   v0 = read local 1
//!   _GUARD_LOCAL_INT 1 (v0) deopt x0
//!   v1 = read stack -1
//!   goto head(v0, v1)
//! head(v2: local 1 int, v3: stack -1):
//!   _GUARD_NOT_EXHAUSTED_RANGE (v3) deopt x1 -> b2(v3)
//!   …
//! exit x0: id 12 depth 0 slot 0x7f00
//! ```

mod build;
pub mod invariant;
mod parse;
mod print;
mod state;
mod verify;

pub use build::{Source, build};
pub use parse::{ParseError, parse};
pub use verify::verify;

pub use crate::optimize::Type;
use crate::region::Exit;
use crate::uops::{Rep, Uop};

pub type Value = u32;
pub type BlockId = usize;

/// Where the region is entered: what the loop takes for granted is checked here.
pub const ENTRY: BlockId = 0;
/// The loop's head.
pub const HEAD: BlockId = 1;

/// Where a value lies in memory. Stack slots are counted from the height at the beginning of the block, or from the bottom of the
/// stack of a frame that was entered since.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    Local(u32),
    Stack(i32),
    /// In the register for doubles with this number.
    Double(u32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Param {
    pub value: Value,
    pub place: Place,
    pub rep: Rep,
    pub ty: Type,
}

/// A way from a uop, or from a block's end.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edge {
    /// The exit by which it leaves; `None` when it cannot.
    pub exit: Option<u32>,
    /// The block that goes on there.
    pub block: Option<BlockId>,
    /// The block's arguments; without one, what the exit takes in registers: stack items, then doubles.
    pub args: Vec<Value>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inst {
    pub uop: Uop,
    pub oparg: u32,
    pub operands: [u64; 2],
    pub args: Vec<Value>,
    pub results: Vec<Value>,
    /// A guard failed: nothing has happened.
    pub deopt: Option<Edge>,
    /// An exception, or a frame that was not expected: the inputs are gone.
    pub error: Option<Edge>,
    /// The branch was taken.
    pub jump: Option<Edge>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::large_enum_variant, reason = "most nodes are uops")]
pub enum Node {
    /// The value is what lies at the place, of the running frame.
    Read {
        value: Value,
        place: Place,
        rep: Rep,
    },
    Inst(Inst),
}

impl Node {
    pub fn inst(&self) -> Option<&Inst> {
        match self {
            Node::Inst(inst) => Some(inst),
            Node::Read { .. } => None,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// On in a block of the graph.
    Goto(Edge),
    /// Out, or on in a block where the exit leads to one.
    Exit(Edge),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    pub params: Vec<Param>,
    pub nodes: Vec<Node>,
    pub end: End,
}

impl Block {
    pub fn insts(&self) -> impl Iterator<Item = &Inst> {
        self.nodes.iter().filter_map(Node::inst)
    }
    /// The edges, in their order.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        let (End::Goto(end) | End::Exit(end)) = &self.end;
        self.insts().flat_map(|i| [&i.deopt, &i.error, &i.jump]).flatten().chain([end])
    }
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Graph {
    pub blocks: Vec<Block>,
    pub exits: Vec<Exit>,
    /// Whether each value is a word or a double.
    pub values: Vec<Rep>,
}

/// The graph of a region as it is to be lowered: built, optimised and verified.
pub fn of_region(source: &Source) -> Result<Graph, String> {
    optimised(build(source)?)
}

/// What the passes make of a graph that was built, verified.
pub fn optimised(mut graph: Graph) -> Result<Graph, String> {
    invariant::run(&mut graph);
    verify(&graph)?;
    Ok(graph)
}

impl Graph {
    fn new_value(&mut self, rep: Rep) -> Value {
        self.values.push(rep);
        self.values.len() as Value - 1
    }
}

/// The type of its local that a guard establishes.
pub fn guarded_local(uop: Uop) -> Option<Type> {
    Some(match uop {
        Uop::_GUARD_LOCAL_INT => Type::Int,
        Uop::_GUARD_LOCAL_FLONUM => Type::Flonum,
        Uop::_GUARD_LOCAL_FLOAT => Type::Float,
        Uop::_GUARD_LOCAL_UNICODE => Type::Str,
        Uop::_GUARD_LOCAL_LIST => Type::List,
        Uop::_GUARD_LOCAL_TUPLE => Type::Tuple,
        Uop::_GUARD_LOCAL_DICT => Type::Dict,
        _ => return None,
    })
}
