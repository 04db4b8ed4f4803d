//! What is in folders beside photos: deleted files, thumbnails that devices make, files of operating systems. Named as
//! by the systems and devices that write them; case does not matter.

/// Names in lower case.
#[derive(Debug, serde::Serialize)]
pub struct Clutter {
    folders: &'static [&'static str],
    files: &'static [&'static str],
    /// Of files.
    beginnings: &'static [&'static str],
    /// Of files.
    endings: &'static [&'static str],
}

/// What nobody means, beside all that is hidden. The studio's page leaves out the same.
pub static CLUTTER: Clutter = Clutter {
    folders: &[
        // Deleted or rescued files: Windows, NAS (Synology, QNAP), Linux.
        "$recycle.bin",
        "recycler",
        "recycled",
        "#recycle",
        "@recycle",
        "lost.dir",
        "lost+found",
        "found.000",
        // Older versions and thumbnails on a NAS.
        "#snapshot",
        "@recently-snapshot",
        "@eadir",
        "@__thumb",
        // Thumbnails on memory cards: Sony, Panasonic, DJI.
        "thmbnl",
        "avchdtn",
        "thm",
        // Of operating systems and archives.
        "system volume information",
        "__macosx",
    ],
    files: &["thumbs.db", "ehthumbs.db", "desktop.ini", "autorun.inf"],
    // Thumbnails on a NAS (Synology).
    beginnings: &["synophoto_thumb_", "synofile_thumb_"],
    // Thumbnails and small copies of videos, what players show (GoPro, DJI, Canon).
    endings: &[".thm", ".lrv", ".scr", ".ctg"],
};
/// Of folders: what Lightroom keeps beside a catalog.
const CATALOG: &str = ".lrdata";

impl Clutter {
    /// Whether nobody means the contents of a folder of this name.
    pub(super) fn has_folder(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        name.starts_with('.') || self.folders.contains(&name.as_str()) || name.ends_with(CATALOG)
    }

    /// Whether a file of this name is not meant when its folder is.
    pub(super) fn has_file(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        name.starts_with('.')
            || self.files.contains(&name.as_str())
            || self.beginnings.iter().any(|own| name.starts_with(own))
            || self.endings.iter().any(|own| name.ends_with(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cards_drives_and_catalogs() {
        for folder in [
            "$Recycle.Bin",
            "@eaDir",
            "#recycle",
            ".Trashes",
            ".@__thumb",
            "THMBNL",
            "Wedding Previews.lrdata",
        ] {
            assert!(CLUTTER.has_folder(folder), "{folder}");
        }
        for folder in ["DCIM", "100CANON", "PRIVATE", "M4ROOT", "Recycled paper", "été", ""] {
            assert!(!CLUTTER.has_folder(folder), "{folder}");
        }
        for file in ["._IMG_1.JPG", "thumbs.db", "SYNOPHOTO_THUMB_XL.jpg", "MVI_1.THM", "GL010001.LRV"] {
            assert!(CLUTTER.has_file(file), "{file}");
        }
        for file in ["IMG_1.JPG", "THUMB.jpg", "été.jpg", "thm", "日本.jpg"] {
            assert!(!CLUTTER.has_file(file), "{file}");
        }
    }
}
