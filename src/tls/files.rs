//! A certificate that somebody else renews: two files, which are read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::pair::Pair;
use super::resolver::Resolver;
use super::{Refreshed, TlsError};

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_secs(5);

/// Size and time of both files.
type Stamps = [Option<(u64, SystemTime)>; 2];

pub(super) struct Files {
    certificate: PathBuf,
    key: PathBuf,
    /// When they were read last.
    read: Mutex<Stamps>,
}

impl Files {
    /// Reads them.
    pub(super) fn open(certificate: &Path, key: &Path, resolver: &Resolver) -> Result<Self, TlsError> {
        let files = Self { certificate: certificate.into(), key: key.into(), read: Mutex::default() };
        *files.read.lock().unwrap_or_else(PoisonError::into_inner) = files.stamps();
        resolver.set(Pair::from_files(certificate, key)?);
        Ok(files)
    }

    /// Reads them again if they have changed. Programs write one after the other: a pair that does not fit together is
    /// looked at again when the second file changes, and the old one is kept.
    pub(super) fn refresh(&self, resolver: &Resolver) -> Refreshed {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, mut problem) = (self.stamps(), None);
        if found != *read {
            *read = found;
            match Pair::from_files(&self.certificate, &self.key) {
                Ok(pair) => {
                    tracing::info!(expires = %pair.expires(), "the certificate has been exchanged");
                    resolver.set(pair);
                }
                Err(error) => problem = Some(format!("the former certificate is still used: {error}")),
            }
        }
        Refreshed { pause: PAUSE, problem }
    }

    fn stamps(&self) -> Stamps {
        [&self.certificate, &self.key].map(|path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.len(), found.modified().ok()?))
        })
    }
}
