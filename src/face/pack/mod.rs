//! Model packs: a detector and a recogniser that belong together, their contract, and their files. The embedded list,
//! `models/packs.toml`, explains every key.

mod error;
mod file;
mod spec;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, Point};

pub use error::PackError;
pub use file::{Download, PackFile, Source};
pub use spec::{Channels, Contrast, DetectorSpec, Head, Normalisation, RecogniserSpec, VerifySpec};

/// Name of the pack whose files are in the executable.
pub const DEFAULT_PACK: &str = "default";

#[derive(RustEmbed)]
#[folder = "models/"]
#[include = "*.onnx"]
#[include = "packs.toml"]
struct Embedded;

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
    /// What the person who downloads its files must know and accept: terms, and what is known of the training data.
    #[serde(default)]
    pub terms: String,
    /// Whether the licences allow commercial use.
    pub commercial_use: bool,
    /// Whether both files are in the executable.
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
        } else if !file::is_plain_name(&self.name) {
            "`name` must be usable as the name of a folder"
        } else if let Some(reason) = self.files().iter().find_map(PackFile::mistake) {
            reason
        } else {
            return Ok(());
        };
        Err(PackError::Contract { pack: self.name.clone(), reason })
    }

    /// The detector's and the recogniser's file.
    #[must_use]
    pub fn files(&self) -> [PackFile<'_>; 2] {
        let (detector, recogniser) = (&self.detector, &self.recogniser);
        [
            PackFile {
                name: &detector.file,
                sha256: detector.sha256.as_deref(),
                source: detector.source.as_ref(),
                embedded: self.embedded || detector.embedded,
            },
            PackFile {
                name: &recogniser.file,
                sha256: recogniser.sha256.as_deref(),
                source: recogniser.source.as_ref(),
                embedded: self.embedded || recogniser.embedded,
            },
        ]
    }

    /// Reads one of the pack's files, and checks its SHA-256 if the pack states it. Files that are not embedded are at
    /// `folder/PACK/FILE`.
    pub fn read_model(&self, folder: &Path, file: PackFile) -> Result<Cow<'static, [u8]>, PackError> {
        let bytes = match Embedded::get(file.name).filter(|_| file.embedded) {
            Some(embedded) => embedded.data,
            None => Cow::Owned(file.read_from(&folder.join(&self.name))?),
        };
        file.check(&bytes)?;
        Ok(bytes)
    }

    /// Identifies the embeddings of this pack, by its files.
    pub fn read_fingerprint(&self, folder: &Path) -> Result<Digest, PackError> {
        let [detector, recogniser] = self.files().map(|file| self.read_model(folder, file));
        Ok(self.fingerprint(&detector?, &recogniser?))
    }

    /// Identifies the embeddings of this pack: SHA-256 over the checksums of both files and all parameters that affect
    /// the recogniser's input. Packs that differ only in name have the same fingerprint.
    pub(super) fn fingerprint(&self, detector: &[u8], recogniser: &[u8]) -> Digest {
        let mut hash = Sha256::new();
        for file in [detector, recogniser] {
            hash.update(Sha256::digest(file));
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
        Digest(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_list_is_valid_and_the_default_pack_verifies() {
        let pack = find_pack(list_packs(None).unwrap(), DEFAULT_PACK, false).unwrap();
        assert!(pack.commercial_use && pack.embedded);
        for file in pack.files() {
            pack.read_model(Path::new("nowhere"), file).unwrap();
        }
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
        let [detector, _] = pack.files();
        let missing = pack.read_model(folder.path(), detector);
        assert!(matches!(missing, Err(PackError::File { .. })));
        std::fs::create_dir(folder.path().join("default")).unwrap();
        let path = folder.path().join("default/centerface.onnx");
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), b"other").unwrap();
        let wrong = pack.read_model(folder.path(), detector);
        assert!(matches!(wrong, Err(PackError::Checksum { .. })));
    }
}
