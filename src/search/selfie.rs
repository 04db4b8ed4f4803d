//! A selfie's main face, or a refusal that says how to take a better selfie.

use std::io::Cursor;
use std::time::{Duration, Instant};

use super::SearchError;
use crate::domain::{Detection, Embedding, FaceBox, PixelSize, QualityIssue};
use crate::face::{FaceEngine, MIN_SELFIE_SIZE_PX, selfie_issues};
use crate::imaging::{DecodeLimits, Decoded, RgbImage, decode_reduced};

/// A selfie is first decoded to at least this long side, in pixels. A large face then has at least 120, more than the
/// recogniser takes.
const SMALL_LONG_SIDE: u32 = 640;

/// A second face of at least this share of the main one's weight makes the selfie ambiguous.
const NEARLY_EQUAL: f32 = 0.6;

/// A guest who can be asked chooses among the faces of at least this share of the main one's weight: half as high.
const LEAST_CHOICE: f32 = 0.25;

/// Most faces to choose from.
pub const MOST_CHOICES: usize = 6;

/// Mean luma (0 to 255) below which a picture without a usable face counts as dark, not as empty or blurred.
const DARK_LUMA: f32 = 40.0;

/// Why a selfie cannot be searched with. The texts are for the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelfieRefusal {
    /// No face was found.
    #[error("there is no face in this picture; look into the camera, in good light")]
    NoFace,
    /// No face is clearly the main one.
    #[error("there are several faces in this picture; take it alone, or come closer than the others")]
    SeveralFaces,
    /// Too few pixels.
    #[error("the face in this picture is too small; come closer to the camera")]
    TooSmall,
    /// Out of focus or shaken.
    #[error("the face in this picture is blurred; hold still and clean the lens")]
    TooBlurred,
    /// In profile.
    #[error("the face in this picture is turned away; look straight into the camera")]
    TurnedAway,
    /// Too little light.
    #[error("this picture is too dark; turn towards a light")]
    TooDark,
}

impl SelfieRefusal {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::NoFace, Self::SeveralFaces, Self::TooSmall, Self::TooBlurred, Self::TurnedAway, Self::TooDark];

    /// The refusal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }

    /// For programs; part of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoFace => "selfie.no_face",
            Self::SeveralFaces => "selfie.several_faces",
            Self::TooSmall => "selfie.too_small",
            Self::TooBlurred => "selfie.too_blurred",
            Self::TurnedAway => "selfie.turned_away",
            Self::TooDark => "selfie.too_dark",
        }
    }
}

/// The time of each part of a search.
#[derive(Clone, Copy, Debug, Default)]
pub struct SearchTimes {
    /// Decoding the selfie.
    pub decode: Duration,
    /// Finding the selfie's faces.
    pub detect: Duration,
    /// Computing the main face's embedding.
    pub recognise: Duration,
    /// Comparing it with the event's faces.
    pub compare: Duration,
}

impl SearchTimes {
    /// Adds those of another search.
    pub fn add(&mut self, other: &Self) {
        self.decode += other.decode;
        self.detect += other.detect;
        self.recognise += other.recognise;
        self.compare += other.compare;
    }
}

/// Faces by their weight, the heaviest first: the area, where a face at the edge counts half as much as one in the
/// middle.
fn by_weight(found: &[Detection], size: PixelSize) -> Vec<(f32, &Detection)> {
    let (width, height) = (size.width as f32, size.height as f32);
    let weight = |face: &Detection| {
        let centre = face.bounds.centre();
        let off = (centre.x / width - 0.5).hypot(centre.y / height - 0.5).min(0.5);
        face.bounds.clipped(width, height).area() * (1.0 - off)
    };
    let mut weighed: Vec<(f32, &Detection)> = found.iter().map(|face| (weight(face), face)).collect();
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    weighed
}

/// The heaviest face. Refused if there is none, or if a second one counts nearly as much.
fn main_face(found: &[Detection], size: PixelSize) -> Result<&Detection, SelfieRefusal> {
    match by_weight(found, size)[..] {
        [] => Err(SelfieRefusal::NoFace),
        [(first, _), (second, _), ..] if second >= NEARLY_EQUAL * first => Err(SelfieRefusal::SeveralFaces),
        [(_, first), ..] => Ok(first),
    }
}

/// The faces that may be meant, the heaviest first: those that count and are large enough to search with. One that is
/// too small but counts nearly as much as the heaviest may be the guest's own: who chooses it hears that.
fn choices(found: &[Detection], size: PixelSize) -> Vec<&Detection> {
    let weighed = by_weight(found, size);
    let heaviest = weighed.first().map_or(0.0, |(weight, _)| *weight);
    let is_large = |face: &Detection| face.bounds.w.min(face.bounds.h) >= MIN_SELFIE_SIZE_PX;
    let least = |face: &Detection| if is_large(face) { LEAST_CHOICE } else { NEARLY_EQUAL };
    let counting = weighed.into_iter().filter(|(weight, face)| *weight >= least(face) * heaviest);
    let choices: Vec<&Detection> = counting.map(|(_, face)| face).take(MOST_CHOICES).collect();
    if choices.iter().any(|face| is_large(face)) { choices } else { Vec::new() }
}

/// A selfie and its faces.
pub struct SelfieFaces {
    /// Decoded at the size that the faces were found in.
    pub picture: Decoded,
    /// In its pixels, most confident first. If one is large, those far smaller are left out.
    pub faces: Vec<Detection>,
}

impl SelfieFaces {
    /// Looks for a large face in a small picture, and for others only if there is none: then the selfie is decoded to
    /// at least `long_side`, as photos are.
    ///
    /// # Errors
    /// When the picture cannot be decoded, or a network fails.
    pub fn find(
        engine: &FaceEngine,
        selfie: &[u8],
        limits: DecodeLimits,
        long_side: u32,
        times: &mut SearchTimes,
    ) -> Result<Self, SearchError> {
        let decode = |long_side| decode_reduced(Cursor::new(selfie), limits, long_side);
        let mut picture = timed(&mut times.decode, || decode(SMALL_LONG_SIDE.min(long_side)))?;
        let mut faces = timed(&mut times.detect, || engine.detect_large(&picture.pixels))?;
        if faces.is_empty() {
            if picture.reduction() > 1.0 {
                drop(picture);
                picture = timed(&mut times.decode, || decode(long_side))?;
            }
            faces = timed(&mut times.detect, || engine.detect(&picture.pixels))?;
        }
        Ok(Self { picture, faces })
    }

    /// The face to search with.
    ///
    /// # Errors
    /// When no face is clearly the main one.
    pub fn main(&self) -> Result<&Detection, SelfieRefusal> {
        main_face(&self.faces, self.picture.size()).map_err(|refusal| match refusal {
            SelfieRefusal::NoFace if mean_luma(&self.picture.pixels, None) < DARK_LUMA => {
                SelfieRefusal::TooDark
            }
            other => other,
        })
    }

    /// The faces to choose from, the heaviest first.
    #[must_use]
    pub fn choices(&self) -> Vec<&Detection> {
        choices(&self.faces, self.picture.size())
    }

    /// The embedding of the main face.
    ///
    /// # Errors
    /// When the selfie is refused, or a network fails.
    pub fn embed_main(&self, engine: &FaceEngine, times: &mut SearchTimes) -> Result<Embedding, SearchError> {
        let main = self.main()?;
        timed(&mut times.recognise, || self.embed(engine, main))
    }

    /// The embedding of one of the faces.
    ///
    /// # Errors
    /// When it is not good enough to search with, or a network fails.
    pub fn embed(&self, engine: &FaceEngine, face: &Detection) -> Result<Embedding, SearchError> {
        let pixels = &self.picture.pixels;
        let recognised = engine.recognise(pixels, face)?.ok_or(SelfieRefusal::NoFace)?;
        match selfie_issues(&recognised.quality).first() {
            Some(QualityIssue::Blurred) if mean_luma(pixels, Some(face)) < DARK_LUMA => {
                Err(SelfieRefusal::TooDark.into())
            }
            Some(QualityIssue::TooSmall) => Err(SelfieRefusal::TooSmall.into()),
            Some(QualityIssue::Blurred) => Err(SelfieRefusal::TooBlurred.into()),
            Some(QualityIssue::TurnedAway) => Err(SelfieRefusal::TurnedAway.into()),
            None => Ok(recognised.embedding),
        }
    }
}

/// The embedding of a selfie's main face; see [`SelfieFaces::find`].
///
/// # Errors
/// When the selfie cannot be decoded or is refused, or a network fails.
pub fn embed_selfie(
    engine: &FaceEngine,
    selfie: &[u8],
    limits: DecodeLimits,
    long_side: u32,
    times: &mut SearchTimes,
) -> Result<Embedding, SearchError> {
    SelfieFaces::find(engine, selfie, limits, long_side, times)?.embed_main(engine, times)
}

/// Runs `work` and adds its time.
fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *time += start.elapsed();
    result
}

/// Mean luma (ITU-R BT.601) of a face's box, or of the whole picture.
fn mean_luma(pixels: &RgbImage, face: Option<&Detection>) -> f32 {
    let (width, height) = (pixels.width() as f32, pixels.height() as f32);
    let part = face.map_or(FaceBox { x: 0.0, y: 0.0, w: width, h: height }, |face| face.bounds);
    let inside = |x: u32, y: u32| {
        let (x, y) = (x as f32, y as f32);
        x >= part.x && x < part.x + part.w && y >= part.y && y < part.y + part.h
    };
    let (mut sum, mut count) = (0.0_f64, 0.0_f64);
    for (_, _, pixel) in pixels.enumerate_pixels().filter(|(x, y, _)| inside(*x, *y)) {
        let [r, g, b] = pixel.0.map(f64::from);
        sum += 0.299 * r + 0.587 * g + 0.114 * b;
        count += 1.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 255")]
    let mean = (sum / count.max(1.0)) as f32;
    mean
}

#[cfg(test)]
mod tests {
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
        assert_eq!(choices(&[behind_me, beside_me, me], SIZE), [&me, &beside_me]);
        assert_eq!(choices(&[me; MOST_CHOICES + 1], SIZE).len(), MOST_CHOICES);
        let (small, smaller) = (face(200.0, 300.0, 49.0), face(300.0, 300.0, 47.0));
        // Nearly equal: the guest may be either, and is asked, although one is too small to search with.
        assert_eq!(choices(&[smaller, small], SIZE), [&small, &smaller]);
        assert!(choices(&[smaller], SIZE).is_empty());
        let large = face(150.0, 300.0, 75.0);
        assert_eq!(choices(&[smaller, large], SIZE), [&large]);
    }

    #[test]
    fn dark_pictures_are_recognised_by_their_luma() {
        let picture = |level: u8| RgbImage::from_pixel(100, 80, image::Rgb([level; 3]));
        assert!(mean_luma(&picture(20), None) < DARK_LUMA && mean_luma(&picture(90), None) > DARK_LUMA);
        let mut half = picture(0);
        for (x, _, pixel) in half.enumerate_pixels_mut() {
            *pixel = image::Rgb([if x < 50 { 0 } else { 200 }; 3]);
        }
        let bright = face(60.0, 10.0, 30.0);
        assert!((mean_luma(&half, Some(&bright)) - 200.0).abs() < 0.5);
    }
}
