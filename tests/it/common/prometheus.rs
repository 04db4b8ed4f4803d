//! Reads what Prometheus would, and fails where it could not.

use std::collections::{HashMap, HashSet};

/// A line with a number: name, labels, and the number.
pub type Sample = (String, Vec<(String, String)>, f64);

/// A metric: its type and its lines.
#[derive(Debug, Default)]
pub struct Metric {
    kind: String,
    samples: Vec<Sample>,
}

/// Reads the text format 0.0.4, and fails where the text does not keep to it.
pub fn parse(text: &str) -> HashMap<String, Metric> {
    assert!(text.ends_with('\n'), "the last line has no end");
    let (mut metrics, mut current) = (HashMap::<String, Metric>::new(), String::new());
    let (mut described, mut seen) = (HashSet::new(), HashSet::new());
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').unwrap();
            assert!(!help.is_empty() && described.insert(name.to_owned()), "{line}");
            continue;
        }
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(described.contains(name), "no help for {name}");
            let before =
                metrics.insert(name.to_owned(), Metric { kind: kind.to_owned(), samples: Vec::new() });
            assert!(before.is_none(), "{name} has two types");
            name.clone_into(&mut current);
            continue;
        }
        assert!(!line.is_empty() && !line.starts_with('#'), "{line:?}");
        let sample = parse_sample(line);
        assert!(seen.insert(format!("{:?}", (&sample.0, &sample.1))), "twice: {line}");
        let metric = metrics.get_mut(&current).unwrap_or_else(|| panic!("no type before {line}"));
        let suffixes: &[&str] =
            if metric.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(
            suffixes.iter().any(|suffix| sample.0 == format!("{current}{suffix}")),
            "{line} in {current}"
        );
        if metric.kind != "gauge" {
            assert!(sample.2 >= 0.0, "{line}");
        }
        metric.samples.push(sample);
    }
    for (name, metric) in metrics.iter().filter(|(_, metric)| metric.kind == "histogram") {
        check_histogram(name, metric);
    }
    metrics
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parse_sample(line: &str) -> Sample {
    let name_ends = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(name_ends);
    assert!(is_name(name), "{line}");
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        let mut inner = inner;
        loop {
            let (label, value) = inner.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(label), "{line}");
            let (mut text, mut chars) = (String::new(), value.char_indices());
            let end = loop {
                match chars.next() {
                    Some((_, '\\')) => match chars.next() {
                        Some((_, 'n')) => text.push('\n'),
                        Some((_, c @ ('\\' | '"'))) => text.push(c),
                        other => panic!("{other:?} in {line}"),
                    },
                    Some((at, '"')) => break at + 1,
                    Some((_, c)) => text.push(c),
                    None => panic!("{line}"),
                }
            };
            labels.push((label.to_owned(), text));
            let after = &value[end..];
            if let Some(last) = after.strip_prefix('}') {
                rest = last;
                break;
            }
            inner = after.strip_prefix(',').unwrap_or_else(|| panic!("{line}"));
        }
    }
    let number = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    let number = match number {
        "+Inf" => f64::INFINITY,
        number => number.parse().unwrap_or_else(|_| panic!("{line}")),
    };
    (name.to_owned(), labels, number)
}

/// Buckets go up to `+Inf`, which has as many as `_count` says.
fn check_histogram(name: &str, metric: &Metric) {
    let of = |suffix: &str| {
        let wanted = format!("{name}{suffix}");
        metric.samples.iter().filter(move |(found, ..)| *found == wanted)
    };
    let without_end = |labels: &[(String, String)]| -> Vec<(String, String)> {
        labels.iter().filter(|(label, _)| label != "le").cloned().collect()
    };
    for (_, labels, count) in of("_count") {
        let buckets: Vec<(f64, f64)> = of("_bucket")
            .filter(|(_, found, _)| without_end(found) == *labels)
            .map(|(_, found, number)| {
                let end = &found.iter().find(|(label, _)| label == "le").unwrap().1;
                (if end == "+Inf" { f64::INFINITY } else { end.parse().unwrap() }, *number)
            })
            .collect();
        assert!(buckets.is_sorted() && buckets.is_sorted_by_key(|(_, number)| *number), "{name} {buckets:?}");
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{name} {labels:?}");
        assert!(of("_sum").any(|(_, found, _)| found == labels), "{name} {labels:?}");
    }
}

/// The number with these labels; 0 if there is none yet.
pub fn number(metrics: &HashMap<String, Metric>, name: &str, labels: &[(&str, &str)]) -> f64 {
    let Some(metric) = metrics.get(name.trim_end_matches("_count")) else { return 0.0 };
    let fits = |found: &Vec<(String, String)>| {
        labels.iter().all(|(label, value)| found.iter().any(|(l, v)| l == label && v == value))
    };
    metric.samples.iter().find(|(found, of, _)| found == name && fits(of)).map_or(0.0, |(.., number)| *number)
}
