//! Values of constants: plain or quantised. Errors are reasons that name the tensor.

use super::graph::{Constant, Graph};
use crate::checkpoint::derived::{Derived, Encoding, Scales};
use crate::checkpoint::numbers::Numbers;

impl<'a> Graph<'a> {
    /// The encoding of a constant's values. `quantised` names the scale and the zero point of integers, along `axis`.
    pub fn encoding(
        &self,
        constant: &Constant<'_, 'a>,
        quantised: Option<(&'a str, &'a str)>,
        axis: usize,
    ) -> Result<Encoding, String> {
        let failed = |reason: String| format!("tensor {} {reason}", constant.name);
        let numbers = constant.tensor.numbers().map_err(failed)?;
        let dims = &constant.tensor.dims;
        if numbers.kind.is_float() {
            return Ok(Encoding::Plain(numbers));
        }
        let (scale, zero, axis) = match (constant.scale, quantised) {
            (Some((scale, zero, axis)), _) => {
                let axis = axis.unwrap_or(1);
                (scale, zero, usize::try_from(if axis < 0 { axis + dims.len() as i64 } else { axis }).unwrap_or(0))
            }
            (None, Some((scale, zero))) => (scale, zero, axis),
            (None, None) => {
                let (scale, zero) = self.scale_by_name(constant.name);
                let missing = || failed(format!("is {}, and its scale is not found", constant.tensor.type_name()));
                (scale.ok_or_else(missing)?, zero, axis)
            }
        };
        let scale = self.numbers(scale)?;
        let zero = if zero.is_empty() { None } else { Some(self.numbers(zero)?) };
        let counts = (scale.count, zero.as_ref().map_or(0, |zero| zero.count));
        // A vector has a single axis.
        let axis = if dims.len() < 2 { 0 } else { axis };
        let scales = Scales::along(dims, axis, scale.clone(), zero.clone())
            .or_else(|| Scales::of_columns(dims, scale, zero))
            .ok_or_else(|| failed(format!("is {dims:?} with {} scales and {} zero points", counts.0, counts.1)))?;
        Ok(Encoding::Affine { codes: numbers, dims: dims.clone(), scales })
    }

    /// A vector, whatever its dimensions of 1. Integers without a scale have the product of the two named scales.
    pub fn vector(
        &self,
        constant: &Constant<'_, 'a>,
        scales: Option<(&'a str, &'a str)>,
    ) -> Result<Option<Derived>, String> {
        let numbers = constant.tensor.numbers().map_err(|reason| format!("tensor {} {reason}", constant.name))?;
        let count = numbers.count;
        let encoding = match scales.filter(|_| constant.scale.is_none() && !numbers.kind.is_float()) {
            None => self.encoding(constant, None, 0)?,
            Some((input, weight)) => {
                let scales = Scales::along(&[count], 0, self.numbers(weight)?, None);
                let scales = scales.zip(Some(self.numbers(input)?)).and_then(|(scales, input)| scales.times(input));
                let mismatch = || format!("tensor {} has another number of scales than of values", constant.name);
                Encoding::Affine { codes: numbers, dims: vec![count], scales: scales.ok_or_else(mismatch)? }
            }
        };
        Ok(Derived::new(vec![count], encoding, None))
    }

    /// Values of a scale or a zero point.
    pub fn numbers(&self, name: &'a str) -> Result<Numbers, String> {
        let failed = |reason: &str| format!("tensor {name} {reason}");
        let constant = self.constant(name).ok_or_else(|| failed("is no constant"))?;
        constant.tensor.numbers().map_err(|reason| failed(&reason))
    }

    /// Scale and zero point of a quantised tensor: the operands next to it, or tensors with onnxruntime's names for
    /// them.
    fn scale_by_name(&self, name: &'a str) -> (Option<&'a str>, &'a str) {
        let adjacent = self.consumers(name).find_map(|node| {
            let index = node.inputs.iter().position(|input| *input == name)?;
            let scale = *node.inputs.get(index + 1)?;
            let is_quantised = node.op.starts_with("QLinear") || node.op == "DequantizeLinear";
            is_quantised.then(|| (Some(scale), node.inputs.get(index + 2).copied().unwrap_or("")))
        });
        adjacent.unwrap_or_else(|| {
            let base = name.strip_suffix("_quantized").unwrap_or(name);
            let tensor = |suffix| {
                let found = self.tensors.get_key_value(format!("{base}{suffix}").as_str()).map(|(name, _)| *name);
                self.awaits.set(self.awaits.get() || found.is_none() && self.file.is_prefix());
                found
            };
            (tensor("_scale"), tensor("_zero_point").unwrap_or(""))
        })
    }
}
