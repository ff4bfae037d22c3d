//! What must hold of every graph, whoever made it.

use std::collections::HashSet;

use super::{Block, BlockId, ENTRY, Edge, End, Graph, HEAD, Inst, Node, Place, Value};
use crate::uops::{Flags, Rep, Uop};

/// The first rule that the graph breaks.
pub fn verify(graph: &Graph) -> Result<(), String> {
    if graph.blocks.len() <= HEAD {
        return Err("there is no head".into());
    }
    let mut checker = Checker { graph, defined: HashSet::new(), known: HashSet::new() };
    for (id, block) in graph.blocks.iter().enumerate() {
        checker.block(id, block).map_err(|problem| format!("block {id}: {problem}"))?;
    }
    let mut reached = HashSet::from([ENTRY]);
    let mut work = vec![ENTRY];
    while let Some(id) = work.pop() {
        let next = graph.blocks[id].edges().filter_map(|edge| edge.block);
        work.extend(next.filter(|block| reached.insert(*block)));
    }
    // Where the preamble always leaves, the head stays all the same.
    match (0..graph.blocks.len()).find(|id| *id != HEAD && !reached.contains(id)) {
        Some(id) => Err(format!("nothing leads to block {id}")),
        None => Ok(()),
    }
}

struct Checker<'g> {
    graph: &'g Graph,
    /// Values that were defined anywhere so far.
    defined: HashSet<Value>,
    /// Values of the block.
    known: HashSet<Value>,
}

impl Checker<'_> {
    fn block(&mut self, id: BlockId, block: &Block) -> Result<(), String> {
        self.known.clear();
        for param in &block.params {
            self.define(param.value, param.rep)?;
            if matches!(param.place, Place::Double(_)) && param.rep != Rep::F64 {
                return Err(format!("v{} lies in a register for doubles and is none", param.value));
            }
        }
        if id == ENTRY && !block.params.is_empty() {
            return Err("the entry finds everything in memory".into());
        }
        if id == HEAD && block.params.iter().any(|p| matches!(p.place, Place::Double(_))) {
            return Err("the head takes no doubles".into());
        }
        for node in &block.nodes {
            match node {
                Node::Read { value, rep, .. } => self.define(*value, *rep)?,
                Node::Inst(inst) => self.inst(inst).map_err(|problem| format!("{inst}: {problem}"))?,
            }
        }
        match &block.end {
            End::Goto(edge) if edge.block != Some(HEAD) => {
                Err("it goes on elsewhere than at the head".into())
            }
            End::Goto(edge) | End::Exit(edge) => self.edge(edge),
        }
    }

    fn inst(&mut self, inst: &Inst) -> Result<(), String> {
        if !inst.uop.in_traces() {
            return Err("it is not for traces".into());
        }
        for value in &inst.args {
            self.is_known(*value)?;
        }
        if let Some(wanted) = inst.arg_reps() {
            let got: Vec<Rep> = inst.args.iter().map(|value| self.rep(*value)).collect();
            if got != wanted {
                return Err(format!("it takes {wanted:?}, not {got:?}"));
            }
        }
        let info = inst.uop.info();
        if info.is(Flags::DEOPT.union(Flags::EXIT)) != inst.deopt.is_some() {
            return Err("its row says otherwise about its guard".into());
        }
        if info.jumps() != inst.jump.is_some() {
            return Err("its row says otherwise about its jump".into());
        }
        for edge in [&inst.deopt, &inst.error, &inst.jump].into_iter().flatten() {
            self.edge(edge)?;
        }
        let reps = inst.result_reps();
        if reps.len() != inst.results.len() {
            return Err(format!("it has {} results", reps.len()));
        }
        inst.results.iter().zip(reps).try_for_each(|(value, rep)| self.define(*value, rep))
    }

    fn edge(&self, edge: &Edge) -> Result<(), String> {
        for value in &edge.args {
            self.is_known(*value)?;
        }
        let exit = match edge.exit {
            Some(exit) => {
                Some(self.graph.exits.get(exit as usize).ok_or_else(|| format!("there is no exit {exit}"))?)
            }
            None => None,
        };
        match (edge.block, exit) {
            (Some(id), _) => {
                let block = self.graph.blocks.get(id).ok_or_else(|| format!("there is no block {id}"))?;
                let params = block.params.iter().map(|param| param.rep);
                if !params.eq(edge.args.iter().map(|value| self.rep(*value))) {
                    return Err(format!("the arguments for block {id} are not its parameters"));
                }
                Ok(())
            }
            (None, Some(exit)) => {
                let words = edge.args.iter().filter(|value| self.rep(**value) == Rep::Tagged).count();
                if words != exit.depth as usize {
                    return Err(format!("its exit takes {} words, not {words}", exit.depth));
                }
                Ok(())
            }
            (None, None) => Err("an edge leads nowhere".into()),
        }
    }

    fn define(&mut self, value: Value, rep: Rep) -> Result<(), String> {
        if !self.defined.insert(value) {
            return Err(format!("v{value} is defined twice"));
        }
        self.known.insert(value);
        match self.graph.values.get(value as usize) {
            Some(known) if *known == rep => Ok(()),
            _ => Err(format!("v{value} is not what the graph says")),
        }
    }
    fn is_known(&self, value: Value) -> Result<(), String> {
        if self.known.contains(&value) { Ok(()) } else { Err(format!("v{value} is not known here")) }
    }
    fn rep(&self, value: Value) -> Rep {
        self.graph.values.get(value as usize).copied().unwrap_or(Rep::Tagged)
    }
}

impl Inst {
    /// Representations of what it takes; `None` when that depends on the state (moves, frames).
    fn arg_reps(&self) -> Option<Vec<Rep>> {
        use Uop::*;
        let (word, double) = (Rep::Tagged, Rep::F64);
        Some(match self.uop {
            _LOAD_FAST | _LOAD_FAST_BORROW | _TAKE_LOCAL | _STORE_FAST_NEW | _STORE_FAST_RAW | _OWN
            | _OWN_SLOT | _COPY | _COPY_1 | _COPY_2 | _ARG | _LEAVE_INLINE | _PUSH_FRAME | _RETURN_VALUE
            | _YIELD_VALUE => {
                vec![word]
            }
            _LOAD_FAST_F64 | _STORE_FAST_F64 => vec![double],
            _SWAP_FAST | _STORE_FAST_SHARED | _SWAP | _SWAP_2 => vec![word; 2],
            _LEAVE_INLINE_EMPTY | _MATERIALIZE_FRAME | _RETURN_GENERATOR => Vec::new(),
            _ENTER_INLINE | _BOX_LOCAL => return None,
            _ => {
                let info = self.uop.info();
                let inputs = info.inputs.iter().filter(|i| !i.is_unused());
                let mut reps: Vec<Rep> = inputs
                    .flat_map(|i| std::iter::repeat_n(i.rep, i.count.eval(self.oparg) as usize))
                    .collect();
                reps.extend(info.reads_local.then_some(word));
                reps
            }
        })
    }

    /// Representations of its results.
    pub(super) fn result_reps(&self) -> Vec<Rep> {
        use Uop::*;
        match self.uop {
            _LOAD_FAST | _LOAD_FAST_BORROW | _TAKE_LOCAL | _STORE_FAST_NEW | _STORE_FAST_RAW | _OWN
            | _OWN_SLOT | _COPY | _COPY_1 | _COPY_2 | _ARG | _LEAVE_INLINE | _PUSH_FRAME | _LOAD_FAST_F64
            | _STORE_FAST_F64 | _SWAP_FAST | _STORE_FAST_SHARED | _SWAP | _SWAP_2 | _LEAVE_INLINE_EMPTY
            | _MATERIALIZE_FRAME | _ENTER_INLINE => Vec::new(),
            // Whether the caller's frame is known here is not to be seen from the uop.
            _RETURN_VALUE | _YIELD_VALUE | _RETURN_GENERATOR => vec![Rep::Tagged; self.results.len().min(1)],
            _BOX_LOCAL => vec![Rep::Tagged],
            _UNBOX_LOCAL => vec![Rep::F64],
            _ => {
                let info = self.uop.info();
                let mut reps = vec![Rep::Tagged; info.writes_local as usize];
                for item in info.produced().iter().filter(|item| info.copied_input(item).is_none()) {
                    reps.extend(std::iter::repeat_n(item.rep, item.count.eval(self.oparg) as usize));
                }
                reps
            }
        }
    }
}
