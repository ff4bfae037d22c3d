//! `--stats`: what the tiers did, as text on standard error or as JSON in a file.
//!
//! The figures are those that the tiers count anyway; nothing is measured on the hot path. So the time is known for the
//! whole run and for compiling, but not for each tier's code.

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
    /// The key in JSON; words with underscores.
    name: &'static str,
    value: Number,
}

enum Number {
    Count(u64),
    Bytes(u64),
    Time(Duration),
    Ratio(f64),
}

/// What a finished run left.
pub struct Report(Vec<Section>);

impl Report {
    /// Reads the figures; `run` is the time since the start of the program.
    pub fn new(vm: &Vm, run: Duration) -> Report {
        let stats = vm.tier2.stats();
        let per_million = |n: u64, of: u64| if of == 0 { 0.0 } else { n as f64 * 1e6 / of as f64 };
        let figure = |name, value| Figure { name, value };
        let count = |name, value| Figure { name, value: Number::Count(value) };
        let executors = stats.traces + stats.bridges;
        Report(vec![
            Section {
                name: "program",
                figures: vec![
                    figure("run_time", Number::Time(run)),
                    figure("peak_memory", Number::Bytes(peak_memory())),
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
                    figure(
                        "exits_per_million_entries",
                        Number::Ratio(per_million(stats.exits, stats.entries)),
                    ),
                    figure("compile_time", Number::Time(Duration::from_nanos(stats.compile_ns))),
                    figure("machine_code", Number::Bytes(stats.code_bytes)),
                ],
            },
            Section {
                name: "tier3",
                figures: vec![
                    count("regions", stats.regions),
                    figure("machine_code", Number::Bytes(stats.region_bytes)),
                ],
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
            out.push_str(&format!("{}\n", section.name));
            for figure in &section.figures {
                let name = figure.name.replace('_', " ");
                out.push_str(&format!("  {name:<28} {:>14}\n", figure.value.text()));
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
    /// The name with its unit.
    fn key(&self) -> String {
        let unit = match self.value {
            Number::Count(_) | Number::Ratio(_) => "",
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
            Number::Time(time) => format!("{:.3} ms", time.as_secs_f64() * 1e3),
            Number::Ratio(ratio) => format!("{ratio:.1}"),
        }
    }

    fn json(&self) -> Value {
        match self {
            Number::Count(n) | Number::Bytes(n) => json!(n),
            Number::Time(time) => json!(time.as_secs_f64()),
            Number::Ratio(ratio) => json!(ratio),
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
            Figure { name: "regions", value: Number::Count(3) },
            Figure { name: "compile_time", value: Number::Time(Duration::from_micros(1500)) },
        ];
        let report = Report(vec![Section { name: "tier3", figures }]);
        assert_eq!(report.text().lines().count(), 3);
        assert!(report.text().contains("compile time                       1.500 ms"), "{}", report.text());
        assert_eq!(report.json(), json!({"tier3": {"regions": 3, "compile_time_seconds": 0.0015}}));
    }
}
