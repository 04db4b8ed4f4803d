//! The contracts of a pack's two networks, as `models/packs.toml` states them.

use serde::Deserialize;

/// How a network's outputs become detections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Heat map, size, offset and landmarks at stride 4 (Xu et al., "CenterFace", 2019).
    CenterFace,
    /// Class, objectness, box and landmarks at strides 8, 16, 32 (Wu et al., "YuNet", 2023).
    YuNet,
    /// Score, side distances and landmarks at strides 8, 16, 32, two anchors a cell (Guo et al., "SCRFD", 2021).
    Scrfd,
}

/// Order of the colour channels that a network expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// The numbers a network expects for a pixel: `(pixel - mean) * scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Colour order.
    pub channels: Channels,
    /// Subtracted from values in `0..=255`.
    pub mean: f32,
    /// Then multiplied.
    pub scale: f32,
}

/// A detector file and its contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSpec {
    /// File name.
    pub file: String,
    /// Lower-case hexadecimal, where known.
    pub sha256: Option<String>,
    /// How its outputs are read.
    pub head: Head,
    channels: Channels,
    mean: f32,
    scale: f32,
    /// Width and height of its input are multiples of this.
    #[serde(default = "one")]
    pub multiple_of: u32,
    /// It takes only squares of this side.
    pub fixed_size: Option<u32>,
    /// Detections below this confidence are dropped.
    pub score_threshold: f32,
    /// A second look at each detection.
    pub verify: Option<VerifySpec>,
}

/// How detections are looked at again, at a size that suits them.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifySpec {
    /// Side of the square that is cut out, in longer sides of the detection's box.
    pub crop: f32,
    /// Side that the square is brought to, in pixels; a multiple of the detector's.
    pub size: u32,
    /// What is found there with less confidence is no face.
    pub score_threshold: f32,
}

/// Brightness and contrast that the inside of a face is brought to.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// Mean of all channels, in `0..=255`.
    pub mean: f32,
    /// Standard deviation of all channels.
    pub deviation: f32,
}

fn one() -> u32 {
    1
}

impl DetectorSpec {
    /// What its input holds.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        Normalisation { channels: self.channels, mean: self.mean, scale: self.scale }
    }
}

/// A recogniser file and its contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecogniserSpec {
    /// File name.
    pub file: String,
    /// Lower-case hexadecimal, where known.
    pub sha256: Option<String>,
    channels: Channels,
    mean: f32,
    scale: f32,
    pub(super) template: String,
    /// Side of its square input, in pixels.
    pub input_size: u32,
    /// Length of its vectors.
    pub dimensions: usize,
    /// What faces are brought to first.
    pub contrast: Option<Contrast>,
}

impl RecogniserSpec {
    /// What its input holds.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        Normalisation { channels: self.channels, mean: self.mean, scale: self.scale }
    }
}
