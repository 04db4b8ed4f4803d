//! Converts an ONNX node to an [`Op`]: the supported operators and parameters, as the ONNX specification ("Operator
//! Schemas") defines them.

use super::attributes::Attributes;
use super::builder::Builder;
use super::error::PlanError;
use super::op::{Conv, Op, Reshape, Window};
use super::{Constant, proto};

/// The typed operator, and the names of its inputs at run time.
pub(super) fn operator<'a>(
    builder: &mut Builder<'a>,
    attributes: &Attributes,
    node: &'a proto::Node,
) -> Result<(Op, Vec<&'a str>), PlanError> {
    let unknown =
        |operator: String| PlanError::UnknownOperator { node: attributes.node.to_owned(), operator };
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return Err(unknown(format!("{}.{}", node.domain, node.op_type)));
    }
    let all: Vec<&str> = node.input.iter().map(String::as_str).collect();
    let data = all[..all.len().min(1)].to_vec();
    Ok(match node.op_type.as_str() {
        "Conv" => (Op::Conv(convolution(builder, attributes, &all, false)?), data),
        "ConvTranspose" => (Op::ConvTranspose(convolution(builder, attributes, &all, true)?), data),
        "Gemm" | "MatMul" => (gemm(builder, attributes, &all)?, data),
        "BatchNormalization" => (batch_norm(builder, attributes, &all)?, data),
        "PRelu" => {
            let slope = builder.weights(attributes, input(attributes, &all, 1)?)?;
            // Other shapes broadcast over height or width.
            let per_channel = matches!(slope.shape[..], [_, 1, 1] | [1, _, 1, 1]);
            if slope.data.len() != 1 && !per_channel {
                return Err(attributes.unsupported("only one slope per channel is supported"));
            }
            (Op::PRelu(slope.data), data)
        }
        "Clip" => (clip(builder, attributes, &all)?, data),
        "Relu" => (Op::Relu, data),
        "LeakyRelu" => (Op::LeakyRelu(attributes.float("alpha", 0.01)), data),
        "Sigmoid" => (Op::Sigmoid, data),
        "Tanh" => (Op::Tanh, data),
        "MaxPool" => (Op::MaxPool(pooling(attributes)?), data),
        "AveragePool" => {
            let window = pooling(attributes)?;
            if window.padding != [0; 4] && attributes.int("count_include_pad", 0) == 0 {
                return Err(attributes.unsupported("padding with `count_include_pad` 0 is not supported"));
            }
            (Op::AveragePool(window), data)
        }
        "GlobalAveragePool" => (Op::GlobalAveragePool, data),
        "Transpose" => {
            let axes = attributes.ints("perm").unwrap_or_default();
            let axes: Result<Vec<usize>, _> = axes.iter().map(|axis| usize::try_from(*axis)).collect();
            (Op::Transpose(axes.map_err(|_| attributes.unsupported("`perm` has a negative axis"))?), data)
        }
        "Flatten" => (Op::Reshape(Reshape::Flatten(attributes.int("axis", 1))), data),
        "Squeeze" => (Op::Reshape(Reshape::Squeeze(axes(builder, attributes, &all)?)), data),
        "Unsqueeze" => (Op::Reshape(Reshape::Unsqueeze(axes(builder, attributes, &all)?)), data),
        "Shape" => {
            reject(attributes, &["start", "end"])?;
            (Op::Shape, data)
        }
        "Cast" => (Op::Cast, data),
        "Resize" | "Upsample" => {
            check_nearest(attributes)?;
            let target = all.iter().skip(1).rfind(|name| !name.is_empty());
            let target = target.ok_or_else(|| attributes.unsupported("it has neither scales nor sizes"))?;
            (Op::Resize, vec![input(attributes, &all, 0)?, target])
        }
        "Add" => (Op::Add, all),
        "Sub" => (Op::Sub, all),
        "Mul" => (Op::Mul, all),
        "Div" => (Op::Div, all),
        "Reshape" => {
            reject(attributes, &["allowzero"])?;
            (Op::Reshape(Reshape::To), all)
        }
        "Concat" => (Op::Concat { axis: attributes.int("axis", 0) }, all),
        "Gather" => (Op::Gather { axis: attributes.int("axis", 0) }, all),
        other => return Err(unknown(other.to_owned())),
    })
}

fn input<'a>(attributes: &Attributes, all: &[&'a str], index: usize) -> Result<&'a str, PlanError> {
    all.get(index)
        .copied()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| attributes.unsupported(format!("input {index} is missing")))
}

fn convolution(
    builder: &mut Builder,
    attributes: &Attributes,
    all: &[&str],
    transposed: bool,
) -> Result<Conv, PlanError> {
    let weights = builder.weights(attributes, input(attributes, all, 1)?)?;
    let &[first, second, kh, kw] = &weights.shape[..] else {
        return Err(attributes.unsupported("only two-dimensional convolutions are supported"));
    };
    let groups = usize::try_from(attributes.int("group", 1)).unwrap_or(0);
    if groups == 0 || first % groups != 0 {
        return Err(attributes.unsupported(format!("{first} channels cannot be split into {groups} groups")));
    }
    let window = attributes.window(Some([kh, kw]))?;
    if transposed {
        reject(attributes, &["output_shape"])?;
        if attributes.sizes("output_padding", [0, 0])? != [0, 0] || groups != 1 {
            return Err(attributes.unsupported("`output_padding` and `group` are not supported"));
        }
    }
    let even = |sides: [usize; 2]| sides[0] == sides[1];
    let even_padding = window.padding.iter().all(|side| *side == window.padding[0]);
    if !even(window.stride) || !even(window.dilation) || (transposed && !even_padding) {
        return Err(attributes
            .unsupported("strides, dilations or padding that differ by direction are not supported"));
    }
    let channels = if transposed { second * groups } else { first };
    let bias = builder.bias(attributes, all.get(2).copied(), channels)?;
    Ok(Conv { weights, bias, window, groups })
}

/// Rejects attributes that are not implemented, unless they have their default of 0.
fn reject(attributes: &Attributes, names: &[&str]) -> Result<(), PlanError> {
    let set =
        |name: &&&str| attributes.int(name, 0) != 0 || attributes.ints(name).is_some_and(|i| !i.is_empty());
    match names.iter().find(set) {
        Some(name) => Err(attributes.unsupported(format!("`{name}` is not supported"))),
        None => Ok(()),
    }
}

fn pooling(attributes: &Attributes) -> Result<Window, PlanError> {
    let window = attributes.window(None)?;
    if window.dilation == [1, 1] {
        Ok(window)
    } else {
        Err(attributes.unsupported("`dilations` of pooling are not supported"))
    }
}

/// `MatMul` with constant weights is a `Gemm` without attributes and bias.
fn gemm(builder: &mut Builder, attributes: &Attributes, all: &[&str]) -> Result<Op, PlanError> {
    let is_one = |name: &str| (attributes.float(name, 1.0) - 1.0).abs() < f32::EPSILON;
    let plain = is_one("alpha") && is_one("beta") && attributes.int("transA", 0) == 0;
    if !plain {
        return Err(attributes.unsupported("`alpha`, `beta` and `transA` are not supported"));
    }
    let mut weights = builder.weights(attributes, input(attributes, all, 1)?)?;
    let &[rows, columns] = &weights.shape[..] else {
        return Err(attributes.unsupported("the weights must have two dimensions"));
    };
    if attributes.int("transB", 0) == 0 {
        weights.data = (0..columns * rows).map(|i| weights.data[i % rows * columns + i / rows]).collect();
        weights.shape = vec![columns, rows];
    }
    let bias = builder.bias(attributes, all.get(2).copied(), weights.shape[0])?;
    Ok(Op::Gemm { weights, bias })
}

/// `(x - mean) / sqrt(variance + epsilon) * gamma + beta` as one scale and one shift per channel.
fn batch_norm(builder: &mut Builder, attributes: &Attributes, all: &[&str]) -> Result<Op, PlanError> {
    reject(attributes, &["training_mode"])?;
    let mut part =
        |index: usize| Ok::<_, PlanError>(builder.weights(attributes, input(attributes, all, index)?)?.data);
    let (gamma, beta, mean, variance) = (part(1)?, part(2)?, part(3)?, part(4)?);
    if [&beta, &mean, &variance].iter().any(|other| other.len() != gamma.len()) {
        return Err(attributes.unsupported("its four constants differ in length"));
    }
    let epsilon = attributes.float("epsilon", 1e-5);
    let scale: Vec<f32> = gamma.iter().zip(&*variance).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let shift = (0..scale.len()).map(|c| beta[c] - mean[c] * scale[c]).collect();
    Ok(Op::ScaleShift { scale: scale.into(), shift })
}

/// The bounds are attributes before opset 11, inputs since.
fn clip(builder: &mut Builder, attributes: &Attributes, all: &[&str]) -> Result<Op, PlanError> {
    let mut bound = |index: usize, name: &str, default: f32| match all.get(index).filter(|n| !n.is_empty()) {
        Some(input) => {
            let number = builder.weights(attributes, input)?.data.first().copied();
            number.ok_or_else(|| attributes.unsupported(format!("`{name}` is empty")))
        }
        None => Ok(attributes.float(name, default)),
    };
    Ok(Op::Clip { min: bound(1, "min", f32::MIN)?, max: bound(2, "max", f32::MAX)? })
}

/// The axes are an attribute before opset 13, an input since.
fn axes(builder: &mut Builder, attributes: &Attributes, all: &[&str]) -> Result<Vec<i64>, PlanError> {
    if let Some(axes) = attributes.ints("axes") {
        return Ok(axes.to_vec());
    }
    match builder.constant(attributes, input(attributes, all, 1)?)? {
        Constant::Integers { data, .. } => Ok(data),
        Constant::Floats(_) => Err(attributes.unsupported("the axes are not integers")),
    }
}

/// With integer factors, all accepted combinations repeat each pixel.
fn check_nearest(attributes: &Attributes) -> Result<(), PlanError> {
    let mode = attributes.text("mode", "nearest");
    let coordinates = attributes.text("coordinate_transformation_mode", "half_pixel");
    let rounding = attributes.text("nearest_mode", "round_prefer_floor");
    let repeats = match coordinates.as_str() {
        "asymmetric" => rounding == "floor",
        "half_pixel" | "pytorch_half_pixel" => rounding.starts_with("round_prefer"),
        _ => false,
    };
    // Before opset 11 the only rule was the floor of the scaled coordinate.
    let before_opset_11 = attributes.find("coordinate_transformation_mode").is_none()
        && attributes.find("nearest_mode").is_none();
    if mode == "nearest" && (repeats || before_opset_11) {
        return Ok(());
    }
    Err(attributes.unsupported(format!(
        "resizing with mode `{mode}`, coordinates `{coordinates}`, rounding `{rounding}` is not supported"
    )))
}
