//! `taipan build`: executables and how making one fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use taipan_tests::paths;

/// A folder with a program in it.
struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    fn new(files: &[(&str, &str)]) -> Room {
        let room = Room { folder: tempfile::tempdir().unwrap() };
        for (name, text) in files {
            let path = room.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        room
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn build(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(paths::taipan().unwrap());
        command.arg("build").args(words).current_dir(self.folder.path()).envs(variables.iter().copied());
        command.output().unwrap()
    }
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(path: &Path, words: &[&str], tier: &str) -> Output {
    Command::new(path).args(words).env("TAIPAN_TIER", tier).env("NO_COLOR", "1").output().unwrap()
}

const PROGRAM: &str = "\
import sys
from pkg import double
import pkg.deep

def total(n):
    s = 0
    for i in range(n):
        s += double(i)
    return s

def numbers(n):
    for i in range(n):
        yield i / 2

class Point:
    def __init__(self, x):
        self.x = x
    def moved(self, by):
        return Point(self.x + by)

def fail(n):
    try:
        if n == 0:
            raise ValueError('deep')
        fail(n - 1)
    finally:
        print('left', n)

print(sys.argv[1:], total(10), sum(numbers(5)), Point(1).moved(2.5).x, pkg.deep.NAME)
try:
    import nowhere
except ImportError as e:
    print(e)
fail(1)
";

#[test]
fn an_executable_does_what_the_program_does() {
    let room = Room::new(&[
        ("app.py", PROGRAM),
        ("pkg/__init__.py", "def double(x):\n    return x * 2\n"),
        ("pkg/deep.py", "NAME = __name__\n"),
    ]);
    let built = room.build(&["app.py", "-o", "app"], &[]);
    assert!(built.status.success(), "{}", text(&built.stderr));
    assert!(text(&built.stderr).contains("warning") && text(&built.stderr).contains("'nowhere'"));
    assert_eq!(room.names(), ["app", "app.py", "pkg"], "nothing else is left behind");
    let interpreted = Command::new(paths::taipan().unwrap())
        .args(["app.py", "-V", "x y"])
        .current_dir(room.folder.path())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(text(&interpreted.stdout).starts_with("['-V', 'x y'] 90 5.0 3.5 pkg.deep\n"));
    fs::remove_dir_all(room.path("pkg")).unwrap();
    for tier in ["aot", "interp"] {
        let actual = run(&room.path("app"), &["-V", "x y"], tier);
        assert_eq!(actual.status.code(), Some(1));
        assert_eq!(text(&actual.stdout), text(&interpreted.stdout), "{tier}");
        assert_eq!(text(&actual.stderr), text(&interpreted.stderr), "{tier}");
    }
}

#[test]
fn failures_are_one_sentence_and_leave_nothing() {
    let room = Room::new(&[("app.py", "print(1)\n"), ("bad.py", "x = (\n"), ("folder/x.py", "")]);
    let before = room.names();
    /// Arguments, environment, status, and what the message says.
    type Case = (&'static [&'static str], &'static [(&'static str, &'static str)], i32, &'static str);
    let cases: &[Case] = &[
        (&["missing.py"], &[], 2, "can't read 'missing.py'"),
        (&["folder"], &[], 2, "is a directory, not a program"),
        (&["app.py", "-o", "no/such/app"], &[], 2, "can't write 'no/such/app'"),
        (&["app.py"], &[("CC", "no-such-linker")], 2, "can't run the linker 'no-such-linker'"),
        (&["app.py"], &[("CC", "false")], 1, "the linker 'false' failed"),
        (&["app.py"], &[("TAIPAN_RUNTIME", "/no/such.a")], 2, "there is no runtime archive '/no/such.a'"),
        (&["app.py", "-o", "app.py"], &[], 2, "would overwrite itself"),
        (&["app.py", "-o", "-"], &[], 2, "an executable can't go to standard output"),
        (&["app.py", "--emit", "asm", "-o", "no/such/app.s"], &[], 2, "can't write 'no/such/app.s'"),
        (&["app.py", "--profile", "missing.json"], &[], 2, "can't read 'missing.json'"),
        (&["app.py", "--profile", "bad.py"], &[], 2, "is not a profile"),
        (&["app.py", "--emit", "uops", "--profile", "bad.py"], &[], 2, "--profile is for machine code"),
    ];
    for (words, variables, status, message) in cases {
        let outcome = room.build(words, variables);
        let said = text(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(*status), "{words:?}: {said}");
        assert!(said.contains(message) && said.lines().count() == 1, "{words:?}: {said}");
    }
    let outcome = room.build(&["bad.py"], &[]);
    // The file is named by its whole path, as by `python`.
    let expected = "bad.py\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n";
    let said = text(&outcome.stderr);
    assert!(outcome.status.code() == Some(1) && said.ends_with(expected), "{said}");
    assert_eq!(room.names(), before);
}

/// Symbols of an executable.
fn symbols(path: &Path) -> String {
    text(&Command::new("nm").arg(path).output().unwrap().stdout)
}

const PARTS: [&str; 2] = ["taipan_part_compiler", "taipan_part_names"];

#[test]
fn parts_that_a_program_cannot_reach_are_left_out() {
    let hidden = "import sys\nb = getattr(print, '__se' + 'lf__')\n\
                  print(getattr(b, 'ev' + 'al')('1 + 1'))\n";
    let room = Room::new(&[
        ("hello.py", "print('hello')\n"),
        ("names.py", "print('\u{2022}'.encode('ascii', 'namereplace'))\n"),
        ("evaluate.py", "print(eval('6 * 7'))\nexec('print(\\'\\\\N{BULLET}\\')')\n"),
        (
            "fields.py",
            "from dataclasses import dataclass\nfrom collections import namedtuple\nimport enum, re, json\n\
                       @dataclass\nclass A:\n    x: int = 1\nprint(A(), namedtuple('B', 'y')(2))\n",
        ),
        ("hidden.py", hidden),
        (
            "modules.py",
            "import zlib, sys\nprint(zlib.crc32(b'hello'))\n\
                        try:\n    sys.modules['_io'].__spec__.loader.load_module('ma' + chr(116) + 'h')\n\
                        except ImportError as e:\n    print(e)\n",
        ),
    ]);
    let cases: [(&str, &[&str], [bool; 2], &str); 5] = [
        ("hello", &["--with", "names,modules"], [false, true], "hello\n"),
        ("names", &[], [false, true], "b'\\\\N{BULLET}'\n"),
        ("evaluate", &[], [true, true], "42\n\u{2022}\n"),
        ("fields", &[], [true, true], "A(x=1) B(y=2)\n"),
        ("hidden", &["--with", "all"], [true, true], "2\n"),
    ];
    for (name, options, expected, output) in cases {
        let built = room.build(&[&[&format!("{name}.py"), "-o", "app"][..], options].concat(), &[]);
        assert!(built.status.success(), "{name}: {}", text(&built.stderr));
        let symbols = symbols(&room.path("app"));
        assert_eq!(PARTS.map(|part| symbols.contains(part)), expected, "{name} {options:?}");
        let ran = run(&room.path("app"), &[], "auto");
        assert_eq!(text(&ran.stdout), output, "{name}: {}", text(&ran.stderr));
    }
    let size = |path: &str| fs::metadata(room.path(path)).unwrap().len();
    let whole = size("app");
    for (name, modules) in [("hello", [false, false]), ("modules", [true, false])] {
        assert!(room.build(&[&format!("{name}.py"), "-o", "app"], &[]).status.success());
        let symbols = symbols(&room.path("app"));
        assert_eq!(
            ["taipan_module_zlib", "taipan_module__sre"].map(|m| symbols.contains(m)),
            modules,
            "{name}"
        );
        assert!(size("app") + 2_000_000 < whole, "{name} has {} of {whole} bytes", size("app"));
    }
    assert_eq!(
        text(&run(&room.path("app"), &[], "auto").stdout),
        "907060870\n'math' is not a built-in module\n"
    );
    // Who finds a way all the same is told what to do.
    assert!(room.build(&["hidden.py", "-o", "app"], &[]).status.success());
    let ran = run(&room.path("app"), &[], "auto");
    let said = text(&ran.stderr);
    assert!(
        said.ends_with(
            "RuntimeError: this executable was built without the compiler, as the program does not name it: \
         'taipan build --with compiler' keeps it\n"
        ),
        "{said}"
    );
    let refused = room.build(&["hello.py", "--with", "names", "--emit", "obj"], &[]);
    assert_eq!((refused.status.code(), text(&refused.stderr).lines().count()), (Some(2), 1));
}

#[test]
fn tracebacks_have_their_marks_without_the_compiler() {
    let program = "def f(a):\n    return a['x'] + (a\n        ['y'](1))\n\ndef g(x):\n    return f({'x': x, 'y': int})\n\n\
                   try:\n    y = g('a')\nexcept TypeError as e:\n    raise SystemExit(1) from e\nfinally:\n    y = g(1) / len(sys)\n";
    let room = Room::new(&[("app.py", program)]);
    assert!(room.build(&["app.py", "-o", "app"], &[]).status.success());
    assert!(!symbols(&room.path("app")).contains(PARTS[0]));
    let built = run(&room.path("app"), &[], "auto");
    let mut command = Command::new(paths::taipan().unwrap());
    let interpreted =
        command.arg("app.py").current_dir(room.folder.path()).env("NO_COLOR", "1").output().unwrap();
    assert!(text(&built.stderr).contains("~~~~~~~^~~"), "{}", text(&built.stderr));
    assert_eq!(text(&built.stderr), text(&interpreted.stderr));
}

#[test]
fn every_form_of_a_program_can_be_had() {
    let room = Room::new(&[("app.py", "def f(a):\n    return a + 1\n\nprint(f(2))\n")]);
    let cases = [
        ("bytecode", "app.dis", "BINARY_OP"),
        ("uops", "app.uops", "        _BINARY_OP\n"),
        ("llvm-ir", "app.ll", "@__main__.f"),
        ("asm", "app.s", "__main__.f:"),
        ("obj", "app.o", "__main__.f"),
    ];
    for (kind, file, part) in cases {
        let built = room.build(&["app.py", "--emit", kind], &[]);
        assert!(built.status.success(), "{kind}: {}", text(&built.stderr));
        let contents = text(&fs::read(room.path(file)).unwrap());
        assert!(contents.contains(part), "{kind} has no {part:?}");
        let shown = room.build(&["app.py", "--emit", kind, "-o", "-"], &[]);
        assert_eq!(text(&shown.stdout), contents, "{kind}: the same on standard output");
    }
    assert_eq!(room.names().len(), 1 + cases.len());
}

/// Functions for what a profile says, and then everything that it does not say.
const NUMBERS: &str = "\
import sys

class Point:
    def __init__(self, x):
        self.x = x
    def is_far(self):
        return self.x > 10
    def scaled(self, by):
        return self.x * by - self.x / 3

class Other(Point):
    def is_far(self):
        return self.x is None

def mixed(values):
    total = values[0] - values[0]
    for v in values:
        total = total + v * v - 0.5
        if v > 1.5:
            total = total / 2
    return total

def whole(values):
    n = 1
    for v in values:
        n = n * 3 + v // 2 - v % 5
    return n

def far(points):
    count = 0
    for p in points:
        if p.is_far():
            count += 1
    return count

def show(*values):
    for value in values:
        try:
            print(value())
        except Exception as e:
            print(type(e).__name__, e)

usual = len(sys.argv) == 1
for _ in range(60):
    mixed([1.5, 2.5, 0.25])
    whole([7, 8, 9])
    far([Point(n) for n in range(20)])
    Point(1.5).scaled(2.0)
show(lambda: mixed([1.5, 2.5]), lambda: whole([7, 8]), lambda: far([Point(3), Point(30)]))
if not usual:
    show(
        lambda: mixed([1, 2, 3]), lambda: mixed([1.5, 1e300, 1e300]), lambda: mixed([1.5, 'x']),
        lambda: mixed([-0.0, 1e-320, 2**70]), lambda: mixed([1.5, 2j]),
        lambda: whole(range(60, 120)), lambda: whole([1, 2.5]), lambda: whole([-7, -8, 0]), lambda: whole('ab'),
        lambda: far([Other(1), Other(None), Point(2**80), Point(1.5)]), lambda: far([Point('a')]),
        lambda: far([1]), lambda: Point(2).scaled(3), lambda: Point('ab').scaled(2),
    )
";

#[test]
fn profiles_change_nothing_but_speed() {
    let room = Room::new(&[("app.py", NUMBERS), ("other.py", "def g():\n    pass\n\ng()\n")]);
    let taipan = |words: &[&str]| {
        let mut command = Command::new(paths::taipan().unwrap());
        command.args(words).current_dir(room.folder.path()).env("NO_COLOR", "1").output().unwrap()
    };
    let recorded = taipan(&["run", "--record-profile", "app.json", "app.py"]);
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    let profile = fs::read_to_string(room.path("app.json")).unwrap();
    assert!(
        profile.starts_with("{\"format\":\"taipan-profile\"") && profile.contains("BINARY_OP_MULTIPLY_FLOAT")
    );
    let built = room.build(&["app.py", "--profile", "app.json", "-o", "app"], &[]);
    assert!(built.status.success(), "{}", text(&built.stderr));
    for words in [&[][..], &["more"][..]] {
        let expected = taipan(&[&["--tier", "interp", "app.py"], words].concat());
        let actual = run(&room.path("app"), words, "aot");
        assert_eq!(text(&actual.stdout), text(&expected.stdout));
        assert_eq!(text(&actual.stderr), text(&expected.stderr));
    }
    // A profile of another program, of another version of it, and one that was cut.
    let refused = |words: &[&str], message: &str| {
        let outcome = room.build(words, &[]);
        let said = text(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(2), "{said}");
        assert!(said.contains(message) && said.lines().count() == 1, "{said}");
    };
    let strange = profile.replace("\"module\":\"__main__\"", "\"module\":\"elsewhere\"");
    fs::write(room.path("strange.json"), strange).unwrap();
    refused(&["app.py", "--profile", "strange.json", "-o", "x"], "is of another program");
    fs::write(room.path("app.py"), NUMBERS.replace("- 0.5", "- 1.5 - v")).unwrap();
    refused(&["app.py", "--profile", "app.json", "-o", "x"], "'mixed' in line 15 of app.py has changed");
    fs::write(room.path("cut.json"), &profile[..profile.len() - 10]).unwrap();
    refused(&["app.py", "--profile", "cut.json", "-o", "x"], "is malformed in line");
    fs::write(room.path("new.json"), profile.replacen("\"version\":1", "\"version\":9", 1)).unwrap();
    refused(&["app.py", "--profile", "new.json", "-o", "x"], "has version 9, not 1");
}
