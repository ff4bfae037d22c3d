//! From a program's data to an executable: an object file that holds it, and the system's linker.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use object::write::{Object, Relocation, StandardSection, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationFlags, SymbolFlags, SymbolKind, SymbolScope, elf,
};

use taipan_mir::aot;

use super::parts::Needed;
use crate::terminal::{Failure, Result, os_message};

/// The runtime, beside `taipan`.
const ARCHIVE: &str = "libtaipan_archive.a";
/// Where it is instead.
const ARCHIVE_VARIABLE: &str = "TAIPAN_RUNTIME";
/// The list of native modules to which the list of parts refers.
const MODULES: &str = "TAIPAN_MODULES";
/// What the runtime itself needs of the system.
const SYSTEM_LIBRARIES: [&str; 5] = ["-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];
const OPTIONS: [&str; 3] = ["-Wl,--gc-sections", "-Wl,--strip-debug", "-Wl,-z,pack-relative-relocs"];
/// The executable lies where it was linked, so that a start relocates nothing, and has the unwinder that the runtime asks for
/// inside.
const SMALL_OPTIONS: [&str; 3] = ["-no-pie", "-static-libgcc", "-lgcc_eh"];
/// For linkers that refuse the others.
const PLAIN_OPTIONS: [&str; 1] = ["-lgcc_s"];
/// Functions that a start calls, in order, beside the archive: see docs/start-up.md. `./x build` makes it.
const ORDER: &str = "link-order.txt";
/// Nothing unwinds: a panic ends the process, and Python's exceptions are values.
const DISCARDED_SECTIONS: &str = "\
SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame_hdr) *(.gcc_except_table) *(.gcc_except_table.*) *(.comment) } }
INSERT AFTER .text;
";

/// The object file with a program's image and the list of the runtime's parts that it needs (`taipan_runtime::parts::Parts`);
/// with `empty_table`, also the table of compiled functions, of which there are none.
pub fn program_object(image: &[u8], empty_table: bool, needed: &Needed) -> Result<Vec<u8>> {
    let mut file = Object::new(BinaryFormat::Elf, Architecture::X86_64, Endianness::Little);
    let section = file.section_id(StandardSection::ReadOnlyData);
    let mut define = |name: &str, data: &[u8]| {
        let id = file.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: data.len() as u64,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Undefined,
            flags: SymbolFlags::None,
        });
        file.add_symbol_data(id, section, data, 16);
    };
    define("TAIPAN_PROGRAM", image);
    define("TAIPAN_PROGRAM_SIZE", &(image.len() as u64).to_le_bytes());
    if empty_table {
        for name in [aot::TABLE, aot::TABLE_LENGTH] {
            define(name, &[0; 8]);
        }
    }
    let section = file.section_id(StandardSection::ReadOnlyDataWithRel);
    let symbol = |name: &str, kind, section| Symbol {
        name: name.into(),
        value: 0,
        size: 0,
        kind,
        scope: SymbolScope::Linkage,
        weak: false,
        section,
        flags: SymbolFlags::None,
    };
    // A list is a symbol and a row of words: addresses of symbols, or numbers.
    let mut list = |name: &str, words: &[Word]| {
        let id = file.add_symbol(symbol(name, SymbolKind::Data, SymbolSection::Undefined));
        let contents: Vec<u8> = words.iter().flat_map(|word| word.number().to_le_bytes()).collect();
        let start = file.add_symbol_data(id, section, &contents, 8);
        for (offset, word) in (start..).step_by(8).zip(words) {
            let Word::Symbol(name) = word else { continue };
            let symbol = match file.symbol_id(name.as_bytes()) {
                Some(known) => known,
                None => file.add_symbol(symbol(name, SymbolKind::Unknown, SymbolSection::Undefined)),
            };
            let flags = RelocationFlags::Elf { r_type: elf::R_X86_64_64 };
            file.add_relocation(section, Relocation { offset, symbol, addend: 0, flags })?;
        }
        Ok(())
    };
    let modules: Vec<Word> =
        needed.modules.iter().map(|name| Word::Symbol(format!("taipan_module_{name}"))).collect();
    let part =
        |is_needed, name: &str| if is_needed { Word::Symbol(name.to_owned()) } else { Word::Number(0) };
    let parts = [
        part(needed.compiler, "taipan_part_compiler"),
        part(needed.names, "taipan_part_names"),
        part(!modules.is_empty(), MODULES),
        Word::Number(modules.len() as u64),
    ];
    list(MODULES, &modules).and_then(|()| list("TAIPAN_PARTS", &parts)).map_err(
        |error: object::write::Error| Failure::program(format!("can't make an object file: {error}")),
    )?;
    // The stack needs no execute permission, which objects have to say.
    file.add_section(Vec::new(), b".note.GNU-stack".to_vec(), object::SectionKind::Note);
    file.write().map_err(|error| Failure::program(format!("can't make an object file: {error}")))
}

/// A word of a list.
enum Word {
    Number(u64),
    /// The address of a symbol.
    Symbol(String),
}

impl Word {
    fn number(&self) -> u64 {
        match self {
            Word::Number(number) => *number,
            Word::Symbol(_) => 0,
        }
    }
}

/// The runtime's archive; it has to exist.
pub fn archive() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(ARCHIVE_VARIABLE).filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match path.is_file() {
            true => Ok(path),
            false => Err(Failure::usage(format!(
                "there is no runtime archive '{}', to which {ARCHIVE_VARIABLE} points",
                path.display()
            ))),
        };
    }
    let folder =
        std::env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    let path = folder.join(ARCHIVE);
    match path.is_file() {
        true => Ok(path),
        false => Err(Failure::usage(format!(
            "the runtime archive '{}' is missing; ./x build makes it, or set {ARCHIVE_VARIABLE}",
            path.display()
        ))),
    }
}

/// Links `objects`, whose compiled functions are called `functions`, with the runtime. The executable appears complete or
/// not at all.
pub fn link<'a>(
    objects: &[Vec<u8>],
    functions: impl IntoIterator<Item = &'a str>,
    archive: &Path,
    output: &Path,
) -> Result<()> {
    let unwritable = |error: &std::io::Error| {
        Failure::usage(format!("can't write '{}': {}", output.display(), os_message(error)))
    };
    if output.is_dir() {
        return Err(unwritable(&std::io::ErrorKind::IsADirectory.into()));
    }
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Everything is made in a folder beside the output, so that the last step is a rename.
    let scratch = tempfile::Builder::new()
        .prefix(".taipan-build-")
        .tempdir_in(folder)
        .map_err(|error| unwritable(&error))?;
    let linked = scratch.path().join("program");
    let mut files: Vec<OsString> = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let path = scratch.path().join(format!("{index}.o"));
        std::fs::write(&path, object).map_err(|error| unwritable(&error))?;
        files.push(path.into());
    }
    files.push(archive.into());
    let script = scratch.path().join("sections");
    std::fs::write(&script, linker_script(archive)).map_err(|error| unwritable(&error))?;
    let mut small = files.clone();
    small.push(format!("-Wl,-T,{}", script.display()).into());
    small.extend(SMALL_OPTIONS.map(Into::into));
    // Not every linker knows them.
    if run_linker(&small, &linked).is_err() {
        files.extend(PLAIN_OPTIONS.map(Into::into));
        run_linker(&files, &linked)?;
    }
    strip(&linked, functions, scratch.path());
    let executable = std::fs::metadata(&linked).map_err(|error| unwritable(&error))?;
    let mut permissions = executable.permissions();
    permissions.set_mode(permissions.mode() | 0o111 & !0o022);
    std::fs::rename(&linked, output).map_err(|error| unwritable(&error))
}

/// What is added to the linker's own script.
fn linker_script(archive: &Path) -> String {
    let mut script = DISCARDED_SECTIONS.to_owned();
    let order = std::fs::read_to_string(archive.with_file_name(ORDER)).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    let names = order.lines().filter(|name| !name.is_empty() && name.chars().all(is_plain));
    // Each function has a section of its own.
    let sections: String = names.map(|name| format!("*(\".text.{name}\")\n")).collect();
    if !sections.is_empty() {
        script += &format!("SECTIONS {{ .text.start : {{\n{sections}}} }}\nINSERT BEFORE .text;\n");
    }
    script
}

/// Links `words`, objects and options, into `output`.
fn run_linker(words: &[OsString], output: &Path) -> Result<()> {
    let mut command = linker();
    command.args(words).args(SYSTEM_LIBRARIES).args(OPTIONS).arg("-o").arg(output);
    let program = command.get_program().to_string_lossy().into_owned();
    let outcome = command.output().map_err(|error| {
        Failure::usage(format!(
            "can't run the linker '{program}': {} (set CC to another)",
            os_message(&error)
        ))
    })?;
    if outcome.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.stderr);
    let said = said
        .lines()
        .find(|line| line.contains("error") || line.contains("undefined"))
        .or(said.lines().next());
    Err(Failure::program(format!(
        "the linker '{program}' failed: {}",
        said.unwrap_or("it gave no reason").trim()
    )))
}

/// Takes the symbols out that name the runtime's Rust functions, a sixth of a small executable. The program's functions
/// and those of the interpreter (`taipan_*`) keep theirs, for profilers and debuggers. A system that has a linker has
/// `strip` as well; without it the executable is only larger.
fn strip<'a>(linked: &Path, functions: impl IntoIterator<Item = &'a str>, scratch: &Path) {
    let list = scratch.join("symbols");
    // Names are patterns: what is special in them is taken as it is.
    let special = |c: char| matches!(c, '*' | '?' | '[' | ']' | '\\' | '!');
    let kept: String = functions
        .into_iter()
        .filter(|name| !name.contains(special) && !name.contains(char::is_whitespace))
        .map(|name| format!("--keep-symbol={name}\n"))
        .collect();
    if std::fs::write(&list, kept).is_ok() {
        let mut options = OsString::from("@");
        options.push(&list);
        let mut command = Command::new("strip");
        command.args(["--strip-all", "--wildcard", "--keep-symbol=taipan_*"]).arg(options).arg(linked);
        // What `strip` cannot do it leaves undone.
        let _ = command.output();
    }
}

/// `$CC`, which may have options, or `cc`.
fn linker() -> Command {
    let words = std::env::var_os("CC").unwrap_or_default();
    let mut words =
        words.to_string_lossy().split_whitespace().map(OsString::from).collect::<Vec<_>>().into_iter();
    let mut command = Command::new(words.next().unwrap_or_else(|| "cc".into()));
    command.args(words);
    command
}
