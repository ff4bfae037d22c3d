//! Running the inspected program. What it prints goes to standard error: standard output is the listing's.

use rustix::stdio::dup2_stdout;
use taipan_runtime::config::{Config, Tier};
use taipan_runtime::launch::{self, Program};
use taipan_runtime::{Value, Vm};

use super::Options;
use super::target::Target;
use crate::terminal::{Failure, Result};

/// Runs the program to its end; `after` sees the interpreter and the program's code before it shuts down. The
/// program's status.
pub fn run(
    options: &Options,
    target: &Target,
    default_tier: Tier,
    after: impl FnOnce(&Vm, Option<Value>),
) -> Result<u8> {
    dup2_stdout(std::io::stderr())
        .map_err(|error| Failure::usage(format!("can't redirect the program's output: {error}")))?;
    let mut config = Config::from_environment(false);
    config.parts = taipan_runtime::parts::ALL;
    config.tier = options.tier.unwrap_or(default_tier);
    config.optimize = config.optimize.max(options.optimize);
    config.keep_traces = true;
    config.argv =
        std::iter::once(target.name()).chain(options.args.iter().cloned()).map(Into::into).collect();
    Ok(launch::run_then(config, Program::File(target.path.clone()), after))
}
