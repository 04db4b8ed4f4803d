//! `fotota measure network`: the speed of one network.

use std::path::Path;
use std::str::FromStr;

use anyhow::Context as _;

use super::super::invocation::Invocation;
use super::super::output::micro_ms;
use super::super::{ExitCode, output};
use crate::face::{instruction_set, time_network};

/// `WIDTHxHEIGHT`.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Size {
    width: usize,
    height: usize,
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |side: &str| side.parse().ok().filter(|pixels| (1..=8192).contains(pixels));
        let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
        let (width, height) = sides.ok_or("expected WIDTHxHEIGHT, each 1 to 8192, as in 1024x704")?;
        Ok(Self { width, height })
    }
}

pub(super) fn run(cli: &Invocation, model: &Path, size: Size, runs: u32) -> anyhow::Result<ExitCode> {
    let onnx = std::fs::read(model).with_context(|| format!("cannot read `{}`", model.display()))?;
    let mut times = time_network(&onnx, [size.width, size.height], runs)
        .with_context(|| format!("cannot run `{}`", model.display()))?;
    times.sort_unstable();
    let (median, min) = (micro_ms(times[times.len() / 2]), micro_ms(times[0]));
    let (Size { width, height }, instructions) = (size, instruction_set());
    if cli.json {
        output::json(&serde_json::json!({
            "model": model.display().to_string(), "width": width, "height": height, "runs": runs,
            "median_ms": median, "min_ms": min, "instruction_set": instructions,
        }));
    } else {
        output::line(&format!(
            "{width}x{height}: median {median} ms, min {min} ms ({runs} runs, {instructions})"
        ));
    }
    Ok(ExitCode::Done)
}
