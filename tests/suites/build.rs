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
    ];
    for (words, variables, status, message) in cases {
        let outcome = room.build(words, variables);
        let said = text(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(*status), "{words:?}: {said}");
        assert!(said.contains(message) && said.lines().count() == 1, "{words:?}: {said}");
    }
    let outcome = room.build(&["bad.py"], &[]);
    let expected = "  File \"bad.py\", line 1\n    x = (\n        ^\nSyntaxError: '(' was never closed\n";
    assert_eq!((outcome.status.code(), text(&outcome.stderr).as_str()), (Some(1), expected));
    assert_eq!(room.names(), before);
}
