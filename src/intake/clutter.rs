//! What is in folders beside photos: deleted files, thumbnails that devices make, files of operating systems. Names as
//! in the file systems and manuals of those who write them; case does not matter.

/// Folders whose contents nobody means.
const FOLDERS: [&str; 19] = [
    // Deleted or rescued files: Windows, NAS (Synology, QNAP), Linux.
    "$RECYCLE.BIN",
    "RECYCLER",
    "RECYCLED",
    "#recycle",
    "@Recycle",
    "LOST.DIR",
    "lost+found",
    "FOUND.000",
    // Older versions and thumbnails on a NAS.
    "#snapshot",
    "@Recently-Snapshot",
    "@eaDir",
    "@__thumb",
    // Thumbnails on memory cards: Sony, Panasonic, DJI.
    "THMBNL",
    "AVCHDTN",
    "THM",
    // Of operating systems and archives.
    "System Volume Information",
    "__MACOSX",
    "Thumbnails.lrdata",
    "Previews.lrdata",
];
const FILES: [&str; 4] = ["Thumbs.db", "ehthumbs.db", "desktop.ini", "autorun.inf"];
/// Of files: thumbnails on a NAS.
const BEGINNINGS: [&str; 2] = ["SYNOPHOTO_THUMB_", "SYNOFILE_THUMB_"];
/// Of files: thumbnails and small copies of videos, what players show (GoPro, DJI, Canon).
const ENDINGS: [&str; 4] = [".thm", ".lrv", ".scr", ".ctg"];

/// Whether nobody means the contents of a folder of this name.
pub(super) fn is_clutter_folder(name: &str) -> bool {
    let is_of_catalog = |own: &&str| own.ends_with(".lrdata") && ends_with(name, own);
    is_hidden(name) || FOLDERS.iter().any(|own| own.eq_ignore_ascii_case(name) || is_of_catalog(&own))
}

/// Whether a file of this name is not meant when its folder is.
pub(super) fn is_clutter_file(name: &str) -> bool {
    is_hidden(name)
        || FILES.iter().any(|own| own.eq_ignore_ascii_case(name))
        || BEGINNINGS
            .iter()
            .any(|own| name.get(..own.len()).is_some_and(|head| head.eq_ignore_ascii_case(own)))
        || ENDINGS.iter().any(|own| ends_with(name, own))
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.and_then(|start| name.get(start..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
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
            assert!(is_clutter_folder(folder), "{folder}");
        }
        for folder in ["DCIM", "100CANON", "PRIVATE", "M4ROOT", "Recycled paper", "été", ""] {
            assert!(!is_clutter_folder(folder), "{folder}");
        }
        for file in ["._IMG_1.JPG", "thumbs.db", "SYNOPHOTO_THUMB_XL.jpg", "MVI_1.THM", "GL010001.LRV"] {
            assert!(is_clutter_file(file), "{file}");
        }
        for file in ["IMG_1.JPG", "THUMB.jpg", "été.jpg", "thm", "日本.jpg"] {
            assert!(!is_clutter_file(file), "{file}");
        }
    }
}
