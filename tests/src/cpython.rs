//! CPython's own test modules under Taipan: which ones, which of their cases do not pass, and why.
//!
//! The modules themselves are CPython's and not part of this repository; [`sweep`] finds them beside a CPython. Kept here
//! are two lists, in `tests/cpython`:
//!
//! | file | a line |
//! |---|---|
//! | `modules.tsv` | a module and how many of its cases CPython passes |
//! | `missing.tsv` | a case that CPython passes and Taipan does not, and why |
//!
//! `./x cpython-tests PYTHON` runs the modules and holds both against what happens; `BLESS=1` rewrites them and keeps the
//! reasons. The lists alone say whether the bars are met ([`Lists::problems`]), which every test run checks.
//!
//! A case is named by its `unittest` id. Doctests of other modules' objects are named after the module that runs them:
//! `test.test_builtin:builtins.bin`. A reason that starts with [`VARIES`] belongs to a case that sometimes passes, as those
//! do that measure time; one that starts with [`UNEXPLAINED`] is what `BLESS` writes for a new one, and is refused.

pub mod sweep;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::text;

/// The least share of all cases that pass, in percent.
pub const LEAST_OF_ALL: usize = 96;
/// The least share of each module's cases, in percent.
pub const LEAST_OF_MODULE: usize = 80;
/// The reasons of cases whose outcome depends on the machine and its load start with this.
pub const VARIES: &str = "varies: ";
/// What stands in place of a reason that somebody has yet to write.
pub const UNEXPLAINED: &str = "unexplained: ";

const MODULES: &str = "modules.tsv";
const MISSING: &str = "missing.tsv";

/// The two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// How many cases of each module CPython passes.
    pub modules: BTreeMap<String, usize>,
    /// The cases that Taipan does not pass, with reasons, in the file's order.
    pub missing: Vec<(String, String)>,
}

/// The folder with the lists and the runner.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cpython")
}

/// The name of a case in the lists, from the module that runs it and its id.
pub fn case_name(module: &str, id: &str) -> String {
    let own = id.strip_prefix("test.").and_then(|rest| rest.strip_prefix(module));
    match own {
        Some(rest) if rest.is_empty() || rest.starts_with('.') => id.to_owned(),
        _ => format!("test.{module}:{id}"),
    }
}

/// The module that runs a case.
pub fn module_of(case: &str) -> Option<&str> {
    case.strip_prefix("test.")?.split(['.', ':']).next()
}

impl Lists {
    pub fn read(folder: &Path) -> Result<Lists, String> {
        let mut lists = Lists::default();
        for (module, count) in rows(&folder.join(MODULES))? {
            let count = count.parse().map_err(|_| format!("{MODULES}: {module}: `{count}` is no number"))?;
            if lists.modules.insert(module.clone(), count).is_some() {
                return Err(format!("{MODULES}: {module} is listed twice"));
            }
        }
        lists.missing = rows(&folder.join(MISSING))?;
        Ok(lists)
    }

    pub fn write(&self, folder: &Path) -> Result<(), String> {
        let mut modules = String::from("# module\tcases that CPython passes\n");
        for (module, count) in &self.modules {
            let _ = writeln!(modules, "{module}\t{count}");
        }
        let mut missing = String::from("# case that CPython passes and Taipan does not\twhy\n");
        for (case, reason) in &self.missing {
            let _ = writeln!(missing, "{case}\t{reason}");
        }
        text::replace_file(&folder.join(MODULES), &modules)?;
        text::replace_file(&folder.join(MISSING), &missing)
    }

    /// Missing cases per module, for modules that miss any.
    pub fn missing_per_module(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for module in self.missing.iter().filter_map(|(case, _)| module_of(case)) {
            *counts.entry(module).or_default() += 1;
        }
        counts
    }

    /// What is wrong with the lists: their form, and the bars that they show not to be met.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for pair in self.missing.windows(2) {
            if pair[0].0 >= pair[1].0 {
                problems.push(format!("{}: not sorted, or twice", pair[1].0));
            }
        }
        for (case, reason) in &self.missing {
            if !module_of(case).is_some_and(|module| self.modules.contains_key(module)) {
                problems.push(format!("{case}: not a case of a module in {MODULES}"));
            }
            if reason.trim_start_matches(VARIES).trim().len() < 10 || reason.starts_with(UNEXPLAINED) {
                problems.push(format!("{case}: no reason"));
            }
        }
        let missing = self.missing_per_module();
        for (module, &all) in &self.modules {
            let passed = all.saturating_sub(missing.get(module.as_str()).copied().unwrap_or(0));
            if passed * 100 < all * LEAST_OF_MODULE {
                problems.push(format!("{module}: {passed} of {all} pass, less than {LEAST_OF_MODULE} %"));
            }
        }
        let all: usize = self.modules.values().sum();
        let passed = all.saturating_sub(self.missing.len());
        if passed * 100 < all * LEAST_OF_ALL {
            problems.push(format!("{passed} of {all} cases pass, less than {LEAST_OF_ALL} %"));
        }
        problems
    }

    /// The lists as a sweep over `swept` modules (cases that CPython passes) that found `failed` (case, error) shows them
    /// to be. Reasons are kept; cases that vary stay.
    pub fn updated(&self, swept: &BTreeMap<String, usize>, failed: &BTreeMap<String, String>) -> Lists {
        let mut modules = self.modules.clone();
        modules.extend(swept.iter().map(|(module, &count)| (module.clone(), count)));
        let stays = |case: &str, reason: &str| {
            !module_of(case).is_some_and(|module| swept.contains_key(module)) || reason.starts_with(VARIES)
        };
        let mut missing: BTreeMap<String, String> =
            failed.iter().map(|(case, error)| (case.clone(), format!("{UNEXPLAINED}{error}"))).collect();
        for (case, reason) in &self.missing {
            if failed.contains_key(case) || stays(case, reason) {
                missing.insert(case.clone(), reason.clone());
            }
        }
        Lists { modules, missing: missing.into_iter().collect() }
    }

    /// Where a sweep contradicts the list: cases that fail without being listed, and listed ones that pass.
    pub fn contradictions(
        &self,
        swept: &BTreeMap<String, usize>,
        failed: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let listed: BTreeMap<&str, &str> =
            self.missing.iter().map(|(case, reason)| (case.as_str(), reason.as_str())).collect();
        let mut found = Vec::new();
        for (case, error) in failed.iter().filter(|(case, _)| !listed.contains_key(case.as_str())) {
            found.push(format!("{case} does not pass and is not listed: {error}"));
        }
        for (case, reason) in listed {
            let swept = module_of(case).is_some_and(|module| swept.contains_key(module));
            if swept && !failed.contains_key(case) && !reason.starts_with(VARIES) {
                found.push(format!("{case} is listed, but it passes, or CPython does not pass it"));
            }
        }
        found
    }
}

/// Lines of two columns; `#` starts a comment.
fn rows(path: &Path) -> Result<Vec<(String, String)>, String> {
    let text = text::read_optional(path)?.unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once('\t') {
            Some((name, rest)) if !rest.contains('\t') => Ok((name.to_owned(), rest.to_owned())),
            _ => Err(format!("{}: not two columns: {line}", path.display())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(modules: &[(&str, usize)], missing: &[(&str, &str)]) -> Lists {
        let owned = |&(case, reason): &(&str, &str)| (case.to_owned(), reason.to_owned());
        Lists {
            modules: modules.iter().map(|&(name, count)| (name.to_owned(), count)).collect(),
            missing: missing.iter().map(owned).collect(),
        }
    }

    #[test]
    fn cases_belong_to_the_module_that_runs_them() {
        assert_eq!(case_name("test_int", "test.test_int.A.test_b"), "test.test_int.A.test_b");
        assert_eq!(case_name("test_int", "test.test_integer.A.b"), "test.test_int:test.test_integer.A.b");
        assert_eq!(case_name("test_builtin", "builtins.bin"), "test.test_builtin:builtins.bin");
        assert_eq!(module_of("test.test_builtin:builtins.bin"), Some("test_builtin"));
        assert_eq!(module_of("test.test_int.A.test_b"), Some("test_int"));
    }

    #[test]
    fn problems_of_form_and_bars_are_found() {
        let why = "a reason long enough";
        assert_eq!(lists(&[("m", 100)], &[("test.m.a", why)]).problems(), Vec::<String>::new());
        let bad = lists(&[("m", 100), ("n", 4)], &[("test.n.b", "?"), ("test.n.a", why), ("test.o.c", why)]);
        let expected = [
            "test.n.a: not sorted, or twice",
            "test.n.b: no reason",
            "test.o.c: not a case of a module in modules.tsv",
            "n: 2 of 4 pass, less than 80 %",
        ];
        assert_eq!(bad.problems(), expected);
        let few = lists(&[("m", 100)], &["a", "b", "c", "d", "e"].map(|c| (c, why))).problems();
        assert_eq!(few.last().unwrap(), "95 of 100 cases pass, less than 96 %");
    }

    #[test]
    fn a_sweep_updates_the_lists_and_keeps_reasons() {
        let old = lists(
            &[("m", 10), ("n", 7)],
            &[
                ("test.m.gone", "was so"),
                ("test.m.old", "as before"),
                ("test.m.v", "varies: the load"),
                ("test.n.x", "n"),
            ],
        );
        let swept = [("m".to_owned(), 11)].into();
        let failed =
            [("test.m.new".to_owned(), "boom".to_owned()), ("test.m.old".to_owned(), "e".to_owned())].into();
        let new = lists(
            &[("m", 11), ("n", 7)],
            &[
                ("test.m.new", "unexplained: boom"),
                ("test.m.old", "as before"),
                ("test.m.v", "varies: the load"),
                ("test.n.x", "n"),
            ],
        );
        assert_eq!(old.updated(&swept, &failed), new);
        let contradictions = [
            "test.m.new does not pass and is not listed: boom",
            "test.m.gone is listed, but it passes, or CPython does not pass it",
        ];
        assert_eq!(old.contradictions(&swept, &failed), contradictions);
    }

    #[test]
    fn written_lists_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let lists = lists(&[("m", 10)], &[("test.m.a", "a reason")]);
        lists.write(folder.path()).unwrap();
        assert_eq!(Lists::read(folder.path()), Ok(lists));
    }
}
