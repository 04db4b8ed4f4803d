//! After a process was killed, with nobody else in the data folder: its leases end, its half-written files go.

use rusqlite::{Connection, TransactionBehavior};

use super::{Files, StoreError, jobs, photos};

pub(super) fn recover(connection: &mut Connection, files: &Files) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    jobs::release_all(&tx)?;
    let pending = photos::list_pending_ids(&tx)?;
    let purges = photos::list_purges(&tx)?;
    for (photo_id, format) in purges {
        files.delete(photo_id, format)?;
        photos::finish_purge(&tx, photo_id)?;
    }
    tx.commit()?;
    files.sweep_incoming(|id| pending.contains(&id))
}
