//! Ctrl-C in a hot loop: `KeyboardInterrupt` arrives at once, whatever executes the loop.
//!
//! The time from the signal to the program's answer is measured. It has to be well below what a user notices; the
//! limit here is ten times that, for machines under load.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use taipan_tests::paths;

/// From the signal to the answer.
const LIMIT: Duration = Duration::from_millis(500);

/// The loops, by name: all without end, without calls that wait, and hot at once.
const PROGRAM: &str = "\
import sys

class Counter:
    def __init__(self):
        self.n = 0
    def step(self, by):
        self.n = (self.n + by) & 0xFFFF

def endless():
    while True:
        yield 1

def empty():
    while True:
        pass

def ints():
    t = 0
    while True:
        for i in range(1000000):
            t = (t + i) & 0xFFFF

def floats():
    x = 0.0
    while True:
        for i in range(1000000):
            x = x * 0.5 + i

def calls():
    counter = Counter()
    while True:
        counter.step(1)

def generator():
    t = 0
    for x in endless():
        t = (t + x) & 0xFFFF

def native():
    while True:
        sum(i for i in range(1000000000))

def main(name):
    answer = 'not interrupted'
    try:
        globals()[name]()
    except KeyboardInterrupt:
        answer = 'interrupted'
    print(answer, flush=True)

print('begun', flush=True)
main(sys.argv[1])
";

/// Interrupts `command` when it has run for some time; how long the answer took.
fn interrupt(mut command: Command, name: &str, tier: &str) -> Duration {
    let mut child = command.arg(name).env("TAIPAN_TIER", tier).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "begun", "{name} {tier}");
    std::thread::sleep(Duration::from_millis(150));
    let begun = Instant::now();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let answer = lines.next();
    let took = begun.elapsed();
    let status = child.wait().unwrap();
    assert_eq!(answer.unwrap().unwrap(), "interrupted", "{name} {tier}");
    assert!(status.success(), "{name} {tier}: {status}");
    eprintln!("{tier} {name}: {took:?}");
    took
}

const LOOPS: [&str; 6] = ["empty", "ints", "floats", "calls", "generator", "native"];

#[test]
fn hot_loops_are_interrupted_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("program.py");
    fs::write(&path, PROGRAM).unwrap();
    for tier in ["interp", "uops", "stencil", "auto", "llvm"] {
        for name in LOOPS {
            let mut command = Command::new(paths::taipan().unwrap());
            command.arg(&path);
            let took = interrupt(command, name, tier);
            assert!(took < LIMIT, "{name} under {tier}: {took:?}");
        }
    }
}

#[test]
fn loops_compiled_ahead_of_time_are_interrupted_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("program.py"), PROGRAM).unwrap();
    let mut build = Command::new(paths::taipan().unwrap());
    let built =
        build.args(["build", "program.py", "-o", "program"]).current_dir(folder.path()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    for name in LOOPS {
        let took = interrupt(Command::new(folder.path().join("program")), name, "aot");
        assert!(took < LIMIT, "{name} ahead of time: {took:?}");
    }
}
