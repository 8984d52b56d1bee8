import Engine
import Memory
import NeuralNetwork

/// The terms of a step's loss, by what the losses of the parts of a batch count for in the loss of the whole.
///
/// A mean over rows counts by the rows of a part, a mean over what a mask or weights leave by their sum, and a sum as it
/// is. Terms of one share can be computed together: `L = Σ_s Σⱼ d_sj L_sj / Σⱼ d_sj` over shares s and parts j.
struct LossTerms {
    private struct Term {
        var value: Tensor
        let weight: Float
        let share: Int
    }

    private(set) var shares: [ReducedLoss.Share] = []
    /// Of the outputs.
    private var terms: [Term] = []
    /// Of layers and regularizers.
    private var penalties: [Term] = []

    init(_ losses: [(value: Tensor, weight: Float, share: ReducedLoss.Share)], penalties values: [Tensor]) {
        for loss in losses { terms.append(Term(value: loss.value, weight: loss.weight, share: index(of: loss.share))) }
        for value in values {
            // What no row has a part in is the same in every part, and any mean over the parts is right. Others are, as
            // Keras's activity regularizers, means over the rows.
            let mean = shares.firstIndex { if case .sum = $0 { false } else { true } }
            let share = value.dependsOnInputs ? nil : mean
            penalties.append(Term(value: value, weight: 1, share: share ?? index(of: .rows)))
        }
        if shares.isEmpty { shares = [.rows] }
    }

    /// The number of a share, which is made when it is not there.
    private mutating func index(of share: ReducedLoss.Share) -> Int {
        let known = shares.firstIndex { other in
            switch (other, share) {
            case (.rows, .rows), (.sum, .sum): true
            case (.divisor(let left), .divisor(let right)): left.id == right.id
            default: false
            }
        }
        if let known { return known }
        shares.append(share)
        return shares.count - 1
    }

    /// What the terms of a share are divided by, summed over a batch in parts.
    func divisor(of share: Int) -> Tensor? {
        if case .divisor(let tensor) = shares[share] { return tensor }
        return nil
    }

    func share(of index: Int) -> StepPlan.Share {
        switch shares[index] {
        case .rows: .rows
        case .sum: .sum
        case .divisor: .output("share")
        }
    }

    /// The loss, or what it has of one share; nil without terms.
    func total(of share: Int?) -> Tensor? {
        var total: Tensor?
        for term in terms + penalties where share == nil || term.share == share {
            let value = term.weight == 1 ? term.value : term.value.scaled(by: term.weight)
            total = total.map { $0 + value } ?? value
        }
        return total
    }

    /// The loss of an output; nil where it is of another share.
    func value(at index: Int, of share: Int?) -> Tensor? {
        share == nil || terms[index].share == share ? terms[index].value : nil
    }

    /// Makes the terms of a part such that those of all parts add up to those of the batch.
    ///
    /// - Parameter rows: of the part.
    mutating func normalizeOverBatch(rows: Int) {
        let factors = shares.map { share -> Tensor? in
            guard let graph = (terms + penalties).first?.value.graph else { return nil }
            let divisor: Tensor
            switch share {
            case .sum: return nil
            case .rows: divisor = graph.constant(Float(rows), shape: [])
            case .divisor(let tensor): divisor = tensor.stoppingGradient()
            }
            let whole = divisor.summedOverBatch()
            let (zero, one) = (graph.constant(0, shape: []), graph.constant(1, shape: []))
            return divisor / Tensor.select(whole.equal(zero), one, whole)
        }
        func scaled(_ term: Term) -> Term {
            Term(
                value: factors[term.share].map { term.value * $0 } ?? term.value, weight: term.weight, share: 0)
        }
        terms = terms.map(scaled)
        penalties = penalties.map(scaled)
        shares = [.sum]
    }
}

extension Tensor {
    /// Whether the rows of a batch decide the value, rather than parameters alone.
    fileprivate var dependsOnInputs: Bool {
        graph.nodesNeeded(for: [id]).contains {
            let operation = graph.nodes[$0].operation
            return operation is GraphInput || operation is RandomNumbers
        }
    }
}
