//! Colours of pictures without a profile: wide gamuts and the curves of HDR, as sRGB.

use super::layer::Nclx;
use crate::imaging::RgbImage;

/// From linear light of the primaries to that of sRGB: by the chromaticities in ITU-T H.273, table 2.
const DISPLAY_P3: [[f32; 3]; 3] =
    [[1.224_94, -0.224_94, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]];
const BT_2020: [[f32; 3]; 3] = [
    [1.660_491, -0.587_641, -0.072_850],
    [-0.124_55, 1.132_9, -0.008_349],
    [-0.018_151, -0.100_579, 1.118_73],
];
const SAME: [[f32; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

const PQ: u16 = 16;
const HLG: u16 = 18;
/// Light of white paper, of 10,000 and of 1,000 candela (ITU-R BT.2408, 3.2).
const PQ_WHITE: f32 = 0.0203;
const HLG_WHITE: f32 = 0.203;

/// Does nothing to pictures that are sRGB already, or that do not say what they are.
pub(super) fn to_srgb(pixels: &mut RgbImage, (primaries, transfer): Nclx) {
    let matrix = match primaries {
        12 => DISPLAY_P3,
        9 => BT_2020,
        _ => SAME,
    };
    if matrix == SAME && !matches!(transfer, PQ | HLG) {
        return;
    }
    let curve: Vec<f32> = (0..=255_u8).map(|value| light(transfer, f32::from(value) / 255.0)).collect();
    for pixel in pixels.pixels_mut() {
        let light = pixel.0.map(|value| curve[usize::from(value)]);
        for (value, row) in pixel.0.iter_mut().zip(&matrix) {
            *value = srgb(row.iter().zip(light).map(|(share, light)| share * light).sum());
        }
    }
}

/// Linear light, of which 1 is white; what is brighter than white in HDR becomes white slowly.
fn light(transfer: u16, value: f32) -> f32 {
    match transfer {
        PQ => shoulder(pq(value) / PQ_WHITE),
        HLG => shoulder(hlg(value) / HLG_WHITE),
        _ if value <= 0.040_45 => value / 12.92,
        _ => ((value + 0.055) / 1.055).powf(2.4),
    }
}

/// ITU-R BT.2100, table 4.
fn pq(value: f32) -> f32 {
    let root = value.powf(32.0 / 2523.0);
    ((root - 0.835_937_5).max(0.0) / (18.851_563 - 18.687_5 * root)).powf(16_384.0 / 2610.0)
}

/// ITU-R BT.2100, table 5, on a screen of 1,000 candela.
fn hlg(value: f32) -> f32 {
    let scene = if value <= 0.5 {
        value * value / 3.0
    } else {
        (((value - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0
    };
    scene.powf(1.2)
}

/// Straight up to four fifths of white.
fn shoulder(light: f32) -> f32 {
    const KNEE: f32 = 0.8;
    if light <= KNEE { light } else { 1.0 - (1.0 - KNEE) * (-(light - KNEE) / (1.0 - KNEE)).exp() }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn srgb(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (255.0 * value).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(pixel: [u8; 3], nclx: Nclx) -> [u8; 3] {
        let mut pixels = RgbImage::from_pixel(1, 1, image::Rgb(pixel));
        to_srgb(&mut pixels, nclx);
        pixels.get_pixel(0, 0).0
    }

    #[test]
    fn greys_stay_and_wide_colours_become_stronger() {
        for nclx in [(12, 13), (9, 13), (1, 13), (2, 2)] {
            for grey in [0, 50, 128, 255] {
                assert_eq!(converted([grey; 3], nclx), [grey; 3], "{nclx:?}");
            }
        }
        // Known pairs: the skin of a face in Display P3.
        let [r, g, b] = converted([200, 150, 130], (12, 13));
        assert!(r > 200 && g < 150 && b < 130, "{r} {g} {b}");
        assert_eq!(converted([200, 150, 130], (1, 13)), [200, 150, 130]);
    }

    #[test]
    fn white_paper_in_hdr_is_nearly_white() {
        // 203 candela: 58 % with PQ, 75 % with HLG (ITU-R BT.2408, table 1).
        for (value, transfer) in [(148, PQ), (191, HLG)] {
            let [r, ..] = converted([value; 3], (9, transfer));
            assert!((225..=250).contains(&r), "{transfer}: {r}");
            assert_eq!(converted([0; 3], (9, transfer)), [0; 3]);
            assert!(converted([255; 3], (9, transfer))[0] >= 252);
        }
    }
}
