//! The stencils and the layout of emitted code, for people who look at them.

use taipan_mir::uops::Uop;

use crate::emit::{Emitter, Step};
use crate::stencil::{Hole, Kind, REGISTERS, Stencil, What, external_name};

/// A stencil with its name: `UOP__rXY` takes X cached values and leaves Y, `UOP__rXYfXY` does so for doubles as well.
#[derive(Clone, Debug)]
pub struct Listing {
    /// None for moves between states.
    pub uop: Option<Uop>,
    pub name: String,
    pub hot: Part,
    pub cold: Part,
    /// The hot part falls through to the next stencil.
    pub continues: bool,
}

/// Code with holes.
#[derive(Clone, Debug)]
pub struct Part {
    pub code: &'static [u8],
    pub holes: Vec<Opening>,
}

/// A hole of a stencil.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    pub offset: usize,
    /// Bytes.
    pub size: usize,
    /// As the ELF relocation is called, without its prefix: `32`, `PC32`.
    pub kind: &'static str,
    /// What it is filled with: a constant, a way out, or a function of the runtime.
    pub what: String,
    pub addend: i32,
}

/// All stencils in order of their uops, the slow siblings behind the fast ones, and the moves at the end.
pub fn stencils() -> Vec<Listing> {
    let mut all = Vec::new();
    for &uop in Uop::ALL {
        let doubles = if uop.info().uses_doubles() { REGISTERS } else { 0 };
        for (suffix, find) in [("", Stencil::of as fn(_, _, _) -> _), ("__slow", Stencil::slow_of)] {
            for (depth, doubles) in (0..=doubles).flat_map(|u| (0..=REGISTERS).map(move |d| (d, u))) {
                let found: Option<&Stencil> = find(uop, depth, doubles);
                let Some(stencil) = found else { continue };
                let mut name = format!("{uop}{suffix}__r{depth}{}", stencil.depth_out);
                if uop.info().uses_doubles() {
                    name.push_str(&format!("f{doubles}{}", stencil.doubles_out));
                }
                all.push(listing(Some(uop), name, stencil));
            }
        }
    }
    for (from, to) in (0..=REGISTERS).flat_map(|from| (0..=REGISTERS).map(move |to| (from, to))) {
        if let Some(stencil) = Stencil::transition(from, to) {
            all.push(listing(None, format!("_SPILL_OR_RELOAD__r{from}{to}"), stencil));
        }
    }
    all
}

fn listing(uop: Option<Uop>, name: String, stencil: &'static Stencil) -> Listing {
    let part = |code, holes: &[Hole]| Part { code, holes: holes.iter().map(opening).collect() };
    Listing {
        uop,
        name,
        hot: part(stencil.hot(), stencil.hot_holes()),
        cold: part(stencil.cold(), stencil.cold_holes()),
        continues: stencil.continues,
    }
}

fn opening(hole: &Hole) -> Opening {
    let (size, kind) = match hole.kind {
        Kind::Abs16 => (2, "16"),
        Kind::Abs32 => (4, "32"),
        Kind::Abs64 => (8, "64"),
        Kind::Rel32 => (4, "PC32"),
    };
    let what = match hole.what {
        What::Oparg => "oparg",
        What::Local => "local",
        What::Operand0 => "operand0",
        What::Operand1 => "operand1",
        What::Continue => "continue",
        What::Slow => "slow",
        What::Deopt => "deopt",
        What::Error => "error",
        What::Jump => "jump",
        What::Switch => "switch",
        What::Hot => "hot",
        What::Cold => "cold",
        What::External(number) => external_name(number),
    };
    Opening { offset: hole.offset as usize, size, kind, what: what.to_owned(), addend: hole.addend }
}

/// What begins at an offset of emitted code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    pub offset: u32,
    pub text: String,
}

impl Emitter {
    /// What the pieces of the code that was laid out last are, in order of their offsets. `steps` are those that it was
    /// laid out from.
    pub fn marks(&self, steps: &[Step]) -> Vec<Mark> {
        let mut marks: Vec<Mark> = self
            .pieces()
            .map(|piece| {
                let what = match steps.get(piece.step) {
                    Some(Step::Op(op)) if !piece.is_move => match op.oparg {
                        0 => op.uop.to_string(),
                        oparg => format!("{} {oparg}", op.uop),
                    },
                    _ => "move".to_owned(),
                };
                Mark { offset: piece.offset, text: format!("{what}{}", piece.part) }
            })
            .collect();
        marks.extend(self.stubs().map(|(offset, id)| Mark { offset, text: format!("exit {id}") }));
        marks.sort_by_key(|mark| mark.offset);
        marks
    }
}
