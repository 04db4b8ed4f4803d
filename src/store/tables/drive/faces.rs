//! The faces of a folder's pictures, and the search for those similar to one.

use std::collections::HashMap;

use crate::domain::{Embedding, FaceBox, PixelSize};
use crate::store::sql::{FromRow, Reader, Row, Writer};
use crate::store::tables::drive::files::ListedFile;
use crate::store::tables::drive::queue;
use crate::store::{PackId, StoreResult};

pub use crate::store::sql::as_recorded;

/// A face of a picture.
#[derive(Clone, Debug)]
pub struct DriveFace {
    /// In pixels of the picture that was searched; may reach over its edges.
    pub bounds: FaceBox,
    /// With the precision of the record: see [`as_recorded`].
    pub embedding: Embedding,
}

/// What was found in a picture.
#[derive(Clone, Debug)]
pub struct Findings {
    /// The pack that recognised the faces.
    pub pack_id: PackId,
    /// Upright pixels of the picture that was searched.
    pub size: PixelSize,
    /// All its faces.
    pub faces: Vec<DriveFace>,
}

/// A picture with a face that is similar enough.
#[derive(Clone, Debug)]
pub struct Similar {
    /// The picture.
    pub file: ListedFile,
    /// Upright pixels of the picture that was searched.
    pub size: PixelSize,
    /// Its most similar face, in those pixels.
    pub face: FaceBox,
    /// Cosine similarity of that face.
    pub similarity: f32,
}

/// Stores a picture's faces, searchable from this commit on; `false` if the picture was deleted or changed meanwhile.
pub fn commit(db: &Writer, folder_id: &str, file: &ListedFile, findings: &Findings) -> StoreResult<bool> {
    let Findings { pack_id, size, faces } = findings;
    let changed = db.execute(
        "update drive_file
         set state = 'indexed', failure = null, attempts = 0, pack_id = ?4, width = ?5, height = ?6
         where folder_id = ?1 and file_id = ?2 and version = ?3",
        (folder_id, &file.id, &file.version, pack_id, size.width, size.height),
    )?;
    if changed == 0 {
        return Ok(false);
    }
    db.execute("delete from drive_face where folder_id = ?1 and file_id = ?2", (folder_id, &file.id))?;
    for face in faces {
        let FaceBox { x, y, w, h } = face.bounds.clipped(size.width as f32, size.height as f32);
        db.execute(
            "insert into drive_face (folder_id, file_id, x, y, w, h, embedding)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (folder_id, &file.id, x, y, w, h, &face.embedding),
        )?;
    }
    queue::count_files(db, folder_id)?;
    Ok(true)
}

/// A face of a folder, with its picture.
struct Candidate {
    file: ListedFile,
    size: PixelSize,
    face: FaceBox,
    embedding: Embedding,
}

impl FromRow for Candidate {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        Ok(Self {
            file: ListedFile::from_row(row)?,
            size: PixelSize { width: row.get("width")?, height: row.get("height")? },
            face: FaceBox::from_row(row)?,
            embedding: row.get("embedding")?,
        })
    }
}

/// The pictures of a folder with a face whose cosine similarity to `wanted` is at least `min_similarity`, each with its
/// most similar face, most similar picture first.
///
/// Compares every face: folders have some ten thousands at most.
pub fn list_similar(
    db: &Reader,
    folder_id: &str,
    pack_id: PackId,
    wanted: &Embedding,
    min_similarity: f32,
) -> StoreResult<Vec<Similar>> {
    let mut best: HashMap<String, Similar> = HashMap::new();
    db.each(
        "select drive_file.*, x, y, w, h, embedding
         from drive_file join drive_face using (folder_id, file_id)
         where folder_id = ?1 and state = 'indexed' and pack_id = ?2
         order by file_id, x, y",
        (folder_id, pack_id),
        |Candidate { file, size, face, embedding }| {
            let similarity = embedding.similarity(wanted);
            let better = best.get(&file.id).is_none_or(|known| known.similarity < similarity);
            if similarity >= min_similarity && better {
                best.insert(file.id.clone(), Similar { file, size, face, similarity });
            }
            Ok(())
        },
    )?;
    let mut found: Vec<Similar> = best.into_values().collect();
    found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then_with(|| a.file.id.cmp(&b.file.id)));
    Ok(found)
}
