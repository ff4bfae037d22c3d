//! The command line: what is refused, with which words and which status; what commands write.
//!
//! Status 2 is the fault of the command line or the environment, 1 that of the program; each message is one line.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use taipan_tests::child::{self, Outcome};
use taipan_tests::paths;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);

const PROGRAM: &str = "\
def outer(n):
    def inner():
        return n
    return inner

class Class:
    def method(self):
        pass

print('ran', outer(1)())
";

/// A folder with `app.py`, `bad.py` (which does not compile) and `latin.py` (which is not UTF-8).
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, contents: &[u8]| fs::write(folder.path().join(name), contents).unwrap();
    write("app.py", PROGRAM.as_bytes());
    write("bad.py", b"x = 1\ndef f(:\n");
    write("latin.py", b"x = '\xe9'\n");
    fs::create_dir(folder.path().join("pkg")).unwrap();
    write("pkg/mod.py", b"assert 0\n");
    write(
        "hot.py",
        b"def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t\nprint(f(9999))\n",
    );
    folder
}

fn taipan(folder: &Path, words: &str) -> Outcome {
    let mut command = Command::new(paths::taipan().unwrap());
    command.args(words.split_whitespace()).current_dir(folder);
    for variable in ["TAIPAN_TIER", "SOURCE_DATE_EPOCH", "PYTHONOPTIMIZE"] {
        command.env_remove(variable);
    }
    child::run(&mut command, None, LIMIT).unwrap()
}

/// Runs a command that succeeds.
fn output(folder: &Path, words: &str) -> String {
    let outcome = taipan(folder, words);
    assert_eq!(outcome.code, 0, "taipan {words}: {}", outcome.stderr);
    outcome.stdout
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    let folder = folder();
    let cases: &[(&str, i32, &str)] = &[
        ("inspect ast missing.py", 2, "can't read 'missing.py': No such file or directory"),
        ("inspect ast pkg", 2, "'pkg' is a directory, not a program"),
        ("inspect tokns app.py", 2, "invalid value 'tokns' for '<STAGE>'"),
        (
            "inspect ast --dif app.py",
            2,
            "unexpected argument '--dif' found (a similar argument exists: '--diff')",
        ),
        ("inspect ast --diff app.py", 2, "the stage 'ast' has no use for --diff"),
        ("inspect cfg app.py -- x", 2, "the stage 'cfg' has no use for arguments for the program"),
        (
            "inspect bytecode app.py -- x",
            2,
            "arguments for the program need --adaptive, which runs the program",
        ),
        ("inspect ast", 2, "the stage 'ast' needs a FILE"),
        ("inspect asm app.py:outr", 2, "there is no 'outr' in 'app.py'; did you mean 'outer'?"),
        ("inspect stencils _NOOP", 2, "there is no stencil of '_NOOP'; did you mean '_NOP'?"),
        ("--stats=missing/stats.json pkg/none.py", 2, "/pkg/none.py': [Errno 2] No such file or directory"),
        ("inspect cfg app.py:iner", 2, "there is no 'iner' in 'app.py'; did you mean 'outer.inner'?"),
        (
            "inspect cfg app.py:xyz",
            2,
            "there is no 'xyz' in 'app.py'; there is outer, outer.inner, Class, Class.method",
        ),
        ("inspect ast pkg/mod.py:f", 2, "there is no 'f' in 'pkg/mod.py', which has no functions"),
        (
            "inspect ast app.py -o missing/out.txt",
            2,
            "can't write 'missing/out.txt': No such file or directory",
        ),
        ("inspect ast app.py -o pkg", 2, "can't write 'pkg': is a directory"),
        ("build --invalidation-mode timestamp app.py", 2, "--invalidation-mode is for --emit pyc"),
        ("build --emit pyx app.py", 2, "invalid value 'pyx' for '--emit <KIND>'"),
        ("build --emit pyc missing -o out", 2, "can't read 'missing': No such file or directory"),
        ("build --emit pyc .", 2, "a folder needs a folder to write to: -o OUT"),
        ("build --emit pyc . -o app.py", 2, "'app.py' is not a folder"),
        ("build --emit pyc app.py -o app.py", 2, "'app.py' would overwrite itself"),
        ("--nonsense", 2, "unexpected argument '--nonsense' found"),
        ("--tier warp app.py", 2, "unknown tier 'warp'"),
        ("run", 2, "a FILE to run is required"),
        ("missing.py", 2, "/missing.py': [Errno 2] No such file or directory"),
    ];
    for (words, status, message) in cases {
        let outcome = taipan(folder.path(), words);
        assert_eq!(outcome.code, *status, "taipan {words}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("taipan: "), "taipan {words}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "taipan {words}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "taipan {words}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "taipan {words}");
    }
}

/// A `taipan` that reads `input`.
fn talk(folder: &Path, words: &[&str], input: &str) -> Outcome {
    let mut command = Command::new(paths::taipan().unwrap());
    command.args(words).current_dir(folder).env_remove("PYTHONSTARTUP");
    child::run(&mut command, Some(input.as_bytes()), LIMIT).unwrap()
}

#[test]
fn the_prompt_runs_statements_as_they_are_complete() {
    let folder = folder();
    let input = "x = 3\nx\ndef f():\n  return x / 0\n\nf()\ny =\nraise SystemExit(4)\n";
    let outcome = talk(folder.path(), &["-q", "-i"], input);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (4, "3\n"));
    let expected = ">>> >>> >>> ... ... >>> Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n    \
                    f()\n    ~^^\n  File \"<stdin>\", line 2, in f\n    return x / 0\n           ~~^~~\nZeroDivisionError: \
                    division by zero\n>>>   File \"<stdin>\", line 1\n    y =\n       ^\nSyntaxError: invalid syntax\n>>> ";
    assert_eq!(outcome.stderr, expected);
    // After a program, whose names are there.
    let outcome = talk(folder.path(), &["-i", "-c", "z = 6; raise SystemExit(3)"], "z * 7\n");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "42\n"));
    assert!(outcome.stderr.ends_with("SystemExit: 3\n>>> >>> \n"), "{}", outcome.stderr);
}

#[test]
fn options_may_be_repeated_and_programs_indented() {
    let folder = folder();
    let outcome = talk(folder.path(), &["-I", "-I", "-B", "-B", "-c", "  x = 1\n\n  print(x)"], "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "1\n"), "{}", outcome.stderr);
    fs::write(folder.path().join("first.py"), "not python\nprint(__loader__.path[-8:])\n").unwrap();
    let outcome = talk(folder.path(), &["-x", "first.py"], "");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "first.py\n"), "{}", outcome.stderr);
    let outcome = talk(folder.path(), &["-bb", "-c", "b'a' == 'a'"], "");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.ends_with("BytesWarning: Comparison between bytes and string\n"),
        "{}",
        outcome.stderr
    );
    let outcome = talk(folder.path(), &["pkg"], "");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("can't find '__main__' module in '"), "{}", outcome.stderr);
}

#[test]
fn help_goes_to_standard_output() {
    let folder = folder();
    assert!(output(folder.path(), "--help").contains("taipan inspect [OPTIONS] STAGE"));
    assert!(output(folder.path(), "build --help").contains("--invalidation-mode"));
    assert!(output(folder.path(), "inspect --help").contains("taipan inspect cfg --diff app.py:outer.inner"));
}

#[test]
fn a_function_is_found_by_its_path() {
    let folder = folder();
    let inner = output(folder.path(), "inspect bytecode app.py:outer.inner");
    assert!(inner.contains("LOAD_DEREF"), "{inner}");
    assert_eq!(inner, output(folder.path(), "inspect bytecode app.py:outer.<locals>.inner"));
    let method = output(folder.path(), "inspect ast app.py:Class.method");
    assert!(method.starts_with("FunctionDef(\n   name='method',"), "{method}");
    let tokens = output(folder.path(), "inspect tokens app.py:outer.inner");
    assert!(tokens.starts_with("2,0-2,4:            INDENT"), "{tokens}");
    let symbols = output(folder.path(), "inspect symbols app.py:outer.inner");
    assert!(symbols.contains("free symbol 'n': use"), "{symbols}");
    let cfg = output(folder.path(), "inspect cfg app.py:outer.inner");
    assert!(cfg.starts_with("outer.<locals>.inner, line 2\n"), "{cfg}");
}

#[test]
fn a_listing_is_written_to_a_file() {
    let folder = folder();
    let printed = output(folder.path(), "inspect ast app.py");
    assert_eq!(output(folder.path(), "inspect ast app.py -o tree.txt"), "");
    assert_eq!(fs::read_to_string(folder.path().join("tree.txt")).unwrap(), printed);
}

#[test]
fn the_programs_own_output_is_not_in_the_listing() {
    let folder = folder();
    let outcome = taipan(folder.path(), "inspect bytecode --adaptive app.py");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, "ran 1\n"));
    assert!(
        outcome.stdout.contains("RESUME_CHECK") && !outcome.stdout.contains("ran 1"),
        "{}",
        outcome.stdout
    );
    let page = output(folder.path(), "inspect bytecode --adaptive --html app.py");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("class=\"name specialised\""), "{page}");
}

#[test]
fn colours_are_for_terminals() {
    let folder = folder();
    let listing = output(folder.path(), "inspect cfg --diff app.py");
    assert!(!listing.contains('\x1b'), "{listing}");
}

#[test]
fn a_pyc_stands_for_its_source() {
    let folder = folder();
    for mode in ["timestamp", "checked-hash", "unchecked-hash"] {
        output(folder.path(), &format!("build --emit pyc app.py --invalidation-mode {mode}"));
        let flags = fs::read(folder.path().join("app.pyc")).unwrap()[4];
        assert_eq!(
            flags,
            match mode {
                "timestamp" => 0,
                "checked-hash" => 3,
                _ => 1,
            }
        );
        assert_eq!(output(folder.path(), "app.pyc"), "ran 1\n");
        assert_eq!(output(folder.path(), "run app.pyc"), "ran 1\n");
        assert_eq!(
            output(folder.path(), "inspect bytecode app.pyc:outer"),
            output(folder.path(), "inspect bytecode app.py:outer")
        );
    }
    let outcome = taipan(folder.path(), "inspect tokens app.pyc");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("holds compiled code, which has no tokens"), "{}", outcome.stderr);
    fs::write(folder.path().join("old.pyc"), b"\x16\x0d\x0d\x0a            ").unwrap();
    let outcome = taipan(folder.path(), "old.pyc");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, "RuntimeError: Bad magic number in .pyc file\n"));
    let outcome = taipan(folder.path(), "inspect bytecode old.pyc");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, "taipan: 'old.pyc': bad magic number\n"));
}

#[test]
fn what_is_refused_is_shown_as_python_shows_it() {
    let folder = folder();
    let expected = taipan(folder.path(), "bad.py").stderr;
    assert!(expected.ends_with("\nSyntaxError: invalid syntax\n"), "{expected}");
    for words in
        ["build --emit pyc bad.py", "inspect ast bad.py", "inspect bytecode bad.py", "inspect cfg bad.py"]
    {
        let outcome = taipan(folder.path(), words);
        // `taipan bad.py` names the file by its whole path.
        let place = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((outcome.code, place(&outcome.stderr)), (1, place(&expected)), "{words}");
    }
}

#[test]
fn a_module_without_source_is_its_pyc() {
    let folder = folder();
    fs::write(folder.path().join("main.py"), "import part\nprint(part.value)\n").unwrap();
    fs::write(folder.path().join("part.py"), "value = 'from part'\n").unwrap();
    output(folder.path(), "build --emit pyc part.py");
    fs::remove_file(folder.path().join("part.py")).unwrap();
    assert_eq!(output(folder.path(), "main.py"), "from part\n");
}

#[test]
fn a_tree_becomes_a_mirror_and_what_is_refused_is_listed() {
    let folder = folder();
    let outcome = taipan(folder.path(), "build --emit pyc . -o out -O");
    assert_eq!(outcome.code, 1);
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(lines[0], "  File \"./bad.py\", line 2");
    assert_eq!(lines[3], "SyntaxError: invalid syntax");
    assert_eq!(lines[4], "  File \"./latin.py\", line 1");
    assert!(lines.iter().any(|line| line.starts_with("SyntaxError: Non-UTF-8 code starting with '\\xe9'")));
    assert_eq!(lines.last(), Some(&"taipan: 2 of 5 files could not be compiled"));
    let mut written: Vec<_> = fs::read_dir(folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    written.sort();
    assert_eq!(written, ["app.pyc", "hot.pyc", "pkg"]);
    let file = folder.path().join("out/pkg/mod.pyc");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o600, 0o600);
    // Without its assertion the module does nothing.
    assert_eq!(output(folder.path(), "out/pkg/mod.pyc"), "");
}

#[test]
fn hot_code_is_shown_as_uops_and_as_instructions() {
    let folder = folder();
    for stage in ["trace", "mir", "graph", "asm"] {
        let outcome = taipan(folder.path(), &format!("inspect {stage} hot.py:f"));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, "49985001\n"), "{stage}");
        assert!(outcome.stdout.starts_with("executor 0: loop, f, line 3\n"), "{stage}: {}", outcome.stdout);
        assert!(outcome.stdout.contains("_ITER_NEXT_RANGE"), "{stage}: {}", outcome.stdout);
    }
    let asm = output(folder.path(), "inspect asm hot.py:f");
    assert!(asm.contains("jmp qword [rel ") && asm.contains("; exit "), "{asm}");
    let outcome = taipan(folder.path(), "inspect trace app.py");
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.ends_with("taipan: no loop ran often enough to be compiled\n"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn stencils_are_listed() {
    let folder = folder();
    let all = output(folder.path(), "inspect stencils");
    assert!(all.lines().count() > 100, "{all}");
    let one = output(folder.path(), "inspect stencils _LOAD_FAST_BORROW");
    assert!(one.starts_with("_LOAD_FAST_BORROW__r01:\n  ; hot, "), "{one}");
    assert!(one.contains("; local (32)") && one.contains("falls through"), "{one}");
}

#[test]
fn statistics_are_text_or_json() {
    let folder = folder();
    let outcome = taipan(folder.path(), "--stats --tier stencil hot.py");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "49985001\n"));
    assert!(outcome.stderr.contains("tier2\n  executors "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("guard FOR_ITER_RANGE"), "{}", outcome.stderr);
    let outcome = taipan(folder.path(), "--stats=stats.json --tier stencil hot.py");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let json = fs::read_to_string(folder.path().join("stats.json")).unwrap();
    assert!(json.contains("\"executors\": 1,") && json.contains("\"compile_time_seconds\": "), "{json}");
    let outcome = taipan(folder.path(), "--stats=missing/stats.json app.py");
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.stderr, "taipan: can't write 'missing/stats.json': No such file or directory\n");
}
