//! A minute of the fuzzer (`./x fuzz`): what is damaged are the golden sources. Nothing panics, overflows the stack or
//! hangs, and what is accepted and refused is what CPython's grammar accepts and refuses.

#[path = "../examples/support/cases.rs"]
mod cases;
#[path = "../examples/support/mutate.rs"]
mod mutate;

use cases::{Corpus, PATIENCE};
use mutate::Random;

const CASES: u64 = 6000;
/// A debug build needs more time and stack for each level.
const DEPTH: usize = 3200;

#[test]
fn damage_gives_errors_only() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the golden sources are there")
        .map(|e| e.expect("the folder can be read").path())
        .filter(|p| p.extension().is_some_and(|e| e == "py"))
        .collect();
    files.sort();
    let sources: Vec<String> =
        files.iter().map(|f| std::fs::read_to_string(f).expect("golden sources are text")).collect();
    assert!(sources.len() > 30, "only {} sources", sources.len());
    let corpus = Corpus::new(sources);
    for number in 0..CASES {
        let case = corpus.case(&mut Random::new(number), DEPTH);
        let time = cases::run(&case).unwrap_or_else(|wrong| panic!("case {number}: {wrong}"));
        assert!(time < PATIENCE, "case {number} took {time:?}");
    }
}
