//! Verification rates from similarities of genuine pairs (same person) and impostor pairs (different persons).

/// The best accuracy that one threshold gives, and that threshold.
pub(super) fn best_accuracy(genuine: &[f32], impostor: &[f32]) -> (f64, f32) {
    let mut pairs: Vec<(f32, bool)> = genuine.iter().map(|s| (*s, true)).collect();
    pairs.extend(impostor.iter().map(|s| (*s, false)));
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Above every similarity all pairs count as different, which is right for the impostors.
    let mut right = impostor.len();
    let mut best = (right, 1.0);
    for (index, (similarity, same)) in pairs.iter().enumerate() {
        right = if *same { right + 1 } else { right - 1 };
        // Equal similarities fall on the same side.
        let last_of_its_value = pairs.get(index + 1).is_none_or(|next| next.0 < *similarity);
        if last_of_its_value && right > best.0 {
            best = (right, *similarity);
        }
    }
    (best.0 as f64 / pairs.len().max(1) as f64, best.1)
}

/// The share of genuine pairs accepted (true accept rate) at the lowest threshold that accepts at most `rate` of the
/// impostor pairs (false match rate), and that threshold. `impostor` is sorted, highest first.
pub(super) fn true_accept_rate(genuine: &[f32], impostor: &[f32], rate: f64) -> (f64, f32) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most as many as there are"
    )]
    let allowed = (impostor.len() as f64 * rate) as usize;
    // The first impostor that must not be accepted; everything above it is.
    let bound = impostor.get(allowed).copied().unwrap_or(-1.0);
    let accepted = genuine.iter().filter(|similarity| **similarity > bound).count();
    (accepted as f64 / genuine.len().max(1) as f64, bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_is_that_of_the_best_threshold() {
        let (accuracy, threshold) = best_accuracy(&[0.9, 0.8, 0.2], &[0.1, 0.3, 0.0]);
        assert!((accuracy - 5.0 / 6.0).abs() < 1e-9);
        assert!((threshold - 0.2).abs() < 1e-6 || (threshold - 0.8).abs() < 1e-6);
        assert!((best_accuracy(&[0.5], &[0.5]).0 - 0.5).abs() < 1e-9);
    }

    #[test]
    fn the_true_accept_rate_keeps_to_the_false_match_rate() {
        let impostor = [0.7, 0.4, 0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3, -0.4];
        let genuine = [0.9, 0.6, 0.5, 0.1];
        assert_eq!(true_accept_rate(&genuine, &impostor, 0.0), (0.25, 0.7));
        assert_eq!(true_accept_rate(&genuine, &impostor, 0.1), (0.75, 0.4));
    }
}
