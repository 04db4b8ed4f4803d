//! A soft edge around a logo, dark around a light one and light around a dark one: so it is seen on any ground.

use image::RgbaImage;

/// Opacity of the edge, which would otherwise be more prominent than the logo.
const EDGE_OPACITY: f32 = 0.7;
/// How much thin strokes are strengthened, of which a blur leaves little.
const EDGE_GAIN: f32 = 3.0;

/// The logo with `reach` more pixels on each side, and the edge in them. The edge of a translucent logo is so too, and
/// does not show through it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
pub(super) fn with_edge(logo: &RgbaImage, reach: u32) -> RgbaImage {
    let mut framed = RgbaImage::new(logo.width() + 2 * reach, logo.height() + 2 * reach);
    image::imageops::replace(&mut framed, logo, reach.into(), reach.into());
    let strongest = f32::from(logo.pixels().map(|ink| ink.0[3]).max().unwrap_or_default().max(1));
    let shade = if is_light(logo) { 0.0 } else { 255.0 };
    let blurred = image::imageops::fast_blur(&framed, reach as f32 / 2.0);
    for (ink, blurred) in framed.pixels_mut().zip(blurred.pixels()) {
        let [red, green, blue, over] = ink.0.map(f32::from);
        let near = (f32::from(blurred.0[3]) / strongest * EDGE_GAIN).min(1.0);
        let edge = near * EDGE_OPACITY * (strongest - over);
        let alpha = over + edge;
        let mix = |value: f32| (value * over + shade * edge) / alpha.max(1.0);
        ink.0 = [mix(red), mix(green), mix(blue), alpha].map(|value| value.round() as u8);
    }
    framed
}

/// Whether what is seen of a logo is lighter than a medium grey.
fn is_light(logo: &RgbaImage) -> bool {
    let above = |&image::Rgba(ink): &image::Rgba<u8>| {
        let [red, green, blue, alpha] = ink.map(i64::from);
        alpha * (2 * red + 5 * green + blue - 8 * 128)
    };
    logo.pixels().map(above).sum::<i64>() >= 0
}
