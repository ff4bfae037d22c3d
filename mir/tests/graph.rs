//! Graphs of regions made by hand: how they are built, what leaves the loop, their text, and what the verifier refuses.

use taipan_mir::graph::{self, Graph, Source};
use taipan_mir::region::{Exit, NONE, Step, StepKind};
use taipan_mir::uops::Uop;

const NO_STEP: Step =
    Step { kind: StepKind::Op, uop: 0, oparg: 0, target: NONE, operands: [0; 2], deopt: 0, error: NONE };
const HEAD: Step = Step { kind: StepKind::Label, target: 0, ..NO_STEP };
const BACK: Step = Step { kind: StepKind::Goto, target: 0, ..NO_STEP };

fn op(uop: Uop, oparg: u32) -> Step {
    Step { uop: uop as u32, oparg, ..NO_STEP }
}
fn leave(exit: u32) -> Step {
    Step { kind: StepKind::Exit, deopt: exit, ..NO_STEP }
}

/// Exit 0 leaves, exit 1 goes on in trace 1, exit 2 at the loop's entry.
fn exits() -> Vec<Exit> {
    [(NONE, 0), (1, 1), (0, 0)]
        .into_iter()
        .enumerate()
        .map(|(n, (link, depth))| Exit { id: 10 + n as u32, depth, link, slot: 0x100 })
        .collect()
}

/// The graph as built, and as optimised.
fn graphs(traces: &[Vec<Step>]) -> Result<(Graph, Graph), String> {
    let exits = exits();
    let source = Source { traces: traces.iter().map(|t| &t[..]).collect(), exits: &exits, frame_header: 80 };
    let built = graph::build(&source)?;
    graph::verify(&built)?;
    Ok((built, graph::of_region(&source)?))
}

/// `for i in range(n): if i < limit: total += 1`, with a side trace for the other way.
fn counting() -> Vec<Vec<Step>> {
    let root = vec![
        op(Uop::_GUARD_LOCAL_INT, 2),
        HEAD,
        op(Uop::_ITER_CHECK_RANGE, 9),
        op(Uop::_GUARD_NOT_EXHAUSTED_RANGE, 9),
        op(Uop::_ITER_NEXT_RANGE, 9),
        op(Uop::_STORE_FAST_RAW, 3),
        Step { operands: [0x1000, 0], ..op(Uop::_CHECK_VALIDITY, 0) },
        op(Uop::_TAKE_LOCAL, 3),
        op(Uop::_LOAD_SMALL_INT, 50),
        Step { deopt: 1, ..op(Uop::_GUARD_FIXNUM_LT, 0) },
        op(Uop::_TAKE_LOCAL, 2),
        op(Uop::_LOAD_SMALL_INT, 1),
        op(Uop::_ADD_FIXNUM, 0),
        op(Uop::_STORE_FAST_RAW, 2),
        op(Uop::_CHECK_LEAVE, 0),
        BACK,
    ];
    let side = vec![op(Uop::_POP_TOP_INT, 0), op(Uop::_POP_TOP_INT, 0), op(Uop::_SPILL, 0), leave(2)];
    vec![root, side]
}

#[test]
fn a_loop_takes_its_locals_and_its_iterator() {
    let (built, _) = graphs(&counting()).unwrap();
    let text = built.to_string();
    assert_eq!(
        text,
        "\
entry:
  v3 = read local 2
  _GUARD_LOCAL_INT 2 (v3) deopt x0
  v4 = read stack -1
  v5 = read local 3
  goto head(v3, v5, v4)
head(v0: local 2 int, v1: local 3, v2: stack -1):
  _ITER_CHECK_RANGE 9 (v2) deopt x0
  _GUARD_NOT_EXHAUSTED_RANGE 9 (v2) deopt x0
  v6 = _ITER_NEXT_RANGE 9 (v2)
  _STORE_FAST_RAW 3 (v6)
  _CHECK_VALIDITY flag=0x1000 deopt x0
  _TAKE_LOCAL 3 (v6)
  v7 = _LOAD_SMALL_INT 50
  _GUARD_FIXNUM_LT (v6, v7) deopt x1 -> b2(v2, v6, v7)
  _TAKE_LOCAL 2 (v0)
  v11 = _LOAD_SMALL_INT 1
  v12 = _ADD_FIXNUM (v0, v11) deopt x0
  _STORE_FAST_RAW 2 (v12)
  _CHECK_LEAVE deopt x0
  goto head(v12, v6, v2)
b2(v8: stack -3, v9: stack -2, v10: stack -1):
  _POP_TOP_INT (v10)
  _POP_TOP_INT (v9)
  _SPILL
  exit x2 -> entry
exit x0: id 10 depth 0 slot 0x100
exit x1: id 11 depth 1 slot 0x100 link 1
exit x2: id 12 depth 0 slot 0x100 link 0
"
    );
}

#[test]
fn what_cannot_change_is_asked_before_the_loop() {
    let (built, optimised) = graphs(&counting()).unwrap();
    let count =
        |graph: &Graph, block: usize, uop| graph.blocks[block].insts().filter(|i| i.uop == uop).count();
    for uop in [Uop::_ITER_CHECK_RANGE, Uop::_CHECK_VALIDITY] {
        assert_eq!((count(&built, graph::ENTRY, uop), count(&built, graph::HEAD, uop)), (0, 1), "{uop}");
        assert_eq!(
            (count(&optimised, graph::ENTRY, uop), count(&optimised, graph::HEAD, uop)),
            (1, 0),
            "{uop}"
        );
    }
    // Whether there is a next number is another question on every turn.
    assert_eq!(count(&optimised, graph::HEAD, Uop::_GUARD_NOT_EXHAUSTED_RANGE), 1);
}

#[test]
fn guards_stay_in_a_loop_that_runs_anything() {
    let mut traces = counting();
    let at = traces[0].len() - 2;
    traces[0].splice(at..at, [op(Uop::_LOAD_FAST, 2), op(Uop::_POP_TOP, 0)]);
    let (built, optimised) = graphs(&traces).unwrap();
    assert_eq!(built, optimised);
}

#[test]
fn guards_stay_in_a_loop_that_goes_on_behind_a_jump() {
    let mut traces = counting();
    // The path leaves an inner loop at its end; what follows may run anything.
    let behind = [
        op(Uop::_CHECK_LEAVE, 0),
        Step { target: 7, ..op(Uop::_ITER_JUMP_LIST, 9) },
        leave(0),
        Step { kind: StepKind::Label, target: 7, ..NO_STEP },
        op(Uop::_LOAD_FAST, 2),
        op(Uop::_POP_TOP, 0),
    ];
    let at = traces[0].len() - 1;
    traces[0].splice(at..at, behind);
    let (built, optimised) = graphs(&traces).unwrap();
    assert!(built.to_string().contains(" jump b"), "{built}");
    assert_eq!(built, optimised);
}

#[test]
fn guards_stay_without_an_exit_that_they_could_take() {
    let mut traces = counting();
    traces[0].remove(0);
    let (built, optimised) = graphs(&traces).unwrap();
    assert_eq!(built, optimised);
}

#[test]
fn a_shape_is_asked_once_unless_the_loop_stores_attributes() {
    let attribute = [
        op(Uop::_LOAD_FAST_BORROW, 4),
        Step { operands: [7, 0], ..op(Uop::_GUARD_TYPE_VERSION, 0) },
        Step { operands: [24, 0], ..op(Uop::_LOAD_ATTR_INSTANCE_VALUE_BORROW, 0) },
        op(Uop::_POP_TOP_DEAD, 0),
        op(Uop::_POP_TOP_DEAD, 0),
    ];
    let with = |more: &[Step]| {
        let mut traces = counting();
        let at = traces[0].len() - 2;
        traces[0].splice(at..at, attribute.iter().chain(more).copied());
        graphs(&traces).unwrap().1
    };
    let guards = |graph: &Graph| {
        let found = graph.blocks[graph::HEAD].insts().filter(|i| i.uop == Uop::_GUARD_TYPE_VERSION).count();
        let before = graph.blocks[graph::ENTRY].insts();
        (found, before.filter(|i| i.uop == Uop::_GUARD_LOCAL_TYPE_VERSION && i.oparg == 4).count())
    };
    assert_eq!(guards(&with(&[])), (0, 1));
    let store = [
        op(Uop::_LOAD_SMALL_INT, 1),
        op(Uop::_LOAD_FAST_BORROW, 4),
        Step { operands: [24, 0], ..op(Uop::_STORE_ATTR_INSTANCE_VALUE, 0) },
        op(Uop::_POP_TOP_DEAD, 0),
        op(Uop::_POP_TOP_DEAD, 0),
    ];
    assert_eq!(guards(&with(&store)), (1, 0));
    let assigned = [op(Uop::_LOAD_SMALL_INT, 1), op(Uop::_STORE_FAST_RAW, 4)];
    assert_eq!(guards(&with(&assigned)), (1, 0), "the loop assigns the local");
}

#[test]
fn floats_of_a_loop_are_parameters_as_doubles() {
    let root = vec![
        op(Uop::_GUARD_LOCAL_FLONUM, 0),
        op(Uop::_UNBOX_LOCAL, 0),
        HEAD,
        op(Uop::_LOAD_FAST_F64, 0),
        Step { operands: [1.5f64.to_bits(), 0], ..op(Uop::_LOAD_CONST_F64, 0) },
        op(Uop::_BINARY_OP_ADD_FLOAT_UNBOXED, 0),
        op(Uop::_STORE_FAST_F64, 0),
        op(Uop::_CHECK_LEAVE, 0),
        BACK,
    ];
    let (built, _) = graphs(&[root]).unwrap();
    let text = built.to_string();
    assert!(text.contains("head(v0: local 0 f64 float):"), "{text}");
    assert!(text.contains("_LOAD_FAST_F64 (v0)"), "{text}");
}

#[test]
fn text_comes_back_as_it_was() {
    let (built, optimised) = graphs(&counting()).unwrap();
    for graph in [built, optimised] {
        let text = graph.to_string();
        let again = graph::parse(&text).unwrap_or_else(|e| panic!("{e} in\n{text}"));
        assert_eq!(again.to_string(), text);
        assert_eq!(again.blocks, graph.blocks);
        assert_eq!(graph::verify(&again), Ok(()));
    }
}

#[test]
fn bad_text_is_refused_with_its_line() {
    let problem = |text: &str| graph::parse(text).unwrap_err().to_string();
    assert_eq!(problem("entry:\n  _NO_SUCH_UOP\n"), "line 2: there is no uop _NO_SUCH_UOP");
    assert_eq!(problem("entry:\n  goto head(v0\n"), "line 2: the line ends too early");
    assert_eq!(problem("entry:\n  _NOP\n"), "line 2: a block has no end");
    assert_eq!(problem("entry:\n  goto head extra\n"), "line 2: extra is one word too many");
    assert_eq!(problem("b7:\n"), "line 1: block b7: is out of order");
    assert_eq!(problem("entry(v0: shelf 1):\n"), "line 1: shelf is no place");
}

#[test]
fn the_verifier_refuses_broken_graphs() {
    let text = graphs(&counting()).unwrap().0.to_string();
    let check = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        graph::verify(&graph::parse(&text.replacen(from, to, 1)).unwrap()).unwrap_err()
    };
    assert!(check("_TAKE_LOCAL 2 (v0)", "_TAKE_LOCAL 2 (v12)").contains("v12 is not known here"));
    assert!(check("v11 = _LOAD_SMALL_INT 1", "v7 = _LOAD_SMALL_INT 1").contains("v7 is defined twice"));
    assert!(check("-> b2(v2, v6, v7)", "-> b2(v2, v6)").contains("not its parameters"));
    assert!(check("(v0, v11) deopt x0", "(v0, v11) deopt x9").contains("there is no exit 9"));
    assert!(check("(v0, v11) deopt x0", "(v0, v11)").contains("says otherwise about its guard"));
    assert!(check("(v0, v11) deopt x0", "(v0) deopt x0").contains("it takes"));
    assert!(check(" -> b2(v2, v6, v7)", "(v7)").contains("nothing leads to block 2"));
    assert!(check("goto head(v12, v6, v2)", "goto entry").contains("goes on elsewhere"));
    assert!(check("entry:", "entry(v99: local 1):").contains("finds everything in memory"));
    assert!(check("v1: local 3", "v1: local 3 f64").contains("not its parameters"));
}

#[test]
fn regions_that_make_no_sense_are_refused() {
    let problem = |traces: &[Vec<Step>]| graphs(traces).unwrap_err();
    assert_eq!(problem(&[]), "a region without traces");
    assert_eq!(problem(&[vec![HEAD, op(Uop::_NOP, 0)]]), "a trace without an end");
    assert_eq!(problem(&[vec![HEAD, op(Uop::_BINARY_OP_ADD_FLOAT_UNBOXED, 0), BACK]]), "too few doubles");
    assert_eq!(
        problem(&[vec![HEAD, op(Uop::_LOAD_SMALL_INT, 1), BACK]]),
        "the loop's end has another stack than its head"
    );
}
