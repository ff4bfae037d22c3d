//! Compares what Taipan and CPython refuse, and with which message at which place.
//!
//!     compare-errors PYTHON FOLDER [--count N] [--seed S] [--show K] [--lines L]
//!         sources made by changing one token in the files below FOLDER
//!     compare-errors PYTHON --tests NAME,NAME…
//!         every source that these tests of CPython's own suite compile
//!     compare-errors PYTHON --sources FILE
//!         sources recorded before
//!
//! `--write FILE` keeps the refused sources with CPython's errors, in the format of tests/errors.

#[path = "support/mutate.rs"]
mod mutate;
#[path = "support/oracle.rs"]
mod oracle;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use mutate::Random;
use oracle::{Answer, Oracle, Request};
use taipan_frontend::Mode;

struct Options {
    python: String,
    folder: Option<String>,
    tests: Option<String>,
    sources: Option<String>,
    write: Option<String>,
    count: usize,
    seed: u64,
    show: usize,
    /// Mutate a window of so many lines, or whole files.
    lines: usize,
    parity: f64,
}

fn options() -> Option<Options> {
    let mut args = std::env::args().skip(1);
    let mut options = Options {
        python: args.next()?,
        folder: None,
        tests: None,
        sources: None,
        write: None,
        count: 10_000,
        seed: 1,
        show: 20,
        lines: 0,
        parity: 95.0,
    };
    while let Some(arg) = args.next() {
        if !arg.starts_with("--") {
            options.folder = Some(arg);
            continue;
        }
        let value = args.next()?;
        match arg.as_str() {
            "--tests" => options.tests = Some(value),
            "--sources" => options.sources = Some(value),
            "--write" => options.write = Some(value),
            "--count" => options.count = value.parse().ok()?,
            "--seed" => options.seed = value.parse().ok()?,
            "--show" => options.show = value.parse().ok()?,
            "--lines" => options.lines = value.parse().ok()?,
            "--parity" => options.parity = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(options)
}

fn main() -> ExitCode {
    let Some(options) = options() else {
        eprintln!(
            "usage: compare-errors PYTHON (FOLDER | --tests NAMES | --sources FILE) [--count N] [--seed S] [--show K] [--lines L] [--parity P]"
        );
        return ExitCode::from(2);
    };
    match run(&options) {
        Ok(tally) => tally.report(&options),
        Err(error) => {
            eprintln!("compare-errors: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> std::io::Result<Tally> {
    let mut oracle = Oracle::start(&options.python)?;
    let mut tally = Tally { show: options.show, ..Tally::default() };
    let mut kept = Vec::new();
    let mut one = |request: Request| -> std::io::Result<()> {
        oracle.send(&request)?;
        let actual = oracle::taipan(&request);
        let expected = oracle.receive()?;
        if !expected.is_accepted() && request.mode == Mode::Module && !request.is_bytes {
            kept.push(format!("{}\n{expected}\n", oracle::escape(&String::from_utf8_lossy(&request.source))));
        }
        tally.one(&request, &expected, &actual);
        Ok(())
    };
    if let Some(tests) = &options.tests {
        let path = std::env::temp_dir().join(format!("compare-errors-{}", std::process::id()));
        let status = Command::new(&options.python)
            .args(["-c", include_str!("compare-errors.py"), "record"])
            .arg(&path)
            .args(tests.split(','))
            .stdout(std::process::Stdio::null())
            .status()?;
        if !status.success() {
            eprintln!("the tests ended with {status}");
        }
        for request in recorded(&std::fs::read(&path)?) {
            one(request)?;
        }
        std::fs::remove_file(&path)?;
    } else if let Some(sources) = &options.sources {
        let content = std::fs::read(sources)?;
        for request in recorded(&content) {
            one(request)?;
        }
    } else {
        let mut files = Vec::new();
        collect(Path::new(options.folder.as_deref().unwrap_or(".")), &mut files);
        files.sort();
        let mut random = Random::new(options.seed);
        let mut made = 0;
        while made < options.count && !files.is_empty() {
            let file = &files[random.below(files.len())];
            let Some(source) = std::fs::read_to_string(file).ok().filter(|s| s.len() < 200_000) else {
                continue;
            };
            let source = window(&source, options.lines, &mut random);
            let changed = mutate::mutate_token(&source, &mutate::tokens(&source), &mut random);
            one(Request::module(changed))?;
            made += 1;
        }
    }
    if let Some(path) = &options.write {
        let version = Command::new(&options.python).args(["-c", VERSION]).output()?;
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        kept.sort();
        kept.dedup();
        let header = format!("# CPython {version}: a source and the error that compile() raises\n");
        std::fs::write(path, header + &kept.concat())?;
    }
    Ok(tally)
}

const VERSION: &str = "import platform; print(platform.python_version())";

/// Some lines of a source that begin a statement at the left margin; all if `lines` is 0.
fn window(source: &str, lines: usize, random: &mut Random) -> String {
    let all: Vec<&str> = source.split_inclusive('\n').collect();
    let starts = |line: &str| line.starts_with(|c: char| c.is_alphabetic() || c == '@');
    let places: Vec<usize> = (0..all.len()).filter(|&i| starts(all[i])).collect();
    if lines == 0 || places.is_empty() {
        return source.to_owned();
    }
    let from = places[random.below(places.len())];
    let to = places.iter().copied().find(|&p| p >= from + lines).unwrap_or(all.len()).min(from + 4 * lines);
    all[from..to].concat()
}

fn recorded(mut bytes: &[u8]) -> Vec<Request> {
    let mut out = Vec::new();
    while let Some(end) = bytes.iter().position(|&b| b == b'\n') {
        let header = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut words = header.split(' ');
        let (Some(mode), Some(future), Some(length)) = (words.next(), words.next(), words.next()) else {
            break;
        };
        let length: usize = length.parse().unwrap_or(0);
        let rest = &bytes[end + 1..];
        let source = rest[..length.min(rest.len())].to_vec();
        bytes = &rest[source.len()..];
        let is_bytes = mode.ends_with('!');
        let mode = match mode.trim_end_matches('!') {
            "eval" => Mode::Expression,
            "single" => Mode::Interactive,
            _ => Mode::Module,
        };
        out.push(Request { source, mode, is_bytes, future: future.parse().unwrap_or(0) });
    }
    out
}

#[derive(Default)]
struct Tally {
    show: usize,
    total: usize,
    refused: usize,
    equal: usize,
    wrongly_accepted: usize,
    wrongly_refused: usize,
    warnings: usize,
    other_warnings: usize,
    other: BTreeMap<String, usize>,
}

impl Tally {
    fn one(&mut self, request: &Request, expected: &Answer, actual: &Answer) {
        self.total += 1;
        self.refused += !expected.is_accepted() as usize;
        let what = if expected.same_error(actual) {
            self.equal += !expected.is_accepted() as usize;
            if !expected.is_accepted() {
                return;
            }
            self.warnings += !expected.warnings.is_empty() as usize;
            if expected.warnings == actual.warnings {
                return;
            }
            self.other_warnings += 1;
            "other warnings".to_owned()
        } else if actual.is_accepted() {
            self.wrongly_accepted += 1;
            format!("WRONGLY ACCEPTED: {}", expected.message)
        } else if expected.is_accepted() {
            self.wrongly_refused += 1;
            format!("WRONGLY REFUSED: {}", actual.message)
        } else if expected.kind != actual.kind || expected.message != actual.message {
            format!("message: {} {} not {} {}", expected.kind, expected.message, actual.kind, actual.message)
        } else {
            format!("place: {}", expected.message)
        };
        let seen = self.other.entry(what).or_insert(0);
        *seen += 1;
        if *seen > 2 || self.show == 0 {
            return;
        }
        self.show -= 1;
        println!("--- {:?} future {:x}\n-{expected}\n+{actual}", request.mode, request.future);
        let text = String::from_utf8_lossy(&request.source);
        let line: usize = expected.place.split(',').next().and_then(|l| l.parse().ok()).unwrap_or(1);
        let other: usize = actual.place.split(',').next().and_then(|l| l.parse().ok()).unwrap_or(1);
        let (first, last) = (line.min(other).max(1), line.max(other).max(1));
        for (index, shown) in
            text.split('\n').enumerate().skip(first.saturating_sub(4)).take(7.max(last - first + 5).min(12))
        {
            println!("{:5} {:.150}", index + 1, shown);
        }
    }

    fn report(&self, options: &Options) -> ExitCode {
        let mut classes: Vec<_> = self.other.iter().collect();
        classes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (what, count) in classes {
            println!("{count:6} {what}");
        }
        let rate = 100.0 * self.equal as f64 / self.refused.max(1) as f64;
        println!(
            "{} sources, {} refused: {} errors equal ({rate:.2} %); {} wrongly accepted, {} wrongly refused; \
             {} with warnings, {} with others",
            self.total,
            self.refused,
            self.equal,
            self.wrongly_accepted,
            self.wrongly_refused,
            self.warnings,
            self.other_warnings
        );
        let good = rate >= options.parity && self.wrongly_accepted + self.wrongly_refused == 0;
        if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "py") {
            files.push(path);
        }
    }
}
