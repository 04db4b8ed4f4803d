//! A face as a unit vector: the closer two vectors, the likelier the same person.

use half::f16;
use half::slice::HalfFloatSliceExt;

/// Why a vector is not an embedding.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EmbeddingError {
    /// Its length is zero or not a number.
    #[error("the embedding has no direction: its length is zero or not finite")]
    NoDirection,
    /// The stored bytes are not 16-bit floats.
    #[error("the stored embedding has {0} bytes, which is not a positive multiple of two")]
    ByteCount(usize),
}

/// A vector of unit length.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Scales `values` to unit length.
    ///
    /// # Errors
    /// If the length is zero or not finite.
    pub fn normalised(mut values: Vec<f32>) -> Result<Self, EmbeddingError> {
        let length = dot(&values, &values).sqrt();
        if !length.is_finite() || length < 1e-12 {
            return Err(EmbeddingError::NoDirection);
        }
        for value in &mut values {
            *value /= length;
        }
        Ok(Self(values))
    }

    /// From [`Embedding::to_f16_bytes`].
    ///
    /// # Errors
    /// If the bytes are not 16-bit floats, or the vector has no direction.
    pub fn from_f16_bytes(bytes: &[u8]) -> Result<Self, EmbeddingError> {
        let (pairs, rest) = bytes.as_chunks::<2>();
        if !rest.is_empty() || pairs.is_empty() {
            return Err(EmbeddingError::ByteCount(bytes.len()));
        }
        let halves: Vec<f16> = pairs.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
        let mut values = vec![0.0; halves.len()];
        halves.convert_to_f32_slice(&mut values);
        Self::normalised(values)
    }

    /// The stored form: little-endian IEEE 754 half-precision floats.
    #[must_use]
    pub fn to_f16_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
    }

    /// Cosine of the angle between the two vectors, in `-1.0..=1.0`.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        debug_assert_eq!(self.0.len(), other.0.len(), "embeddings of different packs");
        dot(&self.0, &other.0).clamp(-1.0, 1.0)
    }

    /// The components.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
}

/// Sums in several lanes, so that the processor computes several products at once.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn has_unit_length_and_survives_storage(values in prop::collection::vec(-50.0_f32..50.0, 2..600)) {
            prop_assume!(values.iter().any(|v| v.abs() > 0.1));
            let embedding = Embedding::normalised(values).unwrap();
            prop_assert!((embedding.similarity(&embedding) - 1.0).abs() < 1e-5);
            let stored = Embedding::from_f16_bytes(&embedding.to_f16_bytes()).unwrap();
            prop_assert!(stored.similarity(&embedding) > 0.99999);
        }
    }

    #[test]
    fn vectors_without_direction_are_rejected() {
        assert_eq!(Embedding::normalised(vec![0.0; 4]), Err(EmbeddingError::NoDirection));
        assert_eq!(Embedding::normalised(vec![f32::NAN, 1.0]), Err(EmbeddingError::NoDirection));
        assert_eq!(Embedding::normalised(vec![f32::INFINITY, 1.0]), Err(EmbeddingError::NoDirection));
        assert_eq!(Embedding::from_f16_bytes(&[1, 2, 3]), Err(EmbeddingError::ByteCount(3)));
    }
}
