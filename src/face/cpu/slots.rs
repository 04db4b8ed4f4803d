//! Assigns memory slots to values; a slot is reused after the last read of its value.

use super::program::INPUT;

/// Memory of one or more values, with the step that writes it and the last step that reads it.
pub(super) struct Storage {
    pub(super) floats: usize,
    pub(super) written: usize,
    pub(super) read: usize,
}

/// The slot of each storage, shared by storages that are not in use at the same time, and the size of each slot.
pub(super) fn assign_slots(storages: &[Storage], steps: usize) -> (Vec<usize>, Vec<usize>) {
    let mut slots: Vec<usize> = Vec::new();
    let mut slot_of = vec![INPUT; storages.len()];
    let mut free: Vec<usize> = Vec::new();
    for step in 0..steps {
        for (index, storage) in storages.iter().enumerate().skip(1).filter(|(_, s)| s.written == step) {
            // The free slot of the closest size.
            let nearest = (0..free.len()).min_by_key(|index| slots[free[*index]].abs_diff(storage.floats));
            let slot = nearest.map_or(slots.len(), |index| free.swap_remove(index));
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
