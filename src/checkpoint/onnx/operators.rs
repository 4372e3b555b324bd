//! Operators of linear layers and convolutions, and their operands.

/// Operand positions of an operator.
pub(super) struct Operator {
    pub weight: usize,
    pub scale: Scale,
    pub zero: Option<usize>,
    pub bias: Option<usize>,
    /// Whether the weight is a matrix, `[in, out]` unless an attribute says otherwise, rather than `[out, in, taps]`.
    pub is_matrix: bool,
}

/// Where the scale of a quantised weight is.
#[derive(Clone, Copy)]
pub(super) enum Scale {
    None,
    Operand(usize),
    /// The product of integers is scaled by a later node.
    Later,
}

pub(super) fn operator(op: &str) -> Option<Operator> {
    let (weight, scale, zero, bias, is_matrix) = match op {
        "Conv" | "FusedConv" | "ConvTranspose" => (1, Scale::None, None, Some(2), false),
        "ConvInteger" => (1, Scale::Later, Some(3), None, false),
        "QLinearConv" => (3, Scale::Operand(4), Some(5), Some(8), false),
        "MatMul" | "FusedMatMul" => (1, Scale::None, None, None, true),
        "Gemm" => (1, Scale::None, None, Some(2), true),
        "MatMulInteger" => (1, Scale::Later, Some(3), None, true),
        "MatMulIntegerToFloat" => (1, Scale::Operand(3), Some(5), Some(6), true),
        "DynamicQuantizeMatMul" => (1, Scale::Operand(2), Some(3), Some(4), true),
        "QLinearMatMul" => (3, Scale::Operand(4), Some(5), None, true),
        "QGemm" => (3, Scale::Operand(4), Some(5), Some(6), true),
        _ => return None,
    };
    Some(Operator { weight, scale, zero, bias, is_matrix })
}
