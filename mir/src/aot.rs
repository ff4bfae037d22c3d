//! What is handed to the ahead-of-time compiler: functions as bytecode, self-contained and independent of any runtime
//! object, in a form that crosses the boundary of a library.
//!
//! A [`Request`] is written to bytes by who builds a program and read by the library that has LLVM.

use crate::genexpr::Container;

/// A constant of a function, as far as code can know it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Constant {
    /// Any object.
    Object,
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    Float(f64),
}

/// An entry of the exception table; positions in units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handler {
    pub target: u32,
    /// Height of the evaluation stack to which it is cut.
    pub depth: u32,
    pub push_lasti: bool,
}

/// What a profile says about an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    pub unit: u32,
    /// The specialised opcode that it nearly always had, or 0.
    pub form: u8,
    /// Kinds of operands of `BINARY_OP_EXTEND`.
    pub kinds: u16,
    /// How often it ran and jumped.
    pub count: u64,
    pub taken: u64,
}

/// A call of a generator expression that may be fused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FusedCall {
    pub unit: u32,
    /// The opcode that stands there then.
    pub form: u8,
    /// Where control goes on with the container.
    pub behind: u32,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// The symbol that it gets.
    pub symbol: String,
    /// Its place in the table of compiled functions.
    pub number: u32,
    /// `co_name`, and the names in the code.
    pub name: String,
    pub names: Vec<String>,
    pub nlocalsplus: u32,
    pub argcount: u32,
    /// It takes just the positional arguments.
    pub exact: bool,
    /// [`fused_row`] of a fused generator expression, else 0.
    pub fused: u32,
    /// Calls of generator expressions that may be fused.
    pub expressions: Vec<FusedCall>,
    /// `co_code`.
    pub code: Vec<u8>,
    pub constants: Vec<Constant>,
    pub handlers: Vec<Handler>,
    /// What a profile knows, by unit; `None` without one.
    pub profile: Option<Vec<Site>>,
    /// With a profile: units of calls, and the numbers of functions that were called there, the usual ones first.
    pub callees: Option<Vec<(u32, u32)>>,
}

/// What is to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    Object,
    Assembly,
    LlvmIr,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    pub output: Output,
    /// Entries of the table of compiled functions.
    pub table: u32,
    pub functions: Vec<Function>,
}

/// Symbols of the table: entries of [`ENTRY_WORDS`] words (code, patches, number of patches, [`fused_row`] or 0), and their number.
pub const TABLE: &str = "TAIPAN_COMPILED";
pub const TABLE_LENGTH: &str = "TAIPAN_COMPILED_LENGTH";
pub const ENTRY_WORDS: u32 = 4;

/// What tells the row of a fused generator expression: the number of the original and the container. Such rows stand behind
/// those of all code objects.
pub fn fused_row(number: usize, container: Container) -> usize {
    1 + (number << 1 | container as usize)
}

/// Caches of attribute accesses in compiled code: for each access [`ENTRIES`](site::ENTRIES) entries, then two counters. They are data of the
/// executable; the runtime fills them.
pub mod site {
    /// Shapes that one access remembers.
    pub const ENTRIES: usize = 4;
    /// An entry: version and kind of the place, then what [`kind`] says.
    #[repr(C)]
    #[derive(Clone, Copy, Debug)]
    pub struct Entry {
        /// Of the shape; [`NO_VERSION`] in an empty entry.
        pub version: u32,
        pub kind: u32,
        pub value: u64,
    }
    #[repr(C)]
    #[derive(Debug)]
    pub struct Cell {
        pub entries: [Entry; ENTRIES],
        /// How often the runtime was asked.
        pub asked: u32,
        pub next: u32,
    }
    /// No shape has it.
    pub const NO_VERSION: u32 = u32::MAX;
    /// After so many questions an access is left to the general way.
    pub const PATIENCE: u32 = 64;
    /// Where the attribute is.
    pub mod kind {
        /// In the object, at the offset `value`.
        pub const SLOT: u32 = 0;
        /// In the class: the word `value`, as it is.
        pub const CLASS: u32 = 1;
        /// In the class: the function `value`, which wants its receiver.
        pub const METHOD: u32 = 2;
        /// The same for objects that may have a `__dict__` in front of them, while they have none.
        pub const LAZY_METHOD: u32 = 3;
    }
    /// What is wanted of an attribute.
    pub mod access {
        pub const LOAD: u32 = 0;
        pub const STORE: u32 = 1;
        /// To call it: a method and its receiver.
        pub const METHOD: u32 = 2;
    }
    /// `(ts, owner, name, cell, access) -> 1 when there is an entry now`
    pub const HELPER: &str = "rt_compiled_attribute";
}

/// FNV-1a over `co_code`: what tells a profile whether code is the one that it was recorded of.
pub fn code_hash(code: &[u8]) -> u64 {
    code.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}

/// The functions that the library offers.
pub mod abi {
    /// Bytes that the library made: the output, or a message when `failed` is not 0.
    #[repr(C)]
    pub struct Answer {
        pub data: *const u8,
        pub length: usize,
        pub failed: u32,
    }
    pub type Compile = unsafe extern "C" fn(request: *const u8, length: usize) -> *mut Answer;
    pub type Release = unsafe extern "C" fn(answer: *mut Answer);
    pub const COMPILE: &str = "taipan_llvm_aot";
    pub const RELEASE: &str = "taipan_llvm_aot_release";
}

/// Changes with the form below.
const MAGIC: u32 = 0x5441_0004;

#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn word(&mut self, n: u32) {
        self.0.extend(n.to_le_bytes());
    }
    fn long(&mut self, n: u64) {
        self.0.extend(n.to_le_bytes());
    }
    fn bytes(&mut self, bytes: &[u8]) {
        // Code and names are far below 4 GiB: the image of a program has 32-bit offsets.
        self.word(bytes.len() as u32);
        self.0.extend(bytes);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }
    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
    fn long(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.word()?;
        self.take(n as usize)
    }
    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.word()?).map(|_| item(self)).collect()
    }
}

impl Request {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.word(MAGIC);
        w.word(match self.output {
            Output::Object => 0,
            Output::Assembly => 1,
            Output::LlvmIr => 2,
        });
        w.word(self.table);
        w.word(self.functions.len() as u32);
        for f in &self.functions {
            w.bytes(f.symbol.as_bytes());
            w.word(f.number);
            w.bytes(f.name.as_bytes());
            w.word(f.names.len() as u32);
            f.names.iter().for_each(|name| w.bytes(name.as_bytes()));
            w.word(f.nlocalsplus);
            w.word(f.argcount);
            w.word(u32::from(f.exact));
            w.word(f.fused);
            w.word(f.expressions.len() as u32);
            for call in &f.expressions {
                w.word(call.unit);
                w.word(u32::from(call.form));
                w.word(call.behind);
            }
            w.bytes(&f.code);
            w.word(f.constants.len() as u32);
            for constant in &f.constants {
                let (kind, bits) = match *constant {
                    Constant::Object => (0, 0),
                    Constant::None => (1, 0),
                    Constant::True => (2, 0),
                    Constant::False => (3, 0),
                    Constant::Ellipsis => (4, 0),
                    Constant::Int(n) => (5, n as u64),
                    Constant::Float(d) => (6, d.to_bits()),
                };
                w.word(kind);
                w.long(bits);
            }
            w.word(f.handlers.len() as u32);
            for h in &f.handlers {
                w.word(h.target);
                w.word(h.depth);
                w.word(u32::from(h.push_lasti));
            }
            w.word(u32::from(f.profile.is_some()));
            let sites = f.profile.as_deref().unwrap_or_default();
            w.word(sites.len() as u32);
            for site in sites {
                w.word(site.unit);
                w.word(u32::from(site.form) | u32::from(site.kinds) << 8);
                w.long(site.count);
                w.long(site.taken);
            }
            w.word(u32::from(f.callees.is_some()));
            let callees = f.callees.as_deref().unwrap_or_default();
            w.word(callees.len() as u32);
            for (unit, number) in callees {
                w.word(*unit);
                w.word(*number);
            }
        }
        w.0
    }

    /// `None` when the bytes are not a request of this version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Request> {
        let mut r = Reader(bytes);
        if r.word()? != MAGIC {
            return None;
        }
        let output = match r.word()? {
            0 => Output::Object,
            1 => Output::Assembly,
            2 => Output::LlvmIr,
            _ => return None,
        };
        let table = r.word()?;
        let functions = r.list(|r| {
            Some(Function {
                symbol: r.text()?,
                number: r.word()?,
                name: r.text()?,
                names: r.list(Reader::text)?,
                nlocalsplus: r.word()?,
                argcount: r.word()?,
                exact: r.word()? != 0,
                fused: r.word()?,
                expressions: r.list(|r| {
                    Some(FusedCall { unit: r.word()?, form: r.word()? as u8, behind: r.word()? })
                })?,
                code: r.bytes()?.to_vec(),
                constants: r.list(|r| {
                    let (kind, bits) = (r.word()?, r.long()?);
                    Some(match kind {
                        0 => Constant::Object,
                        1 => Constant::None,
                        2 => Constant::True,
                        3 => Constant::False,
                        4 => Constant::Ellipsis,
                        5 => Constant::Int(bits as i64),
                        6 => Constant::Float(f64::from_bits(bits)),
                        _ => return None,
                    })
                })?,
                handlers: r.list(|r| {
                    Some(Handler { target: r.word()?, depth: r.word()?, push_lasti: r.word()? != 0 })
                })?,
                profile: {
                    let there = r.word()? != 0;
                    let sites = r.list(|r| {
                        let (unit, forms) = (r.word()?, r.word()?);
                        let (count, taken) = (r.long()?, r.long()?);
                        Some(Site { unit, form: forms as u8, kinds: (forms >> 8) as u16, count, taken })
                    })?;
                    there.then_some(sites)
                },
                callees: {
                    let there = r.word()? != 0;
                    let callees = r.list(|r| Some((r.word()?, r.word()?)))?;
                    there.then_some(callees)
                },
            })
        })?;
        r.0.is_empty().then_some(Request { output, table, functions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_survive_the_boundary() {
        let request = Request {
            output: Output::Assembly,
            table: 3,
            functions: vec![Function {
                symbol: "m.f".into(),
                number: 1,
                name: "f".into(),
                names: vec!["x".into(), "y".into()],
                nlocalsplus: 2,
                argcount: 1,
                exact: true,
                fused: 0,
                expressions: vec![FusedCall { unit: 9, form: 214, behind: 17 }],
                code: vec![128, 0, 35, 0],
                constants: vec![Constant::Object, Constant::Int(-7), Constant::Float(0.5), Constant::None],
                handlers: vec![Handler { target: 9, depth: 1, push_lasti: true }],
                profile: Some(vec![Site { unit: 3, form: 129, kinds: 18, count: 1 << 40, taken: 7 }]),
                callees: Some(vec![(3, 0)]),
            }],
        };
        let bytes = request.to_bytes();
        assert_eq!(Request::from_bytes(&bytes), Some(request));
        assert!((0..bytes.len()).all(|n| Request::from_bytes(&bytes[..n]).is_none()));
    }
}
