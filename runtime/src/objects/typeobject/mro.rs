//! The C3 linearisation (Barrett et al., "A Monotonic Superclass Linearization for Dylan", 1996; PEP 253).

use taipan_layout::Value;

use super::super::{TypeRef, tuple};
use crate::owned::PyResult;
use crate::vm::Vm;

/// The MRO of a type with at most one base, whose own is known.
pub(super) fn of_single_base(ty: TypeRef) -> Vec<Value> {
    let mut out = vec![ty.value()];
    if let Some(base) = ty.base_type() {
        let mro = base.mro.get();
        out.extend_from_slice(tuple::items(&mro));
    }
    out
}

/// The MRO of a class `ty` with these bases.
pub(super) fn merge(vm: &Vm, ty: TypeRef, bases: &[TypeRef]) -> PyResult<Vec<Value>> {
    for (i, b) in bases.iter().enumerate() {
        if bases[..i].contains(b) {
            return Err(vm.type_error(&format!("duplicate base class {}", b.name_str())));
        }
    }
    // Its own order may be what is being computed.
    if let Some(incomplete) = bases.iter().find(|b| b.mro.get().is_null()) {
        let text = format!("Cannot extend an incomplete type '{}'", incomplete.name_str());
        return Err(vm.type_error(&text));
    }
    if let [only] = bases {
        let mut out = vec![ty.value()];
        let mro = only.mro.get();
        out.extend_from_slice(tuple::items(&mro));
        return Ok(out);
    }
    let mut sequences: Vec<Vec<Value>> = bases
        .iter()
        .map(|b| {
            let mro = b.mro.get();
            tuple::items(&mro).to_vec()
        })
        .collect();
    sequences.push(bases.iter().map(|b| b.value()).collect());
    let mut out = vec![ty.value()];
    let mut heads = vec![0; sequences.len()];
    loop {
        let mut open = false;
        let mut next = None;
        for (seq, &head) in sequences.iter().zip(&heads) {
            let Some(&candidate) = seq.get(head) else { continue };
            open = true;
            let in_a_tail =
                sequences.iter().zip(&heads).any(|(s, &h)| s.len() > h && s[h + 1..].contains(&candidate));
            if !in_a_tail {
                next = Some(candidate);
                break;
            }
        }
        if !open {
            return Ok(out);
        }
        let Some(next) = next else { return Err(inconsistent(vm, &sequences, &heads)) };
        out.push(next);
        for (seq, head) in sequences.iter().zip(&mut heads) {
            if seq.get(*head) == Some(&next) {
                *head += 1;
            }
        }
    }
}

fn inconsistent(vm: &Vm, sequences: &[Vec<Value>], heads: &[usize]) -> crate::owned::Raised {
    let mut names: Vec<String> = Vec::new();
    let mut seen: Vec<Value> = Vec::new();
    for (seq, &head) in sequences.iter().zip(heads) {
        if let Some(&v) = seq.get(head)
            && !seen.contains(&v)
        {
            seen.push(v);
            names.push(TypeRef::from_value(vm, v).map_or_else(String::new, |t| t.name_str()));
        }
    }
    vm.type_error(&format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}
