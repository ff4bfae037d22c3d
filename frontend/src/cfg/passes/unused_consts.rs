//! Drops constants that no instruction loads. The first one stays: it may be the docstring.

use crate::{
    cfg::{graph::Cfg, op::Op},
    consts::ConstId,
    small_map::SmallSet,
};

/// With so few constants nothing is allocated.
const FEW: usize = 64;

pub fn run(cfg: &mut Cfg, consts: &mut SmallSet<ConstId>) {
    let count = consts.len();
    match count {
        0 => {}
        1..=FEW => drop_unused(cfg, consts, &mut [u32::MAX; FEW][..count]),
        _ => drop_unused(cfg, consts, &mut vec![u32::MAX; count]),
    }
}

/// `places` has an entry for each constant: `u32::MAX` at first, then the new place of the used ones.
fn drop_unused(cfg: &mut Cfg, consts: &mut SmallSet<ConstId>, places: &mut [u32]) {
    let mut unused = places.len();
    let mut mark = |index: usize| {
        if places[index] == u32::MAX {
            places[index] = 0;
            unused -= 1;
        }
        unused > 0
    };
    mark(0);
    let mut loads = cfg.chain().flat_map(|id| &cfg[id].instrs).filter(|i| i.op == Op::LOAD_CONST);
    if !loads.all(|load| mark(load.arg as usize)) || unused == 0 {
        return;
    }
    for (place, kept) in places.iter_mut().filter(|place| **place != u32::MAX).zip(0..) {
        *place = kept;
    }
    consts.retain_places(|place| places[place] != u32::MAX);
    let mut id = Cfg::ENTRY;
    while id.exists() {
        for instr in cfg[id].instrs.iter_mut().filter(|i| i.op == Op::LOAD_CONST) {
            instr.arg = places[instr.arg as usize];
        }
        id = cfg[id].next;
    }
}
