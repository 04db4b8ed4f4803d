//! Configuration of face recognition and of intake.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Check, ConfigError};
use crate::face::{DEFAULT_PACK, FaceOptions};
use crate::imaging::DecodeLimits;

/// Face detection and recognition.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Face {
    /// Name of the model pack.
    pub pack: String,
    /// Whether a pack whose licence forbids commercial use may be used.
    pub accept_license: bool,
    /// A list of additional packs, in the format of `models/packs.toml`.
    pub packs_file: Option<PathBuf>,
    /// Folder with one subfolder per pack that is not embedded; unset: `models` in the data folder.
    pub models_folder: Option<PathBuf>,
    /// Long side of the picture that faces are detected in, in pixels.
    pub detector_long_side: u32,
    /// Minimum confidence of a detection; unset: the pack's.
    pub detector_threshold: Option<f32>,
    /// Minimum cosine similarity of a match; unset: the pack's.
    pub match_threshold: Option<f32>,
    /// Memory for the faces of the events searched last, in mebibytes.
    pub memory_mb: u32,
}

impl Default for Face {
    fn default() -> Self {
        Self {
            pack: DEFAULT_PACK.to_owned(),
            accept_license: false,
            packs_file: None,
            models_folder: None,
            detector_long_side: 1024,
            detector_threshold: None,
            match_threshold: None,
            memory_mb: 256,
        }
    }
}

impl Face {
    /// Options of the pack's detector.
    #[must_use]
    pub fn options(&self) -> FaceOptions {
        FaceOptions { detector_long_side: self.detector_long_side, score_threshold: self.detector_threshold }
    }

    /// Memory for the faces of the events searched last, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        (self.memory_mb as usize) << 20
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { detector_long_side: side, detector_threshold, match_threshold, memory_mb, .. } = self;
        let share = |value: &Option<f32>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        let shown = |value: &Option<f32>| value.map_or_else(String::new, |value| value.to_string());
        check((64..=8192).contains(side), "face.detector_long_side", side, "64 to 8192")?;
        check((0..=65_536).contains(memory_mb), "face.memory_mb", memory_mb, "0 to 65536")?;
        check(share(detector_threshold), "face.detector_threshold", &shown(detector_threshold), "0 to 1")?;
        check(share(match_threshold), "face.match_threshold", &shown(match_threshold), "0 to 1")
    }
}

/// Intake of photos.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    /// Parallel indexing jobs; 0: one per core.
    pub workers: usize,
    /// Whether a server indexes photos and searches Drive folders too, or leaves both to `fotota work`.
    pub work: bool,
    /// Minimum long side of the working picture, in pixels: large photos are decoded at half, a quarter or an eighth of
    /// their size.
    pub working_long_side: u32,
    /// Maximum file size in megabytes (millions of bytes).
    pub max_file_mb: u64,
    /// Maximum picture size in megapixels.
    pub max_megapixels: u64,
    /// Whether admins may choose hot folders in the studio.
    pub studio_folders: bool,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            workers: 0,
            work: true,
            working_long_side: 2048,
            max_file_mb: 200,
            max_megapixels: 400,
            studio_folders: true,
        }
    }
}

impl Intake {
    /// Number of workers to start.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            count => count,
        }
    }

    /// Maximum file size in bytes.
    #[must_use]
    pub fn max_file_bytes(&self) -> u64 {
        self.max_file_mb.saturating_mul(1_000_000)
    }

    /// Limits for decoding.
    #[must_use]
    pub fn decode_limits(&self) -> DecodeLimits {
        DecodeLimits { max_pixels: self.max_megapixels.saturating_mul(1_000_000) }
    }

    pub(super) fn check(&self, check: &Check) -> Result<(), ConfigError> {
        let Self { max_file_mb, max_megapixels, working_long_side: side, .. } = self;
        check((512..=65535).contains(side), "intake.working_long_side", side, "512 to 65535")?;
        check(*max_file_mb > 0, "intake.max_file_mb", max_file_mb, "at least 1")?;
        check(*max_megapixels > 0, "intake.max_megapixels", max_megapixels, "at least 1")
    }
}
