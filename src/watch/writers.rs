//! Which files a program of this computer has open for writing. Linux tells; elsewhere nobody knows.

use std::path::{Path, PathBuf};

/// What is known of a file's writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    /// Somebody has it open for writing.
    Some,
    /// Nobody on this computer has.
    None,
    /// Programs of other users may have it open.
    Unknown,
}

/// The files below a folder that somebody writes to.
#[derive(Debug, Default)]
pub(super) struct Writers {
    files: Vec<PathBuf>,
    /// Whether all programs were seen.
    knows_all: bool,
}

impl Writers {
    pub(super) fn of(&self, path: &Path) -> Writer {
        let path = path.canonicalize();
        match path {
            Ok(path) if self.files.contains(&path) => Writer::Some,
            Ok(_) if self.knows_all => Writer::None,
            _ => Writer::Unknown,
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn below(_: &Path) -> Self {
        Self::default()
    }

    /// Asks every program that this user may ask.
    #[cfg(target_os = "linux")]
    pub(super) fn below(folder: &Path) -> Self {
        let (Ok(folder), Ok(programs)) = (folder.canonicalize(), std::fs::read_dir("/proc")) else {
            return Self::default();
        };
        let mut writers = Self { files: Vec::new(), knows_all: true };
        for program in programs.flatten().map(|entry| entry.path()) {
            let is_program = program
                .file_name()
                .is_some_and(|name| name.to_string_lossy().bytes().all(|digit| digit.is_ascii_digit()));
            if !is_program {
                continue;
            }
            match std::fs::read_dir(program.join("fd")) {
                Ok(open) => writers.add(&folder, &program, open),
                // It has ended.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(_) => writers.knows_all = false,
            }
        }
        writers
    }

    #[cfg(target_os = "linux")]
    fn add(&mut self, folder: &Path, program: &Path, open: std::fs::ReadDir) {
        /// The last two bits of a file's flags say what it was opened for (`fcntl.h`).
        const ACCESS: u32 = 3;
        for entry in open.flatten() {
            let Ok(file) = std::fs::read_link(entry.path()) else { continue };
            if !file.starts_with(folder) {
                continue;
            }
            let info = std::fs::read_to_string(program.join("fdinfo").join(entry.file_name()));
            let flags = info
                .unwrap_or_default()
                .lines()
                .find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
            if flags.is_none_or(|flags| flags & ACCESS != 0) {
                self.files.push(file);
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;

    use super::*;

    #[test]
    fn who_writes_is_told_from_who_reads() {
        let folder = tempfile::tempdir().unwrap();
        let [written, read] = ["written.jpg", "read.jpg"].map(|name| folder.path().join(name));
        let writer = File::create(&written).unwrap();
        drop(File::create(&read).unwrap());
        let _reader = File::open(&read).unwrap();
        let writers = Writers::below(folder.path());
        assert_eq!(writers.of(&written), Writer::Some);
        assert_ne!(writers.of(&read), Writer::Some);
        drop(writer);
        assert_ne!(Writers::below(folder.path()).of(&written), Writer::Some);
    }
}
