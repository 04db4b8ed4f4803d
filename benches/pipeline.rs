//! Times each stage of photo processing by itself, on one core: `cargo bench`. `fotota bench` measures them together,
//! `tests/compare` compares them with other software.

use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use fotota::face::{DEFAULT_PACK, FaceEngine, FaceOptions, find_pack, list_packs};
use fotota::imaging::{
    DecodeLimits, RgbImage, decode, decode_reduced, encode_jpeg, preview, resize, thumbnail,
};

const LIMITS: DecodeLimits = DecodeLimits { max_pixels: 120_000_000 };

/// 24 megapixels: a portrait of the sample event, enlarged to the full height, with noise.
fn photo() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/photos");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the sample event").map(|e| e.expect("a file").path()).collect();
    files.sort();
    let portrait =
        decode(Cursor::new(std::fs::read(&files[0]).expect("a sample photo")), LIMITS).expect("a picture");
    let portrait = resize(&portrait.pixels, 3000, 4000);
    let mut state = 1_u32;
    let mut photo = RgbImage::new(6000, 4000);
    for (x, y, pixel) in photo.enumerate_pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let noise = u8::try_from(state >> 28).unwrap_or(0);
        let shade = if x < 3000 { portrait.get_pixel(x, y).0 } else { [120; 3] };
        pixel.0 = shade.map(|value| value.saturating_add(noise));
    }
    encode_jpeg(photo, 93).expect("a JPEG")
}

fn stages(criterion: &mut Criterion) {
    let bytes = photo();
    criterion.bench_function("decode 24 MP", |b| b.iter(|| decode(Cursor::new(black_box(&bytes)), LIMITS)));
    criterion.bench_function("decode 24 MP at 1/2", |b| {
        b.iter(|| decode_reduced(Cursor::new(black_box(&bytes)), LIMITS, 2048));
    });
    let decoded = decode_reduced(Cursor::new(&bytes), LIMITS, 2048).expect("a picture");
    criterion.bench_function("preview", |b| b.iter(|| preview(black_box(&decoded))));
    let (_, reduced) = preview(&decoded).expect("a JPEG");
    criterion.bench_function("thumbnail", |b| b.iter(|| thumbnail(black_box(&reduced))));
    let pack =
        find_pack(list_packs(None).expect("the packs"), DEFAULT_PACK, false).expect("the default pack");
    let options = FaceOptions { detector_long_side: 1024, score_threshold: None };
    let engine = FaceEngine::load(pack, Path::new("models"), options).expect("the default networks");
    criterion.bench_function("detect", |b| b.iter(|| engine.detect(black_box(&decoded.pixels))));
    let faces = engine.detect(&decoded.pixels).expect("a detection");
    let face = faces.first().expect("the portrait has a face");
    criterion.bench_function("recognise", |b| b.iter(|| engine.recognise(&decoded.pixels, black_box(face))));
}

criterion_group!(benches, stages);
criterion_main!(benches);
