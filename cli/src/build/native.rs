//! Programs into executables.
//!
//! The program and the modules of its own that it imports become one image of bytecode and, function by function, machine
//! code; the linker joins both with the runtime. Nothing is unpacked when the executable starts.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use taipan_frontend::image::{self, NewModule, code_objects};
use taipan_frontend::{Flags, dis, marshal};
use taipan_mir::aot::Output;

use super::imports::{self, Found};
use super::progress::Progress;
use super::{Options, compiler, link, listing, parts};
use crate::profile;
use crate::terminal::{Failure, Result, os_message, write_whole};

pub fn build(options: &Options) -> Result<ExitCode> {
    let path = &options.path;
    check_program(path)?;
    let output = output(path, options.output.as_deref())?;
    let recorded = options.profile.as_deref().map(profile::read).transpose()?;
    let archive = link::archive()?;
    let progress = Progress::new();
    let flags = flags(options);
    let all = parts::all_of_library(&options.with);
    let step = |file: &Path| progress.step(&format!("compiling {}", file.display()));
    let found = imports::follow(path, flags, all, step)?;
    for missing in &found.missing {
        eprintln!(
            "taipan: warning: {}: no module named '{}' was found; importing it will raise ImportError",
            missing.file, missing.name
        );
    }
    let image = image(&found, flags.optimize)?;
    let request = compiler::request(&found, Output::Object, recorded.as_ref())?;
    let mut objects = Vec::new();
    if !request.functions.is_empty() {
        progress.step(&format!("optimising {} functions", request.functions.len()));
        objects.push(compiler::compile(&request)?);
    }
    let needed = parts::needed(&found, &options.with);
    objects.push(link::program_object(&image, objects.is_empty(), &needed)?);
    progress.step("linking");
    let functions = request.functions.iter().map(|f| f.symbol.as_str());
    link::link(&objects, functions, &archive, &output)?;
    Ok(ExitCode::SUCCESS)
}

/// `--emit llvm-ir|asm|obj`: what LLVM makes of the program's functions.
pub fn emit(options: &Options, form: Output) -> Result<ExitCode> {
    let extension = match form {
        Output::Object => "o",
        Output::Assembly => "s",
        Output::LlvmIr => "ll",
    };
    check_program(&options.path)?;
    let recorded = options.profile.as_deref().map(profile::read).transpose()?;
    let progress = Progress::new();
    let found = imports::follow(&options.path, flags(options), false, |_| ())?;
    let text = compiler::compile(&compiler::request(&found, form, recorded.as_ref())?)?;
    drop(progress);
    write(options, extension, &text)
}

/// `--emit bytecode|uops`: the program before LLVM sees it.
pub fn list(options: &Options, uops: bool) -> Result<ExitCode> {
    check_program(&options.path)?;
    let found = imports::follow(&options.path, flags(options), false, |_| ())?;
    let mut text = String::new();
    for module in found.modules.iter().filter(|module| !module.is_library) {
        if uops {
            for code in code_objects(&module.code) {
                listing::uops(&module.name, &code, &mut text)?;
            }
        } else {
            dis::disassemble_recursive(&module.code, &dis::Options::default(), &mut text);
        }
    }
    write(options, if uops { "uops" } else { "dis" }, text.as_bytes())
}

fn flags(options: &Options) -> Flags {
    Flags { optimize: options.optimize.min(2), ..Flags::default() }
}

/// To `-o FILE`, into `-o FOLDER`, to standard output for `-o -`, or into the current folder.
fn write(options: &Options, extension: &str, contents: &[u8]) -> Result<ExitCode> {
    if options.output.as_deref() == Some(Path::new("-")) {
        std::io::stdout()
            .write_all(contents)
            .map_err(|error| Failure::usage(format!("can't write the output: {}", os_message(&error))))?;
        return Ok(ExitCode::SUCCESS);
    }
    let name = Path::new(options.path.file_stem().unwrap_or_default()).with_extension(extension);
    write_whole(&place(&options.path, &name, options.output.as_deref())?, contents)?;
    Ok(ExitCode::SUCCESS)
}

fn check_program(path: &Path) -> Result<()> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        Failure::usage(format!("can't read '{}': {}", path.display(), os_message(&error)))
    })?;
    if metadata.is_dir() {
        return Err(Failure::usage(format!("'{}' is a directory, not a program", path.display())));
    }
    Ok(())
}

/// `-o FILE`, or the program's name without its extension in the current folder.
fn output(path: &Path, given: Option<&Path>) -> Result<PathBuf> {
    if given == Some(Path::new("-")) {
        return Err(Failure::usage("an executable can't go to standard output"));
    }
    place(path, Path::new(path.file_stem().unwrap_or_default()), given)
}

/// Where output called `name` goes; never over the program itself.
fn place(path: &Path, name: &Path, given: Option<&Path>) -> Result<PathBuf> {
    let output = match given {
        None => name.to_owned(),
        Some(folder) if folder.is_dir() => folder.join(name),
        Some(file) => file.to_owned(),
    };
    let same = |a: &Path, b: &Path| match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    if same(&output, path) {
        return Err(Failure::usage(format!(
            "'{}' would overwrite itself; give another name with -o",
            path.display()
        )));
    }
    Ok(output)
}

fn image(found: &Found, optimize: u8) -> Result<Vec<u8>> {
    let mut modules = Vec::new();
    for module in &found.modules {
        let code = marshal::dump_code(&module.code)
            .map_err(|error| Failure::program(format!("{}: {error}", module.file.display())))?;
        modules.push(NewModule {
            name: module.name.clone(),
            filename: module.file.to_string_lossy().into_owned(),
            is_package: module.is_package,
            code,
            source: String::from_utf8_lossy(&module.source).into_owned(),
            code_count: code_objects(&module.code).len(),
        });
    }
    image::write(optimize, &modules).ok_or_else(|| Failure::program("the program is larger than 4 GiB"))
}
