//! `--stats`: what the tiers did, as text on standard error or as JSON in a file.
//!
//! An exit counts only while it leads back to the interpreter: once a side trace continues it, nobody leaves there any
//! more. How uops and times are counted is told in the runtime's `tier2/figures.rs`.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use taipan_runtime::Vm;

use crate::terminal::{Result, write_whole};

/// A section of figures.
struct Section {
    name: &'static str,
    figures: Vec<Figure>,
}

struct Figure {
    /// The key in JSON, without its unit.
    name: String,
    value: Number,
}

enum Number {
    Count(u64),
    Bytes(u64),
    Time(Duration),
    /// Of 1; as text in percent.
    Share(f64),
    Ratio(f64),
}

/// How often regions came to nothing, by reason.
fn failures(reasons: &[String]) -> Vec<Figure> {
    let mut counts: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    let figure =
        |(reason, n): (&str, u64)| Figure { name: format!("failed: {reason}"), value: Number::Count(n) };
    counts.into_iter().map(figure).collect()
}

/// What a finished run left.
pub struct Report(Vec<Section>);

impl Report {
    /// Reads the figures; `run` is the time since the start of the program.
    pub fn new(vm: &Vm, run: Duration) -> Report {
        let stats = vm.tier2.stats();
        let figure = |name: &str, value| Figure { name: name.to_owned(), value };
        let count = |name: &str, value| figure(name, Number::Count(value));
        let time = |ns| Number::Time(Duration::from_nanos(ns));
        let per_uop = |ns: u64| time(ns / stats.uops.max(1));
        let executors = stats.traces + stats.bridges;
        let executed = vm.tier2.executed();
        let share = |part: u64| Number::Share(part as f64 / executed.all().max(1) as f64);
        let [interpreter, tier2, tier3] = vm.tier2.times();
        let compiling = Duration::from_nanos(stats.compile_ns);
        let installing = stats
            .compile_ns
            .saturating_sub(stats.translate_ns + stats.optimize_ns + stats.emit_ns + stats.protect_ns);
        let per_million = |n: u64| Number::Ratio(n as f64 * 1e6 / executed.compiled().max(1) as f64);
        let reasons = vm.tier2.exits_by_reason();
        Report(vec![
            Section {
                name: "program",
                figures: vec![
                    figure("run_time", Number::Time(run)),
                    figure("peak_memory", Number::Bytes(peak_memory())),
                ],
            },
            Section {
                name: "uops",
                figures: vec![
                    count("in_interpreter", executed.interpreter),
                    count("in_tier2", executed.tier2),
                    count("in_tier3", executed.tier3),
                    count("slow_siblings", executed.slow),
                    figure("share_compiled", share(executed.compiled())),
                    figure("share_compiled_fast", share(executed.compiled().saturating_sub(executed.slow))),
                ],
            },
            Section {
                name: "time",
                figures: vec![
                    figure("interpreter", Number::Time(interpreter.saturating_sub(compiling))),
                    figure("compiling", Number::Time(compiling)),
                    figure("tier2", Number::Time(tier2)),
                    figure("tier3", Number::Time(tier3)),
                ],
            },
            Section {
                name: "tier2",
                figures: vec![
                    count("executors", executors),
                    count("traces", stats.traces),
                    count("bridges", stats.bridges),
                    count("aborted_recordings", stats.aborted),
                    count("uops_compiled", stats.uops),
                    count("entries", stats.entries),
                    count("exits", stats.exits),
                    count("invalidated", stats.invalidated),
                    count("freed", stats.freed),
                    count("evictions", stats.evictions),
                    figure("compile_time", Number::Time(compiling)),
                    figure("translate_time", time(stats.translate_ns)),
                    figure("optimize_time", time(stats.optimize_ns)),
                    figure("emit_time", time(stats.emit_ns)),
                    figure("protect_time", time(stats.protect_ns)),
                    figure("install_time", time(installing)),
                    figure("trigger_to_installed_per_uop", per_uop(stats.trigger_ns)),
                    figure("compile_per_uop", per_uop(stats.compile_ns)),
                    figure("emit_per_uop", per_uop(stats.emit_ns)),
                    figure("machine_code", Number::Bytes(stats.code_bytes)),
                ],
            },
            Section {
                name: "tier2_exits_by_reason",
                figures: reasons.iter().map(|(reason, total)| count(reason, *total)).collect(),
            },
            Section {
                name: "tier2_exits_per_million_uops",
                figures: reasons.iter().map(|(reason, total)| figure(reason, per_million(*total))).collect(),
            },
            Section {
                name: "tier2_exits",
                figures: vm
                    .tier2
                    .exit_totals()
                    .iter()
                    .map(|exit| count(&format!("{}_{}", exit.reason, exit.instruction), exit.total))
                    .collect(),
            },
            Section {
                name: "tier3",
                figures: [
                    count("regions", stats.regions),
                    count("regions_failed", stats.regions_failed.len() as u64),
                    figure("lower_time", time(stats.region_ns[0])),
                    figure("optimize_time", time(stats.region_ns[1])),
                    figure("generate_time", time(stats.region_ns[2])),
                    figure("machine_code", Number::Bytes(stats.region_bytes)),
                ]
                .into_iter()
                .chain(failures(&stats.regions_failed))
                .collect(),
            },
        ])
    }

    /// To standard error, or to `file` unless that is empty.
    pub fn write(&self, file: &str) -> Result<()> {
        if file.is_empty() {
            eprint!("{}", self.text());
            return Ok(());
        }
        write_whole(Path::new(file), format!("{:#}\n", self.json()).as_bytes())
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for section in &self.0 {
            if section.figures.is_empty() {
                continue;
            }
            out.push_str(&format!("{}\n", section.name.replace('_', " ")));
            for figure in &section.figures {
                out.push_str(&format!("  {:<36} {:>14}\n", figure.words(), figure.value.text()));
            }
        }
        out
    }

    fn json(&self) -> Value {
        let sections = self.0.iter().map(|section| {
            let figures = section.figures.iter().map(|figure| (figure.key(), figure.value.json()));
            (section.name.to_owned(), Value::Object(figures.collect()))
        });
        Value::Object(sections.collect())
    }
}

impl Figure {
    /// The name as text: names of instructions keep their underscores.
    fn words(&self) -> String {
        let words =
            self.name.split_once(char::is_uppercase).map_or(self.name.len(), |(words, _)| words.len());
        format!("{}{}", self.name[..words].replace('_', " "), &self.name[words..])
    }

    /// The name with its unit.
    fn key(&self) -> String {
        let unit = match self.value {
            Number::Count(_) | Number::Share(_) | Number::Ratio(_) => "",
            Number::Bytes(_) => "_bytes",
            Number::Time(_) => "_seconds",
        };
        format!("{}{unit}", self.name)
    }
}

impl Number {
    fn text(&self) -> String {
        match self {
            Number::Count(n) => grouped(*n),
            Number::Bytes(n) => format!("{} B", grouped(*n)),
            Number::Time(time) if *time < Duration::from_micros(100) => format!("{} ns", time.as_nanos()),
            Number::Time(time) => format!("{:.3} ms", time.as_secs_f64() * 1e3),
            Number::Share(share) => format!("{:.2} %", share * 100.0),
            Number::Ratio(ratio) => format!("{ratio:.3}"),
        }
    }

    fn json(&self) -> Value {
        match self {
            Number::Count(n) | Number::Bytes(n) => json!(n),
            Number::Time(time) => json!(time.as_secs_f64()),
            Number::Share(number) | Number::Ratio(number) => json!(number),
        }
    }
}

/// Digits in groups of three.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The most memory that the process had in use; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn text_and_json_agree() {
        let figures = vec![
            Figure { name: "regions".to_owned(), value: Number::Count(3) },
            Figure { name: "compile_time".to_owned(), value: Number::Time(Duration::from_micros(1500)) },
        ];
        let report = Report(vec![Section { name: "tier3", figures }]);
        assert_eq!(report.text().lines().count(), 3);
        assert!(
            report.text().contains("compile time                               1.500 ms"),
            "{}",
            report.text()
        );
        assert_eq!(report.json(), json!({"tier3": {"regions": 3, "compile_time_seconds": 0.0015}}));
    }
}
