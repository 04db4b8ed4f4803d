//! Which memory serves which values, one after another.

use super::program::INPUT;

/// Memory of one or more values, from the step that writes it to the last that reads it.
pub(super) struct Storage {
    pub(super) floats: usize,
    pub(super) written: usize,
    pub(super) read: usize,
}

/// A slot for each storage, shared by storages that are not needed at the same time; and each slot's size.
pub(super) fn assign_slots(storages: &[Storage], steps: usize) -> (Vec<usize>, Vec<usize>) {
    let mut slots: Vec<usize> = Vec::new();
    let mut slot_of = vec![INPUT; storages.len()];
    let mut free: Vec<usize> = Vec::new();
    for step in 0..steps {
        for (index, storage) in storages.iter().enumerate().skip(1).filter(|(_, s)| s.written == step) {
            // The free slot whose size is nearest.
            let nearest = (0..free.len()).min_by_key(|place| slots[free[*place]].abs_diff(storage.floats));
            let slot = nearest.map_or(slots.len(), |place| free.swap_remove(place));
            if slot == slots.len() {
                slots.push(0);
            }
            slots[slot] = slots[slot].max(storage.floats);
            slot_of[index] = slot;
        }
        let ended = storages.iter().enumerate().skip(1).filter(|(_, s)| s.written <= step && s.read == step);
        free.extend(ended.map(|(index, _)| slot_of[index]));
    }
    (slot_of, slots)
}
