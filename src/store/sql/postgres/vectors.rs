//! Proposals without an index: the faces of the event are read as they are recorded, and compared one by one.

use crate::domain::{Embedding, EventId, FaceId};
use crate::store::StoreResult;
use crate::store::sql::{PackId, Reader};

/// The most similar faces, at most `limit`, in no order.
pub(in crate::store::sql) fn nearest(
    db: &Reader,
    (pack, event): (PackId, EventId),
    query: &Embedding,
    limit: usize,
) -> StoreResult<Vec<FaceId>> {
    let mut faces: Vec<(f32, FaceId)> = Vec::new();
    let sql = "select id, embedding from face where event_id = ?1 and pack_id = ?2";
    db.each(sql, (event, pack), |(id, embedding): (FaceId, Embedding)| {
        faces.push((embedding.similarity(query), id));
        Ok(())
    })?;
    if faces.len() > limit {
        faces.select_nth_unstable_by(limit, |a, b| b.0.total_cmp(&a.0));
        faces.truncate(limit);
    }
    Ok(faces.into_iter().map(|(_, id)| id).collect())
}
