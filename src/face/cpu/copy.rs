//! From any layout to row-major order: what leaves the network, and what is transposed in it.

/// Most dimensions of a tensor.
const MAX_RANK: usize = 6;

/// A function of one number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Identity,
    Sigmoid,
    /// `x * scale + shift`.
    Affine {
        scale: f32,
        shift: f32,
    },
}

impl Function {
    pub(super) fn apply(self, x: f32) -> f32 {
        match self {
            Self::Identity => x,
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Affine { scale, shift } => x * scale + shift,
        }
    }
}

/// Dimensions and where their elements lie.
pub(super) struct View {
    offset: usize,
    /// Size and distance of each dimension, outermost first.
    dimensions: Vec<(usize, usize)>,
}

impl View {
    /// Takes the dimensions in the order of `axes`, where given; `None` where there are too many.
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
        // Fewer and longer rows: what lies at even distances is one dimension.
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

/// A copy of a view, each number through a function.
pub(super) struct Copying {
    pub(super) view: View,
    pub(super) function: Function,
}

impl Copying {
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
            // The next row: count up, the innermost dimension first.
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
