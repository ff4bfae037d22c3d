//! Which functions of the library a program can reach.
//!
//! Modules of the library import others in functions that few programs call: `pickle` imports `doctest` in its self-test,
//! `types` imports `functools` for `coroutine`. Followed blindly, `import collections` leads to 250 modules. So the code of
//! a library module is divided into units, functions and methods that are found by name only, and a unit counts when
//! what leads to it is named by a unit that counts:
//!
//! * a function or class of a module by a global name of the same module, or by an attribute, an imported name or a text
//!   anywhere;
//! * a method by an attribute or a text anywhere, if its class counts; special methods with their class.
//!
//! A text that ends with `_` stands for all names that begin so (`getattr(self, "visit_" + kind)`), one that begins with
//! `_` for names of its module that end so.
//! Bodies of classes, lambdas, and functions that go through decorators other than [`PLAIN_DECORATORS`] belong to the code
//! around them. All code of the program itself counts. What a program reaches by names that it puts together is not
//! seen, as imports of such names are not.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use taipan_frontend::image::code_objects;
use taipan_frontend::{CodeObject, Constant, PyText};
use taipan_mir::bytecode::{Instruction, instructions};
use taipan_mir::opcodes::Opcode;

/// Decorators whose result is only found under the function's name.
const PLAIN_DECORATORS: [&str; 16] = [
    "abstractmethod",
    "asynccontextmanager",
    "cache",
    "cached_property",
    "classmethod",
    "contextmanager",
    "coroutine",
    "deleter",
    "final",
    "getter",
    "lru_cache",
    "overload",
    "property",
    "setter",
    "staticmethod",
    "_tp_cache",
];

/// What has to be named for a unit to count; all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    /// A function or class of the module.
    Global(String),
    /// A method, or a class in a class.
    Member(String),
}

/// Code that counts as a whole.
#[derive(Debug)]
pub struct Unit {
    /// Nothing: it runs when the module is imported.
    pub needs: Vec<Need>,
    pub codes: Vec<Piece>,
}

/// A code object of a unit, without what a unit of its own holds.
#[derive(Debug)]
pub struct Piece {
    pub code: Rc<CodeObject>,
    /// What does not run when the module is imported: `if __name__ == '__main__'`.
    skipped: Vec<Range<usize>>,
    /// Of a class that may not count, whose body runs all the same: names that it only stores elsewhere are no use of them.
    is_body: bool,
}

impl Piece {
    pub fn instructions(&self) -> impl Iterator<Item = Instruction> {
        instructions(&self.code.code).filter(|i| !self.skipped.iter().any(|range| range.contains(&i.unit)))
    }
}

/// All of a module as one unit.
pub fn whole(module: &Rc<CodeObject>) -> Vec<Unit> {
    let codes = code_objects(module)
        .into_iter()
        .map(|code| Piece { code, skipped: Vec::new(), is_body: false })
        .collect();
    vec![Unit { needs: Vec::new(), codes }]
}

/// A module's units, what always runs first.
pub fn divide(module: &Rc<CodeObject>) -> Vec<Unit> {
    let mut units = vec![Unit { needs: Vec::new(), codes: Vec::new() }];
    divide_body(module, 0, Body::Module, &mut units);
    units
}

/// Where names go that code stores.
#[derive(Clone, Copy)]
enum Body<'a> {
    Module,
    /// With what leads to the class.
    Class(&'a [Need]),
    Function,
}

fn divide_body(code: &Rc<CodeObject>, unit: usize, body: Body, units: &mut Vec<Unit>) {
    let (skipped, outer): (_, &[Need]) = match body {
        Body::Module => (guarded(code), &[]),
        Body::Class(needs) => (Vec::new(), needs),
        Body::Function => (Vec::new(), &[]),
    };
    let piece = Piece { code: code.clone(), skipped, is_body: false };
    let defined = if let Body::Function = body { Vec::new() } else { definitions(&piece) };
    for (index, constant) in code.consts.iter().enumerate() {
        let Constant::Code(inner) = constant else { continue };
        let Some(definition) = defined.iter().find(|d| d.constant == index) else {
            divide_body(inner, unit, Body::Function, units);
            continue;
        };
        let mut needs = outer.to_vec();
        needs.extend(definition.name.clone().map(match body {
            Body::Module => Need::Global,
            _ => Need::Member,
        }));
        if definition.is_class && definition.name.is_none() {
            divide_body(inner, unit, Body::Class(&needs), units);
            continue;
        }
        let own = units.len();
        units.push(Unit { needs: needs.clone(), codes: Vec::new() });
        if definition.is_class {
            units[unit].codes.push(Piece { code: inner.clone(), skipped: Vec::new(), is_body: true });
            divide_body(inner, own, Body::Class(&needs), units);
        } else {
            divide_body(inner, own, Body::Function, units);
        }
    }
    units[unit].codes.push(piece);
}

/// A `class` statement, or a `def` statement whose outcome is found under its name only.
struct Definition {
    constant: usize,
    /// Not of classes that decorators have seen.
    name: Option<String>,
    is_class: bool,
}

fn definitions(piece: &Piece) -> Vec<Definition> {
    let code = &*piece.code;
    let all: Vec<Instruction> = piece.instructions().collect();
    let mut found = Vec::new();
    // Where the statement begins: behind the last one that stored or dropped something.
    let mut start = 0;
    for (at, i) in all.iter().enumerate() {
        match i.op {
            Opcode::STORE_NAME | Opcode::POP_TOP | Opcode::RESUME | Opcode::NOP | Opcode::NOT_TAKEN => {
                start = at + 1;
            }
            Opcode::MAKE_FUNCTION => {
                let Some(Instruction { op: Opcode::LOAD_CONST, arg: constant, .. }) =
                    at.checked_sub(1).map(|k| all[k])
                else {
                    continue;
                };
                let statement = &all[start..at];
                if let Some(builds) = statement.iter().position(|i| i.op == Opcode::LOAD_BUILD_CLASS) {
                    // Behind it are bases and keywords, in front of it decorators.
                    let stored = all[at..].iter().find(|i| i.op == Opcode::STORE_NAME);
                    let name = stored.filter(|_| builds == 0).map(|i| name(code, i.arg));
                    found.push(Definition { constant, name, is_class: true });
                    continue;
                }
                let mut rest = all[at + 1..].iter().skip_while(|i| i.op == Opcode::SET_FUNCTION_ATTRIBUTE);
                let decorators = rest.clone().take_while(|i| i.op == Opcode::CALL && i.arg == 0).count();
                let stored = rest.nth(decorators).filter(|i| i.op == Opcode::STORE_NAME);
                if let Some(stored) = stored.filter(|_| are_plain(code, statement, decorators)) {
                    found.push(Definition { constant, name: Some(name(code, stored.arg)), is_class: false });
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether the statement begins with `count` decorators that are names or attributes, all of them plain.
fn are_plain(code: &CodeObject, statement: &[Instruction], count: usize) -> bool {
    let mut rest = statement.iter().filter(|i| i.op != Opcode::PUSH_NULL).peekable();
    (0..count).all(|_| {
        let Some(first) = rest.next_if(|i| i.op == Opcode::LOAD_NAME) else { return false };
        let mut last = name(code, first.arg);
        while let Some(i) = rest.next_if(|i| i.op == Opcode::LOAD_ATTR) {
            last = name(code, i.arg >> 1);
        }
        PLAIN_DECORATORS.contains(&last.as_str())
    })
}

/// What `if __name__ == '__main__'` keeps from running.
fn guarded(code: &CodeObject) -> Vec<Range<usize>> {
    let all: Vec<Instruction> = instructions(&code.code).collect();
    let mut found = Vec::new();
    for window in all.windows(4) {
        let [own, main, compared, jump] = window else { continue };
        if own.op == Opcode::LOAD_NAME
            && name(code, own.arg) == "__name__"
            && main.op == Opcode::LOAD_CONST
            && matches!(code.consts.get(main.arg), Some(Constant::Str(text)) if text.as_str() == Some("__main__"))
            && compared.op == Opcode::COMPARE_OP
            && jump.op == Opcode::POP_JUMP_IF_FALSE
        {
            found.push(jump.next..jump.next + jump.arg);
        }
    }
    found
}

pub fn name(code: &CodeObject, index: usize) -> String {
    code.names.get(index).and_then(PyText::as_str).unwrap_or_default().to_owned()
}

/// The names of a module.
#[derive(Default, Debug)]
pub struct Globals {
    /// What code that counts loads.
    pub loaded: HashSet<String>,
    /// What statements of the module import from others, by the names that it has here.
    imported: HashMap<String, String>,
    /// Texts like `_open`, with which it puts names together.
    ends: HashSet<String>,
}

/// The names that a unit loads from its module's globals, into `globals`, and those by which it finds something elsewhere.
pub fn names(unit: &Unit, globals: &mut Globals, named: &mut Named) {
    for piece in &unit.codes {
        names_of(piece, globals, named);
    }
}

impl Globals {
    /// An imported name is used where the name that it has here is. Whether there is another one.
    pub fn use_imported(&mut self, named: &mut Named) -> bool {
        let before = self.imported.len();
        self.imported.retain(|here, there| {
            let is_used = self.loaded.contains(here) || named.has(here);
            if is_used {
                named.member(std::mem::take(there));
            }
            !is_used
        });
        self.imported.len() < before
    }
}

fn names_of(piece: &Piece, globals: &mut Globals, named: &mut Named) {
    let code = &*piece.code;
    // Texts of the statement; lists of a module's public names are no use of them.
    let mut texts: Vec<&Constant> = Vec::new();
    let mut of_public_names = false;
    // The code object that was loaded last.
    let mut made: Option<&CodeObject> = None;
    let mut rest = piece.instructions().peekable();
    while let Some(i) = rest.next() {
        let next = rest.peek();
        match i.op {
            Opcode::LOAD_NAME if piece.is_body && next.is_none_or(|next| next.op != Opcode::PUSH_NULL) => {}
            Opcode::LOAD_NAME | Opcode::LOAD_FROM_DICT_OR_GLOBALS => {
                let name = name(code, i.arg);
                of_public_names |= name == "__all__";
                globals.loaded.insert(name);
            }
            Opcode::LOAD_GLOBAL => {
                globals.loaded.insert(name(code, i.arg >> 1));
            }
            // The list of names that `IMPORT_FROM` takes one by one.
            Opcode::IMPORT_NAME => {
                texts.pop_if(|list| matches!(list, Constant::Tuple(_)));
            }
            Opcode::IMPORT_FROM if next.is_some_and(|next| next.op == Opcode::STORE_NAME) => {
                let here = next.map_or(String::new(), |next| name(code, next.arg));
                globals.imported.insert(here, name(code, i.arg));
            }
            Opcode::LOAD_ATTR => named.member(name(code, i.arg >> 1)),
            Opcode::LOAD_SUPER_ATTR => named.member(name(code, i.arg >> 2)),
            Opcode::IMPORT_FROM => named.member(name(code, i.arg)),
            Opcode::LOAD_CONST => match code.consts.get(i.arg) {
                Some(Constant::Code(inner)) => made = Some(inner),
                // A class is made from its body and its name.
                Some(Constant::Str(text)) if made.take().is_some_and(|body| body.name == *text) => {}
                constant => texts.extend(constant),
            },
            Opcode::STORE_NAME | Opcode::POP_TOP => {
                let own = i.op == Opcode::STORE_NAME
                    && matches!(
                        &*name(code, i.arg),
                        "__all__" | "__doc__" | "__qualname__" | "__static_attributes__"
                    );
                if !own && !of_public_names {
                    texts.iter().for_each(|text| named.constant(text, globals));
                }
                texts.clear();
                of_public_names = false;
            }
            _ => {}
        }
    }
    texts.iter().for_each(|text| named.constant(text, globals));
}

/// Names by which code that counts finds members of modules and classes.
#[derive(Default, Debug)]
pub struct Named {
    members: HashSet<String>,
    /// Texts like `visit_`, with which names are put together.
    beginnings: HashSet<String>,
}

impl Named {
    pub fn member(&mut self, name: String) {
        self.members.insert(name);
    }

    pub fn has(&self, name: &str) -> bool {
        self.members.contains(name)
    }

    fn constant(&mut self, constant: &Constant, globals: &mut Globals) {
        match constant {
            Constant::Str(text) => self.text(text.as_str().unwrap_or_default(), globals),
            Constant::Tuple(items) | Constant::FrozenSet(items) => {
                items.iter().for_each(|item| self.constant(item, globals));
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, globals: &mut Globals) {
        // Shorter ones are separators.
        const SHORTEST: usize = 3;
        let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == '_');
        // `do_%s`
        let beginning = text.split(['%', '{']).next().unwrap_or_default();
        if beginning.len() >= SHORTEST && beginning.ends_with('_') && is_word(beginning) {
            self.beginnings.insert(beginning.to_owned());
        }
        if text.len() >= SHORTEST && text.starts_with('_') && !text.starts_with("__") && is_word(text) {
            globals.ends.insert(text.to_owned());
        }
        // Of `a.b`, which is a way to something too, both.
        text.split('.')
            .filter(|word| !word.is_empty() && is_word(word))
            .for_each(|word| self.member(word.to_owned()));
    }

    /// Whether the unit, or something on the way to it, is not only there because it is special.
    pub fn names_one(&self, unit: &Unit, globals: &Globals) -> bool {
        unit.needs.iter().any(|need| {
            let (Need::Global(name) | Need::Member(name)) = need;
            !is_special(name) && (self.has(name) || globals.loaded.contains(name))
        })
    }

    fn finds(&self, name: &str, globals: &Globals) -> bool {
        self.members.contains(name)
            || globals.loaded.contains(name)
            || is_special(name)
            || name.match_indices('_').any(|(at, _)| {
                self.beginnings.contains(&name[..=at]) || at > 0 && globals.ends.contains(&name[at..])
            })
    }

    /// Whether a unit of a module that loads `globals` counts.
    pub fn reaches(&self, unit: &Unit, globals: &Globals) -> bool {
        unit.needs.iter().all(|need| {
            let (Need::Global(name) | Need::Member(name)) = need;
            self.finds(name, globals)
        })
    }
}

/// Special methods that the interpreter does not call: modules that do name them.
const ORDINARY: [&str; 12] = [
    "__copy__",
    "__deepcopy__",
    "__getinitargs__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__reduce__",
    "__reduce_ex__",
    "__replace__",
    "__setstate__",
    "__signature__",
    "__sizeof__",
];

/// Special methods are found by the interpreter.
fn is_special(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__") && !ORDINARY.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use taipan_frontend::{Flags, Mode};

    fn units(source: &str) -> Vec<Unit> {
        divide(&Rc::new(taipan_frontend::compile(source, "t.py", Mode::Module, Flags::default()).unwrap()))
    }

    fn reached(source: &str, more: &[&str]) -> Vec<String> {
        let mut units = units(source);
        let (mut globals, mut named) = (Globals::default(), Named::default());
        more.iter().for_each(|name| named.text(name, &mut Globals::default()));
        let mut found = Vec::new();
        while let Some(at) = units.iter().position(|unit| named.reaches(unit, &globals)) {
            let unit = units.remove(at);
            names(&unit, &mut globals, &mut named);
            let codes = unit.codes.iter().filter(|piece| !piece.is_body);
            found.extend(codes.map(|piece| piece.code.qualname.as_str().unwrap().to_owned()));
        }
        found.sort();
        found
    }

    #[test]
    fn functions_and_methods_are_units() {
        let source = "class A:\n  def f(self): return (lambda: 1)\n  x = [i for i in y]\n@a.property\ndef g(): pass\n\
                      @register\ndef h(): pass\nif __name__ == '__main__':\n  import q\n";
        let units = units(source);
        let needs: Vec<_> = units.iter().map(|unit| unit.needs.clone()).collect();
        let global = |name: &str| Need::Global(name.to_owned());
        let method = vec![global("A"), Need::Member("f".to_owned())];
        assert_eq!(needs, [vec![], vec![global("A")], method, vec![global("g")]]);
        let names = |unit: &Unit| -> Vec<String> {
            unit.codes.iter().map(|piece| piece.code.name.as_str().unwrap().to_owned()).collect()
        };
        // The class's body runs in any case; what it names counts with the class.
        assert_eq!(
            units.iter().map(names).collect::<Vec<_>>(),
            [vec!["A", "h", "<module>"], vec!["A"], vec!["<lambda>", "f"], vec!["g"]]
        );
        assert!(units[0].codes[2].instructions().all(|i| i.op != Opcode::IMPORT_NAME));
    }

    #[test]
    fn what_is_named_counts() {
        let source = "__all__ = ['f', 'A']\ndef f(): return g()\ndef g(): pass\nclass A:\n  def m(self): pass\n  \
                      def __len__(self): return 0\n  def visit_x(self): pass\n";
        assert_eq!(reached(source, &[]), ["<module>"]);
        assert_eq!(reached(source, &["f"]), ["<module>", "f", "g"]);
        assert_eq!(reached(source, &["A"]), ["<module>", "A", "A.__len__"]);
        assert_eq!(reached(source, &["A", "visit_"]), ["<module>", "A", "A.__len__", "A.visit_x"]);
        assert_eq!(reached(source, &["m"]), ["<module>"]);
    }
}
