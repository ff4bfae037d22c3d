//! The ways in which one program is run.
//!
//! Every tier executes the same micro-operations, so every program must print the same under each of them.
//! [`AVAILABLE`] is the one place that says which exist; a tier enters it with the change that makes it run programs.

use std::path::Path;
use std::process::Command;

/// One way to execute a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// The bytecode interpreter alone.
    Interp,
    /// Recorded traces, executed uop by uop by the uop interpreter.
    Uops,
    /// Traces as copy-and-patch code, with thresholds so low that nearly everything is compiled.
    Stencil,
    /// Regions compiled by LLVM, likewise forced.
    Llvm,
    /// All tiers with their real thresholds: what a user gets.
    Auto,
    /// Compiled ahead of time into an executable, then run.
    Aot,
}

/// The tiers that run programs today.
pub const AVAILABLE: &[Tier] = &[Tier::Interp, Tier::Uops, Tier::Stencil];

/// Chooses the tier of a `taipan` process.
pub const TIER_VARIABLE: &str = "TAIPAN_TIER";

/// Overrides [`AVAILABLE`] for one test run, for work on a tier that is not complete: `TAIPAN_TEST_TIERS="interp auto"`.
pub const TEST_TIERS_VARIABLE: &str = "TAIPAN_TEST_TIERS";

impl Tier {
    pub const ALL: [Tier; 6] = [Tier::Interp, Tier::Uops, Tier::Stencil, Tier::Llvm, Tier::Auto, Tier::Aot];

    /// The name in test names, in headers of programs and in [`TIER_VARIABLE`].
    pub fn name(self) -> &'static str {
        match self {
            Tier::Interp => "interp",
            Tier::Uops => "uops",
            Tier::Stencil => "stencil",
            Tier::Llvm => "llvm",
            Tier::Auto => "auto",
            Tier::Aot => "aot",
        }
    }

    pub fn parse(name: &str) -> Result<Tier, String> {
        Tier::ALL.into_iter().find(|tier| tier.name() == name).ok_or_else(|| {
            let known: Vec<_> = Tier::ALL.iter().map(|tier| tier.name()).collect();
            format!("unknown tier `{name}` (known: {})", known.join(", "))
        })
    }

    /// Tiers of this test run.
    pub fn selected() -> Result<Vec<Tier>, String> {
        match std::env::var(TEST_TIERS_VARIABLE) {
            Ok(names) => parse_list(&names),
            Err(_) => Ok(AVAILABLE.to_vec()),
        }
    }

    /// The command that runs `program`, a file name relative to its folder. `scratch` is an empty folder of this run.
    pub fn command(
        self,
        taipan: &Path,
        program: &str,
        folder: &Path,
        scratch: &Path,
    ) -> Result<Command, String> {
        if self != Tier::Aot {
            let mut command = Command::new(taipan);
            command.arg(program).env(TIER_VARIABLE, self.name());
            if matches!(self, Tier::Uops | Tier::Stencil | Tier::Llvm) {
                command.env("TAIPAN_JIT_THRESHOLD", "2").env("TAIPAN_EXIT_THRESHOLD", "2");
            }
            return Ok(command);
        }
        let executable = scratch.join("program");
        let built = Command::new(taipan)
            .args(["build", program, "-o"])
            .arg(&executable)
            .current_dir(folder)
            .output()
            .map_err(|error| format!("cannot run {}: {error}", taipan.display()))?;
        if !built.status.success() {
            return Err(format!(
                "taipan build {program} failed:\n{}",
                String::from_utf8_lossy(&built.stderr)
            ));
        }
        let mut command = Command::new(executable);
        command.env(TIER_VARIABLE, self.name());
        Ok(command)
    }
}

/// Names of tiers, separated by blanks or commas.
pub fn parse_list(names: &str) -> Result<Vec<Tier>, String> {
    names.split([' ', ',']).filter(|name| !name.is_empty()).map(Tier::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for tier in Tier::ALL {
            assert_eq!(Tier::parse(tier.name()), Ok(tier));
        }
        assert_eq!(parse_list("interp, llvm"), Ok(vec![Tier::Interp, Tier::Llvm]));
        assert!(parse_list("fast").unwrap_err().contains("unknown tier `fast`"));
    }
}
