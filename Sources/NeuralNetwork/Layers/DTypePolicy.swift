import Memory

/// The types in which a layer computes and keeps its parameters, as Keras's `DTypePolicy`.
public enum DTypePolicy: String, Sendable, CaseIterable {
    /// Everything in float32.
    case float32
    /// Computes in bfloat16 with parameters that are kept in float32.
    case mixedBFloat16 = "mixed_bfloat16"

    /// The type of the tensors that the layer works on; its floating-point inputs are cast to it.
    public var computeType: ScalarType {
        switch self {
        case .float32: .float32
        case .mixedBFloat16: .bfloat16
        }
    }

    /// The type in which parameters are kept.
    public var variableType: ScalarType { .float32 }
}
