//! Runs the modules, one process each, under CPython and under Taipan, and compares what became of their cases.
//!
//! CPython's `test` package is found beside the CPython that is given; its library is not Taipan's, so only the package
//! is put on the path, as a link in an empty folder that is also where the modules run. What counts are the cases that
//! this CPython passes in the same run: a case that is skipped there, for want of a tool or a permission, is no case here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Lists, case_name, folder};
use crate::child;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The CPython whose package is run and whose outcomes count.
    pub python: PathBuf,
    pub taipan: PathBuf,
    /// Variables for Taipan's processes: tier and thresholds.
    pub settings: Vec<(String, String)>,
    /// How many modules run at a time.
    pub jobs: usize,
    /// For one module.
    pub limit: Duration,
}

/// What happened to one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Cases that CPython passes.
    pub expected: BTreeSet<String>,
    /// Those of them that do not pass under Taipan, with what they end with.
    pub failed: BTreeMap<String, String>,
    /// How Taipan's process ended, if not well.
    pub ended: Option<String>,
}

/// The outcome of each case that began, and how the process ended if not by itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcomes {
    cases: BTreeMap<String, (String, String)>,
    ended: Option<String>,
}

impl Sweep {
    /// Runs the modules; `done` is told about each, in the order in which they finish.
    pub fn run(
        &self,
        modules: &[String],
        done: &(dyn Fn(&str, &Swept) + Sync),
    ) -> Result<BTreeMap<String, Swept>, String> {
        let package = self.package()?;
        if let Some(module) = modules.iter().find(|module| !is_module(&package, module)) {
            return Err(format!("{} has no module {module}", package.display()));
        }
        let (next, results) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let work = || -> Result<(), String> {
            while let Some(module) = modules.get(next.fetch_add(1, Ordering::Relaxed)) {
                let swept = self.module(&package, module)?;
                done(module, &swept);
                results.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(module.clone(), swept);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs.max(1)).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        })?;
        Ok(results.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// The folder of CPython's `test` package.
    fn package(&self) -> Result<PathBuf, String> {
        let mut command = Command::new(&self.python);
        command.args(["-I", "-c", "import test; print(test.__path__[0])"]);
        let outcome = child::run(&mut command, None, Duration::from_secs(60))?;
        match outcome.code {
            0 => Ok(outcome.stdout.trim().into()),
            _ => Err(format!("{} has no package `test`:\n{}", self.python.display(), outcome.stderr)),
        }
    }

    fn module(&self, package: &Path, module: &str) -> Result<Swept, String> {
        let expected = self.outcomes(&self.python, &[], package, module)?;
        if let Some(ended) = expected.ended {
            return Err(format!("{module} under CPython: {ended}"));
        }
        let actual = self.outcomes(&self.taipan, &self.settings, package, module)?;
        Ok(compare(expected.cases, actual))
    }

    fn outcomes(
        &self,
        interpreter: &Path,
        settings: &[(String, String)],
        package: &Path,
        module: &str,
    ) -> Result<Outcomes, String> {
        let fail = |error: std::io::Error| format!("{module}: {error}");
        let scratch = tempfile::tempdir().map_err(fail)?;
        let path = scratch.path().join("path");
        let place = scratch.path().join("run");
        fs::create_dir(&path).and_then(|()| fs::create_dir(&place)).map_err(fail)?;
        std::os::unix::fs::symlink(package, path.join("test")).map_err(fail)?;
        let list = scratch.path().join("outcomes");
        let mut command = Command::new(interpreter);
        command.arg(folder().join("run_cases.py")).arg(&list).arg(module);
        command.current_dir(&place).env("PYTHONPATH", &path).env("PYTHONDONTWRITEBYTECODE", "1");
        command.envs(settings.iter().map(|(name, value)| (name, value)));
        let outcome = child::run(&mut command, None, self.limit);
        let text = fs::read(&list).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut outcomes = parse(module, &text.unwrap_or_default());
        outcomes.ended = match outcome {
            Ok(outcome) if outcome.code == 0 => None,
            Ok(outcome) => {
                let last = outcome.stderr.trim().lines().next_back().unwrap_or_default().to_owned();
                Some(format!("the process ended with {}: {last}", outcome.code))
            }
            Err(_) => Some(format!("not at its end after {:?}", self.limit)),
        };
        Ok(outcomes)
    }
}

fn is_module(package: &Path, module: &str) -> bool {
    package.join(format!("{module}.py")).is_file() || package.join(module).is_dir()
}

/// Reads what `run_cases.py` wrote. A case that began and did not end has the outcome `started`.
fn parse(module: &str, text: &str) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for line in text.lines() {
        let mut fields = line.splitn(3, '\t');
        let (Some(outcome), Some(id)) = (fields.next(), fields.next()) else { continue };
        let outcome = if outcome == "start" { "started" } else { outcome };
        let error = fields.next().unwrap_or_default();
        outcomes.cases.insert(case_name(module, id), (outcome.to_owned(), error.to_owned()));
    }
    outcomes
}

fn compare(expected: BTreeMap<String, (String, String)>, actual: Outcomes) -> Swept {
    let expected: BTreeSet<String> =
        expected.into_iter().filter(|(_, (outcome, _))| outcome == "ok").map(|(case, _)| case).collect();
    // Errors outside of cases, such as a module that cannot be imported, explain why others did not begin.
    let outside =
        actual.cases.iter().find(|(case, (outcome, _))| outcome == "bad" && !expected.contains(*case));
    let not_begun = match (&actual.ended, outside) {
        (Some(ended), _) => format!("did not begin: {ended}"),
        (None, Some((case, (_, error)))) => format!("did not begin: {case}: {error}"),
        (None, None) => "did not begin".to_owned(),
    };
    let mut failed = BTreeMap::new();
    for case in &expected {
        let error = match actual.cases.get(case) {
            Some((outcome, _)) if outcome == "ok" => continue,
            Some((outcome, error)) if outcome == "bad" => error.clone(),
            Some((outcome, _)) if outcome == "started" => {
                actual.ended.clone().unwrap_or_else(|| "did not come to its end".to_owned())
            }
            Some((outcome, _)) => format!("outcome `{outcome}`"),
            None => not_begun.clone(),
        };
        failed.insert(case.clone(), error);
    }
    Swept { expected, failed, ended: actual.ended }
}

/// What a sweep says to the lists: cases per module, and the failed ones of all modules.
pub fn for_lists(swept: &BTreeMap<String, Swept>) -> (BTreeMap<String, usize>, BTreeMap<String, String>) {
    let counts = swept.iter().map(|(module, swept)| (module.clone(), swept.expected.len())).collect();
    let failed = swept.values().flat_map(|swept| swept.failed.clone()).collect();
    (counts, failed)
}

/// The modules that `names` ask for, all listed ones without any.
pub fn selected(lists: &Lists, names: &[String]) -> Result<Vec<String>, String> {
    match names.iter().find(|name| !lists.modules.contains_key(*name)) {
        Some(name) => Err(format!("{name} is not a module in modules.tsv")),
        None if names.is_empty() => Ok(lists.modules.keys().cloned().collect()),
        None => Ok(names.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPYTHON: &str =
        "start\ttest.m.a\nok\ttest.m.a\t\nok\ttest.m.b\t\nskip\ttest.m.s\t\nok\tbuiltins.x\t\n";

    fn swept(taipan: &str, ended: Option<&str>) -> Swept {
        let actual = Outcomes { ended: ended.map(str::to_owned), ..parse("m", taipan) };
        compare(parse("m", CPYTHON).cases, actual)
    }

    #[test]
    fn only_cases_that_cpython_passes_count() {
        let all = swept("ok\ttest.m.a\t\nok\ttest.m.b\t\nbad\ttest.m.s\tE\nok\tbuiltins.x\t\n", None);
        assert_eq!(all.expected.iter().collect::<Vec<_>>(), ["test.m.a", "test.m.b", "test.m:builtins.x"]);
        assert_eq!(all.failed, BTreeMap::new());
    }

    #[test]
    fn failures_skips_and_deaths_are_told_apart() {
        let found =
            swept("bad\ttest.m.a\tKeyError: 1\nskip\ttest.m.b\t\nstart\tbuiltins.x\n", Some("a signal"));
        let errors: Vec<_> = found.failed.values().map(String::as_str).collect();
        assert_eq!(errors, ["KeyError: 1", "outcome `skip`", "a signal"]);
        let found = swept("bad\tunittest.loader.m\tImportError: x\n", None);
        let error = "did not begin: test.m:unittest.loader.m: ImportError: x";
        assert!(found.failed.values().all(|e| e == error) && found.failed.len() == 3, "{found:?}");
    }
}
