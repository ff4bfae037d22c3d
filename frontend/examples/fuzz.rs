//! Damages sources and `.pyc` files and looks for panics, overflowing stacks, hangs, and sources that are accepted or
//! refused against CPython's grammar.
//!
//!     fuzz FOLDER [--count N] [--seed S] [--depth D] [--from I]
//!
//! The files below FOLDER are what is damaged. A case is made from the seed and its number alone, so `--from I
//! --count 1` tries one again; the number of the case at work is printed when the process dies of it.

#[path = "support/cases.rs"]
mod cases;
#[path = "support/mutate.rs"]
mod mutate;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cases::{Case, Corpus, PATIENCE};
use mutate::Random;

/// The case at work.
static CURRENT: AtomicU64 = AtomicU64::new(0);

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (mut folder, mut count, mut seed, mut depth, mut from) = (None, 100_000u64, 1u64, 6000usize, 0u64);
    while let Some(arg) = args.next() {
        if !arg.starts_with("--") {
            folder = Some(arg);
            continue;
        }
        let value = args.next().and_then(|v| v.parse::<u64>().ok());
        match (arg.as_str(), value) {
            ("--count", Some(n)) => count = n,
            ("--seed", Some(n)) => seed = n,
            ("--depth", Some(n)) => depth = n as usize,
            ("--from", Some(n)) => from = n,
            _ => folder = None,
        }
    }
    let Some(folder) = folder else {
        eprintln!("usage: fuzz FOLDER [--count N] [--seed S] [--depth D] [--from I]");
        return ExitCode::from(2);
    };
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files);
    files.sort();
    // Small files, so that the time goes into different damage.
    let small = |text: &String| text.len() < 12_000;
    let sources: Vec<String> =
        files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).filter(small).collect();
    if sources.is_empty() {
        eprintln!("no sources below {folder}");
        return ExitCode::from(2);
    }
    let corpus = Corpus::new(sources);
    std::thread::spawn(watch);
    std::panic::set_hook(Box::new(|info| {
        eprintln!("case {}: {info}", CURRENT.load(Ordering::Relaxed));
    }));
    let begin = Instant::now();
    let mut slowest = (Duration::ZERO, 0);
    let mut wrong = 0;
    for number in from..from + count {
        CURRENT.store(number, Ordering::Relaxed);
        if number % 10_000 == 0 && number > from {
            eprintln!("{number} cases, {:.0} s", begin.elapsed().as_secs_f64());
        }
        let mut random = Random::new(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number));
        let case = corpus.case(&mut random, depth);
        if count == 1 {
            show(&case);
        }
        match cases::run(&case) {
            Ok(time) if time > slowest.0 => slowest = (time, number),
            Ok(_) => {}
            Err(what) => {
                wrong += 1;
                println!("case {number}: {what}");
            }
        }
    }
    if wrong > 0 {
        println!("{wrong} of {count} cases of seed {seed} are wrong");
        return ExitCode::FAILURE;
    }
    println!(
        "{count} cases of seed {seed}: no panic, no hang; the slowest is number {} with {:.2} s",
        slowest.1,
        slowest.0.as_secs_f64()
    );
    ExitCode::SUCCESS
}

/// Ends the process when one case takes too long.
fn watch() {
    let (mut last, mut since) = (u64::MAX, busy());
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let current = CURRENT.load(Ordering::Relaxed);
        if current != last {
            (last, since) = (current, busy());
        } else if busy().saturating_sub(since) > PATIENCE {
            eprintln!("case {current} takes more than {} s", PATIENCE.as_secs());
            std::process::exit(1);
        }
    }
}

/// How long the main thread has run. The time of day would blame a case for a machine that does other things.
fn busy() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let elapsed = START.get_or_init(Instant::now).elapsed();
    // Nanoseconds on a processor come first.
    let status = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = status.split(' ').next().and_then(|text| text.parse().ok());
    nanos.map_or(elapsed, Duration::from_nanos)
}

fn show(case: &Case) {
    match case {
        Case::Text(text, mode) => println!("{mode:?}\n{text}"),
        Case::Bytes(bytes) => println!("{}", String::from_utf8_lossy(bytes)),
        Case::Marshal(data) => println!("{data:02x?}"),
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
