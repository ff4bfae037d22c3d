//! Guards that hold for the whole loop leave it.
//!
//! Control comes to the head from the entry, where it begins and where side traces come back, and from the loop's own end, if the
//! loop is one block. A guard of the head's block whose answer nothing in that block can change needs to be asked in the entry only. It is put behind a
//! guard of the preamble, through whose exit it leaves: there the state is as the interpreter has it at the loop's head. Without
//! such a guard it stays.
//!
//! Moved are guards on what surrounds the loop (globals of the frame, validity of the code, room on the stack), on the shape of an
//! object in a local that the loop does not assign, and on the kind of the iterator that it goes along.

use super::{ENTRY, Edge, End, Graph, HEAD, Inst, Node, Place, Value, guarded_local};
use crate::uops::{Flags, Rep, Uop};

/// What a guard asks about.
enum Asks {
    /// The frame and the thread.
    Context,
    /// The object in this local.
    Local(u32),
    /// The object in this slot of the stack, which stays there.
    Stack(i32),
}

/// Moves what it can; the number of guards that were moved.
pub fn run(graph: &mut Graph) -> usize {
    let Some((at, exit)) = place(graph) else { return 0 };
    if !is_whole_loop(graph) || graph.blocks[HEAD].insts().any(may_change_anything) {
        return 0;
    }
    let mut moved: Vec<Inst> = Vec::new();
    let mut depth = 0;
    let nodes = std::mem::take(&mut graph.blocks[HEAD].nodes);
    let (kept, movable): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(|node| {
        let Node::Inst(inst) = node else { return true };
        match inst.uop {
            Uop::_ENTER_INLINE => depth += 1,
            Uop::_LEAVE_INLINE | Uop::_LEAVE_INLINE_EMPTY => depth -= 1,
            _ => {}
        }
        depth != 0 || asks(graph, inst).is_none()
    });
    graph.blocks[HEAD].nodes = kept;
    for node in movable {
        let Node::Inst(inst) = node else { continue };
        let again = |other: &&Inst| {
            (other.uop, other.oparg, other.operands, &other.args)
                == (inst.uop, inst.oparg, inst.operands, &inst.args)
        };
        if moved.iter().find(again).is_none() {
            moved.push(inst);
        }
    }
    let count = moved.len();
    let mut nodes = Vec::new();
    for inst in moved {
        let asked = asks(graph, &inst).expect("it was asked before");
        let deopt = Some(Edge { exit: Some(exit), block: None, args: Vec::new() });
        match asked {
            Asks::Context => nodes.push(Node::Inst(Inst { deopt, ..inst })),
            Asks::Local(local) => {
                let value = read(graph, at, &mut nodes, Place::Local(local));
                let (uop, args) = (Uop::_GUARD_LOCAL_TYPE_VERSION, vec![value]);
                nodes.push(Node::Inst(Inst { uop, oparg: local, args, deopt, ..inst }));
            }
            Asks::Stack(slot) => {
                let value = read(graph, at, &mut nodes, Place::Stack(slot));
                nodes.push(Node::Inst(Inst { args: vec![value], deopt, ..inst }));
            }
        }
    }
    let at = at + 1;
    graph.blocks[ENTRY].nodes.splice(at..at, nodes);
    count
}

/// Whether the head's block is all of the loop's own path. A path that was recorded through a jump goes on in another block, from
/// which control comes back to the head.
fn is_whole_loop(graph: &Graph) -> bool {
    let comes_back = |block: &super::Block| block.edges().any(|edge| edge.block == Some(HEAD));
    graph.blocks.iter().enumerate().all(|(id, block)| comes_back(block) == (id == ENTRY || id == HEAD))
}

/// The guard of the entry behind which others can stand, and its exit.
fn place(graph: &Graph) -> Option<(usize, u32)> {
    let nodes = graph.blocks[ENTRY].nodes.iter().enumerate();
    // Behind the last one that comes before a local gets another form.
    let guards = nodes
        .take_while(|(_, node)| node.inst().is_none_or(|inst| guarded_local(inst.uop).is_some()))
        .filter_map(|(n, node)| Some((n, node.inst()?.deopt.as_ref()?)));
    let (at, edge) = guards.last()?;
    // A block behind the exit would need its arguments.
    (edge.block.is_none() && edge.args.is_empty()).then_some((at, edge.exit?))
}

/// Whether the uop may change what the guards of this pass ask about.
fn may_change_anything(inst: &Inst) -> bool {
    use Uop::*;
    let info = inst.uop.info();
    info.is(Flags::ESCAPES.union(Flags::LOCALS).union(Flags::FRAME))
        || info.class == crate::uops::Class::Calling
        || matches!(
            inst.uop,
            _POP_TOP_INLINE
                | _MATERIALIZE_FRAME
                | _STORE_ATTR_INSTANCE_VALUE
                | _STORE_ATTR_SLOT
                | _STORE_ATTR_WITH_HINT
        )
}

/// What the guard asks about, if it can be moved.
fn asks(graph: &Graph, inst: &Inst) -> Option<Asks> {
    use Uop::*;
    match inst.uop {
        _GUARD_FRAME_GLOBALS | _CHECK_VALIDITY | _CHECK_STACK_SPACE => Some(Asks::Context),
        _GUARD_TYPE_VERSION => match place_of(graph, *inst.args.first()?)? {
            Place::Local(local) => Some(Asks::Local(local)),
            _ => None,
        },
        // Only the highest slot can be looked at where no other one is named.
        _ITER_CHECK_RANGE | _ITER_CHECK_LIST | _ITER_CHECK_TUPLE => {
            match place_of(graph, *inst.args.first()?)? {
                Place::Stack(-1) => Some(Asks::Stack(-1)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The place that has this value all the time while control goes around the loop.
fn place_of(graph: &Graph, value: Value) -> Option<Place> {
    let head = &graph.blocks[HEAD];
    let n = head.params.iter().position(|param| param.value == value)?;
    let End::Goto(back) = &head.end else { return None };
    (back.args.get(n) == Some(&value)).then_some(head.params[n].place)
}

/// The value of a place in the entry behind node `at`; `nodes` stand there already.
fn read(graph: &mut Graph, at: usize, nodes: &mut Vec<Node>, wanted: Place) -> Value {
    let known = graph.blocks[ENTRY].nodes[..=at].iter().chain(&*nodes).find_map(|node| match *node {
        Node::Read { value, place, .. } if place == wanted => Some(value),
        _ => None,
    });
    known.unwrap_or_else(|| {
        let value = graph.new_value(Rep::Tagged);
        nodes.push(Node::Read { value, place: wanted, rep: Rep::Tagged });
        value
    })
}
