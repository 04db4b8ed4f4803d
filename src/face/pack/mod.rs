//! Model packs: a detector and a recogniser that belong together, their contract, and their files. The embedded list,
//! `models/packs.toml`, explains every key.

mod spec;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, Point};

pub use spec::{Channels, Contrast, DetectorSpec, Head, Normalisation, RecogniserSpec, VerifySpec};

/// Name of the pack whose files are in the executable.
pub const DEFAULT_PACK: &str = "default";

#[derive(RustEmbed)]
#[folder = "models/"]
#[include = "*.onnx"]
#[include = "packs.toml"]
struct Embedded;

/// Why a pack cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The list of packs is invalid.
    #[error("the list of model packs is invalid")]
    List(#[source] toml::de::Error),
    /// The user's own list of packs cannot be read.
    #[error("cannot read the list of model packs `{path}`")]
    ListFile {
        /// Configured path.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// No such pack.
    #[error("there is no model pack `{name}`\nhint: known packs are {known}")]
    Unknown {
        /// Requested name.
        name: String,
        /// Names of the known packs.
        known: String,
    },
    /// A pack names an unknown alignment template.
    #[error("model pack `{pack}` names the unknown alignment template `{template}`")]
    UnknownTemplate {
        /// Name of the pack.
        pack: String,
        /// Name of the template.
        template: String,
    },
    /// A parameter is out of range.
    #[error("model pack `{pack}`: {reason}")]
    Contract {
        /// Name of the pack.
        pack: String,
        /// Key and valid range.
        reason: &'static str,
    },
    /// The pack's licence must be accepted first.
    #[error(
        "model pack `{pack}` may not be used commercially (licence: {licence})\n\
         hint: give `--accept-license` if you only use it as its licence allows"
    )]
    LicenceNotAccepted {
        /// Name of the pack.
        pack: String,
        /// Its licence.
        licence: String,
    },
    /// A file cannot be read.
    #[error("cannot read the model `{path}`\nhint: put the file there, or choose the pack `{DEFAULT_PACK}`")]
    File {
        /// Expected path.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A file is damaged, or not the one that the pack describes.
    #[error("the model `{file}` has SHA-256 {found}, expected {expected}")]
    Checksum {
        /// File name.
        file: String,
        /// Checksum of the file.
        found: Digest,
        /// Checksum in the pack.
        expected: String,
    },
}

/// A detector and a recogniser that belong together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Selects the pack in the configuration.
    pub name: String,
    /// One line of description.
    pub summary: String,
    /// Licences of its files.
    pub licence: String,
    /// Whether the licences allow commercial use.
    pub commercial_use: bool,
    /// Whether its files are in the executable.
    pub embedded: bool,
    /// Least cosine similarity at which two faces count as the same person.
    pub match_threshold: f32,
    /// Finds faces and their landmarks.
    pub detector: DetectorSpec,
    /// Computes embeddings.
    pub recogniser: RecogniserSpec,
    /// Positions of the five landmarks in the recogniser's input, in pixels.
    #[serde(skip)]
    pub template: [Point; 5],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    template: BTreeMap<String, Template>,
    pack: Vec<Pack>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    points: [[f32; 2]; 5],
}

/// The packs in the executable, then those of the user's own list; a later pack replaces an earlier one of its name.
///
/// # Panics
/// When the list is not embedded.
pub fn list_packs(own_list: Option<&Path>) -> Result<Vec<Pack>, PackError> {
    let file = Embedded::get("packs.toml").expect("packs.toml is embedded at build time");
    let mut texts = vec![String::from_utf8_lossy(&file.data).into_owned()];
    if let Some(path) = own_list {
        let read = std::fs::read_to_string(path);
        texts.push(read.map_err(|source| PackError::ListFile { path: path.to_owned(), source })?);
    }
    let mut templates = BTreeMap::new();
    let mut packs: Vec<Pack> = Vec::new();
    for text in texts {
        let list: List = toml::from_str(&text).map_err(PackError::List)?;
        templates.extend(list.template);
        for mut pack in list.pack {
            let name = &pack.recogniser.template;
            let template: &Template = templates.get(name).ok_or_else(|| PackError::UnknownTemplate {
                pack: pack.name.clone(),
                template: name.clone(),
            })?;
            pack.template = template.points.map(|[x, y]| Point { x, y });
            pack.check()?;
            packs.retain(|known| known.name != pack.name);
            packs.push(pack);
        }
    }
    Ok(packs)
}

/// The pack of that name.
pub fn find_pack(packs: Vec<Pack>, name: &str, accept_licence: bool) -> Result<Pack, PackError> {
    let known = packs.iter().map(|pack| format!("`{}`", pack.name)).collect::<Vec<_>>().join(", ");
    let found = packs.into_iter().find(|pack| pack.name == name);
    let pack = found.ok_or_else(|| PackError::Unknown { name: name.to_owned(), known })?;
    if !pack.commercial_use && !accept_licence {
        return Err(PackError::LicenceNotAccepted { pack: pack.name, licence: pack.licence });
    }
    Ok(pack)
}

impl Pack {
    fn check(&self) -> Result<(), PackError> {
        let (detector, recogniser) = (&self.detector, &self.recogniser);
        let sizes = [detector.fixed_size, detector.verify.map(|verify| verify.size)];
        let reason = if detector.multiple_of == 0 {
            "`multiple_of` is 0"
        } else if sizes.iter().flatten().any(|size| *size == 0 || size % detector.multiple_of != 0) {
            "`fixed_size` and `verify.size` must be multiples of `multiple_of`"
        } else if !(32..=1024).contains(&recogniser.input_size) {
            "`input_size` must be 32 to 1024"
        } else if recogniser.dimensions == 0 {
            "`dimensions` is 0"
        } else {
            return Ok(());
        };
        Err(PackError::Contract { pack: self.name.clone(), reason })
    }

    /// Reads one of the pack's files, and checks its SHA-256 if the pack states it. Files that are not embedded are at
    /// `folder/PACK/FILE`.
    pub fn read_model(&self, folder: &Path, file: &str) -> Result<Cow<'static, [u8]>, PackError> {
        let bytes = self.read_unchecked(folder, file)?;
        let expected =
            [(&self.detector.file, &self.detector.sha256), (&self.recogniser.file, &self.recogniser.sha256)]
                .into_iter()
                .find_map(|(name, sha256)| sha256.as_ref().filter(|_| name == file));
        let found = Digest(Sha256::digest(&bytes).into());
        match expected {
            Some(expected) if *expected != found.to_string() => {
                Err(PackError::Checksum { file: file.to_owned(), found, expected: expected.clone() })
            }
            _ => Ok(bytes),
        }
    }

    fn read_unchecked(&self, folder: &Path, file: &str) -> Result<Cow<'static, [u8]>, PackError> {
        if self.embedded
            && let Some(embedded) = Embedded::get(file)
        {
            return Ok(embedded.data);
        }
        let path = folder.join(&self.name).join(file);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Cow::Owned(bytes)),
            Err(source) => Err(PackError::File { path, source }),
        }
    }

    /// Identifies the embeddings of this pack: SHA-256 over the checksums of both files and all parameters that affect
    /// the recogniser's input. Packs that differ only in name have the same fingerprint.
    pub fn fingerprint(&self, folder: &Path) -> Result<Digest, PackError> {
        let mut hash = Sha256::new();
        for file in [&self.detector.file, &self.recogniser.file] {
            hash.update(Sha256::digest(&self.read_model(folder, file)?));
        }
        let Normalisation { channels, mean, scale } = self.recogniser.normalisation();
        let contrast =
            self.recogniser.contrast.map_or([0.0; 2], |contrast| [contrast.mean, contrast.deviation]);
        let template = self.template.iter().flat_map(|point| [point.x, point.y]);
        for number in [mean, scale].into_iter().chain(contrast).chain(template) {
            hash.update(number.to_le_bytes());
        }
        hash.update(self.recogniser.input_size.to_le_bytes());
        hash.update([u8::from(channels == Channels::Bgr)]);
        Ok(Digest(hash.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_list_is_valid_and_the_default_pack_verifies() {
        let pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
        assert!(pack.commercial_use && pack.embedded);
        pack.fingerprint(Path::new("nowhere")).unwrap();
    }

    #[test]
    fn a_non_commercial_pack_needs_its_licence_accepted() {
        let packs = list_packs(None).unwrap();
        let rejected = find_pack(packs.clone(), "buffalo_l", false);
        assert!(matches!(rejected, Err(PackError::LicenceNotAccepted { .. })));
        assert!(find_pack(packs, "buffalo_l", true).is_ok());
    }

    #[test]
    fn a_file_with_another_checksum_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let mut pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
        pack.embedded = false;
        let missing = pack.read_model(folder.path(), "centerface.onnx");
        assert!(matches!(missing, Err(PackError::File { .. })));
        std::fs::create_dir(folder.path().join("default")).unwrap();
        let path = folder.path().join("default/centerface.onnx");
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), b"other").unwrap();
        let wrong = pack.read_model(folder.path(), "centerface.onnx");
        assert!(matches!(wrong, Err(PackError::Checksum { .. })));
    }
}
