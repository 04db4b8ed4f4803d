//! The configuration: defaults, overlaid by a TOML file, overlaid by the command line. `config.example.toml` explains
//! every key; an unknown key is an error that names it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::face::{DEFAULT_PACK, FaceOptions};
use crate::imaging::DecodeLimits;
use crate::store::Durability;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read the configuration `{path}`")]
    Read {
        /// As given.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Not TOML, or a key or value that is not known.
    #[error("the configuration `{path}` is invalid")]
    Parse {
        /// As given.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// A number out of its range.
    #[error("the configuration key `{key}` is {value}, expected {expected}")]
    Range {
        /// Section and key.
        key: &'static str,
        /// As given.
        value: String,
        /// What would do.
        expected: &'static str,
    },
}

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Guests' web server.
    pub server: Server,
    /// Finding and recognising faces.
    pub face: Face,
    /// Taking photos in.
    pub intake: Intake,
    /// Keeping them.
    pub storage: Storage,
    /// Guests' data.
    pub privacy: Privacy,
}

/// Guests' web server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    /// How guests reach it, for links and QR codes; unset: `http://` and the address in the local network.
    pub public_url: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self { bind: SocketAddr::from(([0, 0, 0, 0], 8080)), public_url: None }
    }
}

/// Finding and recognising faces.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Face {
    /// Name of the model pack.
    pub pack: String,
    /// Whether the licence of a pack that is not for commercial use is accepted.
    pub accept_license: bool,
    /// A list of further packs, in the format of `models/packs.toml`.
    pub packs_file: Option<PathBuf>,
    /// Folder with the files of packs that are not embedded, each in a folder of its name; unset: `models` in the data
    /// folder.
    pub models_folder: Option<PathBuf>,
    /// Photos are reduced to this long side before faces are looked for, in pixels.
    pub detector_long_side: u32,
    /// Least confidence of a detection; unset: the pack's.
    pub detector_threshold: Option<f32>,
    /// Least cosine similarity of a match; unset: the pack's.
    pub match_threshold: Option<f32>,
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
        }
    }
}

impl Face {
    /// What it changes about the pack's detector.
    #[must_use]
    pub fn options(&self) -> FaceOptions {
        FaceOptions { detector_long_side: self.detector_long_side, score_threshold: self.detector_threshold }
    }
}

/// Taking photos in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Intake {
    /// Photos worked on at once; 0: one for each core.
    pub workers: usize,
    /// Photos are decoded at half, a quarter or an eighth of their size where that leaves this many pixels on the long
    /// side; faces are found and cut out in that.
    pub working_long_side: u32,
    /// Larger files are refused, in millions of bytes.
    pub max_file_mb: u64,
    /// Larger pictures are refused, in millions of pixels.
    pub max_megapixels: u64,
}

impl Default for Intake {
    fn default() -> Self {
        Self { workers: 0, working_long_side: 2048, max_file_mb: 200, max_megapixels: 120 }
    }
}

impl Intake {
    /// Workers to start.
    #[must_use]
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            count => count,
        }
    }

    /// What a file may weigh.
    #[must_use]
    pub fn max_file_bytes(&self) -> u64 {
        self.max_file_mb.saturating_mul(1_000_000)
    }

    /// What a picture may cost.
    #[must_use]
    pub fn decode_limits(&self) -> DecodeLimits {
        DecodeLimits { max_pixels: self.max_megapixels.saturating_mul(1_000_000) }
    }
}

/// Keeping photos.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Storage {
    /// How hard commits are pressed onto the disk.
    pub durability: Durability,
}

/// Guests' data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// After so many hours a guest's session is forgotten.
    pub guest_session_hours: u32,
}

impl Default for Privacy {
    fn default() -> Self {
        Self { guest_session_hours: 24 }
    }
}

impl Privacy {
    /// How long a guest's session lasts.
    #[must_use]
    pub fn guest_session(&self) -> Duration {
        Duration::from_secs(u64::from(self.guest_session_hours) * 3600)
    }
}

impl Config {
    /// Reads a configuration file; what it does not name keeps its default.
    ///
    /// # Errors
    /// When it cannot be read, has an unknown key, or a value out of range.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self =
            toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let range = |valid: bool, key, value: String, expected| {
            if valid { Ok(()) } else { Err(ConfigError::Range { key, value, expected }) }
        };
        let Face { detector_long_side: side, detector_threshold, match_threshold, .. } = &self.face;
        let share = |value: &Option<f32>| value.is_none_or(|value| (0.0..=1.0).contains(&value));
        let shown = |value: &Option<f32>| value.map_or_else(String::new, |value| value.to_string());
        range((64..=8192).contains(side), "face.detector_long_side", side.to_string(), "64 to 8192")?;
        range(share(detector_threshold), "face.detector_threshold", shown(detector_threshold), "0 to 1")?;
        range(share(match_threshold), "face.match_threshold", shown(match_threshold), "0 to 1")?;
        let Intake { max_file_mb, max_megapixels, working_long_side: side, .. } = self.intake;
        range((512..=65535).contains(&side), "intake.working_long_side", side.to_string(), "512 to 65535")?;
        range(max_file_mb > 0, "intake.max_file_mb", max_file_mb.to_string(), "at least 1")?;
        range(max_megapixels > 0, "intake.max_megapixels", max_megapixels.to_string(), "at least 1")?;
        let hours = self.privacy.guest_session_hours;
        range((1..=24).contains(&hours), "privacy.guest_session_hours", hours.to_string(), "1 to 24")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_default_and_names_every_key() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
        assert_eq!(Config::load(&path).unwrap(), Config::default());
        // Keys without a default stand there as comments: uncommented, they must be known.
        let text = std::fs::read_to_string(path).unwrap();
        let all: String =
            text.lines().map(|line| line.strip_prefix("#! ").unwrap_or(line).to_owned() + "\n").collect();
        let config: Config = toml::from_str(&all).unwrap();
        assert!(config.server.public_url.is_some());
        assert!(config.face.packs_file.is_some() && config.face.models_folder.is_some());
        assert!(config.face.detector_threshold.is_some() && config.face.match_threshold.is_some());
    }

    #[test]
    fn unknown_keys_and_wild_values_are_named() {
        let error = toml::from_str::<Config>("[intake]\nworker = 3\n").unwrap_err().to_string();
        assert!(error.contains("worker"), "{error}");
        let config: Config = toml::from_str("[face]\nmatch_threshold = 7.0\n").unwrap();
        let error = config.check().unwrap_err().to_string();
        assert_eq!(error, "the configuration key `face.match_threshold` is 7, expected 0 to 1");
    }
}
