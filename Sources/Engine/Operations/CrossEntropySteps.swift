import Memory

extension CrossEntropyGradient {
    /// Second derivatives go through the loss written out in small operations; labels are constants.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let graph = inputs[0].graph
        let wanted = [needed[0], false, needed[2]]
        return graph.gradients(through: inputs, needed: wanted, outputGradients) { leaves in
            let scores = leaves[0].casted(to: .float32)
            let losses = losses(scores, of: inputs[1])
            return graph.gradients(of: (losses * leaves[2]).sum(), withRespectTo: [leaves[0]])
        }
    }

    /// What `CrossEntropy` computes: one loss per row.
    private func losses(_ scores: Tensor, of labels: Tensor) -> Tensor {
        let last = [scores.shape.rank - 1]
        let truth =
            switch self.labels {
            case .sparse: labels.oneHot(depth: scores.shape.last)
            case .oneHot: labels
            }
        let logarithms: Tensor
        if fromLogits {
            let shifted = scores - scores.max(axes: last, keepDimensions: true).stoppingGradient()
            logarithms = shifted - shifted.exp().sum(axes: last, keepDimensions: true).log()
        } else {
            let shares = scores / scores.sum(axes: last, keepDimensions: true)
            logarithms = shares.clipped(from: 1e-7, to: 1 - 1e-7).log()
        }
        return (truth * logarithms).sum(axes: last).scaled(by: -1)
    }
}
