//! Loads plans from ONNX messages: rejections, folding, shapes.

use prost::Message;

use super::*;

fn node(op_type: &str, inputs: &[&str], output: &str, attributes: Vec<proto::Attribute>) -> proto::Node {
    proto::Node {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: format!("the {op_type}"),
        op_type: op_type.to_owned(),
        attribute: attributes,
        domain: String::new(),
    }
}

fn ints(name: &str, ints: &[i64]) -> proto::Attribute {
    proto::Attribute { name: name.to_owned(), ints: ints.to_vec(), ..Default::default() }
}

fn int(name: &str, i: i64) -> proto::Attribute {
    proto::Attribute { name: name.to_owned(), i, ..Default::default() }
}

fn floats(name: &str, dims: &[i64], data: &[f32]) -> proto::Tensor {
    proto::Tensor {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: 1,
        float_data: data.to_vec(),
        ..Default::default()
    }
}

/// A model from `x` to `y`.
fn plan(nodes: Vec<proto::Node>, initializer: Vec<proto::Tensor>) -> Result<Plan, PlanError> {
    let value = |name: &str| vec![proto::ValueInfo { name: name.to_owned() }];
    let graph = proto::Graph { node: nodes, initializer, input: value("x"), output: value("y") };
    Plan::from_onnx(&proto::Model { graph: Some(graph) }.encode_to_vec())
}

fn batch_norm_constants() -> Vec<proto::Tensor> {
    [("gamma", [2.0, 3.0]), ("beta", [0.5, -0.5]), ("mean", [1.0, -1.0]), ("variance", [4.0, 9.0])]
        .map(|(name, data)| floats(name, &[2], &data))
        .to_vec()
}

#[test]
fn rejects_unknown_operators_with_the_node_name() {
    let error = plan(vec![node("Einsum", &["x"], "y", vec![])], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "node `the Einsum`: operator `Einsum` is not supported");
    let mut foreign = node("Relu", &["x"], "y", vec![]);
    foreign.domain = "com.example".to_owned();
    let error = plan(vec![foreign], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "node `the Relu`: operator `com.example.Relu` is not supported");
}

#[test]
fn rejects_unsupported_parameters() {
    let weights = || floats("w", &[2, 1, 3, 3], &[0.0; 18]);
    for (node, constants) in [
        (node("Conv", &["x", "w"], "y", vec![ints("strides", &[1, 2])]), vec![weights()]),
        (node("ConvTranspose", &["x", "w"], "y", vec![ints("output_shape", &[5, 5])]), vec![weights()]),
        (node("MaxPool", &["x"], "y", vec![ints("kernel_shape", &[2, 2]), int("ceil_mode", 1)]), vec![]),
        (
            node("MaxPool", &["x"], "y", vec![ints("kernel_shape", &[2, 2]), ints("dilations", &[2, 2])]),
            vec![],
        ),
        (node("PRelu", &["x", "w"], "y", vec![]), vec![floats("w", &[4], &[0.1; 4])]),
        (node("Shape", &["x"], "y", vec![int("start", 1)]), vec![]),
    ] {
        let name = node.name.clone();
        let error = plan(vec![node], constants).unwrap_err();
        assert!(matches!(&error, PlanError::Unsupported { node, .. } if *node == name), "{error}");
    }
}

#[test]
fn rejects_invalid_models() {
    assert!(matches!(Plan::from_onnx(b"no protobuf at all"), Err(PlanError::NotOnnx(_))));
    assert!(matches!(Plan::from_onnx(b""), Err(PlanError::NoGraph)));
    let undefined = plan(vec![node("Relu", &["z"], "y", vec![])], vec![]).unwrap_err();
    assert_eq!(undefined.to_string(), "node `the Relu` uses the undefined value `z`");
}

#[test]
fn folds_a_batch_normalisation_into_the_convolution_before_it() {
    let batch_norm = node("BatchNormalization", &["c", "gamma", "beta", "mean", "variance"], "y", vec![]);
    let mut constants = batch_norm_constants();
    constants.push(floats("w", &[2, 1, 1, 1], &[10.0, 20.0]));
    let plan = plan(vec![node("Conv", &["x", "w"], "c", vec![]), batch_norm], constants).unwrap();
    let [Node { op: Op::Conv(conv), .. }] = &plan.nodes[..] else { panic!("{:?}", plan.nodes) };
    let bias = conv.bias.as_ref().unwrap();
    // scale = gamma / sqrt(variance + 1e-5) = 1, 1; shift = beta - mean * scale.
    for (actual, expected) in conv.weights.data.iter().chain(&**bias).zip([10.0, 20.0, -0.5, 0.5]) {
        assert!((actual - expected).abs() < 1e-3, "{actual} for {expected}");
    }
}

#[test]
fn keeps_a_batch_normalisation_if_its_input_has_other_readers() {
    let batch_norm = node("BatchNormalization", &["c", "gamma", "beta", "mean", "variance"], "n", vec![]);
    let mut constants = batch_norm_constants();
    constants.push(floats("w", &[2, 1, 1, 1], &[10.0, 20.0]));
    let nodes =
        vec![node("Conv", &["x", "w"], "c", vec![]), batch_norm, node("Add", &["c", "n"], "y", vec![])];
    let plan = plan(nodes, constants).unwrap();
    assert!(matches!(plan.nodes[1].op, Op::ScaleShift { .. }));
}

#[test]
fn infers_shapes_and_names_the_node_that_does_not_match() {
    let window = vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), ints("pads", &[1, 1, 1, 1])];
    let plan = plan(
        vec![
            node("Conv", &["x", "w"], "c", window),
            node("Transpose", &["c"], "y", vec![ints("perm", &[0, 2, 3, 1])]),
        ],
        vec![floats("w", &[2, 3, 3, 3], &[0.0; 54])],
    )
    .unwrap();
    let (_, output) = plan.outputs[0];
    assert_eq!(plan.shapes(&[1, 3, 64, 33]).unwrap().of(output), [1, 32, 17, 2]);
    let error = plan.shapes(&[1, 4, 64, 33]).unwrap_err();
    assert!(error.to_string().contains("the Conv"), "{error}");
}
