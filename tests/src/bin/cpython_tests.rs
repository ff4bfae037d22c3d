//! `./x cpython-tests`: see [`taipan_tests::cpython`].

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use taipan_tests::cpython::sweep::{Sweep, Swept, for_lists, selected};
use taipan_tests::cpython::{Lists, folder};
use taipan_tests::golden::Mode;
use taipan_tests::make_expected::oracle_version;
use taipan_tests::paths;

const USAGE: &str = "\
usage: ./x cpython-tests PYTHON [OPTIONS] [MODULE...]
  PYTHON            a CPython 3.14 that has its package `test`
  --tier NAME       auto, interp, uops, stencil or llvm
  --threshold N     for loops and for exits (2: nearly everything is compiled)
  --jobs N          how many modules run at a time (default: as many as there are processors)
  --limit SECONDS   for one module (default 600)
BLESS=1 rewrites tests/cpython/*.tsv; new cases are marked for a reason to be written.";

/// What the command line asks for.
struct Request {
    sweep: Sweep,
    names: Vec<String>,
}

fn request(arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let (mut python, mut names, mut settings) = (None, Vec::new(), Vec::new());
    let mut jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut limit = Duration::from_secs(600);
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        let number = |text: String| text.parse::<u32>().map_err(|_| format!("`{text}` is no number"));
        match argument.as_str() {
            "--tier" => settings.push(("TAIPAN_TIER".to_owned(), value()?)),
            "--threshold" => {
                let count = number(value()?)?.to_string();
                settings.push(("TAIPAN_JIT_THRESHOLD".to_owned(), count.clone()));
                settings.push(("TAIPAN_EXIT_THRESHOLD".to_owned(), count));
            }
            "--jobs" => jobs = number(value()?)? as usize,
            "--limit" => limit = Duration::from_secs(number(value()?)?.into()),
            option if option.starts_with('-') => return Err(format!("unknown option {option}")),
            _ if python.is_none() => python = Some(PathBuf::from(&argument)),
            _ => names.push(argument),
        }
    }
    let python = python.ok_or("which CPython?")?;
    Ok(Request { sweep: Sweep { python, taipan: paths::taipan()?, settings, jobs, limit }, names })
}

fn run(Request { sweep, names }: &Request) -> Result<bool, String> {
    let lists = Lists::read(&folder())?;
    let modules = selected(&lists, names)?;
    let bless = matches!(Mode::from_environment()?, Mode::Bless);
    if bless && !sweep.settings.is_empty() {
        return Err("the lists hold what happens by default: BLESS without --tier and --threshold".to_owned());
    }
    println!("cases that {} passes, by module;", oracle_version(&sweep.python)?);
    println!("sys.implementation.name says `cpython` in them, so that cases for CPython alone run too");
    let swept = sweep.run(&modules, &|module, swept| println!("{}", line(module, swept)))?;
    let (counts, failed) = for_lists(&swept);
    println!("{}", total(&swept));
    if bless {
        let updated = lists.updated(&counts, &failed);
        updated.write(&folder())?;
        for problem in updated.problems() {
            println!("{problem}");
        }
        return Ok(true);
    }
    let mut contradictions = lists.contradictions(&counts, &failed);
    for (module, &count) in &counts {
        if lists.modules[module] != count {
            contradictions.push(format!(
                "{module}: this CPython passes {count} cases, the list says {}",
                lists.modules[module]
            ));
        }
    }
    for contradiction in &contradictions {
        println!("{contradiction}");
    }
    if !contradictions.is_empty() {
        println!("BLESS=1 ./x cpython-tests PYTHON rewrites tests/cpython/*.tsv");
    }
    Ok(contradictions.is_empty())
}

fn line(module: &str, swept: &Swept) -> String {
    let all = swept.expected.len();
    let ended = swept.ended.as_ref().map_or_else(String::new, |ended| format!("  {ended}"));
    format!("{module:28} {:5} of {all:5}{ended}", all - swept.failed.len())
}

fn total(swept: &BTreeMap<String, Swept>) -> String {
    let all: usize = swept.values().map(|swept| swept.expected.len()).sum();
    let passed = all - swept.values().map(|swept| swept.failed.len()).sum::<usize>();
    let share = 100.0 * passed as f64 / all.max(1) as f64;
    format!("{:28} {passed:5} of {all:5}  {share:.1} %", "together")
}

fn main() -> ExitCode {
    let request = match request(std::env::args().skip(1)) {
        Ok(request) => request,
        Err(error) => {
            eprintln!("cpython-tests: {error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&request) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cpython-tests: {error}");
            ExitCode::from(2)
        }
    }
}
