//! A short run of `tests/faults`: kills while many senders use an event. Without Python it says so and passes.

use std::path::Path;
use std::process::Command;

use crate::common::node::say_skipped;

#[test]
fn kills_under_load_lose_double_and_bring_back_nothing() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/run.py");
    let mut run = Command::new("python3");
    run.arg("-B").arg(script).args([
        "--fotota",
        env!("CARGO_BIN_EXE_fotota"),
        "--only",
        "kills",
        "--kills",
        "12",
    ]);
    match run.output() {
        Ok(output) => {
            let (said, errors) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{said}{errors}");
        }
        Err(error) => say_skipped(&format!("no faults to test with: python3: {error}")),
    }
}
