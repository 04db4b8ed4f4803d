//! Groups of faces: average linkage (Sokal and Michener, 1958), where some pairs never come together.

/// Groups `count` items: the two most similar groups are joined as long as the mean similarity between their members is
/// at least `least`, which is finite. `similarity` is symmetric; negative infinity keeps two items, and so their
/// groups, apart.
///
/// Returns the members of each group, both in ascending order. Takes cubic time: `count` is a few hundred at most.
pub(super) fn group(count: usize, least: f32, similarity: impl Fn(usize, usize) -> f32) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..count).map(|item| vec![item]).collect();
    let mut linkage = vec![f32::NEG_INFINITY; count * count];
    for a in 0..count {
        for b in 0..a {
            let value = similarity(a, b);
            (linkage[a * count + b], linkage[b * count + a]) = (value, value);
        }
    }
    while let Some((a, b)) = closest(&linkage, count, least) {
        let (size_a, size_b) = (groups[a].len() as f32, groups[b].len() as f32);
        for other in 0..count {
            let joined = size_a.mul_add(linkage[a * count + other], size_b * linkage[b * count + other]);
            let mean = joined / (size_a + size_b);
            (linkage[a * count + other], linkage[other * count + a]) = (mean, mean);
        }
        linkage[a * count + a] = f32::NEG_INFINITY;
        for other in 0..count {
            linkage[b * count + other] = f32::NEG_INFINITY;
            linkage[other * count + b] = f32::NEG_INFINITY;
        }
        let moved = std::mem::take(&mut groups[b]);
        groups[a].extend(moved);
    }
    groups.retain(|members| !members.is_empty());
    for members in &mut groups {
        members.sort_unstable();
    }
    groups
}

/// The closest two groups; the first of equals.
fn closest(linkage: &[f32], count: usize, least: f32) -> Option<(usize, usize)> {
    let mut best = None;
    let mut most = least;
    for a in 0..count {
        for b in a + 1..count {
            let value = linkage[a * count + b];
            if value > most || (best.is_none() && value >= most) {
                (best, most) = (Some((a, b)), value);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items on a line: the closer, the more similar.
    fn on_a_line(at: &[f32], apart: &[(usize, usize)], least: f32) -> Vec<Vec<usize>> {
        group(at.len(), least, |a, b| {
            let excluded = apart.contains(&(a, b)) || apart.contains(&(b, a));
            if excluded { f32::NEG_INFINITY } else { -(at[a] - at[b]).abs() }
        })
    }

    #[test]
    fn near_items_join_and_the_mean_decides() {
        assert!(on_a_line(&[], &[], -1.0).is_empty());
        assert_eq!(on_a_line(&[0.0, 9.0, 0.5, 9.2], &[], -1.0), [vec![0, 2], vec![1, 3]]);
        // 0 and 2 are too far apart, but their mean distance with 1 between them is not.
        assert_eq!(on_a_line(&[0.0, 1.0, 2.0], &[], -1.6), [vec![0, 1, 2]]);
        assert_eq!(on_a_line(&[0.0, 1.0, 2.0], &[], -1.4), [vec![0, 1], vec![2]]);
    }

    #[test]
    fn excluded_items_stay_apart_even_through_others() {
        assert_eq!(on_a_line(&[0.0, 0.1, 0.2], &[(0, 2)], -9.0), [vec![0, 1], vec![2]]);
        assert_eq!(on_a_line(&[0.0, 0.1], &[(0, 1)], -9.0).len(), 2);
    }
}
