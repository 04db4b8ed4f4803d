//! From a selfie to the photos that person is in: the selfie's main face, its neighbours within the event, one result
//! for each photo, best first. Exact: every face of the event is considered.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::domain::{Detection, Embedding, EventId, FaceBox, PhotoId, PixelSize, QualityIssue};
use crate::face::{FaceEngine, FaceError, selfie_issues};
use crate::imaging::Decoded;
use crate::store::faces::{self, Neighbour, Scope};
use crate::store::packs::PackId;
use crate::store::{Store, StoreError};

/// A second face at least this large, compared with the main one, leaves open who is meant.
const NEARLY_EQUAL: f32 = 0.6;

/// Why nobody can be searched for with this selfie. The texts are for the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelfieRefusal {
    /// Nothing found.
    #[error("there is no face in this picture; look into the camera, in good light")]
    NoFace,
    /// Who is meant?
    #[error("there are several faces in this picture; take it alone, or come closer than the others")]
    SeveralFaces,
    /// Too few pixels.
    #[error("the face in this picture is too small; come closer to the camera")]
    TooSmall,
    /// Out of focus or shaken.
    #[error("the face in this picture is blurred; hold still and clean the lens")]
    TooBlurred,
    /// Profile.
    #[error("the face in this picture is turned away; look straight into the camera")]
    TurnedAway,
}

impl SelfieRefusal {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::NoFace, Self::SeveralFaces, Self::TooSmall, Self::TooBlurred, Self::TurnedAway];

    /// The refusal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    /// For programs; never changes.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "selfie.no_face",
            Self::SeveralFaces => "selfie.several_faces",
            Self::TooSmall => "selfie.too_small",
            Self::TooBlurred => "selfie.too_blurred",
            Self::TurnedAway => "selfie.turned_away",
        }
    }
}

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

/// Where the time of a search went.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchTimes {
    /// Finding the selfie's faces.
    pub detect: Duration,
    /// Recognising the main one.
    pub recognise: Duration,
    /// Comparing it with the event's faces, and ranking.
    pub compare: Duration,
}

/// The face of the person who took the selfie: the largest, where a face at the edge counts half as much as one in the
/// middle.
///
/// # Errors
/// When there is none, or a second counts nearly as much.
pub fn main_face(found: &[Detection], size: PixelSize) -> Result<&Detection, SelfieRefusal> {
    let (width, height) = (size.width as f32, size.height as f32);
    let weight = |face: &Detection| {
        let centre = face.bounds.centre();
        let off = (centre.x / width - 0.5).hypot(centre.y / height - 0.5).min(0.5);
        face.bounds.clipped(width, height).area() * (1.0 - off)
    };
    let mut by_weight: Vec<&Detection> = found.iter().collect();
    by_weight.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    match by_weight[..] {
        [] => Err(SelfieRefusal::NoFace),
        [first, second, ..] if weight(second) >= NEARLY_EQUAL * weight(first) => {
            Err(SelfieRefusal::SeveralFaces)
        }
        [first, ..] => Ok(first),
    }
}

/// The embedding of a selfie's main face.
///
/// # Errors
/// When the selfie is refused, or a network does not run.
pub fn embed_selfie(
    engine: &FaceEngine,
    selfie: &Decoded,
    times: &mut SearchTimes,
) -> Result<Embedding, SearchError> {
    let start = Instant::now();
    let found = engine.detect_close_up(&selfie.pixels)?;
    times.detect = start.elapsed();
    let main = main_face(&found, selfie.size())?;
    let start = Instant::now();
    let face = engine.recognise(&selfie.pixels, main)?.ok_or(SelfieRefusal::NoFace)?;
    times.recognise = start.elapsed();
    match selfie_issues(&face.quality).first() {
        Some(QualityIssue::TooSmall) => Err(SelfieRefusal::TooSmall.into()),
        Some(QualityIssue::Blurred) => Err(SelfieRefusal::TooBlurred.into()),
        Some(QualityIssue::TurnedAway) => Err(SelfieRefusal::TurnedAway.into()),
        None => Ok(face.embedding),
    }
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
    use crate::domain::{Landmarks, Point};

    const SIZE: PixelSize = PixelSize { width: 600, height: 800 };

    fn face(x: f32, y: f32, side: f32) -> Detection {
        Detection {
            bounds: FaceBox { x, y, w: side, h: side },
            landmarks: Landmarks([Point::default(); 5]),
            score: 0.9,
        }
    }

    #[test]
    fn the_main_face_is_large_and_central() {
        assert_eq!(main_face(&[], SIZE), Err(SelfieRefusal::NoFace));
        let (me, behind_me) = (face(200.0, 300.0, 220.0), face(20.0, 100.0, 90.0));
        assert_eq!(main_face(&[behind_me, me], SIZE), Ok(&me));
        let at_the_edge = face(400.0, 300.0, 200.0);
        assert_eq!(main_face(&[at_the_edge, me], SIZE), Ok(&me));
        let beside_me = face(330.0, 300.0, 200.0);
        assert_eq!(main_face(&[me, beside_me], SIZE), Err(SelfieRefusal::SeveralFaces));
    }

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
