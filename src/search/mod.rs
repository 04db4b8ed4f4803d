//! From a selfie to the photos that person is in: the selfie's main face, its neighbours within the event, one result
//! for each photo, best first. Exact: every face of the event is considered.

mod selfie;

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::domain::{Embedding, EventId, FaceBox, PhotoId};
use crate::face::FaceError;
use crate::store::PackId;
use crate::store::faces::{self, Neighbour, Scope};
use crate::store::{Store, StoreError};

pub use selfie::{SearchTimes, SelfieRefusal, embed_selfie, main_face};

/// How far below the threshold of a match a face may still be the same person's. Measured on the test event, 0.30 in
/// place of 0.38 finds 0.963 of the photos in place of 0.918, and 0.924 of what it finds is right in place of 0.975
/// (`docs/ACCURACY.md`).
pub const MAYBE_MARGIN: f32 = 0.08;

/// Why a search has no result.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The guest can do something about it.
    #[error(transparent)]
    Selfie(#[from] SelfieRefusal),
    /// A network does not run.
    #[error(transparent)]
    Face(#[from] FaceError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A photo the person is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Which photo.
    pub photo_id: PhotoId,
    /// The photographer's name for it.
    pub file_name: String,
    /// Cosine similarity of its best face, in `-1.0..=1.0`.
    pub similarity: f32,
    /// That face, in pixels of the upright photo.
    pub face: FaceBox,
}

/// What to search for and where.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only photos of this event.
    pub event_id: EventId,
    /// The pack that made the embedding.
    pub pack_id: PackId,
    /// Whom to find.
    pub embedding: &'a Embedding,
    /// Cosine similarity from which on two faces are taken for the same person.
    pub threshold: f32,
}

/// All photos the person is in, most similar first.
///
/// # Errors
/// When the database fails.
pub fn find_photos(store: &Store, query: Query) -> Result<Vec<Match>, StoreError> {
    let scope = Scope {
        event_id: query.event_id,
        pack_id: query.pack_id,
        min_similarity: query.threshold,
        with_hidden: false,
    };
    let neighbours = store.read(|connection| faces::list_neighbours(connection, scope, query.embedding))?;
    Ok(rank(neighbours))
}

/// One match for each photo, its most similar face; most similar photo first, ties by name and id.
#[must_use]
pub fn rank(neighbours: Vec<Neighbour>) -> Vec<Match> {
    let mut best: HashMap<PhotoId, Neighbour> = HashMap::new();
    for neighbour in neighbours {
        let known = best.entry(neighbour.photo_id).or_insert_with(|| neighbour.clone());
        if better_face(&neighbour, known).is_lt() {
            *known = neighbour;
        }
    }
    let mut matches: Vec<Match> = best
        .into_values()
        .map(|n| Match {
            photo_id: n.photo_id,
            file_name: n.file_name,
            similarity: n.similarity,
            face: n.bounds,
        })
        .collect();
    matches.sort_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then_with(|| a.file_name.cmp(&b.file_name))
            .then_with(|| a.photo_id.cmp(&b.photo_id))
    });
    matches
}

/// A total order within one photo, so that the input's order does not matter.
fn better_face(a: &Neighbour, b: &Neighbour) -> Ordering {
    b.similarity
        .total_cmp(&a.similarity)
        .then_with(|| a.bounds.x.total_cmp(&b.bounds.x))
        .then_with(|| a.bounds.y.total_cmp(&b.bounds.y))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn neighbours() -> impl Strategy<Value = Vec<Neighbour>> {
        let one = (1_i64..6, -4_i8..5, 0_u8..3).prop_map(|(photo, similarity, x)| Neighbour {
            photo_id: PhotoId::from_i64(photo).unwrap(),
            file_name: format!("{}.jpg", photo % 3),
            bounds: FaceBox { x: x.into(), y: 0.0, w: 1.0, h: 1.0 },
            similarity: f32::from(similarity) / 4.0,
        });
        prop::collection::vec(one, 0..20)
    }

    proptest! {
        #[test]
        fn ranking_has_each_photo_once_best_first_whatever_the_order(neighbours in neighbours()) {
            let matches = rank(neighbours.clone());
            prop_assert!(matches.windows(2).all(|pair| pair[0].similarity >= pair[1].similarity));
            for neighbour in &neighbours {
                let of_photo: Vec<_> = matches.iter().filter(|m| m.photo_id == neighbour.photo_id).collect();
                prop_assert_eq!(of_photo.len(), 1);
                prop_assert!(of_photo[0].similarity >= neighbour.similarity);
            }
            let mut turned = neighbours;
            turned.reverse();
            prop_assert_eq!(rank(turned), matches);
        }
    }
}
