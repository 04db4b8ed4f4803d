//! Names of blobs. A key's text is the blob's path below the data folder; object storage could use it as it is.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::domain::{Digest, DriveMatchId, ImageFormat, PhotoId, SelfieId, UploadId};

/// Names one blob.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BlobKey {
    /// A photo as received, never changed.
    Original(PhotoId, ImageFormat),
    /// A JPEG of a photo that fills a screen.
    Preview(PhotoId),
    /// A JPEG of a photo that fits a grid.
    Thumbnail(PhotoId),
    /// The picture a user searches with, without metadata.
    Selfie(SelfieId),
    /// The copy of a picture that a Drive search found.
    Copy(DriveMatchId),
    /// A picture of Google Drive whose faces are not known yet.
    DriveDownload(DownloadName),
    /// A file that arrives in pieces, as far as it has come.
    Upload(UploadId),
}

impl BlobKey {
    /// All blobs that a photo may have, the original first.
    pub(in crate::store) fn of_photo(id: PhotoId, format: ImageFormat) -> [Self; 3] {
        [Self::Original(id, format), Self::Preview(id), Self::Thumbnail(id)]
    }
}

impl BlobKey {
    /// The number of the photo's file that it is of, or was made of.
    #[must_use]
    pub fn photo(&self) -> Option<PhotoId> {
        match self {
            Self::Original(id, _) | Self::Preview(id) | Self::Thumbnail(id) => Some(*id),
            _ => None,
        }
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (folder, id, suffix) = match self {
            Self::Original(id, format) => ("originals", id.as_i64(), format.extension()),
            Self::Preview(id) => ("derived", id.as_i64(), "preview.jpg"),
            Self::Thumbnail(id) => ("derived", id.as_i64(), "thumb.jpg"),
            Self::Selfie(id) => ("selfies", id.as_i64(), "jpg"),
            Self::Copy(id) => ("drive", id.as_i64(), "jpg"),
            Self::DriveDownload(name) => return write!(f, "drive/downloads/{}", name.0),
            Self::Upload(id) => return write!(f, "uploads/{id}.part"),
        };
        write!(f, "{folder}/{:02x}/{id}.{suffix}", id & 0xFF)
    }
}

impl FromStr for BlobKey {
    type Err = ();

    /// From the text that `Display` writes.
    fn from_str(name: &str) -> Result<Self, ()> {
        let (folder, _) = name.split_once('/').ok_or(())?;
        let (_, file) = name.rsplit_once('/').ok_or(())?;
        let (stem, suffix) = file.split_once('.').unwrap_or((file, ""));
        let key = match (folder, suffix) {
            ("originals", _) => Self::Original(id(stem)?, suffix.parse()?),
            ("derived", "preview.jpg") => Self::Preview(id(stem)?),
            ("derived", "thumb.jpg") => Self::Thumbnail(id(stem)?),
            ("selfies", "jpg") => Self::Selfie(id(stem)?),
            ("drive", "jpg") => Self::Copy(id(stem)?),
            ("drive", "") => Self::DriveDownload(DownloadName(stem.to_owned())),
            ("uploads", "part") => Self::Upload(id(stem)?),
            _ => return Err(()),
        };
        // Not a file in another shard's folder, nor `007.jpg`.
        if key.to_string() == name { Ok(key) } else { Err(()) }
    }
}

fn id<T: FromStr>(text: &str) -> Result<T, ()> {
    text.parse().map_err(|_| ())
}

/// Name of a Drive download: a hash of the picture's folder, id and version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DownloadName(String);

impl DownloadName {
    /// For this version of the picture `file_id` of a folder.
    #[must_use]
    pub fn new(folder_id: &str, file_id: &str, version: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [folder_id, file_id, version] {
            hash.update(part);
            hash.update([0]);
        }
        Self(Digest(hash.finalize().into()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let photo = PhotoId::from_i64(0x1FF).unwrap();
        let download = DownloadName::new("folder", "file", "1");
        let names = [
            (BlobKey::Original(photo, ImageFormat::Png), "originals/ff/511.png".to_owned()),
            (BlobKey::Preview(photo), "derived/ff/511.preview.jpg".to_owned()),
            (BlobKey::Thumbnail(photo), "derived/ff/511.thumb.jpg".to_owned()),
            (BlobKey::Selfie(SelfieId::from_i64(1).unwrap()), "selfies/01/1.jpg".to_owned()),
            (BlobKey::Copy(DriveMatchId::from_i64(2).unwrap()), "drive/02/2.jpg".to_owned()),
            (BlobKey::DriveDownload(download.clone()), format!("drive/downloads/{}", download.0)),
            (BlobKey::Upload(UploadId::from_i64(3).unwrap()), "uploads/3.part".to_owned()),
        ];
        for (key, name) in names {
            assert_eq!(key.to_string(), name);
            assert_eq!(name.parse(), Ok(key));
        }
        for wrong in ["", "originals", "originals/00/511.jpg", "originals/ff/511.tif", "selfies/01/01.jpg"]
            .into_iter()
            .chain([
                "drive/downloads",
                "drive/downloads/..",
                "uploads/3",
                "uploads/x/3.part",
                "incoming/3.part",
            ])
        {
            assert_eq!(wrong.parse::<BlobKey>(), Err(()), "{wrong}");
        }
    }
}
