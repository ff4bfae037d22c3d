//! How the interpreter was asked to run: command line and environment, decided before it starts.

use std::ffi::OsString;
use std::str::FromStr;

/// Python frames that may be active at once, unless `sys.setrecursionlimit` says otherwise.
pub const DEFAULT_RECURSION_LIMIT: i32 = 1000;

/// The version of Python that is implemented.
pub const PYTHON_VERSION: &str = "3.14.0";

/// `sys.version`.
pub fn full_version() -> String {
    format!("{PYTHON_VERSION} (Taipan {}) [rustc]", env!("CARGO_PKG_VERSION"))
}

/// How far code climbs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tier {
    /// Everything, as the counters say.
    #[default]
    Auto,
    /// The adaptive interpreter alone.
    Interp,
    /// Traces in the uop interpreter.
    Uops,
    /// Traces as stencils.
    Stencil,
    /// Traces through LLVM.
    Llvm,
    /// Code compiled ahead of time, without a JIT.
    Aot,
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Tier::Auto => "auto",
            Tier::Interp => "interp",
            Tier::Uops => "uops",
            Tier::Stencil => "stencil",
            Tier::Llvm => "llvm",
            Tier::Aot => "aot",
        })
    }
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(s: &str) -> Result<Tier, String> {
        Ok(match s {
            "auto" => Tier::Auto,
            "interp" => Tier::Interp,
            "uops" => Tier::Uops,
            "stencil" => Tier::Stencil,
            "llvm" => Tier::Llvm,
            "aot" => Tier::Aot,
            _ => return Err(format!("unknown tier '{s}' (interp, uops, stencil, llvm, aot or auto)")),
        })
    }
}

/// Guards that fail although they hold (`TAIPAN_FORCE_EXITS=AFTER[:GUARD]`): each at its `after`th execution, in all
/// traces; or only the guard with this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForceExits {
    pub after: u32,
    pub guard: Option<usize>,
}

impl ForceExits {
    fn parse(text: &str) -> Option<ForceExits> {
        let (after, guard) = match text.split_once(':') {
            Some((after, guard)) => (after, Some(guard.parse().ok()?)),
            None => (text, None),
        };
        Some(ForceExits { after: after.parse().ok().filter(|n| *n > 0)?, guard })
    }
}

/// Ends the process: an interpreter that was configured like this cannot start.
fn refuse(step: &str, reason: &str) -> ! {
    eprintln!("Fatal Python error: {step}: {reason}\nPython runtime state: preinitialized\n");
    std::process::exit(1);
}

/// A number of processors; `default` is the machine's.
fn processors(text: &str) -> Option<Option<u32>> {
    match text {
        "default" => Some(None),
        _ => text.parse().ok().filter(|n| *n > 0).map(Some),
    }
}

/// A limit of `int_max_str_digits`.
fn digits_limit(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| *n == 0 || *n >= 640)
}

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `sys.argv`.
    pub argv: Vec<OsString>,
    /// `-X cpu_count` and PYTHON_CPU_COUNT: what `os.cpu_count()` says.
    pub cpu_count: Option<u32>,
    /// Key of the string hash; `None`: random (PYTHONHASHSEED unset).
    pub hash_seed: Option<u32>,
    /// `-O` count.
    pub optimize: u8,
    /// `-i`: the prompt is shown although standard input is no terminal.
    pub interactive: bool,
    /// `-i` and PYTHONINSPECT: the prompt follows the program.
    pub inspect: bool,
    /// `-x`: the first line of the program is not Python.
    pub skip_first_line: bool,
    /// `--check-hash-based-pycs`: `default`, `always` or `never`.
    pub check_hash_based_pycs: Option<String>,
    /// `-b` count: comparing bytes with str warns; twice: is an error.
    pub bytes_warning: u8,
    /// `-d` count, which only `sys.flags` shows.
    pub debug: u8,
    /// `-X warn_default_encoding`.
    pub warn_default_encoding: bool,
    /// `-X int_max_str_digits`.
    pub int_max_str_digits: Option<usize>,
    pub verbose: u8,
    pub quiet: bool,
    pub unbuffered: bool,
    /// PYTHONIOENCODING: `encoding:errors`, either of which may be missing.
    pub stdio_encoding: Option<String>,
    /// PYTHONUTF8 and `-X utf8`; `None`: as the locale says.
    pub utf8_mode: Option<bool>,
    pub dont_write_bytecode: bool,
    pub isolated: bool,
    pub ignore_environment: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    /// `-P`: the program's folder is not put in front of `sys.path`.
    pub safe_path: bool,
    /// `-X dev` and PYTHONDEVMODE: more checks, and warnings are shown.
    pub dev_mode: bool,
    /// PYTHONPYCACHEPREFIX and `-X pycache_prefix`.
    pub pycache_prefix: Option<String>,
    /// `-X no_debug_ranges` and PYTHONNODEBUGRANGES: code has lines but no columns.
    pub no_debug_ranges: bool,
    /// `-X importtime` and PYTHONPROFILEIMPORTTIME: how long imports take is written; 2: what was imported before as well.
    pub import_time: u8,
    /// `-W` and PYTHONWARNINGS.
    pub warn_options: Vec<String>,
    /// `-X`, as given.
    pub x_options: Vec<String>,
    pub tier: Tier,
    /// Back-edges before a loop is recorded; `None`: the built-in threshold.
    pub jit_threshold: Option<u32>,
    /// Exits before a side exit is recorded.
    pub exit_threshold: Option<u32>,
    /// `--stats`: empty for standard error, else the JSON file.
    pub stats: Option<String>,
    /// Bytes of machine code that executors may have; `None`: as much as there is address space for.
    pub jit_memory: Option<usize>,
    /// Makes guards of compiled code fail, for tests.
    pub force_exits: Option<ForceExits>,
    /// Keep what `taipan inspect` shows of compiled traces.
    pub keep_traces: bool,
    /// The standard library beyond what the runtime itself carries, when the program has it inside.
    pub library: Option<taipan_stdlib::Library>,
    /// What of the runtime is there.
    pub parts: crate::parts::Parts,
    /// Record a profile of the program: nothing else may use the interpreter's hooked mode, so there is no JIT.
    pub record_profile: bool,
    /// In a built executable: its program.
    pub program: Option<crate::embedded::Program>,
}

impl Config {
    /// What the environment asks for. `TAIPAN_*` count always, `PYTHON*` unless `ignore_python`.
    pub fn from_environment(ignore_python: bool) -> Config {
        let mut config = Config::default();
        let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        if let Some(t) = var("TAIPAN_TIER") {
            match t.parse() {
                Ok(t) => config.tier = t,
                Err(e) => eprintln!("taipan: TAIPAN_TIER: {e}"),
            }
        }
        config.jit_threshold = var("TAIPAN_JIT_THRESHOLD").and_then(|v| v.parse().ok());
        config.exit_threshold = var("TAIPAN_EXIT_THRESHOLD").and_then(|v| v.parse().ok());
        config.jit_memory = var("TAIPAN_JIT_MEMORY").and_then(|v| v.parse().ok());
        config.force_exits = var("TAIPAN_FORCE_EXITS").as_deref().and_then(ForceExits::parse);
        if ignore_python {
            return config;
        }
        let count = |name: &str| var(name).map_or(0, |v| v.parse().unwrap_or(1));
        config.hash_seed = match var("PYTHONHASHSEED").filter(|v| v != "random") {
            Some(seed) => match seed.parse() {
                Ok(seed) => Some(seed),
                Err(_) => refuse(
                    "config_init_hash_seed",
                    "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]",
                ),
            },
            None => None,
        };
        config.optimize = count("PYTHONOPTIMIZE");
        config.verbose = count("PYTHONVERBOSE");
        config.debug = count("PYTHONDEBUG");
        config.warn_default_encoding = var("PYTHONWARNDEFAULTENCODING").is_some();
        config.int_max_str_digits = var("PYTHONINTMAXSTRDIGITS").map(|v| {
            digits_limit(&v).unwrap_or_else(|| {
                let text = "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.";
                refuse("config_init_int_max_str_digits", text)
            })
        });
        config.inspect = var("PYTHONINSPECT").is_some();
        config.unbuffered = var("PYTHONUNBUFFERED").is_some();
        config.stdio_encoding = var("PYTHONIOENCODING");
        config.utf8_mode = var("PYTHONUTF8").map(|v| v != "0");
        config.dont_write_bytecode = var("PYTHONDONTWRITEBYTECODE").is_some();
        config.safe_path = var("PYTHONSAFEPATH").is_some();
        config.no_debug_ranges = var("PYTHONNODEBUGRANGES").is_some();
        config.pycache_prefix = var("PYTHONPYCACHEPREFIX");
        config.cpu_count = var("PYTHON_CPU_COUNT").and_then(|n| processors(&n)).flatten();
        config.import_time = var("PYTHONPROFILEIMPORTTIME").map_or(0, |v| {
            v.parse().map_or(1, |n: i32| match n {
                0 => 0,
                2 => 2,
                _ => 1,
            })
        });
        config.no_user_site = var("PYTHONNOUSERSITE").is_some();
        config.warn_options =
            var("PYTHONWARNINGS").map_or_else(Vec::new, |v| v.split(',').map(str::to_owned).collect());
        if var("PYTHONDEVMODE").is_some() {
            config.set_dev_mode();
        }
        config
    }

    fn set_dev_mode(&mut self) {
        if !std::mem::replace(&mut self.dev_mode, true) {
            self.warn_options.insert(0, "default".to_owned());
        }
    }

    /// `-X option`.
    pub fn set_implementation_option(&mut self, option: &str) -> Result<(), String> {
        if let Some(n) = option.strip_prefix("jit_threshold=") {
            self.jit_threshold = Some(n.parse().map_err(|_| format!("-X {option}: a number is expected"))?);
        }
        match option.split_once('=').unwrap_or((option, "")) {
            ("dev", _) => self.set_dev_mode(),
            ("no_debug_ranges", _) => self.no_debug_ranges = true,
            ("warn_default_encoding", _) => self.warn_default_encoding = true,
            ("int_max_str_digits", n) => {
                self.int_max_str_digits = Some(digits_limit(n).unwrap_or_else(|| {
                    let text = "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.";
                    refuse("config_init_int_max_str_digits", text)
                }));
            }
            ("importtime", "" | "1") => self.import_time = 1,
            ("importtime", "2") => self.import_time = 2,
            ("importtime", "0") => self.import_time = 0,
            ("importtime", text) if text.parse::<i64>().is_err() => self.import_time = 1,
            ("importtime", _) => {
                return Err(
                    "-X importtime: values other than 1 and 2 are reserved for future use.".to_owned()
                );
            }
            ("cpu_count", n) => {
                self.cpu_count = processors(n).ok_or(
                    "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0",
                )?;
            }
            ("pycache_prefix", folder) if !folder.is_empty() => self.pycache_prefix = Some(folder.to_owned()),
            _ => {}
        }
        self.x_options.push(option.to_owned());
        Ok(())
    }

    /// Whether hot loops are counted for tier 2.
    pub fn jit_enabled(&self) -> bool {
        matches!(self.tier, Tier::Auto | Tier::Uops | Tier::Stencil | Tier::Llvm) && !self.record_profile
    }
    /// Whether loops that stay hot in tier 2 are counted for tier 3.
    pub fn llvm_enabled(&self) -> bool {
        matches!(self.tier, Tier::Auto | Tier::Llvm) && !self.record_profile && self.program.is_none()
    }
    /// Entries of a function before tier 2 looks at it.
    pub fn entry_counter(&self) -> u32 {
        if self.jit_enabled() { crate::tier2::entry_counter(self.jit_threshold) } else { u32::MAX }
    }
    /// What a `JUMP_BACKWARD_JIT` counter starts with.
    pub fn jit_counter(&self) -> u16 {
        crate::tier2::loop_counter(self.jit_threshold)
    }
}
