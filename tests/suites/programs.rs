//! The program matrix: every program of `tests/programs` under every tier that exists, named `TIER::PROGRAM`.
//!
//! The suite's own order is tested as well (`suite::…`): no program without an expectation, no expectation without a
//! program, a noted CPython version, and nothing in `PENDING` that does not exist.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use taipan_tests::golden::Mode;
use taipan_tests::make_expected::VERSION_FILE;
use taipan_tests::programs::{Pending, Program};
use taipan_tests::tiers::{TEST_TIERS_VARIABLE, Tier};
use taipan_tests::{paths, text};

/// Programs that are compiled ahead of time in every run; all of them take minutes (`TAIPAN_TEST_TIERS=aot`).
const BUILT: [&str; 12] = [
    "class_properties",
    "exc_try_forms",
    "gen_send_throw_close",
    "hot_exception_traceback",
    "hot_int_to_float",
    "hot_many_shapes",
    "hot_super_calls",
    "import_hidden",
    "import_waiting_modules",
    "mod_namedtuple_code",
    "scope_exec_eval",
    "tb_through_frames",
];

/// Programs whose loops LLVM compiles in every run; all of them take minutes (`TAIPAN_TEST_TIERS=llvm`).
const REGIONS: [&str; 13] = [
    "del_order",
    "hot_branches",
    "hot_closures_and_cells",
    "hot_del_in_inlined_calls",
    "hot_deopt_values",
    "hot_enumerate",
    "hot_exceptions",
    "hot_generators",
    "hot_list_slices",
    "hot_many_shapes",
    "hot_raw_floats",
    "hot_super_calls",
    "hot_with_and_finally",
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    match trials() {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(error) => {
            eprintln!("programs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let programs: Arc<[Program]> = Program::discover(&paths::programs())?.into();
    let pending = Arc::new(Pending::load(&paths::programs())?);
    let mode = Mode::from_environment()?;
    let mut trials = Vec::new();
    for tier in Tier::selected()? {
        for program in programs.iter().filter(|program| program.runs_under(tier)) {
            let (program, pending) = (program.clone(), pending.clone());
            let name = format!("{}::{}", tier.name(), program.name);
            let run = move || Ok(pending.check(&program, tier, &paths::taipan()?, mode)?);
            trials.push(Trial::test(name, run));
        }
    }
    if std::env::var_os(TEST_TIERS_VARIABLE).is_none() {
        for (tier, sample) in [(Tier::Aot, &BUILT[..]), (Tier::Llvm, &REGIONS[..])] {
            for program in programs.iter().filter(|program| sample.contains(&program.name.as_str())) {
                let (program, pending) = (program.clone(), pending.clone());
                let name = format!("{}::{}", tier.name(), program.name);
                let run = move || Ok(pending.check(&program, tier, &paths::taipan()?, mode)?);
                trials.push(Trial::test(name, run));
            }
        }
    }
    let all = programs.clone();
    trials.push(Trial::test("suite::every_program_has_an_expectation", move || with_expectations(&all)));
    let all = programs.clone();
    trials.push(Trial::test("suite::every_file_belongs_to_a_program", move || without_orphans(&all)));
    trials.push(Trial::test("suite::pending_programs_exist", move || pending_exist(&programs, &pending)));
    trials.push(Trial::test("suite::the_oracle_version_is_noted", oracle_version_is_noted));
    Ok(trials)
}

fn with_expectations(programs: &[Program]) -> Result<(), Failed> {
    if programs.is_empty() {
        return Err("tests/programs holds no program".into());
    }
    for program in programs {
        let expected = program.expected()?;
        if expected.stdout.is_empty() && expected.stderr.is_empty() {
            return Err(format!("{}: a program that prints nothing tests nothing", program.name).into());
        }
    }
    Ok(())
}

fn without_orphans(programs: &[Program]) -> Result<(), Failed> {
    let names: BTreeSet<&str> = programs.iter().map(|program| program.name.as_str()).collect();
    for entry in fs::read_dir(paths::programs())? {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if ["out", "err", "args", "stdin"].contains(&&*extension) && !names.contains(&*stem) {
            return Err(format!("{} belongs to no program", path.display()).into());
        }
    }
    Ok(())
}

fn pending_exist(programs: &[Program], pending: &Pending) -> Result<(), Failed> {
    match pending.names().find(|name| programs.iter().all(|program| program.name != **name)) {
        None => Ok(()),
        Some(name) => Err(format!("PENDING: there is no program `{name}`").into()),
    }
}

fn oracle_version_is_noted() -> Result<(), Failed> {
    let noted = text::read_optional(&paths::programs().join(VERSION_FILE))?.unwrap_or_default();
    match noted.starts_with("CPython 3.14.") {
        true => Ok(()),
        false => Err(format!("{VERSION_FILE} says `{}`", noted.trim()).into()),
    }
}
