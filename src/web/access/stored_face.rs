//! The face that a user searches with: the embedding on record, or computed again from the stored picture for a pack
//! that has not seen it.

use crate::app::App;
use crate::domain::{Embedding, EventId, Selfie, SelfieId, UserId};
use crate::imaging::DecodeLimits;
use crate::search::{FaceCodes, SearchTimes, SelfieFaces, SelfieRefusal};
use crate::store::{BlobKey, StoreError, selfies};
use crate::web::{ApiError, ErrorCode};

/// More than the front cameras of phones have.
pub(crate) const SELFIE_LIMITS: DecodeLimits = DecodeLimits { max_pixels: 64_000_000 };

/// As the packs with photos in the event see it.
pub(crate) fn codes(app: &App, user: UserId, event: EventId) -> Result<FaceCodes, ApiError> {
    let embed = || {
        let (id, selfie) = read(app, user)?;
        let codes = app.embed(&selfie, selfie.main().map_err(ErrorCode::Selfie)?, event)?;
        Ok::<_, ApiError>((id, codes))
    };
    let Some(current) = recorded(app, user)? else {
        let (id, codes) = embed()?;
        return record(app, id, &codes.current).map(|()| codes);
    };
    if !app.store.read(|db| app.former.have_faces_in(db, event))? {
        return Ok(current.into());
    }
    match embed() {
        Ok((_, codes)) => Ok(FaceCodes { current, ..codes }),
        // The current pack finds its photos all the same.
        Err(error) => {
            let (code, cause) = (error.code().as_str(), error.cause());
            tracing::debug!(code, cause, "a stored selfie is not searched with by former model packs");
            Ok(current.into())
        }
    }
}

/// As the current pack sees it.
pub(crate) fn embedding(app: &App, user: UserId) -> Result<Embedding, ApiError> {
    if let Some(recorded) = recorded(app, user)? {
        return Ok(recorded);
    }
    let (id, selfie) = read(app, user)?;
    let embedding = selfie.embed_main(&app.engine, &mut SearchTimes::default())?;
    record(app, id, &embedding)?;
    Ok(embedding)
}

fn recorded(app: &App, user: UserId) -> Result<Option<Embedding>, StoreError> {
    app.store.read(|db| selfies::find_embedding(db, user, app.pack_id))
}

fn record(app: &App, id: SelfieId, embedding: &Embedding) -> Result<(), ApiError> {
    let (pack, embedding) = (app.pack_id, embedding.clone());
    Ok(app.store.write(move |db| selfies::set_embedding(db, id, pack, &embedding))?)
}

/// The stored picture, unless nobody can be searched for with it.
fn read(app: &App, user: UserId) -> Result<(SelfieId, SelfieFaces), ApiError> {
    let selfie = app.store.read(|db| selfies::find(db, user))?.ok_or(ErrorCode::SelfieMissing)?;
    let Selfie { id, refusal } = selfie;
    if let Some(code) = refusal {
        let refusal = SelfieRefusal::from_code(&code).unwrap_or(SelfieRefusal::NoFace);
        return Err(ErrorCode::Selfie(refusal).into());
    }
    let key = BlobKey::Selfie(id);
    let bytes = app.store.blobs().read(&key)?.ok_or(StoreError::MissingBlob(key))?;
    let mut times = SearchTimes::default();
    Ok((id, SelfieFaces::find(&app.engine, &bytes, SELFIE_LIMITS, app.working_long_side, &mut times)?))
}
