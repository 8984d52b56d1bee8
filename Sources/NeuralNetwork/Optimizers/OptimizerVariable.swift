import Memory

/// A trained variable of a model, as an optimizer sees it.
public struct OptimizerVariable: Sendable, Hashable {
    /// The name in its layer: `kernel`.
    public let name: String
    /// The names of the layers around it and its own: `dense/kernel`.
    public let path: String
    public let shape: Shape
    /// The name of the model. Keras has it before the path as long as a model is not loaded from a file.
    public let model: String

    public init(name: String, path: String, shape: Shape, model: String = "") {
        self.name = name
        self.path = path
        self.shape = shape
        self.model = model
    }

    /// Whether a regular expression describes the path as a whole, with or without the model's name before it.
    ///
    /// - Throws: when the pattern is no regular expression.
    public func isMatched(by pattern: String) throws -> Bool {
        let expression = try Regex(pattern)
        return try expression.wholeMatch(in: path) != nil || expression.wholeMatch(in: "\(model)/\(path)") != nil
    }

    /// Whether a regular expression describes a part of the name or of the path. False when it is none.
    package func contains(_ pattern: String) -> Bool {
        guard let expression = try? Regex(pattern) else { return false }
        return name.firstMatch(of: expression) != nil || path.firstMatch(of: expression) != nil
    }

    /// Whether a regular expression describes a part of the path. False when it is none.
    package func pathContains(_ pattern: String) -> Bool {
        (try? Regex(pattern)).map { path.firstMatch(of: $0) != nil } ?? false
    }
}

/// Something that an optimizer remembers of a variable.
public struct OptimizerSlot: Sendable, Equatable {
    /// How the values lie in memory.
    public enum Storage: Sendable, Equatable {
        /// One for each weight, in the weights' own order.
        case likeWeights
        /// An array of its own, row-major.
        case rowMajor(Shape)
        /// Nothing: Keras's files have something in its place.
        case absent
    }

    /// Keras's name.
    public var name: String
    public var storage: Storage
    public var initialValue: Float
    /// Whether the values begin as the weights; `initialValue` does not count then.
    public var beginsAsWeights: Bool
    /// Files have all slots of one group, variable by variable, before those of the next.
    public var group: Int

    public init(
        _ name: String, _ storage: Storage = .likeWeights, initialValue: Float = 0, beginsAsWeights: Bool = false,
        group: Int = 0
    ) {
        self.name = name
        self.storage = storage
        self.initialValue = initialValue
        self.beginsAsWeights = beginsAsWeights
        self.group = group
    }
}

/// How an optimizer gets a variable.
public enum OptimizerAccess: Sendable {
    /// Together with others, in whatever order the memory has: for formulae in which each weight stands alone. Padding
    /// between the weights has weights and gradients of zero, and must come out so.
    case elements
    /// Alone, in whatever order the memory has, padding included: for norms.
    case variable
    /// Alone, row-major, without padding: for formulae that know rows and columns.
    case rowMajor
}
