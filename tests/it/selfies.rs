//! Selfies are searched for a large face in few pixels, and for others in more, without a difference in the result.

use std::path::Path;
use std::sync::LazyLock;

use fotota::face::{DEFAULT_PACK, FaceEngine, FaceOptions, find_pack, list_packs};
use fotota::imaging::{DecodeLimits, RgbImage, decode, encode_jpeg, resize};
use fotota::search::{SearchTimes, SelfieFaces, SelfieRefusal};

use crate::common::client::read;

const EILEEN: &str = "selfies/Eileen_Collins_1.jpg";
const GRACE: &str = "selfies/Grace_Hopper_1.jpg";
const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 64_000_000 };
const LONG_SIDE: u32 = 2048;

static ENGINE: LazyLock<FaceEngine> = LazyLock::new(|| {
    let pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
    let options = FaceOptions { detector_long_side: 1024, score_threshold: None };
    FaceEngine::load(pack, Path::new("."), options).unwrap()
});

/// A sample selfie, upright, at that height.
fn portrait(name: &str, height: u32) -> RgbImage {
    let selfie = decode(std::io::Cursor::new(read(name)), LIMITS).unwrap().pixels;
    resize(&selfie, selfie.width() * height / selfie.height(), height)
}

/// A grey picture with others on it, each at its left upper corner.
fn composed(width: u32, height: u32, parts: &[(RgbImage, i64, i64)]) -> RgbImage {
    let mut picture = RgbImage::from_pixel(width, height, image::Rgb([120; 3]));
    for (part, x, y) in parts {
        image::imageops::replace(&mut picture, part, *x, *y);
    }
    picture
}

fn find(picture: RgbImage) -> SelfieFaces {
    let jpeg = encode_jpeg(picture, 90).unwrap();
    SelfieFaces::find(&ENGINE, &jpeg, LIMITS, LONG_SIDE, &mut SearchTimes::default()).unwrap()
}

/// How similar the found main face is to a sample selfie's.
fn similarity(found: &SelfieFaces, selfie: &str) -> f32 {
    let original =
        SelfieFaces::find(&ENGINE, &read(selfie), LIMITS, LONG_SIDE, &mut SearchTimes::default()).unwrap();
    let [a, b] =
        [found, &original].map(|found| found.embed_main(&ENGINE, &mut SearchTimes::default()).unwrap());
    a.similarity(&b)
}

#[test]
fn a_large_face_is_found_in_few_pixels() {
    let found = find(portrait(EILEEN, 4000));
    assert_eq!(found.picture.pixels.dimensions(), (750, 1000));
    assert!(similarity(&found, EILEEN) > 0.9);
    // In the detector's full input the result is the same face.
    let everyone = ENGINE.detect(&found.picture.pixels).unwrap();
    assert!(everyone.iter().any(|face| face.bounds.iou(&found.main().unwrap().bounds) > 0.8));
}

#[test]
fn a_face_that_fills_the_picture_is_found() {
    let portrait = portrait(EILEEN, 2000);
    let face = find(portrait.clone()).main().unwrap().bounds;
    // The face is found in a picture of half the size.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a face inside the picture")]
    let [x, y, w, h] = [face.x, face.y, face.w, face.h].map(|pixels| 2 * pixels as u32);
    let filled = image::imageops::crop_imm(&portrait, x, y, w, h).to_image();
    assert!(similarity(&find(filled), EILEEN) > 0.6);
}

#[test]
fn a_small_face_is_found_in_more_pixels() {
    let picture = composed(3000, 2000, &[(portrait(EILEEN, 500), 1200, 700)]);
    assert!(ENGINE.detect_large(&picture).unwrap().is_empty());
    let found = find(picture);
    assert_eq!(found.picture.pixels.dimensions(), (3000, 2000));
    assert!(similarity(&found, EILEEN) > 0.8);
}

#[test]
fn two_people_of_nearly_equal_size_are_noticed_in_few_pixels() {
    // Without what is beside the faces, so that each is large.
    let half = |name, height| {
        let portrait = portrait(name, height);
        let width = portrait.width();
        image::imageops::crop_imm(&portrait, width / 5, 0, 3 * width / 5, 3 * height / 4).to_image()
    };
    let (eileen, grace) = (half(EILEEN, 3200), half(GRACE, 3000));
    let found = find(composed(2880, 2400, &[(eileen, 0, 0), (grace, 1440, 0)]));
    assert!(found.picture.reduction() > 2.0);
    assert_eq!(found.main(), Err(SelfieRefusal::SeveralFaces));
}

#[test]
fn someone_in_the_background_is_not_the_main_face() {
    let (eileen, grace) = (portrait(EILEEN, 2000), portrait(GRACE, 800));
    let found = find(composed(3200, 2400, &[(eileen, 850, 300), (grace, 2500, 100)]));
    assert!(similarity(&found, EILEEN) > 0.9);
}
