//! One order for a certificate, from the names to the chain.

use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::error::AcmeError;
use super::proof::{Proof, Prover};

/// How long an authority may take to verify names, and to issue.
const RETRIES: RetryPolicy = RetryPolicy::new().timeout(Duration::from_mins(2));

/// A new key and its certificate chain, in PEM.
pub(super) async fn obtain(
    account: &Account,
    names: &[String],
    prover: &Prover,
) -> Result<String, AcmeError> {
    let identifiers: Vec<Identifier> = names.iter().map(|name| Identifier::Dns(name.clone())).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    let mut proofs = Vec::new();
    let outcome = prove(&mut order, prover, &mut proofs).await;
    for proof in &proofs {
        prover.remove(proof);
    }
    outcome?;
    let text = |error: rcgen::Error| AcmeError::Other(error.to_string());
    let key = KeyPair::generate().map_err(text)?;
    let mut params = CertificateParams::new(names).map_err(text)?;
    params.distinguished_name = DistinguishedName::new();
    let request = params.serialize_request(&key).map_err(text)?;
    order.finalize_csr(request.der()).await?;
    Ok(key.serialize_pem() + &order.poll_certificate(&RETRIES).await?)
}

/// Proves to the authority that the names are this server's. `proofs` gets what is to be removed afterwards.
async fn prove(order: &mut Order, prover: &Prover, proofs: &mut Vec<Proof>) -> Result<(), AcmeError> {
    let kind = prover.kind();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let challenge = authorization.challenge(kind.clone()).ok_or_else(|| missing(&kind))?;
        let Identifier::Dns(name) = challenge.identifier().identifier else { return Err(missing(&kind)) };
        let proof = Proof::new(name, &challenge.key_authorization());
        // Also what was set by half is removed.
        proofs.push(proof.clone());
        prover.add(&proof)?;
    }
    if proofs.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(prover.wait()).await;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status != AuthorizationStatus::Valid
            && let Some(mut challenge) = authorization.challenge(kind.clone())
        {
            challenge.set_ready().await?;
        }
    }
    match order.poll_ready(&RETRIES).await {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => Ok(()),
        Ok(_) => Err(why_not(order).await?),
        Err(error) => Err(why_not(order).await.unwrap_or_else(|_| error.into())),
    }
}

/// What the authority says about the name that it could not verify.
async fn why_not(order: &mut Order) -> Result<AcmeError, AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let state = authorization.refresh().await?;
        let name = state.identifier().to_string();
        if let Some(problem) = state.challenges.iter().find_map(|challenge| challenge.error.clone()) {
            let detail = problem.detail.unwrap_or_else(|| "it does not say why".to_owned());
            return Ok(AcmeError::Unverified { name, detail });
        }
    }
    Err(AcmeError::Other("the certificate authority does not say why".to_owned()))
}

fn missing(kind: &ChallengeType) -> AcmeError {
    AcmeError::NoSuchProof(match kind {
        ChallengeType::Dns01 => "by DNS records (dns-01)",
        _ => "by a connection to port 443 (tls-alpn-01)",
    })
}
