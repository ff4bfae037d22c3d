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
