//! The program suite: one Python file, one expectation, every tier.
//!
//! | file | meaning |
//! |---|---|
//! | `NAME.py` | the program; comment lines at its top may carry directives |
//! | `NAME.args` | command line arguments, one per line (optional) |
//! | `NAME.stdin` | standard input (optional; empty otherwise) |
//! | `NAME.out` | what CPython 3.14 prints on stdout |
//! | `NAME.err` | what it prints on stderr; absent means nothing |
//!
//! Directives, each on a comment line before the first line of code:
//!
//! - `# exit: 1` — the exit code (0 otherwise);
//! - `# tiers: interp auto` — only these tiers run it, with the reason in the same comment block.
//!
//! Expectations come from CPython alone (`tests/make-expected`), never from Taipan: `BLESS` does not apply here.
//! `PENDING` lists programs that a tier does not run correctly yet, one `TIER NAME` per line. It is checked both ways:
//! a listed program that passes is a failure too, so the list can only shrink; `./x bless` takes such lines out and
//! never puts one in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use crate::child::{self, Outcome};
use crate::golden::Mode;
use crate::normalise;
use crate::text;
use crate::tiers::{self, Tier};

/// A program runs for under 0.3 s under CPython; debug builds and forced tiers get much more.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Of a program that is expected to fail little patience is asked, for some fail by hanging.
const PENDING_TIME_LIMIT: Duration = Duration::from_secs(10);

/// One program of the suite and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub name: String,
    pub folder: PathBuf,
    pub exit_code: i32,
    /// The tiers that its header allows; `None` is all.
    pub tiers: Option<Vec<Tier>>,
    pub time_limit: Duration,
    pub args: Vec<String>,
    pub stdin: Option<Vec<u8>>,
}

impl Program {
    /// All programs of a folder, sorted by name.
    pub fn discover(folder: &Path) -> Result<Vec<Program>, String> {
        let mut programs = Vec::new();
        let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
            if path.extension().is_some_and(|extension| extension == "py") {
                programs.push(Program::load(&path)?);
            }
        }
        programs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(programs)
    }

    pub fn load(path: &Path) -> Result<Program, String> {
        let error = |what: &str| format!("{}: {what}", path.display());
        let name = path.file_stem().and_then(|stem| stem.to_str()).ok_or_else(|| error("not a name"))?;
        let folder = path.parent().ok_or_else(|| error("not in a folder"))?;
        // A program may be written in another encoding than UTF-8; its directives are ASCII all the same.
        let source = fs::read(path).map_err(|failure| error(&failure.to_string()))?;
        let header = Header::parse(&String::from_utf8_lossy(&source)).map_err(|message| error(&message))?;
        let args = text::read_optional(&path.with_extension("args"))?.unwrap_or_default();
        let stdin = path.with_extension("stdin");
        let stdin = match stdin.exists() {
            true => Some(fs::read(&stdin).map_err(|failure| error(&failure.to_string()))?),
            false => None,
        };
        Ok(Program {
            name: name.to_owned(),
            folder: folder.to_owned(),
            exit_code: header.exit_code,
            tiers: header.tiers,
            time_limit: TIME_LIMIT,
            args: args.lines().map(str::to_owned).collect(),
            stdin,
        })
    }

    pub fn file_name(&self) -> String {
        format!("{}.py", self.name)
    }

    pub fn expectation(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.name))
    }

    pub fn runs_under(&self, tier: Tier) -> bool {
        self.tiers.as_ref().is_none_or(|tiers| tiers.contains(&tier))
    }

    /// Runs the program by a command that already names it, in the surroundings that all interpreters get alike.
    pub fn run(&self, mut command: Command) -> Result<Outcome, String> {
        command.args(&self.args).current_dir(&self.folder);
        // A fixed hash seed and no colours: what remains different between two runs is a difference.
        command.env("PYTHONHASHSEED", "0").env("PYTHONDONTWRITEBYTECODE", "1").env("NO_COLOR", "1");
        for variable in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHON_JIT", "FORCE_COLOR"] {
            command.env_remove(variable);
        }
        let outcome = child::run(&mut command, self.stdin.as_deref(), self.time_limit)?;
        Ok(Outcome {
            code: outcome.code,
            stdout: normalise::program_output(&outcome.stdout, &self.folder),
            stderr: normalise::program_output(&outcome.stderr, &self.folder),
        })
    }

    /// The stored expectation.
    pub fn expected(&self) -> Result<Outcome, String> {
        let stdout = text::read_optional(&self.expectation("out"))?
            .ok_or_else(|| format!("{}.out is missing: {}", self.name, self.make_expected()))?;
        let stderr = text::read_optional(&self.expectation("err"))?.unwrap_or_default();
        Ok(Outcome { code: self.exit_code, stdout, stderr })
    }

    /// Runs the program under `tier` and compares.
    pub fn check(&self, tier: Tier, taipan: &Path) -> Result<(), String> {
        let expected = self.expected()?;
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        let command = tier.command(taipan, &self.file_name(), &self.folder, scratch.path())?;
        let actual = self.run(command)?;
        match describe_difference(&expected, &actual) {
            None => Ok(()),
            Some(difference) => {
                let variable = tiers::TIER_VARIABLE;
                let (folder, binary) = (self.folder.display(), taipan.display());
                Err(format!(
                    "{difference}\nto see it:   (cd {folder} && {variable}={} {binary} {}.py)\n\
                     if CPython prints this too:   {}",
                    tier.name(),
                    self.name,
                    self.make_expected()
                ))
            }
        }
    }

    fn make_expected(&self) -> String {
        format!("TAIPAN_ORACLE=PATH-OF-CPYTHON-3.14 tests/make-expected {}", self.name)
    }
}

/// The list of programs that do not run under a tier yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pending {
    path: PathBuf,
    entries: BTreeSet<(String, String)>,
}

impl Pending {
    /// Reads `PENDING` in the folder of the programs; without such a file nothing is pending.
    pub fn load(folder: &Path) -> Result<Pending, String> {
        let path = folder.join("PENDING");
        let mut entries = BTreeSet::new();
        for line in text::read_optional(&path)?.unwrap_or_default().lines() {
            entries.extend(parse_pending_line(line)?);
        }
        Ok(Pending { path, entries })
    }

    /// The names of the programs in the list.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(_, name)| name.as_str())
    }

    fn contains(&self, tier: Tier, name: &str) -> bool {
        self.entries.contains(&(tier.name().to_owned(), name.to_owned()))
    }

    /// Checks a program against its expectation, or against the claim that it does not meet it.
    pub fn check(&self, program: &Program, tier: Tier, taipan: &Path, mode: Mode) -> Result<(), String> {
        if !self.contains(tier, &program.name) {
            return program.check(tier, taipan);
        }
        let hurried = Program { time_limit: PENDING_TIME_LIMIT, ..program.clone() };
        match (hurried.check(tier, taipan), mode) {
            (Err(_), _) => Ok(()),
            (Ok(()), Mode::Compare) => {
                Err("passes now; to take it off tests/programs/PENDING:   ./x bless".to_owned())
            }
            (Ok(()), Mode::Bless) => self.remove(tier, &program.name),
        }
    }

    /// Takes a line out of the file. Blessing runs all programs in one process, where this is the only writer.
    fn remove(&self, tier: Tier, name: &str) -> Result<(), String> {
        static WRITER: Mutex<()> = Mutex::new(());
        let _one_at_a_time = WRITER.lock().map_err(|_| "another test panicked while it wrote PENDING")?;
        let gone = Some((tier.name().to_owned(), name.to_owned()));
        let mut kept = String::new();
        for line in text::read_optional(&self.path)?.unwrap_or_default().lines() {
            if parse_pending_line(line)? != gone {
                kept.push_str(line);
                kept.push('\n');
            }
        }
        text::replace_file(&self.path, &kept)
    }
}

/// `TIER NAME`, with an optional comment after `#`.
fn parse_pending_line(line: &str) -> Result<Option<(String, String)>, String> {
    let content = line.split('#').next().unwrap_or_default();
    match content.split_whitespace().collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [tier, name] => Ok(Some((Tier::parse(tier)?.name().to_owned(), name.to_owned()))),
        _ => Err(format!("PENDING: `{line}` is not `TIER NAME`")),
    }
}

/// What differs, as diffs; `None` if nothing does.
pub fn describe_difference(expected: &Outcome, actual: &Outcome) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(diff) = text::diff(&expected.stdout, &actual.stdout) {
        parts.push(format!("stdout:\n{diff}"));
    }
    if let Some(diff) = text::diff(&expected.stderr, &actual.stderr) {
        parts.push(format!("stderr:\n{diff}"));
    }
    if expected.code != actual.code {
        parts.push(format!("exit code: expected {}, actual {}", expected.code, actual.code));
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    exit_code: i32,
    tiers: Option<Vec<Tier>>,
}

impl Header {
    fn parse(source: &str) -> Result<Header, String> {
        let mut header = Header::default();
        let comments = source.lines().map_while(|line| line.strip_prefix('#'));
        for line in comments.map(str::trim) {
            if let Some(code) = line.strip_prefix("exit:") {
                header.exit_code = code.trim().parse().map_err(|_| format!("`{line}`: not an exit code"))?;
            } else if let Some(names) = line.strip_prefix("tiers:") {
                header.tiers = Some(tiers::parse_list(names)?);
            }
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_from_the_top_comments_only() {
        let header = Header::parse("# About.\n# exit: 1\n# tiers: interp auto\nx = 1\n# exit: 9\n");
        let tiers = Some(vec![Tier::Interp, Tier::Auto]);
        assert_eq!(header, Ok(Header { exit_code: 1, tiers }));
        assert_eq!(Header::parse("print()\n"), Ok(Header::default()));
        assert!(Header::parse("# exit: one\n").is_err());
        assert!(Header::parse("# tiers: warp\n").is_err());
    }

    #[test]
    fn arguments_input_and_expectations_lie_beside_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("p.py"), "# exit: 2\n").unwrap();
        fs::write(path("p.args"), "one\ntwo words\n").unwrap();
        fs::write(path("p.stdin"), "text").unwrap();
        fs::write(path("p.out"), "x\n").unwrap();
        let found = Program::discover(folder.path()).unwrap();
        assert_eq!(found.len(), 1);
        let program = &found[0];
        assert_eq!(program.args, ["one", "two words"]);
        assert_eq!(program.stdin.as_deref(), Some(&b"text"[..]));
        let expected = Outcome { code: 2, stdout: "x\n".to_owned(), stderr: String::new() };
        assert_eq!(program.expected(), Ok(expected));
    }

    /// A shell script that prints its tier stands for the interpreter: what is tested is the comparison.
    fn fake_taipan(folder: &Path) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("taipan");
        fs::write(&path, "#!/bin/sh\necho $TAIPAN_TIER\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn a_difference_is_shown_with_the_way_to_repeat_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("p.py"), "").unwrap();
        fs::write(path("p.out"), "interp\n").unwrap();
        let taipan = fake_taipan(folder.path());
        let program = Program::load(&path("p.py")).unwrap();
        assert_eq!(program.check(Tier::Interp, &taipan), Ok(()));
        let message = program.check(Tier::Auto, &taipan).unwrap_err();
        assert!(message.contains("-interp\n+auto\n"), "{message}");
        assert!(message.contains("TAIPAN_TIER=auto") && message.contains("make-expected p"), "{message}");
    }

    #[test]
    fn a_pending_program_must_fail_and_blessing_removes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("p.py"), "").unwrap();
        fs::write(path("p.out"), "interp\n").unwrap();
        fs::write(path("PENDING"), "# why\ninterp p # not yet\nauto p\n").unwrap();
        let taipan = fake_taipan(folder.path());
        let program = Program::load(&path("p.py")).unwrap();
        let pending = Pending::load(folder.path()).unwrap();
        let check = |tier, mode| pending.check(&program, tier, &taipan, mode);
        assert_eq!(pending.names().collect::<Vec<_>>(), ["p", "p"]);
        assert_eq!(check(Tier::Auto, Mode::Compare), Ok(()), "differs, as the list says");
        assert!(check(Tier::Interp, Mode::Compare).unwrap_err().contains("passes now"));
        assert_eq!(check(Tier::Interp, Mode::Bless), Ok(()));
        assert_eq!(fs::read_to_string(path("PENDING")).unwrap(), "# why\nauto p\n");
        assert!(
            check(Tier::Llvm, Mode::Compare).unwrap_err().contains("-interp\n+llvm\n"),
            "not in the list"
        );
        fs::write(path("PENDING"), "p\n").unwrap();
        assert!(Pending::load(folder.path()).is_err());
    }
}
