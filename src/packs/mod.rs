//! Gets the files of model packs: downloads those that are known in full, or takes them from a folder. Both write under
//! a temporary name first, so that a file of the final name is whole.

mod error;
mod fetch;
mod part;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use error::PackFilesError;
pub use fetch::fetch;
use part::Part;

use crate::face::{Download, FaceEngine, FaceOptions, Pack, PackFile};

/// The files of a pack that must be downloaded because they are missing or damaged.
///
/// # Errors
/// If one of them is not known in full.
pub fn missing<'a>(pack: &'a Pack, models_folder: &Path) -> Result<Vec<Download<'a>>, PackFilesError> {
    let missing = pack.files().into_iter().filter(|file| pack.read_model(models_folder, *file).is_err());
    let (known, unknown): (Vec<_>, Vec<_>) = missing.partition(|file| file.download().is_some());
    if unknown.is_empty() {
        return Ok(known.iter().filter_map(PackFile::download).collect());
    }
    let files = unknown.iter().map(|file| file.name).collect::<Vec<_>>().join("`, `");
    Err(PackFilesError::NotKnown { pack: pack.name.clone(), files })
}

/// Copies a pack's files from `source` to `models_folder/PACK/`, if they are those of the pack and both networks run.
///
/// # Errors
/// If a file is missing or has another SHA-256, a network does not run, or a file cannot be written.
pub fn add(
    pack: &Pack,
    models_folder: &Path,
    source: &Path,
    options: FaceOptions,
) -> Result<(), PackFilesError> {
    let read = |file: PackFile| {
        if file.embedded {
            return pack.read_model(models_folder, file);
        }
        let bytes = file.read_from(source)?;
        file.check(&bytes).map(|()| bytes.into())
    };
    let [detector, recogniser] = pack.files().map(read);
    let (detector, recogniser) = (detector?, recogniser?);
    // Loading runs each network once and checks its outputs.
    FaceEngine::from_files(pack.clone(), &detector, &recogniser, options)?;
    for (file, bytes) in pack.files().iter().zip([detector, recogniser]) {
        if !file.embedded {
            let mut part = Part::open(&models_folder.join(&pack.name), file.name)?;
            part.restart()?;
            part.append(&bytes)?;
            part.finish()?;
        }
    }
    Ok(())
}
