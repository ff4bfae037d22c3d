//! Guards that fail although they hold (`TAIPAN_FORCE_EXITS`), in hot programs under the tiers that have guards: named
//! `TIER::AFTER[:GUARD]::PROGRAM`.
//!
//! A guard has no effect, so a program must not notice that one failed. Forcing them takes each of a trace's exits once, in states
//! that programs would hardly ever be made to leave in: with doubles in registers, with frames that exist in
//! the machine code alone, with words that are nowhere yet.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use taipan_tests::paths;
use taipan_tests::programs::{Program, describe_difference};
use taipan_tests::tiers::{AVAILABLE, Tier};

/// Programs whose traces differ most: numbers in every representation, calls, generators, attributes, containers, exceptions,
/// finalisers, loops in loops.
const PROGRAMS: [&str; 14] = [
    "alg_life",
    "hot_branches",
    "hot_calls_and_recursion",
    "hot_closures_and_cells",
    "hot_del_in_inlined_calls",
    "hot_exceptions",
    "hot_fixnum_to_bigint",
    "hot_generators",
    "hot_int_to_float",
    "hot_list_slices",
    "hot_many_shapes",
    "hot_method_calls",
    "hot_nested_loops",
    "hot_raw_floats",
];

/// All guards at their first executions, or later ones; or one guard alone, so that the code behind it is reached in the state
/// that it expects.
const ORDERS: [&str; 6] = ["1", "3", "10", "2:0", "2:4", "5:9"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("forced: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let mut trials = Vec::new();
    for name in PROGRAMS {
        let program = Arc::new(Program::load(&paths::programs().join(format!("{name}.py")))?);
        for tier in AVAILABLE.iter().copied().filter(|t| matches!(t, Tier::Uops | Tier::Stencil | Tier::Llvm))
        {
            for order in ORDERS {
                let program = program.clone();
                let name = format!("{}::{order}::{name}", tier.name());
                trials.push(Trial::test(name, move || check(&program, tier, order)));
            }
        }
    }
    Ok(trials)
}

fn check(program: &Program, tier: Tier, order: &str) -> Result<(), Failed> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut command =
        tier.command(&paths::taipan()?, &program.file_name(), &program.folder, scratch.path())?;
    command.env("TAIPAN_FORCE_EXITS", order);
    match describe_difference(&program.expected()?, &program.run(command)?) {
        None => Ok(()),
        Some(difference) => Err(format!("{difference}\nwith TAIPAN_FORCE_EXITS={order}").into()),
    }
}
