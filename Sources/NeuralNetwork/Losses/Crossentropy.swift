import Engine
import Memory

/// The cross-entropy that the shapes of predictions and targets ask for, as Keras chooses it for `"crossentropy"`: one score a
/// sample is binary; targets with fewer axes than the predictions, or a last one of extent 1, are class numbers (sparse);
/// others are categorical.
///
/// The first targets that a compiled model meets decide, and all later ones must be of that kind.
public struct Crossentropy: Loss, Hashable {
    /// What the shapes have chosen.
    package enum Kind: Hashable, Sendable { case binary, categorical, sparseCategorical }

    /// Nil before targets are known.
    package private(set) var kind: Kind?
    public var name: String { "crossentropy" }

    public init() {}

    /// The loss once targets are known.
    ///
    /// - Parameters:
    ///   - prediction: the shape of one sample's prediction.
    ///   - target: the shape of one sample's target.
    package func chosen(prediction: Shape, target: Shape) -> Crossentropy {
        guard kind == nil else { return self }
        var result = self
        result.kind = Self.kind(prediction, target)
        return result
    }

    private static func kind(_ prediction: Shape, _ target: Shape) -> Kind {
        let scores = prediction.rank == 0 ? 1 : prediction.last
        if scores == 1 { return .binary }
        let isSparse = target.rank < prediction.rank || target.last == 1
        return isSparse ? .sparseCategorical : .categorical
    }

    private func loss(_ prediction: Shape, _ target: Shape) -> any Loss {
        switch kind ?? Self.kind(prediction, target) {
        case .binary: BinaryCrossentropy()
        case .categorical: CategoricalCrossentropy()
        case .sparseCategorical: SparseCategoricalCrossentropy()
        }
    }

    /// Before targets are known, those of class numbers where there are several scores.
    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try loss(prediction, []).targets(for: prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        loss(prediction.shape.withoutFirst, target.shape.withoutFirst).values(prediction: prediction, target: target)
    }
}

extension Loss where Self == Crossentropy {
    /// Binary, categorical or sparse categorical cross-entropy, as the shapes of predictions and targets ask for.
    public static var crossentropy: Self { .init() }
}
