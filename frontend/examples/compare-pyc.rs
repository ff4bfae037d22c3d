//! Exchanges `.pyc` files with a CPython 3.14: each loads the other's and lists it as the other does.
//!
//! ```text
//! cargo run -p taipan-frontend --release --example compare-pyc -- PYTHON FOLDER [--only TEXT]
//! ```
//!
//! For each source both write a `.pyc`, validated in turn by time, by a checked hash and by an unchecked one. The headers
//! must be equal, and so must be three listings with caches, offsets and positions: CPython's of its own file, CPython's
//! of Taipan's, and Taipan's of CPython's. Exits with 1 if anything differs but the order in which a set is shown: that of
//! members whose hashes collide is the order in which the file lists them, for which CPython looks at reference counts.

use std::{
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::UNIX_EPOCH,
};

use taipan_frontend::{
    Flags, dis, marshal,
    pyc::{Invalidation, compile_pyc},
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (python, folder, only) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [python, folder] => (python, folder, ""),
        [python, folder, "--only", only] => (python, folder, only),
        _ => {
            eprintln!("usage: compare-pyc PYTHON FOLDER [--only TEXT]");
            return ExitCode::from(2);
        }
    };
    match compare(python, Path::new(folder), only) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("compare-pyc: {error}");
            ExitCode::from(2)
        }
    }
}

fn compare(python: &str, folder: &Path, only: &str) -> Result<bool> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    files.retain(|file| file.to_string_lossy().contains(only));
    let room = std::env::temp_dir().join(format!("compare-pyc-{}", std::process::id()));
    std::fs::create_dir_all(&room)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/compare-pyc.py");
    // Sets of strings are listed in the order of this seed.
    let mut child = Command::new(python)
        .arg(script)
        .env("PYTHONHASHSEED", "0")
        .env_remove("SOURCE_DATE_EPOCH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("no pipes".into());
    };
    let mut answers = BufReader::new(answers);
    let (mut same, mut but_for_sets, mut refused, mut wrong) = (0, 0, 0, 0);
    for (number, file) in files.iter().enumerate() {
        let [ours, theirs, listed] = ["ours.pyc", "theirs.pyc", "listing"].map(|name| room.join(name));
        let bytes = std::fs::read(file)?;
        let modified = std::fs::metadata(file)?.modified()?.duration_since(UNIX_EPOCH)?.as_secs();
        let (mode, invalidation) = match number % 3 {
            0 => ("TIMESTAMP", Invalidation::Timestamp(modified)),
            1 => ("CHECKED_HASH", Invalidation::CheckedHash),
            _ => ("UNCHECKED_HASH", Invalidation::UncheckedHash),
        };
        let written = match compile_pyc(&bytes, "FILE", Flags::default(), invalidation) {
            Ok(pyc) => {
                std::fs::write(&ours, pyc.bytes)?;
                ours.to_string_lossy().into_owned()
            }
            Err(_) => String::new(),
        };
        let [source, theirs_shown, listed_shown] = [file, &theirs, &listed].map(|path| path.display());
        writeln!(requests, "{source}\t{written}\t{theirs_shown}\t{listed_shown}\t{mode}")?;
        let mut answer = String::new();
        if answers.read_line(&mut answer)? == 0 {
            return Err(format!("CPython ended at {source}").into());
        }
        let answer = match answer.trim_end() {
            "same" | "same but for sets" if !listed_alike(&theirs, &listed)? => {
                "Taipan lists CPython's file differently"
            }
            answer => answer,
        };
        match answer {
            "same" => same += 1,
            "same but for sets" => but_for_sets += 1,
            "refused" => refused += 1,
            other => {
                wrong += 1;
                println!("{source}: {other}");
            }
        }
    }
    drop(requests);
    child.wait()?;
    std::fs::remove_dir_all(&room)?;
    println!(
        "{} of {} .pyc files load and are listed alike in both directions ({but_for_sets} but for the order of a set); \
         both refuse {refused}, {wrong} differ",
        same + but_for_sets,
        files.len()
    );
    Ok(wrong == 0)
}

/// Whether Taipan loads a file of CPython's and lists it like CPython.
fn listed_alike(pyc: &Path, listing: &Path) -> Result<bool> {
    let bytes = std::fs::read(pyc)?;
    marshal::PycHeader::parse(&bytes)?;
    let code = marshal::load_code(&bytes[marshal::PycHeader::SIZE..])?;
    let options =
        dis::Options { show_caches: true, show_offsets: true, show_positions: true, ..Default::default() };
    let mut listed = String::new();
    dis::disassemble_recursive(&code, &options, &mut listed);
    let expected = std::fs::read(listing)?;
    Ok(listed.as_bytes() == expected)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
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
