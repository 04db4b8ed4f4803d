//! What an event's own photos say about wrong matches: the faces of one photo are different people, so how similar they
//! are tells how similar strangers are here.
//!
//! Their relative similarities are taken as normally distributed. What lies beyond the threshold of a lone face is the
//! chance that a stranger's face is a sure match by itself. `docs/ACCURACY.md` compares this with what was measured.

use super::rule::Rule;

/// Fewer pairs of different people than this say too little: of so many, the spread is known to 5 %, and what lies
/// beyond the threshold to a factor of two.
const LEAST_PAIRS: usize = 200;

/// Most pairs looked at; those of photos chosen at random.
pub(super) const MOST_PAIRS: usize = 2000;

/// The share of searches in which a stranger's face is a sure match by itself, in an event of so many faces. For people
/// who are in photos it is a bound: such a face must then also be like the person's own group.
///
/// `similarities` are relative ones, of pairs of faces of one photo. `None` if they are too few.
pub(super) fn share_of_wrong_searches(rule: &Rule, similarities: &[f32], faces: usize) -> Option<f64> {
    // One person twice in a photo: a mirror, a picture on the wall.
    let different: Vec<f64> =
        similarities.iter().filter(|value| **value < rule.certain).map(|value| f64::from(*value)).collect();
    if different.len() < LEAST_PAIRS {
        return None;
    }
    let count = different.len() as f64;
    let mean = different.iter().sum::<f64>() / count;
    let variance = different.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let beyond = normal_tail((f64::from(rule.sure + rule.lone) - mean) / variance.sqrt());
    Some(1.0 - (-(faces as f64) * beyond).exp())
}

/// The share of a standard normal distribution above `z`, to a ten-thousandth of itself for `z` of 0.5 and more
/// (continued fraction of Mills' ratio, Laplace); half for less than 0.
fn normal_tail(z: f64) -> f64 {
    if z < 0.5 {
        return 0.5;
    }
    let fraction = (1..200).rev().fold(z, |rest, step| z + f64::from(step) / rest);
    (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt() / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_normal_distribution() {
        for (z, expected) in [(0.5, 0.308_538), (1.0, 0.158_655), (3.0, 1.349_9e-3), (5.0, 2.866_5e-7)] {
            assert!((normal_tail(z) / expected - 1.0).abs() < 1e-3, "{z}: {}", normal_tail(z));
        }
    }

    #[test]
    fn wrong_searches_grow_with_the_event_and_few_pairs_say_nothing() {
        let rule = Rule::new(0.38, None);
        // Mean -0.13, deviation 0.1: a lone face's 0.17 is three deviations away.
        let mut pairs = [-0.23, -0.03].repeat(LEAST_PAIRS / 2);
        let share = |pairs: &[f32], faces| share_of_wrong_searches(&rule, pairs, faces).unwrap();
        assert!((share(&pairs, 100) - 0.129).abs() < 0.001);
        assert!(share(&pairs, 1000) > 0.7 && share(&pairs, 0) < 1e-9);
        // The same person twice does not count.
        pairs.push(0.5);
        assert!((share(&pairs, 100) - 0.129).abs() < 0.001);
        assert_eq!(share_of_wrong_searches(&rule, &pairs[2..], 100), None);
    }
}
