//! From a region's traces to a graph: one walk along each trace, in the order in which edges find them.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::state::{Frame, State};
use super::{
    Block, BlockId, ENTRY, Edge, End, Graph, HEAD, Inst, Node, Param, Place, Type, Value, guarded_local,
};
use crate::region::{Exit, NONE, Step, StepKind};
use crate::uops::{Class, Count, Flags, Rep, Uop, UopInfo};

/// A region as slices.
#[derive(Debug)]
pub struct Source<'r> {
    /// The loop's trace is the first one.
    pub traces: Vec<&'r [Step]>,
    pub exits: &'r [Exit],
    /// Bytes of a frame in front of its locals.
    pub frame_header: u64,
}

/// A trace, or the part of one behind a label, that is to become a block.
struct Work<'r> {
    block: BlockId,
    steps: &'r [Step],
    state: State,
    /// Those of the jumps before these steps.
    waiting: Labels,
}

/// Blocks behind labels that jumps lead to, and the height of the stack there, as [`State::start`] has it.
type Labels = HashMap<u32, (BlockId, Option<i32>)>;

struct Builder<'s, 'r> {
    source: &'s Source<'r>,
    graph: Graph,
    /// Blocks of side traces.
    of_trace: HashMap<u32, BlockId>,
    work: VecDeque<Work<'r>>,
    head: Option<u32>,
}

type Result<T> = std::result::Result<T, String>;

/// The graph of a region, or why it has none.
pub fn build(source: &Source) -> Result<Graph> {
    let graph = build_with(source, 0)?;
    // What the loop reads of the stack below its head is a parameter, too: most often an iterator.
    let read = |node: &Node| match *node {
        Node::Read { place: Place::Stack(n @ ..0), .. } => Some(n.unsigned_abs() as usize),
        _ => None,
    };
    let head = &graph.blocks[HEAD];
    match head.nodes.iter().filter_map(read).max() {
        Some(items) if matches!(head.end, End::Goto(_)) => build_with(source, items),
        _ => Ok(graph),
    }
}

/// The graph whose head takes so many stack items.
fn build_with(source: &Source, items: usize) -> Result<Graph> {
    let root = *source.traces.first().ok_or("a region without traces")?;
    let (head, preamble, body) = parts(root);
    let graph = Graph { exits: source.exits.to_vec(), ..Graph::default() };
    let mut builder = Builder { source, graph, of_trace: HashMap::new(), work: VecDeque::new(), head };
    builder.empty_block();
    builder.empty_block();
    builder.head_params(preamble, body, items);
    builder.add_work(ENTRY, preamble, Some(0), HashMap::new());
    builder.add_work(HEAD, body, Some(0), HashMap::new());
    while let Some(work) = builder.work.pop_front() {
        builder.walk(work)?;
    }
    Ok(builder.graph)
}

/// The label of the loop, if the trace closes it itself; what stands before its head, and the loop.
fn parts(steps: &[Step]) -> (Option<u32>, &[Step], &[Step]) {
    let label = steps.iter().find(|s| s.kind == StepKind::Goto).map(|s| s.target);
    let at = label.and_then(|l| steps.iter().position(|s| s.kind == StepKind::Label && s.target == l));
    match at {
        Some(at) => (label, &steps[..at], &steps[at + 1..]),
        None => (label, &[], steps),
    }
}

fn uop_of(step: &Step) -> Result<Uop> {
    Uop::from_u16(step.uop as u16).ok_or_else(|| "an unknown uop".to_owned())
}

/// Words and doubles among stack items.
fn words(items: &[crate::uops::Item], oparg: u32) -> usize {
    items.iter().filter(|i| i.rep == Rep::Tagged).map(|i| i.count.eval(oparg) as usize).sum()
}
fn doubles(items: &[crate::uops::Item]) -> usize {
    items.iter().filter(|i| i.rep == Rep::F64).count()
}

impl<'r> Builder<'_, 'r> {
    fn empty_block(&mut self) -> BlockId {
        let end = End::Exit(Edge::default());
        self.graph.blocks.push(Block { params: Vec::new(), nodes: Vec::new(), end });
        self.graph.blocks.len() - 1
    }

    /// The locals that the loop's own path touches, as the preamble leaves them, and stack items.
    fn head_params(&mut self, preamble: &[Step], body: &[Step], items: usize) {
        let mut touched = BTreeSet::new();
        let mut depth = 0u32;
        for step in preamble.iter().chain(body).filter(|s| s.kind == StepKind::Op) {
            let Ok(uop) = uop_of(step) else { continue };
            let info = uop.info();
            if depth == 0 && (info.reads_local || info.writes_local) {
                touched.insert(step.oparg);
            }
            match uop {
                Uop::_ENTER_INLINE | Uop::_PUSH_FRAME => depth += 1,
                Uop::_LEAVE_INLINE | Uop::_LEAVE_INLINE_EMPTY | Uop::_RETURN_VALUE | Uop::_YIELD_VALUE => {
                    match depth.checked_sub(1) {
                        Some(less) => depth = less,
                        None => break,
                    }
                }
                _ => {}
            }
        }
        for index in touched {
            let (mut rep, mut ty) = (Rep::Tagged, Type::Unknown);
            for step in preamble.iter().filter(|s| s.oparg == index) {
                let Ok(uop) = uop_of(step) else { continue };
                ty = guarded_local(uop).unwrap_or(ty);
                if uop == Uop::_UNBOX_LOCAL {
                    rep = Rep::F64;
                }
            }
            if rep == Rep::F64 {
                ty = Type::Float;
            }
            let value = self.graph.new_value(rep);
            self.graph.blocks[HEAD].params.push(Param { value, place: Place::Local(index), rep, ty });
        }
        for n in 0..items {
            let place = Place::Stack(n as i32 - items as i32);
            let value = self.graph.new_value(Rep::Tagged);
            let param = Param { value, place, rep: Rep::Tagged, ty: Type::Unknown };
            self.graph.blocks[HEAD].params.push(param);
        }
    }

    /// What a block knows where it begins.
    fn begin(&self, block: BlockId) -> State {
        let mut state = State::new();
        for param in &self.graph.blocks[block].params {
            match param.place {
                Place::Local(index) => {
                    state.top().locals.insert(index, param.value);
                }
                Place::Stack(_) => state.push(param.value),
                Place::Double(_) => state.doubles.push(param.value),
            }
        }
        state.top().mem = -(state.frame().items.len() as i32);
        state
    }

    /// A block that takes what is known of the running frame's stack, and the doubles.
    fn block_behind(&mut self, state: &State) -> BlockId {
        let block = self.empty_block();
        let items = state.frame().items.len();
        let mut params = Vec::new();
        for n in 0..items {
            params.push((Place::Stack(n as i32 - items as i32), Rep::Tagged));
        }
        for n in 0..state.doubles.len() {
            params.push((Place::Double(n as u32), Rep::F64));
        }
        for (place, rep) in params {
            let value = self.graph.new_value(rep);
            self.graph.blocks[block].params.push(Param { value, place, rep, ty: Type::Unknown });
        }
        block
    }

    fn add_work(&mut self, block: BlockId, steps: &'r [Step], start: Option<i32>, waiting: Labels) {
        let state = State { start, ..self.begin(block) };
        self.work.push_back(Work { block, steps, state, waiting });
    }

    /// Builds a block from its steps.
    fn walk(&mut self, work: Work<'r>) -> Result<()> {
        let Work { block, steps, mut state, mut waiting } = work;
        let mut nodes = Vec::new();
        let mut ended = None;
        for (n, step) in steps.iter().enumerate() {
            match step.kind {
                StepKind::Label => match (waiting.remove(&step.target), &ended) {
                    (Some((next, start)), Some(_)) => {
                        // The rest belongs to that block.
                        self.add_work(next, &steps[n + 1..], start, std::mem::take(&mut waiting));
                        break;
                    }
                    (None, None) => {}
                    _ => return Err("paths join at a label that is not the loop's head".into()),
                },
                _ if ended.is_some() => {
                    if waiting.is_empty() {
                        break;
                    }
                    return Err("steps that nobody reaches".into());
                }
                StepKind::Goto if Some(step.target) == self.head => {
                    ended = Some(End::Goto(self.edge_to_head(&mut state, &mut nodes)?));
                }
                StepKind::Goto => return Err("a jump backward that is not the loop's".into()),
                StepKind::Exit => {
                    let edge = self.edge(step.deopt, &mut state, &mut nodes, 0);
                    ended = Some(End::Exit(edge));
                }
                StepKind::Op => {
                    let uop = uop_of(step)?;
                    let mut inst = self.begin_inst(uop, step, &mut state, &mut nodes);
                    let consumed = self.effect(&mut inst, &mut state, &mut nodes)?;
                    self.leave_inst(&mut inst, step, consumed, &mut waiting);
                    nodes.push(Node::Inst(inst));
                }
            }
            if ended.is_some() && waiting.is_empty() {
                break;
            }
        }
        if block == ENTRY {
            ended = Some(End::Goto(self.edge_to_head(&mut state, &mut nodes)?));
        }
        self.graph.blocks[block].nodes = nodes;
        self.graph.blocks[block].end = ended.ok_or("a trace without an end")?;
        Ok(())
    }

    /// The edge to the loop's head.
    fn edge_to_head(&mut self, state: &mut State, nodes: &mut Vec<Node>) -> Result<Edge> {
        if state.height() != Some(0) || !state.doubles.is_empty() || !state.arguments.is_empty() {
            return Err("the loop's end has another stack than its head".into());
        }
        let params = self.graph.blocks[HEAD].params.clone();
        let on_stack = params.iter().filter(|p| matches!(p.place, Place::Stack(_))).count();
        state.ensure(&mut self.graph, nodes, on_stack);
        let mut args = Vec::new();
        for param in params {
            let index = match param.place {
                Place::Local(index) => index,
                Place::Stack(n) => {
                    let items = &state.frame().items;
                    args.push(items[(items.len() as i32 + n) as usize]);
                    continue;
                }
                Place::Double(_) => return Err("the head takes no doubles".into()),
            };
            let value = state.local(&mut self.graph, nodes, index, param.rep);
            if self.graph.values[value as usize] != param.rep {
                return Err(format!("local {index} has another form than at the loop's head"));
            }
            args.push(value);
        }
        Ok(Edge { exit: None, block: Some(HEAD), args })
    }

    /// The trace that an exit leads to, if it is part of the region.
    fn linked(&self, exit: u32) -> Option<u32> {
        let link = self.graph.exits.get(exit as usize)?.link;
        (link != NONE && (link as usize) < self.source.traces.len()).then_some(link)
    }

    /// Words of the stack that the edge names, at least.
    fn wanted(&self, exit: u32) -> usize {
        let Some(e) = self.graph.exits.get(exit as usize) else { return 0 };
        let params = self.linked(exit).and_then(|link| self.of_trace.get(&link)).map_or(0, |block| {
            let params = &self.graph.blocks[*block].params;
            params.iter().filter(|p| matches!(p.place, Place::Stack(_))).count()
        });
        params.max(e.depth as usize)
    }

    /// The way through an exit in this state, once `gone` more words are taken from the stack.
    fn edge(&mut self, exit: u32, state: &mut State, nodes: &mut Vec<Node>, gone: usize) -> Edge {
        let Some(e) = self.graph.exits.get(exit as usize).copied() else { return Edge::default() };
        let wanted = self.wanted(exit);
        state.ensure(&mut self.graph, nodes, wanted + gone);
        let mut there = State { doubles: state.doubles.clone(), ..State::new() };
        there.top().items = state.frame().items.clone();
        let left = there.frame().items.len() - gone;
        there.top().items.truncate(left);
        let last = |state: &State, count: usize| {
            let items = &state.frame().items;
            let words = items[items.len() - count..].iter();
            words.chain(&state.doubles).copied().collect::<Vec<_>>()
        };
        let edge = |block, args| Edge { exit: Some(exit), block, args };
        match self.linked(exit) {
            None => edge(None, last(&there, e.depth as usize)),
            // Through the preamble, which reads everything from memory.
            Some(0) => edge(Some(ENTRY), Vec::new()),
            Some(link) => {
                if let Some(&block) = self.of_trace.get(&link) {
                    return edge(Some(block), last(&there, wanted));
                }
                let block = self.block_behind(&there);
                self.of_trace.insert(link, block);
                self.add_work(block, self.source.traces[link as usize], None, HashMap::new());
                edge(Some(block), last(&there, there.frame().items.len()))
            }
        }
    }

    /// The uop with its way out for a failed guard; names what it takes.
    fn begin_inst(&mut self, uop: Uop, step: &Step, state: &mut State, nodes: &mut Vec<Node>) -> Inst {
        let info = uop.info();
        let mut inst = Inst {
            uop,
            oparg: step.oparg,
            operands: step.operands,
            args: Vec::new(),
            results: Vec::new(),
            deopt: None,
            error: None,
            jump: None,
        };
        if info.is(Flags::DEOPT.union(Flags::EXIT)) {
            inst.deopt = Some(self.edge(step.deopt, state, nodes, 0));
        }
        if info.is(Flags::ERROR.union(Flags::FRAME)) && step.error != NONE {
            let gone = words(info.inputs, step.oparg) - words(&info.inputs[..info.kept()], step.oparg);
            let doubles = doubles(info.inputs);
            let held = state.doubles.split_off(state.doubles.len().saturating_sub(doubles));
            inst.error = Some(self.edge(step.error, state, nodes, gone));
            state.doubles.extend(held);
        }
        inst
    }

    /// The way of a jump, which is taken in the state between inputs and outputs.
    fn leave_inst(&mut self, inst: &mut Inst, step: &Step, consumed: State, waiting: &mut Labels) {
        if !inst.uop.info().jumps() {
            return;
        }
        let block = self.block_behind(&consumed);
        waiting.insert(step.target, (block, consumed.height()));
        let args = consumed.frame().items.iter().chain(&consumed.doubles).copied().collect();
        inst.jump = Some(Edge { exit: None, block: Some(block), args });
    }

    /// What the uop does to the state; the result is the state between its inputs and its outputs, if it jumps.
    fn effect(&mut self, inst: &mut Inst, state: &mut State, nodes: &mut Vec<Node>) -> Result<State> {
        use Uop::*;
        let g = &mut self.graph;
        let index = inst.oparg;
        match inst.uop {
            _LOAD_FAST | _LOAD_FAST_BORROW | _TAKE_LOCAL => {
                let value = state.local(g, nodes, index, Rep::Tagged);
                inst.args.push(value);
                state.push(value);
            }
            _LOAD_FAST_F64 => {
                let value = state.local(g, nodes, index, Rep::F64);
                inst.args.push(value);
                state.doubles.push(value);
            }
            _STORE_FAST_F64 => {
                let value = state.doubles.pop().ok_or("too few doubles")?;
                inst.args.push(value);
                state.top().locals.insert(index, value);
            }
            _STORE_FAST_NEW | _STORE_FAST_RAW => {
                let value = state.pop(g, nodes);
                inst.args.push(value);
                state.top().locals.insert(index, value);
            }
            _SWAP_FAST | _STORE_FAST_SHARED => {
                let value = state.pop(g, nodes);
                let old = state.local(g, nodes, index, Rep::Tagged);
                inst.args.extend([value, old]);
                state.top().locals.insert(index, value);
                if inst.uop == _SWAP_FAST {
                    state.push(old);
                }
            }
            _BOX_LOCAL => {
                let value = g.new_value(Rep::Tagged);
                inst.results.push(value);
                if let Some(frame) = state.frame_at(inst.operands[0]) {
                    inst.args.extend(frame.locals.insert(index, value));
                }
            }
            _OWN | _OWN_SLOT | _COPY | _COPY_1 | _COPY_2 => {
                let depth = match inst.uop {
                    _OWN | _COPY_1 => 1,
                    _COPY_2 => 2,
                    _ => index.max(1) as usize,
                };
                state.ensure(g, nodes, depth);
                let items = &state.frame().items;
                let value = items[items.len() - depth];
                inst.args.push(value);
                if !matches!(inst.uop, _OWN | _OWN_SLOT) {
                    state.push(value);
                }
            }
            _SWAP | _SWAP_2 => {
                let depth = if inst.uop == _SWAP_2 { 2 } else { index.max(1) as usize };
                state.ensure(g, nodes, depth);
                let items = &mut state.top().items;
                let (low, high) = (items.len() - depth, items.len() - 1);
                inst.args.extend([items[low], items[high]]);
                items.swap(low, high);
            }
            _ARG => {
                let value = state.pop(g, nodes);
                inst.args.push(value);
                state.arguments.push((inst.operands[0], value));
            }
            _ENTER_INLINE => {
                let size = inst.operands[0];
                let mut frame = Frame { inlined: Some(size), ..Frame::default() };
                let first = size + self.source.frame_header;
                for (offset, value) in std::mem::take(&mut state.arguments) {
                    let local = offset.checked_sub(first).ok_or("an argument outside of its frame")? / 8;
                    inst.args.push(value);
                    frame.locals.insert(local as u32, value);
                }
                state.frames.push(frame);
            }
            _LEAVE_INLINE => {
                let value = state.pop(g, nodes);
                inst.args.push(value);
                state.leave();
                state.push(value);
            }
            _LEAVE_INLINE_EMPTY => {
                state.leave();
            }
            _MATERIALIZE_FRAME => {
                // Borrowed words get references, and a local that was never set becomes NULL.
                if let Some(frame) = state.frame_at(inst.operands[1]) {
                    frame.locals.clear();
                    frame.inlined = None;
                }
            }
            _PUSH_FRAME => {
                let value = state.pop(g, nodes);
                inst.args.push(value);
                let maker = |n: &Node| n.inst().filter(|i| i.results.contains(&value)).map(|i| i.uop);
                let init = nodes.iter().rev().find_map(maker) == Some(_CREATE_INIT_FRAME);
                state.frames.push(Frame { init, ..Frame::default() });
            }
            _RETURN_VALUE | _YIELD_VALUE | _RETURN_GENERATOR => {
                if inst.uop != _RETURN_GENERATOR {
                    let value = state.pop(g, nodes);
                    inst.args.push(value);
                }
                if inst.uop == _RETURN_VALUE {
                    // Finalisers of locals may have run.
                    state.forget_locals(g);
                }
                let known = state.frames.len() > 1;
                let left = state.leave();
                if known && !left.init {
                    let value = g.new_value(Rep::Tagged);
                    inst.results.push(value);
                    state.push(value);
                }
            }
            _ => return self.by_row(inst, state, nodes),
        }
        Ok(State::new())
    }

    /// The effect that the uop's row describes.
    fn by_row(&mut self, inst: &mut Inst, state: &mut State, nodes: &mut Vec<Node>) -> Result<State> {
        let (info, oparg) = (inst.uop.info(), inst.oparg);
        let g = &mut self.graph;
        if info.is(Flags::LOCALS) {
            state.top().locals.clear();
        }
        let count = words(info.inputs, oparg);
        state.ensure(g, nodes, count);
        let items = &state.frame().items;
        let (mut word, mut double) = (
            items.len() - count,
            state.doubles.len().checked_sub(doubles(info.inputs)).ok_or("too few doubles")?,
        );
        let doubles_left = double;
        // Of each input that is one value, for the outputs that copy it.
        let mut inputs = Vec::new();
        for input in info.inputs {
            if input.rep == Rep::F64 {
                inst.args.push(state.doubles[double]);
                inputs.push(None);
                double += 1;
                continue;
            }
            let length = input.count.eval(oparg) as usize;
            if !input.is_unused() {
                inst.args.extend(&items[word..word + length]);
            }
            inputs.push((input.count == Count::One).then(|| items[word]));
            word += length;
        }
        if info.reads_local {
            inst.args.push(state.local(g, nodes, oparg, Rep::Tagged));
        }
        let kept = words(&info.inputs[..info.kept()], oparg);
        state.doubles.truncate(doubles_left);
        let left = state.frame().items.len() - (count - kept);
        state.top().items.truncate(left);
        let arrays = info.inputs.iter().any(|i| i.count != Count::One && !i.is_unused());
        if arrays && kept > 0 {
            // The body may have changed what it keeps: only memory knows.
            let frame = state.top();
            frame.mem += frame.items.len() as i32;
            frame.items.clear();
        }
        let consumed = if info.jumps() { state.clone() } else { State::new() };
        if info.is(Flags::ESCAPES) && info.class == Class::Calling {
            state.forget_locals(g);
        }
        self.results(inst, info, state, &inputs);
        Ok(consumed)
    }

    fn results(&mut self, inst: &mut Inst, info: &UopInfo, state: &mut State, inputs: &[Option<Value>]) {
        let g = &mut self.graph;
        if info.writes_local {
            let value = g.new_value(if inst.uop == Uop::_UNBOX_LOCAL { Rep::F64 } else { Rep::Tagged });
            inst.results.push(value);
            state.top().locals.insert(inst.oparg, value);
        }
        for item in info.produced() {
            if let Some(value) = info.copied_input(item).and_then(|n| inputs[n]) {
                state.push(value);
                continue;
            }
            for _ in 0..item.count.eval(inst.oparg) {
                let value = g.new_value(item.rep);
                inst.results.push(value);
                match item.rep {
                    Rep::F64 => state.doubles.push(value),
                    Rep::Tagged => state.push(value),
                }
            }
        }
    }
}
