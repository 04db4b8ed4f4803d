//! Computes a plan with slow loops that follow the operators' definitions.

use crate::face::plan::{Conv, Op, Plan, Window};

/// `[n, channels, height, width]` and the numbers, row-major.
#[derive(Clone)]
pub(super) struct Picture {
    pub(super) shape: [usize; 4],
    pub(super) data: Vec<f32>,
}

impl Picture {
    fn filled(shape: [usize; 4], value: impl Fn([usize; 4]) -> f32) -> Self {
        let [n, c, h, w] = shape;
        let indices = (0..n * c * h * w).map(|i| [i / w / h / c, i / w / h % c, i / w % h, i % w]);
        Self { shape, data: indices.map(value).collect() }
    }

    /// Zero outside the picture.
    fn at(&self, n: usize, c: usize, y: isize, x: isize) -> f32 {
        self.get(n, c, y, x).unwrap_or(0.0)
    }

    fn get(&self, n: usize, c: usize, y: isize, x: isize) -> Option<f32> {
        let [_, channels, h, w] = self.shape;
        let y = usize::try_from(y).ok().filter(|y| *y < h)?;
        let x = usize::try_from(x).ok().filter(|x| *x < w)?;
        Some(self.data[((n * channels + c) * h + y) * w + x])
    }

    fn map(&self, f: impl Fn(f32, usize) -> f32) -> Self {
        Self::filled(self.shape, |[n, c, y, x]| f(self.at(n, c, y.cast_signed(), x.cast_signed()), c))
    }
}

/// The input coordinates of a window's taps at an output position.
fn taps(window: &Window, [y, x]: [usize; 2]) -> impl Iterator<Item = (usize, isize, isize)> {
    let Window { kernel, stride, padding, dilation } = *window;
    (0..kernel[0] * kernel[1]).map(move |tap| {
        let at = |axis: usize, position: usize, k: usize| {
            (position * stride[axis] + k * dilation[axis]).cast_signed() - padding[axis].cast_signed()
        };
        (tap, at(0, y, tap / kernel[1]), at(1, x, tap % kernel[1]))
    })
}

fn convolve(x: &Picture, conv: &Conv) -> Picture {
    let &[out, per_group, kh, kw] = &conv.weights.shape[..] else { unreachable!("weights have four sides") };
    let [h, w] = conv.window.output_size(x.shape[2], x.shape[3]).unwrap();
    Picture::filled([x.shape[0], out, h, w], |[n, o, y, column]| {
        let first = o / (out / conv.groups) * per_group;
        let sum = (0..per_group).map(|c| {
            let products = taps(&conv.window, [y, column]).map(|(tap, sy, sx)| {
                x.at(n, first + c, sy, sx) * conv.weights.data[(o * per_group + c) * kh * kw + tap]
            });
            products.sum::<f32>()
        });
        sum.sum::<f32>() + conv.bias.as_ref().map_or(0.0, |bias| bias[o])
    })
}

/// A transposed convolution whose output tiles do not overlap.
fn tiles(x: &Picture, conv: &Conv) -> Picture {
    let &[depth, out, kh, kw] = &conv.weights.shape[..] else { unreachable!("weights have four sides") };
    Picture::filled([x.shape[0], out, x.shape[2] * kh, x.shape[3] * kw], |[n, o, y, column]| {
        let tap = y % kh * kw + column % kw;
        let product = |c: usize| {
            let input = x.at(n, c, (y / kh).cast_signed(), (column / kw).cast_signed());
            input * conv.weights.data[(c * out + o) * kh * kw + tap]
        };
        (0..depth).map(product).sum::<f32>() + conv.bias.as_ref().map_or(0.0, |bias| bias[o])
    })
}

fn pool(x: &Picture, window: &Window, max: bool) -> Picture {
    let [h, w] = window.output_size(x.shape[2], x.shape[3]).unwrap();
    Picture::filled([x.shape[0], x.shape[1], h, w], |[n, c, y, column]| {
        let inside = taps(window, [y, column]).filter_map(|(_, sy, sx)| x.get(n, c, sy, sx));
        if max {
            inside.fold(f32::NEG_INFINITY, f32::max)
        } else {
            inside.sum::<f32>() / (window.kernel[0] * window.kernel[1]) as f32
        }
    })
}

/// The plan's first output.
pub(super) fn evaluate(plan: &Plan, input: Picture) -> Picture {
    let shapes = plan.shapes(&input.shape).unwrap();
    let mut values = vec![None; plan.value_count];
    values[plan.input] = Some(input);
    for node in &plan.nodes {
        let value = |index: usize| values[node.inputs[index]].as_ref().unwrap();
        let x = value(0);
        let y = match &node.op {
            Op::Conv(conv) => convolve(x, conv),
            Op::ConvTranspose(conv) => tiles(x, conv),
            Op::MaxPool(window) => pool(x, window, true),
            Op::AveragePool(window) => pool(x, window, false),
            Op::GlobalAveragePool => pool(x, &Window::plain([x.shape[2], x.shape[3]]), false),
            Op::Resize => {
                let &[n, c, h, w] = shapes.of(node.output) else { unreachable!("pictures have four sides") };
                let repeat = h / x.shape[2];
                Picture::filled([n, c, h, w], |[n, c, y, column]| {
                    x.at(n, c, (y / repeat).cast_signed(), (column / repeat).cast_signed())
                })
            }
            Op::ScaleShift { scale, shift } => x.map(|v, c| v * scale[c] + shift[c]),
            Op::Relu => x.map(|v, _| v.max(0.0)),
            Op::Clip { min, max } => x.map(|v, _| v.clamp(*min, *max)),
            Op::LeakyRelu(slope) => x.map(|v, _| if v < 0.0 { v * slope } else { v }),
            Op::PRelu(slopes) => x.map(|v, c| if v < 0.0 { v * slopes[c] } else { v }),
            Op::Add => {
                let other = value(1).clone();
                Picture::filled(x.shape, |[n, c, y, column]| {
                    let (y, column) = (y.cast_signed(), column.cast_signed());
                    x.at(n, c, y, column) + other.at(n, c, y, column)
                })
            }
            other => unreachable!("{other:?} is not in random networks"),
        };
        values[node.output] = Some(y);
    }
    values[plan.outputs[0].1].take().unwrap()
}
