//! After a process was killed, with nobody else in the data folder: its leases end, what it left half done goes.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::tables::{drive, jobs, photos, selfies, uploads};
use crate::store::{Files, StoreError};

pub(super) fn recover(connection: &mut Connection, files: &Files) -> Result<(), StoreError> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    jobs::release_all(&tx)?;
    drive::queue::release_all(&tx)?;
    let known = photos::list_formats(&tx)?;
    let known_selfies = selfies::list_ids(&tx)?;
    let known_uploads = uploads::list_ids(&tx)?;
    let (copies, downloads) = drive::list_known(&tx)?;
    tx.commit()?;
    // Files of deleted photos are known to nobody, so this finishes deletions too.
    files.sweep(&known)?;
    files.sweep_selfies(&known_selfies)?;
    Files::delete_uploads_but(files.list_uploads()?, &known_uploads);
    files.sweep_drive(&copies, &downloads)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (photo_id, _) in photos::list_purges(&tx)? {
        photos::finish_purge(&tx, photo_id)?;
    }
    for id in selfies::list_purges(&tx)? {
        selfies::finish_purge(&tx, id)?;
    }
    for id in drive::matches::list_purges(&tx)? {
        drive::matches::finish_purge(&tx, id)?;
    }
    Ok(tx.commit()?)
}
