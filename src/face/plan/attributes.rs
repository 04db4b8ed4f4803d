//! Typed access to the attributes of an ONNX node.

use super::error::PlanError;
use super::op::Window;
use super::proto;

/// The attributes of a node, and its name for messages.
pub(super) struct Attributes<'a> {
    pub(super) node: &'a str,
    list: &'a [proto::Attribute],
}

impl<'a> Attributes<'a> {
    pub(super) fn new(node: &'a str, list: &'a [proto::Attribute]) -> Self {
        Self { node, list }
    }

    pub(super) fn find(&self, name: &str) -> Option<&'a proto::Attribute> {
        self.list.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.find(name).map_or(default, |attribute| attribute.i)
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        self.find(name).map_or(default, |attribute| attribute.f)
    }

    pub(super) fn text(&self, name: &str, default: &'static str) -> String {
        self.find(name).map_or_else(
            || default.to_owned(),
            |attribute| String::from_utf8_lossy(&attribute.s).into_owned(),
        )
    }

    pub(super) fn ints(&self, name: &str) -> Option<&'a [i64]> {
        self.find(name).map(|attribute| attribute.ints.as_slice())
    }

    /// `N` non-negative numbers, or `default` if the attribute is absent.
    pub(super) fn sizes<const N: usize>(
        &self,
        name: &str,
        default: [usize; N],
    ) -> Result<[usize; N], PlanError> {
        let Some(ints) = self.ints(name) else { return Ok(default) };
        let sizes: Option<Vec<usize>> = ints.iter().map(|i| usize::try_from(*i).ok()).collect();
        sizes
            .and_then(|sizes| <[usize; N]>::try_from(sizes).ok())
            .ok_or_else(|| self.unsupported(format!("`{name}` is {ints:?}, expected {N} sizes")))
    }

    /// The window of a convolution or pooling. `kernel` is the shape of the weights, if there are any.
    pub(super) fn window(&self, kernel: Option<[usize; 2]>) -> Result<Window, PlanError> {
        if !matches!(self.text("auto_pad", "NOTSET").as_str(), "NOTSET" | "") {
            return Err(self.unsupported("`auto_pad` is not supported, only explicit `pads`"));
        }
        if self.int("ceil_mode", 0) != 0 {
            return Err(self.unsupported("`ceil_mode` is not supported"));
        }
        let declared = self.sizes("kernel_shape", kernel.unwrap_or([0, 0]))?;
        if kernel.is_some_and(|kernel| kernel != declared) {
            return Err(self.unsupported("`kernel_shape` differs from the shape of the weights"));
        }
        let window = Window {
            kernel: declared,
            stride: self.sizes("strides", [1, 1])?,
            padding: self.sizes("pads", [0; 4])?,
            dilation: self.sizes("dilations", [1, 1])?,
        };
        if window.kernel.contains(&0) || window.stride.contains(&0) || window.dilation.contains(&0) {
            return Err(self.unsupported("a kernel, stride or dilation is zero"));
        }
        Ok(window)
    }

    pub(super) fn unsupported(&self, reason: impl Into<String>) -> PlanError {
        PlanError::unsupported(self.node, reason)
    }
}
