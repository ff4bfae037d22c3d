//! `SyntaxWarning`s in the order and words of CPython 3.14.10.

use taipan_frontend::{Flags, Mode, compile_with_warnings};

fn warnings(source: &str) -> Vec<(i32, String)> {
    let compilation = compile_with_warnings(source, "FILE", Mode::Module, Flags::default());
    let compilation = compilation.unwrap_or_else(|error| panic!("{source:?}: {error}"));
    compilation.warnings.into_iter().map(|w| (w.loc.line, w.message)).collect()
}

#[test]
fn invalid_escapes() {
    let message = |escape: &str, kind: &str| {
        format!(
            "\"{escape}\" is an invalid {kind} sequence. Such sequences will not work in the future. \
             Did you mean \"\\{escape}\"? A raw string is also an option."
        )
    };
    assert_eq!(warnings(r"x = '\d'"), [(1, message(r"\d", "escape"))]);
    assert_eq!(warnings(r"x = b'\d\q'"), [(1, message(r"\d", "escape"))]);
    assert_eq!(warnings("x = '''\na\n\\d\\e'''"), [(3, message(r"\d", "escape"))]);
    assert_eq!(warnings(r"x = '\400'"), [(1, message(r"\400", "octal escape"))]);
    assert_eq!(warnings(r"x = f'\d{a}\e'"), [(1, message(r"\d", "escape")), (1, message(r"\e", "escape"))]);
    for silent in [r"x = r'\d'", r"x = '\é\n\x41\u0041\N{BULLET}\101'", r"x = b'\x41\\d'"] {
        assert_eq!(warnings(silent), [], "{silent}");
    }
}

#[test]
fn leaving_finally() {
    let source = |body: &str| format!("def f():\n try: pass\n finally:\n  {body}\n");
    assert_eq!(warnings(&source("return 1")), [(4, "'return' in a 'finally' block".to_owned())]);
    assert_eq!(warnings(&source("for x in y: return")), []);
    assert_eq!(warnings(&source("def g(): return")), []);
    let in_loop = "for x in y:\n try: pass\n finally:\n  if x: continue\n  break\n";
    assert_eq!(
        warnings(in_loop),
        [(4, "'continue' in a 'finally' block".to_owned()), (5, "'break' in a 'finally' block".to_owned())]
    );
}

#[test]
fn suspicious_expressions() {
    let of = |source: &str| warnings(source).into_iter().map(|w| w.1).collect::<Vec<_>>();
    assert_eq!(of("x is 1"), ["\"is\" with 'int' literal. Did you mean \"==\"?"]);
    assert_eq!(of("x is not ''"), ["\"is not\" with 'str' literal. Did you mean \"!=\"?"]);
    assert_eq!(of("assert (x, 'm')"), ["assertion is always true, perhaps remove parentheses?"]);
    assert_eq!(of("'a'()"), ["'str' object is not callable; perhaps you missed a comma?"]);
    assert_eq!(of("1[0]"), ["'int' object is not subscriptable; perhaps you missed a comma?"]);
    assert_eq!(
        of("[1]['a']"),
        ["list indices must be integers or slices, not str; perhaps you missed a comma?"]
    );
    assert_eq!(of("x is None, x is (), f'{x}'"), ["\"is\" with 'tuple' literal. Did you mean \"==\"?"]);
}
