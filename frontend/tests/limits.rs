//! Deeply nested source: it compiles, or it is refused with an error; the stack never overflows.

use taipan_frontend::{ErrorKind, Flags, Mode, SyntaxError, compile};

fn run(source: &str) -> Result<(), SyntaxError> {
    compile(source, "FILE", Mode::Module, Flags::default()).map(|_| ())
}

#[test]
fn long_chains_compile() {
    for source in [
        format!("x = {}y", "1 + ".repeat(4000)),
        format!("a{}", ".b".repeat(20_000)),
        format!("a{}", "()".repeat(4000)),
        format!("x = {}c", "a if b else ".repeat(1000)),
        format!("{}x", "not ".repeat(1000)),
        format!("if a: pass\n{}", "elif b: pass\n".repeat(2000)),
        format!("x = {}1{}", "(".repeat(199), ")".repeat(199)),
    ] {
        assert_eq!(run(&source), Ok(()), "{}…", &source[..20]);
    }
}

#[test]
fn trees_beyond_measure_are_refused() {
    for source in [format!("a{}", ".b".repeat(300_000)), format!("x = {}a", "a + ".repeat(300_000))] {
        assert_eq!(run(&source).map_err(|e| e.kind), Err(ErrorKind::Recursion));
    }
}

#[test]
fn brackets_and_indentation_have_cpythons_limits() {
    let brackets = format!("{}1{}", "(".repeat(201), ")".repeat(201));
    assert_eq!(run(&brackets).map_err(|e| e.message), Err("too many nested parentheses".into()));
    let mut indented: String = (0..101).map(|i| format!("{}if x:\n", " ".repeat(i))).collect();
    indented += &" ".repeat(101);
    indented += "pass\n";
    let error = run(&indented).expect_err("a hundred levels are the limit");
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Indentation, "too many levels of indentation")
    );
}

/// Where CPython's parser gives up, with brackets and without.
#[test]
fn what_is_too_deep_for_cpythons_parser_is_refused() {
    let lambdas = |count: usize| format!("{}1{}\n", "lambda x:(".repeat(count), ")".repeat(count));
    let nots = |count: usize| format!("{}a\n", "not ".repeat(count));
    for (allowed, refused) in [(lambdas(198), lambdas(199)), (nots(5969), nots(5970))] {
        assert_eq!(run(&allowed), Ok(()));
        assert_eq!(run(&refused).map_err(|e| e.kind), Err(ErrorKind::Memory));
    }
}

#[test]
fn digits_of_integers_are_limited() {
    assert_eq!(run(&"9".repeat(4300)), Ok(()));
    assert!(run(&"9".repeat(4301)).is_err_and(|e| e.message.starts_with("Exceeds the limit (4300 digits)")));
    assert_eq!(run(&format!("0x{}", "f".repeat(5000))), Ok(()));
}
