//! `fotota doctor`: is everything there that FotoTa needs?

use std::net::TcpListener;

use anyhow::bail;

use super::app::App;
use super::{ExitCode, output};
use crate::config::Google;
use crate::store::{SecretName, events, users};

/// One thing looked at: what, and what was found or why it fails.
type Check = (&'static str, anyhow::Result<String>);

pub(super) fn run(app: &App) -> ExitCode {
    // A configuration that cannot be read has ended the command before.
    let checks: [Check; 8] = [
        ("configuration", Ok("valid".to_owned())),
        ("models", models(app)),
        ("data folder", data_folder(app)),
        ("secrets", secrets(app)),
        ("admin", admin(app)),
        ("sign-in with a provider", provider(app)),
        ("search of Google Drive", Ok(drive(app))),
        ("port", port(app)),
    ];
    let healthy = checks.iter().all(|(_, result)| result.is_ok());
    if app.json {
        let views: Vec<_> = checks
            .iter()
            .map(|(name, result)| {
                let text = result.as_ref().map_or_else(output::chain, Clone::clone);
                serde_json::json!({ "check": name, "ok": result.is_ok(), "detail": text })
            })
            .collect();
        output::json(&serde_json::json!({ "healthy": healthy, "checks": views }));
    } else {
        for (name, result) in &checks {
            match result {
                Ok(found) => output::line(&format!("ok    {name}: {found}")),
                Err(error) => output::line(&format!("FAIL  {name}: {}", output::chain(error))),
            }
        }
    }
    if healthy { ExitCode::Done } else { ExitCode::Failed }
}

fn models(app: &App) -> anyhow::Result<String> {
    let engine = app.load_engine()?;
    let pack = engine.pack();
    Ok(format!("pack `{}` runs ({})", pack.name, pack.licence))
}

fn data_folder(app: &App) -> anyhow::Result<String> {
    let store = app.open_store()?;
    let events = store.read(events::list)?;
    Ok(format!("`{}` holds {} events", app.data.display(), events.len()))
}

fn secrets(app: &App) -> anyhow::Result<String> {
    let store = app.open_store()?;
    for name in SecretName::ALL {
        store.secret(name)?;
    }
    Ok("there; `fotota secrets rotate` makes them anew".to_owned())
}

fn admin(app: &App) -> anyhow::Result<String> {
    Ok(match app.open_store()?.read(users::first_admin)? {
        Some(admin) => format!("{} is one", admin.name),
        None => {
            "missing: `fotota admin create LOGIN` makes one, and so does the link that `fotota serve` prints"
                .to_owned()
        }
    })
}

/// What is half set up fails; what is not set up at all is a choice.
fn provider(app: &App) -> anyhow::Result<String> {
    let Google { issuer, client_id, client_secret, .. } = &app.config.google;
    match (client_id, client_secret) {
        (None, None) => {
            Ok("not set up: needs `google.client_id` and its secret; local accounts work anyway".to_owned())
        }
        (None, Some(_)) => {
            bail!("`google.client_id` is missing\nhint: the provider gave it together with the secret")
        }
        (Some(_), None) => bail!(
            "the secret of `google.client_id` is missing\nhint: set FOTOTA_GOOGLE_CLIENT_SECRET, or \
             `google.client_secret_file`"
        ),
        (Some(_), Some(_)) => Ok(format!(
            "set up with {issuer}; register {}/auth/google/callback there",
            app.base_url().trim_end_matches('/')
        )),
    }
}

fn drive(app: &App) -> String {
    match app.config.drive.api_key {
        Some(_) => "set up".to_owned(),
        None => "not set up: needs FOTOTA_DRIVE_API_KEY, or `drive.api_key_file`".to_owned(),
    }
}

fn port(app: &App) -> anyhow::Result<String> {
    let bind = app.config.server.bind;
    TcpListener::bind(bind).map_err(|error| {
        anyhow::Error::new(error).context(format!(
            "cannot listen on {bind}\nhint: is FotoTa running already? `server.bind` sets another"
        ))
    })?;
    Ok(format!("{bind} is free; guests would reach {}", app.base_url()))
}
