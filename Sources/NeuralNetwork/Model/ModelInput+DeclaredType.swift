import Engine

extension ModelInput {
    /// What comes into the model in the type that it declares, as Keras converts every input of a model, also of one within
    /// another.
    func declared(_ tensor: Tensor) -> Tensor {
        switch declaredType {
        case .bool: tensor.casted(to: .float32).equal(tensor.graph.constant(0, shape: [])).notted.casted(to: .int32)
        case _ where tensor.type.scalar.isFloatingPoint != declaredType.isFloatingPoint: tensor
        case .bfloat16: tensor.casted(to: .bfloat16)
        case .float16: tensor.casted(to: .float32).roundedToFloat16
        case .float32, .float64: tensor.casted(to: .float32)
        default: tensor
        }
    }
}

extension Tensor {
    /// 1 where this is 0, and 0 where it is 1.
    fileprivate var notted: Tensor { scaled(by: -1, offset: 1) }

    /// The nearest numbers of float16, the even one in the middle; infinite from 65520 on.
    ///
    /// Eleven leading bits are what is left of `x` when `x · (2¹³ + 1)` is added and taken away (Veltkamp's splitting); below
    /// 2⁻¹⁴ the steps are all 2⁻²⁴, as those of float32 around 0.75 − 2⁻¹⁴. The slope is 1.
    fileprivate var roundedToFloat16: Tensor {
        func number(_ value: Float) -> Tensor { graph.constant(value, shape: []) }
        let large = self * 8193
        let normal = large - (large - self)
        let subnormal = (self + 0.75) - Float(0.75)
        let finite = Tensor.select(abs().less(number(0x1p-14)), subnormal, normal)
        return Tensor.select(abs().less(number(65520)), finite, Tensor.select(equal(self), sign() * .infinity, self))
    }
}
