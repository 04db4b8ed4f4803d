//! After a process was killed, with no other process in the data folder: leases end, half-done work is removed.

use rusqlite::Connection;

use crate::store::sql::in_transaction;
use crate::store::tables::{drive, jobs, photos, selfies, uploads};
use crate::store::{Files, StoreError};

pub(super) fn recover(connection: &mut Connection, files: &Files) -> Result<(), StoreError> {
    let (photos, selfies, uploads, (copies, downloads)) = in_transaction(connection, |db| {
        jobs::release_all(db)?;
        drive::queue::release_all(db)?;
        Ok((
            photos::list_formats(db)?,
            selfies::list_ids(db)?,
            uploads::list_ids(db)?,
            drive::list_known(db)?,
        ))
    })?;
    // No row names the files of deleted photos, so this finishes deletions too.
    files.sweep(&photos)?;
    files.sweep_selfies(&selfies)?;
    Files::delete_uploads_but(files.list_uploads()?, &uploads);
    files.sweep_drive(&copies, &downloads)?;
    in_transaction(connection, |db| {
        for (photo_id, _) in photos::list_purges(db)? {
            photos::finish_purge(db, photo_id)?;
        }
        for id in selfies::list_purges(db)? {
            selfies::finish_purge(db, id)?;
        }
        for id in drive::matches::list_purges(db)? {
            drive::matches::finish_purge(db, id)?;
        }
        Ok(())
    })
}
