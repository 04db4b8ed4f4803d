//! Pictures that users' searches found, each with a copy.

use std::collections::HashSet;

use crate::domain::{DriveMatch, DriveMatchId, DriveSearchId, FaceBox, PixelSize, UserId};
use crate::store::sql::{FromRow, Params, Reader, Row, Writer};
use crate::store::tables::purges;
use crate::store::{BlobKey, StoreResult};

/// Adds a picture to what a search found, once its copy is written. `false` if the search has ended or has the picture
/// already: then the caller must delete the copy.
pub fn insert(db: &Writer, search_id: DriveSearchId, file_id: &str, found: &DriveMatch) -> StoreResult<bool> {
    let FaceBox { x, y, w, h } = found.face;
    let (width, height) = found.size.map(|size| (size.width, size.height)).unzip();
    let added = db.execute(
        "insert into drive_match (id, search_id, file_id, x, y, w, h, similarity, created_at_ms, width, height)
         select ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
         from drive_search where id = ?2 and status in ('pending', 'processing')
         on conflict do nothing",
        (found.id, search_id, file_id, x, y, w, h, found.similarity, found.created_at, width, height),
    )?;
    if added > 0 {
        purges::keep(db, &BlobKey::Copy(found.id))?;
    }
    Ok(added > 0)
}

/// What a search has found so far, most similar first.
pub fn list(db: &Reader, search_id: DriveSearchId) -> StoreResult<Vec<DriveMatch>> {
    db.all("select * from drive_match where search_id = ?1 order by similarity desc, id", [search_id])
}

/// The user whose search found this copy, who alone may see it; `None` if there is no such copy.
pub fn find_owner(db: &Reader, id: DriveMatchId) -> StoreResult<Option<UserId>> {
    db.one(
        "select user_id from drive_match join drive_search on drive_search.id = search_id
         where drive_match.id = ?1",
        [id],
    )
}

/// Drive's ids of the pictures that a search has found so far.
pub fn list_file_ids(db: &Reader, search_id: DriveSearchId) -> StoreResult<HashSet<String>> {
    Ok(db.all("select file_id from drive_match where search_id = ?1", [search_id])?.into_iter().collect())
}

/// Records for deletion the copies whose ids `sql` selects.
pub(in crate::store) fn record_purges(db: &Writer, sql: &str, params: impl Params) -> StoreResult<()> {
    purges::record(db, db.all(sql, params)?.into_iter().map(BlobKey::Copy))
}

impl FromRow for DriveMatch {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let (width, height): (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
        Ok(Self {
            id: row.get("id")?,
            face: FaceBox::from_row(row)?,
            size: width.zip(height).map(|(width, height)| PixelSize { width, height }),
            similarity: row.get("similarity")?,
            created_at: row.get("created_at_ms")?,
        })
    }
}
