//! Tier 3 as users see it: regions are made and shown, and a library that is missing costs nothing but speed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use taipan_tests::child::{self, Outcome};
use taipan_tests::paths;

const LIMIT: Duration = Duration::from_secs(120);

const PROGRAM: &str = "\
def total(n):
    t = 0.0
    for i in range(n):
        t = t + i * 0.5
    return t

print(total(1_000_000))
";
const PRINTED: &str = "249999750000.0\n";

/// Runs `taipan` with these words in a folder that has `hot.py`.
fn taipan(folder: &Path, words: &str, settings: &[(&str, &str)]) -> Outcome {
    fs::write(folder.join("hot.py"), PROGRAM).unwrap();
    let mut command = Command::new(paths::taipan().unwrap());
    command.args(words.split(' ')).current_dir(folder).env("NO_COLOR", "1").envs(settings.iter().copied());
    child::run(&mut command, None, LIMIT).unwrap()
}

const FORCED: [(&str, &str); 2] = [("TAIPAN_JIT_THRESHOLD", "2"), ("TAIPAN_EXIT_THRESHOLD", "2")];

#[test]
fn hot_loops_become_regions() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = taipan(folder.path(), "--stats --tier llvm hot.py", &FORCED);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, PRINTED), "{}", outcome.stderr);
    let (_, figures) = outcome.stderr.split_once("tier3\n").expect("the figures have a part for tier 3");
    let regions = figures.lines().next().unwrap_or_default();
    assert!(regions.contains("regions") && !regions.ends_with(" 0"), "{}", outcome.stderr);
}

/// Runs hot loops for some seconds.
const PATIENT: &str = "\
import sys, time

def total(n):
    t = 0.0
    for i, x in enumerate([0.5] * n):
        t = t + i * x
    return t

end = time.monotonic() + int(sys.argv[1])
while time.monotonic() < end:
    t = total(1000)
print(t)
";

#[test]
fn regions_are_part_of_the_default() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("patient.py"), PATIENT).unwrap();
    // Nobody waits for LLVM: on a machine with other work a region may come late.
    let made = ["1", "5", "30"].iter().any(|seconds| {
        let outcome = taipan(folder.path(), &format!("--stats patient.py {seconds}"), &[]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "249750.0\n"), "{}", outcome.stderr);
        let (_, figures) = outcome.stderr.split_once("tier3\n").expect("the figures have a part for tier 3");
        let regions = figures.lines().next().unwrap_or_default();
        regions.contains("regions") && !regions.ends_with(" 0")
    });
    assert!(made, "no region was made");
}

/// Ways to end: what the program does last, its exit code, and what it prints then.
const ENDS: [(&str, i32, &str); 7] = [
    ("pass", 0, ""),
    ("sys.exit(7)", 7, ""),
    ("sys.stdout.flush(); os._exit(5)", 5, ""),
    ("raise SystemExit('no')", 1, ""),
    ("1 / 0", 1, ""),
    ("atexit.register(lambda: print(total(30_000)))", 0, "224992500.0\n"),
    (
        "sys.stdout.flush(); p = os.fork(); print(total(30_000)); p and os.waitpid(p, 0)",
        0,
        "224992500.0\n224992500.0\n",
    ),
];

/// Programs that end while LLVM works: its thread begins at the loop's 20,000th turn.
#[test]
fn a_process_ends_while_llvm_works() {
    let folder = tempfile::tempdir().unwrap();
    for turns in [20_100, 40_000, 400_000, 2_000_000] {
        for (end, code, printed) in ENDS {
            let source = format!(
                "import atexit, os, sys\n{}\n{end}\n",
                PROGRAM.replace("1_000_000", &turns.to_string())
            );
            fs::write(folder.path().join("ends.py"), source).unwrap();
            let outcome = taipan(folder.path(), "--tier llvm ends.py", &[]);
            let first = format!("{:?}\n", (turns - 1) as f64 * turns as f64 / 4.0);
            assert_eq!(
                (outcome.code, outcome.stdout.as_str()),
                (code, format!("{first}{printed}").as_str()),
                "{turns} turns, then {end}: {}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn regions_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = taipan(folder.path(), "inspect llvm-ir hot.py:total", &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("fadd double"), "{}", outcome.stdout);
}

#[test]
fn without_the_library_loops_stay_in_tier_2() {
    let folder = tempfile::tempdir().unwrap();
    let missing = ("TAIPAN_LLVM_TIER", "/nowhere/libtaipan_llvm.so");
    let outcome = taipan(folder.path(), "hot.py", &[missing]);
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, PRINTED, ""));
    let [a, b] = FORCED;
    let outcome = taipan(folder.path(), "--tier llvm hot.py", &[missing, a, b]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, PRINTED));
    let said = "taipan: the LLVM tier is off: cannot open /nowhere/libtaipan_llvm.so: ";
    assert!(outcome.stderr.starts_with(said) && outcome.stderr.lines().count() == 1, "{}", outcome.stderr);
}
