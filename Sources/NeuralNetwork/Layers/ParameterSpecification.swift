import Memory

/// One parameter of a layer.
public struct ParameterSpecification: Sendable {
    /// Keras's name, for example `kernel`.
    public let name: String
    public let shape: Shape
    public let initializer: Initializer
    /// Adds to the loss while the parameter is trained.
    public let regularizer: (any Regularizer)?
    /// Maps the parameter after each update.
    public let constraint: (any Constraint)?
    /// Whether the optimizer changes it while its layer is trained; a layer's statistics are not trained.
    public let isTrainable: Bool
    /// Whether the layer gets it cast to the compute type of its policy; the statistics of normalizations stay float32.
    public let autocast: Bool
    /// The type in files, `.float32` or `.int32`. In memory every parameter is float32.
    public let fileType: ScalarType
    /// Whether it stands in files and among a model's weights; what a layer remembers from batch to batch does not.
    public let isStored: Bool

    public init(
        _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: (any Regularizer)? = nil,
        constraint: (any Constraint)? = nil, isTrainable: Bool = true, autocast: Bool = true,
        fileType: ScalarType = .float32, isStored: Bool = true
    ) {
        precondition(
            fileType == .float32 || fileType == .int32, "ParameterSpecification: \(name) of type \(fileType)")
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.regularizer = regularizer
        self.constraint = constraint
        self.isTrainable = isTrainable
        self.autocast = autocast
        self.fileType = fileType
        self.isStored = isStored
    }

    /// A parameter that begins, is regularized and constrained as a layer's options say.
    public init(_ name: String, _ shape: Shape, _ options: WeightOptions) {
        self.init(
            name, shape, options.initializer, regularizer: options.regularizer, constraint: options.constraint)
    }
}

/// How one weight of a layer begins, is regularized and constrained: Keras's arguments `kernel_initializer`,
/// `kernel_regularizer` and `kernel_constraint`, and so on for other weights.
public struct WeightOptions: Sendable {
    public var initializer: Initializer
    public var regularizer: (any Regularizer)?
    public var constraint: (any Constraint)?

    public init(
        _ initializer: Initializer, regularizer: (any Regularizer)? = nil, constraint: (any Constraint)? = nil
    ) {
        self.initializer = initializer
        self.regularizer = regularizer
        self.constraint = constraint
    }
}
