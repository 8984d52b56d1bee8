import Memory

/// Keras's activations, composed of elementwise operations (planned as one pass each way). Where a function has a kink, the
/// gradient there is the one that Keras has on JAX.
extension Tensor {
    fileprivate func number(_ value: Float) -> Tensor { graph.constant(value, shape: []) }

    /// The result of a function in this tensor's own type: numbers are float32, which is more than bfloat16.
    fileprivate func own(_ result: Tensor) -> Tensor { result.casted(to: type.scalar) }

    /// `max(x, 0)`; with a slope also below zero, at most `maxValue`, and zero (or the slope) below `threshold`.
    public func relu(negativeSlope: Float, maxValue: Float?, threshold: Float) -> Tensor {
        if negativeSlope != 0 && maxValue == nil && threshold == 0 { return leakyReLU(negativeSlope: negativeSlope) }
        var result: Tensor
        if threshold != 0 {
            result = .select(greater(number(threshold)), self, number(0))
            if maxValue != nil { result = result.maximum(number(0)) }
        } else {
            result = maxValue == 6 ? relu6() : relu()
        }
        if let maxValue, !(threshold == 0 && maxValue == 6) { result = result.minimum(number(maxValue)) }
        if negativeSlope != 0 { result = result - scaled(by: -1, offset: threshold).relu() * negativeSlope }
        return own(result)
    }

    /// `x` from zero on, `negativeSlope · x` below; the gradient at zero is 1.
    public func leakyReLU(negativeSlope: Float = 0.2) -> Tensor {
        .select(greaterOrEqual(number(0)), self, scaled(by: negativeSlope))
    }

    /// `min(max(x, 0), 6)`.
    public func relu6() -> Tensor { clipped(from: 0, to: 6) }

    /// `x` above zero, `alpha · (eˣ − 1)` below.
    public func elu(alpha: Float = 1) -> Tensor {
        // The exponential is taken of what is not above zero alone: it would overflow, and 0 · ∞ is no gradient.
        let isAbove = greater(number(0))
        return own(.select(isAbove, self, Tensor.select(isAbove, number(0), self).expm1() * alpha))
    }

    /// `λ · elu(x, α)` with α = 1.67326324…, λ = 1.05070099…: keeps mean 0 and variance 1 (Klambauer et al., 2017).
    public func selu() -> Tensor { elu(alpha: 1.673_263_242_354_377_2) * 1.050_700_987_355_480_5 }

    /// `max(x, 0) + min(0, alpha · (e^(x / alpha) − 1))`.
    public func celu(alpha: Float = 1) -> Tensor {
        own(maximum(number(0)) + (minimum(number(0)) / alpha).expm1() * alpha)
    }

    /// `x · Φ(x)`, Φ being the normal distribution: `x (1 + erf(x / √2)) / 2`, or, approximately,
    /// `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`.
    public func gelu(approximate: Bool = false) -> Tensor {
        if approximate {
            let inner = self * square().scaled(by: 0.044_715 * 0.797_884_56, offset: 0.797_884_56)
            return self * inner.tanh().scaled(by: 0.5, offset: 0.5)
        }
        return self * scaled(by: 0.707_106_78).erf().scaled(by: 0.5, offset: 0.5)
    }

    /// `x · sigmoid(x)`; Keras's `swish`, too.
    public func silu() -> Tensor { self * sigmoid() }

    /// `x · tanh(softplus(x))`.
    public func mish() -> Tensor { self * softplus().tanh() }

    /// `relu6(x + 3) / 6`.
    public func hardSigmoid() -> Tensor { scaled(by: 1, offset: 3).clipped(from: 0, to: 6).scaled(by: 1 / 6) }

    /// `x · hardSigmoid(x)`; Keras's `hard_swish`, too.
    public func hardSiLU() -> Tensor { self * hardSigmoid() }

    /// At least −1 and at most 1; the gradient at both is 1.
    public func hardTanh() -> Tensor {
        own(.select(greater(number(1)), number(1), .select(less(number(-1)), number(-1), self)))
    }

    /// `x` where `|x|` is above the threshold, else 0.
    public func hardShrink(threshold: Float = 0.5) -> Tensor {
        own(.select(abs().greater(number(threshold)), self, number(0)))
    }

    /// `x` nearer to zero by the threshold, 0 if it is that near.
    public func softShrink(threshold: Float = 0.5) -> Tensor {
        let below = Tensor.select(less(number(-threshold)), self + threshold, number(0))
        return own(.select(greater(number(threshold)), self - threshold, below))
    }

    /// `x − tanh(x)`.
    public func tanhShrink() -> Tensor { self - tanh() }

    /// `x` above the threshold, else `value`.
    public func thresholded(_ threshold: Float, value: Float) -> Tensor {
        own(.select(greater(number(threshold)), self, number(value)))
    }

    /// `x / (1 + |x|)`.
    public func softsign() -> Tensor { self / abs().scaled(by: 1, offset: 1) }

    /// `log(sigmoid(x))`, exact for any `x`.
    public func logSigmoid() -> Tensor { scaled(by: -1).softplus().scaled(by: -1) }

    /// `(x + √(x² + b)) / 2`.
    public func squareplus(_ b: Float = 4) -> Tensor {
        (self + square().scaled(by: 1, offset: b).sqrt()).scaled(by: 0.5)
    }

    /// 0 up to −1, `(x + 1)² / 4` up to 1, `x` from there.
    public func sparsePlus() -> Tensor {
        let middle = scaled(by: 0.5, offset: 0.5).square()
        let above = Tensor.select(greaterOrEqual(number(1)), self, middle)
        return own(.select(lessOrEqual(number(-1)), number(0), above))
    }

    /// 0 up to −1, `(x + 1) / 2` up to 1, 1 from there.
    public func sparseSigmoid() -> Tensor {
        own(scaled(by: 1, offset: 1).maximum(number(0)).minimum(number(2)).scaled(by: 0.5))
    }

    /// The first half of an axis times the sigmoid of the second half; its extent is even.
    public func glu(axis: Int = -1) -> Tensor {
        let axis = axis < 0 ? axis + shape.rank : axis
        let half = shape[axis] / 2
        precondition(half * 2 == shape[axis], "glu: axis \(axis) of \(shape) has no two halves")
        return sliced(axis: axis, 0..<half) * sliced(axis: axis, half..<2 * half).sigmoid()
    }
}
