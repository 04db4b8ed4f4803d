//! Requests to the certificate authority, by the program's own client: it asks no other host.

use std::pin::Pin;

use hyper::body::{Body, Bytes};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};

use crate::outbound::{Outbound, http::Request};

pub(super) struct Http(pub(super) Outbound);

impl HttpClient for Http {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let outbound = self.0.clone();
        Box::pin(async move {
            let (parts, mut body) = request.into_parts();
            let mut bytes = Vec::new();
            while let Some(Ok(frame)) =
                std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
                bytes.extend_from_slice(&frame.into_data().unwrap_or_default());
            }
            // This thread has nothing else to do.
            let answer = outbound.send(Request::from_parts(parts, bytes));
            let (parts, body) = answer.map_err(|error| Error::Other(Box::new(error)))?.into_parts();
            Ok(BytesResponse { parts, body: Box::new(Bytes::from(body)) })
        })
    }
}
