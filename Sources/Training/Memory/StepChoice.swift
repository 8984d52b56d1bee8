import Memory

/// The ways to compute a batch that are tried under a cap: in how many parts, and with which activations kept.
///
/// No rule says which of them needs least. More parts have fewer activations each, and parts hold the gradients at least
/// twice: where parameters outweigh activations, the whole batch needs less than any of its parts. So a refusal is that
/// of the way that needs least, and nothing is given up because single rows do not fit.
struct StepChoice {
    private let settings: FitSettings

    /// Plans a batch in parts of so many rows, or throws a `.configuration` error where the cap is too small.
    typealias Attempt = (_ rows: Int, _ recomputes: Bool) throws(TrainingError) -> MemoryPlan

    init(_ settings: FitSettings) { self.settings = settings }

    /// The first way that fits: parts come before recomputation, as they cost less time.
    ///
    /// - Throws: where none fits, the `.configuration` error that names the smallest cap of all ways.
    func first(_ attempt: Attempt) throws(TrainingError) -> MemoryPlan {
        guard settings.recomputation == .auto else {
            return try fewestParts(recomputes: settings.recomputation == .always, attempt)
        }
        do throws(TrainingError) {
            return try fewestParts(recomputes: false, attempt)
        } catch {
            guard error.kind == .configuration else { throw error }
            return try smallestPartsFirst(refusal: error, attempt)
        }
    }

    /// The rows of the parts that are tried, each once: of the whole batch, its halves and so on, to single rows.
    private var partRows: [Int] {
        if let accumulate = settings.accumulate { return [rows(accumulate)] }
        let batchSize = settings.batchSize
        let counts = sequence(first: 1) { $0 < batchSize ? min(batchSize, $0 * 2) : nil }
        return counts.map(rows).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    private func rows(_ parts: Int) -> Int { (settings.batchSize - 1) / parts + 1 }

    private func fewestParts(recomputes: Bool, _ attempt: Attempt) throws(TrainingError) -> MemoryPlan {
        var refusal: TrainingError?
        for rows in partRows {
            do throws(TrainingError) {
                return try attempt(rows, recomputes)
            } catch {
                // A model that keeps a state from batch to batch has no parts of batches.
                guard error.kind == .configuration else { throw refusal ?? error }
                refusal = refusal?.withLess(than: error) ?? error
            }
        }
        throw refusal ?? TrainingError(.configuration, "no plan fits")
    }

    /// With recomputation from single rows on, as long as the next larger part fits, too: few attempts, where even one
    /// row did not fit without. Where larger parts do not fit, the whole batch may: it holds the gradients once.
    private func smallestPartsFirst(refusal: TrainingError, _ attempt: Attempt) throws(TrainingError) -> MemoryPlan {
        var best: MemoryPlan?
        var refusal = refusal
        var left = partRows[...]
        while let rows = left.popLast() {
            do throws(TrainingError) {
                best = try attempt(rows, true)
            } catch {
                // Without parts there is the whole batch.
                guard error.kind == .configuration else { continue }
                refusal = refusal.withLess(than: error)
                if best != nil { left = left.prefix(1) }
            }
        }
        guard let best else { throw refusal }
        return best
    }
}
