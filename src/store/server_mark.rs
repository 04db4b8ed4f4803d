//! Marks a data folder as in use by a server. Other processes print that server's URL, and a second server on the
//! folder says that it is not alone.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{StoreError, StoreResult};

/// Locked while the server runs: a lock ends with its process, however that ends.
const LOCK: &str = "server.lock";
/// Beside the lock, because a locked file cannot be read on every system.
const URL: &str = "server.url";
/// Where it listens, which the URL for guests does not say.
const ADDRESS: &str = "server.address";

/// The mark of a running server, until it is dropped.
#[derive(Debug)]
pub struct ServerMark {
    _lock: File,
    url: PathBuf,
    address: PathBuf,
}

impl ServerMark {
    /// Marks the folder; `None` if another server has done so.
    pub fn set(data: &Path, url: &str, address: SocketAddr) -> StoreResult<Option<Self>> {
        let lock_path = data.join(LOCK);
        let lock = File::create(&lock_path).map_err(|error| StoreError::io(&lock_path, error))?;
        if lock.try_lock().is_err() {
            return Ok(None);
        }
        let mark = Self { _lock: lock, url: data.join(URL), address: data.join(ADDRESS) };
        mark.change(url)?;
        write(&mark.address, &address.to_string())?;
        Ok(Some(mark))
    }

    /// Says that the server has another URL now.
    pub fn change(&self, url: &str) -> StoreResult<()> {
        write(&self.url, url)
    }

    /// The URL of the server that runs on this folder.
    #[must_use]
    pub fn find_url(data: &Path) -> Option<String> {
        read(data, URL)
    }

    /// Where the server that runs on this folder listens.
    #[must_use]
    pub fn find_address(data: &Path) -> Option<SocketAddr> {
        read(data, ADDRESS)?.parse().ok()
    }
}

fn write(path: &Path, text: &str) -> StoreResult<()> {
    let written = File::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| StoreError::io(path, error))
}

/// What a server that still runs has written.
fn read(data: &Path, name: &str) -> Option<String> {
    let lock = File::open(data.join(LOCK)).ok()?;
    if lock.try_lock_shared().is_ok() {
        return None;
    }
    std::fs::read_to_string(data.join(name)).ok().filter(|text| !text.is_empty())
}

impl Drop for ServerMark {
    fn drop(&mut self) {
        std::fs::remove_file(&self.url).ok();
        std::fs::remove_file(&self.address).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_at_a_time_marks_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(ServerMark::find_url(data), None);
        let address = "0.0.0.0:18210".parse().unwrap();
        let mark = ServerMark::set(data, "http://192.168.1.7:18210", address).unwrap().unwrap();
        assert_eq!(ServerMark::find_address(data), Some(address));
        assert_eq!(ServerMark::find_url(data).as_deref(), Some("http://192.168.1.7:18210"));
        assert!(ServerMark::set(data, "http://other", address).unwrap().is_none());
        assert_eq!(ServerMark::find_url(data).as_deref(), Some("http://192.168.1.7:18210"));
        mark.change("http://10.0.0.5:18210").unwrap();
        assert_eq!(ServerMark::find_url(data).as_deref(), Some("http://10.0.0.5:18210"));
        drop(mark);
        assert_eq!((ServerMark::find_url(data), ServerMark::find_address(data)), (None, None));
        assert!(ServerMark::set(data, "http://other", address).unwrap().is_some());
    }
}
