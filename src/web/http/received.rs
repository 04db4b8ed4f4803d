//! Pictures received into memory. A slow client holds only what it has sent; when all of them together hold too much,
//! the one that holds most is cut off. Complete pictures stay until their search is over.

use std::ops::Deref;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt};

use super::holder;
use super::pool::{Ends, Place, Pool};
use crate::web::{ApiError, ErrorCode};

/// A complete picture, as it was sent.
pub(crate) struct ReceivedPicture {
    bytes: Vec<u8>,
    _place: Place,
}

impl ReceivedPicture {
    /// Receives the pieces of a picture; `failed` explains why a piece did not arrive.
    pub(crate) async fn receive<E>(
        memory: &Pool,
        max_bytes: usize,
        pieces: impl Stream<Item = Result<Bytes, E>>,
        failed: impl FnOnce(E) -> ApiError,
    ) -> Result<Self, ApiError> {
        let place = memory.take(holder::current()).ok_or(ErrorCode::Busy)?;
        let (mut bytes, mut pieces) = (Vec::new(), std::pin::pin!(pieces));
        loop {
            let piece = tokio::select! {
                piece = pieces.next() => piece,
                () = place.ended() => return Err(ErrorCode::Busy.into()),
            };
            match piece {
                None => break,
                Some(Err(error)) => return Err(failed(error)),
                Some(Ok(piece)) if bytes.len() + piece.len() > max_bytes => {
                    return Err(ErrorCode::SelfieTooLarge.into());
                }
                Some(Ok(piece)) => {
                    memory.grow(&place, piece.len());
                    bytes.extend_from_slice(&piece);
                }
            }
        }
        place.set_ends(Ends::Never);
        if place.has_ended() { Err(ErrorCode::Busy.into()) } else { Ok(Self { bytes, _place: place }) }
    }
}

impl Deref for ReceivedPicture {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;
    use crate::limits::{ClientNetwork, Holder};

    fn pieces(count: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
        stream::iter(vec![Ok(Bytes::from_static(&[7; 10])); count])
    }

    async fn receive(
        memory: &Pool,
        network: u8,
        pieces: impl Stream<Item = Result<Bytes, Infallible>>,
    ) -> Result<ReceivedPicture, ErrorCode> {
        let holder = Holder::network(ClientNetwork::of([10, 0, 0, network].into()));
        let received = ReceivedPicture::receive(memory, 50, pieces, |never| match never {});
        holder::scope(holder, received).await.map_err(|error| error.code())
    }

    #[tokio::test]
    async fn slow_clients_make_room_and_complete_pictures_stay() {
        let memory = Pool::new(100, 9);
        let (mut slow, mut kept) = (Vec::new(), Vec::new());
        for network in [1, 1, 2] {
            let mut body = Box::pin(receive(&memory, network, pieces(4).chain(stream::pending())));
            tokio::select! {
                biased;
                _ = &mut body => panic!("it is not complete"),
                () = std::future::ready(()) => {}
            }
            slow.push(body);
        }
        // The first of the network that holds most was cut off for the third.
        assert_eq!(slow.remove(0).await.err(), Some(ErrorCode::Busy));
        kept.push(receive(&memory, 3, pieces(4)).await.unwrap());
        kept.push(receive(&memory, 4, pieces(4)).await.unwrap());
        for cut_off in slow {
            assert_eq!(cut_off.await.err(), Some(ErrorCode::Busy));
        }
        // Nothing is left to cut off but the newcomer.
        assert_eq!(receive(&memory, 5, pieces(4)).await.err(), Some(ErrorCode::Busy));
        assert_eq!(&*kept[0], [7; 40]);
        drop(kept);
        assert!(receive(&memory, 5, pieces(5)).await.is_ok());
        assert_eq!(receive(&memory, 5, pieces(6)).await.err(), Some(ErrorCode::SelfieTooLarge));
    }
}
