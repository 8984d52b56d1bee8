/// The optimizer of a name in Keras's `compile`, with its defaults; nil for an unknown name.
package func namedOptimizer(_ name: String) -> (any Optimizer)? {
    switch name.lowercased() {
    case "adam": Adam()
    case "sgd": SGD()
    default: nil
    }
}
