import DataSource
import Engine
import Memory
import NeuralNetwork

/// Which of the target columns of some data are compared with outputs, and which weigh the samples of one output: Keras's
/// `sample_weight` for several outputs.
struct TargetRoles {
    struct Weight: Hashable {
        let output: Int
        /// Among the target columns.
        let column: Int
    }

    /// The places of the targets among the columns, in order.
    let targets: [Int]
    /// In the order of the outputs.
    let weights: [Weight]

    /// The columns that outputs are compared with.
    func targets<Columns: RandomAccessCollection>(of columns: Columns) -> [Columns.Element] where Columns.Index == Int {
        targets.map { columns[$0] }
    }
}

/// Weights of the samples of one output, as a plan knows them.
struct OutputWeight: Hashable {
    let output: Int
    /// Of one row.
    let shape: Shape

    static func name(_ output: Int) -> String { "\(StepPlan.weightName)_\(output)" }
    var name: String { Self.name(output) }
}

extension Model {
    /// Finds the columns of weights among the targets of some data; nil when none are asked for.
    ///
    /// - Parameters:
    ///   - names: of the target columns.
    ///   - sampleWeights: for outputs by their names, the columns of their weights.
    /// - Throws: `TrainingError` when there is no such output or column, or weights of all outputs are there, too.
    func roles(
        of names: [String], _ sampleWeights: [String: String], hasCommonWeights: Bool
    ) throws(TrainingError) -> TargetRoles? {
        guard !sampleWeights.isEmpty else { return nil }
        let wanted = sampleWeights.sorted { $0.key < $1.key }
        guard !hasCommonWeights else {
            throw TrainingError(
                .usage,
                "the data have sample weights for all outputs, and sample weights are named for "
                    + "\(wanted.map(\.key).joined(separator: ", ")); leave out the one or the other")
        }
        let outputs = outputNames
        var weights: [TargetRoles.Weight] = []
        for (name, column) in wanted {
            guard let output = outputs.firstIndex(of: name) else {
                throw TrainingError(
                    .usage,
                    "sample weights of \"\(name)\": the model's outputs are \(outputs.joined(separator: ", "))")
            }
            guard let place = names.firstIndex(where: { Self.isSame($0, column) }) else {
                throw TrainingError(
                    .data,
                    "sample weights of output \"\(name)\": no column \"\(column)\" is among the targets of the data "
                        + "(\(names.joined(separator: ", "))); name it as one more target")
            }
            guard compilation?.outputs.indices.contains(output) != true || compilation!.outputs[output].needsTarget
            else {
                throw TrainingError(.usage, "sample weights of output \"\(name)\", which has no loss and no metric")
            }
            weights.append(.init(output: output, column: place))
        }
        let taken = Set(weights.map(\.column))
        return TargetRoles(
            targets: names.indices.filter { !taken.contains($0) }, weights: weights.sorted { $0.output < $1.output })
    }

    /// Whether two names mean one column: HDF5's may begin with a slash.
    static func isSame(_ left: String, _ right: String) -> Bool {
        left.drop { $0 == "/" } == right.drop { $0 == "/" }
    }

    /// Refuses weights of single outputs that fit neither rows nor the positions in them.
    func checkWeights(
        _ columns: [ColumnInfo], _ roles: TargetRoles?, loss: (any Loss)? = nil, inputShapes: [Shape]? = nil
    ) throws(TrainingError) {
        guard let roles else { return }
        let demands = try allTargetDemands(loss: loss, inputShapes: inputShapes)
        for weight in roles.weights {
            let column = columns[weight.column]
            let shape = column.batchRowShape
            if let type = column.batchType, type != .float32 {
                throw TrainingError(
                    .data, "sample weight \"\(column.name)\" becomes \(type) (\(column.conversion)), expected float32")
            }
            let target = demands[weight.output]?.specification.shape.dimensions ?? []
            guard shape.elementCount != 1, Array(target.prefix(shape.rank)) != shape.dimensions else { continue }
            throw TrainingError(
                .data,
                "rows of sample weight \"\(column.name)\" have shape \(shape), expected one number a row, or the "
                    + "leading axes of the targets of output \"\(outputNames[weight.output])\"")
        }
    }
}

extension Source {
    /// What plans must know of the weights of single outputs.
    func outputWeights(_ roles: TargetRoles?) -> [OutputWeight] {
        roles?.weights.map { OutputWeight(output: $0.output, shape: targets[$0.column].batchRowShape) } ?? []
    }
}
