extension Model {
    /// The names of the outputs as Keras has them: those of the layers that they come out of.
    public var outputNames: [String] {
        outputs.map { output in
            switch output.origin {
            case .input(let input): input.name
            case .call(let call, _): call.layer.name
            }
        }
    }
}
