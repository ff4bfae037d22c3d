//! Generator expressions that need no generator.
//!
//! The items of `set(x for x in y)` are taken at once by a builtin, those of `tuple(x for x in y)` by a loop that the compiler
//! writes. A *fused* copy of the expression's code makes the container itself: where the original begins by making a generator, the
//! copy makes the container; it adds what the original yields, and returns the container in the end. All instructions stay
//! where they are, so that lines, exception table and `f_lasti` are the original's.

use crate::bytecode::instructions;
use crate::opcodes::Opcode;

/// What a fused code can make.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Container {
    Set,
    List,
}

impl Container {
    pub const ALL: [Container; 2] = [Container::Set, Container::List];

    /// The builtin that makes it.
    pub fn name(self) -> &'static str {
        match self {
            Container::Set => "set",
            Container::List => "list",
        }
    }

    pub fn of_builtin(name: &str) -> Option<Container> {
        Container::ALL.into_iter().find(|container| container.name() == name)
    }
}

/// What follows the call of a generator expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Consumer {
    /// A call with it as the only argument.
    Call,
    /// A loop that appends all items to the list below.
    Loop,
}

impl Consumer {
    const LOOP: [(Opcode, u8); 7] = [
        (Opcode::FOR_ITER, 3),
        (Opcode::CACHE, 0),
        (Opcode::LIST_APPEND, 2),
        (Opcode::JUMP_BACKWARD, 5),
        (Opcode::CACHE, 0),
        (Opcode::END_FOR, 0),
        (Opcode::POP_ITER, 0),
    ];

    /// Of the call in front of `code`.
    pub fn of(code: &[u8]) -> Option<Consumer> {
        if code.starts_with(&[Opcode::CALL as u8, 1]) {
            return Some(Consumer::Call);
        }
        let begins = Consumer::LOOP.iter().flat_map(|(op, arg)| [*op as u8, *arg]);
        code.get(..2 * Consumer::LOOP.len())?.iter().copied().eq(begins).then_some(Consumer::Loop)
    }

    /// How many units it takes.
    pub fn units(self) -> usize {
        match self {
            Consumer::Call => 1 + Opcode::CALL.caches(),
            Consumer::Loop => Consumer::LOOP.len(),
        }
    }

    /// The form of the expression's call that stands for both.
    pub fn opcode(self) -> Opcode {
        match self {
            Consumer::Call => Opcode::CALL_GENEXPR_SINK,
            Consumer::Loop => Opcode::CALL_GENEXPR_LIST,
        }
    }
}

/// The fused copy of a generator expression's code; `None` when the code is not as it has to be for that: one loop, one `yield`.
/// It needs a stack that is one word higher, must not have cells of its own, and is no generator.
pub fn fuse(code: &[u8], container: Container) -> Option<Vec<u8>> {
    const NOP: (Opcode, u8) = (Opcode::NOP, 0);
    let mut fused = code.to_vec();
    let mut found: Vec<(usize, Opcode)> = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let op = Opcode::from_u8(code[at])?;
        found.push((at, op));
        at += 2 * (1 + op.caches());
    }
    let ops: Vec<Opcode> = found.iter().map(|(_, op)| *op).collect();
    let only = |wanted: Opcode| {
        let mut all = (0..ops.len()).filter(|i| ops[*i] == wanted);
        all.next().filter(|_| all.next().is_none())
    };
    let begin = usize::from(ops.first() == Some(&Opcode::COPY_FREE_VARS));
    let prologue = [Opcode::RETURN_GENERATOR, Opcode::POP_TOP, Opcode::RESUME, Opcode::LOAD_FAST];
    if !ops[begin..].starts_with(&prologue) || only(Opcode::FOR_ITER).is_none() {
        return None;
    }
    let yields = only(Opcode::YIELD_VALUE)?;
    let ends = only(Opcode::END_FOR)?;
    let epilogue = [Opcode::END_FOR, Opcode::POP_ITER, Opcode::LOAD_CONST, Opcode::RETURN_VALUE];
    if !ops[yields..].starts_with(&[Opcode::YIELD_VALUE, Opcode::RESUME, Opcode::POP_TOP])
        || ops[yields - 1] == Opcode::EXTENDED_ARG
        || !ops[ends..].starts_with(&epilogue)
    {
        return None;
    }
    let (build, add) = match container {
        Container::Set => (Opcode::BUILD_SET, Opcode::SET_ADD),
        Container::List => (Opcode::BUILD_LIST, Opcode::LIST_APPEND),
    };
    let mut put = |index: usize, (op, arg): (Opcode, u8)| {
        let at = found[index].0;
        (fused[at], fused[at + 1]) = (op as u8, arg);
    };
    if begin == 1 {
        put(0, NOP);
    }
    put(begin, (build, 0));
    put(begin + 1, NOP);
    put(yields, (add, 2));
    put(yields + 1, NOP);
    put(yields + 2, NOP);
    put(ends + 2, NOP);
    Some(fused)
}

/// A generator expression that is made for a container and for nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fusible {
    /// The constant that is its code.
    pub constant: usize,
    /// Where it is called, and what takes its items.
    pub call: usize,
    pub consumer: Consumer,
    /// Where the container is there.
    pub behind: usize,
    pub container: Container,
}

/// The generator expressions in `code` that may be fused, as far as the code tells: that a global name is still the builtin shows
/// when it runs. `name_of` gives names by their numbers, `is_expression` says which constants are code of generator expressions.
pub fn fusible<'n>(
    code: &[u8],
    name_of: impl Fn(usize) -> Option<&'n str>,
    is_expression: impl Fn(usize) -> bool,
) -> Vec<Fusible> {
    let mut found = Vec::new();
    // Functions that were made and not called yet: what an expression iterates over stands in between.
    let mut made = Vec::new();
    let (mut builtin, mut constant) = (None, None);
    for i in instructions(code) {
        match i.op {
            Opcode::LOAD_GLOBAL => builtin = name_of(i.arg >> 1).and_then(Container::of_builtin),
            Opcode::LOAD_CONST => constant = Some(i.arg),
            Opcode::MAKE_FUNCTION => {
                made.extend(constant.filter(|n| is_expression(*n)).map(|constant| (constant, builtin)));
            }
            Opcode::CALL if i.arg == 0 => {
                let Some(consumer) = Consumer::of(&code[2 * i.next..]) else { continue };
                let Some((constant, builtin)) = made.pop() else { continue };
                let container = match consumer {
                    Consumer::Call => builtin,
                    Consumer::Loop => Some(Container::List),
                };
                let behind = i.next + consumer.units();
                found.extend(container.map(|container| Fusible {
                    constant,
                    call: i.unit,
                    consumer,
                    behind,
                    container,
                }));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(units: &[(Opcode, u8)]) -> Vec<u8> {
        let unit = |(op, arg): &(Opcode, u8)| {
            let mut bytes = vec![*op as u8, *arg];
            bytes.resize(2 + 2 * op.caches(), 0);
            bytes
        };
        units.iter().flat_map(unit).collect()
    }

    fn expression() -> Vec<(Opcode, u8)> {
        vec![
            (Opcode::COPY_FREE_VARS, 1),
            (Opcode::RETURN_GENERATOR, 0),
            (Opcode::POP_TOP, 0),
            (Opcode::RESUME, 0),
            (Opcode::LOAD_FAST, 0),
            (Opcode::FOR_ITER, 5),
            (Opcode::STORE_FAST_LOAD_FAST, 0x11),
            (Opcode::YIELD_VALUE, 0),
            (Opcode::RESUME, 5),
            (Opcode::POP_TOP, 0),
            (Opcode::JUMP_BACKWARD, 7),
            (Opcode::END_FOR, 0),
            (Opcode::POP_ITER, 0),
            (Opcode::LOAD_CONST, 0),
            (Opcode::RETURN_VALUE, 0),
        ]
    }

    #[test]
    fn a_fused_expression_makes_the_container() {
        let original = code(&expression());
        let fused = fuse(&original, Container::Set).unwrap();
        assert_eq!(fused.len(), original.len());
        let ops = |code: &[u8]| instructions(code).map(|i| i.op).collect::<Vec<_>>();
        let nop = Opcode::NOP;
        let mut expected = ops(&original);
        expected[0] = nop;
        (expected[1], expected[2]) = (Opcode::BUILD_SET, nop);
        (expected[7], expected[8], expected[9]) = (Opcode::SET_ADD, nop, nop);
        expected[13] = nop;
        assert_eq!(ops(&fused), expected);
    }

    #[test]
    fn code_that_yields_twice_is_not_fused() {
        let mut twice = expression();
        twice.insert(7, (Opcode::YIELD_VALUE, 0));
        assert_eq!(fuse(&code(&twice), Container::List), None);
    }

    #[test]
    fn expressions_are_found_with_what_takes_their_items() {
        // set(… for … in range()), then tuple's loop around a lambda's sibling.
        let caller = code(&[
            (Opcode::LOAD_GLOBAL, 1),
            (Opcode::LOAD_CONST, 1),
            (Opcode::MAKE_FUNCTION, 0),
            (Opcode::LOAD_GLOBAL, 3),
            (Opcode::CALL, 0),
            (Opcode::GET_ITER, 0),
            (Opcode::CALL, 0),
            (Opcode::CALL, 1),
        ]);
        let names = ["set", "range"];
        let found = fusible(&caller, |n| names.get(n).copied(), |n| n == 1);
        let call = caller.len() / 2 - 2 * (1 + Opcode::CALL.caches());
        let expected = Fusible {
            constant: 1,
            call,
            consumer: Consumer::Call,
            behind: caller.len() / 2,
            container: Container::Set,
        };
        assert_eq!(found, [expected]);
        assert_eq!(fusible(&caller, |n| names.get(n).copied(), |_| false), []);
    }
}
