//! The labels of a folder: `truth.json` and `selfies/NAME_N.*`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;

use crate::domain::FaceBox;

#[derive(Deserialize)]
pub(super) struct Truth {
    /// The photos each guest is in.
    pub(super) guests: BTreeMap<String, HashSet<String>>,
    /// The faces of each photo.
    #[serde(default)]
    pub(super) photos: HashMap<String, PhotoTruth>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum PhotoTruth {
    Count(usize),
    Faces(Vec<FaceTruth>),
}

#[derive(Deserialize)]
pub(super) struct FaceTruth {
    /// x, y, width, height of a square around the face.
    #[serde(rename = "box")]
    square: [f32; 4],
    person: Option<String>,
}

impl FaceTruth {
    /// Whether a detected face is this one.
    pub(super) fn is(&self, detected: &FaceBox) -> bool {
        let ([x, y, w, h], centre) = (self.square, detected.centre());
        (x..x + w).contains(&centre.x) && (y..y + h).contains(&centre.y)
    }
}

impl Truth {
    pub(super) fn read(dir: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(dir.join("truth.json"))
            .with_context(|| format!("cannot read `truth.json` in `{}`", dir.display()))?;
        serde_json::from_str(&text).context("`truth.json` has an unexpected format")
    }

    /// The person whose face this is.
    pub(super) fn person_of(&self, file_name: &str, face: &FaceBox) -> Option<&str> {
        let Some(PhotoTruth::Faces(faces)) = self.photos.get(file_name) else { return None };
        faces.iter().find(|labelled| labelled.is(face))?.person.as_deref()
    }

    /// The same, if it is a guest.
    pub(super) fn guest_of(&self, file_name: &str, face: &FaceBox) -> Option<&str> {
        self.person_of(file_name, face).filter(|person| self.guests.contains_key(*person))
    }
}

/// A guest's selfies, in order.
pub(super) fn selfies(dir: &Path, guest: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = dir.join("selfies");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("cannot list `{}`", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    let is_of_guest = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        stem.rsplit_once('_').is_some_and(|(name, _)| name == guest)
    };
    let mut paths: Vec<PathBuf> = paths.into_iter().filter(is_of_guest).collect();
    paths.sort();
    Ok(paths)
}
