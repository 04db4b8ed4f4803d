//! The contracts of a pack's two networks, as in `models/packs.toml`.

use serde::Deserialize;

use super::file::Source;

/// How detections are decoded from a detector's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Heat map, size, offset and landmarks at stride 4 (Xu et al., "CenterFace", 2019).
    CenterFace,
    /// Class, objectness, box and landmarks at strides 8, 16, 32 (Wu et al., "YuNet", 2023).
    YuNet,
    /// Score, side distances and landmarks at strides 8, 16, 32, two anchors per cell (Guo et al., "SCRFD", 2021).
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

/// A network's input for a pixel: `(pixel - mean) * scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalisation {
    /// Colour order.
    pub channels: Channels,
    /// Mean of values in `0..=255`.
    pub mean: f32,
    /// Scale.
    pub scale: f32,
}

/// A detector's file and contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorSpec {
    /// File name.
    pub file: String,
    /// In lower-case hexadecimal, if known.
    pub sha256: Option<String>,
    /// Whether the file is in the executable, when the pack's other one is not.
    #[serde(default)]
    pub(super) embedded: bool,
    pub(super) source: Option<Source>,
    /// Decodes its outputs.
    pub head: Head,
    channels: Channels,
    mean: f32,
    scale: f32,
    /// Width and height of its input must be multiples of this.
    #[serde(default = "one")]
    pub multiple_of: u32,
    /// If set, its input must be a square of this side.
    pub fixed_size: Option<u32>,
    /// Detections below this confidence are dropped.
    pub score_threshold: f32,
    /// The second look at each candidate, if any.
    pub verify: Option<VerifySpec>,
}

/// Parameters of the second look.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifySpec {
    /// Side of the crop, as a multiple of the longer side of the candidate's box.
    pub crop: f32,
    /// Side that the crop is scaled to, in pixels; a multiple of the detector's `multiple_of`.
    pub size: u32,
    /// Candidates found again with a lower confidence are dropped.
    pub score_threshold: f32,
}

/// Brightness and contrast that the face region is adjusted to.
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
    /// Normalisation of its input.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        Normalisation { channels: self.channels, mean: self.mean, scale: self.scale }
    }
}

/// A recogniser's file and contract.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecogniserSpec {
    /// File name.
    pub file: String,
    /// In lower-case hexadecimal, if known.
    pub sha256: Option<String>,
    /// Whether the file is in the executable, when the pack's other one is not.
    #[serde(default)]
    pub(super) embedded: bool,
    pub(super) source: Option<Source>,
    channels: Channels,
    mean: f32,
    scale: f32,
    pub(super) template: String,
    /// Side of its square input, in pixels.
    pub input_size: u32,
    /// Length of its embeddings.
    pub dimensions: usize,
    /// Contrast that faces are adjusted to first, if any.
    pub contrast: Option<Contrast>,
}

impl RecogniserSpec {
    /// Normalisation of its input.
    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        Normalisation { channels: self.channels, mean: self.mean, scale: self.scale }
    }
}
