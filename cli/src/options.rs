//! The command line.
//!
//! `python`'s conventions are kept: options come first, then `-c CODE`, `-m MODULE`, `-` or a file, and everything behind
//! that belongs to the program. Where the program begins is found first; clap then reads what is before it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{ArgAction, Parser};
use taipan_runtime::config::{Config, Tier};
use taipan_runtime::launch::Program;
use taipan_runtime::parts;

/// A Python 3.14 implementation: interpreter, JIT and ahead-of-time compiler.
#[derive(Parser, Debug)]
#[command(
    name = "taipan",
    disable_version_flag = true,
    args_override_self = true,
    override_usage = "taipan [OPTIONS] [-c CODE | -m MODULE | FILE | -] [ARGS]...\n       taipan run [OPTIONS] FILE [ARGS]...\n       taipan build [OPTIONS] PATH\n       taipan inspect [OPTIONS] STAGE FILE[:FUNCTION] [-- ARGS]...",
    after_help = "FILE is Python source or a .pyc. Without a program, the one on standard input runs.\n\n\
                  Commands (a program of such a name is ./run, ./build or ./inspect):\n  \
                  run      run a program\n  \
                  build    compile a program; taipan build --help\n  \
                  inspect  print a stage of the compiler; taipan inspect --help"
)]
struct Options {
    /// Print the version and leave; given twice, more about the build.
    #[arg(short = 'V', long = "version", action = ArgAction::Count)]
    version: u8,
    /// Do not write .pyc files.
    #[arg(short = 'B', action = ArgAction::SetTrue)]
    dont_write_bytecode: bool,
    /// Remove assertions; given twice, docstrings too.
    #[arg(short = 'O', action = ArgAction::Count)]
    optimize: u8,
    /// Ignore PYTHON* environment variables.
    #[arg(short = 'E', action = ArgAction::SetTrue)]
    ignore_environment: bool,
    /// Isolate from the user's environment (implies -E, -P and -s).
    #[arg(short = 'I', action = ArgAction::SetTrue)]
    isolated: bool,
    /// Do not put the program's folder in front of sys.path.
    #[arg(short = 'P', action = ArgAction::SetTrue)]
    safe_path: bool,
    /// Do not add the user's site folder to sys.path.
    #[arg(short = 's', action = ArgAction::SetTrue)]
    no_user_site: bool,
    /// Do not import `site` at start-up.
    #[arg(short = 'S', action = ArgAction::SetTrue)]
    no_site: bool,
    /// Unbuffered standard output and error.
    #[arg(short = 'u', action = ArgAction::SetTrue)]
    unbuffered: bool,
    /// Trace imports; more often: more.
    #[arg(short = 'v', action = ArgAction::Count)]
    verbose: u8,
    /// Quiet: no start-up messages.
    #[arg(short = 'q', action = ArgAction::SetTrue)]
    quiet: bool,
    /// Warn where bytes are compared with str; given twice, raise.
    #[arg(short = 'b', action = ArgAction::Count)]
    bytes_warning: u8,
    /// Debugging output of the parser (accepted, without effect).
    #[arg(short = 'd', action = ArgAction::Count)]
    debug: u8,
    /// Random hashes (the default).
    #[arg(short = 'R', action = ArgAction::SetTrue)]
    random_hashes: bool,
    /// Interactive after the program.
    #[arg(short = 'i', action = ArgAction::SetTrue)]
    interactive: bool,
    /// Skip the first line of the program.
    #[arg(short = 'x', action = ArgAction::SetTrue)]
    skip_first_line: bool,
    /// How .pyc files with a hash of their source are checked: default, always or never.
    #[arg(long, value_name = "MODE")]
    check_hash_based_pycs: Option<String>,
    /// Warnings control (`action:message:category:module:line`).
    #[arg(short = 'W', value_name = "FILTER")]
    warnings: Vec<String>,
    /// Implementation options, such as `jit_threshold=N`.
    #[arg(short = 'X', value_name = "OPTION")]
    implementation: Vec<String>,
    /// Force a tier: interp, uops, stencil, llvm or auto.
    #[arg(long, value_name = "TIER")]
    tier: Option<String>,
    /// Print statistics of the tiers at the end, or write them to a file as JSON.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    stats: Option<String>,
    /// Record what the program does, for `taipan build --profile FILE`; it runs interpreted.
    #[arg(long, value_name = "FILE")]
    record_profile: Option<PathBuf>,
}

pub enum Action {
    Run(Box<Request>),
    Version { full: bool },
}

pub struct Request {
    pub program: Program,
    pub config: Config,
    /// Where a profile goes.
    pub profile: Option<PathBuf>,
}

/// What follows a short option.
fn takes_value(c: char) -> bool {
    matches!(c, 'W' | 'X')
}

/// Where the program begins: index of its first word in `args`, and what it is.
enum Start {
    Command { code: OsString, rest: usize },
    Module { name: OsString, rest: usize },
    File { rest: usize },
    None,
}

/// Splits the command line into options (a prefix of `args`) and the program.
fn split(args: &[OsString]) -> Result<(Vec<OsString>, Start), clap::Error> {
    let mut options = vec![args.first().cloned().unwrap_or_default()];
    let mut i = 1;
    while let Some(arg) = args.get(i) {
        let Some(text) = arg.to_str() else { return Ok((options, Start::File { rest: i })) };
        if text == "-" || !text.starts_with('-') {
            return Ok((options, Start::File { rest: i }));
        }
        if text == "--" {
            let rest = i + 1;
            return Ok((options, if rest < args.len() { Start::File { rest } } else { Start::None }));
        }
        if text.starts_with("--") {
            options.push(arg.clone());
            if matches!(text, "--tier" | "--record-profile" | "--check-hash-based-pycs") {
                i += 1;
                options.extend(args.get(i).cloned());
            }
            i += 1;
            continue;
        }
        // A cluster of short options; `c` and `m` end it and take the rest of the word or the next one.
        for (at, c) in text.char_indices().skip(1) {
            let tail = &text[at + 1..];
            if c == 'c' || c == 'm' {
                let before = &text[1..at];
                if !before.is_empty() {
                    options.push(format!("-{before}").into());
                }
                let (value, rest) = if tail.is_empty() {
                    match args.get(i + 1) {
                        Some(v) => (v.clone(), i + 2),
                        None => return Err(missing_value(c)),
                    }
                } else {
                    (OsString::from(tail), i + 1)
                };
                let start = if c == 'c' {
                    Start::Command { code: value, rest }
                } else {
                    Start::Module { name: value, rest }
                };
                return Ok((options, start));
            }
            if takes_value(c) {
                options.push(arg.clone());
                if tail.is_empty() {
                    i += 1;
                    options.extend(args.get(i).cloned());
                }
                break;
            }
            if tail.is_empty() {
                options.push(arg.clone());
            }
        }
        i += 1;
    }
    Ok((options, Start::None))
}

fn missing_value(option: char) -> clap::Error {
    usage_error(&format!("argument expected for the -{option} option"))
}

fn usage_error(message: &str) -> clap::Error {
    use clap::CommandFactory;
    Options::command().error(clap::error::ErrorKind::InvalidValue, message)
}

/// Reads the command line.
pub fn parse(args: &[OsString]) -> Result<Action, clap::Error> {
    // `taipan run …` is `taipan …` spelled out.
    let explicit_run = args.get(1).is_some_and(|a| a == "run");
    let without_run: Vec<OsString>;
    let args = if explicit_run {
        without_run = args.iter().take(1).chain(args.iter().skip(2)).cloned().collect();
        &without_run
    } else {
        args
    };
    let (option_words, start) = split(args)?;
    let options = Options::try_parse_from(option_words)?;
    if options.version > 0 {
        return Ok(Action::Version { full: options.version > 1 });
    }
    let mut config = Config::from_environment(options.ignore_environment || options.isolated);
    config.library = Some(taipan_stdlib::LIBRARY);
    config.parts = parts::ALL;
    config.optimize = config.optimize.max(options.optimize);
    config.dont_write_bytecode |= options.dont_write_bytecode;
    config.unbuffered |= options.unbuffered;
    config.verbose = config.verbose.max(options.verbose);
    config.interactive = options.interactive;
    config.inspect |= options.interactive;
    config.skip_first_line = options.skip_first_line;
    if let Some(mode) = options.check_hash_based_pycs {
        if !matches!(mode.as_str(), "default" | "always" | "never") {
            let text = "--check-hash-based-pycs must be one of 'default', 'always', or 'never'";
            return Err(usage_error(text));
        }
        config.check_hash_based_pycs = Some(mode);
    }
    config.isolated = options.isolated;
    config.ignore_environment = options.ignore_environment || options.isolated;
    config.no_user_site |= options.no_user_site || options.isolated;
    config.no_site = options.no_site;
    config.quiet = options.quiet;
    config.bytes_warning = options.bytes_warning;
    config.debug = config.debug.max(options.debug);
    if options.random_hashes {
        config.hash_seed = None;
    }
    config.safe_path |= options.safe_path || options.isolated;
    config.warn_options.extend(options.warnings);
    match options.bytes_warning {
        0 => {}
        1 => config.warn_options.push("default::BytesWarning".to_owned()),
        _ => config.warn_options.push("error::BytesWarning".to_owned()),
    }
    for x in &options.implementation {
        config.set_implementation_option(x).map_err(|e| usage_error(&e))?;
    }
    if let Some(t) = &options.tier {
        config.tier = t.parse::<Tier>().map_err(|e| usage_error(&e))?;
    }
    config.stats = options.stats;
    config.record_profile = options.record_profile.is_some();
    let lossy = |v: &OsStr| v.to_string_lossy().into_owned();
    let (program, rest, argv0) = match start {
        Start::Command { code, rest } => (Program::Command(lossy(&code)), rest, "-c".into()),
        Start::Module { name, rest } => (Program::Module(lossy(&name)), rest, "-m".into()),
        Start::File { rest } => {
            let file = &args[rest];
            if file == "-" {
                (Program::Stdin, rest + 1, "-".into())
            } else {
                (Program::File(file.into()), rest + 1, file.clone())
            }
        }
        Start::None if explicit_run => return Err(usage_error("a FILE to run is required")),
        Start::None => (Program::Stdin, args.len(), OsString::new()),
    };
    config.argv = std::iter::once(argv0).chain(args[rest.min(args.len())..].iter().cloned()).collect();
    Ok(Action::Run(Box::new(Request { program, config, profile: options.record_profile })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(words: &[&str]) -> Request {
        let args: Vec<OsString> =
            std::iter::once("taipan").chain(words.iter().copied()).map(OsString::from).collect();
        match parse(&args) {
            Ok(Action::Run(r)) => *r,
            _ => panic!("not a run: {words:?}"),
        }
    }

    #[test]
    fn what_follows_the_program_is_the_programs() {
        let r = request(&["-O", "a.py", "-V", "--tier"]);
        assert!(matches!(r.program, Program::File(ref f) if f.as_os_str() == "a.py"));
        assert_eq!(r.config.argv, ["a.py", "-V", "--tier"]);
        assert_eq!(r.config.optimize, 1);
    }

    #[test]
    fn clusters_end_at_c() {
        let r = request(&["-OBc", "pass", "x"]);
        assert!(matches!(r.program, Program::Command(ref c) if c == "pass"));
        assert_eq!((r.config.optimize, r.config.dont_write_bytecode), (1, true));
        assert_eq!(r.config.argv, ["-c", "x"]);
    }

    #[test]
    fn values_of_options_are_not_programs() {
        let r = request(&["-X", "jit_threshold=5", "--tier", "interp", "-m", "mod", "a"]);
        assert!(matches!(r.program, Program::Module(ref m) if m == "mod"));
        assert_eq!(r.config.argv, ["-m", "a"]);
        assert_eq!(r.config.tier, Tier::Interp);
    }
}
