//! What the searches of a labelled event found, and how it is printed.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::super::super::import::describe;
use super::super::super::output::{self, ms};
use super::{AbsentGuests, Pairs, Searches};
use crate::domain::Quality;
use crate::import::ImportSummary;
use crate::search::{Certainty, Match};
use crate::store::faces::MeasuredFace;

/// The result of one search.
#[derive(Default, Serialize)]
pub(in super::super) struct Outcome {
    pub(super) search: String,
    pub(super) expected: usize,
    pub(super) right: usize,
    pub(super) wrong: Vec<String>,
    /// Right among the possible matches.
    pub(super) maybe_right: usize,
    pub(super) maybe_wrong: usize,
    /// Neither sure nor possible.
    pub(super) missed: Vec<String>,
    /// Why the selfie was refused.
    pub(super) refused: Option<String>,
    #[serde(skip)]
    pub(super) sure: HashSet<String>,
}

impl Outcome {
    pub(in super::super) fn of(search: String, found: &[Match], expected: &HashSet<String>) -> Self {
        let (mut sure, mut maybe) = (HashSet::new(), HashSet::new());
        for one in found {
            let into = if one.certainty == Certainty::Sure { &mut sure } else { &mut maybe };
            into.insert(one.photo.file_name.clone());
        }
        let sorted = |names: Vec<&String>| {
            let mut names: Vec<String> = names.into_iter().cloned().collect();
            names.sort();
            names
        };
        Self {
            search,
            expected: expected.len(),
            right: sure.intersection(expected).count(),
            wrong: sorted(sure.difference(expected).collect()),
            maybe_right: maybe.intersection(expected).count(),
            maybe_wrong: maybe.difference(expected).count(),
            missed: sorted(expected.iter().filter(|n| !sure.contains(*n) && !maybe.contains(*n)).collect()),
            refused: None,
            sure,
        }
    }

    pub(super) fn refused(search: String, expected: &HashSet<String>, reason: String) -> Self {
        let missed = expected.iter().cloned().collect();
        Self { search, expected: expected.len(), missed, refused: Some(reason), ..Self::default() }
    }

    pub(super) fn is_sure(&self, file_name: &str) -> bool {
        self.sure.contains(file_name)
    }

    fn print(&self) {
        let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
        let found = self.right + self.wrong.len();
        let precision =
            if found > 0 { format!("{:.3}", share(self.right, found)) } else { "   - ".to_owned() };
        let mut text = format!(
            "{:<32} recall {:.3} ({}/{})  precision {precision}  maybe {} right, {} wrong",
            self.search,
            share(self.right, self.expected),
            self.right,
            self.expected,
            self.maybe_right,
            self.maybe_wrong
        );
        for (what, names) in [("wrong", &self.wrong), ("missed", &self.missed)] {
            if !names.is_empty() {
                text = format!("{text}  {what}: {}", names.join(" "));
            }
        }
        if let Some(reason) = &self.refused {
            text = format!("{text}  refused: {reason}");
        }
        output::line(&text);
    }
}

/// Means over searches.
#[derive(Serialize)]
pub(in super::super) struct Means {
    searches: usize,
    pub(in super::super) recall: f64,
    /// Over the searches that found something.
    pub(in super::super) precision: f64,
    pub(in super::super) wrong_photos: f64,
    found_nothing: usize,
    pub(in super::super) recall_with_maybe: f64,
    wrong_maybe: f64,
}

impl Means {
    pub(in super::super) fn of(outcomes: &[Outcome]) -> Self {
        let mean =
            |values: Vec<f64>| values.iter().fold(0.0, |sum, value| sum + value) / values.len().max(1) as f64;
        let of_all = |value: &dyn Fn(&Outcome) -> f64| mean(outcomes.iter().map(value).collect());
        let precision = |one: &Outcome| {
            let found = one.right + one.wrong.len();
            (found > 0).then(|| one.right as f64 / found as f64)
        };
        let precisions: Vec<f64> = outcomes.iter().filter_map(precision).collect();
        Self {
            searches: outcomes.len(),
            recall: of_all(&|one| one.right as f64 / one.expected.max(1) as f64),
            found_nothing: outcomes.len() - precisions.len(),
            precision: mean(precisions),
            wrong_photos: of_all(&|one| one.wrong.len() as f64),
            recall_with_maybe: of_all(&|one| {
                (one.right + one.maybe_right) as f64 / one.expected.max(1) as f64
            }),
            wrong_maybe: of_all(&|one| one.maybe_wrong as f64),
        }
    }

    fn print(&self, what: &str) {
        output::line(&format!(
            "mean over {} {what}: recall {:.3}, precision {:.3}, wrong photos {:.2} ({} found nothing, without \
             precision); with maybe: recall {:.3}, wrong {:.2} more",
            self.searches,
            self.recall,
            self.precision,
            self.wrong_photos,
            self.found_nothing,
            self.recall_with_maybe,
            self.wrong_maybe
        ));
    }
}

/// Labelled faces, those of them that were found, and other faces that were found.
#[derive(Clone, Copy, Default, Serialize)]
pub(super) struct Detected {
    pub(super) labelled: usize,
    pub(super) found: usize,
    pub(super) surplus: usize,
}

/// What a slice is made by.
type Value = fn(&Quality) -> f32;

/// A part of the guests' faces by their quality, and how many of them the selfies found.
#[derive(Serialize)]
pub(super) struct Slice {
    by: &'static str,
    from: f32,
    to: f32,
    faces: usize,
    found: usize,
    #[serde(skip)]
    value: Value,
}

impl Slice {
    /// Thirds of the event's faces by size, sharpness and yaw.
    pub(super) fn all(faces: &[MeasuredFace]) -> Vec<Self> {
        let kinds: [(&str, Value); 3] = [
            ("size in pixels", |quality| quality.size_px),
            ("sharpness", |quality| quality.sharpness),
            ("yaw", |quality| quality.yaw.abs()),
        ];
        let thirds = |(by, value): (&'static str, Value)| {
            let mut values: Vec<f32> = faces.iter().map(|face| value(&face.quality)).collect();
            values.sort_unstable_by(f32::total_cmp);
            let bound = |third: usize| values.get(values.len() * third / 3).copied().unwrap_or(f32::INFINITY);
            [0, 1, 2].map(|third| {
                let to = if third == 2 { f32::INFINITY } else { bound(third + 1) };
                Self { by, from: bound(third), to, faces: 0, found: 0, value }
            })
        };
        kinds.into_iter().flat_map(thirds).collect()
    }

    pub(super) fn count(&mut self, quality: &Quality, found: bool) {
        let value = (self.value)(quality);
        if value >= self.from && value < self.to {
            self.faces += 1;
            self.found += usize::from(found);
        }
    }
}

pub(super) struct Report<'a> {
    pub(super) summary: &'a ImportSummary,
    pub(super) strangers: usize,
    pub(super) searches: Searches,
    pub(super) pairs: Pairs,
    pub(super) absent: AbsentGuests,
}

impl Report<'_> {
    pub(super) fn print(&self, as_json: bool) {
        let Searches { one, all, faces, slices, groups, detected, times, elapsed } = &self.searches;
        let count = one.len() as f64;
        let photos = self.summary.imported.max(1) as f64;
        let tenth = |value: f64| (value * 10.0).round() / 10.0;
        let stages = self.summary.times.stages().into_iter();
        let stages: Vec<(&str, f64)> = stages.map(|(name, time)| (name, tenth(ms(time) / photos))).collect();
        let each = |time: std::time::Duration| tenth(ms(time) / count);
        let selfie_ms = [
            ("decode", each(times.decode)),
            ("detect", each(times.detect)),
            ("recognise", each(times.recognise)),
            ("compare", each(times.compare)),
            ("with_reading", each(*elapsed)),
        ];
        let means = [Means::of(one), Means::of(all), Means::of(faces)];
        if as_json {
            return output::json(&serde_json::json!({
                "recall": means[0].recall,
                "precision": means[0].precision,
                "means": { "one_selfie": means[0], "all_selfies": means[1], "faces": means[2] },
                "pairs": self.pairs,
                "absent": self.absent,
                "slices": slices,
                "groups": groups,
                "detection": detected,
                "selfies": one,
                "photos": self.summary.imported,
                "faces": self.summary.faces,
                "strangers": self.strangers,
                "rejected": self.summary.rejected.len(),
                "import_seconds": self.summary.elapsed.as_secs_f64(),
                "ms_per_photo": stages.iter().copied().collect::<BTreeMap<_, _>>(),
                "ms_per_selfie": selfie_ms.iter().copied().collect::<BTreeMap<_, _>>(),
            }));
        }
        output::line(&describe(self.summary));
        if self.strangers > 0 {
            output::line(&format!("{} faces of strangers added", self.strangers));
        }
        one.iter().for_each(Outcome::print);
        let join = |pairs: &[(&str, f64)]| {
            pairs.iter().map(|(name, ms)| format!("{name} {ms}")).collect::<Vec<_>>().join(", ")
        };
        output::line(&format!("ms per photo (one core): {}", join(&stages)));
        output::line(&format!("ms per selfie: {}", join(&selfie_ms)));
        groups.print();
        for Slice { by, from, to, faces, found, .. } in slices {
            let share = *found as f64 / (*faces).max(1) as f64;
            output::line(&format!("{by} {from:.2} to {to:.2}: {found} of {faces} faces found, {share:.3}"));
        }
        let Detected { labelled, found, surplus } = detected;
        output::line(&format!("faces: {found} of {labelled} labelled found, {surplus} others found"));
        for (mean, what) in means.iter().zip(["selfies", "guests with all their selfies", "labelled faces"]) {
            mean.print(what);
        }
        output::line(&self.pairs.different.describe("different people"));
        output::line(&self.pairs.same.describe("one person"));
        let AbsentGuests { elsewhere, left_out, estimate } = &self.absent;
        let absent = [(elsewhere, "guests of the other event"), (left_out, "own guests without their faces")];
        for (absent, who) in absent.into_iter().filter_map(|(absent, who)| Some((absent.as_ref()?, who))) {
            output::line(&absent.describe(who));
        }
        output::line(&match estimate {
            Some(share) => {
                format!("estimate from faces of one photo: {share:.3} of such searches have a sure photo")
            }
            None => "too few people are in photos together for an estimate of such searches".to_owned(),
        });
    }
}
