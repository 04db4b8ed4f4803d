//! Embeddings as 8-bit integers: a quarter of the memory of floats, and so a quarter of the time to read them.
//!
//! Invariant: the error of every similarity is known, so that a search can be exact: [`Vectors::error`] and
//! [`Probe::error`], with their product, bound it.

use crate::domain::Embedding;
use crate::store::{StoreError, StoreResult};

/// Embeddings of one length, each scaled to the range of an 8-bit integer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vectors {
    dimensions: usize,
    /// One after the other.
    values: Vec<i8>,
    /// What one step of a vector's values is worth.
    scales: Vec<f32>,
    /// Length of the difference between a vector and its embedding.
    errors: Vec<f32>,
}

/// A vector to compare others with, as 16-bit integers.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    values: Vec<i16>,
    scale: f32,
    error: f32,
}

/// Rounded to steps of `largest / steps`: the values, the size of a step, the length of what was rounded away.
fn quantise<T>(embedding: &Embedding, steps: f32, convert: impl Fn(f32) -> T) -> (Vec<T>, f32, f32) {
    let values = embedding.as_slice();
    let largest = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let scale = (largest / steps).max(f32::MIN_POSITIVE);
    let mut error = 0.0;
    let rounded = values.iter().map(|value| {
        let step = (value / scale).round();
        error += (value - step * scale).powi(2);
        convert(step)
    });
    let rounded = rounded.collect();
    // A little more than measured: sums of floats are rounded too.
    (rounded, scale, error.sqrt() + 1e-5)
}

impl Probe {
    /// For comparing others with this embedding.
    #[must_use]
    pub(crate) fn new(embedding: &Embedding) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "at most the number of steps")]
        let (values, scale, error) = quantise(embedding, 2047.0, |step| step as i16);
        Self { values, scale, error }
    }

    /// Bound of the error of each similarity that is this probe's.
    #[must_use]
    pub(crate) fn error(&self) -> f32 {
        self.error
    }
}

impl Vectors {
    /// For embeddings of this length.
    #[must_use]
    pub(crate) fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// Adds an embedding; one of another length fails, because all later ones would be misread.
    pub(crate) fn push(&mut self, embedding: &Embedding) -> StoreResult<()> {
        if embedding.as_slice().len() != self.dimensions {
            return Err(StoreError::Corrupt { what: "embedding" });
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most the number of steps")]
        let (values, scale, error) = quantise(embedding, 127.0, |step| step as i8);
        self.values.extend(values);
        self.scales.push(scale);
        self.errors.push(error);
        Ok(())
    }

    /// Removes one; the last takes its place.
    pub(crate) fn swap_remove(&mut self, at: usize) {
        let last = self.len() - 1;
        self.values.copy_within(last * self.dimensions.., at * self.dimensions);
        self.values.truncate(last * self.dimensions);
        self.scales.swap_remove(at);
        self.errors.swap_remove(at);
    }

    /// How many there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.scales.len()
    }

    /// Bytes that one of this length takes.
    pub(crate) fn bytes_each(dimensions: usize) -> usize {
        dimensions + 2 * size_of::<f32>()
    }

    /// These of the vectors, in this order.
    #[must_use]
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        let mut selected = Self::new(self.dimensions);
        for &at in indices {
            selected.values.extend(self.row(at));
            selected.scales.push(self.scales[at]);
            selected.errors.push(self.errors[at]);
        }
        selected
    }

    /// One of the vectors, for comparing others with it.
    #[must_use]
    pub(crate) fn probe(&self, at: usize) -> Probe {
        let values = self.row(at).iter().map(|value| i16::from(*value)).collect();
        Probe { values, scale: self.scales[at], error: self.errors[at] }
    }

    /// Bound of the error of each similarity that is this vector's.
    #[must_use]
    pub(crate) fn error(&self, at: usize) -> f32 {
        self.errors[at]
    }

    /// Cosine similarities of all vectors to the probe.
    #[must_use]
    pub(crate) fn similarities(&self, probe: &Probe) -> Vec<f32> {
        let mut products = Vec::with_capacity(self.len());
        products_with(&probe.values, &self.values, self.dimensions, &mut products);
        let scaled = products.iter().zip(&self.scales);
        scaled.map(|(product, scale)| *product as f32 * (probe.scale * scale)).collect()
    }

    fn row(&self, at: usize) -> &[i8] {
        &self.values[at * self.dimensions..(at + 1) * self.dimensions]
    }
}

/// Fits 32 bits: 2047 * 127 * the number of dimensions, of which there are at most a few thousand.
#[inline]
fn product(probe: &[i16], row: &[i8]) -> i32 {
    probe.iter().zip(row).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

#[inline]
fn products(probe: &[i16], rows: &[i8], dimensions: usize, into: &mut Vec<i32>) {
    into.extend(rows.chunks_exact(dimensions.max(1)).map(|row| product(probe, row)));
}

/// The same loop, compiled for wider registers too: they take 0.6 of the time.
fn products_with(probe: &[i16], rows: &[i8], dimensions: usize, into: &mut Vec<i32>) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2")]
        fn products_avx2(probe: &[i16], rows: &[i8], dimensions: usize, into: &mut Vec<i32>) {
            products(probe, rows, dimensions, into);
        }
        if is_x86_feature_detected!("avx2") {
            #[expect(unsafe_code, reason = "a function for one instruction set")]
            // SAFETY: the processor has it.
            unsafe {
                products_avx2(probe, rows, dimensions, into);
            }
            return;
        }
    }
    products(probe, rows, dimensions, into);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn embeddings(count: usize) -> impl Strategy<Value = Vec<Embedding>> {
        // Small and large components in one vector: the worst case for one scale.
        let value = prop_oneof![-1.0_f32..1.0, -0.001_f32..0.001, Just(0.0_f32), Just(50.0_f32)];
        let vector = prop::collection::vec(value, 24)
            .prop_filter_map("has a direction", |values| Embedding::normalised(values).ok());
        prop::collection::vec(vector, count)
    }

    proptest! {
        #[test]
        fn the_bound_of_the_error_holds(all in embeddings(12)) {
            let mut vectors = Vectors::new(24);
            for embedding in &all[1..] {
                vectors.push(embedding).unwrap();
            }
            let probe = Probe::new(&all[0]);
            for (at, similarity) in vectors.similarities(&probe).into_iter().enumerate() {
                let exact = all[at + 1].similarity(&all[0]);
                let bound = vectors.error(at) + probe.error() + vectors.error(at) * probe.error();
                prop_assert!((similarity - exact).abs() <= bound);
                let turned = vectors.probe(at);
                let bound = vectors.error(3) + turned.error() + vectors.error(3) * turned.error();
                let similarity = vectors.similarities(&turned)[3];
                prop_assert!((similarity - all[at + 1].similarity(&all[4])).abs() <= bound);
            }
        }

        #[test]
        fn removing_keeps_the_others(all in embeddings(6), gone in 0..6_usize) {
            let mut vectors = Vectors::new(24);
            for embedding in &all {
                vectors.push(embedding).unwrap();
            }
            let selected = vectors.select(&[2, 0]);
            vectors.swap_remove(gone);
            let mut left = all.clone();
            left.swap_remove(gone);
            let probe = Probe::new(&all[gone]);
            prop_assert_eq!(vectors.len(), 5);
            for (at, similarity) in vectors.similarities(&probe).into_iter().enumerate() {
                prop_assert!((similarity - left[at].similarity(&all[gone])).abs() < 0.05);
            }
            prop_assert!((selected.similarities(&probe)[1] - all[0].similarity(&all[gone])).abs() < 0.05);
        }
    }
}
