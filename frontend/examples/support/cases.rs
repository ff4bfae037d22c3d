//! What the fuzzer tries: damaged sources, damaged `.pyc` files, and sources that nest without end.

use std::time::{Duration, Instant};

use taipan_frontend::{Flags, Mode, compile_bytes, compile_with_warnings, dis, grammar_error, marshal};

use crate::mutate::{self, Random};

/// Longer than this is a hang.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub enum Case {
    Text(String, Mode),
    Bytes(Vec<u8>),
    Marshal(Vec<u8>),
}

/// Where cases come from: sources and the code objects they compile to.
pub struct Corpus {
    sources: Vec<(String, Vec<(usize, usize)>)>,
    marshalled: Vec<Vec<u8>>,
}

impl Corpus {
    pub fn new(sources: Vec<String>) -> Corpus {
        let compiled = |source: &String| {
            let code = compile_with_warnings(source, "FILE", Mode::Module, Flags::default()).ok()?.code;
            marshal::dump_code(&code).ok()
        };
        let marshalled = sources.iter().filter_map(compiled).collect();
        let with_places = |source: String| {
            let places = mutate::tokens(&source);
            (source, places)
        };
        Corpus { sources: sources.into_iter().map(with_places).collect(), marshalled }
    }

    /// The next case; `depth` bounds how deep the nests are.
    pub fn case(&self, random: &mut Random, depth: usize) -> Case {
        let (source, places) = &self.sources[random.below(self.sources.len())];
        match random.below(16) {
            0..8 => {
                let mut text = mutate::mutate_token(source, places, random);
                for _ in 0..random.below(3) {
                    text = mutate::mutate_token(&text, &mutate::tokens(&text), random);
                }
                let modes = [Mode::Module, Mode::Module, Mode::Module, Mode::Interactive, Mode::Expression];
                Case::Text(text, modes[random.below(modes.len())])
            }
            8..11 => Case::Bytes(mutate_bytes(source.as_bytes(), random)),
            11..15 if !self.marshalled.is_empty() => {
                let data = &self.marshalled[random.below(self.marshalled.len())];
                Case::Marshal(mutate_bytes(data, random))
            }
            _ => Case::Text(nest(random, depth), Mode::Module),
        }
    }
}

/// What is repeated before, in the middle, and after.
const NESTS: [(&str, &str, &str); 54] = [
    ("(", "1", ")"),
    ("[", "1", "]"),
    ("{", "1", "}"),
    ("{1:", "1", "}"),
    ("f(", "1", ")"),
    ("f(a=", "1", ")"),
    ("f(*", "a", ")"),
    ("a[", "1", "]"),
    ("a[1:", "1", "]"),
    ("(a:=", "1", ")"),
    ("(yield ", "1", ")"),
    ("(lambda x=1:", "1", ")"),
    ("lambda:", "1", ""),
    ("lambda x:(", "1", ")"),
    ("a if b else ", "1", ""),
    ("a if ", "b", " else c"),
    ("not ", "a", ""),
    ("-", "1", ""),
    ("~", "a", ""),
    ("- +", "a", ""),
    ("a**", "a", ""),
    ("a+", "a", ""),
    ("a and ", "a", ""),
    ("a<", "a", ""),
    ("a,", "a", ""),
    ("a=", "a", ""),
    ("a;", "a", ""),
    ("", "a", ".b"),
    ("", "a", "()"),
    ("", "a", "[0]"),
    ("", "a", "(1)[2].c"),
    ("f'{", "a", "}'"),
    ("f'{a:{", "b", "}}'"),
    ("t'{", "a", "}'"),
    ("f\"{f'{", "a", "}'}\""),
    ("'a' ", "'b'", ""),
    ("[a for b in ", "c", "]"),
    ("[", "a", " for b in c]"),
    ("(", "a", " for b in c)"),
    ("[a ", "for b in c", " for b in c]"),
    ("{a: ", "b", " for b in c}"),
    ("@a\n", "def f(): pass", ""),
    ("if a: pass\n", "if a: pass", "\nelif b: pass"),
    ("async def f(): await ", "a", ""),
    ("await ", "a", ""),
    ("match a:\n case ", "b", ": pass\n"),
    ("*", "a", ""),
    ("a: ", "b", ""),
    ("def f[T: ", "int", "](): pass"),
    ("x = ", "1", ""),
    ("\\\n", "1", ""),
    ("import a.", "b", ""),
    ("{**", "a", "}"),
    ("del (", "a", ")"),
];

/// Statements that hold a block.
const BLOCKS: [&str; 13] = [
    "if a:",
    "while a:",
    "for a in b:",
    "with a:",
    "with a as b, c:",
    "try:",
    "def f():",
    "def f(a, b=1):",
    "class A:",
    "class A[T]:",
    "async def f():",
    "match a:\n{indent} case b:",
    "else:",
];

/// Patterns nest in a place of their own.
const PATTERNS: [(&str, &str); 6] =
    [("[", "]"), ("(", ")"), ("A(", ")"), ("{1: ", "}"), ("1 | ", ""), ("A(b=", ")")];

fn nest(random: &mut Random, depth: usize) -> String {
    let deepest = [30, 110, 250, depth][random.below(4)].min(depth);
    let count = 1 + random.below(deepest);
    match random.below(8) {
        0 => {
            let mut out = String::new();
            let kinds: Vec<&str> = (0..1 + random.below(3)).map(|_| random.pick(&BLOCKS)).collect();
            let mut indent = String::new();
            for _ in 0..count.min(130) {
                let header = kinds[random.below(kinds.len())].replace("{indent}", &indent);
                out += &format!("{indent}{header}\n");
                indent.push_str(if header.contains('\n') { "  " } else { " " });
            }
            out + &indent + "pass\n"
        }
        1 => {
            let (open, close) = PATTERNS[random.below(PATTERNS.len())];
            format!("match x:\n case {}a{}: pass\n", open.repeat(count), close.repeat(count))
        }
        2 => {
            // Several kinds, one in the other.
            let kinds: Vec<_> = (0..3).map(|_| NESTS[random.below(NESTS.len())]).collect();
            let mut text = "a".to_owned();
            for index in 0..count.min(400) {
                let (open, _, close) = kinds[index % kinds.len()];
                text = format!("{open}{text}{close}");
            }
            text
        }
        _ => {
            let (open, middle, close) = NESTS[random.below(NESTS.len())];
            // Not always closed.
            let closing = if random.below(4) == 0 { random.below(count) } else { count };
            format!("{}{middle}{}", open.repeat(count), close.repeat(closing))
        }
    }
}

/// Runs a case; how long it took, or what is wrong with the answer.
pub fn run(case: &Case) -> Result<Duration, String> {
    let start = Instant::now();
    match case {
        Case::Text(text, mode) => {
            let result = compile_with_warnings(text, "FILE", *mode, Flags::default());
            let time = start.elapsed();
            if text.contains('\0') || text.contains("barry_as_FLUFL") {
                return Ok(time);
            }
            match (result.map_err(|e| e.message), grammar_error(text, *mode)) {
                (Ok(_), Some(error)) => return Err(format!("accepted, but {error}")),
                // An error without a word on what is wrong must be the grammar's.
                (Err(message), None) if message == "invalid syntax" => {
                    return Err("refused, but the grammar accepts it".to_owned());
                }
                _ => return Ok(time),
            }
        }
        Case::Bytes(bytes) => drop(compile_bytes(bytes, "FILE", Mode::Module, Flags::default())),
        Case::Marshal(data) => {
            // A header may be anything, too.
            let _ = marshal::PycHeader::parse(data);
            if let Ok(code) = marshal::load_code(data) {
                // What was read can be listed and written again.
                let mut out = String::new();
                dis::disassemble_recursive(&code, &dis::Options::default(), &mut out);
                drop(marshal::dump_code(&code));
            }
        }
    }
    Ok(start.elapsed())
}

/// Changes, removes, doubles or cuts off bytes.
fn mutate_bytes(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for _ in 0..1 + random.below(4) {
        if out.is_empty() {
            break;
        }
        let at = random.below(out.len());
        match random.below(6) {
            0 => out[at] = random.next() as u8,
            1 => out[at] ^= 1 << random.below(8),
            2 => drop(out.remove(at)),
            3 => out.insert(at, random.next() as u8),
            4 => {
                let end = (at + random.below(16)).min(out.len());
                let part = out[at..end].to_vec();
                let to = random.below(out.len());
                out.splice(to..to, part);
            }
            _ if random.below(8) == 0 => out.truncate(at),
            _ => out[at] = [0, 0xFF, 0x7F, 0x80, b'\'', b'(', b'\n', b'{'][random.below(8)],
        }
    }
    out
}
