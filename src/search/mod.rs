//! Face search: from a selfie's main face, through its neighbours in the event, to one match per photo, best first.
//!
//! Invariant: the search is exact. Every face of the event is considered, and only this module decides what is a match.

mod selfie;
mod thresholds;

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::domain::{Embedding, EventId, FaceBox, Photo, PhotoId};
use crate::face::FaceError;
use crate::imaging::ImagingError;
use crate::store::faces::{self, Neighbour, Scope};
use crate::store::{PackId, Reader, StoreError};

pub use selfie::{SearchTimes, SelfieFaces, SelfieRefusal, embed_selfie};
pub use thresholds::{Certainty, Thresholds};

/// Why a search has no result.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The selfie's file cannot be decoded.
    #[error(transparent)]
    Picture(#[from] ImagingError),
    /// The selfie cannot be searched with; the guest can take a better one.
    #[error(transparent)]
    Selfie(#[from] SelfieRefusal),
    /// A network fails.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A photo with the person's face.
#[derive(Clone, Debug)]
pub struct Match {
    /// As it was when the search ran.
    pub photo: Photo,
    /// The photo's most similar face, in pixels of the upright photo.
    pub face: FaceBox,
    /// Cosine similarity of that face, in `-1.0..=1.0`.
    pub similarity: f32,
    /// Whether it is the person.
    pub certainty: Certainty,
}

/// Whose face to search for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only photos of this event.
    pub event_id: EventId,
    /// The pack that made the embedding.
    pub pack_id: PackId,
    /// The person's face.
    pub embedding: &'a Embedding,
    /// Which similarities count.
    pub thresholds: Thresholds,
    /// Whether photos count that guests may not see.
    pub with_hidden: bool,
}

/// All photos with the person's face, most similar first.
///
/// # Errors
/// When the database fails.
pub fn find_photos(db: &Reader, query: Query) -> Result<Vec<Match>, StoreError> {
    let Query { event_id, pack_id, embedding, thresholds, with_hidden } = query;
    let scope = Scope { event_id, pack_id, min_similarity: thresholds.maybe, with_hidden };
    Ok(rank(faces::list_neighbours(db, scope, embedding)?, thresholds))
}

/// One match per photo, its most similar face; most similar photo first, ties by name and id.
fn rank(neighbours: Vec<Neighbour>, thresholds: Thresholds) -> Vec<Match> {
    let mut best: HashMap<PhotoId, Neighbour> = HashMap::new();
    for neighbour in neighbours {
        match best.get(&neighbour.photo.id) {
            Some(known) if compare_faces(&neighbour, known).is_ge() => {}
            _ => drop(best.insert(neighbour.photo.id, neighbour)),
        }
    }
    let matches = best.into_values().filter_map(|Neighbour { photo, bounds, similarity }| {
        let certainty = thresholds.certainty(similarity)?;
        Some(Match { photo, face: bounds, similarity, certainty })
    });
    let mut matches: Vec<Match> = matches.collect();
    matches.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then_with(|| a.photo.file_name.cmp(&b.photo.file_name))
            .then_with(|| a.photo.id.cmp(&b.photo.id))
    });
    matches
}

/// A total order within one photo, so that the order of the input does not matter.
fn compare_faces(a: &Neighbour, b: &Neighbour) -> Ordering {
    b.similarity
        .total_cmp(&a.similarity)
        .then_with(|| a.bounds.x.total_cmp(&b.bounds.x))
        .then_with(|| a.bounds.y.total_cmp(&b.bounds.y))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Capture, Digest, ImageFormat, PhotoState, Timestamp};

    const THRESHOLDS: Thresholds = Thresholds { sure: 0.5, maybe: 0.25 };

    fn photo(id: i64) -> Photo {
        Photo {
            id: PhotoId::from_i64(id).unwrap(),
            event_id: EventId::from_i64(1).unwrap(),
            file_name: format!("{}.jpg", id % 3),
            digest: Digest([0; 32]),
            format: ImageFormat::Jpeg,
            size: None,
            capture: Capture::default(),
            state: PhotoState::Indexed,
            hidden: false,
            visible: true,
            wall: None,
            moment: Timestamp::from_unix_ms(0),
            created_at: Timestamp::from_unix_ms(0),
        }
    }

    fn neighbours() -> impl Strategy<Value = Vec<Neighbour>> {
        let one = (1_i64..6, 1_i8..5, 0_u8..3).prop_map(|(id, similarity, x)| Neighbour {
            photo: photo(id),
            bounds: FaceBox { x: x.into(), y: 0.0, w: 1.0, h: 1.0 },
            similarity: f32::from(similarity) / 4.0,
        });
        prop::collection::vec(one, 0..20)
    }

    proptest! {
        #[test]
        fn each_photo_has_one_match_best_first_in_any_order(neighbours in neighbours()) {
            let matches = rank(neighbours.clone(), THRESHOLDS);
            prop_assert!(matches.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
            for neighbour in &neighbours {
                let of_photo: Vec<_> = matches.iter().filter(|m| m.photo.id == neighbour.photo.id).collect();
                prop_assert_eq!(of_photo.len(), 1);
                prop_assert!(of_photo[0].similarity >= neighbour.similarity);
            }
            let mut turned = neighbours;
            turned.reverse();
            let view = |matches: Vec<Match>| -> Vec<_> {
                matches.into_iter().map(|m| (m.photo.id, m.face, m.similarity, m.certainty)).collect()
            };
            prop_assert_eq!(view(rank(turned, THRESHOLDS)), view(matches));
        }
    }
}
