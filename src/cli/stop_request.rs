//! Requests to end this process well: Ctrl-C, the operating system's, and those of this program.

use tokio::sync::Notify;

static STOPPED: Notify = Notify::const_new();

/// Asks this process to end, as Ctrl-C does.
pub(super) fn stop() {
    STOPPED.notify_one();
}

/// Waits for a request to end that comes from now on, even before the future is polled. Within a runtime.
pub(super) fn listen() -> std::io::Result<impl Future<Output = ()>> {
    let asked = asked()?;
    Ok(async {
        tokio::select! {
            () = asked => {}
            () = STOPPED.notified() => {}
        }
    })
}

#[cfg(unix)]
fn asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn asked() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut interrupt, mut close, mut shutdown) = (ctrl_c()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}
