//! Compiles the Python files of a folder to `.pyc` files, and compares the time with CPython's.
//!
//! ```text
//! cargo run -p taipan-frontend --release --example compile-folder -- FOLDER OUT [options]
//!   --times N        do it N times in this process (1)
//!   --against PYTHON run this process's job and PYTHON's `compileall -j 1` in turn, as processes
//!   --taipan BINARY  with --against: `BINARY build --emit pyc` in the place of this process's job
//!   --rounds N       how often with --against (5)
//! ```
//!
//! With `--against` it prints the time of each run and the ratio of the medians. Both write into folders that are new in
//! each round and removed at the end: some file systems take much longer for a file where one was just removed.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::{Duration, UNIX_EPOCH},
};

use taipan_frontend::{
    Flags,
    pyc::{Invalidation, compile_pyc},
};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (args.next(), args.next()) else {
        eprintln!(
            "usage: compile-folder FOLDER OUT [--times N] [--against PYTHON [--taipan BINARY]] [--rounds N]"
        );
        return ExitCode::from(2);
    };
    let (mut times, mut rounds, mut python, mut taipan) = (1usize, 5usize, None, None);
    while let (Some(option), Some(value)) = (args.next(), args.next()) {
        match option.as_str() {
            "--times" => times = value.parse().unwrap_or(times),
            "--rounds" => rounds = value.parse().unwrap_or(rounds),
            "--against" => python = Some(value),
            "--taipan" => taipan = Some(value),
            _ => eprintln!("unknown option {option}"),
        }
    }
    let done = match python {
        Some(python) => compare(&python, taipan.as_deref(), &folder, Path::new(&out), rounds),
        None => (0..times).try_for_each(|_| compile_folder(Path::new(&folder), Path::new(&out))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("compile-folder: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `OUT/a/b.pyc` for each `FOLDER/a/b.py`.
fn compile_folder(folder: &Path, out: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(out)?;
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let target = out.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            compile_folder(&path, &target)?;
        } else if path.extension().is_some_and(|e| e == "py") {
            compile_file(&path, &target.with_extension("pyc"))?;
        }
    }
    Ok(())
}

fn compile_file(path: &Path, target: &PathBuf) -> std::io::Result<()> {
    let source = std::fs::read(path)?;
    let modified = std::fs::metadata(path)?.modified()?;
    let seconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let pyc = match compile_pyc(
        &source,
        &path.to_string_lossy(),
        Flags::default(),
        Invalidation::Timestamp(seconds),
    ) {
        Ok(pyc) => pyc,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            return Ok(());
        }
    };
    // As `compileall` does: nobody sees half of a file.
    let partial = target.with_extension("pyc.partial");
    std::fs::File::create(&partial)?.write_all(&pyc.bytes)?;
    std::fs::rename(&partial, target)
}

fn compare(
    python: &str,
    taipan: Option<&str>,
    folder: &str,
    out: &Path,
    rounds: usize,
) -> std::io::Result<()> {
    let itself = std::env::current_exe()?;
    let mut times = [Vec::new(), Vec::new()];
    std::fs::create_dir_all(out)?;
    for round in 0..rounds {
        let (ours, theirs) = (out.join(format!("taipan-{round}")), out.join(format!("cpython-{round}")));
        let mut job = match taipan {
            Some(taipan) => Command::new(taipan),
            None => Command::new(&itself),
        };
        match taipan {
            Some(_) => job.args(["build", "--emit", "pyc", folder, "-o"]).arg(&ours),
            None => job.arg(folder).arg(&ours),
        };
        let a = timed(&mut job)?;
        let mut job = Command::new(python);
        job.env("PYTHONPYCACHEPREFIX", &theirs);
        let b = timed(job.args(["-m", "compileall", "-q", "-f", "-j", "1", folder]))?;
        println!(
            "{round}: {:.3} s, CPython {:.3} s, ratio {:.3}",
            a.as_secs_f64(),
            b.as_secs_f64(),
            ratio(a, b)
        );
        times[0].push(a);
        times[1].push(b);
    }
    let [a, b] = times.map(|mut list| {
        list.sort();
        list[list.len() / 2]
    });
    for round in 0..rounds {
        std::fs::remove_dir_all(out.join(format!("taipan-{round}")))?;
        std::fs::remove_dir_all(out.join(format!("cpython-{round}")))?;
    }
    println!("medians: {:.3} s, CPython {:.3} s, ratio {:.3}", a.as_secs_f64(), b.as_secs_f64(), ratio(a, b));
    Ok(())
}

/// The time of a child on the processor, which other processes disturb less than the time on the
/// wall: the kernel's count of all children so far (`cutime` and `cstime`), in ticks of 10 ms.
fn timed(job: &mut Command) -> std::io::Result<Duration> {
    const TICK: Duration = Duration::from_millis(10);
    let ticks = || -> std::io::Result<u32> {
        let stat = std::fs::read_to_string("/proc/self/stat")?;
        // The process's name, which may hold spaces, ends with the last parenthesis.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        Ok(fields.skip(13).take(2).filter_map(|field| field.parse::<u32>().ok()).sum())
    };
    let before = ticks()?;
    let status = job.stdout(Stdio::null()).status()?;
    if status.code().is_none() {
        return Err(std::io::Error::other("killed"));
    }
    Ok(TICK * (ticks()? - before))
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
