//! Which bucket, and how it is reached.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::signer::Signer;
use object_store::{BackoffConfig, RetryConfig};

use super::Bucket;
use super::client::Client;
use crate::store::{StoreError, StoreResult};

/// A bucket that is away for so long makes what needs it fail; until then it is tried again.
const RETRY_TIMEOUT: Duration = Duration::from_secs(15);

/// A bucket of an S3-compatible service.
#[derive(Clone, Copy)]
pub struct BucketPlace<'a> {
    /// The bucket.
    pub name: &'a str,
    /// Where the names of all objects begin; empty if the bucket is for FotoTa alone.
    pub prefix: &'a str,
    /// `https://HOST`; `None`: that of Amazon for the region.
    pub endpoint: Option<&'a str>,
    /// As the service calls it.
    pub region: &'a str,
    /// Id of the access key, and the secret key. `None`: as the environment of Amazon's own programs says.
    pub key: Option<(&'a str, &'a str)>,
    /// File with the certificate of the authority of the service's certificate, in place of the public ones.
    pub root: Option<&'a Path>,
    /// Whether browsers may ask it themselves, by addresses that are good for minutes.
    pub is_direct: bool,
}

/// Without the secret key.
impl std::fmt::Debug for BucketPlace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "(bucket {})", self.name)
    }
}

impl Bucket {
    /// Opens a bucket; asks it nothing.
    pub(in crate::store::blobs) fn at(place: BucketPlace<'_>) -> StoreResult<Self> {
        #[cfg(test)]
        if let Some(bucket) = super::testing::in_memory(&place) {
            return Ok(bucket);
        }
        let name = match place.endpoint {
            Some(endpoint) => format!("{} at {endpoint}", place.name),
            None => place.name.to_owned(),
        };
        let refused = |said: String| StoreError::Bucket { place: name.clone(), said, is_away: false };
        let client = Client::new(place.root).map_err(refused)?;
        let builder = match place.key {
            Some((id, secret)) => {
                AmazonS3Builder::new().with_access_key_id(id).with_secret_access_key(secret)
            }
            None => AmazonS3Builder::from_env(),
        };
        let backoff = BackoffConfig { max_backoff: Duration::from_secs(3), ..BackoffConfig::default() };
        let mut builder = builder
            .with_bucket_name(place.name)
            .with_region(place.region)
            .with_http_connector(client)
            .with_retry(RetryConfig { backoff, max_retries: 20, retry_timeout: RETRY_TIMEOUT });
        if let Some(endpoint) = place.endpoint {
            builder = builder.with_endpoint(endpoint).with_allow_http(true);
        }
        let objects = Arc::new(builder.build().map_err(|error| refused(error.to_string()))?);
        let signer: Option<Arc<dyn Signer>> = if place.is_direct { Some(objects.clone()) } else { None };
        Self::new(objects, signer, name.clone(), place.prefix)
    }
}
