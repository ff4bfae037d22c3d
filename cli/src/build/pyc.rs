//! Sources into `.pyc` files, one or a whole tree.
//!
//! A folder becomes a mirror of itself: `FOLDER/rel/name.py` is written to `OUT/rel/name.pyc`. A source that does not
//! compile stops nothing; all such are listed at the end. Each file appears complete or not at all.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use taipan_frontend::Flags;
use taipan_frontend::marshal::{self, PycHeader, PycValidation, source_hash};
use walkdir::WalkDir;

use super::{InvalidationMode, Options};
use crate::terminal::{Failure, Result, os_message, write_whole};
use crate::{pool, program};

/// Shorter work needs no progress bar.
const PATIENCE: Duration = Duration::from_secs(1);

pub fn build(options: &Options) -> Result<ExitCode> {
    let path = &options.path;
    let metadata = fs::metadata(path).map_err(|error| {
        Failure::usage(format!("can't read '{}': {}", path.display(), os_message(&error)))
    })?;
    if !metadata.is_dir() {
        let output = single_output(path, options.output.as_deref())?;
        let contents = contents(path, options)?;
        create_parent(&output)?;
        write_whole(&output, &contents)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Some(output) = &options.output else {
        return Err(Failure::usage("a folder needs a folder to write to: -o OUT"));
    };
    if output.exists() && !output.is_dir() {
        return Err(Failure::usage(format!("'{}' is not a folder", output.display())));
    }
    pool::enable();
    let (sources, mut refused) = sources(path);
    if sources.is_empty() && refused.is_empty() {
        return Err(Failure::usage(format!("there is no .py file in '{}'", path.display())));
    }
    let progress = Progress::new(sources.len());
    // Sources of one folder follow each other.
    let mut made = None;
    for source in &sources {
        progress.step(source);
        // Every source lies below the folder.
        let relative = source.strip_prefix(path).unwrap_or(source);
        let target = output.join(relative).with_extension("pyc");
        let done = contents(source, options).and_then(|contents| {
            let folder = target.parent();
            if made.as_deref() != folder {
                create_parent(&target)?;
                made = folder.map(Path::to_owned);
            }
            write_whole(&target, &contents)
        });
        refused.extend(done.err());
    }
    progress.finish();
    Ok(summary(&refused, sources.len()))
}

/// Where the `.pyc` of a single file goes: `-o FILE`, a folder that exists, or the current one.
fn single_output(source: &Path, output: Option<&Path>) -> Result<PathBuf> {
    let name = Path::new(source.file_name().unwrap_or_default()).with_extension("pyc");
    let target = match output {
        None => name,
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.to_owned(),
    };
    if target == source {
        return Err(Failure::usage(format!("'{}' would overwrite itself", source.display())));
    }
    Ok(target)
}

/// The sources below `folder` in order of their names, and what cannot be read.
fn sources(folder: &Path) -> (Vec<PathBuf>, Vec<Failure>) {
    let (mut sources, mut failures) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                // Links to files are followed, links to folders are not, for they may lead back.
                let python = entry.path().extension().is_some_and(|e| e == "py");
                if python && (entry.file_type().is_file() || !entry.path().is_dir()) {
                    sources.push(entry.into_path());
                }
            }
            Err(error) => {
                let shown = error.path().unwrap_or(folder).display().to_string();
                let message = error.io_error().map_or_else(|| error.to_string(), os_message);
                failures.push(Failure::usage(format!("can't read '{shown}': {message}")));
            }
        }
    }
    (sources, failures)
}

/// The contents of the `.pyc` of a source.
fn contents(source: &Path, options: &Options) -> Result<Vec<u8>> {
    let shown = source.display();
    let unreadable =
        |error: std::io::Error| Failure::usage(format!("can't read '{shown}': {}", os_message(&error)));
    // The time is taken first: a source that changes meanwhile must make the file look old.
    let metadata = fs::metadata(source).map_err(unreadable)?;
    let bytes = fs::read(source).map_err(unreadable)?;
    let flags = Flags { optimize: options.optimize.min(2), ..Flags::default() };
    let code = program::compile(source, &bytes, flags)?;
    let validation = validation(options.invalidation_mode, &metadata, &bytes);
    // Few files are longer than their source.
    let mut out = Vec::with_capacity(bytes.len() + PycHeader::SIZE);
    out.extend(PycHeader { validation }.to_bytes());
    marshal::dump_code_after(out, &code).map_err(|error| Failure::program(format!("{shown}: {error}")))
}

fn create_parent(path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |folder| {
        fs::create_dir_all(folder).map_err(|error| {
            Failure::usage(format!("can't create '{}': {}", folder.display(), os_message(&error)))
        })
    })
}

fn validation(mode: Option<InvalidationMode>, metadata: &Metadata, source: &[u8]) -> PycValidation {
    // Reproducible builds have no use for the time of a checkout.
    let reproducible = std::env::var_os("SOURCE_DATE_EPOCH").is_some_and(|value| !value.is_empty());
    let default = if reproducible { InvalidationMode::CheckedHash } else { InvalidationMode::Timestamp };
    match mode.unwrap_or(default) {
        InvalidationMode::Timestamp => {
            let modified = metadata.modified().ok();
            let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            // Both are stored modulo 2^32.
            PycValidation::Timestamp {
                mtime: since.unwrap_or_default().as_secs() as u32,
                source_size: source.len() as u32,
            }
        }
        InvalidationMode::CheckedHash => PycValidation::CheckedHash(source_hash(source)),
        InvalidationMode::UncheckedHash => PycValidation::UncheckedHash(source_hash(source)),
    }
}

/// Lists what was refused; the status is that of the worst.
fn summary(refused: &[Failure], total: usize) -> ExitCode {
    for failure in refused {
        eprintln!("{}", failure.message);
    }
    match refused.len() {
        0 => ExitCode::SUCCESS,
        n => Failure::program(format!("{n} of {total} files could not be compiled")).report(),
    }
}

/// A bar that appears when the work turns out to be long, and only on a terminal.
struct Progress {
    bar: ProgressBar,
    start: Instant,
}

impl Progress {
    fn new(total: usize) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { bar, start: Instant::now() }
    }

    fn step(&self, file: &Path) {
        if self.bar.is_hidden() && self.start.elapsed() >= PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.inc(1);
        self.bar.set_message(file.display().to_string());
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
