//! Profiles as files: JSON lines, written by `taipan run --record-profile` and read by `taipan build --profile`.
//!
//! The first line says what the file is, each other one describes a code object; `docs/aot.md` has the fields. A file that is
//! not complete and well-formed is refused as a whole.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use taipan_frontend::{CodeObject, PyText};
use taipan_mir::aot;
use taipan_mir::opcodes::Opcode;
use taipan_runtime::profile::{Profile, Site};

use crate::terminal::{Failure, Result, os_message, write_whole};

const FORMAT: &str = "taipan-profile";
const VERSION: u64 = 1;
/// A form is what an instruction is compiled for if at least so many of 1000 executions had it. The first executions of
/// every instruction have the general form.
const NEARLY_ALWAYS: u64 = 985;
/// The general form's executions before and between specialisations.
const WARM_UP: u64 = 4;

/// Writes what was recorded.
pub fn write(path: &Path, profiles: &[Profile]) -> Result<()> {
    let mut text = json!({ "format": FORMAT, "version": VERSION, "python": "3.14" }).to_string();
    text.push('\n');
    for p in profiles {
        let line = json!({
            "module": p.module,
            "file": p.file,
            "qualname": p.qualname,
            "line": p.line,
            "hash": format!("{:016x}", p.hash),
            "sites": p.sites.iter().map(site).collect::<Vec<_>>(),
        });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    write_whole(path, text.as_bytes())
}

fn site(site: &Site) -> Value {
    let counted = |pairs: &mut dyn Iterator<Item = (String, u64)>| -> Value {
        pairs.map(|(name, count)| (name, json!(count))).collect::<Map<_, _>>().into()
    };
    let mut fields = json!({ "unit": site.unit, "count": site.count });
    // Only what has several forms is worth the room.
    if site.forms.iter().any(|(op, _)| op.deopt() != *op || op.caches() > 0) {
        fields["forms"] = counted(&mut site.forms.iter().map(|(op, count)| (op.name().to_owned(), *count)));
    }
    if site.taken > 0 {
        fields["taken"] = json!(site.taken);
    }
    if !site.seen.is_empty() {
        fields["seen"] = counted(&mut site.seen.iter().cloned());
    }
    if site.kinds != 0 {
        fields["kinds"] = json!(site.kinds);
    }
    fields
}

/// What identifies a code object, up to several on one line.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    module: String,
    file: String,
    qualname: String,
    line: i64,
}

/// What is known of a code object.
#[derive(Clone, Default)]
pub struct Known {
    pub sites: Vec<aot::Site>,
    /// Functions that calls were of, as `QUALNAME:LINE`, the usual one of each call first.
    pub callees: Vec<(u32, String)>,
}

/// A profile that was read.
pub struct Recorded {
    shown: String,
    codes: HashMap<Key, Vec<(u64, Known)>>,
}

/// Reads a file; it has to be a profile of this version.
pub fn read(path: &Path) -> Result<Recorded> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("can't read '{shown}': {}", os_message(&error))))?;
    let mut lines = text.lines().enumerate();
    let head = lines.next().and_then(|(_, line)| serde_json::from_str::<Value>(line).ok());
    let head = head.filter(|head| head["format"] == FORMAT);
    let Some(head) = head else {
        return Err(Failure::usage(format!(
            "'{shown}' is not a profile; taipan run --record-profile makes them"
        )));
    };
    if head["version"] != VERSION {
        return Err(Failure::usage(format!(
            "the profile '{shown}' has version {}, not {VERSION}",
            head["version"]
        )));
    }
    let mut codes: HashMap<Key, Vec<(u64, Known)>> = HashMap::new();
    for (number, line) in lines {
        let Some((key, code)) = serde_json::from_str::<Value>(line).ok().as_ref().and_then(parse) else {
            return Err(Failure::usage(format!("the profile '{shown}' is malformed in line {}", number + 1)));
        };
        codes.entry(key).or_default().push(code);
    }
    Ok(Recorded { shown, codes })
}

fn parse(line: &Value) -> Option<(Key, (u64, Known))> {
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    let key = Key {
        module: text("module")?,
        file: text("file")?,
        qualname: text("qualname")?,
        line: line["line"].as_i64()?,
    };
    let hash = u64::from_str_radix(line["hash"].as_str()?, 16).ok()?;
    let sites = line["sites"].as_array()?;
    let callees = sites.iter().flat_map(callees).collect();
    let sites = sites.iter().map(parse_site).collect::<Option<Vec<_>>>()?;
    Some((key, (hash, Known { sites, callees })))
}

fn parse_site(site: &Value) -> Option<aot::Site> {
    let number = |name: &str| match &site[name] {
        Value::Null => Some(0),
        value => value.as_u64(),
    };
    let count = site["count"].as_u64()?;
    let mut forms = Vec::new();
    match &site["forms"] {
        Value::Null => {}
        list => {
            for (name, count) in list.as_object()? {
                forms.push((Opcode::from_name(name)?, count.as_u64()?));
            }
        }
    }
    let specialised = forms.iter().filter(|(op, _)| op.deopt() != *op).max_by_key(|(_, count)| *count);
    // An access that meets many types is compiled for all of them.
    let varied = site["seen"].as_object().is_some_and(|seen| seen.len() > taipan_mir::aot::site::ENTRIES - 1);
    let is_access = |op: Opcode| matches!(op.deopt(), Opcode::LOAD_ATTR | Opcode::STORE_ATTR);
    let form = specialised
        .filter(|(op, _)| !varied || !is_access(*op))
        .filter(|(_, n)| (n + WARM_UP) * 1000 >= count * NEARLY_ALWAYS);
    Some(aot::Site {
        unit: u32::try_from(site["unit"].as_u64()?).ok()?,
        form: form.map_or(0, |(op, _)| *op as u8),
        kinds: match u16::try_from(number("kinds")?).ok()? {
            // Forms that operators have no opcode for.
            0 => operands(&site["seen"], count),
            kinds => kinds,
        },
        count,
        taken: number("taken")?,
    })
}

/// The functions that a call was of, if it is one: names with the line of the code.
fn callees(site: &Value) -> Vec<(u32, String)> {
    let unit = site["unit"].as_u64().and_then(|unit| u32::try_from(unit).ok());
    let (Some(unit), Some(seen)) = (unit, site["seen"].as_object()) else { return Vec::new() };
    let mut names: Vec<_> = seen.iter().filter(|(name, _)| name.contains(':')).collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(count.as_u64()));
    names.into_iter().map(|(name, _)| (unit, name.clone())).collect()
}

/// The kinds of an operator's operands, as the cache of `BINARY_OP_EXTEND` has them, when they were nearly always the same
/// numbers; else 0.
fn operands(seen: &Value, count: u64) -> u16 {
    let Some(seen) = seen.as_object() else { return 0 };
    let kind = |name: &str| match name {
        "int" => Some(1u16),
        "float" => Some(2),
        _ => None,
    };
    let usual = seen.iter().find(|(_, n)| n.as_u64().is_some_and(|n| n * 1000 >= count * NEARLY_ALWAYS));
    usual
        .and_then(|(types, _)| types.split_once(", "))
        .and_then(|(left, right)| Some(kind(left)? | kind(right)? << 4))
        .unwrap_or(0)
}

fn key_of(module: &str, code: &CodeObject) -> Key {
    let text = |text: &PyText| String::from_utf8_lossy(text.as_wtf8()).into_owned();
    let file = text(&code.filename);
    Key {
        module: module.to_owned(),
        file: file.rsplit('/').next().unwrap_or_default().to_owned(),
        qualname: text(&code.qualname),
        line: i64::from(code.firstlineno),
    }
}

impl Recorded {
    /// What is known of a code object: nothing when it never ran.
    pub fn of(&self, module: &str, code: &CodeObject) -> Option<Known> {
        let hash = aot::code_hash(&code.code);
        let same = self.codes.get(&key_of(module, code))?.iter().find(|(of, _)| *of == hash)?;
        Some(same.1.clone())
    }

    /// Refuses a profile of another program, or of another version of this one.
    pub fn check(&self, program: &[(&str, Rc<CodeObject>)]) -> Result<()> {
        let mut hashes: HashMap<Key, Vec<u64>> = HashMap::new();
        for (module, code) in program {
            hashes.entry(key_of(module, code)).or_default().push(aot::code_hash(&code.code));
        }
        let mut known =
            self.codes.iter().filter_map(|(key, codes)| Some((key, codes, hashes.get(key)?))).peekable();
        if known.peek().is_none() {
            return Err(Failure::usage(format!("the profile '{}' is of another program", self.shown)));
        }
        let mut changed: Vec<&Key> = known
            .filter(|(_, codes, hashes)| codes.iter().any(|(hash, _)| !hashes.contains(hash)))
            .map(|(key, ..)| key)
            .collect();
        changed.sort_by_key(|key| (&key.file, key.line, &key.qualname));
        match changed.last() {
            None => Ok(()),
            Some(key) => Err(Failure::usage(format!(
                "the profile '{}' is of another version of the program: '{}' in line {} of {} has changed",
                self.shown, key.qualname, key.line, key.file
            ))),
        }
    }
}
