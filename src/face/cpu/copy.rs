//! Copies from any layout to row-major order: the network's outputs, and transpositions inside it.

/// Largest number of dimensions.
const MAX_RANK: usize = 6;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Elementwise {
    Identity,
    Sigmoid,
    /// `x * scale + shift`.
    Affine {
        scale: f32,
        shift: f32,
    },
}

impl Elementwise {
    pub(super) fn apply(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Affine { scale, shift } => x * scale + shift,
        }
    }
}

/// A strided view of a tensor.
pub(super) struct View {
    offset: usize,
    /// Size and stride of each dimension, outermost first.
    dimensions: Vec<(usize, usize)>,
}

impl View {
    /// Permutes the dimensions by `axes` if given; `None` if there are too many.
    pub(super) fn new(
        offset: usize,
        shape: &[usize],
        strides: &[usize],
        axes: Option<&[usize]>,
    ) -> Option<Self> {
        if shape.len() > MAX_RANK || shape.len() != strides.len() {
            return None;
        }
        let each = |axis: usize| (shape[axis], strides[axis]);
        let all: Vec<(usize, usize)> = match axes {
            Some(axes) => axes.iter().map(|axis| each(*axis)).collect(),
            None => (0..shape.len()).map(each).collect(),
        };
        // Dimensions with matching strides are merged, for fewer and longer rows.
        let mut dimensions: Vec<(usize, usize)> = Vec::with_capacity(all.len());
        for (size, stride) in all.into_iter().filter(|(size, _)| *size != 1) {
            match dimensions.last_mut() {
                Some(outer) if outer.1 == size * stride => *outer = (outer.0 * size, stride),
                _ => dimensions.push((size, stride)),
            }
        }
        Some(Self { offset, dimensions })
    }
}

/// Copies a view and applies a function to each number.
pub(super) struct CopyStep {
    pub(super) view: View,
    pub(super) function: Elementwise,
}

impl CopyStep {
    pub(super) fn run(&self, from: &[f32], to: &mut [f32]) {
        let View { offset, dimensions } = &self.view;
        let Some(((length, stride), outer)) = dimensions.split_last() else {
            to[0] = self.function.apply(from[*offset]);
            return;
        };
        if dimensions.iter().any(|(size, _)| *size == 0) {
            return;
        }
        let rows: usize = outer.iter().map(|(size, _)| size).product();
        let mut index = [0; MAX_RANK];
        let mut start = *offset;
        for row in to.chunks_exact_mut(*length).take(rows) {
            for (i, value) in row.iter_mut().enumerate() {
                *value = self.function.apply(from[start + i * stride]);
            }
            // Advance to the next row, innermost dimension first.
            for (axis, (size, stride)) in outer.iter().enumerate().rev() {
                index[axis] += 1;
                start += stride;
                if index[axis] < *size {
                    break;
                }
                start -= size * stride;
                index[axis] = 0;
            }
        }
    }
}
