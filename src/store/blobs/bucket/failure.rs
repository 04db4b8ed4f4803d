//! What went wrong with a bucket, as users read it.

use object_store::Error;

use super::Bucket;
use crate::domain::reason_chain;
use crate::store::StoreError;

impl Bucket {
    pub(super) fn failure(&self, error: &Error) -> StoreError {
        let place = self.0.name.clone();
        let said = reason_chain(error);
        let is_away = matches!(error, Error::Generic { .. } | Error::JoinError { .. });
        StoreError::Bucket { place, said, is_away }
    }
}
