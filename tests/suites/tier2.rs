//! Tier 2 as programs and tools see it: `sys._jit`, executors, guards that are made to fail.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use taipan_tests::child::{self, Outcome};
use taipan_tests::paths;

const LIMIT: Duration = Duration::from_secs(60);

/// Runs `program` with these settings of the environment.
fn run(folder: &Path, program: &str, settings: &[(&str, &str)]) -> Outcome {
    let path = folder.join("program.py");
    fs::write(&path, program).unwrap();
    let mut command = Command::new(paths::taipan().unwrap());
    command.arg("program.py").current_dir(folder).env("PYTHONHASHSEED", "0");
    command.env("TAIPAN_JIT_THRESHOLD", "2").env("TAIPAN_EXIT_THRESHOLD", "2");
    command.envs(settings.iter().copied());
    child::run(&mut command, None, LIMIT).unwrap()
}

/// Its output, when it succeeds.
fn output(folder: &Path, program: &str, settings: &[(&str, &str)]) -> String {
    let outcome = run(folder, program, settings);
    assert_eq!(outcome.code, 0, "{settings:?}: {}", outcome.stderr);
    outcome.stdout
}

const EXECUTORS: &str = "\
import sys, _opcode

def total(n):
    t = 0
    for i in range(n):
        t += i
    return t

def active(n):
    seen = 0
    for i in range(n):
        seen += sys._jit.is_active()
    return seen > n // 2

total(9999)
print(sys._jit.is_available(), sys._jit.is_enabled(), active(9999), sys._jit.is_active())
code = total.__code__
for offset in range(0, len(code.co_code), 2):
    try:
        executor = _opcode.get_executor(code, offset)
    except ValueError:
        continue
    print(type(executor).__name__, executor.is_valid(), executor.get_opcode(), executor.get_oparg() == code.co_code[offset + 1])
    print(len(executor) == len(list(executor)), executor[0] == next(iter(executor)), (executor.get_jit_code() or b'')[:0])
    print('_ADD_FIXNUM' in [name for name, oparg, target, operand in executor])
    print(code._co_code_adaptive[offset], code.co_code[offset])
";

#[test]
fn executors_are_sequences_of_uops() {
    let folder = tempfile::tempdir().unwrap();
    let shown = "uop_executor True 175 True\nTrue True b''\nTrue\n255 75\n";
    for (tier, flags) in [
        ("interp", "True False False False\n".to_owned()),
        ("uops", format!("True True False False\n{shown}")),
        ("stencil", format!("True True True False\n{shown}")),
    ] {
        assert_eq!(output(folder.path(), EXECUTORS, &[("TAIPAN_TIER", tier)]), flags, "{tier}");
    }
}

#[test]
fn adaptive_listings_show_what_is_compiled() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hot.py"), EXECUTORS).unwrap();
    let mut command = Command::new(paths::taipan().unwrap());
    command.args(["inspect", "bytecode", "--adaptive", "--tier", "stencil", "hot.py:total"]);
    let listing = child::run(command.current_dir(folder.path()), None, LIMIT).unwrap();
    assert_eq!(listing.code, 0, "{}", listing.stderr);
    assert!(listing.stdout.contains("ENTER_EXECUTOR"), "{}", listing.stdout);
}

/// Runs a program with `--stats=FILE`; what it printed, and a figure of its tier 2.
fn figure(folder: &Path, program: &str, settings: &[(&str, &str)], name: &str) -> (String, u64) {
    let path = folder.join("program.py");
    fs::write(&path, program).unwrap();
    let mut command = Command::new(paths::taipan().unwrap());
    command.args(["--stats=stats.json", "program.py"]).current_dir(folder);
    command.env("TAIPAN_JIT_THRESHOLD", "2").env("TAIPAN_EXIT_THRESHOLD", "2");
    command.envs(settings.iter().copied());
    let outcome = child::run(&mut command, None, LIMIT).unwrap();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let stats = fs::read_to_string(folder.join("stats.json")).unwrap();
    let line = stats.lines().find(|line| line.trim_start().starts_with(&format!("\"{name}\":")));
    let value = line.and_then(|line| line.split_once(':')).unwrap_or_default().1;
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    (outcome.stdout, digits.parse().unwrap_or_else(|_| panic!("no {name} in {stats}")))
}

const REBINDING: &str = "\
def helper(x):
    return x + 1

def other(x):
    return x - 1

def loop(n):
    t = 0
    for i in range(n):
        t += helper(i)
    return t

first, second = helper, other
for k in range(12):
    print(loop(300), end=' ')
    helper = second if k % 2 == 0 else first
";

#[test]
fn executors_whose_assumptions_broke_are_freed() {
    let folder = tempfile::tempdir().unwrap();
    let expected = output(folder.path(), REBINDING, &[("TAIPAN_TIER", "interp")]);
    for tier in ["uops", "stencil"] {
        let (printed, freed) = figure(folder.path(), REBINDING, &[("TAIPAN_TIER", tier)], "freed");
        assert_eq!(printed, expected, "{tier}");
        assert!(freed >= 2, "{tier}: {freed}");
    }
}

#[test]
fn cold_code_goes_when_the_memory_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = String::new();
    for n in 0..40 {
        program.push_str(&format!(
            "def f{n}(n):\n    t = {n}\n    for i in range(n):\n        t = t * 3 % 1000003 + i\n    return t\n"
        ));
    }
    let calls: Vec<String> = (0..40).map(|n| format!("f{n}(100)")).collect();
    program.push_str(&format!("for k in range(6):\n    print({})\n", calls.join(", ")));
    let expected = output(folder.path(), &program, &[("TAIPAN_TIER", "interp")]);
    let settings = [("TAIPAN_TIER", "stencil"), ("TAIPAN_JIT_MEMORY", "8000")];
    let (printed, evictions) = figure(folder.path(), &program, &settings, "evictions");
    assert_eq!(printed, expected);
    assert!(evictions >= 2, "{evictions}");
    let (_, bytes) = figure(folder.path(), &program, &settings, "machine_code_bytes");
    assert!(bytes <= 8000, "{bytes}");
}

const SIDES: &str = "\
def total(n):
    t = 0
    for i in range(n):
        if i % 3 == 0:
            t += i
        else:
            t -= 1
    return t

print(total(9000))
";

#[test]
fn executed_uops_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let counted = |tier, name| figure(folder.path(), SIDES, &[("TAIPAN_TIER", tier)], name).1;
    let uops = counted("uops", "in_tier2");
    // Each turn takes some of them, and a side trace goes on where the other one has left.
    assert!((9000 * 8..9000 * 20).contains(&uops), "{uops}");
    assert_eq!(counted("stencil", "in_tier2"), uops);
    let (interpreted, all) = (counted("stencil", "in_interpreter"), counted("interp", "in_interpreter"));
    assert!(interpreted + 9000 * 8 < all, "{interpreted} {all}");
    assert_eq!(counted("interp", "in_tier2"), 0);
}
